//! Handles: the page asks for documents by handle, and only the backend's own dialog, a drop or a result makes one.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use cartorio_ades::create::pades::{self, PadesOptions};
use cartorio_ades::validate;
use cartorio_core::{DocumentId, WireError};
use cartorio_pdf::PdfFile;

use crate::dto::{DocumentInfo, DocumentKind, DocumentOrigin, OutputFolder};
use crate::output::folder_of;
use crate::{OfficeError, OfficeResult};

/// Documents and folders that this session knows.
#[derive(Default)]
pub(crate) struct Documents {
    entries: Mutex<HashMap<String, Entry>>,
    folders: Mutex<HashMap<String, PathBuf>>,
}

/// A document behind a handle.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) origin: DocumentOrigin,
    pub(crate) kind: DocumentKind,
    /// Size and time of change when it was opened.
    stamp: Stamp,
}

/// What tells that a file was changed since it was opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
}

impl Documents {
    /// Opens `path` and gives it a handle. Blocks; call it away from the async threads.
    pub(crate) fn open(&self, path: &Path, origin: DocumentOrigin) -> OfficeResult<DocumentInfo> {
        let name = file_name(path);
        let unreadable = |reason: String| OfficeError::DocumentUnreadable { name: name.clone(), reason };
        let path = std::fs::canonicalize(path).map_err(|error| unreadable(error.to_string()))?;
        let mut file = File::open(&path).map_err(|error| unreadable(error.to_string()))?;
        let metadata = file.metadata().map_err(|error| unreadable(error.to_string()))?;
        if !metadata.is_file() {
            return Err(unreadable("it is not a file".to_owned()));
        }
        let mut start = Vec::with_capacity(SNIFF);
        file.by_ref()
            .take(SNIFF as u64)
            .read_to_end(&mut start)
            .map_err(|error| unreadable(error.to_string()))?;
        let kind = kind_of(&start);
        let (pages, signatures, sign_problem) = match kind {
            DocumentKind::Pdf => pdf_facts(&path),
            DocumentKind::Cms | DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other => (None, 0, None),
        };
        let id = DocumentId::generate().to_string();
        let folder = folder_of(&path).display().to_string();
        let entry = Entry { path, name: name.clone(), origin, kind, stamp: Stamp::of(&metadata) };
        lock(&self.entries).insert(id.clone(), entry);
        Ok(DocumentInfo { id, name, folder, size: metadata.len(), kind, pages, signatures, origin, sign_problem })
    }

    pub(crate) fn get(&self, id: &str) -> OfficeResult<Entry> {
        lock(&self.entries).get(id).cloned().ok_or(OfficeError::UnknownDocument)
    }

    /// Takes every handle back.
    pub(crate) fn clear(&self) {
        lock(&self.entries).clear();
        lock(&self.folders).clear();
    }

    pub(crate) fn forget(&self, id: &str) {
        lock(&self.entries).remove(id);
    }

    /// Gives a folder for results a handle.
    pub(crate) fn folder(&self, path: PathBuf) -> OutputFolder {
        let id = DocumentId::generate().to_string();
        let display = path.display().to_string();
        lock(&self.folders).insert(id.clone(), path);
        OutputFolder { id, display }
    }

    pub(crate) fn get_folder(&self, id: &str) -> OfficeResult<PathBuf> {
        lock(&self.folders).get(id).cloned().ok_or(OfficeError::UnknownFolder)
    }
}

impl Entry {
    /// Reads the whole file; for previews and small files.
    pub(crate) fn read(&self) -> OfficeResult<Vec<u8>> {
        std::fs::read(&self.path).map_err(|error| self.unreadable(&error))
    }

    /// Refuses when the file is not the one that was opened any more.
    pub(crate) fn require_unchanged(&self) -> OfficeResult<()> {
        let metadata = std::fs::metadata(&self.path).map_err(|error| self.unreadable(&error))?;
        if Stamp::of(&metadata) == self.stamp {
            Ok(())
        } else {
            Err(OfficeError::DocumentChanged { name: self.name.clone() })
        }
    }

    /// Why it cannot be signed, as far as the document itself tells.
    pub(crate) fn sign_problem(&self) -> Option<WireError> {
        if self.kind != DocumentKind::Pdf {
            return None;
        }
        match PdfFile::open_path(&self.path) {
            Ok(file) => sign_problem(&file),
            Err(error) => Some(OfficeError::from(error).wire()),
        }
    }

    pub(crate) fn unreadable(&self, error: &std::io::Error) -> OfficeError {
        OfficeError::DocumentUnreadable { name: self.name.clone(), reason: error.to_string() }
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// File name without its folder; never empty.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// How much of a file is looked at to tell what it is. A PDF header may stand anywhere in the first 1024 bytes.
const SNIFF: usize = 4096;

/// What a file is, by its first bytes, whatever its name says.
fn kind_of(start: &[u8]) -> DocumentKind {
    let head = &start[..start.len().min(1024)];
    if find(head, b"%PDF-") {
        return DocumentKind::Pdf;
    }
    if find(start, b"-----BEGIN CERTIFICATE") || find(start, b"-----BEGIN X509 CRL") || find(start, b"-----BEGIN PKCS7") {
        return DocumentKind::Certificates;
    }
    if find(start, b"-----BEGIN CMS") {
        return DocumentKind::Cms;
    }
    if start.first() != Some(&0x30) {
        return DocumentKind::Other;
    }
    // DER or BER SEQUENCE: a PFX starts with version 3, a ContentInfo with signedData's OID, a certificate with a SEQUENCE.
    const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
    let body = match start.get(1) {
        Some(&n) if n < 0x80 => 2,
        Some(&n) => 2 + usize::from(n & 0x7F),
        None => return DocumentKind::Other,
    };
    match start.get(body..) {
        Some([0x02, 0x01, 0x03, ..]) => DocumentKind::P12,
        Some(rest) if rest.starts_with(SIGNED_DATA) => DocumentKind::Cms,
        Some([0x30, ..]) => DocumentKind::Certificates,
        Some(_) | None => DocumentKind::Other,
    }
}

fn pdf_facts(path: &Path) -> (Option<u32>, u32, Option<WireError>) {
    let file = match PdfFile::open_path(path) {
        Ok(file) => file,
        Err(error) => return (None, 0, Some(OfficeError::from(error).wire())),
    };
    let pages = file.pages().ok().and_then(|pages| u32::try_from(pages.len()).ok());
    let signatures = u32::try_from(validate::pdf::signatures(&file).map_or(0, |all| all.len())).unwrap_or(u32::MAX);
    (pages, signatures, sign_problem(&file))
}

/// Why a PDF cannot be signed: a signature is prepared and thrown away, which touches no file and no key.
fn sign_problem(file: &PdfFile) -> Option<WireError> {
    pades::prepare(file, &PadesOptions::default()).err().map(|error| OfficeError::from(error).wire())
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The maps hold no invariant that a panic elsewhere could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_files_by_content() {
        for (start, kind) in [
            (&b"%PDF-1.7\n"[..], DocumentKind::Pdf),
            (b"junk\n%PDF-1.4", DocumentKind::Pdf),
            (b"-----BEGIN CERTIFICATE-----", DocumentKind::Certificates),
            (&[0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03], DocumentKind::P12),
            (&[0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02], DocumentKind::Cms),
            (&[0x30, 0x82, 0x01, 0x00, 0x30, 0x82], DocumentKind::Certificates),
            (b"", DocumentKind::Other),
            (&[0x30], DocumentKind::Other),
            (b"texto", DocumentKind::Other),
        ] {
            assert_eq!(kind_of(start), kind, "{start:?}");
        }
    }

    #[test]
    fn a_handle_is_needed_and_a_folder_is_no_document() {
        let documents = Documents::default();
        assert!(matches!(documents.get("/etc/passwd"), Err(OfficeError::UnknownDocument)));
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            documents.open(folder.path(), DocumentOrigin::Picked),
            Err(OfficeError::DocumentUnreadable { .. })
        ));
        let path = folder.path().join("nota.txt");
        std::fs::write(&path, "ok").unwrap();
        let info = documents.open(&path, DocumentOrigin::Picked).unwrap();
        assert_eq!((info.name.as_str(), info.size, info.kind), ("nota.txt", 2, DocumentKind::Other));
        assert_eq!(documents.get(&info.id).unwrap().read().unwrap(), b"ok");
        documents.forget(&info.id);
        assert!(documents.get(&info.id).is_err());
    }
}
