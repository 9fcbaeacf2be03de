//! Access keys in the keyring of the operating system; nowhere else.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cartorio_core::{SecretBytes, SecretString};
use cartorio_keys::local::{Keyring, KeyringError, OsKeyring, bounded};
use cartorio_keys::{KeyError, KeyResult};
use serde::{Deserialize, Serialize};

use crate::login::LoginStore;

/// An access key of an IAM user, or of a session.
#[derive(Clone)]
pub struct StaticCredentials {
    access_key_id: SecretString,
    secret_access_key: SecretString,
    session_token: Option<SecretString>,
}

impl StaticCredentials {
    /// Takes the three values as AWS shows them; an empty session token counts as none.
    ///
    /// # Errors
    /// `BadReference` naming the part that is empty or holds blanks; never its value.
    pub fn new(
        access_key_id: SecretString,
        secret_access_key: SecretString,
        session_token: Option<SecretString>,
    ) -> KeyResult<Self> {
        let session_token = session_token.filter(|token| !token.expose().is_empty());
        let parts = [
            ("access key id", Some(&access_key_id)),
            ("secret access key", Some(&secret_access_key)),
            ("session token", session_token.as_ref()),
        ];
        for (name, part) in parts.into_iter().filter_map(|(name, part)| part.map(|part| (name, part.expose()))) {
            if part.is_empty() || part.len() > 4096 || !part.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(KeyError::BadReference {
                    reason: format!("the {name} is empty or holds characters that AWS never uses"),
                });
            }
        }
        Ok(Self { access_key_id, secret_access_key, session_token })
    }

    pub(crate) fn to_sdk(&self) -> aws_credential_types::Credentials {
        aws_credential_types::Credentials::new(
            self.access_key_id.expose(),
            self.secret_access_key.expose(),
            self.session_token.as_ref().map(|token| token.expose().to_owned()),
            None,
            "keyring",
        )
    }
}

impl fmt::Debug for StaticCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaticCredentials(…)")
    }
}

/// The keyring entries of AWS profiles: service `cartorio-digital/aws`, account = the profile's name.
#[derive(Clone)]
pub struct CredentialStore {
    keyring: Arc<dyn Keyring>,
    limit: Duration,
}

impl CredentialStore {
    /// A store in `keyring`; a call may take `limit`, because it may wait for somebody to type a password.
    pub fn new(keyring: Arc<dyn Keyring>, limit: Duration) -> Self {
        Self { keyring, limit }
    }

    /// A place for logins in the same keyring.
    pub(crate) fn logins(&self) -> LoginStore {
        LoginStore::new(Arc::clone(&self.keyring), self.limit)
    }

    /// Keeps the access key of `profile`, over the one before.
    ///
    /// # Errors
    /// `StoreLocked` when the keyring does not take or does not keep it.
    pub async fn store(&self, profile: &str, credentials: &StaticCredentials) -> KeyResult<()> {
        let entry = Entry {
            access_key_id: credentials.access_key_id.expose(),
            secret_access_key: credentials.secret_access_key.expose(),
            session_token: credentials.session_token.as_ref().map(SecretString::expose),
        };
        let secret = SecretBytes::new(serde_json::to_vec(&entry).map_err(|_| unreadable(profile))?);
        let (keyring, account, given) = (self.keyring.clone(), profile.to_owned(), secret.clone());
        bounded(self.limit, move || keyring.set(SERVICE, &account, &given)).await.map_err(locked)?;
        // A keyring that loses what it was given must show now, not at the next start.
        match self.read(profile).await? {
            Some(kept) if kept.expose() == secret.expose() => Ok(()),
            _ => Err(KeyError::StoreLocked { reason: "the keyring did not keep the access key".to_owned() }),
        }
    }

    /// Deletes the access key of `profile`; deleting nothing is fine.
    ///
    /// # Errors
    /// `StoreLocked`.
    pub async fn forget(&self, profile: &str) -> KeyResult<()> {
        let (keyring, account) = (self.keyring.clone(), profile.to_owned());
        bounded(self.limit, move || keyring.delete(SERVICE, &account)).await.map_err(locked)
    }

    /// Whether there is an access key for `profile`. A locked keyring also looks empty.
    ///
    /// # Errors
    /// `StoreLocked`.
    pub async fn has(&self, profile: &str) -> KeyResult<bool> {
        Ok(self.read(profile).await?.is_some())
    }

    /// The access key of `profile`.
    ///
    /// # Errors
    /// `NoCredentials` where there is none, `StoreLocked`.
    pub(crate) async fn load(&self, profile: &str) -> KeyResult<StaticCredentials> {
        let secret = self.read(profile).await?.ok_or_else(|| KeyError::NoCredentials {
            reason: format!("the keyring holds no access key for the profile {profile}, or it is locked"),
        })?;
        let entry: OwnedEntry = serde_json::from_slice(secret.expose()).map_err(|_| unreadable(profile))?;
        StaticCredentials::new(entry.access_key_id, entry.secret_access_key, entry.session_token)
            .map_err(|_| unreadable(profile))
    }

    async fn read(&self, profile: &str) -> KeyResult<Option<SecretBytes>> {
        let (keyring, account) = (self.keyring.clone(), profile.to_owned());
        bounded(self.limit, move || keyring.get(SERVICE, &account)).await.map_err(locked)
    }
}

impl Default for CredentialStore {
    fn default() -> Self {
        Self::new(Arc::new(OsKeyring), Duration::from_secs(60))
    }
}

const SERVICE: &str = "cartorio-digital/aws";

#[derive(Serialize)]
struct Entry<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
}

#[derive(Deserialize)]
struct OwnedEntry {
    access_key_id: SecretString,
    secret_access_key: SecretString,
    session_token: Option<SecretString>,
}

fn locked(error: KeyringError) -> KeyError {
    KeyError::StoreLocked { reason: error.to_string() }
}

fn unreadable(profile: &str) -> KeyError {
    KeyError::NoCredentials { reason: format!("the keyring entry of the profile {profile} is unreadable") }
}
