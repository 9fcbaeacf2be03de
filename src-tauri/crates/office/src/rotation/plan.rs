//! What a rotation would do, looked up exactly, so that what is approved is what is done.

use cartorio_core::CertificateId;
use cartorio_keys::{KeyError, KeyInfo, KeyOrigin, KeyRef, KeySpec, KeyState};
use cartorio_registry::{Act, AuditFilter, AuditPage, CertificateKind, Identity};

use crate::authority::require_own_key;
use crate::dto::{RotationCertificate, RotationPlan};
use crate::session::Session;
use crate::{OfficeError, OfficeResult};

/// The longest transition, in days.
const LONGEST_TRANSITION: u32 = 365;

/// The exact facts of a rotation, or why the key cannot be changed.
pub(crate) async fn plan(
    session: &Session,
    key_ref: &str,
    certificate: Option<RotationCertificate>,
    transition_days: u32,
    deletion_days: Option<u32>,
) -> OfficeResult<RotationPlan> {
    let out_of_range = |field| Err(OfficeError::InvalidField { field, reason: "out_of_range" });
    if transition_days > LONGEST_TRANSITION {
        return out_of_range("transition_days");
    }
    if deletion_days.is_some_and(|days| !(7..=30).contains(&days)) {
        return out_of_range("deletion_days");
    }
    let key: KeyRef = key_ref.parse()?;
    let (info, spec) = changeable(session, &key).await?;
    let identity = identity_of(session, &info).await?;
    let certificate = match (certificate, &identity) {
        (None | Some(RotationCertificate::None), None) => RotationCertificate::None,
        (Some(_), None) => return Err(OfficeError::InvalidField { field: "certificate", reason: "no_identity" }),
        (Some(RotationCertificate::None), Some(_)) => {
            return Err(OfficeError::InvalidField { field: "certificate", reason: "empty" });
        }
        (Some(chosen), Some(_)) => chosen,
        (None, Some(identity)) => same_authority(session, identity.certificate).await?,
    };
    if let RotationCertificate::PrivateCa { authority } = &certificate {
        // Whether it is there and active: what is approved should not fail for a mistyped name.
        session.authority(authority).await?;
    }
    Ok(RotationPlan {
        old_key_ref: info.key_ref.to_string(),
        alias: info.aliases.first().cloned(),
        spec: spec.name().to_owned(),
        identity: identity.as_ref().map(|own| own.id.to_string()),
        identity_label: identity.map(|own| own.label),
        old_key_id: info.key_id,
        certificate,
        transition_days,
        deletion_days,
    })
}

/// Refuses to begin what was approved when it is not like that any more.
pub(super) async fn require_unchanged(session: &Session, plan: &RotationPlan) -> OfficeResult<()> {
    let (info, _) = changeable(session, &plan.old_key_ref.parse()?).await?;
    let identity = identity_of(session, &info).await?.map(|own| own.id.to_string());
    if info.key_id != plan.old_key_id || identity != plan.identity {
        return Err(OfficeError::RotationState { reason: "plan_changed" });
    }
    Ok(())
}

/// A key that can be changed here: an own signing key, in use, that no rotation is about.
async fn changeable(session: &Session, key: &KeyRef) -> OfficeResult<(KeyInfo, KeySpec)> {
    let manager = session.manager(key).await?;
    let can = manager.capabilities();
    let refused = |what: String| Err(OfficeError::Key(KeyError::Unsupported { backend: can.backend, what }));
    match key {
        KeyRef::Local { .. } | KeyRef::AwsKms { .. } => {}
        KeyRef::Pkcs11(_) => return refused("changing the key of a token: its issuer gives a new one".to_owned()),
        KeyRef::P12 { .. } => return refused("changing the key of an A1 file: its issuer gives a new file".to_owned()),
    }
    let info = manager.describe(key).await?;
    let name = || info.key_id.clone();
    let spec = match info.spec {
        Some(spec) if info.can_sign && spec.signs_documents() => spec,
        Some(_) | None => return refused(format!("changing a key of the type {}", info.backend_spec)),
    };
    if !can.disable {
        return refused("disabling keys".to_owned());
    }
    match info.state {
        KeyState::Enabled => {}
        KeyState::Disabled => return Err(KeyError::Disabled { key: name() }.into()),
        KeyState::PendingDeletion => return Err(KeyError::PendingDeletion { key: name() }.into()),
        KeyState::Unavailable => {
            return Err(KeyError::Unavailable { key: name(), state: "unavailable".to_owned() }.into());
        }
    }
    let elsewhere = session.profile.as_ref().map(|profile| profile.region.as_str());
    if info.origin == KeyOrigin::AwsKms && info.region.as_deref() != elsewhere {
        let region = info.region.clone().unwrap_or_default();
        return refused(format!("changing a key of another region ({region}) than the profile's"));
    }
    match require_own_key(session, &info, &manager.public_key(key).await?).await {
        Ok(()) => {}
        Err(OfficeError::Key(KeyError::WrongUsage { usage, .. })) => {
            return refused(format!("changing this key: {usage}"));
        }
        Err(error) => return Err(error),
    }
    let is_it = |other: &str| other == info.key_id;
    let open = session.registry.rotations(true).await?;
    if open.iter().any(|own| is_it(&own.old_key_id) || own.new_key_id.as_deref().is_some_and(is_it)) {
        return Err(OfficeError::RotationOpen { key: name() });
    }
    Ok((info, spec))
}

/// The identity that signs with the key. Several cannot move together: what is approved names one.
async fn identity_of(session: &Session, info: &KeyInfo) -> OfficeResult<Option<Identity>> {
    let mut using = session.registry.identities(false).await?;
    using.retain(|own| own.key_id.as_ref().unwrap_or(&own.key_ref) == &info.key_id);
    if using.len() > 1 {
        let labels: Vec<&str> = using.iter().map(|own| own.label.as_str()).collect();
        let what = format!("changing a key that several identities sign with: {}", labels.join(", "));
        let backend = session.manager(&info.key_ref).await?.capabilities().backend;
        return Err(KeyError::Unsupported { backend, what }.into());
    }
    Ok(using.pop())
}

/// Who issued a certificate, as far as they can be asked again.
async fn same_authority(session: &Session, certificate: CertificateId) -> OfficeResult<RotationCertificate> {
    let row = session.registry.certificate(certificate).await?;
    if let Some(issuer) = row.issuer_certificate {
        let issuer = session.registry.certificate(issuer).await?;
        let own = matches!(issuer.kind, CertificateKind::Root | CertificateKind::Intermediate);
        if own && issuer.key_ref.is_some() {
            return Ok(RotationCertificate::Office);
        }
    }
    // Only the trail knows which account's CA a certificate came from.
    let filter =
        AuditFilter { act: Some(Act::CertificateIssued), text: Some(row.sha256.clone()), ..AuditFilter::default() };
    let issued = session.registry.list_audit(&filter, AuditPage { before: None, limit: 10 }).await?;
    let authority = issued
        .into_iter()
        .filter(|record| record.entry.certificate_sha256.as_ref() == Some(&row.sha256))
        .find_map(|record| record.entry.detail.get("authority").cloned());
    Ok(authority.map_or(RotationCertificate::External, |authority| RotationCertificate::PrivateCa { authority }))
}
