//! `SendMessage` and `SendMessageBatch`.

use super::{
    Batch, Entry,
    attribute::{self, WireAttribute},
    failed, queue, seconds,
};
use crate::sqs::{NewMessage, Queue, Sqs, SqsError, digest, limits};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendMessage {
    queue_url: Option<String>,
    #[serde(flatten)]
    message: WireMessage,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendEntry {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    message: WireMessage,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireMessage {
    #[serde(default)]
    message_body: String,
    #[serde(default)]
    message_attributes: BTreeMap<String, WireAttribute>,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, WireAttribute>,
    delay_seconds: Option<i64>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

impl Entry for SendEntry {
    const NAME: &'static str = "SendMessageBatchRequestEntry";

    fn id(&self) -> &str {
        &self.id
    }
}

impl WireMessage {
    fn read(self, queue: &Queue) -> Result<NewMessage, SqsError> {
        if self.message_deduplication_id.is_some() || self.message_group_id.is_some() {
            let reason =
                "MessageGroupId and MessageDeduplicationId belong to kinds of queues that are not here.";
            return Err(SqsError::invalid(reason));
        }
        let delay = match self.delay_seconds {
            None => queue.settings().delay,
            Some(value) => seconds("DelaySeconds", value, limits::DELAY)?,
        };
        Ok(NewMessage {
            body: self.message_body,
            attributes: attribute::read(self.message_attributes)?,
            trace_header: attribute::read_trace_header(self.message_system_attributes)?,
            delay,
        })
    }
}

pub(crate) fn send_message(sqs: &Sqs, request: SendMessage) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    Ok(Value::Object(send(&queue, request.message.read(&queue)?)?))
}

pub(crate) fn send_message_batch(sqs: &Sqs, request: Batch<SendEntry>) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    request.check()?;
    let read = |entry: SendEntry| (entry.id, entry.message.read(&queue));
    let entries: Vec<_> = request.entries.into_iter().map(read).collect();
    let size = entries.iter().flat_map(|(_, message)| message).map(limits::size).sum();
    if size > limits::MESSAGE_BYTES {
        return Err(SqsError::BatchRequestTooLong { limit: limits::MESSAGE_BYTES, size });
    }
    let (mut sent, mut refused) = (Vec::new(), Vec::new());
    for (id, message) in entries {
        match message.and_then(|message| send(&queue, message)) {
            Ok(mut answer) => {
                answer.insert("Id".to_owned(), json!(id));
                sent.push(answer);
            }
            Err(error) => refused.push(failed(&id, &error)),
        }
    }
    Ok(json!({"Successful": sent, "Failed": refused}))
}

/// Sends a message; the answer tells the sender by digests what arrived.
fn send(queue: &Queue, message: NewMessage) -> Result<Map<String, Value>, SqsError> {
    let attributes = digest::of_attributes(&message.attributes);
    let system = message.trace_header.as_deref().and_then(digest::of_trace_header);
    let mut answer = Map::from_iter([("MD5OfMessageBody".to_owned(), json!(digest::of_body(&message.body)))]);
    for (name, digest) in [("MD5OfMessageAttributes", attributes), ("MD5OfMessageSystemAttributes", system)] {
        if let Some(digest) = digest {
            answer.insert(name.to_owned(), json!(digest));
        }
    }
    answer.insert("MessageId".to_owned(), json!(queue.send(message)?));
    Ok(answer)
}
