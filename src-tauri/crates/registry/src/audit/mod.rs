//! The audit trail: append-only, hash-chained, its end authenticated.
//!
//! What each mechanism finds:
//! - a changed record: its own hash no longer fits ([`canonical`]);
//! - a removed, inserted or reordered record: the numbers or the links to the previous hash do not fit;
//! - removal of the newest records, or a rewritten chain: the head ([`head`]) does not fit, and only the audit key makes a head;
//! - an older head put back together with the removal: the head file beside the database is ahead of it;
//! - both heads put back, or everything removed: the trail is shorter than whoever opens it remembers
//!   ([`crate::Registry::open_remembering`]).
//!
//! What none of them finds: the whole folder, with that memory, put back to an earlier state by somebody who kept a complete copy
//! of it. That needs a witness outside the folder.

mod append;
pub(crate) mod canonical;
mod group;
mod head;
mod key_uses;
mod query;
mod row;
mod verify;

use std::collections::BTreeMap;
use std::fmt;

use cartorio_core::{JobId, OperatorId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(crate) use group::Waiting;
pub use key_uses::{KeyTries, KeyUse};

use crate::Role;
use crate::text_enum::text_enum;

text_enum! {
    /// What somebody did.
    pub enum Act {
        /// The demonstration office was built.
        DemoCreated = "demo_created",
        /// A session began: the registry was opened by a person at work.
        SessionStarted = "session_started",
        /// A document was opened for signing or looking at.
        DocumentOpened = "document_opened",
        /// A document was signed.
        DocumentSigned = "document_signed",
        /// A signed document was taken to a higher level: time stamps and evidence were added.
        DocumentExtended = "document_extended",
        /// A signed document was verified.
        DocumentVerified = "document_verified",
        /// A signing key was made.
        KeyCreated = "key_created",
        /// Keys were listed from a backend.
        KeysListed = "keys_listed",
        /// A key was described.
        KeyDescribed = "key_described",
        /// A key and a certificate chain became a signing identity.
        IdentityCreated = "identity_created",
        /// A signing identity was taken out of use.
        IdentityRetired = "identity_retired",
        /// A certificate was issued.
        CertificateIssued = "certificate_issued",
        /// A certificate was revoked.
        CertificateRevoked = "certificate_revoked",
        /// A certificate or bundle was looked at.
        CertificateInspected = "certificate_inspected",
        /// A P12 file was written.
        P12Exported = "p12_exported",
        /// A P12 file was opened.
        P12Inspected = "p12_inspected",
        /// An AWS profile was added or changed.
        ProfileAdded = "profile_added",
        /// An AWS profile was chosen.
        ProfileSelected = "profile_selected",
        /// An AWS profile was tested.
        ProfileTested = "profile_tested",
        /// An AWS profile was removed.
        ProfileRemoved = "profile_removed",
        /// Credentials went into the keyring.
        CredentialsStored = "credentials_stored",
        /// Credentials were removed from the keyring.
        CredentialsRemoved = "credentials_removed",
        /// The trail was verified.
        AuditVerified = "audit_verified",
        /// The trail was exported.
        AuditExported = "audit_exported",
        /// The end of the trail was accepted as it is, after somebody looked at what was wrong.
        TrailResealed = "trail_resealed",
        /// A masked CPF, RG or birth date was shown.
        IdentifierRevealed = "identifier_revealed",
        /// Settings were changed.
        SettingsChanged = "settings_changed",
        /// An operator was added.
        OperatorAdded = "operator_added",
        /// An operator was changed or switched off.
        OperatorChanged = "operator_changed",
        /// Another operator took the seat.
        OperatorSwitched = "operator_switched",
        /// An alias was made or pointed to another key.
        KeyAliasMoved = "key_alias_moved",
        /// An alias was removed.
        KeyAliasRemoved = "key_alias_removed",
        /// The tags of a key were changed.
        KeyTagged = "key_tagged",
        /// The description of a key was changed.
        KeyChanged = "key_changed",
        /// A key was put back into use.
        KeyEnabled = "key_enabled",
        /// A key was taken out of use, which can be undone.
        KeyDisabled = "key_disabled",
        /// The deletion of a key was scheduled.
        KeyDeletionScheduled = "key_deletion_scheduled",
        /// The scheduled deletion of a key was cancelled.
        KeyDeletionCancelled = "key_deletion_cancelled",
        /// A key of this machine was destroyed, its waiting time over.
        KeyDeleted = "key_deleted",
        /// The policy and grants of a key were read: who may do what with it.
        KeyAccessRead = "key_access_read",
        /// A token, or another key behind a PIN or password, was unlocked.
        KeyUnlocked = "key_unlocked",
        /// It was locked again.
        KeyLocked = "key_locked",
        /// A file was signed: a raw signature with a receipt.
        FileSigned = "file_signed",
        /// The raw signature of a file was verified.
        FileSignatureVerified = "file_signature_verified",
        /// A symmetric master key for data was made.
        DataMasterCreated = "data_master_created",
        /// The automatic rotation of a symmetric key was switched on, off or to another period.
        AutomaticRotationChanged = "automatic_rotation_changed",
        /// A symmetric key was rotated on demand.
        KeyRotatedOnDemand = "key_rotated_on_demand",
        /// A PKCS#11 module was added.
        TokenModuleAdded = "token_module_added",
        /// A PKCS#11 module was removed.
        TokenModuleRemoved = "token_module_removed",
        /// An A1 certificate file was added.
        A1Added = "a1_added",
        /// An A1 certificate file was removed.
        A1Removed = "a1_removed",
        /// The password of an A1 file went into the keyring.
        A1PasswordKept = "a1_password_kept",
        /// The password of an A1 file was removed from the keyring.
        A1PasswordForgotten = "a1_password_forgotten",
        /// Somebody asked for what another person must approve.
        RequestMade = "request_made",
        /// A request was approved.
        RequestApproved = "request_approved",
        /// A request was rejected.
        RequestRejected = "request_rejected",
        /// A request was taken back by who had made it.
        RequestWithdrawn = "request_withdrawn",
        /// The replacement of a key began.
        RotationStarted = "rotation_started",
        /// A step of the replacement of a key was taken.
        RotationStep = "rotation_step",
        /// The replacement of a key was undone.
        RotationUndone = "rotation_undone",
        /// The replacement of a key came to its end.
        RotationFinished = "rotation_finished",
        /// The evidence report of a replacement was written.
        RotationReportWritten = "rotation_report_written",
        /// A session with the cloud was begun (single sign-on, or a role with MFA).
        CloudLogin = "cloud_login",
        /// A session with the cloud was ended.
        CloudLogout = "cloud_logout",
        /// An operator's password was set or changed.
        OperatorSecretSet = "operator_secret_set",
        /// Official roots and CA certificates came into the trust store.
        TrustImported = "trust_imported",
        /// A root of the office's own is trusted from now on.
        TrustAnchorAdded = "trust_anchor_added",
        /// A root of the office's own is trusted no longer.
        TrustAnchorRemoved = "trust_anchor_removed",
        /// Revocation lists or OCSP responses were kept or fetched.
        EvidenceKept = "evidence_kept",
        /// Kept evidence was forgotten.
        EvidenceForgotten = "evidence_forgotten",
        /// A time-stamping authority of the office was added or changed.
        TsaSaved = "tsa_saved",
        /// A time-stamping authority of the office was removed.
        TsaRemoved = "tsa_removed",
        /// A time-stamping authority was asked for a time stamp to see whether it answers.
        TsaTested = "tsa_tested",
        /// A batch that a crash interrupted goes on.
        BatchResumed = "batch_resumed",
        /// What was left of an interrupted batch was given up.
        BatchAbandoned = "batch_abandoned",
        /// A document that held its batch up was left out of it.
        DocumentSkipped = "document_skipped",
        /// A result that lay there whole after a crash was recorded, instead of being made again.
        ResultRecovered = "result_recovered",
    }
}

/// How an act ended.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Succeeded,
    /// It failed.
    Failed {
        /// The error's stable code.
        code: String,
    },
    /// A person stopped it.
    Cancelled,
    /// The process ended before the act did; written by the next start.
    Interrupted,
}

impl Outcome {
    /// The stable name, without the code of a failure.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Whether a record announces an act or says how it ended.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Phase {
    /// About to be done.
    Intent,
    /// Done, one way or the other.
    Result {
        /// Which way.
        outcome: Outcome,
    },
}

/// The operator as the trail keeps them: a copy, because a name or role may change later.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct OperatorRef {
    /// Identifier.
    pub id: OperatorId,
    /// Name at the time.
    pub name: String,
    /// Role at the time.
    pub role: Role,
}

/// A document as the trail keeps it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct DocumentRef {
    /// File name, without its folder.
    pub name: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// What goes into the trail: who, what, when, with which key.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct AuditDraft {
    /// When. Kept in UTC to the microsecond.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What.
    pub act: Act,
    /// Announced, or ended.
    pub phase: Phase,
    /// Ties the result to its intent. One per act: a batch has one per document.
    pub correlation: JobId,
    /// Who.
    pub operator: OperatorRef,
    /// `demo`, or which AWS account, region and profile.
    pub environment: String,
    /// The document in question.
    pub document: Option<DocumentRef>,
    /// The key's reference as the operator named it.
    pub key_ref: Option<String>,
    /// The key's own identifier in its backend, e.g. an ARN.
    pub key_id: Option<String>,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub certificate_sha256: Option<String>,
    /// Signature algorithm.
    pub algorithm: Option<String>,
    /// The service's request id.
    pub request_id: Option<String>,
    /// Attempts made at the service.
    pub attempts: Option<u32>,
    /// Anything else worth keeping. Never a secret.
    pub detail: BTreeMap<String, String>,
}

impl AuditDraft {
    /// Announces an act; the optional fields are empty.
    pub fn intent(
        at: OffsetDateTime,
        act: Act,
        correlation: JobId,
        operator: OperatorRef,
        environment: impl Into<String>,
    ) -> Self {
        Self {
            at,
            act,
            phase: Phase::Intent,
            correlation,
            operator,
            environment: environment.into(),
            document: None,
            key_ref: None,
            key_id: None,
            certificate_sha256: None,
            algorithm: None,
            request_id: None,
            attempts: None,
            detail: BTreeMap::new(),
        }
    }

    /// The same act, ended: everything known at its intent is repeated in its result.
    #[must_use]
    pub fn ended(&self, at: OffsetDateTime, outcome: Outcome) -> Self {
        Self { at, phase: Phase::Result { outcome }, ..self.clone() }
    }
}

/// A record of the trail.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct AuditRecord {
    /// Its number; the first is 1, and none is skipped.
    pub seq: u64,
    /// What was recorded.
    #[serde(flatten)]
    pub entry: AuditDraft,
    /// Hash of the record before it; 64 zeros for the first. Lower-case hexadecimal SHA-256.
    pub previous: String,
    /// Its own hash. Lower-case hexadecimal SHA-256.
    pub hash: String,
}

/// Which records to list; an empty filter lists all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AuditFilter {
    /// Only this act.
    pub act: Option<Act>,
    /// Only by this operator.
    pub operator: Option<OperatorId>,
    /// Only records where a name, digest, key, request id or detail contains this text (letter case of ASCII is ignored).
    pub text: Option<String>,
    /// Not before.
    pub from: Option<OffsetDateTime>,
    /// Before (exclusive).
    pub to: Option<OffsetDateTime>,
}

/// A page of the trail, newest first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuditPage {
    /// Only records with a smaller number: the last one of the page before. `None` starts at the newest.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: u32,
}

impl Default for AuditPage {
    fn default() -> Self {
        Self { before: None, limit: 100 }
    }
}

text_enum! {
    /// What is wrong at a place of the trail.
    pub enum TrailProblemKind {
        /// A record's content does not fit its hash.
        Changed = "changed",
        /// Records are missing; see [`TrailProblem::through`].
        Removed = "removed",
        /// A genuine record stands at another number than its own.
        Reordered = "reordered",
        /// A record is there that the chain does not know.
        Inserted = "inserted",
        /// A record does not continue the one before it, though its own hash fits.
        BrokenLink = "broken_link",
        /// The head in the database is not the end of the chain: the newest records were removed or rewritten.
        HeadMismatch = "head_mismatch",
        /// The head in the database is missing, malformed, or not made with the audit key.
        BadHead = "bad_head",
        /// The head file is missing.
        HeadFileMissing = "head_file_missing",
        /// The head file is malformed, or not made with the audit key.
        BadHeadFile = "bad_head_file",
        /// The head file is older than a crash can explain, and no audit key shows that the table's head covers it.
        HeadFileBehind = "head_file_behind",
        /// The head file is ahead of the database, or of another chain: an old database was put back.
        HeadFileMismatch = "head_file_mismatch",
        /// A trigger that keeps the trail, requests or rotations as they were written was removed.
        GuardRemoved = "guard_removed",
    }
}

impl TrailProblemKind {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        self.name()
    }
}

/// One thing that is wrong with the trail.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
pub struct TrailProblem {
    /// What.
    pub kind: TrailProblemKind,
    /// Where; `None` where it concerns no single record.
    pub seq: Option<u64>,
    /// The last number of a gap, for [`TrailProblemKind::Removed`].
    pub through: Option<u64>,
    /// English text for the folded technical details.
    pub detail: String,
}

impl TrailProblem {
    pub(crate) fn new(kind: TrailProblemKind, seq: Option<u64>, detail: impl Into<String>) -> Self {
        Self { kind, seq, through: None, detail: detail.into() }
    }
}

impl fmt::Display for TrailProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match (self.seq, self.through) {
            (Some(seq), Some(through)) if through != seq => write!(f, " at {seq} to {through}")?,
            (Some(seq), _) => write!(f, " at {seq}")?,
            (None, _) => {}
        }
        write!(f, ": {}", self.detail)
    }
}

text_enum! {
    /// Whether the end of the trail could be authenticated.
    pub enum HeadTrust {
        /// The head was made with the audit key.
        Authenticated = "authenticated",
        /// No audit key was given, or the trail has never had one: removal of the newest records may go unnoticed.
        NotAuthenticated = "not_authenticated",
        /// The audit key was given and the head was not made with it; see the problems.
        Rejected = "rejected",
    }
}

/// What a verification of the whole trail found.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct TrailReport {
    /// Records read.
    pub records: u64,
    /// Number of the first one.
    pub first_seq: Option<u64>,
    /// Number of the last one.
    pub last_seq: Option<u64>,
    /// Hash of the last one, the value to write down elsewhere.
    pub last_hash: Option<String>,
    /// Time of the last one.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_at: Option<OffsetDateTime>,
    /// What is wrong, in order of the records; at most [`TrailReport::MAX_PROBLEMS`].
    pub problems: Vec<TrailProblem>,
    /// Problems found beyond those listed.
    pub more_problems: u64,
    /// Whether the end is authenticated.
    pub head: HeadTrust,
}

impl TrailReport {
    /// So many problems are listed; the others are counted.
    pub const MAX_PROBLEMS: usize = 1_000;

    /// Whether nothing is wrong. Look at [`TrailReport::head`] as well: without the audit key, less was checked.
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }
}
