//! SQS's operations, as they come in over HTTP.

use super::{Queue, Sqs, SqsError};
use crate::json::{self, WireError};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::{collections::HashSet, sync::Arc, time::Duration};

mod attribute;
mod delete;
mod manage;
mod moves;
mod queues;
mod receive;
mod send;

/// The most entries of a batch.
const BATCH_ENTRIES: usize = 10;

/// Does one operation.
pub(crate) async fn call(sqs: &Sqs, operation: &str, request: Value) -> Result<Value, WireError> {
    match operation {
        "SendMessage" => send::send_message(sqs, json::input(request)?),
        "SendMessageBatch" => send::send_message_batch(sqs, json::input(request)?),
        "ReceiveMessage" => receive::receive_message(sqs, json::input(request)?).await,
        "DeleteMessage" => delete::delete_message(sqs, &json::input(request)?),
        "DeleteMessageBatch" => delete::delete_message_batch(sqs, json::input(request)?),
        "ChangeMessageVisibility" => delete::change_message_visibility(sqs, &json::input(request)?),
        "ChangeMessageVisibilityBatch" => delete::change_message_visibility_batch(sqs, json::input(request)?),
        "StartMessageMoveTask" => moves::start_message_move_task(sqs, &json::input(request)?),
        "ListMessageMoveTasks" => moves::list_message_move_tasks(sqs, &json::input(request)?),
        "CancelMessageMoveTask" => moves::cancel_message_move_task(sqs, &json::input(request)?),
        "CreateQueue" => manage::create_queue(sqs, json::input(request)?),
        "DeleteQueue" => manage::delete_queue(sqs, &json::input(request)?),
        "SetQueueAttributes" => manage::set_queue_attributes(sqs, &json::input(request)?),
        "TagQueue" => manage::tag_queue(sqs, json::input(request)?),
        "UntagQueue" => manage::untag_queue(sqs, &json::input(request)?),
        "ListQueueTags" => manage::list_queue_tags(sqs, &json::input(request)?),
        "ListDeadLetterSourceQueues" => queues::list_dead_letter_source_queues(sqs, &json::input(request)?),
        "GetQueueUrl" => queues::get_queue_url(sqs, &json::input(request)?),
        "GetQueueAttributes" => queues::get_queue_attributes(sqs, &json::input(request)?),
        "ListQueues" => queues::list_queues(sqs, &json::input(request)?),
        "PurgeQueue" => queues::purge_queue(sqs, &json::input(request)?),
        _ => return Err(WireError::unknown_operation(operation)),
    }
    .map_err(WireError::from)
}

/// A request with nothing but a queue and entries.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "T: DeserializeOwned")]
struct Batch<T> {
    queue_url: Option<String>,
    #[serde(default = "Vec::new")]
    entries: Vec<T>,
}

/// An entry of a batch, which its answer names by its id.
trait Entry {
    /// What AWS calls it in an error.
    const NAME: &'static str;
    fn id(&self) -> &str;
}

impl<T: Entry> Batch<T> {
    /// Whether the batch as a whole can be looked at.
    fn check(&self) -> Result<(), SqsError> {
        if self.entries.is_empty() {
            return Err(SqsError::EmptyBatchRequest { entry: T::NAME });
        }
        if self.entries.len() > BATCH_ENTRIES {
            return Err(SqsError::TooManyEntriesInBatchRequest { count: self.entries.len() });
        }
        let mut seen = HashSet::new();
        for entry in &self.entries {
            let id = entry.id();
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if id.is_empty() || id.len() > 80 || !id.chars().all(plain) {
                return Err(SqsError::InvalidBatchEntryId);
            }
            if !seen.insert(id) {
                return Err(SqsError::BatchEntryIdsNotDistinct { id: id.to_owned() });
            }
        }
        Ok(())
    }
}

/// A failed entry of a batch: the others may well have worked.
fn failed(id: &str, error: &SqsError) -> Value {
    serde_json::json!({"Id": id, "SenderFault": true, "Code": error.query_code(), "Message": error.to_string()})
}

fn queue(sqs: &Sqs, url: Option<&str>) -> Result<Arc<Queue>, SqsError> {
    sqs.queue_at(required("QueueUrl", url)?)
}

fn required<'a>(name: &'static str, value: Option<&'a str>) -> Result<&'a str, SqsError> {
    value.ok_or(SqsError::MissingParameter { name })
}

/// A number of seconds between 0 and `limit`.
fn seconds(name: &str, value: i64, limit: Duration) -> Result<Duration, SqsError> {
    match u64::try_from(value).map(Duration::from_secs) {
        Ok(duration) if duration <= limit => Ok(duration),
        _ => {
            let limit = limit.as_secs();
            Err(SqsError::invalid(format!(
                "Value {value} for parameter {name} is invalid. Reason: Must be >= 0 and <= {limit}, if provided."
            )))
        }
    }
}

#[cfg(test)]
mod tests;
