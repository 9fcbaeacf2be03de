//! Lines: words broken to a width. Whatever is too long for a line breaks anywhere; nothing ever sticks out.

use std::rc::Rc;

use krilla::text::KrillaGlyph;

use super::fonts::{Fonts, Piece};
use super::style::Style;
use crate::model::hash_digits;

/// A line, set.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// How it is set.
    pub style: Style,
    /// Its glyphs; a stretch per face.
    pub pieces: Vec<Piece>,
    /// Without the space at its end, in points.
    pub width: f32,
}

/// The lines of a text, broken at spaces and, where that does not help, anywhere.
pub(super) fn lines(fonts: &Fonts, style: Style, text: &str, width: f32) -> Vec<Line> {
    broken(fonts, style, text, width, |word| word == ' ')
}

/// The lines of an identifier: broken after spaces and separators, else anywhere.
pub(super) fn mono_lines(fonts: &Fonts, style: Style, text: &str, width: f32) -> Vec<Line> {
    broken(fonts, style, text, width, |word| {
        matches!(word, ' ' | ':' | '/' | ',' | ';' | '=' | '&' | '?' | '-' | '_' | '.' | '@')
    })
}

/// The lines of a fingerprint, in groups of four that differ in tone and stand a hair apart. The gap is no character, and so narrow that
/// whoever copies the text gets none: Poppler puts a space where it sees more than 0.1 em, MuPDF 0.2 em. (`ActualText` would allow wide gaps,
/// but Poppler then loses the place of the text.)
pub(super) fn hash_lines(fonts: &Fonts, style: Style, text: &str, width: f32) -> Vec<Line> {
    let Some(digits) = hash_digits(text) else {
        return mono_lines(fonts, style, text, width);
    };
    let mut setter = Setter::new(fonts, style, width);
    // Hexadecimal digits are ASCII: every byte is a character.
    for (index, group) in digits.as_bytes().chunks(4).enumerate() {
        setter.faint = index % 2 == 1;
        setter.word(&String::from_utf8_lossy(group), GROUP_GAP);
    }
    setter.finish()
}

/// One line that is cut short with an ellipsis if it is too long.
pub(super) fn clipped(fonts: &Fonts, style: Style, text: &str, width: f32) -> Line {
    let set = |text: &str| {
        let mut setter = Setter::new(fonts, style, f32::INFINITY);
        setter.text(text, |_| false);
        // A setter gives at least one line, and without a width only one.
        setter.finish().swap_remove(0)
    };
    // Hardly a letter is narrower than a tenth of its size; longer input cannot fit and need not be measured.
    let most = (width / style.size * 10.0) as usize;
    let start: String = text.chars().take(most).collect();
    let text = fonts.visible(style.face, &start).replace('\n', " ");
    let whole = set(&text);
    if whole.width <= width {
        return whole;
    }
    let characters: Vec<char> = text.chars().collect();
    let (mut fits, mut too_long) = (0, characters.len());
    while too_long - fits > 1 {
        let middle = fits.midpoint(too_long);
        let short: String = characters[..middle].iter().collect();
        if set(&format!("{}…", short.trim_end())).width <= width { fits = middle } else { too_long = middle }
    }
    let short: String = characters[..fits].iter().collect();
    set(&format!("{}…", short.trim_end()))
}

/// Between the groups of a fingerprint, in em.
const GROUP_GAP: f32 = 0.09;

fn broken(fonts: &Fonts, style: Style, text: &str, width: f32, ends: impl Fn(char) -> bool) -> Vec<Line> {
    let mut setter = Setter::new(fonts, style, width);
    for (index, paragraph) in fonts.visible(style.face, text).split('\n').enumerate() {
        if index > 0 {
            setter.end_line();
        }
        setter.text(paragraph, &ends);
    }
    setter.finish()
}

/// Fills lines with words, greedily.
struct Setter<'a> {
    fonts: &'a Fonts,
    style: Style,
    /// In em, like everything here.
    width: f32,
    lines: Vec<Line>,
    pieces: Vec<Piece>,
    /// How far the line reaches, with the space or gap at its end.
    reach: f32,
    /// How far its last mark reaches.
    inked: f32,
    /// Whether the next words are set in the paler tone.
    faint: bool,
}

impl<'a> Setter<'a> {
    fn new(fonts: &'a Fonts, style: Style, width: f32) -> Self {
        let width = width / style.size + 0.001;
        Self { fonts, style, width, lines: Vec::new(), pieces: Vec::new(), reach: 0.0, inked: 0.0, faint: false }
    }

    fn text(&mut self, text: &str, ends: impl Fn(char) -> bool) {
        let mut from = 0;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let after = at + character.len_utf8();
            let next = characters.peek().map(|(_, next)| *next);
            // Spaces stay with the word before them, and so do separators in a row.
            if next.is_none_or(|next| ends(character) && !ends(next)) {
                self.word(&text[from..after], 0.0);
                from = after;
            }
        }
    }

    /// Adds a word, its spaces included, and a gap after it that is not drawn at the end of a line.
    fn word(&mut self, word: &str, gap: f32) {
        let pieces = self.fonts.shape(self.style.face, word);
        let full: f32 = pieces.iter().map(Piece::width).sum();
        let inked = full - trailing_space(&pieces);
        if self.reach > 0.0 && self.reach + inked > self.width {
            self.end_line();
        }
        if self.reach + inked <= self.width {
            self.inked = self.reach + inked;
            self.reach += full;
            let faint = self.faint;
            pieces.iter().for_each(|piece| push(&mut self.pieces, Piece { faint, ..piece.clone() }));
        } else {
            self.torn(&pieces);
        }
        if gap > 0.0 {
            if let Some(last) = self.pieces.last_mut().and_then(|piece| piece.glyphs.last_mut()) {
                last.x_advance += gap;
            }
            self.reach += gap;
        }
    }

    /// Adds a word that no line can hold, cluster by cluster.
    fn torn(&mut self, pieces: &Rc<[Piece]>) {
        for piece in pieces.iter() {
            for cluster in clusters(piece) {
                let width = cluster.width();
                let space = cluster.text.trim().is_empty();
                if self.reach > 0.0 && !space && self.reach + width > self.width {
                    self.end_line();
                }
                self.reach += width;
                if !space {
                    self.inked = self.reach;
                }
                push(&mut self.pieces, Piece { faint: self.faint, ..cluster });
            }
        }
    }

    fn end_line(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        self.lines.push(Line { style: self.style, pieces, width: self.inked * self.style.size });
        self.reach = 0.0;
        self.inked = 0.0;
    }

    fn finish(mut self) -> Vec<Line> {
        if !self.pieces.is_empty() || self.lines.is_empty() {
            self.end_line();
        }
        self.lines
    }
}

/// Adds a piece to a line; neighbours in the same face and tone become one.
fn push(line: &mut Vec<Piece>, piece: Piece) {
    match line.last_mut() {
        Some(last) if last.face == piece.face && last.faint == piece.faint => {
            let offset = last.text.len();
            last.text.push_str(&piece.text);
            last.glyphs.extend(piece.glyphs.into_iter().map(|glyph| moved(glyph, offset as isize)));
        }
        _ => line.push(piece),
    }
}

fn trailing_space(pieces: &[Piece]) -> f32 {
    let mut width = 0.0;
    for piece in pieces.iter().rev() {
        for glyph in piece.glyphs.iter().rev() {
            if piece.text[glyph.text_range.clone()].trim_matches(' ').is_empty() {
                width += glyph.x_advance;
            } else {
                return width;
            }
        }
    }
    width
}

/// The smallest parts into which a piece may be torn: a letter with its accents, or a ligature.
fn clusters(piece: &Piece) -> impl Iterator<Item = Piece> + '_ {
    piece.glyphs.chunk_by(|one, other| one.text_range == other.text_range).map(|glyphs| {
        // chunk_by yields no empty chunk.
        let range = glyphs[0].text_range.clone();
        let back = -(range.start as isize);
        Piece {
            face: piece.face,
            faint: piece.faint,
            text: piece.text[range].to_owned(),
            glyphs: glyphs.iter().cloned().map(|glyph| moved(glyph, back)).collect(),
        }
    })
}

fn moved(mut glyph: KrillaGlyph, by: isize) -> KrillaGlyph {
    let shifted = |place: usize| place.saturating_add_signed(by);
    glyph.text_range = shifted(glyph.text_range.start)..shifted(glyph.text_range.end);
    glyph
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::style::{BODY, FACT_MONO};
    use super::*;

    fn plain(line: &Line) -> String {
        line.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn words_break_at_spaces_and_endless_ones_anywhere() {
        let fonts = Fonts::new().unwrap();
        let set: Vec<_> = lines(&fonts, BODY, "um dois três", 40.0).iter().map(plain).collect();
        assert_eq!(set, ["um dois ", "três"]);
        let endless = "a".repeat(600);
        let set = lines(&fonts, BODY, &endless, 100.0);
        assert!(set.len() > 20 && set.iter().all(|line| line.width <= 100.1));
        assert_eq!(set.iter().map(plain).collect::<String>(), endless);
    }

    #[test]
    fn fingerprints_come_in_fours_and_are_copied_whole() {
        let fonts = Fonts::new().unwrap();
        let set = hash_lines(&fonts, FACT_MONO, "AB:CD:EF:01 23 45", 1000.0);
        assert_eq!(plain(&set[0]), "ABCDEF012345");
        let tones: Vec<_> = set[0].pieces.iter().map(|piece| (piece.text.as_str(), piece.faint)).collect();
        assert_eq!(tones, [("ABCD", false), ("EF01", true), ("2345", false)]);
        let plain_width = mono_lines(&fonts, FACT_MONO, "ABCDEF012345", 1000.0)[0].width;
        let gaps = set[0].width - plain_width;
        assert!(
            (gaps - 2.0 * GROUP_GAP * FACT_MONO.size).abs() < 0.01,
            "two gaps between three groups, none at the end: {gaps}"
        );
        assert_eq!(plain(&hash_lines(&fonts, FACT_MONO, "não é hash", 1000.0)[0]), "não é hash");
    }

    #[test]
    fn arns_break_after_separators() {
        let fonts = Fonts::new().unwrap();
        let arn = "arn:aws:kms:sa-east-1:111122223333:key/8f14e45f-ceea-467f-9a1b-2c3d4e5f6071";
        let set: Vec<_> = mono_lines(&fonts, FACT_MONO, arn, 200.0).iter().map(plain).collect();
        assert_eq!(set.concat(), arn);
        assert!(set[0].ends_with(['/', '-', ':']), "{set:?}");
    }

    #[test]
    fn a_clipped_line_fits_and_says_so() {
        let fonts = Fonts::new().unwrap();
        let line = clipped(&fonts, BODY, &"palavra ".repeat(5000), 120.0);
        assert!(line.width <= 120.0 && plain(&line).ends_with('…'), "{}", plain(&line));
        assert_eq!(plain(&clipped(&fonts, BODY, "curto", 120.0)), "curto");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_line_sticks_out_and_no_letter_is_lost(text in "(\\PC|[ a-zãç:/-]){0,200}", width in 30f32..300.0) {
            let fonts = Fonts::new().unwrap();
            for set in [lines(&fonts, BODY, &text, width), mono_lines(&fonts, FACT_MONO, &text, width)] {
                let style = set[0].style;
                prop_assert!(set.iter().all(|line| line.width <= width + 0.1));
                let all: String = set.iter().map(plain).collect();
                let expected = fonts.visible(style.face, &text);
                // Rare: a face has the characters and shaping still fails; then the line spells out more than that.
                prop_assert!(all == expected || all.contains("[U+"), "{} {}", all, expected);
            }
        }
    }
}
