//! The signature policy that a signature claims, and which of its rules are not kept (DOC-ICP-15.03).

use cartorio_ades::cms::algorithm::{DigestId, SignatureId};
use cartorio_ades::cms::oid;
use cartorio_ades::validate::SignerReport;
use cartorio_ades::validate::inside::{Evidence, PolicyReference, StampKind};
use cartorio_ades::validate::references::{Reference, References};
use cartorio_pki::Certificate;
use cartorio_policy::preflight::{check_attributes, check_time_stamp, code};
use cartorio_policy::{Family, Policy};
use der::asn1::ObjectIdentifier as Oid;
use time::OffsetDateTime;

use crate::dto::{Authenticity, PolicyClaim, PolicyState};

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
    /// The signer's path, the signer first, when it ends at a root that counts; empty otherwise.
    pub(super) path: &'a [Certificate],
    /// Those that cover the signature.
    pub(super) stamps: &'a [Judged],
    /// What the signature refers to, where it does and that can be read.
    pub(super) references: Option<References>,
    /// Certificates and evidence inside.
    pub(super) values: Evidence,
    /// Whether evidence for everybody is inside.
    pub(super) has_evidence: bool,
    /// When it was signed: proven, else claimed.
    pub(super) signed_at: Option<OffsetDateTime>,
}

impl Claimed<'_> {
    /// Judges the claim.
    pub(super) fn judge(&self, reference: &PolicyReference) -> (PolicyState, PolicyClaim) {
        let known = crate::policies::by_oid(reference.id);
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
        if self.path.last().is_some_and(|root| !policy.trusts(&root.fingerprint())) {
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
        self.stamps(policy).into_iter().for_each(&mut add);
        if policy.level.needs_evidence() && !self.is_proved(policy) {
            add(code::EVIDENCE_MISSING);
        }
        let has = |name| self.signer.unsigned_attributes.iter().any(|own| own.oid == name);
        if self.family == Family::Cades && !policy.unsigned.iter().all(|name| has(*name)) {
            add(code::ATTRIBUTE_MISSING);
        }
        out.into_iter().map(str::to_owned).collect()
    }
}

impl Claimed<'_> {
    /// What is wrong with the time stamps that the policy names: of each kind there has to be one that holds, by an authority that
    /// the policy takes.
    fn stamps(&self, policy: &Policy) -> Vec<&'static str> {
        if !policy.level.needs_time_stamp() {
            return Vec::new();
        }
        let mut kinds: Vec<Option<StampKind>> =
            policy.unsigned.iter().filter_map(|name| stamp_of(*name)).map(Some).collect();
        if policy.evidence.is_some_and(|own| own.document_time_stamp) {
            kinds.push(None);
        }
        let codes = kinds.into_iter().flat_map(|kind| {
            let own = self.stamps.iter().filter(|own| own.attribute == kind);
            best_of(policy, own)
        });
        codes.collect()
    }

    /// Whether the evidence that the level wants is there, and is what the references speak of.
    fn is_proved(&self, policy: &Policy) -> bool {
        match self.family {
            Family::Pades => self.has_evidence,
            Family::Cades => self.references.as_ref().is_some_and(|references| self.is_referred(policy, references)),
        }
    }

    /// RFC 5126 §6.2: every certificate above the signer and some evidence is referred to; where the values are to be inside, each
    /// reference is to one of them, and they suffice.
    fn is_referred(&self, policy: &Policy, references: &References) -> bool {
        let named = |own: &Certificate| references.certificates.iter().any(|reference| reference.names(&own.der));
        // A root may be left out: whoever validates has it.
        let mut above = self.path.iter().skip(1).filter(|own| !own.is_self_issued());
        let mut evidence = references.revocation.iter().flatten().peekable();
        if evidence.peek().is_none() || !above.all(named) {
            return false;
        }
        if !policy.unsigned.contains(&oid::REVOCATION_VALUES) {
            return true;
        }
        let values = &self.values;
        let has_certificate = |own: &Reference| values.certificates.iter().any(|der| own.names(der));
        let has_evidence = |own: &Reference| {
            values.crls.iter().chain(&values.ocsps).any(|der| own.names(der))
                || values.basic_ocsps.iter().any(|der| own.names_answer(der))
        };
        self.has_evidence && references.certificates.iter().all(has_certificate) && evidence.all(has_evidence)
    }
}

/// Nothing where one of `stamps` is as the policy wants it; otherwise what is wrong with the one that comes nearest.
fn best_of<'s>(policy: &Policy, stamps: impl Iterator<Item = &'s Judged>) -> Vec<&'static str> {
    let refusals =
        |stamp: &Judged| check_time_stamp(policy, &stamp.path).iter().map(|own| own.code).collect::<Vec<_>>();
    let intact: Vec<(&Judged, Vec<&'static str>)> =
        stamps.filter(|own| own.is_intact()).map(|own| (own, refusals(own))).collect();
    if intact.iter().any(|(own, refusals)| own.holds() && refusals.is_empty()) {
        return Vec::new();
    }
    if let Some((_, refusals)) = intact.iter().find(|(_, refusals)| !refusals.is_empty()) {
        return refusals.clone();
    }
    // What nobody can say of an authority is another thing than a stamp that is not there, or does not hold.
    let unknown = intact.iter().any(|(own, _)| own.view.authenticity == Authenticity::Unknown);
    vec![if unknown { code::TIME_STAMP_CHAIN_UNKNOWN } else { code::TIME_STAMP_MISSING }]
}

/// The time stamp in this attribute.
fn stamp_of(name: Oid) -> Option<StampKind> {
    match name {
        oid::SIGNATURE_TIME_STAMP => Some(StampKind::Signature),
        oid::ESC_TIME_STAMP => Some(StampKind::Complete),
        oid::ARCHIVE_TIME_STAMP_V2 => Some(StampKind::ArchiveV2),
        _ => None,
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

#[cfg(test)]
mod tests;
