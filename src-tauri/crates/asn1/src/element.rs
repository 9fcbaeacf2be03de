//! One element after the other, for whoever wants to look at a few only.

use crate::tree::{Asn1Error, Class, Problem};

/// The header of an element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub class: Class,
    pub tag: u32,
    pub constructed: bool,
    /// `None`: indefinite.
    pub length: Option<usize>,
    pub header_len: usize,
    pub minimal_length: bool,
    pub minimal_tag: bool,
}

/// Reads the header at `at`; `end` is where the data ends.
pub(crate) fn header(bytes: &[u8], at: usize, end: usize) -> Result<Header, Asn1Error> {
    let bytes = bytes.get(..end).unwrap_or(bytes);
    let error = |offset, problem| Asn1Error { offset, problem };
    let first = *bytes.get(at).ok_or(error(at, Problem::TagCut))?;
    let mut position = at + 1;
    let mut tag = u32::from(first & 0x1f);
    let mut minimal_tag = true;
    if tag == 0x1f {
        tag = 0;
        loop {
            let byte = *bytes.get(position).ok_or(error(at, Problem::TagCut))?;
            minimal_tag &= !(position == at + 1 && byte == 0x80);
            position += 1;
            if tag >> 21 != 0 {
                return Err(error(at, Problem::TagTooLarge));
            }
            tag = tag << 7 | u32::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
        }
        minimal_tag &= tag >= 0x1f;
    }
    let length_at = position;
    let byte = *bytes.get(position).ok_or(error(at, Problem::LengthCut))?;
    position += 1;
    let constructed = first & 0x20 != 0;
    let (length, minimal_length) = match byte {
        0..=0x7f => (Some(usize::from(byte)), true),
        0x80 if constructed => (None, true),
        0x80 => return Err(error(at, Problem::IndefinitePrimitive)),
        0xff => return Err(error(length_at, Problem::LengthReserved)),
        0x81..=0xfe => {
            let count = usize::from(byte & 0x7f);
            let field = bytes.get(position..position + count).ok_or(error(length_at, Problem::LengthCut))?;
            position += count;
            let zeros = field.iter().take_while(|byte| **byte == 0).count();
            if count - zeros > 4 {
                return Err(error(length_at, Problem::LengthTooLarge));
            }
            let length = field.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
            (Some(length), zeros == 0 && length >= 0x80)
        }
    };
    Ok(Header {
        class: Class::of(first),
        tag,
        constructed,
        length,
        header_len: position - at,
        minimal_length,
        minimal_tag,
    })
}

/// An element of definite length, or the beginning of one of indefinite length.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// Class of the tag.
    pub class: Class,
    /// Number of the tag.
    pub tag: u32,
    /// Whether it is made of elements.
    pub constructed: bool,
    /// Whether its length is indefinite; then the content goes on to the end of the data.
    pub indefinite: bool,
    /// Whether the data ends inside it; then the content is what there is of it.
    pub cut: bool,
    /// Bytes of tag and length.
    pub header_len: usize,
    /// The content.
    pub content: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub fn children(&self) -> Elements<'a> {
        Elements { bytes: self.content, at: 0 }
    }

    /// Whether it is of this type of ASN.1 itself.
    pub fn is(&self, tag: u32) -> bool {
        self.class == Class::Universal && self.tag == tag
    }

    /// Whether it is the field `[number]`.
    pub fn is_context(&self, number: u32) -> bool {
        self.class == Class::Context && self.tag == number
    }
}

/// Elements one after the other; ends at the first that cannot be read, and after one of indefinite length. The last may be
/// cut.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Elements<'a> {
    /// The elements of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let header = header(self.bytes, self.at, self.bytes.len()).ok()?;
        let start = self.at + header.header_len;
        let end = match header.length {
            Some(length) => start.checked_add(length)?,
            None => self.bytes.len(),
        };
        let cut = end > self.bytes.len();
        let end = end.min(self.bytes.len());
        self.at = end;
        if header.class == Class::Universal && header.tag == 0 {
            return None;
        }
        Some(Element {
            class: header.class,
            tag: header.tag,
            constructed: header.constructed,
            indefinite: header.length.is_none(),
            cut,
            header_len: header.header_len,
            content: &self.bytes[start..end],
        })
    }
}
