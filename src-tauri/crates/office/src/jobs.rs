//! Long work: a snapshot that everybody may look at, progress events, and ways to hold it up or stop it.
//!
//! Events of a job with many documents are told at most [`PER_SECOND`] times a second and carry what changed since the one before;
//! a pause and the end are told whole, the end always. Nothing here walks over all documents for a change of one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use cartorio_core::{JobId, WireError};
use tokio::sync::{Notify, watch};

use crate::dto::{ItemPhase, ItemState, JobChanges, JobItem, JobSnapshot, JobStatus};
use crate::ports::EventSink;
use crate::{OfficeError, OfficeResult};

/// The jobs of this session, oldest first: those at work, and the last ones that ended.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<Vec<(String, Arc<Job>)>>);

/// Ended jobs that are kept for whoever looks at them still. Each holds what became of every document.
const KEPT: usize = 8;

impl Jobs {
    /// The job of a batch that is in the journal. Items may have their end already: then it goes on where it was.
    pub(crate) fn add_batch(&self, items: Vec<JobItem>, batch: JobId, events: Arc<dyn EventSink>) -> Arc<Job> {
        let id = JobId::generate().to_string();
        let settled = items.iter().filter(|item| is_end(item.state)).count();
        let snapshot = JobSnapshot {
            id: id.clone(),
            status: JobStatus::Running,
            items,
            revision: 0,
            changes: None,
            held: false,
            waits_for: None,
            batch: Some(batch.to_string()),
            per_minute: None,
            seconds_left: None,
        };
        let state = State {
            snapshot,
            settled,
            before: settled,
            since: Some(Instant::now()),
            worked: Duration::ZERO,
            told: None,
            due: false,
            changed: BTreeSet::new(),
            told_revision: 0,
        };
        let job = Arc::new_cyclic(|me| Job {
            state: Mutex::new(state),
            stopped: AtomicBool::new(false),
            suspended: AtomicBool::new(false),
            held: AtomicBool::new(false),
            waits: AtomicBool::new(false),
            skipped: Mutex::default(),
            woken: Notify::new(),
            status: watch::Sender::new(JobStatus::Running),
            telling: Mutex::new(()),
            events,
            me: me.clone(),
        });
        let mut jobs = self.all();
        jobs.push((id, Arc::clone(&job)));
        let ended = jobs.iter().filter(|(_, own)| is_over(*own.status.borrow())).count();
        let mut left_over = ended.saturating_sub(KEPT);
        jobs.retain(|(_, own)| {
            let goes = left_over > 0 && is_over(*own.status.borrow());
            left_over -= usize::from(goes);
            !goes
        });
        job
    }

    fn all(&self) -> MutexGuard<'_, Vec<(String, Arc<Job>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of this session that are known still, oldest first.
    pub(crate) fn known(&self) -> Vec<Arc<Job>> {
        self.all().iter().map(|(_, job)| Arc::clone(job)).collect()
    }

    /// Those that are not over.
    pub(crate) fn at_work(&self) -> Vec<Arc<Job>> {
        self.known().into_iter().filter(|job| !job.is_over()).collect()
    }

    /// Lets every job finish what it has begun, and begin nothing more: returns once each rests, or after `patience`. What it has not
    /// begun waits in the journal.
    pub(crate) async fn rest_all(&self, patience: Duration) {
        let jobs = self.at_work();
        jobs.iter().for_each(|job| job.hold());
        let all = async {
            for job in jobs {
                job.comes_to_rest().await;
            }
        };
        // Whatever takes longer is found by the journal, as after a crash.
        let _ = tokio::time::timeout(patience, all).await;
    }

    /// Stops every job and waits until each has ended: nothing is signed for an office that somebody has left. What was not done waits
    /// in the journal, as after a crash.
    pub(crate) async fn suspend_all(&self) {
        let jobs = self.known();
        jobs.iter().for_each(|job| job.suspend());
        for job in jobs {
            job.ended().await;
        }
    }

    pub(crate) fn get(&self, id: &str) -> OfficeResult<Arc<Job>> {
        self.all().iter().find(|(own, _)| own == id).map(|(_, job)| Arc::clone(job)).ok_or(OfficeError::UnknownJob)
    }
}

/// Events of a large job that are told in one second.
const PER_SECOND: u32 = 5;

/// Jobs of so many documents tell every change: their snapshots are small, and a person follows each document.
const SMALL: usize = 12;

/// One job.
pub(crate) struct Job {
    state: Mutex<State>,
    stopped: AtomicBool,
    /// It stopped because somebody left the office, and nobody gave it up.
    suspended: AtomicBool,
    /// A person wants it to pause.
    held: AtomicBool,
    /// It has paused, and nobody has resumed it yet.
    waits: AtomicBool,
    /// What a person wants to be left out, by its place, with the reason.
    skipped: Mutex<BTreeMap<usize, String>>,
    woken: Notify,
    status: watch::Sender<JobStatus>,
    /// Held while an event is told, so that an older snapshot never comes after a newer one.
    telling: Mutex<()>,
    events: Arc<dyn EventSink>,
    me: Weak<Job>,
}

struct State {
    snapshot: JobSnapshot,
    /// Documents that have their end.
    settled: usize,
    /// Those that had it when this job began.
    before: usize,
    /// Since when it works, unless it pauses.
    since: Option<Instant>,
    /// How long it had worked before that.
    worked: Duration,
    /// When an event was told last.
    told: Option<Instant>,
    /// An event will be told by itself soon.
    due: bool,
    /// Documents that changed since the last event.
    changed: BTreeSet<usize>,
    /// Revision of the last event.
    told_revision: u64,
}

impl Job {
    pub(crate) fn snapshot(&self) -> JobSnapshot {
        JobSnapshot { held: self.is_held(), ..self.state().now() }
    }

    /// Asks the job to stop; what is being signed at this instant is finished or given up as a whole.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.woken.notify_one();
    }

    /// As [`Self::stop`], for whoever comes later to go on with; one that somebody has given up stays so.
    fn suspend(&self) {
        if !self.stopped.swap(true, Ordering::SeqCst) {
            self.suspended.store(true, Ordering::SeqCst);
        }
        self.woken.notify_one();
    }

    /// Whether something of it waits for whoever comes later.
    pub(crate) fn is_suspended(&self) -> bool {
        let left = |item: &JobItem| !matches!(item.state, ItemState::Done | ItemState::Failed);
        self.suspended.load(Ordering::SeqCst) && self.state().snapshot.items.iter().any(left)
    }

    /// Asks the job to begin nothing more until somebody resumes it. What is under way is finished first.
    pub(crate) fn hold(&self) {
        self.held.store(true, Ordering::SeqCst);
    }

    /// Whether somebody asked for a pause.
    pub(crate) fn is_held(&self) -> bool {
        self.held.load(Ordering::SeqCst)
    }

    /// Goes on after a pause, and takes back the wish for one. Without either nothing happens.
    pub(crate) fn resume(&self) {
        self.held.store(false, Ordering::SeqCst);
        if self.waits.swap(false, Ordering::SeqCst) {
            self.woken.notify_one();
        }
    }

    /// Leaves out what a batch waits for, and lets it go on with the rest.
    ///
    /// # Errors
    /// [`OfficeError::InvalidField`], and nothing is left out, unless it is a batch that has paused and each of `documents`
    /// waits with an error.
    pub(crate) fn skip(&self, documents: &[String], reason: &str) -> OfficeResult<()> {
        {
            let state = self.state();
            let all = &state.snapshot;
            let is_paused = all.status == JobStatus::Paused && all.batch.is_some() && !documents.is_empty();
            let waits = |item: &JobItem| item.state == ItemState::Waiting && item.error.is_some();
            let place = |id: &String| all.items.iter().position(|item| item.document == *id && waits(item));
            let places: Option<Vec<usize>> = documents.iter().map(place).collect::<Option<_>>().filter(|_| is_paused);
            let places = places.ok_or(OfficeError::InvalidField { field: "documents", reason: "not_held_up" })?;
            // While the state is held the job does not run again: it sees these before it begins anything.
            let wanted = places.into_iter().map(|place| (place, reason.to_owned()));
            self.skipped.lock().unwrap_or_else(PoisonError::into_inner).extend(wanted);
            // Still so, or it could be a later pause that ends.
            self.resume();
        }
        Ok(())
    }

    /// What [`Self::skip`] was asked for: place, reason, and the error that it waited with. Told once.
    pub(crate) fn take_skipped(&self) -> Vec<(usize, String, WireError)> {
        let wanted = std::mem::take(&mut *self.skipped.lock().unwrap_or_else(PoisonError::into_inner));
        let state = self.state();
        let error = |place: usize| state.snapshot.items.get(place).and_then(|item| item.error.clone());
        wanted.into_iter().filter_map(|(place, reason)| Some((place, reason, error(place)?))).collect()
    }

    /// Waits for a person: until somebody resumes the job or stops it. `reason` is what they have to do first; without one they
    /// only want it to pause, and it does not where that was taken back meanwhile.
    pub(crate) async fn pause(&self, reason: Option<WireError>) -> OfficeResult<()> {
        self.waits.store(true, Ordering::SeqCst);
        // Who resumes it from here on finds that it waits.
        if reason.is_none() && !self.is_held() {
            self.waits.store(false, Ordering::SeqCst);
            return self.go_on();
        }
        self.waits(JobStatus::Paused, reason);
        while self.waits.load(Ordering::SeqCst) && !self.stopped.load(Ordering::SeqCst) {
            self.woken.notified().await;
        }
        self.waits.store(false, Ordering::SeqCst);
        self.waits(JobStatus::Running, None);
        self.go_on()
    }

    fn waits(&self, status: JobStatus, reason: Option<WireError>) {
        {
            let mut state = self.state();
            let working = status == JobStatus::Running;
            if let Some(since) = state.since.take() {
                state.worked += since.elapsed();
            }
            state.since = working.then(Instant::now);
            state.snapshot.status = status;
            state.snapshot.waits_for = reason;
            state.snapshot.revision += 1;
        }
        self.tell(true);
        // Whoever waits for a pause sees it told.
        self.status.send_replace(status);
    }

    /// Fails once somebody asked the job to stop.
    pub(crate) fn go_on(&self) -> OfficeResult<()> {
        if self.stopped.load(Ordering::SeqCst) { Err(OfficeError::Cancelled) } else { Ok(()) }
    }

    pub(crate) fn phase(&self, index: usize, phase: ItemPhase) {
        self.change(index, |item| {
            item.state = ItemState::Running;
            item.phase = Some(phase);
            item.error = None;
        });
    }

    pub(crate) fn change(&self, index: usize, change: impl FnOnce(&mut JobItem)) {
        let wait = {
            let mut state = self.state();
            state.change(index, change);
            match state.wait() {
                Some(_) if state.due => return,
                Some(wait) => {
                    state.due = true;
                    wait
                }
                None => Duration::ZERO,
            }
        };
        match (wait, tokio::runtime::Handle::try_current(), self.me.upgrade()) {
            (Duration::ZERO, _, _) => self.tell(false),
            (wait, Ok(runtime), Some(job)) => {
                runtime.spawn(async move {
                    tokio::time::sleep(wait).await;
                    job.state().due = false;
                    if !job.is_over() {
                        job.tell(false);
                    }
                });
            }
            (_, _, _) => {
                self.state().due = false;
                self.tell(false);
            }
        }
    }

    /// Changes every document in turn, and tells it once.
    pub(crate) fn change_all(&self, indexes: impl IntoIterator<Item = usize>, mut change: impl FnMut(&mut JobItem)) {
        let mut state = self.state();
        for index in indexes {
            state.change(index, &mut change);
        }
    }

    /// Ends the job; its status follows from its items.
    pub(crate) fn end(&self) -> JobSnapshot {
        let status = {
            let mut state = self.state();
            state.snapshot.status = status_of(&state.snapshot.items);
            state.snapshot.waits_for = None;
            state.snapshot.revision += 1;
            state.since = None;
            state.snapshot.status
        };
        self.tell(true);
        // Whoever waits for the end sees the last event told.
        self.status.send_replace(status);
        self.snapshot()
    }

    /// Whether it came to its end.
    pub(crate) fn is_over(&self) -> bool {
        is_over(*self.status.borrow())
    }

    /// Waits until nothing of the job is under way: it pauses, or has ended.
    async fn comes_to_rest(&self) {
        let _ = self.status.subscribe().wait_for(|status| *status != JobStatus::Running).await;
    }

    /// Waits until the job has ended.
    pub(crate) async fn ended(&self) {
        // The sender lives as long as this job does.
        let _ = self.status.subscribe().wait_for(|status| is_over(*status)).await;
    }

    /// Waits until the job pauses or has ended; a pause of a revision up to `since` was seen before.
    pub(crate) async fn rests(&self, since: u64) -> JobSnapshot {
        let rests = |status: &JobStatus| {
            is_over(*status) || (*status == JobStatus::Paused && self.state().snapshot.revision > since)
        };
        let _ = self.status.subscribe().wait_for(rests).await;
        self.snapshot()
    }

    /// Tells what changed; `whole` tells everything.
    fn tell(&self, whole: bool) {
        let _order = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = {
            let mut state = self.state();
            state.told = Some(Instant::now());
            let event = if whole || state.snapshot.items.len() <= SMALL { state.now() } else { state.news() };
            state.changed.clear();
            state.told_revision = state.snapshot.revision;
            JobSnapshot { held: self.is_held(), ..event }
        };
        self.events.job(&snapshot);
    }

    /// The state holds no invariant that a panic elsewhere could break.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How long the next event has to wait.
    fn wait(&self) -> Option<Duration> {
        if self.snapshot.items.len() <= SMALL {
            return None;
        }
        let pause = Duration::from_secs(1) / PER_SECOND;
        self.told.and_then(|told| pause.checked_sub(told.elapsed())).filter(|wait| !wait.is_zero())
    }

    fn change(&mut self, index: usize, change: impl FnOnce(&mut JobItem)) {
        let Some(item) = self.snapshot.items.get_mut(index) else { return };
        let before = is_end(item.state);
        change(item);
        let after = is_end(item.state);
        self.settled = (self.settled + usize::from(after)).saturating_sub(usize::from(before));
        self.snapshot.revision += 1;
        self.changed.insert(index);
    }

    /// Everything.
    fn now(&self) -> JobSnapshot {
        let (per_minute, seconds_left) = self.pace().unzip();
        JobSnapshot { per_minute, seconds_left, ..self.snapshot.clone() }
    }

    /// What changed since the last event.
    fn news(&self) -> JobSnapshot {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (per_minute, seconds_left) = self.pace().unzip();
        let all = &self.snapshot;
        JobSnapshot {
            id: all.id.clone(),
            status: all.status,
            items: self.changed.iter().filter_map(|index| all.items.get(*index)).cloned().collect(),
            revision: all.revision,
            changes: Some(JobChanges {
                since: self.told_revision,
                positions: self.changed.iter().map(|index| count(*index)).collect(),
                total: count(all.items.len()),
                settled: count(self.settled),
            }),
            held: all.held,
            waits_for: all.waits_for.clone(),
            batch: all.batch.clone(),
            per_minute,
            seconds_left,
        }
    }

    /// Documents per minute, and seconds that are left at that rate; while it works, once one is done.
    fn pace(&self) -> Option<(f64, u32)> {
        let since_then = self.settled.saturating_sub(self.before);
        let (JobStatus::Running, Some(since), true) = (self.snapshot.status, self.since, since_then > 0) else {
            return None;
        };
        let minutes = (self.worked + since.elapsed()).as_secs_f64() / 60.0;
        #[allow(clippy::cast_precision_loss, reason = "numbers of documents")]
        let (done, left) = (since_then as f64, self.snapshot.items.len().saturating_sub(self.settled) as f64);
        let rate = done / minutes.max(f64::MIN_POSITIVE);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds; a cast from f64 saturates"
        )]
        let seconds = (left / rate * 60.0).ceil() as u32;
        Some((rate, seconds))
    }
}

const fn is_end(state: ItemState) -> bool {
    match state {
        ItemState::Waiting | ItemState::Running => false,
        ItemState::Done | ItemState::Failed | ItemState::Cancelled => true,
    }
}

const fn is_over(status: JobStatus) -> bool {
    match status {
        JobStatus::Running | JobStatus::Paused => false,
        JobStatus::Succeeded | JobStatus::Partly | JobStatus::Failed | JobStatus::Cancelled => true,
    }
}

fn status_of(items: &[JobItem]) -> JobStatus {
    let done = items.iter().filter(|item| item.state == ItemState::Done).count();
    // An item that was given up because of another one's error has that error; nobody stopped the job then.
    let stopped = items.iter().any(|item| item.state == ItemState::Cancelled && item.error.is_none());
    if done == items.len() {
        JobStatus::Succeeded
    } else if stopped {
        JobStatus::Cancelled
    } else if done > 0 {
        JobStatus::Partly
    } else {
        JobStatus::Failed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    impl Jobs {
        fn add(&self, items: Vec<JobItem>, events: Arc<dyn EventSink>) -> Arc<Job> {
            self.add_batch(items, JobId::generate(), events)
        }
    }

    #[derive(Default)]
    struct Counter {
        told: AtomicUsize,
        items: AtomicUsize,
        /// What somebody knows who heard every event.
        last: Mutex<Option<JobSnapshot>>,
    }

    impl EventSink for Counter {
        fn job(&self, job: &JobSnapshot) {
            self.told.fetch_add(1, Ordering::SeqCst);
            self.items.fetch_add(job.items.len(), Ordering::SeqCst);
            let mut last = self.last.lock().unwrap();
            let Some(changes) = &job.changes else {
                *last = Some(job.clone());
                return;
            };
            let items = last.take().map_or_else(
                || self::items(changes.total as usize),
                |known| {
                    assert_eq!(known.revision, changes.since, "nothing is left out");
                    known.items
                },
            );
            let mut whole = JobSnapshot { items, changes: None, ..job.clone() };
            for (position, item) in changes.positions.iter().zip(&job.items) {
                whole.items[*position as usize] = item.clone();
            }
            *last = Some(whole);
        }
    }

    fn items(count: usize) -> Vec<JobItem> {
        (0..count).map(|number| JobItem::waiting(number.to_string(), format!("{number}.pdf"))).collect()
    }

    #[test]
    fn of_the_jobs_that_ended_the_last_ones_are_kept() {
        let (jobs, events) = (Jobs::default(), Arc::new(Counter::default()));
        let add = || jobs.add(items(1), Arc::<Counter>::clone(&events));
        let at_work = add();
        let ended: Vec<String> = (0..KEPT + 3)
            .map(|_| {
                let job = add();
                job.change(0, |item| item.state = ItemState::Done);
                job.end();
                job.snapshot().id
            })
            .collect();
        let last = add();
        let kept = |id: &str| jobs.get(id).is_ok();
        assert!(kept(&at_work.snapshot().id) && kept(&last.snapshot().id), "what is at work stays");
        assert_eq!(ended.iter().map(|id| kept(id)).collect::<Vec<_>>(), [vec![false; 3], vec![true; KEPT]].concat());
    }

    /// 5,000 documents with six changes each: told often enough, and not 30,000 times with 5,000 documents.
    #[tokio::test]
    async fn many_documents_are_told_now_and_then_and_the_end_always() {
        const MANY: usize = 5_000;
        let events = Arc::<Counter>::default();
        let job = Jobs::default().add(items(MANY), events.clone());
        let begin = Instant::now();
        for index in 0..MANY {
            for phase in [ItemPhase::Preparing, ItemPhase::Signing, ItemPhase::Checking, ItemPhase::Writing] {
                job.phase(index, phase);
            }
            job.change(index, |item| item.state = ItemState::Done);
        }
        let seconds = usize::try_from(begin.elapsed().as_secs()).unwrap();
        let running = job.snapshot();
        assert!(running.per_minute.is_some_and(|rate| rate > 0.0) && running.seconds_left == Some(0));
        assert!(events.told.load(Ordering::SeqCst) <= 5 * (seconds + 1) + 1);
        // Each document is told as often as it changed between two events, not with every one of them.
        assert!(events.items.load(Ordering::SeqCst) <= MANY + events.told.load(Ordering::SeqCst));
        for (told, own) in events.last.lock().unwrap().as_ref().unwrap().items.iter().zip(&running.items) {
            let is_behind = matches!(told.state, ItemState::Waiting | ItemState::Running);
            assert!(told.state == own.state || is_behind, "behind, never wrong");
        }
        assert_eq!(job.end().status, JobStatus::Succeeded);
        assert_eq!(events.last.lock().unwrap().as_ref().unwrap().status, JobStatus::Succeeded);
        job.ended().await;
        // What was put off before the end is not told after it.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(events.last.lock().unwrap().as_ref().unwrap().status, JobStatus::Succeeded);
    }

    #[tokio::test]
    async fn what_is_put_off_is_told() {
        let events = Arc::<Counter>::default();
        let job = Jobs::default().add(items(100), events.clone());
        job.phase(0, ItemPhase::Preparing);
        job.phase(1, ItemPhase::Signing);
        while events.told.load(Ordering::SeqCst) < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let last = events.last.lock().unwrap().clone().unwrap();
        assert_eq!((last.items[0].phase, last.items[1].phase), (Some(ItemPhase::Preparing), Some(ItemPhase::Signing)));
        assert_eq!((last.items.len(), last.revision, job.snapshot().revision), (100, 2, 2));
        assert_eq!(events.items.load(Ordering::SeqCst), 2, "one document each time");
    }

    #[tokio::test]
    async fn a_pause_ends_once_for_each_resume() {
        let job = Jobs::default().add(items(1), Arc::<Counter>::default());
        let of = |job: &Arc<Job>| {
            let job = Arc::clone(job);
            job.hold();
            tokio::spawn(async move { job.pause(None).await })
        };
        let first = of(&job);
        while job.snapshot().status != JobStatus::Paused {
            tokio::task::yield_now().await;
        }
        job.resume();
        job.resume();
        first.await.unwrap().unwrap();
        let second = of(&job);
        while job.snapshot().status != JobStatus::Paused {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(job.snapshot().status, JobStatus::Paused, "an earlier resume does not count");
        job.stop();
        assert!(matches!(second.await.unwrap(), Err(OfficeError::Cancelled)));
    }

    #[tokio::test]
    async fn each_pause_is_told_once_to_who_answers_it_and_the_end_always() {
        let job = Jobs::default().add(items(1), Arc::<Counter>::default());
        let pause = |job: &Arc<Job>| {
            let job = Arc::clone(job);
            job.hold();
            tokio::spawn(async move { job.pause(None).await })
        };
        let first = pause(&job);
        let told = job.rests(0).await;
        assert_eq!(told.status, JobStatus::Paused);
        let next = {
            let job = Arc::clone(&job);
            tokio::spawn(async move { job.rests(told.revision).await })
        };
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!next.is_finished(), "the same pause is not told again");
        job.resume();
        first.await.unwrap().unwrap();
        let second = pause(&job);
        let again = next.await.unwrap();
        assert!(again.status == JobStatus::Paused && again.revision > told.revision, "{again:?}");
        job.stop();
        assert!(second.await.unwrap().is_err());
        job.end();
        assert!(is_over(job.rests(u64::MAX).await.status));
    }

    #[tokio::test]
    async fn a_wish_to_pause_that_was_taken_back_pauses_nothing() {
        let job = Jobs::default().add(items(1), Arc::<Counter>::default());
        job.hold();
        // The batch has seen the wish, and is about to wait.
        job.resume();
        let goes_on = tokio::time::timeout(Duration::from_secs(60), job.pause(None)).await;
        goes_on.expect("it waits for somebody who has been there").unwrap();
        assert_eq!(job.snapshot().status, JobStatus::Running);
        job.hold();
        job.stop();
        assert!(matches!(job.pause(None).await, Err(OfficeError::Cancelled)));
    }

    /// A batch that pauses because of its first document, as often as the test lets it go on.
    struct Held {
        job: Arc<Job>,
        document: String,
    }

    impl Held {
        fn new() -> Self {
            let job = Jobs::default().add(items(2), Arc::<Counter>::default());
            job.change(0, |item| item.error = Some(OfficeError::NothingToSign.wire()));
            let document = job.snapshot().items[0].document.clone();
            Self { job, document }
        }

        /// Pauses. Gives what is to be left out as soon as the batch goes on.
        async fn paused(&self) -> tokio::task::JoinHandle<Vec<usize>> {
            let job = Arc::clone(&self.job);
            let goes_on = tokio::spawn(async move {
                job.pause(Some(OfficeError::NothingToSign.wire())).await.unwrap();
                job.take_skipped().into_iter().map(|(place, _, _)| place).collect()
            });
            // Somebody may be fast enough to let it go on again.
            while self.job.snapshot().status != JobStatus::Paused && !goes_on.is_finished() {
                tokio::task::yield_now().await;
            }
            goes_on
        }

        /// Leaves the document out, on a thread of its own.
        fn skip(&self) -> std::thread::JoinHandle<OfficeResult<()>> {
            let (job, document) = (Arc::clone(&self.job), self.document.clone());
            std::thread::spawn(move || job.skip(&[document], "ilegível"))
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_batch_that_somebody_resumes_meanwhile_goes_on_after_the_wish_to_leave_a_document_out() {
        let held = Held::new();
        let goes_on = held.paused().await;
        let skip = {
            // The wish is found good, and cannot be noted yet.
            let _notes = held.job.skipped.lock().unwrap();
            let skip = held.skip();
            let begin = Instant::now();
            while held.job.state.try_lock().is_ok() {
                assert!(begin.elapsed() < Duration::from_secs(60), "the state is let go before the wish is noted");
                std::thread::yield_now();
            }
            held.job.resume();
            std::thread::sleep(Duration::from_millis(20));
            assert_eq!(*held.job.status.borrow(), JobStatus::Paused, "it does not go on before");
            assert!(!goes_on.is_finished());
            skip
        };
        skip.join().unwrap().unwrap();
        assert_eq!(goes_on.await.unwrap(), [0]);
    }
}
