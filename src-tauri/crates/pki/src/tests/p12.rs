//! P12 files, opened by OpenSSL, Java's keytool and NSS's pk12util.

use cartorio_core::{SecretBytes, SecretString};
use cartorio_keys::{KeySpec, SoftwareKey};

use super::support::{Hierarchy, Scratch, TestSigner, default_hierarchy, hierarchy, issue, judge, leaf, run, validity};
use crate::ca::{CertificateAuthority, CertificateRequest, Profile, demo};
use crate::p12::{P12BagKind, P12Request, inspect, open, write};
use crate::{PkiObject, Serial, read_objects};

const PASSWORD: &str = "Xk29-mPqr-Tv7w";
const NAME: &str = "Maria da Conceição (assinatura)";

fn secret(text: &str) -> SecretString {
    SecretString::new(text.to_owned())
}

fn request(spec: KeySpec) -> P12Request {
    let Hierarchy { intermediate, .. } = hierarchy(spec, spec.default_algorithm());
    let holder = TestSigner::new(spec.default_algorithm(), spec);
    let wanted = CertificateRequest {
        subject: demo::subscriber("Maria da Conceição", &"52998224725".parse().unwrap()).unwrap(),
        spki: holder.key.public_key().spki.clone(),
        profile: Profile::Subscriber { email: None, cpf: "52998224725".parse().unwrap(), birth_date: None },
        validity: validity(2),
        serial: Serial::random().unwrap(),
    };
    let mut chain = run(intermediate.issue(wanted, &*holder)).unwrap();
    let key = holder.key;
    let leaf = chain.remove(0);
    P12Request {
        key: SecretBytes::new(key.pkcs8().expose().to_vec()),
        leaf,
        chain,
        friendly_name: NAME.to_owned(),
        password: secret(PASSWORD),
        iterations: 100_000,
    }
}

#[test]
fn openssl_keytool_and_nss_open_what_is_written() {
    for spec in [KeySpec::Rsa2048, KeySpec::EcP256] {
        let request = request(spec);
        let scratch = Scratch::new();
        let file = scratch.put("maria.p12", write(&request).unwrap());
        let pass = format!("pass:{PASSWORD}");

        let info = ["pkcs12", "-in", &file, "-info", "-nodes", "-passin", &pass];
        if let Some((ok, said)) = judge("openssl", &info) {
            assert!(ok, "{said}");
            for wanted in [
                "MAC: sha256, Iteration 100000",
                "MAC length: 32, salt length: 32",
                "PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256",
            ] {
                assert!(said.contains(wanted), "{wanted} is not in:\n{said}");
            }
            assert_eq!(said.matches("BEGIN CERTIFICATE").count(), 3, "leaf, intermediate, root");
            assert_eq!(said.matches("BEGIN PRIVATE KEY").count(), 1);
            assert_eq!(said.matches("friendlyName: Maria da Concei").count(), 2, "on the key and on its certificate");
            let clear = ["pkcs12", "-in", &file, "-passin", "pass:wrong-password", "-nokeys"];
            assert!(!judge("openssl", &clear).unwrap().0, "another password does not open it");
        }

        let list = ["-list", "-v", "-keystore", &file, "-storetype", "PKCS12", "-storepass", PASSWORD];
        let list: Vec<&str> = ["-J-Duser.language=en", "-J-Dfile.encoding=UTF-8", "-J-Dstdout.encoding=UTF-8"]
            .into_iter()
            .chain(list)
            .collect();
        if let Some((ok, said)) = judge("keytool", &list) {
            assert!(ok, "{said}");
            assert!(said.contains("Entry type: PrivateKeyEntry"), "{said}");
            assert!(said.contains("Certificate chain length: 3"), "{said}");
            assert!(said.to_lowercase().contains("alias name: maria da concei"), "{said}");
        }

        let list = ["-l", &file, "-W", PASSWORD];
        if let Some((ok, said)) = judge("pk12util", &list) {
            assert!(ok, "{said}");
            assert_eq!(said.matches("Friendly Name: Maria da Concei").count(), 2, "{said}");
            assert!(said.contains("Certificate"), "{said}");
            let database = scratch.path("nss");
            std::fs::create_dir(&database).unwrap();
            let database = format!("sql:{database}");
            judge("certutil", &["-N", "-d", &database, "--empty-password"]).unwrap();
            let (ok, said) = judge("pk12util", &["-i", &file, "-d", &database, "-W", PASSWORD, "-K", ""]).unwrap();
            assert!(ok, "import: {said}");
            let (_, listed) = judge("certutil", &["-L", "-d", &database]).unwrap();
            assert!(listed.contains("Maria da Concei"), "listed under its friendly name: {listed}");
        }
    }
}

#[test]
fn what_is_written_opens_and_shows_its_inside() {
    let request = request(KeySpec::EcP256);
    let file = write(&request).unwrap();
    let opened = open(&file, &secret(PASSWORD)).unwrap();
    assert_eq!(opened.key.as_ref().unwrap().expose(), request.key.expose());
    assert_eq!((opened.leaf.as_ref(), &opened.chain), (Some(&request.leaf), &request.chain));
    assert_eq!((opened.friendly_name.as_deref(), opened.has_mac, opened.key_count), (Some(NAME), true, 1));
    assert!(opened.others.is_empty());

    let view = inspect(&file, &secret(PASSWORD)).unwrap();
    let mac = view.mac.clone().unwrap();
    assert_eq!((mac.algorithm.as_str(), mac.iterations, mac.salt_len), ("SHA-256", 100_000, 32));
    let certificates = view.containers[0].protection.clone().unwrap();
    assert_eq!(certificates.cipher.as_deref(), Some("AES-256-CBC"));
    assert_eq!(certificates.kdf.as_deref(), Some("PBKDF2 HMAC-SHA-256"));
    assert_eq!(view.bags[0].protection.as_ref().unwrap().iterations, Some(100_000));
    assert!(matches!(&view.bags[0].kind, P12BagKind::PrivateKey { algorithm } if algorithm == "ecPublicKey"));
    assert_eq!(view.bags[1].friendly_name.as_deref(), Some(NAME), "the leaf has the name too");
    assert_eq!(view.bags[0].local_key_id, view.bags[1].local_key_id);
    assert_eq!(view.weakest_iterations(), Some(100_000));

    assert!(matches!(read_objects(&file).unwrap().objects[0].object, PkiObject::P12 { .. }));
    assert_eq!(open(&file, &secret("wrong password")).unwrap_err().code(), "p12_wrong_password");
    let mut changed = file.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert!(open(&changed, &secret(PASSWORD)).is_err(), "a changed file does not open");
}

#[test]
fn requests_that_make_no_sound_file_are_refused() {
    let sound = request(KeySpec::EcP256);
    let code = |change: &dyn Fn(&mut P12Request)| {
        let mut request = sound.clone();
        change(&mut request);
        write(&request).unwrap_err().code()
    };
    assert_eq!(code(&|r| r.password = secret("")), "p12_password_empty");
    assert_eq!(code(&|r| r.password = secret("sete123")), "p12_password_too_short");
    assert_eq!(code(&|r| r.password = secret("senha 🔐 longa")), "p12_password_characters");
    assert_eq!(code(&|r| r.iterations = 99_999), "p12_too_few_iterations");
    assert_eq!(code(&|r| r.friendly_name = "  ".to_owned()), "p12_friendly_name");
    assert_eq!(code(&|r| r.friendly_name = "🔐".to_owned()), "p12_friendly_name");
    assert_eq!(code(&|r| r.chain.reverse()), "p12_chain_broken");
    assert_eq!(code(&|r| r.key = SecretBytes::new(vec![1, 2, 3])), "p12_key");
    for other in [KeySpec::EcP256, KeySpec::EcP384] {
        let stranger = SoftwareKey::generate(other).unwrap();
        let pkcs8 = stranger.pkcs8().expose().to_vec();
        assert_eq!(code(&|r| r.key = SecretBytes::new(pkcs8.clone())), "p12_key_mismatch");
    }
    let debug = format!("{sound:?}");
    assert!(!debug.contains(PASSWORD) && debug.contains("SecretString(…)"), "{debug}");
}

#[test]
fn chains_are_linked_by_signature_where_two_cas_share_a_name() {
    // The normal case of a renewed CA: same name, another key. The file holds both, the wrong one first.
    let old = default_hierarchy();
    let new = default_hierarchy();
    let (key, chain) = leaf(&new.intermediate, "Maria");
    let scratch = Scratch::new();
    let key_file = scratch.put("key.pem", crate::certificate::pem("PRIVATE KEY", key.pkcs8().expose()));
    let leaf_file = scratch.put("leaf.pem", chain[0].pem());
    let others: String = [
        old.intermediate.certificate().pem(),
        old.root.certificate().pem(),
        new.intermediate.certificate().pem(),
        new.root.certificate().pem(),
    ]
    .concat();
    let (others, out) = (scratch.put("others.pem", others), scratch.path("out.p12"));
    let pass = format!("pass:{PASSWORD}");
    let arguments = [
        "pkcs12",
        "-export",
        "-inkey",
        &key_file,
        "-in",
        &leaf_file,
        "-certfile",
        &others,
        "-name",
        "maria",
        "-out",
        &out,
        "-passout",
        &pass,
    ];
    let Some((ok, said)) = judge("openssl", &arguments) else { return };
    assert!(ok, "{said}");
    let opened = open(&std::fs::read(&out).unwrap(), &secret(PASSWORD)).unwrap();
    assert_eq!(opened.leaf.as_ref(), Some(&chain[0]));
    assert_eq!(opened.chain, &chain[1..], "the issuer that signed, not the one that is called so");
    assert_eq!(opened.others.len(), 2);
    let view = inspect(&std::fs::read(&out).unwrap(), &secret(PASSWORD)).unwrap();
    assert_eq!(view.bags.len(), 6);
}

#[test]
fn a_key_without_certificate_and_certificates_without_key_are_not_lost() {
    let Hierarchy { intermediate, .. } = default_hierarchy();
    let (key, chain) =
        issue(&intermediate, demo::signer("Maria").unwrap(), Profile::DocumentSigner { email: None }, validity(1));
    let scratch = Scratch::new();
    let key_file = scratch.put("key.pem", crate::certificate::pem("PRIVATE KEY", key.pkcs8().expose()));
    let leaf_file = scratch.put("leaf.pem", chain[0].pem());
    let (keys_only, certificates_only) = (scratch.path("k.p12"), scratch.path("c.p12"));
    let pass = format!("pass:{PASSWORD}");
    let export = |arguments: &[&str]| {
        let mut all = vec!["pkcs12", "-export", "-passout", &pass];
        all.extend(arguments);
        judge("openssl", &all)
    };
    let Some((ok, said)) = export(&["-inkey", &key_file, "-nocerts", "-out", &keys_only]) else { return };
    assert!(ok, "{said}");
    assert!(export(&["-nokeys", "-in", &leaf_file, "-out", &certificates_only]).unwrap().0);
    let opened = open(&std::fs::read(&keys_only).unwrap(), &secret(PASSWORD)).unwrap();
    assert!(opened.key.is_some() && opened.leaf.is_none());
    let opened = open(&std::fs::read(&certificates_only).unwrap(), &secret(PASSWORD)).unwrap();
    assert_eq!((opened.key.is_none(), opened.others), (true, vec![chain[0].clone()]));
}
