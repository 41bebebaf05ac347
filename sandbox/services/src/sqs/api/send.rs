//! `SendMessage` and `SendMessageBatch`.

use super::{Batch, batch_result, seconds};
use crate::error::{Result, ServiceError};
use crate::sqs::error::invalid;
use crate::sqs::{MessageAttribute, NewMessage, Queue, digest, limits};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct SendMessage {
    message_body: String,
    message_attributes: BTreeMap<String, MessageAttribute>,
    message_system_attributes: BTreeMap<String, MessageAttribute>,
    delay_seconds: Option<i64>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

/// `trace` is the request's tracing header.
pub(crate) fn send_message(request: SendMessage, trace: Option<&str>, queue: &Queue) -> Result<Value> {
    send(queue, read(request, queue)?, trace)
}

/// `trace` is for every message without a trace of its own.
pub(crate) fn send_message_batch(request: Batch, trace: Option<&str>, queue: &Queue) -> Result<Value> {
    let entries = request.read::<SendMessage>("SendMessageBatchRequestEntry")?;
    let entries: Vec<_> = entries.into_iter().map(|(id, entry)| (id, read(entry, queue))).collect();
    let (limit, size) = (
        limits::MESSAGE_BYTES,
        entries.iter().flat_map(|(_, message)| message).map(limits::size).sum::<usize>(),
    );
    if size > limit {
        let message =
            format!("Batch requests cannot be longer than {limit} bytes. You have sent {size} bytes.");
        return Err(ServiceError::new("BatchRequestTooLong", message));
    }
    let send =
        |(id, message): (_, Result<_, _>)| (id, message.and_then(|message| send(queue, message, trace)));
    Ok(batch_result(entries.into_iter().map(send)))
}

fn read(request: SendMessage, queue: &Queue) -> Result<NewMessage> {
    if let Some(id) = request.message_deduplication_id {
        return Err(invalid(format!(
            "Value {id} for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type."
        )));
    }
    let delay = match request.delay_seconds {
        None => queue.settings().config.delay,
        Some(value) => seconds("DelaySeconds", value, limits::DELAY)?,
    };
    Ok(NewMessage {
        body: request.message_body,
        attributes: request.message_attributes,
        trace_header: trace_header(request.message_system_attributes)?,
        group_id: request.message_group_id,
        delay,
    })
}

/// The one system attribute that a sender may set: `AWSTraceHeader`, a `String`.
fn trace_header(mut attributes: BTreeMap<String, MessageAttribute>) -> Result<Option<String>> {
    let trace = attributes.remove("AWSTraceHeader");
    if let Some(name) = attributes.keys().next() {
        return Err(invalid(format!("Message system attribute name '{name}' is invalid.")));
    }
    match trace {
        None => Ok(None),
        Some(MessageAttribute { data_type, string_value: Some(value), binary_value: None })
            if data_type == "String" && !value.is_empty() =>
        {
            Ok(Some(value))
        }
        Some(_) => Err(invalid(
            "Message system attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
        )),
    }
}

/// Sends a message; by the digests the sender knows what arrived. A trace from the request's header isn't digested: the
/// sender gave no system attribute.
fn send(queue: &Queue, mut message: NewMessage, trace: Option<&str>) -> Result<Value> {
    let mut result = json!({"MD5OfMessageBody": digest::of_body(&message.body)});
    if let Some(digest) = digest::of_attributes(&message.attributes) {
        result["MD5OfMessageAttributes"] = json!(digest);
    }
    if let Some(digest) = message.trace_header.as_deref().and_then(digest::of_trace_header) {
        result["MD5OfMessageSystemAttributes"] = json!(digest);
    }
    message.trace_header = message.trace_header.or_else(|| trace.map(str::to_owned));
    result["MessageId"] = json!(queue.send(message)?);
    Ok(result)
}
