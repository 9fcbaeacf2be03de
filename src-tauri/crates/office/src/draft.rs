//! A file on its way to its name.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::output::{folder_of, temporary_beside};

/// A new file that gets its name when it is whole. Nothing is left of it without one.
pub(crate) struct Draft(Kind);

enum Kind {
    /// It has no name at all: nothing is left of it where the process is killed, and naming it is the folder's only change.
    #[cfg(target_os = "linux")]
    Nameless {
        file: File,
        /// Where this process can open it once more.
        path: PathBuf,
    },
    /// Elsewhere every file has some name.
    Named(NamedTempFile),
}

impl Draft {
    /// One in the folder of `path`, for its owner alone.
    pub(crate) fn beside(path: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(draft) = linux::nameless(folder_of(path))? {
            return Ok(draft);
        }
        temporary_beside(path).map(Self::from)
    }

    /// The open file.
    pub(crate) fn as_file(&self) -> &File {
        match &self.0 {
            #[cfg(target_os = "linux")]
            Kind::Nameless { file, .. } => file,
            Kind::Named(file) => file.as_file(),
        }
    }

    /// The open file, to be written.
    pub(crate) fn as_file_mut(&mut self) -> &mut File {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Kind::Nameless { file, .. } => file,
            Kind::Named(file) => file.as_file_mut(),
        }
    }

    /// Where this process can open it, for as long as this lives.
    pub(crate) fn path(&self) -> &Path {
        match &self.0 {
            #[cfg(target_os = "linux")]
            Kind::Nameless { path, .. } => path,
            Kind::Named(file) => file.path(),
        }
    }

    /// Gives it the name `path`; never replaces a file.
    ///
    /// # Errors
    /// Together with the draft as it was, for another name.
    pub(crate) fn persist_noclobber(self, path: &Path) -> Result<(), (Self, io::Error)> {
        match self.0 {
            #[cfg(target_os = "linux")]
            Kind::Nameless { file, path: own } => match linux::name(&own, path) {
                Ok(()) => Ok(()),
                Err(error) => Err((Self(Kind::Nameless { file, path: own }), error)),
            },
            Kind::Named(file) => match file.persist_noclobber(path) {
                Ok(_) => Ok(()),
                Err(error) => Err((error.file.into(), error.error)),
            },
        }
    }
}

impl From<NamedTempFile> for Draft {
    fn from(file: NamedTempFile) -> Self {
        Self(Kind::Named(file))
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::OpenOptions;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    use std::sync::OnceLock;

    use rustix::fs::{AtFlags, CWD, OFlags, linkat};
    use rustix::io::Errno;

    use super::{Draft, Kind, Path, PathBuf, io};

    /// Where this process sees its open files; open(2) names this as the way to give a nameless file a name.
    const OPEN_FILES: &str = "/proc/self/fd";

    /// A file without a name; nothing where this system or the folder's file system has none.
    pub(super) fn nameless(folder: &Path) -> io::Result<Option<Draft>> {
        static SEEN: OnceLock<bool> = OnceLock::new();
        if !SEEN.get_or_init(|| Path::new(OPEN_FILES).is_dir()) {
            return Ok(None);
        }
        let flags = i32::try_from(OFlags::TMPFILE.bits()).unwrap_or_default();
        match OpenOptions::new().read(true).write(true).custom_flags(flags).mode(0o600).open(folder) {
            Ok(file) => {
                let path = PathBuf::from(format!("{OPEN_FILES}/{}", file.as_raw_fd()));
                Ok(Some(Draft(Kind::Nameless { file, path })))
            }
            // What is said where there are no such files; a folder that is not there says the last one, too, and is told by whoever
            // makes a file with a name.
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => Ok(None),
                Some(_) | None => Err(error),
            },
        }
    }

    pub(super) fn name(own: &Path, path: &Path) -> io::Result<()> {
        Ok(linkat(CWD, own, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn drafts(path: &Path) -> [Draft; 2] {
        [Draft::beside(path).unwrap(), temporary_beside(path).unwrap().into()]
    }

    #[test]
    fn a_draft_is_read_by_its_path_and_gets_a_free_name() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("a.pdf");
        std::fs::write(&taken, "theirs").unwrap();
        for (number, mut draft) in drafts(&taken).into_iter().enumerate() {
            draft.as_file_mut().write_all(b"ours").unwrap();
            assert_eq!(std::fs::read(draft.path()).unwrap(), b"ours");
            let (draft, error) = draft.persist_noclobber(&taken).err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            let free = folder.path().join(number.to_string());
            draft.persist_noclobber(&free).map_err(|(_, error)| error).unwrap();
            assert_eq!(std::fs::read(&free).unwrap(), b"ours");
        }
        assert_eq!(std::fs::read(&taken).unwrap(), b"theirs");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn nothing_is_left_of_a_draft_without_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let drafts = drafts(&folder.path().join("x"));
        drop(drafts);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let missing = Draft::beside(&folder.path().join("nowhere/x")).err().map(|error| error.kind());
        assert_eq!(missing, Some(io::ErrorKind::NotFound));
    }
}
