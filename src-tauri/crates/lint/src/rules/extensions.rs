//! Extensions as such: duplicates, criticality, identifiers of keys, pointers (RFC 5280 §4.2).

use super::certificate;
use crate::Severity::{Error, Notice, Warning};
use crate::view::{CertificateView, EXTENSIONS, Hits};
use crate::{Rule, der};

const AKI: &str = "2.5.29.35";
const CRL_POINTS: &str = "2.5.29.31";
const FRESHEST: &str = "2.5.29.46";
const AIA: &str = "1.3.6.1.5.5.7.1.1";
const NO_REV_AVAIL: &str = "2.5.29.56";

/// A rule that fires where an extension has the wrong criticality.
macro_rules! criticality {
    ($code:literal, $severity:ident, $clause:literal, $oid:literal, $wrong:literal, $en:literal, $pt:literal) => {
        certificate(($code, $severity, $clause, $en, $pt), |view, hits| critical(view, hits, $oid, $wrong))
    };
}

pub(super) const RULES: &[Rule] = &[
    certificate(
        (
            "extension_duplicate",
            Error,
            "RFC 5280 §4.2",
            "An extension is there more than once.",
            "Uma extensão aparece mais de uma vez.",
        ),
        |view, hits| {
            let list = &view.certificate.extensions;
            for (index, own) in list.iter().enumerate() {
                if list[..index].iter().any(|before| before.oid == own.oid) {
                    hits.with(format!("{EXTENSIONS}[{index}].extnID"), own.oid.clone());
                }
            }
        },
    ),
    certificate(
        (
            "extension_malformed",
            Error,
            "RFC 5280 §4.2",
            "The content of a known extension cannot be decoded.",
            "O conteúdo de uma extensão conhecida não pode ser decodificado.",
        ),
        |view, hits| {
            for (index, own) in view.certificate.extensions.iter().enumerate().filter(|(_, own)| own.malformed()) {
                hits.with(format!("{EXTENSIONS}[{index}].extnValue"), own.oid.clone());
            }
        },
    ),
    certificate(
        (
            "extension_unknown_critical",
            Warning,
            "RFC 5280 §4.2",
            "An extension that the standard does not have is critical: many programs will refuse the certificate.",
            "Uma extensão fora da norma é crítica: muitos programas vão recusar o certificado.",
        ),
        |view, hits| {
            const KNOWN: [&str; 16] = [
                "2.5.29.9",
                "2.5.29.14",
                "2.5.29.15",
                "2.5.29.17",
                "2.5.29.18",
                "2.5.29.19",
                "2.5.29.30",
                "2.5.29.31",
                "2.5.29.32",
                "2.5.29.33",
                "2.5.29.35",
                "2.5.29.36",
                "2.5.29.37",
                "2.5.29.46",
                "2.5.29.54",
                // CT poison exists to be critical (RFC 6962 §3.1).
                "1.3.6.1.4.1.11129.2.4.3",
            ];
            for (index, own) in view.certificate.extensions.iter().enumerate() {
                if own.critical && !KNOWN.contains(&own.oid.as_str()) {
                    hits.with(format!("{EXTENSIONS}[{index}].critical"), own.oid.clone());
                }
            }
        },
    ),
    criticality!(
        "aki_critical",
        Error,
        "RFC 5280 §4.2.1.1",
        "2.5.29.35",
        true,
        "authorityKeyIdentifier is critical.",
        "authorityKeyIdentifier é crítica."
    ),
    criticality!(
        "ski_critical",
        Error,
        "RFC 5280 §4.2.1.2",
        "2.5.29.14",
        true,
        "subjectKeyIdentifier is critical.",
        "subjectKeyIdentifier é crítica."
    ),
    criticality!(
        "issuer_alt_name_critical",
        Notice,
        "RFC 5280 §4.2.1.7",
        "2.5.29.18",
        true,
        "issuerAltName is critical.",
        "issuerAltName é crítica."
    ),
    criticality!(
        "directory_attributes_critical",
        Error,
        "RFC 5280 §4.2.1.8",
        "2.5.29.9",
        true,
        "subjectDirectoryAttributes is critical.",
        "subjectDirectoryAttributes é crítica."
    ),
    criticality!(
        "crl_points_critical",
        Notice,
        "RFC 5280 §4.2.1.13",
        "2.5.29.31",
        true,
        "cRLDistributionPoints is critical.",
        "cRLDistributionPoints é crítica."
    ),
    criticality!(
        "freshest_crl_critical",
        Error,
        "RFC 5280 §4.2.1.15",
        "2.5.29.46",
        true,
        "freshestCRL is critical.",
        "freshestCRL é crítica."
    ),
    criticality!(
        "aia_critical",
        Error,
        "RFC 5280 §4.2.2.1",
        "1.3.6.1.5.5.7.1.1",
        true,
        "authorityInfoAccess is critical.",
        "authorityInfoAccess é crítica."
    ),
    criticality!(
        "sia_critical",
        Error,
        "RFC 5280 §4.2.2.2",
        "1.3.6.1.5.5.7.1.11",
        true,
        "subjectInfoAccess is critical.",
        "subjectInfoAccess é crítica."
    ),
    criticality!(
        "no_rev_avail_critical",
        Error,
        "RFC 9608 §2",
        "2.5.29.56",
        true,
        "noRevAvail is critical.",
        "noRevAvail é crítica."
    ),
    certificate(
        (
            "no_rev_avail_conflict",
            Error,
            "RFC 9608 §2, §4",
            "noRevAvail is in a CA's certificate, or beside a pointer to revocation data.",
            "noRevAvail está no certificado de uma AC, ou junto de um endereço de dados de revogação.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(NO_REV_AVAIL) {
                let pointers = view.extension(CRL_POINTS).is_some() || view.extension(FRESHEST).is_some();
                if view.is_ca() || pointers || !view.certificate.ocsp_urls.is_empty() {
                    hits.at(own.value_path());
                }
            }
        },
    ),
    certificate(
        (
            "aki_missing",
            Error,
            "RFC 5280 §4.2.1.1",
            "The certificate has no authorityKeyIdentifier, and is not self-signed.",
            "O certificado não tem authorityKeyIdentifier, e não é autoassinado.",
        ),
        |view, hits| {
            if view.certificate.version == 3 && view.extension(AKI).is_none() && !view.certificate.is_self_issued() {
                hits.at(EXTENSIONS);
            }
        },
    ),
    certificate(
        (
            "aki_without_key_identifier",
            Error,
            "RFC 5280 §4.2.1.1",
            "authorityKeyIdentifier has no keyIdentifier.",
            "authorityKeyIdentifier não tem keyIdentifier.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(AKI)
                && !view.certificate.is_self_issued()
                && !der::inside(own.value()).iter().any(|field| field.is_context(0))
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "aki_half_issuer",
            Error,
            "RFC 5280 §4.2.1.1, Appendix A.2",
            "authorityKeyIdentifier has the issuer without the serial number, or the other way round.",
            "authorityKeyIdentifier tem o emissor sem o número de série, ou o contrário.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(AKI) {
                let fields = der::inside(own.value());
                let has = |number| fields.iter().any(|field| field.is_context(number));
                if has(1) != has(2) {
                    hits.at(own.value_path());
                }
            }
        },
    ),
    certificate(
        (
            "aki_differs",
            Error,
            "RFC 5280 §4.2.1.1",
            "authorityKeyIdentifier is not the issuer's subjectKeyIdentifier.",
            "authorityKeyIdentifier não é o subjectKeyIdentifier do emissor.",
        ),
        |view, hits| {
            let issuer = view.context.issuer.and_then(|issuer| issuer.subject_key_id.as_ref());
            if let (Some(own), Some(named), Some(issuer)) =
                (view.extension(AKI), &view.certificate.authority_key_id, issuer)
                && named != issuer
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "crl_point_without_name",
            Error,
            "RFC 5280 §4.2.1.13",
            "A distribution point has neither a place nor an issuer of the list.",
            "Um ponto de distribuição não tem lugar nem emissor da lista.",
        ),
        |view, hits| {
            for own in [view.extension(CRL_POINTS), view.extension(FRESHEST)].into_iter().flatten() {
                for (index, point) in der::inside(own.value()).iter().enumerate() {
                    if !point.children().any(|field| field.is_context(0) || field.is_context(2)) {
                        hits.at(format!("{}[{index}]", own.value_path()));
                    }
                }
            }
        },
    ),
    certificate(
        (
            "crl_point_scheme",
            Warning,
            "RFC 5280 §4.2.1.13",
            "A distribution point is neither at http nor at ldap.",
            "Um ponto de distribuição não está em http nem em ldap.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(CRL_POINTS) {
                for url in &view.certificate.crl_urls {
                    if !["http://", "ldap://"].iter().any(|scheme| url.to_ascii_lowercase().starts_with(scheme)) {
                        hits.with(own.value_path(), url.clone());
                    }
                }
            }
        },
    ),
    certificate(
        (
            "aia_empty",
            Error,
            "RFC 5280 §4.2.2.1",
            "authorityInfoAccess is there and points nowhere.",
            "authorityInfoAccess existe e não aponta para nada.",
        ),
        |view, hits| {
            if let Some(own) = view.extension(AIA)
                && der::inside(own.value()).is_empty()
            {
                hits.at(own.value_path());
            }
        },
    ),
];

fn critical(view: &CertificateView<'_>, hits: &mut Hits, oid: &str, wrong: bool) {
    if let Some(own) = view.with_criticality(oid, wrong) {
        hits.at(own.critical_path());
    }
}
