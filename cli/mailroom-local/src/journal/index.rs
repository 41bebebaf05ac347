//! The traces of a journal by their ids, as many as fit.

use super::email_trace::{EmailTrace, Stage};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::SystemTime;

/// Traces that are kept after their end.
pub(crate) const ENDED: usize = 1_000;
/// Traces that are kept in all. Those that wait in a long queue are kept to their end, up to this bound.
pub(crate) const ALL: usize = 100_000;

/// The kinds are apart, since a stranger may send a message whose receipt is another one's id.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Id {
    /// X-Ray's id of the trace in which a request was answered.
    Trace(String),
    Message(String),
    Receipt(String),
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    /// By the number of their beginning.
    entries: BTreeMap<u64, Entry>,
    next: u64,
    /// Those that have ended.
    ended: BTreeSet<u64>,
    /// Each id belongs to the first trace that had it.
    numbers: HashMap<Id, u64>,
}

#[derive(Debug)]
struct Entry {
    trace: EmailTrace,
    ids: Vec<Id>,
}

impl Index {
    pub(crate) fn find(&self, id: &Id) -> Option<u64> {
        self.numbers.get(id).copied()
    }

    pub(crate) fn get(&self, number: u64) -> Option<&EmailTrace> {
        self.entries.get(&number).map(|entry| &entry.trace)
    }

    /// The latest first.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &EmailTrace> {
        self.entries.values().rev().map(|entry| &entry.trace)
    }

    pub(crate) fn begin(&mut self, now: SystemTime) -> u64 {
        self.make_room();
        let number = self.next;
        self.next += 1;
        self.entries.insert(number, Entry { trace: EmailTrace::new(number, now), ids: Vec::new() });
        number
    }

    pub(crate) fn name(&mut self, number: u64, id: Id) {
        let Some(entry) = self.entries.get_mut(&number) else { return };
        self.numbers.entry(id.clone()).or_insert_with(|| {
            entry.ids.push(id);
            number
        });
    }

    /// Changes a trace, and returns it if that ended it, ended it otherwise, or sent it back to the queue.
    pub(crate) fn change(
        &mut self,
        number: u64,
        change: impl FnOnce(&mut EmailTrace),
    ) -> Option<&EmailTrace> {
        let trace = &mut self.entries.get_mut(&number)?.trace;
        let (stage, had_ended) = (trace.stage, trace.ended.is_some());
        change(trace);
        if trace.ended.is_some() {
            self.ended.insert(number);
        } else {
            self.ended.remove(&number);
        }
        let is_news = trace.ended.is_some() || trace.stage == Stage::Redriven;
        let is_new = trace.stage != stage || trace.ended.is_some() != had_ended;
        (is_news && is_new).then_some(&*trace)
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

    #[cfg(test)]
    pub(crate) fn ids(&self) -> usize {
        self.numbers.len()
    }
}
