//! The keyring of the operating system, reached without trusting it to answer.

use std::time::Duration;

use cartorio_core::SecretBytes;

/// A store of small secrets, named by service and account. Calls may block until somebody has typed a password.
pub trait Keyring: Send + Sync {
    /// Reads a secret; `None` where there is none **or where the keyring is locked**: both look alike on Linux.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn get(&self, service: &str, account: &str) -> Result<Option<SecretBytes>, KeyringError>;

    /// Writes a secret, over one of the same name.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn set(&self, service: &str, account: &str, secret: &SecretBytes) -> Result<(), KeyringError>;

    /// Deletes a secret; deleting nothing is fine.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError>;
}

/// Why the keyring did not serve.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyringError {
    /// There is no keyring in this session.
    #[error("there is no keyring in this session ({0})")]
    Absent(String),
    /// It is there and locked, or refuses access.
    #[error("the keyring is locked or refuses access ({0})")]
    Locked(String),
    /// It did not answer in time.
    #[error("the keyring did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// Anything else.
    #[error("the keyring failed ({0})")]
    Failed(String),
}

/// The keyring of this operating system: Secret Service, Keychain or Credential Manager.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsKeyring;

impl Keyring for OsKeyring {
    fn get(&self, service: &str, account: &str) -> Result<Option<SecretBytes>, KeyringError> {
        match entry(service, account)?.get_secret() {
            Ok(secret) => Ok(Some(SecretBytes::new(secret))),
            Err(::keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(described(&error)),
        }
    }

    fn set(&self, service: &str, account: &str, secret: &SecretBytes) -> Result<(), KeyringError> {
        entry(service, account)?.set_secret(secret.expose()).map_err(|error| described(&error))
    }

    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        match entry(service, account)?.delete_credential() {
            Ok(()) | Err(::keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(described(&error)),
        }
    }
}

/// Runs a keyring call away from the caller's thread and gives up on it after `limit`.
///
/// # Errors
/// `TimedOut`, or whatever the call fails with.
pub async fn bounded<T: Send + 'static>(
    limit: Duration,
    call: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // A thread of its own: a runtime waits at its end for every blocking task, and this one may never come back.
    std::thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            // Nobody listening any more means that the time was up.
            let _ = sender.send(call());
        })
        .map_err(|error| KeyringError::Failed(error.to_string()))?;
    match tokio::time::timeout(limit, receiver).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(KeyringError::Failed("the call ended without an answer".to_owned())),
        Err(_) => Err(KeyringError::TimedOut(limit)),
    }
}

fn entry(service: &str, account: &str) -> Result<::keyring::Entry, KeyringError> {
    if let Err(error) = ::keyring::Entry::store_status() {
        return Err(KeyringError::Absent(plain(error)));
    }
    ::keyring::Entry::new(service, account).map_err(|error| described(&error))
}

fn described(error: &::keyring::Error) -> KeyringError {
    match error {
        ::keyring::Error::NoDefaultStore => KeyringError::Absent(plain(error)),
        ::keyring::Error::NoStorageAccess(_) => KeyringError::Locked(plain(error)),
        _ => KeyringError::Failed(plain(error)),
    }
}

/// The error's text, for the variants that cannot carry the secret.
fn plain(error: &::keyring::Error) -> String {
    match error {
        ::keyring::Error::PlatformFailure(inner) | ::keyring::Error::NoStorageAccess(inner) => inner.to_string(),
        ::keyring::Error::NoEntry => "no entry".to_owned(),
        ::keyring::Error::NoDefaultStore => "no credential store".to_owned(),
        ::keyring::Error::TooLong(what, limit) => format!("{what} is longer than {limit}"),
        ::keyring::Error::Invalid(what, reason) => format!("{what}: {reason}"),
        ::keyring::Error::Ambiguous(_) => "more than one entry of that name".to_owned(),
        _ => "unreadable entry".to_owned(),
    }
}
