//! Which list or answer goes into a signature: one that decides, fresh, and small where there is a choice.

use cartorio_pki::chain::{Revocation, RevocationEvidence, Step};
use cartorio_pki::{Certificate, Crl, OcspResponder, OcspResponse, OcspStatus};
use time::{Duration, OffsetDateTime};

/// What says how a certificate stands.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// A list.
    List(Crl),
    /// An answer, with the responder's certificate where it is not the issuer itself, and whether its own revocation is asked
    /// for (no id-pkix-ocsp-nocheck).
    Answer {
        response: OcspResponse,
        responder: Option<(Certificate, bool)>,
        this_update: OffsetDateTime,
        next_update: Option<OffsetDateTime>,
    },
}

impl Piece {
    pub(super) fn this_update(&self) -> OffsetDateTime {
        match self {
            Self::List(list) => list.this_update,
            Self::Answer { this_update, .. } => *this_update,
        }
    }

    pub(super) fn next_update(&self) -> Option<OffsetDateTime> {
        match self {
            Self::List(list) => list.next_update,
            Self::Answer { next_update, .. } => *next_update,
        }
    }
}

/// An answer that is older than the newest list by less than this is taken for the list: it is a hundredth of its size.
const ANSWER_BEFORE_LIST: Duration = Duration::DAY;

/// What decides about the certificate of `step` as of `at`; `None` where nothing does.
///
/// Of a responder (`is_responder`) its own answers are not taken: nobody vouches for oneself.
pub(super) fn choose(step: &Step, at: OffsetDateTime, is_responder: bool) -> Option<Vec<Piece>> {
    let condemned = match step.revocation {
        Revocation::NotNeeded | Revocation::NotChecked => return Some(Vec::new()),
        Revocation::NoEvidence { .. } | Revocation::Stale { .. } => return None,
        Revocation::Revoked { .. } | Revocation::OnHold { .. } | Revocation::RevokedLater { .. } => true,
        Revocation::Good { .. } => false,
    };
    let serial = &step.certificate.serial;
    let mut lists = Vec::new();
    let mut answers = Vec::new();
    for evidence in step.evidence.iter().filter(|own| own.counts()) {
        match evidence {
            RevocationEvidence::Crl { crl, .. } => {
                let says_so = crl.revoked.iter().any(|own| own.serial == *serial);
                let fresh = crl.this_update >= at || crl.next_update.is_some_and(|next| next >= at);
                if if condemned { says_so } else { fresh } {
                    lists.push(crl.clone());
                }
            }
            RevocationEvidence::Ocsp { response, judgement, .. } => {
                let Ok(judged) = judgement.as_ref() else { continue };
                let decides = match judged.status {
                    OcspStatus::Good => !condemned,
                    OcspStatus::Revoked { .. } | OcspStatus::OnHold { .. } | OcspStatus::RevokedLater { .. } => {
                        condemned
                    }
                    OcspStatus::Unknown => false,
                };
                let responder = match &judged.responder {
                    OcspResponder::Issuer => None,
                    OcspResponder::Delegated { certificate, no_check } => Some((certificate.clone(), !*no_check)),
                };
                let own_word = is_responder && responder.as_ref().is_some_and(|(own, _)| *own == step.certificate);
                if decides && !own_word {
                    answers.push(Piece::Answer {
                        response: response.clone(),
                        responder,
                        this_update: judged.this_update,
                        next_update: judged.next_update,
                    });
                }
            }
        }
    }
    let newest_list = lists.iter().map(|own| own.this_update).max();
    // Of answers that were made in the same second, the one that asks for less further evidence.
    let burden = |own: &Piece| matches!(own, Piece::Answer { responder: Some((_, true)), .. });
    let answer = answers.into_iter().max_by_key(|own| (own.this_update(), !burden(own)));
    match (answer, newest_list) {
        (Some(answer), None) => Some(vec![answer]),
        (Some(answer), Some(list)) if answer.this_update() + ANSWER_BEFORE_LIST >= list => Some(vec![answer]),
        (_, Some(newest)) => {
            let delta = lists.iter().any(|own| own.is_delta);
            // A delta list speaks together with its base.
            let taken = lists.into_iter().filter(|own| delta || own.this_update == newest).map(Piece::List);
            Some(if delta { taken.collect() } else { taken.take(1).collect() })
        }
        (None, None) => None,
    }
}
