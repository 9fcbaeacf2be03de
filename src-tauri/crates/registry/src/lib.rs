//! SQLite: certificates, identities, signed documents, settings, operators and the hash-chained audit trail.
//!
//! The statements stay in the common subset of SQLite and PostgreSQL (`$1` placeholders, text for identifiers, times and
//! digests), so that an office with many workstations can move to a server.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod audit;
mod certificates;
mod columns;
mod crls;
mod documents;
mod error;
mod identities;
mod moment;
mod operators;
mod settings;
mod store;
mod text_enum;

pub use audit::{
    Act, AuditDraft, AuditFilter, AuditPage, AuditRecord, DocumentRef, HeadTrust, OperatorRef, Outcome, Phase,
    TrailProblem, TrailProblemKind, TrailReport,
};
pub use certificates::{Certificate, CertificateKind, CertificateStatus};
pub use crls::Crl;
pub use documents::SignedDocument;
pub use error::{RegistryError, RegistryResult};
pub use identities::Identity;
pub use operators::{Operator, Role};
pub use store::Registry;
pub use text_enum::UnknownName;
