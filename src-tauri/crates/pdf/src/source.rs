//! The bytes of a file, in memory or mapped.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::error::PdfError;

/// Files up to this size are read into memory: a mapping of a file on a network share that goes away kills the process,
/// and most documents are small. Larger files are mapped, so that memory stays flat.
const READ_LIMIT: u64 = 32 << 20;

/// Shared immutable bytes. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Source {
    storage: Arc<Storage>,
    len: usize,
    in_file: bool,
}

enum Storage {
    Owned(Vec<u8>),
    Mapped(memmap2::Mmap),
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, PdfError> {
        let mut file = File::open(path).map_err(io)?;
        let len = file.metadata().map_err(io)?.len();
        let storage = if len <= READ_LIMIT {
            let mut bytes = Vec::new();
            file.by_ref()
                .take(READ_LIMIT + 1)
                .read_to_end(&mut bytes)
                .map_err(io)?;
            Storage::Owned(bytes)
        } else {
            Storage::Mapped(map(&file, len)?)
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

    /// The first `len` bytes (all of them when there are fewer).
    pub(crate) fn prefix(&self, len: usize) -> Self {
        Self {
            len: len.min(self.len),
            ..self.clone()
        }
    }

    pub(crate) fn in_file(&self) -> bool {
        self.in_file
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let all: &[u8] = match &*self.storage {
            Storage::Owned(bytes) => bytes,
            Storage::Mapped(map) => map,
        };
        &all[..self.len]
    }

    fn new(storage: Storage, in_file: bool) -> Self {
        let len = match &storage {
            Storage::Owned(bytes) => bytes.len(),
            Storage::Mapped(map) => map.len(),
        };
        Self {
            storage: Arc::new(storage),
            len,
            in_file,
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
            assert_eq!(matches!(&*source.storage, Storage::Mapped(_)), mapped);
        }
        assert_eq!(
            Source::open(&dir.path().join("none")).err(),
            Some(PdfError::Io(std::io::ErrorKind::NotFound))
        );
    }
}
