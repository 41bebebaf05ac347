//! What became of each request and each message: the events of a stack, put together.
//!
//! A trace leads from the request to the message that its function sent, and the receipt from the message to its
//! object: so nothing in here reads a log, a body or an answer.

mod passage;

pub use passage::{Passage, Request, Stage, Stored};

use sandbox_services::events::Event;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::SystemTime;

/// The message attribute and the metadata of an object that tell which of them belong together: an id that the
/// sender makes. It survives a redrive, where SQS gives a new message id.
pub const RECEIPT: &str = "receipt";

/// Most passages that are remembered after their end.
const ENDED: usize = 1_000;
/// Most passages in all: those in a long queue are remembered to their end, but not without bound.
const ALL: usize = 100_000;

/// The passages through a stack.
#[derive(Debug, Default)]
pub struct Journal {
    /// In the order in which they began.
    entries: BTreeMap<u64, Entry>,
    next: u64,
    /// Where those are that came to an end.
    ended: BTreeSet<u64>,
    /// Where the passage of a trace, a message or a receipt is.
    places: HashMap<String, u64>,
}

#[derive(Debug)]
struct Entry {
    passage: Passage,
    ids: Vec<String>,
}

impl Journal {
    /// Takes note of `event`, which happened at `now`. Gives the passage if this was its end; one that is redriven
    /// afterwards ends a second time.
    pub fn record(&mut self, event: &Event, now: SystemTime) -> Option<&Passage> {
        let place = self.place(event, now)?;
        let entry = self.entries.get_mut(&place)?;
        let had_ended = entry.passage.has_ended();
        entry.passage.record(event, now);
        let has_ended = entry.passage.has_ended();
        if has_ended {
            self.ended.insert(place);
        } else {
            self.ended.remove(&place);
        }
        self.entries.get(&place).map(|entry| &entry.passage).filter(|_| has_ended && !had_ended)
    }

    /// What is remembered, the latest first.
    pub fn latest(&self) -> impl Iterator<Item = &Passage> {
        self.entries.values().rev().map(|entry| &entry.passage)
    }

    /// Where the passage is that `event` is about: a new place for a request or a message that is not known yet.
    fn place(&mut self, event: &Event, now: SystemTime) -> Option<u64> {
        let (ids, begins) = ids(event);
        let known = ids.iter().find_map(|id| self.places.get(*id).copied());
        let place = match known {
            Some(place) => place,
            None if begins => {
                self.forget_old();
                let place = self.next;
                self.next += 1;
                self.entries.insert(place, Entry { passage: Passage::new(now), ids: Vec::new() });
                place
            }
            None => return None,
        };
        let entry = self.entries.get_mut(&place)?;
        for id in ids {
            if self.places.insert(id.to_owned(), place).is_none() {
                entry.ids.push(id.to_owned());
            }
        }
        Some(place)
    }

    /// Makes room for one more.
    fn forget_old(&mut self) {
        while self.ended.len() >= ENDED || self.entries.len() >= ALL {
            let ended = self.ended.first().copied();
            let Some(place) = ended.or_else(|| self.entries.keys().next().copied()) else { return };
            self.ended.remove(&place);
            for id in self.entries.remove(&place).map(|entry| entry.ids).unwrap_or_default() {
                self.places.remove(&id);
            }
        }
    }
}

/// What an event says of whose it is, and whether a passage can begin with it.
fn ids(event: &Event) -> (Vec<&str>, bool) {
    match event {
        Event::Answered { trace_id, .. } => (vec![trace_id], true),
        Event::MessageSent { message_id, trace_id, attributes, .. } => {
            let others = [attributes.get(RECEIPT), trace_id.as_ref()].into_iter().flatten();
            (std::iter::once(message_id).chain(others).map(String::as_str).collect(), true)
        }
        Event::MessageReceived { message_id, .. }
        | Event::MessageDeleted { message_id, .. }
        | Event::MessageDeadLettered { message_id, .. } => (vec![message_id], false),
        Event::ObjectCreated { metadata, .. } => {
            (metadata.get(RECEIPT).map(String::as_str).into_iter().collect(), false)
        }
        _ => (Vec::new(), false),
    }
}

#[cfg(test)]
mod tests;
