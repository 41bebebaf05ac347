//! What the functions say, and what they never say.

use crate::harness::{System, TOKEN, email, request};
use local::aws::faults::{Fault, Times};
use serde_json::{Value, json};

#[tokio::test]
async fn every_line_is_one_json_object_with_a_time_and_a_level() {
    let system = System::start().await;
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

#[tokio::test]
async fn one_receipt_leads_through_both_functions() {
    let system = System::start().await;
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

#[tokio::test]
async fn a_refusal_says_why_in_one_word() {
    let system = System::start().await;
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

#[tokio::test]
async fn nothing_of_an_email_and_no_token_is_ever_logged_even_at_trace() {
    let system = System::start_with(20.0, |builder| builder.parameter("LogLevel", "TRACE")).await;
    let data = json!({
        "email_subject": "canary-subject", "email_sender": "canary-sender/x", "email_timestream": "1693561101",
        "email_content": "canary-content",
    });
    assert_eq!(system.post(&data).await.status, 200);
    assert_eq!(system.post_token("canary-wrong-token").await.status, 403);
    let mut unknown = request(&data);
    unknown["canary-member"] = json!("canary-value");
    unknown["data"]["email_timestream"] = json!("canary-timestream");
    assert_eq!(system.post_body(unknown.to_string()).await.status, 400);
    assert_eq!(system.post_body(r#"{"canary-broken": canary"#).await.status, 400);
    system.stored_keys(1).await;
    system.work(&["canary-poison".to_owned(), json!({"canary-field": 1}).to_string()]).await;
    system.fault("PutObject", Fault::Error { status: 403, code: "AccessDenied".to_owned() }, Times::Always);
    system.fault(
        "SendMessage",
        Fault::Error { status: 400, code: "InvalidMessageContents".to_owned() },
        Times::Always,
    );
    system.work(&[data.to_string()]).await;
    assert_eq!(system.post(&data).await.status, 503);
    system
        .until("the last line", async || system.log.text().contains("InvalidMessageContents").then_some(()))
        .await;

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

    let log = system.log.text();
    assert!(log.lines().count() >= 8, "{log}");
    assert!(
        !log.contains("canary"),
        "{}",
        log.lines().find(|line| line.contains("canary")).unwrap_or_default()
    );
    assert!(!log.contains(TOKEN));
    assert!(!log.contains("1693561101"), "the key and the timestream are the email's");
}
