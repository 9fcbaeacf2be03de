//! The office's time-stamping authorities: who they are in the settings, what they are asked with sealed by the master key.
//!
//! A password is one sealed secret, a client certificate two (the P12 file and its password); the names of the secrets have the
//! authority's identifier. The notary changes them, on record; nothing secret goes into the settings or the record.

use std::time::{Duration, Instant};

use cartorio_core::{Digest, HashAlgorithm, JobId, SecretBytes, SecretString, WireError};
use cartorio_net::{Auth, ClientIdentity, Reach, check_address};
use cartorio_pki::chain::{Path, PathEnd, Purpose, Requirements, Reviewer, RevocationMode, Trust};
use cartorio_pki::{Certificate, legal, p12};
use cartorio_registry::Act;
use der::asn1::ObjectIdentifier as Oid;
use serde::{Deserialize, Serialize};

use super::error::REVOKED;
use super::stamp::{ask_only, require_time};
use super::{MaterialError, Tsa};
use crate::certificates::holder_name;
use crate::dto::{Permission, TsaAuth, TsaProbe, TsaView};
use crate::office::Office;
use crate::session::{Facts, Session};
use crate::signing::blocking;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// What is changed or added. Secrets are open here and nowhere else.
pub(crate) struct TsaSave {
    /// The one to change; absent adds one.
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) auth: TsaAuth,
    /// User name, for [`TsaAuth::Basic`].
    pub(crate) user: Option<String>,
    /// Password of the user, or of the P12 file; absent keeps the one there is.
    pub(crate) secret: Option<SecretString>,
    /// The P12 file, for [`TsaAuth::Certificate`]; absent keeps the one there is.
    pub(crate) p12: Option<SecretBytes>,
    pub(crate) policy: Option<String>,
    pub(crate) timeout_seconds: u32,
    /// Place in the order, from 1; absent leaves it where it is, or puts it last.
    pub(crate) position: Option<u32>,
}

/// One authority in the settings. Never a secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Entry {
    id: String,
    name: String,
    url: String,
    auth: TsaAuth,
    #[serde(default)]
    user: Option<String>,
    /// Holder of the client certificate.
    #[serde(default)]
    certificate: Option<String>,
    #[serde(default)]
    policy: Option<String>,
    timeout_seconds: u32,
}

/// The authorities, in the order in which they are asked.
pub(crate) async fn list(session: &Session) -> OfficeResult<Vec<TsaView>> {
    session.require(Permission::Verify)?;
    Ok(views(&entries(session).await?))
}

/// Adds or changes one.
pub(crate) async fn save(session: &Session, save: TsaSave) -> OfficeResult<Vec<TsaView>> {
    session.require(Permission::ManageSettings)?;
    let entries = entries(session).await?;
    let known = place_for(&entries, save.id.as_deref())?;
    let before = known.map(|place| entries[place].clone());
    let mut entry = checked(&save, &entries, before.as_ref())?;
    let secrets = opened(&save, before.as_ref(), &entry.name).await?;
    if let Some(holder) = &secrets.holder {
        entry.certificate = Some(holder.clone());
    }
    let facts = Facts::default()
        .with("name", entry.name.clone())
        .with("url", entry.url.clone())
        .with("auth", auth_name(entry.auth))
        .with("new", known.is_none().to_string());
    session
        .record(Act::TsaSaved, facts, async |_| {
            // The secret first: after a crash in between, the settings speak of nothing that is not there.
            if let Some(password) = &secrets.password {
                session.local.seal(&password_name(&entry.id), &bytes_of(password)).await?;
            }
            if let Some(file) = &secrets.p12 {
                session.local.seal(&p12_name(&entry.id), file).await?;
            }
            change(session, |entries| {
                // Another window may have changed the list since it was looked at.
                let known = place_for(entries, save.id.as_deref())?;
                require_free_name(entries, &entry.name, &entry.id)?;
                let place = match (save.position, known) {
                    (Some(position), _) => usize::try_from(position.saturating_sub(1)).unwrap_or(usize::MAX),
                    (None, Some(place)) => place,
                    (None, None) => usize::MAX,
                };
                if let Some(place) = known {
                    entries.remove(place);
                }
                entries.insert(place.min(entries.len()), entry.clone());
                Ok(())
            })
            .await?;
            if entry.auth == TsaAuth::None {
                session.local.remove_secret(&password_name(&entry.id)).await?;
            }
            if entry.auth != TsaAuth::Certificate {
                session.local.remove_secret(&p12_name(&entry.id)).await?;
            }
            Ok(())
        })
        .await?;
    list(session).await
}

/// Removes one, with its secrets.
pub(crate) async fn remove(session: &Session, id: &str) -> OfficeResult<Vec<TsaView>> {
    session.require(Permission::ManageSettings)?;
    let mut entries = entries(session).await?;
    let entry = entries.remove(place_of(&entries, id)?);
    let facts = Facts::default().with("name", entry.name).with("url", entry.url);
    session
        .record(Act::TsaRemoved, facts, async |_| {
            change(session, |entries| {
                entries.remove(place_of(entries, id)?);
                Ok(())
            })
            .await?;
            session.local.remove_secret(&password_name(&entry.id)).await?;
            session.local.remove_secret(&p12_name(&entry.id)).await?;
            Ok(())
        })
        .await?;
    list(session).await
}

/// Asks one for a time stamp over nothing in particular, and tells what came; on record, because some are paid by the piece.
pub(crate) async fn test(office: &Office, id: &str) -> OfficeResult<TsaProbe> {
    let session = office.session().await?;
    session.require(Permission::ManageSettings)?;
    let entries = entries(&session).await?;
    let entry = &entries[place_of(&entries, id)?];
    let tsa = opened_tsa(&session, entry).await?;
    let facts = Facts::default().with("name", entry.name.clone()).with("url", entry.url.clone());
    session
        .record(Act::TsaTested, facts, async |told| {
            let mut something = [0_u8; 32];
            aws_lc_rs::rand::fill(&mut something).map_err(|_| OfficeError::internal("no randomness"))?;
            let digest = Digest::of(HashAlgorithm::Sha256, &something);
            let start = Instant::now();
            let sent = session.clock.now();
            let token = ask_only(&office.network(), &tsa, &digest).await?;
            require_time(&token, sent, session.clock.now())?;
            let millis = u32::try_from(start.elapsed().as_millis()).unwrap_or(u32::MAX);
            let mut chain = Vec::new();
            for der in &token.certificates {
                chain.push(Certificate::from_der(der)?);
            }
            let own = chain.first().ok_or_else(|| OfficeError::internal("a token without a certificate"))?.clone();
            let authority = holder_name(&own);
            let evidence = office.evidence_here().await?.with(&chain, &[]);
            let at = token.gen_time;
            let (trusted, icp_brasil, path, codes) = blocking(move || {
                let requirements = Requirements {
                    purpose: Purpose::Timestamping,
                    revocation: RevocationMode::Prefer,
                    ..Requirements::default()
                };
                let reviewer =
                    Reviewer::new(&evidence.pool, &evidence.anchors, &evidence.crls).with_ocsp(&evidence.ocsp);
                let report = reviewer.review_with(&own, at, &requirements);
                let best = report.best().filter(|path| path.end == PathEnd::Anchor);
                let root = best.and_then(|path| path.steps.last());
                let icp = root.is_some_and(|root| legal::is_icp_brasil_root(&root.certificate));
                (report.trust() == Trust::Trusted, icp, best.map(Path::certificates), report.verdict().1)
            })
            .await?;
            if codes.contains(&REVOKED) {
                let reasons = codes.into_iter().map(str::to_owned).collect();
                return Err(MaterialError::Untrusted { holder: authority, reasons }.into());
            }
            if let Some(path) = path {
                office.seen.remember(&tsa.url, path);
            }
            *told = Facts::default().with("authority", authority.clone()).with("gen_time", rfc3339(at));
            let size = u32::try_from(token.der.len()).unwrap_or(u32::MAX);
            Ok(TsaProbe { gen_time: rfc3339(at), authority, trusted, icp_brasil, millis, size })
        })
        .await
}

/// The authorities with what they are asked with. One whose secret cannot be had is among them, and says so when it is asked.
pub(crate) async fn load(session: &Session) -> OfficeResult<Vec<Tsa>> {
    let mut all = Vec::new();
    for entry in entries(session).await? {
        all.push(opened_tsa(session, &entry).await?);
    }
    Ok(all)
}

/// More than any office has.
const MAX_AUTHORITIES: usize = 16;
const MAX_NAME: usize = 80;
const MAX_USER: usize = 200;
const MAX_P12: usize = 4 << 20;
/// Name of the setting: a JSON list.
const SETTING: &str = "time_stamp_authorities";

async fn opened_tsa(session: &Session, entry: &Entry) -> OfficeResult<Tsa> {
    let auth = match auth_of(session, entry).await {
        Ok(auth) => Ok(auth),
        Err(error) => Err(error.wire()),
    };
    Ok(Tsa {
        name: entry.name.clone(),
        url: entry.url.clone(),
        auth,
        policy: entry.policy.as_deref().and_then(|oid| oid.parse().ok()),
        timeout: Duration::from_secs(u64::from(entry.timeout_seconds)),
    })
}

async fn auth_of(session: &Session, entry: &Entry) -> OfficeResult<Auth> {
    let missing = || MaterialError::SecretMissing { name: entry.name.clone() };
    match entry.auth {
        TsaAuth::None => Ok(Auth::None),
        TsaAuth::Basic => {
            let password = password_of(session, &entry.id).await?.ok_or_else(missing)?;
            Ok(Auth::Basic { user: entry.user.clone().unwrap_or_default(), password })
        }
        TsaAuth::Certificate => {
            let password = password_of(session, &entry.id).await?.ok_or_else(missing)?;
            let file = session.local.unseal(&p12_name(&entry.id)).await?.ok_or_else(missing)?;
            let (identity, _) = identity(file, password, &entry.name).await?;
            Ok(Auth::ClientCertificate(identity))
        }
    }
}

/// The key and certificates of a P12 file, and the holder.
async fn identity(file: SecretBytes, password: SecretString, name: &str) -> OfficeResult<(ClientIdentity, String)> {
    let unusable = |reason| OfficeError::A1Unusable { file: name.to_owned(), reason };
    let opened = blocking(move || p12::open(file.expose(), &password)).await??;
    let leaf = opened.leaf.ok_or_else(|| unusable("no_certificate"))?;
    let key = opened.key.ok_or_else(|| unusable("no_key"))?;
    let holder = holder_name(&leaf);
    let chain = std::iter::once(&leaf).chain(&opened.chain).map(|own| own.der.clone()).collect();
    Ok((ClientIdentity { chain, key }, holder))
}

/// What is to be sealed.
#[derive(Default)]
struct Secrets {
    password: Option<SecretString>,
    p12: Option<SecretBytes>,
    holder: Option<String>,
}

/// Checks that what is needed is there, and that a P12 file opens, before anything is written.
async fn opened(save: &TsaSave, before: Option<&Entry>, name: &str) -> OfficeResult<Secrets> {
    let kept = |auth| before.is_some_and(|own| own.auth == auth);
    match save.auth {
        TsaAuth::None => Ok(Secrets::default()),
        TsaAuth::Basic => match &save.secret {
            Some(password) if password.expose().is_empty() => Err(field("secret", "empty")),
            Some(password) => Ok(Secrets { password: Some(password.clone()), ..Secrets::default() }),
            // A password goes to the server that it was given for, and to no other.
            None if kept(TsaAuth::Basic) && before.is_some_and(|own| same_server(&own.url, &save.url)) => {
                Ok(Secrets::default())
            }
            None => Err(field("secret", "empty")),
        },
        TsaAuth::Certificate => match (&save.p12, &save.secret) {
            (Some(file), _) if file.expose().len() > MAX_P12 => Err(field("p12", "too_long")),
            (Some(file), Some(password)) => {
                let (_, holder) = identity(file.clone(), password.clone(), name).await?;
                Ok(Secrets { password: Some(password.clone()), p12: Some(file.clone()), holder: Some(holder) })
            }
            (Some(_), None) => Err(field("secret", "empty")),
            (None, None) if kept(TsaAuth::Certificate) => {
                Ok(Secrets { holder: before.and_then(|own| own.certificate.clone()), ..Secrets::default() })
            }
            (None, _) => Err(field("p12", "empty")),
        },
    }
}

fn checked(save: &TsaSave, entries: &[Entry], before: Option<&Entry>) -> OfficeResult<Entry> {
    let name = text("name", &save.name, MAX_NAME)?;
    require_free_name(entries, &name, before.map_or("", |before| before.id.as_str()))?;
    let address =
        check_address(&save.url, Reach::Chosen).map_err(|error| OfficeError::Format(WireError::from(&error)))?;
    let open = !address.is_tls;
    let user = match save.auth {
        TsaAuth::Basic => {
            let user = text("user", save.user.as_deref().unwrap_or_default(), MAX_USER)?;
            if user.contains(':') {
                return Err(field("user", "malformed"));
            }
            // In the clear a password is read on the way; within the office's own network that is its own affair.
            if open && !address.is_local {
                return Err(field("url", "not_encrypted"));
            }
            Some(user)
        }
        // Without TLS there is nothing to show a certificate in.
        TsaAuth::Certificate if open => return Err(field("url", "not_encrypted")),
        TsaAuth::Certificate | TsaAuth::None => None,
    };
    let policy = match save.policy.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Some(text.parse::<Oid>().map_err(|_| field("policy", "malformed"))?.to_string()),
        None => None,
    };
    if !(1..=120).contains(&save.timeout_seconds) {
        return Err(field("timeout_seconds", "out_of_range"));
    }
    let id = before.map_or_else(|| JobId::generate().to_string().replace('-', ""), |own| own.id.clone());
    Ok(Entry {
        id,
        name,
        url: address.url,
        auth: save.auth,
        user,
        certificate: None,
        policy,
        timeout_seconds: save.timeout_seconds,
    })
}

fn same_server(one: &str, other: &str) -> bool {
    let origin = |url: &str| check_address(url, Reach::Chosen).map(|own| own.origin).ok();
    origin(one).is_some() && origin(one) == origin(other)
}

fn text(name: &'static str, value: &str, longest: usize) -> OfficeResult<String> {
    match value.trim() {
        "" => Err(field(name, "empty")),
        long if long.chars().count() > longest => Err(field(name, "too_long")),
        odd if odd.chars().any(char::is_control) => Err(field(name, "malformed")),
        good => Ok(good.to_owned()),
    }
}

const fn field(field: &'static str, reason: &'static str) -> OfficeError {
    OfficeError::InvalidField { field, reason }
}

fn place_of(entries: &[Entry], id: &str) -> OfficeResult<usize> {
    Ok(entries.iter().position(|own| own.id == id).ok_or(MaterialError::UnknownAuthority)?)
}

/// The place of the one that is changed; `None` for a new one, for which there has to be room.
fn place_for(entries: &[Entry], id: Option<&str>) -> OfficeResult<Option<usize>> {
    match id {
        Some(id) => Ok(Some(place_of(entries, id)?)),
        None if entries.len() >= MAX_AUTHORITIES => {
            Err(MaterialError::TooManyAuthorities { limit: MAX_AUTHORITIES }.into())
        }
        None => Ok(None),
    }
}

/// Names are what people tell authorities apart by.
fn require_free_name(entries: &[Entry], name: &str, id: &str) -> OfficeResult<()> {
    let taken = entries.iter().any(|own| own.name == name && own.id != id);
    if taken { Err(field("name", "taken")) } else { Ok(()) }
}

fn views(entries: &[Entry]) -> Vec<TsaView> {
    entries
        .iter()
        .zip(1_u32..)
        .map(|(own, position)| TsaView {
            id: own.id.clone(),
            name: own.name.clone(),
            url: own.url.clone(),
            auth: own.auth,
            user: own.user.clone(),
            certificate: own.certificate.clone(),
            policy: own.policy.clone(),
            timeout_seconds: own.timeout_seconds,
            position,
        })
        .collect()
}

async fn entries(session: &Session) -> OfficeResult<Vec<Entry>> {
    read(session.registry.setting(SETTING).await?.as_deref())
}

fn read(text: Option<&str>) -> OfficeResult<Vec<Entry>> {
    match text {
        Some(text) => serde_json::from_str(text)
            .map_err(|error| OfficeError::Config { file: SETTING.to_owned(), reason: error.to_string() }),
        None => Ok(Vec::new()),
    }
}

/// Changes the list as it is now, in one transaction.
async fn change(session: &Session, change: impl FnOnce(&mut Vec<Entry>) -> OfficeResult<()>) -> OfficeResult<()> {
    session
        .registry
        .update_setting(SETTING, |text| {
            let mut entries = read(text.as_deref())?;
            change(&mut entries)?;
            serde_json::to_string(&entries).map_err(OfficeError::internal)
        })
        .await
}

async fn password_of(session: &Session, id: &str) -> OfficeResult<Option<SecretString>> {
    let kept = session.local.unseal(&password_name(id)).await?;
    Ok(kept.and_then(|bytes| String::from_utf8(bytes.expose().to_vec()).ok()).map(SecretString::new))
}

fn bytes_of(password: &SecretString) -> SecretBytes {
    SecretBytes::new(password.expose().as_bytes().to_vec())
}

/// Names of sealed secrets have at most 64 characters; an identifier has 32.
fn password_name(id: &str) -> String {
    format!("tsa-{id}")
}

fn p12_name(id: &str) -> String {
    format!("tsa-{id}-p12")
}

const fn auth_name(auth: TsaAuth) -> &'static str {
    match auth {
        TsaAuth::None => "none",
        TsaAuth::Basic => "basic",
        TsaAuth::Certificate => "certificate",
    }
}
