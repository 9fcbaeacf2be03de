//! The key files of one folder: read, changed under the lock, named.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use cartorio_core::{Clock, SecretBytes};
use time::OffsetDateTime;

use super::files;
use super::master::{KEY_SUFFIX, Protection};
use super::record::{self, KeyMeta, State};
use super::seal::Sealer;
use super::uses::Uses;
use crate::{CreationToken, KeyError, KeyInfo, KeyResult};

/// What is said about a key, and its secret part.
pub(super) type Record = (KeyMeta, SecretBytes);

pub(super) struct Vault {
    pub(super) folder: PathBuf,
    pub(super) keys: Sealer,
    pub(super) secrets: Sealer,
    pub(super) protection: Protection,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) uses: Uses,
}

impl Vault {
    /// One key. A key whose deletion was due is not there any more, even while its file is.
    pub(super) fn load(&self, id: &str) -> KeyResult<Record> {
        match self.read(id)? {
            Some(record) if !record.0.is_gone(self.clock.now()) => Ok(record),
            Some(_) | None => Err(KeyError::NotFound { key: format!("local:{id}"), region: None }),
        }
    }

    /// Every key that can be read.
    pub(super) fn all(&self) -> KeyResult<Vec<Record>> {
        Ok(self.sound_and_damaged()?.0)
    }

    /// Every key that can be read, and the identifiers of the damaged ones.
    pub(super) fn sound_and_damaged(&self) -> KeyResult<(Vec<Record>, Vec<String>)> {
        let (mut sound, mut damaged) = (Vec::new(), Vec::new());
        for id in files::stems(&self.folder, KEY_SUFFIX)? {
            match self.load(&id) {
                Ok(record) => sound.push(record),
                Err(KeyError::StoreCorrupt { .. }) => damaged.push(id),
                // Deleted since the folder was read, or due.
                Err(KeyError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok((sound, damaged))
    }

    /// Facts about one key.
    pub(super) fn describe(&self, id: &str) -> KeyResult<KeyInfo> {
        let (meta, _) = self.load(id)?;
        // Only a key that claims names needs the others to be asked.
        let all = if meta.aliases.is_empty() { Vec::new() } else { self.all()? };
        Ok(info(&meta, &all))
    }

    /// Whoever has a name.
    pub(super) fn holder(&self, alias: &str) -> KeyResult<Option<KeyInfo>> {
        let all = self.all()?;
        Ok(holder(&all, alias).map(|meta| info(meta, &all)))
    }

    /// The key that a token made.
    pub(super) fn created_by(&self, token: &CreationToken) -> KeyResult<Option<KeyInfo>> {
        let all = self.all()?;
        let found = all.iter().map(|(meta, _)| meta).find(|meta| meta.token.as_ref() == Some(token));
        Ok(found.map(|meta| info(meta, &all)))
    }

    /// Changes what is said about a key, whole or not at all; nothing is written where nothing changed.
    pub(super) fn change<T>(&self, id: &str, change: impl FnOnce(&mut KeyMeta) -> KeyResult<T>) -> KeyResult<T> {
        let _lock = files::lock(&self.folder)?;
        let (mut meta, secret) = self.load(id)?;
        let before = meta.clone();
        let outcome = change(&mut meta)?;
        if meta != before {
            self.write(&meta, &secret)?;
        }
        Ok(outcome)
    }

    /// Writes a key's file over the old one. The caller holds the lock.
    pub(super) fn write(&self, meta: &KeyMeta, secret: &SecretBytes) -> KeyResult<()> {
        let content = record::encode(&self.keys, meta, secret)?;
        files::write_over(&self.folder, &record::file_name(&meta.id), &content)
    }

    /// Gives a name to a key, taking it from the one that has it: one file is written, and from then on the name is the
    /// key's.
    ///
    /// The caller holds the lock.
    pub(super) fn claim(&self, alias: &str, id: &str) -> KeyResult<()> {
        let all = self.all()?;
        let (mut meta, secret) = self.load(id)?;
        meta.must_not_be_pending()?;
        if let Some(holder) = holder(&all, alias) {
            if holder.id == id {
                return Ok(());
            }
            if holder.usage() != meta.usage() {
                return Err(meta.wrong_usage());
            }
        }
        let highest = all.iter().filter_map(|(meta, _)| meta.aliases.get(alias)).max();
        let claim = highest.map_or(0, |highest| highest.saturating_add(1));
        meta.aliases.insert(alias.to_owned(), claim);
        self.write(&meta, &secret)?;
        self.drop_claims(&all, alias, Some(id))
    }

    /// Takes a name away. The claim that has it goes last: what is left by a crash is the name where it was.
    pub(super) fn remove_alias(&self, alias: &str) -> KeyResult<()> {
        let _lock = files::lock(&self.folder)?;
        let all = self.all()?;
        let id = holder(&all, alias).map(|meta| meta.id.clone());
        self.drop_claims(&all, alias, id.as_deref())?;
        match id.and_then(|id| all.into_iter().find(|(meta, _)| meta.id == id)) {
            Some((mut meta, secret)) => {
                meta.aliases.remove(alias);
                self.write(&meta, &secret)
            }
            None => Ok(()),
        }
    }

    /// Deletes a key's file; tells whether there was one.
    pub(super) fn delete(&self, id: &str) -> KeyResult<bool> {
        let _lock = files::lock(&self.folder)?;
        self.erase(id)
    }

    /// Keys whose deletion was due before `now`.
    pub(super) fn due(&self, now: OffsetDateTime) -> KeyResult<Vec<KeyInfo>> {
        let mut due = Vec::new();
        for (meta, _) in self.sound()? {
            if meta.is_gone(now) {
                // Its names may be others' by now; these are those that it had.
                due.push(meta.info(meta.aliases.keys().cloned().collect()));
            }
        }
        Ok(due)
    }

    /// Deletes the files of keys whose deletion was due before `now`, and tells which.
    pub(super) fn purge(&self, now: OffsetDateTime) -> KeyResult<Vec<KeyInfo>> {
        let _lock = files::lock(&self.folder)?;
        let mut purged = Vec::new();
        for info in self.due(now)? {
            if self.erase(&info.key_id)? {
                purged.push(info);
            }
        }
        Ok(purged)
    }

    /// Drops claims that are outvoted, which a crash may have left.
    pub(super) fn tidy(&self) -> KeyResult<()> {
        let _lock = files::lock(&self.folder)?;
        let all = self.sound()?;
        for (meta, secret) in &all {
            let names = names(meta, &all);
            if names.len() != meta.aliases.len() {
                let mut meta = meta.clone();
                meta.aliases.retain(|alias, _| names.contains(alias));
                self.write(&meta, secret)?;
            }
        }
        Ok(())
    }

    fn read(&self, id: &str) -> KeyResult<Option<Record>> {
        let content = files::read(&self.folder, &record::file_name(id))?;
        content.map(|content| record::decode(&self.keys, id, &content)).transpose()
    }

    /// Every key that can be read, also those whose deletion was due.
    fn sound(&self) -> KeyResult<Vec<Record>> {
        let mut sound = Vec::new();
        for id in files::stems(&self.folder, KEY_SUFFIX)? {
            match self.read(&id) {
                Ok(record) => sound.extend(record),
                Err(KeyError::StoreCorrupt { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sound)
    }

    fn erase(&self, id: &str) -> KeyResult<bool> {
        // A claim that this key has outvoted must not come to life when it is gone.
        let all = self.sound()?;
        if let Some((meta, _)) = all.iter().find(|(meta, _)| meta.id == id) {
            for alias in names(meta, &all) {
                self.drop_claims(&all, &alias, Some(id))?;
            }
        }
        let removed = files::remove(&self.folder, &record::file_name(id))?;
        self.uses.forget(&self.folder, id)?;
        Ok(removed)
    }

    fn drop_claims(&self, all: &[Record], alias: &str, keep: Option<&str>) -> KeyResult<()> {
        let others = all.iter().filter(|(meta, _)| meta.aliases.contains_key(alias) && Some(&*meta.id) != keep);
        for (meta, secret) in others {
            let mut meta = meta.clone();
            meta.aliases.remove(alias);
            self.write(&meta, secret)?;
        }
        Ok(())
    }
}

/// Facts about a key among all others.
pub(super) fn info(meta: &KeyMeta, all: &[Record]) -> KeyInfo {
    meta.info(names(meta, all))
}

/// Whoever has a name: the highest claim.
pub(super) fn holder<'a>(all: &'a [Record], alias: &str) -> Option<&'a KeyMeta> {
    let claims = all.iter().filter_map(|(meta, _)| meta.aliases.get(alias).map(|claim| (claim, meta)));
    claims.max_by_key(|(claim, meta)| (**claim, meta.id.clone())).map(|(_, meta)| meta)
}

fn names(meta: &KeyMeta, all: &[Record]) -> Vec<String> {
    let mut highest: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    for (other, _) in all {
        for (alias, claim) in &other.aliases {
            if meta.aliases.contains_key(alias) {
                let best = highest.entry(alias).or_insert((*claim, &other.id));
                *best = (*best).max((*claim, &other.id));
            }
        }
    }
    let mine = |alias: &&String| highest.get(alias.as_str()).is_none_or(|(_, id)| *id == meta.id);
    meta.aliases.keys().filter(mine).cloned().collect()
}

impl State {
    /// Off, or on again.
    pub(super) const fn of(enabled: bool) -> Self {
        if enabled { Self::Enabled } else { Self::Disabled }
    }
}
