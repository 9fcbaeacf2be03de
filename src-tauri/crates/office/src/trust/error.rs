//! What goes wrong with the trust store and the evidence.

use cartorio_core::{Coded, Retry, Severity, WireError};

use crate::OfficeError;

/// A failure of the trust store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustError {
    /// A root must be a CA.
    #[error("{name} is not the certificate of a CA")]
    NotACa {
        /// Its name.
        name: String,
    },
    /// A root must be signed by its own key.
    #[error("{name} is not signed by its own key")]
    NotSelfSigned {
        /// Its name.
        name: String,
    },
    /// An official root needs no request: it is imported.
    #[error("{name} is an official root: it comes by the official bundle")]
    Official {
        /// Its name.
        name: String,
    },
    /// It bears the name of an official root and is none.
    #[error("{name} bears the name of ICP-Brasil and is not on the list of official fingerprints")]
    Impostor {
        /// Its name.
        name: String,
    },
    /// The office trusts it already.
    #[error("{name} is trusted already")]
    Known {
        /// Its name.
        name: String,
    },
    /// No such root of the office's own choice.
    #[error("there is no root of the office's own choice with this fingerprint")]
    UnknownRoot,
    /// Evidence that is not kept.
    #[error("this evidence is not kept")]
    UnknownEvidence,
    /// No certificate says where the list is fetched from.
    #[error("no CA certificate here says where the evidence of {issuer} is fetched from")]
    NoAddress {
        /// Its issuer.
        issuer: String,
    },
    /// What came from the network is no list.
    #[error("what {url} sent is no revocation list: {reason}")]
    NotAList {
        /// The address.
        url: String,
        /// What the reader says.
        reason: String,
    },
    /// What came from the network was not signed by the CA that named the address.
    #[error("the list of {url} is not that of the CA whose certificates name it ({reason})")]
    NotTheIssuer {
        /// The address.
        url: String,
        /// Reason code of the list's check.
        reason: String,
    },
    /// What came from the network is older than what is here.
    #[error("the list of {url} is of {this_update}, older than the one that is kept")]
    Older {
        /// The address.
        url: String,
        /// When it was made.
        this_update: String,
    },
}

impl Coded for TrustError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotACa { .. } => "trust_not_a_ca",
            Self::NotSelfSigned { .. } => "trust_not_self_signed",
            Self::Official { .. } => "trust_official_root",
            Self::Impostor { .. } => "trust_impostor",
            Self::Known { .. } => "trust_known",
            Self::UnknownRoot => "trust_root_unknown",
            Self::UnknownEvidence => "evidence_unknown",
            Self::NoAddress { .. } => "evidence_no_address",
            Self::NotAList { .. } => "evidence_not_a_list",
            Self::NotTheIssuer { .. } => "evidence_not_the_issuer",
            Self::Older { .. } => "evidence_older",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotACa { name }
            | Self::NotSelfSigned { name }
            | Self::Official { name }
            | Self::Impostor { name }
            | Self::Known { name } => vec![("name", name.clone())],
            Self::UnknownRoot | Self::UnknownEvidence => Vec::new(),
            Self::NoAddress { issuer } => vec![("issuer", issuer.clone())],
            Self::NotAList { url, reason } | Self::NotTheIssuer { url, reason } => {
                vec![("url", url.clone()), ("reason", reason.clone())]
            }
            Self::Older { url, this_update } => vec![("url", url.clone()), ("this_update", this_update.clone())],
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Official { .. } | Self::Known { .. } | Self::NoAddress { .. } => Severity::Warning,
            Self::NotACa { .. }
            | Self::NotSelfSigned { .. }
            | Self::Impostor { .. }
            | Self::UnknownRoot
            | Self::UnknownEvidence
            | Self::NotAList { .. }
            | Self::NotTheIssuer { .. }
            | Self::Older { .. } => Severity::Error,
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::NotAList { .. } | Self::NotTheIssuer { .. } | Self::Older { .. } => Retry::Later,
            Self::NoAddress { .. } | Self::Official { .. } => Retry::AfterAction,
            Self::NotACa { .. }
            | Self::NotSelfSigned { .. }
            | Self::Impostor { .. }
            | Self::Known { .. }
            | Self::UnknownRoot
            | Self::UnknownEvidence => Retry::Never,
        }
    }
}

impl From<TrustError> for OfficeError {
    fn from(error: TrustError) -> Self {
        Self::Format(WireError::from(&error))
    }
}
