//! The built-in faces, and how text becomes glyphs.

use std::sync::OnceLock;

use rustybuzz::ttf_parser::{self, GlyphId, OutlineBuilder};
use rustybuzz::{Direction, UnicodeBuffer};

use crate::error::StampError;
use crate::visible::visible_line;

/// A face of the stamp. The office's reports are set in the same ones.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, PartialOrd, Ord)]
pub(crate) enum Face {
    /// Libertinus Serif Regular.
    Regular,
    /// Libertinus Serif Bold.
    Bold,
    /// DejaVu Sans Mono, for the characters that the others lack.
    Helper,
}

impl Face {
    pub(crate) const ALL: [Self; 3] = [Self::Regular, Self::Bold, Self::Helper];

    /// The font program. By place and not by name, so that the linker can leave out the faces that nobody uses; a test
    /// compares the names.
    pub(crate) fn data(self) -> &'static [u8] {
        let place = match self {
            Self::Regular => 0,
            Self::Bold => 1,
            Self::Helper => 16,
        };
        typst_assets::fonts().nth(place).unwrap_or_default()
    }

    /// The place in [`Face::ALL`].
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Regular => 0,
            Self::Bold => 1,
            Self::Helper => 2,
        }
    }
}

/// What is drawn for one or more characters that cannot be parted. Lengths are in em.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cluster {
    pub(crate) face: Face,
    pub(crate) text: String,
    pub(crate) glyphs: Vec<Glyph>,
    /// How far the pen moves.
    pub(crate) advance: f64,
    /// Where ink is, from the pen's place: left, bottom, right, top. `None` for a space.
    pub(crate) ink: Option<[f64; 4]>,
}

/// One glyph. Lengths are in em.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) id: u16,
    /// How far the pen moves after it, kerning included.
    pub(crate) advance: f64,
    /// Where it is drawn, from the pen's place.
    pub(crate) x_offset: f64,
    pub(crate) y_offset: f64,
}

impl Cluster {
    /// Whether a line may break here, and the cluster is dropped then.
    pub(crate) fn is_space(&self) -> bool {
        self.text == " "
    }
}

/// The faces, ready to be measured.
pub(crate) struct Faces {
    loaded: Vec<rustybuzz::Face<'static>>,
}

impl Faces {
    /// The built-in faces; they are read once.
    ///
    /// # Errors
    /// [`StampError::Font`], which means a defect here.
    pub(crate) fn get() -> Result<&'static Self, StampError> {
        static FACES: OnceLock<Option<Faces>> = OnceLock::new();
        let load = || {
            let loaded =
                Face::ALL.iter().map(|face| rustybuzz::Face::from_slice(face.data(), 0)).collect::<Option<_>>();
            Some(Self { loaded: loaded? })
        };
        FACES.get_or_init(load).as_ref().ok_or_else(|| StampError::Font("not readable".to_owned()))
    }

    /// The tables of a face.
    pub(crate) fn tables(&self, face: Face) -> &ttf_parser::Face<'static> {
        &self.loaded[face.index()]
    }

    /// Font units per em.
    pub(crate) fn em(&self, face: Face) -> f64 {
        f64::from(self.loaded[face.index()].units_per_em())
    }

    /// How far the font program itself moves the pen after a glyph, in em.
    pub(crate) fn nominal_advance(&self, face: Face, glyph: u16) -> f64 {
        f64::from(self.tables(face).glyph_hor_advance(GlyphId(glyph)).unwrap_or(0)) / self.em(face)
    }

    /// `text` as one line of glyphs.
    pub(crate) fn shape(&self, text: &str, bold: bool) -> Vec<Cluster> {
        let wanted = if bold { Face::Bold } else { Face::Regular };
        let has = |face: Face, c: char| self.loaded[face.index()].glyph_index(c).is_some_and(|glyph| glyph.0 != 0);
        let text = visible_line(text, |c| has(wanted, c) || has(Face::Helper, c));
        let mut stretches: Vec<(Face, String)> = Vec::new();
        for character in text.chars() {
            let face = if has(wanted, character) { wanted } else { Face::Helper };
            match stretches.last_mut() {
                Some((last, stretch)) if *last == face => stretch.push(character),
                _ => stretches.push((face, character.to_string())),
            }
        }
        stretches.iter().flat_map(|(face, stretch)| self.stretch(*face, stretch)).collect()
    }

    fn stretch(&self, face: Face, text: &str) -> Vec<Cluster> {
        let clusters = self.clusters(face, text);
        if clusters.iter().all(|cluster| cluster.glyphs.iter().all(|glyph| glyph.id != 0)) {
            return clusters;
        }
        // The face has every character but not what shaping made of them. ASCII is in every face.
        self.clusters(face, &visible_line(text, |character| character.is_ascii()))
    }

    fn clusters(&self, face: Face, text: &str) -> Vec<Cluster> {
        let em = self.em(face);
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let shaped = rustybuzz::shape(&self.loaded[face.index()], &[], buffer);
        let mut clusters: Vec<(usize, Cluster)> = Vec::new();
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let start = info.cluster as usize;
            let glyph = Glyph {
                id: u16::try_from(info.glyph_id).unwrap_or(0),
                advance: f64::from(position.x_advance) / em,
                x_offset: f64::from(position.x_offset) / em,
                y_offset: f64::from(position.y_offset) / em,
            };
            if clusters.last().is_none_or(|(last, _)| *last != start) {
                let empty = Cluster { face, text: String::new(), glyphs: Vec::new(), advance: 0.0, ink: None };
                clusters.push((start, empty));
            }
            if let Some((_, cluster)) = clusters.last_mut() {
                let ink = self.ink(face, &glyph).map(|ink| shifted(ink, cluster.advance, 0.0));
                cluster.ink = union(cluster.ink, ink);
                cluster.advance += glyph.advance;
                cluster.glyphs.push(glyph);
            }
        }
        let starts: Vec<usize> = clusters.iter().map(|(start, _)| *start).chain([text.len()]).collect();
        for ((_, cluster), ends) in clusters.iter_mut().zip(starts.windows(2)) {
            cluster.text = text.get(ends[0]..ends[1]).unwrap_or_default().to_owned();
        }
        clusters.into_iter().map(|(_, cluster)| cluster).collect()
    }

    fn ink(&self, face: Face, glyph: &Glyph) -> Option<[f64; 4]> {
        let bounds = self.tables(face).outline_glyph(GlyphId(glyph.id), &mut Nowhere)?;
        let sides =
            [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|side| f64::from(side) / self.em(face));
        Some(shifted(sides, glyph.x_offset, glyph.y_offset))
    }
}

fn shifted([left, bottom, right, top]: [f64; 4], x: f64, y: f64) -> [f64; 4] {
    [left + x, bottom + y, right + x, top + y]
}

fn union(a: Option<[f64; 4]>, b: Option<[f64; 4]>) -> Option<[f64; 4]> {
    match (a, b) {
        (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]),
        (a, b) => a.or(b),
    }
}

/// An outline of which only the bounds are wanted.
struct Nowhere;

impl OutlineBuilder for Nowhere {
    fn move_to(&mut self, _: f32, _: f32) {}
    fn line_to(&mut self, _: f32, _: f32) {}
    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {}
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {}
    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<Cluster> {
        Faces::get().unwrap().shape(text, false)
    }

    #[test]
    fn the_faces_are_the_ones_that_we_mean_and_may_be_embedded() {
        let faces = Faces::get().unwrap();
        let names = Face::ALL.map(|face| {
            let tables = faces.tables(face);
            assert_ne!(tables.permissions(), Some(ttf_parser::Permissions::Restricted));
            tables.names().into_iter().filter(|name| name.name_id == 6).find_map(|name| name.to_string()).unwrap()
        });
        assert_eq!(names, ["LibertinusSerif-Regular", "LibertinusSerif-Bold", "DejaVuSansMono"]);
    }

    #[test]
    fn accents_typed_in_two_strokes_become_one_letter() {
        let (composed, parted) = (shape("Conceição"), shape("Conceic\u{327}a\u{303}o"));
        let glyphs = |clusters: &[Cluster]| clusters.iter().flat_map(|c| c.glyphs.clone()).collect::<Vec<_>>();
        assert_eq!(glyphs(&composed), glyphs(&parted));
        assert_eq!(composed.len(), 9);
    }

    #[test]
    fn clusters_hold_the_whole_text_and_the_pen_moves() {
        for text in ["ofício fiel, nº 1ª § — “ação”", "x\u{301}\u{302} ✓ a", "[U+516C] A"] {
            let clusters = shape(text);
            assert_eq!(clusters.iter().map(|c| c.text.as_str()).collect::<String>(), text);
            assert!(clusters.iter().map(|c| c.advance).sum::<f64>() > 1.0);
            assert!(clusters.iter().all(|c| c.glyphs.iter().all(|g| g.id != 0)));
        }
        assert!(shape("a ✓").iter().any(|c| c.face == Face::Helper));
        assert_eq!(shape("公").iter().map(|c| c.text.as_str()).collect::<String>(), "[U+516C]");
        assert!(shape(" ").is_empty());
    }
}
