//! What can go wrong with a store.

/// Why a store cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The bytes are none of the formats.
    #[error("this is no P12, JKS or JCEKS file")]
    NotAStore,
    /// The bytes do not follow the format.
    #[error("malformed key store at byte {offset}: {reason}")]
    Malformed {
        /// Offset in the file; in a decrypted part, offset in that part.
        offset: usize,
        /// The part (number of the content info, from 0) when the offset counts inside decrypted content.
        part: Option<usize>,
        /// What is wrong there.
        reason: &'static str,
    },
    /// Reading on would cost more than a sane file does.
    #[error("the key store exceeds a limit: {what} is {actual}, at most {limit} is accepted")]
    Limit {
        /// Which limit.
        what: LimitKind,
        /// The limit.
        limit: u64,
        /// What the file has or asks for; at least.
        actual: u64,
    },
    /// The MAC does not fit the password: another password, or the file was changed. The format cannot tell which.
    #[error("the password does not open the file, or the file was changed")]
    WrongPasswordOrChanged,
    /// The file uses something that cannot be opened here.
    #[error("the key store uses {what}, which cannot be opened here")]
    Unsupported {
        /// What it uses.
        what: String,
    },
}

/// A bound on what reading may cost.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LimitKind {
    /// Bytes of the file.
    FileSize,
    /// Nesting.
    Depth,
    /// Elements that were looked at.
    Elements,
    /// Bags or entries.
    Bags,
    /// Iterations of one key derivation.
    Iterations,
    /// Rounds of all key derivations together.
    Work,
    /// Bytes of memory of one key derivation (scrypt).
    KdfMemory,
    /// Bytes of a derived key.
    KeyLength,
}

impl LimitKind {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::FileSize => "file_size",
            Self::Depth => "depth",
            Self::Elements => "elements",
            Self::Bags => "bags",
            Self::Iterations => "iterations",
            Self::Work => "work",
            Self::KdfMemory => "kdf_memory",
            Self::KeyLength => "key_length",
        }
    }
}

impl std::fmt::Display for LimitKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl StoreError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAStore => "store_not_a_store",
            Self::Malformed { .. } => "store_malformed",
            Self::Limit { .. } => "store_limit",
            Self::WrongPasswordOrChanged => "store_wrong_password_or_changed",
            Self::Unsupported { .. } => "store_unsupported",
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, StoreError>;
