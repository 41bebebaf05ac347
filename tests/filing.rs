//! Nothing is overwritten, and nothing is filed twice.

use crate::harness::{Ours, System, email, on_both};
use local::aws::faults::{Fault, Times};
use serde_json::{Value, json};

on_both!(
    an_object_is_the_four_fields_as_json_with_the_receipt_and_the_hash_beside_it,
    another_email_of_the_same_name_goes_beside_it,
    the_same_email_delivered_again_is_done,
    the_same_email_delivered_again_is_done_however_it_was_written,
    without_a_hash_there_the_bodies_decide,
    what_is_no_email_is_not_overwritten_either,
    an_email_whose_both_names_are_taken_is_given_back,
    racing_writers_of_one_name_lose_nothing_and_add_nothing,
);

const KEY: &str = "John doe_1693561101.json";

/// An email of John doe's with this content: all of them want the same name.
fn email_saying(content: &str) -> Value {
    let mut data = email("John doe");
    data["email_content"] = json!(content);
    data
}

async fn an_object_is_the_four_fields_as_json_with_the_receipt_and_the_hash_beside_it(system: &System) {
    let receipt = system.post(&email("John doe")).await.receipt();
    assert_eq!(system.stored(KEY).await, email("John doe"));
    let object = system.object(KEY).await;
    assert_eq!(object.content_type, "application/json");
    assert_eq!(object.metadata["receipt"], receipt);
    let hash = &object.metadata["content-sha256"];
    assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
}

async fn another_email_of_the_same_name_goes_beside_it(system: &System) {
    assert_eq!(system.work(&[email_saying("first").to_string()]).await, [""; 0]);
    assert_eq!(system.work(&[email_saying("second").to_string()]).await, [""; 0]);
    let keys = system.keys().await;
    let [apart, first] = &keys[..] else { panic!("{keys:?}") };
    assert_eq!(first, KEY);
    assert_eq!(system.stored(KEY).await, email_saying("first"), "the first is as it was");
    assert_eq!(system.stored(apart).await, email_saying("second"));
    let hash =
        apart.strip_prefix("John doe_1693561101-").and_then(|rest| rest.strip_suffix(".json")).unwrap();
    assert_eq!(hash, &system.object(apart).await.metadata["content-sha256"][..16]);
    assert_eq!(system.work(&[email_saying("second").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await.len(), 2, "again changes nothing");
}

async fn the_same_email_delivered_again_is_done(system: &System) {
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    let first = system.stored_object(KEY).await;
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    let lines = async || Some(system.log.with_message("filed")).filter(|lines| lines.len() == 2);
    let filed = system.until("two lines", lines).await;
    assert_eq!(filed[1]["outcome"], "already");
    assert_eq!(system.keys().await, [KEY]);
    assert_eq!(system.object(KEY).await, first, "not written again: the first receipt stays");
}

async fn the_same_email_delivered_again_is_done_however_it_was_written(system: &System) {
    let compact = email("John doe").to_string();
    let pretty = serde_json::to_string_pretty(&email("John doe")).unwrap();
    let escaped = compact.replace("Hello", r"\u0048ello");
    let reordered = r#"{"email_timestream": "1693561101", "email_content": "How are you?", "email_sender": "John doe", "email_subject": "Hello"}"#;
    for body in [&compact, &compact, &pretty, &escaped, reordered] {
        assert_eq!(system.work(&[body.to_owned()]).await, [""; 0], "{body}");
    }
    assert_eq!(system.keys().await, [KEY]);
    let lines = async || Some(system.log.with_message("filed")).filter(|lines| lines.len() == 5);
    let filed = system.until("five lines", lines).await;
    let outcomes: Vec<_> = filed.iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, ["new", "already", "already", "already", "already"]);
}

async fn without_a_hash_there_the_bodies_decide(system: &System) {
    let same = serde_json::to_string_pretty(&email("John doe")).unwrap();
    system.put_object(KEY, &same).await;
    assert_eq!(system.work(&[email("John doe").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await, [KEY], "the same email");
    assert_eq!(system.work(&[email_saying("other").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await.len(), 2, "another email");
    assert_eq!(system.object(KEY).await.text, same, "what was there is as it was");
}

async fn what_is_no_email_is_not_overwritten_either(system: &System) {
    for (sender, body) in [("a", "not an email"), ("b", ""), ("c", "\u{0}\u{fffd}"), ("d", "{}")] {
        let key = format!("{sender}_1693561101.json");
        system.put_object(&key, body).await;
        assert_eq!(system.work(&[email(sender).to_string()]).await, [""; 0]);
        assert_eq!(system.object(&key).await.text, body);
    }
    assert_eq!(system.keys().await.len(), 8);
}

async fn an_email_whose_both_names_are_taken_is_given_back(system: &System) {
    system.put_object(KEY, "taken").await;
    assert_eq!(system.work(&[email("John doe").to_string()]).await, [""; 0]);
    let apart = system.keys().await.into_iter().find(|key| key != KEY).unwrap();
    system.put_object(&apart, "taken too").await;
    assert_eq!(system.work(&[email("John doe").to_string()]).await, ["m-0"]);
    assert_eq!(system.keys().await.len(), 2);
}

#[tokio::test]
async fn a_409_is_retried() {
    let system = Ours::start().await;
    let conflict = Fault::Error { status: 409, code: "ConditionalRequestConflict".to_owned() };
    system.fault("PutObject", conflict, Times::N(3));
    assert_eq!(system.work(&[email("John doe").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await, [KEY]);
    assert_eq!(system.calls("PutObject"), 4);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_found_done() {
    let system = Ours::start().await;
    system.fault("PutObject", Fault::LostAnswer, Times::Once);
    assert_eq!(system.work(&[email("John doe").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await, [KEY]);
}

async fn racing_writers_of_one_name_lose_nothing_and_add_nothing(system: &System) {
    // Ten emails of one name, five times each, in five batches at once, in different orders.
    let batches = (0..5).map(|batch| {
        let bodies: Vec<_> =
            (0..10).map(|n| email_saying(&format!("content {}", (n + batch * 3) % 10)).to_string()).collect();
        async move { system.work(&bodies).await }
    });
    for given_back in futures::future::join_all(batches).await {
        assert_eq!(given_back, [""; 0]);
    }
    let keys = system.keys().await;
    let mut contents = Vec::new();
    for key in &keys {
        contents.push(system.stored(key).await["email_content"].as_str().unwrap().to_owned());
    }
    contents.sort();
    assert_eq!(contents, (0..10).map(|n| format!("content {n}")).collect::<Vec<_>>());
}
