//! Which certificates authorities stamped with before: what a policy says of them is known before the next key is touched.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use cartorio_pki::Certificate;
use cartorio_policy::Policy;
use cartorio_policy::preflight::{TimeStamping, check_time_stamp};

use super::ASKED_AGAIN_AFTER;

/// The paths of authorities, by their addresses, as their last tokens had them. In memory only, and not for long: an authority gets
/// new certificates, and a root may be brought in.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<HashMap<String, (Instant, Vec<Certificate>)>>>);

impl Seen {
    /// Remembers the path of the authority at `url`, its own certificate first.
    pub(crate) fn remember(&self, url: &str, path: Vec<Certificate>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(url.to_owned(), (Instant::now(), path));
    }

    /// What is known of the authorities at these addresses.
    pub(crate) fn authorities<'u>(&self, urls: impl Iterator<Item = &'u str>) -> Authorities {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |url: &str| seen.get(url).filter(|(when, _)| when.elapsed() < ASKED_AGAIN_AFTER);
        Authorities(urls.map(|url| known(url).map(|(_, path)| path.clone())).collect())
    }
}

/// The authorities of a job in their order, each with its path where an earlier token told it.
pub(crate) struct Authorities(Vec<Option<Vec<Certificate>>>);

impl Authorities {
    /// Whether there is nobody to ask.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who will stamp under `policy`: one that fits, somebody who is not known, or else the first, who does not fit.
    pub(crate) fn stamping(&self, policy: &Policy) -> TimeStamping<'_> {
        let known = || self.0.iter().flatten();
        if let Some(fitting) = known().find(|path| check_time_stamp(policy, path).is_empty()) {
            return TimeStamping::Path(fitting);
        }
        match (self.0.iter().any(Option::is_none), known().next()) {
            (true, _) => TimeStamping::Unknown,
            (false, Some(first)) => TimeStamping::Path(first),
            (false, None) => TimeStamping::None,
        }
    }
}
