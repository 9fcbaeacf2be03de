//! What one state of a file has that another has not: the ground on which later changes are judged.

use crate::error::PdfError;
use crate::file::PdfFile;
use crate::raw::{ObjRef, Raw};
use crate::xref::Entry;

/// Levels of nested arrays and dictionaries that are looked into for references: as many as can be read, so that none hides.
const MAX_DEPTH: usize = 256;

impl PdfFile {
    /// Numbers of the objects that stand elsewhere than in `older`, an earlier state of the same file, in ascending order.
    /// Objects that were rewritten without a change are among them.
    pub fn moved_since(&self, older: &PdfFile) -> Vec<u32> {
        let moved =
            |number: u32| self.entry(number).unwrap_or(Entry::Free) != older.entry(number).unwrap_or(Entry::Free);
        let mut out: Vec<u32> = self
            .chain
            .entries
            .iter()
            .filter(|(number, entry)| match entry {
                // Its container may have been rewritten in its place.
                Entry::Compressed { stream, .. } => moved(**number) || moved(*stream),
                Entry::Free | Entry::InUse { .. } => moved(**number),
            })
            .map(|(number, _)| *number)
            .collect();
        out.sort_unstable();
        out
    }

    /// The reference by which the object `number` is in use; `None` for a free one.
    pub fn in_use(&self, number: u32) -> Option<ObjRef> {
        match self.entry(number)? {
            Entry::Free => None,
            Entry::InUse { generation, .. } => Some(ObjRef { number, generation }),
            Entry::Compressed { .. } => Some(ObjRef { number, generation: 0 }),
        }
    }

    /// The object stream that has the object `number`.
    pub fn container(&self, number: u32) -> Option<u32> {
        match self.entry(number)? {
            Entry::Compressed { stream, .. } => Some(stream),
            Entry::Free | Entry::InUse { .. } => None,
        }
    }

    /// Numbers of the objects in use, in no order.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.chain.entries.iter().filter(|(_, entry)| **entry != Entry::Free).map(|(number, _)| *number)
    }

    /// The references in the value of the object `number`.
    ///
    /// # Errors
    /// As [`PdfFile::object`].
    pub fn references_of(&self, number: u32) -> Result<Vec<ObjRef>, PdfError> {
        let Some(reference) = self.in_use(number) else { return Ok(Vec::new()) };
        Ok(self.object(reference)?.references())
    }
}

impl Raw {
    /// Every reference in this value, in the order found; under whatever key.
    pub fn references(&self) -> Vec<ObjRef> {
        let mut out = Vec::new();
        let mut open = vec![(self.clone(), 0)];
        while let Some((value, depth)) = open.pop() {
            if let Some(reference) = value.as_reference() {
                out.push(reference);
            } else if depth < MAX_DEPTH {
                if let Some(items) = value.as_array() {
                    open.extend(items.into_iter().rev().map(|item| (item, depth + 1)));
                } else if let Some(dict) = value.as_dict() {
                    // Also under names that are no text, and under names that occur twice.
                    open.extend(dict.entries().map(|(_, item)| (item, depth + 1)));
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn references_are_found_at_every_level() {
        let raw = Raw::parse(
            &Source::file_bytes(b"<</A 1 0 R/B[2 0 R<</C 3 1 R/D(4 0 R)>>]/\xe9 5 0 R/A 6 0 R>>".to_vec()),
            0,
        )
        .unwrap();
        let mut numbers: Vec<u32> = raw.references().iter().map(|own| own.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 5, 6]);
    }
}
