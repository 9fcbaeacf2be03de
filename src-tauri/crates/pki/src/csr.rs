//! Certification requests (PKCS#10, RFC 2986) that others made: what they ask for. Making them is in [`crate::ca`].

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::asn1::{self, Asn1Error, Reader, Tlv};
use crate::certificate::{self, AlgorithmFacts, Extension};
use crate::decode;
use crate::key::KeyFacts;
use crate::name::DistinguishedName;
use crate::verify::{self, SignatureCheck};

/// A certification request: its DER, and [`CsrFacts`] through `Deref`. Cloning is cheap.
#[derive(Clone)]
pub struct Csr(Arc<CsrFacts>);

/// Everything a certification request says, decoded.
#[derive(Debug)]
#[non_exhaustive]
pub struct CsrFacts {
    /// The whole request.
    pub der: Vec<u8>,
    /// 1, the only one there is.
    pub version: u32,
    /// Who the certificate is for.
    pub subject: DistinguishedName,
    /// Its public key.
    pub key: KeyFacts,
    /// Every attribute, in order.
    pub attributes: Vec<CsrAttribute>,
    /// The extensions that are asked for (RFC 2985 §5.4.2, and Microsoft's older attribute).
    pub extensions: Vec<Extension>,
    /// The algorithm that it was signed with.
    pub signature_algorithm: AlgorithmFacts,
    /// The signature.
    pub signature: Vec<u8>,
    info: Range<usize>,
}

/// One attribute of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CsrAttribute {
    /// Dotted identifier.
    pub oid: String,
    /// Name.
    pub name: Option<&'static str>,
    /// Its values as text. A challengePassword is a secret between the applicant and the CA: it is not shown.
    pub values: Vec<String>,
}

impl Csr {
    /// Reads one DER `CertificationRequest`.
    ///
    /// # Errors
    /// [`CsrError`], where and why it cannot be read.
    pub fn from_der(der: &[u8]) -> Result<Self, CsrError> {
        let mut reader = Reader::new(der);
        let mut parts = reader.expect(asn1::SEQUENCE)?.children();
        if reader.offset() != der.len() {
            return Err(CsrError::TrailingData { offset: reader.offset(), length: der.len() - reader.offset() });
        }
        let info = parts.expect(asn1::SEQUENCE)?;
        let signature_algorithm = AlgorithmFacts::from_der(parts.expect(asn1::SEQUENCE)?.raw);
        let signature = decode::bit_string(&parts.expect(asn1::BIT_STRING)?)?;
        let mut fields = info.children();
        let version = decode::small(&fields.expect(asn1::INTEGER)?).map_or(0, |number| number + 1);
        let subject = DistinguishedName::from_der(fields.expect(asn1::SEQUENCE)?.raw);
        let key = KeyFacts::from_spki(fields.expect(asn1::SEQUENCE)?.raw);
        let (mut attributes, mut extensions) = (Vec::new(), Vec::new());
        // Absent attributes are wrong (RFC 2986 §4.1) and common.
        if let Some(field) = fields.next()? {
            if field.tag != 0xa0 {
                return Err(Asn1Error { offset: field.offset, problem: "a field that does not belong here" }.into());
            }
            for attribute in field.all_children()? {
                attributes.push(read_attribute(&attribute, &mut extensions)?);
            }
        }
        Ok(Self(Arc::new(CsrFacts {
            der: der.to_vec(),
            version,
            subject,
            key,
            attributes,
            extensions,
            signature_algorithm,
            signature,
            info: info.offset..info.offset + info.raw.len(),
        })))
    }
}

impl CsrFacts {
    /// PEM (RFC 7468 §7).
    pub fn pem(&self) -> String {
        certificate::pem("CERTIFICATE REQUEST", &self.der)
    }

    /// The signed bytes.
    pub fn info(&self) -> &[u8] {
        &self.der[self.info.clone()]
    }

    /// Whether the applicant has the private key: the request is signed with it.
    pub fn check_possession(&self) -> SignatureCheck {
        verify::check(self.info(), &self.signature_algorithm.der, &self.signature, &self.key.spki)
    }
}

const EXTENSION_REQUESTS: [&str; 2] = ["1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"];
const CHALLENGE_PASSWORD: &str = "1.2.840.113549.1.9.7";

fn read_attribute(attribute: &Tlv<'_>, extensions: &mut Vec<Extension>) -> Result<CsrAttribute, Asn1Error> {
    let mut parts = attribute.children();
    let oid = asn1::oid_text(parts.expect(asn1::OID)?.content);
    let values = parts.expect(asn1::SET)?.all_children()?;
    let mut texts = Vec::new();
    for value in &values {
        if EXTENSION_REQUESTS.contains(&oid.as_str()) && value.tag == asn1::SEQUENCE {
            let asked = decode::extensions(value)?;
            texts.push(asked.iter().map(|own| own.name.unwrap_or(&own.oid)).collect::<Vec<_>>().join(", "));
            extensions.extend(asked);
        } else if oid == CHALLENGE_PASSWORD {
            texts.push("********".to_owned());
        } else {
            texts.push(decode::outline(value.raw));
        }
    }
    Ok(CsrAttribute { name: cartorio_asn1::oid_name(&oid).map(|found| found.name), oid, values: texts })
}

impl Deref for Csr {
    type Target = CsrFacts;

    fn deref(&self) -> &CsrFacts {
        &self.0
    }
}

impl PartialEq for Csr {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Csr {}

impl fmt::Debug for Csr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Csr({})", self.subject)
    }
}

/// Why bytes are not a certification request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CsrError {
    /// The bytes are not a DER request.
    #[error("malformed certification request at byte {offset}: {reason}")]
    Malformed {
        /// Offset.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Something follows the request.
    #[error("{length} bytes follow the certification request at byte {offset}")]
    TrailingData {
        /// Where it begins.
        offset: usize,
        /// How much it is.
        length: usize,
    },
}

impl CsrError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "csr_malformed",
            Self::TrailingData { .. } => "csr_trailing_data",
        }
    }

    /// Offset in bytes.
    pub fn offset(&self) -> usize {
        match self {
            Self::Malformed { offset, .. } | Self::TrailingData { offset, .. } => *offset,
        }
    }
}

impl From<Asn1Error> for CsrError {
    fn from(error: Asn1Error) -> Self {
        Self::Malformed { offset: error.offset, reason: error.problem }
    }
}
