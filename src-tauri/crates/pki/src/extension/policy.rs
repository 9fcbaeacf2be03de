//! Policies, their qualifiers, mappings and constraints (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11, §4.2.1.14).

use super::outline;
use super::sheet::{Decoded, Sheet, integer, named, sequence, text, unexpected, whole};
use crate::asn1::{self, Tlv};
use crate::oid;

pub(super) fn policies(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for information in sequence(value)? {
        let mut parts = information.children();
        let dotted = asn1::oid_text(parts.expect(asn1::OID)?.content);
        sheet.item(named(oid::policy(&dotted).or_else(|| oid::extended_usage(&dotted)), &dotted));
        if let Some(qualifiers) = parts.next()? {
            for qualifier in qualifiers.all_children()? {
                sheet.below(|sheet| qualified(sheet, &qualifier))?;
            }
        }
    }
    Ok(())
}

fn qualified(sheet: &mut Sheet, information: &Tlv<'_>) -> Decoded {
    let mut parts = information.children();
    let dotted = asn1::oid_text(parts.expect(asn1::OID)?.content);
    let Some(qualifier) = parts.next()? else { return Err(unexpected(information)) };
    match dotted.as_str() {
        "1.3.6.1.5.5.7.2.1" => sheet.put("cPSuri", text(&qualifier)),
        "1.3.6.1.5.5.7.2.2" if qualifier.is_constructed() => {
            sheet.put("userNotice", "");
            sheet.below(|sheet| notice(sheet, &qualifier))?;
        }
        _ => {
            sheet.put(dotted, "");
            sheet.below(|sheet| outline::element(sheet, &qualifier));
        }
    }
    Ok(())
}

fn notice(sheet: &mut Sheet, notice: &Tlv<'_>) -> Decoded {
    for field in notice.all_children()? {
        if field.tag != asn1::SEQUENCE {
            sheet.put("explicitText", text(&field));
            continue;
        }
        let parts = field.all_children()?;
        let [organization, numbers] = parts.as_slice() else { return Err(unexpected(&field)) };
        let numbers: Vec<_> = numbers.all_children()?.iter().map(|number| integer(number.content)).collect();
        sheet.put("organization", text(organization));
        sheet.put("noticeNumbers", numbers.join(", "));
    }
    Ok(())
}

pub(super) fn mappings(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for mapping in sequence(value)? {
        let mut parts = mapping.children();
        let issuer = asn1::oid_text(parts.expect(asn1::OID)?.content);
        let subject = asn1::oid_text(parts.expect(asn1::OID)?.content);
        sheet.item(format!("{} = {}", named(oid::policy(&issuer), &issuer), named(oid::policy(&subject), &subject)));
    }
    Ok(())
}

pub(super) fn constraints(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for field in sequence(value)? {
        match field.tag {
            0x80 => sheet.put("requireExplicitPolicy", integer(field.content)),
            0x81 => sheet.put("inhibitPolicyMapping", integer(field.content)),
            _ => return Err(unexpected(&field)),
        }
    }
    Ok(())
}

pub(super) fn inhibit_any(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    sheet.put("skipCerts", integer(whole(value, asn1::INTEGER)?.content));
    Ok(())
}
