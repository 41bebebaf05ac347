//! When a function must have answered.

use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// The moment at which a function gives its answer whatever is still under way, some time before Lambda
/// would kill it.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

/// The longest timeout that Lambda has ("Lambda quotas").
const LONGEST_TIMEOUT: Duration = Duration::from_secs(15 * 60);

impl Deadline {
    /// A `margin` before `timeout`, the time at which Lambda kills the invocation (`Context::deadline`). A timeout
    /// nearer than the margin is a deadline of now.
    ///
    /// A timeout that is past is none of Lambda's, which would have killed the invocation: `cargo lambda watch`
    /// sends a constant of ten minutes into 1970. Then the deadline is Lambda's longest timeout away.
    #[must_use]
    pub fn before(timeout: SystemTime, margin: Duration) -> Self {
        let left = timeout.duration_since(SystemTime::now()).unwrap_or(LONGEST_TIMEOUT);
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
        let timeout = SystemTime::now() + Duration::from_millis(500);
        assert!(Deadline::before(timeout, Duration::from_secs(1)).instant() <= Instant::now());
    }

    #[test]
    fn the_timeout_that_cargo_lambda_makes_up_leaves_all_the_time_there_is() {
        let timeout = SystemTime::UNIX_EPOCH + Duration::from_millis(600_000);
        let left = Deadline::before(timeout, Duration::from_secs(1)).instant() - Instant::now();
        assert!(left > LONGEST_TIMEOUT - Duration::from_secs(2), "{left:?}");
    }
}
