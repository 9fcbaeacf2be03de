//! The elements of a file, flat and in the order of their bytes.

use std::fmt;
use std::ops::Range;

/// Where and why the bytes are not ASN.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{problem} at byte {offset}")]
pub struct Asn1Error {
    /// Offset from the beginning of the input, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

impl Asn1Error {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }
}

/// What keeps bytes from being read as ASN.1.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The data ends inside a tag.
    #[error("the data ends inside a tag")]
    TagCut,
    /// A tag number beyond 28 bits.
    #[error("the tag number is too large")]
    TagTooLarge,
    /// The data ends before or inside a length.
    #[error("the data ends inside a length")]
    LengthCut,
    /// A length that no file has.
    #[error("the length is too large")]
    LengthTooLarge,
    /// The reserved first length byte 0xff (X.690 §8.1.3.5).
    #[error("the length has a reserved form")]
    LengthReserved,
    /// An element is longer than what it stands in.
    #[error("the data ends inside an element")]
    ContentCut,
    /// An indefinite length on an element without elements inside.
    #[error("an indefinite length on a primitive element")]
    IndefinitePrimitive,
    /// An indefinite length that does not end.
    #[error("an indefinite length without its end")]
    IndefiniteOpen,
    /// An end of contents where none belongs.
    #[error("an end of contents that ends nothing")]
    StrayEnd,
    /// Deeper than the limit.
    #[error("the nesting is too deep")]
    TooDeep,
    /// More elements than the limit.
    #[error("there are too many elements")]
    TooMany,
}

impl Problem {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::TagCut => "asn1_tag_cut",
            Self::TagTooLarge => "asn1_tag_too_large",
            Self::LengthCut => "asn1_length_cut",
            Self::LengthTooLarge => "asn1_length_too_large",
            Self::LengthReserved => "asn1_length_reserved",
            Self::ContentCut => "asn1_content_cut",
            Self::IndefinitePrimitive => "asn1_indefinite_primitive",
            Self::IndefiniteOpen => "asn1_indefinite_open",
            Self::StrayEnd => "asn1_stray_end",
            Self::TooDeep => "asn1_too_deep",
            Self::TooMany => "asn1_too_many",
        }
    }
}

/// Class of a tag (X.690 §8.1.2.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Class {
    /// Types of ASN.1 itself.
    Universal,
    /// Types of an application.
    Application,
    /// Fields, `[0]`, `[1]`, …
    Context,
    /// Private agreement.
    Private,
}

impl Class {
    /// From the first byte of an element.
    pub(crate) fn of(byte: u8) -> Self {
        match byte >> 6 {
            0 => Self::Universal,
            1 => Self::Application,
            2 => Self::Context,
            _ => Self::Private,
        }
    }
}

/// One element.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Node {
    /// Offset of its first byte.
    pub offset: usize,
    /// Bytes of tag and length.
    pub header_len: usize,
    /// Bytes of the content, without an end of contents.
    pub content_len: usize,
    /// 2 for an indefinite length that ended, else 0.
    pub end_len: usize,
    /// Class of the tag.
    pub class: Class,
    /// Number of the tag.
    pub tag: u32,
    /// Whether it says that it is made of elements.
    pub constructed: bool,
    /// Whether it is a string whose content is ASN.1 again; that content's elements are its children.
    pub encapsulates: bool,
    /// How many elements it stands in.
    pub depth: usize,
    /// Index of the element that it stands in.
    pub parent: Option<usize>,
    /// Index after its last descendant.
    pub next: usize,
    /// What is unusual in it.
    pub remarks: Remarks,
    /// Which field it is, where the structure is known.
    pub field: Option<Field>,
}

impl Node {
    /// All its bytes.
    pub fn range(&self) -> Range<usize> {
        self.offset..self.content_offset() + self.content_len + self.end_len
    }

    /// Its content.
    pub fn content_range(&self) -> Range<usize> {
        self.content_offset()..self.content_offset() + self.content_len
    }

    /// Offset of its content.
    pub fn content_offset(&self) -> usize {
        self.offset + self.header_len
    }

    /// Whether it is of this type of ASN.1 itself.
    pub fn is_universal(&self, tag: u32) -> bool {
        self.class == Class::Universal && self.tag == tag
    }

    /// Name of the type: `SEQUENCE`, `INTEGER`, `[0]`, `[APPLICATION 3]`.
    pub fn type_name(&self) -> String {
        match self.class {
            Class::Universal => {
                universal_name(self.tag).map_or_else(|| format!("[UNIVERSAL {}]", self.tag), str::to_owned)
            }
            Class::Application => format!("[APPLICATION {}]", self.tag),
            Class::Context => format!("[{}]", self.tag),
            Class::Private => format!("[PRIVATE {}]", self.tag),
        }
    }
}

/// Which field of a structure an element is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Field {
    /// The step from the element around it.
    pub step: Step,
    /// Which alternative of a CHOICE it is.
    pub choice: Option<&'static str>,
}

/// One step of a field's path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// A component by its name.
    Name(&'static str),
    /// An element of a SEQUENCE OF or SET OF, counted from 0.
    Index(usize),
    /// None: the structure itself, or what stands inside an explicit tag or a string.
    Same,
}

/// Something in an element that is unusual, not DER, or not allowed in its type.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Remark {
    /// The length has more bytes than it needs (X.690 §10.1).
    NotDerLength,
    /// The length is indefinite.
    IndefiniteLength,
    /// A string in pieces (X.690 §10.2).
    ConstructedString,
    /// The tag number has more bytes than it needs.
    LongTag,
    /// A BOOLEAN that is neither 00 nor ff.
    BadBoolean,
    /// An INTEGER or ENUMERATED without content or with needless leading bytes.
    BadInteger,
    /// An OBJECT IDENTIFIER that cannot be read.
    BadOid,
    /// Unused bits of a BIT STRING that are too many or not zero.
    BadBitString,
    /// A NULL with content.
    BadNull,
    /// Characters that the type does not allow.
    BadString,
    /// No date and time.
    BadTime,
    /// A date and time in a form that DER does not allow.
    NotDerTime,
    /// Something follows the first element of the file.
    TrailingBytes,
    /// Not all of its content could be read.
    Broken,
    /// A SEQUENCE, SET or other constructed type that is encoded as primitive.
    WrongForm,
}

impl Remark {
    /// Every remark.
    pub const ALL: [Self; 15] = [
        Self::NotDerLength,
        Self::IndefiniteLength,
        Self::ConstructedString,
        Self::LongTag,
        Self::BadBoolean,
        Self::BadInteger,
        Self::BadOid,
        Self::BadBitString,
        Self::BadNull,
        Self::BadString,
        Self::BadTime,
        Self::NotDerTime,
        Self::TrailingBytes,
        Self::Broken,
        Self::WrongForm,
    ];

    /// Stable `snake_case` code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotDerLength => "not_der_length",
            Self::IndefiniteLength => "indefinite_length",
            Self::ConstructedString => "constructed_string",
            Self::LongTag => "long_tag",
            Self::BadBoolean => "bad_boolean",
            Self::BadInteger => "bad_integer",
            Self::BadOid => "bad_oid",
            Self::BadBitString => "bad_bit_string",
            Self::BadNull => "bad_null",
            Self::BadString => "bad_string",
            Self::BadTime => "bad_time",
            Self::NotDerTime => "not_der_time",
            Self::TrailingBytes => "trailing_bytes",
            Self::Broken => "broken",
            Self::WrongForm => "wrong_form",
        }
    }
}

/// A set of remarks.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct Remarks(u16);

impl Remarks {
    pub(crate) fn add(&mut self, remark: Remark) {
        self.0 |= 1 << remark as u8;
    }

    /// Whether it is among them.
    pub fn contains(self, remark: Remark) -> bool {
        self.0 & 1 << remark as u8 != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Remark> {
        Remark::ALL.into_iter().filter(move |remark| self.contains(*remark))
    }
}

impl fmt::Debug for Remarks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Remark::code)).finish()
    }
}

/// What a stretch of bytes is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SegmentKind {
    /// Tag and length, and for a BIT STRING with elements inside its count of unused bits.
    Header,
    /// Content of an element without elements inside.
    Content,
    /// The two zero bytes after an indefinite length.
    End,
    /// Could not be read as ASN.1.
    Unread,
}

/// A stretch of bytes and whose it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Segment {
    /// The bytes.
    pub range: Range<usize>,
    /// The element that they belong to; `None` outside of all.
    pub node: Option<usize>,
    /// What they are.
    pub kind: SegmentKind,
}

/// The elements of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tree {
    /// Every element; each before those inside it, in the order of their bytes.
    pub nodes: Vec<Node>,
    /// The first trouble, where there is any. What stands before it and after the element around it was read.
    pub trouble: Option<Asn1Error>,
    /// How many bytes were read.
    pub length: usize,
}

impl Tree {
    /// Indexes of the elements that stand in no other.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        Siblings { tree: self, at: 0, end: self.nodes.len() }
    }

    /// Indexes of the elements directly inside one.
    pub fn children(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.nodes.get(index).map_or(0, |node| node.next);
        Siblings { tree: self, at: index + 1, end }
    }

    /// The innermost element that has this byte.
    pub fn at_offset(&self, offset: usize) -> Option<usize> {
        // Elements stand in the order of their first bytes: the last that begins before the byte has it, or stands in what has it.
        let mut at = self.nodes.partition_point(|node| node.offset <= offset).checked_sub(1);
        while let Some(index) = at {
            let node = self.nodes.get(index)?;
            if node.range().contains(&offset) {
                return Some(index);
            }
            at = node.parent;
        }
        None
    }

    /// The element of a field, by its path from the structure down: `tbsCertificate.extensions[3].extnValue`. Where an
    /// explicit tag stands around the field, it is the tag.
    pub fn at_path(&self, path: &str) -> Option<usize> {
        let steps: Vec<&str> = path.split_inclusive(['.', ']']).flat_map(split_step).collect();
        let root = self.roots().next()?;
        self.nodes[root].field?;
        if steps.is_empty() { Some(root) } else { self.descend(root, &steps) }
    }

    /// The path of an element from the structure down; `None` where the structure is not known. That of the structure
    /// itself is empty.
    pub fn path(&self, index: usize) -> Option<String> {
        let mut steps = Vec::new();
        let mut at = Some(index);
        while let Some(index) = at {
            let node = self.nodes.get(index)?;
            let field = node.field?;
            steps.push(field);
            at = node.parent;
        }
        let mut out = String::new();
        for field in steps.iter().rev() {
            match field.step {
                Step::Name(name) => push_name(&mut out, name),
                Step::Index(number) => {
                    out.push_str(&format!("[{number}]"));
                }
                Step::Same => {}
            }
            if let Some(choice) = field.choice {
                push_name(&mut out, choice);
            }
        }
        Some(out)
    }

    /// Every byte with whose it is: in order, without gaps, each once.
    pub fn segments(&self) -> Vec<Segment> {
        let mut out = Vec::with_capacity(self.nodes.len() * 2);
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        let mut push = |range: Range<usize>, node, kind, at: &mut usize| {
            if !range.is_empty() {
                *at = range.end;
                out.push(Segment { range, node, kind });
            }
        };
        for (index, node) in self.nodes.iter().enumerate() {
            while let Some(&around) = open.last().filter(|around| self.nodes[**around].next <= index) {
                self.close(around, &mut at, &mut push);
                open.pop();
            }
            // A BIT STRING's count of unused bits stands between its header and its elements.
            let around = open.last().copied();
            let kind = match around {
                Some(parent) if self.nodes[parent].encapsulates && index == parent + 1 => SegmentKind::Header,
                _ => SegmentKind::Unread,
            };
            push(at..node.offset.max(at), around, kind, &mut at);
            push(node.offset..node.content_offset(), Some(index), SegmentKind::Header, &mut at);
            if node.next > index + 1 {
                open.push(index);
            } else {
                let kind = match node.constructed {
                    true => SegmentKind::Unread,
                    false => SegmentKind::Content,
                };
                push(node.content_range(), Some(index), kind, &mut at);
                push(node.content_range().end..node.range().end, Some(index), SegmentKind::End, &mut at);
            }
        }
        while let Some(around) = open.pop() {
            self.close(around, &mut at, &mut push);
        }
        push(at..self.length, None, SegmentKind::Unread, &mut at);
        out
    }

    fn close(
        &self,
        index: usize,
        at: &mut usize,
        push: &mut impl FnMut(Range<usize>, Option<usize>, SegmentKind, &mut usize),
    ) {
        let node = &self.nodes[index];
        let content_end = node.content_range().end;
        push(*at..content_end.max(*at), Some(index), SegmentKind::Unread, at);
        push(content_end..node.range().end, Some(index), SegmentKind::End, at);
    }

    fn descend(&self, index: usize, steps: &[&str]) -> Option<usize> {
        for child in self.children(index) {
            let Some(field) = self.nodes[child].field else { continue };
            let rest = match (field.step, steps) {
                (Step::Same, rest) => rest,
                (Step::Name(name), [first, rest @ ..]) if name == *first => rest,
                (Step::Index(number), [first, rest @ ..]) if first.parse() == Ok(number) => rest,
                (Step::Name(_) | Step::Index(_), _) => continue,
            };
            let rest = match (field.choice, rest) {
                (Some(choice), [first, rest @ ..]) if choice == *first => rest,
                _ => rest,
            };
            if rest.is_empty() {
                return Some(child);
            }
            if let Some(found) = self.descend(child, rest) {
                return Some(found);
            }
        }
        None
    }
}

struct Siblings<'a> {
    tree: &'a Tree,
    at: usize,
    end: usize,
}

impl Iterator for Siblings<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.at >= self.end {
            return None;
        }
        let found = self.at;
        self.at = self.tree.nodes[found].next;
        Some(found)
    }
}

fn push_name(out: &mut String, name: &str) {
    if !out.is_empty() {
        out.push('.');
    }
    out.push_str(name);
}

/// `extensions[3]` is two steps: a name and a number.
fn split_step(part: &str) -> impl Iterator<Item = &str> {
    part.trim_end_matches(['.', ']']).split('[').filter(|step| !step.is_empty())
}

pub(crate) fn universal_name(tag: u32) -> Option<&'static str> {
    Some(match tag {
        0 => "END OF CONTENTS",
        1 => "BOOLEAN",
        2 => "INTEGER",
        3 => "BIT STRING",
        4 => "OCTET STRING",
        5 => "NULL",
        6 => "OBJECT IDENTIFIER",
        7 => "ObjectDescriptor",
        8 => "EXTERNAL",
        9 => "REAL",
        10 => "ENUMERATED",
        11 => "EMBEDDED PDV",
        12 => "UTF8String",
        13 => "RELATIVE-OID",
        14 => "TIME",
        16 => "SEQUENCE",
        17 => "SET",
        18 => "NumericString",
        19 => "PrintableString",
        20 => "TeletexString",
        21 => "VideotexString",
        22 => "IA5String",
        23 => "UTCTime",
        24 => "GeneralizedTime",
        25 => "GraphicString",
        26 => "VisibleString",
        27 => "GeneralString",
        28 => "UniversalString",
        29 => "CHARACTER STRING",
        30 => "BMPString",
        31 => "DATE",
        32 => "TIME-OF-DAY",
        33 => "DATE-TIME",
        34 => "DURATION",
        _ => return None,
    })
}
