//! The contract of a cloud key provider: connect with a profile, say who the caller is, keep access keys.

use std::sync::Arc;

use async_trait::async_trait;
use cartorio_core::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{KeyManager, KeyResult, LoginMethod, SigningLimits};

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
    /// How much of the account's quota for signatures this office takes.
    #[serde(default, skip_serializing_if = "SigningLimits::is_usual")]
    pub signing: SigningLimits,
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
    /// IAM Identity Center: a person logs in with the browser; the token is kept in the keyring.
    Sso {
        /// The portal, e.g. `https://d-1234567890.awsapps.com/start`.
        start_url: String,
        /// Region of the portal.
        sso_region: String,
        /// Account number.
        account_id: String,
        /// Role there.
        role_name: String,
    },
    /// A role that other credentials may take on (STS `AssumeRole`), with an MFA device where the role wants one.
    AssumeRole {
        /// ARN of the role.
        role_arn: String,
        /// Serial number or ARN of the MFA device.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mfa_serial: Option<String>,
        /// External id that the role wants.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<String>,
        /// Length of the session in minutes: 15 to 720.
        session_minutes: u32,
        /// The credentials that take the role on.
        base: RoleBase,
    },
}

impl CredentialSource {
    /// Whether access keys in the keyring belong to a profile with this source.
    pub const fn uses_keyring(&self) -> bool {
        match self {
            Self::Keyring | Self::AssumeRole { base: RoleBase::Keyring, .. } => true,
            Self::Default
            | Self::NamedProfile { .. }
            | Self::Sso { .. }
            | Self::AssumeRole { base: RoleBase::Default | RoleBase::NamedProfile { .. }, .. } => false,
        }
    }
}

/// The credentials that take on a role.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RoleBase {
    /// The SDK's default chain.
    Default,
    /// A profile of the shared configuration files.
    NamedProfile {
        /// Its name there.
        profile: String,
    },
    /// Access keys in the operating system's keyring.
    Keyring,
}

/// How the credentials of a profile stand. Known without asking the provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CredentialStatus {
    /// When the credentials in use end; `None` for lasting ones, and before any were got.
    pub expires_at: Option<OffsetDateTime>,
    /// When the login behind them ends, where there is one: until then they are renewed without anybody.
    pub login_until: Option<OffsetDateTime>,
    /// The login that is needed now.
    pub login: Option<LoginMethod>,
}

/// A login in the browser that has begun (RFC 8628 §3.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeviceLogin {
    /// Names this login in [`Cloud::login_poll`].
    pub id: String,
    /// What the person compares or types.
    pub user_code: String,
    /// Where; the code is filled in already. Always `https:` (or loopback in tests).
    pub url: String,
    /// Until when it can be confirmed.
    pub expires_at: OffsetDateTime,
    /// Seconds between two polls.
    pub interval: u32,
}

/// How a login in the browser stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LoginProgress {
    /// Nobody has confirmed yet; ask again after so many seconds.
    Pending {
        /// Seconds.
        interval: u32,
    },
    /// It is done.
    Done(CredentialStatus),
    /// It was refused, or nobody confirmed in time: begin again.
    Over,
}

/// An account that a person may work in, with the roles there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SsoAccount {
    /// Account number.
    pub account_id: String,
    /// Name.
    pub name: String,
    /// Roles.
    pub roles: Vec<String>,
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

    /// How the credentials of `profile` stand, without asking the provider.
    async fn credential_status(&self, profile: &CloudProfile) -> CredentialStatus;

    /// Begins a login in the browser. One login at a time for one profile: a new one forgets the one before.
    ///
    /// # Errors
    /// `Unsupported` for a profile that needs none; `Unreachable`, `Throttled`, `Backend`.
    async fn login_start(&self, profile: &CloudProfile) -> KeyResult<DeviceLogin>;

    /// Asks once whether the login was confirmed. Wait [`DeviceLogin::interval`] between two questions.
    ///
    /// # Errors
    /// As [`Self::login_start`]; `StoreLocked` where the token cannot be kept.
    async fn login_poll(&self, profile: &CloudProfile, id: &str) -> KeyResult<LoginProgress>;

    /// Takes on the role of `profile` with the number that the MFA device shows.
    ///
    /// # Errors
    /// `MfaRefused`, `Unsupported` for a profile that needs none, and credential errors.
    async fn login_mfa(&self, profile: &CloudProfile, code: &SecretString) -> KeyResult<CredentialStatus>;

    /// Ends the login of `profile` and forgets what came of it; nothing to forget is no error.
    ///
    /// # Errors
    /// `StoreLocked`.
    async fn logout(&self, profile: &CloudProfile) -> KeyResult<()>;

    /// Accounts and roles that the person who logged in may use: to choose from when a profile is made. `account_id` and
    /// `role_name` of the profile need not be filled in yet.
    ///
    /// # Errors
    /// `LoginRequired`, `Unsupported`, and network errors.
    async fn sso_accounts(&self, profile: &CloudProfile) -> KeyResult<Vec<SsoAccount>>;
}
