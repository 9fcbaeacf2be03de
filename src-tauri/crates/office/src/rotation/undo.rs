//! Everything is put back, as long as the old key was not switched off; and the last thing that can be called off after that.

use cartorio_core::IdentityId;
use cartorio_keys::{DeletionWindow, KeyError, KeyRef, KeyState};
use cartorio_registry::{Act, KeyTries, RegistryError, RotationState, RotationStep, StepPhase};

use super::evidence::{Aside, Evidence};
use super::steps::state_name;
use super::{Job, view};
use crate::dto::{Permission, RotationStepState, RotationUndo, RotationView};
use crate::requests::reason;
use crate::session::{Facts, Session};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Puts everything back, the newest step first. What fails is put down; asked again, it goes on from there.
pub(crate) async fn undo(session: &Session, request: RotationUndo) -> OfficeResult<RotationView> {
    session.require(Permission::ManageKeys)?;
    let reason = reason(&request.reason)?;
    let mut job = Job::open(session, &request.id).await?;
    if job.history.done(RotationStep::DisableOld).is_some() {
        return Err(OfficeError::RotationState { reason: "old_key_disabled" });
    }
    if !view::can_undo(&job.rotation, &job.history) {
        return Err(OfficeError::RotationState { reason: "over" });
    }
    let facts = job.facts(job.rotation.step).with("reason", reason.clone());
    let begun = session.begin(Act::RotationUndone, facts).await?;
    let outcome = job.put_back(reason).await;
    match outcome {
        Ok(result) => {
            begun.end(&result, Facts::default()).await?;
            job.view()
        }
        Err(error) => {
            let refused: OfficeResult<RotationView> = Err(error);
            begun.end(&refused, Facts::default()).await?;
            refused
        }
    }
}

/// Calls the deletion of the old key off; it stays switched off.
pub(crate) async fn cancel_deletion(session: &Session, id: &str) -> OfficeResult<RotationView> {
    const STEP: RotationStep = RotationStep::ScheduleDeletion;
    session.require(Permission::ManageKeys)?;
    let mut job = Job::open(session, id).await?;
    let refused = |reason| Err(OfficeError::RotationState { reason });
    match view::deletion_at(&job.rotation, &job.history) {
        None => return refused("no_deletion"),
        Some(at) if at <= session.clock.now() => return refused("key_deleted"),
        Some(_) => {}
    }
    let old = job.old_key()?;
    let begun = session.begin(Act::KeyDeletionCancelled, job.facts(STEP)).await?;
    let result: OfficeResult<Evidence> = async {
        let manager = job.manager().await?;
        manager.cancel_deletion(&old).await?;
        let state = manager.describe(&old).await?.state;
        Ok(Evidence::default()
            .with("old_key_id", job.rotation.old_key_id.clone())
            .with("old_key_state", state_name(state)))
    }
    .await;
    let noted = match &result {
        Ok(evidence) => job.note(STEP, StepPhase::Undone, evidence, |_| {}).await,
        Err(error) => job.note(STEP, StepPhase::Failed, &Evidence::failed(error), |_| {}).await,
    };
    begun.end(&result, Facts::default()).await?;
    noted?;
    result?;
    job.view()
}

impl Job<'_> {
    /// The outer result is about the books, the inner one about what was to be put back.
    async fn put_back(&mut self, reason: String) -> OfficeResult<OfficeResult<()>> {
        if self.rotation.state != RotationState::RollingBack {
            let evidence = Evidence { aside: Some(Aside::Undo), ..Evidence::default() }.with("reason", reason);
            let step = self.rotation.step;
            self.note(step, StepPhase::Begun, &evidence, |rotation| rotation.state = RotationState::RollingBack)
                .await?;
        }
        for step in RotationStep::ALL.iter().rev().copied() {
            let needed = match step {
                // Always, because it is the end of it.
                RotationStep::CreateKey => true,
                // A proof stays a proof.
                RotationStep::Validate => self.history.state(step) == RotationStepState::Failed,
                RotationStep::Certificate
                | RotationStep::MoveAlias
                | RotationStep::Transition
                | RotationStep::DisableOld
                | RotationStep::ScheduleDeletion => self.history.touched(step),
            };
            if !needed {
                continue;
            }
            let begun = self.session.begin(Act::RotationStep, self.facts(step).with("undo", "true")).await?;
            let result = self.put_step_back(step).await;
            let noted = match &result {
                Ok(evidence) => self.note_undone(step, evidence).await,
                Err(error) => self.note(step, StepPhase::Failed, &Evidence::failed(error), |_| {}).await,
            };
            begun.end(&result, Facts::default()).await?;
            noted?;
            if let Err(error) = result {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    async fn note_undone(&mut self, step: RotationStep, evidence: &Evidence) -> OfficeResult<()> {
        let now = self.session.clock.now();
        self.note(step, StepPhase::Undone, evidence, |rotation| {
            if step == RotationStep::CreateKey {
                rotation.state = RotationState::RolledBack;
                rotation.finished_at = Some(now);
            }
        })
        .await
    }

    async fn put_step_back(&self, step: RotationStep) -> OfficeResult<Evidence> {
        match step {
            RotationStep::CreateKey => self.condemn_new_key().await,
            RotationStep::Certificate => self.retire_new_identity().await,
            RotationStep::MoveAlias => self.move_alias_back().await,
            RotationStep::DisableOld => self.enable_old().await,
            RotationStep::Validate | RotationStep::Transition | RotationStep::ScheduleDeletion => {
                Ok(Evidence::default())
            }
        }
    }

    /// The old key was perhaps switched off, and that was never put down as done.
    async fn enable_old(&self) -> OfficeResult<Evidence> {
        let (manager, old) = (self.manager().await?, self.old_key()?);
        manager.set_enabled(&old, true).await?;
        if let Some(identity) = self.rotation.old_identity {
            self.bring_back(identity).await?;
        }
        let state = manager.describe(&old).await?.state;
        Ok(Evidence::default()
            .with("old_key_id", self.rotation.old_key_id.clone())
            .with("old_key_state", state_name(state)))
    }

    async fn bring_back(&self, identity: IdentityId) -> OfficeResult<()> {
        match self.session.registry.unretire_identity(identity).await {
            Ok(()) | Err(RegistryError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Names go back, except those that somebody gave to a third key meanwhile.
    async fn move_alias_back(&self) -> OfficeResult<Evidence> {
        let (manager, old) = (self.manager().await?, self.old_key()?);
        let mut evidence = Evidence::default();
        for name in self.aliases() {
            let holder = manager.resolve_alias(&name).await?.map(|holder| holder.key_id);
            match holder.as_deref() {
                Some(id) if id == self.rotation.old_key_id => {}
                Some(id) if Some(id) != self.rotation.new_key_id.as_deref() => {
                    evidence.fact("alias_elsewhere", name);
                    continue;
                }
                Some(_) | None => manager.put_alias(&name, &old).await?,
            }
            evidence.fact("alias", name);
            evidence.fact("from", self.rotation.new_key_id.clone().unwrap_or_default());
            evidence.fact("to", self.rotation.old_key_id.clone());
        }
        Ok(evidence)
    }

    /// The certificate stays in the registry; nobody signs with it.
    async fn retire_new_identity(&self) -> OfficeResult<Evidence> {
        let mut evidence = Evidence::default();
        let Some(key_id) = &self.rotation.new_key_id else { return Ok(evidence) };
        for identity in self.session.registry.identity_by_key(key_id).await? {
            self.retire(identity.id).await?;
            evidence.fact("identity_retired", identity.label);
        }
        Ok(evidence)
    }

    /// The new key is switched off. Where nothing was signed with it but probes, it waits for its deletion, as long as that can be.
    async fn condemn_new_key(&self) -> OfficeResult<Evidence> {
        let mut evidence = Evidence::default();
        let manager = self.manager().await?;
        let key: KeyRef = match &self.rotation.new_key_ref {
            Some(key) => key.parse()?,
            None if !self.history.touched(RotationStep::CreateKey) => return Ok(evidence.with("new_key", "none")),
            // It was perhaps made, and that was never put down.
            None => match self.find_created(&*manager, &self.token()?).await? {
                Some(found) => found.key_ref,
                None => return Ok(evidence.with("new_key", "none")),
            },
        };
        let info = match manager.describe(&key).await {
            Ok(info) => info,
            Err(KeyError::NotFound { .. }) => return Ok(evidence.with("new_key", "none")),
            Err(error) => return Err(error.into()),
        };
        evidence.fact("new_key_id", info.key_id);
        let can = manager.capabilities();
        if can.disable && !matches!(info.state, KeyState::Disabled | KeyState::PendingDeletion) {
            manager.set_enabled(&key, false).await?;
        }
        // What was signed with it meanwhile must stay explainable: deleting such a key is for two people to decide. A try that came to
        // nothing here may have given somebody a value all the same.
        let uses = self.session.registry.key_uses().await?;
        let used = uses.iter().any(|used| evidence.first("new_key_id") == Some(used.key_id.as_str()))
            || self.session.registry.key_tries(&key.to_string()).await? != KeyTries::default();
        if can.deletion && !used {
            let at = manager.schedule_deletion(&key, DeletionWindow::LONGEST).await?;
            evidence.fact("deletion_at", rfc3339(at));
        }
        evidence.fact("new_key_state", state_name(manager.describe(&key).await?.state));
        Ok(evidence)
    }
}
