//! Values as the bytes they were read from.

use std::fmt;
use std::ops::Range;

use crate::error::PdfError;
use crate::lex::{self, LexError};
use crate::source::Source;
use crate::text::decode_text;

/// The number and generation of an indirect object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjRef {
    /// Object number.
    pub number: u32,
    /// Generation, 0 for nearly every object.
    pub generation: u16,
}

impl ObjRef {
    /// A reference to generation 0, as every new object has.
    pub fn new(number: u32) -> Self {
        Self { number, generation: 0 }
    }
}

/// As PDF writes a reference: `12 0 R`.
impl fmt::Display for ObjRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} R", self.number, self.generation)
    }
}

/// One value: exactly the bytes of its token or tokens, with strings in plain text where the file is encrypted. Cloning is
/// cheap; the file stays alive as long as a value does.
#[derive(Clone)]
pub struct Raw {
    source: Source,
    span: Range<usize>,
}

impl Raw {
    /// The value that starts at `at` in `source`.
    pub(crate) fn parse(source: &Source, at: usize) -> Result<Self, PdfError> {
        let end = lex::value_end(source.bytes(), at).map_err(|e| malformed(0, e))?;
        Ok(Self { source: source.clone(), span: at..end })
    }

    pub(crate) fn from_span(source: &Source, span: Range<usize>) -> Self {
        Self { source: source.clone(), span }
    }

    pub(crate) fn null() -> Self {
        Self { source: Source::decoded(b"null".to_vec()), span: 0..4 }
    }

    pub(crate) fn end(&self) -> usize {
        self.span.end
    }

    /// The bytes of the value. In an encrypted file, strings are in plain text here, whatever stands in the file.
    pub fn bytes(&self) -> &[u8] {
        &self.source.bytes()[self.span.clone()]
    }

    /// Where the value is in the file; `None` for a value from a compressed object stream.
    pub fn file_span(&self) -> Option<Range<u64>> {
        self.source.file_span(&self.span)
    }

    /// How many bytes were looked at to read this, in the file or in plain text, whichever is more.
    pub(crate) fn weight(&self) -> usize {
        let stored = self.file_span().map_or(0, |span| (span.end - span.start) as usize);
        stored.max(self.bytes().len())
    }

    /// Whether this is the null object.
    pub fn is_null(&self) -> bool {
        self.bytes() == b"null"
    }

    /// Whether this is a dictionary.
    pub fn is_dict(&self) -> bool {
        self.bytes().starts_with(b"<<")
    }

    /// Whether this is an array.
    pub fn is_array(&self) -> bool {
        self.bytes().first() == Some(&b'[')
    }

    /// The reference this is.
    pub fn as_reference(&self) -> Option<ObjRef> {
        let (number, generation, end) = lex::reference(self.bytes(), 0)?;
        (end == self.bytes().len()).then_some(ObjRef { number, generation })
    }

    /// The integer this is.
    pub fn as_integer(&self) -> Option<i64> {
        std::str::from_utf8(self.bytes()).ok()?.parse().ok()
    }

    /// The number this is, integer or real.
    pub fn as_number(&self) -> Option<f64> {
        let bytes = self.bytes();
        if !bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.')) {
            return None;
        }
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }

    /// The name this is, without slash and with `#xx` decoded; bytes that are not UTF-8 are replaced.
    pub fn as_name(&self) -> Option<String> {
        let bytes = self.bytes();
        (bytes.first() == Some(&b'/')).then(|| String::from_utf8_lossy(&lex::decode_name(bytes)).into_owned())
    }

    /// The bytes of the string this is, literal or hexadecimal.
    pub fn as_string(&self) -> Option<Vec<u8>> {
        lex::decode_string(self.bytes())
    }

    /// The text of the text string this is (ISO 32000-2, 7.9.2.2).
    pub fn as_text(&self) -> Option<String> {
        self.as_string().map(|bytes| decode_text(&bytes))
    }

    /// The items of the array this is, references not followed.
    pub fn as_array(&self) -> Option<Vec<Raw>> {
        let items = lex::array_items(self.bytes()).ok()?;
        Some(items.into_iter().map(|span| self.part(span)).collect())
    }

    /// The dictionary this is.
    pub fn as_dict(&self) -> Option<Dict> {
        self.is_dict().then(|| Dict::parse(self.clone()).ok()).flatten()
    }

    fn part(&self, span: Range<usize>) -> Raw {
        Self { source: self.source.clone(), span: self.span.start + span.start..self.span.start + span.end }
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes();
        write!(f, "{}", bytes[..bytes.len().min(200)].escape_ascii())
    }
}

/// A dictionary: its bytes and where its entries are. A key that occurs twice reads as its last value; where readers
/// might disagree, ask [`Dict::is_repeated`].
#[derive(Clone, Debug)]
pub struct Dict {
    raw: Raw,
    entries: Vec<(Vec<u8>, Range<usize>)>,
}

impl Dict {
    pub(crate) fn parse(raw: Raw) -> Result<Self, PdfError> {
        let base = raw.file_span().map_or(raw.span.start, |span| span.start as usize);
        let entries = lex::dict_entries(raw.bytes()).map_err(|e| malformed(base, e))?;
        let entries = entries.into_iter().map(|e| (lex::decode_name(&raw.bytes()[e.key]), e.value)).collect();
        Ok(Self { raw, entries })
    }

    /// The bytes of the whole dictionary, `<<` and `>>` included.
    pub fn raw(&self) -> &Raw {
        &self.raw
    }

    /// The value of `key`; references are not followed, null counts as absent (7.3.7).
    pub fn get(&self, key: &str) -> Option<Raw> {
        let (_, span) = self.entries.iter().rev().find(|(name, _)| name == key.as_bytes())?;
        Some(self.raw.part(span.clone())).filter(|value| !value.is_null())
    }

    /// Whether `key` occurs more than once.
    pub fn is_repeated(&self, key: &str) -> bool {
        self.entries.iter().filter(|(name, _)| name == key.as_bytes()).count() > 1
    }

    /// The keys in order, duplicates included.
    pub fn keys(&self) -> impl Iterator<Item = String> + '_ {
        self.entries.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned())
    }

    /// The keys as bytes, `#xx` decoded, and their values, references not followed; duplicates and null included. Unlike
    /// [`Dict::keys`] this also reaches keys that are not UTF-8.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], Raw)> + '_ {
        self.entries.iter().map(|(name, span)| (name.as_slice(), self.raw.part(span.clone())))
    }

    /// The reference under `key`.
    pub fn reference(&self, key: &str) -> Option<ObjRef> {
        self.get(key)?.as_reference()
    }

    /// The integer directly under `key`.
    pub fn integer(&self, key: &str) -> Option<i64> {
        self.get(key)?.as_integer()
    }

    /// The name directly under `key`.
    pub fn name(&self, key: &str) -> Option<String> {
        self.get(key)?.as_name()
    }
}

/// A dictionary without entries, at no place in any file.
impl Default for Dict {
    fn default() -> Self {
        let source = Source::decoded(b"<<>>".to_vec());
        Self { raw: Raw::from_span(&source, 0..4), entries: Vec::new() }
    }
}

pub(crate) fn malformed(base: usize, error: LexError) -> PdfError {
    PdfError::Malformed { offset: (base + error.at) as u64, reason: error.reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Raw {
        Raw::parse(&Source::file_bytes(text.as_bytes().to_vec()), 0).unwrap()
    }

    #[test]
    fn values_convert_to_what_they_are_and_nothing_else() {
        assert_eq!(raw("12 3 R").as_reference(), Some(ObjRef { number: 12, generation: 3 }));
        assert_eq!(raw("12").as_reference(), None);
        assert_eq!(raw("-7 ").as_integer(), Some(-7));
        assert_eq!(raw("1.5").as_integer(), None);
        assert_eq!(raw("-.5").as_number(), Some(-0.5));
        assert_eq!(raw("1e5").as_number(), None);
        assert_eq!(raw("/A#42").as_name().as_deref(), Some("AB"));
        assert_eq!(raw("<FEFF00E3>").as_text().as_deref(), Some("ã"));
        assert_eq!(raw("[1 2 0 R(x)]").as_array().unwrap().len(), 3);
        assert!(raw("(x)").as_array().is_none());
    }

    #[test]
    fn a_value_knows_its_place_in_the_file() {
        let dict = raw("<</A<</B(x)>>/C null/C#31 5/A [9]>>").as_dict().unwrap();
        assert_eq!(dict.get("A").unwrap().bytes(), b"[9]", "the last duplicate counts");
        assert!(dict.is_repeated("A") && !dict.is_repeated("C1"));
        assert!(dict.get("C").is_none());
        assert_eq!(dict.integer("C1"), Some(5));
        assert_eq!(dict.get("C1").unwrap().file_span(), Some(26..27));
    }
}
