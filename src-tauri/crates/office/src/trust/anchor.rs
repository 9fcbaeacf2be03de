//! Roots of the office's own choice: one person asks, another approves, and it is done once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cartorio_pki::{Certificate, legal};
use cartorio_registry::{
    Act, AuditFilter, AuditPage, JournalEntry, Outcome, Phase, RegistryError, RequestKind, TrustApproval,
    TrustCertificate, TrustOrigin, TrustRole,
};

use super::TrustError;
use crate::certificates::holder_name;
use crate::dto::{Permission, RequestWhat};
use crate::session::{Facts, Session};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, requests};

/// The exact facts of a request to trust `certificate`.
pub(crate) async fn addition(session: &Session, certificate: &Certificate) -> OfficeResult<RequestWhat> {
    admissible(certificate)?;
    let known = session.registry.trust_certificates().await?;
    let sha256 = certificate.fingerprint();
    if known.iter().any(|own| own.sha256 == sha256 && own.role == TrustRole::Root) {
        return Err(TrustError::Known { name: holder_name(certificate) }.into());
    }
    Ok(what(certificate, true))
}

/// The exact facts of a request to trust the root `sha256` no longer.
pub(crate) async fn removal(session: &Session, sha256: &str) -> OfficeResult<RequestWhat> {
    let row = own_root(session, sha256).await?;
    Ok(what(&Certificate::from_der(&row.der)?, false))
}

/// Carries an approved request out, once: the root is trusted from here on, or no longer.
pub(crate) async fn apply(session: &Session, request: &str) -> OfficeResult<()> {
    session.require(Permission::ManageTrust)?;
    let approved = requests::approved(session, request, RequestKind::TrustAnchor).await?;
    let id = approved.request.id;
    let changed = || OfficeError::from(RegistryError::ParamsChanged { request: id });
    let RequestWhat::TrustAnchor { add, sha256, der, .. } = &approved.what else {
        return Err(changed());
    };
    let der = BASE64.decode(der).map_err(|_| changed())?;
    let certificate = Certificate::from_der(&der)?;
    if certificate.fingerprint() != *sha256 || approved.request.subject != *sha256 {
        return Err(changed());
    }
    let params_sha256 = approved.request.params_sha256.clone();
    let now = session.clock.now();
    let facts = Facts::certificate(sha256)
        .with("name", holder_name(&certificate))
        .with("request", id.to_string())
        .with("requested_by", approved.request.requested_by.name.clone())
        .with("approved_by", approved.approved_by.name.clone());
    if *add {
        admissible(&certificate)?;
        let root = TrustCertificate {
            sha256: sha256.clone(),
            der,
            role: TrustRole::Root,
            origin: TrustOrigin::Own,
            added_at: now,
            added_by: session.operator.clone(),
            approval: Some(TrustApproval { request: id, by: approved.approved_by.clone() }),
        };
        let added = JournalEntry::RootAdded { root, params_sha256 };
        session.record_rows(Act::TrustAnchorAdded, facts, (Facts::default(), vec![added])).await
    } else {
        own_root(session, sha256).await?;
        let removed = JournalEntry::RootRemoved { sha256: sha256.clone(), request: id, params_sha256, at: now };
        session.record_rows(Act::TrustAnchorRemoved, facts, (Facts::default(), vec![removed])).await
    }
}

/// Whether a row that says «root of one's own» may be believed: the trail must know its request and the approval, and no removal
/// since. A row can be forged where the trail cannot.
pub(super) async fn is_vouched(session: &Session, row: &TrustCertificate) -> OfficeResult<bool> {
    let Some(approval) = &row.approval else {
        return Ok(false);
    };
    let request = match session.registry.request(approval.request).await {
        Ok(request) => request,
        Err(RegistryError::NotFound { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let said =
        matches!(requests::what(&request)?, RequestWhat::TrustAnchor { add: true, sha256, .. } if sha256 == row.sha256);
    let used = request.kind == RequestKind::TrustAnchor && request.used_at.is_some();
    let Some(decision) = request.decision.as_ref().filter(|decision| said && used && decision.approved) else {
        return Ok(false);
    };
    match requests::require_recorded(session, &request, decision).await {
        Ok(()) => {}
        Err(OfficeError::Registry(RegistryError::ParamsChanged { .. })) => return Ok(false),
        Err(error) => return Err(error),
    }
    let filter = AuditFilter {
        act: Some(Act::TrustAnchorRemoved),
        text: Some(row.sha256.clone()),
        from: Some(row.added_at),
        ..AuditFilter::default()
    };
    let removals = session.registry.list_audit(&filter, AuditPage { before: None, limit: 16 }).await?;
    Ok(!removals.iter().any(|record| {
        matches!(record.entry.phase, Phase::Result { outcome: Outcome::Succeeded })
            && record.entry.certificate_sha256.as_ref() == Some(&row.sha256)
    }))
}

/// Refuses what cannot be a root of one's own.
fn admissible(certificate: &Certificate) -> OfficeResult<()> {
    let name = || holder_name(certificate);
    if legal::is_icp_brasil_root(certificate) {
        return Err(TrustError::Official { name: name() }.into());
    }
    if !certificate.is_ca() {
        return Err(TrustError::NotACa { name: name() }.into());
    }
    if !certificate.is_self_signed() {
        return Err(TrustError::NotSelfSigned { name: name() }.into());
    }
    if bears_an_official_name(certificate) {
        return Err(TrustError::Impostor { name: name() }.into());
    }
    Ok(())
}

/// Whether people would take it for an official root: the organisation is ICP-Brasil, or the name is that of its roots.
fn bears_an_official_name(certificate: &Certificate) -> bool {
    certificate.subject.attributes().iter().any(|own| {
        let value: String = own.value.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        value == "icpbrasil" || value.starts_with("autoridadecertificadoraraizbrasileira")
    })
}

async fn own_root(session: &Session, sha256: &str) -> OfficeResult<TrustCertificate> {
    let rows = session.registry.trust_certificates().await?;
    let found = rows.into_iter().find(|own| own.sha256 == sha256 && own.approval.is_some());
    Ok(found.ok_or(TrustError::UnknownRoot)?)
}

fn what(certificate: &Certificate, add: bool) -> RequestWhat {
    RequestWhat::TrustAnchor {
        add,
        sha256: certificate.fingerprint(),
        name: certificate.subject.rfc4514().to_owned(),
        not_before: rfc3339(certificate.validity.not_before),
        not_after: rfc3339(certificate.validity.not_after),
        der: BASE64.encode(&certificate.der),
    }
}
