//! The documents in a folder, for a batch: bounded, in the order of their names, without what a batch must not take.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use cartorio_core::{Coded, Retry, Severity, WireError};

use crate::documents::file_name;
use crate::session::Session;
use crate::signing::{beside, blocking};
use crate::{OfficeError, OfficeResult};

/// Files of one folder, with everything below it.
const MAX_FILES: usize = 10_000;
/// Levels of folders.
const MAX_DEPTH: usize = 16;

/// What of a folder is left out.
#[derive(Debug, thiserror::Error)]
enum FolderError {
    /// Folders in folders.
    #[error("{name} is {MAX_DEPTH} levels down: what is in it was left out")]
    TooDeep {
        /// The folder.
        name: String,
    },
    /// More files than a batch takes.
    #[error("there are more than {MAX_FILES} files; from {name} on they were left out")]
    TooMany {
        /// The folder.
        name: String,
    },
}

impl Coded for FolderError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooDeep { .. } => "folder_too_deep",
            Self::TooMany { .. } => "folder_too_many",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooDeep { name } => vec![("name", name.clone()), ("most", MAX_DEPTH.to_string())],
            Self::TooMany { name } => vec![("name", name.clone()), ("most", MAX_FILES.to_string())],
        }
    }

    fn severity(&self) -> Severity {
        Severity::Error
    }

    fn retry(&self) -> Retry {
        Retry::AfterAction
    }
}

/// What is in a folder.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Files, in the order of their paths.
    pub(crate) files: Vec<PathBuf>,
    /// Folders that could not be read, and a folder that has too much.
    pub(crate) problems: Vec<WireError>,
    /// Files that were left out: hidden ones, links, results of earlier signing.
    pub(crate) skipped: u32,
}

/// Lists `folder` and the folders below it. Links are not followed. Blocks.
pub(crate) fn list(folder: &Path) -> Listing {
    let mut listing = Listing::default();
    walk(folder, 0, &mut listing);
    listing.files.sort();
    // A document and its result lie side by side: the result is not signed once more.
    let before = listing.files.len();
    let names: HashSet<PathBuf> = listing.files.iter().cloned().collect();
    // A detached signature is no document, wherever its content is.
    listing.files.retain(|path| !is_result(path, &names) && !beside::is_detached(path));
    listing.skipped += u32::try_from(before - listing.files.len()).unwrap_or(u32::MAX);
    listing
}

/// As [`list`], also [without results](without_results) of `session`'s office.
///
/// # Errors
/// What the registry says.
pub(crate) async fn documents(session: Option<&Session>, folder: PathBuf) -> OfficeResult<Listing> {
    let below = folder.clone();
    let mut listing = blocking(move || list(&below)).await?;
    if let Some(session) = session {
        let before = listing.files.len();
        listing.files = without_results(session, &folder, listing.files).await?;
        listing.skipped += u32::try_from(before - listing.files.len()).unwrap_or(u32::MAX);
    }
    Ok(listing)
}

/// `files` of `folder` without what batches of `session`'s office made out of others among them, whatever the result is called.
///
/// # Errors
/// What the registry says.
pub(crate) async fn without_results(
    session: &Session,
    folder: &Path,
    files: Vec<PathBuf>,
) -> OfficeResult<Vec<PathBuf>> {
    let own = folder.to_owned();
    let Ok(real) = blocking(move || own.canonicalize()).await? else { return Ok(files) };
    // Links are not followed: below the folder's own real place every path is a real one, as the journal has them.
    let known = |path: &Path| path.strip_prefix(folder).map_or_else(|_| path.to_owned(), |own| real.join(own));
    let listed: HashSet<PathBuf> = files.iter().map(|path| known(path)).collect();
    let made = session.registry.results_below(&real).await?;
    let made: HashSet<PathBuf> =
        made.into_iter().filter(|(document, _)| listed.contains(document)).map(|(_, result)| result).collect();
    Ok(files.into_iter().filter(|path| !made.contains(&known(path))).collect())
}

/// Lists the PDFs and `.p7s` of `folder` and of the folders below it, without those that were taken to a higher level since: of
/// `x.pdf` and `x-b-lta.pdf`, the second one. Blocks.
pub(crate) fn signed(folder: &Path) -> Listing {
    let mut listing = Listing::default();
    walk(folder, 0, &mut listing);
    listing.files.sort();
    let ending = |path: &Path| path.extension().map(|own| own.to_string_lossy().to_lowercase());
    let before = listing.files.len();
    listing.files.retain(|path| ending(path).is_some_and(|own| own == "pdf" || own == "p7s"));
    let higher: HashSet<PathBuf> = listing.files.iter().flat_map(|path| lower_than(path)).collect();
    listing.files.retain(|path| !higher.contains(path));
    listing.skipped += u32::try_from(before - listing.files.len()).unwrap_or(u32::MAX);
    listing
}

/// What a result of extension was made of, by its name: `x.pdf` for `x-b-lta.pdf` and for `x-b-lta-2.pdf`.
fn lower_than(path: &Path) -> Vec<PathBuf> {
    let name = file_name(path);
    let (mut stem, ending) = name.rfind('.').map_or((name.as_str(), ""), |at| name.split_at(at));
    let (mut lower, mut marked) = (Vec::new(), false);
    while let Some(shorter) = without_mark(stem) {
        let mark = &stem[shorter.len()..];
        let is_level = mark.starts_with("-b-");
        if !is_level && !mark[1..].bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        marked |= is_level;
        stem = shorter;
        if marked {
            lower.push(path.with_file_name(format!("{stem}{ending}")));
        }
    }
    lower
}

fn walk(folder: &Path, depth: usize, listing: &mut Listing) {
    let name = file_name(folder);
    let problem = |error: &std::io::Error| {
        OfficeError::DocumentUnreadable { name: name.clone(), reason: error.to_string() }.wire()
    };
    if depth >= MAX_DEPTH {
        return listing.problems.push(WireError::from(&FolderError::TooDeep { name }));
    }
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) => return listing.problems.push(problem(&error)),
    };
    let mut inner: Vec<_> = entries.flatten().collect();
    inner.sort_by_key(std::fs::DirEntry::path);
    for entry in inner {
        if listing.files.len() >= MAX_FILES {
            // Said once, not by every folder above.
            if listing.problems.iter().all(|own| own.code != "folder_too_many") {
                listing.problems.push(WireError::from(&FolderError::TooMany { name }));
            }
            return;
        }
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !hidden => walk(&entry.path(), depth + 1, listing),
            Ok(kind) if kind.is_file() && !hidden => listing.files.push(entry.path()),
            Ok(_) => listing.skipped += 1,
            Err(error) => listing.problems.push(problem(&error)),
        }
    }
}

/// What names of results have before their ending: of signing, and of extension.
/// One that ends as another does comes first.
const MARKS: [&str; 6] = ["-contra-assinado", "-coassinado", "-assinado", "-b-t", "-b-lt", "-b-lta"];

/// `name` without the last thing that this program appended: a mark of a result, or a number; `None` where there is none.
pub(crate) fn without_mark(name: &str) -> Option<&str> {
    let marked = MARKS.iter().find_map(|mark| name.strip_suffix(mark));
    let numbered = || {
        let (rest, number) = name.rsplit_once('-')?;
        (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
    };
    marked.or_else(numbered)
}

/// Whether a name is that of a signature: a `.p7s`, or one in an armour.
pub(crate) fn is_signature_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ["p7s", "pem"].iter().any(|own| ending.eq_ignore_ascii_case(own)))
}

/// A `.p7s` beside its content, a bare signature or receipt beside its file, or `x-assinado.pdf` beside `x.pdf`; each of them
/// also with further marks and numbers.
fn is_result(path: &Path, all: &HashSet<PathBuf>) -> bool {
    let name = file_name(path);
    let beside = |stem: &str, ending: &str| all.contains(&path.with_file_name(format!("{stem}{ending}")));
    let wrapped = [".p7s", ".sig", ".sig.json"].iter().any(|wrapper| {
        let Some(mut stem) = name.strip_suffix(wrapper) else { return false };
        loop {
            if beside(stem, "") {
                return true;
            }
            let Some(shorter) = without_mark(stem) else { return false };
            stem = shorter;
        }
    });
    if wrapped {
        return true;
    }
    // A number alone makes no result: `ata-2.pdf` beside `ata.pdf` is another document.
    let (stem, ending) = name.rfind('.').map_or((name.as_str(), ""), |at| name.split_at(at));
    let (mut stem, mut marked) = (stem, false);
    while let Some(shorter) = without_mark(stem) {
        marked |= MARKS.iter().any(|mark| stem.ends_with(mark));
        stem = shorter;
        if marked && beside(stem, ending) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_hidden_files_and_links_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("2026");
        std::fs::create_dir(&inner).unwrap();
        for name in [
            "a.pdf",
            "a-assinado.pdf",
            "a-assinado-2.pdf",
            "a-assinado-b-lta.pdf",
            "b.txt",
            "b.txt.p7s",
            "b.txt-2.p7s",
            "b.txt-coassinado.p7s",
            ".oculto",
            "c-assinado.pdf",
            "so.p7s",
            "a-2.pdf",
            "b.txt.sig",
            "b.txt-3.sig.json",
            "b.txt-2026.txt",
        ] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        std::fs::write(inner.join("d.pdf"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path().join("a.pdf"), folder.path().join("link.pdf")).unwrap();
        let listing = list(folder.path());
        let names: Vec<String> = listing.files.iter().map(|path| file_name(path)).collect();
        assert_eq!(names, ["d.pdf", "a-2.pdf", "a.pdf", "b.txt", "b.txt-2026.txt", "c-assinado.pdf", "so.p7s"]);
        assert!(listing.problems.is_empty());
        assert_eq!(listing.skipped, if cfg!(unix) { 10 } else { 9 });
    }

    #[test]
    fn of_signed_documents_the_highest_level_alone_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "a.pdf",
            "a-b-t.pdf",
            "a-b-t-b-lta.pdf",
            "a-assinado.pdf",
            "a-2.pdf",
            "b.txt",
            "b.txt.p7s",
            "b.txt-b-lt-2.p7s",
            "b.txt-coassinado.p7s",
            "so.p7s",
            "c-b-lta.pdf",
            ".d.pdf",
        ] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let listing = signed(folder.path());
        let names: Vec<String> = listing.files.iter().map(|path| file_name(path)).collect();
        assert_eq!(
            names,
            [
                "a-2.pdf",
                "a-assinado.pdf",
                "a-b-t-b-lta.pdf",
                "b.txt-b-lt-2.p7s",
                "b.txt-coassinado.p7s",
                "c-b-lta.pdf",
                "so.p7s"
            ]
        );
    }

    #[test]
    fn each_mark_is_taken_off_as_a_whole() {
        for mark in MARKS {
            assert_eq!(without_mark(&format!("ata{mark}")), Some("ata"));
        }
        assert_eq!((without_mark("ata-12"), without_mark("ata-"), without_mark("ata")), (Some("ata"), None, None));
    }

    #[test]
    fn what_lies_too_deep_is_told_and_what_lies_above_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let down = |levels: usize| (0..levels).fold(folder.path().to_owned(), |path, _| path.join("d"));
        std::fs::create_dir_all(down(MAX_DEPTH)).unwrap();
        std::fs::write(down(MAX_DEPTH - 1).join("cabe.txt"), "x").unwrap();
        std::fs::write(down(MAX_DEPTH).join("fundo.txt"), "x").unwrap();
        let listing = list(folder.path());
        assert_eq!(listing.files.iter().map(|path| file_name(path)).collect::<Vec<_>>(), ["cabe.txt"]);
        let [problem] = &listing.problems[..] else { panic!("{:?}", listing.problems) };
        assert_eq!((problem.code.as_str(), problem.params["name"].as_str()), ("folder_too_deep", "d"));
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_told() {
        let listing = list(Path::new("/no/such/folder"));
        assert_eq!(listing.problems.len(), 1);
    }
}
