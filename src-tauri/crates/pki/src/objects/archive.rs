//! Zip archives (APPNOTE 6.3): the central directory, stored and deflated files, within limits.

use std::io::Read;

use flate2::read::DeflateDecoder;

use super::{Place, ReadError, Sink, text};

/// Why an archive, or a file in it, cannot be unpacked.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum ArchiveTrouble {
    /// Its directory is not there or contradicts itself.
    #[error("the archive is broken")]
    Broken,
    /// A file in it is encrypted.
    #[error("a file in it is encrypted")]
    Encrypted,
    /// Packed in a way that is not known, or larger than zip's first form allows.
    #[error("a file in it is packed in a way that is not known")]
    Unsupported,
    /// More files than the limit.
    #[error("there are too many files in it")]
    TooManyEntries,
    /// Unpacked it would be larger than the limit, or a file would grow more than any sane one does.
    #[error("it grows too much when it is unpacked")]
    TooLarge,
    /// A file does not have the checksum or the length that the directory says.
    #[error("a file in it is damaged")]
    Damaged,
    /// An archive in the archive.
    #[error("there is an archive in the archive")]
    Nested,
}

impl ArchiveTrouble {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Broken => "archive_broken",
            Self::Encrypted => "archive_encrypted",
            Self::Unsupported => "archive_unsupported",
            Self::TooManyEntries => "archive_too_many_entries",
            Self::TooLarge => "archive_too_large",
            Self::Damaged => "archive_damaged",
            Self::Nested => "archive_nested",
        }
    }
}

/// Whether the bytes begin as a zip archive does.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL) || bytes.starts_with(END)
}

/// Reads every file of an archive as if it had come alone.
pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_>) {
    let whole = Place::file();
    let entries = match directory(bytes, sink.limits.max_entries) {
        Ok(entries) => entries,
        Err((offset, trouble)) => {
            sink.problem(&whole, ReadError::Archive { offset, trouble });
            return;
        }
    };
    let mut room = sink.limits.max_unpacked;
    // Files that share their bytes are how small archives become endless ones: together, files are no longer than the archive.
    let mut packed = 0_usize;
    for entry in entries {
        if !sink.has_room() {
            return;
        }
        let place = Place { entry: Some(entry.name.clone()), ..Place::file() };
        packed = packed.saturating_add(entry.packed);
        let outcome = match packed > bytes.len() {
            true => Err(ArchiveTrouble::TooLarge),
            false => unpack(bytes, &entry, room, sink.limits.max_ratio),
        };
        match outcome {
            Ok(content) if is_archive(&content) => {
                sink.problem(&place, ReadError::Archive { offset: entry.header, trouble: ArchiveTrouble::Nested });
            }
            Ok(content) => {
                room -= content.len();
                if !content.iter().all(u8::is_ascii_whitespace) {
                    text::read(&content, &place, sink);
                }
            }
            Err(trouble) => {
                sink.problem(&place, ReadError::Archive { offset: entry.header, trouble });
                if trouble == ArchiveTrouble::TooLarge {
                    return;
                }
            }
        }
    }
}

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";

struct Entry {
    name: String,
    encrypted: bool,
    method: u16,
    crc: u32,
    packed: usize,
    size: usize,
    header: usize,
}

fn directory(bytes: &[u8], max_entries: usize) -> Result<Vec<Entry>, (usize, ArchiveTrouble)> {
    // The end record has a comment of up to 64 KiB behind it.
    let from = bytes.len().saturating_sub(22 + 0xffff);
    let tail = &bytes[from..];
    let end = tail.windows(4).rposition(|window| window == END).map(|at| from + at);
    let end = end.ok_or((bytes.len(), ArchiveTrouble::Broken))?;
    let broken = (end, ArchiveTrouble::Broken);
    let count = usize::from(u16_at(bytes, end + 10).ok_or(broken)?);
    let start = u32_at(bytes, end + 16).ok_or(broken)?;
    if start == u32::MAX || count == 0xffff {
        return Err((end, ArchiveTrouble::Unsupported));
    }
    if count > max_entries {
        return Err((end, ArchiveTrouble::TooManyEntries));
    }
    let mut at = start as usize;
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let entry = central(bytes, at, end).ok_or((at, ArchiveTrouble::Broken))?;
        at = entry.1;
        // Folders are no files.
        if !entry.0.name.ends_with('/') {
            entries.push(entry.0);
        }
    }
    Ok(entries)
}

/// One entry of the directory, and where the next begins.
fn central(bytes: &[u8], at: usize, end: usize) -> Option<(Entry, usize)> {
    let record = bytes.get(at..end)?;
    if !record.starts_with(CENTRAL) {
        return None;
    }
    let lengths = [u16_at(record, 28)?, u16_at(record, 30)?, u16_at(record, 32)?].map(usize::from);
    let name = String::from_utf8_lossy(record.get(46..46 + lengths[0])?).into_owned();
    let entry = Entry {
        name,
        encrypted: u16_at(record, 8)? & 1 != 0,
        method: u16_at(record, 10)?,
        crc: u32_at(record, 16)?,
        packed: u32_at(record, 20)? as usize,
        size: u32_at(record, 24)? as usize,
        header: u32_at(record, 42)? as usize,
    };
    let next = at + 46 + lengths.iter().sum::<usize>();
    (next <= end).then_some((entry, next))
}

fn unpack(bytes: &[u8], entry: &Entry, room: usize, max_ratio: usize) -> Result<Vec<u8>, ArchiveTrouble> {
    if entry.encrypted {
        return Err(ArchiveTrouble::Encrypted);
    }
    let local = bytes.get(entry.header..).filter(|local| local.starts_with(LOCAL)).ok_or(ArchiveTrouble::Broken)?;
    let lengths = (u16_at(local, 26), u16_at(local, 28));
    let (Some(name), Some(extra)) = lengths else { return Err(ArchiveTrouble::Broken) };
    let start = 30 + usize::from(name) + usize::from(extra);
    let packed = start.checked_add(entry.packed).and_then(|end| local.get(start..end)).ok_or(ArchiveTrouble::Broken)?;
    // Small files may well be of one letter.
    let most = packed.len().saturating_mul(max_ratio).max(1 << 16);
    if entry.size > most || entry.size > room {
        return Err(ArchiveTrouble::TooLarge);
    }
    let content = match entry.method {
        0 if packed.len() == entry.size => packed.to_vec(),
        0 => return Err(ArchiveTrouble::Damaged),
        8 => {
            let mut content = Vec::with_capacity(entry.size);
            // One byte more than there should be, so that more is noticed.
            let mut limited = DeflateDecoder::new(packed).take(entry.size as u64 + 1);
            limited.read_to_end(&mut content).map_err(|_| ArchiveTrouble::Damaged)?;
            content
        }
        _ => return Err(ArchiveTrouble::Unsupported),
    };
    let mut crc = flate2::Crc::new();
    crc.update(&content);
    if content.len() != entry.size || crc.sum() != entry.crc {
        return Err(ArchiveTrouble::Damaged);
    }
    Ok(content)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|raw| u16::from_le_bytes(*raw))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|raw| u32::from_le_bytes(*raw))
}
