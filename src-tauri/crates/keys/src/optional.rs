//! What the optional capabilities of a [`KeyManager`](crate::KeyManager) speak of.

use std::collections::BTreeMap;
use std::fmt;

use cartorio_core::SecretBytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{KeyError, KeyResult};

/// Longest message, in bytes, for algorithms that sign messages and not digests (the limit of AWS KMS, kept everywhere).
pub const MESSAGE_LIMIT: usize = 4096;

/// What a key is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUsage {
    /// Signatures.
    Sign,
    /// Sealing data keys.
    Seal,
    /// Something that this product has no use for (MAC, key agreement, asymmetric encryption).
    Other,
}

/// Makes the creation of a key repeatable: at most one key exists for one token. 1 to 64 of `a-z 0-9 -`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct CreationToken(String);

impl CreationToken {
    /// Name of the tag that keeps it where the backend has tags.
    pub const TAG: &'static str = "cartorio-pedido";

    /// Reads a token.
    ///
    /// # Errors
    /// `BadReference` for other characters or another length.
    pub fn new(text: impl Into<String>) -> KeyResult<Self> {
        let text = text.into();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text))
        } else {
            Err(KeyError::BadReference { reason: format!("{text:?} is no creation token (1 to 64 of a-z, 0-9, -)") })
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CreationToken {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<CreationToken> for String {
    fn from(token: CreationToken) -> Self {
        token.0
    }
}

/// When a key was last used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LastUse {
    /// When.
    pub at: OffsetDateTime,
    /// For what, in the backend's word (`Sign`, `Decrypt`, …).
    pub operation: Option<String>,
    /// The backend's number of that request.
    pub request_id: Option<String>,
}

/// How long a key waits for its deletion: 7 to 30 days, as AWS KMS has it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct DeletionWindow(u32);

impl DeletionWindow {
    /// The longest, and the one to propose: a deleted key never comes back.
    pub const LONGEST: Self = Self(30);

    /// A window of so many days.
    ///
    /// # Errors
    /// `BadReference` outside 7 to 30.
    pub fn days(days: u32) -> KeyResult<Self> {
        if (7..=30).contains(&days) {
            Ok(Self(days))
        } else {
            Err(KeyError::BadReference { reason: format!("a key waits 7 to 30 days for its deletion, not {days}") })
        }
    }

    /// Its length in days.
    pub const fn as_days(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for DeletionWindow {
    type Error = KeyError;

    fn try_from(days: u32) -> Result<Self, Self::Error> {
        Self::days(days)
    }
}

impl From<DeletionWindow> for u32 {
    fn from(window: DeletionWindow) -> Self {
        window.0
    }
}

/// Who may do what with a key: its policy, statement by statement, and its grants.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyAccess {
    /// The policy as the backend keeps it (JSON).
    pub document: String,
    /// Its statements.
    pub statements: Vec<AccessStatement>,
    /// Grants beside the policy.
    pub grants: Vec<AccessGrant>,
}

/// One statement of a key policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccessStatement {
    /// Its name, where it has one.
    pub sid: Option<String>,
    /// Whether it allows; otherwise it denies.
    pub allows: bool,
    /// Who: ARNs, account numbers, service names, or `*`.
    pub principals: Vec<String>,
    /// Whether `principals` is everybody but these (`NotPrincipal`).
    pub principals_excluded: bool,
    /// What, e.g. `kms:Sign` or `kms:*`.
    pub actions: Vec<String>,
    /// Whether `actions` is everything but these (`NotAction`).
    pub actions_excluded: bool,
    /// Under which conditions.
    pub conditions: Vec<AccessCondition>,
}

/// One condition of a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccessCondition {
    /// Operator, e.g. `StringEquals`.
    pub operator: String,
    /// What is looked at, e.g. `kms:SigningAlgorithm`.
    pub key: String,
    /// What it is compared with.
    pub values: Vec<String>,
}

/// One grant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccessGrant {
    /// Identifier.
    pub id: String,
    /// Name, where it has one.
    pub name: Option<String>,
    /// Who may.
    pub grantee: String,
    /// Who may end it.
    pub retiring: Option<String>,
    /// What, e.g. `Sign`.
    pub operations: Vec<String>,
    /// When it was made.
    pub created_at: Option<OffsetDateTime>,
}

/// A request for a symmetric key that seals data keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreateDataMaster {
    /// Friendly name.
    pub alias: Option<String>,
    /// Free text.
    pub description: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Makes the request repeatable.
    pub token: Option<CreationToken>,
}

/// What a sealed data key is bound to: the same pairs must be given to open it.
pub type EncryptionContext = BTreeMap<String, String>;

/// A data key: 32 bytes in the clear, to be wiped after use, and sealed, to be kept.
pub struct DataKey {
    /// In the clear.
    pub plaintext: SecretBytes,
    /// Sealed by the master.
    pub sealed: Vec<u8>,
    /// The exact master (ARN or identifier).
    pub key_id: String,
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// How long the material of a symmetric key is used before it renews itself: 90 to 2560 days.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RotationPeriod(u32);

impl RotationPeriod {
    /// Once a year, as AWS does when nobody says otherwise.
    pub const YEAR: Self = Self(365);

    /// A period of so many days.
    ///
    /// # Errors
    /// `BadReference` outside 90 to 2560.
    pub fn days(days: u32) -> KeyResult<Self> {
        if (90..=2560).contains(&days) {
            Ok(Self(days))
        } else {
            Err(KeyError::BadReference { reason: format!("a key renews itself every 90 to 2560 days, not {days}") })
        }
    }

    /// Its length in days.
    pub const fn as_days(self) -> u32 {
        self.0
    }
}

/// How a symmetric key renews itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AutomaticRotation {
    /// The period, where it is switched on.
    pub period: Option<RotationPeriod>,
    /// When it happens next.
    pub next: Option<OffsetDateTime>,
    /// Renewals so far, newest first; `true` for those on demand.
    pub past: Vec<(OffsetDateTime, bool)>,
}
