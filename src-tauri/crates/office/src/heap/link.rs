//! Who may have issued whom: by name, by key identifier, by signature, each mark by itself.
//!
//! Nothing here is quadratic: candidates come out of maps, there are few of them for one object, and each signature is
//! checked once in the life of the heap.

use std::collections::HashMap;
use std::sync::Arc;

use cartorio_pki::{
    Certificate, CrlRejection, DistinguishedName, OcspRejection, ResponderId, Serial, SignatureCheck, SignerId,
};

use super::Item;
use super::read::Content;
use crate::dto::{HeapLink, SignatureMark};

/// Candidates that are looked at for one object: hundreds of CAs of one name are an attack on time.
const MAX_CANDIDATES: usize = 16;
/// Links that are shown.
const MAX_LINKS: usize = 60_000;
/// Steps upwards that a place in the tree may be away from its top.
const MAX_DEPTH: usize = 64;

/// Signatures that were checked already, by the handles of what was signed and of whose key.
#[derive(Default)]
pub(crate) struct Checked(HashMap<(String, String), SignatureMark>);

impl Checked {
    /// Forgets what concerns objects that are not there any more.
    pub(super) fn keep(&mut self, there: &HashMap<String, Vec<u64>>) {
        self.0.retain(|(child, issuer), _| there.contains_key(child) && there.contains_key(issuer));
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// What became of it; `None` where nothing more is verified this time.
    fn mark(
        &mut self,
        child: &Item,
        issuer: &Item,
        budget: &mut usize,
        check: impl FnOnce() -> SignatureMark,
    ) -> Option<SignatureMark> {
        let pair = (child.id.clone(), issuer.id.clone());
        if let Some(known) = self.0.get(&pair) {
            return Some(*known);
        }
        *budget = budget.checked_sub(1)?;
        let mark = check();
        self.0.insert(pair, mark);
        Some(mark)
    }
}

/// How the objects of a heap relate.
#[derive(Debug, Default)]
pub(crate) struct Linked {
    pub(crate) links: Vec<HeapLink>,
    /// What each object hangs under, by its handle.
    pub(crate) parents: HashMap<String, String>,
    /// Who may have issued each object, by its handle.
    pub(crate) issuers: HashMap<String, Vec<String>>,
    /// Whether a limit cut links off.
    pub(crate) truncated: bool,
}

/// Finds out how `items` relate.
pub(super) fn link(items: &[Arc<Item>], checked: &mut Checked) -> Linked {
    let directory = Directory::new(items);
    let mut linked = Linked::default();
    let mut parents: Vec<Option<usize>> = vec![None; items.len()];
    // Two signatures for each object are what real heaps need; a tangled one is cut off.
    let mut budget = items.len().saturating_mul(2).saturating_add(1_000);
    let index: HashMap<&str, usize> = items.iter().enumerate().map(|(at, item)| (item.id.as_str(), at)).collect();
    for (at, item) in items.iter().enumerate() {
        let (candidates, cut) = directory.issuers(item);
        linked.truncated |= cut;
        let mut likely: Option<((bool, bool, bool, i64), usize)> = None;
        let mut own: Vec<HeapLink> = Vec::new();
        for (place, key_id) in candidates {
            let issuer = &items[place];
            let Some(certificate) = issuer.content.certificate() else { continue };
            let signature = checked.mark(item, issuer, &mut budget, || mark(item, certificate, &directory));
            let Some(signature) = signature else {
                linked.truncated = true;
                continue;
            };
            let right = matches!(signature, SignatureMark::Valid | SignatureMark::Weak);
            if signature != SignatureMark::Wrong {
                let rank =
                    (right, key_id == Some(true), certificate.is_ca(), certificate.validity.not_after.unix_timestamp());
                if likely.as_ref().is_none_or(|(best, _)| rank > *best) {
                    likely = Some((rank, place));
                }
            }
            own.push(HeapLink { child: item.id.clone(), issuer: issuer.id.clone(), key_id, signature });
        }
        // Where one signature is right, the wrong ones are other CAs of the same name.
        if own.iter().any(|link| matches!(link.signature, SignatureMark::Valid | SignatureMark::Weak)) {
            own.retain(|link| link.signature != SignatureMark::Wrong);
        }
        if linked.links.len() + own.len() <= MAX_LINKS {
            linked.links.append(&mut own);
        } else {
            linked.truncated = true;
        }
        let container = item.container.as_deref().and_then(|container| index.get(container).copied());
        parents[at] = [likely.map(|(_, place)| place), container]
            .into_iter()
            .flatten()
            .find(|parent| fits(&parents, at, *parent));
    }
    for link in &linked.links {
        linked.issuers.entry(link.child.clone()).or_default().push(link.issuer.clone());
    }
    linked.parents = parents
        .iter()
        .enumerate()
        .filter_map(|(at, parent)| Some((items[at].id.clone(), items[(*parent)?].id.clone())))
        .collect();
    linked
}

/// Whether `parent` may carry `child`: that makes no circle, and no tree that is too deep to be shown.
fn fits(parents: &[Option<usize>], child: usize, parent: usize) -> bool {
    let mut above = Some(parent);
    for _ in 0..MAX_DEPTH {
        match above {
            None => return true,
            Some(at) if at == child => return false,
            Some(at) => above = parents[at],
        }
    }
    false
}

/// Certificates by everything that others name them by.
struct Directory<'a> {
    items: &'a [Arc<Item>],
    by_name: HashMap<String, Vec<usize>>,
    by_key_id: HashMap<&'a [u8], Vec<usize>>,
    by_serial: HashMap<&'a Serial, Vec<usize>>,
}

impl<'a> Directory<'a> {
    fn new(items: &'a [Arc<Item>]) -> Self {
        let mut directory =
            Self { items, by_name: HashMap::new(), by_key_id: HashMap::new(), by_serial: HashMap::new() };
        for (at, item) in items.iter().enumerate() {
            let Some(certificate) = item.content.certificate() else { continue };
            directory.by_name.entry(folded(&certificate.subject)).or_default().push(at);
            directory.by_serial.entry(&certificate.serial).or_default().push(at);
            if let Some(id) = &certificate.subject_key_id {
                directory.by_key_id.entry(id).or_default().push(at);
            }
        }
        directory
    }

    /// Who may have issued `item`, with what the key identifiers say; and whether there were too many.
    fn issuers(&self, item: &Item) -> (Vec<(usize, Option<bool>)>, bool) {
        match &item.content {
            Content::Certificate(own) => {
                // A root signs itself: that is no link.
                let others = |at: &usize| self.items[*at].id != item.id;
                self.named(&own.issuer, own.authority_key_id.as_deref(), others)
            }
            Content::Crl(crl) => self.named(&crl.issuer, crl.authority_key_id.as_deref(), |_| true),
            Content::Ocsp(response) => match response.basic.as_ref().map(|basic| &basic.responder) {
                Some(ResponderId::Name(name)) => self.named(name, None, |_| true),
                Some(ResponderId::KeyHash(hash)) => {
                    let (mut found, cut) = self.some(self.by_key_id.get(hash.as_slice()));
                    found.retain(|at| {
                        self.certificate(*at).is_some_and(|own| ResponderId::KeyHash(hash.clone()).is(own))
                    });
                    (found.into_iter().map(|at| (at, Some(true))).collect(), cut)
                }
                None => (Vec::new(), false),
            },
            Content::TimeStamp(stamp) => self.signers(stamp.cms.as_ref()),
            Content::Cms(cms) => self.signers(Some(cms)),
            Content::Csr(_)
            | Content::Store(_)
            | Content::PrivateKey(_)
            | Content::PublicKey(..)
            | Content::Unknown { .. } => (Vec::new(), false),
        }
    }

    /// By name, or by key identifier alone; those that the identifier names first.
    fn named(
        &self,
        issuer: &DistinguishedName,
        key_id: Option<&[u8]>,
        fits: impl Fn(&usize) -> bool,
    ) -> (Vec<(usize, Option<bool>)>, bool) {
        let by_key = key_id.and_then(|id| self.by_key_id.get(id));
        let by_name = self.by_name.get(&folded(issuer));
        let mut found: Vec<(usize, Option<bool>)> = Vec::new();
        let mut cut = false;
        // A candidate of another name counts where its key made the signature; that is seen later.
        for at in by_key.into_iter().flatten().chain(by_name.into_iter().flatten()).filter(|at| fits(at)) {
            if found.iter().any(|(own, _)| own == at) {
                continue;
            }
            if found.len() == MAX_CANDIDATES {
                cut = true;
                break;
            }
            let own = self.certificate(*at).and_then(|own| own.subject_key_id.as_deref());
            found.push((*at, key_id.zip(own).map(|(wanted, own)| wanted == own)));
        }
        (found, cut)
    }

    fn signers(&self, cms: Option<&cartorio_pki::CmsFacts>) -> (Vec<(usize, Option<bool>)>, bool) {
        let signers = cms.and_then(|cms| cms.signed.as_ref()).map_or(&[][..], |signed| &signed.signers);
        let (mut all, mut cut) = (Vec::new(), false);
        for signer in signers.iter().take(MAX_CANDIDATES) {
            let (found, more) = match &signer.id {
                SignerId::IssuerAndSerial { issuer, serial } => {
                    let (mut found, more) = self.some(self.by_serial.get(serial));
                    found.retain(|at| self.certificate(*at).is_some_and(|own| own.issuer == *issuer));
                    (found.into_iter().map(|at| (at, None)).collect::<Vec<_>>(), more)
                }
                SignerId::KeyId(id) => {
                    let (found, more) = self.some(self.by_key_id.get(id.as_slice()));
                    (found.into_iter().map(|at| (at, Some(true))).collect(), more)
                }
            };
            cut |= more;
            for one in found {
                if !all.iter().any(|(own, _)| *own == one.0) {
                    all.push(one);
                }
            }
        }
        (all, cut)
    }

    fn some(&self, found: Option<&Vec<usize>>) -> (Vec<usize>, bool) {
        let all = found.map_or(&[][..], Vec::as_slice);
        (all.iter().copied().take(MAX_CANDIDATES).collect(), all.len() > MAX_CANDIDATES)
    }

    fn certificate(&self, at: usize) -> Option<&'a Certificate> {
        self.items[at].content.certificate()
    }
}

/// What becomes of checking the signature on `item` with the key of `issuer`.
fn mark(item: &Item, issuer: &Certificate, directory: &Directory<'_>) -> SignatureMark {
    match &item.content {
        Content::Certificate(own) => of_check(&own.check_signed_by(issuer)),
        Content::Crl(crl) => match crl.check_issuer(issuer) {
            Ok(()) if crl.signature_algorithm.is_weak() => SignatureMark::Weak,
            Ok(()) => SignatureMark::Valid,
            Err(CrlRejection::SignatureWrong) => SignatureMark::Wrong,
            Err(_) => SignatureMark::Unknown,
        },
        Content::Ocsp(response) => ocsp(response, directory),
        // A signature over content that is not here has nothing to be checked with; a token's is read with its facts.
        Content::TimeStamp(_) | Content::Cms(_) => super::facts::signature_by(item, issuer),
        Content::Csr(_)
        | Content::Store(_)
        | Content::PrivateKey(_)
        | Content::PublicKey(..)
        | Content::Unknown { .. } => SignatureMark::Missing,
    }
}

/// A response is checked for a certificate that it speaks of: the issuer of that one is who gives the right to answer.
fn ocsp(response: &cartorio_pki::OcspResponse, directory: &Directory<'_>) -> SignatureMark {
    let Some(basic) = &response.basic else { return SignatureMark::Missing };
    for single in basic.responses.iter().take(MAX_CANDIDATES) {
        let (subjects, _) = directory.some(directory.by_serial.get(&single.cert_id.serial));
        for subject in subjects.iter().filter_map(|at| directory.certificate(*at)) {
            let (issuers, _) = directory.named(&subject.issuer, subject.authority_key_id.as_deref(), |_| true);
            for issuer in issuers.iter().filter_map(|(at, _)| directory.certificate(*at)) {
                match response.status_of(subject, issuer, basic.produced_at) {
                    Ok(evidence) if evidence.weak_algorithm.is_some() => return SignatureMark::Weak,
                    Ok(_) => return SignatureMark::Valid,
                    Err(OcspRejection::SignatureWrong) => return SignatureMark::Wrong,
                    Err(OcspRejection::WeakSignature { .. }) => return SignatureMark::Weak,
                    Err(_) => {}
                }
            }
        }
    }
    SignatureMark::Missing
}

pub(super) fn of_check(check: &SignatureCheck) -> SignatureMark {
    match check {
        SignatureCheck::Valid => SignatureMark::Valid,
        SignatureCheck::ValidWeak { .. } => SignatureMark::Weak,
        SignatureCheck::Wrong => SignatureMark::Wrong,
        SignatureCheck::NotCheckable { .. } => SignatureMark::Unknown,
    }
}

/// A key for names that are equal as RFC 5280 §7.1 compares them: letter case and runs of blanks do not matter.
fn folded(name: &DistinguishedName) -> String {
    let mut parts: Vec<String> = name
        .attributes()
        .iter()
        .map(|own| {
            let value = own.value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            format!("{}={value}", own.oid)
        })
        .collect();
    parts.sort_unstable();
    parts.join("\u{1}")
}
