//! Every reason on its own, against an input that has none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use cartorio_core::HashAlgorithm;
use cartorio_keys::{KeySpec, SignatureAlgorithm};
use cartorio_pki::Certificate;
use cartorio_policy::artifact::PolicyList;
use cartorio_policy::preflight::{
    DocumentLock, EvidenceState, Preflight, Refusal, Severity, TimeStamping, check_time_stamp, code, preflight,
};
use cartorio_policy::{Family, Policy, PolicyLevel, all, current};
use cartorio_testkit::pki::MiniPki;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const AT: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// A signer whose path is said to end at this root; preflight looks at names and digests, not at signatures.
struct Scene {
    chain: Vec<Certificate>,
    spec: KeySpec,
}

/// A chain of its own for each type of key, made once.
fn own_chain(spec: KeySpec) -> Vec<Certificate> {
    static MADE: Mutex<BTreeMap<KeySpec, Vec<Certificate>>> = Mutex::new(BTreeMap::new());
    MADE.lock().unwrap().entry(spec).or_insert_with(|| MiniPki::new(spec).chain).clone()
}

impl Scene {
    fn below(spec: KeySpec, root: Certificate) -> Self {
        let mut chain = own_chain(spec);
        chain.pop();
        chain.push(root);
        Self { chain, spec }
    }

    /// Under v12; `None` where ITI's files are not here.
    fn icp(spec: KeySpec) -> Option<Self> {
        Some(Self::below(spec, support::root("v12")?))
    }

    fn input<'a>(&'a self, policy: &'a Policy) -> Preflight<'a> {
        Preflight {
            family: policy.family,
            dialect_etsi: false,
            level: policy.level,
            policy: Some(policy),
            algorithm: self.spec.default_algorithm(),
            key_spec: self.spec,
            signer: &self.chain[0],
            chain: &self.chain,
            enclosed: &self.chain,
            lpa_next_update: Some(AT + Duration::days(30)),
            list: None,
            at: AT,
            has_signing_time_in_cms: false,
            document: DocumentLock::Open,
            time_stamp: TimeStamping::Unknown,
            evidence: EvidenceState::ToBeFetched,
            artifacts_at_hand: true,
        }
    }
}

fn codes(refusals: &[Refusal]) -> Vec<&'static str> {
    refusals.iter().map(|refusal| refusal.code).collect()
}

fn param<'a>(refusal: &'a Refusal, name: &str) -> &'a str {
    refusal.params.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str()).unwrap()
}

fn policy(family: Family, level: PolicyLevel) -> &'static Policy {
    current(family, level, AT).unwrap()
}

fn named(name: &str) -> &'static Policy {
    all().iter().find(|policy| policy.name() == name).unwrap()
}

#[test]
fn a_sound_signature_is_refused_by_nothing() {
    for spec in [KeySpec::Rsa2048, KeySpec::EcP256, KeySpec::EcP521] {
        let Some(scene) = Scene::icp(spec) else { return };
        for policy in all().iter().filter(|own| current(own.family, own.level, AT) == Some(own)) {
            let mut input = scene.input(policy);
            assert_eq!(preflight(&input), [], "{}", policy.name());
            // The signer may be left out of the path, and the root out of the CMS.
            input.chain = &scene.chain[1..];
            input.enclosed = &scene.chain[..2];
            assert_eq!(preflight(&input), [], "{}", policy.name());
            input.has_signing_time_in_cms = true;
            let expected: &[&str] = if policy.family == Family::Pades { &[code::SIGNING_TIME] } else { &[] };
            assert_eq!(codes(&preflight(&input)), expected);
        }
    }
}

#[test]
fn algorithms_and_keys() {
    let Some(rsa) = Scene::icp(KeySpec::Rsa2048) else { return };
    let newest = policy(Family::Cades, PolicyLevel::AdRb);
    let with = |algorithm| {
        let mut input = rsa.input(newest);
        input.algorithm = algorithm;
        codes(&preflight(&input))
    };
    assert_eq!(with(SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256)), [code::PSS]);
    assert_eq!(with(SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha384)), [code::HASH]);
    assert!(with(SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha512)).is_empty());
    for (spec, policy, expected) in [
        (KeySpec::EcP384, newest, code::KEY_TYPE),
        (KeySpec::MlDsa65, newest, code::KEY_TYPE),
        (KeySpec::EcP256, named("CAdES AD-RB 2.3"), code::KEY_TYPE),
    ] {
        let mut input = rsa.input(policy);
        (input.key_spec, input.algorithm) = (spec, spec.default_algorithm());
        assert!(codes(&preflight(&input)).contains(&expected), "{spec}");
    }
    // A policy that has the scheme but not this hash.
    let mut input = rsa.input(named("CAdES AD-RB 2.1"));
    input.algorithm = SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha512);
    assert!(codes(&preflight(&input)).contains(&code::ALGORITHM));
    // The size is the certificate's: this one has a curve of 256 bits where RSA wants 2048.
    let curve = Scene::icp(KeySpec::EcP256).unwrap();
    let mut input = curve.input(newest);
    (input.key_spec, input.algorithm) = (KeySpec::Rsa2048, KeySpec::Rsa2048.default_algorithm());
    let refusals = preflight(&input);
    assert_eq!(codes(&refusals), [code::KEY_TOO_SMALL]);
    assert_eq!((param(&refusals[0], "bits"), param(&refusals[0], "minimum")), ("256", "2048"));
}

#[test]
fn the_standing_of_the_policy() {
    let Some(scene) = Scene::icp(KeySpec::Rsa2048) else { return };
    let of = |name: &str, at| {
        let mut input = scene.input(named(name));
        input.at = at;
        codes(&preflight(&input))
    };
    assert!(of("CAdES AD-RB 2.1", AT).contains(&code::POLICY_EXPIRED));
    assert!(of("CAdES AD-RB 2.1", AT).contains(&code::POLICY_REVOKED));
    assert!(of("CAdES AD-RB 2.4", datetime!(2025-01-01 0:00 UTC)).contains(&code::POLICY_NOT_YET_VALID));
    assert!(!of("PAdES AD-RC 1.0", datetime!(2016-07-14 0:00 UTC)).contains(&code::POLICY_REVOKED));
    assert!(of("CAdES AD-RB 1.0", AT).contains(&code::POLICY_OLD_HASH));
    for name in ["PAdES AD-RB 1.2", "PAdES AD-RT 1.2", "PAdES AD-RC 1.3", "PAdES AD-RA 1.3"] {
        assert_eq!(of(name, AT), [code::POLICY_DEFECTIVE]);
    }
}

#[test]
fn the_list_of_approved_policies() {
    let Some(scene) = Scene::icp(KeySpec::Rsa2048) else { return };
    let newest = policy(Family::Pades, PolicyLevel::AdRb);
    let mut input = scene.input(newest);
    input.lpa_next_update = None;
    let refusals = preflight(&input);
    assert_eq!((codes(&refusals), refusals[0].severity), (vec![code::LIST_ABSENT], Severity::Warns));
    input.lpa_next_update = Some(datetime!(2025-09-10 0:00 UTC));
    let refusals = preflight(&input);
    assert_eq!((codes(&refusals), refusals[0].severity), (vec![code::LIST_STALE], Severity::Warns));
    assert_eq!(param(&refusals[0], "date"), "2025-09-10");

    let entry = |oid: &str, digest: &[u8], revoked: &[u8]| {
        let period = support::seq(&[&support::time("20250723000000Z"), &support::time("20371022000000Z")]);
        let hash = support::seq(&[&support::oid("2.16.840.1.101.3.4.2.1")]);
        let digest = support::seq(&[&hash, &support::tlv(4, &[digest])]);
        support::seq(&[&period, revoked, &support::oid(oid), &support::tlv(0x16, &[b"http://a"]), &digest])
    };
    let list = |entry: &[u8]| {
        let policies = support::seq(&[entry]);
        PolicyList::from_der(&support::seq(&[&policies, &support::time("20270101000000Z")])).unwrap()
    };
    let oid = newest.oid.to_string();
    let own = digest(newest.file_sha256);
    let check = |list: &PolicyList, stale: bool| {
        let mut input = scene.input(newest);
        input.list = Some(list);
        input.lpa_next_update = stale.then_some(AT - Duration::days(1));
        preflight(&input)
    };
    assert_eq!(check(&list(&entry(&oid, &own, &[])), false), []);
    assert_eq!(codes(&check(&list(&entry(&oid, &[7; 32], &[])), false)), [code::POLICY_DIGEST]);
    let revoked = support::time("20260101000000Z");
    assert_eq!(codes(&check(&list(&entry(&oid, &own, &revoked)), false)), [code::POLICY_REVOKED]);
    let other = list(&entry("2.16.76.1.7.1.12.1", &own, &[]));
    let fresh = check(&other, false);
    assert_eq!((codes(&fresh), fresh[0].severity), (vec![code::POLICY_NOT_LISTED], Severity::Blocks));
    let stale = check(&other, true);
    assert_eq!(codes(&stale), [code::LIST_STALE, code::POLICY_NOT_LISTED]);
    assert!(stale.iter().all(|refusal| refusal.severity == Severity::Warns), "an old list proves nothing");
}

#[test]
fn format_dialect_and_level() {
    let Some(scene) = Scene::icp(KeySpec::Rsa2048) else { return };
    let newest = policy(Family::Pades, PolicyLevel::AdRb);
    let mut input = scene.input(newest);
    input.dialect_etsi = true;
    assert_eq!(codes(&preflight(&input)), [code::ETSI_WITH_POLICY]);
    input.policy = None;
    assert_eq!(preflight(&input), []);
    input.dialect_etsi = false;
    assert_eq!(codes(&preflight(&input)), [code::PBAD_WITHOUT_POLICY]);
    let mut input = scene.input(policy(Family::Cades, PolicyLevel::AdRv));
    assert_eq!(preflight(&input), []);
    input.family = Family::Pades;
    assert_eq!(codes(&preflight(&input)), [code::LEVEL_MISSING]);
    let mut input = scene.input(newest);
    input.family = Family::Cades;
    assert_eq!(codes(&preflight(&input)), [code::OTHER_FORMAT]);
    let mut input = scene.input(newest);
    input.level = PolicyLevel::AdRt;
    assert_eq!(codes(&preflight(&input)), [code::OTHER_LEVEL]);
    for (document, expected) in
        [(DocumentLock::Certified, code::DOCUMENT_CERTIFIED), (DocumentLock::Locked, code::DOCUMENT_LOCKED)]
    {
        let mut input = scene.input(newest);
        input.document = document;
        assert_eq!(codes(&preflight(&input)), [expected]);
    }
}

#[test]
fn roots_against_the_versions_of_policies() {
    let (Some(v12), Some(v5), Some(v2)) = (support::root("v12"), support::root("v5"), support::root("v2")) else {
        return;
    };
    let under = |root: &Certificate, name: &str| {
        let scene = Scene::below(KeySpec::Rsa2048, root.clone());
        preflight(&scene.input(named(name)))
    };
    assert_eq!(under(&v12, "CAdES AD-RB 2.4"), []);
    assert_eq!(under(&v5, "CAdES AD-RB 2.4"), []);
    assert_eq!(under(&v5, "CAdES AD-RB 2.3"), []);
    let refusals = under(&v12, "CAdES AD-RB 2.3");
    assert_eq!(codes(&refusals), [code::ROOT_NOT_IN_POLICY]);
    assert_eq!(param(&refusals[0], "root"), "v12");
    assert_eq!(param(&refusals[0], "fitting"), "CAdES AD-RB 2.4");
    // v2 ended in 2023: its own validity is a reason too.
    let refusals = under(&v2, "PAdES AD-RB 1.3");
    // And nobody is sent to PAdES AD-RB 1.1, which has it and may be signed under until 2029.
    assert_eq!(codes(&refusals), [code::AUTHORITY_EXPIRED, code::ROOT_IN_NO_POLICY]);
    assert_eq!((param(&refusals[1], "root"), param(&refusals[1], "policy")), ("v2", "PAdES AD-RB 1.3"));
    // The policies of 2016 take A1 to A4 of the first hundred CAs only; the test's certificate has none of them.
    assert_eq!(codes(&under(&v5, "CAdES AD-RB 2.2")), [code::CERTIFICATE_POLICY]);
}

#[test]
fn certificates_and_paths() {
    let newest = policy(Family::Cades, PolicyLevel::AdRt);
    let scene = Scene { chain: own_chain(KeySpec::Rsa2048), spec: KeySpec::Rsa2048 };
    assert_eq!(codes(&preflight(&scene.input(newest))), [code::NOT_ICP_BRASIL]);
    let mut input = scene.input(newest);
    input.policy = None;
    let refusals = preflight(&input);
    assert_eq!((codes(&refusals), refusals[0].severity), (vec![code::NOT_ICP_BRASIL], Severity::Warns));
    let Some(scene) = Scene::icp(KeySpec::Rsa2048) else { return };
    let mut input = scene.input(newest);
    input.enclosed = &scene.chain[..1];
    let refusals = preflight(&input);
    assert_eq!((codes(&refusals), param(&refusals[0], "missing")), (vec![code::CHAIN_NOT_ENCLOSED], "1"));
    let mut input = scene.input(newest);
    input.chain = &scene.chain[..2];
    assert_eq!(codes(&preflight(&input)), [code::CHAIN_UNKNOWN]);
    let mut input = scene.input(newest);
    input.at = datetime!(2029-06-01 0:00 UTC);
    input.lpa_next_update = Some(input.at);
    assert_eq!(codes(&preflight(&input)), [code::CERTIFICATE_EXPIRED]);
    input.at = datetime!(2025-12-31 0:00 UTC);
    assert_eq!(codes(&preflight(&input)), [code::CERTIFICATE_NOT_YET_VALID, code::AUTHORITY_EXPIRED]);
    // A CA's certificate signs no documents.
    let mut input = scene.input(newest);
    (input.signer, input.chain) = (&scene.chain[1], &scene.chain[1..]);
    assert_eq!(codes(&preflight(&input)), [code::NOT_FOR_SIGNING]);
}

#[test]
fn what_the_level_wants() {
    let Some(scene) = Scene::icp(KeySpec::Rsa2048) else { return };
    let check = |level, change: &dyn Fn(&mut Preflight<'_>)| {
        let mut input = scene.input(policy(Family::Pades, level));
        change(&mut input);
        codes(&preflight(&input))
    };
    let nobody = |input: &mut Preflight<'_>| input.time_stamp = TimeStamping::None;
    let missing = |input: &mut Preflight<'_>| input.evidence = EvidenceState::Missing(2);
    let bare = |input: &mut Preflight<'_>| input.artifacts_at_hand = false;
    use PolicyLevel::{AdRa, AdRb, AdRc, AdRt};
    for (level, stamp, evidence, files) in
        [(AdRb, false, false, false), (AdRt, true, false, false), (AdRc, true, true, false), (AdRa, true, true, true)]
    {
        assert_eq!(check(level, &nobody) == [code::TIME_STAMP_MISSING], stamp, "{level}");
        assert_eq!(check(level, &missing) == [code::EVIDENCE_MISSING], evidence, "{level}");
        assert_eq!(check(level, &bare) == [code::ARTIFACTS_MISSING], files, "{level}");
    }
    // Authorities for time stamps.
    let private = own_chain(KeySpec::Rsa2048);
    let stamped = |name: &str, path: &[Certificate]| {
        let scene = Scene::below(KeySpec::Rsa2048, support::root("v5").unwrap());
        let mut input = scene.input(named(name));
        input.time_stamp = TimeStamping::Path(path);
        codes(&preflight(&input))
    };
    assert_eq!(stamped("PAdES AD-RT 1.3", &private), [code::TIME_STAMP_NOT_ICP_BRASIL]);
    assert!(stamped("PAdES AD-RT 1.3", &scene.chain).is_empty());
    assert_eq!(stamped("PAdES AD-RT 1.3", &private[..2]), [code::TIME_STAMP_CHAIN_UNKNOWN]);
    assert!(stamped("PAdES AD-RB 1.3", &private).is_empty(), "there is no time stamp at this level");
    assert_eq!(stamped("PAdES AD-RT 1.1", &scene.chain), [code::TIME_STAMP_ROOT]);
    // The same of a token that came, whose path is known.
    let came = |name: &str, path: &[Certificate]| codes(&check_time_stamp(named(name), path));
    assert_eq!(came("CAdES AD-RA 2.5", &private), [code::TIME_STAMP_NOT_ICP_BRASIL]);
    assert_eq!(came("CAdES AD-RA 2.5", &private[..2]), [code::TIME_STAMP_CHAIN_UNKNOWN]);
    assert_eq!(came("CAdES AD-RA 2.5", &[]), [code::TIME_STAMP_CHAIN_UNKNOWN]);
    assert_eq!(came("CAdES AD-RA 2.3", &scene.chain), [code::TIME_STAMP_ROOT]);
    assert!(came("CAdES AD-RA 2.5", &scene.chain).is_empty() && came("CAdES AD-RB 2.4", &private).is_empty());
    let v5 = Scene::below(KeySpec::Rsa2048, support::root("v5").unwrap());
    let refused = stamped("PAdES AD-RC 1.1", &v5.chain);
    assert_eq!(refused, [code::CERTIFICATE_POLICY, code::TIME_STAMP_POLICY], "neither has a policy of ICP-Brasil");
}

#[test]
fn roots_of_authorities_are_roots_of_icp_brasil() {
    for policy in all() {
        assert!(policy.tsa_roots.iter().all(|root| cartorio_policy::root_name(root).is_some()), "{}", policy.name());
    }
}

#[test]
fn reasons_that_block_come_first_and_all_are_in_the_table_of_codes() {
    let scene = Scene { chain: own_chain(KeySpec::EcP384), spec: KeySpec::EcP384 };
    let known: BTreeSet<_> = code::ALL.into_iter().collect();
    for policy in all() {
        let mut input = scene.input(policy);
        input.lpa_next_update = None;
        let refusals = preflight(&input);
        assert!(refusals.iter().all(|refusal| known.contains(refusal.code)));
        assert!(refusals.is_sorted_by_key(|refusal| std::cmp::Reverse(refusal.severity)));
        assert_eq!(refusals.last().unwrap().code, code::LIST_ABSENT);
    }
}

fn digest(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
