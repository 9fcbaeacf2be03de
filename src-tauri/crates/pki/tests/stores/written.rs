//! What we write, in its three profiles, opened by programs that we did not write.

use cartorio_core::{Digest, HashAlgorithm, SecretBytes};
use cartorio_pki::p12::keystore::{Hash, Integrity, MacScheme, Program, Verdict};
use cartorio_pki::p12::{ExportWarning, P12Error, P12Profile, P12Request, open_store, write_as};

use crate::bench::{Bench, PASSWORD, bench, judge, python, secret};

fn request(bench: &Bench) -> P12Request {
    let store = open_store(&bench.export("source.p12", PASSWORD, &[]), Some(&secret(PASSWORD))).unwrap();
    let identity = store.identities.into_iter().next().unwrap();
    P12Request {
        key: SecretBytes::new(identity.key.expose().to_vec()),
        leaf: identity.leaf,
        chain: identity.chain,
        friendly_name: "Açúcar".to_owned(),
        password: secret(PASSWORD),
        iterations: 100_000,
    }
}

#[test]
fn every_profile_opens_where_we_say_it_does() {
    let Some(bench) = bench() else { return };
    let request = request(bench);
    for profile in P12Profile::ALL {
        let bytes = write_as(&request, profile).unwrap();
        let path = bench.path(&format!("written-{}.p12", profile.code()));
        std::fs::write(&path, &bytes).unwrap();
        let store = open_store(&bytes, Some(&request.password)).unwrap();
        assert_eq!(store.identities[0].key.expose(), request.key.expose());
        assert_eq!(store.identities[0].chain, request.chain);
        let mac = store.layout.mac.clone().unwrap();
        assert!(mac.salt_len >= 16 && mac.iterations == 100_000, "{mac:?}");
        assert_eq!(mac.scheme == MacScheme::Pbmac1, profile == P12Profile::Pbmac1);

        let by = store.layout.opened_by();
        let says = |program| by.iter().find(|one| one.program == program).unwrap().verdict;
        let pass = format!("pass:{PASSWORD}");
        let (ok, said) = judge("openssl", &["pkcs12", "-in", &path, "-info", "-nodes", "-passin", &pass]).unwrap();
        assert_eq!(ok, says(Program::OpenSsl3) == Verdict::Yes, "{profile:?}: {said}");
        if profile == P12Profile::Compatible {
            for wanted in ["MAC: sha1, Iteration 100000", "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 100000"] {
                assert!(said.contains(wanted), "{wanted} is not in {said}");
            }
        }
        let list = ["-list", "-keystore", &path, "-storetype", "PKCS12", "-storepass", PASSWORD];
        if let Some((ok, said)) = judge("keytool", &list) {
            assert_eq!(ok, says(Program::Java17) == Verdict::Yes, "{profile:?}: {said}");
        }
        if let Some((ok, said)) = judge("pk12util", &["-l", &path, "-W", PASSWORD]) {
            assert_eq!(ok, says(Program::Nss) == Verdict::Yes, "{profile:?}: {said}");
        }
        // An OpenSSL that is newer than the system's knows PBMAC1.
        let Some((ok, said)) = python(&["open", &path, PASSWORD]) else { continue };
        assert!(ok, "{profile:?}: {said}");
        let line = said.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{said}"));
        let seen: serde_json::Value = serde_json::from_str(line).unwrap();
        let sha256 = |bytes: &[u8]| Digest::of(HashAlgorithm::Sha256, bytes).to_hex();
        assert_eq!(seen["key"], sha256(&request.leaf.key.spki).as_str());
        assert_eq!(seen["leaf"], sha256(&request.leaf.der).as_str());
        assert_eq!(seen["name"], "Açúcar");
        let chain: Vec<String> = request.chain.iter().map(|one| sha256(&one.der)).collect();
        assert_eq!(seen["chain"], serde_json::json!(chain));
        let (ok, _) = python(&["open", &path, "another"]).unwrap();
        assert!(!ok, "{profile:?} opens with another password");
    }
}

#[test]
fn a_change_of_a_pbmac1_file_is_found() {
    let Some(bench) = bench() else { return };
    let bytes = write_as(&request(bench), P12Profile::Pbmac1).unwrap();
    let password = secret(PASSWORD);
    assert_eq!(open_store(&bytes, Some(&secret("another"))).unwrap_err().code(), "p12_wrong_password");
    // What the MAC covers, and the MAC itself; not MacData's own salt and iterations, which nobody uses.
    let mac = open_store(&bytes, Some(&password)).unwrap().layout.mac.unwrap().place;
    let mut tried = 0;
    for at in (30..mac.offset).step_by(229).chain([mac.offset + 60, mac.offset + 130]) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(open_store(&changed, Some(&password)).is_err(), "byte {at}");
        tried += 1;
    }
    assert!(tried > 10);
}

#[test]
fn what_to_know_before_writing_is_said() {
    assert_eq!(P12Profile::Modern.warnings("sénha"), [ExportWarning::NonAsciiPassword, ExportWarning::NotOldWindows]);
    assert_eq!(P12Profile::Compatible.warnings("senha"), [ExportWarning::OldCryptography]);
    assert_eq!(P12Profile::Pbmac1.warnings("senha"), [ExportWarning::FewPrograms]);
    for profile in P12Profile::ALL {
        assert_eq!(P12Profile::from_code(profile.code()), Some(profile));
    }
    assert_eq!(P12Profile::from_code("rc2"), None);
}

#[test]
fn pbmac1_by_another_writer_opens() {
    let Some(bench) = bench() else { return };
    let (out, key, leaf) = (bench.path("pbmac1.p12"), bench.path("leaf.key"), bench.path("leaf.pem"));
    for (password, mac, prf, hash) in [
        (PASSWORD, "SHA256", "SHA256", Hash::Sha256),
        ("sénha-ção", "SHA512", "SHA256", Hash::Sha512),
        (PASSWORD, "SHA384", "SHA512", Hash::Sha384),
    ] {
        let Some((ok, said)) = python(&["pbmac1", &out, &key, &leaf, password, "maria", mac, prf]) else { return };
        assert!(ok, "{said}");
        let bytes = std::fs::read(&out).unwrap();
        let store = open_store(&bytes, Some(&secret(password))).unwrap();
        assert_eq!((&store.identities[0].leaf, &store.integrity), (&bench.leaf, &Integrity::Verified));
        let seen = store.layout.mac.unwrap();
        assert_eq!((seen.scheme, seen.hash), (MacScheme::Pbmac1, Some(hash)));
        assert_eq!(open_store(&bytes, Some(&secret("another"))).unwrap_err(), P12Error::WrongPassword);
        // RFC 9579: a count of iterations that is not the true one is a wrong MAC.
        let rounds = [0x02, 0x02, 0x08, 0x00];
        // The first in the MAC; MacData's own, which nobody uses, comes after it.
        let from = seen.place.offset;
        let at = from + bytes[from..].windows(4).position(|window| window == rounds).unwrap();
        let mut other = bytes.clone();
        other[at + 3] = 1;
        assert_eq!(open_store(&other, Some(&secret(password))).unwrap_err(), P12Error::WrongPassword);
    }
}
