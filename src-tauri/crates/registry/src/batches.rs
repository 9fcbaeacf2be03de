//! Batches of documents to sign or to extend: what was asked for, and how far each document came.
//!
//! The journal is written before the first document. What belongs to a record of the trail goes into the same transaction
//! ([`Registry::append_with`]); the rest is gathered with whatever waits at the same moment ([`Registry::journal`]).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cartorio_core::{IdentityId, JobId, RequestId};
use serde::{Deserialize, Serialize};
use sqlx::{Row, SqliteConnection};
use time::OffsetDateTime;

use crate::bulk;
use crate::columns::{Columns, check_json, check_sha256, integer, write_error};
use crate::documents::{SignedDocument, insert_signed};
use crate::store::{Inner, Registry};
use crate::text_enum::text_enum;
use crate::{Evidence, OperatorRef, RegistryError, RegistryResult, TrustCertificate, moment, paths, trust};

text_enum! {
    /// Where a batch stands.
    pub enum BatchState {
        /// It is at work, or a crash interrupted it.
        Open = "open",
        /// Every document has its end.
        Ended = "ended",
        /// Somebody gave up what was left of it.
        Abandoned = "abandoned",
    }
}

text_enum! {
    /// Where a document of a batch stands.
    pub enum BatchItemState {
        /// Not begun.
        Waiting = "waiting",
        /// Its intent is in the trail.
        Running = "running",
        /// Signed or extended, its result written.
        Done = "done",
        /// Refused or failed.
        Failed = "failed",
        /// Given up.
        Cancelled = "cancelled",
    }
}

/// What is done to the documents of a batch.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum BatchWork {
    /// They are signed.
    Sign {
        /// Who signs.
        identity: IdentityId,
        /// SHA-256 of the certificate that all of it is signed with, lower-case hexadecimal.
        certificate_sha256: String,
    },
    /// Signatures that they have are taken to a higher level.
    Extend,
}

impl BatchWork {
    /// Its name in the table.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Sign { .. } => "sign",
            Self::Extend => "extend",
        }
    }

    /// Who signs, and with which certificate; nothing where nobody does.
    const fn signer(&self) -> Option<(IdentityId, &String)> {
        match self {
            Self::Sign { identity, certificate_sha256 } => Some((*identity, certificate_sha256)),
            Self::Extend => None,
        }
    }
}

/// A batch.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Batch {
    /// Identifier.
    pub id: JobId,
    /// When it was begun.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// Who began it.
    pub operator: OperatorRef,
    /// What is done.
    pub work: BatchWork,
    /// What was asked for, JSON. Never a secret.
    pub request: String,
    /// Where results go; beside each document where it is absent.
    pub output_folder: Option<PathBuf>,
    /// The very file that the one result goes to.
    pub output_file: Option<PathBuf>,
    /// The process that works on it.
    pub process: String,
    /// Where it stands.
    pub state: BatchState,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Why it was given up.
    pub reason: Option<String>,
}

/// A document of a batch.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct BatchItem {
    /// Where it stands in the batch, from 0.
    pub position: u32,
    /// The file.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// Where it came from, as the caller calls it.
    pub origin: String,
    /// Size in bytes when the batch was begun.
    pub size: u64,
    /// When it was changed last, in nanoseconds since 1970, where the file system tells.
    pub modified: Option<i64>,
    /// SHA-256 of the document, once it was read; lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Where it stands.
    pub state: BatchItemState,
    /// The result; for a document under way, the name that it is about to get.
    pub output_path: Option<PathBuf>,
    /// SHA-256 of the result; for a document under way, of what is about to get a name.
    pub output_sha256: Option<String>,
    /// What is known of the result, for a document under way: what its record will say.
    pub announced: BTreeMap<String, String>,
    /// What it failed with; of one that is done, why its level is a lower one than was asked for.
    pub error: Option<ItemError>,
    /// When it was begun last.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When it came to its end.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Its act in the trail.
    pub correlation: Option<JobId>,
}

/// An error as the journal keeps it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct ItemError {
    /// Stable code.
    pub code: String,
    /// Data for the message, by name. Never a secret.
    pub params: BTreeMap<String, String>,
}

/// A row that goes with a record of the trail, or into the journal by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum JournalEntry {
    /// A document was signed.
    Signed(SignedDocument),
    /// A document of a batch is begun.
    ItemBegun {
        /// The batch.
        batch: JobId,
        /// The document.
        position: u32,
        /// Its act in the trail.
        correlation: JobId,
        /// SHA-256 of the document.
        sha256: String,
        /// When.
        at: OffsetDateTime,
    },
    /// A result is about to get its name.
    ItemAnnounced {
        /// The batch.
        batch: JobId,
        /// The document.
        position: u32,
        /// The first name that it may get.
        output_path: PathBuf,
        /// SHA-256 of the result.
        output_sha256: String,
        /// What else the record of it will say.
        detail: BTreeMap<String, String>,
    },
    /// A document of a batch came to its end.
    ItemEnded {
        /// The batch.
        batch: JobId,
        /// The document.
        position: u32,
        /// Which end.
        state: BatchItemState,
        /// The result and its SHA-256.
        output: Option<(PathBuf, String)>,
        /// What it failed with; of one that is done, why its level is a lower one than was asked for.
        error: Option<ItemError>,
        /// When.
        at: OffsetDateTime,
    },
    /// A document of a batch is on record by another act than the one that it was begun with.
    ItemOnRecord {
        /// The batch.
        batch: JobId,
        /// The document.
        position: u32,
        /// The act in the trail that has its result.
        correlation: JobId,
    },
    /// A document of a batch waits again.
    ItemWaits {
        /// The batch.
        batch: JobId,
        /// The document.
        position: u32,
    },
    /// A batch came to its end; documents without one are given up.
    BatchEnded {
        /// The batch.
        batch: JobId,
        /// Why it was given up; absent for one that went to its end.
        reason: Option<String>,
        /// When.
        at: OffsetDateTime,
    },
    /// Official roots, CA certificates below roots and evidence come into the trust store, none of which is there yet.
    TrustImported {
        /// Official roots, and CA certificates.
        certificates: Vec<TrustCertificate>,
        /// Lists and responses.
        evidence: Vec<Evidence>,
        /// Bytes of evidence that are kept; see [`Registry::keep_evidence`].
        evidence_limit: u64,
    },
    /// A root of the office's own is trusted from here on, by an approved request that is used up with it.
    RootAdded {
        /// The root, with its approval.
        root: TrustCertificate,
        /// Digest of what was approved.
        params_sha256: String,
    },
    /// A root of the office's own is trusted no longer, by an approved request that is used up with it.
    RootRemoved {
        /// SHA-256 of the root, lower-case hexadecimal.
        sha256: String,
        /// The request.
        request: RequestId,
        /// Digest of what was approved.
        params_sha256: String,
        /// When.
        at: OffsetDateTime,
    },
}

/// So many documents go into one statement.
const ROWS: usize = 64;

impl Registry {
    /// Writes a batch with its documents, all or nothing; durable when this returns.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] when it is there already or its identity is not in the registry; [`RegistryError::Invalid`]
    /// for a request that is no JSON, a malformed digest or a time that cannot be kept.
    pub async fn add_batch(&self, batch: &Batch, items: &[BatchItem]) -> RegistryResult<()> {
        check_json("request", &batch.request)?;
        let (identity, certificate_sha256) = batch.work.signer().unzip();
        if let Some(sha256) = certificate_sha256 {
            check_sha256("certificate_sha256", sha256)?;
        }
        let inner = &self.inner;
        let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
        sqlx::query(
            "INSERT INTO batches (id, kind, started_at, operator_id, operator_name, operator_role, identity, certificate_sha256, \
             request, output_folder, output_file, process, state) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open')",
        )
        .bind(batch.id.to_string())
        .bind(batch.work.kind())
        .bind(moment::write("started_at", batch.started_at)?)
        .bind(batch.operator.id.to_string())
        .bind(&batch.operator.name)
        .bind(batch.operator.role.name())
        .bind(identity.map(|own| own.to_string()))
        .bind(certificate_sha256)
        .bind(&batch.request)
        .bind(batch.output_folder.as_deref().map(paths::to_text))
        .bind(batch.output_file.as_deref().map(paths::to_text))
        .bind(&batch.process)
        .execute(&mut *transaction)
        .await
        .map_err(write_error(inner, "batch", batch.id))?;
        for rows in items.chunks(ROWS) {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO batch_items (batch, position, path, name, origin, size, modified, sha256, state) ",
            );
            let mut invalid = None;
            query.push_values(rows, |mut row, item| {
                let size = integer("size", item.size).unwrap_or_else(|error| {
                    invalid = Some(error);
                    0
                });
                row.push_bind(batch.id.to_string())
                    .push_bind(i64::from(item.position))
                    .push_bind(paths::to_text(&item.path))
                    .push_bind(item.name.clone())
                    .push_bind(item.origin.clone())
                    .push_bind(size)
                    .push_bind(item.modified)
                    .push_bind(item.sha256.clone())
                    .push_bind(item.state.name());
            });
            if let Some(error) = invalid {
                return Err(error);
            }
            query.build().execute(&mut *transaction).await.map_err(write_error(inner, "batch", batch.id))?;
        }
        transaction.commit().await.map_err(write_error(inner, "batch", batch.id))
    }

    /// The batch of that identifier.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn batch(&self, id: JobId) -> RegistryResult<Batch> {
        let row = sqlx::query("SELECT * FROM batches WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?
            .ok_or_else(|| RegistryError::NotFound { what: "batch", key: id.to_string() })?;
        read_batch(&Columns { inner: &self.inner, table: "batches", row })
    }

    /// Batches that did not come to their end, oldest first; those at work among them.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn open_batches(&self) -> RegistryResult<Vec<Batch>> {
        let rows = sqlx::query("SELECT * FROM batches WHERE state = 'open' ORDER BY started_at, id")
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read_batch(&Columns { inner: &self.inner, table: "batches", row })).collect()
    }

    /// What lies below `folder` because a batch made it: each document with its result, wherever the document itself is.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn results_below(&self, folder: &Path) -> RegistryResult<Vec<(PathBuf, PathBuf)>> {
        let [text, bytes] = paths::below(folder);
        let rows = sqlx::query(
            "SELECT path, output_path FROM batch_items WHERE state = 'done' AND (substr(output_path, 1, length($1)) = $1 \
             OR substr(output_path, 1, length($2)) = $2)",
        )
        .bind(text)
        .bind(bytes)
        .fetch_all(&self.inner.pool)
        .await
        .map_err(|error| self.inner.sqlx(error))?;
        let pair = |row| {
            let columns = Columns { inner: &self.inner, table: "batch_items", row };
            Ok((columns.path("path")?, columns.path("output_path")?))
        };
        rows.into_iter().map(pair).collect()
    }

    /// The newest `limit` batches, newest first, wherever they stand.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn batches(&self, limit: u32) -> RegistryResult<Vec<Batch>> {
        let rows = sqlx::query("SELECT * FROM batches ORDER BY started_at DESC, id DESC LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read_batch(&Columns { inner: &self.inner, table: "batches", row })).collect()
    }

    /// The documents of a batch, in order.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn batch_items(&self, id: JobId) -> RegistryResult<Vec<BatchItem>> {
        let rows = sqlx::query("SELECT * FROM batch_items WHERE batch = $1 ORDER BY position")
            .bind(id.to_string())
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read_item(&Columns { inner: &self.inner, table: "batch_items", row })).collect()
    }

    /// Where documents of batches lay whose digest is `sha256`, or that were signed with the result that has the digest `output`; the
    /// newest first, a few of them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn paths_of(&self, sha256: Option<&str>, output: &str) -> RegistryResult<Vec<PathBuf>> {
        let rows = sqlx::query(PATHS)
            .bind(sha256)
            .bind(output)
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        rows.iter()
            .map(|row| row.try_get("path").map(paths::from_text).map_err(|error| self.inner.sqlx(error)))
            .collect()
    }

    /// Takes over an open batch from the process that worked on it.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] when it is not open, or somebody else was faster.
    pub async fn claim_batch(&self, id: JobId, from: &str, process: &str) -> RegistryResult<()> {
        let claimed = sqlx::query("UPDATE batches SET process = $3 WHERE id = $1 AND process = $2 AND state = 'open'")
            .bind(id.to_string())
            .bind(from)
            .bind(process)
            .execute(&self.inner.pool)
            .await
            .map_err(write_error(&self.inner, "batch", id))?;
        if claimed.rows_affected() == 1 {
            return Ok(());
        }
        let reason = "it is not open, or somebody else works on it".to_owned();
        Err(RegistryError::Conflict { what: "batch", key: id.to_string(), reason })
    }
}

/// An index for each of the two tables, so that a journal of years is not read from end to end.
const PATHS: &str = "SELECT path FROM batch_items WHERE sha256 IN \
                     (SELECT $1 UNION ALL SELECT input_sha256 FROM signed_documents WHERE output_sha256 = $2) \
                     ORDER BY ended_at DESC LIMIT 16";

/// What a change of a document's row is, in the order in which changes may be written.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum ItemKind {
    Begun,
    Announced,
    Ended,
    OnRecord,
    Waits,
}

impl ItemKind {
    /// The statement before its rows, which are `VALUES` of the batch, the position and [`ItemChange::values`].
    const fn statement(self) -> &'static str {
        match self {
            Self::Begun => {
                "UPDATE batch_items SET state = 'running', correlation = own.column3, sha256 = own.column4, \
                 started_at = own.column5, output_path = NULL, output_sha256 = NULL, announced = NULL, error_code = NULL, \
                 error_params = NULL, ended_at = NULL FROM ("
            }
            Self::Announced => {
                "UPDATE batch_items SET output_path = own.column3, output_sha256 = own.column4, announced = own.column5 FROM ("
            }
            Self::Ended => {
                "UPDATE batch_items SET state = own.column3, output_path = own.column4, output_sha256 = own.column5, \
                 announced = NULL, error_code = own.column6, error_params = own.column7, ended_at = own.column8 FROM ("
            }
            Self::OnRecord => "UPDATE batch_items SET correlation = own.column3 FROM (",
            Self::Waits => "UPDATE batch_items SET state = 'waiting' FROM (",
        }
    }
}

/// What comes after the rows of [`ItemKind::statement`].
const OF_ITEMS: &str = ") AS own WHERE batch_items.batch = own.column1 AND batch_items.position = own.column2";

/// A change of a document's row.
pub(crate) struct ItemChange {
    pub(crate) kind: ItemKind,
    batch: String,
    position: i64,
    values: Vec<Option<String>>,
}

impl ItemChange {
    /// Which document it is.
    pub(crate) fn item(&self) -> (String, i64) {
        (self.batch.clone(), self.position)
    }
}

/// Writes changes of one `kind`, each of another document.
pub(crate) async fn change_items(
    inner: &Inner,
    connection: &mut SqliteConnection,
    kind: ItemKind,
    changes: &[ItemChange],
) -> RegistryResult<()> {
    let Some(first) = changes.first() else { return Ok(()) };
    let written = bulk::execute(connection, (kind.statement(), OF_ITEMS), changes, |mut row, change| {
        row.push_bind(change.batch.clone()).push_bind(change.position);
        for value in &change.values {
            row.push_bind(value.clone());
        }
    })
    .await
    .map_err(write_error(inner, "batch", &first.batch))?;
    if written == changes.len() as u64 {
        Ok(())
    } else {
        Err(RegistryError::NotFound { what: "batch", key: first.batch.clone() })
    }
}

impl JournalEntry {
    /// Whether it is the very act that its record tells of: neither is written without the other.
    pub(crate) const fn is_the_act(&self) -> bool {
        match self {
            Self::TrustImported { .. } | Self::RootAdded { .. } | Self::RootRemoved { .. } => true,
            Self::Signed(_)
            | Self::ItemBegun { .. }
            | Self::ItemAnnounced { .. }
            | Self::ItemEnded { .. }
            | Self::ItemOnRecord { .. }
            | Self::ItemWaits { .. }
            | Self::BatchEnded { .. } => false,
        }
    }

    /// The change of one document that it is; nothing for what is about something else.
    pub(crate) fn item_change(&self) -> RegistryResult<Option<ItemChange>> {
        let (kind, batch, position, values) = match self {
            Self::Signed(_)
            | Self::BatchEnded { .. }
            | Self::TrustImported { .. }
            | Self::RootAdded { .. }
            | Self::RootRemoved { .. } => return Ok(None),
            Self::ItemBegun { batch, position, correlation, sha256, at } => {
                check_sha256("sha256", sha256)?;
                let values = vec![Some(correlation.to_string()), Some(sha256.clone()), Some(moment::write("at", *at)?)];
                (ItemKind::Begun, batch, position, values)
            }
            Self::ItemAnnounced { batch, position, output_path, output_sha256, detail } => {
                check_sha256("output_sha256", output_sha256)?;
                let values = vec![
                    Some(paths::to_text(output_path)),
                    Some(output_sha256.clone()),
                    texts_json("announced", detail)?,
                ];
                (ItemKind::Announced, batch, position, values)
            }
            Self::ItemEnded { batch, position, state, output, error, at } => {
                let params = error.as_ref().map(|own| texts_json("error_params", &own.params)).transpose()?;
                let values = vec![
                    Some(state.name().to_owned()),
                    output.as_ref().map(|(path, _)| paths::to_text(path)),
                    output.as_ref().map(|(_, sha256)| sha256.clone()),
                    error.as_ref().map(|own| own.code.clone()),
                    params.flatten(),
                    Some(moment::write("at", *at)?),
                ];
                (ItemKind::Ended, batch, position, values)
            }
            Self::ItemOnRecord { batch, position, correlation } => {
                (ItemKind::OnRecord, batch, position, vec![Some(correlation.to_string())])
            }
            Self::ItemWaits { batch, position } => (ItemKind::Waits, batch, position, Vec::new()),
        };
        Ok(Some(ItemChange { kind, batch: batch.to_string(), position: i64::from(*position), values }))
    }

    /// Writes the row.
    pub(crate) async fn write(&self, inner: &Inner, connection: &mut SqliteConnection) -> RegistryResult<()> {
        if let Some(change) = self.item_change()? {
            return change_items(inner, connection, change.kind, &[change]).await;
        }
        match self {
            Self::Signed(document) => insert_signed(inner, connection, &[document]).await,
            Self::BatchEnded { batch, reason, at } => end_batch(inner, connection, batch, reason.as_deref(), *at).await,
            Self::TrustImported { certificates, evidence, evidence_limit } => {
                trust::import(inner, connection, certificates, evidence, *evidence_limit).await
            }
            Self::RootAdded { root, params_sha256 } => {
                trust::add_own_root(inner, connection, root, params_sha256).await
            }
            Self::RootRemoved { sha256, request, params_sha256, at } => {
                trust::remove_own_root(inner, connection, sha256, (*request, params_sha256.as_str()), *at).await
            }
            Self::ItemBegun { .. }
            | Self::ItemAnnounced { .. }
            | Self::ItemEnded { .. }
            | Self::ItemOnRecord { .. }
            | Self::ItemWaits { .. } => Ok(()),
        }
    }
}

async fn end_batch(
    inner: &Inner,
    connection: &mut SqliteConnection,
    batch: &JobId,
    reason: Option<&str>,
    at: OffsetDateTime,
) -> RegistryResult<()> {
    let at = moment::write("at", at)?;
    sqlx::query(
        "UPDATE batch_items SET state = 'cancelled', ended_at = $2 WHERE batch = $1 AND state IN ('waiting', 'running')",
    )
    .bind(batch.to_string())
    .bind(at.clone())
    .execute(&mut *connection)
    .await
    .map_err(write_error(inner, "batch", batch))?;
    let state = if reason.is_some() { BatchState::Abandoned } else { BatchState::Ended };
    let written =
        sqlx::query("UPDATE batches SET state = $2, ended_at = $3, reason = $4 WHERE id = $1 AND state = 'open'")
            .bind(batch.to_string())
            .bind(state.name())
            .bind(at)
            .bind(reason)
            .execute(connection)
            .await
            .map_err(write_error(inner, "batch", batch))?;
    if written.rows_affected() == 1 {
        Ok(())
    } else {
        Err(RegistryError::NotFound { what: "batch", key: batch.to_string() })
    }
}

/// Texts by name as a column holds them; nothing where there are none.
fn texts_json(column: &'static str, texts: &BTreeMap<String, String>) -> RegistryResult<Option<String>> {
    if texts.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(texts)
        .map(Some)
        .map_err(|error| RegistryError::Invalid { field: column, reason: error.to_string() })
}

fn read_texts(columns: &Columns<'_>, column: &'static str) -> RegistryResult<BTreeMap<String, String>> {
    match columns.optional_text(column)? {
        Some(text) => serde_json::from_str(&text).map_err(|error| columns.corrupt(column, error)),
        None => Ok(BTreeMap::new()),
    }
}

fn read_work(columns: &Columns<'_>) -> RegistryResult<BatchWork> {
    match columns.text("kind")?.as_str() {
        "sign" => Ok(BatchWork::Sign {
            identity: columns.parsed("identity")?,
            certificate_sha256: columns.text("certificate_sha256")?,
        }),
        "extend" => Ok(BatchWork::Extend),
        other => Err(columns.corrupt("kind", other)),
    }
}

fn read_batch(columns: &Columns<'_>) -> RegistryResult<Batch> {
    Ok(Batch {
        id: columns.parsed("id")?,
        started_at: columns.time("started_at")?,
        operator: columns.operator(["operator_id", "operator_name", "operator_role"])?,
        work: read_work(columns)?,
        request: columns.json("request")?,
        output_folder: columns.optional_path("output_folder")?,
        output_file: columns.optional_path("output_file")?,
        process: columns.text("process")?,
        state: columns.parsed("state")?,
        ended_at: columns.optional_time("ended_at")?,
        reason: columns.optional_text("reason")?,
    })
}

fn read_item(columns: &Columns<'_>) -> RegistryResult<BatchItem> {
    let position = columns.count("position")?;
    Ok(BatchItem {
        position: u32::try_from(position).map_err(|error| columns.corrupt("position", error))?,
        path: columns.path("path")?,
        name: columns.text("name")?,
        origin: columns.text("origin")?,
        size: columns.count("size")?,
        modified: columns.optional_integer("modified")?,
        sha256: columns.optional_text("sha256")?,
        state: columns.parsed("state")?,
        output_path: columns.optional_path("output_path")?,
        output_sha256: columns.optional_text("output_sha256")?,
        announced: read_texts(columns, "announced")?,
        error: match columns.optional_text("error_code")? {
            Some(code) => Some(ItemError { code, params: read_texts(columns, "error_params")? }),
            None => None,
        },
        started_at: columns.optional_time("started_at")?,
        ended_at: columns.optional_time("ended_at")?,
        correlation: columns.optional_parsed("correlation")?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;

    #[tokio::test]
    async fn where_documents_lay_is_asked_of_indexes_alone() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::open(folder.path().join("registry.sqlite"), None).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {PATHS}")))
            .fetch_all(&registry.inner.pool)
            .await
            .unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        for index in ["batch_items_by_sha256", "signed_documents_by_output"] {
            assert!(plan.iter().any(|step| step.starts_with("SEARCH") && step.contains(index)), "{index}: {plan:?}");
        }
        let scans: Vec<_> =
            plan.iter().filter(|step| step.starts_with("SCAN") && *step != "SCAN CONSTANT ROW").collect();
        assert!(scans.is_empty(), "{plan:?}");
        assert_eq!(registry.paths_of(None, "a").await.unwrap(), Vec::<PathBuf>::new());
    }
}
