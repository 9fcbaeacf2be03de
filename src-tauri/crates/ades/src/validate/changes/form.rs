//! Fields that were filled in, signed or added.

use std::collections::{HashMap, HashSet};

use cartorio_pdf::{Dict, Field, Form, ObjRef, PdfError, Raw, Widget};

use super::closure::Comparison;
use super::value::{differing, same};
use super::Grade;

/// Entries of a form that may change: defaults for appearances, which no existing appearance uses.
const OF_FORM: [&str; 6] = ["Fields", "DR", "DA", "Q", "NeedAppearances", "SigFlags"];
/// Entries of a field or widget that filling it in changes.
const OF_VALUE: [&str; 8] = ["AP", "AS", "V", "F", "DA", "Q", "Ff", "Type"];
/// Those that readers rewrite even in signed and locked fields.
const OF_ANY: [&str; 2] = ["Ff", "Type"];

/// What the fields of a revision mean for its pages.
#[derive(Default)]
pub(super) struct Fields {
    /// New annotations that belong to a new signature field.
    pub(super) widgets: HashSet<ObjRef>,
}

pub(super) fn compare(
    state: &mut Comparison<'_>,
    was: &Dict,
    is: &Dict,
    old: Option<&Form>,
    new: Option<&Form>,
) -> Result<Fields, PdfError> {
    let mut fields = Fields::default();
    let Some(new) = new else {
        if old.is_some() {
            state.note(Grade::Other, "form_removed", None);
        }
        return Ok(fields);
    };
    let root = state.new.root().number;
    let value = is.get("AcroForm");
    let form_object = state.explain_holder(value.as_ref(), &[root]);
    let mut owners = vec![root];
    owners.extend(form_object.map(|own| own.number));
    if let Some(old) = old {
        for key in differing(&old.dict, &new.dict) {
            if !OF_FORM.contains(&key.as_str()) {
                state.note(Grade::Other, "form", Some(key));
            }
        }
    } else if was.get("AcroForm").is_some() {
        state.note(Grade::Other, "form", None);
    }
    state.explain_holder(new.dict.get("Fields").as_ref(), &owners);
    if let Some(resources) = new.dict.get("DR") {
        state.explain_holder(Some(&resources), &owners);
        state.explain_fresh(&resources)?;
    }
    let mut before: HashMap<&str, &Field> = HashMap::new();
    for field in old.iter().flat_map(|form| &form.fields) {
        if before.insert(&field.name, field).is_some() {
            before.insert(&field.name, field); // repeated names: the last one is compared, the others must be as they were
        }
    }
    let by_reference: HashMap<ObjRef, &Field> =
        old.iter().flat_map(|form| &form.fields).filter_map(|field| Some((field.reference?, field))).collect();
    let mut kept: HashSet<&str> = HashSet::new();
    for field in &new.fields {
        parents(state, field)?;
        let known = field.reference.and_then(|own| by_reference.get(&own).copied());
        match known.or_else(|| before.get(field.name.as_str()).copied()) {
            Some(own) => {
                kept.insert(&own.name);
                existing(state, own, field)?;
            }
            None => created(state, field, &mut fields)?,
        }
    }
    for name in before.keys().filter(|name| !kept.contains(*name)) {
        // A field that only had a name has become the parent of others.
        let parent = new.fields.iter().any(|own| own.name.strip_prefix(*name).is_some_and(|rest| rest.starts_with('.')));
        if !parent || before[name].value.is_some() {
            state.note(Grade::Other, "field_removed", Some((*name).to_owned()));
        }
    }
    Ok(fields)
}

/// The nodes above a field: they may get further children and nothing else.
fn parents(state: &mut Comparison<'_>, field: &Field) -> Result<(), PdfError> {
    let mut above = field.dict.reference("Parent");
    for _ in 0..64 {
        let Some(reference) = above else { return Ok(()) };
        let Ok(now) = state.new.dict(reference) else { return Ok(()) };
        if state.changed.contains(&reference.number) && !state.explained.contains(&reference.number) {
            if state.is_fresh(reference.number) {
                state.explain(reference.number);
            } else if let Ok(then) = state.old.dict(reference)
                && differing(&then, &now).iter().all(|key| key == "Kids")
                && appended(state, &then, &now, "Kids")?
            {
                state.explain(reference.number);
            }
        }
        state.explain_holder(now.get("Kids").as_ref(), &[reference.number]);
        above = now.reference("Parent");
    }
    Ok(())
}

/// Whether the array under `key` only got longer.
fn appended(state: &Comparison<'_>, then: &Dict, now: &Dict, key: &str) -> Result<bool, PdfError> {
    let (then, now) = (state.old.get_array(then, key)?, state.new.get_array(now, key)?);
    Ok(then.iter().all(|item| now.iter().any(|own| same(item, own))))
}

fn existing(state: &mut Comparison<'_>, old: &Field, new: &Field) -> Result<(), PdfError> {
    let name = &new.name;
    let other = |state: &mut Comparison<'_>, what| state.note(Grade::Other, what, Some(name.clone()));
    if old.reference != new.reference || old.name != new.name || old.field_type != new.field_type {
        other(state, "field_replaced");
        return Ok(());
    }
    let keys = differing(&old.dict, &new.dict);
    let is_signature = new.field_type.as_deref() == Some("Sig");
    let had = old.value.as_ref().is_some_and(|value| !state.old.resolve(value).is_ok_and(|own| own.is_null()));
    let has = new.value.as_ref().is_some_and(|value| !state.new.resolve(value).is_ok_and(|own| own.is_null()));
    let signed_now = is_signature && !had && has;
    let allowed: &[&str] = if is_signature && !signed_now { &OF_ANY } else { &OF_VALUE };
    if keys.iter().any(|key| !allowed.contains(&key.as_str())) || !type_stays(&old.dict, &new.dict) {
        other(state, "field_changed");
        return Ok(());
    }
    let grade = match (is_signature, signed_now) {
        (true, true) if is_hidden_stamp(state, new)? => Grade::LongTerm,
        (true, true) => Grade::Signature,
        (true, false) => Grade::LongTerm,
        (false, _) => Grade::Form,
    };
    let owner = new.reference.map(|own| own.number);
    if let Some(number) = owner {
        state.explain(number);
    }
    let mut touched = signed_now || keys.iter().any(|key| !OF_ANY.contains(&key.as_str()));
    if new.widgets.len() != old.widgets.len() {
        other(state, "field_changed");
        return Ok(());
    }
    for (then, now) in old.widgets.iter().zip(&new.widgets) {
        let keys = differing(&then.dict, &now.dict);
        if then.reference != now.reference
            || keys.iter().any(|key| !allowed.contains(&key.as_str()))
            || !type_stays(&then.dict, &now.dict)
        {
            other(state, "field_changed");
            return Ok(());
        }
        if let Some(reference) = now.reference {
            state.explain(reference.number);
        }
        if !is_signature || signed_now {
            let explained = state.explained.len();
            appearance(state, then, now)?;
            touched |= !keys.is_empty() || state.explained.len() > explained;
        }
    }
    if signed_now {
        signature_value(state, new, had)?;
    } else if !is_signature && let Some(value) = &new.value {
        if let Some(reference) = value.as_reference()
            && state.changed.contains(&reference.number)
            && (state.is_fresh(reference.number)
                || owner.is_some_and(|own| state.used_by_only(reference.number, &[own])))
            && state.new.dict(reference).is_err()
        {
            state.explain(reference.number);
            touched = true;
        }
        state.explain_fresh(value)?;
    }
    if touched {
        let what = match grade {
            Grade::LongTerm => "time_stamp",
            Grade::Signature => "signed",
            Grade::Form | Grade::Annotation | Grade::Other => "filled_in",
        };
        let pages = pages_of(state, new)?;
        state.note_at(grade, what, Some(name.clone()), Some(name.clone()), pages);
    }
    Ok(())
}

/// Processors look at `/Type`: it may appear with the only value that it can have, and stays otherwise.
fn type_stays(then: &Dict, now: &Dict) -> bool {
    match (then.name("Type"), now.name("Type")) {
        (None, Some(kind)) => kind == "Annot",
        (then, now) => then == now,
    }
}

fn created(state: &mut Comparison<'_>, field: &Field, fields: &mut Fields) -> Result<(), PdfError> {
    let name = &field.name;
    let fresh = |state: &Comparison<'_>, own: Option<ObjRef>| own.is_some_and(|own| state.is_fresh(own.number));
    if field.field_type.as_deref() != Some("Sig") || !fresh(state, field.reference) {
        state.note(Grade::Other, "field_added", Some(name.clone()));
        return Ok(());
    }
    if field.widgets.iter().any(|widget| !fresh(state, widget.reference)) {
        state.note(Grade::Other, "field_added", Some(name.clone()));
        return Ok(());
    }
    let signed = field.value.as_ref().is_some_and(|value| !state.new.resolve(value).is_ok_and(|own| own.is_null()));
    if signed {
        signature_value(state, field, false)?;
    }
    for reference in field.reference.into_iter().chain(field.widgets.iter().filter_map(|widget| widget.reference)) {
        state.explain(reference.number);
        fields.widgets.insert(reference);
    }
    state.explain_holder(field.dict.get("Kids").as_ref(), &[]);
    if let Some(lock) = field.dict.get("Lock") {
        state.explain_fresh(&lock)?;
    }
    for widget in &field.widgets {
        for key in ["AP", "MK"] {
            if let Some(value) = widget.dict.get(key) {
                state.explain_fresh(&value)?;
            }
        }
    }
    let (grade, what) = match (signed, signed && is_hidden_stamp(state, field)?) {
        (true, true) => (Grade::LongTerm, "time_stamp"),
        (true, false) => (Grade::Signature, "signed"),
        (false, _) => (Grade::Form, "signature_field_added"),
    };
    let pages = pages_of(state, field)?;
    state.note_at(grade, what, Some(name.clone()), Some(name.clone()), pages);
    Ok(())
}

/// A signature has to be an object of its own that did not exist before.
fn signature_value(state: &mut Comparison<'_>, field: &Field, had: bool) -> Result<(), PdfError> {
    let reference = field.value.as_ref().and_then(Raw::as_reference);
    match reference {
        Some(own) if !had && state.is_fresh(own.number) && !state.is_stream(own) => {
            let value = state.new.object(own)?;
            state.explain(own.number);
            if let Some(references) = value.as_dict().and_then(|dict| dict.get("Reference")) {
                state.explain_fresh(&references)?;
            }
        }
        // The dictionary may stand in the field itself, which is new then.
        None if field.reference.is_some_and(|own| state.is_fresh(own.number)) => {}
        Some(_) | None => state.note(Grade::Other, "signature_not_new", Some(field.name.clone())),
    }
    Ok(())
}

/// A document time stamp shows nothing (ISO 32000-2, 12.8.5).
fn is_hidden_stamp(state: &Comparison<'_>, field: &Field) -> Result<bool, PdfError> {
    let dict = field.value.as_ref().map(|value| state.new.resolve_dict(value)).transpose()?.flatten();
    let stamp = dict.is_some_and(|dict| {
        dict.name("Type").as_deref() == Some("DocTimeStamp") || dict.name("SubFilter").as_deref() == Some("ETSI.RFC3161")
    });
    Ok(stamp && field.widgets.iter().all(|widget| !is_visible(widget)))
}

fn is_visible(widget: &Widget) -> bool {
    widget.rect.is_some_and(|[left, low, right, high]| left != right && low != high) && widget.flags & 0b10 == 0
}

fn pages_of(state: &Comparison<'_>, field: &Field) -> Result<Vec<usize>, PdfError> {
    let shown: Vec<&Widget> = field.widgets.iter().filter(|widget| is_visible(widget)).collect();
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let named: HashSet<ObjRef> = shown.iter().filter_map(|widget| widget.page).collect();
    let pages = state.new.pages()?;
    let on = |page: &cartorio_pdf::Page| page.reference.is_some_and(|own| named.contains(&own));
    Ok(pages.iter().enumerate().filter(|(_, page)| on(page)).map(|(index, _)| index).collect())
}

/// Appearances: new streams in the place of the old ones; an old stream is rewritten only where nothing else shows it.
fn appearance(state: &mut Comparison<'_>, then: &Widget, now: &Widget) -> Result<(), PdfError> {
    let Some(value) = now.dict.get("AP") else { return Ok(()) };
    let owner = now.reference.map(|own| own.number);
    let owners: Vec<u32> = owner.into_iter().collect();
    let holder = value.as_reference();
    // Whoever gives a field a new appearance must not have prepared the old dictionary to show elsewhere too.
    let before = then.dict.reference("AP");
    let changed = then.dict.get("AP").is_none_or(|before| !same(&before, &value))
        || holder.is_some_and(|own| state.changed.contains(&own.number))
        || state.new.resolve(&value)?.references().iter().any(|own| state.changed.contains(&own.number));
    if changed && before.is_some_and(|own| !state.used_by_only(own.number, &owners)) {
        state.note(Grade::Other, "appearance_shared", before.map(|own| format!("{} {} R", own.number, own.generation)));
        return Ok(());
    }
    // An appearance dictionary that something else uses too would change there as well.
    if let Some(holder) = holder
        && !state.is_fresh(holder.number)
        && !state.used_by_only(holder.number, &owners)
    {
        return Ok(());
    }
    if let Some(holder) = state.explain_holder(Some(&value), &owners)
        && state.new.dict(holder).is_err()
    {
        return Ok(());
    }
    let Some(dict) = state.new.resolve_dict(&value)? else { return Ok(()) };
    let stateful = then.dict.get("AS").is_some();
    for key in ["N", "R", "D"] {
        let Some(item) = dict.get(key) else { continue };
        state.explain_fresh(&item)?;
        let Some(reference) = item.as_reference().filter(|own| state.changed.contains(&own.number)) else { continue };
        let owners: Vec<u32> = holder.map_or_else(|| owners.clone(), |own| vec![own.number]);
        if !stateful
            && !state.is_fresh(reference.number)
            && state.old.in_use(reference.number).is_some()
            && state.used_by_only(reference.number, &owners)
        {
            state.explain(reference.number);
            let own = state.new.object(reference)?;
            state.explain_fresh(&own)?;
        }
    }
    Ok(())
}
