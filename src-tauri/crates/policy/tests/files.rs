//! The table against ITI's own files, where they are at hand: «attributes, identifiers and hashes equal to the policy files».
//! The files stay outside of the repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod support;

use std::path::Path;

use cartorio_pki::Certificate;
use cartorio_policy::artifact::{ListForm, PdfEntry, PolicyList, SignaturePolicy, TrustPoint};
use cartorio_policy::{
    ArtifactStore, Family, ImportError, Imported, Policy, PolicyLevel, QualifyError, Revocation, RootLimit, all,
    by_oid, current, known_list, qualifies,
};
use support::folder;
use time::macros::datetime;

fn file(policy: &Policy, folder: &Path) -> Vec<u8> {
    let name = policy.uri.strip_prefix("http://politicas.icpbrasil.gov.br/").unwrap();
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_policy_says_what_its_file_says() {
    let Some(folder) = folder() else { return };
    for policy in all() {
        let name = policy.name();
        let bytes = file(policy, &folder);
        let read = SignaturePolicy::from_der(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.oid, policy.oid, "{name}");
        assert_eq!(hex(&read.file_sha256), policy.file_sha256, "{name}");
        assert_eq!((read.hash, hex(&read.policy_hash)), (policy.policy_hash.hash, policy.policy_hash.hex.into()));
        assert!(bytes.ends_with(&read.policy_hash), "{name}: the hash at the end of the file");
        assert_eq!(read.issued, policy.not_before, "{name}");
        assert_eq!((read.not_before, read.not_after), (policy.not_before, Some(policy.not_after)), "{name}");
        assert_eq!(read.external_data, policy.external_data, "{name}");
        assert_eq!(read.signed, policy.signed, "{name}");
        assert_eq!(read.unsigned, policy.unsigned, "{name}");
        assert_eq!(read.verifier_unsigned, policy.unsigned, "{name}");
        assert_eq!(read.certificate_info, policy.certificate_info, "{name}");
        assert_eq!(read.algorithms, policy.algorithms, "{name}");
        assert_eq!(read.revocation, (Revocation::Either, Revocation::Either), "{name}");
        assert_eq!(policy.revocation, Revocation::Either, "{name}");
        assert_eq!(read.tsa_revocation.is_some(), policy.level.needs_time_stamp(), "{name}");
        assert!(read.tsa_revocation.is_none_or(|own| own == (Revocation::Either, Revocation::Either)), "{name}");
        compare_trust(&name, &read.trust, policy.roots, policy.limits);
        compare_trust(&name, &read.tsa_trust, policy.tsa_roots, policy.tsa_limits);
        compare_entries(policy, &read);
    }
}

fn compare_trust(name: &str, read: &[TrustPoint], roots: &[&str], limits: &[RootLimit]) {
    let own: Vec<String> = read.iter().map(|point| hex(&point.sha256)).collect();
    assert_eq!(own, roots, "{name}");
    for point in read {
        let root = Certificate::from_der(&point.certificate).unwrap();
        assert!(cartorio_pki::legal::is_icp_brasil_root(&root), "{name}: {}", root.subject);
        let own: Vec<String> = point.policies.iter().map(ToString::to_string).collect();
        let limit = limits.iter().find(|limit| limit.root == root.fingerprint());
        let expected: Vec<String> = limit
            .iter()
            .flat_map(|limit| limit.policies)
            .flat_map(|range| (range.first..=range.last).map(|number| format!("{}.{number}", range.arc)))
            .collect();
        assert_eq!(own, expected, "{name}: {}", root.subject);
    }
}

fn compare_entries(policy: &Policy, read: &SignaturePolicy) {
    let name = policy.name();
    let names = |entries: &[PdfEntry]| entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    let text = |entries: &[PdfEntry], name: &str| {
        entries.iter().find(|entry| entry.name == name).and_then(|entry| entry.text().map(str::to_owned))
    };
    match policy.dictionary {
        None => assert!(read.dictionary.is_empty(), "{name}"),
        Some(dictionary) => {
            let all = ["Type", "Filter", "SubFilter", "Contents", "ByteRange"];
            assert_eq!(names(&read.dictionary), all, "{name}");
            assert_eq!(text(&read.dictionary, "Type").as_deref(), Some("Sig"), "{name}");
            assert_eq!(text(&read.dictionary, "Filter").as_deref(), Some(dictionary.filter), "{name}");
            assert_eq!(text(&read.dictionary, "SubFilter").as_deref(), Some(dictionary.sub_filter), "{name}");
            assert_eq!(policy.defect.is_some(), dictionary.filter.ends_with(' '), "{name}");
        }
    }
    match policy.evidence {
        None => assert!(read.dss.is_empty() && read.vri.is_empty() && read.document_time_stamp.is_empty(), "{name}"),
        Some(evidence) => {
            assert_eq!(names(&read.dss), around(evidence.dss), "{name}");
            assert_eq!(names(&read.vri), around(evidence.vri), "{name}");
            // ENUMERATED 2 of ValidationReq: CRLs or OCSP answers.
            for list in [&read.dss, &read.vri] {
                assert_eq!(list.last().unwrap().value.as_deref(), Some([0x0a, 1, 2].as_slice()), "{name}");
            }
            assert_eq!(!read.document_time_stamp.is_empty(), evidence.document_time_stamp, "{name}");
            assert_eq!(text(&read.document_time_stamp, "SubFilter").as_deref(), Some("ETSI.RFC3161"), "{name}");
        }
    }
}

fn around(own: &[&str]) -> Vec<String> {
    [&["Type"], own, &["ValidationValues"]].concat().into_iter().map(str::to_owned).collect()
}

#[test]
fn every_policy_file_is_in_the_table() {
    let Some(folder) = folder() else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("PA_") && name.ends_with(".der") {
            files += 1;
            let read = SignaturePolicy::from_der(&std::fs::read(&path).unwrap()).unwrap();
            let known = by_oid(read.oid).unwrap_or_else(|| panic!("{name}"));
            assert!(known.uri.ends_with(&name), "{name}");
        }
    }
    assert_eq!(files, all().len());
}

#[test]
fn the_lists_agree_with_the_table() {
    let Some(folder) = folder() else { return };
    for (name, family) in [("LPA_CAdES.der", Family::Cades), ("LPA_PAdES.der", Family::Pades)] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let list = PolicyList::from_der(&bytes).unwrap();
        let known = known_list(family);
        assert_eq!((list.form, list.family()), (ListForm::V2, Some(family)));
        assert_eq!((hex(&list.file_sha256), list.next_update), (known.sha256.to_owned(), known.next_update));
        for entry in &list.entries {
            let policy = by_oid(entry.oid.unwrap()).unwrap();
            assert_eq!(policy.family, family);
            assert_eq!(entry.uri.as_deref(), Some(policy.uri));
            assert_eq!(hex(&entry.digest.as_ref().unwrap().value), policy.file_sha256);
            assert_eq!((entry.not_before, entry.not_after), (policy.not_before, Some(policy.not_after)));
            assert_eq!(entry.revoked, policy.revoked, "{}", policy.name());
            assert!(entry.digest.as_ref().unwrap().is_of(&file(policy, &folder)));
        }
        // The policies of July 2025 came after the list; every other is in it.
        let unlisted: Vec<String> = all()
            .iter()
            .filter(|policy| policy.family == family && list.entry(policy.oid).is_none())
            .map(Policy::name)
            .collect();
        let expected: &[&str] = match family {
            Family::Cades => &[],
            Family::Pades => &["PAdES AD-RB 1.3", "PAdES AD-RT 1.3", "PAdES AD-RC 1.4", "PAdES AD-RA 1.4"],
        };
        assert_eq!(unlisted, expected);
    }
}

#[test]
fn lists_of_both_forms_are_read() {
    let Some(folder) = folder() else { return };
    let second = PolicyList::from_der(&std::fs::read(folder.join("LPAv2.der")).unwrap()).unwrap();
    assert_eq!((second.form, second.entries.len()), (ListForm::V2, 22));
    assert_eq!(second.next_update, datetime!(2017-02-26 0:00 UTC));
    let first = PolicyList::from_der(&std::fs::read(folder.join("LPA.der")).unwrap()).unwrap();
    assert_eq!((first.form, first.entries.len(), first.family()), (ListForm::V1, 22, None));
    assert_eq!(first.next_update, datetime!(2016-06-01 0:00 UTC));
    for entry in &first.entries {
        let policy = all().iter().find(|policy| entry.uri.as_deref() == Some(policy.uri)).unwrap();
        assert_eq!((entry.not_before, entry.not_after), (policy.not_before, Some(policy.not_after)));
        assert!(entry.digest.as_ref().unwrap().is_of(&file(policy, &folder)), "{:?}", entry.name);
    }
}

#[test]
fn files_are_taken_in_by_their_digest() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let at = datetime!(2026-06-01 12:00 UTC);
    let policy = current(Family::Pades, PolicyLevel::AdRa, at).unwrap();
    let mut store = ArtifactStore::new();
    let QualifyError::ArtifactsMissing { missing, .. } = qualifies(policy, &store).unwrap_err() else { panic!() };
    assert_eq!(missing, ["PA_PAdES_AD_RA_v1_4.der", "LPA_PAdES.der", "LPA_PAdES.p7s"]);
    assert_eq!(store.import(&file(policy, &folder)).unwrap(), Imported::Policy(policy));
    let next_update = datetime!(2025-09-10 0:00 UTC);
    for _ in 0..2 {
        let imported = store.import(&read("LPA_PAdES.der")).unwrap();
        assert_eq!(imported, Imported::List { family: Family::Pades, next_update });
    }
    assert!(store.list(Family::Pades).unwrap().is_known);
    let QualifyError::ArtifactsMissing { missing, .. } = qualifies(policy, &store).unwrap_err() else { panic!() };
    assert_eq!(missing, ["LPA_PAdES.p7s"]);
    assert_eq!(store.import(&read("LPAv2.der")).unwrap_err(), ImportError::OldList { known: next_update });
    assert_eq!(store.import(&read("LPA.der")).unwrap_err(), ImportError::ForeignList);
    assert!(matches!(store.import(&read("LPA_XAdES.xml")), Err(ImportError::NotAnArtifact(_))));

    // One changed byte outside of what is hashed into the policy's own hash: the file's digest notices.
    let mut changed = file(policy, &folder);
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert!(matches!(store.import(&changed), Err(ImportError::NotAnArtifact(_))));
    // A list that says another digest of a known policy, of a later date.
    let mut later = read("LPA_PAdES.der");
    let year = later.windows(4).rposition(|window| window == b"2025").unwrap();
    later[year..year + 4].copy_from_slice(b"2027");
    let mut other = later.clone();
    let digest = hex_bytes("739a8249a24b681e4b2280e16055d254");
    let place = other.windows(digest.len()).position(|window| window == digest).unwrap();
    other[place] ^= 1;
    assert_eq!(store.import(&other).unwrap_err(), ImportError::Contradiction { oid: "2.16.76.1.7.1.11.1".to_owned() });
    assert!(store.import(&later).is_ok());
    assert!(!store.list(Family::Pades).unwrap().is_known);
    assert!(matches!(store.import(&read("LPA_PAdES.der")), Err(ImportError::OldList { .. })));
}

#[test]
fn any_change_of_a_policy_file_is_noticed() {
    let Some(folder) = folder() else { return };
    let policy = current(Family::Pades, PolicyLevel::AdRb, datetime!(2026-06-01 12:00 UTC)).unwrap();
    let bytes = file(policy, &folder);
    // The outer SEQUENCE's own header is in no hash, and its length must fit; everything else is hashed.
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 0x10;
        assert!(SignaturePolicy::from_der(&changed).is_err(), "byte {place}");
    }
    for length in 0..bytes.len() {
        assert!(SignaturePolicy::from_der(&bytes[..length]).is_err(), "cut after {length}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex_bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
