//! What expires as a table.

use super::kind_name;
use crate::csv::{Cell, Csv};
use crate::dto::{ExpiryItem, Locale};

/// Writes a table with a header.
pub(super) fn write(items: &[ExpiryItem], locale: Locale) -> String {
    let mut table = Csv::new(match locale {
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
    });
    for item in items {
        table.row([
            Cell::Text(kind_name(&item.kind, locale)),
            Cell::Text(&item.name),
            Cell::Text(&item.owner),
            Cell::Text(&item.issuer),
            Cell::Text(&item.not_after),
            Cell::Number(item.days_left),
            Cell::Text(urgency(&item.urgency, locale)),
            Cell::Text(&item.serial_hex),
            Cell::Text(&item.sha256),
        ]);
    }
    table.finish()
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
