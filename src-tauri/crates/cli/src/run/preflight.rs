//! What signing would do and what stands against it, told before anything is done: no key is asked, and nothing is on record.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cartorio_core::{Retry, Severity, WireError};
use cartorio_office::dto::{
    DocumentInfo, IdentityState, IdentitySummary, LegalLabel, SignFormat, SignLevel, SignPreviewItem, SignRemark,
    SignRequest,
};
use cartorio_office::{JobSources, Office, texts};
use serde::Serialize;

use super::place_of;
use super::sign::{Item, Places, level_word, without};
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, explain};
use crate::paths;
use crate::printable::line;

/// The documents as they were named, and what is known of them.
pub(super) struct Asked {
    pub(super) paths: Vec<PathBuf>,
    pub(super) items: Vec<Result<DocumentInfo, Item>>,
    /// What of folders could not be looked at.
    pub(super) problems: Vec<Item>,
    /// Options without a place, for each document.
    pub(super) left_out: Vec<Vec<&'static str>>,
    pub(super) places: Places,
}

#[derive(Serialize)]
struct Report {
    identity: String,
    identity_state: IdentityState,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal: Option<LegalLabel>,
    files: Vec<Planned>,
}

/// What would become of one file.
#[derive(Serialize)]
struct Planned {
    file: String,
    /// The same, where it is no Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_bytes: Option<String>,
    /// Whether it would be signed so, as far as anybody can tell beforehand.
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<SignFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<SignLevel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    /// The same, where it is no Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_bytes: Option<String>,
    /// Everything that a validator or the office would say to it.
    remarks: Vec<SignRemark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<WireError>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<&'static str>,
}

pub(super) async fn told(
    office: &Office,
    identity: &IdentitySummary,
    request: &SignRequest,
    given: &JobSources,
    asked: Asked,
    lang: Lang,
) -> Result<Done, Failure> {
    let preview = match request.documents.is_empty() {
        true => None,
        false => Some(office.preflight(request, given).await?),
    };
    let (algorithm, legal) = preview.as_ref().map(|own| (own.algorithm.clone(), own.legal)).unzip();
    let mut planned = preview.into_iter().flat_map(|own| own.items);
    let (valid, mut taken) = (identity.state == IdentityState::Ready, BTreeSet::new());
    let mut files = Vec::new();
    for ((path, item), left_out) in asked.paths.iter().zip(asked.items).zip(asked.left_out) {
        files.push(match item {
            Err(item) => refused(item),
            Ok(info) => {
                let Some(own) = planned.next() else { continue };
                let folder = place_of(office, &info).parent().map(Path::to_owned).unwrap_or_default();
                of_item((path, folder), own, valid, &asked.places, &mut taken, left_out)
            }
        });
    }
    files.extend(asked.problems.into_iter().map(refused));
    let report = Report { identity: identity.id.clone(), identity_state: identity.state, algorithm, legal, files };
    Done::with(exit(&report.files), text(&report, identity, lang), &report)
}

fn of_item(
    (path, beside): (&Path, PathBuf),
    own: SignPreviewItem,
    valid: bool,
    places: &Places,
    taken: &mut BTreeSet<PathBuf>,
    left_out: Vec<&'static str>,
) -> Planned {
    let folder = places.folder.clone().unwrap_or(beside);
    let named = (!own.output_name.is_empty()).then(|| folder.join(&own.output_name));
    let output = places.file.clone().or(named).filter(|_| own.problem.is_none()).map(|wished| free(wished, taken));
    Planned {
        file: path.display().to_string(),
        file_bytes: paths::bytes(path),
        ready: valid && own.problem.is_none() && own.remarks.iter().all(|remark| !remark.blocks),
        format: Some(own.format),
        level: Some(own.level),
        output: output.as_ref().map(|path| path.display().to_string()),
        output_bytes: output.as_ref().and_then(paths::bytes),
        remarks: own.remarks,
        error: own.problem,
        left_out,
    }
}

fn refused(item: Item) -> Planned {
    Planned {
        file: item.file,
        file_bytes: item.file_bytes,
        ready: false,
        format: None,
        level: None,
        output: None,
        output_bytes: None,
        remarks: Vec::new(),
        error: item.error,
        left_out: Vec::new(),
    }
}

/// The name that is left when the documents before this one have theirs: two of one name get a number.
fn free(wished: PathBuf, taken: &mut BTreeSet<PathBuf>) -> PathBuf {
    let mut path = wished;
    while taken.contains(&path) {
        let part = |own: Option<&std::ffi::OsStr>| own.unwrap_or_default().to_string_lossy().into_owned();
        let (stem, ending) = (part(path.file_stem()), part(path.extension()));
        let numbered = stem.rsplit_once('-').and_then(|(rest, number)| Some((rest, number.parse::<u32>().ok()?)));
        let (rest, number) = numbered.unwrap_or((stem.as_str(), 1));
        let mut number = number + 1;
        let next = |number: u32| path.with_file_name(format!("{rest}-{number}.{ending}"));
        while next(number).exists() {
            number += 1;
        }
        path = next(number);
    }
    taken.insert(path.clone());
    path
}

fn exit(files: &[Planned]) -> Exit {
    let ready = files.iter().filter(|own| own.ready).count();
    if ready == files.len() {
        return Exit::Done;
    }
    if ready > 0 {
        return Exit::Partly;
    }
    let first = |own: &Planned| {
        let remark = own.remarks.iter().find(|remark| remark.blocks).map(|remark| match remark.code.as_str() {
            "no_authorities" | "offline_level" | "evidence_missing" => Exit::Unavailable,
            _ => Exit::BadInput,
        });
        own.error.as_ref().map(Exit::of).or(remark)
    };
    files.iter().find_map(first).unwrap_or(Exit::BadInput)
}

fn text(report: &Report, identity: &IdentitySummary, lang: Lang) -> String {
    let (label, holder) = (&identity.label, &identity.holder);
    let algorithm = report.algorithm.as_deref().unwrap_or("–");
    let mut lines = vec![say!(
        lang,
        "Nada foi assinado. Identidade: {label} ({holder}), {algorithm}",
        "Nothing was signed. Identity: {label} ({holder}), {algorithm}"
    )];
    let until = crate::show::date(&identity.not_after);
    match report.identity_state {
        IdentityState::Ready => {}
        IdentityState::NotYetValid => {
            let from = crate::show::date(&identity.not_before);
            lines.push(say!(
                lang,
                "O certificado só vale a partir de {from}.",
                "The certificate is valid only from {from}."
            ));
        }
        IdentityState::Expired => {
            lines.push(say!(lang, "O certificado venceu em {until}.", "The certificate ended on {until}."));
        }
        // Each document says so, with the reason.
        IdentityState::Revoked | IdentityState::OnHold => {}
    }
    lines.extend(report.files.iter().map(|own| of_file(own, lang)));
    lines.join("\n")
}

fn of_file(own: &Planned, lang: Lang) -> String {
    let file = line(&own.file);
    let state = match (own.ready, lang) {
        (true, Lang::PtBr) => "pronto ",
        (true, Lang::En) => "ready  ",
        (false, Lang::PtBr) => "recusa ",
        (false, Lang::En) => "refused",
    };
    let level = own.level.filter(|_| own.format != Some(SignFormat::Raw)).map_or("", level_word);
    let mut text = format!("{state} {level:<6}{file}");
    if let Some(output) = &own.output {
        text.push_str(&format!(" → {}", line(output)));
    }
    if let Some(error) = &own.error {
        text.push_str(&format!("\n          {}", explain(error, lang)));
    }
    for remark in &own.remarks {
        // What the policy engine says is what ITI's validator would say.
        let of_validar = remark.code.starts_with("preflight_");
        let mark = match (remark.blocks, of_validar, lang) {
            (true, true, Lang::PtBr) => "o VALIDAR recusaria",
            (true, true, Lang::En) => "VALIDAR would refuse",
            (true, false, Lang::PtBr) => "impede",
            (true, false, Lang::En) => "blocks",
            (false, _, Lang::PtBr) => "atenção",
            (false, _, Lang::En) => "note",
        };
        text.push_str(&format!("\n          {mark}: {}", sentence(remark, lang)));
    }
    text.push_str(&without(&own.left_out, lang));
    text
}

/// What keeps nobody from signing and is said all the same, each once.
pub(super) async fn notes(
    office: &Office,
    request: &SignRequest,
    given: &JobSources,
) -> Result<Vec<SignRemark>, Failure> {
    let mut notes: Vec<SignRemark> = Vec::new();
    for remark in office.preflight(request, given).await?.items.into_iter().flat_map(|own| own.remarks) {
        if !remark.blocks && !notes.iter().any(|own| own.code == remark.code && own.params == remark.params) {
            notes.push(remark);
        }
    }
    Ok(notes)
}

/// A line for each of them.
pub(super) fn noted(notes: &[SignRemark], lang: Lang) -> String {
    let line = |own: &SignRemark| {
        let said = sentence(own, lang);
        say!(lang, "\natenção: {said}", "\nnote: {said}")
    };
    notes.iter().map(line).collect()
}

/// What happened, what to do, and the code.
fn sentence(remark: &SignRemark, lang: Lang) -> String {
    let error = WireError {
        code: remark.code.clone(),
        params: remark.params.clone(),
        severity: Severity::Warning,
        retry: Retry::AfterAction,
        detail: String::new(),
    };
    match texts::of_error(lang.locale(), &error) {
        Some((title, action)) => {
            let action = action.map(|own| format!(" {own}")).unwrap_or_default();
            format!("{}.{action} [{}]", title.trim_end_matches('.'), remark.code)
        }
        None => remark.code.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_results_never_get_one_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("x.txt-3.p7s"), "").unwrap();
        let mut taken = BTreeSet::new();
        let mut next = |name: &str| free(path(name), &mut taken).file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(next("x.txt.p7s"), "x.txt.p7s");
        assert_eq!(next("x.txt.p7s"), "x.txt-2.p7s");
        assert_eq!(next("x.txt.p7s"), "x.txt-4.p7s");
        assert_eq!(next("y.pdf"), "y.pdf");
    }
}
