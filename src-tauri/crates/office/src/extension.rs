//! Taking signatures of earlier days, made here or elsewhere, to a higher level (EN 319 102-1 §5.6: augmentation).

pub(crate) mod journal;
mod work;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cartorio_ades::create::pades::Dialect;
use cartorio_ades::create::upgrade;
use cartorio_ades::validate;
use cartorio_core::{Coded, JobId, WireError};
use cartorio_policy::{Family, Policy, PolicyLevel};
use cartorio_registry::{Act, BatchItemState, JournalEntry};
use time::OffsetDateTime;

use self::journal::Asked;
use self::work::Work;
use crate::documents::{Documents, Entry};
use crate::draft::Draft;
use crate::dto::{DocumentKind, ExtendRequest, ItemPhase, JobItem, Permission, Receipt, SignFormat, SignLevel};
use crate::jobs::{Job, Jobs};
use crate::material::{MaterialError, Sources};
use crate::output::{numbered, persist_new, remove};
use crate::policies::{self, artifacts_for};
use crate::ports::EventSink;
use crate::session::{Facts, Session};
use crate::signing::beside::{self, Search};
use crate::signing::journal::kept;
use crate::signing::levels::{Climb, Content, OwnPdf, Progress, Reached, targets_of};
use crate::signing::targets::{Targets, Whose};
use crate::signing::{
    Named, NamedSources, Room, SignError, Target, Unsettled, blocking, check, fingerprint, format_name, level_name,
    make, position, present, standing, unproven_note,
};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, folders};

/// How many results of one document a folder may hold before a name is refused.
const MAX_COPIES: usize = 1000;

/// Starts the job. The work goes on by itself.
pub(crate) async fn start(
    session: &Arc<Session>,
    documents: &Arc<Documents>,
    jobs: &Jobs,
    events: Arc<dyn EventSink>,
    (sources, named): (Sources, NamedSources),
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
    let asked = Asked::of(documents, &request, named)?;
    let given = asked.given(entries.len());
    let climb = asked.climb(session, sources).await?;
    let items = entries.iter().map(|(id, entry)| JobItem::waiting(id.clone(), entry.name.clone())).collect();
    let at_work = journal::write(session, &asked, &target, &entries).await?;
    let job = jobs.add_batch(items, at_work.id(), events);
    let work = Work {
        climb,
        documents: Arc::clone(documents),
        job: Arc::clone(&job),
        positions: (0..entries.len()).collect(),
        entries,
        target,
        given,
        room: Room::default(),
        again: HashMap::new(),
        closed: BTreeSet::new(),
        at_work,
        unsettled: Unsettled::default(),
    };
    tokio::spawn(Arc::new(work).run());
    Ok(job)
}

/// What a person chose for the job.
struct Given {
    /// Contents of detached signatures.
    contents: Named,
    /// Files with evidence, as the trail names them.
    evidence: Option<String>,
}

/// One document on its way up.
struct Extending<'a> {
    climb: &'a Climb,
    job: &'a Job,
    /// The batch in the journal.
    batch: JobId,
    /// Where the document stands in the job and in the journal.
    index: usize,
    /// The act that a crash interrupted, where the document is begun again because of it.
    again: Option<JobId>,
    entry: &'a Entry,
    target: &'a Target,
    given: &'a Given,
    unsettled: &'a Unsettled,
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
        let mut facts = Facts::document(&self.entry.name, input_sha256.clone(), size)
            .with("level", level_name(self.climb.goal))
            .with("batch", self.batch.to_string());
        if let Some(files) = &self.given.evidence {
            facts = facts.with("evidence_files", files);
        }
        if let Some(interrupted) = self.again {
            facts = facts.with("again", "interrupted").with("attempt", interrupted.to_string());
        }
        let begins = |correlation| {
            let (batch, position, sha256) = (self.batch, position(self.index), input_sha256.clone());
            vec![JournalEntry::ItemBegun { batch, position, correlation, sha256, at: self.climb.session.clock.now() }]
        };
        let begun = self.climb.session.begin_with(Act::DocumentExtended, facts, begins).await?;
        let result = self.extend(&input_sha256).await.map_err(|error| match error {
            OfficeError::Format(error) => OfficeError::Format(of_extension(error)),
            other => other,
        });
        let (mut found, mut rows) = (Facts::default(), Vec::new());
        if let Ok(done) = &result {
            found = done.told();
            found.detail.insert("output".to_owned(), crate::documents::file_name(&done.path));
            found.detail.insert("output_sha256".to_owned(), done.sha256.clone());
            rows.push(JournalEntry::ItemEnded {
                batch: self.batch,
                position: position(self.index),
                state: BatchItemState::Done,
                output: Some((done.path.clone(), done.sha256.clone())),
                error: done.reached.lowered.as_ref().map(kept),
                at: self.climb.session.clock.now(),
            });
        }
        if result.is_err() {
            found.detail.extend(self.climb.answered.notes().into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        let recorded = begun.end_with(&result, found, rows).await;
        if let (Ok(done), Err(_)) = (&result, &recorded) {
            // A result that the trail does not know must not exist.
            let path = done.path.clone();
            if !blocking(move || remove(&path)).await.unwrap_or(false) {
                self.unsettled.add(position(self.index));
            }
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
            unproven: done.reached.unproven(),
            authorities: done.reached.authorities.clone(),
            passed_over: done.reached.passed_over.clone(),
            not_ades: done.reached.not_ades.clone(),
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

    async fn extend(&self, input_sha256: &str) -> OfficeResult<Extended> {
        let (file, sha256, format, mut reached) = match self.entry.kind {
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
            return Err(self.nothing_new(&reached));
        }
        reached.lowered = reached.lowered.map(of_extension);
        let candidates = self.candidates(reached.mark());
        let first = candidates.first().cloned().unwrap_or_default();
        let mut extended = Extended { path: first.clone(), sha256, format, reached };
        // After a crash a file that lies there is known by this.
        let announced = JournalEntry::ItemAnnounced {
            batch: self.batch,
            position: position(self.index),
            output_path: first.clone(),
            output_sha256: extended.sha256.clone(),
            detail: extended.told().detail,
        };
        self.climb.session.registry.journal(vec![announced]).await?;
        extended.path =
            blocking(move || persist_new(file, candidates).map_err(|error| OfficeError::unwritable(&first, &error)))
                .await??;
        Ok(extended)
    }

    async fn pdf(&self) -> OfficeResult<Written> {
        let (entry, beside) = (self.entry.clone(), self.first_candidate()?);
        let (file, dialect, signatures, before, not_ades) = blocking(move || {
            let pdf = entry.open_pdf()?;
            let signatures = validate::pdf::signatures(&pdf)?;
            let not_ades = present::require_pdf(&entry.name, &pdf, &signatures)?;
            let before = standing::pdf_level(&pdf, &signatures)?;
            let icp = signatures.iter().any(|own| own.sub_filter.as_deref() == Some("PBAD.PAdES"));
            let mut file = make::new_file(&beside, &entry)?;
            let mut from = std::fs::File::open(&entry.path).map_err(|error| entry.unreadable(&error))?;
            std::io::copy(&mut from, file.as_file_mut()).map_err(|error| OfficeError::unwritable(&beside, &error))?;
            let dialect = if icp { Dialect::IcpBrasil } else { Dialect::Etsi };
            Ok::<_, OfficeError>((file, dialect, signatures, before, not_ades))
        })
        .await??;
        let own = OwnPdf::of(file.as_file(), &self.first_candidate()?, self.entry.password(), dialect)?;
        let looked = own.clone();
        let targets = blocking(move || looked.targets()).await??;
        let policy = signatures.iter().rev().find_map(|own| policy_of(&own.cms, 0));
        let stamped = targets.stamped(&self.climb.sources).await.into_iter().all(|own| own);
        let level = if stamped { SignLevel::BT } else { SignLevel::BB };
        if stamped && self.climb.goal == SignLevel::BLt {
            self.refuse_evident(&targets).await?;
        }
        let mut reached = Reached::at(level);
        let climb = self.climb_of_pdf(policy);
        climb.pdf_of(&own, Whose::Everybody, Some(targets), &mut reached, self).await?;
        self.refuse_nothing_done(&reached, level)?;
        // What is there stays, however far the way up led this time.
        reached.level = reached.level.max(before);
        reached.not_ades = not_ades;
        self.job.phase(self.index, ItemPhase::Checking);
        let password = self.entry.password();
        let reached_level = reached.level;
        let (file, sha256) = blocking(move || {
            let found = check::pdf_file(file.as_file(), password.as_deref(), reached_level, 0, true)?;
            Ok::<_, OfficeError>((file, found.sha256))
        })
        .await??;
        Ok((file, sha256, SignFormat::Pades, reached))
    }

    async fn cms(&self) -> OfficeResult<Written> {
        let (entry, beside) = (self.entry.clone(), self.first_candidate()?);
        // A name that the folder will not take is told before an authority is asked.
        blocking(move || make::require_name(&beside)).await??;
        // Only an archive time stamp is over the content.
        let search = Search { named: self.given.contents.clone(), needed: self.climb.goal == SignLevel::BLta };
        let (original, content) = beside::existing(&self.climb.session, &entry, search).await?;
        let (bytes, own, name) = (original.clone(), content.clone(), self.entry.name.clone());
        let not_ades = blocking(move || present::require_cms(&name, &bytes, &own, None)).await??;
        let mut cms = original.clone();
        let mut targets = Some(targets_of(&cms, &content).await?);
        let mut signers = self.signers(&cms, &content, targets.as_ref()).await?;
        if self.climb.goal == SignLevel::BLt
            // Evidence of another signer, or inside a time stamp, takes a signer no further.
            && signers.iter().all(|own| own.reached.level == SignLevel::BT && own.before >= SignLevel::BLt)
            && let Some(targets) = &targets
        {
            self.refuse_evident(targets).await?;
        }
        for own in signers.iter_mut().filter(|own| own.reached.level < SignLevel::BT) {
            let signer = upgrade::signer_with(&cms, &own.value)?;
            let result = own.climb.stamp_signature(cms.clone(), signer, &mut own.reached, self).await;
            if let Some(higher) = own.climb.or_lower(result, &mut own.reached)? {
                cms = higher;
                targets = None;
            }
        }
        // What one attribute of a policy covers is another one's to prove, and an archive time stamp of RFC 5126 is over all that was
        // gathered, for whichever signer: with several of them evidence is looked for once more before that.
        let again = signers.len() > 1
            && self.climb.goal == SignLevel::BLta
            && signers.iter().any(|own| own.climb.policy.is_some());
        let rounds = if self.climb.goal < SignLevel::BLt { 0 } else { 1 + usize::from(again) };
        let mut left: Vec<OfficeError> = Vec::new();
        for _ in 0..rounds {
            let whole = match targets.take() {
                Some(targets) => targets,
                None => targets_of(&cms, &content).await?,
            };
            let gathered = self.climb.gather(&whole, self).await?;
            let several = signers.len() > 1;
            for own in signers.iter_mut().filter(|own| own.goes_on()) {
                match own.climb.with_evidence(cms.clone(), &own.value, &gathered, &mut own.reached, self).await {
                    Ok(higher) => cms = higher,
                    // Of several signers, one who can go no further stays as they are.
                    Err(error) if several && stays(&error, own.before) => {
                        own.stays = true;
                        left.push(error);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        if self.climb.goal == SignLevel::BLta {
            for own in signers.iter_mut().filter(|own| own.goes_on()) {
                cms = own.climb.archived(cms, &own.value, &content, &mut own.reached, self).await?;
            }
        }
        if left.len() == signers.len()
            && let Some(error) = left.pop()
        {
            return Err(error);
        }
        let mut reached = Reached::default();
        let before = signers.iter().map(|own| own.before).min();
        for mut own in signers.into_iter().filter(|own| !own.stays) {
            // What is there stays, however far the way up led this time.
            own.reached.level = own.reached.level.max(own.before);
            reached.join(own.reached);
        }
        for error in &left {
            reached.leaves(unproven_note(&error.wire()));
        }
        reached.not_ades = not_ades;
        self.refuse_nothing_done(&reached, before.unwrap_or(SignLevel::BB))?;
        self.job.phase(self.index, ItemPhase::Checking);
        let (entry, beside) = (self.entry.clone(), self.first_candidate()?);
        let level = reached.level;
        let format = if content.is_inside() { SignFormat::CadesEnveloping } else { SignFormat::CadesDetached };
        // What is written in BER comes out in DER: that alone makes no second copy.
        let changed = cms != original;
        let (file, sha256) = blocking(move || {
            let (file, sha256) = make::write_cms(&cms, &content, &beside, &entry)?;
            check::cms_file(file.path(), &content, &[], None)?;
            check::cms_level(&cms, &content, &[], left.is_empty(), level)?;
            Ok::<_, OfficeError>((file, sha256))
        })
        .await??;
        if changed { Ok((file, sha256, format, reached)) } else { Err(self.nothing_new(&reached)) }
    }

    /// Every signer with the way up of theirs, and how far they are. `targets` are those of `cms`.
    async fn signers(&self, cms: &[u8], content: &Content, targets: Option<&Targets>) -> OfficeResult<Vec<Signer>> {
        let stamped = match targets {
            Some(targets) => targets.stamped(&self.climb.sources).await,
            None => Vec::new(),
        };
        let (bytes, own) = (cms.to_vec(), content.clone());
        let levels = blocking(move || standing::levels(&bytes, &own, &[])).await??;
        let mut out = Vec::with_capacity(levels.len());
        for (index, before) in levels.into_iter().enumerate() {
            let is_stamped = stamped.get(index).copied().unwrap_or_default();
            out.push(Signer {
                value: upgrade::signature_value(cms, index)?,
                climb: self.climb_of_cms(policy_of(cms, index)),
                before,
                reached: Reached::at(if is_stamped { SignLevel::BT } else { SignLevel::BB }),
                stays: false,
            });
        }
        Ok(out)
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

    /// Nothing was to be added: the level is there, or the step to it was not to be had.
    fn nothing_new(&self, reached: &Reached) -> OfficeError {
        reached.lowered.as_ref().map_or_else(|| self.level_there(), |error| self.not_reached(error))
    }

    fn not_reached(&self, error: &WireError) -> OfficeError {
        SignError::LevelNotReached { level: level_name(self.climb.goal), reason: error.code.clone() }.into()
    }

    /// A lower level may be accepted, but not none at all.
    fn refuse_nothing_done(&self, reached: &Reached, before: SignLevel) -> OfficeResult<()> {
        match &reached.lowered {
            Some(error) if reached.level <= before && reached.time_stamps.is_empty() => Err(self.not_reached(error)),
            Some(_) | None => Ok(()),
        }
    }

    /// Names for the result, with `mark` in place of that of a lower level.
    fn candidates(&self, mark: &str) -> Vec<PathBuf> {
        if let Target::File(path) = self.target {
            return vec![path.clone()];
        }
        let name = Path::new(&self.entry.name);
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let (stem, extension) = (text(name.file_stem()), text(name.extension()));
        let extension =
            if self.entry.kind == DocumentKind::Cms { folders::container_ending(&extension) } else { &extension };
        let folder = self.target.folder(self.entry);
        numbered(folder, &format!("{}-{mark}", folders::without_level(&stem)), extension).take(MAX_COPIES).collect()
    }

    fn first_candidate(&self) -> OfficeResult<PathBuf> {
        self.candidates(level_name(self.climb.goal))
            .into_iter()
            .next()
            .ok_or_else(|| OfficeError::internal("no output name"))
    }
}

/// A result without a name, and its SHA-256.
type Written = (Draft, String, SignFormat, Reached);

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

/// What an error says of a signature that there is: a new one can do without a time stamp, at B-B, and this one cannot.
fn of_extension(error: WireError) -> WireError {
    if error.code == MaterialError::Offline.code() { WireError::from(&SignError::ExtendOffline) } else { error }
}

/// One of the signers of a `.p7s`.
struct Signer {
    /// The signature value, by which a signer is known who got another place.
    value: Vec<u8>,
    climb: Climb,
    /// The level that is there already, whoever it is from.
    before: SignLevel,
    reached: Reached,
    /// Whether they stay as they are, while others go on.
    stays: bool,
}

impl Signer {
    const fn goes_on(&self) -> bool {
        !self.stays && self.reached.lowered.is_none()
    }
}

/// Whether a signer of several, who had `level`, may stay as they are: nothing will ever take one further who was revoked, or whose
/// evidence has no place any more, and one under an archive time stamp has what they need.
fn stays(error: &OfficeError, level: SignLevel) -> bool {
    match error.wire().code.as_str() {
        "evidence_revoked" | "upgrade_sealed_by_other" => true,
        "evidence_missing" => level == SignLevel::BLta,
        _ => false,
    }
}

struct Extended {
    /// The first name that it may get, and then the one that it has.
    path: PathBuf,
    sha256: String,
    format: SignFormat,
    reached: Reached,
}

impl Extended {
    /// What the record of it says, whatever its name.
    fn told(&self) -> Facts {
        let mut facts = Facts::default().with("format", format_name(self.format));
        self.reached.tell(&mut facts);
        facts
    }
}
