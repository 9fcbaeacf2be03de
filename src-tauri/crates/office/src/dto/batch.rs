use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{JobSnapshot, SignLevel};

/// What is done to the documents of a batch.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BatchKind {
    /// They are signed.
    Sign,
    /// Signatures that they have are taken to a higher level.
    Extend,
}

/// A batch that did not end: the program or the machine stopped, or somebody left it.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct BatchView {
    /// Identifier.
    pub id: String,
    /// What is done.
    pub kind: BatchKind,
    /// The level that an extension is to reach.
    pub level: Option<SignLevel>,
    /// When it was begun.
    pub started_at: String,
    /// Who began it.
    pub operator: String,
    /// Label of the identity, which the batch keeps; empty for an extension, where nobody signs.
    pub identity: String,
    /// The identity's key, which a person may have to open.
    pub key_ref: Option<String>,
    /// Documents in all.
    pub total: u32,
    /// Signed or extended, with their results where they were written.
    pub done: u32,
    /// Refused or failed, each with its reason.
    pub failed: u32,
    /// Still to do.
    pub left: u32,
    /// Documents whose file changed or went away since; they are left as they are when it goes on.
    pub changed: u32,
}

/// A job of this session, for a page that does not know it (any more).
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct JobView {
    /// Its batch.
    pub batch: BatchView,
    /// How far it is.
    pub job: JobSnapshot,
}

/// Names a batch.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct BatchRef {
    /// Identifier.
    pub id: String,
}

/// Whose list of results is saved.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "from", content = "id")]
pub enum BatchListSource {
    /// A job of this session, at work or ended.
    Job(String),
    /// A batch in the journal, wherever it stands.
    Batch(String),
}

/// Gives up what is left of a batch, with a reason for the trail.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct BatchAbandon {
    /// Identifier.
    pub id: String,
    /// Why.
    pub reason: String,
}
