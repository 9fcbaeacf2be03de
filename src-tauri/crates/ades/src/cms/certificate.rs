//! The parts of an X.509 certificate that a signature refers to, as slices of its own bytes.

use cartorio_keys::{PublicKey, VerifyError};

use super::algorithm::read_oid;
use super::ber::Asn1Error;
use super::tlv::Tlv;
use super::{der as write, oid};

/// Slices of a DER certificate (RFC 5280 §4.1); nothing is decoded further or re-encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CertificateParts<'a> {
    /// The whole certificate.
    pub der: &'a [u8],
    /// `serialNumber`: the whole INTEGER element.
    pub serial: &'a [u8],
    /// `issuer`: the whole Name element.
    pub issuer: &'a [u8],
    /// `subject`: the whole Name element.
    pub subject: &'a [u8],
    /// `subjectPublicKeyInfo`: the whole element.
    pub public_key_info: &'a [u8],
    /// Contents of the SubjectKeyIdentifier extension.
    pub key_identifier: Option<&'a [u8]>,
}

impl<'a> CertificateParts<'a> {
    /// Reads the certificate that `der` is.
    ///
    /// # Errors
    /// [`Asn1Error`] when it is not one, or something follows it.
    pub fn read(der: &'a [u8]) -> Result<Self, Asn1Error> {
        let certificate = Tlv::only(der)?;
        if certificate.tag() != write::SEQUENCE {
            return Err(Asn1Error::Unexpected { what: "a certificate", offset: 0 });
        }
        let mut outer = certificate.children();
        let tbs = outer.expect(write::SEQUENCE, "the signed part of a certificate")?;
        outer.expect(write::SEQUENCE, "a signature algorithm")?;
        outer.expect(0x03, "a signature value")?;
        outer.finish("the end of the certificate")?;
        let mut fields = tbs.children();
        fields.optional(write::context(0), "a version")?;
        let serial = fields.expect(write::INTEGER, "a serial number")?;
        fields.expect(write::SEQUENCE, "a signature algorithm")?;
        let issuer = fields.expect(write::SEQUENCE, "an issuer")?;
        fields.expect(write::SEQUENCE, "a validity")?;
        let subject = fields.expect(write::SEQUENCE, "a subject")?;
        let public_key_info = fields.expect(write::SEQUENCE, "a public key")?;
        let mut key_identifier = None;
        for field in fields.rest("a field of a certificate")? {
            if field.tag() == write::context(3) {
                key_identifier = find_key_identifier(&field)?;
            }
        }
        Ok(Self {
            der,
            serial: serial.raw(),
            issuer: issuer.raw(),
            subject: subject.raw(),
            public_key_info: public_key_info.raw(),
            key_identifier,
        })
    }

    /// The public key. A key that is bound to RSASSA-PSS (RFC 4055 §1.2) is given as the RSA key that it is.
    ///
    /// # Errors
    /// [`VerifyError::UnsupportedKey`] for a key that this product does not know.
    pub fn public_key(&self) -> Result<PublicKey, VerifyError> {
        if let Ok(Some(bits)) = pss_key_bits(self.public_key_info) {
            let algorithm = write::tlv(write::SEQUENCE, &[&write::oid(oid::RSA_ENCRYPTION), &[write::NULL, 0]]);
            return PublicKey::from_spki(write::tlv(write::SEQUENCE, &[&algorithm, bits]));
        }
        PublicKey::from_spki(self.public_key_info.to_vec())
    }

    /// Whether the key may sign with RSASSA-PSS alone.
    pub fn is_bound_to_pss(&self) -> bool {
        matches!(pss_key_bits(self.public_key_info), Ok(Some(_)))
    }
}

/// The BIT STRING of a SubjectPublicKeyInfo whose algorithm is id-RSASSA-PSS.
fn pss_key_bits(public_key_info: &[u8]) -> Result<Option<&[u8]>, Asn1Error> {
    let mut fields = Tlv::only(public_key_info)?.children();
    let algorithm = fields.expect(write::SEQUENCE, "an algorithm identifier")?;
    let bits = fields.expect(0x03, "a public key")?;
    let named = read_oid(&algorithm.children().any("an algorithm")?)?;
    Ok((named == oid::RSASSA_PSS).then_some(bits.raw()))
}

fn find_key_identifier<'a>(extensions: &Tlv<'a>) -> Result<Option<&'a [u8]>, Asn1Error> {
    let list = extensions.children().expect(write::SEQUENCE, "extensions")?;
    for extension in list.children().rest("an extension")? {
        let mut fields = extension.children();
        let id = fields.expect(write::OBJECT_IDENTIFIER, "an extension's name")?;
        if id.body() != oid::SUBJECT_KEY_IDENTIFIER.as_bytes() {
            continue;
        }
        fields.optional(0x01, "a criticality")?;
        let value = fields.expect(write::OCTET_STRING, "an extension's value")?;
        return Ok(Some(value.children().expect(write::OCTET_STRING, "a key identifier")?.body()));
    }
    Ok(None)
}
