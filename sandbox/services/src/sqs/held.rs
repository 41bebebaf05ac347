//! A message in its queue, with its clocks.

use super::Message;
use std::time::SystemTime;
use tokio::time::Instant;
use uuid::Uuid;

/// A message and its clocks.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) message: Message,
    /// When it was sent, to any queue: retention counts from there, in a dead-letter queue too.
    pub(crate) sent: Instant,
    /// Hidden before this.
    pub(crate) visible_from: Instant,
    /// The latest receive, which alone may delete it, and when that was.
    pub(crate) receive: Option<(Uuid, Instant)>,
    /// How often it was received from this queue: what the redrive policy counts.
    pub(crate) receives: u32,
}

impl Held {
    pub(crate) fn new(message: Message, sent: Instant, visible_from: Instant) -> Self {
        Self { message, sent, visible_from, receive: None, receives: 0 }
    }

    /// As it arrives in the dead-letter queue of `source`. It keeps its id, its attributes, the count of its
    /// receives (`ReceiveMessage` counts them "across all queues") and the time it was sent, from which that queue's retention counts too:
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>.
    pub(crate) fn dead(self, source: &str, now: Instant) -> Self {
        let dead_letter_source = Some(source.to_owned());
        let message = Message { first_received_at: None, dead_letter_source, ..self.message };
        Self::new(message, self.sent, now)
    }

    /// As it comes back from a dead-letter queue: a new message with a new id, sent now, that says what the old
    /// one said, its trace included:
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>.
    pub(crate) fn redriven(self, now: Instant) -> Self {
        let message = Message {
            message_id: Uuid::new_v4().to_string(),
            sent_at: SystemTime::now(),
            receive_count: 0,
            first_received_at: None,
            dead_letter_source: None,
            ..self.message
        };
        Self::new(message, now, now)
    }
}
