//! AWS behind the contracts: KMS keys, AWS Private CA, caller identity, credential sources.
//!
//! The only crate that sees an AWS SDK. An [`AwsProfile`] (no secrets in it) becomes an [`AwsSession`], which gives an
//! [`AwsKms`] and any [`AwsPrivateCa`]; everything that goes wrong comes out as [`cartorio_keys::KeyError`] or
//! [`cartorio_pki::ca::CaError`].

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod credentials;
mod failure;
mod gateway;
mod kms;
mod login;
mod private_ca;
mod profile;
mod session;

pub use credentials::{CredentialStore, StaticCredentials};
pub use gateway::AwsCloud;
pub use kms::AwsKms;
pub use login::terms::{AccountId, ExternalId, MfaSerial, RoleArn, RoleName, SessionMinutes, StartUrl};
pub use private_ca::AwsPrivateCa;
pub use profile::{AwsProfile, CredentialSource, Endpoint, ProfileError, Region, RoleBase, ServiceEndpoints};
pub use session::{AwsSession, CallerIdentity, Limits};
