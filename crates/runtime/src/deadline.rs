//! The time by which an invocation must answer.

use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Lambda's longest timeout ("Lambda quotas").
const LONGEST_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// The time at which an invocation answers, finished or not, before Lambda would kill it.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// A `margin` before `timeout`, the time at which Lambda kills the invocation (`Context::deadline`). If that is
    /// nearer than the margin, the deadline is now.
    ///
    /// A timeout in the past is not Lambda's, which would have killed the invocation: `cargo lambda watch` sends ten
    /// minutes into 1970. Then the deadline is Lambda's longest timeout away.
    pub fn before(timeout: SystemTime, margin: Duration) -> Self {
        let left = timeout.duration_since(SystemTime::now()).unwrap_or(LONGEST_TIMEOUT);
        Self(Instant::now() + left.saturating_sub(margin))
    }

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
    fn the_margin_is_subtracted_from_the_time_that_is_left() {
        let timeout = SystemTime::now() + Duration::from_secs(10);
        let left = Deadline::before(timeout, Duration::from_secs(1)).instant() - Instant::now();
        assert!(left <= Duration::from_secs(9) && left > Duration::from_secs(8), "{left:?}");
    }

    #[test]
    fn a_timeout_within_the_margin_makes_the_deadline_now() {
        let timeout = SystemTime::now() + Duration::from_millis(500);
        assert!(Deadline::before(timeout, Duration::from_secs(1)).instant() <= Instant::now());
    }

    #[test]
    fn the_constant_timeout_of_cargo_lambda_leaves_the_longest_time() {
        let timeout = SystemTime::UNIX_EPOCH + Duration::from_millis(600_000);
        let left = Deadline::before(timeout, Duration::from_secs(1)).instant() - Instant::now();
        assert!(left > LONGEST_TIMEOUT - Duration::from_secs(2), "{left:?}");
    }
}
