//! Threads for small documents: as many as there are processors, and awake while there is more of it. On the threads of the
//! runtime's own pool, which are many and sleep in between, waking them up would cost a good part of what a small document costs.
//!
//! A document is read and written on these threads too, and a network share may answer a second later, or never. So nobody waits
//! behind one that is held up: a thread that is at the same piece of work for longer than [`PATIENCE`] counts no more, and while
//! anything waits another one takes its place.

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::signing::blocking;
use crate::{OfficeError, OfficeResult};

/// What is larger is mostly waited for, and that is done elsewhere.
const SMALL: u64 = 4 << 20;

/// So long a thread may be at one piece of work before another one is woken beside it. Far more than a small document computes,
/// and far less than a person notices.
const PATIENCE: Duration = Duration::from_millis(100);

/// More threads than this are never held up at once; who comes then waits.
const MOST: usize = 512;

/// Runs what has to be done with a document of `size` bytes away from the threads that serve futures.
pub(crate) async fn compute<T: Send + 'static>(
    size: u64,
    work: impl FnOnce() -> T + Send + 'static,
) -> OfficeResult<T> {
    if size > SMALL {
        return blocking(work).await;
    }
    if HERE.get() {
        return catch_unwind(AssertUnwindSafe(work)).map_err(|_| ended_early());
    }
    run(async move { work() }).await
}

/// Runs `future` on these threads, where [`compute`] of something small is no way to another thread and back. Given up where the
/// caller is.
pub(crate) async fn run<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> OfficeResult<T> {
    let (sender, receiver) = oneshot::channel();
    let future: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move {
        // Whoever stopped waiting needs no answer.
        let _ = sender.send(future.await);
    });
    let task = Arc::new(Task {
        future: Mutex::new(Some(future)),
        state: AtomicU8::new(QUEUED),
        given_up: AtomicBool::new(false),
        runtime: Handle::current(),
        threads: &THREADS,
    });
    // Before it waits for a thread: where there is none, it must not begin later, without anybody who waits for it.
    let wanted = Wanted(Arc::clone(&task));
    if !THREADS.add(task) {
        drop(wanted);
        return Err(ended_early());
    }
    receiver.await.map_err(|_| ended_early())
}

fn ended_early() -> OfficeError {
    OfficeError::internal("a background task")
}

static THREADS: Threads = Threads::new();

thread_local! {
    /// Whether this is one of these threads.
    static HERE: Cell<bool> = const { Cell::new(false) };
}

/// A future that is polled on these threads.
struct Task {
    /// Nothing once it has ended.
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    /// [`IDLE`], [`QUEUED`], [`POLLED`] or [`WOKEN`].
    state: AtomicU8,
    /// Nobody waits for it any more.
    given_up: AtomicBool,
    /// What its timers and tasks belong to.
    runtime: Handle,
    threads: &'static Threads,
}

/// It waits for somebody to wake it.
const IDLE: u8 = 0;
/// It waits for a thread.
const QUEUED: u8 = 1;
/// A thread is at it.
const POLLED: u8 = 2;
/// The same, and it was woken meanwhile.
const WOKEN: u8 = 3;

impl Task {
    /// What a thread does with it.
    fn poll(self: Arc<Self>) {
        self.state.store(POLLED, Ordering::SeqCst);
        let mut future = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let waker = Waker::from(Arc::clone(&self));
        let ended = self.given_up.load(Ordering::SeqCst) || {
            let _runtime = self.runtime.enter();
            let polled = future.as_mut().map(|future| {
                // One that panics has ended without an answer.
                catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(&waker))))
                    .unwrap_or(Poll::Ready(()))
            });
            polled.is_none_or(|polled| polled.is_ready())
        };
        if ended {
            let _runtime = self.runtime.enter();
            // What it held may panic, too, on its way out.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(future.take())));
            return;
        }
        drop(future);
        if self.state.compare_exchange(POLLED, IDLE, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            self.state.store(QUEUED, Ordering::SeqCst);
            self.threads.add(Arc::clone(&self));
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let next = |state| match state {
            IDLE => Some(QUEUED),
            POLLED => Some(WOKEN),
            _ => None,
        };
        if self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next) == Ok(IDLE) {
            self.threads.add(Arc::clone(&self));
        }
    }
}

/// Ends a task when its caller is given up.
struct Wanted(Arc<Task>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.given_up.store(true, Ordering::SeqCst);
        Arc::clone(&self.0).wake();
    }
}

/// The threads.
struct Threads {
    line: Mutex<Line>,
    more: Condvar,
}

/// What waits, and who is at what.
struct Line {
    waiting: VecDeque<Arc<Task>>,
    /// Threads that sleep and were not woken yet.
    asleep: usize,
    /// Threads that are not held up.
    count: usize,
    /// What each thread is at, by its place.
    places: Vec<Place>,
    /// Somebody looks whether threads are held up.
    watched: bool,
}

#[derive(Clone, Copy)]
enum Place {
    Free,
    Between,
    AtWork {
        since: Instant,
    },
    /// It counts no more until it is done with what it is at.
    HeldUp,
}

impl Threads {
    const fn new() -> Self {
        let line = Line { waiting: VecDeque::new(), asleep: 0, count: 0, places: Vec::new(), watched: false };
        Self { line: Mutex::new(line), more: Condvar::new() }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `false` where the system gives no thread at all.
    fn add(&'static self, task: Arc<Task>) -> bool {
        let mut line = self.line();
        line.waiting.push_back(task);
        if !line.watched {
            // Where the system gives no thread for it, nobody is told when work is held up, and it is done all the same.
            line.watched = spawn("compute-watch", move || self.watch());
        }
        if line.asleep > 0 {
            line.asleep -= 1;
            drop(line);
            self.more.notify_one();
            return true;
        }
        if line.count < most() {
            self.start(&mut line);
        }
        !line.places.is_empty()
    }

    /// Starts one more thread.
    fn start(&'static self, line: &mut Line) {
        let free = line.places.iter().position(|place| matches!(place, Place::Free));
        let place = free.unwrap_or(line.places.len());
        if place >= MOST || !spawn("compute", move || self.work(place)) {
            return;
        }
        if place == line.places.len() {
            line.places.push(Place::Between);
        } else {
            line.places[place] = Place::Between;
        }
        line.count += 1;
    }

    /// The life of the thread at `place`.
    fn work(&'static self, place: usize) {
        HERE.set(true);
        let mut line = self.line();
        loop {
            let Some(task) = line.waiting.pop_front() else {
                line.asleep += 1;
                line = self.more.wait(line).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            line.places[place] = Place::AtWork { since: Instant::now() };
            drop(line);
            task.poll();
            line = self.line();
            if matches!(line.places[place], Place::HeldUp) {
                if line.count >= most() {
                    // Another one has its place.
                    line.places[place] = Place::Free;
                    return;
                }
                line.count += 1;
            }
            line.places[place] = Place::Between;
        }
    }

    /// Looks, until nothing is done any more, whether what waits does so behind threads that are held up.
    fn watch(&'static self) {
        let mut quiet = false;
        loop {
            std::thread::sleep(PATIENCE);
            let mut line = self.line();
            let at_work = line.places.iter().any(|place| matches!(place, Place::AtWork { .. }));
            if line.waiting.is_empty() {
                if quiet && !at_work {
                    line.watched = false;
                    return;
                }
                quiet = !at_work;
                continue;
            }
            quiet = false;
            let mut held_up = 0;
            for place in &mut line.places {
                if matches!(place, Place::AtWork { since } if since.elapsed() >= PATIENCE) {
                    *place = Place::HeldUp;
                    held_up += 1;
                }
            }
            line.count -= held_up;
            for _ in line.count..most() {
                self.start(&mut line);
            }
        }
    }
}

/// So many threads compute at once.
fn most() -> usize {
    use std::sync::OnceLock;
    static MOST: OnceLock<usize> = OnceLock::new();
    *MOST.get_or_init(|| std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get))
}

/// Whether there is a thread for it.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> bool {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Longer than anything here takes, unless it never ends.
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn nobody_waits_behind_work_that_is_held_up() {
        // A share that does not answer: more documents on it than there are threads.
        let held: Vec<_> = (0..3 * most())
            .map(|_| {
                let (let_go, waits) = mpsc::channel::<()>();
                (let_go, tokio::spawn(compute(0, move || waits.recv().is_ok())))
            })
            .collect();
        let others = async {
            for number in 0..100 {
                assert_eq!(compute(0, move || number).await.unwrap(), number);
            }
        };
        tokio::time::timeout(LONG, others).await.expect("the others wait behind it");
        for (let_go, task) in held {
            assert!(!task.is_finished());
            let_go.send(()).unwrap();
            assert!(task.await.unwrap().unwrap(), "what was held up is done all the same");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_future_goes_on_when_what_it_waits_for_is_there() {
        let tasks: Vec<_> = (0..200_u32)
            .map(|number| {
                tokio::spawn(run(async move {
                    let mut sum = 0;
                    for step in 0..20 {
                        // Here, on the runtime, and after a while.
                        sum += compute(0, move || number * step).await.unwrap();
                        sum += tokio::spawn(async move { step }).await.unwrap();
                        tokio::time::sleep(Duration::from_micros(u64::from(number))).await;
                        tokio::task::yield_now().await;
                    }
                    sum
                }))
            })
            .collect();
        for (number, task) in (0_u32..).zip(tasks) {
            let sum = tokio::time::timeout(LONG, task).await.expect("it was not woken").unwrap().unwrap();
            assert_eq!(sum, number * 190 + 190);
        }
    }

    #[tokio::test]
    #[allow(clippy::map_identity, reason = "it says of what type a panic is the error")]
    async fn a_panic_is_an_error_of_its_own_work_alone() {
        for _ in 0..2 * most() {
            assert!(compute(0, || panic!("on purpose")).await.map(|()| ()).is_err());
            let inside = run(async { compute(0, || panic!("on purpose")).await.map(|()| ()).is_err() });
            assert_eq!(inside.await.ok(), Some(true), "what it is a part of goes on");
            assert!(run(async { panic!("on purpose") }).await.map(|()| ()).is_err());
        }
        assert_eq!(compute(0, || 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn who_is_given_up_is_dropped() {
        struct Told(mpsc::Sender<()>);
        impl Drop for Told {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        let (sender, dropped) = mpsc::channel();
        let told = Told(sender);
        let (begun, begins) = oneshot::channel();
        let task = tokio::spawn(run(async move {
            let _told = told;
            let _ = begun.send(());
            std::future::pending::<()>().await;
        }));
        begins.await.unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        dropped.recv_timeout(LONG).expect("what it held is let go");
    }
}
