//! One record of the queue's event.

use aws_lambda_events::sqs::SqsMessage;
use email::{Email, Receipt, wire_format, wire_format::DecodeError};
use runtime::telemetry;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One message on its way to the bucket.
pub(crate) struct Delivery(SqsMessage);

impl From<SqsMessage> for Delivery {
    fn from(message: SqsMessage) -> Self {
        Self(message)
    }
}

impl Delivery {
    /// The email, or why the message is none.
    pub(crate) fn email(&self) -> Result<Email, DecodeError> {
        wire_format::decode(self.0.body.as_deref().unwrap_or_default())
    }

    /// The receipt; messages of other senders than `api` may have none.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        self.0.message_attributes.get(Receipt::NAME)?.string_value.as_deref()?.parse().ok()
    }

    /// SQS's message id, if it isn't empty.
    pub(crate) fn message_id(&self) -> Option<&str> {
        self.0.message_id.as_deref().filter(|id| !id.is_empty())
    }

    /// The trace in which the message was sent.
    pub(crate) fn trace_id(&self) -> Option<&str> {
        telemetry::trace_id(self.0.attributes.get("AWSTraceHeader")?)
    }

    /// The length of its body, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.0.body.as_ref().map_or(0, String::len)
    }

    /// How long ago SQS acknowledged it. A clock that is behind SQS's makes it no younger than new.
    ///
    /// SQS counts anew when it moves a message back from the dead-letter queue.
    pub(crate) fn age(&self, now: SystemTime) -> Option<Duration> {
        let sent = self.0.attributes.get("SentTimestamp")?.parse().ok().map(Duration::from_millis)?;
        Some(now.duration_since(UNIX_EPOCH + sent).unwrap_or_default())
    }

    /// How often SQS has delivered it, this time included.
    pub(crate) fn receive_count(&self) -> Option<&str> {
        self.0.attributes.get("ApproximateReceiveCount").map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(json: &str) -> Delivery {
        Delivery(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_message_of_ours_has_a_receipt_and_a_trace() {
        let delivery = delivery(
            r#"{
                "messageId": "m-1", "body": "{}",
                "attributes": {"ApproximateReceiveCount": "2", "AWSTraceHeader": "Root=1-a;Sampled=1"},
                "messageAttributes": {"receipt": {"stringValue": "0198c0de-0000-7000-8000-000000000001", "dataType": "String"}}
            }"#,
        );
        assert_eq!(delivery.receipt().unwrap().to_string(), "0198c0de-0000-7000-8000-000000000001");
        assert_eq!(delivery.trace_id(), Some("1-a"));
        assert_eq!(delivery.message_id(), Some("m-1"));
        assert_eq!(delivery.receive_count(), Some("2"));
    }

    #[test]
    fn the_age_counts_from_the_acknowledgement_and_is_never_negative() {
        let delivery = delivery(r#"{"attributes": {"SentTimestamp": "1693561101000"}}"#);
        let sent = UNIX_EPOCH + Duration::from_secs(1_693_561_101);
        assert_eq!(delivery.age(sent + Duration::from_secs(90)), Some(Duration::from_secs(90)));
        assert_eq!(delivery.age(sent - Duration::from_secs(90)), Some(Duration::ZERO));
    }

    #[test]
    fn a_message_of_anyone_else_may_lack_all_of_it() {
        for json in [
            "{}",
            r#"{"messageId": "", "attributes": {}, "messageAttributes": {}}"#,
            r#"{"messageAttributes": {"receipt": {"stringValue": "no uuid", "dataType": "String"}}}"#,
            r#"{"messageAttributes": {"receipt": {"dataType": "Binary", "binaryValue": "AAAA"}}}"#,
        ] {
            let delivery = delivery(json);
            assert!(delivery.receipt().is_none() && delivery.trace_id().is_none(), "{json}");
            assert!(delivery.age(SystemTime::now()).is_none(), "{json}");
            assert!(delivery.message_id().is_none() && delivery.email().is_err(), "{json}");
        }
    }
}
