//! What the heap refuses, with the data that a person needs.

use cartorio_core::{Retry, Severity, WireError};

use crate::OfficeError;

/// Why the heap does not do something.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum HeapError {
    /// No object has this handle.
    #[error("unknown object of the heap")]
    UnknownObject,
    /// More objects than are kept.
    #[error("{name} does not fit: the heap holds at most {limit} objects")]
    TooManyObjects {
        /// The source.
        name: String,
        /// The limit.
        limit: usize,
    },
    /// More bytes than are kept.
    #[error("{name} does not fit: the heap holds at most {limit} bytes")]
    TooManyBytes {
        /// The source.
        name: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// Something that only a certificate has was asked of something else.
    #[error("this is not a certificate")]
    NotACertificate,
    /// Only stores have a password.
    #[error("this is not a P12 file or a Java key store")]
    NotAStore,
    /// Nothing to lint.
    #[error("there are rules for certificates and revocation lists alone")]
    NotLinted,
    /// Its bytes are not kept: a private key.
    #[error("the bytes of private keys are not kept")]
    NoBytes,
    /// Personal numbers stand in it in the clear, and nobody has revealed them.
    #[error("personal numbers stand in these bytes in the clear; reveal them first")]
    Masked,
    /// There is nothing in that form.
    #[error("nothing of this can be written in that form")]
    NothingToExport,
    /// One object only has this form.
    #[error("DER holds one object; {count} were chosen")]
    OneObjectOnly {
        /// How many were chosen.
        count: usize,
    },
    /// The instant is not one.
    #[error("the instant {value} is no RFC 3339 time and no date")]
    BadInstant {
        /// What was given.
        value: String,
    },
    /// A policy that is no object identifier.
    #[error("{value} is no object identifier")]
    BadPolicy {
        /// What was given.
        value: String,
    },
}

impl HeapError {
    /// Stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::UnknownObject => "heap_object_unknown",
            Self::TooManyObjects { .. } => "heap_too_many_objects",
            Self::TooManyBytes { .. } => "heap_too_many_bytes",
            Self::NotACertificate => "heap_not_a_certificate",
            Self::NotAStore => "heap_not_a_store",
            Self::NotLinted => "heap_not_linted",
            Self::NoBytes => "heap_no_bytes",
            Self::Masked => "heap_identifiers_masked",
            Self::NothingToExport => "heap_nothing_to_export",
            Self::OneObjectOnly { .. } => "heap_one_object_only",
            Self::BadInstant { .. } => "heap_bad_instant",
            Self::BadPolicy { .. } => "heap_bad_policy",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::UnknownObject
            | Self::NotACertificate
            | Self::NotAStore
            | Self::NotLinted
            | Self::NoBytes
            | Self::Masked
            | Self::NothingToExport => Vec::new(),
            Self::TooManyObjects { name, limit } => vec![("name", name.clone()), ("limit", limit.to_string())],
            Self::TooManyBytes { name, limit } => vec![("name", name.clone()), ("limit", limit.to_string())],
            Self::OneObjectOnly { count } => vec![("count", count.to_string())],
            Self::BadInstant { value } | Self::BadPolicy { value } => vec![("value", value.clone())],
        }
    }

    const fn severity(&self) -> Severity {
        match self {
            Self::UnknownObject | Self::TooManyObjects { .. } | Self::TooManyBytes { .. } => Severity::Error,
            Self::NotACertificate
            | Self::NotAStore
            | Self::NotLinted
            | Self::NoBytes
            | Self::Masked
            | Self::NothingToExport
            | Self::OneObjectOnly { .. }
            | Self::BadInstant { .. }
            | Self::BadPolicy { .. } => Severity::Warning,
        }
    }
}

impl From<HeapError> for OfficeError {
    fn from(error: HeapError) -> Self {
        Self::Format(WireError {
            code: error.code().to_owned(),
            params: error.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            severity: error.severity(),
            retry: match error {
                HeapError::UnknownObject | HeapError::NoBytes => Retry::Never,
                _ => Retry::AfterAction,
            },
            detail: error.to_string(),
        })
    }
}
