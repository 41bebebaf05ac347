//! The event source mapping: takes messages from a queue to a function, in batches.

use crate::lambda::{Function, MappedQueue};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use sandbox_services::TimeScale;
use sandbox_services::events::{Event, Events};
use sandbox_services::sqs::{Queue, ReceivedMessage};
use sandbox_template::MappingSpec;
use serde_json::{Map, Value, json};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Concurrent batches without `MaximumConcurrency` in the template: Lambda's initial number ("Using Lambda with Amazon
/// SQS", scaling).
const INITIAL_CONCURRENCY: usize = 5;
/// The wait of one poll of an empty queue.
const POLL: Duration = Duration::from_secs(20);
/// The most messages of one receive.
const RECEIVE_LIMIT: usize = 10;
/// The most bytes of one batch ("Lambda quotas", invocation payload, synchronous).
const PAYLOAD_LIMIT: usize = 6 * 1_048_576;

/// A running mapping. It polls until this is dropped, or to the end of [`EventSourceMapping::drain`].
pub struct EventSourceMapping {
    poller: JoinSet<()>,
    batches: TaskTracker,
    draining: CancellationToken,
    _claim: MappedQueue,
}

/// As on Lambda, which answers with `ResourceConflictException`.
#[derive(Debug, thiserror::Error)]
#[error(
    "an event source mapping of {queue_arn} and {function} runs already: drop it first, or map another queue or function"
)]
pub struct MappingExists {
    pub queue_arn: String,
    pub function: String,
}

pub struct MappingConfig {
    pub spec: MappingSpec,
    pub queue: Arc<Queue>,
    pub function: Function,
    /// Divides the window and the wait of a poll.
    pub time_scale: TimeScale,
    /// For the records.
    pub region: String,
    pub events: Events,
}

impl EventSourceMapping {
    /// Begins to poll, unless another mapping of this queue and function does.
    pub fn start(config: MappingConfig) -> Result<Self, MappingExists> {
        let claim = config.function.map_queue(config.queue.arn()).ok_or_else(|| MappingExists {
            queue_arn: config.queue.arn().to_owned(),
            function: config.function.config().name.clone(),
        })?;
        let (batches, draining) = (TaskTracker::new(), CancellationToken::new());
        let poller = poll(Arc::new(config), batches.clone(), draining.clone());
        Ok(Self { poller: [poller].into_iter().collect(), batches, draining, _claim: claim })
    }

    /// Invokes the function with what is visible in the queue, without waiting for more, for `limit` at most. Batches in
    /// progress come to their end: their function's timeout is the limit.
    pub async fn drain(mut self, limit: Duration) {
        self.draining.cancel();
        if timeout(limit, self.poller.join_next()).await.is_err() {
            // Messages that it has in hand come back when their visibility timeout ends.
            self.poller.shutdown().await;
        }
        self.batches.close();
        self.batches.wait().await;
    }
}

/// A message and its record in the event.
struct Record {
    message: ReceivedMessage,
    json: String,
}

async fn poll(config: Arc<MappingConfig>, batches: TaskTracker, draining: CancellationToken) {
    let permits = Arc::new(Semaphore::new(config.spec.maximum_concurrency.unwrap_or(INITIAL_CONCURRENCY)));
    let mut received = VecDeque::new();
    // The semaphore is never closed, so this ends with the task or when nothing is left to drain.
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        let batch = gather(&config, &mut received, &draining).await;
        if batch.is_empty() {
            return;
        }
        let config = Arc::clone(&config);
        batches.spawn(async move {
            invoke(&config, batch).await;
            drop(permit);
        });
    }
}

/// Gathers one batch: from its first message on, until it has `BatchSize` messages or 6 MB, or its window has passed.
/// Records that don't fit stay in `received` for the next batch. Empty only if nothing is left to drain.
async fn gather(
    config: &MappingConfig,
    received: &mut VecDeque<Record>,
    draining: &CancellationToken,
) -> Vec<Record> {
    let receive = async |most: usize, wait: Duration| {
        // A receive takes messages without waiting, or waits without any: dropping it loses none.
        let records = draining.run_until_cancelled(receive(config, most, wait)).await;
        match records {
            Some(records) => records,
            None => receive(config, most, Duration::ZERO).await,
        }
    };
    while received.is_empty() {
        received.extend(receive(config.spec.batch_size, config.time_scale.apply(POLL)).await);
        if received.is_empty() && draining.is_cancelled() {
            return Vec::new();
        }
    }
    let window_ends = Instant::now() + config.time_scale.apply(config.spec.window);
    let (mut batch, mut bytes) = (Vec::new(), 0);
    loop {
        while let Some(record) = received.pop_front() {
            let fits = batch.len() < config.spec.batch_size && bytes + record.json.len() < PAYLOAD_LIMIT;
            if !fits && !batch.is_empty() {
                received.push_front(record);
                return batch;
            }
            bytes += record.json.len() + 1;
            batch.push(record);
        }
        let left = window_ends - Instant::now();
        if batch.len() >= config.spec.batch_size || left.is_zero() {
            return batch;
        }
        received.extend(receive(config.spec.batch_size - batch.len(), left).await);
        if received.is_empty() && draining.is_cancelled() {
            return batch;
        }
    }
}

async fn receive(config: &MappingConfig, most: usize, wait: Duration) -> Vec<Record> {
    let messages = config.queue.receive(most.min(RECEIVE_LIMIT), wait).await;
    let (arn, window) = (config.queue.arn(), !config.spec.window.is_zero());
    let record = |message: &_| record(message, arn, &config.region, window).to_string();
    messages.into_iter().map(|message| Record { json: record(&message), message }).collect()
}

/// Invokes the function with one batch and deletes the messages that succeeded. The others come back when their
/// visibility timeout ends.
async fn invoke(config: &MappingConfig, batch: Vec<Record>) {
    let records: Vec<_> = batch.iter().map(|record| record.json.as_str()).collect();
    let event = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    let ids: HashSet<_> = batch.iter().map(|record| record.message.message_id.as_str()).collect();
    let kept = match config.function.invoke(Bytes::from(event)).await {
        Ok(response) if config.spec.report_batch_item_failures => failures(&response, &ids),
        Ok(_) => Some(HashSet::new()),
        Err(error) => {
            tracing::warn!(function = config.function.config().name, %error, "a batch failed");
            None
        }
    };
    let is_done =
        |record: &&Record| kept.as_ref().is_some_and(|kept| !kept.contains(&record.message.message_id));
    let done: Vec<_> = batch.iter().filter(is_done).collect();
    for record in &done {
        if let Err(error) = config.queue.delete_processed(&record.message.receipt_handle) {
            tracing::warn!(%error, "a message succeeded but can't be deleted; it will be received again");
        }
    }
    config.events.send(Event::BatchDone {
        function: config.function.config().name.clone(),
        messages: batch.len(),
        failed: batch.len() - done.len(),
    });
}

/// The ids that a function's response reports as failed. `None` fails the whole batch: an identifier is empty, not a
/// string or not of the batch, or the response can't be read. An empty response of any type reports nothing.
fn failures(response: &[u8], ids: &HashSet<&str>) -> Option<HashSet<String>> {
    let response = if response.is_empty() { Value::Null } else { serde_json::from_slice(response).ok()? };
    let listed = match &response {
        Value::Null => &Value::Null,
        Value::String(text) if text.is_empty() => &Value::Null,
        Value::Array(items) if items.is_empty() => &Value::Null,
        response => response.as_object()?.get("batchItemFailures").unwrap_or(&Value::Null),
    };
    if listed.is_null() {
        return Some(HashSet::new());
    }
    let id = |failure: &Value| {
        let id = failure.as_object()?.get("itemIdentifier")?.as_str()?;
        ids.contains(id).then(|| id.to_owned())
    };
    listed.as_array()?.iter().map(id).collect()
}

/// A message's record in the event ("Using Lambda with Amazon SQS", example event).
fn record(message: &ReceivedMessage, queue_arn: &str, region: &str, window: bool) -> Value {
    let attributes: Map<_, _> = message
        .message_attributes
        .iter()
        .map(|(name, attribute)| {
            let mut json =
                json!({"stringListValues": [], "binaryListValues": [], "dataType": attribute.data_type});
            if let Some(text) = &attribute.string_value {
                json["stringValue"] = json!(text);
            }
            if let Some(bytes) = &attribute.binary_value {
                json["binaryValue"] = json!(BASE64_STANDARD.encode(bytes));
            }
            (name.clone(), json)
        })
        .collect();
    let mut record = json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": attributes,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    });
    // Without attributes, a mapping with a batching window writes null and one without leaves the member out.
    if window || message.md5_of_message_attributes.is_some() {
        record["md5OfMessageAttributes"] = json!(message.md5_of_message_attributes);
    }
    record
}

#[cfg(test)]
mod tests;
