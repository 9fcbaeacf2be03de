//! Public keys out of what tokens say: attributes of a key, or a certificate.

use const_oid::ObjectIdentifier as Oid;
use cryptoki::object::KeyType;
use der::asn1::{BitString, Null, OctetStringRef, UintRef};
use der::{Any, AnyRef, Decode, Encode, Reader, Sequence, SliceReader, Tag, Tagged};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::PublicKey;
use crate::identifier::ED25519;

/// What a key object says of its public half.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Material {
    pub(super) modulus: Option<Vec<u8>>,
    pub(super) exponent: Option<Vec<u8>>,
    pub(super) params: Option<Vec<u8>>,
    pub(super) point: Option<Vec<u8>>,
    /// `CKA_PUBLIC_KEY_INFO`: the whole, where the token knows it.
    pub(super) spki: Option<Vec<u8>>,
}

impl Material {
    /// The public key, where the attributes are all there and of a type that this product knows.
    pub(super) fn public_key(&self, key_type: Option<KeyType>) -> Option<PublicKey> {
        let spki = match key_type {
            Some(KeyType::RSA) => self.rsa(),
            Some(KeyType::EC) => self.curve(),
            Some(KeyType::EC_EDWARDS) => self.edwards(),
            _ => None,
        };
        spki.and_then(|spki| PublicKey::from_spki(spki).ok())
            .or_else(|| self.spki.as_ref().and_then(|spki| PublicKey::from_spki(spki.clone()).ok()))
    }

    fn rsa(&self) -> Option<Vec<u8>> {
        #[derive(Sequence)]
        struct RsaPublicKey<'a> {
            modulus: UintRef<'a>,
            exponent: UintRef<'a>,
        }
        let (modulus, exponent) = (self.modulus.as_ref()?, self.exponent.as_ref()?);
        let key = RsaPublicKey { modulus: UintRef::new(modulus).ok()?, exponent: UintRef::new(exponent).ok()? };
        let algorithm = AlgorithmIdentifierOwned {
            oid: Oid::new_unwrap("1.2.840.113549.1.1.1"),
            parameters: Some(Any::encode_from(&Null).ok()?),
        };
        info(algorithm, &key.to_der().ok()?)
    }

    fn curve(&self) -> Option<Vec<u8>> {
        let curve: Oid = Oid::from_der(self.params.as_ref()?).ok()?;
        let point_len = match curve.to_string().as_str() {
            "1.2.840.10045.3.1.7" => 65,
            "1.3.132.0.34" => 97,
            "1.3.132.0.35" => 133,
            _ => return None,
        };
        let algorithm = AlgorithmIdentifierOwned {
            oid: Oid::new_unwrap("1.2.840.10045.2.1"),
            parameters: Some(Any::encode_from(&curve).ok()?),
        };
        info(algorithm, self.point_of(point_len)?)
    }

    fn edwards(&self) -> Option<Vec<u8>> {
        // The name is PKCS#11 v3.0 §2.3.5; the identifiers are RFC 8410's, and the one that was used before it.
        const NAME: &[u8] = b"\x13\x0cedwards25519";
        const OLD: Oid = Oid::new_unwrap("1.3.6.1.4.1.11591.15.1");
        let params = self.params.as_deref()?;
        let known = params == NAME || Oid::from_der(params).is_ok_and(|oid: Oid| oid == ED25519 || oid == OLD);
        if !known {
            return None;
        }
        info(AlgorithmIdentifierOwned { oid: ED25519, parameters: None }, self.point_of(32)?)
    }

    /// The point of `len` bytes: in an OCTET STRING, as PKCS#11 v2.40 wants it, or bare, as some tokens give it.
    fn point_of(&self, len: usize) -> Option<&[u8]> {
        let point = self.point.as_deref()?;
        if point.len() == len {
            return Some(point);
        }
        let inner = <&OctetStringRef>::from_der(point).ok()?.as_bytes();
        (inner.len() == len).then_some(inner)
    }
}

/// The public key of an X.509 certificate (RFC 5280 §4.1); nothing else of it is looked at.
pub(super) fn of_certificate(certificate: &[u8]) -> Option<PublicKey> {
    let certificate = AnyRef::from_der(certificate).ok().filter(|any| any.tag() == Tag::Sequence)?;
    let mut reader = SliceReader::new(certificate.value()).ok()?;
    let body: AnyRef<'_> = reader.decode().ok()?;
    let mut fields = SliceReader::new(body.value()).ok()?;
    let first: AnyRef<'_> = fields.decode().ok()?;
    // [0] version is absent from version 1; then serial number, signature, issuer, validity, subject.
    let before = if first.tag() == Tag::Integer { 4 } else { 5 };
    for _ in 0..before {
        let _: AnyRef<'_> = fields.decode().ok()?;
    }
    let key: AnyRef<'_> = fields.decode().ok()?;
    PublicKey::from_spki(key.to_der().ok()?).ok()
}

fn info(algorithm: AlgorithmIdentifierOwned, key: &[u8]) -> Option<Vec<u8>> {
    let subject_public_key = BitString::from_bytes(key).ok()?;
    SubjectPublicKeyInfoOwned { algorithm, subject_public_key }.to_der().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{KeySpec, SoftwareKey};

    #[test]
    fn a_point_is_read_bare_and_in_an_octet_string() {
        for spec in [KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521, KeySpec::Ed25519] {
            let public = SoftwareKey::generate(spec).unwrap().public_key().clone();
            let spki = SubjectPublicKeyInfoOwned::from_der(&public.spki).unwrap();
            let bare = spki.subject_public_key.raw_bytes().to_vec();
            let (key_type, params) = match spki.algorithm.parameters {
                Some(curve) => (KeyType::EC, curve.to_der().unwrap()),
                None => (KeyType::EC_EDWARDS, b"\x13\x0cedwards25519".to_vec()),
            };
            let wrapped = OctetStringRef::new(&bare).unwrap().to_der().unwrap();
            for point in [bare, wrapped] {
                let material = Material { params: Some(params.clone()), point: Some(point), ..Material::default() };
                assert_eq!(material.public_key(Some(key_type)).as_ref(), Some(&public), "{spec}");
            }
        }
    }

    #[test]
    fn a_modulus_with_its_high_bit_set_stays_positive() {
        let public = SoftwareKey::generate(KeySpec::Rsa2048).unwrap().public_key().clone();
        let info = SubjectPublicKeyInfoOwned::from_der(&public.spki).unwrap();
        let key = info.subject_public_key.raw_bytes();
        // SEQUENCE (82 len len), INTEGER (82 01 01 00 …): the modulus without the zero before it.
        let modulus = key[9..9 + 256].to_vec();
        assert!(modulus[0] >= 0x80);
        let material = Material { modulus: Some(modulus), exponent: Some(vec![0, 1, 0, 1]), ..Material::default() };
        assert_eq!(material.public_key(Some(KeyType::RSA)), Some(public));
    }

    #[test]
    fn what_is_missing_or_unknown_gives_no_key() {
        let p192 = Oid::new_unwrap("1.2.840.10045.3.1.1").to_der().unwrap();
        for (key_type, material) in [
            (KeyType::RSA, Material { modulus: Some(vec![0xc0; 256]), ..Material::default() }),
            (KeyType::RSA, Material { modulus: Some(Vec::new()), exponent: Some(Vec::new()), ..Material::default() }),
            (KeyType::EC, Material { params: Some(p192), point: Some(vec![4; 49]), ..Material::default() }),
            (KeyType::AES, Material { spki: Some(vec![0x30, 0]), ..Material::default() }),
        ] {
            assert_eq!(material.public_key(Some(key_type)), None, "{material:?}");
        }
        assert_eq!(Material::default().public_key(None), None);
    }

    proptest! {
        #[test]
        fn no_bytes_of_a_token_cause_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = of_certificate(&bytes);
            let some = Some(bytes);
            let material = Material {
                modulus: some.clone(), exponent: some.clone(), params: some.clone(), point: some.clone(), spki: some,
            };
            for key_type in [KeyType::RSA, KeyType::EC, KeyType::EC_EDWARDS, KeyType::AES] {
                let _ = material.public_key(Some(key_type));
            }
        }
    }
}
