//! What is wrong with the answer of a time-stamping authority.

use std::fmt;

use cartorio_core::{Coded, Retry};
use const_oid::ObjectIdentifier as Oid;

use crate::cms::ber::Asn1Error;

/// An answer that is no time stamp over what was asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The answer is not a TimeStampResp, or what is in it is broken.
    #[error("the answer is no time-stamp response: {0}")]
    Malformed(#[from] Asn1Error),
    /// The authority refuses.
    #[error("the authority refuses: {status}{}{}", words(.failures), told(.text))]
    Rejected {
        /// What it answers.
        status: PkiStatus,
        /// Why, as RFC 3161 numbers it.
        failures: Vec<FailInfo>,
        /// Why, in its own words; at most 300 characters, without control characters.
        text: String,
    },
    /// It grants, and gives nothing.
    #[error("the authority grants the time stamp and does not give it")]
    NoToken,
    /// What it gives is something else.
    #[error("the authority gives a CMS over content of type {0}, not a time stamp")]
    NotATimeStamp(Oid),
    /// The answer is to another question, or to none.
    #[error("the answer is not to this question: its nonce is {}", if *.missing { "missing" } else { "another one" })]
    WrongNonce {
        /// Whether there is none at all.
        missing: bool,
    },
    /// The answer is over other data.
    #[error("the time stamp is over other data than were sent")]
    WrongImprint,
    /// The answer follows another policy than was asked for.
    #[error("the time stamp follows the policy {actual}, not {asked}")]
    WrongPolicy {
        /// What was asked for.
        asked: Oid,
        /// What came.
        actual: Oid,
    },
    /// There is an extension that must be understood and is not.
    #[error("the time stamp has the critical extension {0}, which is not known")]
    CriticalExtension(Oid),
    /// RFC 3161 §2.4.2 wants exactly one.
    #[error("the time stamp has {0} signers instead of one")]
    Signers(usize),
    /// The signer's certificate was asked for and is not there.
    #[error("the certificate of the authority is not in the time stamp")]
    CertificateMissing,
    /// The certificate is not one of a time-stamping authority (RFC 3161 §2.3).
    #[error("the certificate of the authority is not for time stamps alone ({})", .0.code())]
    Purpose(PurposeProblem),
    /// The signed reference to the certificate is missing or speaks of another one (RFC 5816 §2.2).
    #[error("the signed reference to the authority's certificate is {}", .0.code())]
    SigningCertificate(ReferenceProblem),
    /// A signed attribute does not say what the content is.
    #[error("the signed attribute {attribute} of the time stamp does not fit its content")]
    Attribute {
        /// `content_type` or `message_digest`.
        attribute: &'static str,
    },
    /// A hash or signature algorithm that is broken or not known.
    #[error("the time stamp is made with {name}, which is not accepted")]
    Algorithm {
        /// Its name or dotted identifier.
        name: String,
    },
    /// The signature does not hold.
    #[error("the signature of the authority is wrong")]
    SignatureWrong,
}

impl Coded for TimestampError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "timestamp_malformed",
            Self::Rejected { .. } => "timestamp_rejected",
            Self::NoToken => "timestamp_no_token",
            Self::NotATimeStamp(_) => "timestamp_other_content",
            Self::WrongNonce { .. } => "timestamp_wrong_nonce",
            Self::WrongImprint => "timestamp_wrong_imprint",
            Self::WrongPolicy { .. } => "timestamp_wrong_policy",
            Self::CriticalExtension(_) => "timestamp_critical_extension",
            Self::Signers(_) => "timestamp_signers",
            Self::CertificateMissing => "timestamp_certificate_missing",
            Self::Purpose(_) => "timestamp_purpose",
            Self::SigningCertificate(_) => "timestamp_signing_certificate",
            Self::Attribute { .. } => "timestamp_attribute",
            Self::Algorithm { .. } => "timestamp_algorithm",
            Self::SignatureWrong => "timestamp_signature_wrong",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Malformed(error) => vec![("offset", error.offset().to_string()), ("reason", error.to_string())],
            Self::Rejected { status, failures, text } => vec![
                ("status", status.code().to_owned()),
                ("failures", failures.iter().map(|own| own.code()).collect::<Vec<_>>().join(",")),
                // Some say it by the codes alone.
                ("text", if text.is_empty() { status.code().replace('_', " ") } else { text.clone() }),
            ],
            Self::NotATimeStamp(oid) | Self::CriticalExtension(oid) => vec![("oid", oid.to_string())],
            Self::WrongNonce { missing } => vec![("missing", missing.to_string())],
            Self::WrongPolicy { asked, actual } => vec![("asked", asked.to_string()), ("actual", actual.to_string())],
            Self::Signers(count) => vec![("count", count.to_string())],
            Self::Purpose(problem) => vec![("reason", problem.code().to_owned())],
            Self::SigningCertificate(problem) => vec![("reason", problem.code().to_owned())],
            Self::Attribute { attribute } => vec![("attribute", (*attribute).to_owned())],
            Self::Algorithm { name } => vec![("algorithm", name.clone())],
            Self::NoToken | Self::WrongImprint | Self::CertificateMissing | Self::SignatureWrong => Vec::new(),
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Rejected { .. } => Retry::Later,
            Self::Malformed(_)
            | Self::NoToken
            | Self::NotATimeStamp(_)
            | Self::WrongNonce { .. }
            | Self::WrongImprint
            | Self::WrongPolicy { .. }
            | Self::CriticalExtension(_)
            | Self::Signers(_)
            | Self::CertificateMissing
            | Self::Purpose(_)
            | Self::SigningCertificate(_)
            | Self::Attribute { .. }
            | Self::Algorithm { .. }
            | Self::SignatureWrong => Retry::Never,
        }
    }
}

/// PKIStatus (RFC 3161 §2.4.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PkiStatus {
    /// granted (0).
    Granted,
    /// grantedWithMods (1).
    GrantedWithMods,
    /// rejection (2).
    Rejection,
    /// waiting (3).
    Waiting,
    /// revocationWarning (4).
    RevocationWarning,
    /// revocationNotification (5).
    RevocationNotification,
    /// A number that RFC 3161 does not have.
    Other(u32),
}

impl PkiStatus {
    pub(super) const fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Granted,
            1 => Self::GrantedWithMods,
            2 => Self::Rejection,
            3 => Self::Waiting,
            4 => Self::RevocationWarning,
            5 => Self::RevocationNotification,
            other => Self::Other(other),
        }
    }

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::GrantedWithMods => "granted_with_mods",
            Self::Rejection => "rejection",
            Self::Waiting => "waiting",
            Self::RevocationWarning => "revocation_warning",
            Self::RevocationNotification => "revocation_notification",
            Self::Other(_) => "other",
        }
    }
}

impl fmt::Display for PkiStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(number) => write!(f, "status {number}"),
            known => f.write_str(&known.code().replace('_', " ")),
        }
    }
}

/// PKIFailureInfo (RFC 3161 §2.4.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FailInfo {
    /// badAlg (0).
    BadAlgorithm,
    /// badRequest (2).
    BadRequest,
    /// badDataFormat (5).
    BadDataFormat,
    /// timeNotAvailable (14).
    TimeNotAvailable,
    /// unacceptedPolicy (15).
    UnacceptedPolicy,
    /// unacceptedExtension (16).
    UnacceptedExtension,
    /// addInfoNotAvailable (17).
    AddInfoNotAvailable,
    /// systemFailure (25).
    SystemFailure,
    /// A bit that RFC 3161 does not have.
    Other(usize),
}

impl FailInfo {
    pub(super) const fn from_bit(bit: usize) -> Self {
        match bit {
            0 => Self::BadAlgorithm,
            2 => Self::BadRequest,
            5 => Self::BadDataFormat,
            14 => Self::TimeNotAvailable,
            15 => Self::UnacceptedPolicy,
            16 => Self::UnacceptedExtension,
            17 => Self::AddInfoNotAvailable,
            25 => Self::SystemFailure,
            other => Self::Other(other),
        }
    }

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadAlgorithm => "bad_algorithm",
            Self::BadRequest => "bad_request",
            Self::BadDataFormat => "bad_data_format",
            Self::TimeNotAvailable => "time_not_available",
            Self::UnacceptedPolicy => "unaccepted_policy",
            Self::UnacceptedExtension => "unaccepted_extension",
            Self::AddInfoNotAvailable => "add_info_not_available",
            Self::SystemFailure => "system_failure",
            Self::Other(_) => "other",
        }
    }
}

impl fmt::Display for FailInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadAlgorithm => "it does not know or accept the hash algorithm",
            Self::BadRequest => "it does not allow or support such a request",
            Self::BadDataFormat => "the data have the wrong format",
            Self::TimeNotAvailable => "its source of time is not available",
            Self::UnacceptedPolicy => "it does not follow the policy that was asked for",
            Self::UnacceptedExtension => "it does not support an extension",
            Self::AddInfoNotAvailable => "further information that was asked for is not available",
            Self::SystemFailure => "its system failed",
            Self::Other(bit) => return write!(f, "failure number {bit}"),
        })
    }
}

/// What is wrong with the extended key usage of a time-stamping certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PurposeProblem {
    /// There is no extended key usage, or it has no id-kp-timeStamping.
    Missing,
    /// It has other purposes beside.
    Others,
    /// The extension is not critical.
    NotCritical,
}

impl PurposeProblem {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Others => "others",
            Self::NotCritical => "not_critical",
        }
    }
}

/// What is wrong with signing-certificate or signing-certificate-v2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReferenceProblem {
    /// Neither attribute is there.
    Missing,
    /// It cannot be read, or stands more than once.
    Malformed,
    /// It speaks of another certificate.
    Differs,
}

impl ReferenceProblem {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Differs => "differs",
        }
    }
}

fn words(failures: &[FailInfo]) -> String {
    failures.iter().map(|failure| format!("; {failure}")).collect()
}

fn told(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" («{text}»)") }
}
