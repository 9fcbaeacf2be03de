//! Revocation along a path: what the engine found in lists, what OCSP responses say, and which of it counts.

use cartorio_engine::{Cert, CrlUse, ErrorCode, Outcome, PathError, RevokedEntry};
use time::OffsetDateTime;

use super::algorithms;
use crate::certificate::Certificate;
use crate::crl::{Crl, CrlRejection, RevocationReason};
use crate::ocsp::{OcspJudgement, OcspRejection, OcspResponse, OcspStatus};

/// Revocation status of one certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Revocation {
    /// A root or an anchor: nobody above could revoke it.
    NotNeeded,
    /// The review was asked not to look.
    NotChecked,
    /// Not on a list that was in force.
    Good {
        /// When the list was made.
        this_update: OffsetDateTime,
        /// When the next was due.
        next_update: Option<OffsetDateTime>,
    },
    /// On a list.
    Revoked {
        /// Since when.
        at: OffsetDateTime,
        /// Why.
        reason: Option<RevocationReason>,
        /// When the list was made.
        this_update: OffsetDateTime,
    },
    /// Suspended; it may come back.
    OnHold {
        /// Since when.
        at: OffsetDateTime,
        /// When the list was made.
        this_update: OffsetDateTime,
    },
    /// On a list, but only from a moment after the one in question.
    RevokedLater {
        /// From when.
        at: OffsetDateTime,
        /// Why.
        reason: Option<RevocationReason>,
    },
    /// Not on a list, but the list was no longer in force at the moment in question.
    Stale {
        /// When the list was made.
        this_update: OffsetDateTime,
        /// When the next was due.
        next_update: Option<OffsetDateTime>,
    },
    /// No evidence by its issuer.
    NoEvidence {
        /// Why the lists that were offered do not count.
        rejected: Vec<CrlRejection>,
    },
}

impl Revocation {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotNeeded => "revocation_not_needed",
            Self::NotChecked => "revocation_not_checked",
            Self::Good { .. } => "revocation_good",
            Self::Revoked { .. } => "revoked",
            Self::OnHold { .. } => "on_hold",
            Self::RevokedLater { .. } => "revoked_later",
            Self::Stale { .. } => "revocation_stale",
            Self::NoEvidence { .. } => "no_revocation_evidence",
        }
    }

    /// Which of two pieces of evidence counts: revocation, then the newest.
    fn precedence(&self) -> (u8, i64) {
        match self {
            Self::Revoked { this_update, .. } => (5, this_update.unix_timestamp()),
            // A hold that a newer list no longer has is over.
            Self::OnHold { this_update, .. } | Self::Good { this_update, .. } => (4, this_update.unix_timestamp()),
            Self::RevokedLater { .. } => (4, i64::MAX),
            Self::Stale { this_update, .. } => (2, this_update.unix_timestamp()),
            Self::NotNeeded | Self::NotChecked | Self::NoEvidence { .. } => (0, 0),
        }
    }
}

/// One piece of revocation evidence that spoke, or was offered to speak, of one certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RevocationEvidence {
    /// A revocation list.
    Crl {
        /// Its place in the lists that the review was given.
        index: usize,
        /// The list.
        crl: Crl,
        /// Whether it was made after the instant in question.
        later: bool,
        /// Why it does not count; `None`: signature, signer, scope and times were checked, and it does.
        rejection: Option<CrlRejection>,
    },
    /// An OCSP response.
    Ocsp {
        /// Its place in the responses that the review was given.
        index: usize,
        /// The response.
        response: OcspResponse,
        /// What it proves of the certificate, or why it proves nothing.
        judgement: Box<OcspJudgement>,
    },
}

impl RevocationEvidence {
    /// Whether it counts.
    pub fn counts(&self) -> bool {
        match self {
            Self::Crl { rejection, .. } => rejection.is_none(),
            Self::Ocsp { judgement, .. } => judgement.is_ok(),
        }
    }

    /// Code of why it does not count.
    pub fn rejection(&self) -> Option<&'static str> {
        match self {
            Self::Crl { rejection, .. } => rejection.as_ref().map(CrlRejection::code),
            Self::Ocsp { judgement, .. } => judgement.as_ref().as_ref().err().map(OcspRejection::code),
        }
    }

    /// SHA-256 of its DER in lower-case hex.
    pub fn sha256(&self) -> String {
        let der = match self {
            Self::Crl { crl, .. } => &crl.der,
            Self::Ocsp { response, .. } => &response.der,
        };
        cartorio_core::Digest::of(cartorio_core::HashAlgorithm::Sha256, der).to_hex()
    }
}

/// What is known of each certificate of a path.
pub(super) struct Known {
    pub(super) status: Revocation,
    pub(super) evidence: Vec<RevocationEvidence>,
}

impl Known {
    pub(super) const fn nothing(status: Revocation) -> Self {
        Self { status, evidence: Vec::new() }
    }

    fn take(&mut self, status: Revocation) {
        if status.precedence() > self.status.precedence() {
            self.status = status;
        }
    }
}

/// The lists that a path is verified with, and how often it may be verified again.
pub(super) struct Lists<'a> {
    pub(super) all: &'a [Crl],
    /// Places in `all` of those that may speak of the path.
    pub(super) relevant: Vec<usize>,
}

/// Verifications of one path that revocation may cost beyond the first.
const MAX_AGAIN: usize = 10;
/// Those beyond them for lists made after the instant in question.
const MAX_LATER: usize = 24;
/// Lists whose every failure fits into [`MAX_AGAIN`]: they are found out by asking again.
const FEW: usize = 4;

impl Lists<'_> {
    /// The handles that the engine takes, in the order of `relevant`; lists that it cannot read are left out.
    pub(super) fn readable(all: &[Crl], relevant: Vec<usize>) -> Vec<usize> {
        relevant.into_iter().filter(|index| all[*index].engine().is_ok()).collect()
    }

    fn get(&self, place: usize) -> Option<(usize, &Crl)> {
        let index = *self.relevant.get(place)?;
        Some((index, &self.all[index]))
    }
}

/// Reads what the engine found, and asks it again where a bogus list stood before a good one, and for every list made after
/// the instant in question, which may know of a revocation before it.
///
/// `again` asks other lists about the same path, as of another instant. Unless `explained`, no evidence is gathered, only the
/// status.
pub(super) fn from_lists(
    certificates: &[Certificate],
    mut lists: Lists<'_>,
    outcome: Outcome,
    at: OffsetDateTime,
    explained: bool,
    again: &mut dyn FnMut(&[usize], OffsetDateTime) -> Option<Outcome>,
) -> Vec<Known> {
    let mut known: Vec<Known> =
        certificates.iter().map(|_| Known::nothing(Revocation::NoEvidence { rejected: Vec::new() })).collect();
    let mut budget = MAX_AGAIN;
    let mut first = outcome;
    loop {
        let bogus = bogus(&first);
        if bogus.is_empty() || budget == 0 {
            break;
        }
        budget -= 1;
        if explained {
            reject(&mut known, &lists, &bogus, &first, certificates.len());
        }
        let mut gone: Vec<usize> = bogus.iter().map(|error| error.1).collect();
        if lists.relevant.len() > FEW {
            gone.extend(unsigned(certificates, &lists));
        }
        lists.relevant = keep(&lists.relevant, &gone);
        match again(&lists.relevant, at) {
            Some(outcome) => first = outcome,
            None => return known,
        }
    }
    read(&mut known, certificates, &lists, &first, at, explained);

    for moment in later_moments(certificates, &lists, at).into_iter().take(MAX_LATER) {
        if let Some(outcome) = again(&lists.relevant, moment) {
            read(&mut known, certificates, &lists, &outcome, at, explained);
        }
    }
    if !explained {
        return known;
    }
    for (depth, known) in known.iter_mut().enumerate() {
        let issuer = certificates.get(depth + 1);
        if let (Revocation::NoEvidence { rejected }, Some(issuer)) = (&mut known.status, issuer) {
            explain(&certificates[depth], issuer, &lists, &mut known.evidence);
            *rejected = known
                .evidence
                .iter()
                .filter_map(|evidence| match evidence {
                    RevocationEvidence::Crl { rejection, .. } => rejection.clone(),
                    RevocationEvidence::Ocsp { .. } => None,
                })
                .collect();
        }
    }
    known
}

/// Instants after `at` at which lists were made that may say more. Of each issuer the last one comes first, which knows of
/// every revocation; then the first one, which still speaks of a certificate that has ended since, however many came later; then
/// those around the end of each certificate, which know of what happened to it later than that. The others come last, the newest
/// first.
fn later_moments(certificates: &[Certificate], lists: &Lists<'_>, at: OffsetDateTime) -> Vec<OffsetDateTime> {
    let later = || lists.relevant.iter().map(|index| &lists.all[*index]).filter(|list| list.this_update > at);
    let mut issuers: Vec<&str> = Vec::new();
    for issuer in
        certificates.iter().map(|own| own.issuer.comparable()).chain(later().map(|own| own.issuer.comparable()))
    {
        if !issuers.contains(&issuer) {
            issuers.push(issuer);
        }
    }
    let made = |issuer: &str| {
        let issuer = issuer.to_owned();
        later().filter(move |list| list.issuer.comparable() == issuer).map(|list| list.this_update)
    };
    let last = issuers.iter().filter_map(|issuer| made(issuer).max());
    let first = issuers.iter().filter_map(|issuer| made(issuer).min());
    let around_end = certificates.iter().flat_map(|own| {
        let (end, issuer) = (own.validity.not_after, own.issuer.comparable());
        let before = made(issuer).filter(|moment| *moment <= end).max();
        // Who was revoked stays on one list made after the end (RFC 5280 §3.3).
        before.into_iter().chain(made(issuer).filter(|moment| *moment > end).min())
    });
    let mut others: Vec<OffsetDateTime> = later().map(|list| list.this_update).collect();
    others.sort_unstable_by(|one, other| other.cmp(one));
    let mut moments: Vec<OffsetDateTime> = Vec::new();
    for moment in last.chain(first).chain(around_end).chain(others) {
        if !moments.contains(&moment) {
            moments.push(moment);
        }
    }
    moments
}

/// Adds what OCSP responses say. `lists` may have their responders as revoked.
pub(super) fn from_responses(
    known: &mut [Known],
    certificates: &[Certificate],
    responses: &[OcspResponse],
    lists: &[Crl],
    at: OffsetDateTime,
) {
    for (depth, pair) in certificates.windows(2).enumerate() {
        for (index, response) in responses.iter().enumerate() {
            let judgement = response.status_of_with(&pair[0], &pair[1], at, lists);
            if matches!(judgement, Err(OcspRejection::OtherCertificate)) {
                continue;
            }
            match &judgement {
                Ok(evidence) => {
                    let (this_update, next_update) = (evidence.this_update, evidence.next_update);
                    match evidence.status {
                        OcspStatus::Good => known[depth].take(Revocation::Good { this_update, next_update }),
                        OcspStatus::Revoked { at, reason } => {
                            known[depth].take(Revocation::Revoked { at, reason, this_update });
                        }
                        OcspStatus::OnHold { at } => known[depth].take(Revocation::OnHold { at, this_update }),
                        OcspStatus::RevokedLater { at, reason } => {
                            known[depth].take(Revocation::RevokedLater { at, reason });
                        }
                        OcspStatus::Unknown => {}
                    }
                }
                Err(OcspRejection::Stale { this_update, next_update }) => {
                    let (this_update, next_update) = (*this_update, *next_update);
                    known[depth].take(Revocation::Stale { this_update, next_update });
                }
                Err(_) => {}
            }
            let judgement = Box::new(judgement);
            known[depth].evidence.push(RevocationEvidence::Ocsp { index, response: response.clone(), judgement });
        }
    }
}

/// Errors that are a list's own fault: another list may be better.
fn bogus(outcome: &Outcome) -> Vec<(PathError, usize)> {
    outcome
        .errors
        .iter()
        .filter(|error| !error.nested && is_bogus(error.code))
        .filter_map(|error| Some((*error, error.crl?)))
        .collect()
}

const fn is_bogus(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::CRL_SIGNATURE_FAILURE
            | ErrorCode::UNABLE_TO_DECRYPT_CRL_SIGNATURE
            | ErrorCode::KEYUSAGE_NO_CRL_SIGN
            | ErrorCode::UNABLE_TO_GET_CRL_ISSUER
            | ErrorCode::CRL_PATH_VALIDATION_ERROR
            | ErrorCode::UNHANDLED_CRITICAL_CRL_EXTENSION
            | ErrorCode::ERROR_IN_CRL_LAST_UPDATE_FIELD
            | ErrorCode::ERROR_IN_CRL_NEXT_UPDATE_FIELD
            | ErrorCode::DIFFERENT_CRL_SCOPE
    )
}

fn reject(known: &mut [Known], lists: &Lists<'_>, bogus: &[(PathError, usize)], outcome: &Outcome, length: usize) {
    for (error, place) in bogus {
        let (Some((index, crl)), true) = (lists.get(*place), error.depth + 1 < length) else {
            continue;
        };
        let rejection = match error.code {
            ErrorCode::KEYUSAGE_NO_CRL_SIGN => CrlRejection::MissingCrlSign,
            ErrorCode::UNABLE_TO_GET_CRL_ISSUER => CrlRejection::SignerMissing,
            ErrorCode::UNHANDLED_CRITICAL_CRL_EXTENSION => CrlRejection::UnknownCriticalExtension,
            ErrorCode::DIFFERENT_CRL_SCOPE => CrlRejection::OutOfScope,
            ErrorCode::CRL_PATH_VALIDATION_ERROR => CrlRejection::SignerPathInvalid {
                errors: outcome.errors.iter().filter(|error| error.nested).map(|error| error.code.name()).collect(),
            },
            ErrorCode::ERROR_IN_CRL_LAST_UPDATE_FIELD | ErrorCode::ERROR_IN_CRL_NEXT_UPDATE_FIELD => {
                CrlRejection::Malformed
            }
            _ => CrlRejection::SignatureWrong,
        };
        let evidence = RevocationEvidence::Crl { index, crl: crl.clone(), later: false, rejection: Some(rejection) };
        if !known[error.depth].evidence.contains(&evidence) {
            known[error.depth].evidence.push(evidence);
        }
    }
}

/// Places of direct lists by the name of a certificate of the path, but not by its key: dozens of them must not cost
/// dozens of verifications.
fn unsigned(certificates: &[Certificate], lists: &Lists<'_>) -> Vec<usize> {
    let own_key = |crl: &Crl| {
        certificates.iter().filter(|own| own.subject == crl.issuer).map(|own| crl.check_issuer(own)).collect::<Vec<_>>()
    };
    (0..lists.relevant.len())
        .filter(|place| {
            lists.get(*place).is_some_and(|(_, crl)| {
                let checks = own_key(crl);
                !checks.is_empty() && checks.iter().all(|check| matches!(check, Err(CrlRejection::SignatureWrong)))
            })
        })
        .collect()
}

fn keep(relevant: &[usize], gone: &[usize]) -> Vec<usize> {
    relevant.iter().enumerate().filter(|(place, _)| !gone.contains(place)).map(|(_, index)| *index).collect()
}

/// Takes over what one verification says of each certificate below the top.
fn read(
    known: &mut [Known],
    certificates: &[Certificate],
    lists: &Lists<'_>,
    outcome: &Outcome,
    at: OffsetDateTime,
    explained: bool,
) {
    for depth in 0..certificates.len().saturating_sub(1) {
        let uses: Vec<&CrlUse> = outcome.uses.iter().filter(|used| used.depth == depth).collect();
        let errors = || outcome.errors.iter().filter(move |error| !error.nested && error.depth == depth);
        let broken = |used: &CrlUse| errors().any(|error| error.crl == Some(used.crl) && is_bogus(error.code));
        let sound = || uses.iter().filter(|used| !broken(used));
        let status = sound().find_map(|used| entry(used, lists, at)).or_else(|| {
            let incomplete = errors().any(|error| is_bogus(error.code) || error.code == ErrorCode::UNABLE_TO_GET_CRL);
            let (_, crl) = sound().next_back().filter(|_| !incomplete).and_then(|used| lists.get(used.crl))?;
            let expired = errors().any(|error| error.code == ErrorCode::CRL_HAS_EXPIRED);
            Some(absent(&certificates[depth], crl, expired, at))
        });
        // A list that alone covers too little has spoken, but settled nothing.
        for used in sound().filter(|_| explained && status.is_some()) {
            let Some((index, crl)) = lists.get(used.crl) else {
                continue;
            };
            let rejection =
                matches!(status, Some(Revocation::NoEvidence { .. })).then_some(CrlRejection::WeakSignature);
            let evidence = RevocationEvidence::Crl { index, crl: crl.clone(), later: crl.this_update > at, rejection };
            if !known[depth].evidence.contains(&evidence) {
                known[depth].evidence.push(evidence);
            }
        }
        if let Some(status) = status {
            known[depth].take(status);
        }
    }
}

/// What an entry says as of `at`.
fn entry(used: &CrlUse, lists: &Lists<'_>, at: OffsetDateTime) -> Option<Revocation> {
    let (_, crl) = lists.get(used.crl)?;
    match used.entry? {
        RevokedEntry::Removed => None,
        RevokedEntry::Revoked { at: since, reason } => {
            let reason = reason.and_then(RevocationReason::from_number);
            Some(if since > at {
                Revocation::RevokedLater { at: since, reason }
            } else if reason == Some(RevocationReason::CertificateHold) {
                Revocation::OnHold { at: since, this_update: crl.this_update }
            } else {
                Revocation::Revoked { at: since, reason, this_update: crl.this_update }
            })
        }
    }
}

/// What it says that a list has no entry.
fn absent(certificate: &Certificate, crl: &Crl, expired: bool, at: OffsetDateTime) -> Revocation {
    let (this_update, next_update) = (crl.this_update, crl.next_update);
    // A list whose own signature is weak may condemn, not absolve: it could have been made by anybody.
    if crl.signature_algorithm.is_weak() && !algorithms::hash_was_usual(&crl.signature_algorithm, at) {
        return Revocation::NoEvidence { rejected: vec![CrlRejection::WeakSignature] };
    }
    // CAs drop expired certificates from their lists (RFC 5280 §5): one made after the end says nothing.
    if expired || this_update > certificate.validity.not_after {
        return Revocation::Stale { this_update, next_update };
    }
    // A list made after the moment in question knows that moment too.
    Revocation::Good { this_update, next_update }
}

/// Why lists by the right name were never used.
fn explain(certificate: &Certificate, issuer: &Certificate, lists: &Lists<'_>, evidence: &mut Vec<RevocationEvidence>) {
    for index in
        lists.all.iter().enumerate().filter(|(_, crl)| crl.issuer == certificate.issuer).map(|(index, _)| index)
    {
        let told =
            |own: &RevocationEvidence| matches!(own, RevocationEvidence::Crl { index: own, .. } if *own == index);
        if evidence.iter().any(told) || evidence.len() >= MAX_EXPLAINED {
            continue;
        }
        let crl = lists.all[index].clone();
        let rejection = Some(crl.check_issuer(issuer).err().unwrap_or(CrlRejection::OutOfScope));
        evidence.push(RevocationEvidence::Crl { index, crl, later: false, rejection });
    }
}

/// Lists whose rejection is explained for one certificate.
const MAX_EXPLAINED: usize = 32;

/// The engine's handles of lists.
pub(super) fn handles<'a>(all: &'a [Crl], relevant: &[usize]) -> Vec<&'a cartorio_engine::Crl> {
    relevant.iter().filter_map(|index| all[*index].engine().ok()).collect()
}

/// The engine's handles of certificates; `None` when one cannot be read by it.
pub(super) fn engine_path(certificates: &[Certificate]) -> Option<Vec<&Cert>> {
    certificates.iter().map(|certificate| certificate.engine().ok()).collect()
}
