//! A rotation as the window shows it.

use cartorio_keys::KeyRef;
use cartorio_registry::{Rotation, RotationState, RotationStep, StepPhase};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::evidence::History;
use super::plan_of;
use crate::OfficeResult;
use crate::dto::{
    Permission, RotationCertificate, RotationStateView, RotationStepName, RotationStepState, RotationStepView,
    RotationView, RotationWait,
};
use crate::requests::operator_view;
use crate::session::Session;
use crate::times::rfc3339;

/// What is known of a rotation, without asking any backend.
pub(super) fn view(session: &Session, rotation: &Rotation, history: &History) -> OfficeResult<RotationView> {
    let now = session.clock.now();
    let plan = plan_of(&rotation.params)?;
    let may = session.require(Permission::ManageKeys).is_ok();
    let deletion_at = deletion_at(rotation, history);
    Ok(RotationView {
        id: rotation.id.to_string(),
        waits_for: waits_for(rotation, history, &plan.certificate, now),
        plan,
        state: match rotation.state {
            RotationState::Running => RotationStateView::Running,
            RotationState::Transition => RotationStateView::Transition,
            RotationState::Finished => RotationStateView::Finished,
            RotationState::RolledBack => RotationStateView::RolledBack,
            RotationState::RollingBack => RotationStateView::RollingBack,
        },
        current: name_of(rotation.step),
        steps: RotationStep::ALL.iter().map(|step| step_view(history, *step)).collect(),
        new_key_ref: rotation.new_key_ref.clone(),
        new_key_id: rotation.new_key_id.clone(),
        new_identity: rotation.new_identity.map(|id| id.to_string()),
        requested_by: operator_view(&rotation.requested_by),
        approved_by: operator_view(&rotation.approved_by),
        started_at: rfc3339(rotation.created_at),
        finished_at: rotation.finished_at.map(rfc3339),
        transition_until: transition_until(history).map(rfc3339),
        can_cancel_deletion: may && deletion_at.is_some_and(|at| now < at),
        deletion_at: deletion_at.map(rfc3339),
        can_undo: can_undo(rotation, history),
        may_advance: may && rotation.state.is_open(),
    })
}

/// Whether everything can still be put back.
pub(super) fn can_undo(rotation: &Rotation, history: &History) -> bool {
    rotation.state.is_open() && history.done(RotationStep::DisableOld).is_none()
}

/// When the transition is over, once it has begun.
pub(super) fn transition_until(history: &History) -> Option<OffsetDateTime> {
    parse(history.fact(RotationStep::Transition, "until")?)
}

/// When the old key will be gone, unless that was called off.
pub(super) fn deletion_at(rotation: &Rotation, history: &History) -> Option<OffsetDateTime> {
    if rotation.state != RotationState::Finished {
        return None;
    }
    let last = history.last(RotationStep::ScheduleDeletion)?;
    match last.record.phase {
        StepPhase::Done => parse(last.evidence.first("deletion_at")?),
        // A cancellation that failed leaves the date as it was.
        StepPhase::Failed => parse(history.done(RotationStep::ScheduleDeletion)?.first("deletion_at")?),
        StepPhase::Begun | StepPhase::Undone => None,
    }
}

fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn waits_for(
    rotation: &Rotation,
    history: &History,
    certificate: &RotationCertificate,
    now: OffsetDateTime,
) -> Option<RotationWait> {
    let failed = |step| history.state(step) == RotationStepState::Failed;
    match rotation.state {
        RotationState::Finished | RotationState::RolledBack => None,
        RotationState::RollingBack if RotationStep::ALL.iter().any(|step| failed(*step)) => Some(RotationWait::Failure),
        RotationState::RollingBack => Some(RotationWait::Person),
        RotationState::Running | RotationState::Transition if failed(rotation.step) => Some(RotationWait::Failure),
        RotationState::Running | RotationState::Transition => Some(match rotation.step {
            RotationStep::Certificate if *certificate == RotationCertificate::External => RotationWait::Certificate,
            RotationStep::Transition if transition_until(history).is_some_and(|until| now < until) => {
                RotationWait::Transition
            }
            RotationStep::CreateKey
            | RotationStep::Certificate
            | RotationStep::MoveAlias
            | RotationStep::Validate
            | RotationStep::Transition
            | RotationStep::DisableOld
            | RotationStep::ScheduleDeletion => RotationWait::Person,
        }),
    }
}

fn step_view(history: &History, step: RotationStep) -> RotationStepView {
    let last = history.last(step);
    let ended = last.filter(|entry| entry.record.phase != StepPhase::Begun);
    // What a step that is tried again put down before is still worth showing.
    let evidence = history.of(step).rev().find(|entry| !entry.evidence.facts.is_empty());
    let mut facts = evidence.map(|entry| entry.evidence.facts.clone()).unwrap_or_default();
    if let Some(reason) = last.and_then(|entry| entry.evidence.skipped.clone()) {
        facts.push(crate::dto::RotationFact { name: "skipped".to_owned(), value: reason });
    }
    RotationStepView {
        step: name_of(step),
        state: history.state(step),
        at: ended.map(|entry| rfc3339(entry.record.at)),
        operator: last.map(|entry| entry.record.operator.name.clone()),
        evidence: facts,
        error: last.and_then(|entry| entry.evidence.error.clone()),
        attempts: history.attempts(step),
    }
}

/// As the UI names a step.
pub(super) const fn name_of(step: RotationStep) -> RotationStepName {
    match step {
        RotationStep::CreateKey => RotationStepName::CreateKey,
        RotationStep::Certificate => RotationStepName::Certificate,
        RotationStep::MoveAlias => RotationStepName::MoveAlias,
        RotationStep::Validate => RotationStepName::Validate,
        RotationStep::Transition => RotationStepName::Transition,
        RotationStep::DisableOld => RotationStepName::DisableOld,
        RotationStep::ScheduleDeletion => RotationStepName::ScheduleDeletion,
    }
}

/// The step that the UI names so.
pub(super) const fn step_of(name: RotationStepName) -> RotationStep {
    match name {
        RotationStepName::CreateKey => RotationStep::CreateKey,
        RotationStepName::Certificate => RotationStep::Certificate,
        RotationStepName::MoveAlias => RotationStep::MoveAlias,
        RotationStepName::Validate => RotationStep::Validate,
        RotationStepName::Transition => RotationStep::Transition,
        RotationStepName::DisableOld => RotationStep::DisableOld,
        RotationStepName::ScheduleDeletion => RotationStep::ScheduleDeletion,
    }
}

/// The key as a signer through its name takes it: in AWS KMS the name itself, so that the service resolves it.
pub(super) fn by_alias(alias: &str, exact: &KeyRef, region: Option<&str>) -> KeyRef {
    match exact {
        KeyRef::AwsKms { .. } => KeyRef::AwsKms { key: format!("alias/{alias}"), region: region.map(str::to_owned) },
        KeyRef::Local { .. } | KeyRef::Pkcs11(_) | KeyRef::P12 { .. } => exact.clone(),
    }
}
