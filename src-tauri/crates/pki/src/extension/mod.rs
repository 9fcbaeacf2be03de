//! Extensions of certificates, revocation lists and their entries, decoded: as facts with labels, as lines of text.
//! What nobody here knows is shown as bare ASN.1, and what is not ASN.1 as hex; never nothing.

mod names;
mod outline;
mod policy;
mod qualified;
mod revocation;
mod sheet;
mod sound;
mod standard;
mod vendor;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

pub(crate) use names::{alternative_names, other_names};
pub(crate) use revocation::urls as distribution_urls;
pub use sheet::ExtensionFact;
use sheet::{Decoded, Sheet};

use crate::asn1::{self, Reader};
use crate::certificate::Extension;
use crate::crl::CrlFacts;
use crate::oid;
use crate::serial::Serial;

/// What an extension says: its dotted identifier and the DER inside its OCTET STRING. At least one fact.
pub fn describe_extension(oid: &str, value: &[u8]) -> Vec<ExtensionFact> {
    decoded(oid, value).unwrap_or_else(|| fallback(value))
}

impl Extension {
    /// An extension from its parts.
    pub fn new(oid: String, critical: bool, value: Vec<u8>) -> Self {
        Self::read(oid, critical, value, false)
    }

    /// As [`Self::new`]; `refused` where whoever read the whole could not decode the value.
    pub(crate) fn read(oid: String, critical: bool, value: Vec<u8>, refused: bool) -> Self {
        let (lines, unsound) = (OnceLock::new(), OnceLock::new());
        Self { name: oid::extension(&oid), critical, value, oid, refused, lines, unsound }
    }

    /// The content in text, one fact a line, personal data masked; never empty. Decoded when it is first asked for.
    pub fn lines(&self) -> &[String] {
        self.lines.get_or_init(|| self.facts().iter().map(ExtensionFact::line).collect())
    }

    /// Whether it is of a known type but its content could not be decoded.
    pub fn malformed(&self) -> bool {
        self.refused || *self.unsound.get_or_init(|| !decodes(&self.oid, &self.value))
    }

    /// What it says, with labels and nesting; the same as `lines`, but with personal data beside its mask.
    pub fn facts(&self) -> Vec<ExtensionFact> {
        describe_extension(&self.oid, &self.value)
    }
}

impl CrlFacts {
    /// The extensions of the entry for a serial number (RFC 5280 §5.3): reason, invalidity date, certificate issuer and
    /// whatever else stands there. `None` when the list has no such entry.
    pub fn entry_extensions(&self, serial: &Serial) -> Option<Vec<Extension>> {
        let fields = Reader::new(self.tbs()).expect(asn1::SEQUENCE).ok()?.all_children().ok()?;
        // The revoked certificates are the SEQUENCE after the times.
        let times = fields.iter().rposition(|field| matches!(field.tag, asn1::UTC_TIME | asn1::GENERALIZED_TIME))?;
        let list = fields.get(times + 1).filter(|field| field.tag == asn1::SEQUENCE)?;
        let mut entries = list.children();
        while let Ok(Some(entry)) = entries.next() {
            let mut parts = entry.children();
            if Serial::from_integer(parts.expect(asn1::INTEGER).ok()?.content) != *serial {
                continue;
            }
            let _date = parts.next().ok()?;
            let extensions = parts.next().ok()?.map(|list| list.all_children()).transpose().ok()?.unwrap_or_default();
            return Some(extensions.iter().filter_map(read).collect());
        }
        None
    }
}

/// One `Extension` of an `Extensions` list.
fn read(element: &asn1::Tlv<'_>) -> Option<Extension> {
    let mut parts = element.children();
    let oid = asn1::oid_text(parts.expect(asn1::OID).ok()?.content);
    let mut next = parts.next().ok()??;
    let mut critical = false;
    if next.tag == asn1::BOOLEAN {
        critical = next.content.iter().any(|byte| *byte != 0);
        next = parts.next().ok()??;
    }
    (next.tag == asn1::OCTET_STRING).then(|| Extension::new(oid, critical, next.content.to_vec()))
}

/// The dotted identifiers of a `SEQUENCE OF OBJECT IDENTIFIER`.
pub(crate) fn oid_list(value: &[u8]) -> Vec<String> {
    sheet::sequence(value)
        .unwrap_or_default()
        .iter()
        .filter(|child| child.tag == asn1::OID)
        .map(|child| asn1::oid_text(child.content))
        .collect()
}

/// Whether a value of a known type can be decoded; what is not known always can.
fn decodes(oid: &str, value: &[u8]) -> bool {
    let by_decoder = || decoder(oid).is_none_or(|decode| decode(&mut Sheet::default(), value).is_ok());
    sound::is_sound(oid, value).unwrap_or_else(by_decoder)
}

/// The facts of an extension of a known type; `None` for an unknown type and for a malformed value.
fn decoded(oid: &str, value: &[u8]) -> Option<Vec<ExtensionFact>> {
    let decode = decoder(oid)?;
    let mut sheet = Sheet::default();
    decode(&mut sheet, value).ok()?;
    let facts = sheet.into_facts();
    // An empty list of something is an extension without a fact: then the ASN.1 is shown.
    Some(if facts.is_empty() { fallback(value) } else { facts })
}

fn fallback(value: &[u8]) -> Vec<ExtensionFact> {
    let mut sheet = Sheet::default();
    let readable = outline::put(&mut sheet, value).is_some();
    let facts = sheet.into_facts();
    if readable && !facts.is_empty() {
        return facts;
    }
    let mut sheet = Sheet::default();
    sheet.item(if value.is_empty() { "(empty)".to_owned() } else { asn1::colon_hex(value) });
    sheet.into_facts()
}

fn decoder(oid: &str) -> Option<fn(&mut Sheet, &[u8]) -> Decoded> {
    Some(match oid {
        "2.5.29.9" => standard::directory_attributes,
        "2.5.29.14" => standard::subject_key_identifier,
        "2.5.29.15" => standard::key_usage,
        "2.5.29.16" => standard::private_key_usage_period,
        "2.5.29.17" | "2.5.29.18" | "2.5.29.29" => names::general_names,
        "2.5.29.19" => standard::basic_constraints,
        "2.5.29.20" => revocation::number,
        "2.5.29.21" => revocation::reason,
        "2.5.29.23" => revocation::hold_instruction,
        "2.5.29.24" | "2.5.29.60" => revocation::date,
        "2.5.29.27" => revocation::delta_indicator,
        "2.5.29.28" => revocation::issuing_distribution_point,
        "2.5.29.30" => standard::name_constraints,
        "2.5.29.31" | "2.5.29.46" => revocation::distribution_points,
        "2.5.29.32" | "1.3.6.1.4.1.311.21.10" => policy::policies,
        "2.5.29.33" | "1.3.6.1.4.1.311.21.11" => policy::mappings,
        "2.5.29.35" => standard::authority_key_identifier,
        "2.5.29.36" | "1.3.6.1.4.1.311.21.12" => policy::constraints,
        "2.5.29.37" => standard::extended_key_usage,
        "2.5.29.54" => policy::inhibit_any,
        "1.3.6.1.5.5.7.1.1" | "1.3.6.1.5.5.7.1.11" => standard::information_access,
        "1.3.6.1.5.5.7.1.2" => standard::biometric_info,
        "1.3.6.1.5.5.7.1.3" => qualified::statements,
        "1.3.6.1.5.5.7.1.12" => standard::logotype,
        "1.3.6.1.5.5.7.1.24" => standard::tls_feature,
        "1.3.6.1.5.5.7.48.1.5" | "1.3.6.1.4.1.11129.2.4.3" | "2.5.29.56" => standard::null,
        "1.3.6.1.4.1.11129.2.4.2" | "1.3.6.1.4.1.11129.2.4.5" => vendor::timestamps,
        "1.3.6.1.4.1.311.20.2" => vendor::string,
        "1.3.6.1.4.1.311.21.1" => vendor::ms_ca_version,
        "1.3.6.1.4.1.311.21.2" => vendor::octets,
        "1.3.6.1.4.1.311.21.4" => vendor::any_time,
        "1.3.6.1.4.1.311.21.7" => vendor::ms_template,
        "1.3.6.1.4.1.311.21.14" => revocation::distribution_points,
        "1.3.6.1.4.1.311.25.2" => names::general_names,
        "1.2.840.113533.7.65.0" => vendor::entrust_version,
        "1.2.840.113549.1.9.15" => vendor::smime_capabilities,
        "1.2.840.113583.1.1.9.1" => vendor::adobe_time_stamp,
        "1.2.840.113583.1.1.9.2" => vendor::adobe_archive,
        "2.16.840.1.113730.1.1" => vendor::netscape_type,
        "2.16.840.1.113730.1.2"
        | "2.16.840.1.113730.1.3"
        | "2.16.840.1.113730.1.4"
        | "2.16.840.1.113730.1.7"
        | "2.16.840.1.113730.1.8"
        | "2.16.840.1.113730.1.12"
        | "2.16.840.1.113730.1.13" => vendor::string,
        "2.23.140.3.1" => vendor::organization_identifier,
        _ => return None,
    })
}
