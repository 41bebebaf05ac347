//! Queues and messages as rows of the store.
//!
//! A message has two rows: its content, which never changes, and its delivery, which every receive changes.

use super::config::Settings;
use super::message::{Message, StoredMessage};
use super::state::State;
use crate::store::{Change, Store, StoreError, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::SystemTime;
use tokio::time::Instant;
use uuid::Uuid;

/// By their names.
pub(crate) const QUEUES: Table<QueueRow> = Table::new("sqs-queues");
/// By `QUEUE/MESSAGE_ID`.
const MESSAGES: Table<Message> = Table::new("sqs-messages");
const DELIVERIES: Table<Delivery> = Table::new("sqs-deliveries");

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct QueueRow {
    pub(crate) settings: Settings,
    pub(crate) created_at: SystemTime,
}

#[derive(Debug, Deserialize, Serialize)]
struct Delivery {
    place: u64,
    visible_from: SystemTime,
    /// The id of the latest receive as a number, and when that was.
    receive: Option<(u128, SystemTime)>,
    receives: u32,
    receive_count: u32,
    first_received_at: Option<SystemTime>,
}

/// The time of day of an [`Instant`], and the other way round.
#[derive(Clone, Copy, Debug)]
struct Clock {
    instant: Instant,
    time: SystemTime,
}

impl Clock {
    fn now() -> Self {
        Self { instant: Instant::now(), time: SystemTime::now() }
    }

    fn time(self, instant: Instant) -> SystemTime {
        match instant.checked_duration_since(self.instant) {
            Some(later) => self.time + later,
            None => self.time - self.instant.duration_since(instant),
        }
    }

    fn instant(self, time: SystemTime) -> Instant {
        match time.duration_since(self.time) {
            Ok(later) => self.instant + later,
            // A system whose clock can't go back so far takes it for now.
            Err(error) => self.instant.checked_sub(error.duration()).unwrap_or(self.instant),
        }
    }
}

/// The changes of a queue's messages since they were last appended to the store.
#[derive(Debug)]
pub(crate) struct Recorder {
    queue: String,
    clock: Clock,
    pub(crate) changes: Vec<Change>,
}

impl Recorder {
    pub(crate) fn of(queue: &str, store: &Store) -> Option<Self> {
        let recorder = || Self { queue: queue.to_owned(), clock: Clock::now(), changes: Vec::new() };
        store.is_durable().then(recorder)
    }

    pub(crate) fn added(&mut self, message: &StoredMessage, place: u64) {
        let key = self.key(&message.message.message_id);
        self.changes.push(MESSAGES.put(key, &message.message));
        self.hidden(message, place);
    }

    pub(crate) fn hidden(&mut self, message: &StoredMessage, place: u64) {
        let key = self.key(&message.message.message_id);
        let delivery = Delivery {
            place,
            visible_from: self.clock.time(message.visible_from),
            receive: message.receive.map(|(id, at)| (id.as_u128(), self.clock.time(at))),
            receives: message.receives,
            receive_count: message.message.receive_count,
            first_received_at: message.message.first_received_at,
        };
        self.changes.push(DELIVERIES.put(key, &delivery));
    }

    pub(crate) fn removed(&mut self, message_id: &str) {
        let key = self.key(message_id);
        self.changes.extend([MESSAGES.delete(key.as_str()), DELIVERIES.delete(key)]);
    }

    fn key(&self, message_id: &str) -> String {
        format!("{}/{message_id}", self.queue)
    }
}

/// The messages of each queue, as they were.
pub(crate) fn read_messages(store: &Store) -> Result<BTreeMap<String, State>, StoreError> {
    let clock = Clock::now();
    let mut deliveries: BTreeMap<_, _> = store.read(&DELIVERIES)?.into_iter().collect();
    let mut states = BTreeMap::<String, State>::new();
    for (key, mut message) in store.read(&MESSAGES)? {
        let (Some((queue, _)), Some(delivery)) = (key.split_once('/'), deliveries.remove(&key)) else {
            continue;
        };
        message.receive_count = delivery.receive_count;
        message.first_received_at = delivery.first_received_at;
        let stored = StoredMessage {
            sent: clock.instant(message.sent_at),
            message,
            visible_from: clock.instant(delivery.visible_from),
            receive: delivery.receive.map(|(id, at)| (Uuid::from_u128(id), clock.instant(at))),
            receives: delivery.receives,
        };
        let state = states.entry(queue.to_owned());
        state.or_default().restore(delivery.place, stored, clock.instant);
    }
    Ok(states)
}
