//! [`LocalKeys`]: the store and its [`KeyManager`] face.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use cartorio_core::{Clock, SecretBytes};
use serde::{Deserialize, Serialize};

use super::master::{self, LocalOptions, Protection, SECRET_SUFFIX, blocking};
use super::record::{self, KeyMeta};
use super::seal::{Sealed, Sealer, failed, hex, random};
use super::signer::LocalSigner;
use super::{files, master::KEY_SUFFIX};
use crate::{
    Capabilities, CreateKey, DigestSigner, KeyError, KeyInfo, KeyManager, KeyRef, KeyResult, KeySpec, PublicKey,
    SignatureAlgorithm, SoftwareKey,
};

/// Software keys, and other small secrets, sealed in one folder. Cheap to clone.
#[derive(Clone)]
pub struct LocalKeys(Arc<Store>);

impl LocalKeys {
    /// Opens the store, or makes it when its folder holds none.
    ///
    /// # Errors
    /// `StoreLocked` when the keyring does not give the master key (also when it merely has no entry: a store that
    /// exists never gets a new master key), `PassphraseRequired`, `PassphraseWrong`, `StoreCorrupt`, `StoreIo`.
    pub async fn open(options: LocalOptions) -> KeyResult<Self> {
        let (master, protection) = master::unlock(&options).await?;
        Ok(Self(Arc::new(Store {
            keys: master.sealer("keys")?,
            secrets: master.sealer("secrets")?,
            folder: options.folder,
            protection,
            clock: options.clock,
        })))
    }

    /// How the store in `folder` is protected, without opening it; `None` where there is none.
    ///
    /// # Errors
    /// `StoreCorrupt`, `StoreIo`.
    pub fn protection_of(folder: &Path) -> KeyResult<Option<Protection>> {
        master::protection_of(folder)
    }

    /// How this store is protected.
    pub fn protection(&self) -> Protection {
        self.0.protection
    }

    /// Makes a key as [`KeyManager::create`] does, whose private half may be exported later.
    ///
    /// # Errors
    /// As [`KeyManager::create`].
    pub async fn create_exportable(&self, request: CreateKey) -> KeyResult<KeyInfo> {
        self.make(request, None, true).await
    }

    /// Takes over a private key (DER `PrivateKeyInfo`) of type `request.spec`.
    ///
    /// # Errors
    /// `Backend` when the key is malformed or of another type; as [`KeyManager::create`] else.
    pub async fn import_pkcs8(&self, request: CreateKey, pkcs8: SecretBytes, exportable: bool) -> KeyResult<KeyInfo> {
        self.make(request, Some(pkcs8), exportable).await
    }

    /// The private half (DER `PrivateKeyInfo`) of a key that was made exportable.
    ///
    /// # Errors
    /// `NotExportable`; `NotFound`, `BadReference`, `StoreCorrupt`, `StoreIo`.
    pub async fn export_pkcs8(&self, key: &KeyRef) -> KeyResult<SecretBytes> {
        let (store, id, name) = (self.0.clone(), local_id(key)?, key.to_string());
        blocking(move || {
            let (meta, pkcs8) = store.load(&id)?;
            if meta.exportable { Ok(pkcs8) } else { Err(KeyError::NotExportable { key: name }) }
        })
        .await
    }

    /// Deletes a key for good.
    ///
    /// # Errors
    /// `NotFound`, `BadReference`, `StoreIo`.
    pub async fn delete(&self, key: &KeyRef) -> KeyResult<()> {
        let (store, id, name) = (self.0.clone(), local_id(key)?, key.to_string());
        blocking(move || {
            let _lock = files::lock(&store.folder)?;
            if files::remove(&store.folder, &record::file_name(&id))? {
                Ok(())
            } else {
                Err(KeyError::NotFound { key: name, region: None })
            }
        })
        .await
    }

    /// Keeps a small secret under `name` (1 to 64 of `a-z 0-9 -`), over one of the same name.
    ///
    /// # Errors
    /// `BadReference` for another kind of name, `StoreIo`.
    pub async fn seal(&self, name: &str, secret: &SecretBytes) -> KeyResult<()> {
        let (store, name, secret) = (self.0.clone(), secret_name(name)?, secret.clone());
        blocking(move || {
            let sealed = store.secrets.seal(name.as_bytes(), &secret)?;
            let content = serde_json::to_vec_pretty(&SecretFile { version: 1, sealed })
                .map_err(|_| failed("writing a secret file"))?;
            files::write_over(&store.folder, &format!("{name}{SECRET_SUFFIX}"), &content)
        })
        .await
    }

    /// Gives back a secret that [`Self::seal`] kept; `None` where there is none.
    ///
    /// # Errors
    /// `StoreCorrupt` when the file was changed or moved from another name, `BadReference`, `StoreIo`.
    pub async fn unseal(&self, name: &str) -> KeyResult<Option<SecretBytes>> {
        let (store, name) = (self.0.clone(), secret_name(name)?);
        blocking(move || {
            let file_name = format!("{name}{SECRET_SUFFIX}");
            let Some(content) = files::read(&store.folder, &file_name)? else {
                return Ok(None);
            };
            serde_json::from_slice::<SecretFile>(&content)
                .ok()
                .filter(|file| file.version == 1)
                .and_then(|file| store.secrets.open(name.as_bytes(), &file.sealed))
                .map(Some)
                .ok_or(KeyError::StoreCorrupt { file: file_name })
        })
        .await
    }

    /// Deletes a secret; tells whether there was one.
    ///
    /// # Errors
    /// `BadReference`, `StoreIo`.
    pub async fn remove_secret(&self, name: &str) -> KeyResult<bool> {
        let (store, name) = (self.0.clone(), secret_name(name)?);
        blocking(move || files::remove(&store.folder, &format!("{name}{SECRET_SUFFIX}"))).await
    }

    async fn make(&self, request: CreateKey, pkcs8: Option<SecretBytes>, exportable: bool) -> KeyResult<KeyInfo> {
        request.check()?;
        let store = self.0.clone();
        blocking(move || {
            let alias = request.alias.clone().unwrap_or_default();
            store.label_is_free(&alias)?;
            let key = match pkcs8 {
                Some(pkcs8) => SoftwareKey::from_pkcs8(request.spec, pkcs8)?,
                None => SoftwareKey::generate(request.spec)?,
            };
            let id = hex(&random(16)?);
            let CreateKey { description, .. } = request;
            let now = store.clock.now();
            let meta = KeyMeta::new(id, alias, description, key.public_key(), now, exportable);
            let content = record::encode(&store.keys, &meta, key.pkcs8())?;
            // Once more under the lock: making a key takes seconds.
            let _lock = files::lock(&store.folder)?;
            store.label_is_free(&meta.label)?;
            files::write_new(&store.folder, &record::file_name(&meta.id), &content)?;
            Ok(meta.info())
        })
        .await
    }

    async fn meta(&self, key: &KeyRef) -> KeyResult<KeyMeta> {
        let (store, id) = (self.0.clone(), local_id(key)?);
        blocking(move || store.load(&id).map(|(meta, _)| meta)).await
    }
}

#[async_trait]
impl KeyManager for LocalKeys {
    fn capabilities(&self) -> Capabilities {
        Capabilities { list: true, exportable: true, ..Capabilities::core("local", KeySpec::ALL.to_vec()) }
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        self.meta(key).await.map(|meta| meta.info())
    }

    async fn create(&self, request: CreateKey) -> KeyResult<KeyInfo> {
        self.make(request, None, false).await
    }

    async fn public_key(&self, key: &KeyRef) -> KeyResult<PublicKey> {
        self.meta(key).await?.public_key()
    }

    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>> {
        let (store, id, name) = (self.0.clone(), local_id(key)?, key.to_string());
        blocking(move || {
            let (meta, pkcs8) = store.load(&id)?;
            if !algorithm.fits(meta.spec) {
                return Err(KeyError::WrongAlgorithm { key: name, spec: meta.spec, algorithm });
            }
            let key = SoftwareKey::from_pkcs8(meta.spec, pkcs8)?;
            if key.public_key() != &meta.public_key()? {
                return Err(KeyError::StoreCorrupt { file: record::file_name(&id) });
            }
            Ok(Box::new(LocalSigner::new(key, id, algorithm)) as Box<dyn DigestSigner>)
        })
        .await
    }

    async fn list(&self) -> KeyResult<Vec<KeyInfo>> {
        let store = self.0.clone();
        blocking(move || {
            let mut keys = Vec::new();
            for id in files::stems(&store.folder, KEY_SUFFIX)? {
                match store.load(&id) {
                    Ok((meta, _)) => keys.push(meta.info()),
                    // One damaged file must not hide the others, nor be hidden itself.
                    Err(KeyError::StoreCorrupt { .. }) => keys.push(record::damaged(&id)),
                    // Deleted since the folder was read.
                    Err(KeyError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            keys.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.key_id.cmp(&b.key_id)));
            Ok(keys)
        })
        .await
    }
}

struct Store {
    folder: PathBuf,
    keys: Sealer,
    secrets: Sealer,
    protection: Protection,
    clock: Arc<dyn Clock>,
}

impl Store {
    fn load(&self, id: &str) -> KeyResult<(KeyMeta, SecretBytes)> {
        let content = files::read(&self.folder, &record::file_name(id))?
            .ok_or_else(|| KeyError::NotFound { key: format!("local:{id}"), region: None })?;
        record::decode(&self.keys, id, &content)
    }

    fn label_is_free(&self, label: &str) -> KeyResult<()> {
        for id in files::stems(&self.folder, KEY_SUFFIX)? {
            if self.load(&id).is_ok_and(|(meta, _)| meta.label == label) {
                return Err(KeyError::AlreadyExists { name: label.to_owned() });
            }
        }
        Ok(())
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    version: u32,
    sealed: Sealed,
}

fn local_id(key: &KeyRef) -> KeyResult<String> {
    let refuse = |reason: String| Err(KeyError::BadReference { reason });
    match key {
        // A reference can be built without being parsed; the id becomes a file name.
        KeyRef::Local { id } if plain_name(id) => Ok(id.clone()),
        KeyRef::Local { id } => refuse(format!("{id:?} is not the id of a local key")),
        KeyRef::AwsKms { .. } | KeyRef::Pkcs11 { .. } | KeyRef::P12 { .. } => {
            refuse(format!("{key} is a key of another backend ({}:)", key.scheme()))
        }
    }
}

fn secret_name(name: &str) -> KeyResult<String> {
    if plain_name(name) {
        Ok(name.to_owned())
    } else {
        Err(KeyError::BadReference { reason: format!("{name:?} is not the name of a secret") })
    }
}

fn plain_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
