//! The table by itself, and what is chosen from it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod support;

use std::collections::BTreeSet;

use cartorio_core::{Coded, HashAlgorithm};
use cartorio_keys::{KeySpec, SignatureAlgorithm};
use cartorio_policy::{
    ArtifactStore, Family, PolicyLevel, QualifyError, all, by_file_digest, by_oid, current, current_for_root,
    preflight, qualifies, root_name,
};
use time::macros::datetime;

#[test]
fn identifiers_digests_and_addresses_are_unique_and_belong_together() {
    let mut seen = BTreeSet::new();
    for policy in all() {
        assert!(seen.insert(policy.oid.to_string()) && seen.insert(policy.file_sha256.to_owned()));
        assert!(seen.insert(policy.uri.to_owned()) && seen.insert(policy.policy_hash.hex.to_owned()));
        assert_eq!(by_oid(policy.oid), Some(policy));
        assert_eq!(by_file_digest(policy.file_sha256), Some(policy));
        assert!(policy.not_before < policy.not_after);
        assert!(policy.roots.iter().chain(policy.tsa_roots).all(|root| root_name(root).is_some()));
        assert_eq!(policy.tsa_roots.is_empty(), !policy.level.needs_time_stamp(), "{}", policy.name());
        // 2.16.76.1.7.1.<format and level>.<major>[.<minor>]
        let arcs: Vec<u32> = policy.oid.arcs().skip(6).collect();
        let place = match (policy.family, policy.level) {
            (Family::Cades, PolicyLevel::AdRb) => 1,
            (Family::Cades, PolicyLevel::AdRt) => 2,
            (Family::Cades, PolicyLevel::AdRv) => 3,
            (Family::Cades, PolicyLevel::AdRc) => 4,
            (Family::Cades, PolicyLevel::AdRa) => 5,
            (Family::Pades, PolicyLevel::AdRb) => 11,
            (Family::Pades, PolicyLevel::AdRt) => 12,
            (Family::Pades, PolicyLevel::AdRv) => panic!("there is none"),
            (Family::Pades, PolicyLevel::AdRc) => 13,
            (Family::Pades, PolicyLevel::AdRa) => 14,
        };
        let version = (u32::from(policy.version.major), u32::from(policy.version.minor));
        assert_eq!((arcs[0], arcs[1], arcs.get(2).copied().unwrap_or(0)), (place, version.0, version.1));
    }
    assert_eq!(all().len(), 55);
}

#[test]
fn current_is_the_newest_that_may_be_used() {
    let at = datetime!(2026-06-01 12:00 UTC);
    let name = |family, level, at| current(family, level, at).map(cartorio_policy::Policy::name);
    let expected = |family, versions: [Option<&str>; 5]| {
        for (level, version) in PolicyLevel::ALL.into_iter().zip(versions) {
            let format = match family {
                Family::Cades => "CAdES",
                Family::Pades => "PAdES",
            };
            assert_eq!(name(family, level, at), version.map(|version| format!("{format} {level} {version}")));
            assert_eq!(version.is_some(), level.exists_in(family));
        }
    };
    expected(Family::Cades, [Some("2.4"), Some("2.4"), Some("2.4"), Some("2.4"), Some("2.5")]);
    expected(Family::Pades, [Some("1.3"), Some("1.3"), None, Some("1.4"), Some("1.4")]);
    // Between the defective ones and their successors, the ones before are the newest.
    let between = datetime!(2025-07-01 0:00 UTC);
    assert_eq!(name(Family::Pades, PolicyLevel::AdRb, between).unwrap(), "PAdES AD-RB 1.1");
    assert_eq!(name(Family::Pades, PolicyLevel::AdRa, between).unwrap(), "PAdES AD-RA 1.2");
    // Revoked is revoked from that instant on.
    let level = PolicyLevel::AdRc;
    assert_eq!(name(Family::Pades, level, datetime!(2016-07-14 23:59:59 UTC)).unwrap(), "PAdES AD-RC 1.0");
    assert_eq!(name(Family::Pades, level, datetime!(2016-07-15 0:00 UTC)).unwrap(), "PAdES AD-RC 1.1");
    // Who is under v2 gets the newest that still has it.
    let v2 = "fb47d92a9909fd4fa9bec02737543e1f3514ced747407a8d9cfa397b0915067c";
    assert_eq!(root_name(v2), Some("v2"));
    let under_v2 = current_for_root(Family::Pades, PolicyLevel::AdRa, at, v2).unwrap();
    assert_eq!(under_v2.name(), "PAdES AD-RA 1.2");
    assert_eq!(current_for_root(Family::Pades, PolicyLevel::AdRa, at, "00"), None);
    assert_eq!(name(Family::Cades, PolicyLevel::AdRb, datetime!(2007-01-01 0:00 UTC)), None);
    assert_eq!(name(Family::Cades, PolicyLevel::AdRb, datetime!(2037-10-22 0:00:01 UTC)), None);
}

/// Nothing here lets somebody choose an older version, because nobody needs one: of the roots that live, the newest version has every
/// one that any version has. The versions of 2016 and 2018 may be signed under until 2029, and have v2 besides, which ended in 2023.
#[test]
fn no_root_that_lives_needs_an_older_version() {
    let over = ["Raiz Brasileira (2001)", "v1", "v2"];
    let mut found = BTreeSet::new();
    for at in [datetime!(2025-07-24 0:00 UTC), datetime!(2026-11-23 0:00 UTC), datetime!(2029-03-01 0:00 UTC)] {
        for (family, level) in
            [Family::Cades, Family::Pades].into_iter().flat_map(|own| PolicyLevel::ALL.map(|level| (own, level)))
        {
            for (name, sha256) in cartorio_pki::legal::ICP_BRASIL_ROOTS.iter().filter(|(name, _)| !over.contains(name))
            {
                let fitting = current_for_root(family, level, at, sha256);
                assert!(fitting.is_none() || fitting == current(family, level, at), "{name} under {fitting:?}");
                found.extend(fitting.map(|_| *name));
            }
        }
    }
    assert_eq!(found, BTreeSet::from(["v12", "v5"]));
    for name in over {
        // Where it is at hand, it says so itself.
        let Some(root) = support::root(name) else { continue };
        assert!(root.validity.not_after < datetime!(2025-06-12 0:00 UTC), "{name}");
    }
}

#[test]
fn no_policy_with_a_trailing_blank_is_ever_current() {
    let mut at = datetime!(2008-01-01 0:00 UTC);
    while at.year() < 2040 {
        for family in [Family::Cades, Family::Pades] {
            for level in PolicyLevel::ALL {
                let Some(policy) = current(family, level, at) else { continue };
                assert_eq!((policy.family, policy.level, policy.defect), (family, level, None));
                let names = policy.dictionary.map(|own| (own.filter, own.sub_filter));
                assert!(names.is_none_or(|own| own == ("PBAD_PAdES", "PBAD.PAdES")), "{}", policy.name());
            }
        }
        at += time::Duration::days(3);
    }
    assert_eq!(all().iter().filter(|policy| policy.defect.is_some()).count(), 4);
}

#[test]
fn the_policies_of_2025_allow_neither_pss_nor_sha_384() {
    use SignatureAlgorithm as A;
    for policy in all() {
        for hash in HashAlgorithm::ALL {
            assert_eq!(policy.allows(A::rsa_pss(hash)), None, "{}", policy.name());
        }
        assert!(policy.allows(A::rsa_pkcs1(HashAlgorithm::Sha384)).is_none());
        assert!(policy.allows(A::ecdsa(HashAlgorithm::Sha384)).is_none());
        assert!(policy.allows(A::ml_dsa()).is_none());
        let newest = policy.not_before.year() == 2025;
        assert_eq!(policy.allows(A::ecdsa(HashAlgorithm::Sha256)).is_some(), newest);
        assert_eq!(policy.allows(A::ed25519()).is_some(), newest);
        if newest {
            assert_eq!(policy.allows(A::rsa_pkcs1(HashAlgorithm::Sha256)).unwrap().min_bits, 2048);
            assert_eq!(policy.allows(A::ecdsa(HashAlgorithm::Sha512)).unwrap().min_bits, 256);
            assert_eq!(policy.algorithms_for(KeySpec::EcP384), []);
            let rsa = [A::rsa_pkcs1(HashAlgorithm::Sha256), A::rsa_pkcs1(HashAlgorithm::Sha512)];
            assert_eq!(policy.algorithms_for(KeySpec::Rsa3072), rsa);
            assert_eq!(policy.algorithms_for(KeySpec::EcP521), [A::ecdsa(HashAlgorithm::Sha512)]);
        }
    }
}

#[test]
fn a_signature_carries_identifier_hash_and_address() {
    let at = datetime!(2026-06-01 12:00 UTC);
    let store = ArtifactStore::new();
    for (family, level) in [(Family::Cades, PolicyLevel::AdRa), (Family::Pades, PolicyLevel::AdRb)] {
        let policy = current(family, level, at).unwrap();
        let carried = qualifies(policy, &store).unwrap();
        assert_eq!((carried.reference.id, carried.reference.uri), (policy.oid, policy.uri));
        assert_eq!(carried.reference.hash.to_hex(), policy.policy_hash.hex);
        assert_eq!(carried.artifacts, None, "AD-RA of CAdES embeds nothing");
    }
    let archive = current(Family::Pades, PolicyLevel::AdRa, at).unwrap();
    assert_eq!(qualifies(archive, &store).unwrap_err().code(), "policy_artifacts_missing");
    let old = all().first().unwrap();
    assert_eq!(qualifies(old, &store), Err(QualifyError::OldHash { policy: "CAdES AD-RB 1.0".to_owned() }));
}

#[test]
fn codes_are_unique_and_in_one_form() {
    let codes: BTreeSet<_> = preflight::code::ALL.into_iter().collect();
    assert_eq!(codes.len(), preflight::code::ALL.len());
    assert!(codes.iter().all(|code| code.starts_with("preflight_") && !code.contains(|c: char| c.is_uppercase())));
}
