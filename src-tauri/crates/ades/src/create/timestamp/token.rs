//! The SignedData of a token: one signer, whose certificate is for time stamps, whose signature holds.

use aws_lc_rs::digest as lc;
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{SignatureScheme, verify_digest};
use const_oid::ObjectIdentifier as Oid;

use super::{BOOLEAN, PurposeProblem, ReferenceProblem, TimestampError};
use crate::cms::algorithm::{DigestId, SignatureId, read_oid};
use crate::cms::ber::Asn1Error;
use crate::cms::certificate::CertificateParts;
use crate::cms::tlv::Tlv;
use crate::cms::{der as write, oid};

const EXTENDED_KEY_USAGE: Oid = Oid::new_unwrap("2.5.29.37");
const TIME_STAMPING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.8");

/// A token, as slices of its bytes.
pub(super) struct SignedToken<'a> {
    /// The TSTInfo.
    pub(super) content: &'a [u8],
    certificates: Vec<&'a [u8]>,
    signer: Signer<'a>,
}

struct Signer<'a> {
    id: SignerId<'a>,
    digest_algorithm: Tlv<'a>,
    signature_algorithm: Tlv<'a>,
    attributes: Tlv<'a>,
    signature: &'a [u8],
}

enum SignerId<'a> {
    IssuerAndSerial { issuer: &'a [u8], serial: &'a [u8] },
    KeyIdentifier(&'a [u8]),
}

impl<'a> SignedToken<'a> {
    /// Reads a ContentInfo with definite lengths.
    pub(super) fn read(token: &Tlv<'a>) -> Result<Self, TimestampError> {
        let mut outer = token.children();
        let kind = read_oid(&outer.any("a content type")?)?;
        if kind != oid::SIGNED_DATA {
            return Err(TimestampError::NotATimeStamp(kind));
        }
        let wrapped = outer.expect(write::context(0), "signed data")?;
        outer.finish("the end of the token")?;
        let mut fields = wrapped.children().expect(write::SEQUENCE, "signed data")?.children();
        fields.expect(write::INTEGER, "a version")?;
        fields.expect(write::SET, "digest algorithms")?;
        let mut inner = fields.expect(write::SEQUENCE, "a content")?.children();
        let content_type = read_oid(&inner.any("a content type")?)?;
        if content_type != oid::TST_INFO {
            return Err(TimestampError::NotATimeStamp(content_type));
        }
        let content = inner.expect(write::context(0), "a TSTInfo")?.children();
        let content = content.clone().expect(write::OCTET_STRING, "a TSTInfo")?.body();
        let certificates = match fields.optional(write::context(0), "certificates")? {
            Some(set) => set.children().rest("a certificate")?,
            None => Vec::new(),
        };
        // Attribute certificates and others have context tags.
        let certificates =
            certificates.iter().filter(|own| own.tag() == write::SEQUENCE).map(|own| own.raw()).collect();
        fields.optional(write::context(1), "revocation data")?;
        let signers = fields.expect(write::SET, "signers")?.children().rest("a signer")?;
        fields.finish("the end of the signed data")?;
        match signers.as_slice() {
            [signer] => Ok(Self { content, certificates, signer: Signer::read(signer)? }),
            others => Err(TimestampError::Signers(others.len())),
        }
    }

    /// Checks everything about the signer; gives the certificates, the signer's first.
    pub(super) fn verify(&self) -> Result<Vec<Vec<u8>>, TimestampError> {
        let attributes = Attributes::read(&self.signer.attributes)?;
        attributes.check_content(self.content, &self.signer.digest_algorithm)?;
        let references = attributes.references()?;
        let certificate = self.find(&references)?;
        purpose(certificate)?;
        self.signer.check_signature(certificate)?;
        let mut all = vec![certificate.to_vec()];
        for own in self.certificates.iter().filter(|own| **own != certificate) {
            if !all.iter().any(|known| known == own) {
                all.push(own.to_vec());
            }
        }
        Ok(all)
    }

    /// The certificate that the signer names and that the signed references speak of.
    fn find(&self, references: &[Reference<'_>]) -> Result<&'a [u8], TimestampError> {
        let mut named = false;
        for der in &self.certificates {
            let Ok(parts) = CertificateParts::read(der) else { continue };
            let is_named = match &self.signer.id {
                SignerId::IssuerAndSerial { issuer, serial } => parts.issuer == *issuer && parts.serial == *serial,
                SignerId::KeyIdentifier(id) => parts.key_identifier == Some(*id),
            };
            if !is_named {
                continue;
            }
            named = true;
            if references.iter().all(|reference| reference.is_to(der)) {
                return Ok(der);
            }
        }
        Err(if named {
            TimestampError::SigningCertificate(ReferenceProblem::Differs)
        } else {
            TimestampError::CertificateMissing
        })
    }
}

impl<'a> Signer<'a> {
    fn read(signer: &Tlv<'a>) -> Result<Self, TimestampError> {
        let mut fields = signer.children();
        fields.expect(write::INTEGER, "a version")?;
        let id = fields.any("a signer identifier")?;
        let id = match id.tag() {
            write::SEQUENCE => {
                let mut parts = id.children();
                let issuer = parts.expect(write::SEQUENCE, "an issuer")?.raw();
                SignerId::IssuerAndSerial { issuer, serial: parts.expect(write::INTEGER, "a serial number")?.raw() }
            }
            KEY_IDENTIFIER => SignerId::KeyIdentifier(id.body()),
            _ => return Err(Asn1Error::Unexpected { what: "a signer identifier", offset: id.offset() }.into()),
        };
        let digest_algorithm = fields.expect(write::SEQUENCE, "a digest algorithm")?;
        // RFC 5652 §5.3: they must be there when the content is not id-data.
        let attributes = fields.expect(write::context(0), "signed attributes")?;
        let signature_algorithm = fields.expect(write::SEQUENCE, "a signature algorithm")?;
        let signature = fields.expect(write::OCTET_STRING, "a signature value")?.body();
        fields.optional(write::context(1), "unsigned attributes")?;
        fields.finish("the end of the signer")?;
        Ok(Self { id, digest_algorithm, signature_algorithm, attributes, signature })
    }

    fn check_signature(&self, certificate: &[u8]) -> Result<(), TimestampError> {
        let unaccepted = |name: String| TimestampError::Algorithm { name };
        let digest = DigestId::read(&self.digest_algorithm)?;
        let algorithm = match SignatureId::read(&self.signature_algorithm, &digest)? {
            SignatureId::Known(algorithm) => algorithm,
            SignatureId::Weak(name) => return Err(unaccepted(name.to_owned())),
            SignatureId::Unknown(oid) => return Err(unaccepted(oid.to_string())),
        };
        let parts = CertificateParts::read(certificate)?;
        let key = parts.public_key().map_err(|error| unaccepted(error.to_string()))?;
        if parts.is_bound_to_pss() && algorithm.scheme() != SignatureScheme::RsaPss {
            return Err(TimestampError::SignatureWrong);
        }
        // Hashed under the tag SET that they have when they stand alone (RFC 5652 §5.4).
        let mut set = self.attributes.raw().to_vec();
        if let Some(tag) = set.first_mut() {
            *tag = write::SET;
        }
        verify_digest(&key, algorithm, &Digest::of(algorithm.hash(), &set), self.signature)
            .map_err(|_| TimestampError::SignatureWrong)
    }
}

/// The signed attributes.
struct Attributes<'a>(Vec<(Oid, Vec<Tlv<'a>>)>);

impl<'a> Attributes<'a> {
    fn read(set: &Tlv<'a>) -> Result<Self, Asn1Error> {
        let mut list = Vec::new();
        for attribute in set.children().rest("an attribute")? {
            let mut fields = attribute.children();
            let oid = read_oid(&fields.any("an attribute's name")?)?;
            let values = fields.expect(write::SET, "an attribute's values")?;
            list.push((oid, values.children().rest("an attribute's value")?));
        }
        Ok(Self(list))
    }

    /// The one value of an attribute that stands once: `Ok(None)` where it does not stand at all.
    fn single(&self, oid: Oid) -> Result<Option<Tlv<'a>>, ()> {
        let mut found = self.0.iter().filter(|(own, _)| *own == oid);
        match (found.next().map(|(_, values)| values.as_slice()), found.next()) {
            (None, _) => Ok(None),
            (Some([value]), None) => Ok(Some(*value)),
            (Some(_), _) => Err(()),
        }
    }

    fn check_content(&self, content: &[u8], digest_algorithm: &Tlv<'_>) -> Result<(), TimestampError> {
        let wrong = |attribute| TimestampError::Attribute { attribute };
        let named = self.single(oid::CONTENT_TYPE).ok().flatten().and_then(|value| read_oid(&value).ok());
        if named != Some(oid::TST_INFO) {
            return Err(wrong("content_type"));
        }
        let hash = known(&DigestId::read(digest_algorithm)?)?;
        let value = self.single(oid::MESSAGE_DIGEST).ok().flatten().filter(|own| own.tag() == write::OCTET_STRING);
        match value {
            Some(value) if value.body() == Digest::of(hash, content).as_bytes() => Ok(()),
            Some(_) | None => Err(wrong("message_digest")),
        }
    }

    /// What signing-certificate-v2 and signing-certificate say; at least one of them is there.
    fn references(&self) -> Result<Vec<Reference<'a>>, TimestampError> {
        let problem = TimestampError::SigningCertificate;
        let mut references = Vec::new();
        for (oid, is_v2) in [(oid::SIGNING_CERTIFICATE_V2, true), (oid::SIGNING_CERTIFICATE, false)] {
            match self.single(oid) {
                Ok(None) => {}
                Ok(Some(value)) => {
                    references.push(Reference::read(&value, is_v2).map_err(|_| problem(ReferenceProblem::Malformed))?)
                }
                Err(()) => return Err(problem(ReferenceProblem::Malformed)),
            }
        }
        if references.is_empty() { Err(problem(ReferenceProblem::Missing)) } else { Ok(references) }
    }
}

/// The first ESSCertID or ESSCertIDv2, which is the signer's (RFC 5035 §3).
struct Reference<'a> {
    hash: DigestId,
    value: &'a [u8],
}

impl<'a> Reference<'a> {
    fn read(attribute: &Tlv<'a>, is_v2: bool) -> Result<Self, Asn1Error> {
        let list = attribute.children().expect(write::SEQUENCE, "certificate references")?;
        let mut fields = list.children().expect(write::SEQUENCE, "a certificate reference")?.children();
        let hash = if is_v2 {
            match fields.optional(write::SEQUENCE, "a hash algorithm")? {
                Some(identifier) => DigestId::read(&identifier)?,
                None => DigestId::Known(HashAlgorithm::Sha256),
            }
        } else {
            DigestId::of(oid::SHA1)
        };
        Ok(Self { hash, value: fields.expect(write::OCTET_STRING, "a certificate's hash")?.body() })
    }

    fn is_to(&self, certificate: &[u8]) -> bool {
        match &self.hash {
            DigestId::Known(hash) => Digest::of(*hash, certificate).as_bytes() == self.value,
            // The first version of the attribute has nothing else; the signature itself does not rest on it.
            DigestId::Weak("SHA-1") => lc::digest(&lc::SHA1_FOR_LEGACY_USE_ONLY, certificate).as_ref() == self.value,
            DigestId::Weak(_) | DigestId::Unknown(_) => false,
        }
    }
}

const KEY_IDENTIFIER: u8 = 0x80;

fn known(digest: &DigestId) -> Result<HashAlgorithm, TimestampError> {
    match digest {
        DigestId::Known(hash) => Ok(*hash),
        DigestId::Weak(name) => Err(TimestampError::Algorithm { name: (*name).to_owned() }),
        DigestId::Unknown(oid) => Err(TimestampError::Algorithm { name: oid.to_string() }),
    }
}

/// RFC 3161 §2.3: extKeyUsage is there, critical, and has id-kp-timeStamping alone.
fn purpose(certificate: &[u8]) -> Result<(), TimestampError> {
    let problem = |problem| Err(TimestampError::Purpose(problem));
    let Some((critical, value)) = extended_key_usage(certificate)? else {
        return problem(PurposeProblem::Missing);
    };
    let purposes = Tlv::only(value)?.children().rest("a purpose")?;
    let purposes = purposes.iter().map(read_oid).collect::<Result<Vec<_>, _>>()?;
    if !purposes.contains(&TIME_STAMPING) {
        problem(PurposeProblem::Missing)
    } else if purposes.len() > 1 {
        problem(PurposeProblem::Others)
    } else if !critical {
        problem(PurposeProblem::NotCritical)
    } else {
        Ok(())
    }
}

/// Whether the extension is critical, and its value.
fn extended_key_usage(certificate: &[u8]) -> Result<Option<(bool, &[u8])>, Asn1Error> {
    let tbs = Tlv::only(certificate)?.children().expect(write::SEQUENCE, "the signed part of a certificate")?;
    for field in tbs.children().rest("a field of a certificate")? {
        if field.tag() != write::context(3) {
            continue;
        }
        let list = field.children().expect(write::SEQUENCE, "extensions")?;
        for extension in list.children().rest("an extension")? {
            let mut parts = extension.children();
            if read_oid(&parts.any("an extension's name")?)? != EXTENDED_KEY_USAGE {
                continue;
            }
            let critical = parts.optional(BOOLEAN, "a criticality")?.is_some_and(|flag| flag.body() != [0]);
            return Ok(Some((critical, parts.expect(write::OCTET_STRING, "an extension's value")?.body())));
        }
    }
    Ok(None)
}
