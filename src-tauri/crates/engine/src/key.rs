//! One signature, one key, whatever the algorithm.

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Verifier};

/// A public key, parsed once. A clone is a counted reference.
#[derive(Clone)]
pub struct PublicKey {
    key: PKey<Public>,
    algorithm: Vec<u8>,
}

impl PublicKey {
    /// Parses a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`KeyError`] when OpenSSL does not know the algorithm or the curve, or the key is broken.
    pub fn from_spki(spki: &[u8]) -> Result<Self, KeyError> {
        let algorithm = der::sequence(spki)
            .and_then(|(inner, _)| der::sequence(inner))
            .and_then(|(identifier, _)| der::take(identifier, 0x06))
            .map(|(oid, _)| oid.to_vec())
            .ok_or(KeyError)?;
        let key = quiet(PKey::public_key_from_der(spki)).map_err(|_| KeyError)?;
        Ok(Self { key, algorithm })
    }

    /// Checks `signature` over `message`. `algorithm` is the DER `AlgorithmIdentifier` beside the signature.
    ///
    /// # Errors
    /// [`SignatureError::Wrong`] when it is not this key's signature of the message;
    /// [`SignatureError::Unsupported`] when the linked OpenSSL cannot tell.
    pub fn verify(&self, algorithm: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let (identifier, _) = der::sequence(algorithm).ok_or(SignatureError::Unsupported)?;
        let (oid, parameters) = der::take(identifier, 0x06).ok_or(SignatureError::Unsupported)?;
        if oid == RSASSA_PSS {
            return self.verify_pss(parameters, message, signature);
        }
        if oid == self.algorithm {
            // EdDSA, ML-DSA, SLH-DSA: the algorithm of the key is the algorithm of the signature.
            let verifier = quiet(Verifier::new_without_digest(&self.key)).map_err(|_| SignatureError::Unsupported)?;
            return decide(verifier, message, signature);
        }
        let (digest, kind) = hashed(oid).ok_or(SignatureError::Unsupported)?;
        if self.key.id() != kind {
            // A key of another kind cannot have made it.
            return Err(SignatureError::Wrong);
        }
        let verifier = quiet(Verifier::new(digest, &self.key)).map_err(|_| SignatureError::Unsupported)?;
        decide(verifier, message, signature)
    }

    fn verify_pss(&self, parameters: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        if self.key.id() != Id::RSA && self.key.id() != Id::RSA_PSS {
            return Err(SignatureError::Wrong);
        }
        let pss = Pss::read(parameters).ok_or(SignatureError::Unsupported)?;
        let prepare = || {
            let mut verifier = Verifier::new(pss.hash, &self.key)?;
            verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
            verifier.set_rsa_mgf1_md(pss.mask_hash)?;
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(pss.salt))?;
            Ok(verifier)
        };
        decide(quiet(prepare()).map_err(|_| SignatureError::Unsupported)?, message, signature)
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", dotted(&self.algorithm).unwrap_or_default())
    }
}

/// OpenSSL cannot use the key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the key is of a kind that OpenSSL does not know, or broken")]
pub struct KeyError;

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignatureError {
    /// It is not this key's signature of this message.
    #[error("the signature does not match")]
    Wrong,
    /// The linked OpenSSL does not know the algorithm or its parameters.
    #[error("the signature's algorithm is not supported")]
    Unsupported,
}

fn decide(mut verifier: Verifier<'_>, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    match quiet(verifier.verify_oneshot(signature, message)) {
        Ok(true) => Ok(()),
        // A signature that cannot even be decoded is wrong too.
        Ok(false) | Err(_) => Err(SignatureError::Wrong),
    }
}

/// Leaves no error of OpenSSL behind for the next caller on this thread.
fn quiet<T>(result: Result<T, ErrorStack>) -> Result<T, ErrorStack> {
    if result.is_err() {
        drop(ErrorStack::get());
    }
    result
}

/// 1.2.840.113549.1.1.10.
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// 1.2.840.113549.1.1.8.
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];

/// The hash and the kind of key of a signature algorithm, as OpenSSL has them in its table.
fn hashed(oid: &[u8]) -> Option<(MessageDigest, Id)> {
    let nid = quiet(openssl::asn1::Asn1Object::from_str(&der::dotted(oid)?)).ok()?.nid();
    let algorithms = nid.signature_algorithms()?;
    let digest = MessageDigest::from_nid(algorithms.digest)?;
    let kind = match algorithms.pkey {
        Nid::RSAENCRYPTION | Nid::RSA => Id::RSA,
        Nid::X9_62_ID_ECPUBLICKEY => Id::EC,
        Nid::DSA => Id::DSA,
        other => Id::from_raw(other.as_raw()),
    };
    Some((digest, kind))
}

/// RSASSA-PSS-params (RFC 4055 §3.1); what is absent is SHA-1 and 20.
struct Pss {
    hash: MessageDigest,
    mask_hash: MessageDigest,
    salt: i32,
}

impl Pss {
    fn read(parameters: &[u8]) -> Option<Self> {
        let (mut fields, _) = der::sequence(parameters)?;
        let mut pss = Self { hash: MessageDigest::sha1(), mask_hash: MessageDigest::sha1(), salt: 20 };
        while let Some((tag, content, rest)) = der::any(fields) {
            match tag {
                0xa0 => pss.hash = digest(content)?,
                0xa1 => {
                    let (inner, _) = der::sequence(content)?;
                    let (oid, hash) = der::take(inner, 0x06)?;
                    if oid != MGF1 {
                        return None;
                    }
                    pss.mask_hash = digest(hash)?;
                }
                0xa2 => {
                    let (number, _) = der::take(content, 0x02)?;
                    if number.is_empty() || number.len() > 2 {
                        return None;
                    }
                    pss.salt = number.iter().fold(0, |value, byte| value << 8 | i32::from(*byte));
                }
                // trailerField: 1 is the only one
                0xa3 => {
                    if der::take(content, 0x02)?.0 != [1] {
                        return None;
                    }
                }
                _ => return None,
            }
            fields = rest;
        }
        Some(pss)
    }
}

fn digest(identifier: &[u8]) -> Option<MessageDigest> {
    let (inner, _) = der::sequence(identifier)?;
    let (oid, _) = der::take(inner, 0x06)?;
    MessageDigest::from_nid(quiet(openssl::asn1::Asn1Object::from_str(&der::dotted(oid)?)).ok()?.nid())
}

/// The little DER that algorithm identifiers need.
mod der {
    /// Tag, content and what follows.
    pub(super) fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
        let (&tag, rest) = bytes.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (octets.iter().fold(0_usize, |value, byte| value << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        Some((tag, content, rest))
    }

    /// Content of the element with this tag, and what follows.
    pub(super) fn take(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
        any(bytes).filter(|found| found.0 == tag).map(|(_, content, rest)| (content, rest))
    }

    pub(super) fn sequence(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
        take(bytes, 0x30)
    }

    /// Dotted text of an object identifier's content.
    pub(crate) fn dotted(content: &[u8]) -> Option<String> {
        let mut numbers: Vec<u64> = Vec::new();
        let mut value: u64 = 0;
        for byte in content {
            value = value.checked_mul(128)? | u64::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                if numbers.is_empty() {
                    let first = (value / 40).min(2);
                    numbers.extend([first, value - first * 40]);
                } else {
                    numbers.push(value);
                }
                value = 0;
            }
        }
        Some(numbers.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
    }
}

pub(crate) use der::dotted;

#[cfg(test)]
mod tests {
    use openssl::ec::{EcGroup, EcKey};
    use openssl::rsa::Rsa;
    use openssl::sign::Signer;

    use super::*;

    fn identifier(oid: &str, parameters: &[u8]) -> Vec<u8> {
        let content = openssl::asn1::Asn1Object::from_str(oid).unwrap();
        let mut inner = vec![6, u8::try_from(content.as_slice().len()).unwrap()];
        inner.extend_from_slice(content.as_slice());
        inner.extend_from_slice(parameters);
        let mut whole = vec![0x30, u8::try_from(inner.len()).unwrap()];
        whole.extend(inner);
        whole
    }

    fn check(key: &PublicKey, algorithm: &[u8], signature: &[u8]) {
        assert_eq!(key.verify(algorithm, b"message", signature), Ok(()));
        assert_eq!(key.verify(algorithm, b"another", signature), Err(SignatureError::Wrong));
        assert_eq!(key.verify(algorithm, b"message", b"junk"), Err(SignatureError::Wrong));
        let unknown = identifier("1.3.6.1.4.1.99999.7", &[]);
        assert_eq!(key.verify(&unknown, b"message", signature), Err(SignatureError::Unsupported));
        assert!(openssl::error::ErrorStack::get().errors().is_empty(), "nothing is left on the error queue");
    }

    #[test]
    fn rsa_with_either_padding() {
        let private = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let key = PublicKey::from_spki(&private.public_key_to_der().unwrap()).unwrap();
        for (oid, digest) in [
            ("1.2.840.113549.1.1.5", MessageDigest::sha1()),
            ("1.2.840.113549.1.1.11", MessageDigest::sha256()),
            ("1.2.840.113549.1.1.13", MessageDigest::sha512()),
        ] {
            let mut signer = Signer::new(digest, &private).unwrap();
            check(&key, &identifier(oid, &[5, 0]), &signer.sign_oneshot_to_vec(b"message").unwrap());
        }
        let mut signer = Signer::new(MessageDigest::sha256(), &private).unwrap();
        signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        signer.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::custom(32)).unwrap();
        let signature = signer.sign_oneshot_to_vec(b"message").unwrap();
        let sha256 = identifier("2.16.840.1.101.3.4.2.1", &[]);
        let mut mgf = vec![0x30, u8::try_from(2 + MGF1.len() + sha256.len()).unwrap(), 6, 9];
        mgf.extend_from_slice(MGF1);
        mgf.extend_from_slice(&sha256);
        let mut inner = vec![0xa0, u8::try_from(sha256.len()).unwrap()];
        inner.extend_from_slice(&sha256);
        inner.extend([0xa1, u8::try_from(mgf.len()).unwrap()]);
        inner.extend(mgf);
        inner.extend([0xa2, 3, 2, 1, 32]);
        let mut parameters = vec![0x30, u8::try_from(inner.len()).unwrap()];
        parameters.extend(inner);
        check(&key, &identifier("1.2.840.113549.1.1.10", &parameters), &signature);
        // No parameters at all: nothing is assumed.
        assert_eq!(
            key.verify(&identifier("1.2.840.113549.1.1.10", &[]), b"message", &signature),
            Err(SignatureError::Unsupported)
        );
    }

    #[test]
    fn ecdsa_on_the_curves_that_icp_brasil_admits() {
        for curve in [
            Nid::X9_62_PRIME256V1,
            Nid::SECP384R1,
            Nid::SECP521R1,
            Nid::SECP256K1,
            Nid::BRAINPOOL_P256R1,
            Nid::BRAINPOOL_P512R1,
        ] {
            let group = EcGroup::from_curve_name(curve).unwrap();
            let private = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
            let key = PublicKey::from_spki(&private.public_key_to_der().unwrap()).unwrap();
            let mut signer = Signer::new(MessageDigest::sha512(), &private).unwrap();
            check(&key, &identifier("1.2.840.10045.4.3.4", &[]), &signer.sign_oneshot_to_vec(b"message").unwrap());
            let rsa = identifier("1.2.840.113549.1.1.11", &[5, 0]);
            assert_eq!(key.verify(&rsa, b"message", b"x"), Err(SignatureError::Wrong), "not this key's kind");
        }
    }

    #[test]
    fn edwards_curves() {
        for (private, oid) in
            [(PKey::generate_ed25519().unwrap(), "1.3.101.112"), (PKey::generate_ed448().unwrap(), "1.3.101.113")]
        {
            let key = PublicKey::from_spki(&private.public_key_to_der().unwrap()).unwrap();
            let mut signer = Signer::new_without_digest(&private).unwrap();
            check(&key, &identifier(oid, &[]), &signer.sign_oneshot_to_vec(b"message").unwrap());
        }
    }

    #[test]
    fn a_broken_key_is_an_error() {
        for bytes in [&b""[..], b"\x30\x00", b"\x30\x05\x30\x03\x06\x01\x2a", &[0xff; 64]] {
            assert!(PublicKey::from_spki(bytes).is_err());
        }
    }
}
