//! What an operator's password is checked against: an Argon2id hash that the office makes, never the password.

use cartorio_core::OperatorId;
use time::OffsetDateTime;

use crate::columns::{Columns, write_error};
use crate::store::Registry;
use crate::{RegistryError, RegistryResult, moment};

impl Registry {
    /// Sets or replaces the hash of an operator's password, a PHC string (`$argon2id$…`).
    ///
    /// # Errors
    /// [`RegistryError::Invalid`] for another kind of text, which is not repeated in the error;
    /// [`RegistryError::Conflict`] when there is no such operator.
    pub async fn set_operator_secret(&self, id: OperatorId, phc: &str, at: OffsetDateTime) -> RegistryResult<()> {
        if !phc.starts_with("$argon2id$") {
            return Err(RegistryError::Invalid { field: "phc", reason: "is no Argon2id hash".into() });
        }
        sqlx::query(
            "INSERT INTO operator_secrets (operator, phc, changed_at) VALUES ($1, $2, $3) \
             ON CONFLICT (operator) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at",
        )
        .bind(id.to_string())
        .bind(phc)
        .bind(moment::write("changed_at", at)?)
        .execute(&self.inner.pool)
        .await
        .map_err(write_error(&self.inner, "operator", id))?;
        Ok(())
    }

    /// The hash of an operator's password and since when it is that; `None` where none was ever set.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn operator_secret(&self, id: OperatorId) -> RegistryResult<Option<(String, OffsetDateTime)>> {
        let row = sqlx::query("SELECT phc, changed_at FROM operator_secrets WHERE operator = $1")
            .bind(id.to_string())
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        let Some(row) = row else { return Ok(None) };
        let columns = Columns { inner: &self.inner, table: "operator_secrets", row };
        Ok(Some((columns.text("phc")?, columns.time("changed_at")?)))
    }
}
