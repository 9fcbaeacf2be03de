//! Handles: the page asks for documents by handle, and only the backend's own dialog, a drop or a result makes one.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use cartorio_ades::create::pades::{self, PadesOptions};
use cartorio_ades::validate;
use cartorio_core::{DocumentId, SecretString, WireError};
use cartorio_net::Limits;
use cartorio_pdf::PdfFile;

use crate::dto::{DocumentInfo, DocumentKind, DocumentOrigin, FieldView, OutputFolder};
use crate::output::folder_of;
use crate::signing::present;
use crate::verification::{SIGNED_DATA, decoded_start, inside};
use crate::{OfficeError, OfficeResult, verification};

/// Documents and folders that this session knows.
#[derive(Default)]
pub(crate) struct Documents {
    entries: Mutex<HashMap<String, Entry>>,
    folders: Mutex<HashMap<String, PathBuf>>,
}

/// A document behind a handle.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) origin: DocumentOrigin,
    pub(crate) kind: DocumentKind,
    /// Size and time of change when it was opened.
    stamp: Stamp,
    /// What opens it, where it asks for a password and somebody typed it.
    password: Option<Arc<SecretString>>,
    /// Whose signatures in it are broken, once somebody asked: the file is the same as long as its stamp is.
    broken: Arc<OnceLock<Vec<String>>>,
}

/// What a file is read into memory for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReadFor {
    /// Showing it.
    Preview,
    /// Judging the CMS that it is.
    Signature,
    /// Looking at certificates, revocation lists or a P12.
    Certificates,
    /// Putting lists and answers into a signature: as large as what is fetched from an address.
    Evidence,
}

impl ReadFor {
    /// The largest file, in bytes. Several copies of it are in memory before it is on the screen.
    const fn limit(self) -> u64 {
        match self {
            Self::Preview => 512 << 20,
            Self::Signature => 256 << 20,
            Self::Certificates => 32 << 20,
            Self::Evidence => Limits::LIST.size,
        }
    }
}

/// What tells that a file was changed since it was opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
}

impl Documents {
    /// Opens `path` and gives it a handle. Blocks; call it away from the async threads.
    pub(crate) fn open(&self, path: &Path, origin: DocumentOrigin) -> OfficeResult<DocumentInfo> {
        self.open_with(path, origin, true)
    }

    /// Gives `path` a handle without reading more than its beginning: of a PDF neither pages nor signatures are told. Blocks.
    pub(crate) fn hold(&self, path: &Path, origin: DocumentOrigin) -> OfficeResult<DocumentInfo> {
        self.open_with(path, origin, false)
    }

    fn open_with(&self, path: &Path, origin: DocumentOrigin, facts: bool) -> OfficeResult<DocumentInfo> {
        let name = file_name(path);
        let unreadable = |reason: String| OfficeError::DocumentUnreadable { name: name.clone(), reason };
        let path = std::fs::canonicalize(path).map_err(|error| unreadable(error.to_string()))?;
        let (mut file, metadata) = open_file(&path).map_err(|error| unreadable(error.to_string()))?;
        let mut start = Vec::with_capacity(SNIFF);
        file.by_ref().take(SNIFF as u64).read_to_end(&mut start).map_err(|error| unreadable(error.to_string()))?;
        let kind = match kind_of(&start) {
            DocumentKind::Certificates if may_be_bag(&start) && is_signed(&path, &name) => DocumentKind::Cms,
            kind => kind,
        };
        let (pages, signatures, sign_problem) = match kind {
            DocumentKind::Pdf if facts => pdf_facts(PdfFile::open_path(&path).map_err(OfficeError::from)),
            DocumentKind::Pdf
            | DocumentKind::Cms
            | DocumentKind::Certificates
            | DocumentKind::P12
            | DocumentKind::Other => (None, 0, None),
        };
        let facts = ResultFacts { kind, pages, signatures, sign_problem };
        Ok(self.keep(path, name, origin, &metadata, facts))
    }

    /// Gives a result a handle.
    pub(crate) fn take_result(&self, seen: ResultSeen) -> DocumentInfo {
        let ResultSeen { path, metadata, facts } = seen;
        let name = file_name(&path);
        self.keep(path, name, DocumentOrigin::Result, &metadata, facts)
    }

    /// A new handle for a file of which `facts` are known.
    fn keep(
        &self,
        path: PathBuf,
        name: String,
        origin: DocumentOrigin,
        metadata: &Metadata,
        facts: ResultFacts,
    ) -> DocumentInfo {
        let ResultFacts { kind, pages, signatures, sign_problem } = facts;
        let id = DocumentId::generate().to_string();
        let folder = folder_of(&path).display().to_string();
        let stamp = Stamp::of(metadata);
        let entry = Entry { path, name: name.clone(), origin, kind, stamp, password: None, broken: Arc::default() };
        let version = entry.version();
        lock(&self.entries).insert(id.clone(), entry);
        DocumentInfo { id, name, folder, size: metadata.len(), kind, version, pages, signatures, origin, sign_problem }
    }

    pub(crate) fn get(&self, id: &str) -> OfficeResult<Entry> {
        lock(&self.entries).get(id).cloned().ok_or(OfficeError::UnknownDocument)
    }

    /// Opens a PDF with a password, which is kept in memory with the handle. Blocks.
    ///
    /// # Errors
    /// `pdf_wrong_password` and everything else that keeps it from being read; the handle stays as it was then.
    pub(crate) fn unlock(&self, id: &str, password: SecretString) -> OfficeResult<DocumentInfo> {
        let mut entry = self.get(id)?;
        entry.require_unchanged()?;
        entry.password = Some(Arc::new(password));
        let file = entry.open_pdf()?;
        let size = file.len();
        let (pages, signatures, sign_problem) = pdf_facts(Ok(file));
        let info = DocumentInfo {
            id: id.to_owned(),
            name: entry.name.clone(),
            folder: folder_of(&entry.path).display().to_string(),
            size,
            kind: entry.kind,
            version: entry.version(),
            pages,
            signatures,
            origin: entry.origin,
            sign_problem,
        };
        lock(&self.entries).insert(id.to_owned(), entry);
        Ok(info)
    }

    /// Takes every handle back.
    pub(crate) fn clear(&self) {
        lock(&self.entries).clear();
        lock(&self.folders).clear();
    }

    /// The signature fields of a PDF, each where it is seen. Blocks.
    pub(crate) fn fields(&self, id: &str) -> OfficeResult<Vec<FieldView>> {
        let entry = self.get(id)?;
        if entry.kind != DocumentKind::Pdf {
            return Ok(Vec::new());
        }
        let file = entry.open_pdf()?;
        let pages = file.pages()?;
        let view = |own: pades::FieldInfo| {
            let page = own.page.and_then(|index| pages.get(index));
            let seen = page.zip(own.rect).and_then(|(page, rect)| cartorio_stamp::Placement::of(page, rect).ok());
            let seen = seen.map(|own| [own.x, own.y, own.width, own.height]);
            FieldView {
                name: own.name,
                page: own.page.and_then(|index| u32::try_from(index + 1).ok()),
                area: seen.filter(|_| own.rect.is_some_and(|rect| rect[0] != rect[2] && rect[1] != rect[3])),
                signed: own.signed,
                problem: own.problem.map(|error| OfficeError::from(error).wire()),
                demand: own.demand.map(|error| OfficeError::from(error).wire()),
            }
        };
        Ok(pades::describe_fields(&file)?.into_iter().map(view).collect())
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

/// What is known of a result from its making.
#[derive(Clone, Debug)]
pub(crate) struct ResultFacts {
    kind: DocumentKind,
    pages: Option<u32>,
    signatures: u32,
    sign_problem: Option<WireError>,
}

impl ResultFacts {
    /// Of a PDF that was read back without a password, with so many signatures. One that is `known_signable` is not tried.
    pub(crate) fn of_pdf(file: &PdfFile, signatures: usize, known_signable: bool) -> Self {
        Self {
            kind: DocumentKind::Pdf,
            pages: file.pages().ok().and_then(|pages| u32::try_from(pages.len()).ok()),
            signatures: u32::try_from(signatures).unwrap_or(u32::MAX),
            sign_problem: if known_signable { None } else { sign_problem(file, &PadesOptions::default()) },
        }
    }

    /// Of a `.p7s`.
    pub(crate) const fn of_cms() -> Self {
        Self { kind: DocumentKind::Cms, pages: None, signatures: 0, sign_problem: None }
    }
}

/// A result that has its name, and what is known of it.
#[derive(Debug)]
pub(crate) struct ResultSeen {
    path: PathBuf,
    metadata: Metadata,
    facts: ResultFacts,
}

impl ResultSeen {
    /// Of the new file at `path`, which is no link; `known` is a folder without links on the way to it. Blocks.
    pub(crate) fn at(path: &Path, known: &Path, facts: ResultFacts) -> std::io::Result<Self> {
        let path = if folder_of(path) == known { path.to_owned() } else { std::fs::canonicalize(path)? };
        let metadata = std::fs::metadata(&path)?;
        Ok(Self { path, metadata, facts })
    }
}

impl Entry {
    /// Reads the whole file, which may be as large as the purpose allows.
    pub(crate) fn read(&self, purpose: ReadFor) -> OfficeResult<Vec<u8>> {
        read_file(&self.path, &self.name, purpose)
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

    /// Size in bytes and time of change (nanoseconds since 1970) when it was opened: what the journal tells a changed file by.
    pub(crate) fn seen(&self) -> (u64, Option<i64>) {
        let since = self.stamp.modified.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        (self.stamp.size, since.and_then(|since| i64::try_from(since.as_nanos()).ok()))
    }

    /// The same in a word; nothing where it is not known when the file was changed.
    fn version(&self) -> Option<String> {
        let (size, modified) = self.seen();
        modified.map(|modified| format!("{size}.{modified}"))
    }

    /// Why it cannot be signed so, as far as the document itself tells. Blocks.
    pub(crate) fn sign_problem_with(&self, options: &PadesOptions) -> Option<WireError> {
        match self.open_pdf() {
            Ok(file) => sign_problem(&file, options),
            Err(error) => Some(error.wire()),
        }
    }

    /// Whose signatures in a PDF are broken; nothing where it cannot be read, which is told elsewhere. Reads a signed one whole, the
    /// first time that somebody asks. Blocks.
    pub(crate) fn broken_signatures(&self) -> Vec<String> {
        if self.kind != DocumentKind::Pdf {
            return Vec::new();
        }
        if let Some(known) = self.broken.get() {
            return known.clone();
        }
        let found = self.open_pdf().and_then(|file| present::broken_in_pdf(&self.name, &file));
        found.map(|found| self.broken.get_or_init(|| found).clone()).unwrap_or_default()
    }

    /// The PDF that it is, opened with the password where there is one.
    pub(crate) fn open_pdf(&self) -> OfficeResult<PdfFile> {
        Ok(PdfFile::open_path_with(&self.path, self.password.as_deref())?)
    }

    /// What opens it.
    pub(crate) fn password(&self) -> Option<Arc<SecretString>> {
        self.password.clone()
    }

    pub(crate) fn unreadable(&self, error: &std::io::Error) -> OfficeError {
        OfficeError::DocumentUnreadable { name: self.name.clone(), reason: error.to_string() }
    }
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// Reads the whole file, which is called `name` and may be as large as the purpose allows.
pub(crate) fn read_file(path: &Path, name: &str, purpose: ReadFor) -> OfficeResult<Vec<u8>> {
    let limit = purpose.limit();
    let too_large = |size| OfficeError::DocumentTooLarge { name: name.to_owned(), size, limit };
    let unreadable =
        |error: std::io::Error| OfficeError::DocumentUnreadable { name: name.to_owned(), reason: error.to_string() };
    let (file, metadata) = open_file(path).map_err(unreadable)?;
    if metadata.len() > limit {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    // It may grow while it is read.
    if bytes.len() as u64 > limit { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

/// Opens a regular file. Nothing else is opened at all: opening a pipe waits for its writer, opening a device may act.
fn open_file(path: &Path) -> std::io::Result<(File, Metadata)> {
    let not_a_file = || std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is not a file");
    if !std::fs::metadata(path)?.is_file() {
        return Err(not_a_file());
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, metadata)) } else { Err(not_a_file()) }
}

/// File name without its folder; never empty.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// How much of a file is looked at to tell what it is. A PDF header may stand anywhere in the first 1024 bytes.
const SNIFF: usize = 4096;

/// What a file is, by its first bytes, whatever its name says.
///
/// DER goes first: a CMS may enclose a PDF, whose header then stands in the first bytes. A file with something else before
/// its header is a PDF to whoever sees it, so it is one here, with the problem that keeps it from being signed.
fn kind_of(start: &[u8]) -> DocumentKind {
    if let Some(kind) = der_kind(start) {
        return kind;
    }
    if find(&start[..start.len().min(1024)], b"%PDF-") {
        return DocumentKind::Pdf;
    }
    if find(start, b"-----BEGIN CERTIFICATE") || find(start, b"-----BEGIN X509 CRL") {
        return DocumentKind::Certificates;
    }
    if find(start, b"-----BEGIN CMS") {
        return DocumentKind::Cms;
    }
    if let Some(at) = place_of(start, PKCS7_ARMOUR) {
        // The same armour is around signatures and around bags of certificates (RFC 7468 §8).
        let signs = signs(&unarmoured_start(&start[at..])).unwrap_or(false);
        return if signs { DocumentKind::Cms } else { DocumentKind::Certificates };
    }
    verification::bare_start(start).and_then(|start| der_kind(&start)).unwrap_or(DocumentKind::Other)
}

/// Around signatures and around bags of certificates.
const PKCS7_ARMOUR: &[u8] = b"-----BEGIN PKCS7-----";

/// What a DER or BER SEQUENCE is: a PFX starts with version 3, a ContentInfo with signedData's OID, a certificate with a
/// SEQUENCE. A SignedData that nobody signed is a bag of certificates, whatever it is called.
fn der_kind(start: &[u8]) -> Option<DocumentKind> {
    match inside(start)? {
        [0x02, 0x01, 0x03, ..] => Some(DocumentKind::P12),
        rest if rest.starts_with(SIGNED_DATA) && signs(start) == Some(false) => Some(DocumentKind::Certificates),
        rest if rest.starts_with(SIGNED_DATA) => Some(DocumentKind::Cms),
        [0x30, ..] => Some(DocumentKind::Certificates),
        _ => None,
    }
}

fn pdf_facts(file: OfficeResult<PdfFile>) -> (Option<u32>, u32, Option<WireError>) {
    let file = match file {
        Ok(file) => file,
        Err(error) => return (None, 0, Some(error.wire())),
    };
    let pages = file.pages().ok().and_then(|pages| u32::try_from(pages.len()).ok());
    let signatures = u32::try_from(validate::pdf::signatures(&file).map_or(0, |all| all.len())).unwrap_or(u32::MAX);
    (pages, signatures, sign_problem(&file, &PadesOptions::default()))
}

/// Why a PDF cannot be signed: a signature is prepared and thrown away, which touches no file and no key.
fn sign_problem(file: &PdfFile, options: &PadesOptions) -> Option<WireError> {
    pades::prepare(file, options).err().map(|error| OfficeError::from(error).wire())
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    place_of(haystack, needle).is_some()
}

fn place_of(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The first bytes of what an armour holds, as many as can be read.
fn unarmoured_start(armour: &[u8]) -> Vec<u8> {
    decoded_start(armour.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or_default())
}

/// Whether a SignedData has signers, by its set of digest algorithms: it is empty where there are only certificates (RFC 5652 §5.1),
/// and now and then where there are signers. Nothing where that set is not among the first bytes.
fn signs(start: &[u8]) -> Option<bool> {
    let mut rest = &start[place_of(start, SIGNED_DATA)? + SIGNED_DATA.len()..];
    // The content's tag [0], its SEQUENCE, and the version in it.
    for tag in [0xA0, 0x30] {
        let [own, length, ..] = *rest else { return None };
        if own != tag {
            return None;
        }
        let more = if length < 0x80 { 0 } else { usize::from(length & 0x7F) };
        rest = rest.get(2 + more..)?;
    }
    match rest {
        [0x02, 0x01, _, 0x31, 0, ..] | [0x02, 0x01, _, 0x31, 0x80, 0, 0, ..] => Some(false),
        [0x02, 0x01, _, 0x31, ..] => Some(true),
        _ => None,
    }
}

/// Whether it is a SignedData that seems to have no signers, or may be one in an armour.
fn may_be_bag(start: &[u8]) -> bool {
    signs(start) == Some(false) || find(start, PKCS7_ARMOUR) || verification::bare_start(start).is_some()
}

/// Whether a SignedData has signers all the same, though it names no digest algorithm for them: not every program fills that set, and
/// who signed is no less to be told then. What is too large to be read is no bag that anybody keeps, and is left to who looks closer.
fn is_signed(path: &Path, name: &str) -> bool {
    let bytes = match read_file(path, name, ReadFor::Certificates) {
        Ok(bytes) => bytes,
        Err(error) => return matches!(error, OfficeError::DocumentTooLarge { .. }),
    };
    let der = verification::unarmoured(&bytes);
    validate::cms::parse(der.as_deref().unwrap_or(&bytes)).is_ok_and(|data| data.signers().len() > 0)
}

/// The maps hold no invariant that a panic elsewhere could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use cartorio_core::Coded;

    #[test]
    fn tells_files_by_content() {
        for (start, kind) in [
            (&b"%PDF-1.7\n"[..], DocumentKind::Pdf),
            (b"junk\n%PDF-1.4", DocumentKind::Pdf),
            (b"0junk\n%PDF-1.4", DocumentKind::Pdf),
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

    /// `-----BEGIN PKCS7-----` is around signatures and around bags of certificates.
    #[test]
    fn an_armoured_signature_is_no_bag_of_certificates() {
        let der = |algorithms: &[u8]| {
            let inner = [&[0x02, 0x01, 0x01][..], algorithms, &[0x30, 0x0B]].concat();
            let head = [
                0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02, 0xA0, 0x82, 0x10, 0x00, 0x30, 0x82,
                0x0F, 0xFC,
            ];
            [&[0x30, 0x82, 0x10, 0x10][..], &head, &inner, &[0x55; 600]].concat()
        };
        let armoured = |algorithms: &[u8]| {
            let text = STANDARD.encode(der(algorithms));
            let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
            format!("-----BEGIN PKCS7-----\n{}\n-----END PKCS7-----\n", lines.join("\n"))
        };
        let sha256 = [0x31, 0x0D, 0x30, 0x0B, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
        assert_eq!(kind_of(armoured(&sha256).as_bytes()), DocumentKind::Cms);
        assert_eq!(kind_of(format!("De: alguém\n{}", armoured(&sha256)).as_bytes()), DocumentKind::Cms);
        assert_eq!(kind_of(armoured(&[0x31, 0x00]).as_bytes()), DocumentKind::Certificates);
        assert_eq!(kind_of(armoured(&[0x31, 0x80, 0x00, 0x00]).as_bytes()), DocumentKind::Certificates);
        // In Base64 alone, and in a message.
        let bare = |algorithms: &[u8]| STANDARD.encode(der(algorithms));
        assert_eq!(kind_of(bare(&sha256).as_bytes()), DocumentKind::Cms);
        assert_eq!(kind_of(bare(&[0x31, 0x00]).as_bytes()), DocumentKind::Certificates);
        let message = format!("Content-Type: application/pkcs7-mime\r\n\r\n{}\r\n", bare(&sha256));
        assert_eq!(kind_of(message.as_bytes()), DocumentKind::Cms);
        // And as it is.
        let bare = |algorithms: &[u8]| kind_of(&der(algorithms));
        assert_eq!((bare(&sha256), bare(&[0x31, 0x00])), (DocumentKind::Cms, DocumentKind::Certificates));
        assert_eq!(bare(&[0x31, 0x80, 0x00, 0x00]), DocumentKind::Certificates);
        assert_eq!(
            kind_of(&der(&sha256)[..20]),
            DocumentKind::Cms,
            "where nobody can tell, it is looked at as a signature"
        );
        for torn in ["-----BEGIN PKCS7-----", "-----BEGIN PKCS7-----\n", "-----BEGIN PKCS7-----\nMII"] {
            assert_eq!(kind_of(torn.as_bytes()), DocumentKind::Certificates);
        }
    }

    /// A `.p7s` or a P12 that encloses a PDF near its start is what it is, not what it encloses.
    #[test]
    fn a_signature_that_encloses_a_pdf_is_a_signature() {
        for (start, kind) in [
            (&[0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03][..], DocumentKind::P12),
            (&[0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02], DocumentKind::Cms),
            (&[0x30, 0x82, 0x01, 0x00, 0x30, 0x82], DocumentKind::Certificates),
        ] {
            assert_eq!(kind_of(&[start, b"%PDF-1.7\n"].concat()), kind);
        }
    }

    #[test]
    fn a_pdf_behind_something_else_says_why_it_is_not_signed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dois.pdf");
        std::fs::write(&path, b"%lixo\n%PDF-1.7\n").unwrap();
        let info = Documents::default().open(&path, DocumentOrigin::Picked).unwrap();
        assert_eq!(info.kind, DocumentKind::Pdf);
        assert_eq!(info.sign_problem.map(|problem| problem.code).as_deref(), Some("pdf_header_offset"));
    }

    /// Without a writer, opening a pipe would wait for ever.
    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.pdf");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for path in [pipe.as_path(), Path::new("/dev/zero")] {
                sender.send(Documents::default().open(path, DocumentOrigin::Dropped)).unwrap();
            }
        });
        for _ in 0..2 {
            let answer = receiver.recv_timeout(std::time::Duration::from_secs(60)).expect("an answer");
            assert!(matches!(answer, Err(OfficeError::DocumentUnreadable { .. })));
        }
    }

    #[test]
    fn a_file_is_read_up_to_the_limit_of_its_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grande.pem");
        let documents = Documents::default();
        // Files with holes: nothing of this size is written.
        let sized = |size: u64| {
            File::create(&path).unwrap().set_len(size).unwrap();
            let info = documents.open(&path, DocumentOrigin::Picked).unwrap();
            documents.get(&info.id).unwrap()
        };
        assert_eq!(sized(32 << 20).read(ReadFor::Certificates).unwrap().len(), 32 << 20);
        for (purpose, limit) in [
            (ReadFor::Certificates, 32_u64 << 20),
            (ReadFor::Evidence, 64 << 20),
            (ReadFor::Signature, 256 << 20),
            (ReadFor::Preview, 512 << 20),
        ] {
            let error = sized(limit + 1).read(purpose).unwrap_err();
            assert_eq!(error.code(), "document_too_large");
            let size = (limit + 1).to_string();
            let name = "grande.pem".to_owned();
            assert_eq!(error.params(), [("name", name), ("size", size), ("limit", limit.to_string())]);
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
        assert_eq!(documents.get(&info.id).unwrap().read(ReadFor::Preview).unwrap(), b"ok");
        documents.forget(&info.id);
        assert!(documents.get(&info.id).is_err());
    }
}
