//! The contract of a cloud key provider: connect with a profile, say who the caller is, keep access keys.

use std::sync::Arc;

use async_trait::async_trait;
use cartorio_core::SecretString;
use serde::{Deserialize, Serialize};

use crate::{KeyManager, KeyResult};

/// How to reach the cloud account; holds no secret.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct CloudProfile {
    /// Its name on this machine.
    pub name: String,
    /// Region, e.g. `sa-east-1`.
    pub region: String,
    /// Endpoint override for emulators and PrivateLink.
    pub endpoint: Option<String>,
    /// Endpoint override of the certificate authority service alone; wins over `endpoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acm_pca_endpoint: Option<String>,
    /// Whether FIPS 140 endpoints are used.
    pub use_fips: bool,
    /// Where credentials come from.
    pub credentials: CredentialSource,
}

/// Where credentials come from.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", tag = "source")]
pub enum CredentialSource {
    /// The SDK's default chain.
    Default,
    /// A profile of the shared configuration files.
    NamedProfile {
        /// Its name there.
        profile: String,
    },
    /// Access keys in the operating system's keyring, under the name of the [`CloudProfile`].
    Keyring,
}

/// Static access keys, on their way into the keyring.
pub struct AccessKeys {
    /// Access key id.
    pub access_key_id: SecretString,
    /// Secret access key.
    pub secret_access_key: SecretString,
    /// Session token of temporary credentials.
    pub session_token: Option<SecretString>,
}

/// Who the provider says that the credentials are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallerIdentity {
    /// Account number.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
}

/// A cloud key provider.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// Opens the keys of the account that `profile` leads to. Lazy: nothing is asked of the account yet.
    ///
    /// # Errors
    /// `NoCredentials`, `BadReference` for a malformed endpoint.
    async fn connect(&self, profile: &CloudProfile) -> KeyResult<Arc<dyn KeyManager>>;

    /// Asks the provider who the caller is.
    ///
    /// # Errors
    /// Credential, network and permission errors, each with its own code.
    async fn test(&self, profile: &CloudProfile) -> KeyResult<CallerIdentity>;

    /// Puts access keys into the operating system's keyring.
    ///
    /// # Errors
    /// `StoreLocked` where there is no usable keyring.
    async fn store_access_keys(&self, profile: &str, keys: AccessKeys) -> KeyResult<()>;

    /// Takes them out again; absent keys are no error.
    ///
    /// # Errors
    /// `StoreLocked` where there is no usable keyring.
    async fn forget_access_keys(&self, profile: &str) -> KeyResult<()>;

    /// Whether access keys are there for `profile`.
    async fn has_access_keys(&self, profile: &str) -> bool;
}
