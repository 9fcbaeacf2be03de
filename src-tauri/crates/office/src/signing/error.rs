//! What keeps a signature from being made as it was asked for, and what a batch makes of an error.

use cartorio_core::{Coded, Retry, Severity, WireError};
use cartorio_policy::preflight::code;
use time::OffsetDateTime;

use crate::OfficeError;
use crate::material::MissingWhy;
use crate::times::rfc3339;

/// A signature that is not made as it was asked for.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum SignError {
    /// The file is not of the kind that the wished form needs.
    #[error("{name} is not what this form of signature needs ({wanted})")]
    FormatNotFitting {
        /// File name.
        name: String,
        /// What is needed: `pdf`, `p7s` or `signed`.
        wanted: &'static str,
    },
    /// Its name says that it is a PDF, and it is none.
    #[error("{name} is called a PDF and is none")]
    NoPdfInside {
        /// File name.
        name: String,
    },
    /// ICP-Brasil has no policy of that level for that form, or none that is valid now.
    #[error("there is no valid signature policy {level} for {format}")]
    NoPolicy {
        /// The level, e.g. `AD-RV`.
        level: &'static str,
        /// The form.
        format: &'static str,
    },
    /// The policy's attributes do not make the level that was asked for beside it.
    #[error("a .p7s under {policy} does not reach {level}")]
    LevelAbovePolicy {
        /// The level that was asked for.
        level: &'static str,
        /// The policy's level, e.g. `AD-RB`.
        policy: &'static str,
    },
    /// A validator that follows the policy would refuse the signature.
    #[error("a validator of {policy} would refuse this: {code}")]
    PolicyRefuses {
        /// The policy.
        policy: String,
        /// The first reason: a code of `cartorio_policy::preflight`.
        code: &'static str,
        /// Its data.
        params: Vec<(&'static str, String)>,
        /// Further reasons.
        more: usize,
    },
    /// A file that is none of ITI's.
    #[error("{name}: {}", .error.detail)]
    PolicyFile {
        /// File name.
        name: String,
        /// Why.
        error: WireError,
    },
    /// Revocation evidence, or a certificate, is not to be had.
    #[error("there is no evidence ({what}) for {subject}: {reason}{}", .there.beside(.tried))]
    EvidenceMissing {
        /// Whose certificate.
        subject: String,
        /// What is missing: `issuer` or `revocation`.
        what: &'static str,
        /// Reason code.
        reason: &'static str,
        /// Addresses that were asked in vain, each with its code.
        tried: Vec<String>,
        /// Further certificates without evidence.
        more: usize,
        /// What there is, and why it does not count.
        there: Box<UselessEvidence>,
    },
    /// A certificate of the signature is revoked.
    #[error("the certificate of {subject} is revoked")]
    Revoked {
        /// Whose certificate.
        subject: String,
        /// Since when.
        at: String,
        /// Why; empty where the list does not say.
        reason: &'static str,
        /// Whether it is on hold only.
        on_hold: bool,
    },
    /// The signer's own certificate, or one above it, is revoked, as is known before the key is asked.
    #[error("the certificate of {name} is revoked since {date}")]
    SignerRevoked {
        /// Whose certificate.
        name: String,
        /// Since when: `2029-03-02`.
        date: String,
        /// Why; empty where nobody says.
        reason: &'static str,
        /// Whether it is on hold only.
        on_hold: bool,
    },
    /// The stamp would cover something.
    #[error("the stamp would cover {what} on page {page}")]
    StampCovers {
        /// The page, from 1.
        page: u32,
        /// `text`, `signature`, `empty_field`, `annotation` or `unread`.
        what: &'static str,
        /// The text, or the field's name.
        text: String,
    },
    /// The empty field that is to be signed shows nowhere, so no stamp can be in it.
    #[error("the field {field} shows nowhere: no stamp can be in it")]
    StampFieldUnseen {
        /// Name of the field.
        field: String,
    },
    /// The document has the level already.
    #[error("{name} has the level {level} already")]
    LevelThere {
        /// File name.
        name: String,
        /// The level.
        level: &'static str,
    },
    /// Nothing above the level that is there could be reached.
    #[error("the level {level} was not reached: {reason}")]
    LevelNotReached {
        /// The level.
        level: &'static str,
        /// Code of the error that kept it from being reached.
        reason: String,
    },
    /// A signature that is there already is broken: nothing is added to it.
    #[error("the signature of {signer} in {name} is broken already ({reason})")]
    BrokenAlready {
        /// File name.
        name: String,
        /// Who signed; where nobody is named, the place or the field.
        signer: String,
        /// Reason code, as the verification has it.
        reason: &'static str,
    },
    /// Whether a signature that is there already holds cannot be said, so nothing that is added could be checked.
    #[error("whether the signature of {signer} in {name} holds cannot be said ({reason})")]
    NotJudged {
        /// File name.
        name: String,
        /// Who signed; where nobody is named, the place or the field.
        signer: String,
        /// Reason code, as the verification has it.
        reason: &'static str,
    },
    /// The very same signature is there already.
    #[error("{name} has this very signature already")]
    AlreadySigned {
        /// File name.
        name: String,
    },
    /// Several signers, and nobody said whose signature is countersigned (RFC 5652 §11.4).
    #[error("{name} has {count} signers, and a countersignature is over one signature: {signers}")]
    CountersignChoose {
        /// File name.
        name: String,
        /// How many there are.
        count: usize,
        /// Their places, from 1, and holders.
        signers: String,
    },
    /// A file that should be the content of a detached signature, and is not what was signed.
    #[error("{name} is not what this signature signed")]
    ContentOther {
        /// File name.
        name: String,
    },
    /// PAdES has room for one of the two (EN 319 142-1 §6.3, notes d and m).
    #[error("{name}: a signature in a PDF says either a reason or a commitment, not both")]
    ReasonAndCommitment {
        /// File name.
        name: String,
    },
    /// A detached signature without its content.
    #[error("the content of this signature is not beside it")]
    ContentNeeded,
    /// A file that was given as evidence and holds none.
    #[error("{name} holds no certificate, no revocation list and no OCSP answer")]
    EvidenceNone {
        /// File name.
        name: String,
    },
    /// A time stamp for a signature that there is already, without the network.
    #[error("this level needs a time stamp, and nobody is asked now")]
    ExtendOffline,
    /// The archive time stamp of another signer (RFC 5126) covers the lists that evidence would have to go into.
    #[error(
        "the archive time stamp of another signer covers the lists that the evidence of {subject} would have to go into"
    )]
    SealedByOther {
        /// Whose evidence.
        subject: String,
    },
}

/// Evidence that is there and does not count.
#[derive(Clone, Debug, Default)]
pub(crate) struct UselessEvidence {
    /// Codes of why, with commas between.
    pub(crate) refused: String,
    /// Until when it was right.
    pub(crate) until: Option<OffsetDateTime>,
    /// Of whom that speaks which was chosen and is of nobody here.
    pub(crate) strangers: Vec<String>,
}

impl UselessEvidence {
    /// What is known beside the reason why evidence is missing. `tried`: addresses that were asked in vain.
    fn beside(&self, tried: &[String]) -> String {
        let known =
            [("refused", self.refused.clone()), ("of others", self.strangers.join(", ")), ("asked", tried.join(", "))];
        known.into_iter().filter(|(_, own)| !own.is_empty()).map(|(name, own)| format!("; {name}: {own}")).collect()
    }
}

impl SignError {
    /// Whether no certificate says where missing evidence could be had: then a network changes nothing.
    pub(crate) fn is_of_no_address(&self) -> bool {
        matches!(self, Self::EvidenceMissing { reason, .. } if *reason == MissingWhy::NoAddress.code())
    }
}

impl Coded for SignError {
    fn code(&self) -> &'static str {
        match self {
            Self::FormatNotFitting { .. } => "sign_format_not_fitting",
            Self::NoPdfInside { .. } => "sign_no_pdf_inside",
            Self::NoPolicy { .. } => "sign_no_policy",
            Self::LevelAbovePolicy { .. } => "sign_level_above_policy",
            Self::PolicyRefuses { code, .. } => code,
            Self::PolicyFile { .. } => "policy_file",
            Self::EvidenceMissing { .. } => "evidence_missing",
            Self::Revoked { .. } => "evidence_revoked",
            Self::SignerRevoked { .. } => code::CERTIFICATE_REVOKED,
            Self::StampCovers { .. } => "stamp_covers",
            Self::StampFieldUnseen { .. } => "stamp_field_unseen",
            Self::LevelThere { .. } => "level_already_there",
            Self::LevelNotReached { .. } => "level_not_reached",
            Self::BrokenAlready { .. } => "signature_broken_already",
            Self::NotJudged { .. } => "signature_not_judged",
            Self::AlreadySigned { .. } => "sign_already_there",
            Self::CountersignChoose { .. } => "countersign_choose",
            Self::ContentNeeded => "content_needed",
            Self::EvidenceNone { .. } => "evidence_none",
            Self::ExtendOffline => "tsa_offline_extend",
            Self::SealedByOther { .. } => "upgrade_sealed_by_other",
            Self::ContentOther { .. } => "content_other",
            Self::ReasonAndCommitment { .. } => "sign_reason_and_commitment",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::FormatNotFitting { name, wanted } => vec![("name", name.clone()), ("wanted", (*wanted).to_owned())],
            Self::NoPolicy { level, format } => vec![("level", (*level).to_owned()), ("format", (*format).to_owned())],
            Self::LevelAbovePolicy { level, policy } => {
                vec![("level", level.to_uppercase()), ("policy", (*policy).to_owned())]
            }
            Self::PolicyRefuses { policy, params, more, .. } => {
                let mut all = params.clone();
                all.push(("policy", policy.clone()));
                all.push(("more", more.to_string()));
                all
            }
            Self::PolicyFile { name, error } => {
                vec![("name", name.clone()), ("reason", error.code.clone()), ("detail", error.detail.clone())]
            }
            Self::EvidenceMissing { subject, what, reason, tried, more, there } => vec![
                ("refused", there.refused.clone()),
                ("until", there.until.map(rfc3339).unwrap_or_default()),
                ("strangers", there.strangers.join("; ")),
                ("subject", subject.clone()),
                ("what", (*what).to_owned()),
                ("reason", (*reason).to_owned()),
                ("tried", tried.join(", ")),
                ("more", more.to_string()),
            ],
            Self::Revoked { subject, at, reason, on_hold } => vec![
                ("subject", subject.clone()),
                ("at", at.clone()),
                ("reason", (*reason).to_owned()),
                ("on_hold", on_hold.to_string()),
            ],
            Self::SignerRevoked { name, date, reason, on_hold } => vec![
                ("name", name.clone()),
                ("date", date.clone()),
                ("reason", (*reason).to_owned()),
                ("on_hold", on_hold.to_string()),
            ],
            Self::StampCovers { page, what, text } => {
                vec![
                    ("page", page.to_string()),
                    ("what", (*what).to_owned()),
                    ("text", text.chars().take(120).collect()),
                ]
            }
            Self::StampFieldUnseen { field } => vec![("field", field.clone())],
            Self::LevelThere { name, level } => vec![("name", name.clone()), ("level", level.to_uppercase())],
            Self::LevelNotReached { level, reason } => {
                vec![("level", level.to_uppercase()), ("reason", reason.clone())]
            }
            Self::BrokenAlready { name, signer, reason } | Self::NotJudged { name, signer, reason } => {
                vec![("name", name.clone()), ("signer", signer.clone()), ("reason", (*reason).to_owned())]
            }
            Self::AlreadySigned { name }
            | Self::NoPdfInside { name }
            | Self::ContentOther { name }
            | Self::ReasonAndCommitment { name }
            | Self::EvidenceNone { name } => vec![("name", name.clone())],
            Self::SealedByOther { subject } => vec![("subject", subject.clone())],
            Self::CountersignChoose { name, count, signers } => {
                vec![("name", name.clone()), ("count", count.to_string()), ("signers", signers.clone())]
            }
            Self::ContentNeeded | Self::ExtendOffline => Vec::new(),
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::LevelThere { .. } | Self::ExtendOffline => Severity::Warning,
            Self::FormatNotFitting { .. }
            | Self::NoPdfInside { .. }
            | Self::NoPolicy { .. }
            | Self::LevelAbovePolicy { .. }
            | Self::PolicyRefuses { .. }
            | Self::PolicyFile { .. }
            | Self::EvidenceMissing { .. }
            | Self::Revoked { .. }
            | Self::SignerRevoked { .. }
            | Self::StampCovers { .. }
            | Self::StampFieldUnseen { .. }
            | Self::LevelNotReached { .. }
            | Self::BrokenAlready { .. }
            | Self::NotJudged { .. }
            | Self::AlreadySigned { .. }
            | Self::CountersignChoose { .. }
            | Self::ContentOther { .. }
            | Self::ReasonAndCommitment { .. }
            | Self::EvidenceNone { .. }
            | Self::SealedByOther { .. }
            | Self::ContentNeeded => Severity::Error,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::EvidenceMissing { .. } | Self::LevelNotReached { .. } => Retry::Later,
            Self::PolicyRefuses { .. }
            | Self::NoPdfInside { .. }
            | Self::LevelAbovePolicy { .. }
            | Self::StampCovers { .. }
            | Self::StampFieldUnseen { .. }
            | Self::CountersignChoose { .. }
            | Self::ContentOther { .. }
            | Self::ReasonAndCommitment { .. }
            | Self::EvidenceNone { .. }
            | Self::ExtendOffline
            | Self::ContentNeeded => Retry::AfterAction,
            Self::FormatNotFitting { .. }
            | Self::NoPolicy { .. }
            | Self::PolicyFile { .. }
            | Self::Revoked { .. }
            | Self::SignerRevoked { .. }
            | Self::LevelThere { .. }
            | Self::SealedByOther { .. }
            | Self::BrokenAlready { .. }
            | Self::NotJudged { .. }
            | Self::AlreadySigned { .. } => Retry::Never,
        }
    }
}

/// A signer whom `error` keeps from being proven, as the trail has them: `name (code)`.
pub(crate) fn unproven_note(error: &WireError) -> String {
    let of = |name: &str| error.params.get(name).map(String::as_str).unwrap_or_default();
    let code = match (error.code.as_str(), of("on_hold")) {
        ("evidence_revoked", "true") => "on_hold",
        ("evidence_revoked", _) => "revoked",
        ("evidence_missing", _) => of("reason"),
        (code, _) => code,
    };
    format!("{} ({code})", of("subject"))
}

impl From<SignError> for OfficeError {
    fn from(error: SignError) -> Self {
        Self::Format(WireError::from(&error))
    }
}

/// What an error is about, for deciding whether a batch goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ErrorKind {
    /// The document.
    Document,
    /// A time-stamp authority, or evidence.
    Service,
    /// The key.
    Key,
    /// The place of the result.
    Output,
    /// The office itself: nothing can go on.
    Office,
}

impl ErrorKind {
    /// The kind of `error`.
    pub(crate) fn of(error: &OfficeError) -> Self {
        match error {
            OfficeError::Key(_) | OfficeError::KeyMismatch { .. } | OfficeError::IdentityNotValid { .. } => Self::Key,
            OfficeError::OutputUnwritable { .. } | OfficeError::OutputExists { .. } => Self::Output,
            OfficeError::Registry(_)
            | OfficeError::NotPermitted { .. }
            | OfficeError::NoOffice
            | OfficeError::Locked
            | OfficeError::UnknownOperator
            | OfficeError::Internal { .. } => Self::Office,
            OfficeError::Format(wire) if is_of_a_service(&wire.code) => Self::Service,
            // Whoever is revoked is so for every document: the signer, or, found out after the key, whoever answers for the signature.
            OfficeError::Format(wire)
                if [code::CERTIFICATE_REVOKED, "evidence_revoked"].contains(&wire.code.as_str()) =>
            {
                Self::Key
            }
            _ => Self::Document,
        }
    }
}

/// Codes of what is asked of others: authorities and evidence.
fn is_of_a_service(code: &str) -> bool {
    code.starts_with("tsa_") || code.starts_with("net_") || code == "evidence_missing" || code == "level_not_reached"
}
