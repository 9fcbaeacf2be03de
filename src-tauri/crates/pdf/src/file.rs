//! An open file: trailer facts, objects by number, revisions.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::decode::decode;
use crate::error::PdfError;
use crate::lex::{skip_space, unsigned};
use crate::raw::{Dict, ObjRef, Raw};
use crate::source::Source;
use crate::xref::{Chain, Entry, XrefKind, read_chain, skip_blank, stream_data};

/// The header is looked for in this many first bytes (ISO 32000-1, annex H.3, note 13), to say why a file is refused.
const HEADER_WINDOW: usize = 1024;

/// A reference to a reference to … ends after this many steps.
const MAX_HOPS: usize = 32;

/// All object streams of one file together may have this many bytes, encoded and decoded.
const OBJECT_STREAM_LIMIT: u64 = 512 << 20;

/// Objects in one object stream. Writers put a few hundred into each.
const MAX_MEMBERS: usize = 1 << 20;

/// `n g obj` has to stand within this many bytes from where the cross-reference leads.
const OBJECT_HEADER: usize = 256;

/// A PDF file that can be extended: its cross-reference chain is sound and it is not encrypted.
pub struct PdfFile {
    source: Source,
    chain: Chain,
    root: ObjRef,
    object_streams: Mutex<ObjectStreams>,
}

/// The bytes of an open file, in memory or mapped. Cloning is cheap.
#[derive(Clone)]
pub struct PdfBytes(Source);

impl std::ops::Deref for PdfBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl std::fmt::Debug for PdfBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PdfBytes({} bytes)", self.len())
    }
}

/// What the newest cross-reference section says about the file.
#[derive(Clone, Debug)]
pub struct Trailer {
    /// The form of the newest section; a new section has to have the same.
    pub kind: XrefKind,
    /// Where the newest section starts: the `/Prev` of a new one.
    pub startxref: u64,
    /// `/Root`, the catalog.
    pub root: ObjRef,
    /// `/Info`.
    pub info: Option<ObjRef>,
    /// `/ID`, as written.
    pub id: Option<Raw>,
    /// `/Size`, as written.
    pub size: Option<i64>,
    /// The whole trailer dictionary; of a cross-reference stream, the stream dictionary.
    pub dict: Dict,
}

/// One revision of a file: what was there when its cross-reference section was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevisionInfo {
    /// Where the revision's cross-reference section starts.
    pub xref_offset: u64,
    /// The form of that section.
    pub kind: XrefKind,
    /// The end of its `%%EOF`.
    pub marker_end: u64,
    /// The end of the line of its `%%EOF`; equal to `marker_end` when no line end follows.
    pub line_end: u64,
}

/// A stream object.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The stream dictionary.
    pub dict: Dict,
    /// Where the encoded data is in the file.
    pub data: Range<u64>,
}

impl PdfFile {
    /// Opens the file at `path` for reading. Small files are read, large ones are mapped.
    ///
    /// # Errors
    /// [`PdfError::Io`], and everything [`PdfFile::from_bytes`] refuses.
    pub fn open_path(path: &Path) -> Result<Self, PdfError> {
        Self::from_source(Source::open(path)?)
    }

    /// Opens a file that is already in memory.
    ///
    /// # Errors
    /// [`PdfError::NotPdf`], [`PdfError::HeaderOffset`], [`PdfError::NoStartxref`], [`PdfError::BrokenXref`], [`PdfError::CircularXref`],
    /// [`PdfError::Encrypted`], [`PdfError::NoPages`] (no catalog), [`PdfError::Limit`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, PdfError> {
        Self::from_source(Source::file_bytes(bytes))
    }

    /// The file as it was when it had `end` bytes, for looking at an earlier revision.
    ///
    /// # Errors
    /// As [`PdfFile::from_bytes`].
    pub fn prefix(&self, end: u64) -> Result<Self, PdfError> {
        Self::from_source(
            self.source
                .prefix(usize::try_from(end).unwrap_or(usize::MAX)),
        )
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        self.source.bytes()
    }

    /// A handle on the bytes that keeps them alive without the rest of this.
    pub fn shared_bytes(&self) -> PdfBytes {
        PdfBytes(self.source.clone())
    }

    /// The length of the file in bytes.
    pub fn len(&self) -> u64 {
        self.bytes().len() as u64
    }

    /// Whether the file has no bytes. Never true: such a file does not open.
    pub fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// What the newest cross-reference section says.
    pub fn trailer(&self) -> Trailer {
        let newest = &self.chain.sections[0]; // a chain has at least the section that startxref leads to
        Trailer {
            kind: newest.kind,
            startxref: newest.offset,
            root: self.root,
            info: newest.trailer.reference("Info"),
            id: newest.trailer.get("ID"),
            size: newest.trailer.integer("Size"),
            dict: newest.trailer.clone(),
        }
    }

    /// The reference of the catalog.
    pub fn root(&self) -> ObjRef {
        self.root
    }

    /// The catalog.
    ///
    /// # Errors
    /// [`PdfError::UnexpectedType`], [`PdfError::Malformed`].
    pub fn catalog(&self) -> Result<Dict, PdfError> {
        self.dict(self.root)
    }

    /// The smallest object number that no section of the chain has used or reserved.
    pub fn next_number(&self) -> u64 {
        let sizes = self
            .chain
            .sections
            .iter()
            .filter_map(|s| u64::try_from(s.trailer.integer("Size")?).ok())
            .max();
        let largest = self
            .chain
            .entries
            .keys()
            .max()
            .map_or(0, |n| u64::from(*n) + 1);
        sizes.unwrap_or(0).max(largest).max(1)
    }

    /// How many objects the cross-reference lists, free ones included: what opening the file costs.
    pub fn listed_objects(&self) -> u64 {
        self.chain.entries.len() as u64
    }

    /// The revisions of the file, oldest first. A linearized file counts as one. A section without its own
    /// `startxref … %%EOF` belongs to the next newer revision.
    pub fn revisions(&self) -> Vec<RevisionInfo> {
        let sections = &self.chain.sections;
        let mut out: Vec<RevisionInfo> = Vec::new();
        for (index, section) in sections.iter().enumerate() {
            let end = if index == 0 {
                Some(self.chain.file_end)
            } else {
                // In a linearized file the section at the end of the file closes with the offset of the one at its start.
                sections
                    .iter()
                    .filter_map(|s| s.closing)
                    .find(|c| c.0 == section.offset)
                    .map(|c| (c.1, c.2))
            };
            let newer_start = out.last().map_or(u64::MAX, |r| r.marker_end);
            if let Some((marker_end, line_end)) = end.filter(|(marker, _)| *marker < newer_start) {
                out.push(RevisionInfo {
                    xref_offset: section.offset,
                    kind: section.kind,
                    marker_end,
                    line_end,
                });
            }
        }
        out.reverse();
        out
    }

    /// The object `reference`; null when the file has no such object (7.3.10).
    ///
    /// # Errors
    /// [`PdfError::Malformed`] when the cross-reference leads to something else, and errors of its object stream.
    pub fn object(&self, reference: ObjRef) -> Result<Raw, PdfError> {
        match self.chain.entries.get(&reference.number) {
            None | Some(Entry::Free) => Ok(Raw::null()),
            Some(Entry::InUse { offset, generation }) if *generation == reference.generation => {
                Raw::parse(&self.source, self.object_start(reference, *offset)?)
            }
            Some(Entry::Compressed { stream, index }) if reference.generation == 0 => self
                .object_stream(*stream)?
                .member(reference.number, *index),
            // The standard reads such a reference as null, while readers rebuild the whole cross-reference by a search
            // when they meet one, and then show other objects than these.
            Some(Entry::InUse { .. } | Entry::Compressed { .. }) => Err(PdfError::Malformed {
                offset: 0,
                reason: "a reference has another generation than its object",
            }),
        }
    }

    /// `value`, or what it refers to.
    ///
    /// # Errors
    /// As [`PdfFile::object`]; [`PdfError::Limit`] for a chain of references without end.
    pub fn resolve(&self, value: &Raw) -> Result<Raw, PdfError> {
        let mut value = value.clone();
        for _ in 0..MAX_HOPS {
            match value.as_reference() {
                None => return Ok(value),
                Some(reference) => value = self.object(reference)?,
            }
        }
        Err(PdfError::Limit {
            what: "chained references",
            limit: MAX_HOPS as u64,
        })
    }

    /// The value of `key`, references followed; `None` when absent or null.
    ///
    /// # Errors
    /// As [`PdfFile::resolve`].
    pub fn get(&self, dict: &Dict, key: &str) -> Result<Option<Raw>, PdfError> {
        match dict.get(key) {
            None => Ok(None),
            Some(value) => Ok(Some(self.resolve(&value)?).filter(|v| !v.is_null())),
        }
    }

    /// The dictionary that `value` is or refers to; `None` when it is something else.
    ///
    /// # Errors
    /// As [`PdfFile::resolve`]; [`PdfError::Malformed`] when it does not parse.
    pub fn resolve_dict(&self, value: &Raw) -> Result<Option<Dict>, PdfError> {
        let value = self.resolve(value)?;
        if value.is_dict() {
            Dict::parse(value).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The dictionary under `key`, references followed; `None` when absent or something else.
    ///
    /// # Errors
    /// As [`PdfFile::resolve`]; [`PdfError::Malformed`] when it does not parse.
    pub fn get_dict(&self, dict: &Dict, key: &str) -> Result<Option<Dict>, PdfError> {
        match dict.get(key) {
            Some(value) => self.resolve_dict(&value),
            None => Ok(None),
        }
    }

    /// The items of the array under `key`, references to the array followed; empty when absent or something else.
    ///
    /// # Errors
    /// As [`PdfFile::resolve`].
    pub fn get_array(&self, dict: &Dict, key: &str) -> Result<Vec<Raw>, PdfError> {
        Ok(self
            .get(dict, key)?
            .and_then(|value| value.as_array())
            .unwrap_or_default())
    }

    /// The object `reference` as a dictionary.
    ///
    /// # Errors
    /// [`PdfError::UnexpectedType`], or as [`PdfFile::object`].
    pub fn dict(&self, reference: ObjRef) -> Result<Dict, PdfError> {
        let value = self.resolve(&self.object(reference)?)?;
        if !value.is_dict() {
            return Err(PdfError::UnexpectedType {
                object: reference,
                expected: "a dictionary",
            });
        }
        Dict::parse(value)
    }

    /// The object `reference` as a stream.
    ///
    /// # Errors
    /// [`PdfError::UnexpectedType`], or as [`PdfFile::object`].
    pub fn stream(&self, reference: ObjRef) -> Result<Stream, PdfError> {
        let unexpected = PdfError::UnexpectedType {
            object: reference,
            expected: "a stream",
        };
        let Some(Entry::InUse { offset, generation }) = self.chain.entries.get(&reference.number)
        else {
            return Err(unexpected);
        };
        if *generation != reference.generation {
            return Err(unexpected);
        }
        let raw = Raw::parse(&self.source, self.object_start(reference, *offset)?)?;
        if !raw.is_dict() {
            return Err(unexpected);
        }
        let end = raw.end();
        let dict = Dict::parse(raw)?;
        let (data, _) =
            stream_data(self.bytes(), end, self.stream_length(&dict)).ok_or(unexpected)?;
        Ok(Stream {
            dict,
            data: data.start as u64..data.end as u64,
        })
    }

    /// The decoded data of a stream. Knows the filters that cross-reference and object streams use; no image filters.
    ///
    /// # Errors
    /// [`PdfError::UnsupportedFilter`], [`PdfError::Malformed`], [`PdfError::Limit`].
    pub fn decoded(&self, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        decode(
            &stream.dict,
            &self.bytes()[stream.data.start as usize..stream.data.end as usize],
            stream.data.start,
        )
    }

    fn from_source(source: Source) -> Result<Self, PdfError> {
        check_header(source.bytes())?;
        let chain = read_chain(&source)?;
        if chain
            .sections
            .iter()
            .any(|s| s.trailer.get("Encrypt").is_some())
        {
            return Err(PdfError::Encrypted);
        }
        let newest = &chain.sections[0]; // a chain has at least the section that startxref leads to
        let root = newest.trailer.reference("Root").ok_or(PdfError::NoPages)?;
        Ok(Self {
            source,
            chain,
            root,
            object_streams: Mutex::default(),
        })
    }

    /// Checks that every entry in use leads to the object that it names, also those of objects that nothing here reads.
    /// Readers that meet a wrong one search the file for objects, and then show others than the cross-reference names.
    ///
    /// # Errors
    /// [`PdfError::Malformed`] with the offset of a wrong entry.
    pub fn check_entries(&self) -> Result<(), PdfError> {
        for (number, entry) in &self.chain.entries {
            if let Entry::InUse { offset, generation } = *entry {
                self.header_end(ObjRef { number: *number, generation }, offset)?;
            }
        }
        Ok(())
    }

    /// Where the value of the object that should start at `offset` starts, after its `n g obj`.
    fn object_start(&self, reference: ObjRef, offset: u64) -> Result<usize, PdfError> {
        Ok(skip_space(self.bytes(), self.header_end(reference, offset)?))
    }

    /// The end of the `n g obj` that stands at `offset`, or after a little white space.
    fn header_end(&self, reference: ObjRef, offset: u64) -> Result<usize, PdfError> {
        let bytes = self.bytes();
        // A file may have many entries that lead into one long run of blanks.
        let end = usize::try_from(offset).unwrap_or(usize::MAX).saturating_add(OBJECT_HEADER);
        let bytes = &bytes[..bytes.len().min(end)];
        let malformed = PdfError::Malformed {
            offset,
            reason: "the cross-reference does not lead to this object",
        };
        let header = || {
            let at = usize::try_from(offset)
                .ok()
                .filter(|at| *at < bytes.len())?;
            let (number, at) = unsigned(bytes, skip_blank(bytes, at))?;
            let (generation, at) = unsigned(bytes, skip_blank(bytes, at))?;
            let at = skip_blank(bytes, at);
            let same = number == u64::from(reference.number)
                && generation == u64::from(reference.generation);
            (same && bytes[at..].starts_with(b"obj")).then_some(at + b"obj".len())
        };
        header().ok_or(malformed)
    }

    /// `/Length`, direct or in an uncompressed object: looking into object streams here could come back to this stream.
    fn stream_length(&self, dict: &Dict) -> Option<i64> {
        let value = dict.get("Length")?;
        match value.as_reference() {
            None => value.as_integer(),
            Some(reference) => match self.chain.entries.get(&reference.number)? {
                Entry::InUse { .. } => self.object(reference).ok()?.as_integer(),
                Entry::Free | Entry::Compressed { .. } => None,
            },
        }
    }

    fn object_stream(&self, number: u32) -> Result<Arc<ObjectStream>, PdfError> {
        let mut cache = self
            .object_streams
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.by_number.get(&number) {
            return Ok(found.clone());
        }
        let stream = self.stream(ObjRef::new(number))?;
        cache.spend(stream.data.end - stream.data.start)?;
        let data = self.decoded(&stream)?;
        cache.spend(data.len() as u64)?;
        let parsed = Arc::new(ObjectStream::parse(&stream, data)?);
        cache.spend(size_of_val(parsed.members.as_slice()) as u64)?;
        cache.by_number.insert(number, parsed.clone());
        Ok(parsed)
    }
}

impl std::fmt::Debug for PdfFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "PdfFile({} bytes, {} sections)",
            self.len(),
            self.chain.sections.len()
        )
    }
}

#[derive(Default)]
struct ObjectStreams {
    by_number: HashMap<u32, Arc<ObjectStream>>,
    spent: u64,
}

impl ObjectStreams {
    fn spend(&mut self, bytes: u64) -> Result<(), PdfError> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > OBJECT_STREAM_LIMIT {
            return Err(PdfError::Limit {
                what: "object stream bytes",
                limit: OBJECT_STREAM_LIMIT,
            });
        }
        Ok(())
    }
}

/// A decoded object stream (7.5.7).
struct ObjectStream {
    source: Source,
    /// Object number and where its value starts in the decoded data, by index.
    members: Vec<(u32, usize)>,
}

impl ObjectStream {
    fn parse(stream: &Stream, data: Vec<u8>) -> Result<Self, PdfError> {
        let malformed = |reason| PdfError::Malformed {
            offset: stream.data.start,
            reason,
        };
        let first = stream
            .dict
            .integer("First")
            .and_then(|v| usize::try_from(v).ok());
        let first = first.ok_or(malformed("object stream without /First"))?;
        let count = stream
            .dict
            .integer("N")
            .and_then(|v| usize::try_from(v).ok());
        let count = count.ok_or(malformed("object stream without /N"))?;
        if count > MAX_MEMBERS {
            return Err(PdfError::Limit { what: "objects in one object stream", limit: MAX_MEMBERS as u64 });
        }
        let mut members = Vec::new();
        let mut at = 0;
        for _ in 0..count {
            let pair = || {
                let (number, at) = unsigned(&data, skip_space(&data, at))?;
                let (offset, at) = unsigned(&data, skip_space(&data, at))?;
                let start = first.checked_add(usize::try_from(offset).ok()?)?;
                Some((u32::try_from(number).ok()?, start, at))
            };
            let (number, start, end) = pair().ok_or(malformed("bad object stream header"))?;
            members.push((number, start));
            at = end;
        }
        Ok(Self {
            source: Source::decoded(data),
            members,
        })
    }

    fn member(&self, number: u32, index: u32) -> Result<Raw, PdfError> {
        // Readers take what stands at the index, whatever its number: both have to say the same.
        let listed = self.members.get(index as usize).filter(|m| m.0 == number);
        let &(_, start) = listed.ok_or(PdfError::Malformed {
            offset: 0,
            reason: "object missing in its object stream",
        })?;
        Raw::parse(&self.source, skip_space(self.source.bytes(), start))
    }
}

fn check_header(bytes: &[u8]) -> Result<(), PdfError> {
    let window = &bytes[..bytes.len().min(HEADER_WINDOW)];
    let at = window
        .windows(5)
        .position(|w| w == b"%PDF-")
        .ok_or(PdfError::NotPdf)?;
    match bytes[at + 5..] {
        [b'1'..=b'9', b'.', b'0'..=b'9', ..] if at == 0 => Ok(()),
        [b'1'..=b'9', b'.', b'0'..=b'9', ..] => Err(PdfError::HeaderOffset { offset: at as u64 }),
        _ => Err(PdfError::NotPdf),
    }
}
