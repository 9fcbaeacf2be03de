//! What the form itself says, in both languages, and how times are written.

use time::{OffsetDateTime, UtcOffset};

use crate::{Language, State, Tone};

impl Language {
    /// «Emitido em …», in the title block.
    pub(crate) fn issued_at(self, time: OffsetDateTime) -> String {
        match self {
            Self::PtBr => format!("Emitido em {}", self.long_time(time)),
            Self::En => format!("Issued on {}", self.long_time(time)),
        }
    }

    /// The word before the report's number or digest.
    pub(crate) fn identifier(self) -> &'static str {
        match self {
            Self::PtBr => "Identificador",
            Self::En => "Identifier",
        }
    }

    /// «Página 2 de 7».
    pub(crate) fn page(self, number: usize, total: usize) -> String {
        match self {
            Self::PtBr => format!("Página {number} de {total}"),
            Self::En => format!("Page {number} of {total}"),
        }
    }

    /// A cell that holds nothing.
    pub(crate) fn nothing(self) -> &'static str {
        "–"
    }

    /// The usual word of a state.
    pub(crate) fn state(self, state: State) -> &'static str {
        match (self, state) {
            (Self::PtBr, State::Done) => "concluído",
            (Self::PtBr, State::Current) => "em andamento",
            (Self::PtBr, State::Pending) => "pendente",
            (Self::PtBr, State::Failed) => "falhou",
            (Self::PtBr, State::Skipped) => "não se aplica",
            (Self::En, State::Done) => "done",
            (Self::En, State::Current) => "in progress",
            (Self::En, State::Pending) => "pending",
            (Self::En, State::Failed) => "failed",
            (Self::En, State::Skipped) => "not applicable",
        }
    }

    /// The word at the head of a note.
    pub(crate) fn tone(self, tone: Tone) -> &'static str {
        match (self, tone) {
            (Self::PtBr, Tone::Info) => "Nota",
            (Self::PtBr, Tone::Warning) => "Atenção",
            (Self::PtBr, Tone::Problem) => "Problema",
            (Self::En, Tone::Info) => "Note",
            (Self::En, Tone::Warning) => "Attention",
            (Self::En, Tone::Problem) => "Problem",
        }
    }

    /// «14 de março de 2026, 10:32:07 (UTC−03:00)».
    pub(crate) fn long_time(self, time: OffsetDateTime) -> String {
        let (day, year, month) = (time.day(), time.year(), usize::from(u8::from(time.month())) - 1);
        let date = match self {
            Self::PtBr => {
                let ordinal = if day == 1 { "º" } else { "" };
                format!("{day}{ordinal} de {} de {year}", MONTHS_PT[month])
            }
            Self::En => format!("{day} {} {year}", MONTHS_EN[month]),
        };
        format!("{date}, {} ({})", clock(time), zone(time.offset()))
    }

    /// Date and time of day for narrow places: («14/03/2026», «10:32:07 −03:00»); in English the date is ISO 8601.
    pub(crate) fn short_time(self, time: OffsetDateTime) -> (String, String) {
        let (day, year, month) = (time.day(), time.year(), u8::from(time.month()));
        let date = match self {
            Self::PtBr => format!("{day:02}/{month:02}/{year:04}"),
            Self::En => format!("{year:04}-{month:02}-{day:02}"),
        };
        (date, format!("{} {}", clock(time), offset(time.offset())))
    }
}

const MONTHS_PT: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn clock(time: OffsetDateTime) -> String {
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

fn zone(offset: UtcOffset) -> String {
    if offset.is_utc() { "UTC".to_owned() } else { format!("UTC{}", self::offset(offset)) }
}

/// With a true minus sign; «UTC» for none.
fn offset(offset: UtcOffset) -> String {
    if offset.is_utc() {
        return "UTC".to_owned();
    }
    let sign = if offset.is_negative() { '−' } else { '+' };
    let (hours, minutes, _) = offset.as_hms();
    format!("{sign}{:02}:{:02}", hours.unsigned_abs(), minutes.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_are_written_as_a_notary_writes_them() {
        let time = datetime!(2026-03-01 09:05:07 -3);
        assert_eq!(Language::PtBr.long_time(time), "1º de março de 2026, 09:05:07 (UTC−03:00)");
        assert_eq!(Language::En.long_time(time), "1 March 2026, 09:05:07 (UTC−03:00)");
        assert_eq!(Language::PtBr.short_time(time), ("01/03/2026".to_owned(), "09:05:07 −03:00".to_owned()));
        assert_eq!(Language::En.short_time(time), ("2026-03-01".to_owned(), "09:05:07 −03:00".to_owned()));
        let utc = datetime!(2026-12-31 23:59:59 UTC);
        assert_eq!(Language::PtBr.long_time(utc), "31 de dezembro de 2026, 23:59:59 (UTC)");
        assert_eq!(Language::PtBr.short_time(utc).1, "23:59:59 UTC");
        assert_eq!(offset(UtcOffset::from_hms(5, 45, 0).unwrap()), "+05:45");
    }
}
