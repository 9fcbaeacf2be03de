//! SQLite: certificates, identities, signed documents, settings, operators, requests of two people, key rotations, roots of
//! trust, revocation evidence and the hash-chained audit trail.
//!
//! The statements stay in the common subset of SQLite and PostgreSQL (`$1` placeholders, text for identifiers, times and
//! digests), so that an office with many workstations can move to a server.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod a1_files;
mod audit;
mod batches;
mod bulk;
mod certificates;
mod columns;
mod crls;
mod documents;
mod error;
mod evidence;
mod identities;
mod moment;
mod operator_secrets;
mod operators;
mod paths;
mod requests;
mod rotations;
mod settings;
mod store;
mod text_enum;
mod trust;

pub use a1_files::A1File;
pub use audit::{
    Act, AuditDraft, AuditFilter, AuditPage, AuditRecord, DocumentRef, HeadTrust, KeyTries, KeyUse, OperatorRef,
    Outcome, Phase, TrailProblem, TrailProblemKind, TrailReport,
};
pub use batches::{Batch, BatchItem, BatchItemState, BatchState, BatchWork, ItemError, JournalEntry};
pub use certificates::{Certificate, CertificateKind, CertificateStatus};
pub use crls::Crl;
pub use documents::SignedDocument;
pub use error::{RegistryError, RegistryResult};
pub use evidence::{Evidence, EvidenceFacts, EvidenceKind};
pub use identities::Identity;
pub use operators::{Operator, Role};
pub use requests::{Decision, Request, RequestFilter, RequestKind, RequestPage, RequestState};
pub use rotations::{Rotation, RotationState, RotationStep, StepPhase, StepRecord};
pub use store::Registry;
pub use text_enum::UnknownName;
pub use trust::{TrustApproval, TrustCertificate, TrustOrigin, TrustRole};
