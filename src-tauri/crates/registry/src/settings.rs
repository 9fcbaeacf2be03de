//! Settings of the installation, by name. Never a secret: those live in the keyring.

use std::collections::BTreeMap;

use crate::columns::{Columns, write_error};
use crate::store::Registry;
use crate::{RegistryError, RegistryResult};

const SET: &str =
    "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

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
        sqlx::query(SET).bind(key).bind(value).execute(&self.inner.pool).await.map_err(write_error(
            &self.inner,
            "setting",
            key,
        ))?;
        Ok(())
    }

    /// Changes a setting to what `change` makes of it, in one transaction: nobody else's change is lost in between.
    ///
    /// # Errors
    /// What `change` says; otherwise only where the database cannot be read or written. Nothing is changed then.
    pub async fn update_setting<E: From<RegistryError>>(
        &self,
        key: &str,
        change: impl FnOnce(Option<String>) -> Result<String, E>,
    ) -> Result<(), E> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
        let before: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE key = $1")
            .bind(key)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(|error| inner.sqlx(error))?;
        // A transaction that is dropped is rolled back.
        let value = change(before)?;
        sqlx::query(SET)
            .bind(key)
            .bind(value)
            .execute(&mut *transaction)
            .await
            .map_err(write_error(inner, "setting", key))?;
        transaction.commit().await.map_err(write_error(inner, "setting", key))?;
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
