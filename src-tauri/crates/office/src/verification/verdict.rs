//! The bottom line of one signature from its axes, with the sub-indications of EN 319 102-1.

use cartorio_ades::cms::algorithm::SignatureId;
use cartorio_ades::validate::pdf::{Coverage as PdfCoverage, PdfSignature};
use cartorio_core::WireError;
use cartorio_pki::chain::{ChainReport, Conclusion, Path as ChainPath, PathEnd, Problem, Revocation, Weight};
use cartorio_policy::preflight::code as policy;
use time::OffsetDateTime;

use crate::dto::{
    Authenticity, Coverage, Integrity, LaterChange, LegalLabel, PolicyState, SignatureReport, VerifyResult,
};

/// Reason code: the signer's certificate is not for signing documents.
pub(super) const NOT_FOR_SIGNING: &str = "signer_not_for_signing";

/// What a chain makes of a signer, in the words of EN 319 102-1 §5.2.6 and §5.6: the sub-indication, unless it is trusted.
/// `proven`: when the signature is proven to have existed. `after`: an instant after which it was made, by a time stamp over
/// its content that holds.
///
/// A revocation or an end before the proof condemns nobody: the proof does not say that it was made after them (§5.5.4).
pub(super) fn standing(
    review: &ChainReport,
    proven: Option<OffsetDateTime>,
    after: Option<OffsetDateTime>,
) -> (Authenticity, Option<&'static str>) {
    let unknown = |code| (Authenticity::Unknown, Some(code));
    let untrusted = |code| (Authenticity::Untrusted, Some(code));
    let (conclusion, codes) = review.verdict();
    let Some(path) = review.best() else { return unknown("NO_CERTIFICATE_CHAIN_FOUND") };
    if conclusion == Conclusion::Passed {
        return (Authenticity::Trusted, None);
    }
    if path.end != PathEnd::Anchor {
        let wrong = path.problems().any(|problem| *problem == Problem::SignatureWrong);
        return if wrong { untrusted("CHAIN_CONSTRAINTS_FAILURE") } else { unknown("NO_CERTIFICATE_CHAIN_FOUND") };
    }
    if codes.contains(&"path_search_truncated") {
        return unknown("NO_CERTIFICATE_CHAIN_FOUND");
    }
    let about_time = |problem: &Problem| matches!(problem, Problem::Expired { .. } | Problem::NotYetValid { .. });
    if path.problems().any(|problem| problem.weight() == Weight::Error && !about_time(problem)) {
        return untrusted("CHAIN_CONSTRAINTS_FAILURE");
    }
    let Some((leaf, above)) = path.steps.split_first() else { return unknown("NO_CERTIFICATE_CHAIN_FOUND") };
    if above.iter().any(|step| matches!(step.revocation, Revocation::Revoked { .. })) {
        return unknown("REVOKED_CA_NO_POE");
    }
    if let Revocation::Revoked { at, .. } = leaf.revocation {
        return if after.is_some_and(|made| made >= at) { untrusted("REVOKED") } else { unknown("REVOKED_NO_POE") };
    }
    for problem in &leaf.problems {
        match problem {
            Problem::Expired { not_after } if after.is_some_and(|made| made > *not_after) => {
                return untrusted("EXPIRED");
            }
            Problem::NotYetValid { .. } if proven.is_some() => return untrusted("NOT_YET_VALID"),
            _ => {}
        }
    }
    if path.problems().any(about_time) {
        return unknown("OUT_OF_BOUNDS_NO_POE");
    }
    let weak = |problem: &Problem| matches!(problem, Problem::WeakSignature { .. } | Problem::WeakKey { .. });
    let doubtful = |problem: &&Problem| problem.weight() == Weight::Indeterminate;
    match path.problems().find(doubtful) {
        Some(problem) if weak(problem) => unknown("CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
        Some(_) => unknown("CERTIFICATE_CHAIN_GENERAL_FAILURE"),
        None => unknown("TRY_LATER"),
    }
}

/// Whether nothing is wrong with `path` but that nobody proves that a time stamp existed when it says (EN 319 102-1 §5.2.6,
/// *_NO_POE): the authority's certificate has expired or was revoked since.
pub(super) fn only_time_is_missing(path: &ChainPath, gen_time: OffsetDateTime) -> bool {
    let expired_later = |problem: &Problem| match problem {
        Problem::Expired { not_after } => gen_time <= *not_after,
        problem => problem.weight() < Weight::Error,
    };
    let revoked_later = |revocation: &Revocation| match revocation {
        Revocation::Revoked { at, .. } => gen_time < *at,
        Revocation::NotNeeded
        | Revocation::NotChecked
        | Revocation::Good { .. }
        | Revocation::OnHold { .. }
        | Revocation::RevokedLater { .. }
        | Revocation::Stale { .. }
        | Revocation::NoEvidence { .. } => true,
    };
    path.steps.iter().all(|step| step.problems.iter().all(expired_later) && revoked_later(&step.revocation))
}

/// Bottom line of one signature, from its axes. What it has of a sub-indication is that of its chain ([`standing`]).
pub(super) fn conclude(report: &mut SignatureReport) {
    if report.problem.is_some() {
        return;
    }
    let chain = report.sub_indication.take();
    let of_chain = |else_code: &str| Some(chain.unwrap_or_else(|| else_code.to_owned()));
    let code = |code: &str| Some(code.to_owned());
    let sub = |code: &str| report.reasons.iter().any(|reason| reason == code);
    let (result, indication) = match (report.integrity, report.authenticity, report.later_change) {
        (Integrity::Broken, _, _) if sub("content_changed") => (VerifyResult::Failed, code("HASH_FAILURE")),
        (Integrity::Broken, _, _) => (VerifyResult::Failed, code("SIG_CRYPTO_FAILURE")),
        (_, _, LaterChange::Suspicious) => (VerifyResult::Failed, code("FORMAT_FAILURE")),
        (_, Authenticity::Untrusted, _) => (VerifyResult::Failed, of_chain("CHAIN_CONSTRAINTS_FAILURE")),
        (Integrity::Unknown, _, _) if sub("certificate_missing") => {
            (VerifyResult::Indeterminate, code("NO_SIGNING_CERTIFICATE_FOUND"))
        }
        (Integrity::Unknown, _, _) => (VerifyResult::Indeterminate, code("CRYPTO_CONSTRAINTS_FAILURE_NO_POE")),
        (_, Authenticity::Unknown, _) => (VerifyResult::Indeterminate, of_chain("NO_CERTIFICATE_CHAIN_FOUND")),
        (Integrity::Ok, Authenticity::Trusted, LaterChange::Unknown) => (VerifyResult::Indeterminate, None),
        (Integrity::Ok, Authenticity::Trusted, LaterChange::None | LaterChange::Allowed) if report.breaks_policy() => {
            (VerifyResult::Indeterminate, code("SIG_CONSTRAINTS_FAILURE"))
        }
        (Integrity::Ok, Authenticity::Trusted, LaterChange::None | LaterChange::Allowed) => {
            (VerifyResult::Passed, None)
        }
    };
    report.result = result;
    report.sub_indication = indication;
}

/// The result of a signature with those over it: the worst one.
pub(super) fn worst(report: &SignatureReport) -> VerifyResult {
    let over = report.counter_signatures.iter().map(worst);
    over.chain([report.result]).max_by_key(|result| severity(*result)).unwrap_or(report.result)
}

pub(super) const fn severity(result: VerifyResult) -> u8 {
    match result {
        VerifyResult::Passed => 0,
        VerifyResult::Unsigned => 1,
        VerifyResult::Indeterminate => 2,
        VerifyResult::Failed => 3,
    }
}

pub(super) fn algorithm_name(id: &SignatureId) -> String {
    match id {
        SignatureId::Known(algorithm) => algorithm.to_string(),
        SignatureId::Weak(name) => (*name).to_owned(),
        SignatureId::Unknown(oid) => oid.to_string(),
    }
}

/// A signature of which nothing but `problem` can be told, in this field of a PDF.
pub(super) fn unreadable(field: Option<&str>, problem: WireError) -> SignatureReport {
    SignatureReport {
        field: field.map(str::to_owned),
        integrity: Integrity::Broken,
        authenticity: Authenticity::Unknown,
        policy: PolicyState::None,
        later_change: LaterChange::None,
        coverage: Coverage::Invalid,
        result: VerifyResult::Failed,
        sub_indication: Some("FORMAT_FAILURE".to_owned()),
        reasons: vec![problem.code.clone()],
        level: "PDF".to_owned(),
        algorithm: None,
        signer: None,
        claimed_time: None,
        reason: None,
        location: None,
        proven_time: None,
        time_stamps: Vec::new(),
        policy_claim: None,
        commitments: Vec::new(),
        content_hint: None,
        mime_type: None,
        certifies: None,
        locks: Vec::new(),
        extend_before: None,
        changes: Vec::new(),
        counter_signatures: Vec::new(),
        legal: LegalLabel::Unknown,
        certificates: None,
        problem: Some(problem),
    }
}

pub(super) fn invalid_range(signature: &PdfSignature) -> WireError {
    let code = match signature.coverage {
        PdfCoverage::Invalid(fault) => fault.code(),
        PdfCoverage::EntireFile | PdfCoverage::EntireRevision { .. } | PdfCoverage::Partial { .. } => {
            "byte_range_invalid"
        }
    };
    WireError {
        code: code.to_owned(),
        params: [("field".to_owned(), signature.field.clone())].into(),
        severity: cartorio_core::Severity::Error,
        retry: cartorio_core::Retry::Never,
        detail: format!("the byte range of {} cannot be used", signature.field),
    }
}

impl SignatureReport {
    /// Whether what it claims of a policy is wrong in the signature itself. Whom the policy trusts is another matter: the
    /// roots that are trusted here decide about the signer.
    fn breaks_policy(&self) -> bool {
        let about_trust = |code: &String| {
            [policy::ROOT_NOT_IN_POLICY, policy::CERTIFICATE_POLICY, policy::NOT_ICP_BRASIL].contains(&code.as_str())
        };
        self.policy == PolicyState::Violated
            && self.policy_claim.iter().flat_map(|claim| &claim.violations).any(|code| !about_trust(code))
    }
}

#[cfg(test)]
mod tests {
    use cartorio_keys::KeySpec;
    use cartorio_pki::RevokedCertificate;
    use cartorio_pki::chain;
    use cartorio_testkit::pki::{MiniPki, NOW};
    use time::Duration;

    use super::*;

    fn review(revoked: Option<OffsetDateTime>, at: OffsetDateTime) -> ChainReport {
        let pki = MiniPki::new(KeySpec::EcP256);
        let serial = pki.leaf().serial.clone();
        let entries = revoked.map(|at| RevokedCertificate { serial, at, reason: None }).into_iter().collect();
        let lists = [pki.crl(entries), pki.root_crl(Vec::new())];
        chain::review(pki.leaf(), &pki.chain, &[pki.anchor().clone()], &lists, at)
    }

    /// A time stamp over the content is the one thing that says that a signature was made after an instant.
    #[test]
    fn only_a_stamp_over_the_content_condemns_a_signer() {
        let (then, day) = (NOW - Duration::days(10), Duration::days(1));
        let revoked = review(Some(then), NOW);
        let open = (Authenticity::Unknown, Some("REVOKED_NO_POE"));
        let failed = |code| (Authenticity::Untrusted, Some(code));
        assert_eq!(standing(&revoked, None, None), open);
        assert_eq!(standing(&revoked, Some(then + day), None), open);
        assert_eq!(standing(&revoked, None, Some(then - day)), open);
        assert_eq!(standing(&revoked, None, Some(then)), failed("REVOKED"));
        assert_eq!(standing(&review(None, NOW), None, Some(then)), (Authenticity::Trusted, None));

        let end = NOW + Duration::days(365 * 4);
        let over = review(None, end);
        assert_eq!(standing(&over, None, None), (Authenticity::Unknown, Some("OUT_OF_BOUNDS_NO_POE")));
        assert_eq!(standing(&over, None, Some(end)), failed("EXPIRED"));
        let early = review(None, NOW - Duration::days(365));
        assert_eq!(standing(&early, None, None), (Authenticity::Unknown, Some("OUT_OF_BOUNDS_NO_POE")));
        assert_eq!(standing(&early, Some(NOW - Duration::days(365)), None), failed("NOT_YET_VALID"));
    }
}
