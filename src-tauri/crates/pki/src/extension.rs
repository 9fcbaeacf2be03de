//! Extensions in text: what x509-parser decodes, then the bare ASN.1, then hex; never nothing.

use x509_parser::extensions::{DistributionPointName, GeneralName, NSCertType, ParsedExtension};

use crate::asn1::{self, Reader, Tlv};
use crate::certificate::{AlternativeName, KeyUsage};
use crate::name::DistinguishedName;
use crate::oid;

/// More lines than this are cut: a hostile extension must not flood the screen.
const MAX_LINES: usize = 200;

/// The content of an extension, one fact a line; at least one line.
pub(crate) fn describe(oid: &str, parsed: &ParsedExtension<'_>, value: &[u8]) -> Vec<String> {
    let mut lines = known(parsed, value);
    lines.retain(|line| !line.trim().is_empty());
    if lines.is_empty() {
        lines = outline(value).unwrap_or_default();
    }
    if lines.is_empty() && oid == "1.3.6.1.5.5.7.48.1.5" {
        lines.push("NULL".to_owned());
    }
    if lines.is_empty() {
        lines.push(if value.is_empty() { "(empty)".to_owned() } else { asn1::colon_hex(value) });
    }
    if lines.len() > MAX_LINES {
        lines.truncate(MAX_LINES);
        lines.push("…".to_owned());
    }
    lines
}

fn known(parsed: &ParsedExtension<'_>, value: &[u8]) -> Vec<String> {
    match parsed {
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            let mut lines = Vec::new();
            lines.extend(id.key_identifier.as_ref().map(|id| format!("keyIdentifier: {}", asn1::colon_hex(id.0))));
            for issuer in id.authority_cert_issuer.iter().flatten() {
                lines.push(format!("authorityCertIssuer: {}", general_name(issuer)));
            }
            lines.extend(
                id.authority_cert_serial
                    .map(|serial| format!("authorityCertSerialNumber: {}", asn1::colon_hex(serial))),
            );
            lines
        }
        ParsedExtension::SubjectKeyIdentifier(id) => vec![asn1::colon_hex(id.0)],
        ParsedExtension::KeyUsage(usage) => KeyUsage::ALL
            .into_iter()
            .filter(|bit| usage.flags >> bit.bit() & 1 == 1)
            .map(|bit| bit.name().to_owned())
            .collect(),
        ParsedExtension::ExtendedKeyUsage(_) => {
            oid_list(value).into_iter().map(|oid| named(oid::extended_usage(&oid), &oid)).collect()
        }
        ParsedExtension::BasicConstraints(constraints) => {
            let mut lines = vec![format!("cA: {}", if constraints.ca { "TRUE" } else { "FALSE" })];
            lines.extend(constraints.path_len_constraint.map(|len| format!("pathLenConstraint: {len}")));
            lines
        }
        ParsedExtension::CertificatePolicies(policies) => {
            let mut lines = Vec::new();
            for policy in policies {
                let oid = asn1::oid_text(policy.policy_id.as_bytes());
                lines.push(named(oid::policy(&oid), &oid));
                for qualifier in policy.policy_qualifiers.iter().flatten() {
                    lines.extend(texts(qualifier.qualifier).into_iter().map(|text| format!("  qualifier: {text}")));
                }
            }
            lines
        }
        ParsedExtension::PolicyMappings(mappings) => mappings
            .mappings
            .iter()
            .map(|mapping| {
                format!(
                    "{} = {}",
                    asn1::oid_text(mapping.issuer_domain_policy.as_bytes()),
                    asn1::oid_text(mapping.subject_domain_policy.as_bytes())
                )
            })
            .collect(),
        ParsedExtension::SubjectAlternativeName(names) => names.general_names.iter().map(general_name).collect(),
        ParsedExtension::IssuerAlternativeName(names) => names.general_names.iter().map(general_name).collect(),
        ParsedExtension::NameConstraints(constraints) => {
            let permitted = constraints.permitted_subtrees.iter().flatten().map(|tree| ("permitted", tree));
            let excluded = constraints.excluded_subtrees.iter().flatten().map(|tree| ("excluded", tree));
            permitted.chain(excluded).map(|(word, tree)| format!("{word}: {}", general_name(&tree.base))).collect()
        }
        ParsedExtension::PolicyConstraints(constraints) => {
            let mut lines = Vec::new();
            lines.extend(constraints.require_explicit_policy.map(|count| format!("requireExplicitPolicy: {count}")));
            lines.extend(constraints.inhibit_policy_mapping.map(|count| format!("inhibitPolicyMapping: {count}")));
            lines
        }
        ParsedExtension::InhibitAnyPolicy(policy) => vec![format!("skipCerts: {}", policy.skip_certs)],
        ParsedExtension::CRLDistributionPoints(points) => {
            let mut lines = Vec::new();
            for point in points.iter() {
                lines.extend(distribution_names(point.distribution_point.as_ref()));
                lines.extend(point.reasons.as_ref().map(|reasons| format!("reasons: {reasons}")));
                for issuer in point.crl_issuer.iter().flatten() {
                    lines.push(format!("cRLIssuer: {}", general_name(issuer)));
                }
            }
            lines
        }
        ParsedExtension::IssuingDistributionPoint(point) => {
            let mut lines = distribution_names(point.distribution_point.as_ref());
            let flags = [
                (point.only_contains_user_certs, "onlyContainsUserCerts"),
                (point.only_contains_ca_certs, "onlyContainsCACerts"),
                (point.indirect_crl, "indirectCRL"),
                (point.only_contains_attribute_certs, "onlyContainsAttributeCerts"),
            ];
            lines.extend(flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned()));
            lines.extend(point.only_some_reasons.as_ref().map(|reasons| format!("onlySomeReasons: {reasons}")));
            lines
        }
        ParsedExtension::AuthorityInfoAccess(access) => access
            .iter()
            .map(|item| access_line(&asn1::oid_text(item.access_method.as_bytes()), &item.access_location))
            .collect(),
        ParsedExtension::SubjectInfoAccess(access) => access
            .iter()
            .map(|item| access_line(&asn1::oid_text(item.access_method.as_bytes()), &item.access_location))
            .collect(),
        ParsedExtension::NSCertType(kind) => vec![netscape(kind)],
        ParsedExtension::NsCertComment(comment) => vec![(*comment).to_owned()],
        ParsedExtension::CRLNumber(number) => vec![number.to_string()],
        ParsedExtension::ReasonCode(reason) => vec![reason.to_string()],
        ParsedExtension::InvalidityDate(date) => vec![date.to_string()],
        ParsedExtension::SCT(list) => {
            list.iter().map(|sct| format!("log {} at {}", hex::encode(sct.id.key_id), sct.timestamp)).collect()
        }
        ParsedExtension::UnsupportedExtension { .. }
        | ParsedExtension::ParseError { .. }
        | ParsedExtension::Unparsed => Vec::new(),
    }
}

/// One subjectAltName as a fact.
pub(crate) fn alternative_name(name: &GeneralName<'_>) -> AlternativeName {
    let plain = |kind, value: String| AlternativeName { kind, oid: None, name: None, value };
    match name {
        GeneralName::OtherName(kind, raw) => {
            let oid = asn1::oid_text(kind.as_bytes());
            AlternativeName {
                kind: "otherName",
                name: oid::other_name(&oid),
                value: other_name_text(raw).unwrap_or_else(|| asn1::colon_hex(raw)),
                oid: Some(oid),
            }
        }
        GeneralName::RFC822Name(text) => plain("rfc822Name", (*text).to_owned()),
        GeneralName::DNSName(text) => plain("dNSName", (*text).to_owned()),
        GeneralName::URI(text) => plain("uniformResourceIdentifier", (*text).to_owned()),
        GeneralName::DirectoryName(name) => {
            plain("directoryName", DistinguishedName::from_der(name.as_raw()).rfc4514().to_owned())
        }
        GeneralName::IPAddress(bytes) => plain("iPAddress", ip_address(bytes)),
        GeneralName::RegisteredID(oid) => plain("registeredID", asn1::oid_text(oid.as_bytes())),
        GeneralName::X400Address(any) => plain("x400Address", asn1::colon_hex(any.data)),
        GeneralName::EDIPartyName(any) => plain("ediPartyName", asn1::colon_hex(any.data)),
        GeneralName::Invalid(_, bytes) => plain("invalid", asn1::colon_hex(bytes)),
    }
}

/// Text of an otherName's `[0] EXPLICIT` value: ICP-Brasil writes OCTET STRING, PrintableString or UTF8String.
pub(crate) fn other_name_text(raw: &[u8]) -> Option<String> {
    let outer = Reader::new(raw).next().ok()??;
    let value = if outer.tag == 0xa0 { outer.children().next().ok()?? } else { outer };
    if value.tag == asn1::OCTET_STRING {
        return std::str::from_utf8(value.content).ok().map(str::to_owned);
    }
    asn1::string_text(value.tag, value.content)
}

/// The dotted identifiers of a `SEQUENCE OF OBJECT IDENTIFIER`.
pub(crate) fn oid_list(value: &[u8]) -> Vec<String> {
    Reader::new(value)
        .expect(asn1::SEQUENCE)
        .and_then(|list| list.all_children())
        .map(|children| {
            children.iter().filter(|child| child.tag == asn1::OID).map(|child| asn1::oid_text(child.content)).collect()
        })
        .unwrap_or_default()
}

/// URLs of a distribution point.
pub(crate) fn distribution_urls(point: Option<&DistributionPointName<'_>>) -> Vec<String> {
    match point {
        Some(DistributionPointName::FullName(names)) => names
            .iter()
            .filter_map(|name| match name {
                GeneralName::URI(url) => Some((*url).to_owned()),
                _ => None,
            })
            .collect(),
        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) | None => Vec::new(),
    }
}

fn distribution_names(point: Option<&DistributionPointName<'_>>) -> Vec<String> {
    match point {
        Some(DistributionPointName::FullName(names)) => names.iter().map(general_name).collect(),
        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => vec!["nameRelativeToCRLIssuer".to_owned()],
        None => Vec::new(),
    }
}

fn general_name(name: &GeneralName<'_>) -> String {
    let name = alternative_name(name);
    match &name.oid {
        Some(oid) => format!("otherName {}: {}", named(name.name, oid), name.value),
        None => format!("{}: {}", name.kind, name.value),
    }
}

fn access_line(method: &str, location: &GeneralName<'_>) -> String {
    let method = match method {
        "1.3.6.1.5.5.7.48.1" => "ocsp",
        "1.3.6.1.5.5.7.48.2" => "caIssuers",
        "1.3.6.1.5.5.7.48.3" => "timeStamping",
        "1.3.6.1.5.5.7.48.5" => "caRepository",
        other => other,
    };
    format!("{method}: {}", general_name(location))
}

fn netscape(kind: &NSCertType) -> String {
    let flags = [
        (kind.ssl_client(), "SSL client"),
        (kind.ssl_server(), "SSL server"),
        (kind.smime(), "S/MIME"),
        (kind.object_signing(), "object signing"),
        (kind.ssl_ca(), "SSL CA"),
        (kind.smime_ca(), "S/MIME CA"),
        (kind.object_signing_ca(), "object signing CA"),
    ];
    flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}

fn named(name: Option<&str>, oid: &str) -> String {
    name.map_or_else(|| oid.to_owned(), |name| format!("{name} ({oid})"))
}

fn ip_address(bytes: &[u8]) -> String {
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

/// Every text inside, depth first; hex of the whole where there is none.
fn texts(der: &[u8]) -> Vec<String> {
    fn walk(element: &Tlv<'_>, depth: usize, out: &mut Vec<String>) {
        if element.is_constructed() && depth > 0 {
            for child in element.all_children().unwrap_or_default() {
                walk(&child, depth - 1, out);
            }
        } else if let Some(text) = asn1::string_text(element.tag, element.content) {
            out.push(text);
        }
    }
    let mut out = Vec::new();
    if let Ok(Some(element)) = Reader::new(der).next() {
        walk(&element, 8, &mut out);
    }
    if out.is_empty() {
        out.push(asn1::colon_hex(der));
    }
    out
}

/// The bare ASN.1, indented; `None` when the bytes are not ASN.1 from end to end.
pub(crate) fn outline(der: &[u8]) -> Option<Vec<String>> {
    fn walk(element: &Tlv<'_>, depth: usize, out: &mut Vec<String>) -> Option<()> {
        if depth > 16 || out.len() > MAX_LINES {
            return None;
        }
        let indent = "  ".repeat(depth);
        if element.is_constructed() {
            let word = match element.tag {
                asn1::SEQUENCE => "SEQUENCE".to_owned(),
                asn1::SET => "SET".to_owned(),
                tag => format!("[{}]", tag & 0x1f),
            };
            out.push(format!("{indent}{word}"));
            for child in element.all_children().ok()? {
                walk(&child, depth + 1, out)?;
            }
            return Some(());
        }
        let text = match element.tag {
            asn1::OID => {
                let oid = asn1::oid_text(element.content);
                format!("OBJECT IDENTIFIER {}", named(any_name(&oid), &oid))
            }
            asn1::NULL => "NULL".to_owned(),
            asn1::BOOLEAN => format!("BOOLEAN {}", element.content.iter().any(|byte| *byte != 0)),
            asn1::INTEGER => format!("INTEGER {}", integer(element.content)),
            asn1::ENUMERATED => format!("ENUMERATED {}", integer(element.content)),
            asn1::OCTET_STRING => format!("OCTET STRING {}", asn1::colon_hex(element.content)),
            asn1::BIT_STRING => format!("BIT STRING {}", asn1::colon_hex(element.content)),
            asn1::UTC_TIME | asn1::GENERALIZED_TIME => {
                format!("Time {}", String::from_utf8_lossy(element.content))
            }
            tag => match asn1::string_text(tag, element.content) {
                Some(text) => format!("\"{text}\""),
                None => format!("[{}] {}", tag & 0x1f, asn1::colon_hex(element.content)),
            },
        };
        out.push(format!("{indent}{text}"));
        Some(())
    }
    let mut reader = Reader::new(der);
    let mut out = Vec::new();
    while let Some(element) = reader.next().ok()? {
        walk(&element, 0, &mut out)?;
    }
    Some(out)
}

fn any_name(oid: &str) -> Option<&'static str> {
    oid::extension(oid)
        .or_else(|| oid::extended_usage(oid))
        .or_else(|| oid::algorithm(oid))
        .or_else(|| oid::attribute(oid))
        .or_else(|| qualified_statement(oid))
}

/// qcStatements of RFC 3739 and ETSI EN 319 412-5.
fn qualified_statement(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.3.6.1.5.5.7.11.1" => "qcsPkixQcSyntaxV1",
        "1.3.6.1.5.5.7.11.2" => "qcsPkixQcSyntaxV2",
        "0.4.0.1862.1.1" => "qcsQcCompliance",
        "0.4.0.1862.1.2" => "qcsQcLimitValue",
        "0.4.0.1862.1.3" => "qcsQcRetentionPeriod",
        "0.4.0.1862.1.4" => "qcsQcSSCD",
        "0.4.0.1862.1.5" => "qcsQcPDS",
        "0.4.0.1862.1.6" => "qcsQcType",
        _ => return None,
    })
}

fn integer(content: &[u8]) -> String {
    if content.is_empty() { "?".to_owned() } else { crate::serial::Serial::from_integer(content).decimal() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unsupported(value: &[u8]) -> Vec<String> {
        describe("2.999", &ParsedExtension::Unparsed, value)
    }

    #[test]
    fn an_unknown_extension_is_shown_as_asn1_and_else_as_hex() {
        // qcStatements { qcsQcCompliance }
        let value = [0x30, 10, 0x30, 8, 6, 6, 4, 0, 0x8e, 0x46, 1, 1];
        assert_eq!(
            unsupported(&value),
            ["SEQUENCE", "  SEQUENCE", "    OBJECT IDENTIFIER qcsQcCompliance (0.4.0.1862.1.1)"]
        );
        assert_eq!(unsupported(&[0xff, 1]), ["FF:01"]);
        assert_eq!(unsupported(&[]), ["(empty)"]);
        assert_eq!(unsupported(&[2, 1, 0xff]), ["INTEGER -1"]);
    }

    #[test]
    fn other_names_in_every_string_type_of_icp_brasil() {
        for tag in [asn1::OCTET_STRING, asn1::PRINTABLE_STRING, asn1::UTF8_STRING] {
            let raw = asn1::explicit(0, &asn1::tlv(tag, b"11222333000181"));
            assert_eq!(other_name_text(&raw).as_deref(), Some("11222333000181"), "tag {tag}");
        }
    }

    proptest! {
        #[test]
        fn never_blank_never_panics(value in proptest::collection::vec(any::<u8>(), 0..100)) {
            let lines = unsupported(&value);
            prop_assert!(!lines.is_empty());
            prop_assert!(lines.iter().all(|line| !line.trim().is_empty()));
        }
    }
}
