//! Readers of ITI's files.
//!
//! | file | reader | source |
//! |---|---|---|
//! | `PA_*.der` | [`SignaturePolicy`] | RFC 3125 §3, `ICP_BR_Extensoes_PAdES.asn` |
//! | `LPA*.der` | [`PolicyList`] | `LPAv2.asn`; DOC-ICP-15.03 for the first form |
//! | `LPA*.p7s` | [`ListSignature`] | RFC 5652 |
//!
//! They read DER and nothing else, up to one mebibyte, and look at everything in the structure: what they do not know is an
//! error, because a rule that was not understood cannot be followed.

mod der;
mod list;
mod list_signature;
mod policy;

pub use list::{ListDigest, ListEntry, ListForm, PolicyList};
pub use list_signature::{ListSignature, SignatureState};
pub use policy::{PdfEntry, SignaturePolicy, TrustPoint};

pub(crate) use der::{Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, SET};
pub(crate) use list_signature::issuer_and_serial;

/// Why bytes are not the file that they should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("at byte {offset}: {problem}")]
pub struct ArtifactError {
    /// Where, in bytes from the beginning.
    pub offset: usize,
    /// What is wrong there.
    pub problem: &'static str,
}
