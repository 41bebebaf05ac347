//! Objects with emails of many senders: theirs stay, whole and readable, whenever the command stops.

use super::{YES, delete, entries, forget, left, numbers, put};
use crate::dlq::{MOMENT, signal, spawn};
use crate::harness::{Ours, Said, Setup, System, batch_line, on_both};
use email::{BatchKey, BatchLine, BatchObject, Receipt};
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

on_both! {
    the_senders_emails_go_from_every_batch_and_those_of_others_stay_whole,
    old_versions_of_a_batch_are_rewritten_too_and_deleted_emails_of_others_stay_deleted,
    a_current_batch_stays_although_an_old_version_has_the_same_emails,
    a_batch_of_the_sender_alone_leaves_nothing,
    what_is_not_a_batch_stays_and_is_counted,
}

const KEY: &str = "batches/2026/01/31/12/a.ndjson";
const OTHER_KEY: &str = "batches/2026/01/31/13/b.ndjson";

/// The lines of a new email of each sender.
fn lines<const N: usize>(senders: [&str; N]) -> [String; N] {
    senders.map(|sender| batch_line(sender, Receipt::new()))
}

/// The batches that have emails, and these emails.
async fn stored(system: &System) -> (Vec<String>, Vec<Value>) {
    let (mut keys, emails): (Vec<_>, Vec<_>) = system.in_batches().await.into_iter().unzip();
    keys.dedup();
    (keys, sorted(emails))
}

fn emails<const N: usize>(lines: [&String; N]) -> Vec<Value> {
    sorted(lines.map(|line| serde_json::from_str(line).unwrap()).to_vec())
}

/// Receipts are unique.
fn sorted(mut emails: Vec<Value>) -> Vec<Value> {
    emails.sort_by_key(|email| email["receipt"].to_string());
    emails
}

async fn the_senders_emails_go_from_every_batch_and_those_of_others_stay_whole(system: &System) {
    let [a, b, c] = lines(["a", "b", "c"]);
    let [again, d] = lines(["a", "a_1"]);
    system.put_batch(KEY, &[a.clone(), b.clone(), c.clone()]).await;
    system.put_batch(OTHER_KEY, &[again, a, d.clone()]).await;
    put(system, "a_1.json", "a").await;
    let before = entries(&system.s3, system.bucket()).await;
    let counted = &forget(system, "a", &[], 0).await["buckets"][0];
    assert_eq!((numbers(counted), &counted["rewritten"]), ([3, 3, 0], &json!(2)));
    assert_eq!(entries(&system.s3, system.bucket()).await, before, "it only counts");

    let erased = &forget(system, "a", YES, 0).await["buckets"][0];
    assert_eq!(
        (numbers(erased), &erased["rewritten"], &erased["of_others"]),
        ([3, 3, 0], &json!(2), &json!(0))
    );
    let (keys, left_emails) = stored(system).await;
    assert_eq!(left_emails, emails([&b, &c, &d]));
    assert!(!keys.contains(&KEY.to_owned()) && left(system).await.len() == 2, "{keys:?}");
    let key = system.in_batches().await.into_iter().find(|(_, line)| line["email_sender"] == "b").unwrap().0;
    let object = system.object(&key).await;
    let digest = key.parse::<BatchKey>().unwrap().digest().to_owned();
    let lines = object.text.lines().map(|line| BatchLine::parse(line.as_bytes()).unwrap()).collect();
    let as_worker_does = BatchObject::new(lines, SystemTime::now()).unwrap();
    assert_eq!((as_worker_does.key.to_string(), as_worker_does.body), (key, object.text.clone()));
    assert_eq!(object.content_type, "application/x-ndjson");
    assert_eq!(object.metadata, [("digest".into(), digest), ("emails".into(), "2".into())].into());
    assert_eq!(numbers(&forget(system, "a", YES, 0).await["buckets"][0]), [0; 3]);
}

async fn old_versions_of_a_batch_are_rewritten_too_and_deleted_emails_of_others_stay_deleted(
    system: &System,
) {
    let [a, b, c] = lines(["a", "b", "c"]);
    system.put_batch(KEY, &[a.clone(), b.clone()]).await;
    system.put_batch(KEY, &[c.clone(), a]).await;
    delete(system, KEY).await;
    let erased = &forget(system, "a", YES, 0).await["buckets"][0];
    assert_eq!((numbers(erased), &erased["rewritten"]), ([1, 2, 1], &json!(2)));
    assert_eq!(system.keys().await, [""; 0], "what was deleted doesn't come back");
    let mut kinds: Vec<_> =
        entries(&system.s3, system.bucket()).await.into_iter().map(|(_, kind)| kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["marker", "marker", "version", "version"]);
    let list = system.s3.list_object_versions().bucket(system.bucket()).send().await.unwrap();
    let mut kept = Vec::new();
    for version in list.versions() {
        let get = system.s3.get_object().bucket(system.bucket()).key(version.key().unwrap());
        let object = get.set_version_id(version.version_id.clone()).send().await.unwrap();
        let body = object.body.collect().await.unwrap().into_bytes();
        kept.extend(body.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()));
    }
    assert_eq!(sorted(kept), emails([&b, &c]));
}

async fn a_current_batch_stays_although_an_old_version_has_the_same_emails(system: &System) {
    let [a, b] = lines(["a", "b"]);
    for _ in 0..3 {
        system.put_batch(KEY, &[a.clone(), b.clone()]).await;
    }
    let erased = &forget(system, "a", YES, 0).await["buckets"][0];
    assert_eq!((numbers(erased), &erased["rewritten"]), ([1, 3, 0], &json!(3)));
    assert_eq!(stored(system).await.1, emails([&b]));
    assert_eq!(entries(&system.s3, system.bucket()).await.len(), 1);
}

async fn a_batch_of_the_sender_alone_leaves_nothing(system: &System) {
    system.put_batch(KEY, &lines(["a", "a"])).await;
    let erased = &forget(system, "a", YES, 0).await["buckets"][0];
    assert_eq!((numbers(erased), &erased["rewritten"]), ([1, 1, 0], &json!(0)));
    assert_eq!(left(system).await, [].into());
}

async fn what_is_not_a_batch_stays_and_is_counted(system: &System) {
    let [a, b] = lines(["a", "b"]);
    system.put_batch(KEY, &[a, "not an email\n".to_owned(), b]).await;
    system.put_batch(OTHER_KEY, &[]).await;
    let before = entries(&system.s3, system.bucket()).await;
    let erased = &forget(system, "a", YES, 3).await["buckets"][0];
    assert_eq!((numbers(erased), &erased["unclear"]), ([0; 3], &json!({"not an email": 2})));
    assert_eq!(entries(&system.s3, system.bucket()).await, before);
}

#[tokio::test]
async fn a_batch_stays_whole_if_the_others_emails_can_not_be_written() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let [a, b] = lines(["a", "b"]);
    system.put_batch(KEY, &[a.clone(), b.clone()]).await;
    put(&system, "a_1.json", "a").await;
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    let erased = &forget(&system, "a", YES, 3).await["buckets"][0];
    assert_eq!((numbers(erased), &erased["failures"]), ([1, 1, 0], &json!({"AccessDenied": 1})));
    assert_eq!(erased["failed_keys"], 1);
    assert_eq!(stored(&system).await, (vec![KEY.to_owned()], emails([&a, &b])));

    // Somebody has put another object where the others' emails belong.
    system.stack.aws().faults().clear();
    forget(&system, "a", YES, 0).await;
    let (keys, _) = stored(&system).await;
    system.put_batch(KEY, &[a, b]).await;
    system.put_batch(&keys[0], &["other\n".to_owned()]).await;
    let erased = &forget(&system, "a", YES, 3).await["buckets"][0];
    assert_eq!(erased["failures"], json!({"another object has the key": 1}));
    assert_eq!(system.in_batches().await.len(), 3, "nothing was deleted");
}

/// Between the new object and the deletion of the old one, and then again.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_killed_between_writing_and_deleting_loses_nothing_and_is_run_again() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let [a, b, c] = lines(["a", "b", "c"]);
    system.put_batch(KEY, &[a.clone(), b.clone(), c.clone()]).await;
    for _ in 0..2 {
        // The command asks for its right first.
        let deletions = system.calls("DeleteObjects") + 2;
        system.fault("DeleteObjects", Fault::Delay(Duration::from_secs(1)), Times::Always);
        let mut process = spawn(&mut system.tool(&["forget", "--sender", "a", "--yes"]).await);
        while system.calls("DeleteObjects") < deletions {
            tokio::time::sleep(MOMENT).await;
        }
        process.start_kill().unwrap();
        process.wait().await.unwrap();
        system.stack.aws().faults().clear();
        let (keys, mut there) = stored(&system).await;
        there.dedup();
        there.retain(|email| email["email_sender"] != "a");
        assert_eq!(there, emails([&b, &c]), "{keys:?}");
        system.put_batch(KEY, &[a.clone(), b.clone(), c.clone()]).await;
    }
    let erased = &forget(&system, "a", YES, 0).await["buckets"][0];
    assert!(erased["rewritten"].as_u64() >= Some(1), "{erased}");
    assert_eq!(stored(&system).await.1, emails([&b, &c]));
}

/// A signal between writing the others' deleted emails and deleting them again would bring them back.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_brings_no_deleted_email_back() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let [a, b] = lines(["a", "b"]);
    system.put_batch(KEY, &[a.clone(), b]).await;
    delete(&system, KEY).await;
    let (before, deletions) = (system.calls("PutObject"), system.calls("DeleteObject"));
    system.fault("PutObject", Fault::Delay(Duration::from_millis(500)), Times::Always);
    let mut tool = system.tool(&["forget", "--sender", "a", "--yes", "--json"]).await;
    let process = spawn(&mut tool);
    while system.calls("PutObject") == before {
        tokio::time::sleep(MOMENT).await;
    }
    signal(&process, "INT").await;
    let said: Said = process.wait_with_output().await.unwrap().into();
    assert_eq!((said.code, &said.json()["ended"]), (Some(130), &json!("interrupted")), "{said:#?}");
    assert_eq!((system.calls("DeleteObject"), system.keys().await.len()), (deletions + 1, 0));
    let erased = &forget(&system, "a", YES, 0).await["buckets"][0];
    assert_eq!((numbers(erased), &erased["rewritten"]), ([1, 1, 1], &json!(1)));
    assert_eq!(system.keys().await, [""; 0]);
}
