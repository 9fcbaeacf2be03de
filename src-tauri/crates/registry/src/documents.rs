//! Documents that were signed: what went in, what came out, and where it lies.

use std::path::PathBuf;

use cartorio_core::{DocumentId, IdentityId};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use crate::bulk;
use crate::columns::{Columns, check_sha256, write_error};
use crate::store::{Inner, Registry};
use crate::{RegistryError, RegistryResult, moment, paths};

/// A document that was signed.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct SignedDocument {
    /// Identifier.
    pub id: DocumentId,
    /// File name of the input, without its folder.
    pub name: String,
    /// SHA-256 of the input, lower-case hexadecimal.
    pub input_sha256: String,
    /// SHA-256 of the output, lower-case hexadecimal.
    pub output_sha256: String,
    /// Signature format, e.g. `pades` or `cades-detached`.
    pub format: String,
    /// Who signed.
    pub identity: IdentityId,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub signed_at: OffsetDateTime,
    /// Where the output was written.
    pub output_path: PathBuf,
}

impl Registry {
    /// Adds a signed document.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] when the identifier is taken or the identity is not in the registry;
    /// [`RegistryError::Invalid`] for a malformed digest.
    pub async fn add_signed_document(&self, document: &SignedDocument) -> RegistryResult<()> {
        let mut connection = self.inner.pool.acquire().await.map_err(|error| self.inner.sqlx(error))?;
        insert_signed(&self.inner, &mut connection, &[document]).await
    }

    /// The signed document of that identifier.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`].
    pub async fn signed_document(&self, id: DocumentId) -> RegistryResult<SignedDocument> {
        let row = sqlx::query("SELECT * FROM signed_documents WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?
            .ok_or_else(|| RegistryError::NotFound { what: "signed document", key: id.to_string() })?;
        read(&Columns { inner: &self.inner, table: "signed_documents", row })
    }

    /// The newest signed documents that have this output digest: where a file came from.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn signed_documents_by_output(&self, sha256: &str) -> RegistryResult<Vec<SignedDocument>> {
        let rows =
            sqlx::query("SELECT * FROM signed_documents WHERE output_sha256 = $1 ORDER BY signed_at DESC, id DESC")
                .bind(sha256)
                .fetch_all(&self.inner.pool)
                .await
                .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read(&Columns { inner: &self.inner, table: "signed_documents", row })).collect()
    }

    /// The newest `limit` signed documents, newest first.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn signed_documents(&self, limit: u32) -> RegistryResult<Vec<SignedDocument>> {
        let rows = sqlx::query("SELECT * FROM signed_documents ORDER BY signed_at DESC, id DESC LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read(&Columns { inner: &self.inner, table: "signed_documents", row })).collect()
    }
}

/// Writes the rows.
pub(crate) async fn insert_signed(
    inner: &Inner,
    connection: &mut SqliteConnection,
    documents: &[&SignedDocument],
) -> RegistryResult<()> {
    let Some(first) = documents.first() else { return Ok(()) };
    let rows = documents.iter().map(|own| Ok((*own, checked(own)?))).collect::<RegistryResult<Vec<_>>>()?;
    let statement = "INSERT INTO signed_documents (id, name, input_sha256, output_sha256, format, identity, signed_at, output_path) ";
    bulk::execute(connection, (statement, ""), &rows, |mut row, (document, (signed_at, path))| {
        row.push_bind(document.id.to_string())
            .push_bind(document.name.clone())
            .push_bind(document.input_sha256.clone())
            .push_bind(document.output_sha256.clone())
            .push_bind(document.format.clone())
            .push_bind(document.identity.to_string())
            .push_bind(signed_at.clone())
            .push_bind(path.clone());
    })
    .await
    .map_err(write_error(inner, "signed document", first.id))?;
    Ok(())
}

/// When it was signed and where the result lies, as the table holds them.
fn checked(document: &SignedDocument) -> RegistryResult<(String, String)> {
    check_sha256("input_sha256", &document.input_sha256)?;
    check_sha256("output_sha256", &document.output_sha256)?;
    Ok((moment::write("signed_at", document.signed_at)?, paths::to_text(&document.output_path)))
}

fn read(columns: &Columns<'_>) -> RegistryResult<SignedDocument> {
    Ok(SignedDocument {
        id: columns.parsed("id")?,
        name: columns.text("name")?,
        input_sha256: columns.text("input_sha256")?,
        output_sha256: columns.text("output_sha256")?,
        format: columns.text("format")?,
        identity: columns.parsed("identity")?,
        signed_at: columns.time("signed_at")?,
        output_path: columns.path("output_path")?,
    })
}
