//! Messages over time, on a clock that tests move.

use super::*;
use crate::clock::TimeScale;
use crate::sqs::tests::{config, message, redriven, sqs, sqs_at};

mod events;
mod faults;
mod full;

const NO_WAIT: Duration = Duration::ZERO;
const TIMEOUT: Duration = Duration::from_secs(30);

fn queue() -> Arc<Queue> {
    sqs().create_queue(config("queue")).unwrap()
}

fn queue_with_message() -> Arc<Queue> {
    let queue = queue();
    queue.send(message("x")).unwrap();
    queue
}

/// A queue that gives a message up after two receives, and its dead-letter queue.
fn queue_with_dead_letters() -> (Arc<Queue>, Arc<Queue>) {
    let sqs = sqs();
    let dead = sqs.create_queue(config("dead")).unwrap();
    (sqs.create_queue(redriven("queue", "dead", 2)).unwrap(), dead)
}

#[tokio::test(start_paused = true)]
async fn a_received_message_is_hidden_until_its_visibility_timeout_ends() {
    let queue = queue_with_message();
    assert_eq!(queue.receive(10, NO_WAIT).await.len(), 1);
    assert_eq!(queue.counts(), Counts { in_flight: 1, ..Counts::default() });
    tokio::time::advance(TIMEOUT - Duration::from_millis(1)).await;
    assert_eq!(queue.receive(10, NO_WAIT).await, []);
    tokio::time::advance(Duration::from_millis(1)).await;
    let again = queue.receive(10, NO_WAIT).await;
    assert_eq!(again[0].attributes["ApproximateReceiveCount"], "2");
}

#[tokio::test(start_paused = true)]
async fn the_time_scale_divides_the_visibility_timeout() {
    let queue = sqs_at(TimeScale::new(10.0).unwrap()).create_queue(config("queue")).unwrap();
    queue.send(message("x")).unwrap();
    queue.receive(1, NO_WAIT).await;
    tokio::time::advance(TIMEOUT / 10).await;
    assert_eq!(queue.counts().visible, 1);
}

#[tokio::test(start_paused = true)]
async fn a_receive_that_waits_wakes_when_a_message_arrives() {
    let queue = queue();
    let start = Instant::now();
    let waiting = tokio::spawn({
        let queue = Arc::clone(&queue);
        async move { queue.receive(1, Duration::from_secs(20)).await }
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    queue.send(message("x")).unwrap();
    assert_eq!(waiting.await.unwrap().len(), 1);
    assert_eq!(start.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_receive_that_waits_wakes_when_a_message_becomes_visible_again() {
    let queue = queue_with_message();
    let start = Instant::now();
    queue.receive(1, NO_WAIT).await;
    assert_eq!(queue.receive(1, Duration::from_secs(60)).await.len(), 1);
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_receive_gives_up_when_its_wait_ends() {
    let start = Instant::now();
    assert_eq!(queue().receive(1, Duration::from_secs(20)).await, []);
    assert_eq!(start.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_message_received_too_often_goes_to_the_dead_letter_queue_when_it_would_be_received_again() {
    let (queue, dead) = queue_with_dead_letters();
    let mut sent = message("poison");
    sent.trace_header = Some("Root=1-2-3".into());
    let id = queue.send(sent).unwrap();
    let sent_at = queue.peek()[0].sent_at;
    for _ in 0..2 {
        assert_eq!(queue.receive(1, Duration::from_secs(60)).await.len(), 1);
    }
    assert_eq!(dead.peek(), [], "its last visibility timeout has not ended");
    assert_eq!(queue.receive(1, Duration::from_secs(60)).await, []);
    assert_eq!(queue.peek(), []);
    let dead_letter = &dead.peek()[0];
    assert_eq!((&dead_letter.message_id, dead_letter.sent_at), (&id, sent_at));
    assert_eq!(dead_letter.trace_header.as_deref(), Some("Root=1-2-3"));
    assert_eq!(dead_letter.dead_letter_source.as_deref(), Some(queue.arn()));
}

#[tokio::test(start_paused = true)]
async fn an_expired_message_is_gone_and_a_dead_letter_queue_counts_from_when_it_was_sent() {
    let sqs = sqs();
    let short = QueueConfig { retention: Duration::from_secs(90), ..config("dead") };
    let dead = sqs.create_queue(short).unwrap();
    let queue = sqs.create_queue(redriven("queue", "dead", 1)).unwrap();
    queue.send(message("x")).unwrap();
    queue.receive(1, NO_WAIT).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    queue.receive(1, NO_WAIT).await;
    assert_eq!(dead.counts().visible, 1);
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(dead.counts(), Counts::default());
    assert_eq!(dead.receive(1, NO_WAIT).await, []);
}

#[tokio::test(start_paused = true)]
async fn only_the_latest_receipt_deletes_a_message() {
    let queue = queue_with_message();
    let first = queue.receive(1, NO_WAIT).await;
    tokio::time::advance(TIMEOUT).await;
    let second = queue.receive(1, NO_WAIT).await;
    queue.delete(&first[0].receipt_handle).unwrap();
    assert_eq!(queue.peek().len(), 1);
    queue.delete(&second[0].receipt_handle).unwrap();
    assert_eq!(queue.peek(), []);
    assert!(queue.delete(&second[0].receipt_handle).is_ok(), "deleting again is no error");
}

#[tokio::test(start_paused = true)]
async fn a_message_given_back_is_visible_at_once() {
    let queue = queue_with_message();
    let received = queue.receive(1, NO_WAIT).await;
    queue.change_visibility(&received[0].receipt_handle, Duration::ZERO).unwrap();
    assert_eq!(queue.counts().visible, 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_visible_again_stays_so_when_its_visibility_is_changed() {
    let queue = queue_with_message();
    let received = queue.receive(1, NO_WAIT).await;
    tokio::time::advance(TIMEOUT).await;
    queue.change_visibility(&received[0].receipt_handle, TIMEOUT).unwrap();
    assert_eq!(queue.counts(), Counts { visible: 1, ..Counts::default() });
}

#[tokio::test(start_paused = true)]
async fn an_older_receipt_handle_changes_the_visibility_after_a_newer_receive() {
    let queue = queue_with_message();
    let first = queue.receive(1, NO_WAIT).await;
    tokio::time::advance(TIMEOUT).await;
    assert_eq!(queue.receive(1, NO_WAIT).await.len(), 1);
    queue.change_visibility(&first[0].receipt_handle, Duration::ZERO).unwrap();
    assert_eq!(queue.receive(1, NO_WAIT).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_visibility_of_a_deleted_message_can_not_be_changed() {
    let queue = queue_with_message();
    let received = queue.receive(1, NO_WAIT).await;
    let handle = &received[0].receipt_handle;
    queue.delete(handle).unwrap();
    let error = queue.change_visibility(handle, TIMEOUT).unwrap_err();
    assert_eq!(error.code(), "InvalidParameterValueException");
    let message = format!(
        "Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
    );
    assert_eq!(error.to_string(), message);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_message_is_hidden_at_first() {
    let queue = queue();
    queue.send(NewMessage { delay: Duration::from_secs(5), ..message("x") }).unwrap();
    assert_eq!(queue.counts(), Counts { delayed: 1, ..Counts::default() });
    assert_eq!(queue.receive(1, Duration::from_secs(5)).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_receive_never_gives_more_than_it_was_asked_for_nor_a_message_twice() {
    let queue = queue();
    for n in 0..15 {
        queue.send(message(&n.to_string())).unwrap();
    }
    let first = queue.receive_hidden_for(10, NO_WAIT, Duration::ZERO).await.unwrap();
    let bodies: std::collections::HashSet<_> = first.iter().map(|d| &d.body).collect();
    assert_eq!((first.len(), bodies.len()), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn two_queues_may_be_each_others_dead_letter_queue() {
    let sqs = sqs();
    let first = sqs.create_queue(config("first")).unwrap();
    let second = sqs.create_queue(redriven("second", "first", 1)).unwrap();
    sqs.change(&first, |settings| {
        settings.config = redriven("first", "second", 1);
        Ok(())
    })
    .unwrap();
    first.send(message("x")).unwrap();
    for (queue, other) in [(&first, &second), (&second, &first)] {
        assert_eq!(queue.receive_hidden_for(1, NO_WAIT, Duration::ZERO).await.unwrap().len(), 1);
        assert_eq!(queue.receive(1, NO_WAIT).await, []);
        assert_eq!(other.counts().visible, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_dead_letter_queue_a_message_stays_until_there_is_one_again() {
    let sqs = sqs();
    let dead = sqs.create_queue(config("dead")).unwrap();
    let queue = sqs.create_queue(redriven("queue", "dead", 1)).unwrap();
    queue.send(message("x")).unwrap();
    queue.receive_hidden_for(1, NO_WAIT, Duration::ZERO).await.unwrap();
    sqs.queues.delete(&dead);
    assert_eq!(queue.receive_hidden_for(1, NO_WAIT, Duration::ZERO).await.unwrap().len(), 1);
    tokio::time::advance(Duration::from_secs(60)).await;
    let dead = sqs.create_queue(config("dead")).unwrap();
    assert_eq!(queue.receive(1, NO_WAIT).await, []);
    assert_eq!(dead.counts().visible, 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_on_a_queue_that_is_deleted_is_told_at_once() {
    let sqs = sqs();
    let queue = sqs.create_queue(config("queue")).unwrap();
    let waiting = tokio::spawn({
        let queue = Arc::clone(&queue);
        async move { queue.receive_hidden_for(1, Duration::from_secs(20), TIMEOUT).await }
    });
    let start = Instant::now();
    tokio::time::sleep(Duration::from_secs(3)).await;
    sqs.queues.delete(&queue);
    assert_eq!(waiting.await.unwrap().unwrap_err().code(), "QueueDoesNotExist");
    assert_eq!(start.elapsed().as_secs(), 3);
    assert_eq!(sqs.create_queue(config("queue")).unwrap_err().code(), "QueueDeletedRecently");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(sqs.create_queue(config("queue")).is_ok());
}

#[test]
fn a_wait_for_one_of_two_queues_holds_the_other_only_if_it_comes_first() {
    let sqs = sqs();
    let first = sqs.create_queue(config("first")).unwrap();
    let second = sqs.create_queue(config("second")).unwrap();
    for (queue, other) in [(&first, &second), (&second, &first)] {
        let held = first.state.lock();
        let waiting = std::thread::spawn({
            let (queue, other) = (Arc::clone(queue), Arc::clone(other));
            move || drop(queue.lock_with(&other))
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(second.state.try_lock().is_some(), "{} takes its own lock first", queue.name());
        drop(held);
        waiting.join().unwrap();
    }
}
