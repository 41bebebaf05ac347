//! How far back.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// A moment in the past: absolute, or relative to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    Ago(Duration),
    At(SystemTime),
}

/// Neither a duration nor a moment.
#[derive(Debug, thiserror::Error)]
#[error("neither a duration (30m, 24h, 7d) nor a moment in UTC (2026-01-31T12:00:00Z)")]
pub(crate) struct NeitherOfThem;

impl Since {
    /// The moment, seen from `now`.
    pub(crate) fn before(self, now: SystemTime) -> SystemTime {
        match self {
            Self::Ago(duration) => now.checked_sub(duration).unwrap_or(SystemTime::UNIX_EPOCH),
            Self::At(moment) => moment,
        }
    }
}

impl FromStr for Since {
    type Err = NeitherOfThem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = humantime::parse_rfc3339_weak(text).map(Self::At);
        moment.or_else(|_| humantime::parse_duration(text).map(Self::Ago)).map_err(|_| NeitherOfThem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_and_a_moment_are_told_apart() {
        let hours = |n: u64| Duration::from_secs(n * 3_600);
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!("24h".parse::<Since>().unwrap(), Since::Ago(hours(24)));
        assert_eq!("1d 2h".parse::<Since>().unwrap(), Since::Ago(hours(26)));
        assert_eq!("1970-01-02T01:00:00Z".parse::<Since>().unwrap(), Since::At(epoch + hours(25)));
        assert!("yesterday".parse::<Since>().unwrap_err().to_string().contains("24h"));
        assert_eq!(Since::Ago(hours(1)).before(epoch + hours(3)), epoch + hours(2));
    }
}
