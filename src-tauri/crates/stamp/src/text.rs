//! Text in a rectangle: it wraps and shrinks until it is in.

use std::ops::Range;

use crate::error::StampError;
use crate::face::{Cluster, Faces};
use crate::spec::Line;
use crate::wrap::{Extent, wrap_evenly};

/// From baseline to baseline, in em of both rows' sizes mixed.
const LEADING: f64 = 1.2;

/// How much of the lower row's size is in that mixture: what is seen of the distance is above the lower row's capitals.
const LOWER: f64 = 0.65;

/// What comes on top of that between two lines of the stamp, so that the rows of one line are seen to belong together.
const BETWEEN: f64 = 0.14;

/// Ink of neighbouring rows stays this far apart, in em.
const CLEARANCE: f64 = 0.04;

/// Text grows by at most this in a large rectangle.
pub(crate) const MAX_SCALE: f64 = 2.0;

/// A line that need not break is worth being this much smaller.
const UNBROKEN_BONUS: f64 = 0.85;

/// Lines as glyphs, not yet in any place.
pub(crate) struct Shaped {
    lines: Vec<(Vec<Cluster>, f64)>,
}

/// Rows of text in their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// By how much every size was changed.
    pub(crate) scale: f64,
    pub(crate) rows: Vec<Row>,
}

/// One row of a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) clusters: Vec<Cluster>,
    /// In points.
    pub(crate) size: f64,
    /// What it takes, in em.
    pub(crate) extent: Extent,
    /// From the top of the block down to the baseline, in points.
    pub(crate) baseline: f64,
}

impl Shaped {
    /// Lines that say nothing are left out.
    ///
    /// # Errors
    /// [`StampError::Font`].
    pub(crate) fn new(lines: &[Line]) -> Result<Self, StampError> {
        let faces = Faces::get()?;
        let lines = lines.iter().map(|line| (faces.shape(&line.text, line.bold), line.size));
        Ok(Self { lines: lines.filter(|(clusters, _)| !clusters.is_empty()).collect() })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The text as large as it can be in `width` by `height` points, up to `max_scale` of its size. Always fits; how small it
    /// is then says [`Block::scale`].
    pub(crate) fn set(&self, width: f64, height: f64, max_scale: f64) -> Block {
        if self.is_empty() || width <= 0.0 || height <= 0.0 {
            return Block::default();
        }
        let whole: Vec<Vec<Range<usize>>> =
            self.lines.iter().map(|(clusters, _)| std::iter::once(0..clusters.len()).collect()).collect();
        let unbroken = self.block(&whole, 1.0);
        // Without breaks everything is proportional. A hair less, so that rounding does not put it over the edge.
        let fitting = (width / unbroken.width).min(height / unbroken.height) * (1.0 - 1e-9);
        let unbroken_scale = fitting.min(max_scale);
        if unbroken_scale >= max_scale.min(1.0) {
            return self.block(&whole, unbroken_scale);
        }
        let (mut low, mut high) = (unbroken_scale, max_scale.min(1.0));
        let mut best = self.wrapped(high, width, height);
        for _ in 0..if best.is_some() { 0 } else { 18 } {
            let middle = (low + high) / 2.0;
            match self.wrapped(middle, width, height) {
                None => high = middle,
                found => (best, low) = (found, middle),
            }
        }
        match best {
            Some(block) if unbroken_scale < block.scale * UNBROKEN_BONUS => block,
            _ => self.block(&whole, unbroken_scale),
        }
    }

    /// The text at `scale`, broken to `width`; `None` when it is too high or a cluster too wide.
    fn wrapped(&self, scale: f64, width: f64, height: f64) -> Option<Block> {
        let rows = self.lines.iter().map(|(clusters, size)| wrap_evenly(clusters, width / (size * scale)));
        let block = self.block(&rows.collect::<Option<Vec<_>>>()?, scale);
        (block.height <= height && block.width <= width).then_some(block)
    }

    fn block(&self, breaks: &[Vec<Range<usize>>], scale: f64) -> Block {
        let mut rows: Vec<Row> = Vec::new();
        for ((clusters, size), ranges) in self.lines.iter().zip(breaks) {
            let size = size * scale;
            for (index, range) in ranges.iter().enumerate() {
                let clusters = clusters[range.clone()].to_vec();
                let extent = Extent::of(&clusters);
                let baseline = rows.last().map_or(0.0, |above| {
                    let mixed = LOWER * size + (1.0 - LOWER) * above.size;
                    let leading = mixed * if index == 0 { LEADING + BETWEEN } else { LEADING };
                    let ink = extent.top * size - above.extent.bottom * above.size + CLEARANCE * size;
                    above.baseline + leading.max(ink)
                });
                rows.push(Row { clusters, size, extent, baseline });
            }
        }
        // The block begins where ink does.
        let top = rows.iter().map(|row| row.extent.top * row.size - row.baseline).fold(0.0, f64::max);
        rows.iter_mut().for_each(|row| row.baseline += top);
        let height = rows.iter().map(|row| row.baseline - row.extent.bottom * row.size).fold(0.0, f64::max);
        let width = rows.iter().map(|row| row.extent.width() * row.size).fold(0.0, f64::max);
        Block { width: width.max(f64::MIN_POSITIVE), height: height.max(f64::MIN_POSITIVE), scale, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(block: &Block) -> Vec<String> {
        block.rows.iter().map(|row| row.clusters.iter().map(|c| c.text.as_str()).collect()).collect()
    }

    #[test]
    fn text_breaks_before_it_shrinks_far_and_grows_only_unbroken() {
        let shaped =
            Shaped::new(&[Line::bold("Tabelionato de Notas", 10.0), Line::regular("João da Conceição", 8.0)]).unwrap();
        let wide = shaped.set(400.0, 100.0, MAX_SCALE);
        assert_eq!((wide.scale, wide.rows.len()), (MAX_SCALE, 2));
        let narrow = shaped.set(60.0, 100.0, MAX_SCALE);
        assert_eq!(narrow.scale, 1.0);
        assert_eq!(texts(&narrow), ["Tabelionato", "de Notas", "João da", "Conceição"]);
        let flat = shaped.set(400.0, 10.0, MAX_SCALE);
        assert!(flat.scale < 0.6 && flat.rows.len() == 2);
    }

    #[test]
    fn a_line_slightly_too_long_shrinks_instead_of_breaking() {
        let shaped = Shaped::new(&[Line::regular("Assinado digitalmente por João", 8.0)]).unwrap();
        let natural = shaped.set(1000.0, 1000.0, 1.0).width;
        let block = shaped.set(natural * 0.9, 50.0, 1.0);
        assert_eq!(block.rows.len(), 1);
        assert_eq!(shaped.set(natural * 0.7, 50.0, 1.0).rows.len(), 2);
    }

    proptest! {
        #[test]
        fn any_text_is_inside_any_rectangle(
            lines in prop::collection::vec((".{0,50}", 1.0_f64..40.0, any::<bool>()), 1..5),
            width in 0.5_f64..600.0,
            height in 0.5_f64..600.0,
        ) {
            let lines: Vec<Line> = lines.into_iter().map(|(text, size, bold)| Line { text, size, bold }).collect();
            let block = Shaped::new(&lines).unwrap().set(width, height, MAX_SCALE);
            prop_assert!(block.width <= width && block.height <= height);
            let mut bottom = 0.0;
            for row in &block.rows {
                let top = row.baseline - row.extent.top * row.size;
                prop_assert!(top >= bottom - 1e-6, "rows do not overlap");
                bottom = row.baseline - row.extent.bottom * row.size;
                prop_assert!(bottom <= block.height + 1e-6);
                prop_assert!(row.extent.width() * row.size <= block.width + 1e-6);
            }
        }
    }
}
