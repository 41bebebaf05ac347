//! One queue: its messages, and the waiting for them.

use super::{
    Counts, Message, NewMessage, QueueConfig, SqsError,
    held::Held,
    limits,
    moves::Moves,
    receipt::Receipt,
    settings::Settings,
    state::{Hiding, State},
};
use crate::{events::Events, faults::Faults, locked::locked, time_scale::TimeScale};
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};
use tokio::{sync::Notify, time::Instant};
use uuid::Uuid;

mod notice;
mod receive;
mod transfer;

/// A standard queue.
#[derive(Debug)]
pub struct Queue {
    name: String,
    url: String,
    arn: String,
    sender_id: String,
    time_scale: TimeScale,
    events: Events,
    faults: Faults,
    settings: Mutex<Arc<Settings>>,
    state: Mutex<State>,
    /// Tells those who wait that a message may have become visible, or that there is no queue any more.
    arrivals: Notify,
    created_at: SystemTime,
    /// The moves out of this queue, if it is a dead-letter queue.
    pub(crate) moves: Moves,
}

impl Queue {
    pub(crate) fn new(
        settings: Settings,
        url: String,
        arn: String,
        sender_id: String,
        time_scale: TimeScale,
        events: Events,
        faults: Faults,
    ) -> Self {
        Self {
            name: settings.config.name.clone(),
            url,
            arn,
            sender_id,
            time_scale,
            events,
            faults,
            settings: Mutex::new(Arc::new(settings)),
            state: Mutex::default(),
            arrivals: Notify::new(),
            created_at: SystemTime::now(),
            moves: Moves::default(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its settings at this moment, in AWS's time.
    #[must_use]
    pub fn config(&self) -> QueueConfig {
        self.settings().config.clone()
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The queue its dead letters go to.
    #[must_use]
    pub fn dead_letter_queue(&self) -> Option<Arc<Self>> {
        self.settings().dead_letter_queue()
    }

    pub(crate) fn created_at(&self) -> SystemTime {
        self.created_at
    }

    pub(crate) fn time_scale(&self) -> TimeScale {
        self.time_scale
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&locked(&self.settings))
    }

    /// Changes its settings. What waits for a message goes on as it began.
    pub(crate) fn set(&self, settings: Settings) {
        *locked(&self.settings) = Arc::new(settings);
    }

    /// Whether its dead letters are meant for the queue of this name, be it there or not.
    pub(crate) fn redrives_to(&self, name: &str) -> bool {
        self.settings().config.redrive.as_ref().is_some_and(|redrive| redrive.dead_letter_queue == name)
    }

    pub(crate) fn set_dead_letter_queue(&self, queue: &Arc<Self>) {
        let dead_letter_queue = Arc::downgrade(queue);
        self.set(Settings { dead_letter_queue, ..Settings::clone(&self.settings()) });
    }

    pub(crate) fn is_deleted(&self) -> bool {
        locked(&self.state).deleted
    }

    /// Ends it: its messages are gone, and whoever waits for one is told.
    pub(crate) fn end(&self) {
        *locked(&self.state) = State::ended();
        self.arrivals.notify_waiters();
    }

    /// Takes a message, if SQS would, and gives its id.
    pub fn send(&self, message: NewMessage) -> Result<String, SqsError> {
        limits::check(&message, self.settings().config.maximum_message_size)?;
        let message_id = Uuid::new_v4().to_string();
        let now = Instant::now();
        let visible_from = now + self.time_scale.apply(message.delay);
        let message = Message {
            message_id: message_id.clone(),
            body: message.body,
            attributes: message.attributes,
            trace_header: message.trace_header,
            sent_at: SystemTime::now(),
            receive_count: 0,
            first_received_at: None,
            dead_letter_source: None,
        };
        let arrival = self.arrival_of(&message);
        let mut state = locked(&self.state);
        if state.deleted {
            return Err(SqsError::QueueDoesNotExist { name: self.name.clone() });
        }
        state.add(Held::new(message, now, visible_from), now);
        self.arrived(arrival);
        Ok(message_id)
    }

    /// Deletes a received message. Deleting it again is no error, nor is an old handle (which deletes nothing).
    pub fn delete(&self, receipt_handle: &str) -> Result<(), SqsError> {
        let receipt = Receipt::parse(receipt_handle, &self.name)?;
        if self.faults.deleting(&self.name).is_some() {
            return Ok(());
        }
        let mut state = locked(&self.state);
        let full = state.counts().in_flight >= limits::IN_FLIGHT;
        let deleted = state.delete(&receipt);
        drop(state);
        if full {
            self.arrivals.notify_waiters();
        }
        if deleted {
            self.tell_deleted(receipt.message_id);
        }
        Ok(())
    }

    /// Hides a received message for `visibility` (AWS's time) from now on; zero gives it back at once.
    pub fn change_visibility(&self, receipt_handle: &str, visibility: Duration) -> Result<(), SqsError> {
        if visibility > limits::VISIBILITY {
            let given = visibility.as_secs();
            let reason = format!(
                "Value {given} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200."
            );
            return Err(SqsError::invalid(reason));
        }
        let receipt = Receipt::parse(receipt_handle, &self.name)?;
        let visible_from = Instant::now() + self.time_scale.apply(visibility);
        let longest = self.time_scale.apply(limits::VISIBILITY);
        let hiding = self.state().hide(&receipt, visible_from, longest);
        match hiding {
            Hiding::Done => {
                self.arrivals.notify_waiters();
                Ok(())
            }
            Hiding::NotInFlight => Err(SqsError::MessageNotInflight),
            Hiding::NoMessage => Err(SqsError::invalid(format!(
                "Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
            ))),
            Hiding::TooLong => Err(SqsError::invalid(format!(
                "Value {} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].",
                visibility.as_secs()
            ))),
        }
    }

    /// How many messages it has. Exact, where AWS's numbers are approximate.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.state().counts()
    }

    /// Every message, whatever its state, without receiving it: for tests and for people who look.
    #[must_use]
    pub fn peek(&self) -> Vec<Message> {
        self.state().messages()
    }

    /// Something of the `most` latest messages, without a copy of each.
    pub fn look<T>(&self, most: usize, look: impl Fn(&Message) -> T) -> Vec<T> {
        self.state().latest(most).map(look).collect()
    }

    /// How long the oldest message has been here.
    pub fn oldest_age(&self) -> Option<Duration> {
        self.state().oldest().map(|sent| Instant::now().saturating_duration_since(sent))
    }

    /// Deletes every message, those in flight too: once a minute at most.
    pub fn purge(&self) -> Result<(), SqsError> {
        let pause = self.time_scale.apply(limits::PAUSE);
        if locked(&self.state).purge(Instant::now(), pause) {
            Ok(())
        } else {
            Err(SqsError::PurgeQueueInProgress { name: self.name.clone() })
        }
    }

    /// The messages as they are now: what time alone brings about has happened.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let retention = self.time_scale.apply(self.settings().config.retention);
        let mut state = locked(&self.state);
        state.pass(Instant::now(), retention);
        state
    }
}

#[cfg(test)]
mod tests;
