//! One document through the pipeline.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cades::{self, CadesRequest};
use cartorio_ades::create::cms::{self, CmsRequest, Prepared, Profile};
use cartorio_ades::create::pades::{self, FieldChoice, PadesOptions, PreparedPdf};
use cartorio_ades::validate;
use cartorio_ades::validate::pdf::Coverage;
use cartorio_core::{Digest, DocumentId, HashAlgorithm};
use cartorio_pdf::PdfFile;
use cartorio_registry::{Act, SignedDocument};
use tempfile::NamedTempFile;
use time::OffsetDateTime;

use super::{Options, SigningIdentity, blocking};
use crate::documents::Entry;
use crate::dto::{DocumentKind, DocumentOrigin, ItemPhase, Receipt, SignFormat};
use crate::jobs::Job;
use crate::output::{folder_of, numbered, persist_new, share_like, temporary_beside};
use crate::session::{Facts, Session};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Where results go.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Into the folder of the document.
    Beside,
    /// Into this folder.
    Folder(PathBuf),
    /// To this very file, which must not exist.
    File(PathBuf),
}

impl Target {
    /// Samples have no folder of their own; their results go into the office's.
    pub(crate) fn for_entry(&self, entry: &Entry, office: &Path) -> Self {
        match (self, entry.origin) {
            (Self::Beside, DocumentOrigin::Sample) => Self::Folder(office.join(RESULTS)),
            (Self::Beside | Self::Folder(_) | Self::File(_), _) => self.clone(),
        }
    }

    /// The folder that the result will lie in.
    pub(crate) fn folder<'a>(&'a self, entry: &'a Entry) -> &'a Path {
        match self {
            Self::File(path) => folder_of(path),
            Self::Folder(folder) => folder,
            Self::Beside => folder_of(&entry.path),
        }
    }

    fn candidates(&self, entry: &Entry) -> Vec<PathBuf> {
        match self {
            Self::File(path) => vec![path.clone()],
            Self::Folder(_) | Self::Beside => names(entry, self.folder(entry)),
        }
    }
}

/// Folder for results of the demonstration's samples, inside the office's own.
pub(crate) const RESULTS: &str = "assinados";

/// How many signed copies of one document a folder may hold before a name is refused.
const MAX_COPIES: usize = 1000;

fn names(entry: &Entry, folder: &Path) -> Vec<PathBuf> {
    match entry.kind {
        DocumentKind::Pdf => {
            let stem = Path::new(&entry.name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
            numbered(folder, &format!("{stem}-assinado"), "pdf").take(MAX_COPIES).collect()
        }
        DocumentKind::Cms | DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other => {
            numbered(folder, &entry.name, cades::FILE_EXTENSION).take(MAX_COPIES).collect()
        }
    }
}

/// The form a document will be signed in and the name that the result will get, as the folder is now.
pub(crate) fn planned_name(entry: &Entry, target: &Target) -> (SignFormat, String) {
    let candidates = target.candidates(entry);
    let free = candidates.iter().find(|path| !path.exists()).or(candidates.first());
    (format_of(entry), free.map(|path| crate::documents::file_name(path)).unwrap_or_default())
}

fn format_of(entry: &Entry) -> SignFormat {
    match entry.kind {
        DocumentKind::Pdf => SignFormat::Pades,
        DocumentKind::Cms | DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other => {
            SignFormat::CadesDetached
        }
    }
}

/// A document that is signed.
pub(crate) struct Signed {
    pub(crate) path: PathBuf,
    pub(crate) receipt: Receipt,
}

/// Everything that the signing of one document needs.
pub(crate) struct Signing<'a> {
    pub(crate) session: &'a Session,
    pub(crate) identity: &'a SigningIdentity,
    pub(crate) options: &'a Options,
    pub(crate) target: &'a Target,
    pub(crate) job: &'a Job,
    pub(crate) index: usize,
}

impl Signing<'_> {
    /// Signs `entry`. Its intent is durable before the key is asked, its result before this returns.
    pub(crate) async fn run(&self, entry: &Entry) -> OfficeResult<Signed> {
        self.job.phase(self.index, ItemPhase::Preparing);
        let own = entry.clone();
        let (input_sha256, size) = blocking(move || fingerprint(&own)).await??;
        let mut facts = Facts::document(&entry.name, input_sha256.clone(), size)
            .with("format", format_name(format_of(entry)))
            .with("identity", self.identity.label.clone());
        if let Some(reason) = &self.options.unseen_reason {
            facts = facts.with("unseen_reason", reason.clone());
        }
        facts.key_ref = Some(self.identity.key_ref.to_string());
        facts.certificate_sha256 = Some(self.identity.certificate.fingerprint());
        facts.algorithm = Some(self.options.algorithm.to_string());
        let begun = self.session.begin(Act::DocumentSigned, facts).await?;

        let mut found = Facts::default();
        let announced = Announced { sha256: input_sha256.clone(), size };
        let result = self.sign(entry, &announced, &mut found).await;
        if let Ok(written) = &result {
            found.detail.insert("output".to_owned(), crate::documents::file_name(&written.path));
            found.detail.insert("output_sha256".to_owned(), written.sha256.clone());
        }
        let recorded = begun.end(&result, found).await;
        let written = result?;
        let record = match recorded {
            Ok(record) => record,
            Err(error) => {
                // A result that the trail does not know must not exist.
                let path = written.path.clone();
                blocking(move || std::fs::remove_file(path)).await?.ok();
                return Err(error);
            }
        };
        let signed = Signed {
            receipt: Receipt {
                signed_at: rfc3339(written.signed_at),
                format: format_of(entry),
                level: crate::dto::SignLevel::BB,
                policy: None,
                time_stamps: Vec::new(),
                key_uses: 1,
                input_sha256,
                output_sha256: written.sha256,
                key_id: written.key_id,
                algorithm: self.options.algorithm.to_string(),
                certificate_sha256: self.identity.certificate.fingerprint(),
                request_id: written.request_id,
                audit_seq: record.seq,
            },
            path: written.path,
        };
        // The trail already has it; an index that misses one row is no reason to sign again.
        let _ = self.remember(entry, &signed, written.signed_at).await;
        Ok(signed)
    }

    async fn sign(&self, entry: &Entry, announced: &Announced, found: &mut Facts) -> OfficeResult<Written> {
        let signer = self
            .session
            .manager(&self.identity.key_ref)
            .await?
            .signer(&self.identity.key_ref, self.options.algorithm)
            .await?;
        self.identity.require_key(signer.public_key())?;
        let signed_at = self.session.clock.now();
        let work = self.prepare(entry, signed_at).await?;
        self.job.go_on()?;

        self.job.phase(self.index, ItemPhase::Signing);
        let signature = signer.sign_digest(&work.cms.tbs_digest()).await?;
        found.signature(&signature);

        self.job.phase(self.index, ItemPhase::Checking);
        let candidates: Arc<[PathBuf]> = self.target.candidates(entry).into();
        let (own, value, names) = (entry.clone(), signature.value.clone(), Arc::clone(&candidates));
        let announced = announced.clone();
        let job = &self.job;
        let checked = blocking(move || work.finish_and_check(&own, &announced, &value, &names)).await??;
        job.go_on()?;

        self.job.phase(self.index, ItemPhase::Writing);
        let name = entry.name.clone();
        let (path, sha256) = blocking(move || {
            persist_new(checked.file, candidates.iter().cloned())
                .map(|path| (path, checked.sha256))
                .map_err(|error| unwritable(&candidates, &name, &error))
        })
        .await??;
        Ok(Written { path, sha256, signed_at, key_id: signature.key_id, request_id: signature.request_id })
    }

    async fn prepare(&self, entry: &Entry, signed_at: OffsetDateTime) -> OfficeResult<Work> {
        let own = entry.clone();
        let (options, identity) = (self.options.clone(), self.identity.clone());
        blocking(move || match format_of(&own) {
            SignFormat::Pades => prepare_pdf(&own, &identity, &options, signed_at),
            SignFormat::CadesDetached | SignFormat::CadesEnveloping | SignFormat::Raw => prepare_file(&own, &identity, &options, signed_at),
        })
        .await?
    }

    async fn remember(&self, entry: &Entry, signed: &Signed, signed_at: OffsetDateTime) -> OfficeResult<()> {
        let document = SignedDocument {
            id: DocumentId::generate(),
            name: entry.name.clone(),
            input_sha256: signed.receipt.input_sha256.clone(),
            output_sha256: signed.receipt.output_sha256.clone(),
            format: format_name(signed.receipt.format).to_owned(),
            identity: self.identity.id,
            signed_at,
            output_path: signed.path.clone(),
        };
        Ok(self.session.registry.add_signed_document(&document).await?)
    }
}

/// The document as its intent is on record.
#[derive(Clone)]
struct Announced {
    sha256: String,
    size: u64,
}

struct Written {
    path: PathBuf,
    sha256: String,
    signed_at: OffsetDateTime,
    key_id: String,
    request_id: Option<String>,
}

/// A document ready for the key.
struct Work {
    cms: Prepared,
    body: Body,
}

enum Body {
    Pdf(Box<PreparedPdf>),
    File(Digest),
}

fn prepare_pdf(
    entry: &Entry,
    identity: &SigningIdentity,
    options: &Options,
    signed_at: OffsetDateTime,
) -> OfficeResult<Work> {
    let file = PdfFile::open_path(&entry.path)?;
    let request = |content_digest| CmsRequest {
        signer_certificate: identity.certificate.der.as_slice(),
        chain: identity.chain.iter().map(|certificate| certificate.der.as_slice()).collect(),
        algorithm: options.algorithm,
        content_digest,
        profile: Profile::Pades,
        extras: SignedExtras::default(),
    };
    // A dry run tells how much room the container needs.
    let dry = cms::prepare(request(Digest::of(options.algorithm.hash(), b"")))?;
    let prepared = pades::prepare(&file, &PadesOptions {
        signing_time: Some(signed_at),
        name: Some(identity.holder()),
        reason: options.reason.clone(),
        location: options.location.clone(),
        contact: None,
        field: FieldChoice::New,
        contents_capacity: dry.estimate_size(),
        ..PadesOptions::default()
    })?;
    let digest = prepared.digest(options.algorithm.hash());
    Ok(Work { cms: cms::prepare(request(digest))?, body: Body::Pdf(Box::new(prepared)) })
}

fn prepare_file(
    entry: &Entry,
    identity: &SigningIdentity,
    options: &Options,
    signed_at: OffsetDateTime,
) -> OfficeResult<Work> {
    let digest = hash_file(entry, options.algorithm.hash())?;
    let cms = cades::prepare_detached(CadesRequest {
        signer_certificate: &identity.certificate.der,
        chain: identity.chain.iter().map(|certificate| certificate.der.as_slice()).collect(),
        algorithm: options.algorithm,
        content_digest: digest.clone(),
        signing_time: signed_at,
        extras: SignedExtras::default(),
    })?;
    Ok(Work { cms, body: Body::File(digest) })
}

/// A result that passed its own check and has no name yet.
struct Checked {
    file: NamedTempFile,
    sha256: String,
}

impl Work {
    fn finish_and_check(
        self,
        entry: &Entry,
        announced: &Announced,
        signature: &[u8],
        candidates: &[PathBuf],
    ) -> OfficeResult<Checked> {
        let beside = candidates.first().ok_or_else(|| OfficeError::internal("no output name"))?;
        let failed = |error: io::Error| unwritable(candidates, &entry.name, &error);
        if let Some(folder) = beside.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let cms = self.cms.finish(signature)?;
        let mut file = temporary_beside(beside).map_err(failed)?;
        share_like(file.as_file(), &entry.path).map_err(|error| entry.unreadable(&error))?;
        let signed_sha256 = match &self.body {
            Body::Pdf(prepared) => {
                let signed = prepared.finish(&cms)?;
                let mut writer = BufWriter::new(file.as_file_mut());
                signed.write_to(&mut writer).map_err(failed)?;
                writer.flush().map_err(failed)?;
                drop(writer);
                check_pdf(file.path())?;
                let original = File::open(file.path()).map_err(failed)?.take(announced.size);
                Digest::of_reader(HashAlgorithm::Sha256, original).map_err(failed)?.to_hex()
            }
            Body::File(digest) => {
                file.write_all(&cms).map_err(failed)?;
                check_detached(&cms, digest)?;
                match digest.algorithm() {
                    HashAlgorithm::Sha256 => digest.to_hex(),
                    HashAlgorithm::Sha384 | HashAlgorithm::Sha512 => hash_file(entry, HashAlgorithm::Sha256)?.to_hex(),
                }
            }
        };
        // The document that was looked at and announced is the one that was signed.
        entry.require_unchanged()?;
        if signed_sha256 != announced.sha256 {
            return Err(OfficeError::DocumentChanged { name: entry.name.clone() });
        }
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let sha256 = Digest::of_reader(HashAlgorithm::Sha256, BufReader::new(file.as_file())).map_err(failed)?.to_hex();
        Ok(Checked { file, sha256 })
    }
}

/// Reads the new file back and judges its newest signature as a stranger would.
fn check_pdf(path: &Path) -> OfficeResult<()> {
    let file = PdfFile::open_path(path)?;
    let signatures = validate::pdf::signatures(&file)?;
    let newest = signatures
        .iter()
        .find(|signature| signature.coverage == Coverage::EntireFile)
        .ok_or_else(|| self_check("the newest signature does not cover the whole file"))?;
    let data = validate::cms::parse(&newest.cms).map_err(|error| self_check(&error.to_string()))?;
    let reports = validate::cms::verify_detached(&data, |hash| {
        newest.digest(hash).ok_or_else(|| self_check("the byte range cannot be read"))
    })?;
    require_intact(&reports)
}

fn check_detached(cms: &[u8], digest: &Digest) -> OfficeResult<()> {
    let data = validate::cms::parse(cms).map_err(|error| self_check(&error.to_string()))?;
    let reports = validate::cms::verify_detached(&data, |hash| {
        if hash == digest.algorithm() { Ok(digest.clone()) } else { Err(self_check("another hash than the one signed")) }
    })?;
    require_intact(&reports)
}

fn require_intact(reports: &[validate::SignerReport]) -> OfficeResult<()> {
    match reports {
        [] => Err(self_check("no signer")),
        all if all.iter().all(|report| report.integrity == validate::Integrity::Ok) => Ok(()),
        all => Err(self_check(&format!("{:?}", all.iter().map(|report| &report.integrity).collect::<Vec<_>>()))),
    }
}

fn self_check(reason: &str) -> OfficeError {
    OfficeError::SelfCheckFailed { reason: reason.to_owned() }
}

/// SHA-256 and size of a document.
pub(crate) fn fingerprint(entry: &Entry) -> OfficeResult<(String, u64)> {
    entry.require_unchanged()?;
    let digest = hash_file(entry, HashAlgorithm::Sha256)?;
    let size = std::fs::metadata(&entry.path).map_err(|error| entry.unreadable(&error))?.len();
    Ok((digest.to_hex(), size))
}

pub(crate) fn hash_file(entry: &Entry, hash: HashAlgorithm) -> OfficeResult<Digest> {
    let file = File::open(&entry.path).map_err(|error| entry.unreadable(&error))?;
    Digest::of_reader(hash, file).map_err(|error| entry.unreadable(&error))
}

fn unwritable(candidates: &[PathBuf], name: &str, error: &io::Error) -> OfficeError {
    let target = candidates.first().map_or_else(|| name.to_owned(), |path| path.display().to_string());
    if error.kind() == io::ErrorKind::AlreadyExists {
        return OfficeError::OutputExists { name: target };
    }
    OfficeError::OutputUnwritable { name: target, reason: error.to_string() }
}

pub(crate) fn format_name(format: SignFormat) -> &'static str {
    match format {
        SignFormat::Pades => "pades",
        SignFormat::CadesDetached => "cades-detached",
        SignFormat::CadesEnveloping => "cades-enveloping",
        SignFormat::Raw => "raw",
    }
}
