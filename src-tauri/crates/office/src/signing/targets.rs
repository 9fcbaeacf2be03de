//! Whose certificates need evidence, and as of when: proofs of existence and past validation (EN 319 102-1 §5.6).
//!
//! A signer is proven as of the first time stamp that holds, a time stamp as of the first one that covers it, and the outermost
//! one as of now. So a signer who was revoked after a time stamp is none who was revoked, and what an archive time stamp
//! covers is not asked for again.

use cartorio_ades::validate::cms::{CertificateKind, SignedDataView, SignerView, countersignature, parse};
use cartorio_ades::validate::inside::StampKind;
use cartorio_ades::validate::pdf::{Coverage, PdfSignature, PdfSignatureKind, signatures};
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_ades::validate::{dss, inside};
use cartorio_core::{Digest, HashAlgorithm, Hasher, WireError};
use cartorio_pdf::PdfFile;
use cartorio_pki::{Certificate, RevocationReason};
use time::OffsetDateTime;

use super::error::{SignError, UselessEvidence, unproven_note};
use super::levels::Content;
use super::standing::{self, Found};
use crate::OfficeResult;
use crate::certificates::holder_name;
use crate::material::{self, CLOCK_TOLERANCE, Given, Material, MissingWhat, MissingWhy, Sources};
use crate::times::rfc3339;

/// Signers, and time stamps, that are looked at: hostile files could have any number. As many signers as are judged, each with the
/// time stamps of an archive that was renewed a few times, are fewer.
const MAX_TARGETS: usize = 512;
/// Signatures over signatures over signatures that are looked at, as many as are judged.
const MAX_DEPTH: u8 = 3;

/// The signatures of a document with their time stamps, and what it brings with it.
#[derive(Clone, Default)]
pub(crate) struct Targets {
    /// Those that hold their imprint, each after all that cover it.
    stamps: Vec<Stamp>,
    /// Those whose certificate is known, in their order; after each of them who countersigned.
    signers: Vec<Signer>,
    /// Of everybody whose signature covers what it should, in their order: places of the time stamps that make a B-T of it.
    stamping: Vec<Vec<usize>>,
    /// Place of the signer of the newest signature whose coverage can be believed.
    newest: usize,
    /// Certificates that came along.
    pool: Vec<Certificate>,
    /// Everything inside.
    inside: Given,
    /// What archive time stamps cover of it.
    archived: Given,
}

#[derive(Clone)]
struct Stamp {
    time: OffsetDateTime,
    token: Vec<u8>,
    authority: Certificate,
    /// Places of those that cover it.
    covered: Vec<usize>,
    covers: Covers,
}

/// What a time stamp covers beside the signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Covers {
    /// Nothing: it makes a B-T.
    Nothing,
    /// References.
    References,
    /// Evidence.
    Evidence,
    /// The document, with the evidence in it: it makes a B-T, too.
    DocumentWithEvidence,
}

impl Covers {
    /// Of one among the attributes.
    const fn of(kind: StampKind) -> Self {
        match kind {
            StampKind::Signature => Self::Nothing,
            StampKind::ArchiveV1 | StampKind::ArchiveV2 | StampKind::ArchiveV3 => Self::Evidence,
            StampKind::Content | StampKind::Complete | StampKind::References => Self::References,
        }
    }

    const fn makes_b_t(self) -> bool {
        match self {
            Self::Nothing | Self::DocumentWithEvidence => true,
            Self::References | Self::Evidence => false,
        }
    }

    const fn has_evidence(self) -> bool {
        match self {
            Self::Evidence | Self::DocumentWithEvidence => true,
            Self::Nothing | Self::References => false,
        }
    }
}

/// As of when each time stamp that was looked at proves what it covers; nothing where it does not hold. One is looked at after all
/// that cover it (EN 319 102-1 §5.6.2.4).
struct Holding<'a> {
    stamps: &'a [Stamp],
    since: Vec<Option<OffsetDateTime>>,
}

impl<'a> Holding<'a> {
    fn of(stamps: &'a [Stamp]) -> Self {
        Self { stamps, since: Vec::with_capacity(stamps.len()) }
    }

    /// As of when what these cover is proven: by the first of them that holds.
    fn proven(&self, covering: &[usize]) -> Option<OffsetDateTime> {
        covering.iter().filter_map(|place| self.since[*place]).min()
    }

    /// Whether one of these that covers evidence holds.
    fn archives(&self, covering: &[usize]) -> bool {
        covering.iter().any(|place| self.since[*place].is_some() && self.stamps[*place].covers.has_evidence())
    }
}

#[derive(Clone)]
struct Signer {
    certificate: Certificate,
    value: Vec<u8>,
    /// Places of the time stamps over the signature.
    stamps: Vec<usize>,
}

/// Whose evidence has to be complete.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Whose<'a> {
    /// The signer's with this signature value: the others' signatures are what they are, with or without ours.
    Signature(&'a [u8]),
    /// The signer's of the newest signature.
    Newest,
    /// Everybody's, as far as it can be had: who is revoked keeps nobody else down, and who is under an archive time stamp needs
    /// nothing new.
    Everybody,
}

/// What was gathered.
pub(crate) struct Gathered {
    material: Material,
    signers: Vec<Outcome>,
    newest: usize,
    stamps: Vec<Outcome>,
    values: Vec<Vec<u8>>,
}

/// What became of the evidence for one of them.
#[derive(Default)]
struct Outcome {
    problem: Option<SignError>,
    /// Whether it is under an archive time stamp that holds.
    is_archived: bool,
}

impl Targets {
    /// Of a CMS, whose content is `content`. Blocks.
    pub(crate) fn of_cms(cms: &[u8], content: &Content) -> OfficeResult<Self> {
        let data = parse(cms)?;
        let mut targets = Self { inside: evidence_of(&data), ..Self::default() };
        targets.archived = targets.inside.clone();
        targets.add_pool(&data);
        let mut digest = |hash: HashAlgorithm| content.digest(hash).ok();
        let mut feed = |hasher: &mut Hasher| content.feed(hasher).ok();
        for view in data.signers() {
            if targets.is_full() {
                targets.stamping.push(Vec::new());
                continue;
            }
            let found = Found::of(view, &mut digest, &mut feed, content.inside_len());
            let places = targets.add_signer(view, &found, &[], true)?;
            targets.add_counter_signers(&data, view, (&found, &places), &[], MAX_DEPTH)?;
        }
        Ok(targets)
    }

    /// Of a CMS, nothing but what it brings along: who signed and stamped it is not looked at. Blocks.
    pub(crate) fn brought_by(cms: &[u8]) -> OfficeResult<Self> {
        let data = parse(cms)?;
        let mut targets = Self { inside: evidence_of(&data), ..Self::default() };
        targets.add_pool(&data);
        Ok(targets)
    }

    /// Of a PDF. Blocks.
    pub(crate) fn of_pdf(file: &PdfFile) -> OfficeResult<Self> {
        let mut all = signatures(file)?;
        all.retain(|own| !own.cms.is_empty());
        let mut targets = Self { inside: Given::of_document(&dss::evidence(file)?), ..Self::default() };
        let end = |own: &PdfSignature| own.covered_end().unwrap_or(0);
        let is_sound = |own: &PdfSignature| match own.coverage {
            Coverage::EntireFile | Coverage::EntireRevision { .. } => true,
            Coverage::Partial { .. } | Coverage::Invalid(_) => false,
        };
        let is_stamp = |own: &PdfSignature| own.kind == PdfSignatureKind::DocumentTimestamp;
        let mut documents: Vec<&PdfSignature> = all.iter().filter(|own| is_stamp(own) && is_sound(own)).collect();
        documents.retain(|own| standing::is_intact(&own.cms, |hash| own.digest(hash)));
        // The latest first: what a later one covers was there at its time.
        documents.sort_by_key(|own| std::cmp::Reverse(end(own)));
        let mut ends: Vec<(u64, usize)> = Vec::new();
        for own in documents {
            let then = file.prefix(end(own)).ok().filter(dss::has_store);
            if let (Some(then), true) = (&then, ends.is_empty()) {
                targets.archived = Given::of_document(&dss::evidence(then)?);
            }
            let covered = ends.iter().filter(|(later, _)| *later > end(own)).map(|(_, place)| *place).collect();
            let covers = if then.is_some() { Covers::DocumentWithEvidence } else { Covers::Nothing };
            if let Some(place) = targets.add_stamp(&own.cms, covered, covers)? {
                ends.push((end(own), place));
            }
        }
        for own in all.iter().filter(|own| !is_stamp(own)) {
            let data = parse(&own.cms)?;
            targets.add_pool(&data);
            let found = evidence_of(&data);
            let later = ends.iter().filter(|(later, _)| is_sound(own) && *later > end(own));
            let outer: Vec<usize> = later.map(|(_, place)| *place).collect();
            if !outer.is_empty() {
                targets.archived.join(found.clone());
            }
            targets.inside.join(found);
            let mut digest = |hash: HashAlgorithm| own.digest(hash);
            if is_sound(own) && data.signers().len() == 0 {
                targets.stamping.push(outer.clone());
            }
            for view in data.signers() {
                if is_sound(own) {
                    targets.newest = targets.signers.len();
                }
                if targets.is_full() {
                    targets.stamping.push(Vec::new());
                    continue;
                }
                let found = Found::of(view, &mut digest, &mut |_: &mut Hasher| None, None);
                targets.add_signer(view, &found, &outer, is_sound(own))?;
            }
        }
        Ok(targets)
    }

    fn is_full(&self) -> bool {
        self.signers.len() >= MAX_TARGETS || self.stamping.len() >= MAX_TARGETS
    }

    /// Whether what the document brings along, with what is to be had otherwise, says of `certificate` that it holds now. That is
    /// looked for only where the document has something of the kind. `chain`: the certificates above it.
    ///
    /// # Errors
    /// Only for defects of the program.
    pub(crate) async fn proves(
        &self,
        certificate: &Certificate,
        chain: &[Certificate],
        sources: &Sources,
    ) -> OfficeResult<bool> {
        if self.inside.crls.is_empty() && self.inside.ocsps.is_empty() {
            return Ok(false);
        }
        let mut pool = self.pool.clone();
        pool.extend(chain.iter().filter(|own| !self.pool.contains(own)).cloned());
        let target = std::slice::from_ref(certificate);
        let found = material::evidence_with(sources, target, &pool, &self.inside, sources.now()).await?;
        Ok(problem_of(&found).is_none())
    }

    /// What the document has inside.
    pub(crate) const fn inside(&self) -> &Given {
        &self.inside
    }

    /// Whether each signature that covers what it should has a time stamp that holds, in their order: over what it should be, from an
    /// authority that counts here, whose path has not ended or had not when a later one was made. Signers of a `.p7s` stand as there.
    pub(crate) async fn stamped(&self, sources: &Sources) -> Vec<bool> {
        let now = sources.now();
        let mut holding = Holding::of(&self.stamps);
        for stamp in &self.stamps {
            let at = holding.proven(&stamp.covered).unwrap_or(now);
            holding.since.push(self.believed(stamp, at, sources).await);
        }
        self.stamping.iter().map(|places| holding.proven(places).is_some()).collect()
    }

    /// The time of `stamp`, where its authority still answers for it at `at` (EN 319 102-1 §5.6.2.4).
    async fn believed(&self, stamp: &Stamp, at: OffsetDateTime, sources: &Sources) -> Option<OffsetDateTime> {
        let until = material::authority_until(sources, &stamp.token, &self.pool, &self.inside).await;
        until.filter(|until| *until > at).map(|_| stamp.time)
    }

    /// Gathers evidence for everybody who signed or stamped.
    ///
    /// # Errors
    /// Only for defects of the program: what is missing is in what is given.
    pub(crate) async fn gather(&self, sources: &Sources) -> OfficeResult<Gathered> {
        let now = sources.now();
        let (alone, at_hand) = (sources.alone(self.archived.clone()), sources.at_hand());
        let sources = Ways { sources, alone: &alone, at_hand: &at_hand };
        let mut out = Gathered {
            material: Material::default(),
            signers: Vec::with_capacity(self.signers.len()),
            newest: self.newest,
            stamps: Vec::with_capacity(self.stamps.len()),
            values: self.signers.iter().map(|own| own.value.clone()).collect(),
        };
        let mut holding = Holding::of(&self.stamps);
        for stamp in &self.stamps {
            let at = holding.proven(&stamp.covered).unwrap_or(now);
            let is_archived = holding.archives(&stamp.covered);
            let problem = self.take(&stamp.authority, at, is_archived, sources, &mut out.material).await?;
            let believed = self.believed(stamp, at, sources.sources).await;
            // Whatever one of this minute is worth, what it covers is here now.
            let is_new = (now - stamp.time).abs() <= CLOCK_TOLERANCE;
            let proves = believed.or_else(|| is_new.then_some(now));
            holding.since.push(proves.filter(|_| problem.is_none()));
            out.stamps.push(Outcome { problem, is_archived });
        }
        for signer in &self.signers {
            let proven = holding.proven(&signer.stamps);
            let is_archived = holding.archives(&signer.stamps);
            // An authority's clock may be ahead.
            let at = proven.unwrap_or(now).min(now);
            let own = self.take(&signer.certificate, at, is_archived, sources, &mut out.material).await?;
            // Where no time stamp holds, why is what has to be known first.
            let of_stamp = match proven {
                Some(_) => None,
                None => signer.stamps.iter().find_map(|place| out.stamps[*place].problem.clone()),
            };
            out.signers.push(Outcome { problem: of_stamp.or(own), is_archived });
        }
        Ok(out)
    }

    /// Gathers what proves one certificate as of `at`; what keeps it from being proven.
    async fn take(
        &self,
        certificate: &Certificate,
        at: OffsetDateTime,
        is_archived: bool,
        ways: Ways<'_>,
        material: &mut Material,
    ) -> OfficeResult<Option<SignError>> {
        let target = std::slice::from_ref(certificate);
        if is_archived {
            let mut found = material::evidence_for(ways.alone, target, &self.pool, at).await?;
            if problem_of(&found).is_none() {
                // What is inside may be from before a revocation that is known here meanwhile. What is only missing keeps nobody down.
                let known = material::evidence_with(ways.at_hand, target, &self.pool, &self.inside, at).await?;
                if let Some(revoked @ SignError::Revoked { .. }) = problem_of(&known) {
                    return Ok(Some(revoked));
                }
                // What is inside for long says nothing of what was gathered now.
                found.proofs.clear();
                material.join(found);
                return Ok(outside_validity(certificate, at));
            }
        }
        let found = material::evidence_with(ways.sources, target, &self.pool, &self.inside, at).await?;
        let problem = problem_of(&found);
        material.join(found);
        Ok(problem.or_else(|| outside_validity(certificate, at)))
    }

    /// Whoever signed the signature of `view`: what they signed is part of the verdict, so their evidence belongs to the document's. What
    /// cannot be had is told and keeps nobody down. `found` are the time stamps of `view` with their places, `outer` those around it.
    fn add_counter_signers(
        &mut self,
        data: &SignedDataView<'_>,
        view: SignerView<'_>,
        (found, places): (&Found, &[Option<usize>]),
        outer: &[usize],
        depth: u8,
    ) -> OfficeResult<()> {
        let value = view.signature_value();
        for info in inside::Inside::read(view).counter_signatures {
            if depth == 0 || self.is_full() {
                return Ok(());
            }
            // One that cannot be read proves nothing, and the verdict says so.
            let Ok(counter) = countersignature(data, &info) else { continue };
            let stamps = found.stamps.iter().zip(places);
            let archives =
                stamps.filter(|((own, _), _)| own.kind.is_archive() && inside::covers_value(view, own, &info));
            let covering: Vec<usize> = outer.iter().copied().chain(archives.filter_map(|(_, place)| *place)).collect();
            let mut digest = |hash: HashAlgorithm| Some(Digest::of(hash, value));
            for own in counter.signers() {
                let found = Found::of(own, &mut digest, &mut |_: &mut Hasher| None, None);
                let places = self.add_signer(own, &found, &covering, false)?;
                self.add_counter_signers(&counter, own, (&found, &places), &covering, depth - 1)?;
            }
        }
        Ok(())
    }

    /// Gives the places of its time stamps. `outer` are places of time stamps around it. `counts`: whether it covers what it should and
    /// is somebody's whose level is spoken of.
    fn add_signer(
        &mut self,
        view: SignerView<'_>,
        found: &Found,
        outer: &[usize],
        counts: bool,
    ) -> OfficeResult<Vec<Option<usize>>> {
        let mut places: Vec<Option<usize>> = Vec::with_capacity(found.stamps.len());
        for (stamp, covering) in &found.stamps {
            let own = covering.iter().filter_map(|place| places.get(*place).copied().flatten());
            let covered = outer.iter().copied().chain(own).collect();
            places.push(self.add_stamp(&stamp.token, covered, Covers::of(stamp.kind))?);
        }
        let stamps: Vec<usize> = outer.iter().copied().chain(places.iter().copied().flatten()).collect();
        if counts {
            let makes_b_t = |place: &usize| self.stamps[*place].covers.makes_b_t();
            self.stamping.push(stamps.iter().copied().filter(makes_b_t).collect());
        }
        let certificate = view.certificate().and_then(|found| Certificate::from_der(&found.der).ok());
        if let Some(certificate) = certificate {
            self.signers.push(Signer { certificate, value: view.signature_value().to_vec(), stamps });
        }
        Ok(places)
    }

    /// Gives its place; `None` for one whose authority is not to be found.
    fn add_stamp(&mut self, token: &[u8], covered: Vec<usize>, covers: Covers) -> OfficeResult<Option<usize>> {
        let data = parse(token)?;
        self.add_pool(&data);
        let own = Given::of_document(&inside::Evidence::of_token(token));
        if !covered.is_empty() {
            self.archived.join(own.clone());
        }
        self.inside.join(own);
        let stamp = TimeStamp::read(&data)?;
        let Some(found) = stamp.signer.certificate.as_ref().filter(|_| self.stamps.len() < MAX_TARGETS) else {
            return Ok(None);
        };
        let Ok(authority) = Certificate::from_der(&found.der) else { return Ok(None) };
        let (time, token) = (stamp.imprint.gen_time, token.to_vec());
        self.stamps.push(Stamp { time, token, authority, covered, covers });
        Ok(Some(self.stamps.len() - 1))
    }

    fn add_pool(&mut self, data: &SignedDataView<'_>) {
        let own = data.certificates().filter(|embedded| embedded.kind == CertificateKind::X509);
        for found in own.filter_map(|embedded| Certificate::from_der(embedded.der).ok()) {
            if !self.pool.contains(&found) {
                self.pool.push(found);
            }
        }
    }
}

/// The evidence that is in a CMS, in its time stamps too.
fn evidence_of(data: &SignedDataView<'_>) -> Given {
    let mut given = Given::of_document(&inside::Evidence::of(data));
    for signer in data.signers() {
        let attributes = inside::Inside::read(signer);
        given.take(&attributes.evidence);
        for stamp in &attributes.stamps {
            given.take(&inside::Evidence::of_token(&stamp.token));
        }
    }
    given
}

impl Gathered {
    /// Whether everybody's evidence is there.
    pub(crate) fn is_complete(&self) -> bool {
        self.signers.iter().chain(&self.stamps).all(|own| own.problem.is_none())
    }

    /// The evidence, and those without it who do not keep the others down: each with the code of what is wrong.
    ///
    /// # Errors
    /// [`SignError::Revoked`] or [`SignError::EvidenceMissing`] of somebody whose evidence has to be complete.
    pub(crate) fn require(&self, whose: Whose<'_>) -> Result<(&Material, Vec<String>), SignError> {
        let Self { material, signers, newest, values, .. } = self;
        let is_known = match whose {
            Whose::Signature(value) => values.iter().any(|own| own == value),
            Whose::Newest => *newest < signers.len(),
            Whose::Everybody => signers.len() < MAX_TARGETS,
        };
        if !is_known {
            return Err(SignError::EvidenceMissing {
                subject: String::new(),
                what: MissingWhat::Issuer.code(),
                reason: MissingWhy::Unusable.code(),
                tried: Vec::new(),
                more: signers.len(),
                there: Box::default(),
            });
        }
        let somebody_holds = signers.iter().any(|own| own.problem.is_none());
        let mut told: Vec<String> = Vec::new();
        for (index, Outcome { problem, is_archived }) in signers.iter().enumerate() {
            let Some(problem) = problem else { continue };
            let is_needed = match whose {
                Whose::Signature(value) => values[index] == value,
                Whose::Newest => index == *newest,
                Whose::Everybody => match problem {
                    SignError::Revoked { .. } => !somebody_holds,
                    _ => !somebody_holds || !is_archived,
                },
            };
            if is_needed {
                return Err(problem.clone());
            }
            let note = unproven_note(&WireError::from(problem));
            if !told.contains(&note) {
                told.push(note);
            }
        }
        Ok((material, told))
    }
}

/// Where evidence comes from.
#[derive(Clone, Copy)]
struct Ways<'a> {
    sources: &'a Sources,
    /// What archive time stamps cover, and the roots.
    alone: &'a Sources,
    /// Everything that can be had without asking anybody.
    at_hand: &'a Sources,
}

/// Who was not there yet, or is no more, is answered for by nobody, whatever a list says.
fn outside_validity(certificate: &Certificate, at: OffsetDateTime) -> Option<SignError> {
    let is_valid = certificate.validity.not_before <= at && at <= certificate.validity.not_after;
    (!is_valid).then(|| SignError::EvidenceMissing {
        subject: holder_name(certificate),
        what: MissingWhat::Revocation.code(),
        reason: MissingWhy::OutsideValidity.code(),
        tried: Vec::new(),
        more: 0,
        there: Box::default(),
    })
}

/// What keeps a certificate from being proven.
pub(super) fn problem_of(found: &Material) -> Option<SignError> {
    if let Some(revoked) = found.revoked.first() {
        return Some(SignError::Revoked {
            subject: revoked.name.clone(),
            at: rfc3339(revoked.at),
            reason: revoked.reason.map(RevocationReason::code).unwrap_or_default(),
            on_hold: revoked.on_hold,
        });
    }
    found.missing.first().map(|missing| SignError::EvidenceMissing {
        subject: missing.name.clone(),
        what: missing.what.code(),
        reason: missing.why.code(),
        tried: missing.tries.iter().map(|own| format!("{} ({})", own.url, own.error.code)).collect(),
        more: found.missing.len() - 1,
        there: Box::new(UselessEvidence {
            refused: missing.refused.join(","),
            until: missing.until,
            strangers: missing.strangers.clone(),
        }),
    })
}
