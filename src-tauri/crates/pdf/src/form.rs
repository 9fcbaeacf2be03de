//! Interactive form fields as generic objects (ISO 32000-2, 12.7).

use std::collections::HashSet;

use crate::error::PdfError;
use crate::file::PdfFile;
use crate::page::{Rect, rect};
use crate::raw::{Dict, ObjRef, Raw};

/// Nodes of one field tree.
const MAX_NODES: usize = 200_000;

/// Levels of one field tree.
const MAX_DEPTH: usize = 64;

/// Bytes of field dictionaries read on one walk, as a multiple of the file's length plus a constant.
const WORK_FACTOR: u64 = 16;
const WORK_FLOOR: u64 = 64 << 20;

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
            work: 0,
        };
        let roots = self.get_array(&dict, "Fields")?;
        for root in roots.into_iter().rev() {
            walk.push(root, None)?;
        }
        let mut fields = Vec::new();
        while let Some(index) = walk.open.pop() {
            fields.extend(walk.visit(index)?);
        }
        let sig_flags = self
            .get(&dict, "SigFlags")?
            .and_then(|v| v.as_integer())
            .unwrap_or(0);
        Ok(Some(Form {
            reference: catalog.reference("AcroForm"),
            dict,
            sig_flags,
            fields,
        }))
    }
}

#[derive(Clone, Default)]
struct Inherited {
    name: Option<String>,
    field_type: Option<String>,
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
            return Err(PdfError::Limit {
                what: "form field levels",
                limit: MAX_DEPTH as u64,
            });
        }
        if self.nodes.len() >= MAX_NODES {
            return Err(PdfError::Limit {
                what: "form fields",
                limit: MAX_NODES as u64,
            });
        }
        let dict = self.load(&value)?;
        let inherited = parent.map_or(Inherited::default(), |p| self.nodes[p].inherited.clone());
        self.nodes.push(Node {
            reference,
            dict,
            parent,
            depth,
            inherited,
        });
        self.open.push(self.nodes.len() - 1);
        Ok(())
    }

    fn load(&mut self, value: &Raw) -> Result<Option<Dict>, PdfError> {
        let value = self.file.resolve(value)?;
        self.work += value.bytes().len() as u64;
        let budget = self
            .file
            .len()
            .saturating_mul(WORK_FACTOR)
            .saturating_add(WORK_FLOOR);
        if self.work > budget {
            return Err(PdfError::Limit {
                what: "bytes of form fields",
                limit: budget,
            });
        }
        if value.is_dict() {
            Dict::parse(value).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The field at node `index`, when it is one to report; its child fields are queued.
    fn visit(&mut self, index: usize) -> Result<Option<Field>, PdfError> {
        let Some(dict) = self.nodes[index].dict.clone() else {
            return Ok(None);
        };
        let mut inherited = self.nodes[index].inherited.clone();
        if let Some(partial) = self.file.get(&dict, "T")?.and_then(|v| v.as_text()) {
            inherited.name = Some(
                inherited
                    .name
                    .map_or(partial.clone(), |above| format!("{above}.{partial}")),
            );
        }
        if let Some(field_type) = self.file.get(&dict, "FT")?.and_then(|v| v.as_name()) {
            inherited.field_type = Some(field_type);
        }
        let own_value = dict.get("V");
        inherited.value = own_value.clone().or(inherited.value);
        if let Some(flags) = self.file.get(&dict, "Ff")?.and_then(|v| v.as_integer()) {
            inherited.flags = flags;
        }
        self.nodes[index].inherited = inherited.clone();

        let first = self.open.len();
        let mut widgets = Vec::new();
        let mut child_fields = false;
        for kid in self.file.get_array(&dict, "Kids")? {
            let reference = kid.as_reference();
            match self.load(&kid)? {
                Some(kid_dict) if kid_dict.get("T").is_none() && kid_dict.get("Kids").is_none() => {
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
        let reference = self.nodes[index].reference;
        if dict.name("Subtype").as_deref() == Some("Widget")
            || (widgets.is_empty() && dict.get("Rect").is_some())
        {
            widgets.push(self.widget(reference, dict.clone())?);
        }
        Ok(Some(Field {
            name: inherited.name.unwrap_or_default(),
            reference,
            field_type: inherited.field_type,
            value: inherited.value,
            flags: inherited.flags,
            dict,
            widgets,
        }))
    }

    fn widget(&self, reference: Option<ObjRef>, dict: Dict) -> Result<Widget, PdfError> {
        Ok(Widget {
            reference,
            page: dict.reference("P"),
            rect: rect(self.file, &dict, "Rect")?,
            flags: self
                .file
                .get(&dict, "F")?
                .and_then(|v| v.as_integer())
                .unwrap_or(0),
            dict,
        })
    }
}
