//! Writing DER (X.690 §10): only what a signature needs. Foreign bytes are copied in as they are.

use const_oid::ObjectIdentifier as Oid;

use super::ber::{length_len, push_length};

/// `INTEGER`.
pub const INTEGER: u8 = 0x02;
/// `OCTET STRING`.
pub const OCTET_STRING: u8 = 0x04;
/// `NULL`.
pub const NULL: u8 = 0x05;
/// `OBJECT IDENTIFIER`.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// `BIT STRING`.
pub const BIT_STRING: u8 = 0x03;
/// `ENUMERATED`.
pub const ENUMERATED: u8 = 0x0a;
/// `UTF8String`.
pub const UTF8_STRING: u8 = 0x0c;
/// `IA5String`.
pub const IA5_STRING: u8 = 0x16;
/// `UTCTime`.
pub const UTC_TIME: u8 = 0x17;
/// `GeneralizedTime`.
pub const GENERALIZED_TIME: u8 = 0x18;
/// `SEQUENCE` and `SEQUENCE OF`.
pub const SEQUENCE: u8 = 0x30;
/// `SET` and `SET OF`.
pub const SET: u8 = 0x31;

/// The identifier octet of a constructed context-specific tag below 31.
pub const fn context(number: u8) -> u8 {
    0xa0 | (number & 0x1f)
}

/// An element made of `parts`, one after another.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(1 + length_len(len) + len);
    out.push(tag);
    push_length(&mut out, len);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Appends the identifier octet and the length of an element whose `len` bytes of contents follow.
pub fn push_header(out: &mut Vec<u8>, tag: u8, len: usize) {
    out.push(tag);
    push_length(out, len);
}

/// How many octets identifier and length of an element with `len` bytes of contents take.
pub fn header_len(len: usize) -> usize {
    1 + length_len(len)
}

/// A `SET OF` in DER order (X.690 §11.6), with the given identifier octet.
pub fn set_of(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    tlv(tag, &parts)
}

/// An `OBJECT IDENTIFIER`.
pub fn oid(oid: Oid) -> Vec<u8> {
    tlv(OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_minimal_at_every_border() {
        for (len, header) in [
            (0, &[4, 0][..]),
            (127, &[4, 127]),
            (128, &[4, 0x81, 128]),
            (255, &[4, 0x81, 255]),
            (256, &[4, 0x82, 1, 0]),
            (65_535, &[4, 0x82, 255, 255]),
            (65_536, &[4, 0x83, 1, 0, 0]),
        ] {
            let out = tlv(OCTET_STRING, &[&vec![0; len]]);
            assert_eq!(&out[..header.len()], header);
            assert_eq!(out.len(), header.len() + len);
        }
    }

    #[test]
    fn sets_are_sorted_by_their_encodings() {
        let set = set_of(SET, vec![vec![0x30, 1, 0], vec![0x02, 1, 9], vec![0x02, 1, 2]]);
        assert_eq!(set, [0x31, 9, 2, 1, 2, 2, 1, 9, 0x30, 1, 0]);
    }
}
