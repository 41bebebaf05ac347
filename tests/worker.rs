//! A batch: bounded in time, and none of its records able to harm another.

use crate::harness::{Ours, Setup, System, email, on_both, refusal};
use sandbox::services::faults::{Fault, Times};
use serde_json::json;
use std::time::{Duration, Instant};

on_both!(
    what_is_no_email_fails_alone,
    a_record_without_an_id_that_fails_fails_the_batch_loudly_and_one_that_does_not_is_done,
);

fn bodies(count: usize) -> Vec<String> {
    (0..count).map(|n| email(&format!("sender {n}")).to_string()).collect()
}

#[tokio::test]
async fn exactly_the_records_that_s3_refuses_are_given_back() {
    let system = Ours::start().await;
    let faults = system.stack.aws().faults();
    for n in [3, 7] {
        faults.set_matching("PutObject", &format!("sender {n}_"), refusal(503, "SlowDown"), Times::Always);
    }
    assert_eq!(system.work(&bodies(10)).await, ["m-3", "m-7"]);
    assert_eq!(system.keys().await.len(), 8);
    faults.clear();
    assert_eq!(system.work(&bodies(10)).await, [""; 0], "the next delivery files what was left");
    assert_eq!(system.keys().await.len(), 10);
}

async fn what_is_no_email_fails_alone(system: &System) {
    let good = email("good").to_string();
    let mut bad_time = email("bad");
    bad_time["email_timestream"] = json!("yesterday");
    let mut more = email("bad");
    more["email_cc"] = json!("x");
    let poison =
        ["", "no JSON", "[]", "{}", r#"{"email_sender": "bad"}"#, &bad_time.to_string(), &more.to_string()];
    let mut all: Vec<_> = poison.iter().map(|&body| body.to_owned()).collect();
    all.insert(3, good);
    assert_eq!(system.work(&all).await, ["m-0", "m-1", "m-2", "m-4", "m-5", "m-6", "m-7"]);
    assert_eq!(system.keys().await, ["good_1693561101.json"]);
}

#[tokio::test]
async fn records_are_filed_many_at_a_time() {
    let system = Ours::start().await;
    system.fault("PutObject", Fault::Delay(Duration::from_secs(1)), Times::Always);
    // One after another would take 100 s, over three times the function's timeout.
    assert_eq!(system.work(&bodies(100)).await, [""; 0]);
    assert_eq!(system.keys().await.len(), 100);
}

#[tokio::test]
async fn at_the_deadline_exactly_what_is_not_filed_is_given_back() {
    let system = Ours::start_with(Setup::usual().change("Timeout: 30 #", "Timeout: 4 #")).await;
    system.stack.aws().faults().set_matching("PutObject", "sender 5_", Fault::Stall, Times::Always);
    let started = Instant::now();
    assert_eq!(system.work(&bodies(10)).await, ["m-5"]);
    let took = started.elapsed();
    assert!(took > Duration::from_millis(2_500) && took < Duration::from_secs(4), "{took:?}");
    assert_eq!(system.keys().await.len(), 9);
    let given_back = system.logged("not filed: given back", 1).await.remove(0);
    assert_eq!(
        (&given_back["message_id"], given_back["error"].as_str().unwrap().contains("deadline")),
        (&json!("m-5"), true)
    );
}

#[tokio::test]
async fn an_s3_that_never_answers_does_not_outlast_the_function() {
    let system = Ours::start().await;
    system.fault("PutObject", Fault::Stall, Times::Always);
    let started = Instant::now();
    assert_eq!(system.work(&bodies(3)).await, ["m-0", "m-1", "m-2"]);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

async fn a_record_without_an_id_that_fails_fails_the_batch_loudly_and_one_that_does_not_is_done(
    system: &System,
) {
    let batch = |body: &str| json!({"Records": [{"body": body, "attributes": {}, "messageAttributes": {}}]});
    let answer = system.invoke("WorkerFunction", &batch(&email("John doe").to_string())).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let poison = batch("poison").to_string();
    let error = system.function("WorkerFunction").invoke(poison.into()).await.unwrap_err().to_string();
    assert!(error.contains("messageId"), "{error}");
}
