//! A key store, opened: identities with their chains, and everything else that is in it.

use cartorio_core::{SecretBytes, SecretString};
use cartorio_keystore::{self as keystore, Content, Integrity, Layout, Limits, State};

use super::P12Error;
use super::link::{self, PublicHalf};
use crate::certificate::Certificate;
use crate::oid;

/// A key store (P12, JKS or JCEKS), opened.
#[derive(Clone, Debug)]
pub struct OpenedStore {
    /// Every key that has its certificate, in the order of the file.
    pub identities: Vec<Identity>,
    /// Certificates that are in no identity and in no identity's chain.
    pub others: Vec<StoredCertificate>,
    /// Keys without a certificate.
    pub loose_keys: Vec<LooseKey>,
    /// Certificates that cannot be decoded.
    pub unreadable: Vec<UnreadableCertificate>,
    /// Revocation lists, as they are.
    pub crls: Vec<Vec<u8>>,
    /// How many secret keys and other secrets there are.
    pub secrets: usize,
    /// Whether a change of the file would have been noticed.
    pub integrity: Integrity,
    /// The structure: parts, bags, protections, rating, what opens it.
    pub layout: Layout,
}

/// A key with its certificate.
#[derive(Clone, Debug)]
pub struct Identity {
    /// DER `PrivateKeyInfo`.
    pub key: SecretBytes,
    /// Name of the algorithm of the key.
    pub algorithm: String,
    /// The certificate of the key.
    pub leaf: Certificate,
    /// The certificates above it, as far as the file has them, its issuer first.
    pub chain: Vec<Certificate>,
    /// Friendly name (alias) of the key or of its certificate.
    pub friendly_name: Option<String>,
    /// Number of the key's bag in the layout.
    pub bag: usize,
    /// How key and certificate were brought together.
    pub matched: KeyMatch,
}

/// How a key and a certificate were brought together.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyMatch {
    /// The public halves are equal.
    PublicKey,
    /// The file says so, and the key is of a type whose public half cannot be told here.
    LocalKeyId,
}

/// A certificate with what the store says of it.
#[derive(Clone, Debug)]
pub struct StoredCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// Friendly name (alias).
    pub friendly_name: Option<String>,
    /// Whether the store calls it a trust anchor (Java).
    pub trusted: bool,
    /// Number of its bag in the layout.
    pub bag: usize,
}

/// A key without a certificate.
#[derive(Clone, Debug)]
pub struct LooseKey {
    /// DER `PrivateKeyInfo`.
    pub key: SecretBytes,
    /// Name of its algorithm.
    pub algorithm: String,
    /// Friendly name (alias).
    pub friendly_name: Option<String>,
    /// Number of its bag in the layout.
    pub bag: usize,
}

/// A certificate that cannot be decoded.
#[derive(Clone, Debug)]
pub struct UnreadableCertificate {
    /// Its bytes.
    pub der: Vec<u8>,
    /// Why.
    pub reason: String,
    /// Number of its bag in the layout.
    pub bag: usize,
}

impl OpenedStore {
    /// Every certificate of the file once, in its order.
    pub fn certificates(&self) -> Vec<Certificate> {
        let mut all: Vec<Certificate> = Vec::new();
        let own = self.identities.iter().flat_map(|identity| std::iter::once(&identity.leaf).chain(&identity.chain));
        for certificate in own.chain(self.others.iter().map(|other| &other.certificate)) {
            if !all.contains(certificate) {
                all.push(certificate.clone());
            }
        }
        all
    }

    /// How many private keys could be read.
    pub fn key_count(&self) -> usize {
        self.identities.len() + self.loose_keys.len()
    }
}

/// Opens a key store: P12, JKS or JCEKS. Without a password, what is in clear and what no password or the empty one opens.
///
/// # Errors
/// `NotAStore`, `WrongPassword`, `Malformed`, `Unsupported`, `Limit`.
pub fn open_store(bytes: &[u8], password: Option<&SecretString>) -> Result<OpenedStore, P12Error> {
    open_store_within(bytes, password, &Limits::default())
}

/// The same within other limits.
///
/// # Errors
/// As [`open_store`].
pub fn open_store_within(
    bytes: &[u8],
    password: Option<&SecretString>,
    limits: &Limits,
) -> Result<OpenedStore, P12Error> {
    let opened = keystore::open(bytes, password, limits)?;
    refuse_what_nothing_opened(&opened)?;
    let layout = opened.layout;
    let name = |bag: usize| layout.bags.get(bag).and_then(|bag| bag.friendly_name.clone());
    let key_id = |bag: usize| layout.bags.get(bag).and_then(|bag| bag.local_key_id.as_deref());

    let mut keys: Vec<(usize, SecretBytes, PublicHalf)> = Vec::new();
    let mut certificates: Vec<(usize, Certificate)> = Vec::new();
    let (mut unreadable, mut crls, mut secrets) = (Vec::new(), Vec::new(), 0);
    for item in opened.items {
        match item.content {
            Content::PrivateKey(key) => {
                let half = link::public_half(&key);
                keys.push((item.bag, key, half));
            }
            Content::Certificate(der) => match Certificate::from_der(&der) {
                Ok(certificate) => certificates.push((item.bag, certificate)),
                Err(error) => unreadable.push(UnreadableCertificate { der, reason: error.to_string(), bag: item.bag }),
            },
            Content::Crl(der) => crls.push(der),
            Content::Secret(_) => secrets += 1,
            Content::Other(_) => {}
        }
    }
    let mut pool: Vec<Certificate> = Vec::new();
    for (_, certificate) in &certificates {
        if !pool.contains(certificate) {
            pool.push(certificate.clone());
        }
    }

    let mut identities: Vec<Identity> = Vec::new();
    let mut loose_keys = Vec::new();
    for (bag, key, half) in keys {
        let algorithm = algorithm_name(&key);
        let same_key: Vec<&(usize, Certificate)> =
            certificates.iter().filter(|(_, certificate)| link::belongs(&half, certificate) == Some(true)).collect();
        // A renewed certificate of the same key: the local key id says which, otherwise the last to expire.
        let chosen = same_key
            .iter()
            .find(|(other, _)| key_id(bag).is_some() && key_id(*other) == key_id(bag))
            .or_else(|| same_key.iter().max_by_key(|(_, certificate)| certificate.validity.not_after))
            .map(|(other, leaf)| (*other, leaf.clone(), KeyMatch::PublicKey));
        let chosen = chosen.or_else(|| {
            let said = |(other, _): &&(usize, Certificate)| {
                half == PublicHalf::Unknown
                    && (key_id(bag).is_some_and(|id| !id.is_empty() && key_id(*other) == Some(id))
                        || layout.bags.get(*other).is_some_and(|c| c.chain_of == Some(bag)))
            };
            certificates.iter().find(said).map(|(other, leaf)| (*other, leaf.clone(), KeyMatch::LocalKeyId))
        });
        match chosen {
            Some((other, leaf, matched)) => {
                let chain = link::chain(&leaf, &pool);
                let friendly_name = name(bag).or_else(|| name(other));
                identities.push(Identity { key, algorithm, leaf, chain, friendly_name, bag, matched });
            }
            None => loose_keys.push(LooseKey { key, algorithm, friendly_name: name(bag), bag }),
        }
    }
    let used = |certificate: &Certificate| {
        identities.iter().any(|identity| identity.leaf == *certificate || identity.chain.contains(certificate))
    };
    let mut others: Vec<StoredCertificate> = Vec::new();
    for (bag, certificate) in certificates {
        let trusted = layout.bags.get(bag).is_some_and(|bag| bag.trusted_usage.is_some());
        if !used(&certificate) && others.iter().all(|other| other.certificate != certificate) {
            others.push(StoredCertificate { certificate, friendly_name: name(bag), trusted, bag });
        }
    }
    Ok(OpenedStore { identities, others, loose_keys, unreadable, crls, secrets, integrity: opened.integrity, layout })
}

/// Where nothing at all could be read, because everything uses what is not known here, that is the error.
fn refuse_what_nothing_opened(opened: &keystore::Opened) -> Result<(), P12Error> {
    if !opened.items.is_empty() {
        return Ok(());
    }
    let parts = opened.layout.parts.iter().map(|part| &part.state);
    let bags = opened.layout.bags.iter().map(|bag| &bag.state);
    let unsupported = parts.chain(bags).find_map(|state| match state {
        State::Unsupported { what } => Some(what.clone()),
        State::Read | State::Locked | State::WrongPassword | State::Malformed { .. } => None,
    });
    match unsupported {
        Some(what) => Err(P12Error::Unsupported { what }),
        None => Ok(()),
    }
}

/// Name of the algorithm of a `PrivateKeyInfo`, or its dotted identifier.
pub(super) fn algorithm_name(pkcs8: &SecretBytes) -> String {
    let dotted = link::key_algorithm(pkcs8.expose()).unwrap_or_default();
    oid::algorithm(&dotted).map_or(dotted.clone(), str::to_owned)
}
