//! CSV (RFC 4180), UTF-8 with a byte order mark so that spreadsheets read accents, and without formulas. Every table that leaves
//! the office is written here.

/// A table on its way into a file.
pub(crate) struct Csv(String);

/// A cell.
pub(crate) enum Cell<'a> {
    /// Text, whatever it looks like.
    Text(&'a str),
    /// A number of our own: a minus sign before it is no formula.
    Number(i64),
}

impl Csv {
    /// A table with a header.
    pub(crate) fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Self(String::from("\u{feff}"));
        table.row(header.into_iter().map(Cell::Text));
        table
    }

    /// One more line.
    pub(crate) fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            match cell {
                Cell::Text(text) => self.0.push_str(&quoted(text)),
                Cell::Number(number) => self.0.push_str(&number.to_string()),
            }
        }
        self.0.push_str("\r\n");
    }

    /// The file.
    pub(crate) fn finish(self) -> String {
        self.0
    }
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

    #[test]
    fn a_table_has_a_mark_a_header_and_lines() {
        let mut table = Csv::new(["Nome", "Dias"]);
        table.row([Cell::Text("ata, 1"), Cell::Number(-3)]);
        assert_eq!(table.finish(), "\u{feff}\"Nome\",\"Dias\"\r\n\"ata, 1\",-3\r\n");
    }
}
