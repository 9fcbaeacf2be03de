//! Batches: those that did not end, and lists of results.

use std::path::PathBuf;

use cartorio_office::dto::{
    BatchAbandon, BatchKind, BatchListSource, BatchView, Empty, IdentitySummary, JobItem, JobSnapshot,
};
use cartorio_office::{Commands, Office};
use serde_json::{Value, json};

use super::{attend, path_of, place_of, sign, unlock};
use crate::args::{Batch, Global};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::paths;
use crate::secrets;
use crate::show::{date, table};

pub(crate) async fn batch(global: &Global, command: Batch, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    match command {
        Batch::List { all } => {
            let batches =
                if all { office.batches(LATEST).await? } else { office.batches_interrupted(Empty {}).await? };
            Done::new(listed(&batches, lang), &batches)
        }
        Batch::Export { batch, out } => {
            let file = office.save_batch_list(&BatchListSource::Batch(batch), lang.locale(), &out).await?;
            Done::new(path_of(&file.folder, &file.name), &json!({ "saved": file }))
        }
        Batch::Resume { batch, document_password_file, unlock: given } => {
            let password = document_password_file.as_deref().map(secrets::file).transpose()?;
            let batches = office.batches_interrupted(Empty {}).await?;
            let found = batches.iter().find(|own| own.id == batch);
            let key = key_of(&office, found).await?;
            if let Some(key) = &key {
                unlock::unlock(&office, key, &given, lang).await?;
            }
            let attended = attend::is_attended();
            let interrupts = attend::Interrupts::begin();
            let begun = office.begin_resumed(&batch, password, attended).await?;
            let job = attend::follow(&office, begun, interrupts, key.as_deref(), attended, lang).await?;
            let place = |own: &JobItem| own.output.as_ref().map(|info| place_of(&office, info));
            let outputs: Vec<Option<PathBuf>> = job.items.iter().map(place).collect();
            let (exit, text) = sign::told(&job, &outputs, found.map_or(BatchKind::Sign, |own| own.kind), lang);
            Done::with(exit, text, &with_bytes(&job, &outputs)?)
        }
        Batch::Abandon { batch, reason } => {
            let batches = office.batch_abandon(BatchAbandon { id: batch, reason }).await?;
            Done::new(listed(&batches, lang), &batches)
        }
    }
}

/// The job for programs, with the places of those results that are no Unicode.
fn with_bytes(job: &JobSnapshot, outputs: &[Option<PathBuf>]) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(job).map_err(|error| Failure::bug(error.to_string()))?;
    for (item, output) in value["items"].as_array_mut().into_iter().flatten().zip(outputs) {
        if let Some(bytes) = output.as_deref().and_then(paths::bytes) {
            item["output_bytes"] = json!(bytes);
        }
    }
    Ok(value)
}

/// So many batches are listed that are over.
const LATEST: u32 = 50;

/// The key of the batch's identity, where it has one and that is still there.
async fn key_of(office: &Office, found: Option<&BatchView>) -> Result<Option<String>, Failure> {
    let Some(found) = found.filter(|own| own.kind == BatchKind::Sign) else { return Ok(None) };
    let identities: Vec<IdentitySummary> = office.identities_list(Empty {}).await?;
    Ok(identities.into_iter().find(|own| own.label == found.identity).map(|own| own.key_ref))
}

/// What is done to the documents.
fn task(batch: &BatchView, lang: Lang) -> String {
    match (batch.kind, batch.level) {
        (BatchKind::Sign, _) => say!(lang, "assinatura", "signing"),
        (BatchKind::Extend, None) => say!(lang, "extensão", "extension"),
        (BatchKind::Extend, Some(level)) => {
            let level = sign::level_word(level);
            say!(lang, "extensão até {level}", "extension to {level}")
        }
    }
}

fn listed(batches: &[BatchView], lang: Lang) -> String {
    if batches.is_empty() {
        return say!(lang, "Nenhum lote para listar.", "No batch to list.");
    }
    let head = [
        say!(lang, "Lote", "Batch"),
        say!(lang, "Começou", "Began"),
        say!(lang, "Tarefa", "Task"),
        say!(lang, "Identidade", "Identity"),
        say!(lang, "Feitos", "Done"),
        say!(lang, "Falharam", "Failed"),
        say!(lang, "Faltam", "Left"),
        say!(lang, "Alterados", "Changed"),
    ];
    let row = |own: &BatchView| {
        vec![
            own.id.clone(),
            date(&own.started_at),
            task(own, lang),
            own.identity.clone(),
            format!("{}/{}", own.done, own.total),
            own.failed.to_string(),
            own.left.to_string(),
            own.changed.to_string(),
        ]
    };
    table(&head, &batches.iter().map(row).collect::<Vec<_>>())
}
