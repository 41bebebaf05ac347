//! SQS fails.

use crate::harness::{Ours, QUEUE, email, refusal};
use sandbox::services::faults::{Fault, Times};
use serde_json::Value;
use std::time::{Duration, Instant};

#[tokio::test]
async fn every_sqs_failure_is_a_503_with_retry_after_and_no_word_of_aws() {
    let system = Ours::start().await;
    for fault in [
        refusal(500, "InternalFailure"),
        refusal(503, "ServiceUnavailable"),
        refusal(400, "QueueDoesNotExist"),
        refusal(403, "AccessDeniedException"),
        refusal(400, "RequestThrottled"),
        Fault::Drop,
    ] {
        system.fault("SendMessage", fault.clone(), Times::Always);
        let answer = system.post(&email("John doe")).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{fault:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(!answer.text.contains("SQS") && !answer.text.contains("Queue"), "{}", answer.text);
        system.stack.aws().faults().clear();
    }
    let logged = system.log.with_message("refused");
    let denied = |line: &Value| line["error"].as_str().is_some_and(|error| error.contains("AccessDenied"));
    assert!(logged.iter().any(denied), "{logged:?}");
    assert_eq!(system.post(&email("John doe")).await.status, 200, "the process lives on");
}

#[tokio::test]
async fn an_sqs_that_never_answers_is_a_503_before_the_deadline() {
    let system = Ours::start().await;
    assert_eq!(system.post(&email("before")).await.status, 200);
    system.fault("SendMessage", Fault::Stall, Times::Always);
    let started = Instant::now();
    let answer = system.post(&email("John doe")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    assert!(started.elapsed() < Duration::from_millis(9_800), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_short_failure_is_retried_and_the_client_never_knows() {
    let system = Ours::start().await;
    system.fail("SendMessage", 500, "InternalFailure", Times::N(2));
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    assert_eq!(system.calls("SendMessage"), 3);
}

#[tokio::test]
async fn a_message_sent_twice_because_an_answer_was_lost_is_filed_once() {
    let system = Ours::start().await;
    let queue = system.queue(QUEUE);
    system.fault("SendMessage", Fault::LostAnswer, Times::Once);
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    system.logged("filed", 2).await;
    system.until("both messages done", async || queue.peek().is_empty().then_some(())).await;
    assert_eq!(system.keys().await, ["John doe_1693561101.json"]);
}
