use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeySummary {
    /// Reference to it.
    pub key_ref: String,
    /// The backend's own identifier (an ARN for KMS).
    pub key_id: String,
    /// Friendly names.
    pub aliases: Vec<String>,
    /// Free text.
    pub description: Option<String>,
    /// Type, e.g. `RSA_2048`, or what the backend calls it.
    pub spec: String,
    /// Whether it is a signing key that this program can use.
    pub can_sign: bool,
    /// State.
    pub state: KeyStateView,
    /// When it was made.
    pub created_at: Option<String>,
    /// When it will be gone.
    pub deletion_at: Option<String>,
    /// Where it lives.
    pub origin: KeyOriginView,
    /// Region, for AWS.
    pub region: Option<String>,
    /// Labels of the identities that use it.
    pub identities: Vec<String>,
}

/// State of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyStateView {
    /// Usable.
    Enabled,
    /// Switched off.
    Disabled,
    /// Will be deleted.
    PendingDeletion,
    /// Not usable now.
    Unavailable,
}

/// Where a key lives.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyOriginView {
    /// Software, sealed on this machine.
    Local,
    /// An AWS KMS HSM.
    AwsKms,
    /// A token or HSM behind PKCS#11.
    Token,
}

/// Names a key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyQuery {
    /// The reference.
    pub key_ref: String,
}

/// Everything about one key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyDetail {
    /// The summary.
    pub summary: KeySummary,
    /// Algorithms.
    pub algorithms: Vec<String>,
    /// The public half, PEM.
    pub public_key_pem: Option<String>,
    /// SHA-256 of its `SubjectPublicKeyInfo`.
    pub spki_sha256: Option<String>,
    /// Whether the private half can leave by design; it never can from KMS.
    pub exportable: bool,
}

/// Makes a key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyCreate {
    /// Type, e.g. `RSA_2048`.
    pub spec: String,
    /// Friendly name.
    pub alias: String,
    /// Free text.
    pub description: String,
}
