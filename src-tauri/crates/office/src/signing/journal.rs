//! The journal: batches that a crash interrupted are told, go on, or are given up with a reason.
//!
//! A document that was under way is looked for in the trail and on the disk before its key is asked again: a result on record
//! counts; a result that lies there, equal to what was announced before it got its name, is recorded; anything else is signed
//! again, and its record says why. Extensions of many signatures are batches, too.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use cartorio_core::{Coded, DocumentId, IdentityId, JobId, Retry, SecretString, Severity, WireError};
use cartorio_registry::{
    Act, AuditRecord, BatchItem, BatchItemState, BatchState, BatchWork, ItemError, JournalEntry, Outcome, Phase,
    RegistryError, SignedDocument,
};
use serde::{Deserialize, Serialize};

use super::batch::{Batch, Signers, Unsettled, position};
use super::engine::{Room, level_name};
use super::known::Known;
use super::own::OwnStanding;
use super::plan::Plan;
use super::retry::Kept;
use super::target::Target;
use super::{Asks, Named, NamedSources, SigningIdentity, blocking};
use crate::announced::{AnnouncedKey, where_it_lies};
use crate::documents::{Documents, Entry, file_name};
use crate::dto::{
    BatchKind, BatchView, DocumentOrigin, ItemState, JobItem, JobSnapshot, JobView, Permission, SignRequest,
};
use crate::jobs::{Job, Jobs};
use crate::office::Office;
use crate::output::{folder_of, sweep};
use crate::running::{runs, this_process};
use crate::session::{Facts, Session};
use crate::stamps::{FrozenStamp, PlannedStamp};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, extension};

/// Why an interrupted batch cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    /// No such batch.
    #[error("the batch is not in the journal")]
    Unknown,
    /// It came to its end, or was given up.
    #[error("the batch is over")]
    Over,
    /// Somebody is at work on it.
    #[error("somebody works on this batch right now")]
    AtWork,
    /// The identity has another certificate than the batch was begun with.
    #[error("the batch was begun with another certificate of {identity}")]
    OtherCertificate {
        /// Label.
        identity: String,
    },
    /// Passwords are kept nowhere: a document that goes on after an interruption asks for its own again.
    #[error("{name} asks for its password again; {more} further documents do too")]
    PasswordNeeded {
        /// The first such document.
        name: String,
        /// Further ones.
        more: usize,
    },
    /// Evidence that was named for the batch is another file now.
    #[error("the evidence {name} is not what it was when the batch began")]
    EvidenceChanged {
        /// File name.
        name: String,
    },
    /// Somebody left the document out while the batch waited because of it.
    #[error("{name} was left out ({reason}); what held it up: {held}")]
    Skipped {
        /// File name.
        name: String,
        /// Why it was left out, in that person's words.
        reason: String,
        /// The code of the error that held the batch up.
        held: String,
    },
    /// What was asked for cannot be understood any more.
    #[error("what the batch was asked for cannot be read: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl Coded for BatchError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "batch_unknown",
            Self::Over => "batch_over",
            Self::AtWork => "batch_at_work",
            Self::OtherCertificate { .. } => "batch_other_certificate",
            Self::PasswordNeeded { .. } => "batch_password_needed",
            Self::EvidenceChanged { .. } => "batch_evidence_changed",
            Self::Skipped { .. } => "document_skipped",
            Self::Unreadable { .. } => "batch_unreadable",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unknown | Self::Over | Self::AtWork => Vec::new(),
            Self::OtherCertificate { identity } => vec![("identity", identity.clone())],
            Self::PasswordNeeded { name, more } => vec![("name", name.clone()), ("more", more.to_string())],
            Self::EvidenceChanged { name } => vec![("name", name.clone())],
            Self::Skipped { name, reason, held } => {
                vec![("name", name.clone()), ("reason", reason.clone()), ("held", held.clone())]
            }
            Self::Unreadable { reason } => vec![("reason", reason.clone())],
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::PasswordNeeded { .. } | Self::Skipped { .. } => Severity::Warning,
            Self::Unknown
            | Self::Over
            | Self::AtWork
            | Self::OtherCertificate { .. }
            | Self::EvidenceChanged { .. }
            | Self::Unreadable { .. } => Severity::Error,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::AtWork => Retry::Later,
            Self::PasswordNeeded { .. } | Self::EvidenceChanged { .. } | Self::Skipped { .. } => Retry::AfterAction,
            Self::Unknown | Self::Over | Self::OtherCertificate { .. } | Self::Unreadable { .. } => Retry::Never,
        }
    }
}

impl From<BatchError> for OfficeError {
    fn from(error: BatchError) -> Self {
        Self::Format(WireError::from(&error))
    }
}

/// A batch that this process works on; nobody takes it for interrupted while this lives.
pub(crate) struct AtWork(JobId);

static AT_WORK: Mutex<BTreeSet<JobId>> = Mutex::new(BTreeSet::new());

impl AtWork {
    /// `None` when this process works on it already.
    fn new(batch: JobId) -> Option<Self> {
        AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).insert(batch).then_some(Self(batch))
    }

    fn has(batch: JobId) -> bool {
        AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).contains(&batch)
    }

    /// The work is over; dropping it later changes nothing.
    pub(crate) fn end(&self) {
        AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a batch was asked for, as the journal keeps it: later changes of the office's settings do not change the batch.
#[derive(Deserialize, Serialize)]
struct Frozen {
    #[serde(flatten)]
    request: SignRequest,
    /// The stamp's template as it was; the profile has its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frozen_stamp: Option<FrozenStamp>,
    /// What was named for the batch alone.
    #[serde(default, skip_serializing_if = "NamedSources::is_empty")]
    named_sources: NamedSources,
    /// The files that were named as contents of detached signatures.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "crate::kept_path::list")]
    named_contents: Vec<PathBuf>,
    /// The one file of that kind, as batches of before have it.
    #[serde(default, skip_serializing)]
    named_content: Option<PathBuf>,
}

/// Writes a batch of signatures into the journal. Durable when this returns; nothing was signed before.
pub(super) async fn write(
    session: &Session,
    plan: &Plan,
    request: &SignRequest,
    named_sources: NamedSources,
) -> OfficeResult<AtWork> {
    let request = SignRequest {
        documents: Vec::new(),
        output_folder: None,
        evidence: Vec::new(),
        authorities: Vec::new(),
        contents: Vec::new(),
        algorithm: Some(plan.options.algorithm().to_string()),
        ..request.clone()
    };
    let frozen_stamp = plan.options.stamp.as_ref().map(PlannedStamp::frozen);
    let named_contents = plan.options.contents.paths();
    let frozen = Frozen { request, frozen_stamp, named_sources, named_contents, named_content: None };
    let certificate_sha256 = plan.identity.certificate.fingerprint();
    let work = BatchWork::Sign { identity: plan.identity.id, certificate_sha256 };
    begin(session, work, &frozen, &plan.options.target, &plan.entries).await
}

/// Writes a batch into the journal: what is done, `asked` how, and to which documents. Durable when this returns.
pub(crate) async fn begin(
    session: &Session,
    work: BatchWork,
    asked: &impl Serialize,
    target: &Target,
    entries: &[(String, Entry)],
) -> OfficeResult<AtWork> {
    let id = JobId::generate();
    let at_work = AtWork::new(id).ok_or_else(|| OfficeError::internal("a batch twice"))?;
    let (output_folder, output_file) = match target {
        Target::Beside => (None, None),
        Target::Folder(folder) => (Some(folder.clone()), None),
        Target::File(file) => (None, Some(file.clone())),
    };
    let batch = cartorio_registry::Batch {
        id,
        started_at: session.clock.now(),
        operator: session.operator.clone(),
        work,
        request: serde_json::to_string(asked).map_err(OfficeError::internal)?,
        output_folder,
        output_file,
        process: this_process(),
        state: BatchState::Open,
        ended_at: None,
        reason: None,
    };
    let items: Vec<BatchItem> = entries.iter().enumerate().map(|(index, (_, entry))| item_of(index, entry)).collect();
    session.registry.add_batch(&batch, &items).await?;
    Ok(at_work)
}

impl AtWork {
    /// Which batch.
    pub(crate) const fn id(&self) -> JobId {
        self.0
    }
}

fn item_of(index: usize, entry: &Entry) -> BatchItem {
    let (size, modified) = entry.seen();
    BatchItem {
        position: position(index),
        path: entry.path.clone(),
        name: entry.name.clone(),
        origin: origin_name(entry.origin).to_owned(),
        size,
        modified,
        sha256: None,
        state: BatchItemState::Waiting,
        output_path: None,
        output_sha256: None,
        announced: BTreeMap::new(),
        error: None,
        started_at: None,
        ended_at: None,
        correlation: None,
    }
}

const fn origin_name(origin: DocumentOrigin) -> &'static str {
    match origin {
        DocumentOrigin::Picked => "picked",
        DocumentOrigin::Dropped => "dropped",
        DocumentOrigin::Sample => "sample",
        DocumentOrigin::Result => "result",
    }
}

fn origin_of(name: &str) -> DocumentOrigin {
    match name {
        "dropped" => DocumentOrigin::Dropped,
        "sample" => DocumentOrigin::Sample,
        "result" => DocumentOrigin::Result,
        _ => DocumentOrigin::Picked,
    }
}

/// Batches that did not end and that nobody works on.
pub(crate) async fn interrupted(session: &Session) -> OfficeResult<Vec<BatchView>> {
    session.require(Permission::Sign)?;
    let mut views = Vec::new();
    for batch in session.registry.open_batches().await? {
        if is_at_work(session, &batch) {
            continue;
        }
        let items = session.registry.batch_items(batch.id).await?;
        if items.iter().all(|item| is_end(item.state)) {
            // It stopped between its last document and its own end: there is nothing to decide.
            let ended = JournalEntry::BatchEnded { batch: batch.id, reason: None, at: session.clock.now() };
            session.registry.journal(vec![ended]).await?;
            continue;
        }
        views.push(view(session, batch, items).await?);
    }
    Ok(views)
}

/// The newest batches of the journal, newest first, wherever they stand.
pub(crate) async fn latest(session: &Session, most: u32) -> OfficeResult<Vec<BatchView>> {
    session.require(Permission::Sign)?;
    let mut views = Vec::new();
    for batch in session.registry.batches(most).await? {
        let items = session.registry.batch_items(batch.id).await?;
        views.push(view(session, batch, items).await?);
    }
    Ok(views)
}

/// The jobs of this session's operator: those that are not over, and the last one of each kind where that has ended. Oldest first.
pub(crate) async fn of_session(session: &Session, jobs: &Jobs) -> OfficeResult<Vec<JobView>> {
    session.require(Permission::Sign)?;
    let (mut views, mut kinds) = (Vec::new(), Vec::new());
    // One that somebody's leaving interrupted is told as such.
    for job in jobs.known().iter().rev().filter(|job| !job.is_suspended()) {
        let snapshot = job.snapshot();
        let Some(Ok(id)) = snapshot.batch.as_deref().map(str::parse) else { continue };
        let batch = match session.registry.batch(id).await {
            Ok(batch) => batch,
            // A job of an office that was left.
            Err(RegistryError::NotFound { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let kind = std::mem::discriminant(&batch.work);
        if batch.operator.id != session.operator.id || (job.is_over() && kinds.contains(&kind)) {
            continue;
        }
        kinds.push(kind);
        let items = session.registry.batch_items(batch.id).await?;
        // Whether files changed is asked when they are signed.
        views.push(JobView { batch: view_with(session, batch, &items, 0).await?, job: snapshot });
    }
    views.reverse();
    Ok(views)
}

/// What became of each document of a batch, wherever it stands.
pub(crate) async fn documents(session: &Session, documents: &Arc<Documents>, id: &str) -> OfficeResult<Vec<JobItem>> {
    session.require(Permission::Sign)?;
    let batch = batch(session, id).await?;
    let mut views = Vec::new();
    for item in session.registry.batch_items(batch.id).await? {
        views.push(view_of(session, documents, &item).await?);
    }
    Ok(views)
}

async fn view(session: &Session, batch: cartorio_registry::Batch, items: Vec<BatchItem>) -> OfficeResult<BatchView> {
    let looked = move || {
        let changed = items.iter().filter(|item| !is_end(item.state) && has_changed(item)).count();
        (items, changed)
    };
    let (items, changed) = blocking(looked).await?;
    view_with(session, batch, &items, changed).await
}

async fn view_with(
    session: &Session,
    batch: cartorio_registry::Batch,
    items: &[BatchItem],
    changed: usize,
) -> OfficeResult<BatchView> {
    let (kind, level, identity) = match &batch.work {
        BatchWork::Sign { identity, .. } => match session.registry.identity(*identity).await {
            Ok(identity) => (BatchKind::Sign, None, Some(identity)),
            Err(RegistryError::NotFound { .. }) => (BatchKind::Sign, None, None),
            Err(error) => return Err(error.into()),
        },
        BatchWork::Extend => (BatchKind::Extend, extension::journal::goal_of(&batch), None),
    };
    let of = |wanted: fn(BatchItemState) -> bool| position(items.iter().filter(|item| wanted(item.state)).count());
    let (done, failed, left) = (
        of(|state| state == BatchItemState::Done),
        of(|state| matches!(state, BatchItemState::Failed | BatchItemState::Cancelled)),
        of(|state| !is_end(state)),
    );
    Ok(BatchView {
        id: batch.id.to_string(),
        kind,
        level,
        started_at: rfc3339(batch.started_at),
        operator: batch.operator.name,
        key_ref: identity.as_ref().map(|own| own.key_ref.clone()),
        identity: identity.map(|own| own.label).unwrap_or_default(),
        total: position(items.len()),
        done,
        failed,
        left,
        changed: position(changed),
    })
}

/// Gives up what is left of a batch.
pub(crate) async fn abandon(session: &Session, id: &str, reason: &str) -> OfficeResult<Vec<BatchView>> {
    session.require(Permission::Sign)?;
    let reason = super::skip::why(reason)?;
    let batch = find(session, id).await?;
    let _at_work = AtWork::new(batch.id).ok_or(BatchError::AtWork)?;
    claim(session, &batch).await?;
    // What was signed stays signed: a result that lies there is on record before what is left is given up.
    let items = session.registry.batch_items(batch.id).await?;
    sweep_beside(&items).await;
    for item in items.iter().filter(|own| own.state == BatchItemState::Running) {
        Settling::of(session, &batch, item).is_done().await?;
    }
    let items = session.registry.batch_items(batch.id).await?;
    let facts = facts_of(&batch, &items).with("reason", reason);
    let begun = session.begin(Act::BatchAbandoned, facts).await?;
    let end = JournalEntry::BatchEnded { batch: batch.id, reason: Some(reason.to_owned()), at: session.clock.now() };
    begun.end_with(&Ok(()), Facts::default(), vec![end]).await?;
    interrupted(session).await
}

/// Takes a batch over from the process that does not run any more.
async fn claim(session: &Session, batch: &cartorio_registry::Batch) -> OfficeResult<()> {
    match session.registry.claim_batch(batch.id, &batch.process, &this_process()).await {
        Ok(()) => Ok(()),
        Err(RegistryError::Conflict { .. }) => Err(BatchError::AtWork.into()),
        Err(error) => Err(error.into()),
    }
}

fn facts_of(batch: &cartorio_registry::Batch, items: &[BatchItem]) -> Facts {
    let left = items.iter().filter(|item| !is_end(item.state)).count();
    let own = match &batch.work {
        BatchWork::Sign { certificate_sha256, .. } => Facts::certificate(certificate_sha256),
        BatchWork::Extend => match extension::journal::goal_of(batch) {
            Some(level) => Facts::default().with("level", level_name(level)),
            None => Facts::default(),
        },
    };
    let mut facts = own
        .with("batch", batch.id.to_string())
        .with("documents", items.len().to_string())
        .with("left", left.to_string());
    facts.detail.insert("begun_by".to_owned(), batch.operator.name.clone());
    facts
}

/// A batch of the journal, wherever it stands.
pub(super) async fn batch(session: &Session, id: &str) -> OfficeResult<cartorio_registry::Batch> {
    let id: JobId = id.parse().map_err(|_| BatchError::Unknown)?;
    match session.registry.batch(id).await {
        Ok(batch) => Ok(batch),
        Err(RegistryError::NotFound { .. }) => Err(BatchError::Unknown.into()),
        Err(error) => Err(error.into()),
    }
}

/// An open batch that nobody works on.
async fn find(session: &Session, id: &str) -> OfficeResult<cartorio_registry::Batch> {
    let batch = batch(session, id).await?;
    if batch.state != BatchState::Open {
        return Err(BatchError::Over.into());
    }
    if is_at_work(session, &batch) {
        return Err(BatchError::AtWork.into());
    }
    Ok(batch)
}

fn is_at_work(session: &Session, batch: &cartorio_registry::Batch) -> bool {
    if batch.process == this_process() {
        return AtWork::has(batch.id);
    }
    runs(&session.folder, &batch.process, session.clock.now() - batch.started_at)
}

const fn is_end(state: BatchItemState) -> bool {
    match state {
        BatchItemState::Waiting | BatchItemState::Running => false,
        BatchItemState::Done | BatchItemState::Failed | BatchItemState::Cancelled => true,
    }
}

/// Whether the file is not the one that the batch was asked for (its size, and when it was changed); gone counts as well. Blocks.
fn has_changed(item: &BatchItem) -> bool {
    let Ok(metadata) = std::fs::metadata(&item.path) else { return true };
    let since = metadata.modified().ok().and_then(|at| at.duration_since(std::time::SystemTime::UNIX_EPOCH).ok());
    let modified = since.and_then(|since| i64::try_from(since.as_nanos()).ok());
    (metadata.len(), modified) != (item.size, item.modified)
}

impl Office {
    /// Goes on with an interrupted batch where nobody is there to wait for: what would pause it ends it. `password` is tried on
    /// every PDF that asks for one.
    ///
    /// # Errors
    /// When the batch is over or at work, its identity has another certificate now, or that is not valid; when a PDF asks for a
    /// password that was not given. Nothing has happened then.
    pub async fn resume_batch(&self, id: &str, password: Option<SecretString>) -> OfficeResult<JobSnapshot> {
        let job = self.resume_in_terminal(id, password, false).await?;
        job.ended().await;
        Ok(job.snapshot())
    }

    /// As [`Self::resume_batch`], and comes back at once; where it is `attended`, what pauses it waits for somebody.
    ///
    /// # Errors
    /// As there; an attended batch asks for passwords later.
    pub async fn begin_resumed(
        &self,
        id: &str,
        password: Option<SecretString>,
        attended: bool,
    ) -> OfficeResult<JobSnapshot> {
        Ok(self.resume_in_terminal(id, password, attended).await?.snapshot())
    }

    async fn resume_in_terminal(
        &self,
        id: &str,
        password: Option<SecretString>,
        attended: bool,
    ) -> OfficeResult<Arc<Job>> {
        let asks = Asks::Terminal { attended, file: None, named: NamedSources::default() };
        resume(self, id, asks, password).await
    }
}

/// Goes on with an interrupted batch. The work goes on by itself.
pub(crate) async fn resume(
    office: &Office,
    id: &str,
    asks: Asks,
    password: Option<SecretString>,
) -> OfficeResult<Arc<Job>> {
    let session = office.session().await?;
    session.require(Permission::Sign)?;
    let batch = find(&session, id).await?;
    let pauses = asks.is_attended();
    let own = Interrupted { office, session, batch, pauses, password };
    match own.batch.work.clone() {
        BatchWork::Sign { identity, certificate_sha256 } => own.sign(identity, &certificate_sha256).await,
        BatchWork::Extend => extension::journal::go_on(own).await,
    }
}

/// A batch that somebody goes on with.
pub(crate) struct Interrupted<'a> {
    pub(crate) office: &'a Office,
    pub(crate) session: Arc<Session>,
    pub(crate) batch: cartorio_registry::Batch,
    /// Whether somebody is there to wait for.
    pub(crate) pauses: bool,
    /// What is tried on every PDF that asks for a password.
    password: Option<SecretString>,
}

/// The documents of an interrupted batch, and those of them that have no end yet, opened again.
pub(crate) struct Reopened {
    pub(crate) items: Vec<BatchItem>,
    opened: Vec<Opened>,
}

/// What a batch goes on with.
pub(crate) struct TakenUp {
    pub(crate) at_work: AtWork,
    /// With every document of the batch.
    pub(crate) job: Arc<Job>,
    /// Those that are left.
    pub(crate) entries: Vec<(String, Entry)>,
    /// Where each of those stands in the job and in the journal.
    pub(crate) positions: Vec<usize>,
    /// Acts that a crash interrupted, by position: their documents are begun again.
    pub(crate) again: HashMap<usize, JobId>,
    /// Those that ask for a password that is not known any more.
    pub(crate) closed: BTreeSet<usize>,
}

impl Interrupted<'_> {
    /// What was asked for.
    pub(crate) fn asked<T: serde::de::DeserializeOwned>(&self) -> OfficeResult<T> {
        let unreadable = |error: serde_json::Error| BatchError::Unreadable { reason: error.to_string() };
        Ok(serde_json::from_str(&self.batch.request).map_err(unreadable)?)
    }

    /// Opens what is left. Where nobody is there to type them, every password has to be known.
    pub(crate) async fn reopen(&self) -> OfficeResult<Reopened> {
        let items = self.session.registry.batch_items(self.batch.id).await?;
        let left: Vec<BatchItem> = items.iter().filter(|item| !is_end(item.state)).cloned().collect();
        let opened = open(&self.office.documents, left, self.password.clone()).await?;
        let mut closed = opened.iter().filter(|own| own.closed);
        if let (false, Some(first)) = (self.pauses, closed.next()) {
            return Err(BatchError::PasswordNeeded { name: first.item.name.clone(), more: closed.count() }.into());
        }
        Ok(Reopened { items, opened })
    }

    /// Takes the batch over, on record, and settles what was under way.
    pub(crate) async fn take_up(&self, Reopened { items, opened }: Reopened) -> OfficeResult<TakenUp> {
        let (office, session, batch) = (self.office, &*self.session, &self.batch);
        let at_work = AtWork::new(batch.id).ok_or(BatchError::AtWork)?;
        let facts = facts_of(batch, &items);
        session.record(Act::BatchResumed, facts, async |_: &mut Facts| claim(session, batch).await).await?;

        let mut views = Vec::with_capacity(items.len());
        for item in &items {
            views.push(view_of(session, &office.documents, item).await?);
        }
        let (mut again, mut positions, mut entries, mut closed) =
            (HashMap::new(), Vec::new(), Vec::new(), BTreeSet::new());
        sweep_beside(&items).await;
        for own in opened {
            let index = usize::try_from(own.item.position).unwrap_or(usize::MAX);
            let Some(view) = views.get_mut(index) else { continue };
            let settling = Settling::of(session, batch, &own.item);
            if own.item.state == BatchItemState::Running && settling.is_done().await? {
                let settled = session.registry.batch_items(batch.id).await?.into_iter().nth(index);
                *view = view_of(session, &office.documents, &settled.unwrap_or(own.item)).await?;
                continue;
            }
            let entry =
                own.handle.map(|handle| Ok::<_, OfficeError>((office.documents.get(&handle)?, handle))).transpose()?;
            match (entry, own.problem) {
                (Some((entry, handle)), None) => {
                    if let (BatchItemState::Running, Some(correlation)) = (own.item.state, own.item.correlation) {
                        again.insert(index, correlation);
                    }
                    view.document.clone_from(&handle);
                    if own.closed {
                        closed.insert(entries.len());
                        view.error = Some(password_needed(&own.item.name).wire());
                    }
                    positions.push(index);
                    entries.push((handle, entry));
                }
                (_, problem) => {
                    let error = problem.unwrap_or_else(|| OfficeError::DocumentChanged { name: own.item.name.clone() });
                    settling.fail(&error).await?;
                    view.state = ItemState::Failed;
                    view.error = Some(error.wire());
                }
            }
        }
        let job = office.jobs.add_batch(views, batch.id, Arc::clone(&office.ports.events));
        Ok(TakenUp { at_work, job, entries, positions, again, closed })
    }

    async fn sign(self, identity: IdentityId, certificate_sha256: &str) -> OfficeResult<Arc<Job>> {
        let (office, session) = (self.office, Arc::clone(&self.session));
        let Frozen { mut request, frozen_stamp, named_sources, mut named_contents, named_content } = self.asked()?;
        named_contents.extend(named_content);
        let identity = SigningIdentity::load(&session, &identity.to_string()).await?;
        if identity.certificate.fingerprint() != certificate_sha256 {
            return Err(BatchError::OtherCertificate { identity: identity.label }.into());
        }
        identity.require_valid(session.clock.now())?;
        let reopened = self.reopen().await?;
        request.documents = reopened.opened.iter().filter_map(|own| own.handle.clone()).collect();
        request.output_folder = self.batch.output_folder.clone().map(|folder| office.documents.folder(folder).id);
        let mut plan = if request.documents.is_empty() {
            None
        } else {
            Some(Plan::make(&session, &office.documents, &request, frozen_stamp).await?)
        };
        if let Some(plan) = &mut plan {
            plan.options.contents = Named::new(named_contents, reopened.items.len());
        }
        if let (Some(plan), Some(file)) = (&mut plan, &self.batch.output_file) {
            plan.options.target = Target::File(file.clone());
        }
        let sources = office.sources_again(request.profile.offline, &named_sources).await?;

        let TakenUp { at_work, job, entries, positions, again, closed } = self.take_up(reopened).await?;
        let Some(mut plan) = plan else {
            let ended = JournalEntry::BatchEnded { batch: self.batch.id, reason: None, at: session.clock.now() };
            session.registry.journal(vec![ended]).await?;
            job.end();
            return Ok(job);
        };
        plan.entries = entries;
        let work = Batch {
            session,
            documents: Arc::clone(&office.documents),
            job: Arc::clone(&job),
            sources: Arc::new(sources),
            plan,
            positions,
            again,
            pauses: self.pauses,
            closed,
            journal: self.batch.id,
            at_work,
            signers: Signers::default(),
            standing: OwnStanding::default(),
            sizes: Arc::default(),
            room: Room::default(),
            halted: AtomicBool::default(),
            token_size: Arc::default(),
            kept: Kept::default(),
            unsettled: Unsettled::default(),
        };
        tokio::spawn(Arc::new(work).run());
        Ok(job)
    }
}

/// A document of an interrupted batch, opened again.
struct Opened {
    item: BatchItem,
    /// Absent where the file cannot be opened, or is another one.
    handle: Option<String>,
    problem: Option<OfficeError>,
    /// Whether it asks for a password that is not known any more.
    closed: bool,
}

async fn open(
    documents: &Arc<Documents>,
    items: Vec<BatchItem>,
    password: Option<SecretString>,
) -> OfficeResult<Vec<Opened>> {
    let documents = Arc::clone(documents);
    let open_one = move |item: BatchItem| {
        if item.path.exists() && has_changed(&item) {
            let problem = Some(OfficeError::DocumentChanged { name: item.name.clone() });
            return Opened { item, handle: None, problem, closed: false };
        }
        match documents.open(&item.path, origin_of(&item.origin)) {
            Ok(info) => {
                let asks = info.sign_problem.as_ref().is_some_and(|own| own.code == "pdf_encrypted");
                let opens = |password: &SecretString| documents.unlock(&info.id, password.clone()).is_ok();
                let closed = asks && !password.as_ref().is_some_and(opens);
                Opened { item, handle: Some(info.id), problem: None, closed }
            }
            Err(error) => Opened { item, handle: None, problem: Some(error), closed: false },
        }
    };
    blocking(move || items.into_iter().map(open_one).collect()).await
}

/// A document as trail and journal know it; what is still there has a handle.
async fn view_of(session: &Session, documents: &Arc<Documents>, item: &BatchItem) -> OfficeResult<JobItem> {
    let done = item.state == BatchItemState::Done;
    let known = if done { Known::of(session, item).await? } else { Known::default() };
    let (documents, own) = (Arc::clone(documents), item.clone());
    let (document, output) = blocking(move || {
        let held = |path: &Path, origin| documents.hold(path, origin).ok();
        // What is not signed yet gets its handle when it is opened; what is gone keeps a place of its own in the list.
        let input = is_end(own.state).then(|| held(&own.path, origin_of(&own.origin))).flatten();
        let document = input.map_or_else(|| DocumentId::generate().to_string(), |own| own.id);
        let output = own.output_path.as_deref().filter(|_| done).and_then(|path| held(path, DocumentOrigin::Result));
        (document, output)
    })
    .await?;
    Ok(JobItem {
        state: item_state(item.state),
        error: item.error.as_ref().filter(|_| !done).map(|own| told_again(own, &item.name)),
        output,
        receipt: known.receipt,
        ..JobItem::waiting(document, item.name.clone())
    })
}

/// What a document says that waits for its password.
pub(crate) fn password_needed(name: &str) -> OfficeError {
    passwords_needed(name, 0)
}

/// What a batch says that waits for the passwords of the document called `name` and `more` others.
pub(crate) fn passwords_needed(name: &str, more: usize) -> OfficeError {
    BatchError::PasswordNeeded { name: name.to_owned(), more }.into()
}

/// What the journal keeps of an error.
pub(crate) fn kept(error: &WireError) -> ItemError {
    // Some parameters are structures, which half of helps nobody.
    let params = error.params.iter().filter(|(_, value)| value.len() <= MOST);
    ItemError { code: error.code.clone(), params: params.map(|(name, value)| (name.clone(), value.clone())).collect() }
}

/// A parameter of an error that is longer than this, in bytes, is not kept: what a server answered may be endless.
const MOST: usize = 4096;

/// An error that the journal kept.
pub(super) fn told_again(error: &ItemError, name: &str) -> WireError {
    let mut told = told(&error.code, name);
    told.params.extend(error.params.clone());
    told
}

/// An error of which only the code is known.
pub(super) fn told(code: &str, name: &str) -> WireError {
    let params = [("name".to_owned(), name.to_owned())].into();
    WireError { code: code.to_owned(), params, ..OfficeError::internal("see the trail").wire() }
}

pub(super) const fn item_state(state: BatchItemState) -> ItemState {
    match state {
        BatchItemState::Waiting | BatchItemState::Running => ItemState::Waiting,
        BatchItemState::Done => ItemState::Done,
        BatchItemState::Failed => ItemState::Failed,
        BatchItemState::Cancelled => ItemState::Cancelled,
    }
}

/// Sweeps where documents that were under way were about to get their results, each folder once. Where every one of them turns out
/// to be signed, or the batch is given up, no batch goes on and sweeps.
async fn sweep_beside(items: &[BatchItem]) {
    let under_way = items.iter().filter(|own| own.state == BatchItemState::Running);
    let results = under_way.filter_map(|own| own.output_path.as_deref());
    let folders: BTreeSet<PathBuf> = results.map(|first| folder_of(first).to_owned()).collect();
    // Litter keeps nothing from being settled.
    let _ = blocking(move || folders.iter().for_each(|folder| sweep(folder))).await;
}

/// What becomes of a document that was under way.
struct Settling<'a> {
    session: &'a Session,
    batch: &'a cartorio_registry::Batch,
    item: &'a BatchItem,
    /// Whether a lower level than the one that was asked for may have been accepted.
    may_be_lower: bool,
}

impl<'a> Settling<'a> {
    fn of(session: &'a Session, batch: &'a cartorio_registry::Batch, item: &'a BatchItem) -> Self {
        // Of an extension everything is announced, the level that was reached included.
        let asked: Result<Frozen, _> = serde_json::from_str(&batch.request);
        Self { session, batch, item, may_be_lower: asked.map_or(true, |own| own.request.profile.accept_lower_level) }
    }

    /// Whether it is signed: by the trail, or by what lies on the disk, which is put on record then.
    async fn is_done(&self) -> OfficeResult<bool> {
        let Some(correlation) = self.item.correlation else { return Ok(false) };
        let records = self.session.registry.records_of(correlation).await?;
        for record in &records {
            if record.entry.phase == (Phase::Result { outcome: Outcome::Succeeded }) {
                let sha256 = record.entry.detail.get("output_sha256").cloned();
                let output = self.item.output_path.clone().zip(sha256.or_else(|| self.item.output_sha256.clone()));
                self.session.registry.journal(vec![self.ended(BatchItemState::Done, output, None)]).await?;
                return Ok(true);
            }
        }
        let Some(path) = self.lies_there(records.first()).await? else { return Ok(false) };
        self.recover(correlation, path, records.first()).await?;
        Ok(true)
    }

    /// The file that is what was announced.
    async fn lies_there(&self, intent: Option<&AuditRecord>) -> OfficeResult<Option<PathBuf>> {
        let (Some(first), Some(announced)) = (self.item.output_path.clone(), self.item.output_sha256.clone()) else {
            return Ok(None);
        };
        let act = intent.map(|own| own.entry.act);
        blocking(move || where_it_lies(act, &first, &announced)).await
    }

    /// Puts a result on record that lies there and that the trail does not know. `intent` is what was announced of its making.
    async fn recover(&self, correlation: JobId, path: PathBuf, intent: Option<&AuditRecord>) -> OfficeResult<()> {
        let (input, output) =
            (self.item.sha256.clone().unwrap_or_default(), self.item.output_sha256.clone().unwrap_or_default());
        // What an extension makes is known with its result, and announced with it.
        let said = intent.and_then(|own| own.entry.detail.get("format")).or_else(|| self.item.announced.get("format"));
        let format = said.cloned().unwrap_or_default();
        let mut facts = Facts::document(&self.item.name, input.clone(), self.item.size)
            .with("batch", self.batch.id.to_string())
            .with("attempt", correlation.to_string())
            .with("output", file_name(&path))
            .with("output_sha256", output.clone())
            .with("format", format.clone());
        if let Some(intent) = intent {
            facts.algorithm.clone_from(&intent.entry.algorithm);
            facts.key_ref.clone_from(&intent.entry.key_ref);
            facts.key_id.clone_from(&intent.entry.key_id);
            for name in ["level", "policy", "identity"] {
                if let Some(value) = intent.entry.detail.get(name) {
                    facts = facts.with(name, value.clone());
                }
            }
            // In a journal of an earlier version it is not said which level was reached; where a lower one was accepted, nobody
            // knows it then, and the record vouches for the signature alone.
            if let (false, Some(level)) = (self.may_be_lower, intent.entry.detail.get("level")) {
                facts = facts.with("level_reached", level.clone());
            }
        }
        facts.detail.extend(self.item.announced.clone());
        let key = AnnouncedKey::taken(&mut facts.detail);
        facts.key_id = key.id.or(facts.key_id);
        facts.request_id = key.request_id;
        if let BatchWork::Sign { certificate_sha256, .. } = &self.batch.work {
            facts.certificate_sha256 = Some(certificate_sha256.clone());
        }
        let mut act = None;
        let own_act = |correlation| {
            act = Some(correlation);
            Vec::new()
        };
        let begun = self.session.begin_with(Act::ResultRecovered, facts, own_act).await?;
        let mut rows = vec![self.ended(BatchItemState::Done, Some((path.clone(), output.clone())), None)];
        if let BatchWork::Sign { identity, .. } = &self.batch.work {
            rows.push(JournalEntry::Signed(SignedDocument {
                id: DocumentId::generate(),
                name: self.item.name.clone(),
                input_sha256: input,
                output_sha256: output,
                format,
                identity: *identity,
                signed_at: self.item.started_at.unwrap_or_else(|| self.session.clock.now()),
                output_path: path,
            }));
        }
        rows.extend(act.map(|correlation| JournalEntry::ItemOnRecord {
            batch: self.batch.id,
            position: self.item.position,
            correlation,
        }));
        begun.end_with(&Ok(()), Facts::default(), rows).await?;
        Ok(())
    }

    async fn fail(&self, error: &OfficeError) -> OfficeResult<()> {
        let ended = self.ended(BatchItemState::Failed, None, Some(kept(&error.wire())));
        Ok(self.session.registry.journal(vec![ended]).await?)
    }

    fn ended(
        &self,
        state: BatchItemState,
        output: Option<(PathBuf, String)>,
        error: Option<ItemError>,
    ) -> JournalEntry {
        let at = self.session.clock.now();
        JournalEntry::ItemEnded { batch: self.batch.id, position: self.item.position, state, output, error, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_again_as_it_was() {
        let error = OfficeError::InvalidField { field: "reason", reason: "too_long" }.wire();
        let again = told_again(&kept(&error), "ata.pdf");
        assert_eq!((&again.code, &again.params["reason"]), (&error.code, &error.params["reason"]));
        assert_eq!(again.params["name"], "ata.pdf", "for errors that say no name");
        // An error's own name counts, and what is endless is not kept.
        let named = OfficeError::OutputUnwritable { name: "outra.pdf".to_owned(), reason: "x".repeat(MOST + 1) }.wire();
        let again = told_again(&kept(&named), "ata.pdf");
        assert_eq!((again.params["name"].as_str(), again.params.get("reason")), ("outra.pdf", None));
    }
}
