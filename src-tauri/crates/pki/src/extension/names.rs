//! GeneralName in all its forms (RFC 5280 §4.2.1.6), as facts and as alternative names.

use super::outline;
use super::sheet::{Decoded, Sheet, named, oid_value, sequence, tagged_text, text, unexpected};
use crate::asn1::{self, Reader, Tlv};
use crate::brazil;
use crate::certificate::AlternativeName;
use crate::name::DistinguishedName;
use crate::oid;

/// Kind of a GeneralName by its tag.
pub(super) fn kind(tag: u8) -> &'static str {
    match tag & 0x1f {
        0 => "otherName",
        1 => "rfc822Name",
        2 => "dNSName",
        3 => "x400Address",
        4 => "directoryName",
        5 => "ediPartyName",
        6 => "uniformResourceIdentifier",
        7 => "iPAddress",
        8 => "registeredID",
        _ => "invalid",
    }
}

/// GeneralNames of a whole extension value.
pub(super) fn general_names(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let names = sequence(value)?;
    names.iter().for_each(|name| put(sheet, name));
    match names.iter().find(|name| kind(name.tag) == "invalid") {
        Some(bad) => Err(unexpected(bad)),
        None => Ok(()),
    }
}

/// One GeneralName as a fact, with what is inside it below.
pub(super) fn put(sheet: &mut Sheet, name: &Tlv<'_>) {
    match name.tag {
        0xa0 => other_name(sheet, name),
        0xa3 => {
            sheet.put("x400Address", "");
            sheet.below(|sheet| contents(sheet, name));
        }
        0xa5 => {
            let parts = edi_party(name);
            sheet.put("ediPartyName", "");
            sheet.below(|sheet| match parts {
                Some(parts) => parts.into_iter().for_each(|(label, value)| sheet.put(label, value)),
                None => contents(sheet, name),
            });
        }
        _ => sheet.put(kind(name.tag), value_text(name)),
    }
}

/// One GeneralName in one line: `dNSName: example.com`.
pub(super) fn line(name: &Tlv<'_>) -> String {
    match (name.tag, other_parts(name)) {
        (0xa0, Some((dotted, _))) => {
            format!("otherName {}: {}", named(oid::other_name(&dotted), &dotted), value_text(name))
        }
        _ => format!("{}: {}", kind(name.tag), value_text(name)),
    }
}

/// subjectAltName's entries; a value that is not a list of names has none.
pub(crate) fn alternative_names(value: &[u8]) -> Vec<AlternativeName> {
    sequence(value).unwrap_or_default().iter().map(alternative_name).collect()
}

/// Dotted identifier and `[0] EXPLICIT` value of every otherName.
pub(crate) fn other_names(value: &[u8]) -> Vec<(String, &[u8])> {
    sequence(value).unwrap_or_default().iter().filter(|name| name.tag == 0xa0).filter_map(other_parts).collect()
}

/// URLs among GeneralNames.
pub(crate) fn urls(names: &[Tlv<'_>]) -> Vec<String> {
    names.iter().filter(|name| name.tag == 0x86).map(|name| tagged_text(name.content)).collect()
}

fn alternative_name(name: &Tlv<'_>) -> AlternativeName {
    let oid = if name.tag == 0xa0 { other_parts(name).map(|(dotted, _)| dotted) } else { None };
    AlternativeName {
        kind: kind(name.tag),
        name: oid.as_deref().and_then(oid::other_name),
        oid,
        value: value_text(name),
    }
}

fn value_text(name: &Tlv<'_>) -> String {
    let hex = || asn1::colon_hex(name.content);
    match name.tag {
        0xa0 => match other_parts(name) {
            Some((dotted, raw)) => structured(&dotted, raw)
                .map(|parts| {
                    parts.into_iter().map(|(label, value)| format!("{label} {value}")).collect::<Vec<_>>().join(", ")
                })
                .or_else(|| brazil::string(raw).map(|(_, text)| text))
                .unwrap_or_else(|| asn1::colon_hex(raw)),
            None => hex(),
        },
        0x81 | 0x82 | 0x86 => tagged_text(name.content),
        0xa4 => match name.children().next() {
            Ok(Some(inner)) => DistinguishedName::from_der(inner.raw).rfc4514().to_owned(),
            _ => hex(),
        },
        0xa5 => match edi_party(name) {
            Some(parts) => {
                parts.into_iter().map(|(label, value)| format!("{label} {value}")).collect::<Vec<_>>().join(", ")
            }
            None => hex(),
        },
        0x87 => ip_address(name.content),
        0x88 => oid_value(name.content),
        _ => hex(),
    }
}

fn other_parts<'a>(name: &Tlv<'a>) -> Option<(String, &'a [u8])> {
    let mut parts = name.children();
    let kind = parts.expect(asn1::OID).ok()?;
    let value = parts.next().ok()??;
    Some((asn1::oid_text(kind.content), value.raw))
}

fn other_name(sheet: &mut Sheet, name: &Tlv<'_>) {
    let Some((dotted, raw)) = other_parts(name) else {
        sheet.put("otherName", asn1::colon_hex(name.content));
        return;
    };
    let label = format!("otherName {}", named(oid::other_name(&dotted), &dotted));
    if let Some(parts) = structured(&dotted, raw) {
        sheet.put(label, "");
        sheet.below(|sheet| parts.into_iter().for_each(|(label, value)| sheet.put(label, value)));
        return;
    }
    match brazil::string(raw) {
        Some((_, text)) if dotted.starts_with("2.16.76.1.") => {
            let fields = brazil::other_name_fields(&dotted, raw);
            let hidden = match fields.as_slice() {
                [only] => only.masked(),
                _ => brazil::dots(&text),
            };
            sheet.personal(label, text, hidden);
            if fields.len() > 1 {
                sheet.below(|sheet| {
                    for field in fields {
                        let state = match field.state.is_wrong() {
                            true => format!(" ({})", field.state.code()),
                            false => String::new(),
                        };
                        let given = if field.reveal().is_empty() { "-" } else { field.reveal() };
                        let hidden = field.masked();
                        let hidden = if hidden.is_empty() { "-".to_owned() } else { hidden };
                        sheet.personal(field.kind.code(), format!("{given}{state}"), format!("{hidden}{state}"));
                    }
                });
            }
        }
        Some((_, text)) if !text.trim().is_empty() => sheet.put(label, text),
        _ => {
            sheet.put(label, "");
            sheet.below(|sheet| {
                if outline::put(sheet, raw).is_none() {
                    sheet.item(asn1::colon_hex(raw));
                }
            });
        }
    }
}

/// otherNames whose value has parts.
fn structured(dotted: &str, raw: &[u8]) -> Option<Vec<(&'static str, String)>> {
    let outer = Reader::new(raw).next().ok()??;
    let inner = outer.children().next().ok()??;
    let children = || inner.all_children().ok();
    let parts = match dotted {
        // RFC 4043 §2
        "1.3.6.1.5.5.7.8.3" => children()?
            .iter()
            .map(|part| match part.tag {
                asn1::OID => ("assigner", oid_value(part.content)),
                _ => ("identifierValue", text(part)),
            })
            .collect(),
        // RFC 4108 §5
        "1.3.6.1.5.5.7.8.4" => children()?
            .iter()
            .map(|part| match part.tag {
                asn1::OID => ("hwType", oid_value(part.content)),
                _ => ("hwSerialNum", asn1::colon_hex(part.content)),
            })
            .collect(),
        // RFC 4556 §3.2.2: realm [0], principalName [1] { name-type [0], name-string [1] }
        "1.3.6.1.5.2.2" => children()?
            .iter()
            .map(|part| (if part.tag == 0xa0 { "realm" } else { "principalName" }, strings(part).join("/")))
            .collect(),
        // Microsoft: GUID of a domain controller; security identifier
        "1.3.6.1.4.1.311.25.1" => vec![("guid", asn1::colon_hex(inner.content))],
        "1.3.6.1.4.1.311.25.2.1" => vec![("sid", tagged_text(inner.content))],
        _ => return None,
    };
    Some(parts)
}

fn strings(element: &Tlv<'_>) -> Vec<String> {
    fn walk(element: &Tlv<'_>, depth: usize, out: &mut Vec<String>) {
        if element.is_constructed() && depth > 0 {
            element.all_children().unwrap_or_default().iter().for_each(|child| walk(child, depth - 1, out));
        } else if element.tag == 0x1b {
            // GeneralString, which Kerberos uses
            out.push(tagged_text(element.content));
        } else if let Some(text) = asn1::string_text(element.tag, element.content) {
            out.push(text);
        }
    }
    let mut out = Vec::new();
    walk(element, 6, &mut out);
    out
}

fn edi_party(name: &Tlv<'_>) -> Option<Vec<(&'static str, String)>> {
    let parts = name.all_children().ok()?;
    let parts: Vec<_> = parts
        .iter()
        .map(|part| {
            let label = if part.tag & 0x1f == 0 { "nameAssigner" } else { "partyName" };
            // A DirectoryString is a CHOICE, so its tag is explicit; some writers make it implicit.
            match part.children().next() {
                Ok(Some(inner)) if part.is_constructed() => (label, text(&inner)),
                _ => (label, tagged_text(part.content)),
            }
        })
        .collect();
    (!parts.is_empty()).then_some(parts)
}

pub(super) fn ip_address(bytes: &[u8]) -> String {
    use std::net::{Ipv4Addr, Ipv6Addr};
    let v4 = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
    let v6 = |bytes: &[u8]| <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).to_string());
    // In name constraints an address comes with its mask.
    let text = match bytes.len() {
        4 => v4(bytes).ok(),
        16 => v6(bytes).ok(),
        8 => v4(&bytes[..4]).and_then(|address| Ok(format!("{address}/{}", v4(&bytes[4..])?))).ok(),
        32 => v6(&bytes[..16]).and_then(|address| Ok(format!("{address}/{}", v6(&bytes[16..])?))).ok(),
        _ => None,
    };
    text.unwrap_or_else(|| asn1::colon_hex(bytes))
}

/// What is inside a name that has no form of its own here.
fn contents(sheet: &mut Sheet, name: &Tlv<'_>) {
    match name.all_children() {
        Ok(children) if !children.is_empty() => children.iter().for_each(|child| outline::element(sheet, child)),
        _ if name.content.is_empty() => sheet.item("(empty)"),
        _ => sheet.item(asn1::colon_hex(name.content)),
    }
}
