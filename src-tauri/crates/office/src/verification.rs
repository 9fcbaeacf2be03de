//! Validation of a signed document: facts from the formats, trust from the chain, one honest bottom line.

use std::fs::File;
use std::path::{Path, PathBuf};

use cartorio_ades::cms::algorithm::SignatureId;
use cartorio_ades::validate::cms::{CertificateKind, RevocationKind, parse};
use cartorio_ades::validate::pdf::{Coverage as PdfCoverage, PdfSignature, PdfSignatureKind, signatures};
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_ades::validate::{
    ClaimedTime, Integrity as CmsIntegrity, SignerReport, SigningCertificate, cms,
};
use cartorio_core::{Digest, HashAlgorithm, WireError};
use cartorio_pki::chain::{Conclusion, Path as ChainPath, Problem, Reviewer, Revocation, Weight};
use cartorio_pki::{Certificate, Crl, legal};
use time::OffsetDateTime;

use crate::certificates::{Evidence, Shown, bundle, holder_name, issuer_name, legal_view};
use crate::documents::{Entry, ReadFor, file_name};
use crate::dto::{
    Authenticity, Coverage, DocumentKind, Integrity, LaterChange, LegalLabel, PolicyState, SignatureReport, SignerView,
    VerifyReport, VerifyResult,
};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Everything that a validation is given. It reads files; call it away from the async threads.
pub(crate) struct Verification {
    pub(crate) entry: Entry,
    /// The content of a detached signature, when the user named it.
    pub(crate) content: Option<Entry>,
    pub(crate) evidence: Evidence,
    /// The instant at which it is judged.
    pub(crate) at: OffsetDateTime,
}

impl Verification {
    /// Judges the document.
    pub(crate) fn run(&self, shown: &Shown) -> OfficeResult<VerifyReport> {
        match self.entry.kind {
            DocumentKind::Pdf => self.pdf(shown),
            DocumentKind::Cms | DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other => {
                self.detached(shown)
            }
        }
    }

    fn pdf(&self, shown: &Shown) -> OfficeResult<VerifyReport> {
        let file = self.entry.open_pdf()?;
        let found = signatures(&file)?;
        let mut reports = Vec::with_capacity(found.len());
        for signature in &found {
            let mut own = match parse(&signature.cms) {
                Err(error) => vec![unreadable(signature, WireError::from(&error))],
                Ok(data) => match self.judge_field(signature, &data, shown) {
                    Ok(reports) => reports,
                    Err(Unhashable) => vec![unreadable(signature, invalid_range(signature))],
                },
            };
            for report in &mut own {
                self.pdf_facts(signature, report);
            }
            reports.append(&mut own);
        }
        Ok(self.report(reports, None, false))
    }

    /// Judges one signature field by the rules of its kind (ISO 32000-2 §12.8.3).
    fn judge_field(
        &self,
        signature: &PdfSignature,
        data: &cms::SignedDataView<'_>,
        shown: &Shown,
    ) -> Result<Vec<SignatureReport>, Unhashable> {
        let digest = |hash| signature.digest(hash).ok_or(Unhashable);
        if signature.kind == PdfSignatureKind::DocumentTimestamp {
            // The token signs a TSTInfo, and that holds the document's digest (RFC 3161 §2.4.2).
            let stamp = match TimeStamp::read(data) {
                Ok(stamp) => stamp,
                Err(error) => return Ok(vec![unreadable(signature, WireError::from(&error))]),
            };
            let mut signer = stamp.signer.clone();
            (_, signer.integrity) = stamp.judge(digest)?;
            return Ok(self.signers(data, &[signer], Some(stamp.imprint.gen_time), Purpose::TimeStamps, shown));
        }
        let signers = cms::verify_detached(data, digest)?;
        let mut reports = self.signers(data, &signers, signature.claimed_time, Purpose::Documents, shown);
        if !matches!(signature.sub_filter.as_deref(), Some("ETSI.CAdES.detached" | "adbe.pkcs7.detached")) {
            // Older kinds sign something else than the byte range's digest: nothing here can call them broken.
            for report in &mut reports {
                report.integrity = Integrity::Unknown;
                report.reasons = vec!["unknown_algorithm".to_owned()];
            }
        }
        Ok(reports)
    }

    fn detached(&self, shown: &Shown) -> OfficeResult<VerifyReport> {
        let bytes = self.entry.read(ReadFor::Signature)?;
        let der = unarmoured(&bytes);
        let data = parse(der.as_deref().unwrap_or(&bytes))
            .map_err(|error| OfficeError::Format(WireError::from(&error)))?;
        if let Some(signers) = cms::verify_enclosed(&data) {
            let mut reports = self.signers(&data, &signers, None, Purpose::Documents, shown);
            reports.iter_mut().for_each(conclude);
            return Ok(self.report(reports, None, false));
        }
        let content = match &self.content {
            Some(entry) => Some((entry.path.clone(), entry.name.clone())),
            None => sibling(&self.entry.path).map(|path| (path.clone(), file_name(&path))),
        };
        let Some((path, name)) = content else {
            return Ok(self.report(Vec::new(), None, true));
        };
        let digest = |hash| digest_of(&path, hash);
        let signers = cms::verify_detached(&data, digest)
            .map_err(|error| OfficeError::DocumentUnreadable { name: name.clone(), reason: error.to_string() })?;
        let mut reports = self.signers(&data, &signers, None, Purpose::Documents, shown);
        reports.iter_mut().for_each(conclude);
        Ok(self.report(reports, Some(name), false))
    }

    /// What the CMS itself says about each of its signers; `claimed` is the time in the document around it.
    fn signers(
        &self,
        data: &cms::SignedDataView<'_>,
        signers: &[SignerReport],
        claimed: Option<OffsetDateTime>,
        purpose: Purpose,
        shown: &Shown,
    ) -> Vec<SignatureReport> {
        let enclosed: Vec<Certificate> = data
            .certificates()
            .filter(|embedded| embedded.kind == CertificateKind::X509)
            .filter_map(|embedded| Certificate::from_der(embedded.der).ok())
            .collect();
        let crls: Vec<Crl> = data
            .revocation()
            .filter(|embedded| embedded.kind == RevocationKind::Crl)
            .filter_map(|embedded| Crl::from_der(embedded.der).ok())
            .collect();
        shown.remember(&enclosed);
        let reviewer = self.evidence.clone().with(&enclosed, &crls).reviewer();
        signers.iter().map(|signer| self.signer(signer, claimed, purpose, &enclosed, &reviewer)).collect()
    }

    fn signer(
        &self,
        signer: &SignerReport,
        claimed: Option<OffsetDateTime>,
        purpose: Purpose,
        enclosed: &[Certificate],
        reviewer: &Reviewer,
    ) -> SignatureReport {
        let claimed = claimed.or(match signer.claimed_time {
            ClaimedTime::At(at) => Some(at),
            ClaimedTime::Absent | ClaimedTime::Malformed => None,
        });
        let mut reasons = Vec::new();
        let integrity = match &signer.integrity {
            CmsIntegrity::Ok => Integrity::Ok,
            CmsIntegrity::Broken { reason } => {
                reasons.push(reason.code().to_owned());
                Integrity::Broken
            }
            CmsIntegrity::Undecidable { reason } => {
                reasons.push(reason.code().to_owned());
                Integrity::Unknown
            }
        };
        match signer.signing_certificate {
            SigningCertificate::Absent => reasons.push("signing_certificate_absent".to_owned()),
            SigningCertificate::Matches { .. }
            | SigningCertificate::Differs { .. }
            | SigningCertificate::Unchecked { .. }
            | SigningCertificate::Malformed { .. } => {}
        }
        let leaf = signer.certificate.as_ref().and_then(|found| Certificate::from_der(&found.der).ok());
        let mut authenticity = Authenticity::Unknown;
        let mut label = LegalLabel::Unknown;
        let mut chain = None;
        if let Some(leaf) = &leaf {
            let review = reviewer.review(leaf, self.at);
            let (conclusion, codes) = review.verdict();
            authenticity = match conclusion {
                Conclusion::Passed => Authenticity::Trusted,
                Conclusion::Indeterminate => Authenticity::Unknown,
                Conclusion::Failed if review.best().is_some_and(|path| only_time_is_missing(path, claimed)) => {
                    Authenticity::Unknown
                }
                Conclusion::Failed => Authenticity::Untrusted,
            };
            reasons.extend(codes.into_iter().map(str::to_owned));
            let fit = match purpose {
                Purpose::Documents => leaf.allows_document_signing(),
                // id-kp-timeStamping, and nothing else (RFC 3161 §2.3).
                Purpose::TimeStamps => matches!(&leaf.extended_key_usage[..], [one] if one.oid == "1.3.6.1.5.5.7.3.8"),
            };
            if leaf.is_ca() || !fit {
                // A web server's certificate proves a server, not a person's will.
                reasons.push(NOT_FOR_SIGNING.to_owned());
                if authenticity == Authenticity::Trusted {
                    authenticity = Authenticity::Unknown;
                }
            }
            if let Some(path) = review.best() {
                label = legal_view(legal::legal_label(path).label);
                let mut certificates = path.certificates();
                certificates.extend(enclosed.iter().filter(|own| !path.certificates().contains(own)).cloned());
                chain = Some(bundle(holder_name(leaf), &certificates, Vec::new(), reviewer, self.at));
            }
        }
        SignatureReport {
            field: None,
            integrity,
            authenticity,
            policy: PolicyState::None,
            later_change: LaterChange::None,
            coverage: Coverage::Content,
            result: VerifyResult::Indeterminate,
            sub_indication: None,
            reasons,
            level: level(signer).to_owned(),
            algorithm: Some(algorithm_name(&signer.signature_algorithm)),
            signer: leaf.as_ref().map(|leaf| SignerView {
                name: holder_name(leaf),
                masked_cpf: leaf.identity.cpf.as_ref().map(cartorio_pki::Cpf::masked),
                issuer: issuer_name(leaf),
                certificate_sha256: leaf.fingerprint(),
            }),
            claimed_time: claimed.map(rfc3339),
            reason: None,
            location: None,
            proven_time: None,
            time_stamps: Vec::new(),
            policy_claim: None,
            commitments: Vec::new(),
            extend_before: None,
            changes: Vec::new(),
            counter_signatures: Vec::new(),
            legal: label,
            certificates: chain,
            problem: None,
        }
    }

    /// What the PDF around the CMS says.
    fn pdf_facts(&self, signature: &PdfSignature, report: &mut SignatureReport) {
        report.field = Some(signature.field.clone());
        report.reason.clone_from(&signature.reason);
        report.location.clone_from(&signature.location);
        let document_timestamp = signature.kind == PdfSignatureKind::DocumentTimestamp;
        if document_timestamp {
            report.level = "PAdES document timestamp".to_owned();
        } else if report.level.starts_with("CAdES") && signature.sub_filter.as_deref() == Some("ETSI.CAdES.detached") {
            report.level = report.level.replacen("CAdES", "PAdES", 1);
        } else if signature.sub_filter.as_deref() != Some("ETSI.CAdES.detached") {
            report.level = format!("PDF ({})", signature.sub_filter.as_deref().unwrap_or("?"));
        }
        let (coverage, later) = match signature.coverage {
            PdfCoverage::EntireFile => (Coverage::EntireFile, LaterChange::None),
            // What a later revision changed is not judged yet; nobody is told that it is harmless.
            PdfCoverage::EntireRevision { .. } => (Coverage::EntireRevision, LaterChange::Unknown),
            PdfCoverage::Partial { .. } => (Coverage::Partial, LaterChange::Suspicious),
            PdfCoverage::Invalid(fault) => {
                report.reasons.push(fault.code().to_owned());
                report.integrity = Integrity::Broken;
                (Coverage::Invalid, LaterChange::Suspicious)
            }
        };
        report.coverage = coverage;
        report.later_change = later;
        match later {
            LaterChange::Unknown => report.reasons.push("later_revisions_not_judged".to_owned()),
            LaterChange::Suspicious => report.reasons.push("content_outside_signature".to_owned()),
            LaterChange::None | LaterChange::Allowed => {}
        }
        if signature.padding_used {
            report.reasons.push("padding_used".to_owned());
            report.later_change = LaterChange::Suspicious;
        }
        conclude(report);
    }

    fn report(&self, signatures: Vec<SignatureReport>, content: Option<String>, content_needed: bool) -> VerifyReport {
        let result = if content_needed {
            VerifyResult::Indeterminate
        } else {
            // Of several signatures the worst one decides, as ETSI EN 319 102-1 has it for the bottom line.
            signatures.iter().map(|report| report.result).max_by_key(|result| severity(*result)).unwrap_or(VerifyResult::Unsigned)
        };
        VerifyReport {
            result,
            document: self.entry.name.clone(),
            content,
            content_needed,
            judged_at: rfc3339(self.at),
            signatures,
            audit_seq: None,
        }
    }
}

/// Reason code: the signer's certificate is not for signing documents.
const NOT_FOR_SIGNING: &str = "signer_not_for_signing";

/// Whether nothing is wrong with `path` but that nobody proves when it was signed (EN 319 102-1 §5.2.6, *_NO_POE): the
/// certificate has expired or was revoked since, and the signer claims a time before that.
fn only_time_is_missing(path: &ChainPath, claimed: Option<OffsetDateTime>) -> bool {
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
fn conclude(report: &mut SignatureReport) {
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
        (Integrity::Ok, Authenticity::Trusted, LaterChange::None | LaterChange::Allowed) => (VerifyResult::Passed, None),
    };
    report.result = result;
    report.sub_indication = indication.map(str::to_owned);
}

const fn severity(result: VerifyResult) -> u8 {
    match result {
        VerifyResult::Passed => 0,
        VerifyResult::Unsigned => 1,
        VerifyResult::Indeterminate => 2,
        VerifyResult::Failed => 3,
    }
}

/// What a signature is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    /// A person's will.
    Documents,
    /// A time.
    TimeStamps,
}

/// The byte range of a signature cannot be read.
struct Unhashable;

/// A timestamp inside is reported, not judged yet: the level is what is sure.
const fn level(signer: &SignerReport) -> &'static str {
    match signer.signing_certificate {
        SigningCertificate::Absent => "CMS",
        SigningCertificate::Matches { .. }
        | SigningCertificate::Differs { .. }
        | SigningCertificate::Unchecked { .. }
        | SigningCertificate::Malformed { .. } => "CAdES B-B",
    }
}

fn algorithm_name(id: &SignatureId) -> String {
    match id {
        SignatureId::Known(algorithm) => algorithm.to_string(),
        SignatureId::Weak(name) => (*name).to_owned(),
        SignatureId::Unknown(oid) => oid.to_string(),
    }
}

fn unreadable(signature: &PdfSignature, problem: WireError) -> SignatureReport {
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

fn invalid_range(signature: &PdfSignature) -> WireError {
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

fn digest_of(path: &Path, hash: HashAlgorithm) -> std::io::Result<Digest> {
    Digest::of_reader(hash, File::open(path)?)
}

/// The content that a detached signature usually stands beside: its own name without `.p7s`.
pub(crate) fn sibling(path: &Path) -> Option<PathBuf> {
    let name = file_name(path);
    let stem = name.strip_suffix(".p7s").or_else(|| name.strip_suffix(".P7S"))?;
    let exact = path.with_file_name(stem);
    if exact.is_file() {
        return Some(exact);
    }
    // `contrato.pdf-2.p7s`: a second signature of `contrato.pdf`.
    let (base, number) = stem.rsplit_once('-')?;
    let numbered = path.with_file_name(base);
    (number.bytes().all(|byte| byte.is_ascii_digit()) && numbered.is_file()).then_some(numbered)
}

/// DER out of a PEM armour; `None` when there is none.
pub(crate) fn unarmoured(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let start = text.find("-----BEGIN ")?;
    let (_, der) = der::pem::decode_vec(text.get(start..)?.trim_end().as_bytes()).ok()?;
    Some(der)
}

