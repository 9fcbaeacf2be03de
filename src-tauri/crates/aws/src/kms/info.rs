//! `KeyMetadata` of KMS as our facts about a key.

use aws_sdk_kms::types::{KeyMetadata, KeySpec as KmsSpec, KeyState as KmsState, KeyUsageType};
use aws_smithy_types::DateTime;
use cartorio_keys::{KeyError, KeyInfo, KeyOrigin, KeyRef, KeyResult, KeySpec, KeyState, KeyUsage, SignatureAlgorithm};
use time::OffsetDateTime;

use crate::failure::BACKEND;

/// Facts about a key, with the names that the caller found for it.
pub(super) fn info(metadata: &KeyMetadata, aliases: Vec<String>, region: &str) -> KeyResult<KeyInfo> {
    let arn = arn(metadata)?;
    let usage = usage(metadata);
    let spec = if usage == KeyUsage::Sign { spec(metadata) } else { None };
    Ok(KeyInfo {
        key_ref: KeyRef::AwsKms { key: arn.to_owned(), region: None },
        key_id: arn.to_owned(),
        aliases,
        description: metadata.description().filter(|text| !text.is_empty()).map(str::to_owned),
        spec,
        backend_spec: backend_spec(metadata),
        usage,
        can_sign: spec.is_some(),
        state: state(metadata),
        created_at: metadata.creation_date().and_then(instant),
        deletion_at: metadata.deletion_date().and_then(instant),
        algorithms: spec.map_or_else(Vec::new, |_| algorithms(metadata)),
        origin: KeyOrigin::AwsKms,
        region: Some(region.to_owned()),
        multi_region: metadata.multi_region() == Some(true),
        exportable: false,
    })
}

/// A key that KMS lists and these credentials may not look at.
pub(super) fn hidden(arn: &str, aliases: Vec<String>, region: &str) -> KeyInfo {
    KeyInfo {
        key_ref: KeyRef::AwsKms { key: arn.to_owned(), region: None },
        key_id: arn.to_owned(),
        aliases,
        description: None,
        spec: None,
        backend_spec: "kms:DescribeKey denied".to_owned(),
        usage: KeyUsage::Other,
        can_sign: false,
        state: KeyState::Unavailable,
        created_at: None,
        deletion_at: None,
        algorithms: Vec::new(),
        origin: KeyOrigin::AwsKms,
        region: Some(region.to_owned()),
        multi_region: arn.contains(":key/mrk-"),
        exportable: false,
    }
}

/// The ARN, under which everything is asked.
pub(super) fn arn(metadata: &KeyMetadata) -> KeyResult<&str> {
    metadata.arn().ok_or_else(|| KeyError::Backend {
        backend: BACKEND,
        reason: "a key without an ARN".to_owned(),
        request_id: None,
    })
}

/// The type of a key that makes signatures for documents.
pub(super) fn must_be_for_signing(metadata: &KeyMetadata, key: &KeyRef) -> KeyResult<KeySpec> {
    if usage(metadata) != KeyUsage::Sign {
        return Err(KeyError::WrongUsage { key: key.to_string(), usage: backend_spec(metadata) });
    }
    spec(metadata).ok_or_else(|| KeyError::Unsupported {
        backend: BACKEND,
        what: format!("keys of type {}", backend_spec(metadata)),
    })
}

pub(super) fn must_be_enabled(metadata: &KeyMetadata, key: &KeyRef) -> KeyResult<()> {
    let key = key.to_string();
    match state(metadata) {
        KeyState::Enabled => Ok(()),
        KeyState::Disabled => Err(KeyError::Disabled { key }),
        KeyState::PendingDeletion => Err(KeyError::PendingDeletion { key }),
        KeyState::Unavailable => Err(KeyError::Unavailable {
            key,
            state: metadata.key_state().map_or("unknown", |state| state.as_str()).to_owned(),
        }),
    }
}

/// The algorithms that KMS offers for the key and this product knows.
pub(super) fn algorithms(metadata: &KeyMetadata) -> Vec<SignatureAlgorithm> {
    metadata.signing_algorithms().iter().filter_map(|algorithm| algorithm.as_str().parse().ok()).collect()
}

/// What the key is for.
pub(super) fn usage(metadata: &KeyMetadata) -> KeyUsage {
    match (metadata.key_usage(), metadata.key_spec()) {
        (Some(KeyUsageType::SignVerify), _) => KeyUsage::Sign,
        (Some(KeyUsageType::EncryptDecrypt), Some(KmsSpec::SymmetricDefault)) => KeyUsage::Seal,
        // MAC, key agreement, asymmetric encryption, and whatever AWS adds.
        _ => KeyUsage::Other,
    }
}

/// Its type, where it is one that this product knows.
pub(super) fn spec(metadata: &KeyMetadata) -> Option<KeySpec> {
    metadata.key_spec().and_then(|spec| spec.as_str().parse().ok())
}

/// Type and use in KMS's own words.
pub(super) fn backend_spec(metadata: &KeyMetadata) -> String {
    let spec = metadata.key_spec().map_or("?", |spec| spec.as_str());
    let usage = metadata.key_usage().map_or("?", |usage| usage.as_str());
    format!("{spec} {usage}")
}

pub(super) fn state(metadata: &KeyMetadata) -> KeyState {
    match metadata.key_state() {
        Some(KmsState::Enabled) => KeyState::Enabled,
        Some(KmsState::Disabled) => KeyState::Disabled,
        Some(KmsState::PendingDeletion | KmsState::PendingReplicaDeletion) => KeyState::PendingDeletion,
        // Creating, PendingImport, Updating, Unavailable, and whatever AWS adds: not ready, for whatever reason.
        _ => KeyState::Unavailable,
    }
}

pub(super) fn instant(at: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(at.as_nanos()).ok()
}

/// The error for a task of ours that broke.
pub(super) fn background() -> KeyError {
    KeyError::Backend { backend: BACKEND, reason: "a background task failed".to_owned(), request_id: None }
}
