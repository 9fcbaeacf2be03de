//! Passwords for P12 files: an estimate of their strength, and a generator.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use cartorio_core::SecretString;

use super::P12Error;

/// How well a password withstands guessing.
#[derive(Clone, Debug, PartialEq)]
pub struct Strength {
    /// 0 (useless) to 4 (strong).
    pub score: u8,
    /// Estimated bits of work for a guesser who knows the usual patterns.
    pub bits: f64,
    /// What to tell about it.
    pub warnings: Vec<PasswordWarning>,
}

/// Something to know about a password.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PasswordWarning {
    /// Nothing was typed.
    Empty,
    /// Shorter than a new file may have.
    TooShort,
    /// Characters outside ASCII: Java programs (PJe Office, Shodō and the like) cannot open such a file.
    NonAscii,
    /// Characters that a P12 file cannot carry at all.
    Unsupported,
    /// A word or number that everybody tries first.
    Common,
    /// A year or a date.
    Date,
    /// The same characters again and again.
    Repetition,
    /// Neighbours in the alphabet, in counting or on the keyboard.
    Sequence,
    /// A blank at the beginning or end, easily lost when it is copied.
    EdgeBlank,
}

impl PasswordWarning {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "password_empty",
            Self::TooShort => "password_too_short",
            Self::NonAscii => "password_non_ascii",
            Self::Unsupported => "password_unsupported",
            Self::Common => "password_common",
            Self::Date => "password_date",
            Self::Repetition => "password_repetition",
            Self::Sequence => "password_sequence",
            Self::EdgeBlank => "password_edge_blank",
        }
    }
}

/// Estimates a password.
///
/// The password is cut into common words, dates, sequences, repetitions and the rest; each part counts what it costs
/// to guess. The estimate is meant to be low rather than high.
pub fn password_strength(password: &str) -> Strength {
    let mut warnings = Vec::new();
    let characters: Vec<char> = password.chars().collect();
    if characters.is_empty() {
        return Strength { score: 0, bits: 0.0, warnings: vec![PasswordWarning::Empty] };
    }
    if characters.len() < super::MIN_PASSWORD_LEN {
        warnings.push(PasswordWarning::TooShort);
    }
    if characters.iter().any(|c| u32::from(*c) > 0xffff || *c == '\0') {
        warnings.push(PasswordWarning::Unsupported);
    } else if !password.is_ascii() {
        warnings.push(PasswordWarning::NonAscii);
    }
    if characters.first().is_some_and(|c| c.is_whitespace()) || characters.last().is_some_and(|c| c.is_whitespace()) {
        warnings.push(PasswordWarning::EdgeBlank);
    }
    let bits = estimate(&characters, &mut warnings);
    let mut score = match bits {
        bits if bits < 28.0 => 0,
        bits if bits < 40.0 => 1,
        bits if bits < 56.0 => 2,
        bits if bits < 72.0 => 3,
        _ => 4,
    };
    if characters.len() < super::MIN_PASSWORD_LEN || warnings.contains(&PasswordWarning::Unsupported) {
        score = 0;
    }
    Strength { score, bits, warnings }
}

/// Makes a password of `len` characters (at least 12 are made) from letters and digits without look-alikes
/// (no `0 O 1 l I`), every one equally likely: 5.8 bits each. Four dots or dashes would help nobody: it is typed.
///
/// # Errors
/// `Crypto` when the system gives no randomness.
pub fn generate_password(len: usize) -> Result<SecretString, P12Error> {
    const ALPHABET: &[u8; 57] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let random = SystemRandom::new();
    let len = len.max(12);
    let mut out = String::with_capacity(len);
    let mut buffer = zeroize::Zeroizing::new([0_u8; 64]);
    while out.len() < len {
        random.fill(&mut *buffer).map_err(|_| P12Error::Crypto)?;
        // Bytes beyond the last whole multiple are thrown away, so that no character is likelier than another.
        let limit = 256 / ALPHABET.len() * ALPHABET.len();
        for byte in buffer.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < limit) {
            if out.len() < len {
                out.push(char::from(ALPHABET[byte % ALPHABET.len()]));
            }
        }
    }
    Ok(SecretString::new(out))
}

/// Guesses of the parts, in bits; greedy from the left.
fn estimate(characters: &[char], warnings: &mut Vec<PasswordWarning>) -> f64 {
    let folded: Vec<char> = characters.iter().map(|c| fold(*c)).collect();
    let mut warn = |warning| {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    };
    let mut bits = 0.0;
    let mut at = 0;
    let mut rest: Vec<char> = Vec::new();
    while at < characters.len() {
        if let Some(length) = common_word(&folded[at..]) {
            warn(PasswordWarning::Common);
            // Rank in a list of thousands, and how its letters are dressed up.
            let dressed = characters[at..at + length].iter().zip(&folded[at..]).any(|(own, plain)| own != plain);
            bits += 9.0 + if dressed { 2.0 } else { 0.0 };
            at += length;
        } else if let Some(length) = repetition(&folded[at..]) {
            warn(PasswordWarning::Repetition);
            bits += 6.0 + (length as f64).log2();
            at += length;
        } else if let Some(length) = sequence(&folded[at..]) {
            warn(PasswordWarning::Sequence);
            bits += 5.0 + (length as f64).log2();
            at += length;
        } else if let Some(length) = date(&characters[at..]) {
            warn(PasswordWarning::Date);
            bits += if length > 4 { 15.0 } else { 7.0 };
            at += length;
        } else {
            rest.push(characters[at]);
            at += 1;
        }
    }
    bits + brute_force(&rest)
}

/// Characters without a pattern: the size of the alphabets that they come from, lower when few are distinct.
fn brute_force(rest: &[char]) -> f64 {
    let has = |test: fn(&char) -> bool| rest.iter().any(test);
    let mut alphabet = 0.0;
    for (present, size) in [
        (has(char::is_ascii_lowercase), 26.0),
        (has(char::is_ascii_uppercase), 26.0),
        (has(char::is_ascii_digit), 10.0),
        (has(|c| c.is_ascii_punctuation() || *c == ' '), 33.0),
        (has(|c| !c.is_ascii()), 40.0),
    ] {
        if present {
            alphabet += size;
        }
    }
    if alphabet == 0.0 {
        return 0.0;
    }
    let mut distinct: Vec<char> = rest.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let variety = (distinct.len() as f64 / rest.len() as f64).max(0.3);
    f64::log2(alphabet) * rest.len() as f64 * variety.sqrt()
}

/// Words that guessers try first, in Portuguese and English, and those of this trade.
const COMMON: [&str; 60] = [
    "password",
    "senha",
    "admin",
    "root",
    "user",
    "usuario",
    "teste",
    "test",
    "demo",
    "guest",
    "welcome",
    "bemvindo",
    "mudar",
    "trocar",
    "login",
    "acesso",
    "secret",
    "segredo",
    "changeit",
    "master",
    "default",
    "padrao",
    "brasil",
    "brazil",
    "cartorio",
    "tabeliao",
    "escrevente",
    "certificado",
    "digital",
    "assinatura",
    "token",
    "icpbrasil",
    "notario",
    "oficio",
    "registro",
    "juridico",
    "amor",
    "deus",
    "jesus",
    "familia",
    "flamengo",
    "corinthians",
    "palmeiras",
    "saopaulo",
    "vasco",
    "gremio",
    "maria",
    "jose",
    "joao",
    "ana",
    "carlos",
    "paulo",
    "pedro",
    "lucas",
    "silva",
    "santos",
    "iloveyou",
    "dragon",
    "monkey",
    "letmein",
];

fn common_word(folded: &[char]) -> Option<usize> {
    COMMON
        .iter()
        .map(|word| word.chars().count())
        .zip(COMMON)
        .filter(|(length, word)| folded.len() >= *length && word.chars().zip(folded).all(|(a, b)| a == *b))
        .map(|(length, _)| length)
        .max()
}

/// A run of one character, or of a short group, three times or more.
fn repetition(folded: &[char]) -> Option<usize> {
    (1..=4)
        .filter_map(|period| {
            let group = folded.get(..period)?;
            let times = folded.chunks(period).take_while(|chunk| *chunk == group).count();
            (times >= 3).then_some(times * period)
        })
        .max()
}

fn sequence(folded: &[char]) -> Option<usize> {
    const ROWS: [&str; 5] = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
    ROWS.iter()
        .flat_map(|row| [row.chars().collect::<Vec<_>>(), row.chars().rev().collect()])
        .filter_map(|row| {
            let start = row.iter().position(|c| c == folded.first().unwrap_or(&'\0'))?;
            let length = row[start..].iter().zip(folded).take_while(|(a, b)| a == b).count();
            (length >= 4).then_some(length)
        })
        .max()
}

/// `ddmmaaaa`, `aaaammdd`, or a year alone.
fn date(characters: &[char]) -> Option<usize> {
    let digits = |from: usize, to: usize| -> Option<u32> {
        let part = characters.get(from..to)?;
        part.iter().all(char::is_ascii_digit).then(|| part.iter().collect::<String>().parse().ok())?
    };
    let year = |value: Option<u32>| value.is_some_and(|year| (1900..2100).contains(&year));
    let day = |value: Option<u32>| value.is_some_and(|day| (1..=31).contains(&day));
    let month = |value: Option<u32>| value.is_some_and(|month| (1..=12).contains(&month));
    if day(digits(0, 2)) && month(digits(2, 4)) && year(digits(4, 8)) {
        return Some(8);
    }
    if year(digits(0, 4)) && month(digits(4, 6)) && day(digits(6, 8)) {
        return Some(8);
    }
    year(digits(0, 4)).then_some(4)
}

/// Lower case without accents and without the usual disguises (`4` for `a`, `$` for `s`, …); digits in numbers stay,
/// because a disguise only matters inside a word.
fn fold(character: char) -> char {
    match character {
        '@' | 'á' | 'à' | 'â' | 'ã' | 'Á' | 'À' | 'Â' | 'Ã' => 'a',
        'é' | 'ê' | 'É' | 'Ê' => 'e',
        'í' | 'Í' | '!' => 'i',
        'ó' | 'ô' | 'õ' | 'Ó' | 'Ô' | 'Õ' => 'o',
        'ú' | 'ü' | 'Ú' | 'Ü' => 'u',
        'ç' | 'Ç' => 'c',
        '$' => 's',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weak_ones_are_called_weak_and_say_why() {
        let weak = [
            ("", PasswordWarning::Empty),
            ("abc", PasswordWarning::TooShort),
            ("senha123", PasswordWarning::Common),
            ("S3nha@2024", PasswordWarning::Date),
            ("Cartório2024", PasswordWarning::Common),
            ("aaaaaaaaaaaa", PasswordWarning::Repetition),
            ("12345678", PasswordWarning::Sequence),
            ("qwertyuiop", PasswordWarning::Sequence),
            ("01021980", PasswordWarning::Date),
        ];
        for (password, warning) in weak {
            let strength = password_strength(password);
            assert!(strength.warnings.contains(&warning), "{password}: {strength:?}");
            assert!(strength.score <= 2, "{password}: {strength:?}");
        }
        assert_eq!(password_strength("12345678").score, 0);
    }

    #[test]
    fn java_and_emoji_trouble_is_told() {
        assert!(password_strength("sénha-çãoXk29").warnings.contains(&PasswordWarning::NonAscii));
        let emoji = password_strength("correto🔐cavalo-bateria");
        assert!(emoji.warnings.contains(&PasswordWarning::Unsupported));
        assert_eq!(emoji.score, 0, "it cannot be used at all");
    }

    #[test]
    fn generated_ones_are_strong_and_have_no_look_alikes() {
        for _ in 0..50 {
            let password = generate_password(20).unwrap();
            let text = password.expose();
            assert_eq!(text.len(), 20);
            assert!(!text.contains(['0', 'O', '1', 'l', 'I']), "{text}");
            assert!(password_strength(text).score >= 3, "{:?}", password_strength(text));
        }
        assert_eq!(generate_password(3).unwrap().expose().len(), 12, "never shorter than 12");
        assert_ne!(generate_password(16).unwrap().expose(), generate_password(16).unwrap().expose());
    }

    proptest! {
        #[test]
        fn any_text_gets_a_sound_estimate(text in ".{0,40}") {
            let strength = password_strength(&text);
            prop_assert!(strength.score <= 4);
            prop_assert!(strength.bits.is_finite() && strength.bits >= 0.0);
        }
    }
}
