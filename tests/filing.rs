//! Nothing is overwritten, and nothing is stored twice.

use crate::harness::{DEAD_LETTER_QUEUE, Ours, Setup, System, email, on_both};
use crate::metrics::line::Told;
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};

on_both!(
    an_object_is_the_four_fields_as_json_with_the_receipt_and_the_hash_beside_it,
    another_email_of_the_same_name_goes_beside_it,
    the_same_email_delivered_again_is_done,
    the_same_email_delivered_again_is_done_however_it_was_written,
    without_a_hash_there_the_bodies_decide,
    what_is_no_email_is_not_overwritten_either,
    an_email_whose_first_and_second_name_are_taken_is_filed_under_its_third,
    the_dated_layout_has_a_third_name_too: parameter("ObjectKeyLayout", "dated"),
    an_email_whose_three_names_are_taken_is_given_back,
    racing_writers_of_one_name_lose_nothing_and_add_nothing,
);

const KEY: &str = "John doe_1693561101.json";
/// John doe's keys, without digest and suffix.
const FLAT: &str = "John doe_1693561101";
const DATED: &str = "emails/2023/09/01/email-1693561101-b77868f401668b84";
/// The digest of `email("John doe")`. For `sha256sum`, printf '\0\0\0\0\0\0\0\5Hello\0\0\0\0\0\0\0\10John doe'
/// '\0\0\0\0\0\0\0\n1693561101\0\0\0\0\0\0\0\14How are you?'.
const DIGEST: &str = "0a111e6fc6fa2d173154276e79abb6cd9874b309ff8298aa01067db6049d47d9";

/// An email of John doe's with this content: all of them want the same name.
fn email_saying(content: &str) -> Value {
    let mut data = email("John doe");
    data["email_content"] = json!(content);
    data
}

/// The outcomes of the emails that were stored.
async fn outcomes(system: &System, count: usize) -> Vec<Value> {
    system.logged("filed", count).await.iter().map(|line| line["outcome"].clone()).collect()
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
    assert_eq!(system.logged("filed", 2).await[1]["outcome"], "already");
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
    assert_eq!(outcomes(system, 5).await, ["new", "already", "already", "already", "already"]);
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

/// The three names that `email("John doe")` may get.
fn names(stem: &str) -> [String; 3] {
    [format!("{stem}.json"), format!("{stem}-{}.json", &DIGEST[..16]), format!("{stem}-{DIGEST}.json")]
}

/// Lets another email have a name. It is as one that was made for its second name: its digest begins as
/// [`DIGEST`] does, and is another.
async fn take(system: &System, name: &str) {
    let digest = format!("{}{}", &DIGEST[..16], "0".repeat(48));
    let put = system.s3.put_object().bucket(system.bucket()).key(name).metadata("content-sha256", digest);
    put.body(email_saying("taken").to_string().into_bytes().into()).send().await.unwrap();
}

async fn an_email_whose_first_and_second_name_are_taken_is_filed_under_its_third(system: &System) {
    third_name(system, FLAT).await;
}

async fn the_dated_layout_has_a_third_name_too(system: &System) {
    third_name(system, DATED).await;
}

async fn third_name(system: &System, stem: &str) {
    let [first, second, third] = names(stem);
    assert_eq!(system.work(&[email_saying("first").to_string()]).await, [""; 0]);
    take(system, &second).await;
    let before = (system.object(&first).await, system.object(&second).await);

    let receipt = system.post(&email("John doe")).await.receipt();
    assert_eq!(system.stored(&third).await, email("John doe"), "whole");
    let filed = system.object(&third).await;
    assert_eq!((&filed.metadata["receipt"], &*filed.metadata["content-sha256"]), (&receipt, DIGEST));

    // Again by another request, and then twice in one batch.
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    assert_eq!(outcomes(system, 3).await, ["new", "apart", "already"]);
    let twice = [email("John doe"), email("John doe")].map(|email| email.to_string());
    assert_eq!(system.work(&twice).await, [""; 0]);

    assert_eq!(system.object(&third).await, filed, "not written again: the first receipt stays");
    assert_eq!((system.object(&first).await, system.object(&second).await), before, "they are as they were");
    assert_eq!(system.keys().await.len(), 3);
}

async fn an_email_whose_three_names_are_taken_is_given_back(system: &System) {
    for name in names(FLAT) {
        take(system, &name).await;
    }
    assert_eq!(system.work(&[email("John doe").to_string()]).await, ["m-0"]);
    for name in names(FLAT) {
        assert_eq!(system.stored(&name).await, email_saying("taken"), "what was there is as it was");
    }
    assert_eq!(system.keys().await.len(), 3);
}

#[tokio::test]
async fn a_redrive_files_an_email_under_its_third_name_once_that_is_free() {
    for (layout, stem) in [("flat", FLAT), ("dated", DATED)] {
        let setup = Setup::usual().fast().parameter("ObjectKeyLayout", layout);
        redrive_to_third_name(&Ours::start_with(setup).await, stem).await;
    }
}

async fn redrive_to_third_name(system: &Ours, stem: &str) {
    for name in names(stem) {
        take(system, &name).await;
    }
    let receipt = system.post(&email("John doe")).await.receipt();
    let dead_letters = system.queue(DEAD_LETTER_QUEUE);
    system.until("a dead letter", async || dead_letters.peek().pop()).await;
    let [first, second, third] = names(stem);
    system.s3.delete_object().bucket(system.bucket()).key(&third).send().await.unwrap();
    let redrive = system.sqs.start_message_move_task().source_arn(dead_letters.arn());
    redrive.send().await.unwrap();
    assert_eq!(system.stored(&third).await, email("John doe"));
    assert_eq!(system.object(&third).await.metadata["receipt"], receipt);
    for name in [first, second] {
        assert_eq!(system.stored(&name).await, email_saying("taken"));
    }
    system.queue_drained().await;
    assert!(dead_letters.peek().is_empty());

    let told =
        async || Some(Told::by("local-worker", &system.log.lines())).filter(|told| told.lines.len() == 6);
    let told = system.until("five failures and a success", told).await;
    let counts = ["FailedWrites", "Filed", "NameCollisions", "Duplicates"].map(|name| told.sum(name));
    assert_eq!(counts, [5.0, 1.0, 1.0, 0.0], "one collision, although two names were taken");
    let given_back = system.log.with_message("not filed: given back");
    let error = "other objects have all three of its names: move away the one that ends in 64 hex digits";
    assert!(given_back.len() == 5 && given_back.iter().all(|line| line["error"] == error), "{given_back:?}");
}

#[tokio::test]
async fn a_409_is_retried() {
    let system = Ours::start().await;
    system.fail("PutObject", 409, "ConditionalRequestConflict", Times::N(3));
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
