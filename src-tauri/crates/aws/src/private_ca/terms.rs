//! Our terms in AWS's words: usages, validity, algorithms.

use aws_sdk_acmpca::types::{
    ApiPassthrough, ExtendedKeyUsage, Extensions, KeyAlgorithm, KeyUsage as SdkKeyUsage, SigningAlgorithm, Validity,
    ValidityPeriodType,
};
use cartorio_pki::KeyUsage;
use cartorio_pki::ca::{CaError, Profile};
use time::{OffsetDateTime, UtcOffset};

/// keyUsage and extKeyUsage of `profile`. Purposes go by identifier: AWS's `DOCUMENT_SIGNING` is Microsoft's older one.
pub(super) fn usages(profile: &Profile) -> ApiPassthrough {
    let mut usage = SdkKeyUsage::builder();
    for bit in profile.key_usage() {
        usage = match bit {
            KeyUsage::DigitalSignature => usage.digital_signature(true),
            KeyUsage::NonRepudiation => usage.non_repudiation(true),
            KeyUsage::KeyEncipherment => usage.key_encipherment(true),
            KeyUsage::DataEncipherment => usage.data_encipherment(true),
            KeyUsage::KeyAgreement => usage.key_agreement(true),
            KeyUsage::KeyCertSign => usage.key_cert_sign(true),
            KeyUsage::CrlSign => usage.crl_sign(true),
            KeyUsage::EncipherOnly => usage.encipher_only(true),
            KeyUsage::DecipherOnly => usage.decipher_only(true),
        };
    }
    let mut extensions = Extensions::builder().key_usage(usage.build());
    for purpose in profile.extended_key_usage() {
        extensions = extensions
            .extended_key_usage(ExtendedKeyUsage::builder().extended_key_usage_object_identifier(*purpose).build());
    }
    ApiPassthrough::builder().extensions(extensions.build()).build()
}

/// The last second, as `YYYYMMDDHHMMSS` in one number.
pub(super) fn until(at: OffsetDateTime) -> Result<Validity, CaError> {
    let at = at.to_offset(UtcOffset::UTC);
    let parts = [u8::from(at.month()), at.day(), at.hour(), at.minute(), at.second()];
    let value = parts.into_iter().fold(i64::from(at.year()), |value, part| value * 100 + i64::from(part));
    validity(ValidityPeriodType::EndDate, value)
}

/// The first second, since 1970.
pub(super) fn from(at: OffsetDateTime) -> Result<Validity, CaError> {
    validity(ValidityPeriodType::Absolute, at.unix_timestamp())
}

/// The algorithm to sign with, of the family of the authority's key.
pub(super) fn signing_algorithm(
    key: &KeyAlgorithm,
    configured: &SigningAlgorithm,
) -> Result<SigningAlgorithm, CaError> {
    use SigningAlgorithm as S;
    let unsupported = || CaError::Unsupported { what: format!("{} with {}", key.as_str(), configured.as_str()) };
    // Both enumerations are AWS's and open: what is not named here is a kind that this program cannot check.
    let rsa = match key {
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => true,
        KeyAlgorithm::EcPrime256v1 | KeyAlgorithm::EcSecp384r1 | KeyAlgorithm::EcSecp521r1 => false,
        _ => return Err(unsupported()),
    };
    let signs_rsa = match configured {
        S::Sha256Withrsa
        | S::Sha384Withrsa
        | S::Sha512Withrsa
        | S::Sha256WithrsaPss
        | S::Sha384WithrsaPss
        | S::Sha512WithrsaPss => true,
        S::Sha256Withecdsa | S::Sha384Withecdsa | S::Sha512Withecdsa => false,
        _ => return Err(unsupported()),
    };
    if rsa == signs_rsa { Ok(configured.clone()) } else { Err(unsupported()) }
}

fn validity(kind: ValidityPeriodType, value: i64) -> Result<Validity, CaError> {
    // Both parts are given; the builder cannot know.
    Validity::builder()
        .r#type(kind)
        .value(value)
        .build()
        .map_err(|error| CaError::Unsupported { what: error.to_string() })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_end_is_written_in_full_and_in_utc() {
        let validity = until(datetime!(2049-12-31 22:05:09 -3)).unwrap();
        assert_eq!((validity.r#type(), validity.value()), (&ValidityPeriodType::EndDate, 20500101010509));
        let validity = from(datetime!(2026-11-21 00:00 UTC)).unwrap();
        assert_eq!((validity.r#type(), validity.value()), (&ValidityPeriodType::Absolute, 1795219200));
    }

    #[test]
    fn purposes_are_those_of_the_profile_to_the_identifier() {
        let passthrough = usages(&Profile::DocumentSigner { email: None });
        let extensions = passthrough.extensions().unwrap();
        let usage = extensions.key_usage().unwrap();
        assert!(usage.digital_signature() && usage.non_repudiation());
        assert!(!usage.key_cert_sign() && !usage.crl_sign() && !usage.key_encipherment());
        let purposes: Vec<_> = extensions
            .extended_key_usage()
            .iter()
            .filter_map(|own| own.extended_key_usage_object_identifier())
            .collect();
        assert_eq!(purposes, ["1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4"]);
    }

    #[test]
    fn an_algorithm_of_another_family_or_an_unknown_one_is_refused() {
        use SigningAlgorithm as S;
        for (key, configured, good) in [
            (KeyAlgorithm::Rsa2048, S::Sha256Withrsa, true),
            (KeyAlgorithm::Rsa4096, S::Sha512WithrsaPss, true),
            (KeyAlgorithm::EcPrime256v1, S::Sha256Withecdsa, true),
            (KeyAlgorithm::EcSecp384r1, S::Sha256Withecdsa, true),
            (KeyAlgorithm::EcPrime256v1, S::Sha256Withrsa, false),
            (KeyAlgorithm::Rsa2048, S::Sha256Withecdsa, false),
            (KeyAlgorithm::MlDsa65, S::MlDsa65, false),
            (KeyAlgorithm::Sm2, S::Sm3Withsm2, false),
            (KeyAlgorithm::Rsa2048, S::from("NEXT_YEAR"), false),
        ] {
            assert_eq!(signing_algorithm(&key, &configured).is_ok(), good, "{key:?} {configured:?}");
        }
    }
}
