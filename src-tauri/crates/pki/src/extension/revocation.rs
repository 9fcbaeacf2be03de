//! Where revocation lists are, and the extensions of the lists and of their entries (RFC 5280 §4.2.1.13, §5.2, §5.3).

use super::names;
use super::sheet::{
    Decoded, Sheet, bit_names, integer, oid_value, sequence, small, text, time_text, unexpected, whole,
};
use crate::asn1::{self, Asn1Error, Tlv};

const REASONS: [&str; 9] = [
    "unused",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
];

/// cRLDistributionPoints and freshestCRL.
pub(super) fn distribution_points(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for point in sequence(value)? {
        for field in point.all_children()? {
            match field.tag {
                0xa0 => distribution_name(sheet, &field)?,
                0x81 => sheet.put("reasons", bit_names(field.content, &REASONS).join(", ")),
                0xa2 => field.all_children()?.iter().for_each(|name| sheet.put("cRLIssuer", names::line(name))),
                _ => return Err(unexpected(&field)),
            }
        }
    }
    Ok(())
}

/// URLs of cRLDistributionPoints or freshestCRL.
pub(crate) fn urls(value: &[u8]) -> Vec<String> {
    let mut urls = Vec::new();
    for point in sequence(value).unwrap_or_default() {
        for field in point.all_children().unwrap_or_default().iter().filter(|field| field.tag == 0xa0) {
            for full in field.all_children().unwrap_or_default().iter().filter(|full| full.tag == 0xa0) {
                urls.extend(names::urls(&full.all_children().unwrap_or_default()));
            }
        }
    }
    urls
}

pub(super) fn issuing_distribution_point(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let fields = sequence(value)?;
    if fields.is_empty() {
        sheet.item("(empty)");
    }
    for field in &fields {
        let on = field.content.iter().any(|byte| *byte != 0);
        let flag = match field.tag {
            0xa0 => {
                distribution_name(sheet, field)?;
                continue;
            }
            0x83 => {
                sheet.put("onlySomeReasons", bit_names(field.content, &REASONS).join(", "));
                continue;
            }
            0x81 => "onlyContainsUserCerts",
            0x82 => "onlyContainsCACerts",
            0x84 => "indirectCRL",
            0x85 => "onlyContainsAttributeCerts",
            _ => return Err(unexpected(field)),
        };
        if on {
            sheet.item(flag);
        } else {
            sheet.put(flag, "FALSE");
        }
    }
    Ok(())
}

fn distribution_name(sheet: &mut Sheet, field: &Tlv<'_>) -> Result<(), Asn1Error> {
    for choice in field.all_children()? {
        match choice.tag {
            0xa0 => choice.all_children()?.iter().for_each(|name| sheet.item(names::line(name))),
            0xa1 => {
                for attribute in choice.all_children()? {
                    let parts = attribute.all_children()?;
                    let [kind, value] = parts.as_slice() else { return Err(unexpected(&attribute)) };
                    let dotted = asn1::oid_text(kind.content);
                    let name = crate::oid::attribute(&dotted).unwrap_or(&dotted).to_owned();
                    sheet.put("nameRelativeToCRLIssuer", format!("{name}={}", text(value)));
                }
            }
            _ => return Err(unexpected(&choice)),
        }
    }
    Ok(())
}

/// cRLNumber and deltaCRLIndicator.
pub(super) fn number(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    sheet.item(integer(whole(value, asn1::INTEGER)?.content));
    Ok(())
}

pub(super) fn delta_indicator(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    sheet.put("baseCRLNumber", integer(whole(value, asn1::INTEGER)?.content));
    Ok(())
}

pub(super) fn reason(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let code = whole(value, asn1::ENUMERATED)?;
    let name = match small(code.content) {
        Some(0) => "unspecified",
        // From 8 on the numbers of CRLReason and of ReasonFlags differ.
        Some(8) => "removeFromCRL",
        Some(9) => "privilegeWithdrawn",
        Some(10) => "aACompromise",
        Some(number @ 1..=6) => REASONS[usize::try_from(number).unwrap_or_default()],
        _ => "unknown",
    };
    sheet.item(format!("{name} ({})", integer(code.content)));
    Ok(())
}

/// invalidityDate and expiredCertsOnCRL.
pub(super) fn date(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let time = whole(value, asn1::GENERALIZED_TIME)?;
    sheet.item(time_text(time.tag, time.content));
    Ok(())
}

pub(super) fn hold_instruction(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    let code = whole(value, asn1::OID)?;
    sheet.item(match asn1::oid_text(code.content).as_str() {
        "1.2.840.10040.2.1" => "holdInstruction-none (1.2.840.10040.2.1)".to_owned(),
        "1.2.840.10040.2.2" => "holdInstruction-callissuer (1.2.840.10040.2.2)".to_owned(),
        "1.2.840.10040.2.3" => "holdInstruction-reject (1.2.840.10040.2.3)".to_owned(),
        _ => oid_value(code.content),
    });
    Ok(())
}
