//! Queues and messages after the end of the process.

use super::*;
use crate::TimeScale;
use crate::store::Store;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const NO_WAIT: Duration = Duration::ZERO;

fn start(directory: &Path) -> Sqs {
    open(TimeScale::REAL_TIME, Store::open(directory).unwrap())
}

/// Starts from the state that a process killed now leaves: the durable rows, with the file still open.
async fn killed(sqs: &Sqs) -> (TempDir, Sqs) {
    sqs.context.store.durable().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    sqs.context.store.copy_to(directory.path());
    let next = start(directory.path());
    (directory, next)
}

/// A queue `mail` with the dead-letter queue `dead`.
fn mail(directory: &Path) -> (Sqs, Arc<Queue>) {
    let sqs = start(directory);
    sqs.deploy_queue(config("dead")).unwrap();
    let queue = sqs.deploy_queue(redriven("mail", "dead", 1)).unwrap();
    (sqs, queue)
}

fn bodies(queue: &Queue) -> Vec<String> {
    queue.peek().into_iter().map(|message| message.body).collect()
}

#[tokio::test]
async fn messages_survive_in_their_order_with_all_that_is_known_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let (sqs, queue) = mail(directory.path());
    let attribute = MessageAttribute {
        data_type: "Binary".to_owned(),
        string_value: None,
        binary_value: Some(vec![0, 255]),
    };
    for number in 0..20 {
        let attributes = BTreeMap::from([("a".to_owned(), attribute.clone())]);
        let trace_header = Some("Root=1-2-3".to_owned());
        queue.send(NewMessage { attributes, trace_header, ..message(&number.to_string()) }).unwrap();
    }
    let before = queue.peek();

    let (_directory, next) = killed(&sqs).await;
    let queue = next.queue("mail").unwrap();
    assert_eq!(queue.peek(), before);
    let received = queue.receive(1, NO_WAIT).await;
    assert_eq!(received[0].body, "0");
    assert_eq!(received[0].message_attributes["a"], attribute);
    queue.send(message("20")).unwrap();
    assert_eq!(bodies(&queue).last().unwrap(), "20");
}

#[tokio::test]
async fn a_message_in_flight_stays_hidden_and_its_receipt_handle_good() {
    let directory = tempfile::tempdir().unwrap();
    let (sqs, queue) = mail(directory.path());
    queue.send(message("in flight")).unwrap();
    let received = queue.receive(1, NO_WAIT).await;
    queue.send(NewMessage { delay: Duration::from_secs(600), ..message("delayed") }).unwrap();
    queue.send(message("visible")).unwrap();
    let counts = Counts { visible: 1, in_flight: 1, delayed: 1 };
    assert_eq!(queue.counts(), counts);

    let (_directory, next) = killed(&sqs).await;
    let queue = next.queue("mail").unwrap();
    assert_eq!(queue.counts(), counts);
    queue.delete(&received[0].receipt_handle).unwrap();
    assert_eq!(queue.counts(), Counts { in_flight: 0, ..counts });
    let (_directory, next) = killed(&next).await;
    assert_eq!(bodies(&next.queue("mail").unwrap()), ["delayed", "visible"]);
}

#[tokio::test]
async fn receives_are_counted_on_and_a_dead_letter_stays_one() {
    let directory = tempfile::tempdir().unwrap();
    let (sqs, queue) = mail(directory.path());
    for body in ["poison", "more poison"] {
        queue.send(message(body)).unwrap();
    }
    for received in queue.receive(2, NO_WAIT).await {
        queue.change_visibility(&received.receipt_handle, NO_WAIT).unwrap();
    }

    let (_directory, next) = killed(&sqs).await;
    let queue = next.queue("mail").unwrap();
    assert_eq!(queue.receive(1, NO_WAIT).await.len(), 0);
    let (_directory, last) = killed(&next).await;
    let (queue, dead) = (last.queue("mail").unwrap(), last.queue("dead").unwrap());
    assert_eq!(
        (bodies(&queue).len(), bodies(&dead)),
        (0, vec!["poison".to_owned(), "more poison".to_owned()])
    );
    let letter = &dead.receive(1, NO_WAIT).await[0];
    assert_eq!(letter.attributes["DeadLetterQueueSourceArn"], queue.arn());
    assert_eq!(letter.attributes["ApproximateReceiveCount"], "2");
    assert_eq!(last.dead_letter_sources(&dead).len(), 1);
}

#[tokio::test]
async fn a_purged_queue_stays_empty_and_a_deleted_one_away() {
    let directory = tempfile::tempdir().unwrap();
    let (sqs, queue) = mail(directory.path());
    let other = sqs.create_queue(config("other")).unwrap();
    for queue in [&queue, &other] {
        queue.send(message("x")).unwrap();
    }
    queue.purge().unwrap();
    sqs.queues.delete(&other);

    let (_directory, next) = killed(&sqs).await;
    assert_eq!(bodies(&next.queue("mail").unwrap()).len(), 0);
    assert!(next.queue("other").is_none());
    assert_eq!(bodies(&next.create_queue(config("other")).unwrap()).len(), 0);
}

#[tokio::test]
async fn a_deployment_changes_the_settings_of_a_queue_and_keeps_its_messages() {
    let directory = tempfile::tempdir().unwrap();
    let (sqs, queue) = mail(directory.path());
    queue.send(message("kept")).unwrap();
    let (directory, next) = killed(&sqs).await;
    let changed = QueueConfig { visibility_timeout: Duration::from_secs(7), ..queue.config() };
    let queue = next.deploy_queue(changed.clone()).unwrap();
    assert_eq!((bodies(&queue), queue.config()), (vec!["kept".to_owned()], changed.clone()));
    let (_other, last) = killed(&next).await;
    assert_eq!(last.queue("mail").unwrap().config(), changed);
    drop(directory);
}

#[tokio::test]
async fn a_message_that_expired_meanwhile_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let scale = TimeScale::new(100_000.0).unwrap();
    let sqs = open(scale, Store::open(directory.path()).unwrap());
    let queue =
        sqs.create_queue(QueueConfig { retention: Duration::from_secs(60), ..config("mail") }).unwrap();
    queue.send(message("old")).unwrap();
    sqs.context.store.close().await.unwrap();
    let next = start(directory.path());
    // Sixty seconds take less than a millisecond at this scale, and take sixty seconds again in real time.
    assert_eq!(next.queue("mail").unwrap().peek().len(), 1);
    next.context.store.close().await.unwrap();
    let next = open(scale, Store::open(directory.path()).unwrap());
    assert_eq!(next.queue("mail").unwrap().peek().len(), 0);
}
