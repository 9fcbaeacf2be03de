//! Tokens of a content stream (ISO 32000-2, 7.8.2). Tolerant: what is not understood is skipped.

/// Levels of arrays and dictionaries.
const MAX_DEPTH: usize = 16;

/// Operands of one operator, and items of one array; the standard allows 33 operands, `TJ` arrays have hundreds of items.
const MAX_ITEMS: usize = 100_000;

/// One operand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Operand>),
    /// A dictionary, a boolean, null: nothing that matters here.
    Other,
}

impl Operand {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Name(_) | Self::Text(_) | Self::Array(_) | Self::Other => None,
        }
    }
}

/// What comes next in a stream.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Operand(Operand),
    Operator(Vec<u8>),
}

/// Reads tokens one after the other.
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How far reading got.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        self.skip_space();
        let byte = *self.bytes.get(self.at)?;
        if byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'"' | b'*') {
            let word = self.regular();
            return Some(match word {
                b"true" | b"false" | b"null" => Token::Operand(Operand::Other),
                b"ID" => {
                    self.skip_inline_image();
                    Token::Operator(b"EI".to_vec())
                }
                _ => Token::Operator(word.to_vec()),
            });
        }
        Some(Token::Operand(self.operand(0)))
    }

    fn operand(&mut self, depth: usize) -> Operand {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match rest {
            [b'<', b'<', ..] => {
                self.at += 2;
                self.items(b">>", depth);
                Operand::Other
            }
            [b'[', ..] => {
                self.at += 1;
                Operand::Array(self.items(b"]", depth))
            }
            [b'(', ..] => Operand::Text(self.literal()),
            [b'<', ..] => Operand::Text(self.hexadecimal()),
            [b'/', ..] => {
                self.at += 1;
                Operand::Name(decode_name(self.regular()))
            }
            [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => number(self.regular()).map_or(Operand::Other, Operand::Number),
            [byte, ..] if is_regular(*byte) => {
                self.regular();
                Operand::Other
            }
            _ => {
                self.at += 1; // a delimiter out of place
                Operand::Other
            }
        }
    }

    fn items(&mut self, close: &[u8], depth: usize) -> Vec<Operand> {
        let mut items = Vec::new();
        loop {
            self.skip_space();
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.is_empty() || rest.starts_with(close) {
                self.at += close.len().min(rest.len());
                return items;
            }
            if depth >= MAX_DEPTH {
                self.at += 1;
                continue;
            }
            let item = self.operand(depth + 1);
            if items.len() < MAX_ITEMS {
                items.push(item);
            }
        }
    }

    /// A string in parentheses (7.3.4.2).
    fn literal(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut open = 1_usize;
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return out;
                    }
                }
                b'\\' => {
                    out.extend(self.escape());
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
        out
    }

    fn escape(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\r' => {
                self.at += usize::from(self.bytes.get(self.at) == Some(&b'\n'));
                None
            }
            b'\n' => None,
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.bytes.get(self.at) else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                Some((value & 0xff) as u8)
            }
            other => Some(other),
        }
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        let start = self.at + 1;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'>').unwrap_or(rest.len());
        self.at = (start + length + 1).min(self.bytes.len());
        let digits: Vec<u8> = rest[..length].iter().filter_map(|byte| hex_digit(*byte)).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
    }

    /// After `ID`: data up to an `EI` that stands alone and is followed by what looks like content.
    fn skip_inline_image(&mut self) {
        self.at += 1;
        while let Some(rest) = self.bytes.get(self.at..).filter(|rest| rest.len() >= 2) {
            let before = self.at == 0 || self.bytes.get(self.at - 1).is_some_and(|byte| is_space(*byte));
            let after = &rest[2..rest.len().min(12)];
            let looks_right = after.first().is_none_or(|byte| is_space(*byte))
                && after.iter().all(|byte| is_space(*byte) || (b' '..=b'~').contains(byte));
            if rest.starts_with(b"EI") && before && looks_right {
                self.at += 2;
                return;
            }
            self.at += 1;
        }
        self.at = self.bytes.len();
    }

    fn skip_space(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == b'%' {
                let rest = &self.bytes[self.at..];
                self.at += rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn regular(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_regular(*byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }
}

/// A number as readers take it: `--5`, `1.2.3` and `5-3` occur in the wild.
fn number(word: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(word).ok()?;
    if let Ok(number) = text.parse::<f64>() {
        return word.iter().all(|byte| !byte.is_ascii_alphabetic()).then_some(number).filter(|n| n.is_finite());
    }
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches(['-', '+']);
    let mut points = 0;
    let end = digits.find(|c: char| {
        points += usize::from(c == '.');
        points > 1 || !(c.is_ascii_digit() || c == '.')
    });
    let value: f64 = digits[..end.unwrap_or(digits.len())].parse().ok()?;
    Some(if negative { -value } else { value })
}

fn decode_name(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        let pair = body.get(at + 1).zip(body.get(at + 2)).filter(|_| byte == b'#');
        match pair.and_then(|(high, low)| Some(hex_digit(*high)? << 4 | hex_digit(*low)?)) {
            Some(escaped) => {
                out.push(escaped);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(bytes: &[u8]) -> Vec<Token> {
        let mut tokens = Tokens::new(bytes);
        std::iter::from_fn(|| tokens.next()).collect()
    }

    fn operand(text: &str) -> Operand {
        match all(text.as_bytes()).as_slice() {
            [Token::Operand(operand)] => operand.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn operands_are_read_as_readers_read_them() {
        assert_eq!(operand("(a\\(b\\051(c)\\\n\\12)"), Operand::Text(b"a(b)(c)\n".to_vec()));
        assert_eq!(operand("<4 1 4>"), Operand::Text(b"A@".to_vec()));
        assert_eq!(operand("/F#31"), Operand::Name(b"F1".to_vec()));
        assert_eq!(operand("-.5"), Operand::Number(-0.5));
        assert_eq!(operand("--5"), Operand::Number(-5.0));
        assert_eq!(operand("1.2.3"), Operand::Number(1.2));
        assert_eq!(
            operand("[1(x)[/N]]").clone(),
            Operand::Array(vec![
                Operand::Number(1.0),
                Operand::Text(b"x".to_vec()),
                Operand::Array(vec![Operand::Name(b"N".to_vec())]),
            ])
        );
        assert_eq!(operand("<</A 1/B<</C(>>)>>>>"), Operand::Other);
    }

    #[test]
    fn operators_come_between_and_inline_images_are_skipped() {
        let tokens = all(b"q % (comment\nBI /W 1 ID \x00EI(\xffEI xx\x80 EI Q\n(a)' T*");
        let operators: Vec<_> = tokens
            .iter()
            .filter_map(|token| match token {
                Token::Operator(name) => Some(String::from_utf8_lossy(name).into_owned()),
                Token::Operand(_) => None,
            })
            .collect();
        assert_eq!(operators, ["q", "BI", "EI", "Q", "'", "T*"]);
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(all(&bytes).len() <= bytes.len() + 1);
        }

        #[test]
        fn deep_nesting_ends(open in "[\\[<(]{0,200}") {
            prop_assert!(all(open.as_bytes()).len() <= open.len() + 1);
        }
    }
}
