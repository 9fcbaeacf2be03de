//! Ids, clock, digests, error codes and secret types: no I/O, no async.
//!
//! Every other crate stands on this one; it stands on none of them.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod clock;
mod digest;
mod error;
mod id;
mod sealed_field;
mod secret;

pub use clock::{Clock, FixedClock, SystemClock};
pub use digest::{Digest, DigestLengthError, HashAlgorithm, Hasher, Hashers};
pub use error::{Coded, Retry, Severity, WireError};
pub use id::{CertificateId, DocumentId, IdentityId, JobId, OperatorId, RequestId, RotationId};
pub use sealed_field::{FieldChannel, FieldError};
pub use secret::{SecretBytes, SecretString};
