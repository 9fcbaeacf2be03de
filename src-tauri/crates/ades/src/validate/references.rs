//! The references of RFC 5126 to certificates and evidence (§6.2.1, §6.2.2), and whether something at hand is what they name.

use aws_lc_rs::digest as lc;
use cartorio_core::Digest;

use super::cms::SignerView;
use super::signer::Attributes;
use crate::cms::algorithm::DigestId;
use crate::cms::ber::Asn1Error;
use crate::cms::tlv::Tlv;
use crate::cms::{der as write, oid};

/// What a signer refers to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct References {
    /// The certificates of the path without the signer's own, in the order found.
    pub certificates: Vec<Reference>,
    /// The evidence: one list for each certificate of the path, the signer's first, where RFC 5126 §6.2.2 was followed.
    pub revocation: Vec<Vec<Reference>>,
}

/// The hash of something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reference {
    /// Hash function.
    pub hash: DigestId,
    /// Its value.
    pub value: Vec<u8>,
}

impl References {
    /// Reads both attributes of `signer`; `None` where one is not there once with one value, or cannot be read.
    pub fn read(signer: SignerView<'_>) -> Option<Self> {
        let unsigned = Attributes::read(signer.unsigned_attributes());
        let certificates = unsigned.single(oid::CERTIFICATE_REFS)?.children().rest("a reference").ok()?;
        let certificates = certificates.iter().map(|own| Reference::read(&own.children().any("a hash")?));
        let revocation = unsigned.single(oid::REVOCATION_REFS)?.children().rest("references").ok()?;
        let revocation = revocation.iter().map(read_entry);
        Some(Self {
            certificates: certificates.collect::<Result<_, Asn1Error>>().ok()?,
            revocation: revocation.collect::<Result<_, Asn1Error>>().ok()?,
        })
    }
}

impl Reference {
    /// Whether this is what is referred to. SHA-1, which RFC 5126 allows, counts: what it names has a signature of its own.
    pub fn names(&self, object: &[u8]) -> bool {
        match &self.hash {
            DigestId::Known(hash) => Digest::of(*hash, object).as_bytes() == self.value,
            DigestId::Weak("SHA-1") => lc::digest(&lc::SHA1_FOR_LEGACY_USE_ONLY, object).as_ref() == self.value,
            DigestId::Weak(_) | DigestId::Unknown(_) => false,
        }
    }

    /// Whether this bare `BasicOCSPResponse`, or the response that it comes in, is what is referred to. RFC 5126 leaves open which
    /// of them is hashed.
    pub fn names_answer(&self, basic: &[u8]) -> bool {
        self.names(basic) || self.names(&response_of(basic))
    }

    /// `OtherHash`: an OCTET STRING is SHA-1.
    fn read(element: &Tlv<'_>) -> Result<Self, Asn1Error> {
        if element.tag() == write::OCTET_STRING {
            return Ok(Self { hash: DigestId::of(oid::SHA1), value: element.body().to_vec() });
        }
        let mut fields = element.children();
        let hash = DigestId::read(&fields.expect(write::SEQUENCE, "a hash algorithm")?)?;
        Ok(Self { hash, value: fields.expect(write::OCTET_STRING, "a hash")?.body().to_vec() })
    }
}

/// One `CrlOcspRef`.
fn read_entry(entry: &Tlv<'_>) -> Result<Vec<Reference>, Asn1Error> {
    let mut fields = entry.children();
    let mut out = Vec::new();
    if let Some(lists) = fields.optional(write::context(0), "references to lists")? {
        let lists = lists.children().expect(write::SEQUENCE, "a list of references")?;
        for list in lists.children().expect(write::SEQUENCE, "references to lists")?.children().rest("a reference")? {
            out.push(Reference::read(&list.children().any("a hash")?)?);
        }
    }
    if let Some(answers) = fields.optional(write::context(1), "references to answers")? {
        let answers = answers.children().expect(write::SEQUENCE, "a list of references")?;
        for answer in
            answers.children().expect(write::SEQUENCE, "references to answers")?.children().rest("a reference")?
        {
            let mut parts = answer.children();
            parts.expect(write::SEQUENCE, "what identifies an answer")?;
            // Without a hash (it is optional) nothing ties the reference to one answer.
            for hash in parts.rest("a hash")? {
                out.push(Reference::read(&hash)?);
            }
        }
    }
    Ok(out)
}

/// The successful `OCSPResponse` around a `BasicOCSPResponse` (RFC 6960 §4.2.1).
fn response_of(basic: &[u8]) -> Vec<u8> {
    let bytes =
        write::tlv(write::SEQUENCE, &[&write::oid(oid::OCSP_BASIC), &write::tlv(write::OCTET_STRING, &[basic])]);
    write::tlv(write::SEQUENCE, &[&[write::ENUMERATED, 1, 0], &write::tlv(write::context(0), &[&bytes])])
}
