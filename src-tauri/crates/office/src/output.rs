//! Files that are whole or not there: a temporary file in the same folder, fsync, then a name.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

use crate::draft::Draft;

/// Replaces `path` with `content`; readers see the old file or the new one.
pub(crate) fn write_over(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = temporary_beside(path)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder_of(path));
    Ok(())
}

/// A temporary file in the folder of `path`, removed unless it gets a name. A process that is killed cannot remove it:
/// [`sweep`] does so later.
pub(crate) fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = Builder::new().prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX).tempfile_in(folder_of(path))?;
        if keep(&file) {
            return Ok(file);
        }
    }
}

/// Removes temporary files that killed processes left in `folder`. Those of living ones stay: they are locked. What cannot
/// be looked at or removed stays too; it is only litter.
pub(crate) fn sweep(folder: &Path) {
    let Ok(entries) = folder.read_dir() else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|n| n.starts_with(TEMPORARY_PREFIX) && n.ends_with(TEMPORARY_SUFFIX));
        if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let path = entry.path();
            if let Some(_lock) = abandoned(&path) {
                // The lock outlives the file, so that its maker, if it was just being made, notices.
                let _ = std::fs::remove_file(&path);
            }
        }
    }
}

const TEMPORARY_PREFIX: &str = ".cartorio-";
const TEMPORARY_SUFFIX: &str = ".tmp";

/// Marks a new temporary file as being worked on; `false` when a sweep was faster.
fn keep(file: &NamedTempFile) -> bool {
    // Elsewhere a lock would also keep this process's own second look at the file out.
    if !cfg!(unix) {
        return true;
    }
    match file.as_file().try_lock() {
        Ok(()) => file.path().exists(),
        Err(TryLockError::WouldBlock) => false,
        // A file system without locks: there a sweep removes nothing.
        Err(TryLockError::Error(_)) => true,
    }
}

/// The file, when nobody works on it any more.
fn abandoned(path: &Path) -> Option<File> {
    const LONG_AGO: Duration = Duration::from_secs(24 * 60 * 60);
    let file = File::options().write(true).open(path).ok()?;
    let free = if cfg!(unix) {
        file.try_lock().is_ok()
    } else {
        file.metadata().and_then(|data| data.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LONG_AGO))
    };
    free.then_some(file)
}

/// Lets those read `file` who may read `original`: a result is as private as its document.
pub(crate) fn share_like(file: &File, original: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(original)?.permissions().mode();
        file.set_permissions(std::fs::Permissions::from_mode(mode & 0o666 | 0o600))?;
    }
    #[cfg(not(unix))]
    let _ = (file, original);
    Ok(())
}

/// Gives `file` the first free name of `candidates`; never replaces a file. Returns the name.
pub(crate) fn persist_new(
    file: impl Into<Draft>,
    candidates: impl IntoIterator<Item = PathBuf>,
) -> io::Result<PathBuf> {
    let file = file.into();
    file.as_file().sync_all()?;
    let path = first_free(file, candidates)?;
    sync_folder_together(&path);
    Ok(path)
}

/// The same for a file that is durable already; its name is not yet when this returns.
pub(crate) fn first_free(mut file: Draft, candidates: impl IntoIterator<Item = PathBuf>) -> io::Result<PathBuf> {
    for path in candidates {
        match file.persist_noclobber(&path) {
            Ok(()) => return Ok(path),
            Err((draft, error)) if error.kind() == io::ErrorKind::AlreadyExists => file = draft,
            Err((_, error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Removes the file; `false` where it may still be there.
pub(crate) fn remove(path: &Path) -> bool {
    match std::fs::remove_file(path) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// `stem.ext`, `stem-2.ext`, `stem-3.ext`, …
pub(crate) fn numbered(folder: &Path, stem: &str, extension: &str) -> impl Iterator<Item = PathBuf> {
    (1_u32..10_000).map(move |n| {
        if n == 1 { folder.join(format!("{stem}.{extension}")) } else { folder.join(format!("{stem}-{n}.{extension}")) }
    })
}

/// `first`, one of those, and the names that come after it.
pub(crate) fn numbered_after(first: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (first, stem, extension) = (first.to_owned(), text(first.file_stem()), text(first.extension()));
    (1_u32..10_000)
        .map(move |n| if n == 1 { first.clone() } else { first.with_file_name(format!("{stem}-{n}.{extension}")) })
}

/// The folder that a file lies in; the working folder for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes new names in `folder` durable, where folders can be synced. Where they cannot (Windows, some network drives) the file is
/// there all the same, and nobody is told that it is not.
pub(crate) fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

/// As [`sync_folder`]; those who wait for the same folder at the same moment share one sync. It begins after each of them has made
/// its name, so it is as good as one of its own.
fn sync_folder_together(path: &Path) {
    /// How far one folder is: names made, and how many of these are durable. Whoever holds the lock inside syncs.
    #[derive(Default)]
    struct Folder {
        made: AtomicU64,
        durable: Mutex<u64>,
    }
    static FOLDERS: Mutex<BTreeMap<PathBuf, Weak<Folder>>> = Mutex::new(BTreeMap::new());
    if !cfg!(unix) {
        return;
    }
    let name = folder_of(path);
    let folder = {
        let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        match folders.get(name).and_then(Weak::upgrade) {
            Some(folder) => folder,
            None => {
                folders.retain(|_, folder| folder.strong_count() > 0);
                let folder = Arc::<Folder>::default();
                folders.insert(name.to_owned(), Arc::downgrade(&folder));
                folder
            }
        }
    };
    let own = folder.made.fetch_add(1, Ordering::SeqCst) + 1;
    let mut durable = folder.durable.lock().unwrap_or_else(PoisonError::into_inner);
    if *durable < own {
        let all = folder.made.load(Ordering::SeqCst);
        sync_folder(name);
        *durable = all;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is durable cannot be seen from here; that nobody waits for ever and every name is there can.
    #[test]
    fn many_names_at_once_are_all_there() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..16 {
                let path = folder.path().join(format!("{number}.pdf"));
                scope.spawn(move || {
                    for copy in 0..8 {
                        let file = temporary_beside(&path).unwrap();
                        persist_new(file, [path.with_extension(copy.to_string())]).unwrap();
                    }
                });
            }
        });
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 16 * 8);
    }

    #[test]
    fn a_taken_name_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("a.pdf");
        std::fs::write(&taken, "theirs").unwrap();
        let mut file = temporary_beside(&taken).unwrap();
        file.write_all(b"ours").unwrap();
        let path = persist_new(file, numbered(folder.path(), "a", "pdf")).unwrap();
        assert_eq!(path, folder.path().join("a-2.pdf"));
        assert_eq!(std::fs::read(&taken).unwrap(), b"theirs");
        assert_eq!(std::fs::read(&path).unwrap(), b"ours");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn names_after_the_first_are_those_that_it_was_one_of() {
        for (stem, extension) in [("ata-assinado", "pdf"), ("ata.txt", "p7s"), ("ata.2026", "sig"), ("sem", "")] {
            let all: Vec<PathBuf> = numbered(Path::new("/x"), stem, extension).take(3).collect();
            assert_eq!(numbered_after(&all[0]).take(3).collect::<Vec<_>>(), all);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_sweep_removes_what_the_dead_left_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let alive = temporary_beside(&path("x")).unwrap();
        for name in [".cartorio-morto.tmp", "minuta.tmp", ".cartorio-notas", "cartorio-a.tmp"] {
            std::fs::write(path(name), "x").unwrap();
        }
        std::fs::create_dir(path(".cartorio-pasta.tmp")).unwrap();
        std::os::unix::fs::symlink(path("minuta.tmp"), path(".cartorio-elo.tmp")).unwrap();
        sweep(folder.path());
        assert!(!path(".cartorio-morto.tmp").exists());
        for name in ["minuta.tmp", ".cartorio-notas", "cartorio-a.tmp", ".cartorio-pasta.tmp", ".cartorio-elo.tmp"] {
            assert!(path(name).symlink_metadata().is_ok(), "{name} is not ours");
        }
        assert!(alive.path().exists(), "somebody writes it");
        sweep(&path("nowhere"));
    }

    #[cfg(unix)]
    #[test]
    fn a_result_is_as_private_as_its_document() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let original = folder.path().join("a.pdf");
        std::fs::write(&original, "").unwrap();
        for (mode, expected) in [(0o644, 0o644), (0o600, 0o600), (0o444, 0o644), (0o755, 0o644)] {
            std::fs::set_permissions(&original, std::fs::Permissions::from_mode(mode)).unwrap();
            let file = temporary_beside(&original).unwrap();
            share_like(file.as_file(), &original).unwrap();
            assert_eq!(file.as_file().metadata().unwrap().permissions().mode() & 0o777, expected);
        }
    }

    #[test]
    fn a_dropped_temporary_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(temporary_beside(&folder.path().join("x")).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
