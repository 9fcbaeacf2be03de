//! What goes wrong with keys, each kind with its own code and the data to explain it.

use cartorio_core::{Coded, HashAlgorithm, Retry, Severity};

use crate::{KeySpec, SignatureAlgorithm};

/// Result of a key operation.
pub type KeyResult<T> = Result<T, KeyError>;

/// A failed key operation.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No such key.
    #[error("the key {key} does not exist{}", in_region(.region.as_deref()))]
    NotFound {
        /// The reference that was asked for.
        key: String,
        /// The region that was asked.
        region: Option<String>,
    },
    /// A key or alias of that name is already there.
    #[error("a key named {name} already exists")]
    AlreadyExists {
        /// The name.
        name: String,
    },
    /// The key is switched off.
    #[error("the key {key} is disabled")]
    Disabled {
        /// The key.
        key: String,
    },
    /// The key is waiting to be deleted.
    #[error("the key {key} is scheduled for deletion")]
    PendingDeletion {
        /// The key.
        key: String,
    },
    /// The key exists but is not for signing documents.
    #[error("the key {key} is not a signing key ({usage})")]
    WrongUsage {
        /// The key.
        key: String,
        /// What it is for.
        usage: String,
    },
    /// The key cannot make that kind of signature.
    #[error("the key {key} ({spec}) cannot sign with {algorithm}")]
    WrongAlgorithm {
        /// The key.
        key: String,
        /// Its type.
        spec: KeySpec,
        /// What was asked.
        algorithm: SignatureAlgorithm,
    },
    /// The digest was made with another hash than the algorithm's.
    #[error("the algorithm signs {expected} digests, not {actual}")]
    WrongDigest {
        /// The algorithm's hash.
        expected: HashAlgorithm,
        /// The digest's hash.
        actual: HashAlgorithm,
    },
    /// The credentials do not allow it.
    #[error("access denied: {action} is not allowed for these credentials")]
    AccessDenied {
        /// The missing permission, e.g. `kms:Sign`.
        action: String,
        /// The request id, for the administrator.
        request_id: Option<String>,
    },
    /// There are no usable credentials.
    #[error("no usable credentials: {reason}")]
    NoCredentials {
        /// What was tried.
        reason: String,
    },
    /// The credentials or the session expired.
    #[error("the AWS session has expired")]
    ExpiredCredentials,
    /// The credentials were not accepted (unknown access key, wrong secret).
    #[error("AWS did not accept the credentials ({reason})")]
    InvalidCredentials {
        /// AWS's own code.
        reason: String,
    },
    /// The machine's clock is off.
    #[error("the clock of this machine differs too much from AWS's")]
    ClockSkew,
    /// Too many requests, after the SDK's own retries.
    #[error("AWS is throttling requests")]
    Throttled {
        /// Attempts made.
        attempts: u32,
    },
    /// A quota of the account is used up; waiting does not help.
    #[error("a quota of the AWS account is used up: {what}")]
    LimitExceeded {
        /// AWS's own words.
        what: String,
    },
    /// The key was made, but its friendly name could not be given to it: it stays, under its id.
    #[error("the key {key} was made, but not named {alias}: {reason}")]
    CreatedWithoutAlias {
        /// The new key.
        key: String,
        /// The name that it should have had.
        alias: String,
        /// Why it has not.
        reason: String,
    },
    /// The service could not be reached.
    #[error("{endpoint} cannot be reached: {reason}")]
    Unreachable {
        /// Host or URL.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// The backend failed.
    #[error("{backend} failed: {reason}")]
    Backend {
        /// Which backend.
        backend: &'static str,
        /// Its code or message, without secrets.
        reason: String,
        /// Its request id.
        request_id: Option<String>,
    },
    /// The backend returned a signature that does not verify with the key's public half.
    #[error("the signature returned for {key} does not verify with its public key")]
    BadSignature {
        /// The key.
        key: String,
    },
    /// The backend does not do that.
    #[error("{backend} does not support {what}")]
    Unsupported {
        /// Which backend.
        backend: &'static str,
        /// What was asked.
        what: String,
    },
    /// The private key may not leave the backend.
    #[error("the key {key} cannot be exported")]
    NotExportable {
        /// The key.
        key: String,
    },
    /// The reference belongs to another backend, or is malformed.
    #[error("{reason}")]
    BadReference {
        /// What is wrong.
        reason: String,
    },
    /// The master key that seals local keys is not there.
    #[error("the key store on this machine is locked: {reason}")]
    StoreLocked {
        /// Why: no keyring, locked collection, wrong passphrase.
        reason: String,
    },
    /// The key store is sealed with a passphrase, and none was given.
    #[error("the key store on this machine needs its passphrase")]
    PassphraseRequired,
    /// The passphrase does not open the key store.
    #[error("the passphrase does not open the key store on this machine")]
    PassphraseWrong,
    /// A sealed key file is damaged or was sealed with another master key.
    #[error("the key file {file} is damaged or belongs to another installation")]
    StoreCorrupt {
        /// The file's name, without its folder.
        file: String,
    },
    /// Reading or writing the key store failed.
    #[error("the key store cannot be read or written: {reason}")]
    StoreIo {
        /// The operating system's reason.
        reason: String,
    },
    /// The key cannot be used now: being made or imported, or its key store is not reachable.
    #[error("the key {key} cannot be used now ({state})")]
    Unavailable {
        /// The key.
        key: String,
        /// The backend's word for it: a key state or its error code.
        state: String,
    },
    /// The backend does not take the request, and would not take it again.
    #[error("{action} was refused: {reason}")]
    Refused {
        /// What was asked, e.g. `kms:TagResource`.
        action: String,
        /// The backend's own words.
        reason: String,
    },
    /// The request went out, no answer came, and what it was to make is not to be found (yet). It was not repeated: it may
    /// have been done. Repeating it with the same [`crate::CreationToken`] makes nothing twice.
    #[error("nobody knows whether {action} was done: {reason}")]
    OutcomeUnknown {
        /// What was asked, e.g. `kms:CreateKey`.
        action: String,
        /// What happened instead of an answer.
        reason: String,
    },
    /// The algorithm signs whole messages, not digests.
    #[error("{algorithm} signs the message itself, not its digest")]
    MessageNeeded {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// The message is too long for an algorithm that signs messages.
    #[error("{algorithm} signs at most {limit} bytes; there are {size}")]
    MessageTooLong {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
        /// The limit in bytes.
        limit: u64,
        /// What was given, in bytes.
        size: u64,
    },
    /// A sealed data key was changed, or sealed by another key or with another context.
    #[error("the sealed data key does not open with {key}: it was changed, or belongs to another key or context")]
    SealBroken {
        /// The key.
        key: String,
    },
    /// The token wants its PIN first.
    #[error("the token {token} needs its PIN")]
    PinRequired {
        /// The token's label.
        token: String,
        /// How many tries are left, as far as the token says.
        tries: PinTries,
    },
    /// The token did not accept the PIN.
    #[error("the token {token} did not accept the PIN ({tries})")]
    PinWrong {
        /// The token's label.
        token: String,
        /// How many tries are left, as far as the token says.
        tries: PinTries,
    },
    /// The token is locked after too many wrong PINs.
    #[error("the token {token} is locked after too many wrong PINs")]
    PinLocked {
        /// The token's label.
        token: String,
    },
    /// The token is not in its reader, or was taken out.
    #[error("the token {token} is not there")]
    TokenAbsent {
        /// The token's label, or what the reference says of it.
        token: String,
    },
    /// The PKCS#11 module cannot be used.
    #[error("the PKCS#11 module {module} cannot be used: {reason}")]
    ModuleUnusable {
        /// File name of the module.
        module: String,
        /// Why.
        reason: String,
    },
    /// The P12 file wants its password first.
    #[error("the file {file} needs its password")]
    PasswordRequired {
        /// The file's name.
        file: String,
    },
    /// The password does not open the P12 file.
    #[error("the password does not open {file}")]
    PasswordWrong {
        /// The file's name.
        file: String,
    },
    /// The P12 file is gone, or another one lies in its place.
    #[error("the file {file} is not the one that was chosen: {reason}")]
    FileChanged {
        /// The file's name.
        file: String,
        /// What is different.
        reason: String,
    },
    /// A person must log in first: single sign-on, or the number of an MFA device.
    #[error("the AWS profile {profile} needs a login ({method})")]
    LoginRequired {
        /// The profile.
        profile: String,
        /// How.
        method: LoginMethod,
    },
    /// The number of the MFA device was not accepted.
    #[error("AWS did not accept the MFA code for {profile}")]
    MfaRefused {
        /// The profile.
        profile: String,
    },
}

/// How many PIN tries are left: tokens say no number (PKCS#11 v2.40 §3.2, `CKF_USER_PIN_*`).
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PinTries {
    /// No wrong PIN since the last good one.
    Full,
    /// There was a wrong PIN (`CKF_USER_PIN_COUNT_LOW`).
    Few,
    /// The next wrong PIN locks the token (`CKF_USER_PIN_FINAL_TRY`).
    Last,
}

impl PinTries {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Few => "few",
            Self::Last => "last",
        }
    }
}

impl std::fmt::Display for PinTries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full => "no try used up",
            Self::Few => "few tries left",
            Self::Last => "the next wrong PIN locks it",
        })
    }
}

/// How a person logs in at the cloud provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginMethod {
    /// IAM Identity Center, in the browser (RFC 8628).
    Sso,
    /// The number that an MFA device shows.
    Mfa,
}

impl LoginMethod {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sso => "sso",
            Self::Mfa => "mfa",
        }
    }
}

impl std::fmt::Display for LoginMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl KeyError {
    /// Whether every other signature of a batch would meet this too, so that the batch ends here. Errors that belong to
    /// one item do not end it.
    pub const fn stops_batch(&self) -> bool {
        match self {
            Self::NotFound { .. }
            | Self::Disabled { .. }
            | Self::PendingDeletion { .. }
            | Self::WrongUsage { .. }
            | Self::WrongAlgorithm { .. }
            | Self::AccessDenied { .. }
            | Self::NoCredentials { .. }
            | Self::ExpiredCredentials
            | Self::InvalidCredentials { .. }
            | Self::ClockSkew
            | Self::Throttled { .. }
            | Self::LimitExceeded { .. }
            | Self::Unreachable { .. }
            | Self::BadSignature { .. }
            | Self::Unsupported { .. }
            | Self::NotExportable { .. }
            | Self::BadReference { .. }
            | Self::StoreLocked { .. }
            | Self::PassphraseRequired
            | Self::PassphraseWrong
            | Self::StoreCorrupt { .. }
            | Self::StoreIo { .. }
            | Self::Unavailable { .. }
            | Self::MessageNeeded { .. }
            | Self::PinRequired { .. }
            | Self::PinWrong { .. }
            | Self::PinLocked { .. }
            | Self::TokenAbsent { .. }
            | Self::ModuleUnusable { .. }
            | Self::PasswordRequired { .. }
            | Self::PasswordWrong { .. }
            | Self::FileChanged { .. }
            | Self::LoginRequired { .. }
            | Self::MfaRefused { .. } => true,
            Self::AlreadyExists { .. }
            | Self::WrongDigest { .. }
            | Self::CreatedWithoutAlias { .. }
            | Self::Backend { .. }
            | Self::Refused { .. }
            | Self::OutcomeUnknown { .. }
            | Self::MessageTooLong { .. }
            | Self::SealBroken { .. } => false,
        }
    }
}

impl Coded for KeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "key_not_found",
            Self::AlreadyExists { .. } => "key_already_exists",
            Self::Disabled { .. } => "key_disabled",
            Self::PendingDeletion { .. } => "key_pending_deletion",
            Self::WrongUsage { .. } => "key_wrong_usage",
            Self::WrongAlgorithm { .. } => "key_wrong_algorithm",
            Self::WrongDigest { .. } => "key_wrong_digest",
            Self::AccessDenied { .. } => "aws_access_denied",
            Self::NoCredentials { .. } => "aws_no_credentials",
            Self::ExpiredCredentials => "aws_expired_credentials",
            Self::InvalidCredentials { .. } => "aws_invalid_credentials",
            Self::ClockSkew => "aws_clock_skew",
            Self::Throttled { .. } => "aws_throttled",
            Self::LimitExceeded { .. } => "aws_limit_exceeded",
            Self::CreatedWithoutAlias { .. } => "key_created_without_alias",
            Self::Unreachable { .. } => "aws_unreachable",
            Self::Backend { .. } => "key_backend_failed",
            Self::BadSignature { .. } => "key_bad_signature",
            Self::Unsupported { .. } => "key_unsupported",
            Self::NotExportable { .. } => "key_not_exportable",
            Self::BadReference { .. } => "key_bad_reference",
            Self::StoreLocked { .. } => "key_store_locked",
            Self::PassphraseRequired => "key_store_passphrase_required",
            Self::PassphraseWrong => "key_store_passphrase_wrong",
            Self::StoreCorrupt { .. } => "key_store_corrupt",
            Self::StoreIo { .. } => "key_store_io",
            Self::Unavailable { .. } => "key_unavailable",
            Self::Refused { .. } => "key_request_refused",
            Self::OutcomeUnknown { .. } => "key_outcome_unknown",
            Self::MessageNeeded { .. } => "key_message_needed",
            Self::MessageTooLong { .. } => "key_message_too_long",
            Self::SealBroken { .. } => "key_seal_broken",
            Self::PinRequired { .. } => "token_pin_required",
            Self::PinWrong { .. } => "token_pin_wrong",
            Self::PinLocked { .. } => "token_pin_locked",
            Self::TokenAbsent { .. } => "token_absent",
            Self::ModuleUnusable { .. } => "token_module_unusable",
            Self::PasswordRequired { .. } => "a1_password_required",
            Self::PasswordWrong { .. } => "a1_password_wrong",
            Self::FileChanged { .. } => "a1_file_changed",
            Self::LoginRequired { .. } => "aws_login_required",
            Self::MfaRefused { .. } => "aws_mfa_refused",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        let request = |id: &Option<String>| id.iter().map(|id| ("request_id", id.clone())).collect::<Vec<_>>();
        match self {
            Self::NotFound { key, region } => {
                let mut params = vec![("key", key.clone())];
                params.extend(region.iter().map(|region| ("region", region.clone())));
                params
            }
            Self::AlreadyExists { name } => vec![("name", name.clone())],
            Self::Disabled { key }
            | Self::PendingDeletion { key }
            | Self::BadSignature { key }
            | Self::NotExportable { key } => vec![("key", key.clone())],
            Self::WrongUsage { key, usage } => vec![("key", key.clone()), ("usage", usage.clone())],
            Self::WrongAlgorithm { key, spec, algorithm } => {
                vec![("key", key.clone()), ("spec", spec.to_string()), ("algorithm", algorithm.to_string())]
            }
            Self::WrongDigest { expected, actual } => {
                vec![("expected", expected.to_string()), ("actual", actual.to_string())]
            }
            Self::AccessDenied { action, request_id } => {
                let mut params = vec![("action", action.clone())];
                params.extend(request(request_id));
                params
            }
            Self::NoCredentials { reason } | Self::InvalidCredentials { reason } | Self::BadReference { reason } => {
                vec![("reason", reason.clone())]
            }
            Self::ExpiredCredentials | Self::ClockSkew | Self::PassphraseRequired | Self::PassphraseWrong => Vec::new(),
            Self::Throttled { attempts } => vec![("attempts", attempts.to_string())],
            Self::LimitExceeded { what } => vec![("what", what.clone())],
            Self::CreatedWithoutAlias { key, alias, reason } => {
                vec![("key", key.clone()), ("alias", alias.clone()), ("reason", reason.clone())]
            }
            Self::Unreachable { endpoint, reason } => {
                vec![("endpoint", endpoint.clone()), ("reason", reason.clone())]
            }
            Self::Backend { backend, reason, request_id } => {
                let mut params = vec![("backend", (*backend).to_owned()), ("reason", reason.clone())];
                params.extend(request(request_id));
                params
            }
            Self::Unsupported { backend, what } => {
                vec![("backend", (*backend).to_owned()), ("what", what.clone())]
            }
            Self::StoreLocked { reason } | Self::StoreIo { reason } => vec![("reason", reason.clone())],
            Self::Unavailable { key, state } => vec![("key", key.clone()), ("state", state.clone())],
            Self::Refused { action, reason } | Self::OutcomeUnknown { action, reason } => {
                vec![("action", action.clone()), ("reason", reason.clone())]
            }
            Self::MessageNeeded { algorithm } => vec![("algorithm", algorithm.to_string())],
            Self::MessageTooLong { algorithm, limit, size } => {
                vec![("algorithm", algorithm.to_string()), ("limit", limit.to_string()), ("size", size.to_string())]
            }
            Self::SealBroken { key } => vec![("key", key.clone())],
            Self::PinRequired { token, tries } | Self::PinWrong { token, tries } => {
                vec![("token", token.clone()), ("tries", tries.name().to_owned())]
            }
            Self::PinLocked { token } | Self::TokenAbsent { token } => vec![("token", token.clone())],
            Self::ModuleUnusable { module, reason } => vec![("module", module.clone()), ("reason", reason.clone())],
            Self::PasswordRequired { file } | Self::PasswordWrong { file } => vec![("file", file.clone())],
            Self::FileChanged { file, reason } => vec![("file", file.clone()), ("reason", reason.clone())],
            Self::LoginRequired { profile, method } => {
                vec![("profile", profile.clone()), ("method", method.name().to_owned())]
            }
            Self::MfaRefused { profile } => vec![("profile", profile.clone())],
            Self::StoreCorrupt { file } => vec![("file", file.clone())],
        }
    }

    fn severity(&self) -> Severity {
        Severity::Error
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Throttled { .. } | Self::Unreachable { .. } | Self::Backend { .. } | Self::Unavailable { .. } => {
                Retry::Later
            }
            Self::OutcomeUnknown { .. }
            | Self::Disabled { .. }
            | Self::AccessDenied { .. }
            | Self::NoCredentials { .. }
            | Self::ExpiredCredentials
            | Self::InvalidCredentials { .. }
            | Self::ClockSkew
            | Self::LimitExceeded { .. }
            | Self::CreatedWithoutAlias { .. }
            | Self::StoreLocked { .. }
            | Self::PassphraseRequired
            | Self::PassphraseWrong
            | Self::PinRequired { .. }
            | Self::PinWrong { .. }
            | Self::TokenAbsent { .. }
            | Self::ModuleUnusable { .. }
            | Self::PasswordRequired { .. }
            | Self::PasswordWrong { .. }
            | Self::FileChanged { .. }
            | Self::LoginRequired { .. }
            | Self::MfaRefused { .. } => Retry::AfterAction,
            Self::NotFound { .. }
            | Self::AlreadyExists { .. }
            | Self::PendingDeletion { .. }
            | Self::WrongUsage { .. }
            | Self::WrongAlgorithm { .. }
            | Self::WrongDigest { .. }
            | Self::BadSignature { .. }
            | Self::NotExportable { .. }
            | Self::Unsupported { .. }
            | Self::BadReference { .. }
            | Self::StoreCorrupt { .. }
            | Self::StoreIo { .. }
            | Self::Refused { .. }
            | Self::MessageNeeded { .. }
            | Self::MessageTooLong { .. }
            | Self::SealBroken { .. }
            | Self::PinLocked { .. } => Retry::Never,
        }
    }
}

fn in_region(region: Option<&str>) -> String {
    region.map(|region| format!(" in {region}")).unwrap_or_default()
}
