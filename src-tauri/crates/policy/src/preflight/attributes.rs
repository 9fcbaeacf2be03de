//! The signed attributes as they will be signed: the last look before the key is touched.

use cartorio_pki::Certificate;
use const_oid::ObjectIdentifier as Oid;

use super::{Refusal, Refusals, code};
use crate::artifact::{ArtifactError, Element, OCTET_STRING, OID, Reader, SEQUENCE, SET, issuer_and_serial};
use crate::model::{Family, HashName, Policy};

const SIGNING_TIME: Oid = Oid::new_unwrap("1.2.840.113549.1.9.5");
const SIG_POLICY_ID: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.15");
const SIGNING_CERTIFICATE_V2: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// What a validator would refuse in these signed attributes (`signedAttrs` in DER, with the tag of a SET or `[0]`) of a
/// signature by `signer`.
pub fn check_attributes(
    family: Family,
    policy: Option<&Policy>,
    signer: &Certificate,
    attributes: &[u8],
) -> Vec<Refusal> {
    let mut out = Refusals::default();
    match read(attributes) {
        Ok(read) => check(family, policy, signer, &read, &mut out),
        Err(error) => unreadable(error, &mut out),
    }
    out.0
}

fn unreadable(error: ArtifactError, out: &mut Refusals) {
    out.blocks(code::ATTRIBUTES_UNREADABLE, vec![("offset", error.offset.to_string())]);
}

/// An attribute with its values.
struct Attribute<'a> {
    oid: Oid,
    values: Vec<Element<'a>>,
}

fn read(bytes: &[u8]) -> Result<Vec<Attribute<'_>>, ArtifactError> {
    let tag = if bytes.first() == Some(&0xa0) { 0xa0 } else { SET };
    let whole = Reader::whole(bytes, tag)?;
    let mut out = Vec::new();
    for attribute in whole.inside().rest()? {
        let mut parts = attribute.inside();
        let oid = parts.expect(OID)?.oid()?;
        let values = parts.expect(SET)?.inside().rest()?;
        parts.end()?;
        out.push(Attribute { oid, values });
    }
    Ok(out)
}

fn check(
    family: Family,
    policy: Option<&Policy>,
    signer: &Certificate,
    attributes: &[Attribute<'_>],
    out: &mut Refusals,
) {
    let has = |oid: Oid| attributes.iter().any(|attribute| attribute.oid == oid);
    match family {
        Family::Pades if has(SIGNING_TIME) => out.blocks(code::SIGNING_TIME, Vec::new()),
        Family::Pades | Family::Cades => {}
    }
    for (index, attribute) in attributes.iter().enumerate() {
        let before = attributes[..index].iter().any(|before| before.oid == attribute.oid);
        if before || attribute.values.len() != 1 {
            out.blocks(code::ATTRIBUTE_TWICE, vec![("oid", attribute.oid.to_string())]);
        }
    }
    let wanted = policy.map(|policy| policy.signed).unwrap_or_default();
    for oid in wanted.iter().filter(|oid| !has(**oid)) {
        out.blocks(code::ATTRIBUTE_MISSING, vec![("oid", oid.to_string())]);
    }
    let value = |oid: Oid| attributes.iter().find(|attribute| attribute.oid == oid).and_then(|own| own.values.first());
    if let Some((policy, value)) = policy.zip(value(SIG_POLICY_ID))
        && !names_policy(value, policy).unwrap_or(false)
    {
        out.blocks(code::POLICY_REFERENCE, vec![("policy", policy.name())]);
    }
    if let Some(value) = value(SIGNING_CERTIFICATE_V2) {
        match names_certificate(value, signer) {
            Ok(None) => {}
            Ok(Some(code)) => out.blocks(code, Vec::new()),
            Err(_) => out.blocks(code::SIGNING_CERTIFICATE, Vec::new()),
        }
    }
}

/// SignaturePolicyId (RFC 5126 §5.8.1).
fn names_policy(value: &Element<'_>, policy: &Policy) -> Result<bool, ArtifactError> {
    let mut fields = value.inside();
    let oid = fields.expect(OID)?.oid()?;
    let mut hash = fields.expect(SEQUENCE)?.inside();
    fields.optional(SEQUENCE)?;
    fields.end()?;
    let algorithm = hash.expect(SEQUENCE)?.inside().expect(OID)?.oid()?;
    let digest = hash.expect(OCTET_STRING)?;
    hash.end()?;
    Ok(oid == policy.oid
        && HashName::from_oid(algorithm) == Some(policy.policy_hash.hash)
        && hex::encode(digest.content) == policy.policy_hash.hex)
}

/// SigningCertificateV2 (RFC 5035 §3) with one ESSCertIDv2, SHA-256 by DEFAULT and so not written; the code of what is wrong.
fn names_certificate(value: &Element<'_>, signer: &Certificate) -> Result<Option<&'static str>, ArtifactError> {
    if value.tag != SEQUENCE {
        return Ok(Some(code::SIGNING_CERTIFICATE));
    }
    let ids = value.inside().expect(SEQUENCE)?.inside().rest()?;
    let [id] = ids.as_slice() else { return Ok(Some(code::SIGNING_CERTIFICATE)) };
    let mut fields = id.inside();
    let hash = match fields.optional(SEQUENCE)? {
        None => Some(HashName::Sha256),
        // DER leaves a DEFAULT out.
        Some(algorithm) => {
            HashName::from_oid(algorithm.inside().expect(OID)?.oid()?).filter(|hash| *hash != HashName::Sha256)
        }
    };
    let digest = fields.expect(OCTET_STRING)?;
    if hash.is_none_or(|hash| hash.digest(&[&signer.der]) != digest.content) {
        return Ok(Some(code::SIGNING_CERTIFICATE));
    }
    let Some(issuer_serial) = fields.optional(SEQUENCE)? else { return Ok(None) };
    fields.end()?;
    let right = names_issuer(&issuer_serial, signer).unwrap_or(false);
    Ok((!right).then_some(code::ISSUER_SERIAL))
}

/// IssuerSerial: GeneralNames with one directoryName, byte for byte as in the certificate.
fn names_issuer(issuer_serial: &Element<'_>, signer: &Certificate) -> Result<bool, ArtifactError> {
    let mut fields = issuer_serial.inside();
    let name = fields.expect(SEQUENCE)?.only(0xa4)?.only(SEQUENCE)?;
    let serial = fields.expect(crate::artifact::INTEGER)?;
    fields.end()?;
    Ok(issuer_and_serial(signer) == Some((name.raw, serial.content)))
}
