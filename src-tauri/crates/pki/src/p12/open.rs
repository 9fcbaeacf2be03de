//! Opening a file for the one identity that it usually has.

use cartorio_core::{SecretBytes, SecretString};
use cartorio_keystore::Integrity;

use super::P12Error;
use super::store::open_store;
use crate::certificate::Certificate;

/// A P12 file, opened: its first identity. [`super::OpenedStore`] has all of them.
#[derive(Clone, Debug)]
pub struct OpenedP12 {
    /// The private key (DER `PrivateKeyInfo`), when there is one.
    pub key: Option<SecretBytes>,
    /// The certificate of that key.
    pub leaf: Option<Certificate>,
    /// The certificates above it, as far as the file has them, its issuer first.
    pub chain: Vec<Certificate>,
    /// Certificates that belong to neither.
    pub others: Vec<Certificate>,
    /// Friendly name of the key or of its certificate.
    pub friendly_name: Option<String>,
    /// Whether the file has a MAC; without one, nobody notices a change.
    pub has_mac: bool,
    /// How many private keys the file has; [`Self::key`] is the first that has a certificate.
    pub key_count: usize,
}

/// Opens a P12 file.
///
/// # Errors
/// `WrongPassword`, `Malformed`, `Unsupported`, `Limit`.
pub fn open(bytes: &[u8], password: &SecretString) -> Result<OpenedP12, P12Error> {
    let store = open_store(bytes, Some(password))?;
    let (has_mac, key_count) = (store.integrity != Integrity::Unprotected, store.key_count());
    let all = store.certificates();
    let Some(first) = store.identities.into_iter().next() else {
        let loose = store.loose_keys.into_iter().next();
        return Ok(OpenedP12 {
            friendly_name: loose.as_ref().and_then(|loose| loose.friendly_name.clone()),
            key: loose.map(|loose| loose.key),
            leaf: None,
            chain: Vec::new(),
            others: all,
            has_mac,
            key_count,
        });
    };
    let others = all.into_iter().filter(|other| *other != first.leaf && !first.chain.contains(other)).collect();
    Ok(OpenedP12 {
        key: Some(first.key),
        leaf: Some(first.leaf),
        chain: first.chain,
        others,
        friendly_name: first.friendly_name,
        has_mac,
        key_count,
    })
}
