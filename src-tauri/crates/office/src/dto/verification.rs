use cartorio_core::WireError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CertificateBundle, LegalLabel};

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
    /// Legal label, computed from the chain.
    pub legal: LegalLabel,
    /// The certificates with the review of their chain.
    pub certificates: Option<CertificateBundle>,
    /// Why it could not be read, if so.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub problem: Option<WireError>,
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
