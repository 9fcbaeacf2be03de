//! What rows of the table have in common: roots, algorithms, attributes, entries of dictionaries.

use const_oid::ObjectIdentifier as Oid;

use super::oid;
use crate::model::{AllowedAlgorithm, CertificatePolicies, Dictionary, EvidenceEntries, RootLimit};

// Autoridade Certificadora Raiz Brasileira, by SHA-256.
pub(super) const RAIZ_2001: &str = "687ea89089309d2cfe107db059fb10d676f45d3283aee056903eea0cf3c188f8";
pub(super) const RAIZ_V1: &str = "cbd8ed38d4a2d677d453d70dd8890af4f6374cba6299943f1ab3a6936c6fd795";
pub(super) const RAIZ_V2: &str = "fb47d92a9909fd4fa9bec02737543e1f3514ced747407a8d9cfa397b0915067c";
pub(super) const RAIZ_V5: &str = "caa53fc6091c6951887c976e378f6ef89aa6377c55d97b6475422b71ed7e9b17";
pub(super) const RAIZ_V12: &str = "d8478e37ce19c690cf657381e68fe600e4e1a042536830f06847e03e554c4b01";

const fn hundred(arc: &'static str) -> CertificatePolicies {
    CertificatePolicies { arc, first: 1, last: 100 }
}

/// A1 to A4.
const SIGNING: &[CertificatePolicies] =
    &[hundred("2.16.76.1.2.1"), hundred("2.16.76.1.2.2"), hundred("2.16.76.1.2.3"), hundred("2.16.76.1.2.4")];
/// T3 and T4.
const STAMPING: &[CertificatePolicies] = &[hundred("2.16.76.1.2.303"), hundred("2.16.76.1.2.304")];

const fn limit(root: &'static str, policies: &'static [CertificatePolicies]) -> RootLimit {
    RootLimit { root, policies }
}

pub(super) const LIMITS_2001_V1: &[RootLimit] = &[limit(RAIZ_2001, SIGNING), limit(RAIZ_V1, SIGNING)];
pub(super) const LIMITS_V1: &[RootLimit] = &[limit(RAIZ_V1, SIGNING)];
pub(super) const LIMITS_V5_V2: &[RootLimit] = &[limit(RAIZ_V5, SIGNING), limit(RAIZ_V2, SIGNING)];
pub(super) const LIMITS_2001_V1_TSA: &[RootLimit] = &[limit(RAIZ_2001, STAMPING), limit(RAIZ_V1, STAMPING)];
pub(super) const LIMITS_V1_TSA: &[RootLimit] = &[limit(RAIZ_V1, STAMPING)];
pub(super) const LIMITS_V5_V2_TSA: &[RootLimit] = &[limit(RAIZ_V5, STAMPING), limit(RAIZ_V2, STAMPING)];

const fn allowed(identifier: &str, min_bits: u32) -> AllowedAlgorithm {
    AllowedAlgorithm { oid: oid(identifier), min_bits }
}

const SHA1_WITH_RSA: &str = "1.2.840.113549.1.1.5";
const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";
const SHA512_WITH_RSA: &str = "1.2.840.113549.1.1.13";

pub(super) const ALGORITHMS_2008: &[AllowedAlgorithm] = &[allowed(SHA1_WITH_RSA, 1024)];
pub(super) const ALGORITHMS_2011: &[AllowedAlgorithm] = &[allowed(SHA1_WITH_RSA, 1024), allowed(SHA256_WITH_RSA, 1024)];
pub(super) const ALGORITHMS_2012: &[AllowedAlgorithm] = &[allowed(SHA256_WITH_RSA, 2048)];
pub(super) const ALGORITHMS_2016: &[AllowedAlgorithm] =
    &[allowed(SHA256_WITH_RSA, 2048), allowed(SHA512_WITH_RSA, 2048)];
/// ECDSA with SHA-256 and SHA-512, Ed25519, Ed25519ph, Ed448, Ed448ph; neither RSASSA-PSS nor SHA-384.
pub(super) const ALGORITHMS_2025: &[AllowedAlgorithm] = &[
    allowed(SHA256_WITH_RSA, 2048),
    allowed(SHA512_WITH_RSA, 2048),
    allowed("1.2.840.10045.4.3.2", 256),
    allowed("1.2.840.10045.4.3.4", 256),
    allowed("1.3.101.112", 256),
    allowed("1.3.101.114", 256),
    allowed("1.3.101.113", 456),
    allowed("1.3.101.115", 456),
];

const CONTENT_TYPE: Oid = oid("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: Oid = oid("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: Oid = oid("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: Oid = oid("1.2.840.113549.1.9.16.2.47");
const SIG_POLICY_ID: Oid = oid("1.2.840.113549.1.9.16.2.15");
const SIGNATURE_TIME_STAMP: Oid = oid("1.2.840.113549.1.9.16.2.14");
const CERTIFICATE_REFS: Oid = oid("1.2.840.113549.1.9.16.2.21");
const REVOCATION_REFS: Oid = oid("1.2.840.113549.1.9.16.2.22");
const CERT_VALUES: Oid = oid("1.2.840.113549.1.9.16.2.23");
const REVOCATION_VALUES: Oid = oid("1.2.840.113549.1.9.16.2.24");
const ESC_TIME_STAMP: Oid = oid("1.2.840.113549.1.9.16.2.25");
/// `id-aa-ets-archiveTimestampV2` (RFC 5126 §6.4.1), not the one of ETSI EN 319 122.
const ARCHIVE_TIME_STAMP_V2: Oid = oid("1.2.840.113549.1.9.16.2.48");

pub(super) const SIGNED_V1: &[Oid] = &[CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE, SIG_POLICY_ID];
pub(super) const SIGNED_V2_1: &[Oid] = &[CONTENT_TYPE, MESSAGE_DIGEST, SIG_POLICY_ID, SIGNING_CERTIFICATE_V2];
pub(super) const SIGNED: &[Oid] = &[CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2, SIG_POLICY_ID];

pub(super) const NONE: &[Oid] = &[];
pub(super) const STAMP: &[Oid] = &[SIGNATURE_TIME_STAMP];
pub(super) const RV: &[Oid] = &[SIGNATURE_TIME_STAMP, CERTIFICATE_REFS, REVOCATION_REFS, ESC_TIME_STAMP];
pub(super) const RC: &[Oid] =
    &[SIGNATURE_TIME_STAMP, CERTIFICATE_REFS, REVOCATION_REFS, ESC_TIME_STAMP, CERT_VALUES, REVOCATION_VALUES];
pub(super) const RA: &[Oid] =
    &[CERTIFICATE_REFS, REVOCATION_REFS, CERT_VALUES, REVOCATION_VALUES, ARCHIVE_TIME_STAMP_V2];
pub(super) const RA_OLD: &[Oid] =
    &[SIGNATURE_TIME_STAMP, CERTIFICATE_REFS, REVOCATION_REFS, CERT_VALUES, REVOCATION_VALUES, ARCHIVE_TIME_STAMP_V2];

pub(super) const DICTIONARY: Dictionary = Dictionary { filter: "PBAD_PAdES", sub_filter: "PBAD.PAdES" };
/// As the defective policies have it.
pub(super) const DICTIONARY_BLANK: Dictionary = Dictionary { filter: "PBAD_PAdES ", sub_filter: "PBAD.PAdES " };
/// The policies of June 2025 want names that end with a blank; those of July 2025 were issued without it.
pub(super) const TRAILING_BLANK: &str = "trailing_blank";

pub(super) const EVIDENCE_RC: EvidenceEntries =
    EvidenceEntries { dss: &["Certs"], vri: &["Cert"], document_time_stamp: true };
/// The first version called the entry of a VRI as that of the DSS.
pub(super) const EVIDENCE_RC_1_0: EvidenceEntries =
    EvidenceEntries { dss: &["Certs"], vri: &["Certs"], document_time_stamp: true };
pub(super) const EVIDENCE_RA: EvidenceEntries = EvidenceEntries {
    dss: &["Certs", "PBAD_PolicyArtifacts", "PBAD_LpaArtifacts", "PBAD_LpaSignatures"],
    vri: &["Cert", "PBAD_PolicyArtifact", "PBAD_LpaArtifact", "PBAD_LpaSignature"],
    document_time_stamp: true,
};
pub(super) const EVIDENCE_RA_1_0: EvidenceEntries = EvidenceEntries {
    dss: &["Certs", "PBAD_PolicyArtifacts", "PBAD_LpaArtifacts", "PBAD_LpaSignatures"],
    vri: &["Certs", "PBAD_PolicyArtifact", "PBAD_LpaArtifact", "PBAD_LpaSignature"],
    document_time_stamp: true,
};
