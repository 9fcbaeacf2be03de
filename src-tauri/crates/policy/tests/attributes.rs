//! The signed attributes, each fault by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod support;

use cartorio_keys::KeySpec;
use cartorio_pki::Certificate;
use cartorio_policy::preflight::{check_attributes, code};
use cartorio_policy::{Family, Policy, PolicyLevel, current};
use cartorio_testkit::pki::MiniPki;
use support::{oid, seq, time, tlv};
use time::macros::datetime;

const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const POLICY: &str = "1.2.840.113549.1.9.16.2.15";
const CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.47";

fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
    seq(&[&oid(name), &tlv(0x31, &[value])])
}

/// Issuer and serial number by walking the TBSCertificate by hand.
fn issuer_and_serial(certificate: &Certificate) -> (Vec<u8>, Vec<u8>) {
    let elements = elements(content(certificate.tbs()));
    (elements[3].clone(), elements[1].clone())
}

fn content(bytes: &[u8]) -> &[u8] {
    match bytes[1] {
        0x81 => &bytes[3..],
        0x82 => &bytes[4..],
        _ => &bytes[2..],
    }
}

fn elements(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let length = match bytes[1] {
            0x81 => 3 + usize::from(bytes[2]),
            0x82 => 4 + (usize::from(bytes[2]) << 8) + usize::from(bytes[3]),
            length => 2 + usize::from(length),
        };
        out.push(bytes[..length].to_vec());
        bytes = &bytes[length..];
    }
    out
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    cartorio_core::Digest::of(cartorio_core::HashAlgorithm::Sha256, bytes).as_bytes().to_vec()
}

fn decode(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

struct Scene {
    pki: MiniPki,
    policy: &'static Policy,
}

impl Scene {
    fn new() -> Self {
        let policy = current(Family::Pades, PolicyLevel::AdRb, datetime!(2026-06-01 0:00 UTC)).unwrap();
        Self { pki: MiniPki::new(KeySpec::EcP256), policy }
    }

    fn policy_id(&self, id: &str, hash: &[u8]) -> Vec<u8> {
        let hash = seq(&[&seq(&[&oid(SHA256)]), &tlv(4, &[hash])]);
        let uri = seq(&[&oid("1.2.840.113549.1.9.16.5.1"), &tlv(0x16, &[self.policy.uri.as_bytes()])]);
        attribute(POLICY, &seq(&[&oid(id), &hash, &seq(&[&uri])]))
    }

    fn certificate(&self, digest: &[u8], issuer_serial: &[u8]) -> Vec<u8> {
        attribute(CERTIFICATE, &seq(&[&seq(&[&seq(&[&tlv(4, &[digest]), issuer_serial])])]))
    }

    fn right(&self) -> Vec<Vec<u8>> {
        let (issuer, serial) = issuer_and_serial(self.pki.leaf());
        let names = seq(&[&seq(&[&tlv(0xa4, &[&issuer])]), &serial]);
        vec![
            attribute("1.2.840.113549.1.9.3", &oid("1.2.840.113549.1.7.1")),
            attribute("1.2.840.113549.1.9.4", &tlv(4, &[&[7; 32]])),
            self.certificate(&sha256(&self.pki.leaf().der), &names),
            self.policy_id(&self.policy.oid.to_string(), &decode(self.policy.policy_hash.hex)),
        ]
    }

    fn check(&self, attributes: &[Vec<u8>]) -> Vec<&'static str> {
        let set = tlv(0x31, &[&attributes.concat()]);
        let refusals = check_attributes(Family::Pades, Some(self.policy), self.pki.leaf(), &set);
        refusals.into_iter().map(|refusal| refusal.code).collect()
    }

    /// The right ones with one in place of another.
    fn with(&self, place: usize, attribute: Vec<u8>) -> Vec<&'static str> {
        let mut attributes = self.right();
        attributes[place] = attribute;
        self.check(&attributes)
    }
}

#[test]
fn right_ones_are_refused_by_nothing() {
    let scene = Scene::new();
    assert!(scene.check(&scene.right()).is_empty());
    let bare = scene.certificate(&sha256(&scene.pki.leaf().der), &[]);
    assert!(scene.with(2, bare).is_empty(), "IssuerSerial may be left out");
}

#[test]
fn each_fault_by_itself() {
    let scene = Scene::new();
    let right = scene.right();
    let time = attribute("1.2.840.113549.1.9.5", &time("20260601000000Z"));
    assert_eq!(scene.check(&[right.clone(), vec![time]].concat()), [code::SIGNING_TIME]);
    assert_eq!(scene.check(&right[..3]), [code::ATTRIBUTE_MISSING]);
    assert_eq!(scene.check(&[right.clone(), right[..1].to_vec()].concat()), [code::ATTRIBUTE_TWICE]);
    let hash = decode(scene.policy.policy_hash.hex);
    let file = decode(scene.policy.file_sha256);
    let own = scene.policy.oid.to_string();
    assert_eq!(scene.with(3, scene.policy_id("2.16.76.1.7.1.11.1.1", &hash)), [code::POLICY_REFERENCE]);
    assert_eq!(scene.with(3, scene.policy_id(&own, &file)), [code::POLICY_REFERENCE], "the file's digest is another");

    let digest = sha256(&scene.pki.leaf().der);
    let (issuer, serial) = issuer_and_serial(scene.pki.leaf());
    assert_eq!(scene.with(2, scene.certificate(&sha256(b"other"), &[])), [code::SIGNING_CERTIFICATE]);
    // SHA-256 is the DEFAULT: DER does not write it.
    let written = seq(&[&seq(&[&seq(&[&seq(&[&oid(SHA256)]), &tlv(4, &[&digest])])])]);
    assert_eq!(scene.with(2, attribute(CERTIFICATE, &written)), [code::SIGNING_CERTIFICATE]);
    let names = |names: &[u8], number: &[u8]| scene.certificate(&digest, &seq(&[&seq(&[names]), number]));
    assert_eq!(scene.with(2, names(&issuer, &serial)), [code::ISSUER_SERIAL], "a name that is no GeneralName");
    let turned: Vec<u8> = elements(content(&issuer)).into_iter().rev().flatten().collect();
    let turned = tlv(0xa4, &[&seq(&[&turned])]);
    assert_eq!(scene.with(2, names(&turned, &serial)), [code::ISSUER_SERIAL], "the order of the RDNs");
    let right = tlv(0xa4, &[&issuer]);
    assert_eq!(scene.with(2, names(&right, &tlv(2, &[&[9]]))), [code::ISSUER_SERIAL]);
    let refusals = check_attributes(Family::Pades, None, scene.pki.leaf(), &[0x31, 0x80, 0, 0]);
    assert_eq!(refusals[0].code, code::ATTRIBUTES_UNREADABLE);
}
