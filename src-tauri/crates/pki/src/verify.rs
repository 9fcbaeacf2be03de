//! Checking the signature on a certificate or CRL with a public key alone.

use cartorio_engine::{PublicKey, SignatureError};

use crate::certificate::AlgorithmFacts;

/// Outcome of a signature check. «Cannot check» is not «wrong».
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignatureCheck {
    /// The signature is right.
    Valid,
    /// The signature is right, but made with a hash that collisions are known for.
    ValidWeak {
        /// Algorithm name, e.g. `sha1WithRSAEncryption`.
        algorithm: String,
    },
    /// The signature does not match the signed bytes and the key.
    Wrong,
    /// The algorithm, its parameters or the key are of a kind that this product does not verify.
    NotCheckable {
        /// Algorithm name or dotted identifier.
        algorithm: String,
        /// Why.
        reason: String,
    },
}

impl SignatureCheck {
    /// Whether the signature is right, by a strong algorithm or a weak one.
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Valid | Self::ValidWeak { .. })
    }
}

/// Checks `signature` over `signed` with the key in `spki` (DER `SubjectPublicKeyInfo`).
///
/// `algorithm` is the DER `AlgorithmIdentifier` beside the signature.
pub(crate) fn check(signed: &[u8], algorithm: &[u8], signature: &[u8], spki: &[u8]) -> SignatureCheck {
    check_with(signed, algorithm, signature, PublicKey::from_spki(spki).ok().as_ref())
}

/// As [`check`], with a key that was parsed before; `None` is a key that the engine cannot use.
pub(crate) fn check_with(signed: &[u8], algorithm: &[u8], signature: &[u8], key: Option<&PublicKey>) -> SignatureCheck {
    let facts = AlgorithmFacts::from_der(algorithm);
    if facts.oid.is_empty() {
        return SignatureCheck::NotCheckable {
            algorithm: "?".to_owned(),
            reason: "the algorithm identifier is malformed".to_owned(),
        };
    }
    let not_checkable =
        |reason: &str| SignatureCheck::NotCheckable { algorithm: facts.name.clone(), reason: reason.to_owned() };
    let Some(key) = key else {
        return not_checkable("the key is of a kind that is not supported, or broken");
    };
    match key.verify(algorithm, signed, signature) {
        Ok(()) if facts.is_weak() => SignatureCheck::ValidWeak { algorithm: facts.name },
        Ok(()) => SignatureCheck::Valid,
        Err(SignatureError::Wrong) => SignatureCheck::Wrong,
        Err(SignatureError::Unsupported) => not_checkable("the signature algorithm is not supported"),
    }
}
