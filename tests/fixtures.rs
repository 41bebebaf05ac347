//! The sample events in `events/`: what they promise to show.

use crate::harness::{System, on_both, root};
use serde_json::{Value, json};

on_both!(
    every_good_sample_is_accepted_in_either_shape_and_encoding: unpolled(),
    the_sample_with_a_bad_token_is_refused,
    the_sample_with_several_faults_is_told_all_of_them,
    the_health_check_without_a_host_is_answered,
    a_body_that_is_called_base64_and_is_not_is_a_400_and_ends_no_process,
    an_answer_serves_target_groups_with_and_without_multi_value_headers,
    the_sample_batch_is_filed,
    of_the_batch_with_poison_exactly_the_poison_is_given_back,
);

fn sample(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("events").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Lets the token of the samples in.
async fn welcome_samples(system: &System) {
    system.set_tokens("replace-with-your-token").await;
}

async fn status_of(system: &System, name: &str) -> (Value, Value) {
    let answer = system.invoke("ApiFunction", &sample(name)).await;
    let body = answer["body"].as_str().unwrap_or_default();
    (answer["statusCode"].clone(), serde_json::from_str(body).unwrap_or_default())
}

async fn every_good_sample_is_accepted_in_either_shape_and_encoding(system: &System) {
    welcome_samples(system).await;
    for name in ["alb-post-email.json", "alb-post-email-multi-value.json", "alb-post-email-base64.json"] {
        let (status, body) = status_of(system, name).await;
        assert_eq!(status, 200, "{name}: {body}");
        assert!(body["receipt"].is_string(), "{name}: {body}");
    }
    assert_eq!(system.queued(system.queue_url()).await, 3);
}

async fn the_sample_with_a_bad_token_is_refused(system: &System) {
    welcome_samples(system).await;
    assert_eq!(status_of(system, "alb-post-email-bad-token.json").await.0, 403);
}

async fn the_sample_with_several_faults_is_told_all_of_them(system: &System) {
    welcome_samples(system).await;
    let (status, body) = status_of(system, "alb-post-email-several-faults.json").await;
    assert_eq!(status, 400);
    let pointers: Vec<_> =
        body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(
        pointers,
        [
            "/data/email_subject",
            "/data/email_sender",
            "/data/email_timestream",
            "/data/email_content",
            "/data/email_priority",
            "/trace"
        ]
    );
}

async fn the_health_check_without_a_host_is_answered(system: &System) {
    let event = sample("alb-health-check.json");
    assert!(event["headers"].get("host").is_none());
    let (status, _) = status_of(system, "alb-health-check.json").await;
    assert_eq!(status, 200);
}

async fn a_body_that_is_called_base64_and_is_not_is_a_400_and_ends_no_process(system: &System) {
    welcome_samples(system).await;
    let mut event = sample("alb-post-email-base64.json");
    for body in ["{}", "e30", "not base64!", "\u{0}é"] {
        event["body"] = json!(body);
        let answer = system.invoke("ApiFunction", &event).await;
        assert_eq!(answer["statusCode"], 400, "{body}: {answer}");
    }
    assert!(system.log.with_message("panicked: this is a bug").is_empty(), "{}", system.log.text());
}

async fn an_answer_serves_target_groups_with_and_without_multi_value_headers(system: &System) {
    welcome_samples(system).await;
    let mut event = sample("alb-post-email.json");
    event["httpMethod"] = json!("GET");
    let answer = system.invoke("ApiFunction", &event).await;
    assert_eq!(
        (&answer["headers"]["allow"], &answer["multiValueHeaders"]["allow"]),
        (&json!("POST"), &json!(["POST"]))
    );
    assert_eq!(answer["isBase64Encoded"], false);
    assert!(answer["statusCode"].is_u64(), "{answer}");
}

async fn the_sample_batch_is_filed(system: &System) {
    let answer = system.invoke("WorkerFunction", &sample("sqs-batch.json")).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!(system.keys().await, ["Jane roe_1693561102.json", "John doe_1693561101.json"]);
}

async fn of_the_batch_with_poison_exactly_the_poison_is_given_back(system: &System) {
    let answer = system.invoke("WorkerFunction", &sample("sqs-batch-with-poison.json")).await;
    let given_back = |n: u8| json!({"itemIdentifier": format!("5f0c1d62-8a55-4f0e-9d0c-00000000000{n}")});
    assert_eq!(answer, json!({"batchItemFailures": [given_back(3), given_back(4)]}));
    assert_eq!(system.keys().await, ["Jane roe_1693561102.json", "John doe_1693561101.json"]);
}
