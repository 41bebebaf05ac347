//! Receiving: what there is, or what comes while one waits.

use super::Queue;
use crate::{
    locked::locked,
    sqs::{
        Delivery, Message, SqsError,
        receipt::Receipt,
        state::{State, Take, Taken},
    },
};
use std::time::Duration;
use tokio::time::Instant;

impl Queue {
    /// Receives up to `max` messages. Waits up to `wait` (real time: the caller has applied the time scale) for
    /// the first one, and no longer: a message that arrives or becomes visible meanwhile is received at once.
    pub async fn receive(&self, max: usize, wait: Duration) -> Vec<Delivery> {
        match self.receive_hidden_for(max, wait, self.settings().config.visibility_timeout).await {
            Ok(deliveries) => deliveries,
            Err(_) => {
                // Nothing to receive, for a reason that lasts: whoever asks in a loop must not spin.
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
    ) -> Result<Vec<Delivery>, SqsError> {
        let deadline = Instant::now() + wait;
        loop {
            let mut arrival = std::pin::pin!(self.arrivals.notified());
            // Before looking: what arrives between the look and the wait must not be slept through.
            arrival.as_mut().enable();
            let taken = self.take(max, visibility)?;
            if taken.over_limit && wait.is_zero() {
                return Err(SqsError::OverLimit);
            }
            if !taken.received.is_empty() || Instant::now() >= deadline {
                self.tell_received(&taken.received);
                let delivery = |(message, receipt): &(Message, Receipt)| {
                    Delivery::new(message, receipt.handle(&self.name), &self.sender_id)
                };
                return Ok(taken.received.iter().map(delivery).collect());
            }
            let next = locked(&self.state).next_visible().unwrap_or(deadline).min(deadline);
            tokio::select! {
                () = arrival => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    pub(crate) fn take(&self, max: usize, visibility: Duration) -> Result<Taken, SqsError> {
        let settings = self.settings();
        let dead_letter_queue = settings.dead_letter_queue();
        let redrive = settings.config.redrive.as_ref().filter(|_| dead_letter_queue.is_some());
        let max_receive_count = redrive.map(|redrive| redrive.max_receive_count);
        let how = Take {
            max,
            visibility: self.time_scale.apply(visibility),
            max_receive_count,
            newest_first: false,
        };
        let now = Instant::now();
        let take = |state: &mut State| {
            if state.deleted {
                return Err(SqsError::QueueDoesNotExist { name: self.name.clone() });
            }
            state.pass(now, self.time_scale.apply(settings.config.retention));
            let fault = state.has_visible().then(|| self.faults.receiving(&self.name)).flatten();
            Ok(state.take(now, how.under(fault)))
        };
        let Some(queue) = dead_letter_queue else { return take(&mut locked(&self.state)) };
        // Both at once, so that whoever counts both queues finds each message in one of them.
        let (mut state, mut dead_letters) = self.lock_with(&queue);
        let mut taken = take(&mut state)?;
        for held in std::mem::take(&mut taken.dead) {
            let message_id = held.message.message_id.clone();
            dead_letters.add(held.dead(&self.arn, now), now);
            queue.arrivals.notify_waiters();
            self.tell_dead_lettered(message_id);
        }
        Ok(taken)
    }
}
