//! Where a queue says no, and what it costs when it is full.

use super::*;

#[tokio::test(start_paused = true)]
async fn with_120_000_messages_in_flight_a_receive_is_refused_or_stays_empty() {
    let queue = queue();
    for _ in 0..=120_000 {
        queue.send(message("x")).unwrap();
    }
    let received = queue.receive(120_001, NO_WAIT).await;
    assert_eq!(received.len(), 120_000);
    assert_eq!(queue.receive_hidden_for(1, NO_WAIT, TIMEOUT).await.unwrap_err().code(), "OverLimit");
    assert_eq!(queue.receive_hidden_for(1, Duration::from_secs(1), TIMEOUT).await, Ok(vec![]));
    queue.delete(&received[0].receipt_handle).unwrap();
    assert_eq!(queue.receive_hidden_for(1, NO_WAIT, TIMEOUT).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_receive_costs_the_same_however_many_messages_are_in_flight() {
    let queue = queue();
    let turns = async |n: u32| {
        let start = std::time::Instant::now();
        for _ in 0..n {
            queue.send(message("x")).unwrap();
            assert_eq!(queue.receive(1, NO_WAIT).await.len(), 1);
        }
        start.elapsed()
    };
    let few = turns(1_000).await;
    turns(20_000).await;
    let many = turns(1_000).await;
    // Looking at each message in flight would take hundreds of times as long.
    assert!(many < few * 20, "{few:?} {many:?}");
}

#[tokio::test(start_paused = true)]
async fn a_message_stays_hidden_for_twelve_hours_in_all_and_no_longer() {
    let queue = queue_with_message();
    let received = queue.receive(1, NO_WAIT).await;
    let handle = &received[0].receipt_handle;
    let hour = Duration::from_secs(3_600);
    queue.change_visibility(handle, hour * 11).unwrap();
    tokio::time::advance(hour * 10).await;
    assert_eq!(queue.counts(), Counts { in_flight: 1, ..Counts::default() });
    assert_eq!(queue.receive(1, NO_WAIT).await, []);
    let error = queue.change_visibility(handle, hour * 3).unwrap_err();
    assert!(error.to_string().contains("beyond the limit [43200 seconds]"), "{error}");
    queue.change_visibility(handle, hour * 2).unwrap();
    tokio::time::advance(hour * 2).await;
    assert_eq!(queue.counts().visible, 1);
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_purged_once_a_minute_at_most() {
    let queue = queue_with_message();
    queue.receive(1, NO_WAIT).await;
    queue.purge().unwrap();
    assert_eq!((queue.counts(), queue.peek()), (Counts::default(), vec![]));
    queue.send(message("y")).unwrap();
    assert_eq!(queue.purge().unwrap_err().code(), "PurgeQueueInProgress");
    assert_eq!(queue.counts().visible, 1);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(queue.purge().is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_expired_message_leaves_its_memory_as_soon_as_anybody_counts() {
    let queue = queue_with_message();
    let received = queue.receive(1, NO_WAIT).await;
    tokio::time::advance(queue.config().retention).await;
    assert_eq!(queue.counts(), Counts::default());
    assert_eq!(queue.state.lock().messages().count(), 0);
    assert!(queue.delete(&received[0].receipt_handle).is_ok());
}
