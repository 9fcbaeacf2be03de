//! ICP-Brasil: 2.16.76.1, the arc of the ITI (DOC-ICP-04, DOC-ICP-04.01, DOC-ICP-15.03, Resolução CG ICP-Brasil nº 211).

use super::OidFamily::{Attribute, Extension, OtherName, Policy, SignaturePolicy};
use super::{Arc, OidName, arc, oid_name};

pub(super) const ARCS: &[Arc] = &[
    arc(
        "2.16.76.1.3",
        OtherName,
        &[
            ("1", "ICP-Brasil: dados da pessoa física"),
            ("2", "ICP-Brasil: nome do responsável"),
            ("3", "ICP-Brasil: CNPJ"),
            ("4", "ICP-Brasil: dados do responsável pela pessoa jurídica"),
            ("5", "ICP-Brasil: título de eleitor"),
            ("6", "ICP-Brasil: CEI da pessoa física"),
            ("7", "ICP-Brasil: CEI da pessoa jurídica"),
            ("8", "ICP-Brasil: nome empresarial"),
            ("9", "ICP-Brasil: RIC"),
        ],
    ),
    arc("2.16.76.1.4.2.2", Attribute, &[("1", "ICP-Brasil: inscrição no CRM"), ("2", "ICP-Brasil: UF do CRM")]),
    arc("2.16.76.1.4.2.3", Attribute, &[("1", "ICP-Brasil: inscrição no CRF"), ("2", "ICP-Brasil: UF do CRF")]),
    arc(
        "2.16.76.1.8",
        Extension,
        &[("1", "br-ext-mandatedPdfSigDicEntries"), ("2", "br-ext-dss"), ("3", "br-ext-mandatedDocTSEntries")],
    ),
    arc(
        "2.16.76.1.12.1",
        Attribute,
        &[
            ("1", "ICP-Brasil: prescrição de medicamento"),
            ("2", "ICP-Brasil: atestado médico"),
            ("3", "ICP-Brasil: solicitação de exame"),
            ("11", "ICP-Brasil: relatório médico"),
        ],
    ),
];

/// Types of certificates (DOC-ICP-04 §1.1.5, §1.2); those of specific applications (AE-S, AE-H) have two numberings in use
/// and no name here.
const CERTIFICATE_TYPES: &[(&str, &str)] = &[
    ("1", "ICP-Brasil: política de certificado A1"),
    ("2", "ICP-Brasil: política de certificado A2"),
    ("3", "ICP-Brasil: política de certificado A3"),
    ("4", "ICP-Brasil: política de certificado A4"),
    ("101", "ICP-Brasil: política de certificado S1"),
    ("102", "ICP-Brasil: política de certificado S2"),
    ("103", "ICP-Brasil: política de certificado S3"),
    ("104", "ICP-Brasil: política de certificado S4"),
    ("201", "ICP-Brasil: política de certificado SE-S"),
    ("202", "ICP-Brasil: política de certificado SE-H"),
    ("303", "ICP-Brasil: política de certificado T3"),
    ("304", "ICP-Brasil: política de certificado T4"),
    ("500", "ICP-Brasil: política de certificado A CF-e-SAT"),
    ("550", "ICP-Brasil: política de certificado OM-BR"),
];

/// Signature policies (DOC-ICP-15.03 and the lists of policies that the ITI publishes).
const SIGNATURE_POLICIES: &[(&str, &str)] = &[
    ("1", "ICP-Brasil: política de assinatura PA_AD_RB (CAdES)"),
    ("2", "ICP-Brasil: política de assinatura PA_AD_RT (CAdES)"),
    ("3", "ICP-Brasil: política de assinatura PA_AD_RV (CAdES)"),
    ("4", "ICP-Brasil: política de assinatura PA_AD_RC (CAdES)"),
    ("5", "ICP-Brasil: política de assinatura PA_AD_RA (CAdES)"),
    ("6", "ICP-Brasil: política de assinatura PA_AD_RB (XAdES)"),
    ("7", "ICP-Brasil: política de assinatura PA_AD_RT (XAdES)"),
    ("8", "ICP-Brasil: política de assinatura PA_AD_RV (XAdES)"),
    ("9", "ICP-Brasil: política de assinatura PA_AD_RC (XAdES)"),
    ("10", "ICP-Brasil: política de assinatura PA_AD_RA (XAdES)"),
    ("11", "ICP-Brasil: política de assinatura PA_PAdES_AD_RB"),
    ("12", "ICP-Brasil: política de assinatura PA_PAdES_AD_RT"),
    ("13", "ICP-Brasil: política de assinatura PA_PAdES_AD_RC"),
    ("14", "ICP-Brasil: política de assinatura PA_PAdES_AD_RA"),
];

/// Names of the arcs whose leaves the ITI gives to each authority.
pub(super) fn structure(oid: &str) -> Option<OidName> {
    let rest = oid.strip_prefix("2.16.76.1.")?;
    let (arc, leaf) = rest.split_once('.')?;
    let first = leaf.split('.').next()?;
    let of = |table: &[(&str, &'static str)]| table.iter().find(|(own, _)| *own == first).map(|(_, name)| *name);
    let (name, family) = match arc {
        "1" => ("ICP-Brasil: declaração de práticas", Policy),
        "2" => (of(CERTIFICATE_TYPES).unwrap_or("ICP-Brasil: política de certificado"), Policy),
        "4" => ("ICP-Brasil: identificação profissional", OtherName),
        "7" => (signature_policy(leaf).unwrap_or("ICP-Brasil: política de assinatura"), SignaturePolicy),
        _ => return None,
    };
    Some(OidName { name, family })
}

fn signature_policy(leaf: &str) -> Option<&'static str> {
    let kind = leaf.strip_prefix("1.")?.split('.').next()?;
    SIGNATURE_POLICIES.iter().find(|(own, _)| *own == kind).map(|(_, name)| *name)
}

/// The name of an object identifier, and under the arcs of ICP-Brasil its number or version too:
/// `ICP-Brasil: política de certificado A1 nº 23`.
pub fn oid_label(oid: &str) -> Option<String> {
    let name = oid_name(oid)?.name;
    let leaf: Vec<&str> = oid.strip_prefix("2.16.76.1.").map_or(Vec::new(), |rest| rest.split('.').collect());
    Some(match leaf.as_slice() {
        ["1", number] | ["2", _, number] => format!("{name} nº {number}"),
        ["7", "1", _, major] => format!("{name} v{major}.0"),
        ["7", "1", _, major, minor] => format!("{name} v{major}.{minor}"),
        _ => name.to_owned(),
    })
}
