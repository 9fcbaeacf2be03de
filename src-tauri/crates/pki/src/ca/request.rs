//! Certification requests (PKCS#10, RFC 2986): a name and a key, signed by that key, for a CA that is elsewhere.

use cartorio_core::Digest;
use cartorio_keys::{DigestSigner, PublicKey, SignatureAlgorithm};
use const_oid::ObjectIdentifier as Oid;
use der::Encode;

use super::certificate::{alternative_names_extension, purpose_extensions};
use super::{CaError, CertificateRequest, Profile, Subject};
use crate::asn1;
use crate::certificate::pem;
use crate::key::KeyFacts;
use crate::verify::{self, SignatureCheck};

/// A certification request that waits for the holder's signature.
#[derive(Clone, Debug)]
pub struct UnsignedRequest {
    info: Vec<u8>,
    algorithm: SignatureAlgorithm,
    algorithm_der: Vec<u8>,
    spki: Vec<u8>,
}

impl UnsignedRequest {
    /// Encodes everything but the signature. The extensions that follow from `profile` are asked for in an
    /// `extensionRequest` (RFC 2985 §5.4.2); what only the issuer knows (key identifiers) is left to it.
    ///
    /// # Errors
    /// `MalformedKey`, `Email`, `Algorithm`.
    pub fn prepare(
        subject: &Subject,
        spki: &[u8],
        profile: &Profile,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, CaError> {
        KeyFacts::public_octets(spki).ok_or(CaError::MalformedKey)?;
        let algorithm_der = algorithm
            .identifier()
            .and_then(|identifier| identifier.to_der())
            .map_err(|error| CaError::Algorithm(error.to_string()))?;
        let mut extensions = purpose_extensions(profile);
        // An empty basicConstraints says nothing, and templates of other CAs write their own.
        if !profile.is_ca() {
            extensions.retain(|own| own.oid != BASIC_CONSTRAINTS);
        }
        extensions.extend(alternative_names_extension(profile)?);
        let wanted = asn1::seq(extensions.iter().map(|own| own.der.as_slice()));
        let attribute = asn1::seq([asn1::oid(&EXTENSION_REQUEST), asn1::set_of(vec![wanted])]);
        let info = asn1::seq([
            asn1::number(0),
            subject.to_der(),
            spki.to_vec(),
            // One attribute, so that the order of this SET OF is right by itself.
            asn1::constructed(0xa0, [attribute]),
        ]);
        Ok(Self { info, algorithm, algorithm_der, spki: spki.to_vec() })
    }

    /// DER `CertificationRequestInfo`.
    pub fn info(&self) -> &[u8] {
        &self.info
    }

    /// What the holder's key has to sign.
    pub fn digest(&self) -> Digest {
        Digest::of(self.algorithm.hash(), &self.info)
    }

    /// Puts the request together, once `signature` verifies with `key`, which must be the key that is asked for.
    ///
    /// # Errors
    /// `HolderMismatch` for another key, `BadSignature` when the value does not verify.
    pub fn assemble(self, signature: &[u8], key: &PublicKey) -> Result<CertificationRequest, CaError> {
        if KeyFacts::public_octets(&self.spki) != KeyFacts::public_octets(&key.spki) {
            return Err(CaError::HolderMismatch);
        }
        if verify::check(&self.info, &self.algorithm_der, signature, &self.spki) != SignatureCheck::Valid {
            return Err(CaError::BadSignature);
        }
        Ok(CertificationRequest { der: asn1::seq([self.info, self.algorithm_der, asn1::bits(signature)]) })
    }
}

/// A certification request, signed by the key that it is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificationRequest {
    der: Vec<u8>,
}

impl CertificationRequest {
    /// Writes `request` as a certification request that `holder` signs. Validity and serial number have no place in it.
    ///
    /// # Errors
    /// As [`UnsignedRequest::prepare`] and [`UnsignedRequest::assemble`]; `Key` when the holder's key does not sign.
    pub async fn signed_by(request: &CertificateRequest, holder: &dyn DigestSigner) -> Result<Self, CaError> {
        let unsigned = UnsignedRequest::prepare(&request.subject, &request.spki, &request.profile, holder.algorithm())?;
        let signature = holder.sign_digest(&unsigned.digest()).await.map_err(CaError::Holder)?;
        unsigned.assemble(&signature.value, holder.public_key())
    }

    /// DER `CertificationRequest`.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// PEM, label `CERTIFICATE REQUEST` (RFC 7468 §7).
    pub fn pem(&self) -> String {
        pem("CERTIFICATE REQUEST", &self.der)
    }
}

/// pkcs-9-at-extensionRequest.
const EXTENSION_REQUEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.14");
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
