//! What is known of a policy.

use std::fmt;

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{KeySpec, SignatureAlgorithm, SignatureScheme};
use const_oid::ObjectIdentifier as Oid;
use time::OffsetDateTime;

/// The format of a signature, as the tree of policies has it (DOC-ICP-15.03; XAdES is not made here).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Family {
    /// CMS: a `.p7s` file.
    Cades,
    /// Inside a PDF.
    Pades,
}

impl Family {
    /// As [`Self::as_str`].
    pub const fn code(self) -> &'static str {
        self.as_str()
    }

    /// Stable name, for params and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cades => "cades",
            Self::Pades => "pades",
        }
    }
}

/// A level of ICP-Brasil (DOC-ICP-15.03).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum PolicyLevel {
    /// Referência básica: the signature alone.
    AdRb,
    /// Referência de tempo: with a time stamp.
    AdRt,
    /// Referências para validação: with references to the evidence. There is none for PAdES.
    AdRv,
    /// Referências completas: with the evidence itself.
    AdRc,
    /// Referências para arquivamento: with an archive time stamp.
    AdRa,
}

impl PolicyLevel {
    /// Every level, the lowest first.
    pub const ALL: [Self; 5] = [Self::AdRb, Self::AdRt, Self::AdRv, Self::AdRc, Self::AdRa];

    /// The name that everybody uses: `AD-RB`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AdRb => "AD-RB",
            Self::AdRt => "AD-RT",
            Self::AdRv => "AD-RV",
            Self::AdRc => "AD-RC",
            Self::AdRa => "AD-RA",
        }
    }

    /// Whether the level exists in this format (the tree 2.16.76.1.7.1 has no AD-RV for PAdES).
    pub const fn exists_in(self, family: Family) -> bool {
        match (self, family) {
            (Self::AdRv, Family::Pades) => false,
            (Self::AdRb | Self::AdRt | Self::AdRc | Self::AdRa, Family::Pades)
            | (Self::AdRb | Self::AdRt | Self::AdRv | Self::AdRc | Self::AdRa, Family::Cades) => true,
        }
    }

    /// Whether it needs a time stamp.
    pub const fn needs_time_stamp(self) -> bool {
        match self {
            Self::AdRb => false,
            Self::AdRt | Self::AdRv | Self::AdRc | Self::AdRa => true,
        }
    }

    /// Whether it needs certificates and revocation evidence, or references to them.
    pub const fn needs_evidence(self) -> bool {
        match self {
            Self::AdRb | Self::AdRt => false,
            Self::AdRv | Self::AdRc | Self::AdRa => true,
        }
    }
}

impl fmt::Display for PolicyLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The version of a policy, as its identifier ends.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Version {
    /// Before the point.
    pub major: u16,
    /// Behind it.
    pub minor: u16,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A hash that policies and lists use. SHA-1 in those of 2008 to 2012 only.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum HashName {
    /// SHA-1, for reading alone.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384; no policy names it, signing certificates may be.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashName {
    /// By its identifier.
    pub fn from_oid(oid: Oid) -> Option<Self> {
        const SHA1: Oid = Oid::new_unwrap("1.3.14.3.2.26");
        const SHA256: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.1");
        const SHA384: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.2");
        const SHA512: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.3");
        match oid {
            SHA1 => Some(Self::Sha1),
            SHA256 => Some(Self::Sha256),
            SHA384 => Some(Self::Sha384),
            SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Hashes `parts` one after the other.
    pub fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        use sha1::Digest as _;
        let strong = |algorithm| {
            let mut hasher = cartorio_core::Hasher::new(algorithm);
            parts.iter().for_each(|part| hasher.update(part));
            hasher.finish().as_bytes().to_vec()
        };
        match self {
            Self::Sha1 => {
                let mut hasher = sha1::Sha1::new();
                parts.iter().for_each(|part| hasher.update(part));
                hasher.finalize().to_vec()
            }
            Self::Sha256 => strong(HashAlgorithm::Sha256),
            Self::Sha384 => strong(HashAlgorithm::Sha384),
            Self::Sha512 => strong(HashAlgorithm::Sha512),
        }
    }
}

/// `sigPolicyHash`: the hash over DER(signPolicyHashAlg) ‖ DER(signPolicyInfo), not over the file (RFC 3125 §3.1; ITI's
/// files agree, all of them).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PolicyHash {
    /// The hash.
    pub hash: HashName,
    /// The value in lower-case hex.
    pub hex: &'static str,
}

impl PolicyHash {
    /// As a digest to put into a signature; `None` for SHA-1, which nothing is signed with.
    pub fn digest(&self) -> Option<Digest> {
        let algorithm = match self.hash {
            HashName::Sha1 => return None,
            HashName::Sha256 => HashAlgorithm::Sha256,
            HashName::Sha384 => HashAlgorithm::Sha384,
            HashName::Sha512 => HashAlgorithm::Sha512,
        };
        Digest::from_bytes(algorithm, hex::decode(self.hex).ok()?).ok()
    }
}

/// A signature algorithm that a policy allows, with the smallest key (`AlgAndLength`, RFC 3125 §3.10).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AllowedAlgorithm {
    /// Its identifier.
    pub oid: Oid,
    /// Bits of the smallest key.
    pub min_bits: u32,
}

/// The identifier of `algorithm`, as a policy would list it; `None` for ML-DSA, whose identifier is the key's.
pub(crate) fn algorithm_oid(algorithm: SignatureAlgorithm) -> Option<Oid> {
    match algorithm.scheme() {
        SignatureScheme::MlDsa => None,
        SignatureScheme::RsaPkcs1 | SignatureScheme::RsaPss | SignatureScheme::Ecdsa | SignatureScheme::Ed25519 => {
            algorithm.identifier().ok().map(|identifier| identifier.oid)
        }
    }
}

/// Certificate policies by their arc and the range of the last number: `2.16.76.1.2.3` and 1 to 100.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CertificatePolicies {
    /// All but the last number.
    pub arc: &'static str,
    /// The first last number.
    pub first: u16,
    /// The last one.
    pub last: u16,
}

impl CertificatePolicies {
    /// Whether the dotted `oid` is one of them.
    pub fn contains(&self, oid: &str) -> bool {
        oid.rsplit_once('.').is_some_and(|(arc, number)| {
            arc == self.arc && number.parse().is_ok_and(|number: u16| self.first <= number && number <= self.last)
        })
    }
}

/// Which certificate policies count below a trust point (`acceptablePolicySet`, RFC 3125 §3.6.1). A trust point that has no
/// such entry, or an empty set as the policies of 2025 have it, takes any.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RootLimit {
    /// SHA-256 of the root.
    pub root: &'static str,
    /// What counts.
    pub policies: &'static [CertificatePolicies],
}

/// `mandatedCertificateInfo` (RFC 3125 §3.5.1): the certificates that have to stand in the signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CertificateInfo {
    /// None.
    None,
    /// The signer's.
    SignerOnly,
    /// The whole path.
    FullPath,
}

/// `EnuRevReq` (RFC 3125 §3.6.2). Not the numbers of the Brazilian DSS extension, where 2 means «either».
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Revocation {
    /// A CRL.
    Crl,
    /// An OCSP answer.
    Ocsp,
    /// Both.
    Both,
    /// Either of them. What every policy of ITI's wants.
    Either,
    /// None.
    None,
    /// Something else.
    Other,
}

/// Values that the signature dictionary must have (extension 2.16.76.1.8.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Dictionary {
    /// `/Filter`.
    pub filter: &'static str,
    /// `/SubFilter`.
    pub sub_filter: &'static str,
}

/// Entries that the DSS and its VRI must have (extension 2.16.76.1.8.2), `/Type` and the evidence itself left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EvidenceEntries {
    /// Of the DSS.
    pub dss: &'static [&'static str],
    /// Of a VRI.
    pub vri: &'static [&'static str],
    /// Whether a document time stamp is mandatory too (extension 2.16.76.1.8.3).
    pub document_time_stamp: bool,
}

/// A signature policy of ICP-Brasil.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Its identifier, below 2.16.76.1.7.1.
    pub oid: Oid,
    /// The format.
    pub family: Family,
    /// The level.
    pub level: PolicyLevel,
    /// The version.
    pub version: Version,
    /// Where ITI publishes it; the `SPuri` of a signature.
    pub uri: &'static str,
    /// SHA-256 of the file in hex; what a list of approved policies has as its digest.
    pub file_sha256: &'static str,
    /// What a signature has as `sigPolicyHash`.
    pub policy_hash: PolicyHash,
    /// Begin of the signing period, which is its date of issue too.
    pub not_before: OffsetDateTime,
    /// End of the signing period.
    pub not_after: OffsetDateTime,
    /// When ITI revoked it.
    pub revoked: Option<OffsetDateTime>,
    /// Why it must not be used although it is not revoked.
    pub defect: Option<&'static str>,
    /// What may be signed with.
    pub algorithms: &'static [AllowedAlgorithm],
    /// SHA-256 of the roots that the signer may be under.
    pub roots: &'static [&'static str],
    /// Certificate policies that count below these roots, where not any does.
    pub limits: &'static [RootLimit],
    /// SHA-256 of the roots that a time-stamping authority may be under.
    pub tsa_roots: &'static [&'static str],
    /// As `limits`, for time-stamping authorities.
    pub tsa_limits: &'static [RootLimit],
    /// Signed attributes that must be there.
    pub signed: &'static [Oid],
    /// Unsigned attributes that must be there.
    pub unsigned: &'static [Oid],
    /// Whether the content stands outside of the CMS; `None`: both are allowed.
    pub external_data: Option<bool>,
    /// Certificates in the signature.
    pub certificate_info: CertificateInfo,
    /// Revocation evidence for signer, CAs and time-stamping authority alike.
    pub revocation: Revocation,
    /// PAdES: the signature dictionary.
    pub dictionary: Option<Dictionary>,
    /// PAdES: the evidence in the document.
    pub evidence: Option<EvidenceEntries>,
}

impl Policy {
    /// Whether a signature may be made under it at `at`: inside its period, not revoked by then, without a defect.
    pub fn is_usable(&self, at: OffsetDateTime) -> bool {
        self.defect.is_none()
            && self.not_before <= at
            && at <= self.not_after
            && self.revoked.is_none_or(|revoked| at < revoked)
    }

    /// The rule for `algorithm`, where the policy allows it at all.
    pub fn allows(&self, algorithm: SignatureAlgorithm) -> Option<AllowedAlgorithm> {
        let oid = algorithm_oid(algorithm)?;
        self.algorithms.iter().find(|allowed| allowed.oid == oid).copied()
    }

    /// The algorithms that a key of this type may sign with under the policy, the product's default first. None for P-384
    /// under any policy, because it goes with SHA-384 alone.
    pub fn algorithms_for(&self, key: KeySpec) -> Vec<SignatureAlgorithm> {
        key.algorithms().into_iter().filter(|own| self.allows(*own).is_some()).collect()
    }

    /// Whether the root with this SHA-256 in hex is a trust point for signers.
    pub fn trusts(&self, root_sha256: &str) -> bool {
        self.roots.contains(&root_sha256)
    }

    /// The name for people: `PAdES AD-RB 1.3`.
    pub fn name(&self) -> String {
        let family = match self.family {
            Family::Cades => "CAdES",
            Family::Pades => "PAdES",
        };
        format!("{family} {} {}", self.level, self.version)
    }
}
