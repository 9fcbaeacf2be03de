//! Text whose every character can be seen.

use std::fmt::Write as _;

/// One line of text: line ends and tabs as spaces, runs of spaces as one, none at the ends; every character that would not
/// be seen, or that `shows` refuses, as its code point: `[U+200B]`, several in a row as `[U+4E2D U+6587]`.
pub(crate) fn visible_line(text: &str, shows: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open = false;
    for character in text.chars() {
        if !character.is_whitespace() && (is_hidden(character) || !shows(character)) {
            out.push_str(if open { " " } else { "[" });
            open = true;
            // Writing to a String cannot fail.
            let _ = write!(out, "U+{:04X}", u32::from(character));
            continue;
        }
        if open {
            out.push(']');
            open = false;
        }
        match character {
            // These hold together what a wrapped line would part: «nº 5».
            '\u{a0}' | '\u{202f}' | '\u{2007}' => out.push('\u{a0}'),
            _ if character.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            _ => out.push(character),
        }
    }
    if open {
        out.push(']');
    }
    out.truncate(out.trim_end().len());
    out
}

/// Controls, format characters and fillers that leave no mark, private use and noncharacters (Unicode 16: Cc, Cf, Co,
/// Default_Ignorable_Code_Point, Noncharacter_Code_Point), and scripts from right to left, which are not reordered here.
fn is_hidden(character: char) -> bool {
    let code = u32::from(character);
    character.is_control()
        || code & 0xfffe == 0xfffe
        || matches!(code,
            0xad | 0x34f | 0x590..=0x8ff | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xe000..=0xf8ff | 0xfb1d..=0xfdff | 0xfe00..=0xfe0f
            | 0xfe70..=0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1_0800..=0x1_0fff | 0x110bd | 0x110cd | 0x13430..=0x1343f
            | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0x1_e800..=0x1_efff | 0xe0000..=0xe0fff | 0xf0000..=0x10ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        let all = |_| true;
        assert_eq!(visible_line("João\u{202e}fdp.exe", all), "João[U+202E]fdp.exe");
        assert_eq!(visible_line(" a\r\n\tb \u{2028}", all), "a b");
        assert_eq!(visible_line("nº\u{a0}5", all), "nº\u{a0}5");
        assert_eq!(visible_line("a\u{0}\u{1f}b", all), "a[U+0000 U+001F]b");
        assert_eq!(visible_line("שלom", all), "[U+05E9 U+05DC]om");
        assert_eq!(visible_line("x公", |c| c.is_ascii()), "x[U+516C]");
    }
}
