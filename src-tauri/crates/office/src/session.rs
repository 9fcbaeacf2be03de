//! An open office: its registry, its keys, who is working, and the trail that every act goes through.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand;
use cartorio_core::{Clock, JobId, OperatorId, SecretBytes, WireError};
use cartorio_keys::local::{LocalKeys, LocalOptions, MasterChoice, Passphrase, PlainFile, Protection};
use cartorio_keys::{Cloud, CloudProfile, KeyError, KeyManager, KeyRef, Signature};
use cartorio_pki::ca::{Authorities, CertificateAuthority};
use cartorio_registry::{
    Act, AuditDraft, AuditRecord, DocumentRef, JournalEntry, OperatorRef, Outcome, Phase, Registry, RegistryError, Role,
};
use time::{Duration, OffsetDateTime};
use tokio::sync::OnceCell;

use crate::a1::A1Keys;
use crate::dto::{Environment, InterruptedAct, KeyProtection, Permission};
use crate::home::{create_private_folder, lock};
use crate::running::this_process;
use crate::signing::{Asked, blocking};
use crate::times::rfc3339;
use crate::tokens::Tokens;
use crate::{OfficeError, OfficeResult, announced, authorise, running, trust};

/// An open office.
pub(crate) struct Session {
    pub(crate) environment: Environment,
    pub(crate) folder: PathBuf,
    pub(crate) office_name: String,
    pub(crate) operator: OperatorRef,
    pub(crate) registry: Registry,
    pub(crate) local: LocalKeys,
    /// Keys in A1 files that somebody opened.
    pub(crate) a1: A1Keys,
    /// PKCS#11 modules of this machine; shared by all offices of this process.
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) profile: Option<CloudProfile>,
    /// Acts that the last run began and never ended; found when the session was opened.
    pub(crate) interrupted: Vec<InterruptedAct>,
    /// Why the trail could not be continued when the session was opened. Looking works then; an act that needs a record does not.
    pub(crate) trail_problem: Option<WireError>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What was read of the trust store.
    pub(crate) trust: Arc<trust::Cache>,
    /// How signers stand by whom their certificates name.
    pub(crate) asked: Arc<Asked>,
    cloud: Arc<dyn Cloud>,
    authorities: Arc<dyn Authorities>,
    /// The length of the trail that was sealed last.
    remembered: AtomicU64,
    /// Held while it is sealed.
    remembering: tokio::sync::Mutex<()>,
    cloud_keys: OnceCell<Arc<dyn KeyManager>>,
}

/// What a session is opened with.
pub(crate) struct Opening {
    pub(crate) environment: Environment,
    pub(crate) folder: PathBuf,
    pub(crate) profile: Option<CloudProfile>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cloud: Arc<dyn Cloud>,
    pub(crate) authorities: Arc<dyn Authorities>,
    pub(crate) master: MasterOptions,
    pub(crate) tokens: Arc<Tokens>,
    /// Who takes the seat; the first active operator where it is absent.
    pub(crate) operator: Option<OperatorId>,
}

/// How the master key of local keys is found.
#[derive(Clone, Debug, Default)]
pub struct MasterOptions {
    /// The passphrase, for an installation without a keyring.
    pub passphrase: Passphrase,
    /// How a new installation keeps its master key.
    pub choice: MasterChoice,
}

/// The keys and the registry of an office, before it is known who works there.
pub(crate) struct Stores {
    pub(crate) registry: Registry,
    pub(crate) local: LocalKeys,
    /// While this lives nobody else opens this office: what is made at a first start is made once.
    pub(crate) opening: OpeningLock,
}

/// Keeps other openings of an office out, in this process and in others, until it is dropped.
pub(crate) struct OpeningLock(#[expect(dead_code, reason = "closing the file lets others in")] File);

impl OpeningLock {
    /// Waits until nobody opens the office in `folder`.
    pub(crate) async fn take(folder: &Path) -> OfficeResult<Self> {
        let file = folder.join("opening.lock");
        let locked = blocking(move || lock(&file)).await?;
        Ok(Self(locked.map_err(|error| unusable(folder, &error))?))
    }
}

impl Stores {
    /// Opens the stores in `opening.folder`, making them when they are not there.
    pub(crate) async fn open(opening: &Opening) -> OfficeResult<Self> {
        create_private_folder(&opening.folder).map_err(|error| unusable(&opening.folder, &error))?;
        let mut options = LocalOptions::new(opening.folder.join("keys"), Arc::clone(&opening.clock));
        options.choice = opening.master.choice;
        options.passphrase = opening.master.passphrase.clone();
        options.plain_file = match opening.environment {
            Environment::Demo => PlainFile::Allow,
            Environment::Production | Environment::Inspection | Environment::Welcome => PlainFile::Refuse,
        };
        // Before the lock, because it may wait for a person to type a passphrase.
        let local = LocalKeys::open(options).await?;
        let locked = OpeningLock::take(&opening.folder).await?;
        let (audit_key, remembered) = trail_secrets(&local, &opening.folder).await?;
        let file = opening.folder.join(REGISTRY_FILE);
        let registry = Registry::open_remembering(file, audit_key, remembered).await?;
        Ok(Self { registry, local, opening: locked })
    }
}

/// Name of the database inside an office's folder.
pub(crate) const REGISTRY_FILE: &str = "registry.db";

/// Key of the setting that holds the office's name.
pub(crate) const OFFICE_NAME: &str = "office_name";

impl Session {
    /// Opens the office for the operator who works there, and closes acts that the last run left open. What is missing in
    /// the office is to be made before the lock is dropped.
    pub(crate) async fn open(opening: Opening, stores: Stores) -> OfficeResult<(Self, OpeningLock)> {
        let Stores { registry, local, opening: locked } = stores;
        let folder = opening.folder.clone();
        blocking(move || running::enter(&folder)).await?.map_err(|error| unusable(&opening.folder, &error))?;
        let office_name = registry.setting(OFFICE_NAME).await?.unwrap_or_default();
        let operators = registry.operators().await?;
        let active = || operators.iter().filter(|operator| operator.active);
        let operator = active()
            .find(|operator| Some(operator.id) == opening.operator)
            .or_else(|| active().find(|operator| operator.role == Role::Notary))
            .or_else(|| active().next())
            .ok_or_else(|| OfficeError::internal("the office has no operator"))?
            .to_ref();
        let mut session = Self {
            environment: opening.environment,
            folder: opening.folder,
            office_name,
            a1: A1Keys::new(registry.clone(), local.clone(), operator.id),
            operator,
            tokens: opening.tokens,
            registry,
            local,
            profile: opening.profile,
            interrupted: Vec::new(),
            trail_problem: None,
            remembered: AtomicU64::new(0),
            remembering: tokio::sync::Mutex::default(),
            clock: opening.clock,
            trust: Arc::default(),
            asked: Arc::default(),
            cloud: opening.cloud,
            authorities: opening.authorities,
            cloud_keys: OnceCell::new(),
        };
        session.trail_problem = match session.registry.trail_end().await {
            Ok(_) => None,
            Err(error) if stops_the_trail(&error) => Some(OfficeError::from(error).wire()),
            Err(error) => return Err(error.into()),
        };
        session.interrupted = session.close_interrupted().await?;
        if session.trail_problem.is_none() {
            match announced::settle(&session).await {
                // What is announced unreadably, or cannot be put on record, keeps nobody from looking; the next result says so.
                Ok(()) | Err(OfficeError::Config { .. }) => {}
                Err(OfficeError::Registry(error)) if stops_the_trail(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok((session, locked))
    }

    /// Refuses what the operator's role does not allow.
    pub(crate) fn require(&self, permission: Permission) -> OfficeResult<()> {
        authorise::require(self.operator.role, permission)
    }

    /// The same office with another person in the seat.
    pub(crate) fn with_operator(&self, operator: OperatorRef) -> Self {
        Self {
            environment: self.environment,
            folder: self.folder.clone(),
            office_name: self.office_name.clone(),
            // What one person opened, or keeps the password of, is not another's.
            a1: A1Keys::new(self.registry.clone(), self.local.clone(), operator.id),
            operator,
            registry: self.registry.clone(),
            local: self.local.clone(),
            tokens: Arc::clone(&self.tokens),
            profile: self.profile.clone(),
            interrupted: Vec::new(),
            trail_problem: self.trail_problem.clone(),
            clock: Arc::clone(&self.clock),
            trust: Arc::clone(&self.trust),
            asked: Arc::clone(&self.asked),
            cloud: Arc::clone(&self.cloud),
            authorities: Arc::clone(&self.authorities),
            remembered: AtomicU64::new(self.remembered.load(Ordering::Acquire)),
            remembering: tokio::sync::Mutex::default(),
            cloud_keys: self.cloud_keys.clone(),
        }
    }

    /// The backend that `key` lives in.
    pub(crate) async fn manager(&self, key: &KeyRef) -> OfficeResult<Arc<dyn KeyManager>> {
        match key {
            KeyRef::Local { .. } => Ok(Arc::new(self.local.clone())),
            KeyRef::AwsKms { .. } => self.cloud_keys().await,
            KeyRef::Pkcs11 { .. } => Ok(self.tokens.keys()),
            KeyRef::P12 { .. } => Ok(Arc::new(self.a1.clone())),
        }
    }

    /// The cloud account's keys.
    pub(crate) async fn cloud_keys(&self) -> OfficeResult<Arc<dyn KeyManager>> {
        let profile = self.cloud_profile()?;
        Ok(Arc::clone(self.cloud_keys.get_or_try_init(|| self.cloud.connect(profile)).await?))
    }

    /// The certificate authority of that name in the cloud account, found active now.
    pub(crate) async fn authority(&self, authority: &str) -> OfficeResult<Arc<dyn CertificateAuthority>> {
        Ok(self.authorities.open(self.cloud_profile()?, authority).await?)
    }

    fn cloud_profile(&self) -> OfficeResult<&CloudProfile> {
        let none = || KeyError::NoCredentials { reason: "this environment has no AWS profile".to_owned() };
        Ok(self.profile.as_ref().ok_or_else(none)?)
    }

    /// How local keys are protected.
    pub(crate) fn protection(&self) -> KeyProtection {
        match self.local.protection() {
            Protection::OsKeyring => KeyProtection::Keyring,
            Protection::Passphrase => KeyProtection::Passphrase,
            Protection::PlainFile => KeyProtection::PlainFile,
        }
    }

    /// `demo`, or the profile's name: what the trail calls this environment.
    fn environment_label(&self) -> String {
        match &self.profile {
            Some(profile) => format!("{}@{}", profile.name, profile.region),
            None => "demo".to_owned(),
        }
    }

    /// Announces an act; the record is durable before anything is done.
    pub(crate) async fn begin(&self, act: Act, facts: Facts) -> OfficeResult<Begun<'_>> {
        self.begin_with(act, facts, |_| Vec::new()).await
    }

    /// The same, with rows that are written together with the record; they are told which act it is.
    pub(crate) async fn begin_with(
        &self,
        act: Act,
        facts: Facts,
        rows: impl FnOnce(JobId) -> Vec<JournalEntry>,
    ) -> OfficeResult<Begun<'_>> {
        let mut draft = AuditDraft::intent(
            self.clock.now(),
            act,
            JobId::generate(),
            self.operator.clone(),
            self.environment_label(),
        );
        facts.fill(&mut draft);
        let at_work = AtWork::new(draft.correlation);
        let rows = rows(draft.correlation);
        // Another window may have changed this person's role, or switched them off, since they took the seat.
        let seated = self.registry.append_seated(draft.clone(), rows).await?;
        seated.ok_or(OfficeError::UnknownOperator)?;
        Ok(Begun { session: self, draft, _at_work: at_work })
    }

    /// Runs `work` between its intent and its result. A failure is recorded with its code.
    pub(crate) async fn record<T>(
        &self,
        act: Act,
        facts: Facts,
        work: impl AsyncFnOnce(&mut Facts) -> OfficeResult<T>,
    ) -> OfficeResult<T> {
        let begun = self.begin(act, facts).await?;
        let mut found = Facts::default();
        let result = work(&mut found).await;
        begun.end(&result, found).await?;
        result
    }

    /// The same, for an act that is nothing but rows of the registry: they are written together with the record that it is done,
    /// which tells what comes with them as well, or it has failed.
    pub(crate) async fn record_rows(
        &self,
        act: Act,
        facts: Facts,
        (told, rows): (Facts, Vec<JournalEntry>),
    ) -> OfficeResult<()> {
        let begun = self.begin(act, facts).await?;
        let failed = match begun.write(&Ok(()), told, rows).await {
            Ok(_) => return Ok(()),
            Err(error) => Err(error),
        };
        begun.end(&failed, Facts::default()).await?;
        failed
    }

    /// Announces that somebody looks at something. `None` where the trail cannot be continued: looking is needed most then, and
    /// goes without a record.
    pub(crate) async fn begin_look(&self, act: Act, facts: Facts) -> OfficeResult<Option<Begun<'_>>> {
        match self.begin(act, facts).await {
            Ok(begun) => Ok(Some(begun)),
            Err(OfficeError::Registry(error)) if stops_the_trail(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// As [`Self::record`], for looking at something; see [`Self::begin_look`].
    pub(crate) async fn record_look<T>(
        &self,
        act: Act,
        facts: Facts,
        work: impl AsyncFnOnce() -> OfficeResult<T>,
    ) -> OfficeResult<T> {
        let begun = self.begin_look(act, facts).await?;
        let result = work().await;
        if let Some(begun) = begun {
            begun.end(&result, Facts::default()).await?;
        }
        result
    }

    /// Accepts the end of the trail as it is, on record; from here on it is continued and remembered.
    pub(crate) async fn reseal(&self, facts: Facts) -> OfficeResult<()> {
        let now = self.clock.now();
        let (operator, environment) = (self.operator.clone(), self.environment_label());
        let mut draft = AuditDraft::intent(now, Act::TrailResealed, JobId::generate(), operator, environment);
        facts.fill(&mut draft);
        let at_work = AtWork::new(draft.correlation);
        self.registry.reseal(draft.clone()).await?;
        let begun = Begun { session: self, draft, _at_work: at_work };
        let ended = begun.end(&Ok(()), Facts::default()).await?;
        self.seal_memory(ended.seq).await
    }

    /// Seals how long the trail is, where it is longer than what was sealed. The record is durable before it is remembered, so
    /// that no crash leaves a trail that is shorter than its memory. What cannot be continued is not remembered.
    pub(crate) async fn remember_trail(&self) -> OfficeResult<()> {
        let end = match self.registry.trail_end().await {
            Ok(end) => end,
            Err(error) if stops_the_trail(&error) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        self.remember_at_least(end).await
    }

    /// Seals `length`, which a durable record has, unless another process has sealed a longer one meanwhile.
    async fn remember_at_least(&self, length: u64) -> OfficeResult<()> {
        if read_memory(&self.local).await?.is_none_or(|sealed| sealed < length) {
            self.seal_memory(length).await?;
        }
        Ok(())
    }

    async fn seal_memory(&self, length: u64) -> OfficeResult<()> {
        self.local.seal(TRAIL_MEMORY, &SecretBytes::new(length.to_be_bytes().to_vec())).await?;
        self.remembered.store(length, Ordering::Release);
        Ok(())
    }

    /// Writes a result for every intent that has none: the program or the machine stopped in between.
    async fn close_interrupted(&self) -> OfficeResult<Vec<InterruptedAct>> {
        // Another window or a command line of this installation may be at work right now.
        let now = self.clock.now();
        let mut left: Vec<AuditRecord> = self.registry.open_intents().await?;
        left.retain(|intent| !is_at_work(&self.folder, intent, now));
        if left.is_empty() {
            return Ok(Vec::new());
        }
        // What ended between the first look and the question who is at work has its result by now.
        let open: BTreeSet<u64> = self.registry.open_intents().await?.into_iter().map(|intent| intent.seq).collect();
        let mut acts = Vec::new();
        for intent in left.into_iter().filter(|intent| open.contains(&intent.seq)) {
            acts.push(InterruptedAct {
                seq: intent.seq,
                act: intent.entry.act.name().to_owned(),
                at: rfc3339(intent.entry.at),
                document: intent.entry.document.as_ref().map(|document| document.name.clone()),
            });
            match self.registry.append(intent.entry.ended(self.clock.now(), Outcome::Interrupted)).await {
                Ok(_) => {}
                // A trail that cannot be continued must still be looked at; whatever needs a record is refused later.
                Err(error) if stops_the_trail(&error) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(acts)
    }
}

/// Whether `error` says that nothing more is recorded, until a person has looked.
fn stops_the_trail(error: &RegistryError) -> bool {
    matches!(error, RegistryError::TrailBroken { .. } | RegistryError::AuditKeyMissing)
}

/// Whether somebody still works on `intent`: another process that is running, or another office of this one.
fn is_at_work(folder: &Path, intent: &AuditRecord, now: OffsetDateTime) -> bool {
    let AuditDraft { detail, correlation, at, .. } = &intent.entry;
    detail.get(PROCESS).is_some_and(|process| act_is_at_work(folder, process, *correlation, now - *at))
}

/// Whether that process still works on `act`, which it began `ago` in the office in `folder`.
pub(crate) fn act_is_at_work(folder: &Path, process: &str, act: JobId, ago: Duration) -> bool {
    if process == this_process() { AtWork::has(act) } else { running::runs(folder, process, ago) }
}

/// Acts of this process that were announced and not ended; gone when dropped, also without a result.
struct AtWork(JobId);

static AT_WORK: Mutex<BTreeSet<JobId>> = Mutex::new(BTreeSet::new());

impl AtWork {
    fn new(act: JobId) -> Self {
        AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).insert(act);
        Self(act)
    }

    fn has(act: JobId) -> bool {
        AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).contains(&act)
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Name of the detail that says which process wrote an intent.
const PROCESS: &str = "process";

/// Facts of an act for the trail. Never a secret.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) document: Option<DocumentRef>,
    pub(crate) key_ref: Option<String>,
    pub(crate) key_id: Option<String>,
    pub(crate) certificate_sha256: Option<String>,
    pub(crate) algorithm: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: Option<u32>,
    pub(crate) detail: BTreeMap<String, String>,
}

impl Facts {
    pub(crate) fn document(name: &str, sha256: String, size: u64) -> Self {
        Self { document: Some(DocumentRef { name: name.to_owned(), sha256, size }), ..Self::default() }
    }

    pub(crate) fn key(key: &KeyRef) -> Self {
        Self { key_ref: Some(key.to_string()), ..Self::default() }
    }

    pub(crate) fn certificate(sha256: &str) -> Self {
        Self { certificate_sha256: Some(sha256.to_owned()), ..Self::default() }
    }

    /// Adds a further fact.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }

    /// Adds what a signature tells about its making.
    pub(crate) fn signature(&mut self, signature: &Signature) {
        self.key_id = Some(signature.key_id.clone());
        self.request_id.clone_from(&signature.request_id);
        self.attempts = Some(signature.attempts);
    }

    /// Puts what is known into `draft`; what is not known stays as it was.
    fn fill(self, draft: &mut AuditDraft) {
        let Self { document, key_ref, key_id, certificate_sha256, algorithm, request_id, attempts, detail } = self;
        draft.document = document.or(draft.document.take());
        draft.key_ref = key_ref.or(draft.key_ref.take());
        draft.key_id = key_id.or(draft.key_id.take());
        draft.certificate_sha256 = certificate_sha256.or(draft.certificate_sha256.take());
        draft.algorithm = algorithm.or(draft.algorithm.take());
        draft.request_id = request_id.or(draft.request_id.take());
        draft.attempts = attempts.or(draft.attempts);
        draft.detail.extend(detail);
        if draft.phase == Phase::Intent {
            draft.detail.insert(PROCESS.to_owned(), this_process());
        }
    }
}

/// An act that was announced and must be ended.
#[must_use = "an act that was announced must be ended"]
pub(crate) struct Begun<'s> {
    session: &'s Session,
    draft: AuditDraft,
    _at_work: AtWork,
}

impl Begun<'_> {
    /// Which act.
    pub(crate) const fn act(&self) -> JobId {
        self.draft.correlation
    }

    /// Records how it ended, with what was learnt meanwhile.
    pub(crate) async fn end<T>(self, result: &OfficeResult<T>, facts: Facts) -> OfficeResult<AuditRecord> {
        self.end_with(result, facts, Vec::new()).await
    }

    /// The same, with rows that are written together with the record.
    pub(crate) async fn end_with<T>(
        self,
        result: &OfficeResult<T>,
        facts: Facts,
        rows: Vec<JournalEntry>,
    ) -> OfficeResult<AuditRecord> {
        self.write(result, facts, rows).await
    }

    async fn write<T>(
        &self,
        result: &OfficeResult<T>,
        mut facts: Facts,
        rows: Vec<JournalEntry>,
    ) -> OfficeResult<AuditRecord> {
        let outcome = match result {
            Ok(_) => Outcome::Succeeded,
            Err(OfficeError::Cancelled) => Outcome::Cancelled,
            Err(error) => {
                let wire = error.wire();
                // A refused request has a number at the service too, and that is where somebody will look for it.
                let said = |name: &str| wire.params.get(name).cloned();
                facts.request_id = facts.request_id.or_else(|| said("request_id"));
                facts.attempts = facts.attempts.or_else(|| said("attempts").and_then(|text| text.parse().ok()));
                Outcome::Failed { code: wire.code }
            }
        };
        let mut draft = self.draft.ended(self.session.clock.now(), outcome);
        draft.detail.remove(PROCESS);
        facts.fill(&mut draft);
        let record = self.session.registry.append_with(draft, rows).await?;
        if record.seq >= self.session.remembered.load(Ordering::Acquire) + REMEMBER_EVERY
            // Somebody else is at it already.
            && let Ok(_once) = self.session.remembering.try_lock()
        {
            // The act is done and on record; the next one, or the next start, remembers as well.
            let _ = self.session.remember_at_least(record.seq).await;
        }
        Ok(record)
    }
}

/// Name of the sealed key that authenticates the end of the trail.
const AUDIT_KEY: &str = "audit-key";
/// Name of the sealed length of the trail: 8 bytes, big endian.
const TRAIL_MEMORY: &str = "trail-memory";
/// So many records may be forgotten when both heads and the rows are put back to what they were.
const REMEMBER_EVERY: u64 = 32;

/// The audit key, and how long the trail has been at least.
///
/// Both are sealed by the master key, and made at the first start in this order: memory (of nothing), key, registry. So every
/// crash leaves a state that says what is missing, and what was taken away is told from what was never there: a key without a
/// memory has begun a trail, and so has a registry, a head or any other key without an audit key. No new audit key is made then:
/// it would vouch for whatever is there.
async fn trail_secrets(local: &LocalKeys, folder: &Path) -> OfficeResult<(Option<SecretBytes>, u64)> {
    let memory = read_memory(local).await?;
    if let Some(key) = local.unseal(AUDIT_KEY).await? {
        return Ok((Some(key), memory.unwrap_or(1)));
    }
    let left = [REGISTRY_FILE, "audit.head"].iter().any(|name| folder.join(name).exists());
    if left || memory.is_some_and(|length| length > 0) || !local.list().await?.is_empty() {
        return Ok((None, memory.unwrap_or(1).max(1)));
    }
    local.seal(TRAIL_MEMORY, &SecretBytes::new(vec![0; 8])).await?;
    let mut bytes = vec![0_u8; 32];
    rand::fill(&mut bytes).map_err(|_| OfficeError::internal("no randomness"))?;
    let key = SecretBytes::new(bytes);
    local.seal(AUDIT_KEY, &key).await?;
    Ok((Some(key), 0))
}

async fn read_memory(local: &LocalKeys) -> OfficeResult<Option<u64>> {
    let Some(memory) = local.unseal(TRAIL_MEMORY).await? else { return Ok(None) };
    let bytes: [u8; 8] =
        memory.expose().try_into().map_err(|_| KeyError::StoreCorrupt { file: TRAIL_MEMORY.to_owned() })?;
    Ok(Some(u64::from_be_bytes(bytes)))
}

fn unusable(folder: &Path, error: &std::io::Error) -> OfficeError {
    OfficeError::Config { file: folder.display().to_string(), reason: error.to_string() }
}
