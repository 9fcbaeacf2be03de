//! Appending a revision (ISO 32000-2, 7.5.6): new and changed objects, a cross-reference section, a trailer.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::edit::{DictEditor, append_item};
use crate::error::PdfError;
use crate::file::PdfFile;
use crate::raw::{ObjRef, Raw};
use crate::xref::{MAX_OBJECTS, XrefKind};

/// The largest offset that a cross-reference table can say (ten digits).
const TABLE_OFFSET_LIMIT: u64 = 9_999_999_999;

/// Trailer entries that belong to one section and are never carried over. Every other entry is (7.5.6).
const SECTION_KEYS: [&str; 13] = [
    "Size",
    "Prev",
    "XRefStm",
    "Type",
    "W",
    "Index",
    "Length",
    "Filter",
    "DecodeParms",
    "DL",
    "F",
    "FFilter",
    "FDecodeParms",
];

/// A revision being put together on top of a file. The file is not changed; [`Revision::finish`] gives the bytes to append.
#[derive(Debug)]
pub struct Revision<'a> {
    file: &'a PdfFile,
    next: u64,
    objects: BTreeMap<u32, (u16, Vec<u8>)>,
    /// Spans of bodies that are never encrypted.
    kept: BTreeMap<u32, Range<usize>>,
}

/// The bytes to append to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The length of the file the tail belongs to; `bytes[0]` comes at this offset.
    pub base_len: u64,
    /// What to append.
    pub bytes: Vec<u8>,
    bodies: BTreeMap<u32, Range<usize>>,
    /// Of each encrypted body: positions where it was put and where it was written, which advance alike from there on.
    moved: BTreeMap<u32, Vec<(usize, usize)>>,
}

impl Tail {
    /// Where the body of `object` is within [`Tail::bytes`], between `obj` and `endobj`.
    pub fn body(&self, object: ObjRef) -> Option<Range<usize>> {
        self.bodies.get(&object.number).cloned()
    }

    /// Where `span` of the body that was put for `object` is within [`Tail::bytes`]. In an encrypted file it stands
    /// elsewhere than its distance from the start of the body says, as soon as a string comes before it.
    pub fn locate(&self, object: ObjRef, span: Range<usize>) -> Option<Range<usize>> {
        let body = self.body(object)?;
        let place = |at: usize| match self.moved.get(&object.number) {
            None => at,
            Some(moved) => {
                let index = moved.partition_point(|(put, _)| *put <= at);
                let (put, written) = moved[..index].last().copied().unwrap_or_default();
                written + (at - put)
            }
        };
        let found = body.start + place(span.start)..body.start + place(span.end);
        (span.start <= span.end && found.end <= body.end).then_some(found)
    }

    /// The length of the file once the tail is appended.
    pub fn total_len(&self) -> u64 {
        self.base_len + self.bytes.len() as u64
    }
}

impl<'a> Revision<'a> {
    /// Starts an empty revision of `file`.
    pub fn new(file: &'a PdfFile) -> Self {
        Self { file, next: file.next_number(), objects: BTreeMap::new(), kept: BTreeMap::new() }
    }

    /// A new object number, never used in the file before, not even by a cross-reference stream.
    ///
    /// # Errors
    /// [`PdfError::Limit`] when the file has used them up.
    pub fn allocate(&mut self) -> Result<ObjRef, PdfError> {
        let limit = PdfError::Limit { what: "objects", limit: MAX_OBJECTS };
        let number = u32::try_from(self.next).ok().filter(|n| u64::from(*n) <= MAX_OBJECTS).ok_or(limit)?;
        self.next += 1;
        Ok(ObjRef::new(number))
    }

    /// Sets the body of an object, new or existing. `body` is written as it is; in an encrypted file its strings and its
    /// stream data are given in plain text and encrypted by [`Revision::finish`], all but the `/Contents` of a signature
    /// dictionary.
    pub fn put(&mut self, object: ObjRef, body: Vec<u8>) {
        self.kept.remove(&object.number);
        self.objects.insert(object.number, (object.generation, body));
    }

    /// As [`Revision::put`] for a signature dictionary: what is at `contents` in `body` keeps its bytes and its length. What
    /// comes before it moves when the file is encrypted and strings are there: ask [`Tail::locate`].
    pub fn put_signature(&mut self, object: ObjRef, body: Vec<u8>, contents: Range<usize>) {
        self.put(object, body);
        self.kept.insert(object.number, contents);
    }

    /// Sets the body of an object to a stream with the dictionary entries `entries` (without `<<`, `>>` and `/Length`) and
    /// the already encoded `data`, which is encrypted as [`Revision::put`] says.
    pub fn put_stream(&mut self, object: ObjRef, entries: &[u8], data: &[u8]) {
        let head = format!("/Length {}>>\nstream\n", data.len());
        self.put(object, [b"<<", entries, head.as_bytes(), data, b"\nendstream"].concat());
    }

    /// Edits the dictionary `object`, as this revision or else the file has it.
    ///
    /// # Errors
    /// [`PdfError::UnexpectedType`] when it is no dictionary or has stream data; whatever `change` fails with.
    pub fn edit<E: From<PdfError>>(
        &mut self,
        object: ObjRef,
        change: impl FnOnce(&mut DictEditor) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut editor = self.editor(object)?;
        change(&mut editor)?;
        self.put(object, editor.into_bytes());
        Ok(())
    }

    /// Adds `item` to the array under `key` of the dictionary `owner`, wherever that array is: in the dictionary itself,
    /// in an object of its own (then only that one changes), or nowhere yet.
    ///
    /// # Errors
    /// [`PdfError::UnexpectedType`] when the value is no array, or as [`Revision::edit`].
    pub fn push_to_array(&mut self, owner: ObjRef, key: &str, item: &[u8]) -> Result<(), PdfError> {
        let mut editor = self.editor(owner)?;
        match self.push_in(&mut editor, key, item)? {
            Some(elsewhere) => self.push_to_object(elsewhere, item),
            None => {
                self.put(owner, editor.into_bytes());
                Ok(())
            }
        }
    }

    /// Adds `item` to the array that the object `array` is.
    ///
    /// # Errors
    /// [`PdfError::UnexpectedType`] when it is no array, or as [`PdfFile::object`].
    pub fn push_to_object(&mut self, array: ObjRef, item: &[u8]) -> Result<(), PdfError> {
        let body = append_item(&self.current(array)?, item)
            .map_err(|_| PdfError::UnexpectedType { object: array, expected: "an array" })?;
        self.put(array, body);
        Ok(())
    }

    /// As [`Revision::push_to_array`] for a dictionary that is part of another object: edits `owner`, or gives the object
    /// that holds the array and has to change instead.
    ///
    /// # Errors
    /// As [`Revision::push_to_array`].
    pub fn push_in(&self, owner: &mut DictEditor, key: &str, item: &[u8]) -> Result<Option<ObjRef>, PdfError> {
        let value = owner.get(key)?.filter(|v| *v != b"null").map(<[u8]>::to_vec);
        let Some(value) = value else {
            owner.set(key, &[b"[", item, b"]"].concat())?;
            return Ok(None);
        };
        let Some(mut target) = reference_in(&value) else {
            owner.set(key, &append_item(&value, item)?)?;
            return Ok(None);
        };
        for _ in 0..8 {
            let found = self.current(target)?;
            match reference_in(&found) {
                Some(next) => target = next,
                None if found == b"null" => {
                    owner.set(key, &[b"[", item, b"]"].concat())?;
                    return Ok(None);
                }
                None => return Ok(Some(target)),
            }
        }
        Err(PdfError::Limit { what: "chained references", limit: 8 })
    }

    /// The dictionary `object` as it is now.
    ///
    /// # Errors
    /// [`PdfError::UnexpectedType`] when it is no dictionary or has stream data; [`PdfError::Malformed`].
    pub fn editor(&self, object: ObjRef) -> Result<DictEditor, PdfError> {
        let bytes = self.current(object)?;
        let is_stream = !self.objects.contains_key(&object.number) && self.file.stream(object).is_ok();
        if !bytes.starts_with(b"<<") || is_stream {
            return Err(PdfError::UnexpectedType { object, expected: "a dictionary" });
        }
        DictEditor::new(&bytes)
    }

    /// The bytes to append: objects in the order of their numbers, then a section of the same kind as the file's newest
    /// one, with every trailer entry of that one. `/ID` stays as it is, so that the same revision gives the same bytes,
    /// unless the file is encrypted: that needs random numbers.
    ///
    /// # Errors
    /// [`PdfError::WeakEncryption`] and whatever else [`PdfFile::signable`] says; [`PdfError::Malformed`] for a body that
    /// cannot be encrypted; [`PdfError::OffsetTooLarge`] when a table cannot say an offset; [`PdfError::DuplicateKey`] for an ambiguous
    /// trailer; [`PdfError::Limit`].
    pub fn finish(mut self) -> Result<Tail, PdfError> {
        self.file.signable()?;
        let moved = self.encrypt()?;
        let trailer = self.file.trailer();
        let stream = match trailer.kind {
            XrefKind::Table => None,
            XrefKind::Stream => Some(self.allocate()?.number),
        };
        let layout = Layout {
            base_len: self.file.len(),
            newline: !matches!(self.file.bytes().last(), Some(b'\n' | b'\r')),
            prev: trailer.startxref,
            size: self.next,
            stream,
        };
        let tail = layout.write(DictEditor::new(trailer.dict.raw().bytes())?, &self.objects)?;
        Ok(Tail { moved, ..tail })
    }

    /// Encrypts all bodies where the file asks for it, and says what moved in them.
    fn encrypt(&mut self) -> Result<BTreeMap<u32, Vec<(usize, usize)>>, PdfError> {
        let mut moved = BTreeMap::new();
        let Some(crypt) = &self.file.crypt else {
            return Ok(moved);
        };
        for (number, (generation, body)) in &mut self.objects {
            let object = ObjRef { number: *number, generation: *generation };
            let kept = self.kept.get(number).cloned().unwrap_or_default();
            let (sealed, places) = crypt.sealed(self.file, object, body, &kept)?;
            *body = sealed;
            moved.insert(*number, places.into_iter().map(|(written, put)| (put, written)).collect());
        }
        Ok(moved)
    }

    fn current(&self, object: ObjRef) -> Result<Vec<u8>, PdfError> {
        match self.objects.get(&object.number) {
            Some((_, body)) => Ok(body.clone()),
            None => self.file.object(object).map(|raw| raw.bytes().to_vec()),
        }
    }
}

fn reference_in(value: &[u8]) -> Option<ObjRef> {
    let source = crate::source::Source::decoded(value.to_vec());
    Raw::from_span(&source, 0..value.len()).as_reference()
}

/// Everything about a tail but its objects.
struct Layout {
    base_len: u64,
    newline: bool,
    prev: u64,
    size: u64,
    /// The number of the cross-reference stream; `None` for a table.
    stream: Option<u32>,
}

impl Layout {
    fn write(&self, mut trailer: DictEditor, objects: &BTreeMap<u32, (u16, Vec<u8>)>) -> Result<Tail, PdfError> {
        let mut bytes = Vec::new();
        if self.newline {
            bytes.push(b'\n');
        }
        let mut bodies = BTreeMap::new();
        let mut entries = Vec::new();
        for (number, (generation, body)) in objects {
            entries.push((*number, *generation, self.base_len + bytes.len() as u64));
            bytes.extend_from_slice(format!("{number} {generation} obj\n").as_bytes());
            let start = bytes.len();
            bytes.extend_from_slice(body);
            bodies.insert(*number, start..bytes.len());
            bytes.extend_from_slice(b"\nendobj\n");
        }
        let startxref = self.base_len + bytes.len() as u64;
        for key in SECTION_KEYS {
            trailer.remove(key)?;
        }
        trailer.set("Size", self.size.to_string().as_bytes())?;
        trailer.set("Prev", self.prev.to_string().as_bytes())?;
        match self.stream {
            None => write_table(&mut bytes, &entries, &trailer)?,
            Some(number) => {
                entries.push((number, 0, startxref));
                entries.sort_unstable();
                write_stream(&mut bytes, number, &entries, trailer)?;
            }
        }
        bytes.extend_from_slice(format!("\nstartxref\n{startxref}\n%%EOF\n").as_bytes());
        Ok(Tail { base_len: self.base_len, bytes, bodies, moved: BTreeMap::new() })
    }
}

fn write_table(out: &mut Vec<u8>, entries: &[(u32, u16, u64)], trailer: &DictEditor) -> Result<(), PdfError> {
    out.extend_from_slice(b"xref\n");
    if entries.is_empty() {
        out.extend_from_slice(b"0 0\n");
    }
    for run in runs(entries) {
        out.extend_from_slice(format!("{} {}\n", run[0].0, run.len()).as_bytes());
        for (_, generation, offset) in run {
            if *offset > TABLE_OFFSET_LIMIT {
                return Err(PdfError::OffsetTooLarge { offset: *offset });
            }
            out.extend_from_slice(format!("{offset:010} {generation:05} n \n").as_bytes());
        }
    }
    out.extend_from_slice(b"trailer\n");
    out.extend_from_slice(trailer.bytes());
    Ok(())
}

fn write_stream(
    out: &mut Vec<u8>,
    number: u32,
    entries: &[(u32, u16, u64)],
    mut dict: DictEditor,
) -> Result<(), PdfError> {
    // Four bytes are what every reader handles; a longer file needs eight.
    let width = if entries.iter().all(|e| u32::try_from(e.2).is_ok()) { 4 } else { 8 };
    let mut data = Vec::new();
    for (_, generation, offset) in entries {
        data.push(1);
        data.extend_from_slice(&offset.to_be_bytes()[8 - width..]);
        data.extend_from_slice(&generation.to_be_bytes());
    }
    let index: Vec<String> = runs(entries).map(|run| format!("{} {}", run[0].0, run.len())).collect();
    dict.set("Type", b"/XRef")?;
    dict.set("W", format!("[1 {width} 2]").as_bytes())?;
    dict.set("Index", format!("[{}]", index.join(" ")).as_bytes())?;
    dict.set("Length", data.len().to_string().as_bytes())?;
    out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    out.extend_from_slice(dict.bytes());
    out.extend_from_slice(b"\nstream\n");
    out.extend_from_slice(&data);
    out.extend_from_slice(b"\nendstream\nendobj");
    Ok(())
}

/// Maximal runs of consecutive object numbers.
fn runs(entries: &[(u32, u16, u64)]) -> impl Iterator<Item = &[(u32, u16, u64)]> {
    entries.chunk_by(|a, b| a.0.checked_add(1) == Some(b.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(base_len: u64, stream: Option<u32>) -> Result<Tail, PdfError> {
        let objects = BTreeMap::from([(3, (0, b"null".to_vec())), (4, (2, b"[]".to_vec())), (9, (0, b"1".to_vec()))]);
        let trailer = DictEditor::new(b"<</Size 3/Root 1 0 R/W[1 2 1]/Keep (x)/Prev 5>>").unwrap();
        Layout { base_len, newline: true, prev: 77, size: 11, stream }.write(trailer, &objects)
    }

    #[test]
    fn a_table_says_where_the_objects_are() {
        let tail = layout(1000, None).unwrap();
        let text = String::from_utf8(tail.bytes.clone()).unwrap();
        assert_eq!(&text[tail.body(ObjRef::new(4)).unwrap()], "[]");
        assert!(text.starts_with("\n3 0 obj\nnull\nendobj\n4 2 obj\n[]\nendobj\n9 0 obj\n"), "{text}");
        assert!(
            text.contains("xref\n3 2\n0000001001 00000 n \n0000001021 00002 n \n9 1\n0000001039 00000 n \ntrailer\n")
        );
        assert!(text.contains("<</Root 1 0 R/Keep (x)/Size 11/Prev 77>>\nstartxref\n1056\n%%EOF\n"), "{text}");
    }

    #[test]
    fn ten_digits_are_the_limit_of_a_table_and_not_of_a_stream() {
        assert!(layout(TABLE_OFFSET_LIMIT - 200, None).is_ok());
        let refused = layout(TABLE_OFFSET_LIMIT, None).unwrap_err();
        assert_eq!(refused, PdfError::OffsetTooLarge { offset: TABLE_OFFSET_LIMIT + 1 });
        for (base_len, width) in [(1000_u64, 4), (u64::from(u32::MAX), 8), (TABLE_OFFSET_LIMIT, 8)] {
            let tail = layout(base_len, Some(10)).unwrap();
            let text = String::from_utf8_lossy(&tail.bytes).into_owned();
            assert!(text.contains(&format!("/W[1 {width} 2]/Index[3 2 9 2]/Length {}>>", 4 * (width + 3))), "{text}");
            let first = [&[1][..], &(base_len + 1).to_be_bytes()[8 - width..], &[0, 0]].concat();
            assert!(tail.bytes.windows(first.len()).any(|w| w == first));
        }
    }
}
