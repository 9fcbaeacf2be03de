//! What limits a path: basicConstraints, nameConstraints, policies (RFC 5280 §4.2.1.4, .5, .9, .10, .11, .14).

use cartorio_asn1::Element;
use cartorio_pki::KeyUsage;

use super::certificate;
use super::names::dns_form;
use crate::Severity::{Error, Notice, Warning};
use crate::view::CertificateView;
use crate::{Rule, der};

const BASIC: &str = "2.5.29.19";
const NAMES: &str = "2.5.29.30";
const POLICIES: &str = "2.5.29.32";
const MAPPINGS: &str = "2.5.29.33";
const POLICY_CONSTRAINTS: &str = "2.5.29.36";
const INHIBIT_ANY: &str = "2.5.29.54";
const ANY_POLICY: &str = "2.5.29.32.0";

pub(super) const RULES: &[Rule] = &[
    certificate(
        (
            "ca_without_basic_constraints",
            Error,
            "RFC 5280 §4.2.1.9",
            "A CA's certificate has no basicConstraints, or they say that it is no CA.",
            "O certificado de uma AC não tem basicConstraints, ou elas dizem que não é AC.",
        ),
        |view, hits| {
            if view.context.role.is_ca() && view.certificate.version == 3 && !view.certificate.is_ca() {
                hits.at(view.extension(BASIC).map_or("tbsCertificate.extensions".to_owned(), |own| own.value_path()));
            }
        },
    ),
    certificate(
        (
            "basic_constraints_not_critical",
            Error,
            "RFC 5280 §4.2.1.9",
            "A CA's basicConstraints are not critical.",
            "As basicConstraints de uma AC não são críticas.",
        ),
        |view, hits| {
            if view.certificate.is_ca()
                && let Some(own) = view.with_criticality(BASIC, false)
            {
                hits.at(own.critical_path());
            }
        },
    ),
    certificate(
        (
            "path_length_without_ca",
            Error,
            "RFC 5280 §4.2.1.9",
            "A path length is given, but the certificate is no CA's or may not sign certificates.",
            "Há um limite de caminho, mas o certificado não é de AC ou não pode assinar certificados.",
        ),
        |view, hits| {
            if let (Some(own), Some(constraints)) = (view.extension(BASIC), view.certificate.basic_constraints)
                && constraints.path_len.is_some()
                && !(constraints.ca && view.certificate.allows(KeyUsage::KeyCertSign))
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "constraint_in_leaf",
            Error,
            "RFC 5280 §4.2.1.5, §4.2.1.10, §4.2.1.11, §4.2.1.14",
            "An extension for CAs only is in the certificate of an end entity.",
            "Uma extensão só de AC está no certificado de uma entidade final.",
        ),
        |view, hits| {
            if view.is_ca() {
                return;
            }
            for own in
                [NAMES, MAPPINGS, POLICY_CONSTRAINTS, INHIBIT_ANY].into_iter().filter_map(|oid| view.extension(oid))
            {
                hits.with(own.value_path(), own.extension.name.unwrap_or(&own.extension.oid));
            }
        },
    ),
    certificate(
        (
            "name_constraints_not_critical",
            Error,
            "RFC 5280 §4.2.1.10",
            "nameConstraints are not critical.",
            "nameConstraints não são críticas.",
        ),
        |view, hits| {
            if let Some(own) = view.with_criticality(NAMES, false) {
                hits.at(own.critical_path());
            }
        },
    ),
    certificate(
        (
            "name_constraints_empty",
            Error,
            "RFC 5280 §4.2.1.10",
            "nameConstraints permit and exclude nothing.",
            "nameConstraints não permitem nem excluem nada.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(NAMES)
                && bases(view).is_empty()
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "name_constraints_bounds",
            Error,
            "RFC 5280 §4.2.1.10",
            "A name constraint has a minimum or a maximum, which the profile does not use.",
            "Uma restrição de nome tem mínimo ou máximo, que o perfil não usa.",
        ),
        |view, hits| {
            for (path, _, bounds) in bases(view) {
                if bounds.iter().any(|bound| bound.is_context(1) || bound.content != [0]) {
                    hits.at(path);
                }
            }
        },
    ),
    certificate(
        (
            "name_constraints_dns_form",
            Error,
            "RFC 5280 §4.2.1.10",
            "A DNS name constraint begins with a dot, or is no DNS name.",
            "Uma restrição de nome DNS começa com ponto, ou não é um nome DNS.",
        ),
        |view, hits| {
            for (path, base, _) in bases(view) {
                let text = der::text(base.content);
                if der::is_name(&base, 2) && !text.is_empty() && !dns_form(&text) {
                    hits.with(path, text);
                }
            }
        },
    ),
    certificate(
        (
            "name_constraints_ip_length",
            Error,
            "RFC 5280 §4.2.1.10",
            "An IP constraint has neither 8 nor 32 bytes.",
            "Uma restrição de IP não tem 8 nem 32 bytes.",
        ),
        |view, hits| {
            for (path, base, _) in bases(view) {
                if der::is_name(&base, 7) && !matches!(base.content.len(), 8 | 32) {
                    hits.with(path, format!("{} bytes", base.content.len()));
                }
            }
        },
    ),
    certificate(
        (
            "name_constraints_form",
            Warning,
            "RFC 5280 §4.2.1.10",
            "A name constraint is on a form of name that programs need not support.",
            "Uma restrição é sobre uma forma de nome que os programas não precisam tratar.",
        ),
        |view, hits| {
            for (path, base, _) in bases(view) {
                if [3, 5, 8].into_iter().any(|number| der::is_name(&base, number)) {
                    hits.at(path);
                }
            }
        },
    ),
    certificate(
        (
            "policy_constraints_not_critical",
            Error,
            "RFC 5280 §4.2.1.11",
            "policyConstraints are not critical.",
            "policyConstraints não são críticas.",
        ),
        |view, hits| {
            if let Some(own) = view.with_criticality(POLICY_CONSTRAINTS, false) {
                hits.at(own.critical_path());
            }
        },
    ),
    certificate(
        (
            "policy_constraints_empty",
            Error,
            "RFC 5280 §4.2.1.11",
            "policyConstraints are empty.",
            "policyConstraints estão vazias.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(POLICY_CONSTRAINTS)
                && der::inside(own.value()).is_empty()
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "inhibit_any_policy_not_critical",
            Error,
            "RFC 5280 §4.2.1.14",
            "inhibitAnyPolicy is not critical.",
            "inhibitAnyPolicy não é crítica.",
        ),
        |view, hits| {
            if let Some(own) = view.with_criticality(INHIBIT_ANY, false) {
                hits.at(own.critical_path());
            }
        },
    ),
    certificate(
        (
            "policy_mapping_any",
            Error,
            "RFC 5280 §4.2.1.5",
            "A policy is mapped to or from anyPolicy.",
            "Uma política é mapeada de ou para anyPolicy.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(MAPPINGS) {
                for (index, mapping) in der::inside(own.value()).iter().enumerate() {
                    if mapping.children().any(|policy| der::oid(&policy).as_deref() == Some(ANY_POLICY)) {
                        hits.at(format!("{}[{index}]", own.value_path()));
                    }
                }
            }
        },
    ),
    certificate(
        (
            "policy_mappings_not_critical",
            Notice,
            "RFC 5280 §4.2.1.5",
            "policyMappings are not critical.",
            "policyMappings não são críticas.",
        ),
        |view, hits| {
            if let Some(own) = view.with_criticality(MAPPINGS, false) {
                hits.at(own.critical_path());
            }
        },
    ),
    certificate(
        (
            "policy_duplicate",
            Error,
            "RFC 5280 §4.2.1.4",
            "A policy is named more than once.",
            "Uma política é citada mais de uma vez.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(POLICIES) {
                let list = &view.certificate.policies;
                for (index, policy) in list.iter().enumerate() {
                    if list[..index].iter().any(|before| before.oid == policy.oid) {
                        hits.with(format!("{}[{index}]", own.value_path()), policy.oid.clone());
                    }
                }
            }
        },
    ),
    certificate(
        (
            "policy_qualifier_unknown",
            Notice,
            "RFC 5280 §4.2.1.4",
            "A policy has a qualifier that is neither a CPS pointer nor a user notice.",
            "Uma política tem um qualificador que não é ponteiro de DPC nem aviso ao usuário.",
        ),
        |view, hits| {
            for (path, kind, _) in qualifiers(view) {
                if !matches!(kind.as_str(), "1.3.6.1.5.5.7.2.1" | "1.3.6.1.5.5.7.2.2") {
                    hits.with(path, kind);
                }
            }
        },
    ),
    certificate(
        (
            "explicit_text_type",
            Error,
            "RFC 5280 §4.2.1.4; RFC 6818 §3",
            "The text of a user notice is an IA5String.",
            "O texto de um aviso ao usuário está em IA5String.",
        ),
        |view, hits| {
            for (path, text) in explicit_texts(view) {
                if text.is(der::IA5_STRING) {
                    hits.at(path);
                }
            }
        },
    ),
    certificate(
        (
            "explicit_text_too_long",
            Warning,
            "RFC 5280 §4.2.1.4",
            "The text of a user notice is longer than 200 characters.",
            "O texto de um aviso ao usuário tem mais de 200 caracteres.",
        ),
        |view, hits| {
            for (path, text) in explicit_texts(view) {
                let length = match text.tag {
                    der::BMP_STRING => text.content.len() / 2,
                    _ => der::text(text.content).chars().count(),
                };
                if length > 200 {
                    hits.with(path, length.to_string());
                }
            }
        },
    ),
];

/// Every base of nameConstraints: place, name, bounds.
fn bases<'a>(view: &CertificateView<'a>) -> Vec<(String, Element<'a>, Vec<Element<'a>>)> {
    let mut found = Vec::new();
    if let Some(own) = view.extension(NAMES) {
        for side in der::inside(own.value()) {
            let word = if side.is_context(0) { "permittedSubtrees" } else { "excludedSubtrees" };
            for (index, subtree) in der::children(&side).iter().enumerate() {
                let mut parts = subtree.children();
                if let Some(base) = parts.next() {
                    found.push((format!("{}.{word}[{index}]", own.value_path()), base, parts.collect()));
                }
            }
        }
    }
    found
}

/// Every policy qualifier: place, kind, value.
fn qualifiers<'a>(view: &CertificateView<'a>) -> Vec<(String, String, Element<'a>)> {
    let mut found = Vec::new();
    if let Some(own) = view.extension(POLICIES) {
        for (index, policy) in der::inside(own.value()).iter().enumerate() {
            let list = policy.children().nth(1).map(|list| der::children(&list)).unwrap_or_default();
            for (number, qualifier) in list.iter().enumerate() {
                let parts = der::children(qualifier);
                if let (Some(kind), Some(value)) = (parts.first().and_then(der::oid), parts.get(1)) {
                    let path = format!("{}[{index}].policyQualifiers[{number}].qualifier", own.value_path());
                    found.push((path, kind, *value));
                }
            }
        }
    }
    found
}

/// explicitText of every user notice.
fn explicit_texts<'a>(view: &CertificateView<'a>) -> Vec<(String, Element<'a>)> {
    qualifiers(view)
        .into_iter()
        .filter(|(_, kind, _)| kind == "1.3.6.1.5.5.7.2.2")
        .flat_map(|(path, _, notice)| {
            let texts: Vec<_> = notice.children().filter(|part| !part.is(der::SEQUENCE)).collect();
            texts.into_iter().map(move |text| (format!("{path}.explicitText"), text))
        })
        .collect()
}
