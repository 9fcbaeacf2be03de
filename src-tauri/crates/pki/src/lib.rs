//! Certificates, chains, CRLs, the local CA and P12 files.
//!
//! | module | what |
//! |---|---|
//! | (root) | [`Certificate`], [`Crl`], [`read_objects`], [`BrazilianIdentity`] |
//! | [`chain`] | every path to a root, every problem on it, revocation evidence |
//! | [`ca`] | the CA contract and the local CA, two-phase |
//! | [`p12`] | PKCS#12 files: write, open, look inside; passwords |
//! | [`legal`] | what a signature by a certificate is at most |
//!
//! Everything here works offline and on bytes that the caller hands in. Time is an argument.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod asn1;
mod brazil;
pub mod ca;
mod certificate;
pub mod chain;
mod cms;
mod compare;
mod crl;
mod csr;
mod decode;
mod extension;
mod facts;
mod key;
pub mod legal;
mod name;
mod objects;
mod ocsp;
mod oid;
pub mod p12;
mod serial;
mod timestamp;
mod verify;

#[cfg(test)]
mod tests;

pub use asn1::Asn1Error;
pub use brazil::{
    BrazilianIdentity, Cei, Cnpj, Cpf, DocumentNumberError, FieldState, HolderKind, IcpBrasilType, IcpBrasilUse,
    IdentityField, IdentityKind, IdentityRemark, IdentitySubject, Nis, VoterTitle, mask_cpf, other_name_fields,
};
pub use certificate::{
    AlgorithmFacts, AlternativeName, BasicConstraints, Certificate, CertificateError, CertificateFacts, Extension,
    KeyUsage, NamedOid, Validity,
};
pub use cms::{CmsFacts, SignedFacts, SignerFacts, SignerId};
pub use compare::{
    ChainComparison, Comparison, Difference, DifferenceKind, HolderMatch, Relation, compare, compare_chains,
};
pub use crl::{Crl, CrlError, CrlFacts, CrlRejection, CrlScope, RevocationReason, RevokedCertificate};
pub use csr::{Csr, CsrAttribute, CsrError, CsrFacts};
pub use extension::{ExtensionFact, describe_extension};
pub use facts::{Fingerprint, SearchKey, SearchKind, ValidityState, search_fold};
pub use key::{KeyFacts, KeyKind};
pub use name::{DistinguishedName, NameAttribute};
pub use objects::{
    ArchiveTrouble, Broken, Bundle, Encoding, Found, ObjectKind, Origin, PkiObject, ReadError, ReadLimits, read_file,
    read_objects,
};
pub use ocsp::{
    BasicResponse, CertId, CertStatus, NonceMatch, OCSP_REQUEST_TYPE, OCSP_RESPONSE_TYPE, OcspError, OcspEvidence,
    OcspFacts, OcspJudgement, OcspRejection, OcspRequest, OcspResponder, OcspResponse, OcspStatus, ResponderId,
    ResponseStatus, SingleResponse,
};
pub use serial::{RandomError, Serial};
pub use timestamp::{Accuracy, TimeStamp, TimeStampStatus, TstInfo};
pub use verify::SignatureCheck;
