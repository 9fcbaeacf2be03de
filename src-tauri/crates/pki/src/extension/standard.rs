//! Certificate extensions of RFC 5280 §4.2, and of the RFCs beside it.

use super::names;
use super::sheet::{
    Decoded, Sheet, algorithm, bit_names, integer, named, oid_value, sequence, small, text, time_text, unexpected,
    whole,
};
use crate::asn1::{self, Asn1Error, Tlv};
use crate::certificate::KeyUsage;
use crate::oid;

pub(super) fn authority_key_identifier(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for field in sequence(value)? {
        match field.tag {
            0x80 => sheet.put("keyIdentifier", asn1::colon_hex(field.content)),
            0xa1 => field.all_children()?.iter().for_each(|name| sheet.put("authorityCertIssuer", names::line(name))),
            0x82 => sheet.put("authorityCertSerialNumber", asn1::colon_hex(field.content)),
            _ => return Err(unexpected(&field)),
        }
    }
    Ok(())
}

pub(super) fn subject_key_identifier(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    sheet.item(asn1::colon_hex(whole(value, asn1::OCTET_STRING)?.content));
    Ok(())
}

pub(super) fn key_usage(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let names = KeyUsage::ALL.map(KeyUsage::name);
    let set = bit_names(whole(value, asn1::BIT_STRING)?.content, &names);
    if set.is_empty() {
        sheet.item("(no bit is set)");
    }
    set.into_iter().for_each(|bit| sheet.item(bit));
    Ok(())
}

pub(super) fn extended_key_usage(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for usage in sequence(value)? {
        if usage.tag != asn1::OID {
            return Err(unexpected(&usage));
        }
        let dotted = asn1::oid_text(usage.content);
        sheet.item(named(oid::extended_usage(&dotted), &dotted));
    }
    Ok(())
}

pub(super) fn basic_constraints(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let fields = sequence(value)?;
    let ca = fields.iter().any(|field| field.tag == asn1::BOOLEAN && field.content.iter().any(|byte| *byte != 0));
    sheet.put("cA", if ca { "TRUE" } else { "FALSE" });
    for field in &fields {
        match field.tag {
            asn1::BOOLEAN => {}
            asn1::INTEGER => sheet.put("pathLenConstraint", integer(field.content)),
            _ => return Err(unexpected(field)),
        }
    }
    Ok(())
}

pub(super) fn name_constraints(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for side in sequence(value)? {
        let word = match side.tag {
            0xa0 => "permitted",
            0xa1 => "excluded",
            _ => return Err(unexpected(&side)),
        };
        for subtree in side.all_children()? {
            let parts = subtree.all_children()?;
            let Some((base, bounds)) = parts.split_first() else { return Err(unexpected(&subtree)) };
            sheet.put(word, names::line(base));
            for bound in bounds {
                let label = if bound.tag == 0x80 { "minimum" } else { "maximum" };
                sheet.below(|sheet| sheet.put(label, integer(bound.content)));
            }
        }
    }
    Ok(())
}

pub(super) fn information_access(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for description in sequence(value)? {
        let mut parts = description.children();
        let method = asn1::oid_text(parts.expect(asn1::OID)?.content);
        let label = oid::access_method(&method).unwrap_or(&method).to_owned();
        match parts.next()? {
            Some(location) => sheet.put(label, names::line(&location)),
            None => return Err(unexpected(&description)),
        }
    }
    Ok(())
}

pub(super) fn private_key_usage_period(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for field in sequence(value)? {
        match field.tag {
            0x80 => sheet.put("notBefore", time_text(asn1::GENERALIZED_TIME, field.content)),
            0x81 => sheet.put("notAfter", time_text(asn1::GENERALIZED_TIME, field.content)),
            _ => return Err(unexpected(&field)),
        }
    }
    Ok(())
}

/// RFC 5280 §4.2.1.8 and RFC 3739 §3.3.2.
pub(super) fn directory_attributes(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for attribute in sequence(value)? {
        let mut parts = attribute.children();
        let dotted = asn1::oid_text(parts.expect(asn1::OID)?.content);
        let values = parts.expect(asn1::SET)?.all_children()?;
        let label = oid::directory_attribute(&dotted).unwrap_or(&dotted).to_owned();
        for own in values {
            let shown = match own.tag {
                asn1::UTC_TIME | asn1::GENERALIZED_TIME => time_text(own.tag, own.content),
                _ if own.is_constructed() => asn1::colon_hex(own.raw),
                _ => text(&own),
            };
            // They are all about a person.
            let hidden = crate::brazil::dots(&shown);
            sheet.personal(label.clone(), shown, hidden);
        }
    }
    Ok(())
}

/// RFC 7633.
pub(super) fn tls_feature(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for feature in sequence(value)? {
        sheet.item(match small(feature.content) {
            Some(5) => "status_request (5)".to_owned(),
            Some(17) => "status_request_v2 (17)".to_owned(),
            _ => integer(feature.content),
        });
    }
    Ok(())
}

pub(super) fn null(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    whole(value, asn1::NULL)?;
    sheet.item("NULL");
    Ok(())
}

/// RFC 3739 §3.2.5.
pub(super) fn biometric_info(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for data in sequence(value)? {
        let parts = data.all_children()?;
        let [kind, hash, digest, rest @ ..] = parts.as_slice() else { return Err(unexpected(&data)) };
        sheet.put(
            "typeOfBiometricData",
            match (kind.tag, small(kind.content)) {
                (asn1::OID, _) => oid_value(kind.content),
                (_, Some(0)) => "picture (0)".to_owned(),
                (_, Some(1)) => "handwritten-signature (1)".to_owned(),
                _ => integer(kind.content),
            },
        );
        sheet.below(|sheet| {
            sheet.put("hashAlgorithm", algorithm(hash));
            sheet.put("biometricDataHash", asn1::colon_hex(digest.content));
            rest.iter().for_each(|uri| sheet.put("sourceDataUri", text(uri)));
        });
    }
    Ok(())
}

/// RFC 3709 and RFC 9399: which logos, where they are and what hash they must have.
pub(super) fn logotype(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    fn walk(sheet: &mut Sheet, element: &Tlv<'_>, depth: usize) -> Result<(), Asn1Error> {
        match element.tag {
            asn1::IA5_STRING => sheet.put(if depth > 0 { "uri or type" } else { "uri" }, text(element)),
            asn1::OCTET_STRING => sheet.put("hash", asn1::colon_hex(element.content)),
            asn1::OID => sheet.put("algorithm or type", oid_value(element.content)),
            _ if element.is_constructed() && depth < 12 => {
                for child in element.all_children()? {
                    walk(sheet, &child, depth + 1)?;
                }
            }
            asn1::NULL => {}
            _ => sheet.item(text(element)),
        }
        Ok(())
    }
    for part in sequence(value)? {
        let label = match part.tag {
            0xa0 => "communityLogos",
            0xa1 => "issuerLogo",
            0xa2 => "subjectLogo",
            0xa3 => "otherLogos",
            _ => return Err(unexpected(&part)),
        };
        sheet.put(label, "");
        sheet.below(|sheet| walk(sheet, &part, 0))?;
    }
    Ok(())
}
