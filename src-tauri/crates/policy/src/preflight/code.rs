//! Stable codes of the reasons; the UI has one entry for each.
//!
//! «Thread» names a discussion in a public repository where ITI's validator refused such a file.

/// RSASSA-PSS. No policy lists it (`algorithmConstraintSet` of every `PA_*.der`). Params: `algorithm`, `policy`.
pub const PSS: &str = "preflight_pss";
/// SHA-384 with a key that could sign with another hash. No policy lists it. Params: `algorithm`, `policy`.
pub const HASH: &str = "preflight_hash";
/// A key none of whose algorithms the policy lists: P-384, which signs with SHA-384 alone; curves under policies before 2025;
/// ML-DSA. Params: `key`, `policy`.
pub const KEY_TYPE: &str = "preflight_key_type";
/// Another algorithm that the policy does not list. Params: `algorithm`, `policy`.
pub const ALGORITHM: &str = "preflight_algorithm";
/// A key smaller than `minKeyLength` of its algorithm (RFC 3125 §3.10). Params: `bits`, `minimum`, `policy`.
pub const KEY_TOO_SMALL: &str = "preflight_key_too_small";
/// The signing period of the policy is over (RFC 3125 §3.2). Params: `policy`, `date`.
pub const POLICY_EXPIRED: &str = "preflight_policy_expired";
/// The signing period of the policy has not begun. Params: `policy`, `date`.
pub const POLICY_NOT_YET_VALID: &str = "preflight_policy_not_yet_valid";
/// ITI revoked the policy (`revocationDate` in the list of approved policies). Params: `policy`, `date`.
pub const POLICY_REVOKED: &str = "preflight_policy_revoked";
/// The policy wants names in the PDF that end with a blank (PAdES AD-RB and AD-RT 1.2, AD-RC and AD-RA 1.3), and its
/// successor does not. Params: `policy`, `defect`.
pub const POLICY_DEFECTIVE: &str = "preflight_policy_defective";
/// The signature would name its policy by SHA-1 (the policies of 2008 to 2012). Params: `policy`.
pub const POLICY_OLD_HASH: &str = "preflight_policy_old_hash";
/// No list of approved policies is at hand, so that nobody knows whether the policy still is one. Params: `policy`.
pub const LIST_ABSENT: &str = "preflight_list_absent";
/// `nextUpdate` of the list at hand is over. Params: `policy`, `date`.
pub const LIST_STALE: &str = "preflight_list_stale";
/// The list at hand does not have the policy. Params: `policy`, `date`.
pub const POLICY_NOT_LISTED: &str = "preflight_policy_not_listed";
/// The list at hand has another file under the policy's identifier. Params: `policy`.
pub const POLICY_DIGEST: &str = "preflight_policy_digest";
/// The format has no such level: there is no AD-RV for PAdES (tree 2.16.76.1.7.1). Params: `level`, `format`.
pub const LEVEL_MISSING: &str = "preflight_level_missing";
/// The policy is one for the other format. Params: `policy`, `format`.
pub const OTHER_FORMAT: &str = "preflight_other_format";
/// The policy is one for another level. Params: `policy`, `level`.
pub const OTHER_LEVEL: &str = "preflight_other_level";
/// `/SubFilter /ETSI.CAdES.detached` with a policy of ICP-Brasil, which wants `PBAD.PAdES` (extension 2.16.76.1.8.1).
/// Params: `policy`.
pub const ETSI_WITH_POLICY: &str = "preflight_etsi_with_policy";
/// `/SubFilter /PBAD.PAdES` without a policy: only the policies define it. No params.
pub const PBAD_WITHOUT_POLICY: &str = "preflight_pbad_without_policy";
/// `signing-time` in the CMS of a PAdES: «Atributo assinado proibido presente: 1.2.840.113549.1.9.5». Threads
/// demoiselle/signer#349 and #354. No params.
pub const SIGNING_TIME: &str = "preflight_signing_time";
/// The path does not end at a root of ICP-Brasil. Params: `root`.
pub const NOT_ICP_BRASIL: &str = "preflight_not_icp_brasil";
/// The root is one of ICP-Brasil but no trust point of the policy, and of another that may be signed under: v12 with a policy before
/// 2025 (`signerTrustTrees`). Thread: Demoiselle, «incidente Raiz v12 vs políticas». Params: `root`, `policy`, `fitting` (the name of
/// the other).
pub const ROOT_NOT_IN_POLICY: &str = "preflight_root_not_in_policy";
/// The root is one of ICP-Brasil but no trust point of the policy, nor of any other of its kind that may be signed under now: v3, v6,
/// v7, v10 and v11 are in none, and those that older versions have (v2) have ended. Params: `root`, `policy`.
pub const ROOT_IN_NO_POLICY: &str = "preflight_root_in_no_policy";
/// The certificate's own policy is none that the signature policy takes below this root (`acceptablePolicySet`).
/// Params: `policy`, `certificate_policies`.
pub const CERTIFICATE_POLICY: &str = "preflight_certificate_policy";
/// The certificate is over. Params: `date`.
pub const CERTIFICATE_EXPIRED: &str = "preflight_certificate_expired";
/// The certificate has not begun. Params: `date`.
pub const CERTIFICATE_NOT_YET_VALID: &str = "preflight_certificate_not_yet_valid";
/// The certificate, or one above it, is revoked or on hold. Params: `name`, `date`, `reason`, `on_hold`.
pub const CERTIFICATE_REVOKED: &str = "preflight_certificate_revoked";
/// Nobody says at hand whether the certificate is revoked, and nobody is asked. Params: `name`, `reason`.
pub const CERTIFICATE_UNCHECKED: &str = "preflight_certificate_unchecked";
/// A CA above the signer is over or has not begun. Thread demoiselle/signer#384. Params: `name`, `date`.
pub const AUTHORITY_EXPIRED: &str = "preflight_authority_expired";
/// A certificate that is not for signing documents: keyUsage, extKeyUsage, or a CA's. No params.
pub const NOT_FOR_SIGNING: &str = "preflight_not_for_signing";
/// A type of ICP-Brasil that expresses nobody's will: seal, equipment, time stamp (Resolução CG 211, art. 4). Params: `type`.
pub const CERTIFICATE_TYPE: &str = "preflight_certificate_type";
/// The path is not known up to a root. Params: `name` (the issuer that is missing).
pub const CHAIN_UNKNOWN: &str = "preflight_chain_unknown";
/// Certificates of the path are not in the CMS: «Não foi possível recuperar certificados do caminho». Thread
/// demoiselle/certificate#14. Params: `missing` (how many), `name` (the first of them).
pub const CHAIN_NOT_ENCLOSED: &str = "preflight_chain_not_enclosed";
/// A signature that the document has already is broken, and so what is signed now never looks whole. Params: `name` (of the signers).
pub const DOCUMENT_BROKEN: &str = "preflight_document_broken";
/// The visible stamp sends its reader to VALIDAR, which does not know the signer's chain. No params.
pub const STAMP_NOT_AT_VALIDAR: &str = "preflight_stamp_not_at_validar";
/// The document was certified so that nothing may change (DocMDP 1). Threads LibreSign#6935, demoiselle/signer#439. No params.
pub const DOCUMENT_CERTIFIED: &str = "preflight_document_certified";
/// An earlier signature locks every field (FieldMDP, `/Lock`). No params.
pub const DOCUMENT_LOCKED: &str = "preflight_document_locked";
/// The level wants a time stamp, and there is no time-stamping authority; of a signature that was made: one of the time stamps that
/// the policy names is not there, or none there holds. Params: `level`.
pub const TIME_STAMP_MISSING: &str = "preflight_time_stamp_missing";
/// The time-stamping authority is under no root of ICP-Brasil. Params: `root`.
pub const TIME_STAMP_NOT_ICP_BRASIL: &str = "preflight_time_stamp_not_icp_brasil";
/// The path of the time-stamping authority is not known up to a root. Params: `name` (the issuer that is missing).
pub const TIME_STAMP_CHAIN_UNKNOWN: &str = "preflight_time_stamp_chain_unknown";
/// Its root is none that the policy takes for time stamps (`ttsCertificateTrustTrees`). Params: `root`, `policy`.
pub const TIME_STAMP_ROOT: &str = "preflight_time_stamp_root";
/// Its certificate's policy is none that the signature policy takes (T3, T4). Params: `policy`, `certificate_policies`.
pub const TIME_STAMP_POLICY: &str = "preflight_time_stamp_policy";
/// The level wants revocation evidence, and there is none, or not for everyone. Params: `level`, `missing`.
pub const EVIDENCE_MISSING: &str = "preflight_evidence_missing";
/// The level embeds the policy, the list and its signature, and they are not at hand. Params: `policy`.
pub const ARTIFACTS_MISSING: &str = "preflight_artifacts_missing";
/// A signed attribute that the policy wants is not there (`mandatedSignedAttr`). Params: `oid`.
pub const ATTRIBUTE_MISSING: &str = "preflight_attribute_missing";
/// A signed attribute is there twice, or more than one value in it (RFC 5652 §5.3). Params: `oid`.
pub const ATTRIBUTE_TWICE: &str = "preflight_attribute_twice";
/// `sigPolicyId` names another policy or has another hash: «Inconsistência no IdAaEtsSigPolicyIdentifier». Thread
/// demoiselle/certificate#12. Params: `policy`.
pub const POLICY_REFERENCE: &str = "preflight_policy_reference";
/// `signing-certificate-v2` is not this certificate's. Thread demoiselle/signer#271. No params.
pub const SIGNING_CERTIFICATE: &str = "preflight_signing_certificate";
/// IssuerSerial is no GeneralNames with one directoryName, or not byte for byte the issuer's name: «IssuerSerial do
/// id-aa-SigningCertificate não está válido», «A ordem dos RDNs no campo IssuerSerial está incorreta». Threads
/// demoiselle/certificate#44, demoiselle/signer#271. No params.
pub const ISSUER_SERIAL: &str = "preflight_issuer_serial";
/// The signed attributes are no DER. Params: `offset`.
pub const ATTRIBUTES_UNREADABLE: &str = "preflight_attributes_unreadable";

/// Every code, for tables and tests.
pub const ALL: [&str; 50] = [
    PSS,
    HASH,
    KEY_TYPE,
    ALGORITHM,
    KEY_TOO_SMALL,
    POLICY_EXPIRED,
    POLICY_NOT_YET_VALID,
    POLICY_REVOKED,
    POLICY_DEFECTIVE,
    POLICY_OLD_HASH,
    LIST_ABSENT,
    LIST_STALE,
    POLICY_NOT_LISTED,
    POLICY_DIGEST,
    LEVEL_MISSING,
    OTHER_FORMAT,
    OTHER_LEVEL,
    ETSI_WITH_POLICY,
    PBAD_WITHOUT_POLICY,
    SIGNING_TIME,
    NOT_ICP_BRASIL,
    ROOT_NOT_IN_POLICY,
    ROOT_IN_NO_POLICY,
    CERTIFICATE_POLICY,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_REVOKED,
    CERTIFICATE_UNCHECKED,
    AUTHORITY_EXPIRED,
    NOT_FOR_SIGNING,
    CERTIFICATE_TYPE,
    CHAIN_UNKNOWN,
    CHAIN_NOT_ENCLOSED,
    DOCUMENT_BROKEN,
    STAMP_NOT_AT_VALIDAR,
    DOCUMENT_CERTIFIED,
    DOCUMENT_LOCKED,
    TIME_STAMP_MISSING,
    TIME_STAMP_NOT_ICP_BRASIL,
    TIME_STAMP_CHAIN_UNKNOWN,
    TIME_STAMP_ROOT,
    TIME_STAMP_POLICY,
    EVIDENCE_MISSING,
    ARTIFACTS_MISSING,
    ATTRIBUTE_MISSING,
    ATTRIBUTE_TWICE,
    POLICY_REFERENCE,
    SIGNING_CERTIFICATE,
    ISSUER_SERIAL,
    ATTRIBUTES_UNREADABLE,
];
