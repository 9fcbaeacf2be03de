//! CMS and PKCS#7 (RFC 5652, RFC 2315): what a container says of itself. Judging a signature is another crate's work.

use time::OffsetDateTime;

use crate::asn1::{self, Asn1Error, Reader, Tlv};
use crate::certificate::{AlgorithmFacts, NamedOid};
use crate::decode;
use crate::name::DistinguishedName;
use crate::serial::Serial;

/// What a ContentInfo says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CmsFacts {
    /// The whole container, as it stands in the file.
    pub der: Vec<u8>,
    /// What kind of container it is: signedData, envelopedData, …
    pub kind: NamedOid,
    /// What a signedData says; `None` for another kind.
    pub signed: Option<SignedFacts>,
}

impl CmsFacts {
    /// Reads a ContentInfo, DER or BER.
    ///
    /// # Errors
    /// [`Asn1Error`], where and why it cannot be read.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        open(der).map(|opened| opened.facts)
    }
}

/// What a SignedData says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedFacts {
    /// Its version.
    pub version: u32,
    /// Type of what was signed: data, tstInfo, …
    pub content_type: NamedOid,
    /// Length of what was signed; `None` when it stands elsewhere (a detached signature).
    pub content_size: Option<usize>,
    /// Hashes that the signers used.
    pub digest_algorithms: Vec<AlgorithmFacts>,
    /// The signers; none in a container of certificates (P7B).
    pub signers: Vec<SignerFacts>,
    /// How many certificates are inside.
    pub certificates: usize,
    /// How many revocation lists and OCSP responses are inside.
    pub revocation: usize,
}

impl SignedFacts {
    /// Whether what was signed stands elsewhere.
    pub fn is_detached(&self) -> bool {
        self.content_size.is_none()
    }
}

/// What a SignerInfo says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignerFacts {
    /// Whose certificate.
    pub id: SignerId,
    /// The hash of the content.
    pub digest_algorithm: AlgorithmFacts,
    /// The algorithm of the signature.
    pub signature_algorithm: AlgorithmFacts,
    /// The signature.
    pub signature: Vec<u8>,
    /// signingTime: what the signer's clock said. Proves nothing.
    pub signing_time: Option<OffsetDateTime>,
    /// messageDigest.
    pub message_digest: Option<Vec<u8>>,
    /// The signature policy that it follows, where it names one.
    pub policy: Option<NamedOid>,
    /// Signed attributes, in order.
    pub signed_attributes: Vec<NamedOid>,
    /// Unsigned attributes, in order.
    pub unsigned_attributes: Vec<NamedOid>,
}

/// SignerIdentifier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignerId {
    /// By issuer and serial number.
    IssuerAndSerial {
        /// The issuer.
        issuer: DistinguishedName,
        /// The serial number.
        serial: Serial,
    },
    /// By subjectKeyIdentifier.
    KeyId(Vec<u8>),
}

/// Something inside a container that is an object of its own.
pub(crate) struct Part {
    /// Where it stands in the container.
    pub offset: usize,
    /// Its bytes.
    pub der: Vec<u8>,
    /// What it should be.
    pub kind: PartKind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PartKind {
    Certificate,
    Crl,
    OcspResponse,
}

/// A container, what stands in it, and the content of a signedData.
pub(crate) struct Opened {
    pub facts: CmsFacts,
    pub parts: Vec<Part>,
    pub content: Option<Vec<u8>>,
}

pub(crate) const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const OCSP_RESPONSE: &str = "1.3.6.1.5.5.7.16.2";

/// Reads a ContentInfo, DER or BER.
pub(crate) fn open(der: &[u8]) -> Result<Opened, Asn1Error> {
    let mut outer = Reader::new(der).expect(asn1::SEQUENCE)?.children();
    let kind = named(&outer.expect(asn1::OID)?);
    if kind.oid != SIGNED_DATA {
        return Ok(Opened {
            facts: CmsFacts { der: der.to_vec(), kind, signed: None },
            parts: Vec::new(),
            content: None,
        });
    }
    let signed = outer.expect(0xa0)?.children().expect(asn1::SEQUENCE)?;
    let (signed, parts, content) = read_signed(&signed)?;
    Ok(Opened { facts: CmsFacts { der: der.to_vec(), kind, signed: Some(signed) }, parts, content })
}

/// What is signed, the parts that are objects of their own, and the content.
type ReadSigned = (SignedFacts, Vec<Part>, Option<Vec<u8>>);

fn read_signed(signed: &Tlv<'_>) -> Result<ReadSigned, Asn1Error> {
    let mut fields = signed.children();
    let version = decode::small(&fields.expect(asn1::INTEGER)?).unwrap_or(0);
    let hashes = fields.expect(asn1::SET)?;
    let digest_algorithms = hashes.all_children()?.iter().map(|hash| AlgorithmFacts::from_der(hash.raw)).collect();
    let mut inner = fields.expect(asn1::SEQUENCE)?.children();
    let content_type = named(&inner.expect(asn1::OID)?);
    let content = match inner.next()? {
        Some(wrapper) => match wrapper.children().next()? {
            // PKCS#7 has content of any type, CMS an OCTET STRING (RFC 5652 §5.2.1).
            Some(octets) if octets.tag & !0x20 == asn1::OCTET_STRING => Some(octets.string_octets()?),
            Some(other) => Some(other.content.to_vec()),
            None => Some(Vec::new()),
        },
        None => None,
    };
    let mut parts = Vec::new();
    let mut signers = Vec::new();
    while let Some(field) = fields.next()? {
        match field.tag {
            0xa0 => {
                // [0] and above are attribute certificates and others.
                for item in field.all_children()?.iter().filter(|item| item.tag == asn1::SEQUENCE) {
                    parts.push(Part { offset: item.offset, der: item.raw.to_vec(), kind: PartKind::Certificate });
                }
            }
            0xa1 => {
                for item in field.all_children()? {
                    parts.extend(revocation(&item)?);
                }
            }
            asn1::SET => signers = field.all_children()?.iter().map(read_signer).collect::<Result<_, _>>()?,
            _ => return Err(Asn1Error { offset: field.offset, problem: "a field that does not belong here" }),
        }
    }
    let certificates = parts.iter().filter(|part| part.kind == PartKind::Certificate).count();
    let facts = SignedFacts {
        version,
        content_type,
        content_size: content.as_ref().map(Vec::len),
        digest_algorithms,
        signers,
        certificates,
        revocation: parts.len() - certificates,
    };
    Ok((facts, parts, content))
}

/// A list, or an OCSP response in `other [1]` (RFC 5940 §2.1).
fn revocation(item: &Tlv<'_>) -> Result<Option<Part>, Asn1Error> {
    if item.tag == asn1::SEQUENCE {
        return Ok(Some(Part { offset: item.offset, der: item.raw.to_vec(), kind: PartKind::Crl }));
    }
    if item.tag != 0xa1 {
        return Ok(None);
    }
    let mut other = item.children();
    let kind = asn1::oid_text(other.expect(asn1::OID)?.content);
    let response = other.next()?.filter(|_| kind == OCSP_RESPONSE);
    Ok(response.map(|response| Part {
        offset: response.offset,
        der: response.raw.to_vec(),
        kind: PartKind::OcspResponse,
    }))
}

fn read_signer(signer: &Tlv<'_>) -> Result<SignerFacts, Asn1Error> {
    let mut fields = signer.children();
    fields.expect(asn1::INTEGER)?;
    let missing = Asn1Error { offset: fields.offset(), problem: "an element is missing" };
    let id = fields.next()?.ok_or(missing)?;
    let id = match id.tag {
        asn1::SEQUENCE => {
            let mut parts = id.children();
            let issuer = DistinguishedName::from_der(parts.expect(asn1::SEQUENCE)?.raw);
            SignerId::IssuerAndSerial { issuer, serial: Serial::from_integer(parts.expect(asn1::INTEGER)?.content) }
        }
        0x80 => SignerId::KeyId(id.content.to_vec()),
        0xa0 => SignerId::KeyId(id.string_octets()?),
        _ => return Err(Asn1Error { offset: id.offset, problem: "this is no signer's identifier" }),
    };
    let digest_algorithm = AlgorithmFacts::from_der(fields.expect(asn1::SEQUENCE)?.raw);
    let mut next = fields.next()?.ok_or(missing)?;
    let mut signed_attributes = Vec::new();
    if next.tag == 0xa0 {
        signed_attributes = read_attributes(&next)?;
        next = fields.next()?.ok_or(missing)?;
    }
    let signature_algorithm = AlgorithmFacts::from_der(next.raw);
    let signature = fields.next()?.filter(|octets| octets.tag & !0x20 == asn1::OCTET_STRING).ok_or(missing)?;
    let unsigned_attributes = match fields.next()? {
        Some(field) => read_attributes(&field)?,
        None => Vec::new(),
    };
    let value = |oid: &str| signed_attributes.iter().find(|(name, _)| name.oid == oid).and_then(|(_, value)| *value);
    Ok(SignerFacts {
        id,
        digest_algorithm,
        signature_algorithm,
        signature: signature.string_octets()?,
        signing_time: value("1.2.840.113549.1.9.5").and_then(|time| decode::instant(&time).ok()),
        message_digest: value("1.2.840.113549.1.9.4").map(|digest| digest.content.to_vec()),
        policy: value("1.2.840.113549.1.9.16.2.15")
            .filter(|policy| policy.tag == asn1::SEQUENCE)
            .and_then(|policy| policy.children().expect(asn1::OID).ok())
            .map(|oid| named(&oid)),
        signed_attributes: signed_attributes.into_iter().map(|(name, _)| name).collect(),
        unsigned_attributes: unsigned_attributes.into_iter().map(|(name, _)| name).collect(),
    })
}

/// Each attribute with its first value.
type Attributes<'a> = Vec<(NamedOid, Option<Tlv<'a>>)>;

fn read_attributes<'a>(field: &Tlv<'a>) -> Result<Attributes<'a>, Asn1Error> {
    let mut out = Vec::new();
    for attribute in field.all_children()? {
        let mut parts = attribute.children();
        let name = named(&parts.expect(asn1::OID)?);
        let value = parts.expect(asn1::SET)?.children().next()?;
        out.push((name, value));
    }
    Ok(out)
}

/// An OBJECT IDENTIFIER with its name.
pub(crate) fn named(oid: &Tlv<'_>) -> NamedOid {
    let oid = asn1::oid_text(oid.content);
    NamedOid { name: cartorio_asn1::oid_name(&oid).map(|found| found.name), oid }
}
