//! [`TokenModule`]: a PKCS#11 library, loaded once.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cartorio_core::SecretString;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::TokenInfo as RawTokenInfo;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::call::{self, within};
use super::door::Door;
use super::info::{FinalTry, TokenInfo, TokenKey};
use super::objects::{self, Wanted};
use crate::{KeyError, KeyResult, TokenUri};

/// A loaded PKCS#11 module. Cheap to clone; all clones are one module.
#[derive(Clone)]
pub struct TokenModule(Arc<Module>);

struct Module {
    path: PathBuf,
    name: String,
    context: Pkcs11,
    doors: Mutex<HashMap<TokenUri, Arc<Door>>>,
    /// One look at the slots at a time: a dead reader holds one thread and not one more with every look.
    looking: Arc<Semaphore>,
    /// One new key at a time: whether a name is taken is looked up before.
    creating: tokio::sync::Mutex<()>,
}

impl TokenModule {
    /// Loads the library at `path`, which must be a full path, and initialises it (`C_Initialize`, once for the process).
    /// The same file loaded again gives the same module. A module stays loaded until the program ends.
    ///
    /// This runs the library's code with all rights of this program: only a path that a person has chosen belongs here.
    ///
    /// # Errors
    /// `ModuleUnusable` when the file is not there, is no library for this system, is no PKCS#11 module, cannot be used from
    /// several threads, or does not start in time.
    pub async fn load(path: &Path) -> KeyResult<Self> {
        let name = file_name(path);
        let unusable = |reason: String| KeyError::ModuleUnusable { module: name.clone(), reason };
        if !path.is_absolute() {
            return Err(unusable("its full path is needed".to_owned()));
        }
        let path = path.to_owned();
        let outcome = within(call::LOADING, move || load_once(&path)).await;
        outcome.map_err(|silence| unusable(silence.to_string()))?.map_err(unusable)
    }

    /// Where it was loaded from, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Its file name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The tokens that are in their readers now, also those that were never set up. A reader that fails hides no other.
    ///
    /// # Errors
    /// `ModuleUnusable` when the module gives no answer.
    pub async fn tokens(&self) -> KeyResult<Vec<TokenInfo>> {
        Ok(self.look().await?.into_iter().map(|(info, _)| info).collect())
    }

    /// The keys that `token` shows now, with their certificates. Before a login most tokens show the public halves alone; the
    /// keys are told from those then.
    ///
    /// # Errors
    /// `TokenAbsent`; `BadReference` when two tokens fit; `Unavailable`; what the module fails with.
    pub async fn keys(&self, token: &TokenUri) -> KeyResult<Vec<TokenKey>> {
        self.keys_by(token, Wanted::default()).await
    }

    /// All X.509 certificates (DER) that `token` shows now: those of keys, and those of issuers.
    ///
    /// # Errors
    /// As [`Self::keys`].
    pub async fn certificates(&self, token: &TokenUri) -> KeyResult<Vec<Vec<u8>>> {
        let door = self.door(token).await?;
        let work = |visit: &super::door::Visit<'_>| objects::certificates(visit.session);
        let certificates = door.run(call::CALL, work).await?;
        Ok(certificates.into_iter().map(|certificate| certificate.der).collect())
    }

    /// Logs in to `token` for the whole program, until [`Self::logout`] or until the token is pulled out. The PIN is sent at
    /// most once and kept nowhere. Being logged in already is no error. `None` where the PIN is typed at the reader.
    ///
    /// # Errors
    /// `PinWrong` and `PinLocked` from what the token says afterwards; `PinRequired` for an empty or missing PIN, for one that
    /// was given up at the PIN pad, and on the last try with [`FinalTry::Refuse`]; `TokenAbsent`; `BadReference` when two
    /// tokens fit; `Refused` for a token without a user PIN; `Unavailable`.
    pub async fn login(&self, token: &TokenUri, pin: Option<&SecretString>, final_try: FinalTry) -> KeyResult<()> {
        self.door(token).await?.login(pin.cloned(), final_try).await
    }

    /// Logs out of `token`. A token that is gone, or that nobody was logged in to, is no error.
    ///
    /// # Errors
    /// `BadReference` when two tokens fit; `Unavailable`; what the module fails with.
    pub async fn logout(&self, token: &TokenUri) -> KeyResult<()> {
        match self.door(token).await {
            Ok(door) => door.logout().await,
            Err(KeyError::TokenAbsent { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether this program is logged in to `token` now; a token that is gone is not.
    ///
    /// # Errors
    /// `BadReference` when two tokens fit; `ModuleUnusable`.
    pub async fn is_logged_in(&self, token: &TokenUri) -> KeyResult<bool> {
        let fitting = one_of(self.look().await?, token);
        match fitting {
            Ok((info, _)) => Ok(info.logged_in),
            Err(KeyError::TokenAbsent { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn keys_by(&self, token: &TokenUri, wanted: Wanted) -> KeyResult<Vec<TokenKey>> {
        let door = self.door(token).await?;
        door.run(call::CALL, move |visit| objects::keys(visit.session, visit.token, visit.mechanisms, &wanted)).await
    }

    /// Held while a key is made.
    pub(super) async fn creation(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.creating.lock().await
    }

    /// The way to the one token that `uri` names.
    pub(super) async fn door(&self, uri: &TokenUri) -> KeyResult<Arc<Door>> {
        let exact = self.0.doors().get(&uri.token_alone()).filter(|door| !door.is_abandoned()).cloned();
        // Only a token that was seen has a door under its full name; with a serial number there is no other.
        if let Some(door) = exact.filter(|_| uri.serial().is_some()) {
            return Ok(door);
        }
        let (info, raw) = one_of(self.look().await?, uri)?;
        let mut doors = self.0.doors();
        let fresh = || {
            let context = self.0.context.clone();
            Arc::new(Door::new(context, self.0.name.clone(), info.uri.clone(), info.removable, &raw))
        };
        let door = doors.entry(info.uri.clone()).or_insert_with(fresh);
        if door.is_abandoned() {
            *door = fresh();
        }
        Ok(Arc::clone(door))
    }

    async fn look(&self) -> KeyResult<Vec<(TokenInfo, RawTokenInfo)>> {
        let unusable = |reason: String| KeyError::ModuleUnusable { module: self.0.name.clone(), reason };
        let place = timeout(call::CALL, Arc::clone(&self.0.looking).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(unusable("an earlier look at its readers gave no answer".to_owned()));
        };
        let module = Arc::clone(&self.0);
        let looked = within(call::CALL, move || {
            let _place = place;
            module.look()
        });
        looked.await.map_err(|silence| unusable(silence.to_string()))?.map_err(|error| unusable(error.to_string()))
    }
}

impl fmt::Debug for TokenModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenModule").field(&self.0.path).finish()
    }
}

impl PartialEq for TokenModule {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for TokenModule {}

impl Module {
    fn look(&self) -> Result<Vec<(TokenInfo, RawTokenInfo)>, Error> {
        let slots = self.context.get_slots_with_token()?;
        // A token that goes while it is looked at, or that its reader cannot read, is not there.
        let seen = slots.into_iter().filter_map(|slot| {
            let (slot_info, raw) = (self.context.get_slot_info(slot).ok()?, self.context.get_token_info(slot).ok()?);
            let door = self.doors().get(&super::info::uri_of(&raw)).cloned();
            let logged_in = raw.token_initialized() && door.is_some_and(|door| door.is_logged_in());
            Some((TokenInfo::of(&raw, &slot_info, logged_in), raw))
        });
        Ok(seen.collect())
    }

    fn doors(&self) -> MutexGuard<'_, HashMap<TokenUri, Arc<Door>>> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one token that `uri` names, of those that were set up.
fn one_of(present: Vec<(TokenInfo, RawTokenInfo)>, uri: &TokenUri) -> KeyResult<(TokenInfo, RawTokenInfo)> {
    let mut fitting = present.into_iter().filter(|(info, _)| info.initialised && uri.matches_token(&info.uri));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(KeyError::TokenAbsent { token: uri.token_name() }),
        (Some(_), Some(_)) => Err(KeyError::BadReference {
            reason: format!("more than one token fits {}: the serial number tells them apart", uri.token_alone()),
        }),
    }
}

/// One module for one file, however often it is loaded. A load that hangs holds up only loads of the same file.
fn load_once(path: &Path) -> Result<TokenModule, String> {
    type Place = Arc<Mutex<Option<TokenModule>>>;
    static LOADED: OnceLock<Mutex<HashMap<PathBuf, Place>>> = OnceLock::new();
    let path = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "the file is not there".to_owned(),
        kind => kind.to_string(),
    })?;
    let place = {
        let mut places = LOADED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.entry(path.clone()).or_default())
    };
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = place.as_ref() {
        return Ok(module.clone());
    }
    let module = TokenModule(Arc::new(initialised(path)?));
    *place = Some(module.clone());
    Ok(module)
}

fn initialised(path: PathBuf) -> Result<Module, String> {
    let context = Pkcs11::new(&path).map_err(|error| match error {
        Error::LibraryLoading(_) => "it is no library for this system, or one that it needs is missing".to_owned(),
        Error::MissingSymbol(_) | Error::NullFunctionPointer => "it is a library, but no PKCS#11 module".to_owned(),
        other => other.to_string(),
    })?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(Error::Pkcs11(RvError::CantLock, _)) => {
            return Err("it cannot be used from several threads".to_owned());
        }
        Err(Error::Pkcs11(code, _)) => return Err(format!("it does not start ({code:?} in C_Initialize)")),
        Err(other) => return Err(other.to_string()),
    }
    Ok(Module {
        name: file_name(&path),
        path,
        context,
        doors: Mutex::default(),
        looking: Arc::new(Semaphore::new(1)),
        creating: tokio::sync::Mutex::default(),
    })
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
