//! What others wrote, on a terminal: names of files, of people, of fields. A terminal obeys control characters, and shows text in another
//! order where it is told to (Unicode Standard Annex 9), so that whoever chose a name could write lines of a report.

use std::borrow::Cow;

/// One line: what would end it, or do anything but be seen, is shown as in a source text, e.g. `\n` and `\u{202e}`.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unseen)
}

/// Text of several lines, made of what went through [`line`] where it has one.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| !matches!(character, '\n' | '\t') && is_unseen(character))
}

fn escaped(text: &str, unseen: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&unseen) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if unseen(character) {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Control characters, ends of lines and paragraphs, and what changes the direction of others.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_others_wrote_moves_the_terminal() {
        for (text, shown) in [
            ("ata à mão 🖋.pdf", "ata à mão 🖋.pdf"),
            ("Mal\u{1b}[31m\nIntegridade  Íntegro", "Mal\\u{1b}[31m\\nIntegridade  Íntegro"),
            ("fdp\u{202e}exe.pdf", "fdp\\u{202e}exe.pdf"),
            ("a\u{7}\u{9b}2J\r\t\u{2066}b", "a\\u{7}\\u{9b}2J\\r\\t\\u{2066}b"),
        ] {
            assert_eq!(line(text), shown);
        }
        assert_eq!(lines("um\n\tdois\u{1b}[2J\r\n"), "um\n\tdois\\u{1b}[2J\\r\n");
        assert!(matches!(lines("Íntegro\n"), Cow::Borrowed(_)));
    }
}
