//! The state of one comparison: what changed, who used it before, what has been explained.

use std::collections::{BTreeSet, HashMap, HashSet};

use cartorio_pdf::{ObjRef, PdfError, PdfFile, Raw};

use super::{Change, Grade};

/// Objects of one older state that are searched for users of what changed, and references in them.
const MAX_SEARCHED: u64 = 4_000_000;

/// Stands for the trailer among the users of an object.
pub(super) const TRAILER: u32 = 0;

pub(super) struct Comparison<'a> {
    pub(super) old: &'a PdfFile,
    pub(super) new: &'a PdfFile,
    pub(super) revision: usize,
    /// Objects that are not what they were.
    pub(super) changed: BTreeSet<u32>,
    /// Who referred to them, and to the appearance dictionaries of fields, before.
    users: HashMap<u32, HashMap<u32, usize>>,
    pub(super) explained: HashSet<u32>,
    pub(super) changes: Vec<Change>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        old: &'a PdfFile,
        new: &'a PdfFile,
        revision: usize,
        changed: BTreeSet<u32>,
        watched: HashSet<u32>,
    ) -> Result<Self, PdfError> {
        let users = users(old, &changed, &watched)?;
        Ok(Self { old, new, revision, changed, users, explained: HashSet::new(), changes: Vec::new() })
    }

    pub(super) fn note(&mut self, grade: Grade, what: &'static str, subject: Option<String>) {
        self.note_at(grade, what, subject, None, Vec::new());
    }

    pub(super) fn note_at(
        &mut self,
        grade: Grade,
        what: &'static str,
        subject: Option<String>,
        field: Option<String>,
        pages: Vec<usize>,
    ) {
        let change = Change { revision: self.revision, grade, what, subject, field, pages };
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Whether it did not exist before and nothing referred to it: what an earlier page refers to would show up on it.
    pub(super) fn is_fresh(&self, number: u32) -> bool {
        self.changed.contains(&number) && self.old.in_use(number).is_none() && !self.users.contains_key(&number)
    }

    /// Whether nothing but `allowed` referred to it before, and each of these once.
    pub(super) fn used_by_only(&self, number: u32, allowed: &[u32]) -> bool {
        let fine = |(user, times): (&u32, &usize)| allowed.contains(user) && (*times == 1 || *user == TRAILER);
        self.users.get(&number).is_none_or(|users| users.iter().all(fine))
    }

    pub(super) fn explain(&mut self, number: u32) {
        self.explained.insert(number);
    }

    /// Explains everything that did not exist before and is reached from `value` through such objects.
    pub(super) fn explain_fresh(&mut self, value: &Raw) -> Result<(), PdfError> {
        let mut open = value.references();
        while let Some(reference) = open.pop() {
            if self.is_fresh(reference.number) && self.explained.insert(reference.number) {
                open.extend(self.new.references_of(reference.number)?);
            }
        }
        Ok(())
    }

    /// Explains the object behind `value`, which may be fresh or, if it is no stream, have been used by `owners` alone.
    pub(super) fn explain_holder(&mut self, value: Option<&Raw>, owners: &[u32]) -> Option<ObjRef> {
        let reference = value?.as_reference()?;
        let number = reference.number;
        if self.changed.contains(&number)
            && (self.is_fresh(number) || (self.used_by_only(number, owners) && !self.is_stream(reference)))
        {
            self.explain(number);
        }
        Some(reference)
    }

    /// Explains new objects that nothing refers to: they are never looked at.
    pub(super) fn explain_orphans(&mut self) -> Result<(), PdfError> {
        let fresh: HashSet<u32> = self.changed.iter().copied().filter(|own| self.is_fresh(*own)).collect();
        let mut reached: HashSet<u32> = HashSet::new();
        let mut open: Vec<ObjRef> = self.new.trailer().dict.raw().references();
        for number in self.changed.iter().filter(|own| !fresh.contains(own) || self.explained.contains(own)) {
            open.extend(self.new.references_of(*number)?);
        }
        while let Some(reference) = open.pop() {
            if fresh.contains(&reference.number) && reached.insert(reference.number) {
                open.extend(self.new.references_of(reference.number)?);
            }
        }
        self.explained.extend(fresh.into_iter().filter(|own| !reached.contains(own)));
        Ok(())
    }

    pub(super) fn is_stream(&self, reference: ObjRef) -> bool {
        self.new.stream(reference).is_ok() || self.old.stream(reference).is_ok()
    }
}

/// Who refers to the `changed` and `watched` objects in `file`.
fn users(
    file: &PdfFile,
    changed: &BTreeSet<u32>,
    watched: &HashSet<u32>,
) -> Result<HashMap<u32, HashMap<u32, usize>>, PdfError> {
    let mut out: HashMap<u32, HashMap<u32, usize>> = HashMap::new();
    let mut searched = 0_u64;
    let mut take = |user: u32, references: Vec<ObjRef>| {
        searched += 1 + references.len() as u64;
        let wanted = |own: &ObjRef| changed.contains(&own.number) || watched.contains(&own.number);
        let mut found = references.into_iter().filter(wanted).peekable();
        // A cross-reference stream is a trailer, also as an object.
        let user = if found.peek().is_some() && is_trailer(file, user) { TRAILER } else { user };
        for reference in found {
            *out.entry(reference.number).or_default().entry(user).or_default() += 1;
        }
        if searched > MAX_SEARCHED {
            Err(PdfError::Limit { what: "references of an earlier revision", limit: MAX_SEARCHED })
        } else {
            Ok(())
        }
    };
    take(TRAILER, file.trailer().dict.raw().references())?;
    for number in file.numbers() {
        // What cannot be read refers to nothing.
        take(number, file.references_of(number).unwrap_or_default())?;
    }
    Ok(out)
}

fn is_trailer(file: &PdfFile, number: u32) -> bool {
    let value = file.in_use(number).and_then(|reference| file.object(reference).ok());
    value.and_then(|value| value.as_dict()).and_then(|dict| dict.name("Type")).as_deref() == Some("XRef")
}
