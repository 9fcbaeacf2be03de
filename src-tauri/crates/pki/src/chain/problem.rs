//! What can be wrong with a certificate in its place on a path.

use cartorio_engine::ErrorCode;
use time::OffsetDateTime;

use super::requirements::Purpose;

/// How much a problem counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Weight {
    /// Worth showing; changes nothing.
    Note,
    /// Keeps the path from being trusted, without being proof against it.
    Indeterminate,
    /// Wrong.
    Error,
}

/// Something wrong with a certificate in its place on a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Problem {
    /// Its validity has not begun.
    NotYetValid {
        /// When it begins.
        not_before: OffsetDateTime,
    },
    /// Its validity is over.
    Expired {
        /// When it ended.
        not_after: OffsetDateTime,
    },
    /// Its signature does not match the issuer's key.
    SignatureWrong,
    /// Its signature is of a kind that this product does not verify.
    SignatureNotCheckable {
        /// The algorithm.
        algorithm: String,
        /// Why.
        reason: String,
    },
    /// It issued the one below but is no CA.
    NotACa,
    /// It issued the one below but its keyUsage lacks keyCertSign.
    KeyCertSignMissing,
    /// More intermediates below it than it allows.
    PathLengthExceeded {
        /// What it allows.
        allowed: u32,
        /// What there are.
        actual: u32,
    },
    /// More intermediates than the review asks for.
    TooManyIntermediates {
        /// What is asked for.
        allowed: u32,
        /// What there are.
        actual: u32,
    },
    /// A critical extension that this product does not know.
    UnknownCriticalExtension {
        /// Dotted identifier.
        oid: String,
    },
    /// A known extension whose content cannot be decoded.
    MalformedExtension {
        /// Dotted identifier.
        oid: String,
        /// Whether the engine refuses the certificate for it.
        refused: bool,
    },
    /// Its issuer name is not the subject of the certificate above, although the key signed it.
    NameMismatch {
        /// What it says.
        expected: String,
        /// What the certificate above is called.
        actual: String,
    },
    /// Its authorityKeyIdentifier does not name the certificate above.
    KeyIdMismatch,
    /// A name in it is outside what a CA above may certify (nameConstraints, permittedSubtrees).
    NameNotPermitted,
    /// A name in it is among those that a CA above may not certify (nameConstraints, excludedSubtrees).
    NameExcluded {
        /// The name, where it is known.
        name: Option<String>,
    },
    /// A name constraint above it is of a kind that cannot be applied to its names.
    NameConstraintNotApplicable {
        /// OpenSSL's word for it.
        code: &'static str,
    },
    /// Its policy extensions contradict RFC 5280.
    PolicyExtensionInvalid,
    /// The path is valid for no policy that is asked for, and one is required.
    NoValidPolicy,
    /// It is not for what the review asks for.
    PurposeNotAllowed {
        /// What is asked for: a code of [`Purpose`], a keyUsage bit or a dotted extKeyUsage.
        purpose: String,
    },
    /// It is not for this host, address or mailbox.
    PeerMismatch {
        /// Whom it should be for.
        expected: String,
    },
    /// Names, constraints or policies are so many that they are not evaluated: an attack on time.
    TooComplex,
    /// OpenSSL does not read the certificate.
    Unreadable {
        /// OpenSSL's words.
        reason: String,
    },
    /// OpenSSL refuses it for a reason that has no place of its own here.
    Refused {
        /// OpenSSL's name for it.
        code: &'static str,
        /// OpenSSL's number.
        number: i32,
    },
    /// Signed with a broken hash.
    WeakSignature {
        /// The algorithm.
        algorithm: String,
        /// Whether that was still usual at the instant in question.
        usual_then: bool,
    },
    /// The key is too short.
    WeakKey {
        /// Bits.
        bits: u32,
        /// Whether that was still usual at the instant in question.
        usual_then: bool,
    },
}

const UNSPECIFIED: i32 = ErrorCode::UNSPECIFIED.number();
const OUT_OF_MEM: i32 = ErrorCode::OUT_OF_MEM.number();

impl Problem {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::Expired { .. } => "expired",
            Self::SignatureWrong => "signature_wrong",
            Self::SignatureNotCheckable { .. } => "signature_not_checkable",
            Self::NotACa => "not_a_ca",
            Self::KeyCertSignMissing => "key_cert_sign_missing",
            Self::PathLengthExceeded { .. } => "path_length_exceeded",
            Self::TooManyIntermediates { .. } => "too_many_intermediates",
            Self::UnknownCriticalExtension { .. } => "unknown_critical_extension",
            Self::MalformedExtension { .. } => "malformed_extension",
            Self::NameMismatch { .. } => "name_mismatch",
            Self::KeyIdMismatch => "key_id_mismatch",
            Self::NameNotPermitted => "name_not_permitted",
            Self::NameExcluded { .. } => "name_excluded",
            Self::NameConstraintNotApplicable { .. } => "name_constraint_not_applicable",
            Self::PolicyExtensionInvalid => "policy_extension_invalid",
            Self::NoValidPolicy => "no_valid_policy",
            Self::PurposeNotAllowed { .. } => "purpose_not_allowed",
            Self::PeerMismatch { .. } => "peer_mismatch",
            Self::TooComplex => "too_complex",
            Self::Unreadable { .. } => "certificate_unreadable",
            Self::Refused { .. } => "refused_by_engine",
            Self::WeakSignature { .. } => "weak_signature",
            Self::WeakKey { .. } => "weak_key",
        }
    }

    /// Data for the message; times are RFC 3339.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let time = |at: &OffsetDateTime| {
            at.format(&time::format_description::well_known::Rfc3339).unwrap_or_else(|_| at.to_string())
        };
        match self {
            Self::NotYetValid { not_before } => vec![("not_before", time(not_before))],
            Self::Expired { not_after } => vec![("not_after", time(not_after))],
            Self::SignatureNotCheckable { algorithm, reason } => {
                vec![("algorithm", algorithm.clone()), ("reason", reason.clone())]
            }
            Self::PathLengthExceeded { allowed, actual } | Self::TooManyIntermediates { allowed, actual } => {
                vec![("allowed", allowed.to_string()), ("actual", actual.to_string())]
            }
            Self::UnknownCriticalExtension { oid } | Self::MalformedExtension { oid, refused: _ } => {
                vec![("oid", oid.clone())]
            }
            Self::NameMismatch { expected, actual } => {
                vec![("expected", expected.clone()), ("actual", actual.clone())]
            }
            Self::NameExcluded { name } => name.iter().map(|name| ("name", name.clone())).collect(),
            Self::NameConstraintNotApplicable { code } => vec![("reason", (*code).to_owned())],
            Self::PurposeNotAllowed { purpose } => vec![("purpose", purpose.clone())],
            Self::PeerMismatch { expected } => vec![("expected", expected.clone())],
            Self::Unreadable { reason } => vec![("reason", reason.clone())],
            Self::Refused { code, number } => vec![("reason", (*code).to_owned()), ("number", number.to_string())],
            Self::WeakSignature { algorithm, usual_then } => {
                vec![("algorithm", algorithm.clone()), ("usual_then", usual_then.to_string())]
            }
            Self::WeakKey { bits, usual_then } => {
                vec![("bits", bits.to_string()), ("usual_then", usual_then.to_string())]
            }
            Self::SignatureWrong
            | Self::NotACa
            | Self::KeyCertSignMissing
            | Self::KeyIdMismatch
            | Self::NameNotPermitted
            | Self::PolicyExtensionInvalid
            | Self::NoValidPolicy
            | Self::TooComplex => Vec::new(),
        }
    }

    /// How much it counts.
    pub const fn weight(&self) -> Weight {
        match self {
            // Nothing is known against it: the engine could not compute it.
            Self::Refused { number: UNSPECIFIED | OUT_OF_MEM, .. } => Weight::Indeterminate,
            Self::NotYetValid { .. }
            | Self::Expired { .. }
            | Self::SignatureWrong
            | Self::NotACa
            | Self::KeyCertSignMissing
            | Self::PathLengthExceeded { .. }
            | Self::TooManyIntermediates { .. }
            | Self::UnknownCriticalExtension { .. }
            | Self::MalformedExtension { refused: true, .. }
            | Self::NameMismatch { .. }
            | Self::KeyIdMismatch
            | Self::NameNotPermitted
            | Self::NameExcluded { .. }
            | Self::NameConstraintNotApplicable { .. }
            | Self::PolicyExtensionInvalid
            | Self::NoValidPolicy
            | Self::PurposeNotAllowed { .. }
            | Self::PeerMismatch { .. }
            | Self::TooComplex
            | Self::Refused { .. } => Weight::Error,
            Self::SignatureNotCheckable { .. }
            | Self::MalformedExtension { refused: false, .. }
            | Self::Unreadable { .. }
            | Self::WeakSignature { usual_then: false, .. }
            | Self::WeakKey { usual_then: false, .. } => Weight::Indeterminate,
            Self::WeakSignature { usual_then: true, .. } | Self::WeakKey { usual_then: true, .. } => Weight::Note,
        }
    }

    /// Whether no choice of anchors could make it right.
    pub(super) const fn is_wrong_under_any_root(&self) -> bool {
        matches!(self, Self::SignatureWrong)
    }

    pub(super) fn purpose(purpose: Purpose) -> Self {
        Self::PurposeNotAllowed { purpose: purpose.code().to_owned() }
    }

    pub(super) const fn refused(code: ErrorCode) -> Self {
        Self::Refused { code: code.name(), number: code.number() }
    }
}
