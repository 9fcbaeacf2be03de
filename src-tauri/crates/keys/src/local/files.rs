//! Files that are whole or not there: written beside, flushed, renamed. Readable by their owner alone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use crate::{KeyError, KeyResult};

/// Makes `folder` and closes it to everybody else (0700).
pub(super) fn private_folder(folder: &Path) -> KeyResult<()> {
    fs::create_dir_all(folder).map_err(|error| io_error(&error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(|error| io_error(&error))?;
    }
    Ok(())
}

/// Writes a file that must not be there yet.
pub(super) fn write_new(folder: &Path, name: &str, content: &[u8]) -> KeyResult<()> {
    temporary(folder, content)?.persist_noclobber(folder.join(name)).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => KeyError::AlreadyExists { name: name.to_owned() },
        _ => io_error(&error.error),
    })?;
    flush_folder(folder)
}

/// Writes a file, over one of the same name.
pub(super) fn write_over(folder: &Path, name: &str, content: &[u8]) -> KeyResult<()> {
    temporary(folder, content)?.persist(folder.join(name)).map_err(|error| io_error(&error.error))?;
    flush_folder(folder)
}

/// As [`write_over`], whole or not there, but without waiting for the disk.
pub(super) fn write_unflushed(folder: &Path, name: &str, content: &[u8]) -> KeyResult<()> {
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder).map_err(|error| io_error(&error))?;
    file.write_all(content).map_err(|error| io_error(&error))?;
    file.persist(folder.join(name)).map(|_| ()).map_err(|error| io_error(&error.error))
}

/// What tells one version of a file from the next, for those who have read it; `None` where there is none.
pub(super) fn stamp(folder: &Path, name: &str) -> KeyResult<Option<Stamp>> {
    match fs::metadata(folder.join(name)) {
        Ok(metadata) => Ok(Some(Stamp {
            modified: metadata.modified().ok(),
            len: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&metadata),
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(&error)),
    }
}

/// Every change writes a new file beside the old one, so that it differs in number or time, or both.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
    #[cfg(unix)]
    inode: u64,
}

/// Reads a file; `None` where there is none.
pub(super) fn read(folder: &Path, name: &str) -> KeyResult<Option<Vec<u8>>> {
    match fs::read(folder.join(name)) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(&error)),
    }
}

/// Deletes a file; tells whether there was one.
pub(super) fn remove(folder: &Path, name: &str) -> KeyResult<bool> {
    match fs::remove_file(folder.join(name)) {
        Ok(()) => flush_folder(folder).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io_error(&error)),
    }
}

/// Names of the files that end in `suffix`, without it, sorted.
pub(super) fn stems(folder: &Path, suffix: &str) -> KeyResult<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error(&error)),
    };
    let mut stems = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| io_error(&error))?.file_name();
        if let Some(stem) = name.to_str().and_then(|name| name.strip_suffix(suffix)) {
            stems.push(stem.to_owned());
        }
    }
    stems.sort();
    Ok(stems)
}

/// Keeps other processes out of the folder's writers until it is dropped.
pub(super) fn lock(folder: &Path) -> KeyResult<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(".lock"))
        .map_err(|error| io_error(&error))?;
    file.lock().map_err(|error| io_error(&error))?;
    Ok(file)
}

pub(super) fn io_error(error: &io::Error) -> KeyError {
    KeyError::StoreIo { reason: error.to_string() }
}

fn temporary(folder: &Path, content: &[u8]) -> KeyResult<tempfile::NamedTempFile> {
    // `tempfile` makes files of mode 0600.
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder).map_err(|error| io_error(&error))?;
    file.write_all(content).map_err(|error| io_error(&error))?;
    file.as_file().sync_all().map_err(|error| io_error(&error))?;
    Ok(file)
}

/// A rename survives a power cut only once its folder is flushed; Windows has no such call.
fn flush_folder(folder: &Path) -> KeyResult<()> {
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io_error(&error))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
