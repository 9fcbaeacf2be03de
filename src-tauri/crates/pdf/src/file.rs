//! An open file: trailer facts, objects by number, revisions.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::crypt::Crypt;
use crate::decode::{Filters, decode};
use crate::error::PdfError;
use crate::lex::{skip_space, unsigned};
use crate::object_stream::{ObjectStream, ObjectStreams};
use crate::raw::{Dict, ObjRef, Raw};
use crate::source::Source;
use crate::xref::{Chain, Entry, XrefKind, skip_blank, stream_data};

/// A reference to a reference to … ends after this many steps.
const MAX_HOPS: usize = 32;

/// `n g obj` has to stand within this many bytes from where the cross-reference leads.
const OBJECT_HEADER: usize = 256;

/// A PDF file that can be read: its cross-reference chain is sound, and its encryption is open.
pub struct PdfFile {
    pub(crate) source: Source,
    pub(crate) chain: Chain,
    pub(crate) root: ObjRef,
    pub(crate) crypt: Option<Crypt>,
    pub(crate) object_streams: Mutex<ObjectStreams>,
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

impl PdfBytes {
    /// Hands on the bytes of `range` (offsets in the file) in pieces of at most 1 MiB. Use this to digest or copy a file:
    /// a large one is read piece by piece, where a walk over the slice would keep all of it in memory.
    ///
    /// # Errors
    /// [`std::io::ErrorKind::UnexpectedEof`] for a range outside the file; whatever reading or `each` fails with.
    pub fn for_each_piece<E: From<std::io::Error>>(
        &self,
        range: Range<u64>,
        each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.for_each_piece(range, each)
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
    /// Where the encoded data is in the file, encrypted when the file is.
    pub data: Range<u64>,
    object: ObjRef,
}

impl PdfFile {
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
        let sizes = self.chain.sections.iter().filter_map(|s| u64::try_from(s.trailer.integer("Size")?).ok()).max();
        let largest = self.chain.entries.keys().max().map_or(0, |n| u64::from(*n) + 1);
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
                sections.iter().filter_map(|s| s.closing).find(|c| c.0 == section.offset).map(|c| (c.1, c.2))
            };
            let newer_start = out.last().map_or(u64::MAX, |r| r.marker_end);
            if let Some((marker_end, line_end)) = end.filter(|(marker, _)| *marker < newer_start) {
                out.push(RevisionInfo { xref_offset: section.offset, kind: section.kind, marker_end, line_end });
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
                self.plain(reference, Raw::parse(&self.source, self.object_start(reference, *offset)?)?)
            }
            Some(Entry::Compressed { stream, index }) if reference.generation == 0 => {
                self.object_stream(*stream)?.member(reference.number, *index)
            }
            // The standard reads such a reference as null, while readers rebuild the whole cross-reference by a search
            // when they meet one, and then show other objects than these.
            Some(Entry::InUse { .. } | Entry::Compressed { .. }) => {
                Err(PdfError::Malformed { offset: 0, reason: "a reference has another generation than its object" })
            }
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
        Err(PdfError::Limit { what: "chained references", limit: MAX_HOPS as u64 })
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
        if value.is_dict() { Dict::parse(value).map(Some) } else { Ok(None) }
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
        Ok(self.get(dict, key)?.and_then(|value| value.as_array()).unwrap_or_default())
    }

    /// The object `reference` as a dictionary.
    ///
    /// # Errors
    /// [`PdfError::UnexpectedType`], or as [`PdfFile::object`].
    pub fn dict(&self, reference: ObjRef) -> Result<Dict, PdfError> {
        let value = self.resolve(&self.object(reference)?)?;
        if !value.is_dict() {
            return Err(PdfError::UnexpectedType { object: reference, expected: "a dictionary" });
        }
        Dict::parse(value)
    }

    /// The object `reference` as a stream.
    ///
    /// # Errors
    /// [`PdfError::UnexpectedType`], or as [`PdfFile::object`].
    pub fn stream(&self, reference: ObjRef) -> Result<Stream, PdfError> {
        let unexpected = PdfError::UnexpectedType { object: reference, expected: "a stream" };
        let Some(Entry::InUse { offset, generation }) = self.chain.entries.get(&reference.number) else {
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
        let dict = Dict::parse(self.plain(reference, raw)?)?;
        let (data, _) = stream_data(self.bytes(), end, self.stream_length(&dict)).ok_or(unexpected)?;
        Ok(Stream { dict, data: data.start as u64..data.end as u64, object: reference })
    }

    /// The encoded data of a stream, decrypted when the file is encrypted.
    ///
    /// # Errors
    /// [`PdfError::Malformed`] for data that does not decrypt, [`PdfError::PasswordRequired`] for an attachment of a file
    /// that opened without, [`PdfError::Limit`].
    pub fn encoded(&self, stream: &Stream) -> Result<Cow<'_, [u8]>, PdfError> {
        self.encoded_with(stream, &self.filters(&stream.dict)?)
    }

    /// The decoded data of a stream. Knows the filters that cross-reference and object streams use; no image filters.
    ///
    /// # Errors
    /// [`PdfError::UnsupportedFilter`], [`PdfError::Malformed`], [`PdfError::Limit`], or as [`PdfFile::encoded`].
    pub fn decoded(&self, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        let filters = self.filters(&stream.dict)?;
        decode(&filters, self.encoded_with(stream, &filters)?, stream.data.start)
    }

    fn encoded_with(&self, stream: &Stream, filters: &Filters) -> Result<Cow<'_, [u8]>, PdfError> {
        let data = &self.bytes()[stream.data.start as usize..stream.data.end as usize];
        match &self.crypt {
            None => Ok(Cow::Borrowed(data)),
            Some(crypt) => crypt.plain_data(stream.object, &stream.dict, filters, data, stream.data.start),
        }
    }

    /// The filters of a stream dictionary. References lead to uncompressed objects only: looking into object streams here
    /// could come back to this stream.
    pub(crate) fn filters(&self, dict: &Dict) -> Result<Filters, PdfError> {
        let offset = dict.raw().file_span().map_or(0, |span| span.start);
        Filters::read(dict, offset, |value| self.uncompressed(&value).unwrap_or(value))
    }

    pub(crate) fn entry(&self, number: u32) -> Option<Entry> {
        self.chain.entries.get(&number).copied()
    }

    /// The trailers of all sections, the newest first.
    pub(crate) fn section_trailers(&self) -> impl Iterator<Item = &Dict> {
        self.chain.sections.iter().map(|section| &section.trailer)
    }

    /// `raw`, a value of the object `reference` as it stands in the file, with strings in plain text.
    fn plain(&self, reference: ObjRef, raw: Raw) -> Result<Raw, PdfError> {
        match &self.crypt {
            None => Ok(raw),
            Some(crypt) => crypt.plain(reference, raw),
        }
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
        let malformed = PdfError::Malformed { offset, reason: "the cross-reference does not lead to this object" };
        let header = || {
            let at = usize::try_from(offset).ok().filter(|at| *at < bytes.len())?;
            let (number, at) = unsigned(bytes, skip_blank(bytes, at))?;
            let (generation, at) = unsigned(bytes, skip_blank(bytes, at))?;
            let at = skip_blank(bytes, at);
            let same = number == u64::from(reference.number) && generation == u64::from(reference.generation);
            (same && bytes[at..].starts_with(b"obj")).then_some(at + b"obj".len())
        };
        header().ok_or(malformed)
    }

    /// `/Length`, direct or in an uncompressed object.
    fn stream_length(&self, dict: &Dict) -> Option<i64> {
        self.uncompressed(&dict.get("Length")?)?.as_integer()
    }

    /// `value`, or the uncompressed object that it refers to; `None` when it refers to another one.
    fn uncompressed(&self, value: &Raw) -> Option<Raw> {
        match value.as_reference() {
            None => Some(value.clone()),
            Some(reference) => match self.chain.entries.get(&reference.number)? {
                Entry::InUse { .. } => self.object(reference).ok(),
                Entry::Free | Entry::Compressed { .. } => None,
            },
        }
    }

    fn object_stream(&self, number: u32) -> Result<Arc<ObjectStream>, PdfError> {
        let mut cache = self.object_streams.lock().unwrap_or_else(PoisonError::into_inner);
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
        write!(f, "PdfFile({} bytes, {} sections)", self.len(), self.chain.sections.len())
    }
}
