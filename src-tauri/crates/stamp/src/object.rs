//! PDF syntax, as much as a drawing needs.

use std::fmt::Write as _;
use std::io::Write as _;

use cartorio_pdf::{Drawing, DrawingObject};
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// What stands where a reference will be.
const PLACEHOLDER: &[u8] = b"0 0 R";

/// The objects of a drawing as they come.
#[derive(Default)]
pub(crate) struct Objects {
    drawing: Drawing,
}

impl Objects {
    /// Keeps a place, for an object that is known later.
    pub(crate) fn reserve(&mut self) -> usize {
        self.drawing.objects.push(DrawingObject::default());
        self.drawing.objects.len() - 1
    }

    /// Fills a reserved place.
    pub(crate) fn fill(&mut self, index: usize, dict: Dict, stream: Option<Vec<u8>>) {
        if let Some(object) = self.drawing.objects.get_mut(index) {
            *object = DrawingObject { dict: dict.bytes, stream, references: dict.references };
        }
    }

    /// Adds a dictionary.
    pub(crate) fn dict(&mut self, dict: Dict) -> usize {
        let index = self.reserve();
        self.fill(index, dict, None);
        index
    }

    /// Adds a stream; `entries` gets a `/Filter` and the data is deflated.
    pub(crate) fn deflated(&mut self, entries: Dict, data: &[u8]) -> usize {
        let index = self.reserve();
        self.fill(index, entries.raw("/Filter/FlateDecode"), Some(deflate(data)));
        index
    }

    /// Adds a stream whose data is encoded already.
    pub(crate) fn stream(&mut self, dict: Dict, data: Vec<u8>) -> usize {
        let index = self.reserve();
        self.fill(index, dict, Some(data));
        index
    }

    pub(crate) fn finish(mut self) -> Drawing {
        self.drawing.objects.iter_mut().for_each(|object| object.dict.extend_from_slice(b">>"));
        self.drawing
    }
}

/// A dictionary being written; its `>>` comes at the end.
pub(crate) struct Dict {
    bytes: Vec<u8>,
    references: Vec<(std::ops::Range<usize>, usize)>,
}

impl Dict {
    pub(crate) fn new() -> Self {
        Self { bytes: b"<<".to_vec(), references: Vec::new() }
    }

    /// Adds `text` as it is.
    pub(crate) fn raw(mut self, text: &str) -> Self {
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// Adds a key and a number.
    pub(crate) fn number(self, key: &str, value: f64) -> Self {
        self.raw(&format!("/{key} {}", number(value)))
    }

    /// Adds a key and a reference to the object at `index`.
    pub(crate) fn reference(self, key: &str, index: usize) -> Self {
        self.raw(&format!("/{key} ")).item(index)
    }

    /// Adds a reference to the object at `index`.
    pub(crate) fn item(mut self, index: usize) -> Self {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(PLACEHOLDER);
        self.references.push((start..self.bytes.len(), index));
        self
    }
}

/// Deflated bytes with zlib's wrapping.
pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

/// A number as PDF writes it: at most three decimals, no exponent, no negative zero.
pub(crate) fn number(value: f64) -> String {
    let mut out = String::new();
    let _ = write!(out, "{value:.3}");
    if out.contains('.') {
        out.truncate(out.trim_end_matches('0').trim_end_matches('.').len());
    }
    if out == "-0" { "0".to_owned() } else { out }
}

/// Numbers with spaces between them.
pub(crate) fn numbers(values: &[f64]) -> String {
    values.iter().map(|value| number(*value)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_pdf_reads() {
        let all = [0.0, -0.0001, 1.5, -12.3456, 100.0, 14_400.0, 0.0005];
        assert_eq!(numbers(&all), "0 0 1.5 -12.346 100 14400 0.001");
    }
}
