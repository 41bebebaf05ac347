//! Many emails at once.

use crate::harness::{System, email, on_both};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both!(more_emails_than_one_receive_brings_are_all_filed);

async fn more_emails_than_one_receive_brings_are_all_filed(system: &System) {
    let (emails, at_once) = (25, 5);
    let posts = stream::iter((0..emails).map(numbered))
        .map(|data| async move { (system.post(&data).await.receipt(), data) });
    let accepted: BTreeMap<String, Value> = posts.buffer_unordered(at_once).collect().await;
    assert_eq!(accepted.len(), emails, "every acceptance has a receipt of its own");

    system.stored_keys(emails).await;
    system.queue_drained().await;
    let keys = system.keys().await;
    assert_eq!(keys.len(), emails, "once");
    for key in keys {
        let object = system.object(&key).await;
        let stored: Value = serde_json::from_str(&object.text).unwrap();
        let receipt = &object.metadata["receipt"];
        assert_eq!(stored, accepted[receipt], "whole, under the receipt it was accepted with");
    }
    assert_eq!(system.queued(&system.dead_letter_queue_url()).await, 0);
}

/// The n-th email. Every tenth shares its name with the one before.
fn numbered(n: usize) -> Value {
    let mut data = email(&format!("sender {}", if n % 10 == 9 { n - 1 } else { n }));
    data["email_content"] = json!(format!("email {n}: {}", "x".repeat(n * 20)));
    data
}
