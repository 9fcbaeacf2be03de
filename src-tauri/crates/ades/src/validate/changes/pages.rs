//! Pages: the same ones with the same content; only annotations may be added.

use std::collections::HashSet;

use cartorio_pdf::{ObjRef, Page, PdfError, Raw};

use super::Grade;
use super::closure::Comparison;
use super::form::Fields;
use super::value::{differing, same};

pub(super) fn compare(state: &mut Comparison<'_>, fields: &Fields) -> Result<(), PdfError> {
    let (old, new) = (state.old.pages()?, state.new.pages()?);
    if old.len() != new.len() || old.iter().zip(&new).any(|(then, now)| then.reference != now.reference) {
        state.note(Grade::Other, "pages", None);
        return Ok(());
    }
    for (index, (then, now)) in old.iter().zip(&new).enumerate() {
        let touched = now.reference.is_some_and(|own| state.changed.contains(&own.number));
        let keys = if touched { differing(&then.dict, &now.dict) } else { Vec::new() };
        let wrong: Vec<&String> = keys.iter().filter(|key| *key != "Annots").collect();
        for key in &wrong {
            state.note_at(Grade::Other, "page", Some((*key).clone()), None, vec![index]);
        }
        if let (Some(reference), true) = (now.reference, touched && wrong.is_empty()) {
            state.explain(reference.number);
        }
        annotations(state, fields, index, then, now)?;
        content(state, index, now);
    }
    Ok(())
}

fn annotations(
    state: &mut Comparison<'_>,
    fields: &Fields,
    index: usize,
    then: &Page,
    now: &Page,
) -> Result<(), PdfError> {
    let (before, after) = (state.old.get_array(&then.dict, "Annots")?, state.new.get_array(&now.dict, "Annots")?);
    let note = |state: &mut Comparison<'_>, grade, what, subject: Option<String>| {
        state.note_at(grade, what, subject, None, vec![index]);
    };
    let references = |items: &[Raw]| items.iter().filter_map(Raw::as_reference).collect::<HashSet<ObjRef>>();
    let (had, has) = (references(&before), references(&after));
    let inline = |items: &[Raw]| items.iter().filter(|item| item.as_reference().is_none()).cloned().collect::<Vec<_>>();
    let (inline_before, inline_after) = (inline(&before), inline(&after));
    if had.iter().any(|own| !has.contains(own))
        || inline_before.len() != inline_after.len()
        || inline_before.iter().zip(&inline_after).any(|(then, now)| !same(then, now))
    {
        note(state, Grade::Other, "annotation_removed", None);
    }
    if let Some(page) = now.reference {
        state.explain_holder(now.dict.get("Annots").as_ref(), &[page.number]);
    }
    for reference in after.iter().filter_map(Raw::as_reference) {
        let added = !had.contains(&reference);
        if !(added || state.changed.contains(&reference.number)) || state.explained.contains(&reference.number) {
            continue;
        }
        let subject = Some(format!("{} {} R", reference.number, reference.generation));
        let kind = state.new.dict(reference).ok().and_then(|dict| dict.name("Subtype"));
        let is_note = kind.as_deref().is_some_and(|kind| kind != "Widget") && !state.is_stream(reference);
        if added && !fields.widgets.contains(&reference) {
            if is_note && state.is_fresh(reference.number) {
                state.explain(reference.number);
                let value = state.new.object(reference)?;
                state.explain_fresh(&value)?;
                note(state, Grade::Annotation, "annotation_added", subject);
            } else {
                note(state, Grade::Other, "annotation_added", subject);
            }
        } else if is_note {
            state.explain(reference.number);
            let value = state.new.object(reference)?;
            state.explain_fresh(&value)?;
            note(state, Grade::Annotation, "annotation_changed", subject);
        }
    }
    Ok(())
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
