//! What of a bundle is taken: official roots by their fingerprint, and the CAs below a root by signature, at any depth.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use cartorio_pki::{Certificate, DistinguishedName, KeyUsage, legal};
use cartorio_registry::TrustOrigin;

use crate::certificates::holder_name;
use crate::dto::TrustRefusal;

/// A certificate that is trusted, or leads to one that is.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) certificate: Certificate,
    pub(crate) origin: TrustOrigin,
}

/// What became of each certificate of a bundle.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// Official roots that are new.
    pub(crate) roots: Vec<Certificate>,
    /// CAs below a root that are new.
    pub(crate) below: Vec<Placed>,
    /// What is in the store already.
    pub(crate) known: u32,
    /// What was not taken, and why.
    pub(crate) refused: Vec<TrustRefusal>,
}

/// Sorts `candidates`, in any order, against what is trusted already. Validity does not matter: old signatures are judged as of
/// their time.
pub(crate) fn sort(candidates: &[Certificate], store: &[Placed]) -> Sorted {
    let mut sorted = Sorted::default();
    let kept: HashSet<&[u8]> = store.iter().map(|own| own.certificate.der.as_slice()).collect();
    let mut queue: VecDeque<Placed> = store.iter().cloned().collect();
    let mut seen = HashSet::new();
    let mut waiting: Vec<Option<&Certificate>> = Vec::new();
    for candidate in candidates {
        if !seen.insert(candidate.der.as_slice()) {
            continue;
        }
        if kept.contains(candidate.der.as_slice()) {
            sorted.known += 1;
        } else if legal::is_icp_brasil_root(candidate) {
            sorted.roots.push(candidate.clone());
            queue.push_back(Placed { certificate: candidate.clone(), origin: TrustOrigin::IcpBrasil });
        } else if !candidate.is_ca() {
            sorted.refused.push(refusal(candidate, "not_a_ca"));
        } else if candidate.is_self_signed() {
            sorted.refused.push(refusal(candidate, "root_not_official"));
        } else {
            waiting.push(Some(candidate));
        }
    }
    let mut by_issuer: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, candidate) in waiting.iter().enumerate() {
        if let Some(candidate) = candidate {
            by_issuer.entry(folded(&candidate.issuer)).or_default().push(place);
        }
    }
    while let Some(issuer) = queue.pop_front() {
        if !issuer.certificate.allows(KeyUsage::KeyCertSign) {
            continue;
        }
        for place in by_issuer.get(&folded(&issuer.certificate.subject)).into_iter().flatten() {
            let Some(slot) = waiting.get_mut(*place) else { continue };
            let Some(candidate) = *slot else { continue };
            if candidate.issuer == issuer.certificate.subject
                && candidate.check_signed_by(&issuer.certificate).is_valid()
            {
                *slot = None;
                let placed = Placed { certificate: candidate.clone(), origin: issuer.origin };
                sorted.below.push(placed.clone());
                queue.push_back(placed);
            }
        }
    }
    sorted.refused.extend(waiting.into_iter().flatten().map(|lost| refusal(lost, "no_path_to_a_root")));
    sorted
}

/// How many of `below` lead to each of `roots`, by the root's fingerprint; what leads to several counts for the first.
pub(crate) fn counts(roots: &[Certificate], below: &[Certificate]) -> BTreeMap<String, u32> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut left: Vec<Certificate> = below.to_vec();
    for root in roots {
        let placed = Placed { certificate: root.clone(), origin: TrustOrigin::Own };
        let found = sort(&left, std::slice::from_ref(&placed));
        let taken: HashSet<&[u8]> = found.below.iter().map(|own| own.certificate.der.as_slice()).collect();
        counts.insert(root.fingerprint(), u32::try_from(taken.len()).unwrap_or(u32::MAX));
        left.retain(|own| !taken.contains(own.der.as_slice()));
    }
    counts
}

fn refusal(certificate: &Certificate, reason: &str) -> TrustRefusal {
    TrustRefusal { sha256: certificate.fingerprint(), name: holder_name(certificate), reason: reason.to_owned() }
}

/// Equal for equal names; what else is equal is told apart afterwards.
pub(crate) fn folded(name: &DistinguishedName) -> String {
    let mut parts: Vec<String> = name
        .attributes()
        .iter()
        .map(|own| {
            let value: Vec<String> = own.value.split_whitespace().map(str::to_lowercase).collect();
            format!("{}={}", own.oid, value.join(" "))
        })
        .collect();
    parts.sort();
    parts.join("\u{1}")
}
