//! Helpers of this crate's own tests.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use cartorio_core::Digest;
use cartorio_keys::{DigestSigner, KeyResult, KeySpec, PublicKey, Signature, SignatureAlgorithm, SoftwareKey};
use const_oid::ObjectIdentifier as Oid;
use der::Encode;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::asn1;
use crate::ca::{CertificateAuthority, CertificateRequest, LocalCa, Profile, Subject, demo};
use crate::certificate::{Certificate, Validity};
use crate::serial::Serial;

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
    let chain = run(root.issue(request, &*signer)).unwrap();
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
    let holder = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let request = CertificateRequest {
        subject,
        spki: holder.public_key().spki.clone(),
        profile,
        validity,
        serial: Serial::random().unwrap(),
    };
    let chain = run(ca.issue(request, &*holder)).unwrap();
    (holder.key, chain)
}

/// A certificate with whatever extensions, names and times a test wants: what the CA itself refuses to make.
pub(crate) struct Forge<'a> {
    pub subject: &'a str,
    pub issuer: &'a str,
    pub spki: &'a [u8],
    pub issuer_key: &'a SoftwareKey,
    pub validity: Validity,
    pub serial: u8,
    pub extensions: Vec<Vec<u8>>,
}

pub(crate) fn name(common_name: &str) -> Vec<u8> {
    Subject::new([(crate::ca::AttributeType::CommonName, common_name)]).unwrap().to_der()
}

pub(crate) fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![asn1::oid(&Oid::new(oid).unwrap())];
    if critical {
        parts.push(asn1::tlv(asn1::BOOLEAN, &[0xff]));
    }
    parts.push(asn1::octets(value));
    asn1::seq(parts)
}

/// basicConstraints and keyUsage of a CA.
pub(crate) fn ca_extensions(path_len: Option<u64>) -> Vec<Vec<u8>> {
    let mut constraints = vec![asn1::tlv(asn1::BOOLEAN, &[0xff])];
    constraints.extend(path_len.map(asn1::number));
    vec![
        extension("2.5.29.19", true, &asn1::seq(constraints)),
        extension("2.5.29.15", true, &asn1::named_bits(&[5, 6])),
    ]
}

pub(crate) fn forge(forge: &Forge<'_>) -> Certificate {
    let algorithm = forge.issuer_key.public_key().spec.default_algorithm();
    let identifier = algorithm.identifier().unwrap().to_der().unwrap();
    let mut parts = vec![
        asn1::explicit(0, &asn1::number(2)),
        asn1::number(forge.serial.into()),
        identifier.clone(),
        name(forge.issuer),
        asn1::seq([asn1::time(forge.validity.not_before), asn1::time(forge.validity.not_after)]),
        name(forge.subject),
        forge.spki.to_vec(),
    ];
    if !forge.extensions.is_empty() {
        parts.push(asn1::explicit(3, &asn1::seq(forge.extensions.clone())));
    }
    let tbs = asn1::seq(parts);
    let digest = Digest::of(algorithm.hash(), &tbs);
    let signature = forge.issuer_key.sign_digest(algorithm, &digest).unwrap();
    Certificate::from_der(&asn1::seq([tbs, identifier, asn1::bits(&signature)])).unwrap()
}

/// Runs a foreign program; `None`, after a line on stderr, where it does not exist (a failure where
/// `CARTORIO_REQUIRE_JUDGES` is set). Gives whether it was content, and everything it said.
pub(crate) fn judge(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let output = std::process::Command::new(program).args(arguments).stdin(std::process::Stdio::null()).output();
    match output {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
        }
        Err(error) => {
            assert!(std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_none(), "{program} cannot be run: {error}");
            eprintln!("skipped: {program} cannot be run ({error})");
            None
        }
    }
}

/// A file of the shared corpora; `None`, after a line on stderr, where they are absent.
pub(crate) fn corpus(path: &str) -> Option<Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
    let file = root.join("../shared/corpus").join(path);
    let bytes = std::fs::read(&file).ok();
    if bytes.is_none() {
        eprintln!("skipped: the corpus {path} is absent");
    }
    bytes
}

/// A scratch folder and a way to put files into it.
pub(crate) struct Scratch(tempfile::TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}
