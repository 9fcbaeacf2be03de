//! DER in small: a writer that cannot fail, and a TLV reader that also takes BER's indefinite lengths.
//!
//! The writer serves certificates, CRLs and P12 files; the reader serves everything that must be told apart or located
//! by byte offset before a typed decoder sees it.

pub(crate) use cartorio_asn1::tlv;
use const_oid::ObjectIdentifier as Oid;
use time::OffsetDateTime;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const NUMERIC_STRING: u8 = 0x12;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const TELETEX_STRING: u8 = 0x14;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const VISIBLE_STRING: u8 = 0x1a;
pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
pub(crate) const BMP_STRING: u8 = 0x1e;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Nesting that no sane PKI object reaches; deeper input is refused instead of exhausting the stack.
const MAX_DEPTH: usize = 32;

// ---- writing ---------------------------------------------------------------------------------------------------

pub(crate) fn constructed<T: AsRef<[u8]>>(tag: u8, parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut content = Vec::new();
    for part in parts {
        content.extend_from_slice(part.as_ref());
    }
    tlv(tag, &content)
}

pub(crate) fn seq<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    constructed(SEQUENCE, parts)
}

/// `SET OF`: DER sorts the elements by their encoding (X.690 §11.6).
pub(crate) fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    constructed(SET, parts)
}

/// `[number] EXPLICIT`.
pub(crate) fn explicit(number: u8, inner: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, inner)
}

/// `[number] IMPLICIT` of a primitive type.
pub(crate) fn implicit(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(0x80 | number, content)
}

pub(crate) fn oid(value: &Oid) -> Vec<u8> {
    tlv(OID, value.as_bytes())
}

/// A non-negative INTEGER from big-endian bytes.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let mut content = bytes[first..].to_vec();
    if content.first().is_none_or(|byte| byte & 0x80 != 0) {
        content.insert(0, 0);
    }
    tlv(INTEGER, &content)
}

pub(crate) fn number(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    tlv(OCTET_STRING, content)
}

/// A BIT STRING of whole bytes.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    let mut content = vec![0];
    content.extend_from_slice(bytes);
    tlv(BIT_STRING, &content)
}

/// A named bit list: bit 0 is the first; DER drops trailing zero bits (X.690 §11.2.2).
pub(crate) fn named_bits(set: &[usize]) -> Vec<u8> {
    let Some(highest) = set.iter().max() else {
        return tlv(BIT_STRING, &[0]);
    };
    let mut content = vec![0; highest / 8 + 2];
    content[0] = (7 - highest % 8) as u8;
    for bit in set {
        content[1 + bit / 8] |= 0x80 >> (bit % 8);
    }
    tlv(BIT_STRING, &content)
}

/// RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050; whole seconds, always `Z`.
pub(crate) fn time(at: OffsetDateTime) -> Vec<u8> {
    let at = at.to_offset(time::UtcOffset::UTC);
    let rest =
        format!("{:02}{:02}{:02}{:02}{:02}Z", u8::from(at.month()), at.day(), at.hour(), at.minute(), at.second());
    if (1950..2050).contains(&at.year()) {
        tlv(UTC_TIME, format!("{:02}{rest}", at.year() % 100).as_bytes())
    } else {
        tlv(GENERALIZED_TIME, format!("{:04}{rest}", at.year()).as_bytes())
    }
}

/// A BMPString; `None` when the text has characters outside the Basic Multilingual Plane.
pub(crate) fn bmp(text: &str) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(text.len() * 2);
    for character in text.chars() {
        content.extend_from_slice(&u16::try_from(u32::from(character)).ok()?.to_be_bytes());
    }
    Some(tlv(BMP_STRING, &content))
}

// ---- reading ---------------------------------------------------------------------------------------------------

/// Where and why the bytes are not ASN.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{problem} at byte {offset}")]
pub struct Asn1Error {
    /// Offset from the beginning of the input, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub problem: &'static str,
}

/// One element; `offset` counts from the beginning of the whole input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    pub tag: u8,
    pub offset: usize,
    pub raw: &'a [u8],
    pub content: &'a [u8],
    content_offset: usize,
}

impl<'a> Tlv<'a> {
    pub(crate) fn children(&self) -> Reader<'a> {
        Reader { bytes: self.content, position: 0, base: self.content_offset }
    }

    /// The children, when every one of them can be read.
    pub(crate) fn all_children(&self) -> Result<Vec<Tlv<'a>>, Asn1Error> {
        let mut reader = self.children();
        let mut children = Vec::new();
        while let Some(child) = reader.next()? {
            children.push(child);
        }
        Ok(children)
    }

    pub(crate) fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }

    /// The octets of an OCTET STRING, also of a constructed one (BER splits long strings).
    pub(crate) fn string_octets(&self) -> Result<Vec<u8>, Asn1Error> {
        self.string_octets_within(MAX_DEPTH)
    }

    fn string_octets_within(&self, depth: usize) -> Result<Vec<u8>, Asn1Error> {
        if !self.is_constructed() {
            return Ok(self.content.to_vec());
        }
        if depth == 0 {
            return Err(Asn1Error { offset: self.offset, problem: "nesting is too deep" });
        }
        let mut out = Vec::new();
        for child in self.all_children()? {
            out.extend(child.string_octets_within(depth - 1)?);
        }
        Ok(out)
    }
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, base: 0 }
    }

    pub(crate) fn offset(&self) -> usize {
        self.base + self.position
    }

    /// The next element; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Tlv<'a>>, Asn1Error> {
        self.next_within(MAX_DEPTH)
    }

    /// The next element, which must be there and have `tag`.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, Asn1Error> {
        let offset = self.offset();
        match self.next()? {
            Some(element) if element.tag == tag => Ok(element),
            Some(_) => Err(Asn1Error { offset, problem: "an element of another type was expected" }),
            None => Err(Asn1Error { offset, problem: "an element is missing" }),
        }
    }

    fn next_within(&mut self, depth: usize) -> Result<Option<Tlv<'a>>, Asn1Error> {
        let start = self.position;
        let error = |at: usize, problem| Asn1Error { offset: self.base + at, problem };
        let Some(&tag) = self.bytes.get(start) else {
            return Ok(None);
        };
        if depth == 0 {
            return Err(error(start, "nesting is too deep"));
        }
        let mut at = start + 1;
        if tag & 0x1f == 0x1f {
            loop {
                let byte = *self.bytes.get(at).ok_or(error(at, "the data ends inside a tag"))?;
                at += 1;
                if byte & 0x80 == 0 {
                    break;
                }
                if at - start > 5 {
                    return Err(error(start, "the tag number is too large"));
                }
            }
        }
        let first = *self.bytes.get(at).ok_or(error(at, "the data ends before a length"))?;
        at += 1;
        let (content_start, content_end, end) = match first {
            0x00..=0x7f => (at, at + usize::from(first), at + usize::from(first)),
            0x80 => {
                if tag & 0x20 == 0 {
                    return Err(error(start, "an indefinite length on a primitive element"));
                }
                let mut inner = Reader { bytes: self.bytes, position: at, base: self.base };
                loop {
                    if inner.bytes.get(inner.position..inner.position + 2) == Some(&[0, 0]) {
                        break (at, inner.position, inner.position + 2);
                    }
                    if inner.next_within(depth - 1)?.is_none() {
                        return Err(error(start, "an indefinite length without its end"));
                    }
                }
            }
            0x81..=0xff => {
                let count = usize::from(first & 0x7f);
                if count > 4 {
                    return Err(error(at - 1, "the length is too large"));
                }
                let field = self.bytes.get(at..at + count).ok_or(error(at, "the data ends inside a length"))?;
                let length = field.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
                at += count;
                let end = at.checked_add(length).ok_or(error(at, "the length is too large"))?;
                (at, end, end)
            }
        };
        let raw = self.bytes.get(start..end).ok_or(error(start, "the data ends inside an element"))?;
        self.position = end;
        Ok(Some(Tlv {
            tag,
            offset: self.base + start,
            raw,
            content: &self.bytes[content_start..content_end],
            content_offset: self.base + content_start,
        }))
    }
}

/// Dotted decimal of the content octets of an OBJECT IDENTIFIER; arcs beyond 128 bits and broken ones come as hex.
pub(crate) fn oid_text(content: &[u8]) -> String {
    let broken = || format!("#{}", hex::encode(content));
    let mut text = String::with_capacity(content.len() * 3 + 2);
    let mut arc: u128 = 0;
    let mut open = false;
    for byte in content {
        if arc >> 120 != 0 {
            return broken();
        }
        arc = arc << 7 | u128::from(byte & 0x7f);
        open = byte & 0x80 != 0;
        if !open {
            if text.is_empty() {
                let first = (arc / 40).min(2);
                push_decimal(&mut text, first);
                arc -= first * 40;
            }
            text.push('.');
            push_decimal(&mut text, arc);
            arc = 0;
        }
    }
    if open || text.is_empty() { broken() } else { text }
}

fn push_decimal(text: &mut String, number: u128) {
    let Ok(mut rest) = u64::try_from(number) else {
        text.push_str(&number.to_string());
        return;
    };
    let mut digits = [0_u8; 20];
    let mut from = digits.len();
    loop {
        from -= 1;
        digits[from] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.extend(digits[from..].iter().map(|digit| char::from(*digit)));
}

/// Text of a string element; `None` for a type that is not text.
pub(crate) fn string_text(tag: u8, content: &[u8]) -> Option<String> {
    match tag {
        UTF8_STRING | NUMERIC_STRING | PRINTABLE_STRING | IA5_STRING | VISIBLE_STRING => {
            Some(match std::str::from_utf8(content) {
                Ok(text) => text.to_owned(),
                // Old issuers put Latin-1 into these types.
                Err(_) => content.iter().map(|byte| char::from(*byte)).collect(),
            })
        }
        TELETEX_STRING => Some(content.iter().map(|byte| char::from(*byte)).collect()),
        BMP_STRING => {
            let units = content.chunks(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0xfffd,
            });
            Some(char::decode_utf16(units).map(|item| item.unwrap_or('\u{fffd}')).collect())
        }
        UNIVERSAL_STRING => Some(
            content
                .chunks(4)
                .map(|quad| {
                    <[u8; 4]>::try_from(quad)
                        .ok()
                        .and_then(|bytes| char::from_u32(u32::from_be_bytes(bytes)))
                        .unwrap_or('\u{fffd}')
                })
                .collect(),
        ),
        _ => None,
    }
}

/// Colon-separated upper-case hex, as certificates are usually printed.
pub(crate) fn colon_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_and_numbers_as_x690_has_them() {
        assert_eq!(tlv(OCTET_STRING, &[7; 200])[..3], [0x04, 0x81, 200]);
        assert_eq!(tlv(OCTET_STRING, &[7; 300])[..4], [0x04, 0x82, 1, 44]);
        assert_eq!(number(0), [2, 1, 0]);
        assert_eq!(number(127), [2, 1, 127]);
        assert_eq!(number(128), [2, 2, 0, 128]);
        assert_eq!(named_bits(&[0, 1]), [3, 2, 6, 0xc0], "digitalSignature, nonRepudiation");
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 0x06], "keyCertSign, cRLSign");
        assert_eq!(named_bits(&[8]), [3, 3, 7, 0, 0x80], "decipherOnly");
    }

    #[test]
    fn object_identifiers_in_text() {
        assert_eq!(oid_text(&[0x2a, 0x86, 0x48]), "1.2.840");
        assert_eq!(oid_text(&[0x60, 0x4c, 0x01, 0x03, 0x01]), "2.16.76.1.3.1");
        assert_eq!(oid_text(&[0x88, 0x37, 0x03]), "2.999.3");
        assert_eq!(oid_text(&[0x00]), "0.0");
        assert_eq!(oid_text(&[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), "2.18446744073709551535");
        assert_eq!(
            oid_text(&[0x2a, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]),
            "1.2.18446744073709551616"
        );
        assert_eq!(oid_text(&[0x2a, 0x86]), "#2a86", "an open arc is not an identifier");
    }

    #[test]
    fn indefinite_lengths_are_read() {
        let ber = [0x30, 0x80, 0x24, 0x80, 0x04, 1, 9, 0x04, 1, 8, 0, 0, 0, 0, 0x05, 0x00];
        let mut reader = Reader::new(&ber);
        let outer = reader.next().unwrap().unwrap();
        let inner = outer.all_children().unwrap();
        assert_eq!(inner.len(), 1);
        assert_eq!(inner[0].string_octets().unwrap(), [9, 8]);
        assert_eq!(reader.next().unwrap().unwrap().tag, NULL, "what follows is found");
    }

    proptest! {
        #[test]
        fn never_panics_and_never_reads_past_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            while let Ok(Some(element)) = reader.next() {
                prop_assert!(element.offset + element.raw.len() <= bytes.len());
                let _ = element.all_children();
                let _ = element.string_octets();
                let _ = oid_text(element.content);
                let _ = string_text(element.tag, element.content);
            }
        }

        #[test]
        fn what_is_written_is_read_back(tag in prop_oneof![Just(OCTET_STRING), Just(SEQUENCE)], size in 0_usize..70_000) {
            let content = vec![0; size];
            let der = tlv(tag, &content);
            let mut reader = Reader::new(&der);
            let element = reader.next().unwrap().unwrap();
            prop_assert_eq!(element.content.len(), size);
            prop_assert_eq!(reader.offset(), der.len());
        }
    }
}
