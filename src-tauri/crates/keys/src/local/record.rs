//! `<id>.key.json`: a sealed private key with what is said about it, neither changeable without the other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::SecretBytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::master::KEY_SUFFIX;
use super::seal::{Sealed, Sealer, failed};
use crate::{KeyError, KeyInfo, KeyOrigin, KeyRef, KeyResult, KeySpec, KeyState, KeyUsage, PublicKey};

const VERSION: u32 = 1;

/// What is said about a key. Its JSON form is authenticated together with the sealed private key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyMeta {
    version: u32,
    pub(super) id: String,
    pub(super) label: String,
    pub(super) description: String,
    pub(super) spec: KeySpec,
    spki: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created_at: OffsetDateTime,
    pub(super) exportable: bool,
}

impl KeyMeta {
    pub(super) fn new(
        id: String,
        label: String,
        description: String,
        public: &PublicKey,
        created_at: OffsetDateTime,
        exportable: bool,
    ) -> Self {
        let spki = STANDARD.encode(&public.spki);
        Self { version: VERSION, id, label, description, spec: public.spec, spki, created_at, exportable }
    }

    pub(super) fn public_key(&self) -> KeyResult<PublicKey> {
        let corrupt = || KeyError::StoreCorrupt { file: file_name(&self.id) };
        let spki = STANDARD.decode(&self.spki).map_err(|_| corrupt())?;
        PublicKey::from_spki(spki).map_err(|_| corrupt())
    }

    pub(super) fn info(&self) -> KeyInfo {
        KeyInfo {
            key_ref: KeyRef::Local { id: self.id.clone() },
            key_id: self.id.clone(),
            aliases: vec![self.label.clone()],
            description: (!self.description.is_empty()).then(|| self.description.clone()),
            spec: Some(self.spec),
            backend_spec: self.spec.to_string(),
            usage: KeyUsage::Sign,
            can_sign: true,
            state: KeyState::Enabled,
            created_at: Some(self.created_at),
            deletion_at: None,
            algorithms: self.spec.algorithms(),
            origin: KeyOrigin::Local,
            region: None,
            multi_region: false,
            exportable: self.exportable,
        }
    }
}

/// A key whose file cannot be trusted: it is shown, and it signs nothing.
pub(super) fn damaged(id: &str) -> KeyInfo {
    KeyInfo {
        key_ref: KeyRef::Local { id: id.to_owned() },
        key_id: id.to_owned(),
        aliases: Vec::new(),
        description: None,
        spec: None,
        backend_spec: "damaged".to_owned(),
        usage: KeyUsage::Other,
        can_sign: false,
        state: KeyState::Unavailable,
        created_at: None,
        deletion_at: None,
        algorithms: Vec::new(),
        origin: KeyOrigin::Local,
        region: None,
        multi_region: false,
        exportable: false,
    }
}

pub(super) fn file_name(id: &str) -> String {
    format!("{id}{KEY_SUFFIX}")
}

/// The content of the file.
pub(super) fn encode(sealer: &Sealer, meta: &KeyMeta, pkcs8: &SecretBytes) -> KeyResult<Vec<u8>> {
    let sealed = sealer.seal(&aad(meta)?, pkcs8)?;
    serde_json::to_vec_pretty(&KeyFile { key: meta.clone(), sealed }).map_err(|_| failed("writing a key file"))
}

/// Reads the file of key `id` and opens its private key (DER `PrivateKeyInfo`).
pub(super) fn decode(sealer: &Sealer, id: &str, content: &[u8]) -> KeyResult<(KeyMeta, SecretBytes)> {
    let corrupt = || KeyError::StoreCorrupt { file: file_name(id) };
    let file: KeyFile = serde_json::from_slice(content).map_err(|_| corrupt())?;
    // The name of the file is not authenticated, so it must agree with what is.
    if file.key.version != VERSION || file.key.id != id {
        return Err(corrupt());
    }
    let pkcs8 = sealer.open(&aad(&file.key)?, &file.sealed).ok_or_else(corrupt)?;
    Ok((file.key, pkcs8))
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    key: KeyMeta,
    sealed: Sealed,
}

fn aad(meta: &KeyMeta) -> KeyResult<Vec<u8>> {
    // Field order is the declaration's, so the same facts always give the same bytes.
    serde_json::to_vec(meta).map_err(|_| failed("writing a key file"))
}
