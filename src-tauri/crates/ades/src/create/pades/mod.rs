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

use std::collections::HashSet;

use cartorio_pdf::{DictEditor, Field, Form, ObjRef, Page, PdfFile, Revision};
use time::OffsetDateTime;

use objects::SignatureBody;

/// `SignaturesExist` and `AppendOnly` (ISO 32000-2, table 225).
const SIG_FLAGS: i64 = 3;

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
    file.check_entries()?;
    let (page, _) = file.first_page_and_count()?;
    let form = file.form()?;
    let fields = form
        .as_ref()
        .map(|form| form.fields.as_slice())
        .unwrap_or_default();
    let restrictions = permission::Restrictions::read(file, fields)?;
    let mut revision = Revision::new(file);
    let signature = revision.allocate()?;
    let place = match &options.field {
        FieldChoice::Existing(name) => {
            let (field, reference) = empty_field(file, fields, name)?;
            restrictions.check_existing(name)?;
            revision.edit(reference, |dict| {
                Ok::<_, PadesError>(dict.set("V", signature.to_string().as_bytes())?)
            })?;
            Place {
                name: name.clone(),
                new_widget: None,
                references: objects::lock_references(file, field)?,
            }
        }
        FieldChoice::New => {
            let name = free_name(fields);
            new_field(&mut revision, &restrictions, &page, name, signature)?
        }
        FieldChoice::NewNamed(name) => {
            if name.is_empty() || name.contains('.') {
                return Err(PadesError::FieldNameInvalid {
                    field: name.clone(),
                });
            }
            if fields.iter().any(|f| root_name(&f.name) == name) {
                return Err(PadesError::FieldNameTaken {
                    field: name.clone(),
                });
            }
            new_field(&mut revision, &restrictions, &page, name.clone(), signature)?
        }
    };
    register(file, &mut revision, form.as_ref(), place.new_widget)?;
    let body = SignatureBody::new(options, &place.references);
    revision.put(signature, body.bytes.clone());
    let tail = revision.finish()?;
    PreparedPdf::new(file, tail, signature, &body, place.name)
}

/// Where the signature goes.
struct Place {
    name: String,
    /// The widget to list in the form.
    new_widget: Option<ObjRef>,
    /// `/Reference` entries of the signature dictionary.
    references: Vec<u8>,
}

fn empty_field<'a>(
    file: &PdfFile,
    fields: &'a [Field],
    name: &str,
) -> Result<(&'a Field, ObjRef), PadesError> {
    let own = || name.to_owned();
    let field = fields
        .iter()
        .find(|f| f.name == name)
        .ok_or_else(|| PadesError::FieldNotFound { field: own() })?;
    if field.field_type.as_deref() != Some("Sig") {
        return Err(PadesError::FieldNotSignature { field: own() });
    }
    if let Some(value) = &field.value
        && !file.resolve(value)?.is_null()
    {
        return Err(PadesError::FieldAlreadySigned { field: own() });
    }
    objects::check_seed_value(file, field)?;
    let reference = field
        .reference
        .ok_or_else(|| PadesError::FieldNotEditable { field: own() })?;
    Ok((field, reference))
}

/// The first of `Signature1`, `Signature2`, … that no field has, not even as the root of its name.
fn free_name(fields: &[Field]) -> String {
    let taken: HashSet<&str> = fields.iter().map(|field| root_name(&field.name)).collect();
    let mut number = 1_u64;
    loop {
        let name = format!("Signature{number}");
        if !taken.contains(name.as_str()) {
            return name;
        }
        number += 1; // ends: there are fewer fields than numbers (cartorio-pdf bounds them)
    }
}

fn root_name(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// A widget merged with its field, on the first page: field, empty appearance, page annotation. The form is not touched.
fn new_field(
    revision: &mut Revision<'_>,
    restrictions: &permission::Restrictions,
    page: &Page,
    name: String,
    signature: ObjRef,
) -> Result<Place, PadesError> {
    restrictions.check_new(&name)?;
    let page = page.reference.ok_or(PadesError::PageNotEditable)?;
    let widget = revision.allocate()?;
    let appearance = revision.allocate()?;
    revision.put(
        widget,
        objects::invisible_widget(&name, signature, page, appearance),
    );
    revision.put_stream(
        appearance,
        b"/Type/XObject/Subtype/Form/BBox[0 0 0 0]/Resources<<>>",
        b"",
    );
    revision.push_to_array(page, "Annots", widget.to_string().as_bytes())?;
    Ok(Place {
        name,
        new_widget: Some(widget),
        references: Vec::new(),
    })
}

/// Lists a new field in the form and sets the signature flags, changing only the object that holds them.
fn register(
    file: &PdfFile,
    revision: &mut Revision<'_>,
    form: Option<&Form>,
    new_widget: Option<ObjRef>,
) -> Result<(), PadesError> {
    let widget = new_widget
        .map(|reference| reference.to_string())
        .unwrap_or_default();
    let Some(form) = form else {
        let value = format!("<</Fields[{widget}]/SigFlags {SIG_FLAGS}>>");
        return revision.edit(file.root(), |catalog| {
            Ok(catalog.set("AcroForm", value.as_bytes())?)
        });
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
        editor.set(
            "SigFlags",
            (form.sig_flags | SIG_FLAGS).to_string().as_bytes(),
        )?;
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
