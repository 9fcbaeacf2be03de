//! [`LocalKeys`]: the store, beyond what the contract of all backends has.

use std::path::Path;
use std::sync::Arc;

use cartorio_core::SecretBytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::files;
use super::master::{self, LocalOptions, Protection, SECRET_SUFFIX, blocking};
use super::record::{self, KeyMeta, Kind};
use super::seal::{Sealed, failed, hex, random};
use super::uses::Uses;
use super::vault::{Vault, holder, info};
use crate::{CreateDataMaster, CreateKey, CreationToken, KeyError, KeyInfo, KeyRef, KeyResult, SoftwareKey};

/// Software keys, and other small secrets, sealed in one folder. Cheap to clone.
#[derive(Clone)]
pub struct LocalKeys(pub(super) Arc<Vault>);

impl LocalKeys {
    /// Opens the store, or makes it when its folder holds none.
    ///
    /// # Errors
    /// `StoreLocked` when the keyring does not give the master key (also when it merely has no entry: a store that
    /// exists never gets a new master key), `PassphraseRequired`, `PassphraseWrong`, `StoreCorrupt`, `StoreIo`.
    pub async fn open(options: LocalOptions) -> KeyResult<Self> {
        let (master, protection) = master::unlock(&options).await?;
        let vault = Arc::new(Vault {
            keys: master.sealer("keys")?,
            secrets: master.sealer("secrets")?,
            folder: options.folder,
            protection,
            clock: options.clock,
            uses: Uses::default(),
        });
        let store = vault.clone();
        // A repair that fails is no reason to stay closed: what it tidies away is not believed anyway.
        let _ = blocking(move || store.tidy()).await;
        Ok(Self(vault))
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

    /// Makes a key as [`KeyManager::create`](crate::KeyManager::create) does, whose private half may be exported later.
    ///
    /// # Errors
    /// As [`KeyManager::create`](crate::KeyManager::create).
    pub async fn create_exportable(&self, request: CreateKey) -> KeyResult<KeyInfo> {
        self.make_signing(request, None, true).await
    }

    /// Takes over a private key (DER `PrivateKeyInfo`) of type `request.spec`.
    ///
    /// # Errors
    /// `Backend` when the key is malformed or of another type; as [`KeyManager::create`](crate::KeyManager::create) else.
    pub async fn import_pkcs8(&self, request: CreateKey, pkcs8: SecretBytes, exportable: bool) -> KeyResult<KeyInfo> {
        self.make_signing(request, Some(pkcs8), exportable).await
    }

    /// The private half (DER `PrivateKeyInfo`) of a key that was made exportable.
    ///
    /// # Errors
    /// `NotExportable`; `NotFound`, `BadReference`, `StoreCorrupt`, `StoreIo`.
    pub async fn export_pkcs8(&self, key: &KeyRef) -> KeyResult<SecretBytes> {
        let (store, id, name) = (self.0.clone(), local_id(key)?, key.to_string());
        blocking(move || {
            let (meta, pkcs8) = store.load(&id)?;
            meta.signing()?;
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
        blocking(move || if store.delete(&id)? { Ok(()) } else { Err(KeyError::NotFound { key: name, region: None }) })
            .await
    }

    /// Keys whose scheduled deletion was due before `now` and whose files still lie here, to be announced before
    /// [`Self::purge_due`].
    ///
    /// # Errors
    /// `StoreIo`.
    pub async fn due(&self, now: OffsetDateTime) -> KeyResult<Vec<KeyInfo>> {
        let store = self.0.clone();
        blocking(move || store.due(now)).await
    }

    /// Deletes the files of keys whose scheduled deletion was due before `now`, and tells which they were. To every other
    /// call they have been gone since that date; nothing else deletes the files, so that nothing goes without a word.
    ///
    /// # Errors
    /// `StoreIo`.
    pub async fn purge_due(&self, now: OffsetDateTime) -> KeyResult<Vec<KeyInfo>> {
        let store = self.0.clone();
        blocking(move || store.purge(now)).await
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

    pub(super) async fn make_signing(
        &self,
        request: CreateKey,
        pkcs8: Option<SecretBytes>,
        exportable: bool,
    ) -> KeyResult<KeyInfo> {
        request.check()?;
        if request.multi_region {
            let what = "keys in several regions".to_owned();
            return Err(KeyError::Unsupported { backend: "local", what });
        }
        let store = self.0.clone();
        blocking(move || {
            let given = pkcs8.map(|pkcs8| SoftwareKey::from_pkcs8(request.spec, pkcs8)).transpose()?;
            let public = given.as_ref().map(SoftwareKey::public_key);
            let fits = |meta: &KeyMeta| {
                meta.exportable == exportable
                    && meta
                        .signing()
                        .is_ok_and(|(spec, own)| spec == request.spec && public.is_none_or(|public| *public == own))
            };
            let wanted = Wanted { alias: request.alias.as_deref(), token: request.token.as_ref(), fits: &fits };
            // Asked before the seconds that it takes to make a key, and once more after them.
            let lock = files::lock(&store.folder)?;
            if let Some(made) = store.made(&wanted)? {
                return Ok(made);
            }
            drop(lock);
            let key = match &given {
                Some(key) => key,
                None => &SoftwareKey::generate(request.spec)?,
            };
            let meta = KeyMeta {
                description: request.description.clone(),
                exportable,
                tags: request.tags.clone(),
                token: request.token.clone(),
                ..KeyMeta::new(new_id()?, Kind::signing(key.public_key()), store.clock.now())
            };
            store.add(&wanted, meta, key.pkcs8())
        })
        .await
    }

    pub(super) async fn make_sealing(&self, request: CreateDataMaster) -> KeyResult<KeyInfo> {
        request.alias.as_deref().map_or(Ok(()), crate::check_alias)?;
        crate::check_description(&request.description)?;
        crate::check_tags(&request.tags)?;
        let store = self.0.clone();
        blocking(move || {
            let fits = |meta: &KeyMeta| matches!(meta.kind, Kind::Sealing { .. });
            let wanted = Wanted { alias: request.alias.as_deref(), token: request.token.as_ref(), fits: &fits };
            let now = store.clock.now();
            let meta = KeyMeta {
                description: request.description.clone(),
                tags: request.tags.clone(),
                token: request.token.clone(),
                ..KeyMeta::new(new_id()?, Kind::sealing(now), now)
            };
            store.add(&wanted, meta, &SecretBytes::new(random(super::seal::KEY_LEN)?))
        })
        .await
    }
}

/// What a request for a new key asks for.
struct Wanted<'a> {
    alias: Option<&'a str>,
    token: Option<&'a CreationToken>,
    /// Whether a key that the token made is such a one.
    fits: &'a dyn Fn(&KeyMeta) -> bool,
}

impl Vault {
    /// The key that the token made, with the name that it should have; `None` where one is to be made. The caller holds
    /// the lock.
    fn made(&self, wanted: &Wanted<'_>) -> KeyResult<Option<KeyInfo>> {
        let all = self.all()?;
        let found = wanted
            .token
            .and_then(|token| all.iter().map(|(meta, _)| meta).find(|meta| meta.token.as_ref() == Some(token)));
        let named = wanted.alias.and_then(|alias| holder(&all, alias));
        match (found, wanted.alias, wanted.token) {
            (Some(found), _, Some(token)) if !(wanted.fits)(found) => {
                Err(KeyError::AlreadyExists { name: token.as_str().to_owned() })
            }
            (Some(found), Some(alias), _) if named.is_none() && found.must_not_be_pending().is_ok() => {
                self.claim(alias, &found.id)?;
                self.describe(&found.id).map(Some)
            }
            (Some(found), _, _) => Ok(Some(info(found, &all))),
            (None, Some(alias), _) if named.is_some() => Err(KeyError::AlreadyExists { name: alias.to_owned() }),
            (None, _, _) => Ok(None),
        }
    }

    /// Writes a new key, unless another process was faster.
    fn add(&self, wanted: &Wanted<'_>, mut meta: KeyMeta, secret: &SecretBytes) -> KeyResult<KeyInfo> {
        let _lock = files::lock(&self.folder)?;
        if let Some(made) = self.made(wanted)? {
            return Ok(made);
        }
        meta.aliases = wanted.alias.map(|alias| (alias.to_owned(), 0)).into_iter().collect();
        let content = record::encode(&self.keys, &meta, secret)?;
        files::write_new(&self.folder, &record::file_name(&meta.id), &content)?;
        Ok(meta.info(wanted.alias.map(str::to_owned).into_iter().collect()))
    }
}

fn new_id() -> KeyResult<String> {
    Ok(hex(&random(16)?))
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    version: u32,
    sealed: Sealed,
}

pub(super) fn local_id(key: &KeyRef) -> KeyResult<String> {
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
