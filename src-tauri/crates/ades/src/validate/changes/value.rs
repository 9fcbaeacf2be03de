//! Values that say the same, however they are written.

use cartorio_pdf::{Dict, PdfFile, Raw};

/// Levels of arrays and dictionaries that are compared; what nests deeper differs.
const MAX_DEPTH: usize = 48;

/// Whether two values say the same, references not followed.
pub(super) fn same(left: &Raw, right: &Raw) -> bool {
    same_at(left, right, 0)
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
        return left.len() == right.len() && left.iter().zip(&right).all(|(left, right)| same_at(left, right, depth + 1));
    }
    if let (Some(left), Some(right)) = (left.as_name(), right.as_name()) {
        return left == right;
    }
    if let (Some(left), Some(right)) = (left.as_string(), right.as_string()) {
        return left == right;
    }
    matches!((left.as_number(), right.as_number()), (Some(left), Some(right)) if left == right)
}

/// The keys whose values differ; a repeated key always does.
pub(super) fn differing(left: &Dict, right: &Dict) -> Vec<String> {
    differing_at(left, right, 0)
}

fn differing_at(left: &Dict, right: &Dict, depth: usize) -> Vec<String> {
    let mut keys: Vec<String> = left.keys().chain(right.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.retain(|key| {
        left.is_repeated(key) != right.is_repeated(key)
            || match (left.get(key), right.get(key)) {
                (None, None) => false,
                (Some(left), Some(right)) => !same_at(&left, &right, depth),
                (Some(_), None) | (None, Some(_)) => true,
            }
    });
    keys
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
                && (left.data == right.data || matches!((old.encoded(&left), new.encoded(&right)), (Ok(left), Ok(right)) if left == right))
        }
        (Err(_), Err(_)) => true,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}
