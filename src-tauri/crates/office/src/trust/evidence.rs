//! Lists and responses: whose they are, which part they speak of, how old they are.

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_pki::{Certificate, Crl, CrlRejection, CrlScope, OcspRejection, OcspResponse};
use cartorio_registry::{Act, EvidenceFacts, EvidenceKind};
use time::OffsetDateTime;

use super::{Content, Kept, Place, TrustError};
use crate::OfficeResult;
use crate::certificates::sha256;
use crate::session::Facts;

/// `fresh`, `stale` or `not_yet`, as of `now`.
pub(crate) fn state(facts: &EvidenceFacts, now: OffsetDateTime) -> &'static str {
    if now < facts.this_update {
        "not_yet"
    } else if facts.next_update.is_some_and(|next| now <= next) {
        "fresh"
    } else {
        // Without nextUpdate there may be news at any time.
        "stale"
    }
}

/// The list as it is kept, when one of `authorities` signed it; otherwise why it is no evidence.
pub(super) fn kept_list(
    list: &Crl,
    authorities: &[Certificate],
    url: Option<&str>,
    now: OffsetDateTime,
) -> Result<Kept, CrlRejection> {
    let mut why = CrlRejection::OtherIssuer;
    for authority in authorities.iter().filter(|own| own.subject == list.issuer) {
        match list.check_issuer(authority) {
            Ok(()) => {
                return Ok(Kept {
                    facts: facts_of_list(list, authority, url, now),
                    content: Content::List(list.clone()),
                });
            }
            Err(error) if error != CrlRejection::OtherIssuer => why = error,
            Err(_) => {}
        }
    }
    Err(why)
}

fn facts_of_list(list: &Crl, issuer: &Certificate, url: Option<&str>, now: OffsetDateTime) -> EvidenceFacts {
    const DELTA: &str = "2.5.29.27";
    const DISTRIBUTION_POINT: &str = "2.5.29.28";
    let delta = list.extensions.iter().any(|own| own.oid == DELTA);
    let scope = match list.scope {
        CrlScope::Everything => "everything".to_owned(),
        CrlScope::UserCertificates => "users".to_owned(),
        CrlScope::CaCertificates => "cas".to_owned(),
        // Two partial lists are of one scope when they say so in the same words.
        CrlScope::Part | CrlScope::NotJudged => {
            let point = list.extensions.iter().find(|own| own.oid == DISTRIBUTION_POINT);
            let print = sha256(point.map(|own| own.value.as_slice()).unwrap_or_default());
            format!("part-{}", print.get(..16).unwrap_or_default())
        }
    };
    EvidenceFacts {
        sha256: sha256(&list.der),
        kind: if delta { EvidenceKind::DeltaCrl } else { EvidenceKind::Crl },
        issuer_name: issuer.subject.display_name().to_owned(),
        issuer_key: key_of(issuer),
        scope,
        this_update: list.this_update,
        next_update: list.next_update,
        number: list.number.as_ref().map(cartorio_pki::Serial::decimal),
        revoked: Some(list.revoked.len() as u64),
        size: list.der.len() as u64,
        fetched_at: now,
        url: url.map(str::to_owned),
    }
}

/// The response as it is kept, when it speaks of one of `subjects` and its issuer, one of `authorities`, vouches for it.
pub(super) fn kept_response(
    response: &OcspResponse,
    subjects: &[Certificate],
    authorities: &[Certificate],
    now: OffsetDateTime,
) -> Option<Kept> {
    let produced_at = response.basic.as_ref()?.produced_at;
    for single in response.responses() {
        for subject in subjects.iter().filter(|own| own.serial == single.cert_id.serial) {
            for issuer in authorities.iter().filter(|own| own.subject == subject.issuer) {
                if !subject.check_signed_by(issuer).is_valid() {
                    continue;
                }
                match response.status_of(subject, issuer, produced_at) {
                    // Right but old: what it says of the past is worth keeping.
                    Ok(_) | Err(OcspRejection::Stale { .. } | OcspRejection::AfterExpiry { .. }) => {}
                    Err(_) => continue,
                }
                let facts = EvidenceFacts {
                    sha256: sha256(&response.der),
                    kind: EvidenceKind::Ocsp,
                    issuer_name: issuer.subject.display_name().to_owned(),
                    issuer_key: key_of(issuer),
                    scope: format!("serial-{}", subject.serial.hex()),
                    this_update: single.this_update,
                    next_update: single.next_update,
                    number: None,
                    revoked: None,
                    size: response.der.len() as u64,
                    fetched_at: now,
                    url: None,
                };
                return Some(Kept { facts, content: Content::Response(response.clone()) });
            }
        }
    }
    None
}

/// What evidence of one CA is filed under.
pub(super) fn key_of(authority: &Certificate) -> String {
    Digest::of(HashAlgorithm::Sha256, &authority.key.spki).to_hex()
}

/// Forgets kept evidence.
pub(crate) async fn forget(place: &Place, sha256: &str) -> OfficeResult<()> {
    place.require()?;
    match place {
        Place::Memory(memory) => memory.forget(sha256),
        Place::Office(session) => {
            let list = session.registry.evidence_list().await?;
            let found = list.into_iter().find(|own| own.sha256 == sha256).ok_or(TrustError::UnknownEvidence)?;
            let facts = Facts::default()
                .with("evidence_sha256", found.sha256.clone())
                .with("kind", found.kind.name())
                .with("issuer", found.issuer_name);
            session
                .record(Act::EvidenceForgotten, facts, async |_| Ok(session.registry.forget_evidence(sha256).await?))
                .await
        }
    }
}
