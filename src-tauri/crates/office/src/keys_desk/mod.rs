//! The key desk: every key that the office can see, what is known of each, and what can be done with it.

mod change;
mod deletion;
mod view;

use cartorio_core::{Digest, HashAlgorithm, WireError};
use cartorio_keys::{
    CreateDataMaster, CreateKey, CreationToken, KeyError, KeyInfo, KeyManager, KeyRef, KeyResult, KeySpec, KeyState,
    KeyUsage, PublicKey,
};
use cartorio_registry::{Act, AuditFilter, AuditPage, Phase};
use time::Duration;

pub(crate) use change::{
    change_tags, enable, put_alias, remove_alias, rotate_now, set_automatic_rotation, set_description,
};
pub(crate) use deletion::{cancel_deletion, purge_due, schedule_deletion};
pub(crate) use view::Known;

use crate::dto::{
    KeyAgeRule, KeyCreate, KeyDetail, KeyEvent, KeyLastUseView, KeyList, KeyOriginView, KeyPlace, KeyPlaceProblem,
    KeySummary, KeyUsageView, Permission, PublicKeyFormat,
};
use crate::session::{Facts, Session};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, tokens};

/// Every key that the office can see. A place that does not answer is named; the others are shown.
pub(crate) async fn list(session: &Session) -> OfficeResult<KeyList> {
    session.require(Permission::ManageKeys)?;
    session
        .record(Act::KeysListed, Facts::default(), async |found| {
            let mut keys = session.local.list().await?;
            let mut problems = Vec::new();
            let mut take = |origin, name: String, answer: KeyResult<Vec<KeyInfo>>| match answer {
                Ok(listed) => keys.extend(listed),
                Err(error) => problems.push(KeyPlaceProblem { origin, name, error: WireError::from(&error) }),
            };
            if let Some(profile) = &session.profile {
                let answer = match session.cloud_keys().await {
                    Ok(cloud) => cloud.list().await,
                    Err(OfficeError::Key(error)) => Err(error),
                    Err(error) => return Err(error),
                };
                take(KeyOriginView::AwsKms, profile.name.clone(), answer);
            }
            for (token, answer) in tokens::every_key(session).await {
                take(KeyOriginView::Token, token, answer);
            }
            take(KeyOriginView::P12File, String::new(), session.a1.list().await);
            keys.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.key_id.cmp(&b.key_id)));
            found.detail.insert("count".to_owned(), keys.len().to_string());
            let known = Known::of(session).await?;
            Ok(KeyList {
                keys: keys.iter().map(|key| known.summary(key)).collect(),
                problems,
                max_age_days: known.max_age_days,
            })
        })
        .await
}

/// One key with everything that is known of it.
pub(crate) async fn describe(session: &Session, key_ref: &str) -> OfficeResult<KeyDetail> {
    session.require(Permission::ManageKeys)?;
    let key: KeyRef = key_ref.parse()?;
    session.record(Act::KeyDescribed, Facts::key(&key), async |found| detail(session, &key, found).await).await
}

/// The same, as the answer of an act that is on record already.
async fn detail(session: &Session, key: &KeyRef, found: &mut Facts) -> OfficeResult<KeyDetail> {
    let manager = session.manager(key).await?;
    let info = manager.describe(key).await?;
    found.key_id = Some(info.key_id.clone());
    let can = manager.capabilities();
    let mut problems = Vec::new();
    // What cannot be learnt must not hide what can: a disabled KMS key, for one, does not give its public half.
    let mut part = |error: KeyError| problems.push(WireError::from(&error));
    let public = match info.state {
        KeyState::Enabled if info.usage == KeyUsage::Sign => manager.public_key(key).await.map_err(&mut part).ok(),
        KeyState::Enabled | KeyState::Disabled | KeyState::PendingDeletion | KeyState::Unavailable => None,
    };
    let tags = match can.tags {
        true => manager.tags(key).await.map_err(&mut part).unwrap_or_default(),
        false => Default::default(),
    };
    let access = match can.access {
        true => manager.access(key).await.map_err(&mut part).ok(),
        false => None,
    };
    let last_use = match can.last_use {
        true => match manager.last_use(key).await {
            Ok(last) => last,
            // Emulators and older endpoints do not have it; the trail has the office's own uses.
            Err(KeyError::Unsupported { .. }) => None,
            Err(error) => {
                part(error);
                None
            }
        },
        false => None,
    };
    let automatic = match can.automatic_rotation && info.usage == KeyUsage::Seal {
        true => manager.automatic_rotation(key).await.map_err(&mut part).ok(),
        false => None,
    };
    let known = Known::of(session).await?;
    let summary = known.summary(&info);
    let tries = session.registry.key_tries(&summary.key_ref).await?;
    Ok(KeyDetail {
        values_without_result: tries.values,
        interrupted: tries.interrupted,
        algorithms: info.algorithms.iter().map(ToString::to_string).collect(),
        public_key_pem: public.as_ref().map(PublicKey::to_pem).transpose().map_err(OfficeError::internal)?,
        spki_sha256: public.as_ref().map(fingerprint),
        exportable: info.exportable,
        actions: view::actions(&info, &can, &summary),
        tags: view::tags(tags),
        access: access.map(view::access),
        last_use: last_use.map(|last| KeyLastUseView {
            at: rfc3339(last.at),
            operation: last.operation,
            request_id: last.request_id,
        }),
        automatic_rotation: automatic.map(view::automatic_rotation),
        timeline: timeline(session, &info).await?,
        problems,
        summary,
    })
}

/// What the trail knows of a key.
async fn timeline(session: &Session, info: &KeyInfo) -> OfficeResult<Vec<KeyEvent>> {
    let filter = AuditFilter { text: Some(info.key_id.clone()), ..AuditFilter::default() };
    let records = session.registry.list_audit(&filter, AuditPage { before: None, limit: TIMELINE }).await?;
    Ok(records
        .into_iter()
        .filter_map(|record| {
            let Phase::Result { outcome } = &record.entry.phase else { return None };
            // To look at the key, here, is no event of its life.
            if matches!(record.entry.act, Act::KeyDescribed | Act::KeysListed) {
                return None;
            }
            Some(KeyEvent {
                seq: record.seq,
                at: rfc3339(record.entry.at),
                act: record.entry.act.name().to_owned(),
                outcome: outcome.name().to_owned(),
                operator: record.entry.operator.name,
            })
        })
        .collect())
}

/// So many records are looked through for a key's timeline.
const TIMELINE: u32 = 200;

/// Makes a key: where it is asked for; else in the AWS account when there is a profile, on this machine otherwise.
pub(crate) async fn create(session: &Session, request: KeyCreate) -> OfficeResult<KeySummary> {
    session.require(Permission::ManageKeys)?;
    let usage = request.usage.unwrap_or(KeyUsageView::Sign);
    let place = request.place.clone().unwrap_or(match session.profile {
        Some(_) => KeyPlace::Aws,
        None => KeyPlace::Local,
    });
    let environment = if session.profile.is_some() { "producao" } else { "demonstracao" };
    let purpose = match usage {
        KeyUsageView::Sign => "assinatura",
        KeyUsageView::Seal => "cofre",
        KeyUsageView::Other => return Err(OfficeError::InvalidField { field: "usage", reason: "malformed" }),
    };
    let mut tags = view::tags_of(&request.tags)?;
    for (name, value) in [("Sistema", "cartorio-digital"), ("Ambiente", environment), ("Uso", purpose)] {
        tags.insert(name.to_owned(), value.to_owned());
    }
    let alias = request.alias.trim().to_owned();
    let description = request.description.trim().to_owned();
    let token = Some(CreationToken::new(cartorio_core::JobId::generate().to_string())?);
    let manager = manager_at(session, &place).await?;
    let facts = Facts::default().with("alias", alias.clone()).with("place", view::place_name(&place));
    let key = match usage {
        KeyUsageView::Sign => {
            let spec: KeySpec =
                request.spec.parse().map_err(|_| OfficeError::InvalidField { field: "spec", reason: "malformed" })?;
            let create =
                CreateKey { spec, alias: Some(alias), description, tags, multi_region: request.multi_region, token };
            made(session, Act::KeyCreated, facts.with("spec", spec.name()), async || manager.create(create).await)
                .await?
        }
        KeyUsageView::Seal | KeyUsageView::Other => {
            let create = CreateDataMaster { alias: Some(alias), description, tags, token };
            made(session, Act::DataMasterCreated, facts, async || manager.create_data_master(create).await).await?
        }
    };
    Ok(Known::of(session).await?.summary(&key))
}

async fn made(
    session: &Session,
    act: Act,
    facts: Facts,
    work: impl AsyncFnOnce() -> KeyResult<KeyInfo>,
) -> OfficeResult<KeyInfo> {
    session
        .record(act, facts, async |found| {
            let key = work().await?;
            found.key_ref = Some(key.key_ref.to_string());
            found.key_id = Some(key.key_id.clone());
            Ok(key)
        })
        .await
}

/// The backend that makes keys at `place`.
async fn manager_at(session: &Session, place: &KeyPlace) -> OfficeResult<std::sync::Arc<dyn KeyManager>> {
    match place {
        KeyPlace::Local => Ok(std::sync::Arc::new(session.local.clone())),
        KeyPlace::Aws => session.cloud_keys().await,
        KeyPlace::Token { token } => tokens::manager_of(session, token).await,
    }
}

/// A file to save, with the name that is proposed for it.
pub(crate) struct NamedFile {
    pub(crate) name: String,
    pub(crate) extension: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// The public half of a key as a file.
pub(crate) async fn public_file(session: &Session, key_ref: &str, format: PublicKeyFormat) -> OfficeResult<NamedFile> {
    session.require(Permission::ManageKeys)?;
    let key: KeyRef = key_ref.parse()?;
    session
        .record(Act::KeyDescribed, Facts::key(&key).with("export", "public_key"), async |found| {
            let manager = session.manager(&key).await?;
            let info = manager.describe(&key).await?;
            found.key_id = Some(info.key_id.clone());
            let public = manager.public_key(&key).await?;
            let (extension, bytes) = match format {
                PublicKeyFormat::Pem => ("pem", public.to_pem().map_err(OfficeError::internal)?.into_bytes()),
                PublicKeyFormat::Der => ("der", public.spki.clone()),
                PublicKeyFormat::Jwk => {
                    let jwk = public.to_jwk().map_err(OfficeError::internal)?;
                    ("jwk", serde_json::to_vec_pretty(&jwk).map_err(OfficeError::internal)?)
                }
            };
            let stem = info.aliases.first().cloned().unwrap_or_else(|| fingerprint(&public)[..8].to_owned());
            let stem: String = stem.chars().map(|c| if c == '/' { '-' } else { c }).collect();
            Ok(NamedFile { name: format!("{stem}-publica.{extension}"), extension, bytes })
        })
        .await
}

/// SHA-256 of a public key's DER.
pub(crate) fn fingerprint(key: &PublicKey) -> String {
    Digest::of(HashAlgorithm::Sha256, &key.spki).to_hex()
}

/// After how many days a signing key is to be changed, unless the office says otherwise.
pub(crate) const DEFAULT_MAX_AGE_DAYS: u32 = 365;
/// Key of the setting that says otherwise.
pub(crate) const MAX_AGE_DAYS: &str = "key_max_age_days";

/// Sets after how many days a signing key is to be changed.
pub(crate) async fn save_age_rule(session: &Session, rule: KeyAgeRule) -> OfficeResult<KeyAgeRule> {
    session.require(Permission::ManageSettings)?;
    if !(30..=3650).contains(&rule.max_age_days) {
        return Err(OfficeError::InvalidField { field: "max_age_days", reason: "out_of_range" });
    }
    let facts = Facts::default().with(MAX_AGE_DAYS, rule.max_age_days.to_string());
    session
        .record(Act::SettingsChanged, facts, async |_| {
            Ok(session.registry.set_setting(MAX_AGE_DAYS, &rule.max_age_days.to_string()).await?)
        })
        .await?;
    Ok(rule)
}

/// When a key of that age is due.
fn age_due(created: time::OffsetDateTime, max_age_days: u32) -> time::OffsetDateTime {
    created.saturating_add(Duration::days(i64::from(max_age_days)))
}

/// PEM (RFC 7468) of `der`.
pub(crate) fn pem(label: &'static str, der: &[u8]) -> OfficeResult<String> {
    der::pem::encode_string(label, der::pem::LineEnding::LF, der).map_err(OfficeError::internal)
}
