//! The id of one acceptance.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The id that an accepted email gets: a `UUIDv7`, so that receipts sort by the time of acceptance.
///
/// Unlike SQS's message id it survives a redrive from the dead-letter queue, so one can ask of any accepted
/// email where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receipt(Uuid);

impl Receipt {
    /// The name of the queue message's attribute and of the object's metadata that carry it.
    pub const NAME: &str = "receipt";
    /// How long its text is, in bytes.
    pub const LENGTH: usize = uuid::fmt::Hyphenated::LENGTH;

    /// A new receipt, unlike any other.
    #[expect(clippy::new_without_default, reason = "two defaults would not be equal")]
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// When the email was accepted, to the millisecond; `None` if somebody else made the receipt, without a time in it.
    #[must_use]
    pub fn accepted_at(&self) -> Option<SystemTime> {
        let (seconds, nanoseconds) = self.0.get_timestamp()?.to_unix();
        UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for Receipt {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_survives_its_text() {
        let receipt = Receipt::new();
        let text = receipt.to_string();
        assert_eq!(text.len(), Receipt::LENGTH);
        assert_eq!(text.parse(), Ok(receipt));
    }

    #[test]
    fn a_receipt_knows_when_it_was_given() {
        let before = SystemTime::now() - Duration::from_millis(1); // a receipt has no microseconds
        let given = Receipt::new().accepted_at().unwrap();
        assert!(before <= given && given <= SystemTime::now());
        let foreign: Receipt = "b3a9c1de-0000-4000-8000-000000000001".parse().unwrap();
        assert_eq!(foreign.accepted_at(), None);
    }

    #[test]
    fn a_receipt_is_a_uuid_of_version_seven() {
        assert_eq!(Receipt::new().0.get_version_num(), 7);
    }
}
