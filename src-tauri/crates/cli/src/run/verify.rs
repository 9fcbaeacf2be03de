//! Validation.

mod changes;

use std::collections::BTreeMap;
use std::path::Path;

use cartorio_office::dto::{
    Authenticity, CertifyChoice, Coverage, DocumentOrigin, Integrity, LaterChange, LegalLabel, LockChoice,
    LockedFields, PolicyState, SignatureReport, TimeStampView, VerifyReport, VerifyResult,
};
use cartorio_office::{GivenEvidence, Office};
use serde_json::{Value, json};

use crate::args::{Global, Verify};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, to_stderr};
use crate::paths;
use crate::printable::line;
use crate::secrets;
use crate::show::{date, fields};

pub(crate) async fn verify(global: &Global, command: Verify, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open_to_look(global, lang).await?;
    let proofs = [command.crl.as_slice(), &command.ocsp].concat();
    let given = GivenEvidence { trust: command.trust.clone(), proofs, at: command.at };
    let document = opened(&office, &command, lang).await?;
    if is_bare(&command.file) {
        let name = command.file.display().to_string();
        let name = line(&name);
        to_stderr(&say!(
            lang,
            "{name} parece uma assinatura bruta: confira-a com «cartorio keys verify ARQUIVO --signature {name}»",
            "{name} seems to be a bare signature: check it with “cartorio keys verify FILE --signature {name}”"
        ));
    }
    let report = office.verify_opened(document, command.content.as_deref(), &given).await?;
    if let (Some(content), None, false) = (&command.content, &report.content, report.content_needed) {
        // A verdict on what is inside the file says nothing of the one that was named.
        let (name, content) = (&report.document, content.display());
        return Err(Failure::usage(say!(
            lang,
            "--content é de um .p7s separado do conteúdo; {name} não é, e {content} não foi comparado com nada",
            "--content is for a .p7s without its content; {name} is none, and {content} was compared with nothing"
        )));
    }
    let exit = match report.result {
        VerifyResult::Passed => Exit::Done,
        VerifyResult::Indeterminate => Exit::Indeterminate,
        VerifyResult::Failed | VerifyResult::Unsigned => Exit::Invalid,
    };
    Done::with(exit, text(&report, lang), &contract(&report, &command.file)?)
}

/// Whether a file is called as this program calls bare signatures and their receipts.
fn is_bare(file: &Path) -> bool {
    file.file_name().is_some_and(|name| [".sig", ".sig.json"].iter().any(|end| name.to_string_lossy().ends_with(end)))
}

/// The handle of the document. An encrypted PDF is opened with the password that was given or that a person types; without one the
/// verdict says what is missing.
async fn opened(office: &Office, command: &Verify, lang: Lang) -> Result<String, Failure> {
    let info = office.open_document(command.file.clone(), DocumentOrigin::Dropped).await?;
    if info.sign_problem.as_ref().is_none_or(|own| own.code != "pdf_encrypted") {
        return Ok(info.id);
    }
    let (name, given) = (line(&info.name), &command.password);
    let prompt = say!(lang, "Senha de {name}: ", "Password of {name}: ");
    if let Some(password) = secrets::given(given.password_stdin, given.password_file.as_deref(), &prompt, lang)? {
        office.unlock_document(&info.id, password).await?;
    }
    Ok(info.id)
}

/// The report in the form that the contract names: three results, and a time object in each signature.
fn contract(report: &VerifyReport, file: &Path) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(report).map_err(|error| Failure::bug(error.to_string()))?;
    if let Some(bytes) = file.file_name().and_then(paths::bytes) {
        value["document_bytes"] = json!(bytes);
    }
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

fn text(report: &VerifyReport, lang: Lang) -> String {
    let name = line(&report.document);
    let headline = headline(report);
    let mut text = format!("{name}: {}\n{}\n", lang.word("", headline), why(report, headline, lang));
    if let Some(content) = &report.content {
        let params = [("name".to_owned(), content.clone())].into();
        text.extend(lang.shared("verify_content", &params).map(|line| line + "\n"));
    }
    for (number, signature) in (1..).zip(&report.signatures) {
        let params =
            [("position".to_owned(), number.to_string()), ("total".to_owned(), report.signatures.len().to_string())];
        let title = lang.shared("verify_position", &params.into()).unwrap_or_else(|| format!("#{number}"));
        text.push_str(&block(&title, signature, 0, lang));
    }
    text
}

/// One signature, and what countersigns it, each with a verdict of its own.
fn block(title: &str, signature: &SignatureReport, depth: usize, lang: Lang) -> String {
    let pad = "  ".repeat(depth);
    let mut text = format!("\n{pad}{title}\n");
    for line in fields(&rows(signature, lang)).lines() {
        text.push_str(&format!("{pad}{line}\n"));
    }
    for (number, counter) in (1..).zip(&signature.counter_signatures) {
        let title = format!("{} {number}: {}", lang.word("", "verify_counter"), lang.word("", verdict(counter)));
        text.push_str(&block(&title, counter, depth + 1, lang));
    }
    text
}

/// The headline of one signature alone.
fn verdict(signature: &SignatureReport) -> &'static str {
    match signature.result {
        VerifyResult::Passed => "verdict_passed",
        VerifyResult::Unsigned => "verdict_unsigned",
        VerifyResult::Failed => failed(signature),
        VerifyResult::Indeterminate => undecided(signature),
    }
}

/// The headline's name in the window's catalogue; the window chooses it in the same way.
fn headline(report: &VerifyReport) -> &'static str {
    if report.content_needed {
        return "verdict_content_needed";
    }
    let deciding = report.signatures.iter().find_map(|signature| with_result(signature, report.result));
    match report.result {
        VerifyResult::Passed => "verdict_passed",
        VerifyResult::Unsigned => "verdict_unsigned",
        VerifyResult::Failed => deciding.map_or("verdict_untrusted", failed),
        VerifyResult::Indeterminate => deciding.map_or("verdict_undecided", undecided),
    }
}

/// The signature, or one over it, that has this result.
fn with_result(signature: &SignatureReport, result: VerifyResult) -> Option<&SignatureReport> {
    if signature.result == result {
        return Some(signature);
    }
    signature.counter_signatures.iter().find_map(|own| with_result(own, result))
}

fn failed(signature: &SignatureReport) -> &'static str {
    let sub_indication = signature.sub_indication.as_deref();
    let changed =
        sub_indication == Some("HASH_FAILURE") || signature.reasons.iter().any(|own| own == "content_changed");
    match (signature.integrity, signature.later_change, sub_indication) {
        _ if signature.problem.is_some() => "verdict_unreadable",
        (Integrity::Broken, _, _) if changed => "verdict_changed",
        (Integrity::Broken, _, _) => "verdict_invalid",
        (_, LaterChange::Suspicious, _) => "verdict_outside",
        (_, _, Some("REVOKED")) => "verdict_revoked",
        (_, _, Some("EXPIRED")) => "verdict_expired",
        (Integrity::Ok | Integrity::Unknown, _, _) => "verdict_untrusted",
    }
}

fn undecided(signature: &SignatureReport) -> &'static str {
    match (signature.integrity, signature.authenticity, signature.later_change) {
        (Integrity::Unknown, _, _) => "verdict_unknown_integrity",
        _ if signature.sub_indication.as_deref() == Some("TRY_LATER") => "verdict_no_revocation",
        (_, Authenticity::Unknown, _)
            if signature.sub_indication.as_ref().is_some_and(|own| own.ends_with("_NO_POE")) =>
        {
            "verdict_no_poe"
        }
        (_, Authenticity::Unknown, _) => "verdict_no_chain",
        (_, _, LaterChange::Unknown) => "verdict_later_unknown",
        (Integrity::Ok | Integrity::Broken, Authenticity::Trusted | Authenticity::Untrusted, _) => "verdict_undecided",
    }
}

/// What the report calls a time stamp of the document, which stands among its signatures.
const DOCUMENT_STAMP: &str = "PAdES document timestamp";

fn why(report: &VerifyReport, headline: &str, lang: Lang) -> String {
    // A time stamp of the document is nobody's signature.
    let people = report.signatures.iter().filter(|own| own.level != DOCUMENT_STAMP).count();
    let count = if people == 0 { report.signatures.len() } else { people };
    let one = if headline == "verdict_passed" && count == 1 { "_one" } else { "" };
    let params = [("count".to_owned(), count.to_string())].into();
    lang.shared(&format!("{headline}_why{one}"), &params).unwrap_or_default()
}

fn rows(signature: &SignatureReport, lang: Lang) -> Vec<(String, Option<String>)> {
    let signer = signature.signer.as_ref();
    let is_stamp = signature.level == DOCUMENT_STAMP;
    let committed =
        |code: &String| lang.shared(&format!("commitment_{code}"), &BTreeMap::new()).unwrap_or_else(|| code.clone());
    let commitments = signature.commitments.iter().map(committed).collect::<Vec<_>>().join("; ");
    let word = |key: &str| lang.word("", key);
    let reasons = signature.reasons.iter().map(|code| reason(code, lang)).collect::<Vec<_>>().join(" ");
    let mut rows = vec![
        (
            if is_stamp { say!(lang, "Quem carimbou", "Stamped by") } else { say!(lang, "Quem assinou", "Signer") },
            signer.map(|signer| signer.name.clone()),
        ),
        ("CPF".to_owned(), signer.and_then(|signer| signer.masked_cpf.clone())),
        (word("verify_issuer"), signer.map(|signer| signer.issuer.clone())),
        (word("verify_claimed"), signature.claimed_time.as_deref().map(date)),
        (word("verify_proven"), signature.proven_time.as_deref().map(date)),
        (word("axis_integrity"), Some(word(integrity(signature.integrity)))),
        (word("axis_authenticity"), Some(word(authenticity(signature.authenticity)))),
        (word("axis_policy"), Some(word(policy(signature.policy)))),
        (word("axis_later"), Some(word(later_change(signature.later_change)))),
        (word("verify_coverage"), Some(word(coverage(signature.coverage)))),
        (word("verify_reason"), signature.reason.clone()),
        (word("verify_location"), signature.location.clone()),
        (word("verify_commitments"), Some(commitments).filter(|all| !all.is_empty())),
        (word("verify_content_hint"), signature.content_hint.clone()),
        (word("verify_mime_type"), signature.mime_type.clone()),
        (word("verify_field"), signature.field.clone()),
        (word("verify_certifies"), signature.certifies.map(|what| word(certifies(what)))),
        (word("verify_level"), Some(if is_stamp { word("verify_level_stamp") } else { signature.level.clone() })),
    ];
    rows.extend(listed(word("verify_locks"), signature.locks.iter().map(|lock| locked(lock, lang))));
    rows.extend(listed(word("verify_stamps"), signature.time_stamps.iter().map(|own| stamp(own, lang))));
    rows.extend(listed(word("change_title"), changes::lines(&signature.changes, lang).into_iter()));
    rows.extend([
        (word("verify_policy_claim"), claim(signature)),
        (say!(lang, "Estender antes de", "Extend before"), signature.extend_before.as_deref().map(date)),
        (say!(lang, "Algoritmo", "Algorithm"), signature.algorithm.clone()),
        (word("verify_legal"), Some(word(legal(signature.legal)))),
        (word("verify_sub_indication"), signature.sub_indication.clone()),
        (word("verify_codes"), Some(reasons).filter(|reasons| !reasons.is_empty())),
    ]);
    rows
}

const fn certifies(what: CertifyChoice) -> &'static str {
    match what {
        CertifyChoice::NoChanges => "sign_how_certify_no_changes",
        CertifyChoice::FormFilling => "sign_how_certify_form_filling",
        CertifyChoice::Annotations => "sign_how_certify_annotations",
    }
}

/// Fields that a signature locked, the first ones by name.
fn locked(lock: &LockChoice, lang: Lang) -> String {
    const NAMED: usize = 12;
    let said = |key: &str, params: &[(&str, String)]| {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        lang.shared(key, &params).unwrap_or_default()
    };
    let mut fields = lock.fields.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if let Some(more) = lock.fields.len().checked_sub(NAMED).filter(|more| *more > 0) {
        fields = said("verify_locks_more", &[("fields", fields), ("count", more.to_string())]);
    }
    match lock.which {
        LockedFields::All => said("verify_locks_all", &[]),
        LockedFields::These => fields,
        LockedFields::AllBut => said("verify_locks_all_but", &[("fields", fields)]),
    }
}

/// Several values under one name, one a line.
fn listed(name: String, values: impl Iterator<Item = String>) -> Vec<(String, Option<String>)> {
    let names = std::iter::once(name).chain(std::iter::repeat(String::new()));
    names.zip(values.map(Some)).collect()
}

/// A time stamp: whether it holds, what it is over, when, whose, and what is wrong with it.
fn stamp(stamp: &TimeStampView, lang: Lang) -> String {
    let word = |key: &str| lang.word("", key);
    let kind =
        lang.shared(&format!("stamp_kind_{}", stamp.kind), &Default::default()).unwrap_or_else(|| stamp.kind.clone());
    let authority = stamp.authority.as_deref().unwrap_or("?");
    let mut text = format!("{}: {kind}, {} ({authority})", word(stamp_verdict(stamp)), date(&stamp.gen_time));
    for code in &stamp.reasons {
        text.push_str(&format!(". {} [{code}]", reason(code, lang).trim_end_matches('.')));
    }
    text
}

const fn stamp_verdict(stamp: &TimeStampView) -> &'static str {
    match (stamp.integrity, stamp.authenticity) {
        (Integrity::Broken, _) => "verify_stamp_broken",
        (Integrity::Ok | Integrity::Unknown, Authenticity::Untrusted) => "verify_stamp_untrusted",
        (Integrity::Ok, Authenticity::Trusted) => "verify_stamp_holds",
        (Integrity::Unknown, Authenticity::Trusted | Authenticity::Unknown)
        | (Integrity::Ok, Authenticity::Unknown) => "axis_undecided",
    }
}

/// The policy that it claims, with the codes of the rules that are not kept.
fn claim(signature: &SignatureReport) -> Option<String> {
    let claim = signature.policy_claim.as_ref()?;
    let name = claim.name.clone().unwrap_or_else(|| claim.oid.clone());
    Some(if claim.violations.is_empty() { name } else { format!("{name}: {}", claim.violations.join(", ")) })
}

/// The window's own sentence for a reason, or its code.
fn reason(code: &str, lang: Lang) -> String {
    let none = Default::default();
    [format!("reason_{code}"), format!("err_{code}_title")]
        .into_iter()
        .find_map(|key| lang.shared(&key, &none))
        .unwrap_or_else(|| code.to_owned())
}

const fn integrity(integrity: Integrity) -> &'static str {
    match integrity {
        Integrity::Ok => "axis_integrity_ok",
        Integrity::Broken => "axis_integrity_broken",
        Integrity::Unknown => "axis_undecided",
    }
}

const fn authenticity(authenticity: Authenticity) -> &'static str {
    match authenticity {
        Authenticity::Trusted => "axis_authenticity_trusted",
        Authenticity::Untrusted => "axis_authenticity_untrusted",
        Authenticity::Unknown => "axis_undecided",
    }
}

const fn policy(policy: PolicyState) -> &'static str {
    match policy {
        PolicyState::Ok => "axis_policy_ok",
        PolicyState::Violated => "axis_policy_violated",
        PolicyState::None => "axis_policy_none",
    }
}

const fn later_change(change: LaterChange) -> &'static str {
    match change {
        LaterChange::None => "axis_later_none",
        LaterChange::Allowed => "axis_later_allowed",
        LaterChange::Suspicious => "axis_later_suspicious",
        LaterChange::Unknown => "axis_undecided",
    }
}

const fn coverage(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::EntireFile => "coverage_entire_file",
        Coverage::EntireRevision => "coverage_entire_revision",
        Coverage::Partial => "coverage_partial",
        Coverage::Invalid => "coverage_invalid",
        Coverage::Content => "coverage_content",
    }
}

/// The legal label's name in the window's catalogue.
pub(super) const fn legal(label: LegalLabel) -> &'static str {
    match label {
        LegalLabel::Qualified => "legal_qualified",
        LegalLabel::Advanced => "legal_advanced",
        LegalLabel::Demonstration => "legal_demonstration",
        LegalLabel::Unknown => "legal_unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_verdict_is_the_windows_own() {
        let none = Default::default();
        let mut keys = vec![
            "verdict_passed",
            "verdict_passed_why_one",
            "verdict_unsigned",
            "verdict_content_needed",
            "verdict_unreadable",
            "verdict_changed",
            "verdict_invalid",
            "verdict_outside",
            "verdict_revoked",
            "verdict_expired",
            "verdict_untrusted",
            "verdict_unknown_integrity",
            "verdict_no_revocation",
            "verdict_no_chain",
            "verdict_later_unknown",
            "verdict_undecided",
            "axis_integrity",
            "axis_authenticity",
            "axis_policy",
            "axis_later",
            "verify_content",
            "verify_position",
            "verify_issuer",
            "verify_claimed",
            "verify_proven",
            "verify_stamps",
            "verify_stamp_holds",
            "verify_stamp_broken",
            "verify_stamp_untrusted",
            "stamp_kind_signature",
            "stamp_kind_document",
            "verify_counter",
            "change_title",
            "verify_policy_claim",
            "verify_level_stamp",
            "verify_commitments",
            "verify_content_hint",
            "verify_mime_type",
            "verify_coverage",
            "verify_reason",
            "verify_location",
            "verify_field",
            "verify_level",
            "verify_legal",
            "verify_sub_indication",
            "verify_codes",
        ];
        keys.extend([Integrity::Ok, Integrity::Broken, Integrity::Unknown].map(integrity));
        keys.extend([Authenticity::Trusted, Authenticity::Untrusted, Authenticity::Unknown].map(authenticity));
        keys.extend([PolicyState::Ok, PolicyState::Violated, PolicyState::None].map(policy));
        keys.extend(
            [LaterChange::None, LaterChange::Allowed, LaterChange::Suspicious, LaterChange::Unknown].map(later_change),
        );
        keys.extend([Coverage::EntireFile, Coverage::EntireRevision, Coverage::Partial].map(coverage));
        keys.extend([Coverage::Invalid, Coverage::Content].map(coverage));
        keys.extend([LegalLabel::Qualified, LegalLabel::Advanced, LegalLabel::Demonstration].map(legal));
        for lang in [Lang::PtBr, Lang::En] {
            for key in &keys {
                assert!(lang.shared(key, &none).is_some(), "{key} is gone from the catalogue ({lang:?})");
            }
        }
    }
}
