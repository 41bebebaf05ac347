//! `StartMessageMoveTask`, `ListMessageMoveTasks` and `CancelMessageMoveTask`.

use super::required;
use crate::sqs::{
    Queue, Sqs, SqsError,
    moves::{self, MoveStatus, MoveTask},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::UNIX_EPOCH};
use uuid::Uuid;

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

/// What a task handle says; to clients it is opaque.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Handle {
    task_id: String,
    source_arn: String,
}

pub(crate) fn start_message_move_task(sqs: &Sqs, request: &StartMove) -> Result<Value, SqsError> {
    let source = queue_with_arn(sqs, "SourceArn", required("SourceArn", request.source_arn.as_deref())?)?;
    if sqs.dead_letter_sources(&source).is_empty() {
        return Err(SqsError::invalid("Source queue must be configured as a Dead Letter Queue."));
    }
    let destination = request.destination_arn.as_deref();
    let destination = destination.map(|arn| queue_with_arn(sqs, "DestinationArn", arn)).transpose()?;
    if destination.as_ref().is_some_and(|destination| Arc::ptr_eq(destination, &source)) {
        return Err(SqsError::invalid("Source queue arn and destination queue arn cannot be the same."));
    }
    let rate = request.max_number_of_messages_per_second.map(rate).transpose()?;
    let id = moves::start(&source, &sqs.queues, destination.as_ref(), rate)?;
    Ok(json!({"TaskHandle": handle(id, source.arn())}))
}

pub(crate) fn list_message_move_tasks(sqs: &Sqs, request: &ListMoves) -> Result<Value, SqsError> {
    let source = queue_with_arn(sqs, "SourceArn", required("SourceArn", request.source_arn.as_deref())?)?;
    let max = match request.max_results.map_or(Ok(1), usize::try_from) {
        Ok(max @ 1..=moves::REMEMBERED) => max,
        _ => return Err(SqsError::invalid("Value for parameter MaxResults must be between 1 and 10.")),
    };
    let results: Vec<_> = source.moves.latest(max).iter().map(|task| write(task, &source)).collect();
    Ok(json!({"Results": results}))
}

pub(crate) fn cancel_message_move_task(sqs: &Sqs, request: &CancelMove) -> Result<Value, SqsError> {
    let handle = required("TaskHandle", request.task_handle.as_deref())?;
    let handle = STANDARD.decode(handle).ok().and_then(|json| serde_json::from_slice::<Handle>(&json).ok());
    let Some(Handle { task_id, source_arn }) = handle else {
        return Err(SqsError::invalid("Value for parameter TaskHandle is invalid."));
    };
    // What is no id of ours is the id of no task.
    let task_id = task_id.parse().unwrap_or_default();
    let moved = queue_with_arn(sqs, "SourceArn", &source_arn)?.moves.cancel(task_id)?;
    Ok(json!({"ApproximateNumberOfMessagesMoved": moved}))
}

fn queue_with_arn(sqs: &Sqs, parameter: &str, arn: &str) -> Result<Arc<Queue>, SqsError> {
    sqs.queues.with_arn(arn).ok_or_else(|| SqsError::ResourceNotFound {
        message: format!("The resource that you specified for the {parameter} parameter doesn't exist."),
    })
}

fn rate(given: i64) -> Result<u32, SqsError> {
    match u32::try_from(given) {
        Ok(rate @ 1..=moves::RATE) => Ok(rate),
        _ => Err(SqsError::invalid(format!(
            "Value {given} for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and {}.",
            moves::RATE
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
        "StartedTimestamp": task.started_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis(),
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
