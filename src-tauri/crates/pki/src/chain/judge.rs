//! Judgement of a path: problems step by step, revocation step by step.

use time::OffsetDateTime;

use super::search::Link;
use super::{Path, PathEnd, Problem, Revocation, Step};
use crate::certificate::{Certificate, KeyUsage};
use crate::crl::{Crl, CrlRejection, CrlScope, RevocationReason};
use crate::key::KeyKind;
use crate::verify::SignatureCheck;

pub(super) fn judge(links: &[Link], end: PathEnd, anchors: &[Certificate], crls: &[Crl], at: OffsetDateTime) -> Path {
    let steps = (0..links.len())
        .map(|index| {
            let link = &links[index];
            let certificate = &link.certificate;
            let issuer = links.get(index + 1).map(|link| &link.certificate);
            let is_anchor = anchors.contains(certificate);
            let root = issuer.is_none() && end != PathEnd::IssuerMissing && end != PathEnd::TooLong;
            Step {
                certificate: certificate.clone(),
                is_anchor,
                signature: link.signature.clone(),
                key_id_matches: issuer
                    .and_then(|issuer| Some(certificate.authority_key_id.as_ref()? == issuer.subject_key_id.as_ref()?)),
                problems: problems(links, index, is_anchor, at),
                revocation: if root {
                    Revocation::NotNeeded
                } else {
                    issuer.map_or(Revocation::NoEvidence { rejected: Vec::new() }, |issuer| {
                        revocation(certificate, issuer, crls, at)
                    })
                },
            }
        })
        .collect();
    Path { steps, end }
}

fn problems(links: &[Link], index: usize, is_anchor: bool, at: OffsetDateTime) -> Vec<Problem> {
    let link = &links[index];
    let certificate = &link.certificate;
    let issuer = links.get(index + 1).map(|link| &link.certificate);
    let mut problems = Vec::new();

    if at < certificate.validity.not_before {
        problems.push(Problem::NotYetValid { not_before: certificate.validity.not_before });
    }
    if at > certificate.validity.not_after {
        problems.push(Problem::Expired { not_after: certificate.validity.not_after });
    }

    match &link.signature {
        Some(SignatureCheck::Wrong) => problems.push(Problem::SignatureWrong),
        // An anchor is trusted for what it is, not for how it signed itself.
        Some(SignatureCheck::NotCheckable { algorithm, reason }) if !is_anchor => {
            problems.push(Problem::SignatureNotCheckable { algorithm: algorithm.clone(), reason: reason.clone() });
        }
        Some(SignatureCheck::ValidWeak { algorithm }) if !is_anchor => {
            problems.push(Problem::WeakSignature { algorithm: algorithm.clone() });
        }
        Some(SignatureCheck::Valid | SignatureCheck::NotCheckable { .. } | SignatureCheck::ValidWeak { .. }) | None => {
        }
    }
    if let KeyKind::Rsa { bits, .. } = certificate.key.kind
        && bits < 2048
    {
        problems.push(Problem::WeakKey { bits });
    }

    if let Some(issuer) = issuer
        && certificate.issuer != issuer.subject
    {
        problems.push(Problem::NameMismatch {
            expected: certificate.issuer.rfc4514().to_owned(),
            actual: issuer.subject.rfc4514().to_owned(),
        });
    }

    if index > 0 {
        let v1_root = is_anchor && certificate.version < 3;
        if !certificate.is_ca() && !v1_root {
            problems.push(Problem::NotACa);
        }
        if !certificate.allows(KeyUsage::KeyCertSign) {
            problems.push(Problem::KeyCertSignMissing);
        }
        let below = links[1..index].iter().filter(|link| !link.certificate.is_self_issued()).count();
        let actual = u32::try_from(below).unwrap_or(u32::MAX);
        if let Some(allowed) = certificate.basic_constraints.and_then(|constraints| constraints.path_len)
            && actual > allowed
        {
            problems.push(Problem::PathLengthExceeded { allowed, actual });
        }
    }

    for extension in &certificate.extensions {
        let oid = extension.oid.clone();
        match extension.oid.as_str() {
            _ if extension.malformed => problems.push(Problem::MalformedExtension { oid }),
            // nameConstraints, policyMappings, policyConstraints, inhibitAnyPolicy; on an anchor too, as OpenSSL applies
            // them
            "2.5.29.30" | "2.5.29.33" | "2.5.29.36" | "2.5.29.54" => {
                problems.push(Problem::ConstraintNotChecked { oid });
            }
            // subjectKeyIdentifier, keyUsage, subjectAltName, issuerAltName, basicConstraints,
            // cRLDistributionPoints, certificatePolicies, authorityKeyIdentifier, extKeyUsage
            "2.5.29.14" | "2.5.29.15" | "2.5.29.17" | "2.5.29.18" | "2.5.29.19" | "2.5.29.31" | "2.5.29.32"
            | "2.5.29.35" | "2.5.29.37" => {}
            _ if extension.critical => problems.push(Problem::UnknownCriticalExtension { oid }),
            _ => {}
        }
    }
    problems
}

/// The status of `certificate` as its issuer's lists have it; the best evidence wins, a revocation always wins.
fn revocation(certificate: &Certificate, issuer: &Certificate, crls: &[Crl], at: OffsetDateTime) -> Revocation {
    let mut rejected = Vec::new();
    let mut best: Option<Revocation> = None;
    for crl in crls.iter().filter(|crl| crl.issuer == certificate.issuer) {
        let in_scope = match crl.scope {
            CrlScope::Everything => true,
            CrlScope::UserCertificates => !certificate.is_ca(),
            CrlScope::CaCertificates => certificate.is_ca(),
            CrlScope::Part => true,
            CrlScope::NotJudged => false,
        };
        let checked = if in_scope { crl.check_issuer(issuer) } else { Err(CrlRejection::OutOfScope) };
        if let Err(rejection) = checked {
            rejected.push(rejection);
            continue;
        }
        let (this_update, next_update) = (crl.this_update, crl.next_update);
        let entry =
            crl.entry(&certificate.serial).filter(|entry| entry.reason != Some(RevocationReason::RemoveFromCrl));
        if entry.is_none() && crl.scope == CrlScope::Part {
            rejected.push(CrlRejection::OutOfScope);
            continue;
        }
        let status = match entry {
            Some(entry) if entry.at > at => Revocation::RevokedLater { at: entry.at, reason: entry.reason },
            Some(entry) if entry.reason == Some(RevocationReason::CertificateHold) => {
                Revocation::OnHold { at: entry.at, this_update }
            }
            Some(entry) => Revocation::Revoked { at: entry.at, reason: entry.reason, this_update },
            // A list whose own signature is weak may condemn, not absolve: it could have been made by anybody.
            None if crl.signature_algorithm.is_weak() => {
                rejected.push(CrlRejection::WeakSignature);
                continue;
            }
            // CAs drop expired certificates from their lists (RFC 5280 §5): one made after the end says nothing.
            None if this_update > certificate.validity.not_after => Revocation::Stale { this_update, next_update },
            // A list made after the moment in question knows that moment too.
            None if this_update >= at || next_update.is_some_and(|next| at <= next) => {
                Revocation::Good { this_update, next_update }
            }
            None => Revocation::Stale { this_update, next_update },
        };
        if best.as_ref().is_none_or(|best| precedence(&status) > precedence(best)) {
            best = Some(status);
        }
    }
    best.unwrap_or(Revocation::NoEvidence { rejected })
}

/// Which of two pieces of evidence counts: revocation, then the newest list.
fn precedence(status: &Revocation) -> (u8, i64) {
    match status {
        Revocation::Revoked { this_update, .. } => (5, this_update.unix_timestamp()),
        // A hold that a newer list no longer has is over.
        Revocation::OnHold { this_update, .. } | Revocation::Good { this_update, .. } => {
            (4, this_update.unix_timestamp())
        }
        Revocation::RevokedLater { .. } => (4, i64::MAX),
        Revocation::Stale { this_update, .. } => (2, this_update.unix_timestamp()),
        Revocation::NotNeeded | Revocation::NoEvidence { .. } => (0, 0),
    }
}
