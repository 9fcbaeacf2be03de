//! Signing with a local key, off the async threads.

use std::sync::Arc;

use async_trait::async_trait;
use cartorio_core::Digest;

use super::master::blocking;
use crate::{
    DigestSigner, KeyError, KeyResult, PublicKey, Signature, SignatureAlgorithm, SoftwareKey, verify_digest,
    verify_message,
};

pub(super) struct LocalSigner {
    key: Arc<SoftwareKey>,
    id: String,
    algorithm: SignatureAlgorithm,
}

impl LocalSigner {
    pub(super) fn new(key: SoftwareKey, id: String, algorithm: SignatureAlgorithm) -> Self {
        Self { key: Arc::new(key), id, algorithm }
    }
}

#[async_trait]
impl DigestSigner for LocalSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        let (key, algorithm, digest, id) = (self.key.clone(), self.algorithm, digest.clone(), self.id.clone());
        blocking(move || {
            let value = key.sign_digest(algorithm, &digest)?;
            // A fault during an RSA-CRT operation would give the key away; it is caught here.
            verify_digest(key.public_key(), algorithm, &digest, &value)
                .map_err(|_| KeyError::BadSignature { key: format!("local:{id}") })?;
            Ok(Signature { value, key_id: id, request_id: None, attempts: 1 })
        })
        .await
    }

    async fn sign_message(&self, message: &[u8]) -> KeyResult<Signature> {
        if !self.algorithm.signs_messages() {
            return self.sign_digest(&Digest::of(self.algorithm.hash(), message)).await;
        }
        self.algorithm.check_message(message)?;
        let (key, algorithm, id) = (self.key.clone(), self.algorithm, self.id.clone());
        let message = message.to_vec();
        blocking(move || {
            let value = key.sign_message(algorithm, &message)?;
            verify_message(key.public_key(), algorithm, &message, &value)
                .map_err(|_| KeyError::BadSignature { key: format!("local:{id}") })?;
            Ok(Signature { value, key_id: id, request_id: None, attempts: 1 })
        })
        .await
    }
}
