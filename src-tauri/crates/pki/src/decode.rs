//! What OCSP responses, requests and time stamps are made of: instants, extensions, general names.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::asn1::{self, Asn1Error, Tlv};
use crate::certificate::Extension;
use crate::name::DistinguishedName;
use cartorio_asn1::TimeValue;

/// The instant of a UTCTime or GeneralizedTime. One without a zone is no instant.
pub(crate) fn instant(element: &Tlv<'_>) -> Result<OffsetDateTime, Asn1Error> {
    let wrong = Asn1Error { offset: element.offset, problem: "this is no date and time" };
    let value = match element.tag {
        asn1::UTC_TIME => TimeValue::utc_time(element.content),
        asn1::GENERALIZED_TIME => TimeValue::generalized_time(element.content),
        _ => None,
    }
    .ok_or(wrong)?;
    read_instant(&value).ok_or(wrong)
}

fn read_instant(value: &TimeValue) -> Option<OffsetDateTime> {
    let month = Month::try_from(value.month).ok()?;
    let date = Date::from_calendar_date(i32::from(value.year), month, value.day).ok()?;
    let nanos = format!("{:0<9.9}", value.fraction).parse().ok()?;
    let time = Time::from_hms_nano(value.hour, value.minute, value.second, nanos).ok()?;
    let offset = UtcOffset::from_whole_seconds(i32::from(value.offset_minutes?) * 60).ok()?;
    PrimitiveDateTime::new(date, time).assume_offset(offset).checked_to_offset(UtcOffset::UTC)
}

/// `Extensions` (RFC 5280 §4.1): a SEQUENCE of extensions, each in text.
pub(crate) fn extensions(list: &Tlv<'_>) -> Result<Vec<Extension>, Asn1Error> {
    list.all_children()?.iter().map(extension).collect()
}

fn extension(element: &Tlv<'_>) -> Result<Extension, Asn1Error> {
    let mut parts = element.children();
    let oid = asn1::oid_text(parts.expect(asn1::OID)?.content);
    let wrong = Asn1Error { offset: parts.offset(), problem: "an extension has no value" };
    let mut value = parts.next()?.ok_or(wrong)?;
    let mut critical = false;
    if value.tag == asn1::BOOLEAN {
        critical = value.content.iter().any(|byte| *byte != 0);
        value = parts.next()?.ok_or(wrong)?;
    }
    if value.tag != asn1::OCTET_STRING {
        return Err(wrong);
    }
    let mut found = Extension::new(oid, critical, value.content.to_vec());
    found.name = found.name.or_else(|| cartorio_asn1::oid_name(&found.oid).map(|known| known.name));
    Ok(found)
}

/// A `GeneralName` in one line.
pub(crate) fn general_name(element: &Tlv<'_>) -> String {
    let text = || element.content.iter().map(|byte| char::from(*byte)).collect::<String>();
    match element.tag {
        0x81 => format!("rfc822Name: {}", text()),
        0x82 => format!("dNSName: {}", text()),
        0xa4 => match element.children().next() {
            Ok(Some(name)) => DistinguishedName::from_der(name.raw).rfc4514().to_owned(),
            Ok(None) | Err(_) => asn1::colon_hex(element.content),
        },
        0x86 => format!("uniformResourceIdentifier: {}", text()),
        0x88 => format!("registeredID: {}", asn1::oid_text(element.content)),
        _ => asn1::colon_hex(element.raw),
    }
}

/// The bytes of a BIT STRING of whole bytes.
pub(crate) fn bit_string(element: &Tlv<'_>) -> Result<Vec<u8>, Asn1Error> {
    match element.content {
        [0, bytes @ ..] => Ok(bytes.to_vec()),
        _ => Err(Asn1Error { offset: element.offset, problem: "this bit string is not of whole bytes" }),
    }
}

/// A small non-negative INTEGER or ENUMERATED.
pub(crate) fn small(element: &Tlv<'_>) -> Option<u32> {
    match element.content {
        [] => None,
        [first, ..] if first & 0x80 != 0 => None,
        bytes if bytes.len() <= 4 => Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))),
        _ => None,
    }
}

/// What stands in an element, in one line.
pub(crate) fn outline(der: &[u8]) -> String {
    let tree = cartorio_asn1::read(der, &cartorio_asn1::Limits { max_nodes: 200, ..Default::default() });
    let texts: Vec<String> = (0..tree.nodes.len())
        .filter_map(|index| tree.value(index, der))
        .map(|value| value.name.map_or(value.text, str::to_owned))
        .filter(|text| !text.is_empty())
        .collect();
    texts.join(", ")
}
