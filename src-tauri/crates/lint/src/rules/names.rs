//! Names of issuer and subject, and alternative names (RFC 5280 §4.1.2.4, §4.1.2.6, §4.2.1.6, Appendix A).

use cartorio_asn1::Element;

use super::certificate;
use crate::Severity::{Error, Notice, Warning};
use crate::view::CertificateView;
use crate::{Rule, der};

const SAN: &str = "2.5.29.17";
const SMTP_UTF8: &str = "1.3.6.1.5.5.7.8.9";

pub(super) const RULES: &[Rule] = &[
    certificate(
        ("issuer_empty", Error, "RFC 5280 §4.1.2.4", "The issuer has no name.", "O emissor não tem nome."),
        |view, hits| {
            if view.certificate.issuer.is_empty() {
                hits.at("tbsCertificate.issuer");
            }
        },
    ),
    certificate(
        (
            "ca_subject_empty",
            Error,
            "RFC 5280 §4.1.2.6",
            "A CA has no name as subject.",
            "Uma AC não tem nome como titular.",
        ),
        |view, hits| {
            if view.is_ca() && view.certificate.subject.is_empty() {
                hits.at("tbsCertificate.subject");
            }
        },
    ),
    certificate(
        (
            "subject_missing",
            Error,
            "RFC 5280 §4.1.2.6",
            "The holder has no name: the subject is empty and there is no subjectAltName.",
            "O titular não tem nome: o subject está vazio e não há subjectAltName.",
        ),
        |view, hits| {
            if view.certificate.subject.is_empty() && view.extension(SAN).is_none() {
                hits.at("tbsCertificate.subject");
            }
        },
    ),
    certificate(
        (
            "san_not_critical_without_subject",
            Error,
            "RFC 5280 §4.2.1.6",
            "The subject is empty, and subjectAltName is not critical.",
            "O subject está vazio, e subjectAltName não é crítica.",
        ),
        |view, hits| {
            if view.certificate.subject.is_empty()
                && let Some(own) = view.with_criticality(SAN, false)
            {
                hits.at(own.critical_path());
            }
        },
    ),
    certificate(
        (
            "san_critical_with_subject",
            Notice,
            "RFC 5280 §4.2.1.6",
            "The holder has a name as subject, and subjectAltName is critical all the same.",
            "O titular tem nome no subject, e mesmo assim subjectAltName é crítica.",
        ),
        |view, hits| {
            if !view.certificate.subject.is_empty()
                && let Some(own) = view.with_criticality(SAN, true)
            {
                hits.at(own.critical_path());
            }
        },
    ),
    certificate(
        (
            "name_string_type",
            Notice,
            "RFC 5280 §4.1.2.4",
            "A name uses a string type that is kept for old names only (TeletexString, BMPString, UniversalString).",
            "Um nome usa um tipo de texto mantido só para nomes antigos (TeletexString, BMPString, UniversalString).",
        ),
        |view, hits| {
            for (path, _, value) in attributes(view) {
                if [der::TELETEX_STRING, der::BMP_STRING, der::UNIVERSAL_STRING].into_iter().any(|tag| value.is(tag)) {
                    hits.at(path);
                }
            }
        },
    ),
    certificate(
        (
            "name_must_be_printable_string",
            Error,
            "RFC 5280 Appendix A.1",
            "Country, serialNumber or dnQualifier is not a PrintableString.",
            "País, serialNumber ou dnQualifier não está em PrintableString.",
        ),
        |view, hits| {
            for (path, oid, value) in attributes(view) {
                if matches!(oid.as_str(), "2.5.4.6" | "2.5.4.5" | "2.5.4.46") && !value.is(der::PRINTABLE_STRING) {
                    hits.with(path, oid);
                }
            }
        },
    ),
    certificate(
        (
            "country_form",
            Error,
            "RFC 5280 Appendix A.1",
            "The country is not a code of two letters.",
            "O país não é um código de duas letras.",
        ),
        |view, hits| {
            for (path, oid, value) in attributes(view) {
                if oid == "2.5.4.6" && !(value.content.len() == 2 && value.content.iter().all(u8::is_ascii_alphabetic))
                {
                    hits.with(path, der::text(value.content));
                }
            }
        },
    ),
    certificate(
        (
            "name_too_long",
            Error,
            "RFC 5280 Appendix A.1",
            "A part of a name is longer than its upper bound.",
            "Uma parte de um nome é maior que o seu limite.",
        ),
        |view, hits| {
            for (path, oid, value) in attributes(view) {
                let bound = match oid.as_str() {
                    "2.5.4.3" | "2.5.4.5" | "2.5.4.10" | "2.5.4.11" | "2.5.4.12" => 64,
                    "2.5.4.7" | "2.5.4.8" => 128,
                    "1.2.840.113549.1.9.1" => 255,
                    _ => continue,
                };
                let length = match value.tag {
                    der::BMP_STRING => value.content.len() / 2,
                    der::UNIVERSAL_STRING => value.content.len() / 4,
                    _ => der::text(value.content).chars().count(),
                };
                if length > bound {
                    hits.with(path, format!("{length} > {bound}"));
                }
            }
        },
    ),
    certificate(
        (
            "name_part_empty",
            Error,
            "RFC 5280 Appendix A.1",
            "A part of a name is empty.",
            "Uma parte de um nome está vazia.",
        ),
        |view, hits| {
            for (path, oid, value) in attributes(view) {
                if value.content.is_empty() {
                    hits.with(path, oid);
                }
            }
        },
    ),
    certificate(
        (
            "email_in_subject",
            Notice,
            "RFC 5280 §4.1.2.6",
            "An e-mail address is in the subject; it belongs in subjectAltName.",
            "Há um endereço de e-mail no subject; ele pertence a subjectAltName.",
        ),
        |view, hits| {
            for (path, oid, _) in attributes(view) {
                if oid == "1.2.840.113549.1.9.1" && path.starts_with("tbsCertificate.subject") {
                    hits.at(path);
                }
            }
        },
    ),
    certificate(
        (
            "issuer_name_differs",
            Error,
            "RFC 5280 §4.1.2.4, §6.1.3",
            "The issuer's name is not the subject of the issuer's certificate.",
            "O nome do emissor não é o titular do certificado do emissor.",
        ),
        |view, hits| {
            if view.context.issuer.is_some_and(|issuer| issuer.subject != view.certificate.issuer) {
                hits.at("tbsCertificate.issuer");
            }
        },
    ),
    certificate(
        (
            "issuer_name_encoded_otherwise",
            Warning,
            "RFC 5280 §4.1.2.6",
            "The issuer's name is encoded otherwise than in the issuer's own certificate.",
            "O nome do emissor está codificado de modo diferente do certificado do próprio emissor.",
        ),
        |view, hits| {
            if view.context.issuer.is_some_and(|issuer| {
                issuer.subject == view.certificate.issuer && issuer.subject.der() != view.certificate.issuer.der()
            }) {
                hits.at("tbsCertificate.issuer");
            }
        },
    ),
    certificate(
        (
            "san_empty",
            Error,
            "RFC 5280 §4.2.1.6",
            "subjectAltName is there and has no name, or an empty one.",
            "subjectAltName existe e não tem nome, ou tem um nome vazio.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(SAN) {
                let names = der::inside(own.value());
                let blank = |name: &Element<'_>| !name.constructed && der::text(name.content).trim().is_empty();
                if names.is_empty() || names.iter().any(blank) {
                    hits.at(own.value_path());
                }
            }
        },
    ),
    certificate(
        (
            "san_dns_form",
            Error,
            "RFC 5280 §4.2.1.6; RFC 1034 §3.5",
            "A DNS name is not in the preferred name syntax (letters, digits and hyphens).",
            "Um nome DNS não segue a sintaxe preferida (letras, dígitos e hifens).",
        ),
        |view, hits| {
            for (path, name) in alternative(view, 2) {
                let text = der::text(name.content);
                if !dns_form(text.strip_prefix("*.").unwrap_or(&text)) {
                    hits.with(path, text);
                }
            }
        },
    ),
    certificate(
        (
            "san_email_form",
            Error,
            "RFC 5280 §4.2.1.6; RFC 9598 §3",
            "An e-mail address is no mailbox of ASCII characters.",
            "Um endereço de e-mail não é uma caixa postal em caracteres ASCII.",
        ),
        |view, hits| {
            for (path, name) in alternative(view, 1) {
                let text = der::text(name.content);
                let sound = text.rsplit_once('@').is_some_and(|(local, domain)| {
                    !local.is_empty() && !text.contains(['<', '>', ' ']) && dns_form(domain)
                });
                if !text.is_ascii() || !sound {
                    hits.with(path, text);
                }
            }
        },
    ),
    certificate(
        (
            "san_uri_form",
            Error,
            "RFC 5280 §4.2.1.6",
            "A URI has no scheme, or is not ASCII.",
            "Um URI não tem esquema, ou não está em ASCII.",
        ),
        |view, hits| {
            for (path, name) in alternative(view, 6) {
                let text = der::text(name.content);
                let scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
                    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
                        && !rest.is_empty()
                });
                if !text.is_ascii() || !scheme {
                    hits.with(path, text);
                }
            }
        },
    ),
    certificate(
        (
            "san_ip_length",
            Error,
            "RFC 5280 §4.2.1.6",
            "An IP address has neither 4 nor 16 bytes.",
            "Um endereço IP não tem 4 nem 16 bytes.",
        ),
        |view, hits| {
            for (path, name) in alternative(view, 7) {
                if !matches!(name.content.len(), 4 | 16) {
                    hits.with(path, format!("{} bytes", name.content.len()));
                }
            }
        },
    ),
    certificate(
        (
            "smtp_utf8_mailbox_form",
            Error,
            "RFC 9598 §3",
            "An SmtpUTF8Mailbox is no UTF8String, or has no character that needs one.",
            "Um SmtpUTF8Mailbox não está em UTF8String, ou não tem caractere que precise dele.",
        ),
        |view, hits| {
            for (path, name) in alternative(view, 0) {
                let parts = der::children(&name);
                if parts.first().and_then(der::oid).as_deref() != Some(SMTP_UTF8) {
                    continue;
                }
                let value = parts.get(1).and_then(|own| own.children().next());
                let local = |own: &Element<'_>| der::text(own.content).split('@').next().unwrap_or_default().is_ascii();
                if value.is_none_or(|own| !own.is(der::UTF8_STRING) || local(&own)) {
                    hits.at(path);
                }
            }
        },
    ),
];

/// Letters, digits and hyphens in labels of 1 to 63 characters, 253 in all.
pub(super) fn dns_form(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// Attributes of issuer and subject: place, dotted identifier, value.
fn attributes<'a>(view: &CertificateView<'a>) -> Vec<(String, String, Element<'a>)> {
    let mut found = Vec::new();
    for (index, field) in [(2, "tbsCertificate.issuer"), (4, "tbsCertificate.subject")] {
        let rdns = view.fields.get(index).map(der::children).unwrap_or_default();
        for (number, rdn) in rdns.iter().enumerate() {
            for (place, attribute) in der::children(rdn).iter().enumerate() {
                let parts = der::children(attribute);
                if let (Some(oid), Some(value)) = (parts.first().and_then(der::oid), parts.get(1)) {
                    found.push((format!("{field}[{number}][{place}].value"), oid, *value));
                }
            }
        }
    }
    found
}

/// Alternative names of one form.
fn alternative<'a>(view: &CertificateView<'a>, number: u32) -> Vec<(String, Element<'a>)> {
    let Some(own) = view.extension(SAN) else { return Vec::new() };
    der::inside(own.value())
        .into_iter()
        .enumerate()
        .filter(|(_, name)| der::is_name(name, number))
        .map(|(index, name)| (format!("{}[{index}]", own.value_path()), name))
        .collect()
}
