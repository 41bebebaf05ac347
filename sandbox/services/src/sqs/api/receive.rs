//! `ReceiveMessage`, `DeleteMessage`, `ChangeMessageVisibility` and their batches.

use super::{Batch, batch_result, lists, required, seconds};
use crate::error::Result;
use crate::sqs::error::{invalid, invalid_attribute_name, missing};
use crate::sqs::{Queue, ReceivedMessage, digest, limits};
use serde::Deserialize;
use serde_json::{Value, json};

/// The system attributes that can be asked for; those that a standard queue never has are left out.
#[rustfmt::skip]
const SYSTEM_ATTRIBUTES: [&str; 10] = [
    "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp",
    "SequenceNumber", "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn",
];

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct ReceiveMessage {
    max_number_of_messages: Option<i64>,
    wait_time_seconds: Option<i64>,
    visibility_timeout: Option<i64>,
    /// The older name of the next one.
    attribute_names: Vec<String>,
    message_system_attribute_names: Vec<String>,
    message_attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteMessage {
    receipt_handle: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ChangeMessageVisibility {
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

pub(crate) async fn receive_message(mut request: ReceiveMessage, queue: &Queue) -> Result<Value> {
    let max = request.max_number_of_messages.unwrap_or(1);
    let Some(max) = usize::try_from(max).ok().filter(|max| (1..=10).contains(max)) else {
        return Err(invalid(format!(
            "Value {max} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."
        )));
    };
    let config = queue.config();
    let wait = match request.wait_time_seconds {
        None => config.receive_wait,
        Some(value) => seconds("WaitTimeSeconds", value, limits::WAIT)?,
    };
    let visibility = match request.visibility_timeout {
        None => config.visibility_timeout,
        Some(value) => seconds("VisibilityTimeout", value, limits::VISIBILITY)?,
    };
    request.message_system_attribute_names.append(&mut request.attribute_names);
    let asked = &request.message_system_attribute_names;
    if let Some(name) = asked.iter().find(|name| !SYSTEM_ATTRIBUTES.contains(&name.as_str())) {
        return Err(invalid_attribute_name(name));
    }
    let messages = queue.receive_hidden_for(max, queue.scaled(wait), visibility).await?;
    let messages = messages.into_iter().map(|message| write(message, &request)).collect();
    Ok(lists([("Messages", messages)]))
}

/// A message with the attributes that were asked for.
fn write(received: ReceivedMessage, request: &ReceiveMessage) -> Value {
    let system = &request.message_system_attribute_names;
    let all = system.iter().any(|name| name == "All");
    let mut attributes = received.attributes;
    attributes.retain(|name, _| all || system.contains(name));
    let mut message_attributes = received.message_attributes;
    message_attributes.retain(|name, _| asked(&request.message_attribute_names, name));

    let mut message = json!({
        "MessageId": received.message_id,
        "ReceiptHandle": received.receipt_handle,
        "MD5OfBody": received.md5_of_body,
        "Body": received.body,
    });
    if !attributes.is_empty() {
        message["Attributes"] = json!(attributes);
    }
    if let Some(digest) = digest::of_attributes(&message_attributes) {
        message["MD5OfMessageAttributes"] = json!(digest);
        message["MessageAttributes"] = json!(message_attributes);
    }
    message
}

/// Looks for a name in `asked`, which has it as `All`, `*`, `.*`, a prefix such as `bar.*`, or itself.
fn asked(asked: &[String], name: &str) -> bool {
    asked.iter().any(|pattern| match pattern.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == "All" || pattern == "*" || pattern == name,
    })
}

pub(crate) fn delete_message(request: &DeleteMessage, queue: &Queue) -> Result<Value> {
    queue.delete(required("ReceiptHandle", request.receipt_handle.as_deref())?)?;
    Ok(json!({}))
}

pub(crate) fn delete_message_batch(request: Batch, queue: &Queue) -> Result<Value> {
    let entries = request.read::<DeleteMessage>("DeleteMessageBatchRequestEntry")?;
    Ok(batch_result(entries.into_iter().map(|(id, entry)| (id, delete_message(&entry, queue)))))
}

pub(crate) fn change_message_visibility(request: &ChangeMessageVisibility, queue: &Queue) -> Result<Value> {
    let handle = required("ReceiptHandle", request.receipt_handle.as_deref())?;
    let timeout = request.visibility_timeout.ok_or_else(|| missing("VisibilityTimeout"))?;
    queue.change_visibility(handle, seconds("VisibilityTimeout", timeout, limits::VISIBILITY)?)?;
    Ok(json!({}))
}

pub(crate) fn change_message_visibility_batch(request: Batch, queue: &Queue) -> Result<Value> {
    let entries = request.read::<ChangeMessageVisibility>("ChangeMessageVisibilityBatchRequestEntry")?;
    let change = |(id, entry)| (id, change_message_visibility(&entry, queue));
    Ok(batch_result(entries.into_iter().map(change)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_can_be_asked_for_by_name_by_prefix_or_all_together() {
        for (pattern, name, meant) in [
            ("All", "colour", true),
            ("*", "colour", true),
            (".*", "colour", true),
            ("col.*", "colour", true),
            ("colour", "colour", true),
            ("col", "colour", false),
            ("other.*", "colour", false),
        ] {
            assert_eq!(asked(&[pattern.to_owned()], name), meant, "{pattern}");
        }
        assert!(!asked(&[], "colour"));
    }
}
