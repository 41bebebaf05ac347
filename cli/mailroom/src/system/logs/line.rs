//! One line of a function.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use email::Receipt;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use terminal::text::Printable;

/// The end of the year 9999, the last one that RFC 3339 can write.
const LAST_MILLISECOND: u64 = 253_402_300_799_999;

/// A line of a function.
#[derive(Clone, Debug)]
pub(crate) struct LogLine {
    /// The function's clock.
    pub(crate) time: SystemTime,
    pub(crate) level: Printable,
    pub(crate) message: Printable,
    pub(crate) receipt: Option<Receipt>,
    pub(crate) message_id: Option<Printable>,
    pub(crate) reason: Option<Printable>,
    pub(crate) error: Option<Printable>,
    /// For a failed run of the canary.
    pub(crate) step: Option<Printable>,
    /// For a stored email: `new`, `already` or `apart`.
    pub(crate) outcome: Option<Printable>,
    /// The canary sent the email, not a caller.
    pub(crate) is_canary: bool,
    /// How often the message had been delivered, this time included.
    pub(crate) receives: Option<u64>,
    /// The whole line, which is JSON.
    pub(crate) text: Printable,
}

impl LogLine {
    /// Nothing for a line of Lambda's own or a metrics line, which have no message.
    pub(crate) fn parse(time: SystemTime, text: &str) -> Option<Self> {
        let fields: Map<String, Value> = serde_json::from_str(text).ok()?;
        let text_of = |name: &str| fields.get(name).and_then(Value::as_str);
        let of = |name: &str| text_of(name).map(Printable::from);
        Some(Self {
            time,
            level: of("level").unwrap_or_default(),
            message: of("message")?,
            receipt: text_of("receipt").and_then(|receipt| receipt.parse().ok()),
            message_id: of("message_id"),
            reason: of("reason"),
            error: of("error"),
            step: of("step"),
            outcome: of("outcome"),
            is_canary: fields.get("canary") == Some(&Value::Bool(true)),
            receives: text_of("receives").and_then(|receives| receives.parse().ok()),
            text: text.into(),
        })
    }

    /// The error, or the reason why an email was refused or a message is not an email.
    pub(crate) fn why(&self) -> Option<&Printable> {
        self.error.as_ref().or(self.reason.as_ref())
    }

    pub(super) fn of_event(event: &FilteredLogEvent) -> Option<Self> {
        Self::parse(time(event.timestamp?), event.message()?)
    }
}

fn time(milliseconds: i64) -> SystemTime {
    let milliseconds = u64::try_from(milliseconds).unwrap_or_default().min(LAST_MILLISECOND);
    UNIX_EPOCH + Duration::from_millis(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_is_parsed_as_far_as_it_can_be_and_is_safe_to_print() {
        let parse = |milliseconds, line: &Value| {
            let event = FilteredLogEvent::builder().timestamp(milliseconds).message(line.to_string());
            LogLine::of_event(&event.build()).unwrap()
        };
        let receipt = Receipt::new();
        let line = json!({"level": "WARN", "message": "not filed\u{202e}", "receipt": receipt.to_string(),
            "message_id": "m-1", "error": "S3", "reason": "poison", "outcome": "new", "receives": "3"});
        let line = parse(i64::MAX, &line);
        assert_eq!(
            (line.message.as_str(), line.receipt, line.receives),
            ("not filed\u{fffd}", Some(receipt), Some(3))
        );
        assert!(!line.text.as_str().contains('\u{202e}') && line.text.as_str().contains("m-1"), "{line:?}");
        assert!(humantime::format_rfc3339(line.time).to_string().starts_with("9999"));
        let odd = json!({"message": "m", "receipt": "no uuid", "receives": "many", "error": 7});
        let odd = parse(-1, &odd);
        assert_eq!((odd.receipt, odd.receives, odd.error, odd.time), (None, None, None, UNIX_EPOCH));
    }
}
