//! When SQS does not do its part.

use crate::harness::{Ours, QUEUE, email};
use sandbox::services::faults::{Fault, Times};
use std::time::{Duration, Instant};

#[tokio::test]
async fn every_sqs_failure_is_a_503_with_retry_after_and_no_word_of_aws() {
    let system = Ours::start().await;
    for fault in [
        Fault::Error { status: 500, code: "InternalFailure".to_owned() },
        Fault::Error { status: 503, code: "ServiceUnavailable".to_owned() },
        Fault::Error { status: 400, code: "QueueDoesNotExist".to_owned() },
        Fault::Error { status: 403, code: "AccessDeniedException".to_owned() },
        Fault::Error { status: 400, code: "RequestThrottled".to_owned() },
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
    assert!(
        logged
            .iter()
            .any(|line| line["error"].as_str().unwrap_or_default().contains("AccessDeniedException"))
    );
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
    system.fault(
        "SendMessage",
        Fault::Error { status: 500, code: "InternalFailure".to_owned() },
        Times::N(2),
    );
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    assert_eq!(system.calls("SendMessage"), 3);
}

#[tokio::test]
async fn a_message_sent_twice_because_an_answer_was_lost_is_filed_once() {
    let system = Ours::start().await;
    let queue = system.queue(QUEUE);
    system.fault("SendMessage", Fault::LostAnswer, Times::Once);
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    system
        .until("both messages done", async || {
            (system.log.with_message("filed").len() == 2 && queue.peek().is_empty()).then_some(())
        })
        .await;
    assert_eq!(system.keys().await, ["John doe_1693561101.json"]);
}
