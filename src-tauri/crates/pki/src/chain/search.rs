//! Enumeration of paths: depth first, bounded.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::PathEnd;
use crate::certificate::Certificate;
use crate::verify::SignatureCheck;

/// Nodes visited before the search gives up (hostile pools grow exponentially).
const MAX_NODES: usize = 2_000;
/// Paths kept.
const MAX_PATHS: usize = 32;
/// Certificates in one path.
const MAX_LENGTH: usize = 12;

/// Candidates whose signature is tried for one certificate: hundreds of CAs of one name are an attack on time.
const MAX_CANDIDATES: usize = 64;

/// Certificates that paths may lead over. Who issued whom is found out once, whatever number of paths need it.
pub(super) struct Pool {
    candidates: Vec<Certificate>,
    anchors: Vec<Certificate>,
    issuers: RefCell<HashMap<String, Rc<[Issuer]>>>,
}

/// A certificate that may have issued another one, with the signature checked.
type Issuer = (Certificate, SignatureCheck);

impl Pool {
    pub(super) fn new(pool: &[Certificate], anchors: &[Certificate]) -> Self {
        let mut seen = HashSet::new();
        let candidates =
            anchors.iter().chain(pool).filter(|certificate| seen.insert(certificate.der.clone())).cloned().collect();
        Self { candidates, anchors: anchors.to_vec(), issuers: RefCell::default() }
    }

    pub(super) fn anchors(&self) -> &[Certificate] {
        &self.anchors
    }

    /// Every path from `target` upwards, and whether the search was cut off.
    pub(super) fn search(&self, target: &Certificate) -> (Vec<(Vec<Link>, PathEnd)>, bool) {
        let mut search = Search { pool: self, found: Vec::new(), nodes: 0, truncated: false };
        search.extend(vec![Link { certificate: target.clone(), signature: None }]);
        (search.found, search.truncated)
    }

    /// Who may have issued `child`; see [`Self::find_issuers`].
    pub(super) fn issuers(&self, child: &Certificate) -> Rc<[Issuer]> {
        let key = child.fingerprint();
        if let Some(known) = self.issuers.borrow().get(&key) {
            return Rc::clone(known);
        }
        let found: Rc<[Issuer]> = self.find_issuers(child).into();
        self.issuers.borrow_mut().insert(key, Rc::clone(&found));
        found
    }


    /// Who may have issued `child`: by name, or by key identifier with a right signature. Where a candidate's
    /// signature is right, the wrong ones are other CAs of the same name, not issuers.
    fn find_issuers(&self, child: &Certificate) -> Vec<Issuer> {
        let key_id_agrees = |candidate: &Certificate| match (&child.authority_key_id, &candidate.subject_key_id) {
            (Some(wanted), Some(id)) => Some(wanted == id),
            _ => None,
        };
        let mut candidates: Vec<_> = self
            .candidates
            .iter()
            .filter(|candidate| **candidate != *child)
            .filter(|candidate| candidate.subject == child.issuer || key_id_agrees(candidate) == Some(true))
            .collect();
        // Where there are too many, those that the key identifier names are tried first.
        candidates.sort_by_key(|candidate| key_id_agrees(candidate) != Some(true));
        candidates.truncate(MAX_CANDIDATES);
        let mut checked: Vec<_> = candidates
            .into_iter()
            .map(|candidate| (candidate.clone(), child.check_signed_by(candidate)))
            .filter(|(candidate, check)| candidate.subject == child.issuer || check.is_valid())
            .collect();
        let named = |(candidate, _): &Issuer| candidate.subject == child.issuer;
        if checked.iter().any(|item| item.1.is_valid() && named(item)) {
            checked.retain(|item| item.1.is_valid() && named(item));
        } else if checked.iter().any(|(_, check)| *check != SignatureCheck::Wrong) {
            checked.retain(|(_, check)| *check != SignatureCheck::Wrong);
        } else if checked.iter().any(|(candidate, _)| key_id_agrees(candidate) == Some(true)) {
            checked.retain(|(candidate, _)| key_id_agrees(candidate) == Some(true));
        }
        checked.sort_by_key(|(candidate, _)| {
            // Anchors first, then the one that the key identifier names, then the longest-lived.
            let later = candidate.validity.not_after.unix_timestamp();
            (!self.anchors.contains(candidate), key_id_agrees(candidate) != Some(true), -later)
        });
        checked
    }
}

/// A certificate on a path being built, with its signature as checked against the one above.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) certificate: Certificate,
    pub(super) signature: Option<SignatureCheck>,
}

struct Search<'p> {
    pool: &'p Pool,
    found: Vec<(Vec<Link>, PathEnd)>,
    nodes: usize,
    truncated: bool,
}

impl Search<'_> {
    /// Extends a path at its upper end in every possible way.
    fn extend(&mut self, mut path: Vec<Link>) {
        self.nodes += 1;
        let Some(top) = path.last().map(|link| link.certificate.clone()) else {
            return;
        };
        if self.pool.anchors.contains(&top) {
            if top.is_self_issued() {
                set_signature(&mut path, Some(top.check_signed_by(&top)));
            }
            return self.keep(path, PathEnd::Anchor);
        }
        if top.is_self_issued() {
            let own = top.check_signed_by(&top);
            // A self-issued certificate that another key signed is a key rollover, not a root.
            let elsewhere = || self.pool.issuers(&top).iter().any(|(_, check)| check.is_valid());
            if own.is_valid() || !elsewhere() {
                set_signature(&mut path, Some(own));
                return self.keep(path, PathEnd::UntrustedRoot);
            }
        }
        if self.nodes > MAX_NODES || path.len() >= MAX_LENGTH {
            self.truncated = true;
            return self.keep(path, PathEnd::TooLong);
        }
        let issuers: Vec<_> = self
            .pool
            .issuers(&top)
            .iter()
            .filter(|(issuer, _)| {
                // The same key under the same name twice in a path is a loop (RFC 4158 §2.4.2).
                !path.iter().any(|link| {
                    link.certificate.subject == issuer.subject && link.certificate.key.spki == issuer.key.spki
                })
            })
            .cloned()
            .collect();
        if issuers.is_empty() {
            return self.keep(path, PathEnd::IssuerMissing);
        }
        for (issuer, signature) in issuers {
            if self.found.len() >= MAX_PATHS || self.nodes > MAX_NODES {
                self.truncated = true;
                return;
            }
            let mut longer = path.clone();
            set_signature(&mut longer, Some(signature));
            longer.push(Link { certificate: issuer, signature: None });
            self.extend(longer);
        }
    }

    fn keep(&mut self, path: Vec<Link>, end: PathEnd) {
        if self.found.len() < MAX_PATHS {
            self.found.push((path, end));
        } else {
            self.truncated = true;
        }
    }
}

fn set_signature(path: &mut [Link], signature: Option<SignatureCheck>) {
    if let Some(last) = path.last_mut() {
        last.signature = signature;
    }
}
