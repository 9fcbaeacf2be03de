//! Whether an extension of a usual type can be decoded, without putting it into words: a path is judged by that alone.

use super::sheet::whole;
use crate::asn1::{self, Tlv};

/// What the decoder of the type would say; `None` where only the decoder itself knows.
pub(super) fn is_sound(oid: &str, value: &[u8]) -> Option<bool> {
    Some(match oid {
        "2.5.29.14" => whole(value, asn1::OCTET_STRING).is_ok(),
        "2.5.29.15" => whole(value, asn1::BIT_STRING).is_ok(),
        "2.5.29.17" | "2.5.29.18" => listed(value, |name| name.tag & 0x1f <= 8),
        "2.5.29.19" => listed(value, |field| matches!(field.tag, asn1::BOOLEAN | asn1::INTEGER)),
        "2.5.29.20" | "2.5.29.54" => whole(value, asn1::INTEGER).is_ok(),
        "2.5.29.30" => listed(value, |side| {
            matches!(side.tag, 0xa0 | 0xa1)
                && each(side, |subtree| each(subtree, |_| true) && !subtree.content.is_empty())
        }),
        "2.5.29.31" => return lists(value),
        "2.5.29.32" => return policies(value),
        "2.5.29.33" => listed(value, |mapping| {
            let mut parts = mapping.children();
            parts.expect(asn1::OID).is_ok() && parts.expect(asn1::OID).is_ok()
        }),
        "2.5.29.35" => listed(value, |field| match field.tag {
            0x80 | 0x82 => true,
            0xa1 => each(field, |_| true),
            _ => false,
        }),
        "2.5.29.36" => listed(value, |field| matches!(field.tag, 0x80 | 0x81)),
        "2.5.29.37" => listed(value, |usage| usage.tag == asn1::OID),
        "1.3.6.1.5.5.7.1.1" => listed(value, |description| {
            let mut parts = description.children();
            parts.expect(asn1::OID).is_ok() && matches!(parts.next(), Ok(Some(_)))
        }),
        _ => return None,
    })
}

/// cRLDistributionPoints (RFC 5280 §4.2.1.13) without relative names.
fn lists(value: &[u8]) -> Option<bool> {
    let mut relative = false;
    let sound = listed(value, |point| {
        each(point, |field| match field.tag {
            0xa0 => each(field, |choice| {
                relative |= choice.tag == 0xa1;
                matches!(choice.tag, 0xa0 | 0xa1) && each(choice, |_| true)
            }),
            0x81 => true,
            0xa2 => each(field, |_| true),
            _ => false,
        })
    });
    (!relative).then_some(sound)
}

/// certificatePolicies (RFC 5280 §4.2.1.4) without notices.
fn policies(value: &[u8]) -> Option<bool> {
    /// id-qt-unotice.
    const NOTICE: [u8; 8] = [0x2b, 6, 1, 5, 5, 7, 2, 2];
    let mut notice = false;
    let sound = listed(value, |information| {
        let mut parts = information.children();
        let named = parts.expect(asn1::OID).is_ok();
        named
            && match parts.next() {
                Ok(None) => true,
                Ok(Some(qualifiers)) => each(&qualifiers, |qualifier| {
                    let mut parts = qualifier.children();
                    let Ok(kind) = parts.expect(asn1::OID) else { return false };
                    notice |= kind.content == NOTICE;
                    matches!(parts.next(), Ok(Some(_)))
                }),
                Err(_) => false,
            }
    });
    (!notice).then_some(sound)
}

/// Whether the value is one SEQUENCE, and everything in it passes.
fn listed(value: &[u8], check: impl FnMut(&Tlv<'_>) -> bool) -> bool {
    whole(value, asn1::SEQUENCE).is_ok_and(|list| each(&list, check))
}

/// Whether all that is in an element can be read, and passes.
fn each(element: &Tlv<'_>, mut check: impl FnMut(&Tlv<'_>) -> bool) -> bool {
    let mut children = element.children();
    loop {
        match children.next() {
            Ok(None) => return true,
            Ok(Some(child)) if check(&child) => {}
            Ok(Some(_)) | Err(_) => return false,
        }
    }
}
