//! iCalendar (RFC 5545): one event for each item, with alarms 30 and 7 days before.

use time::{OffsetDateTime, UtcOffset};

use super::{kind_name, time_of};
use crate::OfficeResult;
use crate::dto::{ExpiryItem, Locale};

/// Octets of a line without its end (RFC 5545 §3.1).
const LINE: usize = 75;

/// Writes a calendar; the same item has the same UID in every export.
pub(super) fn write(items: &[ExpiryItem], locale: Locale, now: OffsetDateTime) -> OfficeResult<String> {
    let mut out = String::new();
    for text in
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Cartorio Digital//Vencimentos//PT-BR", "CALSCALE:GREGORIAN"]
    {
        line(&mut out, text);
    }
    for item in items {
        event(&mut out, item, locale, now)?;
    }
    line(&mut out, "END:VCALENDAR");
    Ok(out)
}

fn event(out: &mut String, item: &ExpiryItem, locale: Locale, now: OffsetDateTime) -> OfficeResult<()> {
    let say = |portuguese: &'static str, english: &'static str| match locale {
        Locale::PtBr => portuguese,
        Locale::En => english,
    };
    let summary = format!("{}: {} ({})", say("Vence", "Expires"), item.name, kind_name(&item.kind, locale));
    let description = [
        (say("Responsável", "Owner"), item.owner.as_str()),
        (say("Emissor", "Issuer"), item.issuer.as_str()),
        (say("Número de série", "Serial number"), item.serial_hex.as_str()),
        ("SHA-256", item.sha256.as_str()),
    ]
    .map(|(name, value)| format!("{name}: {value}"))
    .join("\n");
    line(out, "BEGIN:VEVENT");
    line(out, &format!("UID:{}-{}@vencimentos.cartorio-digital", item.kind, item.sha256));
    line(out, &format!("DTSTAMP:{}", instant(now)));
    line(out, &format!("DTSTART:{}", instant(time_of(&item.not_after)?)));
    line(out, &format!("SUMMARY:{}", escaped(&summary)));
    line(out, &format!("DESCRIPTION:{}", escaped(&description)));
    line(out, "TRANSP:TRANSPARENT");
    for days in [30, 7] {
        line(out, "BEGIN:VALARM");
        line(out, "ACTION:DISPLAY");
        line(out, &format!("DESCRIPTION:{}", escaped(&summary)));
        line(out, &format!("TRIGGER:-P{days}D"));
        line(out, "END:VALARM");
    }
    line(out, "END:VEVENT");
    Ok(())
}

/// `20261121T190600Z`
fn instant(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// A TEXT value (RFC 5545 §3.3.11). Control characters have no place in one.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A content line, folded where it is longer than 75 octets and never inside a character.
fn line(out: &mut String, text: &str) {
    let mut used = 0;
    for c in text.chars() {
        if used + c.len_utf8() > LINE {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unfolded(text: &str) -> String {
        text.replace("\r\n ", "")
    }

    proptest! {
        #[test]
        fn folding_keeps_the_text_and_the_limit(text in "[^\r\n]{0,300}") {
            let mut out = String::new();
            line(&mut out, &text);
            prop_assert!(out.split("\r\n").all(|part| part.len() <= LINE));
            prop_assert_eq!(unfolded(&out), format!("{text}\r\n"));
        }

        #[test]
        fn no_text_ends_a_line_or_begins_a_property(text in "\\PC{0,40}[\r\n;,\\\\]{0,5}\\PC{0,40}") {
            let out = escaped(&text);
            prop_assert!(!out.contains(['\r', '\n']));
            let plain = out.replace("\\\\", "\u{1}").replace("\\;", ";").replace("\\,", ",").replace("\\n", "\n").replace('\u{1}', "\\");
            let expected: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
            prop_assert_eq!(plain, expected);
        }
    }
}
