//! The bare ASN.1, indented: what is shown of an extension that nobody here decodes.

use super::sheet::{Sheet, integer, oid_value, time_text};
use crate::asn1::{self, Reader, Tlv};

/// Deeper nesting is shown as hex.
const MAX_DEPTH: usize = 16;

/// Puts down the elements in `der`; `None` when the bytes are not ASN.1 from end to end (the sheet may then have part of
/// it).
pub(super) fn put(sheet: &mut Sheet, der: &[u8]) -> Option<()> {
    let mut reader = Reader::new(der);
    while let Some(element) = reader.next().ok()? {
        walk(sheet, &element, 0)?;
    }
    Some(())
}

/// One element and everything in it, hex where it cannot be read further.
pub(super) fn element(sheet: &mut Sheet, element: &Tlv<'_>) {
    let mut own = Sheet::default();
    if walk(&mut own, element, 0).is_some() {
        for fact in own.into_facts() {
            nest(sheet, fact.level, fact.label, fact.value);
        }
    } else {
        sheet.item(asn1::colon_hex(element.raw));
    }
}

fn nest(sheet: &mut Sheet, level: u8, label: String, value: String) {
    if level == 0 {
        sheet.put(label, value);
    } else {
        sheet.below(|sheet| nest(sheet, level - 1, label, value));
    }
}

fn walk(sheet: &mut Sheet, element: &Tlv<'_>, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    if element.is_constructed() {
        sheet.item(match element.tag {
            asn1::SEQUENCE => "SEQUENCE".to_owned(),
            asn1::SET => "SET".to_owned(),
            tag => format!("[{}]", tag & 0x1f),
        });
        let children = element.all_children().ok()?;
        return sheet.below(|sheet| children.iter().try_for_each(|child| walk(sheet, child, depth + 1)));
    }
    sheet.item(match element.tag {
        asn1::OID => format!("OBJECT IDENTIFIER {}", oid_value(element.content)),
        asn1::NULL => "NULL".to_owned(),
        asn1::BOOLEAN => format!("BOOLEAN {}", element.content.iter().any(|byte| *byte != 0)),
        asn1::INTEGER => format!("INTEGER {}", integer(element.content)),
        asn1::ENUMERATED => format!("ENUMERATED {}", integer(element.content)),
        asn1::OCTET_STRING => format!("OCTET STRING {}", asn1::colon_hex(element.content)),
        asn1::BIT_STRING => format!("BIT STRING {}", asn1::colon_hex(element.content)),
        tag @ (asn1::UTC_TIME | asn1::GENERALIZED_TIME) => format!("Time {}", time_text(tag, element.content)),
        tag => match asn1::string_text(tag, element.content) {
            Some(text) => format!("\"{text}\""),
            None => format!("[{}] {}", tag & 0x1f, asn1::colon_hex(element.content)),
        },
    });
    Some(())
}
