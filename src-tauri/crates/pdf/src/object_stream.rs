//! Object streams (ISO 32000-2, 7.5.7): objects that are compressed together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::error::PdfError;
use crate::file::Stream;
use crate::lex::{skip_space, unsigned};
use crate::raw::Raw;
use crate::source::Source;

/// All object streams of one file together may have this many bytes, encoded and decoded.
const OBJECT_STREAM_LIMIT: u64 = 512 << 20;

/// Objects in one object stream. Writers put a few hundred into each.
const MAX_MEMBERS: usize = 1 << 20;

/// Those of one file that were read already.
#[derive(Default)]
pub(crate) struct ObjectStreams {
    pub(crate) by_number: HashMap<u32, Arc<ObjectStream>>,
    spent: u64,
}

impl ObjectStreams {
    pub(crate) fn spend(&mut self, bytes: u64) -> Result<(), PdfError> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > OBJECT_STREAM_LIMIT {
            return Err(PdfError::Limit { what: "object stream bytes", limit: OBJECT_STREAM_LIMIT });
        }
        Ok(())
    }
}

/// A decoded object stream (7.5.7).
pub(crate) struct ObjectStream {
    source: Source,
    /// Object number and where its value starts in the decoded data, by index.
    pub(crate) members: Vec<(u32, usize)>,
    /// Numbers that are listed for two places.
    ambiguous: HashSet<u32>,
}

impl ObjectStream {
    pub(crate) fn parse(stream: &Stream, data: Vec<u8>) -> Result<Self, PdfError> {
        let malformed = |reason| PdfError::Malformed { offset: stream.data.start, reason };
        let first = stream.dict.integer("First").and_then(|v| usize::try_from(v).ok());
        let first = first.ok_or(malformed("object stream without /First"))?;
        let count = stream.dict.integer("N").and_then(|v| usize::try_from(v).ok());
        let count = count.ok_or(malformed("object stream without /N"))?;
        if count > MAX_MEMBERS {
            return Err(PdfError::Limit { what: "objects in one object stream", limit: MAX_MEMBERS as u64 });
        }
        let mut members = Vec::new();
        let (mut places, mut ambiguous) = (HashMap::new(), HashSet::new());
        let mut at = 0;
        for _ in 0..count {
            let pair = || {
                let (number, at) = unsigned(&data, skip_space(&data, at))?;
                let (offset, at) = unsigned(&data, skip_space(&data, at))?;
                let start = first.checked_add(usize::try_from(offset).ok()?)?;
                Some((u32::try_from(number).ok()?, start, at))
            };
            let (number, start, end) = pair().ok_or(malformed("bad object stream header"))?;
            if places.insert(number, start).is_some_and(|before| before != start) {
                ambiguous.insert(number);
            }
            members.push((number, start));
            at = end;
        }
        Ok(Self { source: Source::decoded(data), members, ambiguous })
    }

    pub(crate) fn member(&self, number: u32, index: u32) -> Result<Raw, PdfError> {
        // Some readers take what stands at the index, whatever its number, and some (MuPDF, qpdf) the first place that the number is
        // listed for: all of them have to find the same.
        let listed = self.members.get(index as usize).filter(|m| m.0 == number && !self.ambiguous.contains(&number));
        let &(_, start) =
            listed.ok_or(PdfError::Malformed { offset: 0, reason: "object missing in its object stream" })?;
        Raw::parse(&self.source, skip_space(self.source.bytes(), start))
    }
}
