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
    /// An earlier signature locked the document for fields that it did not name (FieldMDP with All or Exclude).
    #[error("the document is locked for new fields by the signature in {}", .by.0)]
    NewFieldLocked {
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
    /// The field demands something of its signature (a seed value) that it does not have.
    #[error("the field {field} demands {demand}, which this signature does not have")]
    SeedValue {
        /// Its name.
        field: String,
        /// The entry of the seed value dictionary.
        demand: String,
        /// What it lists, with `; ` between; empty where it is no list of texts.
        accepted: String,
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
    /// The page is written inside the page tree, so nothing can be added to it.
    #[error("the page is not an object of its own")]
    PageNotEditable,
    /// There is no such page.
    #[error("there is no page {page}, the document has {pages}")]
    NoSuchPage {
        /// The page asked for, from 1.
        page: usize,
        /// How many there are.
        pages: usize,
    },
    /// A visible signature needs a rectangle with an area, in numbers that a page can have.
    #[error("the rectangle of the visible signature has no area or is out of any page")]
    AppearanceRect,
    /// Only the first signature of a document can certify it (ISO 32000-2, 12.8.2.2.1).
    #[error("the document has a signature already, and only the first one can certify it")]
    CertifyNotFirst,
    /// Certification has the levels 1 to 3.
    #[error("there is no certification level {level}")]
    CertifyLevel {
        /// The level asked for.
        level: u8,
    },
    /// A lock is part of a field, and a field that is there keeps the one that its author gave it.
    #[error("the field {field} exists, so no lock can be added to it")]
    LockOnExisting {
        /// Its name.
        field: String,
    },
    /// A lock names fields that the document does not have: it would lock nothing, or all but nothing.
    #[error("the document has no field {}, which the lock names", .fields.join(", "))]
    LockFieldNotFound {
        /// The names that are nobody's.
        fields: Vec<String>,
    },
    /// The document is encrypted, and its permissions do not allow this.
    #[error("the permissions of the document do not allow to {0}")]
    Permission(Permission),
    /// Evidence for long-term validation is not what it should be.
    #[error("the evidence cannot be stored: {reason}")]
    Evidence {
        /// What is wrong with it.
        reason: &'static str,
    },
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

/// What the permissions of an encrypted document do not allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Permission {
    /// To fill in form fields, signature fields included.
    SignFields,
    /// To add form fields.
    AddFields,
}

impl Permission {
    /// Its stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignFields => "sign_fields",
            Self::AddFields => "add_fields",
        }
    }
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SignFields => "sign existing fields",
            Self::AddFields => "add signature fields",
        })
    }
}

impl Coded for PadesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Pdf(error) => error.code(),
            Self::CertifiedNoChanges => "pdf_certified_no_changes",
            Self::CertifiedNoNewField { .. } => "pdf_certified_no_new_field",
            Self::FieldLocked { .. } => "pdf_field_locked",
            Self::NewFieldLocked { .. } => "pdf_new_field_locked",
            Self::FieldNotFound { .. } => "pdf_field_not_found",
            Self::FieldNotSignature { .. } => "pdf_field_not_signature",
            Self::FieldAlreadySigned { .. } => "pdf_field_already_signed",
            Self::FieldNotEditable { .. } => "pdf_field_not_editable",
            Self::SeedValue { .. } => "pdf_field_seed_value",
            Self::FieldNameInvalid { .. } => "pdf_field_name_invalid",
            Self::FieldNameTaken { .. } => "pdf_field_name_taken",
            Self::PageNotEditable => "pdf_page_not_editable",
            Self::NoSuchPage { .. } => "pdf_no_such_page",
            Self::AppearanceRect => "pdf_appearance_rect_invalid",
            Self::CertifyNotFirst => "pdf_certify_not_first",
            Self::CertifyLevel { .. } => "pdf_certify_level_invalid",
            Self::LockOnExisting { .. } => "pdf_lock_on_existing_field",
            Self::LockFieldNotFound { .. } => "pdf_lock_field_not_found",
            Self::Permission(_) => "pdf_permission_denied",
            Self::Evidence { .. } => "pdf_evidence_invalid",
            Self::ContainerTooSmall { .. } => "pdf_container_too_small",
            Self::Placeholder => "pdf_placeholder_lost",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Pdf(error) => error.params(),
            Self::CertifiedNoChanges
            | Self::PageNotEditable
            | Self::AppearanceRect
            | Self::CertifyNotFirst
            | Self::Placeholder => Vec::new(),
            Self::CertifiedNoNewField { level } | Self::CertifyLevel { level } => vec![("level", level.to_string())],
            Self::NoSuchPage { page, pages } => vec![("page", page.to_string()), ("pages", pages.to_string())],
            Self::Permission(permission) => vec![("permission", permission.code().to_owned())],
            Self::Evidence { reason } => vec![("reason", (*reason).to_owned())],
            Self::FieldLocked { field, by } => vec![("field", field.clone()), ("by", by.0.clone())],
            Self::NewFieldLocked { by } => vec![("by", by.0.clone())],
            Self::SeedValue { field, demand, accepted } => {
                vec![("field", field.clone()), ("demand", demand.clone()), ("accepted", accepted.clone())]
            }
            Self::FieldNotFound { field }
            | Self::FieldNotSignature { field }
            | Self::FieldAlreadySigned { field }
            | Self::FieldNotEditable { field }
            | Self::FieldNameInvalid { field }
            | Self::FieldNameTaken { field }
            | Self::LockOnExisting { field } => vec![("field", field.clone())],
            Self::LockFieldNotFound { fields } => vec![("fields", fields.join(", "))],
            Self::ContainerTooSmall { needed, available } => {
                vec![("needed", needed.to_string()), ("available", available.to_string())]
            }
        }
    }
}
