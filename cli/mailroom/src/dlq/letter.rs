//! A dead letter, without what is in it.

use super::Reason;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Attribute};
use email::Receipt;
use serde::Serialize;
use std::time::{Duration, UNIX_EPOCH};

/// A dead letter: what may be shown of it. Its body is somebody's mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Letter {
    /// SQS's id. A redrive gives it another.
    pub(crate) message_id: String,
    /// What its sender was answered; nothing where it was put into the queue by hand.
    pub(crate) receipt: Option<String>,
    /// When SQS took it, in RFC 3339.
    pub(crate) sent: Option<String>,
    /// How often it was received, this time included.
    pub(crate) receives: u64,
    pub(crate) bytes: u64,
    pub(crate) reason: Reason,
}

impl Letter {
    pub(crate) fn of(message: &Message) -> Self {
        let body = message.body().unwrap_or_default();
        Self {
            message_id: message.message_id().unwrap_or_default().to_owned(),
            receipt: receipt(message).map(str::to_owned),
            sent: number(message, &Attribute::SentTimestamp).and_then(rfc_3339),
            receives: number(message, &Attribute::ApproximateReceiveCount).unwrap_or_default(),
            bytes: u64::try_from(body.len()).unwrap_or(u64::MAX),
            reason: Reason::of(body),
        }
    }

    /// Whether it is called so: by its message id or its receipt.
    pub(crate) fn is_called(&self, id: &str) -> bool {
        self.message_id == id || self.receipt.as_deref() == Some(id)
    }
}

pub(crate) fn receipt(message: &Message) -> Option<&str> {
    message.message_attributes()?.get(Receipt::NAME)?.string_value()
}

/// A system attribute. SQS writes its numbers as text.
pub(crate) fn attribute<'a>(message: &'a Message, name: &Attribute) -> Option<&'a str> {
    message.attributes()?.get(name).map(String::as_str)
}

fn number(message: &Message, name: &Attribute) -> Option<u64> {
    attribute(message, name)?.parse().ok()
}

/// None for a time that no calendar has.
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
    fn a_letter_is_what_sqs_says_of_it_and_nothing_of_its_body() {
        let receipt = MessageAttributeValue::builder().data_type("String").string_value("the-receipt");
        let message = Message::builder()
            .message_id("the-id")
            .body("secret")
            .message_attributes("receipt", receipt.build().unwrap())
            .attributes(Attribute::SentTimestamp, "1693561101123")
            .attributes(Attribute::ApproximateReceiveCount, "6")
            .build();
        let letter = Letter::of(&message);
        assert!(letter.is_called("the-id") && letter.is_called("the-receipt") && !letter.is_called("secret"));
        assert_eq!(
            serde_json::to_string(&letter).unwrap(),
            r#"{"message_id":"the-id","receipt":"the-receipt","sent":"2023-09-01T09:38:21.123Z","receives":6,"bytes":6,"reason":"not_json"}"#
        );
    }

    #[test]
    fn a_letter_put_there_by_hand_has_neither_receipt_nor_name_but_its_id() {
        let letter = Letter::of(&Message::builder().message_id("the-id").build());
        assert_eq!((letter.receipt.as_deref(), letter.sent.as_deref()), (None, None));
        assert!(!letter.is_called(""));
    }

    #[test]
    fn a_time_beyond_the_calendar_is_none() {
        assert_eq!(rfc_3339(u64::MAX), None);
        assert!(rfc_3339(253_402_300_799_999).is_some());
    }
}
