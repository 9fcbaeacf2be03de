//! Signing with a local key, off the async threads.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cartorio_core::Digest;

use super::files::{self, Stamp};
use super::master::blocking;
use super::record;
use super::uses::Operation;
use super::vault::Vault;
use crate::verify::Verifier;
use crate::{
    DigestSigner, KeyError, KeyResult, MemorySigner, PublicKey, Signature, SignatureAlgorithm, SoftwareKey,
    VerifyError, verify_message,
};

pub(super) struct LocalSigner(Arc<Inner>);

struct Inner {
    vault: Arc<Vault>,
    key: SoftwareKey,
    id: String,
    algorithm: SignatureAlgorithm,
    /// The public half, read once.
    verifier: Result<Verifier, VerifyError>,
    /// The version of the key's file that allowed it to sign.
    allowed: Mutex<Option<Stamp>>,
}

impl LocalSigner {
    pub(super) fn new(vault: Arc<Vault>, key: SoftwareKey, id: String, algorithm: SignatureAlgorithm) -> Self {
        // No version yet: what was read may be older than what a look at the file now would say.
        let verifier = Verifier::new(key.public_key(), algorithm);
        Self(Arc::new(Inner { vault, key, id, algorithm, verifier, allowed: Mutex::new(None) }))
    }
}

impl Inner {
    /// Looks at the key's file again when it was changed, perhaps by another process: a key that was disabled meanwhile
    /// signs no more.
    fn must_be_enabled(&self) -> KeyResult<()> {
        let stamp = files::stamp(&self.vault.folder, &record::file_name(&self.id))?;
        let allowed = *self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.is_some() && stamp == allowed {
            return Ok(());
        }
        self.vault.load(&self.id)?.0.must_be_enabled()?;
        *self.allowed.lock().unwrap_or_else(PoisonError::into_inner) = stamp;
        Ok(())
    }

    /// What was made is good: a fault during an RSA-CRT operation would give the key away.
    fn finish(&self, value: Vec<u8>, good: bool) -> KeyResult<Signature> {
        if !good {
            return Err(KeyError::BadSignature { key: format!("local:{}", self.id) });
        }
        self.vault.uses.note(&self.vault.folder, &self.id, self.vault.clock.now(), Operation::Sign);
        Ok(Signature { value, key_id: self.id.clone(), request_id: None, attempts: 1 })
    }
}

impl MemorySigner for Inner {
    fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        self.must_be_enabled()?;
        let value = self.key.sign_digest(self.algorithm, digest)?;
        // AWS-LC gives no RSA value away that it has not verified; of the others it does not say so.
        let verified = self.key.public_key().spec.is_rsa();
        let good = verified || self.verifier.as_ref().is_ok_and(|own| own.verify_digest(digest, &value).is_ok());
        self.finish(value, good)
    }
}

#[async_trait]
impl DigestSigner for LocalSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm
    }

    fn public_key(&self) -> &PublicKey {
        self.0.key.public_key()
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        let (inner, digest) = (self.0.clone(), digest.clone());
        blocking(move || inner.sign_digest(&digest)).await
    }

    fn in_memory(&self) -> Option<Arc<dyn MemorySigner>> {
        Some(self.0.clone())
    }

    async fn sign_message(&self, message: &[u8]) -> KeyResult<Signature> {
        let algorithm = self.0.algorithm;
        if !algorithm.signs_messages() {
            return self.sign_digest(&Digest::of(algorithm.hash(), message)).await;
        }
        algorithm.check_message(message)?;
        let (inner, message) = (self.0.clone(), message.to_vec());
        blocking(move || {
            inner.must_be_enabled()?;
            let value = inner.key.sign_message(algorithm, &message)?;
            let good = verify_message(inner.key.public_key(), algorithm, &message, &value).is_ok();
            inner.finish(value, good)
        })
        .await
    }
}
