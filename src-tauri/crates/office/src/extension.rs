//! Taking signatures of earlier days, made here or elsewhere, to a higher level (EN 319 102-1 §5.6: augmentation).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use cartorio_ades::create::pades::Dialect;
use cartorio_ades::create::upgrade;
use cartorio_ades::validate;
use cartorio_core::JobId;
use cartorio_registry::Act;

use crate::announced::Announced;
use crate::documents::{Documents, Entry};
use crate::dto::{
    DocumentKind, DocumentOrigin, ExtendRequest, ItemPhase, ItemState, JobItem, Permission, Receipt, SignFormat,
    SignLevel,
};
use crate::jobs::{Job, Jobs};
use crate::material::{Given, Sources};
use crate::output::{numbered, persist_new, sweep};
use crate::ports::EventSink;
use crate::session::{Facts, Session};
use crate::signing::levels::{Climb, Content, OwnPdf, Progress, Reached, Targets};
use crate::signing::{SignError, Target, blocking, check, fingerprint, level_name, make, standing};
use crate::times::rfc3339;
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
    let items = entries.iter().map(|(id, entry)| JobItem::waiting(id.clone(), entry.name.clone())).collect();
    let job = jobs.add(items, events);
    let climb = Climb {
        session: Arc::clone(session),
        sources: Arc::new(sources),
        goal: request.level,
        policy: None,
        policies: Arc::default(),
        accept_lower: request.accept_lower_level,
        token_size: Arc::default(),
    };
    tokio::spawn(run(climb, Arc::clone(documents), Arc::clone(&job), entries, target));
    Ok(job)
}

async fn run(climb: Climb, documents: Arc<Documents>, job: Arc<Job>, entries: Vec<(String, Entry)>, target: Target) {
    let own = |entry: &Entry| target.for_entry(entry, &climb.session.folder).folder(entry).to_owned();
    let folders: BTreeSet<PathBuf> = entries.iter().map(|(_, entry)| own(entry)).collect();
    // What killed processes left there is only litter.
    let _ = blocking(move || folders.iter().for_each(|folder| sweep(folder))).await;
    for (index, (_, entry)) in entries.iter().enumerate() {
        let target = target.for_entry(entry, &climb.session.folder);
        let result = match job.go_on() {
            Ok(()) => Extending { climb: &climb, job: &job, index, entry, target: &target }.run().await,
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
        let (file, format, reached) = match self.entry.kind {
            DocumentKind::Pdf => self.pdf().await?,
            DocumentKind::Cms => self.cms().await?,
            DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other => {
                return Err(SignError::FormatNotFitting { name: self.entry.name.clone(), wanted: "signed" }.into());
            }
        };
        self.job.go_on()?;
        self.job.phase(self.index, ItemPhase::Writing);
        let entry = self.entry.clone();
        let (file, sha256) = blocking(move || {
            entry.require_unchanged()?;
            let sha256 = make::sha256_of(&file)?;
            Ok::<_, OfficeError>((file, sha256))
        })
        .await??;
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

    async fn pdf(&self) -> OfficeResult<(tempfile::NamedTempFile, SignFormat, Reached)> {
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
        let stamped = standing::is_pdf_stamped(&self.climb.sources, signatures).await?;
        let level = if stamped { SignLevel::BT } else { SignLevel::BB };
        let own = OwnPdf { path: file.path().to_owned(), password: self.entry.password(), dialect };
        if stamped && self.climb.goal == SignLevel::BLt {
            let looked = own.clone();
            let (targets, inside) =
                blocking(move || Ok::<_, OfficeError>((looked.targets()?, looked.evidence()?))).await??;
            self.refuse_evident(&targets, inside).await?;
        }
        let mut reached = Reached::at(level);
        self.climb.pdf(&own, &mut reached, self).await?;
        self.refuse_nothing_done(&reached, level)?;
        self.job.phase(self.index, ItemPhase::Checking);
        let password = self.entry.password();
        let reached_level = reached.level;
        let file =
            blocking(move || check::pdf(file.path(), password.as_deref(), reached_level).map(|()| file)).await??;
        Ok((file, SignFormat::Pades, reached))
    }

    async fn cms(&self) -> OfficeResult<(tempfile::NamedTempFile, SignFormat, Reached)> {
        let entry = self.entry.clone();
        let (mut cms, content) = blocking(move || Content::of_signature(&entry)).await??;
        let mut stamped = Vec::new();
        for signer in 0..upgrade::signer_count(&cms)? {
            stamped.push(standing::is_stamped(&self.climb.sources, &cms, signer, &content).await?);
        }
        if stamped.iter().all(|own| *own) && self.climb.goal == SignLevel::BLt {
            let (bytes, own) = (cms.clone(), content.clone());
            let levels = blocking(move || standing::levels(&bytes, &own, &[])).await??;
            // Evidence of another signer, or inside a time stamp, takes a signer no further.
            if levels.iter().all(|own| *own >= SignLevel::BLt) {
                self.refuse_evident(&Targets::of_cms(&cms)?, Targets::evidence(&cms)?).await?;
            }
        }
        let mut reached = Reached::default();
        for (signer, stamped) in stamped.into_iter().enumerate() {
            let before = upgrade::signature_value(&cms, signer)?;
            let mut own = Reached::at(if stamped { SignLevel::BT } else { SignLevel::BB });
            if !stamped {
                let higher = self.climb.stamp_signature(cms.clone(), signer, &mut own, self).await;
                match self.climb.or_lower(higher, &mut own)? {
                    Some(higher) => cms = higher,
                    None => {
                        reached.join(own);
                        continue;
                    }
                }
            }
            debug_assert_eq!(upgrade::signature_value(&cms, signer)?, before, "signers keep their places");
            cms = self.climb.cms(cms, signer, &content, &mut own, self).await?;
            reached.join(own);
        }
        self.refuse_nothing_done(&reached, SignLevel::BB)?;
        self.job.phase(self.index, ItemPhase::Checking);
        let (entry, beside) = (self.entry.clone(), self.first_candidate()?);
        let level = reached.level;
        let file = blocking(move || {
            use std::io::Write;
            check::cms(&cms, &content, &[])?;
            check::cms_level(&cms, &content, &[], true, level)?;
            let mut file = make::new_file(&beside, &entry)?;
            file.write_all(&cms).map_err(|error| make::unwritable(&beside, &error))?;
            Ok::<_, OfficeError>(file)
        })
        .await??;
        Ok((file, SignFormat::CadesDetached, reached))
    }

    /// Fresher evidence for what is evident already makes no higher level, and a second copy helps nobody.
    async fn refuse_evident(&self, targets: &Targets, inside: Given) -> OfficeResult<()> {
        if self.climb.is_evident(targets, inside).await? { Err(self.level_there()) } else { Ok(()) }
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
        let name = std::path::Path::new(&self.entry.name);
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let (stem, extension) = (text(name.file_stem()), text(name.extension()));
        let folder = self.target.folder(self.entry);
        numbered(folder, &format!("{stem}-{}", level_name(self.climb.goal)), &extension).take(MAX_COPIES).collect()
    }

    fn first_candidate(&self) -> OfficeResult<PathBuf> {
        self.candidates().into_iter().next().ok_or_else(|| OfficeError::internal("no output name"))
    }
}

struct Extended {
    path: PathBuf,
    sha256: String,
    format: SignFormat,
    reached: Reached,
}
