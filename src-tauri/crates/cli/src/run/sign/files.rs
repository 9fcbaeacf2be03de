//! The files of a command: what folders stand for, their handles, and where results go.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use cartorio_core::{Retry, Severity, WireError};
use cartorio_office::dto::{DocumentInfo, DocumentOrigin, JobItem};
use cartorio_office::{JobSources, Office};

use super::told::{Item, failed, finished};
use crate::args::{SourceArgs, WorkArgs};
use crate::lang::{Lang, say};
use crate::outcome::{Failure, to_stderr};
use crate::printable::line;
use crate::run::{attend, place_of};
use crate::secrets;

/// Where results go: into a folder, to one file, or beside each file.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct Places {
    pub(in crate::run) folder: Option<PathBuf>,
    pub(in crate::run) file: Option<PathBuf>,
}

/// What a command is about, as far as it is known before anything is opened or asked.
pub(super) struct Asked {
    pub(super) paths: Vec<PathBuf>,
    /// What of folders could not be looked at.
    pub(super) problems: Vec<Item>,
}

impl Asked {
    pub(super) fn read(files: &[PathBuf], wanted: Wanted, work: &WorkArgs, lang: Lang) -> Result<Self, Failure> {
        let (mut paths, problems) = expanded(files, wanted);
        for path in take_repeated(&mut paths) {
            let name = path.display().to_string();
            let name = line(&name);
            to_stderr(&say!(
                lang,
                "{name} foi indicado mais de uma vez, e conta uma vez só",
                "{name} was named more than once, and counts once"
            ));
        }
        if paths.is_empty() && problems.is_empty() {
            return Err(nothing_in(files, wanted, lang));
        }
        // A file that is not there is told now, and not only where a document needs it.
        work.document_password_file.as_deref().map(secrets::file).transpose()?;
        Ok(Self { paths, problems })
    }
}

/// What of a folder is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
    /// Documents to sign.
    Documents,
    /// Signed PDFs and `.p7s`.
    Signed,
    /// `.p7s` alone.
    Signatures,
}

/// None of the folders has anything of the kind.
pub(super) fn nothing_in(files: &[PathBuf], wanted: Wanted, lang: Lang) -> Failure {
    let names = files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    Failure::input(match wanted {
        Wanted::Documents => say!(
            lang,
            "não há o que assinar em {names}: arquivos ocultos, atalhos e resultados de assinaturas anteriores ficam de fora",
            "there is nothing to sign in {names}: hidden files, links and results of earlier signing are left out"
        ),
        Wanted::Signed => {
            say!(lang, "não há documento assinado em {names}", "there is no signed document in {names}")
        }
        Wanted::Signatures => say!(lang, "não há .p7s em {names}", "there is no .p7s in {names}"),
    })
}

/// Leaves out what this office itself made out of documents in the same folder, whatever it is called; what was named stays.
pub(super) async fn leave_results(office: &Office, named: &[PathBuf], paths: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for folder in named.iter().filter(|own| own.is_dir()) {
        let inside = paths.iter().filter(|path| path.starts_with(folder)).cloned().collect();
        let kept: HashSet<PathBuf> = office.without_results(folder, inside).await?.into_iter().collect();
        paths.retain(|path| !path.starts_with(folder) || kept.contains(path) || named.contains(path));
    }
    Ok(())
}

/// Takes out what is the same file as one before it, also by another path or a link of any kind.
fn take_repeated(paths: &mut Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    let mut is_first = |path: &PathBuf| seen.insert(identity(path));
    let (first, repeated) = std::mem::take(paths).into_iter().partition(|path| is_first(path));
    *paths = first;
    repeated
}

/// What is the same for every path that leads to one file: its real path; or its place on its disk, where it has several names there.
/// A file of one name is not known by that place: not every disk, a network's above all, gives each its own.
#[derive(Eq, Hash, PartialEq)]
enum FileIdentity {
    #[cfg(unix)]
    Node(u64, u64),
    Path(PathBuf),
}

fn identity(path: &Path) -> FileIdentity {
    #[cfg(unix)]
    use std::os::unix::fs::MetadataExt;
    #[cfg(unix)]
    if let Ok(metadata) = path.metadata()
        && metadata.nlink() > 1
    {
        return FileIdentity::Node(metadata.dev(), metadata.ino());
    }
    FileIdentity::Path(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
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

pub(in crate::run) fn not_a_pdf(name: &str) -> WireError {
    WireError {
        code: "sign_format_not_fitting".to_owned(),
        params: [("name".to_owned(), name.to_owned()), ("wanted".to_owned(), "pdf".to_owned())].into(),
        severity: Severity::Error,
        retry: Retry::Never,
        detail: format!("{name} is no PDF, and a stamp, a field or a certification is only for one"),
    }
}

/// The documents with their handles; a PDF that asks for a password gets the one that was given, or somebody is asked for it.
pub(super) async fn opened(
    office: &Office,
    paths: &[PathBuf],
    password_file: Option<&Path>,
    lang: Lang,
) -> Result<Vec<Result<DocumentInfo, Item>>, Failure> {
    let mut items = Vec::with_capacity(paths.len());
    for path in paths {
        let info = office.open_document(path.clone(), DocumentOrigin::Dropped).await;
        let info = match (info, password_file) {
            (Ok(info), Some(file)) if wants_password(&info) => {
                office.unlock_document(&info.id, secrets::file(file)?).await
            }
            (info, _) => info,
        };
        items.push(info.map_err(|error| failed(path, error.wire())));
    }
    let locked: Vec<(&str, &str)> = items
        .iter()
        .flatten()
        .filter(|info| is_locked(info))
        .map(|info| (info.id.as_str(), info.name.as_str()))
        .collect();
    if !locked.is_empty() && attend::is_attended() {
        attend::open(office, &locked, lang).await;
    }
    Ok(items)
}

/// Whether a password that was given is for this PDF: it is locked, or opens without one and forbids what the author's password allows.
pub(in crate::run) fn wants_password(info: &DocumentInfo) -> bool {
    let code = info.sign_problem.as_ref().map(|own| own.code.as_str());
    code.is_some_and(|code| ["pdf_encrypted", "pdf_permission_denied"].contains(&code))
}

fn is_locked(info: &DocumentInfo) -> bool {
    info.sign_problem.as_ref().is_some_and(|own| own.code == "pdf_encrypted")
}

/// The handles of the files that were named as contents of detached signatures.
pub(super) async fn contents(office: &Office, paths: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let mut handles = Vec::with_capacity(paths.len());
    for path in paths {
        handles.push(office.open_document(path.clone(), DocumentOrigin::Dropped).await?.id);
    }
    Ok(handles)
}

pub(super) fn sources(given: &SourceArgs) -> JobSources {
    JobSources { authorities: given.tsa.clone(), evidence: given.evidence.clone() }
}

pub(super) fn matched(
    office: &Office,
    paths: &[PathBuf],
    items: Vec<Result<DocumentInfo, Item>>,
    done: Vec<JobItem>,
) -> Vec<Item> {
    let mut done = done.into_iter();
    paths
        .iter()
        .zip(items)
        .filter_map(|(path, item)| match item {
            Err(item) => Some(item),
            Ok(_) => done.next().map(|item| {
                let output = item.output.as_ref().map(|info| place_of(office, info));
                finished(path, item, output.as_deref())
            }),
        })
        .collect()
}

impl Places {
    /// As `--out` says, for so many files.
    pub(super) fn of(out: Option<&Path>, files: usize, lang: Lang) -> Result<Self, Failure> {
        let Some(out) = out else { return Ok(Self::default()) };
        if out.is_dir() {
            return Ok(Self { folder: Some(out.to_owned()), file: None });
        }
        if out.as_os_str() == "-" {
            return Err(Failure::usage(say!(
                lang,
                "--out -: um resultado é um arquivo, e não sai pela saída padrão",
                "--out -: a result is a file, and does not go to standard output"
            )));
        }
        if files != 1 && out.is_file() {
            let name = out.display().to_string();
            let name = line(&name);
            return Err(Failure::usage(say!(
                lang,
                "--out {name} é um arquivo, e são {files} documentos: indique uma pasta",
                "--out {name} is a file, and there are {files} documents: give a folder"
            )));
        }
        let looks_like_folder = out.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if files == 1 && !looks_like_folder && parent.is_dir() {
            return Ok(Self { folder: None, file: Some(out.to_owned()) });
        }
        // A folder that is not there is more likely a slip than a wish.
        let name = if files == 1 && !looks_like_folder { parent.display() } else { out.display() };
        Err(Failure::input(say!(lang, "a pasta {name} não existe", "the folder {name} does not exist")))
    }

    /// The handle of the folder.
    pub(super) fn handle(&self, office: &Office) -> Option<String> {
        self.folder.as_ref().map(|folder| office.output_folder(folder.clone()).id)
    }

    /// Refuses the one file whose result has a name that is taken, or too long, before a key or an authority is asked.
    pub(super) fn refuse_taken(&self, paths: &[PathBuf], items: &mut [Result<DocumentInfo, Item>]) {
        let Some(error) = self.file.as_deref().and_then(|file| cartorio_office::require_new(file).err()) else {
            return;
        };
        for (path, item) in paths.iter().zip(items).filter(|(_, item)| item.is_ok()) {
            *item = Err(failed(path, error.wire()));
        }
    }
}
