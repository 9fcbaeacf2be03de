//! Putting the content inside, in constant memory.

use std::ops::Range;

use super::UpgradeError;
use super::document::Document;
use crate::cms::ber::Encoding;
use crate::cms::der as write;
use crate::cms::enclosing::Opened;

/// What stands before and after the content of an enclosing signature: head, content and tail together are DER.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Enclosing {
    /// What is written before the content.
    pub head: Vec<u8>,
    /// What is written after it.
    pub tail: Vec<u8>,
}

/// Makes a detached signature an enclosing one, around `content_len` bytes that the caller streams. All that a signature
/// of level B-B to B-LTA covers stays as it is, so a detached one can be extended first and enclosed last.
///
/// # Errors
/// [`UpgradeError::HasContent`]; [`UpgradeError::Sealed`] when an archive time stamp of the old kinds covers the detached
/// form ([`super::icp::archive_v2_input_enclosed`] gives the imprint for the enclosing one).
pub fn enclose(detached: &[u8], content_len: u64) -> Result<Enclosing, UpgradeError> {
    let document = Document::read(detached)?;
    if document.enclosed()?.is_some() {
        return Err(UpgradeError::HasContent);
    }
    document.check_open()?;
    enclosing(&document, content_len)
}

/// An enclosing signature that is written again: head, what stands at `content` of the old one, and tail.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EnclosedAgain<'o> {
    /// What is written before the content.
    pub head: Vec<u8>,
    /// The places of the old one that are copied, in order ([`crate::cms::enclosing::ContentReader`]).
    pub content: &'o [Range<u64>],
    /// What is written after it.
    pub tail: Vec<u8>,
}

/// Closes an opened signature again around the content that it had. `extended` is what became of [`Opened::signature`]: the
/// result is, byte for byte, what the same extension makes of the whole signature, which is nowhere in memory.
///
/// The content of a signature in BER comes out in DER, in one piece. Where an archive time stamp of the old kinds may
/// cover its description as it stands, and where it is no OCTET STRING, the description is copied as it is.
///
/// # Errors
/// [`UpgradeError::HasContent`]; those of reading a signature.
pub fn enclose_again<'o>(opened: &'o Opened, extended: &[u8]) -> Result<EnclosedAgain<'o>, UpgradeError> {
    let document = Document::read(extended)?;
    if document.enclosed()?.is_some() {
        return Err(UpgradeError::HasContent);
    }
    if !opened.octets || is_kept(opened)? {
        let described = fitting(opened.description.end - opened.description.start)?;
        let tail = document.tail();
        let head = document.head(described, tail.len());
        return Ok(EnclosedAgain { head, content: std::slice::from_ref(&opened.description), tail });
    }
    let Enclosing { head, tail } = enclosing(&document, opened.content_len())?;
    Ok(EnclosedAgain { head, content: &opened.content, tail })
}

/// Whether an archive time stamp that was there may be over the description as it stands in BER. One that came since is over the
/// description in DER.
pub(super) fn is_kept(opened: &Opened) -> Result<bool, UpgradeError> {
    match opened.encoding {
        Encoding::Der => Ok(false),
        Encoding::Ber => Document::read(&opened.signature)?.is_sealed(),
    }
}

/// As [`enclose`], whatever covers it.
pub(super) fn enclosing(document: &Document<'_>, content_len: u64) -> Result<Enclosing, UpgradeError> {
    let content = content_header(document, content_len)?;
    // `content_header` has made sure that there is room for the signature beside the content.
    let described = content.len() + usize::try_from(content_len).map_err(|_| too_long(content_len))?;
    let tail = document.tail();
    let mut head = document.head(described, tail.len());
    head.extend(content);
    Ok(Enclosing { head, tail })
}

/// The start of an `EncapsulatedContentInfo` around `content_len` bytes.
pub(super) fn content_header(document: &Document<'_>, content_len: u64) -> Result<Vec<u8>, UpgradeError> {
    let len = fitting(content_len)?;
    let kind = write::oid(document.content_type);
    let octets = write::header_len(len) + len;
    let wrapper = write::header_len(octets) + octets;
    let mut out = Vec::new();
    write::push_header(&mut out, write::SEQUENCE, kind.len() + wrapper);
    out.extend(kind);
    write::push_header(&mut out, write::context(0), octets);
    write::push_header(&mut out, write::OCTET_STRING, len);
    Ok(out)
}

/// A length that leaves room for a signature beside it.
fn fitting(len: u64) -> Result<usize, UpgradeError> {
    usize::try_from(len).ok().filter(|len| *len <= usize::MAX / 2).ok_or(too_long(len))
}

const fn too_long(len: u64) -> UpgradeError {
    UpgradeError::TooLong { len }
}
