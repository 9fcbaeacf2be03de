//! The two-phase SignedData builder (RFC 5652 §5) with the signed attributes of CAdES B-B and PAdES B-B.

use cartorio_core::Digest;
use cartorio_keys::{PublicKey, SignatureAlgorithm, verify_digest};
use der::Decode;
use spki::SubjectPublicKeyInfoOwned;
use time::OffsetDateTime;

use super::CreateError;
use super::attributes::{SignedExtras, attribute};
use crate::cms::algorithm::{digest_identifier, signature_identifier};
use crate::cms::certificate::CertificateParts;
use crate::cms::{der as write, oid, time as cms_time};

/// What to sign, as whom and how.
#[derive(Clone, Debug)]
pub struct CmsRequest<'a> {
    /// DER certificate of the signer.
    pub signer_certificate: &'a [u8],
    /// DER certificates of the issuers, as far as they should travel with the signature: ITI's validator wants all of
    /// them, root included. Any order; repeated ones are written once.
    pub chain: Vec<&'a [u8]>,
    /// The algorithm; it has to fit the certificate's key.
    pub algorithm: SignatureAlgorithm,
    /// The content's digest, made with the algorithm's hash.
    pub content_digest: Digest,
    /// Which signed attributes are written.
    pub profile: Profile,
    /// Signed attributes beside those of the profile; usually none.
    pub extras: SignedExtras,
}

/// Which rules the signed attributes follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Profile {
    /// EN 319 122-1: the claimed time is a signed attribute, mandatory at level B-B.
    Cades {
        /// The claimed time, written in whole seconds; `None` gives a CMS below level B-B.
        signing_time: Option<OffsetDateTime>,
    },
    /// EN 319 142-1: no signing-time attribute, because the claimed time is the `/M` of the signature dictionary.
    /// ITI's validator rejects a signature that has both.
    Pades,
    /// RFC 5652 §11.4: what is signed is the signature value of another signer, so there is no content type; the content
    /// digest is the one of that value ([`super::upgrade::signature_value`]). [`Prepared::finish_signer_info`] gives what
    /// [`super::upgrade::countersign`] puts into its place.
    Countersignature {
        /// The claimed time, written in whole seconds; mandatory at level B-B.
        signing_time: Option<OffsetDateTime>,
    },
}

/// The first phase: everything but the signature value. Plain data; it may wait for an approval.
///
/// # Errors
/// [`CreateError`] when a certificate is malformed or algorithm, key and digest do not fit each other.
pub fn prepare(request: CmsRequest<'_>) -> Result<Prepared, CreateError> {
    let signer = CertificateParts::read(request.signer_certificate).map_err(CreateError::SignerCertificate)?;
    let public_key = signer.public_key().map_err(|error| CreateError::UnsupportedKey { reason: error.to_string() })?;
    let algorithm = request.algorithm;
    if !algorithm.fits(public_key.spec) {
        return Err(CreateError::WrongAlgorithm { algorithm, spec: public_key.spec });
    }
    if request.content_digest.algorithm() != algorithm.hash() {
        return Err(CreateError::WrongDigest {
            expected: algorithm.hash(),
            actual: request.content_digest.algorithm(),
        });
    }
    let mut certificates = vec![request.signer_certificate.to_vec()];
    for (index, certificate) in request.chain.iter().enumerate() {
        CertificateParts::read(certificate)
            .map_err(|reason| CreateError::ChainCertificate { position: index + 1, reason })?;
        certificates.push(certificate.to_vec());
    }
    certificates.sort();
    certificates.dedup();
    let signature_algorithm =
        signature_identifier(algorithm).map_err(|error| CreateError::Encoding { reason: error.to_string() })?;
    let attributes = signed_attributes(&request, &signer, &signature_algorithm)?;
    Ok(Prepared {
        signed_attributes: write::set_of(write::SET, attributes),
        signer_id: write::tlv(write::SEQUENCE, &[signer.issuer, signer.serial]),
        signature_algorithm,
        certificates,
        algorithm,
        content_digest: request.content_digest,
        public_key,
        counter: matches!(request.profile, Profile::Countersignature { .. }),
    })
}

/// A signature that lacks only its value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Prepared {
    signed_attributes: Vec<u8>,
    signer_id: Vec<u8>,
    signature_algorithm: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    algorithm: SignatureAlgorithm,
    content_digest: Digest,
    public_key: PublicKey,
    counter: bool,
}

impl Prepared {
    /// The algorithm that the value has to be made with.
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The content's digest.
    pub const fn content_digest(&self) -> &Digest {
        &self.content_digest
    }

    /// What is signed: the DER `SET OF` signed attributes (RFC 5652 §5.4).
    pub fn to_be_signed(&self) -> &[u8] {
        &self.signed_attributes
    }

    /// The digest to sign.
    pub fn tbs_digest(&self) -> Digest {
        Digest::of(self.algorithm.hash(), &self.signed_attributes)
    }

    /// Longest detached result in bytes; only an ECDSA value can make it shorter, by a few bytes.
    pub fn estimate_size(&self) -> usize {
        self.assemble(&vec![0; self.public_key.spec.max_signature_len()], None).len()
    }

    /// As [`Self::estimate_size`], with a signature time stamp of `token` bytes in it (level B-T); at most some 70 bytes too
    /// much.
    pub fn estimate_size_with_token(&self, token: usize) -> usize {
        /// Name, set and sequence of the attribute, and what it lets the lengths around it grow by.
        const AROUND: usize = 64;
        self.estimate_size() + token + AROUND
    }

    /// The second phase: a DER `ContentInfo` without the content. `signature` is PKCS#1 octets or a DER
    /// `ECDSA-Sig-Value`.
    ///
    /// # Errors
    /// [`CreateError::BadSignature`] when the value does not verify with the certificate's key;
    /// [`CreateError::Countersignature`] for one, because it only stands inside another signature.
    pub fn finish(&self, signature: &[u8]) -> Result<Vec<u8>, CreateError> {
        self.check(signature)?;
        self.stands_alone()?;
        Ok(self.assemble(signature, None))
    }

    /// As [`Self::finish`], for a value that was verified where it was made ([`cartorio_keys::MemorySigner`]). Whoever writes the
    /// result reads it back and judges it all the same.
    ///
    /// # Errors
    /// [`CreateError::Countersignature`] for one, because it only stands inside another signature.
    pub fn finish_verified(&self, signature: &[u8]) -> Result<Vec<u8>, CreateError> {
        self.stands_alone()?;
        Ok(self.assemble(signature, None))
    }

    /// The second phase of a countersignature: a DER `SignerInfo`.
    ///
    /// # Errors
    /// [`CreateError::BadSignature`] when the value does not verify with the certificate's key.
    pub fn finish_signer_info(&self, signature: &[u8]) -> Result<Vec<u8>, CreateError> {
        self.check(signature)?;
        Ok(self.signer_info(signature))
    }

    /// As [`Self::finish`], with the content inside.
    ///
    /// # Errors
    /// Also [`CreateError::ContentChanged`] when `content` is not what was hashed.
    pub fn finish_enclosing(&self, signature: &[u8], content: &[u8]) -> Result<Vec<u8>, CreateError> {
        self.check(signature)?;
        self.stands_alone()?;
        if Digest::of(self.content_digest.algorithm(), content) != self.content_digest {
            return Err(CreateError::ContentChanged);
        }
        Ok(self.assemble(signature, Some(content)))
    }

    fn check(&self, signature: &[u8]) -> Result<(), CreateError> {
        verify_digest(&self.public_key, self.algorithm, &self.tbs_digest(), signature)
            .map_err(|_| CreateError::BadSignature)
    }

    const fn stands_alone(&self) -> Result<(), CreateError> {
        if self.counter { Err(CreateError::Countersignature) } else { Ok(()) }
    }

    fn signer_info(&self, signature: &[u8]) -> Vec<u8> {
        // The signed attributes are a SET when they are hashed and [0] IMPLICIT where they stand.
        let mut attributes = self.signed_attributes.clone();
        attributes[0] = write::context(0);
        write::tlv(
            write::SEQUENCE,
            &[
                VERSION_1,
                &self.signer_id,
                &digest_identifier(self.algorithm.hash()),
                &attributes,
                &self.signature_algorithm,
                &write::tlv(write::OCTET_STRING, &[signature]),
            ],
        )
    }

    fn assemble(&self, signature: &[u8], content: Option<&[u8]>) -> Vec<u8> {
        let digest_algorithm = digest_identifier(self.algorithm.hash());
        let signer = self.signer_info(signature);
        let enclosed = content
            .map(|content| write::tlv(write::context(0), &[&write::tlv(write::OCTET_STRING, &[content])]))
            .unwrap_or_default();
        let signed_data = write::tlv(
            write::SEQUENCE,
            &[
                VERSION_1,
                &write::tlv(write::SET, &[&digest_algorithm]),
                &write::tlv(write::SEQUENCE, &[&write::oid(oid::DATA), &enclosed]),
                &write::set_of(write::context(0), self.certificates.clone()),
                &write::tlv(write::SET, &[&signer]),
            ],
        );
        write::tlv(write::SEQUENCE, &[&write::oid(oid::SIGNED_DATA), &write::tlv(write::context(0), &[&signed_data])])
    }
}

/// Checks that `key` is the one in the DER `certificate`.
///
/// # Errors
/// [`CreateError::KeyMismatch`] when it is another one; [`CreateError::SignerCertificate`] when the certificate is malformed.
pub fn check_key_matches_certificate(key: &PublicKey, certificate: &[u8]) -> Result<(), CreateError> {
    let parts = CertificateParts::read(certificate).map_err(CreateError::SignerCertificate)?;
    let own = parts.public_key().map_err(|error| CreateError::UnsupportedKey { reason: error.to_string() })?;
    let info = SubjectPublicKeyInfoOwned::from_der(&own.spki)
        .map_err(|error| CreateError::UnsupportedKey { reason: error.to_string() })?;
    if own.spec == key.spec && key.same_key_as(&info) { Ok(()) } else { Err(CreateError::KeyMismatch) }
}

/// `INTEGER 1`: of SignedData (id-data, no attribute certificates) and of SignerInfo (issuerAndSerialNumber).
const VERSION_1: &[u8] = &[write::INTEGER, 1, 1];

fn signed_attributes(
    request: &CmsRequest<'_>,
    signer: &CertificateParts<'_>,
    signature_algorithm: &[u8],
) -> Result<Vec<Vec<u8>>, CreateError> {
    let counter = matches!(request.profile, Profile::Countersignature { .. });
    let mut attributes = request.extras.encode(counter)?;
    if !counter {
        attributes.push(attribute(oid::CONTENT_TYPE, &write::oid(oid::DATA)));
    }
    attributes.extend([
        attribute(oid::MESSAGE_DIGEST, &write::tlv(write::OCTET_STRING, &[request.content_digest.as_bytes()])),
        attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate(request, signer)),
        attribute(oid::ALGORITHM_PROTECTION, &algorithm_protection(request, signature_algorithm)),
    ]);
    match request.profile {
        Profile::Cades { signing_time: Some(at) } | Profile::Countersignature { signing_time: Some(at) } => {
            let at = cms_time::write(at).ok_or(CreateError::SigningTime)?;
            attributes.push(attribute(oid::SIGNING_TIME, &at));
        }
        Profile::Cades { signing_time: None } | Profile::Countersignature { signing_time: None } | Profile::Pades => {}
    }
    Ok(attributes)
}

/// `SigningCertificateV2` with exactly one `ESSCertIDv2` (RFC 5035 §3). The issuer's bytes are copied from the
/// certificate, because ITI's validator compares them; SHA-256 is the DEFAULT hash and so is not written.
fn signing_certificate(request: &CmsRequest<'_>, signer: &CertificateParts<'_>) -> Vec<u8> {
    use cartorio_core::HashAlgorithm::{Sha256, Sha384, Sha512};
    let hash = request.algorithm.hash();
    let hash_algorithm = match hash {
        Sha256 => Vec::new(),
        Sha384 | Sha512 => digest_identifier(hash),
    };
    let directory_name = write::tlv(write::context(4), &[signer.issuer]);
    let issuer_serial = write::tlv(write::SEQUENCE, &[&write::tlv(write::SEQUENCE, &[&directory_name]), signer.serial]);
    let id = write::tlv(
        write::SEQUENCE,
        &[
            &hash_algorithm,
            &write::tlv(write::OCTET_STRING, &[Digest::of(hash, signer.der).as_bytes()]),
            &issuer_serial,
        ],
    );
    write::tlv(write::SEQUENCE, &[&write::tlv(write::SEQUENCE, &[&id])])
}

/// `CMSAlgorithmProtection` (RFC 6211 §2): the SignerInfo's own identifiers, the second one as [1] IMPLICIT.
fn algorithm_protection(request: &CmsRequest<'_>, signature_algorithm: &[u8]) -> Vec<u8> {
    let mut tagged = signature_algorithm.to_vec();
    tagged[0] = write::context(1);
    write::tlv(write::SEQUENCE, &[&digest_identifier(request.algorithm.hash()), &tagged])
}
