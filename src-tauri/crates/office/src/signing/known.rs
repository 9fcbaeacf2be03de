//! What trail and journal know of documents that were signed before this job.

use cartorio_registry::{AuditRecord, BatchItem, BatchItemState, Outcome, Phase};

use super::journal;
use crate::OfficeResult;
use crate::dto::{Receipt, SignFormat, SignLevel, UnprovenSigner};
use crate::session::Session;
use crate::times::rfc3339;

/// What is on record of one document of a batch.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) format: Option<SignFormat>,
    /// The level that was reached; of a document that failed, the one that was asked for.
    pub(super) level: Option<SignLevel>,
    /// Number of the newest record.
    pub(super) audit_seq: Option<u64>,
    /// Of a document that is signed.
    pub(super) receipt: Option<Receipt>,
}

impl Known {
    /// Looks a document up.
    pub(super) async fn of(session: &Session, item: &BatchItem) -> OfficeResult<Self> {
        let Some(correlation) = item.correlation else { return Ok(Self::default()) };
        let records = session.registry.records_of(correlation).await?;
        let Some(last) = records.last() else { return Ok(Self::default()) };
        let is_done =
            item.state == BatchItemState::Done && last.entry.phase == (Phase::Result { outcome: Outcome::Succeeded });
        let signed_at = match (&item.output_sha256, is_done) {
            (Some(sha256), true) => {
                let rows = session.registry.signed_documents_by_output(sha256).await?;
                rows.into_iter().find(|own| own.name == item.name).map(|own| rfc3339(own.signed_at))
            }
            (_, _) => None,
        };
        let receipt = is_done.then(|| receipt(item, last, signed_at)).flatten();
        Ok(Self {
            format: said(last, "format").and_then(format_of),
            level: receipt.as_ref().map(|own| own.level).or_else(|| said(last, "level").and_then(level_of)),
            audit_seq: Some(last.seq),
            receipt,
        })
    }
}

/// The receipt, as far as the record has it.
fn receipt(item: &BatchItem, record: &AuditRecord, signed_at: Option<String>) -> Option<Receipt> {
    let entry = &record.entry;
    Some(Receipt {
        signed_at: signed_at.unwrap_or_else(|| rfc3339(entry.at)),
        format: said(record, "format").and_then(format_of)?,
        // A record that does not say what was reached vouches for no more than the signature.
        level: said(record, "level_reached").and_then(level_of).unwrap_or_default(),
        lowered: said(record, "lowered").map(|code| match item.error.as_ref().filter(|own| own.code == code) {
            Some(error) => journal::told_again(error, &item.name),
            None => journal::told(code, &item.name),
        }),
        not_ades: said(record, "not_ades").map(str::to_owned),
        policy: said(record, "policy").map(str::to_owned),
        time_stamps: said(record, "time_stamps")
            .map(|all| all.split(' ').map(str::to_owned).collect())
            .unwrap_or_default(),
        authorities: list_of(record, "authorities"),
        passed_over: list_of(record, "authorities_passed_over"),
        unproven: said(record, "unproven").map(UnprovenSigner::of_notes).unwrap_or_default(),
        // An extension asks no key.
        key_uses: said(record, "key_uses")
            .and_then(|uses| uses.parse().ok())
            .unwrap_or(u32::from(entry.key_ref.is_some())),
        input_sha256: entry.document.as_ref().map(|own| own.sha256.clone()).or_else(|| item.sha256.clone())?,
        output_sha256: said(record, "output_sha256").map(str::to_owned).or_else(|| item.output_sha256.clone())?,
        key_id: entry.key_id.clone().or_else(|| entry.key_ref.clone()).unwrap_or_default(),
        algorithm: entry.algorithm.clone().unwrap_or_default(),
        certificate_sha256: entry.certificate_sha256.clone().unwrap_or_default(),
        request_id: entry.request_id.clone(),
        audit_seq: record.seq,
    })
}

/// What [`Reached::notes`](super::levels::Reached::notes) joined.
fn list_of(record: &AuditRecord, name: &str) -> Vec<String> {
    said(record, name).map(|all| all.split("; ").map(str::to_owned).collect()).unwrap_or_default()
}

fn said<'a>(record: &'a AuditRecord, name: &str) -> Option<&'a str> {
    record.entry.detail.get(name).map(String::as_str)
}

/// As [`super::engine::format_name`] says it.
fn format_of(name: &str) -> Option<SignFormat> {
    [SignFormat::Pades, SignFormat::CadesDetached, SignFormat::CadesEnveloping, SignFormat::Raw]
        .into_iter()
        .find(|format| super::engine::format_name(*format) == name)
}

/// As [`super::engine::level_name`] says it.
fn level_of(name: &str) -> Option<SignLevel> {
    [SignLevel::BB, SignLevel::BT, SignLevel::BLt, SignLevel::BLta]
        .into_iter()
        .find(|level| super::engine::level_name(*level) == name)
}
