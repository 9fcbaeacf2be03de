use cartorio_core::WireError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{DocumentInfo, KeyOriginView, LegalLabel, SignLevel, SignProfile, SignRemark};

/// A signing identity: a key with its certificate chain.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct IdentitySummary {
    /// Identifier.
    pub id: String,
    /// Friendly name.
    pub label: String,
    /// Who the certificate is for (common name without a trailing `:CPF`).
    pub holder: String,
    /// CPF, masked, where the certificate has one.
    pub masked_cpf: Option<String>,
    /// Common name of the issuer.
    pub issuer: String,
    /// Start of validity.
    pub not_before: String,
    /// End of validity.
    pub not_after: String,
    /// SHA-256 of the certificate.
    pub certificate_sha256: String,
    /// Reference to the key.
    pub key_ref: String,
    /// Where the key lives.
    pub key_origin: KeyOriginView,
    /// Type of the key, e.g. `RSA_2048`.
    pub key_spec: String,
    /// Algorithms that it may sign with; the first is the default.
    pub algorithms: Vec<String>,
    /// What its signatures are worth by law, computed from the chain.
    pub legal: LegalLabel,
    /// Whether it can sign now.
    pub state: IdentityState,
}

/// Whether an identity can sign now.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IdentityState {
    /// Yes.
    Ready,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate has expired.
    Expired,
    /// What the office holds says that the certificate, or one above it, is revoked.
    Revoked,
    /// The same, and that it is on hold only.
    OnHold,
}

/// Makes an identity: a certificate for an existing key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct IdentityCreate {
    /// The key.
    pub key_ref: String,
    /// Friendly name.
    pub label: String,
    /// Who it is for.
    pub holder: String,
    /// E-mail address for the certificate.
    pub email: Option<String>,
    /// Who issues: the ARN of an AWS Private CA. Absent: the office's own CA.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub authority: Option<String>,
}

/// A folder for results that the user chose.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct OutputFolder {
    /// The handle.
    pub id: String,
    /// The folder, for display only.
    pub display: String,
}

/// What to sign, with what, and how.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SignRequest {
    /// Handles of the documents.
    pub documents: Vec<String>,
    /// The identity.
    pub identity: String,
    /// Algorithm; absent means the key's default.
    pub algorithm: Option<String>,
    /// Reason, written into the signature.
    pub reason: Option<String>,
    /// Place, written into the signature.
    pub location: Option<String>,
    /// Folder for the results; absent means beside each document.
    pub output_folder: Option<String>,
    /// Why documents were not looked at before signing; goes into the trail.
    #[serde(default)]
    #[ts(optional)]
    pub unseen_reason: Option<String>,
    /// Handles of files with certificates, revocation lists and OCSP answers that count for this batch alone.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub evidence: Vec<String>,
    /// Addresses of time-stamp authorities that are asked for this batch alone, before the office's own and without credentials.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub authorities: Vec<String>,
    /// Handles of files that detached `.p7s` signed which get another signature: each is given the one with its digest, and is
    /// looked for (beside it, in the journal) where none has that. One file for one signature has to be it.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub contents: Vec<String>,
    /// How; absent means the simple path.
    #[serde(default)]
    #[ts(as = "Option<SignProfile>", optional)]
    pub profile: SignProfile,
}

/// What signing will do, before it is done.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SignPreview {
    /// Legal label of the result.
    pub legal: LegalLabel,
    /// Algorithm.
    pub algorithm: String,
    /// Per document.
    pub items: Vec<SignPreviewItem>,
}

/// What signing one document will do.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SignPreviewItem {
    /// The document.
    pub document: String,
    /// The form that the signature will take.
    pub format: SignFormat,
    /// The level that it will have.
    pub level: SignLevel,
    /// Name that the result will get.
    pub output_name: String,
    /// What stands against it, or should be known: policy, stamp, evidence.
    pub remarks: Vec<SignRemark>,
    /// For a countersignature: those whose signature it may be over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<SignerChoice>>", optional)]
    pub signers: Vec<SignerChoice>,
    /// Why it will be refused, if so.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub problem: Option<WireError>,
}

/// A signer of a `.p7s`.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SignerChoice {
    /// Place in the file, from 0.
    pub index: u32,
    /// Who signed; absent where the certificate is not in the file.
    pub name: Option<String>,
    /// When, as the signature claims.
    pub claimed_time: Option<String>,
}

/// The form of a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SignFormat {
    /// Inside the PDF (ETSI EN 319 142).
    Pades,
    /// A `.p7s` beside the file (ETSI EN 319 122).
    CadesDetached,
    /// A `.p7s` with the file inside (ETSI EN 319 122).
    CadesEnveloping,
    /// The bare value with a JSON receipt.
    Raw,
}

/// Names a job.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct JobRef {
    /// Identifier.
    pub id: String,
}

/// Leaves documents out that a paused batch waits for; it goes on with the others.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct JobSkip {
    /// The job.
    pub id: String,
    /// Handles of documents that wait with an error.
    pub documents: Vec<String>,
    /// Why, for the trail.
    pub reason: String,
}

/// A unit of long work; also the payload of event `job`.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct JobSnapshot {
    /// Identifier.
    pub id: String,
    /// State of the whole.
    pub status: JobStatus,
    /// One entry per document; where `changes` is there, only those that changed.
    pub items: Vec<JobItem>,
    /// Grows with every change, so that of two snapshots the later one is known.
    #[serde(default)]
    #[ts(as = "Option<f64>", optional)]
    pub revision: u64,
    /// In an event of a large job: what `items` are of all documents. Absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub changes: Option<JobChanges>,
    /// Whether somebody asked for a pause: while it is `running` still, what is under way is finished first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub held: bool,
    /// Why the job waits for a person, while it is `paused`: a login, a PIN, a password.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub waits_for: Option<WireError>,
    /// The batch in the journal.
    pub batch: Option<String>,
    /// Documents per minute so far, while running.
    pub per_minute: Option<f64>,
    /// Seconds that are left at that rate, while running.
    pub seconds_left: Option<u32>,
}

/// Which documents of a large job an event tells of.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct JobChanges {
    /// The event tells everything that changed after this revision; who knows an older one asks with `job_get`.
    #[ts(type = "number")]
    pub since: u64,
    /// Where each of `items` stands, from 0.
    pub positions: Vec<u32>,
    /// Documents in all.
    pub total: u32,
    /// Documents that have their end.
    pub settled: u32,
}

/// State of a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Working.
    Running,
    /// Waiting for a person: for what `waits_for` says, or because somebody paused it; `job_resume` goes on, `job_cancel`
    /// gives up.
    Paused,
    /// Everything done.
    Succeeded,
    /// Some done, some not.
    Partly,
    /// Nothing done.
    Failed,
    /// Stopped by the user.
    Cancelled,
}

/// One document of a job.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct JobItem {
    /// The document's handle.
    pub document: String,
    /// Its name.
    pub name: String,
    /// State.
    pub state: ItemState,
    /// What is going on, while running.
    pub phase: Option<ItemPhase>,
    /// Why it failed.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub error: Option<WireError>,
    /// The result.
    pub output: Option<DocumentInfo>,
    /// What was done, for the record.
    pub receipt: Option<Receipt>,
}

impl JobItem {
    /// A document that is not begun.
    pub(crate) fn waiting(document: String, name: String) -> Self {
        Self { document, name, state: ItemState::Waiting, phase: None, error: None, output: None, receipt: None }
    }
}

/// State of one document of a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// Not begun.
    Waiting,
    /// Being worked on.
    Running,
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Not done because the user stopped the job.
    Cancelled,
}

/// What is going on with a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ItemPhase {
    /// Reading and hashing.
    Preparing,
    /// Waiting for the key.
    Signing,
    /// Waiting for a time-stamp authority.
    Stamping,
    /// Gathering certificates and revocation evidence.
    Gathering,
    /// Checking the result.
    Checking,
    /// Writing it to disk.
    Writing,
}

/// What was done, for the record.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct Receipt {
    /// Time.
    pub signed_at: String,
    /// Form.
    pub format: SignFormat,
    /// The level that was reached.
    pub level: SignLevel,
    /// Why it is a lower one than was asked for, where that was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable, as = "Option<super::app::WireErrorTs>")]
    pub lowered: Option<WireError>,
    /// What the signature is where it is no AdES one, as a verification calls it: `CMS`, `PDF (adbe.pkcs7.detached)`. Then `level` says
    /// what was added, and the signature has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub not_ades: Option<String>,
    /// OID of the signature policy, where there is one.
    pub policy: Option<String>,
    /// Times of the time stamps, the signature's first.
    pub time_stamps: Vec<String>,
    /// Who gave them, as the office calls them and as their certificates do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub authorities: Vec<String>,
    /// Authorities that were asked before and gave none, each with the code of why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub passed_over: Vec<String>,
    /// Earlier signers whose certificates nothing proves any more, or who were revoked: they stay as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<UnprovenSigner>>", optional)]
    pub unproven: Vec<UnprovenSigner>,
    /// How many values the key made in this try: more than one where the container had to grow, none where it took the value of an
    /// earlier one that failed after the key.
    pub key_uses: u32,
    /// SHA-256 of the document before.
    pub input_sha256: String,
    /// SHA-256 of the result.
    pub output_sha256: String,
    /// The exact key.
    pub key_id: String,
    /// Algorithm.
    pub algorithm: String,
    /// SHA-256 of the certificate.
    pub certificate_sha256: String,
    /// AWS request id; none where no value was made.
    pub request_id: Option<String>,
    /// Sequence number in the trail.
    #[ts(type = "number")]
    pub audit_seq: u64,
}

/// A signer of a document for whom a higher level could not be reached, which kept nobody else from it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct UnprovenSigner {
    /// The certificate's holder.
    pub name: String,
    /// Why.
    pub reason: UnprovenReason,
}

/// Why a signer cannot be proven.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UnprovenReason {
    /// A certificate is revoked.
    Revoked,
    /// A certificate is suspended.
    OnHold,
    /// No revocation evidence was to be had; which, and where it was looked for, is in the trail.
    NoEvidence,
}

impl UnprovenSigner {
    /// The one of a note as the trail has it: `name (code)`.
    pub(crate) fn of_note(note: &str) -> Self {
        let note = note.strip_suffix(')').unwrap_or(note);
        let (name, code) = note.rsplit_once(" (").unwrap_or((note, ""));
        let reason = match code {
            "revoked" => UnprovenReason::Revoked,
            "on_hold" => UnprovenReason::OnHold,
            _ => UnprovenReason::NoEvidence,
        };
        Self { name: name.to_owned(), reason }
    }

    /// Those of all notes of a record, which `; ` separates.
    pub(crate) fn of_notes(notes: &str) -> Vec<Self> {
        notes.split("); ").map(Self::of_note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_proven_is_read_from_the_note() {
        for (note, name, reason) in [
            ("Elza Revogada (revoked)", "Elza Revogada", UnprovenReason::Revoked),
            ("Sá (sócia) & Filhos (on_hold)", "Sá (sócia) & Filhos", UnprovenReason::OnHold),
            ("AC (v5) (not_fetched)", "AC (v5)", UnprovenReason::NoEvidence),
            ("Rui", "Rui", UnprovenReason::NoEvidence),
        ] {
            assert_eq!(UnprovenSigner::of_note(note), UnprovenSigner { name: name.to_owned(), reason });
        }
        let both = UnprovenSigner::of_notes("Elza (v5) (revoked); Rui (stale)");
        let of = |name: &str, reason| UnprovenSigner { name: name.to_owned(), reason };
        assert_eq!(both, [of("Elza (v5)", UnprovenReason::Revoked), of("Rui", UnprovenReason::NoEvidence)]);
    }
}
