//! Receiving: the messages that are visible, or the first that comes while one waits.

use super::Queue;
use crate::clock::milliseconds;
use crate::error::{Result, ServiceError};
use crate::events::Event;
use crate::sqs::digest;
use crate::sqs::error::no_queue;
use crate::sqs::message::{Message, ReceiptHandle, ReceivedMessage};
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
    ) -> Result<Vec<ReceivedMessage>> {
        let deadline = Instant::now() + wait;
        loop {
            // From here on it is told of arrivals: none between the look and the wait is slept through.
            let arrival = self.arrivals.notified();
            let taken = self.take(max, visibility)?;
            if taken.over_limit && wait.is_zero() {
                let message = "The maximum number of in flight messages is reached.";
                return Err(ServiceError::new("OverLimit", message).with_status(StatusCode::FORBIDDEN));
            }
            if !taken.received.is_empty() || Instant::now() >= deadline {
                return Ok(self.received(&taken));
            }
            let next = self.lock().next_visible().unwrap_or(deadline).min(deadline);
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
        taken.received.iter().map(|(message, receipt)| self.write(message, receipt)).collect()
    }

    fn write(&self, message: &Message, receipt: &ReceiptHandle) -> ReceivedMessage {
        let timestamp = |time| milliseconds(time).to_string();
        let attributes = [
            ("ApproximateReceiveCount", Some(message.receive_count.to_string())),
            ("SentTimestamp", Some(timestamp(message.sent_at))),
            ("SenderId", Some(self.context.account_id.clone())),
            ("ApproximateFirstReceiveTimestamp", message.first_received_at.map(timestamp)),
            ("AWSTraceHeader", message.trace_header.clone()),
            ("MessageGroupId", message.group_id.clone()),
            ("DeadLetterQueueSourceArn", message.dead_letter_source.clone()),
        ];
        let given = |(name, value): (&str, Option<String>)| Some((name.to_owned(), value?));
        ReceivedMessage {
            message_id: message.message_id.clone(),
            receipt_handle: receipt.encode(&self.name),
            body: message.body.clone(),
            md5_of_body: digest::of_body(&message.body),
            md5_of_message_attributes: digest::of_attributes(&message.attributes),
            attributes: attributes.into_iter().filter_map(given).collect(),
            message_attributes: message.attributes.clone(),
        }
    }

    pub(crate) fn take(&self, max: usize, visibility: Duration) -> Result<Taken> {
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
            self.announce_expired(state.pass(now, self.scaled(settings.config.retention)));
            let fault = state.has_visible().then(|| self.context.faults.receiving(&self.name)).flatten();
            Ok(state.take(now, how.under(fault)))
        };
        let Some(queue) = dead_letter_queue else { return take(&mut self.lock()) };
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
        dead_letters.append_with(&mut state);
        Ok(taken)
    }
}
