//! Documents that somebody leaves out while a batch waits because of them: each ends with that person's reason, and the record has
//! the error that held it up as well.

use std::collections::BTreeSet;

use cartorio_core::{JobId, WireError};
use cartorio_registry::{Act, BatchItemState, JournalEntry};

use super::batch::{Batch, position};
use super::journal::{BatchError, kept};
use crate::dto::{ItemState, JobSkip, JobSnapshot, Permission};
use crate::jobs::{Job, Jobs};
use crate::session::{Facts, Session};
use crate::{OfficeError, OfficeResult};

/// Leaves documents out of a batch that waits; the batch goes on with the others by itself.
pub(crate) fn ask(session: &Session, jobs: &Jobs, request: &JobSkip) -> OfficeResult<JobSnapshot> {
    session.require(Permission::Sign)?;
    let reason = why(&request.reason)?;
    let job = jobs.get(&request.id)?;
    job.skip(&request.documents, reason)?;
    Ok(job.snapshot())
}

/// A reason that goes on record.
pub(super) fn why(text: &str) -> OfficeResult<&str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(OfficeError::InvalidField { field: "reason", reason: "empty" });
    }
    if text.chars().count() > 200 {
        return Err(OfficeError::InvalidField { field: "reason", reason: "too_long" });
    }
    Ok(text)
}

impl Batch {
    /// Ends what somebody left out since the batch paused. Both sets are of documents that have not ended.
    pub(super) async fn leave_out(
        &self,
        waiting: &mut BTreeSet<usize>,
        alone: &mut BTreeSet<usize>,
    ) -> OfficeResult<()> {
        for (place, reason, error) in self.job.take_skipped() {
            let is_it = |index: &usize| self.positions[*index] == place;
            let Some(index) = waiting.iter().chain(alone.iter()).copied().find(is_it) else { continue };
            let name = &self.plan.entries[index].1.name;
            leave_out(&self.session, &self.job, self.journal, (place, name), (&reason, error)).await?;
            self.kept.forget(place);
            waiting.remove(&index);
            alone.remove(&index);
        }
        Ok(())
    }
}

/// Ends the document at `place` of a batch, which somebody left out because of `error`.
pub(crate) async fn leave_out(
    session: &Session,
    job: &Job,
    batch: JobId,
    (place, name): (usize, &str),
    (reason, error): (&str, WireError),
) -> OfficeResult<()> {
    let facts = Facts::default()
        .with("name", name)
        .with("batch", batch.to_string())
        .with("error", error.code.clone())
        .with("reason", reason);
    let begun = session.begin(Act::DocumentSkipped, facts).await?;
    let error =
        WireError::from(&BatchError::Skipped { name: name.to_owned(), reason: reason.to_owned(), held: error.code });
    let ended = JournalEntry::ItemEnded {
        batch,
        position: position(place),
        state: BatchItemState::Failed,
        output: None,
        error: Some(kept(&error)),
        at: session.clock.now(),
    };
    begun.end_with(&Ok(()), Facts::default(), vec![ended]).await?;
    job.change(place, |item| {
        item.state = ItemState::Failed;
        item.phase = None;
        item.error = Some(error);
    });
    Ok(())
}
