//! The heap (bancada): objects from anywhere, what they are, how they relate, and what is to be thought of them.
//!
//! State of the process, like the certificates that were shown: nothing in it is written anywhere, and it is empty again when an
//! office is left or locked. Objects are named by the SHA-256 of their bytes, so that the same thing from three files is one
//! object with three sources. Bytes of private keys and passwords are not kept.
//!
//! | module | what |
//! |---|---|
//! | `read` | bytes of a file into objects |
//! | `store` | P12 files and Java key stores |
//! | `link` | who may have issued whom |
//! | `view`, `detail`, `facts`, `asn1` | what the window shows |
//! | `review`, `lint`, `compare` | what is to be thought of it |
//! | `export`, `report` | what leaves |
//! | `door` | the same for a terminal |

mod asn1;
mod compare;
mod detail;
mod door;
mod error;
mod export;
mod facts;
mod link;
mod lint;
mod paper;
mod read;
mod report;
mod review;
mod store;
mod view;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cartorio_core::SecretString;
use cartorio_pki::Certificate;
use cartorio_registry::Act;

pub(crate) use asn1::{bytes, view as asn1};
pub(crate) use compare::compare;
pub(crate) use detail::detail;
pub use door::{ChainInput, Examine, Examined, Given};
pub(crate) use error::HeapError;
pub(crate) use export::{copy, export};
pub(crate) use lint::lint;
pub(crate) use read::Content;
pub(crate) use report::save as report;
pub(crate) use review::validate;

use self::read::ReadSource;
use crate::certificates::{Evidence, mask, mask_text};
use crate::documents::{ReadFor, file_name};
use crate::dto::{DocumentOrigin, HeapProblem, HeapView, Permission, PickPurpose};
use crate::office::Office;
use crate::session::{Facts, Session};
use crate::signing::blocking;
use crate::words::Words;
use crate::{OfficeError, OfficeResult};

/// Objects that are kept at the same time.
pub(crate) const MAX_OBJECTS: usize = 20_000;
/// Bytes of all objects together.
pub(crate) const MAX_BYTES: u64 = 256 << 20;
/// Bytes of pasted text.
pub(crate) const MAX_PASTE: usize = 8 << 20;

/// The heap of one process.
#[derive(Default)]
pub(crate) struct Heap(Mutex<State>);

/// One object.
#[derive(Debug)]
pub(crate) struct Item {
    /// Handle.
    pub(crate) id: String,
    /// SHA-256 of its own bytes.
    pub(crate) sha256: String,
    /// What it is.
    pub(crate) content: Content,
    /// Offset and length in the first source.
    pub(crate) offset: u64,
    pub(crate) length: u64,
    /// The object that it was found in.
    pub(crate) container: Option<String>,
}

/// Where objects came from.
#[derive(Clone, Debug)]
struct Source {
    number: u64,
    name: String,
    form: &'static str,
    size: u64,
    objects: u32,
    problems: Vec<HeapProblem>,
}

#[derive(Default)]
struct State {
    items: Vec<Arc<Item>>,
    /// Sources of each object, by its handle.
    origins: HashMap<String, Vec<u64>>,
    by_sha256: HashMap<String, String>,
    /// Handles that were given in this session: what comes again is called the same.
    handles: HashMap<String, u64>,
    /// How many were given in the life of the process.
    handed: u64,
    sources: Vec<Source>,
    next_source: u64,
    bytes: u64,
    truncated: bool,
    signatures: link::Checked,
    linked: Option<Arc<link::Linked>>,
    snapshot: Option<Snapshot>,
    /// Counts changes.
    change: u64,
    /// Counts how often the bench was left: what began to be read before belongs to nobody who is here now.
    epoch: u64,
}

/// What is on the heap at one moment; cheap to take, so that nothing long is done under the lock.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) items: Arc<Vec<Arc<Item>>>,
    index: Arc<HashMap<String, usize>>,
}

impl Snapshot {
    /// The object with this handle.
    pub(crate) fn get(&self, id: &str) -> OfficeResult<&Arc<Item>> {
        let at = self.index.get(id).ok_or(HeapError::UnknownObject)?;
        self.items.get(*at).ok_or_else(|| HeapError::UnknownObject.into())
    }

    /// The certificate with this handle.
    pub(crate) fn certificate(&self, id: &str) -> OfficeResult<&Certificate> {
        match &self.get(id)?.content {
            Content::Certificate(certificate) => Ok(certificate),
            _ => Err(HeapError::NotACertificate.into()),
        }
    }

    /// Handles by SHA-256.
    pub(crate) fn by_sha256(&self) -> HashMap<&str, &str> {
        self.items.iter().map(|item| (item.sha256.as_str(), item.id.as_str())).collect()
    }

    /// Every certificate.
    pub(crate) fn certificates(&self) -> Vec<Certificate> {
        self.items.iter().filter_map(|item| item.content.certificate().cloned()).collect()
    }
}

impl Heap {
    /// Forgets everything; what lay on one office's bench is not another's.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        let epoch = state.epoch + 1;
        state.empty();
        state.epoch = epoch;
    }

    /// Which bench this is; another one after `clear`.
    fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Removes everything; the bench stays whose it is.
    fn empty(&self) {
        self.lock().empty();
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut state = self.lock();
        let State { items, snapshot, .. } = &mut *state;
        snapshot
            .get_or_insert_with(|| Snapshot {
                index: Arc::new(items.iter().enumerate().map(|(at, item)| (item.id.clone(), at)).collect()),
                items: Arc::new(items.clone()),
            })
            .clone()
    }

    /// Takes what was read of one source. What does not fit is not taken at all, and the source says so. What was read for
    /// a bench that was left is refused.
    fn take(&self, epoch: u64, read: ReadSource) -> OfficeResult<Vec<String>> {
        let mut state = self.lock();
        if state.epoch != epoch {
            return Err(OfficeError::Locked);
        }
        Ok(state.take(read))
    }

    /// Removes objects, and what was found inside them and nowhere else.
    pub(crate) fn remove(&self, ids: &[String]) -> OfficeResult<()> {
        let mut state = self.lock();
        if ids.iter().any(|id| !state.origins.contains_key(id)) {
            return Err(HeapError::UnknownObject.into());
        }
        state.remove(ids);
        Ok(())
    }

    /// Puts another content in the place of an object's: a store that was opened.
    fn replace(&self, id: &str, content: Content) {
        let mut state = self.lock();
        if let Some(item) = state.items.iter_mut().find(|item| item.id == id) {
            let Item { id, sha256, offset, length, container, .. } = &**item;
            *item = Arc::new(Item {
                id: id.clone(),
                sha256: sha256.clone(),
                content,
                offset: *offset,
                length: *length,
                container: container.clone(),
            });
            state.changed();
        }
    }

    /// Who may have issued whom, found out once for each change. The work is done without the lock: signatures take their time.
    pub(crate) fn linked(&self) -> Arc<link::Linked> {
        let (items, mut signatures, change) = {
            let mut state = self.lock();
            if let Some(linked) = &state.linked {
                return Arc::clone(linked);
            }
            (state.items.clone(), std::mem::take(&mut state.signatures), state.change)
        };
        let linked = Arc::new(link::link(&items, &mut signatures));
        let mut state = self.lock();
        // What changed meanwhile is linked again; what was verified stays verified, as long as both are there.
        signatures.keep(&state.origins);
        state.signatures.absorb(signatures);
        if state.change == change {
            state.linked = Some(Arc::clone(&linked));
        }
        linked
    }

    /// The heap as the window shows it.
    fn view(&self, anchors: &view::Anchors) -> HeapView {
        let linked = self.linked();
        let state = self.lock();
        let truncated = state.truncated || linked.truncated;
        view::heap(&state.items, &state.origins, &state.sources, &linked, anchors, truncated)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves a list of objects at worst one short.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn empty(&mut self) {
        let change = self.change + 1;
        // A handle never comes to mean something else.
        *self = Self { change, handed: self.handed, epoch: self.epoch, ..Self::default() };
    }

    /// What was found out is found out again.
    fn changed(&mut self) {
        self.linked = None;
        self.snapshot = None;
        self.change += 1;
    }

    fn take(&mut self, read: ReadSource) -> Vec<String> {
        let ReadSource { name, form, size, found, mut problems } = read;
        let new = found.iter().filter(|found| !self.by_sha256.contains_key(&found.sha256));
        let (count, bytes) = new.fold((0, 0), |(count, bytes), found| (count + 1, bytes + found.content.weight()));
        let full = if self.items.len() + count > MAX_OBJECTS {
            Some(HeapError::TooManyObjects { name: name.clone(), limit: MAX_OBJECTS })
        } else if self.bytes + bytes > MAX_BYTES {
            Some(HeapError::TooManyBytes { name: name.clone(), limit: MAX_BYTES })
        } else {
            None
        };
        let number = self.next_source;
        self.next_source += 1;
        let mut ids = Vec::with_capacity(found.len());
        if let Some(full) = full {
            problems.push(read::problem(&OfficeError::from(full).wire(), None));
            self.truncated = true;
        } else {
            for found in found {
                let container = found.inside.and_then(|inside| ids.get(inside).cloned());
                ids.push(self.put(found, container, number));
            }
        }
        let mut distinct: Vec<&String> = ids.iter().collect();
        distinct.sort();
        distinct.dedup();
        let objects = u32::try_from(distinct.len()).unwrap_or(u32::MAX);
        self.sources.push(Source { number, name, form, size, objects, problems });
        self.changed();
        ids
    }

    fn put(&mut self, found: read::Found, container: Option<String>, source: u64) -> String {
        let read::Found { content, sha256, offset, length, .. } = found;
        if let Some(id) = self.by_sha256.get(&sha256).cloned() {
            let origins = self.origins.entry(id.clone()).or_default();
            if !origins.contains(&source) {
                origins.push(source);
            }
            return id;
        }
        let handed = &mut self.handed;
        let number = self.handles.entry(sha256.clone()).or_insert_with(|| {
            *handed += 1;
            *handed
        });
        let id = format!("h{number}");
        self.bytes += content.weight();
        self.by_sha256.insert(sha256.clone(), id.clone());
        self.origins.insert(id.clone(), vec![source]);
        let container = container.filter(|container| *container != id);
        self.items.push(Arc::new(Item { id: id.clone(), sha256, content, offset, length, container }));
        id
    }

    fn remove(&mut self, ids: &[String]) {
        let mut gone: std::collections::HashSet<String> = ids.iter().cloned().collect();
        // Containers stand before what is in them.
        for item in &self.items {
            if item.container.as_ref().is_some_and(|container| gone.contains(container)) {
                gone.insert(item.id.clone());
            }
        }
        for item in self.items.iter().filter(|item| gone.contains(&item.id)) {
            self.bytes = self.bytes.saturating_sub(item.content.weight());
            self.by_sha256.remove(&item.sha256);
            self.origins.remove(&item.id);
        }
        self.items.retain(|item| !gone.contains(&item.id));
        let alive: std::collections::HashSet<u64> = self.origins.values().flatten().copied().collect();
        self.sources.retain(|source| source.objects == 0 || alive.contains(&source.number));
        self.signatures.keep(&self.origins);
        self.changed();
    }
}

/// The office's seat, where there is an office: whoever has it may look at things.
pub(crate) async fn seat(office: &Office) -> OfficeResult<Option<Arc<Session>>> {
    let session = office.maybe_session().await?;
    if let Some(session) = &session {
        session.require(Permission::Inspect)?;
    }
    Ok(session)
}

/// Who sits there, and whose bench it is, together.
struct Seat {
    session: Option<Arc<Session>>,
    epoch: u64,
}

/// The seat for putting something on the bench.
async fn take_seat(office: &Office) -> OfficeResult<Seat> {
    // Asked first: whoever leaves in between has left.
    let epoch = office.heap.epoch();
    Ok(Seat { session: seat(office).await?, epoch })
}

/// What the installation itself trusts and keeps.
async fn evidence(office: &Office) -> OfficeResult<Evidence> {
    office.evidence_here().await
}

/// The heap as it is.
pub(crate) async fn view(office: &Office) -> OfficeResult<HeapView> {
    let session = seat(office).await?;
    shown(office, session.as_deref()).await
}

async fn shown(office: &Office, session: Option<&Session>) -> OfficeResult<HeapView> {
    let evidence = evidence(office).await?;
    let anchors = view::Anchors::of(session, &evidence);
    let heap = Arc::clone(&office.heap);
    blocking(move || heap.view(&anchors)).await
}

/// Lets a person choose files, and puts them on the heap.
pub(crate) async fn open(office: &Office) -> OfficeResult<HeapView> {
    let Seat { epoch, .. } = take_seat(office).await?;
    let mut dialog = Words::of(office)?.pick(PickPurpose::Certificates);
    dialog.multiple = true;
    let paths = office.ports.dialogs.pick_files(dialog).await;
    // The dialog may have stood there for long: whoever chose may have left.
    let at = Seat { session: seat(office).await?, epoch };
    for path in paths {
        let read = read_given(office, Given::File(path)).await?;
        take(office, &at, read).await?;
    }
    shown(office, at.session.as_deref()).await
}

/// Puts documents on the heap.
pub(crate) async fn add(office: &Office, documents: &[String]) -> OfficeResult<HeapView> {
    let at = take_seat(office).await?;
    let entries = documents.iter().map(|id| office.documents.get(id)).collect::<OfficeResult<Vec<_>>>()?;
    let read = blocking(move || {
        entries
            .iter()
            .flat_map(|entry| match entry.read(ReadFor::Certificates) {
                Ok(bytes) => read::source(&entry.name, bytes),
                Err(error) => vec![read::unreadable(&entry.name, &error)],
            })
            .collect::<Vec<_>>()
    })
    .await?;
    take(office, &at, read).await?;
    shown(office, at.session.as_deref()).await
}

/// Puts the office's own certificates on the heap, and those of the trust store that are named.
pub(crate) async fn bring(office: &Office, sha256: &[String]) -> OfficeResult<HeapView> {
    let at = take_seat(office).await?;
    let mut known: Vec<(String, Vec<u8>)> = Vec::new();
    if let Some(session) = &at.session {
        for row in session.registry.certificates(None).await? {
            known.push((row.sha256, row.der));
        }
    }
    if !sha256.is_empty() {
        let evidence = evidence(office).await?;
        let others = evidence.anchors.iter().chain(&evidence.pool);
        known.extend(others.map(|certificate| (certificate.fingerprint(), certificate.der.clone())));
    }
    let mut wanted = Vec::new();
    for print in sha256 {
        let found = known.iter().find(|(own, _)| own == print).ok_or(OfficeError::UnknownCertificate)?;
        wanted.push(found.1.clone());
    }
    if sha256.is_empty() {
        wanted = known.into_iter().map(|(_, der)| der).collect();
    }
    let name = at.session.as_ref().map(|session| session.office_name.clone()).unwrap_or_default();
    let read = blocking(move || read::certificates(&name, &wanted)).await?;
    take(office, &at, vec![read]).await?;
    shown(office, at.session.as_deref()).await
}

/// Puts text on the heap.
pub(crate) async fn paste(office: &Office, text: String) -> OfficeResult<HeapView> {
    let at = take_seat(office).await?;
    if text.trim().is_empty() {
        return Err(OfficeError::InvalidField { field: "text", reason: "empty" });
    }
    if text.len() > MAX_PASTE {
        return Err(OfficeError::InvalidField { field: "text", reason: "too_long" });
    }
    let read = blocking(move || read::source("", text.into_bytes())).await?;
    take(office, &at, read).await?;
    shown(office, at.session.as_deref()).await
}

/// Removes objects.
pub(crate) async fn remove(office: &Office, ids: &[String]) -> OfficeResult<HeapView> {
    let session = seat(office).await?;
    office.heap.remove(ids)?;
    shown(office, session.as_deref()).await
}

/// Removes everything.
pub(crate) async fn clear(office: &Office) -> OfficeResult<HeapView> {
    let session = seat(office).await?;
    office.heap.empty();
    shown(office, session.as_deref()).await
}

/// Opens a store with a password, or without any.
pub(crate) async fn unlock(office: &Office, id: &str, password: Option<SecretString>) -> OfficeResult<HeapView> {
    let at = take_seat(office).await?;
    open_store(office, &at, id, password).await?;
    shown(office, at.session.as_deref()).await
}

async fn open_store(office: &Office, at: &Seat, id: &str, password: Option<SecretString>) -> OfficeResult<()> {
    let item = Arc::clone(office.heap.snapshot().get(id)?);
    let Content::Store(_) = &item.content else { return Err(HeapError::NotAStore.into()) };
    let facts = Facts::default().with("sha256", item.sha256.clone());
    let work = async || {
        let own = Arc::clone(&item);
        let opened = blocking(move || store::open(&own, password.as_ref())).await??;
        let (store, found, bags) = opened.into_parts();
        let store = store.expecting(&bags, &found);
        office.heap.take_inside(at.epoch, &item, found)?;
        office.heap.replace(&item.id, Content::Store(store));
        Ok(())
    };
    match &at.session {
        Some(session) => session.record_look(Act::P12Inspected, facts, work).await,
        None => work().await,
    }
}

impl Heap {
    /// Takes what was found inside an object that is here already; the source is that object's own.
    fn take_inside(&self, epoch: u64, container: &Item, found: Vec<read::Found>) -> OfficeResult<()> {
        let mut state = self.lock();
        if state.epoch != epoch {
            return Err(OfficeError::Locked);
        }
        let source = state.origins.get(&container.id).and_then(|origins| origins.first().copied());
        let Some(source) = source else { return Ok(()) };
        let mut added = 0;
        for found in found {
            let fits = state.items.len() < MAX_OBJECTS && state.bytes + found.content.weight() <= MAX_BYTES;
            if !fits && !state.by_sha256.contains_key(&found.sha256) {
                state.truncated = true;
                continue;
            }
            let before = state.items.len();
            state.put(found, Some(container.id.clone()), source);
            added += u32::from(state.items.len() > before);
        }
        if let Some(source) = state.sources.iter_mut().find(|own| own.number == source) {
            source.objects += added;
        }
        state.changed();
        Ok(())
    }
}

async fn take(office: &Office, at: &Seat, read: Vec<ReadSource>) -> OfficeResult<Vec<String>> {
    let session = at.session.as_deref();
    let mut all = Vec::new();
    for read in read {
        let facts = session.map(|_| looked_at(&read));
        all.extend(office.heap.take(at.epoch, read)?);
        if let (Some(session), Some(Some(facts))) = (session, facts) {
            session.record_look(Act::CertificateInspected, facts, async || Ok(())).await?;
        }
    }
    Ok(all)
}

/// What the trail says of a source; nothing for one without an object.
fn looked_at(read: &ReadSource) -> Option<Facts> {
    let first = read.found.iter().find_map(|found| found.content.certificate());
    let facts = match first {
        Some(certificate) => {
            Facts::certificate(&certificate.fingerprint()).with("title", mask_text(&read.name, certificate))
        }
        None => Facts::default().with("title", mask::text(&read.name)),
    };
    (!read.found.is_empty()).then(|| facts.with("objects", read.found.len().to_string()))
}

/// Files and bytes of a terminal.
async fn add_given(office: &Office, given: Vec<Given>, password: Option<SecretString>) -> OfficeResult<HeapView> {
    let at = take_seat(office).await?;
    let mut read = Vec::new();
    for given in given {
        read.extend(read_given(office, given).await?);
    }
    let ids = take(office, &at, read).await?;
    if let Some(password) = password {
        let snapshot = office.heap.snapshot();
        let (mut opened, mut failed) = (false, None);
        for id in &ids {
            let Content::Store(store) = &snapshot.get(id)?.content else { continue };
            if !store.is_locked() {
                continue;
            }
            let own = SecretString::new(password.expose().to_owned());
            match open_store(office, &at, id, Some(own)).await {
                Ok(()) => opened = true,
                Err(error) => failed = Some(error),
            }
        }
        if let (false, Some(error)) = (opened, failed) {
            return Err(error);
        }
    }
    shown(office, at.session.as_deref()).await
}

/// Reads one thing that a terminal names.
async fn read_given(office: &Office, given: Given) -> OfficeResult<Vec<ReadSource>> {
    match given {
        Given::Bytes { name, bytes } => blocking(move || read::source(&name, bytes)).await,
        Given::File(path) => match open_path(office, path.clone()).await {
            Ok((name, bytes)) => blocking(move || read::source(&name, bytes)).await,
            Err(error) => Ok(vec![read::unreadable(&file_name(&path), &error)]),
        },
    }
}

async fn open_path(office: &Office, path: PathBuf) -> OfficeResult<(String, Vec<u8>)> {
    let info = office.open_document(path, DocumentOrigin::Dropped).await?;
    let entry = office.documents.get(&info.id)?;
    let name = entry.name.clone();
    Ok((name, blocking(move || entry.read(ReadFor::Certificates)).await??))
}

/// Every object of the heap, in its order, with what is asked of each; the evidence is gathered once for all of them.
async fn examine(office: &Office, wanted: &Examine) -> OfficeResult<Vec<Examined>> {
    let session = seat(office).await?;
    let evidence = evidence(office).await?;
    let anchors = view::Anchors::of(session.as_deref(), &evidence);
    let (heap, shown) = (Arc::clone(&office.heap), Arc::clone(&office.shown));
    let (locale, now, wanted) = (office.locale()?, office.ports.clock.now(), wanted.clone());
    blocking(move || {
        let snapshot = heap.snapshot();
        let first = snapshot.items.iter().find(|item| item.content.certificate().is_some());
        let bench = match (&wanted.judge, first) {
            (Some(requirements), Some(first)) => {
                let trial = review::Trial::on_heap(&snapshot, &first.id, requirements, evidence.clone(), now)?;
                Some((trial.reviewer(), trial))
            }
            _ => None,
        };
        let mut all = Vec::with_capacity(snapshot.items.len());
        for object in heap.view(&anchors).objects {
            let Ok(item) = snapshot.get(&object.id) else { continue };
            let certificate = item.content.certificate();
            let judged = certificate.zip(bench.as_ref());
            all.push(Examined {
                review: judged.map(|(target, (reviewer, trial))| trial.of(target.clone()).review_by(reviewer, locale)),
                lint: wanted.lint.then(|| lint::of_item(&heap, &snapshot, item, now, locale)).flatten(),
                detail: detail::of(&heap, &shown, object, &evidence, now)?,
            });
        }
        Ok(all)
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_for_a_bench_that_was_left_does_not_land_on_the_next() {
        let heap = Heap::default();
        let before = heap.epoch();
        let read = || read::source("nota.txt", b"nada".to_vec()).remove(0);
        heap.empty();
        assert!(heap.take(before, read()).is_ok(), "emptied by whoever sits there");
        heap.clear();
        assert!(matches!(heap.take(before, read()), Err(OfficeError::Locked)));
        assert!(heap.snapshot().items.is_empty());
        assert!(heap.take(heap.epoch(), read()).is_ok());
    }
}
