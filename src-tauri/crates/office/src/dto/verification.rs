use cartorio_core::WireError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CertificateBundle, CertifyChoice, LegalLabel, LockChoice};

/// Asks for the truth about a signed document.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct VerifyRequest {
    /// The PDF or `.p7s`.
    pub document: String,
    /// The content of a detached `.p7s`; absent lets the backend look for it beside the signature.
    pub content: Option<String>,
}

/// The truth about a signed document.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct VerifyReport {
    /// The bottom line, derived from the signatures.
    pub result: VerifyResult,
    /// The document's name.
    pub document: String,
    /// Name of the content that a detached signature was checked against.
    pub content: Option<String>,
    /// Whether a detached signature still needs its content.
    pub content_needed: bool,
    /// Whether `content` was taken for its name alone and is not what anybody signed: it was changed since, or the right file is
    /// another one, which can be named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub content_other: bool,
    /// The instant at which it was judged.
    pub judged_at: String,
    /// Signatures in the order in which they were made.
    pub signatures: Vec<SignatureReport>,
    /// Sequence number of this act in the trail, where there is one.
    #[ts(type = "number | null")]
    pub audit_seq: Option<u64>,
}

/// The bottom line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VerifyResult {
    /// Every signature is intact and trusted.
    Passed,
    /// Something could not be decided.
    Indeterminate,
    /// Something is wrong.
    Failed,
    /// There is no signature.
    Unsigned,
}

/// One signature, on separate axes.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SignatureReport {
    /// Field name, for a PDF.
    pub field: Option<String>,
    /// Whether the bytes are the ones that were signed.
    pub integrity: Integrity,
    /// Whether the signer is who the certificate says.
    pub authenticity: Authenticity,
    /// Whether the rules that the signature claims are kept.
    pub policy: PolicyState,
    /// What came after.
    pub later_change: LaterChange,
    /// Which part of the file it covers, for a PDF.
    pub coverage: Coverage,
    /// Bottom line of this signature.
    pub result: VerifyResult,
    /// ETSI EN 319 102-1 sub-indication, e.g. `TRY_LATER`, `NO_CERTIFICATE_CHAIN_FOUND`, `HASH_FAILURE`.
    pub sub_indication: Option<String>,
    /// Reason codes behind each axis, for «por quê?»; keys of the UI's text table.
    pub reasons: Vec<String>,
    /// Level, e.g. `PAdES B-B`.
    pub level: String,
    /// Algorithm.
    pub algorithm: Option<String>,
    /// Who signed.
    pub signer: Option<SignerView>,
    /// Time that the signer claims.
    pub claimed_time: Option<String>,
    /// Reason written into the signature.
    pub reason: Option<String>,
    /// Place written into the signature.
    pub location: Option<String>,
    /// The earliest instant at which it is proven to have existed, by a time stamp that holds.
    pub proven_time: Option<String>,
    /// Time stamps over it, oldest first.
    pub time_stamps: Vec<TimeStampView>,
    /// The signature policy that it claims, and what became of its rules.
    pub policy_claim: Option<PolicyClaim>,
    /// What it commits to (EN 319 122-1 §5.2.3), as codes: `origin`, `approval`, …
    pub commitments: Vec<String>,
    /// What the content is, in the signer's words (`content-hints`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub content_hint: Option<String>,
    /// The type of the content, as the signer has it (`mime-type`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub mime_type: Option<String>,
    /// Where it certifies the PDF: what may still change (DocMDP, ISO 32000-2, 12.8.2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub certifies: Option<CertifyChoice>,
    /// Fields of the PDF's form that nobody may change any more because of it (FieldMDP, ISO 32000-2, 12.8.2.4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<LockChoice>>")]
    pub locks: Vec<LockChoice>,
    /// Before this instant it has to be taken to a higher level, or to get a further archive time stamp.
    pub extend_before: Option<String>,
    /// What later revisions of the PDF changed, each with its grade.
    pub changes: Vec<ChangeView>,
    /// Signatures over this signature.
    pub counter_signatures: Vec<SignatureReport>,
    /// Legal label, computed from the chain.
    pub legal: LegalLabel,
    /// The certificates with the review of their chain.
    pub certificates: Option<CertificateBundle>,
    /// Why it could not be read, if so.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub problem: Option<WireError>,
}

/// A time stamp over a signature or a document.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TimeStampView {
    /// What it covers: `signature`, `content`, `references`, `archive`, `document`.
    pub kind: String,
    /// Its time.
    pub gen_time: String,
    /// Who signed it.
    pub authority: Option<String>,
    /// Whether what it covers is what is there.
    pub integrity: Integrity,
    /// Whether the authority is trusted here.
    pub authenticity: Authenticity,
    /// Reason codes.
    pub reasons: Vec<String>,
}

/// A signature policy that a signature claims.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct PolicyClaim {
    /// Its OID.
    pub oid: String,
    /// Its name where it is known, e.g. `AD-RB v2.4 (CAdES)`.
    pub name: Option<String>,
    /// Where it is published.
    pub uri: Option<String>,
    /// Reason codes of rules that are not kept.
    pub violations: Vec<String>,
}

/// Something that a later revision of a PDF changed.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ChangeView {
    /// Revision from 1, the original being 1.
    pub revision: u32,
    /// Grade: `long_term` (evidence and time stamps), `signature`, `form`, `annotation` or `other`.
    pub grade: String,
    /// Whether the signature allows it.
    pub allowed: bool,
    /// Pages from 1 that look different, as far as that can be told.
    pub pages: Vec<u32>,
    /// What was changed, as a code.
    pub what: String,
    /// What it is about: the field, the key of a dictionary, or an object as PDF refers to it (`59 0 R`).
    pub subject: Option<String>,
    /// What kind of thing that object is, as a code: `page_content`, `annotation`, `field`, `font`, …
    pub kind: Option<String>,
    /// The name of that object, where it has one.
    pub name: Option<String>,
}

/// Who signed.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SignerView {
    /// Common name without a trailing `:CPF`.
    pub name: String,
    /// CPF, masked.
    pub masked_cpf: Option<String>,
    /// Common name of the issuer.
    pub issuer: String,
    /// SHA-256 of the certificate.
    pub certificate_sha256: String,
}

/// Whether the bytes are the ones that were signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Yes.
    Ok,
    /// No.
    Broken,
    /// Not decidable here (unknown algorithm, content missing).
    Unknown,
}

/// Whether the signer is who the certificate says.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Authenticity {
    /// The chain ends at a known root and nothing in it is revoked.
    Trusted,
    /// The chain is wrong or revoked.
    Untrusted,
    /// Not decidable here (unknown root, no revocation evidence).
    Unknown,
}

/// Whether the rules that the signature claims are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PolicyState {
    /// Yes.
    Ok,
    /// No.
    Violated,
    /// It claims none.
    None,
}

/// What came after the signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LaterChange {
    /// Nothing.
    None,
    /// Only further signatures' revisions that the rules allow.
    Allowed,
    /// Something that nobody vouches for.
    Suspicious,
    /// Something that this version does not judge yet.
    Unknown,
}

/// Which part of the file a signature covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it.
    EntireFile,
    /// All of an earlier revision.
    EntireRevision,
    /// Not even that.
    Partial,
    /// Its byte range makes no sense.
    Invalid,
    /// Not a PDF: the content as a whole.
    Content,
}
