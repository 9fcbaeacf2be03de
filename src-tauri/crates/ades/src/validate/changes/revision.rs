//! One revision against the one before it.

use std::collections::{BTreeSet, HashSet};

use cartorio_pdf::{Dict, PdfError, PdfFile};

use super::closure::{Comparison, TRAILER};
use super::role::Role;
use super::value::{differing, same_object};
use super::{Change, Grade, form, pages, store};

/// Unexplained objects that are named one by one.
const MAX_NAMED: usize = 50;

/// Entries of a trailer that every revision writes anew.
const OF_EVERY_TRAILER: [&str; 11] =
    ["Size", "Prev", "ID", "Info", "Root", "Type", "Index", "W", "Length", "Filter", "DecodeParms"];

/// What `new` changed of `old`, which is the state before it; `signed`: the fields whose signatures cover `new`.
pub(super) fn compare(
    old: &PdfFile,
    new: &PdfFile,
    revision: usize,
    signed: &HashSet<String>,
) -> Result<Vec<Change>, PdfError> {
    let changed: BTreeSet<u32> =
        new.moved_since(old).into_iter().filter(|number| !same_object(old, new, *number)).collect();
    let old_form = old.form()?;
    let new_form = new.form()?;
    let watched: HashSet<u32> = old_form
        .iter()
        .flat_map(|form| &form.fields)
        .flat_map(|field| &field.widgets)
        .filter_map(|widget| widget.dict.reference("AP"))
        .map(|reference| reference.number)
        .collect();
    let mut state = Comparison::new(old, new, (revision, signed), changed, &watched)?;
    trailer(&mut state);
    containers(&mut state);
    let (was, is) = (old.catalog()?, new.catalog()?);
    catalog(&mut state, &was, &is)?;
    store::evidence(&mut state, &was, &is)?;
    let fields = form::compare(&mut state, &was, &is, old_form.as_ref(), new_form.as_ref())?;
    pages::compare(&mut state, &fields)?;
    state.explain_orphans()?;
    state.check_places()?;
    state.check_keys()?;
    rest(&mut state);
    Ok(state.changes)
}

fn trailer(state: &mut Comparison<'_>) {
    let (was, is) = (state.old.trailer(), state.new.trailer());
    if was.root != is.root {
        state.note(Grade::Other, "catalog_replaced", None);
    }
    for key in differing(&was.dict, &is.dict) {
        // A section in two parts, which old and new readers read differently, is not what an update needs.
        let other = key != "XRefStm" && !OF_EVERY_TRAILER.contains(&key.as_str());
        if other || (key == "XRefStm" && is.dict.get(&key).is_some()) {
            state.note(Grade::Other, "trailer", Some(key));
        }
    }
    let once =
        |dict: &Dict, number: u32| dict.raw().references().iter().filter(|own| own.number == number).count() <= 1;
    // Readers write who changed the file and when; no page shows it.
    if let Some(info) = is.info
        && state.changed.contains(&info.number)
        && !state.is_stream(info)
        && once(&was.dict, info.number)
        && once(&is.dict, info.number)
        && (state.is_fresh(info.number) || (was.info == Some(info) && state.used_by_only(info.number, &[TRAILER])))
    {
        state.explain(info.number, Role::Information);
        state.note(Grade::LongTerm, "document_information", None);
    }
}

/// Cross-reference and object streams that are new. Their members are judged like every other object.
fn containers(state: &mut Comparison<'_>) {
    let containers: HashSet<u32> = state.changed.iter().filter_map(|number| state.new.container(*number)).collect();
    let own: Vec<u32> = state
        .changed
        .iter()
        .copied()
        .filter(|number| state.is_fresh(*number))
        .filter(|number| {
            let dict = state.new.in_use(*number).and_then(|own| state.new.stream(own).ok()).map(|stream| stream.dict);
            match dict.and_then(|dict| dict.name("Type")).as_deref() {
                Some("XRef") => true,
                Some("ObjStm") => {
                    containers.contains(number)
                        || state.new.numbers().any(|own| state.new.container(own) == Some(*number))
                }
                Some(_) | None => false,
            }
        })
        .collect();
    own.into_iter().for_each(|number| state.explain(number, Role::Container));
}

fn catalog(state: &mut Comparison<'_>, was: &Dict, is: &Dict) -> Result<(), PdfError> {
    let root = state.new.root().number;
    for key in differing(was, is) {
        match key.as_str() {
            "AcroForm" | "DSS" => {}
            "Extensions" | "MarkInfo" | "Metadata" | "Version" => state.note(Grade::LongTerm, "catalog", Some(key)),
            _ => state.note(Grade::Other, "catalog", Some(key)),
        }
    }
    for key in ["Extensions", "MarkInfo"] {
        store::declaration(state, key, was, is)?;
    }
    store::metadata(state, was, is);
    state.explain(root, Role::Catalog);
    Ok(())
}

/// What no rule explains.
fn rest(state: &mut Comparison<'_>) {
    let left: Vec<u32> = state.changed.iter().copied().filter(|own| state.role(*own).is_none()).collect();
    for number in left.iter().take(MAX_NAMED) {
        let what = match (state.old.in_use(*number), state.new.in_use(*number)) {
            (Some(_), None) => "object_removed",
            (None, _) => "object_added",
            (Some(_), Some(_)) => "object_changed",
        };
        let reference = state.new.in_use(*number).or(state.old.in_use(*number));
        let subject = reference.map(|own| format!("{} {} R", own.number, own.generation));
        state.note(Grade::Other, what, subject);
    }
    if left.len() > MAX_NAMED {
        state.note(Grade::Other, "objects_changed", Some((left.len() - MAX_NAMED).to_string()));
    }
}
