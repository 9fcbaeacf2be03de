//! What is stored in the signature fields of a file: the subjects of evidence.

use std::collections::HashSet;

use cartorio_pdf::{PdfError, PdfFile};

use super::error::PadesError;

/// Signatures and time stamps of one file. More than any document has.
const MAX_STORED: usize = 1000;

/// A signature or time stamp of a file, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The field, by its fully qualified name.
    pub field: String,
    /// `/Contents` decoded, padding included: for [`super::Vri::contents`]. The CMS is the first DER structure in it.
    pub contents: Vec<u8>,
    /// Whether it is a document time stamp.
    pub timestamp: bool,
}

/// The signatures and time stamps of `file`, in the order of the form, each once.
///
/// # Errors
/// [`PadesError::Pdf`] when the form cannot be read.
pub fn stored(file: &PdfFile) -> Result<Vec<Stored>, PadesError> {
    let fields = file.form()?.map(|form| form.fields).unwrap_or_default();
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for field in fields.iter().filter(|f| f.field_type.as_deref() == Some("Sig")) {
        let Some(value) = &field.value else { continue };
        if value.as_reference().is_some_and(|reference| !seen.insert(reference)) {
            continue;
        }
        let Some(dict) = file.resolve_dict(value)? else { continue };
        if out.len() >= MAX_STORED {
            return Err(PdfError::Limit { what: "signatures", limit: MAX_STORED as u64 }.into());
        }
        let entries = file.signature_entries(dict)?;
        let timestamp = entries.kind.as_deref() == Some("DocTimeStamp")
            || (entries.kind.is_none() && entries.sub_filter.as_deref() == Some("ETSI.RFC3161"));
        if let Some(contents) = entries.contents.filter(|contents| !contents.is_empty()) {
            out.push(Stored { field: field.name.clone(), contents, timestamp });
        }
    }
    Ok(out)
}
