//! Tokens: who may post.

mod burst;
mod callers;
mod instance;
mod line;
mod outages;
mod rotation;

use crate::harness::{Ours, System, TOKEN, alb_event, email, invoke_api, on_both, request};
use aws_sdk_ssm::types::ParameterType;
use reqwest::Method;
use sandbox::events::Events;
use sandbox::lambda::Function;
use sandbox::services::faults::{Faults, Times};
use serde_json::json;
use std::time::{Duration, Instant};

on_both!(
    nobody_without_the_token_gets_in: unpolled(),
    a_caller_without_the_token_learns_nothing_about_the_fields,
    any_token_of_the_parameter_is_right_and_blank_lines_are_none,
    a_parameter_without_a_token_is_a_503_for_everyone,
    a_parameter_that_is_missing_or_not_encrypted_is_a_503,
    a_rotated_token_works_within_seconds_and_the_old_one_as_long_as_it_is_listed,
);

async fn nobody_without_the_token_gets_in(system: &System) {
    let data = email("John doe");
    for body in [
        json!({"data": data, "token": "wrong"}),
        json!({"data": data, "token": ""}),
        json!({"data": data, "token": format!("{TOKEN} ")}),
        json!({"data": data, "token": TOKEN.to_uppercase()}),
        json!({"data": data, "token": &TOKEN[..TOKEN.len() - 1]}),
        json!({"data": data, "token": null}),
        json!({"data": data, "token": [TOKEN]}),
        json!({"data": data}),
        json!({"data": data, "Token": TOKEN}),
        json!({"data": {"token": TOKEN}}),
        json!({}),
    ] {
        let answer = system.post_body(body.to_string()).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (403, "application/problem+json"),
            "{body}"
        );
    }
    let twice = format!(r#"{{"token": "wrong", "data": {data}, "token": "{TOKEN}"}}"#);
    assert_eq!(system.post_body(twice).await.status, 403, "every token that is given must be right");
    assert_eq!(system.queued(system.queue_url()).await, 0);
}

async fn a_caller_without_the_token_learns_nothing_about_the_fields(system: &System) {
    let good = system.post_body(json!({"data": email("a"), "token": "wrong"}).to_string()).await;
    for data in [json!({}), json!(null), json!({"email_sender": 1, "extra": 2})] {
        let bad = system.post_body(json!({"data": data, "token": "wrong", "more": 1}).to_string()).await;
        assert_eq!((bad.status, &bad.text), (403, &good.text), "{data}");
    }
}

async fn any_token_of_the_parameter_is_right_and_blank_lines_are_none(system: &System) {
    system.set_tokens("old token\r\n\r\n  \nnew token\n").await;
    for token in ["old token", "new token"] {
        assert_eq!(system.post_token(token).await.status, 200, "{token}");
    }
    for token in ["", " ", "  ", "\r", "old token\r", "old token\r\n\r\n  \nnew token\n"] {
        assert_eq!(system.post_token(token).await.status, 403, "{token:?}");
    }
}

async fn a_parameter_without_a_token_is_a_503_for_everyone(system: &System) {
    system.set_tokens("\r\n  \n").await;
    for token in [TOKEN, "", "  "] {
        let answer = system.post_token(token).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{token:?}");
    }
}

async fn a_parameter_that_is_missing_or_not_encrypted_is_a_503(system: &System) {
    system.ssm.delete_parameter().name(system.token_parameter()).send().await.unwrap();
    assert_eq!(system.post_token(TOKEN).await.status, 503, "no parameter");

    system.put_tokens(TOKEN, ParameterType::String).await;
    // A new instance, since the first has asked and won't again for a while.
    let api =
        Function::new(system.function("ApiFunction").config().clone(), Events::default(), Faults::default());
    let event = alb_event("POST", "/", &[], &request(&email("John doe")).to_string());
    assert_eq!(invoke_api(&api, &event).await.status, 503, "a plain String");
}

#[tokio::test]
async fn the_token_is_fetched_during_init_and_kept() {
    let system = Ours::start().await;
    assert_eq!(system.send(Method::GET, "/health", &[], "").await.status, 200);
    assert_eq!(system.calls("GetParameter"), 1, "during init");
    for n in 0..20 {
        assert_eq!(system.post(&email(&format!("sender {n}"))).await.status, 200);
    }
    assert_eq!(system.calls("GetParameter"), 1, "20 requests later");
}

async fn a_rotated_token_works_within_seconds_and_the_old_one_as_long_as_it_is_listed(system: &System) {
    assert_eq!(system.post_token(TOKEN).await.status, 200);
    let rotated = Instant::now();
    system.set_tokens(&format!("{TOKEN}\nnew")).await;
    system
        .until("acceptance of the new token", async || {
            (system.post_token("new").await.status == 200).then_some(())
        })
        .await;
    assert_eq!(system.post_token(TOKEN).await.status, 200);

    system.set_tokens("new").await;
    // A mismatch fetches again, and what comes back no longer lists the old token.
    system
        .until("refusal of the old token", async || {
            assert_eq!(system.post_token("wrong").await.status, 403);
            (system.post_token(TOKEN).await.status == 403).then_some(())
        })
        .await;
    assert!(rotated.elapsed() < Duration::from_secs(50), "only the next regular fetch brought it");
    assert_eq!(system.post_token("new").await.status, 200);
}

#[tokio::test]
async fn an_init_without_ssm_fails_nothing_and_recovers_by_itself() {
    let system = Ours::start().await;
    system.fail("GetParameter", 500, "InternalServerError", Times::Always);
    assert_eq!(system.send(Method::GET, "/health", &[], "").await.status, 200);
    let answer = system.post_token(TOKEN).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        system.post_body(json!({"data": email("a")}).to_string()).await.status,
        403,
        "no token is never right"
    );

    // While SSM refuses, requests are answered without asking it each time.
    let asked = system.calls("GetParameter");
    for _ in 0..20 {
        assert_eq!(system.post_token(TOKEN).await.status, 503);
    }
    assert!(
        system.calls("GetParameter") <= asked + 6,
        "{asked} calls became {}",
        system.calls("GetParameter")
    );

    system.stack.aws().faults().clear();
    system.until("recovery", async || (system.post_token(TOKEN).await.status == 200).then_some(())).await;
}
