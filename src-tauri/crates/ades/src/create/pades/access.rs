//! What the encryption of a document and its permissions allow (ISO 32000-2, 7.6.4.2, table 22).

use cartorio_pdf::PdfFile;

use super::error::{PadesError, Permission};

/// What a signature does to the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    /// Fills a signature field that is there.
    ExistingField,
    /// Adds a field to the form.
    NewField,
}

/// Refuses a cipher that nothing may be added with, and what the author of an encrypted document did not permit.
pub(super) fn check(file: &PdfFile, needed: Needed) -> Result<(), PadesError> {
    file.signable()?;
    let Some(facts) = file.encryption() else {
        return Ok(());
    };
    match needed {
        Needed::ExistingField if !facts.may_fill_fields() => Err(PadesError::Permission(Permission::SignFields)),
        Needed::NewField if !facts.may_create_fields() => Err(PadesError::Permission(Permission::AddFields)),
        Needed::ExistingField | Needed::NewField => Ok(()),
    }
}
