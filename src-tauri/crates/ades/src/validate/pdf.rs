//! The signatures of a PDF as facts: what each covers, what it claims, where its CMS is. Trust, digests and the CMS itself
//! are judged elsewhere.

use std::ops::Range;

use cartorio_core::{Digest, HashAlgorithm, Hasher};
use cartorio_pdf::{
    ObjRef, PdfBytes, PdfError, PdfFile, Raw, RevisionInfo, SignatureEntries, decode_date,
};
use time::OffsetDateTime;

use crate::cms::ber::{Limits, normalise};

/// Bytes hashed at a time.
const CHUNK: usize = 1 << 20;

/// A signed field.
#[derive(Clone, Debug)]
pub struct PdfSignature {
    /// Fully qualified name of the field.
    pub field: String,
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
    /// Whether bytes other than zero follow the CMS inside `/Contents`: unsigned room where anything could hide.
    pub padding_used: bool,
    parts: Option<[Range<u64>; 2]>,
    bytes: PdfBytes,
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

/// Every signed field of `file`, in the order of signing; those whose coverage cannot be believed come last.
///
/// # Errors
/// [`PdfError`] when the form cannot be read.
pub fn signatures(file: &PdfFile) -> Result<Vec<PdfSignature>, PdfError> {
    let certification = file
        .permissions()?
        .and_then(|p| p.doc_mdp)
        .and_then(|(reference, _)| reference);
    let revisions = file.revisions();
    let mut out = Vec::new();
    for field in file.form()?.map(|form| form.fields).unwrap_or_default() {
        if field.field_type.as_deref() != Some("Sig") {
            continue;
        }
        let Some(value) = field.value else { continue };
        let entries = match file.resolve(&value) {
            Ok(target) if target.is_null() => continue,
            Ok(_) | Err(_) => entries(file, &value),
        };
        out.push(read(
            file,
            &revisions,
            field.name,
            value.as_reference(),
            certification,
            entries,
        ));
    }
    out.sort_by_key(|signature| match signature.coverage {
        Coverage::EntireFile => (0, file.len()),
        Coverage::EntireRevision { revision_end } => (0, revision_end),
        Coverage::Partial { end } => (0, end),
        Coverage::Invalid(_) => (1, 0),
    });
    Ok(out)
}

impl PdfSignature {
    /// The digest of the covered bytes, read once with flat memory; `None` when the coverage is invalid.
    pub fn digest(&self, hash: HashAlgorithm) -> Option<Digest> {
        let mut hasher = Hasher::new(hash);
        for part in self.parts.as_ref()? {
            let bytes = self.bytes.get(part.start as usize..part.end as usize)?;
            bytes.chunks(CHUNK).for_each(|chunk| hasher.update(chunk));
        }
        Some(hasher.finish())
    }
}

/// The entries of a signed field's value; `None` when the field claims a signature that cannot be read.
fn entries(file: &PdfFile, value: &Raw) -> Option<SignatureEntries> {
    let dict = file.resolve_dict(value).ok()??;
    file.signature_entries(dict).ok()
}

fn read(
    file: &PdfFile,
    revisions: &[RevisionInfo],
    field: String,
    reference: Option<ObjRef>,
    certification: Option<ObjRef>,
    entries: Option<SignatureEntries>,
) -> PdfSignature {
    let readable = entries.is_some();
    let entries = entries.unwrap_or_default();
    let checked = if readable {
        check_byte_range(file, &entries)
    } else {
        Err(ByteRangeFault::Unreadable)
    };
    let checked = checked.and_then(|parts| {
        let coverage = coverage(file, revisions, parts[1].end);
        in_its_revision(file, coverage, reference, &entries)
            .then_some((coverage, parts))
            .ok_or(ByteRangeFault::NotInItsRevision)
    });
    let (coverage, parts) = match checked {
        Ok((coverage, parts)) => (coverage, Some(parts)),
        Err(fault) => (Coverage::Invalid(fault), None),
    };
    let later_revisions = match coverage {
        Coverage::EntireRevision { revision_end } => revisions
            .iter()
            .filter(|r| r.marker_end > revision_end)
            .count(),
        Coverage::Partial { end } => revisions.iter().filter(|r| r.marker_end > end).count(),
        Coverage::EntireFile | Coverage::Invalid(_) => 0,
    };
    let (cms, padding_used) = split_padding(entries.contents.as_deref().unwrap_or_default());
    PdfSignature {
        kind: kind(&entries, reference, certification),
        field,
        sub_filter: entries.sub_filter,
        claimed_time: entries.modified.as_deref().and_then(decode_date),
        name: entries.name,
        reason: entries.reason,
        location: entries.location,
        contact: entries.contact,
        coverage,
        later_revisions,
        cms,
        padding_used,
        parts,
        bytes: file.shared_bytes(),
    }
}

fn kind(
    entries: &SignatureEntries,
    reference: Option<ObjRef>,
    certification: Option<ObjRef>,
) -> PdfSignatureKind {
    if entries.kind.as_deref() == Some("DocTimeStamp")
        || entries.sub_filter.as_deref() == Some("ETSI.RFC3161")
    {
        return PdfSignatureKind::DocumentTimestamp;
    }
    if certification.is_none() || certification != reference {
        return PdfSignatureKind::Approval;
    }
    let doc_mdp = entries
        .references
        .iter()
        .find(|r| r.method.as_deref() == Some("DocMDP"));
    let level = doc_mdp
        .and_then(|r| r.params.as_ref())
        .and_then(|p| p.permission)
        .unwrap_or(2);
    PdfSignatureKind::Certification(match level {
        2 => DocMdpLevel::FormFilling,
        3 => DocMdpLevel::Annotations,
        _ => DocMdpLevel::NoChanges, // levels the standard does not know are read as the strictest
    })
}

fn check_byte_range(
    file: &PdfFile,
    entries: &SignatureEntries,
) -> Result<[Range<u64>; 2], ByteRangeFault> {
    if entries.dict.is_repeated("ByteRange") || entries.dict.is_repeated("Contents") {
        return Err(ByteRangeFault::RepeatedEntry);
    }
    let numbers = entries.byte_range.as_ref().ok_or(ByteRangeFault::Missing)?;
    let &[start, first, second, last] = numbers.as_slice() else {
        return Err(ByteRangeFault::NotTwoParts);
    };
    let number = |value: i64| u64::try_from(value).map_err(|_| ByteRangeFault::BadNumber);
    let (start, first, second, last) = (
        number(start)?,
        number(first)?,
        number(second)?,
        number(last)?,
    );
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
    let span = entries
        .contents_span
        .clone()
        .ok_or(ByteRangeFault::NoContents)?;
    let token = file
        .bytes()
        .get(span.start as usize..span.end as usize)
        .ok_or(ByteRangeFault::NoContents)?;
    if entries.contents.is_none() || token.first() != Some(&b'<') {
        return Err(
            if token.first() == Some(&b'<') || token.first() == Some(&b'(') {
                ByteRangeFault::ContentsNotHex
            } else {
                ByteRangeFault::NoContents
            },
        );
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
    match revisions
        .iter()
        .find(|r| (r.marker_end..=r.line_end).contains(&end))
    {
        Some(_) => Coverage::EntireRevision { revision_end: end },
        None => Coverage::Partial { end },
    }
}

/// Whether the file, as it was when it ended where the coverage ends, had this very dictionary under this reference. A
/// dictionary that only a later revision points to could lie in bytes that once meant something else.
fn in_its_revision(
    file: &PdfFile,
    coverage: Coverage,
    reference: Option<ObjRef>,
    entries: &SignatureEntries,
) -> bool {
    let Coverage::EntireRevision { revision_end } = coverage else {
        return true;
    };
    let Ok(then) = file.prefix(revision_end) else {
        return false;
    };
    let span = entries.dict.raw().file_span();
    match reference {
        Some(reference) => then
            .dict(reference)
            .is_ok_and(|dict| dict.raw().file_span() == span),
        None => then.form().is_ok_and(|form| {
            let fields = form.map(|form| form.fields).unwrap_or_default();
            fields.iter().any(|field| {
                field
                    .value
                    .as_ref()
                    .is_some_and(|value| value.file_span() == span)
            })
        }),
    }
}

/// The CMS and whether anything but zeros follows it.
fn split_padding(contents: &[u8]) -> (Vec<u8>, bool) {
    let end = match normalise(contents, Limits::default()) {
        Ok(normalised) => normalised.consumed,
        // Not a CMS; whoever reads it as one will say why.
        Err(_) => contents
            .iter()
            .rposition(|b| *b != 0)
            .map_or(0, |last| last + 1),
    };
    (
        contents[..end].to_vec(),
        contents[end..].iter().any(|b| *b != 0),
    )
}
