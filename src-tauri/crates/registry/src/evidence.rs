//! Evidence of revocation from outside: lists and OCSP responses, old ones too, because judging at a past date needs them.

use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use crate::columns::{Columns, base64, check_sha256, integer, sha256_hex, write_error};
use crate::store::{Inner, Registry};
use crate::text_enum::text_enum;
use crate::{RegistryError, RegistryResult, moment};

text_enum! {
    /// What kind of evidence it is.
    pub enum EvidenceKind {
        /// A revocation list.
        Crl = "crl",
        /// A list of what changed since another.
        DeltaCrl = "delta_crl",
        /// An OCSP response.
        Ocsp = "ocsp",
    }
}

/// What is known of evidence without its bytes.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct EvidenceFacts {
    /// SHA-256 of the bytes, lower-case hexadecimal; unique.
    pub sha256: String,
    /// What it is.
    pub kind: EvidenceKind,
    /// Name of the CA that vouches for it, RFC 4514.
    pub issuer_name: String,
    /// SHA-256 of that CA's `SubjectPublicKeyInfo`, lower-case hexadecimal.
    pub issuer_key: String,
    /// Which part of that CA's certificates it speaks of: evidence of one issuer, kind and scope supersedes the older one.
    pub scope: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub this_update: OffsetDateTime,
    /// When the next is due.
    #[serde(with = "time::serde::rfc3339::option")]
    pub next_update: Option<OffsetDateTime>,
    /// Number of a list, decimal.
    pub number: Option<String>,
    /// Entries of a list.
    pub revoked: Option<u64>,
    /// Bytes.
    pub size: u64,
    /// When it came here.
    #[serde(with = "time::serde::rfc3339")]
    pub fetched_at: OffsetDateTime,
    /// Where it was fetched from; absent when it came from a file.
    pub url: Option<String>,
}

/// Evidence with its bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// What is known of it.
    pub facts: EvidenceFacts,
    /// The list or response, DER.
    pub der: Vec<u8>,
}

impl Registry {
    /// What is kept, newest first, without the bytes.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn evidence_list(&self) -> RegistryResult<Vec<EvidenceFacts>> {
        let rows = sqlx::query(
            "SELECT sha256, kind, issuer_name, issuer_key, scope, this_update, next_update, number, revoked, size, fetched_at, url \
             FROM evidence ORDER BY this_update DESC, sha256",
        )
        .fetch_all(&self.inner.pool)
        .await
        .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| facts(&Columns { inner: &self.inner, table: "evidence", row })).collect()
    }

    /// The bytes of one piece of evidence.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Corrupt`] when the stored bytes do not have the stored digest.
    pub async fn evidence(&self, sha256: &str) -> RegistryResult<Evidence> {
        let row = sqlx::query("SELECT * FROM evidence WHERE sha256 = $1")
            .bind(sha256)
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?
            .ok_or_else(|| RegistryError::NotFound { what: "evidence", key: sha256.to_owned() })?;
        let columns = Columns { inner: &self.inner, table: "evidence", row };
        let evidence = Evidence { facts: facts(&columns)?, der: columns.bytes("der")? };
        if evidence.facts.sha256 != sha256_hex(&evidence.der) {
            return Err(columns.corrupt("der", format!("evidence {sha256} does not have its digest")));
        }
        Ok(evidence)
    }

    /// Keeps evidence; `false` when it is there already. Where all of it takes more than `limit` bytes, what was superseded the
    /// longest ago goes; the newest of each issuer, kind and scope always stays.
    ///
    /// # Errors
    /// [`RegistryError::Invalid`] when digest or size do not fit the bytes.
    pub async fn keep_evidence(&self, evidence: &Evidence, limit: u64) -> RegistryResult<bool> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
        let new = insert(inner, &mut transaction, evidence).await?;
        if new {
            trim(inner, &mut transaction, limit).await?;
        }
        transaction.commit().await.map_err(write_error(inner, "evidence", &evidence.facts.sha256))?;
        Ok(new)
    }

    /// Forgets evidence.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`].
    pub async fn forget_evidence(&self, sha256: &str) -> RegistryResult<()> {
        let done = sqlx::query("DELETE FROM evidence WHERE sha256 = $1")
            .bind(sha256)
            .execute(&self.inner.pool)
            .await
            .map_err(write_error(&self.inner, "evidence", sha256))?;
        if done.rows_affected() == 0 {
            return Err(RegistryError::NotFound { what: "evidence", key: sha256.to_owned() });
        }
        Ok(())
    }
}

pub(crate) async fn insert(
    inner: &Inner,
    connection: &mut SqliteConnection,
    evidence: &Evidence,
) -> RegistryResult<bool> {
    let own = &evidence.facts;
    let invalid = |field, reason: &str| RegistryError::Invalid { field, reason: reason.into() };
    check_sha256("issuer_key", &own.issuer_key)?;
    if own.sha256 != sha256_hex(&evidence.der) {
        return Err(invalid("sha256", "is not the digest of the evidence"));
    }
    if usize::try_from(own.size).ok() != Some(evidence.der.len()) || evidence.der.is_empty() {
        return Err(invalid("size", "is not that of the evidence"));
    }
    let known: Option<i64> = sqlx::query_scalar("SELECT 1 FROM evidence WHERE sha256 = $1")
        .bind(&own.sha256)
        .fetch_optional(&mut *connection)
        .await
        .map_err(|error| inner.sqlx(error))?;
    if known.is_some() {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO evidence (sha256, kind, issuer_name, issuer_key, scope, this_update, next_update, number, revoked, size, \
         der, fetched_at, url) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&own.sha256)
    .bind(own.kind.name())
    .bind(&own.issuer_name)
    .bind(&own.issuer_key)
    .bind(&own.scope)
    .bind(moment::write("this_update", own.this_update)?)
    .bind(own.next_update.map(|at| moment::write("next_update", at)).transpose()?)
    .bind(&own.number)
    .bind(own.revoked.map(|count| integer("revoked", count)).transpose()?)
    .bind(integer("size", own.size)?)
    .bind(base64(&evidence.der))
    .bind(moment::write("fetched_at", own.fetched_at)?)
    .bind(&own.url)
    .execute(connection)
    .await
    .map_err(write_error(inner, "evidence", &own.sha256))?;
    Ok(true)
}

/// Removes what was superseded the longest ago until the rest takes at most `limit` bytes.
pub(crate) async fn trim(inner: &Inner, connection: &mut SqliteConnection, limit: u64) -> RegistryResult<()> {
    // A running sum over everything, what must stay first: what goes beyond the limit is the end of the superseded ones.
    sqlx::query(
        "DELETE FROM evidence WHERE sha256 IN (SELECT sha256 FROM (\
           SELECT sha256, place, SUM(size) OVER (ORDER BY (place > 1), this_update DESC, sha256) AS total FROM (\
             SELECT sha256, size, this_update, \
               ROW_NUMBER() OVER (PARTITION BY issuer_key, kind, scope ORDER BY this_update DESC, sha256) AS place \
             FROM evidence) AS placed) AS summed \
         WHERE place > 1 AND total > $1)",
    )
    .bind(integer("limit", limit)?)
    .execute(connection)
    .await
    .map_err(write_error(inner, "evidence", "superseded"))?;
    Ok(())
}

fn facts(columns: &Columns<'_>) -> RegistryResult<EvidenceFacts> {
    Ok(EvidenceFacts {
        sha256: columns.text("sha256")?,
        kind: columns.parsed("kind")?,
        issuer_name: columns.text("issuer_name")?,
        issuer_key: columns.text("issuer_key")?,
        scope: columns.text("scope")?,
        this_update: columns.time("this_update")?,
        next_update: columns.optional_time("next_update")?,
        number: columns.optional_text("number")?,
        revoked: columns.optional_count("revoked")?,
        size: columns.count("size")?,
        fetched_at: columns.time("fetched_at")?,
        url: columns.optional_text("url")?,
    })
}
