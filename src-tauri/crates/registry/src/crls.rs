//! Certificate revocation lists, every one that was ever seen: judging at a past date needs the old ones.

use time::OffsetDateTime;

use crate::columns::{Columns, base64, check_sha256, write_error};
use crate::store::Registry;
use crate::{RegistryResult, moment};

/// A certificate revocation list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Crl {
    /// SHA-256 of the issuer's certificate, lower-case hexadecimal.
    pub issuer_sha256: String,
    /// The list.
    pub der: Vec<u8>,
    /// Issued at.
    pub this_update: OffsetDateTime,
    /// The next one is due at.
    pub next_update: Option<OffsetDateTime>,
}

impl Registry {
    /// Adds a list; one of the same issuer and the same time is replaced.
    ///
    /// # Errors
    /// [`crate::RegistryError::Invalid`] when the issuer is no SHA-256.
    pub async fn add_crl(&self, crl: &Crl) -> RegistryResult<()> {
        check_sha256("issuer_sha256", &crl.issuer_sha256)?;
        sqlx::query(
            "INSERT INTO crls (issuer_sha256, this_update, next_update, der) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (issuer_sha256, this_update) DO UPDATE SET next_update = excluded.next_update, der = excluded.der",
        )
        .bind(&crl.issuer_sha256)
        .bind(moment::write("this_update", crl.this_update)?)
        .bind(crl.next_update.map(|at| moment::write("next_update", at)).transpose()?)
        .bind(base64(&crl.der))
        .execute(&self.inner.pool)
        .await
        .map_err(write_error(&self.inner, "crl", &crl.issuer_sha256))?;
        Ok(())
    }

    /// The newest list of an issuer, if there is one.
    ///
    /// # Errors
    /// [`crate::RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn latest_crl(&self, issuer_sha256: &str) -> RegistryResult<Option<Crl>> {
        let row = sqlx::query("SELECT * FROM crls WHERE issuer_sha256 = $1 ORDER BY this_update DESC LIMIT 1")
            .bind(issuer_sha256)
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        row.map(|row| read(&Columns { inner: &self.inner, table: "crls", row })).transpose()
    }

    /// Every list of an issuer, newest first.
    ///
    /// # Errors
    /// [`crate::RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn crls(&self, issuer_sha256: &str) -> RegistryResult<Vec<Crl>> {
        let rows = sqlx::query("SELECT * FROM crls WHERE issuer_sha256 = $1 ORDER BY this_update DESC")
            .bind(issuer_sha256)
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read(&Columns { inner: &self.inner, table: "crls", row })).collect()
    }
}

fn read(columns: &Columns<'_>) -> RegistryResult<Crl> {
    Ok(Crl {
        issuer_sha256: columns.text("issuer_sha256")?,
        der: columns.bytes("der")?,
        this_update: columns.time("this_update")?,
        next_update: columns.optional_time("next_update")?,
    })
}
