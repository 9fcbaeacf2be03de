//! Values that say the same, however they are written.

use std::collections::BTreeMap;

use cartorio_pdf::{Dict, PdfFile, Raw};

/// Levels of arrays and dictionaries that are compared; what nests deeper differs.
const MAX_DEPTH: usize = 48;

/// Whether two values say the same, references not followed.
pub(super) fn same(left: &Raw, right: &Raw) -> bool {
    same_at(left, right, 0)
}

/// [`same`], for values that may be absent.
pub(super) fn same_option(left: Option<&Raw>, right: Option<&Raw>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => same(left, right),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn same_at(left: &Raw, right: &Raw, depth: usize) -> bool {
    if left.bytes() == right.bytes() {
        return true;
    }
    if depth >= MAX_DEPTH {
        return false;
    }
    if let (Some(left), Some(right)) = (left.as_reference(), right.as_reference()) {
        return left == right;
    }
    if let (Some(left), Some(right)) = (left.as_dict(), right.as_dict()) {
        return differing_at(&left, &right, depth + 1).is_empty();
    }
    if let (Some(left), Some(right)) = (left.as_array(), right.as_array()) {
        return left.len() == right.len()
            && left.iter().zip(&right).all(|(left, right)| same_at(left, right, depth + 1));
    }
    if let (Some(left), Some(right)) = (name(left), name(right)) {
        return left == right;
    }
    if let (Some(left), Some(right)) = (left.as_string(), right.as_string()) {
        return left == right;
    }
    matches!((left.as_number(), right.as_number()), (Some(left), Some(right)) if left == right)
}

/// The bytes of a name, `#xx` decoded. Names need not be text, and two that are none are not the same for that.
fn name(value: &Raw) -> Option<Vec<u8>> {
    let mut rest = value.bytes().strip_prefix(b"/")?;
    let mut out = Vec::with_capacity(rest.len());
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    while let [first, after @ ..] = rest {
        let coded = match (first, after) {
            (b'#', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match coded {
            Some((high, low)) => {
                out.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    Some(out)
}

/// The keys whose values differ; a key that occurs twice does unless every byte is the same: readers disagree which counts.
pub(super) fn differing(left: &Dict, right: &Dict) -> Vec<String> {
    differing_at(left, right, 0)
}

fn differing_at(left: &Dict, right: &Dict, depth: usize) -> Vec<String> {
    if left.raw().bytes() == right.raw().bytes() {
        return Vec::new();
    }
    // Null counts as absent (ISO 32000-2, 7.3.7), but not beside another value of the same key.
    let collected = |dict: &Dict| {
        let mut out: BTreeMap<Vec<u8>, Vec<Raw>> = BTreeMap::new();
        for (key, value) in dict.entries() {
            out.entry(key.to_vec()).or_default().push(value);
        }
        out.retain(|_, values| values.iter().any(|value| !value.is_null()));
        out
    };
    let (left, right) = (collected(left), collected(right));
    let mut keys: Vec<&Vec<u8>> = left.keys().chain(right.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .filter(|key| match (left.get(*key).map(Vec::as_slice), right.get(*key).map(Vec::as_slice)) {
            (Some([left]), Some([right])) => !same_at(left, right, depth),
            _ => true,
        })
        .map(|key| String::from_utf8_lossy(key).into_owned())
        .collect()
}

/// Whether the object `number` is the same in both files, its stream included.
pub(super) fn same_object(old: &PdfFile, new: &PdfFile, number: u32) -> bool {
    let (Some(was), Some(is)) = (old.in_use(number), new.in_use(number)) else {
        return old.in_use(number) == new.in_use(number);
    };
    let (Ok(left), Ok(right)) = (old.object(was), new.object(is)) else { return false };
    if was != is || !same(&left, &right) {
        return false;
    }
    match (old.stream(was), new.stream(is)) {
        (Ok(left), Ok(right)) => {
            left.data.end - left.data.start == right.data.end - right.data.start
                && (left.data == right.data
                    || matches!((old.encoded(&left), new.encoded(&right)), (Ok(left), Ok(right)) if left == right))
        }
        (Err(_), Err(_)) => true,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}
