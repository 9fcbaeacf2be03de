//! Statements of qualified certificates (RFC 3739 §3.2.6, ETSI EN 319 412-5, ETSI TS 119 495).

use super::names;
use super::outline;
use super::sheet::{Decoded, Sheet, integer, named, oid_value, sequence, small, text};
use crate::asn1::{self, Tlv};
use crate::oid;

pub(super) fn statements(sheet: &mut Sheet, value: &[u8]) -> Decoded {
    for statement in sequence(value)? {
        let mut parts = statement.children();
        let dotted = asn1::oid_text(parts.expect(asn1::OID)?.content);
        sheet.item(named(oid::qualified_statement(&dotted), &dotted));
        if let Some(information) = parts.next()? {
            sheet.below(|sheet| {
                if detail(sheet, &dotted, &information).is_none() {
                    outline::element(sheet, &information);
                }
            });
        }
    }
    Ok(())
}

/// What belongs to a statement; `None`, with nothing put down, where it has another form.
fn detail(sheet: &mut Sheet, dotted: &str, information: &Tlv<'_>) -> Option<()> {
    let children = || information.all_children().ok().filter(|_| information.is_constructed());
    match dotted {
        "0.4.0.1862.1.2" => {
            let parts = children()?;
            let [currency, amount, exponent] = parts.as_slice() else { return None };
            let currency = match currency.tag {
                asn1::INTEGER => integer(currency.content),
                _ => text(currency),
            };
            let (amount, exponent) = (integer(amount.content), integer(exponent.content));
            sheet.put("limit", format!("{currency} {amount} × 10^{exponent}"));
        }
        "0.4.0.1862.1.3" if information.tag == asn1::INTEGER => {
            sheet.put("years", small(information.content)?.to_string());
        }
        "0.4.0.1862.1.5" => {
            for location in children()? {
                let parts = location.all_children().ok()?;
                let [url, language] = parts.as_slice() else { return None };
                sheet.put(format!("PDS ({})", text(language)), text(url));
            }
        }
        "0.4.0.1862.1.6" => children()?.iter().for_each(|kind| sheet.put("type", oid_value(kind.content))),
        "0.4.0.1862.1.7" => children()?.iter().for_each(|country| sheet.put("country", text(country))),
        "1.3.6.1.5.5.7.11.1" | "1.3.6.1.5.5.7.11.2" => {
            for part in children()? {
                match part.tag {
                    asn1::OID => sheet.put("semanticsIdentifier", oid_value(part.content)),
                    _ => part
                        .all_children()
                        .ok()?
                        .iter()
                        .for_each(|name| sheet.put("nameRegistrationAuthority", names::line(name))),
                }
            }
        }
        "0.4.0.19495.2" => {
            let parts = children()?;
            let [roles, name, identifier] = parts.as_slice() else { return None };
            for role in roles.all_children().ok()? {
                let role = role.all_children().ok()?;
                let [kind, title] = role.as_slice() else { return None };
                sheet.put("role", format!("{} ({})", text(title), asn1::oid_text(kind.content)));
            }
            sheet.put("competentAuthority", format!("{} ({})", text(name), text(identifier)));
        }
        _ => return None,
    }
    Some(())
}
