//! Queues for the tests of all modules, and how they are found.

use super::*;
use crate::TimeScale;
use crate::events::Events;
use crate::faults::Faults;
use crate::store::Store;
use std::time::Duration;

mod restart;

pub(crate) fn sqs() -> Sqs {
    sqs_at(TimeScale::REAL_TIME)
}

pub(crate) fn sqs_at(time_scale: TimeScale) -> Sqs {
    open(time_scale, Store::volatile())
}

pub(crate) fn open(time_scale: TimeScale, store: Store) -> Sqs {
    let context = Context {
        endpoint_url: "http://127.0.0.1:4566".to_owned(),
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        time_scale,
        events: Events::default(),
        faults: Faults::default(),
        store,
    };
    Sqs::open(context).unwrap()
}

pub(crate) fn config(name: &str) -> QueueConfig {
    QueueConfig::new(name)
}

/// A queue whose messages go to the queue `dead` after `max_receive_count` receives.
pub(crate) fn redriven(name: &str, dead: &str, max_receive_count: u32) -> QueueConfig {
    let redrive = Some(Redrive { dead_letter_queue: dead.to_owned(), max_receive_count });
    QueueConfig { redrive, ..QueueConfig::new(name) }
}

pub(crate) fn message(body: &str) -> NewMessage {
    NewMessage { body: body.to_owned(), ..NewMessage::default() }
}

#[test]
fn a_queue_whose_dead_letter_queue_is_missing_is_refused() {
    let refused = sqs().create_queue(redriven("queue", "dead", 3));
    assert_eq!(refused.unwrap_err().code(), "QueueDoesNotExist");
}

#[test]
fn creating_a_queue_again_needs_the_same_configuration() {
    let sqs = sqs();
    let first = sqs.create_queue(config("queue")).unwrap();
    assert!(Arc::ptr_eq(&first, &sqs.create_queue(config("queue")).unwrap()));
    let other = QueueConfig { retention: Duration::from_secs(60), ..config("queue") };
    let refused = sqs.create_queue(other).unwrap_err();
    assert_eq!(refused.code(), "QueueNameExists");
    let message = "A queue already exists with the same name and a different value for attribute MessageRetentionPeriod";
    assert_eq!(refused.to_string(), message);
}

#[test]
fn a_queue_is_found_by_its_url_whatever_the_host_and_by_its_name() {
    let sqs = sqs();
    sqs.create_queue(config("queue")).unwrap();
    for url in ["http://localhost:1/000000000000/queue", "queue"] {
        assert!(sqs.queue_at(url).is_ok(), "{url}");
    }
    for (url, code) in [
        ("http://localhost:1/000000000000/other", "QueueDoesNotExist"),
        ("http://localhost:1/111111111111/queue", "QueueDoesNotExist"),
        ("other", "QueueDoesNotExist"),
        ("http://localhost:1/queue", "InvalidAddress"),
        ("arn:aws:sqs:eu-central-1:000000000000:queue", "InvalidAddress"),
        ("", "InvalidAddress"),
    ] {
        assert_eq!(sqs.queue_at(url).unwrap_err().code(), code, "{url}");
    }
}
