//! Text whose every character can be seen.

use std::fmt::Write as _;

/// The text with line ends as `\n`, tabs as spaces, and every character that would not be seen, or that `shows` refuses, as its code point:
/// `[U+200B]`, several in a row as `[U+4E2D U+6587]`.
pub(crate) fn visible(text: &str, shows: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let plain = match character {
            '\r' => {
                characters.next_if_eq(&'\n');
                Some('\n')
            }
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some(' '),
            ' ' | '\u{a0}' => Some(character),
            _ if is_hidden(character) || !shows(character) => None,
            _ => Some(character),
        };
        match plain {
            Some(plain) => {
                if open {
                    out.push(']');
                }
                open = false;
                out.push(plain);
            }
            None => {
                out.push_str(if open { " " } else { "[" });
                open = true;
                // Writing to a String cannot fail.
                let _ = write!(out, "U+{:04X}", u32::from(character));
            }
        }
    }
    if open {
        out.push(']');
    }
    out
}

/// One line of visible text of at most `limit` characters, for places that hold no more (metadata, outline, page header).
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let text = visible(text, |_| true).replace('\n', " ");
    let text = text.trim();
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Controls, format characters and fillers that leave no mark, private use and noncharacters (Unicode 16: Cc, Cf, Co,
/// Default_Ignorable_Code_Point, Noncharacter_Code_Point).
fn is_hidden(character: char) -> bool {
    let code = u32::from(character);
    character.is_control()
        || code & 0xfffe == 0xfffe
        || matches!(code,
            0xad | 0x34f | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2 | 0x115f..=0x1160 | 0x17b4..=0x17b5
            | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xe000..=0xf8ff | 0xfdd0..=0xfdef
            | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x110bd | 0x110cd | 0x13430..=0x1343f | 0x1bca0..=0x1bca3
            | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff | 0xf0000..=0x10ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        let all = |_| true;
        assert_eq!(visible("João\u{202e}fdp.exe", all), "João[U+202E]fdp.exe");
        assert_eq!(visible("a\u{0}\u{1f}b\u{200b}", all), "a[U+0000 U+001F]b[U+200B]");
        assert_eq!(visible("a\r\nb\rc\u{2028}d\te", all), "a\nb\nc\nd e");
        assert_eq!(visible("中文 x", |character| character.is_ascii()), "[U+4E2D U+6587] x");
        assert_eq!(visible("\u{10ffff}\u{e000}", all), "[U+10FFFF U+E000]");
    }

    #[test]
    fn long_titles_are_shortened_with_an_ellipsis() {
        assert_eq!(one_line(" um\ndois ", 20), "um dois");
        assert_eq!(one_line("abc defg", 5), "abc…");
        assert_eq!(one_line("ação", 4), "ação");
    }
}
