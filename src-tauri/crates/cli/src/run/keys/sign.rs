//! Bare signatures of files.

use std::path::{Path, PathBuf};

use cartorio_core::WireError;
use cartorio_office::dto::{
    DocumentInfo, DocumentOrigin, DocumentRef, FileReceipt, FileSign, FileSigned, FileVerify, FileVerifyReport,
    ItemState,
};
use cartorio_office::{Commands, Office};
use serde::Serialize;

use super::super::{place_of, unlock};
use super::resolve;
use crate::args::UnlockArgs;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, explain};
use crate::paths;
use crate::printable::line;
use crate::show::{date, digest, fields, yes_no};

/// What to sign.
pub(super) struct Batch {
    pub(super) files: Vec<PathBuf>,
    pub(super) key: String,
    pub(super) algorithm: Option<String>,
    pub(super) out: Option<PathBuf>,
    pub(super) unlock: UnlockArgs,
}

/// What to check.
pub(super) struct Check {
    pub(super) file: PathBuf,
    pub(super) signature: PathBuf,
    pub(super) key: Option<String>,
    pub(super) algorithm: Option<String>,
}

/// What became of one file.
#[derive(Serialize)]
struct Item {
    /// As it was named on the command line.
    file: String,
    /// The same, where it is no Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_bytes: Option<String>,
    state: ItemState,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_file_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<FileReceipt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<WireError>,
}

pub(super) async fn sign(office: &Office, batch: Batch, lang: Lang) -> Result<Done, Failure> {
    if let Some(folder) = batch.out.as_deref().filter(|folder| !folder.is_dir()) {
        let folder = folder.display();
        return Err(Failure::input(say!(lang, "a pasta {folder} não existe", "the folder {folder} does not exist")));
    }
    let mut opened: Vec<Result<String, WireError>> = Vec::with_capacity(batch.files.len());
    for path in &batch.files {
        let document = office.open_document(path.clone(), DocumentOrigin::Dropped).await;
        opened.push(document.map(|info| info.id).map_err(|error| error.wire()));
    }
    let documents: Vec<String> = opened.iter().flatten().cloned().collect();
    let mut signed = Vec::new();
    if !documents.is_empty() {
        // Only now: a PIN is not asked for when there is nothing to sign.
        unlock::unlock(office, &batch.key, &batch.unlock, lang).await?;
        let request = FileSign {
            documents,
            key_ref: batch.key.clone(),
            algorithm: batch.algorithm,
            output_folder: batch.out.map(|folder| office.output_folder(folder).id),
        };
        signed = office.files_sign(request).await?.items;
    }
    let mut signed = signed.into_iter();
    let files: Vec<Item> = batch
        .files
        .iter()
        .zip(opened)
        .filter_map(|(path, opened)| match opened {
            Err(error) => Some(Item::failed(path, error)),
            Ok(_) => signed.next().map(|own| Item::of(office, path, own)),
        })
        .collect();
    let text = files.iter().map(|item| item.told(lang)).collect::<Vec<_>>().join("\n");
    Done::with(exit(&files), text, &serde_json::json!({ "key": batch.key, "files": files }))
}

/// All done, some done, or none: then the first error decides, because it is the one that the others wait for.
fn exit(files: &[Item]) -> Exit {
    let done = files.iter().filter(|item| item.state == ItemState::Done).count();
    match done {
        all if all == files.len() => Exit::Done,
        0 => files.iter().find_map(|item| item.error.as_ref()).map_or(Exit::BadInput, Exit::of),
        _ => Exit::Partly,
    }
}

impl Item {
    fn failed(path: &Path, error: WireError) -> Self {
        Self {
            file: path.display().to_string(),
            file_bytes: paths::bytes(path),
            state: ItemState::Failed,
            signature: None,
            signature_bytes: None,
            receipt_file: None,
            receipt_file_bytes: None,
            receipt: None,
            error: Some(error),
        }
    }

    fn of(office: &Office, path: &Path, own: FileSigned) -> Self {
        if let Some(error) = own.error {
            return Self::failed(path, error);
        }
        let place = |info: &Option<DocumentInfo>| info.as_ref().map(|own| place_of(office, own));
        let (signature, receipt_file) = (place(&own.signature), place(&own.receipt_file));
        let text = |path: &PathBuf| path.display().to_string();
        Self {
            file: path.display().to_string(),
            file_bytes: paths::bytes(path),
            state: ItemState::Done,
            signature: signature.as_ref().map(text),
            signature_bytes: signature.as_ref().and_then(paths::bytes),
            receipt_file: receipt_file.as_ref().map(text),
            receipt_file_bytes: receipt_file.as_ref().and_then(paths::bytes),
            receipt: own.receipt,
            error: None,
        }
    }

    fn told(&self, lang: Lang) -> String {
        let file = line(&self.file);
        match (&self.error, &self.receipt_file) {
            (Some(error), _) => {
                let why = explain(error, lang);
                say!(lang, "não assinado   {file}: {why}", "not signed  {file}: {why}")
            }
            (None, Some(receipt)) => say!(lang, "assinado       {file} → {receipt}", "signed      {file} → {receipt}"),
            (None, None) => say!(lang, "assinado       {file}", "signed      {file}"),
        }
    }
}

pub(super) async fn verify(office: &Office, check: Check, lang: Lang) -> Result<Done, Failure> {
    let document = office.open_document(check.file.clone(), DocumentOrigin::Dropped).await?;
    let signature = office.open_document(check.signature, DocumentOrigin::Dropped).await?;
    let key_ref = match check.key {
        Some(key) => Some(resolve(office, &key, lang).await?),
        None => None,
    };
    let named = key_ref.is_some();
    let request = FileVerify {
        document: DocumentRef { id: document.id },
        signature: DocumentRef { id: signature.id },
        key_ref,
        algorithm: check.algorithm,
    };
    let report = office.file_verify(request).await.map_err(|error| unnamed(error, lang))?;
    let exit = match report.valid {
        true if named || report.known_key => Exit::Done,
        // Whoever writes a receipt puts a key of their own into it.
        true => Exit::Indeterminate,
        false => Exit::Invalid,
    };
    Done::with(exit, text(&document.name, &report, named, lang), &report)
}

/// A value says nothing of its key, and only the terminal has an option for that.
fn unnamed(error: WireError, lang: Lang) -> Failure {
    let says = |name: &str, value: &str| error.params.get(name).is_some_and(|own| own == value);
    if error.code == "invalid_field" && says("field", "key_ref") && says("reason", "empty") {
        return Failure::usage(say!(
            lang,
            "um valor sem recibo não diz de que chave é: indique-a com --key",
            "a value without a receipt does not say whose key it is: give it with --key"
        ));
    }
    error.into()
}

/// `named`: somebody said whose key it has to be.
fn text(file: &str, report: &FileVerifyReport, named: bool, lang: Lang) -> String {
    let file = line(file);
    let verdict = match report.reason.as_deref() {
        None if !named && !report.known_key => say!(
            lang,
            "{file}: a assinatura é deste arquivo, mas não se sabe de quem é a chave do recibo; diga qual deve ser (--key)",
            "{file}: the signature is of this file, but nobody knows whose the receipt's key is; say which it has to be (--key)"
        ),
        Some("receipt_contradicts") => say!(
            lang,
            "{file}: o recibo se contradiz: a chave que está nele NÃO é a que ele nomeia",
            "{file}: the receipt contradicts itself: the key in it is NOT the one that it names"
        ),
        None => say!(
            lang,
            "{file}: a assinatura é deste arquivo e desta chave",
            "{file}: the signature is of this file and by this key"
        ),
        Some("digest_differs") => say!(
            lang,
            "{file}: NÃO é o arquivo que foi assinado; o conteúdo é outro",
            "{file}: NOT the file that was signed; its content is another one"
        ),
        Some("key_differs") => {
            say!(
                lang,
                "{file}: a chave do recibo NÃO é a indicada",
                "{file}: the key in the receipt is NOT the given one"
            )
        }
        Some(_) => say!(
            lang,
            "{file}: a assinatura NÃO é deste arquivo por esta chave",
            "{file}: the signature is NOT one of this file by this key"
        ),
    };
    let receipt = report.receipt.as_ref();
    let rows = [
        (say!(lang, "Algoritmo", "Algorithm"), Some(report.algorithm.clone())),
        (say!(lang, "SHA-256 da chave", "SHA-256 of the key"), Some(digest(&report.public_key_sha256))),
        (say!(lang, "Chave do cartório", "Key of the office"), Some(yes_no(report.known_key, lang))),
        (say!(lang, "O recibo diz: quando", "The receipt says: when"), receipt.map(|own| date(&own.signed_at))),
        (say!(lang, "O recibo diz: quem", "The receipt says: who"), receipt.map(|own| own.operator.clone())),
        (say!(lang, "O recibo diz: chave", "The receipt says: key"), receipt.map(|own| own.key_id.clone())),
        (say!(lang, "O recibo diz", "The receipt says"), receipt.and_then(|own| own.notice.clone())),
        (say!(lang, "Registro da trilha", "Record in the trail"), report.audit_seq.map(|seq| seq.to_string())),
    ];
    format!("{verdict}\n{}", fields(&rows))
}
