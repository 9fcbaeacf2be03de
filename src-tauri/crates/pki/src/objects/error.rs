//! What could not be read.

use super::archive::ArchiveTrouble;
use super::kind::ObjectKind;

/// What could not be read, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// The file has no content.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than what is read.
    #[error("the file has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The content is no PKI object that this program knows.
    #[error("object {object} at byte {offset} is not a certificate, a bundle, a CRL or a P12")]
    Unrecognised {
        /// Which object, counted from 0.
        object: usize,
        /// Offset in the file.
        offset: usize,
    },
    /// The content is of a known kind but broken.
    #[error("object {object} is a malformed {}, at byte {offset}: {reason}", .kind.code())]
    Malformed {
        /// Which object, counted from 0.
        object: usize,
        /// What it seems to be.
        kind: ObjectKind,
        /// Offset of the trouble: in the file, or in the decoded object when it stands in PEM, base64 or hex.
        offset: usize,
        /// The field that it is in, where that is known.
        field: Option<String>,
        /// What the decoder says.
        reason: String,
    },
    /// A PEM block is broken.
    #[error("the PEM block {object} at byte {offset} is broken: {reason}")]
    Pem {
        /// Which object, counted from 0.
        object: usize,
        /// Offset of its BEGIN line, or of what is wrong in it.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// More objects than are read from one file.
    #[error("the file has more than {limit} objects")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// An archive, or a file in it, cannot be unpacked.
    #[error("the archive cannot be unpacked: {trouble}, at byte {offset}")]
    Archive {
        /// Offset in the archive.
        offset: usize,
        /// Why.
        trouble: ArchiveTrouble,
    },
    /// Something in a file of an archive.
    #[error("{entry}: {error}")]
    InEntry {
        /// Name of that file.
        entry: String,
        /// What.
        error: Box<ReadError>,
    },
}

impl ReadError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::TooLarge { .. } => "pki_too_large",
            Self::Unrecognised { .. } => "pki_unrecognised",
            Self::Malformed { .. } => "pki_malformed",
            Self::Pem { .. } => "pem_broken",
            Self::TooMany { .. } => "pki_too_many",
            Self::Archive { trouble, .. } => trouble.code(),
            Self::InEntry { error, .. } => error.code(),
        }
    }

    /// Data for the message. `object` counts from 1 here, for people.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let place =
            |object: &usize, offset: &usize| vec![("object", (object + 1).to_string()), ("offset", offset.to_string())];
        match self {
            Self::Empty => Vec::new(),
            Self::TooLarge { size, limit } => vec![("size", size.to_string()), ("limit", limit.to_string())],
            Self::Unrecognised { object, offset } => place(object, offset),
            Self::Malformed { object, kind, offset, field, reason } => {
                let mut params = place(object, offset);
                params.extend([("kind", kind.code().to_owned()), ("reason", reason.clone())]);
                params.extend(field.iter().map(|field| ("field", field.clone())));
                params
            }
            Self::Pem { object, offset, reason } => {
                let mut params = place(object, offset);
                params.push(("reason", (*reason).to_owned()));
                params
            }
            Self::TooMany { limit } => vec![("limit", limit.to_string())],
            Self::Archive { offset, .. } => vec![("offset", offset.to_string())],
            Self::InEntry { entry, error } => {
                let mut params = error.params();
                params.push(("entry", entry.clone()));
                params
            }
        }
    }
}
