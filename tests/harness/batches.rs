//! Objects of the layout `batch`, as `worker` writes them.

use super::{System, email};
use ::email::{BatchLine, BatchObject, Receipt, wire_format};
use serde_json::{Value, json};

/// An email as a line of a batch.
pub(crate) fn batch_line(sender: &str, receipt: Receipt) -> String {
    let email = wire_format::decode(&email(sender).to_string()).expect("an email");
    BatchLine::new(email, Some(receipt), None, None).encode() + "\n"
}

impl System {
    pub(crate) async fn put_batch(&self, key: &str, lines: &[String]) {
        let put = self.s3.put_object().bucket(self.bucket()).key(key).content_type(BatchObject::CONTENT_TYPE);
        put.body(lines.concat().into_bytes().into()).send().await.expect("a bucket that takes it");
    }

    /// The emails of all batches, with the keys of these.
    pub(crate) async fn in_batches(&self) -> Vec<(String, Value)> {
        let mut emails = Vec::new();
        for key in self.keys().await.into_iter().filter(|key| key.starts_with("batches/")) {
            let lines = self.object(&key).await.text;
            emails.extend(
                lines.lines().map(|line| (key.clone(), serde_json::from_str(line).unwrap_or(json!(line)))),
            );
        }
        emails
    }
}
