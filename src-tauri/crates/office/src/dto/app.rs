use cartorio_core::WireError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Nothing: a command without arguments or without an answer.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, TS)]
pub struct Empty {}

/// Where the program is now; the first thing that the UI asks for.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct AppState {
    /// Program version.
    pub version: String,
    /// The way in that was chosen.
    pub environment: Environment,
    /// Whether a demonstration office already exists on this machine.
    pub demo_exists: bool,
    /// Name of the office, once there is one.
    pub office_name: Option<String>,
    /// Whether the office is open and nobody has the seat: the window shows nothing else then.
    pub locked: bool,
    /// Who is working.
    pub operator: Option<OperatorView>,
    /// What the operator may do; the UI shows nothing else.
    pub permissions: Vec<Permission>,
    /// How local keys are protected on this machine.
    pub key_protection: Option<KeyProtection>,
    /// The AWS profile in use.
    pub profile: Option<ProfileView>,
    /// Why the office of the last start could not be opened again, if so.
    #[ts(as = "Option<WireErrorTs>")]
    pub resume_problem: Option<WireError>,
    /// Acts that had begun and have no result: the program or the machine stopped in between.
    pub interrupted: Vec<InterruptedAct>,
    /// Language, theme.
    pub preferences: Preferences,
    /// Where this installation keeps its data, for display.
    pub home: String,
}

/// The way in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Nothing chosen yet: the welcome screen.
    Welcome,
    /// The demonstration office; nothing it signs has legal value.
    Demo,
    /// An office with keys in AWS.
    Production,
    /// No login: inspect and verify only.
    Inspection,
}

/// A person who works with the program.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct OperatorView {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// `clerk`, `supervisor`, `notary` or `auditor`.
    pub role: String,
}

/// Something that a role may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Sign documents.
    Sign,
    /// Verify signatures.
    Verify,
    /// Inspect certificates and files.
    Inspect,
    /// Issue subscriber certificates and export P12 files.
    IssueCertificates,
    /// Create keys and identities.
    ManageKeys,
    /// Ask for what needs two people.
    Request,
    /// Approve what another asked.
    Approve,
    /// Import ICP-Brasil's bundle, keep and fetch revocation evidence.
    ManageTrust,
    /// Add operators, change their roles.
    ManageOperators,
    /// AWS profiles and the program's settings.
    ManageSettings,
    /// Read the whole trail.
    ReadTrail,
}

/// How the master key that seals local keys is protected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyProtection {
    /// In the operating system's keyring.
    Keyring,
    /// In a file, wrapped with a passphrase.
    Passphrase,
    /// In a plain file, readable by this user: demonstration only.
    PlainFile,
}

/// An act that had begun when the program or the machine stopped.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct InterruptedAct {
    /// Sequence number of its intent in the trail.
    #[ts(type = "number")]
    pub seq: u64,
    /// Which act, e.g. `document_signed`.
    pub act: String,
    /// When it began.
    pub at: String,
    /// The document's name, where there is one.
    pub document: Option<String>,
}

/// Choices of the person at the machine.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct Preferences {
    /// Language of the interface.
    pub locale: Locale,
    /// Colours.
    pub theme: Theme,
}

/// Language of the interface.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
pub enum Locale {
    /// Português do Brasil.
    #[default]
    #[serde(rename = "pt-BR")]
    PtBr,
    /// English.
    #[serde(rename = "en")]
    En,
}

/// Colours of the interface.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the operating system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Enters production with a profile; the names are asked for once.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ProductionStart {
    /// AWS profile.
    pub profile: String,
    /// Name of the office; needed the first time.
    pub office_name: Option<String>,
    /// Name of the notary who sets it up; needed the first time.
    pub operator_name: Option<String>,
    /// Passphrase of the key store, sealed; only where the operating system has no keyring.
    pub passphrase: Option<SealedSecret>,
}

/// An AWS profile, without secrets.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ProfileView {
    /// Its name.
    pub name: String,
    /// Region, e.g. `sa-east-1`.
    pub region: String,
    /// Endpoint override for emulators and PrivateLink.
    pub endpoint: Option<String>,
    /// Endpoint override of AWS Private CA alone.
    #[ts(optional = nullable)]
    pub acm_pca_endpoint: Option<String>,
    /// Whether FIPS endpoints are used.
    pub use_fips: bool,
    /// How much of the account's quota for signatures is taken.
    pub kms: KmsLimits,
    /// Where credentials come from.
    pub source: CredentialSourceView,
    /// The profile's name in `~/.aws/config`, for `named_profile`.
    pub named_profile: Option<String>,
    /// Whether access keys are stored in the keyring, for `keyring`. They are never shown.
    pub has_stored_keys: bool,
    /// Whether it is the one that production uses.
    pub active: bool,
    /// Single sign-on, for `sso`.
    pub sso: Option<SsoView>,
    /// The role, for `assume_role`.
    pub role: Option<RoleView>,
    /// How its credentials stand.
    pub credentials: CredentialStatusView,
}

/// How much of an account's quota for signatures an office takes (AWS KMS, «Request quotas»); others may use the account, too.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
pub struct KmsLimits {
    /// Signatures under way at once, 1 to 128.
    pub at_once: u32,
    /// Signatures begun in a second, 1 to 20000.
    pub per_second: u32,
}

/// Single sign-on by IAM Identity Center.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct SsoView {
    /// The portal, `https://….awsapps.com/start`.
    pub start_url: String,
    /// Region of the portal.
    pub sso_region: String,
    /// Account number; empty until it is chosen.
    pub account_id: String,
    /// Role; empty until it is chosen.
    pub role_name: String,
}

/// A role that other credentials take on.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct RoleView {
    /// ARN of the role.
    pub role_arn: String,
    /// Serial number or ARN of the MFA device.
    pub mfa_serial: Option<String>,
    /// External id.
    pub external_id: Option<String>,
    /// Length of the session in minutes, 15 to 720.
    pub session_minutes: u32,
    /// Whose credentials take it on: `default`, `named_profile` or `keyring`.
    pub base: CredentialSourceView,
    /// The profile's name in `~/.aws/config`, for `named_profile`.
    pub base_profile: Option<String>,
}

/// How credentials stand.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct CredentialStatusView {
    /// When the credentials in use end.
    pub expires_at: Option<String>,
    /// Until when they are renewed without anybody.
    pub login_until: Option<String>,
    /// `sso` or `mfa`: the login that is needed now.
    pub login: Option<String>,
}

/// A login in the browser that has begun.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct DeviceLoginView {
    /// Names it in `aws_login_poll`.
    pub id: String,
    /// What the person compares with the browser.
    pub user_code: String,
    /// The page; the backend opens it in the browser.
    pub url: String,
    /// Until when it can be confirmed.
    pub expires_at: String,
    /// Seconds between two polls.
    pub interval: u32,
    /// Whether the browser could be opened.
    pub opened: bool,
}

/// Asks how a login stands.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct LoginPoll {
    /// The profile.
    pub profile: String,
    /// The login.
    pub id: String,
}

/// How a login stands.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct LoginProgressView {
    /// `pending`, `done` or `over`.
    pub state: LoginStateView,
    /// Seconds until the next question.
    pub interval: Option<u32>,
    /// How the credentials stand, once done.
    pub credentials: Option<CredentialStatusView>,
}

/// How a login stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LoginStateView {
    /// Nobody has confirmed yet.
    Pending,
    /// Done.
    Done,
    /// Refused, or too late: begin again.
    Over,
}

/// Takes on a role with the number that the MFA device shows.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct MfaLogin {
    /// The profile.
    pub profile: String,
    /// The six digits, sealed.
    pub code: SealedSecret,
}

/// An account of the single sign-on portal with its roles.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SsoAccountView {
    /// Account number.
    pub account_id: String,
    /// Name.
    pub name: String,
    /// Roles.
    pub roles: Vec<String>,
}

/// Where AWS credentials come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CredentialSourceView {
    /// The SDK's default chain (environment, shared files, container, instance).
    Default,
    /// A named profile of the shared files (also SSO and `credential_process`).
    NamedProfile,
    /// Access keys in the operating system's keyring.
    Keyring,
    /// IAM Identity Center, with the browser.
    Sso,
    /// A role that other credentials take on, with or without MFA.
    AssumeRole,
}

/// A new or changed profile. Access keys come sealed (see [`SecretChannel`]) and go straight to the keyring.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ProfileInput {
    /// Its name.
    pub name: String,
    /// Region.
    pub region: String,
    /// Endpoint override.
    pub endpoint: Option<String>,
    /// Endpoint override of AWS Private CA alone; absent keeps what is stored, an empty text removes it.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub acm_pca_endpoint: Option<String>,
    /// Whether FIPS endpoints are used.
    pub use_fips: bool,
    /// How much of the account's quota for signatures is taken; absent keeps what is stored.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub kms: Option<KmsLimits>,
    /// Where credentials come from.
    pub source: CredentialSourceView,
    /// The profile's name in `~/.aws/config`, for `named_profile`.
    pub named_profile: Option<String>,
    /// JSON `{"access_key_id","secret_access_key","session_token"?}`, sealed; absent keeps what is stored.
    pub access_keys: Option<SealedSecret>,
    /// For `sso`.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub sso: Option<SsoView>,
    /// For `assume_role`.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub role: Option<RoleView>,
}

/// Names a profile.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ProfileName {
    /// The profile.
    pub name: String,
}

/// Who AWS says that the credentials are.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct CallerIdentityView {
    /// Account number.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
    /// Region.
    pub region: String,
    /// Endpoint override, if any.
    pub endpoint: Option<String>,
    /// Time of the answer in milliseconds.
    pub millis: u32,
}

/// A one-time public key with which the UI seals what the user types into a password field.
///
/// No secret crosses the IPC in the clear: ECDH on P-256, HKDF-SHA-256 (info `cartorio sealed field v1`), AES-256-GCM.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SecretChannel {
    /// Identifier of the channel; used once.
    pub id: String,
    /// Uncompressed P-256 point, base64.
    pub public_key: String,
}

/// A secret sealed to a [`SecretChannel`].
#[derive(Clone, Deserialize, TS)]
pub struct SealedSecret {
    /// The channel.
    pub channel: String,
    /// The UI's own one-time uncompressed P-256 point, base64.
    pub public_key: String,
    /// 12-byte nonce, base64.
    pub nonce: String,
    /// AES-256-GCM ciphertext with its tag, base64; the channel id is its associated data.
    pub ciphertext: String,
}

impl std::fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedSecret(…)")
    }
}

/// Mirrors [`WireError`] for the generated types.
#[derive(TS)]
#[ts(rename = "WireError")]
#[expect(dead_code, reason = "only its TypeScript form is used")]
pub struct WireErrorTs {
    code: String,
    params: std::collections::BTreeMap<String, String>,
    #[ts(type = "\"error\" | \"warning\" | \"silent\"")]
    severity: String,
    #[ts(type = "\"never\" | \"later\" | \"after_action\"")]
    retry: String,
    detail: String,
}
