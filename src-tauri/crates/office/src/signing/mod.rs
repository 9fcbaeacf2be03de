//! Signing: authorise → announce → prepare → sign → check → write → record. One way, no back and forth.

mod engine;
mod identity;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use cartorio_core::WireError;
use cartorio_keys::{KeyError, SignatureAlgorithm};

pub(crate) use engine::{RESULTS, Target, fingerprint, hash_file};
pub(crate) use identity::{SigningIdentity, load_certificate, origin_view};

use self::engine::{Signing, planned_name};
use crate::documents::{Documents, Entry};
use crate::dto::{
    DocumentOrigin, IdentitySummary, ItemState, JobItem, JobSnapshot, JobStatus, Permission, SignPreview, SignLevel, SignPreviewItem,
    SignRequest,
};
use crate::jobs::{Job, Jobs};
use crate::output::sweep;
use crate::ports::EventSink;
use crate::session::Session;
use crate::{OfficeError, OfficeResult, unlock};

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
) -> OfficeResult<SignPreview> {
    session.require(Permission::Sign)?;
    let plan = Plan::make(session, documents, request).await?;
    let entries = plan.entries.clone();
    let target = plan.options.target.clone();
    let results = session.folder.clone();
    let items = blocking(move || {
        entries
            .iter()
            .map(|(id, entry)| {
                let target = target.for_entry(entry, &results);
                let (format, output_name) = planned_name(entry, &target);
                let problem = entry.sign_problem();
                SignPreviewItem {
                    document: id.clone(),
                    format,
                    level: SignLevel::BB,
                    output_name,
                    remarks: Vec::new(),
                    problem,
                }
            })
            .collect()
    })
    .await?;
    Ok(SignPreview {
        legal: plan.identity.legal(),
        algorithm: plan.options.algorithm.to_string(),
        items,
    })
}

/// Starts a batch. The work goes on by itself; the snapshot and its events tell how far it is.
pub(crate) async fn start(
    session: &Arc<Session>,
    documents: &Arc<Documents>,
    jobs: &Jobs,
    events: Arc<dyn EventSink>,
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
    tokio::spawn(run(Arc::clone(session), Arc::clone(documents), Arc::clone(&job), plan, pauses));
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

/// What a batch does, decided before it starts and not changed any more.
struct Plan {
    identity: SigningIdentity,
    options: Options,
    entries: Vec<(String, Entry)>,
}

/// The choices that all documents of a batch share.
#[derive(Clone)]
pub(crate) struct Options {
    algorithm: SignatureAlgorithm,
    reason: Option<String>,
    location: Option<String>,
    unseen_reason: Option<String>,
    target: Target,
}

impl Plan {
    async fn make(session: &Session, documents: &Documents, request: &SignRequest) -> OfficeResult<Self> {
        if request.documents.is_empty() {
            return Err(OfficeError::NothingToSign);
        }
        let identity = SigningIdentity::load(session, &request.identity).await?;
        if session.registry.identity(identity.id).await?.retired_at.is_some() {
            return Err(OfficeError::UnknownIdentity { identity: identity.label });
        }
        let algorithm = match &request.algorithm {
            None => identity.algorithm,
            Some(name) => name
                .parse()
                .map_err(|_| OfficeError::InvalidField { field: "algorithm", reason: "malformed" })?,
        };
        identity.require_algorithm(algorithm)?;
        let target = match &request.output_folder {
            None => Target::Beside,
            Some(id) => Target::Folder(documents.get_folder(id)?),
        };
        let options = Options {
            algorithm,
            reason: text_field("reason", request.reason.as_deref())?,
            location: text_field("location", request.location.as_deref())?,
            unseen_reason: text_field("unseen_reason", request.unseen_reason.as_deref())?,
            target,
        };
        let entries = request
            .documents
            .iter()
            .map(|id| Ok((id.clone(), documents.get(id)?)))
            .collect::<OfficeResult<_>>()?;
        Ok(Self { identity, options, entries })
    }
}

async fn run(session: Arc<Session>, documents: Arc<Documents>, job: Arc<Job>, plan: Plan, pauses: bool) {
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

/// Free text that goes into a signature: trimmed, bounded, without control characters.
fn text_field(field: &'static str, text: Option<&str>) -> OfficeResult<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > 200 {
        return Err(OfficeError::InvalidField { field, reason: "too_long" });
    }
    if text.chars().any(char::is_control) {
        return Err(OfficeError::InvalidField { field, reason: "malformed" });
    }
    Ok(Some(text.to_owned()))
}

/// Runs file work away from the async threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> OfficeResult<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| OfficeError::internal("a background task"))
}
