//! The ICP-Brasil profile (DOC-ICP-04 §7.1; DOC-ICP-01.01; Resolução CG ICP-Brasil 211/2024).
//!
//! Certificates before Resolução 211 carry the identity in otherNames, those after it in the subject's serialNumber; a
//! rule on one layout looks only at certificates that use it.

use cartorio_pki::{
    Certificate, HolderKind, IcpBrasilType, IcpBrasilUse, IdentityKind, IdentitySubject, KeyKind, KeyUsage,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::certificate;
use crate::Rule;
use crate::Severity::{Error, Notice, Warning};
use crate::view::{CertificateView, EXTENSIONS, Hits};

/// The DOU of this day has Resolução CG ICP-Brasil 211.
const RESOLUTION_211: OffsetDateTime = datetime!(2024-11-04 00:00 UTC);
/// From 2012 on certificates have RSA keys of 2048 bits and SHA-2 (DOC-ICP-01.01; the v2 hierarchy began in 2010).
const SHA_2: OffsetDateTime = datetime!(2012-01-01 00:00 UTC);

pub(super) const RULES: &[Rule] = &[
    certificate(
        (
            "icp_policy_missing",
            Error,
            "DOC-ICP-04 §7.1.2.2 c",
            "The certificate names no ICP-Brasil certificate policy.",
            "O certificado não cita uma política de certificado da ICP-Brasil.",
        ),
        |view, hits| {
            if is_leaf(view) && view.certificate.icp_brasil_types().is_empty() {
                hits.at(place(view, "2.5.29.32"));
            }
        },
    ),
    certificate(
        (
            "icp_several_types",
            Warning,
            "DOC-ICP-04 §1.1.5, §7.1.2.2 c",
            "The certificate names policies of more than one type.",
            "O certificado cita políticas de mais de um tipo.",
        ),
        |view, hits| {
            let types = view.certificate.icp_brasil_types();
            if is_leaf(view) && types.len() > 1 {
                let names: Vec<_> = types.into_iter().map(IcpBrasilType::name).collect();
                hits.with(place(view, "2.5.29.32"), names.join(", "));
            }
        },
    ),
    certificate(
        (
            "icp_practice_statement_missing",
            Error,
            "DOC-ICP-04 §7.1.2.2 c",
            "The policy does not say where the practice statement (DPC) is.",
            "A política não informa o endereço da declaração de práticas (DPC).",
        ),
        |view, hits| {
            if is_leaf(view)
                && let Some(own) = view.extension("2.5.29.32")
                && !own.extension.lines().iter().any(|line| line.trim_start().starts_with("cPSuri: "))
            {
                hits.at(own.value_path());
            }
        },
    ),
    certificate(
        (
            "icp_crl_point_missing",
            Error,
            "DOC-ICP-04 §7.1.2.2 d",
            "The certificate does not say where its revocation list is.",
            "O certificado não informa onde está a sua LCR.",
        ),
        |view, hits| {
            if is_leaf(view) && view.certificate.crl_urls.is_empty() {
                hits.at(place(view, "2.5.29.31"));
            }
        },
    ),
    certificate(
        (
            "icp_issuer_access_missing",
            Notice,
            "DOC-ICP-04 §7.1.2.2 e",
            "The certificate does not say where its issuer's certificates are.",
            "O certificado não informa onde estão os certificados do emissor.",
        ),
        |view, hits| {
            if is_leaf(view) && view.certificate.validity.not_before >= SHA_2 && view.certificate.issuer_urls.is_empty()
            {
                hits.at(place(view, "1.3.6.1.5.5.7.1.1"));
            }
        },
    ),
    certificate(
        (
            "icp_key_usage_not_critical",
            Error,
            "DOC-ICP-04 §7.1.2.2 b",
            "keyUsage is absent or not critical.",
            "keyUsage não existe ou não é crítica.",
        ),
        |view, hits| {
            if is_leaf(view) && view.with_criticality("2.5.29.15", true).is_none() {
                hits.at(place(view, "2.5.29.15"));
            }
        },
    ),
    certificate(
        (
            "icp_signature_usage",
            Error,
            "DOC-ICP-04 §7.1.2.2 b",
            "A certificate for signatures lacks digitalSignature or nonRepudiation.",
            "Um certificado de assinatura não tem digitalSignature ou nonRepudiation.",
        ),
        |view, hits| {
            let both = [KeyUsage::DigitalSignature, KeyUsage::NonRepudiation];
            let holder = view.certificate.holder_kind();
            if purpose(view) == Some(IcpBrasilUse::Signature)
                && matches!(holder, HolderKind::Person | HolderKind::Company)
                && let Some(bits) = &view.certificate.key_usage
                && !both.iter().all(|bit| bits.contains(bit))
            {
                hits.at(place(view, "2.5.29.15"));
            }
        },
    ),
    certificate(
        (
            "icp_time_stamp_usage",
            Error,
            "DOC-ICP-04 §7.1.2; RFC 3161 §2.3",
            "A certificate of type T has no time-stamping purpose.",
            "Um certificado do tipo T não tem a finalidade de carimbo do tempo.",
        ),
        |view, hits| {
            if purpose(view) == Some(IcpBrasilUse::TimeStamp)
                && !view.certificate.extended_key_usage.iter().any(|usage| usage.oid == "1.3.6.1.5.5.7.3.8")
            {
                hits.at(place(view, "2.5.29.37"));
            }
        },
    ),
    certificate(
        (
            "icp_code_signing",
            Error,
            "Resolução CG ICP-Brasil 211/2024, art. 5",
            "The certificate is for signing code, which has not been issued since 4 November 2024.",
            "O certificado é de assinatura de código, vedado desde 4 de novembro de 2024.",
        ),
        |view, hits| {
            // The day of publication itself still counts as before.
            if is_leaf(view)
                && view.certificate.validity.not_before >= RESOLUTION_211 + Duration::days(1)
                && view.certificate.extended_key_usage.iter().any(|usage| usage.oid == "1.3.6.1.5.5.7.3.3")
            {
                hits.at(place(view, "2.5.29.37"));
            }
        },
    ),
    certificate(
        (
            "icp_validity_too_long",
            Error,
            "DOC-ICP-04 §6.3.2",
            "The validity is longer than the type allows.",
            "A validade é maior que a permitida para o tipo.",
        ),
        |view, hits| {
            let Some(kind) = own_type(view) else { return };
            let Some(years) = longest(kind) else { return };
            let validity = view.certificate.validity;
            // Leap days, and a day for issuers that count the first one too.
            let limit = validity.not_before + Duration::days(365 * years + years / 4 + 2);
            if validity.not_after > limit {
                let days = (validity.not_after - validity.not_before).whole_days();
                hits.with("tbsCertificate.validity", format!("{}: {days} days", kind.name()));
            }
        },
    ),
    certificate(
        (
            "icp_rsa_too_small",
            Error,
            "DOC-ICP-01.01 §3",
            "The RSA key is smaller than ICP-Brasil allows (2048 bits since 2012).",
            "A chave RSA é menor do que a ICP-Brasil admite (2048 bits desde 2012).",
        ),
        |view, hits| {
            if (is_leaf(view) || is_ca(view))
                && view.certificate.validity.not_before >= SHA_2
                && let KeyKind::Rsa { bits, .. } = view.certificate.key.kind
                && bits < 2048
            {
                hits.with("tbsCertificate.subjectPublicKeyInfo", format!("{bits} bits"));
            }
        },
    ),
    certificate(
        (
            "icp_sha1",
            Error,
            "DOC-ICP-01.01 §3",
            "The certificate was issued with SHA-1 or an older hash after 2011.",
            "O certificado foi emitido com SHA-1 ou hash mais antigo depois de 2011.",
        ),
        |view, hits| {
            let algorithm = &view.certificate.signature_algorithm;
            if (is_leaf(view) || is_ca(view)) && view.certificate.validity.not_before >= SHA_2 && algorithm.is_weak() {
                hits.with("signatureAlgorithm", algorithm.name.clone());
            }
        },
    ),
    certificate(
        (
            "icp_pss",
            Warning,
            "DOC-ICP-01.01 §3",
            "The certificate is signed with RSASSA-PSS, which ICP-Brasil's lists do not have.",
            "O certificado é assinado com RSASSA-PSS, que não está nas listas da ICP-Brasil.",
        ),
        |view, hits| {
            if (is_leaf(view) || is_ca(view)) && view.certificate.signature_algorithm.oid == "1.2.840.113549.1.1.10" {
                hits.at("signatureAlgorithm");
            }
        },
    ),
    certificate(
        ("icp_country", Error, "DOC-ICP-04 §7.1.4", "The subject's country is not BR.", "O país do titular não é BR."),
        |view, hits| {
            if is_person_or_company(view) && view.certificate.subject.get("C") != Some("BR") {
                hits.with("tbsCertificate.subject", view.certificate.subject.get("C").unwrap_or_default());
            }
        },
    ),
    certificate(
        (
            "icp_organization",
            Error,
            "DOC-ICP-04 §7.1.4",
            "The subject's organization is not ICP-Brasil.",
            "A organização do titular não é ICP-Brasil.",
        ),
        |view, hits| {
            if is_person_or_company(view) && view.certificate.subject.get("O") != Some("ICP-Brasil") {
                hits.with("tbsCertificate.subject", view.certificate.subject.get("O").unwrap_or_default());
            }
        },
    ),
    certificate(
        (
            "icp_common_name_missing",
            Error,
            "DOC-ICP-04 §7.1.4",
            "The subject has no common name.",
            "O titular não tem nome comum (CN).",
        ),
        |view, hits| {
            if is_leaf(view) && own_type(view).is_some() && view.certificate.subject.common_name().is_none() {
                hits.at("tbsCertificate.subject");
            }
        },
    ),
    certificate(
        (
            "icp_identity_missing",
            Error,
            "DOC-ICP-04 §7.1.2.3; Resolução CG ICP-Brasil 211/2024",
            "The certificate has neither CPF nor CNPJ of its holder, in neither layout.",
            "O certificado não tem CPF nem CNPJ do titular, em nenhum dos leiautes.",
        ),
        |view, hits| {
            let bound = matches!(
                purpose(view),
                Some(IcpBrasilUse::Signature | IcpBrasilUse::Confidentiality | IcpBrasilUse::Seal)
            );
            let has = |kind| view.certificate.identity.field(IdentitySubject::Holder, kind).is_some();
            if bound && !has(IdentityKind::Cpf) && !has(IdentityKind::Cnpj) {
                hits.at(place(view, "2.5.29.17"));
            }
        },
    ),
    certificate(
        (
            "icp_other_name_missing",
            Error,
            "DOC-ICP-04 §7.1.2.3",
            "An otherName that this kind of holder must have is missing.",
            "Falta um otherName obrigatório para este tipo de titular.",
        ),
        |view, hits| {
            // Only certificates of the layout before Resolução 211.
            let before = view.certificate.validity.not_before < RESOLUTION_211;
            if !before || own_type(view).is_none() {
                return;
            }
            let wanted: &[&str] = match view.certificate.holder_kind() {
                HolderKind::Person => &["1", "5", "6"],
                HolderKind::Company => &["2", "3", "4", "7"],
                HolderKind::Equipment => &["2", "3", "4", "8"],
                HolderKind::Ca | HolderKind::TimeStampAuthority | HolderKind::Unknown => &[],
            };
            for last in wanted {
                let oid = format!("2.16.76.1.3.{last}");
                if !view.certificate.alternative_names.iter().any(|name| name.oid.as_deref() == Some(&oid)) {
                    hits.with(place(view, "2.5.29.17"), oid);
                }
            }
        },
    ),
    certificate(
        (
            "icp_identity_check_digits",
            Error,
            "DOC-ICP-04 §7.1.2.3",
            "A CPF, CNPJ, NIS, voter's title or CEI has wrong check digits.",
            "Um CPF, CNPJ, NIS, título de eleitor ou CEI tem dígitos verificadores errados.",
        ),
        |view, hits| remark(view, hits, &["identity_check_digits_wrong"]),
    ),
    certificate(
        (
            "icp_identity_malformed",
            Error,
            "DOC-ICP-04 §7.1.2.3",
            "A field of the holder's identity has characters, a length or a date that cannot be.",
            "Um campo da identidade do titular tem caracteres, tamanho ou data impossíveis.",
        ),
        |view, hits| {
            remark(view, hits, &["identity_malformed", "identity_too_short", "identity_too_long", "identity_not_text"]);
        },
    ),
    certificate(
        (
            "icp_identity_string_type",
            Warning,
            "DOC-ICP-04 §7.1.2.3",
            "An otherName is neither an OCTET STRING nor a PrintableString.",
            "Um otherName não está em OCTET STRING nem em PrintableString.",
        ),
        |view, hits| remark(view, hits, &["identity_string_type"]),
    ),
    certificate(
        (
            "icp_rg_issuer_without_rg",
            Notice,
            "DOC-ICP-04 §7.1.2.3",
            "The issuer of the RG is given, but the RG is not.",
            "O órgão expedidor do RG está informado, mas o RG não.",
        ),
        |view, hits| remark(view, hits, &["identity_rg_issuer_without_rg"]),
    ),
    certificate(
        (
            "icp_identity_disagrees",
            Warning,
            "Resolução CG ICP-Brasil 211/2024",
            "The subject's serialNumber and the otherName give different numbers.",
            "O serialNumber do titular e o otherName trazem números diferentes.",
        ),
        |view, hits| remark(view, hits, &["identity_sources_disagree"]),
    ),
    certificate(
        (
            "icp_seal_of_a_person",
            Error,
            "DOC-ICP-04 §1.1.7",
            "An electronic seal is issued to a natural person; it is for legal persons only.",
            "Um selo eletrônico foi emitido para pessoa física; é só para pessoas jurídicas.",
        ),
        |view, hits| {
            let identity = &view.certificate.identity;
            if purpose(view) == Some(IcpBrasilUse::Seal)
                && identity.field(IdentitySubject::Holder, IdentityKind::Cpf).is_some()
                && identity.field(IdentitySubject::Holder, IdentityKind::Cnpj).is_none()
            {
                hits.at(place(view, "2.5.29.32"));
            }
        },
    ),
];

/// Longest validity in years, where the norm's table has one number.
fn longest(kind: IcpBrasilType) -> Option<i64> {
    match kind {
        IcpBrasilType::A1 | IcpBrasilType::S1 | IcpBrasilType::SeS => Some(1),
        IcpBrasilType::A2 | IcpBrasilType::S2 => Some(2),
        IcpBrasilType::A3 | IcpBrasilType::S3 | IcpBrasilType::T3 | IcpBrasilType::SeH => Some(5),
        // Six years, eleven where the whole chain has elliptic curves.
        IcpBrasilType::A4 | IcpBrasilType::S4 | IcpBrasilType::T4 => Some(11),
        IcpBrasilType::Ae | IcpBrasilType::ACfeSat | IcpBrasilType::OmBr => None,
    }
}

fn of_icp_brasil(certificate: &Certificate) -> bool {
    certificate.issuer.get("O") == Some("ICP-Brasil") || !certificate.icp_brasil_types().is_empty()
}

fn is_leaf(view: &CertificateView<'_>) -> bool {
    !view.is_ca() && of_icp_brasil(view.certificate)
}

fn is_ca(view: &CertificateView<'_>) -> bool {
    view.is_ca() && of_icp_brasil(view.certificate)
}

fn own_type(view: &CertificateView<'_>) -> Option<IcpBrasilType> {
    if is_leaf(view) { view.certificate.icp_brasil_type() } else { None }
}

fn purpose(view: &CertificateView<'_>) -> Option<IcpBrasilUse> {
    own_type(view).map(IcpBrasilType::purpose)
}

fn is_person_or_company(view: &CertificateView<'_>) -> bool {
    own_type(view).is_some() && matches!(view.certificate.holder_kind(), HolderKind::Person | HolderKind::Company)
}

/// Where an extension stands; the list of extensions where it does not.
fn place(view: &CertificateView<'_>, oid: &str) -> String {
    view.extension(oid).map_or_else(|| EXTENSIONS.to_owned(), |own| own.value_path())
}

fn remark(view: &CertificateView<'_>, hits: &mut Hits, codes: &[&str]) {
    if !is_leaf(view) {
        return;
    }
    for remark in view.certificate.identity.remarks.iter().filter(|remark| codes.contains(&remark.code)) {
        let path =
            if remark.source == "2.5.4.5" { "tbsCertificate.subject".to_owned() } else { place(view, "2.5.29.17") };
        let field = remark.kind.map(|kind| format!(" {}", kind.code())).unwrap_or_default();
        hits.with(path, format!("{}{field}", remark.source));
    }
}
