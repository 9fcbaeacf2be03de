//! Helpers of this crate's own tests.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use cartorio_core::Digest;
use cartorio_keys::{DigestSigner, KeyResult, KeySpec, PublicKey, Signature, SignatureAlgorithm, SoftwareKey};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::ca::{CertificateAuthority, CertificateRequest, LocalCa, Profile, Subject, demo};
use crate::certificate::{Certificate, Serial, Validity};

/// The instant that tests speak of.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// Runs a future that never waits, as those of software keys.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a software key does not wait"),
    }
}

pub(crate) struct TestSigner {
    pub key: SoftwareKey,
    pub algorithm: SignatureAlgorithm,
}

impl TestSigner {
    pub(crate) fn new(algorithm: SignatureAlgorithm, spec: KeySpec) -> Box<Self> {
        Box::new(Self { key: SoftwareKey::generate(spec).unwrap(), algorithm })
    }
}

#[async_trait]
impl DigestSigner for TestSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        let value = self.key.sign_digest(self.algorithm, digest)?;
        Ok(Signature { value, key_id: "test".to_owned(), request_id: None, attempts: 1 })
    }
}

pub(crate) fn validity(years: i64) -> Validity {
    let not_before = datetime!(2026-01-01 00:00 UTC);
    Validity { not_before, not_after: not_before + time::Duration::days(365 * years) }
}

/// A demonstration hierarchy: root, intermediate, and whatever the test issues.
pub(crate) struct Hierarchy {
    pub root: LocalCa,
    pub intermediate: LocalCa,
}

pub(crate) fn hierarchy(spec: KeySpec, algorithm: SignatureAlgorithm) -> Hierarchy {
    let names = demo::subjects().unwrap();
    let root = run(LocalCa::create_root(names.root, None, validity(20), TestSigner::new(algorithm, spec))).unwrap();
    let signer = TestSigner::new(algorithm, spec);
    let request = CertificateRequest {
        subject: names.intermediate,
        spki: signer.public_key().spki.clone(),
        profile: Profile::IssuingCa { path_len: 0 },
        validity: validity(10),
        serial: Serial::random().unwrap(),
    };
    let chain = run(root.issue(request)).unwrap();
    Hierarchy { root, intermediate: LocalCa::new(chain, signer).unwrap() }
}

pub(crate) fn default_hierarchy() -> Hierarchy {
    hierarchy(KeySpec::EcP256, KeySpec::EcP256.default_algorithm())
}

/// Issues a document signer's certificate; gives its key and chain.
pub(crate) fn leaf(ca: &LocalCa, name: &str) -> (SoftwareKey, Vec<Certificate>) {
    issue(ca, demo::signer(name).unwrap(), Profile::DocumentSigner { email: None }, validity(3))
}

pub(crate) fn issue(
    ca: &LocalCa,
    subject: Subject,
    profile: Profile,
    validity: Validity,
) -> (SoftwareKey, Vec<Certificate>) {
    let key = SoftwareKey::generate(KeySpec::EcP256).unwrap();
    let request = CertificateRequest {
        subject,
        spki: key.public_key().spki.clone(),
        profile,
        validity,
        serial: Serial::random().unwrap(),
    };
    let chain = run(ca.issue(request)).unwrap();
    (key, chain)
}
