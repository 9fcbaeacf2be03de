//! Keys and names that were just made: KMS may not know them everywhere yet (KMS, «Eventual consistency»: usually seconds).

use std::collections::HashMap;
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cartorio_keys::{KeyError, KeyResult};
use tokio::time::{Instant, sleep};

/// How long a key counts as new.
const NEW: Duration = Duration::from_secs(60);
/// Waits between two questions for a new key.
static WAITS: [Duration; 6] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
    Duration::from_millis(3200),
];

/// What this process made a moment ago.
#[derive(Clone, Debug, Default)]
pub(super) struct Fresh(Arc<Mutex<HashMap<String, Instant>>>);

impl Fresh {
    /// Remembers a key or a name (`alias/NAME`) that was made now.
    pub(super) fn made(&self, region: &str, key: &str) {
        let now = Instant::now();
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.retain(|_, at| now.duration_since(*at) < NEW);
        made.insert(entry(region, key), now);
    }

    /// Forgets a name that was taken away.
    pub(super) fn gone(&self, region: &str, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&entry(region, key));
    }

    /// Patience for one request for `key`.
    pub(super) fn patience(&self, region: &str, key: &str) -> Patience {
        Patience { fresh: self.clone(), entry: entry(region, key), waits: WAITS.iter() }
    }

    fn is_new(&self, entry: &str) -> bool {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(entry).is_some_and(|at| at.elapsed() < NEW)
    }
}

/// Asks again for a key that was made a moment ago and is said not to exist. Others are asked for once.
pub(super) struct Patience {
    fresh: Fresh,
    entry: String,
    waits: slice::Iter<'static, Duration>,
}

impl Patience {
    /// Whether the request is to be made again; waits before it says so.
    pub(super) async fn again<T>(&mut self, outcome: &KeyResult<T>) -> bool {
        let missing = matches!(outcome, Err(KeyError::NotFound { .. })) && self.fresh.is_new(&self.entry);
        match self.waits.next() {
            Some(wait) if missing => {
                sleep(*wait).await;
                true
            }
            _ => false,
        }
    }
}

/// One form for id and ARN: the ARN's last part, which for a name begins with `alias/`.
fn entry(region: &str, key: &str) -> String {
    let name = match key.rsplit_once(":alias/") {
        Some((_, alias)) => format!("alias/{alias}"),
        None => key.rsplit_once(":key/").map_or(key, |(_, id)| id).to_owned(),
    };
    format!("{region} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(fresh: &Fresh, key: &str, missing: u32) -> (bool, u32) {
        let mut patience = fresh.patience("sa-east-1", key);
        let mut asked = 0;
        loop {
            asked += 1;
            let missing = asked <= missing;
            let outcome = if missing { Err(KeyError::NotFound { key: key.to_owned(), region: None }) } else { Ok(()) };
            if !patience.again(&outcome).await {
                return (outcome.is_ok(), asked);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_was_just_made_is_waited_for_and_not_for_ever() {
        let fresh = Fresh::default();
        fresh.made("sa-east-1", "arn:aws:kms:sa-east-1:000000000000:key/0a1b");
        fresh.made("sa-east-1", "alias/balcao/dois");
        for key in ["0a1b", "arn:aws:kms:sa-east-1:000000000000:key/0a1b", "alias/balcao/dois"] {
            assert_eq!(asked(&fresh, key, 3).await, (true, 4), "{key}");
        }
        assert_eq!(asked(&fresh, "0a1b", 100).await, (false, 7), "patience ends");
        assert_eq!(asked(&fresh, "alias/outra", 3).await, (false, 1), "somebody else's key is asked for once");
        fresh.gone("sa-east-1", "arn:aws:kms:sa-east-1:000000000000:alias/balcao/dois");
        assert_eq!(asked(&fresh, "alias/balcao/dois", 3).await, (false, 1));
        tokio::time::advance(NEW).await;
        assert_eq!(asked(&fresh, "0a1b", 3).await, (false, 1), "it is not new any more");
    }
}
