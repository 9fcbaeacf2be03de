//! Revocation lists (RFC 5280 §5).

use std::collections::HashSet;

use super::crl_rule;
use crate::Severity::{Error, Notice, Warning};
use crate::view::CrlView;
use crate::{Rule, der};

const NUMBER: &str = "2.5.29.20";
const AKI: &str = "2.5.29.35";
const IDP: &str = "2.5.29.28";
const DELTA: &str = "2.5.29.27";
const FRESHEST: &str = "2.5.29.46";
const REASON: &str = "2.5.29.21";
const CERTIFICATE_ISSUER: &str = "2.5.29.29";

pub(super) const RULES: &[Rule] = &[
    crl_rule(
        (
            "crl_version",
            Error,
            "RFC 5280 §5.1.2.1",
            "The list has extensions but is not of version 2.",
            "A LCR tem extensões, mas não é da versão 2.",
        ),
        |view, hits| {
            if !view.version_2 && !view.crl.extensions.is_empty() {
                hits.at("tbsCertList.version");
            }
        },
    ),
    crl_rule(
        (
            "crl_issuer_empty",
            Error,
            "RFC 5280 §5.1.2.3",
            "The list's issuer has no name.",
            "O emissor da LCR não tem nome.",
        ),
        |view, hits| {
            if view.crl.issuer.is_empty() {
                hits.at("tbsCertList.issuer");
            }
        },
    ),
    crl_rule(
        (
            "crl_algorithms_differ",
            Error,
            "RFC 5280 §5.1.1.2",
            "The signature algorithm inside the signed part is not the one outside of it.",
            "O algoritmo de assinatura dentro da parte assinada não é o mesmo de fora dela.",
        ),
        |view, hits| {
            if let (Some(inner), Some(outer)) = (view.fields.first(), view.outer_algorithm)
                && inner.content != outer.content
            {
                hits.at("tbsCertList.signature");
            }
        },
    ),
    crl_rule(
        (
            "crl_der_encoding",
            Error,
            "RFC 5280 §5.1; X.690 §10, §11",
            "A field is not encoded in DER.",
            "Um campo não está codificado em DER.",
        ),
        |view, hits| view.encoding().into_iter().for_each(|(path, code)| hits.with(path, code)),
    ),
    crl_rule(
        (
            "crl_hash_weak",
            Warning,
            "RFC 6151; RFC 6194",
            "The list is signed with MD2, MD5 or SHA-1, for which collisions are known.",
            "A LCR é assinada com MD2, MD5 ou SHA-1, para os quais se conhecem colisões.",
        ),
        |view, hits| {
            if view.crl.signature_algorithm.is_weak() {
                hits.with("signatureAlgorithm", view.crl.signature_algorithm.name.clone());
            }
        },
    ),
    crl_rule(
        (
            "crl_next_update_missing",
            Error,
            "RFC 5280 §5.1.2.5",
            "The list does not say when the next one comes.",
            "A LCR não informa quando vem a próxima.",
        ),
        |view, hits| {
            if view.crl.next_update.is_none() {
                hits.at("tbsCertList.nextUpdate");
            }
        },
    ),
    crl_rule(
        (
            "crl_times_inverted",
            Error,
            "RFC 5280 §5.1.2.5",
            "The next list is announced for a time before this one.",
            "A próxima LCR está anunciada para antes desta.",
        ),
        |view, hits| {
            if view.crl.next_update.is_some_and(|next| next < view.crl.this_update) {
                hits.at("tbsCertList.nextUpdate");
            }
        },
    ),
    crl_rule(
        (
            "crl_time_form",
            Error,
            "RFC 5280 §5.1.2.4, §5.1.2.5",
            "A date of the list has the wrong type or is not in whole seconds with a final Z.",
            "Uma data da LCR tem o tipo errado ou não está em segundos inteiros com Z no fim.",
        ),
        |view, hits| {
            let instants = [Some(view.crl.this_update), view.crl.next_update];
            for ((element, path), at) in view.times().into_iter().zip(instants.into_iter().flatten()) {
                let general = element.is(der::GENERALIZED_TIME);
                if !der::time_form(&element) || general == (1950..2050).contains(&at.year()) {
                    hits.at(path);
                }
            }
        },
    ),
    crl_rule(
        (
            "crl_stale",
            Notice,
            "RFC 5280 §5.1.2.5",
            "A newer list was due at the instant of the look.",
            "Já devia haver uma LCR mais nova no instante da consulta.",
        ),
        |view, hits| {
            if view.crl.next_update.is_some_and(|next| next < view.at) {
                hits.at("tbsCertList.nextUpdate");
            }
        },
    ),
    crl_rule(
        (
            "crl_revoked_empty",
            Error,
            "RFC 5280 §5.1.2.6",
            "revokedCertificates is there and empty; it must be absent.",
            "revokedCertificates existe e está vazia; não devia existir.",
        ),
        |view, hits| {
            if view.revoked().is_some_and(|list| list.is_empty()) {
                hits.at("tbsCertList.revokedCertificates");
            }
        },
    ),
    crl_rule(
        (
            "crl_entry_duplicate",
            Warning,
            "RFC 5280 §5.1.2.6",
            "A serial number is listed more than once.",
            "Um número de série aparece mais de uma vez.",
        ),
        |view, hits| {
            let mut seen = HashSet::new();
            // Entries of an indirect list can repeat a number, for another issuer.
            let indirect =
                view.extension(IDP).is_some_and(|own| der::inside(own.value()).iter().any(|f| f.is_context(4)));
            for (index, entry) in view.crl.revoked.iter().enumerate() {
                if !seen.insert(&entry.serial) && !indirect {
                    hits.with(format!("tbsCertList.revokedCertificates[{index}].userCertificate"), entry.serial.hex());
                }
            }
        },
    ),
    crl_rule(
        ("crl_number_missing", Error, "RFC 5280 §5.2.3", "The list has no number.", "A LCR não tem número."),
        |view, hits| {
            if view.extension(NUMBER).is_none() {
                hits.at("tbsCertList.crlExtensions");
            }
        },
    ),
    crl_rule(
        (
            "crl_number_critical",
            Error,
            "RFC 5280 §5.2.3",
            "The list's number is critical.",
            "O número da LCR é crítico.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(NUMBER).filter(|own| own.extension.critical) {
                hits.at(own.critical_path());
            }
        },
    ),
    crl_rule(
        (
            "crl_number_too_long",
            Error,
            "RFC 5280 §5.2.3",
            "The list's number is longer than 20 bytes.",
            "O número da LCR tem mais de 20 bytes.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(NUMBER)
                && der::first(own.value()).is_some_and(|number| number.content.len() > 20)
            {
                hits.at(own.value_path());
            }
        },
    ),
    crl_rule(
        (
            "crl_aki_missing",
            Error,
            "RFC 5280 §5.2.1",
            "The list has no authorityKeyIdentifier.",
            "A LCR não tem authorityKeyIdentifier.",
        ),
        |view, hits| {
            if view.extension(AKI).is_none() {
                hits.at("tbsCertList.crlExtensions");
            }
        },
    ),
    crl_rule(
        (
            "crl_aki_critical",
            Error,
            "RFC 5280 §4.2.1.1, §5.2.1",
            "The list's authorityKeyIdentifier is critical.",
            "O authorityKeyIdentifier da LCR é crítico.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(AKI).filter(|own| own.extension.critical) {
                hits.at(own.critical_path());
            }
        },
    ),
    crl_rule(
        (
            "crl_scope_not_critical",
            Error,
            "RFC 5280 §5.2.4, §5.2.5",
            "issuingDistributionPoint or deltaCRLIndicator is not critical.",
            "issuingDistributionPoint ou deltaCRLIndicator não é crítica.",
        ),
        |view, hits| {
            for own in [IDP, DELTA].into_iter().filter_map(|oid| view.extension(oid)) {
                if !own.extension.critical {
                    hits.at(own.critical_path());
                }
            }
        },
    ),
    crl_rule(
        (
            "crl_scope_empty",
            Error,
            "RFC 5280 §5.2.5",
            "issuingDistributionPoint is empty.",
            "issuingDistributionPoint está vazia.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(IDP)
                && der::inside(own.value()).is_empty()
            {
                hits.at(own.value_path());
            }
        },
    ),
    crl_rule(
        (
            "crl_scope_contradictory",
            Error,
            "RFC 5280 §5.2.5",
            "The list says of itself that it has only users, only CAs and only attribute certificates, more than one of them.",
            "A LCR diz conter só usuários, só ACs e só certificados de atributo, mais de uma dessas coisas.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(IDP) {
                let fields = der::inside(own.value());
                let on = |number| fields.iter().any(|field| field.is_context(number) && field.content != [0]);
                if [1, 2, 5].into_iter().filter(|number| on(*number)).count() > 1 {
                    hits.at(own.value_path());
                }
            }
        },
    ),
    crl_rule(
        (
            "crl_freshest_in_delta",
            Error,
            "RFC 5280 §5.2.6",
            "freshestCRL is in a delta list, or critical.",
            "freshestCRL está numa LCR delta, ou é crítica.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(FRESHEST)
                && (own.extension.critical || view.extension(DELTA).is_some())
            {
                hits.at(own.value_path());
            }
        },
    ),
    crl_rule(
        (
            "crl_extension_duplicate",
            Error,
            "RFC 5280 §4.2, §5.2",
            "An extension of the list is there more than once.",
            "Uma extensão da LCR aparece mais de uma vez.",
        ),
        |view, hits| {
            let list = &view.crl.extensions;
            for (index, own) in list.iter().enumerate() {
                if list[..index].iter().any(|before| before.oid == own.oid) {
                    hits.with(format!("tbsCertList.crlExtensions[{index}].extnID"), own.oid.clone());
                }
            }
        },
    ),
    crl_rule(
        (
            "crl_reason_form",
            Error,
            "RFC 5280 §5.3.1",
            "The reason of an entry is critical, or is removeFromCRL in a complete list.",
            "O motivo de uma entrada é crítico, ou é removeFromCRL numa LCR completa.",
        ),
        |view, hits| {
            let complete = view.extension(DELTA).is_none();
            for (index, entry) in view.revoked().unwrap_or_default().iter().enumerate() {
                for (oid, critical, value) in CrlView::entry_extensions(entry) {
                    let removed = der::first(value).is_some_and(|reason| reason.content == [8]);
                    if oid == REASON && (critical || (complete && removed)) {
                        hits.at(format!("tbsCertList.revokedCertificates[{index}].crlEntryExtensions"));
                    }
                }
            }
        },
    ),
    crl_rule(
        (
            "crl_reason_unspecified",
            Notice,
            "RFC 5280 §5.3.1",
            "An entry gives «unspecified» as its reason, which is better left out.",
            "Uma entrada dá «unspecified» como motivo, que é melhor omitir.",
        ),
        |view, hits| {
            for (index, entry) in view.revoked().unwrap_or_default().iter().enumerate() {
                let unspecified = CrlView::entry_extensions(entry)
                    .iter()
                    .any(|(oid, _, value)| oid == REASON && der::first(value).is_some_and(|own| own.content == [0]));
                if unspecified {
                    hits.at(format!("tbsCertList.revokedCertificates[{index}].crlEntryExtensions"));
                }
            }
        },
    ),
    crl_rule(
        (
            "crl_certificate_issuer_not_critical",
            Error,
            "RFC 5280 §5.3.3",
            "certificateIssuer of an entry is not critical.",
            "certificateIssuer de uma entrada não é crítica.",
        ),
        |view, hits| {
            for (index, entry) in view.revoked().unwrap_or_default().iter().enumerate() {
                if CrlView::entry_extensions(entry)
                    .iter()
                    .any(|(oid, critical, _)| oid == CERTIFICATE_ISSUER && !critical)
                {
                    hits.at(format!("tbsCertList.revokedCertificates[{index}].crlEntryExtensions"));
                }
            }
        },
    ),
];
