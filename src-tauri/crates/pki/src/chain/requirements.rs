//! What a review is for.

use std::net::IpAddr;

use crate::certificate::KeyUsage;

/// What is asked of a path beyond being sound. The default asks for any policy and purpose, with revocation evidence.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Requirements {
    /// The user-initial-policy-set, dotted; empty means any policy (RFC 5280 §6.1.1 (c)).
    pub policies: Vec<String>,
    /// initial-explicit-policy: the path must be valid for one of the policies.
    pub explicit_policy: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_policy_mapping: bool,
    /// What missing revocation evidence means.
    pub revocation: RevocationMode,
    /// What the subject must be good for.
    pub purpose: Purpose,
    /// Bits that the subject's keyUsage must have, where it has one.
    pub key_usages: Vec<KeyUsage>,
    /// Purposes that the subject's extKeyUsage must have, dotted, where it has one.
    pub extended_key_usages: Vec<String>,
    /// Whom the subject must be certified as; every one of them.
    pub peers: Vec<PeerName>,
    /// How many intermediates a path may have between subject and anchor; self-issued ones do not count.
    pub max_depth: Option<u32>,
}

/// What missing revocation evidence means.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum RevocationMode {
    /// Without evidence for every certificate below the anchor, the result is indeterminate.
    #[default]
    Require,
    /// What is there counts; what is missing is noted.
    Prefer,
    /// Evidence is not looked at.
    Off,
}

impl RevocationMode {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Require => "require",
            Self::Prefer => "prefer",
            Self::Off => "off",
        }
    }

    /// From its code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Require, Self::Prefer, Self::Off].into_iter().find(|mode| mode.code() == code)
    }
}

/// What the subject must be good for.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Purpose {
    /// Not looked at.
    #[default]
    Any,
    /// Signing documents: keyUsage digitalSignature or nonRepudiation, and an extKeyUsage that signing programs accept.
    DocumentSigning,
    /// A TLS server.
    TlsServer,
    /// A TLS client.
    TlsClient,
    /// Signed mail.
    Email,
    /// Time stamps (RFC 3161 §2.3).
    Timestamping,
    /// OCSP responses (RFC 6960 §4.2.2.2).
    OcspSigning,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 7] = [
        Self::Any,
        Self::DocumentSigning,
        Self::TlsServer,
        Self::TlsClient,
        Self::Email,
        Self::Timestamping,
        Self::OcspSigning,
    ];

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::DocumentSigning => "document_signing",
            Self::TlsServer => "tls_server",
            Self::TlsClient => "tls_client",
            Self::Email => "email",
            Self::Timestamping => "timestamping",
            Self::OcspSigning => "ocsp_signing",
        }
    }

    /// From its code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    pub(super) const fn engine(self) -> cartorio_engine::Purpose {
        match self {
            // Judged here: no profile of OpenSSL is for these.
            Self::Any | Self::DocumentSigning | Self::OcspSigning => cartorio_engine::Purpose::Any,
            Self::TlsServer => cartorio_engine::Purpose::TlsServer,
            Self::TlsClient => cartorio_engine::Purpose::TlsClient,
            Self::Email => cartorio_engine::Purpose::Email,
            Self::Timestamping => cartorio_engine::Purpose::Timestamping,
        }
    }
}

/// Whom a certificate speaks of.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum PeerName {
    /// A DNS name.
    Dns(String),
    /// An IP address.
    Ip(IpAddr),
    /// An e-mail address.
    Email(String),
}

impl std::fmt::Display for PeerName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dns(name) | Self::Email(name) => f.write_str(name),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}
