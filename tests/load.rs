//! Many emails at once.

use crate::harness::{DEAD_LETTER_QUEUE, System, email};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const EMAILS: usize = 500;
const AT_ONCE: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_emails_twenty_at_a_time_are_all_filed_whole_and_once() {
    let system = System::start().await;
    let posts = stream::iter((0..EMAILS).map(numbered)).map(|data| {
        let system = &system;
        async move { (system.post(&data).await.receipt(), data) }
    });
    let accepted: BTreeMap<String, Value> = posts.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(accepted.len(), EMAILS, "every acceptance has a receipt of its own");

    system.stored_keys(EMAILS).await;
    system.queue_drained().await;
    let objects = system.stack.aws().s3().list(system.bucket(), "").await.unwrap();
    assert_eq!(objects.len(), EMAILS, "once");
    for object in objects {
        let stored = system.stored(&object.key).await;
        assert_eq!(
            stored, accepted[&object.metadata["receipt"]],
            "whole, under the receipt it was accepted with"
        );
    }
    assert!(system.stack.aws().sqs().queue(DEAD_LETTER_QUEUE).unwrap().peek().is_empty());
}

/// The n-th email. Every tenth shares its name with the one before.
fn numbered(n: usize) -> Value {
    let mut data = email(&format!("sender {}", if n % 10 == 9 { n - 1 } else { n }));
    data["email_content"] = json!(format!("email {n}: {}", "x".repeat(n * 20)));
    data
}
