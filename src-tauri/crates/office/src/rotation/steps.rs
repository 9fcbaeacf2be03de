//! The steps of a rotation. Each can be repeated after any interruption and gives the same again.

use std::collections::BTreeSet;
use std::time::Duration;

use cartorio_core::IdentityId;
use cartorio_keys::{
    CreateKey, CreationToken, DeletionWindow, KeyError, KeyInfo, KeyManager, KeyOrigin, KeyRef, KeyState, PublicKey,
};
use cartorio_pki::Certificate;
use cartorio_registry::{Act, RegistryError, RotationState, RotationStep, StepPhase};

use super::evidence::Evidence;
use super::{Job, view};
use crate::keys_desk::{fingerprint, pem};
use crate::session::Facts;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Name of the tag that tells which rotation made a key.
pub(super) const TAG: &str = "Troca";
/// KMS shows a new key, or a moved name, late by some seconds: so long one looks again before one believes that it is not so.
const LATE: time::Duration = time::Duration::seconds(10);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);

/// What a step did: its evidence, and what the rotation knows from then on.
#[derive(Default)]
pub(super) struct Effect {
    pub(super) evidence: Evidence,
    pub(super) new_key: Option<(String, String)>,
    pub(super) new_identity: Option<IdentityId>,
    /// For the trail.
    pub(super) found: Facts,
}

impl From<Evidence> for Effect {
    fn from(evidence: Evidence) -> Self {
        Self { evidence, ..Self::default() }
    }
}

impl Job<'_> {
    /// Takes the step that is next. Tells whether it is done; when it failed, that is put down.
    pub(super) async fn take(&mut self, step: RotationStep) -> OfficeResult<bool> {
        self.take_with(step, Vec::new()).await
    }

    /// The same, with the certificate (first) and chain that somebody brought.
    pub(super) async fn take_with(&mut self, step: RotationStep, brought: Vec<Certificate>) -> OfficeResult<bool> {
        let session = self.session;
        let begun = session.begin(Act::RotationStep, self.facts(step)).await?;
        let mut found = Facts::default();
        let outcome = self.attempt(step, brought, &mut found).await;
        let result = match outcome {
            Ok(result) => result,
            // It could not be put down: somebody else went on with it, or the registry refuses. The trail says so at least.
            Err(error) => {
                let refused: OfficeResult<bool> = Err(error);
                begun.end(&refused, found).await?;
                return refused;
            }
        };
        begun.end(&result, found).await?;
        Ok(result.is_ok())
    }

    /// The outer result is about the books, the inner one about the step.
    async fn attempt(
        &mut self,
        step: RotationStep,
        brought: Vec<Certificate>,
        found: &mut Facts,
    ) -> OfficeResult<OfficeResult<()>> {
        let announced = self.announce(step).await;
        let announcement = announced.as_ref().map_or_else(|_| Evidence::default(), Clone::clone);
        self.note(step, StepPhase::Begun, &announcement, |_| {}).await?;
        let effect = match announced {
            Ok(_) => self.effect(step, brought).await,
            Err(error) => Err(error),
        };
        match effect {
            Ok(effect) => {
                *found = effect.found.clone();
                self.finish(step, effect).await?;
                Ok(Ok(()))
            }
            Err(error) => {
                self.note(step, StepPhase::Failed, &Evidence::failed(&error), |_| {}).await?;
                Ok(Err(error))
            }
        }
    }

    /// What must be known of a step before it is taken, so that it can be put back wherever it stops.
    async fn announce(&self, step: RotationStep) -> OfficeResult<Evidence> {
        match step {
            RotationStep::CreateKey => Ok(Evidence::default().with("creation_token", self.token()?.as_str())),
            RotationStep::MoveAlias => {
                let old = self.manager().await?.describe(&self.old_key()?).await?;
                // Names that an earlier try moved are not the old key's any more.
                let known = self.history.of(step).flat_map(|entry| entry.evidence.all("alias"));
                let mut names: Vec<String> = known.map(str::to_owned).chain(old.aliases).collect();
                let mut seen = BTreeSet::new();
                names.retain(|name| seen.insert(name.clone()));
                let mut evidence = Evidence::default();
                for name in names {
                    evidence.fact("alias", name);
                    evidence.fact("from", self.rotation.old_key_id.clone());
                    evidence.fact("to", self.new_key_id()?);
                }
                Ok(evidence)
            }
            RotationStep::Certificate
            | RotationStep::Validate
            | RotationStep::Transition
            | RotationStep::DisableOld
            | RotationStep::ScheduleDeletion => Ok(Evidence::default()),
        }
    }

    async fn effect(&self, step: RotationStep, brought: Vec<Certificate>) -> OfficeResult<Effect> {
        match step {
            RotationStep::CreateKey => self.create_key().await,
            RotationStep::Certificate => self.certify(brought).await,
            RotationStep::MoveAlias => self.move_alias().await.map(Effect::from),
            RotationStep::Validate => self.validate().await,
            RotationStep::Transition => Err(OfficeError::internal("a transition is waited for, not done")),
            RotationStep::DisableOld => self.disable_old().await.map(Effect::from),
            RotationStep::ScheduleDeletion => self.schedule_deletion().await.map(Effect::from),
        }
    }

    /// Puts a step down as done. The last one ends the rotation, with a record of its own.
    async fn finish(&mut self, step: RotationStep, effect: Effect) -> OfficeResult<()> {
        let Effect { evidence, new_key, new_identity, .. } = effect;
        let next = RotationStep::ALL.iter().find(|own| **own > step).copied();
        let session = self.session;
        let now = session.clock.now();
        let change = |rotation: &mut cartorio_registry::Rotation| {
            if let Some((key_ref, key_id)) = new_key {
                (rotation.new_key_ref, rotation.new_key_id) = (Some(key_ref), Some(key_id));
            }
            rotation.new_identity = new_identity.or(rotation.new_identity);
            match next {
                Some(next) => {
                    rotation.step = next;
                    rotation.state = RotationState::Running;
                }
                None => {
                    rotation.state = RotationState::Finished;
                    rotation.finished_at = Some(now);
                }
            }
        };
        if next.is_some() {
            return self.note(step, StepPhase::Done, &evidence, change).await;
        }
        let begun = session.begin(Act::RotationFinished, self.facts(step)).await?;
        let result = self.note(step, StepPhase::Done, &evidence, change).await;
        begun.end(&result, Facts::default()).await?;
        result
    }

    /// Begins the transition, or ends it where its time is over or somebody says so. Tells whether it is over.
    pub(super) async fn transition(&mut self, end_now: bool) -> OfficeResult<bool> {
        const STEP: RotationStep = RotationStep::Transition;
        let (session, days) = (self.session, self.plan.transition_days);
        let now = session.clock.now();
        let begun_before = self.history.last(STEP).is_some_and(|entry| entry.record.phase == StepPhase::Begun);
        let until = match view::transition_until(&self.history).filter(|_| begun_before) {
            Some(until) => until,
            None => now + time::Duration::days(i64::from(days)),
        };
        let over = end_now || now >= until || days == 0;
        if begun_before && !over {
            return Ok(false);
        }
        let evidence = Evidence::default().with("days", days.to_string()).with("until", rfc3339(until));
        let begun = session.begin(Act::RotationStep, self.facts(STEP).with("until", rfc3339(until))).await?;
        let result: OfficeResult<()> = async {
            if !begun_before {
                self.note(STEP, StepPhase::Begun, &evidence, |rotation| rotation.state = RotationState::Transition)
                    .await?;
            }
            if over {
                let early = (now < until).to_string();
                self.finish(STEP, evidence.with("ended_early", early).into()).await?;
            }
            Ok(())
        }
        .await;
        begun.end(&result, Facts::default()).await?;
        result.map(|()| over)
    }

    /// (1) A key with the same characteristics. A request whose answer was lost, or that a stop cut off, is found by its token.
    async fn create_key(&self) -> OfficeResult<Effect> {
        let (manager, old_ref) = (self.manager().await?, self.old_key()?);
        let old = manager.describe(&old_ref).await?;
        let spec = match (old.state, old.spec) {
            (KeyState::Enabled, Some(spec)) => spec,
            (KeyState::Enabled, None) => {
                return Err(KeyError::WrongUsage { key: old.key_id, usage: old.backend_spec }.into());
            }
            (KeyState::Disabled, _) => return Err(KeyError::Disabled { key: old.key_id }.into()),
            (KeyState::PendingDeletion, _) => return Err(KeyError::PendingDeletion { key: old.key_id }.into()),
            (KeyState::Unavailable, _) => {
                return Err(KeyError::Unavailable { key: old.key_id, state: "unavailable".to_owned() }.into());
            }
        };
        let old_public = manager.public_key(&old_ref).await?;
        let token = self.token()?;
        let can = manager.capabilities();
        let mut tags = if can.tags { manager.tags(&old_ref).await? } else { Default::default() };
        // The service's own, and the mark of whoever made the old key.
        tags.retain(|name, _| !name.to_lowercase().starts_with("aws:") && name != CreationToken::TAG);
        tags.insert(TAG.to_owned(), self.rotation.id.to_string());
        let found = match self.history.attempts(RotationStep::CreateKey) {
            0 | 1 => None,
            _ => self.find_created(&*manager, &token).await?,
        };
        let again = found.is_some();
        let made = match found {
            Some(made) => made,
            None => {
                let request = CreateKey {
                    spec,
                    // The name moves once the new key has its certificate.
                    alias: None,
                    description: old.description.clone().unwrap_or_default(),
                    tags: tags.clone(),
                    multi_region: old.multi_region,
                    token: Some(token.clone()),
                };
                manager.create(request).await?
            }
        };
        let public = manager.public_key(&made.key_ref).await?;
        if public.spec != spec || public.spki == old_public.spki {
            return Err(OfficeError::internal("the new key is not a new key of the same type"));
        }
        let mut evidence = Evidence::default()
            .with("old_key_id", old.key_id)
            .with("old_public_key_sha256", fingerprint(&old_public))
            .with("new_key_id", made.key_id.clone())
            .with("public_key_sha256", fingerprint(&public))
            .with("spec", spec.name())
            .with("multi_region", made.multi_region.to_string())
            .with("tags", tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; "))
            .with("creation_token", token.as_str());
        if let Some(at) = made.created_at {
            evidence.fact("created_at", rfc3339(at));
        }
        if again {
            evidence.fact("found_again", "true");
        }
        evidence.keep("old_public_key", pem("PUBLIC KEY", &old_public.spki)?);
        evidence.keep("new_public_key", pem("PUBLIC KEY", &public.spki)?);
        let found = Facts::default().with("new_key_id", made.key_id.clone());
        let new_key = Some((made.key_ref.to_string(), made.key_id));
        Ok(Effect { evidence, new_key, found, ..Effect::default() })
    }

    /// The token that the new key is made with: one rotation makes one key.
    pub(super) fn token(&self) -> OfficeResult<CreationToken> {
        Ok(CreationToken::new(format!("troca-{}", self.rotation.id))?)
    }

    /// The key that an earlier try made, if any.
    pub(super) async fn find_created(
        &self,
        manager: &dyn KeyManager,
        token: &CreationToken,
    ) -> OfficeResult<Option<KeyInfo>> {
        let tries = self.history.tries(RotationStep::CreateKey).map(|entry| entry.record.at);
        // The newest beginning is this one's own, unless everything is being put back.
        let own = usize::from(self.rotation.state != RotationState::RollingBack);
        let asked = tries.rev().nth(own);
        let late = matches!(self.old_key()?, KeyRef::AwsKms { .. });
        loop {
            if let Some(found) = manager.find_created(token).await? {
                return Ok(Some(found));
            }
            match asked {
                Some(asked) if late && self.session.clock.now() - asked < LATE => tokio::time::sleep(LOOK).await,
                Some(_) | None => return Ok(None),
            }
        }
    }

    /// The public half of the new key as it was when it was made.
    pub(super) async fn new_public_key(&self, manager: &dyn KeyManager) -> OfficeResult<PublicKey> {
        let public = manager.public_key(&self.new_key()?).await?;
        if self.history.fact(RotationStep::CreateKey, "public_key_sha256") != Some(fingerprint(&public).as_str()) {
            return Err(KeyError::BadSignature { key: self.new_key_id()?.to_owned() }.into());
        }
        Ok(public)
    }

    /// (3) Every name of the old key is the new one's from here on: one that stayed behind would end at a disabled key.
    async fn move_alias(&self) -> OfficeResult<Evidence> {
        // `announce` has put them down.
        let names = self.aliases();
        if names.is_empty() {
            return Ok(Evidence::skipped("no_alias"));
        }
        let manager = self.manager().await?;
        let (new, new_id) = (self.new_key()?, self.new_key_id()?);
        let mut evidence = Evidence::default();
        for name in names {
            let holder = manager.resolve_alias(&name).await?.map(|holder| holder.key_id);
            match holder.as_deref() {
                Some(id) if id == new_id => {}
                // Somebody gave it to a third key meanwhile: nobody approved to take it from there.
                Some(id) if id != self.rotation.old_key_id => return Err(KeyError::AlreadyExists { name }.into()),
                Some(_) | None => manager.put_alias(&name, &new).await?,
            }
            self.require_alias(&*manager, &name).await?;
            evidence.fact("alias", name);
            evidence.fact("from", self.rotation.old_key_id.clone());
            evidence.fact("to", new_id);
        }
        Ok(evidence)
    }

    /// Names that this rotation moves.
    pub(super) fn aliases(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let names = self.history.of(RotationStep::MoveAlias).flat_map(|entry| entry.evidence.all("alias"));
        names.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
    }

    /// The new key behind its name, or why not.
    pub(super) async fn require_alias(&self, manager: &dyn KeyManager, alias: &str) -> OfficeResult<KeyInfo> {
        let new_id = self.new_key_id()?;
        let begin = self.session.clock.now();
        loop {
            match manager.resolve_alias(alias).await? {
                Some(holder) if holder.key_id == new_id => return Ok(holder),
                Some(holder) if holder.origin == KeyOrigin::AwsKms && self.session.clock.now() - begin < LATE => {
                    tokio::time::sleep(LOOK).await;
                }
                Some(_) => return Err(KeyError::AlreadyExists { name: alias.to_owned() }.into()),
                None => return Err(KeyError::NotFound { key: alias.to_owned(), region: None }.into()),
            }
        }
    }

    /// (6) The old key is switched off, and its identity with it. The new one must be able to take over.
    async fn disable_old(&self) -> OfficeResult<Evidence> {
        let (manager, old) = (self.manager().await?, self.old_key()?);
        let new = manager.describe(&self.new_key()?).await?;
        match new.state {
            KeyState::Enabled => {}
            KeyState::Disabled => return Err(KeyError::Disabled { key: new.key_id }.into()),
            KeyState::PendingDeletion => return Err(KeyError::PendingDeletion { key: new.key_id }.into()),
            KeyState::Unavailable => {
                return Err(KeyError::Unavailable { key: new.key_id, state: "unavailable".to_owned() }.into());
            }
        }
        for name in self.aliases() {
            self.require_alias(&*manager, &name).await?;
        }
        match manager.describe(&old).await?.state {
            // Somebody was faster, outside.
            KeyState::Disabled | KeyState::PendingDeletion => {}
            KeyState::Enabled | KeyState::Unavailable => manager.set_enabled(&old, false).await?,
        }
        let state = manager.describe(&old).await?.state;
        if state == KeyState::Enabled {
            return Err(OfficeError::internal("the old key is still enabled"));
        }
        let mut evidence = Evidence::default()
            .with("old_key_id", self.rotation.old_key_id.clone())
            .with("old_key_state", state_name(state));
        if let Some(identity) = self.rotation.old_identity {
            self.retire(identity).await?;
            evidence.fact("identity_retired", self.plan.identity_label.clone().unwrap_or_default());
        }
        Ok(evidence)
    }

    /// Takes an identity out of use, on record, unless it is already.
    pub(super) async fn retire(&self, identity: IdentityId) -> OfficeResult<()> {
        let row = self.session.registry.identity(identity).await?;
        if row.retired_at.is_some() {
            return Ok(());
        }
        let mut facts = Facts::default().with("label", row.label).with("rotation", self.rotation.id.to_string());
        facts.key_ref = Some(row.key_ref);
        facts.key_id = row.key_id;
        let session = self.session;
        session
            .record(Act::IdentityRetired, facts, async |_| {
                match session.registry.retire_identity(identity, session.clock.now()).await {
                    Ok(()) | Err(RegistryError::Conflict { .. }) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            })
            .await
    }

    /// (7) The old key waits for its deletion, where that was approved.
    async fn schedule_deletion(&self) -> OfficeResult<Evidence> {
        let Some(days) = self.plan.deletion_days else {
            return Ok(Evidence::skipped("keep_old_key"));
        };
        let manager = self.manager().await?;
        if !manager.capabilities().deletion {
            return Ok(Evidence::skipped("no_deletion"));
        }
        let at = manager.schedule_deletion(&self.old_key()?, DeletionWindow::days(days)?).await?;
        Ok(Evidence::default()
            .with("old_key_id", self.rotation.old_key_id.clone())
            .with("days", days.to_string())
            .with("deletion_at", rfc3339(at)))
    }
}

pub(super) const fn state_name(state: KeyState) -> &'static str {
    match state {
        KeyState::Enabled => "enabled",
        KeyState::Disabled => "disabled",
        KeyState::PendingDeletion => "pending_deletion",
        KeyState::Unavailable => "unavailable",
    }
}
