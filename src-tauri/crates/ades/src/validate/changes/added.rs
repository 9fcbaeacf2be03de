//! Fields that were not there before: signature fields, with a signature or without, and nothing that draws or runs unasked.

use cartorio_pdf::{Dict, Field, ObjRef, PdfError, Raw, Widget};

use super::closure::Comparison;
use super::drawing;
use super::form::Fields;
use super::role::Role;
use super::{Change, Grade};

/// Entries of a signature field and its widget that neither draw nor run anything.
const OF_FIELD: [&str; 20] = [
    "Type",
    "Subtype",
    "FT",
    "T",
    "TU",
    "TM",
    "Ff",
    "V",
    "F",
    "Rect",
    "P",
    "AP",
    "H",
    "Lock",
    "SV",
    "Parent",
    "Kids",
    "NM",
    "M",
    "StructParent",
];

/// Those by which a visible one may be drawn.
const OF_LOOK: [&str; 8] = ["AS", "MK", "BS", "Border", "C", "DA", "Q", "Contents"];

/// Entries of a field that only has others below it.
const OF_PARENT: [&str; 8] = ["T", "TU", "TM", "FT", "Ff", "Kids", "Parent", "Type"];

pub(super) fn added(state: &mut Comparison<'_>, field: &Field, fields: &mut Fields) -> Result<(), PdfError> {
    let name = &field.name;
    let fresh = |state: &Comparison<'_>, own: Option<ObjRef>| own.is_some_and(|own| state.is_fresh_value(own));
    let sound = field.field_type.as_deref() == Some("Sig")
        && fresh(state, field.reference)
        && field.widgets.iter().all(|widget| fresh(state, widget.reference) && is_widget(&widget.dict))
        && fields.added.insert(name.clone());
    if !sound {
        state.note(Grade::Other, "field_added", Some(name.clone()));
        return Ok(());
    }
    let merged = field.widgets.iter().any(|widget| widget.reference == field.reference);
    let signed = is_signed(state, field)?;
    let hidden = is_hidden(state, field, fields)?;
    let stamp = signed && is_stamp(state, field)?;
    let dicts: Vec<&Dict> = field.widgets.iter().map(|widget| &widget.dict).chain([&field.dict]).collect();
    let known = |dict: &&Dict| {
        dict.keys().all(|key| {
            let key = key.as_str();
            OF_FIELD.contains(&key) || (OF_LOOK.contains(&key) && (!hidden || says_nothing(state, dict, key)))
        })
    };
    let several = field.widgets.iter().filter(|widget| !drawing::has_no_area(widget)).count() > 1;
    // What draws and is no widget, or in a widget that should not show, is not what such a field has.
    let unlike = several || !dicts.iter().all(known) || (!merged && field.dict.get("AP").is_some());
    let (grade, what) = match (signed, stamp, hidden) {
        _ if unlike => (Grade::Other, "field_added"),
        (true, true, true) => (Grade::LongTerm, "time_stamp"),
        // A document time stamp shows nothing (ISO 32000-2, 12.8.5).
        (true, true, false) => (Grade::Other, "time_stamp"),
        (true, false, _) => (Grade::Signature, "signed"),
        (false, _, true) => (Grade::Form, "signature_field_added"),
        // Nobody answers for what an empty field shows.
        (false, _, false) => (Grade::Other, "signature_field_added"),
    };
    if signed {
        signature_value(state, field)?;
    }
    for reference in field.reference.into_iter().chain(field.widgets.iter().filter_map(|widget| widget.reference)) {
        state.explain(reference.number, Role::Field);
    }
    fields.widgets.extend(field.widgets.iter().filter_map(|widget| widget.reference));
    state.explain_holder(None, field.dict.get("Kids").as_ref(), &[], Role::Field);
    for key in ["Lock", "SV"] {
        if let Some(value) = field.dict.get(key) {
            parts(state, &value)?;
        }
    }
    for widget in &field.widgets {
        for key in ["AP", "MK"] {
            if let Some(value) = widget.dict.get(key) {
                state.explain_drawing(&value)?;
            }
        }
    }
    let pages = pages_of(state, field)?;
    let (revision, field) = (state.revision, Some(name.clone()));
    state.record(Change {
        revision,
        grade,
        what,
        subject: field.clone(),
        field,
        pages,
        new_field: grade != Grade::LongTerm,
    });
    Ok(())
}

/// Whether a look has no effect: a widget without area gets no border, and no text to draw.
fn says_nothing(state: &Comparison<'_>, dict: &Dict, key: &str) -> bool {
    let Some(value) = dict.get(key) else { return true };
    match key {
        "MK" => state.new.resolve_dict(&value).ok().flatten().is_some_and(|dict| dict.keys().next().is_none()),
        "Border" => value.as_array().is_some_and(|items| items.iter().all(|item| item.as_number() == Some(0.0))),
        "DA" | "Q" => value.as_reference().is_none(),
        _ => false,
    }
}

fn is_widget(dict: &Dict) -> bool {
    dict.name("Subtype").as_deref() == Some("Widget")
        && dict.get("Type").is_none_or(|kind| kind.as_name().as_deref() == Some("Annot"))
}

/// Nodes that are new above a field: names, and nothing that shows.
pub(super) fn is_plain_parent(dict: &Dict) -> bool {
    dict.keys().all(|key| OF_PARENT.contains(&key.as_str()))
}

/// Whether a field has a value.
pub(super) fn is_signed(state: &Comparison<'_>, field: &Field) -> Result<bool, PdfError> {
    Ok(match &field.value {
        Some(value) => !state.new.resolve(value)?.is_null(),
        None => false,
    })
}

/// Whether a field shows nothing anywhere.
pub(super) fn is_hidden(state: &Comparison<'_>, field: &Field, fields: &Fields) -> Result<bool, PdfError> {
    for widget in &field.widgets {
        if !drawing::has_no_area(widget) || !drawing::draws_nothing(state, widget, &fields.empty_looks)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the value of a field is a document time stamp (ISO 32000-2, 12.8.5).
pub(super) fn is_stamp(state: &Comparison<'_>, field: &Field) -> Result<bool, PdfError> {
    let dict = field.value.as_ref().map(|value| state.new.resolve_dict(value)).transpose()?.flatten();
    Ok(dict.is_some_and(|dict| {
        dict.name("Type").as_deref() == Some("DocTimeStamp")
            && dict.name("SubFilter").as_deref() == Some("ETSI.RFC3161")
    }))
}

/// A signature has to be an object of its own that did not exist before, and to cover the revision that brings it.
pub(super) fn signature_value(state: &mut Comparison<'_>, field: &Field) -> Result<(), PdfError> {
    let reference = field.value.as_ref().and_then(Raw::as_reference);
    match reference {
        Some(own) if state.is_fresh_value(own) && state.signed.contains(&field.name) => {
            let value = state.new.object(own)?;
            state.explain(own.number, Role::Signature);
            if let Some(references) = value.as_dict().and_then(|dict| dict.get("Reference")) {
                parts(state, &references)?;
            }
        }
        Some(_) | None => state.note(Grade::Other, "signature_not_new", Some(field.name.clone())),
    }
    Ok(())
}

/// Explains new objects with what a signature or its field says about later changes: no streams.
fn parts(state: &mut Comparison<'_>, value: &Raw) -> Result<(), PdfError> {
    let mut open = value.references();
    while let Some(reference) = open.pop() {
        if state.is_fresh_value(reference) && state.role(reference.number).is_none() {
            state.explain(reference.number, Role::Signature);
            open.extend(state.new.references_of(reference.number)?);
        }
    }
    Ok(())
}

/// The pages on which a field shows.
pub(super) fn pages_of(state: &Comparison<'_>, field: &Field) -> Result<Vec<usize>, PdfError> {
    let shown: Vec<&Widget> =
        field.widgets.iter().filter(|widget| !drawing::has_no_area(widget) && widget.flags & 0b10 == 0).collect();
    let mut out = Vec::new();
    if shown.is_empty() {
        return Ok(out);
    }
    for (index, page) in state.new.pages()?.iter().enumerate() {
        let listed = state.new.get_array(&page.dict, "Annots")?;
        let on = |widget: &&Widget| {
            widget.reference.is_some_and(|own| listed.iter().any(|item| item.as_reference() == Some(own)))
        };
        if shown.iter().any(on) {
            out.push(index);
        }
    }
    Ok(out)
}
