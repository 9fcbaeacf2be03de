//! Validation.

use cartorio_office::GivenEvidence;
use cartorio_office::dto::{
    Authenticity, Coverage, Integrity, LaterChange, PolicyState, SignatureReport, VerifyReport, VerifyResult,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::args::{Global, Verify};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::show::{date, fields};

pub(crate) async fn verify(global: &Global, command: Verify, lang: Lang) -> Result<Done, Failure> {
    let at = command.at.as_deref().map(|text| instant(text, lang)).transpose()?;
    let office = desk::open_or_not(global, lang).await?;
    let given = GivenEvidence { trust: command.trust, crls: command.crl, at };
    let report = office.verify_file(&command.file, command.content.as_deref(), &given).await?;
    let exit = match report.result {
        VerifyResult::Passed => Exit::Done,
        VerifyResult::Indeterminate => Exit::Indeterminate,
        VerifyResult::Failed | VerifyResult::Unsigned => Exit::Invalid,
    };
    Done::with(exit, text(&report, lang), &contract(&report)?)
}

/// The report in the form that the contract names: three results, and a time object in each signature.
fn contract(report: &VerifyReport) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(report).map_err(|error| Failure::bug(error.to_string()))?;
    if report.result == VerifyResult::Unsigned {
        // Somebody expected a signature and there is none: that is no success, and nothing is left to be found out.
        value["result"] = json!("failed");
        value["reasons"] = json!(["no_signature"]);
    }
    if let Some(signatures) = value["signatures"].as_array_mut() {
        for (signature, own) in signatures.iter_mut().zip(&report.signatures) {
            signature["time"] = json!({ "claimed": own.claimed_time, "judged_at": report.judged_at });
        }
    }
    Ok(value)
}

fn instant(text: &str, lang: Lang) -> Result<OffsetDateTime, Failure> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| {
        Failure::usage(say!(
            lang,
            "--at {text}: não é um instante RFC 3339, como 2026-11-21T12:00:00-03:00",
            "--at {text}: not an RFC 3339 instant like 2026-11-21T12:00:00-03:00"
        ))
    })
}

fn text(report: &VerifyReport, lang: Lang) -> String {
    let name = &report.document;
    let mut text = format!("{name}: {}\n", headline(report, lang));
    if let Some(content) = &report.content {
        text.push_str(&say!(lang, "conteúdo: {content}\n", "content: {content}\n"));
    }
    for (number, signature) in (1..).zip(&report.signatures) {
        let field = signature.field.as_ref().map(|field| format!(" ({field})")).unwrap_or_default();
        text.push_str(&say!(lang, "\nAssinatura {number}{field}\n", "\nSignature {number}{field}\n"));
        text.push_str(&fields(&rows(signature, lang)));
    }
    text
}

fn headline(report: &VerifyReport, lang: Lang) -> String {
    if report.content_needed {
        return say!(
            lang,
            "falta o documento a que a assinatura pertence (--content)",
            "the document that the signature belongs to is missing (--content)"
        );
    }
    let any = |check: fn(&SignatureReport) -> bool| report.signatures.iter().any(check);
    match report.result {
        VerifyResult::Passed => say!(lang, "íntegro e confiável", "intact and trusted"),
        VerifyResult::Unsigned => say!(lang, "não tem assinatura", "it has no signature"),
        VerifyResult::Indeterminate => say!(lang, "não foi possível decidir", "could not be decided"),
        VerifyResult::Failed if any(|own| own.integrity == Integrity::Broken) => {
            say!(
                lang,
                "alterado depois da assinatura, ou assinatura danificada",
                "changed after signing, or the signature is damaged"
            )
        }
        VerifyResult::Failed if any(|own| own.later_change == LaterChange::Suspicious) => {
            say!(lang, "há conteúdo que a assinatura não cobre", "there is content that the signature does not cover")
        }
        VerifyResult::Failed => say!(lang, "não é confiável", "not to be trusted"),
    }
}

fn rows(signature: &SignatureReport, lang: Lang) -> Vec<(String, Option<String>)> {
    let signer = signature.signer.as_ref();
    let legal = serde_json::to_value(signature.legal).ok();
    let legal = legal.as_ref().and_then(Value::as_str).map(|code| lang.word("legal_", code));
    let reasons = signature.reasons.iter().map(|code| reason(code, lang)).collect::<Vec<_>>().join("; ");
    vec![
        (say!(lang, "Quem", "Signer"), signer.map(|signer| signer.name.clone())),
        (say!(lang, "CPF", "CPF"), signer.and_then(|signer| signer.masked_cpf.clone())),
        (say!(lang, "Emitido por", "Issued by"), signer.map(|signer| signer.issuer.clone())),
        (say!(lang, "Assinado em", "Claimed time"), signature.claimed_time.as_deref().map(date)),
        (say!(lang, "Integridade", "Integrity"), Some(integrity(signature.integrity, lang))),
        (say!(lang, "Autenticidade", "Authenticity"), Some(authenticity(signature.authenticity, lang))),
        (say!(lang, "Política", "Policy"), Some(policy(signature.policy, lang))),
        (say!(lang, "Alteração posterior", "Later change"), Some(later_change(signature.later_change, lang))),
        (say!(lang, "Cobertura", "Coverage"), Some(coverage(signature.coverage, lang))),
        (say!(lang, "Nível", "Level"), Some(signature.level.clone())),
        (say!(lang, "Algoritmo", "Algorithm"), signature.algorithm.clone()),
        (say!(lang, "Valor", "Value"), legal),
        (say!(lang, "Indicação", "Indication"), signature.sub_indication.clone()),
        (say!(lang, "Por quê", "Why"), Some(reasons).filter(|reasons| !reasons.is_empty())),
    ]
}

/// The window's own sentence for a reason, or its code.
fn reason(code: &str, lang: Lang) -> String {
    let none = Default::default();
    ["verify_reason_", "reason_", "cert_problem_"]
        .into_iter()
        .find_map(|prefix| lang.shared(&format!("{prefix}{code}"), &none))
        .unwrap_or_else(|| code.to_owned())
}

fn integrity(integrity: Integrity, lang: Lang) -> String {
    match integrity {
        Integrity::Ok => say!(lang, "os bytes são os que foram assinados", "the bytes are those that were signed"),
        Integrity::Broken => say!(lang, "NÃO confere", "BROKEN"),
        Integrity::Unknown => say!(lang, "não foi possível decidir", "could not be decided"),
    }
}

fn authenticity(authenticity: Authenticity, lang: Lang) -> String {
    match authenticity {
        Authenticity::Trusted => say!(lang, "a cadeia chega a uma raiz conhecida", "the chain ends at a known root"),
        Authenticity::Untrusted => say!(lang, "a cadeia está ERRADA", "the chain is WRONG"),
        Authenticity::Unknown => say!(lang, "não foi possível decidir", "could not be decided"),
    }
}

fn policy(policy: PolicyState, lang: Lang) -> String {
    match policy {
        PolicyState::Ok => say!(lang, "cumprida", "kept"),
        PolicyState::Violated => say!(lang, "VIOLADA", "VIOLATED"),
        PolicyState::None => say!(lang, "nenhuma", "none"),
    }
}

fn later_change(change: LaterChange, lang: Lang) -> String {
    match change {
        LaterChange::None => say!(lang, "nenhuma", "none"),
        LaterChange::Allowed => say!(lang, "permitida", "allowed"),
        LaterChange::Suspicious => say!(lang, "SUSPEITA", "SUSPICIOUS"),
        LaterChange::Unknown => say!(lang, "há, e não foi julgada", "there is one, and it was not judged"),
    }
}

fn coverage(coverage: Coverage, lang: Lang) -> String {
    match coverage {
        Coverage::EntireFile => say!(lang, "o arquivo inteiro", "the whole file"),
        Coverage::EntireRevision => say!(lang, "uma revisão anterior inteira", "the whole of an earlier revision"),
        Coverage::Partial => say!(lang, "só uma parte", "only a part"),
        Coverage::Invalid => say!(lang, "não faz sentido", "makes no sense"),
        Coverage::Content => say!(lang, "o conteúdo inteiro", "the whole content"),
    }
}
