//! The inspection report of an object: on paper, as a page, as data. All three are one model.

use std::sync::Arc;

use cartorio_registry::Act;

use super::export::{NamedFile, file_stem};
use super::read::Content;
use super::review::Trial;
use super::{detail, evidence, lint, paper, seat};
use crate::OfficeResult;
use crate::certificates::sha256;
use crate::dto::{Environment, HeapReport, ReportFormat, SaveResult};
use crate::office::Office;
use crate::session::Facts;
use crate::signing::blocking;
use crate::words::Words;

/// Writes a report where a person chooses.
pub(crate) async fn save(office: &Office, request: &HeapReport) -> OfficeResult<SaveResult> {
    let file = file(office, request).await?;
    let dialog = Words::of(office)?.save_report(format!("{}.{}", file.name, file.extension), file.extension);
    office.save(dialog, file.bytes).await
}

/// The report as a file; in an office that is put on record.
pub(super) async fn file(office: &Office, request: &HeapReport) -> OfficeResult<NamedFile> {
    let session = seat(office).await?;
    let item = Arc::clone(office.heap.snapshot().get(&request.id)?);
    let now = office.ports.clock.now();
    let locale = office.locale()?;
    let at = super::review::instant(&request.requirements, now)?;
    let trial = match &item.content {
        Content::Certificate(_) => {
            let own = evidence(office).await?;
            let (heap, request) = (Arc::clone(&office.heap), request.clone());
            let trial = move || Trial::on_heap(&heap.snapshot(), &request.id, &request.requirements, own, now);
            Some(blocking(trial).await??)
        }
        _ => None,
    };
    let detail = detail::detail(office, &request.id).await?;
    let office_name = session.as_ref().map(|session| session.office_name.clone());
    let demonstration = session.as_ref().is_some_and(|session| session.environment == Environment::Demo);
    let (requirements, format) = (request.requirements.clone(), request.format);
    let own = Arc::clone(&item);
    let work = async || {
        blocking(move || {
            let review = trial.as_ref().map(|trial| trial.review(locale));
            let lint = match &own.content {
                Content::Crl(crl) => lint::of_crl(crl, at, locale),
                _ => review.as_ref().map(|review| review.lint.clone()).unwrap_or_default(),
            };
            let page = paper::page(&paper::Dossier {
                detail: &detail,
                review: review.as_ref(),
                lint: &lint,
                requirements: &requirements,
                office: office_name.as_deref(),
                demonstration,
                now,
                locale,
            });
            let (extension, bytes) = match format {
                ReportFormat::Pdf => ("pdf", page.to_pdf()?),
                ReportFormat::Html => ("html", page.to_html()?.into_bytes()),
                ReportFormat::Json => ("json", page.to_json()?.into_bytes()),
            };
            Ok(NamedFile { name: format!("relatorio-{}", file_stem(&own)), extension, bytes })
        })
        .await?
    };
    let Some(session) = session.as_deref() else {
        return work().await;
    };
    let facts = match item.content.certificate() {
        Some(certificate) => Facts::certificate(&certificate.fingerprint()),
        None => Facts::default().with("sha256", item.sha256.clone()),
    };
    let facts = facts.with(
        "report",
        match request.format {
            ReportFormat::Pdf => "pdf",
            ReportFormat::Html => "html",
            ReportFormat::Json => "json",
        },
    );
    let begun = session.begin_look(Act::CertificateInspected, facts).await?;
    let result: OfficeResult<NamedFile> = work().await;
    if let Some(begun) = begun {
        let found = match &result {
            Ok(file) => Facts::default().with("report_sha256", sha256(&file.bytes)),
            Err(_) => Facts::default(),
        };
        begun.end(&result, found).await?;
    }
    result
}
