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
            Self::StoreCorrupt { file } => vec![("file", file.clone())],
        }
    }

    fn severity(&self) -> Severity {
        Severity::Error
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Throttled { .. } | Self::Unreachable { .. } | Self::Backend { .. } => Retry::Later,
            Self::Disabled { .. }
            | Self::AccessDenied { .. }
            | Self::NoCredentials { .. }
            | Self::ExpiredCredentials
            | Self::InvalidCredentials { .. }
            | Self::ClockSkew
            | Self::LimitExceeded { .. }
            | Self::CreatedWithoutAlias { .. }
            | Self::StoreLocked { .. }
            | Self::PassphraseRequired
            | Self::PassphraseWrong => Retry::AfterAction,
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
            | Self::StoreIo { .. } => Retry::Never,
        }
    }
}

fn in_region(region: Option<&str>) -> String {
    region.map(|region| format!(" in {region}")).unwrap_or_default()
}
