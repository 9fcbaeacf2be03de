//! Chain review: every path from a certificate towards a root, every problem on it, and the revocation evidence.
//!
//! Paths are enumerated here (depth first, bounded), because a graph view needs all of them and no engine backtracks
//! for us. Each is then judged by OpenSSL ([`cartorio_engine`]: RFC 5280 §6 with policies, name constraints and CRLs), with
//! every error and not the first. What OpenSSL does not look at is checked here: purposes of our own, algorithms by
//! date, wildcards against excluded subtrees, lists and OCSP responses of another time than the instant in question.

mod algorithms;
pub mod cases;
mod judge;
mod links;
mod names;
mod problem;
mod requirements;
mod revocation;
mod search;

use time::OffsetDateTime;

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::ocsp::OcspResponse;
use crate::verify::SignatureCheck;

pub use algorithms::{certificate_ends, signature_ends};
pub use links::{Link, Links, links};
pub use problem::{Problem, Weight};
pub use requirements::{PeerName, Purpose, Requirements, RevocationMode};
pub use revocation::{Revocation, RevocationEvidence};

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
    Reviewer::new(pool, anchors, crls).review(target, at)
}

/// Reviews many certificates against the same evidence; who issued whom is found out once.
pub struct Reviewer {
    pool: search::Pool,
    crls: Vec<Crl>,
    ocsp: Vec<OcspResponse>,
}

impl Reviewer {
    /// Takes the evidence; see [`review`].
    pub fn new(pool: &[Certificate], anchors: &[Certificate], crls: &[Crl]) -> Self {
        Self { pool: search::Pool::new(pool, anchors), crls: crls.to_vec(), ocsp: Vec::new() }
    }

    /// Adds OCSP responses, from wherever they came: only what the issuer on the path authorised counts.
    #[must_use]
    pub fn with_ocsp(mut self, responses: &[OcspResponse]) -> Self {
        self.ocsp.extend(responses.iter().cloned());
        self
    }

    /// Reviews `target` as of `at`: any policy, any purpose, revocation evidence required.
    pub fn review(&self, target: &Certificate, at: OffsetDateTime) -> ChainReport {
        self.review_with(target, at, &Requirements::default())
    }

    /// Reviews `target` as of `at`.
    pub fn review_with(&self, target: &Certificate, at: OffsetDateTime, requirements: &Requirements) -> ChainReport {
        let (found, truncated) = self.pool.search(target);
        let bench = self.bench(at, requirements, true);
        let paths = found.iter().map(|found| bench.judge(target, found)).collect();
        ChainReport { at, paths: sorted(paths), truncated }
    }

    /// The bottom line alone: what [`ChainReport::verdict`] of [`Self::review_with`] says, without the evidence and the
    /// explanations that a report has, and without judging paths that cannot change it.
    pub fn verdict(
        &self,
        target: &Certificate,
        at: OffsetDateTime,
        requirements: &Requirements,
    ) -> (Conclusion, Vec<&'static str>) {
        let (found, truncated, hoped) = self.pool.hopeful_search(target);
        let bench = self.bench(at, requirements, false);
        let paths = match bench.first_passed(target, &found) {
            Ok(passed) => return passed,
            Err(paths) => paths,
        };
        if !hoped {
            return ChainReport { at, paths: sorted(paths), truncated }.verdict();
        }
        let (exact, truncated) = self.pool.search(target);
        let paths = if exact == found {
            paths
        } else {
            match bench.first_passed(target, &exact) {
                Ok(passed) => return passed,
                Err(paths) => paths,
            }
        };
        ChainReport { at, paths: sorted(paths), truncated }.verdict()
    }

    fn bench<'a>(&'a self, at: OffsetDateTime, requirements: &'a Requirements, explain: bool) -> judge::Bench<'a> {
        judge::Bench { pool: &self.pool, crls: &self.crls, ocsp: &self.ocsp, requirements, at, explain }
    }

    /// The certificate of the pool that issued `child`, its signature right; the likeliest where there are several.
    pub fn issuer(&self, child: &Certificate) -> Option<Certificate> {
        self.pool.issuer(child).cloned()
    }
}

/// What reaches an anchor decides, even when it fails there: a path to an unknown root rescues nothing.
fn sorted(mut paths: Vec<Path>) -> Vec<Path> {
    if paths.len() > 1 {
        paths.sort_by_cached_key(|path| {
            let (conclusion, _) = path.verdict();
            (path.end.rank(), conclusion.rank(), path.problems().count(), path.steps.len())
        });
    }
    paths
}

/// Code of a failure that is none, because the search was cut off before every path was looked at.
const PATH_SEARCH_TRUNCATED: &str = "path_search_truncated";

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

    /// Whether the best path is sound and leads to an anchor. Revocation is another axis.
    pub fn trust(&self) -> Trust {
        match self.best().map_or(Trust::Unknown, Path::trust) {
            Trust::Untrusted if self.may_have_missed_a_better_path() => Trust::Unknown,
            trust => trust,
        }
    }

    /// Revocation along the best path.
    pub fn revocation(&self) -> RevocationSummary {
        self.best().map_or(RevocationSummary::Unknown, Path::revocation)
    }

    /// Trust and revocation put together, with the codes of what keeps it from being passed.
    ///
    /// A search that was cut off proves no failure, except by what is wrong with the target on every path.
    pub fn verdict(&self) -> (Conclusion, Vec<&'static str>) {
        let none = (Conclusion::Indeterminate, vec!["no_certificate_chain_found"]);
        let (conclusion, mut codes) = self.best().map_or(none, Path::verdict);
        if conclusion == Conclusion::Failed && self.may_have_missed_a_better_path() {
            codes.push(PATH_SEARCH_TRUNCATED);
            return (Conclusion::Indeterminate, codes);
        }
        (conclusion, codes)
    }

    /// Whether a path that was not looked at could say better of the target than the best that was.
    fn may_have_missed_a_better_path(&self) -> bool {
        let condemned = |target: &Step| {
            matches!(target.revocation, Revocation::Revoked { .. })
                || target.problems.iter().any(Problem::is_wrong_under_any_root)
        };
        self.truncated && !self.best().and_then(|path| path.steps.first()).is_some_and(condemned)
    }
}

/// One way from the target upwards.
#[derive(Clone, Debug)]
pub struct Path {
    /// The target first.
    pub steps: Vec<Step>,
    /// How it ends.
    pub end: PathEnd,
    /// The policies that it is valid for (RFC 5280 §6.1.6), dotted; `2.5.29.32.0` is any, none is none.
    pub policies: Vec<String>,
    /// What missing revocation evidence means for it.
    pub revocation_mode: RevocationMode,
}

impl Path {
    /// The certificates, the target first.
    pub fn certificates(&self) -> Vec<Certificate> {
        self.steps.iter().map(|step| step.certificate.clone()).collect()
    }

    /// Until when it can be relied on without a later proof of what rests on it: the end of the first of its certificates, or
    /// of trust in the way that one below the top is signed ([`certificate_ends`]).
    pub fn ends(&self) -> Option<OffsetDateTime> {
        let lives = self.steps.iter().map(|step| step.certificate.validity.not_after);
        let signed =
            self.steps.windows(2).filter_map(|pair| certificate_ends(&pair[0].certificate, &pair[1].certificate));
        lives.chain(signed).min()
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
        let prefer = self.revocation_mode == RevocationMode::Prefer;
        let statuses = || self.steps.iter().map(|step| &step.revocation);
        if statuses().any(|status| matches!(status, Revocation::Revoked { .. })) {
            RevocationSummary::Revoked
        } else if statuses().any(|status| {
            matches!(status, Revocation::NoEvidence { .. } | Revocation::Stale { .. } if !prefer)
                || matches!(status, Revocation::OnHold { .. })
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
            match step.revocation {
                Revocation::NotNeeded
                | Revocation::NotChecked
                | Revocation::Good { .. }
                | Revocation::RevokedLater { .. } => {}
                Revocation::NoEvidence { .. } | Revocation::Stale { .. }
                    if self.revocation_mode == RevocationMode::Prefer => {}
                Revocation::NoEvidence { .. }
                | Revocation::Stale { .. }
                | Revocation::OnHold { .. }
                | Revocation::Revoked { .. } => add(step.revocation.code()),
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
    /// Its signature, checked with the next certificate's key; `None` for the top, which is trusted for what it is or not
    /// at all.
    pub signature: Option<SignatureCheck>,
    /// Whether its authorityKeyIdentifier names the next certificate's subjectKeyIdentifier; `None` where either is
    /// absent.
    pub key_id_matches: Option<bool>,
    /// Everything wrong with it in this place.
    pub problems: Vec<Problem>,
    /// Its revocation status.
    pub revocation: Revocation,
    /// The lists and OCSP responses that spoke of it; where none counts, also why those by the right name do not.
    pub evidence: Vec<RevocationEvidence>,
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
    /// Nothing speaks against any certificate, and what was asked for is there: fresh, good evidence for every one where it
    /// is required.
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
