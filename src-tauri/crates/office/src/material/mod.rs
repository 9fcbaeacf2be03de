//! What a level of signature needs beyond the signature: time stamps, certificates, lists and OCSP answers.
//!
//! Everything is asked of the network only where the caller gave one ([`Sources::offline`] asks nobody and says what is missing).
//! Addresses out of certificates are fetched under [`cartorio_net::Reach::Public`]; a time-stamping authority that the office
//! chose may be anywhere. What was fetched is judged before it counts, and kept in the trust store for the next time.
//!
//! | module | what |
//! |---|---|
//! | `stamp` | time stamps, from the first authority that gives one that holds |
//! | `authorities` | which certificates authorities stamped with before |
//! | `gather` | evidence for every certificate below the roots |
//! | `choose` | which of the evidence goes into a signature |
//! | `quiet` | which authorities did not answer a moment ago |
//! | `fetch` | issuers, lists and OCSP answers from the network |
//! | `file` | evidence that a person gives in files |
//! | `tsa_store` | the office's authorities and their secrets |

mod authorities;
mod choose;
mod error;
mod fetch;
mod file;
mod gather;
mod quiet;
mod stamp;
pub(crate) mod tsa_store;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cartorio_ades::validate::inside::Evidence as Inside;
use cartorio_core::{Clock, WireError};
use cartorio_net::{Auth, Fetch, Fetcher, Reach};
use cartorio_pki::{Certificate, Crl, OcspResponse, RevocationReason, legal};
use der::asn1::ObjectIdentifier as Oid;
use time::OffsetDateTime;
use tokio::sync::Mutex;

pub(crate) use authorities::{Authorities, Seen};
pub(crate) use error::MaterialError;
pub(crate) use file::evidence_in;
pub(crate) use gather::{evidence_for, evidence_with};
pub(crate) use stamp::{CLOCK_TOLERANCE, Stamped, authority_until, stamp};

use crate::OfficeResult;
use crate::certificates::Evidence;
use crate::office::Office;
use crate::trust::{Found as Brought, Place};

/// Where time stamps and evidence come from. One for each job: what was fetched is asked for once.
pub(crate) struct Sources {
    net: Option<Network>,
    evidence: Evidence,
    given: Given,
    tsas: Vec<Tsa>,
    place: Option<Place>,
    seen: Seen,
    clock: Arc<dyn Clock>,
    found: Mutex<Found>,
    quiet: quiet::Quiet,
}

/// The ways to the network.
#[derive(Clone)]
pub(crate) struct Network {
    /// To addresses that certificates name.
    pub(crate) named: Arc<dyn Fetch>,
    /// To servers that the office chose.
    pub(crate) chosen: Arc<dyn Fetch>,
}

/// What a person gave with the documents: it counts like what is kept, if its signatures hold.
#[derive(Clone, Default)]
pub(crate) struct Given {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) crls: Vec<Crl>,
    pub(crate) ocsps: Vec<OcspResponse>,
}

impl Given {
    /// What a document has inside; what cannot be read proves nothing.
    pub(crate) fn of_document(inside: &Inside) -> Self {
        let mut given = Self::default();
        given.take(inside);
        given
    }

    /// Adds what `other` has and this has not.
    pub(crate) fn join(&mut self, other: Self) {
        other.certificates.iter().for_each(|own| gather::push_new(&mut self.certificates, own));
        other.crls.iter().for_each(|own| gather::push_new(&mut self.crls, own));
        other.ocsps.iter().for_each(|own| gather::push_new(&mut self.ocsps, own));
    }

    /// Adds what is not there yet.
    pub(crate) fn take(&mut self, inside: &Inside) {
        for own in inside.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()) {
            if !self.certificates.contains(&own) {
                self.certificates.push(own);
            }
        }
        for own in inside.crls.iter().filter_map(|der| Crl::from_der(der).ok()) {
            if !self.crls.iter().any(|known| known.der == own.der) {
                self.crls.push(own);
            }
        }
        let whole = inside.ocsps.iter().filter_map(|der| OcspResponse::from_der(der).ok());
        let basic = inside.basic_ocsps.iter().filter_map(|der| OcspResponse::from_basic_der(der).ok());
        for own in whole.chain(basic) {
            if !self.ocsps.contains(&own) {
                // A responder's certificate may be needed for its own path.
                self.certificates.extend(own.basic.iter().flat_map(|basic| basic.certificates.iter().cloned()));
                self.ocsps.push(own);
            }
        }
    }
}

/// A time-stamping authority.
pub(crate) struct Tsa {
    pub(crate) name: String,
    pub(crate) url: String,
    /// What it is asked with, or why that is not to be had.
    pub(crate) auth: Result<Auth, WireError>,
    pub(crate) policy: Option<Oid>,
    pub(crate) timeout: Duration,
}

impl Sources {
    /// Sources of `evidence` alone: nobody is asked.
    pub(crate) fn offline(evidence: Evidence, clock: Arc<dyn Clock>) -> Self {
        Self {
            net: None,
            evidence,
            given: Given::default(),
            tsas: Vec::new(),
            place: None,
            seen: Seen::default(),
            clock,
            found: Mutex::default(),
            quiet: quiet::Quiet::default(),
        }
    }

    /// The same roots and clock with `inside` alone: what a document proves by itself.
    pub(crate) fn alone(&self, inside: Given) -> Self {
        Self::offline(self.evidence.roots(), Arc::clone(&self.clock)).given(inside)
    }

    /// Everything that is at hand, without the network.
    pub(crate) fn at_hand(&self) -> Self {
        Self::offline(self.evidence.clone(), Arc::clone(&self.clock)).given(self.given.clone())
    }

    /// The same ways to evidence, as if nobody had been asked yet, and nothing of it is kept: an answer of before a time stamp does not stand
    /// in for one of after it.
    pub(crate) fn apart(&self) -> Self {
        Self { net: self.net.clone(), ..self.at_hand() }
    }

    /// Takes over the issuers and lists that `other` fetched, which do not change with the minute, as answers do.
    pub(crate) async fn take_lists(&self, other: Self) {
        let other = other.found.into_inner();
        let mut found = self.found.lock().await;
        other.certificates.iter().for_each(|own| gather::push_new(&mut found.certificates, own));
        other.crls.iter().for_each(|own| gather::push_new(&mut found.crls, own));
    }

    /// Asks whoever failed again at the next need: somebody has seen to it.
    pub(crate) async fn ask_again(&self) {
        let mut found = self.found.lock().await;
        found.asked.retain(|_, (_, error)| error.is_none());
        found.gathered.retain(|_, (_, material)| material.missing.is_empty());
    }

    /// With the network, and the authorities that are asked for time stamps, in order.
    #[must_use]
    pub(crate) fn online(mut self, net: Network, tsas: Vec<Tsa>) -> Self {
        self.net = Some(net);
        self.tsas = tsas;
        self
    }

    /// With the authorities alone, so that an offline job can say which would have been asked.
    #[must_use]
    pub(crate) fn with_authorities(mut self, tsas: Vec<Tsa>) -> Self {
        self.tsas = tsas;
        self
    }

    /// With what a person gave.
    #[must_use]
    pub(crate) fn given(mut self, given: Given) -> Self {
        self.given = given;
        self
    }

    /// Keeps what is fetched in this trust store.
    #[must_use]
    pub(crate) fn keeping(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Knows, and remembers for others, which certificates the authorities stamp with.
    #[must_use]
    pub(crate) fn remembering(mut self, seen: Seen) -> Self {
        self.seen = seen;
        self
    }

    /// Who would be asked for a time stamp, and what is known of them.
    pub(crate) fn authorities(&self) -> Authorities {
        self.seen.authorities(self.tsas.iter().map(|own| own.url.as_str()))
    }

    /// Whether the network may be asked.
    pub(crate) const fn is_online(&self) -> bool {
        self.net.is_some()
    }

    /// What time it is.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Whether there is anybody to ask for a time stamp.
    pub(crate) fn has_authorities(&self) -> bool {
        !self.tsas.is_empty()
    }

    /// Roots that count, those of ICP-Brasil in `at_hand` among them: they are known to the byte, wherever they come from.
    pub(crate) fn anchors(&self, at_hand: &[Certificate]) -> Vec<Certificate> {
        let official = at_hand.iter().filter(|own| legal::is_icp_brasil_root(own));
        self.evidence.anchors.iter().chain(official).cloned().collect()
    }

    /// Puts what was fetched into the trust store. A clerk may not change that store, and a failure to keep costs no signature:
    /// the evidence is in hand, and would be fetched again.
    async fn keep(&self, found: &mut Found) {
        let new = std::mem::take(&mut found.new);
        let (Some(place), false) = (&self.place, new.crls.is_empty() && new.ocsps.is_empty()) else { return };
        if place.require().is_ok() {
            let brought =
                Brought { lists: new.crls, responses: new.ocsps, subjects: new.certificates, ..Brought::default() };
            let _ = crate::trust::keep(place, brought, self.clock.now()).await;
        }
    }
}

impl Office {
    /// Sources for one job: the office's evidence and authorities, the network unless `offline`.
    #[cfg(test)]
    pub(crate) async fn sources(&self, offline: bool, given: Given) -> OfficeResult<Sources> {
        self.sources_with(offline, given, Vec::new()).await
    }

    /// Sources for one job: the office's evidence, these authorities before its own, the network unless `offline`.
    pub(crate) async fn sources_with(&self, offline: bool, given: Given, first: Vec<Tsa>) -> OfficeResult<Sources> {
        let evidence = self.evidence_here().await?;
        let mut tsas = first;
        if let Some(session) = self.maybe_session().await? {
            tsas.extend(tsa_store::load(&session).await?);
        }
        let sources = Sources::offline(evidence, Arc::clone(&self.ports.clock)).given(given);
        let sources = sources.keeping(self.trust_place().await?).remembering(self.seen.clone());
        Ok(if offline { sources.with_authorities(tsas) } else { sources.online(self.network(), tsas) })
    }

    /// The ways to the network. Where a test or terminal put another one in, it is used for both.
    pub(crate) fn network(&self) -> Network {
        match self.net.get() {
            Some(other) => Network { named: Arc::clone(other), chosen: Arc::clone(other) },
            None => {
                Network { named: Arc::new(Fetcher::new(Reach::Public)), chosen: Arc::new(Fetcher::new(Reach::Chosen)) }
            }
        }
    }
}

/// What goes into signatures so that they can be judged for good (ETSI EN 319 102-1 past validation): every certificate, and a
/// list or answer for each of them below the roots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Material {
    /// Certificates of every path, those of OCSP responders too, roots included; each once.
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) crls: Vec<Crl>,
    pub(crate) ocsps: Vec<OcspResponse>,
    /// The path of every certificate that was looked at, each from that certificate up.
    pub(crate) paths: Vec<Vec<Certificate>>,
    /// What proves what.
    pub(crate) proofs: Vec<Proof>,
    /// Certificates that were revoked or on hold at the instant in question.
    pub(crate) revoked: Vec<RevokedOne>,
    /// Roots in which the paths end.
    pub(crate) roots: Vec<Root>,
    /// What was not to be had.
    pub(crate) missing: Vec<Missing>,
}

impl Material {
    /// The path of `target`, its own certificate first.
    pub(crate) fn path_of(&self, target: &Certificate) -> Option<&[Certificate]> {
        self.paths.iter().find(|path| path.first() == Some(target)).map(Vec::as_slice)
    }

    /// Adds what `other` has and this has not.
    pub(crate) fn join(&mut self, other: Self) {
        other.certificates.iter().for_each(|own| gather::push_new(&mut self.certificates, own));
        other.crls.iter().for_each(|own| gather::push_new(&mut self.crls, own));
        other.ocsps.iter().for_each(|own| gather::push_new(&mut self.ocsps, own));
        other.paths.iter().for_each(|own| gather::push_new(&mut self.paths, own));
        for own in other.proofs {
            if !self.proofs.contains(&own) {
                self.proofs.push(own);
            }
        }
        for own in other.roots {
            if !self.roots.iter().any(|known| known.certificate == own.certificate) {
                self.roots.push(own);
            }
        }
        self.revoked.extend(other.revoked);
        self.missing.extend(other.missing);
    }

    /// When the first of the lists and answers is outdated: the next update that comes first.
    pub(crate) fn next_update(&self) -> Option<OffsetDateTime> {
        self.proofs.iter().filter_map(|own| own.next_update).min()
    }
}

/// One certificate, and what says how it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Proof {
    /// Holder of the certificate.
    pub(crate) name: String,
    /// `crl` or `ocsp`.
    pub(crate) kind: &'static str,
    pub(crate) this_update: OffsetDateTime,
    pub(crate) next_update: Option<OffsetDateTime>,
}

/// A certificate that does not hold.
#[derive(Clone, Debug)]
pub(crate) struct RevokedOne {
    pub(crate) name: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) reason: Option<RevocationReason>,
    /// Whether it is on hold only.
    pub(crate) on_hold: bool,
}

/// A root in which a path ends.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) certificate: Certificate,
    /// Whether it counts here.
    pub(crate) trusted: bool,
}

/// A certificate for which something is missing.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    /// SHA-256 of the certificate.
    pub(crate) certificate: String,
    /// Its holder.
    pub(crate) name: String,
    pub(crate) what: MissingWhat,
    pub(crate) why: MissingWhy,
    /// What was tried, in order.
    pub(crate) tries: Vec<Attempt>,
    /// Codes of why what is there about it does not count.
    pub(crate) refused: Vec<&'static str>,
    /// Until when what is there was right, where that was before the instant in question.
    pub(crate) until: Option<OffsetDateTime>,
    /// Issuers of lists, and holders of certificates in answers, that somebody chose for this job and that speak of nobody in it.
    pub(crate) strangers: Vec<String>,
}

/// What is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MissingWhat {
    /// The certificate of its issuer.
    Issuer,
    /// A list or answer about it.
    Revocation,
}

impl MissingWhat {
    /// Stable code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Revocation => "revocation",
        }
    }
}

/// Why it is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MissingWhy {
    /// Nobody was asked, because the job is offline.
    Offline,
    /// The certificate names no address that could be asked.
    NoAddress,
    /// Nothing came from the addresses.
    NotFetched,
    /// The addresses are inside a private network, where certificates do not send this program.
    PrivateAddress,
    /// What is there was right until before the instant in question.
    Stale,
    /// What is there does not count.
    Unusable,
    /// There are more certificates than are followed.
    TooMany,
    /// The certificate is not valid at the instant in question: nobody answers for it then.
    OutsideValidity,
}

impl MissingWhy {
    /// Stable code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::NoAddress => "no_address",
            Self::NotFetched => "not_fetched",
            Self::PrivateAddress => "private_address",
            Self::Stale => "stale",
            Self::Unusable => "unusable",
            Self::TooMany => "too_many",
            Self::OutsideValidity => "outside_validity",
        }
    }
}

/// One address that was asked in vain.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) url: String,
    pub(crate) error: WireError,
}

/// What was fetched in this job.
#[derive(Default)]
struct Found {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    ocsps: Vec<OcspResponse>,
    /// What is to be kept in the trust store.
    new: Given,
    /// Addresses that were asked, and what went wrong.
    asked: HashMap<String, (Instant, Option<WireError>)>,
    /// What was gathered, by what for.
    gathered: HashMap<String, (Instant, Arc<Material>)>,
}

/// So long an answer, also a bad one, is not asked for again in one job.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(600);

impl Found {
    /// What became of the last question to this address, unless it was too long ago.
    fn asked(&self, key: &str) -> Option<Option<WireError>> {
        let (when, error) = self.asked.get(key)?;
        (when.elapsed() < ASKED_AGAIN_AFTER).then(|| error.clone())
    }

    fn told(&mut self, key: &str, error: Option<WireError>) {
        self.asked.insert(key.to_owned(), (Instant::now(), error));
    }
}
