//! Tokens and where they end (ISO 32000-2, 7.2 and 7.3). Nothing here recurses or allocates per byte.

use std::ops::Range;

/// Deeper nesting than this is hostile: real files stay under twenty.
const MAX_DEPTH: usize = 256;

/// Where and why bytes are not PDF syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LexError {
    pub(crate) at: usize,
    pub(crate) reason: &'static str,
}

/// The spans of one dictionary entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntrySpan {
    /// The key with its slash.
    pub(crate) key: Range<usize>,
    pub(crate) value: Range<usize>,
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

pub(crate) fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

/// The position of the first byte at or after `at` that is neither white space nor part of a comment.
pub(crate) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        if is_space(byte) {
            at += 1;
        } else if byte == b'%' {
            while bytes.get(at).is_some_and(|b| !matches!(b, b'\r' | b'\n')) {
                at += 1;
            }
        } else {
            break;
        }
    }
    at
}

/// The end of the value that starts at `at`: a reference `n g R` is one value.
pub(crate) fn value_end(bytes: &[u8], at: usize) -> Result<usize, LexError> {
    let mut open: Vec<u8> = Vec::new();
    let mut at = at;
    loop {
        if !open.is_empty() {
            at = skip_space(bytes, at);
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let end = match rest {
            [] => {
                return Err(LexError { at, reason: "unexpected end" });
            }
            [b'<', b'<', ..] => {
                open.push(b'>');
                at + 2
            }
            [b'[', ..] => {
                open.push(b']');
                at + 1
            }
            [b'>', b'>', ..] if open.pop_if(|c| *c == b'>').is_some() => at + 2,
            [b']', ..] if open.pop_if(|c| *c == b']').is_some() => at + 1,
            _ if open.is_empty() => scalar_end(bytes, at)?,
            _ => token_end(bytes, at)?,
        };
        if open.len() > MAX_DEPTH {
            return Err(LexError { at, reason: "nested too deeply" });
        }
        at = end;
        if open.is_empty() {
            return Ok(at);
        }
    }
}

/// The entries of a dictionary token `<< … >>`, in order, duplicates included.
pub(crate) fn dict_entries(bytes: &[u8]) -> Result<Vec<EntrySpan>, LexError> {
    if !bytes.starts_with(b"<<") {
        return Err(LexError { at: 0, reason: "not a dictionary" });
    }
    let mut entries = Vec::new();
    let mut at = 2;
    loop {
        at = skip_space(bytes, at);
        match bytes.get(at..).unwrap_or_default() {
            [b'>', b'>', ..] => return Ok(entries),
            [b'/', ..] => {
                let key = at..token_end(bytes, at)?;
                let start = skip_space(bytes, key.end);
                at = value_end(bytes, start)?;
                entries.push(EntrySpan { key, value: start..at });
            }
            _ => {
                return Err(LexError { at, reason: "dictionary key expected" });
            }
        }
    }
}

/// The spans of the items of an array token `[ … ]`.
pub(crate) fn array_items(bytes: &[u8]) -> Result<Vec<Range<usize>>, LexError> {
    if bytes.first() != Some(&b'[') {
        return Err(LexError { at: 0, reason: "not an array" });
    }
    let mut items = Vec::new();
    let mut at = 1;
    loop {
        at = skip_space(bytes, at);
        if bytes.get(at) == Some(&b']') {
            return Ok(items);
        }
        let end = value_end(bytes, at)?;
        items.push(at..end);
        at = end;
    }
}

/// A run of decimal digits at `at` and where it ends.
pub(crate) fn unsigned(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let digits = bytes.get(at..)?.iter().take_while(|b| b.is_ascii_digit()).take(20).count();
    let value = std::str::from_utf8(&bytes[at..at + digits]).ok()?.parse().ok()?;
    Some((value, at + digits))
}

/// `n g R` at `at`: object number, generation, end.
pub(crate) fn reference(bytes: &[u8], at: usize) -> Option<(u32, u16, usize)> {
    let (number, end) = pair_member(bytes, at)?;
    let (generation, end) = pair_member(bytes, skip_space(bytes, end))?;
    let at = skip_space(bytes, end);
    let after = bytes.get(at + 1).copied();
    if bytes.get(at) != Some(&b'R') || after.is_some_and(is_regular) {
        return None;
    }
    Some((u32::try_from(number).ok()?, u16::try_from(generation).ok()?, at + 1))
}

/// The bytes a name token stands for, without slash, `#xx` decoded.
pub(crate) fn decode_name(token: &[u8]) -> Vec<u8> {
    let body = token.strip_prefix(b"/").unwrap_or(token);
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let escaped = (body[at] == b'#')
            .then(|| Some(hex_digit(*body.get(at + 1)?)? << 4 | hex_digit(*body.get(at + 2)?)?))
            .flatten();
        out.push(escaped.unwrap_or(body[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    out
}

/// The bytes a string token stands for, literal or hexadecimal; `None` for other tokens and bad hexadecimal digits.
pub(crate) fn decode_string(token: &[u8]) -> Option<Vec<u8>> {
    match token {
        [b'(', body @ .., b')'] => Some(decode_literal(body)),
        [b'<', body @ .., b'>'] if body.first() != Some(&b'<') => decode_hex(body),
        _ => None,
    }
}

fn decode_literal(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        at += 1;
        match byte {
            b'\r' => {
                out.push(b'\n');
                at += usize::from(body.get(at) == Some(&b'\n'));
            }
            b'\\' => {
                let Some(&next) = body.get(at) else { break };
                at += 1;
                match next {
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    b'\r' => at += usize::from(body.get(at) == Some(&b'\n')),
                    b'\n' => {}
                    b'0'..=b'7' => {
                        let mut value = u32::from(next - b'0');
                        for _ in 0..2 {
                            let Some(digit) = body.get(at).filter(|d| (b'0'..=b'7').contains(d)) else {
                                break;
                            };
                            value = value * 8 + u32::from(digit - b'0');
                            at += 1;
                        }
                        out.push((value & 0xff) as u8); // high-order overflow is ignored (7.3.4.2)
                    }
                    other => out.push(other),
                }
            }
            other => out.push(other),
        }
    }
    out
}

fn decode_hex(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len() / 2 + 1);
    // The container of a signature has tens of thousands of digits, and nothing between them.
    let (pairs, _) = body.as_chunks::<2>();
    for [high, low] in pairs {
        let (high, low) = (HEX[usize::from(*high)], HEX[usize::from(*low)]);
        if high | low > 0xf {
            break;
        }
        out.push(high << 4 | low);
    }
    let mut high = None;
    for &byte in body[2 * out.len()..].iter().filter(|b| !is_space(**b)) {
        let digit = hex_digit(byte)?;
        match high.take() {
            None => high = Some(digit),
            Some(h) => out.push(h << 4 | digit),
        }
    }
    out.extend(high.map(|h| h << 4)); // a missing last digit counts as zero (7.3.4.3)
    Some(out)
}

/// Values of hexadecimal digits, 0xff for every other byte.
const HEX: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789ABCDEF"[digit as usize] as usize] = digit;
        table[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digit += 1;
    }
    table
};

pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    Some(HEX[usize::from(byte)]).filter(|digit| *digit <= 0xf)
}

fn scalar_end(bytes: &[u8], at: usize) -> Result<usize, LexError> {
    match reference(bytes, at) {
        Some((_, _, end)) => Ok(end),
        None if bytes.get(at) == Some(&b'R') => Err(LexError { at, reason: "reference without a number" }),
        None => token_end(bytes, at),
    }
}

/// The end of the token at `at` that is no bracket.
pub(crate) fn token_end(bytes: &[u8], at: usize) -> Result<usize, LexError> {
    let err = |reason| Err(LexError { at, reason });
    let Some(&first) = bytes.get(at) else {
        return err("unexpected end");
    };
    match first {
        b'(' => literal_end(bytes, at),
        b'<' => match memchr::memchr(b'>', &bytes[at..]) {
            Some(length) => Ok(at + length + 1),
            None => err("unterminated hexadecimal string"),
        },
        b'/' => Ok(regular_end(bytes, at + 1)),
        _ if is_delimiter(first) => err("unexpected delimiter"),
        _ => {
            let end = regular_end(bytes, at);
            match &bytes[at..end] {
                b"true" | b"false" | b"null" | b"R" => Ok(end),
                [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => Ok(end),
                _ => err("unexpected keyword"),
            }
        }
    }
}

fn regular_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|b| is_regular(**b)).count()
}

fn literal_end(bytes: &[u8], start: usize) -> Result<usize, LexError> {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => {
                depth -= 1; // the string starts with '(', and the loop ends when depth returns to zero
                if depth == 0 {
                    return Ok(at);
                }
            }
            _ => {}
        }
    }
    Err(LexError { at: start, reason: "unterminated string" })
}

fn pair_member(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let (value, end) = unsigned(bytes, at)?;
    bytes.get(end).is_some_and(|b| is_space(*b) || *b == b'%').then_some((value, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> Result<usize, LexError> {
        value_end(text.as_bytes(), 0)
    }

    #[test]
    fn values_end_where_they_end() {
        for (text, length) in [
            ("null", 4),
            ("12 0 R/Next", 6),
            ("12 0 Rx", 2),
            ("12 %c\n0 R ", 9),
            ("595.32001]", 9),
            ("/Na#20me/Next", 8),
            ("/ 1", 1),
            ("(a(b)\\)c)d", 9),
            ("<48 65>", 7),
            ("<</A<</B[1 2<41>(>>)]>>>>x", 25),
            ("[1 0 R[/A]%]\n]]", 14),
        ] {
            assert_eq!(end(text), Ok(length), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn hexadecimal_strings_are_what_their_digits_say(text in "[0-9a-fA-F]{0,40}[ \\n\\x00]?[0-9a-fA-F]{0,9}[g ]?[0-9A-F]{0,3}") {
            let digits: Vec<_> = text.chars().filter(|c| !is_space(*c as u8)).collect();
            let expected = digits.iter().all(char::is_ascii_hexdigit).then(|| {
                let pair = |pair: &[char]| {
                    let text: String = [pair[0], *pair.get(1).unwrap_or(&'0')].iter().collect();
                    u8::from_str_radix(&text, 16).unwrap()
                };
                digits.chunks(2).map(pair).collect::<Vec<_>>()
            });
            proptest::prop_assert_eq!(decode_string(format!("<{text}>").as_bytes()), expected);
        }
    }

    #[test]
    fn bad_values_are_refused() {
        for text in
            ["", ")", "]", ">>", "(a", "<a", "[1", "<</A 1", "[>>", "<<]>>", "endobj", "[1 endobj", "R", "{", "\\"]
        {
            assert!(end(text).is_err(), "{text}");
        }
        assert!(end(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn strings_and_names_decode() {
        assert_eq!(decode_string(b"(a\\(\\101\\0538\\\r\nb\r\nc\\q)").unwrap(), b"a(A+8b\ncq");
        assert_eq!(decode_string(b"<4 1 4>").unwrap(), b"A@");
        assert_eq!(decode_string(b"<4g>"), None);
        assert_eq!(decode_string(b"<<>>"), None);
        assert_eq!(decode_name(b"/A#20B#zz#4"), b"A B#zz#4");
    }

    #[test]
    fn entries_keep_duplicates_and_skip_comments() {
        let entries = dict_entries(b"<</A 1%/X 2\n/B 3 0 R/A(x)>>").unwrap();
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[1].value, 15..20);
        assert!(dict_entries(b"<</A>>").is_err());
        assert!(dict_entries(b"<<1 2>>").is_err());
    }
}
