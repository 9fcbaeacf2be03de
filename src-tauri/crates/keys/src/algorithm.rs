//! Key types and signature algorithms, named as AWS KMS names them because every backend maps to that set.

use std::fmt;
use std::str::FromStr;

use cartorio_core::HashAlgorithm;
use serde::{Deserialize, Serialize};

use crate::{KeyError, KeyResult, MESSAGE_LIMIT};

/// The type and size of an asymmetric signing key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
pub enum KeySpec {
    /// RSA, 2048-bit modulus.
    #[serde(rename = "RSA_2048")]
    Rsa2048,
    /// RSA, 3072-bit modulus.
    #[serde(rename = "RSA_3072")]
    Rsa3072,
    /// RSA, 4096-bit modulus.
    #[serde(rename = "RSA_4096")]
    Rsa4096,
    /// NIST P-256 (secp256r1).
    #[serde(rename = "ECC_NIST_P256")]
    EcP256,
    /// NIST P-384 (secp384r1).
    #[serde(rename = "ECC_NIST_P384")]
    EcP384,
    /// NIST P-521 (secp521r1).
    #[serde(rename = "ECC_NIST_P521")]
    EcP521,
    /// Ed25519 (RFC 8032).
    #[serde(rename = "ECC_NIST_EDWARDS25519")]
    Ed25519,
    /// ML-DSA-44 (FIPS 204).
    #[serde(rename = "ML_DSA_44")]
    MlDsa44,
    /// ML-DSA-65 (FIPS 204).
    #[serde(rename = "ML_DSA_65")]
    MlDsa65,
    /// ML-DSA-87 (FIPS 204).
    #[serde(rename = "ML_DSA_87")]
    MlDsa87,
}

impl KeySpec {
    /// Every variant, for tables and tests.
    pub const ALL: [Self; 10] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::EcP256,
        Self::EcP384,
        Self::EcP521,
        Self::Ed25519,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
    ];

    /// Those whose signatures readers and ICP-Brasil (DOC-ICP-01.01) accept in documents and certificates.
    pub const FOR_DOCUMENTS: [Self; 6] =
        [Self::Rsa2048, Self::Rsa3072, Self::Rsa4096, Self::EcP256, Self::EcP384, Self::EcP521];

    /// The name that AWS KMS uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA_2048",
            Self::Rsa3072 => "RSA_3072",
            Self::Rsa4096 => "RSA_4096",
            Self::EcP256 => "ECC_NIST_P256",
            Self::EcP384 => "ECC_NIST_P384",
            Self::EcP521 => "ECC_NIST_P521",
            Self::Ed25519 => "ECC_NIST_EDWARDS25519",
            Self::MlDsa44 => "ML_DSA_44",
            Self::MlDsa65 => "ML_DSA_65",
            Self::MlDsa87 => "ML_DSA_87",
        }
    }

    /// Whether this is an RSA key.
    pub const fn is_rsa(self) -> bool {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => true,
            Self::EcP256
            | Self::EcP384
            | Self::EcP521
            | Self::Ed25519
            | Self::MlDsa44
            | Self::MlDsa65
            | Self::MlDsa87 => false,
        }
    }

    /// Whether documents and certificates may be signed with such a key ([`Self::FOR_DOCUMENTS`]).
    pub const fn signs_documents(self) -> bool {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 | Self::EcP256 | Self::EcP384 | Self::EcP521 => true,
            Self::Ed25519 | Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => false,
        }
    }

    /// Algorithms that a key of this type may sign with; the first is the product's default.
    ///
    /// RSA defaults to PKCS#1 v1.5 because MuPDF and other readers cannot check RSASSA-PSS.
    pub fn algorithms(self) -> Vec<SignatureAlgorithm> {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        use SignatureAlgorithm as A;
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => vec![
                A::rsa_pkcs1(Sha256),
                A::rsa_pkcs1(Sha384),
                A::rsa_pkcs1(Sha512),
                A::rsa_pss(Sha256),
                A::rsa_pss(Sha384),
                A::rsa_pss(Sha512),
            ],
            Self::EcP256 => vec![A::ecdsa(Sha256)],
            Self::EcP384 => vec![A::ecdsa(Sha384)],
            Self::EcP521 => vec![A::ecdsa(Sha512)],
            Self::Ed25519 => vec![A::ed25519()],
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => vec![A::ml_dsa()],
        }
    }

    /// The algorithm used when nobody asks for another.
    pub fn default_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256),
            Self::EcP256 => SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256),
            Self::EcP384 => SignatureAlgorithm::ecdsa(HashAlgorithm::Sha384),
            Self::EcP521 => SignatureAlgorithm::ecdsa(HashAlgorithm::Sha512),
            Self::Ed25519 => SignatureAlgorithm::ed25519(),
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => SignatureAlgorithm::ml_dsa(),
        }
    }

    /// Longest signature in bytes (a DER ECDSA-Sig-Value for curves).
    pub const fn max_signature_len(self) -> usize {
        match self {
            Self::Rsa2048 => 256,
            Self::Rsa3072 => 384,
            Self::Rsa4096 => 512,
            Self::EcP256 => 72,
            Self::EcP384 => 104,
            Self::EcP521 => 139,
            Self::Ed25519 => 64,
            Self::MlDsa44 => 2420,
            Self::MlDsa65 => 3309,
            Self::MlDsa87 => 4627,
        }
    }
}

impl fmt::Display for KeySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KeySpec {
    type Err = AlgorithmNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|spec| spec.name() == text).ok_or_else(|| AlgorithmNameError(text.to_owned()))
    }
}

/// The mathematics of a signature, without its hash.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1,
    /// RSASSA-PSS with MGF1 of the same hash and a salt as long as the hash (RFC 8017 §8.1, RFC 4055).
    RsaPss,
    /// ECDSA; values are DER `ECDSA-Sig-Value` (RFC 5753 §7.2), as CMS and AWS KMS want them.
    Ecdsa,
    /// Ed25519, the pure form (RFC 8032 §5.1): it signs messages.
    Ed25519,
    /// ML-DSA, the pure form with an empty context (FIPS 204 §5.2): it signs messages.
    MlDsa,
}

/// A signature algorithm: scheme and hash.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SignatureAlgorithm {
    scheme: SignatureScheme,
    hash: HashAlgorithm,
}

impl SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with `hash`.
    pub const fn rsa_pkcs1(hash: HashAlgorithm) -> Self {
        Self { scheme: SignatureScheme::RsaPkcs1, hash }
    }

    /// RSASSA-PSS with `hash`, MGF1 of `hash`, salt of the hash's length.
    pub const fn rsa_pss(hash: HashAlgorithm) -> Self {
        Self { scheme: SignatureScheme::RsaPss, hash }
    }

    /// ECDSA with `hash`.
    pub const fn ecdsa(hash: HashAlgorithm) -> Self {
        Self { scheme: SignatureScheme::Ecdsa, hash }
    }

    /// Ed25519. KMS names it after the SHA-512 inside; what is signed is the message (`MessageType` RAW).
    pub const fn ed25519() -> Self {
        Self { scheme: SignatureScheme::Ed25519, hash: HashAlgorithm::Sha512 }
    }

    /// ML-DSA of the key's parameter set. KMS names it after the SHAKE256 inside; what is signed is the message.
    pub const fn ml_dsa() -> Self {
        Self { scheme: SignatureScheme::MlDsa, hash: HashAlgorithm::Sha512 }
    }

    /// Every algorithm.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::rsa_pkcs1, Self::rsa_pss, Self::ecdsa]
            .into_iter()
            .flat_map(|make| HashAlgorithm::ALL.into_iter().map(make))
            .chain([Self::ed25519(), Self::ml_dsa()])
    }

    /// The mathematics.
    pub const fn scheme(self) -> SignatureScheme {
        self.scheme
    }

    /// The hash. For an algorithm that signs messages, the one that stands beside it in CMS: SHA-512 (RFC 8419 §3.1,
    /// RFC 9882 §3.3).
    pub const fn hash(self) -> HashAlgorithm {
        self.hash
    }

    /// Whether it signs the message itself; otherwise the message's digest.
    pub const fn signs_messages(self) -> bool {
        match self.scheme {
            SignatureScheme::RsaPkcs1 | SignatureScheme::RsaPss | SignatureScheme::Ecdsa => false,
            SignatureScheme::Ed25519 | SignatureScheme::MlDsa => true,
        }
    }

    /// Checks that `message` is not too long to be signed.
    ///
    /// # Errors
    /// `MessageTooLong` above [`MESSAGE_LIMIT`] where the message itself is signed.
    pub fn check_message(self, message: &[u8]) -> KeyResult<()> {
        if self.signs_messages() && message.len() > MESSAGE_LIMIT {
            let (limit, size) = (MESSAGE_LIMIT as u64, message.len() as u64);
            return Err(KeyError::MessageTooLong { algorithm: self, limit, size });
        }
        Ok(())
    }

    /// The name that AWS KMS uses, e.g. `RSASSA_PSS_SHA_256`.
    pub const fn name(self) -> &'static str {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        use SignatureScheme::{Ecdsa, Ed25519, MlDsa, RsaPkcs1, RsaPss};
        match (self.scheme, self.hash) {
            (RsaPkcs1, Sha256) => "RSASSA_PKCS1_V1_5_SHA_256",
            (RsaPkcs1, Sha384) => "RSASSA_PKCS1_V1_5_SHA_384",
            (RsaPkcs1, Sha512) => "RSASSA_PKCS1_V1_5_SHA_512",
            (RsaPss, Sha256) => "RSASSA_PSS_SHA_256",
            (RsaPss, Sha384) => "RSASSA_PSS_SHA_384",
            (RsaPss, Sha512) => "RSASSA_PSS_SHA_512",
            (Ecdsa, Sha256) => "ECDSA_SHA_256",
            (Ecdsa, Sha384) => "ECDSA_SHA_384",
            (Ecdsa, Sha512) => "ECDSA_SHA_512",
            // There is one hash for these, given by their constructors.
            (Ed25519, Sha256 | Sha384 | Sha512) => "ED25519_SHA_512",
            (MlDsa, Sha256 | Sha384 | Sha512) => "ML_DSA_SHAKE_256",
        }
    }

    /// Whether a key of type `spec` can make such a signature.
    pub fn fits(self, spec: KeySpec) -> bool {
        spec.algorithms().contains(&self)
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SignatureAlgorithm {
    type Err = AlgorithmNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().find(|algorithm| algorithm.name() == text).ok_or_else(|| AlgorithmNameError(text.to_owned()))
    }
}

impl Serialize for SignatureAlgorithm {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for SignatureAlgorithm {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A name that is neither a key type nor a signature algorithm.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AlgorithmNameError(pub String);

impl fmt::Display for AlgorithmNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} names no supported key type or signature algorithm", self.0)
    }
}

impl std::error::Error for AlgorithmNameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for algorithm in SignatureAlgorithm::all() {
            assert_eq!(algorithm.name().parse::<SignatureAlgorithm>().unwrap(), algorithm);
            let json = serde_json::to_string(&algorithm).unwrap();
            assert_eq!(serde_json::from_str::<SignatureAlgorithm>(&json).unwrap(), algorithm);
        }
        for spec in KeySpec::ALL {
            assert_eq!(spec.name().parse::<KeySpec>().unwrap(), spec);
            let json = serde_json::to_string(&spec).unwrap();
            assert_eq!(json, format!("{:?}", spec.name()), "the stored name is KMS's");
            assert_eq!(serde_json::from_str::<KeySpec>(&json).unwrap(), spec);
            assert!(spec.default_algorithm().fits(spec), "the default of {spec} must fit it");
            assert_eq!(spec.algorithms()[0], spec.default_algorithm());
        }
    }

    #[test]
    fn every_algorithm_fits_some_key_and_messages_are_for_no_document() {
        for algorithm in SignatureAlgorithm::all() {
            let fitting: Vec<_> = KeySpec::ALL.into_iter().filter(|spec| algorithm.fits(*spec)).collect();
            assert!(!fitting.is_empty() || algorithm.scheme() == SignatureScheme::Ecdsa, "{algorithm} fits nothing");
            for spec in fitting {
                assert_eq!(algorithm.signs_messages(), !spec.signs_documents(), "{algorithm} with {spec}");
            }
        }
        let documents: Vec<_> = KeySpec::ALL.into_iter().filter(|spec| spec.signs_documents()).collect();
        assert_eq!(documents, KeySpec::FOR_DOCUMENTS);
    }
}
