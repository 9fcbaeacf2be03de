//! Why a PDF is not signed.

use cartorio_core::Coded;
use cartorio_pdf::PdfError;

/// A signature on a PDF that is refused; nothing has been written.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PadesError {
    /// The file cannot be read or extended.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The document is certified with "no changes" (DocMDP P=1).
    #[error("the document is certified and allows no changes")]
    CertifiedNoChanges,
    /// The document is certified; existing signature fields may be signed, new ones may not be added (DocMDP P=2 or 3).
    #[error("the document is certified and allows no new signature field (level {level})")]
    CertifiedNoNewField {
        /// The DocMDP level, 2 or 3.
        level: u8,
    },
    /// An earlier signature locked the field.
    #[error("the field {field} is locked by the signature in {}", .by.0)]
    FieldLocked {
        /// The field to be signed.
        field: String,
        /// Who locked it.
        by: LockedBy,
    },
    /// There is no field with this name.
    #[error("the document has no field {field}")]
    FieldNotFound {
        /// The name asked for.
        field: String,
    },
    /// The field is no signature field.
    #[error("the field {field} is not a signature field")]
    FieldNotSignature {
        /// Its name.
        field: String,
    },
    /// The field is signed.
    #[error("the field {field} is already signed")]
    FieldAlreadySigned {
        /// Its name.
        field: String,
    },
    /// The field is written inside another object.
    #[error("the field {field} is not an object of its own")]
    FieldNotEditable {
        /// Its name.
        field: String,
    },
    /// The field demands something of its signature (a seed value) that is not supported.
    #[error("the field {field} demands {demand}, which this signature does not have")]
    SeedValue {
        /// Its name.
        field: String,
        /// The entry of the seed value dictionary.
        demand: String,
    },
    /// A name for a new field is empty or has a period in it.
    #[error("{field:?} cannot be the name of a field")]
    FieldNameInvalid {
        /// The name asked for.
        field: String,
    },
    /// A new field cannot have the name of another one.
    #[error("the document already has a field {field}")]
    FieldNameTaken {
        /// The name asked for.
        field: String,
    },
    /// The first page is written inside the page tree, so nothing can be added to it.
    #[error("the first page is not an object of its own")]
    PageNotEditable,
    /// The CMS does not fit: prepare again with more room, and sign again.
    #[error("the signature has {needed} bytes, and room for {available}")]
    ContainerTooSmall {
        /// Length of the CMS in bytes.
        needed: usize,
        /// Room that was prepared, in bytes.
        available: usize,
    },
    /// What was prepared cannot be found in its own bytes; a defect of this program.
    #[error("the signature placeholder is not where it should be")]
    Placeholder,
}

/// The signed field whose signature locks another one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LockedBy(pub String);

impl Coded for PadesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Pdf(error) => error.code(),
            Self::CertifiedNoChanges => "pdf_certified_no_changes",
            Self::CertifiedNoNewField { .. } => "pdf_certified_no_new_field",
            Self::FieldLocked { .. } => "pdf_field_locked",
            Self::FieldNotFound { .. } => "pdf_field_not_found",
            Self::FieldNotSignature { .. } => "pdf_field_not_signature",
            Self::FieldAlreadySigned { .. } => "pdf_field_already_signed",
            Self::FieldNotEditable { .. } => "pdf_field_not_editable",
            Self::SeedValue { .. } => "pdf_field_seed_value",
            Self::FieldNameInvalid { .. } => "pdf_field_name_invalid",
            Self::FieldNameTaken { .. } => "pdf_field_name_taken",
            Self::PageNotEditable => "pdf_page_not_editable",
            Self::ContainerTooSmall { .. } => "pdf_container_too_small",
            Self::Placeholder => "pdf_placeholder_lost",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Pdf(error) => error.params(),
            Self::CertifiedNoChanges | Self::PageNotEditable | Self::Placeholder => Vec::new(),
            Self::CertifiedNoNewField { level } => vec![("level", level.to_string())],
            Self::FieldLocked { field, by } => vec![("field", field.clone()), ("by", by.0.clone())],
            Self::SeedValue { field, demand } => {
                vec![("field", field.clone()), ("demand", demand.clone())]
            }
            Self::FieldNotFound { field }
            | Self::FieldNotSignature { field }
            | Self::FieldAlreadySigned { field }
            | Self::FieldNotEditable { field }
            | Self::FieldNameInvalid { field }
            | Self::FieldNameTaken { field } => vec![("field", field.clone())],
            Self::ContainerTooSmall { needed, available } => {
                vec![
                    ("needed", needed.to_string()),
                    ("available", available.to_string()),
                ]
            }
        }
    }
}
