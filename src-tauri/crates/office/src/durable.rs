//! Results on their way to the disk. Those that wait for the same folder at the same moment go together: the disk is given the bytes
//! of all of them first and asked for each of them then, so that it has hardly anything left to do when it is asked for the second.
//! One at a time, waiting for the disk is a fifth of what a small document costs.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::oneshot;

use crate::draft::Draft;
use crate::output::sync_folder;
use crate::{OfficeError, OfficeResult};

/// So many go together.
const GROUP: usize = 64;

/// Groups of one folder that are under way at once: on a share the answers take long, and the next ones need not wait for them.
const GROUPS: usize = 4;

/// Another group begins beside those under way when so many wait.
const ENOUGH: usize = 16;

/// Makes `file` durable, calls `name`, which gives it its name in `folder`, and makes that durable. Runs to its end even where the
/// caller stops waiting.
///
/// # Errors
/// The inner one is the disk's, or that of `name`.
pub(crate) async fn persist<T: Send + 'static>(
    file: Draft,
    folder: &Path,
    name: impl FnOnce(Draft) -> io::Result<T> + Send + 'static,
) -> OfficeResult<io::Result<T>> {
    let (sender, receiver) = oneshot::channel();
    let name = move |synced: io::Result<Draft>| {
        let named = synced.and_then(name);
        let answer = move || {
            // Whoever stopped waiting needs no answer.
            let _ = sender.send(named);
        };
        Box::new(answer) as Answer
    };
    Folder::of(folder).add(Waiting { file, name: Box::new(name) });
    receiver.await.map_err(|_| OfficeError::internal("a background task"))
}

/// What tells somebody how it ended.
type Answer = Box<dyn FnOnce() + Send>;

/// A result that waits.
struct Waiting {
    file: Draft,
    /// Gives it its name, once it is durable.
    name: Box<dyn FnOnce(io::Result<Draft>) -> Answer + Send>,
}

/// A folder that results go to.
struct Folder {
    path: PathBuf,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    groups: usize,
}

impl Folder {
    fn of(path: &Path) -> Arc<Self> {
        static FOLDERS: Mutex<BTreeMap<PathBuf, Weak<Folder>>> = Mutex::new(BTreeMap::new());
        let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = folders.get(path).and_then(Weak::upgrade) {
            return folder;
        }
        folders.retain(|_, folder| folder.strong_count() > 0);
        let folder = Arc::new(Self { path: path.to_owned(), line: Mutex::default() });
        folders.insert(path.to_owned(), Arc::downgrade(&folder));
        folder
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(self: Arc<Self>, waiting: Waiting) {
        let begins = {
            let mut line = self.line();
            line.waiting.push_back(waiting);
            let begins = line.groups == 0 || (line.groups < GROUPS && line.waiting.len() >= ENOUGH);
            line.groups += usize::from(begins);
            begins
        };
        if begins {
            let leading = Leading { folder: self, done: false };
            tokio::task::spawn_blocking(move || leading.work());
        }
    }
}

/// Somebody who takes what waits to the disk, one group after another.
struct Leading {
    folder: Arc<Folder>,
    done: bool,
}

impl Leading {
    fn work(mut self) {
        loop {
            let group: Vec<Waiting> = {
                let mut line = self.folder.line();
                let size = line.waiting.len().min(GROUP);
                if size == 0 {
                    line.groups -= 1;
                    self.done = true;
                    return;
                }
                line.waiting.drain(..size).collect()
            };
            together(&self.folder.path, group);
        }
    }
}

impl Drop for Leading {
    fn drop(&mut self) {
        if !self.done {
            // It ended early, perhaps before it began; nobody is left waiting for it.
            let mut line = self.folder.line();
            line.groups -= 1;
            if line.groups == 0 {
                line.waiting.clear();
            }
        }
    }
}

fn together(folder: &Path, group: Vec<Waiting>) {
    if group.len() > 1 {
        group.iter().for_each(|own| begin_writing(own.file.as_file()));
    }
    // All of them before the first gets its name: a changed folder may be written with each file.
    let synced = |Waiting { file, name }| (file.as_file().sync_all().map(|()| file), name);
    let synced: Vec<_> = group.into_iter().map(synced).collect();
    // A panic is of its own result alone: the others have their names, and are told so.
    let named =
        |(file, name): (_, Box<dyn FnOnce(_) -> Answer + Send>)| catch_unwind(AssertUnwindSafe(|| name(file))).ok();
    let answers: Vec<Answer> = synced.into_iter().filter_map(named).collect();
    sync_folder(folder);
    answers.into_iter().for_each(|answer| answer());
}

/// Lets the system begin to write the file, without waiting for it.
fn begin_writing(file: &File) {
    // It is a wish; that the file is written is asked for later.
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::output::{first_free, numbered};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_results_at_once_are_all_there_and_none_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let tasks: Vec<_> = (0..300_u32)
            .map(|number| {
                let path = path.clone();
                tokio::spawn(async move {
                    let mut file = Draft::beside(&path.join("x")).unwrap();
                    file.as_file_mut().write_all(&number.to_be_bytes()).unwrap();
                    let own = path.clone();
                    let name = move |file| first_free(file, numbered(&own, &(number % 3).to_string(), "pdf"));
                    (number, persist(file, &path, name).await.unwrap().unwrap())
                })
            })
            .collect();
        for task in tasks {
            let (number, named) = task.await.unwrap();
            assert_eq!(std::fs::read(named).unwrap(), number.to_be_bytes());
        }
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 300);
    }

    #[tokio::test]
    async fn an_error_is_of_its_own_result_alone() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("a.pdf");
        std::fs::write(&taken, "theirs").unwrap();
        let of = |name: &'static str| {
            let (file, path) = (Draft::beside(&taken).unwrap(), folder.path().join(name));
            persist(file, folder.path(), move |file| first_free(file, [path]))
        };
        let (first, second) = tokio::join!(of("a.pdf"), of("b.pdf"));
        assert_eq!(first.unwrap().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(second.unwrap().unwrap(), folder.path().join("b.pdf"));
        assert_eq!(std::fs::read(&taken).unwrap(), b"theirs");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn a_panic_is_of_its_own_result_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, told) = std::sync::mpsc::channel();
        let of = |name: &'static str, panics: bool| {
            let (sender, path) = (sender.clone(), folder.path().join(name));
            let naming = move |file: io::Result<Draft>| {
                assert!(!panics, "as a defect would");
                let named = file.and_then(|file| first_free(file, [path]));
                Box::new(move || sender.send(named.unwrap()).unwrap()) as Answer
            };
            Waiting { file: Draft::beside(&folder.path().join("x")).unwrap(), name: Box::new(naming) }
        };
        together(folder.path(), vec![of("a.pdf", false), of("b.pdf", true), of("c.pdf", false)]);
        drop(sender);
        let named: Vec<PathBuf> = told.iter().collect();
        assert_eq!(named, ["a.pdf", "c.pdf"].map(|name| folder.path().join(name)));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
    }
}
