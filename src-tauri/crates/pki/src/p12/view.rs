//! Looking inside: how a file is protected and what bags it has.

use cartorio_core::SecretString;
use cartorio_keystore::{self as keystore, BagKind, Content, Layout, Limits, MacScheme, PartKind};

use super::P12Error;
use super::store::algorithm_name;
use crate::certificate::Certificate;

/// The structure of a P12 file, for people. [`Layout`] has all of it.
#[derive(Clone, Debug)]
pub struct P12View {
    /// The MAC over the whole; `None` means that nobody notices a change.
    pub mac: Option<P12Mac>,
    /// The containers in order, with what protects each.
    pub containers: Vec<P12Container>,
    /// The bags, keys first.
    pub bags: Vec<P12Bag>,
    /// The structure in every detail, with its rating and what opens it.
    pub layout: Layout,
}

impl P12View {
    /// The fewest iterations anywhere: how well the password is protected against guessing.
    pub fn weakest_iterations(&self) -> Option<u64> {
        self.layout.weakest_iterations()
    }
}

/// The integrity protection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct P12Mac {
    /// Hash of the HMAC, e.g. `SHA-256`; `PBMAC1` and the hash for the newer scheme.
    pub algorithm: String,
    /// Iterations of its key derivation.
    pub iterations: u64,
    /// Length of the salt in bytes.
    pub salt_len: usize,
}

/// One part of the authenticated safe.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct P12Container {
    /// What encrypts it as a whole; `None` for clear content (where keys are encrypted one by one).
    pub protection: Option<Protection>,
}

/// A password-based encryption.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Protection {
    /// The scheme, e.g. `PBES2` or `pbeWithSHAAnd3-KeyTripleDES-CBC`.
    pub scheme: String,
    /// The cipher inside PBES2, e.g. `AES-256-CBC`.
    pub cipher: Option<String>,
    /// The key derivation inside PBES2, e.g. `PBKDF2 HMAC-SHA-256`.
    pub kdf: Option<String>,
    /// Iterations.
    pub iterations: Option<u64>,
}

/// One bag.
#[derive(Clone, Debug)]
pub struct P12Bag {
    /// What it holds.
    pub kind: P12BagKind,
    /// friendlyName.
    pub friendly_name: Option<String>,
    /// localKeyId in lower-case hex.
    pub local_key_id: Option<String>,
    /// How the content of this bag alone is encrypted.
    pub protection: Option<Protection>,
}

/// What a bag holds.
#[derive(Clone, Debug)]
pub enum P12BagKind {
    /// A private key; only its algorithm is shown.
    PrivateKey {
        /// Name of the key algorithm; empty when the key could not be decrypted.
        algorithm: String,
    },
    /// A certificate.
    Certificate(Certificate),
    /// A certificate that cannot be decoded.
    UnreadableCertificate {
        /// Why.
        reason: String,
    },
    /// A revocation list.
    Crl,
    /// A symmetric key or other secret.
    Secret,
    /// Something else.
    Other {
        /// Identifier of the bag type, dotted.
        oid: String,
    },
}

/// Looks inside a P12 file.
///
/// # Errors
/// As [`super::open()`].
pub fn inspect(bytes: &[u8], password: &SecretString) -> Result<P12View, P12Error> {
    let opened = keystore::open(bytes, Some(password), &Limits::default())?;
    let layout = opened.layout;
    let mut kinds: Vec<Option<P12BagKind>> = layout.bags.iter().map(|_| None).collect();
    for item in &opened.items {
        let kind = match &item.content {
            Content::PrivateKey(key) => P12BagKind::PrivateKey { algorithm: algorithm_name(key) },
            Content::Certificate(der) => match Certificate::from_der(der) {
                Ok(certificate) => P12BagKind::Certificate(certificate),
                Err(error) => P12BagKind::UnreadableCertificate { reason: error.to_string() },
            },
            Content::Crl(_) => P12BagKind::Crl,
            Content::Secret(_) => P12BagKind::Secret,
            Content::Other(_) => continue,
        };
        if let Some(slot) = kinds.get_mut(item.bag) {
            *slot = Some(kind);
        }
    }
    let mut bags = Vec::new();
    for (bag, kind) in layout.bags.iter().zip(kinds) {
        // What could not be decrypted is shown for what it says it is.
        let kind = kind.or(match bag.kind {
            BagKind::Key | BagKind::ShroudedKey => Some(P12BagKind::PrivateKey { algorithm: String::new() }),
            BagKind::Secret => Some(P12BagKind::Secret),
            BagKind::Crl => Some(P12BagKind::Crl),
            // Its bags follow.
            BagKind::SafeContents => None,
            BagKind::Certificate | BagKind::SdsiCertificate | BagKind::Other => {
                Some(P12BagKind::Other { oid: bag.oid.clone() })
            }
        });
        if let Some(kind) = kind {
            bags.push(P12Bag {
                kind,
                friendly_name: bag.friendly_name.clone(),
                local_key_id: bag.local_key_id.as_ref().map(hex::encode),
                protection: bag.protection.as_ref().map(protection),
            });
        }
    }
    bags.sort_by_key(|bag| !matches!(bag.kind, P12BagKind::PrivateKey { .. }));
    Ok(P12View { mac: mac(&layout), containers: layout.parts.iter().map(container).collect(), bags, layout })
}

fn mac(layout: &Layout) -> Option<P12Mac> {
    let mac = layout.mac.as_ref()?;
    let hash = mac.hash.map_or_else(|| mac.oid.clone(), |hash| hash.name().to_owned());
    let algorithm = match mac.scheme {
        MacScheme::Pkcs12 | MacScheme::JavaDigest => hash,
        MacScheme::Pbmac1 => format!("PBMAC1 {hash}"),
    };
    Some(P12Mac { algorithm, iterations: mac.iterations, salt_len: mac.salt_len })
}

fn container(part: &keystore::Part) -> P12Container {
    let other = |scheme: &str| Protection { scheme: scheme.to_owned(), cipher: None, kdf: None, iterations: None };
    P12Container {
        protection: match &part.kind {
            PartKind::Clear => None,
            PartKind::Encrypted(own) => Some(protection(own)),
            PartKind::Enveloped => Some(other("envelopedData")),
            PartKind::Other { oid } => Some(other(oid)),
        },
    }
}

fn protection(own: &keystore::Protection) -> Protection {
    let pbes2 = own.scheme == "PBES2";
    Protection {
        scheme: own.scheme.clone(),
        cipher: pbes2.then(|| own.cipher.name()),
        kdf: pbes2.then(|| own.kdf.name()),
        iterations: (own.iterations > 0).then_some(own.iterations),
    }
}
