//! Bounded reading of BER (X.690) and its rewriting into definite, minimal lengths.
//!
//! Foreign signatures are hashed as they were sent, so nothing here re-sorts or re-encodes a value: [`normalise`]
//! changes length octets and joins the pieces of a constructed OCTET STRING, and nothing else. Input that already has
//! definite, minimal lengths comes back borrowed, byte for byte.

use std::borrow::Cow;

use cartorio_core::Coded;

/// Bounds on what is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Longest input in bytes.
    pub max_len: usize,
    /// Deepest nesting.
    pub max_depth: u16,
}

impl Default for Limits {
    /// 256 MiB (a CMS may hold its content) and 64 levels (real signatures with time stamps in them reach about 30).
    fn default() -> Self {
        Self { max_len: 256 << 20, max_depth: 64 }
    }
}

/// Bytes that are not the ASN.1 structure that was expected. Offsets count from the start of what was being read: the
/// input for length errors, its normalised form (the same thing for DER input) for [`Asn1Error::Unexpected`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Asn1Error {
    /// The input ends inside an element.
    #[error("the data ends inside the element at byte {offset}")]
    Truncated {
        /// Where the element starts.
        offset: usize,
    },
    /// The input is longer than the limit.
    #[error("{len} bytes are more than the {max} that are read")]
    TooLarge {
        /// Length of the input.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// Elements are nested deeper than the limit.
    #[error("elements are nested deeper than {max} levels at byte {offset}")]
    TooDeep {
        /// Where it happens.
        offset: usize,
        /// The limit.
        max: u16,
    },
    /// A tag or length that X.690 does not allow.
    #[error("the element at byte {offset} has an invalid tag or length")]
    BadHeader {
        /// Where the element starts.
        offset: usize,
    },
    /// A constructed OCTET STRING with something else than OCTET STRINGs inside.
    #[error("the octet string at byte {offset} has a piece that is not an octet string")]
    BadOctetString {
        /// Where the string starts.
        offset: usize,
    },
    /// Well-formed, but not what the structure asks for here.
    #[error("expected {what} at byte {offset}")]
    Unexpected {
        /// What should be there.
        what: &'static str,
        /// Where.
        offset: usize,
    },
}

impl Asn1Error {
    /// Where it went wrong, in bytes from the start.
    pub const fn offset(&self) -> usize {
        match self {
            Self::Truncated { offset }
            | Self::TooDeep { offset, .. }
            | Self::BadHeader { offset }
            | Self::BadOctetString { offset }
            | Self::Unexpected { offset, .. } => *offset,
            Self::TooLarge { max, .. } => *max,
        }
    }
}

impl Coded for Asn1Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "asn1_truncated",
            Self::TooLarge { .. } => "asn1_too_large",
            Self::TooDeep { .. } => "asn1_too_deep",
            Self::BadHeader { .. } => "asn1_bad_header",
            Self::BadOctetString { .. } => "asn1_bad_octet_string",
            Self::Unexpected { .. } => "asn1_unexpected",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        let mut params = vec![("offset", self.offset().to_string())];
        match self {
            Self::Unexpected { what, .. } => params.push(("expected", (*what).to_owned())),
            Self::TooLarge { len, max } => {
                params.push(("len", len.to_string()));
                params.push(("max", max.to_string()));
            }
            Self::TooDeep { max, .. } => params.push(("max", max.to_string())),
            Self::Truncated { .. } | Self::BadHeader { .. } | Self::BadOctetString { .. } => {}
        }
        params
    }
}

/// How the lengths of an element and of everything in it are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// Definite, minimal lengths and primitive octet strings, as DER wants. The order of sets is not looked at.
    Der,
    /// Anything else that BER allows.
    Ber,
}

/// One element in definite, minimal lengths.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Normalised<'a> {
    /// The element; borrowed when it needed no change.
    pub der: Cow<'a, [u8]>,
    /// How many bytes of the input it took; what follows (padding of a PDF `/Contents`) was not looked at.
    pub consumed: usize,
    /// How it was written.
    pub encoding: Encoding,
}

/// Reads exactly one element from the start of `input` and gives it definite, minimal lengths; the order of elements
/// and the contents of primitive ones stay as they are. Time and memory are linear in the input for a fixed depth.
///
/// # Errors
/// [`Asn1Error`] for input that is not BER or goes beyond `limits`.
pub fn normalise(input: &[u8], limits: Limits) -> Result<Normalised<'_>, Asn1Error> {
    let mut scan = Scan { input, max_depth: limits.max_depth, canonical: true };
    let end = input.len().min(limits.max_len);
    let consumed = match scan.element(0, end, 0) {
        Ok(consumed) => consumed,
        Err(Asn1Error::Truncated { .. }) if end < input.len() => {
            return Err(Asn1Error::TooLarge { len: input.len(), max: limits.max_len });
        }
        Err(error) => return Err(error),
    };
    let element = &input[..consumed];
    if scan.canonical {
        return Ok(Normalised { der: Cow::Borrowed(element), consumed, encoding: Encoding::Der });
    }
    let mut out = Vec::with_capacity(consumed);
    rewrite(element, 0, consumed, &mut out)?;
    Ok(Normalised { der: Cow::Owned(out), consumed, encoding: Encoding::Ber })
}

const CONSTRUCTED: u8 = 0x20;
const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED_OCTET_STRING: u8 = OCTET_STRING | CONSTRUCTED;

impl Asn1Error {
    /// The same, in a whole that starts `by` bytes earlier.
    pub(super) fn shifted(self, by: usize) -> Self {
        match self {
            Self::Truncated { offset } => Self::Truncated { offset: offset + by },
            Self::TooDeep { offset, max } => Self::TooDeep { offset: offset + by, max },
            Self::BadHeader { offset } => Self::BadHeader { offset: offset + by },
            Self::BadOctetString { offset } => Self::BadOctetString { offset: offset + by },
            Self::Unexpected { what, offset } => Self::Unexpected { what, offset: offset + by },
            Self::TooLarge { .. } => self,
        }
    }
}

/// Identifier and length octets.
pub(super) struct Header {
    pub(super) tag: u8,
    tag_len: usize,
    pub(super) header_len: usize,
    /// `None` for the indefinite form.
    pub(super) len: Option<usize>,
    minimal: bool,
}

/// Reads identifier and length octets at `at`; a definite length is checked against `end`.
pub(super) fn header(input: &[u8], at: usize, end: usize) -> Result<Header, Asn1Error> {
    let truncated = Asn1Error::Truncated { offset: at };
    let bad = Asn1Error::BadHeader { offset: at };
    let byte = |position: usize| if position < end { input.get(position).copied() } else { None };
    let tag = byte(at).ok_or(truncated)?;
    let mut tag_len = 1;
    if tag & 0x1f == 0x1f {
        loop {
            let next = byte(at + tag_len).ok_or(truncated)?;
            tag_len += 1;
            if next & 0x80 == 0 {
                break;
            }
            if tag_len > 5 {
                return Err(bad);
            }
        }
    }
    let first = byte(at + tag_len).ok_or(truncated)?;
    if first < 0x80 {
        let header = Header { tag, tag_len, header_len: tag_len + 1, len: Some(usize::from(first)), minimal: true };
        return fits(header, at, end);
    }
    if first == 0x80 {
        if tag & CONSTRUCTED == 0 {
            return Err(bad);
        }
        return Ok(Header { tag, tag_len, header_len: tag_len + 1, len: None, minimal: false });
    }
    let count = usize::from(first & 0x7f);
    // Eight octets hold every length there is; more of them can only be leading zeros, which nobody writes.
    if count > 8 {
        return Err(bad);
    }
    let mut len = 0_u64;
    for index in 0..count {
        len = len << 8 | u64::from(byte(at + tag_len + 1 + index).ok_or(truncated)?);
    }
    let len = usize::try_from(len).map_err(|_| truncated)?;
    let minimal = 1 + count == length_len(len);
    fits(Header { tag, tag_len, header_len: tag_len + 1 + count, len: Some(len), minimal }, at, end)
}

fn fits(header: Header, at: usize, end: usize) -> Result<Header, Asn1Error> {
    let room = end.saturating_sub(at + header.header_len);
    if header.len.is_some_and(|len| len > room) { Err(Asn1Error::Truncated { offset: at }) } else { Ok(header) }
}

/// How many octets a definite, minimal length takes.
pub(super) fn length_len(len: usize) -> usize {
    if len < 0x80 { 1 } else { 1 + (usize::BITS as usize - len.leading_zeros() as usize).div_ceil(8) }
}

/// Appends a definite, minimal length.
pub(super) fn push_length(out: &mut Vec<u8>, len: usize) {
    let octets = length_len(len) - 1;
    if octets == 0 {
        out.push(len.to_le_bytes()[0]);
        return;
    }
    // At most eight octets, so the first one is 0x81..=0x88.
    out.push(0x80 | octets.to_le_bytes()[0]);
    out.extend(&len.to_be_bytes()[size_of::<usize>() - octets..]);
}

/// The first pass: checks everything and finds out whether the second one is needed.
struct Scan<'a> {
    input: &'a [u8],
    max_depth: u16,
    canonical: bool,
}

impl Scan<'_> {
    /// Checks the element at `at` and returns where the next one starts.
    fn element(&mut self, at: usize, end: usize, depth: u16) -> Result<usize, Asn1Error> {
        if depth >= self.max_depth {
            return Err(Asn1Error::TooDeep { offset: at, max: self.max_depth });
        }
        let header = header(self.input, at, end)?;
        // End-of-contents octets stand nowhere but at the end of an indefinite length, which is seen below.
        if header.tag == 0 {
            return Err(Asn1Error::BadHeader { offset: at });
        }
        self.canonical &= header.minimal && header.tag != CONSTRUCTED_OCTET_STRING;
        let mut next = at + header.header_len;
        let Some(len) = header.len else {
            while self.input[..end].get(next..next + 2) != Some(&[0, 0]) {
                self.piece_fits(header.tag, at, next)?;
                next = self.element(next, end, depth + 1)?;
            }
            return Ok(next + 2);
        };
        let stop = next + len;
        if header.tag & CONSTRUCTED != 0 {
            while next < stop {
                self.piece_fits(header.tag, at, next)?;
                next = self.element(next, stop, depth + 1)?;
            }
        }
        Ok(stop)
    }

    fn piece_fits(&self, tag: u8, at: usize, piece: usize) -> Result<(), Asn1Error> {
        let piece = self.input.get(piece).copied();
        let octets = matches!(piece, None | Some(OCTET_STRING | CONSTRUCTED_OCTET_STRING));
        if tag == CONSTRUCTED_OCTET_STRING && !octets {
            return Err(Asn1Error::BadOctetString { offset: at });
        }
        Ok(())
    }
}

/// The second pass, over input that [`Scan`] has accepted: appends the element at `at` and returns where the next one starts.
fn rewrite(input: &[u8], at: usize, end: usize, out: &mut Vec<u8>) -> Result<usize, Asn1Error> {
    let header = header(input, at, end)?;
    if header.tag & CONSTRUCTED == 0 {
        let next = at + header.header_len + header.len.unwrap_or(0);
        out.extend(&input[at..at + header.tag_len]);
        push_length(out, header.len.unwrap_or(0));
        out.extend(&input[at + header.header_len..next]);
        return Ok(next);
    }
    if header.tag == CONSTRUCTED_OCTET_STRING {
        out.push(OCTET_STRING);
    } else {
        out.extend(&input[at..at + header.tag_len]);
    }
    let length_at = out.len();
    let reserved = length_len(header.len.unwrap_or(end - at));
    out.extend(std::iter::repeat_n(0, reserved));
    let body_at = out.len();
    let next = body(input, at, end, &header, out, header.tag == CONSTRUCTED_OCTET_STRING)?;
    let mut length = Vec::with_capacity(9);
    push_length(&mut length, out.len() - body_at);
    out.splice(length_at..body_at, length);
    Ok(next)
}

/// Appends the contents of a constructed element; for an octet string only the contents of its pieces.
fn body(
    input: &[u8],
    at: usize,
    end: usize,
    header: &Header,
    out: &mut Vec<u8>,
    joined: bool,
) -> Result<usize, Asn1Error> {
    let mut next = at + header.header_len;
    let stop = header.len.map(|len| next + len);
    loop {
        match stop {
            Some(stop) if next >= stop => return Ok(stop),
            None if input[..end].get(next..next + 2) == Some(&[0, 0]) => return Ok(next + 2),
            Some(_) | None => {}
        }
        let within = stop.unwrap_or(end);
        next = if joined { piece(input, next, within, out)? } else { rewrite(input, next, within, out)? };
    }
}

/// Appends the contents of one piece of a constructed octet string.
fn piece(input: &[u8], at: usize, end: usize, out: &mut Vec<u8>) -> Result<usize, Asn1Error> {
    let header = header(input, at, end)?;
    if header.tag & CONSTRUCTED != 0 {
        return body(input, at, end, &header, out, true);
    }
    let start = at + header.header_len;
    let next = start + header.len.unwrap_or(0);
    out.extend(&input[start..next]);
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::der;
    use proptest::prelude::*;

    fn normal(input: &[u8]) -> Result<Normalised<'_>, Asn1Error> {
        normalise(input, Limits::default())
    }

    #[test]
    fn indefinite_lengths_and_split_octet_strings_become_der() {
        // SEQUENCE (indefinite) { [0] (indefinite) { OCTET STRING (constructed, indefinite) { "ab", (constructed) { "c" } } } }
        let ber = [
            0x30, 0x80, 0xa0, 0x80, 0x24, 0x80, 0x04, 0x02, b'a', b'b', 0x24, 0x03, 0x04, 0x01, b'c', 0, 0, 0, 0, 0, 0,
            0xff, 0xff,
        ];
        let done = normal(&ber).unwrap();
        assert_eq!(done.der.as_ref(), [0x30, 7, 0xa0, 5, 0x04, 3, b'a', b'b', b'c']);
        assert_eq!((done.consumed, done.encoding), (ber.len() - 2, Encoding::Ber), "what follows is not looked at");
    }

    #[test]
    fn overlong_lengths_become_minimal_and_high_tags_stay() {
        let ber = [0x30, 0x82, 0, 9, 0x02, 0x81, 1, 5, 0x9f, 0x87, 0x68, 0x01, 7];
        assert_eq!(normal(&ber).unwrap().der.as_ref(), [0x30, 8, 0x02, 1, 5, 0x9f, 0x87, 0x68, 1, 7]);
    }

    #[test]
    fn each_kind_of_bad_input_has_its_own_error_and_place() {
        use Asn1Error as E;
        assert_eq!(normal(&[]).unwrap_err(), E::Truncated { offset: 0 });
        assert_eq!(normal(&[0x30, 3, 0x02, 2, 1]).unwrap_err(), E::Truncated { offset: 2 });
        assert_eq!(normal(&[0x04, 0x80, 0, 0]).unwrap_err(), E::BadHeader { offset: 0 });
        assert_eq!(normal(&[0x30, 2, 0, 0]).unwrap_err(), E::BadHeader { offset: 2 });
        assert_eq!(normal(&[0x30, 0x80, 0x05, 0]).unwrap_err(), E::Truncated { offset: 4 });
        assert_eq!(normal(&[0x24, 3, 0x02, 1, 1]).unwrap_err(), E::BadOctetString { offset: 0 });
        assert_eq!(normal(&[0x30, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap_err(), E::BadHeader { offset: 0 });
        assert_eq!(
            normal(&[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).unwrap_err(),
            E::Truncated { offset: 0 }
        );
        let deep = [0x30, 0x80].repeat(1000);
        assert_eq!(normal(&deep).unwrap_err(), E::TooDeep { offset: 128, max: 64 });
        let limits = Limits { max_len: 10, max_depth: 8 };
        let long = der::tlv(0x04, &[&[0; 100]]);
        assert_eq!(normalise(&long, limits).unwrap_err(), E::TooLarge { len: long.len(), max: 10 });
    }

    #[test]
    fn padding_after_the_element_does_not_count_towards_the_limit() {
        let mut padded = der::tlv(0x04, &[b"abc"]);
        padded.resize(32_768, 0);
        let done = normalise(&padded, Limits { max_len: 64, max_depth: 4 }).unwrap();
        assert_eq!((done.consumed, done.encoding), (5, Encoding::Der));
    }

    /// A tree together with one BER and the one DER writing of it.
    fn tree() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
        let leaf = (
            prop::sample::select(vec![0x02_u8, 0x04, 0x0c, 0x80]),
            prop::collection::vec(any::<u8>(), 0..300),
            any::<u8>(),
        )
            .prop_map(|(tag, value, how)| {
                let plain = der::tlv(tag, &[&value]);
                let ber = match how % 3 {
                    0 => plain.clone(),
                    1 => overlong(tag, &value),
                    _ if tag == 0x04 => {
                        let (left, right) = value.split_at(value.len() / 2);
                        let pieces = [overlong(0x04, left), der::tlv(0x24, &[&der::tlv(0x04, &[right])])].concat();
                        if how % 2 == 0 { indefinite(0x24, &pieces) } else { der::tlv(0x24, &[&pieces]) }
                    }
                    _ => plain.clone(),
                };
                (ber, plain)
            });
        leaf.prop_recursive(5, 40, 6, |inner| {
            (prop::sample::select(vec![0x30_u8, 0x31, 0xa0, 0xa3]), prop::collection::vec(inner, 0..6), 0..3_u8)
                .prop_map(|(tag, children, how)| {
                    let ber = children.iter().flat_map(|(ber, _)| ber.clone()).collect::<Vec<_>>();
                    let plain = children.iter().flat_map(|(_, plain)| plain.clone()).collect::<Vec<_>>();
                    let ber = match how {
                        0 => der::tlv(tag, &[&ber]),
                        1 => overlong(tag, &ber),
                        _ => indefinite(tag, &ber),
                    };
                    (ber, der::tlv(tag, &[&plain]))
                })
        })
    }

    fn overlong(tag: u8, value: &[u8]) -> Vec<u8> {
        let len = u32::try_from(value.len()).unwrap().to_be_bytes();
        [&[tag, 0x84][..], &len, value].concat()
    }

    fn indefinite(tag: u8, value: &[u8]) -> Vec<u8> {
        [&[tag, 0x80][..], value, &[0, 0]].concat()
    }

    proptest! {
        #[test]
        fn every_way_of_writing_a_tree_normalises_to_its_der((ber, plain) in tree()) {
            let done = normal(&ber).unwrap();
            prop_assert_eq!(done.der.as_ref(), &plain[..]);
            prop_assert_eq!(done.consumed, ber.len());
            let again = normal(&plain).unwrap();
            prop_assert!(matches!(again.der, Cow::Borrowed(_)), "DER stays as it is, without a copy");
            prop_assert_eq!(again.encoding, Encoding::Der);
        }

        #[test]
        fn whatever_comes_in_nothing_panics_and_what_comes_out_is_normal(mut bytes in prop::collection::vec(any::<u8>(), 0..400), shape in any::<bool>()) {
            if shape && bytes.len() > 2 {
                bytes[0] = 0x30;
                bytes[1] = 0x80;
            }
            if let Ok(done) = normal(&bytes) {
                let again = normal(&done.der).unwrap();
                prop_assert_eq!(again.encoding, Encoding::Der);
                prop_assert_eq!(again.der.as_ref(), done.der.as_ref());
            }
        }

        #[test]
        fn a_mutated_tree_never_panics((ber, _) in tree(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>()) {
            let mut bytes = ber;
            for (index, value) in changes {
                let index = index.index(bytes.len());
                bytes[index] = value;
            }
            bytes.truncate(cut.index(bytes.len()) + 1);
            if let Ok(done) = normal(&bytes) {
                prop_assert_eq!(normal(&done.der).unwrap().encoding, Encoding::Der);
            }
        }
    }
}
