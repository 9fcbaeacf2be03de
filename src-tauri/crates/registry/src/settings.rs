//! Settings of the installation, by name. Never a secret: those live in the keyring.

use std::collections::BTreeMap;

use crate::RegistryResult;
use crate::columns::{Columns, write_error};
use crate::store::Registry;

impl Registry {
    /// The value of a setting, if it was ever set.
    ///
    /// # Errors
    /// Only where the database cannot be read.
    pub async fn setting(&self, key: &str) -> RegistryResult<Option<String>> {
        sqlx::query_scalar("SELECT value FROM settings WHERE key = $1")
            .bind(key)
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// Only where the database cannot be written.
    pub async fn set_setting(&self, key: &str, value: &str) -> RegistryResult<()> {
        sqlx::query(
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value)
        .execute(&self.inner.pool)
        .await
        .map_err(write_error(&self.inner, "setting", key))?;
        Ok(())
    }

    /// Forgets a setting; whether there was one.
    ///
    /// # Errors
    /// Only where the database cannot be written.
    pub async fn remove_setting(&self, key: &str) -> RegistryResult<bool> {
        let done = sqlx::query("DELETE FROM settings WHERE key = $1")
            .bind(key)
            .execute(&self.inner.pool)
            .await
            .map_err(write_error(&self.inner, "setting", key))?;
        Ok(done.rows_affected() > 0)
    }

    /// All settings.
    ///
    /// # Errors
    /// Only where the database cannot be read.
    pub async fn settings(&self) -> RegistryResult<BTreeMap<String, String>> {
        let rows = sqlx::query("SELECT key, value FROM settings")
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter()
            .map(|row| {
                let columns = Columns { inner: &self.inner, table: "settings", row };
                Ok((columns.text("key")?, columns.text("value")?))
            })
            .collect()
    }
}
