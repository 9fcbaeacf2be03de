//! Proofs of existence (EN 319 102-1 §5.6): which time stamps hold, and when a signature is proven to have existed.

use cartorio_ades::cms::algorithm::SignatureId;
use cartorio_ades::validate::cms::{SignerView, parse};
use cartorio_ades::validate::inside::{self, Content, Expected, Stamp, StampKind};
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_ades::validate::{BreakReason, Integrity as CmsIntegrity, OpenReason};
use cartorio_core::{Coded, HashAlgorithm, Hasher};
use cartorio_pki::Certificate;
use cartorio_pki::chain::{Conclusion, Path, Purpose, Requirements, Reviewer, signature_ends};
use time::{Duration, OffsetDateTime};

use crate::certificates::{Evidence, holder_name};
use crate::dto::{Authenticity, Integrity, TimeStampView};
use crate::material::CLOCK_TOLERANCE;
/// Certificates and revocation data that a document brings with it.
pub(super) use crate::material::Given as Known;
use crate::times::rfc3339;

use super::Source;
use super::verdict::only_time_is_missing;

/// How much two sound clocks may differ.
pub(super) const CLOCKS: Duration = CLOCK_TOLERANCE;

impl Known {
    /// Judges with everything that is known here.
    pub(super) fn reviewer(&self, evidence: &Evidence) -> Reviewer {
        evidence.clone().with(&self.certificates, &self.crls).reviewer().with_ocsp(&self.ocsps)
    }

    /// Judges with what the document has inside alone; only the roots come from here.
    pub(super) fn reviewer_inside(&self, evidence: &Evidence) -> Reviewer {
        self.reviewer(&evidence.roots())
    }
}

/// A time stamp that was judged.
#[derive(Clone)]
pub(super) struct Judged {
    pub(super) view: TimeStampView,
    pub(super) gen_time: Option<OffsetDateTime>,
    pub(super) authority: Option<Certificate>,
    /// The path of its authority, the authority's own certificate first, as far as it is known.
    pub(super) path: Vec<Certificate>,
    /// Which attribute it stands in; `None` for a document time stamp.
    pub(super) attribute: Option<StampKind>,
    /// When trust in it ends: in its authority's path, or in the algorithms of it.
    pub(super) ends: Option<OffsetDateTime>,
    /// The attribute that it is; `None` for one of the document.
    pub(super) stamp: Option<Stamp>,
    pub(super) covers_signature: bool,
    pub(super) is_archive: bool,
}

impl Judged {
    /// Whether it proves that what it covers existed at its time.
    pub(super) fn holds(&self) -> bool {
        self.is_intact() && self.view.authenticity == Authenticity::Trusted
    }

    /// Whether it is the stamp of what it covers, whoever made it.
    pub(super) fn is_intact(&self) -> bool {
        self.view.integrity == Integrity::Ok
    }

    /// Whether it makes a B-T: over the signature, or over the document around it, by somebody who may be trusted.
    pub(super) fn is_of_signature(&self) -> bool {
        let kind = self.stamp.as_ref().is_none_or(|stamp| stamp.kind == StampKind::Signature);
        kind && self.is_intact() && self.view.authenticity != Authenticity::Untrusted
    }

    /// Whether it is over the content, before that was signed.
    pub(super) fn is_of_content(&self) -> bool {
        self.stamp.as_ref().is_some_and(|stamp| stamp.kind == StampKind::Content)
    }

    /// It is over a description of the content that may be written in more than one way (RFC 5126 §6.4.1 does not say in which),
    /// and only one of them was tried: that it is over something else is not known then.
    fn doubt(&mut self) {
        if let Some(code) = self.view.reasons.iter_mut().find(|code| *code == OTHER_CONTENT) {
            NOT_CHECKED.clone_into(code);
            self.view.integrity = Integrity::Unknown;
        }
    }

    /// The time that it proves, if any.
    pub(super) fn proves(&self) -> Option<OffsetDateTime> {
        self.gen_time.filter(|_| self.holds())
    }
}

/// Judges a token. `expected` tells what it has to be over; `control` is the instant at which the token is known to exist.
pub(super) fn judge(
    token: &[u8],
    kind: &str,
    control: OffsetDateTime,
    reviewer: &Reviewer,
    expected: impl FnOnce(HashAlgorithm) -> Expected,
) -> Judged {
    let mut out = Judged {
        view: TimeStampView {
            kind: kind.to_owned(),
            gen_time: String::new(),
            authority: None,
            integrity: Integrity::Broken,
            authenticity: Authenticity::Unknown,
            reasons: Vec::new(),
        },
        gen_time: None,
        authority: None,
        path: Vec::new(),
        attribute: None,
        ends: None,
        stamp: None,
        covers_signature: true,
        is_archive: false,
    };
    let data = match parse(token) {
        Ok(data) => data,
        Err(error) => {
            out.view.reasons.push(error.code().to_owned());
            return out;
        }
    };
    let stamp = match TimeStamp::read(&data) {
        Ok(stamp) => stamp,
        Err(error) => {
            out.view.reasons.push(error.code().to_owned());
            return out;
        }
    };
    let gen_time = stamp.imprint.gen_time;
    out.gen_time = Some(gen_time);
    out.view.gen_time = rfc3339(gen_time);
    let judged = stamp.judge(|hash| match expected(hash) {
        Expected::Digest(digest) => Ok(digest),
        Expected::Gone => Err(NoDigest::Gone),
        Expected::NotKnown => Err(NoDigest::NotKnown),
    });
    let (integrity, reason) = match &judged {
        Ok((_, CmsIntegrity::Ok)) => (Integrity::Ok, None),
        Ok((_, CmsIntegrity::Broken { reason: BreakReason::ContentChanged })) | Err(NoDigest::Gone) => {
            (Integrity::Broken, Some(OTHER_CONTENT))
        }
        Ok((_, CmsIntegrity::Broken { reason })) => (Integrity::Broken, Some(reason.code())),
        Ok((_, CmsIntegrity::Undecidable { reason })) => (Integrity::Unknown, Some(OpenReason::code(reason))),
        Err(NoDigest::NotKnown) => (Integrity::Unknown, Some(NOT_CHECKED)),
    };
    out.view.integrity = integrity;
    out.view.reasons.extend(reason.map(str::to_owned));
    authority(&mut out, &stamp, gen_time, control, reviewer);
    out
}

/// Codes of what is said of a time stamp.
const OTHER_CONTENT: &str = "time_stamp_other_content";
const NOT_CHECKED: &str = "time_stamp_not_checked";

/// Why there is no digest to compare with.
enum NoDigest {
    Gone,
    NotKnown,
}

fn authority(
    out: &mut Judged,
    stamp: &TimeStamp,
    gen_time: OffsetDateTime,
    control: OffsetDateTime,
    reviewer: &Reviewer,
) {
    let found = stamp.signer.certificate.as_ref().and_then(|found| Certificate::from_der(&found.der).ok());
    let Some(certificate) = found else { return };
    out.view.authority = Some(holder_name(&certificate));
    let requirements = Requirements { purpose: Purpose::Timestamping, ..Requirements::default() };
    let review = reviewer.review_with(&certificate, control, &requirements);
    let (conclusion, codes) = review.verdict();
    out.view.authenticity = match conclusion {
        Conclusion::Passed => Authenticity::Trusted,
        Conclusion::Indeterminate => Authenticity::Unknown,
        Conclusion::Failed if review.best().is_some_and(|path| only_time_is_missing(path, gen_time)) => {
            Authenticity::Unknown
        }
        Conclusion::Failed => Authenticity::Untrusted,
    };
    out.view.reasons.extend(codes.into_iter().map(str::to_owned));
    let validity = certificate.validity;
    if gen_time < validity.not_before || gen_time > validity.not_after || gen_time > control + CLOCKS {
        // Its authority could not have made it then. Clocks differ: what signing takes is not found impossible a moment later.
        out.view.reasons.push("time_stamp_impossible_time".to_owned());
        out.view.authenticity = Authenticity::Untrusted;
    }
    let algorithm = match stamp.signer.signature_algorithm {
        SignatureId::Known(algorithm) => signature_ends(algorithm, &certificate.key),
        SignatureId::Weak(_) | SignatureId::Unknown(_) => Some(gen_time),
    };
    let path = review.best().map_or(Some(validity.not_after), |path| path.ends());
    out.ends = path.into_iter().chain(algorithm).min();
    out.path = review.best().map(Path::certificates).unwrap_or_default();
    out.authority = Some(certificate);
}

/// Judges the time stamps of a signer, the latest first: what a later one covers is proven to have existed then. `outer` is
/// when the whole signature is proven to have existed by stamps around it. Gives them oldest first.
pub(super) fn judge_inside(
    signer: SignerView<'_>,
    stamps: &[Stamp],
    at: OffsetDateTime,
    outer: Option<OffsetDateTime>,
    reviewer: &Reviewer,
    source: &mut Source<'_>,
) -> Vec<Judged> {
    let time = |stamp: &Stamp| cartorio_ades::validate::timestamp::imprint(&stamp.token).ok().map(|own| own.gen_time);
    let mut order: Vec<&Stamp> = stamps.iter().collect();
    order.sort_by_key(|stamp| std::cmp::Reverse((time(stamp), stamp.kind.is_archive())));
    let mut done: Vec<(&Stamp, Judged)> = Vec::new();
    for stamp in order {
        let proofs = done
            .iter()
            .filter(|(later, _)| inside::covers(signer, later, stamp))
            .filter_map(|(_, judged)| judged.proves());
        let control = proofs.chain(outer).min().unwrap_or(at);
        let mut judged = judge(&stamp.token, stamp.kind.code(), control, reviewer, |hash| {
            let mut own = |hash| (source.digest)(hash).ok_or(());
            let mut own_feed = source.feed.as_mut().map(|feed| |hasher: &mut Hasher| feed(hasher).ok_or(()));
            let content = Content {
                digest: &mut own,
                feed: own_feed.as_mut().map(|own| own as &mut dyn FnMut(&mut Hasher) -> Result<(), ()>),
            };
            inside::expected(signer, stamp, hash, content, source.inside).unwrap_or(Expected::NotKnown)
        });
        if source.ber && stamp.kind == StampKind::ArchiveV2 {
            judged.doubt();
        }
        judged.covers_signature = stamp.kind.covers_signature();
        judged.is_archive = stamp.kind.is_archive();
        judged.attribute = Some(stamp.kind);
        judged.stamp = Some(stamp.clone());
        done.push((stamp, judged));
    }
    done.into_iter().rev().map(|(_, judged)| judged).collect()
}

/// Whether the evidence in `inside` alone proves `certificate` as of `at`.
pub(super) fn suffices(inside: &Reviewer, certificate: &Certificate, at: OffsetDateTime) -> bool {
    inside.review(certificate, at).verdict().0 == Conclusion::Passed
}
