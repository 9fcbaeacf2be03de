//! The parts of certificates, CRLs and OCSP responses that references name, as slices of their own bytes.

use aws_lc_rs::digest as lc;
use cartorio_core::Digest;

use super::error::{Item, UpgradeError};
use crate::cms::algorithm::{DigestId, read_oid};
use crate::cms::ber::Asn1Error;
use crate::cms::certificate::CertificateParts;
use crate::cms::tlv::Tlv;
use crate::cms::{der as write, oid};

pub(super) fn check_certificate(der: &[u8], index: usize) -> Result<CertificateParts<'_>, UpgradeError> {
    CertificateParts::read(der).map_err(|reason| UpgradeError::about(Item::Certificate, index, reason))
}

/// What identifies a CRL (RFC 5280 §5.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct CrlParts<'a> {
    /// The whole Name element.
    pub(super) issuer: &'a [u8],
    /// The Time element.
    pub(super) this_update: Tlv<'a>,
    /// The whole INTEGER element of the cRLNumber extension.
    pub(super) number: Option<&'a [u8]>,
}

impl<'a> CrlParts<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Asn1Error> {
        let mut outer = sequence(Tlv::only(der)?, "a CRL")?.children();
        let tbs = outer.expect(write::SEQUENCE, "the signed part of a CRL")?;
        outer.expect(write::SEQUENCE, "a signature algorithm")?;
        outer.expect(write::BIT_STRING, "a signature value")?;
        outer.finish("the end of the CRL")?;
        let mut fields = tbs.children();
        fields.optional(write::INTEGER, "a version")?;
        fields.expect(write::SEQUENCE, "a signature algorithm")?;
        let issuer = fields.expect(write::SEQUENCE, "an issuer")?.raw();
        let this_update = fields.any("the time of the CRL")?;
        if !matches!(this_update.tag(), write::UTC_TIME | write::GENERALIZED_TIME) {
            return Err(Asn1Error::Unexpected { what: "the time of the CRL", offset: this_update.offset() });
        }
        let mut number = None;
        for field in fields.rest("a field of a CRL")? {
            if field.tag() == write::context(0) {
                number = find_number(&field)?;
            }
        }
        Ok(Self { issuer, this_update, number })
    }
}

/// What identifies an OCSP response (RFC 6960 §4.2.1), and what it is about.
#[derive(Clone, Debug)]
pub(super) struct OcspParts<'a> {
    /// The whole `BasicOCSPResponse`.
    pub(super) basic: &'a [u8],
    /// The whole `ResponderID`.
    pub(super) responder: &'a [u8],
    /// The whole GeneralizedTime element.
    pub(super) produced_at: &'a [u8],
    /// The certificates that it speaks of.
    pub(super) about: Vec<CertId<'a>>,
}

/// A certificate, as an answer names it (`CertID`).
#[derive(Clone, Debug)]
pub(super) struct CertId<'a> {
    hash: DigestId,
    /// Hash of the issuer's name.
    name: &'a [u8],
    /// Contents of the serial number.
    serial: &'a [u8],
}

impl CertId<'_> {
    /// Whether the certificate with this issuer (the whole Name element) and serial number is meant. Two CAs number alike.
    pub(super) fn is_of(&self, issuer: &[u8], serial: &[u8]) -> bool {
        let same_name = || match &self.hash {
            DigestId::Known(hash) => Digest::of(*hash, issuer).as_bytes() == self.name,
            // What responders use; here it tells names apart, and nothing rests on it.
            DigestId::Weak("SHA-1") => lc::digest(&lc::SHA1_FOR_LEGACY_USE_ONLY, issuer).as_ref() == self.name,
            DigestId::Weak(_) | DigestId::Unknown(_) => true,
        };
        self.serial == serial && same_name()
    }
}

impl<'a> OcspParts<'a> {
    /// Reads a successful `OCSPResponse`.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Asn1Error> {
        let mut outer = sequence(Tlv::only(der)?, "an OCSP response")?.children();
        let status = outer.expect(write::ENUMERATED, "the status of an OCSP response")?;
        if status.body() != [0] {
            return Err(Asn1Error::Unexpected { what: "a successful OCSP response", offset: status.offset() });
        }
        let bytes = outer.expect(write::context(0), "the bytes of an OCSP response")?;
        outer.finish("the end of the OCSP response")?;
        let mut bytes = bytes.children().expect(write::SEQUENCE, "the bytes of an OCSP response")?.children();
        let kind = bytes.any("the type of an OCSP response")?;
        if read_oid(&kind)? != oid::OCSP_BASIC {
            return Err(Asn1Error::Unexpected { what: "a basic OCSP response", offset: kind.offset() });
        }
        let wrapped = bytes.expect(write::OCTET_STRING, "a basic OCSP response")?;
        let basic = wrapped.children().expect(write::SEQUENCE, "a basic OCSP response")?;
        let mut fields = basic.children().expect(write::SEQUENCE, "the signed part of an OCSP response")?.children();
        fields.optional(write::context(0), "a version")?;
        let responder = fields.any("a responder")?;
        if !matches!(responder.tag(), 0xa1 | 0xa2) {
            return Err(Asn1Error::Unexpected { what: "a responder", offset: responder.offset() });
        }
        let produced_at = fields.expect(write::GENERALIZED_TIME, "the time of an OCSP response")?;
        let mut about = Vec::new();
        for single in fields.expect(write::SEQUENCE, "answers")?.children().rest("an answer")? {
            let id = single.children().expect(write::SEQUENCE, "the certificate of an answer")?;
            let mut id = id.children();
            let hash = DigestId::read(&id.expect(write::SEQUENCE, "a hash algorithm")?)?;
            let name = id.expect(write::OCTET_STRING, "the hash of a name")?.body();
            id.expect(write::OCTET_STRING, "the hash of a key")?;
            about.push(CertId { hash, name, serial: id.expect(write::INTEGER, "a serial number")?.body() });
        }
        Ok(Self { basic: basic.raw(), responder: responder.raw(), produced_at: produced_at.raw(), about })
    }
}

fn sequence<'a>(element: Tlv<'a>, what: &'static str) -> Result<Tlv<'a>, Asn1Error> {
    if element.tag() == write::SEQUENCE { Ok(element) } else { Err(Asn1Error::Unexpected { what, offset: 0 }) }
}

fn find_number<'a>(extensions: &Tlv<'a>) -> Result<Option<&'a [u8]>, Asn1Error> {
    let list = extensions.children().expect(write::SEQUENCE, "extensions")?;
    for extension in list.children().rest("an extension")? {
        let mut fields = extension.children();
        if read_oid(&fields.any("an extension's name")?)? != oid::CRL_NUMBER {
            continue;
        }
        fields.optional(0x01, "a criticality")?;
        let value = fields.expect(write::OCTET_STRING, "an extension's value")?;
        return Ok(Some(value.children().expect(write::INTEGER, "the number of a CRL")?.raw()));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use cartorio_core::HashAlgorithm;

    use super::*;

    #[test]
    fn certificates_of_two_authorities_with_one_number_are_told_apart() {
        let (one, other) = (&b"name of one"[..], &b"name of another"[..]);
        let sha256 = Digest::of(HashAlgorithm::Sha256, one);
        let sha1 = lc::digest(&lc::SHA1_FOR_LEGACY_USE_ONLY, one);
        for (hash, name) in [(oid::SHA256, sha256.as_bytes()), (oid::SHA1, sha1.as_ref())] {
            let own = CertId { hash: DigestId::of(hash), name, serial: &[1] };
            assert!(own.is_of(one, &[1]));
            assert!(!own.is_of(other, &[1]) && !own.is_of(one, &[2]));
        }
    }
}
