//! What is to be thought of a certificate: every path, every error, each axis by itself.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use cartorio_core::{Retry, Severity, WireError};
use cartorio_pki::chain::{
    self, Conclusion, Path, PathEnd, Problem, Reviewer, Revocation, RevocationEvidence, Step, Weight,
};
use cartorio_pki::{Certificate, Crl, CrlRejection, OcspRejection, OcspResponder, OcspResponse, legal};
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, Time, UtcOffset};

use super::door::ChainInput;
use super::link::of_check;
use super::read::Content;
use super::view::responder;
use super::{HeapError, Snapshot, evidence, lint, read_given, seat};
use crate::certificates::{Evidence, holder_name, issuer_name, legal_view, mask};
use crate::dto::{
    ChainCertificate, ChainError, ChainPath, ChainResult, ChainReview, EvidenceUse, HeapProblem, LegalLabel, Locale,
    NamedOid, PolicyResult, PurposeView, Requirements, RevocationMode, RevocationResult, SignatureMark,
};
use crate::office::Office;
use crate::signing::blocking;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Judges a certificate of the heap.
pub(crate) async fn validate(office: &Office, id: &str, requirements: &Requirements) -> OfficeResult<ChainReview> {
    seat(office).await?;
    let own = evidence(office).await?;
    let (locale, now) = (office.locale()?, office.ports.clock.now());
    let (heap, id, requirements) = (Arc::clone(&office.heap), id.to_owned(), requirements.clone());
    blocking(move || Ok(Trial::on_heap(&heap.snapshot(), &id, &requirements, own, now)?.review(locale))).await?
}

/// Judges the first certificate of what a terminal names, apart from any heap.
pub(super) async fn given(
    office: &Office,
    input: ChainInput,
    requirements: &Requirements,
) -> OfficeResult<ChainReview> {
    seat(office).await?;
    let mut evidence = match input.own {
        true => evidence(office).await?,
        false => Evidence::default(),
    };
    let mut target = None;
    for (given, first) in
        input.target.into_iter().map(|given| (given, true)).chain(input.pool.into_iter().map(|given| (given, false)))
    {
        let found = Pool::of(office, given).await?;
        if first && target.is_none() {
            target = found.certificates.first().cloned();
        }
        evidence
            .anchors
            .extend(found.certificates.iter().filter(|own| input.own && legal::is_icp_brasil_root(own)).cloned());
        evidence.pool.extend(found.certificates);
        evidence.crls.extend(found.crls);
        evidence.ocsp.extend(found.ocsp);
    }
    let known = prints(&evidence.anchors);
    let mut here = HashSet::new();
    for given in input.trust {
        let found = Pool::of(office, given).await?;
        here.extend(prints(&found.certificates));
        evidence.anchors.extend(found.certificates.iter().cloned());
        evidence.pool.extend(found.certificates);
        evidence.crls.extend(found.crls);
    }
    let trial = Trial {
        target: target.ok_or(HeapError::NotACertificate)?,
        evidence: Arc::new(evidence),
        ids: Arc::default(),
        here: Arc::new(here.difference(&known).cloned().collect()),
        at: instant(requirements, office.ports.clock.now())?,
        wanted: wanted(requirements)?,
    };
    let locale = office.locale()?;
    blocking(move || trial.review(locale)).await
}

/// Certificates and evidence of something that a terminal names.
#[derive(Default)]
struct Pool {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    ocsp: Vec<OcspResponse>,
}

impl Pool {
    async fn of(office: &Office, given: super::Given) -> OfficeResult<Self> {
        let mut pool = Self::default();
        for source in read_given(office, given).await? {
            if source.found.is_empty()
                && let Some(problem) = source.problems.into_iter().next()
            {
                return Err(as_error(problem, &source.name));
            }
            for found in source.found {
                match found.content {
                    Content::Certificate(certificate) => pool.certificates.push(certificate),
                    Content::Crl(crl) => pool.crls.push(crl),
                    Content::Ocsp(response) => pool.ocsp.push(response),
                    Content::Csr(_)
                    | Content::TimeStamp(_)
                    | Content::Cms(_)
                    | Content::Store(_)
                    | Content::PrivateKey(_)
                    | Content::PublicKey(..)
                    | Content::Unknown { .. } => {}
                }
            }
        }
        Ok(pool)
    }
}

fn prints(certificates: &[Certificate]) -> HashSet<String> {
    certificates.iter().map(|own| own.fingerprint()).collect()
}

/// What keeps a source from being read, where nothing goes on without it.
fn as_error(problem: HeapProblem, name: &str) -> OfficeError {
    let mut params = problem.params;
    params.entry("name".to_owned()).or_insert_with(|| name.to_owned());
    OfficeError::Format(WireError {
        code: problem.code,
        params,
        severity: Severity::Error,
        retry: Retry::Never,
        detail: problem.detail,
    })
}

/// One judgement with everything that it rests on.
pub(super) struct Trial {
    pub(super) target: Certificate,
    pub(super) at: OffsetDateTime,
    evidence: Arc<Evidence>,
    /// Handles of the heap by SHA-256.
    ids: Arc<HashMap<String, String>>,
    /// SHA-256 of what is trusted for this judgement alone.
    here: Arc<HashSet<String>>,
    wanted: chain::Requirements,
}

impl Trial {
    /// A certificate of the heap, with the whole heap as pool.
    pub(super) fn on_heap(
        snapshot: &Snapshot,
        id: &str,
        requirements: &Requirements,
        own: Evidence,
        now: OffsetDateTime,
    ) -> OfficeResult<Self> {
        let target = snapshot.certificate(id)?.clone();
        let at = instant(requirements, now)?;
        let mut evidence = own.with(&snapshot.certificates(), &[]);
        let known = prints(&evidence.anchors);
        let mut here = HashSet::new();
        for id in &requirements.trusted {
            let root = snapshot.certificate(id)?.clone();
            here.extend(Some(root.fingerprint()).filter(|print| !known.contains(print)));
            evidence.anchors.push(root);
        }
        add_revocation(snapshot, &mut evidence);
        let ids = snapshot.items.iter().map(|item| (item.sha256.clone(), item.id.clone())).collect();
        let (evidence, ids, here) = (Arc::new(evidence), Arc::new(ids), Arc::new(here));
        Ok(Self { target, evidence, ids, here, at, wanted: wanted(requirements)? })
    }

    /// The same judgement of another certificate.
    pub(super) fn of(&self, target: Certificate) -> Self {
        Self {
            target,
            at: self.at,
            evidence: Arc::clone(&self.evidence),
            ids: Arc::clone(&self.ids),
            here: Arc::clone(&self.here),
            wanted: self.wanted.clone(),
        }
    }

    /// Who judges by this evidence; for many certificates one is enough, who then knows who issued whom.
    pub(super) fn reviewer(&self) -> Reviewer {
        self.evidence.reviewer()
    }

    /// Judges.
    pub(super) fn review(&self, locale: Locale) -> ChainReview {
        self.review_by(&self.reviewer(), locale)
    }

    /// Judges with the [`Self::reviewer`] of a judgement by the same evidence.
    pub(super) fn review_by(&self, reviewer: &Reviewer, locale: Locale) -> ChainReview {
        let report = reviewer.review_with(&self.target, self.at, &self.wanted);
        let (conclusion, reasons) = report.verdict();
        let best = report.best();
        ChainReview {
            judged_at: rfc3339(self.at),
            result: result(conclusion),
            reasons: reasons.into_iter().map(str::to_owned).collect(),
            paths: report.paths.iter().map(|path| self.path(path)).collect(),
            truncated: report.truncated,
            policy: best.map(|path| self.policy(path)).unwrap_or_default(),
            revocation: best.map(|path| self.revocation(path)).unwrap_or_default(),
            warnings: best.map(warnings).unwrap_or_default(),
            lint: best.map(|path| lint::of_path(&path.certificates(), self.at, locale)).unwrap_or_default(),
            // Whoever asks does not decide what a signature is worth.
            legal: best
                .filter(|path| !self.rests_here(path))
                .map_or(LegalLabel::Unknown, |path| legal_view(legal::legal_label(path).label)),
        }
    }

    /// Whether a path ends in what is trusted for this judgement alone.
    fn rests_here(&self, path: &Path) -> bool {
        path.steps.iter().any(|step| self.trusted_here(step))
    }

    fn trusted_here(&self, step: &Step) -> bool {
        step.is_anchor && self.here.contains(&step.certificate.fingerprint())
    }

    fn path(&self, path: &Path) -> ChainPath {
        let (conclusion, _) = path.verdict();
        ChainPath {
            certificates: path.steps.iter().map(|step| self.certificate(step)).collect(),
            end: path.end.code().to_owned(),
            valid: conclusion == Conclusion::Passed,
            result: result(conclusion),
            errors: errors(path),
        }
    }

    fn certificate(&self, step: &Step) -> ChainCertificate {
        let own = &step.certificate;
        let sha256 = own.fingerprint();
        ChainCertificate {
            id: self.ids.get(&sha256).cloned(),
            sha256,
            name: holder_name(own),
            issuer: issuer_name(own),
            serial_hex: own.serial.hex(),
            not_before: rfc3339(own.validity.not_before),
            not_after: rfc3339(own.validity.not_after),
            anchor: step.is_anchor,
            trusted_here: self.trusted_here(step),
            signature: step.signature.as_ref().map_or(SignatureMark::Missing, of_check),
            key_id: step.key_id_matches,
        }
    }

    fn policy(&self, path: &Path) -> PolicyResult {
        const ANY_POLICY: &str = "2.5.29.32.0";
        let wanted = &self.wanted.policies;
        let asked = self.wanted.explicit_policy || !wanted.is_empty();
        let fits = |policy: &String| policy == ANY_POLICY || wanted.is_empty() || wanted.contains(policy);
        let state = if path.problems().any(|problem| matches!(problem, Problem::NoValidPolicy)) {
            "violated"
        } else if !asked {
            "none"
        } else if path.policies.iter().any(fits) {
            "ok"
        } else {
            "violated"
        };
        PolicyResult {
            state: state.to_owned(),
            valid: path.policies.iter().map(|oid| named(oid)).collect(),
            required: wanted.iter().map(|oid| named(oid)).collect(),
            explicit: self.wanted.explicit_policy,
        }
    }

    fn revocation(&self, path: &Path) -> Vec<RevocationResult> {
        let steps = path.steps.iter().enumerate();
        steps
            .map(|(depth, step)| {
                let issuer = path.steps.get(depth + 1).map(|above| &above.certificate);
                let (revoked_at, reason) = match &step.revocation {
                    Revocation::Revoked { at, reason, .. } | Revocation::RevokedLater { at, reason } => {
                        (Some(*at), *reason)
                    }
                    Revocation::OnHold { at, .. } => (Some(*at), None),
                    Revocation::NotNeeded
                    | Revocation::NotChecked
                    | Revocation::Good { .. }
                    | Revocation::Stale { .. }
                    | Revocation::NoEvidence { .. } => (None, None),
                };
                RevocationResult {
                    depth: small(depth),
                    sha256: step.certificate.fingerprint(),
                    name: holder_name(&step.certificate),
                    status: match &step.revocation {
                        Revocation::NotChecked => "revocation_off".to_owned(),
                        other => other.code().to_owned(),
                    },
                    revoked_at: revoked_at.map(rfc3339),
                    reason: reason.map(|reason| reason.code().to_owned()),
                    evidence: step.evidence.iter().map(|own| self.used(own, step, issuer)).collect(),
                }
            })
            .collect()
    }

    fn used(&self, evidence: &RevocationEvidence, step: &Step, issuer: Option<&Certificate>) -> EvidenceUse {
        let sha256 = evidence.sha256();
        let id = self.ids.get(&sha256).cloned();
        let decided = evidence.counts().then(|| decided_by(&step.revocation)).flatten();
        match evidence {
            RevocationEvidence::Crl { crl, rejection, .. } => EvidenceUse {
                kind: if crl.extensions.iter().any(|own| own.oid == DELTA) { "delta_crl" } else { "crl" }.to_owned(),
                sha256,
                id,
                issuer: mask::name(&crl.issuer),
                this_update: rfc3339(crl.this_update),
                next_update: crl.next_update.map(rfc3339),
                number: crl.number.as_ref().map(cartorio_pki::Serial::decimal),
                signature: crl_signature(crl, rejection.as_ref(), issuer),
                authority: match rejection {
                    None if crl.issuer == step.certificate.issuer => "issuer",
                    None => "indirect",
                    Some(_) => "none",
                }
                .to_owned(),
                decisive: decided == Some(Decided::By(crl.this_update))
                    || decided == Some(Decided::ByAnEntry) && crl.entry(&step.certificate.serial).is_some(),
                rejected: rejection.as_ref().map(|rejection| rejection.code().to_owned()),
            },
            RevocationEvidence::Ocsp { response, judgement, .. } => {
                let proved = judgement.as_ref().as_ref().ok();
                let single = response.responses().iter().find(|own| own.cert_id.serial == step.certificate.serial);
                let made = response.basic.as_ref().map(|basic| basic.produced_at);
                EvidenceUse {
                    kind: "ocsp".to_owned(),
                    sha256,
                    id,
                    issuer: response.basic.as_ref().map(|basic| responder(&basic.responder)).unwrap_or_default(),
                    this_update: single.map(|own| own.this_update).or(made).map(rfc3339).unwrap_or_default(),
                    next_update: single.and_then(|own| own.next_update).map(rfc3339),
                    number: None,
                    signature: match judgement.as_ref() {
                        Ok(proved) if proved.weak_algorithm.is_some() => SignatureMark::Weak,
                        Ok(_) => SignatureMark::Valid,
                        Err(OcspRejection::SignatureWrong) => SignatureMark::Wrong,
                        Err(OcspRejection::WeakSignature { .. }) => SignatureMark::Weak,
                        Err(OcspRejection::ResponderMissing | OcspRejection::NotSuccessful { .. }) => {
                            SignatureMark::Missing
                        }
                        Err(_) => SignatureMark::Unknown,
                    },
                    authority: match proved.map(|proved| &proved.responder) {
                        Some(OcspResponder::Issuer) => "issuer",
                        Some(OcspResponder::Delegated { .. }) => "delegated",
                        None => "none",
                    }
                    .to_owned(),
                    decisive: proved.is_some_and(|proved| {
                        decided == Some(Decided::By(proved.this_update)) || decided == Some(Decided::ByAnEntry)
                    }),
                    rejected: evidence.rejection().map(str::to_owned),
                }
            }
        }
    }
}

/// deltaCRLIndicator.
const DELTA: &str = "2.5.29.27";

/// What a status was decided by.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Decided {
    /// The evidence that was made at this instant.
    By(OffsetDateTime),
    /// Whatever speaks of the certificate.
    ByAnEntry,
}

fn decided_by(status: &Revocation) -> Option<Decided> {
    match status {
        Revocation::Good { this_update, .. }
        | Revocation::Revoked { this_update, .. }
        | Revocation::OnHold { this_update, .. }
        | Revocation::Stale { this_update, .. } => Some(Decided::By(*this_update)),
        Revocation::RevokedLater { .. } => Some(Decided::ByAnEntry),
        Revocation::NotNeeded | Revocation::NotChecked | Revocation::NoEvidence { .. } => None,
    }
}

fn crl_signature(crl: &Crl, rejection: Option<&CrlRejection>, issuer: Option<&Certificate>) -> SignatureMark {
    let right = || if crl.signature_algorithm.is_weak() { SignatureMark::Weak } else { SignatureMark::Valid };
    if rejection.is_none() {
        return right();
    }
    match issuer.map(|issuer| crl.check_issuer(issuer)) {
        Some(Ok(())) => right(),
        Some(Err(CrlRejection::SignatureWrong)) => SignatureMark::Wrong,
        Some(Err(CrlRejection::OtherIssuer)) | None => SignatureMark::Missing,
        Some(Err(_)) => SignatureMark::Unknown,
    }
}

/// Everything that speaks against a path, or keeps it from being decided.
fn errors(path: &Path) -> Vec<ChainError> {
    let mut errors = Vec::new();
    for (depth, step) in path.steps.iter().enumerate() {
        errors.extend(step.problems.iter().map(|problem| of_problem(problem, depth)));
        let weight = match &step.revocation {
            Revocation::NotNeeded | Revocation::NotChecked | Revocation::Good { .. } => continue,
            Revocation::Revoked { .. } => Weight::Error,
            Revocation::OnHold { .. } => Weight::Indeterminate,
            Revocation::RevokedLater { .. } => Weight::Note,
            Revocation::Stale { .. } | Revocation::NoEvidence { .. } => match path.revocation_mode {
                chain::RevocationMode::Require => Weight::Indeterminate,
                chain::RevocationMode::Prefer | chain::RevocationMode::Off => Weight::Note,
            },
        };
        errors.push(error(step.revocation.code(), depth, revocation_params(&step.revocation), weight));
    }
    if path.end != PathEnd::Anchor {
        errors.push(error(path.end.code(), path.steps.len().saturating_sub(1), BTreeMap::new(), Weight::Indeterminate));
    }
    errors
}

fn warnings(path: &Path) -> Vec<ChainError> {
    let all = path.steps.iter().enumerate().flat_map(|(depth, step)| step.problems.iter().map(move |own| (depth, own)));
    all.filter(|(_, problem)| matches!(problem, Problem::WeakSignature { .. } | Problem::WeakKey { .. }))
        .map(|(depth, problem)| of_problem(problem, depth))
        .collect()
}

fn of_problem(problem: &Problem, depth: usize) -> ChainError {
    let params = problem.params().into_iter().map(|(name, value)| (name.to_owned(), mask::text(&value))).collect();
    error(problem.code(), depth, params, problem.weight())
}

fn error(code: &str, depth: usize, params: BTreeMap<String, String>, weight: Weight) -> ChainError {
    let data: Vec<String> = params.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let words = code.replace('_', " ");
    ChainError {
        code: code.to_owned(),
        depth: small(depth),
        message: if data.is_empty() { words } else { format!("{words} ({})", data.join(", ")) },
        params,
        weight: match weight {
            Weight::Error => "error",
            Weight::Indeterminate => "indeterminate",
            Weight::Note => "note",
        }
        .to_owned(),
    }
}

fn revocation_params(status: &Revocation) -> BTreeMap<String, String> {
    let mut params = BTreeMap::new();
    let mut put = |name: &str, value: String| params.insert(name.to_owned(), value);
    match status {
        Revocation::Revoked { at, reason, this_update } => {
            put("at", rfc3339(*at));
            put("this_update", rfc3339(*this_update));
            reason.map(|reason| put("reason", reason.code().to_owned()));
        }
        Revocation::RevokedLater { at, reason } => {
            put("at", rfc3339(*at));
            reason.map(|reason| put("reason", reason.code().to_owned()));
        }
        Revocation::OnHold { at, this_update } => {
            put("at", rfc3339(*at));
            put("this_update", rfc3339(*this_update));
        }
        Revocation::Stale { this_update, next_update } | Revocation::Good { this_update, next_update } => {
            put("this_update", rfc3339(*this_update));
            next_update.map(|next| put("next_update", rfc3339(next)));
        }
        Revocation::NotNeeded | Revocation::NotChecked | Revocation::NoEvidence { .. } => {}
    }
    params
}

fn add_revocation(snapshot: &Snapshot, evidence: &mut Evidence) {
    for item in snapshot.items.iter() {
        match &item.content {
            Content::Crl(crl) => evidence.crls.push(crl.clone()),
            Content::Ocsp(response) => evidence.ocsp.push(response.clone()),
            _ => {}
        }
    }
}

fn result(conclusion: Conclusion) -> ChainResult {
    match conclusion {
        Conclusion::Passed => ChainResult::Valid,
        Conclusion::Indeterminate => ChainResult::Indeterminate,
        Conclusion::Failed => ChainResult::Invalid,
    }
}

/// An identifier with its name.
pub(super) fn named(oid: &str) -> NamedOid {
    NamedOid { oid: oid.to_owned(), name: cartorio_asn1::oid_name(oid).map(|found| found.name.to_owned()) }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The instant that is asked for: an RFC 3339 time, or a date, which stands for the end of that day in UTC; else `now`.
///
/// # Errors
/// `heap_bad_instant` for anything else.
pub(super) fn instant(requirements: &Requirements, now: OffsetDateTime) -> OfficeResult<OffsetDateTime> {
    let Some(text) = &requirements.at else { return Ok(now) };
    let bad = || HeapError::BadInstant { value: text.chars().take(64).collect() };
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(at.to_offset(UtcOffset::UTC));
    }
    let format = time::macros::format_description!("[year]-[month]-[day]");
    let day = Date::parse(text, format).map_err(|_| bad())?;
    let end = Time::from_hms(23, 59, 59).map_err(|_| bad())?;
    Ok(day.with_time(end).assume_utc())
}

/// The requirements as the engine takes them.
///
/// # Errors
/// `heap_bad_policy` for a policy that is no object identifier.
fn wanted(requirements: &Requirements) -> OfficeResult<chain::Requirements> {
    if let Some(bad) = requirements.policies.iter().find(|policy| !is_oid(policy)) {
        return Err(HeapError::BadPolicy { value: bad.chars().take(64).collect() }.into());
    }
    Ok(chain::Requirements {
        policies: requirements.policies.clone(),
        explicit_policy: requirements.explicit_policy,
        inhibit_any_policy: requirements.inhibit_any_policy,
        inhibit_policy_mapping: requirements.inhibit_policy_mapping,
        revocation: match requirements.revocation {
            RevocationMode::Require => chain::RevocationMode::Require,
            RevocationMode::Prefer => chain::RevocationMode::Prefer,
            RevocationMode::Off => chain::RevocationMode::Off,
        },
        purpose: match requirements.purpose {
            PurposeView::Any => chain::Purpose::Any,
            PurposeView::DocumentSigning => chain::Purpose::DocumentSigning,
            PurposeView::Timestamping => chain::Purpose::Timestamping,
            PurposeView::TlsServer => chain::Purpose::TlsServer,
            PurposeView::TlsClient => chain::Purpose::TlsClient,
            PurposeView::OcspSigning => chain::Purpose::OcspSigning,
        },
        ..chain::Requirements::default()
    })
}

/// Whether a text is a dotted object identifier (X.660): first arc 0 to 2, second below 40 unless the first is 2.
fn is_oid(text: &str) -> bool {
    let arcs: Vec<&str> = text.split('.').collect();
    let number = |arc: &&str| {
        !arc.is_empty()
            && arc.len() <= 39
            && arc.bytes().all(|b| b.is_ascii_digit())
            && (arc.len() == 1 || !arc.starts_with('0'))
    };
    arcs.len() >= 2
        && text.len() <= 128
        && arcs.iter().all(number)
        && match arcs[0] {
            "0" | "1" => arcs[1].len() <= 2 && arcs[1].parse::<u8>().is_ok_and(|arc| arc < 40),
            "2" => true,
            _ => false,
        }
}

/// Certificates of the best path of a target of the heap, as of now, for showing chains side by side.
pub(super) fn best_path(trial: &Trial) -> Vec<Certificate> {
    let report = trial.evidence.reviewer().review_with(&trial.target, trial.at, &trial.wanted);
    report.best().map(Path::certificates).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn an_instant_is_a_time_or_the_end_of_a_day() {
        let now = datetime!(2026-11-22 10:00 UTC);
        let at = |text: Option<&str>| {
            instant(&Requirements { at: text.map(str::to_owned), ..Requirements::default() }, now).ok()
        };
        assert_eq!(at(None), Some(now));
        assert_eq!(at(Some("2014-03-01T12:00:00-03:00")), Some(datetime!(2014-03-01 15:00 UTC)));
        assert_eq!(at(Some("2014-03-01")), Some(datetime!(2014-03-01 23:59:59 UTC)));
        for bad in ["", "ontem", "2014-02-30", "01/03/2014", "2014-03-01T12:00:00", "2014-03-01 ", "1393632000"] {
            assert_eq!(at(Some(bad)), None, "{bad}");
        }
    }

    #[test]
    fn policies_are_object_identifiers() {
        for good in ["2.16.76.1.2.1.12", "1.3.6.1", "2.999"] {
            assert!(is_oid(good), "{good}");
        }
        for bad in ["", "1", "3.1", "1.40", "1..2", "1.2.", "1.02", "a.b", "2.16.76.1.2.1.x"] {
            assert!(!is_oid(bad), "{bad}");
        }
    }
}
