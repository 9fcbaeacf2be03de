//! What can be wrong with a certificate in its place on a path, and its revocation status.

use time::OffsetDateTime;

use crate::crl::{CrlRejection, RevocationReason};

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
    /// A critical extension that this product does not know.
    UnknownCriticalExtension {
        /// Dotted identifier.
        oid: String,
    },
    /// A known extension whose content cannot be decoded.
    MalformedExtension {
        /// Dotted identifier.
        oid: String,
    },
    /// A constraint that this product does not apply yet (name or policy constraints).
    ConstraintNotChecked {
        /// Dotted identifier.
        oid: String,
    },
    /// Its issuer name is not the subject of the certificate above, although the key signed it.
    NameMismatch {
        /// What it says.
        expected: String,
        /// What the certificate above is called.
        actual: String,
    },
    /// Signed with a broken hash.
    WeakSignature {
        /// The algorithm.
        algorithm: String,
    },
    /// The key is too short.
    WeakKey {
        /// Bits.
        bits: u32,
    },
}

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
            Self::UnknownCriticalExtension { .. } => "unknown_critical_extension",
            Self::MalformedExtension { .. } => "malformed_extension",
            Self::ConstraintNotChecked { .. } => "constraint_not_checked",
            Self::NameMismatch { .. } => "name_mismatch",
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
            Self::PathLengthExceeded { allowed, actual } => {
                vec![("allowed", allowed.to_string()), ("actual", actual.to_string())]
            }
            Self::UnknownCriticalExtension { oid }
            | Self::MalformedExtension { oid }
            | Self::ConstraintNotChecked { oid } => vec![("oid", oid.clone())],
            Self::NameMismatch { expected, actual } => {
                vec![("expected", expected.clone()), ("actual", actual.clone())]
            }
            Self::WeakSignature { algorithm } => vec![("algorithm", algorithm.clone())],
            Self::WeakKey { bits } => vec![("bits", bits.to_string())],
            Self::SignatureWrong | Self::NotACa | Self::KeyCertSignMissing => Vec::new(),
        }
    }

    /// How much it counts.
    pub const fn weight(&self) -> Weight {
        match self {
            Self::NotYetValid { .. }
            | Self::Expired { .. }
            | Self::SignatureWrong
            | Self::NotACa
            | Self::KeyCertSignMissing
            | Self::PathLengthExceeded { .. }
            | Self::UnknownCriticalExtension { .. }
            | Self::NameMismatch { .. } => Weight::Error,
            Self::SignatureNotCheckable { .. }
            | Self::MalformedExtension { .. }
            | Self::ConstraintNotChecked { .. }
            | Self::WeakSignature { .. }
            | Self::WeakKey { .. } => Weight::Indeterminate,
        }
    }

    /// Whether no choice of anchors could make it right.
    pub(super) const fn is_wrong_under_any_root(&self) -> bool {
        matches!(self, Self::SignatureWrong)
    }
}

/// Revocation status of one certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Revocation {
    /// A root or an anchor: nobody above could revoke it.
    NotNeeded,
    /// Not on a list that was in force.
    Good {
        /// When the list was made.
        this_update: OffsetDateTime,
        /// When the next was due.
        next_update: Option<OffsetDateTime>,
    },
    /// On a list.
    Revoked {
        /// Since when.
        at: OffsetDateTime,
        /// Why.
        reason: Option<RevocationReason>,
        /// When the list was made.
        this_update: OffsetDateTime,
    },
    /// Suspended; it may come back.
    OnHold {
        /// Since when.
        at: OffsetDateTime,
        /// When the list was made.
        this_update: OffsetDateTime,
    },
    /// On a list, but only from a moment after the one in question.
    RevokedLater {
        /// From when.
        at: OffsetDateTime,
        /// Why.
        reason: Option<RevocationReason>,
    },
    /// Not on a list, but the list was no longer in force at the moment in question.
    Stale {
        /// When the list was made.
        this_update: OffsetDateTime,
        /// When the next was due.
        next_update: Option<OffsetDateTime>,
    },
    /// No list by its issuer.
    NoEvidence {
        /// Why the lists that were offered do not count.
        rejected: Vec<CrlRejection>,
    },
}

impl Revocation {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotNeeded => "revocation_not_needed",
            Self::Good { .. } => "revocation_good",
            Self::Revoked { .. } => "revoked",
            Self::OnHold { .. } => "on_hold",
            Self::RevokedLater { .. } => "revoked_later",
            Self::Stale { .. } => "revocation_stale",
            Self::NoEvidence { .. } => "no_revocation_evidence",
        }
    }
}
