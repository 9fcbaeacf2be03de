//! Who issued whom in a whole heap.

use std::collections::HashMap;

use crate::certificate::Certificate;
use crate::verify::SignatureCheck;

/// One certificate and one that issued it, or may have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// Place of the certificate in the heap.
    pub child: usize,
    /// Place of its issuer; the same for a self-signed certificate.
    pub issuer: usize,
    /// Whether the child's issuer name is the issuer's subject (RFC 5280 §7.1); where it is not, the key identifier is.
    pub name_matches: bool,
    /// Whether the child's authorityKeyIdentifier names the issuer's subjectKeyIdentifier; `None` where either is absent.
    pub key_id_matches: Option<bool>,
    /// The child's signature, checked with the issuer's key; `None`: not checked, because the heap is too tangled.
    pub signature: Option<SignatureCheck>,
}

/// How the certificates of a heap hang together.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Links {
    /// Children in the order of the heap; a child's issuers with the likeliest first.
    pub links: Vec<Link>,
    /// How many signatures were verified.
    pub checks: usize,
    /// Whether some pairs were not looked at.
    pub truncated: bool,
}

/// Keys tried for one certificate: hundreds of CAs of one name are an attack on time.
const MAX_KEYS: usize = 8;
/// Links kept for one certificate.
const MAX_LINKS: usize = 16;

/// Finds who issued whom among `certificates`, by name or key identifier and by signature. The work grows with the number of
/// certificates, not of pairs: beyond [`MAX_KEYS`] keys of one name, and two signatures a certificate on average,
/// nothing is verified any more.
pub fn links(certificates: &[Certificate]) -> Links {
    let mut by_subject: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_key_id: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, certificate) in certificates.iter().enumerate() {
        // What issued nothing is no candidate: most of a heap.
        if certificate.is_ca() || certificate.version < 3 || certificate.is_self_issued() {
            by_subject.entry(certificate.subject.comparable()).or_default().push(index);
            if let Some(id) = certificate.subject_key_id.as_deref() {
                by_key_id.entry(id).or_default().push(index);
            }
        }
    }
    let mut found = Links::default();
    let mut budget = certificates.len().saturating_mul(2).saturating_add(1_000);
    for child in 0..certificates.len() {
        link(certificates, child, &by_subject, &by_key_id, &mut budget, &mut found);
    }
    found
}

fn link(
    certificates: &[Certificate],
    child: usize,
    by_subject: &HashMap<&str, Vec<usize>>,
    by_key_id: &HashMap<&[u8], Vec<usize>>,
    budget: &mut usize,
    found: &mut Links,
) {
    let own = &certificates[child];
    let key_id_matches =
        |issuer: usize| Some(own.authority_key_id.as_ref()? == certificates[issuer].subject_key_id.as_ref()?);
    let named = by_subject.get(own.issuer.comparable());
    let (candidates, name_matches) = match named {
        Some(named) => (named.as_slice(), true),
        None => {
            let by_key = own.authority_key_id.as_deref().and_then(|id| by_key_id.get(id));
            (by_key.map(Vec::as_slice).unwrap_or_default(), false)
        }
    };
    // Those that the key identifier names first; never more than are looked at, however many there are.
    let agree = |wanted: bool| {
        candidates.iter().copied().filter(move |issuer| (key_id_matches(*issuer) == Some(true)) == wanted)
    };
    let considered: Vec<usize> = if candidates.len() > MAX_LINKS * MAX_KEYS {
        found.truncated = true;
        let by_key = own.authority_key_id.as_deref().and_then(|id| by_key_id.get(id));
        let first = by_key.map(Vec::as_slice).unwrap_or_default().iter().copied();
        let named = |issuer: &usize| certificates[*issuer].subject == own.issuer;
        first.take(MAX_LINKS * MAX_KEYS).filter(named).chain(candidates.iter().copied()).take(MAX_LINKS).collect()
    } else {
        agree(true).chain(agree(false)).collect()
    };
    let mut by_key: HashMap<&[u8], Option<SignatureCheck>> = HashMap::new();
    let mut own_links: Vec<Link> = Vec::new();
    for issuer in considered {
        let spki = certificates[issuer].key.spki.as_slice();
        let check = match by_key.get(spki) {
            Some(check) => check.clone(),
            None => {
                let check = if *budget > 0 && by_key.len() < MAX_KEYS {
                    *budget -= 1;
                    found.checks += 1;
                    Some(own.check_signed_by(&certificates[issuer]))
                } else {
                    found.truncated = true;
                    None
                };
                by_key.insert(spki, check.clone());
                check
            }
        };
        // By key identifier alone only a right signature makes a link.
        let counts = match &check {
            Some(SignatureCheck::Wrong) => false,
            Some(check) => name_matches || check.is_valid(),
            None => name_matches && key_id_matches(issuer) != Some(false),
        };
        let told = own_links.iter().any(|link| certificates[link.issuer].der == certificates[issuer].der);
        if counts && !told && own_links.len() < MAX_LINKS {
            let key_id_matches = key_id_matches(issuer);
            own_links.push(Link { child, issuer, name_matches, key_id_matches, signature: check });
        }
    }
    found.links.append(&mut own_links);
}
