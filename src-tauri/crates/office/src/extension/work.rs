//! The documents of an extension, some of them under way at once.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use cartorio_core::{JobId, WireError};
use cartorio_registry::{BatchItemState, JournalEntry};

use super::{Extending, Given};
use crate::documents::{Documents, Entry};
use crate::dto::{DocumentInfo, DocumentOrigin, ItemState, Receipt};
use crate::flights::Flights;
use crate::jobs::Job;
use crate::output::sweep;
use crate::signing::journal::{AtWork, kept, password_needed, passwords_needed};
use crate::signing::levels::{Answered, Climb};
use crate::signing::skip::leave_out;
use crate::signing::{Room, SERVICE_LIMIT, Target, Unsettled, blocking, position};
use crate::{OfficeError, OfficeResult};

/// A job, and what all of its documents share.
pub(super) struct Work {
    pub(super) climb: Climb,
    pub(super) documents: Arc<Documents>,
    pub(super) job: Arc<Job>,
    pub(super) entries: Vec<(String, Entry)>,
    /// Where each of them stands in the job and in the journal.
    pub(super) positions: Vec<usize>,
    pub(super) target: Target,
    pub(super) given: Given,
    /// Documents of the job that are worked on at the same time.
    pub(super) room: Room,
    /// Acts that a crash interrupted, by position: their documents are begun again.
    pub(super) again: HashMap<usize, JobId>,
    /// Documents whose password was lost with the process that knew it: they wait until somebody types it again.
    pub(super) closed: BTreeSet<usize>,
    /// The batch in the journal; keeps others from taking it for interrupted.
    pub(super) at_work: AtWork,
    /// What keeps the batch open in the journal.
    pub(super) unsettled: Unsettled,
}

/// How the way of one document ended.
enum Landed {
    /// Its result as it is listed, and its receipt.
    Extended(Box<(Option<DocumentInfo>, Receipt)>),
    /// Somebody held the job up while there was no room for it.
    NotBegun,
}

impl Work {
    /// Works until every document has its end.
    pub(super) async fn run(self: Arc<Self>) {
        self.sweep().await;
        // Lists that every document needs are fetched by the first one.
        let mut flights: Flights<Landed> = Flights::new();
        let mut waiting: BTreeSet<usize> = (0..self.entries.len()).collect();
        let mut alone: BTreeSet<usize> = BTreeSet::new();
        let mut reason: Option<WireError> = None;
        loop {
            while reason.is_none()
                && !self.job.is_held()
                && self.job.go_on().is_ok()
                && flights.has_room()
                && let Some(next) = waiting.pop_first()
            {
                let own = Arc::clone(&self);
                flights.begin(next, async move { own.extend(next).await });
            }
            if let Some((index, ended)) = flights.next().await {
                flights.allow(SERVICE_LIMIT);
                match ended {
                    Ok(Landed::Extended(extended)) => self.done(index, extended.0, extended.1),
                    Ok(Landed::NotBegun) => {
                        waiting.insert(index);
                    }
                    Err(OfficeError::Cancelled) => self.cancelled(index),
                    Err(error) if is_closed(&error) => {
                        self.waits(index, &error);
                        alone.insert(index);
                    }
                    Err(error) => self.failed(index, &error).await,
                }
                continue;
            }
            // Nothing is under way.
            if waiting.is_empty() && !alone.is_empty() {
                reason = self.closed_reason(&alone).map(|error| error.wire());
                waiting.append(&mut alone);
            }
            if waiting.is_empty() || self.job.go_on().is_err() {
                break;
            }
            if reason.is_some() || self.job.is_held() {
                flights.allow(1);
                if self.job.pause(reason.take()).await.is_err() {
                    break;
                }
                // Somebody may have seen to what failed.
                self.climb.sources.ask_again().await;
            }
            self.leave_out(&mut waiting, &mut alone).await;
        }
        waiting.iter().chain(&alone).for_each(|index| self.cancelled(*index));
        self.end().await;
    }

    async fn end(&self) {
        // With a result that waits to be settled, or documents for whoever comes later, it is told as interrupted: who goes on with it, or
        // gives it up, sees to that.
        if self.unsettled.is_empty() && !self.job.is_suspended() {
            let at = self.climb.session.clock.now();
            let ended = JournalEntry::BatchEnded { batch: self.at_work.id(), reason: None, at };
            // Where this cannot be written, the batch is told as interrupted, with nothing left to do.
            let _ = self.climb.session.registry.journal(vec![ended]).await;
        }
        self.at_work.end();
        self.job.end();
    }

    /// What killed processes left there is only litter.
    async fn sweep(&self) {
        let own = |entry: &Entry| self.target.for_entry(entry, &self.climb.session.folder).folder(entry).to_owned();
        let folders: BTreeSet<PathBuf> = self.entries.iter().map(|(_, entry)| own(entry)).collect();
        let _ = blocking(move || folders.iter().for_each(|folder| sweep(folder))).await;
    }

    /// Extends one document and opens its result.
    async fn extend(&self, index: usize) -> OfficeResult<Landed> {
        let (id, planned) = &self.entries[index];
        let opened = self.closed.contains(&index).then(|| self.documents.get(id).ok()).flatten();
        // Somebody may have typed its password meanwhile.
        let entry = opened.as_ref().filter(|opened| opened.path == planned.path).unwrap_or(planned);
        if self.closed.contains(&index) && entry.password().is_none() {
            return Err(password_needed(&entry.name));
        }
        let _room = self.room.take(entry).await;
        // It may have been cancelled, or held up, while there was no room for it.
        self.job.go_on()?;
        if self.job.is_held() {
            return Ok(Landed::NotBegun);
        }
        let target = self.target.for_entry(entry, &self.climb.session.folder);
        let position = self.positions[index];
        let climb = Climb { answered: Answered::default(), ..self.climb.clone() };
        let extending = Extending {
            climb: &climb,
            job: &self.job,
            batch: self.at_work.id(),
            index: position,
            again: self.again.get(&position).copied(),
            entry,
            target: &target,
            given: &self.given,
            unsettled: &self.unsettled,
        };
        let (path, receipt) = extending.run().await?;
        let documents = Arc::clone(&self.documents);
        let output = blocking(move || documents.open(&path, DocumentOrigin::Result)).await;
        Ok(Landed::Extended(Box::new((output.and_then(|opened| opened).ok(), receipt))))
    }

    /// The journal has it together with its record.
    fn done(&self, index: usize, output: Option<DocumentInfo>, receipt: Receipt) {
        self.job.change(self.positions[index], |item| {
            item.state = ItemState::Done;
            item.phase = None;
            item.error = None;
            item.output = output;
            item.receipt = Some(receipt);
        });
    }

    /// The journal has it when the batch ends.
    fn cancelled(&self, index: usize) {
        self.job.change(self.positions[index], |item| {
            item.state = ItemState::Cancelled;
            item.phase = None;
            item.error = None;
        });
    }

    /// Nothing of it is in the journal: its password is asked for before it is begun.
    fn waits(&self, index: usize, error: &OfficeError) {
        self.job.change(self.positions[index], |item| {
            item.state = ItemState::Waiting;
            item.phase = None;
            item.error = Some(error.wire());
        });
    }

    async fn failed(&self, index: usize, error: &OfficeError) {
        let wire = error.wire();
        let place = position(self.positions[index]);
        if !self.unsettled.has(place) {
            // The trail has what happened; an entry that cannot be written makes a resumed batch look at the document once more.
            let entry = JournalEntry::ItemEnded {
                batch: self.at_work.id(),
                position: place,
                state: BatchItemState::Failed,
                output: None,
                error: Some(kept(&wire)),
                at: self.climb.session.clock.now(),
            };
            let _ = self.climb.session.registry.journal(vec![entry]).await;
        }
        self.job.change(self.positions[index], |item| {
            item.state = ItemState::Failed;
            item.phase = None;
            item.error = Some(wire);
        });
    }

    /// Ends what somebody left out since the job paused. What cannot be recorded is not left out: it is asked for again.
    /// Both sets are of documents that have not ended.
    async fn leave_out(&self, waiting: &mut BTreeSet<usize>, alone: &mut BTreeSet<usize>) {
        for (place, reason, error) in self.job.take_skipped() {
            let is_it = |index: &usize| self.positions[*index] == place;
            let Some(index) = waiting.iter().chain(alone.iter()).copied().find(is_it) else { continue };
            let name = &self.entries[index].1.name;
            let batch = self.at_work.id();
            if leave_out(&self.climb.session, &self.job, batch, (place, name), (&reason, error)).await.is_ok() {
                waiting.remove(&index);
                alone.remove(&index);
            }
        }
    }

    /// Why the job waits when nothing is left but documents that ask for their passwords.
    fn closed_reason(&self, closed: &BTreeSet<usize>) -> Option<OfficeError> {
        let first = closed.first()?;
        Some(passwords_needed(&self.entries[*first].1.name, closed.len() - 1))
    }
}

/// Whether a document waits for its password.
fn is_closed(error: &OfficeError) -> bool {
    matches!(error, OfficeError::Format(error) if error.code == "batch_password_needed")
}
