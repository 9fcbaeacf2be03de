//! The bottom line of one signature from its axes, with the sub-indications of EN 319 102-1.

use cartorio_ades::cms::algorithm::SignatureId;
use cartorio_ades::validate::pdf::{Coverage as PdfCoverage, PdfSignature};
use cartorio_core::WireError;
use cartorio_policy::preflight::code as policy;
use cartorio_pki::chain::{Path as ChainPath, Problem, Revocation, Weight};
use time::OffsetDateTime;

use crate::dto::{
    Authenticity, Coverage, Integrity, LaterChange, LegalLabel, PolicyState, SignatureReport, VerifyResult,
};

/// Reason code: the signer's certificate is not for signing documents.
pub(super) const NOT_FOR_SIGNING: &str = "signer_not_for_signing";

/// Whether nothing is wrong with `path` but that nobody proves when it was signed (EN 319 102-1 §5.2.6, *_NO_POE): the
/// certificate has expired or was revoked since, and the signer claims a time before that.
pub(super) fn only_time_is_missing(path: &ChainPath, claimed: Option<OffsetDateTime>) -> bool {
    let expired_later = |problem: &Problem| match problem {
        Problem::Expired { not_after } => claimed.is_none_or(|at| at <= *not_after),
        problem => problem.weight() < Weight::Error,
    };
    let revoked_later = |revocation: &Revocation| match revocation {
        Revocation::Revoked { at, .. } => claimed.is_none_or(|claimed| claimed < *at),
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

/// Bottom line of one signature, from its axes.
pub(super) fn conclude(report: &mut SignatureReport) {
    let sub = |code: &str| report.reasons.iter().any(|reason| reason == code);
    let (result, indication) = match (report.integrity, report.authenticity, report.later_change) {
        (Integrity::Broken, _, _) if sub("content_changed") => (VerifyResult::Failed, Some("HASH_FAILURE")),
        (Integrity::Broken, _, _) => (VerifyResult::Failed, Some("SIG_CRYPTO_FAILURE")),
        (_, _, LaterChange::Suspicious) => (VerifyResult::Failed, Some("FORMAT_FAILURE")),
        (_, Authenticity::Untrusted, _) if sub("revoked") => (VerifyResult::Failed, Some("REVOKED")),
        (_, Authenticity::Untrusted, _) if sub("expired") => (VerifyResult::Failed, Some("EXPIRED")),
        (_, Authenticity::Untrusted, _) => (VerifyResult::Failed, Some("CHAIN_CONSTRAINTS_FAILURE")),
        (Integrity::Unknown, _, _) => (VerifyResult::Indeterminate, Some("CRYPTO_CONSTRAINTS_FAILURE_NO_POE")),
        (_, Authenticity::Unknown, _) if sub("revoked") => (VerifyResult::Indeterminate, Some("REVOKED_NO_POE")),
        (_, Authenticity::Unknown, _) if sub("expired") => (VerifyResult::Indeterminate, Some("OUT_OF_BOUNDS_NO_POE")),
        (_, Authenticity::Unknown, _) if sub(NOT_FOR_SIGNING) => {
            (VerifyResult::Indeterminate, Some("CHAIN_CONSTRAINTS_FAILURE"))
        }
        (_, Authenticity::Unknown, _) if sub("no_revocation_evidence") || sub("revocation_stale") || sub("on_hold") => {
            (VerifyResult::Indeterminate, Some("TRY_LATER"))
        }
        (_, Authenticity::Unknown, _) => (VerifyResult::Indeterminate, Some("NO_CERTIFICATE_CHAIN_FOUND")),
        (Integrity::Ok, Authenticity::Trusted, LaterChange::Unknown) => (VerifyResult::Indeterminate, None),
        (Integrity::Ok, Authenticity::Trusted, LaterChange::None | LaterChange::Allowed) if report.breaks_policy() => {
            (VerifyResult::Indeterminate, Some("SIG_CONSTRAINTS_FAILURE"))
        }
        (Integrity::Ok, Authenticity::Trusted, LaterChange::None | LaterChange::Allowed) => (VerifyResult::Passed, None),
    };
    report.result = result;
    report.sub_indication = indication.map(str::to_owned);
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

pub(super) fn unreadable(signature: &PdfSignature, problem: WireError) -> SignatureReport {
    SignatureReport {
        field: Some(signature.field.clone()),
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
        PdfCoverage::EntireFile | PdfCoverage::EntireRevision { .. } | PdfCoverage::Partial { .. } => "byte_range_invalid",
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
