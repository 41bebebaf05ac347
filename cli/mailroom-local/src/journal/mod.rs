//! The way of each email: the events of a stack, joined.
//!
//! The X-Ray trace leads from a request to the message that its function sent, and the receipt from the message to its
//! object. The journal reads no log, body or response.

mod email_trace;

pub(crate) use email_trace::{EmailTrace, Request, Stage};

use sandbox::events::Event;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::SystemTime;

/// The message attribute and the object metadata that hold the email's receipt. It survives a redrive, where SQS gives
/// the message a new id.
pub(crate) const RECEIPT: &str = "receipt";

/// Traces that are kept after their end.
const ENDED: usize = 1_000;
/// Traces that are kept in all. Those that wait in a long queue are kept to their end, up to this bound.
const ALL: usize = 100_000;

#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// By the number of their beginning.
    entries: BTreeMap<u64, Entry>,
    next: u64,
    /// Those that have ended.
    ended: BTreeSet<u64>,
    /// Which entry an X-Ray trace id, a message id or a receipt belongs to.
    numbers: HashMap<String, u64>,
}

#[derive(Debug)]
struct Entry {
    trace: EmailTrace,
    ids: Vec<String>,
}

impl Journal {
    /// Records `event`, which happened at `now`. Returns the trace if the event ended it; a dead letter that is
    /// redriven ends a second time.
    pub(crate) fn record(&mut self, event: &Event, now: SystemTime) -> Option<&EmailTrace> {
        let number = self.number(event, now)?;
        let entry = self.entries.get_mut(&number)?;
        let had_ended = entry.trace.has_ended();
        entry.trace.record(event, now);
        let has_ended = entry.trace.has_ended();
        if has_ended {
            self.ended.insert(number);
        } else {
            self.ended.remove(&number);
        }
        self.entries.get(&number).map(|entry| &entry.trace).filter(|_| has_ended && !had_ended)
    }

    /// The latest first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &EmailTrace> {
        self.entries.values().rev().map(|entry| &entry.trace)
    }

    /// The entry that `event` belongs to: a new one for a request or a message that is not known yet.
    fn number(&mut self, event: &Event, now: SystemTime) -> Option<u64> {
        let (ids, begins) = ids(event);
        let known = ids.iter().find_map(|id| self.numbers.get(*id).copied());
        let number = match known {
            Some(number) => number,
            None if begins => {
                self.make_room();
                let number = self.next;
                self.next += 1;
                self.entries.insert(number, Entry { trace: EmailTrace::new(now), ids: Vec::new() });
                number
            }
            None => return None,
        };
        let entry = self.entries.get_mut(&number)?;
        for id in ids {
            if self.numbers.insert(id.to_owned(), number).is_none() {
                entry.ids.push(id.to_owned());
            }
        }
        Some(number)
    }

    fn make_room(&mut self) {
        while self.ended.len() >= ENDED || self.entries.len() >= ALL {
            let ended = self.ended.first().copied();
            let Some(number) = ended.or_else(|| self.entries.keys().next().copied()) else { return };
            self.ended.remove(&number);
            for id in self.entries.remove(&number).map(|entry| entry.ids).unwrap_or_default() {
                self.numbers.remove(&id);
            }
        }
    }
}

/// The ids that an event carries, and whether a trace can begin with it.
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
