use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A batch that did not end: the program or the machine stopped, or somebody left it.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct BatchView {
    /// Identifier.
    pub id: String,
    /// When it was begun.
    pub started_at: String,
    /// Who began it.
    pub operator: String,
    /// Label of the identity, which the batch keeps.
    pub identity: String,
    /// Documents in all.
    pub total: u32,
    /// Signed, with their results where they were written.
    pub done: u32,
    /// Refused or failed, each with its reason.
    pub failed: u32,
    /// Still to do.
    pub left: u32,
    /// Documents whose file changed or went away since; they are not signed when it goes on.
    pub changed: u32,
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
