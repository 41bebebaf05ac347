//! The id of one acceptance.

use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The id that an accepted email gets: a `UUIDv7`, so that receipts sort by the time of acceptance.
///
/// Unlike SQS's message id it survives a redrive from the dead-letter queue, so one can ask of any accepted
/// email where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    fn a_receipt_is_a_uuid_of_version_seven() {
        assert_eq!(Receipt::new().0.get_version_num(), 7);
    }
}
