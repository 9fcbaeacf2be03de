//! The objects of a signature revision.

use std::ops::Range;

use cartorio_pdf::{ObjRef, Rect, Revision, encode_text};

use super::options::FieldLock;

/// Room for `[0 a b c]` with three numbers of up to fifteen digits.
const BYTE_RANGE_WIDTH: usize = 52;

/// Widget flags (table 167): Print, and Locked so that no viewer moves it.
const WIDGET_FLAGS: u32 = 4 | 128;

/// A signature dictionary with placeholders.
pub(super) struct SignatureBody {
    pub(super) bytes: Vec<u8>,
    /// The `/ByteRange` value, all blanks inside its brackets.
    pub(super) byte_range: Range<usize>,
    /// The `/Contents` value, `<` and `>` included.
    pub(super) contents: Range<usize>,
}

impl SignatureBody {
    /// `entries`: what follows `/Contents`.
    pub(super) fn new(kind: &str, filter: &str, sub_filter: &str, capacity: usize, entries: &[u8]) -> Self {
        let mut bytes = format!("<</Type/{kind}/Filter/{filter}/SubFilter/{sub_filter}/ByteRange").into_bytes();
        let byte_range = bytes.len()..bytes.len() + BYTE_RANGE_WIDTH;
        bytes.push(b'[');
        bytes.resize(byte_range.end - 1, b' ');
        bytes.extend_from_slice(b"]/Contents");
        let contents = bytes.len()..bytes.len() + 2 * capacity + 2;
        bytes.push(b'<');
        bytes.resize(contents.end - 1, b'0');
        bytes.push(b'>');
        bytes.extend_from_slice(entries);
        bytes.extend_from_slice(b">>");
        Self { bytes, byte_range, contents }
    }

    /// Makes `object` this dictionary.
    pub(super) fn put(&self, revision: &mut Revision<'_>, object: ObjRef) {
        revision.put_signature(object, self.bytes.clone(), self.contents.clone());
    }
}

/// The value of a `/ByteRange` placeholder: the same width, blanks at the end; `None` when it does not fit.
pub(super) fn byte_range_value(range: [u64; 4]) -> Option<Vec<u8>> {
    let [a, b, c, d] = range;
    let mut out = format!("[{a} {b} {c} {d}").into_bytes();
    if out.len() >= BYTE_RANGE_WIDTH {
        return None;
    }
    out.resize(BYTE_RANGE_WIDTH - 1, b' ');
    out.push(b']');
    Some(out)
}

/// A signature field merged with its widget.
pub(super) fn widget(
    name: &str,
    rect: Rect,
    signature: ObjRef,
    page: ObjRef,
    appearance: Option<ObjRef>,
    lock: Option<ObjRef>,
) -> Vec<u8> {
    let mut out = b"<</Type/Annot/Subtype/Widget/FT/Sig/T".to_vec();
    out.extend(encode_text(name));
    let rect = rect.map(number).join(" ");
    out.extend_from_slice(format!("/F {WIDGET_FLAGS}/Rect[{rect}]/P {page}/V {signature}").as_bytes());
    if let Some(appearance) = appearance {
        out.extend_from_slice(format!("/AP<</N {appearance}>>").as_bytes());
    }
    if let Some(lock) = lock {
        out.extend_from_slice(format!("/Lock {lock}").as_bytes());
    }
    out.extend_from_slice(b">>");
    out
}

/// A field lock dictionary (table 236).
pub(super) fn lock(lock: &FieldLock) -> Vec<u8> {
    [&b"<</Type/SigFieldLock"[..], &lock_entries(lock), b">>"].concat()
}

/// `/Action` and `/Fields` of a lock, which its signature repeats.
pub(super) fn lock_entries(lock: &FieldLock) -> Vec<u8> {
    let (action, fields) = match lock {
        FieldLock::All => return b"/Action/All".to_vec(),
        FieldLock::Include(fields) => ("Include", fields),
        FieldLock::Exclude(fields) => ("Exclude", fields),
    };
    let mut out = format!("/Action/{action}/Fields[").into_bytes();
    fields.iter().for_each(|field| out.extend(encode_text(field)));
    out.push(b']');
    out
}

/// A coordinate with at most three decimals, as PDF writes numbers: never an exponent.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_range_keeps_its_width() {
        for range in [[0, 1, 2, 3], [0, 999_999_999_999_999, 999_999_999_999_999, 999_999_999_999_999]] {
            assert_eq!(byte_range_value(range).unwrap().len(), BYTE_RANGE_WIDTH);
        }
        assert_eq!(byte_range_value([0, u64::MAX, u64::MAX, u64::MAX]), None);
    }

    #[test]
    fn coordinates_are_plain_numbers() {
        for (value, text) in
            [(0.0, "0"), (-0.000_1, "0"), (12.5, "12.5"), (-3.0, "-3"), (595.320_01, "595.32"), (1e6, "1000000")]
        {
            assert_eq!(number(value), text);
        }
    }
}
