//! When an email was sent.

use std::fmt;
use time::{Date, OffsetDateTime};

/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A Unix time in seconds, kept as it was written: `0001` stays `0001`.
#[derive(Clone, PartialEq)]
pub struct Timestream {
    written: String,
    at: OffsetDateTime,
}

/// A text that is no Unix time in seconds.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("must be a Unix time in seconds: 1 to 12 digits, at most {LAST_SECOND}")]
pub struct InvalidTimestream;

impl Timestream {
    /// Takes 1 to 12 ASCII digits and nothing else, up to the end of the year 9999.
    ///
    /// # Errors
    /// [`InvalidTimestream`], also for what `u64::from_str` would let through: a sign.
    pub fn new(written: String) -> Result<Self, InvalidTimestream> {
        let digits = (1..=12).contains(&written.len()) && written.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = if digits {
            written.parse().map_err(|_| InvalidTimestream)?
        } else {
            return Err(InvalidTimestream);
        };
        if seconds > LAST_SECOND {
            return Err(InvalidTimestream);
        }
        let at = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| InvalidTimestream)?;
        Ok(Self { written, at })
    }

    /// The timestream as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The day it falls on, in UTC.
    #[must_use]
    pub fn date(&self) -> Date {
        self.at.date()
    }
}

/// Hides the value: it is part of the email.
impl fmt::Debug for Timestream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timestream(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_twelve_digits_are_kept_as_written() {
        for text in ["0", "1693561101", "000000000001", "253402300799"] {
            assert_eq!(Timestream::new(text.into()).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            " ",
            "+1",
            "-1",
            "1.0",
            "1e3",
            " 1",
            "1 ",
            "0x1",
            "1_0",
            "١٢٣",
            "１",
            "253402300800",
            "999999999999",
            "0000000000001",
            "1693561101000",
            "18446744073709551616",
        ] {
            assert_eq!(Timestream::new(text.into()), Err(InvalidTimestream), "{text:?}");
        }
    }

    #[test]
    fn the_date_is_the_day_in_utc() {
        let date = |text: &str| Timestream::new(text.into()).unwrap().date().to_string();
        assert_eq!(date("0"), "1970-01-01");
        assert_eq!(date("951782399"), "2000-02-28");
        assert_eq!(date("951782400"), "2000-02-29");
        assert_eq!(date("253402300799"), "9999-12-31");
    }
}
