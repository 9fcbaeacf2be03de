//! Validation of a signed document: facts from the formats, trust from the chain, one honest bottom line.

mod armour;
mod claim;
mod document;
mod object;
mod proof;
mod verdict;

use std::cell::Cell;
use std::fs::File;
use std::path::{Path, PathBuf};

use cartorio_ades::cms::algorithm::SignatureId;
use cartorio_ades::cms::ber::{Encoding, Limits};
use cartorio_ades::cms::enclosing::{self, ContentReader, Opened};
use cartorio_ades::validate::cms::{self, ParseError, SignedDataView, SignerView as CmsSigner, parse};
use cartorio_ades::validate::inside::{self, Evidence as Found, Inside, Stamp};
use cartorio_ades::validate::references::References;
use cartorio_ades::validate::{BreakReason, ClaimedTime, Integrity as CmsIntegrity, SignerReport, SigningCertificate};
use cartorio_core::{Digest, HashAlgorithm, Hasher, WireError};
use cartorio_pki::chain::{self, Path as ChainPath, PathEnd, Requirements, Reviewer, signature_ends};
use cartorio_pki::{Certificate, legal};
use cartorio_policy::Family;
use tempfile::NamedTempFile;
use time::OffsetDateTime;

pub(crate) use self::armour::{SIGNED_DATA, bare_start, decoded_start, inside, unarmoured};
use self::claim::Claimed;
pub(crate) use self::document::{other_pdf, pdf_family, signs_byte_range};
use self::proof::{CLOCKS, Judged, Known};
use self::verdict::{NOT_FOR_SIGNING, algorithm_name, conclude, severity, standing, unreadable, worst};
use crate::certificates::{Evidence, Shown, bundle, holder_name, issuer_name, legal_view};
use crate::documents::{Entry, ReadFor, file_name};
use crate::dto::{
    Authenticity, Coverage, DocumentKind, Integrity, LaterChange, LegalLabel, PolicyState, SignatureReport, SignerView,
    VerifyReport, VerifyResult,
};
use crate::signing::beside;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, folders};

/// Everything that a validation is given. It reads files; call it away from the async threads.
pub(crate) struct Verification {
    pub(crate) entry: Entry,
    /// The content of a detached signature, when the user named it.
    pub(crate) content: Option<Entry>,
    pub(crate) evidence: Evidence,
    /// The instant at which it is judged.
    pub(crate) at: OffsetDateTime,
    /// The installation's own folder, for what is too large for memory; it may not be there.
    pub(crate) scratch: PathBuf,
}

/// Signatures over signatures over signatures that are judged.
const MAX_COUNTER_DEPTH: u8 = 3;
/// Signers of one CMS, and signatures over signatures in all of it, that are judged: more are an attack on time.
pub(crate) const MAX_SIGNERS: usize = 100;
const MAX_COUNTERS: usize = 200;

/// Where the content of a signature comes from.
struct Source<'s> {
    digest: &'s mut dyn FnMut(HashAlgorithm) -> Option<Digest>,
    /// For imprints over the content itself together with other things.
    feed: Option<&'s mut dyn FnMut(&mut Hasher) -> Option<()>>,
    /// Its length, where it stands inside the signature but was not read with it.
    inside: Option<u64>,
    /// Whether the signature, or the content in it, is not written as DER has it.
    ber: bool,
}

/// What stands around a CMS.
struct Around<'a> {
    /// The time in the document around it.
    claimed: Option<OffsetDateTime>,
    purpose: Purpose,
    family: Family,
    sub_filter: Option<&'a str>,
    /// Evidence in the document around it.
    known: Known,
    /// Stamps of the document around it that cover it, oldest first.
    outer: Vec<Judged>,
    /// Whether one of these covers evidence in the document.
    archived: bool,
    depth: u8,
    /// Signatures over signatures that may still be judged.
    budget: &'a Cell<usize>,
}

impl<'a> Around<'a> {
    fn cms(budget: &'a Cell<usize>) -> Self {
        Self {
            budget,
            claimed: None,
            purpose: Purpose::Documents,
            family: Family::Cades,
            sub_filter: None,
            known: Known::default(),
            outer: Vec::new(),
            archived: false,
            depth: 0,
        }
    }
}

impl Verification {
    /// Judges the document.
    pub(crate) fn run(&self, shown: &Shown) -> OfficeResult<VerifyReport> {
        match self.entry.kind {
            DocumentKind::Pdf => self.pdf(shown),
            DocumentKind::Cms | DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other => self.cms(shown),
        }
    }

    fn cms(&self, shown: &Shown) -> OfficeResult<VerifyReport> {
        if let Some((file, opened)) = self.open_enclosing()? {
            return self.enclosed_in_file(file.path(&self.entry), &opened, shown);
        }
        let bytes = self.entry.read(ReadFor::Signature).map_err(|error| match error {
            OfficeError::DocumentTooLarge { .. } if self.is_something_else() => self.not_a_signature(),
            other => other,
        })?;
        let der = unarmoured(&bytes);
        let data = parse(der.as_deref().unwrap_or(&bytes)).map_err(|error| match error {
            ParseError::Malformed(_) if self.is_something_else() => self.not_a_signature(),
            other => OfficeError::Format(WireError::from(&other)),
        })?;
        if let Some(content) = data.content() {
            let mut digest = |hash| Some(Digest::of(hash, content));
            let reports =
                self.judged(&data, shown, Source { digest: &mut digest, feed: None, inside: None, ber: false });
            return Ok(self.report(reports, None, false));
        }
        if let Some(named) = &self.content {
            return self.beside_content(&data, &named.path, named.name.clone(), shown);
        }
        let by_digest = || beside::beside(&self.entry.path, &beside::claims(&data));
        let Some(path) = sibling(&self.entry.path).or_else(by_digest) else {
            return Ok(self.report(Vec::new(), None, true));
        };
        let mut report = self.beside_content(&data, &path, file_name(&path), shown)?;
        let differs = |own: &SignatureReport| own.reasons.iter().any(|code| code == BreakReason::ContentChanged.code());
        if !report.signatures.is_empty() && report.signatures.iter().all(differs) {
            // A name alone proves nothing: what was signed may lie there under another one.
            if let Some(right) = by_digest().filter(|right| *right != path) {
                return self.beside_content(&data, &right, file_name(&right), shown);
            }
            report.content_other = true;
        }
        Ok(report)
    }

    /// A detached signature, with the file that is taken for its content.
    fn beside_content(
        &self,
        data: &SignedDataView<'_>,
        path: &Path,
        name: String,
        shown: &Shown,
    ) -> OfficeResult<VerifyReport> {
        let mut failed = None;
        let mut kept: Vec<Digest> = Vec::new();
        let mut digest = |hash: HashAlgorithm| {
            if let Some(known) = kept.iter().find(|own| own.algorithm() == hash) {
                return Some(known.clone());
            }
            match digest_of(path, hash) {
                Ok(own) => {
                    kept.push(own.clone());
                    Some(own)
                }
                Err(error) => {
                    failed = Some(error.to_string());
                    None
                }
            }
        };
        let mut feed = |hasher: &mut Hasher| feed_file(path, hasher).ok();
        let source = Source { digest: &mut digest, feed: Some(&mut feed), inside: None, ber: false };
        let reports = self.judged(data, shown, source);
        match failed {
            Some(reason) => Err(OfficeError::DocumentUnreadable { name, reason }),
            None => Ok(self.report(reports, Some(name), false)),
        }
    }

    /// A signature with its content inside that is too large to be read whole, and where it is written without an armour.
    fn open_enclosing(&self) -> OfficeResult<Option<(Written, Opened)>> {
        let unreadable = |error: std::io::Error| self.entry.unreadable(&error);
        if std::fs::metadata(&self.entry.path).map_err(unreadable)?.len() <= LARGE {
            return Ok(None);
        }
        let unarmoured = armour::unarmoured_file(&self.entry.path, &self.scratch).map_err(unreadable)?;
        let written = unarmoured.map_or(Written::AsIs, Written::Unarmoured);
        let mut file = File::open(written.path(&self.entry)).map_err(unreadable)?;
        let opened = enclosing::open(&mut file, Limits::default()).map_err(|error| match error {
            enclosing::EnclosingError::Malformed(_) if self.is_something_else() => self.not_a_signature(),
            other => OfficeError::Format(WireError::from(&other)),
        })?;
        Ok(opened.map(|opened| (written, opened)))
    }

    /// Whether it does not even begin as a signature does: then nothing is damaged.
    const fn is_something_else(&self) -> bool {
        match self.entry.kind {
            DocumentKind::Pdf | DocumentKind::Cms => false,
            DocumentKind::Certificates | DocumentKind::P12 | DocumentKind::Other => true,
        }
    }

    fn not_a_signature(&self) -> OfficeError {
        OfficeError::NotASignature { name: self.entry.name.clone() }
    }

    /// `path` is where what was opened lies.
    fn enclosed_in_file(&self, path: &Path, opened: &Opened, shown: &Shown) -> OfficeResult<VerifyReport> {
        let data = parse(&opened.signature).map_err(|error| OfficeError::Format(WireError::from(&error)))?;
        let content = || File::open(path).ok().map(|file| ContentReader::new(file, &opened.content));
        let mut kept: Vec<Digest> = Vec::new();
        let mut digest = |hash: HashAlgorithm| {
            if let Some(known) = kept.iter().find(|own| own.algorithm() == hash) {
                return Some(known.clone());
            }
            let own = Digest::of_reader(hash, std::io::BufReader::with_capacity(1 << 20, content()?)).ok()?;
            kept.push(own.clone());
            Some(own)
        };
        let mut feed = |hasher: &mut Hasher| feed_from(content()?, hasher).ok();
        // RFC 5126 describes content that is an OCTET STRING, in DER: of another one it is not known what a time stamp is over.
        let ber = opened.encoding == Encoding::Ber || !opened.octets;
        let inside = Some(opened.content_len());
        let reports = self.judged(&data, shown, Source { digest: &mut digest, feed: Some(&mut feed), inside, ber });
        Ok(self.report(reports, None, false))
    }

    /// Judges every signer of a CMS that is a document of its own.
    fn judged(&self, data: &SignedDataView<'_>, shown: &Shown, mut source: Source<'_>) -> Vec<SignatureReport> {
        let budget = Cell::new(MAX_COUNTERS);
        let mut reports = self.signers(data, &Around::cms(&budget), &mut source, None, shown);
        reports.iter_mut().for_each(conclude);
        reports
    }

    /// What the CMS itself says about each of its signers. `instead`: the verdict on the only signer, of a document time
    /// stamp.
    fn signers(
        &self,
        data: &SignedDataView<'_>,
        around: &Around<'_>,
        source: &mut Source<'_>,
        instead: Option<&SignerReport>,
        shown: &Shown,
    ) -> Vec<SignatureReport> {
        let mut known = around.known.clone();
        known.take(&Found::of(data));
        let enclosed = known.certificates.clone();
        shown.remember(&enclosed);
        let count = data.signers().len();
        if count > MAX_SIGNERS {
            return vec![unreadable(None, too_many(count, MAX_SIGNERS))];
        }
        // However many signers there are, the content is read once for each hash.
        let mut kept: Vec<Digest> = Vec::new();
        let mut digest = |hash: HashAlgorithm| {
            if let Some(known) = kept.iter().find(|own| own.algorithm() == hash) {
                return Some(known.clone());
            }
            let own = (source.digest)(hash)?;
            kept.push(own.clone());
            Some(own)
        };
        let feed = source.feed.as_mut().map(|feed| &mut **feed as &mut dyn FnMut(&mut Hasher) -> Option<()>);
        let ber = source.ber || data.encoding() == Encoding::Ber;
        let mut source = Source { digest: &mut digest, feed, inside: source.inside, ber };
        let mut out = Vec::new();
        for signer in data.signers() {
            let judged = match instead {
                Some(own) => Some(own.clone()),
                None => signer.verify(|hash| (source.digest)(hash).ok_or(())).ok(),
            };
            out.push(match judged {
                Some(judged) => self.signer(data, signer, &judged, around, known.clone(), &mut source, shown),
                None => unreadable(None, self.content_unreadable()),
            });
        }
        out
    }

    fn content_unreadable(&self) -> WireError {
        let reason = "the content could not be hashed".to_owned();
        OfficeError::DocumentUnreadable { name: self.entry.name.clone(), reason }.wire()
    }

    #[allow(clippy::too_many_arguments, reason = "one signer with everything that is known around it")]
    fn signer(
        &self,
        data: &SignedDataView<'_>,
        view: CmsSigner<'_>,
        signer: &SignerReport,
        around: &Around<'_>,
        mut known: Known,
        source: &mut Source<'_>,
        shown: &Shown,
    ) -> SignatureReport {
        let inside = Inside::read(view);
        known.take(&inside.evidence);
        inside.stamps.iter().for_each(|stamp| known.take(&Found::of_token(&stamp.token)));
        let reviewer = known.reviewer(&self.evidence);
        let outer = around.outer.iter().filter_map(Judged::proves).min();
        let stamps = proof::judge_inside(view, &inside.stamps, self.at, outer, &reviewer, source);
        let covering = || stamps.iter().filter(|own| own.covers_signature).chain(&around.outer);
        let proven = covering().filter_map(Judged::proves).min();
        let after = stamps.iter().filter(|own| own.is_of_content()).filter_map(Judged::proves).max();

        let mut report = self.facts(signer, around, Proofs { proven, after }, &known, &reviewer);
        let leaf = signer.certificate.as_ref().and_then(|found| Certificate::from_der(&found.der).ok());
        report.proven_time = proven.map(rfc3339);
        report.content_hint.clone_from(&inside.content_hints);
        report.mime_type.clone_from(&inside.mime_type);
        report.location = (!inside.location.is_empty()).then(|| inside.location.join(", "));
        report.commitments = inside.commitments.iter().map(|own| commitment(&own.to_string())).collect();
        let bare = known.reviewer_inside(&self.evidence);
        let sufficient = leaf.as_ref().is_some_and(|leaf| {
            proven.is_some_and(|at| {
                proof::suffices(&bare, leaf, at)
                    && covering()
                        .find(|own| own.proves() == Some(at))
                        .is_some_and(|own| own.authority.as_ref().is_some_and(|tsa| proof::suffices(&bare, tsa, at)))
            })
        });
        let archived = stamps.iter().any(|own| own.is_archive && own.is_intact()) || around.archived;
        report.level = level(signer, covering().any(Judged::is_of_signature), sufficient, archived);
        for own in stamps.iter().chain(&around.outer) {
            let code = match (own.view.integrity, own.view.authenticity) {
                (Integrity::Broken, _) => "time_stamp_broken",
                (_, Authenticity::Untrusted) => "time_stamp_untrusted",
                (Integrity::Ok | Integrity::Unknown, Authenticity::Trusted | Authenticity::Unknown) => continue,
            };
            if !report.reasons.iter().any(|reason| reason == code) {
                report.reasons.push(code.to_owned());
            }
        }
        if let Some(reference) = &inside.policy {
            let path = leaf.as_ref().and_then(|leaf| {
                let review = reviewer.review(leaf, proven.unwrap_or(self.at));
                Some(review.best().filter(|path| path.end == PathEnd::Anchor)?.certificates())
            });
            let all: Vec<Judged> = covering().cloned().collect();
            let claimed = Claimed {
                family: around.family,
                sub_filter: around.sub_filter,
                signer,
                attributes: view.signed_attributes(),
                leaf: leaf.as_ref(),
                path: path.as_deref().unwrap_or_default(),
                stamps: &all,
                references: References::read(view),
                values: {
                    let mut values = Found::of(data);
                    values.add(inside.evidence.clone());
                    values
                },
                has_evidence: sufficient,
                signed_at: proven.or(around.claimed).or(claimed_time(signer)),
            };
            let (state, claim) = claimed.judge(reference);
            if around.sub_filter.is_some_and(|own| own.starts_with("PBAD")) {
                let name = cartorio_policy::by_oid(reference.id).map(|own| format!("{} v{}", own.level, own.version));
                report.level = format!("PAdES (ICP-Brasil) {}", name.unwrap_or_else(|| reference.id.to_string()));
            }
            report.reasons.extend(claim.violations.iter().filter(|code| *code == claim::UNKNOWN).cloned());
            report.policy = state;
            report.policy_claim = Some(claim);
        }
        let outermost = covering().filter(|own| own.holds()).max_by_key(|own| own.gen_time);
        // What still has to be gathered has to be gathered while the signer's issuer speaks of that certificate.
        let own_end = leaf.as_ref().filter(|_| outermost.is_none() || !sufficient).and_then(|leaf| {
            let path = reviewer.review(leaf, proven.unwrap_or(self.at));
            let path = path.best().map_or(Some(leaf.validity.not_after), ChainPath::ends);
            let algorithm = match signer.signature_algorithm {
                SignatureId::Known(algorithm) if outermost.is_none() => signature_ends(algorithm, &leaf.key),
                SignatureId::Known(_) | SignatureId::Weak(_) | SignatureId::Unknown(_) => None,
            };
            path.into_iter().chain(algorithm).min()
        });
        report.extend_before = outermost.and_then(|stamp| stamp.ends).into_iter().chain(own_end).min().map(rfc3339);
        report.counter_signatures = self.counter_signatures(data, view, &inside, around, &known, &stamps, shown);
        report.time_stamps = stamps.into_iter().chain(around.outer.iter().cloned()).map(|own| own.view).collect();
        report
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "a signature inside a signature with everything that is known of that"
    )]
    fn counter_signatures(
        &self,
        data: &SignedDataView<'_>,
        view: CmsSigner<'_>,
        inside: &Inside,
        around: &Around<'_>,
        known: &Known,
        stamps: &[Judged],
        shown: &Shown,
    ) -> Vec<SignatureReport> {
        if around.depth >= MAX_COUNTER_DEPTH {
            // What is not looked at is told, never left out.
            let more = inside.counter_signatures.first();
            let told = |_| unreadable(None, too_many(usize::from(around.depth) + 1, MAX_COUNTER_DEPTH.into()));
            return more.map(told).into_iter().collect();
        }
        let value = view.signature_value();
        let before = MAX_COUNTERS - around.budget.get();
        let mut out = Vec::new();
        for own in &inside.counter_signatures {
            let Some(left) = around.budget.get().checked_sub(1) else {
                out.push(unreadable(None, too_many(before + inside.counter_signatures.len(), MAX_COUNTERS)));
                break;
            };
            around.budget.set(left);
            let counter = match cms::countersignature(data, own) {
                Ok(counter) => counter,
                Err(error) => {
                    out.push(unreadable(None, WireError::from(&error)));
                    continue;
                }
            };
            let mut digest = |hash| Some(Digest::of(hash, value));
            // Archive time stamps of the signature cover what stood in it then, not what was added since.
            let covers = |stamp: &Stamp| stamp.kind.is_archive() && inside::covers_value(view, stamp, own);
            let archives = stamps.iter().filter(|judged| judged.holds() && judged.stamp.as_ref().is_some_and(covers));
            let own = Around {
                budget: around.budget,
                claimed: None,
                purpose: Purpose::Documents,
                family: around.family,
                sub_filter: None,
                known: known.clone(),
                outer: around.outer.iter().chain(archives).cloned().collect(),
                archived: false,
                depth: around.depth + 1,
            };
            let mut source = Source { digest: &mut digest, feed: None, inside: None, ber: false };
            let mut reports = self.signers(&counter, &own, &mut source, None, shown);
            reports.iter_mut().for_each(conclude);
            out.append(&mut reports);
        }
        out
    }

    /// The axes of one signer: integrity as it is, its certificate as of when it is proven to have signed.
    fn facts(
        &self,
        signer: &SignerReport,
        around: &Around<'_>,
        Proofs { proven, after }: Proofs,
        known: &Known,
        reviewer: &Reviewer,
    ) -> SignatureReport {
        let claimed = around.claimed.or(claimed_time(signer));
        let control = proven.unwrap_or(self.at);
        let mut reasons = Vec::new();
        let integrity = match &signer.integrity {
            CmsIntegrity::Ok => Integrity::Ok,
            CmsIntegrity::Broken { reason } => {
                reasons.push(reason.code().to_owned());
                Integrity::Broken
            }
            CmsIntegrity::Undecidable { reason } => {
                reasons.push(reason.code().to_owned());
                Integrity::Unknown
            }
        };
        match signer.signing_certificate {
            SigningCertificate::Absent => reasons.push("signing_certificate_absent".to_owned()),
            SigningCertificate::Matches { .. }
            | SigningCertificate::Differs { .. }
            | SigningCertificate::Unchecked { .. }
            | SigningCertificate::Malformed { .. } => {}
        }
        let leaf = signer.certificate.as_ref().and_then(|found| Certificate::from_der(&found.der).ok());
        let (mut authenticity, mut indication) = (Authenticity::Unknown, None);
        let mut label = LegalLabel::Unknown;
        let mut chain = None;
        if let Some(leaf) = &leaf {
            // id-kp-timeStamping, critical, and nothing else (RFC 3161 §2.3).
            let purpose = match around.purpose {
                Purpose::Documents => chain::Purpose::Any,
                Purpose::TimeStamps => chain::Purpose::Timestamping,
            };
            let review = reviewer.review_with(leaf, control, &Requirements { purpose, ..Requirements::default() });
            (authenticity, indication) = standing(&review, proven, after);
            reasons.extend(review.verdict().1.into_iter().map(str::to_owned));
            let fit = match around.purpose {
                Purpose::Documents => leaf.allows_document_signing(),
                // id-kp-timeStamping, and nothing else (RFC 3161 §2.3).
                Purpose::TimeStamps => matches!(&leaf.extended_key_usage[..], [one] if one.oid == "1.3.6.1.5.5.7.3.8"),
            };
            if leaf.is_ca() || !fit {
                // A web server's certificate proves a server, not a person's will.
                reasons.push(NOT_FOR_SIGNING.to_owned());
                if matches!(indication, None | Some("TRY_LATER")) {
                    (authenticity, indication) = (Authenticity::Unknown, Some("CHAIN_CONSTRAINTS_FAILURE"));
                }
            }
            if around.purpose == Purpose::Documents {
                reasons.extend(claimed.and_then(|at| claim_lies(at, self.at, proven, leaf)).map(str::to_owned));
            }
            if let Some(path) = review.best() {
                label = legal_view(legal::legal_label(path).label);
                let mut certificates = path.certificates();
                certificates
                    .extend(known.certificates.iter().filter(|own| !path.certificates().contains(own)).cloned());
                chain = Some(bundle(holder_name(leaf), &certificates, Vec::new(), reviewer, control));
            }
        }
        SignatureReport {
            field: None,
            integrity,
            authenticity,
            policy: PolicyState::None,
            later_change: LaterChange::None,
            coverage: Coverage::Content,
            result: VerifyResult::Indeterminate,
            sub_indication: indication.map(str::to_owned),
            reasons,
            level: String::new(),
            algorithm: Some(algorithm_name(&signer.signature_algorithm)),
            signer: leaf.as_ref().map(|leaf| SignerView {
                name: holder_name(leaf),
                masked_cpf: leaf.identity.cpf.as_ref().map(cartorio_pki::Cpf::masked),
                issuer: issuer_name(leaf),
                certificate_sha256: leaf.fingerprint(),
            }),
            claimed_time: claimed.map(rfc3339),
            reason: None,
            location: None,
            proven_time: None,
            time_stamps: Vec::new(),
            policy_claim: None,
            commitments: Vec::new(),
            content_hint: None,
            mime_type: None,
            certifies: None,
            locks: Vec::new(),
            extend_before: None,
            changes: Vec::new(),
            counter_signatures: Vec::new(),
            legal: label,
            certificates: chain,
            problem: None,
        }
    }

    fn report(&self, signatures: Vec<SignatureReport>, content: Option<String>, content_needed: bool) -> VerifyReport {
        let result = if content_needed {
            VerifyResult::Indeterminate
        } else {
            // Of several signatures the worst one decides, as ETSI EN 319 102-1 has it for the bottom line.
            signatures.iter().map(worst).max_by_key(|result| severity(*result)).unwrap_or(VerifyResult::Unsigned)
        };
        VerifyReport {
            result,
            document: self.entry.name.clone(),
            content,
            content_needed,
            content_other: false,
            judged_at: rfc3339(self.at),
            signatures,
            audit_seq: None,
        }
    }
}

/// What is proven of when a signature was made.
#[derive(Clone, Copy)]
struct Proofs {
    /// It existed at this instant.
    proven: Option<OffsetDateTime>,
    /// It did not exist before this one.
    after: Option<OffsetDateTime>,
}

/// Code of what speaks against the time that a signer claims. It proves nothing either way, and changes no verdict.
fn claim_lies(
    claimed: OffsetDateTime,
    now: OffsetDateTime,
    proven: Option<OffsetDateTime>,
    leaf: &Certificate,
) -> Option<&'static str> {
    if claimed > now + CLOCKS {
        Some("claimed_time_in_future")
    } else if proven.is_some_and(|proven| claimed > proven + CLOCKS) {
        Some("claimed_time_after_proof")
    } else if !leaf.validity.contains(claimed) {
        Some("claimed_time_outside_certificate")
    } else {
        None
    }
}

/// What a signature is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    /// A person's will.
    Documents,
    /// A time.
    TimeStamps,
}

/// More signatures than are judged.
fn too_many(count: usize, max: usize) -> WireError {
    WireError {
        code: "too_many_signatures".to_owned(),
        params: [("count".to_owned(), count.to_string()), ("max".to_owned(), max.to_string())].into(),
        severity: cartorio_core::Severity::Error,
        retry: cartorio_core::Retry::Never,
        detail: format!("{count} signatures, and at most {max} are judged"),
    }
}

/// Refuses a CMS with more signers than are judged: nothing is done to it that nobody could judge afterwards.
///
/// # Errors
/// `too_many_signatures`.
pub(crate) fn require_few(signers: usize) -> OfficeResult<()> {
    if signers > MAX_SIGNERS { Err(OfficeError::Format(too_many(signers, MAX_SIGNERS))) } else { Ok(()) }
}

/// Signatures with their content inside that are larger, in bytes, are not read whole: a reading takes several times as much memory.
const LARGE: u64 = 32 << 20;

/// Where a signature is written without an armour.
enum Written {
    /// In its own file.
    AsIs,
    /// In this one, which is gone when it has been judged.
    Unarmoured(NamedTempFile),
}

impl Written {
    fn path<'a>(&'a self, entry: &'a Entry) -> &'a Path {
        match self {
            Self::AsIs => &entry.path,
            Self::Unarmoured(file) => file.path(),
        }
    }
}

/// The baseline level that is really there (EN 319 122-1 §6): the evidence inside has to suffice for B-LT.
fn level(signer: &SignerReport, stamped: bool, sufficient: bool, archived: bool) -> String {
    if !is_ades(signer) {
        return "CMS".to_owned();
    }
    let name = match (stamped, sufficient, archived) {
        (true, true, true) => "B-LTA",
        (true, true, false) => "B-LT",
        (true, false, _) => "B-T",
        (false, _, _) => "B-B",
    };
    format!("CAdES {name}")
}

/// Whether a signer can have a level: who signed is among what is signed (EN 319 122-1 §6.3).
pub(crate) const fn is_ades(signer: &SignerReport) -> bool {
    match signer.signing_certificate {
        SigningCertificate::Absent => false,
        SigningCertificate::Matches { .. }
        | SigningCertificate::Differs { .. }
        | SigningCertificate::Unchecked { .. }
        | SigningCertificate::Malformed { .. } => true,
    }
}

/// Code of a commitment type (EN 319 122-1 §5.2.3); others by their identifier.
fn commitment(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.9.16.6.1" => "origin",
        "1.2.840.113549.1.9.16.6.2" => "receipt",
        "1.2.840.113549.1.9.16.6.3" => "delivery",
        "1.2.840.113549.1.9.16.6.4" => "sender",
        "1.2.840.113549.1.9.16.6.5" => "approval",
        "1.2.840.113549.1.9.16.6.6" => "creation",
        other => other,
    }
    .to_owned()
}

const fn claimed_time(signer: &SignerReport) -> Option<OffsetDateTime> {
    match signer.claimed_time {
        ClaimedTime::At(at) => Some(at),
        ClaimedTime::Absent | ClaimedTime::Malformed => None,
    }
}

/// Feeds a file to a hash, piece by piece.
fn feed_file(path: &Path, hasher: &mut Hasher) -> std::io::Result<()> {
    feed_from(File::open(path)?, hasher)
}

fn feed_from(mut source: impl std::io::Read, hasher: &mut Hasher) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn digest_of(path: &Path, hash: HashAlgorithm) -> std::io::Result<Digest> {
    Digest::of_reader(hash, File::open(path)?)
}

/// The content that a detached signature usually stands beside: its own name without `.p7s`.
pub(crate) fn sibling(path: &Path) -> Option<PathBuf> {
    let name = file_name(path);
    content_names(&name).map(|own| path.with_file_name(own)).find(|own| own.is_file())
}

/// What the content of a detached signature of this name may be called, the likeliest first.
pub(crate) fn content_names(signature: &str) -> impl Iterator<Item = &str> {
    let stem = signature.rsplit_once('.').filter(|_| folders::is_signature_name(signature)).map(|(stem, _)| stem);
    // `contrato.pdf-2.p7s` is a second signature of `contrato.pdf`, `contrato.pdf-coassinado-b-lta.p7s` one with another signer
    // and an archive time stamp: what this program appends is taken off, piece by piece.
    std::iter::successors(stem, |stem| folders::without_mark(stem))
}
