//! Algorithm identifiers: which this product knows, which are too weak to be believed, which it does not know.

use cartorio_core::HashAlgorithm;
use cartorio_keys::SignatureAlgorithm;
use const_oid::ObjectIdentifier as Oid;
use der::{Decode, Encode};
use spki::AlgorithmIdentifierOwned;

use super::ber::Asn1Error;
use super::tlv::Tlv;
use super::{der as write, oid};

/// A hash function named in a signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DigestId {
    /// One of the SHA-2 functions.
    Known(HashAlgorithm),
    /// Broken for signatures; its printed name.
    Weak(&'static str),
    /// Not known to this product.
    Unknown(Oid),
}

impl DigestId {
    /// Reads an `AlgorithmIdentifier` (its parameters are NULL or absent for every known hash, RFC 5754 §2).
    ///
    /// # Errors
    /// [`Asn1Error`] when it is malformed.
    pub fn read(identifier: &Tlv<'_>) -> Result<Self, Asn1Error> {
        Ok(Self::of(identifier_oid(identifier)?))
    }

    /// The hash function that `oid` names.
    pub fn of(oid: Oid) -> Self {
        match oid {
            oid::SHA256 => Self::Known(HashAlgorithm::Sha256),
            oid::SHA384 => Self::Known(HashAlgorithm::Sha384),
            oid::SHA512 => Self::Known(HashAlgorithm::Sha512),
            oid::SHA1 => Self::Weak("SHA-1"),
            oid::MD5 => Self::Weak("MD5"),
            other => Self::Unknown(other),
        }
    }

    /// The hash function, when this product computes it.
    pub const fn known(&self) -> Option<HashAlgorithm> {
        match self {
            Self::Known(hash) => Some(*hash),
            Self::Weak(_) | Self::Unknown(_) => None,
        }
    }
}

/// A signature algorithm named in a signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignatureId {
    /// One that this product verifies.
    Known(SignatureAlgorithm),
    /// Built on a hash that is broken for signatures; its printed name.
    Weak(&'static str),
    /// Not known to this product, or with parameters that it does not verify (RSASSA-PSS whose salt is not as long as
    /// the hash, or with another hash in the mask).
    Unknown(Oid),
}

impl SignatureId {
    /// Reads an `AlgorithmIdentifier`; `digest` is the hash named beside it in a SignerInfo.
    ///
    /// # Errors
    /// [`Asn1Error`] when it is malformed.
    pub fn read(identifier: &Tlv<'_>, digest: &DigestId) -> Result<Self, Asn1Error> {
        let named = identifier_oid(identifier)?;
        if let Some(weak) = weak_signature(named) {
            return Ok(Self::Weak(weak));
        }
        if named == oid::RSA_ENCRYPTION
            && let DigestId::Weak(_) = digest
        {
            return Ok(Self::Weak("RSA with a broken hash"));
        }
        if named == oid::RSASSA_PSS && pss_hash(identifier)? == oid::SHA1 {
            return Ok(Self::Weak("RSASSA-PSS with SHA-1"));
        }
        let known = AlgorithmIdentifierOwned::from_der(identifier.raw())
            .ok()
            .and_then(|owned| SignatureAlgorithm::from_identifier(&owned, digest.known()));
        Ok(known.map_or(Self::Unknown(named), Self::Known))
    }

    /// The algorithm, when this product verifies it.
    pub const fn known(&self) -> Option<SignatureAlgorithm> {
        match self {
            Self::Known(algorithm) => Some(*algorithm),
            Self::Weak(_) | Self::Unknown(_) => None,
        }
    }
}

/// The DER `AlgorithmIdentifier` of a hash, without parameters (RFC 5754 §2).
pub fn digest_identifier(hash: HashAlgorithm) -> Vec<u8> {
    let oid = match hash {
        HashAlgorithm::Sha256 => oid::SHA256,
        HashAlgorithm::Sha384 => oid::SHA384,
        HashAlgorithm::Sha512 => oid::SHA512,
    };
    write::tlv(write::SEQUENCE, &[&write::oid(oid)])
}

/// The DER `AlgorithmIdentifier` of a signature algorithm.
///
/// # Errors
/// A DER encoding error, which these fixed inputs never cause.
pub fn signature_identifier(algorithm: SignatureAlgorithm) -> der::Result<Vec<u8>> {
    algorithm.identifier()?.to_der()
}

/// Whether two `AlgorithmIdentifier` bodies say the same; parameters that are absent equal NULL.
pub fn same_identifier(left: &[u8], right: &[u8]) -> bool {
    fn without_null(body: &[u8]) -> &[u8] {
        body.strip_suffix(&[write::NULL, 0]).unwrap_or(body)
    }
    left == right || without_null(left) == without_null(right)
}

/// The object identifier inside an `OBJECT IDENTIFIER` element.
///
/// # Errors
/// [`Asn1Error`] when it is not one.
pub fn read_oid(element: &Tlv<'_>) -> Result<Oid, Asn1Error> {
    let unexpected = Asn1Error::Unexpected { what: "an object identifier", offset: element.offset() };
    if element.tag() != write::OBJECT_IDENTIFIER {
        return Err(unexpected);
    }
    Oid::from_bytes(element.body()).map_err(|_| unexpected)
}

/// The object identifier of an `AlgorithmIdentifier`.
fn identifier_oid(identifier: &Tlv<'_>) -> Result<Oid, Asn1Error> {
    if identifier.tag() != write::SEQUENCE {
        return Err(Asn1Error::Unexpected { what: "an algorithm identifier", offset: identifier.offset() });
    }
    read_oid(&identifier.children().any("an algorithm")?)
}

/// The hash in `RSASSA-PSS-params`, SHA-1 where it is left at its DEFAULT (RFC 4055 §3.1).
fn pss_hash(identifier: &Tlv<'_>) -> Result<Oid, Asn1Error> {
    let mut fields = identifier.children();
    fields.any("an algorithm")?;
    let Some(parameters) = fields.optional(write::SEQUENCE, "RSASSA-PSS parameters")? else {
        return Ok(oid::SHA1);
    };
    match parameters.children().optional(write::context(0), "a hash algorithm")? {
        Some(hash) => identifier_oid(&hash.children().any("a hash algorithm")?),
        None => Ok(oid::SHA1),
    }
}

fn weak_signature(oid: Oid) -> Option<&'static str> {
    const WEAK: [(Oid, &str); 5] = [
        (Oid::new_unwrap("1.2.840.113549.1.1.4"), "RSA with MD5"),
        (Oid::new_unwrap("1.2.840.113549.1.1.5"), "RSA with SHA-1"),
        (Oid::new_unwrap("1.3.14.3.2.29"), "RSA with SHA-1"),
        (Oid::new_unwrap("1.2.840.10045.4.1"), "ECDSA with SHA-1"),
        (Oid::new_unwrap("1.2.840.10040.4.3"), "DSA with SHA-1"),
    ];
    WEAK.iter().find(|(weak, _)| *weak == oid).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_that_is_made_is_read_back() {
        for algorithm in SignatureAlgorithm::all().filter(|algorithm| !algorithm.signs_messages()) {
            let identifier = signature_identifier(algorithm).unwrap();
            let digest = digest_identifier(algorithm.hash());
            let digest = DigestId::read(&Tlv::only(&digest).unwrap()).unwrap();
            assert_eq!(digest, DigestId::Known(algorithm.hash()));
            let read = SignatureId::read(&Tlv::only(&identifier).unwrap(), &digest).unwrap();
            assert_eq!(read, SignatureId::Known(algorithm));
        }
    }

    #[test]
    fn pss_without_parameters_is_sha1_and_rsa_takes_its_hash_from_beside() {
        let pss = write::tlv(write::SEQUENCE, &[&write::oid(oid::RSASSA_PSS)]);
        let sha256 = DigestId::Known(HashAlgorithm::Sha256);
        let read = SignatureId::read(&Tlv::only(&pss).unwrap(), &sha256).unwrap();
        assert_eq!(read, SignatureId::Weak("RSASSA-PSS with SHA-1"));
        let rsa = write::tlv(write::SEQUENCE, &[&write::oid(oid::RSA_ENCRYPTION), &[5, 0]]);
        let rsa = Tlv::only(&rsa).unwrap();
        let expected = SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256);
        assert_eq!(SignatureId::read(&rsa, &sha256).unwrap(), SignatureId::Known(expected));
        let weak = SignatureId::read(&rsa, &DigestId::Weak("SHA-1")).unwrap();
        assert!(matches!(weak, SignatureId::Weak(_)), "a broken hash makes the pair weak");
    }

    #[test]
    fn absent_parameters_equal_null() {
        let bare = write::oid(oid::SHA256);
        let null = [bare.clone(), vec![5, 0]].concat();
        assert!(same_identifier(&bare, &null));
        assert!(!same_identifier(&bare, &write::oid(oid::SHA512)));
    }
}
