//! Extension.

use std::path::PathBuf;

use cartorio_office::dto::{DocumentInfo, DocumentKind, ExtendRequest, JobItem, SignLevel};
use serde::Serialize;

use super::files::{Asked, Places, Wanted, contents, matched, nothing_in, opened, sources};
use super::told::{Item, Words, exit, lines};
use crate::args::{Extend, Global, HigherLevel};
use crate::desk;
use crate::lang::Lang;
use crate::outcome::{Done, Failure};
use crate::run::attend;

#[derive(Serialize)]
struct Extended {
    files: Vec<Item>,
}

pub(crate) async fn extend(global: &Global, command: Extend, lang: Lang) -> Result<Done, Failure> {
    let Asked { mut paths, problems } = Asked::read(&command.files, Wanted::Signed, &command.work, lang)?;
    // Looked at once more when it is known how many of them are signed.
    Places::of(command.work.out.as_deref(), paths.len(), lang)?;
    let office = desk::open(global, lang).await?;
    let mut items = opened(&office, &paths, command.work.document_password_file.as_deref(), lang).await?;
    // A folder has other documents, too; one that was named is told why it cannot be extended.
    let named = |path: &PathBuf| command.files.contains(path);
    let keep: Vec<bool> = paths.iter().zip(&items).map(|(path, item)| named(path) || is_signed(item)).collect();
    let (mut of_paths, mut of_items) = (keep.iter(), keep.iter());
    paths.retain(|_| of_paths.next().copied().unwrap_or(true));
    items.retain(|_| of_items.next().copied().unwrap_or(true));
    if paths.is_empty() && problems.is_empty() {
        return Err(nothing_in(&command.files, Wanted::Signed, lang));
    }
    let places = Places::of(command.work.out.as_deref(), paths.len(), lang)?;
    places.refuse_taken(&paths, &mut items);
    let documents: Vec<String> = items.iter().flatten().map(|info| info.id.clone()).collect();
    let mut done: Vec<JobItem> = Vec::new();
    if !documents.is_empty() {
        let request = ExtendRequest {
            documents,
            level: level(command.level),
            output_folder: places.handle(&office),
            accept_lower_level: command.work.sources.accept_lower_level,
            offline: command.work.sources.offline,
            evidence: Vec::new(),
            authorities: Vec::new(),
            contents: contents(&office, &command.content).await?,
        };
        let interrupts = attend::Interrupts::begin();
        let begun = office.begin_extending(request, places.file, &sources(&command.work.sources)).await?;
        done = attend::follow(&office, begun, interrupts, None, attend::is_attended(), lang).await?.items;
    }
    let mut files = matched(&office, &paths, items, done);
    files.extend(problems);
    let text = lines(&files, Words::extended(lang), lang);
    Done::with(exit(&files), text, &Extended { files })
}

fn is_signed(item: &Result<DocumentInfo, Item>) -> bool {
    match item {
        Ok(info) => info.kind == DocumentKind::Cms || info.signatures > 0,
        Err(_) => true,
    }
}

const fn level(choice: HigherLevel) -> SignLevel {
    match choice {
        HigherLevel::BT => SignLevel::BT,
        HigherLevel::BLt => SignLevel::BLt,
        HigherLevel::BLta => SignLevel::BLta,
    }
}
