//! What keeps time stamps from being had.

use cartorio_core::{Coded, Retry, Severity, WireError};

use time::OffsetDateTime;

use super::stamp::Refused;
use crate::OfficeError;
use crate::times::rfc3339;

/// As a review says it of a path in which somebody is revoked.
pub(super) const REVOKED: &str = "revoked";

/// No time stamp.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaterialError {
    /// The office has no time-stamping authority.
    #[error("this office has no time-stamping authority")]
    NoAuthority,
    /// Nobody is asked.
    #[error("a time stamp needs the network, and nobody is asked now")]
    Offline,
    /// No authority gave one that holds.
    #[error("no time-stamping authority gave a time stamp that holds: {}", told(.refused))]
    AllRefused {
        /// What each of them said, in order.
        refused: Vec<Refused>,
    },
    /// A time stamp whose certificate is not to be relied on.
    #[error("the certificate of {holder}, which stamped, does not hold here: {}", .reasons.join(", "))]
    Untrusted {
        /// Holder of the certificate.
        holder: String,
        /// Reason codes of the chain's review.
        reasons: Vec<String>,
    },
    /// A time stamp of another time than the one at which it was asked for.
    #[error("the time stamp is of {gen_time}, when it is {here} here")]
    Clock {
        /// The time in it.
        gen_time: OffsetDateTime,
        /// The time here.
        here: OffsetDateTime,
    },
    /// The office has as many as it may have.
    #[error("the office has {limit} time-stamping authorities already")]
    TooManyAuthorities {
        /// The most that there may be.
        limit: usize,
    },
    /// No such authority.
    #[error("this time-stamping authority is not known")]
    UnknownAuthority,
    /// The password or certificate for an authority is not (or no longer) there.
    #[error("what {name} is asked with is not there: enter it again")]
    SecretMissing {
        /// Its name.
        name: String,
    },
}

impl Coded for MaterialError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoAuthority => "tsa_none",
            Self::Offline => "tsa_offline",
            Self::AllRefused { .. } => "tsa_all_refused",
            Self::Untrusted { reasons, .. } if reasons.iter().any(|own| own == REVOKED) => "tsa_revoked",
            Self::Untrusted { .. } => "tsa_untrusted",
            Self::Clock { .. } => "tsa_clock",
            Self::TooManyAuthorities { .. } => "tsa_too_many",
            Self::UnknownAuthority => "tsa_unknown",
            Self::SecretMissing { .. } => "tsa_secret_missing",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoAuthority | Self::Offline | Self::UnknownAuthority => Vec::new(),
            Self::AllRefused { refused } => vec![
                ("count", refused.len().to_string()),
                ("refusals", told(refused)),
                // The first authority is the one that the office would rather have.
                ("first_code", refused.first().map(|own| own.error.code.clone()).unwrap_or_default()),
            ],
            Self::Untrusted { holder, reasons } => vec![("holder", holder.clone()), ("reasons", reasons.join(","))],
            Self::Clock { gen_time, here } => vec![
                ("gen_time", rfc3339(*gen_time)),
                ("here", rfc3339(*here)),
                ("seconds", (*gen_time - *here).whole_seconds().to_string()),
            ],
            Self::SecretMissing { name } => vec![("name", name.clone())],
            Self::TooManyAuthorities { limit } => vec![("limit", limit.to_string())],
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::NoAuthority | Self::Offline | Self::SecretMissing { .. } | Self::TooManyAuthorities { .. } => {
                Severity::Warning
            }
            Self::AllRefused { .. } | Self::Untrusted { .. } | Self::Clock { .. } | Self::UnknownAuthority => {
                Severity::Error
            }
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::AllRefused { refused } if refused.iter().any(|own| own.error.retry == Retry::Later) => Retry::Later,
            Self::NoAuthority
            | Self::Offline
            | Self::SecretMissing { .. }
            | Self::TooManyAuthorities { .. }
            | Self::AllRefused { .. }
            // This machine's clock may be the wrong one.
            | Self::Clock { .. } => Retry::AfterAction,
            Self::Untrusted { .. } | Self::UnknownAuthority => Retry::Never,
        }
    }
}

impl From<MaterialError> for OfficeError {
    fn from(error: MaterialError) -> Self {
        Self::Format(WireError::from(&error))
    }
}

fn told(refused: &[Refused]) -> String {
    let one = |own: &Refused| serde_json::json!({"name": own.name, "code": own.error.code, "params": own.error.params});
    serde_json::Value::from(refused.iter().map(one).collect::<Vec<_>>()).to_string()
}
