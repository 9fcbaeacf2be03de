//! Personal numbers in texts that belong to no certificate: names in requests, signatures and lists, names of files.

use cartorio_pki::{Cpf, DistinguishedName};

/// `text` with every sound CPF in it masked, however it is written.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
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
            3..=10 => bytes.get(end - 3..end + 11).is_some_and(sound),
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
        ] {
            assert_eq!(text(given), expected);
        }
        assert!(has_cpf(b"0102198052998224725000"));
        assert!(!has_cpf(b"5299822472"));
        assert!(has_cpf(b"TINBR-52998224725") && has_cpf(b"JOSE:529.982.247-25") && has_cpf(b"x5299822472510\x0b"));
        assert!(!has_cpf(b"529982247250Z") && !has_cpf(b"52998224725000Z"), "times");
    }
}
