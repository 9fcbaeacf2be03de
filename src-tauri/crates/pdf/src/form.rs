//! Interactive form fields as generic objects (ISO 32000-2, 12.7).

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::PdfError;
use crate::file::PdfFile;
use crate::page::{Rect, rect};
use crate::raw::{Dict, ObjRef, Raw};

/// Fields of one form, terminal or not. The largest forms in use have a few thousand.
const MAX_FIELDS: usize = 20_000;

/// Widgets of all fields of one form together.
const MAX_WIDGETS: usize = 200_000;

/// Bytes of one fully qualified name. Every field below a name repeats it.
const MAX_NAME: usize = 4096;

/// Levels of one field tree.
const MAX_DEPTH: usize = 64;

/// Bytes of field dictionaries, arrays and names read or repeated on one walk, as a multiple of the file's length plus a
/// constant.
const WORK_FACTOR: u64 = 4;
const WORK_FLOOR: u64 = 32 << 20;

/// Looking at any object counts as this many bytes, however small it is.
const STEP: u64 = 128;

/// The interactive form of a document.
#[derive(Clone, Debug)]
pub struct Form {
    /// The form's own object; `None` when it is written directly in the catalog.
    pub reference: Option<ObjRef>,
    /// The form dictionary.
    pub dict: Dict,
    /// `/SigFlags`, 0 when absent.
    pub sig_flags: i64,
    /// Terminal fields, and non-terminal ones that carry a value of their own, in tree order.
    pub fields: Vec<Field>,
}

/// One form field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Fully qualified name: partial names joined by periods.
    pub name: String,
    /// The field object; `None` for a dictionary written directly in its parent's array.
    pub reference: Option<ObjRef>,
    /// `/FT`, inherited: `Tx`, `Btn`, `Ch` or `Sig`.
    pub field_type: Option<String>,
    /// `/V` as written, inherited, references not followed.
    pub value: Option<Raw>,
    /// `/Ff`, inherited, 0 when absent.
    pub flags: i64,
    /// The field dictionary.
    pub dict: Dict,
    /// The field's annotations; a field merged with its only one lists itself.
    pub widgets: Vec<Widget>,
}

/// Where a field shows.
#[derive(Clone, Debug)]
pub struct Widget {
    /// The annotation object.
    pub reference: Option<ObjRef>,
    /// `/P`, the page it says it is on.
    pub page: Option<ObjRef>,
    /// `/Rect`.
    pub rect: Option<Rect>,
    /// `/F`, annotation flags, 0 when absent.
    pub flags: i64,
    /// The annotation dictionary.
    pub dict: Dict,
}

impl PdfFile {
    /// The interactive form; `None` when the document has none.
    ///
    /// # Errors
    /// [`PdfError::CircularForm`], [`PdfError::Limit`], or as [`PdfFile::object`].
    pub fn form(&self) -> Result<Option<Form>, PdfError> {
        let catalog = self.catalog()?;
        let Some(dict) = self.get_dict(&catalog, "AcroForm")? else {
            return Ok(None);
        };
        let mut walk = Walk {
            file: self,
            nodes: Vec::new(),
            open: Vec::new(),
            seen: HashSet::new(),
            widgets_seen: HashSet::new(),
            widgets: 0,
            work: 0,
        };
        let roots = walk.array(&dict, "Fields")?;
        for root in roots.into_iter().rev() {
            walk.push(root, None)?;
        }
        let mut fields = Vec::new();
        while let Some(index) = walk.open.pop() {
            fields.extend(walk.visit(index)?);
        }
        let sig_flags = self.get(&dict, "SigFlags")?.and_then(|v| v.as_integer()).unwrap_or(0);
        Ok(Some(Form { reference: catalog.reference("AcroForm"), dict, sig_flags, fields }))
    }
}

#[derive(Clone, Default)]
struct Inherited {
    name: Option<Arc<str>>,
    field_type: Option<Arc<str>>,
    value: Option<Raw>,
    flags: i64,
}

struct Node {
    reference: Option<ObjRef>,
    dict: Option<Dict>,
    parent: Option<usize>,
    depth: usize,
    inherited: Inherited,
}

struct Walk<'a> {
    file: &'a PdfFile,
    nodes: Vec<Node>,
    open: Vec<usize>,
    seen: HashSet<ObjRef>,
    widgets_seen: HashSet<ObjRef>,
    widgets: usize,
    work: u64,
}

impl Walk<'_> {
    fn push(&mut self, value: Raw, parent: Option<usize>) -> Result<(), PdfError> {
        let reference = value.as_reference();
        let mut above = parent;
        while let Some(index) = above {
            let node = &self.nodes[index];
            if let Some(reference) = reference.filter(|r| node.reference == Some(*r)) {
                return Err(PdfError::CircularForm(reference));
            }
            above = node.parent;
        }
        if reference.is_some_and(|r| !self.seen.insert(r)) {
            return Ok(()); // listed twice: one field
        }
        let depth = parent.map_or(0, |p| self.nodes[p].depth + 1);
        if depth >= MAX_DEPTH {
            return Err(PdfError::Limit { what: "form field levels", limit: MAX_DEPTH as u64 });
        }
        if self.nodes.len() >= MAX_FIELDS {
            return Err(PdfError::Limit { what: "form fields", limit: MAX_FIELDS as u64 });
        }
        let dict = self.load(&value)?;
        let inherited = parent.map_or(Inherited::default(), |p| self.nodes[p].inherited.clone());
        self.nodes.push(Node { reference, dict, parent, depth, inherited });
        self.open.push(self.nodes.len() - 1);
        Ok(())
    }

    fn load(&mut self, value: &Raw) -> Result<Option<Dict>, PdfError> {
        let value = self.file.resolve(value)?;
        self.spend(value.weight())?;
        if value.is_dict() { Dict::parse(value).map(Some) } else { Ok(None) }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), PdfError> {
        self.work = self.work.saturating_add(bytes as u64 + STEP);
        let limit = self.file.len().saturating_mul(WORK_FACTOR).saturating_add(WORK_FLOOR);
        if self.work > limit {
            return Err(PdfError::Limit { what: "bytes of form fields", limit });
        }
        Ok(())
    }

    /// As [`PdfFile::get`], counted: a reference may lead every field to the same long object.
    fn get(&mut self, dict: &Dict, key: &str) -> Result<Option<Raw>, PdfError> {
        let value = self.file.get(dict, key)?;
        self.spend(value.as_ref().map_or(0, Raw::weight))?;
        Ok(value)
    }

    fn array(&mut self, dict: &Dict, key: &str) -> Result<Vec<Raw>, PdfError> {
        Ok(self.get(dict, key)?.and_then(|value| value.as_array()).unwrap_or_default())
    }

    /// The field at node `index`, when it is one to report; its child fields are queued.
    fn visit(&mut self, index: usize) -> Result<Option<Field>, PdfError> {
        let Some(dict) = self.nodes[index].dict.clone() else {
            return Ok(None);
        };
        let mut inherited = self.nodes[index].inherited.clone();
        if let Some(partial) = self.get(&dict, "T")?.and_then(|v| v.as_text()) {
            let full = match inherited.name {
                None => partial,
                Some(above) => format!("{above}.{partial}"),
            };
            if full.len() > MAX_NAME {
                return Err(PdfError::Limit { what: "bytes of a form field's name", limit: MAX_NAME as u64 });
            }
            inherited.name = Some(full.into());
        }
        if let Some(field_type) = self.get(&dict, "FT")?.and_then(|v| v.as_name()) {
            inherited.field_type = Some(field_type.into());
        }
        let own_value = dict.get("V");
        inherited.value = own_value.clone().or(inherited.value);
        if let Some(flags) = self.get(&dict, "Ff")?.and_then(|v| v.as_integer()) {
            inherited.flags = flags;
        }
        self.nodes[index].inherited = inherited.clone();

        let first = self.open.len();
        let mut widgets = Vec::new();
        let mut child_fields = false;
        for kid in self.array(&dict, "Kids")? {
            let reference = kid.as_reference();
            match self.load(&kid)? {
                Some(kid_dict) if kid_dict.get("T").is_none() && kid_dict.get("Kids").is_none() => {
                    if reference.is_some_and(|r| !self.widgets_seen.insert(r)) {
                        continue; // listed twice: one annotation
                    }
                    widgets.push(self.widget(reference, kid_dict)?);
                }
                Some(_) => {
                    child_fields = true;
                    self.push(kid, Some(index))?;
                }
                None => {}
            }
        }
        self.open[first..].reverse();
        if child_fields && own_value.is_none() {
            return Ok(None);
        }
        // What a field repeats of the names above it is work as well.
        self.spend(inherited.name.as_deref().map_or(0, str::len))?;
        self.spend(inherited.field_type.as_deref().map_or(0, str::len))?;
        let reference = self.nodes[index].reference;
        if dict.name("Subtype").as_deref() == Some("Widget") || (widgets.is_empty() && dict.get("Rect").is_some()) {
            widgets.push(self.widget(reference, dict.clone())?);
        }
        Ok(Some(Field {
            name: inherited.name.as_deref().unwrap_or_default().to_owned(),
            reference,
            field_type: inherited.field_type.as_deref().map(str::to_owned),
            value: inherited.value,
            flags: inherited.flags,
            dict,
            widgets,
        }))
    }

    fn widget(&mut self, reference: Option<ObjRef>, dict: Dict) -> Result<Widget, PdfError> {
        self.widgets += 1;
        if self.widgets > MAX_WIDGETS {
            return Err(PdfError::Limit { what: "form field annotations", limit: MAX_WIDGETS as u64 });
        }
        self.get(&dict, "Rect")?;
        Ok(Widget {
            reference,
            page: dict.reference("P"),
            rect: rect(self.file, &dict, "Rect")?,
            flags: self.get(&dict, "F")?.and_then(|v| v.as_integer()).unwrap_or(0),
            dict,
        })
    }
}
