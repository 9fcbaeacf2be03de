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
    /// What it signed: [`Act::DocumentSigned`] or [`Act::FileSigned`].
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
    AND act IN ('document_signed', 'file_signed') GROUP BY key_id) AS used \
    JOIN audit_records AS r ON r.seq = used.newest ORDER BY used.newest DESC";

impl Registry {
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
    async fn the_count_reads_the_index_alone() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::open(folder.path().join("registry.sqlite"), None).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {USES}")))
            .fetch_all(&registry.inner.pool)
            .await
            .unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let covering = |step: &&String| step.contains("USING COVERING INDEX audit_records_by_key_use");
        assert_eq!(plan.iter().filter(covering).count(), 1, "{plan:?}");
    }
}
