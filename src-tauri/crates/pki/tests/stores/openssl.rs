//! Files by OpenSSL: every encryption that it knows, MACs, and what they are said to be.

use cartorio_core::SecretString;
use cartorio_pki::p12::keystore::{Integrity, Program, Reason, Risk, State, Verdict};
use cartorio_pki::p12::{KeyMatch, P12Error, open, open_store};

use crate::bench::{PASSWORD, bench, judge, second_decoder_agrees, secret};

struct Case {
    arguments: &'static [&'static str],
    /// Cipher of the first part, as the layout names it.
    cipher: &'static str,
    reasons: &'static [Reason],
    risk: Risk,
    /// Whether `p12-keystore` opens it too.
    second: bool,
}

const FEW: Reason = Reason::FewIterations;

#[test]
fn every_encryption_opens_and_is_called_what_it_is() {
    let Some(bench) = bench() else { return };
    let case = |arguments, cipher, reasons, risk, second| Case { arguments, cipher, reasons, risk, second };
    let cases = [
        case(&[][..], "AES-256-CBC", &[FEW][..], Risk::Moderate, true),
        case(&["-iter", "20000"], "AES-256-CBC", &[Reason::ModestIterations], Risk::Low, true),
        case(
            &["-legacy"],
            "RC2-40-CBC",
            &[Reason::FortyBits, FEW, Reason::WeakMacHash, Reason::TripleDes],
            Risk::High,
            true,
        ),
        case(
            &["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
            "3DES-CBC",
            &[Reason::TripleDes, Reason::WeakMacHash, FEW],
            Risk::Moderate,
            true,
        ),
        case(
            &["-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-RC2-40"],
            "RC2-40-CBC",
            &[Reason::FortyBits],
            Risk::High,
            true,
        ),
        case(
            &["-legacy", "-certpbe", "PBE-SHA1-RC2-128", "-keypbe", "PBE-SHA1-RC2-128"],
            "RC2-128-CBC",
            &[Reason::OldCipher],
            Risk::Moderate,
            false,
        ),
        case(
            &["-legacy", "-certpbe", "PBE-SHA1-2DES", "-keypbe", "PBE-SHA1-2DES"],
            "3DES-CBC (2)",
            &[Reason::TripleDes],
            Risk::Moderate,
            false,
        ),
        case(
            &["-legacy", "-certpbe", "PBE-SHA1-RC4-128", "-keypbe", "PBE-SHA1-RC4-40"],
            "RC4-128",
            &[Reason::OldCipher, Reason::FortyBits],
            Risk::High,
            false,
        ),
        case(&["-certpbe", "AES-128-CBC", "-keypbe", "AES-192-CBC"], "AES-128-CBC", &[FEW], Risk::Moderate, true),
        case(
            &["-certpbe", "DES-EDE3-CBC", "-keypbe", "DES-EDE3-CBC"],
            "3DES-CBC",
            &[Reason::TripleDes],
            Risk::Moderate,
            false,
        ),
        case(&["-macalg", "md5"], "AES-256-CBC", &[Reason::WeakMacHash], Risk::Moderate, false),
        case(&["-macalg", "sha224"], "AES-256-CBC", &[FEW], Risk::Moderate, true),
        case(&["-macalg", "sha384"], "AES-256-CBC", &[FEW], Risk::Moderate, true),
        case(&["-macalg", "sha512"], "AES-256-CBC", &[FEW], Risk::Moderate, true),
        case(&["-macalg", "sha512-256"], "AES-256-CBC", &[FEW], Risk::Moderate, false),
        case(&["-nomaciter"], "AES-256-CBC", &[Reason::FewMacIterations], Risk::High, true),
        case(&["-noiter"], "AES-256-CBC", &[FEW], Risk::Moderate, true),
    ];
    let mut agreed = 0;
    for (index, case) in cases.iter().enumerate() {
        let name = format!("openssl-{index}.p12");
        let bytes = bench.export(&name, PASSWORD, case.arguments);
        let store =
            open_store(&bytes, Some(&secret(PASSWORD))).unwrap_or_else(|error| panic!("{:?}: {error}", case.arguments));
        bench.check(&store);
        assert_eq!(store.identities[0].matched, KeyMatch::PublicKey);
        assert_eq!(store.integrity, Integrity::Verified);
        let first = store.layout.protections().next().unwrap();
        assert_eq!(first.cipher.name(), case.cipher, "{:?}", case.arguments);
        let rating = store.layout.rating();
        assert_eq!(rating.risk, case.risk, "{:?}: {rating:?}", case.arguments);
        for reason in case.reasons {
            assert!(rating.reasons.contains(reason), "{reason:?} is missing for {:?}: {rating:?}", case.arguments);
        }
        let agrees = second_decoder_agrees(&bytes, PASSWORD, &store);
        assert!(agrees || !case.second, "the second decoder does not open {:?}", case.arguments);
        agreed += usize::from(agrees);

        // What we say of OpenSSL is what OpenSSL does.
        let said = store.layout.opened_by();
        let said = said.iter().find(|one| one.program == Program::OpenSsl3).unwrap().verdict;
        let (path, pass) = (bench.path(&name), format!("pass:{PASSWORD}"));
        let (does, answer) = judge("openssl", &["pkcs12", "-in", &path, "-passin", &pass, "-nodes"]).unwrap();
        assert_eq!(does, said == Verdict::Yes, "{:?}: we say {said:?}: {answer}", case.arguments);

        let wrong = open_store(&bytes, Some(&secret("Xk29-mPqr-Tv7W"))).unwrap_err();
        assert_eq!(wrong, P12Error::WrongPassword, "{:?}", case.arguments);
    }
    assert!(agreed >= 10, "the second decoder opened {agreed}");
}

#[test]
fn passwords_of_every_script_open() {
    let Some(bench) = bench() else { return };
    for (index, password) in ["sénha-ção", "пароль", "密碼🔐", "ß", " "].into_iter().enumerate() {
        for (kind, arguments) in
            [&[][..], &["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES"]].into_iter().enumerate()
        {
            let bytes = bench.export(&format!("password-{index}-{kind}.p12"), password, arguments);
            let store = open_store(&bytes, Some(&secret(password))).unwrap();
            bench.check(&store);
            let java = store.layout.opened_by().into_iter().find(|one| one.program == Program::Java17).unwrap();
            assert_eq!(java.verdict == Verdict::No, !password.is_ascii(), "{password}: {java:?}");
        }
    }
}

#[test]
fn an_empty_password_opens_without_being_asked_for_and_is_called_that() {
    let Some(bench) = bench() else { return };
    let bytes = bench.export("empty.p12", "", &[]);
    for password in [None, Some(secret(""))] {
        let store = open_store(&bytes, password.as_ref()).unwrap();
        bench.check(&store);
        assert_eq!(store.integrity, Integrity::Verified);
        assert!(store.layout.rating().reasons.contains(&Reason::EmptyPassword));
        assert_eq!(store.layout.rating().risk, Risk::Critical);
    }
}

#[test]
fn a_file_without_mac_is_flagged_and_a_wrong_password_is_found_all_the_same() {
    let Some(bench) = bench() else { return };
    let bytes = bench.export("nomac.p12", PASSWORD, &["-nomac"]);
    let store = open_store(&bytes, Some(&secret(PASSWORD))).unwrap();
    bench.check(&store);
    assert_eq!(store.integrity, Integrity::Unprotected);
    assert_eq!(store.layout.rating().reasons[0], Reason::NoMac);
    assert!(!open(&bytes, &secret(PASSWORD)).unwrap().has_mac);
    assert_eq!(open_store(&bytes, Some(&secret("another"))).unwrap_err(), P12Error::WrongPassword);
}

#[test]
fn bags_in_clear_are_read_and_called_that() {
    let Some(bench) = bench() else { return };
    let clear = ["-certpbe", "NONE", "-keypbe", "NONE"];
    let bytes = bench.export("clear.p12", PASSWORD, &clear);
    let store = open_store(&bytes, Some(&secret(PASSWORD))).unwrap();
    bench.check(&store);
    assert_eq!(store.layout.rating().risk, Risk::Critical);
    assert!(store.layout.rating().reasons.contains(&Reason::UnencryptedKey));
    assert_eq!(store.integrity, Integrity::Verified);
    // Nothing of it needs the password; what is missing without it is the certainty that nobody changed it.
    let without: Option<&SecretString> = None;
    let store = open_store(&bytes, without).unwrap();
    bench.check(&store);
    assert_eq!(store.integrity, Integrity::NotChecked);
    let bytes = bench.export("clear-nomac.p12", PASSWORD, &["-certpbe", "NONE", "-keypbe", "NONE", "-nomac"]);
    assert_eq!(open_store(&bytes, without).unwrap().integrity, Integrity::Unprotected);
}

#[test]
fn the_layout_without_a_password_says_where_and_how() {
    let Some(bench) = bench() else { return };
    let bytes = bench.export("layout.p12", PASSWORD, &["-certpbe", "AES-256-CBC", "-keypbe", "PBE-SHA1-3DES"]);
    let store = open_store(&bytes, None).unwrap();
    assert!(store.identities.is_empty() && store.others.is_empty());
    let layout = store.layout;
    assert_eq!(layout.parts.len(), 2);
    assert_eq!(layout.parts[0].state, State::Locked);
    assert_eq!(layout.bags.len(), 1, "the key's bag lies in clear, its content does not");
    assert_eq!((layout.bags[0].friendly_name.as_deref(), &layout.bags[0].state), (Some("maria"), &State::Locked));
    assert_eq!(layout.bags[0].local_key_id.as_ref().map(Vec::len), Some(20));
    for place in layout.parts.iter().map(|part| part.place).chain([layout.bags[0].place]) {
        assert_eq!(place.part, None);
        assert_eq!(bytes[place.offset], 0x30, "a SEQUENCE begins there");
        assert!(place.offset + place.length <= bytes.len());
    }
    let mac = layout.mac.unwrap();
    assert_eq!((mac.iterations, mac.salt_len, mac.place.offset + mac.place.length), (2048, 8, bytes.len()));
    let complete = open_store(&bytes, Some(&secret(PASSWORD))).unwrap().layout;
    assert_eq!((complete.bags.len(), complete.bags[0].place.part), (5, Some(0)));
}

/// OpenSSL's `pkcs8` knows more than its `pkcs12`: its output is put into a PFX without MAC here.
#[test]
fn keys_sealed_in_every_way_of_pkcs8_open() {
    let Some(bench) = bench() else { return };
    let key = bench.path("leaf.key");
    let pass = format!("pass:{PASSWORD}");
    let ways: [&[&str]; 17] = [
        &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"],
        &["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA224"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA384"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512-256"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithMD5"],
        &["-v2", "des3"],
        &["-v2", "des", "-provider", "legacy", "-provider", "default"],
        &["-v2", "rc2", "-provider", "legacy", "-provider", "default"],
        &["-v2", "rc2-64-cbc", "-provider", "legacy", "-provider", "default"],
        &["-v2", "rc2-40-cbc", "-provider", "legacy", "-provider", "default"],
        &["-scrypt"],
        &["-scrypt", "-scrypt_N", "1024", "-scrypt_r", "4", "-scrypt_p", "3"],
        &["-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default"],
        &["-v1", "PBE-SHA1-RC2-64", "-provider", "legacy", "-provider", "default"],
        &["-v1", "PBE-SHA1-3DES"],
    ];
    let mut opened = 0;
    for way in ways {
        let out = bench.path("key.p8");
        let all = [&["pkcs8", "-topk8", "-in", &key, "-outform", "DER", "-out", &out, "-passout", &pass], way].concat();
        let (ok, said) = judge("openssl", &all).unwrap();
        if !ok {
            eprintln!("openssl does not make {way:?}: {said}");
            continue;
        }
        let bytes = pfx_of(&std::fs::read(&out).unwrap());
        let store = open_store(&bytes, Some(&secret(PASSWORD))).unwrap_or_else(|error| panic!("{way:?}: {error}"));
        assert_eq!(store.loose_keys.len(), 1, "{way:?}: {:?}", store.layout);
        assert_eq!(store.loose_keys[0].algorithm, "rsaEncryption");
        assert_eq!(open_store(&bytes, Some(&secret("another"))).unwrap_err(), P12Error::WrongPassword, "{way:?}");
        opened += 1;
    }
    assert!(opened >= 14, "OpenSSL made only {opened} of them");
}

#[test]
fn what_is_not_known_is_named() {
    let Some(bench) = bench() else { return };
    let bytes = bench.export("camellia.p12", PASSWORD, &["-certpbe", "camellia-256-cbc"]);
    let store = open_store(&bytes, Some(&secret(PASSWORD))).unwrap();
    assert_eq!(store.loose_keys.len(), 1, "the rest is shown");
    assert!(matches!(&store.layout.parts[0].state, State::Unsupported { what } if what.starts_with("1.2.392.")));
    assert!(store.layout.rating().reasons.contains(&Reason::UnknownCipher));
}

#[test]
fn bytes_after_the_end_are_noticed_and_do_no_harm() {
    let Some(bench) = bench() else { return };
    let mut bytes = bench.export("trailing.p12", PASSWORD, &[]);
    bytes.extend_from_slice(b"\r\n");
    let store = open_store(&bytes, Some(&secret(PASSWORD))).unwrap();
    bench.check(&store);
    assert_eq!(store.layout.trailing, 2);
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}

/// A PFX without MAC around an EncryptedPrivateKeyInfo.
fn pfx_of(sealed: &[u8]) -> Vec<u8> {
    const SHROUDED: [u8; 13] = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 0x0a, 1, 2];
    const DATA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let data = |content: &[u8]| tlv(0x30, &[&DATA[..], &tlv(0xa0, &tlv(4, content))].concat());
    let bag = tlv(0x30, &[&SHROUDED[..], &tlv(0xa0, sealed)].concat());
    let safe = tlv(0x30, &data(&tlv(0x30, &bag)));
    tlv(0x30, &[&[2, 1, 3][..], &data(&safe)].concat())
}
