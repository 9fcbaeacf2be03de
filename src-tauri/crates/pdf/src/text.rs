//! Text strings (ISO 32000-2, 7.9.2.2).

/// The text of a text string's bytes: UTF-16 or UTF-8 with a byte order mark, else PDFDocEncoding. Undefined codes become
/// U+FFFD; language escapes (U+001B pairs in UTF-16) are left in place.
pub fn decode_text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|b| pdf_doc_char(*b)).collect(),
    }
}

/// `text` in PDFDocEncoding; `None` when that lacks a character of it.
pub(crate) fn encode_pdf_doc(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| (0..=u8::MAX).find(|byte| pdf_doc_char(*byte) == c).filter(|_| c != char::REPLACEMENT_CHARACTER))
        .collect()
}

/// `bytes` as a string token: a literal when they are printable ASCII, else hexadecimal.
pub(crate) fn encode_string(bytes: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.bytes().all(|b| (b' '..=b'~').contains(&b)) => encode_text(text),
        _ => encode_hex(bytes),
    }
}

/// `bytes` as a hexadecimal string token.
pub(crate) fn encode_hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = Vec::with_capacity(2 * bytes.len() + 2);
    out.push(b'<');
    for byte in bytes {
        out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    out.push(b'>');
    out
}

/// `text` as a string token: a literal when it is printable ASCII, else hexadecimal UTF-16BE with a byte order mark,
/// which every reader since PDF 1.2 understands.
pub fn encode_text(text: &str) -> Vec<u8> {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        let mut out = vec![b'('];
        for byte in text.bytes() {
            if matches!(byte, b'(' | b')' | b'\\') {
                out.push(b'\\');
            }
            out.push(byte);
        }
        out.push(b')');
        return out;
    }
    let mut out = String::from("<FEFF");
    for unit in text.encode_utf16() {
        out.push_str(&format!("{unit:04X}"));
    }
    out.push('>');
    out.into_bytes()
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| read(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// PDFDocEncoding (ISO 32000-2, annex D.2).
fn pdf_doc_char(byte: u8) -> char {
    const LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const HIGH: [char; 31] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł',
        'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž',
    ];
    match byte {
        0x18..=0x1f => LOW[usize::from(byte - 0x18)],
        0x80..=0x9e => HIGH[usize::from(byte - 0x80)],
        0xa0 => '€',
        0x7f | 0x9f | 0xad => char::REPLACEMENT_CHARACTER,
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lex::decode_string;
    use proptest::prelude::*;

    #[test]
    fn documented_codes_decode() {
        assert_eq!(decode_text(b"Jo\xe3o \x84 \xa0"), "João — €");
        assert_eq!(decode_text(b"\xff\xfeA\0"), "A");
        assert_eq!(decode_text("\u{feff}ação".as_bytes()), "ação");
        assert_eq!(encode_text("a(b)\\"), b"(a\\(b\\)\\\\)");
    }

    #[test]
    fn passwords_of_old_files_are_pdf_doc_encoded() {
        assert_eq!(encode_pdf_doc("Jo\u{e3}o\u{20ac}").unwrap(), b"Jo\xe3o\xa0");
        assert_eq!(encode_pdf_doc("\u{65e5}"), None);
        assert_eq!(encode_pdf_doc("\u{fffd}"), None);
    }

    proptest! {
        #[test]
        fn bytes_survive_as_a_token(bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(&decode_string(&encode_string(&bytes)).unwrap(), &bytes);
            prop_assert_eq!(decode_string(&encode_hex(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn what_is_encoded_decodes(text in any::<String>()) {
            prop_assert_eq!(decode_text(&decode_string(&encode_text(&text)).unwrap()), text);
        }
    }
}
