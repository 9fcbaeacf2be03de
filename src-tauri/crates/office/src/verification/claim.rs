//! The signature policy that a signature claims, and which of its rules are not kept (DOC-ICP-15.03).

use cartorio_ades::cms::algorithm::{DigestId, SignatureId};
use cartorio_ades::validate::inside::PolicyReference;
use cartorio_ades::validate::SignerReport;
use cartorio_pki::Certificate;
use cartorio_policy::preflight::{check_attributes, code};
use cartorio_policy::{Family, Policy};
use time::OffsetDateTime;

use crate::dto::{PolicyClaim, PolicyState};

use super::proof::Judged;

/// Reason code: the policy is none that this product knows, so nobody says whether its rules are kept.
pub(super) const UNKNOWN: &str = "policy_unknown";

/// What the rules are held against.
pub(super) struct Claimed<'a> {
    pub(super) family: Family,
    pub(super) sub_filter: Option<&'a str>,
    pub(super) signer: &'a SignerReport,
    pub(super) attributes: Option<&'a [u8]>,
    pub(super) leaf: Option<&'a Certificate>,
    /// The top of the signer's path, when that ends at a root.
    pub(super) root: Option<&'a Certificate>,
    pub(super) stamps: &'a [Judged],
    /// Whether evidence for everybody is inside.
    pub(super) has_evidence: bool,
    /// When it was signed: proven, else claimed.
    pub(super) signed_at: Option<OffsetDateTime>,
}

impl Claimed<'_> {
    /// Judges the claim.
    pub(super) fn judge(&self, reference: &PolicyReference) -> (PolicyState, PolicyClaim) {
        let known = cartorio_policy::by_oid(reference.id);
        let violations = match known {
            Some(policy) => self.violations(policy, reference),
            None => vec![UNKNOWN.to_owned()],
        };
        let state = match known {
            None => PolicyState::None,
            Some(_) if violations.is_empty() => PolicyState::Ok,
            Some(_) => PolicyState::Violated,
        };
        let claim = PolicyClaim {
            oid: reference.id.to_string(),
            name: known.map(|policy| format!("{} v{} ({})", policy.level, policy.version, family_name(policy.family))),
            uri: reference.uri.clone(),
            violations,
        };
        (state, claim)
    }

    fn violations(&self, policy: &Policy, reference: &PolicyReference) -> Vec<String> {
        let mut out: Vec<&'static str> = Vec::new();
        let mut add = |code: &'static str| {
            if !out.contains(&code) {
                out.push(code);
            }
        };
        if !same_hash(policy, reference) {
            add(code::POLICY_REFERENCE);
        }
        if policy.family != self.family {
            add(code::OTHER_FORMAT);
        }
        if let (Some(leaf), Some(attributes)) = (self.leaf, self.attributes) {
            check_attributes(self.family, Some(policy), leaf, attributes).iter().for_each(|own| add(own.code));
        }
        match self.signer.signature_algorithm {
            SignatureId::Known(algorithm) => match policy.allows(algorithm) {
                None => add(code::ALGORITHM),
                Some(rule) => {
                    if self.leaf.and_then(|leaf| leaf.key.bits()).is_some_and(|bits| bits < rule.min_bits) {
                        add(code::KEY_TOO_SMALL);
                    }
                }
            },
            SignatureId::Weak(_) | SignatureId::Unknown(_) => add(code::ALGORITHM),
        }
        if self.root.is_some_and(|root| !policy.trusts(&root.fingerprint())) {
            add(code::ROOT_NOT_IN_POLICY);
        }
        if let Some(at) = self.signed_at {
            if at > policy.not_after {
                add(code::POLICY_EXPIRED);
            }
            if at < policy.not_before {
                add(code::POLICY_NOT_YET_VALID);
            }
            if policy.revoked.is_some_and(|revoked| at >= revoked) {
                add(code::POLICY_REVOKED);
            }
        }
        if policy.dictionary.is_some_and(|own| self.sub_filter.map(str::trim_end) != Some(own.sub_filter.trim_end())) {
            add(code::ETSI_WITH_POLICY);
        }
        if policy.level.needs_time_stamp() && !self.stamps.iter().any(Judged::is_intact) {
            add(code::TIME_STAMP_MISSING);
        }
        if policy.level.needs_evidence() && self.family == Family::Pades && !self.has_evidence {
            add(code::EVIDENCE_MISSING);
        }
        let has = |name| self.signer.unsigned_attributes.iter().any(|own| own.oid == name);
        if self.family == Family::Cades && !policy.unsigned.iter().all(|name| has(*name)) {
            add(code::ATTRIBUTE_MISSING);
        }
        out.into_iter().map(str::to_owned).collect()
    }
}

fn same_hash(policy: &Policy, reference: &PolicyReference) -> bool {
    let Some((hash, value)) = &reference.hash else { return false };
    let named = match (hash, policy.policy_hash.digest()) {
        (DigestId::Known(hash), Some(digest)) => *hash == digest.algorithm(),
        // The policies of 2008 to 2012 are named by SHA-1.
        (DigestId::Weak("SHA-1"), None) => true,
        (DigestId::Known(_) | DigestId::Weak(_) | DigestId::Unknown(_), _) => false,
    };
    named && value.iter().map(|byte| format!("{byte:02x}")).collect::<String>() == policy.policy_hash.hex
}

const fn family_name(family: Family) -> &'static str {
    match family {
        Family::Cades => "CAdES",
        Family::Pades => "PAdES",
    }
}
