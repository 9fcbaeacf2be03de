use cartorio_core::WireError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{DocumentRef, OperatorView, RotationPlan};

/// Names a rotation.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RotationRef {
    /// Identifier.
    pub id: String,
}

/// Which rotations to show.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, TS)]
pub struct RotationQuery {
    /// Only those that are not over.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub open: bool,
}

/// Starts a rotation with an approved request.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RotationStart {
    /// The approved request.
    pub request: String,
}

/// Goes on with a rotation: takes the steps that can be taken now.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RotationAdvance {
    /// The rotation.
    pub id: String,
    /// Stops after this step; absent: as far as it goes now.
    pub until: Option<RotationStepName>,
    /// Switches the old key off before the transition is over; needs the key's name typed.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub end_transition_now: bool,
}

/// Undoes a rotation as far as it can be undone (until the old key is switched off).
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RotationUndo {
    /// The rotation.
    pub id: String,
    /// Why; 1 to 500 characters.
    pub reason: String,
}

/// Brings the certificate that a CA outside issued for the new key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RotationBring {
    /// The rotation.
    pub id: String,
    /// A file with the certificate and, if possible, its chain.
    pub certificate: DocumentRef,
}

/// Saves the evidence report.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RotationReport {
    /// The rotation.
    pub id: String,
    /// Form.
    pub format: RotationReportFormat,
}

/// Form of the evidence report.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RotationReportFormat {
    /// Paper, signed with the new key (PAdES) where it has an identity.
    Pdf,
    /// The same facts as JSON with a bare signature by the new key.
    Json,
}

/// A rotation.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RotationView {
    /// Identifier.
    pub id: String,
    /// What it does.
    pub plan: RotationPlan,
    /// State.
    pub state: RotationStateView,
    /// The step that is next, or that failed.
    pub current: RotationStepName,
    /// The seven steps.
    pub steps: Vec<RotationStepView>,
    /// Why it does not go on by itself now.
    pub waits_for: Option<RotationWait>,
    /// The new key.
    pub new_key_ref: Option<String>,
    /// Its identifier.
    pub new_key_id: Option<String>,
    /// The new identity.
    pub new_identity: Option<String>,
    /// Who asked.
    pub requested_by: OperatorView,
    /// Who approved.
    pub approved_by: OperatorView,
    /// When it began.
    pub started_at: String,
    /// When it was over.
    pub finished_at: Option<String>,
    /// When the transition is over.
    pub transition_until: Option<String>,
    /// When the old key will be gone.
    pub deletion_at: Option<String>,
    /// Whether it can still be undone.
    pub can_undo: bool,
    /// Whether the deletion of the old key can be called off.
    pub can_cancel_deletion: bool,
    /// Whether this operator may go on with it.
    pub may_advance: bool,
}

/// State of a rotation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RotationStateView {
    /// Steps are being taken.
    Running,
    /// Both keys are visible.
    Transition,
    /// Done.
    Finished,
    /// Being undone.
    RollingBack,
    /// Undone.
    RolledBack,
}

/// A step of a rotation.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RotationStepName {
    /// (1) A new key with the same characteristics.
    CreateKey,
    /// (2) Its certificate.
    Certificate,
    /// (3) The name points to it.
    MoveAlias,
    /// (4) A probe by the new key, an old signature by the old certificate.
    Validate,
    /// (5) Both are visible for a time.
    Transition,
    /// (6) The old key is switched off.
    DisableOld,
    /// (7) Its deletion is scheduled.
    ScheduleDeletion,
}

/// How a step stands.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RotationStepView {
    /// Which.
    pub step: RotationStepName,
    /// State.
    pub state: RotationStepState,
    /// When it was done, or failed, or was undone.
    pub at: Option<String>,
    /// By whom.
    pub operator: Option<String>,
    /// Facts for the report, label by label.
    pub evidence: Vec<RotationFact>,
    /// Why it failed.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub error: Option<WireError>,
    /// How often it was tried.
    pub attempts: u32,
}

/// State of a step.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RotationStepState {
    /// Not begun.
    Waiting,
    /// Begun and not ended: interrupted, or under way.
    Begun,
    /// Done.
    Done,
    /// Not needed here (no identity, no deletion wanted).
    Skipped,
    /// Failed; can be tried again.
    Failed,
    /// Undone.
    Undone,
}

/// A fact about a step; `name` is one of a fixed set that the UI has words for.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct RotationFact {
    /// E.g. `new_key_id`, `public_key_sha256`, `certificate_sha256`, `alias`, `probe_sha256`, `probe_signature`, `request_id`,
    /// `deletion_at`, `audit_seq`.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Why a rotation does not go on by itself now.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RotationWait {
    /// The certificate of a CA outside has to be brought.
    Certificate,
    /// The transition lasts.
    Transition,
    /// A person has to try the failed step again, or undo.
    Failure,
    /// A person has to go on: the program stopped, or the transition is over.
    Person,
}
