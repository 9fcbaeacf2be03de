//! What fields are drawn with: appearances of widgets, and the resources of the form.

use std::collections::HashSet;

use cartorio_pdf::{Dict, Form, ObjRef, PdfError, PdfFile, Raw, Widget};

use super::Grade;
use super::closure::{Comparison, FOREIGN};
use super::role::Role;
use super::value::{differing, same_option};

/// The appearances of a widget (ISO 32000-2, table 170).
const APPEARANCES: [&str; 3] = ["N", "R", "D"];

/// Appearances: new streams in the place of the old ones; an old stream is rewritten only where nothing else shows it.
pub(super) fn appearance(state: &mut Comparison<'_>, then: &Widget, now: &Widget) -> Result<(), PdfError> {
    let Some(value) = now.dict.get("AP") else { return Ok(()) };
    let owner = now.reference.map(|own| own.number);
    let owners: Vec<u32> = owner.into_iter().collect();
    let holder = value.as_reference();
    let before = then.dict.get("AP");
    // Whoever gives a field a new appearance must not have prepared the old dictionary to show elsewhere too.
    let shared = then.dict.reference("AP").filter(|own| !state.used_by_only(own.number, &owners));
    let changed = !same_option(before.as_ref(), Some(&value))
        || holder.is_some_and(|own| state.changed.contains(&own.number))
        || state.new.resolve(&value)?.references().iter().any(|own| state.changed.contains(&own.number));
    if let Some(shared) = shared.filter(|_| changed) {
        state.note(Grade::Other, "appearance_shared", Some(shared.to_string()));
        return Ok(());
    }
    // An appearance dictionary that something else uses too would change there as well.
    if holder.is_some_and(|own| !state.is_fresh(own.number) && !state.used_by_only(own.number, &owners)) {
        return Ok(());
    }
    state.explain_holder(before.as_ref(), Some(&value), &owners, Role::Drawing);
    let Some(dict) = state.new.resolve_dict(&value)?.filter(|_| holder.is_none_or(|own| !state.is_stream(own))) else {
        return Ok(());
    };
    let was = before.map(|before| state.old.resolve_dict(&before)).transpose()?.flatten().unwrap_or_default();
    let stateful = then.dict.get("AS").is_some();
    let owners: Vec<u32> = holder.map_or_else(|| owners.clone(), |own| vec![own.number]);
    if differing(&was, &dict).iter().any(|key| !APPEARANCES.contains(&key.as_str())) {
        state.note(Grade::Other, "appearance_shared", owner.map(|own| ObjRef::new(own).to_string()));
    }
    for key in APPEARANCES {
        let Some(item) = dict.get(key) else { continue };
        state.explain_drawing(&item)?;
        let Some(reference) = item.as_reference().filter(|own| state.changed.contains(&own.number)) else { continue };
        if !stateful
            && was.reference(key) == Some(reference)
            && state.old.in_use(reference.number).is_some()
            && state.used_by_only(reference.number, &owners)
            && state.new.stream(reference).is_ok_and(|own| FOREIGN.iter().all(|key| own.dict.get(key).is_none()))
        {
            state.explain(reference.number, Role::Drawing);
            let own = state.new.object(reference)?;
            state.explain_drawing(&own)?;
        }
    }
    Ok(())
}

/// `/DR` of the form: what is there stays, and names that were not there may come.
pub(super) fn resources(
    state: &mut Comparison<'_>,
    then: Option<&Raw>,
    now: Option<&Raw>,
    owners: &[u32],
) -> Result<(), PdfError> {
    let other = |state: &mut Comparison<'_>| state.note(Grade::Other, "form", Some("DR".to_owned()));
    let Some(now) = now else {
        if then.is_some() {
            other(state);
        }
        return Ok(());
    };
    let explained = state.explained();
    let own = state.explain_holder(then, Some(now), owners, Role::Drawing);
    let owners: Vec<u32> = own.map_or_else(|| owners.to_vec(), |own| vec![own.number]);
    let was = dict_of(then, |value| state.old.resolve_dict(value))?;
    let is = dict_of(Some(now), |value| state.new.resolve_dict(value))?;
    let mut keys: Vec<String> = is.keys().chain(was.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut grown = !same_option(then, Some(now));
    for key in keys {
        let (before, value) = (was.get(&key), is.get(&key));
        let Some(value) = value else {
            if before.is_some() {
                other(state);
            }
            continue;
        };
        state.explain_holder(before.as_ref(), Some(&value), &owners, Role::Drawing);
        let category = state.new.resolve_dict(&value)?;
        let Some(category) = category else {
            let before = before.map(|before| state.old.resolve(&before)).transpose()?;
            // Which procedures a printer needs; nothing uses it any more (ISO 32000-2, 14.2).
            if key != "ProcSet" && !same_option(before.as_ref(), Some(&state.new.resolve(&value)?)) {
                other(state);
            }
            continue;
        };
        let before = dict_of(before.as_ref(), |value| state.old.resolve_dict(value))?;
        for entry in differing(&before, &category) {
            grown = true;
            match (before.get(&entry), category.get(&entry)) {
                (None, Some(value)) => state.explain_drawing(&value)?,
                (Some(_), _) | (None, None) => other(state),
            }
        }
    }
    if grown || state.explained() > explained {
        state.note(Grade::Form, "form", Some("DR".to_owned()));
    }
    Ok(())
}

fn dict_of(value: Option<&Raw>, resolve: impl Fn(&Raw) -> Result<Option<Dict>, PdfError>) -> Result<Dict, PdfError> {
    Ok(value.map(resolve).transpose()?.flatten().unwrap_or_default())
}

/// Whether a widget has no area. A rectangle that cannot be read counts as one that has: readers make of it what they like.
pub(super) fn has_no_area(widget: &Widget) -> bool {
    widget.rect.is_some_and(|[left, low, right, high]| left == right || low == high)
}

/// The appearances that widgets without area have in `file`, whose form is `form`.
pub(super) fn empty_looks(file: &PdfFile, form: Option<&Form>) -> Result<HashSet<ObjRef>, PdfError> {
    let mut out = HashSet::new();
    for widget in
        form.iter().flat_map(|form| &form.fields).flat_map(|field| &field.widgets).filter(|own| has_no_area(own))
    {
        out.extend(file.get_dict(&widget.dict, "AP")?.and_then(|looks| looks.reference("N")));
    }
    Ok(out)
}

/// Whether the appearances of a widget without area draw nothing either: they are empty, or those that another such widget
/// had before.
pub(super) fn draws_nothing(
    state: &Comparison<'_>,
    widget: &Widget,
    known: &HashSet<ObjRef>,
) -> Result<bool, PdfError> {
    let Some(value) = widget.dict.get("AP") else { return Ok(true) };
    let Some(dict) = state.new.resolve_dict(&value)? else { return Ok(false) };
    for (_, item) in dict.entries() {
        let Some(reference) = item.as_reference() else { return Ok(false) };
        if known.contains(&reference) && !state.changed.contains(&reference.number) {
            continue;
        }
        let content = state.new.stream(reference).and_then(|stream| state.new.decoded(&stream));
        if !content.is_ok_and(|content| is_blank(&content)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a content stream has no operators but those that save and restore a state.
fn is_blank(content: &[u8]) -> bool {
    content.split(|byte| matches!(byte, b'\r' | b'\n')).all(|line| {
        let code = line.split(|byte| *byte == b'%').next().unwrap_or_default();
        let mut words = code.split(|byte| matches!(byte, 0 | b'\t' | 0x0c | b' ')).filter(|word| !word.is_empty());
        words.all(|word| matches!(word, b"q" | b"Q"))
    })
}
