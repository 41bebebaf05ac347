//! One queue: its messages, and the waiting for them.

use super::{
    Counts, Delivery, Message, NewMessage, QueueConfig, SqsError, limits,
    receipt::Receipt,
    state::{Held, State, Take, Taken},
};
use crate::{
    aws::locked::locked,
    events::{Event, Events},
    time_scale::TimeScale,
};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use tokio::{sync::Notify, time::Instant};
use uuid::Uuid;

/// A standard queue.
#[derive(Debug)]
pub struct Queue {
    config: QueueConfig,
    url: String,
    arn: String,
    sender_id: String,
    /// Locked while this queue's own state is, never the other way round: a dead-letter queue exists before the
    /// queues that use it, so there is no circle to lock up in.
    dead_letter_queue: Option<Arc<Queue>>,
    time_scale: TimeScale,
    events: Events,
    state: Mutex<State>,
    /// Tells those who wait that a message may have become visible.
    arrivals: Notify,
    created_at: SystemTime,
}

impl Queue {
    pub(super) fn new(
        config: QueueConfig,
        url: String,
        arn: String,
        sender_id: String,
        dead_letter_queue: Option<Arc<Self>>,
        time_scale: TimeScale,
        events: Events,
    ) -> Self {
        Self {
            config,
            url,
            arn,
            sender_id,
            dead_letter_queue,
            time_scale,
            events,
            state: Mutex::default(),
            arrivals: Notify::new(),
            created_at: SystemTime::now(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Its settings, in AWS's time.
    #[must_use]
    pub fn config(&self) -> &QueueConfig {
        &self.config
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
    pub fn dead_letter_queue(&self) -> Option<&Arc<Self>> {
        self.dead_letter_queue.as_ref()
    }

    pub(super) fn created_at(&self) -> SystemTime {
        self.created_at
    }

    pub(super) fn time_scale(&self) -> TimeScale {
        self.time_scale
    }

    /// Takes a message, if SQS would, and gives its id.
    pub fn send(&self, message: NewMessage) -> Result<String, SqsError> {
        limits::check(&message, self.config.maximum_message_size)?;
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
        locked(&self.state).add(Held::new(message, now, visible_from));
        self.arrivals.notify_waiters();
        self.events
            .send(Event::MessageSent { queue: self.config.name.clone(), message_id: message_id.clone() });
        Ok(message_id)
    }

    /// Receives up to `max` messages. Waits up to `wait` (real time: the caller has applied the time scale) for
    /// the first one, and no longer: a message that arrives or becomes visible meanwhile is received at once.
    pub async fn receive(&self, max: usize, wait: Duration) -> Vec<Delivery> {
        self.receive_hidden_for(max, wait, self.config.visibility_timeout).await
    }

    /// Like [`Queue::receive`], with a visibility timeout of its own (AWS's time).
    pub async fn receive_hidden_for(
        &self,
        max: usize,
        wait: Duration,
        visibility: Duration,
    ) -> Vec<Delivery> {
        let deadline = Instant::now() + wait;
        loop {
            let mut arrival = std::pin::pin!(self.arrivals.notified());
            // Before looking: what arrives between the look and the wait must not be slept through.
            arrival.as_mut().enable();
            let deliveries = self.take(max, visibility);
            let now = Instant::now();
            if !deliveries.is_empty() || now >= deadline {
                return deliveries;
            }
            let next = locked(&self.state).next_visible(now).unwrap_or(deadline).min(deadline);
            tokio::select! {
                () = arrival => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    fn take(&self, max: usize, visibility: Duration) -> Vec<Delivery> {
        let redrive = self.config.redrive.as_ref();
        let how = Take {
            max,
            visibility: self.time_scale.apply(visibility),
            retention: self.retention(),
            max_receive_count: redrive.map(|redrive| redrive.max_receive_count),
        };
        let mut state = locked(&self.state);
        let Taken { received, dead } = state.take(Instant::now(), how);
        if let Some(queue) = &self.dead_letter_queue {
            // Under the lock, so that whoever counts both queues finds each message in one of them.
            dead.into_iter().for_each(|held| self.bury(held, queue));
        }
        drop(state);
        let delivery = |(message, receipt): &(Message, Receipt)| {
            Delivery::new(message, receipt.handle(&self.config.name), &self.sender_id)
        };
        received.iter().map(delivery).collect()
    }

    /// Moves a message to the dead-letter queue. It keeps its id, its attributes and the time it was sent, from
    /// which that queue's retention counts too:
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>.
    fn bury(&self, held: Held, queue: &Self) {
        let message_id = held.message.message_id.clone();
        let message = Message {
            receive_count: 0,
            first_received_at: None,
            dead_letter_source: Some(self.arn.clone()),
            ..held.message
        };
        locked(&queue.state).add(Held::new(message, held.sent, Instant::now()));
        queue.arrivals.notify_waiters();
        self.events.send(Event::MessageDeadLettered { queue: self.config.name.clone(), message_id });
    }

    /// Deletes a received message. Deleting it again is no error, nor is an old handle (which deletes nothing).
    pub fn delete(&self, receipt_handle: &str) -> Result<(), SqsError> {
        let receipt = Receipt::parse(receipt_handle, &self.config.name)?;
        locked(&self.state).delete(&receipt);
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
        let receipt = Receipt::parse(receipt_handle, &self.config.name)?;
        let now = Instant::now();
        let hidden = locked(&self.state).hide(&receipt, now, now + self.time_scale.apply(visibility));
        match hidden {
            Some(true) => {
                self.arrivals.notify_waiters();
                Ok(())
            }
            Some(false) => Err(SqsError::MessageNotInflight),
            None => Err(SqsError::invalid(format!(
                "Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
            ))),
        }
    }

    /// How many messages it has. Exact, where AWS's numbers are approximate.
    #[must_use]
    pub fn counts(&self) -> Counts {
        locked(&self.state).counts(Instant::now(), self.retention())
    }

    /// Every message, whatever its state, without receiving it: for tests and for people who look.
    #[must_use]
    pub fn peek(&self) -> Vec<Message> {
        locked(&self.state).messages(Instant::now(), self.retention())
    }

    /// Deletes every message, those in flight too.
    pub fn purge(&self) {
        locked(&self.state).clear();
    }

    fn retention(&self) -> Duration {
        self.time_scale.apply(self.config.retention)
    }
}

#[cfg(test)]
mod tests;
