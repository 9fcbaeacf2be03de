//! Checking the signature on a certificate or CRL with a public key alone.

use aws_lc_rs::signature::{self as lc, UnparsedPublicKey, VerificationAlgorithm};
use cartorio_keys::{PublicKey, SignatureAlgorithm, VerifyError, verify_message};
use der::Decode;
use spki::AlgorithmIdentifierOwned;

use crate::oid;

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
    let Ok(identifier) = AlgorithmIdentifierOwned::from_der(algorithm) else {
        return SignatureCheck::NotCheckable {
            algorithm: "?".to_owned(),
            reason: "the algorithm identifier is malformed".to_owned(),
        };
    };
    let dotted = identifier.oid.to_string();
    let name = oid::algorithm(&dotted).map_or_else(|| dotted.clone(), str::to_owned);
    let not_checkable = |reason: String| SignatureCheck::NotCheckable { algorithm: name.clone(), reason };
    if let Some(legacy) = legacy_algorithm(&dotted) {
        return match UnparsedPublicKey::new(legacy, public_key_bits(spki)).verify(signed, signature) {
            Ok(()) => SignatureCheck::ValidWeak { algorithm: name },
            Err(_) => SignatureCheck::Wrong,
        };
    }
    let Some(algorithm) = SignatureAlgorithm::from_identifier(&identifier, None) else {
        return not_checkable("the signature algorithm is not supported".to_owned());
    };
    let key = match PublicKey::from_spki(spki.to_vec()) {
        Ok(key) => key,
        Err(error) => return not_checkable(error.to_string()),
    };
    match verify_message(&key, algorithm, signed, signature) {
        Ok(()) => SignatureCheck::Valid,
        Err(VerifyError::Mismatch) => SignatureCheck::Wrong,
        // A key that cannot have made such a signature: the signature is by another key.
        Err(VerifyError::WrongAlgorithm { .. } | VerifyError::WrongDigest { .. }) => SignatureCheck::Wrong,
        Err(error @ (VerifyError::UnsupportedKey(_) | VerifyError::MessageNeeded { .. })) => not_checkable(error.to_string()),
    }
}

/// Old certificates are still opened; what SHA-1 proves is flagged as weak by the caller.
fn legacy_algorithm(oid: &str) -> Option<&'static dyn VerificationAlgorithm> {
    (oid == "1.2.840.113549.1.1.5").then_some(&lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)
}

/// The subjectPublicKey octets, which is what AWS-LC's unparsed RSA keys are.
fn public_key_bits(spki: &[u8]) -> Vec<u8> {
    spki::SubjectPublicKeyInfoRef::from_der(spki)
        .ok()
        .and_then(|info| info.subject_public_key.as_bytes().map(<[u8]>::to_vec))
        .unwrap_or_default()
}
