//! The events by which a listener knows where a message is.

use super::*;
use tokio::sync::broadcast::Receiver;

/// The events since the last look.
fn told(events: &mut Receiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| events.try_recv().ok()).collect()
}

#[tokio::test]
async fn a_message_that_a_function_is_done_with_is_told_from_one_that_a_client_deleted() {
    let queue = queue();
    let mut events = queue.context.events.subscribe();
    for _ in 0..2 {
        queue.send(message("x")).unwrap();
    }
    let received = queue.receive(2, NO_WAIT).await;
    queue.delete(&received[0].receipt_handle).unwrap();
    queue.delete_processed(&received[1].receipt_handle).unwrap();
    let deleted = told(&mut events).into_iter().filter_map(|event| match event {
        Event::MessageDeleted { message_id, processed, .. } => Some((message_id, processed)),
        _ => None,
    });
    let ids = received.iter().map(|message| message.message_id.clone());
    assert!(deleted.eq(ids.zip([false, true])));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_expires_and_a_queue_that_is_purged_are_told() {
    let queue = queue_with_message();
    let mut events = queue.context.events.subscribe();
    let message_id = queue.peek()[0].message_id.clone();
    tokio::time::advance(queue.config().retention).await;
    queue.counts();
    let told_once = told(&mut events);
    let [Event::MessageExpired { message_id: expired, .. }] = told_once.as_slice() else {
        panic!("{told_once:?}")
    };
    assert_eq!(*expired, message_id);
    for _ in 0..3 {
        queue.send(message("x")).unwrap();
    }
    queue.receive(1, NO_WAIT).await;
    queue.purge().unwrap();
    let purged = told(&mut events).pop();
    assert!(matches!(purged, Some(Event::QueuePurged { messages: 3, .. })), "{purged:?}");
    assert!(queue.purge().is_err() && told(&mut events).is_empty(), "a purge that is refused");
}

#[tokio::test(start_paused = true)]
async fn a_message_is_found_by_its_id_and_is_in_flight_until_its_visibility_timeout_ends() {
    let queue = queue_with_message();
    let message_id = &queue.peek()[0].message_id;
    assert!(!queue.is_in_flight(message_id));
    queue.receive(1, NO_WAIT).await;
    assert!(queue.is_in_flight(message_id));
    tokio::time::advance(TIMEOUT).await;
    assert!(!queue.is_in_flight(message_id));
    assert_eq!(queue.find(message_id).unwrap().body, "x");
    assert!(queue.find("another").is_none() && !queue.is_in_flight("another"));
}
