//! A file on its way to its name.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

#[cfg(target_os = "linux")]
use crate::output::folder_of;
use crate::output::temporary_beside;

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

    /// Gives it the name `path`; never replaces a file. Where the file system has files without a name and then gives them none, the
    /// content is copied to one that has one; until all of it is durable there, nothing has the name `path`. Where no name can be
    /// given that is not there yet, an empty file of this process takes the name first, and is replaced.
    ///
    /// # Errors
    /// Together with the draft as it was, for another name.
    pub(crate) fn persist_noclobber(self, path: &Path) -> Result<(), (Self, io::Error)> {
        match self.0 {
            #[cfg(target_os = "linux")]
            Kind::Nameless { file, path: own } => match linux::name(&own, path) {
                Ok(()) => Ok(()),
                Err(error) if linux::is_refused(&error) => match linux::copy(&file, path) {
                    Ok(copy) => Self::from(copy).persist_noclobber(path),
                    Err(error) => Err((Self(Kind::Nameless { file, path: own }), error)),
                },
                Err(error) => Err((Self(Kind::Nameless { file, path: own }), error)),
            },
            Kind::Named(file) => named(file, path).map_err(|error| (error.file.into(), error.error)),
        }
    }
}

fn named(file: NamedTempFile, path: &Path) -> Result<(), PersistError> {
    match persist_noclobber(file, path) {
        Ok(()) => Ok(()),
        // Neither links nor a renaming that replaces nothing, as with some FUSE: nor does their author say so in one way.
        Err(error) if is_unknown(error.error.kind()) => replace_own(error.file, path),
        Err(error) => Err(error),
    }
}

fn persist_noclobber(file: NamedTempFile, path: &Path) -> Result<(), PersistError> {
    #[cfg(all(test, target_os = "linux"))]
    if let Some(refusal) = tests::NO_RENAME.get() {
        return Err(PersistError { error: refusal.into(), file });
    }
    file.persist_noclobber(path).map(drop)
}

const fn is_unknown(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput)
}

/// Takes the name with an empty file, which is then replaced. Killed in between, the empty file stays; nobody takes it for a result,
/// because a result is known by its digest.
fn replace_own(file: NamedTempFile, path: &Path) -> Result<(), PersistError> {
    match File::create_new(path).and_then(|taken| taken.metadata()) {
        Ok(data) if data.len() == 0 => {}
        // Somebody else wrote into it meanwhile.
        Ok(_) => return Err(PersistError { error: io::ErrorKind::AlreadyExists.into(), file }),
        Err(error) => return Err(PersistError { error, file }),
    }
    file.persist(path).map(drop).inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })
}

impl From<NamedTempFile> for Draft {
    fn from(file: NamedTempFile) -> Self {
        Self(Kind::Named(file))
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{File, OpenOptions};
    use std::io::{Seek, SeekFrom};
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    use std::sync::OnceLock;

    use rustix::fs::{AtFlags, CWD, OFlags, linkat};
    use rustix::io::Errno;

    use super::{Draft, Kind, NamedTempFile, Path, PathBuf, io, temporary_beside};

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
        #[cfg(test)]
        if let Some(refusal) = super::tests::REFUSAL.get() {
            return Err(refusal.into());
        }
        Ok(linkat(CWD, own, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }

    /// Whether the file system gives files no second name, and so none to one that has none: some shares and FUSE.
    pub(super) fn is_refused(error: &io::Error) -> bool {
        let refusals = [Errno::PERM, Errno::ACCESS, Errno::XDEV, Errno::OPNOTSUPP, Errno::NOSYS, Errno::INVAL];
        Errno::from_io_error(error).is_some_and(|own| refusals.contains(&own))
    }

    /// Another file in the folder of `path`, of the same content and rights, durable.
    pub(super) fn copy(mut file: &File, path: &Path) -> io::Result<NamedTempFile> {
        let mut copy = temporary_beside(path)?;
        let data = file.metadata()?;
        file.seek(SeekFrom::Start(0))?;
        if io::copy(&mut file, copy.as_file_mut())? != data.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        copy.as_file().set_permissions(data.permissions())?;
        copy.as_file().sync_all()?;
        Ok(copy)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[cfg(target_os = "linux")]
    thread_local! {
        /// What naming a nameless file is answered in this thread, as by a file system that has no links.
        pub(super) static REFUSAL: std::cell::Cell<Option<rustix::io::Errno>> = const { std::cell::Cell::new(None) };
    }

    #[cfg(target_os = "linux")]
    thread_local! {
        /// What a name that is not there yet is answered in this thread, as by a file system that knows no way to it.
        pub(super) static NO_RENAME: std::cell::Cell<Option<rustix::io::Errno>> = const { std::cell::Cell::new(None) };
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn where_a_name_cannot_be_given_without_replacing_it_is_taken_first() {
        use rustix::io::Errno;
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("a.pdf");
        std::fs::write(&taken, "theirs").unwrap();
        for (number, refusal) in [Errno::PERM, Errno::INVAL, Errno::OPNOTSUPP, Errno::NOSYS].into_iter().enumerate() {
            REFUSAL.set(Some(refusal));
            NO_RENAME.set(Some(refusal));
            for (kind, mut draft) in drafts(&taken).into_iter().enumerate() {
                draft.as_file_mut().write_all(b"ours").unwrap();
                let (draft, error) = draft.persist_noclobber(&taken).err().unwrap();
                assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{refusal:?}");
                let free = folder.path().join(format!("{number}{kind}"));
                draft.persist_noclobber(&free).map_err(|(_, error)| error).unwrap();
                assert_eq!(std::fs::read(&free).unwrap(), b"ours", "{refusal:?}");
            }
        }
        assert_eq!(std::fs::read(&taken).unwrap(), b"theirs");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 9, "no temporary file is left");
        // A folder in which nothing may be made says so, and the draft is there for another name.
        let nowhere = folder.path().join("nada").join("a.pdf");
        let (draft, error) = drafts(&taken).into_iter().last().unwrap().persist_noclobber(&nowhere).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(draft.path().exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn where_no_nameless_file_gets_a_name_its_content_gets_it_all_the_same() {
        use std::os::unix::fs::PermissionsExt;

        use rustix::io::Errno;
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("a.pdf");
        std::fs::write(&taken, "theirs").unwrap();
        let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let draft = || {
            let mut draft = Draft::beside(&taken).unwrap();
            draft.as_file_mut().write_all(&content).unwrap();
            draft.as_file().set_permissions(std::fs::Permissions::from_mode(0o640)).unwrap();
            draft
        };
        if !matches!(draft().0, Kind::Nameless { .. }) {
            println!("left out: there are no files without a name here");
            return;
        }
        for (number, refusal) in [Errno::PERM, Errno::XDEV, Errno::OPNOTSUPP].into_iter().enumerate() {
            REFUSAL.set(Some(refusal));
            let (draft, error) = draft().persist_noclobber(&taken).err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{refusal:?}");
            let free = folder.path().join(number.to_string());
            draft.persist_noclobber(&free).map_err(|(_, error)| error).unwrap();
            assert!(std::fs::read(&free).unwrap() == content, "{refusal:?}");
            assert_eq!(std::fs::metadata(&free).unwrap().permissions().mode() & 0o777, 0o640, "{refusal:?}");
        }
        assert_eq!(std::fs::read(&taken).unwrap(), b"theirs");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "no temporary file is left");
        // Any other answer is told, and leaves the draft as it was.
        REFUSAL.set(Some(Errno::NOSPC));
        let free = folder.path().join("cheio");
        let (draft, error) = draft().persist_noclobber(&free).err().unwrap();
        assert_eq!(Errno::from_io_error(&error), Some(Errno::NOSPC));
        assert!(!free.exists() && matches!(draft.0, Kind::Nameless { .. }));
        REFUSAL.set(None);
        draft.persist_noclobber(&free).map_err(|(_, error)| error).unwrap();
        assert!(std::fs::read(&free).unwrap() == content);
    }

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
