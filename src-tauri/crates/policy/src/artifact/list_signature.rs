//! The signature of a list: a CMS that stands beside it.

use cartorio_core::HashAlgorithm;
use cartorio_keys::{SignatureAlgorithm, VerifyError, verify_message};
use cartorio_pki::Certificate;
use const_oid::ObjectIdentifier as Oid;
use der::Decode as _;
use spki::AlgorithmIdentifierOwned;

use super::ArtifactError;
use super::der::{Element, INTEGER, MAX_BYTES, OCTET_STRING, OID, Reader, SEQUENCE, SET};
use super::policy::read_hash;
use crate::model::HashName;

/// The first signature of a CMS file, DER, with its signer's certificate inside.
///
/// What is said of it is said of the bytes alone: that it was made over these bytes with the key of this certificate. Whose
/// certificate that is, and whether it was good, is for [`cartorio_pki::chain`] to say.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListSignature {
    /// The signer's certificate, as enclosed.
    pub signer: Certificate,
    /// Every certificate that is enclosed and can be read.
    pub certificates: Vec<Certificate>,
    /// The hash of the content.
    pub hash: HashName,
    message_digest: Vec<u8>,
    /// `signedAttrs` as a SET, which is what is signed (RFC 5652 §5.4).
    signed: Vec<u8>,
    algorithm: Vec<u8>,
    value: Vec<u8>,
    enclosed: Option<Vec<u8>>,
}

/// What a signature is to a file. «Cannot check» is not «wrong».
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignatureState {
    /// It was made over this file with the key of the enclosed certificate.
    Holds,
    /// It was made over another file.
    OtherFile,
    /// It is damaged, or made with another key.
    Wrong,
    /// By an algorithm or key that is not verified here.
    NotCheckable,
}

impl ListSignature {
    /// Reads a CMS SignedData (RFC 5652 §5.1) with signed attributes.
    ///
    /// # Errors
    /// [`ArtifactError`]: no DER, another structure, no signer, no certificate of the signer.
    pub fn from_der(bytes: &[u8]) -> Result<Self, ArtifactError> {
        const SIGNED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.2");
        let whole = Reader::whole(bytes, SEQUENCE)?;
        let mut outer = whole.inside();
        let kind = outer.expect(OID)?;
        if kind.oid()? != SIGNED_DATA {
            return Err(kind.error("this is no signature"));
        }
        let data = outer.expect(0xa0)?.only(SEQUENCE)?;
        outer.end()?;
        let mut fields = data.inside();
        fields.expect(INTEGER)?;
        fields.expect(SET)?;
        let mut content = fields.expect(SEQUENCE)?.inside();
        content.expect(OID)?;
        let enclosed = match content.optional(0xa0)? {
            Some(wrapper) => Some(wrapper.only(OCTET_STRING)?.content.to_vec()),
            None => None,
        };
        content.end()?;
        let certificates: Vec<Certificate> = match fields.optional(0xa0)? {
            Some(set) => set.inside().rest()?.iter().filter_map(|item| Certificate::from_der(item.raw).ok()).collect(),
            None => Vec::new(),
        };
        fields.optional(0xa1)?;
        let signers = fields.expect(SET)?;
        fields.end()?;
        read_signer(&signers.inside().expect(SEQUENCE)?, certificates, enclosed)
    }

    /// Whether it is the signature of `list`.
    pub fn check(&self, list: &[u8]) -> SignatureState {
        if self.enclosed.as_deref().is_some_and(|content| content != list) || !self.names(list) {
            return SignatureState::OtherFile;
        }
        let Some((key, algorithm)) = self.signer.public_key().zip(self.algorithm()) else {
            return SignatureState::NotCheckable;
        };
        match verify_message(&key, algorithm, &self.signed, &self.value) {
            Ok(()) => SignatureState::Holds,
            Err(VerifyError::Mismatch) => SignatureState::Wrong,
            Err(
                VerifyError::UnsupportedKey(_)
                | VerifyError::WrongAlgorithm { .. }
                | VerifyError::WrongDigest { .. }
                | VerifyError::MessageNeeded { .. },
            ) => SignatureState::NotCheckable,
        }
    }

    /// Whether its `messageDigest` is the one of `list`; says nothing of the signature itself.
    pub fn names(&self, list: &[u8]) -> bool {
        self.hash.digest(&[list]) == self.message_digest
    }

    fn algorithm(&self) -> Option<SignatureAlgorithm> {
        let hash = match self.hash {
            HashName::Sha1 => None,
            HashName::Sha256 => Some(HashAlgorithm::Sha256),
            HashName::Sha384 => Some(HashAlgorithm::Sha384),
            HashName::Sha512 => Some(HashAlgorithm::Sha512),
        };
        let identifier = AlgorithmIdentifierOwned::from_der(&self.algorithm).ok()?;
        SignatureAlgorithm::from_identifier(&identifier, hash)
    }
}

fn read_signer(
    info: &Element<'_>,
    certificates: Vec<Certificate>,
    enclosed: Option<Vec<u8>>,
) -> Result<ListSignature, ArtifactError> {
    const MESSAGE_DIGEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.4");
    let mut fields = info.inside();
    fields.expect(INTEGER)?;
    let id = fields.next()?.ok_or(info.error("the end is missing"))?;
    let signer = certificates
        .iter()
        .find(|certificate| is_named(certificate, &id))
        .cloned()
        .ok_or(id.error("the signer's certificate is not enclosed"))?;
    let hash = read_hash(&fields.expect(SEQUENCE)?)?;
    let attributes = fields.expect(0xa0)?;
    let algorithm = fields.expect(SEQUENCE)?.raw.to_vec();
    let value = fields.expect(OCTET_STRING)?.content.to_vec();
    fields.optional(0xa1)?;
    fields.end()?;
    let mut message_digest = None;
    for attribute in attributes.inside().rest()? {
        let mut parts = attribute.inside();
        let oid = parts.expect(OID)?.oid()?;
        let values = parts.expect(SET)?;
        if oid == MESSAGE_DIGEST {
            let digest = values.only(OCTET_STRING)?.content.to_vec();
            if message_digest.replace(digest).is_some() {
                return Err(attribute.error("the same attribute twice"));
            }
        }
    }
    let message_digest = message_digest.ok_or(attributes.error("the digest of the content is missing"))?;
    let mut signed = attributes.raw.to_vec();
    if let Some(tag) = signed.first_mut() {
        *tag = SET;
    }
    Ok(ListSignature { signer, certificates, hash, message_digest, signed, algorithm, value, enclosed })
}

/// SignerIdentifier (RFC 5652 §5.3), by the bytes of issuer and serial number or by the key's identifier.
fn is_named(certificate: &Certificate, id: &Element<'_>) -> bool {
    if id.tag == 0x80 {
        return certificate.subject_key_id.as_deref() == Some(id.content);
    }
    if id.tag != SEQUENCE {
        return false;
    }
    let mut parts = id.inside();
    let Ok(issuer) = parts.expect(SEQUENCE) else { return false };
    let Ok(serial) = parts.expect(INTEGER) else { return false };
    issuer_and_serial(certificate).is_some_and(|(own, number)| own == issuer.raw && number == serial.content)
}

/// The issuer's name and the content of the serial number, as they stand in the certificate.
pub(crate) fn issuer_and_serial(certificate: &Certificate) -> Option<(&[u8], &[u8])> {
    if certificate.der.len() > MAX_BYTES {
        return None;
    }
    let mut fields = Reader::whole(certificate.tbs(), SEQUENCE).ok()?.inside();
    fields.optional(0xa0).ok()?;
    let serial = fields.expect(INTEGER).ok()?;
    fields.expect(SEQUENCE).ok()?;
    Some((fields.expect(SEQUENCE).ok()?.raw, serial.content))
}
