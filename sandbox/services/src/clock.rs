//! Times as AWS writes them.

use s3s::dto::{Timestamp, TimestampFormat};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub(crate) fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `2026-01-02T03:04:05.678Z`, in UTC.
pub(crate) fn iso_8601(time: SystemTime) -> String {
    let mut text = Vec::new();
    // A time that has no such form is before 0000 or after 9999.
    let _ = Timestamp::from(time).format(TimestampFormat::DateTime, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
