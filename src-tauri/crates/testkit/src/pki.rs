//! A small PKI for the tests of other crates: root, intermediate and a signer's certificate, at a fixed time.
//!
//! Names are neutral on purpose (no «demonstração» in them), so that legal labels can be tested too; use
//! `cartorio_pki::ca::demo` for the demonstration names.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use cartorio_core::Digest;
use cartorio_keys::{DigestSigner, KeyResult, KeySpec, PublicKey, Signature, SignatureAlgorithm, SoftwareKey};
use cartorio_pki::ca::{
    AttributeType, CertificateAuthority, CertificateRequest, CrlRequest, LocalCa, Profile, Subject,
};
use cartorio_pki::{Certificate, Crl, RevokedCertificate, Serial, Validity};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

/// The instant at which every certificate of a [`MiniPki`] is valid.
pub const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// Root, intermediate, and one signer.
pub struct MiniPki {
    /// The root CA.
    pub root: LocalCa,
    /// The intermediate CA, below the root.
    pub intermediate: LocalCa,
    /// The signer's key.
    pub signer: SoftwareSigner,
    /// The signer's certificate, the intermediate's, the root's.
    pub chain: Vec<Certificate>,
}

impl MiniPki {
    /// A PKI whose keys are all of type `spec` and which signs with the type's default algorithm.
    ///
    /// # Panics
    /// When a key or certificate cannot be made: the test's surroundings are broken.
    pub fn new(spec: KeySpec) -> Self {
        Self::with_algorithm(spec, spec.default_algorithm())
    }

    /// A PKI whose keys are all of type `spec` and which signs with `algorithm` (for RSASSA-PSS, say).
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn with_algorithm(spec: KeySpec, algorithm: SignatureAlgorithm) -> Self {
        let root_signer = Box::new(SoftwareSigner::generate(spec, algorithm));
        let root = sound(run(LocalCa::create_root(subject("Test Root CA"), None, validity(20), root_signer)));
        let intermediate_signer = SoftwareSigner::generate(spec, algorithm);
        let request = CertificateRequest {
            subject: subject("Test Issuing CA"),
            spki: intermediate_signer.public_key().spki.clone(),
            profile: Profile::IssuingCa { path_len: 0 },
            validity: validity(10),
            serial: sound(Serial::random()),
        };
        let issued = sound(run(root.issue(request, &intermediate_signer)));
        let intermediate = sound(LocalCa::new(issued, Box::new(intermediate_signer)));
        let signer = SoftwareSigner::generate(spec, algorithm);
        let chain = issue(&intermediate, "Test Signer", &signer);
        Self { root, intermediate, signer, chain }
    }

    /// The signer's certificate.
    pub fn leaf(&self) -> &Certificate {
        // `issue` gives at least the new certificate.
        &self.chain[0]
    }

    /// The root's certificate, to be trusted.
    pub fn anchor(&self) -> &Certificate {
        self.root.certificate()
    }

    /// The chain in DER, the signer's certificate first.
    pub fn chain_der(&self) -> Vec<Vec<u8>> {
        self.chain.iter().map(|certificate| certificate.der.clone()).collect()
    }

    /// Another certificate by the intermediate, for any key; gives its chain.
    pub fn issue(&self, common_name: &str, holder: &dyn DigestSigner) -> Vec<Certificate> {
        issue(&self.intermediate, common_name, holder)
    }

    /// A revocation list of the intermediate, good for a month around [`NOW`].
    pub fn crl(&self, revoked: Vec<RevokedCertificate>) -> Crl {
        sound(run(self.intermediate.crl(month(revoked))))
    }

    /// A revocation list of the root.
    pub fn root_crl(&self, revoked: Vec<RevokedCertificate>) -> Crl {
        sound(run(self.root.crl(month(revoked))))
    }
}

/// Signs with a key in memory.
pub struct SoftwareSigner {
    key: SoftwareKey,
    algorithm: SignatureAlgorithm,
}

impl SoftwareSigner {
    /// A signer with a new key.
    ///
    /// # Panics
    /// When the key cannot be made.
    pub fn generate(spec: KeySpec, algorithm: SignatureAlgorithm) -> Self {
        Self::of(sound(SoftwareKey::generate(spec)), algorithm)
    }

    /// A signer with this key.
    pub const fn of(key: SoftwareKey, algorithm: SignatureAlgorithm) -> Self {
        Self { key, algorithm }
    }

    /// The key, e.g. for a P12 file.
    pub fn key(&self) -> &SoftwareKey {
        &self.key
    }
}

#[async_trait]
impl DigestSigner for SoftwareSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        let value = self.key.sign_digest(self.algorithm, digest)?;
        Ok(Signature { value, key_id: "test-key".to_owned(), request_id: None, attempts: 1 })
    }
}

/// Runs a future that never waits, as those of software keys, without a runtime.
///
/// # Panics
/// When it does wait.
#[expect(clippy::panic, reason = "test code: a broken promise of the test must be loud")]
pub fn run<F: Future>(future: F) -> F::Output {
    match pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits for something; run it in a runtime"),
    }
}

fn issue(ca: &LocalCa, common_name: &str, holder: &dyn DigestSigner) -> Vec<Certificate> {
    let request = CertificateRequest {
        subject: subject(common_name),
        spki: holder.public_key().spki.clone(),
        profile: Profile::DocumentSigner { email: Some("signer@example.org".to_owned()) },
        validity: validity(3),
        serial: sound(Serial::random()),
    };
    sound(run(ca.issue(request, holder)))
}

fn subject(common_name: &str) -> Subject {
    sound(Subject::new([
        (AttributeType::Country, "BR"),
        (AttributeType::Organization, "Test Office"),
        (AttributeType::CommonName, common_name),
    ]))
}

fn validity(years: i64) -> Validity {
    let not_before = datetime!(2026-01-01 00:00 UTC);
    Validity { not_before, not_after: not_before + Duration::days(365 * years) }
}

fn month(revoked: Vec<RevokedCertificate>) -> CrlRequest {
    CrlRequest { revoked, number: 1, this_update: NOW - Duration::days(15), next_update: NOW + Duration::days(15) }
}

#[expect(clippy::panic, reason = "test code: broken surroundings must be loud")]
fn sound<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the test PKI cannot be made: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cartorio_pki::chain::{Conclusion, review};

    #[test]
    fn the_chain_is_sound() {
        let pki = MiniPki::new(KeySpec::EcP256);
        let crls = [pki.crl(Vec::new()), pki.root_crl(Vec::new())];
        let report = review(pki.leaf(), &pki.chain, &[pki.anchor().clone()], &crls, NOW);
        assert_eq!(report.verdict(), (Conclusion::Passed, Vec::new()));
        assert_eq!(pki.signer.public_key(), &pki.leaf().public_key().unwrap());
    }
}
