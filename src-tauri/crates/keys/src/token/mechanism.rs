//! Algorithms as PKCS#11 mechanisms, and their inputs and outputs.

use cartorio_core::{Digest, HashAlgorithm};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::Attribute;
use der::asn1::{PrintableStringRef, UintRef};
use der::{Encode, Sequence};

use super::fault::failed;
use crate::{KeyError, KeyResult, KeySpec, SignatureAlgorithm, SignatureScheme};

/// What a token can do, of what this product needs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Mechanisms {
    pub(super) rsa_pkcs1: bool,
    pub(super) rsa_pss: bool,
    pub(super) ecdsa: bool,
    pub(super) eddsa: bool,
    /// Key types that it makes.
    pub(super) creates: Vec<KeySpec>,
}

impl Mechanisms {
    /// From the mechanism list; `info` gives what `C_GetMechanismInfo` says: smallest and greatest key in bits, whether it
    /// signs, whether it makes key pairs.
    pub(super) fn of(list: &[MechanismType], info: impl Fn(MechanismType) -> Option<MechanismFacts>) -> Self {
        let facts = |mechanism: MechanismType| list.contains(&mechanism).then(|| info(mechanism)).flatten();
        let signs = |mechanism| facts(mechanism).is_some_and(|facts| facts.signs);
        let makes = |mechanism, bits| facts(mechanism).is_some_and(|facts| facts.makes_pairs && facts.takes(bits));
        let creates = KeySpec::ALL.into_iter().filter(|spec| match spec {
            KeySpec::Rsa2048 => makes(MechanismType::RSA_PKCS_KEY_PAIR_GEN, 2048),
            KeySpec::Rsa3072 => makes(MechanismType::RSA_PKCS_KEY_PAIR_GEN, 3072),
            KeySpec::Rsa4096 => makes(MechanismType::RSA_PKCS_KEY_PAIR_GEN, 4096),
            KeySpec::EcP256 => makes(MechanismType::ECC_KEY_PAIR_GEN, 256),
            KeySpec::EcP384 => makes(MechanismType::ECC_KEY_PAIR_GEN, 384),
            KeySpec::EcP521 => makes(MechanismType::ECC_KEY_PAIR_GEN, 521),
            // The size of this curve is told as 255 or as 256 bits, which decides nothing.
            KeySpec::Ed25519 => {
                facts(MechanismType::ECC_EDWARDS_KEY_PAIR_GEN).is_some_and(|facts| facts.makes_pairs)
                    && signs(MechanismType::EDDSA)
            }
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => false,
        });
        Self {
            creates: creates.collect(),
            rsa_pkcs1: signs(MechanismType::RSA_PKCS),
            rsa_pss: signs(MechanismType::RSA_PKCS_PSS),
            ecdsa: signs(MechanismType::ECDSA),
            eddsa: signs(MechanismType::EDDSA),
        }
    }

    /// The algorithms of a key of type `spec` that the token has a mechanism for.
    pub(super) fn algorithms(&self, spec: KeySpec) -> Vec<SignatureAlgorithm> {
        let has = |algorithm: &SignatureAlgorithm| match algorithm.scheme() {
            SignatureScheme::RsaPkcs1 => self.rsa_pkcs1,
            SignatureScheme::RsaPss => self.rsa_pss,
            SignatureScheme::Ecdsa => self.ecdsa,
            SignatureScheme::Ed25519 => self.eddsa,
            // PKCS#11 v3.2 has it; no token that this product knows does.
            SignatureScheme::MlDsa => false,
        };
        spec.algorithms().into_iter().filter(has).collect()
    }
}

/// What `CK_MECHANISM_INFO` says.
#[derive(Clone, Copy, Debug)]
pub(super) struct MechanismFacts {
    pub(super) smallest: usize,
    pub(super) greatest: usize,
    pub(super) signs: bool,
    pub(super) makes_pairs: bool,
}

impl MechanismFacts {
    fn takes(self, bits: usize) -> bool {
        // 0 where the token says nothing.
        self.smallest <= bits && (self.greatest == 0 || bits <= self.greatest)
    }
}

/// The mechanism for `algorithm`.
///
/// # Errors
/// `Unsupported` for what PKCS#11 v2.40 does not have.
pub(super) fn signing(algorithm: SignatureAlgorithm) -> KeyResult<Mechanism<'static>> {
    match algorithm.scheme() {
        SignatureScheme::RsaPkcs1 => Ok(Mechanism::RsaPkcs),
        SignatureScheme::RsaPss => {
            let (hash_alg, mgf, salt) = match algorithm.hash() {
                HashAlgorithm::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32_u64),
                HashAlgorithm::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48),
                HashAlgorithm::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64),
            };
            Ok(Mechanism::RsaPkcsPss(PkcsPssParams { hash_alg, mgf, s_len: ulong(salt) }))
        }
        SignatureScheme::Ecdsa => Ok(Mechanism::Ecdsa),
        SignatureScheme::Ed25519 => Ok(Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure))),
        SignatureScheme::MlDsa => Err(KeyError::Unsupported { backend: super::BACKEND, what: algorithm.to_string() }),
    }
}

/// What `C_Sign` gets for a digest: a `DigestInfo` for PKCS#1 v1.5 (RFC 8017 §9.2), the digest itself otherwise.
pub(super) fn digest_input(algorithm: SignatureAlgorithm, digest: &Digest) -> Vec<u8> {
    if algorithm.scheme() != SignatureScheme::RsaPkcs1 {
        return digest.as_bytes().to_vec();
    }
    // RFC 8017 §9.2, note 1.
    let prefix: [u8; 19] = match digest.algorithm() {
        HashAlgorithm::Sha256 => *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        HashAlgorithm::Sha384 => *b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        HashAlgorithm::Sha512 => *b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    };
    [&prefix[..], digest.as_bytes()].concat()
}

/// What `C_Sign` gave, as this product writes signatures: ECDSA values become a DER `ECDSA-Sig-Value`.
///
/// # Errors
/// `Backend` for an ECDSA value of another length than twice the field's.
pub(super) fn signature_value(algorithm: SignatureAlgorithm, spec: KeySpec, raw: Vec<u8>) -> KeyResult<Vec<u8>> {
    match algorithm.scheme() {
        SignatureScheme::Ecdsa => ecdsa_der(field_len(spec), &raw)
            .ok_or_else(|| failed(format!("an ECDSA value of {} bytes for a {spec} key", raw.len()))),
        SignatureScheme::RsaPkcs1 | SignatureScheme::RsaPss | SignatureScheme::Ed25519 | SignatureScheme::MlDsa => {
            Ok(raw)
        }
    }
}

/// The mechanism that makes a key pair of type `spec`, and what the public template says of the type.
///
/// # Errors
/// `Unsupported` for what PKCS#11 v2.40 and v3.0 do not have.
pub(super) fn generation(spec: KeySpec) -> KeyResult<(Mechanism<'static>, Vec<Attribute>)> {
    let rsa = |bits: u64| {
        let exponent = vec![0x01, 0x00, 0x01];
        let template = vec![Attribute::ModulusBits(ulong(bits)), Attribute::PublicExponent(exponent)];
        Ok((Mechanism::RsaPkcsKeyPairGen, template))
    };
    let curve = |oid: &str| {
        let oid = const_oid::ObjectIdentifier::new_unwrap(oid).to_der().map_err(|error| failed(error.to_string()))?;
        Ok((Mechanism::EccKeyPairGen, vec![Attribute::EcParams(oid)]))
    };
    match spec {
        KeySpec::Rsa2048 => rsa(2048),
        KeySpec::Rsa3072 => rsa(3072),
        KeySpec::Rsa4096 => rsa(4096),
        KeySpec::EcP256 => curve("1.2.840.10045.3.1.7"),
        KeySpec::EcP384 => curve("1.3.132.0.34"),
        KeySpec::EcP521 => curve("1.3.132.0.35"),
        KeySpec::Ed25519 => {
            // PKCS#11 v3.0 §2.3.5: the curve by its name.
            let name = PrintableStringRef::new("edwards25519").and_then(|name| name.to_der());
            let name = name.map_err(|error| failed(error.to_string()))?;
            Ok((Mechanism::EccEdwardsKeyPairGen, vec![Attribute::EcParams(name)]))
        }
        KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => {
            Err(KeyError::Unsupported { backend: super::BACKEND, what: format!("making {spec} keys") })
        }
    }
}

/// Bytes of a field element; an ECDSA value of PKCS#11 has twice as many (v2.40 §2.3.1).
const fn field_len(spec: KeySpec) -> usize {
    match spec {
        KeySpec::EcP256 => 32,
        KeySpec::EcP384 => 48,
        KeySpec::EcP521 => 66,
        KeySpec::Rsa2048
        | KeySpec::Rsa3072
        | KeySpec::Rsa4096
        | KeySpec::Ed25519
        | KeySpec::MlDsa44
        | KeySpec::MlDsa65
        | KeySpec::MlDsa87 => 0,
    }
}

/// `r ‖ s`, each of `len` bytes, as a DER `ECDSA-Sig-Value` (RFC 3279 §2.2.3).
fn ecdsa_der(len: usize, raw: &[u8]) -> Option<Vec<u8>> {
    #[derive(Sequence)]
    struct EcdsaSigValue<'a> {
        r: UintRef<'a>,
        s: UintRef<'a>,
    }
    if len == 0 || raw.len() != 2 * len {
        return None;
    }
    let (r, s) = raw.split_at(len);
    EcdsaSigValue { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

/// `CK_ULONG` has 32 bits on Windows; the few numbers here fit anywhere.
#[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions)]
fn ulong(number: u64) -> cryptoki::types::Ulong {
    cryptoki::types::Ulong::new(number.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIGNS: MechanismFacts = MechanismFacts { smallest: 0, greatest: 0, signs: true, makes_pairs: false };

    fn makes(smallest: usize, greatest: usize) -> MechanismFacts {
        MechanismFacts { smallest, greatest, signs: false, makes_pairs: true }
    }

    /// Reads a DER `ECDSA-Sig-Value` byte by byte, as strictly as X.690 has it.
    fn read_der(mut der: &[u8], len: usize) -> Vec<u8> {
        let mut take = |wanted: usize| {
            let (head, tail) = der.split_at(wanted);
            der = tail;
            head.to_vec()
        };
        assert_eq!(take(1), [0x30]);
        let total = match take(1)[0] {
            0x81 => {
                let total = take(1)[0];
                assert!(total >= 0x80, "the long form only where it is needed");
                total
            }
            short => short,
        };
        let mut raw = Vec::new();
        let mut seen = 0;
        for _ in 0..2 {
            assert_eq!(take(1), [0x02]);
            let size = usize::from(take(1)[0]);
            let integer = take(size);
            assert!(integer[0] < 0x80, "it is positive");
            assert!(size == 1 || integer[0] != 0 || integer[1] >= 0x80, "no leading zero without need");
            let digits = if integer[0] == 0 { &integer[1..] } else { &integer[..] };
            raw.extend(vec![0; len - digits.len()]);
            raw.extend(digits);
            seen += 2 + size;
        }
        assert_eq!(seen, usize::from(total));
        assert!(der.is_empty(), "nothing follows");
        raw
    }

    proptest! {
        #[test]
        fn r_and_s_become_der_and_nothing_else(
            spec in proptest::sample::select(vec![KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521]),
            bytes in proptest::collection::vec(any::<u8>(), 132),
            zeros in 0_usize..70,
        ) {
            let len = field_len(spec);
            let mut raw = bytes[..2 * len].to_vec();
            raw[..zeros.min(len)].fill(0);
            if spec == KeySpec::EcP521 {
                // 521 bits: the first byte has one.
                raw[0] &= 1;
                raw[len] &= 1;
            }
            let algorithm = spec.default_algorithm();
            let der = signature_value(algorithm, spec, raw.clone()).unwrap();
            prop_assert!(der.len() <= spec.max_signature_len());
            prop_assert_eq!(read_der(&der, len), raw);
        }

        #[test]
        fn another_length_is_refused(raw in proptest::collection::vec(any::<u8>(), 0..140)) {
            for spec in [KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521] {
                let outcome = signature_value(spec.default_algorithm(), spec, raw.clone());
                prop_assert_eq!(outcome.is_ok(), raw.len() == 2 * field_len(spec));
            }
        }
    }

    #[test]
    fn a_digest_info_is_what_rfc_8017_says() {
        for hash in HashAlgorithm::ALL {
            let digest = Digest::of(hash, b"abc");
            let input = digest_input(SignatureAlgorithm::rsa_pkcs1(hash), &digest);
            assert_eq!(usize::from(input[1]) + 2, input.len(), "{hash}: the length of the whole");
            assert_eq!(usize::from(input[18]), digest.as_bytes().len(), "{hash}: the length of the digest");
            assert!(input.ends_with(digest.as_bytes()));
            let oid = &SignatureAlgorithm::rsa_pss(hash).identifier().unwrap().to_der().unwrap();
            let hash_oid = &input[4..15];
            assert!(oid.windows(11).any(|window| window == hash_oid), "{hash}: its own identifier");
            assert_eq!(digest_input(SignatureAlgorithm::ecdsa(hash), &digest), digest.as_bytes());
        }
    }

    #[test]
    fn what_a_token_lacks_is_left_out() {
        let list = [MechanismType::RSA_PKCS, MechanismType::RSA_PKCS_KEY_PAIR_GEN, MechanismType::ECC_KEY_PAIR_GEN];
        let old_token = Mechanisms::of(&list, |mechanism| match mechanism {
            MechanismType::RSA_PKCS => Some(SIGNS),
            MechanismType::RSA_PKCS_KEY_PAIR_GEN => Some(makes(1024, 2048)),
            MechanismType::ECC_KEY_PAIR_GEN => Some(makes(256, 384)),
            _ => panic!("it asks for what is not in the list"),
        });
        assert_eq!(old_token.creates, [KeySpec::Rsa2048, KeySpec::EcP256, KeySpec::EcP384]);
        let pkcs1: Vec<_> = HashAlgorithm::ALL.into_iter().map(SignatureAlgorithm::rsa_pkcs1).collect();
        assert_eq!(old_token.algorithms(KeySpec::Rsa2048), pkcs1);
        assert_eq!(old_token.algorithms(KeySpec::EcP256), []);
        assert_eq!(old_token.algorithms(KeySpec::Ed25519), []);
        assert_eq!(old_token.algorithms(KeySpec::MlDsa44), []);
        assert_eq!(Mechanisms::of(&[], |_| Some(SIGNS)), Mechanisms::default());
    }

    #[test]
    fn a_mechanism_that_only_verifies_does_not_sign() {
        let verifies = MechanismFacts { signs: false, ..SIGNS };
        let token = Mechanisms::of(&[MechanismType::ECDSA], |_| Some(verifies));
        assert_eq!(token.algorithms(KeySpec::EcP256), []);
    }
}
