//! Why a file cannot be read or extended.

use crate::raw::ObjRef;

/// Why a PDF file cannot be read or extended. Offsets are bytes from the start of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// The operating system refused to open or read the file.
    #[error("the file cannot be read: {0}")]
    Io(std::io::ErrorKind),
    /// No `%PDF-m.n` header in the first 1024 bytes.
    #[error("the file has no PDF header")]
    NotPdf,
    /// The header does not stand at the start of the file. Readers count offsets from the header or from the first byte,
    /// so one such file can hold two sound documents, and what is shown would not be what is signed.
    #[error("the PDF header stands {offset} bytes after the start of the file")]
    HeaderOffset {
        /// Where the header stands.
        offset: u64,
    },
    /// No `startxref` with a number and `%%EOF` at the end of the file.
    #[error("the file has no usable startxref")]
    NoStartxref,
    /// `startxref` or a `/Prev` does not lead to a cross-reference section that parses.
    #[error("the cross-reference section at {offset} is broken: {reason}")]
    BrokenXref {
        /// Where the section was expected.
        offset: u64,
        /// What was wrong with it.
        reason: &'static str,
    },
    /// The `/Prev` chain comes back to itself.
    #[error("the cross-reference chain is circular at {offset}")]
    CircularXref {
        /// The section met twice.
        offset: u64,
    },
    /// The file is encrypted and does not open with the empty password: strings and streams are unreadable without a key,
    /// and new ones have to be encrypted.
    #[error("the file is protected by a password, which was not given")]
    PasswordRequired,
    /// The password is neither the user's nor the owner's.
    #[error("the password does not open the file")]
    WrongPassword,
    /// The file opens for reading, but its encryption (RC4) protects nothing any more: nothing new is written with it.
    #[error("the file is encrypted with RC4, which is not secure; save a copy without encryption or with AES")]
    WeakEncryption,
    /// The file is encrypted in a way that is not known here, e.g. to certificates.
    #[error("the file is encrypted in a way that is not supported ({what})")]
    UnsupportedEncryption {
        /// The name of the security handler, the version or the method, as the file says it.
        what: String,
    },
    /// The encryption dictionary is broken or was changed.
    #[error("the encryption dictionary is broken: {reason}")]
    MalformedEncryption {
        /// What was wrong with it.
        reason: &'static str,
    },
    /// The catalog has no usable page tree, or the tree has no page.
    #[error("the file has no pages")]
    NoPages,
    /// A page tree node is its own ancestor.
    #[error("the page tree is circular at object {0}")]
    CircularPageTree(ObjRef),
    /// A form field is its own ancestor.
    #[error("the form field tree is circular at object {0}")]
    CircularForm(ObjRef),
    /// An object does not parse.
    #[error("malformed object at {offset}: {reason}")]
    Malformed {
        /// Where parsing stopped; inside a compressed object stream, the offset in the decoded stream.
        offset: u64,
        /// What was wrong.
        reason: &'static str,
    },
    /// An object has another type than its place demands.
    #[error("object {object} is not {expected}")]
    UnexpectedType {
        /// The object.
        object: ObjRef,
        /// What it should have been, in English: "a dictionary".
        expected: &'static str,
    },
    /// A cross-reference or object stream uses a filter this reader does not decode.
    #[error("unsupported stream filter {0}")]
    UnsupportedFilter(String),
    /// The entry to be edited occurs twice in its dictionary, so readers may disagree which one counts.
    #[error("dictionary key /{0} occurs more than once")]
    DuplicateKey(String),
    /// A bound against hostile input was reached.
    #[error("too many {what} (limit {limit})")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// A cross-reference table has ten digits per offset; this file is longer.
    #[error("offset {offset} does not fit a cross-reference table")]
    OffsetTooLarge {
        /// The offset that has no ten-digit form.
        offset: u64,
    },
}

impl PdfError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "pdf_io",
            Self::NotPdf => "pdf_not_pdf",
            Self::HeaderOffset { .. } => "pdf_header_offset",
            Self::NoStartxref => "pdf_no_startxref",
            Self::BrokenXref { .. } => "pdf_broken_xref",
            Self::CircularXref { .. } => "pdf_circular_xref",
            Self::PasswordRequired => "pdf_encrypted",
            Self::WrongPassword => "pdf_wrong_password",
            Self::WeakEncryption => "pdf_weak_encryption",
            Self::UnsupportedEncryption { .. } => "pdf_unsupported_encryption",
            Self::MalformedEncryption { .. } => "pdf_malformed_encryption",
            Self::NoPages => "pdf_no_pages",
            Self::CircularPageTree(_) => "pdf_circular_page_tree",
            Self::CircularForm(_) => "pdf_circular_form",
            Self::Malformed { .. } => "pdf_malformed_object",
            Self::UnexpectedType { .. } => "pdf_unexpected_type",
            Self::UnsupportedFilter(_) => "pdf_unsupported_filter",
            Self::DuplicateKey(_) => "pdf_duplicate_key",
            Self::Limit { .. } => "pdf_limit_exceeded",
            Self::OffsetTooLarge { .. } => "pdf_offset_too_large",
        }
    }

    /// The data a message about this error needs.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io(kind) => vec![("reason", kind.to_string())],
            Self::NotPdf
            | Self::NoStartxref
            | Self::PasswordRequired
            | Self::WrongPassword
            | Self::WeakEncryption
            | Self::NoPages => Vec::new(),
            Self::UnsupportedEncryption { what } => vec![("what", what.clone())],
            Self::MalformedEncryption { reason } => vec![("reason", (*reason).to_owned())],
            Self::BrokenXref { offset, reason } | Self::Malformed { offset, reason } => {
                vec![("offset", offset.to_string()), ("reason", (*reason).to_owned())]
            }
            Self::HeaderOffset { offset } | Self::CircularXref { offset } | Self::OffsetTooLarge { offset } => {
                vec![("offset", offset.to_string())]
            }
            Self::CircularPageTree(object) | Self::CircularForm(object) => {
                vec![("object", object.to_string())]
            }
            Self::UnexpectedType { object, expected } => {
                vec![("object", object.to_string()), ("expected", (*expected).to_owned())]
            }
            Self::UnsupportedFilter(filter) => vec![("filter", filter.clone())],
            Self::DuplicateKey(key) => vec![("key", key.clone())],
            Self::Limit { what, limit } => {
                vec![("what", (*what).to_owned()), ("limit", limit.to_string())]
            }
        }
    }
}

impl cartorio_core::Coded for PdfError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        Self::params(self)
    }
}
