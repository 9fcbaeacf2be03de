//! Files by Java's keytool: PKCS#12 of today and of old, truststores, JKS and JCEKS.

use cartorio_pki::p12::keystore::{BagKind, Format, Integrity, Program, Reason, Risk, Verdict};
use cartorio_pki::p12::{P12Error, open_store};

use crate::bench::{Bench, PASSWORD, bench, judge, second_decoder_agrees, secret};

/// Runs keytool with properties and arguments on a store of `bench`.
fn keytool(bench: &Bench, file: &str, properties: &[&str], arguments: &[&str]) -> Option<()> {
    let path = bench.path(file);
    let mut all: Vec<&str> = vec!["-J-Dfile.encoding=UTF-8", "-J-Dsun.jnu.encoding=UTF-8"];
    all.extend(properties);
    all.extend(arguments);
    all.extend(["-keystore", &path, "-noprompt"]);
    let (ok, said) = judge("keytool", &all)?;
    assert!(ok, "{all:?}: {said}");
    Some(())
}

fn read(bench: &Bench, file: &str) -> Vec<u8> {
    std::fs::read(bench.path(file)).unwrap()
}

/// Brings Maria's identity into a store of Java's.
fn import(bench: &Bench, file: &str, kind: &str, properties: &[&str]) -> Option<()> {
    bench.export("for-java.p12", PASSWORD, &[]);
    let (source, path) = (bench.path("for-java.p12"), bench.path(file));
    let mut all: Vec<&str> = properties.to_vec();
    all.extend([
        "-importkeystore",
        "-noprompt",
        "-srckeystore",
        &source,
        "-srcstorepass",
        PASSWORD,
        "-srcstoretype",
        "PKCS12",
        "-destkeystore",
        &path,
        "-deststoretype",
        kind,
        "-deststorepass",
        PASSWORD,
    ]);
    let (ok, said) = judge("keytool", &all)?;
    assert!(ok, "{all:?}: {said}");
    Some(())
}

#[test]
fn several_entries_of_a_pkcs12_are_all_offered() {
    let Some(bench) = bench() else { return };
    let file = "multi.p12";
    if import(bench, file, "PKCS12", &[]).is_none() {
        return;
    }
    let store = ["-storepass", PASSWORD, "-storetype", "PKCS12"];
    let with = |more: &[&str]| keytool(bench, file, &[], &[more, &store].concat()).unwrap();
    with(&["-genkeypair", "-alias", "joão", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=João"]);
    with(&["-genseckey", "-alias", "segredo", "-keyalg", "AES", "-keysize", "256"]);
    with(&["-importcert", "-alias", "raiz ção", "-file", &bench.path("namesake.pem")]);
    let bytes = read(bench, file);
    let opened = open_store(&bytes, Some(&secret(PASSWORD))).unwrap();
    let names: Vec<&str> = opened.identities.iter().filter_map(|one| one.friendly_name.as_deref()).collect();
    assert_eq!(names, ["maria", "joão"]);
    assert_eq!(opened.identities[0].leaf, bench.leaf);
    assert_eq!(opened.identities[0].chain, [bench.issuer.clone(), bench.root.clone()]);
    assert_eq!(opened.secrets, 1);
    assert_eq!(opened.others.len(), 1);
    assert_eq!((opened.others[0].trusted, opened.others[0].friendly_name.as_deref()), (true, Some("raiz ção")));
    assert_eq!(opened.integrity, Integrity::Verified);
    assert!(opened.layout.is_complete(), "{:?}", opened.layout);
    assert!(second_decoder_agrees(&bytes, PASSWORD, &opened));
}

#[test]
fn the_old_encryption_of_java_opens() {
    let Some(bench) = bench() else { return };
    if import(bench, "legacy.p12", "PKCS12", &["-J-Dkeystore.pkcs12.legacy"]).is_none() {
        return;
    }
    let bytes = read(bench, "legacy.p12");
    let opened = open_store(&bytes, Some(&secret(PASSWORD))).unwrap();
    assert_eq!(opened.identities[0].chain, [bench.issuer.clone(), bench.root.clone()]);
    assert!(opened.layout.rating().reasons.contains(&Reason::FortyBits), "{:?}", opened.layout.rating());
}

#[test]
fn a_truststore_without_password_shows_what_it_has() {
    let Some(bench) = bench() else { return };
    let properties = ["-J-Dkeystore.pkcs12.macAlgorithm=NONE", "-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE"];
    let root = bench.path("root.pem");
    let arguments = ["-importcert", "-alias", "raiz", "-file", &root, "-storepass", PASSWORD, "-storetype", "PKCS12"];
    if keytool(bench, "trust.p12", &properties, &arguments).is_none() {
        return;
    }
    let opened = open_store(&read(bench, "trust.p12"), None).unwrap();
    assert_eq!(opened.integrity, Integrity::Unprotected);
    assert_eq!(opened.others.len(), 1);
    assert!(opened.others[0].trusted && opened.others[0].certificate == bench.root);
}

#[test]
fn jks_and_jceks_open_with_chains_and_say_what_protects_them() {
    let Some(bench) = bench() else { return };
    for (file, kind, format) in [("store.jks", "JKS", Format::Jks), ("store.jceks", "JCEKS", Format::Jceks)] {
        if import(bench, file, kind, &[]).is_none() {
            return;
        }
        let store = ["-storepass", PASSWORD, "-storetype", kind];
        let with = |more: &[&str]| keytool(bench, file, &[], &[more, &store].concat()).unwrap();
        with(&["-importcert", "-alias", "raiz ção", "-file", &bench.path("namesake.pem")]);
        if format == Format::Jceks {
            with(&["-genseckey", "-alias", "segredo", "-keyalg", "AES", "-keysize", "256"]);
            with(&["-genseckey", "-alias", "des", "-keyalg", "DESede"]);
        }
        let bytes = read(bench, file);
        let opened = open_store(&bytes, Some(&secret(PASSWORD))).unwrap();
        bench.check(&opened);
        assert_eq!((opened.layout.format, opened.integrity.clone()), (format, Integrity::Verified));
        assert_eq!(opened.others[0].friendly_name.as_deref(), Some("raiz ção"));
        assert!(opened.others[0].trusted);
        let entry = opened.layout.bags.iter().find(|bag| bag.kind == BagKind::ShroudedKey).unwrap();
        assert!(entry.created_ms.unwrap() > 1_700_000_000_000);
        assert_eq!(opened.secrets, if format == Format::Jceks { 2 } else { 0 });
        let rating = opened.layout.rating();
        assert_eq!(rating.risk == Risk::High, format == Format::Jks, "{rating:?}");
        let by = opened.layout.opened_by();
        assert_eq!(by.iter().find(|one| one.program == Program::Java17).unwrap().verdict, Verdict::Yes);
        assert_eq!(by.iter().find(|one| one.program == Program::Nss).unwrap().verdict, Verdict::No);

        // Without the password: the certificates, and that nothing was checked.
        let locked = open_store(&bytes, None).unwrap();
        assert_eq!((locked.key_count(), locked.integrity.clone()), (0, Integrity::NotChecked));
        assert_eq!(locked.certificates().len(), 4);
        assert!(!locked.layout.is_complete());

        assert_eq!(open_store(&bytes, Some(&secret("another"))).unwrap_err(), P12Error::WrongPassword);
        // Every bit counts.
        for at in (0..bytes.len()).step_by(7) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(open_store(&changed, Some(&secret(PASSWORD))).is_err(), "byte {at} of a {kind}");
        }
    }
}

#[test]
fn keytool_opens_and_refuses_as_we_say() {
    let Some(bench) = bench() else { return };
    let cases: [(&str, &[&str], &str); 4] = [
        ("java-modern.p12", &[], PASSWORD),
        ("java-legacy.p12", &["-legacy"], PASSWORD),
        ("java-3des.p12", &["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"], PASSWORD),
        ("java-accent.p12", &[], "sénha-ção"),
    ];
    for (file, arguments, password) in cases {
        let bytes = bench.export(file, password, arguments);
        let opened = open_store(&bytes, Some(&secret(password))).unwrap();
        let verdict = opened.layout.opened_by().into_iter().find(|one| one.program == Program::Java17).unwrap().verdict;
        let path = bench.path(file);
        let list =
            ["-J-Dfile.encoding=UTF-8", "-list", "-keystore", &path, "-storetype", "PKCS12", "-storepass", password];
        let Some((ok, said)) = judge("keytool", &list) else { return };
        assert_eq!(ok, verdict == Verdict::Yes, "{file}: we say {verdict:?}: {said}");
    }
}
