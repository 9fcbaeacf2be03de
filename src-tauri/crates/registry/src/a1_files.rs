//! A1 certificate files that operators sign with: where they lie and which certificate they hold.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::columns::{Columns, check_sha256, write_error};
use crate::store::Registry;
use crate::{OperatorRef, RegistryError, RegistryResult, moment, paths};

/// An A1 certificate file. Its content and its password are not in the registry.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct A1File {
    /// SHA-256 of the holder's certificate, lower-case hexadecimal; unique.
    pub certificate_sha256: String,
    /// Where the file lies.
    pub path: PathBuf,
    /// Its name, without the folder.
    pub file_name: String,
    /// SHA-256 of the file when it was added, lower-case hexadecimal.
    pub file_sha256: String,
    /// When it was added.
    #[serde(with = "time::serde::rfc3339")]
    pub added_at: OffsetDateTime,
    /// Who added it.
    pub added_by: OperatorRef,
    /// Since when it is out of use.
    #[serde(with = "time::serde::rfc3339::option")]
    pub removed_at: Option<OffsetDateTime>,
}

impl Registry {
    /// Adds an A1 file; one that was removed is there again, as given now.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] when a file with that certificate is in use;
    /// [`RegistryError::Invalid`] for a malformed digest, or a file that is added as removed.
    pub async fn add_a1_file(&self, file: &A1File) -> RegistryResult<()> {
        check_sha256("certificate_sha256", &file.certificate_sha256)?;
        check_sha256("file_sha256", &file.file_sha256)?;
        let invalid = |field, reason: &str| RegistryError::Invalid { field, reason: reason.into() };
        if file.removed_at.is_some() {
            return Err(invalid("removed_at", "is set for a file that is added"));
        }
        let done = sqlx::query(
            "INSERT INTO a1_files (certificate_sha256, path, file_name, file_sha256, added_at, added_by_id, added_by_name, \
             added_by_role, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL) \
             ON CONFLICT (certificate_sha256) DO UPDATE SET path = excluded.path, file_name = excluded.file_name, \
             file_sha256 = excluded.file_sha256, added_at = excluded.added_at, added_by_id = excluded.added_by_id, \
             added_by_name = excluded.added_by_name, added_by_role = excluded.added_by_role, removed_at = NULL \
             WHERE a1_files.removed_at IS NOT NULL",
        )
        .bind(&file.certificate_sha256)
        .bind(paths::to_text(&file.path))
        .bind(&file.file_name)
        .bind(&file.file_sha256)
        .bind(moment::write("added_at", file.added_at)?)
        .bind(file.added_by.id.to_string())
        .bind(&file.added_by.name)
        .bind(file.added_by.role.name())
        .execute(&self.inner.pool)
        .await
        .map_err(write_error(&self.inner, "a1 file", &file.certificate_sha256))?;
        if done.rows_affected() == 0 {
            let reason = "a file with this certificate is there already".to_owned();
            return Err(RegistryError::Conflict { what: "a1 file", key: file.certificate_sha256.clone(), reason });
        }
        Ok(())
    }

    /// The A1 file that holds the certificate with that SHA-256, removed or not.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`].
    pub async fn a1_file(&self, certificate_sha256: &str) -> RegistryResult<A1File> {
        let row = sqlx::query("SELECT * FROM a1_files WHERE certificate_sha256 = $1")
            .bind(certificate_sha256)
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?
            .ok_or_else(|| RegistryError::NotFound { what: "a1 file", key: certificate_sha256.to_owned() })?;
        read(&Columns { inner: &self.inner, table: "a1_files", row })
    }

    /// A1 files in use, oldest first; with `removed`, also those that were removed.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn a1_files(&self, removed: bool) -> RegistryResult<Vec<A1File>> {
        let rows = sqlx::query(
            "SELECT * FROM a1_files WHERE $1 = 1 OR removed_at IS NULL ORDER BY added_at, certificate_sha256",
        )
        .bind(i64::from(removed))
        .fetch_all(&self.inner.pool)
        .await
        .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read(&Columns { inner: &self.inner, table: "a1_files", row })).collect()
    }

    /// Takes an A1 file out of use; the file itself is not touched.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Conflict`] when it is removed already.
    pub async fn remove_a1_file(&self, certificate_sha256: &str, at: OffsetDateTime) -> RegistryResult<()> {
        let done =
            sqlx::query("UPDATE a1_files SET removed_at = $2 WHERE certificate_sha256 = $1 AND removed_at IS NULL")
                .bind(certificate_sha256)
                .bind(moment::write("removed_at", at)?)
                .execute(&self.inner.pool)
                .await
                .map_err(write_error(&self.inner, "a1 file", certificate_sha256))?;
        if done.rows_affected() == 0 {
            let file = self.a1_file(certificate_sha256).await?;
            let reason = "it is removed already".to_owned();
            return Err(RegistryError::Conflict { what: "a1 file", key: file.certificate_sha256, reason });
        }
        Ok(())
    }
}

fn read(columns: &Columns<'_>) -> RegistryResult<A1File> {
    Ok(A1File {
        certificate_sha256: columns.text("certificate_sha256")?,
        path: columns.path("path")?,
        file_name: columns.text("file_name")?,
        file_sha256: columns.text("file_sha256")?,
        added_at: columns.time("added_at")?,
        added_by: columns.operator(["added_by_id", "added_by_name", "added_by_role"])?,
        removed_at: columns.optional_time("removed_at")?,
    })
}
