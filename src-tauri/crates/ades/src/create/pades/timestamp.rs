//! Document time stamps (ISO 32000-2, 12.8.5; EN 319 142-1 §5.4.3): a token over the whole file in a field of its own.

use cartorio_pdf::{Field, PdfFile, Revision};

use super::access::{self, Needed};
use super::error::PadesError;
use super::field::Look;
use super::objects::SignatureBody;
use super::options::Dialect;
use super::prepared::PreparedPdf;
use super::{extensions, field};

/// The sub-filter of document time stamps (EN 319 142-1 §5.4.3), the same one in every dialect.
const SUB_FILTER: &str = "ETSI.RFC3161";

/// Puts a revision together with room for an RFC 3161 token of `contents_capacity` bytes over all of it.
/// [`PreparedPdf::digest`] is the imprint to ask for, [`PreparedPdf::finish`] takes the token.
///
/// No certification and no lock stands against it: a time stamp belongs to the evidence that ISO 32000-2 (12.8.2.2.2) allows
/// at every level. Add the evidence for everything that is in the file first ([`super::add_evidence`]).
///
/// # Errors
/// [`PadesError`]: the permissions of an encrypted document forbid it, or the file cannot be extended.
pub fn prepare_timestamp(
    file: &PdfFile,
    contents_capacity: usize,
    dialect: Dialect,
) -> Result<PreparedPdf, PadesError> {
    access::check(file, Needed::NewField)?;
    file.check_entries()?;
    let page = field::page(file, 0)?;
    let form = file.form()?;
    let fields = form.as_ref().map(|form| form.fields.as_slice()).unwrap_or_default();
    let mut revision = Revision::new(file);
    let signature = revision.allocate()?;
    let name = field::free_name(fields, "DocTimeStamp");
    let look = look(file, fields)?;
    let widget = field::add(&mut revision, &page, &name, signature, look, None)?;
    field::register(file, &mut revision, form.as_ref(), Some(widget))?;
    let mut root = revision.editor(file.root())?;
    let before = root.clone();
    extensions::declare(file, &file.catalog()?, &mut root)?;
    if root != before {
        revision.put(file.root(), root.into_bytes());
    }
    let body = SignatureBody::new("DocTimeStamp", dialect.timestamp_filter(), SUB_FILTER, contents_capacity, &[]);
    body.put(&mut revision, signature);
    PreparedPdf::new(file, revision.finish()?, signature, &body, name)
}

/// An appearance is what makes adding a field more than the maintenance of evidence to strict readers, even an empty one, and
/// that is all that certification at level 1 allows. So the new field shares the empty appearance that another field has, or
/// does without; only PDF/A-1 asks for one (ISO 19005-1, 6.9).
fn look(file: &PdfFile, fields: &[Field]) -> Result<Look<'static>, PadesError> {
    let invisible = |rect: Option<cartorio_pdf::Rect>| rect.is_some_and(|[a, b, c, d]| a == c || b == d);
    for widget in fields.iter().flat_map(|field| &field.widgets).filter(|widget| invisible(widget.rect)) {
        if let Some(form) = file.get_dict(&widget.dict, "AP")?.and_then(|appearance| appearance.reference("N"))
            && file.stream(form).is_ok()
        {
            return Ok(Look::EmptyAs(form));
        }
    }
    Ok(if is_pdf_a_1(file)? { Look::Empty } else { Look::Bare })
}

/// Whether the metadata claim conformance to PDF/A-1. Metadata that cannot be read claim nothing.
fn is_pdf_a_1(file: &PdfFile) -> Result<bool, PadesError> {
    let Some(metadata) = file.catalog()?.reference("Metadata") else {
        return Ok(false);
    };
    let Ok(xmp) = file.stream(metadata).and_then(|stream| file.decoded(&stream)) else {
        return Ok(false);
    };
    // As an element or as an attribute, in whichever quotes.
    let text = String::from_utf8_lossy(&xmp);
    let value = text
        .split("pdfaid:part")
        .nth(1)
        .map(|rest| rest.trim_start_matches([' ', '=', '\'', '"', '>', '\r', '\n', '\t']));
    Ok(value.is_some_and(|value| value.starts_with('1')))
}
