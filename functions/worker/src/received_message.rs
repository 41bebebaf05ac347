//! One message of the queue's event.

use aws_lambda_events::sqs::SqsMessage;
use email::{Caller, Email, Receipt, wire_format, wire_format::DecodeError};
use runtime::telemetry;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) struct ReceivedMessage(pub(crate) SqsMessage);

impl ReceivedMessage {
    pub(crate) fn email(&self) -> Result<Email, DecodeError> {
        wire_format::decode(self.0.body.as_deref().unwrap_or_default())
    }

    /// Messages of other senders than `api` may have none.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        self.attribute(Receipt::NAME)?.parse().ok()
    }

    /// The caller that the email's token named. Every sender to the queue can write this attribute, and it goes into the
    /// log and the metadata: any other text is ignored.
    pub(crate) fn caller(&self) -> Option<Caller> {
        self.attribute(Caller::NAME)?.parse().ok()
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.0.message_attributes.get(name)?.string_value.as_deref()
    }

    /// SQS's message id, if it isn't empty.
    pub(crate) fn message_id(&self) -> Option<&str> {
        self.0.message_id.as_deref().filter(|id| !id.is_empty())
    }

    /// The trace in which the message was sent.
    pub(crate) fn trace_id(&self) -> Option<&str> {
        telemetry::trace_id(self.0.attributes.get("AWSTraceHeader")?)
    }

    /// The length of the body.
    pub(crate) fn bytes(&self) -> usize {
        self.0.body.as_ref().map_or(0, String::len)
    }

    /// The time since SQS acknowledged the message; zero if this clock is behind SQS's.
    ///
    /// SQS starts again when it moves a message back from the dead-letter queue.
    pub(crate) fn age(&self, now: SystemTime) -> Option<Duration> {
        Some(now.duration_since(self.sent()?).unwrap_or_default())
    }

    /// The time at which SQS acknowledged the message, or moved it back from the dead-letter queue.
    pub(crate) fn sent(&self) -> Option<SystemTime> {
        let sent = self.0.attributes.get("SentTimestamp")?.parse().ok().map(Duration::from_millis)?;
        UNIX_EPOCH.checked_add(sent)
    }

    /// The number of times that SQS has delivered it, this one included.
    pub(crate) fn receive_count(&self) -> Option<&str> {
        self.0.attributes.get("ApproximateReceiveCount").map(String::as_str)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn message(json: &str) -> ReceivedMessage {
        ReceivedMessage(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_message_from_api_has_a_receipt_and_a_trace() {
        let message = message(
            r#"{
                "messageId": "m-1", "body": "{}",
                "attributes": {"ApproximateReceiveCount": "2", "AWSTraceHeader": "Root=1-a;Sampled=1"},
                "messageAttributes": {"receipt": {"stringValue": "0198c0de-0000-7000-8000-000000000001", "dataType": "String"}}
            }"#,
        );
        assert_eq!(message.receipt().unwrap().to_string(), "0198c0de-0000-7000-8000-000000000001");
        assert_eq!(message.trace_id(), Some("1-a"));
        assert_eq!(message.message_id(), Some("m-1"));
        assert_eq!(message.receive_count(), Some("2"));
    }

    #[test]
    fn every_released_form_of_the_attributes_is_read() {
        for (json, caller) in [
            (include_str!("../fixtures/queue_message_1.json"), None),
            (include_str!("../fixtures/queue_message_2.json"), Some("billing")),
        ] {
            let message = message(json);
            assert!(message.email().is_ok());
            assert_eq!(message.receipt().unwrap().to_string(), "0198c0de-0000-7000-8000-000000000001");
            assert_eq!(message.caller().as_ref().map(Caller::as_str), caller);
        }
    }

    #[test]
    fn a_caller_attribute_that_is_no_name_is_ignored() {
        for value in [
            r#"{"stringValue": "Billing", "dataType": "String"}"#,
            r#"{"stringValue": "", "dataType": "String"}"#,
            r#"{"stringValue": "billing\r\nx-amz-acl: public-read", "dataType": "String"}"#,
            r#"{"stringValue": "\u001b[2Jé", "dataType": "String.name"}"#,
            r#"{"stringValue": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "dataType": "String"}"#,
            r#"{"stringValue": "-7", "dataType": "Number"}"#,
            r#"{"binaryValue": "YmlsbGluZw==", "dataType": "Binary"}"#,
            r#"{"dataType": "String"}"#,
        ] {
            let message = message(&format!(r#"{{"messageAttributes": {{"caller": {value}}}}}"#));
            assert_eq!(message.caller(), None, "{value}");
        }
    }

    #[test]
    fn the_age_counts_from_the_acknowledgement_and_is_never_negative() {
        let message = message(r#"{"attributes": {"SentTimestamp": "1693561101000"}}"#);
        let sent = UNIX_EPOCH + Duration::from_secs(1_693_561_101);
        assert_eq!(message.age(sent + Duration::from_secs(90)), Some(Duration::from_secs(90)));
        assert_eq!(message.age(sent - Duration::from_secs(90)), Some(Duration::ZERO));
    }

    #[test]
    fn a_message_from_another_sender_may_lack_all_of_it() {
        for json in [
            "{}",
            r#"{"messageId": "", "attributes": {}, "messageAttributes": {}}"#,
            r#"{"messageAttributes": {"receipt": {"stringValue": "no uuid", "dataType": "String"}}}"#,
            r#"{"messageAttributes": {"receipt": {"dataType": "Binary", "binaryValue": "AAAA"}}}"#,
        ] {
            let message = message(json);
            assert!(message.receipt().is_none() && message.trace_id().is_none(), "{json}");
            assert!(message.age(SystemTime::now()).is_none(), "{json}");
            assert!(message.message_id().is_none() && message.email().is_err(), "{json}");
        }
    }
}
