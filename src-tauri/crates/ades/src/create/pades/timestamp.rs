//! Document time stamps (ISO 32000-2, 12.8.5; EN 319 142-1 §5.4.3): a token over the whole file in a field of its own.

use cartorio_pdf::{PdfFile, Revision};

use super::access::{self, Needed};
use super::error::PadesError;
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
    file.check_entries()?;
    access::check(file, Needed::NewField)?;
    let page = field::page(file, 0)?;
    let form = file.form()?;
    let fields = form.as_ref().map(|form| form.fields.as_slice()).unwrap_or_default();
    let mut revision = Revision::new(file);
    let signature = revision.allocate()?;
    let name = field::free_name(fields, "DocTimeStamp");
    let widget = field::add(&mut revision, &page, &name, signature, None, None)?;
    field::register(file, &mut revision, form.as_ref(), Some(widget))?;
    let mut root = revision.editor(file.root())?;
    let before = root.clone();
    extensions::declare(file, &file.catalog()?, &mut root)?;
    if root != before {
        revision.put(file.root(), root.into_bytes());
    }
    let body =
        SignatureBody::new("DocTimeStamp", dialect.timestamp_filter(), SUB_FILTER, contents_capacity, &[]);
    body.put(&mut revision, signature);
    PreparedPdf::new(file, revision.finish()?, signature, &body, name)
}
