//! Records that wait at the same moment are written together: one writer at a time over all processes, one transaction for many.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cartorio_core::OperatorId;
use sqlx::{Acquire, SqliteConnection};
use tokio::sync::oneshot;

use super::append::{Chain, Check};
use super::head::Head;
use super::{AuditDraft, AuditRecord, Phase};
use crate::batches::JournalEntry;
use crate::bulk::Rows;
use crate::store::Inner;
use crate::{RegistryError, RegistryResult, Role, operators};

/// So much goes into one transaction.
const GROUP: usize = 256;

/// So many transactions may follow each other before other processes have their turn.
const TURN: usize = 8;

/// So long the next transaction of a turn waits for more to come, as long as more comes.
const GATHER: Duration = Duration::from_millis(20);

/// When nothing came for so long, nothing more is waited for.
const QUIET: Duration = Duration::from_millis(4);

/// A record with its rows, or rows by themselves.
pub(super) struct Job {
    pub(super) draft: Option<AuditDraft>,
    pub(super) entries: Vec<JournalEntry>,
    /// Only while the draft's operator is seated.
    pub(super) seated: bool,
}

impl Job {
    /// Whether it tells what is done already, and so is written even where a row of it cannot be.
    fn is_done(&self) -> bool {
        let is_result = self.draft.as_ref().is_some_and(|draft| matches!(draft.phase, Phase::Result { .. }));
        is_result && !self.entries.iter().any(JournalEntry::is_the_act)
    }
}

/// What became of a job: its record, where it has one.
pub(super) type Answer = RegistryResult<Option<AuditRecord>>;

/// What waits to be written, in the order of asking.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<Line>);

#[derive(Default)]
struct Line {
    next: u64,
    jobs: BTreeMap<u64, (Job, oneshot::Sender<Answer>)>,
    /// Somebody writes, and goes on until nothing waits.
    led: bool,
}

impl Waiting {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    pub(super) async fn write(self: &Arc<Self>, job: Job) -> Answer {
        let (sender, receiver) = oneshot::channel();
        let led = {
            let mut line = self.waiting.line();
            line.next += 1;
            let own = line.next;
            line.jobs.insert(own, (job, sender));
            std::mem::replace(&mut line.led, true)
        };
        if !led {
            // A task of its own: it goes on where the caller stops waiting.
            tokio::spawn(Leading { inner: Arc::clone(self), done: false }.lead());
        }
        // Nobody answers any more where the writer ended early.
        let early =
            |_| RegistryError::Database { path: self.path.clone(), reason: "the writer ended early".to_owned() };
        receiver.await.map_err(early)?
    }

    /// Waits while more comes.
    async fn gather(&self) {
        let until = tokio::time::Instant::now() + GATHER;
        let mut before = usize::MAX;
        loop {
            let waiting = self.waiting.line().jobs.len();
            if waiting == before || waiting >= GROUP || tokio::time::Instant::now() >= until {
                return;
            }
            before = waiting;
            tokio::time::sleep(QUIET).await;
        }
    }

    /// Has its turn among the processes, and writes what waits; `own` in any case, or says why not.
    async fn turn(self: &Arc<Self>, own: u64) {
        let waits = || self.waiting.line().jobs.contains_key(&own);
        let _lock = match self.lock_trail().await {
            Ok(lock) => lock,
            Err(error) => {
                // The others have their own patience.
                if let Some((_, answer)) = self.waiting.line().jobs.remove(&own) {
                    let _ = answer.send(Err(error));
                }
                return;
            }
        };
        // Without an audit key a head file that is more than one record behind proves nothing, so that a crash could not be told
        // from a removal: then every record has its own transaction, and nothing follows before the file is there.
        let keyless = self.audit_key.is_none();
        let size = if keyless { 1 } else { GROUP };
        let mut end = End::default();
        let mut together = false;
        for written in 0.. {
            let over = |written| written >= TURN && !waits();
            if over(written) {
                break;
            }
            if together {
                // Those who were answered a moment ago are on the way to their next records: a few large transactions cost less than
                // many small ones.
                self.gather().await;
            }
            let group: Vec<_> = {
                let mut line = self.waiting.line();
                (0..size).map_while(|_| line.jobs.pop_first()).map(|(_, job)| job).collect()
            };
            if group.is_empty() {
                break;
            }
            together = group.len() > 1;
            let jobs: Vec<&Job> = group.iter().map(|(job, _)| job).collect();
            let answers = match commit(self, &jobs, &mut end).await {
                Ok(answers) => answers,
                // One of them spoils it for all: each gets its own transaction then, and its own error.
                Err(_) => {
                    end.settle(self).await;
                    end = End::default();
                    let mut answers = Vec::with_capacity(jobs.len());
                    for job in jobs {
                        answers.push(commit_alone(self, job, Check::End).await);
                    }
                    answers
                }
            };
            if keyless || over(written + 1) || self.waiting.line().jobs.is_empty() {
                end.settle(self).await;
            }
            for ((_, sender), answer) in group.into_iter().zip(answers) {
                // Whoever stopped waiting needs no answer.
                let _ = sender.send(answer);
            }
        }
        end.settle(self).await;
    }
}

/// The one who writes.
struct Leading {
    inner: Arc<Inner>,
    done: bool,
}

impl Leading {
    /// Writes until nothing waits.
    async fn lead(mut self) {
        loop {
            let own = {
                let mut line = self.inner.waiting.line();
                let Some(own) = line.jobs.keys().next().copied() else {
                    line.led = false;
                    self.done = true;
                    return;
                };
                own
            };
            self.inner.turn(own).await;
        }
    }
}

impl Drop for Leading {
    fn drop(&mut self) {
        if !self.done {
            // It ended early; nobody is left waiting for it.
            let mut line = self.inner.waiting.line();
            line.jobs.clear();
            line.led = false;
        }
    }
}

/// What is known of the end of the trail between the transactions of one turn, while nobody else can continue it.
#[derive(Default)]
struct End {
    /// The head that the last transaction wrote.
    head: Option<Head>,
    /// Whether the head file is behind it: a turn of several transactions writes the file once, as what a crash leaves behind is
    /// brought up by the next append.
    behind: bool,
}

impl End {
    /// Writes the head file, where it is behind. Where it cannot be written, the next transaction looks at the end anew.
    async fn settle(&mut self, inner: &Inner) {
        let Some(head) = self.head.clone().filter(|_| std::mem::take(&mut self.behind)) else { return };
        if let Err(error) = inner.write_head_file(head).await {
            // The records are there whatever becomes of the file.
            tracing::warn!(%error, "the head file of the audit trail was not written");
            self.head = None;
        }
    }
}

/// Writes all of `jobs` in one transaction, or nothing at all; says what became of each.
async fn commit(inner: &Arc<Inner>, jobs: &[&Job], end: &mut End) -> RegistryResult<Vec<Answer>> {
    let mut transaction = inner.writer.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
    let mut answers = Vec::with_capacity(jobs.len());
    let mut trail = if jobs.iter().any(|job| job.draft.is_some()) {
        Some(match end.head.clone() {
            Some(head) => Chain::after(head),
            None => Chain::begin(inner, &mut transaction, Check::End).await?,
        })
    } else {
        None
    };
    let mut seats = Seats::default();
    let mut rows = Rows::default();
    for job in jobs {
        let answer = match seats.refuse(inner, &mut transaction, job).await? {
            Some(refused) => refused,
            None => add(inner, trail.as_mut(), job)?,
        };
        // What was refused leaves no rows; what has no record is rows alone.
        if matches!((&job.draft, &answer), (None, Ok(None)) | (Some(_), Ok(Some(_)))) {
            for entry in &job.entries {
                rows.add(inner, &mut transaction, entry).await?;
            }
        }
        answers.push(answer);
    }
    rows.write(inner, &mut transaction).await?;
    let next = match trail {
        Some(chain) => chain.end(inner, &mut transaction).await?,
        None => None,
    };
    transaction.commit().await.map_err(|error| inner.sqlx(error))?;
    if let Some(next) = next {
        inner.remember(next.seq, false);
        *end = End { head: Some(next), behind: true };
    }
    Ok(answers)
}

/// Writes one job in a transaction of its own. Rows that belong to a result and cannot be written are left out.
pub(super) async fn commit_alone(inner: &Arc<Inner>, job: &Job, check: Check) -> Answer {
    let mut transaction = inner.writer.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
    let mut trail = match job.draft {
        Some(_) => Some(Chain::begin(inner, &mut transaction, check).await?),
        None => None,
    };
    if let Some(refused) = Seats::default().refuse(inner, &mut transaction, job).await? {
        return refused;
    }
    let record = add(inner, trail.as_mut(), job)??;
    for entry in &job.entries {
        if !job.is_done() {
            entry.write(inner, &mut transaction).await?;
            continue;
        }
        let mut inside = transaction.begin().await.map_err(|error| inner.sqlx(error))?;
        match entry.write(inner, &mut inside).await {
            Ok(()) => inside.commit().await.map_err(|error| inner.sqlx(error))?,
            Err(error) => {
                tracing::warn!(%error, "a row that belongs to a record of the trail was not written");
                inside.rollback().await.map_err(|error| inner.sqlx(error))?;
            }
        }
    }
    let next = match trail {
        Some(chain) => chain.end(inner, &mut transaction).await?,
        None => None,
    };
    transaction.commit().await.map_err(|error| inner.sqlx(error))?;
    if let Some(next) = next {
        inner.remember(next.seq, matches!(check, Check::Accept));
        End { head: Some(next), behind: true }.settle(inner).await;
    }
    Ok(record)
}

/// Puts the record of `job`, where it has one, at the end of the trail. The inner error is its own.
fn add(inner: &Inner, trail: Option<&mut Chain>, job: &Job) -> RegistryResult<Answer> {
    match (&job.draft, trail) {
        (None, _) => Ok(Ok(None)),
        (Some(draft), Some(chain)) => Ok(chain.add(draft).map(Some)),
        (Some(_), None) => Err(inner.corrupt("a record without a trail".to_owned())),
    }
}

/// Operators as one transaction finds them.
#[derive(Default)]
struct Seats(HashMap<OperatorId, (bool, Role)>);

impl Seats {
    /// Why `job` is not written, where its operator has to be seated and is not.
    async fn refuse(
        &mut self,
        inner: &Inner,
        connection: &mut SqliteConnection,
        job: &Job,
    ) -> RegistryResult<Option<Answer>> {
        let Some(draft) = job.draft.as_ref().filter(|_| job.seated) else { return Ok(None) };
        let seat = match self.0.entry(draft.operator.id) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => match operators::seat(inner, connection, draft.operator.id).await? {
                Some(seat) => *free.insert(seat),
                None => {
                    let key = draft.operator.id.to_string();
                    return Ok(Some(Err(RegistryError::NotFound { what: "operator", key })));
                }
            },
        };
        Ok((seat != (true, draft.operator.role)).then_some(Ok(None)))
    }
}
