//! Between queue and worker: what Lambda's event source mapping does, by hand and with the SDK.

use super::site::Site;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use serde_json::{Map, Value, json};

/// More rounds than this, and something comes back for ever.
const MOST_ROUNDS: usize = 100;

impl Site {
    /// Receives up to ten messages of a queue, with all their attributes.
    pub(super) async fn receive(&self, queue_url: &str) -> Vec<Message> {
        let receive = self.sqs.receive_message().queue_url(queue_url).max_number_of_messages(10);
        let receive = receive.message_attribute_names("All");
        let all = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        all.send().await.unwrap().messages.unwrap_or_default()
    }

    /// Sends a message to the queue, and returns its id.
    pub(super) async fn enqueue(&self, body: &str, receipt: Option<&str>) -> String {
        let mut send = self.sqs.send_message().queue_url(self.queue_url()).message_body(body);
        if let Some(receipt) = receipt {
            let value = MessageAttributeValue::builder().data_type("String").string_value(receipt);
            send = send.message_attributes("receipt", value.build().unwrap());
        }
        send.send().await.unwrap().message_id.unwrap()
    }

    /// Gives the worker what is in the queue until nothing is left: what it files is deleted, what it reports comes
    /// again at once, where Lambda waits for the visibility timeout, until the queue dead-letters it.
    pub(super) async fn deliver(&self) {
        for _ in 0..MOST_ROUNDS {
            let messages = self.receive(self.queue_url()).await;
            if messages.is_empty() {
                return;
            }
            let records: Vec<_> = messages.iter().map(record).collect();
            let answer = self.invoke("WorkerFunction", &json!({"Records": records})).await;
            let failures = answer["batchItemFailures"].as_array().unwrap();
            for message in &messages {
                let failed = failures
                    .iter()
                    .any(|failure| failure["itemIdentifier"] == *message.message_id().unwrap());
                self.give_back_or_delete(message.receipt_handle().unwrap(), failed).await;
            }
        }
        panic!("the queue is never empty; the log:\n{}", self.log.text());
    }

    async fn give_back_or_delete(&self, handle: &str, failed: bool) {
        let queue = self.queue_url();
        if failed {
            let change = self.sqs.change_message_visibility().queue_url(queue).receipt_handle(handle);
            change.visibility_timeout(0).send().await.unwrap();
        } else {
            self.sqs.delete_message().queue_url(queue).receipt_handle(handle).send().await.unwrap();
        }
    }
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
    })
}
