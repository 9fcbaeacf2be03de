//! Signing: authorise → announce → prepare → sign → check → write → record. One way, no back and forth.

mod batch;
pub(crate) mod beside;
pub(crate) mod check;
mod counter;
mod engine;
mod error;
mod identity;
pub(crate) mod journal;
mod known;
pub(crate) mod levels;
pub(crate) mod list;
pub(crate) mod make;
mod named;
mod own;
mod plan;
pub(crate) mod present;
mod retry;
pub(crate) mod skip;
pub(crate) mod standing;
mod target;
pub(crate) mod targets;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cartorio_core::WireError;
use cartorio_policy::preflight::code as preflight;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(crate) use batch::{SERVICE_LIMIT, Unsettled, position};
pub(crate) use engine::{Room, fingerprint, format_name, hash_file, level_name};
pub(crate) use error::{SignError, unproven_note};
pub(crate) use identity::{SigningIdentity, load_certificate, origin_view};
pub(crate) use named::Named;
pub(crate) use own::Asked;
pub(crate) use plan::Options;
pub(crate) use target::{RESULTS, Target};

use self::batch::{Batch, Signers};
use self::own::{OwnStanding, Standing};
use self::plan::Plan;
use self::retry::Kept;
use self::target::planned_name;
use crate::documents::{Documents, Entry, file_name};
use crate::dto::{
    IdentityState, IdentitySummary, JobItem, JobSnapshot, LegalLabel, Permission, SignFormat, SignLevel, SignPreview,
    SignPreviewItem, SignRemark, SignRequest, SignerRole,
};
use crate::jobs::{Job, Jobs};
use crate::material::{self, Authorities, Sources};
use crate::ports::EventSink;
use crate::session::Session;
use crate::stamps::PlannedStamp;
use crate::{OfficeError, OfficeResult, policies};

/// The identities of the office, newest first. `sources` are what is at hand: a list waits for no network.
pub(crate) async fn identities(session: &Session, sources: &Sources) -> OfficeResult<Vec<IdentitySummary>> {
    let now = session.clock.now();
    let mut summaries = Vec::new();
    for row in session.registry.identities(false).await? {
        let identity = SigningIdentity::load(session, &row.id.to_string()).await?;
        let mut summary = identity.summary(now);
        if summary.state == IdentityState::Ready {
            let target = std::slice::from_ref(&identity.certificate);
            let known = material::evidence_for(sources, target, &identity.chain, now).await?;
            if known.revoked.iter().any(|own| !own.on_hold) {
                summary.state = IdentityState::Revoked;
            } else if !known.revoked.is_empty() {
                summary.state = IdentityState::OnHold;
            }
        }
        summaries.push(summary);
    }
    Ok(summaries)
}

/// Authorities and evidence that were named for one batch, as its journal keeps them.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct NamedSources {
    /// Addresses of time-stamp authorities.
    pub(crate) authorities: Vec<String>,
    /// Files with evidence, each with the SHA-256 of what was in it.
    #[serde(with = "crate::kept_path::pairs")]
    pub(crate) evidence: Vec<(PathBuf, String)>,
}

impl NamedSources {
    fn is_empty(&self) -> bool {
        self.authorities.is_empty() && self.evidence.is_empty()
    }

    /// The files with evidence as the trail names them, each with the SHA-256 of what was in it; nothing where there are none.
    pub(crate) fn files_told(&self) -> Option<String> {
        let own = |(path, sha256): &(PathBuf, String)| format!("{} ({sha256})", file_name(path));
        (!self.evidence.is_empty()).then(|| self.evidence.iter().map(own).collect::<Vec<_>>().join("; "))
    }
}

/// Who asks for a batch.
pub(crate) enum Asks {
    /// The window: somebody is there to log in or to type a PIN, so the batch waits for them.
    Window {
        /// What was chosen for this batch alone, for going on with it.
        named: NamedSources,
    },
    /// The terminal: the result may have a name of its own.
    Terminal {
        /// Whether somebody sits there; otherwise what the window would wait for ends it.
        attended: bool,
        /// The file that the one result goes to.
        file: Option<PathBuf>,
        /// What was named for this batch alone, for going on with it.
        named: NamedSources,
    },
}

impl Asks {
    /// Whether somebody is there to wait for.
    const fn is_attended(&self) -> bool {
        match self {
            Self::Window { .. } => true,
            Self::Terminal { attended, .. } => *attended,
        }
    }
}

/// Says what signing would do; touches neither the key nor the trail.
pub(crate) async fn preview(
    session: &Session,
    documents: &Documents,
    request: &SignRequest,
    authorities: &Authorities,
    sources: &Sources,
) -> OfficeResult<SignPreview> {
    session.require(Permission::Sign)?;
    let plan = Plan::make(session, documents, request, None).await?;
    let now = session.clock.now();
    // Evidence that has to be had is looked for as when it is signed, where somebody may be asked.
    let asked = plan.options.needs_evidence() && sources.is_online();
    let standing = Standing::look(session, sources, &plan.identity, asked).await?;
    let of_signer = of_standing(standing, &plan.options, asked);
    let mut items = Vec::with_capacity(plan.entries.len());
    for (id, entry) in &plan.entries {
        let mut item = preview_one(session, &plan, id, entry, authorities, now).await?;
        item.remarks.extend(of_signer.clone());
        items.push(item);
    }
    Ok(SignPreview { legal: plan.identity.legal(), algorithm: plan.options.algorithm().to_string(), items })
}

/// What is to be said of the signer's own certificate. Where somebody is asked only when it is signed, what is not known yet is no
/// matter, unless nobody can be asked even then. `asked`: whoever can be asked was.
fn of_standing(standing: Standing, options: &Options, asked: bool) -> Option<SignRemark> {
    let remark = |code: &str, blocks, params| Some(SignRemark { code: code.to_owned(), blocks, params });
    let named = |error: WireError| {
        let mut params = error.params;
        if let Some(subject) = params.remove("subject") {
            params.insert("name".to_owned(), subject);
        }
        params
    };
    match standing {
        Standing::Holds => None,
        Standing::Revoked(error) => remark(preflight::CERTIFICATE_REVOKED, true, named(WireError::from(&error))),
        Standing::Unknown(error) => {
            let nobody = error.is_of_no_address();
            let error = WireError::from(&error);
            if options.needs_evidence() && (asked || options.offline || nobody) {
                return remark(&error.code, !options.accept_lower_level, error.params);
            }
            if options.offline { remark(preflight::CERTIFICATE_UNCHECKED, false, named(error)) } else { None }
        }
    }
}

async fn preview_one(
    session: &Session,
    plan: &Plan,
    id: &str,
    entry: &Entry,
    authorities: &Authorities,
    now: OffsetDateTime,
) -> OfficeResult<SignPreviewItem> {
    let naming = match plan.options.naming(entry) {
        Ok(naming) => naming,
        Err(error) => {
            return Ok(SignPreviewItem {
                document: id.to_owned(),
                format: SignFormat::CadesDetached,
                level: plan.options.told_level(),
                output_name: String::new(),
                remarks: Vec::new(),
                signers: Vec::new(),
                problem: Some(error.wire()),
            });
        }
    };
    let target = plan.options.target.for_entry(entry, &session.folder);
    let (own, stamp, format) = (entry.clone(), plan.options.stamp.clone(), naming.format);
    let (options, field) = (plan.options.pdf_options(&plan.identity.ders), plan.options.field.clone());
    let (output_name, found, stamp_remark, broken) = blocking(move || {
        let name = planned_name(&target.candidates(&own, &naming), format).map_err(|error| error.wire());
        let found = if format == SignFormat::Pades { own.sign_problem_with(&options) } else { None };
        let remark = match (&stamp, format) {
            (Some(stamp), SignFormat::Pades) if found.is_none() => own
                .open_pdf()
                .and_then(|file| stamp.remark(&file, field.as_deref()))
                .unwrap_or_else(|error| Some(error.wire())),
            (Some(_) | None, _) => None,
        };
        (name, found, remark, own.broken_signatures())
    })
    .await?;
    let (output_name, mut problem) = match output_name {
        Ok(name) => (name, None),
        Err(error) => (String::new(), Some(error)),
    };
    let mut remarks = Vec::new();
    match plan.options.policy_for(format, now) {
        Ok(None) => {}
        Ok(Some(policy)) => {
            let found = found.as_ref().map(|own| own.code.as_str());
            remarks = policies::remarks(&plan.identity, &plan.options, policy, format, authorities, found, now);
        }
        Err(error) => problem = problem.or(Some(error.wire())),
    }
    // Where a lower level is accepted the signature is made all the same, and its receipt says which one it has.
    let blocks = !plan.options.accept_lower_level;
    let mut remark =
        |code: &str| remarks.push(SignRemark { code: code.to_owned(), blocks, params: BTreeMap::default() });
    if plan.options.level >= SignLevel::BT && authorities.is_empty() {
        remark("no_authorities");
    }
    if plan.options.level >= SignLevel::BT && plan.options.offline {
        remark("offline_level");
    }
    if !broken.is_empty() {
        let params = BTreeMap::from([("name".to_owned(), broken.join(", "))]);
        remarks.push(SignRemark { code: preflight::DOCUMENT_BROKEN.to_owned(), blocks: false, params });
    }
    if format == SignFormat::Pades
        && plan.options.stamp.as_ref().is_some_and(PlannedStamp::points_to_validar)
        && matches!(plan.identity.legal(), LegalLabel::Advanced | LegalLabel::Demonstration)
    {
        let (code, params) = (preflight::STAMP_NOT_AT_VALIDAR.to_owned(), BTreeMap::default());
        remarks.push(SignRemark { code, blocks: false, params });
    }
    if let Some(remark) = stamp_remark {
        let blocks =
            !(plan.options.stamp.as_ref().is_some_and(PlannedStamp::may_cover) && remark.code == "stamp_covers");
        remarks.push(SignRemark { code: remark.code, blocks, params: remark.params });
    }
    let mut signers = Vec::new();
    if plan.options.role == SignerRole::Countersign {
        let (own, asked) = (entry.clone(), plan.options.countersigned);
        match blocking(move || counter::preview(&own, asked)).await? {
            Ok((found, chosen)) => {
                signers = found;
                problem = problem.or(chosen.err().map(|error| error.wire()));
            }
            Err(error) => problem = problem.or(Some(error.wire())),
        }
    }
    Ok(SignPreviewItem {
        document: id.to_owned(),
        format,
        level: plan.options.told_level(),
        output_name,
        remarks,
        signers,
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
    let mut plan = Plan::make(session, documents, request, None).await?;
    let pauses = asks.is_attended();
    let named = match asks {
        Asks::Window { named } => named,
        Asks::Terminal { attended: _, file, named } => {
            if let Some(file) = file {
                plan.options.target = Target::File(file);
            }
            named
        }
    };
    plan.identity.require_valid(session.clock.now())?;
    let at_work = journal::write(session, &plan, request, named).await?;
    let items = plan.entries.iter().map(|(id, entry)| JobItem::waiting(id.clone(), entry.name.clone())).collect();
    let job = jobs.add_batch(items, at_work.id(), events);
    let batch = Batch {
        session: Arc::clone(session),
        documents: Arc::clone(documents),
        job: Arc::clone(&job),
        sources: Arc::new(sources),
        positions: (0..plan.entries.len()).collect(),
        plan,
        again: HashMap::new(),
        pauses,
        closed: BTreeSet::new(),
        journal: at_work.id(),
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
    tokio::spawn(Arc::new(batch).run());
    Ok(job)
}

/// Waits until a job has ended.
pub(crate) async fn finished(job: &Job) -> JobSnapshot {
    job.ended().await;
    job.snapshot()
}

/// Runs file work away from the async threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> OfficeResult<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| OfficeError::internal("a background task"))
}
