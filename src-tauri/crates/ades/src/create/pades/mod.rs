//! PAdES B-B (EN 319 142-1 §6): a revision with a signature dictionary, in a new invisible field or an existing empty one.
//!
//! [`prepare`] → [`PreparedPdf::digest`] → a CMS over that digest ([`super::cms`]) → [`PreparedPdf::finish`] →
//! [`SignedPdf::write_to`]. The original bytes are an exact prefix of the result, so earlier signatures stay what they were.

mod error;
mod objects;
mod permission;
mod prepared;

pub use error::{LockedBy, PadesError};
pub use prepared::{PreparedPdf, SignedPdf};

use cartorio_pdf::{Field, Form, ObjRef, PdfFile, Revision};
use time::OffsetDateTime;

use objects::SignatureBody;

/// What goes into the signature dictionary and where it goes.
#[derive(Clone, Debug, Default)]
pub struct PadesOptions {
    /// `/M`, the claimed time, in its own zone. PAdES claims the time here and not in the CMS.
    pub signing_time: Option<OffsetDateTime>,
    /// `/Name`, the signer. Readers that show the certificate's name instead ignore it.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// `/ContactInfo`.
    pub contact: Option<String>,
    /// The field to sign.
    pub field: FieldChoice,
    /// Room for the CMS, in bytes; the file grows by twice as much. Size it by a dry run of the CMS.
    pub contents_capacity: usize,
}

/// The field that carries the signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FieldChoice {
    /// A new invisible field on the first page, with a name made here: `Signature1`, `Signature2`, …
    #[default]
    New,
    /// A new invisible field with this name.
    NewNamed(String),
    /// An empty signature field that the document has, by its fully qualified name.
    Existing(String),
}

/// Puts the revision together, with room for the CMS. Nothing is written anywhere.
///
/// # Errors
/// [`PadesError`]: the document's permissions forbid the signature, the field cannot be signed, or the file cannot be
/// extended.
pub fn prepare(file: &PdfFile, options: &PadesOptions) -> Result<PreparedPdf, PadesError> {
    let form = file.form()?;
    let fields = form.as_ref().map(|form| form.fields.as_slice()).unwrap_or_default();
    let restrictions = permission::Restrictions::read(file, fields)?;
    let mut revision = Revision::new(file);
    let signature = revision.allocate()?;
    let (name, references) = match &options.field {
        FieldChoice::Existing(name) => {
            let (field, reference) = empty_field(file, fields, name)?;
            restrictions.check_existing(name)?;
            revision.edit(reference, |dict| Ok::<_, PadesError>(dict.set("V", signature.to_string().as_bytes())?))?;
            (name.clone(), objects::lock_references(file, field)?)
        }
        FieldChoice::New => {
            let name = free_name(fields);
            restrictions.check_new(&name)?;
            add_field(file, &mut revision, &name, signature)?;
            (name, Vec::new())
        }
        FieldChoice::NewNamed(name) => {
            if name.is_empty() || name.contains('.') {
                return Err(PadesError::FieldNameInvalid { field: name.clone() });
            }
            if fields.iter().any(|f| clashes(&f.name, name)) {
                return Err(PadesError::FieldNameTaken { field: name.clone() });
            }
            restrictions.check_new(name)?;
            add_field(file, &mut revision, name, signature)?;
            (name.clone(), Vec::new())
        }
    };
    register(file, &mut revision, form.as_ref(), &options.field)?;
    let body = SignatureBody::new(options, &references);
    revision.put(signature, body.bytes.clone());
    let tail = revision.finish()?;
    PreparedPdf::new(file, tail, signature, &body, name)
}

fn empty_field<'a>(file: &PdfFile, fields: &'a [Field], name: &str) -> Result<(&'a Field, ObjRef), PadesError> {
    let own = || name.to_owned();
    let field = fields.iter().find(|f| f.name == name).ok_or_else(|| PadesError::FieldNotFound { field: own() })?;
    if field.field_type.as_deref() != Some("Sig") {
        return Err(PadesError::FieldNotSignature { field: own() });
    }
    if let Some(value) = &field.value
        && !file.resolve(value)?.is_null()
    {
        return Err(PadesError::FieldAlreadySigned { field: own() });
    }
    objects::check_seed_value(file, field)?;
    let reference = field.reference.ok_or_else(|| PadesError::FieldNotEditable { field: own() })?;
    Ok((field, reference))
}

/// The first of `Signature1`, `Signature2`, … that no field has, not even as the root of its name.
fn free_name(fields: &[Field]) -> String {
    let mut number = 1_u32;
    loop {
        let name = format!("Signature{number}");
        if !fields.iter().any(|f| clashes(&f.name, &name)) {
            return name;
        }
        number += 1; // ends: there are fewer fields than numbers (cartorio-pdf bounds them)
    }
}

fn clashes(existing: &str, name: &str) -> bool {
    existing.split('.').next() == Some(name)
}

/// A widget merged with its field, on the first page: field, empty appearance, page annotation. The form is not touched.
fn add_field(file: &PdfFile, revision: &mut Revision<'_>, name: &str, signature: ObjRef) -> Result<(), PadesError> {
    let page = file.first_page()?.reference.ok_or(PadesError::PageNotEditable)?;
    let widget = revision.allocate()?;
    let appearance = revision.allocate()?;
    revision.put(widget, objects::invisible_widget(name, signature, page, appearance));
    revision.put_stream(appearance, b"/Type/XObject/Subtype/Form/BBox[0 0 0 0]/Resources<<>>", b"");
    revision.push_to_array(page, "Annots", widget.to_string().as_bytes())?;
    Ok(())
}

/// Lists a new field in the form and sets the signature flags, changing only the object that holds them.
fn register(
    file: &PdfFile,
    revision: &mut Revision<'_>,
    form: Option<&Form>,
    choice: &FieldChoice,
) -> Result<(), PadesError> {
    // The widget is the second object that this revision allocates (see `add_field`).
    let widget = match choice {
        FieldChoice::Existing(_) => None,
        FieldChoice::New | FieldChoice::NewNamed(_) => Some(objects::second_new(file)?),
    };
    let widget = widget.map(|reference| reference.to_string());
    let Some(form) = form else {
        let widget = widget.unwrap_or_default();
        let value = format!("<</Fields[{widget}]/SigFlags 3>>");
        revision.edit(file.root(), |catalog| Ok::<_, PadesError>(catalog.set("AcroForm", value.as_bytes())?))?;
        return Ok(());
    };
    let mut editor = match form.reference {
        Some(reference) => revision.editor(reference)?,
        None => cartorio_pdf::DictEditor::new(form.dict.raw().bytes())?,
    };
    let before = editor.bytes().to_vec();
    if let Some(widget) = &widget
        && let Some(array) = revision.push_in(&mut editor, "Fields", widget.as_bytes())?
    {
        revision.push_to_object(array, widget.as_bytes())?;
    }
    if form.sig_flags & 3 != 3 {
        editor.set("SigFlags", (form.sig_flags | 3).to_string().as_bytes())?;
    }
    if editor.bytes() == before {
        return Ok(());
    }
    match form.reference {
        Some(reference) => revision.put(reference, editor.into_bytes()),
        None => revision
            .edit(file.root(), |catalog| Ok::<_, PadesError>(catalog.set("AcroForm", editor.bytes())?))?,
    }
    Ok(())
}
