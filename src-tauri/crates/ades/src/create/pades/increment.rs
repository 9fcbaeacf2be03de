//! Bytes to append to a file.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use cartorio_pdf::{PdfBytes, PdfFile};

/// Bytes handed on at a time.
pub(super) const CHUNK: usize = 1 << 20;

/// A PDF with a new revision at its end, not written anywhere yet. Holds the original file open (mapped when it is large)
/// and the revision in memory.
#[derive(Clone, Debug)]
pub struct Increment {
    base: PdfBytes,
    tail: Vec<u8>,
}

/// A signed PDF, not written anywhere yet.
pub type SignedPdf = Increment;

impl Increment {
    pub(super) fn new(base: PdfBytes, tail: Vec<u8>) -> Self {
        Self { base, tail }
    }

    /// Nothing to append: the file has it all already.
    pub(super) fn nothing(file: &PdfFile) -> Self {
        Self::new(file.shared_bytes(), Vec::new())
    }

    /// The bytes that follow the original ones; empty when there is nothing to add.
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// Length of the whole file in bytes.
    pub fn len(&self) -> u64 {
        self.base.len() as u64 + self.tail.len() as u64
    }

    /// Whether there is nothing in it. Never true: a PDF file has bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the original bytes and then the new ones. The caller chooses the place: a temporary file, synced and renamed.
    ///
    /// # Errors
    /// Whatever `dst` fails with.
    pub fn write_to(&self, dst: &mut impl Write) -> io::Result<()> {
        self.base.for_each_piece(0..self.base.len() as u64, |piece| dst.write_all(piece))?;
        dst.write_all(&self.tail)
    }

    /// Writes the new bytes at the end of `file`, which holds the original ones already: a copy that the file system made, or
    /// the result of the step before. The caller syncs. After an error the file is as long as it was, as far as the file
    /// system allows.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] when `file` has another length than the original; whatever `file` fails with.
    pub fn append_to(&self, file: &mut File) -> io::Result<()> {
        let end = file.seek(SeekFrom::End(0))?;
        let base = self.base.len() as u64;
        if end != base {
            let text = format!("the file has {end} bytes, the original {base}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        file.write_all(&self.tail).inspect_err(|_| {
            // The first error is the one to tell.
            let _ = file.set_len(base);
        })
    }
}
