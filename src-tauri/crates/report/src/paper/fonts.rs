//! The built-in faces: which characters they have, and how words become glyphs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer};

use crate::ReportError;
use crate::visible::visible;

/// A face of the page. The numbers are the places in `typst_assets::fonts()`; a test compares the names.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Face {
    /// Libertinus Serif Regular.
    Regular,
    /// Libertinus Serif Bold.
    Bold,
    /// Libertinus Serif Italic.
    Italic,
    /// Libertinus Serif Semibold.
    Semibold,
    /// DejaVu Sans Mono.
    Mono,
}

impl Face {
    const ALL: [Self; 5] = [Self::Regular, Self::Bold, Self::Italic, Self::Semibold, Self::Mono];

    /// By place and not by name, so that the linker can leave out the twelve faces that nobody uses (7.7 MB).
    fn data(self) -> &'static [u8] {
        let place = match self {
            Self::Regular => 0,
            Self::Bold => 1,
            Self::Italic => 2,
            Self::Semibold => 4,
            Self::Mono => 16,
        };
        typst_assets::fonts().nth(place).unwrap_or_default()
    }

    fn index(self) -> usize {
        match self {
            Self::Regular => 0,
            Self::Bold => 1,
            Self::Italic => 2,
            Self::Semibold => 3,
            Self::Mono => 4,
        }
    }

    /// Who helps out when this face lacks a character.
    fn helper(self) -> Self {
        match self {
            Self::Regular | Self::Bold | Self::Italic | Self::Semibold => Self::Mono,
            Self::Mono => Self::Regular,
        }
    }
}

/// A stretch of text in one face, with its glyphs; their advances are in em, their ranges in `text`.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The face.
    pub face: Face,
    /// Whether it is drawn in the paler of two tones.
    pub faint: bool,
    /// The characters.
    pub text: String,
    /// Their glyphs.
    pub glyphs: Vec<KrillaGlyph>,
}

impl Piece {
    /// How wide it is, in em.
    pub fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.x_advance).sum()
    }
}

/// The faces, ready to be measured and drawn.
pub(super) struct Fonts {
    faces: Vec<Loaded>,
    /// Words come again and again in tables; shaping them is the dearest part of a long report.
    seen: RefCell<HashMap<Word, Rc<[Piece]>>>,
}

type Word = (Face, String);

struct Loaded {
    shaper: rustybuzz::Face<'static>,
    font: Font,
}

/// More words than this are not remembered.
const REMEMBERED: usize = 20_000;

impl Fonts {
    /// Reads the built-in faces.
    pub fn new() -> Result<Self, ReportError> {
        let faces = Face::ALL
            .iter()
            .map(|face| {
                let shaper = rustybuzz::Face::from_slice(face.data(), 0)?;
                Some(Loaded { shaper, font: Font::new(face.data().into(), 0)? })
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| ReportError::Pdf("a built-in font cannot be read".to_owned()))?;
        Ok(Self { faces, seen: RefCell::new(HashMap::new()) })
    }

    /// The face as the PDF library wants it.
    pub fn font(&self, face: Face) -> Font {
        self.faces[face.index()].font.clone()
    }

    /// The text as this face (with its helper) can print it.
    pub fn visible(&self, face: Face, text: &str) -> String {
        visible(text, |character| {
            !runs_right_to_left(character) && (self.has(face, character) || self.has(face.helper(), character))
        })
    }

    /// The glyphs of visible text without line ends.
    pub fn shape(&self, face: Face, text: &str) -> Rc<[Piece]> {
        let key = (face, text.to_owned());
        if let Some(known) = self.seen.borrow().get(&key) {
            return Rc::clone(known);
        }
        let pieces: Rc<[Piece]> = self.stretches(face, text).into();
        let mut seen = self.seen.borrow_mut();
        if seen.len() < REMEMBERED {
            seen.insert(key, Rc::clone(&pieces));
        }
        pieces
    }

    fn has(&self, face: Face, character: char) -> bool {
        self.faces[face.index()].shaper.glyph_index(character).is_some_and(|glyph| glyph.0 != 0)
    }

    fn stretches(&self, face: Face, text: &str) -> Vec<Piece> {
        let mut pieces: Vec<(Face, String)> = Vec::new();
        for character in text.chars() {
            let chosen = if self.has(face, character) { face } else { face.helper() };
            match pieces.last_mut() {
                Some((last, text)) if *last == chosen => text.push(character),
                _ => pieces.push((chosen, character.to_string())),
            }
        }
        pieces.into_iter().map(|(face, text)| self.piece(face, text)).collect()
    }

    fn piece(&self, face: Face, text: String) -> Piece {
        let glyphs = self.glyphs(face, &text);
        if glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0) {
            return Piece { face, faint: false, text, glyphs };
        }
        // The face has every character but not what shaping made of them: spell it out. ASCII is in every face.
        let text = visible(&text, |character| character.is_ascii());
        let glyphs = self.glyphs(face, &text);
        Piece { face, faint: false, text, glyphs }
    }

    fn glyphs(&self, face: Face, text: &str) -> Vec<KrillaGlyph> {
        let shaper = &self.faces[face.index()].shaper;
        let em = shaper.units_per_em() as f32;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let shaped = rustybuzz::shape(shaper, &[], buffer);
        let infos = shaped.glyph_infos();
        let mut glyphs = Vec::with_capacity(infos.len());
        for (index, (info, position)) in infos.iter().zip(shaped.glyph_positions()).enumerate() {
            // The cluster ends where the next one begins.
            let next = infos[index..].iter().find(|other| other.cluster != info.cluster);
            let end = next.map_or(text.len(), |other| other.cluster as usize);
            glyphs.push(KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                position.x_advance as f32 / em,
                position.x_offset as f32 / em,
                position.y_offset as f32 / em,
                position.y_advance as f32 / em,
                info.cluster as usize..end,
                None,
            ));
        }
        glyphs
    }
}

/// Blocks of scripts that run from right to left (Unicode 16, Bidi_Class R and AL by default).
fn runs_right_to_left(character: char) -> bool {
    matches!(u32::from(character), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x1_0800..=0x1_0fff | 0x1_e800..=0x1_efff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faces_are_the_ones_that_we_mean() {
        let names = Face::ALL.map(|face| {
            let face = rustybuzz::ttf_parser::Face::parse(face.data(), 0).unwrap();
            face.names().into_iter().filter(|name| name.name_id == 6).find_map(|name| name.to_string()).unwrap()
        });
        let expected = ["Regular", "Bold", "Italic", "Semibold"].map(|style| format!("LibertinusSerif-{style}"));
        assert_eq!(names[..4], expected);
        assert_eq!(names[4], "DejaVuSansMono");
    }

    #[test]
    fn what_no_face_has_is_spelled_out_and_the_rest_is_not() {
        let fonts = Fonts::new().unwrap();
        assert_eq!(fonts.visible(Face::Regular, "Conceição, nº 1ª § — “ação” ✓"), "Conceição, nº 1ª § — “ação” ✓");
        assert_eq!(fonts.visible(Face::Mono, "公"), "[U+516C]");
        assert_eq!(fonts.visible(Face::Regular, "שלום"), "[U+05E9 U+05DC U+05D5 U+05DD]");
    }

    #[test]
    fn a_ligature_keeps_its_letters() {
        let fonts = Fonts::new().unwrap();
        let pieces = fonts.shape(Face::Regular, "ofício fiel");
        let ranges: Vec<_> = pieces[0].glyphs.iter().map(|glyph| glyph.text_range.clone()).collect();
        let mut joined = String::new();
        let mut at = 0;
        for range in ranges {
            if range.start >= at {
                joined.push_str(&pieces[0].text[range.clone()]);
                at = range.end;
            }
        }
        assert_eq!(joined, "ofício fiel");
    }
}
