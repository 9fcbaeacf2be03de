//! Signing.

use std::path::{Path, PathBuf};

use cartorio_core::WireError;
use cartorio_office::dto::{
    DocumentInfo, DocumentKind, DocumentOrigin, Empty, IdentitySummary, ItemState, JobItem, Receipt, SignRequest,
};
use cartorio_office::{Commands, Office};
use serde::Serialize;

use super::{path_of, unlock};
use crate::args::{Global, Sign};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, explain};

/// What became of one file.
#[derive(Debug, Serialize)]
struct Item {
    /// As it was named on the command line.
    file: String,
    /// `done`, `failed` or `cancelled`.
    state: ItemState,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<WireError>,
}

#[derive(Serialize)]
struct Report {
    identity: String,
    files: Vec<Item>,
}

pub(crate) async fn sign(global: &Global, command: Sign, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    let identity = chosen(&office, command.identity.as_deref(), lang).await?;
    let (folder, file) = target(command.out.as_deref(), command.files.len(), lang)?;

    let mut items: Vec<Result<DocumentInfo, Item>> = Vec::with_capacity(command.files.len());
    for path in &command.files {
        let opened = office.open_document(path.clone(), DocumentOrigin::Dropped).await;
        items.push(match opened.map_err(Failure::from).and_then(|info| fits(info, command.format.as_deref(), lang)) {
            Ok(info) => Ok(info),
            Err(failure) => Err(failed(path, failure.wire().clone())),
        });
    }
    let documents: Vec<String> = items.iter().flatten().map(|info| info.id.clone()).collect();
    let mut done: Vec<JobItem> = Vec::new();
    if !documents.is_empty() {
        unlock::unlock(&office, &identity.key_ref, &command.unlock, lang).await?;
        let request = SignRequest {
            documents,
            identity: identity.id.clone(),
            algorithm: command.algorithm,
            reason: command.reason,
            location: command.location,
            output_folder: folder.map(|folder| office.output_folder(folder).id),
            unseen_reason: None,
            profile: cartorio_office::dto::SignProfile::default(),
        };
        done = office.sign_and_wait(&request, file).await?.items;
    }
    let mut done = done.into_iter();
    let files: Vec<Item> = command
        .files
        .iter()
        .zip(items)
        .filter_map(|(path, item)| match item {
            Err(item) => Some(item),
            Ok(_) => done.next().map(|item| finished(path, item)),
        })
        .collect();
    let text = files.iter().map(|item| line(item, lang)).collect::<Vec<_>>().join("\n");
    Done::with(exit(&files), text, &Report { identity: identity.id, files })
}

/// All done, some done, or none: then the first error decides, because it is the one that the others wait for.
fn exit(files: &[Item]) -> Exit {
    let done = files.iter().filter(|item| item.state == ItemState::Done).count();
    if done == files.len() {
        return Exit::Done;
    }
    if done > 0 {
        return Exit::Partly;
    }
    files.iter().find_map(|item| item.error.as_ref()).map_or(Exit::BadInput, Exit::of)
}

async fn chosen(office: &Office, wanted: Option<&str>, lang: Lang) -> Result<IdentitySummary, Failure> {
    let mut identities = office.identities_list(Empty {}).await?;
    let names = identities.iter().map(|own| format!("{} ({})", own.label, own.id)).collect::<Vec<_>>().join(", ");
    match wanted {
        Some(wanted) => {
            let found = identities.into_iter().find(|own| own.id == wanted || own.label == wanted);
            found.ok_or_else(|| {
                Failure::input(say!(
                    lang,
                    "a identidade «{wanted}» não existe; há: {names}",
                    "the identity “{wanted}” does not exist; there are: {names}"
                ))
            })
        }
        None if identities.len() == 1 => Ok(identities.remove(0)),
        None if identities.is_empty() => Err(Failure::input(say!(
            lang,
            "o cartório ainda não tem identidade de assinatura: «cartorio identity create»",
            "the office has no signing identity yet: “cartorio identity create”"
        ))),
        None => Err(Failure::usage(say!(
            lang,
            "há mais de uma identidade; escolha com --identity: {names}",
            "there is more than one identity; choose with --identity: {names}"
        ))),
    }
}

/// Where results go: into a folder, to one file, or beside each file.
fn target(out: Option<&Path>, files: usize, lang: Lang) -> Result<(Option<PathBuf>, Option<PathBuf>), Failure> {
    let Some(out) = out else { return Ok((None, None)) };
    if out.is_dir() {
        return Ok((Some(out.to_owned()), None));
    }
    let looks_like_folder = out.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if files == 1 && !looks_like_folder && parent.is_dir() {
        return Ok((None, Some(out.to_owned())));
    }
    // A folder that is not there is more likely a slip than a wish.
    let name = if files == 1 && !looks_like_folder { parent.display() } else { out.display() };
    Err(Failure::input(say!(lang, "a pasta {name} não existe", "the folder {name} does not exist")))
}

/// A form that was asked for must be the one that the file gets.
fn fits(info: DocumentInfo, format: Option<&str>, lang: Lang) -> Result<DocumentInfo, Failure> {
    let name = &info.name;
    match (format, info.kind == DocumentKind::Pdf) {
        (Some("pades"), false) => Err(Failure::input(say!(
            lang,
            "{name} não é um PDF e não pode ser assinado como PAdES",
            "{name} is no PDF and cannot be signed as PAdES"
        ))),
        (Some("cades-detached"), true) => Err(Failure::input(say!(
            lang,
            "{name} é um PDF: nesta versão ele é assinado por dentro (pades)",
            "{name} is a PDF: in this version it is signed from the inside (pades)"
        ))),
        (Some(_) | None, _) => Ok(info),
    }
}

fn failed(path: &Path, error: WireError) -> Item {
    Item { file: path.display().to_string(), state: ItemState::Failed, output: None, receipt: None, error: Some(error) }
}

fn finished(path: &Path, item: JobItem) -> Item {
    Item {
        file: path.display().to_string(),
        state: item.state,
        output: item.output.as_ref().map(|output| path_of(&output.folder, &output.name)),
        receipt: item.receipt,
        error: item.error,
    }
}

fn line(item: &Item, lang: Lang) -> String {
    let file = &item.file;
    match (item.state, &item.output, &item.error) {
        (ItemState::Done, Some(output), _) => {
            say!(lang, "assinado       {file} → {output}", "signed      {file} → {output}")
        }
        (ItemState::Done, None, _) => say!(lang, "assinado       {file}", "signed      {file}"),
        (_, _, Some(error)) => {
            let why = explain(error, lang);
            say!(lang, "não assinado   {file}: {why}", "not signed  {file}: {why}")
        }
        (_, _, None) => say!(lang, "não assinado   {file}: cancelado", "not signed  {file}: cancelled"),
    }
}
