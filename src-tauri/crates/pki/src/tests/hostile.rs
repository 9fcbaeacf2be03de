//! Heaps made to cost time. What is counted is work, not seconds.

use cartorio_engine::ErrorCode;
use cartorio_keys::{KeySpec, SoftwareKey};

use super::support::{Forge, NOW, ca_extensions, extension, forge, validity};
use crate::Certificate;
use crate::asn1;
use crate::chain::{Conclusion, Problem, Requirements, Reviewer, RevocationMode, Weight, links};

fn key() -> SoftwareKey {
    SoftwareKey::generate(KeySpec::EcP256).unwrap()
}

fn make(
    serial: u8,
    subject: &str,
    issuer: &str,
    key: &SoftwareKey,
    by: &SoftwareKey,
    extensions: Vec<Vec<u8>>,
) -> Certificate {
    let spki = &key.public_key().spki;
    forge(&Forge { subject, issuer, spki, issuer_key: by, validity: validity(1), serial, extensions })
}

fn with_ca(extra: Vec<u8>) -> Vec<Vec<u8>> {
    let mut extensions = ca_extensions(None);
    extensions.push(extra);
    extensions
}

fn off() -> Requirements {
    Requirements { revocation: RevocationMode::Off, ..Requirements::default() }
}

#[test]
fn a_name_constraint_bomb_is_refused_as_too_complex() {
    let (root_key, leaf_key) = (key(), key());
    let subtree = |number: usize| asn1::seq([asn1::implicit(2, format!("x{number}.example").as_bytes())]);
    let trees = asn1::explicit(0, &(0..1_500).flat_map(subtree).collect::<Vec<u8>>());
    let root = make(1, "R", "R", &root_key, &root_key, with_ca(extension("2.5.29.30", true, &asn1::seq([trees]))));
    let names: Vec<Vec<u8>> =
        (0..1_500).map(|number| asn1::implicit(2, format!("y{number}.x1499.example").as_bytes())).collect();
    let leaf = make(2, "L", "R", &leaf_key, &root_key, vec![extension("2.5.29.17", false, &asn1::seq(names))]);
    let report = Reviewer::new(&[], &[root], &[]).review_with(&leaf, NOW, &off());
    assert!(report.best().unwrap().problems().any(|problem| *problem == Problem::TooComplex));
    assert_eq!(report.verdict().0, Conclusion::Failed);
}

#[test]
fn what_the_engine_could_not_compute_is_no_proof() {
    let weight = |code: ErrorCode| Problem::Refused { code: code.name(), number: code.number() }.weight();
    assert_eq!(weight(ErrorCode::OUT_OF_MEM), Weight::Indeterminate);
    assert_eq!(weight(ErrorCode::UNSPECIFIED), Weight::Indeterminate);
    assert_eq!(weight(ErrorCode::INVALID_EXTENSION), Weight::Error);
    assert_eq!(Problem::TooComplex.weight(), Weight::Error);
}

#[test]
fn a_policy_tree_bomb_is_refused() {
    // Every CA maps each of the policies to each of them: without a limit the tree has width^depth nodes.
    const WIDTH: u64 = 40;
    const DEPTH: usize = 8;
    let policy = |number: u64| {
        let number = u32::try_from(number).unwrap();
        asn1::oid(&const_oid::ObjectIdentifier::from_arcs([1, 3, 6, 1, 4, 1, 99_999, number]).unwrap())
    };
    let policies = extension(
        "2.5.29.32",
        true,
        &asn1::seq((1..=WIDTH).map(|number| asn1::seq([policy(number)])).collect::<Vec<_>>()),
    );
    let pairs: Vec<Vec<u8>> = (1..=WIDTH)
        .flat_map(|from| (1..=WIDTH).map(move |to| (from, to)))
        .map(|(from, to)| asn1::seq([policy(from), policy(to)]))
        .collect();
    let mapped = extension("2.5.29.33", true, &asn1::seq(pairs));
    let keys: Vec<SoftwareKey> = (0..=DEPTH).map(|_| key()).collect();
    let root = make(1, "C0", "C0", &keys[0], &keys[0], ca_extensions(None));
    let mut pool = Vec::new();
    for depth in 1..DEPTH {
        let mut extensions = ca_extensions(None);
        extensions.extend([policies.clone(), mapped.clone()]);
        let (subject, issuer) = (format!("C{depth}"), format!("C{}", depth - 1));
        pool.push(make(2, &subject, &issuer, &keys[depth], &keys[depth - 1], extensions));
    }
    let issuer = format!("C{}", DEPTH - 1);
    let leaf = make(3, "L", &issuer, &keys[DEPTH], &keys[DEPTH - 1], vec![policies]);
    let requirements = Requirements { explicit_policy: true, ..off() };
    let report = Reviewer::new(&pool, &[root], &[]).review_with(&leaf, NOW, &requirements);
    assert_eq!(report.verdict().0, Conclusion::Failed, "{:?}", report.verdict().1);
}

#[test]
fn ten_thousand_cas_of_one_name_cost_a_bounded_number_of_signatures() {
    // Distinct keys are what costs; the bytes of a key may be made up.
    let signer = key();
    let template = make(1, "R", "R", &signer, &signer, ca_extensions(None));
    let spki = &signer.public_key().spki;
    let place = template.der.windows(spki.len()).position(|window| window == spki.as_slice()).unwrap();
    let heap: Vec<Certificate> = (0..10_000_u32)
        .map(|number| {
            let mut der = template.der.clone();
            let end = place + spki.len();
            der[end - 4..end].copy_from_slice(&number.to_be_bytes());
            Certificate::from_der(&der).unwrap()
        })
        .collect();
    let found = links(&heap);
    assert!(found.truncated);
    assert!(found.checks <= heap.len() * 2 + 1_000, "{} signatures", found.checks);
    let report = Reviewer::new(&heap, &[], &[]).review_with(&heap[0], NOW, &off());
    assert!(report.paths.len() <= 64);
}

#[test]
fn cross_certificates_in_a_ring_end() {
    let keys: Vec<SoftwareKey> = (0..6).map(|_| key()).collect();
    let mut pool = Vec::new();
    for subject in 0..6 {
        for issuer in (0..6).filter(|issuer| *issuer != subject) {
            let (name, by) = (format!("X{subject}"), format!("X{issuer}"));
            pool.push(make(1, &name, &by, &keys[subject], &keys[issuer], ca_extensions(None)));
        }
    }
    let root = make(9, "X5", "X5", &keys[5], &keys[5], ca_extensions(None));
    let leaf = make(8, "L", "X0", &key(), &keys[0], vec![]);
    let report = Reviewer::new(&pool, &[root], &[]).review_with(&leaf, NOW, &off());
    assert_eq!(report.verdict().0, Conclusion::Passed, "the shortest way holds, however many rings there are");
    assert!(report.paths.len() <= 64);
    let found = links(&pool);
    assert_eq!(found.links.len(), 30 * 5, "each of thirty has the five certificates of its issuer's key");
    assert!(!found.truncated);
}
