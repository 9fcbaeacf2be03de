//! Enumeration of paths: depth first, bounded.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use cartorio_engine::Anchor;

use super::PathEnd;
use crate::certificate::{Certificate, KeyUsage};
use crate::crl::Crl;
use crate::verify::SignatureCheck;

/// Nodes visited before the search gives up (hostile pools grow exponentially).
pub(super) const MAX_NODES: usize = 2_000;
/// Paths kept that end at an anchor; as many that do not.
pub(super) const MAX_PATHS: usize = 32;
/// Certificates in one path.
pub(super) const MAX_LENGTH: usize = 20;
/// Candidates whose signature is tried for one certificate: hundreds of CAs of one name are an attack on time.
const MAX_CANDIDATES: usize = 64;
/// Certificates beside the path that may have signed a list, or lead to one that has.
const MAX_SIGNERS: usize = 32;

/// Certificates that paths may lead over. Who issued whom is found out once, whatever number of paths need it.
pub(super) struct Pool {
    certificates: Vec<Certificate>,
    anchored: Vec<bool>,
    by_subject: HashMap<String, Vec<usize>>,
    by_key_id: HashMap<Vec<u8>, Vec<usize>>,
    issuers: RefCell<HashMap<usize, Rc<[usize]>>>,
    anchors: RefCell<HashMap<usize, Option<Anchor>>>,
    signers: OnceCell<Vec<usize>>,
}

impl Pool {
    pub(super) fn new(pool: &[Certificate], anchors: &[Certificate]) -> Self {
        let mut seen = HashSet::new();
        let mut certificates = Vec::new();
        let mut anchored = Vec::new();
        for (certificate, anchor) in anchors.iter().map(|own| (own, true)).chain(pool.iter().map(|own| (own, false))) {
            if seen.insert(certificate.der.as_slice()) {
                certificates.push(certificate.clone());
                anchored.push(anchor);
            }
        }
        let mut by_subject: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_key_id: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        for (index, certificate) in certificates.iter().enumerate() {
            by_subject.entry(certificate.subject.comparable().to_owned()).or_default().push(index);
            if let Some(id) = &certificate.subject_key_id {
                by_key_id.entry(id.clone()).or_default().push(index);
            }
        }
        Self {
            certificates,
            anchored,
            by_subject,
            by_key_id,
            issuers: RefCell::default(),
            anchors: RefCell::default(),
            signers: OnceCell::new(),
        }
    }

    pub(super) fn get(&self, index: usize) -> &Certificate {
        &self.certificates[index]
    }

    pub(super) fn is_anchor(&self, index: usize) -> bool {
        self.anchored[index]
    }

    /// The place of a certificate that is in the pool.
    pub(super) fn place(&self, certificate: &Certificate) -> Option<usize> {
        let named = self.by_subject.get(certificate.subject.comparable())?;
        named.iter().copied().find(|index| self.certificates[*index] == *certificate)
    }

    /// The engine's anchor for a certificate of the pool, made once.
    pub(super) fn engine_anchor(&self, index: usize) -> Option<Anchor> {
        let make = || self.certificates[index].engine().ok().and_then(|cert| Anchor::new(cert).ok());
        self.anchors.borrow_mut().entry(index).or_insert_with(make).clone()
    }

    /// Every path from `target` upwards, and whether the search was cut off.
    pub(super) fn search(&self, target: &Certificate) -> (Vec<Found>, bool) {
        let (found, truncated, _) = self.searched(target, false);
        (found, truncated)
    }

    /// As [`Self::search`], but a rollover certificate is taken for what its key identifiers say, without a verification. The
    /// last says whether one was: then only a path that holds is sure to be one of [`Self::search`] too.
    pub(super) fn hopeful_search(&self, target: &Certificate) -> (Vec<Found>, bool, bool) {
        self.searched(target, true)
    }

    fn searched(&self, target: &Certificate, hopeful: bool) -> (Vec<Found>, bool, bool) {
        let mut search = Search {
            pool: self,
            target,
            own: self.place(target),
            anchored: Vec::new(),
            others: Vec::new(),
            nodes: 0,
            truncated: false,
            hopeful,
            hoped: false,
        };
        search.extend(&mut Vec::new());
        let mut found = search.anchored;
        found.append(&mut search.others);
        (found, search.truncated, search.hoped)
    }

    /// Whether the key identifiers of a self-issued certificate say that another key of its issuer's signed it.
    fn is_said_rollover(&self, certificate: &Certificate, place: Option<usize>) -> bool {
        let named_elsewhere = |signer: &Vec<u8>| certificate.subject_key_id.as_ref().is_some_and(|own| own != signer);
        certificate.authority_key_id.as_ref().is_some_and(named_elsewhere)
            && self.issuers(certificate, place).iter().any(|index| {
                self.key_id_agrees(certificate, *index) == Some(true)
                    && self.certificates[*index].key.spki != certificate.key.spki
            })
    }

    /// Who may have issued `child`, which is at `place` of the pool if it is in it; see [`Self::find_issuers`].
    fn issuers(&self, child: &Certificate, place: Option<usize>) -> Rc<[usize]> {
        let Some(place) = place else {
            return self.find_issuers(child).into();
        };
        if let Some(known) = self.issuers.borrow().get(&place) {
            return Rc::clone(known);
        }
        let found: Rc<[usize]> = self.find_issuers(child).into();
        self.issuers.borrow_mut().insert(place, Rc::clone(&found));
        found
    }

    /// The likeliest issuer of `child` whose signature is right.
    pub(super) fn issuer(&self, child: &Certificate) -> Option<&Certificate> {
        let issuers = self.issuers(child, self.place(child));
        issuers.iter().map(|index| self.get(*index)).find(|issuer| child.check_signed_by(issuer).is_valid())
    }

    /// Who may have issued `child`: by name, or by key identifier with a right signature. Where one candidate is named,
    /// nothing is verified here, because whoever judges the path will. Where there are several, those whose signature is
    /// right stay: the others are other CAs of the same name.
    fn find_issuers(&self, child: &Certificate) -> Vec<usize> {
        let no_candidates = Vec::new();
        let named: Vec<usize> = self
            .by_subject
            .get(child.issuer.comparable())
            .unwrap_or(&no_candidates)
            .iter()
            .copied()
            .filter(|index| self.certificates[*index] != *child)
            .collect();
        let mut found = if self.one_is_meant(child, &named) {
            named.iter().copied().filter(|index| self.key_id_agrees(child, *index) != Some(false)).collect()
        } else {
            self.tried(child, named)
        };
        let sound = |index: &usize| child.check_signed_by(self.get(*index)) != SignatureCheck::Wrong;
        // Only where no name fits is the key identifier asked, so that a wrong name is told from a missing issuer. Who is found
        // by name already is not worth a verification: the engine makes it.
        let others = || {
            let keyed = child.authority_key_id.as_ref().and_then(|id| self.by_key_id.get(id)).unwrap_or(&no_candidates);
            keyed.iter().copied().filter(|index| self.certificates[*index] != *child).take(MAX_CANDIDATES)
        };
        let asked = found.is_empty() || (found.len() > 1 && others().any(|index| !found.contains(&index)));
        if asked && !found.iter().any(sound) {
            let by_key: Vec<usize> =
                others().filter(|index| child.check_signed_by(self.get(*index)).is_valid()).collect();
            if !by_key.is_empty() {
                found = by_key;
            }
        }
        found.sort_by_key(|index| {
            // Anchors first, then the one that the key identifier names, then the longest-lived.
            let later = self.certificates[*index].validity.not_after.unix_timestamp();
            (!self.anchored[*index], self.key_id_agrees(child, *index) != Some(true), -later)
        });
        found
    }

    /// Whether the candidates are one, or of one key, or told apart by the key identifier alone.
    fn one_is_meant(&self, child: &Certificate, named: &[usize]) -> bool {
        let same_key = |candidates: &[usize]| {
            candidates.windows(2).all(|pair| self.certificates[pair[0]].key.spki == self.certificates[pair[1]].key.spki)
        };
        if named.len() < 2 {
            // One that the key identifier contradicts is tried.
            return named.iter().all(|index| self.key_id_agrees(child, *index) != Some(false));
        }
        let agreeing: Vec<usize> =
            named.iter().copied().filter(|index| self.key_id_agrees(child, *index) == Some(true)).collect();
        let undecided = named.iter().any(|index| self.key_id_agrees(child, *index).is_none());
        if undecided { same_key(named) } else { !agreeing.is_empty() && same_key(&agreeing) }
    }

    /// The candidates whose key made the signature; where there are none, the likeliest.
    fn tried(&self, child: &Certificate, mut named: Vec<usize>) -> Vec<usize> {
        named.sort_by_key(|index| self.key_id_agrees(child, *index) != Some(true));
        named.truncate(MAX_CANDIDATES);
        let mut by_key: HashMap<&[u8], SignatureCheck> = HashMap::new();
        let mut checked: Vec<(usize, SignatureCheck)> = Vec::new();
        for index in named {
            let issuer = &self.certificates[index];
            let check =
                by_key.entry(issuer.key.spki.as_slice()).or_insert_with(|| child.check_signed_by(issuer)).clone();
            checked.push((index, check));
        }
        if checked.iter().any(|(_, check)| check.is_valid()) {
            checked.retain(|(_, check)| check.is_valid());
        } else if checked.iter().any(|(_, check)| *check != SignatureCheck::Wrong) {
            checked.retain(|(_, check)| *check != SignatureCheck::Wrong);
        } else if checked.iter().any(|(index, _)| self.key_id_agrees(child, *index) == Some(true)) {
            checked.retain(|(index, _)| self.key_id_agrees(child, *index) == Some(true));
        }
        checked.into_iter().map(|(index, _)| index).collect()
    }

    fn key_id_agrees(&self, child: &Certificate, issuer: usize) -> Option<bool> {
        Some(child.authority_key_id.as_ref()? == self.certificates[issuer].subject_key_id.as_ref()?)
    }

    /// Certificates that may have signed one of the lists, and what leads up from them.
    pub(super) fn crl_signers(&self, crls: &[Crl]) -> &[usize] {
        self.signers.get_or_init(|| {
            let mut found: Vec<usize> = Vec::new();
            let mut names: HashSet<&str> = crls.iter().map(|crl| crl.issuer.comparable()).collect();
            let mut seen = names.clone();
            let mut first = true;
            while !names.is_empty() && found.len() < MAX_SIGNERS {
                let mut above = HashSet::new();
                for index in names.iter().filter_map(|name| self.by_subject.get(*name)).flatten() {
                    let certificate = &self.certificates[*index];
                    let usage = if first { KeyUsage::CrlSign } else { KeyUsage::KeyCertSign };
                    if found.len() < MAX_SIGNERS && certificate.allows(usage) && !found.contains(index) {
                        found.push(*index);
                        let issuer = certificate.issuer.comparable();
                        if seen.insert(issuer) {
                            above.insert(issuer);
                        }
                    }
                }
                names = above;
                first = false;
            }
            found
        })
    }
}

/// A path: indices above the target, and how it ends.
#[derive(Eq, PartialEq)]
pub(super) struct Found {
    pub(super) above: Vec<usize>,
    pub(super) end: PathEnd,
}

struct Search<'p> {
    pool: &'p Pool,
    target: &'p Certificate,
    own: Option<usize>,
    anchored: Vec<Found>,
    others: Vec<Found>,
    nodes: usize,
    truncated: bool,
    hopeful: bool,
    hoped: bool,
}

impl Search<'_> {
    /// Extends a path at its upper end in every possible way. At most [`MAX_LENGTH`] calls deep.
    fn extend(&mut self, above: &mut Vec<usize>) {
        self.nodes += 1;
        let (pool, place) = (self.pool, above.last().copied().or(self.own));
        let top = above.last().map_or(self.target, |index| pool.get(*index));
        if place.is_some_and(|index| pool.is_anchor(index)) {
            return self.keep(above, PathEnd::Anchor);
        }
        if top.is_self_issued() && self.hopeful && pool.is_said_rollover(top, place) {
            self.hoped = true;
        } else if top.is_self_issued() {
            let own = top.check_signed_by(top);
            // A self-issued certificate that another key signed is a key rollover, not a root.
            let elsewhere =
                || pool.issuers(top, place).iter().any(|index| top.check_signed_by(pool.get(*index)).is_valid());
            if own.is_valid() || !elsewhere() {
                return self.keep(above, PathEnd::UntrustedRoot);
            }
        }
        if self.nodes > MAX_NODES || above.len() + 1 >= MAX_LENGTH {
            self.truncated = true;
            return self.keep(above, PathEnd::TooLong);
        }
        let looped = |issuer: &Certificate| {
            // The same key under the same name twice in a path is a loop (RFC 4158 §2.4.2).
            let same = |own: &Certificate| own.subject == issuer.subject && own.key.spki == issuer.key.spki;
            same(self.target) || above.iter().any(|index| same(pool.get(*index)))
        };
        let issuers: Vec<usize> =
            pool.issuers(top, place).iter().copied().filter(|index| !looped(pool.get(*index))).collect();
        if issuers.is_empty() {
            return self.keep(above, PathEnd::IssuerMissing);
        }
        for issuer in issuers {
            if self.anchored.len() >= MAX_PATHS || self.nodes > MAX_NODES {
                self.truncated = true;
                return;
            }
            above.push(issuer);
            self.extend(above);
            above.pop();
        }
    }

    fn keep(&mut self, above: &[usize], end: PathEnd) {
        let place = if end == PathEnd::Anchor { &mut self.anchored } else { &mut self.others };
        if place.len() < MAX_PATHS {
            place.push(Found { above: above.to_vec(), end });
        } else {
            self.truncated = true;
        }
    }
}
