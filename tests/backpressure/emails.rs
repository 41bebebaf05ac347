//! Many emails, and their objects.

use super::spread::Spread;
use crate::harness::{Ours, QUEUE, System, Watch, email};
use futures::{StreamExt, stream};
use sandbox::services::sqs::{MessageAttribute, NewMessage};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Messages that are sent before the test waits for their events.
const SENT_AT_ONCE: usize = 1_000;
/// Objects that are read at a time.
const READ_AT_ONCE: usize = 16;

/// Accepted emails, by their receipts.
pub(crate) type Accepted = BTreeMap<String, Value>;

/// The email of a sender with this number, no two of the same length nearby.
fn numbered(kind: &str, n: usize) -> Value {
    let mut data = email(&format!("{kind} {n}"));
    data["email_content"] = json!(format!("email {n}: {}", "x".repeat(n % 97 * 20)));
    data
}

/// Puts emails into the queue as `api` does, of the senders `{kind} 0`, `{kind} 1`, ...
pub(crate) async fn queue_up(system: &Ours, watch: &Watch, kind: &str, count: usize) -> Accepted {
    let (queue, before) = (system.queue(QUEUE), watch.look(|seen| seen.sent.len()));
    let mut accepted = Accepted::new();
    for n in 0..count {
        let (data, receipt) = (numbered(kind, n), format!("0198c0de-0000-7000-8000-{:012}", before + n));
        let value = Some(receipt.clone());
        let attribute =
            MessageAttribute { data_type: "String".to_owned(), string_value: value, binary_value: None };
        let attributes = BTreeMap::from([("receipt".to_owned(), attribute)]);
        queue.send(NewMessage { body: data.to_string(), attributes, ..NewMessage::default() }).unwrap();
        accepted.insert(receipt, data);
        if accepted.len().is_multiple_of(SENT_AT_ONCE) || accepted.len() == count {
            let all = before + accepted.len();
            watch.until("messages in the queue", |seen| seen.sent.len() == all).await;
        }
    }
    accepted
}

/// Posts emails at a steady rate, however long the answers take; each must be accepted. How long the answers took.
pub(crate) async fn post(
    system: &System,
    kind: &str,
    a_second: u32,
    during: Duration,
    accepted: &mut Accepted,
) -> Spread {
    let (pause, seconds) = (Duration::from_secs(1) / a_second, u32::try_from(during.as_secs()).unwrap());
    let count = a_second * seconds;
    let begin = Instant::now();
    let posts = (0..count).map(|n| async move {
        sleep_until(begin + pause * n).await;
        let (data, started) = (numbered(kind, n as usize), Instant::now());
        let receipt = system.post(&data).await.receipt();
        (receipt, data, started.elapsed())
    });
    let mut posts = stream::iter(posts).buffer_unordered(count as usize);
    let mut answers = Vec::new();
    while let Some((receipt, data, took)) = posts.next().await {
        accepted.insert(receipt, data);
        answers.push(took);
    }
    Spread::of(answers)
}

/// Each of the emails is in the bucket, whole and with its receipt, and nothing else is; the queue is empty.
pub(crate) async fn all_filed(system: &System, watch: &Watch, accepted: &Accepted) {
    system.queue_drained().await;
    let keys = system.keys().await;
    assert_eq!(keys.len(), accepted.len(), "once");
    assert_eq!(watch.look(|seen| seen.filed.len()), accepted.len(), "written once");
    let objects = stream::iter(keys).map(async |key| system.object(&key).await);
    let mut objects = objects.buffer_unordered(READ_AT_ONCE);
    while let Some(object) = objects.next().await {
        let stored: Value = serde_json::from_str(&object.text).unwrap();
        assert_eq!(stored, accepted[&object.metadata["receipt"]], "whole, with its receipt");
    }
}
