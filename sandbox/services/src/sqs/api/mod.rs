//! SQS's operations, as they come in over HTTP.

use super::Sqs;
use super::error::{invalid, missing};
use crate::error::{Result, ServiceError};
use crate::json;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use std::{collections::HashSet, time::Duration};

mod attributes;
mod moves;
mod queues;
mod receive;
mod send;
mod tags;
#[cfg(test)]
mod tests;

/// The most entries of a batch.
const BATCH_ENTRIES: usize = 10;

/// `trace` is the request's tracing header, `X-Amzn-Trace-Id`.
pub(crate) async fn call(
    sqs: &Sqs,
    operation: &str,
    mut request: Value,
    trace: Option<&str>,
) -> Result<Value> {
    // Most requests have a queue's URL, so it is read here.
    let url = request.as_object_mut().and_then(|request| request.remove("QueueUrl"));
    let url: Option<String> = json::input(url.unwrap_or_default())?;
    let queue = || sqs.queue_at(required("QueueUrl", url.as_deref())?);
    match operation {
        "SendMessage" => send::send_message(json::input(request)?, trace, &*queue()?),
        "SendMessageBatch" => send::send_message_batch(json::input(request)?, trace, &*queue()?),
        "ReceiveMessage" => receive::receive_message(json::input(request)?, &*queue()?).await,
        "DeleteMessage" => receive::delete_message(&json::input(request)?, &*queue()?),
        "DeleteMessageBatch" => receive::delete_message_batch(json::input(request)?, &*queue()?),
        "ChangeMessageVisibility" => receive::change_message_visibility(&json::input(request)?, &*queue()?),
        "ChangeMessageVisibilityBatch" => {
            receive::change_message_visibility_batch(json::input(request)?, &*queue()?)
        }
        "StartMessageMoveTask" => moves::start_message_move_task(sqs, &json::input(request)?),
        "ListMessageMoveTasks" => moves::list_message_move_tasks(sqs, &json::input(request)?),
        "CancelMessageMoveTask" => moves::cancel_message_move_task(sqs, &json::input(request)?),
        "CreateQueue" => queues::create_queue(sqs, json::input(request)?),
        "DeleteQueue" => queues::delete_queue(sqs, &*queue()?),
        "GetQueueUrl" => queues::get_queue_url(sqs, &json::input(request)?),
        "GetQueueAttributes" => attributes::get_queue_attributes(&json::input(request)?, &*queue()?),
        "SetQueueAttributes" => attributes::set_queue_attributes(sqs, &json::input(request)?, &*queue()?),
        "ListQueues" => queues::list_queues(sqs, &json::input(request)?),
        "ListDeadLetterSourceQueues" => {
            queues::list_dead_letter_source_queues(sqs, &json::input(request)?, &*queue()?)
        }
        "PurgeQueue" => queue()?.purge().map(|()| json!({})),
        "TagQueue" => tags::tag_queue(sqs, json::input(request)?, &*queue()?),
        "UntagQueue" => tags::untag_queue(sqs, &json::input(request)?, &*queue()?),
        "ListQueueTags" => Ok(tags::list_queue_tags(&*queue()?)),
        _ => Err(ServiceError::unknown_operation(operation)),
    }
}

/// The entries of a batch, each of which its result names by its id.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Batch {
    entries: Vec<Map<String, Value>>,
}

impl Batch {
    /// Each entry with its id, unless the batch as a whole is refused. AWS calls an entry `name` in that error.
    fn read<T: DeserializeOwned>(self, name: &str) -> Result<Vec<(String, T)>> {
        if self.entries.is_empty() {
            let message = format!("There should be at least one {name} in the request.");
            return Err(ServiceError::new("EmptyBatchRequest", message));
        }
        if self.entries.len() > BATCH_ENTRIES {
            let count = self.entries.len();
            let message = format!("Maximum number of entries per request are 10. You have sent {count}.");
            return Err(ServiceError::new("TooManyEntriesInBatchRequest", message));
        }
        let mut ids = HashSet::new();
        let mut entries = Vec::new();
        for mut entry in self.entries {
            let id = entry.remove("Id").unwrap_or_else(|| json!(""));
            let id: String = json::input(id)?;
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if id.is_empty() || id.len() > 80 || !id.chars().all(plain) {
                let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
                return Err(ServiceError::new("InvalidBatchEntryId", message));
            }
            if !ids.insert(id.clone()) {
                return Err(ServiceError::new("BatchEntryIdsNotDistinct", format!("Id {id} repeated.")));
            }
            entries.push((id, json::input(Value::Object(entry))?));
        }
        Ok(entries)
    }
}

/// An answer of lists. AWS leaves the empty ones out.
fn lists<const N: usize>(lists: [(&str, Vec<Value>); N]) -> Value {
    lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name, json!(list))).collect()
}

/// The result of a batch: some entries may fail where others succeed.
fn batch_result(results: impl IntoIterator<Item = (String, Result<Value>)>) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, result) in results {
        match result {
            Ok(mut result) => {
                result["Id"] = json!(id);
                successful.push(result);
            }
            Err(error) => {
                let code = error.query_code();
                let message = error.to_string();
                failed.push(json!({"Id": id, "SenderFault": true, "Code": code, "Message": message}));
            }
        }
    }
    lists([("Successful", successful), ("Failed", failed)])
}

fn required<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str> {
    value.ok_or_else(|| missing(name))
}

/// A number of seconds between 0 and `limit`.
fn seconds(name: &str, value: i64, limit: Duration) -> Result<Duration> {
    match u64::try_from(value).map(Duration::from_secs) {
        Ok(duration) if duration <= limit => Ok(duration),
        _ => {
            let limit = limit.as_secs();
            Err(invalid(format!(
                "Value {value} for parameter {name} is invalid. Reason: Must be >= 0 and <= {limit}, if provided."
            )))
        }
    }
}
