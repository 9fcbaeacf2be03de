//! Certificates that the office issued, uses or keeps.

use cartorio_core::CertificateId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::columns::{Columns, base64, check_sha256, sha256_hex, write_error};
use crate::store::Registry;
use crate::text_enum::text_enum;
use crate::{RegistryError, RegistryResult, moment};

text_enum! {
    /// What a certificate is to this office.
    pub enum CertificateKind {
        /// Self-signed, an anchor of the office's own authority.
        Root = "root",
        /// An authority below a root.
        Intermediate = "intermediate",
        /// Belongs to a signing identity of the office.
        Identity = "identity",
        /// Issued to a client of the office.
        Subscriber = "subscriber",
        /// Somebody else's, kept for a chain.
        Foreign = "foreign",
    }
}

/// Whether a certificate of the office's own authority still stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CertificateStatus {
    /// Issued and not revoked.
    Issued,
    /// Revoked.
    Revoked {
        /// Since when.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}

/// A certificate in the registry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate {
    /// Identifier.
    pub id: CertificateId,
    /// SHA-256 of [`Certificate::der`], lower-case hexadecimal; unique.
    pub sha256: String,
    /// The certificate.
    pub der: Vec<u8>,
    /// What it is to this office.
    pub kind: CertificateKind,
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// Serial number, lower-case hexadecimal.
    pub serial_hex: String,
    /// Valid from.
    pub not_before: OffsetDateTime,
    /// Valid until.
    pub not_after: OffsetDateTime,
    /// Reference of its key, where the office holds that.
    pub key_ref: Option<String>,
    /// The certificate that issued it, where the registry has that.
    pub issuer_certificate: Option<CertificateId>,
    /// Whether it still stands.
    pub status: CertificateStatus,
    /// When it came into the registry.
    pub created_at: OffsetDateTime,
}

impl Registry {
    /// Adds a certificate.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] when the identifier or the certificate is there already, or its issuer is not;
    /// [`RegistryError::Invalid`] when the digest is not the certificate's.
    pub async fn add_certificate(&self, certificate: &Certificate) -> RegistryResult<()> {
        if certificate.sha256 != sha256_hex(&certificate.der) {
            return Err(RegistryError::Invalid {
                field: "sha256",
                reason: "is not the digest of the certificate".into(),
            });
        }
        let (status, revoked_at) = match certificate.status {
            CertificateStatus::Issued => ("issued", None),
            CertificateStatus::Revoked { at } => ("revoked", Some(moment::write("revoked_at", at)?)),
        };
        sqlx::query(
            "INSERT INTO certificates (id, sha256, der, kind, subject, issuer, serial_hex, not_before, not_after, key_ref, \
             issuer_certificate, status, revoked_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(certificate.id.to_string())
        .bind(&certificate.sha256)
        .bind(base64(&certificate.der))
        .bind(certificate.kind.name())
        .bind(&certificate.subject)
        .bind(&certificate.issuer)
        .bind(&certificate.serial_hex)
        .bind(moment::write("not_before", certificate.not_before)?)
        .bind(moment::write("not_after", certificate.not_after)?)
        .bind(&certificate.key_ref)
        .bind(certificate.issuer_certificate.map(|id| id.to_string()))
        .bind(status)
        .bind(revoked_at)
        .bind(moment::write("created_at", certificate.created_at)?)
        .execute(&self.inner.pool)
        .await
        .map_err(write_error(&self.inner, "certificate", certificate.id))?;
        Ok(())
    }

    /// The certificate of that identifier.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Corrupt`] when the stored bytes do not have the stored digest.
    pub async fn certificate(&self, id: CertificateId) -> RegistryResult<Certificate> {
        let row = sqlx::query("SELECT * FROM certificates WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?
            .ok_or_else(|| RegistryError::NotFound { what: "certificate", key: id.to_string() })?;
        read(&Columns { inner: &self.inner, table: "certificates", row })
    }

    /// The certificate with that SHA-256 (lower-case hexadecimal), if it is there.
    ///
    /// # Errors
    /// [`RegistryError::Invalid`] for something that is no such digest; [`RegistryError::Corrupt`].
    pub async fn certificate_by_sha256(&self, sha256: &str) -> RegistryResult<Option<Certificate>> {
        check_sha256("sha256", sha256)?;
        let row = sqlx::query("SELECT * FROM certificates WHERE sha256 = $1")
            .bind(sha256)
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        row.map(|row| read(&Columns { inner: &self.inner, table: "certificates", row })).transpose()
    }

    /// Certificates of one kind, or all, newest first.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn certificates(&self, kind: Option<CertificateKind>) -> RegistryResult<Vec<Certificate>> {
        let rows =
            sqlx::query("SELECT * FROM certificates WHERE $1 IS NULL OR kind = $1 ORDER BY created_at DESC, id DESC")
                .bind(kind.map(|kind| kind.name()))
                .fetch_all(&self.inner.pool)
                .await
                .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read(&Columns { inner: &self.inner, table: "certificates", row })).collect()
    }

    /// Marks a certificate as revoked.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Conflict`] when it is revoked already (the first time stands).
    pub async fn revoke_certificate(&self, id: CertificateId, at: OffsetDateTime) -> RegistryResult<()> {
        let done = sqlx::query(
            "UPDATE certificates SET status = 'revoked', revoked_at = $2 WHERE id = $1 AND status = 'issued'",
        )
        .bind(id.to_string())
        .bind(moment::write("revoked_at", at)?)
        .execute(&self.inner.pool)
        .await
        .map_err(write_error(&self.inner, "certificate", id))?;
        if done.rows_affected() == 0 {
            let certificate = self.certificate(id).await?;
            let reason = "it is revoked already".to_owned();
            return Err(RegistryError::Conflict { what: "certificate", key: certificate.id.to_string(), reason });
        }
        Ok(())
    }
}

fn read(columns: &Columns<'_>) -> RegistryResult<Certificate> {
    let status = match (columns.text("status")?.as_str(), columns.optional_time("revoked_at")?) {
        ("issued", None) => CertificateStatus::Issued,
        ("revoked", Some(at)) => CertificateStatus::Revoked { at },
        (other, _) => return Err(columns.corrupt("status", format!("{other:?} does not fit revoked_at"))),
    };
    let certificate = Certificate {
        id: columns.parsed("id")?,
        sha256: columns.text("sha256")?,
        der: columns.bytes("der")?,
        kind: columns.parsed("kind")?,
        subject: columns.text("subject")?,
        issuer: columns.text("issuer")?,
        serial_hex: columns.text("serial_hex")?,
        not_before: columns.time("not_before")?,
        not_after: columns.time("not_after")?,
        key_ref: columns.optional_text("key_ref")?,
        issuer_certificate: columns.optional_parsed("issuer_certificate")?,
        status,
        created_at: columns.time("created_at")?,
    };
    if certificate.sha256 != sha256_hex(&certificate.der) {
        return Err(columns.corrupt("der", format!("certificate {} does not have its digest", certificate.id)));
    }
    Ok(certificate)
}
