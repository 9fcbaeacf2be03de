//! What codes mean: ToUnicode CMaps (ISO 32000-2, 9.10.3).

use std::collections::BTreeMap;

use super::token::{Operand, Token, Tokens};

/// Entries of one CMap.
const MAX_ENTRIES: usize = 100_000;

/// Code units that one code may stand for.
const MAX_UNITS: usize = 32;

/// Codes and their text.
#[derive(Debug, Default)]
pub(super) struct Unicode {
    /// By first code: last code, and the code units of the first one.
    ranges: BTreeMap<u32, (u32, Vec<u16>)>,
}

impl Unicode {
    pub(super) fn parse(data: &[u8]) -> Self {
        let mut ranges = BTreeMap::new();
        let mut tokens = Tokens::new(data);
        let mut operands: Vec<Operand> = Vec::new();
        while let Some(token) = tokens.next() {
            match token {
                Token::Operand(operand) if operands.len() < 3 * MAX_ENTRIES => operands.push(operand),
                Token::Operand(_) => {}
                Token::Operator(name) => {
                    match name.as_slice() {
                        b"endbfchar" => operands.chunks_exact(2).for_each(|entry| {
                            if let [Operand::Text(code), Operand::Text(text)] = entry {
                                ranges.insert(value(code), (value(code), units(text)));
                            }
                        }),
                        b"endbfrange" => operands.chunks_exact(3).for_each(|entry| match entry {
                            [Operand::Text(first), Operand::Text(last), Operand::Text(text)] => {
                                ranges.insert(value(first), (value(last), units(text)));
                            }
                            [Operand::Text(first), _, Operand::Array(texts)] => {
                                for (code, text) in (value(first)..).zip(texts) {
                                    if let Operand::Text(text) = text {
                                        ranges.insert(code, (code, units(text)));
                                    }
                                }
                            }
                            _ => {}
                        }),
                        _ => {}
                    }
                    operands.clear();
                    if ranges.len() > MAX_ENTRIES {
                        break;
                    }
                }
            }
        }
        Self { ranges }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The text of `code`.
    pub(super) fn get(&self, code: u32) -> Option<String> {
        let (first, (last, units)) = self.ranges.range(..=code).next_back()?;
        if *last < code {
            return None;
        }
        let mut units = units.clone();
        let end = units.last_mut()?;
        *end = end.wrapping_add((code - first) as u16); // only the last one counts on (9.10.3)
        Some(String::from_utf16_lossy(&units))
    }
}

fn value(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |value, byte| value << 8 | u32::from(*byte))
}

fn units(text: &[u8]) -> Vec<u16> {
    match text {
        [byte] => vec![u16::from(*byte)],
        _ => text.as_chunks::<2>().0.iter().take(MAX_UNITS).map(|pair| u16::from_be_bytes(*pair)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_ranges_and_lists_are_found() {
        let cmap = Unicode::parse(
            b"1 begincodespacerange<0000><FFFF>endcodespacerange\n2 beginbfchar <0001> <0041> <0002> <00660069> endbfchar\n\
              2 beginbfrange <0010> <0012> <00E0> <0020> <0021> [<0058> <D83DDE00>] endbfrange",
        );
        let text = |code| cmap.get(code).unwrap_or_default();
        assert_eq!([text(1), text(2), text(0x11), text(0x20), text(0x21)], ["A", "fi", "á", "X", "😀"]);
        assert_eq!([cmap.get(0), cmap.get(3), cmap.get(0x13)], [None, None, None]);
        assert!(!cmap.is_empty() && Unicode::parse(b"[(<").is_empty());
    }
}
