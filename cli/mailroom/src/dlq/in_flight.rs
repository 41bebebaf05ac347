//! The messages that were received and have to be given back.

use crate::system::System;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry as Entry, Message};
use futures::{StreamExt, stream};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long SQS hides a received message. If this program is killed, the messages come back after that; while it runs, it
/// asks for more.
pub(crate) const VISIBILITY: Duration = Duration::from_secs(60);
/// The most entries of one ChangeMessageVisibilityBatch.
const ENTRIES: usize = 10;
/// Calls at a time: a thousand messages are given back within a second or so.
const AT_ONCE: usize = 16;

/// The messages in flight, by their ids.
#[derive(Default)]
pub(crate) struct InFlight(HashMap<String, Held>);

struct Held {
    receipt_handle: String,
    since: Instant,
}

impl InFlight {
    /// True if the message is new: a standard queue may deliver twice.
    pub(crate) fn add(&mut self, message: &Message, since: Instant) -> bool {
        let id = message.message_id().unwrap_or_default().to_owned();
        let receipt_handle = message.receipt_handle().unwrap_or_default().to_owned();
        self.0.insert(id, Held { receipt_handle, since }).is_none()
    }

    /// Forgets a message that was deleted.
    pub(crate) fn remove(&mut self, message: &Message) {
        self.0.remove(message.message_id().unwrap_or_default());
    }

    /// Hides those for longer whose time is half over. A message that comes back all the same is received again.
    pub(crate) async fn renew(&mut self, system: &System, now: Instant) {
        change(system, &self.due(now), VISIBILITY).await;
    }

    /// Those whose time is half over, which starts again.
    fn due(&mut self, now: Instant) -> Vec<&str> {
        let old = self.0.values_mut().filter(|held| now.duration_since(held.since) >= VISIBILITY / 2);
        let renewed = old.map(|held| {
            held.since = now;
            held.receipt_handle.as_str()
        });
        renewed.collect()
    }

    /// Gives all of them back, to be received at once. Returns how many SQS refused: they come back by themselves.
    pub(crate) async fn give_back(self, system: &System) -> usize {
        let handles: Vec<_> = self.0.values().map(|held| held.receipt_handle.as_str()).collect();
        change(system, &handles, Duration::ZERO).await
    }
}

/// Hides messages for this long from now on; returns how many could not be.
async fn change(system: &System, receipt_handles: &[&str], hide: Duration) -> usize {
    let chunks = stream::iter(receipt_handles.chunks(ENTRIES));
    let failed = chunks.map(|chunk| change_some(system, chunk, hide)).buffer_unordered(AT_ONCE);
    failed.fold(0, async |sum, failed| sum + failed).await
}

async fn change_some(system: &System, receipt_handles: &[&str], hide: Duration) -> usize {
    let seconds = i32::try_from(hide.as_secs()).unwrap_or(i32::MAX);
    let entries = receipt_handles.iter().enumerate().map(|(n, handle)| {
        Entry::builder().id(n.to_string()).receipt_handle(*handle).visibility_timeout(seconds).build()
    });
    let Ok(entries) = entries.collect::<Result<Vec<_>, _>>() else { return receipt_handles.len() };
    let change = system.sqs.change_message_visibility_batch();
    let change = change.queue_url(&system.outputs.dead_letter_queue_url).set_entries(Some(entries));
    change.send().await.map_or(receipt_handles.len(), |answer| answer.failed().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Message {
        Message::builder().message_id(id).receipt_handle(format!("{id}-handle")).build()
    }

    #[test]
    fn a_message_in_flight_is_not_new_and_a_deleted_one_would_be() {
        let (mut in_flight, now) = (InFlight::default(), Instant::now());
        assert!(in_flight.add(&message("a"), now) && in_flight.add(&message("b"), now));
        assert!(!in_flight.add(&message("a"), now));
        in_flight.remove(&message("a"));
        assert!(in_flight.add(&message("a"), now));
    }

    #[test]
    fn a_message_is_renewed_when_half_its_time_is_over() {
        let (mut in_flight, start) = (InFlight::default(), Instant::now());
        in_flight.add(&message("a"), start);
        in_flight.add(&message("b"), start + Duration::from_secs(20));
        assert_eq!(in_flight.due(start + Duration::from_secs(29)), [""; 0]);
        assert_eq!(in_flight.due(start + Duration::from_secs(30)), ["a-handle"]);
        assert_eq!(in_flight.due(start + Duration::from_secs(50)), ["b-handle"]);
        assert_eq!(in_flight.due(start + Duration::from_secs(60)), ["a-handle"]);
    }
}
