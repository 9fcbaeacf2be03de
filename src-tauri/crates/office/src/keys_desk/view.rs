//! From facts about a key to what the window shows.

use std::collections::{BTreeMap, HashMap};

use cartorio_keys::{AutomaticRotation, Capabilities, KeyAccess, KeyInfo, KeyOrigin, KeyState, KeyUsage, check_tags};
use cartorio_registry::KeyUse;
use time::OffsetDateTime;

use super::{DEFAULT_MAX_AGE_DAYS, MAX_AGE_DAYS, age_due};
use crate::dto::{
    AccessConditionView, AccessGrantView, AccessStatementView, AutomaticRotationView, KeyAccessView, KeyAction,
    KeyPlace, KeyRenewal, KeyStateView, KeySummary, KeyTag, KeyUsageView,
};
use crate::session::Session;
use crate::signing::origin_view;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// What the registry knows about keys, loaded once for a list.
pub(crate) struct Known {
    pub(crate) max_age_days: u32,
    identities: HashMap<String, Vec<(String, OffsetDateTime)>>,
    uses: HashMap<String, KeyUse>,
    rotations: HashMap<String, String>,
}

impl Known {
    pub(crate) async fn of(session: &Session) -> OfficeResult<Self> {
        let mut identities = HashMap::<String, Vec<(String, OffsetDateTime)>>::new();
        for identity in session.registry.identities(false).await? {
            let certificate = session.registry.certificate(identity.certificate).await?;
            let key = identity.key_id.unwrap_or(identity.key_ref);
            identities.entry(key).or_default().push((identity.label, certificate.not_after));
        }
        let uses = session.registry.key_uses().await?.into_iter().map(|used| (used.key_id.clone(), used)).collect();
        let rotations = session
            .registry
            .rotations(true)
            .await?
            .into_iter()
            .map(|rotation| (rotation.old_key_id, rotation.id.to_string()))
            .collect();
        Ok(Self { max_age_days: max_age_days(session).await?, identities, uses, rotations })
    }

    pub(crate) fn summary(&self, key: &KeyInfo) -> KeySummary {
        let identities = self.identities.get(&key.key_id).map(Vec::as_slice).unwrap_or_default();
        let used = self.uses.get(&key.key_id);
        KeySummary {
            key_ref: key.key_ref.to_string(),
            key_id: key.key_id.clone(),
            aliases: key.aliases.clone(),
            description: key.description.clone(),
            spec: key.spec.map_or_else(|| key.backend_spec.clone(), |spec| spec.to_string()),
            can_sign: key.can_sign,
            state: match key.state {
                KeyState::Enabled => KeyStateView::Enabled,
                KeyState::Disabled => KeyStateView::Disabled,
                KeyState::PendingDeletion => KeyStateView::PendingDeletion,
                KeyState::Unavailable => KeyStateView::Unavailable,
            },
            created_at: key.created_at.map(rfc3339),
            deletion_at: key.deletion_at.map(rfc3339),
            origin: origin_view(key.origin),
            region: key.region.clone(),
            identities: identities.iter().map(|(label, _)| label.clone()).collect(),
            usage: usage(key.usage),
            multi_region: key.multi_region,
            last_signed_at: used.map(|used| rfc3339(used.at)),
            signatures: used.map_or(0, |used| used.count),
            due_at: self.due(key, identities).map(rfc3339),
            rotation: self.rotations.get(&key.key_id).cloned(),
        }
    }

    /// When the key is to be changed. A key that nobody signs with, or that another CA certifies keys for by file, is never
    /// due by itself.
    fn due(&self, key: &KeyInfo, identities: &[(String, OffsetDateTime)]) -> Option<OffsetDateTime> {
        if !key.can_sign || key.state != KeyState::Enabled || identities.is_empty() {
            return None;
        }
        let by_age = match key.origin {
            KeyOrigin::Local | KeyOrigin::AwsKms => key.created_at.map(|made| age_due(made, self.max_age_days)),
            // Whoever issued the token or file says how long it lives: its certificate.
            KeyOrigin::Token | KeyOrigin::P12File => None,
        };
        let by_certificate = identities.iter().map(|(_, end)| *end).min();
        by_age.into_iter().chain(by_certificate).min()
    }
}

/// After how many days a signing key is to be changed.
async fn max_age_days(session: &Session) -> OfficeResult<u32> {
    let set = session.registry.setting(MAX_AGE_DAYS).await?;
    Ok(set.and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_MAX_AGE_DAYS))
}

fn usage(usage: KeyUsage) -> KeyUsageView {
    match usage {
        KeyUsage::Sign => KeyUsageView::Sign,
        KeyUsage::Seal => KeyUsageView::Seal,
        KeyUsage::Other => KeyUsageView::Other,
    }
}

/// What can be done with a key now.
pub(super) fn actions(info: &KeyInfo, can: &Capabilities, summary: &KeySummary) -> Vec<KeyAction> {
    let enabled = info.state == KeyState::Enabled;
    let waiting = info.state == KeyState::PendingDeletion;
    let signs = info.can_sign && enabled && !info.exportable;
    let documents = info.spec.is_some_and(|spec| spec.signs_documents());
    let in_rotation = summary.rotation.is_some();
    let renewable = matches!(info.origin, KeyOrigin::Local | KeyOrigin::AwsKms);
    [
        (KeyAction::SignFiles, signs),
        (KeyAction::CreateIdentity, signs && documents),
        (KeyAction::ExportPublic, info.usage == KeyUsage::Sign && enabled),
        (KeyAction::Alias, can.aliases && !waiting),
        (KeyAction::Tags, can.tags && !waiting),
        (KeyAction::Describe, can.tags && !waiting),
        (KeyAction::Enable, can.disable && info.state == KeyState::Disabled),
        (KeyAction::Disable, can.disable && enabled && !in_rotation),
        (KeyAction::ScheduleDeletion, can.deletion && !waiting && !in_rotation && info.state != KeyState::Unavailable),
        (KeyAction::CancelDeletion, can.deletion && waiting),
        (KeyAction::Rotate, signs && renewable && documents && can.disable && !in_rotation),
        (KeyAction::AutomaticRotation, can.automatic_rotation && info.usage == KeyUsage::Seal && enabled),
    ]
    .into_iter()
    .filter_map(|(action, possible)| possible.then_some(action))
    .collect()
}

pub(super) fn place_name(place: &KeyPlace) -> &'static str {
    match place {
        KeyPlace::Local => "local",
        KeyPlace::Aws => "aws",
        KeyPlace::Token { .. } => "token",
    }
}

pub(super) fn tags(tags: BTreeMap<String, String>) -> Vec<KeyTag> {
    tags.into_iter().map(|(name, value)| KeyTag { name, value }).collect()
}

/// Reads tags; two of one name are refused.
pub(super) fn tags_of(given: &[KeyTag]) -> OfficeResult<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for tag in given {
        let (name, value) = (tag.name.trim().to_owned(), tag.value.trim().to_owned());
        if tags.insert(name, value).is_some() {
            return Err(OfficeError::InvalidField { field: "tags", reason: "taken" });
        }
    }
    check_tags(&tags)?;
    Ok(tags)
}

pub(super) fn access(access: KeyAccess) -> KeyAccessView {
    KeyAccessView {
        statements: access
            .statements
            .into_iter()
            .map(|statement| AccessStatementView {
                sid: statement.sid,
                allows: statement.allows,
                principals: statement.principals,
                principals_excluded: statement.principals_excluded,
                actions: statement.actions,
                actions_excluded: statement.actions_excluded,
                conditions: statement
                    .conditions
                    .into_iter()
                    .map(|own| AccessConditionView { operator: own.operator, key: own.key, values: own.values })
                    .collect(),
            })
            .collect(),
        grants: access
            .grants
            .into_iter()
            .map(|grant| AccessGrantView {
                id: grant.id,
                name: grant.name,
                grantee: grant.grantee,
                operations: grant.operations,
                created_at: grant.created_at.map(rfc3339),
            })
            .collect(),
        document: access.document,
    }
}

pub(super) fn automatic_rotation(rotation: AutomaticRotation) -> AutomaticRotationView {
    AutomaticRotationView {
        period_days: rotation.period.map(cartorio_keys::RotationPeriod::as_days),
        next_at: rotation.next.map(rfc3339),
        past: rotation.past.into_iter().map(|(at, on_demand)| KeyRenewal { at: rfc3339(at), on_demand }).collect(),
    }
}
