//! Why a signature cannot be extended.

use std::io;

use cartorio_core::{Coded, HashAlgorithm};
use const_oid::ObjectIdentifier as Oid;

use crate::cms::ber::Asn1Error;

/// An extension that is refused; nothing has been changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// Not a CMS signature.
    #[error("not a CMS signature: {0}")]
    Malformed(#[from] Asn1Error),
    /// A CMS of another kind.
    #[error("a CMS of type {0}, not a signature")]
    NotSignedData(Oid),
    /// Something follows the CMS.
    #[error("something follows the signature at byte {offset}")]
    Trailing {
        /// Where it starts.
        offset: usize,
    },
    /// There is no such signer.
    #[error("signer {signer} was asked for, and there are {count}", signer = .signer + 1)]
    NoSigner {
        /// The signer asked for, from 0.
        signer: usize,
        /// How many there are.
        count: usize,
    },
    /// Exactly one signer is needed.
    #[error("one signer is needed, and there are {count}")]
    NotOneSigner {
        /// How many there are.
        count: usize,
    },
    /// A certificate, CRL, OCSP response or attribute value to be added is malformed.
    #[error("{item} {position} to be added is malformed: {reason}")]
    Value {
        /// What it should be.
        item: Item,
        /// Its place in the list, from 1.
        position: usize,
        /// What is wrong.
        reason: Asn1Error,
    },
    /// An attribute without any value.
    #[error("an attribute has at least one value")]
    NoValue,
    /// The signatures or digests are over different contents.
    #[error("the content is not the one that was signed")]
    OtherContent,
    /// The signatures are over different types of content.
    #[error("the signatures are over content of types {existing} and {new}")]
    OtherContentType {
        /// Of the signature that is there.
        existing: Oid,
        /// Of the new one.
        new: Oid,
    },
    /// An archive time stamp of the old kinds covers what would change.
    #[error("an archive time stamp covers the whole signature, which a change would break")]
    Sealed,
    /// A BER signature whose archive time stamp covers bytes that DER writes otherwise.
    #[error("an archive time stamp covers bytes in BER, which cannot be rewritten")]
    StampedBer,
    /// A digest with another hash than the one asked for.
    #[error("a digest with {expected} is needed, not with {actual}")]
    WrongDigest {
        /// What is needed.
        expected: HashAlgorithm,
        /// What was given.
        actual: HashAlgorithm,
    },
    /// The content is inside already.
    #[error("the content is inside already")]
    HasContent,
    /// The content is longer than can be written here.
    #[error("{len} bytes of content are more than can be enclosed")]
    TooLong {
        /// Its length in bytes.
        len: u64,
    },
    /// The content has another length than the one that was announced.
    #[error("the content has {actual} bytes, not {expected}")]
    WrongLength {
        /// What was announced, in bytes.
        expected: u64,
        /// What was read, in bytes.
        actual: u64,
    },
    /// A signature over this type of content where a time-stamp token is needed.
    #[error("a signature over content of type {0}, not a time-stamp token")]
    NotTimeStamp(Oid),
    /// The token is over something else.
    #[error("the time stamp is over something else")]
    WrongImprint,
    /// The signature changed after the archive time stamp was asked for.
    #[error("the signature changed after the archive time stamp was asked for")]
    Changed,
    /// The countersignature is over something else than the signature value.
    #[error("the countersignature is over another signature")]
    OtherSignature,
    /// An attribute that has to be there before this one.
    #[error("the attribute {attribute} has to be there first")]
    Missing {
        /// Its name in RFC 5126.
        attribute: &'static str,
    },
    /// An attribute that may be there only once, and is.
    #[error("the attribute {0} may be there only once")]
    Repeated(Oid),
    /// The content could not be read.
    #[error("the content could not be read: {reason}")]
    Read {
        /// What kind of failure.
        kind: io::ErrorKind,
        /// What the system says.
        reason: String,
    },
}

/// What can be added to a signature.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Item {
    /// An X.509 certificate.
    Certificate,
    /// A CRL.
    Crl,
    /// A successful OCSPResponse.
    Ocsp,
    /// The value of an attribute.
    AttributeValue,
    /// A time-stamp token.
    TimeStamp,
    /// A SignerInfo.
    SignerInfo,
}

impl Item {
    /// A stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp_response",
            Self::AttributeValue => "attribute_value",
            Self::TimeStamp => "time_stamp",
            Self::SignerInfo => "signer_info",
        }
    }
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::Crl => "CRL",
            Self::Ocsp => "OCSP response",
            Self::AttributeValue => "attribute value",
            Self::TimeStamp => "time stamp",
            Self::SignerInfo => "signer information",
        })
    }
}

impl UpgradeError {
    /// The same about an item of a list, from 0.
    pub(super) const fn about(item: Item, index: usize, reason: Asn1Error) -> Self {
        Self::Value { item, position: index + 1, reason }
    }
}

impl From<io::Error> for UpgradeError {
    fn from(error: io::Error) -> Self {
        Self::Read { kind: error.kind(), reason: error.to_string() }
    }
}

impl Coded for UpgradeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "upgrade_malformed",
            Self::NotSignedData(_) => "upgrade_not_signed_data",
            Self::Trailing { .. } => "upgrade_trailing_data",
            Self::NoSigner { .. } => "upgrade_no_such_signer",
            Self::NotOneSigner { .. } => "upgrade_not_one_signer",
            Self::Value { .. } => "upgrade_value_malformed",
            Self::NoValue => "upgrade_attribute_without_value",
            Self::OtherContent => "upgrade_other_content",
            Self::OtherContentType { .. } => "upgrade_other_content_type",
            Self::Sealed => "upgrade_sealed_by_archive",
            Self::StampedBer => "upgrade_stamped_ber",
            Self::WrongDigest { .. } => "upgrade_wrong_digest",
            Self::HasContent => "upgrade_has_content",
            Self::TooLong { .. } => "upgrade_content_too_long",
            Self::WrongLength { .. } => "upgrade_wrong_length",
            Self::NotTimeStamp(_) => "upgrade_not_time_stamp",
            Self::WrongImprint => "upgrade_wrong_imprint",
            Self::Changed => "upgrade_signature_changed",
            Self::OtherSignature => "upgrade_other_signature",
            Self::Missing { .. } => "upgrade_attribute_missing",
            Self::Repeated(_) => "upgrade_attribute_repeated",
            Self::Read { .. } => "upgrade_read_failed",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Malformed(reason) => reasoned(reason),
            Self::NotSignedData(oid) | Self::NotTimeStamp(oid) | Self::Repeated(oid) => vec![("oid", oid.to_string())],
            Self::Trailing { offset } => vec![("offset", offset.to_string())],
            Self::NoSigner { signer, count } => {
                vec![("signer", (signer + 1).to_string()), ("count", count.to_string())]
            }
            Self::NotOneSigner { count } => vec![("count", count.to_string())],
            Self::Value { item, position, reason } => {
                let mut params = reasoned(reason);
                params.extend([("item", item.name().to_owned()), ("position", position.to_string())]);
                params
            }
            Self::OtherContentType { existing, new } => {
                vec![("existing", existing.to_string()), ("new", new.to_string())]
            }
            Self::WrongDigest { expected, actual } => {
                vec![("expected", expected.to_string()), ("actual", actual.to_string())]
            }
            Self::TooLong { len } => vec![("len", len.to_string())],
            Self::WrongLength { expected, actual } => {
                vec![("expected", expected.to_string()), ("actual", actual.to_string())]
            }
            Self::Missing { attribute } => vec![("attribute", (*attribute).to_owned())],
            Self::Read { reason, .. } => vec![("reason", reason.clone())],
            Self::NoValue
            | Self::OtherContent
            | Self::Sealed
            | Self::StampedBer
            | Self::HasContent
            | Self::WrongImprint
            | Self::Changed
            | Self::OtherSignature => Vec::new(),
        }
    }
}

fn reasoned(reason: &Asn1Error) -> Vec<(&'static str, String)> {
    let mut params = reason.params();
    params.push(("reason", reason.to_string()));
    params
}
