//! Troca de chave: a key is replaced by a new one, step by step, by two people, with evidence.
//!
//! A rotation outlives the process. Every step is announced in the trail, begun in the registry, done, and put down in both, in
//! this order; every effect can be repeated and gives the same again. So whatever stops the program, the next one who goes on
//! finds what was done and does the rest. A lock file lets one person at a time work on rotations of an office; the version in
//! the registry sees to it that nobody writes over what another one did.

mod certify;
mod evidence;
mod json;
mod paper;
mod plan;
mod probe;
mod report;
mod steps;
mod undo;
mod view;
mod words;

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use cartorio_core::{Digest, HashAlgorithm, RotationId};
use cartorio_keys::{KeyManager, KeyRef};
use cartorio_registry::{
    Act, AuditFilter, AuditPage, RegistryError, Request, RequestFilter, RequestKind, RequestPage, RequestState,
    Rotation, RotationState, RotationStep, StepPhase, StepRecord,
};

pub(crate) use certify::{bring_certificate, certificate_request};
pub(crate) use plan::plan;
pub(crate) use report::report;
pub(crate) use undo::{cancel_deletion, undo};

use self::evidence::{Evidence, History};
use crate::dto::{Permission, RequestWhat, RotationAdvance, RotationCertificate, RotationPlan, RotationView};
use crate::keys_desk::NamedFile;
use crate::requests;
use crate::session::{Facts, Session};
use crate::signing::blocking;
use crate::{OfficeError, OfficeResult};

/// Rotations, newest first.
pub(crate) async fn list(session: &Session, open_only: bool) -> OfficeResult<Vec<RotationView>> {
    may_look(session)?;
    let mut rotations = session.registry.rotations(false).await?;
    for request in used_requests(session).await? {
        let adopted = adopt(&request)?;
        if rotations.iter().all(|own| own.id != adopted.id) {
            rotations.push(adopted);
        }
    }
    rotations.retain(|rotation| !open_only || rotation.state.is_open());
    rotations.sort_by_key(|rotation| (std::cmp::Reverse(rotation.created_at), rotation.id));
    let mut views = Vec::with_capacity(rotations.len());
    for rotation in &rotations {
        let history = History::load(session, rotation.id).await?;
        views.push(view::view(session, rotation, &history)?);
    }
    Ok(views)
}

/// One rotation.
pub(crate) async fn get(session: &Session, id: &str) -> OfficeResult<RotationView> {
    may_look(session)?;
    let rotation = find(session, id).await?;
    let history = History::load(session, rotation.id).await?;
    view::view(session, &rotation, &history)
}

/// Begins a rotation with an approved request, which is used up first, with the identifier that the rotation will have. Where
/// the program stopped in between, the rotation is there all the same, and beginning it again finds it.
pub(crate) async fn start(session: &Session, request: &str) -> OfficeResult<RotationView> {
    session.require(Permission::ManageKeys)?;
    let _seat = Seat::take(&session.folder).await?;
    if let Some(begun) = used_requests(session).await?.into_iter().find(|own| own.id.to_string() == request) {
        let rotation = stored(session, adopt(&begun)?).await?;
        return get(session, &rotation.id.to_string()).await;
    }
    let approved = requests::approved(session, request, RequestKind::KeyRotation).await?;
    let RequestWhat::KeyRotation(plan) = &approved.what else {
        return Err(OfficeError::internal("a request of another kind"));
    };
    plan::require_unchanged(session, plan).await?;
    let id = RotationId::generate();
    let facts = facts_of(id, plan)
        .with("request", request)
        .with("params_sha256", approved.request.params_sha256.clone())
        .with("requested_by", approved.request.requested_by.name.clone())
        .with("approved_by", approved.approved_by.name.clone());
    session
        .record(Act::RotationStarted, facts, async |_| {
            approved.use_up(session, &id.to_string()).await?;
            stored(session, adopt(&session.registry.request(approved.request.id).await?)?).await.map(|_| ())
        })
        .await?;
    get(session, &id.to_string()).await
}

/// Goes on: takes every step that can be taken now. A step that fails is put down as such and ends it; the next one who goes
/// on tries it again.
pub(crate) async fn advance(session: &Session, request: RotationAdvance) -> OfficeResult<RotationView> {
    session.require(Permission::ManageKeys)?;
    let mut job = Job::open(session, &request.id).await?;
    match job.rotation.state {
        RotationState::Running | RotationState::Transition => {}
        RotationState::RollingBack => return Err(OfficeError::RotationState { reason: "rolling_back" }),
        RotationState::Finished | RotationState::RolledBack => {
            return Err(OfficeError::RotationState { reason: "over" });
        }
    }
    if request.end_transition_now && job.rotation.state != RotationState::Transition {
        return Err(OfficeError::RotationState { reason: "no_transition" });
    }
    let until = request.until.map_or(RotationStep::ScheduleDeletion, view::step_of);
    while job.rotation.state.is_open() && job.rotation.step <= until {
        let went_on = match job.rotation.step {
            RotationStep::Certificate if job.plan.certificate == RotationCertificate::External => false,
            RotationStep::Transition => job.transition(request.end_transition_now).await?,
            step => job.take(step).await?,
        };
        if !went_on {
            break;
        }
    }
    job.view()
}

/// Who may see rotations: those who decide on them, and those who carry them out.
fn may_look(session: &Session) -> OfficeResult<()> {
    session.require(Permission::Approve).or_else(|_| session.require(Permission::ManageKeys))
}

/// The requests that rotations were begun with, newest first.
async fn used_requests(session: &Session) -> OfficeResult<Vec<Request>> {
    let filter = RequestFilter {
        states: vec![RequestState::Used],
        kind: Some(RequestKind::KeyRotation),
        subject: None,
        requested_by: None,
    };
    let page = RequestPage { before: None, limit: u32::MAX };
    Ok(session.registry.requests(&filter, session.clock.now(), page).await?)
}

/// The rotation that a used request stands for, as it is when it begins: always the same for one request.
fn adopt(request: &Request) -> OfficeResult<Rotation> {
    let broken = || OfficeError::internal("a used request without a rotation");
    let decision = request.decision.as_ref().ok_or_else(broken)?;
    let used_at = request.used_at.ok_or_else(broken)?;
    let plan = plan_of(&request.params)?;
    Ok(Rotation {
        id: request.used_for.as_deref().ok_or_else(broken)?.parse().map_err(OfficeError::internal)?,
        alias: plan.alias.unwrap_or_default(),
        old_key_ref: plan.old_key_ref,
        old_key_id: plan.old_key_id,
        new_key_ref: None,
        new_key_id: None,
        old_identity: plan.identity.map(|id| id.parse()).transpose().map_err(OfficeError::internal)?,
        new_identity: None,
        request: request.id,
        requested_by: request.requested_by.clone(),
        approved_by: decision.by.clone(),
        params: request.params.clone(),
        state: RotationState::Running,
        step: RotationStep::CreateKey,
        version: 1,
        created_at: used_at,
        updated_at: used_at,
        finished_at: None,
    })
}

fn plan_of(params: &str) -> OfficeResult<RotationPlan> {
    match serde_json::from_str(params).map_err(OfficeError::internal)? {
        RequestWhat::KeyRotation(plan) => Ok(plan),
        RequestWhat::KeyDeletion { .. }
        | RequestWhat::P12Export { .. }
        | RequestWhat::CertificateIssue { .. }
        | RequestWhat::TrustAnchor { .. } => {
            Err(OfficeError::internal("a rotation with the parameters of something else"))
        }
    }
}

/// The row of a rotation; it is made where it is missing. Refuses one that the trail does not know: a row can be forged where
/// the trail cannot.
async fn stored(session: &Session, rotation: Rotation) -> OfficeResult<Rotation> {
    let id = rotation.id.to_string();
    let filter = AuditFilter { act: Some(Act::RotationStarted), text: Some(id.clone()), ..AuditFilter::default() };
    let params_sha256 = Digest::of(HashAlgorithm::Sha256, rotation.params.as_bytes()).to_hex();
    let wanted = [("rotation", id), ("request", rotation.request.to_string()), ("params_sha256", params_sha256)];
    let records = session.registry.list_audit(&filter, AuditPage { before: None, limit: 16 }).await?;
    let known = |detail: &BTreeMap<String, String>| wanted.iter().all(|(name, value)| detail.get(*name) == Some(value));
    if !records.iter().any(|record| known(&record.entry.detail)) {
        return Err(RegistryError::ParamsChanged { request: rotation.request }.into());
    }
    match session.registry.rotation(rotation.id).await {
        Ok(found) => Ok(found),
        Err(RegistryError::NotFound { .. }) => {
            session.registry.add_rotation(&rotation).await?;
            Ok(session.registry.rotation(rotation.id).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The rotation of that identifier, also one that has no row yet because the program stopped while it was begun.
async fn find(session: &Session, id: &str) -> OfficeResult<Rotation> {
    let unknown = || OfficeError::UnknownRotation { rotation: id.to_owned() };
    let parsed: RotationId = id.parse().map_err(|_| unknown())?;
    match session.registry.rotation(parsed).await {
        Ok(rotation) => Ok(rotation),
        Err(RegistryError::NotFound { .. }) => {
            let id = parsed.to_string();
            let mut begun = used_requests(session).await?.into_iter();
            adopt(&begun.find(|own| own.used_for.as_ref() == Some(&id)).ok_or_else(unknown)?)
        }
        Err(error) => Err(error.into()),
    }
}

fn facts_of(id: RotationId, plan: &RotationPlan) -> Facts {
    let mut facts = Facts::default().with("rotation", id.to_string());
    facts.key_ref = Some(plan.old_key_ref.clone());
    facts.key_id = Some(plan.old_key_id.clone());
    facts
}

/// Keeps everybody else away from the rotations of an office, in this process and in others, until it is dropped.
struct Seat(File);

impl Drop for Seat {
    fn drop(&mut self) {
        // Closing the file would let others in too, but not while a program that is just being started still has it.
        let _ = self.0.unlock();
    }
}

impl Seat {
    async fn take(folder: &Path) -> OfficeResult<Self> {
        let path = folder.join("rotation.lock");
        blocking(move || {
            let failed = |error: std::io::Error| OfficeError::Config {
                file: path.display().to_string(),
                reason: error.to_string(),
            };
            let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => Ok(Self(file)),
                Err(TryLockError::WouldBlock) => Err(OfficeError::RotationState { reason: "busy" }),
                Err(TryLockError::Error(error)) => Err(failed(error)),
            }
        })
        .await?
    }
}

/// A rotation that somebody works on.
struct Job<'s> {
    session: &'s Session,
    rotation: Rotation,
    plan: RotationPlan,
    history: History,
    _seat: Seat,
}

impl<'s> Job<'s> {
    /// Takes the seat and reads how the rotation stands.
    async fn open(session: &'s Session, id: &str) -> OfficeResult<Self> {
        let seat = Seat::take(&session.folder).await?;
        let rotation = stored(session, find(session, id).await?).await?;
        let plan = plan_of(&rotation.params)?;
        let history = History::load(session, rotation.id).await?;
        Ok(Self { session, rotation, plan, history, _seat: seat })
    }

    fn view(&self) -> OfficeResult<RotationView> {
        view::view(self.session, &self.rotation, &self.history)
    }

    /// Puts down what happened to a step, together with what changes in the rotation by it.
    async fn note(
        &mut self,
        step: RotationStep,
        phase: StepPhase,
        evidence: &Evidence,
        change: impl FnOnce(&mut Rotation),
    ) -> OfficeResult<()> {
        let now = self.session.clock.now();
        let mut next = self.rotation.clone();
        change(&mut next);
        next.updated_at = now;
        let record = StepRecord {
            rotation: next.id,
            seq: 0,
            step,
            phase,
            at: now,
            operator: self.session.operator.clone(),
            evidence: evidence.json()?,
            error_code: evidence.error.as_ref().map(|error| error.code.clone()),
        };
        self.rotation = self.session.registry.advance_rotation(&next, self.rotation.version, &record).await?;
        self.history = History::load(self.session, self.rotation.id).await?;
        Ok(())
    }

    /// What the trail says of a step.
    fn facts(&self, step: RotationStep) -> Facts {
        let mut facts = facts_of(self.rotation.id, &self.plan).with("step", step.name());
        if let Some(new) = &self.rotation.new_key_id {
            facts = facts.with("new_key_id", new.clone());
        }
        facts
    }

    /// The backend that both keys live in.
    async fn manager(&self) -> OfficeResult<Arc<dyn KeyManager>> {
        self.session.manager(&self.old_key()?).await
    }

    fn old_key(&self) -> OfficeResult<KeyRef> {
        Ok(self.rotation.old_key_ref.parse()?)
    }

    fn new_key(&self) -> OfficeResult<KeyRef> {
        let missing = OfficeError::RotationState { reason: "no_new_key" };
        Ok(self.rotation.new_key_ref.as_deref().ok_or(missing)?.parse()?)
    }

    fn new_key_id(&self) -> OfficeResult<&str> {
        self.rotation.new_key_id.as_deref().ok_or(OfficeError::RotationState { reason: "no_new_key" })
    }
}
