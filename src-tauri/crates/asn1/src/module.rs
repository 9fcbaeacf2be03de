//! Which structure some bytes are, by the types of their first fields.

use crate::element::{Element, Elements};
use crate::value::{
    BIT_STRING, ENUMERATED, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, UTC_TIME, oid_text,
};

/// A structure that is recognised.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Module {
    /// Certificate (RFC 5280).
    Certificate,
    /// CertificateList (RFC 5280).
    CertificateList,
    /// CertificationRequest (RFC 2986).
    CertificationRequest,
    /// AttributeCertificate (RFC 5755).
    AttributeCertificate,
    /// OCSPRequest (RFC 6960).
    OcspRequest,
    /// OCSPResponse (RFC 6960).
    OcspResponse,
    /// BasicOCSPResponse without the response around it (RFC 6960).
    BasicOcspResponse,
    /// ContentInfo of PKCS#7 and CMS (RFC 5652).
    ContentInfo,
    /// PFX (RFC 7292).
    Pfx,
    /// TimeStampReq (RFC 3161).
    TimeStampReq,
    /// TimeStampResp (RFC 3161).
    TimeStampResp,
    /// TSTInfo (RFC 3161).
    TstInfo,
    /// PrivateKeyInfo and OneAsymmetricKey (RFC 5958).
    PrivateKeyInfo,
    /// EncryptedPrivateKeyInfo (RFC 5958).
    EncryptedPrivateKeyInfo,
    /// RSAPrivateKey (RFC 8017).
    RsaPrivateKey,
    /// ECPrivateKey (RFC 5915).
    EcPrivateKey,
    /// A DSA private key, as OpenSSL writes it.
    DsaPrivateKey,
    /// SubjectPublicKeyInfo (RFC 5280).
    SubjectPublicKeyInfo,
    /// RSAPublicKey (RFC 8017).
    RsaPublicKey,
}

/// Tells which structure `bytes` begin with. Looks at the first few elements only; what it says can be broken further on.
pub fn recognise(bytes: &[u8]) -> Option<Module> {
    let outer = Elements::new(bytes).next()?;
    if !outer.is(SEQUENCE) || !outer.constructed {
        return None;
    }
    let mut fields = outer.children();
    let first = fields.next()?;
    let second = fields.next();
    let third = fields.next();
    let is = |element: Option<Element<'_>>, tag| element.is_some_and(|element| element.is(tag));
    if first.is(OID) {
        return (second.is_some_and(|content| content.is_context(0)) && is_content_type(&first))
            .then_some(Module::ContentInfo);
    }
    if first.is(ENUMERATED) {
        let sound = first.content.len() == 1 && second.is_none_or(|bytes| bytes.is_context(0)) && third.is_none();
        return sound.then_some(Module::OcspResponse);
    }
    if first.is(INTEGER) {
        return numbered(&first, second?, third, fields);
    }
    if !first.is(SEQUENCE) {
        return None;
    }
    match second {
        Some(second) if second.is(SEQUENCE) && is(third, BIT_STRING) && algorithm(Some(second)).is_some() => {
            signed(&first)
        }
        Some(second) if second.is(BIT_STRING) && third.is_none() => {
            algorithm(Some(first)).map(|_| Module::SubjectPublicKeyInfo)
        }
        Some(second) if second.is(OCTET_STRING) && third.is_none() => {
            // A DigestInfo has the same shape.
            let scheme = oid_text(algorithm(Some(first))?.content)?;
            ["1.2.840.113549.1.5.", "1.2.840.113549.1.12.1."]
                .iter()
                .any(|arc| scheme.starts_with(arc))
                .then_some(Module::EncryptedPrivateKeyInfo)
        }
        Some(second) if is_status(&first) && second.is(SEQUENCE) => {
            let kind = second.children().next().filter(|own| own.is(OID))?;
            (oid_text(kind.content)? == SIGNED_DATA).then_some(Module::TimeStampResp)
        }
        // Cut short: what there is of the signed part tells.
        None if outer.cut => signed(&first),
        Some(second) if outer.cut && second.is(SEQUENCE) && third.is_none() => signed(&first),
        None | Some(_) if is_request(&first) => Some(Module::OcspRequest),
        None if is_status(&first) && first.children().nth(1).is_some() => Some(Module::TimeStampResp),
        None | Some(_) => None,
    }
}

/// The OBJECT IDENTIFIER of an AlgorithmIdentifier.
fn algorithm(element: Option<Element<'_>>) -> Option<Element<'_>> {
    element.filter(|own| own.is(SEQUENCE))?.children().next().filter(|own| own.is(OID))
}

pub(crate) const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

fn is_content_type(oid: &Element<'_>) -> bool {
    oid_text(oid.content)
        .is_some_and(|oid| ["1.2.840.113549.1.7.", "1.2.840.113549.1.9.16.1."].iter().any(|arc| oid.starts_with(arc)))
}

/// Structures that begin with a number.
fn numbered(
    first: &Element<'_>,
    second: Element<'_>,
    third: Option<Element<'_>>,
    mut rest: Elements<'_>,
) -> Option<Module> {
    let is = |element: Option<Element<'_>>, tag| element.is_some_and(|element| element.is(tag));
    if second.is(INTEGER) {
        if third.is_none() {
            // The signature of an elliptic curve has two numbers too, but of one size.
            let key = first.content.len() >= 64 && second.content.len() <= 8;
            return key.then_some(Module::RsaPublicKey);
        }
        let more = rest.by_ref().take(7).take_while(|element| element.is(INTEGER)).count();
        return match (first.content, more) {
            ([0 | 1], 6..) => Some(Module::RsaPrivateKey),
            ([0], 3) => Some(Module::DsaPrivateKey),
            _ => None,
        };
    }
    if second.is(OCTET_STRING) {
        return (first.content == [1] && third.is_none_or(|field| field.is_context(0) || field.is_context(1)))
            .then_some(Module::EcPrivateKey);
    }
    if second.is(OID) {
        return (is(third, SEQUENCE) && is(rest.next(), INTEGER) && is(rest.next(), GENERALIZED_TIME))
            .then_some(Module::TstInfo);
    }
    if !second.is(SEQUENCE) {
        return None;
    }
    let inner = second.children().next()?;
    match first.content {
        [0 | 1] if is(third, OCTET_STRING) && inner.is(OID) => Some(Module::PrivateKeyInfo),
        [1] if inner.is(SEQUENCE) && is(second.children().nth(1), OCTET_STRING) => Some(Module::TimeStampReq),
        [3] if inner.is(OID) && third.is_none_or(|mac| mac.is(SEQUENCE)) => Some(Module::Pfx),
        _ => None,
    }
}

/// Structures of something, an algorithm and a signature.
fn signed(tbs: &Element<'_>) -> Option<Module> {
    let fields: Vec<Element<'_>> = tbs.children().take(6).collect();
    let sequence = |at: usize| fields.get(at).is_some_and(|field| field.is(SEQUENCE));
    let time = |at: usize| fields.get(at).is_some_and(|field| field.is(UTC_TIME) || field.is(GENERALIZED_TIME));
    let first = fields.first()?;
    if first.is_context(0) {
        let version = first.children().next()?;
        let inner_time = fields.get(2).is_some_and(|field| field.is(GENERALIZED_TIME));
        return (version.is(INTEGER)).then_some(if inner_time {
            Module::BasicOcspResponse
        } else {
            Module::Certificate
        });
    }
    if first.is_context(1) || first.is_context(2) {
        return time(1).then_some(Module::BasicOcspResponse);
    }
    if first.is(SEQUENCE) {
        return (sequence(1) && time(2)).then_some(Module::CertificateList);
    }
    if !first.is(INTEGER) || !sequence(1) {
        return None;
    }
    if fields.get(2).is_some_and(|field| field.is_context(0)) {
        return Some(Module::AttributeCertificate);
    }
    if !sequence(2) {
        return None;
    }
    match fields.get(3) {
        None => Some(Module::CertificationRequest),
        Some(field) if field.is_context(0) => Some(Module::CertificationRequest),
        Some(_) if time(3) => Some(Module::CertificateList),
        Some(_) if sequence(3) && sequence(4) => Some(Module::Certificate),
        Some(_) => None,
    }
}

/// A PKIStatusInfo: a small number, then text or reasons.
fn is_status(element: &Element<'_>) -> bool {
    let mut fields = element.children();
    let number = fields.next().is_some_and(|first| first.is(INTEGER) && matches!(first.content, [0..=5]));
    number && fields.next().is_none_or(|second| second.is(SEQUENCE) || second.is(BIT_STRING))
}

/// A TBSRequest: its first question names a certificate by two hashes and a serial number.
fn is_request(tbs: &Element<'_>) -> bool {
    let list = tbs.children().take(3).find(|field| field.is(SEQUENCE));
    let id = list.and_then(|list| list.children().next()).and_then(|request| request.children().next());
    let Some(id) = id.filter(|id| id.is(SEQUENCE)) else { return false };
    let tags: Vec<u32> = id.children().take(5).map(|field| field.tag).collect();
    tags == [SEQUENCE, OCTET_STRING, OCTET_STRING, INTEGER]
}
