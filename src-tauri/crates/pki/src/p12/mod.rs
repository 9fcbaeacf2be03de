//! PKCS#12 files (RFC 7292): write one, open one, look inside one; and the passwords for them.
//!
//! Writing is done here, on AWS-LC's primitives, because `p12-keystore` puts the friendly name on the key only and
//! the subject's name on the certificate (NSS and Windows show the certificate's), uses an 8-byte MAC salt, and does
//! not wipe key material. Reading goes through `p12-keystore`'s archive; its chain building (by subject text) is not
//! used. It does not read BER (NSS), PBMAC1, RC4, or PBES2 with HMAC-SHA-1: those fail with [`P12Error::Unsupported`].

mod open;
mod password;
mod view;
mod write;

pub use open::{OpenedP12, open};
pub use password::{PasswordWarning, Strength, generate_password, password_strength};
pub use view::{P12Bag, P12BagKind, P12Container, P12Mac, P12View, Protection, inspect};
pub use write::{MIN_ITERATIONS, MIN_PASSWORD_LEN, P12Request, write};

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
            Self::PasswordEmpty
            | Self::PasswordCharacters
            | Self::WrongPassword
            | Self::FriendlyName
            | Self::Crypto => Vec::new(),
        }
    }
}

impl From<crate::asn1::Asn1Error> for P12Error {
    fn from(error: crate::asn1::Asn1Error) -> Self {
        Self::Malformed { offset: error.offset, reason: error.problem.to_owned() }
    }
}

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERT_BAG: &str = "1.2.840.113549.1.12.10.1.3";
