//! ICP-Brasil signature policies (DOC-ICP-15.03): what they say, and what a validator would refuse.
//!
//! | item | what |
//! |---|---|
//! | [`all`], [`by_oid`], [`current`] | the table of facts: identifiers, digests, dates, algorithms, roots, attributes |
//! | [`artifact`] | readers of ITI's files: policies (RFC 3125), lists of approved policies (LPA) and their signatures |
//! | [`ArtifactStore`] | the files that are at hand, taken in by digest alone |
//! | [`qualifies`] | what a signature under a policy has to carry |
//! | [`preflight`] | «VALIDAR would refuse this because…», before the key is touched |
//!
//! Facts are in this crate; ITI's files are not. No network, no clock: time is an argument.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod artifact;
mod model;
pub mod preflight;
mod reference;
mod store;
mod table;

pub use model::{
    AllowedAlgorithm, CertificateInfo, CertificatePolicies, Dictionary, EvidenceEntries, Family, HashName, Policy,
    PolicyHash, PolicyLevel, Revocation, RootLimit, Version,
};
pub use preflight::{Preflight, Refusal, preflight};
pub use reference::{Artifacts, Qualification, QualifyError, Reference, qualifies};
pub use store::{ArtifactStore, ImportError, Imported, KeptList};
pub use table::{
    KNOWN_LISTS, KnownList, all, by_file_digest, by_oid, current, current_for_root, known_list, root_name,
};
