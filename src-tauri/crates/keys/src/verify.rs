//! Checking a signature over a digest with a public key alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest as lc_digest;
use aws_lc_rs::signature::{self as lc, ParsedPublicKey, VerificationAlgorithm};
use cartorio_core::{Digest, HashAlgorithm};
use const_oid::ObjectIdentifier as Oid;
use der::Decode;
use spki::SubjectPublicKeyInfoRef;

use crate::identifier::{ED25519, ml_dsa_key};
use crate::{KeySpec, PublicKey, SignatureAlgorithm, SignatureScheme};

/// Why a signature value was not accepted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VerifyError {
    /// The key is malformed, or of a type or size that this product does not know.
    #[error("the public key is malformed or of an unsupported type ({0})")]
    UnsupportedKey(String),
    /// The algorithm does not go with the key.
    #[error("{algorithm} does not go with a {spec} key")]
    WrongAlgorithm {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
        /// The key's type.
        spec: KeySpec,
    },
    /// The digest was made with another hash.
    #[error("the algorithm signs {expected} digests, not {actual}")]
    WrongDigest {
        /// The algorithm's hash.
        expected: HashAlgorithm,
        /// The digest's hash.
        actual: HashAlgorithm,
    },
    /// The algorithm signs whole messages: a digest is not enough to check a value.
    #[error("{algorithm} signs the message itself, not its digest")]
    MessageNeeded {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// The value is wrong.
    #[error("the signature value does not match")]
    Mismatch,
}

/// Checks `signature` over `message` with `key`: over its digest, or over the message itself where the algorithm wants
/// that.
///
/// # Errors
/// [`VerifyError`]; only [`VerifyError::Mismatch`] says that the value itself is wrong.
pub fn verify_message(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    if !algorithm.signs_messages() {
        return verify_digest(key, algorithm, &Digest::of(algorithm.hash(), message), signature);
    }
    parse(key, algorithm)?.verify_sig(message, signature).map_err(|_| VerifyError::Mismatch)
}

/// Checks `signature` over `digest` with `key`.
///
/// # Errors
/// [`VerifyError`]; only [`VerifyError::Mismatch`] says that the value itself is wrong.
pub fn verify_digest(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    digest: &Digest,
    signature: &[u8],
) -> Result<(), VerifyError> {
    require_fitting(algorithm, digest)?;
    let known = known(key, algorithm)?;
    check(&known, digest, signature)
}

/// The key, read: reading one costs a third of what it is read for.
fn known(key: &PublicKey, algorithm: SignatureAlgorithm) -> Result<Arc<ParsedPublicKey>, VerifyError> {
    static KNOWN: Recent<(PublicKey, SignatureAlgorithm), Arc<ParsedPublicKey>> = Recent::new();
    KNOWN.get(
        |(own, with)| *with == algorithm && own == key,
        || Ok(((key.clone(), algorithm), Arc::new(parse(key, algorithm)?))),
    )
}

/// What was found out of the few keys that were asked for last: of a batch of documents every signature is checked with the same
/// one. What the bytes of a key say depends on nothing but them.
struct Recent<K, V>(Mutex<VecDeque<(K, V)>>);

impl<K, V: Clone> Recent<K, V> {
    const KEPT: usize = 8;

    const fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }

    /// What is known of the one that `is_it`, or else what `find` finds of it.
    fn get<E>(&self, is_it: impl Fn(&K) -> bool, find: impl FnOnce() -> Result<(K, V), E>) -> Result<V, E> {
        let all = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all().iter().find(|(key, _)| is_it(key)).map(|(_, value)| value.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let (key, value) = find()?;
        let mut all = all();
        all.truncate(Self::KEPT - 1);
        // The newest first.
        all.push_front((key, value.clone()));
        Ok(value)
    }
}

/// Whether `algorithm` signs digests, and of this hash: said before the key is read.
fn require_fitting(algorithm: SignatureAlgorithm, digest: &Digest) -> Result<(), VerifyError> {
    if algorithm.signs_messages() {
        return Err(VerifyError::MessageNeeded { algorithm });
    }
    if digest.algorithm() != algorithm.hash() {
        return Err(VerifyError::WrongDigest { expected: algorithm.hash(), actual: digest.algorithm() });
    }
    Ok(())
}

fn check(parsed: &ParsedPublicKey, digest: &Digest, signature: &[u8]) -> Result<(), VerifyError> {
    let imported = lc_digest::Digest::import_less_safe(digest.as_bytes(), lc_hash(digest.algorithm()))
        .map_err(|_| VerifyError::Mismatch)?;
    parsed.verify_digest_sig(&imported, signature).map_err(|_| VerifyError::Mismatch)
}

/// A public key that is read once and checks many values.
pub(crate) struct Verifier {
    parsed: ParsedPublicKey,
    algorithm: SignatureAlgorithm,
}

impl Verifier {
    /// # Errors
    /// Those of [`verify_digest`] that are not about a value.
    pub(crate) fn new(key: &PublicKey, algorithm: SignatureAlgorithm) -> Result<Self, VerifyError> {
        Ok(Self { parsed: parse(key, algorithm)?, algorithm })
    }

    /// As [`verify_digest`].
    pub(crate) fn verify_digest(&self, digest: &Digest, signature: &[u8]) -> Result<(), VerifyError> {
        require_fitting(self.algorithm, digest)?;
        check(&self.parsed, digest, signature)
    }
}

/// Reads the type of a key from its `SubjectPublicKeyInfo`.
pub(crate) fn spec_of_spki(spki: &[u8]) -> Result<KeySpec, VerifyError> {
    static KNOWN: Recent<Vec<u8>, KeySpec> = Recent::new();
    KNOWN.get(|own| own == spki, || Ok((spki.to_vec(), read_spec(spki)?)))
}

fn read_spec(spki: &[u8]) -> Result<KeySpec, VerifyError> {
    let malformed = |reason: String| VerifyError::UnsupportedKey(reason);
    let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|error| malformed(error.to_string()))?;
    let oid = info.algorithm.oid;
    if oid == Oid::new_unwrap("1.2.840.113549.1.1.1") {
        let parsed = ParsedPublicKey::new(&lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, spki)
            .map_err(|error| malformed(error.to_string()))?;
        drop(parsed);
        return rsa_bits(info.subject_public_key.raw_bytes())
            .and_then(|bits| match bits {
                2048 => Some(KeySpec::Rsa2048),
                3072 => Some(KeySpec::Rsa3072),
                4096 => Some(KeySpec::Rsa4096),
                _ => None,
            })
            .ok_or_else(|| malformed("RSA modulus is not of 2048, 3072 or 4096 bits".to_owned()));
    }
    if oid == Oid::new_unwrap("1.2.840.10045.2.1") {
        let curve = info
            .algorithm
            .parameters
            .and_then(|any| any.decode_as::<Oid>().ok())
            .ok_or_else(|| malformed("no named curve".to_owned()))?;
        return match curve.to_string().as_str() {
            "1.2.840.10045.3.1.7" => Ok(KeySpec::EcP256),
            "1.3.132.0.34" => Ok(KeySpec::EcP384),
            "1.3.132.0.35" => Ok(KeySpec::EcP521),
            other => Err(malformed(format!("curve {other}"))),
        };
    }
    let (spec, len) = match ml_dsa_key(oid) {
        Some(found) => found,
        None if oid == ED25519 => (KeySpec::Ed25519, 32),
        None => return Err(malformed(format!("algorithm {oid}"))),
    };
    if info.algorithm.parameters.is_some() {
        return Err(malformed(format!("{spec} allows no parameters")));
    }
    match info.subject_public_key.as_bytes() {
        Some(bytes) if bytes.len() == len => Ok(spec),
        Some(_) | None => Err(malformed(format!("a {spec} key has {len} bytes"))),
    }
}

pub(crate) fn lc_hash(hash: HashAlgorithm) -> &'static lc_digest::Algorithm {
    match hash {
        HashAlgorithm::Sha256 => &lc_digest::SHA256,
        HashAlgorithm::Sha384 => &lc_digest::SHA384,
        HashAlgorithm::Sha512 => &lc_digest::SHA512,
    }
}

fn parse(key: &PublicKey, algorithm: SignatureAlgorithm) -> Result<ParsedPublicKey, VerifyError> {
    let verification =
        verification(algorithm, key.spec).ok_or(VerifyError::WrongAlgorithm { algorithm, spec: key.spec })?;
    ParsedPublicKey::new(verification, &key.spki).map_err(|error| VerifyError::UnsupportedKey(error.to_string()))
}

fn verification(algorithm: SignatureAlgorithm, spec: KeySpec) -> Option<&'static dyn VerificationAlgorithm> {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use SignatureScheme::{Ecdsa, Ed25519, MlDsa, RsaPkcs1, RsaPss};
    // Verification also takes curve and hash pairs that this product never makes: foreign documents hold them.
    let chosen: &'static dyn VerificationAlgorithm = match (algorithm.scheme(), spec, algorithm.hash()) {
        (RsaPkcs1, spec, Sha256) if spec.is_rsa() => &lc::RSA_PKCS1_2048_8192_SHA256,
        (RsaPkcs1, spec, Sha384) if spec.is_rsa() => &lc::RSA_PKCS1_2048_8192_SHA384,
        (RsaPkcs1, spec, Sha512) if spec.is_rsa() => &lc::RSA_PKCS1_2048_8192_SHA512,
        (RsaPss, spec, Sha256) if spec.is_rsa() => &lc::RSA_PSS_2048_8192_SHA256,
        (RsaPss, spec, Sha384) if spec.is_rsa() => &lc::RSA_PSS_2048_8192_SHA384,
        (RsaPss, spec, Sha512) if spec.is_rsa() => &lc::RSA_PSS_2048_8192_SHA512,
        (Ecdsa, KeySpec::EcP256, Sha256) => &lc::ECDSA_P256_SHA256_ASN1,
        (Ecdsa, KeySpec::EcP256, Sha384) => &lc::ECDSA_P256_SHA384_ASN1,
        (Ecdsa, KeySpec::EcP256, Sha512) => &lc::ECDSA_P256_SHA512_ASN1,
        (Ecdsa, KeySpec::EcP384, Sha256) => &lc::ECDSA_P384_SHA256_ASN1,
        (Ecdsa, KeySpec::EcP384, Sha384) => &lc::ECDSA_P384_SHA384_ASN1,
        (Ecdsa, KeySpec::EcP384, Sha512) => &lc::ECDSA_P384_SHA512_ASN1,
        (Ecdsa, KeySpec::EcP521, Sha256) => &lc::ECDSA_P521_SHA256_ASN1,
        (Ecdsa, KeySpec::EcP521, Sha384) => &lc::ECDSA_P521_SHA384_ASN1,
        (Ecdsa, KeySpec::EcP521, Sha512) => &lc::ECDSA_P521_SHA512_ASN1,
        (Ed25519, KeySpec::Ed25519, _) => &lc::ED25519,
        (MlDsa, KeySpec::MlDsa44, _) => &lc::ML_DSA_44,
        (MlDsa, KeySpec::MlDsa65, _) => &lc::ML_DSA_65,
        (MlDsa, KeySpec::MlDsa87, _) => &lc::ML_DSA_87,
        (RsaPkcs1 | RsaPss | Ecdsa | Ed25519 | MlDsa, _, _) => return None,
    };
    Some(chosen)
}

/// Bits of the modulus in a `RSAPublicKey` (RFC 8017 §A.1.1).
fn rsa_bits(rsa_public_key: &[u8]) -> Option<usize> {
    #[derive(der::Sequence)]
    struct RsaPublicKey<'a> {
        modulus: der::asn1::UintRef<'a>,
        exponent: der::asn1::UintRef<'a>,
    }
    let key = RsaPublicKey::from_der(rsa_public_key).ok()?;
    let modulus = key.modulus.as_bytes();
    let leading = modulus.first()?.leading_zeros() as usize;
    (!key.exponent.as_bytes().is_empty()).then(|| modulus.len() * 8 - leading)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SoftwareKey;

    #[test]
    fn what_is_known_of_one_key_is_not_said_of_another() {
        let specs = [KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521, KeySpec::Ed25519];
        // More of them than are kept, so that each is found anew, kept, and forgotten.
        let keys: Vec<_> =
            (0..3).flat_map(|_| specs).map(|spec| (spec, SoftwareKey::generate(spec).unwrap())).collect();
        for _ in 0..3 {
            for (number, (spec, key)) in keys.iter().enumerate() {
                let public = key.public_key();
                for _ in 0..2 {
                    assert_eq!(spec_of_spki(&public.spki), Ok(*spec));
                    assert!(
                        spec_of_spki(&public.spki[1..]).is_err(),
                        "nor is what is malformed taken for what it was cut from"
                    );
                }
                let algorithm = spec.default_algorithm();
                if algorithm.signs_messages() {
                    continue;
                }
                let digest = Digest::of(algorithm.hash(), b"ata");
                let value = key.sign_digest(algorithm, &digest).unwrap();
                let verdicts: Vec<_> = keys
                    .iter()
                    .map(|(_, other)| verify_digest(other.public_key(), algorithm, &digest, &value).is_ok())
                    .collect();
                assert_eq!(verdicts.iter().filter(|good| **good).count(), 1);
                assert!(verdicts[number]);
            }
        }
    }
}
