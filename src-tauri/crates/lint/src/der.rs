//! Reading DER by hand, for what decoders smooth over.

use cartorio_asn1::{Class, Element, Elements, oid_text};

pub(crate) const BOOLEAN: u32 = 1;
pub(crate) const INTEGER: u32 = 2;
pub(crate) const NULL: u32 = 5;
pub(crate) const OID: u32 = 6;
pub(crate) const UTF8_STRING: u32 = 12;
pub(crate) const SEQUENCE: u32 = 16;
pub(crate) const PRINTABLE_STRING: u32 = 19;
pub(crate) const TELETEX_STRING: u32 = 20;
pub(crate) const IA5_STRING: u32 = 22;
pub(crate) const UTC_TIME: u32 = 23;
pub(crate) const GENERALIZED_TIME: u32 = 24;
pub(crate) const UNIVERSAL_STRING: u32 = 28;
pub(crate) const BMP_STRING: u32 = 30;

/// The elements inside the one SEQUENCE (or other constructed element) that `value` is.
pub(crate) fn inside(value: &[u8]) -> Vec<Element<'_>> {
    Elements::new(value).next().map(|whole| whole.children().collect()).unwrap_or_default()
}

pub(crate) fn first(value: &[u8]) -> Option<Element<'_>> {
    Elements::new(value).next()
}

pub(crate) fn children<'a>(element: &Element<'a>) -> Vec<Element<'a>> {
    element.children().collect()
}

/// Dotted identifier of an OBJECT IDENTIFIER element.
pub(crate) fn oid(element: &Element<'_>) -> Option<String> {
    element.is(OID).then(|| oid_text(element.content)).flatten()
}

/// Dotted identifier and parameters of an AlgorithmIdentifier.
pub(crate) fn algorithm<'a>(element: &Element<'a>) -> Option<(String, Option<Element<'a>>)> {
    let mut parts = element.children();
    let name = oid(&parts.next()?)?;
    Some((name, parts.next()))
}

/// Text of a string of any type, Latin-1 where it is not UTF-8.
pub(crate) fn text(content: &[u8]) -> String {
    match std::str::from_utf8(content) {
        Ok(text) => text.to_owned(),
        Err(_) => content.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Whether a time has the one form that RFC 5280 §4.1.2.5 allows for its type.
pub(crate) fn time_form(element: &Element<'_>) -> bool {
    let digits = match element.tag {
        UTC_TIME => 12,
        GENERALIZED_TIME => 14,
        _ => return false,
    };
    match element.content.split_last() {
        Some((b'Z', rest)) => rest.len() == digits && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// One GeneralName: its number and its element.
pub(crate) fn is_name(element: &Element<'_>, number: u32) -> bool {
    element.class == Class::Context && element.tag == number
}
