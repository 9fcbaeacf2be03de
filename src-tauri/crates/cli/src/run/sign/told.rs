//! What became of each file, for people and for programs.

use std::path::{Path, PathBuf};

use cartorio_core::WireError;
use cartorio_office::dto::{
    BatchKind, ItemState, JobItem, JobSnapshot, Receipt, SignLevel, UnprovenReason, UnprovenSigner,
};
use serde::Serialize;

use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::explain;
use crate::paths;
use crate::printable::line;

/// What became of one file.
#[derive(Debug, Serialize)]
pub(in crate::run) struct Item {
    /// As it was named on the command line.
    pub(in crate::run) file: String,
    /// The same, where it is no Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::run) file_bytes: Option<String>,
    #[serde(skip)]
    state: ItemState,
    /// `done`, `failed` or `cancelled`; `unchanged` for a document that has the level that was asked for.
    #[serde(rename = "state")]
    state_told: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    /// The same, where it is no Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::run) error: Option<WireError>,
    /// Options that this form of signature has no place for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) left_out: Vec<&'static str>,
}

/// All done, some done, or none: then the first error decides, because it is the one that the others wait for. Without any error somebody
/// stopped it.
pub(super) fn exit(files: &[Item]) -> Exit {
    let done = files.iter().filter(|item| item.state == ItemState::Done || is_there(item.error.as_ref())).count();
    if done == files.len() {
        return Exit::Done;
    }
    if done > 0 {
        return Exit::Partly;
    }
    files.iter().find_map(|item| item.error.as_ref()).map_or(Exit::Interrupted, Exit::of)
}

/// Whether the level that was asked for was there already: nothing was to be done, which is no failure.
fn is_there(error: Option<&WireError>) -> bool {
    error.is_some_and(|own| own.code == "level_already_there")
}

fn state_told(state: ItemState, error: Option<&WireError>) -> &'static str {
    match state {
        _ if is_there(error) => "unchanged",
        ItemState::Waiting => "waiting",
        ItemState::Running => "running",
        ItemState::Done => "done",
        ItemState::Failed => "failed",
        ItemState::Cancelled => "cancelled",
    }
}

pub(in crate::run) const fn level_word(level: SignLevel) -> &'static str {
    match level {
        SignLevel::BB => "B-B",
        SignLevel::BT => "B-T",
        SignLevel::BLt => "B-LT",
        SignLevel::BLta => "B-LTA",
    }
}

pub(super) fn failed(path: &Path, error: WireError) -> Item {
    ended(path, ItemState::Failed, error)
}

/// `error` is that of another document, after which nothing more was begun.
pub(super) fn not_begun(path: &Path, error: WireError) -> Item {
    ended(path, ItemState::Cancelled, error)
}

fn ended(path: &Path, state: ItemState, error: WireError) -> Item {
    Item {
        file: path.display().to_string(),
        file_bytes: paths::bytes(path),
        state,
        state_told: state_told(state, Some(&error)),
        output: None,
        output_bytes: None,
        receipt: None,
        error: Some(error),
        left_out: Vec::new(),
    }
}

/// `output` is where the result is.
pub(super) fn finished(path: &Path, item: JobItem, output: Option<&Path>) -> Item {
    Item {
        file: path.display().to_string(),
        file_bytes: paths::bytes(path),
        state: item.state,
        state_told: state_told(item.state, item.error.as_ref()),
        output: output.map(|own| own.display().to_string()),
        output_bytes: output.and_then(paths::bytes),
        receipt: item.receipt,
        error: item.error,
        left_out: Vec::new(),
    }
}

/// How a batch ended and what became of each document, as after signing or extending.
pub(in crate::run) fn told(
    job: &JobSnapshot,
    outputs: &[Option<PathBuf>],
    kind: BatchKind,
    lang: Lang,
) -> (Exit, String) {
    let words = match kind {
        BatchKind::Sign => Words::signed(lang),
        BatchKind::Extend => Words::extended(lang),
    };
    let of =
        |(item, output): (&JobItem, &Option<PathBuf>)| finished(Path::new(&item.name), item.clone(), output.as_deref());
    let files: Vec<Item> = job.items.iter().zip(outputs).map(of).collect();
    (exit(&files), lines(&files, words, lang))
}

/// What is said of a document that it was done to, and of one that it was not.
#[derive(Clone, Copy)]
pub(super) struct Words {
    done: &'static str,
    not_done: &'static str,
}

impl Words {
    pub(super) const fn signed(lang: Lang) -> Self {
        match lang {
            Lang::PtBr => Self { done: "assinado", not_done: "não assinado " },
            Lang::En => Self { done: "signed", not_done: "not signed" },
        }
    }

    pub(super) const fn extended(lang: Lang) -> Self {
        match lang {
            Lang::PtBr => Self { done: "estendido", not_done: "não estendido " },
            Lang::En => Self { done: "extended", not_done: "not extended" },
        }
    }
}

/// One line a document.
pub(super) fn lines(files: &[Item], words: Words, lang: Lang) -> String {
    files.iter().map(|item| told_line(item, words, lang)).collect::<Vec<_>>().join("\n")
}

fn told_line(item: &Item, words: Words, lang: Lang) -> String {
    match item.state {
        ItemState::Done => done_line(words.done, item, lang),
        _ if is_there(item.error.as_ref()) => {
            let (file, why) = (line(&item.file), why(item, lang));
            say!(lang, "como estava    {file}: {why}", "as it was   {file}: {why}")
        }
        ItemState::Failed | ItemState::Cancelled | ItemState::Waiting | ItemState::Running => {
            format!("{}  {}: {}", words.not_done, line(&item.file), why(item, lang))
        }
    }
}

/// What was done, the level, and why it is a lower one than was asked for.
fn done_line(done: &str, item: &Item, lang: Lang) -> String {
    let file = line(&item.file);
    let has_level = |own: &&Receipt| own.level != SignLevel::BB && own.not_ades.is_none();
    let level = item.receipt.as_ref().filter(has_level).map_or("", |own| level_word(own.level));
    let mut text = format!("{done} {level:<6}{file}");
    if let Some(output) = &item.output {
        text.push_str(&format!(" → {}", line(output)));
    }
    if let Some((receipt, error)) = item.receipt.as_ref().and_then(|own| Some((own, own.lowered.as_ref()?))) {
        let (level, why) = (level_word(receipt.level), explain(error, lang));
        text.push_str(&say!(lang, "\n          desceu para {level}: {why}", "\n          went down to {level}: {why}"));
    }
    if let Some((receipt, found)) = item.receipt.as_ref().and_then(|own| Some((own, own.not_ades.clone()?))) {
        let params = [("level".to_owned(), level_word(receipt.level).to_owned()), ("found".to_owned(), found)].into();
        text.push_str(&format!("\n          {}", lang.shared("extend_done_not_ades", &params).unwrap_or_default()));
    }
    for receipt in item.receipt.iter().filter(|own| !own.passed_over.is_empty()) {
        let (by, before) = (receipt.authorities.join("; "), receipt.passed_over.join("; "));
        let (by, before) = (line(&by), line(&before));
        text.push_str(&say!(
            lang,
            "\n          carimbo de {by}; antes, sem carimbo: {before}",
            "\n          stamped by {by}; before, without a stamp: {before}"
        ));
    }
    for signer in item.receipt.iter().flat_map(|own| &own.unproven) {
        text.push_str(&format!("\n          {}", unproven(signer, lang)));
    }
    text.push_str(&without(&item.left_out, lang));
    text
}

/// An earlier signer who stays as they were, and why.
fn unproven(signer: &UnprovenSigner, lang: Lang) -> String {
    let key = match signer.reason {
        UnprovenReason::Revoked => "unproven_revoked",
        UnprovenReason::OnHold => "unproven_on_hold",
        UnprovenReason::NoEvidence => "unproven_no_evidence",
    };
    let params = [("name".to_owned(), signer.name.clone())].into();
    let why = lang.shared(key, &params).unwrap_or_else(|| signer.name.clone());
    say!(lang, "assinatura anterior não comprovada: {why}", "earlier signature that is not proven: {why}")
}

/// A line about options that this form has no place for; empty where there are none.
pub(in crate::run) fn without(left_out: &[&str], lang: Lang) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    let options = left_out.join(", ");
    say!(
        lang,
        "\n          sem {options}: esta forma de assinatura não tem lugar para isso",
        "\n          without {options}: this form of signature has no place for it"
    )
}

fn why(item: &Item, lang: Lang) -> String {
    match (&item.error, item.state) {
        // The error is that of another document, after which nothing more was begun.
        (Some(error), ItemState::Cancelled) => {
            // What to do about it is said where it failed.
            let all = explain(error, lang);
            let ended = all.lines().next().unwrap_or_default();
            say!(
                lang,
                "não começou, porque o lote terminou antes: {ended}",
                "not begun, as the batch ended before: {ended}"
            )
        }
        (Some(error), _) => explain(error, lang),
        (None, ItemState::Cancelled) => say!(lang, "cancelado", "cancelled"),
        (None, _) => say!(lang, "não começou", "not begun"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_done_is_told_as_signed() {
        let item = |state: &str| serde_json::json!({"document": "x", "name": format!("{state}.txt"), "state": state});
        let states = ["done", "cancelled", "waiting", "failed"];
        let told = |job: &JobSnapshot, kind, lang| super::told(job, &vec![None; job.items.len()], kind, lang);
        let of = |states: &[&str]| -> JobSnapshot {
            let items: Vec<_> = states.iter().map(|state| item(state)).collect();
            serde_json::from_value(serde_json::json!({"id": "j", "status": "partly", "items": items})).unwrap()
        };
        let (exit, text) = told(&of(&states), BatchKind::Sign, Lang::PtBr);
        assert_eq!(exit, Exit::Partly);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("assinado") && lines[1..].iter().all(|line| line.starts_with("não assinado")),
            "{text}"
        );
        assert!(lines[1].ends_with("cancelado") && lines[2].ends_with("não começou"), "{text}");
        assert_eq!(told(&of(&["done", "done"]), BatchKind::Sign, Lang::En).0, Exit::Done);
        assert!(told(&of(&["done"]), BatchKind::Extend, Lang::En).1.starts_with("extended"));
        assert_eq!(told(&of(&["cancelled", "waiting"]), BatchKind::Sign, Lang::En).0, Exit::Interrupted);
        // What ended the batch is no fault of those that it did not come to.
        let mut ended = of(&["failed", "cancelled"]);
        for item in &mut ended.items {
            item.error = Some(super::super::files::not_a_pdf("failed.txt"));
        }
        let (_, text) = told(&ended, BatchKind::Sign, Lang::PtBr);
        assert!(text.contains("cancelled.txt: não começou, porque o lote terminou antes: failed.txt"), "{text}");
        assert!(!text.contains("failed.txt: não começou"), "{text}");
        // What has its level already is no failure.
        let mut there = of(&["failed", "done"]);
        there.items[0].error =
            Some(WireError { code: "level_already_there".to_owned(), ..super::super::files::not_a_pdf("x") });
        let (exit, text) = told(&there, BatchKind::Extend, Lang::PtBr);
        assert_eq!(exit, Exit::Done);
        assert!(text.starts_with("como estava "), "{text}");
        let one = finished(Path::new("x"), there.items[0].clone(), None);
        assert_eq!(serde_json::to_value(one).unwrap()["state"], "unchanged");
        // The reason decides, as after signing.
        let mut failed = of(&["failed"]);
        failed.items[0].error = Some(WireError { code: "tsa_none".to_owned(), ..super::super::files::not_a_pdf("x") });
        assert_eq!(told(&failed, BatchKind::Extend, Lang::En).0, Exit::Unavailable);
    }
}
