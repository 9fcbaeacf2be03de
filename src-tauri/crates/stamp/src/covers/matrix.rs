//! Transformations of the plane (ISO 32000-2, 8.3.3).

use cartorio_pdf::Rect;

/// a, b, c, d, e, f: x' = a·x + c·y + e, y' = b·x + d·y + f.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    pub(super) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    pub(super) fn moved(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// First this, then `after`.
    pub(super) fn then(self, after: Self) -> Self {
        let ([a, b, c, d, e, f], [a2, b2, c2, d2, e2, f2]) = (self.0, after.0);
        Self([
            a * a2 + b * c2,
            a * b2 + b * d2,
            c * a2 + d * c2,
            c * b2 + d * d2,
            e * a2 + f * c2 + e2,
            e * b2 + f * d2 + f2,
        ])
    }

    pub(super) fn point(self, x: f64, y: f64) -> [f64; 2] {
        let [a, b, c, d, e, f] = self.0;
        [a * x + c * y + e, b * x + d * y + f]
    }

    /// What undoes it; `None` when everything falls on a line.
    pub(super) fn inverse(self) -> Option<Self> {
        let [a, b, c, d, e, f] = self.0;
        let area = a * d - b * c;
        let inverse = [d, -b, -c, a, c * f - d * e, b * e - a * f].map(|part| part / area);
        inverse.iter().all(|part| part.is_finite()).then_some(Self(inverse))
    }

    /// The smallest upright rectangle around a rectangle that is transformed.
    pub(super) fn bounds(self, [left, bottom, right, top]: Rect) -> Rect {
        let corners = [(left, bottom), (left, top), (right, bottom), (right, top)];
        around(&corners.map(|(x, y)| self.point(x, y)))
    }
}

/// The smallest upright rectangle around points.
pub(super) fn around(points: &[[f64; 2]]) -> Rect {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    points.iter().fold(start, |all, [x, y]| [all[0].min(*x), all[1].min(*y), all[2].max(*x), all[3].max(*y)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transformations_follow_each_other() {
        let turned = Matrix([0.0, 1.0, -1.0, 0.0, 0.0, 0.0]);
        let both = Matrix::moved(10.0, 0.0).then(turned);
        assert_eq!(both.bounds([0.0, 0.0, 2.0, 1.0]), [-1.0, 10.0, 0.0, 12.0]);
        assert_eq!(both.then(Matrix::IDENTITY), both);
        assert_eq!(both.then(both.inverse().unwrap()), Matrix::IDENTITY);
        assert_eq!(Matrix([1.0, 2.0, 2.0, 4.0, 0.0, 0.0]).inverse(), None);
    }
}
