//! `kms:Sign`, and the check of what comes back.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MessageType;
use aws_types::request_id::RequestId;
use cartorio_core::Digest;
use cartorio_keys::{
    DigestSigner, KeyError, KeyRef, KeyResult, PublicKey, Signature, SignatureAlgorithm, SigningQueue, verify_digest,
    verify_message,
};

use super::AwsKms;
use super::fresh::Fresh;
use crate::failure::{Attempts, Call};

pub(super) struct KmsSigner {
    client: Client,
    call: Call,
    arn: String,
    public: PublicKey,
    algorithm: SignatureAlgorithm,
    queue: SigningQueue,
    fresh: Fresh,
}

impl KmsSigner {
    /// A signer for the key with that ARN: an alias may move between two signatures, an ARN does not.
    pub(super) fn new(
        kms: &AwsKms,
        key: &KeyRef,
        arn: &str,
        region: &str,
        public: PublicKey,
        algorithm: SignatureAlgorithm,
    ) -> Self {
        Self {
            client: kms.signing_client(region),
            call: kms.call("kms:Sign", key.to_string(), region),
            arn: arn.to_owned(),
            public,
            algorithm,
            queue: kms.queue(region),
            fresh: kms.fresh.clone(),
        }
    }

    /// Signs in the queue's turn. The value is not checked yet.
    async fn sign(&self, kind: MessageType, message: &[u8]) -> KeyResult<Signature> {
        let total = AtomicU32::new(0);
        let outcome = self
            .queue
            .run(|| {
                let (kind, total) = (kind.clone(), &total);
                async move {
                    let mut patience = self.fresh.patience(&self.call.region, &self.arn);
                    loop {
                        let call = Call { attempts: Attempts::default(), ..self.call.clone() };
                        let outcome = self.ask(&call, kind.clone(), message).await;
                        total.fetch_add(call.attempts.count(), Ordering::Relaxed);
                        if !patience.again(&outcome).await {
                            return outcome;
                        }
                    }
                }
            })
            .await;
        let attempts = total.load(Ordering::Relaxed);
        match outcome {
            Ok(signature) => Ok(Signature { attempts, ..signature }),
            Err(KeyError::Throttled { .. }) => Err(KeyError::Throttled { attempts }),
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, call: &Call, kind: MessageType, message: &[u8]) -> KeyResult<Signature> {
        let answer = self
            .client
            .sign()
            .key_id(&self.arn)
            .message_type(kind)
            .message(Blob::new(message))
            .signing_algorithm(self.algorithm.name().into())
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let request_id = answer.request_id().map(str::to_owned);
        if answer.key_id() != Some(self.arn.as_str()) {
            return Err(self.bad());
        }
        let value = answer.signature.ok_or_else(|| call.garbled("signature", request_id.as_deref()))?.into_inner();
        Ok(Signature { value, key_id: self.arn.clone(), request_id, attempts: 0 })
    }

    fn bad(&self) -> KeyError {
        KeyError::BadSignature { key: self.call.subject.clone() }
    }
}

#[async_trait]
impl DigestSigner for KmsSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        if self.algorithm.signs_messages() {
            return Err(KeyError::MessageNeeded { algorithm: self.algorithm });
        }
        if digest.algorithm() != self.algorithm.hash() {
            return Err(KeyError::WrongDigest { expected: self.algorithm.hash(), actual: digest.algorithm() });
        }
        let signature = self.sign(MessageType::Digest, digest.as_bytes()).await?;
        verify_digest(&self.public, self.algorithm, digest, &signature.value).map_err(|_| self.bad())?;
        Ok(signature)
    }

    async fn sign_message(&self, message: &[u8]) -> KeyResult<Signature> {
        if !self.algorithm.signs_messages() {
            return self.sign_digest(&Digest::of(self.algorithm.hash(), message)).await;
        }
        self.algorithm.check_message(message)?;
        let signature = self.sign(MessageType::Raw, message).await?;
        verify_message(&self.public, self.algorithm, message, &signature.value).map_err(|_| self.bad())?;
        Ok(signature)
    }
}
