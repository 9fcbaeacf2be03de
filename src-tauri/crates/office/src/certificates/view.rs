//! From a decoded certificate to what the window shows; personal numbers masked everywhere.

use cartorio_pki::{Certificate, DistinguishedName, KeyKind, PkiObject, legal};
use time::Date;

use super::{FileObjects, sha256};
use crate::dto::{
    CertificateDetail, ExtensionView, IdentifierView, KeyFacts, LegalLabel, NameAttributeView, OpaqueObject,
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
                lines: extension.lines.iter().map(|line| mask_line(line, certificate)).collect(),
                facts: Vec::new(),
            })
            .collect(),
        identifiers: identifiers(certificate, true),
        icp: None,
        crl_urls: certificate.crl_urls.clone(),
        ocsp_urls: certificate.ocsp_urls.clone(),
        issuer_urls: certificate.issuer_urls.clone(),
        legal: label,
        pem: certificate.pem(),
    }
}

/// Common name without a trailing `:CPF` or `:CNPJ`; the whole subject where there is no common name.
pub(crate) fn holder_name(certificate: &Certificate) -> String {
    plain_name(&certificate.subject)
}

/// The same for the issuer.
pub(crate) fn issuer_name(certificate: &Certificate) -> String {
    plain_name(&certificate.issuer)
}

fn plain_name(name: &DistinguishedName) -> String {
    let full = name.display_name();
    match full.rsplit_once(':') {
        Some((name, number)) if matches!(number.len(), 11 | 14) && number.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            name.trim().to_owned()
        }
        Some(_) | None => full.to_owned(),
    }
}

/// Brazilian identifiers of the holder, masked or in the clear.
pub(crate) fn identifiers(certificate: &Certificate, masked: bool) -> Vec<IdentifierView> {
    let identity = &certificate.identity;
    let view = |kind: &str, clear: String, hidden: String| IdentifierView {
        kind: kind.to_owned(),
        masked: if masked { hidden } else { clear },
        state: "ok".to_owned(),
    };
    let date = |kind: &str, date: Date| {
        let clear = format!("{:02}/{:02}/{:04}", date.day(), u8::from(date.month()), date.year());
        view(kind, clear, "••/••/••••".to_owned())
    };
    let mut found = Vec::new();
    found.extend(identity.cpf.as_ref().map(|cpf| view("cpf", cpf.formatted(), cpf.masked())));
    found.extend(identity.birth_date.map(|birth| date("birth_date", birth)));
    // A CNPJ names a company, not a person.
    found.extend(identity.cnpj.as_ref().map(|cnpj| view("cnpj", cnpj.formatted(), cnpj.formatted())));
    found.extend(identity.responsible_name.as_ref().map(|name| view("responsible_name", name.clone(), name.clone())));
    found.extend(identity.responsible_cpf.as_ref().map(|cpf| view("responsible_cpf", cpf.formatted(), cpf.masked())));
    found.extend(identity.responsible_birth_date.map(|birth| date("responsible_birth_date", birth)));
    found
}

/// Replaces the holder's CPF wherever it stands in `text`.
pub(crate) fn mask_text(text: &str, certificate: &Certificate) -> String {
    let identity = &certificate.identity;
    [identity.cpf.as_ref(), identity.responsible_cpf.as_ref()]
        .into_iter()
        .flatten()
        .fold(text.to_owned(), |text, cpf| text.replace(cpf.digits(), &cpf.masked()).replace(&cpf.formatted(), &cpf.masked()))
}

/// Lines of extensions: where there is a Brazilian identity, long runs of digits are birth dates, RGs and the like.
fn mask_line(line: &str, certificate: &Certificate) -> String {
    let line = mask_text(line, certificate);
    if certificate.identity.is_empty() || !line.contains("2.16.76.1.3") {
        return line;
    }
    let mut out = String::with_capacity(line.len());
    let mut run = String::new();
    for c in line.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        if run.len() >= 8 {
            out.extend(std::iter::repeat_n('•', run.len()));
        } else {
            out.push_str(&run);
        }
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
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
            PkiObject::P12 { .. } => Some(OpaqueObject { kind: "p12".to_owned(), description: name.to_owned() }),
            PkiObject::JavaKeyStore { .. }
            | PkiObject::Csr(_)
            | PkiObject::OcspResponse(_)
            | PkiObject::TimeStamp(_)
            | PkiObject::Cms(_)
            | PkiObject::PublicKey { .. }
            | PkiObject::Other { .. } => {
                Some(OpaqueObject { kind: found.object.kind().code().to_owned(), description: name.to_owned() })
            }
        })
        .collect();
    others.extend(
        bundle.problems.iter().map(|problem| OpaqueObject { kind: "unknown".to_owned(), description: problem.to_string() }),
    );
    Ok(FileObjects { certificates: bundle.certificates(), crls: bundle.crls(), others })
}
