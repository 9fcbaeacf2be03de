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
    if error.code == "pdf_field_seed_value" {
        let entry = params.get("demand").cloned().unwrap_or_default();
        let known = |entry: &str, about: &str| text(locale, &format!("err_demand_{about}{entry}"), &BTreeMap::new());
        for (name, about) in [("demand", ""), ("help", "help_")] {
            // What is new to the texts is something that is not known here.
            let word = known(&entry, about).or_else(|| known("Ff", about)).unwrap_or_default();
            params.insert(name.to_owned(), word);
        }
    }
    if let Some(refusals) = params.get_mut("refusals")
        && let Ok(each) = serde_json::from_str::<Vec<Refusal>>(refusals)
    {
        *refusals = each.into_iter().map(|own| own.in_words(locale)).collect::<Vec<_>>().join("; ");
    }
    params
}

/// What one authority said, as the parameter `refusals` has it.
#[derive(serde::Deserialize)]
struct Refusal {
    name: String,
    code: String,
    params: BTreeMap<String, String>,
}

impl Refusal {
    fn in_words(self, locale: Locale) -> String {
        let params = self.params.into_iter().collect();
        let title = text(locale, &format!("err_{}_title", self.code), &params).unwrap_or(self.code);
        format!("{}: {title}", self.name)
    }
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
    fn what_authorities_said_is_told_in_words() {
        let said = r#"[{"name":"ACT","code":"net_timeout","params":{"host":"act.test"}},{"name":"B","code":"xyz","params":{}}]"#;
        let error = |refusals: &str| WireError {
            code: "tsa_all_refused".to_owned(),
            params: BTreeMap::from([("refusals".to_owned(), refusals.to_owned())]),
            ..crate::OfficeError::Cancelled.wire()
        };
        let (_, action) = of_error(Locale::PtBr, &error(said)).unwrap();
        assert!(action.as_ref().is_some_and(|own| own.contains("ACT: act.test demorou demais; B: xyz.")), "{action:?}");
        let (_, action) = of_error(Locale::PtBr, &error("sem formato")).unwrap();
        assert!(action.as_ref().is_some_and(|own| own.contains("sem formato")), "{action:?}");
    }

    #[test]
    fn what_a_field_demands_is_told_in_words() {
        let told = |demand: &str| {
            let params = [("field", "Registro"), ("demand", demand)].map(|(name, value)| (name.to_owned(), value.to_owned()));
            let code = "pdf_field_seed_value".to_owned();
            let error = WireError { code, params: params.into(), ..crate::OfficeError::Cancelled.wire() };
            of_error(Locale::PtBr, &error).unwrap()
        };
        let (title, action) = told("Reasons");
        assert_eq!(title, "O campo Registro exige um motivo da lista que ele traz");
        assert!(action.as_ref().is_some_and(|own| own.starts_with("Escreva no motivo")), "{action:?}");
        let (title, action) = told("NewEntry");
        assert_eq!(title, "O campo Registro exige algo que não se conhece aqui");
        assert!(action.as_ref().is_some_and(|own| own.starts_with("Este programa não atende")), "{action:?}");
    }

    /// Every field and every reason that the source names has a word.
    #[test]
    fn no_wrong_field_is_told_by_its_code() {
        fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
            for entry in folder.read_dir().unwrap().flatten() {
                match entry.path() {
                    path if path.is_dir() => sources(&path, found),
                    path => found.push(std::fs::read_to_string(path).unwrap()),
                }
            }
        }
        let mut all = Vec::new();
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let mut seen = 0;
        for source in &all {
            for part in source.split("InvalidField {").skip(1) {
                let inside = part.split('}').next().unwrap_or_default();
                for (name, prefix) in [("field: \"", "field_"), ("reason: \"", "invalid_")] {
                    let Some(code) = inside.split(name).nth(1).and_then(|rest| rest.split('"').next()) else { continue };
                    seen += 1;
                    let key = format!("{prefix}{code}");
                    assert!(text(Locale::PtBr, &key, &BTreeMap::new()).is_some(), "{key} has no text");
                }
            }
        }
        assert!(seen > 40, "{seen}");
    }

    #[test]
    fn fills_places_and_leaves_no_gap() {
        let params = BTreeMap::from([("name".to_owned(), "{x}".to_owned())]);
        assert_eq!(fill("a {name} b {other} {", &params), "a {x} b – {");
    }
}
