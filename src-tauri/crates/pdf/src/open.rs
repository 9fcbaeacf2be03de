//! Opening a file: its header, its cross-reference chain, its encryption.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use cartorio_core::SecretString;

use crate::crypt::{Access, Crypt, EncryptionFacts};
use crate::error::PdfError;
use crate::file::PdfFile;
use crate::raw::ObjRef;
use crate::source::Source;
use crate::xref::read_chain;

/// The header is looked for in this many first bytes (ISO 32000-1, annex H.3, note 13), to say why a file is refused.
const HEADER_WINDOW: usize = 1024;

impl PdfFile {
    /// Opens the file at `path` for reading. Small files are read, large ones are mapped. An encrypted file opens when the
    /// empty password is the user's.
    ///
    /// # Errors
    /// [`PdfError::Io`], and everything [`PdfFile::from_bytes`] refuses.
    pub fn open_path(path: &Path) -> Result<Self, PdfError> {
        Self::open_path_with(path, None)
    }

    /// As [`PdfFile::open_path`], with the password of the user or of the owner. It does not matter where the file is not
    /// encrypted.
    ///
    /// # Errors
    /// [`PdfError::WrongPassword`], or as [`PdfFile::open_path`].
    pub fn open_path_with(path: &Path, password: Option<&SecretString>) -> Result<Self, PdfError> {
        Self::from_source(Source::open(path)?, &Access::Password(password))
    }

    /// As [`PdfFile::open_path_with`], for a file that is open already: one that has no name yet, or that must not be another one
    /// meanwhile. It is read from its first byte, wherever its own position is; on Windows that changes.
    ///
    /// # Errors
    /// As [`PdfFile::open_path_with`].
    pub fn open_file_with(file: &File, password: Option<&SecretString>) -> Result<Self, PdfError> {
        Self::from_source(Source::of_file(file)?, &Access::Password(password))
    }

    /// Opens a file that is already in memory.
    ///
    /// # Errors
    /// [`PdfError::NotPdf`], [`PdfError::HeaderOffset`], [`PdfError::NoStartxref`], [`PdfError::BrokenXref`], [`PdfError::CircularXref`],
    /// [`PdfError::NoPages`] (no catalog), [`PdfError::Limit`]; of encrypted files [`PdfError::PasswordRequired`],
    /// [`PdfError::UnsupportedEncryption`], [`PdfError::MalformedEncryption`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, PdfError> {
        Self::from_bytes_with(bytes, None)
    }

    /// As [`PdfFile::from_bytes`], with the password of the user or of the owner.
    ///
    /// # Errors
    /// [`PdfError::WrongPassword`], or as [`PdfFile::from_bytes`].
    pub fn from_bytes_with(bytes: Vec<u8>, password: Option<&SecretString>) -> Result<Self, PdfError> {
        Self::from_source(Source::file_bytes(bytes), &Access::Password(password))
    }

    /// The file as it was when it had `end` bytes, for looking at an earlier revision. What opened this file opens that too.
    ///
    /// # Errors
    /// As [`PdfFile::from_bytes`].
    pub fn prefix(&self, end: u64) -> Result<Self, PdfError> {
        let source = self.source.prefix(usize::try_from(end).unwrap_or(usize::MAX));
        let access = self.crypt.as_ref().map_or(Access::Password(None), Access::Known);
        Self::from_source(source, &access)
    }

    /// How the file is encrypted; `None` when it is not.
    pub fn encryption(&self) -> Option<&EncryptionFacts> {
        self.crypt.as_ref().map(Crypt::facts)
    }

    /// Whether a revision can be added as far as encryption goes; permissions are another matter
    /// ([`EncryptionFacts::may_fill_fields`]).
    ///
    /// # Errors
    /// [`PdfError::WeakEncryption`] for RC4; [`PdfError::MalformedEncryption`] when the permissions were changed after the
    /// file was encrypted; [`PdfError::UnsupportedEncryption`] when every revision has to carry a message authentication code
    /// (ISO/TS 32004).
    pub fn signable(&self) -> Result<(), PdfError> {
        self.crypt.as_ref().map_or(Ok(()), Crypt::writable)
    }

    fn from_source(source: Source, access: &Access<'_>) -> Result<Self, PdfError> {
        check_header(source.bytes())?;
        let chain = read_chain(&source)?;
        let newest = &chain.sections[0]; // a chain has at least the section that startxref leads to
        let root = newest.trailer.reference("Root");
        let mut file =
            Self { source, chain, root: root.unwrap_or(ObjRef::new(0)), crypt: None, object_streams: Mutex::default() };
        file.crypt = Crypt::open(&file, access)?;
        file.object_streams = Mutex::default(); // what was read until here was not decrypted
        root.map(|_| file).ok_or(PdfError::NoPages)
    }
}

fn check_header(bytes: &[u8]) -> Result<(), PdfError> {
    let window = &bytes[..bytes.len().min(HEADER_WINDOW)];
    let at = window.windows(5).position(|w| w == b"%PDF-").ok_or(PdfError::NotPdf)?;
    match bytes[at + 5..] {
        [b'1'..=b'9', b'.', b'0'..=b'9', ..] if at == 0 => Ok(()),
        [b'1'..=b'9', b'.', b'0'..=b'9', ..] => Err(PdfError::HeaderOffset { offset: at as u64 }),
        _ => Err(PdfError::NotPdf),
    }
}
