//! Time stamps (RFC 3161, RFC 5816): the question to an authority, and whether its answer is one to it.
//!
//! [`Query::accept`] looks at everything that can be told without a trust store: status, nonce, imprint, policy, the one signer,
//! its certificate's purpose, the signed reference to that certificate, and the signature. Whether the certificate leads to a
//! root that counts, and was not revoked, is for whoever has roots and evidence.

mod error;
mod token;

#[cfg(test)]
mod tests;

use cartorio_core::{Digest, HashAlgorithm};
use const_oid::ObjectIdentifier as Oid;
use time::{Duration, OffsetDateTime};

use crate::cms::ber::{Asn1Error, Limits, normalise};
use crate::cms::tlv::Tlv;
use crate::cms::tst::TstInfo;
use crate::cms::{der as write, oid};

pub use error::{FailInfo, PkiStatus, PurposeProblem, ReferenceProblem, TimestampError};

/// Content type of a question (RFC 3161 §3.4).
pub const QUERY_TYPE: &str = "application/timestamp-query";
/// Content type of an answer (RFC 3161 §3.4).
pub const REPLY_TYPE: &str = "application/timestamp-reply";

/// A question to a time-stamping authority. It always asks for the certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Query {
    imprint: Digest,
    nonce: Vec<u8>,
    policy: Option<Oid>,
}

impl Query {
    /// A question about `imprint`. The nonce is random, a new one for each question; `policy` asks for a time stamp under
    /// that policy of the authority.
    pub fn new(imprint: Digest, nonce: [u8; 16], policy: Option<Oid>) -> Self {
        Self { imprint, nonce: unsigned(&nonce), policy }
    }

    /// What the time stamp is to be over.
    pub const fn imprint(&self) -> &Digest {
        &self.imprint
    }

    /// The DER TimeStampReq.
    pub fn der(&self) -> Vec<u8> {
        let hash = match self.imprint.algorithm() {
            HashAlgorithm::Sha256 => oid::SHA256,
            HashAlgorithm::Sha384 => oid::SHA384,
            HashAlgorithm::Sha512 => oid::SHA512,
        };
        // NULL parameters, as every client in use writes them: there are authorities that compare bytes.
        let algorithm = write::tlv(write::SEQUENCE, &[&write::oid(hash), &[write::NULL, 0]]);
        let digest = write::tlv(write::OCTET_STRING, &[self.imprint.as_bytes()]);
        let policy = self.policy.map(write::oid).unwrap_or_default();
        write::tlv(
            write::SEQUENCE,
            &[
                &[write::INTEGER, 1, 1],
                &write::tlv(write::SEQUENCE, &[&algorithm, &digest]),
                &policy,
                &write::tlv(write::INTEGER, &[&self.nonce]),
                &[BOOLEAN, 1, 0xff],
            ],
        )
    }

    /// Takes the token out of a TimeStampResp that answers this question.
    ///
    /// # Errors
    /// [`TimestampError`], the first thing that is wrong with it.
    pub fn accept(&self, response: &[u8]) -> Result<Token, TimestampError> {
        let normal = normalise(response, Limits { max_len: MAX_RESPONSE, ..Limits::default() })?;
        if normal.consumed != response.len() {
            return Err(Asn1Error::Unexpected { what: "nothing more", offset: normal.consumed }.into());
        }
        let whole = Tlv::only(&normal.der)?;
        if whole.tag() != write::SEQUENCE {
            return Err(Asn1Error::Unexpected { what: "a time-stamp response", offset: 0 }.into());
        }
        let mut fields = whole.children();
        granted(&fields.expect(write::SEQUENCE, "a status")?)?;
        let token = fields.optional(write::SEQUENCE, "a token")?.ok_or(TimestampError::NoToken)?;
        fields.finish("the end of the response")?;
        let signed = token::SignedToken::read(&token)?;
        let info = TstInfo::read(signed.content)?;
        self.compare(&info)?;
        let certificates = signed.verify()?;
        Ok(Token {
            der: token.raw().to_vec(),
            gen_time: info.gen_time,
            accuracy: info.accuracy,
            certificates,
            policy: info.policy,
            serial: info.serial,
        })
    }

    fn compare(&self, info: &TstInfo) -> Result<(), TimestampError> {
        match &info.nonce {
            None => return Err(TimestampError::WrongNonce { missing: true }),
            Some(nonce) if unsigned(nonce) != self.nonce => return Err(TimestampError::WrongNonce { missing: false }),
            Some(_) => {}
        }
        if info.hash.known() != Some(self.imprint.algorithm()) || info.value != self.imprint.as_bytes() {
            return Err(TimestampError::WrongImprint);
        }
        if let Some(asked) = self.policy.filter(|asked| *asked != info.policy) {
            return Err(TimestampError::WrongPolicy { asked, actual: info.policy });
        }
        match info.critical {
            Some(extension) => Err(TimestampError::CriticalExtension(extension)),
            None => Ok(()),
        }
    }
}

/// A time stamp whose own signature was checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Token {
    /// The TimeStampToken (a ContentInfo), as attributes and PDF files take it.
    pub der: Vec<u8>,
    /// When, in UTC; fractions of a second are dropped.
    pub gen_time: OffsetDateTime,
    /// By how much that may be wrong, as the authority says; zero where it does not say.
    pub accuracy: Duration,
    /// DER certificates that came along; the authority's own is the first.
    pub certificates: Vec<Vec<u8>>,
    /// The policy that the authority follows.
    pub policy: Oid,
    /// Contents of the INTEGER that numbers the token.
    pub serial: Vec<u8>,
}

/// Size of a token with a chain of three certificates, as a dry run assumes it; authorities of ICP-Brasil stay below.
pub const TYPICAL_TOKEN: usize = 10 * 1024;

/// A DER element with the shape of a token, for estimates of a container: at least `size_hint` bytes, at most three more.
pub fn dummy_token(size_hint: usize) -> Vec<u8> {
    let of = |filling: usize| {
        let octets = write::tlv(write::OCTET_STRING, &[&vec![0; filling]]);
        write::tlv(write::SEQUENCE, &[&write::oid(oid::SIGNED_DATA), &write::tlv(write::context(0), &[&octets])])
    };
    let mut filling = size_hint.saturating_sub(of(size_hint).len() - size_hint);
    while of(filling).len() < size_hint {
        filling += 1;
    }
    of(filling)
}

/// No answer is longer; a token with its chain has a few KiB.
const MAX_RESPONSE: usize = 1 << 20;
/// Characters of an authority's own words that are kept.
const MAX_TEXT: usize = 300;
const BOOLEAN: u8 = 0x01;
const BIT_STRING: u8 = 0x03;
const UTF8_STRING: u8 = 0x0c;

/// Contents of the INTEGER for an unsigned number in big endian, minimal as DER wants it.
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let significant = bytes.iter().position(|byte| *byte != 0).map_or(&[0][..], |at| &bytes[at..]);
    // A first byte of 0x80 or more would be a negative number.
    let sign: &[u8] = if significant[0] >= 0x80 { &[0] } else { &[] };
    [sign, significant].concat()
}

/// Refuses unless the PKIStatusInfo grants.
fn granted(info: &Tlv<'_>) -> Result<(), TimestampError> {
    let mut fields = info.children();
    let number = fields.expect(write::INTEGER, "a status number")?;
    let status = match number.body() {
        bytes @ ([_] | [_, _] | [_, _, _]) => bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)),
        _ => return Err(Asn1Error::Unexpected { what: "a small status number", offset: number.offset() }.into()),
    };
    let status = PkiStatus::from_number(status);
    if matches!(status, PkiStatus::Granted | PkiStatus::GrantedWithMods) {
        return Ok(());
    }
    let (mut text, mut failures) = (String::new(), Vec::new());
    for field in fields.rest("a field of a status")? {
        if field.tag() == write::SEQUENCE {
            for own in field.children().rest("a text")?.iter().filter(|own| own.tag() == UTF8_STRING) {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.extend(String::from_utf8_lossy(own.body()).chars().filter(|own| !own.is_control()));
            }
        } else if field.tag() == BIT_STRING {
            let bits = field.body().get(1..).unwrap_or_default();
            let set = |bit: &usize| bits.get(bit / 8).is_some_and(|byte| byte & 0x80 >> (bit % 8) != 0);
            failures = (0..bits.len().min(8) * 8).filter(set).map(FailInfo::from_bit).collect();
        }
    }
    let text = text.trim().chars().take(MAX_TEXT).collect();
    Err(TimestampError::Rejected { status, failures, text })
}
