//! What the functions print, asked for as on AWS: of CloudWatch Logs, in the log groups that the stack's outputs name.

use crate::harness::{Ours, email, sdk_config};
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use futures::future::join_all;
use sandbox::services::faults::{Fault, Times};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

const PASSAGES: &str = r#"{ $.message = "accepted" || $.message = "filed" }"#;

async fn client(system: &Ours) -> Client {
    Client::new(&sdk_config(system.stack.aws().endpoint_url()).await)
}

/// Every line that the pattern finds in the group that an output names, in small pages.
async fn lines(
    client: &Client,
    system: &Ours,
    output: &str,
    pattern: &str,
    since: i64,
) -> Vec<FilteredLogEvent> {
    let group = system.stack.outputs()[output].to_owned();
    let find = client.filter_log_events().log_group_name(group).filter_pattern(pattern).start_time(since);
    let mut pages = find.limit(7).into_paginator().send();
    let mut lines = Vec::new();
    while let Some(page) = pages.next().await {
        lines.extend(page.unwrap().events.unwrap_or_default());
    }
    lines
}

fn json(line: &FilteredLogEvent) -> Value {
    serde_json::from_str(line.message().unwrap()).unwrap()
}

fn receipts(lines: &[FilteredLogEvent], message: &str) -> Vec<String> {
    let lines = lines.iter().map(json).filter(|line| line["message"] == message);
    lines.map(|line| line["receipt"].as_str().unwrap().to_owned()).collect()
}

fn now() -> i64 {
    i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

#[tokio::test]
async fn an_email_is_found_in_both_logs_with_its_time_and_its_stream() {
    let (system, began) = (Ours::start().await, now());
    let client = client(&system).await;
    let receipt = system.post(&email("John doe")).await.receipt();
    let filed = async || {
        Some(lines(&client, &system, "WorkerLogGroup", PASSAGES, began).await).filter(|l| !l.is_empty())
    };
    let filed = system.until("the worker's line", filed).await;
    let accepted = lines(&client, &system, "ApiLogGroup", PASSAGES, began).await;
    for (lines, message) in [(&accepted, "accepted"), (&filed, "filed")] {
        assert_eq!(receipts(lines, message), [receipt.as_str()]);
        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert!((began..=now()).contains(&line.timestamp().unwrap()), "{line:?}");
        assert!(line.log_stream_name().unwrap().contains("/[$LATEST]"), "{line:?}");
    }
    assert_ne!(accepted[0].log_stream_name(), filed[0].log_stream_name());
    assert_eq!(
        lines(&client, &system, "ApiLogGroup", PASSAGES, now() + 1).await,
        [],
        "from then on nothing happened"
    );
}

#[tokio::test]
async fn every_email_is_accepted_and_filed_once_in_the_logs() {
    let system = Ours::start().await;
    let client = client(&system).await;
    let emails: Vec<_> = (0..60).map(|n| email(&format!("John {n}"))).collect();
    let answers = join_all(emails.iter().map(|email| system.post(email))).await;
    let expected: BTreeSet<_> = answers.iter().map(|answer| answer.receipt()).collect();
    for (output, message) in [("ApiLogGroup", "accepted"), ("WorkerLogGroup", "filed")] {
        let all = async || {
            let found = receipts(&lines(&client, &system, output, PASSAGES, 0).await, message);
            (found.len() >= expected.len()).then_some(found)
        };
        let found = system.until(&format!("60 lines {message}"), all).await;
        assert_eq!(found.len(), 60, "{message}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{message}");
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_understood_is_an_error_and_a_throttled_question_is_asked_again() {
    let system = Ours::start().await;
    let client = client(&system).await;
    let find = |group: &str, pattern: &str| {
        client.filter_log_events().log_group_name(group).filter_pattern(pattern).send()
    };
    let missing = find("/aws/lambda/other", "").await.unwrap_err().into_service_error();
    assert!(missing.is_resource_not_found_exception(), "{missing:?}");
    let group = system.stack.outputs()["ApiLogGroup"].to_owned();
    let pattern = find(&group, "accepted").await.unwrap_err().into_service_error();
    assert!(pattern.is_invalid_parameter_exception(), "{pattern:?}");
    let throttled = Fault::Error { status: 400, code: "ThrottlingException".to_owned() };
    system.fault("FilterLogEvents", throttled, Times::Once);
    let before = system.calls("FilterLogEvents");
    find(&group, "").await.unwrap();
    assert_eq!(system.calls("FilterLogEvents"), before + 2);
}
