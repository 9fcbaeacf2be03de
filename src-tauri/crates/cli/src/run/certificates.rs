//! Certificates: those of the office, and those in any file.

use cartorio_office::dto::{
    CertificateBundle, CertificateDetail, CertificateNode, CertificateSummary, Empty, TrustState,
};
use cartorio_office::{Commands, Office};
use serde_json::json;

use super::requests;
use super::verify::legal;
use crate::args::{Ca, Global};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::printable::line;
use crate::show::{date, digest, fields, short, table, yes_no};

pub(crate) async fn ca(global: &Global, command: Ca, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    match command {
        Ca::List => {
            let certificates = office.certificates_list(Empty {}).await?;
            let head = [
                say!(lang, "Identificador", "Identifier"),
                say!(lang, "O que é", "Kind"),
                say!(lang, "Titular", "Holder"),
                say!(lang, "Válido até", "Valid until"),
                say!(lang, "P12", "P12"),
                "SHA-256".to_owned(),
            ];
            let row = |own: &CertificateSummary| {
                vec![
                    own.id.clone(),
                    kind(own, lang),
                    own.name.clone(),
                    date(&own.not_after),
                    yes_no(own.exportable, lang),
                    short(&own.sha256),
                ]
            };
            let text = table(&head, &certificates.iter().map(row).collect::<Vec<_>>());
            Done::new(text, &json!({ "certificates": certificates }))
        }
        Ca::Issue(subscriber) => {
            let own = office.subscriber_issue(requests::issue(subscriber)).await?;
            let text = fields(&[
                (say!(lang, "Identificador", "Identifier"), Some(own.id.clone())),
                (say!(lang, "Titular", "Holder"), Some(own.name.clone())),
                ("CPF".to_owned(), own.masked_cpf.clone()),
                (say!(lang, "Emitido por", "Issued by"), Some(own.issuer.clone())),
                (say!(lang, "Válido até", "Valid until"), Some(date(&own.not_after))),
                ("SHA-256".to_owned(), Some(digest(&own.sha256))),
            ]);
            Done::new(text, &own)
        }
    }
}

/// The certificate of the office that `wanted` names: by identifier, beginning of its SHA-256, or holder.
pub(super) async fn named(office: &Office, wanted: &str, lang: Lang) -> Result<CertificateSummary, Failure> {
    let all = office.certificates_list(Empty {}).await?;
    if let Some(exact) = all.iter().find(|own| own.id == wanted) {
        return Ok(exact.clone());
    }
    let digits = wanted.replace([' ', ':'], "").to_ascii_lowercase();
    let hex = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut found: Vec<_> =
        all.into_iter().filter(|own| own.name == wanted || (hex && own.sha256.starts_with(&digits))).collect();
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Failure::input(say!(
            lang,
            "«{wanted}» serve a mais de um certificado; use o identificador («cartorio ca list»)",
            "“{wanted}” fits more than one certificate; use the identifier (“cartorio ca list”)"
        ))),
        (None, _) => Err(Failure::input(say!(
            lang,
            "nenhum certificado do cartório se chama «{wanted}» («cartorio ca list»)",
            "no certificate of the office is called “{wanted}” (“cartorio ca list”)"
        ))),
    }
}

/// Certificates as a person reads them.
pub(super) fn describe(bundle: &CertificateBundle, lang: Lang) -> String {
    let mut text = String::new();
    for (number, node) in (1..).zip(&bundle.certificates) {
        if number > 1 {
            text.push('\n');
        }
        text.push_str(&fields(&rows(number, node, lang)));
    }
    for other in &bundle.others {
        text.push_str(&format!("\n{}: {}\n", lang.word("cert_other_", &other.kind), line(&other.description)));
    }
    if text.is_empty() {
        let name = line(&bundle.title);
        text = say!(lang, "{name}: nada que se reconheça", "{name}: nothing that is recognised");
    }
    text
}

fn rows(number: usize, node: &CertificateNode, lang: Lang) -> Vec<(String, Option<String>)> {
    let mut rows = vec![(format!("#{number}"), Some(node.certificate.name.clone()))];
    rows.extend(certificate_rows(&node.certificate, lang));
    rows.push((say!(lang, "Emitido por", "Issued by"), node.parent.map(|parent| format!("#{}", parent + 1))));
    rows.push((say!(lang, "Confiança", "Trust"), Some(trust(node.trust, lang))));
    for problem in &node.problems {
        let sentence = lang.word("cert_problem_", &problem.code);
        let detail = if problem.detail.is_empty() { String::new() } else { format!(" ({})", problem.detail) };
        rows.push((say!(lang, "Problema", "Problem"), Some(format!("{sentence}{detail}"))));
    }
    rows
}

/// The facts of one certificate.
pub(super) fn certificate_rows(own: &CertificateDetail, lang: Lang) -> Vec<(String, Option<String>)> {
    let list = |items: &[String]| Some(items.join(", ")).filter(|text| !text.is_empty());
    let mut rows = vec![
        (say!(lang, "Titular", "Subject"), Some(own.subject.clone())),
        (say!(lang, "Emissor", "Issuer"), Some(own.issuer.clone())),
        (say!(lang, "Número de série", "Serial"), Some(format!("{} (0x{})", own.serial_dec, own.serial_hex))),
        (say!(lang, "Válido de", "Valid from"), Some(date(&own.not_before))),
        (say!(lang, "Válido até", "Valid until"), Some(date(&own.not_after))),
        (say!(lang, "Chave", "Key"), Some(key(own))),
        (say!(lang, "Assinado com", "Signed with"), Some(own.signature_algorithm.clone())),
        (say!(lang, "Usos", "Usages"), list(&own.key_usages)),
        (say!(lang, "Usos estendidos", "Extended usages"), list(&own.extended_usages)),
        (say!(lang, "Autoridade", "Authority"), Some(yes_no(own.is_ca, lang))),
        (
            say!(lang, "Tipo (ICP-Brasil)", "Type (ICP-Brasil)"),
            own.icp.as_ref().map(|icp| icp.certificate_type.clone()),
        ),
        ("SHA-256".to_owned(), Some(digest(&own.sha256))),
        (say!(lang, "SHA-1 (legado)", "SHA-1 (legacy)"), Some(digest(&own.sha1))),
        (lang.word("verify_", "legal"), Some(lang.word("", legal(own.legal)))),
    ];
    for identifier in &own.identifiers {
        let odd = match identifier.state.as_str() {
            "ok" | "not_checked" => String::new(),
            state => format!(" ({})", lang.word("heap_digits_", state)),
        };
        rows.push((lang.word("cert_id_", &identifier.kind), Some(format!("{}{odd}", identifier.masked))));
    }
    rows
}

fn key(own: &CertificateDetail) -> String {
    let key = &own.key;
    match (&key.curve, key.bits) {
        (Some(curve), _) => format!("{} {curve}", key.kind),
        (None, Some(bits)) => format!("{} {bits}", key.kind),
        (None, None) => key.kind.clone(),
    }
}

fn trust(trust: TrustState, lang: Lang) -> String {
    lang.word(
        "cert_trust_",
        match trust {
            TrustState::Trusted => "trusted",
            TrustState::Untrusted => "untrusted",
            TrustState::Unknown => "unknown",
        },
    )
}

fn kind(own: &CertificateSummary, lang: Lang) -> String {
    use cartorio_office::dto::CertificateKind;
    match own.kind {
        CertificateKind::Root => say!(lang, "raiz", "root"),
        CertificateKind::Intermediate => say!(lang, "intermediária", "intermediate"),
        CertificateKind::Identity => say!(lang, "identidade", "identity"),
        CertificateKind::Subscriber => say!(lang, "titular", "subscriber"),
    }
}
