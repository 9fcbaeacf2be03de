//! Data keys: made and sealed by a symmetric key, opened by it.

use std::collections::HashMap;

use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::operation::generate_data_key::GenerateDataKeyError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{DataKeySpec, KeyMetadata};
use aws_types::request_id::RequestId;
use cartorio_core::SecretBytes;
use cartorio_keys::{DataKey, EncryptionContext, KeyError, KeyRef, KeyResult, KeyUsage};

use super::{AwsKms, info};

/// Bytes of a data key.
const LENGTH: usize = 32;
/// Longest ciphertext that KMS takes (KMS API, `CiphertextType`).
const LONGEST: usize = 6144;

impl AwsKms {
    pub(super) async fn new_data_key(&self, key: &KeyRef, context: &EncryptionContext) -> KeyResult<DataKey> {
        let (target, metadata) = self.metadata(key).await?;
        must_seal(&metadata, key)?;
        info::must_be_enabled(&metadata, key)?;
        let arn = info::arn(&metadata)?;
        let call = self.call("kms:GenerateDataKey", key.to_string(), &target.region);
        let operation = self
            .client(&target.region)
            .generate_data_key()
            .key_id(arn)
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(pairs(context));
        let answer = ask!(call, GenerateDataKeyError, operation)?;
        let request_id = answer.request_id().map(str::to_owned);
        let garbled = |what| call.garbled(what, request_id.as_deref());
        if answer.key_id() != Some(arn) {
            return Err(garbled("data key of the key that was asked for"));
        }
        let plaintext = SecretBytes::new(answer.plaintext.ok_or_else(|| garbled("plaintext"))?.into_inner());
        let sealed = answer.ciphertext_blob.ok_or_else(|| garbled("ciphertext"))?.into_inner();
        if plaintext.expose().len() != LENGTH || sealed.is_empty() {
            return Err(garbled("data key of 32 bytes"));
        }
        Ok(DataKey { plaintext, sealed, key_id: arn.to_owned() })
    }

    pub(super) async fn open(
        &self,
        key: &KeyRef,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> KeyResult<SecretBytes> {
        let (target, metadata) = self.metadata(key).await?;
        must_seal(&metadata, key)?;
        info::must_be_enabled(&metadata, key)?;
        let broken = || KeyError::SealBroken { key: key.to_string() };
        if sealed.is_empty() || sealed.len() > LONGEST {
            return Err(broken());
        }
        let arn = info::arn(&metadata)?;
        let call = self.call("kms:Decrypt", key.to_string(), &target.region);
        // With the key named, KMS refuses what another key sealed; without, it would open it with that one.
        let operation = self
            .client(&target.region)
            .decrypt()
            .key_id(arn)
            .ciphertext_blob(Blob::new(sealed))
            .set_encryption_context(pairs(context));
        let answer = ask!(call, DecryptError, operation)?;
        if answer.key_id() != Some(arn) {
            return Err(broken());
        }
        let request_id = answer.request_id().map(str::to_owned);
        let plaintext = answer.plaintext.ok_or_else(|| call.garbled("plaintext", request_id.as_deref()))?;
        let plaintext = SecretBytes::new(plaintext.into_inner());
        // Something else that was sealed with the same key and context is no data key of ours.
        if plaintext.expose().len() == LENGTH { Ok(plaintext) } else { Err(broken()) }
    }
}

pub(super) fn must_seal(metadata: &KeyMetadata, key: &KeyRef) -> KeyResult<()> {
    match info::usage(metadata) {
        KeyUsage::Seal => Ok(()),
        KeyUsage::Sign | KeyUsage::Other => {
            Err(KeyError::WrongUsage { key: key.to_string(), usage: info::backend_spec(metadata) })
        }
    }
}

fn pairs(context: &EncryptionContext) -> Option<HashMap<String, String>> {
    (!context.is_empty()).then(|| context.clone().into_iter().collect())
}
