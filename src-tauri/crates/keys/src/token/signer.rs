//! Signing with a key on a token.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cartorio_core::Digest;
use cryptoki::object::ObjectHandle;

use super::call;
use super::door::Visit;
use super::fault::Fault;
use super::mechanism::{digest_input, signature_value, signing};
use super::module::TokenModule;
use super::objects::{self, Wanted};
use crate::{
    DigestSigner, KeyError, KeyResult, PublicKey, Signature, SignatureAlgorithm, TokenUri, VerifyError, verify_digest,
    verify_message,
};

pub(super) struct TokenSigner {
    module: TokenModule,
    key: Arc<Key>,
}

struct Key {
    uri: TokenUri,
    id: String,
    public: PublicKey,
    algorithm: SignatureAlgorithm,
    /// The private key's handle and the era that it was found in.
    handle: Mutex<Option<(u64, ObjectHandle)>>,
}

/// What is signed.
enum Signed {
    Digest(Digest),
    Message(Vec<u8>),
}

impl TokenSigner {
    pub(super) fn new(
        module: TokenModule,
        uri: TokenUri,
        id: String,
        public: PublicKey,
        algorithm: SignatureAlgorithm,
    ) -> Self {
        Self { module, key: Arc::new(Key { uri, id, public, algorithm, handle: Mutex::default() }) }
    }

    async fn sign(&self, signed: Signed) -> KeyResult<Signature> {
        let door = self.module.door(&self.key.uri).await?;
        let key = Arc::clone(&self.key);
        let (value, attempts) = door.run(call::CALL, move |visit| key.sign(visit, &signed)).await?;
        Ok(Signature { value, key_id: self.key.id.clone(), request_id: None, attempts })
    }
}

impl Key {
    fn sign(&self, visit: &Visit<'_>, signed: &Signed) -> Result<(Vec<u8>, u32), Fault> {
        let handle = self.handle(visit)?;
        let mechanism = signing(self.algorithm)?;
        let raw = match signed {
            Signed::Digest(digest) => visit.session.sign(&mechanism, handle, &digest_input(self.algorithm, digest))?,
            Signed::Message(message) => visit.session.sign(&mechanism, handle, message)?,
        };
        let value = signature_value(self.algorithm, self.public.spec, raw)?;
        self.verify(signed, &value).map_err(|_| KeyError::BadSignature { key: self.id.clone() })?;
        Ok((value, visit.attempt))
    }

    fn handle(&self, visit: &Visit<'_>) -> Result<ObjectHandle, Fault> {
        let mut known = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((era, handle)) = *known
            && era == visit.era
        {
            return Ok(handle);
        }
        match objects::private_key(visit.session, &Wanted::by(&self.uri))? {
            Some(handle) => {
                *known = Some((visit.era, handle));
                Ok(handle)
            }
            None if visit.may_use_private_keys()? => {
                Err(KeyError::NotFound { key: self.id.clone(), region: None }.into())
            }
            None => Err(Fault::LoggedOut),
        }
    }

    fn verify(&self, signed: &Signed, value: &[u8]) -> Result<(), VerifyError> {
        match signed {
            Signed::Digest(digest) => verify_digest(&self.public, self.algorithm, digest, value),
            Signed::Message(message) => verify_message(&self.public, self.algorithm, message, value),
        }
    }
}

#[async_trait]
impl DigestSigner for TokenSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm
    }

    fn public_key(&self) -> &PublicKey {
        &self.key.public
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        let algorithm = self.key.algorithm;
        if algorithm.signs_messages() {
            return Err(KeyError::MessageNeeded { algorithm });
        }
        if digest.algorithm() != algorithm.hash() {
            return Err(KeyError::WrongDigest { expected: algorithm.hash(), actual: digest.algorithm() });
        }
        self.sign(Signed::Digest(digest.clone())).await
    }

    async fn sign_message(&self, message: &[u8]) -> KeyResult<Signature> {
        let algorithm = self.key.algorithm;
        if !algorithm.signs_messages() {
            return self.sign_digest(&Digest::of(algorithm.hash(), message)).await;
        }
        algorithm.check_message(message)?;
        self.sign(Signed::Message(message.to_vec())).await
    }
}
