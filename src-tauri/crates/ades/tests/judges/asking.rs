//! Questions made here, answered by `openssl ts`, and its answers taken or refused here.

use std::fs;
use std::process::Output;

use cartorio_ades::create::timestamp::{FailInfo, Query, TimestampError};
use cartorio_ades::validate::Integrity;
use cartorio_ades::validate::cms::parse;
use cartorio_ades::validate::timestamp::{ImprintMatch, TimeStamp};
use cartorio_core::{Digest, HashAlgorithm};
use const_oid::ObjectIdentifier as Oid;
use time::OffsetDateTime;

use crate::pki::pki;
use crate::reading::CONTENT;

const NONCE: [u8; 16] = [0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// An authority of `openssl ts` with its own files, named `name`.
fn authority(name: &str, key: &[&str]) {
    let pki = pki();
    let own = |end: &str| format!("{name}.{end}");
    fs::write(pki.path(&own("serial")), "01\n").unwrap();
    fs::write(pki.path(&own("ext")), "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n")
        .unwrap();
    let config = format!(
        "[tsa]\ndefault_tsa=own\n[own]\nserial={}\ncrypto_device=builtin\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n\
         other_policies=1.2.3.5\ndigests=sha256,sha512\nordering=yes\ntsa_name=yes\ness_cert_id_chain=yes\n\
         ess_cert_id_alg=sha256\nclock_precision_digits=3\naccuracy=secs:1,millisecs:500\n",
        own("serial")
    );
    fs::write(pki.path(&own("cnf")), config).unwrap();
    let subject = format!("/C=BR/O=Teste/CN=Carimbo {name}");
    let mut request = vec!["req", "-new", "-nodes", "-newkey"];
    let (key_file, csr, pem, ext) = (own("key"), own("csr"), own("pem"), own("ext"));
    request.extend(key);
    request.extend(["-keyout", &key_file, "-subj", &subject, "-out", &csr]);
    pki.openssl(&request);
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
        "0x77aa",
        "-days",
        "3650",
        "-extfile",
        &ext,
        "-out",
        &pem,
    ]);
}

fn answer(name: &str, query: &Query) -> (Output, Vec<u8>) {
    let pki = pki();
    let own = |end: &str| format!("{name}.{end}");
    let (cnf, tsq, pem, key, out) = (own("cnf"), own("tsq"), own("pem"), own("key"), own("tsr"));
    fs::write(pki.path(&tsq), query.der()).unwrap();
    let output = pki.try_openssl(&[
        "ts",
        "-reply",
        "-config",
        &cnf,
        "-queryfile",
        &tsq,
        "-signer",
        &pem,
        "-inkey",
        &key,
        "-chain",
        "chain.pem",
        "-out",
        &out,
    ]);
    let bytes = fs::read(pki.path(&out)).unwrap_or_default();
    (output, bytes)
}

#[test]
fn openssl_answers_our_questions_and_we_take_its_answers() {
    let rsa: &[&str] = &["rsa:2048"];
    let ec: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    for (name, key) in [("asked-rsa", rsa), ("asked-ec", ec)] {
        authority(name, key);
        for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha512] {
            for policy in [None, Some(Oid::new_unwrap("1.2.3.5"))] {
                let query = Query::new(Digest::of(hash, CONTENT), NONCE, policy);
                let (_, response) = answer(name, &query);
                let token = query.accept(&response).unwrap();
                assert!((OffsetDateTime::now_utc() - token.gen_time).whole_seconds().abs() < 600);
                assert_eq!(token.policy, policy.unwrap_or(Oid::new_unwrap("1.2.3.4")));
                assert_eq!(token.certificates.len(), 3, "its own, the intermediate, the root");
                // What is validated elsewhere agrees.
                let read = TimeStamp::read(&parse(&token.der).unwrap()).unwrap();
                assert_eq!(read.signer.certificate.as_ref().unwrap().der, token.certificates[0]);
                let judged = read.judge(|hash| Ok::<_, ()>(Digest::of(hash, CONTENT))).unwrap();
                assert_eq!(judged, (ImprintMatch::Matches(hash), Integrity::Ok));
                let (tsq, tsr) = (format!("{name}.tsq"), format!("{name}.tsr"));
                pki().openssl(&["ts", "-verify", "-queryfile", &tsq, "-in", &tsr, "-CAfile", "chain.pem"]);
                // Another question with another nonce or about other data.
                let other = Query::new(Digest::of(hash, CONTENT), [7; 16], policy);
                assert_eq!(other.accept(&response).unwrap_err(), TimestampError::WrongNonce { missing: false });
                let other = Query::new(Digest::of(hash, b"outro"), NONCE, policy);
                assert_eq!(other.accept(&response).unwrap_err(), TimestampError::WrongImprint);
            }
        }
    }
}

#[test]
fn openssl_refuses_and_we_say_why() {
    authority("asked-refusing", &["rsa:2048"]);
    let of = |hash, policy| {
        let query = Query::new(Digest::of(hash, CONTENT), NONCE, policy);
        query.accept(&answer("asked-refusing", &query).1).unwrap_err()
    };
    for (error, failure) in [
        (of(HashAlgorithm::Sha384, None), FailInfo::BadAlgorithm),
        (of(HashAlgorithm::Sha256, Some(Oid::new_unwrap("1.2.3.99"))), FailInfo::UnacceptedPolicy),
    ] {
        match error {
            TimestampError::Rejected { failures, text, .. } => {
                assert_eq!(failures, [failure]);
                assert!(!text.is_empty(), "openssl says something");
            }
            other => panic!("{other}"),
        }
    }
}
