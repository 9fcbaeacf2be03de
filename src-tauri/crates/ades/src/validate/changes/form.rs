//! The form, and fields that were filled in or signed.

use std::collections::{HashMap, HashSet};

use cartorio_pdf::{Dict, Field, Form, ObjRef, PdfError, PdfFile};

use super::added::{added, is_hidden, is_plain_parent, is_stamp, pages_of, signature_value};
use super::closure::Comparison;
use super::role::Role;
use super::value::{differing, same};
use super::{Grade, drawing};

/// Entries of a form that say how readers draw fields whose appearance they make anew.
const OF_DRAWING: [&str; 3] = ["DA", "Q", "NeedAppearances"];
/// Entries of a field or widget that filling it in changes.
const OF_VALUE: [&str; 8] = ["AP", "AS", "V", "F", "DA", "Q", "Ff", "Type"];
/// Those that readers rewrite even in signed and locked fields.
const OF_ANY: [&str; 2] = ["Ff", "Type"];
/// Flags of a field that say nothing about how it looks: ReadOnly, Required, NoExport (ISO 32000-2, table 227).
const QUIET: i64 = 0b111;
/// Flags of an annotation that hide it from everybody or on the screen: Invisible, Hidden, NoView, ToggleNoView (table 167).
const HIDING: i64 = 0b1_0010_0011;
/// The known flags of a form (table 225).
const SIG_FLAGS: i64 = 0b11;

/// What the fields of a revision mean for its pages.
#[derive(Default)]
pub(super) struct Fields {
    /// New annotations that belong to a new signature field.
    pub(super) widgets: HashSet<ObjRef>,
    /// Names of new fields.
    pub(super) added: HashSet<String>,
    /// Appearances that widgets without area had before.
    pub(super) empty_looks: HashSet<ObjRef>,
}

pub(super) fn compare(
    state: &mut Comparison<'_>,
    was: &Dict,
    is: &Dict,
    old: Option<&Form>,
    new: Option<&Form>,
) -> Result<Fields, PdfError> {
    let mut fields = Fields { empty_looks: drawing::empty_looks(state.old, old)?, ..Fields::default() };
    let Some(new) = new else {
        if old.is_some() {
            state.note(Grade::Other, "form_removed", None);
        }
        return Ok(fields);
    };
    let root = state.new.root().number;
    let form_object =
        state.explain_holder(was.get("AcroForm").as_ref(), is.get("AcroForm").as_ref(), &[root], Role::Form);
    let mut owners = vec![root];
    owners.extend(form_object.map(|own| own.number));
    owners.extend(old.and_then(|own| own.reference).map(|own| own.number));
    if old.is_none() && was.get("AcroForm").is_some() {
        state.note(Grade::Other, "form", None);
    }
    let then = old.map(|form| form.dict.clone()).unwrap_or_default();
    entries(state, &then, &new.dict, &owners)?;
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
                existing(state, own, field, &fields)?;
            }
            None => added(state, field, &mut fields)?,
        }
    }
    for name in before.keys().filter(|name| !kept.contains(*name)) {
        // A field that only had a name has become the parent of others.
        let parent =
            new.fields.iter().any(|own| own.name.strip_prefix(*name).is_some_and(|rest| rest.starts_with('.')));
        if !parent || before[name].value.is_some() {
            state.note(Grade::Other, "field_removed", Some((*name).to_owned()));
        }
    }
    Ok(fields)
}

/// The entries of a form one by one.
fn entries(state: &mut Comparison<'_>, then: &Dict, now: &Dict, owners: &[u32]) -> Result<(), PdfError> {
    for key in differing(then, now) {
        match key.as_str() {
            "Fields" | "DR" => {}
            "SigFlags" => {
                let (was, is) = (then.integer("SigFlags").unwrap_or(0), now.integer("SigFlags"));
                // Nothing takes back that there are signatures.
                if !is.is_some_and(|is| is & was == was && (is | was) & !SIG_FLAGS == was & !SIG_FLAGS) {
                    state.note(Grade::Other, "form", Some(key));
                }
            }
            own if OF_DRAWING.contains(&own) => state.note(Grade::Form, "form", Some(key)),
            _ => state.note(Grade::Other, "form", Some(key)),
        }
    }
    state.explain_holder(then.get("Fields").as_ref(), now.get("Fields").as_ref(), owners, Role::Form);
    drawing::resources(state, then.get("DR").as_ref(), now.get("DR").as_ref(), owners)
}

/// The nodes above a field: they may get further children and nothing else.
fn parents(state: &mut Comparison<'_>, field: &Field) -> Result<(), PdfError> {
    let mut above = field.dict.reference("Parent");
    for _ in 0..64 {
        let Some(reference) = above else { return Ok(()) };
        let Ok(now) = state.new.dict(reference) else { return Ok(()) };
        let then = state.old.dict(reference).ok();
        if state.changed.contains(&reference.number) && state.role(reference.number).is_none() {
            if state.is_fresh_value(reference) {
                if is_plain_parent(&now) {
                    state.explain(reference.number, Role::Field);
                }
            } else if let Some(then) = &then
                && then.get("Subtype").is_none()
                && then.get("Rect").is_none()
                && differing(then, &now).iter().all(|key| key == "Kids")
                && appended(state, then, &now, "Kids")?
            {
                state.explain(reference.number, Role::Field);
            }
        }
        let kids = then.as_ref().and_then(|then| then.get("Kids"));
        let grew = match &then {
            Some(then) => appended(state, then, &now, "Kids")?,
            None => true,
        };
        if grew {
            state.explain_holder(kids.as_ref(), now.get("Kids").as_ref(), &[reference.number], Role::Field);
        }
        above = now.reference("Parent");
    }
    Ok(())
}

/// Whether the array under `key` only got longer.
fn appended(state: &Comparison<'_>, then: &Dict, now: &Dict, key: &str) -> Result<bool, PdfError> {
    let (then, now) = (state.old.get_array(then, key)?, state.new.get_array(now, key)?);
    Ok(then.iter().all(|item| now.iter().any(|own| same(item, own))))
}

fn existing(state: &mut Comparison<'_>, old: &Field, new: &Field, fields: &Fields) -> Result<(), PdfError> {
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
    let unlike = |then: &Dict, now: &Dict, keys: &[String]| {
        keys.iter().any(|key| !allowed.contains(&key.as_str())) || !type_stays(then, now)
    };
    let hiding = |dict: &Dict, file: &PdfFile| -> Result<i64, PdfError> {
        Ok(file.get(dict, "F")?.and_then(|flags| flags.as_integer()).unwrap_or(0) & HIDING)
    };
    if unlike(&old.dict, &new.dict, &keys)
        || hiding(&old.dict, state.old)? != hiding(&new.dict, state.new)?
        || new.widgets.len() != old.widgets.len()
    {
        other(state, "field_changed");
        return Ok(());
    }
    let grade = match (is_signature, signed_now) {
        (true, true) if is_stamp(state, new)? => {
            // A document time stamp shows nothing (ISO 32000-2, 12.8.5).
            if is_hidden(state, new, fields)? { Grade::LongTerm } else { Grade::Other }
        }
        (true, true) => Grade::Signature,
        (true, false) => Grade::LongTerm,
        (false, _) => Grade::Form,
    };
    let owner = new.reference.map(|own| own.number);
    if let Some(number) = owner.filter(|own| state.changed.contains(own)) {
        state.explain(number, Role::Field);
    }
    let loud = !is_signature && (old.flags ^ new.flags) & !QUIET != 0;
    let mut touched = signed_now || loud || keys.iter().any(|key| !OF_ANY.contains(&key.as_str()));
    for (then, now) in old.widgets.iter().zip(&new.widgets) {
        let keys = differing(&then.dict, &now.dict);
        // Hiding uncovers what lies below, and the other way round.
        if then.reference != now.reference
            || unlike(&then.dict, &now.dict, &keys)
            || hiding(&then.dict, state.old)? != hiding(&now.dict, state.new)?
        {
            other(state, "field_changed");
            return Ok(());
        }
        if let Some(reference) = now.reference.filter(|own| state.changed.contains(&own.number)) {
            state.explain(reference.number, Role::Field);
        }
        if !is_signature || signed_now {
            let explained = state.explained();
            drawing::appearance(state, then, now)?;
            touched |= keys.iter().any(|key| !OF_ANY.contains(&key.as_str())) || state.explained() > explained;
        }
    }
    if signed_now {
        signature_value(state, new)?;
    } else if !is_signature {
        touched |= value(state, old, new)?;
    }
    if touched {
        let what = match (grade, is_signature) {
            (Grade::LongTerm, _) | (Grade::Other, true) => "time_stamp",
            (Grade::Signature, _) => "signed",
            (Grade::Form | Grade::Annotation | Grade::Other, _) => "filled_in",
        };
        let pages = pages_of(state, new)?;
        state.note_at(grade, what, Some(name.clone()), Some(name.clone()), pages);
    }
    Ok(())
}

/// The value of a field that is no signature: text, a name, a stream of text or a list of these. Says whether it is another.
fn value(state: &mut Comparison<'_>, old: &Field, new: &Field) -> Result<bool, PdfError> {
    /// A field's value, and the items of a list.
    const LEVELS: u8 = 2;
    let Some(value) = &new.value else { return Ok(false) };
    let owners: Vec<u32> = new.reference.into_iter().map(|own| own.number).collect();
    let explained = state.explained();
    let mut open = vec![(old.value.clone(), value.clone(), 0)];
    while let Some((then, now, level)) = open.pop() {
        if let Some(reference) = now.as_reference() {
            if state.is_stream(reference) {
                state.explain_stream(reference, Role::Value);
                continue;
            }
            if state.new.object(reference)?.is_dict() {
                continue; // no value that a field can have
            }
            state.explain_holder(then.as_ref(), Some(&now), &owners, Role::Value);
        }
        if level + 1 < LEVELS
            && let Some(items) = state.new.resolve(&now)?.as_array()
        {
            open.extend(items.into_iter().map(|item| (None, item, level + 1)));
        }
    }
    Ok(state.explained() > explained)
}

/// Processors look at `/Type`: it may appear with the only value that it can have, and stays otherwise.
fn type_stays(then: &Dict, now: &Dict) -> bool {
    match (then.name("Type"), now.name("Type")) {
        (None, Some(kind)) => kind == "Annot",
        (then, now) => then == now,
    }
}
