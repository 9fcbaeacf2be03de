//! The document security store and the declarations of the catalog: what may be added there, key by key.

use std::collections::HashSet;

use cartorio_pdf::{Dict, ObjRef, PdfError, PdfFile, Raw};

use super::Grade;
use super::closure::Comparison;
use super::role::Role;
use super::value::{same, same_option};

/// Dictionaries, arrays and streams of one store.
const MOST: usize = 100_000;

/// Lists of streams: those of ISO 32000-2 (table 261) and of ICP-Brasil (DOC-ICP-15.03).
const LISTS: [&[u8]; 6] =
    [b"Certs", b"CRLs", b"OCSPs", b"PBAD_PolicyArtifacts", b"PBAD_LpaArtifacts", b"PBAD_LpaSignatures"];

/// The same in the entry of one signature.
const LISTS_OF_ENTRY: [&[u8]; 6] =
    [b"Cert", b"CRL", b"OCSP", b"PBAD_PolicyArtifact", b"PBAD_LpaArtifact", b"PBAD_LpaSignature"];

/// The document security store: new evidence, in new streams, in lists that only the store has.
pub(super) fn evidence(state: &mut Comparison<'_>, was: &Dict, is: &Dict) -> Result<(), PdfError> {
    let before = was.get("DSS");
    let Some(value) = is.get("DSS") else {
        if before.is_some() {
            state.note(Grade::Other, "evidence_removed", None);
        }
        return Ok(());
    };
    let then = match &before {
        Some(before) => Shape::of(state.old, before)?,
        None => Shape::default(),
    };
    let now = Shape::of(state.new, &value)?;
    let mut owners: Vec<u32> = then.holders.iter().map(|own| own.number).collect();
    owners.push(state.old.root().number);
    let mut touched = !same_option(before.as_ref(), Some(&value));
    for holder in &now.holders {
        let number = holder.number;
        if !state.changed.contains(&number) {
            continue;
        }
        touched = true;
        if state.is_fresh_value(*holder)
            || (then.holders.contains(holder) && state.used_by_only(number, &owners) && !state.is_stream(*holder))
        {
            state.explain(number, Role::Store);
        }
    }
    for stream in &now.streams {
        touched |= state.changed.contains(&stream.number);
        state.explain_stream(*stream, Role::Evidence);
    }
    // What no rule knows stays what it was.
    for (key, value) in &now.others {
        if !then.others.iter().any(|(own, before)| own == key && same(before, value)) {
            state.note(Grade::Other, "evidence", Some(key.clone()));
        }
    }
    if touched {
        state.note(Grade::LongTerm, "evidence", None);
    }
    Ok(())
}

/// The parts of a store by what they are.
#[derive(Default)]
struct Shape {
    /// Objects that are its dictionaries and lists.
    holders: HashSet<ObjRef>,
    /// What its lists refer to, and is a stream.
    streams: HashSet<ObjRef>,
    /// What is neither, by its key.
    others: Vec<(String, Raw)>,
}

impl Shape {
    fn of(file: &PdfFile, store: &Raw) -> Result<Self, PdfError> {
        let mut out = Self::default();
        let Some(dict) = out.dict(file, "DSS", store)? else { return Ok(out) };
        for (key, value) in dict.entries() {
            if LISTS.contains(&key) || LISTS_OF_ENTRY.get(3..).is_some_and(|own| own.contains(&key)) {
                out.list(file, key, &value)?;
            } else if key == b"VRI" {
                let Some(entries) = out.dict(file, "VRI", &value)? else { continue };
                for (key, value) in entries.entries() {
                    out.entry(file, key, &value)?;
                }
            } else if key != b"Type" || value.as_name().is_none() {
                out.other(key, &value);
            }
        }
        Ok(out)
    }

    fn entry(&mut self, file: &PdfFile, key: &[u8], value: &Raw) -> Result<(), PdfError> {
        if key.len() != 40 || !key.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) {
            self.other(key, value);
            return Ok(());
        }
        let Some(entry) = self.dict(file, "VRI", value)? else { return Ok(()) };
        for (key, value) in entry.entries() {
            let known = match key {
                b"Type" => value.as_name().is_some(),
                b"TU" => value.as_string().is_some(),
                b"TS" => self.stream(file, &value)?,
                _ if LISTS_OF_ENTRY.contains(&key) => {
                    self.list(file, key, &value)?;
                    true
                }
                _ => false,
            };
            if !known {
                self.other(key, &value);
            }
        }
        Ok(())
    }

    fn list(&mut self, file: &PdfFile, key: &[u8], value: &Raw) -> Result<(), PdfError> {
        if self.stream(file, value)? {
            // One artifact without an array around it.
            if !key.starts_with(b"PBAD_") {
                self.other(key, value);
            }
            return Ok(());
        }
        self.holder(value)?;
        let Some(items) = file.resolve(value)?.as_array() else {
            self.other(key, value);
            return Ok(());
        };
        for item in items {
            if !self.stream(file, &item)? {
                self.other(key, &item);
            }
        }
        Ok(())
    }

    /// Whether `value` refers to a stream.
    fn stream(&mut self, file: &PdfFile, value: &Raw) -> Result<bool, PdfError> {
        let Some(reference) = value.as_reference().filter(|own| file.stream(*own).is_ok()) else { return Ok(false) };
        self.streams.insert(reference);
        self.bounded().map(|()| true)
    }

    fn dict(&mut self, file: &PdfFile, key: &str, value: &Raw) -> Result<Option<Dict>, PdfError> {
        if value.as_reference().is_some_and(|own| file.stream(own).is_ok()) {
            self.other(key.as_bytes(), value);
            return Ok(None);
        }
        self.holder(value)?;
        let dict = file.resolve_dict(value)?;
        if dict.is_none() {
            self.other(key.as_bytes(), value);
        }
        Ok(dict)
    }

    fn holder(&mut self, value: &Raw) -> Result<(), PdfError> {
        self.holders.extend(value.as_reference());
        self.bounded()
    }

    fn other(&mut self, key: &[u8], value: &Raw) {
        if !value.is_null() {
            self.others.push((String::from_utf8_lossy(key).into_owned(), value.clone()));
        }
    }

    fn bounded(&self) -> Result<(), PdfError> {
        if self.holders.len() + self.streams.len() + self.others.len() > MOST {
            return Err(PdfError::Limit { what: "parts of the security store", limit: MOST as u64 });
        }
        Ok(())
    }
}

/// `/Extensions` and `/MarkInfo`: dictionaries of plain values, which readers look at and do not follow.
pub(super) fn declaration(state: &mut Comparison<'_>, key: &str, was: &Dict, is: &Dict) -> Result<(), PdfError> {
    /// The dictionary, those of the developers, those in their lists (ISO 32000-2, 7.12).
    const LEVELS: u8 = 3;
    let root = state.new.root().number;
    let Some(value) = is.get(key) else { return Ok(()) };
    let mut open = vec![(was.get(key), value, root, 0)];
    while let Some((then, now, owner, level)) = open.pop() {
        let own = state.explain_holder(then.as_ref(), Some(&now), &[owner], Role::Declaration);
        if level == LEVELS {
            continue; // whatever it refers to stays unexplained
        }
        let then = then.map(|then| state.old.resolve(&then)).transpose()?;
        let owner = own.map_or(owner, |own| own.number);
        let now = state.new.resolve(&now)?;
        if let Some(dict) = now.as_dict() {
            let then = then.and_then(|then| then.as_dict());
            for key in dict.keys() {
                if let Some(value) = dict.get(&key) {
                    open.push((then.as_ref().and_then(|then| then.get(&key)), value, owner, level + 1));
                }
            }
        } else if let Some(items) = now.as_array() {
            open.extend(items.into_iter().map(|item| (None, item, owner, level + 1)));
        }
    }
    Ok(())
}

/// `/Metadata` of the catalog, which no page shows: an XMP packet.
pub(super) fn metadata(state: &mut Comparison<'_>, was: &Dict, is: &Dict) {
    let Some(reference) = is.reference("Metadata").filter(|own| state.changed.contains(&own.number)) else { return };
    let number = reference.number;
    let stayed = was.reference("Metadata") == Some(reference);
    let Ok(stream) = state.new.stream(reference) else { return };
    let packet = state.new.decoded(&stream).is_ok_and(|data| {
        let has = |text: &[u8]| data.windows(text.len()).any(|own| own == text);
        has(b"xmpmeta") && !has(b"<!DOCTYPE") && !has(b"<!ENTITY")
    });
    if packet
        && stream.dict.name("Type").as_deref() == Some("Metadata")
        && stream.dict.get("F").is_none()
        && (state.is_fresh(number) || (stayed && state.used_by_only(number, &[state.new.root().number])))
    {
        state.explain(number, Role::Metadata);
        state.explain_length(&stream.dict, Role::Metadata);
        state.note(Grade::LongTerm, "metadata", None);
    }
}
