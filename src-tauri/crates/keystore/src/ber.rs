//! A tolerant reader of BER: indefinite lengths, constructed strings, bounded time and depth.
//!
//! Positions are kept back to the file, also through OCTET STRINGs that BER has cut into pieces.

use zeroize::Zeroizing;

use crate::error::{LimitKind, Result, StoreError};
use crate::layout::Place;
use crate::limits::{Budget, within};

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const BMP_STRING: u8 = 0x1e;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Where the bytes of a source come from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// Pieces of the file, in order: position here, position in the file.
    File(Vec<(usize, usize)>),
    /// Decrypted; positions count inside the content info of this number.
    Decrypted(usize),
}

impl Origin {
    pub(crate) fn whole_file() -> Self {
        Self::File(vec![(0, 0)])
    }

    /// A stretch of the file that begins at `at`.
    pub(crate) fn from_file(at: usize) -> Self {
        Self::File(vec![(0, at)])
    }

    fn offset(&self, at: usize) -> (usize, Option<usize>) {
        match self {
            Self::File(pieces) => {
                let index = pieces.partition_point(|(here, _)| *here <= at).saturating_sub(1);
                match pieces.get(index) {
                    Some((here, file)) => (file + (at - here), None),
                    None => (at, None),
                }
            }
            Self::Decrypted(part) => (at, Some(*part)),
        }
    }

    pub(crate) fn place(&self, at: usize, length: usize) -> Place {
        let (offset, part) = self.offset(at);
        // The end may lie in a later piece; what it spans in the file is what counts.
        let end = if length == 0 { offset } else { self.offset(at + length - 1).0 + 1 };
        Place { offset, length: end.saturating_sub(offset), part }
    }

    pub(crate) fn malformed(&self, at: usize, reason: &'static str) -> StoreError {
        let (offset, part) = self.offset(at);
        StoreError::Malformed { offset, part, reason }
    }
}

/// What a reader carries along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'b> {
    pub budget: &'b Budget,
    pub origin: &'b Origin,
}

/// One element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    pub tag: u8,
    /// Position of the tag in the source.
    pub at: usize,
    /// Length with header and, where there is one, the end-of-contents.
    pub length: usize,
    pub content: &'a [u8],
    content_at: usize,
    depth: usize,
}

impl<'a> Node<'a> {
    pub(crate) fn children<'b>(&self, context: Context<'b>) -> Reader<'a, 'b> {
        Reader { bytes: self.content, position: 0, base: self.content_at, depth: self.depth + 1, context }
    }

    pub(crate) fn all<'b>(&self, context: Context<'b>) -> Result<Vec<Node<'a>>> {
        let mut reader = self.children(context);
        let mut out = Vec::new();
        while let Some(node) = reader.next()? {
            out.push(node);
        }
        Ok(out)
    }

    pub(crate) fn place(&self, context: Context<'_>) -> Place {
        context.origin.place(self.at, self.length)
    }

    pub(crate) fn malformed(&self, context: Context<'_>, reason: &'static str) -> StoreError {
        context.origin.malformed(self.at, reason)
    }

    /// Dotted text of an OBJECT IDENTIFIER.
    pub(crate) fn oid(&self, context: Context<'_>) -> Result<String> {
        if self.tag != OID {
            return Err(self.malformed(context, "an object identifier was expected"));
        }
        Ok(oid_text(self.content))
    }

    /// A non-negative INTEGER; what does not fit is the largest number, which every limit refuses.
    pub(crate) fn unsigned(&self, context: Context<'_>) -> Result<u64> {
        if self.tag != INTEGER || self.content.is_empty() {
            return Err(self.malformed(context, "a number was expected"));
        }
        if self.content.first().is_some_and(|byte| byte & 0x80 != 0) {
            return Err(self.malformed(context, "a negative number"));
        }
        let mut value = 0_u64;
        for byte in self.content {
            value = match value.checked_mul(256) {
                Some(value) => value | u64::from(*byte),
                None => return Ok(u64::MAX),
            };
        }
        Ok(value)
    }

    /// The octets of an OCTET STRING, or of an implicitly tagged one, also where BER has cut it into pieces; and where
    /// they come from.
    pub(crate) fn octets(&self, context: Context<'_>) -> Result<(Zeroizing<Vec<u8>>, Origin)> {
        let mut out = Zeroizing::new(Vec::with_capacity(self.content.len()));
        let mut pieces = Vec::new();
        self.collect(context, &mut out, &mut pieces)?;
        let origin = match context.origin {
            Origin::File(_) => Origin::File(pieces),
            Origin::Decrypted(part) => Origin::Decrypted(*part),
        };
        Ok((out, origin))
    }

    fn collect(&self, context: Context<'_>, out: &mut Vec<u8>, pieces: &mut Vec<(usize, usize)>) -> Result<()> {
        if self.tag & 0x20 == 0 {
            if let Origin::File(own) = context.origin {
                // Every piece of ours that this stretch touches.
                pieces.push((out.len(), context.origin.offset(self.content_at).0));
                let first = own.partition_point(|(here, _)| *here <= self.content_at);
                for (here, file) in own.iter().skip(first) {
                    if *here >= self.content_at + self.content.len() {
                        break;
                    }
                    pieces.push((out.len() + (here - self.content_at), *file));
                }
            }
            out.extend_from_slice(self.content);
            return Ok(());
        }
        let mut reader = self.children(context);
        while let Some(child) = reader.next()? {
            if child.tag & !0x20 != OCTET_STRING {
                return Err(child.malformed(context, "a piece of an octet string was expected"));
            }
            child.collect(context, out, pieces)?;
        }
        Ok(())
    }
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a, 'b> {
    bytes: &'a [u8],
    position: usize,
    base: usize,
    depth: usize,
    context: Context<'b>,
}

struct Header {
    tag: u8,
    /// First byte of the content.
    content: usize,
    /// `None`: indefinite.
    length: Option<usize>,
}

impl<'a, 'b> Reader<'a, 'b> {
    pub(crate) fn new(bytes: &'a [u8], context: Context<'b>) -> Self {
        Self { bytes, position: 0, base: 0, depth: 0, context }
    }

    pub(crate) fn position(&self) -> usize {
        self.base + self.position
    }

    pub(crate) fn rest(&self) -> usize {
        self.bytes.len().saturating_sub(self.position)
    }

    /// The next element; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Node<'a>>> {
        if self.rest() == 0 {
            return Ok(None);
        }
        within(LimitKind::Depth, self.context.budget.limits.depth as u64, self.depth as u64)?;
        let start = self.position;
        let header = self.header(start)?;
        let (end_of_content, end) = match header.length {
            Some(length) => (header.content + length, header.content + length),
            None => self.end_of_indefinite(header.content)?,
        };
        let content = self
            .bytes
            .get(header.content..end_of_content)
            .ok_or_else(|| self.malformed(start, "the data ends inside an element"))?;
        self.position = end;
        Ok(Some(Node {
            tag: header.tag,
            at: self.base + start,
            length: end - start,
            content,
            content_at: self.base + header.content,
            depth: self.depth,
        }))
    }

    /// The next element, which must be there and have `tag` (constructed or not for an octet string).
    pub(crate) fn expect(&mut self, tag: u8, reason: &'static str) -> Result<Node<'a>> {
        let at = self.position;
        match self.next()? {
            Some(node) if node.tag == tag || (tag == OCTET_STRING && node.tag == OCTET_STRING | 0x20) => Ok(node),
            Some(_) | None => Err(self.malformed(at, reason)),
        }
    }

    fn malformed(&self, at: usize, reason: &'static str) -> StoreError {
        self.context.origin.malformed(self.base + at, reason)
    }

    fn header(&self, start: usize) -> Result<Header> {
        self.context.budget.element()?;
        let cut = || self.malformed(start, "the data ends inside a header");
        let byte = |at: usize| self.bytes.get(at).copied().ok_or_else(cut);
        let tag = byte(start)?;
        let mut at = start + 1;
        if tag & 0x1f == 0x1f {
            // Nothing in these formats has such a tag; it is stepped over.
            while byte(at)? & 0x80 != 0 {
                at += 1;
                if at - start > 6 {
                    return Err(self.malformed(start, "the tag number is too large"));
                }
            }
            at += 1;
        }
        let first = byte(at)?;
        at += 1;
        let length = match first {
            0x00..=0x7f => Some(usize::from(first)),
            0x80 => {
                if tag & 0x20 == 0 {
                    return Err(self.malformed(start, "an indefinite length on a primitive element"));
                }
                self.context.budget.saw_indefinite();
                None
            }
            0x81..=0xff => {
                let count = usize::from(first & 0x7f);
                let mut length = 0_usize;
                for _ in 0..count {
                    length = length
                        .checked_mul(256)
                        .and_then(|length| length.checked_add(usize::from(self.bytes.get(at).copied()?)))
                        .ok_or_else(|| self.malformed(start, "the length is too large or cut off"))?;
                    at += 1;
                }
                Some(length)
            }
        };
        if length.is_some_and(|length| length > self.bytes.len().saturating_sub(at)) {
            return Err(self.malformed(start, "the data ends inside an element"));
        }
        Ok(Header { tag, content: at, length })
    }

    /// Where an indefinite content ends, and where what follows begins.
    fn end_of_indefinite(&self, content: usize) -> Result<(usize, usize)> {
        let mut open = 1_usize;
        let mut at = content;
        loop {
            if self.bytes.get(at..at + 2) == Some(&[0, 0]) {
                open -= 1;
                if open == 0 {
                    return Ok((at, at + 2));
                }
                at += 2;
                continue;
            }
            if at >= self.bytes.len() {
                return Err(self.malformed(content, "an indefinite length without its end"));
            }
            let header = self.header(at)?;
            match header.length {
                Some(length) => at = header.content + length,
                None => {
                    open += 1;
                    let depth = (self.depth + open) as u64;
                    within(LimitKind::Depth, self.context.budget.limits.depth as u64, depth)?;
                    at = header.content;
                }
            }
        }
    }
}

/// Dotted decimal of the content of an OBJECT IDENTIFIER; broken ones come as `#` and hex.
pub(crate) fn oid_text(content: &[u8]) -> String {
    let broken = || format!("#{}", hex(content));
    let mut arcs: Vec<u128> = Vec::new();
    let mut arc: u128 = 0;
    let mut open = false;
    if content.len() > 64 {
        return broken();
    }
    for byte in content {
        if arc >> 120 != 0 {
            return broken();
        }
        arc = arc << 7 | u128::from(byte & 0x7f);
        open = byte & 0x80 != 0;
        if !open {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first);
                arcs.push(arc - first * 40);
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
    }
    if open || arcs.is_empty() {
        return broken();
    }
    arcs.iter().map(u128::to_string).collect::<Vec<_>>().join(".")
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Text of a string in an attribute: BMPString (surrogates included) or UTF8String.
pub(crate) fn text(node: &Node<'_>) -> Option<String> {
    match node.tag {
        BMP_STRING => {
            let units = node.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            let decoded = char::decode_utf16(units).map(|item| item.unwrap_or('\u{fffd}')).collect::<String>();
            // Some writers end it with a NUL, as passwords are.
            Some(decoded.trim_end_matches('\0').to_owned())
        }
        UTF8_STRING | 0x13 | 0x16 | 0x1a => Some(String::from_utf8_lossy(node.content).into_owned()),
        0x14 => Some(node.content.iter().map(|byte| char::from(*byte)).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use proptest::prelude::*;

    fn with<T>(limits: Limits, run: impl FnOnce(Context<'_>) -> T) -> T {
        let (budget, origin) = (Budget::new(&limits), Origin::whole_file());
        run(Context { budget: &budget, origin: &origin })
    }

    #[test]
    fn pieces_of_an_octet_string_know_their_place_in_the_file() {
        // SEQUENCE { [constructed OCTET STRING, indefinite] { 1 2 }, { 3 4 5 } }, with an inner SEQUENCE across the cut.
        let ber = [0x30, 0x80, 0x24, 0x80, 0x04, 2, 0x30, 3, 0x04, 3, 0x02, 1, 7, 0, 0, 0, 0];
        with(Limits::default(), |context| {
            let outer = Reader::new(&ber, context).next().unwrap().unwrap();
            assert_eq!(outer.length, ber.len());
            let string = outer.all(context).unwrap()[0];
            let (octets, origin) = string.octets(context).unwrap();
            assert_eq!(*octets, [0x30, 3, 0x02, 1, 7]);
            let inner = Context { budget: context.budget, origin: &origin };
            let sequence = Reader::new(&octets, inner).next().unwrap().unwrap();
            assert_eq!(
                sequence.place(inner),
                Place { offset: 6, length: 7, part: None },
                "header of the next piece included"
            );
            let number = sequence.all(inner).unwrap()[0];
            assert_eq!(number.place(inner), Place { offset: 10, length: 3, part: None });
            assert_eq!(number.unsigned(inner).unwrap(), 7);
        });
    }

    #[test]
    fn nesting_bombs_end_with_the_limit() {
        let bomb: Vec<u8> = [0x30, 0x80].repeat(100_000);
        let error = with(Limits::default(), |context| Reader::new(&bomb, context).next().unwrap_err());
        assert!(matches!(error, StoreError::Limit { what: LimitKind::Depth, .. }), "{error:?}");
        let wide: Vec<u8> = [vec![0x30, 0x80], [0x05, 0].repeat(50_000), vec![0, 0]].concat();
        let limits = Limits { elements: 10_000, ..Limits::default() };
        let error = with(limits, |context| Reader::new(&wide, context).next().unwrap_err());
        assert!(matches!(error, StoreError::Limit { what: LimitKind::Elements, .. }), "{error:?}");
    }

    proptest! {
        #[test]
        fn never_panics_and_never_leaves_the_input(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            with(Limits::default(), |context| {
                let mut reader = Reader::new(&bytes, context);
                while let Ok(Some(node)) = reader.next() {
                    assert!(node.at + node.length <= bytes.len());
                    let _ = node.all(context);
                    if let Ok((octets, origin)) = node.octets(context) {
                        let place = origin.place(0, octets.len());
                        assert!(place.offset + place.length <= bytes.len());
                    }
                    let _ = (node.oid(context), node.unsigned(context), text(&node));
                }
            });
        }
    }
}
