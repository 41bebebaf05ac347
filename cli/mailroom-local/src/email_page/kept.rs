//! The messages that an earlier start left in the queues of `--data`.

use super::{Page, sender};
use sandbox::events::Event;
use sandbox::services::sqs::{Message, Queue};
use std::time::SystemTime;

/// The latest messages of each queue that are read.
const READ: usize = 10_000;

struct Kept {
    sent_at: SystemTime,
    message_id: String,
    /// Sent, and received if it was.
    events: Vec<Event>,
    sender: Option<String>,
}

/// Records each message in the order in which they were sent, as if its events came now.
pub(super) fn record(page: &Page) {
    let queues = page.sqs.queues();
    let mut all: Vec<_> = queues.iter().flat_map(|queue| queue.look(READ, |it| kept(queue, it))).collect();
    all.sort_by_key(|kept| kept.sent_at);
    let mut emails = page.emails.lock();
    for Kept { sent_at, message_id, events, sender } in all {
        for event in &events {
            emails.journal.record(event, sent_at);
        }
        if let Some(sender) = sender {
            emails.journal.set_sender(&message_id, sender);
        }
    }
}

fn kept(queue: &Queue, message: &Message) -> Kept {
    let (message_id, receives) = (message.message_id.clone(), message.receive_count);
    let mut events = vec![queue.sent_event(message)];
    if receives > 0 {
        let queue = queue.name().to_owned();
        events.push(Event::MessageReceived { queue, message_id: message_id.clone(), receives });
    }
    Kept { sent_at: message.sent_at, message_id, events, sender: sender(message.body.as_bytes()) }
}
