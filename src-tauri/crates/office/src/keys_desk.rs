//! Keys as the window shows them: local ones and, with a profile, those of the AWS account.

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{CreateKey, KeyInfo, KeyManager, KeyRef, KeySpec, KeyState};
use cartorio_registry::Act;

use crate::dto::{KeyCreate, KeyDetail, KeyStateView, KeySummary, Permission};
use crate::session::{Facts, Session};
use crate::signing::origin_view;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Every key that the office can see.
pub(crate) async fn list(session: &Session) -> OfficeResult<Vec<KeySummary>> {
    session.require(Permission::ManageKeys)?;
    session
        .record(Act::KeysListed, Facts::default(), async |found| {
            let mut keys = match &session.profile {
                Some(_) => session.cloud_keys().await?.list().await?,
                None => Vec::new(),
            };
            keys.extend(session.local.list().await?);
            found.detail.insert("count".to_owned(), keys.len().to_string());
            let users = users(session).await?;
            Ok(keys.iter().map(|key| summary(key, &users)).collect())
        })
        .await
}

/// One key with its public half.
pub(crate) async fn describe(session: &Session, key_ref: &str) -> OfficeResult<KeyDetail> {
    session.require(Permission::ManageKeys)?;
    let key: KeyRef = key_ref.parse()?;
    session
        .record(Act::KeyDescribed, Facts::key(&key), async |found| {
            let manager = session.manager(&key).await?;
            let info = manager.describe(&key).await?;
            found.key_id = Some(info.key_id.clone());
            // A disabled KMS key does not give its public half; the rest is worth showing all the same.
            let public = match info.state {
                KeyState::Enabled => manager.public_key(&key).await.ok(),
                KeyState::Disabled | KeyState::PendingDeletion | KeyState::Unavailable => None,
            };
            let users = users(session).await?;
            Ok(KeyDetail {
                algorithms: info.algorithms.iter().map(ToString::to_string).collect(),
                public_key_pem: public.as_ref().map(|key| pem("PUBLIC KEY", &key.spki)).transpose()?,
                spki_sha256: public.as_ref().map(|key| Digest::of(HashAlgorithm::Sha256, &key.spki).to_hex()),
                exportable: info.exportable,
                summary: summary(&info, &users),
            })
        })
        .await
}

/// Makes a key: in the AWS account when there is a profile, on this machine otherwise.
pub(crate) async fn create(session: &Session, request: KeyCreate) -> OfficeResult<KeySummary> {
    session.require(Permission::ManageKeys)?;
    let spec: KeySpec =
        request.spec.parse().map_err(|_| OfficeError::InvalidField { field: "spec", reason: "malformed" })?;
    let environment = if session.profile.is_some() { "producao" } else { "demonstracao" };
    let create = CreateKey {
        spec,
        alias: request.alias.trim().to_owned(),
        description: request.description.trim().to_owned(),
        tags: [("Sistema", "cartorio-digital"), ("Ambiente", environment), ("Uso", "assinatura")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
    };
    let facts = Facts::default().with("alias", create.alias.clone()).with("spec", spec.name());
    session
        .record(Act::KeyCreated, facts, async |found| {
            let key = match &session.profile {
                Some(_) => session.cloud_keys().await?.create(create).await?,
                None => session.local.create(create).await?,
            };
            found.key_ref = Some(key.key_ref.to_string());
            found.key_id = Some(key.key_id.clone());
            Ok(summary(&key, &[]))
        })
        .await
}

/// PEM (RFC 7468) of `der`.
pub(crate) fn pem(label: &'static str, der: &[u8]) -> OfficeResult<String> {
    der::pem::encode_string(label, der::pem::LineEnding::LF, der).map_err(OfficeError::internal)
}

/// Labels of identities by the key that they use.
async fn users(session: &Session) -> OfficeResult<Vec<(String, String)>> {
    let identities = session.registry.identities(false).await?;
    Ok(identities.into_iter().map(|identity| (identity.key_id.unwrap_or(identity.key_ref), identity.label)).collect())
}

fn summary(key: &KeyInfo, users: &[(String, String)]) -> KeySummary {
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
        identities: users.iter().filter(|(id, _)| *id == key.key_id).map(|(_, label)| label.clone()).collect(),
    }
}
