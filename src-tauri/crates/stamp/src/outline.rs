//! Glyphs as SVG paths.

use std::fmt::Write as _;

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder};

use crate::face::{Face, Faces};

/// The path data of a glyph in font units, upwards; empty for a space.
pub(crate) fn path(faces: &Faces, face: Face, glyph: u16) -> String {
    let mut data = Path(String::new());
    faces.tables(face).outline_glyph(GlyphId(glyph), &mut data);
    data.0
}

struct Path(String);

impl Path {
    fn step(&mut self, command: char, numbers: &[f32]) {
        self.0.push(command);
        for (index, number) in numbers.iter().enumerate() {
            let space = if index > 0 && *number >= 0.0 { " " } else { "" };
            // Writing to a String cannot fail. The built-in fonts have whole numbers.
            let _ = write!(self.0, "{space}{}", number.round());
        }
    }
}

impl OutlineBuilder for Path {
    fn move_to(&mut self, x: f32, y: f32) {
        self.step('M', &[x, y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.step('L', &[x, y]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.step('Q', &[x1, y1, x, y]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.step('C', &[x1, y1, x2, y2, x, y]);
    }

    fn close(&mut self) {
        self.0.push('Z');
    }
}
