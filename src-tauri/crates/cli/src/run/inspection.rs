//! Anything of the field on the heap: what it is, what is in it, how it relates.

use std::path::{Path, PathBuf};

use cartorio_core::{Retry, Severity, WireError};
use cartorio_office::dto::{
    Asn1View, ChainResult, ChainReview, Comparison, Empty, Fact, FactForm, HeapDetail, HeapExport, HeapForm, HeapKind,
    HeapPair, HeapRef, HeapReport, HeapView, LintFinding, ReportFormat, Requirements, StoreView,
};
use cartorio_office::{Commands, Examine, Examined, Given, Office};
use serde_json::{Value, json};

use super::certificates::certificate_rows;
use super::chain::result_word;
use crate::args::{Compare, ExportForm, Global, Inspect, PasswordArgs};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, explain, to_stderr};
use crate::printable::line;
use crate::secrets;
use crate::show::{date, digest, fields, table};

/// More certificates than this are shown and not judged: `cartorio chain` judges one.
const JUDGED: usize = 64;

pub(crate) async fn inspect(global: &Global, command: Inspect, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open_to_look(global, lang).await?;
    let view = put(&office, &command.files).await?;
    if view.objects.iter().all(|object| object.kind == HeapKind::Unknown) {
        return Err(nothing(&view, lang));
    }
    let view = unlock(&office, view, &command.password, command.no_password, lang).await?;
    let mut text = String::new();
    let mut objects: Vec<Value> = Vec::with_capacity(view.objects.len());
    let mut certificates: Vec<Value> = Vec::new();
    let judge =
        (view.objects.len() <= JUDGED).then(|| Requirements { at: command.at.clone(), ..Requirements::default() });
    // The findings are in the JSON always, on the screen when they are asked for.
    let wanted = Examine { judge, lint: command.lint || global.json };
    for examined in office.examine(&wanted).await? {
        let Examined { detail, review, lint: findings } = examined;
        let object = &detail.object;
        let mut value = to_json(&detail)?;
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&described(&detail, &view, lang));
        if let Some(certificate) = &detail.certificate {
            if let Some(review) = &review {
                let result = result_word(review.result, lang);
                text.push_str(&fields(&[(say!(lang, "Cadeia", "Chain"), Some(result))]));
            }
            certificates
                .push(json!({ "certificate": certificate, "trust": review.as_ref().map(trust), "chain": review }));
        }
        if command.asn1 {
            let dump = office.heap_asn1(HeapRef { id: object.id.clone() }).await?;
            text.push_str(&asn1(&dump, lang));
            value["asn1"] = to_json(&dump)?;
        }
        if let Some(findings) = &findings {
            if command.lint {
                text.push_str(&lint(findings, lang));
            }
            value["lint"] = to_json(findings)?;
        }
        objects.push(value);
    }
    text.push_str(&troubles(&view, lang));
    write_out(&office, &command, &view, lang).await?;
    let problems: Vec<_> = view.sources.iter().flat_map(|source| &source.problems).collect();
    let answer = json!({
        "sources": view.sources, "objects": objects, "certificates": certificates, "links": view.links,
        "problems": problems, "truncated": view.truncated,
    });
    // Something could not be read, or waits for a password: what there is was shown, and it is not everything.
    let whole = problems.is_empty() && !view.objects.iter().any(|object| object.locked);
    Done::with(if whole { Exit::Done } else { Exit::Partly }, text, &answer)
}

/// The bottom line in the words of `certificates[].trust`.
fn trust(review: &ChainReview) -> &'static str {
    match review.result {
        ChainResult::Valid => "trusted",
        ChainResult::Invalid => "untrusted",
        ChainResult::Indeterminate => "unknown",
    }
}

pub(crate) async fn compare(global: &Global, command: Compare, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open_to_look(global, lang).await?;
    let a = one(&office, &command.a, lang).await?;
    let b = one(&office, &command.b, lang).await?;
    let compared = office.heap_compare(HeapPair { a, b }).await?;
    Done::new(compared_text(&compared, lang), &compared)
}

/// Puts files on the heap.
pub(super) async fn put(office: &Office, files: &[PathBuf]) -> Result<HeapView, Failure> {
    Ok(office.inspect_given(files.iter().cloned().map(Given::File).collect(), None).await?)
}

/// Puts a file on the heap; the handles of everything that it gave, in its order.
pub(super) async fn put_one(office: &Office, file: &Path) -> Result<Vec<(String, HeapKind)>, Failure> {
    let before = office.heap_view(Empty {}).await?.sources.len();
    let view = put(office, &[file.to_owned()]).await?;
    let fresh: Vec<u32> = (before..view.sources.len()).filter_map(|place| u32::try_from(place).ok()).collect();
    Ok(view
        .objects
        .iter()
        .filter(|object| object.sources.iter().any(|source| fresh.contains(source)))
        .map(|object| (object.id.clone(), object.kind))
        .collect())
}

/// The certificate of a file: the first one in it.
pub(super) async fn one(office: &Office, file: &Path, lang: Lang) -> Result<String, Failure> {
    let found = put_one(office, file).await?;
    found.into_iter().find(|(_, kind)| *kind == HeapKind::Certificate).map(|(id, _)| id).ok_or_else(|| {
        let name = file.display();
        Failure::input(say!(
            lang,
            "{name}: não há certificado neste arquivo",
            "{name}: there is no certificate in this file"
        ))
    })
}

/// Opens the stores that wait for a password. Without a terminal and without a password they stay shut, and that is said.
async fn unlock(
    office: &Office,
    view: HeapView,
    from: &PasswordArgs,
    none: bool,
    lang: Lang,
) -> Result<HeapView, Failure> {
    let mut view = view;
    let locked: Vec<_> = view.objects.iter().filter(|object| object.locked).cloned().collect();
    if locked.is_empty() {
        return Ok(view);
    }
    let password = match none {
        true => None,
        false => {
            let prompt = say!(lang, "Senha: ", "Password: ");
            let given = secrets::given(from.password_stdin, from.password_file.as_deref(), &prompt, lang)?;
            if given.is_none() {
                to_stderr(&say!(
                    lang,
                    "fechado: dê a senha com --password-stdin ou --password-file",
                    "shut: give the password with --password-stdin or --password-file"
                ));
                return Ok(view);
            }
            given
        }
    };
    let mut failed = None;
    for store in &locked {
        match office.unlock_store(&store.id, password.clone()).await {
            Ok(opened) => view = opened,
            Err(error) => failed = Some(Failure::from(error)),
        }
    }
    match failed {
        // A wrong password for the one thing that was asked for is the answer; beside others it is a remark.
        Some(failure) if view.objects.len() == locked.len() => Err(failure),
        Some(failure) => {
            to_stderr(&explain(failure.wire(), lang));
            Ok(view)
        }
        None => Ok(view),
    }
}

async fn write_out(office: &Office, command: &Inspect, view: &HeapView, lang: Lang) -> Result<(), Failure> {
    let first = view.objects.iter().find(|object| object.kind == HeapKind::Certificate).or(view.objects.first());
    for path in &command.report {
        let Some(object) = first else { break };
        let requirements = Requirements { at: command.at.clone(), ..Requirements::default() };
        let report = HeapReport { id: object.id.clone(), requirements, format: report_format(path, lang)? };
        office.save_heap_report(&report, path).await?;
    }
    if let Some(path) = &command.export {
        let ids = view
            .objects
            .iter()
            .filter(|object| matches!(object.kind, HeapKind::Certificate | HeapKind::Crl))
            .map(|object| object.id.clone())
            .collect();
        let form = match command.form {
            ExportForm::Pem => HeapForm::Pem,
            ExportForm::Der => HeapForm::Der,
            ExportForm::P7b => HeapForm::P7b,
        };
        office.save_heap_export(&HeapExport { ids, form, with_chain: command.with_chain }, path).await?;
    }
    Ok(())
}

/// The form of a report, by the name of its file.
pub(super) fn report_format(path: &Path, lang: Lang) -> Result<ReportFormat, Failure> {
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("pdf") => Ok(ReportFormat::Pdf),
        Some("html" | "htm") => Ok(ReportFormat::Html),
        Some("json") => Ok(ReportFormat::Json),
        _ => {
            let name = path.display();
            Err(Failure::usage(say!(
                lang,
                "--report {name}: o nome deve terminar em .pdf, .html ou .json",
                "--report {name}: the name must end in .pdf, .html or .json"
            )))
        }
    }
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::bug(error.to_string()))
}

fn described(detail: &HeapDetail, view: &HeapView, lang: Lang) -> String {
    let object = &detail.object;
    let place = object.sources.first().and_then(|place| view.sources.get(usize::try_from(*place).ok()?));
    let kind = lang.word("heap_kind_", kind_code(object.kind));
    let mut text = format!("{kind}: {}\n", line(&object.title));
    let from = place.map(|source| format!("{} (+{})", source.name, object.offset));
    let mut rows = vec![(say!(lang, "Onde", "Where"), from)];
    match &detail.certificate {
        Some(certificate) => rows.extend(certificate_rows(certificate, lang)),
        None => rows.push(("SHA-256".to_owned(), Some(digest(&object.sha256)))),
    }
    text.push_str(&fields(&rows));
    if let Some(certificate) = &detail.certificate {
        for extension in &certificate.extensions {
            let critical = if extension.critical { say!(lang, " (crítica)", " (critical)") } else { String::new() };
            text.push_str(&format!("  {}{critical}\n", line(&extension.name)));
            for own in &extension.lines {
                text.push_str(&format!("    {}\n", line(own)));
            }
        }
    }
    if let Some(store) = &detail.store {
        text.push_str(&store_text(store, lang));
    }
    for section in &detail.sections {
        text.push_str(&format!("  {}\n", lang.word("facts_section_", &section.code)));
        text.push_str(&facts(&section.facts, 4, lang));
    }
    if detail.revoked_total > 0 {
        let (shown, total) = (detail.revoked.len(), detail.revoked_total);
        text.push_str(&say!(lang, "  Revogados: {total} ({shown} aqui)\n", "  Revoked: {total} ({shown} here)\n"));
        let head = [say!(lang, "Série", "Serial"), say!(lang, "Desde", "Since"), say!(lang, "Motivo", "Reason")];
        let rows: Vec<_> = detail
            .revoked
            .iter()
            .map(|entry| {
                let reason = entry.reason.as_deref().map(|reason| lang.word("value_", reason)).unwrap_or_default();
                vec![entry.serial_hex.clone(), date(&entry.at), reason]
            })
            .collect();
        text.push_str(&table(&head, &rows));
    }
    text
}

fn facts(facts: &[Fact], indent: usize, lang: Lang) -> String {
    let mut text = String::new();
    for fact in facts {
        let label = if fact.named { fact.code.clone() } else { lang.word("fact_", &fact.code) };
        let value = match fact.form {
            FactForm::Time => date(&fact.value),
            FactForm::Code => lang.word("value_", &fact.value),
            FactForm::Text | FactForm::Mono => fact.value.clone(),
        };
        let deeper = usize::try_from(fact.level).unwrap_or(0).min(16) * 2;
        text.push_str(&format!("{:1$}{2}: {3}\n", "", indent + deeper, line(&label), line(&value)));
    }
    text
}

fn store_text(store: &StoreView, lang: Lang) -> String {
    let protection = |own: &cartorio_office::dto::StoreProtection| {
        let iterations = own.iterations.map(|count| say!(lang, "{count} iterações", "{count} iterations"));
        [Some(own.algorithm.clone()), own.kdf.clone(), iterations].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let mut rows = vec![
        (say!(lang, "Formato", "Format"), Some(store.format.clone())),
        (say!(lang, "Integridade", "Integrity"), Some(lang.word("store_integrity_", &store.integrity))),
        ("MAC".to_owned(), store.mac.as_ref().map(protection)),
        (say!(lang, "Risco", "Risk"), Some(lang.word("store_risk_", &store.risk))),
    ];
    for reason in &store.risk_reasons {
        rows.push((String::new(), Some(lang.word("store_reason_", reason))));
    }
    let mut text = fields(&rows);
    for part in &store.parts {
        let deeper = usize::try_from(part.level).unwrap_or(0).min(16) * 2 + 2;
        let guarded = part.protection.as_ref().map(|own| format!(" [{}]", protection(own))).unwrap_or_default();
        text.push_str(&format!(
            "{:2$}{} {3}{guarded}\n",
            "",
            lang.word("store_part_", &part.kind),
            deeper,
            line(&part.title)
        ));
    }
    for opener in &store.openers {
        let why = opener.reason.as_deref().map(|reason| format!(" ({})", lang.word("store_not_", reason)));
        let answer = lang.word("store_opens_", &opener.opens);
        text.push_str(&format!("  {}: {answer}{}\n", opener.program, why.unwrap_or_default()));
    }
    text
}

fn asn1(dump: &Asn1View, lang: Lang) -> String {
    let mut text = String::new();
    for node in &dump.nodes {
        let deeper = usize::try_from(node.depth).unwrap_or(0).min(64);
        let name = node.oid_name.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
        let field = node.field.as_deref().map(|field| format!("  <{field}>")).unwrap_or_default();
        let remarks = if node.remarks.is_empty() { String::new() } else { format!("  !{}", node.remarks.join(" !")) };
        text.push_str(&format!(
            "{:>7} {:>2}+{:<6} {:width$}{} {}{name}{field}{remarks}\n",
            node.offset,
            node.header,
            node.length,
            "",
            node.tag,
            line(&node.value),
            width = deeper
        ));
    }
    if let Some(trouble) = &dump.trouble {
        let offset = trouble.offset.map(|offset| offset.to_string()).unwrap_or_default();
        let detail = line(&trouble.detail);
        text.push_str(&say!(
            lang,
            "ilegível a partir do byte {offset}: {detail}\n",
            "unreadable from byte {offset}: {detail}\n"
        ));
    }
    text
}

pub(super) fn lint(found: &[LintFinding], lang: Lang) -> String {
    let mut text = String::new();
    for finding in found {
        let severity = lang.word("lint_", &finding.severity);
        text.push_str(&format!(
            "  {severity}: {} [{}] {} {}\n",
            line(&finding.title),
            finding.clause,
            line(&finding.path),
            line(&finding.detail)
        ));
    }
    text
}

/// Nothing at all could be read: the first problem is the answer.
fn nothing(view: &HeapView, lang: Lang) -> Failure {
    match view.sources.iter().flat_map(|source| source.problems.iter().map(move |problem| (source, problem))).next() {
        Some((source, problem)) => {
            let mut params = problem.params.clone();
            params.insert("name".to_owned(), source.name.clone());
            Failure::from(WireError {
                code: problem.code.clone(),
                params,
                severity: Severity::Error,
                retry: Retry::Never,
                detail: problem.detail.clone(),
            })
        }
        None => Failure::input(say!(lang, "nada que se reconheça", "nothing that is recognised")),
    }
}

fn troubles(view: &HeapView, lang: Lang) -> String {
    let mut text = String::new();
    for source in &view.sources {
        for problem in &source.problems {
            let offset = problem.offset.map(|offset| format!(" (+{offset})")).unwrap_or_default();
            let sentence = lang
                .shared(&format!("err_{}_title", problem.code), &problem.params)
                .unwrap_or_else(|| problem.detail.clone());
            text.push_str(&format!("\n{}{offset}: {sentence} [{}]\n", line(&source.name), problem.code));
        }
    }
    text
}

fn compared_text(compared: &Comparison, lang: Lang) -> String {
    let mut text = format!("{}\n", lang.word("compare_headline_", &compared.headline));
    let head = [
        say!(lang, "Campo", "Field"),
        lang.word("compare_", "state"),
        compared.a.title.clone(),
        compared.b.title.clone(),
    ];
    let rows: Vec<_> = compared
        .rows
        .iter()
        .chain(&compared.chain)
        .filter(|row| row.state != "same")
        .map(|row| {
            let field = if row.named { row.field.clone() } else { lang.word("compare_", &row.field) };
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            vec![field, lang.word("compare_state_", &row.state), value(&row.a), value(&row.b)]
        })
        .collect();
    text.push_str(&table(&head, &rows));
    text
}

pub(super) const fn kind_code(kind: HeapKind) -> &'static str {
    match kind {
        HeapKind::Certificate => "certificate",
        HeapKind::Crl => "crl",
        HeapKind::Csr => "csr",
        HeapKind::OcspResponse => "ocsp_response",
        HeapKind::Timestamp => "timestamp",
        HeapKind::CmsSignature => "cms_signature",
        HeapKind::P12 => "p12",
        HeapKind::Jks => "jks",
        HeapKind::PrivateKey => "private_key",
        HeapKind::PublicKey => "public_key",
        HeapKind::Unknown => "unknown",
    }
}
