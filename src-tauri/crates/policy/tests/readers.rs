//! Readers on what anybody may hand in, and lists signed by OpenSSL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod support;

use std::process::Command;

use cartorio_policy::artifact::{ListSignature, PolicyList, SignaturePolicy, SignatureState};
use cartorio_policy::preflight::{check_attributes, code};
use cartorio_policy::{ArtifactStore, Family, ImportError, Imported, Version, all, by_oid};
use proptest::prelude::*;
use support::{oid, seq, time, tlv};
use time::macros::datetime;

const SHA256: &str = "2.16.840.1.101.3.4.2.1";

fn hash(value: &[u8]) -> Vec<u8> {
    seq(&[&seq(&[&oid(SHA256)]), &tlv(4, &[value])])
}

fn entry(from: &str, policy: &str, digest: &[u8]) -> Vec<u8> {
    let period = seq(&[&time(from), &time("20361231235959Z")]);
    seq(&[&period, &oid(policy), &tlv(0x16, &[b"http://exemplo.br"]), &hash(digest)])
}

fn list(entries: &[Vec<u8>], next: &str) -> Vec<u8> {
    seq(&[&seq(&[&entries.concat()]), &time(next)])
}

/// A list with one policy of the table, as ITI would issue it later.
fn later(next: &str) -> Vec<u8> {
    let known = by_oid(const_oid::ObjectIdentifier::new_unwrap("2.16.76.1.7.1.11.1.3")).unwrap();
    let digest: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&known.file_sha256[at..at + 2], 16).unwrap()).collect();
    list(&[entry("20250723000000Z", "2.16.76.1.7.1.11.1.3", &digest)], next)
}

/// A policy with so many attributes, without its own hash.
fn policy(attributes: &[Vec<u8>], bits: u16) -> Vec<u8> {
    let names = seq(&[&tlv(0xa4, &[&seq(&[])])]);
    let period = seq(&[&time("20260101000000Z"), &time("20361231235959Z")]);
    let signer = seq(&[&seq(&[&attributes.concat()]), &seq(&[]), &tlv(0xa1, &[&tlv(0x0a, &[&[1]])])]);
    let both = tlv(0xa0, &[&seq(&[&signer, &seq(&[&seq(&[])])])]);
    let size = tlv(2, &[&[(bits >> 8) as u8 & 0x7f, bits as u8 | 0x80]]);
    let algorithm = seq(&[&oid("1.2.840.113549.1.1.11"), &size]);
    let algorithms = tlv(0xa4, &[&seq(&[&tlv(0xa0, &[&seq(&[&algorithm])])])]);
    let commitments = seq(&[&seq(&[&seq(&[&[5, 0]])])]);
    let rules = seq(&[&period, &seq(&[&both, &algorithms]), &commitments]);
    let info = seq(&[&oid("2.16.76.1.7.1.11.9"), &time("20260101000000Z"), &names, &tlv(0x0c, &[b"x"]), &rules]);
    seq(&[&seq(&[&oid(SHA256)]), &info])
}

proptest! {
    #[test]
    fn nothing_makes_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = SignaturePolicy::from_der(&bytes);
        let _ = PolicyList::from_der(&bytes);
        let _ = ListSignature::from_der(&bytes);
        prop_assert!(ArtifactStore::new().import(&bytes).is_err());
    }

    #[test]
    fn a_changed_file_is_read_or_refused_with_a_place(place in any::<prop::sample::Index>(), value in any::<u8>()) {
        for whole in [policy(&[oid("1.2.3"), oid("1.2.4")], 2048), later("20300101000000Z")] {
            let mut bytes = whole.clone();
            let at = place.index(bytes.len());
            bytes[at] = value;
            for error in [SignaturePolicy::from_der(&bytes).err(), PolicyList::from_der(&bytes).err()].into_iter().flatten() {
                prop_assert!(error.offset <= bytes.len(), "{error}");
            }
            let cut = &whole[..at];
            prop_assert!(SignaturePolicy::from_der(cut).is_err() && PolicyList::from_der(cut).is_err());
        }
    }

    #[test]
    fn what_is_written_is_what_is_read(arcs in proptest::collection::vec(0_u32..100_000, 0..40), bits in any::<u16>()) {
        let attributes: Vec<_> = arcs.iter().map(|arc| oid(&format!("1.2.{arc}"))).collect();
        let read = SignaturePolicy::from_der(&policy(&attributes, bits)).unwrap();
        let names: Vec<String> = read.signed.iter().map(ToString::to_string).collect();
        prop_assert_eq!(names, arcs.iter().map(|arc| format!("1.2.{arc}")).collect::<Vec<_>>());
        prop_assert_eq!(read.algorithms[0].min_bits, u32::from(bits & 0x7fff | 0x80));
    }

    #[test]
    fn lists_come_back_entry_by_entry(count in 1_u32..60, digest in any::<[u8; 32]>()) {
        let entries: Vec<_> = (0..count)
            .map(|minor| entry("20260101000000Z", &format!("2.16.76.1.7.1.11.9.{minor}"), &digest))
            .collect();
        let read = PolicyList::from_der(&list(&entries, "20270101000000Z")).unwrap();
        prop_assert_eq!(read.entries.len(), usize::try_from(count).unwrap());
        prop_assert_eq!(read.family(), Some(Family::Pades));
        prop_assert!(read.entries.iter().all(|own| own.digest.as_ref().unwrap().value == digest));
        let twice = [entries.clone(), entries[..1].to_vec()].concat();
        prop_assert!(PolicyList::from_der(&list(&twice, "20270101000000Z")).is_err());
    }
}

#[test]
fn what_is_not_known_is_not_passed_over() {
    let read = |own: &str| {
        let other = policy(&[oid(own)], 2048);
        // A rule of a kind that is not known: [5] beside the others.
        let place = other.windows(2).rposition(|window| window[0] == 0xa4).unwrap();
        let mut changed = other.clone();
        changed[place] = 0xa5;
        (SignaturePolicy::from_der(&other).is_ok(), SignaturePolicy::from_der(&changed).map_err(|error| error.problem))
    };
    assert_eq!(read("1.2.3"), (true, Err("a rule that is not known here")));
    let huge = tlv(0x30, &[]).repeat(1 << 20);
    assert_eq!(SignaturePolicy::from_der(&huge).unwrap_err().problem, "larger than any such file");
    let mixed = list(
        &[
            entry("20260101000000Z", "2.16.76.1.7.1.1.9", &[1; 32]),
            entry("20260101000000Z", "2.16.76.1.7.1.6.9", &[1; 32]),
        ],
        "20270101000000Z",
    );
    assert_eq!(PolicyList::from_der(&mixed).unwrap().family(), None);
    assert!(PolicyList::from_der(&list(&[], "20270101000000Z")).is_err(), "a list of nothing");
    assert!(PolicyList::from_der(&list(&[entry("20260101000000Z", "1.2", &[1; 31])], "20270101000000Z")).is_err());
    assert_eq!(Version { major: 1, minor: 3 }.to_string(), "1.3");
}

#[test]
fn lists_take_the_place_of_older_ones_alone() {
    let mut store = ArtifactStore::new();
    let family = Family::Pades;
    let old = ImportError::OldList { known: datetime!(2025-09-10 0:00 UTC) };
    assert_eq!(store.import(&later("20250910000000Z")), Err(old.clone()), "of the same date, but not the known one");
    assert_eq!(store.import(&later("20240101000000Z")), Err(old));
    let next_update = datetime!(2027-01-01 0:00 UTC);
    assert_eq!(store.import(&later("20270101000000Z")), Ok(Imported::List { family, next_update }));
    assert_eq!(store.import(&later("20261231000000Z")), Err(ImportError::OldList { known: next_update }));
    assert_eq!(store.list(family).unwrap().list.next_update, next_update);
    assert!(store.list(Family::Cades).is_none());
    let stranger = list(&[entry("20260101000000Z", "2.16.76.1.7.1.11.9", &[1; 32])], "20280101000000Z");
    assert_eq!(store.import(&stranger), Err(ImportError::ForeignList), "not one policy of the table");
    let unknown = ImportError::UnknownPolicy { oid: "2.16.76.1.7.1.11.9".to_owned() };
    assert_eq!(store.import(&policy(&[], 2048)), Err(unknown));
}

/// Runs OpenSSL, which has to be content.
fn openssl(folder: &std::path::Path, arguments: &[&str]) {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_list_signed_by_openssl() {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_none(), "OpenSSL is missing");
        eprintln!("left out: there is no OpenSSL");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (key, option) in [("rsa", "rsa:2048"), ("ec", "ec")] {
        let curve = if key == "ec" { &["-pkeyopt", "ec_paramgen_curve:P-256"][..] } else { &[] };
        let (own_key, own) = (format!("{key}.key"), format!("{key}.pem"));
        let make = ["req", "-x509", "-newkey", option, "-nodes", "-subj", "/CN=ITI", "-keyout", &own_key, "-out", &own];
        openssl(path, &[&make[..], curve].concat());
        let bytes = later("20270101000000Z");
        std::fs::write(path.join("list.der"), &bytes).unwrap();
        let sign = ["cms", "-sign", "-binary", "-cades", "-in", "list.der", "-md", "sha256", "-outform", "DER"];
        for (file, more) in [("detached.p7s", None), ("inside.p7s", Some("-nodetach"))] {
            let rest = ["-signer", &own, "-inkey", &own_key, "-out", file];
            openssl(path, &sign.iter().chain(&more).chain(&rest).copied().collect::<Vec<_>>());
            let signature = std::fs::read(path.join(file)).unwrap();
            let read = ListSignature::from_der(&signature).unwrap();
            assert_eq!(read.check(&bytes), SignatureState::Holds, "{key} {file}");
            assert_eq!(read.check(&later("20280101000000Z")), SignatureState::OtherFile);
            assert_eq!(read.signer.subject.to_string(), "CN=ITI");

            let mut store = ArtifactStore::new();
            assert_eq!(store.import(&signature), Err(ImportError::UnknownList));
            store.import(&bytes).unwrap();
            assert!(store.list(Family::Pades).unwrap().signature.is_none());
            assert_eq!(store.import(&signature), Ok(Imported::ListSignature { family: Family::Pades }));
            assert_eq!(store.list(Family::Pades).unwrap().signature.as_deref(), Some(signature.as_slice()));
            store.import(&later("20290101000000Z")).unwrap();
            assert!(store.list(Family::Pades).unwrap().signature.is_none(), "another list needs another signature");

            // A changed byte of the value.
            let mut broken = signature.clone();
            let last = broken.len() - 1;
            broken[last] ^= 1;
            if let Ok(read) = ListSignature::from_der(&broken) {
                assert_eq!(read.check(&bytes), SignatureState::Wrong, "{key} {file}");
            }
            // OpenSSL writes signing-certificate-v2 as the standard says; signing-time has no place in a PAdES.
            let refusals = check_attributes(Family::Cades, None, &read.signer, &signed_attributes(&signature));
            assert_eq!(refusals, [], "{key}");
            let refusals = check_attributes(Family::Pades, all().last(), &read.signer, &signed_attributes(&signature));
            let codes: Vec<_> = refusals.iter().map(|refusal| refusal.code).collect();
            assert_eq!(codes, [code::SIGNING_TIME, code::ATTRIBUTE_MISSING], "no policy is named");
        }
    }
}

/// The field `[0]` of the only SignerInfo: the last element with a contentType attribute at its beginning.
fn signed_attributes(cms: &[u8]) -> Vec<u8> {
    let content_type = oid("1.2.840.113549.1.9.3");
    let place = cms.windows(content_type.len()).rposition(|window| window == content_type).unwrap();
    // [0] LENGTH SEQUENCE LENGTH contentType, with a length in one to three bytes.
    let start = (place - 6..place).find(|at| cms[*at] == 0xa0).unwrap();
    let (header, length) = match cms[start + 1] {
        0x81 => (3, usize::from(cms[start + 2])),
        0x82 => (4, usize::from(cms[start + 2]) << 8 | usize::from(cms[start + 3])),
        length => (2, usize::from(length)),
    };
    cms[start..start + header + length].to_vec()
}
