//! Key stores: P12 files (RFC 7292) written, opened and looked into; JKS and JCEKS opened; and passwords for them.
//!
//! Reading is `cartorio-keystore`'s: it takes BER, every usual encryption and MAC, and says what it saw. Here the bags
//! become identities: a key with its certificate by the public key, chains by key identifier and signature. Writing is
//! done here too, in named profiles, and what was written is read back by a decoder that is not ours (`p12-keystore`)
//! before it leaves. See docs/decisions/0012-stores.md.

mod link;
mod open;
mod password;
mod store;
mod view;
mod write;

pub use cartorio_keystore as keystore;
pub use open::{OpenedP12, open};
pub use password::{PasswordWarning, Strength, generate_password, password_strength};
pub use store::{
    Identity, KeyMatch, LooseKey, OpenedStore, StoredCertificate, UnreadableCertificate, open_store, open_store_within,
};
pub use view::{P12Bag, P12BagKind, P12Container, P12Mac, P12View, Protection, inspect};
pub use write::{ExportWarning, MIN_ITERATIONS, MIN_PASSWORD_LEN, P12Profile, P12Request, write, write_as};

/// What goes wrong with P12 files.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum P12Error {
    /// No password was given for a file to be written.
    #[error("a password is needed")]
    PasswordEmpty,
    /// The password is too short for a file to be written.
    #[error("the password has {actual} characters, at least {min} are needed")]
    PasswordTooShort {
        /// What was given.
        actual: usize,
        /// What is needed.
        min: usize,
    },
    /// The password has characters that PKCS#12 cannot carry (outside the Basic Multilingual Plane).
    #[error("the password has characters that a P12 file cannot carry")]
    PasswordCharacters,
    /// The password does not open the file, or the file was changed.
    #[error("the password does not open the file")]
    WrongPassword,
    /// Fewer iterations than are accepted for a file to be written.
    #[error("{actual} iterations are too few, at least {min} are needed")]
    TooFewIterations {
        /// What was asked.
        actual: u32,
        /// What is needed.
        min: u32,
    },
    /// The friendly name is empty or has characters that PKCS#12 cannot carry.
    #[error("the friendly name cannot be written")]
    FriendlyName,
    /// The private key is not that of the certificate.
    #[error("the private key does not belong to the certificate {subject}")]
    KeyMismatch {
        /// The certificate.
        subject: String,
    },
    /// The private key is not a PKCS#8 key of a known type.
    #[error("the private key cannot be read: {reason}")]
    Key {
        /// Why.
        reason: String,
    },
    /// A certificate of the chain is not signed by the next.
    #[error("{subject} is not signed by the certificate after it")]
    BrokenChain {
        /// The certificate.
        subject: String,
    },
    /// The bytes are not a P12 file.
    #[error("malformed P12 file at byte {offset}: {reason}")]
    Malformed {
        /// Offset.
        offset: usize,
        /// Why.
        reason: String,
    },
    /// A P12 file with a protection that this program cannot open.
    #[error("the P12 file uses {what}, which cannot be opened here")]
    Unsupported {
        /// What it uses.
        what: String,
    },
    /// The bytes are none of the formats.
    #[error("this is no P12, JKS or JCEKS file")]
    NotAStore,
    /// Reading on would cost more than a sane file does.
    #[error("the key store exceeds a limit: {what} is {actual}, at most {limit} is accepted")]
    Limit {
        /// Which limit: `file_size`, `depth`, `elements`, `bags`, `iterations`, `work`, `kdf_memory`, `key_length`.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// What the file has or asks for.
        actual: u64,
    },
    /// The file that was just made does not read back as what went into it; it is not given out.
    #[error("the new P12 file does not read back: {reason}")]
    ReadBack {
        /// What was not the same.
        reason: &'static str,
    },
    /// The system gave no randomness, or a primitive failed.
    #[error("a cryptographic primitive failed")]
    Crypto,
}

impl P12Error {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PasswordEmpty => "p12_password_empty",
            Self::PasswordTooShort { .. } => "p12_password_too_short",
            Self::PasswordCharacters => "p12_password_characters",
            Self::WrongPassword => "p12_wrong_password",
            Self::TooFewIterations { .. } => "p12_too_few_iterations",
            Self::FriendlyName => "p12_friendly_name",
            Self::KeyMismatch { .. } => "p12_key_mismatch",
            Self::Key { .. } => "p12_key",
            Self::BrokenChain { .. } => "p12_chain_broken",
            Self::Malformed { .. } => "p12_malformed",
            Self::Unsupported { .. } => "p12_unsupported",
            Self::NotAStore => "p12_not_a_store",
            Self::Limit { .. } => "p12_limit",
            Self::ReadBack { .. } => "p12_read_back",
            Self::Crypto => "p12_crypto",
        }
    }

    /// Data for the message; never the password.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::PasswordTooShort { actual, min } => {
                vec![("actual", actual.to_string()), ("min", min.to_string())]
            }
            Self::TooFewIterations { actual, min } => {
                vec![("actual", actual.to_string()), ("min", min.to_string())]
            }
            Self::KeyMismatch { subject } | Self::BrokenChain { subject } => vec![("subject", subject.clone())],
            Self::Key { reason } => vec![("reason", reason.clone())],
            Self::Malformed { offset, reason } => {
                vec![("offset", offset.to_string()), ("reason", reason.clone())]
            }
            Self::Unsupported { what } => vec![("what", what.clone())],
            Self::Limit { what, limit, actual } => {
                vec![("what", (*what).to_owned()), ("limit", limit.to_string()), ("actual", actual.to_string())]
            }
            Self::ReadBack { reason } => vec![("reason", (*reason).to_owned())],
            Self::PasswordEmpty
            | Self::NotAStore
            | Self::PasswordCharacters
            | Self::WrongPassword
            | Self::FriendlyName
            | Self::Crypto => Vec::new(),
        }
    }
}

impl From<keystore::StoreError> for P12Error {
    fn from(error: keystore::StoreError) -> Self {
        use keystore::StoreError;
        match error {
            StoreError::NotAStore => Self::NotAStore,
            StoreError::WrongPasswordOrChanged => Self::WrongPassword,
            StoreError::Malformed { offset, part: None, reason } => {
                Self::Malformed { offset, reason: reason.to_owned() }
            }
            StoreError::Malformed { offset, part: Some(part), reason } => {
                Self::Malformed { offset, reason: format!("{reason} (inside part {part})") }
            }
            StoreError::Limit { what, limit, actual } => Self::Limit { what: what.code(), limit, actual },
            StoreError::Unsupported { what } => Self::Unsupported { what },
            // The enum may grow.
            other => Self::Unsupported { what: other.to_string() },
        }
    }
}

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERT_BAG: &str = "1.2.840.113549.1.12.10.1.3";
