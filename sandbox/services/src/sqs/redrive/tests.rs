//! Moves as an operator asks for them, on a clock that tests move.

use super::move_one;
use crate::events::Event;
use crate::operation::Service;
use crate::sqs::tests::{config, message, redriven, sqs};
use crate::sqs::{NewMessage, Queue, Sqs, api};
use serde_json::{Value, json};
use std::{collections::HashSet, convert::Infallible, sync::Arc, time::Duration};

const MANY: usize = 20;

async fn ask(sqs: &Sqs, operation: &str, request: Value) -> Result<Value, String> {
    let refused = |error: crate::ServiceError| format!("{} {error}", error.json_type(Service::Sqs));
    api::call(sqs, operation, request, None).await.map_err(refused)
}

/// Two queues whose messages have all died, and the dead-letter queue that has them.
async fn with_dead_letters(messages: usize) -> (Sqs, Vec<Arc<Queue>>, Arc<Queue>) {
    let sqs = sqs();
    let dead = sqs.create_queue(config("dead")).unwrap();
    let queues: Vec<_> =
        ["first", "second"].map(|name| sqs.create_queue(redriven(name, "dead", 1)).unwrap()).into();
    for n in 0..messages {
        let trace_header = Some(format!("Root={n}"));
        queues[n % 2].send(NewMessage { trace_header, ..message(&n.to_string()) }).unwrap();
    }
    for queue in &queues {
        queue.receive_hidden_for(messages, Duration::ZERO, Duration::ZERO).await.unwrap();
        assert_eq!(queue.receive(1, Duration::ZERO).await, []);
    }
    assert_eq!(dead.counts().visible, messages);
    (sqs, queues, dead)
}

async fn latest(sqs: &Sqs, dead: &Queue) -> Value {
    let answer = ask(sqs, "ListMessageMoveTasks", json!({"SourceArn": dead.arn()})).await.unwrap();
    answer["Results"][0].clone()
}

#[tokio::test(start_paused = true)]
async fn the_events_of_a_move_lead_from_the_old_message_to_the_new_one() {
    let (sqs, _, dead) = with_dead_letters(1).await;
    let mut events = sqs.context.events.subscribe();
    let old = dead.peek()[0].message_id.clone();
    ask(&sqs, "StartMessageMoveTask", json!({"SourceArn": dead.arn()})).await.unwrap();
    let moved = events.recv().await.unwrap();
    let Event::MessageMoved { queue, message_id, new_message_id } = moved else { panic!("{moved:?}") };
    assert_eq!((queue.as_str(), message_id), (dead.name(), old));
    let sent = events.recv().await.unwrap();
    assert!(
        matches!(&sent, Event::MessageSent { message_id, .. } if *message_id == new_message_id),
        "{sent:?}"
    );
}

/// Bodies and traces of what is in a queue.
fn contents(queue: &Queue) -> HashSet<(String, Option<String>)> {
    queue.peek().into_iter().map(|message| (message.body, message.trace_header)).collect()
}

#[tokio::test(start_paused = true)]
async fn dead_letters_go_back_to_where_they_came_from_as_new_messages() {
    let (sqs, queues, dead) = with_dead_letters(MANY).await;
    let old: HashSet<_> = dead.peek().into_iter().map(|message| message.message_id).collect();
    ask(&sqs, "StartMessageMoveTask", json!({"SourceArn": dead.arn()})).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let task = latest(&sqs, &dead).await;
    assert_eq!(task["Status"], "COMPLETED", "{task}");
    assert_eq!(task["ApproximateNumberOfMessagesMoved"], MANY);
    assert_eq!(task["ApproximateNumberOfMessagesToMove"], MANY);
    assert!(task.get("TaskHandle").is_none() && task.get("DestinationArn").is_none(), "{task}");
    assert_eq!(dead.peek(), []);
    for (remainder, queue) in queues.iter().enumerate() {
        let expected =
            (0..MANY).filter(|n| n % 2 == remainder).map(|n| (n.to_string(), Some(format!("Root={n}"))));
        assert_eq!(contents(queue), expected.collect());
        for message in queue.peek() {
            assert!(!old.contains(&message.message_id), "a message that is moved has a new id");
            assert_eq!((message.receive_count, message.dead_letter_source), (0, None));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_move_keeps_to_its_rate_and_can_be_cancelled_half_way_without_losing_anything() {
    let (sqs, queues, dead) = with_dead_letters(MANY).await;
    let request = json!({
        "SourceArn": dead.arn(), "DestinationArn": queues[0].arn(), "MaxNumberOfMessagesPerSecond": 2,
    });
    let handle = ask(&sqs, "StartMessageMoveTask", request.clone()).await.unwrap()["TaskHandle"].clone();
    tokio::time::sleep(Duration::from_millis(2_250)).await;
    let task = latest(&sqs, &dead).await;
    assert_eq!((&task["Status"], &task["TaskHandle"]), (&json!("RUNNING"), &handle));
    assert_eq!(task["ApproximateNumberOfMessagesMoved"], 5);
    let second = ask(&sqs, "StartMessageMoveTask", request.clone()).await.unwrap_err();
    assert!(second.contains("Only one active task"), "{second}");
    let cancelled = ask(&sqs, "CancelMessageMoveTask", json!({"TaskHandle": handle})).await.unwrap();
    assert_eq!(cancelled["ApproximateNumberOfMessagesMoved"], 5);
    assert_eq!(latest(&sqs, &dead).await["Status"], "CANCELLING");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(latest(&sqs, &dead).await["Status"], "CANCELLED");
    assert_eq!((queues[0].counts().visible, dead.counts().visible), (5, MANY - 5));
    assert_eq!(contents(&queues[0]).union(&contents(&dead)).count(), MANY);
    let again = ask(&sqs, "CancelMessageMoveTask", json!({"TaskHandle": handle})).await.unwrap_err();
    assert!(again.contains("Only active tasks can be cancelled"), "{again}");
    ask(&sqs, "StartMessageMoveTask", request).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_that_fails_again_meanwhile_is_not_moved_again() {
    let (sqs, queues, dead) = with_dead_letters(2).await;
    let request = json!({"SourceArn": dead.arn(), "MaxNumberOfMessagesPerSecond": 1});
    ask(&sqs, "StartMessageMoveTask", request).await.unwrap();
    for _ in 0..10 {
        for queue in &queues {
            queue.receive_hidden_for(1, Duration::ZERO, Duration::ZERO).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let task = latest(&sqs, &dead).await;
    assert_eq!(
        (&task["Status"], &task["ApproximateNumberOfMessagesMoved"]),
        (&json!("COMPLETED"), &json!(2))
    );
    assert_eq!(dead.counts().visible, 2);
}

#[tokio::test(start_paused = true)]
async fn a_move_that_can_not_go_on_fails_and_leaves_the_message() {
    let (sqs, queues, dead) = with_dead_letters(2).await;
    sqs.queues.delete(&queues[0]);
    ask(&sqs, "StartMessageMoveTask", json!({"SourceArn": dead.arn()})).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let task = latest(&sqs, &dead).await;
    assert_eq!(task["FailureReason"], "AWS.SimpleQueueService.NonExistentQueue", "{task}");
    assert_eq!(dead.counts().visible, 2);

    dead.purge().unwrap();
    dead.send(message("sent here")).unwrap();
    ask(&sqs, "StartMessageMoveTask", json!({"SourceArn": dead.arn()})).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let task = latest(&sqs, &dead).await;
    assert_eq!(
        (&task["Status"], &task["FailureReason"]),
        (&json!("FAILED"), &json!("CouldNotDetermineMessageSource"))
    );
    assert_eq!(dead.counts().visible, 1);
}

#[tokio::test]
async fn moves_that_make_no_sense_are_refused_as_aws_does() {
    let (sqs, queues, dead) = with_dead_letters(1).await;
    let (dead, first, gone) = (dead.arn(), queues[0].arn(), sqs.context.queue_arn("gone"));
    let forged = |json: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, json);
    let task = forged(&format!(r#"{{"taskId": "x", "sourceArn": "{dead}"}}"#));
    for (operation, request, expected) in [
        ("StartMessageMoveTask", json!({"SourceArn": first}), "must be configured as a Dead Letter Queue"),
        ("StartMessageMoveTask", json!({"SourceArn": gone}), "the SourceArn parameter doesn't exist"),
        ("StartMessageMoveTask", json!({"SourceArn": dead, "DestinationArn": gone}), "the DestinationArn"),
        ("StartMessageMoveTask", json!({"SourceArn": dead, "DestinationArn": dead}), "cannot be the same"),
        ("StartMessageMoveTask", json!({"SourceArn": dead, "MaxNumberOfMessagesPerSecond": 0}), "Value 0"),
        (
            "StartMessageMoveTask",
            json!({"SourceArn": dead, "MaxNumberOfMessagesPerSecond": 501}),
            "Value 501",
        ),
        ("StartMessageMoveTask", json!({}), "SourceArn"),
        ("ListMessageMoveTasks", json!({"SourceArn": dead, "MaxResults": 11}), "MaxResults"),
        (
            "CancelMessageMoveTask",
            json!({"TaskHandle": "nonsense"}),
            "Value for parameter TaskHandle is invalid",
        ),
        ("CancelMessageMoveTask", json!({"TaskHandle": task}), "Task does not exist"),
    ] {
        let refused = ask(&sqs, operation, request.clone()).await.unwrap_err();
        assert!(refused.contains(expected), "{operation} {request}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_die_and_come_back_under_load_are_never_lost_nor_doubled() {
    const MESSAGES: usize = 200;
    let (sqs, queues, dead) = with_dead_letters(MESSAGES).await;
    let mut receivers = tokio::task::JoinSet::new();
    for queue in queues.iter().cycle().take(4).map(Arc::clone) {
        receivers.spawn(async move {
            loop {
                queue.receive_hidden_for(10, Duration::ZERO, Duration::ZERO).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    let moving = async {
        for _ in 0..20 {
            ask(&sqs, "StartMessageMoveTask", json!({"SourceArn": dead.arn()})).await.unwrap();
            while latest(&sqs, &dead).await["Status"] == "RUNNING" {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), moving).await.unwrap();
    receivers.shutdown().await;
    let all = queues.iter().chain([&dead]).flat_map(|queue| queue.peek());
    let mut bodies: Vec<usize> = all.map(|message| message.body.parse().unwrap()).collect();
    bodies.sort_unstable();
    assert!(bodies.into_iter().eq(0..MESSAGES));
}

#[tokio::test]
async fn a_message_that_is_received_just_before_it_is_moved_stays() {
    let sqs = sqs();
    let dead = sqs.create_queue(config("dead")).unwrap();
    let queue = sqs.create_queue(config("queue")).unwrap();
    dead.send(message("x")).unwrap();
    let moved = move_one(&dead, u64::MAX, |_| {
        assert_eq!(dead.take(1, Duration::from_secs(30)).unwrap().received.len(), 1);
        Ok::<_, Infallible>(Arc::clone(&queue))
    });
    assert_eq!(moved, Ok(false));
    assert_eq!((dead.counts().in_flight, queue.counts().visible), (1, 0));
}
