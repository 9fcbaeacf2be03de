//! The bindings from outside: every error, lists and entries, many threads, nothing left behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use cartorio_engine::{Anchor, Cert, Crl, ErrorCode, Params, RevokedEntry, verify};
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, KeyUsage};
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder};
use time::macros::datetime;

/// 2023-11-14.
const START: i64 = 1_700_000_000;
const END: i64 = START + 1_000_000;

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn name(text: &str) -> X509Name {
    let mut builder = X509NameBuilder::new().unwrap();
    builder.append_entry_by_nid(Nid::COMMONNAME, text).unwrap();
    builder.build()
}

fn make(subject: &str, issuer: &str, own: &PKey<Private>, by: &PKey<Private>, ca: bool, serial: u32) -> Cert {
    let mut builder: X509Builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name(subject)).unwrap();
    builder.set_issuer_name(&name(issuer)).unwrap();
    builder.set_pubkey(own).unwrap();
    let number = BigNum::from_u32(serial).unwrap();
    builder.set_serial_number(&Asn1Integer::from_bn(&number).unwrap()).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(START).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(END).unwrap()).unwrap();
    if ca {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        let usage = KeyUsage::new().critical().key_cert_sign().crl_sign().build().unwrap();
        builder.append_extension(usage).unwrap();
    }
    builder.sign(by, MessageDigest::sha256()).unwrap();
    Cert::from_der(&builder.build().to_der().unwrap()).unwrap()
}

struct Chain {
    leaf: Cert,
    middle: Cert,
    root: Cert,
}

fn chain(middle_is_ca: bool) -> Chain {
    let (root, middle, leaf) = (key(), key(), key());
    Chain {
        leaf: make("L", "M", &leaf, &middle, false, 3),
        middle: make("M", "R", &middle, &root, middle_is_ca, 2),
        root: make("R", "R", &root, &root, true, 1),
    }
}

fn at(seconds: i64) -> Params<'static> {
    Params::new(time::OffsetDateTime::from_unix_timestamp(seconds).unwrap())
}

fn codes(chain: &Chain, params: &Params<'_>) -> Vec<(ErrorCode, usize)> {
    let anchor = Anchor::new(&chain.root).unwrap();
    let outcome = verify(&[&chain.leaf, &chain.middle, &chain.root], &anchor, &[], &[], params).unwrap();
    outcome.errors.iter().map(|error| (error.code, error.depth)).collect()
}

#[test]
fn a_sound_path_has_no_error_and_the_last_second_belongs_to_it() {
    let chain = chain(true);
    for moment in [START, START + 1, END] {
        assert_eq!(codes(&chain, &at(moment)), []);
    }
    let expired =
        [(ErrorCode::CERT_HAS_EXPIRED, 2), (ErrorCode::CERT_HAS_EXPIRED, 1), (ErrorCode::CERT_HAS_EXPIRED, 0)];
    assert_eq!(codes(&chain, &at(END + 1)), expired, "all three");
}

#[test]
fn every_error_is_told_and_not_the_first() {
    let found = codes(&chain(false), &at(END + 1));
    assert!(found.contains(&(ErrorCode::INVALID_CA, 1)), "{found:?}");
    assert_eq!(found.iter().filter(|(code, _)| *code == ErrorCode::CERT_HAS_EXPIRED).count(), 3);
}

#[test]
fn the_path_that_is_asked_for_is_the_one_that_is_judged() {
    let (chain, other) = (chain(true), chain(true));
    let anchor = Anchor::new(&chain.root).unwrap();
    // Another CA of the same name and another key: the signature is wrong, whatever else is lying about.
    let path = [&chain.leaf, &other.middle, &chain.root];
    let outcome = verify(&path, &anchor, &[&chain.middle], &[], &at(START + 1)).unwrap();
    let wrong: Vec<_> = outcome.errors.iter().map(|error| (error.code, error.depth)).collect();
    let failure = ErrorCode::CERT_SIGNATURE_FAILURE;
    assert_eq!((outcome.as_asked, wrong), (true, vec![(failure, 1), (failure, 0)]));
    // An anchor in the middle, and one at the bottom.
    let middle = Anchor::new(&chain.middle).unwrap();
    assert_eq!(verify(&[&chain.leaf, &chain.middle], &middle, &[], &[], &at(START + 1)).unwrap().errors, []);
    let leaf = Anchor::new(&chain.leaf).unwrap();
    assert_eq!(verify(&[&chain.leaf], &leaf, &[], &[], &at(START + 1)).unwrap().errors, []);
    // Not the anchor's own handle: refused, not guessed.
    assert!(verify(&[&chain.leaf, &chain.middle, &other.root], &anchor, &[], &[], &at(START)).is_err());
    assert!(verify(&[], &anchor, &[], &[], &at(START)).is_err());
}

#[test]
fn policies_are_told_and_a_malformed_one_is_an_error() {
    let chain = chain(true);
    let mut params = at(START + 1);
    params.explicit_policy = true;
    assert_eq!(codes(&chain, &params), [(ErrorCode::NO_EXPLICIT_POLICY, 0)]);
    let anchor = Anchor::new(&chain.root).unwrap();
    let policies = ["not an identifier".to_owned()];
    params.policies = &policies;
    assert!(verify(&[&chain.leaf, &chain.middle, &chain.root], &anchor, &[], &[], &params).is_err());
}

#[test]
fn without_lists_every_certificate_below_the_anchor_lacks_one() {
    let mut params = at(START + 1);
    params.revocation = true;
    let missing = ErrorCode::UNABLE_TO_GET_CRL;
    assert_eq!(codes(&chain(true), &params), [(missing, 0), (missing, 1)]);
    assert!(Crl::from_der(b"no list").is_err());
    assert!(matches!(Some(RevokedEntry::Removed), Some(RevokedEntry::Removed)));
}

#[test]
fn threads_share_certificates_and_anchors() {
    let chain = chain(true);
    let anchor = Anchor::new(&chain.root).unwrap();
    let moments = [START + 1, END + 1];
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for round in 0..500 {
                    let params = at(moments[round % 2]);
                    let path = [&chain.leaf, &chain.middle, &chain.root];
                    let outcome = verify(&path, &anchor, &[&chain.middle], &[], &params).unwrap();
                    assert_eq!(outcome.errors.len(), if round % 2 == 0 { 0 } else { 3 });
                    assert!(openssl::error::ErrorStack::get().errors().is_empty());
                }
            });
        }
    });
}

#[test]
fn names_of_peers() {
    let chain = chain(true);
    assert!(!chain.leaf.matches_host("L"), "never the common name");
    assert!(!chain.leaf.matches_host("") && !chain.leaf.matches_email("") && !chain.leaf.matches_host("a\0b"));
    assert!(!chain.leaf.matches_ip([127, 0, 0, 1].into()));
    assert_eq!(datetime!(2023-11-14 22:13:20 UTC).unix_timestamp(), START);
}
