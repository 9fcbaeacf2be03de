//! Time stamps (RFC 3161): what a token or a response says. Judging its signature is another crate's work.

use time::OffsetDateTime;

use crate::asn1::{self, Asn1Error, Reader};
use crate::certificate::{AlgorithmFacts, Extension, NamedOid};
use crate::cms::{self, CmsFacts, Part};
use crate::decode;
use crate::serial::Serial;

/// A time stamp token, or the response that it came in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TimeStamp {
    /// The whole object.
    pub der: Vec<u8>,
    /// What the authority answered; `None` for a bare token.
    pub response: Option<TimeStampStatus>,
    /// What was stamped and when; `None` for a response without a token.
    pub info: Option<TstInfo>,
    /// The signature around it; `None` for a response without a token.
    pub cms: Option<CmsFacts>,
}

/// PKIStatusInfo (RFC 3161 §2.4.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStampStatus {
    /// 0 granted, 1 granted with changes, 2 rejected, 3 waiting, 4 revocation warning, 5 revocation notification.
    pub status: u32,
    /// What the authority says of it.
    pub text: Vec<String>,
    /// Bits of failInfo that are set.
    pub failures: Vec<usize>,
}

impl TimeStampStatus {
    /// Stable `snake_case` code of the status.
    pub const fn code(&self) -> &'static str {
        match self.status {
            0 => "granted",
            1 => "granted_with_mods",
            2 => "rejection",
            3 => "waiting",
            4 => "revocation_warning",
            5 => "revocation_notification",
            _ => "other",
        }
    }
}

/// TSTInfo (RFC 3161 §2.4.2).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TstInfo {
    /// Its version.
    pub version: u32,
    /// The policy of the authority.
    pub policy: NamedOid,
    /// The hash of what was stamped.
    pub imprint_algorithm: AlgorithmFacts,
    /// Its value.
    pub imprint: Vec<u8>,
    /// Number of the token.
    pub serial: Serial,
    /// When.
    pub gen_time: OffsetDateTime,
    /// How exact the clock is, where it says so.
    pub accuracy: Option<Accuracy>,
    /// Whether tokens of this authority are ordered by their times alone.
    pub ordering: bool,
    /// The nonce, which ties an answer to its question.
    pub nonce: Option<Serial>,
    /// The authority's name, where it gives it.
    pub tsa: Option<String>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
}

/// How exact a clock is; the parts add up.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Accuracy {
    /// Seconds.
    pub seconds: u32,
    /// Milliseconds.
    pub millis: u32,
    /// Microseconds.
    pub micros: u32,
}

impl TimeStamp {
    /// Reads a TimeStampResp, or a token (a ContentInfo with a TSTInfo in it).
    ///
    /// # Errors
    /// [`Asn1Error`], where and why it cannot be read.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        read(der).map(|(stamp, _)| stamp)
    }
}

/// A time stamp and the certificates and lists that came along.
pub(crate) fn read(der: &[u8]) -> Result<(TimeStamp, Vec<Part>), Asn1Error> {
    let whole = Reader::new(der).expect(asn1::SEQUENCE)?;
    let mut fields = whole.children();
    let first = fields.next()?.ok_or(Asn1Error { offset: 0, problem: "an element is missing" })?;
    if first.tag == asn1::OID {
        return read_token(der, 0, None);
    }
    let response = Some(read_status(&first)?);
    match fields.next()? {
        Some(token) => {
            let (mut stamp, parts) = read_token(token.raw, token.offset, response)?;
            stamp.der = der.to_vec();
            Ok((stamp, parts))
        }
        None => Ok((TimeStamp { der: der.to_vec(), response, info: None, cms: None }, Vec::new())),
    }
}

fn read_status(info: &asn1::Tlv<'_>) -> Result<TimeStampStatus, Asn1Error> {
    let mut fields = info.children();
    let number = fields.expect(asn1::INTEGER)?;
    let wrong = Asn1Error { offset: number.offset, problem: "the status is no small number" };
    let mut status =
        TimeStampStatus { status: decode::small(&number).ok_or(wrong)?, text: Vec::new(), failures: Vec::new() };
    while let Some(field) = fields.next()? {
        match field.tag {
            asn1::SEQUENCE => {
                let texts = field.all_children()?;
                status.text = texts.iter().filter_map(|text| asn1::string_text(text.tag, text.content)).collect();
            }
            asn1::BIT_STRING => {
                let bits = field.content.get(1..).unwrap_or_default();
                let set = |bit: &usize| bits.get(bit / 8).is_some_and(|byte| byte & 0x80 >> (bit % 8) != 0);
                status.failures = (0..bits.len() * 8).filter(set).collect();
            }
            _ => {}
        }
    }
    Ok(status)
}

fn read_token(der: &[u8], base: usize, response: Option<TimeStampStatus>) -> Result<(TimeStamp, Vec<Part>), Asn1Error> {
    let moved = |error: Asn1Error| Asn1Error { offset: error.offset + base, ..error };
    let mut opened = cms::open(der).map_err(moved)?;
    opened.parts.iter_mut().for_each(|part| part.offset += base);
    let missing = Asn1Error { offset: base, problem: "this token has no TSTInfo in it" };
    let signed = opened.facts.signed.as_ref().filter(|signed| signed.content_type.oid == cms::TST_INFO);
    let content = opened.content.filter(|_| signed.is_some()).ok_or(missing)?;
    // What stands in the octets has no place of its own in BER; trouble in it is at the token.
    let info = read_info(&content).map_err(|error| Asn1Error { offset: base, ..error })?;
    Ok((TimeStamp { der: der.to_vec(), response, info: Some(info), cms: Some(opened.facts) }, opened.parts))
}

fn read_info(content: &[u8]) -> Result<TstInfo, Asn1Error> {
    let mut fields = Reader::new(content).expect(asn1::SEQUENCE)?.children();
    let version = decode::small(&fields.expect(asn1::INTEGER)?).unwrap_or(0);
    let policy = cms::named(&fields.expect(asn1::OID)?);
    let mut imprint = fields.expect(asn1::SEQUENCE)?.children();
    let imprint_algorithm = AlgorithmFacts::from_der(imprint.expect(asn1::SEQUENCE)?.raw);
    let imprint = imprint.expect(asn1::OCTET_STRING)?.content.to_vec();
    let serial = Serial::from_integer(fields.expect(asn1::INTEGER)?.content);
    let gen_time = decode::instant(&fields.expect(asn1::GENERALIZED_TIME)?)?;
    let mut info = TstInfo {
        version,
        policy,
        imprint_algorithm,
        imprint,
        serial,
        gen_time,
        accuracy: None,
        ordering: false,
        nonce: None,
        tsa: None,
        extensions: Vec::new(),
    };
    while let Some(field) = fields.next()? {
        match field.tag {
            asn1::SEQUENCE => {
                let mut accuracy = Accuracy::default();
                for part in field.all_children()? {
                    let number = decode::small(&part).unwrap_or(0);
                    match part.tag {
                        asn1::INTEGER => accuracy.seconds = number,
                        0x80 => accuracy.millis = number,
                        0x81 => accuracy.micros = number,
                        _ => {}
                    }
                }
                info.accuracy = Some(accuracy);
            }
            asn1::BOOLEAN => info.ordering = field.content.iter().any(|byte| *byte != 0),
            asn1::INTEGER => info.nonce = Some(Serial::from_integer(field.content)),
            0xa0 => info.tsa = field.children().next()?.map(|name| decode::general_name(&name)),
            0xa1 => info.extensions = decode::extensions(&field)?,
            _ => return Err(Asn1Error { offset: field.offset, problem: "a field that does not belong here" }),
        }
    }
    Ok(info)
}
