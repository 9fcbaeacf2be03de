//! When keys were last used: exact in this process, on disk at most one minute late.
//!
//! `<id>.use.json` is a hint for people who tidy up, not evidence (that is the trail), so it is neither sealed nor
//! flushed: a signature must not wait for the disk.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::files;
use crate::{KeyResult, LastUse};

/// What a key was used for, in the words of AWS KMS.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub(super) enum Operation {
    Sign,
    GenerateDataKey,
    Decrypt,
}

/// The last uses that this process saw.
#[derive(Default)]
pub(super) struct Uses(Mutex<HashMap<String, Seen>>);

impl Uses {
    /// Notes a use. Never fails: a full disk must not stop a signature.
    pub(super) fn note(&self, folder: &Path, id: &str, at: OffsetDateTime, operation: Operation) {
        let write = {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match seen.get_mut(id) {
                Some(seen) => {
                    let write = (at - seen.written).abs() >= INTERVAL;
                    *seen = Seen { at, operation, written: if write { at } else { seen.written } };
                    write
                }
                None => {
                    seen.insert(id.to_owned(), Seen { at, operation, written: at });
                    true
                }
            }
        };
        if write && let Ok(content) = serde_json::to_vec(&UseFile { version: 1, at, operation }) {
            let _ = files::write_unflushed(folder, &file_name(id), &content);
        }
    }

    /// The last use of a key.
    pub(super) fn last(&self, folder: &Path, id: &str) -> KeyResult<Option<LastUse>> {
        let use_of = |at, operation: Option<Operation>| LastUse {
            at,
            operation: operation.map(|operation| format!("{operation:?}")),
            request_id: None,
        };
        let here = {
            let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.get(id).map(|seen| use_of(seen.at, Some(seen.operation)))
        };
        let name = file_name(id);
        let kept = match files::read(folder, &name)? {
            None => None,
            Some(content) => match serde_json::from_slice::<UseFile>(&content) {
                Ok(file) if file.version == 1 => Some(use_of(file.at, Some(file.operation))),
                // Torn by a power cut: the key was used, and about when is known too.
                Ok(_) | Err(_) => fs::metadata(folder.join(&name))
                    .and_then(|metadata| metadata.modified())
                    .ok()
                    .map(|at| use_of(at.into(), None)),
            },
        };
        Ok([kept, here].into_iter().flatten().max_by_key(|last| last.at))
    }

    /// Forgets a key that was deleted.
    pub(super) fn forget(&self, folder: &Path, id: &str) -> KeyResult<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        files::remove(folder, &file_name(id)).map(|_| ())
    }
}

const INTERVAL: Duration = Duration::minutes(1);

struct Seen {
    at: OffsetDateTime,
    operation: Operation,
    written: OffsetDateTime,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct UseFile {
    version: u32,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    operation: Operation,
}

fn file_name(id: &str) -> String {
    format!("{id}.use.json")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn is_written_once_a_minute_and_known_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (uses, path) = (Uses::default(), folder.path());
        let start = datetime!(2026-11-21 10:00 UTC);
        let at = |uses: &Uses| uses.last(path, "a").unwrap().map(|last| last.at);
        assert_eq!(at(&uses), None);
        for (seconds, on_disk) in [(0, 0), (1, 0), (59, 0), (60, 60), (61, 60), (119, 60), (120, 120)] {
            let now = start + Duration::seconds(seconds);
            uses.note(path, "a", now, Operation::Sign);
            assert_eq!(at(&uses), Some(now));
            assert_eq!(
                at(&Uses::default()),
                Some(start + Duration::seconds(on_disk)),
                "another process, after {seconds}"
            );
        }
        assert_eq!(uses.last(path, "a").unwrap().unwrap().operation.as_deref(), Some("Sign"));
        uses.forget(path, "a").unwrap();
        assert_eq!(at(&uses), None);
        uses.forget(path, "a").unwrap();
    }

    #[test]
    fn a_torn_file_still_says_that_the_key_was_used() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.use.json"), b"{\"version\":1,\"at").unwrap();
        let last = Uses::default().last(folder.path(), "a").unwrap().unwrap();
        assert_eq!(last.operation, None);
        assert!((OffsetDateTime::now_utc() - last.at).abs() < Duration::hours(1));
    }
}
