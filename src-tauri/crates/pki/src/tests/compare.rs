//! Two certificates side by side.

use super::support::{Forge, TestSigner, default_hierarchy, extension, forge, hierarchy, issue, leaf, validity};
use crate::ca::{Profile, demo};
use crate::{Certificate, Comparison, Cpf, DifferenceKind, HolderMatch, Relation, SearchKind, compare, compare_chains};
use cartorio_keys::{DigestSigner, KeySpec};

fn field<'a>(comparison: &'a Comparison, name: &str) -> &'a crate::Difference {
    let found = comparison.differences.iter().find(|own| own.field == name);
    found.unwrap_or_else(|| panic!("{name} is not in {:#?}", comparison.differences))
}

fn subscriber(ca: &crate::ca::LocalCa, name: &str, cpf: &Cpf, years: i64) -> Vec<Certificate> {
    let profile = Profile::Subscriber { email: None, cpf: cpf.clone(), birth_date: None };
    issue(ca, demo::subscriber(name, cpf).unwrap(), profile, validity(years)).1
}

#[test]
fn the_same_certificate_is_identical() {
    let hierarchy = default_hierarchy();
    let (_, chain) = leaf(&hierarchy.intermediate, "Maria");
    let comparison = compare(&chain[0], &chain[0]);
    assert_eq!(comparison.conclusion, Relation::Identical);
    assert!(comparison.differences.iter().all(|own| own.kind == DifferenceKind::Same && own.note.is_none()));
}

#[test]
fn a_renewal_is_told_from_another_holder_by_the_document() {
    let hierarchy = default_hierarchy();
    let maria: Cpf = "52998224725".parse().unwrap();
    let ana: Cpf = "12345678909".parse().unwrap();
    let old = subscriber(&hierarchy.intermediate, "Maria da Silva", &maria, 1);
    let renewed = subscriber(&hierarchy.intermediate, "Maria da Silva Souza", &maria, 3);
    let other = subscriber(&hierarchy.intermediate, "Maria da Silva", &ana, 1);

    let renewal = compare(&old[0], &renewed[0]);
    assert_eq!((renewal.conclusion, renewal.holder), (Relation::RenewalNewKey, HolderMatch::SameDocument));
    assert!(!renewal.same_key);
    assert_eq!(field(&renewal, "subject.CN").kind, DifferenceKind::Changed);
    assert_eq!(field(&renewal, "validity.notAfter").note, Some("later"));
    assert_eq!(field(&renewal, "validity.days").note, Some("longer"));
    assert_eq!(field(&renewal, "validity.notBefore").kind, DifferenceKind::Same);
    assert_eq!(field(&renewal, "identity.holder.cpf").kind, DifferenceKind::Same);
    assert_eq!(field(&renewal, "extensions.keyUsage").kind, DifferenceKind::Same);
    assert_eq!(field(&renewal, "extensions.subjectKeyIdentifier").kind, DifferenceKind::Changed);

    let namesake = compare(&old[0], &other[0]);
    assert_eq!((namesake.conclusion, namesake.holder), (Relation::OtherHolder, HolderMatch::Different));
    let text = format!("{namesake:?}{renewal:?}");
    for secret in [maria.digits(), ana.digits(), &maria.formatted(), &ana.formatted()] {
        assert!(!text.contains(secret), "{secret} is in the comparison");
    }
}

#[test]
fn keys_and_names_make_renewals_cross_certificates_and_alarms() {
    let signer = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let stronger = TestSigner::new(KeySpec::EcP384.default_algorithm(), KeySpec::EcP384);
    let make = |subject: &str, issuer: &str, key: &TestSigner, serial: u8, extensions: Vec<Vec<u8>>| {
        forge(&Forge {
            subject,
            issuer,
            spki: &key.public_key().spki,
            issuer_key: &signer.key,
            validity: validity(1),
            serial,
            extensions,
        })
    };
    let own = make("Ana", "AC", &signer, 1, Vec::new());
    let ca = || super::support::ca_extensions(None);
    assert_eq!(compare(&own, &make("Ana", "AC", &signer, 2, Vec::new())).conclusion, Relation::RenewalSameKey);
    assert_eq!(compare(&own, &make("Bia", "AC", &signer, 2, Vec::new())).conclusion, Relation::SameKeyOtherHolder);
    assert_eq!(compare(&own, &make("Ana", "AC", &signer, 2, ca())).conclusion, Relation::SameHolderOtherUse);
    let cross = compare(&make("AC", "R1", &signer, 1, ca()), &make("AC", "R2", &signer, 2, ca()));
    assert_eq!((cross.conclusion, cross.same_key), (Relation::CrossCertificate, true));
    let rekeyed = compare(&own, &make("ANA", "AC", &stronger, 3, Vec::new()));
    assert_eq!((rekeyed.conclusion, rekeyed.holder), (Relation::RenewalNewKey, HolderMatch::SameName));
    assert_eq!(field(&rekeyed, "key").note, Some("key_stronger"));
    assert_eq!(field(&rekeyed, "subject.CN").note, Some("encoding_only"), "case alone");
    assert_eq!(
        compare(&make("Ana", "AC", &stronger, 3, Vec::new()), &own)
            .differences
            .iter()
            .find(|d| d.field == "key")
            .unwrap()
            .note,
        Some("key_weaker")
    );
}

#[test]
fn lists_in_extensions_are_compared_item_by_item() {
    let signer = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let dns = |names: &[&str]| crate::asn1::seq(names.iter().map(|name| crate::asn1::implicit(2, name.as_bytes())));
    let make = |names: &[&str], critical| {
        forge(&Forge {
            subject: "Ana",
            issuer: "AC",
            spki: &signer.public_key().spki,
            issuer_key: &signer.key,
            validity: validity(1),
            serial: 1,
            extensions: vec![extension("2.5.29.17", critical, &dns(names))],
        })
    };
    let changed = compare(&make(&["a.example", "b.example"], false), &make(&["b.example", "c.example"], true));
    let rows: Vec<_> = changed
        .differences
        .iter()
        .filter(|own| own.field == "extensions.subjectAltName")
        .map(|own| (own.a.as_deref(), own.b.as_deref(), own.kind))
        .collect();
    assert_eq!(
        rows,
        [
            (Some("dNSName: a.example"), None, DifferenceKind::OnlyA),
            (Some("dNSName: b.example"), Some("dNSName: b.example"), DifferenceKind::Same),
            (None, Some("dNSName: c.example"), DifferenceKind::OnlyB),
        ]
    );
    assert_eq!(field(&changed, "extensions.subjectAltName.critical").note, Some("criticality"));
    let turned = compare(&make(&["a.example", "b.example"], false), &make(&["b.example", "a.example"], false));
    assert_eq!(field(&turned, "extensions.subjectAltName").note, Some("order_only"));
}

#[test]
fn chains_step_by_step() {
    let first = default_hierarchy();
    let second = hierarchy(KeySpec::EcP384, KeySpec::EcP384.default_algorithm());
    let (_, a) = leaf(&first.intermediate, "Maria");
    let (_, b) = leaf(&first.intermediate, "Maria");
    let (_, c) = leaf(&second.intermediate, "Maria");
    let same = compare_chains(&a, &b);
    assert_eq!(same.joined_at, Some((1, 1)));
    assert_eq!(same.steps[0].conclusion, Relation::RenewalNewKey);
    assert_eq!(same.steps[1].conclusion, Relation::Identical);
    let apart = compare_chains(&a, &c[..1]);
    assert_eq!((apart.steps.len(), apart.only_a, apart.only_b, apart.joined_at), (1, a.len() - 1, 0, None));
}

#[test]
fn what_a_search_finds() {
    let hierarchy = default_hierarchy();
    let cpf: Cpf = "52998224725".parse().unwrap();
    let chain = subscriber(&hierarchy.intermediate, "Maria da Conceição", &cpf, 1);
    let own = &chain[0];
    let keys = own.search_keys();
    let has = |kind, text: &str| keys.iter().any(|key| key.kind == kind && key.text == text);
    assert!(keys.iter().any(|key| key.kind == SearchKind::Name && key.text.contains("maria da conceicao")));
    assert!(has(SearchKind::Document, "52998224725"));
    assert!(has(SearchKind::Serial, &own.serial.hex()) && has(SearchKind::Serial, &own.serial.decimal()));
    assert!(has(SearchKind::Fingerprint, &own.fingerprint()) && has(SearchKind::Fingerprint, &own.fingerprint_sha1()));
    assert!(!format!("{keys:?}").contains("52998224725"));
    assert_eq!(own.fingerprints().map(|print| print.legacy), [false, true]);
    let pins = (own.spki_pin(), chain[1].spki_pin());
    assert!(pins.0 != pins.1 && pins.0.len() == 44);
}
