//! Certificates: facts as OpenSSL sees them, and no panic on any mutation.

use proptest::prelude::*;

use super::support::{Scratch, default_hierarchy, issue, judge, leaf, validity};
use crate::ca::{Profile, demo};
use crate::{Certificate, KeyKind, KeyUsage, Serial};

#[test]
fn facts_are_those_that_openssl_prints() {
    let hierarchy = default_hierarchy();
    let cpf = "52998224725".parse().unwrap();
    let subject = demo::subscriber("Maria da Conceição", &cpf).unwrap();
    let profile = Profile::Subscriber {
        email: Some("maria@example.org".to_owned()),
        cpf: cpf.clone(),
        birth_date: Some(time::macros::date!(1980 - 02 - 01)),
    };
    let (_, chain) = issue(&hierarchy.intermediate, subject, profile, validity(3));
    let own = &chain[0];
    assert_eq!(own.identity.cpf.as_ref(), Some(&cpf));
    assert_eq!(own.identity.birth_date, Some(time::macros::date!(1980 - 02 - 01)));
    assert_eq!(own.key_usage.as_deref(), Some(&[KeyUsage::DigitalSignature, KeyUsage::NonRepudiation][..]));
    let usages: Vec<_> = own.extended_key_usage.iter().map(|usage| usage.name).collect();
    assert_eq!(usages, [Some("documentSigning"), Some("emailProtection")]);
    assert_eq!(own.key.kind, KeyKind::Ec { curve: "P-256".to_owned(), bits: Some(256) });
    assert!(own.extensions.iter().all(|extension| !extension.lines().is_empty() && extension.name.is_some()));

    let scratch = Scratch::new();
    let file = scratch.put("leaf.pem", own.pem());
    let ask = |arguments: &[&str]| {
        let mut all = vec!["x509", "-in", &file, "-noout"];
        all.extend(arguments);
        judge("openssl", &all).map(|(ok, said)| {
            assert!(ok, "{said}");
            said.trim().split_once('=').map(|(_, value)| value.to_owned()).unwrap_or(said)
        })
    };
    let Some(serial) = ask(&["-serial"]) else { return };
    assert_eq!(serial.to_lowercase(), own.serial.hex());
    let fingerprint = ask(&["-fingerprint", "-sha256"]).unwrap();
    assert_eq!(fingerprint.replace(':', "").to_lowercase(), own.fingerprint());
    let sha1 = ask(&["-fingerprint", "-sha1"]).unwrap();
    assert_eq!(sha1.replace(':', "").to_lowercase(), own.fingerprint_sha1());
    let name = ask(&["-subject", "-nameopt", "RFC2253,-esc_msb,utf8"]).unwrap();
    assert_eq!(name, own.subject.rfc4514());
    let text = ask(&["-text"]).unwrap();
    for wanted in [
        "X509v3 Basic Constraints: critical",
        "CA:FALSE",
        "Digital Signature, Non Repudiation",
        "E-mail Protection",
        "1.3.6.1.5.5.7.3.36",
        "email:maria@example.org",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in:\n{text}");
    }
}

#[test]
fn trailing_bytes_are_refused_with_their_place() {
    let hierarchy = default_hierarchy();
    let der = &hierarchy.root.certificate().der;
    let mut longer = der.clone();
    longer.extend([0, 1]);
    let error = Certificate::from_der(&longer).unwrap_err();
    assert_eq!((error.code(), error.offset()), ("certificate_trailing_data", der.len()));
    let cut = Certificate::from_der(&der[..der.len() - 1]).unwrap_err();
    assert_eq!(cut.code(), "certificate_malformed");
}

#[test]
fn serial_numbers_in_every_notation() {
    let serial = Serial::from_hex("01:00:00:00:00:00:00:00:00").unwrap();
    assert_eq!(serial.decimal(), "18446744073709551616", "2^64");
    assert_eq!(serial.hex(), "010000000000000000");
    assert_eq!(Serial::from_hex("0").unwrap().decimal(), "0");
    assert_eq!(Serial::from_hex("xyz"), None);
    let negative = Serial::from_integer(&[0xff]);
    assert_eq!((negative.decimal().as_str(), negative.hex().as_str()), ("-1", "-01"));
    assert_ne!(negative, Serial::from_integer(&[0, 0xff]));
    assert_eq!(Serial::from_integer(&[0x80, 0]).decimal(), "-32768");
    let random = Serial::random().unwrap();
    assert_eq!(random.bytes().len(), 20);
    assert!(random.bytes()[0] & 0x80 == 0, "positive");
    assert_ne!(random, Serial::random().unwrap());
}

#[test]
fn personal_data_stays_out_of_debug_output() {
    let hierarchy = default_hierarchy();
    let cpf = "52998224725".parse().unwrap();
    let profile = Profile::Subscriber { email: None, cpf, birth_date: None };
    let subject = demo::signer("Maria").unwrap();
    let (_, chain) = issue(&hierarchy.intermediate, subject, profile, validity(1));
    let debug = format!("{:?} {:?} {:?}", chain[0].identity, chain[0].alternative_names, chain[0].extensions);
    assert!(!debug.contains("52998224725"), "{debug}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_mutation_panics(edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8), cut in any::<Option<proptest::sample::Index>>()) {
        static DER: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let der = DER.get_or_init(|| leaf(&default_hierarchy().intermediate, "Maria").1[0].der.clone());
        let mut mutant = der.clone();
        for (place, value) in edits {
            let at = place.index(mutant.len());
            mutant[at] = value;
        }
        if let Some(cut) = cut {
            mutant.truncate(cut.index(mutant.len()));
        }
        if let Ok(certificate) = Certificate::from_der(&mutant) {
            let _ = certificate.check_signed_by(&certificate);
            let _ = certificate.pem();
            prop_assert!(certificate.extensions.iter().all(|extension| !extension.lines().is_empty()));
        }
        let _ = crate::read_objects(&mutant);
        let _ = crate::Crl::from_der(&mutant);
    }
}

#[test]
fn every_corpus_certificate_and_list_is_shown_without_a_blank() {
    use base64::Engine as _;
    let mut objects: Vec<Vec<u8>> = Vec::new();
    if let Some(pem) = super::support::corpus("icp-brasil/ca-certificates.pem") {
        objects.extend(crate::read_objects(&pem).unwrap().certificates().iter().map(|own| own.der.clone()));
        assert_eq!(objects.len(), 323);
    }
    for name in ["x509-cases/pkits.jsonl", "x509-cases/limbo.jsonl"] {
        let Some(text) = super::support::corpus(name) else { return };
        for line in String::from_utf8(text).unwrap().lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let lists = ["roots", "inters", "crls"].iter().flat_map(|list| case[list].as_array().unwrap());
            for item in lists.chain([&case["leaf"]]) {
                objects.push(base64::engine::general_purpose::STANDARD.decode(item.as_str().unwrap()).unwrap());
            }
        }
    }
    objects.sort();
    objects.dedup();
    let (mut certificates, mut lists, mut entries, mut malformed) = (0, 0, 0, Vec::new());
    for der in &objects {
        let extensions = match (Certificate::from_der(der), crate::Crl::from_der(der)) {
            (Ok(own), _) => {
                certificates += 1;
                let _ = (own.search_keys(), own.holder_kind(), own.spki_pin());
                own.extensions.clone()
            }
            (_, Ok(own)) => {
                lists += 1;
                let of_entries = own.revoked.iter().flat_map(|entry| own.entry_extensions(&entry.serial).unwrap());
                let of_entries: Vec<_> = of_entries.collect();
                entries += of_entries.len();
                own.extensions.iter().cloned().chain(of_entries).collect()
            }
            (Err(_), Err(_)) => continue,
        };
        for extension in extensions {
            assert!(!extension.lines().is_empty() && extension.lines().iter().all(|line| !line.trim().is_empty()));
            assert!(extension.name.is_some() || extension.lines()[0] != "(empty)" || extension.value.is_empty());
            if extension.malformed() {
                malformed.push(extension.oid.clone());
            }
        }
    }
    eprintln!("{certificates} certificates, {lists} lists, {entries} extensions of entries; malformed: {malformed:?}");
    assert!(certificates > 1000 && lists > 100 && entries > 40, "{certificates}, {lists}, {entries}");
    // Two of limbo's cases have plain words where the DER of these should be.
    malformed.sort();
    malformed.dedup();
    assert_eq!(malformed, MALFORMED_IN_CORPORA);
}

const MALFORMED_IN_CORPORA: [&str; 2] = ["1.3.6.1.5.5.7.1.1", "2.5.29.17"];

#[test]
fn extensions_of_an_entry_of_a_list() {
    use crate::asn1;
    let entry = |serial: u8, extensions: Vec<Vec<u8>>| {
        let mut parts = vec![asn1::number(serial.into()), asn1::tlv(asn1::UTC_TIME, b"260101000000Z")];
        if !extensions.is_empty() {
            parts.push(asn1::seq(extensions));
        }
        asn1::seq(parts)
    };
    let algorithm = asn1::seq([asn1::tlv(asn1::OID, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])]);
    let invalid = asn1::tlv(asn1::GENERALIZED_TIME, b"20251231000000Z");
    let list = asn1::seq([
        entry(5, Vec::new()),
        entry(
            7,
            vec![
                super::support::extension("2.5.29.21", false, &asn1::tlv(asn1::ENUMERATED, &[6])),
                super::support::extension("2.5.29.24", false, &invalid),
                super::support::extension(
                    "2.5.29.29",
                    true,
                    &asn1::seq([asn1::explicit(4, &super::support::name("AC X"))]),
                ),
            ],
        ),
    ]);
    let tbs = asn1::seq([
        asn1::number(1),
        algorithm.clone(),
        super::support::name("AC"),
        asn1::tlv(asn1::UTC_TIME, b"260102000000Z"),
        list,
    ]);
    let crl = crate::Crl::from_der(&asn1::seq([tbs, algorithm, asn1::bits(&[0])])).unwrap();
    let seven = crl.entry_extensions(&Serial::from_unsigned(&[7])).unwrap();
    let lines: Vec<_> = seven.iter().flat_map(|own| own.lines().to_vec()).collect();
    assert_eq!(lines, ["certificateHold (6)", "2025-12-31 00:00:00Z", "directoryName: CN=AC X"]);
    assert!(seven[2].critical && !seven[0].critical);
    assert_eq!(crl.entry_extensions(&Serial::from_unsigned(&[5])).unwrap(), []);
    assert_eq!(crl.entry_extensions(&Serial::from_unsigned(&[6])), None);
}
