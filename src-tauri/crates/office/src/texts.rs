//! Texts of the window's catalogue, for what is written outside the window: the terminal, and tables that leave the office. So
//! both say the same.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cartorio_core::WireError;

use crate::dto::Locale;

/// The text of that name with its places filled; `None` where the catalogue has none. A parameter that did not come is a dash.
pub fn text(locale: Locale, key: &str, params: &BTreeMap<String, String>) -> Option<String> {
    let catalogue = match locale {
        Locale::PtBr => &PT_BR,
        Locale::En => &EN,
    };
    catalogue.get(key).map(|text| fill(text, params))
}

/// What happened, and what to do; `None` for a code without a text.
pub fn of_error(locale: Locale, error: &WireError) -> Option<(String, Option<String>)> {
    let params = in_words(locale, error);
    let title = text(locale, &format!("err_{}_title", error.code), &params)?;
    Some((title, text(locale, &format!("err_{}_action", error.code), &params)))
}

/// Some parameters are codes themselves; people get the window's words for them.
fn in_words(locale: Locale, error: &WireError) -> BTreeMap<String, String> {
    let words: &[(&str, &str)] = match error.code.as_str() {
        "invalid_field" => &[("field", "field_"), ("reason", "invalid_")],
        "token_pin_required" | "token_pin_wrong" => &[("tries", "err_reason_tries_")],
        "rotation_state" => &[("reason", "err_reason_rotation_")],
        "a1_unusable" => &[("reason", "err_reason_a1_")],
        "registry_request_state" => &[("state", "requests_state_")],
        "stamp_covers" => &[("what", "err_stamp_what_")],
        "sign_format_not_fitting" => &[("wanted", "err_wanted_")],
        _ => &[],
    };
    let mut params = error.params.clone();
    for (name, prefix) in words {
        if let Some(value) = params.get_mut(*name)
            && let Some(word) = text(locale, &format!("{prefix}{value}"), &BTreeMap::new())
        {
            *value = word;
        }
    }
    params
}

static PT_BR: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| catalogue(include_str!("../../../../ui/messages/pt-BR.json")));
static EN: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| catalogue(include_str!("../../../../ui/messages/en.json")));

fn catalogue(json: &str) -> BTreeMap<String, String> {
    let all: BTreeMap<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    all.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect()
}

/// Puts parameters into `{places}`.
fn fill(text: &str, params: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(params.get(name).map_or("–", String::as_str));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_catalogues_are_the_windows_own_and_have_the_same_texts() {
        assert!(PT_BR.len() > 100, "the catalogue is embedded");
        assert_eq!(PT_BR.keys().collect::<Vec<_>>(), EN.keys().collect::<Vec<_>>());
    }

    #[test]
    fn fills_places_and_leaves_no_gap() {
        let params = BTreeMap::from([("name".to_owned(), "{x}".to_owned())]);
        assert_eq!(fill("a {name} b {other} {", &params), "a {x} b – {");
    }
}
