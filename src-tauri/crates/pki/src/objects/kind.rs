//! Kinds of objects.

use cartorio_asn1::Module;

/// Kinds of objects that are recognised by their structure or their PEM label.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum ObjectKind {
    /// A certificate.
    Certificate,
    /// A revocation list.
    Crl,
    /// A PKCS#7 or CMS container.
    Pkcs7,
    /// A PKCS#12 file.
    P12,
    /// A Java key store.
    Jks,
    /// A Java key store of the JCE.
    Jceks,
    /// A private key, in clear.
    PrivateKey,
    /// A private key, encrypted.
    EncryptedPrivateKey,
    /// A public key.
    PublicKey,
    /// A certification request (PKCS#10).
    CertificationRequest,
    /// An attribute certificate.
    AttributeCertificate,
    /// A CMS signature over content: for the signature validator.
    CmsSignature,
    /// A question to an OCSP responder.
    OcspRequest,
    /// An OCSP response.
    OcspResponse,
    /// A question to a time stamping authority.
    TimeStampRequest,
    /// A time stamp token, or the response that it came in.
    TimeStamp,
    /// A PEM block with another label.
    Labelled(String),
    /// ASN.1 of a structure that is not known.
    Unknown,
}

impl ObjectKind {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Crl => "crl",
            Self::Pkcs7 => "pkcs7",
            Self::P12 => "p12",
            Self::Jks => "jks",
            Self::Jceks => "jceks",
            Self::PrivateKey => "private_key",
            Self::EncryptedPrivateKey => "encrypted_private_key",
            Self::PublicKey => "public_key",
            Self::CertificationRequest => "certification_request",
            Self::AttributeCertificate => "attribute_certificate",
            Self::CmsSignature => "cms_signature",
            Self::OcspRequest => "ocsp_request",
            Self::OcspResponse => "ocsp_response",
            Self::TimeStampRequest => "time_stamp_request",
            Self::TimeStamp => "time_stamp",
            Self::Labelled(_) => "other_pem",
            Self::Unknown => "unknown",
        }
    }

    /// Whether its bytes are secret.
    pub fn is_secret(&self) -> bool {
        match self {
            Self::PrivateKey => true,
            Self::Labelled(label) => label.ends_with("PRIVATE KEY"),
            _ => false,
        }
    }

    pub(super) fn of_module(module: Module) -> Self {
        match module {
            Module::Certificate => Self::Certificate,
            Module::CertificateList => Self::Crl,
            Module::CertificationRequest => Self::CertificationRequest,
            Module::AttributeCertificate => Self::AttributeCertificate,
            Module::OcspRequest => Self::OcspRequest,
            Module::OcspResponse | Module::BasicOcspResponse => Self::OcspResponse,
            Module::ContentInfo => Self::Pkcs7,
            Module::Pfx => Self::P12,
            Module::TimeStampReq => Self::TimeStampRequest,
            Module::TimeStampResp | Module::TstInfo => Self::TimeStamp,
            Module::PrivateKeyInfo | Module::RsaPrivateKey | Module::EcPrivateKey | Module::DsaPrivateKey => {
                Self::PrivateKey
            }
            Module::EncryptedPrivateKeyInfo => Self::EncryptedPrivateKey,
            Module::SubjectPublicKeyInfo | Module::RsaPublicKey => Self::PublicKey,
        }
    }

    /// What a PEM label says (RFC 7468 and older practice).
    pub(super) fn of_label(label: &str) -> Self {
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Self::Certificate,
            "X509 CRL" => Self::Crl,
            "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => Self::Pkcs7,
            "PKCS12" => Self::P12,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Self::CertificationRequest,
            "ATTRIBUTE CERTIFICATE" => Self::AttributeCertificate,
            "ENCRYPTED PRIVATE KEY" => Self::EncryptedPrivateKey,
            "OCSP RESPONSE" => Self::OcspResponse,
            "OCSP REQUEST" => Self::OcspRequest,
            label if label.ends_with("PRIVATE KEY") => Self::PrivateKey,
            label if label.ends_with("PUBLIC KEY") => Self::PublicKey,
            label => Self::Labelled(label.to_owned()),
        }
    }
}
