//! The trail.

use cartorio_office::dto::{AuditPage, AuditQuery, AuditRecordView, AuditReseal, Empty, TrailView};
use cartorio_office::{Commands, Office};

use crate::args::{Audit, Global};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::show::{date, digest, short, table};

pub(crate) async fn audit(global: &Global, command: Audit, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    match command {
        Audit::List { act, text, before, limit } => {
            let page = listed(&office, AuditQuery { act, text, before, limit }).await?;
            let head = [
                say!(lang, "Nº", "No."),
                say!(lang, "Quando", "When"),
                say!(lang, "Ato", "Act"),
                say!(lang, "Como", "How"),
                say!(lang, "Quem", "Who"),
                say!(lang, "O quê", "What"),
                say!(lang, "Resumo do registro", "Hash"),
            ];
            let rows: Vec<Vec<String>> = page.records.iter().map(|record| row(record, lang)).collect();
            let mut text = table(&head, &rows);
            if let (true, Some(last)) = (page.more, page.records.last()) {
                let seq = last.seq;
                text.push_str(&say!(
                    lang,
                    "há mais antigos: --before {seq}\n",
                    "there are older ones: --before {seq}\n"
                ));
            }
            Done::new(text, &page)
        }
        Audit::Verify => {
            let trail = office.audit_verify(Empty {}).await?;
            judged(&trail, lang)
        }
        Audit::Reseal { reason } => {
            let trail = office.audit_reseal(AuditReseal { reason }).await?;
            judged(&trail, lang)
        }
    }
}

/// As many records as were asked for. A page has not room for any number of them.
async fn listed(office: &Office, mut query: AuditQuery) -> Result<AuditPage, Failure> {
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut all = AuditPage { records: Vec::new(), more: true };
    while all.more && all.records.len() < wanted {
        query.limit = u32::try_from(wanted - all.records.len()).unwrap_or(u32::MAX);
        query.before = all.records.last().map(|record| record.seq).or(query.before);
        let page = office.audit_list(query.clone()).await?;
        all.more = page.more;
        all.records.extend(page.records);
    }
    Ok(all)
}

fn judged(trail: &TrailView, lang: Lang) -> Result<Done, Failure> {
    let exit = match (trail.intact, trail.head_authenticated) {
        (true, true) => Exit::Done,
        (true, false) => Exit::Indeterminate,
        (false, _) => Exit::Invalid,
    };
    Done::with(exit, verdict(trail, lang), trail)
}

fn row(record: &AuditRecordView, lang: Lang) -> Vec<String> {
    let how = lang.word("outcome_", &record.phase);
    let how = match &record.error_code {
        Some(code) => format!("{how} ({code})"),
        None => how,
    };
    let what = record.document.clone().or_else(|| record.key_id.clone()).unwrap_or_default();
    vec![
        record.seq.to_string(),
        date(&record.at),
        lang.word("act_", &record.act),
        how,
        record.operator.clone(),
        what,
        short(&record.hash),
    ]
}

fn verdict(trail: &TrailView, lang: Lang) -> String {
    let records = trail.records;
    let mut text = match (trail.intact, trail.head_authenticated) {
        (true, true) => say!(
            lang,
            "A trilha está íntegra: {records} registros, nenhum alterado, removido ou trocado de lugar.\n",
            "The trail is intact: {records} records, none changed, removed or reordered.\n"
        ),
        (true, false) => say!(
            lang,
            "Os {records} registros conferem, mas o fim da trilha não pôde ser autenticado.\n",
            "The {records} records fit, but the end of the trail could not be authenticated.\n"
        ),
        (false, _) => say!(
            lang,
            "A trilha NÃO está íntegra ({records} registros lidos):\n",
            "The trail is NOT intact ({records} records read):\n"
        ),
    };
    for problem in &trail.problems {
        let kind = match problem.kind.as_str() {
            "changed" => say!(lang, "alterado", "changed"),
            "removed" => say!(lang, "removido", "removed"),
            "reordered" => say!(lang, "trocado de lugar", "reordered"),
            "inserted" => say!(lang, "intruso", "inserted"),
            other => other.replace('_', " "),
        };
        let seq = problem.seq;
        let place = if seq == 0 { String::new() } else { say!(lang, "registro {seq}, ", "record {seq}, ") };
        text.push_str(&format!("  {place}{kind}: {}\n", problem.detail));
    }
    if let Some(head) = &trail.head {
        let head = digest(head);
        text.push_str(&say!(lang, "último registro: {head}\n", "newest record: {head}\n"));
    }
    text
}
