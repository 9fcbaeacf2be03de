//! The content of elements as text.

use crate::element::Header;
use crate::oid::oid_name;
use crate::time::TimeValue;
use crate::tree::{Class, Remark, Remarks, Tree};

pub(crate) const BOOLEAN: u32 = 1;
pub(crate) const INTEGER: u32 = 2;
pub(crate) const BIT_STRING: u32 = 3;
pub(crate) const OCTET_STRING: u32 = 4;
pub(crate) const NULL: u32 = 5;
pub(crate) const OID: u32 = 6;
pub(crate) const ENUMERATED: u32 = 10;
pub(crate) const UTF8_STRING: u32 = 12;
pub(crate) const SEQUENCE: u32 = 16;
pub(crate) const SET: u32 = 17;
pub(crate) const UTC_TIME: u32 = 23;
pub(crate) const GENERALIZED_TIME: u32 = 24;

/// More bytes of a value than this are not shown.
const MAX_SHOWN: usize = 512;
/// Integers up to this many bytes are shown in decimal too.
const MAX_DECIMAL: usize = 64;

/// The content of an element as text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Value {
    /// The value: decimal, dotted, text, RFC 3339, or hex.
    pub text: String,
    /// The same in another form: hex of a number, what stands in the file for a time.
    pub raw: Option<String>,
    /// Name of an object identifier.
    pub name: Option<&'static str>,
    /// The whole length in bytes, when the value is longer than what is shown.
    pub cut_from: Option<usize>,
}

impl Tree {
    /// The content of an element as text; `None` for one that is made of elements. `bytes` are those that the tree was
    /// read from.
    pub fn value(&self, index: usize, bytes: &[u8]) -> Option<Value> {
        let node = self.nodes.get(index)?;
        let content = bytes.get(node.content_range())?;
        if node.constructed || node.encapsulates {
            return None;
        }
        Some(match node.class {
            Class::Universal => universal(node.tag, content),
            Class::Application | Class::Context | Class::Private => implicit(content),
        })
    }
}

/// Dotted decimal of the content of an OBJECT IDENTIFIER; `None` for one that cannot be read or has numbers beyond
/// 120 bits.
pub fn oid_text(content: &[u8]) -> Option<String> {
    let arcs = arcs(content)?;
    let (first, rest) = arcs.split_first()?;
    let top = (first / 40).min(2);
    let mut out = format!("{top}.{}", first - top * 40);
    for arc in rest {
        out.push('.');
        out.push_str(&arc.to_string());
    }
    Some(out)
}

fn arcs(content: &[u8]) -> Option<Vec<u128>> {
    let mut arcs = Vec::new();
    let mut arc: u128 = 0;
    let mut open = false;
    for byte in content {
        // A number does not begin with zeros (X.690 §8.19.2).
        if arc >> 120 != 0 || !open && *byte == 0x80 {
            return None;
        }
        arc = arc << 7 | u128::from(byte & 0x7f);
        open = byte & 0x80 != 0;
        if !open {
            arcs.push(arc);
            arc = 0;
        }
    }
    (!open && !arcs.is_empty()).then_some(arcs)
}

fn universal(tag: u32, content: &[u8]) -> Value {
    let plain = |text: String| Value { text, ..Value::default() };
    match tag {
        BOOLEAN => match content {
            [0] => plain("FALSE".to_owned()),
            [0xff] => plain("TRUE".to_owned()),
            [byte] => Value { text: "TRUE".to_owned(), raw: Some(format!("{byte:02x}")), ..Value::default() },
            _ => hex(content),
        },
        INTEGER | ENUMERATED => integer(content),
        BIT_STRING => match content {
            [unused @ 0..=7, bits @ ..] if bits.len() <= 4 && !bits.is_empty() => {
                let mut text: String = bits.iter().map(|byte| format!("{byte:08b}")).collect();
                text.truncate(text.len() - usize::from(*unused));
                Value { text, raw: Some(hex_text(bits)), ..Value::default() }
            }
            [0, bits @ ..] => hex(bits),
            _ => hex(content),
        },
        NULL if content.is_empty() => plain(String::new()),
        OID => match oid_text(content) {
            Some(text) => Value { name: oid_name(&text).map(|found| found.name), text, ..Value::default() },
            None => hex(content),
        },
        13 => match arcs(content) {
            Some(arcs) => plain(arcs.iter().map(u128::to_string).collect::<Vec<_>>().join(".")),
            None => hex(content),
        },
        UTC_TIME | GENERALIZED_TIME => {
            let time =
                if tag == UTC_TIME { TimeValue::utc_time(content) } else { TimeValue::generalized_time(content) };
            let raw = content.iter().all(u8::is_ascii_graphic).then(|| String::from_utf8_lossy(content).into_owned());
            match (time, raw) {
                (Some(time), raw) => Value { text: time.rfc3339(), raw, ..Value::default() },
                (None, Some(raw)) => plain(raw),
                (None, None) => hex(content),
            }
        }
        _ => match string(tag, content) {
            Some(text) => cut_text(&text, content.len()),
            None => hex(content),
        },
    }
}

/// What stands in a `[n] IMPLICIT` field: text where it reads as such, else hex.
fn implicit(content: &[u8]) -> Value {
    let readable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    if content.len() >= 4 && content.iter().all(readable) {
        cut_text(&String::from_utf8_lossy(content), content.len())
    } else {
        hex(content)
    }
}

/// Text of a string type; `None` for another type and for bytes that are no such text.
pub(crate) fn string(tag: u32, content: &[u8]) -> Option<String> {
    match tag {
        UTF8_STRING => std::str::from_utf8(content).ok().map(str::to_owned),
        18 | 19 | 22 | 25 | 26 | 27 => {
            content.is_ascii().then(|| content.iter().map(|byte| char::from(*byte)).collect())
        }
        // T.61 in certificates is Latin-1 in practice.
        20 | 21 => Some(content.iter().map(|byte| char::from(*byte)).collect()),
        28 => {
            let (quads, []) = content.as_chunks::<4>() else { return None };
            quads.iter().map(|quad| char::from_u32(u32::from_be_bytes(*quad))).collect()
        }
        30 => {
            let (pairs, []) = content.as_chunks::<2>() else { return None };
            char::decode_utf16(pairs.iter().map(|pair| u16::from_be_bytes(*pair))).collect::<Result<_, _>>().ok()
        }
        _ => None,
    }
}

fn cut_text(text: &str, length: usize) -> Value {
    let mut out = String::new();
    let mut cut = false;
    for (count, character) in text.chars().enumerate() {
        if count == MAX_SHOWN {
            cut = true;
            break;
        }
        // What would change the line or its direction is shown by its number.
        if character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            out.push_str(&character.escape_unicode().to_string());
        } else {
            out.push(character);
        }
    }
    Value { text: out, cut_from: cut.then_some(length), ..Value::default() }
}

fn hex_text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    out
}

fn hex(bytes: &[u8]) -> Value {
    let shown = bytes.get(..MAX_SHOWN).unwrap_or(bytes);
    Value { text: hex_text(shown), cut_from: (bytes.len() > shown.len()).then_some(bytes.len()), ..Value::default() }
}

/// Decimal, and hex of the two's complement beside it.
fn integer(content: &[u8]) -> Value {
    if content.is_empty() || content.len() > MAX_DECIMAL {
        return hex(content);
    }
    let negative = content[0] & 0x80 != 0;
    let mut digits = vec![0_u8];
    let mut step = |byte: u8| {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    };
    // −n is the complement of n − 1.
    content.iter().for_each(|byte| step(if negative { !byte } else { *byte }));
    if negative {
        for digit in &mut digits {
            *digit += 1;
            if *digit < 10 {
                break;
            }
            *digit = 0;
        }
        if digits.iter().all(|digit| *digit == 0) {
            digits.push(1);
        }
    }
    let mut text: String = digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
    if negative {
        text.insert(0, '-');
    }
    Value { text, raw: Some(hex_text(content)), ..Value::default() }
}

/// What is unusual in an element of a type of ASN.1 itself.
pub(crate) fn remark(header: &Header, content: &[u8], remarks: &mut Remarks) {
    if header.constructed {
        match header.tag {
            SEQUENCE | SET | 8 | 11 | 29 => {}
            BIT_STRING | OCTET_STRING | UTF8_STRING | 7 | 18..=28 | 30 => remarks.add(Remark::ConstructedString),
            _ => remarks.add(Remark::WrongForm),
        }
        return;
    }
    let found = match header.tag {
        SEQUENCE | SET | 8 | 11 | 29 => Some(Remark::WrongForm),
        BOOLEAN => (!matches!(content, [0 | 0xff])).then_some(Remark::BadBoolean),
        INTEGER | ENUMERATED => {
            let needless = match content {
                [] => true,
                [first, second, ..] => *first == 0 && second & 0x80 == 0 || *first == 0xff && second & 0x80 != 0,
                [_] => false,
            };
            needless.then_some(Remark::BadInteger)
        }
        BIT_STRING => {
            let sound = match content {
                [0, ..] => true,
                [unused @ 1..=7, .., last] => last & ((1 << unused) - 1) == 0,
                _ => false,
            };
            (!sound).then_some(Remark::BadBitString)
        }
        NULL => (!content.is_empty()).then_some(Remark::BadNull),
        OID => arcs(content).is_none().then_some(Remark::BadOid),
        UTC_TIME | GENERALIZED_TIME => {
            let time = match header.tag {
                UTC_TIME => TimeValue::utc_time(content),
                _ => TimeValue::generalized_time(content),
            };
            match time {
                None => Some(Remark::BadTime),
                Some(time) => (!time.canonical).then_some(Remark::NotDerTime),
            }
        }
        tag => (!allowed(tag, content)).then_some(Remark::BadString),
    };
    if let Some(found) = found {
        remarks.add(found);
    }
}

fn allowed(tag: u32, content: &[u8]) -> bool {
    match tag {
        18 => content.iter().all(|byte| byte.is_ascii_digit() || *byte == b' '),
        19 => content.iter().all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte)),
        26 => content.iter().all(|byte| matches!(byte, 0x20..=0x7e)),
        UTF8_STRING | 22 | 28 => string(tag, content).is_some(),
        // The Basic Multilingual Plane has no surrogates.
        30 => content.len().is_multiple_of(2) && content.chunks(2).all(|pair| !matches!(pair[0], 0xd8..=0xdf)),
        _ => true,
    }
}
