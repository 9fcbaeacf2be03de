//! What trust rests on: official roots, roots of the office's own (by two people), and the CA certificates below them.

use cartorio_core::RequestId;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use crate::columns::{Columns, base64, check_sha256, sha256_hex, write_error};
use crate::evidence::{self, Evidence};
use crate::requests::use_within;
use crate::store::{Inner, Registry};
use crate::text_enum::text_enum;
use crate::{OperatorRef, RegistryError, RegistryResult, RequestKind, moment};

text_enum! {
    /// What a certificate of the trust store is.
    pub enum TrustRole {
        /// Trusted by itself.
        Root = "root",
        /// A CA below a root.
        Intermediate = "intermediate",
    }
}

text_enum! {
    /// Why a certificate of the trust store is there.
    pub enum TrustOrigin {
        /// Official: a root with a published fingerprint, or below one.
        IcpBrasil = "icp_brasil",
        /// Of the office's own choice: a root by two people, or below one.
        Own = "own",
    }
}

/// A certificate of the trust store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustCertificate {
    /// SHA-256 of [`TrustCertificate::der`], lower-case hexadecimal; unique.
    pub sha256: String,
    /// The certificate.
    pub der: Vec<u8>,
    /// What it is.
    pub role: TrustRole,
    /// Why it is there.
    pub origin: TrustOrigin,
    /// When it came.
    pub added_at: OffsetDateTime,
    /// Who brought it.
    pub added_by: OperatorRef,
    /// The approval, for a root of the office's own and for nothing else.
    pub approval: Option<TrustApproval>,
}

/// Who approved a root of the office's own, and by which request.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct TrustApproval {
    /// The request.
    pub request: RequestId,
    /// Who approved it.
    pub by: OperatorRef,
}

/// What a used request for a root of the office's own was used for.
pub(crate) const ANCHOR_ADDED: &str = "trust_anchor_added";
const ANCHOR_REMOVED: &str = "trust_anchor_removed";

impl Registry {
    /// Every certificate of the trust store, roots first, oldest first.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn trust_certificates(&self) -> RegistryResult<Vec<TrustCertificate>> {
        let rows = sqlx::query("SELECT * FROM trust_certificates ORDER BY role DESC, added_at, sha256")
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read(&Columns { inner: &self.inner, table: "trust_certificates", row })).collect()
    }
}

/// Adds official roots, CA certificates and evidence, none of which is there, inside a transaction that has the write lock. Evidence
/// beyond `evidence_limit` bytes goes, see [`Registry::keep_evidence`].
///
/// # Errors
/// [`RegistryError::Conflict`] when one of them is there already; [`RegistryError::Invalid`] for a digest that does not fit, and
/// for a root of the office's own, which comes by [`add_own_root`].
pub(crate) async fn import(
    inner: &Inner,
    connection: &mut SqliteConnection,
    certificates: &[TrustCertificate],
    evidence: &[Evidence],
    evidence_limit: u64,
) -> RegistryResult<()> {
    for certificate in certificates {
        check(certificate)?;
        if certificate.approval.is_some() || is_own_root(certificate) {
            let reason = "a root of one's own needs a request".to_owned();
            return Err(RegistryError::Invalid { field: "origin", reason });
        }
        insert(inner, connection, certificate).await?;
    }
    for item in evidence {
        if !evidence::insert(inner, connection, item).await? {
            let (key, reason) = (item.facts.sha256.clone(), "it is there already".to_owned());
            return Err(RegistryError::Conflict { what: "evidence", key, reason });
        }
    }
    evidence::trim(inner, connection, evidence_limit).await
}

/// Uses an approved request up and adds the root that it is about, inside a transaction that has the write lock.
///
/// # Errors
/// As [`Registry::use_request`]; [`RegistryError::Invalid`] when it is no root of the office's own, or not the one that the
/// request is about; [`RegistryError::Conflict`] when it is there already.
pub(crate) async fn add_own_root(
    inner: &Inner,
    connection: &mut SqliteConnection,
    root: &TrustCertificate,
    params_sha256: &str,
) -> RegistryResult<()> {
    check(root)?;
    let Some(approval) = root.approval.as_ref().filter(|_| is_own_root(root)) else {
        let reason = "is no root of one's own with its approval".to_owned();
        return Err(RegistryError::Invalid { field: "approval", reason });
    };
    let at = moment::truncate(root.added_at);
    let request = use_within(inner, connection, approval.request, params_sha256, ANCHOR_ADDED, at).await?;
    about(&request, &root.sha256)?;
    insert(inner, connection, root).await
}

/// Uses an approved request, told with the digest of what was approved, up and removes the root that it is about, inside a
/// transaction that has the write lock.
///
/// # Errors
/// As [`Registry::use_request`]; [`RegistryError::Invalid`] when the request is about another one;
/// [`RegistryError::NotFound`] when there is no such root of the office's own.
pub(crate) async fn remove_own_root(
    inner: &Inner,
    connection: &mut SqliteConnection,
    sha256: &str,
    (request, params_sha256): (RequestId, &str),
    at: OffsetDateTime,
) -> RegistryResult<()> {
    check_sha256("sha256", sha256)?;
    let request = use_within(inner, connection, request, params_sha256, ANCHOR_REMOVED, at).await?;
    about(&request, sha256)?;
    let done = sqlx::query("DELETE FROM trust_certificates WHERE sha256 = $1 AND role = 'root' AND origin = 'own'")
        .bind(sha256)
        .execute(connection)
        .await
        .map_err(write_error(inner, "trust certificate", sha256))?;
    if done.rows_affected() == 0 {
        return Err(RegistryError::NotFound { what: "root", key: sha256.to_owned() });
    }
    Ok(())
}

fn is_own_root(certificate: &TrustCertificate) -> bool {
    (certificate.role, certificate.origin) == (TrustRole::Root, TrustOrigin::Own)
}

fn about(request: &crate::Request, sha256: &str) -> RegistryResult<()> {
    if request.kind == RequestKind::TrustAnchor && request.subject == sha256 {
        return Ok(());
    }
    Err(RegistryError::Invalid { field: "request", reason: "is not about this root".into() })
}

fn check(certificate: &TrustCertificate) -> RegistryResult<()> {
    if certificate.sha256 == sha256_hex(&certificate.der) {
        return Ok(());
    }
    Err(RegistryError::Invalid { field: "sha256", reason: "is not the digest of the certificate".into() })
}

async fn insert(inner: &Inner, connection: &mut SqliteConnection, own: &TrustCertificate) -> RegistryResult<()> {
    let by = own.approval.as_ref().map(|approval| &approval.by);
    sqlx::query(
        "INSERT INTO trust_certificates (sha256, der, role, origin, added_at, added_by_id, added_by_name, added_by_role, \
         approved_by_id, approved_by_name, approved_by_role, request) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&own.sha256)
    .bind(base64(&own.der))
    .bind(own.role.name())
    .bind(own.origin.name())
    .bind(moment::write("added_at", own.added_at)?)
    .bind(own.added_by.id.to_string())
    .bind(&own.added_by.name)
    .bind(own.added_by.role.name())
    .bind(by.map(|by| by.id.to_string()))
    .bind(by.map(|by| &by.name))
    .bind(by.map(|by| by.role.name()))
    .bind(own.approval.as_ref().map(|approval| approval.request.to_string()))
    .execute(connection)
    .await
    .map_err(write_error(inner, "trust certificate", &own.sha256))?;
    Ok(())
}

fn read(columns: &Columns<'_>) -> RegistryResult<TrustCertificate> {
    let approval = match columns.optional_parsed("request")? {
        None => None,
        Some(request) => Some(TrustApproval {
            request,
            by: columns.operator(["approved_by_id", "approved_by_name", "approved_by_role"])?,
        }),
    };
    let certificate = TrustCertificate {
        sha256: columns.text("sha256")?,
        der: columns.bytes("der")?,
        role: columns.parsed("role")?,
        origin: columns.parsed("origin")?,
        added_at: columns.time("added_at")?,
        added_by: columns.operator(["added_by_id", "added_by_name", "added_by_role"])?,
        approval,
    };
    if certificate.sha256 != sha256_hex(&certificate.der) {
        return Err(columns.corrupt("der", format!("certificate {} does not have its digest", certificate.sha256)));
    }
    if is_own_root(&certificate) != certificate.approval.is_some() {
        return Err(columns.corrupt("request", format!("certificate {} has no approval", certificate.sha256)));
    }
    Ok(certificate)
}
