//! The field of a signature: one that is there, or a new one on a page.

use std::collections::HashSet;

use cartorio_pdf::{DictEditor, Field, Form, ObjRef, Page, PdfFile, Rect, Revision};

use super::error::PadesError;
use super::objects;
use super::options::{Appearance, FieldLock};

/// `SignaturesExist` and `AppendOnly` (ISO 32000-2, table 225).
const SIG_FLAGS: i64 = 3;

/// No coordinate of a page is further out than this: 200 inches at the largest user unit would be 14400.
const FAR: f64 = 1_000_000.0;

/// The empty signature field `name`, which is an object of its own.
pub(super) fn empty<'a>(file: &PdfFile, fields: &'a [Field], name: &str) -> Result<(&'a Field, ObjRef), PadesError> {
    let field =
        fields.iter().find(|f| f.name == name).ok_or_else(|| PadesError::FieldNotFound { field: name.to_owned() })?;
    Ok((field, check_empty(file, field)?))
}

/// The object of `field`, when it is an empty signature field.
pub(super) fn check_empty(file: &PdfFile, field: &Field) -> Result<ObjRef, PadesError> {
    let own = || field.name.clone();
    if field.field_type.as_deref() != Some("Sig") {
        return Err(PadesError::FieldNotSignature { field: own() });
    }
    if is_signed(file, field)? {
        return Err(PadesError::FieldAlreadySigned { field: own() });
    }
    field.reference.ok_or_else(|| PadesError::FieldNotEditable { field: own() })
}

/// Whether a signature field has a value.
pub(super) fn is_signed(file: &PdfFile, field: &Field) -> Result<bool, PadesError> {
    match &field.value {
        Some(value) => Ok(!file.resolve(value)?.is_null()),
        None => Ok(false),
    }
}

/// Signs `field`: its value, and what its widgets show.
pub(super) fn fill(
    revision: &mut Revision<'_>,
    field: &Field,
    reference: ObjRef,
    signature: ObjRef,
    appearance: Option<&Appearance>,
) -> Result<(), PadesError> {
    revision.edit(reference, |dict| Ok::<_, PadesError>(dict.set("V", signature.to_string().as_bytes())?))?;
    let Some(appearance) = appearance else {
        return Ok(());
    };
    let form = revision.draw(&appearance.drawing)?;
    let own = field.widgets.iter().filter_map(|widget| widget.reference);
    // A field without widgets shows nowhere, and a widget inside its field's array has no object to edit.
    for widget in own {
        revision.edit(widget, |dict| Ok::<_, PadesError>(dict.set("AP", format!("<</N {form}>>").as_bytes())?))?;
    }
    Ok(())
}

/// What a new widget shows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look<'a> {
    /// A drawing in a rectangle.
    Drawn(&'a Appearance),
    /// Nothing, by an appearance of its own that is empty: PDF/A asks for one.
    Empty,
    /// Nothing, by the empty appearance of another widget.
    EmptyAs(ObjRef),
    /// Nothing, without an appearance.
    Bare,
}

/// A widget merged with its field on `page`: appearance, lock, page annotation. The form is not touched.
pub(super) fn add(
    revision: &mut Revision<'_>,
    page: &Page,
    name: &str,
    signature: ObjRef,
    look: Look<'_>,
    lock: Option<&FieldLock>,
) -> Result<ObjRef, PadesError> {
    let page = page.reference.ok_or(PadesError::PageNotEditable)?;
    let widget = revision.allocate()?;
    let (rect, form) = match look {
        Look::Drawn(appearance) => (visible_rect(appearance.rect)?, Some(revision.draw(&appearance.drawing)?)),
        Look::Empty => {
            let form = revision.allocate()?;
            revision.put_stream(form, b"/Type/XObject/Subtype/Form/BBox[0 0 0 0]/Resources<<>>", b"");
            ([0.0; 4], Some(form))
        }
        Look::EmptyAs(form) => ([0.0; 4], Some(form)),
        Look::Bare => ([0.0; 4], None),
    };
    // The standard wants the lock to be an object of its own (table 235).
    let lock = match lock {
        Some(lock) => {
            let reference = revision.allocate()?;
            revision.put(reference, objects::lock(lock));
            Some(reference)
        }
        None => None,
    };
    revision.put(widget, objects::widget(name, rect, signature, page, form, lock));
    revision.push_to_array(page, "Annots", widget.to_string().as_bytes())?;
    Ok(widget)
}

/// Page `index`, from 0.
pub(super) fn page(file: &PdfFile, index: usize) -> Result<Page, PadesError> {
    let (first, pages) = file.first_page_and_count()?;
    if index == 0 {
        return Ok(first);
    }
    let missing = PadesError::NoSuchPage { page: index.saturating_add(1), pages };
    if index >= pages { Err(missing) } else { file.pages()?.into_iter().nth(index).ok_or(missing) }
}

/// The first of `{stem}1`, `{stem}2`, … that no field has, not even as the root of its name.
pub(super) fn free_name(fields: &[Field], stem: &str) -> String {
    let taken: HashSet<&str> = fields.iter().map(|field| root_name(&field.name)).collect();
    let mut number = 1_u64;
    loop {
        let name = format!("{stem}{number}");
        if !taken.contains(name.as_str()) {
            return name;
        }
        number += 1; // ends: there are fewer fields than numbers (cartorio-pdf bounds them)
    }
}

/// A name that a new field can have.
pub(super) fn check_name(fields: &[Field], name: &str) -> Result<(), PadesError> {
    let field = || name.to_owned();
    if name.is_empty() || name.contains('.') {
        return Err(PadesError::FieldNameInvalid { field: field() });
    }
    if fields.iter().any(|f| root_name(&f.name) == name) {
        return Err(PadesError::FieldNameTaken { field: field() });
    }
    Ok(())
}

/// A lock names fields of the document, or what several of them are under. Any other name is a slip: nobody would notice that nothing was
/// locked by it, or that everything was.
pub(super) fn check_lock(fields: &[Field], lock: &FieldLock) -> Result<(), PadesError> {
    let names = match lock {
        FieldLock::All => return Ok(()),
        FieldLock::Include(names) | FieldLock::Exclude(names) => names,
    };
    let is_there = |name: &String| fields.iter().any(|field| is_or_is_under(&field.name, name));
    let missing: Vec<String> = names.iter().filter(|name| !is_there(name)).cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(PadesError::LockFieldNotFound { fields: missing }) }
}

/// Whether the field `name` is `other`, or below it.
pub(super) fn is_or_is_under(name: &str, other: &str) -> bool {
    name.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Lists a new field in the form and sets the signature flags, changing only the object that holds them.
pub(super) fn register(
    file: &PdfFile,
    revision: &mut Revision<'_>,
    form: Option<&Form>,
    new_widget: Option<ObjRef>,
) -> Result<(), PadesError> {
    let widget = new_widget.map(|reference| reference.to_string()).unwrap_or_default();
    let Some(form) = form else {
        let value = format!("<</Fields[{widget}]/SigFlags {SIG_FLAGS}>>");
        return revision.edit(file.root(), |catalog| Ok(catalog.set("AcroForm", value.as_bytes())?));
    };
    let mut editor = match form.reference {
        Some(reference) => revision.editor(reference)?,
        None => DictEditor::new(form.dict.raw().bytes())?,
    };
    let before = editor.bytes().to_vec();
    if new_widget.is_some()
        && let Some(array) = revision.push_in(&mut editor, "Fields", widget.as_bytes())?
    {
        revision.push_to_object(array, widget.as_bytes())?;
    }
    if form.sig_flags & SIG_FLAGS != SIG_FLAGS {
        editor.set("SigFlags", (form.sig_flags | SIG_FLAGS).to_string().as_bytes())?;
    }
    if editor.bytes() == before {
        return Ok(());
    }
    match form.reference {
        Some(reference) => revision.put(reference, editor.into_bytes()),
        None => revision.edit(file.root(), |catalog| {
            catalog.set("AcroForm", editor.bytes())?;
            Ok::<_, PadesError>(())
        })?,
    }
    Ok(())
}

/// Lower left before upper right, and with an area.
fn visible_rect([a, b, c, d]: Rect) -> Result<Rect, PadesError> {
    let rect = [a.min(c), b.min(d), a.max(c), b.max(d)];
    let sound = rect.iter().all(|value| value.is_finite() && value.abs() <= FAR);
    if sound && rect[2] - rect[0] >= 1.0 && rect[3] - rect[1] >= 1.0 {
        Ok(rect)
    } else {
        Err(PadesError::AppearanceRect)
    }
}

fn root_name(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}
