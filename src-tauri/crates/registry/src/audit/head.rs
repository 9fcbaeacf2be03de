//! The head: which record is the newest, authenticated with the audit key. Kept twice, in the table `audit_head` and in the
//! file `audit.head` beside the database.
//!
//! ```text
//! mac  = HMAC-SHA-256(audit key, "cartorio audit head" 0x0A seq count hash)
//! seq, count: 8 bytes, big endian; hash: 32 bytes
//!
//! audit.head, UTF-8, every line ended by 0x0A:
//!   cartorio-audit-head 1
//!   seq 42
//!   count 42
//!   hash 64 hexadecimal digits
//!   mac 64 hexadecimal digits, or -
//! ```
//! An append commits the record together with the head in the table, then replaces the file (temporary file, fsync, rename); where
//! many are appended at once, a few transactions go before the file ([`super::group`]).
//! A crash in between, a full disk, or a file system that forgets a rename at a power cut leaves the file behind, never ahead,
//! and the next append brings it up before it does anything else. So a file that is ahead, or names a record that the chain does
//! not hold, was put there by somebody. One that is behind and genuine takes nothing away while the table's head is genuine: that
//! head covers every record. Without an audit key neither is proven, and a file more than one record behind is a problem.
//!
//! What each finds, for somebody who can write to the folder but has no audit key:
//! - the table's head: newest records removed, the chain rewritten, because the head for what is left cannot be made;
//! - the file: an older database, or rows and table head of an earlier time, because the file is ahead of them;
//! - the number remembered outside ([`crate::Registry::open_remembering`]): both heads of an earlier time put back with the rows
//!   cut to fit, and both removed with all rows, because the trail has been longer.

use std::io::Write;
use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use cartorio_core::SecretBytes;

use super::canonical::GENESIS;
use super::{TrailProblem, TrailProblemKind};
use crate::{RegistryError, RegistryResult};

const DOMAIN: &[u8] = b"cartorio audit head\n";
const FIRST_LINE: &str = "cartorio-audit-head 1";

/// The end of the trail.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Head {
    pub(super) seq: u64,
    pub(super) count: u64,
    pub(super) hash: String,
    pub(super) mac: Option<String>,
}

impl Head {
    /// The head of an empty trail; it is never stored.
    pub(super) fn empty() -> Self {
        Self { seq: 0, count: 0, hash: GENESIS.to_owned(), mac: None }
    }

    /// The head after one more record.
    #[cfg(test)]
    pub(super) fn after(&self, hash: String, key: Option<&SecretBytes>) -> Self {
        Self { seq: self.seq + 1, count: self.count + 1, hash, mac: None }.authenticated(key)
    }

    /// The same head, made with `key`.
    pub(super) fn authenticated(mut self, key: Option<&SecretBytes>) -> Self {
        self.mac = key.map(|key| hex::encode(hmac::sign(&hmac_key(key), &self.authenticated_bytes())));
        self
    }

    /// Whether the head was made with `key`. An empty trail's head is genuine only without a mac.
    pub(super) fn is_genuine(&self, key: &SecretBytes) -> bool {
        let Some(mac) = self.mac.as_deref().and_then(|mac| hex::decode(mac).ok()) else { return false };
        hmac::verify(&hmac_key(key), &self.authenticated_bytes(), &mac).is_ok()
    }

    fn authenticated_bytes(&self) -> Vec<u8> {
        let mut bytes = DOMAIN.to_vec();
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(&self.count.to_be_bytes());
        // Only a well-formed digest reaches this place; anything else would not be genuine either.
        bytes.extend_from_slice(&hex::decode(&self.hash).unwrap_or_default());
        bytes
    }

    fn to_text(&self) -> String {
        let mac = self.mac.as_deref().unwrap_or("-");
        format!("{FIRST_LINE}\nseq {}\ncount {}\nhash {}\nmac {mac}\n", self.seq, self.count, self.hash)
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.lines().skip(1);
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned);
        let head = Self {
            seq: value("seq")?.parse().ok()?,
            count: value("count")?.parse().ok()?,
            hash: value("hash")?,
            mac: Some(value("mac")?).filter(|mac| mac != "-"),
        };
        // One head has one text: whatever was read loosely above is refused here.
        (head.to_text() == text && is_hex_digest(&head.hash) && head.mac.as_deref().is_none_or(is_hex_digest))
            .then_some(head)
    }
}

/// The file beside the database.
#[derive(Clone, Debug)]
pub(super) struct HeadFile(PathBuf);

/// What the file says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum FileState {
    Missing,
    Malformed,
    Present(Head),
}

impl HeadFile {
    pub(super) fn beside(database: &Path) -> Self {
        Self(database.with_file_name("audit.head"))
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`RegistryError::Io`] when it is there and cannot be read.
    pub(super) fn read(&self) -> RegistryResult<FileState> {
        match std::fs::read(&self.0) {
            Ok(bytes) => {
                let head = std::str::from_utf8(&bytes).ok().and_then(Head::from_text);
                Ok(head.map_or(FileState::Malformed, FileState::Present))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(FileState::Missing),
            Err(error) => Err(RegistryError::io(&self.0, &error)),
        }
    }

    /// Replaces the file atomically and durably.
    ///
    /// # Errors
    /// [`RegistryError::Io`]; the old file is then still there, whole.
    pub(super) fn write(&self, head: &Head) -> RegistryResult<()> {
        self.replace(head.to_text().as_bytes()).map_err(|error| RegistryError::io(&self.0, &error))
    }

    fn replace(&self, bytes: &[u8]) -> std::io::Result<()> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        // Created with mode 0600 on Unix.
        let mut file = tempfile::Builder::new().prefix(".audit-head-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.0).map_err(|error| error.error)?;
        sync_folder(folder)
    }
}

/// The trail ends at `end` and has had `remembered` records.
pub(super) fn forgotten(end: u64, remembered: u64) -> TrailProblem {
    let detail = format!("the trail has had {remembered} records, and it ends at {end}");
    let mut problem = TrailProblem::new(TrailProblemKind::Removed, Some(end + 1), detail);
    problem.through = Some(remembered);
    problem
}

/// Compares the file with the head in the table; `None` where it is as it should be, or as a crash leaves it. That `head` is
/// genuine is for the caller to check.
///
/// `hash_at` gives the stored hash of a record, for the file's own number.
pub(super) fn compare(
    head: &Head,
    file: &FileState,
    hash_at: Option<&str>,
    key: Option<&SecretBytes>,
) -> Option<TrailProblem> {
    use TrailProblemKind as Kind;
    let found = match file {
        FileState::Missing if head.seq <= 1 => return None,
        FileState::Missing => {
            return Some(TrailProblem::new(Kind::HeadFileMissing, Some(head.seq), "the file audit.head is missing"));
        }
        FileState::Malformed => {
            return Some(TrailProblem::new(Kind::BadHeadFile, None, "the file audit.head is malformed"));
        }
        FileState::Present(found) => found,
    };
    if let Some(key) = key
        && !found.is_genuine(key)
    {
        return Some(TrailProblem::new(
            Kind::BadHeadFile,
            Some(found.seq),
            "the file audit.head was not made with the audit key of this installation",
        ));
    }
    if found.seq > head.seq {
        let detail = format!("the file audit.head knows {} records, the database ends at {}", found.seq, head.seq);
        return Some(TrailProblem::new(Kind::HeadFileMismatch, Some(found.seq), detail));
    }
    let genuine = if found.seq == head.seq { found == head } else { hash_at == Some(found.hash.as_str()) };
    if !genuine {
        let detail = "the file audit.head names another record than the database holds";
        return Some(TrailProblem::new(Kind::HeadFileMismatch, Some(found.seq), detail));
    }
    if key.is_none() && head.seq - found.seq > 1 {
        let detail = format!("the file audit.head ends at {}, the database at {}", found.seq, head.seq);
        return Some(TrailProblem::new(Kind::HeadFileBehind, Some(found.seq), detail));
    }
    None
}

/// Makes a rename survive a power cut; only Unix can open a folder for that.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn hmac_key(key: &SecretBytes) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.expose())
}

fn is_hex_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head() -> Head {
        Head::empty().after("ab".repeat(32), Some(&SecretBytes::new(vec![7; 32])))
    }

    proptest! {
        #[test]
        fn any_changed_byte_of_the_file_is_noticed(at in 0_usize..200, byte: u8) {
            let mut text = head().to_text().into_bytes();
            let at = at % text.len();
            prop_assume!(text[at] != byte);
            text[at] = byte;
            let read = std::str::from_utf8(&text).ok().and_then(Head::from_text);
            let genuine = read.is_some_and(|head| head.is_genuine(&SecretBytes::new(vec![7; 32])));
            prop_assert!(!genuine, "a changed file must not pass");
        }
    }

    #[test]
    fn round_trips_and_is_authentic() {
        let head = head();
        assert_eq!(Head::from_text(&head.to_text()), Some(head.clone()));
        assert!(head.is_genuine(&SecretBytes::new(vec![7; 32])));
        assert!(!head.is_genuine(&SecretBytes::new(vec![8; 32])), "another key");
        assert!(!Head { mac: None, ..head.clone() }.is_genuine(&SecretBytes::new(vec![7; 32])), "no mac");
        let unkeyed = Head { mac: None, ..head };
        assert_eq!(Head::from_text(&unkeyed.to_text()), Some(unkeyed));
    }
}
