//! Waiting for what has to happen.

use super::System;
use super::aws::Object;
use aws_sdk_sqs::types::Message;
use serde_json::Value;
use std::time::Duration;

/// A test gives up after this time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

impl System {
    /// Waits until `check` finds something, looking again whenever anything happens in the system.
    pub(crate) async fn until<T>(&self, what: &str, check: impl AsyncFn() -> Option<T>) -> T {
        let mut events = self.events();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                // This check sees all earlier events; only a later one is a reason for the next check.
                events = events.resubscribe();
                if let Some(found) = check().await {
                    return found;
                }
                // Some changes come without an event, so check again after a moment.
                let _ = tokio::time::timeout(Duration::from_millis(100), events.recv()).await;
            }
        });
        found.await.unwrap_or_else(|_| panic!("no {what} within {PATIENCE:?}; the log:\n{}", self.log.text()))
    }

    /// Waits until the log has so many lines with this message, and returns them.
    pub(crate) async fn logged(&self, message: &str, count: usize) -> Vec<Value> {
        let lines = async || Some(self.log.with_message(message)).filter(|lines| lines.len() >= count);
        self.until(&format!("{count} lines {message:?}"), lines).await
    }

    /// Waits for an object.
    pub(crate) async fn stored_object(&self, key: &str) -> Object {
        self.until(key, async || self.find_object(key).await).await
    }

    /// Waits for an object, and returns what is in it as JSON.
    pub(crate) async fn stored(&self, key: &str) -> Value {
        serde_json::from_str(&self.stored_object(key).await.text).expect("an object is JSON")
    }

    /// Waits until the bucket holds `count` objects, and returns their keys.
    pub(crate) async fn stored_keys(&self, count: usize) -> Vec<String> {
        let what = format!("{count} objects");
        self.until(&what, async || Some(self.keys().await).filter(|keys| keys.len() >= count)).await
    }

    /// Waits until every message is stored or dead-lettered.
    pub(crate) async fn queue_drained(&self) {
        let drained = async || (self.queued(self.queue_url()).await == 0).then_some(());
        self.until("an empty queue", drained).await;
    }

    /// Waits until so many messages are in the dead-letter queue, at most ten, and receives them.
    pub(crate) async fn dead_letters(&self, count: usize) -> Vec<Message> {
        let queue_url = self.dead_letter_queue_url();
        let all = async || (self.queued(&queue_url).await == count).then_some(());
        self.until(&format!("{count} dead letters"), all).await;
        self.receive(&queue_url).await
    }
}
