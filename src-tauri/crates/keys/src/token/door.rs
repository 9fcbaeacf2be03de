//! The way to one token: its sessions, its login, its queue.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use cartorio_core::SecretString;
use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::{Limit, Slot, TokenInfo as RawTokenInfo};
use cryptoki::types::AuthPin;
use tokio::sync::Semaphore;

use super::call::{self, Silence, within};
use super::fault::{Fault, failed};
use super::info::{FinalTry, PinFlags, PinState, uri_of};
use super::mechanism::{MechanismFacts, Mechanisms};
use crate::{KeyError, KeyResult, TokenUri};

/// How many sessions sign at once on a token that does not come out of a reader (an HSM). A smart card does one thing at a time.
const SESSIONS: usize = 8;

/// The way to one token of one module.
pub(super) struct Door {
    context: Pkcs11,
    module: String,
    token: TokenUri,
    places: Arc<Semaphore>,
    state: Mutex<State>,
    mechanisms: OnceLock<Mechanisms>,
}

struct State {
    /// Object handles found in another era are not used in this one.
    era: u64,
    idle: Vec<Session>,
    /// The session of the login: a token logs out when the last session is closed.
    keeper: Option<Session>,
}

/// What work inside a session may use.
pub(super) struct Visit<'a> {
    pub(super) session: &'a Session,
    pub(super) token: &'a TokenUri,
    pub(super) mechanisms: &'a Mechanisms,
    pub(super) era: u64,
    /// 1 the first time, 2 when it is repeated in another session.
    pub(super) attempt: u32,
    context: &'a Pkcs11,
}

impl Visit<'_> {
    /// Whether private keys can be used: somebody is logged in, or the token needs no login.
    pub(super) fn may_use_private_keys(&self) -> Result<bool, Fault> {
        let info = self.session.get_session_info()?;
        if is_user(info.session_state()) {
            return Ok(true);
        }
        Ok(!self.context.get_token_info(info.slot_id())?.login_required())
    }
}

impl Door {
    /// The way to `token`, which is in its reader now as `info` says.
    pub(super) fn new(context: Pkcs11, module: String, token: TokenUri, removable: bool, info: &RawTokenInfo) -> Self {
        let most = match info.max_session_count() {
            // One is for the login.
            Limit::Max(most) => usize::try_from(most).unwrap_or(SESSIONS).saturating_sub(1).clamp(1, SESSIONS),
            Limit::Infinite | Limit::Unavailable => SESSIONS,
        };
        Self {
            context,
            module,
            token,
            places: Arc::new(Semaphore::new(if removable { 1 } else { most })),
            state: Mutex::new(State { era: next_era(), idle: Vec::new(), keeper: None }),
            mechanisms: OnceLock::new(),
        }
    }

    /// Whether a call was never answered: this way is of no more use.
    pub(super) fn is_abandoned(&self) -> bool {
        self.places.is_closed()
    }

    /// The token's name for messages.
    pub(super) fn name(&self) -> String {
        self.token.token_name()
    }

    /// Runs `work` in a session, on a thread of its own, when it is its turn. A lost session is replaced once.
    ///
    /// # Errors
    /// What `work` fails with, as this product tells it; `Unavailable` when the token gives no answer.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        limit: Duration,
        mut work: impl FnMut(&Visit<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> KeyResult<T> {
        self.turn(limit, move |door| door.visit(&mut work)).await
    }

    /// As [`Self::run`], in a session that may write, and never twice.
    pub(super) async fn run_writing<T: Send + 'static>(
        self: &Arc<Self>,
        limit: Duration,
        work: impl FnOnce(&Visit<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> KeyResult<T> {
        self.turn(limit, move |door| {
            let era = door.state().era;
            let session = door.open(true)?;
            door.work(&session, era, 1, work).map_err(|fault| door.told(fault))
        })
        .await
    }

    /// Logs in with a PIN, or without one where a PIN pad asks for it. Sends the PIN at most once.
    ///
    /// # Errors
    /// `PinRequired`, `PinWrong`, `PinLocked`, `TokenAbsent`, `Refused`, `Unavailable`.
    pub(super) async fn login(self: &Arc<Self>, pin: Option<SecretString>, final_try: FinalTry) -> KeyResult<()> {
        let limit = if pin.is_some() { call::CALL } else { call::PIN_PAD };
        self.turn(limit, move |door| door.log_in(pin, final_try)).await
    }

    /// Logs out; nobody being logged in is no error.
    ///
    /// # Errors
    /// `Unavailable`; what the module fails with. A token that is gone is logged out.
    pub(super) async fn logout(self: &Arc<Self>) -> KeyResult<()> {
        self.turn(call::CALL, |door| door.log_out()).await
    }

    /// Whether somebody is logged in through this door now; a token that is gone is logged out. Asks the module, so it blocks.
    pub(super) fn is_logged_in(&self) -> bool {
        let state = self.state();
        let info = state.keeper.as_ref().and_then(|keeper| keeper.get_session_info().ok());
        info.is_some_and(|info| is_user(info.session_state()))
    }

    async fn turn<T: Send + 'static>(
        self: &Arc<Self>,
        limit: Duration,
        work: impl FnOnce(&Self) -> KeyResult<T> + Send + 'static,
    ) -> KeyResult<T> {
        let unavailable = |silence: String| KeyError::Unavailable { key: self.name(), state: silence };
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return Err(unavailable(Silence::other().to_string()));
        };
        let door = Arc::clone(self);
        let outcome = within(limit, move || {
            let _place = place;
            work(&door)
        })
        .await;
        outcome.unwrap_or_else(|silence| {
            // Whoever waits for this token would wait for the same thing: they are told now, and the next call
            // begins anew.
            self.places.close();
            Err(unavailable(silence.to_string()))
        })
    }

    fn visit<T>(&self, work: &mut impl FnMut(&Visit<'_>) -> Result<T, Fault>) -> KeyResult<T> {
        let mut attempt = 1;
        loop {
            let (session, era) = {
                let mut state = self.state();
                (state.idle.pop(), state.era)
            };
            let session = match session {
                Some(session) => session,
                None => self.open(false)?,
            };
            let fault = match self.work(&session, era, attempt, &mut *work) {
                Ok(value) => {
                    self.give_back(session, era);
                    return Ok(value);
                }
                Err(fault) => fault,
            };
            // A session in which something failed may have an operation left open: it is not used again.
            drop(session);
            let again = matches!(fault, Fault::SessionLost | Fault::HandleStale) && attempt == 1;
            if again {
                self.begin_era();
                attempt += 1;
            } else {
                return Err(self.told(fault));
            }
        }
    }

    fn work<T>(
        &self,
        session: &Session,
        era: u64,
        attempt: u32,
        work: impl FnOnce(&Visit<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mechanisms = match self.mechanisms.get() {
            Some(mechanisms) => mechanisms,
            None => {
                let read = self.read_mechanisms(session.get_session_info()?.slot_id())?;
                self.mechanisms.get_or_init(|| read)
            }
        };
        work(&Visit { session, token: &self.token, mechanisms, era, attempt, context: &self.context })
    }

    fn read_mechanisms(&self, slot: Slot) -> Result<Mechanisms, Fault> {
        let list = self.context.get_mechanism_list(slot)?;
        Ok(Mechanisms::of(&list, |mechanism| {
            let info = self.context.get_mechanism_info(slot, mechanism).ok()?;
            Some(MechanismFacts {
                smallest: info.min_key_size(),
                greatest: info.max_key_size(),
                signs: info.sign(),
                makes_pairs: info.generate_key_pair(),
            })
        }))
    }

    /// Opens a session with the token, in whatever slot it is now.
    fn open(&self, writing: bool) -> KeyResult<Session> {
        let open = |slot| if writing { self.context.open_rw_session(slot) } else { self.context.open_ro_session(slot) };
        let (slot, _) = self.slot()?;
        open(slot).map_err(|error| self.told(error.into()))
    }

    /// Where the token is now.
    fn slot(&self) -> KeyResult<(Slot, RawTokenInfo)> {
        let slots = self.context.get_slots_with_token().map_err(|error| self.settled(error.into()))?;
        slots
            .into_iter()
            .filter_map(|slot| Some((slot, self.context.get_token_info(slot).ok()?)))
            .find(|(_, info)| info.token_initialized() && uri_of(info) == self.token)
            .ok_or_else(|| KeyError::TokenAbsent { token: self.name() })
    }

    fn give_back(&self, session: Session, era: u64) {
        let mut state = self.state();
        if state.era == era && state.idle.len() < SESSIONS {
            state.idle.push(session);
        }
    }

    /// Forgets sessions and, with them, everything that was found in them.
    fn begin_era(&self) {
        let idle = {
            let mut state = self.state();
            state.era = next_era();
            std::mem::take(&mut state.idle)
        };
        // Closing a session calls the module, so not while the state is locked.
        drop(idle);
    }

    fn log_in(&self, pin: Option<SecretString>, final_try: FinalTry) -> KeyResult<()> {
        let (slot, info) = self.slot()?;
        let state = PinState::of(PinFlags::of(&info));
        if !state.needed || self.is_logged_in() {
            return Ok(());
        }
        let refuse = |reason: &str| KeyError::Refused { action: "C_Login".to_owned(), reason: reason.to_owned() };
        if !state.initialised {
            return Err(refuse("the token has no user PIN yet"));
        }
        let missing = match &pin {
            Some(pin) => pin.expose().is_empty(),
            None => !info.protected_authentication_path(),
        };
        if state.locked || missing || (state.tries == crate::PinTries::Last && final_try == FinalTry::Refuse) {
            return Err(state.before_login(self.name()));
        }
        // A login that was lost leaves its session, and the module may give its number to the next one.
        let lost = self.state().keeper.take();
        drop(lost);
        self.begin_era();
        let session = self.context.open_ro_session(slot).map_err(|error| self.told(error.into()))?;
        // Boxed in one piece: a growing buffer would leave copies that nobody wipes. AuthPin wipes this one.
        let sent = pin.as_ref().map(|pin| AuthPin::new(pin.expose().into()));
        let outcome = session.login(UserType::User, sent.as_ref());
        drop((sent, pin));
        match outcome {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
                self.begin_era();
                self.state().keeper = Some(session);
                Ok(())
            }
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
                Err(self.pin_state().unwrap_or(state).after_wrong(self.name()))
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(KeyError::PinLocked { token: self.name() }),
            // Given up at the PIN pad: the PIN is still to be typed.
            Err(Error::Pkcs11(RvError::FunctionCanceled | RvError::FunctionRejected | RvError::Cancel, _)) => {
                Err(self.pin_state().unwrap_or(state).before_login(self.name()))
            }
            Err(error) => Err(self.told(error.into())),
        }
    }

    fn log_out(&self) -> KeyResult<()> {
        let keeper = self.state().keeper.take();
        let session = match keeper {
            Some(session) => session,
            // Nobody logged in through this door, but an earlier one may have been abandoned.
            None => match self.open(false) {
                Ok(session) => session,
                Err(KeyError::TokenAbsent { .. }) => return Ok(()),
                Err(error) => return Err(error),
            },
        };
        let outcome = session.logout();
        drop(session);
        self.begin_era();
        match outcome.map_err(Fault::from) {
            Ok(()) | Err(Fault::LoggedOut | Fault::SessionLost | Fault::TokenGone) => Ok(()),
            Err(fault) => Err(self.told(fault)),
        }
    }

    fn pin_state(&self) -> Option<PinState> {
        self.slot().ok().map(|(_, info)| PinState::of(PinFlags::of(&info)))
    }

    /// A failure as this product tells it. Where it may mean that the token is gone, the token is looked for.
    fn told(&self, fault: Fault) -> KeyError {
        match &fault {
            Fault::SessionLost | Fault::TokenGone | Fault::Doubtful(_) | Fault::LoggedOut => {
                self.begin_era();
                let there = match self.slot() {
                    Ok((_, info)) => PinState::of(PinFlags::of(&info)),
                    Err(error) => return error,
                };
                match fault {
                    Fault::LoggedOut => there.before_login(self.name()),
                    // It says that it is there and it says that it is not: pulled out half-way, or put back just now.
                    Fault::TokenGone => KeyError::TokenAbsent { token: self.name() },
                    fault => self.settled(fault),
                }
            }
            Fault::HandleStale | Fault::Settled(_) => self.settled(fault),
        }
    }

    fn settled(&self, fault: Fault) -> KeyError {
        match fault {
            Fault::Settled(KeyError::ModuleUnusable { reason, .. }) => {
                KeyError::ModuleUnusable { module: self.module.clone(), reason }
            }
            Fault::Settled(error) => error,
            Fault::TokenGone => KeyError::TokenAbsent { token: self.name() },
            Fault::LoggedOut => KeyError::PinRequired { token: self.name(), tries: crate::PinTries::Full },
            Fault::SessionLost => failed("sessions with the token are lost as soon as they are opened".to_owned()),
            Fault::HandleStale => failed("the token does not know a key that it has just shown".to_owned()),
            Fault::Doubtful(reason) => failed(reason),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn is_user(state: SessionState) -> bool {
    match state {
        SessionState::RoUser | SessionState::RwUser => true,
        SessionState::RoPublic | SessionState::RwPublic | SessionState::RwSecurityOfficer => false,
    }
}

/// Numbers that no two doors share.
fn next_era() -> u64 {
    static ERAS: AtomicU64 = AtomicU64::new(1);
    ERAS.fetch_add(1, Ordering::Relaxed)
}
