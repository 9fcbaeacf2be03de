//! Who may do what with a key, in sentences. Nothing is left out: what has no words here is shown as AWS writes it.

use std::collections::BTreeMap;

use cartorio_office::dto::{AccessConditionView, AccessGrantView, AccessStatementView};

use crate::lang::{Lang, say};

/// A statement of a key's policy as a sentence.
pub(super) fn statement(own: &AccessStatementView, lang: Lang) -> String {
    let who = principals(&own.principals, own.principals_excluded, lang);
    let what = actions(&own.actions, own.actions_excluded, lang);
    let when = own.conditions.iter().map(|own| condition(own, lang)).collect::<Vec<_>>().join(&and(lang));
    let key = match (own.allows, when.is_empty()) {
        (true, true) => "keys_access_allows",
        (true, false) => "keys_access_allows_when",
        (false, true) => "keys_access_denies",
        (false, false) => "keys_access_denies_when",
    };
    let sentence = text(lang, key, &[("who", &who), ("what", &what), ("when", &when)]);
    match &own.sid {
        Some(sid) => format!("{sentence} [{sid}]"),
        None => sentence,
    }
}

/// A grant as a sentence.
pub(super) fn grant(own: &AccessGrantView, lang: Lang) -> String {
    let sentence = text(
        lang,
        "keys_access_grant",
        &[("who", &principal(&own.grantee, lang)), ("what", &actions(&own.operations, false, lang))],
    );
    match &own.name {
        Some(name) => format!("{sentence} [{name}, {}]", own.id),
        None => format!("{sentence} [{}]", own.id),
    }
}

fn principals(own: &[String], excluded: bool, lang: Lang) -> String {
    if own.is_empty() {
        return text(lang, "keys_who_nobody", &[]);
    }
    let who = own.iter().map(|own| principal(own, lang)).collect::<Vec<_>>().join(", ");
    if excluded { text(lang, "keys_who_all_but", &[("who", &who)]) } else { who }
}

/// Who a principal is: an account, a user, a role, a service.
fn principal(own: &str, lang: Lang) -> String {
    let parts: Vec<&str> = own.splitn(6, ':').collect();
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        ["*"] => text(lang, "keys_who_anyone", &[]),
        [account] if is_account(account) => text(lang, "keys_who_account", &[("account", account)]),
        [service] if service.ends_with(".amazonaws.com") => {
            text(lang, "keys_who_service", &[("name", service.trim_end_matches(".amazonaws.com"))])
        }
        ["arn", _, "iam", "", account, "root"] => text(lang, "keys_who_account", &[("account", account)]),
        ["arn", _, "iam", "", account, rest] => match rest.split_once('/') {
            Some(("user", path)) => text(lang, "keys_who_user", &[("name", last(path)), ("account", account)]),
            Some(("role", path)) => match sso(last(path)) {
                Some(name) => text(lang, "keys_who_sso", &[("name", name), ("account", account)]),
                None => text(lang, "keys_who_role", &[("name", last(path)), ("account", account)]),
            },
            Some(_) | None => text(lang, "keys_who_other", &[("name", own)]),
        },
        ["arn", _, "sts", "", account, rest] => {
            match rest.strip_prefix("assumed-role/").and_then(|r| r.split_once('/')) {
                Some((role, session)) => {
                    let role = sso(role).unwrap_or(role);
                    text(lang, "keys_who_session", &[("session", session), ("role", role), ("account", account)])
                }
                None => text(lang, "keys_who_other", &[("name", own)]),
            }
        }
        _ => text(lang, "keys_who_other", &[("name", own)]),
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The permission set behind a role of IAM Identity Center: `AWSReservedSSO_NAME_0123456789abcdef`.
fn sso(role: &str) -> Option<&str> {
    let (name, hash) = role.strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
    (hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(name)
}

fn actions(own: &[String], excluded: bool, lang: Lang) -> String {
    if own.iter().any(|own| own == "*" || own.eq_ignore_ascii_case("kms:*")) {
        return text(lang, if excluded { "keys_what_none" } else { "keys_what_all" }, &[]);
    }
    let what = own.iter().map(|own| own.strip_prefix("kms:").unwrap_or(own)).collect::<Vec<_>>().join(", ");
    if excluded { text(lang, "keys_what_all_but", &[("what", &what)]) } else { what }
}

/// A condition as AWS writes it: its operators have a meaning of their own that no short word keeps.
fn condition(own: &AccessConditionView, lang: Lang) -> String {
    let value = own.values.join(&say!(lang, " ou ", " or "));
    format!("{} {} {value}", own.key, own.operator)
}

fn and(lang: Lang) -> String {
    say!(lang, " e ", " and ")
}

fn text(lang: Lang, key: &str, params: &[(&str, &str)]) -> String {
    let owned: BTreeMap<String, String> =
        params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    lang.shared(key, &owned).unwrap_or_else(|| params.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(principal: &str, allows: bool, actions: &[&str]) -> AccessStatementView {
        AccessStatementView {
            sid: None,
            allows,
            principals: vec![principal.to_owned()],
            principals_excluded: false,
            actions: actions.iter().map(|&own| own.to_owned()).collect(),
            actions_excluded: false,
            conditions: Vec::new(),
        }
    }

    #[test]
    fn principals_are_named_by_what_they_are() {
        for (principal, said) in [
            ("*", "a qualquer um"),
            ("arn:aws:iam::123456789012:root", "à conta 123456789012"),
            ("123456789012", "à conta 123456789012"),
            ("arn:aws:iam::123456789012:role/servico/Assinador", "à função Assinador"),
            ("arn:aws:iam::123456789012:role/aws-reserved/AWSReservedSSO_Tabeliao_0123456789abcdef", "Tabeliao"),
            ("arn:aws:sts::123456789012:assumed-role/R/maria", "à sessão maria da função R"),
            ("s3.amazonaws.com", "ao serviço s3"),
            ("AIDAEXAMPLE", "AIDAEXAMPLE"),
        ] {
            let sentence = statement(&own(principal, true, &["kms:Sign"]), Lang::PtBr);
            assert!(sentence.starts_with("Permite ") && sentence.contains(said), "{sentence}");
            assert!(sentence.contains("Sign"), "{sentence}");
        }
    }

    #[test]
    fn nothing_of_a_statement_is_left_out() {
        let mut denies = own("*", false, &["kms:*"]);
        denies.sid = Some("SoDaqui".to_owned());
        denies.conditions.push(AccessConditionView {
            operator: "NotIpAddress".to_owned(),
            key: "aws:SourceIp".to_owned(),
            values: vec!["10.0.0.0/8".to_owned(), "192.0.2.0/24".to_owned()],
        });
        let sentence = statement(&denies, Lang::PtBr);
        for part in
            ["Proíbe", "todas as ações", "aws:SourceIp", "NotIpAddress", "10.0.0.0/8 ou 192.0.2.0/24", "SoDaqui"]
        {
            assert!(sentence.contains(part), "{part}: {sentence}");
        }
    }
}
