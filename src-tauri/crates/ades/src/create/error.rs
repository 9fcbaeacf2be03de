//! Why a signature is not made.

use cartorio_core::{Coded, HashAlgorithm};
use cartorio_keys::{KeySpec, SignatureAlgorithm};

use crate::cms::ber::Asn1Error;

/// A signature that is refused; nothing has been written.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The signer's certificate cannot be read.
    #[error("the signer's certificate is malformed: {0}")]
    SignerCertificate(Asn1Error),
    /// A certificate of the chain cannot be read.
    #[error("certificate {position} of the chain is malformed: {reason}")]
    ChainCertificate {
        /// Its place in the chain as given, from 1.
        position: usize,
        /// What is wrong.
        reason: Asn1Error,
    },
    /// The certificate's key is of a type that this product does not sign with.
    #[error("the certificate's key cannot be used: {reason}")]
    UnsupportedKey {
        /// Which type.
        reason: String,
    },
    /// The algorithm does not go with the certificate's key.
    #[error("the certificate holds a {spec} key, which does not sign with {algorithm}")]
    WrongAlgorithm {
        /// The algorithm asked for.
        algorithm: SignatureAlgorithm,
        /// The certificate's key.
        spec: KeySpec,
    },
    /// The content was hashed with another function than the algorithm's.
    #[error("{expected} is needed for this algorithm, the content was hashed with {actual}")]
    WrongDigest {
        /// The algorithm's hash.
        expected: HashAlgorithm,
        /// The one that was used.
        actual: HashAlgorithm,
    },
    /// The signing key is not the one in the certificate.
    #[error("the signing key is not the one in the certificate")]
    KeyMismatch,
    /// The value does not verify with the certificate's key over what was prepared.
    #[error("the signature value does not verify with the certificate's key")]
    BadSignature,
    /// The content to enclose is not the one that was hashed.
    #[error("the content is not the one that was hashed")]
    ContentChanged,
    /// The signing time has a year that cannot be written.
    #[error("the signing time is outside the years 0 to 9999")]
    SigningTime,
    /// A signed attribute cannot be written as asked.
    #[error("the signed attribute {attribute} is refused: {reason}")]
    Attribute {
        /// Its name in EN 319 122-1.
        attribute: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A countersignature was asked for as a file of its own.
    #[error("a countersignature only stands inside another signature")]
    Countersignature,
    /// A fixed structure could not be encoded; a defect of this program.
    #[error("encoding failed: {reason}")]
    Encoding {
        /// What failed.
        reason: String,
    },
}

impl Coded for CreateError {
    fn code(&self) -> &'static str {
        match self {
            Self::SignerCertificate(_) => "signer_certificate_malformed",
            Self::ChainCertificate { .. } => "chain_certificate_malformed",
            Self::UnsupportedKey { .. } => "signer_key_unsupported",
            Self::WrongAlgorithm { .. } => "signer_wrong_algorithm",
            Self::WrongDigest { .. } => "content_wrong_digest",
            Self::KeyMismatch => "signer_key_mismatch",
            Self::BadSignature => "signature_not_verified",
            Self::ContentChanged => "content_changed",
            Self::SigningTime => "signing_time_out_of_range",
            Self::Attribute { .. } => "signed_attribute_invalid",
            Self::Countersignature => "countersignature_stands_alone",
            Self::Encoding { .. } => "signature_encoding_failed",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::SignerCertificate(reason) => reason.params(),
            Self::ChainCertificate { position, reason } => {
                let mut params = reason.params();
                params.push(("position", position.to_string()));
                params
            }
            Self::UnsupportedKey { reason } | Self::Encoding { reason } => vec![("reason", reason.clone())],
            Self::WrongAlgorithm { algorithm, spec } => {
                vec![("algorithm", algorithm.to_string()), ("spec", spec.to_string())]
            }
            Self::WrongDigest { expected, actual } => {
                vec![("expected", expected.to_string()), ("actual", actual.to_string())]
            }
            Self::Attribute { attribute, reason } => {
                vec![("attribute", (*attribute).to_owned()), ("reason", (*reason).to_owned())]
            }
            Self::KeyMismatch
            | Self::BadSignature
            | Self::ContentChanged
            | Self::SigningTime
            | Self::Countersignature => Vec::new(),
        }
    }
}
