//! What follows from the signer's certificate, its path, and the path of the time-stamping authority.

use cartorio_pki::legal::is_icp_brasil_root;
use cartorio_pki::{Certificate, IcpBrasilUse};

use super::{Preflight, Refusals, Severity, TimeStamping, code, date};
use crate::model::{Policy, RootLimit};
use crate::table;

/// The signer's own certificate.
pub(super) fn signer(input: &Preflight<'_>, out: &mut Refusals) {
    let signer = input.signer;
    if signer.validity.not_after < input.at {
        out.blocks(code::CERTIFICATE_EXPIRED, vec![("date", date(signer.validity.not_after))]);
    }
    if input.at < signer.validity.not_before {
        out.blocks(code::CERTIFICATE_NOT_YET_VALID, vec![("date", date(signer.validity.not_before))]);
    }
    if signer.is_ca() || !signer.allows_document_signing() {
        out.blocks(code::NOT_FOR_SIGNING, Vec::new());
    }
    let other = signer.icp_brasil_types().into_iter().find(|own| own.purpose() != IcpBrasilUse::Signature);
    if let Some(other) = other {
        out.warns(code::CERTIFICATE_TYPE, vec![("type", other.name().to_owned())]);
    }
}

/// The path: up to a root, to which root, and whether it will be in the signature.
pub(super) fn path(input: &Preflight<'_>, out: &mut Refusals) {
    let path = whole(input.signer, input.chain);
    for authority in path.iter().skip(1).filter(|authority| !authority.validity.contains(input.at)) {
        let end = if input.at < authority.validity.not_before {
            authority.validity.not_before
        } else {
            authority.validity.not_after
        };
        out.blocks(code::AUTHORITY_EXPIRED, vec![("name", authority.subject.to_string()), ("date", date(end))]);
    }
    let (root, below) = match path.split_last() {
        Some((top, below)) if top.is_self_issued() => (Some(*top), below),
        Some(_) | None => (None, path.as_slice()),
    };
    // A root may be left out (RFC 5652 §10.2.3): the validator has its own.
    let missing: Vec<_> = below.iter().filter(|own| !input.enclosed.contains(own)).collect();
    if let Some(first) = missing.first() {
        let params = vec![("missing", missing.len().to_string()), ("name", first.subject.to_string())];
        out.blocks(code::CHAIN_NOT_ENCLOSED, params);
    }
    let Some(root) = root else {
        let issuer = path.last().map(|top| top.issuer.to_string()).unwrap_or_default();
        out.add(weight(input), code::CHAIN_UNKNOWN, vec![("name", issuer)]);
        return;
    };
    if !is_icp_brasil_root(root) {
        out.add(weight(input), code::NOT_ICP_BRASIL, vec![("root", root.subject.to_string())]);
        return;
    }
    let Some(policy) = input.policy else { return };
    let sha256 = root.fingerprint();
    if !policy.trusts(&sha256) {
        let fitting = table::current_for_root(policy.family, policy.level, input.at, &sha256);
        // A root that has ended is in older versions, whose time is not over: by that alone nobody signs under them.
        match fitting.filter(|_| root.validity.contains(input.at)) {
            Some(fitting) => {
                let params = vec![("root", name(root)), ("policy", policy.name()), ("fitting", fitting.name())];
                out.blocks(code::ROOT_NOT_IN_POLICY, params);
            }
            None => out.blocks(code::ROOT_IN_NO_POLICY, vec![("root", name(root)), ("policy", policy.name())]),
        }
    } else if let Some(own) = outside(policy.limits, &sha256, input.signer) {
        out.blocks(code::CERTIFICATE_POLICY, vec![("policy", policy.name()), ("certificate_policies", own)]);
    }
}

/// The time-stamping authority, where its certificates are known beforehand.
pub(super) fn time_stamp(input: &Preflight<'_>, out: &mut Refusals) {
    if let (Some(policy), TimeStamping::Path(path)) = (input.policy, input.time_stamp) {
        authority(policy, path, out);
    }
}

/// The path of a time-stamping authority, its own certificate first.
pub(super) fn authority(policy: &Policy, path: &[Certificate], out: &mut Refusals) {
    if !policy.level.needs_time_stamp() {
        return;
    }
    let Some((own, root)) = path.first().zip(path.last()) else {
        out.warns(code::TIME_STAMP_CHAIN_UNKNOWN, vec![("name", String::new())]);
        return;
    };
    if !root.is_self_issued() {
        out.warns(code::TIME_STAMP_CHAIN_UNKNOWN, vec![("name", root.issuer.to_string())]);
        return;
    }
    let sha256 = root.fingerprint();
    if policy.tsa_roots.contains(&sha256.as_str()) {
        if let Some(own) = outside(policy.tsa_limits, &sha256, own) {
            out.blocks(code::TIME_STAMP_POLICY, vec![("policy", policy.name()), ("certificate_policies", own)]);
        }
    } else if is_icp_brasil_root(root) {
        out.blocks(code::TIME_STAMP_ROOT, vec![("root", name(root)), ("policy", policy.name())]);
    } else {
        out.blocks(code::TIME_STAMP_NOT_ICP_BRASIL, vec![("root", root.subject.to_string())]);
    }
}

/// Without a policy the validator may take the signature for what it is: no qualified one.
fn weight(input: &Preflight<'_>) -> Severity {
    if input.policy.is_some() { Severity::Blocks } else { Severity::Warns }
}

/// The path with the signer in front, whether the caller put it there or not.
fn whole<'a>(signer: &'a Certificate, chain: &'a [Certificate]) -> Vec<&'a Certificate> {
    std::iter::once(signer).chain(chain.iter().filter(|own| *own != signer)).collect()
}

fn name(root: &Certificate) -> String {
    table::root_name(&root.fingerprint()).map_or_else(|| root.subject.to_string(), str::to_owned)
}

/// The policies of `certificate` when none of them counts below this root.
fn outside(limits: &[RootLimit], root: &str, certificate: &Certificate) -> Option<String> {
    let limit = limits.iter().find(|limit| limit.root == root)?;
    let own = &certificate.policies;
    let counts = own.iter().any(|own| limit.policies.iter().any(|range| range.contains(&own.oid)));
    (!counts).then(|| own.iter().map(|own| own.oid.as_str()).collect::<Vec<_>>().join(", "))
}
