//! CSV (RFC 4180), UTF-8 with a byte order mark so that spreadsheets read accents, and without formulas.

use super::kind_name;
use crate::dto::{ExpiryItem, Locale};

/// Writes a table with a header.
pub(super) fn write(items: &[ExpiryItem], locale: Locale) -> String {
    let header = match locale {
        Locale::PtBr => [
            "Tipo",
            "Nome",
            "Responsável",
            "Emissor",
            "Vence em (UTC)",
            "Dias",
            "Situação",
            "Número de série (hex)",
            "SHA-256",
        ],
        Locale::En => {
            ["Kind", "Name", "Owner", "Issuer", "Expires (UTC)", "Days", "Urgency", "Serial number (hex)", "SHA-256"]
        }
    };
    let mut out = String::from("\u{feff}");
    row(&mut out, header.map(quoted));
    for item in items {
        row(
            &mut out,
            [
                quoted(kind_name(&item.kind, locale)),
                quoted(&item.name),
                quoted(&item.owner),
                quoted(&item.issuer),
                quoted(&item.not_after),
                // A number of our own: a minus sign before it is no formula.
                item.days_left.to_string(),
                quoted(urgency(&item.urgency, locale)),
                quoted(&item.serial_hex),
                quoted(&item.sha256),
            ],
        );
    }
    out
}

fn row(out: &mut String, cells: [String; 9]) {
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// A cell of text. What a spreadsheet would take for a formula begins with an apostrophe; so does a number in scientific notation,
/// which a hexadecimal serial number can look like.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let formula = plain.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let number = plain.len() > 1 && plain.parse::<f64>().is_ok();
    let guard = if formula || number { "'" } else { "" };
    format!("\"{guard}{}\"", plain.replace('"', "\"\""))
}

fn urgency(urgency: &str, locale: Locale) -> &'static str {
    let (portuguese, english) = match urgency {
        "expired" => ("Vencido", "Expired"),
        "critical" => ("Até 7 dias", "Within 7 days"),
        "soon" => ("Até 30 dias", "Within 30 days"),
        "ahead" => ("Até 90 dias", "Within 90 days"),
        _ => ("Em dia", "Fine"),
    };
    match locale {
        Locale::PtBr => portuguese,
        Locale::En => english,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_text_and_never_formulas() {
        for (given, expected) in [
            ("Maria", "\"Maria\""),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("  @SUM(1)", "\"'  @SUM(1)\""),
            ("-2+3", "\"'-2+3\""),
            ("\t=1", "\"' =1\""),
            ("1e10", "\"'1e10\""),
            ("00123", "\"'00123\""),
            ("0a1b", "\"0a1b\""),
            ("linha\r\noutra", "\"linha  outra\""),
        ] {
            assert_eq!(quoted(given), expected);
        }
    }
}
