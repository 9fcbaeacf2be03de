//! Extensions of Microsoft, Netscape, Adobe, Entrust, S/MIME, the CA/Browser Forum and Certificate Transparency.

use time::OffsetDateTime;

use super::names;
use super::sheet::{
    Decoded, Sheet, bit_names, integer, named, oid_value, sequence, small, text, time_text, unexpected, whole,
};
use crate::asn1::{self, Asn1Error, Reader};
use crate::oid;

/// Any one string: names, comments, URLs.
pub(super) fn string(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let mut reader = Reader::new(value);
    match reader.next()? {
        Some(element) => match asn1::string_text(element.tag, element.content) {
            Some(text) if !text.trim().is_empty() => sheet.item(text),
            Some(_) => sheet.item("(empty)"),
            None => return Err(unexpected(&element)),
        },
        None => return Err(Asn1Error { offset: 0, problem: "an element is missing" }),
    }
    Ok(())
}

pub(super) fn ms_ca_version(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let version = whole(value, asn1::INTEGER)?;
    match small(version.content) {
        Some(number) => {
            sheet.put("certificateIndex", (number & 0xffff).to_string());
            sheet.put("keyIndex", (number >> 16).to_string());
        }
        None => sheet.item(integer(version.content)),
    }
    Ok(())
}

pub(super) fn ms_template(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let parts = sequence(value)?;
    let Some((id, versions)) = parts.split_first() else {
        return Err(Asn1Error { offset: 0, problem: "an element is missing" });
    };
    sheet.put("templateID", oid_value(id.content));
    for (label, version) in ["majorVersion", "minorVersion"].into_iter().zip(versions) {
        sheet.put(label, integer(version.content));
    }
    Ok(())
}

/// A hash or another OCTET STRING.
pub(super) fn octets(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    sheet.item(asn1::colon_hex(whole(value, asn1::OCTET_STRING)?.content));
    Ok(())
}

pub(super) fn any_time(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    match Reader::new(value).next()? {
        Some(time) if matches!(time.tag, asn1::UTC_TIME | asn1::GENERALIZED_TIME) => {
            sheet.item(time_text(time.tag, time.content));
            Ok(())
        }
        Some(other) => Err(unexpected(&other)),
        None => Err(Asn1Error { offset: 0, problem: "an element is missing" }),
    }
}

pub(super) fn netscape_type(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    const NAMES: [&str; 8] = [
        "SSL client",
        "SSL server",
        "S/MIME",
        "object signing",
        "reserved",
        "SSL CA",
        "S/MIME CA",
        "object signing CA",
    ];
    sheet.item(bit_names(whole(value, asn1::BIT_STRING)?.content, &NAMES).join(", "));
    Ok(())
}

pub(super) fn adobe_time_stamp(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for field in sequence(value)? {
        match field.tag {
            asn1::INTEGER => sheet.put("version", integer(field.content)),
            asn1::BOOLEAN => {
                sheet.put("requiresAuth", if field.content.iter().any(|byte| *byte != 0) { "TRUE" } else { "FALSE" });
            }
            _ => sheet.put("location", names::line(&field)),
        }
    }
    Ok(())
}

pub(super) fn adobe_archive(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for field in sequence(value)? {
        sheet.put("version", integer(field.content));
    }
    Ok(())
}

pub(super) fn entrust_version(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    const FLAGS: [&str; 6] =
        ["keyUpdateAllowed", "newExtensions", "pKIXCertificate", "enterpriseCategory", "webCategory", "sETCategory"];
    for field in sequence(value)? {
        match field.tag {
            asn1::BIT_STRING => sheet.put("flags", bit_names(field.content, &FLAGS).join(", ")),
            // GeneralString
            _ => sheet.put("version", super::sheet::tagged_text(field.content)),
        }
    }
    Ok(())
}

pub(super) fn smime_capabilities(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for capability in sequence(value)? {
        let mut parts = capability.children();
        let dotted = asn1::oid_text(parts.expect(asn1::OID)?.content);
        let name = named(oid::any(&dotted), &dotted);
        match parts.next()? {
            Some(parameter) if parameter.tag == asn1::INTEGER => {
                sheet.item(format!("{name}, {} bits", integer(parameter.content)));
            }
            _ => sheet.item(name),
        }
    }
    Ok(())
}

/// CA/Browser Forum EV Guidelines §9.8.2.
pub(super) fn organization_identifier(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let parts = sequence(value)?;
    let mut labels = ["registrationSchemeIdentifier", "registrationCountry", "registrationReference"].into_iter();
    for part in &parts {
        if part.tag & 0xc0 == 0x80 {
            sheet.put("registrationStateOrProvince", super::sheet::tagged_text(part.content));
        } else {
            sheet.put(labels.next().unwrap_or("extra"), text(part));
        }
    }
    Ok(())
}

/// RFC 6962 §3.3: an OCTET STRING with a TLS structure in it.
pub(super) fn timestamps(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let octets = whole(value, asn1::OCTET_STRING)?;
    let broken = Asn1Error { offset: octets.offset, problem: "the list of timestamps is malformed" };
    let (list, rest) = vector(octets.content).ok_or(broken)?;
    if !rest.is_empty() {
        return Err(broken);
    }
    let mut left = list;
    while !left.is_empty() {
        let (one, rest) = vector(left).ok_or(broken)?;
        left = rest;
        let (Some(version), Some(log), Some(time)) = (one.first(), one.get(1..33), one.get(33..41)) else {
            return Err(broken);
        };
        let millis = time.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let at =
            i64::try_from(millis / 1000).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        sheet.put("log", hex::encode(log));
        sheet.below(|sheet| {
            sheet.put("version", format!("v{}", u16::from(*version) + 1));
            match at {
                Some(at) => sheet
                    .put("timestamp", format!("{} {:02}:{:02}:{:02}Z", at.date(), at.hour(), at.minute(), at.second())),
                None => sheet.put("timestamp", millis.to_string()),
            }
            if let Some((_, signature)) = one.get(41..).and_then(vector)
                && let (Some(hash), Some(kind)) = (signature.first(), signature.get(1))
            {
                sheet.put("signature", format!("{}, {}", hash_name(*hash), signature_name(*kind)));
            }
        });
    }
    Ok(())
}

/// A vector with a length of two bytes, and what follows it.
fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(2)?;
    rest.split_at_checked(usize::from(length[0]) << 8 | usize::from(length[1]))
}

/// RFC 5246 §7.4.1.4.1.
fn hash_name(code: u8) -> String {
    match code {
        2 => "SHA-1".to_owned(),
        4 => "SHA-256".to_owned(),
        5 => "SHA-384".to_owned(),
        6 => "SHA-512".to_owned(),
        other => format!("hash {other}"),
    }
}

fn signature_name(code: u8) -> String {
    match code {
        1 => "RSA".to_owned(),
        2 => "DSA".to_owned(),
        3 => "ECDSA".to_owned(),
        other => format!("signature {other}"),
    }
}
