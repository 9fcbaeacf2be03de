//! From B-B upwards: time stamps, evidence, archive time stamps (EN 319 122-1 §6, EN 319 142-1 §6), the same for a signature made
//! a moment ago and for one of years ago.

mod content;
mod vri;

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cartorio_ades::cms::oid;
use cartorio_ades::create::pades::{self, Dialect, ValidationData};
use cartorio_ades::create::timestamp::TYPICAL_TOKEN;
use cartorio_ades::create::upgrade::{self, Attribute, UpgradeError, Values, icp};
use cartorio_ades::validate::cms::parse;
use cartorio_ades::validate::inside::{Evidence, Inside};
use cartorio_core::{Digest, HashAlgorithm, SecretString, WireError};
use cartorio_pdf::PdfFile;
use cartorio_pki::Certificate;
use cartorio_policy::{ArtifactStore, Policy, PolicyLevel};
use serde::Deserialize;
use time::OffsetDateTime;

pub(crate) use content::{Content, unreadable};

use super::blocking;
use super::error::{ErrorKind, SignError};
use super::targets::{Gathered, Targets, Whose};
use crate::certificates::holder_name;
use crate::dto::{SignLevel, UnprovenSigner};
use crate::material::{self, Given, Material, Sources, Stamped};
use crate::policies::artifacts_for;
use crate::session::Session;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// The hash of what is sent to a time-stamp authority: every one of them knows it, and every policy allows it.
const IMPRINT: HashAlgorithm = HashAlgorithm::Sha256;

/// What a signature reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reached {
    pub(crate) level: SignLevel,
    /// Times of the time stamps, the signature's first.
    pub(crate) time_stamps: Vec<OffsetDateTime>,
    /// Why it stopped below the level that was asked for.
    pub(crate) lowered: Option<WireError>,
    /// Who stamped, as the office calls them, in the order of the stamps.
    pub(crate) authorities: Vec<String>,
    /// Authorities that were asked before and gave none, each with the code.
    pub(crate) passed_over: Vec<String>,
    /// The clock of an authority that is far from this machine's, in seconds ahead.
    ahead: Option<i64>,
    /// What says how each certificate stands: its holder, and a list or an answer.
    proofs: Vec<String>,
    /// When the first of that is outdated.
    evidence_until: Option<OffsetDateTime>,
    /// Whether a path ends at a root that does not count here.
    untrusted_root: bool,
    /// Earlier signers for whom there is no evidence, or who were revoked.
    unproven: Vec<String>,
    /// Time stamps that were taken and had no room: an authority may want money for each.
    thrown_away: usize,
    /// What the signature is where it is no AdES one, as a verification calls it: what was added is that of the level, and none is
    /// claimed.
    pub(crate) not_ades: Option<String>,
}

/// An authority's clock is told where it is further away than this.
const NEAR: time::Duration = time::Duration::minutes(1);

/// What leads upwards.
#[derive(Clone)]
pub(crate) struct Climb {
    pub(crate) session: Arc<Session>,
    pub(crate) sources: Arc<Sources>,
    /// The level to reach.
    pub(crate) goal: SignLevel,
    /// The policy whose attributes are wanted.
    pub(crate) policy: Option<&'static Policy>,
    /// The files of ITI that the office has.
    pub(crate) policies: Arc<ArtifactStore>,
    /// Whether a lower level is accepted where what the goal needs is not to be had.
    pub(crate) accept_lower: bool,
    /// Size of the largest token of this batch; 0 before the first one.
    pub(crate) token_size: Arc<AtomicUsize>,
    /// What the authorities answered for this document.
    pub(crate) answered: Answered,
}

/// Every answer of a time-stamp authority for one document. Each may cost money, and says to somebody what was stamped: where nothing
/// comes of it, the trail has it all the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered(Arc<Mutex<Answers>>);

#[derive(Debug, Default)]
struct Answers {
    /// Who stamped.
    stamped: Vec<String>,
    /// Who was asked and gave none, each with the code.
    passed_over: Vec<String>,
}

impl Answered {
    fn add(&self, stamped: &Stamped) {
        let mut all = self.lock();
        all.passed_over.extend(stamped.refused.iter().map(|own| format!("{} ({})", own.name, own.error.code)));
        all.stamped.push(authority_of(stamped));
    }

    /// What none of them gave.
    fn refused(&self, error: &WireError) {
        #[derive(Deserialize)]
        struct Refused {
            name: String,
            code: String,
        }
        let all = error.params.get("refusals").and_then(|all| serde_json::from_str::<Vec<Refused>>(all).ok());
        let all = all.unwrap_or_default().into_iter().map(|own| format!("{} ({})", own.name, own.code));
        self.lock().passed_over.extend(all);
    }

    /// What goes on record of an act that came to nothing.
    pub(crate) fn notes(&self) -> Vec<(&'static str, String)> {
        let Answers { stamped, passed_over } = &*self.lock();
        let mut notes = Vec::new();
        if !stamped.is_empty() {
            notes.push(("authorities", stamped.join("; ")));
            notes.push(("time_stamps_thrown_away", stamped.len().to_string()));
        }
        if !passed_over.is_empty() {
            notes.push(("authorities_passed_over", passed_over.join("; ")));
        }
        notes
    }

    /// Lists of names have no invariant that a panic elsewhere could break.
    fn lock(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who stamped, as the office calls them and as the token does.
fn authority_of(stamped: &Stamped) -> String {
    format!("{} ({})", stamped.authority, stamped.holder)
}

/// What a person sees of it.
pub(crate) trait Progress: Send + Sync {
    /// An authority is asked.
    fn stamping(&self);
    /// Evidence is gathered.
    fn gathering(&self);
}

impl Climb {
    /// Room that a signature time stamp needs in a container, in bytes.
    pub(crate) fn token_room(&self) -> usize {
        token_room(self.goal, &self.token_size)
    }

    /// What a token takes, by what this batch has seen.
    fn usual_token(&self) -> usize {
        usual_token(&self.token_size)
    }

    /// A token over `digest`.
    async fn token(&self, digest: Digest, progress: &dyn Progress) -> OfficeResult<Stamped> {
        progress.stamping();
        let stamped = material::stamp(&self.sources, &digest, self.policy).await;
        let stamped = stamped.inspect_err(|error| self.answered.refused(&error.wire()))?;
        self.answered.add(&stamped);
        self.token_size.fetch_max(stamped.token.der.len(), Ordering::Relaxed);
        Ok(stamped)
    }

    /// Adds a signature time stamp to a signer.
    pub(crate) async fn stamp_signature(
        &self,
        cms: Vec<u8>,
        signer: usize,
        reached: &mut Reached,
        progress: &dyn Progress,
    ) -> OfficeResult<Vec<u8>> {
        let value = upgrade::signature_value(&cms, signer)?;
        let stamped = self.token(Digest::of(IMPRINT, &value), progress).await?;
        let attribute = upgrade::signature_timestamp(&cms, signer, &stamped.token.der)?;
        reached.rise(SignLevel::BT, Some(&stamped));
        Ok(upgrade::add_unsigned(&cms, signer, &attribute)?)
    }

    /// Takes signer number `signer` of a CMS to the goal. `content` is what it signs, which is not in `cms` itself.
    pub(crate) async fn cms(
        &self,
        mut cms: Vec<u8>,
        signer: usize,
        content: &Content,
        reached: &mut Reached,
        progress: &dyn Progress,
    ) -> OfficeResult<Vec<u8>> {
        let value = upgrade::signature_value(&cms, signer)?;
        if self.goal >= SignLevel::BLt {
            let targets = targets_of(&cms, content).await?;
            let evidence = self.gather(&targets, progress).await?;
            cms = self.with_evidence(cms, &value, &evidence, reached, progress).await?;
            if reached.lowered.is_some() {
                return Ok(cms);
            }
        }
        if self.goal == SignLevel::BLta {
            cms = self.archived(cms, &value, content, reached, progress).await?;
        }
        Ok(cms)
    }

    /// Gathers what says how everybody stands who signed or stamped: once for all signers of a document.
    pub(crate) async fn gather(&self, targets: &Targets, progress: &dyn Progress) -> OfficeResult<Gathered> {
        progress.gathering();
        targets.gather(&self.sources).await
    }

    /// Puts the evidence of the signer with this signature value into `cms`: B-LT. Where it is not to be had and a lower level is
    /// accepted, `reached` says so and nothing changes.
    ///
    /// # Errors
    /// [`SignError::SealedByOther`] where another signer's archive time stamp is in the way; what is missing or revoked.
    pub(crate) async fn with_evidence(
        &self,
        cms: Vec<u8>,
        value: &[u8],
        gathered: &Gathered,
        reached: &mut Reached,
        progress: &dyn Progress,
    ) -> OfficeResult<Vec<u8>> {
        let found = gathered.require(Whose::Signature(value)).map_err(OfficeError::from);
        let Some((found, unproven)) = self.or_lower(found, reached)? else { return Ok(cms) };
        reached.rests_on(found, unproven);
        let cms = match self.policy {
            // What such a time stamp covers takes nothing more (RFC 5126 §6.4.1).
            _ if is_sealed(&cms, value)? => add_to_archive(&cms, value, found)?,
            Some(policy) => self.references(cms, value, policy, found, progress).await?,
            None => add_new(cms, value, &values(found), found)?,
        };
        // AD-RV refers to evidence that is elsewhere: as a baseline signature it is one of B-T.
        let carried = |policy: &Policy| policy.unsigned.contains(&cartorio_ades::cms::oid::REVOCATION_VALUES);
        if self.policy.is_none_or(carried) {
            reached.rise(SignLevel::BLt, None);
        }
        Ok(cms)
    }

    /// Puts an archive time stamp over the signature with this value and everything that is inside: B-LTA.
    pub(crate) async fn archived(
        &self,
        cms: Vec<u8>,
        value: &[u8],
        content: &Content,
        reached: &mut Reached,
        progress: &dyn Progress,
    ) -> OfficeResult<Vec<u8>> {
        let signer = upgrade::signer_with(&cms, value)?;
        let stamped = if self.policy.is_some() || is_sealed(&cms, value)? {
            self.archive_v2(&cms, signer, content, progress).await
        } else {
            self.archive_v3(&cms, signer, content, progress).await
        };
        let Some((extended, stamped)) = self.or_lower(stamped, reached)? else { return Ok(cms) };
        reached.rise(SignLevel::BLta, Some(&stamped));
        Ok(extended)
    }

    /// archive-time-stamp-v3 (EN 319 122-1 §5.5.3).
    async fn archive_v3(
        &self,
        cms: &[u8],
        signer: usize,
        content: &Content,
        progress: &dyn Progress,
    ) -> OfficeResult<(Vec<u8>, Stamped)> {
        let own = content.clone();
        let digest = blocking(move || own.digest(IMPRINT)).await??;
        let input = upgrade::archive_input(cms, signer, IMPRINT, &digest)?;
        let stamped = self.token(input.imprint.clone(), progress).await?;
        Ok((upgrade::add_archive_timestamp(cms, signer, &input, &stamped.token.der)?, stamped))
    }

    /// archiveTimestampV2 (RFC 5126 §6.4.1), which AD-RA asks for.
    async fn archive_v2(
        &self,
        cms: &[u8],
        signer: usize,
        content: &Content,
        progress: &dyn Progress,
    ) -> OfficeResult<(Vec<u8>, Stamped)> {
        let (own, bytes) = (content.clone(), cms.to_vec());
        let imprint = blocking(move || own.archive_v2_input(&bytes, signer)).await??;
        let stamped = self.token(imprint.clone(), progress).await?;
        icp::check_token(&stamped.token.der, &imprint)?;
        Ok((upgrade::add_unsigned(cms, signer, &icp::archive_timestamp_v2(&stamped.token.der))?, stamped))
    }

    /// The unsigned attributes that the policy lists, in the order in which they cover each other.
    async fn references(
        &self,
        mut cms: Vec<u8>,
        value: &[u8],
        policy: &Policy,
        found: &Material,
        progress: &dyn Progress,
    ) -> OfficeResult<Vec<u8>> {
        let signer = upgrade::signer_with(&cms, value)?;
        // What an earlier day put there stays.
        let mut wanted = Vec::new();
        for name in policy.unsigned {
            if !upgrade::has_unsigned(&cms, signer, *name)? {
                wanted.push(*name);
            }
        }
        let wants = |name| wanted.contains(&name);
        let add = |cms: &[u8], attribute: &Attribute| -> OfficeResult<Vec<u8>> {
            Ok(upgrade::add_unsigned(cms, upgrade::signer_with(cms, value)?, attribute)?)
        };
        let leaf = parse(&cms)?.signers().nth(signer).and_then(|own| own.certificate());
        let leaf = leaf.ok_or_else(|| OfficeError::internal("a signer without its certificate"))?;
        let leaf = Certificate::from_der(&leaf.der)?;
        // RFC 5126 §6.2: of this signer's path alone, in its order. Whoever stamped or answered is among the values.
        let path =
            found.path_of(&leaf).ok_or_else(|| OfficeError::internal("a signer whose path was not looked at"))?;
        let path: Vec<&[u8]> = path.iter().map(|own| own.der.as_slice()).collect();
        let certificates: Vec<&[u8]> = found.certificates.iter().map(|own| own.der.as_slice()).collect();
        let crls: Vec<&[u8]> = found.crls.iter().map(|own| own.der.as_slice()).collect();
        let ocsps: Vec<&[u8]> = found.ocsps.iter().map(|own| own.der.as_slice()).collect();
        if wants(oid::CERTIFICATE_REFS) {
            cms = add(&cms, &icp::complete_certificate_refs(path.get(1..).unwrap_or_default())?)?;
        }
        if wants(oid::REVOCATION_REFS) {
            cms = add(&cms, &icp::complete_revocation_refs_along(&path, &crls, &ocsps)?)?;
        }
        if wants(oid::ESC_TIME_STAMP) {
            let imprint = icp::esc_timestamp_input(&cms, upgrade::signer_with(&cms, value)?, IMPRINT)?;
            let token = self.token(imprint.clone(), progress).await?.token;
            icp::check_token(&token.der, &imprint)?;
            cms = add(&cms, &icp::esc_timestamp(&token.der))?;
        }
        if wants(oid::CERTIFICATE_VALUES) {
            cms = add(&cms, &icp::certificate_values(&certificates)?)?;
        }
        if wants(oid::REVOCATION_VALUES) {
            cms = add(&cms, &icp::revocation_values(&crls, &ocsps)?)?;
        } else if policy.unsigned.contains(&oid::REVOCATION_VALUES) {
            // These may be there only once: what is new stands beside them.
            let inside = inside_of(&cms, value)?;
            cms = add_new(cms, value, &new_values(found, &inside), found)?;
        }
        Ok(cms)
    }

    /// Takes the newest signature of a PDF that nobody else has to the goal, by revisions at its end.
    pub(crate) async fn pdf(&self, pdf: &OwnPdf, reached: &mut Reached, progress: &dyn Progress) -> OfficeResult<()> {
        self.pdf_of(pdf, Whose::Newest, None, reached, progress).await
    }

    /// As [`Self::pdf`], for the signatures of `whose`. `known`: who signed and stamped the file as it is, where that is known.
    pub(crate) async fn pdf_of(
        &self,
        pdf: &OwnPdf,
        whose: Whose<'_>,
        mut known: Option<Targets>,
        reached: &mut Reached,
        progress: &dyn Progress,
    ) -> OfficeResult<()> {
        if self.goal >= SignLevel::BT && reached.level < SignLevel::BT {
            // A signature that has no time stamp gets one over the document: what is inside it is closed.
            let stamped = self.document_stamp(pdf, reached, progress).await;
            let Some(stamped) = self.or_lower(stamped, reached)? else { return Ok(()) };
            reached.rise(SignLevel::BT, Some(&stamped));
            known = None;
        }
        if self.goal >= SignLevel::BLt {
            let targets = match known {
                Some(targets) => targets,
                None => {
                    let own = pdf.clone();
                    blocking(move || own.targets()).await??
                }
            };
            let gathered = self.gather(&targets, progress).await?;
            let found = gathered.require(whose).map_err(OfficeError::from);
            let Some((found, unproven)) = self.or_lower(found, reached)? else { return Ok(()) };
            reached.rests_on(found, unproven);
            let artifacts = match self.policy {
                Some(policy) if policy.level == PolicyLevel::AdRa => Some(artifacts_for(&self.policies, policy)?),
                Some(_) | None => None,
            };
            let data = ValidationData {
                certificates: found.certificates.iter().map(|own| own.der.clone()).collect(),
                crls: found.crls.iter().map(|own| own.der.clone()).collect(),
                ocsps: found.ocsps.iter().map(|own| own.der.clone()).collect(),
                artifacts,
            };
            let (own, found, at) = (pdf.clone(), found.clone(), self.session.clock.now());
            blocking(move || own.add_evidence(&data, &found, at)).await??;
            reached.rise(SignLevel::BLt, None);
        }
        // AD-RC wants a document time stamp as well (extension 2.16.76.1.8.3), though its evidence is that of B-LT.
        let wanted = self.policy.and_then(|own| own.evidence).is_some_and(|own| own.document_time_stamp);
        if self.goal == SignLevel::BLta || (wanted && self.goal == SignLevel::BLt) {
            let stamped = self.document_stamp(pdf, reached, progress).await;
            let Some(stamped) = self.or_lower(stamped, reached)? else { return Ok(()) };
            reached.rise(SignLevel::BLta, Some(&stamped));
        }
        Ok(())
    }

    /// A document time stamp (EN 319 142-1 §5.4.3).
    async fn document_stamp(
        &self,
        pdf: &OwnPdf,
        reached: &mut Reached,
        progress: &dyn Progress,
    ) -> OfficeResult<Stamped> {
        let mut room = self.usual_token();
        loop {
            let own = pdf.clone();
            let prepared = blocking(move || own.prepare_timestamp(room)).await??;
            let (prepared, digest) = blocking(move || {
                let digest = prepared.digest(IMPRINT);
                (prepared, digest)
            })
            .await?;
            let stamped = self.token(digest, progress).await?;
            let token = &stamped.token;
            if token.der.len() > prepared.capacity() {
                // The authority sends more than it did: the next try has the room.
                room = token.der.len() + token.der.len() / 8;
                reached.thrown_away += 1;
                continue;
            }
            let (own, der) = (pdf.clone(), token.der.clone());
            blocking(move || own.append(&prepared.finish(&der)?)).await??;
            return Ok(stamped);
        }
    }

    /// Whether the signatures of `targets` bring with them what says how every certificate stands: then evidence from elsewhere
    /// would add nothing.
    pub(crate) async fn is_evident(&self, targets: &Targets) -> OfficeResult<bool> {
        let inside = targets.inside();
        if inside.crls.is_empty() && inside.ocsps.is_empty() {
            return Ok(false);
        }
        Ok(targets.gather(&self.sources.alone(inside.clone())).await?.is_complete())
    }

    /// `None` where a lower level is accepted instead of `result`'s error.
    pub(crate) fn or_lower<T>(&self, result: OfficeResult<T>, reached: &mut Reached) -> OfficeResult<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if self.accept_lower && self.policy.is_none() && ErrorKind::of(&error) == ErrorKind::Service => {
                reached.lowered = Some(error.wire());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Room that a signature time stamp needs in a container, in bytes; `seen` is the size of the largest token of this batch.
pub(crate) fn token_room(goal: SignLevel, seen: &AtomicUsize) -> usize {
    if goal == SignLevel::BB { 0 } else { usual_token(seen) }
}

/// A little more than was seen, because times and numbers vary in length.
fn usual_token(seen: &AtomicUsize) -> usize {
    match seen.load(Ordering::Relaxed) {
        0 => TYPICAL_TOKEN,
        seen => seen + 256,
    }
}

impl Reached {
    /// A signature that has this level already.
    pub(crate) fn at(level: SignLevel) -> Self {
        Self { level, ..Self::default() }
    }

    /// Nothing of it counts any more but what it cost.
    pub(crate) fn begin_again(self) -> Self {
        Self { thrown_away: self.thrown_away + self.time_stamps.len(), ..Self::default() }
    }

    /// What the name of a result says of it: the level, where the signature can have one.
    pub(crate) const fn mark(&self) -> &'static str {
        if self.not_ades.is_none() { super::level_name(self.level) } else { "estendido" }
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.level = if self.time_stamps.is_empty() && self.lowered.is_none() {
            other.level
        } else {
            self.level.min(other.level)
        };
        self.time_stamps.extend(other.time_stamps);
        self.lowered = self.lowered.take().or(other.lowered);
        self.authorities.extend(other.authorities);
        self.passed_over.extend(other.passed_over);
        self.ahead = self.ahead.or(other.ahead);
        self.proofs.extend(other.proofs);
        self.evidence_until = self.evidence_until.into_iter().chain(other.evidence_until).min();
        self.untrusted_root |= other.untrusted_root;
        self.thrown_away += other.thrown_away;
        for own in other.unproven {
            self.leaves(own);
        }
    }

    fn rise(&mut self, level: SignLevel, stamped: Option<&Stamped>) {
        self.level = level;
        let Some(stamped) = stamped else { return };
        self.time_stamps.push(stamped.token.gen_time);
        self.authorities.push(authority_of(stamped));
        self.passed_over.extend(stamped.refused.iter().map(|own| format!("{} ({})", own.name, own.error.code)));
        if stamped.ahead.abs() > NEAR {
            self.ahead = Some(stamped.ahead.whole_seconds());
        }
    }

    /// Tells of a signer who is left where they are.
    pub(crate) fn leaves(&mut self, unproven: String) {
        if !self.unproven.contains(&unproven) {
            self.unproven.push(unproven);
        }
    }

    /// Who is left where they are, for the receipt.
    pub(crate) fn unproven(&self) -> Vec<UnprovenSigner> {
        self.unproven.iter().map(|note| UnprovenSigner::of_note(note)).collect()
    }

    fn rests_on(&mut self, found: &Material, unproven: Vec<String>) {
        self.unproven = unproven;
        self.proofs = found.proofs.iter().map(|own| format!("{} ({})", own.name, own.kind)).collect();
        self.evidence_until = found.next_update();
        self.untrusted_root = found.roots.iter().any(|own| !own.trusted);
    }

    /// What else goes into the trail: who stamped, and what the evidence is.
    pub(crate) fn notes(&self) -> Vec<(&'static str, String)> {
        let joined = |all: &[String]| (!all.is_empty()).then(|| all.join("; "));
        [
            ("authorities", joined(&self.authorities)),
            ("authorities_passed_over", joined(&self.passed_over)),
            ("authority_seconds_ahead", self.ahead.map(|seconds| seconds.to_string())),
            ("evidence", joined(&self.proofs)),
            ("evidence_until", self.evidence_until.map(rfc3339)),
            ("unproven", joined(&self.unproven)),
            ("not_ades", self.not_ades.clone()),
            ("root", self.untrusted_root.then(|| "untrusted".to_owned())),
            ("time_stamps_thrown_away", (self.thrown_away > 0).then(|| self.thrown_away.to_string())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

/// Everybody who signed or stamped a CMS, whose content is `content`.
pub(crate) async fn targets_of(cms: &[u8], content: &Content) -> OfficeResult<Targets> {
    let (bytes, own) = (cms.to_vec(), content.clone());
    blocking(move || Targets::of_cms(&bytes, &own)).await?
}

/// Whether a signer has an archive time stamp of RFC 5126, which covers whole sets.
fn is_sealed(cms: &[u8], value: &[u8]) -> OfficeResult<bool> {
    Ok(upgrade::has_unsigned(cms, upgrade::signer_with(cms, value)?, oid::ARCHIVE_TIME_STAMP_V2)?)
}

/// Puts what is new into the newest archive time stamp itself, before the next one covers it.
fn add_to_archive(cms: &[u8], value: &[u8], found: &Material) -> OfficeResult<Vec<u8>> {
    let inside = inside_of(cms, value)?;
    let new = new_values(found, &inside);
    if is_nothing(&new) {
        return Ok(cms.to_vec());
    }
    Ok(icp::add_values_to_archive(cms, upgrade::signer_with(cms, value)?, &new)?)
}

/// Puts `values` beside what is there. Where another signer's archive time stamp (RFC 5126) is over the whole sets, what is new goes
/// into the signer's own `certificate-values` and `revocation-values`, which that one does not cover.
///
/// # Errors
/// [`SignError::SealedByOther`] for a signer who has no such attributes: baseline signatures have none (EN 319 122-1 §6.3).
fn add_new(cms: Vec<u8>, value: &[u8], values: &Values<'_>, found: &Material) -> OfficeResult<Vec<u8>> {
    match upgrade::add_values(&cms, values) {
        Err(UpgradeError::Sealed) => {}
        other => return Ok(other?),
    }
    let inside = inside_of(&cms, value)?;
    let new = new_values(found, &inside);
    if is_nothing(&new) {
        return Ok(cms);
    }
    let signer = upgrade::signer_with(&cms, value)?;
    if upgrade::has_unsigned(&cms, signer, oid::REVOCATION_VALUES)? {
        return Ok(icp::add_to_values(&cms, signer, &new)?);
    }
    let holder = parse(&cms)?.signers().nth(signer).and_then(|own| own.certificate());
    let holder = holder.and_then(|found| Certificate::from_der(&found.der).ok());
    Err(SignError::SealedByOther { subject: holder.as_ref().map(holder_name).unwrap_or_default() }.into())
}

const fn is_nothing(values: &Values<'_>) -> bool {
    values.certificates.is_empty() && values.crls.is_empty() && values.ocsps.is_empty()
}

/// What a CMS holds for the signer with this signature value: in its lists, in the signer's own attributes and time stamps. What
/// another signer carries is nothing of theirs.
fn inside_of(cms: &[u8], value: &[u8]) -> OfficeResult<Given> {
    let data = parse(cms)?;
    let mut given = Given::of_document(&Evidence::of(&data));
    if let Some(view) = data.signers().find(|own| own.signature_value() == value) {
        let own = Inside::read(view);
        given.take(&own.evidence);
        own.stamps.iter().for_each(|stamp| given.take(&Evidence::of_token(&stamp.token)));
    }
    Ok(given)
}

/// What is not inside yet.
fn new_values<'a>(found: &'a Material, inside: &Given) -> Values<'a> {
    let certificates = found.certificates.iter().filter(|own| !inside.certificates.contains(own));
    let crls = found.crls.iter().filter(|own| !inside.crls.contains(own));
    let ocsps = found.ocsps.iter().filter(|own| !inside.ocsps.contains(own));
    Values {
        certificates: certificates.map(|own| own.der.as_slice()).collect(),
        crls: crls.map(|own| own.der.as_slice()).collect(),
        ocsps: ocsps.map(|own| own.der.as_slice()).collect(),
    }
}

fn values(found: &Material) -> Values<'_> {
    Values {
        certificates: found.certificates.iter().map(|own| own.der.as_slice()).collect(),
        crls: found.crls.iter().map(|own| own.der.as_slice()).collect(),
        ocsps: found.ocsps.iter().map(|own| own.der.as_slice()).collect(),
    }
}

/// A PDF that nobody else has: a result on its way, growing at its end.
#[derive(Clone)]
pub(crate) struct OwnPdf {
    /// Open for as long as anybody works on it, whatever becomes of the job: a file without a name is gone with its last number, and
    /// that number is another file's then.
    file: Arc<File>,
    /// What errors call it.
    name: String,
    pub(crate) password: Option<Arc<SecretString>>,
    pub(crate) dialect: Dialect,
}

impl OwnPdf {
    /// `beside` is the name that it is to get.
    pub(crate) fn of(
        file: &File,
        beside: &Path,
        password: Option<Arc<SecretString>>,
        dialect: Dialect,
    ) -> OfficeResult<Self> {
        let own = file.try_clone().map_err(|error| OfficeError::unwritable(beside, &error))?;
        Ok(Self { file: Arc::new(own), name: crate::documents::file_name(beside), password, dialect })
    }

    pub(crate) fn open(&self) -> OfficeResult<PdfFile> {
        Ok(PdfFile::open_file_with(&self.file, self.password.as_deref())?)
    }

    fn append(&self, increment: &pades::Increment) -> OfficeResult<()> {
        let failed = |error: std::io::Error| OfficeError::OutputUnwritable {
            name: self.name.clone(),
            reason: error.to_string(),
        };
        let mut file = self.file.try_clone().map_err(failed)?;
        increment.append_to(&mut file).map_err(failed)
    }

    fn prepare_timestamp(&self, room: usize) -> OfficeResult<pades::PreparedPdf> {
        Ok(pades::prepare_timestamp(&self.open()?, room, self.dialect)?)
    }

    /// Everybody who signed or stamped this file.
    pub(crate) fn targets(&self) -> OfficeResult<Targets> {
        Targets::of_pdf(&self.open()?)
    }

    /// The evidence, with an entry for every signature whose path is known. `data` has the lists of `found`.
    fn add_evidence(&self, data: &ValidationData, found: &Material, at: OffsetDateTime) -> OfficeResult<()> {
        let file = self.open()?;
        let signatures = cartorio_ades::validate::pdf::signatures(&file)?;
        let vri = vri::entries(found, signatures, at);
        self.append(&pades::add_evidence(&file, data, &vri)?)
    }
}
