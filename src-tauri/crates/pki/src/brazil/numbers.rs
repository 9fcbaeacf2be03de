//! Brazilian registration numbers: parsed with their check digits, shown masked.

use std::fmt;
use std::str::FromStr;

/// A CPF number: eleven digits whose two check digits are right.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Cpf(String);

impl Cpf {
    /// The eleven digits.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// `123.456.789-09`.
    pub fn formatted(&self) -> String {
        format!("{}.{}.{}-{}", &self.0[..3], &self.0[3..6], &self.0[6..9], &self.0[9..])
    }

    /// `***.456.789-**`.
    pub fn masked(&self) -> String {
        mask_cpf(&self.0)
    }
}

impl FromStr for Cpf {
    type Err = DocumentNumberError;

    /// Takes digits with or without `.`, `-` and blanks.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = plain_digits(text, "CPF", 11)?;
        let values = values(&digits);
        let check = |count: usize| {
            let sum: u32 = (0..count).map(|index| values[index] * (count as u32 + 1 - index as u32)).sum();
            match sum * 10 % 11 {
                10 => 0,
                digit => digit,
            }
        };
        if uniform(&digits) || check(9) != values[9] || check(10) != values[10] {
            return Err(DocumentNumberError::CheckDigits { kind: "CPF" });
        }
        Ok(Self(digits))
    }
}

impl fmt::Debug for Cpf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cpf({})", self.masked())
    }
}

/// A CNPJ number: twelve letters or digits and two check digits (letters since IN RFB 2.229/2024).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Cnpj(String);

impl Cnpj {
    /// The fourteen characters.
    pub fn characters(&self) -> &str {
        &self.0
    }

    /// `12.345.678/0001-95`.
    pub fn formatted(&self) -> String {
        let n = &self.0;
        format!("{}.{}.{}/{}-{}", &n[..2], &n[2..5], &n[5..8], &n[8..12], &n[12..])
    }

    /// The number as a screen shows it: in full, because it names a company and not a person.
    pub fn masked(&self) -> String {
        self.formatted()
    }
}

impl FromStr for Cnpj {
    type Err = DocumentNumberError;

    /// Takes the number with or without `.`, `/`, `-` and blanks.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain: String =
            text.chars().filter(|c| !matches!(c, '.' | '-' | '/' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
        let (body, check) = match plain.as_bytes().split_at_checked(12) {
            Some((body, check @ [_, _])) => (body, check),
            _ => return Err(DocumentNumberError::Length { kind: "CNPJ", expected: 14 }),
        };
        if !body.iter().all(u8::is_ascii_alphanumeric) || !check.iter().all(u8::is_ascii_digit) {
            return Err(DocumentNumberError::Length { kind: "CNPJ", expected: 14 });
        }
        let digit = |bytes: &[u8]| {
            let sum: u32 =
                bytes.iter().rev().zip((2..=9).cycle()).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
            match sum % 11 {
                0 | 1 => b'0',
                rest => b'0' + (11 - rest) as u8,
            }
        };
        if uniform(&plain) || digit(body) != check[0] || digit(&plain.as_bytes()[..13]) != check[1] {
            return Err(DocumentNumberError::CheckDigits { kind: "CNPJ" });
        }
        Ok(Self(plain))
    }
}

/// A NIS (PIS, PASEP or NIT) number: ten digits and a check digit.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Nis(String);

impl Nis {
    /// The eleven digits.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// `170.33259.50-4`.
    pub fn formatted(&self) -> String {
        format!("{}.{}.{}-{}", &self.0[..3], &self.0[3..8], &self.0[8..10], &self.0[10..])
    }

    /// `***.*****.50-4`.
    pub fn masked(&self) -> String {
        format!("***.*****.{}-{}", &self.0[8..10], &self.0[10..])
    }
}

impl FromStr for Nis {
    type Err = DocumentNumberError;

    /// Takes digits with or without `.`, `-` and blanks.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = plain_digits(text, "NIS", 11)?;
        let values = values(&digits);
        let sum: u32 = values.iter().zip([3, 2, 9, 8, 7, 6, 5, 4, 3, 2]).map(|(value, weight)| value * weight).sum();
        let check = match 11 - sum % 11 {
            10 | 11 => 0,
            digit => digit,
        };
        if uniform(&digits) || check != values[10] {
            return Err(DocumentNumberError::CheckDigits { kind: "NIS" });
        }
        Ok(Self(digits))
    }
}

impl fmt::Debug for Nis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nis({})", self.masked())
    }
}

/// A voter's title: eight digits, the state's two, and two check digits.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct VoterTitle(String);

impl VoterTitle {
    /// The twelve digits.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// `1023 8501 0671`.
    pub fn formatted(&self) -> String {
        format!("{} {} {}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }

    /// `**** **** 0671`.
    pub fn masked(&self) -> String {
        format!("**** **** {}", &self.0[8..])
    }
}

impl FromStr for VoterTitle {
    type Err = DocumentNumberError;

    /// Takes digits with or without blanks.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = plain_digits(text, "voter title", 12)?;
        let values = values(&digits);
        let state = values[8] * 10 + values[9];
        // São Paulo (01) and Minas Gerais (02) have 1 where the others have 0.
        let digit = |sum: u32| match sum % 11 {
            10 => 0,
            0 if state == 1 || state == 2 => 1,
            digit => digit,
        };
        let first = digit(values[..8].iter().zip(2..).map(|(value, weight)| value * weight).sum());
        let second = digit(values[8] * 7 + values[9] * 8 + first * 9);
        // 28 states: the 27 of the federation and voters abroad.
        if !(1..=28).contains(&state) || first != values[10] || second != values[11] {
            return Err(DocumentNumberError::CheckDigits { kind: "voter title" });
        }
        Ok(Self(digits))
    }
}

impl fmt::Debug for VoterTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VoterTitle({})", self.masked())
    }
}

/// A CEI number (Cadastro Específico do INSS): eleven digits and a check digit.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Cei(String);

impl Cei {
    /// The twelve digits.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// `11.583.00249/85`.
    pub fn formatted(&self) -> String {
        format!("{}.{}.{}/{}", &self.0[..2], &self.0[2..5], &self.0[5..10], &self.0[10..])
    }

    /// `**.***.**249/85`.
    pub fn masked(&self) -> String {
        format!("**.***.**{}/{}", &self.0[7..10], &self.0[10..])
    }
}

impl FromStr for Cei {
    type Err = DocumentNumberError;

    /// Takes digits with or without `.`, `/` and blanks.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = plain_digits(text, "CEI", 12)?;
        let values = values(&digits);
        let sum: u32 = values.iter().zip([7, 4, 1, 8, 5, 2, 1, 6, 3, 7, 4]).map(|(value, weight)| value * weight).sum();
        let check = (10 - (sum % 10 + sum / 10 % 10) % 10) % 10;
        if uniform(&digits) || check != values[11] {
            return Err(DocumentNumberError::CheckDigits { kind: "CEI" });
        }
        Ok(Self(digits))
    }
}

impl fmt::Debug for Cei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cei({})", self.masked())
    }
}

/// A text that is no number of the kind that was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DocumentNumberError {
    /// Not the right count of characters, or characters that do not belong there.
    #[error("a {kind} has {expected} characters")]
    Length {
        /// `CPF`, `CNPJ`, `NIS`, `voter title` or `CEI`.
        kind: &'static str,
        /// How many.
        expected: usize,
    },
    /// The check digits are wrong.
    #[error("the check digits of the {kind} are wrong")]
    CheckDigits {
        /// `CPF`, `CNPJ`, `NIS`, `voter title` or `CEI`.
        kind: &'static str,
    },
}

impl DocumentNumberError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Length { kind: "CPF", .. } => "cpf_malformed",
            Self::Length { kind: "NIS", .. } => "nis_malformed",
            Self::Length { kind: "voter title", .. } => "voter_title_malformed",
            Self::Length { kind: "CEI", .. } => "cei_malformed",
            Self::Length { .. } => "cnpj_malformed",
            Self::CheckDigits { kind: "CPF" } => "cpf_check_digits",
            Self::CheckDigits { kind: "NIS" } => "nis_check_digits",
            Self::CheckDigits { kind: "voter title" } => "voter_title_check_digits",
            Self::CheckDigits { kind: "CEI" } => "cei_check_digits",
            Self::CheckDigits { .. } => "cnpj_check_digits",
        }
    }
}

/// `***.456.789-**`; anything that does not have eleven digits is masked whole.
pub fn mask_cpf(cpf: &str) -> String {
    let digits: Vec<char> = cpf.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 11 {
        return "***.***.***-**".to_owned();
    }
    let middle: String = digits[3..6].iter().collect();
    let last: String = digits[6..9].iter().collect();
    format!("***.{middle}.{last}-**")
}

fn plain_digits(text: &str, kind: &'static str, expected: usize) -> Result<String, DocumentNumberError> {
    let digits: String = text.chars().filter(|c| !matches!(c, '.' | '-' | '/' | ' ')).collect();
    if digits.len() != expected || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DocumentNumberError::Length { kind, expected });
    }
    Ok(digits)
}

fn values(digits: &str) -> Vec<u32> {
    digits.bytes().map(|byte| u32::from(byte - b'0')).collect()
}

fn uniform(text: &str) -> bool {
    let first = text.bytes().next();
    text.bytes().all(|byte| Some(byte) == first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn check_digits() {
        assert_eq!("529.982.247-25".parse::<Cpf>().unwrap().digits(), "52998224725");
        assert_eq!("12345678909".parse::<Cpf>().unwrap().formatted(), "123.456.789-09");
        assert_eq!("12345678900".parse::<Cpf>().unwrap_err().code(), "cpf_check_digits");
        assert_eq!("11111111111".parse::<Cpf>().unwrap_err().code(), "cpf_check_digits", "repeated digits");
        assert_eq!("1234567890".parse::<Cpf>().unwrap_err().code(), "cpf_malformed");
        assert_eq!("11.222.333/0001-81".parse::<Cnpj>().unwrap().formatted(), "11.222.333/0001-81");
        assert_eq!("12ABC34501DE35".parse::<Cnpj>().unwrap().characters(), "12ABC34501DE35", "IN RFB 2.229 example");
        assert_eq!("12ABC34501DE36".parse::<Cnpj>().unwrap_err().code(), "cnpj_check_digits");
        assert!("11222333000182".parse::<Cnpj>().is_err());
        assert_eq!("é1222333000181".parse::<Cnpj>().unwrap_err().code(), "cnpj_malformed");
        assert_eq!("170.33259.50-4".parse::<Nis>().unwrap().formatted(), "170.33259.50-4");
        assert_eq!("17033259505".parse::<Nis>().unwrap_err().code(), "nis_check_digits");
        assert_eq!("1023 8501 0671".parse::<VoterTitle>().unwrap().formatted(), "1023 8501 0671");
        assert_eq!("102385010672".parse::<VoterTitle>().unwrap_err().code(), "voter_title_check_digits");
        assert_eq!("102385012900".parse::<VoterTitle>().unwrap_err().code(), "voter_title_check_digits", "state 29");
        assert_eq!("11.583.00249/85".parse::<Cei>().unwrap().formatted(), "11.583.00249/85");
        assert_eq!("115830024986".parse::<Cei>().unwrap_err().code(), "cei_check_digits");
        assert_eq!("12".parse::<Cei>().unwrap_err().code(), "cei_malformed");
    }

    #[test]
    fn masks() {
        assert_eq!(mask_cpf("12345678909"), "***.456.789-**");
        assert_eq!(mask_cpf("123"), "***.***.***-**");
        let cpf: Cpf = "12345678909".parse().unwrap();
        assert_eq!(format!("{cpf:?}"), "Cpf(***.456.789-**)", "logs never show it");
        let title: VoterTitle = "102385010671".parse().unwrap();
        assert_eq!(format!("{title:?}"), "VoterTitle(**** **** 0671)");
        assert_eq!("17033259504".parse::<Nis>().unwrap().masked(), "***.*****.50-4");
        assert_eq!("115830024985".parse::<Cei>().unwrap().masked(), "**.***.**249/85");
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(place in 0_usize..9, by in 1_u8..10) {
            let mut digits = b"52998224725".to_vec();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            prop_assert!(String::from_utf8(digits).unwrap().parse::<Cpf>().is_err());
            let mut title = b"102385010671".to_vec();
            title[place.min(7)] = b'0' + (title[place.min(7)] - b'0' + by) % 10;
            // A sum of 10 and one of 0 modulo 11 both give the digit 0, so a change of one digit can go unnoticed there.
            let _ = String::from_utf8(title).unwrap().parse::<VoterTitle>();
        }

        #[test]
        fn any_text_is_survived(text in ".{0,30}") {
            let _ = (text.parse::<Cpf>(), text.parse::<Cnpj>(), text.parse::<Nis>());
            let _ = (text.parse::<VoterTitle>(), text.parse::<Cei>(), mask_cpf(&text));
        }
    }
}
