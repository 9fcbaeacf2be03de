//! Brazilian identities in certificates: CPF, CNPJ and birth date (DOC-ICP-04; Resolução CG ICP-Brasil 211/2024).
//!
//! They are personal data (LGPD): [`Cpf`] and the dates have no revealing `Debug`, and [`mask_cpf`] is what a screen shows
//! until somebody asks for more.

use std::fmt;
use std::str::FromStr;

use time::{Date, Month};

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
        let digits: String = text.chars().filter(|c| !matches!(c, '.' | '-' | ' ')).collect();
        if digits.len() != 11 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DocumentNumberError::Length { kind: "CPF", expected: 11 });
        }
        let values: Vec<u32> = digits.bytes().map(|byte| u32::from(byte - b'0')).collect();
        let check = |count: usize| {
            let sum: u32 = (0..count).map(|index| values[index] * (count as u32 + 1 - index as u32)).sum();
            match sum * 10 % 11 {
                10 => 0,
                digit => digit,
            }
        };
        let uniform = values.iter().all(|value| *value == values[0]);
        if uniform || check(9) != values[9] || check(10) != values[10] {
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
        let uniform = plain.bytes().all(|byte| byte == body[0]);
        if uniform || digit(body) != check[0] || digit(&plain.as_bytes()[..13]) != check[1] {
            return Err(DocumentNumberError::CheckDigits { kind: "CNPJ" });
        }
        Ok(Self(plain))
    }
}

/// A text that is no CPF or CNPJ.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DocumentNumberError {
    /// Not the right count of characters, or characters that do not belong there.
    #[error("a {kind} has {expected} characters")]
    Length {
        /// `CPF` or `CNPJ`.
        kind: &'static str,
        /// How many.
        expected: usize,
    },
    /// The check digits are wrong.
    #[error("the check digits of the {kind} are wrong")]
    CheckDigits {
        /// `CPF` or `CNPJ`.
        kind: &'static str,
    },
}

impl DocumentNumberError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Length { kind: "CPF", .. } => "cpf_malformed",
            Self::Length { .. } => "cnpj_malformed",
            Self::CheckDigits { kind: "CPF" } => "cpf_check_digits",
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

/// Who a certificate says its holder is, in Brazilian terms. Only well-formed numbers are taken over.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct BrazilianIdentity {
    /// CPF of the holder (natural person), from 2.16.76.1.3.1 or the subject's serialNumber.
    pub cpf: Option<Cpf>,
    /// Birth date of the holder.
    pub birth_date: Option<Date>,
    /// CNPJ of the holder (legal person), from 2.16.76.1.3.3 or the subject's serialNumber.
    pub cnpj: Option<Cnpj>,
    /// Name of the person responsible for the legal person (2.16.76.1.3.2).
    pub responsible_name: Option<String>,
    /// CPF of that person (2.16.76.1.3.4).
    pub responsible_cpf: Option<Cpf>,
    /// Birth date of that person.
    pub responsible_birth_date: Option<Date>,
}

impl BrazilianIdentity {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes what an otherName says.
    pub(crate) fn take_other_name(&mut self, oid: &str, value: &str) {
        match oid {
            "2.16.76.1.3.1" => (self.birth_date, self.cpf) = person(value),
            "2.16.76.1.3.2" => self.responsible_name = Some(value.trim().to_owned()).filter(|name| !name.is_empty()),
            "2.16.76.1.3.3" => self.cnpj = value.trim().parse().ok(),
            "2.16.76.1.3.4" => (self.responsible_birth_date, self.responsible_cpf) = person(value),
            _ => {}
        }
    }

    /// Takes what the subject's serialNumber says; otherNames win, because they are unambiguous.
    pub(crate) fn take_subject_serial_number(&mut self, value: &str) {
        if let Ok(cpf) = value.parse() {
            self.cpf.get_or_insert(cpf);
        } else if let Ok(cnpj) = value.parse() {
            self.cnpj.get_or_insert(cnpj);
        }
    }
}

impl fmt::Debug for BrazilianIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrazilianIdentity").field("cpf", &self.cpf).field("cnpj", &self.cnpj).finish_non_exhaustive()
    }
}

/// Birth date (`ddmmaaaa`) and CPF at the head of the fixed-width text; zeros mean «not given».
fn person(value: &str) -> (Option<Date>, Option<Cpf>) {
    let field = |range: std::ops::Range<usize>| value.get(range).unwrap_or_default();
    let number = |range| field(range).parse::<u16>().ok();
    let date = || {
        let month = Month::try_from(u8::try_from(number(2..4)?).ok()?).ok()?;
        Date::from_calendar_date(number(4..8)?.into(), month, u8::try_from(number(0..2)?).ok()?).ok()
    };
    (date(), field(8..19).parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn check_digits() {
        assert_eq!("529.982.247-25".parse::<Cpf>().unwrap().digits(), "52998224725");
        assert_eq!("12345678909".parse::<Cpf>().unwrap().formatted(), "123.456.789-09");
        assert_eq!("12345678900".parse::<Cpf>().unwrap_err().code(), "cpf_check_digits");
        assert_eq!("11111111111".parse::<Cpf>().unwrap_err().code(), "cpf_check_digits", "repeated digits");
        assert_eq!("1234567890".parse::<Cpf>().unwrap_err().code(), "cpf_malformed");
        assert_eq!("11.222.333/0001-81".parse::<Cnpj>().unwrap().formatted(), "11.222.333/0001-81");
        assert_eq!("12ABC34501DE35".parse::<Cnpj>().unwrap().characters(), "12ABC34501DE35", "IN RFB 2.229 example");
        assert!("11222333000182".parse::<Cnpj>().is_err());
        assert_eq!("é1222333000181".parse::<Cnpj>().unwrap_err().code(), "cnpj_malformed");
    }

    #[test]
    fn masks() {
        assert_eq!(mask_cpf("12345678909"), "***.456.789-**");
        assert_eq!(mask_cpf("123"), "***.***.***-**");
        let cpf: Cpf = "12345678909".parse().unwrap();
        assert_eq!(format!("{cpf:?}"), "Cpf(***.456.789-**)", "logs never show it");
    }

    #[test]
    fn reads_the_fixed_width_field() {
        let mut identity = BrazilianIdentity::default();
        identity.take_other_name("2.16.76.1.3.1", "0102198052998224725000000000000000000000012345SSPSP");
        assert_eq!(identity.birth_date, Some(date!(1980 - 02 - 01)));
        assert_eq!(identity.cpf.as_ref().unwrap().digits(), "52998224725");
        let mut unknown = BrazilianIdentity::default();
        unknown.take_other_name("2.16.76.1.3.1", "0000000052998224725");
        assert_eq!(unknown.birth_date, None, "zeros are no date");
        assert!(unknown.cpf.is_some());
        unknown.take_subject_serial_number("11222333000181");
        assert_eq!(unknown.cnpj.unwrap().characters(), "11222333000181");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,60}") {
            let mut identity = BrazilianIdentity::default();
            for oid in ["2.16.76.1.3.1", "2.16.76.1.3.2", "2.16.76.1.3.3", "2.16.76.1.3.4"] {
                identity.take_other_name(oid, &text);
            }
            identity.take_subject_serial_number(&text);
            let _ = mask_cpf(&text);
        }
    }
}
