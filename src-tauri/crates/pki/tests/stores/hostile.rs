//! Files that were changed, and files that want to keep the program busy.

use cartorio_pki::p12::keystore::{self, LimitKind, Limits, StoreError};
use cartorio_pki::p12::{OpenedStore, P12Error, open_store, open_store_within};
use proptest::prelude::*;

use crate::bench::{PASSWORD, bench, secret};

/// What a change must not alter unnoticed.
fn content(store: &OpenedStore) -> (Vec<Vec<u8>>, Vec<Vec<u8>>, Vec<Option<String>>) {
    let keys = store.identities.iter().map(|one| one.key.expose().to_vec());
    let keys = keys.chain(store.loose_keys.iter().map(|one| one.key.expose().to_vec())).collect();
    let certificates = store.certificates().into_iter().map(|one| one.der.clone()).collect();
    (keys, certificates, store.identities.iter().map(|one| one.friendly_name.clone()).collect())
}

#[test]
fn no_flipped_byte_gives_another_content_where_there_is_a_mac() {
    let Some(bench) = bench() else { return };
    let password = secret(PASSWORD);
    for arguments in
        [&["-iter", "1"][..], &["-iter", "1", "-certpbe", "NONE", "-keypbe", "NONE"], &["-iter", "1", "-legacy"]]
    {
        let bytes = bench.export("flip.p12", PASSWORD, arguments);
        let expected = content(&open_store(&bytes, Some(&password)).unwrap());
        let mut refused = 0;
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                // Few iterations keep this short; a flipped count of them must not.
                let limits = Limits { work: 200_000, ..Limits::default() };
                match open_store_within(&changed, Some(&password), &limits) {
                    // A few bytes mean nothing: a length written in another way, the MAC's own NULL.
                    Ok(store) => assert_eq!(content(&store), expected, "byte {at} of {arguments:?}"),
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(refused > bytes.len() * 2 * 98 / 100, "{refused} of {} refused", bytes.len() * 2);
    }
}

#[test]
fn a_file_that_lost_its_mac_says_so() {
    let Some(bench) = bench() else { return };
    let bytes = bench.export("cut.p12", PASSWORD, &["-certpbe", "NONE", "-keypbe", "NONE"]);
    let mac = open_store(&bytes, Some(&secret(PASSWORD))).unwrap().layout.mac.unwrap().place;
    // The outer SEQUENCE has a length of two bytes: it gets that of a file without MAC.
    let mut cut = bytes[..mac.offset].to_vec();
    let length = u16::try_from(cut.len() - 4).unwrap().to_be_bytes();
    cut[2..4].copy_from_slice(&length);
    let store = open_store(&cut, Some(&secret(PASSWORD))).unwrap();
    assert_eq!(store.integrity, keystore::Integrity::Unprotected);
    assert!(store.layout.rating().reasons.contains(&keystore::Reason::NoMac));
}

#[test]
fn what_would_take_too_long_is_refused_by_name() {
    let Some(bench) = bench() else { return };
    let bytes = bench.export("slow.p12", PASSWORD, &["-iter", "50000"]);
    let limits = Limits { iterations: 49_999, ..Limits::default() };
    let error = open_store_within(&bytes, Some(&secret(PASSWORD)), &limits).unwrap_err();
    assert_eq!(error, P12Error::Limit { what: "iterations", limit: 49_999, actual: 50_000 });
    let limits = Limits { work: 200_000, ..Limits::default() };
    let error = open_store_within(&bytes, Some(&secret(PASSWORD)), &limits).unwrap_err();
    assert!(matches!(error, P12Error::Limit { what: "work", .. }), "{error:?}");
    // Looking costs nothing, whatever the file asks for.
    assert!(keystore::inspect(&bytes, &Limits { work: 0, ..Limits::default() }).is_ok());
    let limits = Limits { bags: 2, ..Limits::default() };
    let error = keystore::open(&bytes, Some(&secret(PASSWORD)), &limits).unwrap_err();
    assert!(matches!(error, StoreError::Limit { what: LimitKind::Bags, .. }), "{error:?}");
    let limits = Limits { file_size: 100, ..Limits::default() };
    assert!(matches!(keystore::inspect(&bytes, &limits), Err(StoreError::Limit { what: LimitKind::FileSize, .. })));
}

/// Limits in which a mutant is done at once.
const SMALL: Limits = Limits {
    file_size: 1 << 20,
    depth: 32,
    elements: 100_000,
    bags: 200,
    iterations: 5_000,
    work: 50_000,
    kdf_memory: 1 << 20,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..4_u8) {
        let head: &[u8] = match kind {
            0 => &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 3],
            1 => &[0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xac, 0xed, 0, 5, 0x73, 0x72],
            2 => &[0x30, 0x80, 2, 1, 3, 0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1, 0xa0, 0x80, 0x24, 0x80],
            _ => &[],
        };
        let all = [head, &bytes].concat();
        let _ = keystore::detect(&all);
        let _ = keystore::inspect(&all, &SMALL);
        let _ = keystore::open(&all, None, &SMALL);
        let _ = open_store_within(&all, Some(&secret("x")), &SMALL);
    }

    #[test]
    fn any_change_is_survived(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6), which in 0..3_usize) {
        let Some(bench) = bench() else { return Ok(()) };
        static FILES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
        let files = FILES.get_or_init(|| vec![
            bench.export("mutant-0.p12", PASSWORD, &["-nomac", "-iter", "10"]),
            bench.export("mutant-1.p12", PASSWORD, &["-nomac", "-certpbe", "NONE", "-keypbe", "NONE"]),
            bench.export("mutant-2.p12", PASSWORD, &["-iter", "10", "-legacy"]),
        ]);
        let mut mutant = files[which].clone();
        for (at, byte) in changes {
            let at = at.index(mutant.len());
            mutant[at] = byte;
        }
        if let Ok(store) = open_store_within(&mutant, Some(&secret(PASSWORD)), &SMALL) {
            let _ = (store.layout.rating(), store.layout.opened_by(), store.certificates());
        }
        let _ = keystore::open(&mutant, None, &SMALL).map(|opened| opened.layout.rating());
    }
}

#[test]
fn a_broken_bag_is_shown_with_its_place_beside_the_others() {
    let Some(bench) = bench() else { return };
    let mut bytes = bench.export("broken.p12", PASSWORD, &["-certpbe", "NONE", "-keypbe", "NONE", "-nomac"]);
    let whole = open_store(&bytes, None).unwrap();
    let bag = &whole.layout.bags[1];
    assert_eq!(bag.kind, keystore::BagKind::Certificate);
    // Its type is no longer an object identifier.
    let at = (bag.place.offset..).find(|at| bytes[*at] == 0x06).unwrap();
    bytes[at] = 0x04;
    let store = open_store(&bytes, None).unwrap();
    assert_eq!((store.identities.len(), store.certificates().len()), (1, 3));
    let states: Vec<bool> = store.layout.bags.iter().map(|bag| bag.state == keystore::State::Read).collect();
    assert_eq!(states, [true, false, true, true, true]);
    let broken = &store.layout.bags[1];
    let expected = keystore::State::Malformed { offset: at, part: None, reason: "a bag has no type" };
    assert_eq!((&broken.state, broken.place), (&expected, bag.place));

    let half = &bytes[..bytes.len() / 2];
    let error = open_store(half, None).unwrap_err();
    assert_eq!(error, P12Error::Malformed { offset: 0, reason: "the data ends inside an element".to_owned() });
}
