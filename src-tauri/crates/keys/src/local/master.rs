//! Where the master key comes from, and never a new one while sealed files wait for the old one.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::{Clock, SecretBytes, SecretString};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::files;
use super::keyring::{Keyring, KeyringError, OsKeyring, bounded};
use super::seal::{KEY_LEN, MasterKey, Sealed, Sealer, failed, hex, random, same};
use crate::{KeyError, KeyResult};

/// What stands between a thief of the folder and its keys; shown to the user as it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// The master key is in the keyring of the operating system.
    OsKeyring,
    /// The master key is wrapped by a passphrase (Argon2id).
    Passphrase,
    /// The master key lies in a plain file, readable by its owner: whoever copies the folder has the keys.
    /// Demonstration only.
    PlainFile,
}

/// How the master key of a **new** store is kept. A store that exists says itself how it is opened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MasterChoice {
    /// The keyring; where there is none, the passphrase if one is given; else the plain file if it is allowed.
    #[default]
    Automatic,
    /// The keyring or nothing.
    Keyring,
    /// The passphrase or nothing.
    Passphrase,
    /// The plain file.
    PlainFile,
}

/// Where a passphrase comes from, when one is needed.
#[derive(Clone, Default)]
pub enum Passphrase {
    /// Nowhere: [`KeyError::PassphraseRequired`] then tells the caller to ask and to open again.
    #[default]
    None,
    /// It is known.
    Given(SecretString),
    /// It is asked for, away from the async threads; the flag says whether it is for a new store (ask twice). `None`
    /// means that the person declined.
    Ask(Arc<dyn Fn(bool) -> Option<SecretString> + Send + Sync>),
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Given(_) => "Given(…)",
            Self::Ask(_) => "Ask(…)",
        })
    }
}

/// Whether a plain file may hold the master key.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PlainFile {
    /// No: a store that is kept so is not opened either. For production.
    #[default]
    Refuse,
    /// Yes, as a last resort. For the demonstration.
    Allow,
}

/// How to open a store.
#[derive(Clone)]
pub struct LocalOptions {
    /// Its folder; made when absent, closed to other users.
    pub folder: PathBuf,
    /// How a new store keeps its master key.
    pub choice: MasterChoice,
    /// The keyring.
    pub keyring: Arc<dyn Keyring>,
    /// How long the keyring may take; it may be waiting for somebody to type a password.
    pub keyring_limit: Duration,
    /// Where a passphrase comes from.
    pub passphrase: Passphrase,
    /// Whether a plain file is good enough.
    pub plain_file: PlainFile,
    /// Time of creation of keys.
    pub clock: Arc<dyn Clock>,
}

impl LocalOptions {
    /// The operating system's keyring, no passphrase, no plain file.
    pub fn new(folder: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self {
            folder: folder.into(),
            choice: MasterChoice::Automatic,
            keyring: Arc::new(OsKeyring),
            keyring_limit: Duration::from_secs(60),
            passphrase: Passphrase::None,
            plain_file: PlainFile::Refuse,
            clock,
        }
    }
}

/// Finds the master key of the store, or makes one for a store that is new.
pub(super) async fn unlock(options: &LocalOptions) -> KeyResult<(MasterKey, Protection)> {
    let folder = options.folder.clone();
    let found = blocking(move || {
        files::private_folder(&folder)?;
        existing(&folder)
    })
    .await?;
    match found {
        Some(file) => open_existing(options, file).await,
        None => match create(options).await {
            // Another process was faster: its master key is the one.
            Err(KeyError::AlreadyExists { name }) if name == MASTER_FILE => {
                let folder = options.folder.clone();
                match blocking(move || existing(&folder)).await? {
                    Some(file) => open_existing(options, file).await,
                    None => Err(KeyError::StoreCorrupt { file: MASTER_FILE.to_owned() }),
                }
            }
            other => other,
        },
    }
}

/// What an existing store is kept with; `None` for one that is not there yet.
pub(super) fn protection_of(folder: &Path) -> KeyResult<Option<Protection>> {
    Ok(existing(folder)?.map(|file| match file.provider {
        Provider::OsKeyring { .. } => Protection::OsKeyring,
        Provider::Passphrase { .. } => Protection::Passphrase,
        Provider::PlainFile {} => Protection::PlainFile,
    }))
}

/// Runs blocking work on tokio's threads for it.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> KeyResult<T> + Send + 'static) -> KeyResult<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| failed("a background task"))?
}

pub(super) const KEY_SUFFIX: &str = ".key.json";
pub(super) const SECRET_SUFFIX: &str = ".secret.json";

const MASTER_FILE: &str = "master.json";
const PLAIN_KEY_FILE: &str = "master.key";
const SERVICE: &str = "cartorio-digital";
const VERSION: u32 = 1;

// RFC 9106 §4, second recommended option: 64 MiB, 3 passes; one lane because it runs on one thread.
const ARGON2_MEMORY_KIB: u32 = 64 * 1024;
const ARGON2_ITERATIONS: u32 = 3;
const ARGON2_LANES: u32 = 1;

/// `master.json`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct MasterFile {
    version: u32,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// Tells the right master key from a wrong one.
    check: String,
    provider: Provider,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Provider {
    OsKeyring {
        /// Random, so that two stores never share an entry and a store may be moved.
        account: String,
    },
    Passphrase {
        salt: String,
        memory_kib: u32,
        iterations: u32,
        lanes: u32,
        wrapped: Sealed,
    },
    PlainFile {},
}

fn existing(folder: &Path) -> KeyResult<Option<MasterFile>> {
    // Sealed files first: they are only ever written after `master.json`.
    let sealed = !files::stems(folder, KEY_SUFFIX)?.is_empty() || !files::stems(folder, SECRET_SUFFIX)?.is_empty();
    let corrupt = || KeyError::StoreCorrupt { file: MASTER_FILE.to_owned() };
    let Some(content) = files::read(folder, MASTER_FILE)? else {
        return if sealed { Err(corrupt()) } else { Ok(None) };
    };
    let file: MasterFile = serde_json::from_slice(&content).map_err(|_| corrupt())?;
    if file.version != VERSION {
        return Err(KeyError::Unsupported {
            backend: "local",
            what: format!("a key store of version {}", file.version),
        });
    }
    Ok(Some(file))
}

async fn open_existing(options: &LocalOptions, file: MasterFile) -> KeyResult<(MasterKey, Protection)> {
    let MasterFile { check, provider, .. } = file;
    let corrupt = |name: &str| KeyError::StoreCorrupt { file: name.to_owned() };
    match provider {
        Provider::OsKeyring { account } => {
            let secret = keyring_get(options, account).await.map_err(locked)?.ok_or_else(|| KeyError::StoreLocked {
                reason: "the keyring has no entry for it; it is locked, or it is another user's".to_owned(),
            })?;
            let master = MasterKey::from_secret(secret).ok_or_else(|| corrupt(MASTER_FILE))?;
            checked(master, &check, Protection::OsKeyring)
        }
        Provider::Passphrase { salt, memory_kib, iterations, lanes, wrapped } => {
            let source = options.passphrase.clone();
            blocking(move || {
                let passphrase = source.ask(false).ok_or(KeyError::PassphraseRequired)?;
                let salt = STANDARD.decode(&salt).map_err(|_| corrupt(MASTER_FILE))?;
                let key = stretch(&passphrase, &salt, memory_kib, iterations, lanes)?;
                let secret = Sealer::new(&*key)?.open(WRAP_AAD, &wrapped).ok_or(KeyError::PassphraseWrong)?;
                let master = MasterKey::from_secret(secret).ok_or_else(|| corrupt(MASTER_FILE))?;
                checked(master, &check, Protection::Passphrase)
            })
            .await
        }
        Provider::PlainFile {} => {
            if options.plain_file == PlainFile::Refuse {
                return Err(KeyError::StoreLocked {
                    reason: "its master key lies in a plain file, which only the demonstration allows".to_owned(),
                });
            }
            let folder = options.folder.clone();
            blocking(move || {
                let master = read_plain(&folder)?.ok_or_else(|| corrupt(PLAIN_KEY_FILE))?;
                checked(master, &check, Protection::PlainFile)
            })
            .await
        }
    }
}

async fn create(options: &LocalOptions) -> KeyResult<(MasterKey, Protection)> {
    match options.choice {
        MasterChoice::Keyring => create_in_keyring(options).await,
        MasterChoice::Passphrase => create_with_passphrase(options).await,
        MasterChoice::PlainFile => create_plain(options).await,
        MasterChoice::Automatic => {
            let keyring = match create_in_keyring(options).await {
                Err(KeyError::StoreLocked { reason }) => reason,
                other => return other,
            };
            match create_with_passphrase(options).await {
                Err(KeyError::PassphraseRequired) => {}
                other => return other,
            }
            match options.plain_file {
                PlainFile::Allow => create_plain(options).await,
                PlainFile::Refuse => Err(KeyError::StoreLocked { reason: keyring }),
            }
        }
    }
}

async fn create_in_keyring(options: &LocalOptions) -> KeyResult<(MasterKey, Protection)> {
    let master = MasterKey::generate()?;
    let account = format!("store-{}", hex(&random(8)?));
    let (keyring, secret, name) = (options.keyring.clone(), master.secret().clone(), account.clone());
    bounded(options.keyring_limit, move || keyring.set(SERVICE, &name, &secret)).await.map_err(locked)?;
    // A keyring that loses what it was given must show now, not at the next start.
    let kept = keyring_get(options, account.clone()).await.map_err(locked)?;
    if !kept.is_some_and(|kept| same(kept.expose(), master.secret().expose())) {
        return Err(KeyError::StoreLocked { reason: "the keyring did not keep the master key".to_owned() });
    }
    let written = write(options, &master, Provider::OsKeyring { account: account.clone() }).await;
    if written.is_err() {
        let keyring = options.keyring.clone();
        // Best effort: an orphan in the keyring opens nothing.
        let _ = bounded(options.keyring_limit, move || keyring.delete(SERVICE, &account)).await;
    }
    written.map(|()| (master, Protection::OsKeyring))
}

async fn create_with_passphrase(options: &LocalOptions) -> KeyResult<(MasterKey, Protection)> {
    let source = options.passphrase.clone();
    let (master, provider) = blocking(move || {
        let passphrase = source.ask(true).ok_or(KeyError::PassphraseRequired)?;
        let master = MasterKey::generate()?;
        let salt = random(16)?;
        let key = stretch(&passphrase, &salt, ARGON2_MEMORY_KIB, ARGON2_ITERATIONS, ARGON2_LANES)?;
        let provider = Provider::Passphrase {
            salt: STANDARD.encode(&salt),
            memory_kib: ARGON2_MEMORY_KIB,
            iterations: ARGON2_ITERATIONS,
            lanes: ARGON2_LANES,
            wrapped: Sealer::new(&*key)?.seal(WRAP_AAD, master.secret())?,
        };
        Ok((master, provider))
    })
    .await?;
    write(options, &master, provider).await?;
    Ok((master, Protection::Passphrase))
}

async fn create_plain(options: &LocalOptions) -> KeyResult<(MasterKey, Protection)> {
    if options.plain_file == PlainFile::Refuse {
        return Err(KeyError::StoreLocked {
            reason: "a plain file for the master key is for the demonstration only".to_owned(),
        });
    }
    let folder = options.folder.clone();
    let master = blocking(move || {
        let master = MasterKey::generate()?;
        let text = Zeroizing::new(STANDARD.encode(master.secret().expose()));
        match files::write_new(&folder, PLAIN_KEY_FILE, text.as_bytes()) {
            Ok(()) => Ok(master),
            // Left by a start that was cut short, or just written by another process: nothing else is sealed yet.
            Err(KeyError::AlreadyExists { .. }) => {
                read_plain(&folder)?.ok_or_else(|| KeyError::StoreCorrupt { file: PLAIN_KEY_FILE.to_owned() })
            }
            Err(error) => Err(error),
        }
    })
    .await?;
    write(options, &master, Provider::PlainFile {}).await?;
    Ok((master, Protection::PlainFile))
}

async fn write(options: &LocalOptions, master: &MasterKey, provider: Provider) -> KeyResult<()> {
    let file = MasterFile { version: VERSION, created_at: options.clock.now(), check: master.check_value(), provider };
    let content = serde_json::to_vec_pretty(&file).map_err(|_| failed("writing master.json"))?;
    let folder = options.folder.clone();
    blocking(move || files::write_new(&folder, MASTER_FILE, &content)).await
}

fn checked(master: MasterKey, check: &str, protection: Protection) -> KeyResult<(MasterKey, Protection)> {
    if master.matches(check) {
        Ok((master, protection))
    } else {
        Err(KeyError::StoreCorrupt { file: MASTER_FILE.to_owned() })
    }
}

async fn keyring_get(options: &LocalOptions, account: String) -> Result<Option<SecretBytes>, KeyringError> {
    let keyring = options.keyring.clone();
    bounded(options.keyring_limit, move || keyring.get(SERVICE, &account)).await
}

fn read_plain(folder: &Path) -> KeyResult<Option<MasterKey>> {
    let Some(text) = files::read(folder, PLAIN_KEY_FILE)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    Ok(STANDARD.decode(&*text).ok().and_then(|bytes| MasterKey::from_secret(SecretBytes::new(bytes))))
}

fn stretch(
    passphrase: &SecretString,
    salt: &[u8],
    memory_kib: u32,
    iterations: u32,
    lanes: u32,
) -> KeyResult<Zeroizing<[u8; KEY_LEN]>> {
    // A changed file must not make us take all memory or never come back.
    if memory_kib > 1024 * 1024 || iterations > 32 || lanes > 16 || !(8..=64).contains(&salt.len()) {
        return Err(KeyError::StoreCorrupt { file: MASTER_FILE.to_owned() });
    }
    let params = Params::new(memory_kib, iterations, lanes, Some(KEY_LEN))
        .map_err(|_| KeyError::StoreCorrupt { file: MASTER_FILE.to_owned() })?;
    let mut key = Zeroizing::new([0_u8; KEY_LEN]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), salt, &mut *key)
        .map_err(|_| failed("passphrase stretching"))?;
    Ok(key)
}

impl Passphrase {
    fn ask(&self, new: bool) -> Option<SecretString> {
        match self {
            Self::None => None,
            Self::Given(passphrase) => Some(passphrase.clone()),
            Self::Ask(ask) => ask(new),
        }
        .filter(|passphrase| !passphrase.expose().is_empty())
    }
}

fn locked(error: KeyringError) -> KeyError {
    KeyError::StoreLocked { reason: error.to_string() }
}

const WRAP_AAD: &[u8] = b"cartorio-digital master key v1";
