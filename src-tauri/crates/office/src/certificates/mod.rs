//! Certificates as the window shows them: the office's own, a signer's chain, or any file from disk.

pub(crate) mod mask;
mod view;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cartorio_core::{CertificateId, Digest, HashAlgorithm};
use cartorio_keys::KeyRef;
use cartorio_pki::chain::{self, Conclusion, PathEnd, Reviewer};
use cartorio_pki::{Certificate, Crl, OcspResponse, legal};
use cartorio_registry::{Act, Certificate as CertificateRow, CertificateKind as RowKind};
use time::OffsetDateTime;

pub(crate) use view::{detail, facts_of, holder_name, identifiers, issuer_name, legal_view, mask_text};

use crate::authority::chain_above;
use crate::documents::Entry;
use crate::dto::{
    AnchorKind, CertificateBundle, CertificateKind, CertificateNode, CertificateSource, CertificateSummary,
    ChainProblem, IdentifierView, LegalLabel, OpaqueObject, Permission, RevealedIdentifiers, SaveFormat, TrustState,
};
use crate::keys_desk::pem;
use crate::session::{Facts, Session};
use crate::signing::{SigningIdentity, blocking, load_certificate};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, trust};

/// Certificates that were shown in this session; revealing and saving are for these alone.
#[derive(Default)]
pub(crate) struct Shown(Mutex<WhatWasShown>);

#[derive(Default)]
struct WhatWasShown {
    certificates: HashMap<String, Certificate>,
    /// Other objects that hold personal numbers, by SHA-256: requests, signatures, stores.
    objects: HashSet<String>,
    /// What somebody asked to see in the clear, on record, by SHA-256.
    revealed: HashSet<String>,
}

impl Shown {
    pub(crate) fn remember<'a>(&self, certificates: impl IntoIterator<Item = &'a Certificate>) {
        let new = certificates.into_iter().map(|certificate| (certificate.fingerprint(), certificate.clone()));
        self.lock().certificates.extend(new);
    }

    /// An object other than a certificate was shown: its bytes can be revealed.
    pub(crate) fn remember_object(&self, sha256: &str) {
        self.lock().objects.insert(sha256.to_owned());
    }

    /// Forgets everything; what one office showed is not another's.
    pub(crate) fn clear(&self) {
        *self.lock() = WhatWasShown::default();
    }

    pub(crate) fn get(&self, sha256: &str) -> OfficeResult<Certificate> {
        self.lock().certificates.get(sha256).cloned().ok_or(OfficeError::UnknownCertificate)
    }

    /// Whether somebody asked in this session to see the personal numbers in it.
    pub(crate) fn is_revealed(&self, sha256: &str) -> bool {
        self.lock().revealed.contains(sha256)
    }

    fn knows_object(&self, sha256: &str) -> bool {
        self.lock().objects.contains(sha256)
    }

    fn reveal(&self, sha256: &str) {
        self.lock().revealed.insert(sha256.to_owned());
    }

    fn lock(&self) -> MutexGuard<'_, WhatWasShown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a review may rely on: roots that this installation trusts, and revocation lists that it holds.
#[derive(Clone, Default)]
pub(crate) struct Evidence {
    pub(crate) anchors: Vec<Certificate>,
    pub(crate) pool: Vec<Certificate>,
    pub(crate) crls: Vec<Crl>,
    pub(crate) ocsp: Vec<OcspResponse>,
    /// Whose root an anchor is, by its SHA-256, where it is not what the environment says.
    pub(crate) kinds: BTreeMap<String, AnchorKind>,
}

impl Evidence {
    /// The office's own roots, intermediates and lists, and what its trust store keeps. Without an office the store is in memory:
    /// see [`Office::evidence_here`](crate::Office).
    pub(crate) async fn of(session: Option<&Session>) -> OfficeResult<Self> {
        let mut evidence = Self::default();
        let Some(session) = session else {
            return Ok(evidence);
        };
        for (kind, anchor) in [(RowKind::Root, true), (RowKind::Intermediate, false)] {
            for row in session.registry.certificates(Some(kind)).await? {
                let certificate = session.trust.parsed(&row.sha256, &row.der)?;
                if anchor {
                    evidence.anchors.push(certificate.clone());
                }
                evidence.pool.push(certificate);
                if let Some(crl) = session.registry.latest_crl(&row.sha256).await? {
                    evidence.crls.push(session.trust.list(&crl.der)?);
                }
            }
        }
        Ok(evidence.with_store(&trust::Contents::of(session).await?))
    }

    /// Adds a trust store: its roots, the CAs below them, its evidence.
    pub(crate) fn with_store(mut self, store: &trust::Contents) -> Self {
        for anchor in &store.anchors {
            self.kinds.insert(anchor.certificate.fingerprint(), anchor.kind);
            self.anchors.push(anchor.certificate.clone());
            self.pool.push(anchor.certificate.clone());
        }
        self.pool.extend(store.below.iter().map(|own| own.certificate.clone()));
        for kept in &store.evidence {
            match &kept.content {
                trust::Content::List(list) => self.crls.push(list.clone()),
                trust::Content::Response(response) => self.ocsp.push(response.clone()),
            }
        }
        self
    }

    /// Adds what a file brings with it. A root inside it is trusted only when it is one of ICP-Brasil's, to the byte.
    pub(crate) fn with(mut self, certificates: &[Certificate], crls: &[Crl]) -> Self {
        self.anchors.extend(certificates.iter().filter(|own| legal::is_icp_brasil_root(own)).cloned());
        self.pool.extend(certificates.iter().cloned());
        self.crls.extend(crls.iter().cloned());
        self
    }

    /// The roots alone.
    pub(crate) fn roots(&self) -> Self {
        Self { anchors: self.anchors.clone(), pool: self.anchors.clone(), kinds: self.kinds.clone(), ..Self::default() }
    }

    /// Whose root `anchor` is; `own` where it is one of the office itself.
    pub(crate) fn kind_of(&self, anchor: &Certificate, own: AnchorKind) -> AnchorKind {
        let sha256 = anchor.fingerprint();
        match self.kinds.get(&sha256) {
            Some(kind) => *kind,
            None if legal::is_icp_brasil_root(anchor) => AnchorKind::IcpBrasil,
            None => own,
        }
    }

    /// Judges certificates by this evidence.
    pub(crate) fn reviewer(&self) -> Reviewer {
        Reviewer::new(&self.pool, &self.anchors, &self.crls).with_ocsp(&self.ocsp)
    }
}

/// Puts certificates in a tree and judges each as of `at`; parents before children.
pub(crate) fn bundle(
    title: String,
    certificates: &[Certificate],
    others: Vec<OpaqueObject>,
    reviewer: &Reviewer,
    at: OffsetDateTime,
) -> CertificateBundle {
    let mut by_print: BTreeMap<String, &Certificate> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for certificate in certificates {
        let print = certificate.fingerprint();
        if by_print.insert(print.clone(), certificate).is_none() {
            order.push(print);
        }
    }
    let parents: BTreeMap<&str, String> = by_print
        .iter()
        .filter_map(|(print, certificate)| {
            let issuer = reviewer.issuer(certificate)?.fingerprint();
            (by_print.contains_key(&issuer) && issuer != *print).then_some((print.as_str(), issuer))
        })
        .collect();
    let depths: BTreeMap<&str, usize> =
        by_print.keys().map(|print| (print.as_str(), depth(print, &parents, by_print.len()))).collect();
    order.sort_by_key(|print| depths.get(print.as_str()).copied());
    let places: BTreeMap<&str, u32> = order.iter().zip(0_u32..).map(|(print, place)| (print.as_str(), place)).collect();
    let nodes = order
        .iter()
        .filter_map(|print| Some((print, *by_print.get(print)?)))
        .map(|(print, certificate)| {
            let report = reviewer.review(certificate, at);
            let best = report.best();
            let label = best.map_or(LegalLabel::Unknown, |path| legal_view(legal::legal_label(path).label));
            let own = places.get(print.as_str()).copied();
            CertificateNode {
                // Certificates that issued each other have no top; the later one of the list hangs under the earlier.
                parent: parents
                    .get(print.as_str())
                    .and_then(|issuer| places.get(issuer.as_str()).copied())
                    .filter(|place| Some(*place) < own),
                certificate: detail(certificate, label),
                trust: trust(&report),
                problems: problems(&report),
            }
        })
        .collect();
    CertificateBundle { title, certificates: nodes, others, judged_at: rfc3339(at) }
}

/// How far below the top of its tree a certificate stands; a circle ends at `limit`.
fn depth(print: &str, parents: &BTreeMap<&str, String>, limit: usize) -> usize {
    std::iter::successors(parents.get(print), |above| parents.get(above.as_str())).take(limit).count()
}

/// The bottom line of a review, as the UI names it.
pub(crate) fn trust(report: &chain::ChainReport) -> TrustState {
    match report.verdict().0 {
        Conclusion::Passed => TrustState::Trusted,
        Conclusion::Indeterminate => TrustState::Unknown,
        Conclusion::Failed => TrustState::Untrusted,
    }
}

fn problems(report: &chain::ChainReport) -> Vec<ChainProblem> {
    let Some(path) = report.best() else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for (depth, step) in path.steps.iter().enumerate() {
        let depth = u32::try_from(depth).unwrap_or(u32::MAX);
        for problem in &step.problems {
            let params: Vec<String> =
                problem.params().into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
            problems.push(ChainProblem { code: problem.code().to_owned(), depth, detail: params.join(", ") });
        }
        if !matches!(step.revocation, chain::Revocation::NotNeeded | chain::Revocation::Good { .. }) {
            let code = step.revocation.code().to_owned();
            problems.push(ChainProblem { code, depth, detail: String::new() });
        }
    }
    if path.end != PathEnd::Anchor {
        let depth = u32::try_from(path.steps.len().saturating_sub(1)).unwrap_or(u32::MAX);
        problems.push(ChainProblem { code: path.end.code().to_owned(), depth, detail: String::new() });
    }
    problems
}

/// Certificates of the office, newest first.
pub(crate) async fn list(session: &Session) -> OfficeResult<Vec<CertificateSummary>> {
    session.require(Permission::Inspect)?;
    let mut summaries = Vec::new();
    for row in session.registry.certificates(None).await? {
        if let Some(summary) = summary(session, &row).await? {
            summaries.push(summary);
        }
    }
    Ok(summaries)
}

/// What the list shows of one certificate; `None` for foreign ones.
pub(crate) async fn summary(session: &Session, row: &CertificateRow) -> OfficeResult<Option<CertificateSummary>> {
    let kind = match row.kind {
        RowKind::Root => CertificateKind::Root,
        RowKind::Intermediate => CertificateKind::Intermediate,
        RowKind::Identity => CertificateKind::Identity,
        RowKind::Subscriber => CertificateKind::Subscriber,
        RowKind::Foreign => return Ok(None),
    };
    let certificate = Certificate::from_der(&row.der)?;
    let reason = not_exportable(session, row).await?;
    Ok(Some(CertificateSummary {
        id: row.id.to_string(),
        kind,
        name: holder_name(&certificate),
        issuer: issuer_name(&certificate),
        masked_cpf: certificate.identity.cpf.as_ref().map(cartorio_pki::Cpf::masked),
        serial_hex: certificate.serial.hex(),
        not_before: rfc3339(row.not_before),
        not_after: rfc3339(row.not_after),
        sha256: row.sha256.clone(),
        exportable: reason.is_none(),
        not_exportable_reason: reason.map(str::to_owned),
    }))
}

/// Why the key of a certificate cannot leave; `None` when it can.
pub(crate) async fn not_exportable(session: &Session, row: &CertificateRow) -> OfficeResult<Option<&'static str>> {
    let Some(key_ref) = &row.key_ref else {
        return Ok(Some("no_key"));
    };
    let key: KeyRef = key_ref.parse()?;
    match (&key, row.kind) {
        (KeyRef::AwsKms { .. }, _) => Ok(Some("kms_key")),
        (KeyRef::Pkcs11 { .. }, _) => Ok(Some("token_key")),
        (KeyRef::P12 { .. }, _) => Ok(Some("signing_key")),
        (KeyRef::Local { .. }, RowKind::Root | RowKind::Intermediate) => Ok(Some("ca_key")),
        // What the office signs with stays here, whatever the key store would allow.
        (KeyRef::Local { .. }, RowKind::Identity) => Ok(Some("signing_key")),
        (KeyRef::Local { .. }, RowKind::Subscriber | RowKind::Foreign) => {
            use cartorio_keys::KeyManager;
            match session.local.describe(&key).await {
                Ok(info) if info.exportable => Ok(None),
                Ok(_) => Ok(Some("signing_key")),
                Err(_) => Ok(Some("no_key")),
            }
        }
    }
}

/// Opens certificates from wherever they are.
pub(crate) async fn open(
    session: Option<&Session>,
    shown: &Shown,
    source: Opened,
    own: Evidence,
    now: OffsetDateTime,
) -> OfficeResult<CertificateBundle> {
    let (title, certificates, crls, others) = match source {
        Opened::File { entry, bytes } => {
            let found = read_file(&entry, &bytes)?;
            (entry.name, found.certificates, found.crls, found.others)
        }
        Opened::Registry(source) => {
            let session = session.ok_or(OfficeError::NoOffice)?;
            session.require(Permission::Inspect)?;
            let (title, certificates) = from_registry(session, source).await?;
            (title, certificates, Vec::new(), Vec::new())
        }
    };
    shown.remember(&certificates);
    let evidence = own.with(&certificates, &crls);
    let own = certificates.clone();
    let bundle = blocking(move || bundle(title, &own, others, &evidence.reviewer(), now)).await?;
    if let (Some(session), Some(first)) = (session, certificates.first()) {
        let facts = Facts::certificate(&first.fingerprint())
            .with("title", mask_text(&bundle.title, first))
            .with("certificates", certificates.len().to_string());
        session.record_look(Act::CertificateInspected, facts, async || Ok(())).await?;
    }
    Ok(bundle)
}

/// A source that was looked up.
pub(crate) enum Opened {
    File { entry: Entry, bytes: Vec<u8> },
    Registry(CertificateSource),
}

async fn from_registry(session: &Session, source: CertificateSource) -> OfficeResult<(String, Vec<Certificate>)> {
    match source {
        CertificateSource::Identity(id) => {
            let identity = SigningIdentity::load(session, &id).await?;
            let mut certificates = vec![identity.certificate];
            certificates.extend(identity.chain);
            Ok((identity.label, certificates))
        }
        CertificateSource::Registry(id) => {
            let row = registered(session, &id).await?;
            let certificate = Certificate::from_der(&row.der)?;
            let title = holder_name(&certificate);
            let mut certificates = vec![certificate];
            for above in chain_above(session, row.issuer_certificate).await? {
                certificates.push(load_certificate(session, above).await?);
            }
            Ok((title, certificates))
        }
        CertificateSource::Document(_) => Err(OfficeError::UnknownDocument),
    }
}

/// The certificate called `id` in the registry.
pub(crate) async fn registered(session: &Session, id: &str) -> OfficeResult<CertificateRow> {
    let id: CertificateId = id.parse().map_err(|_| OfficeError::UnknownCertificate)?;
    session.registry.certificate(id).await.map_err(|error| match error {
        cartorio_registry::RegistryError::NotFound { .. } => OfficeError::UnknownCertificate,
        other => other.into(),
    })
}

/// What a file holds.
pub(crate) struct FileObjects {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) crls: Vec<Crl>,
    pub(crate) others: Vec<OpaqueObject>,
}

/// Reads a file of certificates by its content; a CMS signature gives the certificates inside it.
pub(crate) fn read_file(entry: &Entry, bytes: &[u8]) -> OfficeResult<FileObjects> {
    view::read_objects(&entry.name, bytes)
}

/// Shows masked identifiers; in an office that is put on record.
pub(crate) async fn reveal(
    session: Option<&Session>,
    shown: &Shown,
    sha256: &str,
) -> OfficeResult<RevealedIdentifiers> {
    let clear: Vec<IdentifierView> = match shown.get(sha256) {
        Ok(certificate) => identifiers(&certificate, false),
        // Of another object there is no list; its bytes may be looked at from here on.
        Err(_) if shown.knows_object(sha256) => Vec::new(),
        Err(error) => return Err(error),
    };
    if let Some(session) = session {
        let kinds: Vec<&str> = clear.iter().map(|identifier| identifier.kind.as_str()).collect();
        let facts = Facts::certificate(sha256).with("kinds", kinds.join(","));
        session.record(Act::IdentifierRevealed, facts, async |_| Ok(())).await?;
    }
    shown.reveal(sha256);
    Ok(RevealedIdentifiers { identifiers: clear })
}

/// A certificate in the form to be saved.
pub(crate) fn encoded(certificate: &Certificate, format: SaveFormat) -> OfficeResult<Vec<u8>> {
    match format {
        SaveFormat::Der => Ok(certificate.der.clone()),
        SaveFormat::Pem => Ok(pem("CERTIFICATE", &certificate.der)?.into_bytes()),
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Digest::of(HashAlgorithm::Sha256, bytes).to_hex()
}
