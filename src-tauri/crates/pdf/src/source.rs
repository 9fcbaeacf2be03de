//! The bytes of a file, in memory or mapped.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::error::PdfError;

/// Files up to this size are read into memory: a mapping of a file on a network share that goes away kills the process,
/// and most documents are small. Larger files are mapped, so that memory stays flat.
const READ_LIMIT: u64 = 32 << 20;

/// Bytes of a mapped file that are read at a time when a long range of it is wanted.
const PIECE: usize = 1 << 20;

/// Shared immutable bytes. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Source {
    storage: Arc<Storage>,
    len: usize,
    in_file: bool,
}

enum Storage {
    Owned(Vec<u8>),
    Mapped {
        map: memmap2::Mmap,
        file: File,
    },
    /// One value of an encrypted file with its strings in plain text.
    Plain {
        bytes: Vec<u8>,
        /// Where positions here are in the file: from each first one on they advance alike, up to the next.
        places: Vec<(usize, usize)>,
    },
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, PdfError> {
        Self::of_file(&File::open(path).map_err(io)?)
    }

    /// Where in the file the next read of it would be does not matter, and changes on Windows alone.
    pub(crate) fn of_file(file: &File) -> Result<Self, PdfError> {
        let len = file.metadata().map_err(io)?.len();
        let storage = if len <= READ_LIMIT {
            Storage::Owned(read_whole(file, len)?)
        } else {
            Storage::Mapped { map: map(file, len)?, file: file.try_clone().map_err(io)? }
        };
        Ok(Self::new(storage, true))
    }

    pub(crate) fn file_bytes(bytes: Vec<u8>) -> Self {
        Self::new(Storage::Owned(bytes), true)
    }

    /// Bytes that are not at any offset of the file: a decoded stream.
    pub(crate) fn decoded(bytes: Vec<u8>) -> Self {
        Self::new(Storage::Owned(bytes), false)
    }

    /// A value of an encrypted file in plain text; `places` as in [`Storage::Plain`], beginning with position 0.
    pub(crate) fn plain(bytes: Vec<u8>, places: Vec<(usize, usize)>) -> Self {
        Self::new(Storage::Plain { bytes, places }, true)
    }

    /// The first `len` bytes (all of them when there are fewer).
    pub(crate) fn prefix(&self, len: usize) -> Self {
        Self { len: len.min(self.len), ..self.clone() }
    }

    /// Where `span` is in the file; `None` for bytes that stand nowhere in it as they are.
    pub(crate) fn file_span(&self, span: &Range<usize>) -> Option<Range<u64>> {
        let place = |at: usize| match &*self.storage {
            Storage::Owned(_) | Storage::Mapped { .. } => at as u64,
            Storage::Plain { places, .. } => {
                let index = places.partition_point(|(first, _)| *first <= at);
                let (first, place) = places[..index].last().copied().unwrap_or_default();
                (place + (at - first)) as u64
            }
        };
        self.in_file.then(|| place(span.start)..place(span.end))
    }

    /// Hands on the bytes of `range` in pieces. Those of a mapped file are read and not touched in the mapping: pages that
    /// were touched count as memory of this process until the system needs them.
    pub(crate) fn for_each_piece<E: From<std::io::Error>>(
        &self,
        range: Range<u64>,
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let outside = || E::from(std::io::ErrorKind::UnexpectedEof.into());
        if range.start > range.end || range.end > self.len as u64 {
            return Err(outside());
        }
        let Storage::Mapped { file, .. } = &*self.storage else {
            let part = &self.bytes()[range.start as usize..range.end as usize]; // within a length that is a usize
            return part.chunks(PIECE).try_for_each(each);
        };
        let mut buffer = vec![0; PIECE.min((range.end - range.start) as usize)];
        let mut at = range.start;
        while at < range.end {
            let wanted = buffer.len().min((range.end - at) as usize);
            match read_at(file, &mut buffer[..wanted], at) {
                Ok(0) => return Err(outside()),
                Ok(read) => {
                    each(&buffer[..read])?;
                    at += read as u64;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let all: &[u8] = match &*self.storage {
            Storage::Owned(bytes) | Storage::Plain { bytes, .. } => bytes,
            Storage::Mapped { map, .. } => map,
        };
        &all[..self.len]
    }

    fn new(storage: Storage, in_file: bool) -> Self {
        let len = match &storage {
            Storage::Owned(bytes) | Storage::Plain { bytes, .. } => bytes.len(),
            Storage::Mapped { map, .. } => map.len(),
        };
        Self { storage: Arc::new(storage), len, in_file }
    }
}

/// The file has `len` bytes, or a few more by now; of one that grows without end no more than [`READ_LIMIT`] and one are read.
fn read_whole(file: &File, len: u64) -> Result<Vec<u8>, PdfError> {
    /// What a file that grew has more, at a time.
    const MORE: usize = 64 << 10;
    let mut bytes = vec![0; len as usize]; // at most READ_LIMIT
    let mut at = 0;
    loop {
        if at == bytes.len() {
            if at as u64 > READ_LIMIT {
                return Ok(bytes);
            }
            // Usually nothing comes, and then a few bytes are room enough to see that.
            let more = if at as u64 == len { 32 } else { MORE };
            bytes.resize((at + more).min(READ_LIMIT as usize + 1), 0);
        }
        match read_at(file, &mut bytes[at..], at as u64) {
            Ok(0) => {
                bytes.truncate(at);
                return Ok(bytes);
            }
            Ok(read) => at += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io(error)),
        }
    }
}

#[allow(unsafe_code)]
fn map(file: &File, expected: u64) -> Result<memmap2::Mmap, PdfError> {
    // SAFETY: the file is opened read-only and the mapping is private and read-only, so this process never writes through
    // it. The bytes are only ever read as `u8`, for which every bit pattern is valid, and all parsing is bounds-checked
    // against the mapped length. Another process truncating the file while it is mapped raises a bus error instead of a
    // wrong answer; small files are therefore read, and a caller writes results to a new file, never to this one.
    let map = unsafe { memmap2::Mmap::map(file) }.map_err(io)?;
    if map.len() as u64 != expected || file.metadata().map_err(io)?.len() != expected {
        return Err(PdfError::Io(std::io::ErrorKind::UnexpectedEof));
    }
    Ok(map)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

fn io(error: std::io::Error) -> PdfError {
    PdfError::Io(error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_are_mapped_and_small_ones_are_read() {
        let dir = tempfile::tempdir().unwrap();
        for (len, mapped) in [(10_u64, false), (READ_LIMIT, false), (READ_LIMIT + 1, true)] {
            let path = dir.path().join(len.to_string());
            File::create(&path).unwrap().set_len(len).unwrap();
            let source = Source::open(&path).unwrap();
            assert_eq!(source.bytes().len() as u64, len);
            assert_eq!(matches!(&*source.storage, Storage::Mapped { .. }), mapped);
        }
        assert_eq!(Source::open(&dir.path().join("none")).err(), Some(PdfError::Io(std::io::ErrorKind::NotFound)));
    }

    #[test]
    fn an_open_file_is_read_from_its_start_and_stays_where_it_is() {
        use std::io::{Seek, Write};
        let mut file = tempfile::tempfile().unwrap();
        for len in [0, 1, 31, 4096, 100_000] {
            let bytes: Vec<u8> = (0..len).map(|at: usize| (at % 251) as u8).collect();
            file.set_len(0).unwrap();
            file.rewind().unwrap();
            file.write_all(&bytes).unwrap();
            assert!(Source::of_file(&file).unwrap().bytes() == bytes);
            if cfg!(unix) {
                assert_eq!(file.stream_position().unwrap(), len as u64);
            }
            // What it grew by between the look at its size and the reading belongs to it.
            for shorter in [1, 31, 33, 100, 90_000] {
                if let Some(seen) = len.checked_sub(shorter) {
                    assert!(read_whole(&file, seen as u64).unwrap() == bytes, "{len} {shorter}");
                }
            }
            // It shrank.
            assert!(read_whole(&file, len as u64 + 50).unwrap() == bytes);
        }
        file.set_len(READ_LIMIT + 10).unwrap();
        assert_eq!(read_whole(&file, 5).unwrap().len() as u64, READ_LIMIT + 1);
    }

    #[test]
    fn pieces_are_the_bytes_of_the_range_however_it_is_stored() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mapped");
        let bytes: Vec<u8> = (0..READ_LIMIT + 5000).map(|at| (at % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        for source in [Source::open(&path).unwrap(), Source::file_bytes(bytes.clone())] {
            for range in [0..0, 5..6, 1_048_570..3_000_001, 0..bytes.len() as u64] {
                let mut out = Vec::new();
                let collected = source.for_each_piece(range.clone(), |piece| {
                    assert!(piece.len() <= PIECE);
                    out.extend_from_slice(piece);
                    Ok::<_, std::io::Error>(())
                });
                collected.unwrap();
                assert!(out == bytes[range.start as usize..range.end as usize]);
            }
            let outside = source.for_each_piece(1..bytes.len() as u64 + 1, |_| Ok::<_, std::io::Error>(()));
            assert_eq!(outside.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
            let short = source.prefix(10).for_each_piece(0..11, |_| Ok::<_, std::io::Error>(()));
            assert!(short.is_err());
        }
    }

    #[test]
    fn plain_text_knows_its_place() {
        // <</A(xy)/B(z)>> stood at 100 as <</A<0123456789>/B<01>>>
        let source = Source::plain(b"<</A(xy)/B(z)>>".to_vec(), vec![(0, 100), (8, 116), (13, 122)]);
        assert_eq!(source.file_span(&(4..8)), Some(104..116));
        assert_eq!(source.file_span(&(8..10)), Some(116..118));
        assert_eq!(source.file_span(&(10..13)), Some(118..122));
        assert_eq!(source.file_span(&(0..15)), Some(100..124));
        assert_eq!(Source::decoded(vec![0; 9]).file_span(&(0..9)), None);
    }
}
