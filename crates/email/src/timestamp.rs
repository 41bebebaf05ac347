//! The time at which an email was sent.

use serde::Serialize;
use std::fmt;
use time::{Date, OffsetDateTime};

/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A Unix time in seconds, kept as written: `0001` stays `0001`.
#[derive(Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Timestamp {
    text: String,
    #[serde(skip)]
    time: OffsetDateTime,
}

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("must be a Unix time in seconds: 1 to 12 digits, at most {LAST_SECOND}")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// Takes 1 to 12 ASCII digits and nothing else (`i64::from_str` would accept a sign), up to the end of the year 9999.
    pub fn new(text: String) -> Result<Self, InvalidTimestamp> {
        let is_number = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds =
            is_number.then(|| text.parse().ok()).flatten().filter(|seconds| *seconds <= LAST_SECOND);
        let time = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        Ok(Self { time: time.ok_or(InvalidTimestamp)?, text })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The day in UTC.
    pub fn date(&self) -> Date {
        self.time.date()
    }
}

/// Hides the value: it is part of the email.
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timestamp(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_twelve_digits_are_kept_as_written() {
        for text in ["0", "1693561101", "000000000001", "253402300799"] {
            assert_eq!(Timestamp::new(text.into()).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let texts = ["", " ", "+1", "-1", "1.0", "1e3", " 1", "1 ", "0x1", "1_0", "١٢٣", "１"];
        let numbers =
            ["253402300800", "999999999999", "0000000000001", "1693561101000", "18446744073709551616"];
        for text in texts.into_iter().chain(numbers) {
            assert_eq!(Timestamp::new(text.into()), Err(InvalidTimestamp), "{text:?}");
        }
    }

    #[test]
    fn the_date_is_the_day_in_utc() {
        let date = |text: &str| Timestamp::new(text.into()).unwrap().date().to_string();
        assert_eq!(date("0"), "1970-01-01");
        assert_eq!(date("951782399"), "2000-02-28");
        assert_eq!(date("951782400"), "2000-02-29");
        assert_eq!(date("253402300799"), "9999-12-31");
    }
}
