//! Pages: the same ones with the same content; only annotations may be added.

use std::collections::HashSet;

use cartorio_pdf::{Dict, ObjRef, Page, PdfError, Raw};

use super::Grade;
use super::closure::Comparison;
use super::form::Fields;
use super::role::Role;
use super::value::{differing, same};

/// Annotations by which people remark on a document. The others lead somewhere, play or run something, or carry a file.
const NOTES: [&str; 15] = [
    "Text",
    "FreeText",
    "Line",
    "Square",
    "Circle",
    "Polygon",
    "PolyLine",
    "Highlight",
    "Underline",
    "Squiggly",
    "StrikeOut",
    "Caret",
    "Stamp",
    "Ink",
    "Popup",
];

/// Their entries (ISO 32000-2, tables 166 and 172 to 186): no actions, no layers.
const OF_NOTE: [&str; 52] = [
    "Type",
    "Subtype",
    "Rect",
    "Contents",
    "P",
    "NM",
    "M",
    "F",
    "AP",
    "AS",
    "Border",
    "C",
    "StructParent",
    "Lang",
    "BM",
    "CA",
    "ca",
    "T",
    "Popup",
    "RC",
    "CreationDate",
    "IRT",
    "Subj",
    "RT",
    "IT",
    "BS",
    "BE",
    "RD",
    "Open",
    "Name",
    "State",
    "StateModel",
    "DA",
    "Q",
    "DS",
    "CL",
    "LE",
    "L",
    "IC",
    "LL",
    "LLE",
    "Cap",
    "LLO",
    "CP",
    "CO",
    "Vertices",
    "QuadPoints",
    "Sy",
    "InkList",
    "Parent",
    "Rotate",
    "Rotation",
];

pub(super) fn compare(state: &mut Comparison<'_>, fields: &Fields) -> Result<(), PdfError> {
    let (old, new) = (state.old.pages()?, state.new.pages()?);
    if old.len() != new.len() || old.iter().zip(&new).any(|(then, now)| then.reference != now.reference) {
        state.note(Grade::Other, "pages", None);
        return Ok(());
    }
    let mut placed = HashSet::new();
    for (index, (then, now)) in old.iter().zip(&new).enumerate() {
        let touched = now.reference.is_some_and(|own| state.changed.contains(&own.number));
        let keys = if touched { differing(&then.dict, &now.dict) } else { Vec::new() };
        let wrong: Vec<&String> = keys.iter().filter(|key| *key != "Annots").collect();
        for key in &wrong {
            state.note_at(Grade::Other, "page", Some((*key).clone()), None, vec![index]);
        }
        if let (Some(reference), true) = (now.reference, touched && wrong.is_empty()) {
            state.explain(reference.number, Role::Page);
        }
        annotations(state, fields, &mut placed, index, (then, now))?;
        content(state, index, now);
    }
    Ok(())
}

fn annotations(
    state: &mut Comparison<'_>,
    fields: &Fields,
    placed: &mut HashSet<ObjRef>,
    index: usize,
    (then, now): (&Page, &Page),
) -> Result<(), PdfError> {
    let (before, after) = (state.old.get_array(&then.dict, "Annots")?, state.new.get_array(&now.dict, "Annots")?);
    let had: HashSet<ObjRef> = before.iter().filter_map(Raw::as_reference).collect();
    // Those that were there stay in their order: the later one is drawn above the earlier one.
    let mut kept = before.iter().peekable();
    let mut added = Vec::new();
    for item in &after {
        if kept.next_if(|own| same(own, item)).is_none() {
            added.push(item);
        }
    }
    if kept.next().is_some() {
        state.note_at(Grade::Other, "annotation_removed", None, None, vec![index]);
    }
    let mut owners: Vec<u32> = had.iter().map(|own| own.number).collect();
    if let Some(page) = now.reference {
        owners.push(page.number);
        let (then, now) = (then.dict.get("Annots"), now.dict.get("Annots"));
        let list = state.explain_holder(then.as_ref(), now.as_ref(), &[page.number], Role::Annotations);
        owners.extend(list.map(|own| own.number));
    }
    for item in added {
        let Some(reference) = item.as_reference() else {
            state.note_at(Grade::Other, "annotation_added", None, None, vec![index]);
            continue;
        };
        // Each at one place: a widget that shows twice is on a page where its signer did not put it.
        let first = placed.insert(reference) && !had.contains(&reference);
        if first && fields.widgets.contains(&reference) {
            continue;
        }
        let grade = if first && state.is_fresh(reference.number) && note(state, None, reference)? {
            Grade::Annotation
        } else {
            Grade::Other
        };
        state.note_at(grade, "annotation_added", Some(reference.to_string()), None, vec![index]);
    }
    for reference in had {
        if !state.changed.contains(&reference.number) || state.role(reference.number) == Some(Role::Field) {
            continue;
        }
        let then = state.old.dict(reference).ok();
        if let Some(then) = then
            && state.used_by_only(reference.number, &owners)
            && note(state, Some(&then), reference)?
        {
            state.note_at(Grade::Annotation, "annotation_changed", Some(reference.to_string()), None, vec![index]);
        }
    }
    Ok(())
}

/// Explains an annotation by which people remark on a document, and its appearance. Says whether it is one.
fn note(state: &mut Comparison<'_>, then: Option<&Dict>, reference: ObjRef) -> Result<bool, PdfError> {
    if state.is_stream(reference) {
        return Ok(false);
    }
    let Ok(dict) = state.new.dict(reference) else { return Ok(false) };
    let kind = dict.name("Subtype");
    let known = |dict: &Dict| {
        dict.name("Subtype").is_some_and(|kind| NOTES.contains(&kind.as_str()))
            && dict.keys().all(|key| OF_NOTE.contains(&key.as_str()))
    };
    if !known(&dict) || then.is_some_and(|then| !known(then) || then.name("Subtype") != kind) {
        return Ok(false);
    }
    state.explain(reference.number, Role::Note);
    if let Some(appearance) = dict.get("AP") {
        state.explain_drawing(&appearance)?;
    }
    Ok(true)
}

/// Content streams that were rewritten in their place are named with their page; the rest of the comparison condemns them.
fn content(state: &mut Comparison<'_>, index: usize, page: &Page) {
    let changed = |own: &Raw| own.as_reference().is_some_and(|own| state.changed.contains(&own.number));
    let value = page.dict.get("Contents");
    let items = value.iter().cloned().chain(state.new.get_array(&page.dict, "Contents").unwrap_or_default());
    if items.filter(changed).count() > 0 {
        state.note_at(Grade::Other, "page", Some("Contents".to_owned()), None, vec![index]);
    }
}
