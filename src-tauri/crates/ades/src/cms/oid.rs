//! Object identifiers of CMS, ESS and CAdES.

use const_oid::ObjectIdentifier as Oid;

/// id-data (RFC 5652 §4).
pub const DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.1");
/// id-signedData (RFC 5652 §5.1).
pub const SIGNED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.2");
/// id-contentType (RFC 5652 §11.1).
pub const CONTENT_TYPE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.3");
/// id-messageDigest (RFC 5652 §11.2).
pub const MESSAGE_DIGEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.4");
/// id-signingTime (RFC 5652 §11.3).
pub const SIGNING_TIME: Oid = Oid::new_unwrap("1.2.840.113549.1.9.5");
/// id-ct-TSTInfo (RFC 3161 §2.4.2).
pub const TST_INFO: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// id-countersignature (RFC 5652 §11.4).
pub const COUNTERSIGNATURE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.6");
/// id-aa-CMSAlgorithmProtection (RFC 6211).
pub const ALGORITHM_PROTECTION: Oid = Oid::new_unwrap("1.2.840.113549.1.9.52");
/// id-aa-contentHint (RFC 2634 §2.9).
pub const CONTENT_HINTS: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.4");
/// id-aa-contentIdentifier (RFC 2634 §2.7).
pub const CONTENT_IDENTIFIER: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.7");
/// id-aa-contentReference (RFC 2634 §2.11).
pub const CONTENT_REFERENCE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.10");
/// id-aa-signingCertificate, with SHA-1 (RFC 2634 §5.4).
pub const SIGNING_CERTIFICATE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.12");
/// id-aa-signatureTimeStampToken (RFC 3161 appendix A).
pub const SIGNATURE_TIME_STAMP: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.14");
/// id-aa-ets-sigPolicyId (EN 319 122-1 §5.2.9).
pub const SIGNATURE_POLICY: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.15");
/// id-spq-ets-uri: the qualifier with the address of a policy (RFC 5126 §5.8.1).
pub const SP_URI: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.5.1");
/// id-aa-ets-commitmentType (EN 319 122-1 §5.2.3).
pub const COMMITMENT_TYPE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.16");
/// id-aa-ets-signerLocation (EN 319 122-1 §5.2.5).
pub const SIGNER_LOCATION: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.17");
/// id-aa-ets-mimeType (EN 319 122-1 §5.2.4.4).
pub const MIME_TYPE: Oid = Oid::new_unwrap("0.4.0.1733.2.1");
/// id-aa-ets-contentTimestamp (EN 319 122-1 §5.2.8).
pub const CONTENT_TIME_STAMP: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.20");
/// id-aa-ets-certificateRefs (RFC 5126 §6.2.1).
pub const CERTIFICATE_REFS: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.21");
/// id-aa-ets-revocationRefs (RFC 5126 §6.2.2).
pub const REVOCATION_REFS: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.22");
/// id-aa-ets-certValues (RFC 5126 §6.3.3).
pub const CERTIFICATE_VALUES: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.23");
/// id-aa-ets-revocationValues (RFC 5126 §6.3.4).
pub const REVOCATION_VALUES: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.24");
/// id-aa-ets-escTimeStamp (RFC 5126 §6.3.5).
pub const ESC_TIME_STAMP: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.25");
/// id-aa-ets-certCRLTimestamp (RFC 5126 §6.3.6).
pub const REFERENCES_TIME_STAMP: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.26");
/// id-aa-ets-archiveTimestamp, the first one (RFC 3126 §3.12.1).
pub const ARCHIVE_TIME_STAMP_V1: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.27");
/// id-aa-ets-archiveTimestampV2 (RFC 5126 §6.4.1).
pub const ARCHIVE_TIME_STAMP_V2: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.48");
/// id-aa-ets-archiveTimestampV3 (EN 319 122-1 §5.5.3).
pub const ARCHIVE_TIME_STAMP_V3: Oid = Oid::new_unwrap("0.4.0.1733.2.4");
/// id-aa-ATSHashIndex-v3 (EN 319 122-1 §5.5.2).
pub const ATS_HASH_INDEX_V3: Oid = Oid::new_unwrap("0.4.0.19122.1.5");
/// id-aa-signingCertificateV2 (RFC 5035).
pub const SIGNING_CERTIFICATE_V2: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// id-ri-ocsp-response (RFC 5940): an OCSP response among the CRLs.
pub const OCSP_RESPONSE: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.16.2");
/// id-pkix-ocsp-basic (RFC 6960 §4.2.1).
pub const OCSP_BASIC: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.1");
/// id-ce-cRLNumber (RFC 5280 §5.2.3).
pub const CRL_NUMBER: Oid = Oid::new_unwrap("2.5.29.20");
/// id-ce-subjectKeyIdentifier (RFC 5280 §4.2.1.2).
pub const SUBJECT_KEY_IDENTIFIER: Oid = Oid::new_unwrap("2.5.29.14");
/// rsaEncryption (RFC 8017 appendix C).
pub const RSA_ENCRYPTION: Oid = Oid::new_unwrap("1.2.840.113549.1.1.1");
/// id-RSASSA-PSS (RFC 8017 appendix C).
pub const RSASSA_PSS: Oid = Oid::new_unwrap("1.2.840.113549.1.1.10");
/// SHA-1.
pub const SHA1: Oid = Oid::new_unwrap("1.3.14.3.2.26");
/// MD5.
pub const MD5: Oid = Oid::new_unwrap("1.2.840.113549.2.5");
/// SHA-256 (RFC 5754 §2).
pub const SHA256: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.1");
/// SHA-384 (RFC 5754 §2).
pub const SHA384: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.2");
/// SHA-512 (RFC 5754 §2).
pub const SHA512: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.3");
