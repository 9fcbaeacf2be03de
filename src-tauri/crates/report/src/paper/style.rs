//! The look: sizes in points, colours, faces.

use super::fonts::Face;

/// A4, in points.
pub(super) const PAGE_WIDTH: f32 = 595.28;
/// A4, in points.
pub(super) const PAGE_HEIGHT: f32 = 841.89;
/// 20 mm.
pub(super) const LEFT: f32 = 56.69;
/// The other margin.
pub(super) const RIGHT: f32 = PAGE_WIDTH - LEFT;
/// Between the margins.
pub(super) const WIDTH: f32 = RIGHT - LEFT;
/// Where the text of the first page begins.
pub(super) const FIRST_TOP: f32 = 60.0;
/// Where the text of every other page begins, under the running head.
pub(super) const TOP: f32 = 78.0;
/// Where the text ends.
pub(super) const BOTTOM: f32 = PAGE_HEIGHT - 80.0;

/// A colour of the page, as red, green and blue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ink(pub u8, pub u8, pub u8);

/// Text.
pub(super) const INK: Ink = Ink(0x1c, 0x22, 0x30);
/// Text of the second rank.
pub(super) const INK_SOFT: Ink = Ink(0x47, 0x4c, 0x5a);
/// Text of the third rank: still 5.9 : 1 on white.
pub(super) const INK_FAINT: Ink = Ink(0x61, 0x64, 0x6e);
/// Ink-blue.
pub(super) const BLUE: Ink = Ink(0x1f, 0x3f, 0x79);
/// Seal gold; only for the small rule at the head.
pub(super) const GOLD: Ink = Ink(0xb5, 0x85, 0x2c);
/// Hairlines.
pub(super) const LINE: Ink = Ink(0xd3, 0xcc, 0xbe);
/// Hairlines inside tables.
pub(super) const LINE_SOFT: Ink = Ink(0xe6, 0xe0, 0xd5);
/// Warnings.
pub(super) const AMBER: Ink = Ink(0x85, 0x52, 0x00);
/// Problems.
pub(super) const RED: Ink = Ink(0xa1, 0x27, 0x22);
/// The words across a page without legal value; pale enough to read over.
pub(super) const WATERMARK: Ink = Ink(0xf1, 0xee, 0xe7);

/// A way to set text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// The face.
    pub face: Face,
    /// Its size.
    pub size: f32,
    /// From line to line.
    pub leading: f32,
    /// Its colour.
    pub ink: Ink,
}

impl Style {
    const fn new(face: Face, size: f32, leading: f32, ink: Ink) -> Self {
        Self { face, size, leading, ink }
    }

    /// How far below the top of its line the text stands.
    pub fn baseline(&self) -> f32 {
        baseline(self.leading, self.size)
    }

    /// The same in another colour.
    pub fn inked(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }
}

/// How far below the top of a line of this height text of this size stands.
pub(super) fn baseline(leading: f32, size: f32) -> f32 {
    leading / 2.0 + size * 0.31
}

pub(super) const ISSUER: Style = Style::new(Face::Semibold, 10.5, 15.0, INK_SOFT);
pub(super) const TITLE: Style = Style::new(Face::Semibold, 24.0, 29.0, INK);
pub(super) const SUBTITLE: Style = Style::new(Face::Italic, 12.5, 17.5, INK_SOFT);
pub(super) const META: Style = Style::new(Face::Regular, 9.0, 13.0, INK_FAINT);
pub(super) const META_MONO: Style = Style::new(Face::Mono, 7.4, 13.0, INK_FAINT);
pub(super) const HEADING_1: Style = Style::new(Face::Semibold, 15.0, 20.0, BLUE);
pub(super) const HEADING_2: Style = Style::new(Face::Semibold, 12.0, 16.5, INK);
pub(super) const HEADING_3: Style = Style::new(Face::Italic, 11.0, 15.0, INK);
pub(super) const BODY: Style = Style::new(Face::Regular, 10.5, 15.0, INK);
pub(super) const LABEL: Style = Style::new(Face::Regular, 9.6, 15.0, INK_FAINT);
pub(super) const FACT: Style = Style::new(Face::Regular, 10.3, 15.0, INK);
pub(super) const FACT_MONO: Style = Style::new(Face::Mono, 7.9, 13.0, INK);
pub(super) const TABLE_HEAD: Style = Style::new(Face::Semibold, 8.8, 12.0, INK_SOFT);
pub(super) const CELL: Style = Style::new(Face::Regular, 9.4, 12.6, INK);
pub(super) const CELL_MONO: Style = Style::new(Face::Mono, 7.2, 11.6, INK);
pub(super) const ENTRY_TITLE: Style = Style::new(Face::Semibold, 10.5, 14.5, INK);
pub(super) const ENTRY_TEXT: Style = Style::new(Face::Regular, 9.6, 13.2, INK_SOFT);
pub(super) const ENTRY_MONO: Style = Style::new(Face::Mono, 7.4, 12.0, INK_SOFT);
pub(super) const ENTRY_STATE: Style = Style::new(Face::Italic, 9.6, 14.5, INK_SOFT);
pub(super) const ENTRY_WHEN: Style = Style::new(Face::Regular, 9.0, 14.5, INK_FAINT);
pub(super) const NOTE_WORD: Style = Style::new(Face::Semibold, 9.6, 14.0, INK);
pub(super) const NOTE_TEXT: Style = Style::new(Face::Regular, 10.2, 14.4, INK);
pub(super) const RUNNING: Style = Style::new(Face::Regular, 8.6, 12.0, INK_FAINT);
pub(super) const RUNNING_ITALIC: Style = Style::new(Face::Italic, 8.6, 12.0, INK_FAINT);
pub(super) const RUNNING_MONO: Style = Style::new(Face::Mono, 6.4, 12.0, INK_FAINT);
pub(super) const BANNER: Style = Style::new(Face::Semibold, 9.2, 13.0, AMBER);
pub(super) const ACROSS: Style = Style::new(Face::Bold, 46.0, 56.0, WATERMARK);
