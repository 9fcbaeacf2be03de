//! Judgement of a path: what the engine says of it, in our terms, and what the engine does not look at.

use cartorio_engine::{Anchor, ErrorCode, Outcome, Params, PathError};
use time::OffsetDateTime;

use super::requirements::{PeerName, Purpose, Requirements, RevocationMode};
use super::revocation::{self, Known, Lists, Revocation};
use super::search::{Found, Pool};
use super::{Conclusion, Path, PathEnd, Problem, Step, algorithms, names};
use crate::certificate::{Certificate, KeyUsage};
use crate::crl::Crl;
use crate::key::KeyKind;
use crate::ocsp::OcspResponse;
use crate::verify::SignatureCheck;

/// Everything a path is judged by.
pub(super) struct Bench<'a> {
    pub(super) pool: &'a Pool,
    pub(super) crls: &'a [Crl],
    pub(super) ocsp: &'a [OcspResponse],
    pub(super) requirements: &'a Requirements,
    pub(super) at: OffsetDateTime,
    /// Whether the evidence is gathered, and said why what does not count does not. It changes no verdict.
    pub(super) explain: bool,
}

impl Bench<'_> {
    /// The verdict of the first path that passes at an anchor: nothing ranks before it. Else the paths that may decide, judged.
    pub(super) fn first_passed(
        &self,
        target: &Certificate,
        found: &[Found],
    ) -> Result<(Conclusion, Vec<&'static str>), Vec<Path>> {
        let reaches = found.iter().any(|found| found.end == PathEnd::Anchor);
        let mut paths = Vec::new();
        for found in found.iter().filter(|found| !reaches || found.end == PathEnd::Anchor) {
            let path = self.judge(target, found);
            let (conclusion, codes) = path.verdict();
            if reaches && conclusion == Conclusion::Passed {
                return Ok((conclusion, codes));
            }
            paths.push(path);
        }
        Err(paths)
    }

    pub(super) fn judge(&self, target: &Certificate, found: &Found) -> Path {
        let mut certificates = vec![target.clone()];
        certificates.extend(found.above.iter().map(|index| self.pool.get(*index).clone()));
        let length = certificates.len();
        let top = found.above.last().copied().or_else(|| self.pool.place(target));
        let top_is_anchor = top.is_some_and(|index| self.pool.is_anchor(index));

        let mut problems: Vec<Vec<Problem>> = vec![Vec::new(); length];
        let mut policies = Vec::new();
        let mut known = self.unknown(&certificates, found.end);
        match self.engine(&certificates, top) {
            Ok((anchor, path)) => {
                let lists = self.lists(&certificates);
                let signers = if lists.relevant.is_empty() { Vec::new() } else { self.signers(&certificates) };
                let crls = revocation::handles(self.crls, &lists.relevant);
                let params = self.params(self.at, !crls.is_empty());
                match cartorio_engine::verify(&path, &anchor, &signers, &crls, &params) {
                    Ok(outcome) => {
                        policies.clone_from(&outcome.policies);
                        translate(&certificates, &outcome, self.requirements, &mut problems);
                        if !lists.relevant.is_empty() {
                            let mut again = |relevant: &[usize], at| {
                                let crls = revocation::handles(self.crls, relevant);
                                if crls.is_empty() {
                                    return Some(Outcome::default());
                                }
                                let params = self.params(at, true);
                                cartorio_engine::consult(&path, &anchor, &signers, &crls, &params).ok()
                            };
                            let explain = self.explain;
                            let read =
                                revocation::from_lists(&certificates, lists, outcome, self.at, explain, &mut again);
                            merge(&mut known, read);
                        }
                    }
                    Err(error) => add(&mut problems[0], Problem::Unreadable { reason: error.reason }),
                }
            }
            Err((depth, problem)) => add(&mut problems[depth], problem),
        }
        if self.requirements.revocation != RevocationMode::Off && !self.ocsp.is_empty() {
            revocation::from_responses(&mut known, &certificates, self.ocsp, self.crls, self.at);
        }
        self.own_checks(&certificates, top_is_anchor, &mut problems);

        let above = certificates.clone();
        let steps = certificates
            .into_iter()
            .zip(problems)
            .zip(known)
            .enumerate()
            .map(|(depth, ((certificate, problems), known))| {
                let issuer = above.get(depth + 1);
                Step {
                    is_anchor: top_is_anchor && depth + 1 == length,
                    signature: signature(&certificate, issuer, &problems),
                    key_id_matches: issuer.and_then(|issuer| {
                        Some(certificate.authority_key_id.as_ref()? == issuer.subject_key_id.as_ref()?)
                    }),
                    certificate,
                    problems,
                    revocation: known.status,
                    evidence: known.evidence,
                }
            })
            .collect();
        Path { steps, end: found.end, policies, revocation_mode: self.requirements.revocation }
    }

    /// What is known before anything was looked at.
    fn unknown(&self, certificates: &[Certificate], end: PathEnd) -> Vec<Known> {
        let root = matches!(end, PathEnd::Anchor | PathEnd::UntrustedRoot);
        (1..=certificates.len())
            .map(|place| {
                Known::nothing(if place == certificates.len() && root {
                    Revocation::NotNeeded
                } else if self.requirements.revocation == RevocationMode::Off {
                    Revocation::NotChecked
                } else {
                    Revocation::NoEvidence { rejected: Vec::new() }
                })
            })
            .collect()
    }

    /// The path in the engine's hands. A top that is no anchor is taken for one, so that the rest can be judged; that it is
    /// none is said by the path's end.
    fn engine<'c>(
        &self,
        certificates: &'c [Certificate],
        top: Option<usize>,
    ) -> Result<(Anchor, Vec<&'c cartorio_engine::Cert>), (usize, Problem)> {
        let unreadable = |depth: usize, reason: &str| (depth, Problem::Unreadable { reason: reason.to_owned() });
        for (depth, certificate) in certificates.iter().enumerate() {
            certificate.engine().map_err(|error| unreadable(depth, &error.reason))?;
        }
        let last = certificates.len() - 1;
        let anchor = match top {
            Some(index) => self.pool.engine_anchor(index),
            None => certificates[last].engine().ok().and_then(|own| Anchor::new(own).ok()),
        }
        .ok_or_else(|| unreadable(last, "no memory"))?;
        let mut path =
            revocation::engine_path(certificates).ok_or_else(|| unreadable(0, "the engine has no certificate"))?;
        let _ = path.pop();
        // The anchor's handle may be another than the certificate's own, where the same bytes came twice.
        let own = certificates[last].engine().map_err(|error| unreadable(last, &error.reason))?;
        if anchor.certificate().is_same(own) {
            path.push(own);
            return Ok((anchor, path));
        }
        let anchor = Anchor::new(own).map_err(|error| unreadable(last, &error.reason))?;
        path.push(own);
        Ok((anchor, path))
    }

    fn params(&self, at: OffsetDateTime, revocation: bool) -> Params<'_> {
        Params {
            at,
            policies: &self.requirements.policies,
            explicit_policy: self.requirements.explicit_policy,
            inhibit_any_policy: self.requirements.inhibit_any_policy,
            inhibit_policy_mapping: self.requirements.inhibit_policy_mapping,
            revocation,
            purpose: self.requirements.purpose.engine(),
            strict: false,
        }
    }

    /// Lists that may speak of the path, or of those who signed such lists.
    fn lists(&self, certificates: &[Certificate]) -> Lists<'_> {
        if self.requirements.revocation == RevocationMode::Off || self.crls.is_empty() {
            return Lists { all: self.crls, relevant: Vec::new() };
        }
        let beside = self.pool.crl_signers(self.crls).iter().map(|index| self.pool.get(*index));
        let issuers: Vec<&str> = certificates.iter().chain(beside).map(|own| own.issuer.comparable()).collect();
        let relevant = (0..self.crls.len())
            .filter(|index| self.crls[*index].is_indirect || issuers.contains(&self.crls[*index].issuer.comparable()))
            .collect();
        Lists { all: self.crls, relevant: Lists::readable(self.crls, relevant) }
    }

    fn signers(&self, certificates: &[Certificate]) -> Vec<&cartorio_engine::Cert> {
        self.pool
            .crl_signers(self.crls)
            .iter()
            .map(|index| self.pool.get(*index))
            .filter(|signer| !certificates.contains(signer))
            .filter_map(|signer| signer.engine().ok())
            .collect()
    }

    /// What the engine does not look at.
    fn own_checks(&self, certificates: &[Certificate], top_is_anchor: bool, problems: &mut [Vec<Problem>]) {
        let last = certificates.len() - 1;
        for (depth, certificate) in certificates.iter().enumerate() {
            // An anchor is trusted for what it is, not for how it was signed.
            let signature_counts = !(top_is_anchor && depth == last);
            let algorithm = &certificate.signature_algorithm;
            if signature_counts && algorithm.is_weak() {
                let usual_then = algorithms::hash_was_usual(algorithm, self.at);
                add(&mut problems[depth], Problem::WeakSignature { algorithm: algorithm.name.clone(), usual_then });
            }
            if let KeyKind::Rsa { bits, .. } = certificate.key.kind
                && bits < 2048
            {
                let usual_then = algorithms::rsa_was_usual(bits, self.at);
                add(&mut problems[depth], Problem::WeakKey { bits, usual_then });
            }
            for extension in certificate.extensions.iter().filter(|extension| extension.malformed()) {
                let told =
                    |own: &Problem| matches!(own, Problem::MalformedExtension { oid, .. } if *oid == extension.oid);
                if !problems[depth].iter().any(told) {
                    problems[depth].push(Problem::MalformedExtension { oid: extension.oid.clone(), refused: false });
                }
            }
        }
        let target = &certificates[0];
        let requirements = self.requirements;
        let fit = match requirements.purpose {
            Purpose::DocumentSigning => target.allows_document_signing(),
            Purpose::OcspSigning => target.extended_key_usage.iter().any(|own| own.oid == "1.3.6.1.5.5.7.3.9"),
            Purpose::Any | Purpose::TlsServer | Purpose::TlsClient | Purpose::Email | Purpose::Timestamping => true,
        };
        if !fit {
            add(&mut problems[0], Problem::purpose(requirements.purpose));
        }
        for usage in requirements.key_usages.iter().filter(|usage| !target.allows(**usage)) {
            add(&mut problems[0], Problem::PurposeNotAllowed { purpose: usage.name().to_owned() });
        }
        for wanted in &requirements.extended_key_usages {
            let own = &target.extended_key_usage;
            if !own.is_empty() && !own.iter().any(|own| own.oid == *wanted || own.oid == ANY_EXTENDED_KEY_USAGE) {
                add(&mut problems[0], Problem::PurposeNotAllowed { purpose: wanted.clone() });
            }
        }
        for peer in &requirements.peers {
            let matches = target.engine().is_ok_and(|own| match peer {
                PeerName::Dns(name) => own.matches_host(name),
                PeerName::Ip(ip) => own.matches_ip(*ip),
                PeerName::Email(address) => own.matches_email(address),
            });
            if !matches {
                add(&mut problems[0], Problem::PeerMismatch { expected: peer.to_string() });
            }
        }
        if let Some(allowed) = requirements.max_depth {
            let actual = intermediates(certificates, last);
            if actual > allowed {
                add(&mut problems[last], Problem::TooManyIntermediates { allowed, actual });
            }
        }
        if names::unclear_mailbox(target, &certificates[1..]) {
            let code = ErrorCode::UNSUPPORTED_NAME_SYNTAX.name();
            add(&mut problems[0], Problem::NameConstraintNotApplicable { code });
        }
        if let Some(name) = names::excluded_wildcard(target, &certificates[1..]) {
            add(&mut problems[0], Problem::NameExcluded { name: Some(format!("*.{name}")) });
        }
    }
}

const ANY_EXTENDED_KEY_USAGE: &str = "2.5.29.37.0";

/// Certificates strictly between the target and `place` that are not self-issued.
fn intermediates(certificates: &[Certificate], place: usize) -> u32 {
    let between = certificates.get(1..place).unwrap_or_default();
    u32::try_from(between.iter().filter(|own| !own.is_self_issued()).count()).unwrap_or(u32::MAX)
}

fn add(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

fn merge(known: &mut [Known], read: Vec<Known>) {
    let last = known.len().saturating_sub(1);
    for (own, read) in known.iter_mut().zip(read).take(last) {
        *own = read;
    }
}

/// The signature of a step, as the engine found it.
fn signature(certificate: &Certificate, issuer: Option<&Certificate>, problems: &[Problem]) -> Option<SignatureCheck> {
    issuer?;
    for problem in problems {
        match problem {
            Problem::SignatureWrong => return Some(SignatureCheck::Wrong),
            Problem::SignatureNotCheckable { algorithm, reason } => {
                return Some(SignatureCheck::NotCheckable { algorithm: algorithm.clone(), reason: reason.clone() });
            }
            Problem::Unreadable { .. } => return None,
            _ => {}
        }
    }
    let algorithm = &certificate.signature_algorithm;
    Some(if algorithm.is_weak() {
        SignatureCheck::ValidWeak { algorithm: algorithm.name.clone() }
    } else {
        SignatureCheck::Valid
    })
}

/// The engine's errors in our terms, each at its certificate.
fn translate(
    certificates: &[Certificate],
    outcome: &Outcome,
    requirements: &Requirements,
    problems: &mut [Vec<Problem>],
) {
    let last = certificates.len() - 1;
    for error in outcome.errors.iter().filter(|error| !error.nested && !error.code.is_about_revocation()) {
        for (depth, problem) in problem(certificates, *error, requirements) {
            add(&mut problems[depth.min(last)], problem);
        }
    }
    if !outcome.as_asked && problems.iter().flatten().next().is_none() {
        // The engine is told who issued whom, so this cannot be without an error that ended it early.
        add(&mut problems[0], Problem::Refused { code: "other_chain_built", number: 0 });
    }
}

fn problem(certificates: &[Certificate], error: PathError, requirements: &Requirements) -> Vec<(usize, Problem)> {
    let depth = error.depth.min(certificates.len() - 1);
    let certificate = &certificates[depth];
    let here = |problem| vec![(depth, problem)];
    match error.code {
        ErrorCode::CERT_NOT_YET_VALID => here(Problem::NotYetValid { not_before: certificate.validity.not_before }),
        ErrorCode::CERT_HAS_EXPIRED => here(Problem::Expired { not_after: certificate.validity.not_after }),
        ErrorCode::CERT_SIGNATURE_FAILURE | ErrorCode::UNABLE_TO_DECRYPT_CERT_SIGNATURE => {
            here(bad_signature(certificate, certificates.get(depth + 1)))
        }
        ErrorCode::UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY => {
            let child = depth.saturating_sub(1);
            vec![(child, bad_signature(&certificates[child], Some(certificate)))]
        }
        // RFC 5280 §4.1.1.2: the two identifiers must be the same; another algorithm than the key's is another key.
        ErrorCode::SIGNATURE_ALGORITHM_MISMATCH => here(Problem::SignatureWrong),
        ErrorCode::INVALID_CA => {
            if certificate.is_ca() && !certificate.allows(KeyUsage::KeyCertSign) {
                return here(Problem::KeyCertSignMissing);
            }
            let mut found = vec![(depth, Problem::NotACa)];
            if !certificate.allows(KeyUsage::KeyCertSign) {
                found.push((depth, Problem::KeyCertSignMissing));
            }
            found
        }
        // Told of the pair by who was issued; it is the issuer's fault.
        ErrorCode::KEYUSAGE_NO_CERTSIGN => {
            let issuer = if certificate.allows(KeyUsage::KeyCertSign) { depth + 1 } else { depth };
            vec![(issuer, Problem::KeyCertSignMissing)]
        }
        ErrorCode::SUBJECT_ISSUER_MISMATCH => here(Problem::NameMismatch {
            expected: certificate.issuer.rfc4514().to_owned(),
            actual: certificates.get(depth + 1).map(|issuer| issuer.subject.rfc4514().to_owned()).unwrap_or_default(),
        }),
        ErrorCode::AKID_SKID_MISMATCH | ErrorCode::AKID_ISSUER_SERIAL_MISMATCH => here(Problem::KeyIdMismatch),
        ErrorCode::PATH_LENGTH_EXCEEDED => here(Problem::PathLengthExceeded {
            allowed: certificate.basic_constraints.and_then(|own| own.path_len).unwrap_or(0),
            actual: intermediates(certificates, depth),
        }),
        ErrorCode::INVALID_PURPOSE => here(Problem::purpose(requirements.purpose)),
        ErrorCode::UNHANDLED_CRITICAL_EXTENSION => {
            let unknown: Vec<_> = certificate
                .extensions
                .iter()
                .filter(|own| own.critical && !HANDLED.contains(&own.oid.as_str()))
                .map(|own| (depth, Problem::UnknownCriticalExtension { oid: own.oid.clone() }))
                .collect();
            if unknown.is_empty() { here(Problem::refused(error.code)) } else { unknown }
        }
        ErrorCode::INVALID_POLICY_EXTENSION => here(Problem::PolicyExtensionInvalid),
        // OpenSSL tells it of the whole path.
        ErrorCode::NO_EXPLICIT_POLICY => vec![(0, Problem::NoValidPolicy)],
        ErrorCode::PERMITTED_VIOLATION => here(Problem::NameNotPermitted),
        ErrorCode::EXCLUDED_VIOLATION => here(Problem::NameExcluded { name: None }),
        ErrorCode::SUBTREE_MINMAX
        | ErrorCode::UNSUPPORTED_CONSTRAINT_TYPE
        | ErrorCode::UNSUPPORTED_CONSTRAINT_SYNTAX
        | ErrorCode::UNSUPPORTED_NAME_SYNTAX => here(Problem::NameConstraintNotApplicable { code: error.code.name() }),
        // OpenSSL says no more than that it could not go on: the reason is looked for.
        ErrorCode::UNSPECIFIED | ErrorCode::OUT_OF_MEM | ErrorCode::INVALID_EXTENSION => {
            let malformed: Vec<_> = certificates
                .iter()
                .enumerate()
                .flat_map(|(depth, own)| own.extensions.iter().map(move |extension| (depth, extension)))
                .filter(|(_, extension)| extension.malformed())
                .map(|(depth, own)| (depth, Problem::MalformedExtension { oid: own.oid.clone(), refused: true }))
                .collect();
            let unusable = |own: &Certificate| own.engine_key().is_none();
            if !malformed.is_empty() {
                malformed
            } else if error.code == ErrorCode::INVALID_EXTENSION {
                here(Problem::refused(error.code))
            } else if unusable(certificate) || certificates.get(depth + 1).is_some_and(unusable) {
                let issuer = certificates.get(depth + 1).unwrap_or(certificate);
                here(bad_signature(certificate, Some(issuer)))
            } else if may_be_too_complex(certificates) {
                here(Problem::TooComplex)
            } else {
                here(Problem::refused(error.code))
            }
        }
        other => here(Problem::refused(other)),
    }
}

/// Critical extensions that OpenSSL processes (`X509_supported_extension`).
const HANDLED: [&str; 13] = [
    "2.16.840.1.113730.1.1",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.33",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.54",
    "1.3.6.1.5.5.7.1.14",
    "1.3.6.1.5.5.7.1.7",
];

/// Whether the names, constraints and policies of a path can reach OpenSSL's limits of work: 2^20 comparisons of a name
/// with a constraint (`NAME_CHECK_MAX`), 1000 nodes of a policy tree (`OPENSSL_POLICY_TREE_NODES_MAX`). Less than
/// [`COMPLEX_OCTETS`] cannot say so much, unless policies are mapped to each other.
fn may_be_too_complex(certificates: &[Certificate]) -> bool {
    let octets = |oids: &[&str]| {
        let own = certificates.iter().flat_map(|own| &own.extensions).filter(|own| oids.contains(&own.oid.as_str()));
        own.map(|own| own.value.len()).sum::<usize>()
    };
    let (mapped, policies, constraints) = (octets(&["2.5.29.33"]), octets(&["2.5.29.32"]), octets(&["2.5.29.30"]));
    mapped > 0
        || policies > COMPLEX_OCTETS
        || constraints > 0 && constraints + octets(&["2.5.29.17"]) + subject_octets(certificates) > COMPLEX_OCTETS
}

const COMPLEX_OCTETS: usize = 4_096;

fn subject_octets(certificates: &[Certificate]) -> usize {
    certificates.iter().map(|own| own.subject.der().len()).sum()
}

/// Tells a wrong signature from one that cannot be checked.
fn bad_signature(certificate: &Certificate, issuer: Option<&Certificate>) -> Problem {
    match issuer.map(|issuer| certificate.check_signed_by(issuer)) {
        Some(SignatureCheck::NotCheckable { algorithm, reason }) => {
            Problem::SignatureNotCheckable { algorithm, reason }
        }
        Some(SignatureCheck::Valid | SignatureCheck::ValidWeak { .. } | SignatureCheck::Wrong) | None => {
            Problem::SignatureWrong
        }
    }
}
