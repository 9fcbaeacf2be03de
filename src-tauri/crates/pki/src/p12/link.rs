//! What belongs together: a key and its certificate by the public key, a certificate and its issuer by key identifier
//! and signature. Names alone decide nothing: two CAs may share one.

use cartorio_core::SecretBytes;
use cartorio_keys::{KeySpec, SoftwareKey};

use crate::asn1::{self, Reader};
use crate::certificate::Certificate;
use crate::key::KeyFacts;
use crate::verify::SignatureCheck;

/// Longer chains do not exist.
const MAX_CHAIN: usize = 16;
/// Signatures that are checked to find one issuer: a hostile file may hold thousands of CAs of one name.
const MAX_CHECKS: usize = 64;

/// The public half of a private key, as far as it can be told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PublicHalf {
    /// Modulus of an RSA key.
    RsaModulus(Vec<u8>),
    /// Algorithm of the key (dotted) and the octets of its public key.
    Octets(String, Vec<u8>),
    /// A sound key of a type whose public half is neither in the file nor computed here.
    Unknown,
}

const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const EC: &str = "1.2.840.10045.2.1";

/// Dotted identifier of the algorithm of a `PrivateKeyInfo`.
pub(super) fn key_algorithm(pkcs8: &[u8]) -> Option<String> {
    let mut parts = Reader::new(pkcs8).expect(asn1::SEQUENCE).ok()?.children();
    parts.expect(asn1::INTEGER).ok()?;
    let algorithm = parts.expect(asn1::SEQUENCE).ok()?;
    Some(asn1::oid_text(algorithm.children().expect(asn1::OID).ok()?.content))
}

/// The public half of a DER `PrivateKeyInfo`.
pub(super) fn public_half(pkcs8: &SecretBytes) -> PublicHalf {
    let Some(algorithm) = key_algorithm(pkcs8.expose()) else { return PublicHalf::Unknown };
    match algorithm.as_str() {
        RSA | RSA_PSS => rsa_modulus(pkcs8.expose()).map_or(PublicHalf::Unknown, PublicHalf::RsaModulus),
        // The point that a file states is believed only where it cannot be computed.
        _ => computed(pkcs8)
            .or_else(|| (algorithm == EC).then(|| stated_point(pkcs8.expose())).flatten())
            .map_or(PublicHalf::Unknown, |octets| PublicHalf::Octets(algorithm, octets)),
    }
}

/// Whether a certificate has that public half; `None` when it cannot be told.
pub(super) fn belongs(half: &PublicHalf, certificate: &Certificate) -> Option<bool> {
    match half {
        PublicHalf::RsaModulus(modulus) => {
            let rsa = [RSA, RSA_PSS].contains(&certificate.key.algorithm_oid.as_str());
            Some(rsa && public_modulus(&certificate.key.spki).as_ref() == Some(modulus))
        }
        PublicHalf::Octets(algorithm, octets) => Some(
            certificate.key.algorithm_oid == *algorithm
                && KeyFacts::public_octets(&certificate.key.spki).as_ref() == Some(octets),
        ),
        PublicHalf::Unknown => None,
    }
}

/// The certificates above `leaf`, its issuer first. Of several that signed, the one that expires last.
pub(super) fn chain(leaf: &Certificate, pool: &[Certificate]) -> Vec<Certificate> {
    let mut chain: Vec<Certificate> = Vec::new();
    let mut below = leaf.clone();
    while chain.len() < MAX_CHAIN && !(below.is_self_issued() && below.check_signed_by(&below).is_valid()) {
        let mut candidates: Vec<&Certificate> = pool
            .iter()
            .filter(|candidate| *candidate != leaf && !chain.contains(candidate) && may_have_issued(candidate, &below))
            .collect();
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.validity.not_after));
        let next = candidates.into_iter().take(MAX_CHECKS).find(|candidate| issued(candidate, &below)).cloned();
        let Some(next) = next else { break };
        chain.push(next.clone());
        below = next;
    }
    chain
}

/// Name and key identifiers; the signature decides.
fn may_have_issued(issuer: &Certificate, child: &Certificate) -> bool {
    let ids_agree = match (&child.authority_key_id, &issuer.subject_key_id) {
        (Some(wanted), Some(id)) => wanted == id,
        _ => true,
    };
    child.issuer == issuer.subject && ids_agree
}

fn issued(issuer: &Certificate, child: &Certificate) -> bool {
    match child.check_signed_by(issuer) {
        SignatureCheck::Valid | SignatureCheck::ValidWeak { .. } => true,
        SignatureCheck::Wrong => false,
        // A curve that is not verified here: equal key identifiers are the next best thing, a name is not.
        SignatureCheck::NotCheckable { .. } => {
            child.authority_key_id.is_some() && child.authority_key_id == issuer.subject_key_id
        }
    }
}

/// The octets of the public key, computed from the private one, for the types that this product knows.
fn computed(pkcs8: &SecretBytes) -> Option<Vec<u8>> {
    KeySpec::ALL.into_iter().find_map(|spec| {
        let key = SoftwareKey::from_pkcs8(spec, pkcs8.clone()).ok()?;
        KeyFacts::public_octets(&key.public_key().spki)
    })
}

/// The content of `privateKey`.
fn inner(pkcs8: &[u8]) -> Option<&[u8]> {
    let mut parts = Reader::new(pkcs8).expect(asn1::SEQUENCE).ok()?.children();
    parts.expect(asn1::INTEGER).ok()?;
    parts.expect(asn1::SEQUENCE).ok()?;
    Some(parts.expect(asn1::OCTET_STRING).ok()?.content)
}

/// RSAPrivateKey (RFC 8017 A.1.2): the modulus is its second number.
fn rsa_modulus(pkcs8: &[u8]) -> Option<Vec<u8>> {
    let mut numbers = Reader::new(inner(pkcs8)?).expect(asn1::SEQUENCE).ok()?.children();
    numbers.expect(asn1::INTEGER).ok()?;
    Some(significant(numbers.expect(asn1::INTEGER).ok()?.content))
}

fn public_modulus(spki: &[u8]) -> Option<Vec<u8>> {
    let octets = KeyFacts::public_octets(spki)?;
    let mut numbers = Reader::new(&octets).expect(asn1::SEQUENCE).ok()?.children();
    Some(significant(numbers.expect(asn1::INTEGER).ok()?.content))
}

fn significant(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

/// ECPrivateKey (RFC 5915 §3): the public key is optional and tagged 1.
fn stated_point(pkcs8: &[u8]) -> Option<Vec<u8>> {
    let mut parts = Reader::new(inner(pkcs8)?).expect(asn1::SEQUENCE).ok()?.children();
    while let Some(part) = parts.next().ok()? {
        if part.tag == 0xa1 {
            let bits = part.children().expect(asn1::BIT_STRING).ok()?;
            return bits.content.get(1..).map(<[u8]>::to_vec);
        }
    }
    None
}
