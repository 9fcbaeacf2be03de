//! Appending: one writer at a time over all processes, durable before it returns.

use sqlx::{Row, SqliteConnection};

use super::head::{self, FileState, Head};
use super::row::{INSERT, RawRecord};
use super::{AuditDraft, AuditRecord, Phase, TrailProblem, TrailProblemKind};
use crate::store::{Inner, Registry};
use crate::{RegistryError, RegistryResult, moment};

impl Registry {
    /// Appends a record; when this returns, the record survives a power cut.
    ///
    /// Runs to its end even where the caller stops waiting for it.
    ///
    /// # Errors
    /// - [`RegistryError::AuditKeyMissing`] when the trail is authenticated and this handle has no audit key;
    /// - [`RegistryError::TrailBroken`] when the end of the trail is not what it was: nothing is appended then, because a new
    ///   head would cover up what happened (see [`Registry::reseal`]);
    /// - [`RegistryError::Invalid`], [`RegistryError::Busy`], [`RegistryError::Io`].
    pub async fn append(&self, draft: AuditDraft) -> RegistryResult<AuditRecord> {
        self.detached(move |inner| async move { append(&inner, &draft, Check::End).await }).await
    }

    /// Accepts the end of the trail as it is and appends `draft`, which should say who decided so and why
    /// ([`super::Act::TrailResealed`]). What was wrong with the end goes into the record's detail, so that it stays known.
    ///
    /// Gaps and changes before the end stay visible to [`Registry::verify`].
    ///
    /// # Errors
    /// As [`Registry::append`], without [`RegistryError::TrailBroken`].
    pub async fn reseal(&self, draft: AuditDraft) -> RegistryResult<AuditRecord> {
        self.detached(move |inner| async move { append(&inner, &draft, Check::Accept).await }).await
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

async fn append(inner: &Inner, draft: &AuditDraft, check: Check) -> RegistryResult<AuditRecord> {
    let _lock = inner.lock_trail().await?;
    let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
    let End { stored, last, file, problem } = End::read(inner, &mut transaction).await?;
    let mut draft = draft.clone();
    draft.at = moment::truncate(draft.at);
    let head = match (check, problem) {
        (_, None) => stored.unwrap_or_else(Head::empty),
        (Check::End, Some(problem)) => return Err(RegistryError::TrailBroken { problem }),
        (Check::Accept, Some(problem)) => {
            draft.detail.insert("trail_problem".to_owned(), problem.to_string());
            last
        }
    };
    // Brings up what a crash left behind. While this cannot be written nothing new is begun; how an act ended is recorded even
    // so, because by then it is done.
    if matches!(check, Check::End) && head.seq > 0 && file != FileState::Present(head.clone()) {
        match (inner.write_head_file(head.clone()).await, &draft.phase) {
            (Err(error), Phase::Intent) => return Err(error),
            (Ok(()) | Err(_), Phase::Intent | Phase::Result { .. }) => {}
        }
    }

    let raw = RawRecord::continuing(&draft, head.seq + 1, &head.hash)?;
    let next = head.after(raw.hash.clone(), inner.audit_key.as_ref());
    insert(inner, &mut transaction, &raw).await?;
    inner.write_head(&mut transaction, &next).await?;
    transaction.commit().await.map_err(|error| inner.sqlx(error))?;
    inner.remember(next.seq, matches!(check, Check::Accept));
    // The record is there whatever becomes of the file, which the next append brings up.
    if let Err(error) = inner.write_head_file(next).await {
        tracing::warn!(seq = head.seq + 1, %error, "the head file of the audit trail was not written");
    }
    Ok(AuditRecord { seq: head.seq + 1, entry: draft, previous: raw.previous, hash: raw.hash })
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
}
