//! Time-stamp tokens that `openssl ts` makes, read here; and tokens over something else.

use std::fs;

use cartorio_ades::cms::algorithm::DigestId;
use cartorio_ades::validate::cms::{ParseError, parse};
use cartorio_ades::validate::timestamp::{ImprintMatch, TimeStamp, imprint};
use cartorio_ades::validate::{BreakReason, Integrity, OpenReason};
use cartorio_core::{Digest, HashAlgorithm};
use time::OffsetDateTime;

use crate::pki::pki;
use crate::reading::{CONTENT, by_openssl};

/// The token that an authority with its own certificate gives over [`CONTENT`].
fn token(name: &str, hash: &str) -> Vec<u8> {
    let pki = pki();
    let own = |end: &str| format!("{name}.{end}");
    let write = |end: &str, text: &[u8]| fs::write(pki.path(&own(end)), text).unwrap();
    write("data", CONTENT);
    write("serial", b"01\n");
    write("ext", b"extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n");
    write(
        "cnf",
        b"[tsa]\ndefault_tsa=own\n[own]\ncrypto_device=builtin\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n\
          digests=sha1,sha256,sha384,sha512\nordering=no\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n\
          clock_precision_digits=3\naccuracy=secs:1\n",
    );
    let key = own("tsa.key");
    let (csr, pem, ext, cnf) = (own("csr"), own("pem"), own("ext"), own("cnf"));
    let (data, query, out, serial) = (own("data"), own("tsq"), own("tst"), own("serial"));
    let cnf_text = [fs::read(pki.path(&cnf)).unwrap(), format!("serial={serial}\n").into_bytes()].concat();
    fs::write(pki.path(&cnf), cnf_text).unwrap();
    let subject = "/C=BR/O=Teste/CN=Carimbo do tempo";
    pki.openssl(&["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", &key, "-subj", subject, "-out", &csr]);
    pki.openssl(&[
        "x509",
        "-req",
        "-in",
        &csr,
        "-CA",
        "middle.pem",
        "-CAkey",
        "middle.key",
        "-set_serial",
        "77",
        "-days",
        "3650",
        "-extfile",
        &ext,
        "-out",
        &pem,
    ]);
    pki.openssl(&["ts", "-query", "-data", &data, &format!("-{hash}"), "-cert", "-out", &query]);
    pki.openssl(&[
        "ts",
        "-reply",
        "-config",
        &cnf,
        "-queryfile",
        &query,
        "-signer",
        &pem,
        "-inkey",
        &key,
        "-chain",
        "chain.pem",
        "-token_out",
        "-out",
        &out,
    ]);
    fs::read(pki.path(&out)).unwrap()
}

fn judged(cms: &[u8], content: &[u8]) -> (ImprintMatch, Integrity) {
    let token = TimeStamp::read(&parse(cms).unwrap()).unwrap();
    token.judge(|hash| Ok::<_, ()>(Digest::of(hash, content))).unwrap()
}

#[test]
fn a_token_holds_over_its_own_content_alone() {
    let cms = token("stamp", "sha512");
    let found = imprint(&cms).unwrap();
    assert_eq!(found.hash, DigestId::Known(HashAlgorithm::Sha512));
    assert_eq!(found.value, Digest::of(HashAlgorithm::Sha512, CONTENT).as_bytes());
    assert_eq!(found.policy.to_string(), "1.2.3.4");
    assert!((OffsetDateTime::now_utc() - found.gen_time).whole_seconds().abs() < 600, "{}", found.gen_time);
    assert_eq!(judged(&cms, CONTENT), (ImprintMatch::Matches(HashAlgorithm::Sha512), Integrity::Ok));
    let (compared, integrity) = judged(&cms, b"outro");
    assert!(matches!(compared, ImprintMatch::Differs { .. }));
    assert_eq!(integrity, Integrity::Broken { reason: BreakReason::ContentChanged });
}

/// An attacker who exchanges the imprint breaks the authority's signature over the TSTInfo.
#[test]
fn an_exchanged_imprint_breaks_the_authoritys_signature() {
    let cms = token("forged", "sha256");
    let (old, new) = (Digest::of(HashAlgorithm::Sha256, CONTENT), Digest::of(HashAlgorithm::Sha256, b"outro"));
    let at = cms.windows(32).position(|window| window == old.as_bytes()).unwrap();
    let mut forged = cms;
    forged[at..at + 32].copy_from_slice(new.as_bytes());
    let (compared, integrity) = judged(&forged, b"outro");
    assert_eq!(compared, ImprintMatch::Matches(HashAlgorithm::Sha256));
    assert_eq!(integrity, Integrity::Broken { reason: BreakReason::ContentChanged });
}

#[test]
fn an_imprint_with_a_broken_hash_proves_nothing() {
    let (compared, integrity) = judged(&token("weak", "sha1"), CONTENT);
    let reason = OpenReason::WeakAlgorithm("SHA-1");
    assert_eq!(compared, ImprintMatch::Unchecked(reason.clone()));
    assert_eq!(integrity, Integrity::Undecidable { reason });
}

#[test]
fn a_signature_over_plain_data_is_no_token() {
    let cms = by_openssl("no-token", "rsa", &["-nodetach"]);
    assert!(matches!(imprint(&cms), Err(ParseError::NotTimeStamp(_))));
    assert!(matches!(TimeStamp::read(&parse(&cms).unwrap()), Err(ParseError::NotTimeStamp(_))));
}

/// RFC 3161 §2.4.2: a token has no signature but the authority's.
#[test]
fn a_token_with_a_second_signer_is_refused() {
    let pki = pki();
    fs::write(pki.path("second.tst"), token("second", "sha256")).unwrap();
    pki.openssl(&[
        "cms",
        "-resign",
        "-inform",
        "DER",
        "-in",
        "second.tst",
        "-signer",
        "rsa.pem",
        "-inkey",
        "rsa.key",
        "-outform",
        "DER",
        "-out",
        "second.cms",
    ]);
    let cms = fs::read(pki.path("second.cms")).unwrap();
    assert!(imprint(&cms).is_ok());
    assert!(matches!(TimeStamp::read(&parse(&cms).unwrap()), Err(ParseError::Malformed(_))));
}
