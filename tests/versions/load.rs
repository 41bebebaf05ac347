//! Emails, queue messages and invalid messages of all kinds, and the checks of their objects.

use crate::harness::{Object, Ours, System, email, hostile_senders, root};
use ::email::{ContentDigest, Layout, ObjectKey, wire_format};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The bucket.
pub(crate) type Objects = BTreeMap<String, Object>;
/// Each email with the receipts that it was accepted with.
pub(crate) type Receipts = Vec<(Value, BTreeSet<String>)>;

/// A receipt that isn't from `api`.
const BY_HAND: &str = "0198c0de-0000-7000-8000-000000000001";
const POISON: [&str; 3] = ["no JSON at all", r#"{"email_sender": "a"}"#, "[]"];

/// Emails to post: hostile and Unicode senders, three of one name, one of them twice, a large one, odd characters.
fn posted() -> Vec<Value> {
    let with_content = |sender: &str, content: &str| {
        let mut data = email(sender);
        data["email_content"] = json!(content);
        data
    };
    let mut all: Vec<_> = hostile_senders().iter().map(|sender| email(sender)).collect();
    all.extend(["one", "two", "three", "three"].map(|content| with_content("of one name", content)));
    all.push(with_content("large", &"x".repeat(500_000)));
    all.push(with_content(
        "odd",
        "\u{0}\t\r\n\u{1f}\u{7f}\u{85}\u{fffd}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}\"\\👍e\u{301}",
    ));
    let mut other_times = email("early");
    other_times["email_timestream"] = json!("0007");
    all.push(other_times);
    all
}

/// Messages to put into the queue: every form that was ever released, with and without a receipt.
fn queued() -> Vec<(String, Option<&'static str>)> {
    let fixtures = std::fs::read_dir(root().join("crates/email/fixtures")).unwrap();
    let forms: Vec<_> = fixtures.map(|form| std::fs::read_to_string(form.unwrap().path()).unwrap()).collect();
    assert!(!forms.is_empty());
    let of = |(n, form): (usize, &String)| {
        [("with", Some(BY_HAND)), ("without", None)]
            .map(|(what, receipt)| (form.replace("John doe", &format!("form {n} {what} receipt")), receipt))
    };
    forms.iter().enumerate().flat_map(of).collect()
}

/// The names that an email may have: its own, or the one beside another of the same name.
pub(crate) fn names(data: &Value) -> [String; 2] {
    let email = wire_format::decode(&data.to_string()).unwrap();
    let key = ObjectKey::new(Layout::Flat, &email);
    [key.to_string(), key.with_short_digest(&ContentDigest::of(&email)).to_string()]
}

/// Sends all of it.
pub(crate) async fn send(system: &System) -> Receipts {
    let mut receipts = Receipts::new();
    for body in POISON {
        system.enqueue(body, Some(BY_HAND)).await;
    }
    for (body, receipt) in queued() {
        system.enqueue(&body, receipt).await;
        let data = serde_json::from_str(&body).unwrap();
        receipts.push((data, receipt.into_iter().map(str::to_owned).collect()));
    }
    for data in posted() {
        let receipt = system.post(&data).await.receipt();
        match receipts.iter_mut().find(|(known, _)| *known == data) {
            Some((_, receipts)) => {
                receipts.insert(receipt);
            }
            None => receipts.push((data, BTreeSet::from([receipt]))),
        }
    }
    receipts
}

/// Waits until every message is stored or dead, and returns the objects. Invalid messages are dead and unchanged.
pub(crate) async fn filed(system: &Ours) -> Objects {
    let mut letters: Vec<_> = system
        .dead_letters(POISON.len())
        .await
        .iter()
        .map(|letter| letter.body().unwrap().to_owned())
        .collect();
    letters.sort_unstable();
    let mut poison = POISON;
    poison.sort_unstable();
    assert_eq!(letters, poison);
    system.queue_drained().await;
    let mut objects = Objects::new();
    for key in system.keys().await {
        let object = system.object(&key).await;
        objects.insert(key, object);
    }
    objects
}

/// Each email is there once, whole, under one of its names; with a receipt of its own, unless it had none.
pub(crate) fn check(objects: &Objects, receipts: &Receipts) {
    assert_eq!(objects.len(), receipts.len(), "each once: {:?}", objects.keys());
    for (data, receipts) in receipts {
        let found: Vec<_> = names(data).into_iter().filter_map(|name| objects.get(&name)).collect();
        let is_it = |object: &&&Object| serde_json::from_str::<Value>(&object.text).unwrap() == *data;
        let object =
            found.iter().find(is_it).unwrap_or_else(|| panic!("{data:.200} is not where it should be"));
        match object.metadata.get("receipt") {
            Some(receipt) => assert!(receipts.contains(receipt), "{data:.200}: {receipt}"),
            None => assert!(receipts.is_empty(), "{data:.200}: without its receipt"),
        }
    }
}
