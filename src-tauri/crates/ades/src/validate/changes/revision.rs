//! One revision against the one before it.

use std::collections::{BTreeSet, HashSet};

use cartorio_pdf::{Dict, PdfError, PdfFile, Raw};

use super::closure::{Comparison, TRAILER};
use super::value::{differing, same, same_object};
use super::{Change, Grade, form, pages};

/// Unexplained objects that are named one by one.
const MAX_NAMED: usize = 50;

/// Entries of a trailer that every revision writes anew.
const OF_EVERY_TRAILER: [&str; 13] = [
    "Size", "Prev", "XRefStm", "ID", "Info", "Root", "Type", "Index", "W", "Length", "Filter", "DecodeParms", "Extends",
];

/// What `new` changed of `old`, which is the state before it.
pub(super) fn compare(old: &PdfFile, new: &PdfFile, revision: usize) -> Result<Vec<Change>, PdfError> {
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
    let mut state = Comparison::new(old, new, revision, changed, watched)?;
    trailer(&mut state);
    containers(&mut state);
    let (was, is) = (old.catalog()?, new.catalog()?);
    catalog(&mut state, &was, &is)?;
    evidence(&mut state, &was, &is)?;
    let fields = form::compare(&mut state, &was, &is, old_form.as_ref(), new_form.as_ref())?;
    pages::compare(&mut state, &fields)?;
    state.explain_orphans()?;
    rest(&mut state);
    Ok(state.changes)
}

fn trailer(state: &mut Comparison<'_>) {
    let (was, is) = (state.old.trailer(), state.new.trailer());
    if was.root != is.root {
        state.note(Grade::Other, "catalog_replaced", None);
    }
    for key in differing(&was.dict, &is.dict) {
        if !OF_EVERY_TRAILER.contains(&key.as_str()) {
            state.note(Grade::Other, "trailer", Some(key));
        }
    }
    // Readers write who changed the file and when; no page shows it.
    if let Some(info) = is.info
        && state.changed.contains(&info.number)
        && !state.is_stream(info)
        && (state.is_fresh(info.number) || (was.info == Some(info) && state.used_by_only(info.number, &[TRAILER])))
    {
        state.explain(info.number);
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
                Some("ObjStm") => containers.contains(number) || state.new.numbers().any(|own| state.new.container(own) == Some(*number)),
                Some(_) | None => false,
            }
        })
        .collect();
    own.into_iter().for_each(|number| state.explain(number));
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
        if let Some(value) = is.get(key) {
            state.explain_holder(Some(&value), &[root]);
            // Vendors' entries may be objects of their own.
            state.explain_fresh(&value)?;
        }
    }
    if let Some(metadata) = is.reference("Metadata")
        && state.changed.contains(&metadata.number)
        && (state.is_fresh(metadata.number) || state.used_by_only(metadata.number, &[root]))
        && state.new.stream(metadata).is_ok_and(|stream| stream.dict.name("Type").as_deref() == Some("Metadata"))
    {
        state.explain(metadata.number);
        state.note(Grade::LongTerm, "metadata", None);
    }
    state.explain(root);
    Ok(())
}

/// The document security store: new evidence, in new objects, in lists that only the store has.
fn evidence(state: &mut Comparison<'_>, was: &Dict, is: &Dict) -> Result<(), PdfError> {
    let Some(value) = is.get("DSS") else {
        if was.get("DSS").is_some() {
            state.note(Grade::Other, "evidence_removed", None);
        }
        return Ok(());
    };
    let before = was.get("DSS");
    let mut owners: Vec<u32> = holders(state.old, before.as_ref())?;
    owners.push(state.old.root().number);
    let touched = before.as_ref().is_none_or(|before| !same(before, &value))
        || holders(state.new, Some(&value))?.iter().any(|own| state.changed.contains(own));
    for number in holders(state.new, Some(&value))? {
        let Some(reference) = state.new.in_use(number) else { continue };
        let own = state.changed.contains(&number)
            && (state.is_fresh(number)
                || (owners.contains(&number) && state.used_by_only(number, &owners) && !state.is_stream(reference)));
        if own {
            state.explain(number);
        }
    }
    state.explain_fresh(&value)?;
    for number in holders(state.new, Some(&value))? {
        if let Some(reference) = state.new.in_use(number) {
            let value = state.new.object(reference)?;
            state.explain_fresh(&value)?;
        }
    }
    if touched {
        state.note(Grade::LongTerm, "evidence", None);
    }
    Ok(())
}

/// Numbers of the dictionaries and arrays of a store: itself, its lists, its VRI and the entries of that.
fn holders(file: &PdfFile, store: Option<&Raw>) -> Result<Vec<u32>, PdfError> {
    /// Dictionaries and arrays of one store.
    const MOST: usize = 100_000;
    let mut out = Vec::new();
    // The levels are: store, lists and VRI, entries, their lists. What lies deeper is a stream of evidence.
    let mut open: Vec<(Raw, u8)> = store.cloned().into_iter().map(|value| (value, 0)).collect();
    while let Some((value, depth)) = open.pop() {
        if let Some(reference) = value.as_reference() {
            if out.len() >= MOST {
                return Err(PdfError::Limit { what: "parts of the security store", limit: MOST as u64 });
            }
            if file.stream(reference).is_ok() || out.contains(&reference.number) {
                continue;
            }
            out.push(reference.number);
        }
        let value = file.resolve(&value)?;
        if depth > 4 {
            continue;
        }
        if let Some(dict) = value.as_dict() {
            open.extend(dict.keys().filter_map(|key| dict.get(&key)).map(|item| (item, depth + 1)));
        } else if let Some(items) = value.as_array() {
            open.extend(items.into_iter().filter(|item| item.as_reference().is_some()).map(|item| (item, depth + 1)));
        }
    }
    Ok(out)
}

/// What no rule explains.
fn rest(state: &mut Comparison<'_>) {
    let left: Vec<u32> = state.changed.iter().copied().filter(|own| !state.explained.contains(own)).collect();
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
