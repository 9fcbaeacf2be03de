//! Corpora that nobody here wrote: x509-limbo's lint class, ICP-Brasil's CA certificates, PKITS.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cartorio_pki::{Certificate, Crl, read_objects};
use time::OffsetDateTime;

use super::*;

/// A file of the shared corpora; `None`, after a line on stderr, where they are absent.
fn corpus(path: &str) -> Option<Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
    let places = [root.join("../shared/corpus"), "/work/shared/corpus".into()];
    let bytes = places.iter().find_map(|place| std::fs::read(place.join(path)).ok());
    if bytes.is_none() {
        eprintln!("skipped: the corpus {path} is absent");
    }
    bytes
}

/// What each case is about, and the rule that must find it.
const LIMBO: [(&str, &str); 29] = [
    ("crl::crlnumber-missing", "crl_number_missing"),
    ("crl::crlnumber-critical", "crl_number_critical"),
    ("rfc5280::aki::critical-aki", "aki_critical"),
    ("rfc5280::aki::leaf-missing-aki", "aki_missing"),
    ("rfc5280::aki::intermediate-missing-aki", "aki_missing"),
    ("rfc5280::aki::cross-signed-root-missing-aki", "aki_missing"),
    ("rfc5280::eku::ee-eku-empty", "eku_empty"),
    ("rfc5280::nc::permitted-dns-match-noncritical", "name_constraints_not_critical"),
    ("rfc5280::nc::invalid-dnsname-leading-period", "name_constraints_dns_form"),
    ("rfc5280::nc::not-allowed-in-ee-noncritical", "constraint_in_leaf"),
    ("rfc5280::nc::not-allowed-in-ee-critical", "constraint_in_leaf"),
    ("rfc5280::nc::nc-permits-invalid-dns-san", "san_dns_form"),
    ("rfc5280::pc::ica-noncritical-pc", "policy_constraints_not_critical"),
    ("rfc5280::san::noncritical-with-empty-subject", "san_not_critical_without_subject"),
    ("rfc5280::san::underscore-dns", "san_dns_form"),
    ("rfc5280::serial::too-long", "serial_too_long"),
    ("rfc5280::serial::zero", "serial_zero"),
    ("rfc5280::serial::negative", "serial_negative"),
    ("rfc5280::ski::critical-ski", "ski_critical"),
    ("rfc5280::ski::root-missing-ski", "ski_missing_in_ca"),
    ("rfc5280::ski::intermediate-missing-ski", "ski_missing_in_ca"),
    ("rfc5280::validity::expired-root", "expired"),
    ("rfc5280::ca-empty-subject", "ca_subject_empty"),
    ("rfc5280::unknown-critical-extension-root", "extension_unknown_critical"),
    ("rfc5280::root-missing-basic-constraints", "ca_without_basic_constraints"),
    ("rfc5280::root-non-critical-basic-constraints", "basic_constraints_not_critical"),
    ("rfc5280::root-inconsistent-ca-extensions", "ca_without_key_cert_sign"),
    ("rfc5280::leaf-ku-keycertsign", "key_cert_sign_without_ca"),
    ("rfc5280::duplicate-extensions", "extension_duplicate"),
];

/// Cases that their rule does not find, by id. The list can only shrink.
const NOT_FOUND: [&str; 0] = [];

/// Rules that find something on any certificate or list of a case, each in its role.
fn case_findings(case: &serde_json::Value) -> Option<BTreeSet<&'static str>> {
    let list = |name: &str| -> Vec<Vec<u8>> {
        case[name].as_array().unwrap().iter().map(|item| BASE64.decode(item.as_str().unwrap()).unwrap()).collect()
    };
    let certificate = |der: &Vec<u8>| Certificate::from_der(der).ok();
    let leaf = certificate(&BASE64.decode(case["leaf"].as_str().unwrap()).unwrap())?;
    let at = case["time"].as_i64().map_or(NOW, |time| OffsetDateTime::from_unix_timestamp(time).unwrap());
    let authorities: Vec<_> = [list("inters"), list("roots")].concat().iter().filter_map(certificate).collect();
    let inters = list("inters").iter().filter_map(certificate).count();
    let mut found = BTreeSet::new();
    let mut look = |own: &Certificate, role: Role| {
        // Several can have the name, with different keys (self-issued certificates, alternate chains).
        let named: Vec<_> = authorities.iter().filter(|ca| ca.subject == own.issuer).collect();
        let matching = named.iter().find(|ca| ca.subject_key_id == own.authority_key_id);
        let issuer = matching.or(named.first()).copied();
        found.extend(lint(own, &Context { issuer, role, at }).into_iter().map(|finding| finding.rule));
    };
    look(&leaf, Role::Leaf);
    for (index, own) in authorities.iter().enumerate() {
        look(own, if index < inters { Role::Intermediate } else { Role::Root });
    }
    for der in list("crls") {
        found.extend(lint_crl(&Crl::from_der(&der).ok()?, at).into_iter().map(|finding| finding.rule));
    }
    Some(found)
}

#[test]
fn limbo_lint_cases_are_found() {
    let Some(text) = corpus("x509-cases/limbo.jsonl") else { return };
    let text = String::from_utf8(text).unwrap();
    let cases: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (mut missed, mut looked) = (Vec::new(), 0);
    for case in cases.iter().filter(|case| case["class"] == "lint") {
        let id = case["id"].as_str().unwrap();
        let wanted = LIMBO.iter().find(|(own, _)| *own == id).unwrap_or_else(|| panic!("{id} is new")).1;
        let found = case_findings(case).unwrap_or_default();
        looked += 1;
        if !found.contains(wanted) {
            eprintln!("{id}: {wanted} is not in {found:?}");
            missed.push(id);
        }
    }
    eprintln!("limbo lint: {} of {looked} found", looked - missed.len());
    assert_eq!((looked, missed.as_slice()), (29, &NOT_FOUND[..]));
    assert!(looked - missed.len() >= 26);
}

/// The corpus' sound cases show what a rule's false alarms would be.
#[test]
fn limbo_sound_cases_raise_few_errors() {
    let Some(text) = corpus("x509-cases/limbo.jsonl") else { return };
    let text = String::from_utf8(text).unwrap();
    let cases: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sound: Vec<_> = cases.iter().filter(|case| case["class"] == "core" && case["expect"] == true).collect();
    let mut errors: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    for case in &sound {
        for code in case_findings(case).into_iter().flatten() {
            let rule = rules().iter().find(|rule| rule.code == code).unwrap();
            if rule.severity == crate::Severity::Error {
                errors.entry(code).or_default().push(case["id"].as_str().unwrap());
            }
        }
    }
    for (code, ids) in &errors {
        eprintln!("{code}: {ids:?}");
    }
    let counts: Vec<_> = errors.iter().map(|(code, ids)| (*code, ids.len())).collect();
    assert_eq!(counts, LIMBO_SOUND);
}

/// Errors in limbo's sound cases, each looked at by hand: all are true of the certificates (a cross-certificate that names a
/// key which no CA of its case has, a chain without authorityKeyIdentifier, a CA without keyUsage, a real root with serial
/// number zero).
const LIMBO_SOUND: [(&str, usize); 4] =
    [("aki_differs", 1), ("aki_missing", 1), ("key_usage_missing_in_ca", 1), ("serial_zero", 1)];

#[test]
fn icp_brasil_authorities_have_the_findings_that_were_looked_at() {
    let Some(pem) = corpus("icp-brasil/ca-certificates.pem") else { return };
    let certificates = read_objects(&pem).unwrap().certificates();
    assert_eq!(certificates.len(), 323);
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut examples: BTreeMap<&'static str, String> = BTreeMap::new();
    for own in &certificates {
        let issuer = certificates.iter().find(|ca| {
            ca.subject == own.issuer && own.authority_key_id.is_some() && ca.subject_key_id == own.authority_key_id
        });
        for finding in lint(own, &Context { issuer, role: Role::of(own), at: own.validity.not_before }) {
            *counts.entry(finding.rule).or_default() += 1;
            let text = format!("{} {} | {}", finding.path, finding.detail, own.subject);
            examples.entry(finding.rule).or_insert(text);
        }
        let blank = own.extensions.iter().flat_map(|extension| extension.lines()).any(|line| line.trim().is_empty());
        assert!(!blank && own.extensions.iter().all(|extension| !extension.lines().is_empty()), "{}", own.subject);
    }
    for (rule, count) in &counts {
        eprintln!("{count:4} {rule}: {}", examples[rule]);
    }
    let expected: BTreeMap<&'static str, usize> = BTreeMap::from(ICP_BRASIL);
    assert_eq!(counts, expected);
}

/// Findings on the 323 CA certificates, each looked at by hand: all are what stands in the certificates (the unknown
/// qualifier is 1.3.6.15.5.7.2.1, a slip of the pen for 1.3.6.1.5.5.7.2.1).
const ICP_BRASIL: [(&str, usize); 6] = [
    ("basic_constraints_not_critical", 9),
    ("default_encoded", 4),
    ("issuer_name_encoded_otherwise", 1),
    ("name_must_be_printable_string", 7),
    ("policy_qualifier_unknown", 1),
    ("signature_hash_weak", 58),
];

#[test]
fn pkits_certificates_are_linted_without_panic() {
    let Some(text) = corpus("x509-cases/pkits.jsonl") else { return };
    let mut looked = 0;
    for line in String::from_utf8(text).unwrap().lines() {
        looked += usize::from(case_findings(&serde_json::from_str(line).unwrap()).is_some());
    }
    assert_eq!(looked, 249);
}
