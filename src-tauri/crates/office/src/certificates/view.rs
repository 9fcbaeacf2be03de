//! From a decoded certificate to what the window shows; personal numbers masked everywhere.

use cartorio_pki::{
    Certificate, DistinguishedName, Extension, FieldState, HolderKind, IcpBrasilType, IdentityField, IdentityKind,
    IdentitySubject, KeyKind, PkiObject, legal,
};

use super::{FileObjects, mask, sha256};
use crate::dto::{
    CertificateDetail, ExtensionView, Fact, FactForm, IcpView, IdentifierView, KeyFacts, LegalLabel, NameAttributeView,
    OpaqueObject,
};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Everything about one certificate.
pub(crate) fn detail(certificate: &Certificate, label: LegalLabel) -> CertificateDetail {
    let mask = |text: &str| mask_text(text, certificate);
    let (kind, curve) = match &certificate.key.kind {
        KeyKind::Rsa { .. } => ("RSA".to_owned(), None),
        KeyKind::Ec { curve, .. } => ("EC".to_owned(), Some(curve.clone())),
        KeyKind::Other { name } => (name.clone(), None),
    };
    CertificateDetail {
        sha256: certificate.fingerprint(),
        sha1: certificate.fingerprint_sha1(),
        name: holder_name(certificate),
        subject: mask(certificate.subject.rfc4514()),
        issuer: mask(certificate.issuer.rfc4514()),
        subject_attributes: attributes(&certificate.subject, certificate),
        issuer_attributes: attributes(&certificate.issuer, certificate),
        serial_dec: certificate.serial.decimal(),
        serial_hex: certificate.serial.hex(),
        not_before: rfc3339(certificate.validity.not_before),
        not_after: rfc3339(certificate.validity.not_after),
        version: certificate.version,
        key: KeyFacts { kind, bits: certificate.key.bits(), curve, spki_sha256: sha256(&certificate.key.spki) },
        signature_algorithm: certificate.signature_algorithm.name.clone(),
        key_usages: certificate.key_usage.iter().flatten().map(|usage| usage.name().to_owned()).collect(),
        extended_usages: certificate
            .extended_key_usage
            .iter()
            .map(|usage| usage.name.map_or_else(|| usage.oid.clone(), str::to_owned))
            .collect(),
        is_ca: certificate.is_ca(),
        self_issued: certificate.is_self_issued(),
        extensions: certificate
            .extensions
            .iter()
            .map(|extension| ExtensionView {
                oid: extension.oid.clone(),
                name: extension.name.unwrap_or(&extension.oid).to_owned(),
                critical: extension.critical,
                lines: extension.lines().iter().map(|line| mask_text(line, certificate)).collect(),
                facts: extension_facts(extension, certificate),
            })
            .collect(),
        identifiers: identifiers(certificate, true),
        icp: icp(certificate),
        crl_urls: certificate.crl_urls.clone(),
        ocsp_urls: certificate.ocsp_urls.clone(),
        issuer_urls: certificate.issuer_urls.clone(),
        legal: label,
        pem: certificate.pem(),
    }
}

/// Common name without a trailing `:CPF` or `:CNPJ`, every other CPF in it masked; the whole subject where there is no common name.
pub(crate) fn holder_name(certificate: &Certificate) -> String {
    mask::name(&certificate.subject)
}

/// The same for the issuer.
pub(crate) fn issuer_name(certificate: &Certificate) -> String {
    mask::name(&certificate.issuer)
}

/// What an extension says, with labels; personal numbers masked.
pub(crate) fn extension_facts(extension: &Extension, certificate: &Certificate) -> Vec<Fact> {
    facts_of(extension, |text| mask_text(text, certificate))
}

/// The same for an extension of anything, with `mask` over every value.
pub(crate) fn facts_of(extension: &Extension, mask: impl Fn(&str) -> String) -> Vec<Fact> {
    extension
        .facts()
        .iter()
        .map(|fact| {
            let value = mask(fact.shown());
            Fact {
                code: fact.label.clone(),
                named: true,
                form: if is_mono(&value) { FactForm::Mono } else { FactForm::Text },
                value,
                level: u32::from(fact.level),
            }
        })
        .collect()
}

/// Whether a value is a number, an identifier or hexadecimal rather than words.
fn is_mono(value: &str) -> bool {
    let digits = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
    value.len() >= 4 && value.contains(|c: char| c.is_ascii_digit()) && value.chars().all(digits)
}

/// What ICP-Brasil's policies say of it.
fn icp(certificate: &Certificate) -> Option<IcpView> {
    let kind = certificate.icp_brasil_type()?;
    let policy = certificate.policies.iter().find(|own| IcpBrasilType::from_policy(&own.oid) == Some(kind))?;
    let holder = match certificate.holder_kind() {
        HolderKind::Ca | HolderKind::TimeStampAuthority => "authority",
        HolderKind::Person => "person",
        HolderKind::Company => "company",
        HolderKind::Equipment => "equipment",
        HolderKind::Unknown => "unknown",
    };
    Some(IcpView {
        certificate_type: kind.name().to_owned(),
        holder: holder.to_owned(),
        policy_oid: policy.oid.clone(),
    })
}

/// Brazilian identifiers of the holder, masked or in the clear.
pub(crate) fn identifiers(certificate: &Certificate, masked: bool) -> Vec<IdentifierView> {
    let mut fields: Vec<&IdentityField> = Vec::new();
    for field in &certificate.identity.fields {
        // The subject's serialNumber repeats what an otherName says.
        let said = fields
            .iter()
            .any(|own| own.subject == field.subject && own.kind == field.kind && own.reveal() == field.reveal());
        if field.state != FieldState::NotGiven && !said {
            fields.push(field);
        }
    }
    // Who it is comes first, whatever the order of the layout.
    fields.sort_by_key(|field| (field.subject != IdentitySubject::Holder, field.kind != IdentityKind::Cpf));
    let view = |field: &&IdentityField| IdentifierView {
        kind: match field.subject {
            IdentitySubject::Holder => field.kind.code().to_owned(),
            IdentitySubject::Responsible => format!("responsible_{}", field.kind.code()),
        },
        masked: if masked { field.masked() } else { field.reveal().to_owned() },
        state: match field.state {
            FieldState::Sound => "ok",
            FieldState::WrongCheckDigits => "wrong_check_digit",
            FieldState::Malformed => "malformed",
            FieldState::Unchecked | FieldState::NotGiven => "not_checked",
        }
        .to_owned(),
    };
    fields.iter().map(view).collect()
}

/// Replaces personal numbers wherever they stand in `text`: those that the certificate has, and every sound CPF.
pub(crate) fn mask_text(text: &str, certificate: &Certificate) -> String {
    let numbers = certificate.identity.fields.iter().filter(|field| match field.kind {
        IdentityKind::Cpf | IdentityKind::Nis | IdentityKind::VoterTitle | IdentityKind::Cei | IdentityKind::Ric => {
            field.state != FieldState::NotGiven && field.reveal().len() >= 8
        }
        IdentityKind::Name
        | IdentityKind::BirthDate
        | IdentityKind::Rg
        | IdentityKind::RgIssuer
        | IdentityKind::Cnpj
        | IdentityKind::BusinessName
        | IdentityKind::VoterZone
        | IdentityKind::VoterSection
        | IdentityKind::VoterPlace => false,
    });
    let own = numbers.fold(text.to_owned(), |text, field| {
        let plain: String = field.reveal().chars().filter(char::is_ascii_alphanumeric).collect();
        text.replace(field.reveal(), &field.masked()).replace(&plain, &field.masked())
    });
    mask::text(&own)
}

fn attributes(name: &DistinguishedName, certificate: &Certificate) -> Vec<NameAttributeView> {
    name.attributes()
        .iter()
        .map(|attribute| NameAttributeView {
            oid: attribute.oid.clone(),
            name: attribute.name.clone(),
            value: mask_text(&attribute.value, certificate),
        })
        .collect()
}

/// The label as the UI names it.
pub(crate) fn legal_view(label: legal::LegalLabel) -> LegalLabel {
    match label {
        legal::LegalLabel::Qualified => LegalLabel::Qualified,
        legal::LegalLabel::Advanced => LegalLabel::Advanced,
        legal::LegalLabel::Demonstration => LegalLabel::Demonstration,
        legal::LegalLabel::Unknown => LegalLabel::Unknown,
    }
}

/// Reads a file of certificates by its content.
pub(crate) fn read_objects(name: &str, bytes: &[u8]) -> OfficeResult<FileObjects> {
    let bundle = cartorio_pki::read_objects(bytes).map_err(|error| {
        let mut error = OfficeError::from(error);
        if let OfficeError::Format(wire) = &mut error {
            wire.params.insert("name".to_owned(), name.to_owned());
        }
        error
    })?;
    let mut others: Vec<OpaqueObject> = bundle
        .objects
        .iter()
        .filter_map(|found| match &found.object {
            PkiObject::Certificate(_) => None,
            PkiObject::Crl(crl) => Some(OpaqueObject {
                kind: "crl".to_owned(),
                description: format!("{} ({})", crl.issuer.display_name(), rfc3339(crl.this_update)),
            }),
            other => Some(OpaqueObject { kind: other.kind().code().to_owned(), description: name.to_owned() }),
        })
        .collect();
    others.extend(
        bundle
            .problems
            .iter()
            .map(|problem| OpaqueObject { kind: "unknown".to_owned(), description: problem.to_string() }),
    );
    Ok(FileObjects { certificates: bundle.certificates(), crls: bundle.crls(), others })
}
