//! The trust store: roots, the CA certificates below them, and revocation evidence from outside.
//!
//! Official ICP-Brasil roots are known by the fingerprints that ship with the program (`cartorio_pki::legal`); a row of the registry
//! that says otherwise opens nothing. A root of the office's own choice counts while its request, the approval of another person
//! and no removal are in the trail. What is below a root is only ever material for paths: it is trusted because it leads to one.
//! Without an office the store is in memory, for the session.
//!
//! | module | what |
//! |---|---|
//! | `sort` | which certificates of a bundle are taken |
//! | `import` | bundles from files, objects from the heap |
//! | `anchor` | roots of one's own, by two people |
//! | `evidence` | lists and responses: whose they are, how old |
//! | `fetch` | lists from the network |
//! | `door` | the office's doors to it |

mod anchor;
mod door;
mod error;
mod evidence;
mod fetch;
mod import;
mod sort;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use cartorio_pki::{Certificate, Crl, OcspResponse, legal};
use cartorio_registry::{
    CertificateKind as RowKind, Evidence as EvidenceRow, EvidenceFacts, EvidenceKind, TrustCertificate, TrustOrigin,
    TrustRole,
};
use time::OffsetDateTime;

pub(crate) use anchor::{addition, apply, removal};
use error::TrustError;
pub(crate) use evidence::{forget, state};
pub(crate) use fetch::refresh;
use import::Brought;
pub(crate) use import::{Found, keep};
pub(crate) use sort::Placed;

use crate::OfficeResult;
use crate::certificates::{holder_name, sha256};
use crate::dto::{AnchorKind, EvidenceItem, Permission, TrustAnchor, TrustView};
use crate::session::Session;
use crate::signing::blocking;
use crate::times::rfc3339;

/// Bytes of evidence that are kept, superseded ones included; the newest of each kind stays whatever the limit.
pub(crate) const EVIDENCE_LIMIT: u64 = 1 << 30;

/// A root that counts.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    pub(crate) certificate: Certificate,
    pub(crate) kind: AnchorKind,
    pub(crate) added_at: Option<OffsetDateTime>,
    pub(crate) added_by: Option<String>,
    pub(crate) approved_by: Option<String>,
}

/// A list or response, read.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    List(Crl),
    Response(OcspResponse),
}

/// Evidence that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) facts: EvidenceFacts,
    pub(crate) content: Content,
}

/// The store at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    /// Roots that count, the office's own CA not among them.
    pub(crate) anchors: Vec<Anchor>,
    /// Roots of the office's own CA.
    pub(crate) office: Vec<Anchor>,
    /// CA certificates below roots.
    pub(crate) below: Vec<Placed>,
    /// Newest first.
    pub(crate) evidence: Vec<Kept>,
}

impl Contents {
    /// What an office keeps.
    pub(crate) async fn of(session: &Session) -> OfficeResult<Self> {
        let mut contents = Self::default();
        for row in session.registry.trust_certificates().await? {
            let certificate = session.trust.parsed(&row.sha256, &row.der)?;
            match (row.role, row.origin) {
                (TrustRole::Root, TrustOrigin::IcpBrasil) => {
                    // The program's own list decides, not the row.
                    if legal::is_icp_brasil_root(&certificate) {
                        contents.anchors.push(anchor(certificate, AnchorKind::IcpBrasil, &row));
                    }
                }
                (TrustRole::Root, TrustOrigin::Own) => {
                    if anchor::is_vouched(session, &row).await? {
                        contents.anchors.push(anchor(certificate, AnchorKind::Own, &row));
                    }
                }
                (TrustRole::Intermediate, origin) => contents.below.push(Placed { certificate, origin }),
            }
        }
        for row in session.registry.certificates(Some(RowKind::Root)).await? {
            let certificate = session.trust.parsed(&row.sha256, &row.der)?;
            let demo = legal::is_demonstration(&certificate);
            let kind = if demo { AnchorKind::Demonstration } else { AnchorKind::Office };
            let added_at = Some(row.created_at);
            contents.office.push(Anchor { certificate, kind, added_at, added_by: None, approved_by: None });
        }
        for facts in session.registry.evidence_list().await? {
            let content = match session.trust.content(&facts.sha256) {
                Some(content) => content,
                None => {
                    let row = session.registry.evidence(&facts.sha256).await?;
                    let content = blocking(move || read(&row)).await??;
                    session.trust.remember(&facts.sha256, &content);
                    content
                }
            };
            contents.evidence.push(Kept { facts, content });
        }
        Ok(contents)
    }

    /// Every root that counts.
    pub(crate) fn roots(&self) -> Vec<Certificate> {
        self.anchors.iter().chain(&self.office).map(|own| own.certificate.clone()).collect()
    }

    /// Roots and CAs, each with why it is there: what a bundle is sorted against.
    pub(crate) fn placed(&self) -> Vec<Placed> {
        let roots = self.anchors.iter().chain(&self.office).map(|own| Placed {
            certificate: own.certificate.clone(),
            origin: match own.kind {
                AnchorKind::IcpBrasil => TrustOrigin::IcpBrasil,
                AnchorKind::Office | AnchorKind::Own | AnchorKind::Demonstration => TrustOrigin::Own,
            },
        });
        roots.chain(self.below.iter().cloned()).collect()
    }

    /// Roots from outside and the CAs below: what is in the store itself.
    pub(crate) fn anchors_and_below(&self) -> Vec<Certificate> {
        let anchors = self.anchors.iter().map(|own| own.certificate.clone());
        anchors.chain(self.below.iter().map(|own| own.certificate.clone())).collect()
    }

    /// Every CA certificate.
    pub(crate) fn authorities(&self) -> Vec<Certificate> {
        self.placed().into_iter().map(|own| own.certificate).collect()
    }

    /// As the window shows it.
    pub(crate) async fn view(self, kept: bool, now: OffsetDateTime) -> OfficeResult<TrustView> {
        blocking(move || self.view_now(kept, now)).await
    }

    fn view_now(&self, kept: bool, now: OffsetDateTime) -> TrustView {
        let below: Vec<Certificate> = self.below.iter().map(|own| own.certificate.clone()).collect();
        let counts = sort::counts(&self.roots(), &below);
        let official = self.anchors.iter().filter(|own| own.kind == AnchorKind::IcpBrasil).count();
        TrustView {
            kept,
            anchors: self
                .anchors
                .iter()
                .chain(&self.office)
                .map(|own| {
                    let sha256 = own.certificate.fingerprint();
                    TrustAnchor {
                        below: counts.get(&sha256).copied().unwrap_or_default(),
                        sha256,
                        name: holder_name(&own.certificate),
                        kind: own.kind,
                        not_before: rfc3339(own.certificate.validity.not_before),
                        not_after: rfc3339(own.certificate.validity.not_after),
                        added_at: own.added_at.map(rfc3339),
                        added_by: own.added_by.clone(),
                        approved_by: own.approved_by.clone(),
                    }
                })
                .collect(),
            missing_official: u32::try_from(legal::ICP_BRASIL_ROOTS.len().saturating_sub(official)).unwrap_or_default(),
            intermediates: u32::try_from(self.below.len()).unwrap_or(u32::MAX),
            evidence: self.evidence.iter().map(|own| item(&own.facts, now)).collect(),
        }
    }
}

fn item(facts: &EvidenceFacts, now: OffsetDateTime) -> EvidenceItem {
    EvidenceItem {
        sha256: facts.sha256.clone(),
        kind: facts.kind.name().to_owned(),
        issuer: facts.issuer_name.clone(),
        this_update: rfc3339(facts.this_update),
        next_update: facts.next_update.map(rfc3339),
        number: facts.number.clone(),
        state: state(facts, now).to_owned(),
        size: facts.size,
        fetched_at: rfc3339(facts.fetched_at),
        url: facts.url.clone(),
        revoked: facts.revoked.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
    }
}

fn anchor(certificate: Certificate, kind: AnchorKind, row: &TrustCertificate) -> Anchor {
    Anchor {
        certificate,
        kind,
        added_at: Some(row.added_at),
        added_by: Some(row.added_by.name.clone()),
        approved_by: row.approval.as_ref().map(|approval| approval.by.name.clone()),
    }
}

/// Reads kept evidence back.
fn read(row: &EvidenceRow) -> OfficeResult<Content> {
    match row.facts.kind {
        EvidenceKind::Crl | EvidenceKind::DeltaCrl => Ok(Content::List(Crl::from_der(&row.der)?)),
        EvidenceKind::Ocsp => {
            Ok(Content::Response(OcspResponse::from_der(&row.der).map_err(crate::OfficeError::internal)?))
        }
    }
}

/// What was read of the registry's store, by its fingerprint: it never changes, so it is read once.
#[derive(Default)]
pub(crate) struct Cache {
    certificates: Mutex<HashMap<String, Certificate>>,
    evidence: Mutex<HashMap<String, Content>>,
}

impl Cache {
    /// The certificate with these bytes and this fingerprint; whoever asks has checked that they belong together.
    pub(crate) fn parsed(&self, sha256: &str, der: &[u8]) -> OfficeResult<Certificate> {
        let mut known = self.certificates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(certificate) = known.get(sha256) {
            return Ok(certificate.clone());
        }
        let certificate = Certificate::from_der(der)?;
        known.insert(sha256.to_owned(), certificate.clone());
        Ok(certificate)
    }

    /// The revocation list with these bytes.
    pub(crate) fn list(&self, der: &[u8]) -> OfficeResult<Crl> {
        let print = sha256(der);
        if let Some(Content::List(list)) = self.content(&print) {
            return Ok(list);
        }
        let list = Crl::from_der(der)?;
        self.remember(&print, &Content::List(list.clone()));
        Ok(list)
    }

    fn content(&self, sha256: &str) -> Option<Content> {
        self.evidence.lock().unwrap_or_else(PoisonError::into_inner).get(sha256).cloned()
    }

    fn remember(&self, sha256: &str, content: &Content) {
        self.evidence.lock().unwrap_or_else(PoisonError::into_inner).insert(sha256.to_owned(), content.clone());
    }
}

/// The store without an office.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Contents>);

impl Memory {
    /// What is there now.
    pub(crate) fn contents(&self) -> Contents {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Contents::default();
    }

    /// Takes what is new, all of it at once.
    fn take(&self, brought: &Brought, now: OffsetDateTime) {
        let mut contents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known: HashSet<String> = contents.authorities().iter().map(|own| own.fingerprint()).collect();
        for root in brought.roots.iter().filter(|own| !known.contains(&own.fingerprint())) {
            contents.anchors.push(Anchor {
                certificate: root.clone(),
                kind: AnchorKind::IcpBrasil,
                added_at: Some(now),
                added_by: None,
                approved_by: None,
            });
        }
        contents
            .below
            .extend(brought.below.iter().filter(|own| !known.contains(&own.certificate.fingerprint())).cloned());
        for kept in &brought.evidence {
            if !contents.evidence.iter().any(|own| own.facts.sha256 == kept.facts.sha256) {
                contents.evidence.push(kept.clone());
            }
        }
        contents.evidence.sort_by_key(|own| std::cmp::Reverse(own.facts.this_update));
    }

    fn forget(&self, sha256: &str) -> OfficeResult<()> {
        let mut contents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = contents.evidence.len();
        contents.evidence.retain(|own| own.facts.sha256 != sha256);
        if contents.evidence.len() == before { Err(TrustError::UnknownEvidence.into()) } else { Ok(()) }
    }
}

/// Where the store is: in an office's registry, or in memory.
#[derive(Clone)]
pub(crate) enum Place {
    Office(Arc<Session>),
    Memory(Arc<Memory>),
}

impl Place {
    /// Refuses whoever may not change it.
    pub(crate) fn require(&self) -> OfficeResult<()> {
        match self {
            Self::Office(session) => session.require(Permission::ManageTrust),
            Self::Memory(_) => Ok(()),
        }
    }

    /// What is there now.
    pub(crate) async fn contents(&self) -> OfficeResult<Contents> {
        match self {
            Self::Office(session) => Contents::of(session).await,
            Self::Memory(memory) => Ok(memory.contents()),
        }
    }

    /// As the window shows it.
    pub(crate) async fn view(&self, now: OffsetDateTime) -> OfficeResult<TrustView> {
        self.contents().await?.view(matches!(self, Self::Office(_)), now).await
    }
}
