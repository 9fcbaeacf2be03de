//! QR codes as rectangles.

use qrcode::{Color, EcLevel, QrCode};

use crate::error::StampError;

/// Bytes that a code of a stamp may say. Version 14 holds 362 of them at level M: 73 modules, 0.35 mm each on 26 mm.
const MAX_BYTES: usize = 300;

/// Modules of white around a code (ISO/IEC 18004, 6.3.8).
pub(crate) const QUIET: f64 = 4.0;

/// A QR code: how many modules it has on a side, and its dark ones as x, y, width, height in modules from the lower left.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Code {
    pub(crate) modules: usize,
    pub(crate) dark: Vec<[usize; 4]>,
}

impl Code {
    /// # Errors
    /// [`StampError::QrTooLong`].
    pub(crate) fn new(text: &str) -> Result<Self, StampError> {
        let too_long = StampError::QrTooLong { bytes: text.len(), max: MAX_BYTES };
        if text.len() > MAX_BYTES {
            return Err(too_long);
        }
        // Level M restores 15 %: a staple, a fold, another stamp on a corner.
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| too_long)?;
        let modules = code.width();
        let is_dark: Vec<bool> = code.to_colors().iter().map(|color| *color == Color::Dark).collect();
        Ok(Self { modules, dark: rectangles(modules, &is_dark) })
    }
}

/// Few rectangles that cover the dark modules and do not overlap: runs of a row, joined with equal ones below.
fn rectangles(side: usize, dark: &[bool]) -> Vec<[usize; 4]> {
    let mut out: Vec<[usize; 4]> = Vec::new();
    for (row, modules) in dark.chunks(side).enumerate() {
        let y = side - 1 - row;
        let mut x = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run[0] {
                match out.iter_mut().rev().find(|above| above[0] == x && above[2] == run.len() && above[1] == y + 1) {
                    Some(above) => {
                        above[1] = y;
                        above[3] += 1;
                    }
                    None => out.push([x, y, run.len(), 1]),
                }
            }
            x += run.len();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_cover_exactly_the_dark_modules() {
        let text = "https://verifica.example/doc/8f3a-22c1-77aa";
        let code = Code::new(text).unwrap();
        let reference = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let mut painted = vec![0; code.modules * code.modules];
        for [x, y, width, height] in code.dark.iter().copied() {
            for row in y..y + height {
                painted[row * code.modules..][x..x + width].iter_mut().for_each(|module| *module += 1);
            }
        }
        for (row, colors) in reference.to_colors().chunks(code.modules).enumerate() {
            for (x, color) in colors.iter().enumerate() {
                let expected = i32::from(*color == Color::Dark);
                assert_eq!(painted[(code.modules - 1 - row) * code.modules + x], expected);
            }
        }
        assert!(code.dark.len() < 300);
    }

    #[test]
    fn what_cannot_be_read_from_paper_is_refused() {
        assert!(Code::new(&"x".repeat(MAX_BYTES)).is_ok());
        let error = Code::new(&"x".repeat(MAX_BYTES + 1)).unwrap_err();
        assert_eq!(error, StampError::QrTooLong { bytes: 301, max: MAX_BYTES });
    }
}
