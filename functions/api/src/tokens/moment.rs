//! A moment that stays right while the function is frozen.

use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A moment on two clocks.
///
/// Lambda freezes an idle function. Whether the monotonic clock goes on meanwhile is nowhere promised, and a
/// token that looks younger than it is would outlive its revocation. The wall clock goes on, but may be set
/// back. So what counts is the clock on which more time has passed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    monotonic: Instant,
    wall: SystemTime,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { monotonic: Instant::now(), wall: SystemTime::now() }
    }

    /// How much time has passed since `earlier`; none if `earlier` is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        self.monotonic.saturating_duration_since(earlier.monotonic).max(wall)
    }
}

#[cfg(test)]
impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self { monotonic: self.monotonic + duration, wall: self.wall + duration }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn time_spent_frozen_counts_even_if_the_monotonic_clock_stood_still() {
        let frozen = Moment::now();
        let thawed = Moment { wall: frozen.wall + MINUTE, ..frozen };
        assert_eq!(thawed.since(frozen), MINUTE);
    }

    #[test]
    fn a_wall_clock_that_is_set_back_makes_nothing_younger() {
        let before = Moment::now();
        let after = Moment { monotonic: before.monotonic + MINUTE, wall: before.wall - MINUTE };
        assert_eq!(after.since(before), MINUTE);
    }
}
