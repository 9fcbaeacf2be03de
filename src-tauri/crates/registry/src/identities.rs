//! Signing identities: a key with its certificate and the chain above it.

use cartorio_core::{CertificateId, IdentityId};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use crate::columns::{Columns, write_error};
use crate::store::{Inner, Registry};
use crate::{RegistryError, RegistryResult, moment};

/// A signing identity.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Identity {
    /// Identifier.
    pub id: IdentityId,
    /// The name that people see.
    pub label: String,
    /// Reference of the key.
    pub key_ref: String,
    /// The key's own identifier in its backend, e.g. an ARN: what an alias stood for when the identity was made.
    pub key_id: Option<String>,
    /// Signature algorithm used when nobody asks for another.
    pub algorithm: String,
    /// The certificate of the key.
    pub certificate: CertificateId,
    /// Certificates above it, its issuer first, the root last where it is known.
    pub chain: Vec<CertificateId>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Since when it is out of use.
    #[serde(with = "time::serde::rfc3339::option")]
    pub retired_at: Option<OffsetDateTime>,
}

impl Registry {
    /// Adds an identity together with its chain.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] when the identifier is taken or a certificate is not in the registry.
    pub async fn add_identity(&self, identity: &Identity) -> RegistryResult<()> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
        sqlx::query(
            "INSERT INTO identities (id, label, key_ref, key_id, algorithm, certificate, created_at, retired_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(identity.id.to_string())
        .bind(&identity.label)
        .bind(&identity.key_ref)
        .bind(&identity.key_id)
        .bind(&identity.algorithm)
        .bind(identity.certificate.to_string())
        .bind(moment::write("created_at", identity.created_at)?)
        .bind(identity.retired_at.map(|at| moment::write("retired_at", at)).transpose()?)
        .execute(&mut *transaction)
        .await
        .map_err(write_error(inner, "identity", identity.id))?;
        for (position, certificate) in (0_i64..).zip(&identity.chain) {
            sqlx::query("INSERT INTO identity_chain (identity, position, certificate) VALUES ($1, $2, $3)")
                .bind(identity.id.to_string())
                .bind(position)
                .bind(certificate.to_string())
                .execute(&mut *transaction)
                .await
                .map_err(write_error(inner, "identity", identity.id))?;
        }
        transaction.commit().await.map_err(write_error(inner, "identity", identity.id))
    }

    /// The identity of that identifier, retired or not.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`].
    pub async fn identity(&self, id: IdentityId) -> RegistryResult<Identity> {
        let inner = &self.inner;
        let mut connection = inner.pool.acquire().await.map_err(|error| inner.sqlx(error))?;
        let row = sqlx::query("SELECT * FROM identities WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| inner.sqlx(error))?
            .ok_or_else(|| RegistryError::NotFound { what: "identity", key: id.to_string() })?;
        read(&Columns { inner, table: "identities", row }, &mut connection).await
    }

    /// Identities in use, oldest first; with `retired`, also those out of use.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn identities(&self, retired: bool) -> RegistryResult<Vec<Identity>> {
        let inner = &self.inner;
        let mut connection = inner.pool.acquire().await.map_err(|error| inner.sqlx(error))?;
        let rows = sqlx::query("SELECT * FROM identities WHERE $1 = 1 OR retired_at IS NULL ORDER BY created_at, id")
            .bind(i64::from(retired))
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| inner.sqlx(error))?;
        let mut identities = Vec::with_capacity(rows.len());
        for row in rows {
            identities.push(read(&Columns { inner, table: "identities", row }, &mut connection).await?);
        }
        Ok(identities)
    }

    /// Every identity of the key with that identifier in its backend, oldest first, also those out of use.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn identity_by_key(&self, key_id: &str) -> RegistryResult<Vec<Identity>> {
        let inner = &self.inner;
        let mut connection = inner.pool.acquire().await.map_err(|error| inner.sqlx(error))?;
        let rows = sqlx::query("SELECT * FROM identities WHERE key_id = $1 ORDER BY created_at, id")
            .bind(key_id)
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| inner.sqlx(error))?;
        let mut identities = Vec::with_capacity(rows.len());
        for row in rows {
            identities.push(read(&Columns { inner, table: "identities", row }, &mut connection).await?);
        }
        Ok(identities)
    }

    /// Takes an identity out of use.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Conflict`] when it is retired already.
    pub async fn retire_identity(&self, id: IdentityId, at: OffsetDateTime) -> RegistryResult<()> {
        let done = sqlx::query("UPDATE identities SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL")
            .bind(id.to_string())
            .bind(moment::write("retired_at", at)?)
            .execute(&self.inner.pool)
            .await
            .map_err(write_error(&self.inner, "identity", id))?;
        if done.rows_affected() == 0 {
            let identity = self.identity(id).await?;
            let reason = "it is retired already".to_owned();
            return Err(RegistryError::Conflict { what: "identity", key: identity.id.to_string(), reason });
        }
        Ok(())
    }

    /// Puts a retired identity back into use.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Conflict`] when it is in use.
    pub async fn unretire_identity(&self, id: IdentityId) -> RegistryResult<()> {
        let done = sqlx::query("UPDATE identities SET retired_at = NULL WHERE id = $1 AND retired_at IS NOT NULL")
            .bind(id.to_string())
            .execute(&self.inner.pool)
            .await
            .map_err(write_error(&self.inner, "identity", id))?;
        if done.rows_affected() == 0 {
            let identity = self.identity(id).await?;
            let reason = "it is in use".to_owned();
            return Err(RegistryError::Conflict { what: "identity", key: identity.id.to_string(), reason });
        }
        Ok(())
    }
}

async fn read(columns: &Columns<'_>, connection: &mut SqliteConnection) -> RegistryResult<Identity> {
    let id: IdentityId = columns.parsed("id")?;
    Ok(Identity {
        id,
        label: columns.text("label")?,
        key_ref: columns.text("key_ref")?,
        key_id: columns.optional_text("key_id")?,
        algorithm: columns.text("algorithm")?,
        certificate: columns.parsed("certificate")?,
        chain: chain(columns.inner, id, connection).await?,
        created_at: columns.time("created_at")?,
        retired_at: columns.optional_time("retired_at")?,
    })
}

async fn chain(inner: &Inner, id: IdentityId, connection: &mut SqliteConnection) -> RegistryResult<Vec<CertificateId>> {
    let rows = sqlx::query("SELECT certificate FROM identity_chain WHERE identity = $1 ORDER BY position")
        .bind(id.to_string())
        .fetch_all(connection)
        .await
        .map_err(|error| inner.sqlx(error))?;
    rows.into_iter().map(|row| Columns { inner, table: "identity_chain", row }.parsed("certificate")).collect()
}
