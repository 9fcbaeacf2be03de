//! Names of object identifiers, as their ASN.1 modules spell them (language-neutral; the UI translates by OID).

/// Short name of an attribute type as distinguished names print it; `None` where RFC 4514 wants the dotted form.
pub(crate) fn attribute(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.13" => "description",
        "2.5.4.15" => "businessCategory",
        "2.5.4.17" => "postalCode",
        "2.5.4.42" => "GN",
        "2.5.4.43" => "initials",
        "2.5.4.44" => "generationQualifier",
        "2.5.4.46" => "dnQualifier",
        "2.5.4.65" => "pseudonym",
        "2.5.4.16" => "postalAddress",
        "2.5.4.18" => "postOfficeBox",
        "2.5.4.20" => "telephoneNumber",
        "2.5.4.41" => "name",
        "2.5.4.45" => "x500UniqueIdentifier",
        "2.5.4.72" => "role",
        "1.2.840.113549.1.9.2" => "unstructuredName",
        "1.2.840.113549.1.9.8" => "unstructuredAddress",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        "1.3.6.1.4.1.311.60.2.1.1" => "jurisdictionL",
        "1.3.6.1.4.1.311.60.2.1.2" => "jurisdictionST",
        "1.3.6.1.4.1.311.60.2.1.3" => "jurisdictionC",
        _ => return None,
    })
}

/// Name of a certificate or CRL extension.
pub(crate) fn extension(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.29.9" => "subjectDirectoryAttributes",
        "2.5.29.14" => "subjectKeyIdentifier",
        "2.5.29.15" => "keyUsage",
        "2.5.29.16" => "privateKeyUsagePeriod",
        "2.5.29.17" => "subjectAltName",
        "2.5.29.18" => "issuerAltName",
        "2.5.29.19" => "basicConstraints",
        "2.5.29.20" => "cRLNumber",
        "2.5.29.21" => "cRLReason",
        "2.5.29.23" => "holdInstructionCode",
        "2.5.29.24" => "invalidityDate",
        "2.5.29.27" => "deltaCRLIndicator",
        "2.5.29.28" => "issuingDistributionPoint",
        "2.5.29.29" => "certificateIssuer",
        "2.5.29.30" => "nameConstraints",
        "2.5.29.31" => "cRLDistributionPoints",
        "2.5.29.32" => "certificatePolicies",
        "2.5.29.33" => "policyMappings",
        "2.5.29.35" => "authorityKeyIdentifier",
        "2.5.29.36" => "policyConstraints",
        "2.5.29.37" => "extKeyUsage",
        "2.5.29.46" => "freshestCRL",
        "2.5.29.54" => "inhibitAnyPolicy",
        "2.5.29.56" => "noRevAvail",
        "2.5.29.60" => "expiredCertsOnCRL",
        "1.3.6.1.5.5.7.1.1" => "authorityInfoAccess",
        "1.3.6.1.5.5.7.1.2" => "biometricInfo",
        "1.3.6.1.5.5.7.1.3" => "qcStatements",
        "1.3.6.1.5.5.7.1.11" => "subjectInfoAccess",
        "1.3.6.1.5.5.7.1.12" => "logotype",
        "1.3.6.1.5.5.7.1.24" => "tlsFeature",
        "1.3.6.1.5.5.7.48.1.5" => "ocspNoCheck",
        "1.3.6.1.4.1.11129.2.4.2" => "signedCertificateTimestampList",
        "1.3.6.1.4.1.11129.2.4.3" => "ctPoison",
        "1.3.6.1.4.1.311.20.2" => "msEnrollCertTypeExtension",
        "1.3.6.1.4.1.311.21.1" => "msCaVersion",
        "1.3.6.1.4.1.311.21.2" => "msPreviousCertHash",
        "1.3.6.1.4.1.311.21.7" => "msCertificateTemplate",
        "1.3.6.1.4.1.311.21.4" => "msNextCrlPublish",
        "1.3.6.1.4.1.311.21.10" => "msApplicationPolicies",
        "1.3.6.1.4.1.311.21.11" => "msApplicationPolicyMappings",
        "1.3.6.1.4.1.311.21.12" => "msApplicationPolicyConstraints",
        "1.3.6.1.4.1.311.21.14" => "msCrlSelfCdp",
        "1.3.6.1.4.1.311.25.2" => "msNtdsCaSecurity",
        "1.3.6.1.4.1.11129.2.4.5" => "ocspSignedCertificateTimestampList",
        "1.2.840.113533.7.65.0" => "entrustVersion",
        "1.2.840.113549.1.9.15" => "smimeCapabilities",
        "1.2.840.113583.1.1.9.1" => "adobeTimeStamp",
        "1.2.840.113583.1.1.9.2" => "adobeArchiveRevInfo",
        "2.16.840.1.113730.1.1" => "netscapeCertType",
        "2.16.840.1.113730.1.2" => "netscapeBaseUrl",
        "2.16.840.1.113730.1.3" => "netscapeRevocationUrl",
        "2.16.840.1.113730.1.4" => "netscapeCaRevocationUrl",
        "2.16.840.1.113730.1.7" => "netscapeRenewalUrl",
        "2.16.840.1.113730.1.8" => "netscapeCaPolicyUrl",
        "2.16.840.1.113730.1.12" => "netscapeSslServerName",
        "2.16.840.1.113730.1.13" => "netscapeComment",
        "2.23.140.3.1" => "cabfOrganizationIdentifier",
        _ => return None,
    })
}

/// Name of an extended key usage.
pub(crate) fn extended_usage(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.29.37.0" => "anyExtendedKeyUsage",
        "1.3.6.1.5.5.7.3.1" => "serverAuth",
        "1.3.6.1.5.5.7.3.2" => "clientAuth",
        "1.3.6.1.5.5.7.3.3" => "codeSigning",
        "1.3.6.1.5.5.7.3.4" => "emailProtection",
        "1.3.6.1.5.5.7.3.5" => "ipsecEndSystem",
        "1.3.6.1.5.5.7.3.6" => "ipsecTunnel",
        "1.3.6.1.5.5.7.3.7" => "ipsecUser",
        "1.3.6.1.5.5.7.3.8" => "timeStamping",
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning",
        "1.3.6.1.5.5.7.3.17" => "ipsecIKE",
        "1.3.6.1.5.5.7.3.36" => "documentSigning",
        "1.3.6.1.4.1.311.10.3.4" => "msEncryptedFileSystem",
        "1.3.6.1.4.1.311.10.3.12" => "msDocumentSigning",
        "1.3.6.1.4.1.311.20.2.2" => "msSmartcardLogon",
        "1.2.840.113583.1.1.5" => "adobeAuthenticDocumentsTrust",
        "1.3.6.1.5.2.3.4" => "pkinitClientAuth",
        "1.3.6.1.5.2.3.5" => "pkinitKdc",
        "1.3.6.1.5.5.7.3.14" => "eapOverLAN",
        "1.3.6.1.5.5.7.3.21" => "sshClient",
        "1.3.6.1.5.5.7.3.22" => "sshServer",
        "1.3.6.1.5.5.7.3.31" => "brandIndicatorForMessageIdentification",
        "1.3.6.1.4.1.311.10.3.1" => "msCertTrustListSigning",
        "1.3.6.1.4.1.311.10.3.11" => "msKeyRecovery",
        "1.3.6.1.4.1.311.20.2.1" => "msEnrollmentAgent",
        "1.3.6.1.4.1.311.21.5" => "msCaExchange",
        "1.3.6.1.4.1.311.21.6" => "msKeyRecoveryAgent",
        "1.3.6.1.4.1.311.10.12.1" => "msAnyApplicationPolicy",
        "1.3.6.1.4.1.311.2.1.21" => "msIndividualCodeSigning",
        "1.3.6.1.4.1.311.2.1.22" => "msCommercialCodeSigning",
        "0.4.0.2231.3.0" => "etsiTslSigning",
        "2.16.840.1.113730.4.1" => "netscapeServerGatedCrypto",
        "1.3.6.1.4.1.311.10.3.3" => "msServerGatedCrypto",
        _ => return None,
    })
}

/// Name of a key or signature algorithm.
pub(crate) fn algorithm(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.113549.1.1.1" => "rsaEncryption",
        "1.2.840.113549.1.1.2" => "md2WithRSAEncryption",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.7" => "rsaesOaep",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.113549.1.1.14" => "sha224WithRSAEncryption",
        "1.2.840.10040.4.1" => "dsa",
        "1.2.840.113549.1.1.3" => "md4WithRSAEncryption",
        "1.2.840.113549.1.1.8" => "mgf1",
        "1.2.840.113549.2.5" => "MD5",
        "1.2.840.10040.4.3" => "dsaWithSha1",
        "2.16.840.1.101.3.4.3.1" => "dsaWithSha224",
        "2.16.840.1.101.3.4.3.9" => "ecdsaWithSHA3-224",
        "2.16.840.1.101.3.4.3.10" => "ecdsaWithSHA3-256",
        "2.16.840.1.101.3.4.3.11" => "ecdsaWithSHA3-384",
        "2.16.840.1.101.3.4.3.12" => "ecdsaWithSHA3-512",
        "2.16.840.1.101.3.4.3.14" => "rsassaPkcs1v15WithSHA3-256",
        "2.16.840.1.101.3.4.3.15" => "rsassaPkcs1v15WithSHA3-384",
        "2.16.840.1.101.3.4.3.16" => "rsassaPkcs1v15WithSHA3-512",
        "2.16.840.1.101.3.4.3.20" => "SLH-DSA-SHA2-128s",
        "2.16.840.1.101.3.4.3.21" => "SLH-DSA-SHA2-128f",
        "2.16.840.1.101.3.4.3.22" => "SLH-DSA-SHA2-192s",
        "2.16.840.1.101.3.4.3.23" => "SLH-DSA-SHA2-192f",
        "2.16.840.1.101.3.4.3.24" => "SLH-DSA-SHA2-256s",
        "2.16.840.1.101.3.4.3.25" => "SLH-DSA-SHA2-256f",
        "2.16.840.1.101.3.4.3.26" => "SLH-DSA-SHAKE-128s",
        "2.16.840.1.101.3.4.3.27" => "SLH-DSA-SHAKE-128f",
        "2.16.840.1.101.3.4.3.28" => "SLH-DSA-SHAKE-192s",
        "2.16.840.1.101.3.4.3.29" => "SLH-DSA-SHAKE-192f",
        "2.16.840.1.101.3.4.3.30" => "SLH-DSA-SHAKE-256s",
        "2.16.840.1.101.3.4.3.31" => "SLH-DSA-SHAKE-256f",
        "2.16.840.1.101.3.4.4.1" => "ML-KEM-512",
        "2.16.840.1.101.3.4.4.2" => "ML-KEM-768",
        "2.16.840.1.101.3.4.4.3" => "ML-KEM-1024",
        "2.16.840.1.101.3.4.2.8" => "SHA3-256",
        "2.16.840.1.101.3.4.2.9" => "SHA3-384",
        "2.16.840.1.101.3.4.2.10" => "SHA3-512",
        "2.16.840.1.101.3.4.3.2" => "dsaWithSha256",
        "1.2.840.10045.2.1" => "ecPublicKey",
        "1.2.840.10045.4.1" => "ecdsaWithSHA1",
        "1.2.840.10045.4.3.1" => "ecdsaWithSHA224",
        "1.2.840.10045.4.3.2" => "ecdsaWithSHA256",
        "1.2.840.10045.4.3.3" => "ecdsaWithSHA384",
        "1.2.840.10045.4.3.4" => "ecdsaWithSHA512",
        "1.3.101.110" => "X25519",
        "1.3.101.111" => "X448",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        "1.2.840.113549.1.5.12" => "PBKDF2",
        "1.2.840.113549.1.5.13" => "PBES2",
        "1.2.840.113549.1.5.14" => "PBMAC1",
        "1.2.840.113549.1.12.1.1" => "pbeWithSHAAnd128BitRC4",
        "1.2.840.113549.1.12.1.2" => "pbeWithSHAAnd40BitRC4",
        "1.2.840.113549.1.12.1.3" => "pbeWithSHAAnd3-KeyTripleDES-CBC",
        "1.2.840.113549.1.12.1.4" => "pbeWithSHAAnd2-KeyTripleDES-CBC",
        "1.2.840.113549.1.12.1.5" => "pbeWithSHAAnd128BitRC2-CBC",
        "1.2.840.113549.1.12.1.6" => "pbeWithSHAAnd40BitRC2-CBC",
        "1.2.840.113549.2.7" => "hmacWithSHA1",
        "1.2.840.113549.2.8" => "hmacWithSHA224",
        "1.2.840.113549.2.9" => "hmacWithSHA256",
        "1.2.840.113549.2.10" => "hmacWithSHA384",
        "1.2.840.113549.2.11" => "hmacWithSHA512",
        "1.2.840.113549.3.2" => "RC2-CBC",
        "1.2.840.113549.3.7" => "3DES-CBC",
        "1.3.14.3.2.26" => "SHA-1",
        "2.16.840.1.101.3.4.2.1" => "SHA-256",
        "2.16.840.1.101.3.4.2.2" => "SHA-384",
        "2.16.840.1.101.3.4.2.3" => "SHA-512",
        "2.16.840.1.101.3.4.2.4" => "SHA-224",
        "2.16.840.1.101.3.4.1.2" => "AES-128-CBC",
        "2.16.840.1.101.3.4.1.22" => "AES-192-CBC",
        "2.16.840.1.101.3.4.1.42" => "AES-256-CBC",
        "1.3.6.1.4.1.11591.4.11" => "scrypt",
        _ => return None,
    })
}

/// Usual name and size in bits of a named curve.
pub(crate) fn curve(oid: &str) -> Option<(&'static str, u32)> {
    Some(match oid {
        "1.2.840.10045.3.1.1" => ("P-192", 192),
        "1.3.132.0.33" => ("P-224", 224),
        "1.2.840.10045.3.1.7" => ("P-256", 256),
        "1.3.132.0.34" => ("P-384", 384),
        "1.3.132.0.35" => ("P-521", 521),
        "1.3.132.0.10" => ("secp256k1", 256),
        "1.3.132.0.31" => ("secp192k1", 192),
        "1.3.132.0.32" => ("secp224k1", 224),
        "1.3.36.3.3.2.8.1.1.1" => ("brainpoolP160r1", 160),
        "1.3.36.3.3.2.8.1.1.3" => ("brainpoolP192r1", 192),
        "1.3.36.3.3.2.8.1.1.5" => ("brainpoolP224r1", 224),
        "1.3.36.3.3.2.8.1.1.7" => ("brainpoolP256r1", 256),
        "1.3.36.3.3.2.8.1.1.8" => ("brainpoolP256t1", 256),
        "1.3.36.3.3.2.8.1.1.9" => ("brainpoolP320r1", 320),
        "1.3.36.3.3.2.8.1.1.10" => ("brainpoolP320t1", 320),
        "1.3.36.3.3.2.8.1.1.11" => ("brainpoolP384r1", 384),
        "1.3.36.3.3.2.8.1.1.12" => ("brainpoolP384t1", 384),
        "1.3.36.3.3.2.8.1.1.13" => ("brainpoolP512r1", 512),
        "1.3.36.3.3.2.8.1.1.14" => ("brainpoolP512t1", 512),
        _ => return None,
    })
}

/// Name of a certificate policy. ICP-Brasil types are under 2.16.76.1.2 (DOC-ICP-04).
pub(crate) fn policy(oid: &str) -> Option<&'static str> {
    use crate::brazil::IcpBrasilType as T;
    if let Some(kind) = T::from_policy(oid) {
        return Some(match kind {
            T::A1 => "ICP-Brasil A1",
            T::A2 => "ICP-Brasil A2",
            T::A3 => "ICP-Brasil A3",
            T::A4 => "ICP-Brasil A4",
            T::S1 => "ICP-Brasil S1",
            T::S2 => "ICP-Brasil S2",
            T::S3 => "ICP-Brasil S3",
            T::S4 => "ICP-Brasil S4",
            T::T3 => "ICP-Brasil T3",
            T::T4 => "ICP-Brasil T4",
            T::SeS => "ICP-Brasil SE-S",
            T::SeH => "ICP-Brasil SE-H",
            T::Ae => "ICP-Brasil AE",
            T::ACfeSat => "ICP-Brasil A CF-e-SAT",
            T::OmBr => "ICP-Brasil OM-BR",
        });
    }
    Some(match oid {
        "2.5.29.32.0" => "anyPolicy",
        "2.23.140.1.1" => "CA/Browser Forum: extended validation",
        "2.23.140.1.2.1" => "CA/Browser Forum: domain validated",
        "2.23.140.1.2.2" => "CA/Browser Forum: organization validated",
        "2.23.140.1.2.3" => "CA/Browser Forum: individual validated",
        "2.23.140.1.3" => "CA/Browser Forum: extended validation code signing",
        "2.23.140.1.4.1" => "CA/Browser Forum: code signing",
        "0.4.0.2042.1.1" => "ETSI NCP",
        "0.4.0.2042.1.2" => "ETSI NCP+",
        "0.4.0.2042.1.3" => "ETSI LCP",
        "0.4.0.194112.1.0" => "ETSI QCP-n",
        "0.4.0.194112.1.1" => "ETSI QCP-l",
        "0.4.0.194112.1.2" => "ETSI QCP-n-qscd",
        "0.4.0.194112.1.3" => "ETSI QCP-l-qscd",
        "0.4.0.194112.1.4" => "ETSI QCP-w",
        "0.4.0.2023.1.1" => "ETSI BTSP",
        _ if oid.starts_with("2.16.76.1.1.") => "ICP-Brasil: practice statement (DPC)",
        _ => return None,
    })
}

/// How an access description is reached (RFC 5280 §4.2.2).
pub(crate) fn access_method(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.3.6.1.5.5.7.48.1" => "ocsp",
        "1.3.6.1.5.5.7.48.2" => "caIssuers",
        "1.3.6.1.5.5.7.48.3" => "timeStamping",
        "1.3.6.1.5.5.7.48.5" => "caRepository",
        _ => return None,
    })
}

/// Name of an attribute in subjectDirectoryAttributes (RFC 3739 §3.3.2).
pub(crate) fn directory_attribute(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.3.6.1.5.5.7.9.1" => "dateOfBirth",
        "1.3.6.1.5.5.7.9.2" => "placeOfBirth",
        "1.3.6.1.5.5.7.9.3" => "gender",
        "1.3.6.1.5.5.7.9.4" => "countryOfCitizenship",
        "1.3.6.1.5.5.7.9.5" => "countryOfResidence",
        other => return attribute(other),
    })
}

/// Name of a qualified certificate statement (RFC 3739, ETSI EN 319 412-5, ETSI TS 119 495).
pub(crate) fn qualified_statement(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "0.4.0.1862.1.1" => "qcsQcCompliance",
        "0.4.0.1862.1.2" => "qcsQcLimitValue",
        "0.4.0.1862.1.3" => "qcsQcRetentionPeriod",
        "0.4.0.1862.1.4" => "qcsQcSSCD",
        "0.4.0.1862.1.5" => "qcsQcPDS",
        "0.4.0.1862.1.6" => "qcsQcType",
        "0.4.0.1862.1.6.1" => "esign",
        "0.4.0.1862.1.6.2" => "eseal",
        "0.4.0.1862.1.6.3" => "web",
        "0.4.0.1862.1.7" => "qcsQcCClegislation",
        "0.4.0.19495.2" => "psd2QcStatement",
        "0.4.0.194121.1.1" => "semanticsNatural",
        "0.4.0.194121.1.2" => "semanticsLegal",
        "0.4.0.194121.1.3" => "semanticsEidasNatural",
        "0.4.0.194121.1.4" => "semanticsEidasLegal",
        "1.3.6.1.5.5.7.11.1" => "pkixQcSyntaxV1",
        "1.3.6.1.5.5.7.11.2" => "pkixQcSyntaxV2",
        _ => return None,
    })
}

/// Whatever name is known for an identifier.
pub(crate) fn any(oid: &str) -> Option<&'static str> {
    extension(oid)
        .or_else(|| extended_usage(oid))
        .or_else(|| algorithm(oid))
        .or_else(|| attribute(oid))
        .or_else(|| policy(oid))
        .or_else(|| other_name(oid))
        .or_else(|| access_method(oid))
        .or_else(|| directory_attribute(oid))
        .or_else(|| qualified_statement(oid))
        .or_else(|| curve(oid).map(|(name, _)| name))
}

/// Name of an ICP-Brasil otherName (DOC-ICP-04).
pub(crate) fn other_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.16.76.1.3.1" => "ICP-Brasil: pessoa física",
        "2.16.76.1.3.2" => "ICP-Brasil: nome do responsável",
        "2.16.76.1.3.3" => "ICP-Brasil: CNPJ",
        "2.16.76.1.3.4" => "ICP-Brasil: responsável pela pessoa jurídica",
        "2.16.76.1.3.5" => "ICP-Brasil: título de eleitor",
        "2.16.76.1.3.6" => "ICP-Brasil: CEI da pessoa física",
        "2.16.76.1.3.7" => "ICP-Brasil: CEI da pessoa jurídica",
        "2.16.76.1.3.8" => "ICP-Brasil: nome empresarial",
        "2.16.76.1.3.9" => "ICP-Brasil: RIC",
        "1.3.6.1.4.1.311.20.2.3" => "userPrincipalName",
        "1.3.6.1.4.1.311.25.1" => "ntdsReplication",
        "1.3.6.1.4.1.311.25.2.1" => "ntdsObjectSid",
        "1.3.6.1.5.2.2" => "kerberosPrincipalName",
        "1.3.6.1.5.5.7.8.3" => "permanentIdentifier",
        "1.3.6.1.5.5.7.8.4" => "hardwareModuleName",
        "1.3.6.1.5.5.7.8.5" => "xmppAddr",
        "1.3.6.1.5.5.7.8.7" => "dnsSRV",
        "1.3.6.1.5.5.7.8.8" => "naiRealm",
        "1.3.6.1.5.5.7.8.9" => "smtpUTF8Mailbox",
        "1.3.6.1.5.5.7.8.10" => "acpNodeName",
        _ => return None,
    })
}
