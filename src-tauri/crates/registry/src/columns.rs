//! Reading a row of the plain tables, every value checked.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::{Digest, HashAlgorithm};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use time::OffsetDateTime;

use crate::store::Inner;
use crate::{OperatorRef, RegistryError, RegistryResult, moment, paths};

/// SQLITE_CONSTRAINT_TRIGGER (sqlite.org/rescode.html).
const REFUSED_BY_TRIGGER: &str = "1811";

/// A row together with what is needed to complain about it.
pub(crate) struct Columns<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) table: &'static str,
    pub(crate) row: SqliteRow,
}

impl Columns<'_> {
    pub(crate) fn text(&self, column: &'static str) -> RegistryResult<String> {
        self.row.try_get(column).map_err(|error| self.inner.sqlx(error))
    }

    pub(crate) fn optional_text(&self, column: &'static str) -> RegistryResult<Option<String>> {
        self.row.try_get(column).map_err(|error| self.inner.sqlx(error))
    }

    pub(crate) fn path(&self, column: &'static str) -> RegistryResult<PathBuf> {
        self.text(column).map(paths::from_text)
    }

    pub(crate) fn optional_path(&self, column: &'static str) -> RegistryResult<Option<PathBuf>> {
        Ok(self.optional_text(column)?.map(paths::from_text))
    }

    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> RegistryResult<T> {
        self.understand(column, &self.text(column)?, |text| text.parse().map_err(|error: T::Err| error.to_string()))
    }

    pub(crate) fn optional_parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> RegistryResult<Option<T>> {
        let Some(text) = self.optional_text(column)? else { return Ok(None) };
        self.understand(column, &text, |text| text.parse().map_err(|error: T::Err| error.to_string())).map(Some)
    }

    pub(crate) fn time(&self, column: &'static str) -> RegistryResult<OffsetDateTime> {
        self.understand(column, &self.text(column)?, moment::read)
    }

    pub(crate) fn optional_time(&self, column: &'static str) -> RegistryResult<Option<OffsetDateTime>> {
        let Some(text) = self.optional_text(column)? else { return Ok(None) };
        self.understand(column, &text, moment::read).map(Some)
    }

    pub(crate) fn flag(&self, column: &'static str) -> RegistryResult<bool> {
        let value: i64 = self.row.try_get(column).map_err(|error| self.inner.sqlx(error))?;
        Ok(value != 0)
    }

    pub(crate) fn count(&self, column: &'static str) -> RegistryResult<u64> {
        let value: i64 = self.row.try_get(column).map_err(|error| self.inner.sqlx(error))?;
        u64::try_from(value).map_err(|_| self.corrupt(column, "is negative"))
    }

    pub(crate) fn optional_count(&self, column: &'static str) -> RegistryResult<Option<u64>> {
        let value: Option<i64> = self.row.try_get(column).map_err(|error| self.inner.sqlx(error))?;
        value.map(|value| u64::try_from(value).map_err(|_| self.corrupt(column, "is negative"))).transpose()
    }

    /// A number that may be absent or negative.
    pub(crate) fn optional_integer(&self, column: &'static str) -> RegistryResult<Option<i64>> {
        self.row.try_get(column).map_err(|error| self.inner.sqlx(error))
    }

    /// A copy of an operator, kept in three columns.
    pub(crate) fn operator(&self, [id, name, role]: [&'static str; 3]) -> RegistryResult<OperatorRef> {
        Ok(OperatorRef { id: self.parsed(id)?, name: self.text(name)?, role: self.parsed(role)? })
    }

    /// Text that was checked to be JSON when it was written.
    pub(crate) fn json(&self, column: &'static str) -> RegistryResult<String> {
        let text = self.text(column)?;
        check_json(column, &text).map_err(|error| self.corrupt(column, error))?;
        Ok(text)
    }

    pub(crate) fn bytes(&self, column: &'static str) -> RegistryResult<Vec<u8>> {
        self.understand(column, &self.text(column)?, |text| STANDARD.decode(text).map_err(|error| error.to_string()))
    }

    pub(crate) fn corrupt(&self, column: &'static str, reason: impl Display) -> RegistryError {
        self.inner.corrupt(format!("table {}, column {column}: {reason}", self.table))
    }

    fn understand<T>(
        &self,
        column: &'static str,
        text: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> RegistryResult<T> {
        read(text).map_err(|reason| self.corrupt(column, reason))
    }
}

/// DER as the tables hold it.
pub(crate) fn base64(der: &[u8]) -> String {
    STANDARD.encode(der)
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Digest::of(HashAlgorithm::Sha256, bytes).to_hex()
}

/// Refuses what is no SHA-256 in lower-case hexadecimal.
///
/// # Errors
/// [`RegistryError::Invalid`] naming the field.
pub(crate) fn check_sha256(field: &'static str, text: &str) -> RegistryResult<()> {
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() == 64 && digits {
        Ok(())
    } else {
        Err(RegistryError::Invalid { field, reason: "is no SHA-256 in lower-case hexadecimal".into() })
    }
}

/// Refuses what is no JSON.
///
/// # Errors
/// [`RegistryError::Invalid`] naming the field.
pub(crate) fn check_json(field: &'static str, text: &str) -> RegistryResult<()> {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(RegistryError::Invalid { field, reason: format!("is no JSON: {error}") }),
    }
}

/// A number as the tables hold it.
///
/// # Errors
/// [`RegistryError::Invalid`] naming the field.
pub(crate) fn integer(field: &'static str, value: u64) -> RegistryResult<i64> {
    i64::try_from(value).map_err(|_| RegistryError::Invalid { field, reason: "is too large".into() })
}

/// Sorts an error of a write: a broken rule is a conflict, anything else is what it is.
pub(crate) fn write_error<'a>(
    inner: &'a Inner,
    what: &'static str,
    key: impl Display,
) -> impl FnOnce(sqlx::Error) -> RegistryError + 'a {
    let key = key.to_string();
    move |error| {
        let broken = error.as_database_error().is_some_and(|database| {
            database.is_unique_violation()
                || database.is_foreign_key_violation()
                || database.is_check_violation()
                || database.code().as_deref() == Some(REFUSED_BY_TRIGGER)
        });
        if broken {
            RegistryError::Conflict {
                what,
                key,
                reason: error.as_database_error().map_or_else(String::new, |e| e.message().to_owned()),
            }
        } else {
            inner.sqlx(error)
        }
    }
}
