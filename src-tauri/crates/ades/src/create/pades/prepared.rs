//! The second half: digest, CMS or time-stamp token into its place.

use std::ops::Range;

use cartorio_core::{Digest, HashAlgorithm, Hasher};
use cartorio_pdf::{ObjRef, PdfBytes, PdfFile, Tail};

use super::error::PadesError;
use super::increment::{CHUNK, Increment, SignedPdf};
use super::objects::{SignatureBody, byte_range_value};

/// A PDF with its signature revision, waiting for the CMS. Holds the original file open (mapped when it is large) and the
/// revision in memory; may wait for an approval.
#[derive(Clone, Debug)]
pub struct PreparedPdf {
    base: PdfBytes,
    tail: Vec<u8>,
    /// The hexadecimal digits of `/Contents` within `tail`, without `<` and `>`.
    hex: Range<usize>,
    byte_range: [u64; 4],
    field: String,
}

impl PreparedPdf {
    pub(super) fn new(
        file: &PdfFile,
        tail: Tail,
        signature: ObjRef,
        body: &SignatureBody,
        field: String,
    ) -> Result<Self, PadesError> {
        let contents = tail.locate(signature, body.contents.clone()).ok_or(PadesError::Placeholder)?;
        let placeholder = tail.locate(signature, body.byte_range.clone()).ok_or(PadesError::Placeholder)?;
        let total = tail.total_len();
        let base_len = tail.base_len;
        let mut bytes = tail.bytes;
        let gap = base_len + contents.start as u64..base_len + contents.end as u64;
        let byte_range = [0, gap.start, gap.end, total - gap.end];
        let value = byte_range_value(byte_range).ok_or(PadesError::Placeholder)?;
        bytes.get_mut(placeholder).ok_or(PadesError::Placeholder)?.copy_from_slice(&value);
        Ok(Self {
            base: file.shared_bytes(),
            tail: bytes,
            hex: contents.start + 1..contents.end - 1,
            byte_range,
            field,
        })
    }

    /// `/ByteRange`: offset and length of what is signed before and after `/Contents`.
    pub fn byte_range(&self) -> [u64; 4] {
        self.byte_range
    }

    /// The name of the field that carries the signature.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Room for the CMS, in bytes.
    pub fn capacity(&self) -> usize {
        self.hex.len() / 2
    }

    /// The digest of everything but `/Contents`, which the CMS has to be made over. Reads the original once; memory stays
    /// flat.
    pub fn digest(&self, hash: HashAlgorithm) -> Digest {
        let mut hasher = Hasher::new(hash);
        let read = self.base.for_each_piece(0..self.base.len() as u64, |piece| {
            hasher.update(piece);
            Ok::<_, std::io::Error>(())
        });
        if read.is_err() {
            // The mapping has the same bytes; walking it costs memory only.
            hasher = Hasher::new(hash);
            self.base.chunks(CHUNK).for_each(|chunk| hasher.update(chunk));
        }
        self.digest_after(hasher)
    }

    /// The same for somebody who has read the original already: `original` has seen all of its bytes and nothing else.
    pub fn digest_after(&self, original: Hasher) -> Digest {
        let mut hasher = original;
        hasher.update(&self.tail[..self.hex.start - 1]);
        hasher.update(&self.tail[self.hex.end + 1..]);
        hasher.finish()
    }

    /// Puts the CMS, or the time-stamp token, into its place.
    ///
    /// # Errors
    /// [`PadesError::ContainerTooSmall`]: prepare again with more room, and sign the new digest.
    pub fn finish(&self, cms_der: &[u8]) -> Result<SignedPdf, PadesError> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        if cms_der.len() > self.capacity() {
            return Err(PadesError::ContainerTooSmall { needed: cms_der.len(), available: self.capacity() });
        }
        let mut tail = self.tail.clone();
        for (slot, byte) in tail[self.hex.clone()].chunks_exact_mut(2).zip(cms_der) {
            slot[0] = DIGITS[usize::from(byte >> 4)];
            slot[1] = DIGITS[usize::from(byte & 15)];
        }
        Ok(Increment::new(self.base.clone(), tail))
    }

    /// `/Contents` as it is stored once `cms_der` is in it, padding included: what [`super::Vri::contents`] wants.
    pub fn contents(&self, cms_der: &[u8]) -> Vec<u8> {
        let mut out = cms_der.to_vec();
        out.resize(self.capacity().max(out.len()), 0);
        out
    }
}
