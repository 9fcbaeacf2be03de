//! Threads for short work that computes: as many as there are processors, and awake while there is more of it. On the threads of
//! the runtime's own pool, which are many and sleep in between, waking them up would cost a good part of what a small document costs.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

use crate::signing::blocking;
use crate::{OfficeError, OfficeResult};

/// What is larger is mostly waited for, and that is done elsewhere.
const SMALL: u64 = 4 << 20;

/// Runs what has to be done with a document of `size` bytes away from the threads that serve futures.
pub(crate) async fn compute<T: Send + 'static>(size: u64, work: impl FnOnce() -> T + Send + 'static) -> OfficeResult<T> {
    match threads().filter(|_| size <= SMALL) {
        Some(threads) => threads.spawn(async move { work() }).await.map_err(|_| OfficeError::internal("a background task")),
        None => blocking(work).await,
    }
}

/// Nothing where the system gives no threads; then there are those of the runtime.
fn threads() -> Option<&'static Runtime> {
    static THREADS: OnceLock<Option<Runtime>> = OnceLock::new();
    let start = || {
        let count = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Builder::new_multi_thread().worker_threads(count).thread_name("compute").build().ok()
    };
    THREADS.get_or_init(start).as_ref()
}
