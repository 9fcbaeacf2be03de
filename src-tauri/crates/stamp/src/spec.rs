//! What a stamp is to show.

use cartorio_pdf::Page;

use crate::error::StampError;
use crate::image::Image;

/// The smallest side of a stamp, in points. Below it nothing can be read or clicked.
pub(crate) const MIN_SIDE: f64 = 4.0;

/// The largest side of a stamp, in points: the largest page of PDF 1.7 (annex C).
pub(crate) const MAX_SIDE: f64 = 14_400.0;

/// Lines of one stamp.
const MAX_LINES: usize = 40;

/// Characters of one stamp, all lines and the demo mark together.
const MAX_CHARACTERS: usize = 4_000;

/// The size of a line in points.
const SIZES: std::ops::RangeInclusive<f64> = 1.0..=144.0;

/// What a stamp shows and how large it is.
#[derive(Clone, Debug)]
pub struct StampSpec {
    /// Width in points, as it is seen (on a page rotated by 90° this is the height of the rectangle in user space).
    pub width: f64,
    /// Height in points, as it is seen.
    pub height: f64,
    /// The text, from top to bottom.
    pub lines: Vec<Line>,
    /// A picture beside or above the text: a coat of arms, a written signature.
    pub image: Option<Image>,
    /// What a QR code beside or below the text says, usually the address of a validation service.
    pub qr: Option<String>,
    /// Whether a hairline goes around the stamp.
    pub border: bool,
    /// A band at the bottom that cannot be overlooked: «DEMONSTRAÇÃO, sem valor jurídico».
    pub demo: Option<String>,
    /// The rotation of the page that the stamp goes on.
    pub rotation: Rotation,
    /// Whether the file is PDF/A: no transparency then, and colours that no device interprets.
    pub pdf_a: bool,
}

/// One line of a stamp, which may break into several.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The text. Characters that would not be seen are printed as code points.
    pub text: String,
    /// The size in points that is wished for. All lines shrink by the same factor when the stamp is too small, and grow
    /// by at most two when it is large.
    pub size: f64,
    /// Whether it is set in bold.
    pub bold: bool,
}

/// How a page is turned when it is shown, clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// As it is.
    #[default]
    Upright,
    /// By 90°.
    Quarter,
    /// By 180°.
    Half,
    /// By 270°.
    ThreeQuarters,
}

impl Rotation {
    /// The rotation of `page`. Readers ignore a `/Rotate` that is no multiple of 90 (ISO 32000-2, table 31).
    pub fn of(page: &Page) -> Self {
        Self::from_degrees(page.rotate).unwrap_or_default()
    }

    /// The rotation by so many degrees clockwise; `None` for what is no multiple of 90.
    pub fn from_degrees(degrees: i64) -> Option<Self> {
        match degrees.rem_euclid(360) {
            0 => Some(Self::Upright),
            90 => Some(Self::Quarter),
            180 => Some(Self::Half),
            270 => Some(Self::ThreeQuarters),
            _ => None,
        }
    }

    /// In degrees clockwise.
    pub fn degrees(self) -> u16 {
        match self {
            Self::Upright => 0,
            Self::Quarter => 90,
            Self::Half => 180,
            Self::ThreeQuarters => 270,
        }
    }

    /// Whether width and height change places.
    pub(crate) fn turns_sideways(self) -> bool {
        match self {
            Self::Upright | Self::Half => false,
            Self::Quarter | Self::ThreeQuarters => true,
        }
    }
}

impl StampSpec {
    /// An empty stamp of this size, to be filled in.
    pub fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            lines: Vec::new(),
            image: None,
            qr: None,
            border: true,
            demo: None,
            rotation: Rotation::Upright,
            pdf_a: false,
        }
    }

    /// # Errors
    /// [`StampError::Size`], [`StampError::TextSize`], [`StampError::TooMuchText`], [`StampError::Empty`].
    pub(crate) fn check(&self) -> Result<(), StampError> {
        let sides = MIN_SIDE..=MAX_SIDE;
        if !sides.contains(&self.width) || !sides.contains(&self.height) {
            return Err(StampError::Size { width: self.width, height: self.height });
        }
        if let Some(line) = self.lines.iter().find(|line| !SIZES.contains(&line.size)) {
            return Err(StampError::TextSize { size: line.size });
        }
        let texts = self.lines.iter().map(|line| &line.text).chain(&self.demo);
        let characters: usize = texts.map(|text| text.chars().count()).sum();
        if self.lines.len() > MAX_LINES || characters > MAX_CHARACTERS {
            return Err(StampError::TooMuchText {
                lines: self.lines.len(),
                max_lines: MAX_LINES,
                characters,
                max_characters: MAX_CHARACTERS,
            });
        }
        let says = |text: &str| !text.trim().is_empty();
        let has_text = self.lines.iter().any(|line| says(&line.text)) || self.demo.as_deref().is_some_and(says);
        if !has_text && self.image.is_none() && self.qr.is_none() {
            return Err(StampError::Empty);
        }
        Ok(())
    }
}

impl Line {
    /// A line in the regular face.
    pub fn regular(text: impl Into<String>, size: f64) -> Self {
        Self { text: text.into(), size, bold: false }
    }

    /// A line in bold.
    pub fn bold(text: impl Into<String>, size: f64) -> Self {
        Self { text: text.into(), size, bold: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_that_makes_no_sense_is_refused_with_the_reason() {
        let good = StampSpec { lines: vec![Line::regular("a", 8.0)], ..StampSpec::new(100.0, 40.0) };
        assert_eq!(good.check(), Ok(()));
        for (width, height) in
            [(3.9, 40.0), (100.0, f64::NAN), (f64::INFINITY, 40.0), (-100.0, 40.0), (100.0, 14_401.0)]
        {
            let error = StampSpec { width, height, ..good.clone() }.check().unwrap_err();
            assert!(matches!(error, StampError::Size { .. }), "{error}");
        }
        for size in [0.0, -3.0, f64::NAN, 145.0] {
            let error = StampSpec { lines: vec![Line::regular("a", size)], ..good.clone() }.check().unwrap_err();
            assert!(matches!(error, StampError::TextSize { .. }), "{error}");
        }
        let many = StampSpec { lines: vec![Line::regular("a", 8.0); 41], ..good.clone() };
        assert!(matches!(many.check(), Err(StampError::TooMuchText { lines: 41, .. })));
        let long = StampSpec { demo: Some("x".repeat(4_000)), ..good.clone() };
        assert!(matches!(long.check(), Err(StampError::TooMuchText { characters: 4_001, .. })));
        let empty = StampSpec { lines: vec![Line::regular("  ", 8.0)], ..good };
        assert_eq!(empty.check(), Err(StampError::Empty));
    }

    #[test]
    fn rotations_are_multiples_of_a_quarter() {
        let all = [Rotation::Upright, Rotation::Quarter, Rotation::Half, Rotation::ThreeQuarters];
        for rotation in all {
            assert_eq!(Rotation::from_degrees(i64::from(rotation.degrees()) - 720), Some(rotation));
        }
        assert_eq!(Rotation::from_degrees(45), None);
    }
}
