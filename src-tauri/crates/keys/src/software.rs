//! A private key in memory: made, sealed, signed with, wiped.

use aws_lc_rs::digest as lc_digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    self as lc, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, PqdsaKeyPair, PqdsaSigningAlgorithm,
    RsaSignatureEncoding,
};
use cartorio_core::{Digest, HashAlgorithm, SecretBytes};

use crate::verify::lc_hash;
use crate::{KeyError, KeyResult, KeySpec, PublicKey, SignatureAlgorithm, SignatureScheme};

const BACKEND: &str = "local";

/// A private key in memory. Its DER form is wiped when dropped; AWS-LC wipes its own copy.
pub struct SoftwareKey {
    pkcs8: SecretBytes,
    public: PublicKey,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    MlDsa(PqdsaKeyPair),
}

/// What the library makes and reads keys of a type with.
enum Kind {
    Rsa(KeySize),
    Ec(&'static EcdsaSigningAlgorithm),
    Ed,
    MlDsa(&'static PqdsaSigningAlgorithm),
}

impl Kind {
    fn of(spec: KeySpec) -> Self {
        match spec {
            KeySpec::Rsa2048 => Self::Rsa(KeySize::Rsa2048),
            KeySpec::Rsa3072 => Self::Rsa(KeySize::Rsa3072),
            KeySpec::Rsa4096 => Self::Rsa(KeySize::Rsa4096),
            KeySpec::EcP256 => Self::Ec(&lc::ECDSA_P256_SHA256_ASN1_SIGNING),
            KeySpec::EcP384 => Self::Ec(&lc::ECDSA_P384_SHA384_ASN1_SIGNING),
            KeySpec::EcP521 => Self::Ec(&lc::ECDSA_P521_SHA512_ASN1_SIGNING),
            KeySpec::Ed25519 => Self::Ed,
            KeySpec::MlDsa44 => Self::MlDsa(&lc::ML_DSA_44_SIGNING),
            KeySpec::MlDsa65 => Self::MlDsa(&lc::ML_DSA_65_SIGNING),
            KeySpec::MlDsa87 => Self::MlDsa(&lc::ML_DSA_87_SIGNING),
        }
    }
}

impl SoftwareKey {
    /// Makes a new key from the operating system's random source.
    ///
    /// # Errors
    /// `Backend` when the library cannot make it.
    pub fn generate(spec: KeySpec) -> KeyResult<Self> {
        let random = SystemRandom::new();
        let generation = |_| failed("key generation");
        let pkcs8 = match Kind::of(spec) {
            Kind::Rsa(size) => {
                let pair = RsaKeyPair::generate(size).map_err(generation)?;
                let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| failed("key encoding"))?;
                der.as_ref().to_vec()
            }
            Kind::Ec(algorithm) => {
                EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(generation)?.as_ref().to_vec()
            }
            // Version 1: OpenSSL before 3.3 does not read version 2.
            Kind::Ed => Ed25519KeyPair::generate_pkcs8v1(&random).map_err(generation)?.as_ref().to_vec(),
            Kind::MlDsa(algorithm) => {
                let pair = PqdsaKeyPair::generate(algorithm).map_err(generation)?;
                pair.to_pkcs8v1().map_err(|_| failed("key encoding"))?.as_ref().to_vec()
            }
        };
        Self::from_pkcs8(spec, SecretBytes::new(pkcs8))
    }

    /// Reads a DER `PrivateKeyInfo` (RFC 5208; RFC 8410 for Ed25519, RFC 9881 for ML-DSA).
    ///
    /// # Errors
    /// `Backend` when it is malformed or not of type `spec`.
    pub fn from_pkcs8(spec: KeySpec, pkcs8: SecretBytes) -> KeyResult<Self> {
        let pair = match Kind::of(spec) {
            Kind::Rsa(_) => RsaKeyPair::from_pkcs8(pkcs8.expose()).map(Pair::Rsa),
            Kind::Ec(algorithm) => EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.expose()).map(Pair::Ec),
            Kind::Ed => Ed25519KeyPair::from_pkcs8(pkcs8.expose()).map(Pair::Ed),
            Kind::MlDsa(algorithm) => PqdsaKeyPair::from_pkcs8(algorithm, pkcs8.expose()).map(Pair::MlDsa),
        }
        .map_err(|error| rejected(&error))?;
        let spki = match &pair {
            Pair::Rsa(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
            Pair::Ec(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
            Pair::Ed(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
            Pair::MlDsa(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
        }
        .map_err(|_| failed("public key encoding"))?
        .as_ref()
        .to_vec();
        let public = PublicKey::from_spki(spki).map_err(|error| failed(&error.to_string()))?;
        if public.spec != spec {
            return Err(failed(&format!("the key is {}, not {spec}", public.spec)));
        }
        Ok(Self { pkcs8, public, pair })
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// DER `PrivateKeyInfo`, for sealing and for a P12 file.
    pub fn pkcs8(&self) -> &SecretBytes {
        &self.pkcs8
    }

    /// Signs `digest`: PKCS#1 octets, or a DER `ECDSA-Sig-Value`. Blocks for the time of one private-key operation.
    ///
    /// # Errors
    /// `WrongAlgorithm`, `MessageNeeded` and `WrongDigest`; `Backend` when the library fails.
    pub fn sign_digest(&self, algorithm: SignatureAlgorithm, digest: &Digest) -> KeyResult<Vec<u8>> {
        self.must_fit(algorithm)?;
        if algorithm.signs_messages() {
            return Err(KeyError::MessageNeeded { algorithm });
        }
        if digest.algorithm() != algorithm.hash() {
            return Err(KeyError::WrongDigest { expected: algorithm.hash(), actual: digest.algorithm() });
        }
        let imported = lc_digest::Digest::import_less_safe(digest.as_bytes(), lc_hash(digest.algorithm()))
            .map_err(|_| failed("digest"))?;
        match &self.pair {
            Pair::Ec(pair) => Ok(pair.sign_digest(&imported).map_err(|_| failed("signing"))?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign_digest(rsa_encoding(algorithm), &imported, &mut value).map_err(|_| failed("signing"))?;
                Ok(value)
            }
            Pair::Ed(_) | Pair::MlDsa(_) => Err(KeyError::MessageNeeded { algorithm }),
        }
    }

    /// Signs `message`: its digest, or the message itself where the algorithm wants that.
    ///
    /// # Errors
    /// `WrongAlgorithm`; `MessageTooLong` above [`crate::MESSAGE_LIMIT`] for an algorithm that signs messages; `Backend` when the
    /// library fails.
    pub fn sign_message(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> KeyResult<Vec<u8>> {
        self.must_fit(algorithm)?;
        if !algorithm.signs_messages() {
            return self.sign_digest(algorithm, &Digest::of(algorithm.hash(), message));
        }
        algorithm.check_message(message)?;
        match &self.pair {
            Pair::Ed(pair) => Ok(pair.try_sign(message).map_err(|_| failed("signing"))?.as_ref().to_vec()),
            Pair::MlDsa(pair) => {
                let mut value = vec![0; pair.algorithm().signature_len()];
                let len = pair.sign(message, &mut value).map_err(|_| failed("signing"))?;
                value.truncate(len);
                Ok(value)
            }
            Pair::Rsa(_) | Pair::Ec(_) => self.sign_digest(algorithm, &Digest::of(algorithm.hash(), message)),
        }
    }

    fn must_fit(&self, algorithm: SignatureAlgorithm) -> KeyResult<()> {
        if algorithm.fits(self.public.spec) {
            Ok(())
        } else {
            Err(KeyError::WrongAlgorithm { key: BACKEND.to_owned(), spec: self.public.spec, algorithm })
        }
    }
}

fn rsa_encoding(algorithm: SignatureAlgorithm) -> &'static RsaSignatureEncoding {
    let pss = algorithm.scheme() == SignatureScheme::RsaPss;
    match (pss, algorithm.hash()) {
        (false, HashAlgorithm::Sha256) => &lc::RSA_PKCS1_SHA256,
        (false, HashAlgorithm::Sha384) => &lc::RSA_PKCS1_SHA384,
        (false, HashAlgorithm::Sha512) => &lc::RSA_PKCS1_SHA512,
        (true, HashAlgorithm::Sha256) => &lc::RSA_PSS_SHA256,
        (true, HashAlgorithm::Sha384) => &lc::RSA_PSS_SHA384,
        (true, HashAlgorithm::Sha512) => &lc::RSA_PSS_SHA512,
    }
}

fn failed(what: &str) -> KeyError {
    KeyError::Backend { backend: BACKEND, reason: what.to_owned(), request_id: None }
}

fn rejected(error: &aws_lc_rs::error::KeyRejected) -> KeyError {
    failed(&format!("the private key is not usable: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MESSAGE_LIMIT, VerifyError, verify_digest, verify_message};

    #[test]
    fn every_algorithm_of_every_type_verifies_and_detects_a_flipped_bit() {
        for spec in KeySpec::ALL {
            let key = SoftwareKey::generate(spec).unwrap();
            let read = SoftwareKey::from_pkcs8(spec, key.pkcs8().clone()).unwrap();
            assert_eq!(read.public_key(), key.public_key(), "{spec}");
            for algorithm in spec.algorithms() {
                let mut value = key.sign_message(algorithm, b"escritura").unwrap();
                verify_message(key.public_key(), algorithm, b"escritura", &value).unwrap();
                let other = verify_message(key.public_key(), algorithm, b"Escritura", &value);
                assert_eq!(other, Err(VerifyError::Mismatch), "{algorithm} over another message");
                let digest = Digest::of(algorithm.hash(), b"escritura");
                if algorithm.signs_messages() {
                    assert_eq!(key.sign_digest(algorithm, &digest), Err(KeyError::MessageNeeded { algorithm }));
                    let outcome = verify_digest(key.public_key(), algorithm, &digest, &value);
                    assert_eq!(outcome, Err(VerifyError::MessageNeeded { algorithm }));
                    assert_eq!(value.len(), spec.max_signature_len());
                } else {
                    let value = key.sign_digest(algorithm, &digest).unwrap();
                    verify_digest(key.public_key(), algorithm, &digest, &value).unwrap();
                }
                let last = value.len() - 1;
                value[last] ^= 1;
                let outcome = verify_message(key.public_key(), algorithm, b"escritura", &value);
                assert_eq!(outcome, Err(VerifyError::Mismatch), "a changed {algorithm} value must not verify");
            }
        }
    }

    #[test]
    fn messages_have_a_limit_only_where_they_are_signed_themselves() {
        let (fits, too_long) = (vec![7; MESSAGE_LIMIT], vec![7; MESSAGE_LIMIT + 1]);
        for spec in [KeySpec::Ed25519, KeySpec::MlDsa44] {
            let (key, algorithm) = (SoftwareKey::generate(spec).unwrap(), spec.default_algorithm());
            key.sign_message(algorithm, &fits).unwrap();
            let wanted = KeyError::MessageTooLong { algorithm, limit: 4096, size: 4097 };
            assert_eq!(key.sign_message(algorithm, &too_long), Err(wanted));
        }
        let key = SoftwareKey::generate(KeySpec::EcP256).unwrap();
        key.sign_message(KeySpec::EcP256.default_algorithm(), &too_long).unwrap();
    }

    #[test]
    fn refuses_a_digest_of_another_hash() {
        let key = SoftwareKey::generate(KeySpec::EcP256).unwrap();
        let digest = Digest::of(HashAlgorithm::Sha512, b"x");
        assert!(matches!(
            key.sign_digest(SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256), &digest),
            Err(KeyError::WrongDigest { .. })
        ));
    }

    #[test]
    fn refuses_a_key_of_another_type() {
        for spec in [KeySpec::EcP256, KeySpec::Ed25519, KeySpec::MlDsa44] {
            let key = SoftwareKey::generate(spec).unwrap();
            for other in KeySpec::ALL.into_iter().filter(|other| *other != spec) {
                assert!(SoftwareKey::from_pkcs8(other, key.pkcs8().clone()).is_err(), "{spec} read as {other}");
            }
        }
    }
}
