//! Long work: a snapshot that everybody may look at, progress events, and a way to stop it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cartorio_core::{JobId, WireError};
use tokio::sync::Notify;

use crate::dto::{ItemPhase, ItemState, JobItem, JobSnapshot, JobStatus};
use crate::ports::EventSink;
use crate::{OfficeError, OfficeResult};

/// The jobs of this session.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<HashMap<String, Arc<Job>>>);

impl Jobs {
    pub(crate) fn add(&self, items: Vec<JobItem>, events: Arc<dyn EventSink>) -> Arc<Job> {
        let id = JobId::generate().to_string();
        let snapshot = JobSnapshot { id: id.clone(), status: JobStatus::Running, items, waits_for: None, batch: None, per_minute: None, seconds_left: None };
        let job = Arc::new(Job { snapshot: Mutex::new(snapshot), stopped: AtomicBool::new(false), woken: Notify::new(), events });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&job));
        job
    }

    /// Stops every job and waits until each has ended: nothing is signed for an office that somebody has left.
    pub(crate) async fn stop_all(&self) {
        let jobs: Vec<Arc<Job>> = {
            let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.values().cloned().collect()
        };
        jobs.iter().for_each(|job| job.stop());
        for job in jobs {
            crate::signing::finished(&job).await;
        }
    }

    pub(crate) fn get(&self, id: &str) -> OfficeResult<Arc<Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned().ok_or(OfficeError::UnknownJob)
    }
}

/// One job.
pub(crate) struct Job {
    snapshot: Mutex<JobSnapshot>,
    stopped: AtomicBool,
    woken: Notify,
    events: Arc<dyn EventSink>,
}

impl Job {
    pub(crate) fn snapshot(&self) -> JobSnapshot {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the job to stop; what is being signed at this instant is finished or given up as a whole.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.woken.notify_one();
    }

    /// Goes on after a pause. Without one nothing happens.
    pub(crate) fn resume(&self) {
        if self.snapshot().status == JobStatus::Paused {
            self.woken.notify_one();
        }
    }

    /// Waits for a person: until somebody resumes the job or stops it.
    pub(crate) async fn pause(&self, reason: WireError) -> OfficeResult<()> {
        self.waits(JobStatus::Paused, Some(reason));
        self.woken.notified().await;
        self.waits(JobStatus::Running, None);
        self.go_on()
    }

    fn waits(&self, status: JobStatus, reason: Option<WireError>) {
        let snapshot = {
            let mut snapshot = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
            snapshot.status = status;
            snapshot.waits_for = reason;
            snapshot.clone()
        };
        self.events.job(&snapshot);
    }

    /// Fails once somebody asked the job to stop.
    pub(crate) fn go_on(&self) -> OfficeResult<()> {
        if self.stopped.load(Ordering::SeqCst) { Err(OfficeError::Cancelled) } else { Ok(()) }
    }

    pub(crate) fn phase(&self, index: usize, phase: ItemPhase) {
        self.change(index, |item| {
            item.state = ItemState::Running;
            item.phase = Some(phase);
        });
    }

    pub(crate) fn change(&self, index: usize, change: impl FnOnce(&mut JobItem)) {
        let snapshot = {
            let mut snapshot = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(item) = snapshot.items.get_mut(index) {
                change(item);
            }
            snapshot.clone()
        };
        self.events.job(&snapshot);
    }

    /// Ends the job; its status follows from its items.
    pub(crate) fn end(&self) -> JobSnapshot {
        let snapshot = {
            let mut snapshot = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
            snapshot.status = status_of(&snapshot.items);
            snapshot.clone()
        };
        self.events.job(&snapshot);
        snapshot
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
