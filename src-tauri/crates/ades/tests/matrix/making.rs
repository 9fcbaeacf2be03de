//! Signatures at every level, made as the product makes them, with software keys and the laboratory's services.

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cades::{CadesRequest, prepare_detached};
use cartorio_ades::create::cms::{CmsRequest, Prepared, Profile, prepare as prepare_cms};
use cartorio_ades::create::pades::{
    Increment, PadesOptions, ValidationData, Vri, add_evidence, prepare, prepare_timestamp,
};
use cartorio_ades::create::timestamp::Query;
use cartorio_ades::create::upgrade::{
    Values, add_archive_timestamp, add_unsigned, add_values, archive_input, signature_timestamp, signature_value,
};
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{SignatureAlgorithm, SoftwareKey};
use cartorio_testkit::lab::{Identity, Lab, Person};
use time::OffsetDateTime;

use crate::inputs::open;

/// Levels, in the order in which each is made out of the one before.
pub const LEVELS: [&str; 4] = ["B", "T", "LT", "LTA"];

/// Room for a signature with its time stamp.
const CAPACITY: usize = 16 * 1024;

/// Who signs, and how.
#[derive(Clone, Copy, Debug)]
pub enum Algorithm {
    RsaPkcs1,
    RsaPss,
    P256,
    P521,
}

impl Algorithm {
    pub const ALL: [Self; 4] = [Self::RsaPkcs1, Self::RsaPss, Self::P256, Self::P521];

    pub fn person(self) -> Person {
        match self {
            Self::RsaPkcs1 | Self::RsaPss => Person::Rsa2048,
            Self::P256 => Person::P256,
            Self::P521 => Person::P521,
        }
    }

    pub fn signature(self) -> SignatureAlgorithm {
        match self {
            Self::RsaPkcs1 => SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256),
            Self::RsaPss => SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256),
            Self::P256 => SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256),
            Self::P521 => SignatureAlgorithm::ecdsa(HashAlgorithm::Sha512),
        }
    }

    /// Each has a TSA of another kind.
    fn tsa(self, lab: &Lab) -> &str {
        match self {
            Self::RsaPkcs1 | Self::P521 => &lab.urls().tsa,
            Self::RsaPss => &lab.urls().tsa_openssl,
            Self::P256 => &lab.urls().tsa_p256,
        }
    }

    fn tsa_name(self) -> &'static str {
        match self {
            Self::RsaPkcs1 | Self::P521 => "tsa",
            Self::RsaPss => "tsa-openssl",
            Self::P256 => "tsa-p256",
        }
    }
}

/// A signer with what proves the signature later.
pub struct Maker<'a> {
    lab: &'a Lab,
    algorithm: Algorithm,
    key: SoftwareKey,
    identity: Identity,
    evidence: ValidationData,
}

impl<'a> Maker<'a> {
    pub fn new(lab: &'a Lab, algorithm: Algorithm) -> Self {
        let person = algorithm.person();
        let label = person.label();
        let names = [label, "issuing", "root", algorithm.tsa_name(), "act", "ocsp"];
        let evidence = ValidationData {
            certificates: names.map(|name| lab.certificate(name)).to_vec(),
            crls: vec![lab.crl("root"), lab.crl("act")],
            ocsps: vec![lab.ocsp_of(label)],
            artifacts: None,
        };
        Self { lab, algorithm, key: lab.key(person), identity: lab.person(person), evidence }
    }

    /// Somebody else's signature is in the file, too: what proves that one.
    pub fn and_of(mut self, other: Person) -> Self {
        self.evidence.certificates.push(self.lab.certificate(other.label()));
        self.evidence.ocsps.push(self.lab.ocsp_of(other.label()));
        self
    }

    /// The PDF at all four levels.
    pub fn pades(&self, original: &[u8], password: Option<&str>, options: &PadesOptions) -> [Vec<u8>; 4] {
        let file = open(original, password);
        let options = PadesOptions { contents_capacity: CAPACITY, signing_time: Some(now()), ..options.clone() };
        let prepared = prepare(&file, &options).unwrap();
        let plain = self.cms(prepared.digest(self.hash()));
        let stamped = self.stamped(&plain, 0);
        let [b, t] = [&plain, &stamped].map(|cms| written(&prepared.finish(cms).unwrap()));

        let all = |items: &[Vec<u8>]| (0..items.len()).collect::<Vec<_>>();
        let vri = Vri {
            contents: prepared.contents(&stamped),
            certificates: all(&self.evidence.certificates),
            crls: all(&self.evidence.crls),
            ocsps: all(&self.evidence.ocsps),
            at: None,
        };
        let lt = written(&add_evidence(&open(&t, password), &self.evidence, &[vri]).unwrap());
        let waiting = prepare_timestamp(&open(&lt, password), CAPACITY, options.dialect).unwrap();
        let token = self.token(waiting.digest(HashAlgorithm::Sha256));
        let lta = written(&waiting.finish(&token).unwrap());
        [b, t, lt, lta]
    }

    /// The detached CAdES at all four levels.
    pub fn cades(&self, content: &[u8], extras: SignedExtras) -> [Vec<u8>; 4] {
        let prepared = prepare_detached(CadesRequest {
            signer_certificate: &self.identity.certificate,
            chain: self.chain(),
            algorithm: self.algorithm.signature(),
            content_digest: Digest::of(self.hash(), content),
            signing_time: now(),
            extras,
        })
        .unwrap();
        let b = prepared.finish(&self.sign(&prepared)).unwrap();
        let t = self.stamped(&b, 0);
        let lt = self.with_evidence(&t);
        let lta = self.archived(&lt, 0, content);
        [b, t, lt, lta]
    }

    /// A countersignature's SignerInfo on signer 0 of `cms`.
    pub fn countersignature(&self, cms: &[u8]) -> Vec<u8> {
        let value = signature_value(cms, 0).unwrap();
        let prepared =
            self.prepare(Digest::of(self.hash(), &value), Profile::Countersignature { signing_time: Some(now()) });
        prepared.finish_signer_info(&self.sign(&prepared)).unwrap()
    }

    /// The certificates that belong to the signature.
    pub fn certificates(&self) -> Vec<&[u8]> {
        [vec![&*self.identity.certificate], self.chain()].concat()
    }

    /// Adds the evidence to a CMS.
    pub fn with_evidence(&self, cms: &[u8]) -> Vec<u8> {
        let values = Values {
            certificates: self.evidence.certificates.iter().map(Vec::as_slice).collect(),
            crls: self.evidence.crls.iter().map(Vec::as_slice).collect(),
            ocsps: self.evidence.ocsps.iter().map(Vec::as_slice).collect(),
        };
        add_values(cms, &values).unwrap()
    }

    /// Adds a signature time stamp to a signer of a CMS.
    pub fn stamped(&self, cms: &[u8], signer: usize) -> Vec<u8> {
        let value = signature_value(cms, signer).unwrap();
        let token = self.token(Digest::of(HashAlgorithm::Sha256, &value));
        add_unsigned(cms, signer, &signature_timestamp(cms, signer, &token).unwrap()).unwrap()
    }

    /// Adds an archive time stamp to a signer of a CMS.
    pub fn archived(&self, cms: &[u8], signer: usize, content: &[u8]) -> Vec<u8> {
        let hash = self.hash();
        let input = archive_input(cms, signer, hash, &Digest::of(hash, content)).unwrap();
        add_archive_timestamp(cms, signer, &input, &self.token(input.imprint.clone())).unwrap()
    }

    fn cms(&self, digest: Digest) -> Vec<u8> {
        let prepared = self.prepare(digest, Profile::Pades);
        prepared.finish(&self.sign(&prepared)).unwrap()
    }

    fn prepare(&self, content_digest: Digest, profile: Profile) -> Prepared {
        prepare_cms(CmsRequest {
            signer_certificate: &self.identity.certificate,
            chain: self.chain(),
            algorithm: self.algorithm.signature(),
            content_digest,
            profile,
            extras: SignedExtras::default(),
        })
        .unwrap()
    }

    fn sign(&self, prepared: &Prepared) -> Vec<u8> {
        self.key.sign_digest(prepared.algorithm(), &prepared.tbs_digest()).unwrap()
    }

    fn token(&self, imprint: Digest) -> Vec<u8> {
        let query = Query::new(imprint, [0x5a; 16], None);
        query.accept(&self.lab.stamp(self.algorithm.tsa(self.lab), &query.der())).unwrap().der
    }

    fn chain(&self) -> Vec<&[u8]> {
        self.identity.chain.iter().map(Vec::as_slice).collect()
    }

    fn hash(&self) -> HashAlgorithm {
        self.algorithm.signature().hash()
    }
}

/// The real time, as the laboratory's time stamps tell it.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc().replace_nanosecond(0).unwrap()
}

fn written(increment: &Increment) -> Vec<u8> {
    let mut out = Vec::new();
    increment.write_to(&mut out).unwrap();
    out
}
