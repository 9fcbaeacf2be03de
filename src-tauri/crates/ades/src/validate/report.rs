//! What is found out about one signer: facts on separate axes, and the one verdict that follows from them.

use cartorio_core::HashAlgorithm;
use const_oid::ObjectIdentifier as Oid;
use time::OffsetDateTime;

use super::cms::SignerId;
use crate::cms::algorithm::{DigestId, SignatureId};
use crate::cms::ber::Encoding;

/// Everything that one SignerInfo says and whether it holds. Trust in the certificate is judged elsewhere.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignerReport {
    /// The verdict on content, attributes and value.
    pub integrity: Integrity,
    /// Whether the content has the digest that was signed.
    pub message_digest: MessageDigest,
    /// Whether the value verifies with the certificate's key.
    pub signature_value: SignatureValue,
    /// How the SignerInfo names the certificate.
    pub signer_id: SignerId,
    /// The certificate that it names, if it is among the enclosed ones.
    pub certificate: Option<SignerCertificate>,
    /// Whether the signed reference to the certificate fits it.
    pub signing_certificate: SigningCertificate,
    /// The content's hash function.
    pub digest_algorithm: DigestId,
    /// The signature algorithm.
    pub signature_algorithm: SignatureId,
    /// Whether the signed copy of the algorithm identifiers fits them.
    pub algorithm_protection: AlgorithmProtection,
    /// Whether the signed content type fits the content.
    pub content_type: ContentType,
    /// The signing time that the signer claims.
    pub claimed_time: ClaimedTime,
    /// Signed and unsigned attributes that PAdES forbids (EN 319 142-1 §6.3), whatever the format is.
    pub forbidden_in_pades: Vec<Oid>,
    /// Names of the signed attributes, in the order found. Empty: the value covers the content itself.
    pub signed_attributes: Vec<Oid>,
    /// The unsigned attributes, not judged.
    pub unsigned_attributes: Vec<UnsignedAttribute>,
    /// Whether the signed attributes stand in DER order, as RFC 5652 §5.3 wants.
    pub attributes_in_der_order: bool,
    /// How the whole CMS is written; PDF readers refuse what is not DER.
    pub encoding: Encoding,
}

impl SignerReport {
    /// Signature time-stamp tokens found (RFC 3161), not judged.
    pub fn time_stamps(&self) -> impl Iterator<Item = &[u8]> {
        self.unsigned_attributes
            .iter()
            .filter(|attribute| attribute.oid == crate::cms::oid::SIGNATURE_TIME_STAMP)
            .flat_map(|attribute| attribute.values.iter().map(Vec::as_slice))
    }
}

/// Whether what was signed is still what is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Integrity {
    /// The content is the one that was signed, and the value verifies.
    Ok,
    /// Something does not hold.
    Broken {
        /// What.
        reason: BreakReason,
    },
    /// Nothing was found broken, but not everything could be checked.
    Undecidable {
        /// Why.
        reason: OpenReason,
    },
}

/// What does not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BreakReason {
    /// The content is not the one that was signed.
    ContentChanged,
    /// The value does not verify over the signed attributes with the certificate's key.
    SignatureMismatch,
    /// Signed attributes without a message digest, or with more than one (RFC 5652 §11.2).
    MessageDigestMissing,
    /// The content has another type than the signed one (RFC 5652 §11.1).
    ContentTypeMismatch,
    /// Content that is not plain data was signed without signed attributes (RFC 5652 §5.3).
    AttributesMissing,
    /// The algorithm identifiers were exchanged (RFC 6211 §3).
    AlgorithmsExchanged,
    /// The signed reference names another certificate (RFC 5035 §3: to be treated as invalid).
    OtherCertificate,
    /// An attribute that must be alone is repeated, or cannot be read.
    MalformedAttributes,
}

impl BreakReason {
    /// Stable code, for tables of texts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ContentChanged => "content_changed",
            Self::SignatureMismatch => "signature_mismatch",
            Self::MessageDigestMissing => "message_digest_missing",
            Self::ContentTypeMismatch => "content_type_mismatch",
            Self::AttributesMissing => "attributes_missing",
            Self::AlgorithmsExchanged => "algorithms_exchanged",
            Self::OtherCertificate => "other_certificate",
            Self::MalformedAttributes => "malformed_attributes",
        }
    }
}

/// Why it cannot be decided.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OpenReason {
    /// The algorithm rests on a broken hash; a match would prove nothing. Its printed name.
    WeakAlgorithm(&'static str),
    /// This product does not know the algorithm or its parameters.
    UnknownAlgorithm(Oid),
    /// The signer's certificate is not in the CMS.
    CertificateMissing,
    /// The certificate's key is of a type that this product does not know; the reason in English.
    UnsupportedKey(String),
    /// The signed reference to the certificate uses a hash that this product does not know.
    UncheckedReference,
}

impl OpenReason {
    /// Stable code, for tables of texts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WeakAlgorithm(_) => "weak_algorithm",
            Self::UnknownAlgorithm(_) => "unknown_algorithm",
            Self::CertificateMissing => "certificate_missing",
            Self::UnsupportedKey(_) => "unsupported_key",
            Self::UncheckedReference => "unchecked_reference",
        }
    }
}

/// Whether the content has the digest that was signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MessageDigest {
    /// It has.
    Matches(HashAlgorithm),
    /// It has another one.
    Differs {
        /// What was signed.
        signed: Vec<u8>,
        /// What the content has.
        actual: Vec<u8>,
    },
    /// There are signed attributes, but no usable message digest among them.
    Missing,
    /// There are no signed attributes: the value covers the content directly.
    Direct,
    /// The hash is weak or unknown.
    Unchecked,
}

/// Whether the value verifies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignatureValue {
    /// It does.
    Verifies,
    /// It does not.
    Fails,
    /// It could not be tried.
    Unchecked(OpenReason),
}

/// The certificate that a SignerInfo names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignerCertificate {
    /// Its place among the enclosed certificates.
    pub index: usize,
    /// Its DER.
    pub der: Vec<u8>,
    /// Whether the SignerInfo repeats its issuer byte for byte. Where not, it was found by its serial number and the
    /// signed hash of it.
    pub issuer_bytes_match: bool,
}

/// The signed reference to the signer's certificate (RFC 2634 §5.4, RFC 5035).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SigningCertificate {
    /// There is none: not CAdES, not PAdES.
    Absent,
    /// It has the certificate's hash.
    Matches {
        /// Which attribute.
        version: EssVersion,
        /// What its issuer and serial number say.
        issuer_serial: IssuerSerial,
    },
    /// It has the hash of another certificate.
    Differs {
        /// Which attribute.
        version: EssVersion,
    },
    /// It could not be compared: unknown hash, or no certificate.
    Unchecked {
        /// Which attribute.
        version: EssVersion,
    },
    /// It cannot be read.
    Malformed {
        /// Which attribute.
        version: EssVersion,
    },
}

/// Which of the two attributes refers to the certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EssVersion {
    /// signing-certificate, always with SHA-1.
    V1,
    /// signing-certificate-v2.
    V2,
}

/// Issuer and serial number beside the hash of the certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IssuerSerial {
    /// Left out, which RFC 5035 allows.
    Absent,
    /// Byte for byte those of the certificate.
    Same,
    /// Not the certificate's bytes; ITI's validator rejects it, the hash alone decides here.
    Different,
}

/// The signed copy of the algorithm identifiers (RFC 6211).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AlgorithmProtection {
    /// There is none.
    Absent,
    /// It says the same as the SignerInfo.
    Consistent,
    /// It says something else, or cannot be read.
    Inconsistent,
}

/// The signed content type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContentType {
    /// The content's.
    Matches,
    /// Another one, or unreadable.
    Differs,
    /// There are signed attributes, but no content type among them.
    Missing,
    /// There are no signed attributes, so none is needed.
    NotNeeded,
}

/// The signing time that the signer claims.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClaimedTime {
    /// None in the CMS; PAdES has it in the signature dictionary.
    Absent,
    /// This one, in UTC.
    At(OffsetDateTime),
    /// One that is not a time.
    Malformed,
}

/// An unsigned attribute, not judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnsignedAttribute {
    /// Its name.
    pub oid: Oid,
    /// Its values, each a whole element.
    pub values: Vec<Vec<u8>>,
}
