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
    assert!(own.extensions.iter().all(|extension| !extension.lines.is_empty() && extension.name.is_some()));

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
            prop_assert!(certificate.extensions.iter().all(|extension| !extension.lines.is_empty()));
        }
        let _ = crate::read_objects(&mutant);
        let _ = crate::Crl::from_der(&mutant);
    }
}
