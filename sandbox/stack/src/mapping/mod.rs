//! The event source mapping: from a queue, in batches, to a function.

use crate::lambda::Function;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use sandbox_services::events::{Event, Events};
use sandbox_services::sqs::{Delivery, Queue};
use sandbox_services::time_scale::TimeScale;
use sandbox_template::MappingSpec;
use serde_json::{Map, Value, json};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Batches under way at a time where the template sets no `MaximumConcurrency`: what Lambda starts with ("Using
/// Lambda with Amazon SQS", scaling).
const INITIAL_CONCURRENCY: usize = 5;
/// How long one poll of an empty queue waits.
const POLL: Duration = Duration::from_secs(20);
/// The most messages of one receive.
const RECEIVE_LIMIT: usize = 10;
/// The most bytes of one batch ("Lambda quotas", invocation payload, synchronous).
const PAYLOAD_LIMIT: usize = 6 * 1_048_576;

/// A running mapping. It polls until this is dropped.
pub struct EventSourceMapping {
    task: JoinHandle<()>,
}

/// What a mapping needs.
pub struct MappingConfig {
    /// Batch size, window, concurrency.
    pub spec: MappingSpec,
    /// The queue it polls.
    pub queue: Arc<Queue>,
    /// The function it invokes.
    pub function: Function,
    /// How fast the window and the polls run.
    pub time_scale: TimeScale,
    /// The region that records carry.
    pub region: String,
    /// Where it tells of each batch.
    pub events: Events,
}

impl EventSourceMapping {
    /// Starts to poll.
    #[must_use]
    pub fn start(config: MappingConfig) -> Self {
        Self { task: tokio::spawn(poll(Arc::new(config))) }
    }
}

impl Drop for EventSourceMapping {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One message with its record, as it will stand in the event.
struct Record {
    delivery: Delivery,
    json: String,
}

async fn poll(config: Arc<MappingConfig>) {
    let permits = Arc::new(Semaphore::new(config.spec.maximum_concurrency.unwrap_or(INITIAL_CONCURRENCY)));
    let mut received = VecDeque::new();
    // The semaphore is never closed, so this ends only with the task.
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        let batch = gather(&config, &mut received).await;
        let config = Arc::clone(&config);
        tokio::spawn(async move {
            invoke(&config, batch).await;
            drop(permit);
        });
    }
}

/// Gathers one batch: from its first message on, until it is full, as large as an event may be, or its window
/// has passed. What was `received` and doesn't fit stays there for the next.
async fn gather(config: &MappingConfig, received: &mut VecDeque<Record>) -> Vec<Record> {
    while received.is_empty() {
        received.extend(receive(config, config.spec.batch_size, config.time_scale.apply(POLL)).await);
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
        received.extend(receive(config, config.spec.batch_size - batch.len(), left).await);
    }
}

async fn receive(config: &MappingConfig, most: usize, wait: Duration) -> impl Iterator<Item = Record> {
    let deliveries = config.queue.receive(most.min(RECEIVE_LIMIT), wait).await;
    let arn = config.queue.arn();
    deliveries
        .into_iter()
        .map(move |delivery| Record { json: record(&delivery, arn, &config.region).to_string(), delivery })
}

/// Gives the function one batch, and deletes what it filed. Anything else stays in the queue, and comes back
/// when its visibility timeout ends.
async fn invoke(config: &MappingConfig, batch: Vec<Record>) {
    let records: Vec<_> = batch.iter().map(|record| record.json.as_str()).collect();
    let event = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    let ids: HashSet<_> = batch.iter().map(|record| record.delivery.message_id.as_str()).collect();
    let kept = match config.function.invoke(Bytes::from(event)).await {
        Ok(answer) if config.spec.report_batch_item_failures => failures(&answer, &ids),
        Ok(_) => Some(HashSet::new()),
        Err(error) => {
            tracing::warn!(function = config.function.config().name, %error, "a batch was not done");
            None
        }
    };
    let is_done =
        |record: &&Record| kept.as_ref().is_some_and(|kept| !kept.contains(&record.delivery.message_id));
    let done: Vec<_> = batch.iter().filter(is_done).collect();
    for record in &done {
        if let Err(error) = config.queue.delete(&record.delivery.receipt_handle) {
            tracing::warn!(%error, "a message that was done could not be deleted and will come again");
        }
    }
    config.events.send(Event::BatchDone {
        function: config.function.config().name.clone(),
        messages: batch.len(),
        failed: batch.len() - done.len(),
    });
}

/// The ids that the function's answer reports as failed; `None` where all of the batch counts as failed: an
/// identifier that is empty, no string or not of the batch, or an answer that can't be read ("Handling errors
/// for an SQS event source in Lambda").
fn failures(answer: &[u8], ids: &HashSet<&str>) -> Option<HashSet<String>> {
    let answer = match answer {
        b"" => Value::Null,
        answer => serde_json::from_slice(answer).ok()?,
    };
    let listed = match &answer {
        Value::Null => return Some(HashSet::new()),
        answer => match answer.as_object()?.get("batchItemFailures") {
            None | Some(Value::Null) => return Some(HashSet::new()),
            Some(listed) => listed.as_array()?,
        },
    };
    let id = |failure: &Value| {
        let id = failure.as_object()?.get("itemIdentifier")?.as_str()?;
        ids.contains(id).then(|| id.to_owned())
    };
    listed.iter().map(id).collect()
}

/// A message as a record of the event ("Using Lambda with Amazon SQS", example event).
fn record(delivery: &Delivery, queue_arn: &str, region: &str) -> Value {
    let attributes: Map<_, _> = delivery
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
    json!({
        "messageId": delivery.message_id,
        "receiptHandle": delivery.receipt_handle,
        "body": delivery.body,
        "attributes": delivery.attributes,
        "messageAttributes": attributes,
        "md5OfBody": delivery.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    })
}

#[cfg(test)]
mod tests;
