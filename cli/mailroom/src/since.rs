//! The time from which on a command looks.

use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    Ago(Duration),
    At(SystemTime),
}

#[derive(Debug, thiserror::Error)]
#[error("neither an age (30m, 24h, 7d) nor a time in UTC (2026-01-31T12:00:00Z)")]
pub(crate) struct InvalidSince;

impl Since {
    pub(crate) fn before(self, now: SystemTime) -> SystemTime {
        match self {
            Self::Ago(age) => now.checked_sub(age).map_or(UNIX_EPOCH, |time| time.max(UNIX_EPOCH)),
            Self::At(time) => time,
        }
    }
}

impl FromStr for Since {
    type Err = InvalidSince;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = humantime::parse_rfc3339_weak(text).map(Self::At);
        time.or_else(|_| humantime::parse_duration(text).map(Self::Ago)).map_err(|_| InvalidSince)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_and_a_time_are_told_apart() {
        let hours = |n: u64| Duration::from_secs(n * 3_600);
        assert_eq!("24h".parse::<Since>().unwrap(), Since::Ago(hours(24)));
        assert_eq!("1d 2h".parse::<Since>().unwrap(), Since::Ago(hours(26)));
        assert_eq!("1970-01-02T01:00:00Z".parse::<Since>().unwrap(), Since::At(UNIX_EPOCH + hours(25)));
        assert!("yesterday".parse::<Since>().unwrap_err().to_string().contains("24h"));
        assert_eq!(Since::Ago(hours(1)).before(UNIX_EPOCH + hours(3)), UNIX_EPOCH + hours(2));
        for age in [hours(4), Duration::MAX] {
            assert_eq!(Since::Ago(age).before(UNIX_EPOCH + hours(3)), UNIX_EPOCH, "no time is before 1970");
        }
    }
}
