//! Objects of the layout `batch`, as `worker` writes them.

use super::{System, email};
use ::email::{ContentDigest, Receipt, wire_format};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// An email as a line of a batch.
pub(crate) fn batch_line(sender: &str, receipt: Receipt) -> String {
    let mut line = email(sender);
    let digest = ContentDigest::of(&wire_format::decode(&line.to_string()).expect("an email"));
    let accepted = receipt.accepted_at().expect("a receipt with a time");
    line["receipt"] = receipt.to_string().into();
    line["digest"] = digest.to_string().into();
    line["accepted_at"] = humantime::format_rfc3339_millis(accepted).to_string().into();
    format!("{line}\n")
}

impl System {
    pub(crate) async fn put_batch(&self, key: &str, lines: &[String]) {
        let body = lines.concat();
        let put = self.s3.put_object().bucket(self.bucket()).key(key).content_type("application/x-ndjson");
        let put = put.metadata("digest", hex::encode(Sha256::digest(&body)));
        let put = put.metadata("emails", lines.len().to_string());
        put.body(body.into_bytes().into()).send().await.expect("a bucket that takes it");
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
