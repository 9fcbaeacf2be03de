//! Putting the content inside, in constant memory.

use super::UpgradeError;
use super::document::Document;
use crate::cms::der as write;

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
    let len = usize::try_from(content_len).ok().filter(|len| *len <= usize::MAX / 2);
    let len = len.ok_or(too_long(content_len))?;
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

const fn too_long(len: u64) -> UpgradeError {
    UpgradeError::TooLong { len }
}
