//! Which algorithms were usual when.

use time::macros::datetime;
use time::{OffsetDateTime, UtcDateTime};

use cartorio_keys::{SignatureAlgorithm, SignatureScheme};

use crate::certificate::{AlgorithmFacts, Certificate};
use crate::key::{KeyFacts, KeyKind};

/// MD5 certificates were forged in practice at the end of 2008 (CERT VU#836068, 2008-12-31).
const MD5_UNTIL: UtcDateTime = datetime!(2009-01-01 00:00 UTC).to_utc();
/// SHA-1 signatures and RSA keys under 2048 bits: disallowed after 2013 (NIST SP 800-131A, January 2011, tables 2 and 9).
const SHA1_UNTIL: UtcDateTime = datetime!(2014-01-01 00:00 UTC).to_utc();

/// RSA of any size with PKCS#1 v1.5 padding, and RSASSA-PSS under [`LONG_RSA`] bits: to the end of 2028 (ETSI TS 119 312 V1.5.1;
/// the default policy of EU DSS has the same date). It sets no end for longer PSS keys, for ECDSA from 256 bits, for SHA-2.
const RSA_UNTIL: UtcDateTime = datetime!(2029-01-01 00:00 UTC).to_utc();
const LONG_RSA: u32 = 3000;

/// Until when a signature by `algorithm` with `key` is expected to be believed without a later proof that it existed; `None`
/// where nobody has set an end.
pub fn signature_ends(algorithm: SignatureAlgorithm, key: &KeyFacts) -> Option<OffsetDateTime> {
    let pss = match algorithm.scheme() {
        SignatureScheme::RsaPss => true,
        SignatureScheme::RsaPkcs1 | SignatureScheme::Ecdsa | SignatureScheme::Ed25519 | SignatureScheme::MlDsa => false,
    };
    key_ends(key, pss)
}

/// As [`signature_ends`], of the signature on a certificate, which `issuer` made.
pub fn certificate_ends(certificate: &Certificate, issuer: &Certificate) -> Option<OffsetDateTime> {
    let algorithm = &certificate.signature_algorithm;
    if algorithm.is_weak() {
        let sha1 = ["sha1", "Sha1", "SHA1"].iter().any(|hash| algorithm.name.contains(hash));
        return Some(if sha1 { SHA1_UNTIL } else { MD5_UNTIL }.into());
    }
    key_ends(&issuer.key, algorithm.oid == RSASSA_PSS)
}

const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";

fn key_ends(key: &KeyFacts, pss: bool) -> Option<OffsetDateTime> {
    match &key.kind {
        KeyKind::Rsa { bits, .. } if *bits < 2048 => Some(SHA1_UNTIL.into()),
        KeyKind::Rsa { bits, .. } if pss && *bits >= LONG_RSA => None,
        KeyKind::Rsa { .. } => Some(RSA_UNTIL.into()),
        KeyKind::Ec { .. } | KeyKind::Other { .. } => None,
    }
}

/// Whether a broken hash was still usual at that instant.
pub(super) fn hash_was_usual(algorithm: &AlgorithmFacts, at: OffsetDateTime) -> bool {
    let sha1 = ["sha1", "Sha1", "SHA1"].iter().any(|hash| algorithm.name.contains(hash));
    at.to_utc() < if sha1 { SHA1_UNTIL } else { MD5_UNTIL }
}

/// The least RSA modulus that counts, whenever it was made: 512 bits were factored in 1999, 768 in 2009.
const LEAST_RSA_EVER: u32 = 1024;

/// Whether an RSA key of so few bits was still usual at that instant.
pub(super) fn rsa_was_usual(bits: u32, at: OffsetDateTime) -> bool {
    bits >= LEAST_RSA_EVER && at.to_utc() < SHA1_UNTIL
}

#[cfg(test)]
mod tests {
    use cartorio_core::HashAlgorithm;

    use super::*;

    /// The dates of the default policy of EU DSS 6.2, which has them from ETSI TS 119 312 V1.5.1.
    #[test]
    fn rsa_ends_with_2028_but_for_long_keys_with_pss() {
        let rsa = |bits| KeyFacts {
            kind: KeyKind::Rsa { bits, exponent: "65537".to_owned() },
            algorithm_oid: String::new(),
            spki: Vec::new(),
        };
        let (pkcs1, pss) =
            (SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256), SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha512));
        let end = Some(datetime!(2029-01-01 00:00 UTC));
        let over = Some(datetime!(2014-01-01 00:00 UTC));
        for (algorithm, bits, wanted) in [
            (pkcs1, 2048, end),
            (pkcs1, 4096, end),
            (pss, 2048, end),
            (pss, 3072, None),
            (pkcs1, 1024, over),
            (pss, 1024, over),
        ] {
            assert_eq!(signature_ends(algorithm, &rsa(bits)), wanted, "{algorithm} {bits}");
        }
        let curve = KeyFacts {
            kind: KeyKind::Ec { curve: "P-256".to_owned(), bits: Some(256) },
            algorithm_oid: String::new(),
            spki: Vec::new(),
        };
        assert_eq!(signature_ends(SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256), &curve), None);
    }
}
