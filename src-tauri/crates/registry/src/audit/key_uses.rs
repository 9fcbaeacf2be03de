//! What the trail says of keys: how often each one signed, and when last.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Act;
use crate::RegistryResult;
use crate::columns::Columns;
use crate::store::Registry;

/// The newest use of a key, and how many there were.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct KeyUse {
    /// The key's own identifier in its backend, e.g. an ARN.
    pub key_id: String,
    /// When it signed last.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What it signed: [`Act::DocumentSigned`] or [`Act::FileSigned`]; [`Act::ResultRecovered`] where a crash came before that was
    /// on record.
    pub act: Act,
    /// Who signed.
    pub operator_name: String,
    /// The service's request id.
    pub request_id: Option<String>,
    /// Signatures of this key in the trail.
    pub count: u64,
}

/// The conditions are those of the index `audit_records_by_key_use`, word for word, or it would not be used.
const USES: &str = "SELECT used.key_id, used.times, r.at, r.act, r.operator_name, r.request_id FROM \
    (SELECT key_id, COUNT(*) AS times, MAX(seq) AS newest FROM audit_records \
    WHERE key_id IS NOT NULL AND phase = 'result' AND outcome = 'succeeded' \
    AND act IN ('document_signed', 'file_signed', 'result_recovered') GROUP BY key_id) AS used \
    JOIN audit_records AS r ON r.seq = used.newest ORDER BY used.newest DESC";

/// Tries to sign with a key that gave no result.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KeyTries {
    /// Values that the key made and nobody got: something failed after that, or was cancelled.
    pub values: u64,
    /// Tries that a crash interrupted. Whether they used the key is not known.
    pub interrupted: u64,
}

/// The conditions are those of the index `audit_records_of_tries`, word for word. A record that names no number used the key not once.
const TRIES: &str = "SELECT COALESCE(SUM(CAST(json_extract(detail, '$.key_uses') AS INTEGER)), 0) AS made, \
    COUNT(*) FILTER (WHERE outcome = 'interrupted') AS interrupted FROM audit_records \
    WHERE phase = 'result' AND outcome IN ('failed', 'cancelled', 'interrupted') AND act IN ('document_signed', 'file_signed') \
    AND key_ref = $1";

impl Registry {
    /// What is on record of tries with the key that `key_ref` refers to, and that gave no result.
    ///
    /// # Errors
    /// [`crate::RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn key_tries(&self, key_ref: &str) -> RegistryResult<KeyTries> {
        let row = sqlx::query(TRIES).bind(key_ref).fetch_one(&self.inner.pool).await;
        let row = row.map_err(|error| self.inner.sqlx(error))?;
        let columns = Columns { inner: &self.inner, table: "audit_records", row };
        Ok(KeyTries { values: columns.count("made")?, interrupted: columns.count("interrupted")? })
    }

    /// Every key that signed with success, the one used last first.
    ///
    /// # Errors
    /// [`crate::RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn key_uses(&self) -> RegistryResult<Vec<KeyUse>> {
        let rows = sqlx::query(USES).fetch_all(&self.inner.pool).await.map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter()
            .map(|row| {
                let columns = Columns { inner: &self.inner, table: "audit_records", row };
                Ok(KeyUse {
                    key_id: columns.text("key_id")?,
                    at: columns.time("at")?,
                    act: columns.parsed("act")?,
                    operator_name: columns.text("operator_name")?,
                    request_id: columns.optional_text("request_id")?,
                    count: columns.count("times")?,
                })
            })
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use sqlx::{AssertSqlSafe, Row};

    use super::*;

    #[tokio::test]
    async fn the_counts_read_their_indexes() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::open(folder.path().join("registry.sqlite"), None).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {USES}")))
            .fetch_all(&registry.inner.pool)
            .await
            .unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let covering = |step: &&String| step.contains("USING COVERING INDEX audit_records_by_key_use");
        assert_eq!(plan.iter().filter(covering).count(), 1, "{plan:?}");
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {TRIES}")))
            .bind("local:1")
            .fetch_all(&registry.inner.pool)
            .await
            .unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        assert!(plan.iter().all(|step| step.contains("USING INDEX audit_records_of_tries (key_ref=?")), "{plan:?}");
    }
}
