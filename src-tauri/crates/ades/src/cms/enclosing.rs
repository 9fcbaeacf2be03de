//! Signatures with their content inside, of any size: the content is found and skipped, never held in memory.
//!
//! [`open`] takes an enclosing signature apart into what a detached one would be and the places of the content, in DER and
//! in BER. The detached one is then judged or extended like any other; [`ContentReader`] streams the content.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use cartorio_core::Coded;
use const_oid::ObjectIdentifier as Oid;

use super::algorithm::read_oid;
use super::ber::{Asn1Error, Encoding, Limits, normalise};
use super::tlv::Tlv;
use super::{der as write, oid};

/// An enclosing signature, taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opened {
    /// The signature without its content. Its pieces are as they were; the lengths around the content are new.
    pub signature: Vec<u8>,
    /// Where the content stands in the source, in order; DER has one place, BER may have many.
    pub content: Vec<Range<u64>>,
    /// Where the description of the content stands in the source, the content included.
    pub description: Range<u64>,
    /// Whether the content is an OCTET STRING; PKCS#7 has any element there, and signs its contents alike.
    pub octets: bool,
    /// How the description of the content, with what is around it, is written.
    pub encoding: Encoding,
}

impl Opened {
    /// Length of the content in bytes.
    pub fn content_len(&self) -> u64 {
        self.content.iter().map(|range| range.end - range.start).sum()
    }
}

/// Why a signature cannot be taken apart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnclosingError {
    /// The source cannot be read.
    #[error("the signature could not be read: {0}")]
    Read(#[from] io::Error),
    /// Not the structure of a signature.
    #[error("not a CMS signature: {0}")]
    Malformed(#[from] Asn1Error),
    /// A CMS of another kind.
    #[error("a CMS of type {0}, not a signature")]
    NotSignedData(Oid),
}

impl Coded for EnclosingError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "enclosing_read_failed",
            Self::Malformed(_) => "cms_malformed",
            Self::NotSignedData(_) => "cms_not_signed_data",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Read(error) => vec![("reason", error.to_string())],
            Self::Malformed(error) => {
                let mut params = error.params();
                params.push(("reason", error.to_string()));
                params
            }
            Self::NotSignedData(oid) => vec![("oid", oid.to_string())],
        }
    }
}

/// Takes the signature that `source` is apart, from its start; `None` when its content is elsewhere. `limits` bound what is
/// held in memory, which is everything but the content.
///
/// # Errors
/// [`EnclosingError`] with the place where it went wrong.
pub fn open(source: &mut (impl Read + Seek), limits: Limits) -> Result<Option<Opened>, EnclosingError> {
    let len = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(0))?;
    let mut walk = Walk { source, at: 0, limits, encoding: Encoding::Der };
    let info = walk.expect(write::SEQUENCE, "a CMS", len)?;
    let kind = walk.element("a content type", info.end)?;
    let named = read_oid(&Tlv::only(&kind)?)?;
    if named != oid::SIGNED_DATA {
        return Err(EnclosingError::NotSignedData(named));
    }
    let wrapper = walk.expect(write::context(0), "signed data", info.end)?;
    let signed_data = walk.expect(write::SEQUENCE, "signed data", wrapper.end)?;
    let version = walk.element("a version", signed_data.end)?;
    let digests = walk.element("digest algorithms", signed_data.end)?;
    let described_at = walk.at;
    let description = walk.expect(write::SEQUENCE, "a content description", signed_data.end)?;
    let content_type = walk.element("a content type", description.end)?;
    read_oid(&Tlv::only(&content_type)?)?;
    if walk.is_at_end(&description)? {
        return Ok(None);
    }
    let tagged = walk.expect(write::context(0), "a content", description.end)?;
    let mut content = Vec::new();
    let octets = walk.content(tagged.end, &mut content)?;
    walk.close(&tagged, "the end of the content")?;
    walk.close(&description, "the end of the content description")?;
    let place = described_at..walk.at;
    let fields = walk.fields_to_the_end(&signed_data)?;
    for (open, what) in
        [(&signed_data, "the end of signed data"), (&wrapper, "the end of signed data"), (&info, "the end of the CMS")]
    {
        walk.close(open, what)?;
    }
    walk.only_zeros_follow()?;
    let description = write::tlv(write::SEQUENCE, &[&content_type]);
    let signed_data = write::tlv(write::SEQUENCE, &[&version, &digests, &description, &fields]);
    let signature = write::tlv(write::SEQUENCE, &[&kind, &write::tlv(write::context(0), &[&signed_data])]);
    Ok(Some(Opened { signature, content, description: place, octets, encoding: walk.encoding }))
}

/// Streams the content of an [`Opened`] signature from its source.
#[derive(Debug)]
pub struct ContentReader<'c, S> {
    source: S,
    /// What is left, the current place first. A content in BER may have millions of them: they are not copied.
    places: &'c [Range<u64>],
    /// How much of the current place was read.
    read: u64,
}

impl<'c, S: Read + Seek> ContentReader<'c, S> {
    /// Reads the content at these places of `source`.
    pub const fn new(source: S, content: &'c [Range<u64>]) -> Self {
        Self { source, places: content, read: 0 }
    }
}

impl<S: Read + Seek> Read for ContentReader<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (at, left) = loop {
            let Some((place, others)) = self.places.split_first() else { return Ok(0) };
            let at = place.start + self.read;
            if at < place.end {
                break (at, place.end - at);
            }
            (self.places, self.read) = (others, 0);
        };
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        self.source.seek(SeekFrom::Start(at))?;
        let read = self.source.read(&mut buffer[..most])?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read += read as u64;
        Ok(read)
    }
}

/// An element whose header was read.
struct Open {
    tag: u8,
    /// Where its contents end; for the indefinite form, where they end at the latest.
    end: u64,
    indefinite: bool,
}

struct Walk<'s, S> {
    source: &'s mut S,
    at: u64,
    limits: Limits,
    encoding: Encoding,
}

/// Pieces that a content in BER may have: 64 MiB of places for 4 GiB in pieces of one kibibyte.
const MAX_PIECES: usize = 1 << 22;

impl<S: Read + Seek> Walk<'_, S> {
    fn unexpected(&self, what: &'static str) -> EnclosingError {
        Asn1Error::Unexpected { what, offset: offset(self.at) }.into()
    }

    fn byte(&mut self, end: u64) -> Result<u8, EnclosingError> {
        if self.at >= end {
            return Err(Asn1Error::Truncated { offset: offset(self.at) }.into());
        }
        let mut byte = [0];
        self.source.read_exact(&mut byte)?;
        self.at += 1;
        Ok(byte[0])
    }

    /// Reads identifier and length.
    fn header(&mut self, end: u64) -> Result<Open, EnclosingError> {
        let start = self.at;
        let bad = || EnclosingError::from(Asn1Error::BadHeader { offset: offset(start) });
        let tag = self.byte(end)?;
        if tag & 0x1f == 0x1f || tag == 0 {
            return Err(bad());
        }
        let first = self.byte(end)?;
        if first == 0x80 {
            self.encoding = Encoding::Ber;
            return if tag & 0x20 == 0 { Err(bad()) } else { Ok(Open { tag, end, indefinite: true }) };
        }
        let mut len = u64::from(first);
        if first > 0x80 {
            let count = first & 0x7f;
            if count > 8 {
                return Err(bad());
            }
            len = 0;
            for _ in 0..count {
                len = len << 8 | u64::from(self.byte(end)?);
            }
        }
        if self.at - start != write::header_len(usize::try_from(len).unwrap_or(usize::MAX)) as u64 {
            self.encoding = Encoding::Ber;
        }
        let stop = self.at.checked_add(len).filter(|stop| *stop <= end);
        let stop = stop.ok_or(Asn1Error::Truncated { offset: offset(start) })?;
        Ok(Open { tag, end: stop, indefinite: false })
    }

    fn expect(&mut self, tag: u8, what: &'static str, end: u64) -> Result<Open, EnclosingError> {
        let wrong = self.unexpected(what);
        let open = self.header(end)?;
        if open.tag == tag { Ok(open) } else { Err(wrong) }
    }

    /// Reads a small element whole, with definite lengths.
    fn element(&mut self, what: &'static str, end: u64) -> Result<Vec<u8>, EnclosingError> {
        /// Longest version, type or list of digest algorithms that is read.
        const MOST: u64 = 64 << 10;
        let start = self.at;
        let most = (end - start).min(MOST);
        let mut head = Vec::new();
        self.source.by_ref().take(most).read_to_end(&mut head)?;
        if head.is_empty() {
            return Err(self.unexpected(what));
        }
        let normal = normalise(&head, self.limits).map_err(|error| error.shifted(offset(start)))?;
        let (der, consumed) = (normal.der.into_owned(), normal.consumed);
        self.go(start + consumed as u64)?;
        Ok(der)
    }

    fn go(&mut self, to: u64) -> Result<(), EnclosingError> {
        self.source.seek(SeekFrom::Start(to))?;
        self.at = to;
        Ok(())
    }

    /// Whether the contents of `open` end here; leaves the place as it is.
    fn is_at_end(&mut self, open: &Open) -> Result<bool, EnclosingError> {
        if !open.indefinite {
            return Ok(self.at == open.end);
        }
        let start = self.at;
        let ends = self.byte(open.end)? == 0 && self.byte(open.end)? == 0;
        self.go(start)?;
        Ok(ends)
    }

    /// Goes behind the contents of `open`, which have to end here.
    fn close(&mut self, open: &Open, what: &'static str) -> Result<(), EnclosingError> {
        if !self.is_at_end(open)? {
            return Err(self.unexpected(what));
        }
        if open.indefinite { self.go(self.at + 2) } else { Ok(()) }
    }

    /// Collects the places of the content; whether it is an octet string.
    fn content(&mut self, end: u64, places: &mut Vec<Range<u64>>) -> Result<bool, EnclosingError> {
        let start = self.at;
        let tag = self.byte(end)?;
        self.go(start)?;
        if matches!(tag, write::OCTET_STRING | 0x24) {
            self.octets(end, 0, places)?;
            return Ok(true);
        }
        let unknown = self.unexpected("an octet string");
        let open = self.header(end)?;
        if open.indefinite {
            // Its contents would have to be normalised before they are hashed, and nobody writes it so.
            return Err(unknown);
        }
        places.push(self.at..open.end);
        self.go(open.end)?;
        Ok(false)
    }

    /// Collects the places of an octet string, in one piece or in many.
    fn octets(&mut self, end: u64, depth: u16, places: &mut Vec<Range<u64>>) -> Result<(), EnclosingError> {
        let start = offset(self.at);
        if depth >= self.limits.max_depth {
            return Err(Asn1Error::TooDeep { offset: start, max: self.limits.max_depth }.into());
        }
        let open = self.header(end)?;
        match open.tag {
            write::OCTET_STRING => {
                if places.len() >= MAX_PIECES {
                    return Err(Asn1Error::TooLarge { len: places.len(), max: MAX_PIECES }.into());
                }
                places.push(self.at..open.end);
                self.go(open.end)
            }
            0x24 => {
                self.encoding = Encoding::Ber;
                while !self.is_at_end(&open)? {
                    self.octets(open.end, depth + 1, places)?;
                }
                self.close(&open, "the end of the content")
            }
            _ => Err(Asn1Error::BadOctetString { offset: start }.into()),
        }
    }

    /// The fields from here to the end of the SignedData, as they stand.
    fn fields_to_the_end(&mut self, signed_data: &Open) -> Result<Vec<u8>, EnclosingError> {
        let start = self.at;
        let left = signed_data.end - start;
        if left > self.limits.max_len as u64 {
            let len = usize::try_from(left).unwrap_or(usize::MAX);
            return Err(Asn1Error::TooLarge { len, max: self.limits.max_len }.into());
        }
        let mut fields = Vec::new();
        self.source.by_ref().take(left).read_to_end(&mut fields)?;
        if signed_data.indefinite {
            // An indefinite length in front finds the end of these fields.
            let whole = [&[write::SEQUENCE, 0x80][..], &fields].concat();
            let whole = normalise(&whole, self.limits).map_err(|error| error.shifted(offset(start)))?;
            fields.truncate(whole.consumed - 4);
        }
        self.go(start + fields.len() as u64)?;
        Ok(fields)
    }

    fn only_zeros_follow(&mut self) -> Result<(), EnclosingError> {
        let mut buffer = [0; 4096];
        loop {
            let read = self.source.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            if let Some(at) = buffer[..read].iter().position(|byte| *byte != 0) {
                let offset = offset(self.at) + at;
                return Err(Asn1Error::Unexpected { what: "nothing more", offset }.into());
            }
            self.at += read as u64;
        }
    }
}

/// A place for an error; beyond 4 GiB on a small machine the largest one.
fn offset(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use proptest::prelude::*;

    const FIELDS: [u8; 6] = [0xa0, 2, 5, 0, 0x31, 0];

    fn signature(content: &[u8], header: &dyn Fn(u8, &[u8]) -> Vec<u8>) -> Vec<u8> {
        let description = header(0x30, &[write::oid(oid::DATA), content.to_vec()].concat());
        let data = header(0x30, &[&[2, 1, 1, 0x31, 0][..], &description, &FIELDS].concat());
        header(0x30, &[write::oid(oid::SIGNED_DATA), header(0xa0, &data)].concat())
    }

    fn definite(tag: u8, body: &[u8]) -> Vec<u8> {
        write::tlv(tag, &[body])
    }

    fn indefinite(tag: u8, body: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], body, &[0, 0]].concat()
    }

    fn read(cms: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let opened = open(&mut Cursor::new(cms), Limits::default()).unwrap()?;
        let mut content = Vec::new();
        ContentReader::new(Cursor::new(cms), &opened.content).read_to_end(&mut content).unwrap();
        assert_eq!(content.len() as u64, opened.content_len());
        Some((opened.signature, content))
    }

    proptest! {
        #[test]
        fn content_and_signature_come_apart(content in prop::collection::vec(any::<u8>(), 0..400), cut in any::<prop::sample::Index>()) {
            let detached = signature(&[], &definite);
            let in_one = definite(0xa0, &definite(4, &content));
            prop_assert_eq!(read(&signature(&in_one, &definite)), Some((detached.clone(), content.clone())));
            let (left, right) = content.split_at(cut.index(content.len() + 1));
            let pieces = [definite(4, left), indefinite(0x24, &definite(4, right)), definite(4, &[])].concat();
            let in_many = indefinite(0xa0, &indefinite(0x24, &pieces));
            prop_assert_eq!(read(&signature(&in_many, &indefinite)), Some((detached, content)));
        }

        #[test]
        fn damage_is_survived(content in prop::collection::vec(any::<u8>(), 0..40), at in any::<prop::sample::Index>(), to in any::<u8>()) {
            for header in [&definite as &dyn Fn(u8, &[u8]) -> Vec<u8>, &indefinite] {
                let mut cms = signature(&header(0xa0, &definite(4, &content)), header);
                let at = at.index(cms.len());
                prop_assert!(open(&mut Cursor::new(&cms[..at]), Limits::default()).is_err());
                cms[at] = to;
                let _ = open(&mut Cursor::new(&cms), Limits::default());
            }
        }
    }

    #[test]
    fn pkcs7_has_any_element_and_signs_its_contents() {
        for (content, wanted) in [
            (definite(0x30, &definite(2, b"x")), Some(definite(2, b"x"))),
            (definite(0x0c, b"texto"), Some(b"texto".to_vec())),
            (indefinite(0x30, &definite(2, b"x")), None),
        ] {
            let cms = signature(&definite(0xa0, &content), &definite);
            let opened = open(&mut Cursor::new(&cms), Limits::default());
            let Some(wanted) = wanted else {
                assert!(matches!(opened, Err(EnclosingError::Malformed(Asn1Error::Unexpected { .. }))));
                continue;
            };
            assert!(!opened.unwrap().unwrap().octets);
            assert_eq!(read(&cms), Some((signature(&[], &definite), wanted)));
        }
    }

    #[test]
    fn the_description_is_found_as_it_stands() {
        for header in [&definite as &dyn Fn(u8, &[u8]) -> Vec<u8>, &indefinite] {
            let tagged = header(0xa0, &header(0x24, &[definite(4, b"con"), definite(4, b"teudo")].concat()));
            let cms = signature(&tagged, header);
            let opened = open(&mut Cursor::new(&cms), Limits::default()).unwrap().unwrap();
            let place = opened.description.start as usize..opened.description.end as usize;
            assert_eq!(cms[place], header(0x30, &[write::oid(oid::DATA), tagged].concat()));
            assert!(opened.octets && opened.encoding == Encoding::Ber);
        }
    }

    #[test]
    fn detached_and_other_cms_are_told_apart() {
        assert_eq!(read(&signature(&[], &definite)), None);
        assert_eq!(read(&signature(&[], &indefinite)), None);
        let mut other = definite(0x30, &write::oid(oid::DATA));
        assert!(matches!(
            open(&mut Cursor::new(&other), Limits::default()),
            Err(EnclosingError::NotSignedData(kind)) if kind == oid::DATA
        ));
        other = signature(&definite(0xa0, &definite(4, b"x")), &definite);
        other.push(0);
        assert!(read(&other).is_some(), "zeros may follow");
        other.push(1);
        assert!(open(&mut Cursor::new(&other), Limits::default()).is_err());
        let deep = (0..100).fold(definite(4, b"x"), |inner, _| definite(0x24, &inner));
        let deep = signature(&definite(0xa0, &deep), &definite);
        assert!(matches!(
            open(&mut Cursor::new(&deep), Limits::default()),
            Err(EnclosingError::Malformed(Asn1Error::TooDeep { .. }))
        ));
    }

    /// A source of 5 GiB that holds nothing but its ends: what is read stays small.
    #[test]
    fn five_gibibytes_are_skipped() {
        struct Sparse {
            head: Vec<u8>,
            gap: u64,
            tail: Vec<u8>,
            at: u64,
            read: u64,
        }
        impl Read for Sparse {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let (head, end) = (self.head.len() as u64, self.head.len() as u64 + self.gap);
                let byte = |at: u64| match at {
                    at if at < head => self.head.get(at as usize).copied(),
                    at if at < end => Some(0),
                    at => self.tail.get((at - end) as usize).copied(),
                };
                let bytes: Vec<u8> = (self.at..).map_while(byte).take(buffer.len()).collect();
                buffer[..bytes.len()].copy_from_slice(&bytes);
                self.at += bytes.len() as u64;
                self.read += bytes.len() as u64;
                Ok(bytes.len())
            }
        }
        impl Seek for Sparse {
            fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
                let len = (self.head.len() + self.tail.len()) as u64 + self.gap;
                self.at = match to {
                    SeekFrom::Start(at) => at,
                    SeekFrom::End(by) => len.checked_add_signed(by).unwrap(),
                    SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
                };
                Ok(self.at)
            }
        }
        let gap = 5_u64 << 30;
        let long = |tag: u8, len: u64| [&[tag, 0x88][..], &len.to_be_bytes()].concat();
        let inner = [long(0xa0, gap + 10), long(4, gap)].concat();
        let described = write::oid(oid::DATA).len() as u64 + 20 + gap;
        let data = 5 + 10 + described + FIELDS.len() as u64;
        let kind = write::oid(oid::SIGNED_DATA);
        let head = [
            long(0x30, kind.len() as u64 + 20 + data),
            kind,
            long(0xa0, 10 + data),
            long(0x30, data),
            vec![2, 1, 1, 0x31, 0],
            long(0x30, described),
            write::oid(oid::DATA),
            inner,
        ]
        .concat();
        let start = head.len() as u64;
        let mut source = Sparse { head, gap, tail: FIELDS.to_vec(), at: 0, read: 0 };
        let opened = open(&mut source, Limits::default()).unwrap().unwrap();
        assert_eq!(opened.signature, signature(&[], &definite));
        assert_eq!(opened.content, vec![start..start + gap]);
        assert!(source.read < 1 << 20, "{} bytes were read", source.read);
    }
}
