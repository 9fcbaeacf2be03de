//! What issuers did against their own rules, in the language of the preferences. No verdict.

use std::sync::Arc;

use cartorio_lint::{Context, Finding, Role, Severity, lint as findings, lint_crl};
use cartorio_pki::{Certificate, Crl};
use time::OffsetDateTime;

use super::read::Content;
use super::{Heap, HeapError, Item, Snapshot, seat};
use crate::OfficeResult;
use crate::certificates::{holder_name, mask, mask_text};
use crate::dto::{LintFinding, Locale};
use crate::office::Office;
use crate::signing::blocking;

/// The findings on a certificate or list of the heap, as of now.
pub(crate) async fn lint(office: &Office, id: &str) -> OfficeResult<Vec<LintFinding>> {
    seat(office).await?;
    let (locale, now) = (office.locale()?, office.ports.clock.now());
    let (heap, id) = (Arc::clone(&office.heap), id.to_owned());
    blocking(move || {
        let snapshot = heap.snapshot();
        let found = of_item(&heap, &snapshot, snapshot.get(&id)?, now, locale);
        found.ok_or_else(|| HeapError::NotLinted.into())
    })
    .await?
}

/// The findings on an object, where it is one that is linted.
pub(super) fn of_item(
    heap: &Heap,
    snapshot: &Snapshot,
    item: &Item,
    now: OffsetDateTime,
    locale: Locale,
) -> Option<Vec<LintFinding>> {
    match &item.content {
        Content::Certificate(certificate) => {
            let linked = heap.linked();
            // The likeliest issuer is the one that the tree shows.
            let issuer = linked.parents.get(&item.id).and_then(|parent| snapshot.certificate(parent).ok());
            let issuer = issuer.or(certificate.is_self_issued().then_some(certificate));
            Some(of_certificate(certificate, issuer, None, now, locale))
        }
        Content::Crl(crl) => Some(of_crl(crl, now, locale)),
        _ => None,
    }
}

/// The findings on every certificate of a path, the lowest first.
pub(super) fn of_path(path: &[Certificate], at: OffsetDateTime, locale: Locale) -> Vec<LintFinding> {
    let mut all = Vec::new();
    for (depth, certificate) in path.iter().enumerate() {
        let issuer = path.get(depth + 1).or(certificate.is_self_issued().then_some(certificate));
        all.extend(of_certificate(certificate, issuer, u32::try_from(depth).ok(), at, locale));
    }
    all
}

fn of_certificate(
    certificate: &Certificate,
    issuer: Option<&Certificate>,
    depth: Option<u32>,
    at: OffsetDateTime,
    locale: Locale,
) -> Vec<LintFinding> {
    let context = Context { issuer, role: Role::of(certificate), at };
    let subject = holder_name(certificate);
    findings(certificate, &context)
        .iter()
        .map(|finding| LintFinding {
            detail: mask_text(&finding.detail, certificate),
            depth: depth.or(Some(0)),
            ..view(finding, subject.clone(), locale)
        })
        .collect()
}

/// The findings on a revocation list.
pub(super) fn of_crl(crl: &Crl, at: OffsetDateTime, locale: Locale) -> Vec<LintFinding> {
    lint_crl(crl, at).iter().map(|finding| view(finding, mask::name(&crl.issuer), locale)).collect()
}

fn view(finding: &Finding, subject: String, locale: Locale) -> LintFinding {
    let rule = finding.rule();
    LintFinding {
        code: finding.rule.to_owned(),
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
        }
        .to_owned(),
        clause: finding.clause.to_owned(),
        path: finding.path.clone(),
        title: rule
            .map(|rule| match locale {
                Locale::PtBr => rule.title_pt,
                Locale::En => rule.title_en,
            })
            .unwrap_or_default()
            .to_owned(),
        detail: mask::text(&finding.detail),
        depth: None,
        subject,
    }
}
