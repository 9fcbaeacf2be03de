//! Stable names for OpenSSL's verification errors.

/// A verification error of OpenSSL (`X509_V_ERR_*`), by its number.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ErrorCode(i32);

impl ErrorCode {
    /// The code for OpenSSL's number.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// OpenSSL's number.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Stable `snake_case` name: OpenSSL's own without its prefix. A number that is not in the table is
    /// `other_engine_error`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            1 => "unspecified",
            2 => "unable_to_get_issuer_cert",
            3 => "unable_to_get_crl",
            4 => "unable_to_decrypt_cert_signature",
            5 => "unable_to_decrypt_crl_signature",
            6 => "unable_to_decode_issuer_public_key",
            7 => "cert_signature_failure",
            8 => "crl_signature_failure",
            9 => "cert_not_yet_valid",
            10 => "cert_has_expired",
            11 => "crl_not_yet_valid",
            12 => "crl_has_expired",
            13 => "error_in_cert_not_before_field",
            14 => "error_in_cert_not_after_field",
            15 => "error_in_crl_last_update_field",
            16 => "error_in_crl_next_update_field",
            17 => "out_of_mem",
            18 => "depth_zero_self_signed_cert",
            19 => "self_signed_cert_in_chain",
            20 => "unable_to_get_issuer_cert_locally",
            21 => "unable_to_verify_leaf_signature",
            22 => "cert_chain_too_long",
            23 => "cert_revoked",
            24 => "no_issuer_public_key",
            25 => "path_length_exceeded",
            26 => "invalid_purpose",
            27 => "cert_untrusted",
            28 => "cert_rejected",
            29 => "subject_issuer_mismatch",
            30 => "akid_skid_mismatch",
            31 => "akid_issuer_serial_mismatch",
            32 => "keyusage_no_certsign",
            33 => "unable_to_get_crl_issuer",
            34 => "unhandled_critical_extension",
            35 => "keyusage_no_crl_sign",
            36 => "unhandled_critical_crl_extension",
            37 => "invalid_non_ca",
            38 => "proxy_path_length_exceeded",
            39 => "keyusage_no_digital_signature",
            40 => "proxy_certificates_not_allowed",
            41 => "invalid_extension",
            42 => "invalid_policy_extension",
            43 => "no_explicit_policy",
            44 => "different_crl_scope",
            45 => "unsupported_extension_feature",
            46 => "unnested_resource",
            47 => "permitted_violation",
            48 => "excluded_violation",
            49 => "subtree_minmax",
            50 => "application_verification",
            51 => "unsupported_constraint_type",
            52 => "unsupported_constraint_syntax",
            53 => "unsupported_name_syntax",
            54 => "crl_path_validation_error",
            55 => "path_loop",
            56 => "suite_b_invalid_version",
            57 => "suite_b_invalid_algorithm",
            58 => "suite_b_invalid_curve",
            59 => "suite_b_invalid_signature_algorithm",
            60 => "suite_b_los_not_allowed",
            61 => "suite_b_cannot_sign_p_384_with_p_256",
            62 => "hostname_mismatch",
            63 => "email_mismatch",
            64 => "ip_address_mismatch",
            65 => "dane_no_match",
            66 => "ee_key_too_small",
            67 => "ca_key_too_small",
            68 => "ca_md_too_weak",
            69 => "invalid_call",
            70 => "store_lookup",
            71 => "no_valid_scts",
            72 => "proxy_subject_name_violation",
            73 => "ocsp_verify_needed",
            74 => "ocsp_verify_failed",
            75 => "ocsp_cert_unknown",
            76 => "unsupported_signature_algorithm",
            77 => "signature_algorithm_mismatch",
            78 => "signature_algorithm_inconsistency",
            79 => "invalid_ca",
            80 => "pathlen_invalid_for_non_ca",
            81 => "pathlen_without_ku_key_cert_sign",
            82 => "ku_key_cert_sign_invalid_for_non_ca",
            83 => "issuer_name_empty",
            84 => "subject_name_empty",
            85 => "missing_authority_key_identifier",
            86 => "missing_subject_key_identifier",
            87 => "empty_subject_alt_name",
            88 => "empty_subject_san_not_critical",
            89 => "ca_bcons_not_critical",
            90 => "authority_key_identifier_critical",
            91 => "subject_key_identifier_critical",
            92 => "ca_cert_missing_key_usage",
            93 => "extensions_require_version_3",
            94 => "ec_key_explicit_params",
            _ => "other_engine_error",
        }
    }

    /// Whether it speaks of revocation lists, not of the path itself.
    pub const fn is_about_revocation(self) -> bool {
        matches!(
            self,
            Self::UNABLE_TO_GET_CRL
                | Self::UNABLE_TO_DECRYPT_CRL_SIGNATURE
                | Self::CRL_SIGNATURE_FAILURE
                | Self::CRL_NOT_YET_VALID
                | Self::CRL_HAS_EXPIRED
                | Self::ERROR_IN_CRL_LAST_UPDATE_FIELD
                | Self::ERROR_IN_CRL_NEXT_UPDATE_FIELD
                | Self::CERT_REVOKED
                | Self::UNABLE_TO_GET_CRL_ISSUER
                | Self::KEYUSAGE_NO_CRL_SIGN
                | Self::UNHANDLED_CRITICAL_CRL_EXTENSION
                | Self::DIFFERENT_CRL_SCOPE
                | Self::CRL_PATH_VALIDATION_ERROR
        )
    }

    /// `X509_V_ERR_UNSPECIFIED`.
    pub const UNSPECIFIED: Self = Self(1);
    /// `X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT`.
    pub const UNABLE_TO_GET_ISSUER_CERT: Self = Self(2);
    /// `X509_V_ERR_UNABLE_TO_GET_CRL`.
    pub const UNABLE_TO_GET_CRL: Self = Self(3);
    /// `X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE`.
    pub const UNABLE_TO_DECRYPT_CERT_SIGNATURE: Self = Self(4);
    /// `X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE`.
    pub const UNABLE_TO_DECRYPT_CRL_SIGNATURE: Self = Self(5);
    /// `X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY`.
    pub const UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: Self = Self(6);
    /// `X509_V_ERR_CERT_SIGNATURE_FAILURE`.
    pub const CERT_SIGNATURE_FAILURE: Self = Self(7);
    /// `X509_V_ERR_CRL_SIGNATURE_FAILURE`.
    pub const CRL_SIGNATURE_FAILURE: Self = Self(8);
    /// `X509_V_ERR_CERT_NOT_YET_VALID`.
    pub const CERT_NOT_YET_VALID: Self = Self(9);
    /// `X509_V_ERR_CERT_HAS_EXPIRED`.
    pub const CERT_HAS_EXPIRED: Self = Self(10);
    /// `X509_V_ERR_CRL_NOT_YET_VALID`.
    pub const CRL_NOT_YET_VALID: Self = Self(11);
    /// `X509_V_ERR_CRL_HAS_EXPIRED`.
    pub const CRL_HAS_EXPIRED: Self = Self(12);
    /// `X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD`.
    pub const ERROR_IN_CERT_NOT_BEFORE_FIELD: Self = Self(13);
    /// `X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD`.
    pub const ERROR_IN_CERT_NOT_AFTER_FIELD: Self = Self(14);
    /// `X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD`.
    pub const ERROR_IN_CRL_LAST_UPDATE_FIELD: Self = Self(15);
    /// `X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD`.
    pub const ERROR_IN_CRL_NEXT_UPDATE_FIELD: Self = Self(16);
    /// `X509_V_ERR_OUT_OF_MEM`.
    pub const OUT_OF_MEM: Self = Self(17);
    /// `X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT`.
    pub const DEPTH_ZERO_SELF_SIGNED_CERT: Self = Self(18);
    /// `X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN`.
    pub const SELF_SIGNED_CERT_IN_CHAIN: Self = Self(19);
    /// `X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY`.
    pub const UNABLE_TO_GET_ISSUER_CERT_LOCALLY: Self = Self(20);
    /// `X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE`.
    pub const UNABLE_TO_VERIFY_LEAF_SIGNATURE: Self = Self(21);
    /// `X509_V_ERR_CERT_CHAIN_TOO_LONG`.
    pub const CERT_CHAIN_TOO_LONG: Self = Self(22);
    /// `X509_V_ERR_CERT_REVOKED`.
    pub const CERT_REVOKED: Self = Self(23);
    /// `X509_V_ERR_NO_ISSUER_PUBLIC_KEY`.
    pub const NO_ISSUER_PUBLIC_KEY: Self = Self(24);
    /// `X509_V_ERR_PATH_LENGTH_EXCEEDED`.
    pub const PATH_LENGTH_EXCEEDED: Self = Self(25);
    /// `X509_V_ERR_INVALID_PURPOSE`.
    pub const INVALID_PURPOSE: Self = Self(26);
    /// `X509_V_ERR_CERT_UNTRUSTED`.
    pub const CERT_UNTRUSTED: Self = Self(27);
    /// `X509_V_ERR_CERT_REJECTED`.
    pub const CERT_REJECTED: Self = Self(28);
    /// `X509_V_ERR_SUBJECT_ISSUER_MISMATCH`.
    pub const SUBJECT_ISSUER_MISMATCH: Self = Self(29);
    /// `X509_V_ERR_AKID_SKID_MISMATCH`.
    pub const AKID_SKID_MISMATCH: Self = Self(30);
    /// `X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH`.
    pub const AKID_ISSUER_SERIAL_MISMATCH: Self = Self(31);
    /// `X509_V_ERR_KEYUSAGE_NO_CERTSIGN`.
    pub const KEYUSAGE_NO_CERTSIGN: Self = Self(32);
    /// `X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER`.
    pub const UNABLE_TO_GET_CRL_ISSUER: Self = Self(33);
    /// `X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION`.
    pub const UNHANDLED_CRITICAL_EXTENSION: Self = Self(34);
    /// `X509_V_ERR_KEYUSAGE_NO_CRL_SIGN`.
    pub const KEYUSAGE_NO_CRL_SIGN: Self = Self(35);
    /// `X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION`.
    pub const UNHANDLED_CRITICAL_CRL_EXTENSION: Self = Self(36);
    /// `X509_V_ERR_INVALID_NON_CA`.
    pub const INVALID_NON_CA: Self = Self(37);
    /// `X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED`.
    pub const PROXY_PATH_LENGTH_EXCEEDED: Self = Self(38);
    /// `X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE`.
    pub const KEYUSAGE_NO_DIGITAL_SIGNATURE: Self = Self(39);
    /// `X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED`.
    pub const PROXY_CERTIFICATES_NOT_ALLOWED: Self = Self(40);
    /// `X509_V_ERR_INVALID_EXTENSION`.
    pub const INVALID_EXTENSION: Self = Self(41);
    /// `X509_V_ERR_INVALID_POLICY_EXTENSION`.
    pub const INVALID_POLICY_EXTENSION: Self = Self(42);
    /// `X509_V_ERR_NO_EXPLICIT_POLICY`.
    pub const NO_EXPLICIT_POLICY: Self = Self(43);
    /// `X509_V_ERR_DIFFERENT_CRL_SCOPE`.
    pub const DIFFERENT_CRL_SCOPE: Self = Self(44);
    /// `X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE`.
    pub const UNSUPPORTED_EXTENSION_FEATURE: Self = Self(45);
    /// `X509_V_ERR_UNNESTED_RESOURCE`.
    pub const UNNESTED_RESOURCE: Self = Self(46);
    /// `X509_V_ERR_PERMITTED_VIOLATION`.
    pub const PERMITTED_VIOLATION: Self = Self(47);
    /// `X509_V_ERR_EXCLUDED_VIOLATION`.
    pub const EXCLUDED_VIOLATION: Self = Self(48);
    /// `X509_V_ERR_SUBTREE_MINMAX`.
    pub const SUBTREE_MINMAX: Self = Self(49);
    /// `X509_V_ERR_APPLICATION_VERIFICATION`.
    pub const APPLICATION_VERIFICATION: Self = Self(50);
    /// `X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE`.
    pub const UNSUPPORTED_CONSTRAINT_TYPE: Self = Self(51);
    /// `X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX`.
    pub const UNSUPPORTED_CONSTRAINT_SYNTAX: Self = Self(52);
    /// `X509_V_ERR_UNSUPPORTED_NAME_SYNTAX`.
    pub const UNSUPPORTED_NAME_SYNTAX: Self = Self(53);
    /// `X509_V_ERR_CRL_PATH_VALIDATION_ERROR`.
    pub const CRL_PATH_VALIDATION_ERROR: Self = Self(54);
    /// `X509_V_ERR_PATH_LOOP`.
    pub const PATH_LOOP: Self = Self(55);
    /// `X509_V_ERR_SUITE_B_INVALID_VERSION`.
    pub const SUITE_B_INVALID_VERSION: Self = Self(56);
    /// `X509_V_ERR_SUITE_B_INVALID_ALGORITHM`.
    pub const SUITE_B_INVALID_ALGORITHM: Self = Self(57);
    /// `X509_V_ERR_SUITE_B_INVALID_CURVE`.
    pub const SUITE_B_INVALID_CURVE: Self = Self(58);
    /// `X509_V_ERR_SUITE_B_INVALID_SIGNATURE_ALGORITHM`.
    pub const SUITE_B_INVALID_SIGNATURE_ALGORITHM: Self = Self(59);
    /// `X509_V_ERR_SUITE_B_LOS_NOT_ALLOWED`.
    pub const SUITE_B_LOS_NOT_ALLOWED: Self = Self(60);
    /// `X509_V_ERR_SUITE_B_CANNOT_SIGN_P_384_WITH_P_256`.
    pub const SUITE_B_CANNOT_SIGN_P_384_WITH_P_256: Self = Self(61);
    /// `X509_V_ERR_HOSTNAME_MISMATCH`.
    pub const HOSTNAME_MISMATCH: Self = Self(62);
    /// `X509_V_ERR_EMAIL_MISMATCH`.
    pub const EMAIL_MISMATCH: Self = Self(63);
    /// `X509_V_ERR_IP_ADDRESS_MISMATCH`.
    pub const IP_ADDRESS_MISMATCH: Self = Self(64);
    /// `X509_V_ERR_DANE_NO_MATCH`.
    pub const DANE_NO_MATCH: Self = Self(65);
    /// `X509_V_ERR_EE_KEY_TOO_SMALL`.
    pub const EE_KEY_TOO_SMALL: Self = Self(66);
    /// `X509_V_ERR_CA_KEY_TOO_SMALL`.
    pub const CA_KEY_TOO_SMALL: Self = Self(67);
    /// `X509_V_ERR_CA_MD_TOO_WEAK`.
    pub const CA_MD_TOO_WEAK: Self = Self(68);
    /// `X509_V_ERR_INVALID_CALL`.
    pub const INVALID_CALL: Self = Self(69);
    /// `X509_V_ERR_STORE_LOOKUP`.
    pub const STORE_LOOKUP: Self = Self(70);
    /// `X509_V_ERR_NO_VALID_SCTS`.
    pub const NO_VALID_SCTS: Self = Self(71);
    /// `X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION`.
    pub const PROXY_SUBJECT_NAME_VIOLATION: Self = Self(72);
    /// `X509_V_ERR_OCSP_VERIFY_NEEDED`.
    pub const OCSP_VERIFY_NEEDED: Self = Self(73);
    /// `X509_V_ERR_OCSP_VERIFY_FAILED`.
    pub const OCSP_VERIFY_FAILED: Self = Self(74);
    /// `X509_V_ERR_OCSP_CERT_UNKNOWN`.
    pub const OCSP_CERT_UNKNOWN: Self = Self(75);
    /// `X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM`.
    pub const UNSUPPORTED_SIGNATURE_ALGORITHM: Self = Self(76);
    /// `X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH`.
    pub const SIGNATURE_ALGORITHM_MISMATCH: Self = Self(77);
    /// `X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY`.
    pub const SIGNATURE_ALGORITHM_INCONSISTENCY: Self = Self(78);
    /// `X509_V_ERR_INVALID_CA`.
    pub const INVALID_CA: Self = Self(79);
    /// `X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA`.
    pub const PATHLEN_INVALID_FOR_NON_CA: Self = Self(80);
    /// `X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN`.
    pub const PATHLEN_WITHOUT_KU_KEY_CERT_SIGN: Self = Self(81);
    /// `X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA`.
    pub const KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA: Self = Self(82);
    /// `X509_V_ERR_ISSUER_NAME_EMPTY`.
    pub const ISSUER_NAME_EMPTY: Self = Self(83);
    /// `X509_V_ERR_SUBJECT_NAME_EMPTY`.
    pub const SUBJECT_NAME_EMPTY: Self = Self(84);
    /// `X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER`.
    pub const MISSING_AUTHORITY_KEY_IDENTIFIER: Self = Self(85);
    /// `X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER`.
    pub const MISSING_SUBJECT_KEY_IDENTIFIER: Self = Self(86);
    /// `X509_V_ERR_EMPTY_SUBJECT_ALT_NAME`.
    pub const EMPTY_SUBJECT_ALT_NAME: Self = Self(87);
    /// `X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL`.
    pub const EMPTY_SUBJECT_SAN_NOT_CRITICAL: Self = Self(88);
    /// `X509_V_ERR_CA_BCONS_NOT_CRITICAL`.
    pub const CA_BCONS_NOT_CRITICAL: Self = Self(89);
    /// `X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL`.
    pub const AUTHORITY_KEY_IDENTIFIER_CRITICAL: Self = Self(90);
    /// `X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL`.
    pub const SUBJECT_KEY_IDENTIFIER_CRITICAL: Self = Self(91);
    /// `X509_V_ERR_CA_CERT_MISSING_KEY_USAGE`.
    pub const CA_CERT_MISSING_KEY_USAGE: Self = Self(92);
    /// `X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3`.
    pub const EXTENSIONS_REQUIRE_VERSION_3: Self = Self(93);
    /// `X509_V_ERR_EC_KEY_EXPLICIT_PARAMS`.
    pub const EC_KEY_EXPLICIT_PARAMS: Self = Self(94);
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn every_number_of_openssl_has_a_name_and_none_has_two() {
        let names: std::collections::HashSet<_> =
            (1..=94).map(|number| ErrorCode::from_number(number).name()).collect();
        assert_eq!(names.len(), 94);
        assert!(!names.contains("other_engine_error"));
        assert_eq!(ErrorCode::from_number(9_999).name(), "other_engine_error");
        assert_eq!(ErrorCode::CERT_REVOKED.number(), 23);
    }
}
