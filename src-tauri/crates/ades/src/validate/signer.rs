//! Judging one SignerInfo: every fact by itself first, then the verdict.

use aws_lc_rs::digest as lc;
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{SignatureScheme, VerifyError, verify_digest};
use const_oid::ObjectIdentifier as Oid;

use super::cms::{SignerId, SignerView};
use super::report::{
    AlgorithmProtection, BreakReason, ClaimedTime, ContentType, EssVersion, Integrity, IssuerSerial, MessageDigest,
    OpenReason, SignatureValue, SignerCertificate, SignerReport, SigningCertificate, UnsignedAttribute,
};
use crate::cms::algorithm::{DigestId, SignatureId, read_oid, same_identifier};
use crate::cms::ber::Asn1Error;
use crate::cms::certificate::CertificateParts;
use crate::cms::tlv::Tlv;
use crate::cms::{der as write, oid, time};

pub(super) fn judge<E>(
    signer: SignerView<'_>,
    mut content: impl FnMut(HashAlgorithm) -> Result<Digest, E>,
) -> Result<SignerReport, E> {
    let signed = Attributes::read(signer.signed_attributes());
    let unsigned = Attributes::read(signer.unsigned_attributes());
    let digest_algorithm = read_digest_id(signer.digest_algorithm());
    let signature_algorithm = read_signature_id(signer.signature_algorithm(), &digest_algorithm);
    let references = References::read(&signed);
    let certificate = find_certificate(signer, &references);
    // With signed attributes the content's digest stands among them; without, the value covers the content itself,
    // hashed as the signature algorithm says.
    let with_attributes = signer.signed_attributes().is_some();
    let hash = if with_attributes { digest_algorithm.known() } else { signature_algorithm.known().map(|it| it.hash()) };
    let actual = hash.map(&mut content).transpose()?;
    let (actual, direct) = if with_attributes { (actual, None) } else { (None, actual) };
    let message_digest = message_digest(&signed, signer, actual);
    let signature_value = signature_value(signer, &signature_algorithm, certificate.as_ref(), direct);
    let signing_certificate = references.judge(certificate.as_ref());
    let algorithm_protection = algorithm_protection(&signed, signer);
    let content_type = content_type(&signed, signer);
    let integrity = verdict(&Facts {
        signer,
        signed: &signed,
        digest_algorithm: &digest_algorithm,
        message_digest: &message_digest,
        signature_value: &signature_value,
        signing_certificate: &signing_certificate,
        algorithm_protection,
        content_type,
    });
    Ok(SignerReport {
        integrity,
        message_digest,
        signature_value,
        signer_id: signer.id(),
        certificate,
        signing_certificate,
        digest_algorithm,
        signature_algorithm,
        algorithm_protection,
        content_type,
        claimed_time: claimed_time(&signed),
        forbidden_in_pades: forbidden_in_pades(&signed, &unsigned),
        signed_attributes: signed.names(),
        unsigned_attributes: unsigned.into_owned(),
        attributes_in_der_order: signed.in_der_order(),
        encoding: signer.data().encoding(),
    })
}

/// The certificate that the signer names, if it is among the enclosed ones.
pub(super) fn certificate_of(signer: SignerView<'_>) -> Option<SignerCertificate> {
    find_certificate(signer, &References::read(&Attributes::read(signer.signed_attributes())))
}

/// The time-stamp tokens among the unsigned attributes: over the signature, over references, for archives.
pub(super) fn tokens_of(signer: SignerView<'_>) -> Vec<Vec<u8>> {
    let stamps = [
        oid::SIGNATURE_TIME_STAMP,
        oid::ESC_TIME_STAMP,
        oid::ARCHIVE_TIME_STAMP_V1,
        oid::ARCHIVE_TIME_STAMP_V2,
        oid::ARCHIVE_TIME_STAMP_V3,
    ];
    let unsigned = Attributes::read(signer.unsigned_attributes()).into_owned();
    unsigned.into_iter().filter(|own| stamps.contains(&own.oid)).flat_map(|own| own.values).collect()
}

struct Facts<'f> {
    signer: SignerView<'f>,
    signed: &'f Attributes<'f>,
    digest_algorithm: &'f DigestId,
    message_digest: &'f MessageDigest,
    signature_value: &'f SignatureValue,
    signing_certificate: &'f SigningCertificate,
    algorithm_protection: AlgorithmProtection,
    content_type: ContentType,
}

/// Broken where one fact alone is enough to say so; only then undecidable; only then sound.
fn verdict(facts: &Facts<'_>) -> Integrity {
    let broken = |reason| Integrity::Broken { reason };
    let open = |reason| Integrity::Undecidable { reason };
    if facts.signed.malformed || facts.signed.repeats_a_single_one() {
        return broken(BreakReason::MalformedAttributes);
    }
    let direct = match facts.message_digest {
        MessageDigest::Differs { .. } => return broken(BreakReason::ContentChanged),
        MessageDigest::Missing => return broken(BreakReason::MessageDigestMissing),
        MessageDigest::Direct => true,
        MessageDigest::Matches(_) | MessageDigest::Unchecked => false,
    };
    if direct && facts.signer.data().content_type() != oid::DATA {
        return broken(BreakReason::AttributesMissing);
    }
    match facts.content_type {
        ContentType::Differs | ContentType::Missing => return broken(BreakReason::ContentTypeMismatch),
        ContentType::Matches | ContentType::NotNeeded => {}
    }
    match facts.algorithm_protection {
        AlgorithmProtection::Inconsistent => return broken(BreakReason::AlgorithmsExchanged),
        AlgorithmProtection::Absent | AlgorithmProtection::Consistent => {}
    }
    match facts.signature_value {
        // Without signed attributes a changed content and a wrong value cannot be told apart.
        SignatureValue::Fails if direct => return broken(BreakReason::ContentChanged),
        SignatureValue::Fails => return broken(BreakReason::SignatureMismatch),
        SignatureValue::Verifies | SignatureValue::Unchecked(_) => {}
    }
    match facts.signing_certificate {
        SigningCertificate::Differs { .. } => return broken(BreakReason::OtherCertificate),
        SigningCertificate::Malformed { .. } => return broken(BreakReason::MalformedAttributes),
        SigningCertificate::Absent | SigningCertificate::Matches { .. } | SigningCertificate::Unchecked { .. } => {}
    }
    match (facts.message_digest, facts.digest_algorithm) {
        (MessageDigest::Unchecked, DigestId::Weak(name)) => return open(OpenReason::WeakAlgorithm(name)),
        (MessageDigest::Unchecked, DigestId::Unknown(oid)) => return open(OpenReason::UnknownAlgorithm(*oid)),
        (_, DigestId::Known(_) | DigestId::Weak(_) | DigestId::Unknown(_)) => {}
    }
    match facts.signature_value {
        SignatureValue::Unchecked(reason) => return open(reason.clone()),
        SignatureValue::Verifies | SignatureValue::Fails => {}
    }
    match facts.signing_certificate {
        SigningCertificate::Unchecked { .. } => open(OpenReason::UncheckedReference),
        SigningCertificate::Absent
        | SigningCertificate::Matches { .. }
        | SigningCertificate::Differs { .. }
        | SigningCertificate::Malformed { .. } => Integrity::Ok,
    }
}

/// The attributes of one set, in the order found.
pub(super) struct Attributes<'a> {
    pub(super) list: Vec<Attribute<'a>>,
    malformed: bool,
}

pub(super) struct Attribute<'a> {
    pub(super) oid: Oid,
    pub(super) raw: &'a [u8],
    pub(super) values: Vec<Tlv<'a>>,
}

impl<'a> Attributes<'a> {
    pub(super) fn read(set: Option<&'a [u8]>) -> Self {
        match set.map(read_attributes).transpose() {
            Ok(list) => Self { list: list.unwrap_or_default(), malformed: false },
            Err(_) => Self { list: Vec::new(), malformed: true },
        }
    }

    /// The value of an attribute that has one value and stands once.
    pub(super) fn single(&self, oid: Oid) -> Option<Tlv<'a>> {
        let mut found = self.list.iter().filter(|attribute| attribute.oid == oid);
        match (found.next().map(|attribute| attribute.values.as_slice()), found.next()) {
            (Some([value]), None) => Some(*value),
            (Some(_) | None, _) => None,
        }
    }

    fn has(&self, oid: Oid) -> bool {
        self.list.iter().any(|attribute| attribute.oid == oid)
    }

    /// Whether one that RFC 5652 §11, RFC 5035 or RFC 6211 want once with one value does not stand so.
    fn repeats_a_single_one(&self) -> bool {
        [
            oid::CONTENT_TYPE,
            oid::MESSAGE_DIGEST,
            oid::SIGNING_TIME,
            oid::SIGNING_CERTIFICATE,
            oid::SIGNING_CERTIFICATE_V2,
            oid::ALGORITHM_PROTECTION,
        ]
        .into_iter()
        .any(|oid| self.has(oid) && self.single(oid).is_none())
    }

    fn names(&self) -> Vec<Oid> {
        self.list.iter().map(|attribute| attribute.oid).collect()
    }

    fn in_der_order(&self) -> bool {
        self.list.is_sorted_by(|left, right| left.raw <= right.raw)
    }

    fn into_owned(self) -> Vec<UnsignedAttribute> {
        self.list
            .into_iter()
            .map(|attribute| UnsignedAttribute {
                oid: attribute.oid,
                values: attribute.values.iter().map(|value| value.raw().to_vec()).collect(),
            })
            .collect()
    }
}

fn read_attributes(set: &[u8]) -> Result<Vec<Attribute<'_>>, Asn1Error> {
    let mut list = Vec::new();
    for element in Tlv::only(set)?.children().rest("an attribute")? {
        let mut fields = element.children();
        let oid = read_oid(&fields.any("an attribute's name")?)?;
        let values = fields.expect(write::SET, "an attribute's values")?.children().rest("an attribute's value")?;
        list.push(Attribute { oid, raw: element.raw(), values });
    }
    Ok(list)
}

fn read_digest_id(identifier: &[u8]) -> DigestId {
    Tlv::only(identifier).and_then(|tlv| DigestId::read(&tlv)).unwrap_or(DigestId::Unknown(UNREADABLE))
}

fn read_signature_id(identifier: &[u8], digest: &DigestId) -> SignatureId {
    Tlv::only(identifier).and_then(|tlv| SignatureId::read(&tlv, digest)).unwrap_or(SignatureId::Unknown(UNREADABLE))
}

/// `0.0` stands for an identifier that is not one.
const UNREADABLE: Oid = Oid::new_unwrap("0.0");

fn message_digest(signed: &Attributes<'_>, signer: SignerView<'_>, actual: Option<Digest>) -> MessageDigest {
    if signer.signed_attributes().is_none() {
        return MessageDigest::Direct;
    }
    let Some(value) = signed.single(oid::MESSAGE_DIGEST).filter(|value| value.tag() == write::OCTET_STRING) else {
        return MessageDigest::Missing;
    };
    match actual {
        None => MessageDigest::Unchecked,
        Some(actual) if actual.as_bytes() == value.body() => MessageDigest::Matches(actual.algorithm()),
        Some(actual) => MessageDigest::Differs { signed: value.body().to_vec(), actual: actual.as_bytes().to_vec() },
    }
}

fn signature_value(
    signer: SignerView<'_>,
    algorithm: &SignatureId,
    certificate: Option<&SignerCertificate>,
    direct: Option<Digest>,
) -> SignatureValue {
    let unchecked = SignatureValue::Unchecked;
    let algorithm = match algorithm {
        SignatureId::Known(algorithm) => *algorithm,
        SignatureId::Weak(name) => return unchecked(OpenReason::WeakAlgorithm(name)),
        SignatureId::Unknown(oid) => return unchecked(OpenReason::UnknownAlgorithm(*oid)),
    };
    let Some(certificate) = certificate else {
        return unchecked(OpenReason::CertificateMissing);
    };
    let unsupported = |reason: String| unchecked(OpenReason::UnsupportedKey(reason));
    let parts = match CertificateParts::read(&certificate.der) {
        Ok(parts) => parts,
        Err(error) => return unsupported(error.to_string()),
    };
    let key = match parts.public_key() {
        Ok(key) => key,
        Err(error) => return unsupported(error.to_string()),
    };
    // RFC 4055 §1.2: a key bound to RSASSA-PSS makes no other signatures.
    if parts.is_bound_to_pss() && algorithm.scheme() != SignatureScheme::RsaPss {
        return SignatureValue::Fails;
    }
    let candidates = match (direct, signer.signed_attributes()) {
        (Some(digest), _) => vec![digest],
        (None, Some(attributes)) => attribute_digests(attributes, algorithm.hash()),
        (None, None) => Vec::new(),
    };
    for digest in candidates {
        match verify_digest(&key, algorithm, &digest, signer.signature_value()) {
            Ok(()) => return SignatureValue::Verifies,
            Err(VerifyError::UnsupportedKey(reason)) => return unsupported(reason),
            // Ed25519 and ML-DSA in CMS (RFC 8419, RFC 9882) are read, not checked: no profile of ours has them.
            Err(error @ VerifyError::MessageNeeded { .. }) => return unsupported(error.to_string()),
            Err(VerifyError::Mismatch | VerifyError::WrongAlgorithm { .. } | VerifyError::WrongDigest { .. }) => {}
        }
    }
    SignatureValue::Fails
}

/// Digests of the signed attributes: as they stand under the tag SET (RFC 5652 §5.4), and in DER order where they
/// stand otherwise, because a BER sender may have hashed them so.
fn attribute_digests(attributes: &[u8], hash: HashAlgorithm) -> Vec<Digest> {
    let mut set = attributes.to_vec();
    if let Some(tag) = set.first_mut() {
        *tag = write::SET;
    }
    let mut digests = vec![Digest::of(hash, &set)];
    if let Ok(elements) = Tlv::only(attributes).and_then(|tlv| tlv.children().rest("an attribute")) {
        let sorted = write::set_of(write::SET, elements.iter().map(|element| element.raw().to_vec()).collect());
        if sorted != set {
            digests.push(Digest::of(hash, &sorted));
        }
    }
    digests
}

fn content_type(signed: &Attributes<'_>, signer: SignerView<'_>) -> ContentType {
    if signer.signed_attributes().is_none() {
        return ContentType::NotNeeded;
    }
    match signed.single(oid::CONTENT_TYPE).map(|value| read_oid(&value)) {
        // A countersignature has none (RFC 5652 §11.4).
        None if signer.data().is_counter() && !signed.has(oid::CONTENT_TYPE) => ContentType::NotNeeded,
        None => ContentType::Missing,
        Some(Ok(oid)) if oid == signer.data().content_type() => ContentType::Matches,
        Some(Ok(_) | Err(_)) => ContentType::Differs,
    }
}

fn algorithm_protection(signed: &Attributes<'_>, signer: SignerView<'_>) -> AlgorithmProtection {
    if !signed.has(oid::ALGORITHM_PROTECTION) {
        return AlgorithmProtection::Absent;
    }
    let consistent = || -> Result<bool, Asn1Error> {
        let unreadable = Asn1Error::Unexpected { what: "one value", offset: 0 };
        let value = signed.single(oid::ALGORITHM_PROTECTION).ok_or(unreadable)?;
        let mut fields = value.children();
        let digest = fields.expect(write::SEQUENCE, "a digest algorithm")?;
        let signature = fields.expect(write::context(1), "a signature algorithm")?;
        Ok(same_identifier(digest.body(), Tlv::only(signer.digest_algorithm())?.body())
            && same_identifier(signature.body(), Tlv::only(signer.signature_algorithm())?.body()))
    };
    match consistent() {
        Ok(true) => AlgorithmProtection::Consistent,
        Ok(false) | Err(_) => AlgorithmProtection::Inconsistent,
    }
}

fn claimed_time(signed: &Attributes<'_>) -> ClaimedTime {
    if !signed.has(oid::SIGNING_TIME) {
        return ClaimedTime::Absent;
    }
    match signed.single(oid::SIGNING_TIME).and_then(|value| time::read(&value)) {
        Some(at) => ClaimedTime::At(at),
        None => ClaimedTime::Malformed,
    }
}

fn forbidden_in_pades(signed: &Attributes<'_>, unsigned: &Attributes<'_>) -> Vec<Oid> {
    let signed_ones = [oid::SIGNING_TIME, oid::CONTENT_REFERENCE, oid::CONTENT_IDENTIFIER, oid::CONTENT_HINTS]
        .into_iter()
        .filter(|oid| signed.has(*oid));
    signed_ones.chain([oid::COUNTERSIGNATURE].into_iter().filter(|oid| unsigned.has(*oid))).collect()
}

/// The signed references to the signer's certificate; the first one of each attribute is the signer's.
struct References<'a> {
    list: Vec<(EssVersion, Result<Reference<'a>, Asn1Error>)>,
}

struct Reference<'a> {
    hash: DigestId,
    value: &'a [u8],
    /// Contents of `IssuerSerial`.
    issuer_serial: Option<&'a [u8]>,
}

impl<'a> References<'a> {
    fn read(signed: &Attributes<'a>) -> Self {
        let of = |oid, version| signed.single(oid).map(|value| (version, Reference::read(&value, version)));
        let list = [of(oid::SIGNING_CERTIFICATE_V2, EssVersion::V2), of(oid::SIGNING_CERTIFICATE, EssVersion::V1)];
        Self { list: list.into_iter().flatten().collect() }
    }

    /// What they say of the certificate; where both attributes stand, the one that objects speaks.
    fn judge(&self, certificate: Option<&SignerCertificate>) -> SigningCertificate {
        let mut facts = self.list.iter().map(|(version, reference)| match reference {
            Ok(reference) => reference.judge(*version, certificate),
            Err(_) => SigningCertificate::Malformed { version: *version },
        });
        let Some(first) = facts.next() else {
            return SigningCertificate::Absent;
        };
        facts.fold(first, |kept, next| match (&kept, &next) {
            (SigningCertificate::Differs { .. } | SigningCertificate::Malformed { .. }, _) => kept,
            (_, SigningCertificate::Differs { .. } | SigningCertificate::Malformed { .. }) => next,
            (_, _) => kept,
        })
    }

    /// Whether one of them has the hash of `certificate`.
    fn name(&self, certificate: &[u8]) -> bool {
        self.list.iter().any(|(_, reference)| {
            reference.as_ref().is_ok_and(|reference| reference.has_hash_of(certificate) == Some(true))
        })
    }
}

impl<'a> Reference<'a> {
    /// Reads the first `ESSCertID` or `ESSCertIDv2`.
    fn read(attribute: &Tlv<'a>, version: EssVersion) -> Result<Self, Asn1Error> {
        let list = attribute.children().expect(write::SEQUENCE, "certificate references")?;
        let mut fields = list.children().expect(write::SEQUENCE, "a certificate reference")?.children();
        let hash = match version {
            EssVersion::V1 => DigestId::of(oid::SHA1),
            EssVersion::V2 => match fields.optional(write::SEQUENCE, "a hash algorithm")? {
                Some(identifier) => DigestId::read(&identifier)?,
                None => DigestId::Known(HashAlgorithm::Sha256),
            },
        };
        let value = fields.expect(write::OCTET_STRING, "a certificate's hash")?.body();
        let issuer_serial = fields.optional(write::SEQUENCE, "issuer and serial number")?.map(|tlv| tlv.body());
        Ok(Self { hash, value, issuer_serial })
    }

    fn judge(&self, version: EssVersion, certificate: Option<&SignerCertificate>) -> SigningCertificate {
        let Some(certificate) = certificate else {
            return SigningCertificate::Unchecked { version };
        };
        match self.has_hash_of(&certificate.der) {
            None => SigningCertificate::Unchecked { version },
            Some(false) => SigningCertificate::Differs { version },
            Some(true) => {
                SigningCertificate::Matches { version, issuer_serial: self.issuer_serial_fact(&certificate.der) }
            }
        }
    }

    /// `None` for a hash that is not known.
    fn has_hash_of(&self, certificate: &[u8]) -> Option<bool> {
        match &self.hash {
            DigestId::Known(hash) => Some(Digest::of(*hash, certificate).as_bytes() == self.value),
            // signing-certificate can only have SHA-1; the reference narrows down which certificate, no more.
            DigestId::Weak("SHA-1") => {
                Some(lc::digest(&lc::SHA1_FOR_LEGACY_USE_ONLY, certificate).as_ref() == self.value)
            }
            DigestId::Weak(_) | DigestId::Unknown(_) => None,
        }
    }

    fn issuer_serial_fact(&self, certificate: &[u8]) -> IssuerSerial {
        let (Some(actual), Ok(parts)) = (self.issuer_serial, CertificateParts::read(certificate)) else {
            return IssuerSerial::Absent;
        };
        let directory_name = write::tlv(write::context(4), &[parts.issuer]);
        let names = write::tlv(write::SEQUENCE, &[&directory_name]);
        let wanted = [names.as_slice(), parts.serial].concat();
        if actual == wanted { IssuerSerial::Same } else { IssuerSerial::Different }
    }
}

/// The certificate that the signer names. Where several fit (an attacker may add some), the one with the signed hash
/// goes first.
fn find_certificate(signer: SignerView<'_>, references: &References<'_>) -> Option<SignerCertificate> {
    let id = signer.id();
    let mut best: Option<(u8, SignerCertificate)> = None;
    for (index, der) in signer.data().certificate_bytes().enumerate() {
        let Ok(parts) = CertificateParts::read(der) else {
            continue;
        };
        let referenced = references.name(der);
        let (named, possible) = match &id {
            SignerId::IssuerAndSerial { issuer, serial } => {
                (parts.issuer == issuer && parts.serial == serial, parts.serial == serial)
            }
            SignerId::KeyIdentifier(key) => (parts.key_identifier == Some(key), parts.key_identifier.is_none()),
        };
        let rank = match (named, referenced) {
            (true, true) => 3,
            (true, false) => 2,
            // Some senders write the issuer in another string type than the certificate has it.
            (false, true) if possible => 1,
            (false, true | false) => continue,
        };
        if best.as_ref().is_none_or(|(kept, _)| rank > *kept) {
            let found = SignerCertificate { index, der: der.to_vec(), issuer_bytes_match: named };
            best = Some((rank, found));
        }
    }
    best.map(|(_, found)| found)
}
