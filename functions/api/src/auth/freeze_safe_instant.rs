//! An instant that stays right while the function is frozen.

use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// An instant on two clocks, of which the one counts on which more time has passed.
///
/// Lambda freezes an idle function. No documentation promises that the monotonic clock goes on meanwhile, and a token
/// that looks younger than it is would outlive its revocation. The wall clock goes on, but it may be set back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FreezeSafeInstant {
    monotonic: Instant,
    wall: SystemTime,
}

impl FreezeSafeInstant {
    pub(crate) fn now() -> Self {
        Self { monotonic: Instant::now(), wall: SystemTime::now() }
    }

    /// The time since `earlier`; zero if `earlier` is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        self.monotonic.saturating_duration_since(earlier.monotonic).max(wall)
    }
}

#[cfg(test)]
impl std::ops::Add<Duration> for FreezeSafeInstant {
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
    fn frozen_time_counts_even_if_the_monotonic_clock_stood_still() {
        let frozen = FreezeSafeInstant::now();
        let thawed = FreezeSafeInstant { wall: frozen.wall + MINUTE, ..frozen };
        assert_eq!(thawed.since(frozen), MINUTE);
    }

    #[test]
    fn setting_the_wall_clock_back_makes_nothing_younger() {
        let before = FreezeSafeInstant::now();
        let after = FreezeSafeInstant { monotonic: before.monotonic + MINUTE, wall: before.wall - MINUTE };
        assert_eq!(after.since(before), MINUTE);
    }
}
