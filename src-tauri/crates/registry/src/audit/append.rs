//! Appending: one writer at a time over all processes, durable before it returns.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cartorio_core::OperatorId;
use sqlx::{Acquire, Row, SqliteConnection};
use tokio::sync::oneshot;

use super::head::{self, FileState, Head};
use super::row::{INSERT, RawRecord};
use super::{AuditDraft, AuditRecord, Phase, TrailProblem, TrailProblemKind};
use crate::batches::JournalEntry;
use crate::store::{Inner, Registry};
use crate::{RegistryError, RegistryResult, Role, moment, operators};

impl Registry {
    /// Appends a record; when this returns, the record survives a power cut.
    ///
    /// Appends that wait at the same moment share one transaction, in the order of asking; each has its own record, and one that
    /// cannot be kept does not hold up the others. Runs to its end even where the caller stops waiting for it.
    ///
    /// # Errors
    /// - [`RegistryError::AuditKeyMissing`] when the trail is authenticated and this handle has no audit key;
    /// - [`RegistryError::TrailBroken`] when the end of the trail is not what it was: nothing is appended then, because a new
    ///   head would cover up what happened (see [`Registry::reseal`]);
    /// - [`RegistryError::Invalid`], [`RegistryError::Busy`], [`RegistryError::Io`].
    pub async fn append(&self, draft: AuditDraft) -> RegistryResult<AuditRecord> {
        self.append_with(draft, Vec::new()).await
    }

    /// The same, with rows that belong to the record, in one transaction.
    ///
    /// With an intent, all of it is written or nothing. With a result, which says what is done already, the record is written even
    /// where a row cannot be.
    ///
    /// # Errors
    /// As [`Registry::append`]; with an intent, also what keeps a row from being written.
    pub async fn append_with(&self, draft: AuditDraft, entries: Vec<JournalEntry>) -> RegistryResult<AuditRecord> {
        let record = self.inner.write(Job { draft: Some(draft), entries, seated: false }).await?;
        record.ok_or_else(|| self.inner.corrupt("a record was written and is not there".to_owned()))
    }

    /// The same for an intent, if its operator is still active and has still the role that it names: `None`, and nothing is
    /// written, where that is not so.
    ///
    /// # Errors
    /// As [`Registry::append_with`]; [`RegistryError::NotFound`] for an operator that was never there.
    pub async fn append_seated(
        &self,
        draft: AuditDraft,
        entries: Vec<JournalEntry>,
    ) -> RegistryResult<Option<AuditRecord>> {
        self.inner.write(Job { draft: Some(draft), entries, seated: true }).await
    }

    /// Writes rows of the journal by themselves, all or nothing; durable when this returns. Gathered like records.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for an unknown batch, [`RegistryError::Invalid`], [`RegistryError::Busy`],
    /// [`RegistryError::Io`].
    pub async fn journal(&self, entries: Vec<JournalEntry>) -> RegistryResult<()> {
        self.inner.write(Job { draft: None, entries, seated: false }).await.map(|_| ())
    }

    /// Accepts the end of the trail as it is and appends `draft`, which should say who decided so and why
    /// ([`super::Act::TrailResealed`]). What was wrong with the end goes into the record's detail, so that it stays known.
    ///
    /// Gaps and changes before the end stay visible to [`Registry::verify`].
    ///
    /// # Errors
    /// As [`Registry::append`], without [`RegistryError::TrailBroken`].
    pub async fn reseal(&self, draft: AuditDraft) -> RegistryResult<AuditRecord> {
        self.detached(move |inner| async move {
            let _lock = inner.lock_trail().await?;
            let job = Job { draft: Some(draft), entries: Vec::new(), seated: false };
            let written = commit(&inner, &[&job], Check::Accept, true).await?.pop();
            let record = written.and_then(Result::transpose);
            record.unwrap_or_else(|| Err(inner.corrupt("a record was written and is not there".to_owned())))
        })
        .await
    }
}

/// So much goes into one transaction.
const GROUP: usize = 256;

/// What waits to be written, in the order of asking.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<Line>);

#[derive(Default)]
struct Line {
    next: u64,
    jobs: BTreeMap<u64, (Job, oneshot::Sender<RegistryResult<Option<AuditRecord>>>)>,
}

struct Job {
    draft: Option<AuditDraft>,
    entries: Vec<JournalEntry>,
    /// Only while the draft's operator is seated.
    seated: bool,
}

impl Waiting {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    async fn write(self: &Arc<Self>, job: Job) -> RegistryResult<Option<AuditRecord>> {
        let (sender, receiver) = oneshot::channel();
        let own = {
            let mut line = self.waiting.line();
            line.next += 1;
            let own = line.next;
            line.jobs.insert(own, (job, sender));
            own
        };
        let inner = Arc::clone(self);
        let task = tokio::spawn(async move {
            inner.lead(own).await;
            Ok(())
        });
        match receiver.await {
            Ok(written) => written,
            // Nobody answers any more; the task may say why.
            Err(_) => {
                self.joined(task).await?;
                Err(RegistryError::Database { path: self.path.clone(), reason: "the writer ended early".to_owned() })
            }
        }
    }

    /// Writes everything that waits, unless somebody has written `own` meanwhile.
    async fn lead(&self, own: u64) {
        let waits = || self.waiting.line().jobs.contains_key(&own);
        let _lock = match self.lock_trail_if(waits).await {
            Ok(Some(lock)) => lock,
            Ok(None) => return,
            Err(error) => {
                // The others have their own patience.
                if let Some((_, answer)) = self.waiting.line().jobs.remove(&own) {
                    let _ = answer.send(Err(error));
                }
                return;
            }
        };
        loop {
            let group: Vec<_> = {
                let mut line = self.waiting.line();
                if !line.jobs.contains_key(&own) {
                    return;
                }
                // Without an audit key a head file that is more than one record behind proves nothing, so that a crash could not
                // be told from a removal: then every record has its own transaction.
                let size = if self.audit_key.is_none() { 1 } else { GROUP };
                (0..size).map_while(|_| line.jobs.pop_first()).map(|(_, job)| job).collect()
            };
            let jobs: Vec<&Job> = group.iter().map(|(job, _)| job).collect();
            let answers = match commit(self, &jobs, Check::End, false).await {
                Ok(answers) => answers,
                // One of them spoils it for all: each gets its own transaction then, and its own error.
                Err(_) => {
                    let mut answers = Vec::with_capacity(jobs.len());
                    for job in jobs {
                        let answer = commit(self, &[job], Check::End, true).await;
                        answers.push(answer.and_then(|mut own| own.pop().unwrap_or(Ok(None))));
                    }
                    answers
                }
            };
            for ((_, sender), answer) in group.into_iter().zip(answers) {
                // Whoever stopped waiting needs no answer.
                let _ = sender.send(answer);
            }
        }
    }
}

impl Registry {
    /// The number of the newest record, where the trail can be continued: the number to remember outside
    /// ([`Registry::open_remembering`]).
    ///
    /// # Errors
    /// What an append would be refused with: [`RegistryError::TrailBroken`], [`RegistryError::AuditKeyMissing`]. And
    /// [`RegistryError::Busy`], [`RegistryError::Io`].
    pub async fn trail_end(&self) -> RegistryResult<u64> {
        let inner = &self.inner;
        let _lock = inner.lock_trail().await?;
        let mut snapshot = inner.pool.begin().await.map_err(|error| inner.sqlx(error))?;
        let end = End::read(inner, &mut snapshot).await?;
        end.problem.map_or(Ok(end.last.seq), |problem| Err(RegistryError::TrailBroken { problem }))
    }
}

/// The end of the trail as an append finds it.
struct End {
    stored: Option<Head>,
    last: Head,
    file: FileState,
    problem: Option<TrailProblem>,
}

impl End {
    async fn read(inner: &Inner, connection: &mut SqliteConnection) -> RegistryResult<Self> {
        let last = last_row(inner, connection).await?;
        let stored = inner.read_head(connection).await?;
        let authenticated = stored.as_ref().is_some_and(|head| head.mac.is_some()) || inner.begun;
        if inner.audit_key.is_none() && authenticated {
            return Err(RegistryError::AuditKeyMissing);
        }
        let file = inner.read_head_file().await?;
        let problem = end_problem(inner, connection, stored.as_ref(), &last, &file).await?;
        Ok(Self { stored, last, file, problem })
    }
}

#[derive(Clone, Copy)]
enum Check {
    /// Refuse to continue an end that is not genuine.
    End,
    /// Continue from the last row, and say in the record what was wrong.
    Accept,
}

/// Writes all of `jobs` in one transaction, or nothing at all; says what became of each.
///
/// `alone`: rows that belong to a result and cannot be written are left out instead of spoiling the transaction.
async fn commit(
    inner: &Inner,
    jobs: &[&Job],
    check: Check,
    alone: bool,
) -> RegistryResult<Vec<RegistryResult<Option<AuditRecord>>>> {
    let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
    let mut answers = Vec::with_capacity(jobs.len());
    let mut trail = if jobs.iter().any(|job| job.draft.is_some()) {
        Some(Chain::begin(inner, &mut transaction, check).await?)
    } else {
        None
    };
    let mut seats: HashMap<OperatorId, (bool, Role)> = HashMap::new();
    for job in jobs {
        if let Some(draft) = job.draft.as_ref().filter(|_| job.seated) {
            let seat = match seats.entry(draft.operator.id) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(free) => match operators::seat(inner, &mut transaction, draft.operator.id).await? {
                    Some(seat) => *free.insert(seat),
                    None => {
                        let key = draft.operator.id.to_string();
                        answers.push(Err(RegistryError::NotFound { what: "operator", key }));
                        continue;
                    }
                },
            };
            if seat != (true, draft.operator.role) {
                answers.push(Ok(None));
                continue;
            }
        }
        let answer = match (&job.draft, &mut trail) {
            (Some(draft), Some(chain)) => match chain.add(inner, &mut transaction, draft).await? {
                Ok(record) => Ok(Some(record)),
                Err(refused) => {
                    answers.push(Err(refused));
                    continue;
                }
            },
            (None, _) | (Some(_), None) => Ok(None),
        };
        let done_already = job.draft.as_ref().is_some_and(|draft| matches!(draft.phase, Phase::Result { .. }));
        for entry in &job.entries {
            if alone && done_already {
                let mut inside = transaction.begin().await.map_err(|error| inner.sqlx(error))?;
                match entry.write(inner, &mut inside).await {
                    Ok(()) => inside.commit().await.map_err(|error| inner.sqlx(error))?,
                    Err(error) => {
                        tracing::warn!(%error, "a row that belongs to a record of the trail was not written");
                        inside.rollback().await.map_err(|error| inner.sqlx(error))?;
                    }
                }
            } else {
                entry.write(inner, &mut transaction).await?;
            }
        }
        answers.push(answer);
    }
    let next = match trail {
        Some(chain) => chain.end(inner, &mut transaction).await?,
        None => None,
    };
    transaction.commit().await.map_err(|error| inner.sqlx(error))?;
    if let Some(next) = next {
        let seq = next.seq;
        inner.remember(seq, matches!(check, Check::Accept));
        // The records are there whatever becomes of the file, which the next append brings up.
        if let Err(error) = inner.write_head_file(next).await {
            tracing::warn!(seq, %error, "the head file of the audit trail was not written");
        }
    }
    Ok(answers)
}

/// The end of the trail while records are added to it.
struct Chain {
    head: Head,
    /// Records added.
    added: u64,
    /// What was wrong with the end that a person accepts.
    accepted: Option<TrailProblem>,
    /// Why the head file, which a crash left behind, cannot be brought up.
    file_fails: Option<RegistryError>,
}

impl Chain {
    async fn begin(inner: &Inner, connection: &mut SqliteConnection, check: Check) -> RegistryResult<Self> {
        let End { stored, last, file, problem } = End::read(inner, connection).await?;
        let (head, accepted) = match (check, problem) {
            (_, None) => (stored.unwrap_or_else(Head::empty), None),
            (Check::End, Some(problem)) => return Err(RegistryError::TrailBroken { problem }),
            (Check::Accept, Some(problem)) => (last, Some(problem)),
        };
        // Brings up what a crash left behind. While this cannot be written nothing new is begun; how an act ended is recorded even
        // so, because by then it is done.
        let behind = matches!(check, Check::End) && head.seq > 0 && file != FileState::Present(head.clone());
        let file_fails = if behind { inner.write_head_file(head.clone()).await.err() } else { None };
        Ok(Self { head, added: 0, accepted, file_fails })
    }

    /// Adds a record. The inner error is the draft's own and leaves the chain as it was.
    async fn add(
        &mut self,
        inner: &Inner,
        connection: &mut SqliteConnection,
        draft: &AuditDraft,
    ) -> RegistryResult<RegistryResult<AuditRecord>> {
        if let (Some(error), Phase::Intent) = (&self.file_fails, &draft.phase) {
            return Ok(Err(error.clone()));
        }
        let mut draft = draft.clone();
        draft.at = moment::truncate(draft.at);
        if let Some(problem) = self.accepted.take() {
            draft.detail.insert("trail_problem".to_owned(), problem.to_string());
        }
        let seq = self.head.seq + 1;
        let raw = match RawRecord::continuing(&draft, seq, &self.head.hash) {
            Ok(raw) => raw,
            Err(error) => return Ok(Err(error)),
        };
        insert(inner, connection, &raw).await?;
        self.head = Head { seq, count: self.head.count + 1, hash: raw.hash.clone(), mac: None };
        self.added += 1;
        Ok(Ok(AuditRecord { seq, entry: draft, previous: raw.previous, hash: raw.hash }))
    }

    /// Writes the head in the table; the one to write into the file, where anything was added.
    async fn end(self, inner: &Inner, connection: &mut SqliteConnection) -> RegistryResult<Option<Head>> {
        if self.added == 0 {
            return Ok(None);
        }
        let head = self.head.authenticated(inner.audit_key.as_ref());
        inner.write_head(connection, &head).await?;
        Ok(Some(head))
    }
}

/// What the last row makes of the head: its number and hash, unauthenticated.
async fn last_row(inner: &Inner, connection: &mut SqliteConnection) -> RegistryResult<Head> {
    let row = sqlx::query("SELECT seq, hash FROM audit_records ORDER BY seq DESC LIMIT 1")
        .fetch_optional(connection)
        .await
        .map_err(|error| inner.sqlx(error))?;
    let Some(row) = row else { return Ok(Head::empty()) };
    let seq: i64 = row.try_get(0).map_err(|error| inner.sqlx(error))?;
    let hash = row.try_get(1).map_err(|error| inner.sqlx(error))?;
    let seq = u64::try_from(seq).map_err(|_| inner.corrupt(format!("audit record {seq}: the number is negative")))?;
    Ok(Head { seq, count: seq, hash, mac: None })
}

/// What is wrong with the end of the trail, as far as one look at it tells.
async fn end_problem(
    inner: &Inner,
    connection: &mut SqliteConnection,
    stored: Option<&Head>,
    last: &Head,
    file: &FileState,
) -> RegistryResult<Option<TrailProblem>> {
    let key = inner.audit_key.as_ref();
    let head = match stored {
        Some(head) => head.clone(),
        None if last.seq == 0 => Head::empty(),
        None => {
            let problem = TrailProblem::new(TrailProblemKind::BadHead, None, "the head is missing");
            return Ok(Some(problem));
        }
    };
    if let Some(key) = key
        && head.seq > 0
        && !head.is_genuine(key)
    {
        let detail = "the head was not made with the audit key of this installation";
        return Ok(Some(TrailProblem::new(TrailProblemKind::BadHead, Some(head.seq), detail)));
    }
    if (head.seq, &head.hash) != (last.seq, &last.hash) {
        let detail = format!("the head is at {}, the last record at {}", head.seq, last.seq);
        return Ok(Some(TrailProblem::new(TrailProblemKind::HeadMismatch, Some(last.seq), detail)));
    }
    if head.seq < inner.remembered() {
        return Ok(Some(head::forgotten(head.seq, inner.remembered())));
    }
    let hash_at = match file {
        FileState::Present(found) if found.seq < head.seq => inner.hash_at(connection, found.seq).await?,
        FileState::Present(_) | FileState::Missing | FileState::Malformed => None,
    };
    Ok(head::compare(&head, file, hash_at.as_deref(), key))
}

async fn insert(inner: &Inner, connection: &mut SqliteConnection, raw: &RawRecord) -> RegistryResult<()> {
    sqlx::query(INSERT)
        .bind(raw.seq)
        .bind(raw.format)
        .bind(&raw.at)
        .bind(&raw.act)
        .bind(&raw.phase)
        .bind(&raw.outcome)
        .bind(&raw.error_code)
        .bind(&raw.correlation)
        .bind(&raw.operator_id)
        .bind(&raw.operator_name)
        .bind(&raw.operator_role)
        .bind(&raw.environment)
        .bind(&raw.document_name)
        .bind(&raw.document_sha256)
        .bind(raw.document_size)
        .bind(&raw.key_ref)
        .bind(&raw.key_id)
        .bind(&raw.certificate_sha256)
        .bind(&raw.algorithm)
        .bind(&raw.request_id)
        .bind(raw.attempts)
        .bind(&raw.detail)
        .bind(&raw.previous)
        .bind(&raw.hash)
        .execute(connection)
        .await
        .map_err(|error| inner.sqlx(error))?;
    Ok(())
}

impl Inner {
    /// The stored hash of a record.
    pub(super) async fn hash_at(&self, connection: &mut SqliteConnection, seq: u64) -> RegistryResult<Option<String>> {
        let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
        sqlx::query_scalar("SELECT hash FROM audit_records WHERE seq = $1")
            .bind(seq)
            .fetch_optional(connection)
            .await
            .map_err(|error| self.sqlx(error))
    }

    /// The head in the table.
    pub(super) async fn read_head(&self, connection: &mut SqliteConnection) -> RegistryResult<Option<Head>> {
        let row = sqlx::query("SELECT seq, count, hash, mac FROM audit_head WHERE id = 1")
            .fetch_optional(connection)
            .await
            .map_err(|error| self.sqlx(error))?;
        let Some(row) = row else { return Ok(None) };
        let number = |column: usize| -> RegistryResult<u64> {
            let value: i64 = row.try_get(column).map_err(|error| self.sqlx(error))?;
            u64::try_from(value).map_err(|_| self.corrupt("the head of the audit trail has a negative number".into()))
        };
        Ok(Some(Head {
            seq: number(0)?,
            count: number(1)?,
            hash: row.try_get(2).map_err(|error| self.sqlx(error))?,
            mac: row.try_get(3).map_err(|error| self.sqlx(error))?,
        }))
    }

    async fn write_head(&self, connection: &mut SqliteConnection, head: &Head) -> RegistryResult<()> {
        let too_large = |_| RegistryError::Invalid { field: "seq", reason: "is too large".into() };
        sqlx::query(
            "INSERT INTO audit_head (id, seq, count, hash, mac) VALUES (1, $1, $2, $3, $4) \
             ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, count = excluded.count, hash = excluded.hash, mac = excluded.mac",
        )
        .bind(i64::try_from(head.seq).map_err(too_large)?)
        .bind(i64::try_from(head.count).map_err(too_large)?)
        .bind(&head.hash)
        .bind(&head.mac)
        .execute(connection)
        .await
        .map_err(|error| self.sqlx(error))?;
        Ok(())
    }

    pub(super) async fn read_head_file(&self) -> RegistryResult<FileState> {
        let file = head::HeadFile::beside(&self.path);
        self.blocking(move || file.read()).await
    }

    async fn write_head_file(&self, head: Head) -> RegistryResult<()> {
        #[cfg(test)]
        if tests::HEAD_FILES_FAIL.lock().is_ok_and(|failing| failing.contains(&self.path)) {
            return Err(RegistryError::io(&self.path, &std::io::ErrorKind::StorageFull.into()));
        }
        let file = head::HeadFile::beside(&self.path);
        self.blocking(move || file.write(&head)).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;
    use std::sync::Mutex;

    use cartorio_core::{Coded, JobId, SecretBytes};
    use time::macros::datetime;

    use super::super::{Act, OperatorRef, Outcome};
    use super::*;

    /// Databases beside which no head file can be written: a full disk.
    pub(super) static HEAD_FILES_FAIL: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

    #[tokio::test]
    async fn a_record_that_is_there_was_appended_whatever_becomes_of_the_head_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.sqlite");
        let registry = Registry::open(&path, Some(SecretBytes::new(vec![7; 32]))).await.unwrap();
        let operator = OperatorRef { id: OperatorId::generate(), name: "Ana".into(), role: Role::Clerk };
        let at = datetime!(2026-11-21 19:06:00 UTC);
        let act = || AuditDraft::intent(at, Act::DocumentSigned, JobId::generate(), operator.clone(), "demo");
        let (first, second) = (act(), act());
        registry.append(first.clone()).await.unwrap();
        registry.append(first.ended(at, Outcome::Succeeded)).await.unwrap();

        HEAD_FILES_FAIL.lock().unwrap().insert(path.clone());
        let begun = registry.append(second.clone()).await.unwrap();
        let ended = registry.append(second.ended(at, Outcome::Succeeded)).await.unwrap();
        assert_eq!((begun.seq, ended.seq), (3, 4), "what was begun is ended");
        assert_eq!(registry.append(act()).await.unwrap_err().code(), "registry_io", "and nothing more is begun");
        assert!(registry.verify().await.unwrap().is_intact(), "the file is behind, as a power cut leaves it");

        HEAD_FILES_FAIL.lock().unwrap().remove(&path);
        assert_eq!(registry.append(act()).await.unwrap().seq, 5);
        let Some(FileState::Present(file)) = registry.inner.read_head_file().await.ok() else { panic!("no head file") };
        assert_eq!(file.seq, 5, "the next append brings it up");
    }
}
