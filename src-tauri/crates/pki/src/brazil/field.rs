//! One fact about a person or company in a certificate, with what its own check says.

use std::fmt;

use super::numbers::{Cei, Cnpj, Cpf, Nis, VoterTitle};

/// One identity fact as the certificate has it. Its value is personal data: [`Self::masked`] is for screens,
/// [`Self::reveal`] is the explicit way to the clear text (and the caller records that it was used).
#[derive(Clone, Eq, PartialEq)]
pub struct IdentityField {
    /// Whose fact it is.
    pub subject: IdentitySubject,
    /// What kind of fact.
    pub kind: IdentityKind,
    /// Where it stands: a dotted otherName identifier, or `2.5.4.5` for the subject's serialNumber.
    pub source: &'static str,
    /// What its check says.
    pub state: FieldState,
    value: String,
}

impl IdentityField {
    pub(crate) fn new(subject: IdentitySubject, kind: IdentityKind, source: &'static str, raw: &str) -> Self {
        let (state, value) = kind.judge(raw.trim());
        Self { subject, kind, source, state, value }
    }

    /// The value in the clear, formatted as people write it where it is sound; as it stands where it is wrong.
    pub fn reveal(&self) -> &str {
        &self.value
    }

    /// The value as a screen shows it before somebody asks for more.
    pub fn masked(&self) -> String {
        if self.state == FieldState::NotGiven {
            return String::new();
        }
        let sound = self.state == FieldState::Sound;
        let known = match self.kind {
            IdentityKind::Cpf if sound => self.value.parse::<Cpf>().ok().map(|number| number.masked()),
            IdentityKind::Nis if sound => self.value.parse::<Nis>().ok().map(|number| number.masked()),
            IdentityKind::VoterTitle if sound => self.value.parse::<VoterTitle>().ok().map(|number| number.masked()),
            IdentityKind::Cei if sound => self.value.parse::<Cei>().ok().map(|number| number.masked()),
            IdentityKind::Cnpj | IdentityKind::Name | IdentityKind::BusinessName => Some(self.value.clone()),
            IdentityKind::Cpf
            | IdentityKind::Nis
            | IdentityKind::VoterTitle
            | IdentityKind::Cei
            | IdentityKind::BirthDate
            | IdentityKind::Rg
            | IdentityKind::RgIssuer
            | IdentityKind::VoterZone
            | IdentityKind::VoterSection
            | IdentityKind::VoterPlace
            | IdentityKind::Ric => None,
        };
        known.unwrap_or_else(|| dots(&self.value))
    }
}

impl fmt::Debug for IdentityField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.subject.code(), self.kind.code(), self.state.code())
    }
}

/// Whose fact it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum IdentitySubject {
    /// The holder of the certificate.
    Holder,
    /// The person who answers for a company's or an equipment's certificate.
    Responsible,
}

impl IdentitySubject {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Responsible => "responsible",
        }
    }
}

/// Kind of an identity fact (DOC-ICP-04 §7.1.2.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum IdentityKind {
    /// Name of a person.
    Name,
    /// Birth date, `dd/mm/aaaa`.
    BirthDate,
    /// CPF.
    Cpf,
    /// NIS (PIS, PASEP, NIT).
    Nis,
    /// RG.
    Rg,
    /// Who issued the RG, with the state: `SSP/SP`.
    RgIssuer,
    /// CNPJ.
    Cnpj,
    /// Name of a company.
    BusinessName,
    /// Voter's title.
    VoterTitle,
    /// Electoral zone.
    VoterZone,
    /// Electoral section.
    VoterSection,
    /// Municipality and state of the title: `SAO PAULO/SP`.
    VoterPlace,
    /// CEI.
    Cei,
    /// RIC.
    Ric,
}

impl IdentityKind {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::Cpf => "cpf",
            Self::Nis => "nis",
            Self::Rg => "rg",
            Self::RgIssuer => "rg_issuer",
            Self::Cnpj => "cnpj",
            Self::BusinessName => "business_name",
            Self::VoterTitle => "voter_title",
            Self::VoterZone => "voter_zone",
            Self::VoterSection => "voter_section",
            Self::VoterPlace => "voter_place",
            Self::Cei => "cei",
            Self::Ric => "ric",
        }
    }

    fn judge(self, raw: &str) -> (FieldState, String) {
        // «Not given» is all zeros; an empty text means the same.
        if raw.chars().all(|c| c == '0') {
            return (FieldState::NotGiven, String::new());
        }
        let number = |parsed: Result<String, super::DocumentNumberError>| match parsed {
            Ok(formatted) => (FieldState::Sound, formatted),
            Err(super::DocumentNumberError::CheckDigits { .. }) => (FieldState::WrongCheckDigits, raw.to_owned()),
            Err(super::DocumentNumberError::Length { .. }) => (FieldState::Malformed, raw.to_owned()),
        };
        let digits = |wanted: bool| match wanted && !raw.bytes().all(|byte| byte.is_ascii_digit()) {
            true => (FieldState::Malformed, raw.to_owned()),
            false => (FieldState::Unchecked, raw.trim_start_matches('0').to_owned()),
        };
        match self {
            Self::Cpf => number(raw.parse::<Cpf>().map(|own| own.formatted())),
            Self::Nis => number(raw.parse::<Nis>().map(|own| own.formatted())),
            Self::Cnpj => number(raw.parse::<Cnpj>().map(|own| own.formatted())),
            Self::VoterTitle => number(raw.parse::<VoterTitle>().map(|own| own.formatted())),
            Self::Cei => number(raw.parse::<Cei>().map(|own| own.formatted())),
            Self::BirthDate => match super::date(raw) {
                Some(date) => {
                    (FieldState::Sound, format!("{:02}/{:02}/{:04}", date.day(), u8::from(date.month()), date.year()))
                }
                None => (FieldState::Malformed, raw.to_owned()),
            },
            Self::RgIssuer | Self::VoterPlace => (FieldState::Unchecked, with_state(raw)),
            Self::VoterZone | Self::VoterSection => digits(true),
            // An RG can have letters.
            Self::Rg | Self::Ric => digits(false),
            Self::Name | Self::BusinessName => (FieldState::Unchecked, raw.to_owned()),
        }
    }
}

/// What the check of a field says.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum FieldState {
    /// Its check digits are right, or the date exists.
    Sound,
    /// There is nothing to check it by.
    Unchecked,
    /// All zeros: «not given».
    NotGiven,
    /// The check digits are wrong.
    WrongCheckDigits,
    /// Characters or a length that do not belong there, or a date that does not exist.
    Malformed,
}

impl FieldState {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Unchecked => "unchecked",
            Self::NotGiven => "not_given",
            Self::WrongCheckDigits => "check_digits_wrong",
            Self::Malformed => "malformed",
        }
    }

    /// Whether something is wrong with the value.
    pub const fn is_wrong(self) -> bool {
        matches!(self, Self::WrongCheckDigits | Self::Malformed)
    }
}

/// Every letter and digit as a dot.
pub(crate) fn dots(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { '•' } else { c }).collect()
}

const STATES: [&str; 27] = [
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR", "RJ",
    "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
];

/// `SSPSP` is SSP of SP: a slash before the state, where the last two letters are one.
fn with_state(text: &str) -> String {
    match text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) {
        Some((head, state)) if !head.trim().is_empty() && STATES.contains(&state) => {
            format!("{}/{state}", head.trim().trim_end_matches(['/', '-']).trim_end())
        }
        Some(_) | None => text.to_owned(),
    }
}
