//! What kind of thing an object of a PDF is, so that a change can be told without object numbers.

use std::collections::HashMap;

use cartorio_pdf::{Dict, ObjRef, PdfFile, Raw};

/// Revisions that are opened once more for the kinds of their objects; those beyond stay without.
const MAX_STATES: usize = 40;

/// Actions that run something, beside those that lead somewhere (ISO 32000-2, table 201).
const SCRIPTS: [&str; 3] = ["JavaScript", "Launch", "Rendition"];

/// What an object is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Kind {
    /// The kind, as a code.
    pub(super) code: &'static str,
    /// The page from 1 that it is, or belongs to.
    pub(super) page: Option<u32>,
    /// The name of a field, a font or an attachment.
    pub(super) name: Option<String>,
}

/// The objects of the revisions of a file.
pub(super) struct Objects<'a> {
    file: &'a PdfFile,
    /// Where the line of each `%%EOF` ends.
    ends: Vec<u64>,
    states: HashMap<usize, Option<State>>,
}

impl<'a> Objects<'a> {
    pub(super) fn of(file: &'a PdfFile) -> Self {
        Self { file, ends: file.revisions().iter().map(|own| own.line_end).collect(), states: HashMap::new() }
    }

    /// What `subject`, a reference as PDF writes it, is in `revision` (from 1), or was in the one before.
    pub(super) fn kind(&mut self, subject: &str, revision: usize) -> Option<Kind> {
        let reference = reference(subject)?;
        let mut of = |revision: usize| self.state(revision)?.kind(reference);
        of(revision).or_else(|| of(revision.checked_sub(1)?))
    }

    fn state(&mut self, revision: usize) -> Option<&State> {
        if self.states.len() >= MAX_STATES && !self.states.contains_key(&revision) {
            return None;
        }
        let end = *self.ends.get(revision.checked_sub(1)?)?;
        self.states.entry(revision).or_insert_with(|| Some(State::of(self.file.prefix(end).ok()?))).as_ref()
    }
}

/// One revision, with what its pages refer to.
struct State {
    file: PdfFile,
    places: HashMap<u32, (&'static str, u32)>,
}

impl State {
    fn of(file: PdfFile) -> Self {
        let mut places = HashMap::new();
        for (number, page) in (1..).zip(file.pages().unwrap_or_default()) {
            let mut put = |value: Option<&Raw>, code| {
                if let Some(own) = value.and_then(Raw::as_reference) {
                    places.entry(own.number).or_insert((code, number));
                }
            };
            for (key, code) in [("Contents", "page_content"), ("Annots", "annotations"), ("Resources", "resources")] {
                put(page.dict.get(key).as_ref(), code);
            }
            for (key, code) in [("Contents", "page_content"), ("Annots", "annotation")] {
                file.get_array(&page.dict, key).unwrap_or_default().iter().for_each(|own| put(Some(own), code));
            }
            if let Some(own) = page.reference {
                places.insert(own.number, ("page", number));
            }
        }
        Self { file, places }
    }

    fn kind(&self, reference: ObjRef) -> Option<Kind> {
        self.file.in_use(reference.number)?;
        let dict = self.file.object(reference).ok().and_then(|value| value.as_dict());
        let place = self.places.get(&reference.number).copied();
        let named = |code, name: Option<String>| Kind { code, page: place.map(|(_, page)| page), name };
        let Some(dict) = dict else {
            return Some(named(place.map_or("value", |(code, _)| code), None));
        };
        let text = |key: &str| self.file.get(&dict, key).ok().flatten().and_then(|own| own.as_text());
        // A widget is an annotation by its place, and a field to whoever reads.
        if dict.name("Subtype").as_deref() == Some("Widget") || (dict.get("FT").is_some() && dict.get("T").is_some()) {
            return Some(named("field", text("T").filter(|name| !name.is_empty())));
        }
        if let Some((code, _)) = place {
            return Some(named(code, None));
        }
        let code = of_dict(&dict);
        let name = match code {
            "font" => dict.name("BaseFont").or_else(|| dict.name("FontName")),
            "attachment" => text("UF").or_else(|| text("F")),
            "bookmark" => text("Title"),
            _ => None,
        };
        Some(named(code, name))
    }
}

/// The kind of a dictionary, or of the stream that it describes.
fn of_dict(dict: &Dict) -> &'static str {
    let is = |key: &str, all: &[&str]| dict.name(key).is_some_and(|own| all.contains(&own.as_str()));
    let has = |key: &str| dict.get(key).is_some();
    if is("Type", &["Page"]) {
        "page"
    } else if is("Type", &["Pages"]) {
        "pages"
    } else if is("Type", &["Catalog"]) {
        "catalog"
    } else if is("Type", &["Font", "FontDescriptor", "CMap", "Encoding"])
        || has("Length1")
        || is("Subtype", &["CIDFontType0C", "Type1C", "OpenType"])
    {
        "font"
    } else if is("Subtype", &["Image"]) {
        "image"
    } else if is("Subtype", &["Form"])
        || is("Type", &["XObject", "ExtGState", "Pattern"])
        || has("ShadingType")
        || has("PatternType")
        || has("FunctionType")
    {
        "drawing"
    } else if is("Type", &["Metadata"]) {
        "metadata"
    } else if is("Type", &["Sig", "DocTimeStamp"]) {
        "signature"
    } else if is("Type", &["Filespec", "F", "EmbeddedFile"]) {
        "attachment"
    } else if is("Type", &["Action"]) || has("S") && (has("JS") || has("URI") || has("D")) {
        if is("S", &SCRIPTS) { "script" } else { "action" }
    } else if is("Type", &["Outlines"]) || has("Title") && has("Parent") {
        "bookmark"
    } else if is("Type", &["StructTreeRoot", "StructElem"]) {
        "structure"
    } else if is("Type", &["OCG", "OCMD"]) {
        "layer"
    } else if is("Type", &["ObjStm", "XRef"]) {
        "container"
    } else if is("Type", &["DSS", "VRI"]) {
        "evidence"
    } else if is("Type", &["Annot"]) {
        "annotation"
    } else if has("Fields") {
        "form"
    } else if has("Font") || has("ProcSet") || has("XObject") {
        "resources"
    } else {
        "value"
    }
}

/// `12 0 R`.
fn reference(text: &str) -> Option<ObjRef> {
    let mut parts = text.split(' ');
    let (number, generation) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (parts.next() == Some("R") && parts.next().is_none()).then_some(ObjRef { number, generation })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn only_references_are_objects() {
        assert_eq!(reference("59 0 R"), Some(ObjRef::new(59)));
        for text in ["Contents", "59 0", "59 0 R ", "x 0 R", "", "59  0 R", "Comprador"] {
            assert_eq!(reference(text), None, "{text}");
        }
    }
}
