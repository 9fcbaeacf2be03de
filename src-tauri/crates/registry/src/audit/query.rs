//! Reading the trail.

use cartorio_core::JobId;

use super::row::{RawRecord, select_records};
use super::{AuditFilter, AuditPage, AuditRecord};
use crate::store::Registry;
use crate::{RegistryError, RegistryResult, moment};

impl Registry {
    /// The record of that number.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn audit_record(&self, seq: u64) -> RegistryResult<AuditRecord> {
        let not_found = || RegistryError::NotFound { what: "audit record", key: seq.to_string() };
        let number = i64::try_from(seq).map_err(|_| not_found())?;
        let row = sqlx::query(select_records!("WHERE seq = $1"))
            .bind(number)
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        self.records(row)?.pop().ok_or_else(not_found)
    }

    /// Records that `filter` lets through, newest first.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn list_audit(&self, filter: &AuditFilter, page: AuditPage) -> RegistryResult<Vec<AuditRecord>> {
        let before = page.before.map(|seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let from = filter.from.map(|at| moment::write("from", at)).transpose()?;
        let to = filter.to.map(|at| moment::write("to", at)).transpose()?;
        let rows = sqlx::query(select_records!(
            "WHERE ($1 IS NULL OR seq < $1) AND ($2 IS NULL OR act = $2) AND ($3 IS NULL OR operator_id = $3) \
             AND ($4 IS NULL OR at >= $4) AND ($5 IS NULL OR at < $5) \
             AND ($6 IS NULL OR LOWER(operator_name) LIKE LOWER($6) ESCAPE '!' OR LOWER(environment) LIKE LOWER($6) ESCAPE '!' \
               OR LOWER(document_name) LIKE LOWER($6) ESCAPE '!' OR LOWER(document_sha256) LIKE LOWER($6) ESCAPE '!' \
               OR LOWER(key_ref) LIKE LOWER($6) ESCAPE '!' OR LOWER(key_id) LIKE LOWER($6) ESCAPE '!' \
               OR LOWER(certificate_sha256) LIKE LOWER($6) ESCAPE '!' OR LOWER(request_id) LIKE LOWER($6) ESCAPE '!' \
               OR LOWER(error_code) LIKE LOWER($6) ESCAPE '!' OR LOWER(detail) LIKE LOWER($6) ESCAPE '!' \
               OR hash LIKE LOWER($6) ESCAPE '!') \
             ORDER BY seq DESC LIMIT $7"
        ))
        .bind(before)
        .bind(filter.act.map(|act| act.name()))
        .bind(filter.operator.map(|id| id.to_string()))
        .bind(from)
        .bind(to)
        .bind(filter.text.as_deref().map(contains_pattern))
        .bind(i64::from(page.limit))
        .fetch_all(&self.inner.pool)
        .await
        .map_err(|error| self.inner.sqlx(error))?;
        self.records(rows)
    }

    /// Intents without a result, oldest first: acts that are under way, or that a crash interrupted.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn open_intents(&self) -> RegistryResult<Vec<AuditRecord>> {
        let rows = sqlx::query(select_records!(
            "WHERE phase = 'intent' AND NOT EXISTS (SELECT 1 FROM audit_records AS result \
             WHERE result.correlation = r.correlation AND result.act = r.act AND result.phase = 'result') ORDER BY seq"
        ))
        .fetch_all(&self.inner.pool)
        .await
        .map_err(|error| self.inner.sqlx(error))?;
        self.records(rows)
    }

    /// The records of one act, oldest first.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn records_of(&self, correlation: JobId) -> RegistryResult<Vec<AuditRecord>> {
        let rows = sqlx::query(select_records!("WHERE correlation = $1 ORDER BY seq"))
            .bind(correlation.to_string())
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        self.records(rows)
    }

    fn records(&self, rows: impl IntoIterator<Item = sqlx::sqlite::SqliteRow>) -> RegistryResult<Vec<AuditRecord>> {
        rows.into_iter()
            .map(|row| {
                let raw = RawRecord::read(&row).map_err(|error| self.inner.sqlx(error))?;
                raw.into_record().map_err(|what| self.inner.corrupt(what))
            })
            .collect()
    }
}

/// A LIKE pattern for «contains», with `!` as its escape.
fn contains_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
