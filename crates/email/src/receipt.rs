//! The id of an accepted email.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A `UUIDv7`, so that receipts sort by the time of acceptance.
///
/// Unlike SQS's message id it survives a redrive from the dead-letter queue, so it finds an accepted email wherever
/// that email is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receipt(Uuid);

impl Receipt {
    /// The name of the message attribute and the key of the object metadata that carry it.
    pub const NAME: &str = "receipt";
    /// The length of its text, in bytes.
    pub const LENGTH: usize = uuid::fmt::Hyphenated::LENGTH;

    #[expect(clippy::new_without_default, reason = "two defaults would not be equal")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The time of acceptance, to the millisecond. A receipt that another program made may hold none.
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
    fn a_receipt_is_a_uuid_of_version_seven_that_survives_its_text() {
        let receipt = Receipt::new();
        let text = receipt.to_string();
        assert_eq!((text.len(), receipt.0.get_version_num()), (Receipt::LENGTH, 7));
        assert_eq!(text.parse(), Ok(receipt));
    }

    #[test]
    fn a_receipt_holds_the_time_at_which_it_was_made() {
        let before = SystemTime::now() - Duration::from_millis(1); // a receipt has no microseconds
        let made = Receipt::new().accepted_at().unwrap();
        assert!(before <= made && made <= SystemTime::now());
        let foreign: Receipt = "b3a9c1de-0000-4000-8000-000000000001".parse().unwrap();
        assert_eq!(foreign.accepted_at(), None);
    }
}
