//! Personal numbers in texts that belong to no certificate: names in requests, signatures and lists, names of files.

use cartorio_pki::{Cpf, DistinguishedName};

/// `text` with every sound CPF in it masked, however it is written.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        if let Some((cpf, len)) = spelled(from.as_bytes())
            && !from[len..].starts_with(|c: char| c.is_ascii_digit())
        {
            out.push_str(&cpf.masked());
            rest = &from[len..];
            continue;
        }
        let end = from.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        // What ends a sentence or a word is not part of a number.
        let number = run.trim_end_matches(['.', '-']);
        match cpf(number) {
            Some(cpf) => {
                out.push_str(&cpf.masked());
                out.push_str(&run[number.len()..]);
            }
            None => out.push_str(run),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What to call the bearer of a name, without a trailing number of a person or company.
pub(crate) fn name(name: &DistinguishedName) -> String {
    let full = name.display_name();
    let plain = match full.rsplit_once(':') {
        Some((name, number))
            if matches!(number.len(), 11 | 14) && number.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            name.trim()
        }
        Some(_) | None => full,
    };
    text(plain)
}

/// Whether a sound CPF stands in `bytes` as ASCII, plain or formatted. The digits of times (UTCTime, GeneralizedTime) and of
/// company numbers are none.
pub(crate) fn has_cpf(bytes: &[u8]) -> bool {
    let sound = |digits: &[u8]| std::str::from_utf8(digits).ok().and_then(cpf).is_some();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let run = &bytes[at..end];
        let found = match run.len() {
            0..=2 => false,
            3..=10 => {
                bytes.get(end - 3..end + 11).is_some_and(sound)
                    || (at..=end - 3).any(|from| spelled(&bytes[from..]).is_some())
            }
            11 => sound(run),
            // Tags and lengths of DER are digits too, and stand beside the text.
            12 | 13 => bytes.get(end) != Some(&b'Z') && run.windows(11).any(sound),
            14 => false,
            // Layouts without separators hold a CPF in the middle of other digits.
            _ => run.windows(11).any(sound),
        };
        if found {
            return true;
        }
        at = end + 1;
    }
    false
}

/// A sound CPF at the start of `text`, in groups of 3, 3, 3 and 2 digits with nothing, a point, a hyphen or one blank between them;
/// and how many bytes it takes.
fn spelled(text: &[u8]) -> Option<(Cpf, usize)> {
    let (mut digits, mut at) = (String::with_capacity(11), 0);
    for size in [3, 3, 3, 2] {
        if at > 0 {
            at += match text.get(at..)? {
                [b'.' | b'-' | b' ', ..] => 1,
                // No-break spaces in UTF-8: U+00A0 and U+202F.
                [0xc2, 0xa0, ..] => 2,
                [0xe2, 0x80, 0xaf, ..] => 3,
                _ => 0,
            };
        }
        let group = text.get(at..at + size).filter(|group| group.iter().all(u8::is_ascii_digit))?;
        digits.extend(group.iter().copied().map(char::from));
        at += size;
    }
    Some((digits.parse().ok()?, at))
}

fn cpf(number: &str) -> Option<Cpf> {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let plain = number.len() == 11 || number.len() == 14;
    if digits == 11 && plain { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_a_cpf_and_nothing_else() {
        for (given, expected) in [
            ("MARIA:52998224725", "MARIA:***.982.247-**"),
            ("cpf 529.982.247-25.", "cpf ***.982.247-**."),
            ("AC v5 2024-01-31", "AC v5 2024-01-31"),
            ("52998224726", "52998224726"),
            ("é 52998224725 e 11.222.333/0001-81", "é ***.982.247-** e 11.222.333/0001-81"),
            ("MARIA 123 456 789 09", "MARIA ***.456.789-**"),
            ("CPF: 529 982 247-25, nascida", "CPF: ***.982.247-**, nascida"),
            ("529982247 25 e 529\u{a0}982\u{a0}247\u{202f}25", "***.982.247-** e ***.982.247-**"),
            ("529 982 247 25 de 2024", "***.982.247-** de 2024"),
            ("12 529 982 247 25", "12 ***.982.247-**"),
            // Groups of digits that are no CPF: wrong check digits, telephones, companies, accounts, more digits behind.
            ("123 456 789 00", "123 456 789 00"),
            ("111 111 111 11", "111 111 111 11"),
            ("(11) 98765-4321 ou 11 98765 4321", "(11) 98765-4321 ou 11 98765 4321"),
            ("+55 11 3123 4567, 0800 123 45 67", "+55 11 3123 4567, 0800 123 45 67"),
            ("11 222 333 0001 81", "11 222 333 0001 81"),
            ("529 982 247 250", "529 982 247 250"),
            ("529 982  247 25 é", "529 982  247 25 é"),
        ] {
            assert_eq!(text(given), expected);
        }
        assert!(has_cpf(b"0102198052998224725000"));
        assert!(has_cpf(b"\x0c\x0e123 456 789 090\x0a") && has_cpf(b"529982247 25"));
        assert!(!has_cpf(b"5299822472") && !has_cpf(b"123 456 789 00") && !has_cpf(b"11 98765 4321"));
        assert!(has_cpf(b"TINBR-52998224725") && has_cpf(b"JOSE:529.982.247-25") && has_cpf(b"x5299822472510\x0b"));
        assert!(!has_cpf(b"529982247250Z") && !has_cpf(b"52998224725000Z"), "times");
    }
}
