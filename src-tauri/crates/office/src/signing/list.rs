//! What became of the documents of a batch, as a table for a spreadsheet.

use std::path::Path;

use cartorio_core::WireError;
use cartorio_registry::{BatchItem, BatchItemState};

use super::engine::{format_name, level_name};
use super::journal;
use super::known::Known;
use crate::OfficeResult;
use crate::csv::{Cell, Csv};
use crate::dto::{BatchListSource, ItemState, JobItem, Locale, Permission};
use crate::office::Office;
use crate::texts;

/// A list of results as a file.
pub(crate) struct ListFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Writes the list of a job or of a journalled batch in that language.
///
/// # Errors
/// When the operator may not sign, or there is no such job or batch.
pub(crate) async fn file(office: &Office, source: &BatchListSource, locale: Locale) -> OfficeResult<ListFile> {
    let session = office.session().await?;
    session.require(Permission::Sign)?;
    let (rows, begun) = match source {
        BatchListSource::Job(id) => {
            let job = office.jobs.get(id)?.snapshot();
            let mut rows: Vec<Row> = job.items.iter().map(|item| Row::of_job(item, locale)).collect();
            let mut begun = None;
            if let Some(batch) = &job.batch {
                let batch = journal::batch(&session, batch).await?;
                begun = Some(batch.started_at);
                // What failed has no receipt, but is on record all the same.
                for (row, item) in rows.iter_mut().zip(session.registry.batch_items(batch.id).await?) {
                    if row.audit_seq.is_none() {
                        row.complete(&item, &Known::of(&session, &item).await?);
                    }
                }
            }
            (rows, begun)
        }
        BatchListSource::Batch(id) => {
            let batch = journal::batch(&session, id).await?;
            let mut rows = Vec::new();
            for item in session.registry.batch_items(batch.id).await? {
                let known = Known::of(&session, &item).await?;
                rows.push(Row::of_journal(&item, &known, locale));
            }
            (rows, Some(batch.started_at))
        }
    };
    let name = match locale {
        Locale::PtBr => "lote",
        Locale::En => "batch",
    };
    let date = begun.unwrap_or_else(|| session.clock.now()).date();
    Ok(ListFile { name: format!("{name}-{date}.csv"), bytes: table(&rows, locale).into_bytes() })
}

/// One document.
struct Row {
    name: String,
    format: String,
    level: String,
    state: ItemState,
    output: String,
    input_sha256: String,
    output_sha256: String,
    code: String,
    reason: String,
    audit_seq: Option<u64>,
}

impl Row {
    fn of_job(item: &JobItem, locale: Locale) -> Self {
        let receipt = item.receipt.as_ref();
        let path = |folder: &str, name: &str| Path::new(folder).join(name).display().to_string();
        Self {
            name: item.name.clone(),
            format: receipt.map(|own| format_name(own.format).to_owned()).unwrap_or_default(),
            level: receipt.map(|own| level_name(own.level).to_owned()).unwrap_or_default(),
            state: item.state,
            output: item.output.as_ref().map(|own| path(&own.folder, &own.name)).unwrap_or_default(),
            input_sha256: receipt.map(|own| own.input_sha256.clone()).unwrap_or_default(),
            output_sha256: receipt.map(|own| own.output_sha256.clone()).unwrap_or_default(),
            code: item.error.as_ref().map(|own| own.code.clone()).unwrap_or_default(),
            reason: item.error.as_ref().map(|own| reason(own, locale)).unwrap_or_default(),
            audit_seq: receipt.map(|own| own.audit_seq),
        }
    }

    /// Adds what trail and journal know.
    fn complete(&mut self, item: &BatchItem, known: &Known) {
        self.format = known.format.map(|own| format_name(own).to_owned()).unwrap_or_default();
        self.level = known.level.map(|own| level_name(own).to_owned()).unwrap_or_default();
        self.input_sha256 = item.sha256.clone().unwrap_or_default();
        self.audit_seq = known.audit_seq;
    }

    fn of_journal(item: &BatchItem, known: &Known, locale: Locale) -> Self {
        let done = item.state == BatchItemState::Done;
        // Of a document under way the journal has what is about to be.
        let of_done = |text: Option<String>| text.filter(|_| done).unwrap_or_default();
        let error = item.error.as_ref().filter(|_| !done);
        Self {
            name: item.name.clone(),
            format: known.format.map(|own| format_name(own).to_owned()).unwrap_or_default(),
            level: known.level.map(|own| level_name(own).to_owned()).unwrap_or_default(),
            state: journal::item_state(item.state),
            output: of_done(item.output_path.as_ref().map(|path| path.display().to_string())),
            input_sha256: item.sha256.clone().unwrap_or_default(),
            output_sha256: of_done(item.output_sha256.clone()),
            code: error.map(|own| own.code.clone()).unwrap_or_default(),
            reason: error.map(|own| reason(&journal::told_again(own, &item.name), locale)).unwrap_or_default(),
            audit_seq: known.audit_seq,
        }
    }
}

fn table(rows: &[Row], locale: Locale) -> String {
    let mut table = Csv::new(match locale {
        Locale::PtBr => [
            "Documento",
            "Forma",
            "Nível",
            "Situação",
            "Resultado",
            "SHA-256 do documento",
            "SHA-256 do resultado",
            "Código do motivo",
            "Motivo",
            "Registro na trilha",
        ],
        Locale::En => [
            "Document",
            "Form",
            "Level",
            "State",
            "Result",
            "SHA-256 of the document",
            "SHA-256 of the result",
            "Reason code",
            "Reason",
            "Record in the trail",
        ],
    });
    for row in rows {
        let seq = row.audit_seq.and_then(|seq| i64::try_from(seq).ok());
        table.row([
            Cell::Text(&row.name),
            Cell::Text(&row.format),
            Cell::Text(&row.level),
            Cell::Text(state(row.state, locale)),
            Cell::Text(&row.output),
            Cell::Text(&row.input_sha256),
            Cell::Text(&row.output_sha256),
            Cell::Text(&row.code),
            Cell::Text(&row.reason),
            seq.map_or(Cell::Text(""), Cell::Number),
        ]);
    }
    table.finish()
}

/// Why, in words; the technical line where there are none.
fn reason(error: &WireError, locale: Locale) -> String {
    texts::of_error(locale, error).map_or_else(|| error.detail.clone(), |(title, _)| title)
}

const fn state(state: ItemState, locale: Locale) -> &'static str {
    let (portuguese, english) = match state {
        ItemState::Waiting => ("não começado", "not begun"),
        ItemState::Running => ("em andamento", "under way"),
        ItemState::Done => ("concluído", "done"),
        ItemState::Failed => ("falhou", "failed"),
        ItemState::Cancelled => ("cancelado", "cancelled"),
    };
    match locale {
        Locale::PtBr => portuguese,
        Locale::En => english,
    }
}
