//! `mailroom find` and `audit` where an object has many emails, and an email is in many objects.

use super::found;
use crate::harness::{Ours, Setup, batch_line, email};
use email::Receipt;
use serde_json::{Value, json};

const KEY: &str = "batches/2026/01/31/12/a.ndjson";
const OTHER_KEY: &str = "batches/2026/01/31/13/b.ndjson";

/// A batch with an email of each sender, and their receipts.
async fn put_batch<const N: usize>(system: &Ours, key: &str, senders: [&str; N]) -> [String; N] {
    let receipts = senders.map(|_| Receipt::new());
    let lines: Vec<_> = senders.iter().zip(receipts).map(|(sender, it)| batch_line(sender, it)).collect();
    system.put_batch(key, &lines).await;
    receipts.map(|receipt| receipt.to_string())
}

/// What `worker` says when it has stored an email in a batch.
fn log_as_stored(system: &Ours, receipt: &str, key: &str, outcome: &str) {
    let group = format!("/aws/lambda/{}-worker", system.stack_name());
    let line = json!({"level": "INFO", "message": "filed", "receipt": receipt, "outcome": outcome, "object": key,
        "receives": "1", "duration_ms": 5.0});
    system.stack.aws().logs().group(&group).new_stream(receipt).put(&line.to_string());
}

fn places(report: &Value) -> Vec<(&Value, &Value, &Value)> {
    let emails = report["emails"].as_array().unwrap().iter();
    emails.map(|email| (&email["receipt"], &email["object"]["key"], &email["object"]["line"])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_found_by_its_receipt_in_the_batch_that_the_log_names() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let [_, receipt] = put_batch(&system, KEY, ["a", "John doe"]).await;
    for (outcome, more) in [("new", 0), ("already", 1)] {
        log_as_stored(&system, &receipt, KEY, outcome);
        let before = system.calls("ListObjectVersions");
        let report = found(&system.run(&["find", &receipt, "--json", "--show"]).await, 0);
        assert_eq!(
            system.calls("ListObjectVersions"),
            before + 1,
            "only the versions of this key are listed"
        );
        let first = &report["emails"][0];
        assert_eq!((&first["state"], &first["certain"]), (&json!("stored"), &json!(true)), "{report:#}");
        assert_eq!(places(&report), [(&json!(receipt), &json!(KEY), &json!(2))]);
        assert_eq!(first["content"], email("John doe"));
        assert_eq!(first["log"].as_array().unwrap().len(), 1 + more, "{report:#}");
    }
    let said = system.run(&["find", &receipt]).await;
    let words = [KEY, "line         2", "stored"];
    assert!(said.code == Some(0) && words.iter().all(|word| said.stdout.contains(word)), "{said:#?}");
    assert!(!said.stdout.contains("How are you?") && !said.stdout.contains("duplicate"), "{said:#?}");

    system.s3.delete_object().bucket(system.bucket()).key(KEY).send().await.unwrap();
    let report = found(&system.run(&["find", &receipt, "--json", "--show"]).await, 0);
    assert_eq!(report["emails"][0]["state"], "deleted", "{report:#}");
    assert_eq!(report["emails"][0]["content"], email("John doe"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_found_by_its_receipt_where_no_log_line_names_its_batch() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let [own, others] = put_batch(&system, KEY, ["a", "b"]).await;
    put_batch(&system, OTHER_KEY, ["a", "b"]).await;
    system.put_object("batches/notes.txt", "nothing that can be read\n\u{1b}[2J").await;
    system.put_object("a_1.json", &email("a").to_string()).await;
    let report = found(&system.run(&["find", &own, "--json"]).await, 0);
    assert_eq!(places(&report), [(&json!(own), &json!(KEY), &json!(1))]);
    // The log names a batch that `forget` has replaced since then.
    log_as_stored(&system, &others, KEY, "new");
    assert_eq!(system.run(&["forget", "--sender", "a", "--yes"]).await.code, Some(3), "the notes stay");
    let report = found(&system.run(&["find", &others, "--json"]).await, 0);
    assert_eq!(report["emails"][0]["state"], "stored", "{report:#}");
    assert_ne!(report["emails"][0]["object"]["key"], KEY, "{report:#}");
    let said = system.run(&["find", &Receipt::new().to_string()]).await;
    assert!(said.code == Some(3) && said.stdout.contains("has its receipt"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_senders_emails_are_listed_once_however_many_batches_have_them() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let receipts = [Receipt::new(), Receipt::new()];
    let [first, second] = receipts.map(|receipt| batch_line("a", receipt));
    system.put_batch(KEY, &[first.clone(), batch_line("a_1", Receipt::new())]).await;
    system.put_batch(KEY, std::slice::from_ref(&first)).await; // the version above it is older now
    system.put_batch(OTHER_KEY, &[batch_line("b", Receipt::new()), first, second]).await;
    let report = found(&system.run(&["find", "--sender", "a", "--json"]).await, 0);
    let mut seen: Vec<_> =
        places(&report).into_iter().map(|(receipt, ..)| receipt.as_str().unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, receipts.map(|receipt| receipt.to_string()), "{report:#}");
    assert!(
        report["emails"].as_array().unwrap().iter().all(|email| email["state"] == "stored"),
        "{report:#}"
    );
    let report = found(&system.run(&["find", "--sender", "a", "--max", "1", "--json"]).await, 0);
    assert_eq!((report["emails"].as_array().unwrap().len(), &report["more"]), (1, &json!(1)));
    let report = found(&system.run(&["find", "--sender", "a_1", "--json", "--show"]).await, 0);
    assert_eq!(report["emails"][0]["state"], "deleted", "{report:#}");
    assert_eq!(report["emails"][0]["content"], email("a_1"));
    system.put_object("a_1.json", &email("a").to_string()).await;
    let report = found(&system.run(&["find", "--sender", "a", "--json"]).await, 0);
    assert_eq!(report["emails"].as_array().unwrap().len(), 3, "another layout's too: {report:#}");
    let said = system.run(&["find", "--sender", "a", "--since", "2999-01-01T00:00:00Z"]).await;
    assert!(said.code == Some(3) && said.stdout.contains("not found"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emails_of_a_batch_are_listed_by_its_key() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let [first, second, third] = put_batch(&system, KEY, ["a", "b", "c"]).await;
    let report = found(&system.run(&["find", "--object", KEY, "--json", "--show"]).await, 0);
    let lines = [1, 2, 3].map(|line| json!(line));
    let receipts = [first, second, third].map(|receipt| json!(receipt));
    let expected: Vec<_> = receipts.iter().zip(&lines).collect();
    let listed: Vec<_> = places(&report).into_iter().map(|(receipt, _, line)| (receipt, line)).collect();
    assert_eq!(listed, expected);
    assert_eq!(report["emails"][2]["content"], email("c"));
    let said = system.run(&["find", "--object", KEY, "--max", "2"]).await;
    let words = ["2 emails", &format!("{KEY}, line 2"), "1 email more: --max N lists them"];
    assert!(said.code == Some(0) && words.iter().all(|word| said.stdout.contains(word)), "{said:#?}");
    let [only] = put_batch(&system, OTHER_KEY, ["a"]).await;
    log_as_stored(&system, &only, OTHER_KEY, "new");
    let report = found(&system.run(&["find", "--object", OTHER_KEY, "--json"]).await, 0);
    assert_eq!(report["emails"][0]["log"].as_array().unwrap().len(), 1, "{report:#}");
    let said = system.run(&["find", &only, "--max", "2"]).await;
    assert_eq!(said.code, Some(2), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_looks_into_the_batches_for_what_the_log_does_not_say() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let mut receipts = Vec::new();
    for sender in ["a", "b", "lost"] {
        receipts.push(system.post(&email(sender)).await.receipt());
    }
    system.sqs.purge_queue().queue_url(system.queue_url()).send().await.unwrap();
    let lines: Vec<_> =
        receipts.iter().take(2).map(|receipt| batch_line("a", receipt.parse().unwrap())).collect();
    system.put_batch(KEY, &lines).await;
    system.put_batch(OTHER_KEY, &lines).await;
    let account = found(&system.run(&["audit", "--json", "--settle", "0s"]).await, 3);
    let numbers =
        ["accepted", "filed", "filed_without_log", "missing"].map(|name| account[name].as_u64().unwrap());
    assert_eq!(numbers, [3, 2, 2, 1], "each counts once: {account:#}");
    assert_eq!(account["missing_receipts"], json!([receipts[2]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_worker_stores_in_batches_is_found_audited_and_forgotten() {
    let system = Ours::start_with(Setup::usual().parameter("ObjectKeyLayout", "batch")).await;
    let mut receipts = Vec::new();
    for sender in ["a", "b", "a", "c"] {
        receipts.push(system.post(&email(sender)).await.receipt());
    }
    system.logged("filed", 4).await;
    let lists = system.calls("ListObjectVersions");
    let report = found(&system.run(&["find", &receipts[1], "--json", "--show"]).await, 0);
    assert_eq!(report["emails"][0]["state"], "stored", "{report:#}");
    assert_eq!(report["emails"][0]["content"], email("b"));
    assert_eq!(system.calls("ListObjectVersions"), lists + 1, "the log names the object");
    let report = found(&system.run(&["find", "--sender", "a", "--json"]).await, 0);
    assert_eq!(report["emails"].as_array().unwrap().len(), 2, "the same email was sent twice: {report:#}");
    let audit = system.run(&["audit", "--settle", "0s"]).await;
    assert!(audit.stdout.contains("accepted 4, stored 4, not accounted for 0, missing 0"), "{audit:#?}");

    let erased = found(&system.run(&["forget", "--sender", "a", "--yes", "--json"]).await, 0);
    assert!(erased["buckets"][0]["versions"].as_u64() >= Some(1), "{erased:#}");
    let mut left: Vec<_> =
        system.in_batches().await.into_iter().map(|(_, line)| line["receipt"].clone()).collect();
    left.sort_by_key(Value::to_string);
    assert_eq!(left, [json!(receipts[1]), json!(receipts[3])]);
    for (receipt, code) in [(&receipts[0], 3), (&receipts[1], 0), (&receipts[3], 0)] {
        found(&system.run(&["find", receipt, "--json"]).await, code);
    }
    assert_eq!(system.run(&["audit", "--settle", "0s"]).await.code, Some(0), "the log shows them as stored");
}
