//! Signing.

mod extend;
mod files;
mod profile;
mod told;

use std::path::PathBuf;

use cartorio_office::dto::{
    DocumentInfo, DocumentKind, Empty, ErrorChoice, IdentityState, IdentitySummary, JobItem, PolicyChoice, SignRemark,
    SignRequest,
};
use cartorio_office::{Commands, Office};
use serde::Serialize;

pub(crate) use self::extend::extend;
pub(super) use self::files::{Places, not_a_pdf, wants_password};
pub(super) use self::told::{Item, level_word, told, without};

use self::files::{Asked, Wanted, contents, leave_results, matched, nothing_in, opened, sources};
use self::profile::{after_error, profile};
use self::told::{Words, exit, failed, lines, not_begun};
use super::{attend, preflight, unlock};
use crate::args::{AfterError, Form, Global, Sign};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, to_stderr};
use crate::printable::line;

#[derive(Serialize)]
struct Report {
    identity: String,
    /// Why they were not looked at before, as the trail has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    unseen_reason: Option<String>,
    files: Vec<Item>,
    /// What a validator may say to all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<SignRemark>,
}

pub(crate) async fn sign(global: &Global, command: Sign, lang: Lang) -> Result<Done, Failure> {
    let attended = attend::is_attended();
    if !attended && command.on_error.iter().any(|own| own.1 == AfterError::Pause) {
        return Err(Failure::usage(say!(
            lang,
            "--on-error …=pause pergunta o que fazer, e não há terminal para perguntar; use stop ou go-on",
            "--on-error …=pause asks what to do, and there is no terminal to ask on; use stop or go-on"
        )));
    }
    let wanted = if command.is_again() { Wanted::Signatures } else { Wanted::Documents };
    let Asked { mut paths, problems } = Asked::read(&command.files, wanted, &command.work, lang)?;
    let office = desk::open(global, lang).await?;
    if wanted == Wanted::Documents {
        leave_results(&office, &command.files, &mut paths).await?;
        if paths.is_empty() && problems.is_empty() {
            return Err(nothing_in(&command.files, wanted, lang));
        }
    }
    let places = Places::of(command.work.out.as_deref(), paths.len(), lang)?;
    let identity = chosen(&office, command.identity.as_deref(), lang).await?;
    let profile = profile(&office, &command, after_error(&command, attended, paths.len()), lang).await?;
    let mut items = opened(&office, &paths, command.work.document_password_file.as_deref(), lang).await?;
    if command.is_only_for_pdf() {
        // What was asked for is not left out silently.
        for (path, item) in paths.iter().zip(&mut items) {
            if let Ok(info) = item
                && info.kind != DocumentKind::Pdf
            {
                *item = Err(failed(path, not_a_pdf(&info.name)));
            }
        }
    }
    if wanted == Wanted::Documents {
        tell_signatures(&items, lang);
    }
    places.refuse_taken(&paths, &mut items);
    if profile.on_error.document == ErrorChoice::Stop {
        stop_at_unfit(&paths, &mut items, &problems);
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
        output_folder: places.handle(&office),
        unseen_reason: command.unseen_reason.clone(),
        evidence: Vec::new(),
        authorities: Vec::new(),
        contents: contents(&office, &command.content).await?,
        profile,
    };
    let given = sources(&command.work.sources);
    if command.preflight {
        let asked = preflight::Asked { paths, items, problems, left_out, places };
        return preflight::told(&office, &identity, &request, &given, asked, lang).await;
    }
    let mut remarks = Vec::new();
    if !request.documents.is_empty() {
        // What is said of a policy, of a stamp, or of signatures that are there already.
        let profile = &request.profile;
        if profile.policy != PolicyChoice::None
            || profile.stamp.is_some()
            || items.iter().flatten().any(|own| own.signatures > 0)
        {
            remarks = preflight::notes(&office, &request, &given).await?;
        }
        unlock::unlock(&office, &identity.key_ref, &command.unlock, lang).await?;
        let interrupts = attend::Interrupts::begin();
        let begun = office.begin_signing(&request, places.file, &given, attended).await?;
        done = attend::follow(&office, begun, interrupts, Some(&identity.key_ref), attended, lang).await?.items;
    }
    let mut files = matched(&office, &paths, items, done);
    for (file, left_out) in files.iter_mut().zip(left_out) {
        file.left_out = left_out;
    }
    files.extend(problems);
    let text = lines(&files, Words::signed(lang), lang) + &preflight::noted(&remarks, lang);
    let unseen_reason = command.unseen_reason.map(|reason| reason.trim().to_owned());
    Done::with(exit(&files), text, &Report { identity: identity.id, unseen_reason, files, remarks })
}

/// A signature is a file like any other, and seldom what somebody means to sign so.
fn tell_signatures(items: &[Result<DocumentInfo, Item>], lang: Lang) {
    for info in items.iter().flatten().filter(|own| own.kind == DocumentKind::Cms) {
        let name = line(&info.name);
        to_stderr(&say!(
            lang,
            "{name} já é uma assinatura, e é assinado como um documento qualquer; --cosign assina o mesmo conteúdo, --countersign a própria assinatura",
            "{name} is a signature already, and is signed like any document; --cosign signs the same content, --countersign the signature itself"
        ));
    }
}

/// A batch that ends at the first document that cannot be signed does not begin where one cannot even be opened.
fn stop_at_unfit(paths: &[PathBuf], items: &mut [Result<DocumentInfo, Item>], problems: &[Item]) {
    let unfit = items.iter().filter_map(|item| item.as_ref().err()).chain(problems);
    let Some(error) = unfit.filter_map(|own| own.error.clone()).next() else { return };
    for (path, item) in paths.iter().zip(items).filter(|(_, item)| item.is_ok()) {
        *item = Err(not_begun(path, error.clone()));
    }
}

/// Options without a place in the signature of one document whose form follows from what it is.
fn left_out(command: &Sign, info: &DocumentInfo) -> Vec<&'static str> {
    match (command.format, info.kind) {
        (Some(_), _) => Vec::new(),
        (None, DocumentKind::Pdf) => command.without_place(Form::Pades),
        (None, DocumentKind::Cms | DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other) => {
            command.without_place(Form::CadesDetached)
        }
    }
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
        None => {
            identities.retain(|own| own.state == IdentityState::Ready);
            match identities.pop().filter(|_| identities.is_empty()) {
                Some(only) => Ok(only),
                None => Err(Failure::usage(say!(
                    lang,
                    "há mais de uma identidade; escolha com --identity: {names}",
                    "there is more than one identity; choose with --identity: {names}"
                ))),
            }
        }
    }
}
