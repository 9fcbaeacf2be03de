//! DER in small, and ITI's roots from its own files where they are at hand.
#![allow(dead_code, clippy::unwrap_used, clippy::print_stderr, reason = "tests, of which each takes what it needs")]

use std::path::{Path, PathBuf};

use cartorio_pki::Certificate;
use cartorio_policy::artifact::SignaturePolicy;

/// An element.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        length @ 0..=0x7f => out.push(length as u8),
        length @ 0x80..=0xff => out.extend([0x81, length as u8]),
        length => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend(content);
    out
}

pub fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

pub fn oid(dotted: &str) -> Vec<u8> {
    tlv(6, &[const_oid::ObjectIdentifier::new(dotted).unwrap().as_bytes()])
}

/// `YYYYMMDDHHMMSSZ`.
pub fn time(text: &str) -> Vec<u8> {
    tlv(0x18, &[text.as_bytes()])
}

/// The folder of ITI's files.
pub fn folder() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("../shared/corpus/icp-brasil/policies"))
        .find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("left out: the policy files are not here");
    }
    found
}

/// A root of ICP-Brasil, out of the policies that trust it.
pub fn root(name: &str) -> Option<Certificate> {
    let folder = folder()?;
    for file in ["PA_AD_RB_v2_4.der", "PA_AD_RB_v2_3.der", "PA_AD_RB.der"] {
        let policy = SignaturePolicy::from_der(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        let roots = policy.trust.iter().map(|point| Certificate::from_der(&point.certificate).unwrap());
        for root in roots {
            if cartorio_policy::root_name(&root.fingerprint()) == Some(name) {
                return Some(root);
            }
        }
    }
    None
}
