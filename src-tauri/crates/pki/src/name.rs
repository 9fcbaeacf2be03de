//! Distinguished names: printed as RFC 4514 text, listed by attribute, compared as RFC 5280 §7.1 asks.

use std::fmt;
use std::sync::OnceLock;

use crate::asn1::{self, Reader, Tlv};
use crate::oid;

/// A distinguished name as a certificate or CRL carries it.
#[derive(Clone, Eq)]
pub struct DistinguishedName {
    der: Vec<u8>,
    comparable: String,
    shown: OnceLock<Shown>,
}

/// A name in words, made when somebody asks.
#[derive(Clone, Eq, PartialEq)]
struct Shown {
    attributes: Vec<NameAttribute>,
    text: String,
}

/// One attribute of a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NameAttribute {
    /// Dotted object identifier.
    pub oid: String,
    /// Short name (`CN`, `O`, …), or the dotted identifier where there is none.
    pub name: String,
    /// Its text; `#` and hex for a value that is not text.
    pub value: String,
}

impl DistinguishedName {
    /// Reads the DER of a `Name` (RFC 5280 §4.1.2.4). A malformed name becomes one unnamed attribute in hex: it is
    /// shown, and it equals nothing but itself.
    pub(crate) fn from_der(der: &[u8]) -> Self {
        let comparable = read(der).map_or_else(|| unreadable(der), |rdns| comparable(&rdns));
        Self { der: der.to_vec(), comparable, shown: OnceLock::new() }
    }

    fn shown(&self) -> &Shown {
        self.shown.get_or_init(|| {
            let Some(rdns) = read(&self.der) else {
                let value = unreadable(&self.der);
                let attribute = NameAttribute { oid: String::new(), name: String::new(), value: value.clone() };
                return Shown { attributes: vec![attribute], text: value };
            };
            let text = rdns
                .iter()
                .rev()
                .map(|rdn| rdn.iter().map(Attribute::rfc4514).collect::<Vec<_>>().join("+"))
                .collect::<Vec<_>>()
                .join(",");
            Shown { attributes: rdns.into_iter().flatten().map(Attribute::into_public).collect(), text }
        })
    }

    /// The DER as it stands in the certificate.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Attributes in the order of the encoding (country first, as a rule).
    pub fn attributes(&self) -> &[NameAttribute] {
        &self.shown().attributes
    }

    /// The last value of the attribute with this short name or dotted identifier.
    pub fn get(&self, name_or_oid: &str) -> Option<&str> {
        self.attributes()
            .iter()
            .rev()
            .find(|attribute| attribute.name == name_or_oid || attribute.oid == name_or_oid)
            .map(|attribute| attribute.value.as_str())
    }

    /// The last common name.
    pub fn common_name(&self) -> Option<&str> {
        self.get("CN")
    }

    /// What to call its bearer in one line: common name, else organisation, else the whole name.
    pub fn display_name(&self) -> &str {
        self.common_name().or_else(|| self.get("O")).unwrap_or(self.rfc4514())
    }

    /// RFC 4514 text: last attribute first, special characters escaped.
    pub fn rfc4514(&self) -> &str {
        &self.shown().text
    }

    /// What names are compared by: equal texts are equal names (RFC 5280 §7.1).
    pub(crate) fn comparable(&self) -> &str {
        &self.comparable
    }

    /// Whether it has no attributes.
    pub fn is_empty(&self) -> bool {
        self.attributes().is_empty()
    }
}

/// Equal as RFC 5280 §7.1 compares: string types, letter case and runs of blanks do not matter.
impl PartialEq for DistinguishedName {
    fn eq(&self, other: &Self) -> bool {
        self.comparable == other.comparable
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rfc4514())
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rfc4514())
    }
}

struct Attribute {
    oid: String,
    text: Option<String>,
    raw: Vec<u8>,
}

impl Attribute {
    fn rfc4514(&self) -> String {
        match (oid::attribute(&self.oid), &self.text) {
            (Some(name), Some(text)) => format!("{name}={}", escape(text)),
            (Some(name), None) => format!("{name}=#{}", hex::encode(&self.raw)),
            (None, _) => format!("{}=#{}", self.oid, hex::encode(&self.raw)),
        }
    }

    fn comparable(&self, out: &mut String) {
        out.push_str(&self.oid);
        out.push('=');
        match &self.text {
            Some(text) if text.is_ascii() => {
                for (index, word) in text.split_whitespace().enumerate() {
                    if index > 0 {
                        out.push(' ');
                    }
                    out.extend(word.chars().map(|c| c.to_ascii_lowercase()));
                }
            }
            Some(text) => out.push_str(&text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()),
            None => {
                out.push('#');
                out.push_str(&hex::encode(&self.raw));
            }
        }
    }

    fn into_public(self) -> NameAttribute {
        let value = self.text.unwrap_or_else(|| format!("#{}", hex::encode(&self.raw)));
        let name = oid::attribute(&self.oid).map_or_else(|| self.oid.clone(), str::to_owned);
        NameAttribute { oid: self.oid, name, value }
    }
}

/// What a name that cannot be read is shown as and compared by.
fn unreadable(der: &[u8]) -> String {
    format!("#{}", hex::encode(der))
}

fn comparable(rdns: &[Vec<Attribute>]) -> String {
    let mut out = String::new();
    for (index, rdn) in rdns.iter().enumerate() {
        if index > 0 {
            out.push('\u{2}');
        }
        if let [only] = rdn.as_slice() {
            only.comparable(&mut out);
            continue;
        }
        let mut parts: Vec<String> = rdn
            .iter()
            .map(|attribute| {
                let mut part = String::new();
                attribute.comparable(&mut part);
                part
            })
            .collect();
        parts.sort();
        out.push_str(&parts.join("\u{1}"));
    }
    out
}

fn read(der: &[u8]) -> Option<Vec<Vec<Attribute>>> {
    let name = Reader::new(der).expect(asn1::SEQUENCE).ok()?;
    let mut rdns = Vec::new();
    for rdn in name.all_children().ok()? {
        let mut attributes = Vec::new();
        for pair in rdn.all_children().ok()? {
            let mut parts = pair.children();
            let kind: Tlv<'_> = parts.expect(asn1::OID).ok()?;
            let value = parts.next().ok()??;
            attributes.push(Attribute {
                oid: asn1::oid_text(kind.content),
                text: asn1::string_text(value.tag, value.content),
                raw: value.raw.to_vec(),
            });
        }
        rdns.push(attributes);
    }
    Some(rdns)
}

/// RFC 4514 §2.4.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '#' if index == 0 => out.push_str("\\#"),
            ' ' if index == 0 || index == last => out.push_str("\\ "),
            '\0' => out.push_str("\\00"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parts: &[(&[u8], u8, &[u8])]) -> Vec<u8> {
        asn1::seq(parts.iter().map(|(kind, tag, value)| {
            asn1::constructed(asn1::SET, [asn1::seq([asn1::tlv(asn1::OID, kind), asn1::tlv(*tag, value)])])
        }))
    }

    const CN: &[u8] = &[0x55, 4, 3];
    const O: &[u8] = &[0x55, 4, 10];

    #[test]
    fn prints_and_escapes_as_rfc_4514() {
        let der = name(&[
            (O, asn1::UTF8_STRING, "Silva, Souza + Cia; \"x\"".as_bytes()),
            (CN, asn1::UTF8_STRING, "#João \\ <b> ".as_bytes()),
        ]);
        assert_eq!(
            DistinguishedName::from_der(&der).rfc4514(),
            "CN=\\#João \\\\ \\<b\\>\\ ,O=Silva\\, Souza \\+ Cia\\; \\\"x\\\""
        );
        let unknown = name(&[(&[0x88, 0x37, 3], asn1::UTF8_STRING, b"x")]);
        assert_eq!(DistinguishedName::from_der(&unknown).rfc4514(), "2.999.3=#0c0178");
    }

    #[test]
    fn compares_across_string_types_case_and_blanks() {
        let a = DistinguishedName::from_der(&name(&[(CN, asn1::PRINTABLE_STRING, b"AC  Raiz")]));
        let b = DistinguishedName::from_der(&name(&[(CN, asn1::UTF8_STRING, b" ac raiz ")]));
        let bmp = DistinguishedName::from_der(&name(&[(CN, asn1::BMP_STRING, b"\0A\0C\0 \0r\0a\0i\0z")]));
        assert_eq!(a, b);
        assert_eq!(a, bmp);
        assert_ne!(a, DistinguishedName::from_der(&name(&[(O, asn1::UTF8_STRING, b"ac raiz")])));
    }

    #[test]
    fn a_malformed_name_is_shown_and_equals_only_itself() {
        let broken = DistinguishedName::from_der(&[0x30, 5, 1]);
        assert_eq!(broken.rfc4514(), "#300501");
        assert_ne!(broken, DistinguishedName::from_der(&[0x30, 0]));
    }
}
