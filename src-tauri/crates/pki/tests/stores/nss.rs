//! Files by NSS (Firefox, Thunderbird): BER with indefinite lengths, several encryptions, accents, no password.

use cartorio_pki::p12::keystore::{Integrity, Program, Reason, Verdict};
use cartorio_pki::p12::{P12Error, open_store};

use crate::bench::{PASSWORD, bench, judge, secret};

#[test]
fn every_variant_of_pk12util_opens() {
    let Some(bench) = bench() else { return };
    bench.export("for-nss.p12", PASSWORD, &[]);
    let (folder, source) = (bench.path("nss"), bench.path("for-nss.p12"));
    std::fs::create_dir(&folder).unwrap();
    let database = format!("sql:{folder}");
    if judge("certutil", &["-N", "-d", &database, "--empty-password"]).is_none() {
        return;
    }
    let (ok, said) = judge("pk12util", &["-i", &source, "-d", &database, "-W", PASSWORD, "-K", ""]).unwrap();
    assert!(ok, "{said}");

    let tdes = "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC";
    let rc2 = "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC";
    let variants: [(&str, &[&str]); 9] = [
        (PASSWORD, &[]),
        (PASSWORD, &["-c", "AES-256-CBC", "-C", "AES-256-CBC"]),
        (PASSWORD, &["-c", "AES-128-CBC", "-C", "AES-128-CBC", "-M", "SHA-512"]),
        (PASSWORD, &["-c", tdes, "-C", rc2]),
        (PASSWORD, &["-c", tdes, "-C", tdes, "-M", "SHA-1"]),
        (PASSWORD, &["-C", "none"]),
        ("sénha-ção", &[]),
        ("sénha-ção", &["-c", tdes, "-C", tdes]),
        ("", &[]),
    ];
    for (index, (password, arguments)) in variants.into_iter().enumerate() {
        let out = bench.path(&format!("nss-{index}.p12"));
        let mut all = vec!["-o", &out, "-n", "maria", "-d", &database, "-W", password, "-K", ""];
        all.extend(arguments);
        let (ok, said) = judge("pk12util", &all).unwrap();
        assert!(ok, "{all:?}: {said}");
        let bytes = std::fs::read(&out).unwrap();
        let store = open_store(&bytes, Some(&secret(password))).unwrap_or_else(|error| panic!("{all:?}: {error}"));
        assert_eq!(store.identities.len(), 1, "{all:?}: {:?}", store.layout);
        let identity = &store.identities[0];
        assert_eq!(identity.leaf, bench.leaf, "{all:?}");
        assert_eq!(identity.chain.first(), Some(&bench.issuer), "{all:?}");
        assert_eq!(identity.friendly_name.as_deref(), Some("maria"));
        assert_eq!(store.integrity, Integrity::Verified);
        assert!(store.layout.indefinite && store.layout.is_complete(), "{all:?}");
        for bag in &store.layout.bags {
            if bag.place.part.is_none() {
                assert_eq!(bytes[bag.place.offset], 0x30, "the place is right through BER's pieces");
            }
        }
        if arguments.is_empty() {
            let nss = store.layout.opened_by().into_iter().find(|one| one.program == Program::Nss).unwrap();
            assert_eq!(nss.verdict, Verdict::Yes);
        }
        assert_eq!(store.layout.rating().reasons.contains(&Reason::EmptyPassword), password.is_empty());
    }
    let first = std::fs::read(bench.path("nss-0.p12")).unwrap();
    assert_eq!(open_store(&first, Some(&secret("another"))).unwrap_err(), P12Error::WrongPassword);
}
