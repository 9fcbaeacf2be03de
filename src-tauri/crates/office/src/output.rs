//! Files that are whole or not there: a temporary file in the same folder, fsync, then a name.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Replaces `path` with `content`; readers see the old file or the new one.
pub(crate) fn write_over(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = temporary_beside(path)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path)
}

/// A temporary file in the folder of `path`, removed unless it gets a name.
pub(crate) fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    Builder::new().prefix(".cartorio-").suffix(".tmp").tempfile_in(folder_of(path))
}

/// Gives `file` the first free name of `candidates`; never replaces a file. Returns the name.
pub(crate) fn persist_new(
    mut file: NamedTempFile,
    candidates: impl IntoIterator<Item = PathBuf>,
) -> io::Result<PathBuf> {
    file.as_file().sync_all()?;
    for path in candidates {
        match file.persist_noclobber(&path) {
            Ok(_) => {
                sync_folder(&path)?;
                return Ok(path);
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(error.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// `stem.ext`, `stem-2.ext`, `stem-3.ext`, …
pub(crate) fn numbered(folder: &Path, stem: &str, extension: &str) -> impl Iterator<Item = PathBuf> {
    (1_u32..10_000).map(move |n| {
        if n == 1 { folder.join(format!("{stem}.{extension}")) } else { folder.join(format!("{stem}-{n}.{extension}")) }
    })
}

/// The folder that a file lies in; the working folder for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a new name durable. Folders cannot be synced everywhere (Windows); there the rename is durable by itself.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_dropped_temporary_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(temporary_beside(&folder.path().join("x")).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
