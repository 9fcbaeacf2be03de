//! Encoding of revocation lists, version 2 (RFC 5280 §5), without the signature.

use cartorio_core::Digest;
use cartorio_keys::{PublicKey, SignatureAlgorithm};
use der::Encode;
use time::OffsetDateTime;

use super::CaError;
use super::certificate::{extension, key_identifier};
use crate::asn1;
use crate::certificate::{Certificate, KeyUsage};
use crate::crl::{Crl, RevocationReason, RevokedCertificate};
use crate::verify::{self, SignatureCheck};

/// What a revocation list is to say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CrlRequest {
    /// Every certificate of this CA that is revoked.
    pub revoked: Vec<RevokedCertificate>,
    /// cRLNumber: larger than that of every list before.
    pub number: u64,
    /// When it is made.
    pub this_update: OffsetDateTime,
    /// When the next will be there at the latest.
    pub next_update: OffsetDateTime,
}

/// A revocation list that waits for its signature.
#[derive(Clone, Debug)]
pub struct UnsignedCrl {
    tbs: Vec<u8>,
    algorithm: SignatureAlgorithm,
    algorithm_der: Vec<u8>,
}

impl UnsignedCrl {
    /// Encodes everything but the signature.
    ///
    /// # Errors
    /// `NotACa` when the issuer may not sign lists.
    pub fn prepare(request: &CrlRequest, issuer: &Certificate, algorithm: SignatureAlgorithm) -> Result<Self, CaError> {
        if !issuer.allows(KeyUsage::CrlSign) {
            return Err(CaError::NotACa { subject: issuer.subject.rfc4514().to_owned() });
        }
        let id = issuer.subject_key_id.clone().map_or_else(|| key_identifier(&issuer.key.spki), Ok)?;
        let algorithm_der = algorithm
            .identifier()
            .and_then(|identifier| identifier.to_der())
            .map_err(|error| CaError::Algorithm(error.to_string()))?;
        let mut parts = vec![
            asn1::number(1),
            algorithm_der.clone(),
            issuer.subject.der().to_vec(),
            asn1::time(request.this_update),
            asn1::time(request.next_update),
        ];
        // An empty list of entries must be absent (RFC 5280 §5.1.2.6).
        if !request.revoked.is_empty() {
            parts.push(asn1::seq(request.revoked.iter().map(entry)));
        }
        parts.push(asn1::explicit(
            0,
            &asn1::seq([
                extension("2.5.29.35", false, &asn1::seq([asn1::implicit(0, &id)])),
                extension("2.5.29.20", false, &asn1::number(request.number)),
            ]),
        ));
        Ok(Self { tbs: asn1::seq(parts), algorithm, algorithm_der })
    }

    /// What the issuer's key has to sign.
    pub fn digest(&self) -> Digest {
        Digest::of(self.algorithm.hash(), &self.tbs)
    }

    /// Puts the list together, once `signature` verifies with `issuer_key`.
    ///
    /// # Errors
    /// `BadSignature` when it does not.
    pub fn assemble(self, signature: &[u8], issuer_key: &PublicKey) -> Result<Crl, CaError> {
        if verify::check(&self.tbs, &self.algorithm_der, signature, &issuer_key.spki) != SignatureCheck::Valid {
            return Err(CaError::BadSignature);
        }
        Ok(Crl::from_der(&asn1::seq([self.tbs, self.algorithm_der, asn1::bits(signature)]))?)
    }
}

fn entry(entry: &RevokedCertificate) -> Vec<u8> {
    let mut parts = vec![asn1::unsigned(entry.serial.bytes()), asn1::time(entry.at)];
    // RFC 5280 §5.3.1: «unspecified» should be absent rather than written.
    if let Some(reason) = entry.reason.filter(|reason| *reason != RevocationReason::Unspecified) {
        let value = asn1::tlv(asn1::ENUMERATED, &[reason.number()]);
        parts.push(asn1::seq([extension("2.5.29.21", false, &value)]));
    }
    asn1::seq(parts)
}
