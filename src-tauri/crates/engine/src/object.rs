//! Certificates and revocation lists as OpenSSL holds them.

use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::x509::{X509, X509Crl};

use crate::ffi;

/// A certificate, parsed once. A clone is a counted reference.
#[derive(Clone)]
pub struct Cert(pub(crate) X509);

impl Cert {
    /// Parses one DER certificate.
    ///
    /// # Errors
    /// [`ParseError`] with what OpenSSL says.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        X509::from_der(der).map(Self).map_err(|error| ParseError::new(&error))
    }

    /// Whether both are the same handle, not merely the same bytes.
    pub fn is_same(&self, other: &Self) -> bool {
        use foreign_types_shared::ForeignType;
        self.0.as_ptr() == other.0.as_ptr()
    }

    /// Whether the certificate is for this DNS name (RFC 6125, RFC 9525: subjectAltName only, wildcards as whole labels).
    pub fn matches_host(&self, host: &str) -> bool {
        ffi::check_host(&self.0, host)
    }

    /// Whether the certificate is for this IP address.
    pub fn matches_ip(&self, ip: std::net::IpAddr) -> bool {
        match ip {
            std::net::IpAddr::V4(ip) => ffi::check_ip(&self.0, &ip.octets()),
            std::net::IpAddr::V6(ip) => ffi::check_ip(&self.0, &ip.octets()),
        }
    }

    /// Whether the certificate is for this e-mail address.
    pub fn matches_email(&self, address: &str) -> bool {
        ffi::check_email(&self.0, address)
    }
}

/// A revocation list, parsed once. A clone is a counted reference.
#[derive(Clone)]
pub struct Crl(pub(crate) Arc<X509Crl>);

impl Crl {
    /// Parses one DER list.
    ///
    /// # Errors
    /// [`ParseError`] with what OpenSSL says.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseError> {
        X509Crl::from_der(der).map(|crl| Self(Arc::new(crl))).map_err(|error| ParseError::new(&error))
    }
}

/// OpenSSL does not read it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("OpenSSL cannot read it: {reason}")]
pub struct ParseError {
    /// OpenSSL's reasons.
    pub reason: String,
}

impl ParseError {
    fn new(stack: &ErrorStack) -> Self {
        let reasons: Vec<&str> = stack.errors().iter().filter_map(openssl::error::Error::reason).collect();
        Self { reason: if reasons.is_empty() { "unknown".to_owned() } else { reasons.join("; ") } }
    }
}

impl std::fmt::Debug for Cert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cert")
    }
}

impl std::fmt::Debug for Crl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Crl")
    }
}
