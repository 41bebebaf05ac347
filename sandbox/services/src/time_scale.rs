//! How much faster than real time a stack runs.

use std::time::Duration;

/// Divides the durations of the queue and of the event source mapping, so that what takes a quarter of an
/// hour on AWS (poison on its way to the dead-letter queue) takes a second in a test.
///
/// A function's own timeout is never divided: its code runs no faster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeScale(f64);

/// A time scale below 1, or no number at all.
#[derive(Debug, thiserror::Error)]
#[error("a time scale must be a number from 1 to 100000, not {0}")]
pub struct InvalidTimeScale(f64);

impl TimeScale {
    /// As on AWS.
    pub const REAL_TIME: Self = Self(1.0);

    /// `factor` times faster than AWS: from 1 (real time) to 100,000.
    pub fn new(factor: f64) -> Result<Self, InvalidTimeScale> {
        if (1.0..=100_000.0).contains(&factor) { Ok(Self(factor)) } else { Err(InvalidTimeScale(factor)) }
    }

    /// How long `duration` takes here.
    #[must_use]
    pub fn apply(self, duration: Duration) -> Duration {
        duration.div_f64(self.0)
    }
}

impl std::fmt::Display for TimeScale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_of_one_thousand_turns_minutes_into_milliseconds() {
        let scale = TimeScale::new(1_000.0).unwrap();
        assert_eq!(scale.apply(Duration::from_secs(180)), Duration::from_millis(180));
    }

    #[test]
    fn a_scale_that_stops_or_reverses_time_is_refused() {
        for factor in [0.0, -1.0, 0.99, f64::NAN, f64::INFINITY] {
            assert!(TimeScale::new(factor).is_err(), "{factor}");
        }
    }
}
