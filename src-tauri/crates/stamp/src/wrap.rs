//! Where lines break.

use std::ops::Range;

use crate::face::Cluster;

/// What a stretch of clusters takes, in em from the pen's first place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Extent {
    pen: f64,
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

impl Extent {
    pub(crate) fn of(clusters: &[Cluster]) -> Self {
        let mut extent = Self::default();
        clusters.iter().for_each(|cluster| extent.push(cluster));
        extent
    }

    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }

    fn push(&mut self, cluster: &Cluster) {
        if let Some([left, bottom, right, top]) = cluster.ink {
            self.left = self.left.min(self.pen + left);
            self.right = self.right.max(self.pen + right);
            self.top = self.top.max(top);
            self.bottom = self.bottom.min(bottom);
        }
        self.pen += cluster.advance;
        self.right = self.right.max(self.pen);
        self.left = self.left.min(self.pen); // kerning may go back
    }
}

/// The rows of `clusters` at most `limit` em wide; spaces at breaks are in no row. `None` when a cluster alone is wider.
pub(crate) fn wrap(clusters: &[Cluster], limit: f64) -> Option<Vec<Range<usize>>> {
    let fits = |range: Range<usize>| Extent::of(&clusters[range]).width() <= limit;
    let mut rows: Vec<Range<usize>> = Vec::new();
    for word in words(clusters) {
        if let Some(row) = rows.last_mut()
            && fits(row.start..word.end)
        {
            row.end = word.end;
            continue;
        }
        let mut rest = word;
        while !fits(rest.clone()) {
            // The longest beginning that fits, but better a place where addresses and numbers may be parted.
            let end = (rest.start + 1..rest.end).take_while(|end| fits(rest.start..*end)).last()?;
            let good = (rest.start + 1..=end).rev().find(|at| is_joint(&clusters[at - 1]));
            let end = good.filter(|at| (at - rest.start) * 2 > end - rest.start).unwrap_or(end);
            rows.push(rest.start..end);
            rest.start = end;
        }
        rows.push(rest);
    }
    Some(rows)
}

/// As [`wrap`], with rows as even as the same number of them allows: no single word on the last one.
pub(crate) fn wrap_evenly(clusters: &[Cluster], limit: f64) -> Option<Vec<Range<usize>>> {
    let mut best = wrap(clusters, limit)?;
    if best.len() < 2 {
        return Some(best);
    }
    let (mut narrow, mut wide) = (0.0, limit);
    for _ in 0..12 {
        let middle = (narrow + wide) / 2.0;
        match wrap(clusters, middle) {
            Some(rows) if rows.len() <= best.len() && parts_no_more_words(clusters, &rows, &best) => {
                best = rows;
                wide = middle;
            }
            _ => narrow = middle,
        }
    }
    Some(best)
}

fn parts_no_more_words(clusters: &[Cluster], rows: &[Range<usize>], than: &[Range<usize>]) -> bool {
    let parted = |rows: &[Range<usize>]| {
        let breaks = rows.iter().skip(1).filter(|row| row.start > 0 && !clusters[row.start - 1].is_space());
        breaks.count()
    };
    parted(rows) <= parted(than)
}

fn words(clusters: &[Cluster]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while clusters.get(at)?.is_space() {
            at += 1;
        }
        let start = at;
        while clusters.get(at).is_some_and(|cluster| !cluster.is_space()) {
            at += 1;
        }
        Some(start..at)
    })
}

fn is_joint(cluster: &Cluster) -> bool {
    matches!(cluster.text.as_str(), "-" | "–" | "—" | "/" | "." | ":" | "@" | "?" | "&" | "=" | "_" | "," | ";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Faces;
    use proptest::prelude::*;

    fn rows(text: &str, limit: f64, wrap: fn(&[Cluster], f64) -> Option<Vec<Range<usize>>>) -> Option<Vec<String>> {
        let clusters = Faces::get().unwrap().shape(text, false);
        let rows = wrap(&clusters, limit)?;
        Some(rows.into_iter().map(|row| clusters[row].iter().map(|c| c.text.as_str()).collect()).collect())
    }

    #[test]
    fn lines_break_at_spaces_and_evenly() {
        let text = "Assinado digitalmente por João da Conceição";
        assert_eq!(rows(text, 100.0, wrap).unwrap(), [text]);
        let greedy = rows(text, 15.5, wrap).unwrap();
        assert_eq!(greedy, ["Assinado digitalmente por João da", "Conceição"]);
        assert_eq!(rows(text, 15.5, wrap_evenly).unwrap(), ["Assinado digitalmente", "por João da Conceição"]);
    }

    #[test]
    fn a_word_that_is_too_long_is_parted_at_its_joints() {
        let parted = rows("https://verifica.example/doc/8f3a22c177aa", 11.0, wrap).unwrap();
        assert_eq!(parted, ["https://verifica.example/", "doc/8f3a22c177aa"]);
        assert_eq!(rows("WWW", 0.5, wrap), None);
        assert_eq!(rows("", 0.5, wrap).unwrap(), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn every_row_fits_and_nothing_but_spaces_is_lost(text in ".{0,60}", limit in 0.1_f64..30.0) {
            let clusters = Faces::get().unwrap().shape(&text, true);
            for wrap in [wrap, wrap_evenly] {
                match wrap(&clusters, limit) {
                    None => prop_assert!(clusters.iter().any(|c| Extent::of(std::slice::from_ref(c)).width() > limit)),
                    Some(rows) => {
                        let mut next = 0;
                        for row in rows {
                            prop_assert!(clusters[next..row.start].iter().all(Cluster::is_space));
                            prop_assert!(Extent::of(&clusters[row.clone()]).width() <= limit);
                            next = row.end;
                        }
                        prop_assert!(clusters[next..].iter().all(Cluster::is_space));
                    }
                }
            }
        }
    }
}
