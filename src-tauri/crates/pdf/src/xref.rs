//! Cross-reference sections: tables, streams and the `/Prev` chain (ISO 32000-2, 7.5.4 to 7.5.8).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::decode::{Filters, decode};
use crate::error::PdfError;
use crate::lex::{is_space, skip_space, unsigned};
use crate::raw::{Dict, Raw};
use crate::source::Source;

/// Sections in one chain: a form saved daily for ten years stays under this.
const MAX_SECTIONS: usize = 4096;

/// Entries and stream bytes read on one chain: overlapping sections of a hostile file would be read again and again.
const MAX_CHAIN_ENTRIES: u64 = 4 * MAX_OBJECTS;
const MAX_CHAIN_BYTES: u64 = 512 << 20;

/// Indirect objects in one file (ISO 32000-1, annex C).
pub(crate) const MAX_OBJECTS: u64 = 8_388_607;

/// `endstream` has to stand within this many bytes after what `/Length` says, and within this many after the start of the
/// data when it does not: huge files are not searched, and streams of long blanks are not walked again and again.
const AFTER_STREAM: usize = 4096;
const STREAM_WINDOW: usize = 256 << 20;

/// `startxref` is looked for in this many last bytes.
const TAIL_WINDOW: usize = 4096;

/// The two forms of a cross-reference section. A hybrid file's section is a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XrefKind {
    /// `xref … trailer`.
    Table,
    /// A stream object of type `/XRef`.
    Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Free,
    InUse { offset: u64, generation: u16 },
    Compressed { stream: u32, index: u32 },
}

/// One section of the chain.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// Where `xref` or the stream object starts.
    pub(crate) offset: u64,
    pub(crate) kind: XrefKind,
    pub(crate) trailer: Dict,
    /// The `startxref` that follows the section: where it leads, the end of `%%EOF`, the end of that line.
    pub(crate) closing: Option<(u64, u64, u64)>,
}

/// The whole chain, newest section first.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) sections: Vec<Section>,
    pub(crate) entries: HashMap<u32, Entry>,
    /// The end of the last `%%EOF` and of its line.
    pub(crate) file_end: (u64, u64),
}

/// Reads the chain that the last `startxref` of the file begins.
pub(crate) fn read_chain(source: &Source) -> Result<Chain, PdfError> {
    let bytes = source.bytes();
    let window = bytes.len().saturating_sub(TAIL_WINDOW);
    let keyword = find_last(&bytes[window..], b"startxref").map(|at| at + window).ok_or(PdfError::NoStartxref)?;
    let (start, marker_end, line_end) = closing(bytes, keyword).ok_or(PdfError::NoStartxref)?;
    let mut chain = Chain { sections: Vec::new(), entries: HashMap::new(), file_end: (marker_end, line_end) };
    let mut visited = HashSet::new();
    let (mut entries, mut stream_bytes) = (0_u64, 0_u64);
    let mut next = Some(start);
    while let Some(offset) = next {
        if chain.sections.len() >= MAX_SECTIONS {
            return Err(PdfError::Limit { what: "cross-reference sections", limit: MAX_SECTIONS as u64 });
        }
        let mut reader = SectionReader::at(source, offset)?;
        if !visited.insert(reader.offset) {
            return Err(PdfError::CircularXref { offset });
        }
        let section = reader.read()?;
        entries += reader.entries.len() as u64;
        stream_bytes = stream_bytes.saturating_add(reader.stream_bytes);
        if entries > MAX_CHAIN_ENTRIES {
            return Err(PdfError::Limit { what: "cross-reference entries", limit: MAX_CHAIN_ENTRIES });
        }
        if stream_bytes > MAX_CHAIN_BYTES {
            return Err(PdfError::Limit { what: "cross-reference stream bytes", limit: MAX_CHAIN_BYTES });
        }
        for (number, entry) in reader.entries.drain(..) {
            chain.entries.entry(number).or_insert(entry);
        }
        if chain.entries.len() as u64 > MAX_OBJECTS {
            return Err(PdfError::Limit { what: "objects", limit: MAX_OBJECTS });
        }
        next = match section.trailer.get("Prev") {
            None => None,
            Some(prev) => {
                Some(prev.as_integer().and_then(|p| u64::try_from(p).ok()).ok_or(broken(offset, "bad /Prev"))?)
            }
        };
        chain.sections.push(section);
    }
    Ok(chain)
}

/// `startxref n %%EOF` at `at`: the number, the end of the marker, the end of its line.
fn closing(bytes: &[u8], at: usize) -> Option<(u64, u64, u64)> {
    let at = skip_blank(bytes, at + b"startxref".len());
    let (number, at) = unsigned(bytes, at)?;
    let at = skip_blank(bytes, at);
    let marker = b"%%EOF";
    if !bytes[at..].starts_with(marker) {
        return None;
    }
    let end = at + marker.len();
    let line = match bytes.get(end..).unwrap_or_default() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    Some((number, end as u64, (end + line) as u64))
}

struct SectionReader<'a> {
    source: &'a Source,
    bytes: &'a [u8],
    /// Where the section really starts, after any white space.
    offset: u64,
    at: usize,
    entries: Vec<(u32, Entry)>,
    /// Stream bytes read, encoded and decoded.
    stream_bytes: u64,
}

impl<'a> SectionReader<'a> {
    fn at(source: &'a Source, offset: u64) -> Result<Self, PdfError> {
        let bytes = source.bytes();
        let at =
            usize::try_from(offset).ok().filter(|at| *at < bytes.len()).ok_or(broken(offset, "outside the file"))?;
        let at = skip_blank(bytes, at);
        Ok(Self { source, bytes, offset: at as u64, at, entries: Vec::new(), stream_bytes: 0 })
    }

    fn read(&mut self) -> Result<Section, PdfError> {
        if self.bytes[self.at..].starts_with(b"xref") { self.read_table() } else { self.read_stream() }
    }

    fn read_table(&mut self) -> Result<Section, PdfError> {
        self.at += b"xref".len();
        let mut free = Vec::new();
        let mut first = true;
        loop {
            self.at = skip_blank(self.bytes, self.at);
            if self.bytes[self.at..].starts_with(b"trailer") {
                self.at += b"trailer".len();
                break;
            }
            let mut start = self.number("subsection expected")?;
            let count = self.number("subsection count expected")?;
            for index in 0..count {
                let offset = self.number("entry offset expected")?;
                let generation = self.number("entry generation expected")?;
                let used = self.entry_kind()?;
                // Some writers number a table that starts with the head of the free list from 1.
                if first && index == 0 && start == 1 && !used && generation == 65535 && offset == 0 {
                    start = 0;
                }
                let number = u32::try_from(start + index).map_err(|_| self.broken("object number too large"))?;
                match u16::try_from(generation) {
                    Ok(generation) if used && offset != 0 => {
                        self.entries.push((number, Entry::InUse { offset, generation }));
                    }
                    // Readers that refuse such an entry rebuild the table by a search and show other objects.
                    Err(_) if used => return Err(self.broken("entry generation too large")),
                    Ok(_) | Err(_) => free.push((number, Entry::Free)),
                }
                if (self.entries.len() + free.len()) as u64 > MAX_OBJECTS {
                    return Err(PdfError::Limit { what: "objects", limit: MAX_OBJECTS });
                }
            }
            first = false;
        }
        let trailer = self.trailer_dict()?;
        // Hybrid files: an object in use here wins, then the stream, then what this table calls free (7.5.8.4).
        if let Some(value) = trailer.get("XRefStm") {
            let offset = value.as_integer().and_then(|v| u64::try_from(v).ok()).ok_or(self.broken("bad /XRefStm"))?;
            let mut hidden = SectionReader::at(self.source, offset)?;
            hidden.read_stream()?;
            self.entries.append(&mut hidden.entries);
            self.stream_bytes = hidden.stream_bytes;
        }
        self.entries.append(&mut free);
        Ok(self.section(XrefKind::Table, trailer))
    }

    fn read_stream(&mut self) -> Result<Section, PdfError> {
        let number = self.number("neither a table nor a stream")?;
        self.number("neither a table nor a stream")?;
        self.at = skip_blank(self.bytes, self.at);
        if !self.bytes[self.at..].starts_with(b"obj") {
            return Err(self.broken("neither a table nor a stream"));
        }
        self.at += b"obj".len();
        let dict = self.trailer_dict()?;
        if dict.name("Type").as_deref() != Some("XRef") {
            return Err(self.broken("not a cross-reference stream"));
        }
        let (data, end) = stream_data(self.bytes, self.at, dict.integer("Length")).ok_or(self.broken("bad stream"))?;
        self.at = end;
        self.stream_bytes = data.len() as u64;
        if self.stream_bytes > MAX_CHAIN_BYTES {
            return Err(PdfError::Limit { what: "cross-reference stream bytes", limit: MAX_CHAIN_BYTES });
        }
        // Never encrypted, whatever it says (7.5.8.2).
        let filters = Filters::read(&dict, self.offset, |value| value)?;
        let data = decode(&filters, Cow::Borrowed(&self.bytes[data]), self.offset)?;
        self.stream_bytes += data.len() as u64;
        self.stream_entries(&dict, &data)?;
        if let Ok(number) = u32::try_from(number)
            && !self.entries.iter().any(|(n, _)| *n == number)
        {
            // The stream's own number is taken even when it does not list itself: a new object must never reuse it.
            self.entries.push((number, Entry::InUse { offset: self.offset, generation: 0 }));
        }
        self.at = skip_blank(self.bytes, self.at);
        if self.bytes[self.at..].starts_with(b"endobj") {
            self.at += b"endobj".len();
        }
        Ok(self.section(XrefKind::Stream, dict))
    }

    fn stream_entries(&mut self, dict: &Dict, data: &[u8]) -> Result<(), PdfError> {
        let ints = |key: &str| -> Option<Vec<u64>> {
            let items = dict.get(key)?.as_array()?;
            items.iter().map(|v| v.as_integer().and_then(|v| u64::try_from(v).ok())).collect()
        };
        let widths: Vec<usize> = ints("W").unwrap_or_default().into_iter().map(|w| w as usize).collect();
        let [w0, w1, w2] = widths[..] else {
            return Err(self.broken("bad /W"));
        };
        if w0 > 8 || w1 > 8 || w2 > 8 || w0 + w1 + w2 == 0 {
            return Err(self.broken("bad /W"));
        }
        let index = match dict.get("Index") {
            Some(_) => ints("Index").ok_or(self.broken("bad /Index"))?,
            None => vec![0, dict.integer("Size").and_then(|s| u64::try_from(s).ok()).ok_or(self.broken("no /Size"))?],
        };
        let mut rows = data.chunks_exact(w0 + w1 + w2);
        for range in index.chunks(2) {
            let &[start, count] = range else {
                return Err(self.broken("bad /Index"));
            };
            for number in start..start.saturating_add(count) {
                let row = rows.next().ok_or(self.broken("fewer entries than /Index says"))?;
                let number = u32::try_from(number).map_err(|_| self.broken("object number too large"))?;
                let kind = if w0 == 0 { 1 } else { big_endian(&row[..w0]) };
                let (second, third) = (big_endian(&row[w0..w0 + w1]), big_endian(&row[w0 + w1..]));
                let entry = match (kind, u16::try_from(third), u32::try_from(second), u32::try_from(third)) {
                    (1, Err(_), _, _) => return Err(self.broken("entry generation too large")),
                    (1, Ok(generation), _, _) if second != 0 => Entry::InUse { offset: second, generation },
                    (2, _, Ok(stream), Ok(index)) => Entry::Compressed { stream, index },
                    _ => Entry::Free, // other types are to be read as null (7.5.8.3)
                };
                self.entries.push((number, entry));
                if self.entries.len() as u64 > MAX_OBJECTS {
                    return Err(PdfError::Limit { what: "objects", limit: MAX_OBJECTS });
                }
            }
        }
        Ok(())
    }

    fn section(&mut self, kind: XrefKind, trailer: Dict) -> Section {
        let at = skip_space(self.bytes, self.at); // iText writes a comment here
        let closing = self.bytes[at..].starts_with(b"startxref").then(|| closing(self.bytes, at)).flatten();
        // White space before the section is tolerated, so the number may be a little short of the real start.
        let closing = closing.map(|(start, marker, line)| {
            let start = usize::try_from(start).map_or(self.bytes.len(), |start| skip_blank(self.bytes, start));
            (start as u64, marker, line)
        });
        Section { offset: self.offset, kind, trailer, closing }
    }

    fn trailer_dict(&mut self) -> Result<Dict, PdfError> {
        self.at = skip_space(self.bytes, self.at);
        let raw = Raw::parse(self.source, self.at).map_err(|_| self.broken("bad trailer"))?;
        self.at = raw.end();
        Dict::parse(raw).map_err(|_| self.broken("bad trailer"))
    }

    fn number(&mut self, reason: &'static str) -> Result<u64, PdfError> {
        let at = skip_blank(self.bytes, self.at);
        let (value, end) = unsigned(self.bytes, at).ok_or(self.broken(reason))?;
        self.at = end;
        Ok(value)
    }

    fn entry_kind(&mut self) -> Result<bool, PdfError> {
        self.at = skip_blank(self.bytes, self.at);
        let used = match self.bytes.get(self.at) {
            Some(b'n') => true,
            Some(b'f') => false,
            _ => return Err(self.broken("entry type expected")),
        };
        self.at += 1;
        Ok(used)
    }

    fn broken(&self, reason: &'static str) -> PdfError {
        broken(self.offset, reason)
    }
}

/// The data of a stream whose dictionary ends before `at`, and where `endstream` ends. `/Length` counts when `endstream`
/// follows it, else the next `endstream` does.
pub(crate) fn stream_data(bytes: &[u8], at: usize, length: Option<i64>) -> Option<(std::ops::Range<usize>, usize)> {
    let keyword = b"endstream";
    let at = skip_space(bytes, at);
    let at = at + bytes.get(at..)?.strip_prefix(b"stream").map(|_| b"stream".len())?;
    let start = at
        + match bytes.get(at..).unwrap_or_default() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
    let stated = length.and_then(|l| usize::try_from(l).ok()).and_then(|l| start.checked_add(l)).filter(|end| {
        let near = &bytes[..bytes.len().min(end.saturating_add(AFTER_STREAM))];
        let after = (*end <= near.len()).then(|| skip_blank(near, *end));
        after.is_some_and(|after| near[after..].starts_with(keyword))
    });
    if let Some(end) = stated {
        return Some((start..end, skip_blank(bytes, end) + keyword.len()));
    }
    let searched = bytes.get(start..bytes.len().min(start.saturating_add(STREAM_WINDOW)))?;
    let found = start + find_first(searched, keyword)?;
    Some((start..found, found + keyword.len()))
}

pub(crate) fn skip_blank(bytes: &[u8], at: usize) -> usize {
    at.min(bytes.len()) + bytes.get(at..).unwrap_or_default().iter().take_while(|b| is_space(**b)).count()
}

fn find_first(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

fn find_last(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).rposition(|w| w == needle)
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn broken(offset: u64, reason: &'static str) -> PdfError {
    PdfError::BrokenXref { offset, reason }
}
