//! Every rule fires where it must, and nothing fires on sound certificates.

mod build;
mod corpora;
mod table;

use std::collections::BTreeSet;

use cartorio_pki::{Certificate, Crl};
use proptest::prelude::*;
use time::OffsetDateTime;
use time::macros::datetime;

use build::{
    CrlDraft, Draft, bits, entry, int, name, octets, oid, other_name, printable, rsa, rsa_spki, seq, tlv, utc, utf8,
};

use crate::{Context, Finding, Role, lint, lint_crl, rules};

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

fn ec_spki() -> Vec<u8> {
    let mut point = vec![4];
    point.extend([7; 64]);
    seq([seq([oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")]), bits(0, &point)])
}

fn point(url: &str) -> Vec<u8> {
    seq([seq([tlv(0xa0, &tlv(0xa0, &tlv(0x86, url.as_bytes())))])])
}

fn access(url: &str) -> Vec<u8> {
    seq([seq([oid("1.3.6.1.5.5.7.48.2"), tlv(0x86, url.as_bytes())])])
}

fn policy(kind: &str) -> Vec<u8> {
    let cps = seq([oid("1.3.6.1.5.5.7.2.1"), tlv(22, b"http://dpc.example/dpc.pdf")]);
    seq([seq([oid(kind), seq([cps])])])
}

fn issuer_name() -> Vec<u8> {
    name(&[("2.5.4.6", printable("BR")), ("2.5.4.3", utf8("AC Teste"))])
}

/// A sound CA.
fn ca() -> Draft {
    let algorithm = seq([oid("1.2.840.10045.4.3.2")]);
    let mut draft = Draft {
        version: 3,
        serial: vec![0x41, 2],
        inner: algorithm.clone(),
        outer: algorithm,
        issuer: name(&[("2.5.4.3", utf8("AC Raiz"))]),
        not_before: utc("200101000000Z"),
        not_after: utc("400101000000Z"),
        subject: issuer_name(),
        spki: ec_spki(),
        unique: Vec::new(),
        extensions: Vec::new(),
        empty_list: false,
    };
    draft.set("2.5.29.35", false, seq([tlv(0x80, &[1; 20])]));
    draft.set("2.5.29.14", false, octets(&[2; 20]));
    draft.set("2.5.29.19", true, seq([tlv(1, &[0xff]), int(&[0])]));
    draft.set("2.5.29.15", true, bits(1, &[0x06]));
    draft.set("2.5.29.31", false, point("http://crl.example/raiz.crl"));
    draft
}

/// A sound end entity below that CA.
fn leaf() -> Draft {
    let mut draft = ca();
    draft.issuer = issuer_name();
    draft.not_before = utc("260101000000Z");
    draft.not_after = utc("270101000000Z");
    draft.subject = name(&[("2.5.4.6", printable("BR")), ("2.5.4.3", utf8("Ana"))]);
    draft.drop("2.5.29.19");
    draft.set("2.5.29.35", false, seq([tlv(0x80, &[2; 20])]));
    draft.set("2.5.29.14", false, octets(&[3; 20]));
    draft.set("2.5.29.15", true, bits(6, &[0xc0]));
    draft.set("2.5.29.37", false, seq([oid("1.3.6.1.5.5.7.3.4")]));
    draft.set("2.5.29.17", false, seq([tlv(0x81, b"ana@example.org")]));
    draft.set("1.3.6.1.5.5.7.1.1", false, access("http://ac.example/ac.p7b"));
    draft
}

const PERSON: &[u8] = b"01021980529982247251703325950400000000123456XSSPSP";

/// otherNames of a natural person, complete.
fn person_names(person: &[u8]) -> Vec<u8> {
    seq([
        tlv(0x81, b"ana@example.org"),
        other_name("2.16.76.1.3.1", &octets(person)),
        other_name("2.16.76.1.3.5", &octets(b"1023850106710010001SAO PAULOSP")),
        other_name("2.16.76.1.3.6", &octets(b"000000000000")),
    ])
}

/// A sound A3 of a natural person, in the layout before Resolução 211.
fn icp() -> Draft {
    let mut draft = leaf();
    draft.inner = rsa("1.2.840.113549.1.1.11");
    draft.outer = draft.inner.clone();
    draft.spki = rsa_spki(2048, &[1, 0, 1]);
    draft.not_before = utc("240101000000Z");
    draft.not_after = utc("270101000000Z");
    draft.subject =
        name(&[("2.5.4.6", printable("BR")), ("2.5.4.10", utf8("ICP-Brasil")), ("2.5.4.3", utf8("ANA:52998224725"))]);
    draft.set("2.5.29.15", true, bits(5, &[0xe0]));
    draft.set("2.5.29.32", false, policy("2.16.76.1.2.3.1"));
    draft.set("2.5.29.17", false, person_names(PERSON));
    draft
}

/// A sound list.
fn crl() -> CrlDraft {
    let mut draft = CrlDraft {
        version: Some(1),
        inner: seq([oid("1.2.840.10045.4.3.2")]),
        outer: seq([oid("1.2.840.10045.4.3.2")]),
        issuer: issuer_name(),
        this_update: utc("260501000000Z"),
        next_update: utc("260701000000Z"),
        revoked: Some(vec![entry(5, &[("2.5.29.21", false, tlv(10, &[1]))]), entry(6, &[])]),
        extensions: Vec::new(),
    };
    draft.set("2.5.29.35", false, seq([tlv(0x80, &[2; 20])]));
    draft.set("2.5.29.20", false, int(&[9]));
    draft
}

fn decoded(draft: &Draft) -> Certificate {
    Certificate::from_der(&draft.der()).unwrap_or_else(|error| panic!("{error}: {}", hex(&draft.der())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn findings(draft: &Draft, role: Role) -> Vec<Finding> {
    let issuer = decoded(&ca());
    let own = decoded(draft);
    // The CA's own issuer is not at hand.
    let issuer = if role == Role::Leaf { Some(&issuer) } else { None };
    lint(&own, &Context { issuer, role, at: NOW })
}

fn crl_findings(draft: &CrlDraft) -> Vec<Finding> {
    lint_crl(&Crl::from_der(&draft.der()).unwrap(), NOW)
}

#[test]
fn sound_certificates_and_lists_have_no_findings() {
    assert_eq!(findings(&ca(), Role::Intermediate), []);
    assert_eq!(findings(&leaf(), Role::Leaf), []);
    assert_eq!(findings(&icp(), Role::Leaf), []);
    assert_eq!(crl_findings(&crl()), []);
}

#[test]
fn an_icp_brasil_certificate_after_resolution_211_needs_no_other_names() {
    let mut draft = icp();
    draft.not_before = utc("260101000000Z");
    draft.not_after = utc("310101000000Z");
    draft.subject = name(&[
        ("2.5.4.6", printable("BR")),
        ("2.5.4.10", utf8("ICP-Brasil")),
        ("2.5.4.5", printable("52998224725")),
        ("2.5.4.3", utf8("ANA")),
    ]);
    draft.set("2.5.29.17", false, seq([tlv(0x81, b"ana@example.org")]));
    assert_eq!(findings(&draft, Role::Leaf), []);
}

#[test]
fn every_rule_fires_and_every_rule_has_a_case() {
    let mut fired = BTreeSet::new();
    for (code, found) in table::cases() {
        let hit = found.iter().find(|finding| finding.rule == code);
        let hit = hit.unwrap_or_else(|| panic!("{code} did not fire: {found:#?}"));
        assert!(!hit.path.is_empty(), "{code}");
        assert_eq!(hit.rule().unwrap().clause, hit.clause);
        fired.insert(code);
    }
    let all: BTreeSet<_> = rules().iter().map(|rule| rule.code).collect();
    assert_eq!(all.difference(&fired).collect::<Vec<_>>(), Vec::<&&str>::new(), "rules without a case");
}

#[test]
fn the_table_of_rules_is_complete_in_both_languages() {
    let mut codes = BTreeSet::new();
    for rule in rules() {
        assert!(codes.insert(rule.code), "{} is there twice", rule.code);
        assert!(rule.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
        for title in [rule.title_en, rule.title_pt] {
            assert!(title.ends_with('.') && title.len() > 10 && !title.contains("  "), "{}: {title}", rule.code);
        }
        assert_ne!(rule.title_en, rule.title_pt);
        assert!(["RFC ", "DOC-ICP", "X.690", "Resolução"].iter().any(|start| rule.clause.starts_with(start)));
    }
    let icp = codes.iter().filter(|code| code.starts_with("icp_")).count();
    assert!(icp >= 20 && codes.len() - icp >= 60, "{} rules, {icp} of them ICP-Brasil's", codes.len());
}

#[test]
fn paths_lead_to_the_bytes() {
    // The path is one that the ASN.1 view understands, so that a click on a finding shows its bytes.
    let mut draft = leaf();
    draft.critical("2.5.29.14", true);
    draft.subject = name(&[("2.5.4.6", utf8("BR"))]);
    draft.set("2.5.29.17", false, seq([tlv(0x82, b"a_b.example")]));
    let own = decoded(&draft);
    let tree = cartorio_asn1::read(&own.der, &cartorio_asn1::Limits::default());
    let bytes = |rule: &str| {
        let found = findings(&draft, Role::Leaf);
        let path = &found.iter().find(|finding| finding.rule == rule).unwrap().path;
        let at = tree.at_path(path).unwrap_or_else(|| panic!("{path}"));
        own.der[tree.nodes[at].content_range()].to_vec()
    };
    assert_eq!(bytes("ski_critical"), [0xff]);
    assert_eq!(bytes("name_must_be_printable_string"), b"BR");
    assert_eq!(bytes("san_dns_form"), b"a_b.example");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_mutation_panics(edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6), crl_too in any::<bool>()) {
        let mut der = if crl_too { crl().der() } else { icp().der() };
        for (place, value) in edits {
            let at = place.index(der.len());
            der[at] = value;
        }
        if let Ok(own) = Certificate::from_der(&der) {
            for role in [Role::Leaf, Role::Intermediate, Role::Root] {
                let _ = lint(&own, &Context { issuer: Some(&own), role, at: NOW });
            }
        }
        if let Ok(own) = Crl::from_der(&der) {
            let _ = lint_crl(&own, NOW);
        }
    }
}
