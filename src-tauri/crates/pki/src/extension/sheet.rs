//! The facts of one extension while they are written down, and small readings that all decoders share.

use std::fmt;

use crate::asn1::{self, Asn1Error, Reader, Tlv};
use crate::oid;
use crate::serial::Serial;

/// More facts than this are cut: a hostile extension must not flood the screen.
const MAX_FACTS: usize = 200;

/// One fact of an extension: a label as its ASN.1 module spells it (empty in a plain list), a value, and how deep it
/// is nested.
#[derive(Clone, Eq, PartialEq)]
pub struct ExtensionFact {
    /// Nesting, 0 at the top.
    pub level: u8,
    /// Name of the field; empty for an item of a list.
    pub label: String,
    /// What it says; empty for a field that only has others below it.
    pub value: String,
    /// What a screen shows instead of `value` until somebody asks for more: set where the value is personal data.
    pub masked: Option<String>,
}

impl ExtensionFact {
    /// The value as a screen shows it at first.
    pub fn shown(&self) -> &str {
        self.masked.as_deref().unwrap_or(&self.value)
    }

    /// The fact as one line of text, indented, personal data masked.
    pub fn line(&self) -> String {
        let indent = "  ".repeat(usize::from(self.level));
        let value = self.shown();
        match (self.label.is_empty(), value.is_empty()) {
            (true, _) => format!("{indent}{value}"),
            (false, true) => format!("{indent}{}", self.label),
            (false, false) => format!("{indent}{}: {value}", self.label),
        }
    }
}

impl fmt::Debug for ExtensionFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

pub(super) type Decoded = Result<(), Asn1Error>;

/// Collects facts.
#[derive(Default)]
pub(super) struct Sheet {
    facts: Vec<ExtensionFact>,
    level: u8,
}

impl Sheet {
    pub(super) fn put(&mut self, label: impl Into<String>, value: impl Into<String>) {
        self.push(label.into(), value.into(), None);
    }

    /// An item of a list.
    pub(super) fn item(&mut self, value: impl Into<String>) {
        self.push(String::new(), value.into(), None);
    }

    pub(super) fn personal(&mut self, label: impl Into<String>, value: impl Into<String>, masked: String) {
        self.push(label.into(), value.into(), Some(masked));
    }

    /// What `write` puts down, one level deeper.
    pub(super) fn below<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.level = self.level.saturating_add(1);
        let result = write(self);
        self.level -= 1;
        result
    }

    pub(super) fn into_facts(mut self) -> Vec<ExtensionFact> {
        self.facts.retain(|fact| !fact.label.trim().is_empty() || !fact.value.trim().is_empty());
        self.facts
    }

    fn push(&mut self, label: String, value: String, masked: Option<String>) {
        if self.facts.len() < MAX_FACTS {
            let (label, value, masked) = (plain(label), plain(value), masked.map(plain));
            self.facts.push(ExtensionFact { level: self.level, label, value, masked });
        } else if self.facts.len() == MAX_FACTS {
            self.facts.push(ExtensionFact { level: 0, label: String::new(), value: "…".to_owned(), masked: None });
        }
    }
}

/// A text without what would break a line or turn its direction: a hostile certificate must not paint over the screen.
fn plain(text: String) -> String {
    let bad = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(bad) {
        return text;
    }
    text.chars()
        .map(|c| {
            if matches!(c, '\n' | '\r' | '\t') {
                ' '
            } else if bad(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// The one element with this tag that `value` consists of.
pub(super) fn whole(value: &[u8], tag: u8) -> Result<Tlv<'_>, Asn1Error> {
    let mut reader = Reader::new(value);
    let element = reader.expect(tag)?;
    match reader.next()? {
        None => Ok(element),
        Some(extra) => Err(Asn1Error { offset: extra.offset, problem: "something follows the value" }),
    }
}

/// Children of the one SEQUENCE that `value` consists of.
pub(super) fn sequence(value: &[u8]) -> Result<Vec<Tlv<'_>>, Asn1Error> {
    whole(value, asn1::SEQUENCE)?.all_children()
}

pub(super) fn unexpected(element: &Tlv<'_>) -> Asn1Error {
    Asn1Error { offset: element.offset, problem: "an element of another type was expected" }
}

/// Decimal of an INTEGER's content octets; a value too long to be a number for people comes as hex.
pub(super) fn integer(content: &[u8]) -> String {
    if content.len() > 64 { asn1::colon_hex(content) } else { Serial::from_integer(content).decimal() }
}

/// A small INTEGER.
pub(super) fn small(content: &[u8]) -> Option<i64> {
    if content.is_empty() || content.len() > 8 {
        return None;
    }
    let sign: i64 = if content[0] & 0x80 == 0 { 0 } else { -1 };
    Some(content.iter().fold(sign, |sum, byte| sum << 8 | i64::from(*byte)))
}

/// Positions of the bits that are set in a BIT STRING's content octets.
pub(super) fn bits(content: &[u8]) -> Vec<usize> {
    let octets = content.get(1..).unwrap_or_default();
    let mut set = Vec::new();
    for (index, octet) in octets.iter().enumerate() {
        set.extend((0..8).filter(|bit| octet & (0x80 >> bit) != 0).map(|bit| index * 8 + bit));
    }
    set
}

/// The names of the bits that are set; a bit without a name is shown by its number.
pub(super) fn bit_names(content: &[u8], names: &[&str]) -> Vec<String> {
    bits(content)
        .into_iter()
        .map(|bit| names.get(bit).map_or_else(|| format!("bit {bit}"), |name| (*name).to_owned()))
        .collect()
}

/// `2026-06-01 12:00:00Z` of a UTCTime or GeneralizedTime; the text itself where it is unusual.
pub(super) fn time_text(tag: u8, content: &[u8]) -> String {
    let text: String = content.iter().map(|byte| char::from(*byte)).collect();
    let digits = text.trim_end_matches('Z');
    let full = match (tag & 0x1f, digits.len()) {
        // RFC 5280 §4.1.2.5.1: 50 to 99 are of the last century.
        (0x17, 12) => format!("{}{digits}", if digits >= "50" { "19" } else { "20" }),
        (_, 14) => digits.to_owned(),
        _ => return text,
    };
    if !text.ends_with('Z') || !full.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    format!("{}-{}-{} {}:{}:{}Z", &full[..4], &full[4..6], &full[6..8], &full[8..10], &full[10..12], &full[12..])
}

pub(super) fn named(name: Option<&str>, oid: &str) -> String {
    name.map_or_else(|| oid.to_owned(), |name| format!("{name} ({oid})"))
}

/// An identifier with whatever name is known.
pub(super) fn oid_value(content: &[u8]) -> String {
    let dotted = asn1::oid_text(content);
    named(oid::any(&dotted), &dotted)
}

/// Text of a string element of any type; hex of what is not text.
pub(super) fn text(element: &Tlv<'_>) -> String {
    asn1::string_text(element.tag, element.content).unwrap_or_else(|| asn1::colon_hex(element.content))
}

/// Text of an implicitly tagged string.
pub(super) fn tagged_text(content: &[u8]) -> String {
    match std::str::from_utf8(content) {
        Ok(text) => text.to_owned(),
        Err(_) => content.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Name of an AlgorithmIdentifier.
pub(super) fn algorithm(element: &Tlv<'_>) -> String {
    match element.children().expect(asn1::OID) {
        Ok(own) => {
            let dotted = asn1::oid_text(own.content);
            named(oid::algorithm(&dotted), &dotted)
        }
        Err(_) => asn1::colon_hex(element.content),
    }
}
