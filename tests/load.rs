//! Many emails at once.

use crate::harness::{System, email, on_both};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both!(five_hundred_emails_twenty_at_a_time_are_all_filed_whole_and_once);

const EMAILS: usize = 500;
const AT_ONCE: usize = 20;

async fn five_hundred_emails_twenty_at_a_time_are_all_filed_whole_and_once(system: &System) {
    let posts = stream::iter((0..EMAILS).map(numbered))
        .map(|data| async move { (system.post(&data).await.receipt(), data) });
    let accepted: BTreeMap<String, Value> = posts.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(accepted.len(), EMAILS, "every acceptance has a receipt of its own");

    system.stored_keys(EMAILS).await;
    system.queue_drained().await;
    let keys = system.keys().await;
    assert_eq!(keys.len(), EMAILS, "once");
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
