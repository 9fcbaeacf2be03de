//! `kms:Sign`, and the check of what comes back.

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MessageType;
use aws_types::request_id::RequestId;
use cartorio_core::Digest;
use cartorio_keys::{
    DigestSigner, KeyError, KeyResult, PublicKey, Signature, SignatureAlgorithm, verify_digest,
};

use crate::failure::{Attempts, Call};

pub(super) struct KmsSigner {
    client: Client,
    call: Call,
    arn: String,
    public: PublicKey,
    algorithm: SignatureAlgorithm,
}

impl KmsSigner {
    /// A signer for the key with that ARN: an alias may move between two signatures, an ARN does not.
    pub(super) fn new(
        client: Client,
        call: Call,
        arn: String,
        public: PublicKey,
        algorithm: SignatureAlgorithm,
    ) -> Self {
        Self { client, call, arn, public, algorithm }
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
        if digest.algorithm() != self.algorithm.hash() {
            return Err(KeyError::WrongDigest { expected: self.algorithm.hash(), actual: digest.algorithm() });
        }
        let call = Call { attempts: Attempts::default(), ..self.call.clone() };
        let answer = self
            .client
            .sign()
            .key_id(&self.arn)
            .message_type(MessageType::Digest)
            .message(Blob::new(digest.as_bytes()))
            .signing_algorithm(self.algorithm.name().into())
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let request_id = answer.request_id().map(str::to_owned);
        let value = answer
            .signature()
            .ok_or_else(|| call.garbled("signature", request_id.as_deref()))?
            .as_ref()
            .to_vec();
        let bad = || KeyError::BadSignature { key: call.subject.clone() };
        if answer.key_id() != Some(self.arn.as_str()) {
            return Err(bad());
        }
        verify_digest(&self.public, self.algorithm, digest, &value).map_err(|_| bad())?;
        Ok(Signature { value, key_id: self.arn.clone(), request_id, attempts: call.attempts.count() })
    }
}
