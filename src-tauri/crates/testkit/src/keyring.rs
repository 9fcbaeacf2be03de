//! A keyring in memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cartorio_core::SecretBytes;
use cartorio_keys::local::{Keyring, KeyringError};

type Secrets = HashMap<(String, String), SecretBytes>;

/// What a test's programs keep in the keyring of the operating system.
#[derive(Default)]
pub struct MemoryKeyring(Mutex<Secrets>);

impl Keyring for MemoryKeyring {
    fn get(&self, service: &str, account: &str) -> Result<Option<SecretBytes>, KeyringError> {
        Ok(self.held().get(&(service.to_owned(), account.to_owned())).cloned())
    }

    fn set(&self, service: &str, account: &str, secret: &SecretBytes) -> Result<(), KeyringError> {
        self.held().insert((service.to_owned(), account.to_owned()), secret.clone());
        Ok(())
    }

    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        self.held().remove(&(service.to_owned(), account.to_owned()));
        Ok(())
    }
}

impl MemoryKeyring {
    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.held().is_empty()
    }

    /// Everything that it holds.
    pub fn everything(&self) -> Vec<u8> {
        self.held().values().flat_map(|secret| secret.expose().to_vec()).collect()
    }

    fn held(&self) -> MutexGuard<'_, Secrets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
