//! The [`KeyManager`] face of [`LocalKeys`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use cartorio_core::SecretBytes;
use time::OffsetDateTime;

use super::data;
use super::files;
use super::master::blocking;
use super::record::{self, Cause, KeyMeta, Kind, Material, Renewal, State};
use super::seal::{KEY_LEN, random};
use super::signer::LocalSigner;
use super::store::{LocalKeys, local_id};
use super::uses::Operation;
use super::vault::{Record, Vault, info};
use crate::{
    AutomaticRotation, Capabilities, CreateDataMaster, CreateKey, CreationToken, DataKey, DeletionWindow, DigestSigner,
    EncryptionContext, KeyError, KeyInfo, KeyManager, KeyRef, KeyResult, KeySpec, LastUse, PublicKey, RotationPeriod,
    SignatureAlgorithm, SoftwareKey, check_alias, check_description, check_tags,
};

#[async_trait]
impl KeyManager for LocalKeys {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            list: true,
            exportable: true,
            creation_tokens: true,
            last_use: true,
            aliases: true,
            tags: true,
            disable: true,
            deletion: true,
            data_keys: true,
            automatic_rotation: true,
            ..Capabilities::core("local", KeySpec::ALL.to_vec())
        }
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        self.with(key, |vault, id| vault.describe(&id)).await
    }

    async fn create(&self, request: CreateKey) -> KeyResult<KeyInfo> {
        self.make_signing(request, None, false).await
    }

    async fn public_key(&self, key: &KeyRef) -> KeyResult<PublicKey> {
        self.with(key, |vault, id| vault.load(&id)?.0.signing().map(|(_, public)| public)).await
    }

    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>> {
        let (store, id, name) = (self.0.clone(), local_id(key)?, key.to_string());
        blocking(move || {
            let (meta, pkcs8) = store.load(&id)?;
            let (spec, public) = meta.signing()?;
            meta.must_be_enabled()?;
            if !algorithm.fits(spec) {
                return Err(KeyError::WrongAlgorithm { key: name, spec, algorithm });
            }
            let key = SoftwareKey::from_pkcs8(spec, pkcs8)?;
            if key.public_key() != &public {
                return Err(KeyError::StoreCorrupt { file: record::file_name(&id) });
            }
            Ok(Box::new(LocalSigner::new(store, key, id, algorithm)) as Box<dyn DigestSigner>)
        })
        .await
    }

    async fn list(&self) -> KeyResult<Vec<KeyInfo>> {
        let store = self.0.clone();
        blocking(move || {
            let (sound, damaged) = store.sound_and_damaged()?;
            let mut keys: Vec<_> = sound.iter().map(|(meta, _)| info(meta, &sound)).collect();
            // One damaged file must not hide the others, nor be hidden itself.
            keys.extend(damaged.iter().map(|id| record::damaged(id)));
            keys.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.key_id.cmp(&b.key_id)));
            Ok(keys)
        })
        .await
    }

    async fn find_created(&self, token: &CreationToken) -> KeyResult<Option<KeyInfo>> {
        let (store, token) = (self.0.clone(), token.clone());
        blocking(move || store.created_by(&token)).await
    }

    async fn last_use(&self, key: &KeyRef) -> KeyResult<Option<LastUse>> {
        self.with(key, |vault, id| {
            vault.load(&id)?;
            vault.uses.last(&vault.folder, &id)
        })
        .await
    }

    async fn put_alias(&self, alias: &str, key: &KeyRef) -> KeyResult<()> {
        check_alias(alias)?;
        let alias = alias.to_owned();
        self.with(key, move |vault, id| {
            let _lock = files::lock(&vault.folder)?;
            vault.claim(&alias, &id)
        })
        .await
    }

    async fn remove_alias(&self, alias: &str) -> KeyResult<()> {
        check_alias(alias)?;
        let (store, alias) = (self.0.clone(), alias.to_owned());
        blocking(move || store.remove_alias(&alias)).await
    }

    async fn resolve_alias(&self, alias: &str) -> KeyResult<Option<KeyInfo>> {
        check_alias(alias)?;
        let (store, alias) = (self.0.clone(), alias.to_owned());
        blocking(move || store.holder(&alias)).await
    }

    async fn tags(&self, key: &KeyRef) -> KeyResult<BTreeMap<String, String>> {
        self.with(key, |vault, id| Ok(vault.load(&id)?.0.tags)).await
    }

    async fn put_tags(&self, key: &KeyRef, tags: &BTreeMap<String, String>) -> KeyResult<()> {
        check_tags(tags)?;
        let tags = tags.clone();
        self.change(key, move |meta| {
            let mut joined = meta.tags.clone();
            joined.extend(tags);
            check_tags(&joined)?;
            meta.tags = joined;
            Ok(())
        })
        .await
    }

    async fn remove_tags(&self, key: &KeyRef, names: &[String]) -> KeyResult<()> {
        let names = names.to_vec();
        self.change(key, move |meta| {
            meta.tags.retain(|name, _| !names.contains(name));
            Ok(())
        })
        .await
    }

    async fn set_description(&self, key: &KeyRef, description: &str) -> KeyResult<()> {
        check_description(description)?;
        let description = description.to_owned();
        self.change(key, move |meta| {
            meta.description = description;
            Ok(())
        })
        .await
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: bool) -> KeyResult<()> {
        self.change(key, move |meta| {
            meta.must_not_be_pending()?;
            meta.state = State::of(enabled);
            Ok(())
        })
        .await
    }

    async fn schedule_deletion(&self, key: &KeyRef, window: DeletionWindow) -> KeyResult<OffsetDateTime> {
        let now = self.0.clock.now();
        self.change(key, move |meta| {
            if let State::PendingDeletion { at } = meta.state {
                return Ok(at);
            }
            let at = now.saturating_add(time::Duration::days(i64::from(window.as_days())));
            meta.state = State::PendingDeletion { at };
            Ok(at)
        })
        .await
    }

    async fn cancel_deletion(&self, key: &KeyRef) -> KeyResult<()> {
        self.change(key, |meta| {
            if let State::PendingDeletion { .. } = meta.state {
                meta.state = State::Disabled;
            }
            Ok(())
        })
        .await
    }

    async fn create_data_master(&self, request: CreateDataMaster) -> KeyResult<KeyInfo> {
        self.make_sealing(request).await
    }

    async fn data_key(&self, key: &KeyRef, context: &EncryptionContext) -> KeyResult<DataKey> {
        let context = context.clone();
        self.with(key, move |vault, id| {
            let (_, materials) = vault.renewed(&id)?;
            let (plaintext, sealed) = data::make(&id, &materials, &context)?;
            vault.uses.note(&vault.folder, &id, vault.clock.now(), Operation::GenerateDataKey);
            Ok(DataKey { plaintext, sealed, key_id: id })
        })
        .await
    }

    async fn open_data_key(&self, key: &KeyRef, sealed: &[u8], context: &EncryptionContext) -> KeyResult<SecretBytes> {
        let (sealed, context, name) = (sealed.to_vec(), context.clone(), key.to_string());
        self.with(key, move |vault, id| {
            let (_, materials) = vault.master(&id)?;
            let opened = data::open(&id, &materials, &sealed, &context)?.ok_or(KeyError::SealBroken { key: name })?;
            vault.uses.note(&vault.folder, &id, vault.clock.now(), Operation::Decrypt);
            Ok(opened)
        })
        .await
    }

    async fn automatic_rotation(&self, key: &KeyRef) -> KeyResult<AutomaticRotation> {
        self.with(key, |vault, id| {
            let (meta, _) = vault.load(&id)?;
            let (materials, renewal) = sealing(&meta)?;
            let renewed = materials.iter().rev().filter_map(|material| match material.cause {
                Cause::Creation => None,
                Cause::Automatic => Some((material.made_at, false)),
                Cause::OnDemand => Some((material.made_at, true)),
            });
            Ok(AutomaticRotation {
                period: renewal.and_then(Renewal::period),
                next: renewal.map(|renewal| renewal.next(materials)),
                past: renewed.collect(),
            })
        })
        .await
    }

    async fn set_automatic_rotation(&self, key: &KeyRef, period: Option<RotationPeriod>) -> KeyResult<()> {
        let since = self.0.clock.now();
        self.change(key, move |meta| {
            sealing(meta)?;
            meta.must_be_enabled()?;
            if let Kind::Sealing { renewal, .. } = &mut meta.kind {
                let days = period.map(RotationPeriod::as_days);
                // The same period again does not put the next renewal off.
                if renewal.as_ref().map(|renewal| renewal.days) != days {
                    *renewal = days.map(|days| Renewal { days, since });
                }
            }
            Ok(())
        })
        .await
    }

    async fn rotate_now(&self, key: &KeyRef) -> KeyResult<()> {
        self.with(key, |vault, id| {
            let _lock = files::lock(&vault.folder)?;
            let (meta, materials) = vault.master(&id)?;
            vault.renew(meta, &materials, Cause::OnDemand).map(|_| ())
        })
        .await
    }
}

impl LocalKeys {
    async fn with<T: Send + 'static>(
        &self,
        key: &KeyRef,
        work: impl FnOnce(&Vault, String) -> KeyResult<T> + Send + 'static,
    ) -> KeyResult<T> {
        let (store, id) = (self.0.clone(), local_id(key)?);
        blocking(move || work(&store, id)).await
    }

    async fn change<T: Send + 'static>(
        &self,
        key: &KeyRef,
        change: impl FnOnce(&mut KeyMeta) -> KeyResult<T> + Send + 'static,
    ) -> KeyResult<T> {
        self.with(key, move |vault, id| vault.change(&id, change)).await
    }
}

impl Vault {
    /// A master that may be used.
    fn master(&self, id: &str) -> KeyResult<Record> {
        let record = self.load(id)?;
        sealing(&record.0)?;
        record.0.must_be_enabled()?;
        Ok(record)
    }

    /// As [`Self::master`], renewed first where its period is over.
    fn renewed(&self, id: &str) -> KeyResult<Record> {
        let record = self.master(id)?;
        if !is_due(&record.0, self.clock.now()) {
            return Ok(record);
        }
        let _lock = files::lock(&self.folder)?;
        // Another one may have been faster.
        let (meta, materials) = self.master(id)?;
        if is_due(&meta, self.clock.now()) {
            self.renew(meta, &materials, Cause::Automatic)
        } else {
            Ok((meta, materials))
        }
    }

    /// Adds a material. The caller holds the lock.
    fn renew(&self, mut meta: KeyMeta, materials: &SecretBytes, cause: Cause) -> KeyResult<Record> {
        let mut grown = zeroize::Zeroizing::new(Vec::with_capacity(materials.expose().len() + KEY_LEN));
        grown.extend_from_slice(materials.expose());
        grown.extend_from_slice(&zeroize::Zeroizing::new(random(KEY_LEN)?));
        if let Kind::Sealing { materials, .. } = &mut meta.kind {
            materials.push(Material { made_at: self.clock.now(), cause });
        }
        let grown = SecretBytes::new(std::mem::take(&mut *grown));
        self.write(&meta, &grown)?;
        Ok((meta, grown))
    }
}

fn sealing(meta: &KeyMeta) -> KeyResult<(&[Material], Option<&Renewal>)> {
    match &meta.kind {
        Kind::Sealing { materials, renewal } => Ok((materials, renewal.as_ref())),
        Kind::Signing { .. } => Err(meta.wrong_usage()),
    }
}

fn is_due(meta: &KeyMeta, now: OffsetDateTime) -> bool {
    sealing(meta).is_ok_and(|(materials, renewal)| renewal.is_some_and(|renewal| renewal.next(materials) <= now))
}
