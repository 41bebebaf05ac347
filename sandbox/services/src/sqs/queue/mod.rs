//! One queue: its messages, and the waiting for them.

use super::config::{Context, QueueConfig, Settings};
use super::error::no_queue;
use super::limits;
use super::message::{Message, NewMessage, StoredMessage};
use super::moves::Moves;
use super::rows::{QUEUES, QueueRow, Recorder};
use super::state::{Counts, State};
use crate::error::{Result, ServiceError};
use crate::events::Event;
use crate::trace;
use http::StatusCode;
use lock::StateGuard;
use parking_lot::Mutex;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};
use tokio::{sync::Notify, time::Instant};
use uuid::Uuid;

mod lock;
mod receipts;
mod receive;
#[cfg(test)]
mod tests;

#[derive(Debug)]
pub struct Queue {
    name: String,
    url: String,
    arn: String,
    context: Arc<Context>,
    settings: Mutex<Arc<Settings>>,
    /// Weak: two queues may be each other's dead-letter queue, and a deleted one ends.
    dead_letter_queue: Mutex<Weak<Self>>,
    state: Mutex<State>,
    /// Tells those who wait that a message may have become visible, or that the queue is gone.
    arrivals: Notify,
    pub(crate) created_at: SystemTime,
    /// The moves out of this queue, if it is a dead-letter queue.
    pub(crate) moves: Moves,
}

impl Queue {
    pub(crate) fn new(settings: Settings, dead_letter_queue: Weak<Self>, context: Arc<Context>) -> Self {
        let row = QueueRow { settings, created_at: SystemTime::now() };
        Self::restore(row, State::default(), dead_letter_queue, context)
    }

    /// A queue as it was before a restart.
    pub(crate) fn restore(
        row: QueueRow,
        mut state: State,
        dead_letter_queue: Weak<Self>,
        context: Arc<Context>,
    ) -> Self {
        let QueueRow { settings, created_at } = row;
        let name = settings.config.name.clone();
        state.recorder = Recorder::of(&name, &context.store);
        Self {
            url: context.queue_url(&name),
            arn: context.queue_arn(&name),
            name,
            context,
            settings: Mutex::new(Arc::new(settings)),
            dead_letter_queue: Mutex::new(dead_letter_queue),
            state: Mutex::new(state),
            arrivals: Notify::new(),
            created_at,
            moves: Moves::default(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The settings at this moment, in AWS's time.
    pub fn config(&self) -> QueueConfig {
        self.settings().config.clone()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The dead-letter queue, if there is one and it wasn't deleted.
    pub fn dead_letter_queue(&self) -> Option<Arc<Self>> {
        self.dead_letter_queue.lock().upgrade().filter(|queue| !queue.is_deleted())
    }

    pub(crate) fn set_dead_letter_queue(&self, queue: Weak<Self>) {
        *self.dead_letter_queue.lock() = queue;
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.lock())
    }

    /// Changes the settings. A receive that waits goes on as it began.
    pub(crate) fn set(&self, settings: Settings) {
        let mut now = self.settings.lock();
        *now = Arc::new(settings);
        self.save(&now);
    }

    /// Keeps the queue with these settings in the store.
    pub(crate) fn save(&self, settings: &Settings) {
        let row = || QueueRow { settings: settings.clone(), created_at: self.created_at };
        // Locked, so that no row of a queue comes after its deletion.
        let state = self.lock();
        if !state.deleted {
            self.context.store.append(|| [QUEUES.put(self.name.as_str(), &row())]);
        }
    }

    /// Looks for this queue in the redrive policy. It need not exist.
    pub(crate) fn redrives_to(&self, name: &str) -> bool {
        self.settings().config.redrive.as_ref().is_some_and(|redrive| redrive.dead_letter_queue == name)
    }

    /// How long `duration` of AWS's takes here.
    pub(crate) fn scaled(&self, duration: Duration) -> Duration {
        self.context.time_scale.apply(duration)
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.lock().deleted
    }

    /// Deletes the messages and ends all waiting for them.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.delete_queue();
        if let Some(recorder) = &mut state.recorder {
            recorder.changes.push(QUEUES.delete(self.name.as_str()));
        }
        drop(state);
        self.arrivals.notify_waiters();
    }

    /// Takes a message, if SQS would, and returns its id.
    pub fn send(&self, message: NewMessage) -> Result<String> {
        limits::check(&message, self.settings().config.maximum_message_size)?;
        let message_id = Uuid::new_v4().to_string();
        let now = Instant::now();
        let visible_from = now + self.scaled(message.delay);
        let message = Message {
            message_id: message_id.clone(),
            body: message.body,
            attributes: message.attributes,
            trace_header: message.trace_header,
            group_id: message.group_id,
            sent_at: SystemTime::now(),
            receive_count: 0,
            first_received_at: None,
            dead_letter_source: None,
        };
        let sent = self.sent_event(&message);
        let mut state = self.lock();
        if state.deleted {
            return Err(no_queue());
        }
        state.add(StoredMessage::new(message, now, visible_from), now);
        self.announce(sent);
        Ok(message_id)
    }

    /// The event of a message that this queue takes, or has taken. It is made before the message is stored, so that the lock
    /// is held for less.
    pub fn sent_event(&self, message: &Message) -> Event {
        let text = |(name, attribute): (&String, &super::MessageAttribute)| {
            Some((name.clone(), attribute.string_value.clone()?))
        };
        Event::MessageSent {
            queue: self.name.clone(),
            message_id: message.message_id.clone(),
            trace_id: message.trace_header.as_deref().and_then(trace::id).map(str::to_owned),
            attributes: message.attributes.iter().filter_map(text).collect(),
        }
    }

    /// Tells of a message that arrived. Called with the queue still locked, so that this event comes before any other of
    /// the message.
    pub(crate) fn announce(&self, sent: Event) {
        self.arrivals.notify_waiters();
        self.context.events.send(sent);
    }

    /// Tells of a message that left this queue as `moved`, before [`Queue::announce`] tells of its arrival.
    pub(crate) fn announce_move(&self, message_id: String, moved: &Message) {
        let (queue, new_message_id) = (self.name.clone(), moved.message_id.clone());
        self.context.events.send(Event::MessageMoved { queue, message_id, new_message_id });
    }

    /// Exact, where AWS's numbers are approximate.
    pub fn counts(&self) -> Counts {
        self.state().counts()
    }

    /// Every message, without receiving it.
    pub fn peek(&self) -> Vec<Message> {
        self.state().messages().cloned().collect()
    }

    /// Calls `look` with the `most` latest messages, the latest first, without a copy of each.
    pub fn look<T>(&self, most: usize, look: impl Fn(&Message) -> T) -> Vec<T> {
        self.state().messages().rev().take(most).map(look).collect()
    }

    /// The message with this id, without receiving it.
    pub fn find(&self, message_id: &str) -> Option<Message> {
        self.state().find(message_id).cloned()
    }

    /// True for a message that was received, and is neither deleted nor visible again.
    pub fn is_in_flight(&self, message_id: &str) -> bool {
        self.state().is_in_flight(message_id)
    }

    /// How long ago the oldest message was sent.
    pub fn oldest_age(&self) -> Option<Duration> {
        self.state().oldest().map(|sent| Instant::now().saturating_duration_since(sent))
    }

    /// Deletes every message, those in flight too: once a minute at most.
    pub fn purge(&self) -> Result<()> {
        let mut state = self.lock();
        let counts = state.counts();
        if state.purge(Instant::now(), self.scaled(limits::PAUSE)) {
            let (queue, messages) = (self.name.clone(), counts.visible + counts.in_flight + counts.delayed);
            self.context.events.send(Event::QueuePurged { queue, messages });
            return Ok(());
        }
        drop(state);
        let message = format!("Only one PurgeQueue operation on {} is allowed every 60 seconds.", self.name);
        Err(ServiceError::new("PurgeQueueInProgress", message).with_status(StatusCode::FORBIDDEN))
    }

    fn lock(&self) -> StateGuard<'_> {
        StateGuard::new(self.state.lock(), &self.context.store)
    }

    /// The messages as they are now, after time has passed over them.
    pub(crate) fn state(&self) -> StateGuard<'_> {
        let retention = self.scaled(self.settings().config.retention);
        let mut state = self.lock();
        self.announce_expired(state.pass(Instant::now(), retention));
        state
    }

    fn announce_expired(&self, message_ids: Vec<String>) {
        for message_id in message_ids {
            self.context.events.send(Event::MessageExpired { queue: self.name.clone(), message_id });
        }
    }

    /// Locks this queue's messages and another's. Always in the order of their names: two queues can be each
    /// other's dead-letter queue, and must not wait for each other.
    pub(crate) fn lock_with<'a>(&'a self, other: &'a Self) -> (StateGuard<'a>, StateGuard<'a>) {
        if self.name < other.name {
            let mine = self.lock();
            (mine, other.lock())
        } else {
            let theirs = other.lock();
            (self.lock(), theirs)
        }
    }
}
