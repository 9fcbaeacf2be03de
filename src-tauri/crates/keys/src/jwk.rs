//! Public keys as others want them: PEM and JWK.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cartorio_core::{Digest, HashAlgorithm};
use der::Decode;
use der::asn1::UintRef;
use der::pem::LineEnding;
use serde_json::{Value, json};
use spki::SubjectPublicKeyInfoRef;

use crate::{KeySpec, PublicKey, VerifyError};

impl PublicKey {
    /// The key as PEM, `-----BEGIN PUBLIC KEY-----` (RFC 7468 §13), lines ending in LF.
    ///
    /// # Errors
    /// [`VerifyError::UnsupportedKey`] when it cannot be written, which no key that was read can cause.
    pub fn to_pem(&self) -> Result<String, VerifyError> {
        der::pem::encode_string("PUBLIC KEY", LineEnding::LF, &self.spki)
            .map_err(|error| unsupported(error.to_string()))
    }

    /// The key as a JWK (RFC 7517), with `use` `sig`, the SHA-256 thumbprint as `kid` (RFC 7638), and `alg` where keys of
    /// this type have one algorithm: `RSA` and `EC` by RFC 7518 §6, `OKP` by RFC 8037, `AKP` by the registration of ML-DSA
    /// for JOSE.
    ///
    /// # Errors
    /// [`VerifyError::UnsupportedKey`] when the key is not what its type says.
    pub fn to_jwk(&self) -> Result<Value, VerifyError> {
        let members = Members::of(self)?;
        let text = |(name, value): (&str, String)| (name.to_owned(), Value::String(value));
        let mut jwk: serde_json::Map<_, _> = members.required.iter().cloned().map(text).collect();
        if let Some(algorithm) = members.algorithm {
            jwk.insert("alg".to_owned(), json!(algorithm));
        }
        jwk.insert("use".to_owned(), json!("sig"));
        jwk.insert("kid".to_owned(), json!(members.thumbprint()));
        Ok(Value::Object(jwk))
    }

    /// The SHA-256 thumbprint of the JWK, Base64url (RFC 7638): the `kid` of [`Self::to_jwk`].
    ///
    /// # Errors
    /// As [`Self::to_jwk`].
    pub fn jwk_thumbprint(&self) -> Result<String, VerifyError> {
        Ok(Members::of(self)?.thumbprint())
    }
}

/// The members that make the key, in the order of their names, and its one algorithm.
struct Members {
    required: Vec<(&'static str, String)>,
    algorithm: Option<&'static str>,
}

impl Members {
    fn of(key: &PublicKey) -> Result<Self, VerifyError> {
        let info = SubjectPublicKeyInfoRef::from_der(&key.spki).map_err(|error| unsupported(error.to_string()))?;
        let bits = info.subject_public_key.as_bytes().ok_or_else(|| unsupported("the key has odd bits".to_owned()))?;
        match key.spec {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => rsa(bits),
            KeySpec::EcP256 => ec(bits, "P-256", 32, "ES256"),
            KeySpec::EcP384 => ec(bits, "P-384", 48, "ES384"),
            KeySpec::EcP521 => ec(bits, "P-521", 66, "ES512"),
            KeySpec::Ed25519 => Ok(Self {
                required: vec![("crv", "Ed25519".to_owned()), ("kty", "OKP".to_owned()), ("x", base64url(bits))],
                algorithm: Some("EdDSA"),
            }),
            KeySpec::MlDsa44 => Ok(akp(bits, "ML-DSA-44")),
            KeySpec::MlDsa65 => Ok(akp(bits, "ML-DSA-65")),
            KeySpec::MlDsa87 => Ok(akp(bits, "ML-DSA-87")),
        }
    }

    fn thumbprint(&self) -> String {
        // RFC 7638 §3: these members alone, sorted, without blanks. All values are plain Base64url or names, so none
        // needs an escape.
        let pairs: Vec<_> = self.required.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        let canonical = format!("{{{}}}", pairs.join(","));
        base64url(Digest::of(HashAlgorithm::Sha256, canonical.as_bytes()).as_bytes())
    }
}

/// `RSAPublicKey` (RFC 8017 §A.1.1).
#[derive(der::Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

fn rsa(bits: &[u8]) -> Result<Members, VerifyError> {
    let key = RsaPublicKey::from_der(bits).map_err(|error| unsupported(error.to_string()))?;
    let required = vec![
        ("e", base64url(key.exponent.as_bytes())),
        ("kty", "RSA".to_owned()),
        ("n", base64url(key.modulus.as_bytes())),
    ];
    Ok(Members { required, algorithm: None })
}

/// `ECPoint` (RFC 5480 §2.2), uncompressed; coordinates have the full length (RFC 7518 §6.2.1.2).
fn ec(bits: &[u8], curve: &str, len: usize, algorithm: &'static str) -> Result<Members, VerifyError> {
    match bits.split_first() {
        Some((4, point)) if point.len() == 2 * len => {
            let (x, y) = point.split_at(len);
            let required =
                vec![("crv", curve.to_owned()), ("kty", "EC".to_owned()), ("x", base64url(x)), ("y", base64url(y))];
            Ok(Members { required, algorithm: Some(algorithm) })
        }
        _ => Err(unsupported(format!("no uncompressed point of {curve}"))),
    }
}

fn akp(bits: &[u8], algorithm: &'static str) -> Members {
    let required = vec![("alg", algorithm.to_owned()), ("kty", "AKP".to_owned()), ("pub", base64url(bits))];
    Members { required, algorithm: Some(algorithm) }
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn unsupported(reason: String) -> VerifyError {
    VerifyError::UnsupportedKey(reason)
}

#[cfg(test)]
mod tests {
    use const_oid::ObjectIdentifier as Oid;
    use der::asn1::{BitString, Null};
    use der::{Any, Encode};
    use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

    use super::*;
    use crate::SoftwareKey;

    fn key(oid: &str, parameters: Option<Any>, bits: &[u8]) -> PublicKey {
        let algorithm = AlgorithmIdentifierOwned { oid: Oid::new_unwrap(oid), parameters };
        let info = SubjectPublicKeyInfoOwned { algorithm, subject_public_key: BitString::from_bytes(bits).unwrap() };
        PublicKey::from_spki(info.to_der().unwrap()).unwrap()
    }

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 7517 §A.1 and the thumbprint of RFC 7638 §3.1.
    #[test]
    fn the_rsa_key_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi\
                 FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnY\
                 b9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0\
                 Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let modulus = bytes(n);
        let encoded =
            RsaPublicKey { modulus: UintRef::new(&modulus).unwrap(), exponent: UintRef::new(&[1, 0, 1]).unwrap() };
        let key = key("1.2.840.113549.1.1.1", Some(Any::encode_from(&Null).unwrap()), &encoded.to_der().unwrap());
        let wanted = json!({
            "kty": "RSA", "n": n, "e": "AQAB", "use": "sig", "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        });
        assert_eq!(key.to_jwk().unwrap(), wanted);
        assert_eq!(key.jwk_thumbprint().unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    /// RFC 7517 §A.1.
    #[test]
    fn the_p256_key_of_rfc_7517() {
        let (x, y) = ("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM");
        let curve = Any::encode_from(&Oid::new_unwrap("1.2.840.10045.3.1.7")).unwrap();
        let key = key("1.2.840.10045.2.1", Some(curve), &[vec![4], bytes(x), bytes(y)].concat());
        let jwk = key.to_jwk().unwrap();
        assert_eq!((&jwk["kty"], &jwk["crv"], &jwk["alg"]), (&json!("EC"), &json!("P-256"), &json!("ES256")));
        assert_eq!((&jwk["x"], &jwk["y"]), (&json!(x), &json!(y)));
    }

    /// RFC 8037 §A.2 and the thumbprint of §A.3.
    #[test]
    fn the_ed25519_key_of_rfc_8037() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let wanted = json!({
            "kty": "OKP", "crv": "Ed25519", "x": x, "alg": "EdDSA", "use": "sig",
            "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        });
        assert_eq!(key("1.3.101.112", None, &bytes(x)).to_jwk().unwrap(), wanted);
    }

    #[test]
    fn coordinates_keep_their_leading_zeros() {
        // The point with x = 0 does not lie on P-521, so its form alone is looked at.
        let members = ec(&[&[4][..], &[0; 132]].concat(), "P-521", 66, "ES512").unwrap();
        assert_eq!(bytes(&members.required[2].1).len(), 66);
        assert!(ec(&[&[2][..], &[0; 66]].concat(), "P-521", 66, "ES512").is_err(), "a compressed point");
    }

    #[test]
    fn every_type_has_a_jwk_and_a_pem_that_read_back() {
        for spec in KeySpec::ALL {
            let key = SoftwareKey::generate(spec).unwrap().public_key().clone();
            let jwk = key.to_jwk().unwrap();
            assert_eq!(jwk["use"], "sig");
            assert_eq!(bytes(jwk["kid"].as_str().unwrap()).len(), 32);
            assert_eq!(jwk.get("alg").is_some(), spec.algorithms().len() == 1, "{spec}");
            let pem = key.to_pem().unwrap();
            assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.lines().all(|line| line.len() <= 64));
            let (label, der) = der::pem::decode_vec(pem.as_bytes()).unwrap();
            assert_eq!((label, der), ("PUBLIC KEY", key.spki.clone()));
        }
    }
}
