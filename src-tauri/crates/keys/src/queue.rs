//! One queue for all signatures that are asked of one remote service: never more than so many at once and so many a second,
//! in the order of asking.
//!
//! AWS counts every request of the account against a quota of its region (KMS, «Request quotas»: 1,000 a second for RSA keys
//! and 1,000 for elliptic curves, when this was written). Who stays below it is never throttled; who is throttled all the
//! same, because others use the account too, slows down once for everybody instead of every signer trying again by itself.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex as Door, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::{KeyError, KeyResult};

/// How much a [`SigningQueue`] lets through.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SigningLimits {
    /// Requests under way at once; at least 1.
    pub concurrency: usize,
    /// Requests begun in one second; at least 1.
    pub per_second: u32,
}

impl Default for SigningLimits {
    /// 32 at once, and four fifths of the quota of 1,000 a second that AWS KMS gives an account without asking.
    fn default() -> Self {
        Self { concurrency: 32, per_second: 800 }
    }
}

impl SigningLimits {
    /// Whether they are those of [`Self::default`].
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A fair queue in front of a service with a quota. Cheap to clone; all clones are one queue.
///
/// Waiting costs nothing but a timer, and whoever stops waiting (drops the future) gives the place back.
#[derive(Clone, Debug)]
pub struct SigningQueue(Arc<Shared>);

impl SigningQueue {
    /// How often one request is throttled before it is given up: the queue has waited more than six seconds by then.
    pub const THROTTLED_TRIES: u32 = 6;

    /// A queue with these limits.
    pub fn new(limits: SigningLimits) -> Self {
        let full = f64::from(limits.per_second.max(1));
        Self(Arc::new(Shared {
            places: Arc::new(Semaphore::new(limits.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            door: Door::new(()),
            pace: Mutex::new(Pace { full, rate: full, since: Instant::now(), next: Instant::now(), slowed: None }),
        }))
    }

    /// Waits for a place and for its moment. The place is free again when the [`Turn`] is dropped.
    pub async fn enter(&self) -> Turn {
        // The semaphore is never closed; without a permit the request would merely be one more at a time.
        let place = Arc::clone(&self.0.places).acquire_owned().await.ok();
        let began = self.0.moment().await;
        Turn { queue: self.clone(), _place: place, began }
    }

    /// Runs `request` in its turn, and again when the service throttles it, as often as [`Self::THROTTLED_TRIES`] says.
    /// Every other failure is final here: waiting does not cure it.
    ///
    /// # Errors
    /// What `request` fails with.
    pub async fn run<T, F, R>(&self, mut request: R) -> KeyResult<T>
    where
        F: Future<Output = KeyResult<T>>,
        R: FnMut() -> F,
    {
        let mut turn = self.enter().await;
        let mut throttled = 0;
        loop {
            match request().await {
                Err(error @ KeyError::Throttled { .. }) => {
                    turn.throttled();
                    throttled += 1;
                    if throttled >= Self::THROTTLED_TRIES {
                        return Err(error);
                    }
                    turn.again().await;
                }
                outcome => return outcome,
            }
        }
    }

    /// What the queue lets through in a second now: less than its limit for a while after it was throttled.
    pub fn per_second(&self) -> f64 {
        self.0.pace().rate_at(Instant::now())
    }
}

/// A place in the queue whose moment has come: one request may be made.
#[derive(Debug)]
pub struct Turn {
    queue: SigningQueue,
    _place: Option<OwnedSemaphorePermit>,
    began: Instant,
}

impl Turn {
    /// The service throttled this request: the whole queue slows down. Requests that were under way already when it did so
    /// tell nothing new.
    pub fn throttled(&self) {
        let mut pace = self.queue.0.pace();
        if pace.slowed.is_none_or(|slowed| slowed < self.began) {
            pace.slow(Instant::now());
        }
    }

    /// Waits for another moment, behind those who wait already; the place is kept.
    pub async fn again(&mut self) {
        self.began = self.queue.0.moment().await;
    }
}

#[derive(Debug)]
struct Shared {
    places: Arc<Semaphore>,
    /// Held by the one who waits for the next moment; the others wait for the door, in order.
    door: Door<()>,
    pace: Mutex<Pace>,
}

impl Shared {
    async fn moment(&self) -> Instant {
        let _door = self.door.lock().await;
        loop {
            let now = Instant::now();
            let taken = self.pace().take(now);
            match taken {
                Ok(()) => return now,
                Err(at) => sleep_until(at).await,
            }
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // Numbers are whole even where somebody panicked beside them.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The generic cell rate algorithm (ITU-T I.371, annex A): a moment every `1 / rate` seconds, with a little credit for
/// moments that timers were too coarse to use.
#[derive(Debug)]
struct Pace {
    full: f64,
    /// The rate at `since`; it grows from there.
    rate: f64,
    since: Instant,
    /// When the next request may begin.
    next: Instant,
    slowed: Option<Instant>,
}

/// Unused time that may be made up for.
const CREDIT: Duration = Duration::from_millis(20);
/// What is left of the rate after a throttling answer.
const SLOWER: f64 = 0.5;
/// The slowest, as a part of the full rate.
const SLOWEST: f64 = 1.0 / 64.0;
/// The part of the full rate that comes back in one second.
const RECOVERY: f64 = 0.05;
/// Nothing begins for so long after a throttling answer at full rate, and longer the slower the queue is already.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Pace {
    fn rate_at(&self, now: Instant) -> f64 {
        let recovered = self.full * RECOVERY * now.saturating_duration_since(self.since).as_secs_f64();
        (self.rate + recovered).min(self.full)
    }

    /// Takes the next moment, or tells when it comes.
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if self.next > now {
            return Err(self.next);
        }
        let interval = Duration::from_secs_f64(1.0 / self.rate_at(now));
        let oldest = now.checked_sub(CREDIT).unwrap_or(now);
        self.next = self.next.max(oldest) + interval;
        Ok(())
    }

    fn slow(&mut self, now: Instant) {
        self.rate = (self.rate_at(now) * SLOWER).max(self.full * SLOWEST);
        self.since = now;
        self.slowed = Some(now);
        let pause = PAUSE.mul_f64(self.full / self.rate).min(LONGEST_PAUSE);
        self.next = self.next.max(now + pause);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::{advance, sleep, timeout};

    use super::*;

    fn queue(concurrency: usize, per_second: u32) -> SigningQueue {
        SigningQueue::new(SigningLimits { concurrency, per_second })
    }

    /// Lets every task that can run do so, without time passing.
    async fn settle() {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_has_more_than_the_limit_and_its_credit() {
        let queue = queue(1000, 800);
        let mut begun = Vec::new();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4000 {
            let queue = queue.clone();
            tasks.spawn(async move { queue.enter().await.began });
        }
        let start = Instant::now();
        while let Some(at) = tasks.join_next().await {
            begun.push(at.unwrap().duration_since(start));
        }
        begun.sort();
        let credit = (800.0 * CREDIT.as_secs_f64()).ceil() as usize + 1;
        for (index, first) in begun.iter().enumerate() {
            let within = begun[index..].iter().take_while(|at| **at < *first + Duration::from_secs(1)).count();
            assert!(within <= 800 + credit, "{within} in the second after {first:?}");
        }
        let took = begun.last().unwrap().as_secs_f64();
        assert!((4.9..=5.1).contains(&took), "4000 at 800 a second took {took} s: the limit is used up too");
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_at_once_than_there_are_places() {
        let queue = queue(3, 1_000_000);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (queue, now, most) = (queue.clone(), Arc::clone(&now), Arc::clone(&most));
            tasks.spawn(async move {
                queue
                    .run(|| async {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        sleep(Duration::from_millis(30)).await;
                        now.fetch_sub(1, Ordering::SeqCst);
                        Ok(())
                    })
                    .await
            });
        }
        while let Some(outcome) = tasks.join_next().await {
            outcome.unwrap().unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_first_is_served_first() {
        let queue = queue(2, 10);
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for number in 0..20 {
            let (queue, order) = (queue.clone(), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let _turn = queue.enter().await;
                order.lock().unwrap().push(number);
            }));
            settle().await;
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stops_waiting_gives_place_and_moment_back() {
        let queue = queue(1, 1);
        let held = queue.enter().await;
        assert!(timeout(Duration::from_secs(60), queue.enter()).await.is_err(), "the only place is taken");
        drop(held);
        // Stops while it waits for its moment, not for a place.
        let held = timeout(Duration::from_millis(500), queue.enter()).await;
        drop(held);
        for _ in 0..5 {
            drop(timeout(Duration::from_millis(1), queue.enter()).await);
        }
        let start = Instant::now();
        drop(queue.enter().await);
        drop(queue.enter().await);
        assert!(start.elapsed() <= Duration::from_secs(2), "moments of those who left are lost: {:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_slows_everybody_once_and_the_rate_comes_back_slowly() {
        let queue = queue(32, 800);
        let mut turns = Vec::new();
        for _ in 0..10 {
            turns.push(queue.enter().await);
        }
        advance(Duration::from_millis(5)).await;
        for turn in &turns {
            turn.throttled();
        }
        assert!(
            (queue.per_second() - 400.0).abs() < 1.0,
            "ten answers of one moment slow it once: {}",
            queue.per_second()
        );
        let slowed = Instant::now();
        for turn in &mut turns {
            turn.again().await;
        }
        assert!(slowed.elapsed() >= Duration::from_millis(200), "nothing begins during the pause");
        turns[0].throttled();
        assert!(queue.per_second() < 215.0, "throttled again, slower again: {}", queue.per_second());
        advance(Duration::from_secs(5)).await;
        let rate = queue.per_second();
        assert!((390.0..420.0).contains(&rate), "{rate} after five seconds");
        advance(Duration::from_secs(60)).await;
        assert!((queue.per_second() - 800.0).abs() < 0.1);
        for _ in 0..40 {
            queue.enter().await.throttled();
        }
        assert!(queue.per_second() >= 800.0 * SLOWEST, "it never stands still");
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_is_waited_out_and_given_up_and_nothing_else_is_repeated() {
        let queue = queue(4, 800);
        let asked = AtomicUsize::new(0);
        let outcome = queue
            .run(|| async {
                match asked.fetch_add(1, Ordering::SeqCst) {
                    0..4 => Err(KeyError::Throttled { attempts: 1 }),
                    _ => Ok("signed"),
                }
            })
            .await;
        assert_eq!((outcome, asked.load(Ordering::SeqCst)), (Ok("signed"), 5));

        let start = Instant::now();
        let asked = AtomicUsize::new(0);
        let throttled = KeyError::Throttled { attempts: 1 };
        let outcome: KeyResult<()> = queue
            .run(|| async {
                asked.fetch_add(1, Ordering::SeqCst);
                Err(throttled.clone())
            })
            .await;
        assert_eq!((outcome, asked.load(Ordering::SeqCst)), (Err(throttled.clone()), 6));
        assert!(start.elapsed() < Duration::from_secs(40), "patience ends: {:?}", start.elapsed());

        for error in [KeyError::LimitExceeded { what: String::new() }, KeyError::ExpiredCredentials] {
            let asked = AtomicUsize::new(0);
            let outcome: KeyResult<()> = queue
                .run(|| async {
                    asked.fetch_add(1, Ordering::SeqCst);
                    Err(error.clone())
                })
                .await;
            assert_eq!((outcome, asked.load(Ordering::SeqCst)), (Err(error.clone()), 1), "waiting does not cure it");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn against_a_smaller_quota_a_batch_ends_without_an_error() {
        // The service lets 200 a second through, with a second's worth in stock; the queue believes in 800.
        let stock = Arc::new(Mutex::new((200.0_f64, Instant::now())));
        let queue = queue(32, 800);
        let mut tasks = tokio::task::JoinSet::new();
        let start = Instant::now();
        for _ in 0..2000 {
            let (queue, stock) = (queue.clone(), Arc::clone(&stock));
            tasks.spawn(async move {
                queue
                    .run(|| async {
                        sleep(Duration::from_millis(30)).await;
                        let mut stock = stock.lock().unwrap();
                        let now = Instant::now();
                        stock.0 = (stock.0 + 200.0 * now.duration_since(stock.1).as_secs_f64()).min(200.0);
                        stock.1 = now;
                        if stock.0 >= 1.0 {
                            stock.0 -= 1.0;
                            Ok(())
                        } else {
                            Err(KeyError::Throttled { attempts: 1 })
                        }
                    })
                    .await
            });
        }
        while let Some(outcome) = tasks.join_next().await {
            outcome.unwrap().unwrap();
        }
        let took = start.elapsed().as_secs_f64();
        assert!((9.0..20.0).contains(&took), "2000 through 200 a second took {took} s");
    }
}
