//! What the functions say, and what they never say.

use crate::harness::{Ours, Setup, System, TOKEN, email, on_both, request};
use local::aws::faults::{Fault, Times};
use serde_json::{Value, json};

on_both!(
    every_line_is_one_json_object_with_a_time_and_a_level,
    one_receipt_leads_through_both_functions,
    a_refusal_says_why_in_one_word,
    nothing_of_an_email_and_no_token_is_ever_logged_even_at_trace: parameter("LogLevel", "TRACE"),
);

async fn every_line_is_one_json_object_with_a_time_and_a_level(system: &System) {
    system.post(&email("John doe")).await;
    system.post_body("no JSON").await;
    system.work(&["poison".to_owned()]).await;
    system.stored_keys(1).await;
    let lines =
        system.until("some lines", async || Some(system.log.lines()).filter(|lines| lines.len() >= 4)).await;
    for line in lines {
        let json: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        let timestamp = json["timestamp"].as_str().unwrap_or_else(|| panic!("no timestamp: {line}"));
        assert!(timestamp.len() >= 20 && &timestamp[10..11] == "T" && timestamp.ends_with('Z'), "{line}");
        assert!(
            ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&json["level"].as_str().unwrap()),
            "{line}"
        );
    }
}

async fn one_receipt_leads_through_both_functions(system: &System) {
    let answer = system.post(&email("John doe")).await;
    let receipt = answer.receipt();
    let of = |message: &str| {
        system.log.with_message(message).into_iter().find(|line| line["receipt"] == receipt.as_str())
    };
    let filed = system.until("the worker's line", async || of("filed")).await;
    let accepted = of("accepted").expect("the api's line");
    for line in [&accepted, &filed] {
        assert_eq!(line["message_id"], answer.json()["message_id"]);
        assert!(line["trace_id"].as_str().unwrap().starts_with("1-"), "{line}");
    }
    assert_eq!(accepted["trace_id"], filed["trace_id"], "the sender's trace goes with the message");
    assert_eq!((&accepted["status"], &filed["outcome"]), (&json!(200), &json!("new")));
}

async fn a_refusal_says_why_in_one_word(system: &System) {
    system.post_token("wrong").await;
    system.post_body("{").await;
    system.post(&json!({})).await;
    let lines = system
        .until("three lines", async || Some(system.log.with_message("refused")).filter(|l| l.len() == 3))
        .await;
    let reasons: Vec<_> = lines.iter().map(|line| (line["status"].clone(), line["reason"].clone())).collect();
    assert_eq!(
        reasons,
        [(json!(403), json!("token")), (json!(400), json!("unreadable")), (json!(400), json!("invalid"))]
    );
}

/// An email whose every part would show in the log.
fn canary() -> Value {
    json!({
        "email_subject": "canary-subject", "email_sender": "canary-sender/x", "email_timestream": "1693561101",
        "email_content": "canary-content",
    })
}

fn assert_no_canary(log: &str) {
    let canary = log.lines().find(|line| line.contains("canary"));
    assert_eq!(canary, None);
    assert!(!log.contains(TOKEN));
    assert!(!log.contains("1693561101"), "the key and the timestream are the email's");
}

async fn nothing_of_an_email_and_no_token_is_ever_logged_even_at_trace(system: &System) {
    let data = canary();
    assert_eq!(system.post(&data).await.status, 200);
    assert_eq!(system.post_token("canary-wrong-token").await.status, 403);
    let mut unknown = request(&data);
    unknown["canary-member"] = json!("canary-value");
    unknown["data"]["email_timestream"] = json!("canary-timestream");
    assert_eq!(system.post_body(unknown.to_string()).await.status, 400);
    assert_eq!(system.post_body(r#"{"canary-broken": canary"#).await.status, 400);
    system.stored_keys(1).await;
    system.work(&["canary-poison".to_owned(), json!({"canary-field": 1}).to_string()]).await;

    // Events that no load balancer and no queue makes, but a person at a console may.
    for (function, event) in [
        (
            "ApiFunction",
            json!({"httpMethod": "POST", "requestContext": "canary-context", "body": "canary-body"}),
        ),
        ("WorkerFunction", json!({"Records": "canary-records"})),
    ] {
        assert!(system.function(function).invoke(event.to_string().into()).await.is_err());
    }

    let lines = async || Some(system.log.text()).filter(|log| log.contains("not an email"));
    let log = system.until("the worker's line", lines).await;
    assert!(log.lines().count() >= 8, "{log}");
    assert_no_canary(&log);
}

#[tokio::test]
async fn nothing_of_an_email_is_logged_when_aws_refuses_it() {
    let system = Ours::start_with(Setup::usual().parameter("LogLevel", "TRACE")).await;
    let data = canary();
    system.fault("PutObject", Fault::Error { status: 403, code: "AccessDenied".to_owned() }, Times::Always);
    system.work(&[data.to_string()]).await;
    let refused = Fault::Error { status: 400, code: "InvalidMessageContents".to_owned() };
    system.fault("SendMessage", refused, Times::Always);
    assert_eq!(system.post(&data).await.status, 503);
    for code in ["AccessDenied", "InvalidMessageContents"] {
        let told = async || system.log.text().contains(code).then_some(());
        system.until(code, told).await;
    }
    assert_no_canary(&system.log.text());
}
