//! The page tree (ISO 32000-2, 7.7.3).

use crate::error::PdfError;
use crate::file::PdfFile;
use crate::raw::{Dict, ObjRef, Raw};

/// Nodes of one page tree.
const MAX_NODES: usize = 1_000_000;

/// Levels of one page tree. A binary tree over all nodes has twenty; writers of degenerate trees stay below this.
const MAX_DEPTH: usize = 256;

/// Page dictionaries read on one walk, in bytes, as a multiple of the file's length plus a constant: nested objects in a
/// hostile file could make every page as long as the file.
const WORK_FACTOR: u64 = 16;
const WORK_FLOOR: u64 = 64 << 20;

/// A rectangle in default user space units: lower left x, y, upper right x, y as written.
pub type Rect = [f64; 4];

/// One page with its inherited attributes.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page object; `None` for a dictionary written directly in `/Kids`, which nothing can refer to.
    pub reference: Option<ObjRef>,
    /// The page dictionary.
    pub dict: Dict,
    /// `/MediaBox`; required by the standard, absent in the wild.
    pub media_box: Option<Rect>,
    /// `/CropBox`.
    pub crop_box: Option<Rect>,
    /// `/Rotate` in degrees clockwise, 0 when absent.
    pub rotate: i64,
}

impl PdfFile {
    /// All pages in order.
    ///
    /// # Errors
    /// [`PdfError::NoPages`], [`PdfError::CircularPageTree`], [`PdfError::Limit`], or as [`PdfFile::object`].
    pub fn pages(&self) -> Result<Vec<Page>, PdfError> {
        let mut pages = Vec::new();
        self.walk_pages(|page| pages.push(page))?;
        Ok(pages)
    }

    /// How many pages there are, and the first one. Walks the whole tree, so a circular one is found, and keeps nothing.
    ///
    /// # Errors
    /// As [`PdfFile::pages`].
    pub fn first_page_and_count(&self) -> Result<(Page, usize), PdfError> {
        let (mut first, mut count) = (None, 0);
        self.walk_pages(|page| {
            count += 1;
            first.get_or_insert(page);
        })?;
        first.map(|page| (page, count)).ok_or(PdfError::NoPages)
    }

    fn walk_pages(&self, mut found: impl FnMut(Page)) -> Result<(), PdfError> {
        let catalog = self.catalog().map_err(|error| match error {
            PdfError::UnexpectedType { .. } => PdfError::NoPages,
            other => other,
        })?;
        let mut walk = Walk { file: self, nodes: Vec::new(), open: Vec::new(), work: 0 };
        walk.push(catalog.get("Pages").ok_or(PdfError::NoPages)?, None)?;
        let mut any = false;
        while let Some(index) = walk.open.pop() {
            if let Some(page) = walk.visit(index)? {
                found(page);
                any = true;
            }
        }
        if any { Ok(()) } else { Err(PdfError::NoPages) }
    }
}

#[derive(Clone, Default)]
struct Inherited {
    media_box: Option<Rect>,
    crop_box: Option<Rect>,
    rotate: Option<i64>,
}

struct Node {
    value: Raw,
    reference: Option<ObjRef>,
    parent: Option<usize>,
    depth: usize,
    inherited: Inherited,
}

struct Walk<'a> {
    file: &'a PdfFile,
    nodes: Vec<Node>,
    /// Nodes still to visit; the last one is next.
    open: Vec<usize>,
    work: u64,
}

impl Walk<'_> {
    fn push(&mut self, value: Raw, parent: Option<usize>) -> Result<(), PdfError> {
        let reference = value.as_reference();
        let mut above = parent;
        while let Some(index) = above {
            let node = &self.nodes[index];
            if let Some(reference) = reference.filter(|r| node.reference == Some(*r)) {
                return Err(PdfError::CircularPageTree(reference));
            }
            above = node.parent;
        }
        let (depth, inherited) =
            parent.map_or((0, Inherited::default()), |p| (self.nodes[p].depth + 1, self.nodes[p].inherited.clone()));
        if depth >= MAX_DEPTH {
            return Err(PdfError::Limit { what: "page tree levels", limit: MAX_DEPTH as u64 });
        }
        if self.nodes.len() >= MAX_NODES {
            return Err(PdfError::Limit { what: "page tree nodes", limit: MAX_NODES as u64 });
        }
        self.nodes.push(Node { value, reference, parent, depth, inherited });
        self.open.push(self.nodes.len() - 1);
        Ok(())
    }

    /// The page when node `index` is one; its children are queued when it is not.
    fn visit(&mut self, index: usize) -> Result<Option<Page>, PdfError> {
        let value = self.file.resolve(&self.nodes[index].value)?;
        self.work += value.weight() as u64;
        let budget = self.file.len().saturating_mul(WORK_FACTOR).saturating_add(WORK_FLOOR);
        if self.work > budget {
            return Err(PdfError::Limit { what: "bytes of page objects", limit: budget });
        }
        if !value.is_dict() {
            return Ok(None); // a dangling kid is no page
        }
        let dict = Dict::parse(value)?;
        let inherited = Inherited {
            media_box: self.rect(&dict, "MediaBox")?.or(self.nodes[index].inherited.media_box),
            crop_box: self.rect(&dict, "CropBox")?.or(self.nodes[index].inherited.crop_box),
            rotate: self.file.get(&dict, "Rotate")?.and_then(|v| v.as_integer()).or(self.nodes[index].inherited.rotate),
        };
        if dict.get("Kids").is_none() {
            return Ok(Some(Page {
                reference: self.nodes[index].reference,
                dict,
                media_box: inherited.media_box,
                crop_box: inherited.crop_box,
                rotate: inherited.rotate.unwrap_or(0),
            }));
        }
        self.nodes[index].inherited = inherited;
        let first = self.open.len();
        for kid in self.file.get_array(&dict, "Kids")? {
            self.push(kid, Some(index))?;
        }
        self.open[first..].reverse();
        Ok(None)
    }

    fn rect(&self, dict: &Dict, key: &str) -> Result<Option<Rect>, PdfError> {
        rect(self.file, dict, key)
    }
}

pub(crate) fn rect(file: &PdfFile, dict: &Dict, key: &str) -> Result<Option<Rect>, PdfError> {
    let items = file.get_array(dict, key)?;
    if items.len() != 4 {
        return Ok(None);
    }
    let mut out = [0.0; 4];
    for (slot, item) in out.iter_mut().zip(&items) {
        match file.resolve(item)?.as_number() {
            Some(number) => *slot = number,
            None => return Ok(None),
        }
    }
    Ok(Some(out))
}
