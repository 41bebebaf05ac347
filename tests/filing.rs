//! Nothing is overwritten, and nothing is filed twice.

use crate::harness::{System, email};
use local::aws::faults::{Fault, Times};
use serde_json::{Value, json};

const KEY: &str = "John doe_1693561101.json";

/// An email of John doe's with this content: all of them want the same name.
fn email_saying(content: &str) -> Value {
    let mut data = email("John doe");
    data["email_content"] = json!(content);
    data
}

async fn put(system: &System, key: &str, body: &str) {
    let put = system.s3().await.put_object().bucket(system.bucket()).key(key);
    put.body(body.as_bytes().to_vec().into()).send().await.unwrap();
}

async fn content(system: &System, key: &str) -> String {
    let object = system.stack.aws().s3().get(system.bucket(), key).await.unwrap();
    String::from_utf8(object.bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn an_object_is_the_four_fields_as_json_with_the_receipt_and_the_hash_beside_it() {
    let system = System::start().await;
    let receipt = system.post(&email("John doe")).await.receipt();
    assert_eq!(system.stored(KEY).await, email("John doe"));
    let head = system.s3().await.head_object().bucket(system.bucket()).key(KEY).send().await.unwrap();
    assert_eq!(head.content_type(), Some("application/json"));
    let metadata = head.metadata().unwrap();
    assert_eq!(metadata["receipt"], receipt);
    let hash = &metadata["content-sha256"];
    assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
}

#[tokio::test]
async fn another_email_of_the_same_name_goes_beside_it() {
    let system = System::start().await;
    assert_eq!(system.work(&[email_saying("first").to_string()]).await, [""; 0]);
    assert_eq!(system.work(&[email_saying("second").to_string()]).await, [""; 0]);
    let keys = system.keys().await;
    let [apart, first] = &keys[..] else { panic!("{keys:?}") };
    assert_eq!(first, KEY);
    assert_eq!(system.stored(KEY).await, email_saying("first"), "the first is as it was");
    assert_eq!(system.stored(apart).await, email_saying("second"));
    let hash =
        apart.strip_prefix("John doe_1693561101-").and_then(|rest| rest.strip_suffix(".json")).unwrap();
    let head = system.s3().await.head_object().bucket(system.bucket()).key(apart).send().await.unwrap();
    assert_eq!(hash, &head.metadata().unwrap()["content-sha256"][..16]);
    assert_eq!(system.work(&[email_saying("second").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await.len(), 2, "again changes nothing");
}

#[tokio::test]
async fn the_same_email_delivered_again_is_done_however_it_was_written() {
    let system = System::start().await;
    let compact = email("John doe").to_string();
    let pretty = serde_json::to_string_pretty(&email("John doe")).unwrap();
    let escaped = compact.replace("Hello", r"\u0048ello");
    let reordered = r#"{"email_timestream": "1693561101", "email_content": "How are you?", "email_sender": "John doe", "email_subject": "Hello"}"#;
    for body in [&compact, &compact, &pretty, &escaped, reordered] {
        assert_eq!(system.work(&[body.to_owned()]).await, [""; 0], "{body}");
    }
    assert_eq!(system.keys().await, [KEY]);
    let outcomes: Vec<_> =
        system.log.with_message("filed").into_iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, ["new", "already", "already", "already", "already"]);
}

#[tokio::test]
async fn without_a_hash_there_the_bodies_decide() {
    let system = System::start().await;
    let same = serde_json::to_string_pretty(&email("John doe")).unwrap();
    put(&system, KEY, &same).await;
    assert_eq!(system.work(&[email("John doe").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await, [KEY], "the same email");
    assert_eq!(system.work(&[email_saying("other").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await.len(), 2, "another email");
    assert_eq!(content(&system, KEY).await, same, "what was there is as it was");
}

#[tokio::test]
async fn what_is_no_email_is_not_overwritten_either() {
    let system = System::start().await;
    for (sender, body) in [("a", "not an email"), ("b", ""), ("c", "\u{0}\u{fffd}"), ("d", "{}")] {
        let key = format!("{sender}_1693561101.json");
        put(&system, &key, body).await;
        assert_eq!(system.work(&[email(sender).to_string()]).await, [""; 0]);
        assert_eq!(content(&system, &key).await, body);
    }
    assert_eq!(system.keys().await.len(), 8);
}

#[tokio::test]
async fn an_email_whose_both_names_are_taken_is_given_back() {
    let system = System::start().await;
    put(&system, KEY, "taken").await;
    assert_eq!(system.work(&[email("John doe").to_string()]).await, [""; 0]);
    let apart = system.keys().await.into_iter().find(|key| key != KEY).unwrap();
    put(&system, &apart, "taken too").await;
    assert_eq!(system.work(&[email("John doe").to_string()]).await, ["m-0"]);
    assert_eq!(system.keys().await.len(), 2);
}

#[tokio::test]
async fn a_409_is_retried() {
    let system = System::start().await;
    let conflict = Fault::Error { status: 409, code: "ConditionalRequestConflict".to_owned() };
    system.fault("PutObject", conflict, Times::N(3));
    assert_eq!(system.work(&[email("John doe").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await, [KEY]);
    assert_eq!(system.calls("PutObject"), 4);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_found_done() {
    let system = System::start().await;
    system.fault("PutObject", Fault::LostAnswer, Times::Once);
    assert_eq!(system.work(&[email("John doe").to_string()]).await, [""; 0]);
    assert_eq!(system.keys().await, [KEY]);
}

#[tokio::test]
async fn racing_writers_of_one_name_lose_nothing_and_add_nothing() {
    let system = System::start().await;
    // Ten emails of one name, five times each, in five batches at once, in different orders.
    let batches = (0..5).map(|batch| {
        let bodies: Vec<_> =
            (0..10).map(|n| email_saying(&format!("content {}", (n + batch * 3) % 10)).to_string()).collect();
        let system = &system;
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
