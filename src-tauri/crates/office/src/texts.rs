//! Texts of the window's catalogue, for what is written outside the window: the terminal, and tables that leave the office. So
//! both say the same.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cartorio_core::WireError;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, UtcOffset};

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

/// Some parameters are codes themselves; people get the window's words for them (`paramsInWords` in `ui/src/i18n/errors.ts`).
fn in_words(locale: Locale, error: &WireError) -> BTreeMap<String, String> {
    let words: &[(&str, &str)] = match error.code.as_str() {
        "invalid_field" => &[("field", "field_"), ("reason", "invalid_")],
        "token_pin_required" | "token_pin_wrong" => &[("tries", "err_reason_tries_")],
        "approval_other_profile" => &[("approved", "p12_profile_"), ("asked", "p12_profile_")],
        "rotation_state" => &[("reason", "err_reason_rotation_")],
        "a1_unusable" => &[("reason", "err_reason_a1_")],
        "registry_request_state" => &[("state", "requests_state_")],
        "stamp_covers" => &[("what", "err_stamp_what_")],
        "evidence_missing" => &[("what", "err_evidence_what_"), ("reason", "err_reason_evidence_")],
        "level_not_reached" => &[("reason", "err_reason_level_")],
        "sign_format_not_fitting" => &[("wanted", "err_wanted_")],
        _ => &[],
    };
    let mut params = error.params.clone();
    let said = |params: &BTreeMap<String, String>, name: &str| params.get(name).filter(|own| !own.is_empty()).cloned();
    match error.code.as_str() {
        "evidence_missing" => {
            // A record may have kept the code alone.
            for (name, usual) in [("what", "revocation"), ("reason", "unsaid")] {
                params.entry(name.to_owned()).or_insert_with(|| usual.to_owned());
            }
            let somebody = || text(locale, "err_evidence_somebody", &BTreeMap::new()).unwrap_or_default();
            let subject = said(&params, "subject").unwrap_or_else(somebody);
            let others = said(&params, "more").filter(|own| own != "0");
            let more = others
                .and_then(|count| text(locale, "err_evidence_more", &BTreeMap::from([("count".to_owned(), count)])));
            params.extend([("subject".to_owned(), subject), ("more".to_owned(), more.unwrap_or_default())]);
        }
        "stamp_covers" => {
            let covered = said(&params, "text").and_then(|_| text(locale, "err_stamp_covered", &params));
            params.insert("covered".to_owned(), covered.unwrap_or_default());
        }
        "tsa_clock" => {
            for name in ["gen_time", "here"] {
                params.entry(name.to_owned()).and_modify(|at| *at = moment(at));
            }
        }
        code if code.starts_with("preflight_") => {
            params.entry("date".to_owned()).and_modify(|day| *day = date(locale, day));
            params.entry("root".to_owned()).and_modify(|name| *name = common_name(name));
        }
        _ => {}
    }
    // A word may speak of the place for a document's name, which is written like one of its own.
    let mut placeholders = BTreeMap::from([("nome".to_owned(), "{nome}".to_owned())]);
    if error.code == "evidence_missing" {
        let codes = said(&params, "refused").unwrap_or_default();
        let word = |code: &str| text(locale, &format!("chainpath_{code}"), &BTreeMap::new());
        let words =
            codes.split(',').filter(|own| !own.is_empty()).map(|own| word(own).unwrap_or_else(|| own.to_owned()));
        let refused = words.collect::<Vec<_>>().join("; ");
        let usual = || text(locale, "err_evidence_refused", &BTreeMap::new()).unwrap_or_default();
        placeholders.insert("refused".to_owned(), if refused.is_empty() { usual() } else { refused });
        if let Some(until) = said(&params, "until").filter(|_| params.get("reason").is_some_and(|own| own == "stale")) {
            placeholders.insert("until".to_owned(), moment(&until));
            params.insert("reason".to_owned(), "stale_until".to_owned());
        }
    }
    for (name, prefix) in words {
        if let Some(value) = params.get_mut(*name)
            && let Some(word) = text(locale, &format!("{prefix}{value}"), &placeholders)
        {
            *value = word;
        }
    }
    if let Some(names) = said(&params, "strangers").filter(|_| error.code == "evidence_missing")
        && let Some(strangers) = text(locale, "err_evidence_strangers", &BTreeMap::from([("names".to_owned(), names)]))
    {
        params.entry("reason".to_owned()).and_modify(|reason| *reason = format!("{strangers} {reason}"));
    }
    if error.code == "pdf_field_seed_value" {
        let (demand, help) = demand_in_words(locale, &params);
        params.insert("demand".to_owned(), demand);
        params.insert("help".to_owned(), help);
    }
    if error.code == "tsa_all_refused" {
        let each = serde_json::from_str::<Vec<Refusal>>(&said(&params, "refusals").unwrap_or_default());
        let told: Vec<_> = each.unwrap_or_default().into_iter().map(|own| own.in_words(locale)).collect();
        if !told.is_empty() {
            let titles: Vec<&str> = told.iter().map(|(title, _)| title.as_str()).collect();
            params.insert("refusals".to_owned(), titles.join("; "));
        }
        // What helps with one authority alone is no use where others said something else.
        let shared = told.iter().map(|(_, advice)| advice).reduce(|one, other| if one == other { one } else { &None });
        let usual = || text(locale, "err_tsa_all_refused_advice", &BTreeMap::new());
        params.insert("advice".to_owned(), shared.cloned().flatten().or_else(usual).unwrap_or_default());
    }
    params
}

/// What a field demands, by the parameters of the error that says so, and what helps.
pub fn demand_in_words(locale: Locale, params: &BTreeMap<String, String>) -> (String, String) {
    let of = |name: &str| params.get(name).map(String::as_str).unwrap_or_default();
    let known = |entry: &str, about: &str| text(locale, &format!("err_demand_{about}{entry}"), &BTreeMap::new());
    // What is new to the texts is something that is not known here.
    let word = |about: &str| known(of("demand"), about).or_else(|| known("Ff", about)).unwrap_or_default();
    let (demand, accepted) = (word(""), of("accepted"));
    (if accepted.is_empty() { demand } else { format!("{demand}: {accepted}") }, word("help_"))
}

/// `22/11/2026 14:32:07 UTC`; a text that is no time stays as it is.
fn moment(rfc3339: &str) -> String {
    let format = format_description!("[day]/[month]/[year] [hour]:[minute]:[second] UTC");
    let at = OffsetDateTime::parse(rfc3339, &Rfc3339).ok().map(|at| at.to_offset(UtcOffset::UTC));
    at.and_then(|at| at.format(format).ok()).unwrap_or_else(|| rfc3339.to_owned())
}

/// A day that comes as `2026-11-22`; another text stays as it is.
fn date(locale: Locale, day: &str) -> String {
    let Ok(found) = Date::parse(day, format_description!("[year]-[month]-[day]")) else { return day.to_owned() };
    let written = match locale {
        Locale::PtBr => found.format(format_description!("[day]/[month]/[year]")),
        Locale::En => found.format(format_description!("[day padding:none] [month repr:short] [year]")),
    };
    written.unwrap_or_else(|_| day.to_owned())
}

/// What a certificate is known by (RFC 4514); the whole name where it has none.
fn common_name(name: &str) -> String {
    let Some(start) = name.strip_prefix("CN=").or_else(|| name.split_once(",CN=").map(|(_, rest)| rest)) else {
        return name.to_owned();
    };
    let (mut found, mut rest) = (String::new(), start.chars());
    while let Some(c) = rest.next().filter(|c| *c != ',') {
        found.extend(if c == '\\' { rest.next() } else { Some(c) });
    }
    found
}

/// What one authority said, as the parameter `refusals` has it.
#[derive(serde::Deserialize)]
struct Refusal {
    name: String,
    code: String,
    params: BTreeMap<String, String>,
}

impl Refusal {
    /// Its name with what it said, and what helps.
    fn in_words(self, locale: Locale) -> (String, Option<String>) {
        let advice = text(locale, &format!("err_{}_action", self.code), &self.params);
        let title = text(locale, &format!("err_{}_title", self.code), &self.params).unwrap_or(self.code);
        (format!("{}: {title}", self.name), advice)
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
        assert!(action.as_ref().is_some_and(|own| own.starts_with("Tente mais tarde")), "{action:?}");
        // Where all said the same, what helps with that is told.
        let refused = r#"[{"name":"ACT","code":"tsa_access_refused","params":{"status":"401"}},{"name":"B","code":"tsa_access_refused","params":{"status":"401"}}]"#;
        let (_, action) = of_error(Locale::PtBr, &error(refused)).unwrap();
        assert!(action.as_ref().is_some_and(|own| own.starts_with("Confira o usuário e a senha")), "{action:?}");
        let (_, action) = of_error(Locale::PtBr, &error("sem formato")).unwrap();
        assert!(action.as_ref().is_some_and(|own| own.contains("sem formato")), "{action:?}");
    }

    #[test]
    fn what_a_field_demands_is_told_in_words() {
        let told = |demand: &str| {
            let params =
                [("field", "Registro"), ("demand", demand)].map(|(name, value)| (name.to_owned(), value.to_owned()));
            let code = "pdf_field_seed_value".to_owned();
            let error = WireError { code, params: params.into(), ..crate::OfficeError::Cancelled.wire() };
            of_error(Locale::PtBr, &error).unwrap()
        };
        let (title, action) = told("Reasons");
        assert_eq!(title, "O campo Registro exige um motivo da lista que ele traz");
        assert!(action.as_ref().is_some_and(|own| own.starts_with("Escreva no motivo")), "{action:?}");
        let params = [("demand", "Reasons"), ("accepted", "Autenticação; Registro")];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let (demand, _) = demand_in_words(Locale::PtBr, &params);
        assert_eq!(demand, "um motivo da lista que ele traz: Autenticação; Registro");
        let (title, action) = told("NewEntry");
        assert_eq!(title, "O campo Registro exige algo que não se conhece aqui");
        assert!(action.as_ref().is_some_and(|own| own.starts_with("Este programa não atende")), "{action:?}");
    }

    /// The window's own list, read out of its source: whatever it puts into words there is put into words here.
    #[test]
    fn what_the_window_puts_into_words_is_told_in_words_here() {
        /// Parameters of a code as it is given, and what of them must not be seen.
        type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);
        const CASES: [Case; 19] = [
            (
                "invalid_field",
                &[("field", "output_pattern"), ("reason", "malformed")],
                &["output_pattern", "malformed"],
            ),
            ("token_pin_required", &[("token", "A"), ("tries", "few")], &["few "]),
            ("token_pin_wrong", &[("token", "A"), ("tries", "last")], &[]),
            ("approval_other_profile", &[("approved", "pbmac1"), ("asked", "modern")], &["pbmac1", "«modern»"]),
            ("rotation_state", &[("reason", "old_key_disabled")], &["old_key_disabled"]),
            ("a1_unusable", &[("file", "a.pfx"), ("reason", "no_certificate")], &["no_certificate"]),
            ("registry_request_state", &[("state", "withdrawn")], &[]),
            (
                "tsa_clock",
                &[("gen_time", "2026-11-22T01:02:03Z"), ("here", "2026-11-22T04:05:06-03:00")],
                &["T0", "03Z"],
            ),
            (
                "tsa_all_refused",
                &[("refusals", r#"[{"name":"ACT","code":"net_timeout","params":{"host":"h"}}]"#)],
                &["net_timeout"],
            ),
            ("stamp_covers", &[("page", "1"), ("what", "empty_field"), ("text", "")], &["empty_field"]),
            ("stamp_covers", &[("page", "1"), ("what", "text"), ("text", "Livro 12")], &[]),
            (
                "evidence_missing",
                &[("subject", "ACT"), ("what", "revocation"), ("reason", "not_fetched"), ("more", "0")],
                &["revocation ", "not_fetched"],
            ),
            ("evidence_missing", &[], &[]),
            (
                "evidence_missing",
                &[("subject", "ANA"), ("reason", "unusable"), ("refused", "crl_out_of_scope,crl_weak_signature")],
                &["crl_out_of_scope", "crl_weak_signature", "{refused}"],
            ),
            (
                "evidence_missing",
                &[
                    ("subject", "ANA"),
                    ("reason", "stale"),
                    ("until", "2026-11-22T01:02:03Z"),
                    ("strangers", "AC Outra"),
                ],
                &["stale", "2026-11-22", "{until}", "{names}"],
            ),
            ("level_not_reached", &[("level", "B-LT"), ("reason", "tsa_all_refused")], &["tsa_all_refused"]),
            ("pdf_field_seed_value", &[("field", "A"), ("demand", "Reasons")], &["Reasons"]),
            ("sign_format_not_fitting", &[("name", "a.txt"), ("wanted", "p7s")], &[" p7s"]),
            ("preflight_certificate_expired", &[("date", "2026-11-22")], &["2026-11-22"]),
        ];
        let source = include_str!("../../../../ui/src/i18n/errors.ts");
        let from = source.find("function paramsInWords").unwrap();
        let switch = &source[from..from + source[from..].find("\n}\n").unwrap()];
        let codes: Vec<&str> = switch.split("case '").skip(1).filter_map(|rest| rest.split('\'').next()).collect();
        assert!(codes.len() > 12 && switch.contains("startsWith('preflight_')"), "{codes:?}");
        for code in codes {
            assert!(CASES.iter().any(|(own, ..)| *own == code), "the window has words for the parameters of {code}");
        }
        for (code, params, hidden) in CASES {
            let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let error = WireError { code: code.to_owned(), params, ..crate::OfficeError::Cancelled.wire() };
            for locale in [Locale::PtBr, Locale::En] {
                let (title, action) = of_error(locale, &error).unwrap();
                let told = format!("{title} {}", action.unwrap_or_default());
                assert!(!told.contains('–'), "{code}: {told}");
                assert!(!hidden.iter().any(|own| told.contains(own)), "{code}: {told}");
                assert!(!told.contains('{') && !told.starts_with(' '), "{code}: {told}");
            }
        }
        let one = |code: &str, params: &[(&str, &str)]| {
            let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            of_error(Locale::PtBr, &WireError { code: code.to_owned(), params, ..crate::OfficeError::Cancelled.wire() })
                .unwrap()
        };
        let (_, covers) = one("stamp_covers", &[("page", "1"), ("what", "text"), ("text", "Livro 12")]);
        assert_eq!(covers.as_deref(), Some("O carimbo cobre «Livro 12». Mova-o, ou permita que ele cubra."));
        let (pattern, _) = one("invalid_field", &[("field", "output_pattern"), ("reason", "without_name")]);
        assert!(pattern.contains("tem de conter {nome}") && pattern.ends_with("{nome}-assinado"), "{pattern}");
        let (missing, _) =
            one("evidence_missing", &[("subject", "ACT"), ("what", "revocation"), ("reason", "stale"), ("more", "2")]);
        assert_eq!(missing, "Falta evidência de revogação do certificado de ACT e de mais 2");
        let (_, stale) = one(
            "evidence_missing",
            &[("reason", "stale"), ("until", "2026-11-22T01:02:03Z"), ("strangers", "AC Outra; AC Mais")],
        );
        let stale = stale.unwrap();
        assert!(
            stale.starts_with("O que foi escolhido é de outros: AC Outra; AC Mais. O que há valia até 22/11/2026"),
            "{stale}"
        );
        assert_eq!(
            one("tsa_clock", &[("gen_time", "2026-11-22T01:02:03Z"), ("here", "?")]).0,
            "A autoridade carimbou com a hora 22/11/2026 01:02:03 UTC, quando aqui eram ?"
        );
        assert_eq!(common_name("C=BR,O=ICP-Brasil,CN=AC Raiz\\, v5"), "AC Raiz, v5");
        assert_eq!(common_name("O=Sem nome"), "O=Sem nome");
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
                    let Some(code) = inside.split(name).nth(1).and_then(|rest| rest.split('"').next()) else {
                        continue;
                    };
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
