//! The signatures of a PDF as facts: what each covers, what it claims, where its CMS is. Trust, digests and the CMS itself
//! are judged elsewhere.

use std::collections::HashMap;
use std::ops::Range;

use cartorio_core::{Digest, HashAlgorithm, Hasher};
use cartorio_pdf::{
    ObjRef, PdfBytes, PdfError, PdfFile, Raw, RevisionInfo, SignatureEntries, TransformParams, decode_date,
};
use time::OffsetDateTime;

use crate::cms::ber::{Limits as BerLimits, normalise};

/// Signatures of one document. More than any deed has; every one costs a look at the file as it was.
const MAX_SIGNATURES: usize = 500;

/// Bytes of `/Contents` of all signatures together.
const MAX_CONTENTS: u64 = 256 << 20;

/// Objects listed by all earlier revisions together that are opened again to see what they had.
const MAX_REOPENED: u64 = 20_000_000;

/// A signature and the field that has it.
#[derive(Clone, Debug)]
pub struct PdfSignature {
    /// Fully qualified name of the field.
    pub field: String,
    /// Further fields whose value is the same signature: it is reported once.
    pub other_fields: Vec<String>,
    /// What it is for.
    pub kind: PdfSignatureKind,
    /// `/SubFilter`: `ETSI.CAdES.detached` for PAdES, `adbe.pkcs7.detached`, …
    pub sub_filter: Option<String>,
    /// `/M`, the time the signer claims, when it is a date.
    pub claimed_time: Option<OffsetDateTime>,
    /// `/Name`.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// `/ContactInfo`.
    pub contact: Option<String>,
    /// What the signature covers.
    pub coverage: Coverage,
    /// How many revisions were appended after the bytes the signature covers; 0 when the coverage is not sound.
    pub later_revisions: usize,
    /// The CMS as it was written, without padding; empty when there is none.
    pub cms: Vec<u8>,
    /// `/Contents` as it is stored, padding included: what the key of its entry in a VRI is the hash of.
    pub stored_contents: Vec<u8>,
    /// Whether bytes other than zero follow the CMS inside `/Contents`: unsigned room where anything could hide.
    pub padding_used: bool,
    limits: Limits,
    parts: Option<[Range<u64>; 2]>,
    bytes: PdfBytes,
}

/// What a signature itself says about later changes: the locks of its FieldMDP (ISO 32000-2, 12.8.2.4), and the level that
/// goes with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// `/P` of a DocMDP or FieldMDP transform, 1 to 3.
    pub level: Option<DocMdpLevel>,
    /// The locks.
    pub locks: Vec<FieldLock>,
}

/// Fields that nobody may change any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldLock {
    /// Every field.
    All,
    /// These, and those below them.
    Include(Vec<String>),
    /// All but these and those below them.
    Exclude(Vec<String>),
}

impl FieldLock {
    fn read(params: &TransformParams) -> Option<Self> {
        match params.action.as_deref() {
            Some("All") => Some(Self::All),
            Some("Include") => Some(Self::Include(params.fields.clone())),
            Some("Exclude") => Some(Self::Exclude(params.fields.clone())),
            // What the standard does not know is read as the strictest, as it is when a field is signed.
            Some(_) | None => Some(Self::All),
        }
    }

    /// Whether the field of this fully qualified name is locked.
    pub fn locks(&self, field: &str) -> bool {
        let named = |fields: &[String]| {
            fields.iter().any(|own| {
                field.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Include(fields) => named(fields),
            Self::Exclude(fields) => !named(fields),
        }
    }
}

impl Limits {
    fn read(entries: &SignatureEntries) -> Self {
        let mut out = Self::default();
        for reference in &entries.references {
            let Some(params) = &reference.params else { continue };
            match reference.method.as_deref() {
                Some("DocMDP") => out.level = Some(DocMdpLevel::of(params.permission.unwrap_or(2))),
                Some("FieldMDP") => {
                    out.locks.extend(FieldLock::read(params));
                    out.level = out.level.or(params.permission.map(DocMdpLevel::of));
                }
                Some(_) | None => {}
            }
        }
        out
    }
}

impl DocMdpLevel {
    /// Levels that the standard does not know are read as the strictest.
    const fn of(level: i64) -> Self {
        match level {
            2 => Self::FormFilling,
            3 => Self::Annotations,
            _ => Self::NoChanges,
        }
    }
}

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PdfSignatureKind {
    /// An approval signature.
    Approval,
    /// The certification of the document, with what it allows afterwards.
    Certification(DocMdpLevel),
    /// A document time stamp (ETSI.RFC3161).
    DocumentTimestamp,
}

/// What may change after certification (ISO 32000-2, table 257).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocMdpLevel {
    /// P=1: nothing.
    NoChanges,
    /// P=2: filling in forms and signing.
    FormFilling,
    /// P=3: the same and annotations.
    Annotations,
}

/// What a signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Every byte of the file but `/Contents`.
    EntireFile,
    /// Every byte but `/Contents` of a revision; more was appended after it.
    EntireRevision {
        /// Where the covered bytes end.
        revision_end: u64,
    },
    /// From the start with `/Contents` left out, but to no end of a revision.
    Partial {
        /// Where the covered bytes end.
        end: u64,
    },
    /// The byte range cannot be believed.
    Invalid(ByteRangeFault),
}

/// Why a byte range cannot be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRangeFault {
    /// The field's value is no dictionary, or one that does not parse.
    Unreadable,
    /// No `/ByteRange` with integers.
    Missing,
    /// Not exactly two parts: more gaps could hide changes.
    NotTwoParts,
    /// A negative number, or one beyond all files.
    BadNumber,
    /// The first part does not start at 0.
    DoesNotStartAtZero,
    /// The parts overlap or touch.
    Overlap,
    /// A part goes beyond the file.
    OutsideFile,
    /// No `/Contents`, or one that is not a string in the signature dictionary itself.
    NoContents,
    /// `/Contents` is not hexadecimal.
    ContentsNotHex,
    /// What is left out is not exactly `/Contents`.
    GapIsNotContents,
    /// `/ByteRange` or `/Contents` occurs twice: readers may disagree which one counts.
    RepeatedEntry,
    /// The dictionary is not in the revision that it covers.
    NotInItsRevision,
}

impl ByteRangeFault {
    /// The stable code of this fault.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "signature_dictionary_unreadable",
            Self::Missing => "byte_range_missing",
            Self::NotTwoParts => "byte_range_not_two_parts",
            Self::BadNumber => "byte_range_bad_number",
            Self::DoesNotStartAtZero => "byte_range_not_from_start",
            Self::Overlap => "byte_range_overlap",
            Self::OutsideFile => "byte_range_outside_file",
            Self::NoContents => "signature_contents_missing",
            Self::ContentsNotHex => "signature_contents_not_hex",
            Self::GapIsNotContents => "byte_range_gap_not_contents",
            Self::RepeatedEntry => "signature_entry_repeated",
            Self::NotInItsRevision => "signature_not_in_its_revision",
        }
    }
}

/// Every signature of `file`, in the order of signing; those whose coverage cannot be believed come last.
///
/// # Errors
/// [`PdfError`] when the form cannot be read; [`PdfError::Limit`] for more than 500 signatures.
pub fn signatures(file: &PdfFile) -> Result<Vec<PdfSignature>, PdfError> {
    let certification = file.permissions()?.and_then(|p| p.doc_mdp).and_then(|(reference, _)| reference);
    let mut candidates = candidates(file, certification)?;
    // In the order of the revisions, so that each of these is opened once.
    candidates.sort_by_key(|candidate| candidate.order(file));
    let revisions = file.revisions();
    let mut past = Past { file, open: None, listed: 0 };
    let mut out = Vec::with_capacity(candidates.len());
    for mut candidate in candidates {
        if let Ok((coverage, _)) = candidate.checked
            && !past.had(coverage, &candidate)?
        {
            candidate.checked = Err(ByteRangeFault::NotInItsRevision);
        }
        out.push(describe(file, &revisions, candidate));
    }
    out.sort_by_key(|signature| order(file, Some(signature.coverage)));
    Ok(out)
}

/// A field's value that claims to be a signature.
struct Candidate {
    field: String,
    other_fields: Vec<String>,
    reference: Option<ObjRef>,
    kind: PdfSignatureKind,
    entries: SignatureEntries,
    limits: Limits,
    checked: Result<(Coverage, [Range<u64>; 2]), ByteRangeFault>,
}

impl Candidate {
    fn order(&self, file: &PdfFile) -> (u8, u64) {
        order(file, self.checked.as_ref().ok().map(|(coverage, _)| *coverage))
    }
}

fn order(file: &PdfFile, coverage: Option<Coverage>) -> (u8, u64) {
    match coverage {
        Some(Coverage::EntireFile) => (0, file.len()),
        Some(Coverage::EntireRevision { revision_end }) => (0, revision_end),
        Some(Coverage::Partial { end }) => (0, end),
        Some(Coverage::Invalid(_)) | None => (1, 0),
    }
}

/// What makes two values the same one: the object that both refer to, or the same bytes in the same place.
#[derive(Eq, Hash, PartialEq)]
enum Identity {
    Object(ObjRef),
    Place(usize, usize),
}

impl Identity {
    fn of(value: &Raw) -> Self {
        match value.as_reference() {
            Some(reference) => Self::Object(reference),
            None => Self::Place(value.bytes().as_ptr().addr(), value.bytes().len()),
        }
    }
}

fn candidates(file: &PdfFile, certification: Option<ObjRef>) -> Result<Vec<Candidate>, PdfError> {
    let revisions = file.revisions();
    let mut out: Vec<Candidate> = Vec::new();
    // The form keeps the values alive, so no two of them can have had the same place.
    let form = file.form()?;
    let mut known = HashMap::new();
    let mut contents = 0_u64;
    for field in form.iter().flat_map(|form| &form.fields) {
        let Some(value) = field.value.as_ref().filter(|_| field.field_type.as_deref() == Some("Sig")) else {
            continue;
        };
        if let Some(index) = known.get(&Identity::of(value)) {
            let index: Option<usize> = *index;
            if let Some(same) = index.and_then(|index| out.get_mut(index)) {
                same.other_fields.push(field.name.clone());
            }
            continue;
        }
        let entries = match file.resolve(value) {
            Ok(target) if target.is_null() => {
                known.insert(Identity::of(value), None);
                continue;
            }
            Ok(_) | Err(_) => entries(file, value),
        };
        if out.len() >= MAX_SIGNATURES {
            return Err(PdfError::Limit { what: "signatures", limit: MAX_SIGNATURES as u64 });
        }
        let checked = match &entries {
            None => Err(ByteRangeFault::Unreadable),
            Some(entries) => {
                check_byte_range(file, entries).map(|parts| (coverage(file, &revisions, parts[1].end), parts))
            }
        };
        let mut entries = entries.unwrap_or_default();
        contents += entries.contents.as_ref().map_or(0, Vec::len) as u64;
        if contents > MAX_CONTENTS {
            return Err(PdfError::Limit { what: "bytes of signatures", limit: MAX_CONTENTS });
        }
        known.insert(Identity::of(value), Some(out.len()));
        let (field, reference) = (field.name.clone(), value.as_reference());
        let kind = kind(&entries, reference, certification);
        let limits = Limits::read(&entries);
        entries.references = Vec::new(); // long lists of locked fields, of which only the kind was needed
        out.push(Candidate { field, other_fields: Vec::new(), reference, kind, entries, limits, checked });
    }
    Ok(out)
}

impl PdfSignature {
    /// The digest of the covered bytes, read once with flat memory; `None` when the coverage is invalid.
    pub fn digest(&self, hash: HashAlgorithm) -> Option<Digest> {
        let mut hasher = Hasher::new(hash);
        for part in self.parts.as_ref()? {
            let read = self.bytes.for_each_piece(part.clone(), |piece| {
                hasher.update(piece);
                Ok::<_, std::io::Error>(())
            });
            read.ok()?;
        }
        Some(hasher.finish())
    }

    /// The two parts of the file that are covered; `None` when the coverage is invalid.
    pub const fn covered(&self) -> Option<&[Range<u64>; 2]> {
        self.parts.as_ref()
    }

    /// Where the covered bytes end; `None` when the coverage is invalid.
    pub fn covered_end(&self) -> Option<u64> {
        self.parts.as_ref().map(|[_, last]| last.end)
    }

    /// What the signature itself says about later changes.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// The entries of a signed field's value; `None` when the field claims a signature that cannot be read.
fn entries(file: &PdfFile, value: &Raw) -> Option<SignatureEntries> {
    let dict = file.resolve_dict(value).ok()??;
    file.signature_entries(dict).ok()
}

fn describe(file: &PdfFile, revisions: &[RevisionInfo], candidate: Candidate) -> PdfSignature {
    let Candidate { field, other_fields, reference: _, kind, mut entries, limits, checked } = candidate;
    let (coverage, parts) = match checked {
        Ok((coverage, parts)) => (coverage, Some(parts)),
        Err(fault) => (Coverage::Invalid(fault), None),
    };
    let later_revisions = match coverage {
        Coverage::EntireRevision { revision_end } => revisions.iter().filter(|r| r.marker_end > revision_end).count(),
        Coverage::Partial { end } => revisions.iter().filter(|r| r.marker_end > end).count(),
        Coverage::EntireFile | Coverage::Invalid(_) => 0,
    };
    let stored_contents = entries.contents.take().unwrap_or_default();
    let (cms, padding_used) = split_padding(stored_contents.clone());
    PdfSignature {
        kind,
        field,
        other_fields,
        sub_filter: entries.sub_filter,
        claimed_time: entries.modified.as_deref().and_then(decode_date),
        name: entries.name,
        reason: entries.reason,
        location: entries.location,
        contact: entries.contact,
        coverage,
        later_revisions,
        cms,
        stored_contents,
        padding_used,
        limits,
        parts,
        bytes: file.shared_bytes(),
    }
}

fn kind(entries: &SignatureEntries, reference: Option<ObjRef>, certification: Option<ObjRef>) -> PdfSignatureKind {
    if entries.kind.as_deref() == Some("DocTimeStamp") || entries.sub_filter.as_deref() == Some("ETSI.RFC3161") {
        return PdfSignatureKind::DocumentTimestamp;
    }
    if certification.is_none() || certification != reference {
        return PdfSignatureKind::Approval;
    }
    let doc_mdp = entries.references.iter().find(|r| r.method.as_deref() == Some("DocMDP"));
    let level = doc_mdp.and_then(|r| r.params.as_ref()).and_then(|p| p.permission).unwrap_or(2);
    PdfSignatureKind::Certification(DocMdpLevel::of(level))
}

fn check_byte_range(file: &PdfFile, entries: &SignatureEntries) -> Result<[Range<u64>; 2], ByteRangeFault> {
    if entries.dict.is_repeated("ByteRange") || entries.dict.is_repeated("Contents") {
        return Err(ByteRangeFault::RepeatedEntry);
    }
    let numbers = entries.byte_range.as_ref().ok_or(ByteRangeFault::Missing)?;
    let &[start, first, second, last] = numbers.as_slice() else {
        return Err(ByteRangeFault::NotTwoParts);
    };
    let number = |value: i64| u64::try_from(value).map_err(|_| ByteRangeFault::BadNumber);
    let (start, first, second, last) = (number(start)?, number(first)?, number(second)?, number(last)?);
    if start != 0 {
        return Err(ByteRangeFault::DoesNotStartAtZero);
    }
    let end = second.checked_add(last).ok_or(ByteRangeFault::BadNumber)?;
    if second <= first {
        return Err(ByteRangeFault::Overlap);
    }
    if end > file.len() {
        return Err(ByteRangeFault::OutsideFile);
    }
    let span = entries.contents_span.clone().ok_or(ByteRangeFault::NoContents)?;
    let token = file.bytes().get(span.start as usize..span.end as usize).ok_or(ByteRangeFault::NoContents)?;
    if entries.contents.is_none() || token.first() != Some(&b'<') {
        return Err(if token.first() == Some(&b'<') || token.first() == Some(&b'(') {
            ByteRangeFault::ContentsNotHex
        } else {
            ByteRangeFault::NoContents
        });
    }
    if (first, second) != (span.start, span.end) {
        return Err(ByteRangeFault::GapIsNotContents);
    }
    Ok([0..first, second..end])
}

fn coverage(file: &PdfFile, revisions: &[RevisionInfo], end: u64) -> Coverage {
    if end == file.len() {
        return Coverage::EntireFile;
    }
    match revisions.iter().find(|r| (r.marker_end..=r.line_end).contains(&end)) {
        Some(_) => Coverage::EntireRevision { revision_end: end },
        None => Coverage::Partial { end },
    }
}

/// The file as it was; the latest of its earlier states stays open.
struct Past<'a> {
    file: &'a PdfFile,
    open: Option<(u64, Option<Revisited>)>,
    listed: u64,
}

struct Revisited {
    file: PdfFile,
    /// Where the values are that stand directly in fields; read when it is needed.
    values: Option<Vec<Option<Range<u64>>>>,
}

impl Past<'_> {
    /// Whether the file, as it was when it ended where the coverage ends, had this very dictionary under this reference. A
    /// dictionary that only a later revision points to could lie in bytes that once meant something else.
    fn had(&mut self, coverage: Coverage, candidate: &Candidate) -> Result<bool, PdfError> {
        let Coverage::EntireRevision { revision_end } = coverage else {
            return Ok(true);
        };
        let Some(then) = self.at(revision_end)? else {
            return Ok(false);
        };
        let span = candidate.entries.dict.raw().file_span();
        Ok(match candidate.reference {
            Some(reference) => then.file.dict(reference).is_ok_and(|dict| dict.raw().file_span() == span),
            None => then.values().contains(&span),
        })
    }

    fn at(&mut self, end: u64) -> Result<Option<&mut Revisited>, PdfError> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != end) {
            let then = self.file.prefix(end).ok().map(|file| Revisited { file, values: None });
            self.listed += then.as_ref().map_or(0, |then| then.file.listed_objects());
            if self.listed > MAX_REOPENED {
                return Err(PdfError::Limit { what: "objects of earlier revisions", limit: MAX_REOPENED });
            }
            self.open = Some((end, then));
        }
        Ok(self.open.as_mut().and_then(|(_, then)| then.as_mut()))
    }
}

impl Revisited {
    fn values(&mut self) -> &[Option<Range<u64>>] {
        let file = &self.file;
        self.values.get_or_insert_with(|| {
            let fields = file.form().ok().flatten().map(|form| form.fields).unwrap_or_default();
            fields.iter().filter_map(|field| field.value.as_ref()).map(Raw::file_span).collect()
        })
    }
}

/// The CMS and whether anything but zeros follows it.
fn split_padding(mut contents: Vec<u8>) -> (Vec<u8>, bool) {
    let end = match normalise(&contents, BerLimits::default()) {
        Ok(normalised) => normalised.consumed,
        // Not a CMS; whoever reads it as one will say why.
        Err(_) => contents.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1),
    };
    let padding_used = contents[end..].iter().any(|b| *b != 0);
    contents.truncate(end);
    contents.shrink_to_fit();
    (contents, padding_used)
}
