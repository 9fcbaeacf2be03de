//! What a use case fails with. Errors of the lower crates keep their own codes.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use cartorio_core::{Coded, Retry, Severity, WireError};
use cartorio_keys::{KeyError, KeyRefError};
use cartorio_pki::ca::CaError;
use cartorio_registry::RegistryError;

use crate::dto::Permission;
use crate::output::folder_of;

/// Result of a use case.
pub type OfficeResult<T> = Result<T, OfficeError>;

/// A failed use case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfficeError {
    /// A key operation failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// An error of a format crate (PDF, CMS, certificates, P12), already in its wire form.
    #[error("{}", .0.detail)]
    Format(WireError),
    /// The operator's role does not allow it.
    #[error("this operator may not do that ({permission:?})")]
    NotPermitted {
        /// What would be needed.
        permission: Permission,
    },
    /// It needs a second person, and approvals are not part of this environment.
    #[error("{act} needs the approval of a second person")]
    ApprovalRequired {
        /// The act.
        act: &'static str,
    },
    /// The export was approved with another protection of the file.
    #[error("the export was approved for a {approved} file, not for a {asked} one")]
    ApprovalOtherProfile {
        /// What was approved: a code of `P12Profile`.
        approved: &'static str,
        /// What was asked for now.
        asked: &'static str,
    },
    /// No office is open: the welcome screen or the inspection.
    #[error("this needs an open office (demonstration or production)")]
    NoOffice,
    /// Production is asked for the first time and the names are missing.
    #[error("the first start in production needs the names of the office and of the notary")]
    NamesNeeded,
    /// A document handle that this session never gave.
    #[error("unknown document handle")]
    UnknownDocument,
    /// A document cannot be read (any more).
    #[error("{name} cannot be read: {reason}")]
    DocumentUnreadable {
        /// File name.
        name: String,
        /// The operating system's reason.
        reason: String,
    },
    /// What should be validated is neither a PDF nor a signature.
    #[error("{name} is not a signature, and not a signed PDF")]
    NotASignature {
        /// File name.
        name: String,
    },
    /// A document is too large for what it is read for.
    #[error("{name} has {size} bytes, the limit is {limit}")]
    DocumentTooLarge {
        /// File name.
        name: String,
        /// Its size, in bytes.
        size: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A document changed between being looked at and being signed.
    #[error("{name} was changed after it was opened")]
    DocumentChanged {
        /// File name.
        name: String,
    },
    /// An empty list of documents.
    #[error("there is nothing to sign")]
    NothingToSign,
    /// A folder handle that this session never gave.
    #[error("unknown folder handle")]
    UnknownFolder,
    /// A job that this session does not have.
    #[error("unknown job")]
    UnknownJob,
    /// No such identity.
    #[error("the signing identity {identity} does not exist")]
    UnknownIdentity {
        /// Identifier.
        identity: String,
    },
    /// The identity's certificate is not valid now.
    #[error("the certificate of {identity} is not valid at this time ({not_before} to {not_after})")]
    IdentityNotValid {
        /// Label.
        identity: String,
        /// Start.
        not_before: String,
        /// End.
        not_after: String,
    },
    /// The key and the certificate of an identity are not a pair.
    #[error("the key {key} does not belong to the certificate of {identity}")]
    KeyMismatch {
        /// Label.
        identity: String,
        /// The key.
        key: String,
    },
    /// A result cannot be written.
    #[error("{name} cannot be written: {reason}")]
    OutputUnwritable {
        /// File name.
        name: String,
        /// The operating system's reason.
        reason: String,
    },
    /// A result would have a longer name than its folder takes.
    #[error("the name {name} is too long: {length}, and the folder takes {limit}")]
    OutputNameTooLong {
        /// The name.
        name: String,
        /// Its length as the file system counts: in bytes, on Windows in UTF-16 units.
        length: usize,
        /// The greatest length.
        limit: usize,
    },
    /// The output file that was asked for exists.
    #[error("{name} already exists and is not overwritten")]
    OutputExists {
        /// File name.
        name: String,
    },
    /// The signature that was just made does not verify; nothing was written.
    #[error("the new signature did not pass its own check: {reason}")]
    SelfCheckFailed {
        /// What was wrong.
        reason: String,
    },
    /// A field of a form is wrong.
    #[error("{field}: {reason}")]
    InvalidField {
        /// Field name, as in the request.
        field: &'static str,
        /// Reason code: `empty`, `too_long`, `malformed`, `check_digits`, `taken`, …
        reason: &'static str,
    },
    /// A sealed field cannot be opened.
    #[error("the sealed field cannot be opened")]
    SealedField,
    /// No such AWS profile.
    #[error("the profile {name} does not exist")]
    UnknownProfile {
        /// Name.
        name: String,
    },
    /// A certificate that was not opened in this session.
    #[error("unknown certificate")]
    UnknownCertificate,
    /// The private key of a certificate cannot leave.
    #[error("the key of {name} cannot be exported ({reason})")]
    NotExportable {
        /// Holder.
        name: String,
        /// Reason code: `kms_key`, `signing_key`, `no_key`.
        reason: &'static str,
    },
    /// The configuration file cannot be read or written.
    #[error("{file} cannot be used: {reason}")]
    Config {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// The key is in the middle of its change; only that change moves it.
    #[error("the key {key} is being changed (troca de chave)")]
    RotationOpen {
        /// The key.
        key: String,
    },
    /// The rotation cannot do that as it stands.
    #[error("the rotation cannot do that now: {reason}")]
    RotationState {
        /// Reason code: `over`, `old_key_disabled`, `transition_lasts`, `certificate_missing`, `not_external`, …
        reason: &'static str,
    },
    /// No such rotation.
    #[error("the rotation {rotation} does not exist")]
    UnknownRotation {
        /// Identifier.
        rotation: String,
    },
    /// Somebody asked for the same already.
    #[error("there is an open request about {what}")]
    RequestOpen {
        /// What it is about.
        what: String,
    },
    /// No such request.
    #[error("the request {request} does not exist")]
    UnknownRequest {
        /// Identifier.
        request: String,
    },
    /// Somebody still signs with the key.
    #[error("the key {key} is in use by {by}")]
    KeyInUse {
        /// The key.
        key: String,
        /// The identity or authority.
        by: String,
    },
    /// The office is open and nobody has the seat.
    #[error("nobody has the seat: choose who works and give the password")]
    Locked,
    /// The notary needs a password of their own before others are let in.
    #[error("set your own password before others are let in")]
    OwnPasswordFirst,
    /// No such operator, or one who may not work.
    #[error("the operator does not exist, or is switched off")]
    UnknownOperator,
    /// The operator's password is wrong.
    #[error("the password is wrong")]
    OperatorPasswordWrong,
    /// The operator has no password yet, and the office needs one.
    #[error("{name} has no password yet; the notary sets one")]
    OperatorPasswordMissing {
        /// Name.
        name: String,
    },
    /// Who asked also set the password of who decides: that is one person.
    #[error("{name} asked for this and set your password; change it yourself, or let somebody else decide")]
    PasswordByRequester {
        /// Who asked.
        name: String,
    },
    /// Too many wrong passwords in a row.
    #[error("too many wrong passwords; wait {seconds} seconds")]
    OperatorPasswordPause {
        /// Seconds to wait.
        seconds: u64,
    },
    /// The office would have no notary left.
    #[error("an office needs at least one active notary")]
    LastNotary,
    /// A token or module that is not there (any more).
    #[error("the token or module is not there")]
    UnknownToken,
    /// There is no certificate for the key.
    #[error("there is no certificate for the key {key}")]
    NoCertificate {
        /// The key.
        key: String,
    },
    /// The file is no P12 file that can sign.
    #[error("{file} cannot be used for signing: {reason}")]
    A1Unusable {
        /// File name.
        file: String,
        /// Reason code: `no_key`, `no_certificate`, `key_type`, `known`.
        reason: &'static str,
    },
    /// An A1 file that this office does not know.
    #[error("unknown A1 file")]
    UnknownA1,
    /// A paper report could not be made.
    #[error("the report cannot be made: {reason}")]
    Report {
        /// Why.
        reason: String,
    },
    /// The file manager cannot be started.
    #[error("the file manager cannot be started: {reason}")]
    NoFileManager {
        /// Why.
        reason: String,
    },
    /// The user stopped it.
    #[error("cancelled")]
    Cancelled,
    /// A defect of the program.
    #[error("internal error: {what}")]
    Internal {
        /// Where.
        what: String,
    },
}

impl OfficeError {
    /// What keeps a file from being written at `path`.
    pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Self {
        let name = || path.display().to_string();
        let told = match error.kind() {
            io::ErrorKind::AlreadyExists => Some(Self::OutputExists { name: name() }),
            io::ErrorKind::InvalidFilename => name_too_long(path),
            _ => None,
        };
        told.unwrap_or_else(|| Self::OutputUnwritable { name: name(), reason: error.to_string() })
    }

    pub(crate) fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal { what: what.to_string() }
    }

    /// The form in which it crosses a boundary.
    pub fn wire(&self) -> WireError {
        match self {
            Self::Format(wire) => wire.clone(),
            Self::Key(_)
            | Self::Registry(_)
            | Self::NotPermitted { .. }
            | Self::ApprovalRequired { .. }
            | Self::ApprovalOtherProfile { .. }
            | Self::NoOffice
            | Self::NamesNeeded
            | Self::UnknownDocument
            | Self::DocumentUnreadable { .. }
            | Self::NotASignature { .. }
            | Self::DocumentTooLarge { .. }
            | Self::DocumentChanged { .. }
            | Self::NothingToSign
            | Self::UnknownFolder
            | Self::UnknownJob
            | Self::UnknownIdentity { .. }
            | Self::IdentityNotValid { .. }
            | Self::KeyMismatch { .. }
            | Self::OutputUnwritable { .. }
            | Self::OutputNameTooLong { .. }
            | Self::OutputExists { .. }
            | Self::SelfCheckFailed { .. }
            | Self::InvalidField { .. }
            | Self::SealedField
            | Self::UnknownProfile { .. }
            | Self::UnknownCertificate
            | Self::NotExportable { .. }
            | Self::Config { .. }
            | Self::NoFileManager { .. }
            | Self::RotationOpen { .. }
            | Self::RotationState { .. }
            | Self::UnknownRotation { .. }
            | Self::RequestOpen { .. }
            | Self::UnknownRequest { .. }
            | Self::KeyInUse { .. }
            | Self::Locked
            | Self::OwnPasswordFirst
            | Self::UnknownOperator
            | Self::OperatorPasswordWrong
            | Self::OperatorPasswordMissing { .. }
            | Self::PasswordByRequester { .. }
            | Self::OperatorPasswordPause { .. }
            | Self::LastNotary
            | Self::UnknownToken
            | Self::NoCertificate { .. }
            | Self::A1Unusable { .. }
            | Self::UnknownA1
            | Self::Report { .. }
            | Self::Cancelled
            | Self::Internal { .. } => WireError::from(self),
        }
    }
}

impl Coded for OfficeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Key(error) => error.code(),
            Self::Registry(error) => error.code(),
            // Only reached through `wire`, which keeps the inner code; codes of other crates are not 'static here.
            Self::Format(_) => "format",
            Self::NotPermitted { .. } => "not_permitted",
            Self::ApprovalRequired { .. } => "approval_required",
            Self::ApprovalOtherProfile { .. } => "approval_other_profile",
            Self::NoOffice => "no_office",
            Self::NamesNeeded => "names_needed",
            Self::UnknownDocument => "document_unknown",
            Self::DocumentUnreadable { .. } => "document_unreadable",
            Self::NotASignature { .. } => "not_a_signature",
            Self::DocumentTooLarge { .. } => "document_too_large",
            Self::DocumentChanged { .. } => "document_changed",
            Self::NothingToSign => "nothing_to_sign",
            Self::UnknownFolder => "folder_unknown",
            Self::UnknownJob => "job_unknown",
            Self::UnknownIdentity { .. } => "identity_unknown",
            Self::IdentityNotValid { .. } => "identity_not_valid",
            Self::KeyMismatch { .. } => "identity_key_mismatch",
            Self::OutputUnwritable { .. } => "output_unwritable",
            Self::OutputNameTooLong { .. } => "output_name_too_long",
            Self::OutputExists { .. } => "output_exists",
            Self::SelfCheckFailed { .. } => "self_check_failed",
            Self::InvalidField { .. } => "invalid_field",
            Self::SealedField => "sealed_field",
            Self::UnknownProfile { .. } => "profile_unknown",
            Self::UnknownCertificate => "certificate_unknown",
            Self::NotExportable { .. } => "not_exportable",
            Self::Config { .. } => "config_unusable",
            Self::NoFileManager { .. } => "no_file_manager",
            Self::RotationOpen { .. } => "rotation_open",
            Self::RotationState { .. } => "rotation_state",
            Self::UnknownRotation { .. } => "rotation_unknown",
            Self::RequestOpen { .. } => "request_open",
            Self::UnknownRequest { .. } => "request_unknown",
            Self::KeyInUse { .. } => "key_in_use",
            Self::Locked => "locked",
            Self::OwnPasswordFirst => "operator_own_password_first",
            Self::UnknownOperator => "operator_unknown",
            Self::OperatorPasswordWrong => "operator_password_wrong",
            Self::OperatorPasswordMissing { .. } => "operator_password_missing",
            Self::PasswordByRequester { .. } => "operator_password_by_requester",
            Self::OperatorPasswordPause { .. } => "operator_password_pause",
            Self::LastNotary => "operator_last_notary",
            Self::UnknownToken => "token_unknown",
            Self::NoCertificate { .. } => "key_no_certificate",
            Self::A1Unusable { .. } => "a1_unusable",
            Self::UnknownA1 => "a1_unknown",
            Self::Report { .. } => "report_failed",
            Self::Cancelled => "cancelled",
            Self::Internal { .. } => "internal",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Key(error) => error.params(),
            Self::Registry(error) => error.params(),
            Self::NotPermitted { permission } => {
                let name = serde_json::to_value(permission).ok().and_then(|value| value.as_str().map(str::to_owned));
                vec![("permission", name.unwrap_or_default())]
            }
            Self::ApprovalRequired { act } => vec![("act", (*act).to_owned())],
            Self::ApprovalOtherProfile { approved, asked } => {
                vec![("approved", (*approved).to_owned()), ("asked", (*asked).to_owned())]
            }
            Self::Format(_)
            | Self::NoOffice
            | Self::NamesNeeded
            | Self::UnknownDocument
            | Self::NothingToSign
            | Self::UnknownFolder
            | Self::UnknownJob
            | Self::SealedField
            | Self::Locked
            | Self::OwnPasswordFirst
            | Self::UnknownOperator
            | Self::OperatorPasswordWrong
            | Self::LastNotary
            | Self::UnknownToken
            | Self::UnknownA1
            | Self::UnknownCertificate
            | Self::Cancelled => Vec::new(),
            Self::DocumentUnreadable { name, reason } | Self::OutputUnwritable { name, reason } => {
                vec![("name", name.clone()), ("reason", reason.clone())]
            }
            Self::DocumentTooLarge { name, size, limit } => {
                vec![("name", name.clone()), ("size", size.to_string()), ("limit", limit.to_string())]
            }
            Self::OutputNameTooLong { name, length, limit } => {
                vec![("name", name.clone()), ("length", length.to_string()), ("limit", limit.to_string())]
            }
            Self::DocumentChanged { name }
            | Self::NotASignature { name }
            | Self::OutputExists { name }
            | Self::UnknownProfile { name } => vec![("name", name.clone())],
            Self::UnknownIdentity { identity } => vec![("identity", identity.clone())],
            Self::IdentityNotValid { identity, not_before, not_after } => vec![
                ("identity", identity.clone()),
                ("not_before", not_before.clone()),
                ("not_after", not_after.clone()),
            ],
            Self::KeyMismatch { identity, key } => vec![("identity", identity.clone()), ("key", key.clone())],
            Self::SelfCheckFailed { reason } | Self::NoFileManager { reason } => vec![("reason", reason.clone())],
            Self::InvalidField { field, reason } => {
                vec![("field", (*field).to_owned()), ("reason", (*reason).to_owned())]
            }
            Self::NotExportable { name, reason } => {
                vec![("name", name.clone()), ("reason", (*reason).to_owned())]
            }
            Self::Config { file, reason } => vec![("file", file.clone()), ("reason", reason.clone())],
            Self::RotationOpen { key } | Self::NoCertificate { key } => vec![("key", key.clone())],
            Self::RotationState { reason } => vec![("reason", (*reason).to_owned())],
            Self::UnknownRotation { rotation } => vec![("rotation", rotation.clone())],
            Self::RequestOpen { what } => vec![("what", what.clone())],
            Self::UnknownRequest { request } => vec![("request", request.clone())],
            Self::KeyInUse { key, by } => vec![("key", key.clone()), ("by", by.clone())],
            Self::OperatorPasswordMissing { name } | Self::PasswordByRequester { name } => vec![("name", name.clone())],
            Self::OperatorPasswordPause { seconds } => vec![("seconds", seconds.to_string())],
            Self::A1Unusable { file, reason } => vec![("file", file.clone()), ("reason", (*reason).to_owned())],
            Self::Report { reason } => vec![("reason", reason.clone())],
            Self::Internal { what } => vec![("what", what.clone())],
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Key(error) => error.severity(),
            Self::Registry(error) => error.severity(),
            Self::Format(wire) => wire.severity,
            Self::Cancelled => Severity::Silent,
            Self::NotPermitted { .. }
            | Self::ApprovalRequired { .. }
            | Self::ApprovalOtherProfile { .. }
            | Self::NoOffice
            | Self::NamesNeeded
            | Self::NothingToSign
            | Self::NotASignature { .. }
            | Self::InvalidField { .. }
            | Self::NotExportable { .. }
            | Self::RotationOpen { .. }
            | Self::RotationState { .. }
            | Self::RequestOpen { .. }
            | Self::KeyInUse { .. }
            | Self::OperatorPasswordWrong
            | Self::OperatorPasswordMissing { .. }
            | Self::PasswordByRequester { .. }
            | Self::OperatorPasswordPause { .. }
            | Self::LastNotary
            | Self::NoCertificate { .. }
            | Self::A1Unusable { .. }
            | Self::OutputNameTooLong { .. }
            | Self::OutputExists { .. } => Severity::Warning,
            Self::UnknownDocument
            | Self::DocumentUnreadable { .. }
            | Self::DocumentTooLarge { .. }
            | Self::DocumentChanged { .. }
            | Self::UnknownFolder
            | Self::UnknownJob
            | Self::UnknownIdentity { .. }
            | Self::IdentityNotValid { .. }
            | Self::KeyMismatch { .. }
            | Self::OutputUnwritable { .. }
            | Self::SelfCheckFailed { .. }
            | Self::SealedField
            | Self::UnknownProfile { .. }
            | Self::UnknownCertificate
            | Self::Config { .. }
            | Self::NoFileManager { .. }
            | Self::UnknownRotation { .. }
            | Self::UnknownRequest { .. }
            | Self::Locked
            | Self::OwnPasswordFirst
            | Self::UnknownOperator
            | Self::UnknownToken
            | Self::UnknownA1
            | Self::Report { .. }
            | Self::Internal { .. } => Severity::Error,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Key(error) => error.retry(),
            Self::Registry(error) => error.retry(),
            Self::Format(wire) => wire.retry,
            Self::ApprovalRequired { .. }
            | Self::ApprovalOtherProfile { .. }
            | Self::NoOffice
            | Self::NamesNeeded
            | Self::DocumentUnreadable { .. }
            | Self::DocumentTooLarge { .. }
            | Self::DocumentChanged { .. }
            | Self::OutputUnwritable { .. }
            | Self::OutputNameTooLong { .. }
            | Self::OutputExists { .. }
            | Self::InvalidField { .. }
            | Self::RotationOpen { .. }
            | Self::RotationState { .. }
            | Self::RequestOpen { .. }
            | Self::KeyInUse { .. }
            | Self::OperatorPasswordWrong
            | Self::OperatorPasswordMissing { .. }
            | Self::PasswordByRequester { .. }
            | Self::UnknownToken
            | Self::NoCertificate { .. }
            | Self::A1Unusable { .. }
            | Self::Config { .. } => Retry::AfterAction,
            Self::SealedField | Self::OperatorPasswordPause { .. } | Self::Report { .. } => Retry::Later,
            Self::NotPermitted { .. }
            | Self::UnknownDocument
            | Self::NotASignature { .. }
            | Self::NothingToSign
            | Self::UnknownFolder
            | Self::UnknownJob
            | Self::UnknownIdentity { .. }
            | Self::IdentityNotValid { .. }
            | Self::KeyMismatch { .. }
            | Self::SelfCheckFailed { .. }
            | Self::UnknownProfile { .. }
            | Self::UnknownCertificate
            | Self::NotExportable { .. }
            | Self::NoFileManager { .. }
            | Self::UnknownRotation { .. }
            | Self::UnknownRequest { .. }
            | Self::Locked
            | Self::OwnPasswordFirst
            | Self::UnknownOperator
            | Self::LastNotary
            | Self::UnknownA1
            | Self::Cancelled
            | Self::Internal { .. } => Retry::Never,
        }
    }
}

/// That the name of `path` is too long for its folder; nothing where something else is wrong with it.
fn name_too_long(path: &Path) -> Option<OfficeError> {
    let name = path.file_name()?;
    let (length, limit) = (length_of(name), longest_name(folder_of(path)));
    // What some file systems say is for names in another encoding: then it is the usual limit that was met.
    let limit = if length > limit { limit } else { USUAL_LIMIT };
    let name = name.to_string_lossy().into_owned();
    (length > limit).then_some(OfficeError::OutputNameTooLong { name, length, limit })
}

/// The longest name that most file systems take.
const USUAL_LIMIT: usize = 255;

/// Its length as the file system counts.
fn length_of(name: &OsStr) -> usize {
    if cfg!(windows) { name.to_string_lossy().encode_utf16().count() } else { name.as_encoded_bytes().len() }
}

/// The longest name that a folder takes.
fn longest_name(folder: &Path) -> usize {
    #[cfg(target_os = "linux")]
    if let Ok(found) = rustix::fs::statvfs(folder)
        && let Ok(most) = usize::try_from(found.f_namemax)
        && most > 0
    {
        return most;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = folder;
    USUAL_LIMIT
}

impl From<KeyRefError> for OfficeError {
    fn from(error: KeyRefError) -> Self {
        Self::Key(KeyError::BadReference { reason: error.to_string() })
    }
}

impl From<cartorio_report::ReportError> for OfficeError {
    fn from(error: cartorio_report::ReportError) -> Self {
        Self::Report { reason: error.to_string() }
    }
}

impl From<CaError> for OfficeError {
    fn from(error: CaError) -> Self {
        match error {
            // A key that fails while something is being issued fails as it does anywhere else.
            CaError::Key(error) | CaError::Remote(error) | CaError::Holder(error) => Self::Key(error),
            other => Self::Format(WireError {
                code: other.code().to_owned(),
                params: other.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                severity: Severity::Error,
                retry: if matches!(other, CaError::NotYetIssued { .. }) { Retry::Later } else { Retry::Never },
                detail: other.to_string(),
            }),
        }
    }
}

/// Errors of the format crates keep their code and their data.
macro_rules! format_errors {
    ($($error:ty),* $(,)?) => {
        $(
            impl From<$error> for OfficeError {
                fn from(error: $error) -> Self {
                    Self::Format(WireError {
                        code: error.code().to_owned(),
                        params: error.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                        severity: Severity::Error,
                        retry: Retry::Never,
                        detail: error.to_string(),
                    })
                }
            }
        )*
    };
}

format_errors!(
    cartorio_ades::create::CreateError,
    cartorio_ades::create::pades::PadesError,
    cartorio_ades::create::upgrade::UpgradeError,
    cartorio_policy::QualifyError,
    cartorio_stamp::StampError,
    cartorio_ades::validate::cms::ParseError,
    cartorio_pdf::PdfError,
    cartorio_pki::ca::SubjectError,
    cartorio_pki::p12::P12Error,
    cartorio_pki::ReadError,
);

/// Errors that know a byte offset say it.
macro_rules! offset_errors {
    ($($error:ty),* $(,)?) => {
        $(
            impl From<$error> for OfficeError {
                fn from(error: $error) -> Self {
                    Self::Format(WireError {
                        code: error.code().to_owned(),
                        params: [
                            ("offset".to_owned(), error.offset().to_string()),
                            ("reason".to_owned(), error.to_string()),
                        ]
                        .into(),
                        severity: Severity::Error,
                        retry: Retry::Never,
                        detail: error.to_string(),
                    })
                }
            }
        )*
    };
}

offset_errors!(cartorio_pki::CertificateError, cartorio_pki::CrlError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_file_from_being_written_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let told = |name: &str| {
            let path = folder.path().join(name);
            let error = std::fs::File::create_new(&path).err().unwrap();
            OfficeError::unwritable(&path, &error)
        };
        std::fs::write(folder.path().join("a"), "").unwrap();
        assert_eq!(told("a").code(), "output_exists");
        assert_eq!(told("ausente/a").code(), "output_unwritable");
        if !cfg!(unix) {
            return;
        }
        // Letters with accents are two bytes.
        let long = "ã".repeat(130);
        let OfficeError::OutputNameTooLong { name, length, limit } = told(&long) else { panic!("{}", told(&long)) };
        assert_eq!((name, length), (long, 260));
        assert!((100..260).contains(&limit), "{limit}");
        // A path that is too long has no name that is.
        assert_eq!(told(&"pasta/".repeat(1000)).code(), "output_unwritable");
    }
}
