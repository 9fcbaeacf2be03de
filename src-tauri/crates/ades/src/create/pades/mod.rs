//! PAdES (EN 319 142-1): signatures, time stamps and evidence in revisions at the end of a PDF.
//!
//! A signature: [`prepare`] → [`PreparedPdf::digest`] → a CMS over that digest ([`super::cms`]) → [`PreparedPdf::finish`].
//! Evidence for long-term validation: [`add_evidence`]. A document time stamp: [`prepare_timestamp`], and a token instead of
//! the CMS. Each gives an [`Increment`]: the original bytes are an exact prefix of the result, so earlier signatures stay what
//! they were.

mod access;
mod describe;
mod dss;
mod error;
mod evidence;
mod extensions;
mod field;
mod increment;
mod objects;
mod options;
mod permission;
mod prepared;
mod reference;
mod seed;
mod seed_certificate;
mod stored;
mod timestamp;

pub use describe::{FieldInfo, describe_fields};
pub use error::{LockedBy, PadesError, Permission};
pub use evidence::{PolicyArtifacts, ValidationData, Vri, add_evidence};
pub use increment::{Increment, SignedPdf};
pub use options::{Appearance, Certify, Dialect, FieldChoice, FieldLock, Goal, PadesOptions};
pub use prepared::PreparedPdf;
pub use stored::{Stored, stored};
pub use timestamp::prepare_timestamp;

use cartorio_pdf::{DictEditor, Field, ObjRef, PdfFile, Revision, encode_date, encode_text};

use access::Needed;
use field::Look;
use objects::SignatureBody;
use reference::References;

/// Puts the revision together, with room for the CMS. Nothing is written anywhere.
///
/// # Errors
/// [`PadesError`]: the document's permissions forbid the signature, the field cannot be signed, or the file cannot be
/// extended.
pub fn prepare(file: &PdfFile, options: &PadesOptions) -> Result<PreparedPdf, PadesError> {
    let needed = match options.field {
        FieldChoice::New | FieldChoice::NewNamed(_) => Needed::NewField,
        FieldChoice::Existing(_) => Needed::ExistingField,
    };
    access::check(file, needed)?;
    if options.goal == Goal::Archived {
        // What prepare_timestamp asks for later, when the key and an authority have been asked.
        access::check(file, Needed::NewField)?;
    }
    file.check_entries()?;
    let form = file.form()?;
    let fields = form.as_ref().map(|form| form.fields.as_slice()).unwrap_or_default();
    let restrictions = permission::Restrictions::read(file, fields)?;
    let mut revision = Revision::new(file);
    let signature = revision.allocate()?;
    let mut references = References::default();
    let (name, new_widget) = match &options.field {
        FieldChoice::Existing(name) => {
            file.first_page_and_count()?;
            fill(file, &mut revision, fields, &restrictions, (name, signature), options, &mut references)?;
            (name.clone(), None)
        }
        FieldChoice::New => {
            let name = field::free_name(fields, "Signature");
            let widget =
                add(file, &mut revision, (fields, &restrictions), (&name, signature), options, &mut references)?;
            (name, Some(widget))
        }
        FieldChoice::NewNamed(name) => {
            field::check_name(fields, name)?;
            let widget =
                add(file, &mut revision, (fields, &restrictions), (name, signature), options, &mut references)?;
            (name.clone(), Some(widget))
        }
    };
    field::register(file, &mut revision, form.as_ref(), new_widget)?;
    if let Some(certify) = options.certify {
        if !(1..=3).contains(&certify.level) {
            return Err(PadesError::CertifyLevel { level: certify.level });
        }
        restrictions.check_certify()?;
        references.certify(certify);
        register_certification(file, &mut revision, signature)?;
    }
    let entries = [texts(options), references.entry(file.root())].concat();
    let (filter, sub_filter) = (options.dialect.filter(), options.dialect.sub_filter());
    let body = SignatureBody::new("Sig", filter, sub_filter, options.contents_capacity, &entries);
    body.put(&mut revision, signature);
    PreparedPdf::new(file, revision.finish()?, signature, &body, name)
}

/// Signs the empty field `name`.
fn fill(
    file: &PdfFile,
    revision: &mut Revision<'_>,
    fields: &[Field],
    restrictions: &permission::Restrictions,
    (name, signature): (&str, ObjRef),
    options: &PadesOptions,
    references: &mut References,
) -> Result<(), PadesError> {
    let (field, reference) = field::empty(file, fields, name)?;
    seed::check(file, field, options)?;
    restrictions.check_existing(name)?;
    if options.lock.is_some() {
        return Err(PadesError::LockOnExisting { field: name.to_owned() });
    }
    references.lock_of(file, field)?;
    field::fill(revision, field, reference, signature, options.appearance.as_ref())
}

/// Adds a field `name` with the signature.
fn add(
    file: &PdfFile,
    revision: &mut Revision<'_>,
    (fields, restrictions): (&[Field], &permission::Restrictions),
    (name, signature): (&str, ObjRef),
    options: &PadesOptions,
    references: &mut References,
) -> Result<ObjRef, PadesError> {
    let page = field::page(file, options.appearance.as_ref().map_or(0, |appearance| appearance.page))?;
    restrictions.check_new(name)?;
    if let Some(lock) = &options.lock {
        field::check_lock(fields, lock)?;
        references.lock(lock);
    }
    let look = options.appearance.as_ref().map_or(Look::Empty, Look::Drawn);
    field::add(revision, &page, name, signature, look, options.lock.as_ref())
}

/// `/Perms` of the catalog, which makes the signature the one that certifies (ISO 32000-2, 12.8.6).
fn register_certification(file: &PdfFile, revision: &mut Revision<'_>, signature: ObjRef) -> Result<(), PadesError> {
    let catalog = file.catalog()?;
    let value = signature.to_string();
    if let Some(object) = catalog.reference("Perms").filter(|object| file.dict(*object).is_ok()) {
        return revision.edit(object, |perms| Ok(perms.set("DocMDP", value.as_bytes())?));
    }
    let mut perms = match catalog.get("Perms").filter(|perms| perms.is_dict()) {
        Some(perms) => DictEditor::new(perms.bytes())?,
        None => DictEditor::new(b"<<>>")?,
    };
    perms.set("DocMDP", value.as_bytes())?;
    revision.edit(file.root(), |root| Ok(root.set("Perms", perms.bytes())?))
}

/// The claims in the signature dictionary.
fn texts(options: &PadesOptions) -> Vec<u8> {
    let time = options.signing_time.map(encode_date);
    let texts = [
        ("/M", &time),
        ("/Name", &options.name),
        ("/Reason", &options.reason),
        ("/Location", &options.location),
        ("/ContactInfo", &options.contact),
    ];
    let mut out = Vec::new();
    for (key, text) in texts {
        if let Some(text) = text {
            out.extend_from_slice(key.as_bytes());
            out.extend(encode_text(text));
        }
    }
    out
}
