//! The [`KeyManager`] contract, [`KeyRef`] URIs, signature algorithms, the local and the PKCS#11 backend, the conformance suite.
//!
//! A backend implements four methods and declares what else it can do in [`Capabilities`]; the conformance suite
//! (feature `conformance`) is chosen by that declaration and run by every backend.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod algorithm;
mod batch;
mod cloud;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod identifier;
mod jwk;
mod key_ref;
pub mod local;
mod manager;
mod optional;
mod queue;
mod software;
pub mod token;
mod token_uri;
mod verify;

pub use algorithm::{AlgorithmNameError, KeySpec, SignatureAlgorithm, SignatureScheme};
pub use batch::{SignedBatch, sign_all};
pub use cloud::{
    AccessKeys, CallerIdentity, Cloud, CloudProfile, CredentialSource, CredentialStatus, DeviceLogin, LoginProgress,
    RoleBase, SsoAccount,
};
pub use error::{KeyError, KeyResult, LoginMethod, PinTries};
pub use key_ref::{KeyRef, KeyRefError};
pub use manager::{
    Capabilities, CreateKey, DigestSigner, KeyInfo, KeyManager, KeyOrigin, KeyState, MemorySigner, PublicKey,
    Signature, check_alias, check_description, check_tags,
};
pub use optional::{
    AccessCondition, AccessGrant, AccessStatement, AutomaticRotation, CreateDataMaster, CreationToken, DataKey,
    DeletionWindow, EncryptionContext, KeyAccess, KeyUsage, LastUse, MESSAGE_LIMIT, RotationPeriod,
};
pub use queue::{SigningLimits, SigningQueue, Turn};
pub use software::SoftwareKey;
pub use token::{FinalTry, ModuleCandidate, PinState, TokenInfo, TokenKey, TokenKeys, TokenModule};
pub use token_uri::{ObjectType, TokenUri, TokenUriError};
pub use verify::{VerifyError, verify_digest, verify_message};
