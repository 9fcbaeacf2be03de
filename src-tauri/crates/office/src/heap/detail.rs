//! Everything about one object.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cartorio_pki::{Certificate, Crl, Serial, legal};
use time::OffsetDateTime;

use super::link::Linked;
use super::read::Content;
use super::view::Anchors;
use super::{Heap, Item, Snapshot, evidence, facts, seat, view};
use crate::OfficeResult;
use crate::certificates::{self, Evidence, Shown, legal_view};
use crate::dto::{HeapDetail, HeapObject, LegalLabel, RevokedEntry};
use crate::keys_desk::pem;
use crate::office::Office;
use crate::signing::blocking;
use crate::times::rfc3339;

/// Entries of a list that are shown.
const MAX_ENTRIES: usize = 1_000;

/// Everything about the object with this handle.
pub(crate) async fn detail(office: &Office, id: &str) -> OfficeResult<HeapDetail> {
    let session = seat(office).await?;
    let evidence = evidence(office).await?;
    let anchors = Anchors::of(session.as_deref(), &evidence);
    let (heap, shown, now) = (Arc::clone(&office.heap), Arc::clone(&office.shown), office.ports.clock.now());
    let own = id.to_owned();
    blocking(move || of(&heap, &shown, heap.object(&own, &anchors)?, &evidence, now)).await?
}

/// Everything about an object whose line in the list is known; it counts as shown.
pub(super) fn of(
    heap: &Heap,
    shown: &Shown,
    object: HeapObject,
    evidence: &Evidence,
    now: OffsetDateTime,
) -> OfficeResult<HeapDetail> {
    let snapshot = heap.snapshot();
    let item = snapshot.get(&object.id)?;
    match &item.content {
        Content::Certificate(certificate) => shown.remember([certificate]),
        _ => shown.remember_object(&item.sha256),
    }
    Ok(build(&snapshot, item, object, &heap.linked(), evidence, now))
}

fn build(
    snapshot: &Snapshot,
    item: &Item,
    object: HeapObject,
    linked: &Linked,
    evidence: &Evidence,
    now: OffsetDateTime,
) -> HeapDetail {
    let certificate = item.content.certificate().map(|certificate| {
        certificates::detail(certificate, label(snapshot, item, certificate, linked, evidence, now))
    });
    let (revoked, revoked_total) = match &item.content {
        Content::Crl(crl) => (entries(crl, snapshot), u32::try_from(crl.revoked.len()).unwrap_or(u32::MAX)),
        _ => (Vec::new(), 0),
    };
    HeapDetail {
        certificate,
        store: match &item.content {
            Content::Store(store) => Some(store.view(&snapshot.by_sha256())),
            _ => None,
        },
        sections: facts::sections(&item.content),
        revoked,
        revoked_total,
        pem: armoured(&item.content),
        object,
    }
}

/// PEM of what has a PEM form.
pub(super) fn armoured(content: &Content) -> Option<String> {
    pem(content.pem_label()?, content.bytes()?).ok()
}

/// What a signature would be worth, by the certificates that may stand above; the rest of the heap says nothing about it.
fn label(
    snapshot: &Snapshot,
    item: &Item,
    certificate: &Certificate,
    linked: &Linked,
    evidence: &Evidence,
    now: OffsetDateTime,
) -> LegalLabel {
    let above = above(snapshot, item, linked);
    let mut crls: Vec<Crl> = Vec::new();
    for other in snapshot.items.iter() {
        if let Content::Crl(crl) = &other.content
            && above.iter().any(|own| own.subject == crl.issuer)
        {
            crls.push(crl.clone());
        }
    }
    let report = evidence.clone().with(&above, &crls).reviewer().review(certificate, now);
    report.best().map_or(LegalLabel::Unknown, |path| legal_view(legal::legal_label(path).label))
}

/// Every certificate that the links lead to from `item` upwards, itself first.
pub(super) fn above(snapshot: &Snapshot, item: &Item, linked: &Linked) -> Vec<Certificate> {
    let mut seen: HashSet<&str> = HashSet::from([item.id.as_str()]);
    let mut waiting = vec![item.id.as_str()];
    let mut found = Vec::new();
    while let Some(id) = waiting.pop() {
        if let Ok(certificate) = snapshot.certificate(id) {
            found.push(certificate.clone());
        }
        for issuer in linked.issuers.get(id).into_iter().flatten() {
            if seen.insert(issuer) && seen.len() <= MAX_ABOVE {
                waiting.push(issuer);
            }
        }
    }
    found
}

/// Certificates above one; real hierarchies have four.
const MAX_ABOVE: usize = 200;

/// Entries by serial number; those that are on the heap are named.
fn entries(crl: &Crl, snapshot: &Snapshot) -> Vec<RevokedEntry> {
    let mut known: HashMap<&Serial, &str> = HashMap::new();
    for item in snapshot.items.iter() {
        if let Content::Certificate(certificate) = &item.content
            && certificate.issuer == crl.issuer
        {
            known.insert(&certificate.serial, &item.id);
        }
    }
    let mut entries: Vec<&cartorio_pki::RevokedCertificate> = crl.revoked.iter().collect();
    // What is on the heap is never cut off.
    entries.sort_by_cached_key(|entry| {
        let bytes = entry.serial.bytes();
        (!known.contains_key(&entry.serial), bytes.len(), bytes.to_vec())
    });
    entries.truncate(MAX_ENTRIES);
    entries.sort_by_cached_key(|entry| (entry.serial.bytes().len(), entry.serial.bytes().to_vec()));
    entries
        .into_iter()
        .map(|entry| RevokedEntry {
            serial_hex: entry.serial.hex(),
            at: rfc3339(entry.at),
            reason: entry.reason.map(|reason| reason.code().to_owned()),
            object: known.get(&entry.serial).map(|id| (*id).to_owned()),
        })
        .collect()
}

impl super::Heap {
    /// One object as the list has it.
    pub(super) fn object(&self, id: &str, anchors: &Anchors) -> OfficeResult<HeapObject> {
        let (linked, snapshot) = (self.linked(), self.snapshot());
        let mut object = view::object(snapshot.get(id)?, anchors);
        let state = self.lock();
        object.parent = linked.parents.get(id).cloned();
        let places: HashMap<u64, u32> =
            state.sources.iter().zip(0_u32..).map(|(source, at)| (source.number, at)).collect();
        let origins = state.origins.get(id).into_iter().flatten();
        object.sources = origins.filter_map(|source| places.get(source).copied()).collect();
        Ok(object)
    }
}
