//! A private key in memory: made, sealed, signed with, wiped.

use aws_lc_rs::digest as lc_digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{self as lc, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _, RsaSignatureEncoding};
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
}

impl SoftwareKey {
    /// Makes a new key from the operating system's random source.
    ///
    /// # Errors
    /// `Backend` when the library cannot make it.
    pub fn generate(spec: KeySpec) -> KeyResult<Self> {
        let pkcs8 = match spec {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => {
                let size = match spec {
                    KeySpec::Rsa3072 => KeySize::Rsa3072,
                    KeySpec::Rsa4096 => KeySize::Rsa4096,
                    KeySpec::Rsa2048 | KeySpec::EcP256 | KeySpec::EcP384 | KeySpec::EcP521 => KeySize::Rsa2048,
                };
                let pair = RsaKeyPair::generate(size).map_err(|_| failed("key generation"))?;
                let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| failed("key encoding"))?;
                der.as_ref().to_vec()
            }
            KeySpec::EcP256 | KeySpec::EcP384 | KeySpec::EcP521 => {
                let algorithm = ec_algorithm(spec).ok_or_else(|| failed("curve"))?;
                EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())
                    .map_err(|_| failed("key generation"))?
                    .as_ref()
                    .to_vec()
            }
        };
        Self::from_pkcs8(spec, SecretBytes::new(pkcs8))
    }

    /// Reads a DER `PrivateKeyInfo` (RFC 5208).
    ///
    /// # Errors
    /// `Backend` when it is malformed or not of type `spec`.
    pub fn from_pkcs8(spec: KeySpec, pkcs8: SecretBytes) -> KeyResult<Self> {
        let (pair, spki) = match ec_algorithm(spec) {
            Some(algorithm) => {
                let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.expose()).map_err(|e| rejected(&e))?;
                let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key())
                    .map_err(|_| failed("public key encoding"))?
                    .as_ref()
                    .to_vec();
                (Pair::Ec(pair), spki)
            }
            None => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8.expose()).map_err(|e| rejected(&e))?;
                let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key())
                    .map_err(|_| failed("public key encoding"))?
                    .as_ref()
                    .to_vec();
                (Pair::Rsa(pair), spki)
            }
        };
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
    /// `WrongAlgorithm` and `WrongDigest`; `Backend` when the library fails.
    pub fn sign_digest(&self, algorithm: SignatureAlgorithm, digest: &Digest) -> KeyResult<Vec<u8>> {
        if !algorithm.fits(self.public.spec) {
            return Err(KeyError::WrongAlgorithm {
                key: BACKEND.to_owned(),
                spec: self.public.spec,
                algorithm,
            });
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
        }
    }
}

fn ec_algorithm(spec: KeySpec) -> Option<&'static EcdsaSigningAlgorithm> {
    match spec {
        KeySpec::EcP256 => Some(&lc::ECDSA_P256_SHA256_ASN1_SIGNING),
        KeySpec::EcP384 => Some(&lc::ECDSA_P384_SHA384_ASN1_SIGNING),
        KeySpec::EcP521 => Some(&lc::ECDSA_P521_SHA512_ASN1_SIGNING),
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => None,
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
    use crate::verify_digest;

    #[test]
    fn every_algorithm_of_every_type_verifies_and_detects_a_flipped_bit() {
        for spec in KeySpec::ALL {
            let key = SoftwareKey::generate(spec).unwrap();
            for algorithm in spec.algorithms() {
                let digest = Digest::of(algorithm.hash(), b"escritura");
                let mut value = key.sign_digest(algorithm, &digest).unwrap();
                verify_digest(key.public_key(), algorithm, &digest, &value).unwrap();
                let last = value.len() - 1;
                value[last] ^= 1;
                assert!(
                    verify_digest(key.public_key(), algorithm, &digest, &value).is_err(),
                    "a changed {algorithm} value must not verify"
                );
            }
        }
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
}
