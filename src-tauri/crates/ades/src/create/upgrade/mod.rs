//! Extending signatures that exist, made here or elsewhere: time stamps, evidence, further signers.
//!
//! The bytes of a foreign CMS are spliced, never re-encoded: only the length octets of what encloses something new
//! change, and the version number where RFC 5652 §5.1 asks for another one. BER input comes out with definite, minimal
//! lengths, in its own order. New elements stand where DER wants them when their set is in that order already, and last
//! when it is not; a signer that grew moves to the place that DER wants for it then.
//!
//! Signers are counted from 0, in the order in which they stand: [`signer_with`] finds one again.

use std::borrow::Cow;

use const_oid::ObjectIdentifier as Oid;

use crate::cms::ber::{Asn1Error, Limits, normalise};
use crate::cms::{der as write, oid};

mod archive;
mod document;
mod enclose;
mod error;
mod evidence;
pub mod icp;
mod merge;
mod token;

pub use archive::{ArchiveInput, add_archive_timestamp, archive_input};
use document::Document;
pub use enclose::{EnclosedAgain, Enclosing, enclose, enclose_again};
pub use error::{Item, UpgradeError};
pub use merge::{cosign, countersign};
use token::StampedImprint;

/// The signature value of a signer: what a signature time stamp covers, and a countersignature.
///
/// # Errors
/// [`UpgradeError`] for something that is not a signature, or a signer that is not there.
pub fn signature_value(cms: &[u8], signer: usize) -> Result<Vec<u8>, UpgradeError> {
    Ok(Document::read(cms)?.signer(signer)?.facts()?.signature.to_vec())
}

/// How many signers there are.
///
/// # Errors
/// [`UpgradeError`] for something that is not a signature.
pub fn signer_count(cms: &[u8]) -> Result<usize, UpgradeError> {
    Ok(Document::read(cms)?.signers.len())
}

/// Where the signer with this signature value stands: a signer that grows may get another place.
///
/// # Errors
/// [`UpgradeError`] for something that is not a signature; [`UpgradeError::NoSigner`] when nobody has that value.
pub fn signer_with(cms: &[u8], value: &[u8]) -> Result<usize, UpgradeError> {
    let document = Document::read(cms)?;
    for (index, signer) in document.signers.iter().enumerate() {
        if signer.facts()?.signature == value {
            return Ok(index);
        }
    }
    Err(UpgradeError::NoSigner { signer: document.signers.len(), count: document.signers.len() })
}

/// Whether a signer has an unsigned attribute of that name.
///
/// # Errors
/// [`UpgradeError`] for something that is not a signature, or a signer that is not there.
pub fn has_unsigned(cms: &[u8], signer: usize, name: Oid) -> Result<bool, UpgradeError> {
    Ok(!Document::read(cms)?.signer(signer)?.find(name)?.is_empty())
}

/// An unsigned attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub oid: Oid,
    /// Its values, each one a DER element.
    pub values: Vec<Vec<u8>>,
}

impl Attribute {
    /// An attribute with one value.
    pub fn new(oid: Oid, value: Vec<u8>) -> Self {
        Self { oid, values: vec![value] }
    }

    fn to_der(&self) -> Result<Vec<u8>, UpgradeError> {
        if self.values.is_empty() {
            return Err(UpgradeError::NoValue);
        }
        let values = self.values.iter().enumerate();
        let values = values
            .map(|(index, value)| {
                whole(value).map(Cow::into_owned).map_err(|e| UpgradeError::about(Item::AttributeValue, index, e))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(write::tlv(write::SEQUENCE, &[&write::oid(self.oid), &write::set_of(write::SET, values)]))
    }
}

/// A signature time stamp (EN 319 122-1 §5.3), which makes level B-T. `token` has to be over the signature value.
///
/// # Errors
/// [`UpgradeError::WrongImprint`] for a token over something else; those of reading either.
pub fn signature_timestamp(cms: &[u8], signer: usize, token: &[u8]) -> Result<Attribute, UpgradeError> {
    let value = signature_value(cms, signer)?;
    StampedImprint::read(token)?.check_over(&value)?;
    Ok(Attribute::new(oid::SIGNATURE_TIME_STAMP, token.to_vec()))
}

/// Adds an unsigned attribute to a signer. Values in BER get definite lengths.
///
/// # Errors
/// [`UpgradeError::Repeated`] for an attribute that may be there only once; [`UpgradeError::Sealed`] when a time stamp
/// that is there would break; [`UpgradeError::Value`] for a malformed value.
pub fn add_unsigned(cms: &[u8], signer: usize, attribute: &Attribute) -> Result<Vec<u8>, UpgradeError> {
    const ONCE: [Oid; 4] =
        [oid::CERTIFICATE_REFS, oid::REVOCATION_REFS, oid::CERTIFICATE_VALUES, oid::REVOCATION_VALUES];
    let mut document = Document::read(cms)?;
    let own = document.signer_mut(signer)?;
    let has = |name: Oid| own.find(name).map(|found| !found.is_empty());
    if ONCE.contains(&attribute.oid) && has(attribute.oid)? {
        return Err(UpgradeError::Repeated(attribute.oid));
    }
    // An archive time stamp of the old kinds covers all unsigned attributes but later archive time stamps.
    let archives = [oid::ARCHIVE_TIME_STAMP_V2, oid::ARCHIVE_TIME_STAMP_V3];
    let sealed = has(oid::ARCHIVE_TIME_STAMP_V1)? || has(oid::ARCHIVE_TIME_STAMP_V2)?;
    // RFC 5126 §6.3.5: the ES-C time stamp covers every signature time stamp.
    let covered = attribute.oid == oid::SIGNATURE_TIME_STAMP && has(oid::ESC_TIME_STAMP)?;
    if covered || (sealed && !archives.contains(&attribute.oid)) {
        return Err(UpgradeError::Sealed);
    }
    own.add(attribute.to_der()?);
    Ok(document.write())
}

/// Certificates and revocation evidence to be added, all in DER.
#[derive(Clone, Debug, Default)]
pub struct Values<'a> {
    /// X.509 certificates.
    pub certificates: Vec<&'a [u8]>,
    /// CRLs.
    pub crls: Vec<&'a [u8]>,
    /// Successful `OCSPResponse`s (RFC 6960 §4.2.1).
    pub ocsps: Vec<&'a [u8]>,
}

/// Adds to `SignedData.certificates` and `SignedData.crls`, as level B-LT wants (EN 319 122-1 §6.3): OCSP responses as
/// `OtherRevocationInfoFormat` (RFC 5940 §2.1). What is there already is not repeated.
///
/// # Errors
/// [`UpgradeError::Value`] for a malformed item; [`UpgradeError::Sealed`] when an archive time stamp covers the sets.
pub fn add_values(cms: &[u8], values: &Values<'_>) -> Result<Vec<u8>, UpgradeError> {
    let mut document = Document::read(cms)?;
    document.check_open()?;
    for (index, certificate) in values.certificates.iter().enumerate() {
        evidence::check_certificate(certificate, index)?;
        document.add_certificate(certificate);
    }
    for (index, crl) in values.crls.iter().enumerate() {
        evidence::CrlParts::read(crl).map_err(|e| UpgradeError::about(Item::Crl, index, e))?;
        document.add_revocation(crl);
    }
    for (index, ocsp) in values.ocsps.iter().enumerate() {
        evidence::OcspParts::read(ocsp).map_err(|e| UpgradeError::about(Item::Ocsp, index, e))?;
        document.add_revocation(&write::tlv(write::context(1), &[&write::oid(oid::OCSP_RESPONSE), ocsp]));
    }
    document.raise_version()?;
    Ok(document.write())
}

/// The one element that `bytes` are, with definite and minimal lengths.
fn whole(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Asn1Error> {
    let normal = normalise(bytes, Limits::default())?;
    if normal.consumed == bytes.len() {
        Ok(normal.der)
    } else {
        Err(Asn1Error::Unexpected { what: "nothing more", offset: normal.consumed })
    }
}

#[cfg(test)]
mod tests;
