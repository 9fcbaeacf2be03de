//! OCSP responses (RFC 6960): reading them, and what they prove of a certificate at an instant.

mod judge;
mod request;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::asn1::{self, Asn1Error, Reader, Tlv};
use crate::certificate::{AlgorithmFacts, Certificate, Extension};
use crate::crl::RevocationReason;
use crate::decode;
use crate::name::DistinguishedName;
use crate::serial::Serial;

pub use judge::{OcspEvidence, OcspJudgement, OcspRejection, OcspResponder, OcspStatus};
pub use request::{NonceMatch, OCSP_REQUEST_TYPE, OCSP_RESPONSE_TYPE, OcspRequest};

/// An OCSP response: its DER, and [`OcspFacts`] through `Deref`. Cloning is cheap.
#[derive(Clone)]
pub struct OcspResponse(Arc<OcspFacts>);

/// Everything an OCSP response says, decoded.
#[derive(Debug)]
#[non_exhaustive]
pub struct OcspFacts {
    /// The whole response.
    pub der: Vec<u8>,
    /// Whether there is an answer at all.
    pub status: ResponseStatus,
    /// Dotted identifier of the kind of answer; `None` when there is no answer.
    pub response_type: Option<String>,
    /// The answer; `None` when there is none, or one of a kind other than id-pkix-ocsp-basic.
    pub basic: Option<BasicResponse>,
}

/// responseStatus (RFC 6960 §4.2.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ResponseStatus {
    /// successful (0).
    Successful,
    /// malformedRequest (1).
    MalformedRequest,
    /// internalError (2).
    InternalError,
    /// tryLater (3).
    TryLater,
    /// sigRequired (5).
    SigRequired,
    /// unauthorized (6).
    Unauthorized,
    /// A number that RFC 6960 does not have.
    Other(u32),
}

impl ResponseStatus {
    /// Stable `snake_case` code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::MalformedRequest => "malformed_request",
            Self::InternalError => "internal_error",
            Self::TryLater => "try_later",
            Self::SigRequired => "sig_required",
            Self::Unauthorized => "unauthorized",
            Self::Other(_) => "other",
        }
    }

    fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Successful,
            1 => Self::MalformedRequest,
            2 => Self::InternalError,
            3 => Self::TryLater,
            5 => Self::SigRequired,
            6 => Self::Unauthorized,
            other => Self::Other(other),
        }
    }
}

/// BasicOCSPResponse (RFC 6960 §4.2.1).
#[derive(Debug)]
#[non_exhaustive]
pub struct BasicResponse {
    /// 1, the only one there is.
    pub version: u32,
    /// Who says that it signed.
    pub responder: ResponderId,
    /// When it was signed.
    pub produced_at: OffsetDateTime,
    /// What is said of each certificate.
    pub responses: Vec<SingleResponse>,
    /// Extensions of the whole answer.
    pub extensions: Vec<Extension>,
    /// The nonce, which ties an answer to its question.
    pub nonce: Option<Vec<u8>>,
    /// The algorithm that it was signed with.
    pub signature_algorithm: AlgorithmFacts,
    /// The signature.
    pub signature: Vec<u8>,
    /// Certificates that came along, the responder's as a rule.
    pub certificates: Vec<Certificate>,
    /// How many certificates that came along could not be read.
    pub unreadable_certificates: usize,
    tbs: Vec<u8>,
}

impl BasicResponse {
    /// The signed bytes.
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }
}

/// ResponderID.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ResponderId {
    /// By its name.
    Name(DistinguishedName),
    /// By the SHA-1 of its key.
    KeyHash(Vec<u8>),
}

/// What is said of one certificate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SingleResponse {
    /// Which certificate.
    pub cert_id: CertId,
    /// How it stands.
    pub status: CertStatus,
    /// Since when this is known to be right.
    pub this_update: OffsetDateTime,
    /// When there is news at the latest; `None`: at any time.
    pub next_update: Option<OffsetDateTime>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
}

/// CertID: a certificate by hashes of its issuer and its serial number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertId {
    /// The hash.
    pub hash_algorithm: AlgorithmFacts,
    /// Hash of the issuer's name.
    pub issuer_name_hash: Vec<u8>,
    /// Hash of the issuer's key.
    pub issuer_key_hash: Vec<u8>,
    /// Serial number.
    pub serial: Serial,
}

/// CertStatus.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked, or on hold.
    Revoked {
        /// Since when.
        at: OffsetDateTime,
        /// Why, where it says so.
        reason: Option<RevocationReason>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

impl CertStatus {
    /// Stable `snake_case` code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked { .. } => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

impl OcspResponse {
    /// Reads one DER `OCSPResponse`.
    ///
    /// # Errors
    /// [`OcspError`], where and why it cannot be read.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        let mut whole = Reader::new(der);
        let mut parts = whole.expect(asn1::SEQUENCE)?.children();
        if whole.offset() != der.len() {
            return Err(OcspError::TrailingData { offset: whole.offset(), length: der.len() - whole.offset() });
        }
        let number = parts.expect(asn1::ENUMERATED)?;
        let wrong = Asn1Error { offset: number.offset, problem: "the status is no small number" };
        let status = ResponseStatus::from_number(decode::small(&number).ok_or(wrong)?);
        let mut facts = OcspFacts { der: der.to_vec(), status, response_type: None, basic: None };
        if let Some(bytes) = parts.next()? {
            let mut bytes = explicit(&bytes, 0xa0)?.children();
            let kind = asn1::oid_text(bytes.expect(asn1::OID)?.content);
            let response = bytes.expect(asn1::OCTET_STRING)?;
            if kind == BASIC {
                facts.basic = Some(read_basic(&response.children().expect(asn1::SEQUENCE)?)?);
            }
            facts.response_type = Some(kind);
        } else if status == ResponseStatus::Successful {
            let problem = "a successful answer has nothing in it";
            return Err(Asn1Error { offset: parts.offset(), problem }.into());
        }
        Ok(Self(Arc::new(facts)))
    }

    /// Reads a bare DER `BasicOCSPResponse`, as signatures carry it (CAdES `OcspVals`), and puts it into a response.
    ///
    /// # Errors
    /// As [`OcspResponse::from_der`]; offsets count in the response that is made.
    pub fn from_basic_der(der: &[u8]) -> Result<Self, OcspError> {
        let basic = asn1::seq([asn1::tlv(asn1::OID, BASIC_CONTENT), asn1::octets(der)]);
        Self::from_der(&asn1::seq([asn1::tlv(asn1::ENUMERATED, &[0]), asn1::explicit(0, &basic)]))
    }
}

impl OcspFacts {
    /// What is said of each certificate; empty when there is no answer.
    pub fn responses(&self) -> &[SingleResponse] {
        self.basic.as_ref().map_or(&[], |basic| &basic.responses)
    }
}

const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
const BASIC_CONTENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
const NONCE: &str = "1.3.6.1.5.5.7.48.1.2";

fn read_basic(basic: &Tlv<'_>) -> Result<BasicResponse, Asn1Error> {
    let mut parts = basic.children();
    let tbs = parts.expect(asn1::SEQUENCE)?;
    let algorithm = parts.expect(asn1::SEQUENCE)?;
    let signature = decode::bit_string(&parts.expect(asn1::BIT_STRING)?)?;
    let (mut certificates, mut unreadable) = (Vec::new(), 0);
    if let Some(list) = parts.next()? {
        for item in explicit(&list, 0xa0)?.all_children()? {
            match Certificate::from_der(item.raw) {
                Ok(certificate) => certificates.push(certificate),
                Err(_) => unreadable += 1,
            }
        }
    }
    let mut fields = tbs.all_children()?.into_iter().peekable();
    let missing = Asn1Error { offset: tbs.offset, problem: "a field of the answer is missing" };
    let version = match fields.next_if(|field| field.tag == 0xa0) {
        Some(field) => decode::small(&field.children().expect(asn1::INTEGER)?).map_or(0, |number| number + 1),
        None => 1,
    };
    let responder = fields.next().ok_or(missing)?;
    let inner = responder.children().next()?.ok_or(missing)?;
    let responder = match (responder.tag, inner.tag) {
        (0xa1, asn1::SEQUENCE) => ResponderId::Name(DistinguishedName::from_der(inner.raw)),
        (0xa2, asn1::OCTET_STRING) => ResponderId::KeyHash(inner.content.to_vec()),
        _ => return Err(Asn1Error { offset: responder.offset, problem: "this is no responder id" }),
    };
    let produced_at = decode::instant(&fields.next().ok_or(missing)?)?;
    let list = fields.next().filter(|field| field.tag == asn1::SEQUENCE).ok_or(missing)?;
    let responses = list.all_children()?.iter().map(read_single).collect::<Result<Vec<_>, _>>()?;
    let extensions = match fields.next() {
        Some(field) => decode::extensions(&explicit(&field, 0xa1)?)?,
        None => Vec::new(),
    };
    Ok(BasicResponse {
        version,
        responder,
        produced_at,
        responses,
        nonce: extensions.iter().find(|own| own.oid == NONCE).map(|own| nonce(&own.value)),
        extensions,
        signature_algorithm: AlgorithmFacts::from_der(algorithm.raw),
        signature,
        certificates,
        unreadable_certificates: unreadable,
        tbs: tbs.raw.to_vec(),
    })
}

fn read_single(single: &Tlv<'_>) -> Result<SingleResponse, Asn1Error> {
    let mut parts = single.children();
    let mut id = parts.expect(asn1::SEQUENCE)?.children();
    let cert_id = CertId {
        hash_algorithm: AlgorithmFacts::from_der(id.expect(asn1::SEQUENCE)?.raw),
        issuer_name_hash: id.expect(asn1::OCTET_STRING)?.content.to_vec(),
        issuer_key_hash: id.expect(asn1::OCTET_STRING)?.content.to_vec(),
        serial: Serial::from_integer(id.expect(asn1::INTEGER)?.content),
    };
    let wrong = Asn1Error { offset: parts.offset(), problem: "this is no certificate status" };
    let status = parts.next()?.ok_or(wrong)?;
    let status = match status.tag {
        0x80 => CertStatus::Good,
        0xa1 => {
            let mut info = status.children();
            let at = decode::instant(&info.next()?.ok_or(wrong)?)?;
            let reason = match info.next()? {
                Some(field) => {
                    let number = decode::small(&explicit_of(&field, 0xa0, asn1::ENUMERATED)?);
                    number.and_then(|number| u8::try_from(number).ok()).and_then(RevocationReason::from_number)
                }
                None => None,
            };
            CertStatus::Revoked { at, reason }
        }
        0x82 => CertStatus::Unknown,
        _ => return Err(wrong),
    };
    let missing = Asn1Error { offset: parts.offset(), problem: "thisUpdate is missing" };
    let this_update = decode::instant(&parts.next()?.ok_or(missing)?)?;
    let (mut next_update, mut extensions) = (None, Vec::new());
    while let Some(field) = parts.next()? {
        match field.tag {
            0xa0 => next_update = Some(decode::instant(&explicit_of(&field, 0xa0, asn1::GENERALIZED_TIME)?)?),
            0xa1 => extensions = decode::extensions(&explicit(&field, 0xa1)?)?,
            _ => return Err(Asn1Error { offset: field.offset, problem: "a field that does not belong here" }),
        }
    }
    Ok(SingleResponse { cert_id, status, this_update, next_update, extensions })
}

/// The SEQUENCE inside an explicit tag.
fn explicit<'a>(field: &Tlv<'a>, tag: u8) -> Result<Tlv<'a>, Asn1Error> {
    explicit_of(field, tag, asn1::SEQUENCE)
}

fn explicit_of<'a>(field: &Tlv<'a>, tag: u8, inner: u8) -> Result<Tlv<'a>, Asn1Error> {
    if field.tag != tag {
        return Err(Asn1Error { offset: field.offset, problem: "an element of another type was expected" });
    }
    field.children().expect(inner)
}

/// RFC 8954 has an OCTET STRING inside the extension; older responders put the bytes there bare.
fn nonce(value: &[u8]) -> Vec<u8> {
    let mut reader = Reader::new(value);
    match reader.expect(asn1::OCTET_STRING) {
        Ok(inner) if reader.offset() == value.len() => inner.content.to_vec(),
        _ => value.to_vec(),
    }
}

impl Deref for OcspResponse {
    type Target = OcspFacts;

    fn deref(&self) -> &OcspFacts {
        &self.0
    }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for OcspResponse {}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspResponse({}, {} certificates)", self.status.code(), self.responses().len())
    }
}

/// Why bytes are not an OCSP response.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OcspError {
    /// The bytes are not a DER OCSP response.
    #[error("malformed OCSP response at byte {offset}: {reason}")]
    Malformed {
        /// Offset.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Something follows the response.
    #[error("{length} bytes follow the OCSP response at byte {offset}")]
    TrailingData {
        /// Where it begins.
        offset: usize,
        /// How much it is.
        length: usize,
    },
}

impl OcspError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "ocsp_malformed",
            Self::TrailingData { .. } => "ocsp_trailing_data",
        }
    }

    /// Offset in bytes.
    pub fn offset(&self) -> usize {
        match self {
            Self::Malformed { offset, .. } | Self::TrailingData { offset, .. } => *offset,
        }
    }
}

impl From<Asn1Error> for OcspError {
    fn from(error: Asn1Error) -> Self {
        Self::Malformed { offset: error.offset, reason: error.problem }
    }
}
