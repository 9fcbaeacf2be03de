//! Encoding of certificates, without the signature.

use cartorio_core::Digest;
use cartorio_keys::{PublicKey, SignatureAlgorithm};
use const_oid::ObjectIdentifier as Oid;
use der::Encode;
use sha1::{Digest as _, Sha1};
use time::{Date, OffsetDateTime};

use super::{CaError, Subject};
use crate::asn1;
use crate::brazil::Cpf;
use crate::certificate::{Certificate, KeyUsage, Validity};
use crate::key::KeyFacts;
use crate::serial::Serial;
use crate::verify::{self, SignatureCheck};

/// What is to be certified.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    /// The holder's name. For [`Profile::Subscriber`] see [`super::demo::subscriber`].
    pub subject: Subject,
    /// The holder's key, DER `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
    /// What the certificate is for.
    pub profile: Profile,
    /// Validity; clipped to the issuer's.
    pub validity: Validity,
    /// Serial number; [`Serial::random`] as a rule.
    pub serial: Serial,
}

/// What a certificate is for: its extensions follow from it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Profile {
    /// A root: basicConstraints CA, keyCertSign, cRLSign.
    RootCa {
        /// How many intermediates may follow; `None` for any number.
        path_len: Option<u8>,
    },
    /// An intermediate CA.
    IssuingCa {
        /// How many further intermediates may follow.
        path_len: u8,
    },
    /// Signs documents: digitalSignature and nonRepudiation, document signing (RFC 9336) and e-mail protection.
    DocumentSigner {
        /// Goes into subjectAltName.
        email: Option<String>,
    },
    /// A person's certificate: as [`Profile::DocumentSigner`], with the ICP-Brasil identity in an otherName.
    Subscriber {
        /// Goes into subjectAltName.
        email: Option<String>,
        /// The person's CPF.
        cpf: Cpf,
        /// The person's birth date; zeros are written where it is not known.
        birth_date: Option<Date>,
    },
}

impl Profile {
    /// Whether the certificate is a CA's.
    pub const fn is_ca(&self) -> bool {
        match self {
            Self::RootCa { .. } | Self::IssuingCa { .. } => true,
            Self::DocumentSigner { .. } | Self::Subscriber { .. } => false,
        }
    }

    /// The bits of keyUsage.
    pub const fn key_usage(&self) -> &'static [KeyUsage] {
        if self.is_ca() {
            &[KeyUsage::KeyCertSign, KeyUsage::CrlSign]
        } else {
            &[KeyUsage::DigitalSignature, KeyUsage::NonRepudiation]
        }
    }

    /// The purposes of extKeyUsage, dotted: document signing (RFC 9336) and e-mail protection; none for a CA.
    pub const fn extended_key_usage(&self) -> &'static [&'static str] {
        if self.is_ca() { &[] } else { &["1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4"] }
    }
}

/// A certificate that waits for its signature.
#[derive(Clone, Debug)]
pub struct UnsignedCertificate {
    tbs: Vec<u8>,
    algorithm: SignatureAlgorithm,
    algorithm_der: Vec<u8>,
}

impl UnsignedCertificate {
    /// Encodes everything but the signature. `issuer` is `None` for a root, which signs itself.
    ///
    /// # Errors
    /// [`CaError`]: an issuer that may not issue this, a validity outside the issuer's, a malformed key or e-mail.
    pub fn prepare(
        request: CertificateRequest,
        issuer: Option<&Certificate>,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, CaError> {
        let key_id = key_identifier(&request.spki)?;
        let subject = request.subject.to_der();
        let (issuer_name, issuer_key_id, validity) = match issuer {
            None => (subject.clone(), key_id.clone(), request.validity),
            Some(issuer) => {
                check_issuer(issuer, &request.profile)?;
                let id = issuer.subject_key_id.clone().map_or_else(|| key_identifier(&issuer.key.spki), Ok)?;
                (issuer.subject.der().to_vec(), id, clip(request.validity, issuer.validity)?)
            }
        };
        if validity.not_after <= validity.not_before {
            return Err(CaError::OutsideIssuerValidity {
                issuer_ends: issuer.map_or(validity.not_after, |issuer| issuer.validity.not_after),
            });
        }
        let algorithm_der = algorithm
            .identifier()
            .and_then(|identifier| identifier.to_der())
            .map_err(|error| CaError::Algorithm(error.to_string()))?;
        let extensions = extensions(&request.profile, &key_id, issuer.is_some().then_some(issuer_key_id))?;
        let tbs = asn1::seq([
            asn1::explicit(0, &asn1::number(2)),
            asn1::unsigned(request.serial.bytes()),
            algorithm_der.clone(),
            issuer_name,
            asn1::seq([asn1::time(validity.not_before), asn1::time(validity.not_after)]),
            subject,
            request.spki,
            asn1::explicit(3, &asn1::seq(extensions)),
        ]);
        Ok(Self { tbs, algorithm, algorithm_der })
    }

    /// DER `TBSCertificate`.
    pub fn tbs(&self) -> &[u8] {
        &self.tbs
    }

    /// What the issuer's key has to sign.
    pub fn digest(&self) -> Digest {
        Digest::of(self.algorithm.hash(), &self.tbs)
    }

    /// Puts the certificate together, once `signature` verifies with `issuer_key`.
    ///
    /// # Errors
    /// `BadSignature` when it does not.
    pub fn assemble(self, signature: &[u8], issuer_key: &PublicKey) -> Result<Certificate, CaError> {
        if verify::check(&self.tbs, &self.algorithm_der, signature, &issuer_key.spki) != SignatureCheck::Valid {
            return Err(CaError::BadSignature);
        }
        let der = asn1::seq([self.tbs, self.algorithm_der, asn1::bits(signature)]);
        Ok(Certificate::from_der(&der)?)
    }
}

/// RFC 5280 §4.2.1.2 method 1: SHA-1 of the subjectPublicKey octets; an identifier, not a security measure.
pub(super) fn key_identifier(spki: &[u8]) -> Result<Vec<u8>, CaError> {
    let octets = KeyFacts::public_octets(spki).ok_or(CaError::MalformedKey)?;
    Ok(Sha1::digest(octets).to_vec())
}

fn check_issuer(issuer: &Certificate, profile: &Profile) -> Result<(), CaError> {
    let subject = || issuer.subject.rfc4514().to_owned();
    if !issuer.is_ca() || !issuer.allows(KeyUsage::KeyCertSign) {
        return Err(CaError::NotACa { subject: subject() });
    }
    let allowed = issuer.basic_constraints.and_then(|constraints| constraints.path_len);
    match (profile, allowed) {
        (Profile::IssuingCa { path_len }, Some(allowed)) if u32::from(*path_len) >= allowed => {
            Err(CaError::PathLength { subject: subject(), asked: *path_len })
        }
        // A root is nobody's subordinate.
        (Profile::RootCa { path_len }, _) => {
            Err(CaError::PathLength { subject: subject(), asked: path_len.unwrap_or(u8::MAX) })
        }
        (Profile::IssuingCa { .. } | Profile::DocumentSigner { .. } | Profile::Subscriber { .. }, _) => Ok(()),
    }
}

/// The part of `asked` that lies inside the issuer's validity.
///
/// # Errors
/// `OutsideIssuerValidity` when nothing is left.
pub fn clip(asked: Validity, issuer: Validity) -> Result<Validity, CaError> {
    let not_before: OffsetDateTime = asked.not_before.max(issuer.not_before);
    let not_after = asked.not_after.min(issuer.not_after);
    if not_after <= not_before {
        return Err(CaError::OutsideIssuerValidity { issuer_ends: issuer.not_after });
    }
    Ok(Validity { not_before, not_after })
}

/// An extension with its identifier.
pub(super) struct Written {
    pub(super) oid: &'static str,
    pub(super) der: Vec<u8>,
}

fn written(oid: &'static str, critical: bool, value: &[u8]) -> Written {
    Written { oid, der: extension(oid, critical, value) }
}

fn extensions(profile: &Profile, key_id: &[u8], issuer_key_id: Option<Vec<u8>>) -> Result<Vec<Vec<u8>>, CaError> {
    let mut list = purpose_extensions(profile);
    list.push(written("2.5.29.14", false, &asn1::octets(key_id)));
    if let Some(id) = issuer_key_id {
        list.push(written("2.5.29.35", false, &asn1::seq([asn1::implicit(0, &id)])));
    }
    list.extend(alternative_names_extension(profile)?);
    Ok(list.into_iter().map(|own| own.der).collect())
}

/// What the certificate may be used for: basicConstraints, keyUsage, extKeyUsage.
pub(super) fn purpose_extensions(profile: &Profile) -> Vec<Written> {
    let constraints = match profile {
        Profile::RootCa { path_len } => ca_constraints(*path_len),
        Profile::IssuingCa { path_len } => ca_constraints(Some(*path_len)),
        Profile::DocumentSigner { .. } | Profile::Subscriber { .. } => asn1::seq::<&[u8]>([]),
    };
    let bits: Vec<usize> = profile.key_usage().iter().map(|usage| usage.bit()).collect();
    let mut list = vec![written("2.5.29.19", true, &constraints), written("2.5.29.15", true, &asn1::named_bits(&bits))];
    if !profile.extended_key_usage().is_empty() {
        let usages = profile.extended_key_usage().iter().map(|oid| asn1::oid(&Oid::new_unwrap(oid)));
        list.push(written("2.5.29.37", false, &asn1::seq(usages)));
    }
    list
}

/// subjectAltName, where the profile has any names for it.
pub(super) fn alternative_names_extension(profile: &Profile) -> Result<Option<Written>, CaError> {
    let names = alternative_names(profile)?;
    Ok((!names.is_empty()).then(|| written("2.5.29.17", false, &asn1::seq(names))))
}

fn alternative_names(profile: &Profile) -> Result<Vec<Vec<u8>>, CaError> {
    let mut names = Vec::new();
    let email = match profile {
        Profile::RootCa { .. } | Profile::IssuingCa { .. } => None,
        Profile::DocumentSigner { email } => email.as_deref(),
        Profile::Subscriber { email, cpf, birth_date } => {
            let birth = birth_date.map_or_else(
                || "00000000".to_owned(),
                |date| format!("{:02}{:02}{:04}", date.day(), u8::from(date.month()), date.year()),
            );
            // DOC-ICP-04: birth date 8, CPF 11, NIS 11, RG 15, issuer of the RG; zeros where unknown, and then no
            // issuer.
            let text = format!("{birth}{}{}", cpf.digits(), "0".repeat(11 + 15));
            names.push(other_name("2.16.76.1.3.1", &text));
            email.as_deref()
        }
    };
    if let Some(email) = email.map(str::trim).filter(|email| !email.is_empty()) {
        let parts: Vec<&str> = email.split('@').collect();
        let sound = email.is_ascii()
            && !email.bytes().any(|byte| byte.is_ascii_control() || byte == b' ')
            && matches!(parts[..], [local, domain] if !local.is_empty() && !domain.is_empty());
        if !sound {
            return Err(CaError::Email { value: email.to_owned() });
        }
        names.push(asn1::implicit(1, email.as_bytes()));
    }
    Ok(names)
}

/// `otherName [0] { type-id, [0] EXPLICIT OCTET STRING }`, the form that DOC-ICP-04 names first.
fn other_name(oid: &'static str, text: &str) -> Vec<u8> {
    asn1::constructed(0xa0, [asn1::oid(&Oid::new_unwrap(oid)), asn1::explicit(0, &asn1::octets(text.as_bytes()))])
}

fn ca_constraints(path_len: Option<u8>) -> Vec<u8> {
    let mut parts = vec![asn1::tlv(asn1::BOOLEAN, &[0xff])];
    parts.extend(path_len.map(|len| asn1::number(len.into())));
    asn1::seq(parts)
}

pub(super) fn extension(oid: &'static str, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![asn1::oid(&Oid::new_unwrap(oid))];
    if critical {
        parts.push(asn1::tlv(asn1::BOOLEAN, &[0xff]));
    }
    parts.push(asn1::octets(value));
    asn1::seq(parts)
}
