//! Changes of a key that one person may make: names, tags, text, on and off, renewal of a symmetric key.

use std::sync::Arc;

use cartorio_keys::{KeyManager, KeyRef, RotationPeriod, check_alias, check_description};
use cartorio_registry::Act;

use super::{detail, view};
use crate::dto::{AutomaticRotationSet, KeyAlias, KeyDescribe, KeyDetail, KeyEnable, KeyTagsChange, Permission};
use crate::session::{Facts, Session};
use crate::{OfficeError, OfficeResult};

/// Gives a key a name, taking it from the key that has it.
pub(crate) async fn put_alias(session: &Session, request: KeyAlias) -> OfficeResult<KeyDetail> {
    let alias = request.alias.trim();
    check_alias(alias)?;
    let target = Target::of(session, &request.key_ref).await?;
    session
        .record(Act::KeyAliasMoved, target.facts().with("alias", alias), async |found| {
            if let Some(before) = target.manager.resolve_alias(alias).await? {
                found.detail.insert("from".to_owned(), before.key_id);
            }
            target.manager.put_alias(alias, &target.key).await?;
            target.shown(session, found).await
        })
        .await
}

/// Takes a name away from the key that has it.
pub(crate) async fn remove_alias(session: &Session, request: KeyAlias) -> OfficeResult<KeyDetail> {
    let alias = request.alias.trim();
    check_alias(alias)?;
    let target = Target::of(session, &request.key_ref).await?;
    session
        .record(Act::KeyAliasRemoved, target.facts().with("alias", alias), async |found| {
            let own = target.manager.describe(&target.key).await?;
            // A name that moved meanwhile is another key's by now.
            if target.manager.resolve_alias(alias).await?.is_some_and(|holder| holder.key_id == own.key_id) {
                target.manager.remove_alias(alias).await?;
            }
            target.shown(session, found).await
        })
        .await
}

/// Adds, replaces and takes away tags.
pub(crate) async fn change_tags(session: &Session, request: KeyTagsChange) -> OfficeResult<KeyDetail> {
    let put = view::tags_of(&request.put)?;
    let target = Target::of(session, &request.key_ref).await?;
    let names: Vec<&str> = put.keys().map(String::as_str).collect();
    let facts = target.facts().with("put", names.join(", ")).with("remove", request.remove.join(", "));
    session
        .record(Act::KeyTagged, facts, async |found| {
            if !put.is_empty() {
                target.manager.put_tags(&target.key, &put).await?;
            }
            if !request.remove.is_empty() {
                target.manager.remove_tags(&target.key, &request.remove).await?;
            }
            target.shown(session, found).await
        })
        .await
}

/// Changes a key's free text.
pub(crate) async fn set_description(session: &Session, request: KeyDescribe) -> OfficeResult<KeyDetail> {
    let description = request.description.trim();
    check_description(description)?;
    let target = Target::of(session, &request.key_ref).await?;
    session
        .record(Act::KeyChanged, target.facts(), async |found| {
            target.manager.set_description(&target.key, description).await?;
            target.shown(session, found).await
        })
        .await
}

/// Switches a key on or off.
pub(crate) async fn enable(session: &Session, request: KeyEnable) -> OfficeResult<KeyDetail> {
    let act = if request.enabled { Act::KeyEnabled } else { Act::KeyDisabled };
    let target = Target::of(session, &request.key_ref).await?;
    if !request.enabled {
        target.require_no_rotation(session).await?;
    }
    session
        .record(act, target.facts(), async |found| {
            target.manager.set_enabled(&target.key, request.enabled).await?;
            target.shown(session, found).await
        })
        .await
}

/// Switches a symmetric key's own renewal on or off.
pub(crate) async fn set_automatic_rotation(
    session: &Session,
    request: AutomaticRotationSet,
) -> OfficeResult<KeyDetail> {
    let period = request.period_days.map(RotationPeriod::days).transpose()?;
    let said = period.map_or_else(|| "off".to_owned(), |period| period.as_days().to_string());
    let target = Target::of(session, &request.key_ref).await?;
    session
        .record(Act::AutomaticRotationChanged, target.facts().with("period_days", said), async |found| {
            target.manager.set_automatic_rotation(&target.key, period).await?;
            target.shown(session, found).await
        })
        .await
}

/// Renews a symmetric key now.
pub(crate) async fn rotate_now(session: &Session, key_ref: &str) -> OfficeResult<KeyDetail> {
    let target = Target::of(session, key_ref).await?;
    session
        .record(Act::KeyRotatedOnDemand, target.facts(), async |found| {
            target.manager.rotate_now(&target.key).await?;
            target.shown(session, found).await
        })
        .await
}

/// A key that something is done to, and the place where it lives.
pub(super) struct Target {
    pub(super) key: KeyRef,
    pub(super) manager: Arc<dyn KeyManager>,
}

impl Target {
    /// Reads the reference, for an operator who may change keys.
    pub(super) async fn of(session: &Session, key_ref: &str) -> OfficeResult<Self> {
        session.require(Permission::ManageKeys)?;
        let key: KeyRef = key_ref.parse()?;
        let manager = session.manager(&key).await?;
        Ok(Self { key, manager })
    }

    pub(super) fn facts(&self) -> Facts {
        Facts::key(&self.key)
    }

    /// The key as it is after the act; its exact identifier goes on record.
    pub(super) async fn shown(&self, session: &Session, found: &mut Facts) -> OfficeResult<KeyDetail> {
        detail(session, &self.key, found).await
    }

    /// A key in the middle of its change is moved by that change alone.
    pub(super) async fn require_no_rotation(&self, session: &Session) -> OfficeResult<()> {
        let id = self.manager.describe(&self.key).await?.key_id;
        let open = session.registry.rotations(true).await?;
        let busy = |other: &str| other == id;
        match open.iter().any(|own| busy(&own.old_key_id) || own.new_key_id.as_deref().is_some_and(busy)) {
            true => Err(OfficeError::RotationOpen { key: id }),
            false => Ok(()),
        }
    }
}
