//! Time: how much faster than real time a stack runs, and times as AWS writes them.

use s3s::dto::{Timestamp, TimestampFormat};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Divides the durations of queues and event source mappings: what takes a quarter of an hour on AWS, such as a poison
/// message on its way to the dead-letter queue, takes a second in a test.
///
/// A function's own timeout is never divided: its code runs no faster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeScale(f64);

#[derive(thiserror::Error)]
#[error("a time scale must be a number from 1 to 100000, not {0}")]
pub struct InvalidTimeScale(f64);

/// The message, since a `main` that returns an error prints this.
impl fmt::Debug for InvalidTimeScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl TimeScale {
    /// As on AWS.
    pub const REAL_TIME: Self = Self(1.0);

    /// `factor` times faster than AWS: from 1 (real time) to 100,000.
    pub fn new(factor: f64) -> Result<Self, InvalidTimeScale> {
        if (1.0..=100_000.0).contains(&factor) { Ok(Self(factor)) } else { Err(InvalidTimeScale(factor)) }
    }

    /// How many times faster than AWS.
    pub fn factor(self) -> f64 {
        self.0
    }

    /// How long `duration` takes here.
    pub fn apply(self, duration: Duration) -> Duration {
        duration.div_f64(self.0)
    }
}

impl fmt::Display for TimeScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Milliseconds since 1970.
pub fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A duration in milliseconds, with fractions of one.
pub fn in_milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// `2026-01-02T03:04:05.678Z`, in UTC.
pub(crate) fn iso_8601(time: SystemTime) -> String {
    let mut text = Vec::new();
    // A time that has no such form is before 0000 or after 9999.
    let _ = Timestamp::from(time).format(TimestampFormat::DateTime, &mut text);
    String::from_utf8_lossy(&text).into_owned()
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
