//! The documents of a batch, some of them under way at once: who is next, and what an error means for the others.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use cartorio_core::{JobId, WireError};
use cartorio_keys::{DigestSigner, KeyError, KeyRef};
use cartorio_registry::{BatchItemState, JournalEntry};
use tokio::sync::Mutex;

use super::engine::{Room, Signed, Signing};
use super::error::ErrorKind;
use super::journal::{AtWork, kept, password_needed, passwords_needed};
use super::make::Sizes;
use super::own::OwnStanding;
use super::plan::{Options, Plan};
use super::retry::Kept;
use super::{SigningIdentity, blocking};
use crate::compute::run;
use crate::documents::Documents;
use crate::dto::{DocumentInfo, DocumentOrigin, ErrorChoice, ItemState, OnError, SignLevel};
use crate::flights::Flights;
use crate::jobs::Job;
use crate::material::Sources;
use crate::output::sweep;
use crate::profiles::MOST_AT_ONCE;
use crate::session::Session;
use crate::{OfficeError, OfficeResult, unlock};

/// A batch at work.
pub(super) struct Batch {
    pub(super) session: Arc<Session>,
    pub(super) documents: Arc<Documents>,
    pub(super) job: Arc<Job>,
    pub(super) sources: Arc<Sources>,
    pub(super) plan: Plan,
    /// Where each document of the plan stands in the job and in the journal.
    pub(super) positions: Vec<usize>,
    /// Acts that a crash interrupted, by position: their documents are signed again.
    pub(super) again: HashMap<usize, JobId>,
    /// Whether somebody is there to wait for.
    pub(super) pauses: bool,
    /// Documents whose password was lost with the process that knew it: they wait until somebody types it again.
    pub(super) closed: BTreeSet<usize>,
    pub(super) journal: JobId,
    /// Keeps others from taking the batch for interrupted.
    pub(super) at_work: AtWork,
    pub(super) signers: Signers,
    pub(super) standing: OwnStanding,
    pub(super) sizes: Arc<Sizes>,
    pub(super) room: Room,
    /// Whether an error holds the batch up or ends it: then what waits for room is not begun either.
    pub(super) halted: AtomicBool,
    pub(super) token_size: Arc<AtomicUsize>,
    /// Values of documents that wait for their next try.
    pub(super) kept: Kept,
    /// What keeps the batch open in the journal.
    pub(super) unsettled: Unsettled,
}

/// What an error means for the batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    /// The document has failed; the others go on.
    Fails,
    /// The document is tried again when somebody has seen to it.
    Waits,
    /// The same, and the others go on meanwhile.
    WaitsAlone,
    /// Nothing more is begun.
    Stops,
}

/// How the way of one document ended.
enum Landed {
    /// It is signed; its result as it is listed.
    Signed(Box<(Signed, Option<DocumentInfo>)>),
    /// The batch was held up while there was no room for it.
    NotBegun,
}

impl Batch {
    /// Works until every document has its end.
    pub(super) async fn run(self: Arc<Self>) {
        self.sweep().await;
        let most = self.limit();
        let mut waiting: BTreeSet<usize> = (0..self.plan.entries.len()).collect();
        let mut alone: BTreeSet<usize> = BTreeSet::new();
        let mut flights: Flights<Landed> = Flights::new();
        let mut stop: Option<OfficeError> = None;
        let mut reason: Option<WireError> = None;
        loop {
            while stop.is_none()
                && reason.is_none()
                && !self.job.is_held()
                && flights.has_room()
                && self.job.go_on().is_ok()
                && let Some(next) = waiting.pop_first()
            {
                let own = Arc::clone(&self);
                flights.begin(next, async move {
                    // All of it on the threads that compute: on the way of a document there is little else, and no other thread to wake.
                    run(async move { own.sign(next).await }).await.and_then(|ended| ended)
                });
            }
            if let Some((index, ended)) = flights.next().await {
                match ended {
                    Ok(Landed::Signed(signed)) => {
                        flights.allow(most);
                        self.done(index, signed.0, signed.1);
                    }
                    Ok(Landed::NotBegun) => {
                        waiting.insert(index);
                    }
                    Err(OfficeError::Cancelled) => self.cancelled(index, stop.as_ref()),
                    Err(error) => match self.verdict(&error, stop.is_some()) {
                        Verdict::Fails => self.failed(index, &error).await,
                        Verdict::Waits => {
                            self.waits(index, &error).await;
                            self.halted.store(true, Ordering::SeqCst);
                            reason.get_or_insert_with(|| error.wire());
                            waiting.insert(index);
                        }
                        Verdict::WaitsAlone => {
                            self.waits(index, &error).await;
                            alone.insert(index);
                        }
                        Verdict::Stops => {
                            self.halted.store(true, Ordering::SeqCst);
                            self.failed(index, &error).await;
                            stop.get_or_insert(error);
                        }
                    },
                }
                continue;
            }
            // Nothing is under way.
            if waiting.is_empty() && reason.is_none() && !alone.is_empty() {
                reason = self.closed_reason(&alone).map(|error| error.wire());
                waiting.append(&mut alone);
            }
            if waiting.is_empty() || stop.is_some() || self.job.go_on().is_err() {
                break;
            }
            if reason.is_some() || self.job.is_held() {
                // However long it takes, something that every other one would meet may have happened meanwhile.
                flights.allow(1);
                if self.job.pause(reason.take()).await.is_err() {
                    break;
                }
                self.halted.store(false, Ordering::SeqCst);
                // Somebody may have seen to what failed.
                self.standing.forget(&self.session, &self.plan.identity).await;
                self.sources.ask_again().await;
            }
            if let Err(error) = self.leave_out(&mut waiting, &mut alone).await {
                stop = Some(error);
            }
        }
        // After an error that every other document would meet too, nothing more is asked of the key.
        let error = stop.as_ref().map(OfficeError::wire);
        self.job.change_all(waiting.iter().chain(&alone).map(|index| self.positions[*index]), |item| {
            item.state = ItemState::Cancelled;
            item.phase = None;
            item.error.clone_from(&error);
        });
        self.end().await;
    }

    async fn end(&self) {
        // A PIN or password opens a key for one batch.
        let _ = unlock::lock(&self.session, &self.plan.identity.key_ref).await;
        // With a result that waits to be settled, or documents for whoever comes later, it is told as interrupted: who goes on with it, or
        // gives it up, sees to that.
        if self.unsettled.is_empty() && !self.job.is_suspended() {
            let ended = JournalEntry::BatchEnded { batch: self.journal, reason: None, at: self.session.clock.now() };
            // Where this cannot be written, the batch is told as interrupted, with nothing left to do.
            let _ = self.session.registry.journal(vec![ended]).await;
        }
        self.at_work.end();
        self.job.end();
    }

    async fn sweep(&self) {
        let target = &self.plan.options.target;
        let entries = self.plan.entries.iter().map(|(_, entry)| entry);
        let folders: BTreeSet<PathBuf> =
            entries.map(|entry| target.for_entry(entry, &self.session.folder).folder(entry).to_owned()).collect();
        // Litter stops nobody from signing.
        let _ = blocking(move || folders.iter().for_each(|folder| sweep(folder))).await;
    }

    /// So many documents are under way at once.
    fn limit(&self) -> usize {
        let most = match &self.plan.identity.key_ref {
            // A token does one thing at a time.
            KeyRef::Pkcs11 { .. } => 1,
            // The queue in front of the service sees to its pace; it stays full while others are read, checked and recorded.
            KeyRef::AwsKms { .. } => {
                let limits = self.session.profile.as_ref().map(|profile| profile.signing).unwrap_or_default();
                // A file that somebody wrote by hand may say anything.
                limits.concurrency.clamp(1, MOST_AT_ONCE) * 4
            }
            // While some wait for the disk, others compute; and those who wait for it together share its work. Of a few documents,
            // which a person follows one by one, most can still be stopped.
            KeyRef::Local { .. } | KeyRef::P12 { .. } => {
                let each = if self.plan.entries.len() > MANY { 128 } else { 2 };
                (each * std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)).min(AT_ONCE)
            }
        };
        // Authorities and responders of others are not run down.
        if self.plan.options.level == SignLevel::BB { most } else { most.min(SERVICE_LIMIT) }
    }

    /// Signs one document and opens its result.
    async fn sign(&self, index: usize) -> OfficeResult<Landed> {
        let (id, planned) = &self.plan.entries[index];
        let opened = self.closed.contains(&index).then(|| self.documents.get(id).ok()).flatten();
        // Somebody may have typed its password meanwhile.
        let entry = opened.as_ref().filter(|opened| opened.path == planned.path).unwrap_or(planned);
        if self.closed.contains(&index) && entry.password().is_none() {
            return Err(password_needed(&entry.name));
        }
        let _room = self.room.take(entry).await;
        // The batch may have been cancelled, or held up, while there was no room for it.
        self.job.go_on()?;
        if self.job.is_held() || self.halted.load(Ordering::SeqCst) {
            return Ok(Landed::NotBegun);
        }
        let target = self.plan.options.target.for_entry(entry, &self.session.folder);
        let position = self.positions[index];
        let signing = Signing {
            session: &self.session,
            identity: &self.plan.identity,
            options: &self.plan.options,
            sources: &self.sources,
            token_size: &self.token_size,
            target: &target,
            job: &self.job,
            index: position,
            journal: self.journal,
            again: self.again.get(&position).copied(),
            signers: &self.signers,
            standing: &self.standing,
            sizes: &self.sizes,
            kept: &self.kept,
            unsettled: &self.unsettled,
        };
        let mut signed = match signing.run(entry).await {
            Ok(signed) => signed,
            Err(error) => {
                if matches!(error, OfficeError::Key(_)) {
                    self.signers.forget().await;
                }
                return Err(error);
            }
        };
        let output = match signed.seen.take() {
            Some(seen) => Ok(self.documents.take_result(seen)),
            None => {
                let (documents, path) = (Arc::clone(&self.documents), signed.path.clone());
                blocking(move || documents.open(&path, DocumentOrigin::Result)).await.and_then(|opened| opened)
            }
        };
        Ok(Landed::Signed(Box::new((signed, output.ok()))))
    }

    /// The journal has it together with its record.
    fn done(&self, index: usize, signed: Signed, output: Option<DocumentInfo>) {
        self.kept.forget(self.positions[index]);
        self.job.change(self.positions[index], |item| {
            item.state = ItemState::Done;
            item.phase = None;
            item.error = None;
            item.output = output;
            item.receipt = Some(signed.receipt);
        });
    }

    fn cancelled(&self, index: usize, stop: Option<&OfficeError>) {
        self.kept.forget(self.positions[index]);
        self.job.change(self.positions[index], |item| {
            item.state = ItemState::Cancelled;
            item.phase = None;
            item.error = stop.map(OfficeError::wire);
        });
    }

    async fn failed(&self, index: usize, error: &OfficeError) {
        self.kept.forget(self.positions[index]);
        let wire = error.wire();
        let place = position(self.positions[index]);
        if !self.unsettled.has(place) {
            // The trail has what happened; an entry that cannot be written makes a resumed batch look at the document once more.
            let entry = JournalEntry::ItemEnded {
                batch: self.journal,
                position: place,
                state: BatchItemState::Failed,
                output: None,
                error: Some(kept(&wire)),
                at: self.session.clock.now(),
            };
            let _ = self.session.registry.journal(vec![entry]).await;
        }
        self.job.change(self.positions[index], |item| {
            item.state = ItemState::Failed;
            item.phase = None;
            item.error = Some(wire);
        });
    }

    async fn waits(&self, index: usize, error: &OfficeError) {
        let entry = JournalEntry::ItemWaits { batch: self.journal, position: position(self.positions[index]) };
        let _ = self.session.registry.journal(vec![entry]).await;
        self.job.change(self.positions[index], |item| {
            item.state = ItemState::Waiting;
            item.phase = None;
            item.error = Some(error.wire());
        });
    }

    fn verdict(&self, error: &OfficeError, stopping: bool) -> Verdict {
        let verdict = judge(error, &self.plan.options.on_error, self.pauses);
        // Nobody is waited for while everything ends.
        let waits = matches!(verdict, Verdict::Waits | Verdict::WaitsAlone);
        if stopping && waits { Verdict::Fails } else { verdict }
    }

    /// Why the batch waits when nothing is left but documents that ask for their passwords.
    fn closed_reason(&self, closed: &BTreeSet<usize>) -> Option<OfficeError> {
        let first = closed.first()?;
        Some(passwords_needed(&self.plan.entries[*first].1.name, closed.len() - 1))
    }
}

/// So many documents are under way at once on the largest machine: more share no more of each other's work.
const AT_ONCE: usize = 256;

/// From more documents than these on, speed counts for more than stopping at once.
const MANY: usize = 12;

/// Documents under way at once where an authority or a responder is asked for each.
pub(crate) const SERVICE_LIMIT: usize = 8;

fn judge(error: &OfficeError, choices: &OnError, pauses: bool) -> Verdict {
    if let OfficeError::Key(error) = error
        && pauses
        && waits_for_a_person(error)
    {
        return Verdict::Waits;
    }
    if let OfficeError::Format(error) = error
        && pauses
        && error.code == "batch_password_needed"
    {
        return Verdict::WaitsAlone;
    }
    let choice = match ErrorKind::of(error) {
        ErrorKind::Document => choices.document,
        ErrorKind::Service => choices.service,
        ErrorKind::Key => choices.key,
        ErrorKind::Output => choices.output,
        ErrorKind::Office => ErrorChoice::Stop,
    };
    match choice {
        ErrorChoice::GoOn => Verdict::Fails,
        ErrorChoice::Pause if pauses => Verdict::Waits,
        ErrorChoice::Pause | ErrorChoice::Stop => Verdict::Stops,
    }
}

/// Whether a person can do something about it without leaving the batch.
const fn waits_for_a_person(error: &KeyError) -> bool {
    matches!(
        error,
        KeyError::LoginRequired { .. }
            | KeyError::ExpiredCredentials
            | KeyError::PinRequired { .. }
            | KeyError::PasswordRequired { .. }
            | KeyError::TokenAbsent { .. }
    )
}

/// Documents of a batch, as the journal counts them, whose result lies there without a record and could not be removed. Nothing
/// more is written of them into the journal, so that they are found as a crash leaves them.
#[derive(Default)]
pub(crate) struct Unsettled(std::sync::Mutex<BTreeSet<u32>>);

impl Unsettled {
    pub(crate) fn add(&self, position: u32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(position);
    }

    pub(crate) fn has(&self, position: u32) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&position)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// A position as the journal counts.
pub(crate) fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The signer of a batch: opening a sealed key costs more than a signature, so it is kept for a moment.
#[derive(Default)]
pub(crate) struct Signers(Mutex<Option<(Instant, Arc<dyn DigestSigner>)>>);

/// A key that is switched off or taken away meanwhile signs no longer than this.
const KEPT: Duration = Duration::from_secs(1);

impl Signers {
    /// The signer of `identity`'s key, found to be the certificate's.
    pub(super) async fn get(
        &self,
        session: &Session,
        identity: &SigningIdentity,
        options: &Options,
    ) -> OfficeResult<Arc<dyn DigestSigner>> {
        let mut kept = self.0.lock().await;
        if let Some((since, signer)) = &*kept
            && since.elapsed() < KEPT
        {
            return Ok(Arc::clone(signer));
        }
        *kept = None;
        let manager = session.manager(&identity.key_ref).await?;
        let signer: Arc<dyn DigestSigner> = manager.signer(&identity.key_ref, options.algorithm()).await?.into();
        identity.require_key(signer.public_key())?;
        // A token may be pulled out and put in again, which only asking it tells.
        if !matches!(identity.key_ref, KeyRef::Pkcs11 { .. }) {
            *kept = Some((Instant::now(), Arc::clone(&signer)));
        }
        Ok(signer)
    }

    async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_error_has_its_choice() {
        let errors = [
            OfficeError::DocumentChanged { name: "a.pdf".into() },
            OfficeError::Format(WireError { code: "tsa_unreachable".into(), ..OfficeError::Cancelled.wire() }),
            OfficeError::Key(KeyError::ClockSkew),
            OfficeError::OutputExists { name: "a.pdf".into() },
        ];
        for (kind, error) in errors.iter().enumerate() {
            for (choice, window, terminal) in [
                (ErrorChoice::GoOn, Verdict::Fails, Verdict::Fails),
                (ErrorChoice::Pause, Verdict::Waits, Verdict::Stops),
                (ErrorChoice::Stop, Verdict::Stops, Verdict::Stops),
            ] {
                // The other kinds say something else.
                let other = if choice == ErrorChoice::GoOn { ErrorChoice::Stop } else { ErrorChoice::GoOn };
                let of = |own: usize| if own == kind { choice } else { other };
                let choices = OnError { document: of(0), service: of(1), key: of(2), output: of(3) };
                assert_eq!(judge(error, &choices, true), window, "{error}");
                assert_eq!(judge(error, &choices, false), terminal, "{error}");
            }
        }
        let lenient = OnError {
            document: ErrorChoice::GoOn,
            service: ErrorChoice::GoOn,
            key: ErrorChoice::GoOn,
            output: ErrorChoice::GoOn,
        };
        assert_eq!(
            judge(&OfficeError::internal("x"), &lenient, true),
            Verdict::Stops,
            "the office's own errors always end it"
        );
        assert_eq!(
            judge(&OfficeError::Key(KeyError::ExpiredCredentials), &lenient, true),
            Verdict::Waits,
            "a login is no error"
        );
    }
}
