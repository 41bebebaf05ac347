//! When a function must have answered.

use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// The moment at which a function gives its answer whatever is still under way, some time before Lambda
/// would kill it.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// A `margin` before `timeout`, the time at which Lambda kills the invocation (`Context::deadline`).
    ///
    /// A timeout that is past, or nearer than the margin, is a deadline of now.
    #[must_use]
    pub fn before(timeout: SystemTime, margin: Duration) -> Self {
        let left = timeout.duration_since(SystemTime::now()).unwrap_or_default();
        Self(Instant::now() + left.saturating_sub(margin))
    }

    /// The moment, on tokio's clock.
    #[must_use]
    pub fn instant(self) -> Instant {
        self.0
    }
}

impl From<Instant> for Deadline {
    fn from(instant: Instant) -> Self {
        Self(instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_comes_off_the_time_that_is_left() {
        let timeout = SystemTime::now() + Duration::from_secs(10);
        let left = Deadline::before(timeout, Duration::from_secs(1)).instant() - Instant::now();
        assert!(left <= Duration::from_secs(9) && left > Duration::from_secs(8), "{left:?}");
    }

    #[test]
    fn a_timeout_within_the_margin_is_a_deadline_of_now() {
        for timeout in
            [SystemTime::now(), SystemTime::UNIX_EPOCH, SystemTime::now() + Duration::from_millis(500)]
        {
            let deadline = Deadline::before(timeout, Duration::from_secs(1));
            assert!(deadline.instant() <= Instant::now());
        }
    }
}
