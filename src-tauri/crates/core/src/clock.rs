//! Time as an argument: domain code is handed a [`Clock`], it never reads one.

use time::OffsetDateTime;

/// Where the present comes from. Validation «as of 2019-03-02» is the same code with another clock.
pub trait Clock: Send + Sync {
    /// The present instant, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// The machine's clock; chosen by the composition root alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// A clock that stands still, for tests and for validation at a past date.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub OffsetDateTime);

impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}
