//! A pipe of many emails whose `send` is interrupted: with a journal, each is accepted once and stored once.
//!
//! In CI some thousands; by hand as many as one likes:
//! `MAILROOM_SEND_EMAILS=100000 cargo test --workspace --test end_to_end interrupted_three_times -- --nocapture`.
//! Not under `nohup`: `send` then ignores SIGHUP, as it should.

use super::inputs::signal;
use super::{emails, lines};
use crate::chaos::drained;
use crate::harness::{Ours, QUEUE, Said, Setup};
use crate::tools::{argument, found};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;

const EMAILS: (&str, usize) = ("MAILROOM_SEND_EMAILS", 2_000);
const SIGNALS: [&str; 3] = ["INT", "TERM", "HUP"];
/// S3 clients that read the objects.
const READERS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_that_is_interrupted_three_times_is_stored_once() {
    let count = std::env::var(EMAILS.0).map_or(EMAILS.1, |count| count.parse().expect("a number of emails"));
    let emails = emails(count);
    let text = lines(&emails).join("\n");
    let directory = tempfile::tempdir().unwrap();
    let journal = directory.path().join("journal");
    let system = Ours::start_with(Setup::usual().time_scale(100.0)).await;

    let (started, mut accepted) = (Instant::now(), 0);
    for (round, signal) in (1..).zip(SIGNALS) {
        let stop = Some((signal, count * round / (SIGNALS.len() + 1)));
        let report = found(&send(&system, &text, &journal, stop).await, 130);
        assert_eq!((&report["interrupted"], &report["accepted_before"]), (&json!(true), &json!(accepted)));
        accepted += report["accepted"].as_u64().unwrap();
        assert!(accepted < count as u64, "{signal} came after the end");
    }
    let report = found(&send(&system, &text, &journal, None).await, 0);
    assert_eq!(report["accepted_before"], accepted);
    assert_eq!(accepted + report["accepted"].as_u64().unwrap(), count as u64);
    println!("{count} emails accepted in {:.0?}, with {} interrupts", started.elapsed(), SIGNALS.len());

    drained(&system.queue(QUEUE)).await;
    stored_once(&system, &emails).await;
    println!("all stored once after {:.0?}", started.elapsed());
}

/// Runs `send` with the text on a pipe, and sends it a signal when SQS has so many messages.
async fn send(system: &Ours, text: &str, journal: &Path, stop: Option<(&str, usize)>) -> Said {
    let arguments = ["send", "-", "--json", "--batch", "20", "--journal", argument(journal)];
    let mut tool = system.tool(&arguments).await;
    let process = tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = process.spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let writing = async move {
        // An interrupted program reads no more.
        let _ = stdin.write_all(text.as_bytes()).await;
    };
    let stopping = async {
        let Some((name, at)) = stop else { return };
        while 10 * system.calls("SendMessageBatch") < at as u64 && process.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // If it has ended by itself, the test shows what it said.
        if process.id().is_some() {
            signal(&process, name).await;
        }
    };
    tokio::join!(writing, stopping);
    process.wait_with_output().await.unwrap().into()
}

/// The bucket has an object for each email, whole and under its own key, and nothing else.
async fn stored_once(system: &Ours, emails: &[Value]) {
    let key = |email: &Value| format!("{}_1693561101.json", email["email_sender"].as_str().unwrap());
    let (found, expected) = (system.keys().await, emails.iter().map(key).collect::<BTreeSet<_>>());
    assert_eq!(found.len(), expected.len());
    assert!(found.into_iter().collect::<BTreeSet<_>>() == expected, "each key is an email's");
    let read = stream::iter(emails).map(|email| async move {
        let object = system.find_object(&key(email)).await.expect("it is listed");
        assert_eq!(&serde_json::from_str::<Value>(&object.text).unwrap(), email, "whole");
    });
    read.buffer_unordered(READERS).collect::<Vec<()>>().await;
}
