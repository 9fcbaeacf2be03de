//! Chain review: every path from a certificate towards a root, every problem on it, and the revocation evidence.
//!
//! Paths are enumerated here (depth first, bounded) because a graph view needs all of them and because no engine
//! backtracks for us. What this module checks itself is RFC 5280 §6 without policy processing and name constraints;
//! where a certificate carries those, the path says [`Problem::ConstraintNotChecked`] and is not green. A full engine
//! can take an enumerated [`Path`] and replace the problems of its steps.

use std::collections::HashSet;

use time::OffsetDateTime;

use crate::certificate::{Certificate, KeyKind, KeyUsage};
use crate::crl::{Crl, CrlRejection, CrlScope, RevocationReason};
use crate::verify::SignatureCheck;

/// Nodes visited before the search gives up (hostile pools grow exponentially).
const MAX_NODES: usize = 2_000;
/// Paths kept.
const MAX_PATHS: usize = 32;
/// Certificates in one path.
const MAX_LENGTH: usize = 12;

/// Reviews `target` as of `at`: paths are built from `pool` (any order, any origin) towards `anchors`.
///
/// Anchors are trusted because the caller says so; a self-signed certificate in `pool` is not. `crls` is evidence
/// from wherever it came: only what its issuer on the path signed counts. Nothing is fetched.
pub fn review(
    target: &Certificate,
    pool: &[Certificate],
    anchors: &[Certificate],
    crls: &[Crl],
    at: OffsetDateTime,
) -> ChainReport {
    let mut search = Search::new(pool, anchors);
    search.extend(vec![Link { certificate: target.clone(), signature: None }]);
    let truncated = search.truncated;
    let mut paths: Vec<Path> =
        search.found.into_iter().map(|(links, end)| judge(&links, end, anchors, crls, at)).collect();
    paths.sort_by_key(|path| {
        let (conclusion, _) = path.verdict();
        (conclusion.rank(), path.end.rank(), path.problems().count(), path.steps.len())
    });
    ChainReport { at, paths, truncated }
}

/// What a review found.
#[derive(Clone, Debug)]
pub struct ChainReport {
    /// The instant that it speaks of.
    pub at: OffsetDateTime,
    /// Every path, the best first; never empty.
    pub paths: Vec<Path>,
    /// Whether the search was cut off: there may be more paths.
    pub truncated: bool,
}

impl ChainReport {
    /// The path that decides.
    pub fn best(&self) -> Option<&Path> {
        self.paths.first()
    }

    /// Whether a sound path leads to an anchor. Revocation is another axis.
    pub fn trust(&self) -> Trust {
        if self.paths.iter().any(|path| path.trust() == Trust::Trusted) {
            Trust::Trusted
        } else {
            self.best().map_or(Trust::Unknown, Path::trust)
        }
    }

    /// Revocation along the best path.
    pub fn revocation(&self) -> RevocationSummary {
        self.best().map_or(RevocationSummary::Unknown, Path::revocation)
    }

    /// Trust and revocation put together, with the codes of what keeps it from being passed.
    pub fn verdict(&self) -> (Conclusion, Vec<&'static str>) {
        self.best().map_or((Conclusion::Indeterminate, vec!["no_certificate_chain_found"]), Path::verdict)
    }
}

/// One way from the target upwards.
#[derive(Clone, Debug)]
pub struct Path {
    /// The target first.
    pub steps: Vec<Step>,
    /// How it ends.
    pub end: PathEnd,
}

impl Path {
    /// The certificates, the target first.
    pub fn certificates(&self) -> Vec<Certificate> {
        self.steps.iter().map(|step| step.certificate.clone()).collect()
    }

    /// Every problem of every step.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.steps.iter().flat_map(|step| &step.problems)
    }

    /// Whether it is sound and ends at an anchor.
    pub fn trust(&self) -> Trust {
        let worst = self.problems().map(Problem::weight).max();
        match (&self.end, worst) {
            (PathEnd::Anchor, Some(Weight::Error)) => Trust::Untrusted,
            (PathEnd::Anchor, Some(Weight::Indeterminate)) => Trust::Unknown,
            (PathEnd::Anchor, Some(Weight::Note) | None) => Trust::Trusted,
            (PathEnd::UntrustedRoot | PathEnd::IssuerMissing | PathEnd::TooLong, _) => Trust::Unknown,
        }
    }

    /// Revocation over all of its steps.
    pub fn revocation(&self) -> RevocationSummary {
        let statuses = || self.steps.iter().map(|step| &step.revocation);
        if statuses().any(|status| matches!(status, Revocation::Revoked { .. })) {
            RevocationSummary::Revoked
        } else if statuses().any(|status| {
            matches!(
                status,
                Revocation::NoEvidence { .. } | Revocation::Stale { .. } | Revocation::OnHold { .. }
            )
        }) {
            RevocationSummary::Unknown
        } else {
            RevocationSummary::Good
        }
    }

    /// Trust and revocation put together (the conclusions of ETSI EN 319 102-1), with reason codes.
    pub fn verdict(&self) -> (Conclusion, Vec<&'static str>) {
        let mut codes: Vec<&'static str> = Vec::new();
        let mut add = |code: &'static str| {
            if !codes.contains(&code) {
                codes.push(code);
            }
        };
        if self.end != PathEnd::Anchor {
            add(self.end.code());
        }
        for problem in self.problems().filter(|problem| problem.weight() > Weight::Note) {
            add(problem.code());
        }
        for step in &self.steps {
            if !matches!(step.revocation, Revocation::NotNeeded | Revocation::Good { .. } | Revocation::RevokedLater { .. }) {
                add(step.revocation.code());
            }
        }
        let conclusion = match (self.trust(), self.revocation()) {
            (_, RevocationSummary::Revoked) | (Trust::Untrusted, _) => Conclusion::Failed,
            (Trust::Trusted, RevocationSummary::Good) => Conclusion::Passed,
            // A wrong signature or a broken chain is wrong under any root.
            (Trust::Unknown, _) if self.problems().any(Problem::is_wrong_under_any_root) => Conclusion::Failed,
            (Trust::Trusted | Trust::Unknown, _) => Conclusion::Indeterminate,
        };
        (conclusion, codes)
    }
}

/// One certificate of a path.
#[derive(Clone, Debug)]
pub struct Step {
    /// The certificate.
    pub certificate: Certificate,
    /// Whether it is one of the anchors.
    pub is_anchor: bool,
    /// Its signature, checked with the next certificate's key (a root's with its own); `None` where the issuer is
    /// missing.
    pub signature: Option<SignatureCheck>,
    /// Whether its authorityKeyIdentifier names the next certificate's subjectKeyIdentifier; `None` where either is
    /// absent.
    pub key_id_matches: Option<bool>,
    /// Everything wrong with it in this place.
    pub problems: Vec<Problem>,
    /// Its revocation status.
    pub revocation: Revocation,
}

/// How a path ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PathEnd {
    /// At an anchor.
    Anchor,
    /// At a self-signed certificate that is no anchor.
    UntrustedRoot,
    /// The issuer is in neither pool nor anchors.
    IssuerMissing,
    /// The search for it was cut off.
    TooLong,
}

impl PathEnd {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Anchor => "trust_anchor",
            Self::UntrustedRoot => "untrusted_root",
            Self::IssuerMissing => "issuer_missing",
            Self::TooLong => "path_too_long",
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Anchor => 0,
            Self::UntrustedRoot => 1,
            Self::IssuerMissing => 2,
            Self::TooLong => 3,
        }
    }
}

/// Whether a path can be relied on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Trust {
    /// Sound, and it ends at an anchor.
    Trusted,
    /// It ends at an anchor, but something is wrong on the way.
    Untrusted,
    /// No anchor was reached, or something could not be checked.
    Unknown,
}

impl Trust {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Untrusted => "untrusted",
            Self::Unknown => "unknown",
        }
    }
}

/// Revocation over a whole path.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RevocationSummary {
    /// Every certificate has fresh, good evidence.
    Good,
    /// One is revoked.
    Revoked,
    /// Evidence is missing, stale or on hold for at least one. That does not make anything invalid.
    Unknown,
}

impl RevocationSummary {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

/// The three conclusions of ETSI EN 319 102-1.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Conclusion {
    /// Everything was checked and is right.
    Passed,
    /// Something could not be decided.
    Indeterminate,
    /// Something is wrong.
    Failed,
}

impl Conclusion {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Indeterminate => "indeterminate",
            Self::Failed => "failed",
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Indeterminate => 1,
            Self::Failed => 2,
        }
    }
}

/// How much a problem counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Weight {
    /// Worth showing; changes nothing.
    Note,
    /// Keeps the path from being trusted, without being proof against it.
    Indeterminate,
    /// Wrong.
    Error,
}

/// Something wrong with a certificate in its place on a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Problem {
    /// Its validity has not begun.
    NotYetValid {
        /// When it begins.
        not_before: OffsetDateTime,
    },
    /// Its validity is over.
    Expired {
        /// When it ended.
        not_after: OffsetDateTime,
    },
    /// Its signature does not match the issuer's key.
    SignatureWrong,
    /// Its signature is of a kind that this product does not verify.
    SignatureNotCheckable {
        /// The algorithm.
        algorithm: String,
        /// Why.
        reason: String,
    },
    /// It issued the one below but is no CA.
    NotACa,
    /// It issued the one below but its keyUsage lacks keyCertSign.
    KeyCertSignMissing,
    /// More intermediates below it than it allows.
    PathLengthExceeded {
        /// What it allows.
        allowed: u32,
        /// What there are.
        actual: u32,
    },
    /// A critical extension that this product does not know.
    UnknownCriticalExtension {
        /// Dotted identifier.
        oid: String,
    },
    /// A known extension whose content cannot be decoded.
    MalformedExtension {
        /// Dotted identifier.
        oid: String,
    },
    /// A constraint that this product does not apply yet (name or policy constraints).
    ConstraintNotChecked {
        /// Dotted identifier.
        oid: String,
    },
    /// Its issuer name is not the subject of the certificate above, although the key signed it.
    NameMismatch {
        /// What it says.
        expected: String,
        /// What the certificate above is called.
        actual: String,
    },
    /// Signed with a broken hash.
    WeakSignature {
        /// The algorithm.
        algorithm: String,
    },
    /// The key is too short.
    WeakKey {
        /// Bits.
        bits: u32,
    },
}

impl Problem {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::Expired { .. } => "expired",
            Self::SignatureWrong => "signature_wrong",
            Self::SignatureNotCheckable { .. } => "signature_not_checkable",
            Self::NotACa => "not_a_ca",
            Self::KeyCertSignMissing => "key_cert_sign_missing",
            Self::PathLengthExceeded { .. } => "path_length_exceeded",
            Self::UnknownCriticalExtension { .. } => "unknown_critical_extension",
            Self::MalformedExtension { .. } => "malformed_extension",
            Self::ConstraintNotChecked { .. } => "constraint_not_checked",
            Self::NameMismatch { .. } => "name_mismatch",
            Self::WeakSignature { .. } => "weak_signature",
            Self::WeakKey { .. } => "weak_key",
        }
    }

    /// Data for the message; times are RFC 3339.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let time = |at: &OffsetDateTime| {
            at.format(&time::format_description::well_known::Rfc3339).unwrap_or_else(|_| at.to_string())
        };
        match self {
            Self::NotYetValid { not_before } => vec![("not_before", time(not_before))],
            Self::Expired { not_after } => vec![("not_after", time(not_after))],
            Self::SignatureNotCheckable { algorithm, reason } => {
                vec![("algorithm", algorithm.clone()), ("reason", reason.clone())]
            }
            Self::PathLengthExceeded { allowed, actual } => {
                vec![("allowed", allowed.to_string()), ("actual", actual.to_string())]
            }
            Self::UnknownCriticalExtension { oid }
            | Self::MalformedExtension { oid }
            | Self::ConstraintNotChecked { oid } => vec![("oid", oid.clone())],
            Self::NameMismatch { expected, actual } => {
                vec![("expected", expected.clone()), ("actual", actual.clone())]
            }
            Self::WeakSignature { algorithm } => vec![("algorithm", algorithm.clone())],
            Self::WeakKey { bits } => vec![("bits", bits.to_string())],
            Self::SignatureWrong | Self::NotACa | Self::KeyCertSignMissing => Vec::new(),
        }
    }

    /// How much it counts.
    pub const fn weight(&self) -> Weight {
        match self {
            Self::NotYetValid { .. }
            | Self::Expired { .. }
            | Self::SignatureWrong
            | Self::NotACa
            | Self::KeyCertSignMissing
            | Self::PathLengthExceeded { .. }
            | Self::UnknownCriticalExtension { .. }
            | Self::NameMismatch { .. } => Weight::Error,
            Self::SignatureNotCheckable { .. }
            | Self::MalformedExtension { .. }
            | Self::ConstraintNotChecked { .. }
            | Self::WeakSignature { .. }
            | Self::WeakKey { .. } => Weight::Indeterminate,
        }
    }

    /// Whether no choice of anchors could make it right.
    const fn is_wrong_under_any_root(&self) -> bool {
        matches!(self, Self::SignatureWrong)
    }
}

/// Revocation status of one certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Revocation {
    /// A root or an anchor: nobody above could revoke it.
    NotNeeded,
    /// Not on a list that was in force.
    Good {
        /// When the list was made.
        this_update: OffsetDateTime,
        /// When the next was due.
        next_update: Option<OffsetDateTime>,
    },
    /// On a list.
    Revoked {
        /// Since when.
        at: OffsetDateTime,
        /// Why.
        reason: Option<RevocationReason>,
        /// When the list was made.
        this_update: OffsetDateTime,
    },
    /// Suspended; it may come back.
    OnHold {
        /// Since when.
        at: OffsetDateTime,
        /// When the list was made.
        this_update: OffsetDateTime,
    },
    /// On a list, but only from a moment after the one in question.
    RevokedLater {
        /// From when.
        at: OffsetDateTime,
        /// Why.
        reason: Option<RevocationReason>,
    },
    /// Not on a list, but the list was no longer in force at the moment in question.
    Stale {
        /// When the list was made.
        this_update: OffsetDateTime,
        /// When the next was due.
        next_update: Option<OffsetDateTime>,
    },
    /// No list by its issuer.
    NoEvidence {
        /// Why the lists that were offered do not count.
        rejected: Vec<CrlRejection>,
    },
}

impl Revocation {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotNeeded => "revocation_not_needed",
            Self::Good { .. } => "revocation_good",
            Self::Revoked { .. } => "revoked",
            Self::OnHold { .. } => "on_hold",
            Self::RevokedLater { .. } => "revoked_later",
            Self::Stale { .. } => "revocation_stale",
            Self::NoEvidence { .. } => "no_revocation_evidence",
        }
    }
}

// ---- enumeration -----------------------------------------------------------------------------------------------

/// A certificate on a path being built, with its signature as checked against the one above.
#[derive(Clone)]
struct Link {
    certificate: Certificate,
    signature: Option<SignatureCheck>,
}

struct Search {
    candidates: Vec<Certificate>,
    anchors: Vec<Certificate>,
    found: Vec<(Vec<Link>, PathEnd)>,
    nodes: usize,
    truncated: bool,
}

impl Search {
    fn new(pool: &[Certificate], anchors: &[Certificate]) -> Self {
        let mut seen = HashSet::new();
        let candidates =
            anchors.iter().chain(pool).filter(|certificate| seen.insert(certificate.der.clone())).cloned().collect();
        Self { candidates, anchors: anchors.to_vec(), found: Vec::new(), nodes: 0, truncated: false }
    }

    /// Extends a path at its upper end in every possible way.
    fn extend(&mut self, mut path: Vec<Link>) {
        self.nodes += 1;
        let Some(top) = path.last().map(|link| link.certificate.clone()) else {
            return;
        };
        if self.anchors.contains(&top) {
            if top.is_self_issued() {
                set_signature(&mut path, Some(top.check_signed_by(&top)));
            }
            return self.keep(path, PathEnd::Anchor);
        }
        if top.is_self_issued() {
            let own = top.check_signed_by(&top);
            // A self-issued certificate that another key signed is a key rollover, not a root.
            let elsewhere = || self.issuers(&top).iter().any(|(_, check)| check.is_valid());
            if own.is_valid() || !elsewhere() {
                set_signature(&mut path, Some(own));
                return self.keep(path, PathEnd::UntrustedRoot);
            }
        }
        if self.nodes > MAX_NODES || path.len() >= MAX_LENGTH {
            self.truncated = true;
            return self.keep(path, PathEnd::TooLong);
        }
        let issuers: Vec<_> = self
            .issuers(&top)
            .into_iter()
            .filter(|(issuer, _)| {
                // The same key under the same name twice in a path is a loop (RFC 4158 §2.4.2).
                !path.iter().any(|link| {
                    link.certificate.subject == issuer.subject && link.certificate.key.spki == issuer.key.spki
                })
            })
            .collect();
        if issuers.is_empty() {
            return self.keep(path, PathEnd::IssuerMissing);
        }
        for (issuer, signature) in issuers {
            if self.found.len() >= MAX_PATHS || self.nodes > MAX_NODES {
                self.truncated = true;
                return;
            }
            let mut longer = path.clone();
            set_signature(&mut longer, Some(signature));
            longer.push(Link { certificate: issuer, signature: None });
            self.extend(longer);
        }
    }

    fn keep(&mut self, path: Vec<Link>, end: PathEnd) {
        if self.found.len() < MAX_PATHS {
            self.found.push((path, end));
        } else {
            self.truncated = true;
        }
    }

    /// Who may have issued `child`: by name, or by key identifier with a right signature. Where a candidate's
    /// signature is right, the wrong ones are other CAs of the same name, not issuers.
    fn issuers(&self, child: &Certificate) -> Vec<(Certificate, SignatureCheck)> {
        let key_id_agrees = |candidate: &Certificate| match (&child.authority_key_id, &candidate.subject_key_id) {
            (Some(wanted), Some(id)) => Some(wanted == id),
            _ => None,
        };
        let mut checked: Vec<_> = self
            .candidates
            .iter()
            .filter(|candidate| **candidate != *child)
            .filter(|candidate| candidate.subject == child.issuer || key_id_agrees(candidate) == Some(true))
            .map(|candidate| (candidate.clone(), child.check_signed_by(candidate)))
            .filter(|(candidate, check)| candidate.subject == child.issuer || check.is_valid())
            .collect();
        let named = |(candidate, _): &(Certificate, SignatureCheck)| candidate.subject == child.issuer;
        if checked.iter().any(|item| item.1.is_valid() && named(item)) {
            checked.retain(|item| item.1.is_valid() && named(item));
        } else if checked.iter().any(|(_, check)| *check != SignatureCheck::Wrong) {
            checked.retain(|(_, check)| *check != SignatureCheck::Wrong);
        } else if checked.iter().any(|(candidate, _)| key_id_agrees(candidate) == Some(true)) {
            checked.retain(|(candidate, _)| key_id_agrees(candidate) == Some(true));
        }
        checked.sort_by_key(|(candidate, _)| {
            // Anchors first, then the one that the key identifier names, then the longest-lived.
            let later = candidate.validity.not_after.unix_timestamp();
            (!self.anchors.contains(candidate), key_id_agrees(candidate) != Some(true), -later)
        });
        checked
    }
}

fn set_signature(path: &mut [Link], signature: Option<SignatureCheck>) {
    if let Some(last) = path.last_mut() {
        last.signature = signature;
    }
}

// ---- judgement -------------------------------------------------------------------------------------------------

fn judge(links: &[Link], end: PathEnd, anchors: &[Certificate], crls: &[Crl], at: OffsetDateTime) -> Path {
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
                key_id_matches: issuer.and_then(|issuer| {
                    Some(certificate.authority_key_id.as_ref()? == issuer.subject_key_id.as_ref()?)
                }),
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
        Some(SignatureCheck::Valid | SignatureCheck::NotCheckable { .. } | SignatureCheck::ValidWeak { .. })
        | None => {}
    }
    if let KeyKind::Rsa { bits, .. } = certificate.key.kind {
        if bits < 2048 {
            problems.push(Problem::WeakKey { bits });
        }
    }

    if let Some(issuer) = issuer {
        if certificate.issuer != issuer.subject {
            problems.push(Problem::NameMismatch {
                expected: certificate.issuer.rfc4514().to_owned(),
                actual: issuer.subject.rfc4514().to_owned(),
            });
        }
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
        if let Some(allowed) = certificate.basic_constraints.and_then(|constraints| constraints.path_len) {
            if actual > allowed {
                problems.push(Problem::PathLengthExceeded { allowed, actual });
            }
        }
    }

    for extension in &certificate.extensions {
        let oid = extension.oid.clone();
        match extension.oid.as_str() {
            _ if extension.malformed => problems.push(Problem::MalformedExtension { oid }),
            // nameConstraints, policyMappings, policyConstraints, inhibitAnyPolicy
            "2.5.29.30" | "2.5.29.33" | "2.5.29.36" | "2.5.29.54" if !is_anchor => {
                problems.push(Problem::ConstraintNotChecked { oid });
            }
            // subjectKeyIdentifier, keyUsage, subjectAltName, issuerAltName, basicConstraints,
            // cRLDistributionPoints, certificatePolicies, authorityKeyIdentifier, extKeyUsage, and on anchors the
            // constraints
            "2.5.29.14" | "2.5.29.15" | "2.5.29.17" | "2.5.29.18" | "2.5.29.19" | "2.5.29.31" | "2.5.29.32"
            | "2.5.29.35" | "2.5.29.37" | "2.5.29.30" | "2.5.29.33" | "2.5.29.36" | "2.5.29.54" => {}
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
        let checked =
            if in_scope { crl.check_issuer(issuer) } else { Err(CrlRejection::OutOfScope) };
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
