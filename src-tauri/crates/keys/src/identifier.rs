//! `AlgorithmIdentifier`s of signatures, as CMS and X.509 carry them.

use cartorio_core::HashAlgorithm;
use const_oid::ObjectIdentifier as Oid;
use der::asn1::Null;
use der::{Any, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;

use crate::{KeySpec, SignatureAlgorithm, SignatureScheme};

impl SignatureAlgorithm {
    /// The `AlgorithmIdentifier` of a signature with this algorithm by a key of type `spec` (RFC 4055, RFC 5758, RFC 8410,
    /// RFC 9881).
    ///
    /// RSASSA-PSS has all three parameters written out: none is at its DEFAULT for SHA-2, and verifiers compare them.
    ///
    /// # Errors
    /// A DER error for an algorithm that does not go with `spec`; fixed inputs cause no other.
    pub fn identifier_for(self, spec: KeySpec) -> der::Result<AlgorithmIdentifierOwned> {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        use SignatureScheme::{Ecdsa, Ed25519, MlDsa, RsaPkcs1, RsaPss};
        let null = || Any::encode_from(&Null);
        let bare = |oid| Ok(AlgorithmIdentifierOwned { oid, parameters: None });
        match (self.scheme(), self.hash()) {
            (RsaPkcs1, hash) => Ok(AlgorithmIdentifierOwned {
                oid: match hash {
                    Sha256 => Oid::new_unwrap("1.2.840.113549.1.1.11"),
                    Sha384 => Oid::new_unwrap("1.2.840.113549.1.1.12"),
                    Sha512 => Oid::new_unwrap("1.2.840.113549.1.1.13"),
                },
                parameters: Some(null()?),
            }),
            (Ecdsa, Sha256) => bare(Oid::new_unwrap("1.2.840.10045.4.3.2")),
            (Ecdsa, Sha384) => bare(Oid::new_unwrap("1.2.840.10045.4.3.3")),
            (Ecdsa, Sha512) => bare(Oid::new_unwrap("1.2.840.10045.4.3.4")),
            (RsaPss, hash) => {
                let hash_identifier = AlgorithmIdentifierOwned { oid: hash_oid(hash), parameters: Some(null()?) };
                let parameters = PssParameters {
                    mask: AlgorithmIdentifierOwned {
                        oid: Oid::new_unwrap("1.2.840.113549.1.1.8"),
                        parameters: Some(Any::encode_from(&hash_identifier)?),
                    },
                    hash: hash_identifier,
                    salt_length: hash_len_u8(hash),
                };
                Ok(AlgorithmIdentifierOwned {
                    oid: Oid::new_unwrap("1.2.840.113549.1.1.10"),
                    parameters: Some(Any::encode_from(&parameters)?),
                })
            }
            (Ed25519, _) => bare(ED25519),
            // The one scheme whose identifier names the parameter set, and so the key's type.
            (MlDsa, _) => match ML_DSA.into_iter().find(|(own, _, _)| *own == spec) {
                Some((_, oid, _)) => bare(oid),
                None => Err(der::Tag::ObjectIdentifier.value_error().into()),
            },
        }
    }

    /// The `AlgorithmIdentifier` of an algorithm that signs digests, whose identifier does not depend on the key.
    ///
    /// # Errors
    /// A DER error for ML-DSA, which needs [`Self::identifier_for`]; fixed inputs cause no other.
    pub fn identifier(self) -> der::Result<AlgorithmIdentifierOwned> {
        self.identifier_for(KeySpec::Rsa2048)
    }

    /// Reads an `AlgorithmIdentifier`; `digest` is the hash named beside it, for identifiers that do not say it
    /// themselves (`rsaEncryption` in a CMS SignerInfo, RFC 3370 §3.2).
    ///
    /// Returns `None` for an algorithm that this product does not verify (SHA-1, foreign PSS parameters, …).
    pub fn from_identifier(identifier: &AlgorithmIdentifierOwned, digest: Option<HashAlgorithm>) -> Option<Self> {
        if identifier.oid == Oid::new_unwrap("1.2.840.113549.1.1.1") {
            return digest.map(Self::rsa_pkcs1);
        }
        if identifier.oid == ED25519 || ml_dsa_key(identifier.oid).is_some() {
            // RFC 8410 §3 and RFC 9881 §2: the parameters MUST be absent.
            let algorithm = if identifier.oid == ED25519 { Self::ed25519() } else { Self::ml_dsa() };
            return identifier.parameters.is_none().then_some(algorithm);
        }
        // PSS parameters are compared as a whole: `hash`, `mask` and `salt` must agree with each other.
        let wanted = identifier.to_der().ok()?;
        Self::all().filter(|candidate| !candidate.signs_messages()).find(|candidate| {
            candidate.identifier().is_ok_and(|own| {
                own.to_der().is_ok_and(|bytes| bytes == wanted)
                    || (own.oid == identifier.oid && candidate.scheme() != SignatureScheme::RsaPss)
                    || pss_equivalent(*candidate, identifier)
            })
        })
    }
}

/// `id-Ed25519` (RFC 8410 §3), for keys and signatures.
pub(crate) const ED25519: Oid = Oid::new_unwrap("1.3.101.112");

/// ML-DSA: key type, identifier (RFC 9881 §2), length of the public key in bytes (FIPS 204, table 2).
const ML_DSA: [(KeySpec, Oid, usize); 3] = [
    (KeySpec::MlDsa44, Oid::new_unwrap("2.16.840.1.101.3.4.3.17"), 1312),
    (KeySpec::MlDsa65, Oid::new_unwrap("2.16.840.1.101.3.4.3.18"), 1952),
    (KeySpec::MlDsa87, Oid::new_unwrap("2.16.840.1.101.3.4.3.19"), 2592),
];

/// Type and length of an ML-DSA public key by its identifier, which is the same for keys and signatures.
pub(crate) fn ml_dsa_key(oid: Oid) -> Option<(KeySpec, usize)> {
    ML_DSA.into_iter().find(|(_, own, _)| *own == oid).map(|(spec, _, len)| (spec, len))
}

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
    if candidate.scheme() != SignatureScheme::RsaPss || identifier.oid != Oid::new_unwrap("1.2.840.113549.1.1.10") {
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
    let oid = hash_oid(candidate.hash());
    parameters.mask.oid == Oid::new_unwrap("1.2.840.113549.1.1.8")
        && parameters.hash.oid == oid
        && mask_hash.oid == oid
        && parameters.salt_length == hash_len_u8(candidate.hash())
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
    fn identifiers_round_trip_for_every_key_type() {
        for spec in KeySpec::ALL {
            for algorithm in spec.algorithms() {
                let identifier = algorithm.identifier_for(spec).unwrap();
                assert_eq!(
                    SignatureAlgorithm::from_identifier(&identifier, None),
                    Some(algorithm),
                    "{algorithm}, {spec}"
                );
                if algorithm != SignatureAlgorithm::ml_dsa() {
                    assert_eq!(algorithm.identifier().unwrap(), identifier, "only ML-DSA depends on the key");
                }
            }
        }
    }

    #[test]
    fn ml_dsa_identifiers_name_the_parameter_set_and_need_the_key() {
        let oid = |spec| SignatureAlgorithm::ml_dsa().identifier_for(spec).unwrap().oid.to_string();
        assert_eq!(oid(KeySpec::MlDsa44), "2.16.840.1.101.3.4.3.17");
        assert_eq!(oid(KeySpec::MlDsa65), "2.16.840.1.101.3.4.3.18");
        assert_eq!(oid(KeySpec::MlDsa87), "2.16.840.1.101.3.4.3.19");
        assert!(SignatureAlgorithm::ml_dsa().identifier().is_err());
        assert!(SignatureAlgorithm::ml_dsa().identifier_for(KeySpec::EcP256).is_err());
    }

    #[test]
    fn message_algorithms_allow_no_parameters() {
        for spec in [KeySpec::Ed25519, KeySpec::MlDsa65] {
            let mut identifier = spec.default_algorithm().identifier_for(spec).unwrap();
            identifier.parameters = Some(Any::encode_from(&Null).unwrap());
            assert_eq!(SignatureAlgorithm::from_identifier(&identifier, None), None);
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
