//! PEM (RFC 7468, RFC 1421), as it is found: other text between, Windows line ends, wrong and missing END lines.

use base64::Engine as _;
use zeroize::Zeroizing;

use super::text::BASE64;
use super::{Encoding, ObjectKind, Place, ReadError, Sink, take};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// Labels are short; a longer one is no label.
const MAX_LABEL: usize = 64;

/// Whether there is a BEGIN line.
pub(super) fn has_block(bytes: &[u8]) -> bool {
    find(bytes, BEGIN, 0).is_some()
}

struct Marker {
    begins: bool,
    label: String,
    start: usize,
    end: usize,
}

/// Reads every block. Each byte is looked at a bounded number of times.
pub(super) fn read(bytes: &[u8], place: &Place, sink: &mut Sink<'_>) {
    let markers = markers(bytes);
    if markers.is_empty() {
        let at = find(bytes, BEGIN, 0).unwrap_or(0);
        problem(at, "the BEGIN line has no end", place, sink);
        return;
    }
    for (number, marker) in markers.iter().enumerate() {
        if !sink.has_room() {
            return;
        }
        let before = number.checked_sub(1).and_then(|before| markers.get(before));
        if !marker.begins {
            if before.is_none_or(|before| !before.begins) {
                problem(marker.start, "an END line without a BEGIN line", place, sink);
            }
            continue;
        }
        let next = markers.get(number + 1);
        let (body, end) = match next {
            Some(next) if !next.begins => (&bytes[marker.end..next.start], next.end),
            Some(next) => (&bytes[marker.end..next.start], next.start),
            None => (&bytes[marker.end..], bytes.len()),
        };
        let closed = next.is_some_and(|next| !next.begins);
        if !closed {
            problem(marker.start, "there is no END line", place, sink);
        } else if next.is_some_and(|next| next.label != marker.label) {
            problem(marker.start, "the END line has another label", place, sink);
        }
        read_block(marker, body, end, closed, place, sink);
        sink.object += 1;
    }
}

fn read_block(marker: &Marker, body: &[u8], end: usize, closed: bool, place: &Place, sink: &mut Sink<'_>) {
    let label = &marker.label;
    let whole = (place.offset(marker.start), place.length(end - marker.start));
    let inner = Place { encoding: Encoding::Pem { label: label.clone() }, whole: Some(whole), ..place.clone() };
    let (headers, content) = split_headers(body);
    if find(headers, b"ENCRYPTED", 0).is_some() && label.ends_with("PRIVATE KEY") {
        return take::secret(ObjectKind::EncryptedPrivateKey, whole.1, &inner, sink);
    }
    let (der, wrong) = decode(content);
    if let Some(at) = wrong.filter(|_| closed) {
        let at = marker.end + (body.len() - content.len()) + at;
        problem(at, "the content is not base64", place, sink);
    }
    if der.is_empty() {
        if wrong.is_none() || !closed {
            problem(marker.start, "the block is empty", place, sink);
        }
        return;
    }
    take::take(&der, 0, der.len(), Some(label), &inner, sink);
}

fn problem(at: usize, reason: &'static str, place: &Place, sink: &mut Sink<'_>) {
    let object = sink.object;
    sink.problem(place, ReadError::Pem { object, offset: place.trouble(at), reason });
}

/// Every BEGIN and END line, in order.
fn markers(bytes: &[u8]) -> Vec<Marker> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(start) = find(bytes, DASHES, from) {
        let rest = &bytes[start..];
        let (begins, label_at) = if rest.starts_with(BEGIN) {
            (true, BEGIN.len())
        } else if rest.starts_with(END) {
            (false, END.len())
        } else {
            from = start + 1;
            continue;
        };
        let window = &rest[label_at..rest.len().min(label_at + MAX_LABEL + DASHES.len())];
        match find(window, DASHES, 0).filter(|length| !window[..*length].contains(&b'\n')) {
            Some(length) => {
                let label = String::from_utf8_lossy(&window[..length]).into_owned();
                from = start + label_at + length + DASHES.len();
                out.push(Marker { begins, label, start, end: from });
            }
            None => from = start + label_at,
        }
    }
    out
}

/// RFC 1421 headers (`Proc-Type: …`) end at an empty line.
fn split_headers(body: &[u8]) -> (&[u8], &[u8]) {
    if !body.contains(&b':') {
        return (&[], body);
    }
    let gap =
        [b"\n\n".as_slice(), b"\r\n\r\n"].iter().filter_map(|gap| find(body, gap, 0).map(|at| at + gap.len())).min();
    gap.map_or((&[], body), |at| body.split_at(at))
}

/// The bytes, as far as they are base64, and where they are not.
fn decode(text: &[u8]) -> (Zeroizing<Vec<u8>>, Option<usize>) {
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut wrong = None;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => plain.push(*byte),
            b'=' => break,
            byte if byte.is_ascii_whitespace() => {}
            _ => {
                wrong = Some(at);
                break;
            }
        }
    }
    // One digit alone is no byte.
    if plain.len() % 4 == 1 {
        plain.pop();
    }
    match BASE64.decode(&*plain) {
        Ok(der) => (Zeroizing::new(der), wrong),
        Err(_) => (Zeroizing::new(Vec::new()), Some(wrong.unwrap_or(0))),
    }
}

fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let (first, tail) = needle.split_first()?;
    let mut at = 0;
    while let Some(next) = rest[at..].iter().position(|byte| byte == first) {
        at += next;
        if rest[at + 1..].starts_with(tail) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}
