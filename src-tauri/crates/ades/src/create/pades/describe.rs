//! The signature fields of a document, as a person may choose from them.

use std::collections::HashMap;

use cartorio_pdf::{Field, ObjRef, Page, PdfFile, Rect};

use super::access::{self, Needed};
use super::error::PadesError;
use super::options::PadesOptions;
use super::{field, permission, seed};

/// A signature field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldInfo {
    /// Fully qualified name, for [`super::FieldChoice::Existing`].
    pub name: String,
    /// The page that it shows on, from 0; `None` when it shows on none.
    pub page: Option<usize>,
    /// Where it shows, in default user space units; an area of zero shows nothing.
    pub rect: Option<Rect>,
    /// Whether it is signed.
    pub signed: bool,
    /// Why [`super::prepare`] would not sign it, whatever the signature is like.
    pub problem: Option<PadesError>,
    /// What the author of the form demands that the simplest signature does not have (its seed value): another one may.
    pub demand: Option<PadesError>,
}

/// The signature fields of `file`, in the order of the form.
///
/// # Errors
/// [`PadesError::Pdf`] when the form or the pages cannot be read.
pub fn describe_fields(file: &PdfFile) -> Result<Vec<FieldInfo>, PadesError> {
    let fields = file.form()?.map(|form| form.fields).unwrap_or_default();
    let restrictions = permission::Restrictions::read(file, &fields)?;
    let signatures: Vec<&Field> = fields.iter().filter(|f| f.field_type.as_deref() == Some("Sig")).collect();
    if signatures.is_empty() {
        return Ok(Vec::new());
    }
    let places = Places::read(file, &signatures)?;
    let mut out = Vec::new();
    for field in signatures {
        let problem = access::check(file, Needed::ExistingField)
            .and_then(|()| field::check_empty(file, field))
            .and_then(|_| restrictions.check_existing(&field.name))
            .err();
        let demand = if problem.is_none() { seed::check(file, field, &PadesOptions::default()).err() } else { None };
        // The widget with the largest area is the one that people see.
        let area = |rect: Option<Rect>| rect.map_or(-1.0, |[a, b, c, d]| ((c - a) * (d - b)).abs());
        let widget = field.widgets.iter().max_by(|a, b| area(a.rect).total_cmp(&area(b.rect)));
        out.push(FieldInfo {
            name: field.name.clone(),
            page: widget.and_then(|widget| places.page(widget.page, widget.reference)),
            rect: widget.and_then(|widget| widget.rect),
            signed: field::is_signed(file, field)?,
            problem,
            demand,
        });
    }
    Ok(out)
}

/// Which page an object is, or is listed on.
#[derive(Default)]
struct Places {
    pages: HashMap<ObjRef, usize>,
    annotations: HashMap<ObjRef, usize>,
}

impl Places {
    fn read(file: &PdfFile, fields: &[&Field]) -> Result<Self, PadesError> {
        let pages = file.pages()?;
        let numbered = |page: (usize, &Page)| page.1.reference.map(|reference| (reference, page.0));
        let mut out = Self { pages: pages.iter().enumerate().filter_map(numbered).collect(), ..Self::default() };
        // The lists of annotations are read only where a widget does not name its page: there may be very many.
        let lost = |page: Option<ObjRef>| page.is_none_or(|page| !out.pages.contains_key(&page));
        if fields.iter().flat_map(|field| &field.widgets).any(|widget| lost(widget.page)) {
            for (index, page) in pages.iter().enumerate() {
                for annotation in file.get_array(&page.dict, "Annots")? {
                    out.annotations.extend(annotation.as_reference().map(|reference| (reference, index)));
                }
            }
        }
        Ok(out)
    }

    fn page(&self, named: Option<ObjRef>, widget: Option<ObjRef>) -> Option<usize> {
        let named = named.and_then(|page| self.pages.get(&page));
        named.or_else(|| self.annotations.get(&widget?)).copied()
    }
}
