//! Roots of trust, revocation evidence, what ends, and the search over everything.

use cartorio_office::Commands;
use cartorio_office::dto::{
    AnchorKind, Empty, EvidenceFetch, EvidenceRef, EvidenceRefresh, ExpiryExport, ExpiryFormat, ExpiryQuery,
    ExpiryView, HeapIds, RequestMake, RequestMakeWhat, RequestRef, SearchKind, SearchQuery, SearchResults, TrustImport,
    TrustView,
};

use super::inspection::put;
use super::requests;
use crate::args::{Expiry, Global, Search, Trust};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::printable::line;
use crate::show::{date, short, table};

pub(crate) async fn trust(global: &Global, command: Trust, lang: Lang) -> Result<Done, Failure> {
    // Without an office the store lives as long as this command: looking is all that makes sense then.
    let office = match &command {
        Trust::List => desk::open_to_look(global, lang).await?,
        _ => desk::open(global, lang).await?,
    };
    match command {
        Trust::List => {
            let view = office.trust_view(Empty {}).await?;
            Done::new(listed(&view, lang), &view)
        }
        Trust::Import { file } => {
            let import = office.trust_import_path(&file).await?;
            imported(&import, lang)
        }
        Trust::Keep { files } => {
            let view = put(&office, &files).await?;
            let ids = view.objects.into_iter().map(|object| object.id).collect();
            let import = office.trust_keep(HeapIds { ids }).await?;
            imported(&import, lang)
        }
        Trust::Add { file, reason } => {
            let request = office.trust_anchor_request_path(&file, &reason).await?;
            requests::shown(&request, lang)
        }
        Trust::Remove { sha256, reason } => {
            let sha256 = whole(&office.trust_view(Empty {}).await?, &sha256, lang)?;
            let what = RequestMakeWhat::TrustAnchorRemove { sha256 };
            let request = office.request_make(RequestMake { what, reason }).await?;
            requests::shown(&request, lang)
        }
        Trust::Apply { request } => {
            let view = office.trust_anchor_apply(RequestRef { id: request }).await?;
            Done::new(listed(&view, lang), &view)
        }
        Trust::Refresh { only } => {
            let fetched = office.evidence_refresh(EvidenceRefresh { sha256: only }).await?;
            refreshed(&fetched, lang)
        }
        Trust::Forget { sha256 } => {
            let view = office.evidence_forget(EvidenceRef { sha256 }).await?;
            Done::new(listed(&view, lang), &view)
        }
    }
}

pub(crate) async fn expiry(global: &Global, command: Expiry, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    let query = ExpiryQuery { days: command.days, expired: command.expired, trust: command.with_trust, heap: false };
    let view = office.expiry_list(query.clone()).await?;
    for (path, format) in [(&command.ics, ExpiryFormat::Ics), (&command.csv, ExpiryFormat::Csv)] {
        if let Some(path) = path {
            office.expiry_to_file(&ExpiryExport { query: query.clone(), format }, path).await?;
        }
    }
    Done::new(ends(&view, lang), &view)
}

pub(crate) async fn search(global: &Global, command: Search, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    let found = office.search(SearchQuery { text: command.text.join(" ") }).await?;
    Done::new(hits(&found, lang), &found)
}

fn listed(view: &TrustView, lang: Lang) -> String {
    let head = [
        say!(lang, "Raiz", "Root"),
        say!(lang, "De quem", "Whose"),
        say!(lang, "Válida até", "Valid until"),
        say!(lang, "ACs abaixo", "CAs below"),
        "SHA-256".to_owned(),
    ];
    let rows: Vec<_> = view
        .anchors
        .iter()
        .map(|anchor| {
            let kind = match anchor.kind {
                AnchorKind::IcpBrasil => "ICP-Brasil".to_owned(),
                AnchorKind::Office => say!(lang, "deste cartório", "this office's"),
                AnchorKind::Own => say!(lang, "própria", "own"),
                AnchorKind::Demonstration => say!(lang, "demonstração", "demonstration"),
            };
            vec![anchor.name.clone(), kind, date(&anchor.not_after), anchor.below.to_string(), short(&anchor.sha256)]
        })
        .collect();
    let mut text = table(&head, &rows);
    if view.missing_official > 0 {
        let missing = view.missing_official;
        text.push_str(&say!(
            lang,
            "faltam {missing} raízes oficiais da ICP-Brasil: «cartorio trust import ARQUIVO»\n",
            "{missing} official ICP-Brasil roots are missing: “cartorio trust import FILE”\n"
        ));
    }
    if !view.evidence.is_empty() {
        let head = [
            say!(lang, "Evidência", "Evidence"),
            say!(lang, "De", "By"),
            say!(lang, "Feita em", "Made"),
            say!(lang, "Próxima até", "Next due"),
            say!(lang, "Estado", "State"),
            "SHA-256".to_owned(),
        ];
        let rows: Vec<_> = view
            .evidence
            .iter()
            .map(|item| {
                vec![
                    lang.word("evidence_kind_", &item.kind),
                    item.issuer.clone(),
                    date(&item.this_update),
                    item.next_update.as_deref().map(date).unwrap_or_default(),
                    lang.word("evidence_", &item.state),
                    short(&item.sha256),
                ]
            })
            .collect();
        text.push('\n');
        text.push_str(&table(&head, &rows));
    }
    text
}

fn imported(import: &TrustImport, lang: Lang) -> Result<Done, Failure> {
    let (roots, below, lists, known) =
        (import.roots_added, import.intermediates_added, import.evidence_added, import.known);
    let mut text = say!(
        lang,
        "raízes novas: {roots}; ACs novas: {below}; evidências novas: {lists}; já estavam aqui: {known}\n",
        "new roots: {roots}; new CAs: {below}; new evidence: {lists}; here already: {known}\n"
    );
    for refusal in &import.refused {
        let why = lang.word("trust_refused_", &refusal.reason);
        text.push_str(&format!("  {}: {why} ({})\n", line(&refusal.name), short(&refusal.sha256)));
    }
    for problem in &import.problems {
        text.push_str(&format!("  {} [{}]\n", line(&problem.detail), problem.code));
    }
    let partly = !import.refused.is_empty() || !import.problems.is_empty();
    Done::with(if partly { Exit::Partly } else { Exit::Done }, text, import)
}

fn refreshed(fetched: &EvidenceFetch, lang: Lang) -> Result<Done, Failure> {
    let mut text = String::new();
    for item in &fetched.items {
        let result = lang.word("evidence_result_", &item.result);
        let why = item.code.as_deref().and_then(|code| lang.shared(&format!("err_{code}_title"), &item.params));
        text.push_str(&format!("{}: {result}{}\n", item.url, why.map(|why| format!(": {why}")).unwrap_or_default()));
    }
    if text.is_empty() {
        text = say!(lang, "nada a buscar: tudo está em dia\n", "nothing to fetch: everything is fresh\n");
    }
    let failed = fetched.items.iter().filter(|item| item.result == "failed").count();
    let exit = match failed {
        0 => Exit::Done,
        _ if failed == fetched.items.len() => Exit::Unavailable,
        _ => Exit::Partly,
    };
    Done::with(exit, text, fetched)
}

/// The anchor whose SHA-256 begins like this.
fn whole(view: &TrustView, beginning: &str, lang: Lang) -> Result<String, Failure> {
    let wanted = beginning.replace([':', ' '], "").to_ascii_lowercase();
    let mut found = view.anchors.iter().filter(|anchor| wanted.len() >= 8 && anchor.sha256.starts_with(&wanted));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.sha256.clone()),
        _ => Err(Failure::input(say!(
            lang,
            "nenhuma raiz, ou mais de uma, começa com «{beginning}» («cartorio trust list»)",
            "no root, or more than one, begins with “{beginning}” (“cartorio trust list”)"
        ))),
    }
}

fn ends(view: &ExpiryView, lang: Lang) -> String {
    let head = [
        say!(lang, "Vence em", "Ends"),
        say!(lang, "Dias", "Days"),
        say!(lang, "O quê", "What"),
        say!(lang, "Nome", "Name"),
        say!(lang, "De quem", "Whose"),
    ];
    let rows: Vec<_> = view
        .items
        .iter()
        .map(|item| {
            vec![
                date(&item.not_after),
                item.days_left.to_string(),
                lang.word("expiry_kind_", &item.kind),
                item.name.clone(),
                item.owner.clone(),
            ]
        })
        .collect();
    table(&head, &rows)
}

fn hits(found: &SearchResults, lang: Lang) -> String {
    let head = [
        say!(lang, "O que é", "Kind"),
        say!(lang, "Nome", "Name"),
        String::new(),
        say!(lang, "Achado por", "Found by"),
    ];
    let rows: Vec<_> = found
        .hits
        .iter()
        .map(|hit| {
            let kind = match hit.kind {
                SearchKind::Heap => "heap",
                SearchKind::Certificate => "certificate",
                SearchKind::Trust => "trust",
                SearchKind::Identity => "identity",
                SearchKind::Document => "document",
                SearchKind::Request => "request",
                SearchKind::Key => "key",
            };
            vec![
                lang.word("search_group_", kind),
                hit.title.clone(),
                hit.subtitle.clone(),
                lang.word("search_matched_", &hit.matched),
            ]
        })
        .collect();
    if rows.is_empty() { say!(lang, "nada foi achado\n", "nothing was found\n") } else { table(&head, &rows) }
}
