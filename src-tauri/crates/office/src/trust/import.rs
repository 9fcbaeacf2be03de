//! What comes into the store: a bundle from a file, objects from the heap. All of what fits comes at once, or nothing does.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use cartorio_pki::{Certificate, Crl, OcspResponse, ReadError, read_objects};
use cartorio_registry::{
    Act, Evidence as EvidenceRow, JournalEntry, RegistryError, TrustCertificate, TrustOrigin, TrustRole,
};
use time::OffsetDateTime;

use super::sort::{Placed, Sorted, sort};
use super::{Content, Contents, EVIDENCE_LIMIT, Kept, Place, evidence};
use crate::certificates::sha256;
use crate::documents::file_name;
use crate::dto::{HeapProblem, TrustImport, TrustRefusal};
use crate::session::{Facts, Session};
use crate::signing::blocking;
use crate::{OfficeError, OfficeResult};

/// Bytes of a bundle.
const MAX_FILE: u64 = 64 << 20;

/// So many others may be faster before an import gives up.
const MAX_RACES: u32 = 8;

/// Objects that may go into the store.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) lists: Vec<Crl>,
    pub(crate) responses: Vec<OcspResponse>,
    /// Certificates that responses may speak of, beside those above.
    pub(crate) subjects: Vec<Certificate>,
    /// SHA-256 of what does not belong into the store.
    pub(crate) others: Vec<String>,
    pub(crate) problems: Vec<HeapProblem>,
}

/// What of them goes.
#[derive(Default)]
pub(crate) struct Brought {
    pub(super) roots: Vec<Certificate>,
    pub(super) below: Vec<Placed>,
    pub(super) evidence: Vec<Kept>,
    known: u32,
    refused: Vec<TrustRefusal>,
    problems: Vec<HeapProblem>,
}

/// Takes a bundle (zip, PEM, P7B or DER) from a file.
pub(crate) async fn import_file(place: &Place, path: &Path, now: OffsetDateTime) -> OfficeResult<TrustImport> {
    place.require()?;
    let (name, own) = (file_name(path), path.to_owned());
    let called = name.clone();
    let (found, digest) = blocking(move || read_file(&own, &called)).await??;
    let facts = Facts::default().with("file", name).with("file_sha256", digest);
    take(place, found, facts, now).await
}

/// Takes objects that were looked at.
pub(crate) async fn keep(place: &Place, found: Found, now: OffsetDateTime) -> OfficeResult<TrustImport> {
    place.require()?;
    take(place, found, Facts::default(), now).await
}

/// Reads a bundle.
fn read_file(path: &Path, name: &str) -> OfficeResult<(Found, String)> {
    let unreadable = |reason: String| OfficeError::DocumentUnreadable { name: name.to_owned(), reason };
    let file = std::fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let metadata = file.metadata().map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable("it is not a file".to_owned()));
    }
    let too_large = |size| OfficeError::DocumentTooLarge { name: name.to_owned(), size, limit: MAX_FILE };
    if metadata.len() > MAX_FILE {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(too_large(bytes.len() as u64));
    }
    let bundle = read_objects(&bytes).map_err(|error| named(error, name))?;
    let found = Found {
        certificates: bundle.certificates(),
        lists: bundle.crls(),
        responses: bundle.ocsp_responses(),
        problems: bundle.problems.iter().map(problem).collect(),
        ..Found::default()
    };
    Ok((found, sha256(&bytes)))
}

/// The certificates in a file.
pub(super) fn certificates_in(path: &Path) -> OfficeResult<Vec<Certificate>> {
    Ok(read_file(path, &file_name(path))?.0.certificates)
}

fn named(error: ReadError, name: &str) -> OfficeError {
    let mut error = OfficeError::from(error);
    if let OfficeError::Format(wire) = &mut error {
        wire.params.insert("name".to_owned(), name.to_owned());
    }
    error
}

fn problem(error: &ReadError) -> HeapProblem {
    let params: std::collections::BTreeMap<String, String> =
        error.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    HeapProblem {
        code: error.code().to_owned(),
        offset: params.get("offset").and_then(|offset| offset.parse().ok()),
        params,
        field: None,
        detail: error.to_string(),
    }
}

async fn take(place: &Place, found: Found, facts: Facts, now: OffsetDateTime) -> OfficeResult<TrustImport> {
    let found = Arc::new(found);
    let mut races = 0;
    let brought = loop {
        let (contents, own) = (place.contents().await?, Arc::clone(&found));
        let brought = blocking(move || choose(&own, &contents, now)).await?;
        match place {
            Place::Memory(memory) => {
                memory.take(&brought, now);
                break brought;
            }
            Place::Office(session) => match store(session, &brought, facts.clone(), now).await {
                Ok(()) => break brought,
                // Somebody else brought some of it meanwhile: what is left is less.
                Err(OfficeError::Registry(RegistryError::Conflict { .. })) if races < MAX_RACES => races += 1,
                Err(error) => return Err(error),
            },
        }
    };
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    Ok(TrustImport {
        trust: place.view(now).await?,
        roots_added: count(brought.roots.len()),
        intermediates_added: count(brought.below.len()),
        evidence_added: count(brought.evidence.len()),
        known: brought.known,
        refused: brought.refused,
        problems: brought.problems,
    })
}

/// Sorts what was found against what is there.
fn choose(found: &Found, contents: &Contents, now: OffsetDateTime) -> Brought {
    let Sorted { roots, below, mut known, mut refused } = sort(&found.certificates, &contents.placed());
    let mut authorities = contents.authorities();
    authorities.extend(roots.iter().cloned());
    authorities.extend(below.iter().map(|own| own.certificate.clone()));
    let mut seen: HashSet<String> = contents.evidence.iter().map(|own| own.facts.sha256.clone()).collect();
    let mut kept = Vec::new();
    for list in &found.lists {
        if !seen.insert(sha256(&list.der)) {
            known += 1;
            continue;
        }
        match evidence::kept_list(list, &authorities, None, now) {
            Ok(list) => kept.push(list),
            Err(error) => refused.push(TrustRefusal {
                sha256: sha256(&list.der),
                name: list.issuer.display_name().to_owned(),
                reason: error.code().to_owned(),
            }),
        }
    }
    let subjects: Vec<Certificate> =
        found.certificates.iter().chain(&found.subjects).chain(&authorities).cloned().collect();
    for response in &found.responses {
        if !seen.insert(sha256(&response.der)) {
            known += 1;
            continue;
        }
        match evidence::kept_response(response, &subjects, &authorities, now) {
            Some(response) => kept.push(response),
            None => refused.push(TrustRefusal {
                sha256: sha256(&response.der),
                name: "OCSP".to_owned(),
                reason: "ocsp_not_evidence".to_owned(),
            }),
        }
    }
    refused.extend(found.others.iter().map(|sha256| TrustRefusal {
        name: sha256.chars().take(16).collect(),
        sha256: sha256.clone(),
        reason: "not_for_the_store".to_owned(),
    }));
    Brought { roots, below, evidence: kept, known, refused, problems: found.problems.clone() }
}

impl Brought {
    /// A single piece of evidence.
    pub(super) fn of_evidence(kept: Kept) -> Self {
        Self { evidence: vec![kept], ..Self::default() }
    }
}

/// Puts it into the registry, together with its record.
async fn store(session: &Session, brought: &Brought, facts: Facts, now: OffsetDateTime) -> OfficeResult<()> {
    let row = |certificate: &Certificate, role, origin| TrustCertificate {
        sha256: certificate.fingerprint(),
        der: certificate.der.clone(),
        role,
        origin,
        added_at: now,
        added_by: session.operator.clone(),
        approval: None,
    };
    let roots = brought.roots.iter().map(|own| row(own, TrustRole::Root, TrustOrigin::IcpBrasil));
    let below = brought.below.iter().map(|own| row(&own.certificate, TrustRole::Intermediate, own.origin));
    let certificates: Vec<TrustCertificate> = roots.chain(below).collect();
    let evidence: Vec<EvidenceRow> = brought.evidence.iter().map(row_of).collect();
    let only_evidence = certificates.is_empty() && !evidence.is_empty();
    let act = if only_evidence { Act::EvidenceKept } else { Act::TrustImported };
    let told = Facts::default()
        .with("roots_added", brought.roots.len().to_string())
        .with("intermediates_added", brought.below.len().to_string())
        .with("evidence_added", brought.evidence.len().to_string())
        .with("refused", brought.refused.len().to_string());
    let imported = JournalEntry::TrustImported { certificates, evidence, evidence_limit: EVIDENCE_LIMIT };
    session.record_rows(act, facts, (told, vec![imported])).await
}

/// As the registry keeps it.
pub(super) fn row_of(kept: &Kept) -> EvidenceRow {
    let der = match &kept.content {
        Content::List(list) => list.der.clone(),
        Content::Response(response) => response.der.clone(),
    };
    EvidenceRow { facts: kept.facts.clone(), der }
}
