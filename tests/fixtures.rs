//! The sample events in `events/` do what they promise.

use crate::harness::{System, on_both, root};
use serde_json::{Value, json};

on_both!(
    each_sample_request_gets_its_answer: unpolled(),
    a_body_that_is_called_base64_and_is_not_is_a_400_and_ends_no_process,
    an_answer_serves_target_groups_with_and_without_multi_value_headers,
    an_http_api_is_answered_in_format_2_with_nothing_of_the_load_balancers,
    the_sample_batch_is_filed,
    of_the_batch_with_poison_exactly_the_poison_is_given_back,
);

/// The token in the samples.
const SAMPLE_TOKEN: &str = "replace-with-your-token";
const POINTERS: &str = "/data/email_subject /data/email_sender /data/email_timestream /data/email_content \
    /data/email_priority /trace";

fn sample(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("events").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn each_sample_request_gets_its_answer(system: &System) {
    system.set_tokens(SAMPLE_TOKEN).await;
    for (name, status) in [
        ("alb-post-email", 200),
        ("alb-post-emails", 200),
        ("alb-post-email-multi-value", 200),
        ("alb-post-email-base64", 200),
        ("alb-post-email-bad-token", 403),
        ("alb-post-email-several-faults", 400),
        ("alb-post-email-compressed", 415),
        ("alb-health-check", 200),
        ("http-api-post-email", 200),
        ("http-api-post-emails", 200),
        ("http-api-post-email-base64", 200),
        ("http-api-post-email-bad-token", 403),
        ("http-api-post-email-several-faults", 400),
        ("http-api-post-email-compressed", 415),
        ("http-api-health-check", 200),
    ] {
        let event = sample(&format!("{name}.json"));
        assert!(name != "alb-health-check" || event["headers"].get("host").is_none());
        let answer = system.invoke_api(&event).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        match status {
            400 => assert_eq!(answer.pointers().join(" "), POINTERS),
            200 if name.contains("emails") => assert_eq!(answer.json()["accepted"], 2),
            200 if name.contains("post") => assert!(!answer.receipt().is_empty()),
            _ => {}
        }
    }
    assert_eq!(system.queued(system.queue_url()).await, 9);
}

async fn a_body_that_is_called_base64_and_is_not_is_a_400_and_ends_no_process(system: &System) {
    system.set_tokens(SAMPLE_TOKEN).await;
    for name in ["alb-post-email-base64.json", "http-api-post-email-base64.json"] {
        let mut event = sample(name);
        for body in ["{}", "e30", "not base64!", "\u{0}é"] {
            event["body"] = json!(body);
            assert_eq!(system.invoke_api(&event).await.status, 400, "{name}: {body}");
        }
    }
    assert!(system.log.with_message("panicked: this is a bug").is_empty(), "{}", system.log.text());
}

async fn an_answer_serves_target_groups_with_and_without_multi_value_headers(system: &System) {
    system.set_tokens(SAMPLE_TOKEN).await;
    let mut event = sample("alb-post-email.json");
    event["httpMethod"] = json!("GET");
    let answer = system.invoke("ApiFunction", &event).await;
    let allow = (&answer["headers"]["allow"], &answer["multiValueHeaders"]["allow"]);
    assert_eq!(allow, (&json!("POST"), &json!(["POST"])));
    assert_eq!(answer["isBase64Encoded"], false);
    assert!(answer["statusCode"].is_u64(), "{answer}");
}

async fn an_http_api_is_answered_in_format_2_with_nothing_of_the_load_balancers(system: &System) {
    system.set_tokens(SAMPLE_TOKEN).await;
    let mut event = sample("http-api-post-email.json");
    event["requestContext"]["http"]["method"] = json!("GET");
    let answer = system.invoke("ApiFunction", &event).await;
    let members: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(members, ["body", "headers", "isBase64Encoded", "statusCode"]);
    assert_eq!((&answer["statusCode"], &answer["headers"]["allow"]), (&json!(405), &json!("POST")));
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
