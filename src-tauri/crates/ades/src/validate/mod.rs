//! Reading and judging signatures: facts on separate axes, never a re-encoded byte.

pub mod changes;
pub mod cms;
pub mod dss;
pub mod inside;
pub mod pdf;
pub mod references;
mod report;
mod signer;
pub mod timestamp;

pub use report::{
    AlgorithmProtection, BreakReason, ClaimedTime, ContentType, EssVersion, Integrity, IssuerSerial, MessageDigest,
    OpenReason, SignatureValue, SignerCertificate, SignerReport, SigningCertificate, UnsignedAttribute,
};
