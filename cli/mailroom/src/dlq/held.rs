//! The letters that were received and are to be given back.

use crate::system::System;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry as Entry, Message};
use futures::{StreamExt, stream};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long SQS hides a letter that was received. Should this program be killed, so long it takes until the letters
/// are seen again; while it runs, it asks for more.
pub(crate) const HOLD: Duration = Duration::from_secs(60);
/// The most entries of one ChangeMessageVisibilityBatch.
const ENTRIES: usize = 10;
/// Calls at a time: a thousand letters are given back within a second or so.
const AT_ONCE: usize = 16;

/// The letters that are held, by their message ids.
#[derive(Default)]
pub(crate) struct Held(HashMap<String, One>);

struct One {
    receipt_handle: String,
    since: Instant,
}

impl Held {
    /// Holds a letter. Whether it was not held already: a standard queue may deliver twice.
    pub(crate) fn add(&mut self, message: &Message, since: Instant) -> bool {
        let id = message.message_id().unwrap_or_default().to_owned();
        let receipt_handle = message.receipt_handle().unwrap_or_default().to_owned();
        self.0.insert(id, One { receipt_handle, since }).is_none()
    }

    /// Lets go of one that is no longer there.
    pub(crate) fn remove(&mut self, message: &Message) {
        self.0.remove(message.message_id().unwrap_or_default());
    }

    /// Holds on to those whose time is half over. One that slips away is merely received again.
    pub(crate) async fn renew(&mut self, system: &System, now: Instant) {
        change(system, &self.due(now), HOLD).await;
    }

    /// Those whose time is half over, which begins anew.
    fn due(&mut self, now: Instant) -> Vec<&str> {
        let old = self.0.values_mut().filter(|one| now.duration_since(one.since) >= HOLD / 2);
        let renewed = old.map(|one| {
            one.since = now;
            one.receipt_handle.as_str()
        });
        renewed.collect()
    }

    /// Gives all of them back, to be received at once. How many SQS did not take: they come back by themselves.
    pub(crate) async fn give_back(self, system: &System) -> usize {
        let handles: Vec<_> = self.0.values().map(|one| one.receipt_handle.as_str()).collect();
        change(system, &handles, Duration::ZERO).await
    }
}

/// Hides letters for so long from now on; how many could not be.
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
    fn a_letter_that_is_held_is_not_new_and_one_that_is_gone_would_be() {
        let (mut held, now) = (Held::default(), Instant::now());
        assert!(held.add(&message("a"), now) && held.add(&message("b"), now));
        assert!(!held.add(&message("a"), now));
        held.remove(&message("a"));
        assert!(held.add(&message("a"), now));
    }

    #[test]
    fn a_letter_is_held_on_to_before_its_time_is_over_and_not_all_the_time() {
        let (mut held, start) = (Held::default(), Instant::now());
        held.add(&message("a"), start);
        held.add(&message("b"), start + Duration::from_secs(20));
        assert_eq!(held.due(start + Duration::from_secs(29)), [""; 0]);
        assert_eq!(held.due(start + Duration::from_secs(30)), ["a-handle"]);
        assert_eq!(held.due(start + Duration::from_secs(50)), ["b-handle"]);
        assert_eq!(held.due(start + Duration::from_secs(60)), ["a-handle"]);
    }
}
