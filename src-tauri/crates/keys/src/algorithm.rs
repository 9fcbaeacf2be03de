//! Key types and signature algorithms, named as AWS KMS names them because every backend maps to that set.

use std::fmt;
use std::str::FromStr;

use cartorio_core::HashAlgorithm;
use const_oid::ObjectIdentifier as Oid;
use der::asn1::Null;
use der::{Any, Encode, Sequence};
use serde::{Deserialize, Serialize};
use spki::AlgorithmIdentifierOwned;

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
}

impl KeySpec {
    /// Every variant, for tables and tests.
    pub const ALL: [Self; 6] =
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
        }
    }

    /// Whether this is an RSA key.
    pub const fn is_rsa(self) -> bool {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => true,
            Self::EcP256 | Self::EcP384 | Self::EcP521 => false,
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
        }
    }

    /// The algorithm used when nobody asks for another.
    pub fn default_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256),
            Self::EcP256 => SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256),
            Self::EcP384 => SignatureAlgorithm::ecdsa(HashAlgorithm::Sha384),
            Self::EcP521 => SignatureAlgorithm::ecdsa(HashAlgorithm::Sha512),
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

    /// Every algorithm.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::rsa_pkcs1, Self::rsa_pss, Self::ecdsa]
            .into_iter()
            .flat_map(|make| HashAlgorithm::ALL.into_iter().map(make))
    }

    /// The mathematics.
    pub const fn scheme(self) -> SignatureScheme {
        self.scheme
    }

    /// The hash.
    pub const fn hash(self) -> HashAlgorithm {
        self.hash
    }

    /// The name that AWS KMS uses, e.g. `RSASSA_PSS_SHA_256`.
    pub const fn name(self) -> &'static str {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        use SignatureScheme::{Ecdsa, RsaPkcs1, RsaPss};
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
        }
    }

    /// Whether a key of type `spec` can make such a signature.
    pub fn fits(self, spec: KeySpec) -> bool {
        spec.algorithms().contains(&self)
    }

    /// The `AlgorithmIdentifier` that CMS and X.509 carry (RFC 4055, RFC 5758).
    ///
    /// RSASSA-PSS has all three parameters written out: none is at its DEFAULT for SHA-2, and verifiers compare them.
    ///
    /// # Errors
    /// A DER encoding error, which fixed inputs never cause.
    pub fn identifier(self) -> der::Result<AlgorithmIdentifierOwned> {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        use SignatureScheme::{Ecdsa, RsaPkcs1, RsaPss};
        let null = || Any::encode_from(&Null);
        Ok(match (self.scheme, self.hash) {
            (RsaPkcs1, hash) => AlgorithmIdentifierOwned {
                oid: match hash {
                    Sha256 => Oid::new_unwrap("1.2.840.113549.1.1.11"),
                    Sha384 => Oid::new_unwrap("1.2.840.113549.1.1.12"),
                    Sha512 => Oid::new_unwrap("1.2.840.113549.1.1.13"),
                },
                parameters: Some(null()?),
            },
            (Ecdsa, hash) => AlgorithmIdentifierOwned {
                oid: match hash {
                    Sha256 => Oid::new_unwrap("1.2.840.10045.4.3.2"),
                    Sha384 => Oid::new_unwrap("1.2.840.10045.4.3.3"),
                    Sha512 => Oid::new_unwrap("1.2.840.10045.4.3.4"),
                },
                parameters: None,
            },
            (RsaPss, hash) => {
                let hash_identifier =
                    AlgorithmIdentifierOwned { oid: hash_oid(hash), parameters: Some(null()?) };
                let parameters = PssParameters {
                    mask: AlgorithmIdentifierOwned {
                        oid: Oid::new_unwrap("1.2.840.113549.1.1.8"),
                        parameters: Some(Any::encode_from(&hash_identifier)?),
                    },
                    hash: hash_identifier,
                    salt_length: hash_len_u8(hash),
                };
                AlgorithmIdentifierOwned {
                    oid: Oid::new_unwrap("1.2.840.113549.1.1.10"),
                    parameters: Some(Any::encode_from(&parameters)?),
                }
            }
        })
    }

    /// Reads an `AlgorithmIdentifier`; `digest` is the hash named beside it, for identifiers that do not say it
    /// themselves (`rsaEncryption` in a CMS SignerInfo, RFC 3370 §3.2).
    ///
    /// Returns `None` for an algorithm that this product does not verify (SHA-1, foreign PSS parameters, …).
    pub fn from_identifier(identifier: &AlgorithmIdentifierOwned, digest: Option<HashAlgorithm>) -> Option<Self> {
        if identifier.oid == Oid::new_unwrap("1.2.840.113549.1.1.1") {
            return digest.map(Self::rsa_pkcs1);
        }
        // PSS parameters are compared as a whole: `hash`, `mask` and `salt` must agree with each other.
        let wanted = identifier.to_der().ok()?;
        Self::all().find(|candidate| {
            candidate.identifier().is_ok_and(|own| {
                own.to_der().is_ok_and(|bytes| bytes == wanted)
                    || (own.oid == identifier.oid && candidate.scheme != SignatureScheme::RsaPss)
                    || pss_equivalent(*candidate, identifier)
            })
        })
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

/// `RSASSA-PSS-params` (RFC 4055 §3.1); `trailerField` stays at its DEFAULT.
#[derive(Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    hash: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT")]
    mask: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT")]
    salt_length: u8,
}

/// Whether `identifier` is RSASSA-PSS with the parameters of `candidate`, written with or without NULL in the hashes.
fn pss_equivalent(candidate: SignatureAlgorithm, identifier: &AlgorithmIdentifierOwned) -> bool {
    if candidate.scheme != SignatureScheme::RsaPss
        || identifier.oid != Oid::new_unwrap("1.2.840.113549.1.1.10")
    {
        return false;
    }
    let Some(Ok(parameters)) = identifier.parameters.as_ref().map(|any| any.decode_as::<PssParameters>()) else {
        return false;
    };
    let Some(Ok(mask_hash)) =
        parameters.mask.parameters.as_ref().map(|any| any.decode_as::<AlgorithmIdentifierOwned>())
    else {
        return false;
    };
    let oid = hash_oid(candidate.hash);
    parameters.mask.oid == Oid::new_unwrap("1.2.840.113549.1.1.8")
        && parameters.hash.oid == oid && mask_hash.oid == oid && parameters.salt_length == hash_len_u8(candidate.hash)
}

/// The NIST object identifier of `hash` (RFC 5754 §2).
fn hash_oid(hash: HashAlgorithm) -> Oid {
    match hash {
        HashAlgorithm::Sha256 => Oid::new_unwrap("2.16.840.1.101.3.4.2.1"),
        HashAlgorithm::Sha384 => Oid::new_unwrap("2.16.840.1.101.3.4.2.2"),
        HashAlgorithm::Sha512 => Oid::new_unwrap("2.16.840.1.101.3.4.2.3"),
    }
}

const fn hash_len_u8(hash: HashAlgorithm) -> u8 {
    match hash {
        HashAlgorithm::Sha256 => 32,
        HashAlgorithm::Sha384 => 48,
        HashAlgorithm::Sha512 => 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_identifiers_round_trip() {
        for algorithm in SignatureAlgorithm::all() {
            assert_eq!(algorithm.name().parse::<SignatureAlgorithm>().unwrap(), algorithm);
            let identifier = algorithm.identifier().unwrap();
            assert_eq!(SignatureAlgorithm::from_identifier(&identifier, None), Some(algorithm), "{algorithm}");
        }
        for spec in KeySpec::ALL {
            assert_eq!(spec.name().parse::<KeySpec>().unwrap(), spec);
            assert!(spec.default_algorithm().fits(spec), "the default of {spec} must fit it");
        }
    }

    #[test]
    fn pss_with_another_salt_is_not_ours() {
        let mut identifier = SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256).identifier().unwrap();
        let mut parameters = identifier.parameters.as_ref().unwrap().decode_as::<PssParameters>().unwrap();
        parameters.salt_length = 20;
        identifier.parameters = Some(Any::encode_from(&parameters).unwrap());
        assert_eq!(SignatureAlgorithm::from_identifier(&identifier, None), None);
    }
}
