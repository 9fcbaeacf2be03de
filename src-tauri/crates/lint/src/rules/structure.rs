//! Version, serial number, algorithms, validity and encoding (RFC 5280 §4.1).

use super::certificate;
use crate::Severity::{Error, Notice, Warning};
use crate::view::CertificateView;
use crate::{Rule, der};

pub(super) const RULES: &[Rule] = &[
    certificate(
        (
            "version_not_v3",
            Error,
            "RFC 5280 §4.1.2.1",
            "The certificate has extensions but is not of version 3.",
            "O certificado tem extensões, mas não é da versão 3.",
        ),
        |view, hits| {
            if view.certificate.version != 3 && !view.certificate.extensions.is_empty() {
                hits.with("tbsCertificate.version", format!("v{}", view.certificate.version));
            }
        },
    ),
    certificate(
        (
            "unique_identifier",
            Error,
            "RFC 5280 §4.1.2.8",
            "The certificate has a unique identifier of issuer or subject, which a CA must not write.",
            "O certificado tem identificador único do emissor ou do titular, que a AC não pode gravar.",
        ),
        |view, hits| {
            for field in &view.rest {
                if field.is_context(1) {
                    hits.at("tbsCertificate.issuerUniqueID");
                } else if field.is_context(2) {
                    hits.at("tbsCertificate.subjectUniqueID");
                }
            }
        },
    ),
    certificate(
        (
            "serial_zero",
            Error,
            "RFC 5280 §4.1.2.2",
            "The serial number is zero; it must be positive.",
            "O número de série é zero; deve ser positivo.",
        ),
        |view, hits| {
            if serial(view).iter().all(|byte| *byte == 0) {
                hits.at("tbsCertificate.serialNumber");
            }
        },
    ),
    certificate(
        (
            "serial_negative",
            Error,
            "RFC 5280 §4.1.2.2",
            "The serial number is negative.",
            "O número de série é negativo.",
        ),
        |view, hits| {
            if serial(view).first().is_some_and(|byte| byte & 0x80 != 0) {
                hits.with("tbsCertificate.serialNumber", view.certificate.serial.decimal());
            }
        },
    ),
    certificate(
        (
            "serial_too_long",
            Error,
            "RFC 5280 §4.1.2.2",
            "The serial number is longer than 20 bytes.",
            "O número de série tem mais de 20 bytes.",
        ),
        |view, hits| {
            if serial(view).len() > 20 {
                hits.with("tbsCertificate.serialNumber", format!("{} bytes", serial(view).len()));
            }
        },
    ),
    certificate(
        (
            "signature_algorithms_differ",
            Error,
            "RFC 5280 §4.1.1.2",
            "The signature algorithm inside the signed part is not the one outside of it.",
            "O algoritmo de assinatura dentro da parte assinada não é o mesmo de fora dela.",
        ),
        |view, hits| {
            if let (Some(inner), Some(outer)) = (view.fields.get(1), view.outer_algorithm)
                && inner.content != outer.content
            {
                hits.at("tbsCertificate.signature");
            }
        },
    ),
    certificate(
        (
            "signature_hash_weak",
            Warning,
            "RFC 6151; RFC 6194",
            "The signature uses MD2, MD4, MD5 or SHA-1, for which collisions are known.",
            "A assinatura usa MD2, MD4, MD5 ou SHA-1, para os quais se conhecem colisões.",
        ),
        |view, hits| {
            // The signature of a trust anchor on itself proves nothing and harms nothing.
            let algorithm = &view.certificate.signature_algorithm;
            if (algorithm.is_weak() || algorithm.name.starts_with("md4")) && !view.certificate.is_self_issued() {
                hits.with("signatureAlgorithm", algorithm.name.clone());
            }
        },
    ),
    certificate(
        (
            "rsa_parameters_not_null",
            Error,
            "RFC 4055 §5",
            "An RSA algorithm identifier has no NULL as parameters.",
            "Um identificador de algoritmo RSA não tem NULL como parâmetro.",
        ),
        |view, hits| {
            for (path, name, parameters) in algorithms(view) {
                let pkcs1 = name.strip_prefix("1.2.840.113549.1.1.").and_then(|rest| rest.parse::<u8>().ok());
                if matches!(pkcs1, Some(1..=5 | 11..=14)) && !parameters.is_some_and(|own| own.is(der::NULL)) {
                    hits.at(path);
                }
            }
        },
    ),
    certificate(
        (
            "algorithm_parameters_present",
            Error,
            "RFC 5758 §3.2; RFC 8410 §3; RFC 9881 §2",
            "An ECDSA, EdDSA or ML-DSA algorithm identifier has parameters, which must be absent.",
            "Um identificador de algoritmo ECDSA, EdDSA ou ML-DSA tem parâmetros, que não podem existir.",
        ),
        |view, hits| {
            for (path, name, parameters) in algorithms(view) {
                let bare = name.starts_with("1.2.840.10045.4.")
                    || matches!(name.as_str(), "1.3.101.110" | "1.3.101.111" | "1.3.101.112" | "1.3.101.113")
                    || ["17", "18", "19"].iter().any(|last| name == format!("2.16.840.1.101.3.4.3.{last}"));
                if bare && parameters.is_some() {
                    hits.with(path, name);
                }
            }
        },
    ),
    certificate(
        (
            "der_encoding",
            Error,
            "RFC 5280 §4.1; X.690 §10, §11",
            "A field is not encoded in DER.",
            "Um campo não está codificado em DER.",
        ),
        |view, hits| view.encoding().into_iter().for_each(|(path, code)| hits.with(path, code)),
    ),
    certificate(
        (
            "default_encoded",
            Warning,
            "X.690 §11.5",
            "A value that is the default is written out, which DER does not do.",
            "Um valor padrão está escrito por extenso, o que o DER não faz.",
        ),
        |view, hits| {
            let list = view.rest.iter().find(|field| field.is_context(3)).and_then(|own| own.children().next());
            for (index, extension) in list.iter().flat_map(der::children).enumerate() {
                let written = extension.children().nth(1);
                if written.is_some_and(|own| own.is(der::BOOLEAN) && own.content == [0]) {
                    hits.with(format!("tbsCertificate.extensions[{index}].critical"), "FALSE");
                }
            }
            if let Some(own) = view.extension("2.5.29.19")
                && der::inside(own.value()).first().is_some_and(|ca| ca.is(der::BOOLEAN) && ca.content == [0])
            {
                hits.with(own.value_path(), "cA FALSE");
            }
        },
    ),
    certificate(
        (
            "time_type_wrong",
            Error,
            "RFC 5280 §4.1.2.5",
            "A date through 2049 is no UTCTime, or one from 2050 on is no GeneralizedTime.",
            "Uma data até 2049 não está em UTCTime, ou uma de 2050 em diante não está em GeneralizedTime.",
        ),
        |view, hits| {
            for (element, path, at) in view.times() {
                if element.is(der::GENERALIZED_TIME) == (1950..2050).contains(&at.year()) {
                    hits.at(path);
                }
            }
        },
    ),
    certificate(
        (
            "time_form",
            Error,
            "RFC 5280 §4.1.2.5.1, §4.1.2.5.2",
            "A date is not written in whole seconds with a final Z.",
            "Uma data não está escrita em segundos inteiros com Z no fim.",
        ),
        |view, hits| {
            for (element, path, _) in view.times() {
                if !der::time_form(&element) {
                    hits.with(path, der::text(element.content));
                }
            }
        },
    ),
    certificate(
        (
            "validity_inverted",
            Error,
            "RFC 5280 §4.1.2.5",
            "The validity ends before it begins.",
            "A validade termina antes de começar.",
        ),
        |view, hits| {
            let validity = view.certificate.validity;
            if validity.not_after < validity.not_before {
                hits.at("tbsCertificate.validity");
            }
        },
    ),
    certificate(
        (
            "expired",
            Notice,
            "RFC 5280 §4.1.2.5",
            "The validity was over at the instant of the look.",
            "A validade já tinha terminado no instante da consulta.",
        ),
        |view, hits| {
            if view.certificate.validity.not_after < view.context.at {
                hits.with("tbsCertificate.validity.notAfter", view.certificate.validity.not_after.date().to_string());
            }
        },
    ),
    certificate(
        (
            "not_yet_valid",
            Notice,
            "RFC 5280 §4.1.2.5",
            "The validity had not begun at the instant of the look.",
            "A validade ainda não tinha começado no instante da consulta.",
        ),
        |view, hits| {
            if view.context.at < view.certificate.validity.not_before {
                hits.with("tbsCertificate.validity.notBefore", view.certificate.validity.not_before.date().to_string());
            }
        },
    ),
    certificate(
        (
            "extensions_empty",
            Error,
            "RFC 5280 §4.1.2.9",
            "The list of extensions is there and empty.",
            "A lista de extensões existe e está vazia.",
        ),
        |view, hits| {
            let list = view.rest.iter().find(|field| field.is_context(3)).and_then(|own| own.children().next());
            if list.is_some_and(|own| own.content.is_empty()) {
                hits.at("tbsCertificate.extensions");
            }
        },
    ),
];

fn serial<'a>(view: &CertificateView<'a>) -> &'a [u8] {
    view.fields.first().map(|field| field.content).unwrap_or_default()
}

/// Every AlgorithmIdentifier: place, dotted identifier, parameters.
fn algorithms<'a>(view: &CertificateView<'a>) -> Vec<(&'static str, String, Option<cartorio_asn1::Element<'a>>)> {
    let key = view.fields.get(5).and_then(|own| own.children().next());
    [
        ("tbsCertificate.signature", view.fields.get(1).copied()),
        ("tbsCertificate.subjectPublicKeyInfo.algorithm", key),
        ("signatureAlgorithm", view.outer_algorithm),
    ]
    .into_iter()
    .filter_map(|(path, own)| der::algorithm(&own?).map(|(name, parameters)| (path, name, parameters)))
    .collect()
}
