//! Damaged and crafted input: no panic, bounded time.

use std::time::{Duration, Instant};

use cartorio_ades::validate::cms::{parse, verify_detached, verify_enclosed};
use cartorio_core::Digest;
use proptest::prelude::*;

use crate::reading::{CONTENT, by_openssl};

fn exercise(bytes: &[u8]) {
    if let Ok(view) = parse(bytes) {
        let _ = verify_enclosed(&view);
        let _ = verify_detached(&view, |hash| Ok::<_, ()>(Digest::of(hash, CONTENT)));
        let _ = view.revocation().count();
    }
}

#[test]
fn mutated_signatures_never_panic() {
    let blobs = [
        by_openssl("hostile-der", "p256", &["-cades"]),
        by_openssl("hostile-ber", "p256", &["-cades", "-nodetach", "-stream"]),
        by_openssl("hostile-rsa", "rsa", &["-keyid", "-noattr"]),
    ];
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..4_u8);
    let cases = (0..blobs.len(), prop::collection::vec(change, 1..12));
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((which, changes) in cases)| {
        let mut bytes = blobs[which].clone();
        for (index, value, how) in changes {
            let at = index.index(bytes.len());
            match how {
                0 => bytes[at] = value,
                1 => bytes[at] ^= 1 << (value % 8),
                2 => bytes.insert(at, value),
                _ => { bytes.remove(at); }
            }
        }
        exercise(&bytes);
    });
}

#[test]
fn every_cut_of_a_signature_is_refused() {
    for (name, options) in [("cut-der", &["-cades"][..]), ("cut-ber", &["-cades", "-nodetach", "-stream"])] {
        let whole = by_openssl(name, "p256", options);
        for len in 0..whole.len() {
            assert!(parse(&whole[..len]).is_err(), "{name}: {len} of {} bytes", whole.len());
        }
    }
}

#[test]
fn crafted_input_is_answered_quickly() {
    const SIZE: usize = 4 << 20;
    let definite =
        |tag: u8, body: &[u8]| [&[tag, 0x84][..], &u32::try_from(body.len()).unwrap().to_be_bytes(), body].concat();
    let mut nested = [0x05, 0].repeat(SIZE / 2);
    for _ in 0..60 {
        nested = definite(0x30, &nested);
    }
    let mut octets = definite(0x04, &vec![7; SIZE]);
    for _ in 0..60 {
        octets = definite(0x24, &octets);
    }
    let inputs = [
        [0x30, 0x80].repeat(SIZE / 2),
        definite(0x30, &[0x30, 0x80, 0, 0].repeat(SIZE / 4)),
        definite(0x30, &[0x24, 0x80, 0, 0].repeat(SIZE / 4)),
        nested,
        octets,
        vec![0xff; SIZE],
        [0x30, 0x88].repeat(SIZE / 2),
    ];
    for (index, input) in inputs.iter().enumerate() {
        let start = Instant::now();
        exercise(input);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(10), "input {index}: {took:?}");
    }
}
