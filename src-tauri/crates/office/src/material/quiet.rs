//! Authorities that did not answer a moment ago: a batch does not wait for one of them again with every document.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cartorio_core::WireError;
use time::{Duration, OffsetDateTime};

/// How long an authority that did not answer is passed over.
const PAUSE: Duration = Duration::minutes(1);

/// The authorities of one job that did not answer, by their addresses.
#[derive(Default)]
pub(super) struct Quiet(Mutex<HashMap<String, Silence>>);

struct Silence {
    until: OffsetDateTime,
    error: WireError,
}

impl Quiet {
    /// Why `url` is passed over at `now`; nothing where it is to be asked. Once its pause is over the first who comes tries it, and
    /// the others go on without it until that has an end.
    pub(super) fn passes_over(&self, url: &str, now: OffsetDateTime) -> Option<WireError> {
        let mut all = self.lock();
        let own = all.get_mut(url)?;
        // A clock that was put back must not make the pause any longer.
        if now < own.until && own.until - now <= PAUSE {
            return Some(own.error.clone());
        }
        own.until = now + PAUSE;
        None
    }

    /// It failed with `error`. A refusal is an answer; what is remembered is silence, which costs its time again and again.
    pub(super) fn failed(&self, url: &str, error: &WireError, now: OffsetDateTime) {
        if matches!(error.code.as_str(), "tsa_timeout" | "tsa_unreachable") {
            self.lock().insert(url.to_owned(), Silence { until: now + PAUSE, error: error.clone() });
        } else {
            self.answered(url);
        }
    }

    /// It is there.
    pub(super) fn answered(&self, url: &str) {
        self.lock().remove(url);
    }

    /// The map holds no invariant that a panic elsewhere could break.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Silence>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use cartorio_core::{Retry, Severity};

    use super::*;

    fn error(code: &str) -> WireError {
        WireError {
            code: code.to_owned(),
            params: Default::default(),
            severity: Severity::Error,
            retry: Retry::Later,
            detail: String::new(),
        }
    }

    #[test]
    fn silence_is_remembered_for_a_while_and_one_alone_tries_again() {
        let (quiet, start) = (Quiet::default(), OffsetDateTime::UNIX_EPOCH);
        let passed = |after: i64| quiet.passes_over("http://a", start + Duration::seconds(after)).map(|own| own.code);
        assert_eq!(passed(0), None);
        quiet.failed("http://a", &error("tsa_timeout"), start);
        assert_eq!(passed(1).as_deref(), Some("tsa_timeout"));
        assert_eq!(passed(59).as_deref(), Some("tsa_timeout"));
        assert!(quiet.passes_over("http://b", start).is_none());
        // The first who comes after the pause asks it; who comes meanwhile does not.
        assert_eq!(passed(61), None);
        assert_eq!(passed(62).as_deref(), Some("tsa_timeout"));
        quiet.answered("http://a");
        assert_eq!(passed(63), None);
        // A refusal is an answer, and a clock that was put back prolongs nothing.
        quiet.failed("http://a", &error("timestamp_rejected"), start);
        assert_eq!(passed(64), None);
        quiet.failed("http://a", &error("tsa_unreachable"), start + Duration::days(1));
        assert_eq!(passed(65), None);
    }
}
