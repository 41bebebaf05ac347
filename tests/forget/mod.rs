//! `mailroom forget`: a sender's emails are gone wherever they were, and nobody else's.
//!
//! - `buckets`: versions, delete markers and layouts; `batches`: objects with emails of many senders;
//! - `copies`: replicas and query results;
//! - `letters`: dead letters and queued emails; `stopped`: missing rights, locks, signals and kills.

mod batches;
mod buckets;
mod copies;
mod letters;
mod stopped;

use crate::harness::{Said, System, email};
use futures::{StreamExt, stream};
use serde_json::Value;
use std::collections::BTreeSet;

/// Runs the command, which ends with this code.
async fn forget(system: &System, sender: &str, yes: &[&str], code: i32) -> Value {
    let arguments = [&["forget", "--sender", sender, "--json"], yes].concat();
    let said = system.run(&arguments).await;
    assert_eq!(said.code, Some(code), "{said:#?}");
    says_nothing_of_an_email(&said);
    said.json()
}

const YES: &[&str] = &["--yes"];

/// No test names a bucket or a stack so.
fn says_nothing_of_an_email(said: &Said) {
    for word in ["John", "_1693561101", "Hello", "How are you?"] {
        assert!(!said.stdout.contains(word) && !said.stderr.contains(word), "{word}: {said:#?}");
    }
}

/// Keys, versions, delete markers of a bucket's report.
fn numbers(erased: &Value) -> [u64; 3] {
    ["keys", "versions", "delete_markers"].map(|name| erased[name].as_u64().unwrap())
}

/// Puts an email by hand under a key, as a version more.
async fn put(system: &System, key: &str, sender: &str) {
    system.put_object(key, &email(sender).to_string()).await;
}

async fn delete(system: &System, key: &str) {
    system.s3.delete_object().bucket(system.bucket()).key(key).send().await.unwrap();
}

/// All versions and delete markers of a bucket, each as its key and a word.
async fn entries(s3: &aws_sdk_s3::Client, bucket: &str) -> Vec<(String, &'static str)> {
    let (mut entries, mut marker) = (Vec::new(), (None, None));
    loop {
        let list = s3.list_object_versions().bucket(bucket).set_key_marker(marker.0);
        let page = list.set_version_id_marker(marker.1).send().await.unwrap();
        entries.extend(page.versions().iter().map(|version| (version.key().unwrap().to_owned(), "version")));
        entries.extend(page.delete_markers().iter().map(|one| (one.key().unwrap().to_owned(), "marker")));
        if page.is_truncated() != Some(true) {
            return entries;
        }
        marker = (page.next_key_marker.clone(), page.next_version_id_marker.clone());
    }
}

/// The keys of the emails' bucket under which anything is left.
async fn left(system: &System) -> BTreeSet<String> {
    entries(&system.s3, system.bucket()).await.into_iter().map(|(key, _)| key).collect()
}

/// Puts an email of the sender for each of so many seconds.
async fn put_many(system: &System, sender: &str, count: u32) {
    let body = email(sender).to_string();
    let puts = (0..count).map(|n| {
        let body = body.clone();
        async move { system.put_object(&format!("{sender}_{n}.json"), &body).await }
    });
    stream::iter(puts).buffer_unordered(16).collect::<Vec<_>>().await;
}
