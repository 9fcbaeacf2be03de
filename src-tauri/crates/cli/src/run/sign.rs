//! Signing.

use std::path::{Path, PathBuf};

use cartorio_core::{Retry, Severity, WireError};
use cartorio_office::dto::{
    CertifyChoice, CommitmentChoice, DocumentInfo, DocumentKind, DocumentOrigin, Empty, ErrorChoice, ExtendRequest,
    FormatChoice, IdentitySummary, ItemState, JobItem, JobSnapshot, OnError, PolicyChoice, Receipt, SignLevel,
    SignProfile, SignRequest, SignerLocationView, SignerRole, StampPlacement,
};
use cartorio_office::{Commands, JobSources, Office, OfficeError};
use serde::Serialize;

use super::{path_of, preflight, unlock};
use crate::args::{
    AfterError, CertifyName, CommitmentName, ErrorKindName, Extend, Form, Global, LevelChoice, PolicyName, Sign, SourceArgs,
};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, explain};
use crate::secrets;

/// What became of one file.
#[derive(Debug, Serialize)]
pub(super) struct Item {
    /// As it was named on the command line.
    pub(super) file: String,
    /// `done`, `failed` or `cancelled`.
    state: ItemState,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<WireError>,
    /// Options that this form of signature has no place for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<&'static str>,
}

#[derive(Serialize)]
struct Extended {
    files: Vec<Item>,
}

#[derive(Serialize)]
struct Report {
    identity: String,
    files: Vec<Item>,
}

pub(crate) async fn sign(global: &Global, command: Sign, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    let identity = chosen(&office, command.identity.as_deref(), lang).await?;
    let profile = profile(&office, &command, lang).await?;
    let only_pdf = command.visible.is_some() || command.field.is_some() || command.certify.is_some();
    if only_pdf && (command.cosign || command.countersign || !matches!(command.format, None | Some(Form::Pades))) {
        return Err(Failure::usage(say!(
            lang,
            "--visible, --field e --certify são de assinaturas dentro de um PDF (--format pades)",
            "--visible, --field and --certify are for signatures inside a PDF (--format pades)"
        )));
    }
    refuse_unfitting(&command, lang)?;
    let again = command.cosign || command.countersign;
    let (paths, problems) = expanded(&command.files, if again { Wanted::Signatures } else { Wanted::Documents });
    if paths.is_empty() && problems.is_empty() {
        return Err(OfficeError::NothingToSign.into());
    }
    let (folder, file) = target(command.work.out.as_deref(), paths.len(), lang)?;
    let password = command.work.document_password_file.as_deref();
    let mut items = opened(&office, &paths, password).await?;
    if only_pdf {
        // What was asked for is not left out silently.
        for (path, item) in paths.iter().zip(&mut items) {
            if let Ok(info) = item
                && info.kind != DocumentKind::Pdf
            {
                *item = Err(failed(path, not_a_pdf(&info.name)));
            }
        }
    }
    let documents: Vec<String> = items.iter().flatten().map(|info| info.id.clone()).collect();
    let left_out: Vec<Vec<&'static str>> =
        items.iter().map(|item| item.as_ref().map_or_else(|_| Vec::new(), |info| left_out(&command, info))).collect();
    let mut done: Vec<JobItem> = Vec::new();
    let request = SignRequest {
        documents,
        identity: identity.id.clone(),
        algorithm: command.algorithm.clone(),
        reason: command.reason.clone(),
        location: command.location.clone(),
        output_folder: folder.as_ref().map(|folder| office.output_folder(folder.clone()).id),
        unseen_reason: None,
        evidence: Vec::new(),
        content: content(&office, command.content.as_deref()).await?,
        profile,
    };
    if command.preflight {
        let given = sources(&command.work.sources);
        let places = preflight::Places { folder, file };
        let asked = preflight::Asked { paths, items, problems, left_out, places };
        return preflight::told(&office, &identity, &request, &given, asked, lang).await;
    }
    if !request.documents.is_empty() {
        unlock::unlock(&office, &identity.key_ref, &command.unlock, lang).await?;
        done = office.sign_and_wait(&request, file, &sources(&command.work.sources)).await?.items;
    }
    let mut files = matched(&paths, items, done);
    for (file, left_out) in files.iter_mut().zip(left_out) {
        file.left_out = left_out;
    }
    files.extend(problems);
    let text = lines(&files, Words::signed(lang), lang);
    Done::with(exit(&files), text, &Report { identity: identity.id, files })
}

pub(crate) async fn extend(global: &Global, command: Extend, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    let (mut paths, problems) = expanded(&command.files, Wanted::Signed);
    let mut items = opened(&office, &paths, command.work.document_password_file.as_deref()).await?;
    // A folder has other documents, too; one that was named is told why it cannot be extended.
    let named = |path: &PathBuf| command.files.contains(path);
    let keep: Vec<bool> = paths.iter().zip(&items).map(|(path, item)| named(path) || is_signed(item)).collect();
    let (mut of_paths, mut of_items) = (keep.iter(), keep.iter());
    paths.retain(|_| of_paths.next().copied().unwrap_or(true));
    items.retain(|_| of_items.next().copied().unwrap_or(true));
    if paths.is_empty() && problems.is_empty() {
        return Err(OfficeError::NothingToSign.into());
    }
    let (folder, file) = target(command.work.out.as_deref(), paths.len(), lang)?;
    let documents: Vec<String> = items.iter().flatten().map(|info| info.id.clone()).collect();
    let mut done: Vec<JobItem> = Vec::new();
    if !documents.is_empty() {
        let request = ExtendRequest {
            documents,
            level: level(command.level),
            output_folder: folder.map(|folder| office.output_folder(folder).id),
            accept_lower_level: command.work.sources.accept_lower_level,
            offline: command.work.sources.offline,
            evidence: Vec::new(),
            content: content(&office, command.content.as_deref()).await?,
        };
        done = office.extend_and_wait(request, file, &sources(&command.work.sources)).await?.items;
    }
    let mut files = matched(&paths, items, done);
    files.extend(problems);
    let text = lines(&files, Words::extended(lang), lang);
    Done::with(exit(&files), text, &Extended { files })
}

/// How the files are to be signed.
async fn profile(office: &Office, command: &Sign, lang: Lang) -> Result<SignProfile, Failure> {
    let stamp = match &command.visible {
        None => None,
        Some(place) => Some(placement(office, place, command, lang).await?),
    };
    Ok(SignProfile {
        format: command.format.map_or(FormatChoice::Automatic, |form| match form {
            Form::Pades => FormatChoice::Pades,
            Form::CadesDetached => FormatChoice::CadesDetached,
            Form::CadesEnveloping => FormatChoice::CadesEnveloping,
            Form::Raw => FormatChoice::Raw,
        }),
        level: level(command.level),
        policy: match command.policy {
            PolicyName::None => PolicyChoice::None,
            PolicyName::AdRb => PolicyChoice::AdRb,
            PolicyName::AdRt => PolicyChoice::AdRt,
            PolicyName::AdRv => PolicyChoice::AdRv,
            PolicyName::AdRc => PolicyChoice::AdRc,
            PolicyName::AdRa => PolicyChoice::AdRa,
        },
        accept_lower_level: command.work.sources.accept_lower_level,
        offline: command.work.sources.offline,
        role: match (command.cosign, command.countersign) {
            (true, _) => SignerRole::Cosign,
            (false, true) => SignerRole::Countersign,
            (false, false) => SignerRole::Sign,
        },
        certify: command.certify.map(|what| match what {
            CertifyName::NoChanges => CertifyChoice::NoChanges,
            CertifyName::FormFilling => CertifyChoice::FormFilling,
            CertifyName::Annotations => CertifyChoice::Annotations,
        }),
        field: command.field.clone(),
        stamp,
        commitment: command.commitment.map(|what| match what {
            CommitmentName::Origin => CommitmentChoice::Origin,
            CommitmentName::Receipt => CommitmentChoice::Receipt,
            CommitmentName::Delivery => CommitmentChoice::Delivery,
            CommitmentName::Sender => CommitmentChoice::Sender,
            CommitmentName::Approval => CommitmentChoice::Approval,
            CommitmentName::Creation => CommitmentChoice::Creation,
        }),
        mime_type: command.mime_type.clone(),
        content_hint: command.content_hint.clone(),
        signer_location: signer_location(command),
        output_pattern: command.name_pattern.clone(),
        on_error: on_error(command),
    })
}

/// Nobody is there to be waited for: what a window would pause for ends the batch here, unless something else was asked for.
fn on_error(command: &Sign) -> OnError {
    let after = if command.keep_going { ErrorChoice::GoOn } else { ErrorChoice::Stop };
    let mut all = OnError { document: ErrorChoice::GoOn, service: after, key: after, output: after };
    for (kind, what) in &command.on_error {
        let own = match kind {
            ErrorKindName::Document => &mut all.document,
            ErrorKindName::Service => &mut all.service,
            ErrorKindName::Key => &mut all.key,
            ErrorKindName::Output => &mut all.output,
        };
        *own = match what {
            AfterError::Stop => ErrorChoice::Stop,
            AfterError::GoOn => ErrorChoice::GoOn,
        };
    }
    all
}

fn signer_location(command: &Sign) -> Option<SignerLocationView> {
    let location = SignerLocationView {
        country: command.signer_country.clone(),
        locality: command.signer_city.clone(),
        postal_address: command.signer_address.clone(),
    };
    (location != SignerLocationView::default()).then_some(location)
}

/// Options that are given and that a signature inside a PDF, a `.p7s` or a bare value has no place for.
fn without_place(command: &Sign, form: Form) -> Vec<&'static str> {
    let of_pdf = [("--reason", command.reason.is_some()), ("--location", command.location.is_some())];
    let of_cms = [
        ("--mime-type", command.mime_type.is_some()),
        ("--content-hint", command.content_hint.is_some()),
        ("--signer-country", command.signer_country.is_some()),
        ("--signer-city", command.signer_city.is_some()),
        ("--signer-address", !command.signer_address.is_empty()),
    ];
    let of_both = [("--commitment", command.commitment.is_some())];
    let given = |all: &[(&'static str, bool)]| all.iter().filter(|own| own.1).map(|own| own.0).collect::<Vec<_>>();
    match form {
        Form::Pades => given(&of_cms),
        Form::CadesDetached | Form::CadesEnveloping => given(&of_pdf),
        Form::Raw => [given(&of_pdf), given(&of_cms), given(&of_both)].concat(),
    }
}

/// Options that contradict the form that was asked for.
fn refuse_unfitting(command: &Sign, lang: Lang) -> Result<(), Failure> {
    let again = command.cosign || command.countersign;
    if command.content.is_some() && !again {
        return Err(Failure::usage(say!(
            lang,
            "--content é de um .p7s que recebe mais uma assinatura (--cosign, --countersign)",
            "--content is for a .p7s that gets one more signature (--cosign, --countersign)"
        )));
    }
    let form = if again { Some(Form::CadesDetached) } else { command.format };
    let Some(form) = form else { return Ok(()) };
    let given = without_place(command, form);
    if given.is_empty() {
        return Ok(());
    }
    let (options, form) = (given.join(", "), match form {
        Form::Pades => "PDF (PAdES)",
        Form::CadesDetached | Form::CadesEnveloping => ".p7s (CAdES)",
        Form::Raw => "raw",
    });
    Err(Failure::usage(say!(
        lang,
        "numa assinatura {form} não há lugar para {options}",
        "a signature of the form {form} has no place for {options}"
    )))
}

/// The same for one document whose form follows from what it is.
fn left_out(command: &Sign, info: &DocumentInfo) -> Vec<&'static str> {
    match (command.format, info.kind) {
        (Some(_), _) => Vec::new(),
        (None, DocumentKind::Pdf) => without_place(command, Form::Pades),
        (None, DocumentKind::Cms | DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other) => {
            without_place(command, Form::CadesDetached)
        }
    }
}

/// The handle of the file that was named as the content of detached signatures.
async fn content(office: &Office, path: Option<&Path>) -> Result<Option<String>, Failure> {
    match path {
        None => Ok(None),
        Some(path) => Ok(Some(office.open_document(path.to_owned(), DocumentOrigin::Dropped).await?.id)),
    }
}

fn is_signed(item: &Result<DocumentInfo, Item>) -> bool {
    match item {
        Ok(info) => info.kind == DocumentKind::Cms || info.signatures > 0,
        Err(_) => true,
    }
}

const fn level(choice: LevelChoice) -> SignLevel {
    match choice {
        LevelChoice::BB => SignLevel::BB,
        LevelChoice::BT => SignLevel::BT,
        LevelChoice::BLt => SignLevel::BLt,
        LevelChoice::BLta => SignLevel::BLta,
    }
}

/// `page=1,x=..,y=..,w=..,h=..`
async fn placement(office: &Office, text: &str, command: &Sign, lang: Lang) -> Result<StampPlacement, Failure> {
    let wrong = || {
        Failure::usage(say!(
            lang,
            "--visible pede page=1,x=..,y=..,w=..,h=.., em pontos: {text}",
            "--visible wants page=1,x=..,y=..,w=..,h=.., in points: {text}"
        ))
    };
    let (mut page, mut place) = (1, [None; 4]);
    for part in text.split(',') {
        let (name, value) = part.trim().split_once('=').ok_or_else(wrong)?;
        let index = match name.trim() {
            "page" => {
                page = value.trim().parse().map_err(|_| wrong())?;
                continue;
            }
            "x" => 0,
            "y" => 1,
            "w" => 2,
            "h" => 3,
            _ => return Err(wrong()),
        };
        let number: f64 = value.trim().parse().map_err(|_| wrong())?;
        place[index] = Some(number).filter(|number| number.is_finite());
    }
    let [Some(x), Some(y), Some(width), Some(height)] = place else { return Err(wrong()) };
    let templates = office.stamp_templates(Empty {}).await?;
    let found = match &command.stamp {
        None => templates.first(),
        Some(name) => templates.iter().find(|own| own.id == *name || own.name == *name),
    };
    let template = found.map(|own| own.id.clone()).ok_or_else(|| {
        let names = templates.iter().map(|own| own.name.as_str()).collect::<Vec<_>>().join(", ");
        Failure::input(say!(
            lang,
            "não há esse modelo de carimbo; há: {names}",
            "there is no such stamp; there are: {names}"
        ))
    })?;
    Ok(StampPlacement { template, page, x, y, width, height, may_cover: command.may_cover })
}

fn sources(given: &SourceArgs) -> JobSources {
    JobSources { authorities: given.tsa.clone(), evidence: given.evidence.clone() }
}

/// What of a folder is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wanted {
    /// Documents to sign.
    Documents,
    /// Signed PDFs and `.p7s`.
    Signed,
    /// `.p7s` alone.
    Signatures,
}

/// Folders stand for the documents in them; what cannot be taken of them is told.
fn expanded(paths: &[PathBuf], wanted: Wanted) -> (Vec<PathBuf>, Vec<Item>) {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() {
            let mut found = match wanted {
                Wanted::Documents => cartorio_office::documents_in(path),
                Wanted::Signed | Wanted::Signatures => cartorio_office::signed_in(path),
            };
            if wanted == Wanted::Signatures {
                found.files.retain(|own| own.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("p7s")));
            }
            files.extend(found.files);
            problems.extend(found.problems.into_iter().map(|error| failed(path, error)));
        } else {
            files.push(path.clone());
        }
    }
    (files, problems)
}

pub(super) fn not_a_pdf(name: &str) -> WireError {
    WireError {
        code: "sign_format_not_fitting".to_owned(),
        params: [("name".to_owned(), name.to_owned()), ("wanted".to_owned(), "pdf".to_owned())].into(),
        severity: Severity::Error,
        retry: Retry::Never,
        detail: format!("{name} is no PDF, and a stamp, a field or a certification is only for one"),
    }
}

/// The documents with their handles; a PDF that asks for a password gets the one that was given.
async fn opened(
    office: &Office,
    paths: &[PathBuf],
    password_file: Option<&Path>,
) -> Result<Vec<Result<DocumentInfo, Item>>, Failure> {
    let mut items = Vec::with_capacity(paths.len());
    for path in paths {
        let info = office.open_document(path.clone(), DocumentOrigin::Dropped).await;
        let info = match (info, password_file) {
            (Ok(info), Some(file)) if info.sign_problem.as_ref().is_some_and(|own| own.code == "pdf_encrypted") => {
                office.unlock_document(&info.id, secrets::file(file)?).await
            }
            (info, _) => info,
        };
        items.push(info.map_err(|error| failed(path, error.wire())));
    }
    Ok(items)
}

fn matched(paths: &[PathBuf], items: Vec<Result<DocumentInfo, Item>>, done: Vec<JobItem>) -> Vec<Item> {
    let mut done = done.into_iter();
    paths
        .iter()
        .zip(items)
        .filter_map(|(path, item)| match item {
            Err(item) => Some(item),
            Ok(_) => done.next().map(|item| finished(path, item)),
        })
        .collect()
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

pub(super) const fn level_word(level: SignLevel) -> &'static str {
    match level {
        SignLevel::BB => "B-B",
        SignLevel::BT => "B-T",
        SignLevel::BLt => "B-LT",
        SignLevel::BLta => "B-LTA",
    }
}

fn failed(path: &Path, error: WireError) -> Item {
    Item {
        file: path.display().to_string(),
        state: ItemState::Failed,
        output: None,
        receipt: None,
        error: Some(error),
        left_out: Vec::new(),
    }
}

fn finished(path: &Path, item: JobItem) -> Item {
    Item {
        file: path.display().to_string(),
        state: item.state,
        output: item.output.as_ref().map(|output| path_of(&output.folder, &output.name)),
        receipt: item.receipt,
        error: item.error,
        left_out: Vec::new(),
    }
}

/// How a batch ended and what became of each document, as after signing.
pub(super) fn told(job: &JobSnapshot, lang: Lang) -> (Exit, String) {
    let files: Vec<Item> = job.items.iter().map(|item| finished(Path::new(&item.name), item.clone())).collect();
    (exit(&files), lines(&files, Words::signed(lang), lang))
}

/// What is said of a document that it was done to, and of one that it was not.
#[derive(Clone, Copy)]
struct Words {
    done: &'static str,
    not_done: &'static str,
}

impl Words {
    const fn signed(lang: Lang) -> Self {
        match lang {
            Lang::PtBr => Self { done: "assinado", not_done: "não assinado " },
            Lang::En => Self { done: "signed", not_done: "not signed" },
        }
    }

    const fn extended(lang: Lang) -> Self {
        match lang {
            Lang::PtBr => Self { done: "estendido", not_done: "não estendido " },
            Lang::En => Self { done: "extended", not_done: "not extended" },
        }
    }
}

/// One line a document.
fn lines(files: &[Item], words: Words, lang: Lang) -> String {
    files.iter().map(|item| line(item, words, lang)).collect::<Vec<_>>().join("\n")
}

fn line(item: &Item, words: Words, lang: Lang) -> String {
    match item.state {
        ItemState::Done => done_line(words.done, item, lang),
        ItemState::Failed | ItemState::Cancelled | ItemState::Waiting | ItemState::Running => {
            format!("{}  {}: {}", words.not_done, item.file, why(item, lang))
        }
    }
}

/// What was done, the level, and why it is a lower one than was asked for.
fn done_line(done: &str, item: &Item, lang: Lang) -> String {
    let file = &item.file;
    let level =
        item.receipt.as_ref().map(|own| own.level).filter(|level| *level != SignLevel::BB).map_or("", level_word);
    let mut text = format!("{done} {level:<6}{file}");
    if let Some(output) = &item.output {
        text.push_str(&format!(" → {output}"));
    }
    if let Some((receipt, error)) = item.receipt.as_ref().and_then(|own| Some((own, own.lowered.as_ref()?))) {
        let (level, why) = (level_word(receipt.level), explain(error, lang));
        text.push_str(&say!(lang, "\n          desceu para {level}: {why}", "\n          went down to {level}: {why}"));
    }
    text.push_str(&without(&item.left_out, lang));
    text
}

/// A line about options that this form has no place for; empty where there are none.
pub(super) fn without(left_out: &[&str], lang: Lang) -> String {
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
        let of = |states: &[&str]| -> JobSnapshot {
            let items: Vec<_> = states.iter().map(|state| item(state)).collect();
            serde_json::from_value(serde_json::json!({"id": "j", "status": "partly", "items": items})).unwrap()
        };
        let (exit, text) = told(&of(&states), Lang::PtBr);
        assert_eq!(exit, Exit::Partly);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("assinado") && lines[1..].iter().all(|line| line.starts_with("não assinado")),
            "{text}"
        );
        assert!(lines[1].ends_with("cancelado") && lines[2].ends_with("não começou"), "{text}");
        assert_eq!(told(&of(&["done", "done"]), Lang::En).0, Exit::Done);
        // The reason decides, as after signing.
        let mut failed = of(&["failed"]);
        failed.items[0].error = Some(WireError { code: "tsa_none".to_owned(), ..not_a_pdf("x") });
        assert_eq!(told(&failed, Lang::En).0, Exit::Unavailable);
    }
}
