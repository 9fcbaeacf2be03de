//! What goes wrong with the registry, each kind with its own code and the data to explain it.

use std::path::{Path, PathBuf};

use cartorio_core::{Coded, RequestId, Retry};

use crate::RequestState;
use crate::audit::TrailProblem;

/// Result of a registry operation.
pub type RegistryResult<T> = Result<T, RegistryError>;

/// A failed registry operation.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// No such row.
    #[error("the {what} {key} is not in the registry")]
    NotFound {
        /// Kind of row, e.g. `certificate`.
        what: &'static str,
        /// What it was looked up by.
        key: String,
    },
    /// It is there already, or something still refers to it.
    #[error("the {what} {key} conflicts with what the registry holds: {reason}")]
    Conflict {
        /// Kind of row.
        what: &'static str,
        /// Its identifier.
        key: String,
        /// Which rule it breaks.
        reason: String,
    },
    /// A value that the registry cannot keep.
    #[error("{field} {reason}")]
    Invalid {
        /// Which value.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is no registry, or damaged.
    #[error("the registry {} is damaged: {what}", path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// Another process held it for longer than the busy timeout.
    #[error("the registry {} is in use by another process", path.display())]
    Busy {
        /// The database file.
        path: PathBuf,
    },
    /// The operating system refused to read or write (also: disk full, no permission).
    #[error("the registry {} cannot be read or written: {reason}", path.display())]
    Io {
        /// The file in question.
        path: PathBuf,
        /// The operating system's reason.
        reason: String,
    },
    /// A newer version of the program has written this registry.
    #[error("the registry {} was written by a newer version of the program (schema {version})", path.display())]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// The schema version that this program does not know.
        version: i64,
    },
    /// The schema could not be brought up to date.
    #[error("the registry {} could not be brought up to date: {reason}", path.display())]
    Migration {
        /// The database file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The trail is authenticated, and no audit key was given to continue it.
    #[error("the audit trail can only be continued with its audit key")]
    AuditKeyMissing,
    /// The end of the trail is not what it was; nothing is appended until somebody has looked at it.
    #[error("the audit trail cannot be continued: {problem}")]
    TrailBroken {
        /// What was found.
        problem: TrailProblem,
    },
    /// Who asks for something cannot decide on it.
    #[error("the request {request} must be decided by another person than the one who made it")]
    SamePerson {
        /// The request.
        request: RequestId,
    },
    /// A request was used, decided or withdrawn that is no longer (or not yet) at that point.
    #[error("the request {request} is {state}")]
    RequestState {
        /// The request.
        request: RequestId,
        /// Where it stands.
        state: RequestState,
    },
    /// What is about to be done is not what was approved.
    #[error("what is to be done is not what the request {request} describes")]
    ParamsChanged {
        /// The request.
        request: RequestId,
    },
    /// Only who made a request can take it back.
    #[error("the request {request} was made by somebody else")]
    NotRequester {
        /// The request.
        request: RequestId,
    },
    /// The database refused for a reason that has no kind of its own (a defect of the program).
    #[error("the registry {} failed: {reason}", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// Its message.
        reason: String,
    },
}

impl Coded for RegistryError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "registry_not_found",
            Self::Conflict { .. } => "registry_conflict",
            Self::Invalid { .. } => "registry_invalid",
            Self::Corrupt { .. } => "registry_corrupt",
            Self::Busy { .. } => "registry_busy",
            Self::Io { .. } => "registry_io",
            Self::NewerSchema { .. } => "registry_newer_schema",
            Self::Migration { .. } => "registry_migration",
            Self::AuditKeyMissing => "registry_audit_key_missing",
            Self::TrailBroken { .. } => "registry_trail_broken",
            Self::SamePerson { .. } => "registry_same_person",
            Self::RequestState { .. } => "registry_request_state",
            Self::ParamsChanged { .. } => "registry_params_changed",
            Self::NotRequester { .. } => "registry_not_requester",
            Self::Database { .. } => "registry_database",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Path| ("path", path.display().to_string());
        match self {
            Self::NotFound { what, key } => vec![("what", (*what).to_owned()), ("key", key.clone())],
            Self::Conflict { what, key, reason } => {
                vec![("what", (*what).to_owned()), ("key", key.clone()), ("reason", reason.clone())]
            }
            Self::Invalid { field, reason } => vec![("field", (*field).to_owned()), ("reason", reason.clone())],
            Self::Corrupt { path: at, what } => vec![path(at), ("what", what.clone())],
            Self::Busy { path: at } => vec![path(at)],
            Self::Io { path: at, reason }
            | Self::Migration { path: at, reason }
            | Self::Database { path: at, reason } => vec![path(at), ("reason", reason.clone())],
            Self::NewerSchema { path: at, version } => vec![path(at), ("version", version.to_string())],
            Self::AuditKeyMissing => Vec::new(),
            Self::TrailBroken { problem } => {
                let mut params = vec![("problem", problem.kind.code().to_owned())];
                params.extend(problem.seq.map(|seq| ("seq", seq.to_string())));
                params
            }
            Self::SamePerson { request } | Self::ParamsChanged { request } | Self::NotRequester { request } => {
                vec![("request", request.to_string())]
            }
            Self::RequestState { request, state } => {
                vec![("request", request.to_string()), ("state", state.name().to_owned())]
            }
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Busy { .. } => Retry::Later,
            Self::Io { .. }
            | Self::NewerSchema { .. }
            | Self::AuditKeyMissing
            | Self::TrailBroken { .. }
            | Self::SamePerson { .. }
            | Self::ParamsChanged { .. }
            | Self::Corrupt { .. } => Retry::AfterAction,
            Self::NotFound { .. }
            | Self::Conflict { .. }
            | Self::Invalid { .. }
            | Self::RequestState { .. }
            | Self::NotRequester { .. }
            | Self::Migration { .. }
            | Self::Database { .. } => Retry::Never,
        }
    }
}

impl RegistryError {
    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), reason: error.to_string() }
    }

    /// Sorts an error of the database by SQLite's primary result code (sqlite.org/rescode.html).
    pub(crate) fn from_sqlx(path: &Path, error: sqlx::Error) -> Self {
        let path = path.to_owned();
        match error {
            sqlx::Error::Database(database) => {
                let primary = database.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
                let reason = database.message().to_owned();
                match primary {
                    Some(5 | 6) => Self::Busy { path },
                    Some(11 | 26) => Self::Corrupt { path, what: reason },
                    Some(3 | 8 | 10 | 13 | 14 | 23) => Self::Io { path, reason },
                    Some(_) | None => Self::Database { path, reason },
                }
            }
            sqlx::Error::ColumnDecode { index, source } => {
                Self::Corrupt { path, what: format!("column {index}: {source}") }
            }
            sqlx::Error::PoolTimedOut => Self::Busy { path },
            sqlx::Error::Io(error) => Self::Io { path, reason: error.to_string() },
            other => Self::Database { path, reason: other.to_string() },
        }
    }
}
