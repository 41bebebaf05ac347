//! A message: as it is sent, as it is stored and as it is received.

use crate::error::{Result, ServiceError};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use uuid::Uuid;

/// An attribute that a sender puts on a message. In JSON, bytes are base64.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, with a custom label after a dot or without.
    #[serde(default)]
    pub data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "base64_text")]
    pub binary_value: Option<Vec<u8>>,
}

mod base64_text {
    use super::*;
    use serde::{Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(|bytes| STANDARD.encode(bytes)).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| STANDARD.decode(text)).transpose().map_err(D::Error::custom)
    }
}

/// A message on its way into a queue.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NewMessage {
    pub body: String,
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// The system attribute `AWSTraceHeader`.
    pub trace_header: Option<String>,
    /// `MessageGroupId`: 1 to 128 letters, digits and punctuation characters. Fair queues use it as the tenant.
    pub group_id: Option<String>,
    /// How long it stays hidden at first: at most 15 minutes.
    pub delay: Duration,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Message {
    pub message_id: String,
    pub body: String,
    pub attributes: BTreeMap<String, MessageAttribute>,
    pub trace_header: Option<String>,
    pub group_id: Option<String>,
    /// A dead-letter queue keeps this time.
    pub sent_at: SystemTime,
    /// How often it was received, before it was dead-lettered too.
    pub receive_count: u32,
    /// When it was first received from this queue.
    pub first_received_at: Option<SystemTime>,
    /// The ARN of the queue it came from, in a dead-letter queue.
    pub dead_letter_source: Option<String>,
}

/// A message that was received: hidden until its visibility timeout ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceivedMessage {
    pub message_id: String,
    pub receipt_handle: String,
    pub body: String,
    /// In hex.
    pub md5_of_body: String,
    /// In hex, for a message with attributes.
    pub md5_of_message_attributes: Option<String>,
    /// SQS's own attributes: `ApproximateReceiveCount`, `SentTimestamp`, `SenderId`,
    /// `ApproximateFirstReceiveTimestamp`, and `AWSTraceHeader`, `MessageGroupId` and `DeadLetterQueueSourceArn` if there
    /// are any.
    pub attributes: BTreeMap<String, String>,
    pub message_attributes: BTreeMap<String, MessageAttribute>,
}

/// A message in its queue, with its clocks.
#[derive(Debug)]
pub(crate) struct StoredMessage {
    pub(crate) message: Message,
    /// When it was sent, to any queue: retention counts from there, in a dead-letter queue too.
    pub(crate) sent: Instant,
    /// Hidden before this.
    pub(crate) visible_from: Instant,
    /// The latest receive, which alone may delete it, and when that was.
    pub(crate) receive: Option<(Uuid, Instant)>,
    /// How often it was received from this queue: what the redrive policy counts.
    pub(crate) receives: u32,
}

impl StoredMessage {
    pub(crate) fn new(message: Message, sent: Instant, visible_from: Instant) -> Self {
        Self { message, sent, visible_from, receive: None, receives: 0 }
    }

    /// As it arrives in the dead-letter queue of `source`. It keeps its id, its attributes, the count of its
    /// receives (`ReceiveMessage` counts them "across all queues") and the time it was sent, from which that queue's
    /// retention counts too:
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>.
    pub(crate) fn dead_lettered(self, source: &str, now: Instant) -> Self {
        let dead_letter_source = Some(source.to_owned());
        let message = Message { first_received_at: None, dead_letter_source, ..self.message };
        Self::new(message, self.sent, now)
    }

    /// As it comes back from a dead-letter queue: a new message with a new id, sent now, with the body, attributes and
    /// trace of the old one:
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>.
    pub(crate) fn redriven(self, now: Instant) -> Self {
        let message = Message {
            message_id: Uuid::new_v4().to_string(),
            sent_at: SystemTime::now(),
            receive_count: 0,
            first_received_at: None,
            dead_letter_source: None,
            ..self.message
        };
        Self::new(message, now, now)
    }
}

/// Identifies one receive of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ReceiptHandle {
    pub(crate) message_id: String,
    pub(crate) receive: Uuid,
}

impl ReceiptHandle {
    pub(crate) fn new(message_id: &str) -> Self {
        Self { message_id: message_id.to_owned(), receive: Uuid::new_v4() }
    }

    /// The opaque text that a receiver gets.
    pub(crate) fn encode(&self, queue: &str) -> String {
        STANDARD.encode(format!("{queue} {} {}", self.message_id, self.receive))
    }

    /// Reads a handle of `queue`; one of another queue is invalid too.
    pub(crate) fn decode(handle: &str, queue: &str) -> Result<Self> {
        let decode = || {
            let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
            let [of, message_id, receive] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
            let (message_id, receive) = (message_id.to_owned(), receive.parse().ok()?);
            (of == queue).then_some(Self { message_id, receive })
        };
        let message = || format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        decode().ok_or_else(|| ServiceError::new("ReceiptHandleIsInvalid", message()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_for_its_own_queue_only() {
        let receipt = ReceiptHandle::new("id");
        let handle = receipt.encode("queue");
        assert_eq!(ReceiptHandle::decode(&handle, "queue"), Ok(receipt));
        for (handle, queue) in [(handle.as_str(), "other"), ("nonsense", "queue"), ("", "queue")] {
            assert!(ReceiptHandle::decode(handle, queue).is_err(), "{handle} {queue}");
        }
    }
}
