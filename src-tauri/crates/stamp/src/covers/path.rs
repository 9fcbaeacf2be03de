//! Drawings (ISO 32000-2, 8.5): where painted curves are.
//!
//! Letters drawn as outlines, seals and signatures by hand have curves; rules, frames and the cells of a table have none. So
//! curves count one by one, and a frame with round corners covers nothing but its corners.

use cartorio_pdf::Rect;

use super::matrix::{Matrix, around};
use super::overlap;
use super::token::Operand;

/// Notes whether a path has a curve under the rectangle.
pub(super) struct Curves {
    target: Rect,
    at: [f64; 2],
    under: Option<Rect>,
}

impl Curves {
    pub(super) fn new(target: Rect) -> Self {
        Self { target, at: [0.0; 2], under: None }
    }

    /// Follows an operator; gives the first curve under the rectangle once its path is painted.
    pub(super) fn operator(&mut self, name: &[u8], operands: &[Operand], ctm: Matrix) -> Option<Rect> {
        let point = |index: usize| {
            let number = |index: usize| operands.get(index).and_then(Operand::number).unwrap_or(0.0);
            ctm.point(number(2 * index), number(2 * index + 1))
        };
        match name {
            b"m" | b"l" | b"re" => self.at = point(0),
            b"c" => self.curve([self.at, point(0), point(1), point(2)]),
            b"v" | b"y" => self.curve([self.at, self.at, point(0), point(1)]),
            b"n" => self.under = None,
            b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s" => return self.under.take(),
            _ => {}
        }
        None
    }

    /// A curve is within the hull of its points.
    fn curve(&mut self, points: [[f64; 2]; 4]) {
        let bounds = around(&points);
        self.at = points[3];
        if self.under.is_none() && overlap(bounds, self.target) {
            self.under = Some(bounds);
        }
    }
}
