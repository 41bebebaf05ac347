//! `ObjectKeyLayout=batch`: the emails of an invocation in one object, each at least once and whole.

use crate::harness::{Ours, Setup, System, email, on_both};
use ::email::{BatchKey, BatchLine};
use sandbox::services::faults::Times;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both!(
    every_accepted_email_is_a_line_with_its_receipt: parameter("ObjectKeyLayout", "batch"),
    a_batch_delivered_again_changes_nothing_and_another_mix_is_another_object: parameter("ObjectKeyLayout", "batch"),
    what_is_no_email_stays_in_the_queue_alone: parameter("ObjectKeyLayout", "batch"),
    another_object_of_the_batchs_name_is_not_overwritten: parameter("ObjectKeyLayout", "batch"),
    the_canarys_email_has_an_object_of_its_own: parameter("ObjectKeyLayout", "batch"),
);

/// The lines of all objects; each object has the name that its bytes give it.
async fn lines(system: &System) -> Vec<BatchLine> {
    let mut lines = Vec::new();
    for key in system.keys().await {
        lines.extend(lines_of(system, &key).await);
    }
    lines
}

async fn lines_of(system: &System, key: &str) -> Vec<BatchLine> {
    let object = system.object(key).await;
    let lines: Vec<_> = object.text.lines().map(|line| BatchLine::parse(line.as_bytes()).unwrap()).collect();
    let key: BatchKey = key.parse().unwrap_or_else(|_| panic!("{key}"));
    assert_eq!(object.content_type, "application/x-ndjson");
    assert_eq!(object.metadata["digest"], key.digest());
    assert_eq!(object.metadata["emails"], lines.len().to_string());
    assert!(object.text.ends_with('\n'));
    lines
}

fn bodies(senders: &[&str]) -> Vec<String> {
    senders.iter().map(|sender| email(sender).to_string()).collect()
}

async fn every_accepted_email_is_a_line_with_its_receipt(system: &System) {
    let mut receipts = BTreeSet::new();
    for n in 0..20 {
        receipts.insert(system.post(&email(&format!("sender {n}"))).await.receipt());
    }
    let filed = system.logged("filed", 20).await;
    let stored = lines(system).await;
    assert_eq!(stored.len(), 20);
    for line in &stored {
        let receipt = line.receipt.unwrap();
        assert!(receipts.remove(&receipt.to_string()), "each once");
        let said = filed.iter().find(|filed| filed["receipt"] == receipt.to_string()).unwrap();
        let key = said["object"].as_str().unwrap();
        assert!(lines_of(system, key).await.contains(line), "the log leads to the object");
        assert_eq!(said["outcome"], "new");
        // A receipt holds the milliseconds of its making.
        let accepted = line.accepted_at.as_ref().unwrap().to_string();
        assert!(
            key.starts_with(&format!("batches/{}/", accepted[..13].replace(['-', 'T'], "/"))),
            "{key} {accepted}"
        );
    }
}

async fn a_batch_delivered_again_changes_nothing_and_another_mix_is_another_object(system: &System) {
    for outcome in ["new", "already"] {
        assert_eq!(system.work(&bodies(&["a", "b"])).await, [""; 0]);
        let last = system.logged("filed", if outcome == "new" { 2 } else { 4 }).await;
        assert!(last[last.len() - 2..].iter().all(|line| line["outcome"] == outcome), "{last:?}");
    }
    assert_eq!(system.keys().await.len(), 1);
    assert_eq!(system.work(&bodies(&["b", "a", "b"])).await, [""; 0]);
    assert_eq!(system.keys().await.len(), 1, "the same emails in another order, one of them twice");
    assert_eq!(system.work(&bodies(&["b", "c"])).await, [""; 0]);
    assert_eq!(system.keys().await.len(), 2);
    let identities: Vec<_> = lines(system).await.iter().map(BatchLine::identity).collect();
    assert_eq!(
        (identities.len(), identities.iter().collect::<BTreeSet<_>>().len()),
        (4, 3),
        "b is known again"
    );
}

async fn what_is_no_email_stays_in_the_queue_alone(system: &System) {
    let good = bodies(&["a", "b"]);
    let faulty = json!({"email_sender": "c"}).to_string();
    let batch = [good[0].clone(), "secret".to_owned(), good[1].clone(), faulty.clone()];
    assert_eq!(system.work(&batch).await, ["m-1", "m-3"]);
    let stored: Vec<_> =
        lines(system).await.iter().map(|line| line.email.sender.as_str().to_owned()).collect();
    assert_eq!(stored.len(), 2);
    assert!(!system.log.text().contains("secret"));
    assert_eq!(system.work(&[faulty]).await, ["m-0"]);
    assert_eq!(system.keys().await.len(), 1, "no email, no object");
}

async fn another_object_of_the_batchs_name_is_not_overwritten(system: &System) {
    assert_eq!(system.work(&bodies(&["a"])).await, [""; 0]);
    let keys = system.keys().await;
    system.s3.delete_object().bucket(system.bucket()).key(&keys[0]).send().await.unwrap();
    system.put_object(&keys[0], "something else").await;
    assert_eq!(system.work(&bodies(&["a"])).await, ["m-0"]);
    assert_eq!(system.object(&keys[0]).await.text, "something else");
    let said = &system.logged("not filed: given back", 1).await[0]["error"];
    assert!(said.as_str().is_some_and(|said| said.contains(&keys[0]) && said.contains("move")), "{said}");
}

async fn the_canarys_email_has_an_object_of_its_own(system: &System) {
    assert_eq!(system.work(&bodies(&["a", "mailroom-canary-8f6d3a10", "b"])).await, [""; 0]);
    let keys = system.keys().await;
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert_eq!(lines_of(system, &keys[0]).await.len(), 2);
    assert_eq!(keys[1], "mailroom-canary-8f6d3a10_1693561101.json");
    let object: Value = serde_json::from_str(&system.object(&keys[1]).await.text).unwrap();
    assert_eq!(object, email("mailroom-canary-8f6d3a10"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_object_no_email_of_a_batch_is_done() {
    let system = Ours::start_with(Setup::usual().parameter("ObjectKeyLayout", "batch")).await;
    for (status, code) in [(503, "SlowDown"), (403, "AccessDenied")] {
        system.fail("PutObject", status, code, Times::Always);
        assert_eq!(system.work(&bodies(&["a", "b"])).await, ["m-0", "m-1"], "{code}");
        system.stack.aws().faults().clear();
    }
    assert_eq!(system.keys().await, [""; 0]);
    assert_eq!(system.work(&bodies(&["a", "b"])).await, [""; 0]);
    assert_eq!(lines(&system).await.len(), 2);
}
