//! Evidence for every certificate below the roots: signers, their CAs, and whoever answers for these.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_pki::chain::{ChainReport, PathEnd, Requirements, Reviewer, Revocation, RevocationEvidence, Step};
use cartorio_pki::{Certificate, Crl, OcspResponse, ResponderId};
use time::{Duration, OffsetDateTime};

use super::choose::{Piece, choose};
use super::{
    ASKED_AGAIN_AFTER, Attempt, Found, Given, Material, Missing, MissingWhat, MissingWhy, Proof, RevokedOne, Root,
    Sources,
};
use crate::OfficeResult;
use crate::certificates::holder_name;
use crate::signing::blocking;

/// Certificates whose evidence one gathering looks for: hostile ones could name each other without end.
const MAX_CERTIFICATES: usize = 64;
/// Answers that are kept for the next document.
const MAX_KEPT: usize = 1024;
/// What is this long ago is now.
const MOMENT: Duration = Duration::seconds(15);
/// Issuers that are fetched above one certificate.
const MAX_ISSUERS: usize = 8;

/// Gathers what proves `targets` as of `at`: certificates up to the roots, and the best list or answer for each of them below.
/// `pool` are certificates that came along (a token's, a signature's). What is kept, given and fetched before counts first; then
/// issuers, OCSP answers and lists are fetched, in this order, from the addresses that the certificates name.
///
/// Never fails for what is missing: [`Material::missing`] says it.
///
/// # Errors
/// Only for defects of the program.
pub(crate) async fn evidence_for(
    sources: &Sources,
    targets: &[Certificate],
    pool: &[Certificate],
    at: OffsetDateTime,
) -> OfficeResult<Material> {
    evidence_with(sources, targets, pool, &Given::default(), at).await
}

/// As [`evidence_for`]. What a document has `inside` counts like what is kept.
///
/// # Errors
/// As there.
pub(crate) async fn evidence_with(
    sources: &Sources,
    targets: &[Certificate],
    pool: &[Certificate],
    inside: &Given,
    at: OffsetDateTime,
) -> OfficeResult<Material> {
    // Lists and answers know whole seconds.
    let at = at.replace_nanosecond(0).unwrap_or(at);
    let key = key_of(targets, pool, inside, asked_as_of(at, sources.now()));
    // Held over the whole of it: what two documents need at the same time is fetched once.
    let mut found = sources.found.lock().await;
    if let Some((when, material)) = found.gathered.get(&key)
        && when.elapsed() < ASKED_AGAIN_AFTER
        && material.proofs.iter().all(|own| own.this_update >= at || own.next_update.is_some_and(|next| next >= at))
    {
        return Ok(Material::clone(material));
    }
    let mut gather = Gather::new(sources, &mut found, pool, inside, at);
    gather.queue.extend(targets.iter().map(|own| (own.clone(), false)));
    gather.run().await?;
    let material = gather.material;
    sources.keep(&mut found).await;
    found.gathered.retain(|_, (when, _)| when.elapsed() < ASKED_AGAIN_AFTER);
    if found.gathered.len() < MAX_KEPT {
        found.gathered.insert(key, (Instant::now(), Arc::new(material.clone())));
    }
    Ok(material)
}

/// The instant that an answer is kept for. A batch asks as of now thousands of times, and ten minutes make no difference to that; for
/// an instant that a time stamp proves every second does, because a certificate may have been revoked right before or after it.
fn asked_as_of(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let seconds = at.unix_timestamp();
    if (now - at).abs() <= MOMENT { format!("now {}", seconds / 600) } else { seconds.to_string() }
}

/// Targets, what came along, and the instant.
fn key_of(targets: &[Certificate], pool: &[Certificate], inside: &Given, at: String) -> String {
    let prints = |list: &[Certificate]| {
        let mut prints: Vec<String> = list.iter().map(|own| own.fingerprint()).collect();
        prints.sort();
        prints.dedup();
        prints.join(":")
    };
    let lists = inside.crls.iter().map(|own| &own.der);
    let evidence: Vec<String> = lists
        .chain(inside.ocsps.iter().map(|own| &own.der))
        .map(|der| Digest::of(HashAlgorithm::Sha256, der).to_hex())
        .collect();
    let (targets, pool) = (prints(targets), [prints(pool), prints(&inside.certificates)].join("/"));
    let all = format!("{targets}/{pool}/{}/{}", evidence.join(":"), at);
    Digest::of(HashAlgorithm::Sha256, all.as_bytes()).to_hex()
}

pub(super) struct Gather<'a> {
    pub(super) sources: &'a Sources,
    pub(super) found: &'a mut Found,
    pub(super) at: OffsetDateTime,
    inside: &'a Given,
    pool: Vec<Certificate>,
    queue: VecDeque<(Certificate, bool)>,
    done: HashSet<String>,
    material: Material,
    /// What was tried in vain, by the SHA-256 of the certificate.
    pub(super) tries: BTreeMap<String, Vec<Attempt>>,
}

impl<'a> Gather<'a> {
    fn new(
        sources: &'a Sources,
        found: &'a mut Found,
        pool: &[Certificate],
        inside: &'a Given,
        at: OffsetDateTime,
    ) -> Self {
        let brought = inside.certificates.iter().chain(&sources.given.certificates);
        let pool = pool.iter().chain(brought).chain(&sources.evidence.pool).cloned().collect();
        Self {
            sources,
            found,
            at,
            inside,
            pool,
            queue: VecDeque::new(),
            done: HashSet::new(),
            material: Material::default(),
            tries: BTreeMap::new(),
        }
    }

    async fn run(&mut self) -> OfficeResult<()> {
        while let Some((target, is_responder)) = self.queue.pop_front() {
            self.take_path(&target, is_responder).await?;
        }
        let strangers = self.strangers();
        for missing in &mut self.material.missing {
            missing.strangers.clone_from(&strangers);
        }
        Ok(())
    }

    /// Of whom the evidence speaks that somebody chose and that speaks of nobody here. Lists that the office keeps may be of anybody.
    fn strangers(&self) -> Vec<String> {
        let (given, here) = (&self.sources.given, &self.material.certificates);
        let lists =
            given.crls.iter().filter(|list| !list.is_indirect && here.iter().all(|own| own.issuer != list.issuer));
        let lists = lists.map(|list| list.issuer.display_name().to_owned());
        let about = |answer: &OcspResponse| {
            let mut serials = answer.responses().iter().map(|own| &own.cert_id.serial);
            serials.any(|serial| here.iter().any(|own| own.serial == *serial))
        };
        let answers = given.ocsps.iter().filter(|answer| !about(answer)).filter_map(|answer| {
            let responder = &answer.basic.as_ref()?.responder;
            Some(match responder {
                ResponderId::Name(name) => name.display_name().to_owned(),
                ResponderId::KeyHash(_) => "OCSP".to_owned(),
            })
        });
        lists.chain(answers).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// One certificate with everything above it.
    async fn take_path(&mut self, target: &Certificate, is_responder: bool) -> OfficeResult<()> {
        let mut report = self.review(target).await?;
        for _ in 0..MAX_ISSUERS {
            let Some(path) = report.best() else { return Ok(()) };
            let Some(top) = path.steps.last().filter(|_| path.end == PathEnd::IssuerMissing) else { break };
            let top = top.certificate.clone();
            if !self.fetch_issuer(&top).await? {
                break;
            }
            report = self.review(target).await?;
        }
        // What is not decided by what is at hand, or could be decided by a newer answer, is asked for.
        let mut again = false;
        for (step, issuer) in steps_below(&report) {
            if !self.done.contains(&step.certificate.fingerprint()) {
                let of_responder = is_responder && step.certificate == *target;
                again |= self.refresh(step, issuer, of_responder).await?;
            }
        }
        if again {
            report = self.review(target).await?;
        }
        self.settle(target, &report, is_responder);
        Ok(())
    }

    /// Takes over what the review says of each certificate that was not settled before.
    fn settle(&mut self, target: &Certificate, report: &ChainReport, is_responder: bool) {
        let Some(path) = report.best() else { return };
        for step in &path.steps {
            push_new(&mut self.material.certificates, &step.certificate);
        }
        self.material.paths.push(path.certificates());
        if let Some(top) = path.steps.last() {
            match path.end {
                PathEnd::Anchor | PathEnd::UntrustedRoot => {
                    let trusted = path.end == PathEnd::Anchor;
                    if !self.material.roots.iter().any(|own| own.certificate == top.certificate) {
                        self.material.roots.push(Root { certificate: top.certificate.clone(), trusted });
                    }
                }
                PathEnd::IssuerMissing | PathEnd::TooLong => {
                    let top = top.certificate.clone();
                    let why = self.why(&top, &top.issuer_urls);
                    let why = if path.end == PathEnd::TooLong { MissingWhy::TooMany } else { why };
                    self.miss(&top, MissingWhat::Issuer, why);
                }
            }
        }
        for (step, _) in steps_below(report) {
            if !self.done.insert(step.certificate.fingerprint()) {
                continue;
            }
            if self.done.len() > MAX_CERTIFICATES {
                self.miss(&step.certificate, MissingWhat::Revocation, MissingWhy::TooMany);
                continue;
            }
            let of_responder = is_responder && step.certificate == *target;
            match choose(step, self.at, of_responder) {
                Some(pieces) => self.take(step, pieces),
                None => {
                    let certificate = &step.certificate;
                    let urls = [certificate.ocsp_urls.as_slice(), &certificate.crl_urls].concat();
                    let stale = matches!(step.revocation, Revocation::Stale { .. });
                    let until = match step.revocation {
                        Revocation::Stale { next_update, .. } => next_update,
                        _ => None,
                    };
                    // Lists of others are no matter here.
                    let about = |code: &&str| !code.ends_with("_other_issuer");
                    let refused = step.evidence.iter().filter_map(RevocationEvidence::rejection).filter(about);
                    let refused: Vec<&str> = refused.collect::<BTreeSet<_>>().into_iter().collect();
                    let why = match (stale, refused.is_empty()) {
                        // What somebody chose, or is there, is spoken of before what could have been there.
                        (true, _) => MissingWhy::Stale,
                        (false, false) => MissingWhy::Unusable,
                        (false, true) => self.why(certificate, &urls),
                    };
                    self.miss_with(certificate, MissingWhat::Revocation, why, (refused, until));
                }
            }
        }
    }

    fn take(&mut self, step: &Step, pieces: Vec<Piece>) {
        let name = holder_name(&step.certificate);
        let revoked = match step.revocation {
            Revocation::Revoked { at, reason, .. } => Some((at, reason, false)),
            Revocation::OnHold { at, .. } => Some((at, None, true)),
            Revocation::Good { .. }
            | Revocation::RevokedLater { .. }
            | Revocation::NotNeeded
            | Revocation::NotChecked
            | Revocation::Stale { .. }
            | Revocation::NoEvidence { .. } => None,
        };
        if let Some((at, reason, on_hold)) = revoked {
            self.material.revoked.push(RevokedOne { name: name.clone(), at, reason, on_hold });
        }
        for piece in pieces {
            self.material.proofs.push(Proof {
                name: name.clone(),
                kind: if matches!(piece, Piece::List(_)) { "crl" } else { "ocsp" },
                this_update: piece.this_update(),
                next_update: piece.next_update(),
            });
            match piece {
                Piece::List(list) => {
                    self.take_signer_of(&list, step);
                    push_new(&mut self.material.crls, &list);
                }
                Piece::Answer { response, responder, .. } => {
                    push_new(&mut self.material.ocsps, &response);
                    if let Some((responder, to_check)) = responder {
                        push_new(&mut self.material.certificates, &responder);
                        if to_check {
                            self.queue.push_back((responder, true));
                        }
                    }
                }
            }
        }
    }

    /// A list that somebody else signs for the issuer (RFC 5280 §6.3.3 (f)): that certificate belongs to it.
    fn take_signer_of(&mut self, list: &Crl, step: &Step) {
        if list.issuer == step.certificate.issuer && !list.is_indirect {
            return;
        }
        let signer = self.pool.iter().chain(&self.found.certificates).find(|own| list.check_issuer(own).is_ok());
        if let Some(signer) = signer.cloned() {
            push_new(&mut self.material.certificates, &signer);
            if !signer.is_self_signed() {
                self.queue.push_back((signer, false));
            }
        }
    }

    fn miss(&mut self, certificate: &Certificate, what: MissingWhat, why: MissingWhy) {
        self.miss_with(certificate, what, why, (Vec::new(), None));
    }

    /// `refused`: why what is there does not count; `until`: until when it was right.
    fn miss_with(
        &mut self,
        certificate: &Certificate,
        what: MissingWhat,
        why: MissingWhy,
        (refused, until): (Vec<&'static str>, Option<OffsetDateTime>),
    ) {
        let print = certificate.fingerprint();
        if self.material.missing.iter().any(|own| own.certificate == print && own.what == what) {
            return;
        }
        let tries = self.tries.get(&print).cloned().unwrap_or_default();
        self.material.missing.push(Missing {
            certificate: print,
            name: holder_name(certificate),
            what,
            why,
            tries,
            refused,
            until,
            strangers: Vec::new(),
        });
    }

    fn why(&self, certificate: &Certificate, urls: &[String]) -> MissingWhy {
        if super::fetch::fetchable(urls).is_empty() {
            return MissingWhy::NoAddress;
        }
        if !self.sources.is_online() {
            return MissingWhy::Offline;
        }
        let tries = self.tries.get(&certificate.fingerprint());
        let all = |start: &str| tries.is_some_and(|tries| tries.iter().all(|own| own.error.code.starts_with(start)));
        match () {
            () if all("net_private_address") => MissingWhy::PrivateAddress,
            () if all("net_") => MissingWhy::NotFetched,
            () => MissingWhy::Unusable,
        }
    }

    /// Asks for newer evidence about one certificate where that makes sense; whether something came.
    async fn refresh(&mut self, step: &Step, issuer: &Certificate, is_responder: bool) -> OfficeResult<bool> {
        let certificate = &step.certificate;
        // What was made after the instant in question knows it already.
        let knows = |own: &Piece| own.this_update() >= self.at;
        if choose(step, self.at, is_responder).is_some_and(|pieces| !pieces.is_empty() && pieces.iter().all(knows)) {
            return Ok(false);
        }
        // An answer is small and of this minute; of a responder itself only a list says more than its own word.
        if !is_responder && self.fetch_answer(certificate, issuer).await? {
            return Ok(true);
        }
        if choose(step, self.at, is_responder).is_some() {
            return Ok(false);
        }
        if self.fetch_list(certificate, issuer).await? {
            return Ok(true);
        }
        if is_responder { self.fetch_answer(certificate, issuer).await } else { Ok(false) }
    }

    async fn review(&self, target: &Certificate) -> OfficeResult<ChainReport> {
        let (pool, crls, ocsps) = (self.certificates(), self.lists(), self.answers());
        let (anchors, target, at) = (self.sources.anchors(&pool), target.clone(), self.at);
        blocking(move || {
            let reviewer = Reviewer::new(&pool, &anchors, &crls).with_ocsp(&ocsps);
            reviewer.review_with(&target, at, &Requirements::default())
        })
        .await
    }

    /// Every certificate at hand.
    pub(super) fn certificates(&self) -> Vec<Certificate> {
        self.pool.iter().chain(&self.found.certificates).cloned().collect()
    }

    /// Every list at hand.
    pub(super) fn lists(&self) -> Vec<Crl> {
        let sources = self.sources;
        let brought = self.inside.crls.iter().chain(&sources.given.crls);
        sources.evidence.crls.iter().chain(brought).chain(&self.found.crls).cloned().collect()
    }

    fn answers(&self) -> Vec<OcspResponse> {
        let sources = self.sources;
        let brought = self.inside.ocsps.iter().chain(&sources.given.ocsps);
        sources.evidence.ocsp.iter().chain(brought).chain(&self.found.ocsps).cloned().collect()
    }
}

/// Each certificate of the best path that somebody above could revoke, with its issuer.
fn steps_below(report: &ChainReport) -> Vec<(&Step, &Certificate)> {
    let Some(path) = report.best() else { return Vec::new() };
    let pairs = path.steps.windows(2).filter_map(|pair| match pair {
        [step, issuer] if !step.is_anchor => Some((step, &issuer.certificate)),
        _ => None,
    });
    pairs.collect()
}

/// Adds what is not there yet.
pub(super) fn push_new<T: Clone + PartialEq>(list: &mut Vec<T>, item: &T) {
    if !list.contains(item) {
        list.push(item.clone());
    }
}
