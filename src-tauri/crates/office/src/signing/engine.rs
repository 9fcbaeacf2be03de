//! One document through the pipeline: announce → make → write → record.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cartorio_core::{Digest, DocumentId, HashAlgorithm, Hashers, JobId};
use cartorio_registry::{Act, BatchItemState, JournalEntry, SignedDocument};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::batch::{Signers, Unsettled, position};
use super::journal::kept;
use super::levels::{Answered, Climb, Content, Progress, Reached};
use super::make::{Ahead, Announced, Made, Making, Preparing, Sizes, Steps, hash_document};
use super::own::{OwnStanding, Standing};
use super::plan::Options;
use super::retry::{Earlier, Kept, Values};
use super::target::{Names, Naming, Target};
use super::targets::Targets;
use super::{SigningIdentity, blocking};
use crate::announced::AnnouncedKey;
use crate::compute::compute;
use crate::documents::{Entry, ResultSeen, file_name};
use crate::dto::{ItemPhase, Receipt, SignFormat, SignLevel, SignerRole};
use crate::jobs::Job;
use crate::material::{MaterialError, Sources};
use crate::output::{first_free, folder_of, remove};
use crate::session::{Facts, Session};
use crate::stamps::PlannedStamp;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, durable, files};

/// A document that is signed.
pub(crate) struct Signed {
    pub(crate) path: PathBuf,
    pub(crate) receipt: Receipt,
    /// What is known of it; nothing where it has to be looked at.
    pub(crate) seen: Option<ResultSeen>,
}

/// Everything that the signing of one document needs.
pub(crate) struct Signing<'a> {
    pub(crate) session: &'a Arc<Session>,
    pub(crate) identity: &'a SigningIdentity,
    pub(crate) options: &'a Options,
    pub(crate) sources: &'a Arc<Sources>,
    pub(crate) token_size: &'a Arc<AtomicUsize>,
    pub(crate) target: &'a Target,
    pub(crate) job: &'a Job,
    /// Where the document stands in the job and in the journal.
    pub(crate) index: usize,
    /// The batch in the journal.
    pub(crate) journal: JobId,
    /// The act that a crash interrupted, where the document is signed again because of it.
    pub(crate) again: Option<JobId>,
    pub(crate) signers: &'a Signers,
    /// What is known of the signer's certificate.
    pub(crate) standing: &'a OwnStanding,
    /// What the documents of the batch know of the size of their signatures.
    pub(crate) sizes: &'a Arc<Sizes>,
    /// What earlier tries of the documents left.
    pub(crate) kept: &'a Kept,
    pub(crate) unsettled: &'a Unsettled,
}

impl Signing<'_> {
    /// Signs `entry`. Its intent is durable before the key is asked, its result before this returns.
    pub(crate) async fn run(&self, entry: &Entry) -> OfficeResult<Signed> {
        self.job.phase(self.index, ItemPhase::Preparing);
        let naming = self.options.naming(entry)?;
        if naming.format == SignFormat::Raw {
            return self.raw(entry, &naming).await;
        }
        let now = self.session.clock.now();
        let policy = self.options.policy_for(naming.format, now)?;
        let extras = self.options.extras(naming.format, policy)?;
        // Where the key has signed in a try that failed later, what is signed is made the same again.
        let mut earlier = self.kept.get(self.index, now);
        let mut signed_at = earlier.as_ref().map_or(now, |own| own.signed_at);
        let room = earlier.as_ref().and_then(|own| own.room(self.token_size.load(Ordering::Relaxed)));
        let room = room.unwrap_or_else(|| self.token_room());
        let work = Preparing::new(entry, self.options, self.identity, extras, signed_at, (self.sizes, room));
        let (format, role) = (naming.format, naming.role);
        let Looked { announced, mut ahead } =
            compute(entry.seen().0, move || Looked::at(&work, format, role)).await??;
        let Announced { sha256, size } = announced.clone();
        if earlier.take_if(|own| !own.is_of(&sha256)).is_some() {
            // Another document takes neither its value nor its signing time.
            signed_at = now;
            ahead.take_if(|own| matches!(own, Ok(Ahead::Pdf(_))));
        }
        let mut facts = Facts::document(&entry.name, sha256.clone(), size)
            .with("format", format_name(naming.format))
            .with("level", level_name(self.options.told_level()))
            .with("identity", self.identity.label.clone())
            .with("batch", self.journal.to_string());
        if let Some(interrupted) = self.again {
            facts = facts.with("again", "interrupted").with("attempt", interrupted.to_string());
        }
        if let Some(policy) = policy {
            facts = facts.with("policy", policy.oid.to_string());
            // Whether ITI still had this policy was known by this alone.
            facts = facts.with("lpa", crate::policies::list_note(self.options.policies(), policy.family, now));
        }
        if self.options.stamp.as_ref().is_some_and(PlannedStamp::may_cover) {
            facts = facts.with("stamp_may_cover", "yes");
        }
        if let Some(reason) = &self.options.unseen_reason {
            facts = facts.with("unseen_reason", reason.clone());
        }
        facts.key_ref = Some(self.identity.key_ref.to_string());
        facts.certificate_sha256 = Some(self.identity.fingerprint.clone());
        facts.algorithm = Some(self.options.algorithm.to_string());
        let begins = |correlation| {
            let (batch, position) = (self.journal, position(self.index));
            vec![JournalEntry::ItemBegun {
                batch,
                position,
                correlation,
                sha256: sha256.clone(),
                at: self.session.clock.now(),
            }]
        };
        let mut attempt = None;
        let begins = |correlation| {
            attempt = Some(correlation);
            begins(correlation)
        };
        let begun = self.session.begin_with(Act::DocumentSigned, facts, begins).await?;

        let mut found = Facts::default();
        let names = self.target.names(entry, &naming);
        let values = Arc::default();
        let answered = Answered::default();
        let prepared = Before { announced: &announced, ahead, signed_at, room, earlier, answered: answered.clone() };
        let result = self.make(entry, naming.format, policy, prepared, &names, &values).await;
        let values = std::mem::take(&mut *values.lock().unwrap_or_else(PoisonError::into_inner));
        values.tell(result.is_ok(), &mut found);
        if let Ok(written) = &result {
            found.detail.insert("output".to_owned(), file_name(&written.path));
            found.detail.insert("output_sha256".to_owned(), written.sha256.clone());
            written.reached.tell(&mut found);
        } else {
            found.detail.extend(answered.notes().into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        let rows = result.as_ref().map(|written| self.rows(entry, naming.format, &sha256, written)).unwrap_or_default();
        let recorded = begun.end_with(&result, found, rows).await;
        let written = match result {
            Ok(written) => written,
            Err(error) => {
                // A value whose making is not on record is taken by nobody.
                if let (Ok(_), Some(attempt)) = (recorded, attempt) {
                    self.kept.keep(self.index, values, attempt, signed_at, &sha256);
                }
                return Err(error);
            }
        };
        let record = match recorded {
            Ok(record) => record,
            Err(error) => {
                // A result that the trail does not know must not exist.
                let path = written.path.clone();
                if !blocking(move || remove(&path)).await.unwrap_or(false) {
                    self.unsettled.add(position(self.index));
                }
                return Err(error);
            }
        };
        Ok(Signed {
            receipt: Receipt {
                signed_at: rfc3339(written.signed_at),
                format: naming.format,
                level: written.reached.level,
                lowered: written.reached.lowered.clone(),
                policy: policy.map(|own| own.oid.to_string()),
                time_stamps: written.reached.time_stamps.iter().map(|at| rfc3339(*at)).collect(),
                unproven: written.reached.unproven(),
                authorities: written.reached.authorities.clone(),
                passed_over: written.reached.passed_over.clone(),
                not_ades: None,
                key_uses: written.key_uses,
                input_sha256: sha256,
                output_sha256: written.sha256,
                key_id: written.key_id,
                algorithm: self.options.algorithm.to_string(),
                certificate_sha256: self.identity.fingerprint.clone(),
                request_id: written.request_id,
                audit_seq: record.seq,
            },
            path: written.path,
            seen: written.seen,
        })
    }

    async fn make(
        &self,
        entry: &Entry,
        format: SignFormat,
        policy: Option<&'static cartorio_policy::Policy>,
        Before { announced, ahead, signed_at, room, earlier, answered }: Before<'_>,
        names: &Names,
        values: &Arc<Mutex<Values>>,
    ) -> OfficeResult<Written> {
        self.require_way_up()?;
        self.require_standing(entry, format).await?;
        let signer = self.signers.get(self.session, self.identity, self.options).await?;
        if let Some(policy) = policy {
            let authorities = self.sources.authorities();
            crate::policies::require(self.session, self.identity, self.options, policy, format, &authorities).await?;
        }
        let climb = Climb {
            session: Arc::clone(self.session),
            sources: Arc::clone(self.sources),
            goal: self.options.level,
            policy,
            policies: Arc::clone(self.options.policies()),
            accept_lower: self.options.accept_lower_level,
            token_size: Arc::clone(self.token_size),
            answered,
        };
        let first = names.first();
        let made = Making {
            entry,
            identity: self.identity,
            options: self.options,
            format,
            policy,
            climb: &climb,
            signer: &*signer,
            signed_at,
            announced,
            sizes: self.sizes,
            beside: &first,
            names,
            ahead: Mutex::new(ahead),
            room,
            earlier,
            progress: self,
            values: Arc::clone(values),
        }
        .run()
        .await?;
        let Made { file, sha256, reached, facts } = made;
        let mut told = Facts::default();
        let (key_uses, key_id, request_id) = {
            let values = values.lock().unwrap_or_else(PoisonError::into_inner);
            values.tell(true, &mut told);
            (values.key_uses(), values.key_id().map(str::to_owned), values.request_id().map(str::to_owned))
        };
        let key_id = key_id.ok_or_else(|| OfficeError::internal("a signature without a value"))?;
        self.job.go_on()?;

        self.job.phase(self.index, ItemPhase::Writing);
        reached.tell(&mut told);
        let mut detail = told.detail;
        AnnouncedKey { id: Some(key_id.clone()), request_id: request_id.clone() }.put(&mut detail);
        // After a crash a file that lies there is known by this.
        let announced = JournalEntry::ItemAnnounced {
            batch: self.journal,
            position: position(self.index),
            output_path: first.clone(),
            output_sha256: sha256.clone(),
            detail,
        };
        self.session.registry.journal(vec![announced]).await?;
        let (names, known) = (names.clone(), folder_of(&entry.path).to_owned());
        let name = move |file| {
            let path = first_free(file, names.iter())?;
            let seen = facts.and_then(|facts| ResultSeen::at(&path, &known, facts).ok());
            Ok((path, seen))
        };
        let named = durable::persist(file, folder_of(&first), name).await?;
        let (path, seen) = named.map_err(|error| OfficeError::unwritable(&first, &error))?;
        Ok(Written { path, sha256, signed_at, reached, key_uses, key_id, request_id, seen })
    }

    /// Room that a time stamp needs in a container; see [`Climb::token_room`].
    fn token_room(&self) -> usize {
        super::levels::token_room(self.options.level, self.token_size)
    }

    /// What the level needs and is certainly not to be had is said before the key is asked.
    fn require_way_up(&self) -> OfficeResult<()> {
        if self.options.level == SignLevel::BB || self.options.accept_lower_level {
            return Ok(());
        }
        if !self.sources.has_authorities() {
            return Err(MaterialError::NoAuthority.into());
        }
        if self.sources.is_online() { Ok(()) } else { Err(MaterialError::Offline.into()) }
    }

    /// The certificate holds now, and nobody revoked it; where the level needs evidence of that, it is to be had. All before the key is
    /// asked, because neither its use nor a time stamp can be taken back.
    async fn require_standing(&self, entry: &Entry, format: SignFormat) -> OfficeResult<()> {
        // A batch may go on for longer than its certificate.
        self.identity.require_valid(self.session.clock.now())?;
        let needed = self.options.level >= SignLevel::BLt && !self.options.accept_lower_level;
        let error = match self.standing.get(self.session, self.sources, self.identity, needed).await? {
            Standing::Holds => return Ok(()),
            Standing::Revoked(error) => return Err(error.into()),
            Standing::Unknown(_) if !needed => return Ok(()),
            Standing::Unknown(error) => error,
        };
        // An earlier signature may have brought it along, which counts where it says of this very certificate how it stands.
        let own = entry.clone();
        let brought = match (format, self.options.role) {
            (SignFormat::Pades, _) => blocking(move || Targets::of_pdf(&own.open_pdf()?)).await??,
            (SignFormat::CadesDetached | SignFormat::CadesEnveloping, SignerRole::Cosign | SignerRole::Countersign) => {
                blocking(move || Targets::brought_by(&Content::of_signature(&own)?.0)).await??
            }
            (SignFormat::CadesDetached | SignFormat::CadesEnveloping | SignFormat::Raw, _) => return Err(error.into()),
        };
        if brought.proves(&self.identity.certificate, &self.identity.chain, self.sources).await? {
            return Ok(());
        }
        Err(error.into())
    }

    /// A bare value with a receipt. It is an act of its own kind, with its own record.
    async fn raw(&self, entry: &Entry, naming: &Naming) -> OfficeResult<Signed> {
        self.job.go_on()?;
        self.require_standing(entry, SignFormat::Raw).await?;
        self.job.phase(self.index, ItemPhase::Signing);
        let place = files::InBatch {
            identity: self.identity,
            algorithm: self.options.algorithm,
            batch: self.journal,
            position: position(self.index),
            again: self.again,
            unseen_reason: self.options.unseen_reason.as_deref(),
            names: self.target.candidates(entry, naming),
            unsettled: self.unsettled,
        };
        let signed = files::sign_one(self.session, place, entry).await?;
        Ok(Signed {
            receipt: Receipt {
                signed_at: signed.receipt.signed_at.clone(),
                format: SignFormat::Raw,
                level: SignLevel::BB,
                lowered: None,
                policy: None,
                time_stamps: Vec::new(),
                unproven: Vec::new(),
                authorities: Vec::new(),
                passed_over: Vec::new(),
                not_ades: None,
                key_uses: 1,
                input_sha256: signed.input_sha256,
                output_sha256: signed.output_sha256,
                key_id: signed.receipt.key_id.clone(),
                algorithm: signed.receipt.algorithm.clone(),
                certificate_sha256: self.identity.fingerprint.clone(),
                request_id: signed.receipt.request_id.clone(),
                audit_seq: signed.audit_seq,
            },
            path: signed.value,
            seen: None,
        })
    }

    /// What is written together with the record of a result.
    fn rows(&self, entry: &Entry, format: SignFormat, sha256: &str, written: &Written) -> Vec<JournalEntry> {
        let ended = JournalEntry::ItemEnded {
            batch: self.journal,
            position: position(self.index),
            state: BatchItemState::Done,
            output: Some((written.path.clone(), written.sha256.clone())),
            error: written.reached.lowered.as_ref().map(kept),
            at: self.session.clock.now(),
        };
        let signed = JournalEntry::Signed(SignedDocument {
            id: DocumentId::generate(),
            name: entry.name.clone(),
            input_sha256: sha256.to_owned(),
            output_sha256: written.sha256.clone(),
            format: format_name(format).to_owned(),
            identity: self.identity.id,
            signed_at: written.signed_at,
            output_path: written.path.clone(),
        });
        vec![ended, signed]
    }
}

impl Progress for Signing<'_> {
    fn stamping(&self) {
        self.job.phase(self.index, ItemPhase::Stamping);
    }

    fn gathering(&self) {
        self.job.phase(self.index, ItemPhase::Gathering);
    }
}

impl Steps for Signing<'_> {
    fn signing(&self) {
        self.job.phase(self.index, ItemPhase::Signing);
    }

    fn checking(&self) {
        self.job.phase(self.index, ItemPhase::Checking);
    }

    fn go_on(&self) -> OfficeResult<()> {
        self.job.go_on()
    }
}

struct Written {
    path: PathBuf,
    sha256: String,
    signed_at: OffsetDateTime,
    reached: Reached,
    key_uses: u32,
    key_id: String,
    request_id: Option<String>,
    seen: Option<ResultSeen>,
}

/// What is there before the key is asked.
struct Before<'a> {
    announced: &'a Announced,
    ahead: Option<OfficeResult<Ahead>>,
    signed_at: OffsetDateTime,
    /// Room for a time stamp that it was prepared with, in bytes.
    room: usize,
    /// What an earlier try left.
    earlier: Option<Arc<Earlier>>,
    answered: Answered,
}

/// What one reading of a document gives: what goes on record, and what is signed.
struct Looked {
    announced: Announced,
    ahead: Option<OfficeResult<Ahead>>,
}

impl Looked {
    /// Reads the document once. What keeps it from being signed is for the record, so it is no error here. Blocks.
    fn at(work: &Preparing, format: SignFormat, role: SignerRole) -> OfficeResult<Self> {
        let entry = &work.entry;
        entry.require_unchanged()?;
        let hashes = [HashAlgorithm::Sha256, work.options.algorithm.hash()];
        let sha256_of = |digests: &[Digest]| {
            let own = digests.iter().find(|own| own.algorithm() == HashAlgorithm::Sha256);
            own.map(Digest::to_hex).ok_or_else(|| OfficeError::internal("a digest of the document"))
        };
        let size =
            || Ok::<_, OfficeError>(std::fs::metadata(&entry.path).map_err(|error| entry.unreadable(&error))?.len());
        match (format, role) {
            (SignFormat::Pades, _) => {
                let opened = match entry.open_pdf() {
                    Ok(file) => file,
                    Err(error) => {
                        let (sha256, size) = fingerprint(entry)?;
                        return Ok(Self { announced: Announced { sha256, size }, ahead: Some(Err(error)) });
                    }
                };
                let mut read = Hashers::new(hashes);
                let whole = opened.shared_bytes().for_each_piece(0..opened.len(), |piece| {
                    read.update(piece);
                    Ok::<_, std::io::Error>(())
                });
                whole.map_err(|error| entry.unreadable(&error))?;
                let sha256 = sha256_of(&read.clone().finish())?;
                let ahead = work.pdf(&opened, &read, &sha256).map(|work| Ahead::Pdf(Box::new(work)));
                Ok(Self { announced: Announced { sha256, size: opened.len() }, ahead: Some(ahead) })
            }
            (SignFormat::CadesDetached | SignFormat::CadesEnveloping, SignerRole::Sign) => {
                let digests = hash_document(entry, hashes)?;
                let announced = Announced { sha256: sha256_of(&digests)?, size: size()? };
                Ok(Self { announced, ahead: Some(Ok(Ahead::Digests(digests))) })
            }
            (SignFormat::CadesDetached | SignFormat::CadesEnveloping | SignFormat::Raw, _) => {
                let (sha256, size) = fingerprint(entry)?;
                Ok(Self { announced: Announced { sha256, size }, ahead: None })
            }
        }
    }
}

/// Documents of a batch that are in memory at the same time: 64 MiB of them. Each batch has its own, so that none waits for
/// documents of another one, which may lie on a share that does not answer.
pub(crate) struct Room(Semaphore);

impl Room {
    /// In units of 64 KiB.
    const UNITS: u32 = 1024;

    /// Waits until there is room for the document in memory, beside others that are signed at the same moment. Kept until it is
    /// written.
    pub(crate) async fn take(&self, entry: &Entry) -> Option<SemaphorePermit<'_>> {
        // The document and its result; what is larger than this is never held whole.
        let units = (2 * entry.seen().0).div_ceil(64 << 10) + 1;
        let units = u32::try_from(units).unwrap_or(Self::UNITS).min(Self::UNITS);
        // It is never closed; without a place the document would merely be one more.
        self.0.acquire_many(units).await.ok()
    }
}

impl Default for Room {
    fn default() -> Self {
        Self(Semaphore::new(Self::UNITS as usize))
    }
}

impl Reached {
    /// What goes into the trail.
    pub(crate) fn tell(&self, found: &mut Facts) {
        found.detail.insert("level_reached".to_owned(), level_name(self.level).to_owned());
        if let Some(reason) = &self.lowered {
            found.detail.insert("lowered".to_owned(), reason.code.clone());
        }
        let stamps: Vec<String> = self.time_stamps.iter().map(|at| rfc3339(*at)).collect();
        if !stamps.is_empty() {
            found.detail.insert("time_stamps".to_owned(), stamps.join(" "));
        }
        found.detail.extend(self.notes().into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
}

/// SHA-256 and size of a document.
pub(crate) fn fingerprint(entry: &Entry) -> OfficeResult<(String, u64)> {
    entry.require_unchanged()?;
    let digest = hash_file(entry, HashAlgorithm::Sha256)?;
    let size = std::fs::metadata(&entry.path).map_err(|error| entry.unreadable(&error))?.len();
    Ok((digest.to_hex(), size))
}

pub(crate) fn hash_file(entry: &Entry, hash: HashAlgorithm) -> OfficeResult<Digest> {
    let file = std::fs::File::open(&entry.path).map_err(|error| entry.unreadable(&error))?;
    Digest::of_reader(hash, file).map_err(|error| entry.unreadable(&error))
}

pub(crate) const fn format_name(format: SignFormat) -> &'static str {
    match format {
        SignFormat::Pades => "pades",
        SignFormat::CadesDetached => "cades-detached",
        SignFormat::CadesEnveloping => "cades-enveloping",
        SignFormat::Raw => "raw",
    }
}

pub(crate) const fn level_name(level: SignLevel) -> &'static str {
    match level {
        SignLevel::BB => "b-b",
        SignLevel::BT => "b-t",
        SignLevel::BLt => "b-lt",
        SignLevel::BLta => "b-lta",
    }
}
