//! An event source mapping that uses the SDK.

use crate::harness::System;
use crate::harness::aws::{REGION, receive};
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message};
use sandbox::lambda::Function;
use sandbox::template::MappingSpec;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::time::Duration;
use tokio::task::JoinHandle;

/// The pause after an empty receive. A long poll would keep moto from serving other requests.
const PAUSE: Duration = Duration::from_millis(100);
/// The most messages of one DeleteMessageBatch.
const DELETE_LIMIT: usize = 10;

/// A running mapping. It polls until this is dropped.
pub(crate) struct Mapping(JoinHandle<()>);

impl Drop for Mapping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Poller {
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
    function: Function,
    batch_size: usize,
}

impl Mapping {
    pub(crate) fn start(spec: &MappingSpec, system: &System) -> Self {
        assert!(spec.report_batch_item_failures, "without it a batch is done or failed as a whole");
        assert!(
            system.queue_url().ends_with(&spec.queue),
            "the queue that api fills is the one that is polled"
        );
        let poller = Poller {
            sqs: system.sqs.clone(),
            queue_url: system.queue_url().to_owned(),
            function: system.function(&spec.function).clone(),
            batch_size: spec.batch_size,
        };
        Self(tokio::spawn(async move {
            loop {
                match poller.gather().await {
                    batch if batch.is_empty() => tokio::time::sleep(PAUSE).await,
                    batch => poller.invoke(batch).await,
                }
            }
        }))
    }
}

impl Poller {
    /// Receives up to a batch.
    async fn gather(&self) -> Vec<Message> {
        let mut batch = Vec::new();
        while batch.len() < self.batch_size {
            let received = receive(&self.sqs, &self.queue_url, self.batch_size - batch.len()).await;
            if received.is_empty() {
                break;
            }
            batch.extend(received);
        }
        batch
    }

    /// Gives the function a batch. Stored messages are deleted; reported ones come again at once, where Lambda waits
    /// for the visibility timeout, until the queue dead-letters it.
    async fn invoke(&self, batch: Vec<Message>) {
        let records: Vec<_> = batch.iter().map(record).collect();
        let answer = self.function.invoke(json!({"Records": records}).to_string().into()).await;
        let reported = answer.map(|answer| reported(&answer));
        let is_done = |message: &Message| {
            let id = message.message_id().expect("an id");
            reported.as_ref().is_ok_and(|reported| !reported.contains(id))
        };
        let (done, failed): (Vec<_>, Vec<_>) = batch.into_iter().partition(is_done);
        self.delete(&done).await;
        self.give_back(&failed).await;
    }

    async fn delete(&self, messages: &[Message]) {
        for chunk in messages.chunks(DELETE_LIMIT) {
            let entries = chunk.iter().enumerate().map(|(n, message)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(n.to_string());
                entry.set_receipt_handle(message.receipt_handle.clone()).build().expect("an entry")
            });
            let delete = self.sqs.delete_message_batch().queue_url(&self.queue_url);
            let answer = delete.set_entries(Some(entries.collect())).send().await.expect("moto deletes");
            assert!(answer.failed().is_empty(), "{answer:?}");
        }
    }

    async fn give_back(&self, messages: &[Message]) {
        for message in messages {
            let change = self.sqs.change_message_visibility().queue_url(&self.queue_url);
            let change = change.set_receipt_handle(message.receipt_handle.clone()).visibility_timeout(0);
            change.send().await.expect("moto takes it back");
        }
    }
}

/// The ids that the worker's answer gives back.
fn reported(answer: &[u8]) -> HashSet<String> {
    let answer: Value = serde_json::from_slice(answer).expect("a function answers JSON");
    let failures = answer["batchItemFailures"].as_array().expect("a list of failures");
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().expect("an id").to_owned()).collect()
}

/// A message as a record of the worker's event.
fn record(message: &Message) -> Value {
    let attributes: Map<_, _> = message
        .attributes()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str().to_owned(), json!(value)))
        .collect();
    let message_attributes: Map<_, _> = message
        .message_attributes()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            (name.clone(), json!({"dataType": value.data_type(), "stringValue": value.string_value()}))
        })
        .collect();
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "md5OfBody": message.md5_of_body(),
        "attributes": attributes,
        "messageAttributes": message_attributes,
        "eventSource": "aws:sqs",
        "awsRegion": REGION,
    })
}
