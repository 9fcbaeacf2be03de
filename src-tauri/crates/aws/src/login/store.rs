//! What came of a login: in memory, and in the keyring of the operating system where there is one. Never in a file.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cartorio_core::{SecretBytes, SecretString};
use cartorio_keys::local::{Keyring, KeyringError, bounded};
use cartorio_keys::{KeyError, KeyResult};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::pieces;

/// The logins of all profiles. Everything that needs one looks here, so that a login serves connections made before it.
pub(crate) struct LoginStore {
    keyring: Arc<dyn Keyring>,
    limit: Duration,
    memory: Mutex<HashMap<String, Known>>,
    /// One renewal by refresh token at a time: such a token may serve once only.
    pub(super) renewing: tokio::sync::Mutex<()>,
    /// What goes into the keyring and out of it goes one after the other, so that a logout is the last word.
    writing: tokio::sync::Mutex<()>,
}

impl LoginStore {
    /// Logins in `keyring`; a call of it may take `limit`.
    pub(crate) fn new(keyring: Arc<dyn Keyring>, limit: Duration) -> Self {
        Self {
            keyring,
            limit,
            memory: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }
    }

    /// What is known of the login of `profile`; asks the keyring where this run knows nothing.
    pub(super) async fn read(&self, profile: &str) -> Option<Login> {
        if let Some(login) = self.memory().get(profile).and_then(|known| known.login.clone()) {
            return Some(login);
        }
        self.read_again(profile).await
    }

    /// As [`Self::read`], but asks the keyring first: another process may have logged in.
    pub(super) async fn read_again(&self, profile: &str) -> Option<Login> {
        let (keyring, name) = (Arc::clone(&self.keyring), profile.to_owned());
        let kept = bounded(self.limit, move || pieces::get(&*keyring, SERVICE, &name)).await.ok().flatten();
        let mut memory = self.memory();
        let known = memory.entry(profile.to_owned()).or_default();
        if let Some(login) = kept.and_then(|kept| serde_json::from_slice::<Login>(kept.expose()).ok())
            // A keyring that refused what this run has kept holds an older one.
            && known.login.as_ref().is_none_or(|own| own.ends() < login.ends())
        {
            known.login = Some(login);
        }
        known.login.clone()
    }

    /// Keeps a renewed login, unless somebody has logged in or out since that `number`. Where there is no keyring, or it is
    /// locked, it lives as long as this run.
    pub(super) async fn keep(&self, profile: &str, login: Login, number: u64) {
        let _writing = self.writing.lock().await;
        {
            let mut memory = self.memory();
            let known = memory.entry(profile.to_owned()).or_default();
            if known.number != number {
                return;
            }
            known.login = Some(login.clone());
        }
        // Room for all at once: a vector that grows leaves copies behind.
        let mut bytes = Vec::with_capacity(pieces::LONGEST);
        if serde_json::to_writer(&mut bytes, &login).is_err() {
            return;
        }
        let (keyring, name, secret) = (Arc::clone(&self.keyring), profile.to_owned(), SecretBytes::new(bytes));
        // What is in memory serves; the next start asks a person again.
        let _ = bounded(self.limit, move || pieces::set(&*keyring, SERVICE, &name, &secret)).await;
    }

    /// Keeps what a person has logged in for: credentials of before are not used any more.
    pub(super) async fn keep_new(&self, profile: &str, login: Login, number: u64) {
        self.keep(profile, login, number).await;
        let mut memory = self.memory();
        let known = memory.entry(profile.to_owned()).or_default();
        (known.epoch, known.number) = (known.epoch + 1, known.number + 1);
    }

    /// Forgets the login of `profile`, in memory first.
    ///
    /// # Errors
    /// `StoreLocked` where the keyring is there and does not let go.
    pub(crate) async fn forget(&self, profile: &str) -> KeyResult<()> {
        {
            let mut memory = self.memory();
            let known = memory.entry(profile.to_owned()).or_default();
            (known.login, known.device) = (None, None);
            (known.epoch, known.number) = (known.epoch + 1, known.number + 1);
        }
        let _writing = self.writing.lock().await;
        let (keyring, name) = (Arc::clone(&self.keyring), profile.to_owned());
        match bounded(self.limit, move || pieces::delete(&*keyring, SERVICE, &name)).await {
            Ok(()) | Err(KeyringError::Absent(_)) => Ok(()),
            Err(error) => Err(KeyError::StoreLocked { reason: error.to_string() }),
        }
    }

    /// Says that credentials of before are not to be used any more.
    pub(crate) fn changed(&self, profile: &str) {
        self.memory().entry(profile.to_owned()).or_default().epoch += 1;
    }

    /// Grows with every login and logout: see [`Self::keep`].
    pub(super) fn number(&self, profile: &str) -> u64 {
        self.memory().get(profile).map_or(0, |known| known.number)
    }

    /// Grows with everything that makes credentials of before useless.
    pub(super) fn epoch(&self, profile: &str) -> u64 {
        self.memory().get(profile).map_or(0, |known| known.epoch)
    }

    /// Remembers a login in the browser that has begun; the one before is forgotten.
    pub(super) fn begin(&self, profile: &str, device: Device) {
        self.memory().entry(profile.to_owned()).or_default().device = Some(device);
    }

    /// The login in the browser called `id`, where it is still the one that counts.
    pub(super) fn begun(&self, profile: &str, id: &str) -> Option<Device> {
        self.memory().get(profile).and_then(|known| known.device.clone()).filter(|device| device.id == id)
    }

    /// Asks less often from now on; gives the new interval in seconds.
    pub(super) fn slow_down(&self, profile: &str, id: &str, more: u32) -> Option<u32> {
        let mut memory = self.memory();
        let device = memory.get_mut(profile)?.device.as_mut().filter(|device| device.id == id)?;
        device.interval = device.interval.saturating_add(more);
        Some(device.interval)
    }

    /// Ends the login in the browser called `id`. Whether it was still the one that counts.
    pub(super) fn end(&self, profile: &str, id: &str) -> bool {
        let mut memory = self.memory();
        let Some(known) = memory.get_mut(profile) else { return false };
        known.device.take_if(|device| device.id == id).is_some()
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        // A poisoned map is still a map of logins.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came of a login.
#[derive(Clone, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Login {
    /// IAM Identity Center.
    Sso(SsoLogin),
    /// A role that was taken on with an MFA device.
    Role(RoleSession),
}

impl Login {
    /// Until when it serves without a renewal.
    fn ends(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Sso(login) => login.token.as_ref().map(|token| token.expires_at),
            Self::Role(session) => Some(session.expires_at),
        }
    }
}

/// A login in IAM Identity Center.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct SsoLogin {
    pub(super) start_url: String,
    pub(super) region: String,
    pub(super) client: Client,
    /// `None` after the portal has refused it.
    pub(super) token: Option<Token>,
}

/// This program, as the portal knows it (OIDC `RegisterClient`).
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Client {
    pub(super) id: String,
    #[serde(serialize_with = "exposed")]
    pub(super) secret: SecretString,
    #[serde(with = "time::serde::timestamp")]
    pub(super) expires_at: OffsetDateTime,
}

/// What a person's confirmation gave.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Token {
    #[serde(serialize_with = "exposed")]
    pub(super) access: SecretString,
    #[serde(with = "time::serde::timestamp")]
    pub(super) expires_at: OffsetDateTime,
    #[serde(serialize_with = "maybe_exposed")]
    pub(super) refresh: Option<SecretString>,
}

/// Credentials of a role, with what they were got for: a changed profile does not use them.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct RoleSession {
    pub(super) role_arn: String,
    pub(super) mfa_serial: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) base: crate::RoleBase,
    #[serde(serialize_with = "exposed")]
    pub(super) access_key_id: SecretString,
    #[serde(serialize_with = "exposed")]
    pub(super) secret_access_key: SecretString,
    #[serde(serialize_with = "exposed")]
    pub(super) session_token: SecretString,
    #[serde(with = "time::serde::timestamp")]
    pub(super) expires_at: OffsetDateTime,
}

/// A login in the browser that waits for a person.
#[derive(Clone)]
pub(super) struct Device {
    pub(super) id: String,
    pub(super) start_url: String,
    pub(super) region: String,
    pub(super) client: Client,
    pub(super) code: SecretString,
    pub(super) expires_at: OffsetDateTime,
    pub(super) interval: u32,
}

const SERVICE: &str = "cartorio-digital/aws-login";

#[derive(Default)]
struct Known {
    epoch: u64,
    number: u64,
    login: Option<Login>,
    device: Option<Device>,
}

/// Into the keyring, and nowhere else.
fn exposed<S: serde::Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn maybe_exposed<S: serde::Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => serializer.serialize_some(secret.expose()),
        None => serializer.serialize_none(),
    }
}
