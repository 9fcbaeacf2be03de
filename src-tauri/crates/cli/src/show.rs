//! Tables, dates and digests for people.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::lang::{Lang, say};
use crate::printable::line;

/// Columns, aligned; the last one is left as it is.
pub(crate) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let all = || std::iter::once(head).chain(rows.iter().map(Vec::as_slice));
    let widths: Vec<usize> = (0..head.len())
        .map(|column| all().filter_map(|row| row.get(column)).map(|cell| line(cell).chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in all() {
        let mut own = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            own.push_str(&format!("{:<width$}  ", line(cell)));
        }
        text.push_str(own.trim_end());
        text.push('\n');
    }
    text
}

/// Names and values, one a line, the values aligned; absent values are left out.
pub(crate) fn fields(fields: &[(String, Option<String>)]) -> String {
    let width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in fields {
        if let Some(value) = value {
            text.push_str(&format!("{name:<width$}  {}\n", line(value)));
        }
    }
    text
}

/// `21/11/2026 14:32 UTC`; a text that is no time stays as it is.
pub(crate) fn date(rfc3339: &str) -> String {
    match OffsetDateTime::parse(rfc3339, &Rfc3339) {
        Ok(at) => format!(
            "{:02}/{:02}/{:04} {:02}:{:02} UTC",
            at.day(),
            u8::from(at.month()),
            at.year(),
            at.hour(),
            at.minute()
        ),
        Err(_) => rfc3339.to_owned(),
    }
}

/// A digest in groups of four.
pub(crate) fn digest(hex: &str) -> String {
    let characters: Vec<char> = hex.chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// First and last eight digits of a digest.
pub(crate) fn short(hex: &str) -> String {
    match (hex.get(..8), hex.len().checked_sub(8).and_then(|at| hex.get(at..))) {
        (Some(first), Some(last)) if hex.len() > 16 => format!("{first}…{last}"),
        _ => hex.to_owned(),
    }
}

/// How long something has been, roughly: days, months from two on, years from two on.
pub(crate) fn span(days: i64, lang: Lang) -> String {
    match days {
        ..=0 => say!(lang, "hoje", "today"),
        1 => say!(lang, "1 dia", "1 day"),
        2..=59 => say!(lang, "{days} dias", "{days} days"),
        60..=729 => {
            let months = days / 30;
            say!(lang, "{months} meses", "{months} months")
        }
        730.. => {
            let years = days / 365;
            say!(lang, "{years} anos", "{years} years")
        }
    }
}

/// Whole days from `rfc3339` until `now`; negative for the future.
pub(crate) fn days_since(rfc3339: &str, now: OffsetDateTime) -> Option<i64> {
    Some((now - OffsetDateTime::parse(rfc3339, &Rfc3339).ok()?).whole_days())
}

/// `21/11/2026`; a text that is no time stays as it is.
pub(crate) fn day(rfc3339: &str) -> String {
    date(rfc3339).split(' ').next().unwrap_or_default().to_owned()
}

/// The stable name of an enum of the contract, e.g. `key_rotation`.
pub(crate) fn code(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Items in one line; absent where there are none.
pub(crate) fn list(items: &[String]) -> Option<String> {
    Some(items.join(", ")).filter(|text| !text.is_empty())
}

pub(crate) fn yes_no(yes: bool, lang: Lang) -> String {
    if yes { say!(lang, "sim", "yes") } else { say!(lang, "não", "no") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_by_characters_not_bytes() {
        let text = table(&["a".into(), "b".into()], &[vec!["ação".into(), "1".into()], vec!["x".into(), "2".into()]]);
        assert_eq!(text, "a     b\nação  1\nx     2\n");
    }

    #[test]
    fn spans_are_rough_and_never_negative() {
        for (days, said) in
            [(-3, "today"), (1, "1 day"), (59, "59 days"), (60, "2 months"), (729, "24 months"), (730, "2 years")]
        {
            assert_eq!(span(days, Lang::En), said);
        }
        let now = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(days_since("1969-12-30T00:00:00Z", now), Some(2));
        assert_eq!(days_since("1970-01-03T00:00:00Z", now), Some(-2));
        assert_eq!(days_since("ontem", now), None);
    }

    #[test]
    fn dates_and_digests() {
        assert_eq!(date("2026-11-21T19:06:00.5Z"), "21/11/2026 19:06 UTC");
        assert_eq!(date("ontem"), "ontem");
        assert_eq!(day("2026-11-21T19:06:00.5Z"), "21/11/2026");
        assert_eq!(short(&"ab".repeat(32)), "abababab…abababab");
        assert_eq!(digest("abcdef"), "abcd ef");
    }
}
