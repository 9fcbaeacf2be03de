//! Signatures in a PDF: the document time stamps around them, the evidence in its store, what later revisions changed.

use std::cell::Cell;

use cartorio_ades::cms::ber::Asn1Error;
use cartorio_ades::validate::changes::{self, History, Later, NotComparable};
use cartorio_ades::validate::cms::{ParseError, parse};
use cartorio_ades::validate::dss;
use cartorio_ades::validate::inside::{Evidence as Found, Expected};
use cartorio_ades::validate::pdf::{
    Coverage as PdfCoverage, DocMdpLevel, FieldLock, PdfSignature, PdfSignatureKind, signatures,
};
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_core::{HashAlgorithm, WireError};
use cartorio_pdf::PdfFile;
use cartorio_policy::Family;

use crate::OfficeResult;
use crate::certificates::Shown;
use crate::dto::{
    CertifyChoice, ChangeView, Coverage, Integrity, LaterChange, LockChoice, LockedFields, SignatureReport,
    VerifyReport,
};

use super::object::Objects;
use super::proof::{self, Judged, Known};
use super::verdict::{conclude, invalid_range, unreadable};
use super::{Around, MAX_COUNTERS, Purpose, Source, Verification};

/// The byte range of a signature cannot be read.
struct Unhashable;

/// A document time stamp that was judged.
struct DocumentStamp {
    /// Where what it covers ends.
    end: u64,
    judged: Judged,
    /// Whether evidence was in the document already.
    covers_evidence: bool,
}

impl Verification {
    pub(super) fn pdf(&self, shown: &Shown) -> OfficeResult<VerifyReport> {
        let file = self.entry.open_pdf()?;
        let found = signatures(&file)?;
        let mut known = Known::default();
        known.take(&dss::evidence(&file)?);
        for signature in found.iter().filter(|own| own.kind == PdfSignatureKind::DocumentTimestamp) {
            known.take(&Found::of_token(&signature.cms));
        }
        let stamps = self.document_stamps(&file, &found, &known);
        let history = changes::history(&file, &found);
        let mut objects = Objects::of(&file);
        let mut reports = Vec::with_capacity(found.len());
        for signature in &found {
            let mut own = match self.judge_field(signature, &known, &stamps, shown) {
                Ok(reports) => reports,
                Err(Unhashable) => vec![unreadable(Some(&signature.field), invalid_range(signature))],
            };
            for report in &mut own {
                self.pdf_facts(signature, &history, &mut objects, report);
            }
            reports.append(&mut own);
        }
        Ok(self.report(reports, None, false))
    }

    /// The document time stamps, the latest first: what a later one covers existed at its time.
    fn document_stamps(&self, file: &PdfFile, found: &[PdfSignature], known: &Known) -> Vec<DocumentStamp> {
        let reviewer = known.reviewer(&self.evidence);
        let mut out: Vec<DocumentStamp> = Vec::new();
        for signature in found.iter().rev().filter(|own| own.kind == PdfSignatureKind::DocumentTimestamp) {
            let Some(end) = signature.covered_end() else { continue };
            if matches!(signature.coverage, PdfCoverage::Partial { .. } | PdfCoverage::Invalid(_)) {
                continue;
            }
            let later = out.iter().filter(|own| own.end > end).filter_map(|own| own.judged.proves());
            let control = later.min().unwrap_or(self.at);
            let mut judged = proof::judge(&signature.cms, "document", control, &reviewer, |hash| {
                signature.digest(hash).map_or(Expected::NotKnown, Expected::Digest)
            });
            judged.is_archive = true;
            let covers_evidence = file.prefix(end).is_ok_and(|then| dss::has_store(&then));
            out.push(DocumentStamp { end, judged, covers_evidence });
        }
        out
    }

    /// Judges one signature field by the rules of its kind (ISO 32000-2 §12.8.3).
    fn judge_field(
        &self,
        signature: &PdfSignature,
        known: &Known,
        stamps: &[DocumentStamp],
        shown: &Shown,
    ) -> Result<Vec<SignatureReport>, Unhashable> {
        let data = match parse(&signature.cms) {
            Ok(data) => data,
            Err(error) => return Ok(vec![unreadable(Some(&signature.field), WireError::from(&error))]),
        };
        if signature.covered_end().is_none() || signature.digest(HashAlgorithm::Sha256).is_none() {
            return Err(Unhashable);
        }
        let end = signature.covered_end().unwrap_or(u64::MAX);
        let covering = || stamps.iter().rev().filter(|own| own.end > end);
        let sub_filter = signature.sub_filter.as_deref();
        if data.signers().len() == 0 {
            let nobody = ParseError::from(Asn1Error::Unexpected { what: "a signer", offset: 0 });
            return Ok(vec![unreadable(Some(&signature.field), WireError::from(&nobody))]);
        }
        let budget = Cell::new(MAX_COUNTERS);
        let mut around = Around {
            budget: &budget,
            claimed: signature.claimed_time,
            purpose: Purpose::Documents,
            family: Family::Pades,
            sub_filter,
            known: known.clone(),
            outer: covering().map(|own| own.judged.clone()).collect(),
            archived: covering().any(|own| own.covers_evidence && own.judged.is_intact()),
            depth: 0,
        };
        let mut digest = |hash| signature.digest(hash);
        if signature.kind == PdfSignatureKind::DocumentTimestamp {
            // The token signs a TSTInfo, and that holds the document's digest (RFC 3161 §2.4.2).
            let stamp = match TimeStamp::read(&data) {
                Ok(stamp) => stamp,
                Err(error) => return Ok(vec![unreadable(Some(&signature.field), WireError::from(&error))]),
            };
            let mut signer = stamp.signer.clone();
            (_, signer.integrity) = stamp.judge(|hash| signature.digest(hash).ok_or(Unhashable))?;
            around.claimed = Some(stamp.imprint.gen_time);
            around.purpose = Purpose::TimeStamps;
            let mut source = Source { digest: &mut digest, feed: None, inside: None, ber: false };
            return Ok(self.signers(&data, &around, &mut source, Some(&signer), shown));
        }
        let mut source = Source { digest: &mut digest, feed: None, inside: None, ber: false };
        let mut reports = self.signers(&data, &around, &mut source, None, shown);
        if !signs_byte_range(sub_filter) {
            // Older kinds sign something else than the byte range's digest: nothing here can call them broken.
            for report in &mut reports {
                report.integrity = Integrity::Unknown;
                report.reasons = vec!["unknown_algorithm".to_owned()];
            }
        }
        Ok(reports)
    }

    /// What the PDF around the CMS says.
    fn pdf_facts(
        &self,
        signature: &PdfSignature,
        history: &Result<History, NotComparable>,
        objects: &mut Objects<'_>,
        report: &mut SignatureReport,
    ) {
        report.field = Some(signature.field.clone());
        report.reason.clone_from(&signature.reason);
        report.location.clone_from(&signature.location);
        report.certifies = match signature.kind {
            PdfSignatureKind::Certification(level) => Some(certifies(level)),
            PdfSignatureKind::Approval | PdfSignatureKind::DocumentTimestamp => None,
        };
        report.locks = signature.limits().locks.iter().filter_map(locked).collect();
        if signature.kind == PdfSignatureKind::DocumentTimestamp {
            report.level = "PAdES document timestamp".to_owned();
        } else if let Some(family) = pdf_family(signature.sub_filter.as_deref()) {
            report.level = report.level.replacen("CAdES", family, 1);
        } else {
            report.level = other_pdf(signature.sub_filter.as_deref());
        }
        report.coverage = match signature.coverage {
            PdfCoverage::EntireFile => Coverage::EntireFile,
            PdfCoverage::EntireRevision { .. } => Coverage::EntireRevision,
            PdfCoverage::Partial { .. } => Coverage::Partial,
            PdfCoverage::Invalid(fault) => {
                report.reasons.push(fault.code().to_owned());
                report.integrity = Integrity::Broken;
                Coverage::Invalid
            }
        };
        report.later_change = match (signature.coverage, history) {
            (PdfCoverage::EntireFile, _) => LaterChange::None,
            (PdfCoverage::Partial { .. } | PdfCoverage::Invalid(_), _) => LaterChange::Suspicious,
            (PdfCoverage::EntireRevision { .. }, Ok(history)) => {
                let (later, found) = history.after(signature);
                report.changes =
                    found.into_iter().map(|(change, allowed)| change_view(change, allowed, objects)).collect();
                match later {
                    Later::Nothing => LaterChange::None,
                    Later::Allowed => LaterChange::Allowed,
                    Later::Suspicious => LaterChange::Suspicious,
                }
            }
            // Too much to compare, or not readable: nobody is told that it is harmless.
            (PdfCoverage::EntireRevision { .. }, Err(_)) => LaterChange::Unknown,
        };
        match (report.later_change, report.coverage) {
            (LaterChange::Unknown, _) => report.reasons.push("later_revisions_not_judged".to_owned()),
            (LaterChange::Suspicious, Coverage::EntireRevision) => {
                report.reasons.push("later_change_not_allowed".to_owned())
            }
            (LaterChange::Suspicious, _) => report.reasons.push("content_outside_signature".to_owned()),
            (LaterChange::None | LaterChange::Allowed, _) => {}
        }
        if signature.padding_used {
            report.reasons.push("padding_used".to_owned());
            report.later_change = LaterChange::Suspicious;
        }
        conclude(report);
    }
}

const fn certifies(level: DocMdpLevel) -> CertifyChoice {
    match level {
        DocMdpLevel::NoChanges => CertifyChoice::NoChanges,
        DocMdpLevel::FormFilling => CertifyChoice::FormFilling,
        DocMdpLevel::Annotations => CertifyChoice::Annotations,
    }
}

/// What a lock is called; nothing where it locks no field.
fn locked(lock: &FieldLock) -> Option<LockChoice> {
    let (which, fields) = match lock {
        FieldLock::All => (LockedFields::All, Vec::new()),
        FieldLock::Include(fields) if fields.is_empty() => return None,
        FieldLock::Include(fields) => (LockedFields::These, fields.clone()),
        FieldLock::Exclude(fields) if fields.is_empty() => (LockedFields::All, Vec::new()),
        FieldLock::Exclude(fields) => (LockedFields::AllBut, fields.clone()),
    };
    Some(LockChoice { which, fields })
}

/// What a signature of this `/SubFilter` is called, where it can have a level (EN 319 142-1 §6.3).
pub(crate) fn pdf_family(sub_filter: Option<&str>) -> Option<&'static str> {
    match sub_filter.map(str::trim_end) {
        Some("ETSI.CAdES.detached") => Some("PAdES"),
        Some("PBAD.PAdES") => Some("PAdES (ICP-Brasil)"),
        Some(_) | None => None,
    }
}

/// What one of any other `/SubFilter` is called.
pub(crate) fn other_pdf(sub_filter: Option<&str>) -> String {
    format!("PDF ({})", sub_filter.unwrap_or("?"))
}

/// Whether a signature of this `/SubFilter` signs the digest of its byte range.
pub(crate) fn signs_byte_range(sub_filter: Option<&str>) -> bool {
    pdf_family(sub_filter).is_some() || sub_filter.map(str::trim_end) == Some("adbe.pkcs7.detached")
}

fn change_view(change: &changes::Change, allowed: bool, objects: &mut Objects<'_>) -> ChangeView {
    // A field may be called «12 0 R», too.
    let is_object = ["object_", "annotation_", "appearance_"].iter().any(|start| change.what.starts_with(start));
    let subject = change.subject.as_deref().filter(|_| is_object);
    let object = subject.and_then(|subject| objects.kind(subject, change.revision));
    let mut pages: Vec<u32> = change.pages.iter().filter_map(|page| u32::try_from(page + 1).ok()).collect();
    if pages.is_empty() {
        pages.extend(object.as_ref().and_then(|own| own.page));
    }
    ChangeView {
        revision: u32::try_from(change.revision).unwrap_or(u32::MAX),
        grade: change.grade.code().to_owned(),
        allowed,
        pages,
        what: change.what.to_owned(),
        subject: change.subject.clone(),
        kind: object.as_ref().map(|own| own.code.to_owned()),
        name: object.and_then(|own| own.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_without_names_is_none_or_of_everything() {
        let named = vec!["Valor".to_owned()];
        assert_eq!(locked(&FieldLock::Include(Vec::new())), None);
        for (lock, which, fields) in [
            (FieldLock::All, LockedFields::All, &Vec::new()),
            (FieldLock::Exclude(Vec::new()), LockedFields::All, &Vec::new()),
            (FieldLock::Include(named.clone()), LockedFields::These, &named),
            (FieldLock::Exclude(named.clone()), LockedFields::AllBut, &named),
        ] {
            assert_eq!(locked(&lock), Some(LockChoice { which, fields: fields.clone() }), "{lock:?}");
        }
    }
}
