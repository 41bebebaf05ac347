//! The time at which an email was accepted.

use std::time::{SystemTime, UNIX_EPOCH};
use std::{fmt, str::FromStr};
use time::{OffsetDateTime, UtcOffset};

/// A time in UTC, to the millisecond, in the years 0 to 9999. Its text is of RFC 3339 and always of the same length, so
/// texts sort as times do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AcceptedAt(String);

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("must be a time such as 2026-01-31T12:00:00.000Z")]
pub struct InvalidAcceptedAt;

impl AcceptedAt {
    /// The name of the member of a batch's line.
    pub const NAME: &str = "accepted_at";

    /// `None` outside of the years 0 to 9999.
    pub fn new(time: SystemTime) -> Option<Self> {
        let nanoseconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()).ok()?,
            Err(before) => -i128::try_from(before.duration().as_nanos()).ok()?,
        };
        let time = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?.to_offset(UtcOffset::UTC);
        let ((year, month, day), (hour, minute, second, millisecond)) =
            (time.to_calendar_date(), time.to_hms_milli());
        let text = format!(
            "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z",
            u8::from(month)
        );
        (0..=9999).contains(&year).then_some(Self(text))
    }

    /// `YYYY/MM/DD/HH`
    pub(crate) fn hour(&self) -> String {
        self.0[..13].replace(['-', 'T'], "/")
    }

    /// True for a text as [`hour`](Self::hour) writes it.
    pub(crate) fn is_hour(text: &str) -> bool {
        has_form(text, "0000/00/00/00")
    }
}

impl FromStr for AcceptedAt {
    type Err = InvalidAcceptedAt;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        has_form(text, "0000-00-00T00:00:00.000Z").then(|| Self(text.to_owned())).ok_or(InvalidAcceptedAt)
    }
}

/// True if `text` has a digit for each `0` of the form, and its other characters.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

impl fmt::Display for AcceptedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_time_is_written_in_utc_to_the_millisecond() {
        // date -u -d @1693561101 +%FT%TZ
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_693_561_101_007, "2023-09-01T09:38:21.007Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            let time = AcceptedAt::new(UNIX_EPOCH + Duration::from_millis(milliseconds)).unwrap();
            assert_eq!((time.to_string().as_str(), text.parse()), (text, Ok(time)));
        }
        let later = AcceptedAt::new(UNIX_EPOCH + Duration::from_secs(1_693_561_101)).unwrap();
        assert_eq!(later.hour(), "2023/09/01/09");
        assert!(AcceptedAt::is_hour(&later.hour()));
    }

    #[test]
    fn a_time_of_more_digits_is_none() {
        assert_eq!(AcceptedAt::new(UNIX_EPOCH + Duration::from_secs(253_402_300_800)), None);
        // The last time of a UUIDv7 is in the year 10889.
        assert_eq!(AcceptedAt::new(UNIX_EPOCH + Duration::from_millis((1 << 48) - 1)), None);
        assert_eq!(AcceptedAt::new(UNIX_EPOCH - Duration::from_secs(70_000_000_000)), None, "before Christ");
    }

    #[test]
    fn any_other_text_is_refused() {
        for text in [
            "",
            "2023-09-01T09:38:21Z",
            "2023-09-01T09:38:21.007+",
            "2023-09-01 09:38:21.007Z",
            "２023-09-01T09:38:21.00Z",
        ] {
            assert_eq!(text.parse::<AcceptedAt>(), Err(InvalidAcceptedAt), "{text}");
        }
    }
}
