//! The doors, and who gets in.

use super::on_both;
use super::site::Site;
use crate::harness::{TOKEN, email, request};
use aws_sdk_ssm::types::ParameterType;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

on_both!(
    every_kind_of_request_gets_its_answer,
    a_refused_email_is_not_queued,
    a_token_that_is_no_secure_string_lets_nobody_in,
    a_rotated_token_works_within_seconds_and_a_revoked_one_no_more,
);

async fn every_kind_of_request_gets_its_answer(site: &Site) {
    let good = request(&email("John doe")).to_string();
    let wrong = json!({"data": email("John doe"), "token": "wrong"}).to_string();
    let without = json!({"data": email("John doe")}).to_string();
    for (method, path, body, status) in [
        (Method::POST, "/", &good, 200),
        (Method::POST, "/api/email", &good, 200),
        (Method::POST, "/", &wrong, 403),
        (Method::POST, "/", &without, 403),
        (Method::POST, "/", &"{".to_owned(), 400),
        (Method::POST, "/nowhere", &good, 404),
        (Method::PUT, "/", &good, 405),
        (Method::GET, "/health", &String::new(), 200),
    ] {
        let answer = site.send(method.clone(), path, body.clone()).await;
        assert_eq!(answer.status, status, "{method} {path} {body}: {answer:?}");
    }
    let several = json!({"email_subject": 1, "email_sender": " ", "email_timestream": "+1", "email_cc": ""});
    let mut pointers = site.post(&several).await.pointers();
    pointers.sort();
    let expected =
        ["cc", "content", "sender", "subject", "timestream"].map(|name| format!("/data/email_{name}"));
    assert_eq!(pointers, expected);
}

async fn a_refused_email_is_not_queued(site: &Site) {
    assert_eq!(site.status_with("wrong", &email("John doe")).await, 403);
    assert_eq!(site.post(&json!({})).await.status, 400);
    assert_eq!(site.receive(site.queue_url()).await.len(), 0);
}

async fn a_token_that_is_no_secure_string_lets_nobody_in(site: &Site) {
    site.set_tokens(TOKEN, ParameterType::String).await;
    assert_eq!(site.post(&email("John doe")).await.status, 503);
}

async fn a_rotated_token_works_within_seconds_and_a_revoked_one_no_more(site: &Site) {
    let data = email("John doe");
    assert_eq!(site.status_with(TOKEN, &data).await, 200);
    let rotated = Instant::now();
    site.set_tokens("new", ParameterType::SecureString).await;
    while site.status_with("new", &data).await != 200 {
        assert!(rotated.elapsed() < Duration::from_secs(30), "only the next regular fetch brings it");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(site.status_with(TOKEN, &data).await, 403, "revoked");
}
