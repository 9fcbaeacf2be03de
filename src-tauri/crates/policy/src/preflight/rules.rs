//! What follows from the policy, the list and the format.

use cartorio_core::HashAlgorithm;
use cartorio_keys::{KeySpec, SignatureScheme};

use super::{DocumentLock, EvidenceState, Preflight, Refusals, Severity, TimeStamping, code, date};
use crate::model::{Family, HashName};
use crate::reference::embeds;

/// Format, dialect and level.
pub(super) fn format(input: &Preflight<'_>, out: &mut Refusals) {
    let pades = match input.family {
        Family::Cades => false,
        Family::Pades => true,
    };
    if pades && input.has_signing_time_in_cms {
        out.blocks(code::SIGNING_TIME, Vec::new());
    }
    let Some(policy) = input.policy else {
        if pades && !input.dialect_etsi {
            out.blocks(code::PBAD_WITHOUT_POLICY, Vec::new());
        }
        return;
    };
    let format = input.family.as_str().to_owned();
    if pades && input.dialect_etsi {
        out.blocks(code::ETSI_WITH_POLICY, vec![("policy", policy.name())]);
    }
    if !input.level.exists_in(input.family) {
        out.blocks(code::LEVEL_MISSING, vec![("level", input.level.to_string()), ("format", format)]);
        return;
    }
    if policy.family != input.family {
        out.blocks(code::OTHER_FORMAT, vec![("policy", policy.name()), ("format", format)]);
    }
    if policy.level != input.level {
        out.blocks(code::OTHER_LEVEL, vec![("policy", policy.name()), ("level", input.level.to_string())]);
    }
}

/// Whether the policy may be signed under at all.
pub(super) fn standing(input: &Preflight<'_>, out: &mut Refusals) {
    let Some(policy) = input.policy else { return };
    let with = |name, value| vec![("policy", policy.name()), (name, value)];
    if input.at < policy.not_before {
        out.blocks(code::POLICY_NOT_YET_VALID, with("date", date(policy.not_before)));
    }
    if policy.not_after < input.at {
        out.blocks(code::POLICY_EXPIRED, with("date", date(policy.not_after)));
    }
    let listed = input.list.and_then(|list| list.entry(policy.oid)).and_then(|entry| entry.revoked);
    if let Some(revoked) = policy.revoked.into_iter().chain(listed).min().filter(|revoked| *revoked <= input.at) {
        out.blocks(code::POLICY_REVOKED, with("date", date(revoked)));
    }
    if let Some(defect) = policy.defect {
        out.blocks(code::POLICY_DEFECTIVE, with("defect", defect.to_owned()));
    }
    if policy.policy_hash.digest().is_none() {
        out.blocks(code::POLICY_OLD_HASH, vec![("policy", policy.name())]);
    }
}

/// What the list of approved policies says. The validator has its own: an old one here only means that we cannot know.
pub(super) fn list(input: &Preflight<'_>, out: &mut Refusals) {
    let Some(policy) = input.policy else { return };
    let Some(next_update) = input.lpa_next_update.or(input.list.map(|list| list.next_update)) else {
        out.warns(code::LIST_ABSENT, vec![("policy", policy.name())]);
        return;
    };
    let stale = next_update < input.at;
    let with_date = || vec![("policy", policy.name()), ("date", date(next_update))];
    if stale {
        out.warns(code::LIST_STALE, with_date());
    }
    let Some(list) = input.list else { return };
    match list.entry(policy.oid) {
        None => {
            let severity = if stale { Severity::Warns } else { Severity::Blocks };
            out.add(severity, code::POLICY_NOT_LISTED, with_date());
        }
        Some(entry) => {
            let other = entry.digest.as_ref().is_some_and(|digest| {
                digest.hash == HashName::Sha256 && hex::encode(&digest.value) != policy.file_sha256
            });
            if other {
                out.blocks(code::POLICY_DIGEST, vec![("policy", policy.name())]);
            }
        }
    }
}

/// Algorithm and key. Without a policy they are held against the policies as a whole, and only warned of.
pub(super) fn algorithm(input: &Preflight<'_>, out: &mut Refusals) {
    let (severity, name) = match input.policy {
        Some(policy) => (Severity::Blocks, policy.name()),
        None => (Severity::Warns, String::new()),
    };
    let algorithm = || vec![("algorithm", input.algorithm.name().to_owned()), ("policy", name.clone())];
    let hopeless = match input.policy {
        Some(policy) => policy.algorithms_for(input.key_spec).is_empty(),
        None => crate::table::all()
            .iter()
            .all(|policy| !policy.is_usable(input.at) || policy.algorithms_for(input.key_spec).is_empty()),
    };
    if hopeless {
        out.add(severity, code::KEY_TYPE, vec![("key", input.key_spec.name().to_owned()), ("policy", name)]);
        return;
    }
    if input.algorithm.scheme() == SignatureScheme::RsaPss {
        out.add(severity, code::PSS, algorithm());
        return;
    }
    if input.algorithm.hash() == HashAlgorithm::Sha384 {
        out.add(severity, code::HASH, algorithm());
        return;
    }
    let Some(policy) = input.policy else { return };
    match policy.allows(input.algorithm) {
        None => out.blocks(code::ALGORITHM, algorithm()),
        Some(rule) => {
            // What is in the certificate counts; the key's type alone is a promise.
            let bits = input.signer.key.bits().unwrap_or(bits(input.key_spec));
            if bits < rule.min_bits {
                let params =
                    vec![("bits", bits.to_string()), ("minimum", rule.min_bits.to_string()), ("policy", policy.name())];
                out.blocks(code::KEY_TOO_SMALL, params);
            }
        }
    }
}

fn bits(key: KeySpec) -> u32 {
    match key {
        KeySpec::Rsa2048 => 2048,
        KeySpec::Rsa3072 => 3072,
        KeySpec::Rsa4096 => 4096,
        KeySpec::EcP256 | KeySpec::Ed25519 => 256,
        KeySpec::EcP384 => 384,
        KeySpec::EcP521 => 521,
        KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => 0,
    }
}

/// The document, and what the level wants beside the signature.
pub(super) fn contents(input: &Preflight<'_>, out: &mut Refusals) {
    match input.document {
        DocumentLock::Open => {}
        DocumentLock::Certified => out.blocks(code::DOCUMENT_CERTIFIED, Vec::new()),
        DocumentLock::Locked => out.blocks(code::DOCUMENT_LOCKED, Vec::new()),
    }
    let Some(policy) = input.policy else { return };
    let level = || ("level", policy.level.to_string());
    if policy.level.needs_time_stamp() && matches!(input.time_stamp, TimeStamping::None) {
        out.blocks(code::TIME_STAMP_MISSING, vec![level()]);
    }
    if policy.level.needs_evidence() {
        match input.evidence {
            EvidenceState::ToBeFetched | EvidenceState::Complete | EvidenceState::Missing(0) => {}
            EvidenceState::Missing(count) => {
                out.blocks(code::EVIDENCE_MISSING, vec![level(), ("missing", count.to_string())]);
            }
        }
    }
    if embeds(policy) && !input.artifacts_at_hand {
        out.blocks(code::ARTIFACTS_MISSING, vec![("policy", policy.name())]);
    }
}
