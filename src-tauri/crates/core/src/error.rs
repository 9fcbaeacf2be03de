//! How errors cross a boundary: a stable code with its data, never a sentence to be matched.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How loudly an error is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something failed.
    Error,
    /// The state does not allow it; nothing is broken.
    Warning,
    /// Nothing to worry about, for example a cancelled dialog.
    Silent,
}

/// Whether the same request can succeed later.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The same input fails again.
    Never,
    /// It may pass by itself in a while (throttling, network).
    Later,
    /// It may pass once the user has done what the message says.
    AfterAction,
}

/// An error that has a stable code and the data to explain it.
pub trait Coded: std::error::Error {
    /// Stable `snake_case` code; the key of the UI's error table.
    fn code(&self) -> &'static str;

    /// Data for the message, by name. Never a secret.
    fn params(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// How loudly to show it.
    fn severity(&self) -> Severity {
        Severity::Error
    }

    /// Whether trying again makes sense.
    fn retry(&self) -> Retry {
        Retry::Never
    }
}

/// The form in which an error leaves the backend: `{code, params, severity, retry}`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct WireError {
    /// Stable code, the key of the UI's error table.
    pub code: String,
    /// Data for the message.
    pub params: BTreeMap<String, String>,
    /// How loudly to show it.
    pub severity: Severity,
    /// Whether trying again makes sense.
    pub retry: Retry,
    /// English text for logs and the folded technical details.
    pub detail: String,
}

impl<E: Coded + ?Sized> From<&E> for WireError {
    fn from(error: &E) -> Self {
        Self {
            code: error.code().to_owned(),
            params: error.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            severity: error.severity(),
            retry: error.retry(),
            detail: error.to_string(),
        }
    }
}
