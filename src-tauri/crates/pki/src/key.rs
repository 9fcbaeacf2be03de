//! Facts about public keys.

use crate::asn1::{self, Reader};
use crate::oid;
use crate::serial::Serial;

/// What is known of a public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyFacts {
    /// Kind and size.
    pub kind: KeyKind,
    /// Dotted identifier of the key algorithm.
    pub algorithm_oid: String,
    /// DER `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
}

/// Kind and size of a public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyKind {
    /// RSA with a modulus of so many bits and this public exponent.
    Rsa {
        /// Bits of the modulus.
        bits: u32,
        /// Public exponent, decimal.
        exponent: String,
    },
    /// Elliptic curve.
    Ec {
        /// Usual name (`P-256`), or the dotted identifier of an unknown curve.
        curve: String,
        /// Size of the field in bits, when the curve is known.
        bits: Option<u32>,
    },
    /// Anything else.
    Other {
        /// Name (`Ed25519`, `ML-DSA-65`), or the dotted identifier.
        name: String,
    },
}

impl KeyFacts {
    /// Reads a DER `SubjectPublicKeyInfo`; what cannot be read becomes [`KeyKind::Other`].
    pub fn from_spki(spki: &[u8]) -> Self {
        let (algorithm_oid, kind) =
            read_key(spki).unwrap_or_else(|| (String::new(), KeyKind::Other { name: "?".to_owned() }));
        Self { kind, algorithm_oid, spki: spki.to_vec() }
    }

    /// One line for people: `RSA 2048 bits`, `EC P-256`, `Ed25519`.
    pub fn label(&self) -> String {
        match &self.kind {
            KeyKind::Rsa { bits, .. } => format!("RSA {bits} bits"),
            KeyKind::Ec { curve, .. } => format!("EC {curve}"),
            KeyKind::Other { name } => name.clone(),
        }
    }

    /// Size in bits, when it is known.
    pub fn bits(&self) -> Option<u32> {
        match &self.kind {
            KeyKind::Rsa { bits, .. } => Some(*bits),
            KeyKind::Ec { bits, .. } => *bits,
            KeyKind::Other { .. } => None,
        }
    }

    /// The subjectPublicKey octets, which key identifiers are made from (RFC 5280 §4.2.1.2).
    pub(crate) fn public_octets(spki: &[u8]) -> Option<Vec<u8>> {
        let mut parts = Reader::new(spki).expect(asn1::SEQUENCE).ok()?.children();
        parts.expect(asn1::SEQUENCE).ok()?;
        parts.expect(asn1::BIT_STRING).ok()?.content.get(1..).map(<[u8]>::to_vec)
    }
}

fn read_key(spki: &[u8]) -> Option<(String, KeyKind)> {
    let mut parts = Reader::new(spki).expect(asn1::SEQUENCE).ok()?.children();
    let mut algorithm = parts.expect(asn1::SEQUENCE).ok()?.children();
    let oid = asn1::oid_text(algorithm.expect(asn1::OID).ok()?.content);
    let parameters = algorithm.next().ok()?;
    let kind = match oid.as_str() {
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => {
            let octets = KeyFacts::public_octets(spki)?;
            let mut numbers = Reader::new(&octets).expect(asn1::SEQUENCE).ok()?.children();
            let modulus = Serial::from_unsigned(numbers.expect(asn1::INTEGER).ok()?.content);
            let exponent = Serial::from_unsigned(numbers.expect(asn1::INTEGER).ok()?.content);
            let leading = modulus.bytes().first()?.leading_zeros();
            KeyKind::Rsa {
                bits: u32::try_from(modulus.bytes().len()).ok()? * 8 - leading,
                exponent: exponent.decimal(),
            }
        }
        "1.2.840.10045.2.1" => match parameters.filter(|element| element.tag == asn1::OID) {
            Some(element) => {
                let dotted = asn1::oid_text(element.content);
                match oid::curve(&dotted) {
                    Some((name, bits)) => KeyKind::Ec { curve: name.to_owned(), bits: Some(bits) },
                    None => KeyKind::Ec { curve: dotted, bits: None },
                }
            }
            None => KeyKind::Ec { curve: "?".to_owned(), bits: None },
        },
        other => KeyKind::Other { name: oid::algorithm(other).unwrap_or(other).to_owned() },
    };
    Some((oid, kind))
}
