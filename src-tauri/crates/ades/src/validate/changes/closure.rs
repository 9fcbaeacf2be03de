//! The state of one comparison: what changed, who used it before, what has been explained and as what.

use std::collections::{BTreeSet, HashMap, HashSet};

use cartorio_pdf::{Dict, ObjRef, PdfError, PdfFile, Raw};

use super::role::Role;
use super::{Change, Grade};

/// Objects of one older state that are searched for users of what changed, and references in them.
const MAX_SEARCHED: u64 = 4_000_000;

/// Stands for the trailer among the users of an object.
pub(super) const TRAILER: u32 = 0;

pub(super) struct Comparison<'a> {
    pub(super) old: &'a PdfFile,
    pub(super) new: &'a PdfFile,
    pub(super) revision: usize,
    /// Fields whose signature covers the newer state to its end.
    pub(super) signed: &'a HashSet<String>,
    /// Objects that are not what they were.
    pub(super) changed: BTreeSet<u32>,
    /// Who referred to them, and to the appearance dictionaries of fields, before.
    users: HashMap<u32, HashMap<u32, usize>>,
    /// Cross-reference streams of before that nothing refers to: writers give their numbers to something new.
    spent: HashSet<u32>,
    /// What has been explained, and as what.
    roles: HashMap<u32, Role>,
    pub(super) changes: Vec<Change>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        old: &'a PdfFile,
        new: &'a PdfFile,
        (revision, signed): (usize, &'a HashSet<String>),
        changed: BTreeSet<u32>,
        watched: &HashSet<u32>,
    ) -> Result<Self, PdfError> {
        let survey = survey(old, &changed, watched)?;
        let roles = HashMap::new();
        let Survey { users, unreadable, reaching, referenced, spent } = survey;
        let mut out = Self { old, new, revision, signed, changed, users, spent, roles, changes: Vec::new() };
        out.unfinished(&unreadable, &reaching, &referenced);
        Ok(out)
    }

    /// Objects whose bytes the older state did not have to their end: what is appended completes them, and no
    /// cross-reference entry has to say so.
    fn unfinished(&mut self, unreadable: &[u32], reaching: &[u32], referenced: &HashSet<u32>) {
        for number in reaching {
            self.note(Grade::Other, "object_changed", self.old.in_use(*number).map(|own| own.to_string()));
        }
        for number in unreadable {
            let readable = self.new.in_use(*number).is_some_and(|own| self.new.object(own).is_ok());
            // What this reader cannot read another one may, and may find references to what is new in it.
            if readable || (referenced.contains(number) && !self.changed.is_empty()) {
                self.note(Grade::Other, "object_changed", self.old.in_use(*number).map(|own| own.to_string()));
            }
        }
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
        self.record(Change { revision: self.revision, grade, what, subject, field, pages, new_field: false });
    }

    pub(super) fn record(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Whether it did not exist before and nothing referred to it: what an earlier page refers to would show up on it.
    pub(super) fn is_fresh(&self, number: u32) -> bool {
        let was_nothing = self.old.in_use(number).is_none() || self.spent.contains(&number);
        self.changed.contains(&number) && was_nothing && !self.users.contains_key(&number)
    }

    /// [`Self::is_fresh`], and no stream.
    pub(super) fn is_fresh_value(&self, reference: ObjRef) -> bool {
        self.is_fresh(reference.number) && !self.is_stream(reference)
    }

    /// Whether nothing but `allowed` referred to it before, and each of these once.
    pub(super) fn used_by_only(&self, number: u32, allowed: &[u32]) -> bool {
        let fine = |(user, times): (&u32, &usize)| allowed.contains(user) && (*times == 1 || *user == TRAILER);
        self.users.get(&number).is_none_or(|users| users.iter().all(fine))
    }

    /// Explains `number`. It has one role: what shows up in two is named.
    pub(super) fn explain(&mut self, number: u32, role: Role) {
        match self.roles.insert(number, role) {
            Some(before) if before != role => {
                let subject = self.new.in_use(number).map(|own| own.to_string());
                self.note(Grade::Other, "object_changed", subject);
            }
            Some(_) | None => {}
        }
    }

    pub(super) fn role(&self, number: u32) -> Option<Role> {
        self.roles.get(&number).copied()
    }

    /// How many objects have been explained.
    pub(super) fn explained(&self) -> usize {
        self.roles.len()
    }

    /// Explains a new stream and its `/Length`, and nothing else that it refers to.
    pub(super) fn explain_stream(&mut self, reference: ObjRef, role: Role) {
        let Ok(stream) = self.new.stream(reference) else { return };
        // Data in another file would be what is read (ISO 32000-2, table 5).
        if !self.is_fresh(reference.number) || stream.dict.get("F").is_some() {
            return;
        }
        self.explain(reference.number, role);
        self.explain_length(&stream.dict, role);
    }

    /// Explains a new number that `/Length` refers to.
    pub(super) fn explain_length(&mut self, dict: &Dict, role: Role) {
        if let Some(length) = dict.reference("Length")
            && self.is_fresh(length.number)
            && self.new.object(length).is_ok_and(|value| value.as_integer().is_some())
        {
            self.explain(length.number, role);
        }
    }

    /// Explains everything that is drawn from `value`: what did not exist before and is reached through such objects.
    pub(super) fn explain_drawing(&mut self, value: &Raw) -> Result<(), PdfError> {
        let mut open = value.references();
        while let Some(reference) = open.pop() {
            if !self.is_fresh(reference.number) || self.role(reference.number) == Some(Role::Drawing) {
                continue;
            }
            if let Ok(stream) = self.new.stream(reference)
                && FOREIGN.iter().any(|key| stream.dict.get(key).is_some())
            {
                continue; // stays unexplained
            }
            self.explain(reference.number, Role::Drawing);
            open.extend(self.new.references_of(reference.number)?);
        }
        Ok(())
    }

    /// Explains the object behind `now`, which is no stream, and either new or what stood in the same place before, used by
    /// `owners` alone. Gives the reference.
    pub(super) fn explain_holder(
        &mut self,
        then: Option<&Raw>,
        now: Option<&Raw>,
        owners: &[u32],
        role: Role,
    ) -> Option<ObjRef> {
        let reference = now?.as_reference()?;
        let number = reference.number;
        let stayed = then.and_then(Raw::as_reference) == Some(reference);
        if self.changed.contains(&number)
            && !self.is_stream(reference)
            && (self.is_fresh(number) || (stayed && self.used_by_only(number, owners)))
        {
            self.explain(number, role);
        }
        Some(reference)
    }

    /// Explains new objects that nothing refers to: they are never looked at.
    pub(super) fn explain_orphans(&mut self) -> Result<(), PdfError> {
        let fresh: HashSet<u32> = self.changed.iter().copied().filter(|own| self.is_fresh(*own)).collect();
        let mut reached: HashSet<u32> = HashSet::new();
        let mut open: Vec<ObjRef> = self.new.trailer().dict.raw().references();
        for number in self.changed.iter().filter(|own| !fresh.contains(own) || self.roles.contains_key(own)) {
            open.extend(self.new.references_of(*number)?);
        }
        while let Some(reference) = open.pop() {
            if fresh.contains(&reference.number) && reached.insert(reference.number) {
                open.extend(self.new.references_of(reference.number)?);
            }
        }
        for number in fresh {
            if !reached.contains(&number) && !self.roles.contains_key(&number) {
                self.explain(number, Role::Orphan);
            }
        }
        Ok(())
    }

    /// Names changed objects in which a key occurs twice: readers disagree which counts.
    pub(super) fn check_keys(&mut self) -> Result<(), PdfError> {
        let mut wrong = Vec::new();
        for reference in self.changed.iter().filter_map(|number| self.new.in_use(*number)) {
            if self.role(reference.number) != Some(Role::Orphan) && repeats(&self.new.object(reference)?) {
                wrong.push(reference);
            }
        }
        if repeats(self.new.trailer().dict.raw()) {
            self.note(Grade::Other, "trailer", None);
        }
        for reference in wrong {
            self.note(Grade::Other, "object_changed", Some(reference.to_string()));
        }
        Ok(())
    }

    /// Names what is referred to from where its role has no place: evidence on a page, resources among annotations.
    pub(super) fn check_places(&mut self) -> Result<(), PdfError> {
        let mut wrong: BTreeSet<ObjRef> = BTreeSet::new();
        for user in &self.changed {
            let Some(role) = self.role(*user) else { continue };
            let misplaced = |own: &ObjRef| {
                self.role(own.number).is_some_and(|target| self.is_fresh(own.number) && !role.may_refer_to(target))
            };
            wrong.extend(self.new.references_of(*user)?.into_iter().filter(misplaced));
        }
        for reference in wrong {
            self.note(Grade::Other, "object_added", Some(reference.to_string()));
        }
        Ok(())
    }

    pub(super) fn is_stream(&self, reference: ObjRef) -> bool {
        let was = || !self.spent.contains(&reference.number) && self.old.stream(reference).is_ok();
        self.new.stream(reference).is_ok() || was()
    }
}

/// Whether a key occurs twice in any dictionary of `value`.
fn repeats(value: &Raw) -> bool {
    let mut open = vec![value.clone()];
    while let Some(value) = open.pop() {
        if let Some(items) = value.as_array() {
            open.extend(items.into_iter().filter(|item| item.is_array() || item.is_dict()));
        } else if let Some(dict) = value.as_dict() {
            let mut seen = HashSet::new();
            if dict.entries().any(|(key, _)| !seen.insert(key.to_vec())) {
                return true;
            }
            open.extend(dict.entries().map(|(_, item)| item).filter(|item| item.is_array() || item.is_dict()));
        }
    }
    false
}

/// Entries by which a stream shows something that is not in it: external data, a page of another file, a proxy for another
/// image, another image for print, layers.
pub(super) const FOREIGN: [&str; 6] = ["F", "FFilter", "Ref", "OPI", "Alternates", "OC"];

/// What one older state says of its objects.
struct Survey {
    /// Who refers to the changed and watched objects, how often.
    users: HashMap<u32, HashMap<u32, usize>>,
    /// Objects in use that cannot be read.
    unreadable: Vec<u32>,
    /// Streams whose data does not end in the file.
    reaching: Vec<u32>,
    /// Everything that something refers to.
    referenced: HashSet<u32>,
    /// Cross-reference streams that nothing refers to.
    spent: HashSet<u32>,
}

fn survey(file: &PdfFile, changed: &BTreeSet<u32>, watched: &HashSet<u32>) -> Result<Survey, PdfError> {
    let mut out = Survey {
        users: HashMap::new(),
        unreadable: Vec::new(),
        reaching: Vec::new(),
        referenced: HashSet::new(),
        spent: HashSet::new(),
    };
    let mut sections: Vec<u32> = Vec::new();
    let mut searched = 0_u64;
    let mut take = |out: &mut Survey, user: u32, references: Vec<ObjRef>| {
        searched += 1 + references.len() as u64;
        for reference in references {
            out.referenced.insert(reference.number);
            if changed.contains(&reference.number) || watched.contains(&reference.number) {
                *out.users.entry(reference.number).or_default().entry(user).or_default() += 1;
            }
        }
        if searched > MAX_SEARCHED {
            Err(PdfError::Limit { what: "references of an earlier revision", limit: MAX_SEARCHED })
        } else {
            Ok(())
        }
    };
    take(&mut out, TRAILER, file.trailer().dict.raw().references())?;
    for number in file.numbers() {
        let Some(reference) = file.in_use(number) else { continue };
        let Ok(value) = file.object(reference) else {
            out.unreadable.push(number);
            continue;
        };
        take(&mut out, number, value.references())?;
        if reaches_beyond(file, reference, &value) {
            out.reaching.push(number);
        }
        if value.is_dict() && value.as_dict().and_then(|dict| dict.name("Type")).as_deref() == Some("XRef") {
            sections.push(number);
        }
    }
    // A cross-reference stream is a trailer, also as an object. Nothing refers to one: what calls itself so and is referred to
    // is something else.
    let containers: HashSet<u32> = file.numbers().filter_map(|number| file.container(number)).collect();
    for section in sections.into_iter().filter(|own| !out.referenced.contains(own)) {
        // What stands in an object stream uses it without a reference.
        if !containers.contains(&section) && file.in_use(section).is_some_and(|own| file.stream(own).is_ok()) {
            out.spent.insert(section);
        }
        for users in out.users.values_mut() {
            if let Some(times) = users.remove(&section) {
                *users.entry(TRAILER).or_default() += times;
            }
        }
    }
    Ok(out)
}

/// Whether the data of a stream is said to end, or is only found to end, after the end of the file.
fn reaches_beyond(file: &PdfFile, reference: ObjRef, value: &Raw) -> bool {
    let Some(span) = value.file_span().filter(|_| value.is_dict()) else { return false };
    let bytes = file.bytes();
    let blank = |byte: &u8| matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ');
    let after = |at: u64| {
        let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let skipped = rest.iter().take_while(|byte| blank(byte)).count();
        rest.get(skipped..).unwrap_or_default()
    };
    let data = after(span.end);
    if !data.starts_with(b"stream") {
        return false;
    }
    let start = bytes.len() as u64 - data.len() as u64 + b"stream".len() as u64;
    let length =
        value.as_dict().and_then(|dict| file.get(&dict, "Length").ok().flatten()).and_then(|own| own.as_integer());
    let Some(length) = length.and_then(|length| u64::try_from(length).ok()) else {
        return file.stream(reference).is_err();
    };
    let end = start.saturating_add(length);
    if end > bytes.len() as u64 {
        return true;
    }
    // One or two bytes of line end stand before the data.
    !(end..=end + 2).any(|end| after(end).starts_with(b"endstream")) && file.stream(reference).is_err()
}
