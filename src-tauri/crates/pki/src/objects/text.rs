//! From bytes to objects: binary, PEM, base64, hex, and text in UTF-16.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cartorio_asn1::recognise;
use zeroize::Zeroizing;

use super::{Encoding, Found, ObjectKind, Place, ReadError, Sink, pem, take};
use crate::asn1::{self, Reader};
use crate::objects::PkiObject;

/// With or without padding, whatever the last bits are: what others write is read.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads whatever stands in a file that is no archive.
pub(super) fn read(bytes: &[u8], place: &Place, sink: &mut Sink<'_>) {
    if let Some(kind) = java_key_store(bytes) {
        let (offset, length) = (place.offset(0), place.length(bytes.len()));
        let object = PkiObject::JavaKeyStore { kind, bytes: bytes.to_vec() };
        sink.push(Found { index: sink.object, offset, length, origin: place.origin(None), object });
        sink.object += 1;
        return;
    }
    let (text, place) = plain_text(bytes, place);
    let bytes = &*text;
    if bytes.first() == Some(&asn1::SEQUENCE) && is_binary(bytes) {
        return read_binary(bytes, &place, sink);
    }
    // Text has no zero bytes; between binary objects, PEM is found all the same.
    if !bytes.contains(&0) && pem::has_block(bytes) {
        return pem::read(bytes, &place, sink);
    }
    let start = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let whole = Some((place.offset(start), place.length(bytes.len() - start)));
    if let Some((der, encoding)) = bare_text(bytes) {
        return read_binary(&der, &Place { encoding, whole, ..place }, sink);
    }
    read_binary(bytes, &place, sink);
}

/// Whether these are the bytes of an element, not text that begins with a zero.
fn is_binary(bytes: &[u8]) -> bool {
    recognise(bytes).is_some() || bytes.iter().take(64).any(|byte| !byte.is_ascii() || *byte < 9)
}

fn java_key_store(bytes: &[u8]) -> Option<ObjectKind> {
    match bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] => Some(ObjectKind::Jks),
        [0xce, 0xce, 0xce, 0xce, ..] => Some(ObjectKind::Jceks),
        _ => None,
    }
}

/// Text in UTF-16 as text in single bytes (what is not Latin-1 becomes `?`), and without a byte order mark.
fn plain_text<'a>(bytes: &'a [u8], place: &Place) -> (Cow<'a, [u8]>, Place) {
    let moved = |by: usize, scale| Place { base: place.base + by, scale, ..place.clone() };
    let (body, big) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return (Cow::Borrowed(rest), moved(3, 1)),
        [0xfe, 0xff, rest @ ..] => (rest, true),
        [0xff, 0xfe, rest @ ..] => (rest, false),
        [0, b'-', 0, b'-', ..] => (bytes, true),
        [b'-', 0, b'-', 0, ..] => (bytes, false),
        _ => return (Cow::Borrowed(bytes), place.clone()),
    };
    let single = body
        .chunks(2)
        .map(|pair| match (pair, big) {
            ([0, byte], true) | ([byte, 0], false) => *byte,
            _ => b'?',
        })
        .collect();
    (Cow::Owned(single), moved(bytes.len() - body.len(), 2))
}

/// Bare base64 or hex.
fn bare_text(bytes: &[u8]) -> Option<(Zeroizing<Vec<u8>>, Encoding)> {
    let sequence = |der: &Zeroizing<Vec<u8>>| der.first() == Some(&asn1::SEQUENCE);
    if let Some(der) = hex_text(bytes).filter(sequence) {
        return Some((der, Encoding::Hex));
    }
    let plain: Zeroizing<Vec<u8>> =
        Zeroizing::new(bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
    let der = Zeroizing::new(BASE64.decode(&*plain).ok()?);
    sequence(&der).then_some((der, Encoding::Base64))
}

/// `30 82 …`, `30:82:…`, `0x30, 0x82, …`, `3082…`.
fn hex_text(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len() / 2));
    let mut high = None;
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (char::from(*byte).to_digit(16), high) {
            // The `0x` before a byte.
            (Some(0), None) if matches!(tail, [b'x' | b'X', ..]) => rest = &tail[1..],
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(first)) => {
                out.push((first << 4 | digit) as u8);
                high = None;
            }
            (None, None) if byte.is_ascii_whitespace() || b":,;-{}".contains(byte) => {}
            (None, _) => return None,
        }
    }
    (high.is_none() && !out.is_empty()).then_some(out)
}

/// DER or BER elements one after the other, with other bytes between.
pub(super) fn read_binary(bytes: &[u8], place: &Place, sink: &mut Sink<'_>) {
    let mut at = 0;
    // Where bytes that belong to nothing begin.
    let mut junk: Option<usize> = None;
    // What may be spent on bytes that turn out to be nothing: a hostile file must not be read over and over.
    let mut patience = bytes.len().saturating_mul(16).max(1 << 16);
    while at < bytes.len() && patience > 0 && sink.has_room() {
        let rest = &bytes[at..];
        // Line ends and padding after an element are no object.
        if junk.is_none() {
            let padding = rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0).count();
            if padding > 0 {
                at += padding;
                continue;
            }
        }
        let module = if rest[0] == asn1::SEQUENCE { recognise(rest) } else { None };
        let whole = match module {
            Some(_) => Reader::new(rest).next(),
            None => Ok(None),
        };
        match (module, whole) {
            (Some(module), Ok(Some(element))) if junk.is_none() || take::is_sure(module, element.raw) => {
                flush(bytes, junk.take(), at, place, sink);
                let length = element.raw.len();
                take::take(element.raw, at, length, None, place, sink);
                sink.object += 1;
                at += length;
                continue;
            }
            (Some(module), Err(_)) if junk.is_none() => {
                take::broken(rest, at, ObjectKind::of_module(module), None, place, sink);
                sink.object += 1;
                patience = patience.saturating_sub(rest.len());
            }
            (None, _) if junk.is_none() => {
                if let Some(length) = unknown_element(rest) {
                    take::unknown(&rest[..length], at, place, sink);
                    sink.object += 1;
                    at += length;
                    continue;
                }
                patience = patience.saturating_sub(rest.len().min(1 << 16));
                junk = Some(at);
            }
            (Some(_), Ok(Some(element))) => patience = patience.saturating_sub(element.raw.len()),
            _ => {}
        }
        // After something broken, what is whole inside it is looked for without a word about the rest.
        if junk.is_none() {
            junk = Some(bytes.len());
        }
        at += 1;
        at += bytes[at..].iter().take_while(|byte| **byte != asn1::SEQUENCE).count();
    }
    flush(bytes, junk, bytes.len(), place, sink);
}

/// Length of an element of a structure that is not known, when all of it is sound.
fn unknown_element(bytes: &[u8]) -> Option<usize> {
    if !matches!(bytes.first(), Some(0x30 | 0x31)) {
        return None;
    }
    let element = Reader::new(bytes).next().ok()??;
    let tree = cartorio_asn1::read(element.raw, &cartorio_asn1::Limits { max_nodes: 5_000, ..Default::default() });
    let sound = tree.trouble.is_none_or(|trouble| trouble.problem == cartorio_asn1::Problem::TooMany);
    (sound && tree.nodes.len() > 2).then_some(element.raw.len())
}

/// Bytes between objects: PEM in them is read, anything else is said once.
fn flush(bytes: &[u8], junk: Option<usize>, end: usize, place: &Place, sink: &mut Sink<'_>) {
    let Some(start) = junk.filter(|start| *start < end) else { return };
    let between = &bytes[start..end];
    if place.whole.is_none() && pem::has_block(between) {
        let inner = Place { base: place.offset(start), ..place.clone() };
        return pem::read(between, &inner, sink);
    }
    let object = sink.object;
    sink.problem(place, ReadError::Unrecognised { object, offset: place.trouble(start) });
    sink.object += 1;
}
