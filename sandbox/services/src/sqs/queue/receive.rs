//! Receiving: the messages that are visible, or the first that comes while one waits.

use super::Queue;
use crate::error::ServiceError;
use crate::events::Event;
use crate::sqs::ReceivedMessage;
use crate::sqs::error::no_queue;
use crate::sqs::state::{State, Take, Taken};
use http::StatusCode;
use std::time::Duration;
use tokio::time::Instant;

impl Queue {
    /// Receives up to `max` messages. Waits up to `wait` (real time: the caller has applied the time scale) for
    /// the first one, and no longer: a message that arrives or becomes visible meanwhile is received at once.
    pub async fn receive(&self, max: usize, wait: Duration) -> Vec<ReceivedMessage> {
        match self.receive_hidden_for(max, wait, self.settings().config.visibility_timeout).await {
            Ok(messages) => messages,
            Err(_) => {
                // Nothing to receive, for a reason that lasts: a caller that asks in a loop must not spin.
                tokio::time::sleep(wait).await;
                Vec::new()
            }
        }
    }

    /// Like [`Queue::receive`], with a visibility timeout of its own (AWS's time). With too many messages in
    /// flight, a receive that doesn't wait is refused and one that waits stays empty:
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>.
    pub async fn receive_hidden_for(
        &self,
        max: usize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<ReceivedMessage>, ServiceError> {
        let deadline = Instant::now() + wait;
        loop {
            let mut arrival = std::pin::pin!(self.arrivals.notified());
            // Before looking: a message that arrives between the look and the wait must not be slept through.
            arrival.as_mut().enable();
            let taken = self.take(max, visibility)?;
            if taken.over_limit && wait.is_zero() {
                let message = "The maximum number of in flight messages is reached.";
                return Err(ServiceError::new("OverLimit", message).with_status(StatusCode::FORBIDDEN));
            }
            if !taken.received.is_empty() || Instant::now() >= deadline {
                return Ok(self.received(&taken));
            }
            let next = self.state.lock().next_visible().unwrap_or(deadline).min(deadline);
            tokio::select! {
                () = arrival => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    fn received(&self, taken: &Taken) -> Vec<ReceivedMessage> {
        for (message, _) in &taken.received {
            let (queue, message_id) = (self.name.clone(), message.message_id.clone());
            let receives = message.receive_count;
            self.context.events.send(Event::MessageReceived { queue, message_id, receives });
        }
        let account = &self.context.account_id;
        let received = taken.received.iter();
        received
            .map(|(message, receipt)| ReceivedMessage::new(message, receipt.encode(&self.name), account))
            .collect()
    }

    pub(crate) fn take(&self, max: usize, visibility: Duration) -> Result<Taken, ServiceError> {
        let (settings, dead_letter_queue) = (self.settings(), self.dead_letter_queue());
        let redrive = settings.config.redrive.as_ref().filter(|_| dead_letter_queue.is_some());
        let how = Take {
            max,
            visibility: self.scaled(visibility),
            max_receive_count: redrive.map(|redrive| redrive.max_receive_count),
            newest_first: false,
        };
        let now = Instant::now();
        let take = |state: &mut State| {
            if state.deleted {
                return Err(no_queue());
            }
            state.pass(now, self.scaled(settings.config.retention));
            let fault = state.has_visible().then(|| self.context.faults.receiving(&self.name)).flatten();
            Ok(state.take(now, how.under(fault)))
        };
        let Some(queue) = dead_letter_queue else { return take(&mut self.state.lock()) };
        // Both at once, so that a count over both queues finds each message in one of them.
        let (mut state, mut dead_letters) = self.lock_with(&queue);
        let mut taken = take(&mut state)?;
        for message in std::mem::take(&mut taken.dead) {
            let message_id = message.message.message_id.clone();
            dead_letters.add(message.dead_lettered(&self.arn, now), now);
            queue.arrivals.notify_waiters();
            let queue = self.name.clone();
            self.context.events.send(Event::MessageDeadLettered { queue, message_id });
        }
        Ok(taken)
    }
}
