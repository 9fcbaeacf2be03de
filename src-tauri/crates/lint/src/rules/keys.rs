//! Keys and what they may be used for (RFC 5280 §4.1.2.7, §4.2.1.2, §4.2.1.3, §4.2.1.12).

use cartorio_pki::{KeyKind, KeyUsage};

use super::certificate;
use crate::Severity::{Error, Notice, Warning};
use crate::{Rule, der};

const KEY_USAGE: &str = "2.5.29.15";
const EXTENDED: &str = "2.5.29.37";
const SKI: &str = "2.5.29.14";
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

pub(super) const RULES: &[Rule] = &[
    certificate(
        (
            "ec_explicit_parameters",
            Error,
            "RFC 5480 §2.1.1",
            "An elliptic curve is given by its parameters instead of its name.",
            "Uma curva elíptica é dada pelos parâmetros e não pelo nome.",
        ),
        |view, hits| {
            let algorithm = view.fields.get(5).and_then(|own| own.children().next());
            if let Some((name, parameters)) = algorithm.and_then(|own| der::algorithm(&own))
                && name == "1.2.840.10045.2.1"
                && !parameters.is_some_and(|own| own.is(der::OID))
            {
                hits.at("tbsCertificate.subjectPublicKeyInfo.algorithm.parameters");
            }
        },
    ),
    certificate(
        (
            "rsa_exponent",
            Error,
            "RFC 8017 §3.1",
            "The RSA exponent is even or below 3.",
            "O expoente RSA é par ou menor que 3.",
        ),
        |view, hits| {
            if let KeyKind::Rsa { exponent, .. } = &view.certificate.key.kind {
                let even = exponent.bytes().last().is_some_and(|digit| (digit - b'0').is_multiple_of(2));
                if even || exponent == "1" {
                    hits.with("tbsCertificate.subjectPublicKeyInfo.subjectPublicKey", exponent.clone());
                }
            }
        },
    ),
    certificate(
        (
            "ski_missing_in_ca",
            Error,
            "RFC 5280 §4.2.1.2",
            "A CA's certificate has no subjectKeyIdentifier.",
            "O certificado de uma AC não tem subjectKeyIdentifier.",
        ),
        |view, hits| {
            if view.is_ca() && view.certificate.version == 3 && view.extension(SKI).is_none() {
                hits.at("tbsCertificate.extensions");
            }
        },
    ),
    certificate(
        (
            "ski_missing_in_leaf",
            Notice,
            "RFC 5280 §4.2.1.2",
            "The certificate has no subjectKeyIdentifier, which is recommended.",
            "O certificado não tem subjectKeyIdentifier, que é recomendada.",
        ),
        |view, hits| {
            if !view.is_ca() && view.certificate.version == 3 && view.extension(SKI).is_none() {
                hits.at("tbsCertificate.extensions");
            }
        },
    ),
    certificate(
        (
            "key_usage_missing_in_ca",
            Error,
            "RFC 5280 §4.2.1.3",
            "A CA's certificate has no keyUsage.",
            "O certificado de uma AC não tem keyUsage.",
        ),
        |view, hits| {
            if view.is_ca() && view.certificate.version == 3 && view.extension(KEY_USAGE).is_none() {
                hits.at("tbsCertificate.extensions");
            }
        },
    ),
    certificate(
        (
            "key_usage_not_critical",
            Warning,
            "RFC 5280 §4.2.1.3",
            "keyUsage is not critical.",
            "keyUsage não é crítica.",
        ),
        |view, hits| {
            if let Some(own) = view.with_criticality(KEY_USAGE, false) {
                hits.at(own.critical_path());
            }
        },
    ),
    certificate(
        (
            "key_usage_empty",
            Error,
            "RFC 5280 §4.2.1.3",
            "keyUsage has no bit that is set.",
            "keyUsage não tem nenhum bit ligado.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(KEY_USAGE)
                && view.certificate.key_usage.as_ref().is_some_and(Vec::is_empty)
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "key_cert_sign_without_ca",
            Error,
            "RFC 5280 §4.2.1.3, §4.2.1.9",
            "keyUsage allows signing certificates, but the certificate is not a CA's.",
            "keyUsage permite assinar certificados, mas o certificado não é de AC.",
        ),
        |view, hits| {
            let usage = view.certificate.key_usage.as_ref();
            if let Some(own) = view.extension(KEY_USAGE)
                && usage.is_some_and(|bits| bits.contains(&KeyUsage::KeyCertSign))
                && !view.certificate.is_ca()
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "ca_without_key_cert_sign",
            Error,
            "RFC 5280 §4.2.1.3, §6.1.4",
            "The certificate is a CA's, but keyUsage does not allow signing certificates.",
            "O certificado é de AC, mas keyUsage não permite assinar certificados.",
        ),
        |view, hits| {
            let usage = view.certificate.key_usage.as_ref();
            if let Some(own) = view.extension(KEY_USAGE)
                && usage.is_some_and(|bits| !bits.contains(&KeyUsage::KeyCertSign))
                && view.is_ca()
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "encipher_only_without_agreement",
            Warning,
            "RFC 5280 §4.2.1.3",
            "encipherOnly or decipherOnly is set without keyAgreement, where it means nothing.",
            "encipherOnly ou decipherOnly está ligado sem keyAgreement, onde nada significa.",
        ),
        |view, hits| {
            if let (Some(own), Some(bits)) = (view.extension(KEY_USAGE), &view.certificate.key_usage)
                && (bits.contains(&KeyUsage::EncipherOnly) || bits.contains(&KeyUsage::DecipherOnly))
                && !bits.contains(&KeyUsage::KeyAgreement)
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "key_usage_unfit_for_key",
            Error,
            "RFC 8813 §3; RFC 9295 §3",
            "keyUsage names a use that the key's algorithm does not have.",
            "keyUsage indica um uso que o algoritmo da chave não tem.",
        ),
        |view, hits| {
            let (Some(own), Some(bits)) = (view.extension(KEY_USAGE), &view.certificate.key_usage) else { return };
            let unfit: &[KeyUsage] = match (&view.certificate.key.kind, view.certificate.key.algorithm_oid.as_str()) {
                (KeyKind::Ec { .. }, _) => &[KeyUsage::KeyEncipherment, KeyUsage::DataEncipherment],
                (_, "1.3.101.112" | "1.3.101.113") => {
                    &[KeyUsage::KeyEncipherment, KeyUsage::DataEncipherment, KeyUsage::KeyAgreement]
                }
                (_, "1.3.101.110" | "1.3.101.111") => {
                    &[KeyUsage::DigitalSignature, KeyUsage::NonRepudiation, KeyUsage::KeyCertSign, KeyUsage::CrlSign]
                }
                _ => &[],
            };
            for bit in bits.iter().filter(|bit| unfit.contains(bit)) {
                hits.with(own.value_path(), bit.name());
            }
        },
    ),
    certificate(
        (
            "eku_empty",
            Error,
            "RFC 5280 §4.2.1.12",
            "extKeyUsage is there and names no purpose.",
            "extKeyUsage existe e não indica finalidade.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(EXTENDED)
                && der::inside(own.value()).is_empty()
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "eku_any_critical",
            Warning,
            "RFC 5280 §4.2.1.12",
            "extKeyUsage is critical and allows every purpose.",
            "extKeyUsage é crítica e permite qualquer finalidade.",
        ),
        |view, hits| {
            if let Some(own) = view.with_criticality(EXTENDED, true)
                && view.certificate.extended_key_usage.iter().any(|usage| usage.oid == "2.5.29.37.0")
            {
                hits.at(own.critical_path());
            }
        },
    ),
    certificate(
        (
            "time_stamping_not_alone",
            Error,
            "RFC 3161 §2.3",
            "A time-stamping key has other purposes too, or extKeyUsage is not critical.",
            "Uma chave de carimbo do tempo tem outras finalidades, ou extKeyUsage não é crítica.",
        ),
        |view, hits| {
            let usages = &view.certificate.extended_key_usage;
            if let Some(own) = view.extension(EXTENDED)
                && !view.is_ca()
                && usages.iter().any(|usage| usage.oid == TIME_STAMPING)
                && (usages.len() > 1 || !own.extension.critical)
            {
                hits.at(own.value_path());
            }
        },
    ),
];
