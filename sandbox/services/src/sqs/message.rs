//! A message: as it is sent, as it is kept and as it is received.

use super::digest;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// An attribute that a sender puts on a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, with a label of one's own after a dot if one likes.
    pub data_type: String,
    /// The value of a `String` or `Number`.
    pub string_value: Option<String>,
    /// The value of a `Binary`.
    pub binary_value: Option<Vec<u8>>,
}

/// A message on its way into a queue.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NewMessage {
    /// The body.
    pub body: String,
    /// The sender's attributes, by name.
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// The X-Ray trace it belongs to: the system attribute `AWSTraceHeader`.
    pub trace_header: Option<String>,
    /// How long it stays hidden at first: at most 15 minutes.
    pub delay: Duration,
}

/// A message in a queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// SQS's id.
    pub message_id: String,
    /// The body.
    pub body: String,
    /// The sender's attributes, by name.
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// The X-Ray trace it belongs to.
    pub trace_header: Option<String>,
    /// When it was sent; a dead-letter queue keeps this time.
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
pub struct Delivery {
    /// SQS's id.
    pub message_id: String,
    /// What deletes it.
    pub receipt_handle: String,
    /// The body.
    pub body: String,
    /// The body's MD5, in hex.
    pub md5_of_body: String,
    /// SQS's own attributes: `ApproximateReceiveCount`, `SentTimestamp`, `SenderId`,
    /// `ApproximateFirstReceiveTimestamp`, and `AWSTraceHeader` and `DeadLetterQueueSourceArn` if there are any.
    pub attributes: BTreeMap<String, String>,
    /// The sender's attributes, by name.
    pub message_attributes: BTreeMap<String, MessageAttribute>,
}

impl Delivery {
    /// `message` as it is received under `receipt_handle`.
    pub(crate) fn new(message: &Message, receipt_handle: String, sender_id: &str) -> Self {
        let mut attributes = BTreeMap::from([
            ("ApproximateReceiveCount".to_owned(), message.receive_count.to_string()),
            ("SentTimestamp".to_owned(), milliseconds(message.sent_at)),
            ("SenderId".to_owned(), sender_id.to_owned()),
        ]);
        let first = message.first_received_at.map(milliseconds);
        for (name, value) in [
            ("ApproximateFirstReceiveTimestamp", first),
            ("AWSTraceHeader", message.trace_header.clone()),
            ("DeadLetterQueueSourceArn", message.dead_letter_source.clone()),
        ] {
            if let Some(value) = value {
                attributes.insert(name.to_owned(), value);
            }
        }
        Self {
            message_id: message.message_id.clone(),
            receipt_handle,
            md5_of_body: digest::of_body(&message.body),
            body: message.body.clone(),
            attributes,
            message_attributes: message.attributes.clone(),
        }
    }
}

/// SQS's timestamps: milliseconds since 1970.
fn milliseconds(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string()
}
