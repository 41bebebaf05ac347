//! `StartMessageMoveTask`, `ListMessageMoveTasks` and `CancelMessageMoveTask`.

use super::{lists, required};
use crate::clock::milliseconds;
use crate::error::Result;
use crate::sqs::error::{invalid, not_found};
use crate::sqs::moves::{MoveStatus, MoveTask, REMEMBERED};
use crate::sqs::{Queue, Sqs, redrive};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// The highest rate of a move, in messages a second.
const RATE: u32 = 500;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StartMove {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListMoves {
    source_arn: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CancelMove {
    task_handle: Option<String>,
}

/// The content of a task handle, which is opaque to clients.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Handle {
    task_id: String,
    source_arn: String,
}

pub(crate) fn start_message_move_task(sqs: &Sqs, request: &StartMove) -> Result<Value> {
    let source = queue_with_arn(sqs, "SourceArn", required("SourceArn", request.source_arn.as_deref())?)?;
    if sqs.dead_letter_sources(&source).is_empty() {
        return Err(invalid("Source queue must be configured as a Dead Letter Queue."));
    }
    let destination = request.destination_arn.as_deref();
    let destination = destination.map(|arn| queue_with_arn(sqs, "DestinationArn", arn)).transpose()?;
    if destination.as_ref().is_some_and(|destination| Arc::ptr_eq(destination, &source)) {
        return Err(invalid("Source queue arn and destination queue arn cannot be the same."));
    }
    let rate = request.max_number_of_messages_per_second.map(rate).transpose()?;
    let id = redrive::start(&source, &sqs.queues, destination.as_ref(), rate)?;
    Ok(json!({"TaskHandle": handle(id, source.arn())}))
}

pub(crate) fn list_message_move_tasks(sqs: &Sqs, request: &ListMoves) -> Result<Value> {
    let source = queue_with_arn(sqs, "SourceArn", required("SourceArn", request.source_arn.as_deref())?)?;
    let max = match request.max_results.map_or(Ok(1), usize::try_from) {
        Ok(max @ 1..=REMEMBERED) => max,
        _ => return Err(invalid("Value for parameter MaxResults must be between 1 and 10.")),
    };
    let results = source.moves.latest(max).iter().map(|task| write(task, &source)).collect();
    Ok(lists([("Results", results)]))
}

pub(crate) fn cancel_message_move_task(sqs: &Sqs, request: &CancelMove) -> Result<Value> {
    let handle = required("TaskHandle", request.task_handle.as_deref())?;
    let handle = STANDARD.decode(handle).ok().and_then(|json| serde_json::from_slice::<Handle>(&json).ok());
    let Some(Handle { task_id, source_arn }) = handle else {
        return Err(invalid("Value for parameter TaskHandle is invalid."));
    };
    // The nil id belongs to no task.
    let task_id = task_id.parse().unwrap_or_default();
    let moved = queue_with_arn(sqs, "SourceArn", &source_arn)?.moves.cancel(task_id)?;
    Ok(json!({"ApproximateNumberOfMessagesMoved": moved}))
}

fn queue_with_arn(sqs: &Sqs, parameter: &str, arn: &str) -> Result<Arc<Queue>> {
    sqs.queues.with_arn(arn).ok_or_else(|| {
        not_found(format!("The resource that you specified for the {parameter} parameter doesn't exist."))
    })
}

fn rate(given: i64) -> Result<u32> {
    match u32::try_from(given) {
        Ok(rate @ 1..=RATE) => Ok(rate),
        _ => Err(invalid(format!(
            "Value {given} for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and {RATE}."
        ))),
    }
}

fn handle(id: Uuid, source_arn: &str) -> String {
    STANDARD.encode(json!({"taskId": id.to_string(), "sourceArn": source_arn}).to_string())
}

/// A move in a list. Only a running one can be cancelled, so only it has a handle.
fn write(task: &MoveTask, source: &Queue) -> Value {
    let mut entry = json!({
        "SourceArn": source.arn(),
        "Status": task.status.as_str(),
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": milliseconds(task.started_at),
    });
    if let Some(arn) = &task.destination_arn {
        entry["DestinationArn"] = json!(arn);
    }
    if let Some(rate) = task.rate {
        entry["MaxNumberOfMessagesPerSecond"] = json!(rate);
    }
    match task.status {
        MoveStatus::Running => entry["TaskHandle"] = json!(handle(task.id, source.arn())),
        MoveStatus::Failed(failure) => entry["FailureReason"] = json!(failure.as_str()),
        _ => {}
    }
    entry
}
