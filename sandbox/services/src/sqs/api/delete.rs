//! `DeleteMessage`, `ChangeMessageVisibility` and their batches: what a receiver does with a message.

use super::{Batch, Entry, failed, queue, required, seconds};
use crate::sqs::{Queue, Sqs, SqsError, limits};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Received {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteEntry {
    #[serde(default)]
    id: String,
    receipt_handle: Option<String>,
}

impl Entry for DeleteEntry {
    const NAME: &'static str = "DeleteMessageBatchRequestEntry";

    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VisibilityEntry {
    #[serde(default)]
    id: String,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

impl Entry for VisibilityEntry {
    const NAME: &'static str = "ChangeMessageVisibilityBatchRequestEntry";

    fn id(&self) -> &str {
        &self.id
    }
}

pub(crate) fn delete_message(sqs: &Sqs, request: &Received) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    queue.delete(required("ReceiptHandle", request.receipt_handle.as_deref())?)?;
    Ok(json!({}))
}

pub(crate) fn delete_message_batch(sqs: &Sqs, request: Batch<DeleteEntry>) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    request.check()?;
    let (mut deleted, mut refused) = (Vec::new(), Vec::new());
    for entry in request.entries {
        let handle = required("ReceiptHandle", entry.receipt_handle.as_deref());
        match handle.and_then(|handle| queue.delete(handle)) {
            Ok(()) => deleted.push(json!({"Id": entry.id})),
            Err(error) => refused.push(failed(&entry.id, &error)),
        }
    }
    Ok(json!({"Successful": deleted, "Failed": refused}))
}

pub(crate) fn change_message_visibility(sqs: &Sqs, request: &Received) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    change_visibility(&queue, request.receipt_handle.as_deref(), request.visibility_timeout)?;
    Ok(json!({}))
}

pub(crate) fn change_message_visibility_batch(
    sqs: &Sqs,
    request: Batch<VisibilityEntry>,
) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    request.check()?;
    let (mut changed, mut refused) = (Vec::new(), Vec::new());
    for entry in request.entries {
        match change_visibility(&queue, entry.receipt_handle.as_deref(), entry.visibility_timeout) {
            Ok(()) => changed.push(json!({"Id": entry.id})),
            Err(error) => refused.push(failed(&entry.id, &error)),
        }
    }
    Ok(json!({"Successful": changed, "Failed": refused}))
}

fn change_visibility(queue: &Queue, handle: Option<&str>, timeout: Option<i64>) -> Result<(), SqsError> {
    let handle = required("ReceiptHandle", handle)?;
    let timeout = timeout.ok_or(SqsError::MissingParameter { name: "VisibilityTimeout" })?;
    queue.change_visibility(handle, seconds("VisibilityTimeout", timeout, limits::VISIBILITY)?)
}
