//! Which processes work in an office. Each holds the lock of a file of its own in the office's folder until it ends, however that
//! comes about; so neither clocks nor lists of processes have to be asked.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use cartorio_core::JobId;
use time::Duration;

use crate::home::create_private_folder;

/// This process: its number, and when it started or, where that cannot be known, something else that tells it from others,
/// because numbers are reused.
pub(crate) fn this_process() -> String {
    static OWN: OnceLock<String> = OnceLock::new();
    let own = OWN.get_or_init(|| {
        let id = std::process::id();
        format!("{id}/{}", start_of(id).unwrap_or_else(|| JobId::generate().to_string()))
    });
    own.clone()
}

/// Says that this process works in the office in `folder` from here on, and forgets who does no longer. Nobody else may do the same
/// at this moment. Blocks.
pub(crate) fn enter(folder: &Path) -> io::Result<()> {
    /// Locks of this process; the system lets them go.
    static HELD: Mutex<BTreeMap<PathBuf, File>> = Mutex::new(BTreeMap::new());
    let folder = folder.join(FOLDER);
    create_private_folder(&folder)?;
    let own = folder.join(name_of(&this_process()));
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if !held.contains_key(&own) || !own.exists() {
        let file = File::options().create(true).truncate(false).write(true).open(&own)?;
        if file.try_lock().is_ok() {
            held.insert(own.clone(), file);
        } else {
            // A file system without locks; see `runs`.
            std::fs::remove_file(&own)?;
        }
    }
    for entry in folder.read_dir()?.flatten() {
        let path = entry.path();
        if path != own && is_held(&path) == Some(false) {
            // It is only litter where it stays.
            let _ = std::fs::remove_file(&path);
        }
    }
    Ok(())
}

/// Whether `process`, another one than this, still works in the office in `folder`, where it did so `ago`.
pub(crate) fn runs(folder: &Path, process: &str, ago: Duration) -> bool {
    is_held(&folder.join(FOLDER).join(name_of(process))).unwrap_or_else(|| ago < TOLD_APART && is_started(process))
}

/// Where the files lie.
const FOLDER: &str = "running";

/// Without a lock, a process that was killed cannot be told from one with its reused number after this long.
const TOLD_APART: Duration = Duration::hours(12);

/// Name of the file of a process.
fn name_of(process: &str) -> String {
    process.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).chain(".lock".chars()).collect()
}

/// Whether somebody holds the lock of that file; `None` where there is none, or no locks.
fn is_held(path: &Path) -> Option<bool> {
    // Whoever else looks at the same moment is not taken for the holder.
    match File::open(path).ok()?.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}

/// Whether a process with that number and that start is there.
fn is_started(process: &str) -> bool {
    let Some((id, start)) = process.split_once('/') else { return false };
    id.parse().is_ok_and(|id| !start.is_empty() && start_of(id).as_deref() == Some(start))
}

/// When a process started, in the kernel's own unit (proc(5), field 22); `None` where that cannot be known, and for one that
/// is dead and whose parent has not asked for it yet.
#[cfg(target_os = "linux")]
fn start_of(id: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The command name may hold spaces and parentheses; fields are counted from the last one.
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X" | "x") { None } else { fields.nth(18).map(str::to_owned) }
}

#[cfg(not(target_os = "linux"))]
fn start_of(_id: u32) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_runs_as_long_as_it_holds_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join(FOLDER);
        std::fs::create_dir(&files).unwrap();
        // One that has ended and whose number is another's by now, one that runs, one that left no file.
        let (ended, other) = (this_process(), "12/34");
        std::fs::write(files.join(name_of(&ended)), "").unwrap();
        let file = File::create(files.join(name_of(other))).unwrap();
        file.lock().unwrap();
        let long_ago = Duration::days(30);
        assert!(runs(folder.path(), other, long_ago) && runs(folder.path(), other, Duration::ZERO));
        assert!(!runs(folder.path(), &ended, Duration::ZERO), "the file decides");
        assert!(!runs(folder.path(), "1/1", Duration::ZERO));
        assert_eq!(runs(folder.path().parent().unwrap(), &ended, Duration::ZERO), cfg!(target_os = "linux"));
        assert!(!runs(folder.path().parent().unwrap(), &ended, long_ago), "the number may be another's");

        enter(folder.path()).unwrap();
        enter(folder.path()).unwrap();
        assert!(runs(folder.path(), &ended, long_ago), "which is this one");
        drop(file);
        enter(folder.path()).unwrap();
        let left: Vec<_> = files.read_dir().unwrap().map(|own| own.unwrap().file_name()).collect();
        assert_eq!(left, [std::ffi::OsString::from(name_of(&ended))], "who has ended is forgotten");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        assert_eq!(name_of("../../etc/passwd"), "------etc-passwd.lock");
    }
}
