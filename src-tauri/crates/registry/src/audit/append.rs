//! Appending: one writer at a time over all processes, durable before it returns.

use sqlx::{Row, SqliteConnection};

use super::group::{Job, commit_alone};
use super::head::{self, FileState, Head};
use super::row::{INSERT, RawRecord};
use super::{AuditDraft, AuditRecord, Phase, TrailProblem, TrailProblemKind};
use crate::batches::JournalEntry;
use crate::bulk;
use crate::store::{Inner, Registry};
use crate::{RegistryError, RegistryResult, moment};

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
    /// where a row cannot be; unless a row is itself what is done, as [`JournalEntry::RootAdded`] is.
    ///
    /// # Errors
    /// As [`Registry::append`]; where all of it is written or nothing, also what keeps a row from being written.
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
            let record = commit_alone(&inner, &job, Check::Accept).await?;
            record.ok_or_else(|| inner.corrupt("a record was written and is not there".to_owned()))
        })
        .await
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
pub(super) enum Check {
    /// Refuse to continue an end that is not genuine.
    End,
    /// Continue from the last row, and say in the record what was wrong.
    Accept,
}

/// The end of the trail while records are added to it.
pub(super) struct Chain {
    head: Head,
    /// Records added, and not written yet.
    added: Vec<RawRecord>,
    /// What was wrong with the end that a person accepts.
    accepted: Option<TrailProblem>,
    /// Why the head file, which a crash left behind, cannot be brought up.
    file_fails: Option<RegistryError>,
}

impl Chain {
    /// Continues what a transaction under the same lock has written.
    pub(super) fn after(head: Head) -> Self {
        Self { head, added: Vec::new(), accepted: None, file_fails: None }
    }

    /// Continues the trail as it is found.
    pub(super) async fn begin(inner: &Inner, connection: &mut SqliteConnection, check: Check) -> RegistryResult<Self> {
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
        Ok(Self { head, added: Vec::new(), accepted, file_fails })
    }

    /// Adds a record. An error is the draft's own and leaves the chain as it was.
    pub(super) fn add(&mut self, draft: &AuditDraft) -> RegistryResult<AuditRecord> {
        if let (Some(error), Phase::Intent) = (&self.file_fails, &draft.phase) {
            return Err(error.clone());
        }
        let mut draft = draft.clone();
        draft.at = moment::truncate(draft.at);
        if let Some(problem) = &self.accepted {
            draft.detail.insert("trail_problem".to_owned(), problem.to_string());
        }
        let seq = self.head.seq + 1;
        let raw = RawRecord::continuing(&draft, seq, &self.head.hash)?;
        self.accepted = None;
        self.head = Head { seq, count: self.head.count + 1, hash: raw.hash.clone(), mac: None };
        let record = AuditRecord { seq, entry: draft, previous: raw.previous.clone(), hash: raw.hash.clone() };
        self.added.push(raw);
        Ok(record)
    }

    /// Writes the records and the head in the table; the head to write into the file, where anything was added.
    pub(super) async fn end(self, inner: &Inner, connection: &mut SqliteConnection) -> RegistryResult<Option<Head>> {
        if self.added.is_empty() {
            return Ok(None);
        }
        insert(inner, connection, &self.added).await?;
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

async fn insert(inner: &Inner, connection: &mut SqliteConnection, records: &[RawRecord]) -> RegistryResult<()> {
    bulk::execute(connection, (INSERT, ""), records, |mut row, raw| {
        row.push_bind(raw.seq)
            .push_bind(raw.format)
            .push_bind(raw.at.clone())
            .push_bind(raw.act.clone())
            .push_bind(raw.phase.clone())
            .push_bind(raw.outcome.clone())
            .push_bind(raw.error_code.clone())
            .push_bind(raw.correlation.clone())
            .push_bind(raw.operator_id.clone())
            .push_bind(raw.operator_name.clone())
            .push_bind(raw.operator_role.clone())
            .push_bind(raw.environment.clone())
            .push_bind(raw.document_name.clone())
            .push_bind(raw.document_sha256.clone())
            .push_bind(raw.document_size)
            .push_bind(raw.key_ref.clone())
            .push_bind(raw.key_id.clone())
            .push_bind(raw.certificate_sha256.clone())
            .push_bind(raw.algorithm.clone())
            .push_bind(raw.request_id.clone())
            .push_bind(raw.attempts)
            .push_bind(raw.detail.clone())
            .push_bind(raw.previous.clone())
            .push_bind(raw.hash.clone());
    })
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

    pub(super) async fn write_head_file(&self, head: Head) -> RegistryResult<()> {
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

    use cartorio_core::{Coded, JobId, OperatorId, SecretBytes};
    use time::macros::datetime;

    use super::super::{Act, OperatorRef, Outcome};
    use super::*;
    use crate::Role;

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
    #[tokio::test]
    async fn of_many_at_once_one_turn_at_most_is_ahead_of_the_head_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.sqlite");
        let registry = Registry::open(&path, Some(SecretBytes::new(vec![7; 32]))).await.unwrap();
        let operator = OperatorRef { id: OperatorId::generate(), name: "Ana".into(), role: Role::Clerk };
        let at = datetime!(2026-11-21 19:06:00 UTC);
        let act = || AuditDraft::intent(at, Act::DocumentSigned, JobId::generate(), operator.clone(), "demo");
        registry.append(act()).await.unwrap();
        const AT_ONCE: u64 = 3000;
        let at_once = || async {
            let waiting: Vec<_> = (0..AT_ONCE)
                .map(|_| {
                    tokio::spawn({
                        let (registry, act) = (registry.clone(), act());
                        async move { registry.append(act).await }
                    })
                })
                .collect();
            let mut written = 0_u64;
            for task in waiting {
                match task.await.unwrap() {
                    Ok(_) => written += 1,
                    Err(error) => assert_eq!(error.code(), "registry_io"),
                }
            }
            written
        };
        HEAD_FILES_FAIL.lock().unwrap().insert(path.clone());
        let first = at_once().await;
        assert!((1..=2048).contains(&first), "{first}: the turn that found out, and nothing after it");
        assert_eq!(registry.trail_end().await.unwrap(), 1 + first);
        assert!(registry.verify().await.unwrap().is_intact());

        HEAD_FILES_FAIL.lock().unwrap().remove(&path);
        assert_eq!(at_once().await, AT_ONCE);
        let Some(FileState::Present(file)) = registry.inner.read_head_file().await.ok() else { panic!("no head file") };
        assert_eq!(file.seq, 1 + AT_ONCE + first, "where nothing waits, it is up to date");
        assert!(registry.verify().await.unwrap().is_intact());
    }
}
