//! Project Wycheproof's vectors: every invalid signature is refused, every valid one of our parameters accepted.

#![allow(clippy::print_stdout)] // The counts are the result.

use std::fmt::Display;

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{PublicKey, SignatureAlgorithm, VerifyError, verify_digest, verify_message};
use wycheproof::{HashFunction, TestResult};

/// What was seen of one family.
#[derive(Default)]
struct Count {
    valid: usize,
    invalid: usize,
    acceptable_taken: usize,
    acceptable_refused: usize,
    failures: Vec<String>,
}

impl Count {
    fn see(&mut self, result: TestResult, accepted: bool, case: impl Display) {
        match (result, accepted) {
            (TestResult::Valid, true) => self.valid += 1,
            (TestResult::Invalid, false) => self.invalid += 1,
            (TestResult::Acceptable, true) => self.acceptable_taken += 1,
            (TestResult::Acceptable, false) => self.acceptable_refused += 1,
            (TestResult::Valid, false) => self.failures.push(format!("refuses the valid {case}")),
            (TestResult::Invalid, true) => self.failures.push(format!("accepts the invalid {case}")),
        }
    }

    /// `valid` and `invalid` are floors: fewer would mean that the vectors were not read.
    fn end(self, family: &str, valid: usize, invalid: usize) {
        println!(
            "{family}: {} valid accepted, {} invalid refused, {} acceptable accepted, {} acceptable refused",
            self.valid, self.invalid, self.acceptable_taken, self.acceptable_refused
        );
        assert!(self.failures.is_empty(), "{family}:\n{}", self.failures.join("\n"));
        assert!(self.valid >= valid && self.invalid >= invalid, "{family}: too few vectors");
    }
}

fn hash(function: HashFunction) -> Option<HashAlgorithm> {
    match function {
        HashFunction::Sha2_256 => Some(HashAlgorithm::Sha256),
        HashFunction::Sha2_384 => Some(HashAlgorithm::Sha384),
        HashFunction::Sha2_512 => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}

/// Whether a signature is accepted; both ways of asking must agree.
fn accepts(spki: &[u8], algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = PublicKey::from_spki(spki.to_vec()) else { return false };
    let whole = verify_message(&key, algorithm, message, signature);
    let digest = verify_digest(&key, algorithm, &Digest::of(algorithm.hash(), message), signature);
    if algorithm.signs_messages() {
        assert_eq!(digest, Err(VerifyError::MessageNeeded { algorithm }));
    } else {
        assert_eq!(digest, whole);
    }
    whole.is_ok()
}

#[test]
fn rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let mut count = Count::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let Some(hash) = hash(group.hash) else { continue };
            // Moduli that this product does not take.
            if ![2048, 3072, 4096].contains(&group.key_size) {
                assert!(PublicKey::from_spki(group.der.to_vec()).is_err(), "{name:?}");
                continue;
            }
            for test in group.tests {
                let accepted = accepts(&group.der, SignatureAlgorithm::rsa_pkcs1(hash), &test.msg, &test.sig);
                count.see(test.result, accepted, format_args!("{name:?} {}: {}", test.tc_id, test.comment));
            }
        }
    }
    count.end("RSASSA-PKCS1-v1_5", 60, 2000);
}

#[test]
fn rsa_pss() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let (mut ours, mut others) = (Count::default(), 0);
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let Some(hash) = hash(group.hash) else { continue };
            let algorithm = SignatureAlgorithm::rsa_pss(hash);
            let is_ours = group.mgf_hash.is_some_and(|mask| mask == group.hash)
                && group.salt_size == hash.output_len()
                && [2048, 3072, 4096].contains(&group.key_size);
            for test in group.tests {
                // A key that is bound to PSS by its own identifier is of no type of ours, and is refused.
                let bound = PublicKey::from_spki(group.der.to_vec()).is_err();
                let accepted = accepts(&group.der, algorithm, &test.msg, &test.sig);
                let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
                if is_ours && !bound {
                    ours.see(test.result, accepted, case);
                    continue;
                }
                others += 1;
                // Wrong for its group, whose salt is another, and right for us.
                let becomes_ours = test.comment == format!("s_len changed to {}", hash.output_len())
                    && group.mgf_hash.is_some_and(|mask| mask == group.hash);
                // With a salt or mask of another kind, or a key of another size or bound to PSS, none is good here.
                assert_eq!(accepted, becomes_ours && !bound, "the foreign {case}");
            }
        }
    }
    println!("RSASSA-PSS with other parameters: {others} refused");
    assert!(others > 1000);
    ours.end("RSASSA-PSS", 500, 250);
}

#[test]
fn ecdsa() {
    use wycheproof::ecdsa::{TestGroupTypeId, TestName, TestSet};
    let mut count = Count::default();
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        for group in set.test_groups {
            let Some(hash) = hash(group.hash) else { continue };
            if group.test_type != TestGroupTypeId::Ecdsa || PublicKey::from_spki(group.der.to_vec()).is_err() {
                continue;
            }
            for test in group.tests {
                let accepted = accepts(&group.der, SignatureAlgorithm::ecdsa(hash), &test.msg, &test.sig);
                count.see(test.result, accepted, format_args!("{name:?} {}: {}", test.tc_id, test.comment));
            }
        }
    }
    count.end("ECDSA", 1200, 1800);
}

#[test]
fn ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut count = Count::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        for test in group.tests {
            let accepted = accepts(&group.der, SignatureAlgorithm::ed25519(), &test.msg, &test.sig);
            count.see(test.result, accepted, format_args!("{}: {}", test.tc_id, test.comment));
        }
    }
    count.end("Ed25519", 80, 50);
}

#[test]
fn ml_dsa() {
    use wycheproof::mldsa_verify::{TestName, TestSet};
    let (mut count, mut contexts) = (Count::default(), 0);
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let accepted = accepts(&group.der, SignatureAlgorithm::ml_dsa(), &test.msg, &test.sig);
                let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
                if test.ctx.as_ref().is_some_and(|context| !context.is_empty()) {
                    // The context is part of what is signed; ours is empty.
                    assert!(!accepted, "accepts {case} with a context");
                    contexts += 1;
                } else {
                    count.see(test.result, accepted, case);
                }
            }
        }
    }
    println!("ML-DSA with a context: {contexts} refused");
    count.end("ML-DSA", 200, 350);
}
