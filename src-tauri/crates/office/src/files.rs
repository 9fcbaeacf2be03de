//! Bare signatures of files, each with a receipt that can be checked with nothing but OpenSSL.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::{Digest, DocumentId, HashAlgorithm, JobId};
use cartorio_keys::{
    DigestSigner, KeyError, KeyOrigin, KeyRef, MESSAGE_LIMIT, PublicKey, Signature, SignatureAlgorithm, verify_digest,
    verify_message,
};
use cartorio_pki::Certificate;
use cartorio_registry::{Act, BatchItemState, CertificateKind, JournalEntry, SignedDocument};
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use crate::announced::{self, Announced, AnnouncedKey};
use crate::authority::require_own_key;
use crate::documents::{Entry, ReadFor};
use crate::dto::{
    DocumentOrigin, Environment, FileReceipt, FileSign, FileSignResult, FileSigned, FileVerify, FileVerifyReport,
    Permission,
};
use crate::keys_desk::fingerprint;
use crate::office::Office;
use crate::output::{folder_of, numbered, persist_new, remove, share_like, temporary_beside};
use crate::session::{Facts, Session};
use crate::signing::{self, SigningIdentity, Unsettled, blocking};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, unlock};

/// The format of receipts.
pub(crate) const RECEIPT_FORMAT: &str = "cartorio-file-signature/1";
/// What receipts of the demonstration say.
const DEMO_NOTICE: &str = "DEMONSTRAÇÃO, sem valor jurídico";
/// Files under way at once: the key's own queue sees to its limits.
const CONCURRENCY: usize = 8;
/// How many signatures of one file a folder may hold before a name is refused.
const MAX_COPIES: usize = 1000;

/// Signs files with a key: what becomes of each is said, and one that fails does not hold up the others, unless all would
/// meet the same error.
pub(crate) async fn sign(office: &Office, request: FileSign) -> OfficeResult<FileSignResult> {
    let session = office.session().await?;
    session.require(Permission::Sign)?;
    if request.documents.is_empty() {
        return Err(OfficeError::NothingToSign);
    }
    let key: KeyRef = request.key_ref.parse()?;
    let result = sign_with(office, &session, &key, request).await;
    // A PIN or password opens a key for one batch, however that ended.
    unlock::lock(&session, &key).await?;
    result
}

async fn sign_with(
    office: &Office,
    session: &Arc<Session>,
    key: &KeyRef,
    request: FileSign,
) -> OfficeResult<FileSignResult> {
    let desk = Arc::new(Desk::open(Arc::clone(session), key.clone(), request.algorithm.as_deref()).await?);
    let folder = request.output_folder.as_deref().map(|id| office.documents.get_folder(id)).transpose()?;
    let mut entries = Vec::with_capacity(request.documents.len());
    for id in &request.documents {
        entries.push((id.clone(), office.documents.get(id)?));
    }
    let places = Arc::new(Semaphore::new(match desk.origin {
        // A token does one thing at a time.
        KeyOrigin::Token => 1,
        KeyOrigin::Local | KeyOrigin::AwsKms | KeyOrigin::P12File => CONCURRENCY,
    }));
    let stop = Arc::new(std::sync::Mutex::new(None::<KeyError>));
    let mut tasks = Vec::with_capacity(entries.len());
    for (_, entry) in &entries {
        let (desk, entry, folder) = (Arc::clone(&desk), entry.clone(), folder.clone());
        let (places, stop) = (Arc::clone(&places), Arc::clone(&stop));
        tasks.push(tokio::spawn(async move {
            let _place = places.acquire_owned().await;
            let ended = stop.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
            if let Some(error) = ended {
                return Err(error.into());
            }
            let names = names_of(&entry, folder.as_deref());
            let result = desk.sign(&entry, &names, None).await;
            if let Err(OfficeError::Key(error)) = &result
                && error.stops_batch()
            {
                stop.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error.clone());
            }
            result
        }));
    }
    let mut items = Vec::with_capacity(entries.len());
    for ((document, entry), task) in entries.into_iter().zip(tasks) {
        let mut item =
            FileSigned { document, name: entry.name, signature: None, receipt_file: None, receipt: None, error: None };
        match task.await.unwrap_or_else(|_| Err(OfficeError::internal("a background task"))) {
            Ok(signed) => {
                // A result that somebody moved at once is signed all the same.
                item.signature = office.open_document(signed.value, DocumentOrigin::Result).await.ok();
                item.receipt_file = office.open_document(signed.receipt_file, DocumentOrigin::Result).await.ok();
                item.receipt = Some(signed.receipt);
            }
            Err(error) => item.error = Some(error.wire()),
        }
        items.push(item);
    }
    Ok(FileSignResult { items })
}

/// One file of a batch, signed with the key of an identity.
pub(crate) struct OneSigned {
    pub(crate) value: PathBuf,
    pub(crate) receipt: FileReceipt,
    pub(crate) input_sha256: String,
    pub(crate) output_sha256: String,
    pub(crate) audit_seq: u64,
}

/// A file of a batch: who signs, where it stands in the journal, and what its signature may be called.
pub(crate) struct InBatch<'a> {
    pub(crate) identity: &'a SigningIdentity,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) batch: JobId,
    pub(crate) position: u32,
    /// The act that a crash interrupted, where the file is signed again because of it.
    pub(crate) again: Option<JobId>,
    pub(crate) unseen_reason: Option<&'a str>,
    /// Names for the value, the best one first; the receipt has the same name and `.json` behind it.
    pub(crate) names: Vec<PathBuf>,
    /// Where it is noted that a pair lies there without a record.
    pub(crate) unsettled: &'a Unsettled,
}

/// Signs one file of a batch. Its intent is durable before the key is asked, what is about to get a name before it gets it, its
/// result before this returns.
pub(crate) async fn sign_one(session: &Arc<Session>, place: InBatch<'_>, entry: &Entry) -> OfficeResult<OneSigned> {
    let key = place.identity.key_ref.clone();
    let desk = Desk::open(Arc::clone(session), key, Some(&place.algorithm.to_string())).await?;
    let signed = desk.sign(entry, &place.names, Some(&place)).await?;
    Ok(OneSigned {
        value: signed.value,
        receipt: signed.receipt,
        input_sha256: signed.input_sha256,
        output_sha256: signed.output_sha256,
        audit_seq: signed.audit_seq,
    })
}

/// Completes a pair that a crash cut between receipt and value, where the receipt is the one that was announced: the value is in
/// it. Blocks.
pub(crate) fn complete_pair(names: &[PathBuf], announced: &str) {
    for bare in names {
        let described = receipt_of(bare);
        if !bare.exists() && !described.exists() {
            return;
        }
        if bare.exists() || !described.metadata().is_ok_and(|file| file.is_file() && file.len() < MAX_RECEIPT) {
            continue;
        }
        let receipt = std::fs::read(&described).ok().and_then(|json| serde_json::from_slice::<FileReceipt>(&json).ok());
        let value = receipt.and_then(|receipt| STANDARD.decode(&receipt.signature).ok());
        if let Some(value) = value.filter(|value| Digest::of(HashAlgorithm::Sha256, value).to_hex() == announced) {
            // Where this fails the file is signed again, under another name.
            let _ = put(bare, &value, &described);
            return;
        }
    }
}

/// More than any receipt has, in bytes.
const MAX_RECEIPT: u64 = 1 << 20;

/// What the value and the receipt of `entry` may be called.
fn names_of(entry: &Entry, folder: Option<&Path>) -> Vec<PathBuf> {
    numbered(folder.unwrap_or_else(|| folder_of(&entry.path)), &entry.name, "sig").take(MAX_COPIES).collect()
}

/// The receipt of a value.
pub(crate) fn receipt_of(value: &Path) -> PathBuf {
    let mut name = value.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

/// Everything that the signing of files with one key needs.
struct Desk {
    session: Arc<Session>,
    key: KeyRef,
    key_id: String,
    origin: KeyOrigin,
    signer: Box<dyn DigestSigner>,
}

struct Signed {
    value: PathBuf,
    receipt_file: PathBuf,
    receipt: FileReceipt,
    input_sha256: String,
    output_sha256: String,
    audit_seq: u64,
}

/// A pair that has its names.
struct Written {
    value: PathBuf,
    receipt_file: PathBuf,
    receipt: FileReceipt,
    sha256: String,
}

impl Desk {
    async fn open(session: Arc<Session>, key: KeyRef, algorithm: Option<&str>) -> OfficeResult<Self> {
        let manager = session.manager(&key).await?;
        let info = manager.describe(&key).await?;
        let public = manager.public_key(&key).await?;
        require_own_key(&session, &info, &public).await?;
        // Who only signs uses the keys that an identity was made of.
        let known = session.registry.identities(false).await?;
        if !known.iter().any(|own| own.key_id.as_ref().unwrap_or(&own.key_ref) == &info.key_id) {
            session.require(Permission::ManageKeys)?;
        }
        let algorithm = match algorithm {
            Some(name) => {
                name.parse().map_err(|_| OfficeError::InvalidField { field: "algorithm", reason: "malformed" })?
            }
            None if public.spec.is_rsa() => SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256),
            None => public.spec.default_algorithm(),
        };
        let signer = manager.signer(&key, algorithm).await?;
        Ok(Self { session, key, key_id: info.key_id, origin: info.origin, signer })
    }

    async fn sign(&self, entry: &Entry, names: &[PathBuf], place: Option<&InBatch<'_>>) -> OfficeResult<Signed> {
        let algorithm = self.signer.algorithm();
        let own = entry.clone();
        let (sha256, size) = blocking(move || signing::fingerprint(&own)).await??;
        let mut facts = Facts::document(&entry.name, sha256.clone(), size);
        if let Some(place) = place {
            facts = place.tell(facts);
        }
        facts.key_ref = Some(self.key.to_string());
        facts.key_id = Some(self.key_id.clone());
        facts.algorithm = Some(algorithm.to_string());
        let begins = |correlation| match place {
            None => Vec::new(),
            Some(place) => vec![JournalEntry::ItemBegun {
                batch: place.batch,
                position: place.position,
                correlation,
                sha256: sha256.clone(),
                at: self.session.clock.now(),
            }],
        };
        let begun = self.session.begin_with(Act::FileSigned, facts, begins).await?;
        let act = begun.act();
        let mut found = Facts::default();
        let result = self.make(entry, size, names, (act, place), &mut found).await;
        let rows = match (place, &result) {
            (Some(place), Ok(written)) => place.rows(entry, &sha256, written, self.session.clock.now()),
            (_, _) => Vec::new(),
        };
        let recorded = begun.end_with(&result, found, rows).await;
        let removed = match (&result, &recorded) {
            (Ok(written), Err(_)) => {
                // A result that the trail does not know must not exist. Where the value stays, so does its receipt.
                let pair = [written.value.clone(), written.receipt_file.clone()];
                blocking(move || pair.iter().all(|path| remove(path))).await.unwrap_or(false)
            }
            (_, _) => true,
        };
        if let Some(place) = place.filter(|_| !removed) {
            place.unsettled.add(place.position);
        }
        if place.is_none() && removed {
            // Where this cannot be written, the next opening finds nothing to do.
            let _ = announced::forget(&self.session, act).await;
        }
        let Written { value, receipt_file, receipt, sha256: output_sha256 } = result?;
        let record = recorded?;
        Ok(Signed { value, receipt_file, receipt, input_sha256: sha256, output_sha256, audit_seq: record.seq })
    }

    async fn make(
        &self,
        entry: &Entry,
        size: u64,
        names: &[PathBuf],
        (act, place): (JobId, Option<&InBatch<'_>>),
        found: &mut Facts,
    ) -> OfficeResult<Written> {
        let (own, algorithm) = (entry.clone(), self.signer.algorithm());
        let places = names.to_vec();
        let content = blocking(move || {
            require_place(&places)?;
            Content::read(&own, algorithm)
        })
        .await??;
        let signature = match &content.message {
            Some(message) => self.signer.sign_message(message).await?,
            None => self.signer.sign_digest(&content.digest).await?,
        };
        found.signature(&signature);
        entry.require_unchanged()?;
        let receipt = self.receipt(entry, size, &content.digest, &signature)?;
        let sha256 = Digest::of(HashAlgorithm::Sha256, &signature.value).to_hex();
        // After a crash a value that lies there is known by this.
        let first = names.first().cloned().unwrap_or_default();
        let mut detail = BTreeMap::new();
        AnnouncedKey { id: Some(signature.key_id.clone()), request_id: signature.request_id.clone() }.put(&mut detail);
        match place {
            Some(place) => {
                let announced = JournalEntry::ItemAnnounced {
                    batch: place.batch,
                    position: place.position,
                    output_path: first,
                    output_sha256: sha256.clone(),
                    detail,
                };
                self.session.registry.journal(vec![announced]).await?;
            }
            None => announced::announce(&self.session, act, Announced::new(&first, &sha256, detail)).await?,
        }
        let (own, names) = (entry.clone(), names.to_vec());
        let written = receipt.clone();
        let (value, receipt_file) = blocking(move || write(&own, &names, &signature.value, &written)).await??;
        found.detail.insert("output".to_owned(), crate::documents::file_name(&value));
        found.detail.insert("output_sha256".to_owned(), sha256.clone());
        Ok(Written { value, receipt_file, receipt, sha256 })
    }

    fn receipt(&self, entry: &Entry, size: u64, digest: &Digest, signature: &Signature) -> OfficeResult<FileReceipt> {
        let public = self.signer.public_key();
        Ok(FileReceipt {
            format: RECEIPT_FORMAT.to_owned(),
            file: entry.name.clone(),
            size,
            digest_algorithm: digest.algorithm().to_string(),
            digest: digest.to_hex(),
            algorithm: self.signer.algorithm().to_string(),
            signature: STANDARD.encode(&signature.value),
            key_id: signature.key_id.clone(),
            public_key: public.to_pem().map_err(OfficeError::internal)?,
            public_key_sha256: fingerprint(public),
            request_id: signature.request_id.clone(),
            attempts: signature.attempts,
            signed_at: rfc3339(self.session.clock.now()),
            operator: self.session.operator.name.clone(),
            notice: (self.session.environment == Environment::Demo).then(|| DEMO_NOTICE.to_owned()),
        })
    }
}

/// What is signed of a file: its digest, or, for algorithms that want it, the file itself.
struct Content {
    digest: Digest,
    message: Option<Vec<u8>>,
}

impl Content {
    fn read(entry: &Entry, algorithm: SignatureAlgorithm) -> OfficeResult<Self> {
        if !algorithm.signs_messages() {
            return Ok(Self { digest: signing::hash_file(entry, algorithm.hash())?, message: None });
        }
        let limit = u64::try_from(MESSAGE_LIMIT).unwrap_or(u64::MAX);
        let size = std::fs::metadata(&entry.path).map_err(|error| entry.unreadable(&error))?.len();
        if size > limit {
            return Err(KeyError::MessageTooLong { algorithm, limit, size }.into());
        }
        let message = entry.read(ReadFor::Certificates)?;
        Ok(Self { digest: Digest::of(algorithm.hash(), &message), message: Some(message) })
    }
}

impl InBatch<'_> {
    /// What goes into the record.
    fn tell(&self, facts: Facts) -> Facts {
        let mut facts = facts
            .with("format", "raw")
            .with("identity", self.identity.label.clone())
            .with("batch", self.batch.to_string());
        if let Some(interrupted) = self.again {
            facts = facts.with("again", "interrupted").with("attempt", interrupted.to_string());
        }
        if let Some(reason) = self.unseen_reason {
            facts = facts.with("unseen_reason", reason);
        }
        facts.certificate_sha256 = Some(self.identity.certificate.fingerprint());
        facts
    }

    /// What is written together with the record of a result.
    fn rows(&self, entry: &Entry, input_sha256: &str, written: &Written, at: OffsetDateTime) -> Vec<JournalEntry> {
        let ended = JournalEntry::ItemEnded {
            batch: self.batch,
            position: self.position,
            state: BatchItemState::Done,
            output: Some((written.value.clone(), written.sha256.clone())),
            error: None,
            at,
        };
        let signed = JournalEntry::Signed(SignedDocument {
            id: DocumentId::generate(),
            name: entry.name.clone(),
            input_sha256: input_sha256.to_owned(),
            output_sha256: written.sha256.clone(),
            format: "raw".to_owned(),
            identity: self.identity.id,
            signed_at: at,
            output_path: written.value.clone(),
        });
        vec![ended, signed]
    }
}

/// Writes value and receipt under one free name; both are there, or neither.
fn write(entry: &Entry, names: &[PathBuf], value: &[u8], receipt: &FileReceipt) -> OfficeResult<(PathBuf, PathBuf)> {
    let name = || names.first().map(|path| path.display().to_string()).unwrap_or_default();
    if let Some(folder) = names.first().map(|path| folder_of(path)) {
        std::fs::create_dir_all(folder).map_err(|error| OfficeError::unwritable(folder, &error))?;
    }
    let json = serde_json::to_vec_pretty(receipt).map_err(OfficeError::internal)?;
    for bare in names {
        let described = receipt_of(bare);
        if bare.exists() || described.exists() {
            continue;
        }
        // Somebody else may be as fast: what they put under a name stays.
        let taken = |error: &std::io::Error| error.kind() == std::io::ErrorKind::AlreadyExists;
        match put(&described, &json, &entry.path) {
            Ok(_) => {}
            Err(error) if taken(&error) => continue,
            Err(error) => return Err(OfficeError::unwritable(&described, &error)),
        }
        match put(bare, value, &entry.path) {
            Ok(_) => return Ok((bare.clone(), described)),
            Err(error) => {
                // Half a pair helps nobody.
                let _ = std::fs::remove_file(&described);
                if !taken(&error) {
                    return Err(OfficeError::unwritable(bare, &error));
                }
            }
        }
    }
    Err(OfficeError::OutputExists { name: name() })
}

/// Refuses where no pair could be written, or the folder takes none of the names: the use of a key cannot be taken back. Blocks.
fn require_place(names: &[PathBuf]) -> OfficeResult<()> {
    let taken = |path: &Path| match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(OfficeError::unwritable(path, &error)),
    };
    for bare in names {
        if !taken(bare)? && !taken(&receipt_of(bare))? {
            let failed = |error: std::io::Error| OfficeError::unwritable(bare, &error);
            std::fs::create_dir_all(folder_of(bare)).map_err(failed)?;
            return temporary_beside(bare).map(drop).map_err(failed);
        }
    }
    let name = names.first().map(|path| path.display().to_string()).unwrap_or_default();
    Err(OfficeError::OutputExists { name })
}

/// A new file, as private as `original`.
fn put(path: &Path, bytes: &[u8], original: &Path) -> std::io::Result<PathBuf> {
    let mut file = temporary_beside(path)?;
    share_like(file.as_file(), original)?;
    file.write_all(bytes)?;
    persist_new(file, [path.to_owned()])
}

/// Checks a bare signature, with its receipt or a key of the office.
pub(crate) async fn verify(office: &Office, request: FileVerify) -> OfficeResult<FileVerifyReport> {
    let session = office.maybe_session().await?;
    let entry = office.documents.get(&request.document.id)?;
    let other = office.documents.get(&request.signature.id)?;
    let bytes = blocking(move || other.read(ReadFor::Certificates)).await??;
    let receipt = serde_json::from_slice::<FileReceipt>(&bytes).ok();
    if receipt.as_ref().is_some_and(|receipt| receipt.format != RECEIPT_FORMAT) {
        return Err(OfficeError::InvalidField { field: "receipt", reason: "malformed" });
    }
    let own_key = match (&request.key_ref, session.as_deref()) {
        (Some(key_ref), Some(session)) => {
            let key: KeyRef = key_ref.parse()?;
            Some(session.manager(&key).await?.public_key(&key).await?)
        }
        (Some(_), None) => return Err(OfficeError::NoOffice),
        (None, _) => None,
    };
    let (own, algorithm) = (entry.clone(), request.algorithm.clone());
    let work = async || {
        let mut judged = blocking(move || judge(&own, &bytes, receipt, own_key, algorithm.as_deref())).await??;
        let Some(session) = session.as_deref() else { return Ok(judged.report(false)) };
        let named = match &judged.receipt {
            Some(receipt) => named_key(session, &receipt.key_id).await?,
            None => None,
        };
        let known = named.as_deref() == Some(&judged.key.spki) || is_known(session, &judged.key).await?;
        if judged.reason.is_none() && named.is_some_and(|spki| spki != judged.key.spki) {
            judged.reason = Some(CONTRADICTS);
        }
        Ok(judged.report(known))
    };
    let Some(session) = session.as_deref() else {
        return work().await;
    };
    session.require(Permission::Verify)?;
    let own = entry.clone();
    let (sha256, size) = blocking(move || signing::fingerprint(&own)).await??;
    let facts = Facts::document(&entry.name, sha256, size);
    let Some(begun) = session.begin_look(Act::FileSignatureVerified, facts).await? else {
        return work().await;
    };
    let mut result = work().await;
    let mut found = Facts::default();
    if let Ok(report) = &result {
        found =
            found.with("valid", report.valid.to_string()).with("public_key_sha256", report.public_key_sha256.clone());
    }
    let record = begun.end(&result, found).await?;
    if let Ok(report) = &mut result {
        report.audit_seq = Some(record.seq);
    }
    result
}

/// A receipt that is at odds with itself, or with what the office knows of the key that it names.
const CONTRADICTS: &str = "receipt_contradicts";

struct Judged {
    reason: Option<&'static str>,
    algorithm: SignatureAlgorithm,
    key: PublicKey,
    receipt: Option<FileReceipt>,
}

impl Judged {
    fn report(self, known_key: bool) -> FileVerifyReport {
        FileVerifyReport {
            valid: self.reason.is_none(),
            reason: self.reason.map(str::to_owned),
            known_key,
            algorithm: self.algorithm.to_string(),
            public_key_sha256: fingerprint(&self.key),
            receipt: self.receipt,
            audit_seq: None,
        }
    }
}

fn judge(
    entry: &Entry,
    bytes: &[u8],
    receipt: Option<FileReceipt>,
    own_key: Option<PublicKey>,
    algorithm: Option<&str>,
) -> OfficeResult<Judged> {
    let malformed = |field| OfficeError::InvalidField { field, reason: "malformed" };
    let receipt_key = receipt.as_ref().map(|receipt| read_pem(&receipt.public_key)).transpose()?;
    let key_differs = matches!((&own_key, &receipt_key), (Some(own), Some(other)) if own.spki != other.spki);
    let key = own_key.or(receipt_key).ok_or(OfficeError::InvalidField { field: "key_ref", reason: "empty" })?;
    let algorithm: SignatureAlgorithm = match (receipt.as_ref().map(|own| own.algorithm.as_str()), algorithm) {
        (Some(name), _) | (None, Some(name)) => name.parse().map_err(|_| malformed("algorithm"))?,
        (None, None) if key.spec.is_rsa() => {
            return Err(OfficeError::InvalidField { field: "algorithm", reason: "empty" });
        }
        (None, None) => key.spec.default_algorithm(),
    };
    if key_differs {
        return Ok(Judged { reason: Some("key_differs"), algorithm, key, receipt });
    }
    if receipt.as_ref().is_some_and(|own| own.public_key_sha256 != fingerprint(&key)) {
        return Ok(Judged { reason: Some(CONTRADICTS), algorithm, key, receipt });
    }
    if !algorithm.fits(key.spec) {
        return Err(malformed("algorithm"));
    }
    let value = match &receipt {
        Some(receipt) => STANDARD.decode(&receipt.signature).map_err(|_| malformed("signature"))?,
        None => bytes.to_vec(),
    };
    let content = Content::read(entry, algorithm)?;
    let good = match &content.message {
        Some(message) => verify_message(&key, algorithm, message, &value),
        None => verify_digest(&key, algorithm, &content.digest, &value),
    };
    let other_file = receipt.as_ref().is_some_and(|receipt| receipt.digest != content.digest.to_hex());
    let reason = match (other_file, good) {
        (true, _) => Some("digest_differs"),
        (false, Err(_)) => Some("signature_wrong"),
        (false, Ok(())) => None,
    };
    Ok(Judged { reason, algorithm, key, receipt })
}

/// Reads a public key from PEM (RFC 7468).
fn read_pem(text: &str) -> OfficeResult<PublicKey> {
    let malformed = || OfficeError::InvalidField { field: "public_key", reason: "malformed" };
    match der::pem::decode_vec(text.as_bytes()) {
        Ok(("PUBLIC KEY", der)) => PublicKey::from_spki(der).map_err(|_| malformed()),
        Ok(_) | Err(_) => Err(malformed()),
    }
}

/// The public key (SPKI, DER) that a key of the office with this identifier has, as far as that is known without asking a service.
async fn named_key(session: &Session, key_id: &str) -> OfficeResult<Option<Vec<u8>>> {
    // Keys that are kept here go by their bare names.
    if let Ok(key) = format!("local:{key_id}").parse::<KeyRef>()
        && let Ok(own) = session.manager(&key).await?.public_key(&key).await
    {
        return Ok(Some(own.spki));
    }
    let all = session.registry.identities(true).await?;
    let Some(own) = all.into_iter().find(|own| own.key_ref == key_id || own.key_id.as_deref() == Some(key_id)) else {
        return Ok(None);
    };
    let row = session.registry.certificate(own.certificate).await?;
    Ok(Some(Certificate::from_der(&row.der)?.key.spki.clone()))
}

/// Whether the office has a certificate of its own for that key.
async fn is_known(session: &Session, key: &PublicKey) -> OfficeResult<bool> {
    for row in session.registry.certificates(None).await? {
        if row.kind == CertificateKind::Foreign {
            continue;
        }
        if Certificate::from_der(&row.der)?.key.spki == key.spki {
            return Ok(true);
        }
    }
    Ok(false)
}
