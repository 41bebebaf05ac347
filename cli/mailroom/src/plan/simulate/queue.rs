//! The queue: which emails wait, since when, and how often they were received.

use super::scenario::{self, TICKS_PER_SECOND};
use std::collections::{BTreeMap, VecDeque};

/// Messages that were accepted in the same second, with as many receives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Messages {
    pub(super) count: u64,
    /// The tick at which they became visible, again after a receive.
    visible: u64,
    sent_second: u64,
    receives: u8,
}

pub(super) struct Queue {
    visibility: u64,
    receives: u8,
    retention_seconds: u64,
    most_in_flight: u64,
    /// Never received, the oldest first.
    new: VecDeque<Messages>,
    /// Visible again, in the order in which they became so.
    returned: VecDeque<Messages>,
    /// Given back by the worker, by the tick at which they become visible.
    hidden: BTreeMap<u64, Vec<Messages>>,
    visible: u64,
    pub(super) in_flight: u64,
    /// All that were received and are not stored, by the second of their acceptance.
    received: BTreeMap<u64, u64>,
    pub(super) stored: u64,
    pub(super) dead: u64,
    /// SQS deleted them: lost.
    pub(super) expired: u64,
}

impl Queue {
    pub(super) fn new(limits: &scenario::Queue) -> Self {
        Self {
            visibility: limits.visibility_seconds * TICKS_PER_SECOND,
            receives: limits.receives,
            retention_seconds: limits.retention_seconds,
            most_in_flight: limits.in_flight,
            new: VecDeque::new(),
            returned: VecDeque::new(),
            hidden: BTreeMap::new(),
            visible: 0,
            in_flight: 0,
            received: BTreeMap::new(),
            stored: 0,
            dead: 0,
            expired: 0,
        }
    }

    pub(super) fn send(&mut self, now: u64, count: u64) {
        if count == 0 {
            return;
        }
        self.visible += count;
        self.new.push_back(Messages {
            count,
            visible: now,
            sent_second: now / TICKS_PER_SECOND,
            receives: 0,
        });
    }

    /// Lets time pass: messages become visible again, and SQS deletes those that are too old.
    pub(super) fn step(&mut self, now: u64) {
        while let Some(entry) = self.hidden.first_entry().filter(|entry| *entry.key() <= now) {
            for messages in entry.remove() {
                self.in_flight -= messages.count;
                self.visible += messages.count;
                self.returned.push_back(Messages { visible: now, ..messages });
            }
        }
        while let Some(oldest) = self.new.front().copied().filter(|messages| self.is_past(now, messages)) {
            self.new.pop_front();
            self.visible -= oldest.count;
            self.expired += oldest.count;
        }
    }

    /// Messages that a poller can have now.
    pub(super) fn receivable(&self) -> u64 {
        self.visible.min(self.most_in_flight.saturating_sub(self.in_flight))
    }

    /// The tick since which the longest visible message is.
    pub(super) fn visible_since(&self) -> Option<u64> {
        let fronts = [self.new.front(), self.returned.front()];
        fronts.into_iter().flatten().map(|messages| messages.visible).min()
    }

    /// Receives up to `wanted` messages. Those that have used up their receives move to the dead-letter queue instead.
    ///
    /// The oldest come first. AWS says that standard queues try to keep the order of sending ("Amazon SQS standard
    /// queues"); that they do so after a receive too is a belief.
    pub(super) fn receive(&mut self, now: u64, wanted: u64) -> Vec<Messages> {
        let (mut batch, mut left) = (Vec::new(), wanted);
        while left > 0 {
            let newer = |returned: &Messages| {
                self.new.front().is_none_or(|new| new.sent_second >= returned.sent_second)
            };
            let from_returned = self.returned.front().is_some_and(newer);
            let line = if from_returned { &mut self.returned } else { &mut self.new };
            let Some(first) = line.front_mut() else { break };
            let taken = Messages { count: first.count.min(left), ..*first };
            first.count -= taken.count;
            if first.count == 0 {
                line.pop_front();
            }
            self.visible -= taken.count;
            if taken.receives > 0 {
                self.forget(&taken);
            }
            if self.is_past(now, &taken) {
                self.expired += taken.count;
            } else if taken.receives >= self.receives {
                self.dead += taken.count;
            } else {
                left -= taken.count;
                self.in_flight += taken.count;
                *self.received.entry(taken.sent_second).or_default() += taken.count;
                batch.push(Messages { receives: taken.receives + 1, ..taken });
            }
        }
        batch
    }

    /// `worker` has stored them.
    pub(super) fn delete(&mut self, stored: &[Messages]) {
        for messages in stored {
            self.in_flight -= messages.count;
            self.stored += messages.count;
            self.forget(messages);
        }
    }

    /// `worker` has given them back. They become visible when the timeout of their receive is over.
    pub(super) fn give_back(&mut self, received: u64, now: u64, failed: Vec<Messages>) {
        let hidden = self.hidden.entry((received + self.visibility).max(now + 1)).or_default();
        for messages in failed {
            match hidden.last_mut() {
                Some(last)
                    if last.sent_second == messages.sent_second && last.receives == messages.receives =>
                {
                    last.count += messages.count;
                }
                _ => hidden.push(messages),
            }
        }
    }

    fn forget(&mut self, messages: &Messages) {
        if let Some(count) = self.received.get_mut(&messages.sent_second) {
            *count -= messages.count;
            if *count == 0 {
                self.received.remove(&messages.sent_second);
            }
        }
    }

    fn is_past(&self, now: u64, messages: &Messages) -> bool {
        now / TICKS_PER_SECOND > messages.sent_second + self.retention_seconds
    }

    /// Messages that are neither stored nor dead nor expired.
    pub(super) fn backlog(&self) -> u64 {
        self.visible + self.in_flight
    }

    pub(super) fn oldest_seconds(&self, now: u64) -> u64 {
        let new = self.new.front().map(|messages| messages.sent_second);
        let received = self.received.first_key_value().map(|(second, _)| *second);
        let oldest = [new, received].into_iter().flatten().min();
        oldest.map_or(0, |second| now / TICKS_PER_SECOND - second)
    }
}

/// Takes `count` messages out of all of them alike.
pub(super) fn take_alike(messages: &mut Vec<Messages>, count: u64) -> Vec<Messages> {
    let mut all: u64 = messages.iter().map(|messages| messages.count).sum();
    let mut left = count.min(all);
    let mut taken = Vec::new();
    for messages in messages.iter_mut() {
        let part = super::count::share(left, messages.count, all).min(messages.count);
        all -= messages.count;
        left -= part;
        messages.count -= part;
        taken.push(Messages { count: part, ..*messages });
    }
    messages.retain(|messages| messages.count > 0);
    taken.retain(|messages| messages.count > 0);
    taken
}
