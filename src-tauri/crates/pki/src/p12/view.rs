//! Looking inside: how a P12 file is protected and what bags it has.

use cartorio_core::SecretString;

use super::{DATA, ENCRYPTED_DATA, P12Error};
use crate::asn1::{self, Reader, Tlv};
use crate::certificate::Certificate;
use crate::oid;

/// The structure of a P12 file.
#[derive(Clone, Debug)]
pub struct P12View {
    /// The MAC over the whole; `None` means that nobody notices a change.
    pub mac: Option<P12Mac>,
    /// The containers in order, with what protects each.
    pub containers: Vec<P12Container>,
    /// The bags.
    pub bags: Vec<P12Bag>,
}

impl P12View {
    /// The fewest iterations anywhere: how well the password is protected against guessing.
    pub fn weakest_iterations(&self) -> Option<u64> {
        let mac = self.mac.iter().map(|mac| mac.iterations);
        let containers = self.containers.iter().filter_map(|container| container.protection.as_ref());
        let bags = self.bags.iter().filter_map(|bag| bag.protection.as_ref());
        mac.chain(containers.chain(bags).filter_map(|protection| protection.iterations)).min()
    }
}

/// The integrity protection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct P12Mac {
    /// Hash of the HMAC, e.g. `SHA-256`; `PBMAC1` for the newer scheme.
    pub algorithm: String,
    /// Iterations of its key derivation.
    pub iterations: u64,
    /// Length of the salt in bytes.
    pub salt_len: usize,
}

/// One part of the authenticated safe.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct P12Container {
    /// What encrypts it as a whole; `None` for clear content (where keys are encrypted one by one).
    pub protection: Option<Protection>,
}

/// A password-based encryption.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Protection {
    /// The scheme, e.g. `PBES2` or `pbeWithSHAAnd3-KeyTripleDES-CBC`.
    pub scheme: String,
    /// The cipher inside PBES2, e.g. `AES-256-CBC`.
    pub cipher: Option<String>,
    /// The key derivation inside PBES2, e.g. `PBKDF2 hmacWithSHA256`.
    pub kdf: Option<String>,
    /// Iterations.
    pub iterations: Option<u64>,
}

/// One bag.
#[derive(Clone, Debug)]
pub struct P12Bag {
    /// What it holds.
    pub kind: P12BagKind,
    /// friendlyName.
    pub friendly_name: Option<String>,
    /// localKeyId in lower-case hex.
    pub local_key_id: Option<String>,
    /// How a key bag in a clear container is encrypted.
    pub protection: Option<Protection>,
}

/// What a bag holds.
#[derive(Clone, Debug)]
pub enum P12BagKind {
    /// A private key; only its algorithm is shown.
    PrivateKey {
        /// Name of the key algorithm.
        algorithm: String,
    },
    /// A certificate.
    Certificate(Certificate),
    /// A certificate that cannot be decoded.
    UnreadableCertificate {
        /// Why.
        reason: String,
    },
    /// A symmetric key or other secret.
    Secret,
}

/// Looks inside a P12 file. The outer structure is read here; the bags are opened with the password.
///
/// # Errors
/// As [`super::open()`].
pub fn inspect(bytes: &[u8], password: &SecretString) -> Result<P12View, P12Error> {
    let outer = outer(bytes)?;
    let mut containers = Vec::new();
    let mut key_protections = Vec::new();
    for info in outer.safe_contents()? {
        let mut parts = info.iter_children()?;
        match parts.kind.as_str() {
            ENCRYPTED_DATA => {
                let mut fields = parts.content()?.children().expect(asn1::SEQUENCE)?.children();
                fields.expect(asn1::INTEGER)?;
                let mut encrypted = fields.expect(asn1::SEQUENCE)?.children();
                encrypted.expect(asn1::OID)?;
                let algorithm = encrypted.expect(asn1::SEQUENCE)?;
                containers.push(P12Container { protection: Some(protection(&algorithm)) });
            }
            DATA => {
                containers.push(P12Container { protection: None });
                let content = parts.content()?.children().next()?;
                let octets = content.map(|octets| octets.string_octets()).transpose()?.unwrap_or_default();
                key_protections.extend(shrouded(&octets)?);
            }
            other => containers.push(P12Container {
                protection: Some(Protection { scheme: other.to_owned(), cipher: None, kdf: None, iterations: None }),
            }),
        }
    }
    let archive = super::open::read(bytes, password)?;
    let mut key_protections = key_protections.into_iter();
    let mut bags = Vec::new();
    for key in &archive.keys {
        let dotted = key.key.oid().to_string();
        bags.push(P12Bag {
            kind: P12BagKind::PrivateKey { algorithm: oid::algorithm(&dotted).map_or(dotted.clone(), str::to_owned) },
            friendly_name: key.friendly_name.clone(),
            local_key_id: key.local_key_id.as_ref().map(hex::encode),
            protection: key_protections.next(),
        });
    }
    for bag in &archive.certs {
        bags.push(P12Bag {
            kind: match Certificate::from_der(bag.cert.as_der()) {
                Ok(certificate) => P12BagKind::Certificate(certificate),
                Err(error) => P12BagKind::UnreadableCertificate { reason: error.to_string() },
            },
            friendly_name: bag.friendly_name.clone(),
            local_key_id: bag.local_key_id.as_ref().map(hex::encode),
            protection: None,
        });
    }
    for secret in &archive.secrets {
        bags.push(P12Bag {
            kind: P12BagKind::Secret,
            friendly_name: secret.friendly_name.clone(),
            local_key_id: None,
            protection: None,
        });
    }
    Ok(P12View { mac: outer.mac, containers, bags })
}

/// Whether the file has a MAC at all.
pub(super) fn has_mac(bytes: &[u8]) -> Result<bool, P12Error> {
    Ok(outer(bytes)?.mac.is_some())
}

struct Outer {
    authenticated_safe: Vec<u8>,
    mac: Option<P12Mac>,
}

impl Outer {
    fn safe_contents(&self) -> Result<Vec<ContentInfo<'_>>, P12Error> {
        let safe = Reader::new(&self.authenticated_safe).expect(asn1::SEQUENCE)?;
        Ok(safe.all_children()?.into_iter().map(ContentInfo).collect())
    }
}

struct ContentInfo<'a>(Tlv<'a>);

struct ContentParts<'a> {
    kind: String,
    rest: Reader<'a>,
}

impl<'a> ContentInfo<'a> {
    fn iter_children(&self) -> Result<ContentParts<'a>, P12Error> {
        let mut rest = self.0.children();
        let kind = asn1::oid_text(rest.expect(asn1::OID)?.content);
        Ok(ContentParts { kind, rest })
    }
}

impl<'a> ContentParts<'a> {
    fn content(&mut self) -> Result<Tlv<'a>, P12Error> {
        Ok(self.rest.expect(0xa0)?)
    }
}

fn outer(bytes: &[u8]) -> Result<Outer, P12Error> {
    let malformed = |reason: &str| P12Error::Malformed { offset: 0, reason: reason.to_owned() };
    let mut parts = Reader::new(bytes).expect(asn1::SEQUENCE)?.children();
    if parts.expect(asn1::INTEGER)?.content != [3] {
        return Err(malformed("the version is not 3"));
    }
    let mut info = ContentInfo(parts.expect(asn1::SEQUENCE)?).iter_children()?;
    if info.kind != DATA {
        return Err(P12Error::Unsupported { what: "a signed P12 file".to_owned() });
    }
    let octets = info.content()?.children().next()?.ok_or_else(|| malformed("there is no content"))?;
    let mac = parts.next()?.map(|mac| read_mac(&mac)).transpose()?;
    Ok(Outer { authenticated_safe: octets.string_octets()?, mac })
}

fn read_mac(mac: &Tlv<'_>) -> Result<P12Mac, P12Error> {
    let mut parts = mac.children();
    let mut digest_info = parts.expect(asn1::SEQUENCE)?.children();
    let algorithm = digest_info.expect(asn1::SEQUENCE)?;
    let dotted = asn1::oid_text(algorithm.children().expect(asn1::OID)?.content);
    let salt_len = parts.expect(asn1::OCTET_STRING)?.content.len();
    let iterations = parts.next()?.map_or(1, |element| unsigned(element.content));
    let algorithm = oid::algorithm(&dotted).map_or(dotted.clone(), str::to_owned);
    Ok(P12Mac { algorithm, iterations, salt_len })
}

/// The protections of the shrouded keys in a clear SafeContents, in order; a key in clear is called that.
fn shrouded(safe_contents: &[u8]) -> Result<Vec<Protection>, P12Error> {
    let mut out = Vec::new();
    for bag in Reader::new(safe_contents).expect(asn1::SEQUENCE)?.all_children()? {
        let mut parts = bag.children();
        let kind = asn1::oid_text(parts.expect(asn1::OID)?.content);
        let value = parts.expect(0xa0)?;
        if kind == super::SHROUDED_KEY_BAG {
            let algorithm = value.children().expect(asn1::SEQUENCE)?.children().expect(asn1::SEQUENCE)?;
            out.push(protection(&algorithm));
        } else if kind == "1.2.840.113549.1.12.10.1.1" {
            out.push(Protection { scheme: "none".to_owned(), cipher: None, kdf: None, iterations: None });
        }
    }
    Ok(out)
}

/// Reads an AlgorithmIdentifier of a password-based encryption, as far as it can be.
fn protection(algorithm: &Tlv<'_>) -> Protection {
    let name = |element: &Tlv<'_>| {
        let dotted = asn1::oid_text(element.content);
        oid::algorithm(&dotted).map_or(dotted.clone(), str::to_owned)
    };
    let mut parts = algorithm.children();
    let scheme = parts.expect(asn1::OID).map(|oid| name(&oid)).unwrap_or_default();
    let mut out = Protection { scheme, cipher: None, kdf: None, iterations: None };
    let Ok(parameters) = parts.expect(asn1::SEQUENCE) else {
        return out;
    };
    let fields = parameters.all_children().unwrap_or_default();
    match fields.as_slice() {
        // PBES2-params { keyDerivationFunc, encryptionScheme }
        [kdf, cipher] if kdf.tag == asn1::SEQUENCE && cipher.tag == asn1::SEQUENCE => {
            out.cipher = cipher.children().expect(asn1::OID).ok().map(|oid| name(&oid));
            let mut kdf = kdf.children();
            let mut label = kdf.expect(asn1::OID).map(|oid| name(&oid)).unwrap_or_default();
            if let Ok(parameters) = kdf.expect(asn1::SEQUENCE) {
                let items = parameters.all_children().unwrap_or_default();
                out.iterations = items.iter().find(|item| item.tag == asn1::INTEGER).map(|item| unsigned(item.content));
                let prf = items.iter().find(|item| item.tag == asn1::SEQUENCE);
                let prf = prf.and_then(|prf| prf.children().expect(asn1::OID).ok()).map(|oid| name(&oid));
                if label == "PBKDF2" {
                    // RFC 8018: the DEFAULT is HMAC-SHA-1.
                    label = format!("{label} {}", prf.unwrap_or_else(|| "hmacWithSHA1".to_owned()));
                }
            }
            out.kdf = Some(label);
        }
        // pkcs-12PbeParams { salt, iterations }
        [_, iterations] if iterations.tag == asn1::INTEGER => {
            out.iterations = Some(unsigned(iterations.content));
        }
        _ => {}
    }
    out
}

fn unsigned(content: &[u8]) -> u64 {
    content.iter().fold(0_u64, |sum, byte| sum.saturating_mul(256).saturating_add(u64::from(*byte)))
}
