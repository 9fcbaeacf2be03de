//! What later revisions of a PDF changed, and whether a signature allows it (ISO 32000-2, 12.8.2.2; EN 319 142-1 §5.4).
//!
//! Each revision is compared with the one before it, object by object. What a rule explains has a grade; what none explains
//! is [`Grade::Other`]. Only then each signature is asked which grades it allows.

mod added;
mod closure;
mod drawing;
mod form;
mod pages;
mod revision;
mod role;
mod store;
mod value;

use std::collections::{HashMap, HashSet};

use cartorio_pdf::{PdfError, PdfFile, RevisionInfo};

use super::pdf::{Coverage, DocMdpLevel, PdfSignature, PdfSignatureKind};

/// Objects listed by all revisions together that are opened again and compared.
const MAX_LISTED: u64 = 8_000_000;

/// Later revisions that are compared. A form saved daily for years stays below.
const MAX_REVISIONS: usize = 2000;

/// How far a change goes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Grade {
    /// Evidence, document time stamps, and what readers write about the file itself.
    LongTerm,
    /// A further signature, in a field that was there or in a new one.
    Signature,
    /// A form was filled in.
    Form,
    /// Annotations.
    Annotation,
    /// Something that nothing explains.
    Other,
}

impl Grade {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LongTerm => "long_term",
            Self::Signature => "signature",
            Self::Form => "form",
            Self::Annotation => "annotation",
            Self::Other => "other",
        }
    }
}

/// Something that a revision changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// The revision, the original being 1.
    pub revision: usize,
    /// How far it goes.
    pub grade: Grade,
    /// What it is, as a code.
    pub what: &'static str,
    /// The field or object.
    pub subject: Option<String>,
    /// The field, where it is one.
    pub field: Option<String>,
    /// Pages from 0 that look different, as far as that can be told.
    pub pages: Vec<usize>,
    /// Whether the field was not there before. A certification allows to fill in and sign the fields that there are
    /// (ISO 32000-2, table 257), and its author saw no others.
    pub new_field: bool,
}

/// What all revisions after the first changed, as far as signatures want to know it.
#[derive(Clone, Debug, Default)]
pub struct History {
    revisions: Vec<RevisionInfo>,
    changes: Vec<Change>,
    certified: Option<DocMdpLevel>,
    /// Bytes after the last revision that are no white space.
    trailing: bool,
}

/// Why revisions cannot be compared.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the revisions cannot be compared: {0}")]
pub struct NotComparable(#[from] PdfError);

/// What came after a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Later {
    /// Nothing.
    Nothing,
    /// Only what the signature allows.
    Allowed,
    /// Something that it does not allow, or that nothing explains.
    Suspicious,
}

/// Compares the revisions after the first of `signatures`.
///
/// # Errors
/// [`NotComparable`] when a revision cannot be opened or there is too much to compare: then nobody may call it allowed.
pub fn history(file: &PdfFile, signatures: &[PdfSignature]) -> Result<History, NotComparable> {
    let revisions = file.revisions();
    let certified = signatures.iter().find_map(|signature| match signature.kind {
        PdfSignatureKind::Certification(level) => Some(level),
        PdfSignatureKind::Approval | PdfSignatureKind::DocumentTimestamp => None,
    });
    let last = revisions.last().map_or(0, |own| own.line_end);
    let rest = &file.bytes()[usize::try_from(last).unwrap_or(usize::MAX).min(file.bytes().len())..];
    let trailing = rest.iter().any(|byte| !matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' '));
    let mut history = History { changes: Vec::new(), certified, trailing, revisions };
    let Some(first) = signatures.iter().filter_map(|own| history.place(own)).min() else {
        return Ok(history);
    };
    if history.revisions.len().saturating_sub(first) > MAX_REVISIONS {
        return Err(PdfError::Limit { what: "later revisions", limit: MAX_REVISIONS as u64 }.into());
    }
    let signed = history.signed(signatures);
    let none = HashSet::new();
    let mut listed = 0;
    let mut older: Option<PdfFile> = None;
    for index in first..history.revisions.len().saturating_sub(1) {
        let before = match older.take() {
            Some(open) => open,
            None => file.prefix(history.revisions[index].line_end)?,
        };
        let now = file.prefix(history.revisions[index + 1].line_end)?;
        listed += now.listed_objects();
        if listed > MAX_LISTED {
            return Err(PdfError::Limit { what: "objects of later revisions", limit: MAX_LISTED }.into());
        }
        history.changes.extend(revision::compare(&before, &now, index + 2, signed.get(&(index + 1)).unwrap_or(&none))?);
        older = Some(now);
    }
    Ok(history)
}

impl History {
    /// The place of the last revision that `signature` covers.
    fn place(&self, signature: &PdfSignature) -> Option<usize> {
        match signature.coverage {
            Coverage::EntireRevision { revision_end } => {
                self.revisions.iter().position(|own| (own.marker_end..=own.line_end).contains(&revision_end))
            }
            Coverage::EntireFile | Coverage::Partial { .. } | Coverage::Invalid(_) => None,
        }
    }

    /// The fields whose signature covers a revision, by the place of that revision.
    fn signed(&self, signatures: &[PdfSignature]) -> HashMap<usize, HashSet<String>> {
        let mut out: HashMap<usize, HashSet<String>> = HashMap::new();
        for signature in signatures {
            let place = match signature.coverage {
                Coverage::EntireFile => self.revisions.len().checked_sub(1),
                Coverage::EntireRevision { .. } => self.place(signature),
                Coverage::Partial { .. } | Coverage::Invalid(_) => None,
            };
            if let Some(place) = place {
                out.entry(place).or_default().insert(signature.field.clone());
            }
        }
        out
    }

    /// Everything that was changed after `signature`, each with whether it allows that.
    pub fn after(&self, signature: &PdfSignature) -> (Later, Vec<(&Change, bool)>) {
        let place = match signature.coverage {
            Coverage::EntireFile => return (Later::Nothing, Vec::new()),
            Coverage::EntireRevision { .. } => self.place(signature),
            Coverage::Partial { .. } | Coverage::Invalid(_) => None,
        };
        let Some(place) = place else { return (Later::Suspicious, Vec::new()) };
        let changes: Vec<(&Change, bool)> = self
            .changes
            .iter()
            .filter(|change| change.revision > place + 1)
            .map(|change| (change, self.allows(signature, change)))
            .collect();
        let later = if self.trailing || changes.iter().any(|(_, allowed)| !allowed) {
            Later::Suspicious
        } else if place + 1 >= self.revisions.len() {
            Later::Nothing
        } else {
            Later::Allowed
        };
        (later, changes)
    }

    fn allows(&self, signature: &PdfSignature, change: &Change) -> bool {
        let limits = signature.limits();
        let strictest = [self.certified, limits.level].into_iter().flatten().min_by_key(|level| match level {
            DocMdpLevel::NoChanges => 0,
            DocMdpLevel::FormFilling => 1,
            DocMdpLevel::Annotations => 2,
        });
        let locked = change.field.as_deref().is_some_and(|field| limits.locks.iter().any(|lock| lock.locks(field)));
        match change.grade {
            Grade::LongTerm => true,
            Grade::Signature | Grade::Form if change.new_field => !locked && strictest.is_none(),
            // How all fields are drawn is also how the locked ones are. New resources draw nothing by themselves.
            Grade::Form if change.what == "form" && change.subject.as_deref() != Some("DR") => {
                limits.locks.is_empty() && strictest != Some(DocMdpLevel::NoChanges)
            }
            Grade::Signature | Grade::Form => !locked && strictest != Some(DocMdpLevel::NoChanges),
            // Without a certification that says so nobody vouches for notes on a signed deed.
            Grade::Annotation => strictest == Some(DocMdpLevel::Annotations),
            Grade::Other => false,
        }
    }
}
