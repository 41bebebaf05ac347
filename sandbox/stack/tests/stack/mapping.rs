//! The event source mapping.

use crate::{FUNCTION, next, project, start, start_changed, start_scaled};
use sandbox::Stack;
use sandbox::TimeScale;
use sandbox::events::{Event, Events};
use sandbox::mapping::{EventSourceMapping, MappingConfig};
use sandbox::services::sqs::{NewMessage, Queue};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::broadcast::Receiver;

pub(crate) fn queue(stack: &Stack, logical_id: &str) -> Arc<Queue> {
    let spec = stack.template().queues.iter().find(|queue| queue.logical_id == logical_id).unwrap();
    stack.aws().sqs().queue(&spec.name).unwrap()
}

pub(crate) fn send(stack: &Stack, body: impl Into<String>) {
    queue(stack, "Queue").send(NewMessage { body: body.into(), ..NewMessage::default() }).unwrap();
}

/// The next batch that was done: how many messages it had, and how many of them failed.
async fn batch(events: &mut Receiver<Event>) -> (usize, usize) {
    next(events, |event| match event {
        Event::BatchDone { messages, failed, .. } => Some((messages, failed)),
        _ => None,
    })
    .await
}

/// The size of the next batch in bytes, as the function saw it.
async fn bytes(events: &mut Receiver<Event>) -> usize {
    next(events, |event| match event {
        Event::Logged { line, .. } => line.rsplit_once(", ")?.1.strip_suffix(" bytes")?.parse().ok(),
        _ => None,
    })
    .await
}

/// Waits until a message has gone to the dead-letter queue.
async fn dead_lettered(events: &mut Receiver<Event>) {
    next(events, |event| matches!(event, Event::MessageDeadLettered { .. }).then_some(())).await;
}

#[tokio::test]
async fn a_batch_has_at_most_its_size_and_every_message_is_done_once() {
    let stack = start_scaled(20.0).await;
    let mut events = stack.events();
    (0..70).for_each(|n| send(&stack, format!("message {n}")));
    let mut done = 0;
    while done < 70 {
        let (messages, failed) = batch(&mut events).await;
        assert!((1..=20).contains(&messages) && failed == 0, "{messages} messages, {failed} failed");
        done += messages;
    }
    assert_eq!(done, 70);
    assert!(queue(&stack, "Queue").peek().is_empty());
}

#[tokio::test]
async fn a_batch_that_is_not_full_waits_for_its_window() {
    let stack = start().await;
    let mut events = stack.events();
    let started = Instant::now();
    send(&stack, "alone");
    assert_eq!(batch(&mut events).await, (1, 0));
    assert!(started.elapsed().as_secs_f64() >= 0.95, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_batch_is_at_most_six_megabytes() {
    let stack = start_scaled(20.0).await;
    let mut events = stack.events();
    (0..14).for_each(|_| send(&stack, "x".repeat(1_000_000)));
    let mut total = 0;
    while total < 14_000_000 {
        let bytes = bytes(&mut events).await;
        assert!(bytes <= 6 * 1_048_576, "{bytes}");
        total += bytes;
    }
}

#[tokio::test]
async fn no_more_batches_are_under_way_than_the_maximum_concurrency() {
    let stack = start_scaled(20.0).await;
    let mut events = stack.events();
    (0..120).for_each(|_| send(&stack, "do-nap"));
    let (mut done, mut instances) = (0, 0);
    while done < 120 {
        let (messages, started) = next(&mut events, |event| match event {
            Event::BatchDone { messages, .. } => Some((messages, 0)),
            Event::InstanceStarted { .. } => Some((0, 1)),
            _ => None,
        })
        .await;
        (done, instances) = (done + messages, instances + started);
    }
    assert_eq!(instances, 2, "MaximumConcurrency is 2");
}

#[tokio::test]
async fn what_the_function_reports_comes_again_and_its_neighbours_are_done() {
    let stack = start_scaled(20.0).await;
    let mut events = stack.events();
    for body in ["fine", "do-fail", "fine too"] {
        send(&stack, body);
    }
    assert_eq!(batch(&mut events).await, (3, 1));
    assert_eq!(batch(&mut events).await, (1, 1));
    dead_lettered(&mut events).await;
    let dead = queue(&stack, "DeadLetterQueue").peek();
    assert_eq!(dead.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["do-fail"]);
    assert!(queue(&stack, "Queue").peek().is_empty());
}

#[tokio::test]
async fn without_report_batch_item_failures_what_the_function_answers_is_not_read() {
    let switch = "FunctionResponseTypes: [ReportBatchItemFailures]";
    let stack = start_changed(20.0, switch, "Enabled: true", &Events::default()).await;
    let mut events = stack.events();
    send(&stack, "do-fail");
    assert_eq!(batch(&mut events).await, (1, 0));
    assert!(queue(&stack, "Queue").peek().is_empty());
}

#[tokio::test]
async fn a_queue_has_one_mapping_to_a_function_until_that_is_dropped() {
    let stack = project().start().await.unwrap();
    let start = |queue: &str| {
        EventSourceMapping::start(MappingConfig {
            spec: stack.template().mappings[0].clone(),
            queue: self::queue(&stack, queue),
            function: stack.function(FUNCTION).unwrap().clone(),
            time_scale: TimeScale::REAL_TIME,
            region: "eu-central-1".to_owned(),
            events: Events::default(),
        })
    };
    let Err(refused) = start("Queue") else { panic!("the stack's own mapping runs") };
    assert!(refused.to_string().contains(":local-Queue and local-odd runs already"), "{refused}");
    let other = start("DeadLetterQueue").unwrap();
    assert!(start("DeadLetterQueue").is_err());
    drop(other);
    assert!(start("DeadLetterQueue").is_ok());
}

#[tokio::test]
async fn an_empty_identifier_fails_the_whole_batch() {
    let stack = start_scaled(20.0).await;
    let mut events = stack.events();
    send(&stack, "do-empty-id");
    send(&stack, "its neighbour");
    assert_eq!(batch(&mut events).await, (2, 2));
    dead_lettered(&mut events).await;
    dead_lettered(&mut events).await;
    assert_eq!(queue(&stack, "DeadLetterQueue").peek().len(), 2);
}

#[tokio::test]
async fn a_crash_gives_the_whole_batch_back_when_its_visibility_timeout_ends_and_no_sooner() {
    let stack = start_scaled(6.0).await;
    let mut events = stack.events();
    send(&stack, "do-crash");
    send(&stack, "its neighbour");
    assert_eq!(batch(&mut events).await, (2, 2));
    let crashed = Instant::now();
    assert_eq!(queue(&stack, "Queue").counts().in_flight, 2);
    assert_eq!(batch(&mut events).await, (2, 2), "both come again");
    // 12 s, six times faster, less the time that the first batch took.
    assert!(crashed.elapsed().as_secs_f64() >= 1.2, "{:?}", crashed.elapsed());
    dead_lettered(&mut events).await;
    dead_lettered(&mut events).await;
}

#[tokio::test]
async fn a_worker_that_hangs_is_killed_and_its_batch_comes_again() {
    let stack = start_scaled(4.0).await;
    let mut events = stack.events();
    send(&stack, "do-hang");
    assert_eq!(batch(&mut events).await, (1, 1));
    assert_eq!(batch(&mut events).await, (1, 1));
    dead_lettered(&mut events).await;
}
