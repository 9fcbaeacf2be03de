//! Signing: authorise → announce → prepare → sign → check → write → record. One way, no back and forth.

pub(crate) mod check;
mod engine;
mod error;
mod identity;
pub(crate) mod levels;
pub(crate) mod make;
mod plan;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use cartorio_core::WireError;
use cartorio_keys::KeyError;
use time::OffsetDateTime;

pub(crate) use engine::{fingerprint, hash_file, level_name};
pub(crate) use error::{ErrorKind, SignError};
pub(crate) use identity::{SigningIdentity, load_certificate, origin_view};
pub(crate) use plan::Options;
pub(crate) use target::{RESULTS, Target};

use self::engine::Signing;
use self::plan::Plan;
use self::target::planned_name;
use crate::documents::{Documents, Entry};
use crate::dto::{
    DocumentOrigin, IdentitySummary, ItemState, JobItem, JobSnapshot, JobStatus, Permission, SignFormat, SignLevel,
    SignPreview, SignPreviewItem, SignRemark, SignRequest,
};
use crate::jobs::{Job, Jobs};
use crate::material::Sources;
use crate::output::sweep;
use crate::ports::EventSink;
use crate::session::Session;
use crate::stamps::PlannedStamp;
use crate::{OfficeError, OfficeResult, policies, unlock};

/// The identities of the office, newest first.
pub(crate) async fn identities(session: &Session) -> OfficeResult<Vec<IdentitySummary>> {
    let mut summaries = Vec::new();
    for identity in session.registry.identities(false).await? {
        summaries.push(SigningIdentity::load(session, &identity.id.to_string()).await?.summary(session.clock.now()));
    }
    Ok(summaries)
}

/// Who asks for a batch.
pub(crate) enum Asks {
    /// The window: somebody is there to log in or to type a PIN, so the batch waits for them.
    Window,
    /// The terminal: nobody may be there, so it ends; and the result may have a name of its own.
    Terminal {
        /// The file that the one result goes to.
        file: Option<PathBuf>,
    },
}

/// Says what signing would do; touches neither the key nor the trail.
pub(crate) async fn preview(
    session: &Session,
    documents: &Documents,
    request: &SignRequest,
    has_authorities: bool,
) -> OfficeResult<SignPreview> {
    session.require(Permission::Sign)?;
    let plan = Plan::make(session, documents, request).await?;
    let now = session.clock.now();
    let mut items = Vec::with_capacity(plan.entries.len());
    for (id, entry) in &plan.entries {
        items.push(preview_one(session, &plan, id, entry, has_authorities, now).await?);
    }
    Ok(SignPreview { legal: plan.identity.legal(), algorithm: plan.options.algorithm().to_string(), items })
}

async fn preview_one(
    session: &Session,
    plan: &Plan,
    id: &str,
    entry: &Entry,
    has_authorities: bool,
    now: OffsetDateTime,
) -> OfficeResult<SignPreviewItem> {
    let naming = match plan.options.naming(entry) {
        Ok(naming) => naming,
        Err(error) => {
            return Ok(SignPreviewItem {
                document: id.to_owned(),
                format: SignFormat::CadesDetached,
                level: plan.options.level,
                output_name: String::new(),
                remarks: Vec::new(),
                problem: Some(error.wire()),
            });
        }
    };
    let (mut remarks, mut problem) = (Vec::new(), None);
    match plan.options.policy_for(naming.format, now) {
        Ok(None) => {}
        Ok(Some(policy)) => {
            let options = &plan.options;
            remarks = policies::remarks(session, &plan.identity, options, policy, naming.format, has_authorities).await?;
        }
        Err(error) => problem = Some(error.wire()),
    }
    if plan.options.level >= SignLevel::BT && !has_authorities {
        remarks.push(SignRemark { code: "no_authorities".to_owned(), blocks: true, params: BTreeMap::default() });
    }
    if plan.options.level >= SignLevel::BT && plan.options.offline {
        remarks.push(SignRemark { code: "offline_level".to_owned(), blocks: true, params: BTreeMap::default() });
    }
    let target = plan.options.target.for_entry(entry, &session.folder);
    let (own, stamp, format) = (entry.clone(), plan.options.stamp.clone(), naming.format);
    let options = plan.options.pdf_options();
    let (output_name, found, stamp_remark) = blocking(move || {
        let name = planned_name(&target.candidates(&own, &naming));
        let found = if format == SignFormat::Pades { own.sign_problem_with(&options) } else { None };
        let remark = match (&stamp, format) {
            (Some(stamp), SignFormat::Pades) if found.is_none() => {
                own.open_pdf().and_then(|file| stamp.remark(&file)).unwrap_or_else(|error| Some(error.wire()))
            }
            (Some(_) | None, _) => None,
        };
        (name, found, remark)
    })
    .await?;
    if let Some(remark) = stamp_remark {
        let blocks = !(plan.options.stamp.as_ref().is_some_and(PlannedStamp::may_cover) && remark.code == "stamp_covers");
        remarks.push(SignRemark { code: remark.code, blocks, params: remark.params });
    }
    Ok(SignPreviewItem {
        document: id.to_owned(),
        format,
        level: plan.options.level,
        output_name,
        remarks,
        problem: problem.or(found),
    })
}

/// Starts a batch. The work goes on by itself; the snapshot and its events tell how far it is.
pub(crate) async fn start(
    session: &Arc<Session>,
    documents: &Arc<Documents>,
    jobs: &Jobs,
    events: Arc<dyn EventSink>,
    sources: Sources,
    request: &SignRequest,
    asks: Asks,
) -> OfficeResult<Arc<Job>> {
    session.require(Permission::Sign)?;
    let mut plan = Plan::make(session, documents, request).await?;
    let pauses = match asks {
        Asks::Window => true,
        Asks::Terminal { file } => {
            if let Some(file) = file {
                plan.options.target = Target::File(file);
            }
            false
        }
    };
    plan.identity.require_valid(session.clock.now())?;
    let items = plan
        .entries
        .iter()
        .map(|(id, entry)| JobItem {
            document: id.clone(),
            name: entry.name.clone(),
            state: ItemState::Waiting,
            phase: None,
            error: None,
            output: None,
            receipt: None,
        })
        .collect();
    let job = jobs.add(items, events);
    tokio::spawn(run(Arc::clone(session), Arc::clone(documents), Arc::clone(&job), Arc::new(sources), plan, pauses));
    Ok(job)
}

/// Waits until a job has ended.
pub(crate) async fn finished(job: &Job) -> JobSnapshot {
    loop {
        let snapshot = job.snapshot();
        if !matches!(snapshot.status, JobStatus::Running | JobStatus::Paused) {
            return snapshot;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

async fn run(
    session: Arc<Session>,
    documents: Arc<Documents>,
    job: Arc<Job>,
    sources: Arc<Sources>,
    plan: Plan,
    pauses: bool,
) {
    let token_size = Arc::default();
    let mut stop: Option<OfficeError> = None;
    let folders: BTreeSet<PathBuf> = plan
        .entries
        .iter()
        .map(|(_, entry)| plan.options.target.for_entry(entry, &session.folder).folder(entry).to_owned())
        .collect();
    // Litter stops nobody from signing.
    let _ = blocking(move || folders.iter().for_each(|folder| sweep(folder))).await;
    for (index, (_, entry)) in plan.entries.iter().enumerate() {
        let result = match &stop {
            // After an error that every other document would meet too, nothing more is asked of the key.
            Some(_) => Err(OfficeError::Cancelled),
            None => match job.go_on() {
                Err(cancelled) => Err(cancelled),
                Ok(()) => {
                    let target = plan.options.target.for_entry(entry, &session.folder);
                    let signing = Signing {
                        session: &session,
                        identity: &plan.identity,
                        options: &plan.options,
                        sources: &sources,
                        token_size: &token_size,
                        target: &target,
                        job: &job,
                        index,
                    };
                    sign_one(&signing, entry, pauses).await
                }
            },
        };
        match result {
            Ok(signed) => {
                let documents = Arc::clone(&documents);
                let path = signed.path.clone();
                let output = blocking(move || documents.open(&path, DocumentOrigin::Result)).await;
                job.change(index, |item| {
                    item.state = ItemState::Done;
                    item.phase = None;
                    item.output = output.and_then(|opened| opened).ok();
                    item.receipt = Some(signed.receipt);
                });
            }
            Err(OfficeError::Cancelled) => job.change(index, |item| {
                item.state = ItemState::Cancelled;
                item.phase = None;
                item.error = stop.as_ref().map(OfficeError::wire);
            }),
            Err(error) => {
                job.change(index, |item| {
                    item.state = ItemState::Failed;
                    item.phase = None;
                    item.error = Some(error.wire());
                });
                if !batch_can_continue(&error) {
                    stop = Some(error);
                }
            }
        }
    }
    // A PIN or password opens a key for one batch.
    let _ = unlock::lock(&session, &plan.identity.key_ref).await;
    job.end();
}

/// Signs one document. Where a person has to do something first (log in, type a PIN), the job waits for them and the same
/// document is tried again: nothing of the batch is lost.
async fn sign_one(signing: &Signing<'_>, entry: &Entry, pauses: bool) -> OfficeResult<engine::Signed> {
    loop {
        match signing.run(entry).await {
            Err(OfficeError::Key(error)) if pauses && waits_for_a_person(&error) => {
                signing.job.pause(WireError::from(&error)).await?;
            }
            result => return result,
        }
    }
}

/// Whether a person can do something about it without leaving the batch.
fn waits_for_a_person(error: &KeyError) -> bool {
    matches!(
        error,
        KeyError::LoginRequired { .. }
            | KeyError::ExpiredCredentials
            | KeyError::PinRequired { .. }
            | KeyError::PasswordRequired { .. }
            | KeyError::TokenAbsent { .. }
    )
}

/// Whether the next document may be tried after `error`: a bad file yes, a key or trail that refuses no.
fn batch_can_continue(error: &OfficeError) -> bool {
    !matches!(
        error,
        OfficeError::Key(_)
            | OfficeError::Registry(_)
            | OfficeError::NotPermitted { .. }
            | OfficeError::NoOffice
            | OfficeError::KeyMismatch { .. }
            | OfficeError::IdentityNotValid { .. }
            | OfficeError::Internal { .. }
    )
}

/// Runs file work away from the async threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> OfficeResult<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| OfficeError::internal("a background task"))
}
