//! A queue that is less than exact, as AWS's are.

use super::*;
use crate::faults::{DeliveryFault, Times};
use crate::sqs::ReceivedMessage;

#[tokio::test(start_paused = true)]
async fn a_duplicate_is_received_twice_and_the_first_receipt_handle_is_then_an_old_one() {
    let queue = queue_with_message();
    queue.context.faults.set_delivery("queue", DeliveryFault::Duplicate, Times::Once);
    let first = queue.receive(10, NO_WAIT).await;
    let second = queue.receive(10, NO_WAIT).await;
    assert_eq!((first.len(), second.len()), (1, 1), "once to each");
    assert_eq!(first[0].message_id, second[0].message_id);
    queue.delete(&first[0].receipt_handle).unwrap();
    assert_eq!(queue.counts().in_flight, 1);
    queue.delete(&second[0].receipt_handle).unwrap();
    assert_eq!(queue.peek(), []);
}

#[tokio::test]
async fn a_duplicate_reaches_two_who_wait_for_a_message() {
    let queue = queue();
    let waiting = || {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move { queue.receive(10, Duration::from_secs(20)).await })
    };
    let (first, second) = (waiting(), waiting());
    queue.context.faults.set_delivery("queue", DeliveryFault::Duplicate, Times::Once);
    queue.send(message("x")).unwrap();
    let both = async { (first.await.unwrap().len(), second.await.unwrap().len()) };
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), both).await, Ok((1, 1)));
}

#[tokio::test(start_paused = true)]
async fn a_reordered_receive_gives_the_newest_first() {
    let queue = queue();
    for body in ["a", "b", "c"] {
        queue.send(message(body)).unwrap();
    }
    queue.context.faults.set_delivery("queue", DeliveryFault::Reorder, Times::Once);
    let bodies = |received: Vec<ReceivedMessage>| received.into_iter().map(|m| m.body).collect::<Vec<_>>();
    assert_eq!(bodies(queue.receive(2, NO_WAIT).await), ["c", "b"]);
    assert_eq!(bodies(queue.receive(2, NO_WAIT).await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn an_expired_receipt_handle_deletes_nothing_and_the_message_comes_again() {
    let queue = queue_with_message();
    queue.context.faults.set_delivery("queue", DeliveryFault::ExpiredReceipt, Times::Once);
    let first = queue.receive(10, NO_WAIT).await;
    queue.delete(&first[0].receipt_handle).unwrap();
    tokio::time::advance(TIMEOUT).await;
    let second = queue.receive(10, NO_WAIT).await;
    assert_eq!(second[0].attributes["ApproximateReceiveCount"], "2");
    queue.delete(&second[0].receipt_handle).unwrap();
    assert_eq!(queue.peek(), []);
}

#[tokio::test(start_paused = true)]
async fn a_receive_that_finds_nothing_uses_up_no_fault() {
    let queue = queue();
    queue.context.faults.set_delivery("queue", DeliveryFault::Duplicate, Times::Once);
    assert_eq!(queue.receive(10, NO_WAIT).await, []);
    queue.send(message("x")).unwrap();
    assert_eq!((queue.receive(10, NO_WAIT).await.len(), queue.receive(10, NO_WAIT).await.len()), (1, 1));
}
