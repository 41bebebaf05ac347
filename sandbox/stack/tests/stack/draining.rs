//! The end of a stack: it answers what it has taken, and empties its queues.

use crate::mapping::{queue, send};
use crate::{next, post, start, start_scaled};
use sandbox::Stack;
use sandbox::events::Event;
use sandbox::services::sqs::Counts;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

const NOTHING: Counts = Counts { visible: 0, in_flight: 0, delayed: 0 };
const LONG: Duration = Duration::from_secs(60);

/// A request in a task of its own, and the status of its response.
fn posted(url: &str, body: &'static str) -> JoinHandle<reqwest::Result<u16>> {
    let request = reqwest::Client::new().post(url).header("content-type", "text/plain").body(body);
    tokio::spawn(async move { Ok(request.send().await?.status().as_u16()) })
}

async fn started(stack: &Stack) {
    next(&mut stack.events(), |event| matches!(event, Event::InstanceStarted { .. }).then_some(())).await;
}

#[tokio::test]
async fn a_request_that_was_taken_is_answered_and_no_other_is() {
    let mut stack = start().await;
    let url = stack.url().to_owned();
    let answer = posted(&url, "do-nap");
    started(&stack).await;
    stack.drain(LONG).await;
    assert_eq!(answer.await.unwrap().unwrap(), 200);
    assert!(reqwest::get(&url).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn queues_are_emptied_without_waiting_for_a_batching_window() {
    let mut stack = start().await;
    (0..100).for_each(|n| send(&stack, format!("message {n}")));
    let began = Instant::now();
    stack.drain(LONG).await;
    assert_eq!(queue(&stack, "Queue").counts(), NOTHING);
    println!("draining took {:?}", began.elapsed());
}

#[tokio::test]
async fn a_batch_in_progress_comes_to_its_end_although_the_time_is_over() {
    let mut stack = start_scaled(20.0).await;
    send(&stack, "do-nap");
    started(&stack).await;
    stack.drain(Duration::ZERO).await;
    assert_eq!(queue(&stack, "Queue").counts(), NOTHING);
}

#[tokio::test]
async fn messages_whose_batch_fails_stay_and_are_not_waited_for() {
    let mut stack = start().await;
    send(&stack, "do-fail");
    stack.drain(LONG).await;
    assert_eq!(queue(&stack, "Queue").counts(), Counts { in_flight: 1, ..NOTHING });
}

#[tokio::test]
async fn a_request_whose_function_is_stuck_does_not_keep_the_others_waiting() {
    let mut stack = start().await;
    let stuck = posted(stack.url(), "do-hang");
    started(&stack).await;
    send(&stack, "message");
    stack.drain(Duration::from_millis(100)).await;
    stack.stop().await;
    // The listener is gone, or says that its function is.
    let answered = stuck.await.unwrap();
    assert!(matches!(answered, Err(_) | Ok(502 | 503)), "{answered:?}");
}

#[tokio::test]
async fn a_stack_that_drained_has_nothing_left_to_stop() {
    let mut stack = start().await;
    assert_eq!(post(&stack, "hello").await.0, 200);
    stack.drain(LONG).await;
    stack.drain(LONG).await;
    stack.stop().await;
}
