//! Calls of a module, off the async threads, with a time limit.

use std::fmt;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a call may take: far more than a slow smart card needs, and less than a person waits.
pub(super) const CALL: Duration = Duration::from_secs(60);
/// How long loading a module may take: some start a service or look at every reader.
pub(super) const LOADING: Duration = Duration::from_secs(60);
/// How long a login at a PIN pad may take: a person types.
pub(super) const PIN_PAD: Duration = Duration::from_secs(180);
/// How long making a key may take: RSA-4096 takes minutes on a smart card.
pub(super) const GENERATION: Duration = Duration::from_secs(600);

/// The call gave no answer.
#[derive(Debug)]
pub(super) struct Silence {
    limit: Duration,
}

impl Silence {
    /// Another call gave no answer, and this one was not made.
    pub(super) const fn other() -> Self {
        Self { limit: Duration::ZERO }
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.limit.is_zero() {
            f.write_str("the call ended without an answer")
        } else {
            write!(f, "no answer within {} s", self.limit.as_secs())
        }
    }
}

/// Runs `work` on a thread of its own and waits for it no longer than `limit`.
///
/// Not tokio's pool of blocking threads: a runtime waits for those when it ends, and a module may hang for ever.
pub(super) async fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Silence> {
    let (answer, question) = oneshot::channel();
    let thread = thread::Builder::new().name("pkcs11".to_owned()).spawn(move || {
        // Nobody listens any more when the limit has passed.
        let _ = answer.send(work());
    });
    if thread.is_err() {
        return Err(Silence { limit: Duration::ZERO });
    }
    match timeout(limit, question).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err(Silence { limit: Duration::ZERO }),
        Err(_) => Err(Silence { limit }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_is_given_up_and_its_thread_left_behind() {
        let (let_go, held) = mpsc::channel::<()>();
        let outcome = within(CALL, move || held.recv()).await;
        assert_eq!(outcome.unwrap_err().to_string(), "no answer within 60 s");
        drop(let_go);
    }

    #[tokio::test]
    async fn answers_and_panics_come_back() {
        assert_eq!(within(CALL, || 7).await.unwrap(), 7);
        let outcome = within(CALL, || panic!("a fault of the module's caller")).await;
        assert_eq!(outcome.map(|()| 0).unwrap_err().to_string(), "the call ended without an answer");
    }
}
