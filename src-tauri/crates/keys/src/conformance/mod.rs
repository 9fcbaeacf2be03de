//! The suite that every backend runs: what [`KeyManager`] promises, tried from outside, chosen by the declared
//! [`Capabilities`]. What is declared must work, and what is not declared must answer `Unsupported`.

mod aliases;
mod core;
mod lifecycle;
mod seals;
mod tags;
mod tokens;
mod undeclared;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

use crate::{
    Capabilities, CreateKey, CreationToken, DigestSigner, KeyError, KeyInfo, KeyManager, KeyRef, KeySpec, PublicKey,
    SignatureAlgorithm, verify_message,
};

/// Runs the whole suite on `manager`, making keys of each type that it declares.
///
/// # Panics
/// With the first broken promise.
pub async fn run(manager: &dyn KeyManager) {
    run_with(manager, &Setup::default()).await;
}

/// As [`run`], for a backend whose surroundings must be told.
///
/// # Panics
/// With the first broken promise.
#[allow(clippy::panic)] // A test function: its failure is a panic.
pub async fn run_with(manager: &dyn KeyManager, setup: &Setup) {
    if let Err(failure) = check_with(manager, setup).await {
        panic!("{} breaks the contract: {failure}", manager.capabilities().backend);
    }
}

/// Runs the whole suite on `manager` and tells the first broken promise. To be awaited on the test's own task: its future
/// is not `Send`.
///
/// # Errors
/// The promise, and what happened instead.
pub async fn check(manager: &dyn KeyManager) -> Result<(), String> {
    check_with(manager, &Setup::default()).await
}

/// As [`check`], for a backend whose surroundings must be told.
///
/// # Errors
/// The promise, and what happened instead. Also a deviation in `setup` that did not show itself.
pub async fn check_with(manager: &dyn KeyManager, setup: &Setup) -> Result<(), String> {
    let suite =
        Suite { manager, capabilities: manager.capabilities(), setup, met: Mutex::default(), made: Mutex::default() };
    let outcome = suite.everything().await;
    suite.leave().await;
    outcome
}

/// What the suite must know of a backend and cannot ask it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// How far the backend's clock may be from this machine's.
    pub clock: Duration,
    /// How long the backend may take until it says what was done (AWS: seconds).
    pub patience: Duration,
    /// Promises that this backend is known to break, each with the reason (a defect of an emulator). One that it keeps
    /// after all is a failure, so that the list cannot grow stale. Nothing real is on any such list.
    pub deviations: Vec<(Deviation, &'static str)>,
    /// Keys that are there already and are tried too: the only way for a backend that makes none.
    pub existing: Vec<KeyRef>,
    /// A reference of the backend's own kind to a key that is not there; made from a known one otherwise.
    pub unknown: Option<KeyRef>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            clock: Duration::from_secs(5),
            patience: Duration::ZERO,
            deviations: Vec::new(),
            existing: Vec::new(),
            unknown: None,
        }
    }
}

/// A promise that a backend may be known to break.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Deviation {
    /// A declared key type cannot be made.
    TypeIsMissing(KeySpec),
    /// A key that waits for its deletion can be switched on.
    EnableWhilePending,
    /// A key that waits for its deletion can be switched off.
    DisableWhilePending,
    /// A key that waits for its deletion can get a name.
    AliasWhilePending,
    /// A name moves to a key of another usage.
    AliasOfAnotherUsage,
    /// A signer that was made before goes on signing when the key is switched off.
    SignerOutlivesDisabling,
    /// A changed sealed data key opens.
    ChangedSealOpens,
    /// A data key opens with a master that did not seal it.
    SealOfAnotherKeyOpens,
    /// A data key opens with another context.
    SealOfAnotherContextOpens,
    /// Renewal on demand fails.
    RotateNowIsMissing,
    /// Automatic renewal can be switched on for a signing key.
    SigningKeyRenewsItself,
    /// The last use is not known.
    LastUseIsMissing,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An alias that no other run uses.
pub fn unique_alias(stem: &str) -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map(|age| age.as_nanos()).unwrap_or_default();
    format!("{stem}-{nanos:x}-{}", COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// A creation token that no other run uses.
fn unique_token() -> Result<CreationToken, String> {
    CreationToken::new(unique_alias("pedido")).map_err(|error| error.to_string())
}

type Outcome<T = ()> = Result<T, String>;

struct Suite<'a> {
    manager: &'a dyn KeyManager,
    capabilities: Capabilities,
    setup: &'a Setup,
    met: Mutex<BTreeSet<Deviation>>,
    made: Mutex<Vec<KeyRef>>,
}

impl Suite<'_> {
    async fn everything(&self) -> Outcome {
        let made = self.keys().await?;
        let Some((first, _)) = made.first() else {
            return Err("a backend that makes no key and has none cannot be tried".to_owned());
        };
        named("undeclared capabilities", self.undeclared(first).await)?;
        named("the core", self.core(&made).await)?;
        if self.capabilities.list {
            named("list", self.listing(&made).await)?;
        }
        if self.capabilities.creation_tokens {
            named("creation tokens", self.tokens().await)?;
        }
        if self.capabilities.aliases {
            named("aliases", self.aliases().await)?;
        }
        if self.capabilities.tags {
            named("tags", self.tags().await)?;
        }
        if self.capabilities.last_use {
            named("last use", self.last_use().await)?;
        }
        if self.capabilities.disable {
            named("disabling", self.disabling().await)?;
        }
        if self.capabilities.deletion {
            named("deletion", self.deletion().await)?;
        }
        if self.capabilities.access {
            named("access", self.access(first).await)?;
        }
        if self.capabilities.multi_region {
            named("several regions", self.multi_region().await)?;
        }
        if self.capabilities.data_keys {
            named("data keys", self.data_keys().await)?;
        }
        if self.capabilities.automatic_rotation {
            named("automatic rotation", self.rotation().await)?;
        }
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        match self.setup.deviations.iter().find(|(deviation, _)| !met.contains(deviation)) {
            Some((deviation, _)) => {
                Err(format!("the known deviation {deviation} was never tried: take it off the list"))
            }
            None => Ok(()),
        }
    }

    /// Makes a key and remembers it, to be thrown away at the end.
    async fn make(&self, request: CreateKey) -> Outcome<KeyInfo> {
        let info = self.manager.create(request).await.map_err(|error| format!("create failed: {error}"))?;
        self.remember(&info);
        Ok(info)
    }

    /// A key of the first type that the backend makes.
    async fn make_first(&self, alias: &str) -> Outcome<KeyInfo> {
        self.make(CreateKey::named(self.first_spec()?, alias)).await
    }

    fn remember(&self, info: &KeyInfo) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(info.key_ref.clone());
    }

    /// The type for keys whose type does not matter: a quick one, where there is one.
    fn first_spec(&self) -> Outcome<KeySpec> {
        let makes = self.specs();
        let quick = makes.iter().find(|spec| !spec.is_rsa()).or(makes.first());
        quick.copied().ok_or_else(|| "it declares a capability for keys and makes none".to_owned())
    }

    /// The types that it declares and makes.
    fn specs(&self) -> Vec<KeySpec> {
        let missing = |spec: KeySpec| self.is_listed(Deviation::TypeIsMissing(spec));
        self.capabilities.creates.iter().copied().filter(|spec| !missing(*spec)).collect()
    }

    async fn describe(&self, key: &KeyRef) -> Outcome<KeyInfo> {
        self.manager.describe(key).await.map_err(|error| format!("describe failed: {error}"))
    }

    /// Asks until the key is as `wanted` says, as long as the patience lasts.
    async fn settles(&self, key: &KeyRef, what: &str, wanted: impl Fn(&KeyInfo) -> bool) -> Outcome<KeyInfo> {
        self.eventually(async || {
            let info = self.describe(key).await?;
            if wanted(&info) { Ok(info) } else { Err(format!("{what}: describe says {info:?}")) }
        })
        .await
    }

    /// Tries again until it is good, as long as the patience lasts.
    async fn eventually<T>(&self, attempt: impl AsyncFn() -> Outcome<T>) -> Outcome<T> {
        let mut waited = Duration::ZERO;
        loop {
            match attempt().await {
                Err(_) if waited < self.setup.patience => {
                    let pause = Duration::from_millis(200);
                    tokio::time::sleep(pause).await;
                    waited += pause;
                }
                outcome => return outcome,
            }
        }
    }

    /// A signature by the key, checked in all that it says.
    async fn signs(&self, info: &KeyInfo, public: &PublicKey) -> Outcome {
        let algorithm = public.spec.default_algorithm();
        let signer = self
            .eventually(async || {
                self.manager.signer(&info.key_ref, algorithm).await.map_err(|error| format!("signer failed: {error}"))
            })
            .await?;
        self.signs_with(signer.as_ref(), info, public).await
    }

    async fn signs_with(&self, signer: &dyn DigestSigner, info: &KeyInfo, public: &PublicKey) -> Outcome {
        let message = b"reconhecimento de firma";
        let algorithm = signer.algorithm();
        let signature =
            signer.sign_message(message).await.map_err(|error| format!("{algorithm}: sign_message failed: {error}"))?;
        verify_message(public, algorithm, message, &signature.value)
            .map_err(|error| format!("{algorithm}: the signature is not good: {error}"))?;
        ensure(signature.key_id == info.key_id, || format!("{algorithm}: signed by {}", signature.key_id))?;
        ensure(signature.attempts >= 1, || format!("{algorithm}: signed in no attempt"))
    }

    async fn public_of(&self, key: &KeyRef) -> Outcome<PublicKey> {
        self.manager.public_key(key).await.map_err(|error| format!("public_key failed: {error}"))
    }

    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> Outcome<Box<dyn DigestSigner>> {
        self.manager.signer(key, algorithm).await.map_err(|error| format!("signer failed: {error}"))
    }

    fn is_listed(&self, deviation: Deviation) -> bool {
        self.setup.deviations.iter().any(|(known, _)| *known == deviation)
    }

    /// Passes `outcome` on, unless the backend is known to break this promise: then it must be broken.
    fn unless(&self, deviation: Deviation, outcome: Outcome) -> Outcome {
        if !self.is_listed(deviation) {
            return outcome;
        }
        self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(deviation);
        match outcome {
            Ok(()) => Err(format!("the known deviation {deviation} did not show itself: take it off the list")),
            Err(_) => Ok(()),
        }
    }

    /// Throws away what was made, where the backend can, so that nothing is paid for.
    async fn leave(&self) {
        if !self.capabilities.deletion {
            return;
        }
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        let Ok(window) = crate::DeletionWindow::days(7) else { return };
        for key in made {
            if self.capabilities.aliases
                && let Ok(info) = self.manager.describe(&key).await
            {
                for alias in info.aliases {
                    let _ = self.manager.remove_alias(&alias).await;
                }
            }
            let _ = self.manager.schedule_deletion(&key, window).await;
        }
    }

    /// Whether `at` is `wanted`, as far as the clocks agree.
    fn is_about(&self, at: OffsetDateTime, wanted: OffsetDateTime) -> bool {
        (at - wanted).abs() <= self.setup.clock
    }
}

/// What is expected of an error, told by what came instead.
fn refused<T: fmt::Debug>(what: &str, outcome: Result<T, KeyError>, wanted: fn(&KeyError) -> bool) -> Outcome {
    match outcome {
        Err(error) if wanted(&error) => Ok(()),
        outcome => Err(format!("{what} gives {outcome:?}")),
    }
}

fn named<T>(case: &str, outcome: Outcome<T>) -> Outcome<T> {
    outcome.map_err(|failure| format!("{case}: {failure}"))
}

fn failed(what: &str) -> impl Fn(KeyError) -> String {
    move |error| format!("{what} failed: {error}")
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn ensure(promise: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if promise { Ok(()) } else { Err(otherwise()) }
}
