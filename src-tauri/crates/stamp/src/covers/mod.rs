//! What a rectangle on a page would cover.

mod cmap;
mod font;
mod interpret;
mod matrix;
mod path;
mod picture;
mod stream;
mod token;

use cartorio_pdf::{Dict, PdfError, PdfFile, Rect};

use crate::error::StampError;
use crate::place::normal;
use interpret::Interpreter;

/// A rectangle may touch this much of something, in points, before it counts: what stands on a line does not cover it.
const TOUCH: f64 = 0.5;

/// At most this many things are told.
const MAX_TOLD: usize = 40;

/// Annotations of one page that are looked at.
const MAX_ANNOTATIONS: usize = 20_000;

/// Annotation flags (ISO 32000-2, table 167): hidden, no view.
const UNSEEN: i64 = 2 | 32;

/// Something under a rectangle.
#[derive(Clone, Debug, PartialEq)]
pub struct Covered {
    /// What it is.
    pub kind: CoveredKind,
    /// Where it is, in default user space; the part that was looked at.
    pub rect: Rect,
    /// The words of which some letter is under the rectangle, with «…» where their line goes on; of a field its name. May be
    /// empty or have U+FFFD where a font does not say what its glyphs mean.
    pub text: String,
}

/// What a rectangle covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoveredKind {
    /// Text of the page, invisible text over a scanned picture included.
    Text,
    /// A signature field that has a signature.
    Signature,
    /// A signature field that is still empty.
    EmptySignature,
    /// Another form field, or an annotation that shows something: a note on the page, another stamp.
    Annotation,
    /// Something in a picture or a drawing: the text of a scanned page, a seal, a coat of arms, letters drawn as outlines. Paper
    /// under a rectangle is nothing, also that of a scan, and so are straight lines: signatures belong on them.
    Picture,
    /// A part of the page could not be read (a filter or structure unknown here, or too much work): there may be text.
    Unread,
}

/// What of page `page` (from 0) is under `rect` (default user space, any corner first): text in the order in which it is painted,
/// then pictures and drawings as one, then annotations.
///
/// The reader is bounded: a page that costs too much gives [`CoveredKind::Unread`] beside what was found until then. Pictures
/// within a content stream (8.9.7) are not looked into: under the rectangle they count. Straight lines and underscores do not:
/// signatures belong there.
///
/// # Errors
/// [`StampError::NoSuchPage`]; [`StampError::Pdf`] when the page tree cannot be read.
pub fn covers_text(file: &PdfFile, page: usize, rect: Rect) -> Result<Vec<Covered>, StampError> {
    let pages = file.pages()?;
    let Some(found) = pages.get(page) else {
        return Err(StampError::NoSuchPage { page, count: pages.len() });
    };
    let [left, bottom, right, top] = normal(rect);
    let target = [left + TOUCH, bottom + TOUCH, right - TOUCH, top - TOUCH];
    if target[0] >= target[2] || target[1] >= target[3] || target.iter().any(|side| !side.is_finite()) {
        return Ok(Vec::new());
    }
    let mut interpreter = Interpreter::new(file, target);
    interpreter.page(&found.dict);
    let mut told = interpreter.finish();
    annotations(file, &found.dict, target, &mut told);
    Ok(told)
}

/// Whether two rectangles, each with its lower left corner first, have some area in common.
fn overlap(a: Rect, b: Rect) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

fn annotations(file: &PdfFile, page: &Dict, target: Rect, told: &mut Vec<Covered>) {
    let Ok(list) = file.get_array(page, "Annots") else {
        return unread(target, told);
    };
    for item in list.iter().take(MAX_ANNOTATIONS) {
        match file.resolve_dict(item) {
            Ok(Some(annotation)) => match annotation_under(file, &annotation, target) {
                Ok(found) => told.extend(found),
                Err(_) => unread(target, told),
            },
            Ok(None) => {}
            Err(_) => unread(target, told),
        }
        if told.len() >= MAX_TOLD {
            return told.truncate(MAX_TOLD);
        }
    }
    if list.len() > MAX_ANNOTATIONS {
        unread(target, told);
    }
}

fn unread(target: Rect, told: &mut Vec<Covered>) {
    if !told.iter().any(|covered| covered.kind == CoveredKind::Unread) {
        told.push(Covered { kind: CoveredKind::Unread, rect: target, text: String::new() });
    }
}

fn annotation_under(file: &PdfFile, annotation: &Dict, target: Rect) -> Result<Option<Covered>, PdfError> {
    let flags = file.get(annotation, "F")?.and_then(|flags| flags.as_integer()).unwrap_or(0);
    let sides = file.get_array(annotation, "Rect")?;
    let sides = sides.iter().filter_map(|side| file.resolve(side).ok()?.as_number()).collect::<Vec<_>>();
    let Some(rect) = <Rect>::try_from(sides).ok().map(normal).filter(|rect| overlap(*rect, target)) else {
        return Ok(None);
    };
    let subtype = file.get(annotation, "Subtype")?.and_then(|value| value.as_name()).unwrap_or_default();
    if flags & UNSEEN != 0 || matches!(subtype.as_str(), "Link" | "Popup" | "") {
        return Ok(None);
    }
    if subtype != "Widget" {
        let text = file.get(annotation, "Contents")?.and_then(|value| value.as_text()).unwrap_or_default();
        return Ok(Some(Covered { kind: CoveredKind::Annotation, rect, text: text.chars().take(200).collect() }));
    }
    let field_type = inherited(file, annotation, "FT")?.and_then(|value| value.as_name());
    let value = inherited(file, annotation, "V")?;
    let kind = match (field_type.as_deref(), value.is_some()) {
        (Some("Sig"), true) => CoveredKind::Signature,
        (Some("Sig"), false) => CoveredKind::EmptySignature,
        _ => CoveredKind::Annotation,
    };
    Ok(Some(Covered { kind, rect, text: full_name(file, annotation)? }))
}

/// How many levels of a field tree are climbed.
const MAX_LEVELS: usize = 32;

fn levels<'a>(file: &'a PdfFile, field: &Dict) -> impl Iterator<Item = Result<Dict, PdfError>> + 'a {
    let mut next = Some(Ok(field.clone()));
    std::iter::from_fn(move || {
        let level = next.take()?;
        if let Ok(dict) = &level {
            next = file.get_dict(dict, "Parent").transpose();
        }
        Some(level)
    })
    .take(MAX_LEVELS)
}

fn inherited(file: &PdfFile, field: &Dict, key: &str) -> Result<Option<cartorio_pdf::Raw>, PdfError> {
    for level in levels(file, field) {
        if let Some(value) = file.get(&level?, key)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

fn full_name(file: &PdfFile, field: &Dict) -> Result<String, PdfError> {
    let mut names = Vec::new();
    for level in levels(file, field) {
        names.extend(file.get(&level?, "T")?.and_then(|value| value.as_text()));
    }
    names.reverse();
    Ok(names.join(".").chars().take(200).collect())
}
