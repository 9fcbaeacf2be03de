//! The files of `cryptography-vectors`: NIST's PKITS and pyca's own, and files by `cryptography`.

use std::path::PathBuf;

use cartorio_pki::p12::keystore::{Integrity, PasswordForm, Reason};
use cartorio_pki::p12::open_store;

use crate::bench::{bench, python, second_decoder_agrees, secret};

fn files(folder: &str) -> Option<Vec<PathBuf>> {
    let (ok, said) = python(&["vectors"])?;
    if !ok {
        assert!(std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_none(), "no cryptography-vectors: {said}");
        eprintln!("skipped: no cryptography-vectors");
        return None;
    }
    let folder = PathBuf::from(said.trim()).join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "p12"))
        .collect();
    files.sort();
    Some(files)
}

#[test]
fn all_405_files_of_pkits_open() {
    let Some(files) = files("x509/PKITS_data/pkcs12") else { return };
    assert_eq!(files.len(), 405);
    let (mut identities, mut agreed) = (0, 0);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let store = open_store(&bytes, Some(&secret("password"))).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        assert_eq!(store.integrity, Integrity::Verified, "{file:?}");
        assert!(store.layout.is_complete(), "{file:?}");
        assert_eq!(store.key_count(), 1, "{file:?}");
        identities += store.identities.len();
        agreed += usize::from(second_decoder_agrees(&bytes, "password", &store));
    }
    assert_eq!(identities, 405, "every key has its certificate");
    assert_eq!(agreed, 405);
}

#[test]
fn the_files_of_pyca_open() {
    let Some(files) = files("pkcs12") else { return };
    let mut null = 0;
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(file).unwrap();
        let password = match name {
            name if name.contains("no-pwd") || name == "no-password.p12" => None,
            "java-truststore.p12" => Some(""),
            name if name.contains("-pwd") => Some("password"),
            _ => Some("cryptography"),
        };
        let store = open_store(&bytes, password.map(secret).as_ref()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(store.integrity, Integrity::Verified, "{name}");
        assert!(store.layout.is_complete(), "{name}");
        assert!(store.key_count() + store.others.len() > 0, "{name}");
        null += usize::from(store.layout.password.is_some_and(|facts| facts.form == PasswordForm::Null));
    }
    assert!(files.len() >= 31 && null >= 10, "{} files, {null} without any password", files.len());
}

#[test]
fn a_file_without_encryption_opens_without_a_password() {
    let Some(bench) = bench() else { return };
    let (out, key, leaf) = (bench.path("null.p12"), bench.path("leaf.key"), bench.path("leaf.pem"));
    let Some((ok, said)) = python(&["make", &out, &key, &leaf, "", "maria"]) else { return };
    assert!(ok, "{said}");
    for password in [None, Some(secret(""))] {
        let store = open_store(&std::fs::read(&out).unwrap(), password.as_ref()).unwrap();
        assert_eq!(store.identities[0].leaf, bench.leaf);
        // Versions differ in which of the two they write.
        let form = store.layout.password.unwrap().form;
        let reasons = store.layout.rating().reasons;
        let expected = if form == PasswordForm::Null { Reason::NullPassword } else { Reason::EmptyPassword };
        assert!(matches!(form, PasswordForm::Null | PasswordForm::Empty));
        assert!(reasons.contains(&expected) && reasons.contains(&Reason::UnencryptedKey), "{reasons:?}");
    }
    let (ok, said) = python(&["make", &out, &key, &leaf, "密碼🔐", "🔐 nome"]).unwrap();
    assert!(ok, "{said}");
    let store = open_store(&std::fs::read(&out).unwrap(), Some(&secret("密碼🔐"))).unwrap();
    assert_eq!(store.identities[0].friendly_name.as_deref(), Some("🔐 nome"));
}
