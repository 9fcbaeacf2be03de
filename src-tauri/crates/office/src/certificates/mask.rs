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

/// Whether a sound CPF stands in `bytes` as ASCII.
pub(crate) fn has_cpf(bytes: &[u8]) -> bool {
    let mut run = 0;
    for (at, byte) in bytes.iter().enumerate() {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        // Layouts without separators hold a CPF in the middle of other digits.
        if run >= 11 && std::str::from_utf8(&bytes[at - 10..=at]).ok().and_then(cpf).is_some() {
            return true;
        }
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
    }
}
