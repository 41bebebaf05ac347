//! Percentiles of durations.

use std::fmt;
use std::time::Duration;

/// Sorted.
pub(crate) struct Spread(Vec<Duration>);

impl Spread {
    /// Needs at least one duration.
    pub(crate) fn of(durations: impl IntoIterator<Item = Duration>) -> Self {
        let mut durations: Vec<_> = durations.into_iter().collect();
        durations.sort_unstable();
        assert!(!durations.is_empty(), "nothing was measured");
        Self(durations)
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent).div_ceil(100).max(1) - 1]
    }

    pub(crate) fn longest(&self) -> Duration {
        self.percentile(100)
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most, all] = [50, 99, 100].map(|percent| self.percentile(percent));
        write!(f, "p50 {half:.1?}, p99 {most:.1?}, longest {all:.1?}")
    }
}
