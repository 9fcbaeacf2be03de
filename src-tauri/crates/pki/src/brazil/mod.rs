//! Brazilian identities in certificates: CPF, CNPJ, birth date, RG, voter's title and the rest, in both layouts
//! (otherNames of DOC-ICP-04 §7.1.2.3; the subject's serialNumber of Resolução CG ICP-Brasil 211/2024).
//!
//! They are personal data (LGPD): nothing here has a revealing `Debug`, and what a screen shows is masked until somebody
//! asks for more. A number with wrong check digits is kept and said to be wrong.

mod field;
mod kind;
mod numbers;

use std::fmt;

use time::{Date, Month};

pub(crate) use field::dots;
pub use field::{FieldState, IdentityField, IdentityKind, IdentitySubject};
pub use kind::{HolderKind, IcpBrasilType, IcpBrasilUse};
pub use numbers::{Cei, Cnpj, Cpf, DocumentNumberError, Nis, VoterTitle, mask_cpf};

use crate::asn1;

/// Who a certificate says its holder is, in Brazilian terms. The named members hold well-formed numbers only; `fields`
/// has everything, wrong ones too.
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
    /// Every fact, in the order of the certificate; those that are «not given» too.
    pub fields: Vec<IdentityField>,
    /// What is wrong with how they are written.
    pub remarks: Vec<IdentityRemark>,
}

/// Something about the writing of an identity that departs from the norm; it is read all the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IdentityRemark {
    /// Dotted identifier of the otherName, or `2.5.4.5`.
    pub source: &'static str,
    /// The field, where one is concerned.
    pub kind: Option<IdentityKind>,
    /// Stable code: `identity_not_text`, `identity_string_type`, `identity_too_short`, `identity_too_long`,
    /// `identity_check_digits_wrong`, `identity_malformed`, `identity_rg_issuer_without_rg`, `identity_sources_disagree`.
    pub code: &'static str,
}

impl BrazilianIdentity {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.remarks.is_empty()
    }

    /// The first field of this kind.
    pub fn field(&self, subject: IdentitySubject, kind: IdentityKind) -> Option<&IdentityField> {
        self.fields.iter().find(|field| field.subject == subject && field.kind == kind)
    }

    /// Takes what an otherName says: its dotted identifier and its `[0] EXPLICIT` value.
    pub(crate) fn take_other_name(&mut self, oid: &str, raw: &[u8]) {
        let Some(layout) = layout(oid) else { return };
        let mut remark = |kind, code| self.remarks.push(IdentityRemark { source: layout.oid, kind, code });
        let Some((tag, text)) = string(raw) else {
            remark(None, "identity_not_text");
            return;
        };
        if !matches!(tag, asn1::OCTET_STRING | asn1::PRINTABLE_STRING | asn1::UTF8_STRING) {
            remark(None, "identity_string_type");
        }
        let (fields, remarks) = layout.read(&text);
        for (kind, code) in remarks {
            remark(kind, code);
        }
        for field in fields {
            self.take(field);
        }
    }

    /// Takes what the subject's serialNumber says; otherNames win, because they are unambiguous.
    pub(crate) fn take_subject_serial_number(&mut self, value: &str) {
        // ETSI EN 319 412-1 §5.1.3 writes a tax number with a prefix.
        let number = value.trim();
        let number = number.strip_prefix("TINBR-").or_else(|| number.strip_prefix("VATBR-")).unwrap_or(number);
        let plain = number.chars().filter(|c| !matches!(c, '.' | '-' | '/' | ' ')).collect::<String>();
        let kind = match plain.len() {
            11 if plain.bytes().all(|byte| byte.is_ascii_digit()) => IdentityKind::Cpf,
            14 if plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) => IdentityKind::Cnpj,
            _ => return,
        };
        let field = IdentityField::new(IdentitySubject::Holder, kind, "2.5.4.5", &plain);
        // Eleven digits can be anybody's serialNumber; without right check digits they are nothing Brazilian.
        if field.state != FieldState::Sound {
            return;
        }
        let before = self.field(IdentitySubject::Holder, kind).filter(|own| own.state == FieldState::Sound);
        if before.is_some_and(|own| own.reveal() != field.reveal()) {
            let code = "identity_sources_disagree";
            self.remarks.push(IdentityRemark { source: "2.5.4.5", kind: Some(kind), code });
        }
        self.take(field);
    }

    fn take(&mut self, field: IdentityField) {
        if field.state.is_wrong() {
            let code = match field.state {
                FieldState::WrongCheckDigits => "identity_check_digits_wrong",
                FieldState::Malformed | FieldState::Sound | FieldState::Unchecked | FieldState::NotGiven => {
                    "identity_malformed"
                }
            };
            self.remarks.push(IdentityRemark { source: field.source, kind: Some(field.kind), code });
        } else if field.state != FieldState::NotGiven {
            let value = field.reveal();
            match (field.subject, field.kind) {
                (IdentitySubject::Holder, IdentityKind::Cpf) => keep(&mut self.cpf, value.parse().ok()),
                (IdentitySubject::Holder, IdentityKind::BirthDate) => keep(&mut self.birth_date, written(value)),
                (IdentitySubject::Holder, IdentityKind::Cnpj) => keep(&mut self.cnpj, value.parse().ok()),
                (IdentitySubject::Responsible, IdentityKind::Name) => {
                    keep(&mut self.responsible_name, Some(value.to_owned()));
                }
                (IdentitySubject::Responsible, IdentityKind::Cpf) => {
                    keep(&mut self.responsible_cpf, value.parse().ok());
                }
                (IdentitySubject::Responsible, IdentityKind::BirthDate) => {
                    keep(&mut self.responsible_birth_date, written(value));
                }
                _ => {}
            }
        }
        self.fields.push(field);
    }
}

impl fmt::Debug for BrazilianIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrazilianIdentity").field("fields", &self.fields).field("remarks", &self.remarks).finish()
    }
}

/// The identity fields of one otherName (dotted identifier and its `[0] EXPLICIT` value); empty for an identifier that
/// is not ICP-Brasil's and for a value that is not text.
pub fn other_name_fields(oid: &str, value: &[u8]) -> Vec<IdentityField> {
    let mut identity = BrazilianIdentity::default();
    identity.take_other_name(oid, value);
    identity.fields
}

fn keep<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}

/// How an otherName is divided. Widths are in characters; the last part takes what is left.
struct Layout {
    oid: &'static str,
    subject: IdentitySubject,
    parts: &'static [(IdentityKind, usize)],
}

/// Widths of DOC-ICP-04 §7.1.2.3; the RG's issuer had 6 characters with the state once, and has 10 now.
const PERSON: &[(IdentityKind, usize)] = &[
    (IdentityKind::BirthDate, 8),
    (IdentityKind::Cpf, 11),
    (IdentityKind::Nis, 11),
    (IdentityKind::Rg, 15),
    (IdentityKind::RgIssuer, 10),
];
const VOTER: &[(IdentityKind, usize)] = &[
    (IdentityKind::VoterTitle, 12),
    (IdentityKind::VoterZone, 3),
    (IdentityKind::VoterSection, 4),
    (IdentityKind::VoterPlace, 22),
];
const UNBOUNDED: usize = usize::MAX;

fn layout(oid: &str) -> Option<Layout> {
    use IdentityKind as K;
    use IdentitySubject::{Holder, Responsible};
    let (oid, subject, parts): (_, _, &'static [(K, usize)]) = match oid {
        "2.16.76.1.3.1" => ("2.16.76.1.3.1", Holder, PERSON),
        "2.16.76.1.3.2" => ("2.16.76.1.3.2", Responsible, &[(K::Name, UNBOUNDED)]),
        "2.16.76.1.3.3" => ("2.16.76.1.3.3", Holder, &[(K::Cnpj, 14)]),
        "2.16.76.1.3.4" => ("2.16.76.1.3.4", Responsible, PERSON),
        "2.16.76.1.3.5" => ("2.16.76.1.3.5", Holder, VOTER),
        "2.16.76.1.3.6" => ("2.16.76.1.3.6", Holder, &[(K::Cei, 12)]),
        "2.16.76.1.3.7" => ("2.16.76.1.3.7", Holder, &[(K::Cei, 12)]),
        "2.16.76.1.3.8" => ("2.16.76.1.3.8", Holder, &[(K::BusinessName, UNBOUNDED)]),
        "2.16.76.1.3.9" => ("2.16.76.1.3.9", Holder, &[(K::Ric, 11)]),
        _ => return None,
    };
    Some(Layout { oid, subject, parts })
}

type Remarks = Vec<(Option<IdentityKind>, &'static str)>;

impl Layout {
    fn read(&self, text: &str) -> (Vec<IdentityField>, Remarks) {
        // Some issuers fill up with blanks or NULs behind.
        let characters: Vec<char> = text.trim_end_matches(['\0', ' ']).chars().collect();
        let (mut fields, mut remarks) = (Vec::new(), Vec::new());
        let mut at = 0;
        for (index, (kind, width)) in self.parts.iter().enumerate() {
            let last = index + 1 == self.parts.len();
            let rest = characters.get(at..).unwrap_or_default();
            let part: String = if last { rest } else { &rest[..rest.len().min(*width)] }.iter().collect();
            // The last part of a layout of several may be short or absent.
            let optional = last && index > 0;
            if rest.is_empty() && !optional {
                remarks.push((Some(*kind), "identity_too_short"));
                break;
            }
            if last && part.chars().count() > *width {
                remarks.push((Some(*kind), "identity_too_long"));
            }
            if !part.is_empty() {
                fields.push(IdentityField::new(self.subject, *kind, self.oid, &part));
            }
            at += part.chars().count();
        }
        let given =
            |kind| fields.iter().any(|field: &IdentityField| field.kind == kind && field.state != FieldState::NotGiven);
        if given(IdentityKind::RgIssuer) && !given(IdentityKind::Rg) {
            remarks.push((Some(IdentityKind::RgIssuer), "identity_rg_issuer_without_rg"));
        }
        (fields, remarks)
    }
}

/// Type and text of an otherName's `[0] EXPLICIT` value.
pub(crate) fn string(raw: &[u8]) -> Option<(u8, String)> {
    let outer = asn1::Reader::new(raw).next().ok()??;
    let value = if outer.tag == 0xa0 { outer.children().next().ok()?? } else { outer };
    if value.tag == asn1::OCTET_STRING {
        let text = match std::str::from_utf8(value.content) {
            Ok(text) => text.to_owned(),
            // Latin-1 in an OCTET STRING; binary data has control characters and is no text.
            Err(_) if value.content.iter().all(|byte| *byte >= 0x20) => {
                value.content.iter().map(|byte| char::from(*byte)).collect()
            }
            Err(_) => return None,
        };
        return Some((value.tag, text));
    }
    asn1::string_text(value.tag, value.content).map(|text| (value.tag, text))
}

/// `ddmmaaaa`.
pub(crate) fn date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let month = Month::try_from(text[2..4].parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(text[4..].parse().ok()?, month, text[..2].parse().ok()?).ok()
}

fn written(value: &str) -> Option<Date> {
    date(&value.replace('/', ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    fn other(tag: u8, text: &str) -> Vec<u8> {
        asn1::explicit(0, &asn1::tlv(tag, text.as_bytes()))
    }

    fn read(oid: &str, text: &str) -> BrazilianIdentity {
        let mut identity = BrazilianIdentity::default();
        identity.take_other_name(oid, &other(asn1::OCTET_STRING, text));
        identity
    }

    fn clear(identity: &BrazilianIdentity, kind: IdentityKind) -> (String, FieldState) {
        let field = identity.fields.iter().find(|field| field.kind == kind).unwrap();
        (field.reveal().to_owned(), field.state)
    }

    const PERSON_TEXT: &str = "0102198052998224725170332595040000000012345AB SSPSP";

    #[test]
    fn reads_every_part_of_a_person() {
        let text = "01021980529982247251703325950400000000123456XSSPSP";
        let identity = read("2.16.76.1.3.1", text);
        assert_eq!(identity.birth_date, Some(date!(1980 - 02 - 01)));
        assert_eq!(identity.cpf.as_ref().unwrap().digits(), "52998224725");
        assert_eq!(clear(&identity, IdentityKind::Nis), ("170.33259.50-4".to_owned(), FieldState::Sound));
        assert_eq!(clear(&identity, IdentityKind::Rg), ("123456X".to_owned(), FieldState::Unchecked));
        assert_eq!(clear(&identity, IdentityKind::RgIssuer), ("SSP/SP".to_owned(), FieldState::Unchecked));
        assert!(identity.remarks.is_empty(), "{:?}", identity.remarks);
        let responsible = read("2.16.76.1.3.4", text);
        assert!(responsible.cpf.is_none() && responsible.responsible_cpf.is_some());
        assert_eq!(responsible.responsible_birth_date, Some(date!(1980 - 02 - 01)));
        let debug = format!("{identity:?}");
        assert!(!debug.contains("529") && !debug.contains("1980") && !debug.contains("SSP"), "{debug}");
    }

    #[test]
    fn zeros_mean_not_given() {
        let identity = read("2.16.76.1.3.1", "000000005299822472500000000000000000000000000");
        assert_eq!(identity.birth_date, None);
        assert!(identity.cpf.is_some());
        assert_eq!(clear(&identity, IdentityKind::Rg).1, FieldState::NotGiven);
        assert!(identity.remarks.is_empty());
        let odd = read("2.16.76.1.3.1", "000000005299822472500000000000000000000000000SSPSP");
        assert_eq!(odd.remarks[0].code, "identity_rg_issuer_without_rg");
    }

    #[test]
    fn wrong_numbers_are_kept_and_said_to_be_wrong() {
        let identity = read("2.16.76.1.3.1", "3102198052998224726170332595050000000000000001234");
        assert!(identity.cpf.is_none() && identity.birth_date.is_none());
        assert_eq!(clear(&identity, IdentityKind::Cpf), ("52998224726".to_owned(), FieldState::WrongCheckDigits));
        assert_eq!(clear(&identity, IdentityKind::BirthDate).1, FieldState::Malformed, "31 February");
        assert_eq!(clear(&identity, IdentityKind::Nis).1, FieldState::WrongCheckDigits);
        let codes: Vec<_> = identity.remarks.iter().map(|remark| (remark.kind, remark.code)).collect();
        assert!(codes.contains(&(Some(IdentityKind::Cpf), "identity_check_digits_wrong")), "{codes:?}");
        assert!(codes.contains(&(Some(IdentityKind::BirthDate), "identity_malformed")), "{codes:?}");
        let field = identity.field(IdentitySubject::Holder, IdentityKind::Cpf).unwrap();
        assert_eq!(field.masked(), "•••••••••••", "a wrong number is masked whole");
    }

    #[test]
    fn voters_companies_and_equipment() {
        let voter = read("2.16.76.1.3.5", "1023850106711230045SAO PAULOSP");
        assert_eq!(clear(&voter, IdentityKind::VoterTitle), ("1023 8501 0671".to_owned(), FieldState::Sound));
        assert_eq!(clear(&voter, IdentityKind::VoterZone).0, "123");
        assert_eq!(clear(&voter, IdentityKind::VoterSection).0, "45");
        assert_eq!(clear(&voter, IdentityKind::VoterPlace).0, "SAO PAULO/SP");
        assert_eq!(voter.fields[0].masked(), "**** **** 0671");
        assert_eq!(read("2.16.76.1.3.3", "12ABC34501DE35").cnpj.unwrap().formatted(), "12.ABC.345/01DE-35");
        assert_eq!(read("2.16.76.1.3.2", " MARIA DA SILVA ").responsible_name.as_deref(), Some("MARIA DA SILVA"));
        assert_eq!(clear(&read("2.16.76.1.3.8", "EMPRESA LTDA"), IdentityKind::BusinessName).0, "EMPRESA LTDA");
        assert_eq!(clear(&read("2.16.76.1.3.7", "115830024985"), IdentityKind::Cei).1, FieldState::Sound);
        assert!(read("2.16.76.1.4.2.1.1", "anything").is_empty(), "another identifier");
    }

    #[test]
    fn every_string_type_and_length_is_read_with_a_remark_where_it_departs() {
        for tag in [asn1::OCTET_STRING, asn1::PRINTABLE_STRING, asn1::UTF8_STRING, asn1::IA5_STRING] {
            let mut identity = BrazilianIdentity::default();
            identity.take_other_name("2.16.76.1.3.3", &other(tag, "11222333000181"));
            assert!(identity.cnpj.is_some(), "{tag}");
            assert_eq!(identity.remarks.is_empty(), tag != asn1::IA5_STRING);
        }
        let mut broken = BrazilianIdentity::default();
        broken.take_other_name("2.16.76.1.3.3", &asn1::explicit(0, &asn1::number(5)));
        assert_eq!((broken.fields.len(), broken.remarks[0].code), (0, "identity_not_text"));
        let short = read("2.16.76.1.3.1", "0102198052998224725");
        assert!(short.cpf.is_some());
        assert_eq!((short.remarks[0].kind, short.remarks[0].code), (Some(IdentityKind::Nis), "identity_too_short"));
        let long = read("2.16.76.1.3.6", "1158300249850");
        assert_eq!(long.remarks[0].code, "identity_too_long");
        assert_eq!(read("2.16.76.1.3.1", PERSON_TEXT).fields.len(), 5);
    }

    #[test]
    fn the_subjects_serial_number() {
        let mut identity = BrazilianIdentity::default();
        identity.take_subject_serial_number("52998224725");
        assert_eq!(identity.cpf.as_ref().unwrap().digits(), "52998224725");
        assert_eq!(identity.fields[0].source, "2.5.4.5");
        identity.take_subject_serial_number("11222333000181");
        assert!(identity.cnpj.is_some());
        let mut both = read("2.16.76.1.3.1", PERSON_TEXT);
        both.take_subject_serial_number("123.456.789-09");
        assert_eq!(both.cpf.as_ref().unwrap().digits(), "52998224725", "the otherName wins");
        assert_eq!(both.remarks.last().unwrap().code, "identity_sources_disagree");
        let mut foreign = BrazilianIdentity::default();
        foreign.take_subject_serial_number("12345678901");
        assert!(foreign.is_empty(), "eleven digits of somebody else's numbering");
    }

    proptest! {
        #[test]
        fn any_text_and_bytes_are_survived(text in ".{0,60}", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut identity = BrazilianIdentity::default();
            for last in 1..=9 {
                let oid = format!("2.16.76.1.3.{last}");
                identity.take_other_name(&oid, &other(asn1::UTF8_STRING, &text));
                identity.take_other_name(&oid, &bytes);
            }
            identity.take_subject_serial_number(&text);
            for field in &identity.fields {
                let hidden = field.masked();
                prop_assert_eq!(hidden.is_empty(), field.state == FieldState::NotGiven);
            }
        }
    }
}
