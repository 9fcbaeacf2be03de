//! How the signer's own certificate stands, known before the key is asked: who is revoked signs nothing, at no level.

use std::collections::HashMap;
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use cartorio_pki::RevocationReason;
use tokio::sync::Mutex;

use super::SigningIdentity;
use super::error::SignError;
use super::targets::problem_of;
use crate::OfficeResult;
use crate::material::{self, Material, Sources};
use crate::session::Session;

/// What is known of the signer of a batch: ten thousand documents ask once.
#[derive(Default)]
pub(crate) struct OwnStanding(Mutex<Option<(Instant, Standing)>>);

/// Who is revoked meanwhile signs no longer than this. Nobody is asked more often, in vain or not, as long as a batch goes on.
const KEPT: Duration = Duration::from_secs(600);

/// How long an answer is waited for where the level needs none.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was answered of whom in a session, by the certificate's fingerprint: when, and whether it holds by that; otherwise nobody said.
/// It stands for the network alone: what is at hand is looked at each time.
#[derive(Debug, Default)]
pub(crate) struct Asked(StdMutex<HashMap<String, (Instant, bool)>>);

impl Asked {
    fn lately(&self, certificate: &str) -> Option<bool> {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(certificate).filter(|(since, _)| since.elapsed() < KEPT).map(|(_, holds)| *holds)
    }

    fn note(&self, certificate: String, holds: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(certificate, (Instant::now(), holds));
    }

    fn forget(&self, certificate: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(certificate);
    }
}

/// How a certificate stands, and those above it.
#[derive(Clone, Debug)]
pub(crate) enum Standing {
    /// A list or an answer says of each of them that it holds.
    Holds,
    /// One of them is revoked, or on hold.
    Revoked(SignError),
    /// Nobody says so of each of them: what is missing first.
    Unknown(SignError),
}

impl Standing {
    fn of(found: &Material) -> Self {
        match found.revoked.first() {
            Some(own) => Self::Revoked(SignError::SignerRevoked {
                name: own.name.clone(),
                date: own.at.date().to_string(),
                reason: own.reason.map(RevocationReason::code).unwrap_or_default(),
                on_hold: own.on_hold,
            }),
            None => problem_of(found).map_or(Self::Holds, Self::Unknown),
        }
    }

    /// What is known of `identity` now: by what is at hand, and where that does not decide it, by whom its certificates name, if they
    /// may be asked. `needed`: whether evidence for all of them has to be had, however long that takes; then they are asked in any case.
    ///
    /// # Errors
    /// Only for defects of the program.
    pub(crate) async fn look(
        session: &Session,
        sources: &Sources,
        identity: &SigningIdentity,
        needed: bool,
    ) -> OfficeResult<Self> {
        let (target, now) = (std::slice::from_ref(&identity.certificate), sources.now());
        let at_hand = Self::of(&material::evidence_for(&sources.at_hand(), target, &identity.chain, now).await?);
        let decided = match at_hand {
            Self::Revoked(_) => true,
            Self::Holds => !needed,
            Self::Unknown(_) => false,
        };
        if decided || !sources.is_online() {
            return Ok(at_hand);
        }
        let certificate = identity.certificate.fingerprint();
        if let Some(holds) = session.asked.lately(&certificate).filter(|_| !needed) {
            return Ok(if holds { Self::Holds } else { at_hand });
        }
        let apart = sources.apart();
        let asked = material::evidence_for(&apart, target, &identity.chain, now);
        let found = if needed {
            Some(asked.await?)
        } else {
            // Where there is no network, a signature that needs none does not wait for it.
            tokio::time::timeout(PATIENCE, asked).await.ok().transpose()?
        };
        let standing = found.as_ref().map_or(at_hand, Self::of);
        match standing {
            Self::Holds => session.asked.note(certificate, true),
            Self::Unknown(_) => session.asked.note(certificate, false),
            // It may be only on hold: asked anew each time.
            Self::Revoked(_) => session.asked.forget(&certificate),
        }
        sources.take_lists(apart).await;
        Ok(standing)
    }
}

impl OwnStanding {
    /// As [`Standing::look`], once for a batch.
    pub(super) async fn get(
        &self,
        session: &Session,
        sources: &Sources,
        identity: &SigningIdentity,
        needed: bool,
    ) -> OfficeResult<Standing> {
        let mut kept = self.0.lock().await;
        if let Some((since, standing)) = &*kept
            && since.elapsed() < KEPT
        {
            return Ok(standing.clone());
        }
        let standing = Standing::look(session, sources, identity, needed).await?;
        *kept = Some((Instant::now(), standing.clone()));
        Ok(standing)
    }

    /// Asks again with the next document: somebody has seen to it.
    pub(super) async fn forget(&self, session: &Session, identity: &SigningIdentity) {
        session.asked.forget(&identity.certificate.fingerprint());
        *self.0.lock().await = None;
    }
}
