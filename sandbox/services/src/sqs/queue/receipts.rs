//! Receipt handles: a receiver deletes its message, hides it for longer or makes it visible.

use super::Queue;
use crate::error::Result;
use crate::events::Event;
use crate::sqs::error::invalid;
use crate::sqs::limits;
use crate::sqs::message::ReceiptHandle;
use crate::sqs::state::Hiding;
use std::time::Duration;
use tokio::time::Instant;

impl Queue {
    /// Deletes a received message. Deleting it again succeeds, and so does an old handle, which deletes nothing.
    pub fn delete(&self, receipt_handle: &str) -> Result<()> {
        self.delete_for(receipt_handle, false)
    }

    /// Deletes a message that a mapping's function is done with, as [`Queue::delete`] does; the event tells the two apart.
    pub fn delete_processed(&self, receipt_handle: &str) -> Result<()> {
        self.delete_for(receipt_handle, true)
    }

    fn delete_for(&self, receipt_handle: &str, processed: bool) -> Result<()> {
        let receipt = ReceiptHandle::decode(receipt_handle, &self.name)?;
        if self.context.faults.deleting(&self.name).is_some() {
            return Ok(());
        }
        let mut state = self.lock();
        let full = state.counts().in_flight >= limits::IN_FLIGHT;
        let deleted = state.delete(&receipt);
        drop(state);
        if full {
            self.arrivals.notify_waiters();
        }
        if deleted {
            let (queue, message_id) = (self.name.clone(), receipt.message_id);
            self.context.events.send(Event::MessageDeleted { queue, message_id, processed });
        }
        Ok(())
    }

    /// Hides a received message for `visibility` (AWS's time) from now on; zero returns it to the queue at once.
    pub fn change_visibility(&self, receipt_handle: &str, visibility: Duration) -> Result<()> {
        let seconds = visibility.as_secs();
        let wrong = |reason: &str| {
            invalid(format!("Value {seconds} for parameter VisibilityTimeout is invalid. Reason: {reason}"))
        };
        if visibility > limits::VISIBILITY {
            return Err(wrong("VisibilityTimeout must be an integer between 0 and 43200."));
        }
        let receipt = ReceiptHandle::decode(receipt_handle, &self.name)?;
        let visible_from = Instant::now() + self.scaled(visibility);
        let hiding = self.state().hide(&receipt, visible_from, self.scaled(limits::VISIBILITY));
        match hiding {
            Hiding::Done => {
                self.arrivals.notify_waiters();
                Ok(())
            }
            Hiding::NoMessage => Err(invalid(format!(
                "Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
            ))),
            Hiding::TooLong => {
                Err(wrong("Total VisibilityTimeout for the message is beyond the limit [43200 seconds]."))
            }
        }
    }
}
