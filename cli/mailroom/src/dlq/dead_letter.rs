//! A dead letter, without its content.

use super::Reason;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Attribute};
use email::Receipt;
use serde::Serialize;
use std::time::{Duration, UNIX_EPOCH};

/// The parts of a dead letter that may be shown. Its body is somebody's mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DeadLetter {
    /// SQS's id. A redrive gives it another.
    pub(crate) message_id: String,
    /// The receipt that its sender got; nothing if it was put into the queue by hand.
    pub(crate) receipt: Option<String>,
    /// When SQS took it, in RFC 3339.
    pub(crate) sent: Option<String>,
    /// How often it was received, this time included.
    pub(crate) receives: u64,
    pub(crate) bytes: u64,
    pub(crate) reason: Reason,
}

impl DeadLetter {
    pub(crate) fn of(message: &Message) -> Self {
        let body = message.body().unwrap_or_default();
        Self {
            message_id: message.message_id().unwrap_or_default().to_owned(),
            receipt: receipt(message).map(str::to_owned),
            sent: number(message, &Attribute::SentTimestamp).and_then(rfc_3339),
            receives: number(message, &Attribute::ApproximateReceiveCount).unwrap_or_default(),
            bytes: body.len() as u64,
            reason: Reason::of(body),
        }
    }

    /// By its message id or its receipt.
    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.message_id == id || self.receipt.as_deref() == Some(id)
    }
}

pub(crate) fn receipt(message: &Message) -> Option<&str> {
    message.message_attributes()?.get(Receipt::NAME)?.string_value()
}

/// A system attribute. SQS writes numbers as text.
pub(crate) fn attribute<'a>(message: &'a Message, name: &Attribute) -> Option<&'a str> {
    message.attributes()?.get(name).map(String::as_str)
}

fn number(message: &Message, name: &Attribute) -> Option<u64> {
    attribute(message, name)?.parse().ok()
}

/// Nothing after the year 9999, which RFC 3339 can't write.
fn rfc_3339(milliseconds: u64) -> Option<String> {
    let year_9999 = 253_402_300_799_999;
    let since = Duration::from_millis(Some(milliseconds).filter(|ms| *ms <= year_9999)?);
    Some(humantime::format_rfc3339_millis(UNIX_EPOCH + since).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sqs::types::MessageAttributeValue;

    #[test]
    fn a_dead_letter_has_nothing_of_its_body() {
        let receipt = MessageAttributeValue::builder().data_type("String").string_value("the-receipt");
        let message = Message::builder()
            .message_id("the-id")
            .body("secret")
            .message_attributes("receipt", receipt.build().unwrap())
            .attributes(Attribute::SentTimestamp, "1693561101123")
            .attributes(Attribute::ApproximateReceiveCount, "6")
            .build();
        let letter = DeadLetter::of(&message);
        assert!(letter.has_id("the-id") && letter.has_id("the-receipt") && !letter.has_id("secret"));
        assert_eq!(
            serde_json::to_string(&letter).unwrap(),
            r#"{"message_id":"the-id","receipt":"the-receipt","sent":"2023-09-01T09:38:21.123Z","receives":6,"bytes":6,"reason":"not_json"}"#
        );
    }

    #[test]
    fn a_letter_put_there_by_hand_has_no_receipt() {
        let letter = DeadLetter::of(&Message::builder().message_id("the-id").build());
        assert_eq!((letter.receipt.as_deref(), letter.sent.as_deref()), (None, None));
        assert!(!letter.has_id(""));
    }

    #[test]
    fn a_time_after_the_year_9999_is_left_out() {
        assert_eq!(rfc_3339(u64::MAX), None);
        assert!(rfc_3339(253_402_300_799_999).is_some());
    }
}
