//! The documents in a folder, for a batch: bounded, in the order of their names, without what a batch must not take.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use cartorio_ades::create::cades;
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

/// Lists the PDFs and `.p7s` of `folder` and of the folders below it, without those that were taken to a higher level, or stamped once
/// more, since: of `x.pdf`, `x-b-lta.pdf` and `x-b-lta-2.pdf`, the last one. Blocks.
pub(crate) fn signed(folder: &Path) -> Listing {
    let mut listing = Listing::default();
    walk(folder, 0, &mut listing);
    listing.files.sort();
    let ending = |path: &Path| path.extension().map(|own| own.to_string_lossy().to_lowercase());
    let before = listing.files.len();
    listing.files.retain(|path| ending(path).is_some_and(|own| own == "pdf" || CONTAINERS.contains(&own.as_str())));
    let mut highest: HashMap<PathBuf, Standing> = HashMap::new();
    for (below, standing) in listing.files.iter().map(|path| standing_of(path)) {
        let own = highest.entry(below).or_default();
        *own = standing.max(*own);
    }
    listing.files.retain(|path| {
        let (below, standing) = standing_of(path);
        highest.get(&below).is_none_or(|highest| standing >= *highest)
    });
    listing.skipped += u32::try_from(before - listing.files.len()).unwrap_or(u32::MAX);
    listing
}

/// How far a file was extended, by its name: the place of its mark among [`EXTENDED`], from 1, and its number. What has no mark was not.
type Standing = (usize, u32);

/// The document that a result of extension goes back to, by its name, and how far it is: `x.pdf` for `x-b-lta-2.pdf`, and for itself.
fn standing_of(path: &Path) -> (PathBuf, Standing) {
    let name = file_name(path);
    let (stem, ending) = name.rfind('.').map_or((name.as_str(), ""), |at| name.split_at(at));
    let (below, standing) = level_taken_off(stem).unwrap_or((stem, Standing::default()));
    (path.with_file_name(format!("{below}{ending}")), standing)
}

/// `stem` without the marks of extensions at its end and the numbers after them, and how far the last one says that it is; nothing
/// where there is none. A number alone is part of the name.
fn level_taken_off(stem: &str) -> Option<(&str, Standing)> {
    let (unnumbered, number) = match stem.rsplit_once('-').map(|(rest, number)| (rest, number.parse())) {
        Some((rest, Ok(number))) => (rest, number),
        Some((_, Err(_))) | None => (stem, 1),
    };
    let place = EXTENDED.iter().position(|mark| unnumbered.ends_with(mark))?;
    let rest = unnumbered.strip_suffix(EXTENDED[place]).filter(|rest| !rest.is_empty())?;
    Some((level_taken_off(rest).map_or(rest, |(below, _)| below), (place + 1, number)))
}

/// `stem` without the marks of extensions at its end: its result has one alone.
pub(crate) fn without_level(stem: &str) -> &str {
    level_taken_off(stem).map_or(stem, |(below, _)| below)
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
const MARKS: [&str; 7] = ["-contra-assinado", "-coassinado", "-assinado", "-estendido", "-b-t", "-b-lt", "-b-lta"];

/// Those of extension, the lowest first; the first is of signatures that can have no level.
const EXTENDED: [&str; 4] = ["-estendido", "-b-t", "-b-lt", "-b-lta"];

/// `name` without the last thing that this program appended: a mark of a result, or a number; `None` where there is none.
pub(crate) fn without_mark(name: &str) -> Option<&str> {
    let marked = MARKS.iter().find_map(|mark| name.strip_suffix(mark));
    let numbered = || {
        let (rest, number) = name.rsplit_once('-')?;
        (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
    };
    marked.or_else(numbered)
}

/// Endings of signatures that are written as DER: beside their content, and around it (RFC 8551 §3.2.1).
const CONTAINERS: [&str; 2] = ["p7s", "p7m"];

/// Whether a name is that of a signature: one as it is, or one in an armour.
pub(crate) fn is_signature_name(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| CONTAINERS.iter().chain(&["pem"]).any(|own| ending.eq_ignore_ascii_case(own)))
}

/// The ending of what comes of a signature with this one: a result is DER, in no armour and in no message.
pub(crate) fn container_ending(ending: &str) -> &str {
    if CONTAINERS.iter().any(|own| ending.eq_ignore_ascii_case(own)) { ending } else { cades::FILE_EXTENSION }
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
            "e.pdf",
            "e-b-lta.pdf",
            "e-b-lta-2.pdf",
            "e-b-lt-7.pdf",
            "f-estendido.pdf",
            "f.pdf",
            "a-assinado.pdf",
            "a-2.pdf",
            "b.txt",
            "b.txt.p7s",
            "b.txt-b-lt-2.p7s",
            "b.txt-coassinado.p7s",
            "so.p7s",
            "dentro.P7M",
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
                "dentro.P7M",
                "e-b-lta-2.pdf",
                "f-estendido.pdf",
                "so.p7s"
            ]
        );
    }

    #[test]
    fn the_name_of_a_result_has_one_level() {
        for (stem, below) in [
            ("ata", "ata"),
            ("ata-2", "ata-2"),
            ("ata-b-lt", "ata"),
            ("ata-b-lta-12", "ata"),
            ("ata-b-t-b-lt-3", "ata"),
            ("ata-2-b-t", "ata-2"),
            ("ata-estendido", "ata"),
            ("ata-assinado-b-lta", "ata-assinado"),
            ("ata-b-lta-x", "ata-b-lta-x"),
            ("-b-t", "-b-t"),
            ("-b-t-b-lta", "-b-t"),
        ] {
            assert_eq!(without_level(stem), below, "{stem}");
        }
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
