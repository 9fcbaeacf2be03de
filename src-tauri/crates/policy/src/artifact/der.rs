//! Strict DER, one element after the other: definite lengths in their shortest form, small tags, nothing left over.
//!
//! The structures read here have a fixed depth, so nothing recurses over the input.

use cartorio_asn1::TimeValue;
use const_oid::ObjectIdentifier as Oid;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::ArtifactError;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Larger than anything that ITI published by far.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// An element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub tag: u8,
    /// Where it begins in the file.
    pub offset: usize,
    /// Tag, length and content.
    pub raw: &'a [u8],
    pub content: &'a [u8],
}

/// Elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// The one element that `bytes` are.
    pub(crate) fn whole(bytes: &'a [u8], tag: u8) -> Result<Element<'a>, ArtifactError> {
        if bytes.len() > MAX_BYTES {
            return Err(ArtifactError { offset: MAX_BYTES, problem: "larger than any such file" });
        }
        let mut reader = Self { bytes, offset: 0 };
        let element = reader.expect(tag)?;
        reader.end()?;
        Ok(element)
    }

    pub(crate) fn error(&self, problem: &'static str) -> ArtifactError {
        ArtifactError { offset: self.offset, problem }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    /// The next element, if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<Element<'a>>, ArtifactError> {
        let Some(&tag) = self.bytes.first() else { return Ok(None) };
        if tag & 0x1f == 0x1f || tag == 0 {
            return Err(self.error("a tag that does not belong here"));
        }
        let cut = self.error("the end is missing");
        let first = *self.bytes.get(1).ok_or(cut)?;
        let (header, length) = match first {
            0..=0x7f => (2, usize::from(first)),
            0x81..=0x84 => {
                let count = usize::from(first & 0x7f);
                let field = self.bytes.get(2..2 + count).ok_or(cut)?;
                let length = field.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
                if field[0] == 0 || length < 0x80 {
                    return Err(self.error("a length that is not DER"));
                }
                (2 + count, length)
            }
            0x80 | 0x85..=0xff => return Err(self.error("a length that is not DER")),
        };
        let end = header.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(cut)?;
        let (raw, rest) = self.bytes.split_at(end);
        let element = Element { tag, offset: self.offset, raw, content: &raw[header..] };
        self.bytes = rest;
        self.offset += end;
        Ok(Some(element))
    }

    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, ArtifactError> {
        let error = self.error("another element was expected here");
        self.next()?.filter(|element| element.tag == tag).ok_or(error)
    }

    /// The next element when it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, ArtifactError> {
        if self.peek() == Some(tag) { self.next() } else { Ok(None) }
    }

    pub(crate) fn end(&self) -> Result<(), ArtifactError> {
        if self.bytes.is_empty() { Ok(()) } else { Err(self.error("something is left over")) }
    }

    pub(crate) fn rest(self) -> Result<Vec<Element<'a>>, ArtifactError> {
        let mut reader = self;
        let mut out = Vec::new();
        while let Some(element) = reader.next()? {
            out.push(element);
        }
        Ok(out)
    }
}

impl<'a> Element<'a> {
    pub(crate) fn error(&self, problem: &'static str) -> ArtifactError {
        ArtifactError { offset: self.offset, problem }
    }

    pub(crate) fn inside(&self) -> Reader<'a> {
        Reader { bytes: self.content, offset: self.offset + self.raw.len() - self.content.len() }
    }

    /// The one element inside of an explicit tag.
    pub(crate) fn only(&self, tag: u8) -> Result<Element<'a>, ArtifactError> {
        let mut inside = self.inside();
        let element = inside.expect(tag)?;
        inside.end()?;
        Ok(element)
    }

    pub(crate) fn oid(&self) -> Result<Oid, ArtifactError> {
        Oid::from_bytes(self.content).map_err(|_| self.error("this is no object identifier"))
    }

    pub(crate) fn boolean(&self) -> Result<bool, ArtifactError> {
        match self.content {
            [0] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(self.error("this is no BOOLEAN")),
        }
    }

    /// An INTEGER or ENUMERATED that is not negative.
    pub(crate) fn small(&self) -> Result<u32, ArtifactError> {
        let wrong = self.error("a number that does not belong here");
        match self.content {
            [0, second, ..] if *second < 0x80 => Err(wrong),
            [first, ..] if *first < 0x80 && self.content.len() <= 4 => {
                Ok(self.content.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
            }
            _ => Err(wrong),
        }
    }

    pub(crate) fn text(&self) -> Result<&'a str, ArtifactError> {
        std::str::from_utf8(self.content).map_err(|_| self.error("this is no text"))
    }

    /// A GeneralizedTime or UTCTime as DER has it.
    pub(crate) fn instant(&self) -> Result<OffsetDateTime, ArtifactError> {
        let value = match self.tag {
            GENERALIZED_TIME => TimeValue::generalized_time(self.content),
            UTC_TIME => TimeValue::utc_time(self.content),
            _ => None,
        };
        value
            .filter(|value| value.canonical && value.fraction.is_empty())
            .and_then(|value| instant(&value))
            .ok_or(self.error("this is no time as DER has it"))
    }
}

fn instant(value: &TimeValue) -> Option<OffsetDateTime> {
    let month = Month::try_from(value.month).ok()?;
    let date = Date::from_calendar_date(i32::from(value.year), month, value.day).ok()?;
    let time = Time::from_hms(value.hour, value.minute, value.second).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_offset(UtcOffset::UTC))
}
