//! One key as a person reads it.

use cartorio_office::dto::{AutomaticRotationView, KeyDetail, KeyEvent, KeyLastUseView, KeySummary, KeyUsageView};

use super::access;
use super::list::{origin, state};
use crate::lang::{Lang, say};
use crate::outcome::explain;
use crate::show::{date, day, digest, fields, list, table, yes_no};

/// Everything about a key.
pub(super) fn text(key: &KeyDetail, lang: Lang) -> String {
    let mut rows = summary(&key.summary, lang);
    let some = |count: u64| (count > 0).then(|| count.to_string());
    rows.extend([
        (say!(lang, "Usos sem resultado", "Uses without a result"), some(key.values_without_result)),
        (
            say!(lang, "Tentativas interrompidas", "Interrupted tries"),
            some(key.interrupted).map(|own| {
                say!(lang, "{own} (não se sabe se usaram a chave)", "{own} (whether they used the key is not known)")
            }),
        ),
        (say!(lang, "Algoritmos", "Algorithms"), list(&key.algorithms)),
        (say!(lang, "Pode sair", "Can leave"), Some(yes_no(key.exportable, lang))),
        (say!(lang, "SHA-256 da chave", "SHA-256 of the key"), key.spki_sha256.as_deref().map(digest)),
        (say!(lang, "Último uso no lugar", "Last use at its place"), key.last_use.as_ref().map(last_use)),
    ]);
    let mut text = fields(&rows);
    let mut section = |title: String, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            text.extend(lines.iter().map(|line| format!("  {line}\n")));
        }
    };
    section(
        say!(lang, "Etiquetas", "Tags"),
        key.tags.iter().map(|tag| format!("{} = {}", tag.name, tag.value)).collect(),
    );
    if let Some(own) = &key.access {
        section(
            say!(lang, "Acesso, pela política da chave", "Access, by the key's policy"),
            own.statements.iter().map(|statement| access::statement(statement, lang)).collect(),
        );
        section(
            say!(lang, "Concessões fora da política", "Grants beside the policy"),
            own.grants.iter().map(|grant| access::grant(grant, lang)).collect(),
        );
    }
    if let Some(own) = &key.automatic_rotation {
        section(say!(lang, "Renovação automática", "Automatic rotation"), renewal(own, lang));
    }
    section(
        say!(lang, "Não pôde ser lido", "Could not be learnt"),
        key.problems.iter().map(|problem| explain(problem, lang)).collect(),
    );
    if !key.timeline.is_empty() {
        let rows: Vec<Vec<String>> = key.timeline.iter().map(|event| happened(event, lang)).collect();
        let head = [
            say!(lang, "Nº", "No."),
            say!(lang, "Quando", "When"),
            say!(lang, "Ato", "Act"),
            say!(lang, "Como", "How"),
            say!(lang, "Quem", "Who"),
        ];
        text.push('\n');
        text.push_str(&table(&head, &rows));
    }
    if let Some(pem) = &key.public_key_pem {
        text.push_str(&format!("\n{pem}"));
    }
    text
}

/// What a list knows of a key.
pub(super) fn summary(key: &KeySummary, lang: Lang) -> Vec<(String, Option<String>)> {
    let usage = match key.usage {
        KeyUsageView::Sign => say!(lang, "assinar", "sign"),
        KeyUsageView::Seal => say!(lang, "selar o cofre", "seal the archive"),
        KeyUsageView::Other => say!(lang, "outro", "other"),
    };
    vec![
        (say!(lang, "Referência", "Reference"), Some(key.key_ref.clone())),
        (say!(lang, "Identificador", "Identifier"), Some(key.key_id.clone())),
        (say!(lang, "Nome", "Name"), list(&key.aliases)),
        (say!(lang, "Descrição", "Description"), key.description.clone().filter(|text| !text.is_empty())),
        (say!(lang, "Tipo", "Type"), Some(key.spec.clone())),
        (say!(lang, "Uso", "Usage"), Some(usage)),
        (say!(lang, "Estado", "State"), Some(state(key.state, lang))),
        (say!(lang, "Onde", "Where"), Some(origin(key.origin, lang))),
        (say!(lang, "Região", "Region"), key.region.clone()),
        (say!(lang, "Várias regiões", "Several regions"), key.multi_region.then(|| yes_no(true, lang))),
        (say!(lang, "Criada em", "Created"), key.created_at.as_deref().map(date)),
        (say!(lang, "Será apagada em", "Will be deleted"), key.deletion_at.as_deref().map(date)),
        (say!(lang, "Identidades", "Identities"), list(&key.identities)),
        (say!(lang, "Última assinatura", "Last signature"), key.last_signed_at.as_deref().map(date)),
        (
            say!(lang, "Assinaturas daqui", "Signatures from here"),
            (key.signatures > 0).then(|| key.signatures.to_string()),
        ),
        (say!(lang, "Trocar até", "Change by"), key.due_at.as_deref().map(day)),
        (say!(lang, "Troca em andamento", "Change under way"), key.rotation.clone()),
    ]
}

fn last_use(last: &KeyLastUseView) -> String {
    let parts = [Some(date(&last.at)), last.operation.clone(), last.request_id.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn renewal(own: &AutomaticRotationView, lang: Lang) -> Vec<String> {
    let mut lines = vec![match own.period_days {
        Some(days) => say!(lang, "a cada {days} dias", "every {days} days"),
        None => say!(lang, "desligada", "off"),
    }];
    if let Some(at) = own.next_at.as_deref().map(date) {
        lines.push(say!(lang, "próxima: {at}", "next: {at}"));
    }
    lines.extend(own.past.iter().map(|past| {
        let at = date(&past.at);
        match past.on_demand {
            true => say!(lang, "feita: {at}, a pedido", "done: {at}, on demand"),
            false => say!(lang, "feita: {at}, automática", "done: {at}, automatic"),
        }
    }));
    lines
}

fn happened(event: &KeyEvent, lang: Lang) -> Vec<String> {
    vec![
        event.seq.to_string(),
        date(&event.at),
        lang.word("act_", &event.act),
        lang.word("outcome_", &event.outcome),
        event.operator.clone(),
    ]
}
