//! Taking signatures of earlier days, made here or elsewhere, to a higher level (EN 319 102-1 §5.6: augmentation).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cartorio_ades::create::pades::Dialect;
use cartorio_ades::create::upgrade;
use cartorio_ades::validate;
use cartorio_core::JobId;
use cartorio_policy::{Family, Policy, PolicyLevel};
use cartorio_registry::Act;
use time::OffsetDateTime;

use crate::announced::Announced;
use crate::documents::{Documents, Entry};
use crate::dto::{
    DocumentKind, DocumentOrigin, ExtendRequest, ItemPhase, ItemState, JobItem, Permission, Receipt, SignFormat,
    SignLevel,
};
use crate::jobs::{Job, Jobs};
use crate::material::Sources;
use crate::output::{numbered, persist_new, sweep};
use crate::ports::EventSink;
use crate::session::{Facts, Session};
use crate::signing::beside::{self, Search};
use crate::signing::levels::{Climb, OwnPdf, Progress, Reached};
use crate::signing::targets::{Targets, Whose};
use crate::signing::{SignError, Target, blocking, check, fingerprint, level_name, make, standing};
use crate::times::rfc3339;
use crate::policies::{self, artifacts_for};
use crate::{OfficeError, OfficeResult, announced};

/// How many results of one document a folder may hold before a name is refused.
const MAX_COPIES: usize = 1000;

/// Starts the job. The work goes on by itself.
pub(crate) async fn start(
    session: &Arc<Session>,
    documents: &Arc<Documents>,
    jobs: &Jobs,
    events: Arc<dyn EventSink>,
    sources: Sources,
    request: ExtendRequest,
    file: Option<PathBuf>,
) -> OfficeResult<Arc<Job>> {
    session.require(Permission::Sign)?;
    if request.documents.is_empty() {
        return Err(OfficeError::NothingToSign);
    }
    if request.level == SignLevel::BB {
        return Err(OfficeError::InvalidField { field: "level", reason: "too_low" });
    }
    let target = match (file, &request.output_folder) {
        (Some(file), _) => Target::File(file),
        (None, Some(id)) => Target::Folder(documents.get_folder(id)?),
        (None, None) => Target::Beside,
    };
    let mut entries = Vec::with_capacity(request.documents.len());
    for id in &request.documents {
        entries.push((id.clone(), documents.get(id)?));
    }
    let content = request.content.as_deref().map(|id| documents.get(id)).transpose()?.map(|entry| entry.path);
    let items = entries.iter().map(|(id, entry)| JobItem::waiting(id.clone(), entry.name.clone())).collect();
    let job = jobs.add(items, events);
    let climb = Climb {
        session: Arc::clone(session),
        sources: Arc::new(sources),
        goal: request.level,
        policy: None,
        policies: Arc::new(policies::load(session).await?),
        accept_lower: request.accept_lower_level,
        token_size: Arc::default(),
    };
    tokio::spawn(run(climb, Arc::clone(documents), Arc::clone(&job), entries, (target, content)));
    Ok(job)
}

async fn run(
    climb: Climb,
    documents: Arc<Documents>,
    job: Arc<Job>,
    entries: Vec<(String, Entry)>,
    (target, content): (Target, Option<PathBuf>),
) {
    let own = |entry: &Entry| target.for_entry(entry, &climb.session.folder).folder(entry).to_owned();
    let folders: BTreeSet<PathBuf> = entries.iter().map(|(_, entry)| own(entry)).collect();
    // What killed processes left there is only litter.
    let _ = blocking(move || folders.iter().for_each(|folder| sweep(folder))).await;
    for (index, (_, entry)) in entries.iter().enumerate() {
        let target = target.for_entry(entry, &climb.session.folder);
        let result = match job.go_on() {
            Ok(()) => {
                let content = content.as_deref();
                Extending { climb: &climb, job: &job, index, entry, target: &target, content }.run().await
            }
            Err(cancelled) => Err(cancelled),
        };
        match result {
            Ok((path, receipt)) => {
                let documents = Arc::clone(&documents);
                let output = blocking(move || documents.open(&path, DocumentOrigin::Result)).await;
                job.change(index, |item| {
                    item.state = ItemState::Done;
                    item.phase = None;
                    item.output = output.and_then(|opened| opened).ok();
                    item.receipt = Some(receipt);
                });
            }
            Err(error) => job.change(index, |item| {
                item.phase = None;
                (item.state, item.error) = match &error {
                    OfficeError::Cancelled => (ItemState::Cancelled, None),
                    error => (ItemState::Failed, Some(error.wire())),
                };
            }),
        }
    }
    job.end();
}

/// One document on its way up.
struct Extending<'a> {
    climb: &'a Climb,
    job: &'a Job,
    index: usize,
    entry: &'a Entry,
    target: &'a Target,
    /// What a person named as the content of detached signatures.
    content: Option<&'a Path>,
}

impl Progress for Extending<'_> {
    fn stamping(&self) {
        self.job.phase(self.index, ItemPhase::Stamping);
    }

    fn gathering(&self) {
        self.job.phase(self.index, ItemPhase::Gathering);
    }
}

impl Extending<'_> {
    async fn run(&self) -> OfficeResult<(PathBuf, Receipt)> {
        self.job.phase(self.index, ItemPhase::Preparing);
        let own = self.entry.clone();
        let (input_sha256, size) = blocking(move || fingerprint(&own)).await??;
        let facts =
            Facts::document(&self.entry.name, input_sha256.clone(), size).with("level", level_name(self.climb.goal));
        let begun = self.climb.session.begin(Act::DocumentExtended, facts).await?;
        let act = begun.act();
        let mut found = Facts::default();
        let result = self.extend(&input_sha256, act).await;
        if let Ok(done) = &result {
            found.detail.insert("output".to_owned(), crate::documents::file_name(&done.path));
            found.detail.insert("output_sha256".to_owned(), done.sha256.clone());
            done.reached.tell(&mut found);
        }
        let recorded = begun.end(&result, found).await;
        let removed = match (&result, &recorded) {
            (Ok(done), Err(_)) => {
                // A result that the trail does not know must not exist.
                let path = done.path.clone();
                blocking(move || std::fs::remove_file(path).is_ok()).await?
            }
            (_, _) => true,
        };
        if removed {
            // Where this cannot be written, the next opening finds nothing to do.
            let _ = announced::forget(&self.climb.session, act).await;
        }
        let done = result?;
        let record = recorded?;
        let receipt = Receipt {
            signed_at: rfc3339(self.climb.session.clock.now()),
            format: done.format,
            level: done.reached.level,
            lowered: done.reached.lowered.clone(),
            policy: None,
            time_stamps: done.reached.time_stamps.iter().map(|at| rfc3339(*at)).collect(),
            key_uses: 0,
            input_sha256,
            output_sha256: done.sha256,
            key_id: String::new(),
            algorithm: String::new(),
            certificate_sha256: String::new(),
            request_id: None,
            audit_seq: record.seq,
        };
        Ok((done.path, receipt))
    }

    async fn extend(&self, input_sha256: &str, act: JobId) -> OfficeResult<Extended> {
        let (file, sha256, format, reached) = match self.entry.kind {
            DocumentKind::Pdf => self.pdf().await?,
            DocumentKind::Cms => self.cms().await?,
            DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other => {
                return Err(SignError::FormatNotFitting { name: self.entry.name.clone(), wanted: "signed" }.into());
            }
        };
        self.job.go_on()?;
        self.job.phase(self.index, ItemPhase::Writing);
        let entry = self.entry.clone();
        blocking(move || entry.require_unchanged()).await??;
        if sha256 == input_sha256 {
            return Err(self.level_there());
        }
        let candidates = self.candidates();
        let first = candidates.first().cloned().unwrap_or_default();
        let mut told = Facts::default();
        reached.tell(&mut told);
        // After a crash a file that lies there is known by this.
        announced::announce(&self.climb.session, act, Announced::new(&first, &sha256, told.detail)).await?;
        let path =
            blocking(move || persist_new(file, candidates).map_err(|error| make::unwritable(&first, &error))).await??;
        Ok(Extended { path, sha256, format, reached })
    }

    async fn pdf(&self) -> OfficeResult<Written> {
        let (entry, beside) = (self.entry.clone(), self.first_candidate()?);
        let (file, dialect, signatures) = blocking(move || {
            let pdf = entry.open_pdf()?;
            let signatures = validate::pdf::signatures(&pdf)?;
            if signatures.is_empty() {
                return Err(OfficeError::from(SignError::FormatNotFitting {
                    name: entry.name.clone(),
                    wanted: "signed",
                }));
            }
            let icp = signatures.iter().any(|own| own.sub_filter.as_deref() == Some("PBAD.PAdES"));
            let mut file = make::new_file(&beside, &entry)?;
            let mut from = std::fs::File::open(&entry.path).map_err(|error| entry.unreadable(&error))?;
            std::io::copy(&mut from, file.as_file_mut()).map_err(|error| make::unwritable(&beside, &error))?;
            let dialect = if icp { Dialect::IcpBrasil } else { Dialect::Etsi };
            Ok((file, dialect, signatures))
        })
        .await??;
        let own = OwnPdf { path: file.path().to_owned(), password: self.entry.password(), dialect };
        let looked = own.clone();
        let targets = blocking(move || looked.targets()).await??;
        let policy = signatures.iter().rev().find_map(|own| policy_of(&own.cms, 0));
        let stamped = standing::is_pdf_stamped(&self.climb.sources, signatures, targets.inside()).await?;
        let level = if stamped { SignLevel::BT } else { SignLevel::BB };
        if stamped && self.climb.goal == SignLevel::BLt {
            self.refuse_evident(&targets).await?;
        }
        let mut reached = Reached::at(level);
        let climb = self.climb_of_pdf(policy);
        climb.pdf_of(&own, Whose::Everybody, &mut reached, self).await?;
        self.refuse_nothing_done(&reached, level)?;
        self.job.phase(self.index, ItemPhase::Checking);
        let password = self.entry.password();
        let reached_level = reached.level;
        let (file, sha256) = blocking(move || {
            check::pdf(file.path(), password.as_deref(), reached_level)?;
            let sha256 = make::sha256_of(&file)?;
            Ok::<_, OfficeError>((file, sha256))
        })
        .await??;
        Ok((file, sha256, SignFormat::Pades, reached))
    }

    async fn cms(&self) -> OfficeResult<Written> {
        let entry = self.entry.clone();
        // Only an archive time stamp is over the content.
        let search = Search { named: self.content.map(ToOwned::to_owned), needed: self.climb.goal == SignLevel::BLta };
        let (original, content) = beside::existing(&self.climb.session, &entry, search).await?;
        let mut cms = original.clone();
        let (mut values, mut stamped) = (Vec::new(), Vec::new());
        for signer in 0..upgrade::signer_count(&cms)? {
            values.push(upgrade::signature_value(&cms, signer)?);
            stamped.push(standing::is_stamped(&self.climb.sources, &cms, signer, &content).await?);
        }
        let (bytes, own) = (cms.clone(), content.clone());
        let levels = blocking(move || standing::levels(&bytes, &own, &[])).await??;
        if stamped.iter().all(|own| *own) && self.climb.goal == SignLevel::BLt {
            // Evidence of another signer, or inside a time stamp, takes a signer no further.
            if levels.iter().all(|own| *own >= SignLevel::BLt) {
                let (bytes, own) = (cms.clone(), content.clone());
                self.refuse_evident(&blocking(move || Targets::of_cms(&bytes, &own)).await??).await?;
            }
        }
        let mut reached = Reached::default();
        let mut left: Vec<OfficeError> = Vec::new();
        // An archive time stamp of RFC 5126 is over all that was gathered, for whichever signer: so that comes last.
        let steps: &[SignLevel] = match (values.len(), self.climb.goal) {
            (0 | 1, _) | (_, SignLevel::BB | SignLevel::BT | SignLevel::BLt) => &[self.climb.goal],
            (_, SignLevel::BLta) => &[SignLevel::BLt, SignLevel::BLta],
        };
        // Nothing for a signer who goes no further.
        let mut owns: Vec<Option<Reached>> =
            stamped.iter().map(|own| Some(Reached::at(if *own { SignLevel::BT } else { SignLevel::BB }))).collect();
        for goal in steps {
            for (index, (value, level)) in values.iter().zip(&levels).enumerate() {
                let Some(mut own) = owns[index].take() else { continue };
                let policy = policy_of(&cms, upgrade::signer_with(&cms, value)?);
                let climb = Climb { goal: *goal, ..self.climb_of_cms(policy) };
                let mut higher = cms.clone();
                if own.level < SignLevel::BT {
                    let signer = upgrade::signer_with(&cms, value)?;
                    let result = climb.stamp_signature(cms.clone(), signer, &mut own, self).await;
                    match climb.or_lower(result, &mut own)? {
                        Some(result) => higher = result,
                        None => {
                            reached.join(own);
                            continue;
                        }
                    }
                }
                let signer = upgrade::signer_with(&higher, value)?;
                match climb.cms(higher, signer, &content, &mut own, self).await {
                    Ok(higher) => {
                        cms = higher;
                        if *goal == self.climb.goal || own.lowered.is_some() {
                            reached.join(own);
                        } else {
                            owns[index] = Some(own);
                        }
                    }
                    // Of several signers, one who can go no further stays as they are.
                    Err(error) if values.len() > 1 && stays(&error, *level) => left.push(error),
                    Err(error) => return Err(error),
                }
            }
        }
        if left.len() == values.len()
            && let Some(error) = left.pop()
        {
            return Err(error);
        }
        for error in &left {
            let error = error.wire();
            let subject = error.params.get("subject").cloned().unwrap_or_default();
            reached.leaves(format!("{subject} ({})", error.code));
        }
        self.refuse_nothing_done(&reached, SignLevel::BB)?;
        self.job.phase(self.index, ItemPhase::Checking);
        let (entry, beside) = (self.entry.clone(), self.first_candidate()?);
        let level = reached.level;
        let format = if content.is_inside() { SignFormat::CadesEnveloping } else { SignFormat::CadesDetached };
        // What is written in BER comes out in DER: that alone makes no second copy.
        let changed = cms != original;
        let (file, sha256) = blocking(move || {
            let (file, sha256) = make::write_cms(&cms, &content, &beside, &entry)?;
            check::cms_file(file.path(), &content, &[])?;
            check::cms_level(&cms, &content, &[], left.is_empty(), level)?;
            Ok::<_, OfficeError>((file, sha256))
        })
        .await??;
        if changed { Ok((file, sha256, format, reached)) } else { Err(self.level_there()) }
    }

    /// Fresher evidence for what is evident already makes no higher level, and a second copy helps nobody.
    async fn refuse_evident(&self, targets: &Targets) -> OfficeResult<()> {
        if self.climb.is_evident(targets).await? { Err(self.level_there()) } else { Ok(()) }
    }

    /// The way up of a signature that names `policy`: with what the policy of the level to reach wants.
    fn climb_of_cms(&self, policy: Option<&'static Policy>) -> Climb {
        let policy = policy.filter(|own| own.family == Family::Cades);
        let policy = policy.and_then(|own| raised(own, self.climb.goal, self.climb.session.clock.now()));
        Climb { policy, ..self.climb.clone() }
    }

    /// In a PDF the level comes from the document; only AD-RA has more in it, where the office has that.
    fn climb_of_pdf(&self, policy: Option<&'static Policy>) -> Climb {
        let policy = policy.filter(|own| own.family == Family::Pades && own.level == PolicyLevel::AdRa);
        let policy = policy.and_then(|own| raised(own, self.climb.goal, self.climb.session.clock.now()));
        let policy = policy.filter(|own| artifacts_for(&self.climb.policies, own).is_ok());
        Climb { policy, ..self.climb.clone() }
    }

    fn level_there(&self) -> OfficeError {
        SignError::LevelThere { name: self.entry.name.clone(), level: level_name(self.climb.goal) }.into()
    }

    /// A lower level may be accepted, but not none at all.
    fn refuse_nothing_done(&self, reached: &Reached, before: SignLevel) -> OfficeResult<()> {
        match &reached.lowered {
            Some(error) if reached.level <= before && reached.time_stamps.is_empty() => {
                Err(SignError::LevelNotReached { level: level_name(self.climb.goal), reason: error.code.clone() }
                    .into())
            }
            Some(_) | None => Ok(()),
        }
    }

    fn candidates(&self) -> Vec<PathBuf> {
        if let Target::File(path) = self.target {
            return vec![path.clone()];
        }
        let name = Path::new(&self.entry.name);
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let (stem, mut extension) = (text(name.file_stem()), text(name.extension()));
        if self.entry.kind == DocumentKind::Cms && extension.eq_ignore_ascii_case("pem") {
            // The result has no armour.
            "p7s".clone_into(&mut extension);
        }
        let folder = self.target.folder(self.entry);
        numbered(folder, &format!("{stem}-{}", level_name(self.climb.goal)), &extension).take(MAX_COPIES).collect()
    }

    fn first_candidate(&self) -> OfficeResult<PathBuf> {
        self.candidates().into_iter().next().ok_or_else(|| OfficeError::internal("no output name"))
    }
}

/// A result without a name, and its SHA-256.
type Written = (tempfile::NamedTempFile, String, SignFormat, Reached);

/// The signature policy of ICP-Brasil that a signer names.
fn policy_of(cms: &[u8], signer: usize) -> Option<&'static Policy> {
    let data = validate::cms::parse(cms).ok()?;
    let named = validate::inside::Inside::read(data.signers().nth(signer)?).policy?;
    policies::by_oid(named.id)
}

/// The policy whose attributes take a signature under `own` to `goal`: its own where that goes so high and is in use, else the current
/// one of that level.
fn raised(own: &'static Policy, goal: SignLevel, at: OffsetDateTime) -> Option<&'static Policy> {
    let needed = match goal {
        SignLevel::BB => PolicyLevel::AdRb,
        SignLevel::BT => PolicyLevel::AdRt,
        SignLevel::BLt => PolicyLevel::AdRc,
        SignLevel::BLta => PolicyLevel::AdRa,
    };
    let level = own.level.max(needed);
    if own.level == level && own.is_usable(at) {
        return Some(own);
    }
    policies::current(own.family, level, at).or((own.level == level).then_some(own))
}

/// Whether a signer of several, who had `level`, may stay as they are: nothing will ever take one further who was revoked, and one
/// under an archive time stamp has what they need.
fn stays(error: &OfficeError, level: SignLevel) -> bool {
    match error.wire().code.as_str() {
        "evidence_revoked" => true,
        "evidence_missing" => level == SignLevel::BLta,
        _ => false,
    }
}

struct Extended {
    path: PathBuf,
    sha256: String,
    format: SignFormat,
    reached: Reached,
}
