//! The list of keys, and which are due.

use cartorio_core::{Clock, SystemClock};
use cartorio_office::dto::{Empty, KeyOriginView, KeyPlaceProblem, KeyStateView, KeySummary};
use cartorio_office::{Commands, Office};
use serde_json::json;
use time::OffsetDateTime;

use crate::args::KeyStateChoice;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, explain, to_stderr};
use crate::show::{day, days_since, list as items, span, table};

/// Which keys to show.
pub(super) struct Filter {
    /// Days within which they are to be changed.
    pub(super) due: Option<u32>,
    pub(super) state: Option<KeyStateChoice>,
    pub(super) search: Option<String>,
}

pub(super) async fn list(office: &Office, filter: &Filter, lang: Lang) -> Result<Done, Failure> {
    let mut list = office.keys_list(Empty {}).await?;
    let now = SystemClock.now();
    list.keys.retain(|key| filter.takes(key, now));
    for problem in &list.problems {
        to_stderr(&unanswered(problem, lang));
    }
    let head = [
        say!(lang, "Nome", "Name"),
        say!(lang, "Tipo", "Type"),
        say!(lang, "Estado", "State"),
        say!(lang, "Idade", "Age"),
        say!(lang, "Última assinatura", "Last signature"),
        say!(lang, "Trocar até", "Change by"),
        say!(lang, "Onde", "Where"),
        say!(lang, "Identidades", "Identities"),
        say!(lang, "Referência", "Reference"),
    ];
    let rows: Vec<Vec<String>> = list.keys.iter().map(|key| row(key, now, lang)).collect();
    let text = if rows.is_empty() { say!(lang, "Nenhuma chave.", "No key.") } else { table(&head, &rows) };
    let exit = if list.problems.is_empty() { Exit::Done } else { Exit::Partly };
    let json = json!({ "keys": list.keys, "problems": list.problems, "max_age_days": list.max_age_days });
    Done::with(exit, text, &json)
}

impl Filter {
    fn takes(&self, key: &KeySummary, now: OffsetDateTime) -> bool {
        let due = self.due.is_none_or(|within| {
            let since = key.due_at.as_deref().and_then(|at| days_until_or_since(at, now));
            since.is_some_and(|left| left <= i64::from(within))
        });
        let state = self.state.is_none_or(|wanted| {
            let wanted = match wanted {
                KeyStateChoice::Enabled => KeyStateView::Enabled,
                KeyStateChoice::Disabled => KeyStateView::Disabled,
                KeyStateChoice::PendingDeletion => KeyStateView::PendingDeletion,
                KeyStateChoice::Unavailable => KeyStateView::Unavailable,
            };
            key.state == wanted
        });
        let search = self.search.as_ref().is_none_or(|text| {
            let text = text.to_lowercase();
            let own =
                key.aliases.iter().chain(&key.identities).chain(&key.description).chain([&key.key_ref, &key.key_id]);
            own.into_iter().any(|own| own.to_lowercase().contains(&text))
        });
        due && state && search
    }
}

/// Days that are left, rounded up; zero or less when the day has come.
fn days_until_or_since(at: &str, now: OffsetDateTime) -> Option<i64> {
    let left = OffsetDateTime::parse(at, &time::format_description::well_known::Rfc3339).ok()? - now;
    let days = left.whole_days();
    Some(if left > time::Duration::days(days) { days + 1 } else { days })
}

fn row(key: &KeySummary, now: OffsetDateTime, lang: Lang) -> Vec<String> {
    let age = key.created_at.as_deref().and_then(|at| days_since(at, now)).map(|days| span(days, lang));
    vec![
        items(&key.aliases).unwrap_or_else(|| "–".to_owned()),
        key.spec.clone(),
        state(key.state, lang),
        age.unwrap_or_else(|| "–".to_owned()),
        key.last_signed_at.as_deref().map_or_else(|| "–".to_owned(), day),
        key.due_at.as_deref().map_or_else(|| "–".to_owned(), |at| due(at, now, lang)),
        place(key, lang),
        items(&key.identities).unwrap_or_else(|| "–".to_owned()),
        key.key_ref.clone(),
    ]
}

/// The day, and where it has come, that it has.
fn due(at: &str, now: OffsetDateTime, lang: Lang) -> String {
    let day = day(at);
    match days_until_or_since(at, now) {
        Some(..=0) => say!(lang, "{day} (venceu)", "{day} (due)"),
        Some(_) | None => day,
    }
}

fn place(key: &KeySummary, lang: Lang) -> String {
    let origin = origin(key.origin, lang);
    match &key.region {
        Some(region) => format!("{origin} ({region})"),
        None => origin,
    }
}

fn unanswered(problem: &KeyPlaceProblem, lang: Lang) -> String {
    let (place, name) = (origin(problem.origin, lang), &problem.name);
    let name = if name.is_empty() { String::new() } else { format!(" («{name}»)") };
    let why = explain(&problem.error, lang);
    say!(lang, "sem resposta {place}{name}: {why}", "no answer {place}{name}: {why}")
}

pub(super) fn state(state: KeyStateView, lang: Lang) -> String {
    match state {
        KeyStateView::Enabled => say!(lang, "ativa", "enabled"),
        KeyStateView::Disabled => say!(lang, "desativada", "disabled"),
        KeyStateView::PendingDeletion => say!(lang, "será apagada", "will be deleted"),
        KeyStateView::Unavailable => say!(lang, "indisponível", "unavailable"),
    }
}

pub(super) fn origin(origin: KeyOriginView, lang: Lang) -> String {
    lang.word(
        "key_origin_",
        match origin {
            KeyOriginView::Local => "local",
            KeyOriginView::AwsKms => "aws_kms",
            KeyOriginView::Token => "token",
            KeyOriginView::P12File => "p12_file",
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_change_counts_as_come() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for (at, left) in [
            ("1970-01-01T00:00:01Z", 1),
            ("1970-01-02T00:00:00Z", 1),
            ("1970-01-02T00:00:01Z", 2),
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T00:00:00Z", -1),
        ] {
            assert_eq!(days_until_or_since(at, now), Some(left), "{at}");
        }
    }
}
