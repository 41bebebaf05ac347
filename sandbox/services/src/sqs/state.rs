//! The rules for what happens to a queue's messages, and when. They have no clock and no lock: every call gets the time.
//!
//! Each message is in exactly one of three orders: visible (by arrival), in flight or delayed (by when that
//! ends). So a receive costs what it receives, however many messages are in flight.

use super::limits;
use super::message::{Message, ReceiptHandle, StoredMessage};
use super::rows::Recorder;
use crate::faults::DeliveryFault;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Ready to be received.
    pub visible: usize,
    /// Received, and neither deleted nor visible again.
    pub in_flight: usize,
    /// Sent with a delay that hasn't ended.
    pub delayed: usize,
}

/// The messages of one queue, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct State {
    messages: BTreeMap<u64, StoredMessage>,
    /// By message id.
    places: HashMap<String, u64>,
    next_place: u64,
    visible: BTreeSet<u64>,
    in_flight: BTreeSet<(Instant, u64)>,
    delayed: BTreeSet<(Instant, u64)>,
    /// By when they were sent: the first one expires first.
    ages: BTreeSet<(Instant, u64)>,
    purged_at: Option<Instant>,
    /// Notes each change for the store, if there is one.
    pub(crate) recorder: Option<Recorder>,
    /// The queue is gone: waiting for its messages is in vain.
    pub(crate) deleted: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Take {
    pub(crate) max: usize,
    pub(crate) visibility: Duration,
    /// A message received this often goes to the dead-letter queue instead of to another receiver.
    pub(crate) max_receive_count: Option<u32>,
    /// A standard queue promises no order; this one keeps it, but for this.
    pub(crate) newest_first: bool,
}

impl Take {
    /// The same, as a fault changes it.
    pub(crate) fn under(self, fault: Option<DeliveryFault>) -> Self {
        match fault {
            Some(DeliveryFault::Duplicate) => Self { visibility: Duration::ZERO, ..self },
            Some(DeliveryFault::Reorder) => Self { newest_first: true, ..self },
            Some(DeliveryFault::ExpiredReceipt) | None => self,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) received: Vec<(Message, ReceiptHandle)>,
    pub(crate) dead: Vec<StoredMessage>,
    /// Nothing was received because as many messages are in flight as there may be.
    pub(crate) over_limit: bool,
}

/// The outcome of a change of a message's visibility timeout.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hiding {
    Done,
    /// The message is gone.
    NoMessage,
    /// It would stay hidden for longer than a receive may hide it in all.
    TooLong,
}

impl State {
    /// Deletes every message and the queue.
    pub(crate) fn delete_queue(&mut self) {
        self.clear();
        self.deleted = true;
    }

    pub(crate) fn add(&mut self, message: StoredMessage, now: Instant) {
        let place = self.next_place;
        if let Some(recorder) = &mut self.recorder {
            recorder.added(&message, place);
        }
        self.restore(place, message, now);
    }

    /// Puts a message where it was before a restart.
    pub(crate) fn restore(&mut self, place: u64, message: StoredMessage, now: Instant) {
        self.next_place = self.next_place.max(place + 1);
        self.places.insert(message.message.message_id.clone(), place);
        self.ages.insert((message.sent, place));
        if message.visible_from > now && message.receive.is_some() {
            self.in_flight.insert((message.visible_from, place));
        } else if message.visible_from > now {
            self.delayed.insert((message.visible_from, place));
        } else {
            self.visible.insert(place);
        }
        self.messages.insert(place, message);
    }

    /// Lets time pass: hidden messages become visible, old ones are deleted. Returns the ids of those.
    pub(crate) fn pass(&mut self, now: Instant, retention: Duration) -> Vec<String> {
        for hidden in [&mut self.in_flight, &mut self.delayed] {
            while hidden.first().is_some_and(|(until, _)| *until <= now) {
                self.visible.extend(hidden.pop_first().map(|(_, place)| place));
            }
        }
        let mut expired = Vec::new();
        while let Some((sent, place)) = self.ages.first().copied() {
            if now.saturating_duration_since(sent) < retention {
                break;
            }
            expired.extend(self.remove(place).map(|stored| stored.message.message_id));
        }
        expired
    }

    pub(crate) fn has_visible(&self) -> bool {
        !self.visible.is_empty()
    }

    /// Receives what is visible, and clears away what was received too often on the way there.
    pub(crate) fn take(&mut self, now: Instant, take: Take) -> Taken {
        let mut taken = Taken::default();
        while taken.received.len() < take.max {
            if self.in_flight.len() >= limits::IN_FLIGHT {
                taken.over_limit = taken.received.is_empty();
                break;
            }
            let next = if take.newest_first { self.visible.last() } else { self.visible.first() };
            let Some(place) = next.copied() else { break };
            let spent = |m: &StoredMessage| take.max_receive_count.is_some_and(|max| m.receives >= max);
            if self.messages.get(&place).is_some_and(spent) {
                taken.dead.extend(self.remove(place));
            } else {
                taken.received.extend(self.receive(place, now, now + take.visibility));
            }
        }
        // A timeout of zero gives a message back at once, but not to this receiver a second time.
        self.pass(now, Duration::MAX);
        taken
    }

    fn receive(
        &mut self,
        place: u64,
        now: Instant,
        visible_from: Instant,
    ) -> Option<(Message, ReceiptHandle)> {
        self.visible.remove(&place);
        let stored = self.messages.get_mut(&place)?;
        let receipt = ReceiptHandle::new(&stored.message.message_id);
        stored.visible_from = visible_from;
        stored.receive = Some((receipt.receive, now));
        stored.message.receive_count += 1;
        stored.receives += 1;
        stored.message.first_received_at.get_or_insert_with(SystemTime::now);
        self.in_flight.insert((visible_from, place));
        if let Some(recorder) = &mut self.recorder {
            recorder.hidden(stored, place);
        }
        Some((stored.message.clone(), receipt))
    }

    pub(crate) fn remove(&mut self, place: u64) -> Option<StoredMessage> {
        let stored = self.messages.remove(&place)?;
        if let Some(recorder) = &mut self.recorder {
            recorder.removed(&stored.message.message_id);
        }
        self.places.remove(&stored.message.message_id);
        self.ages.remove(&(stored.sent, place));
        self.visible.remove(&place);
        self.in_flight.remove(&(stored.visible_from, place));
        self.delayed.remove(&(stored.visible_from, place));
        Some(stored)
    }

    /// Deletes the message, if the handle is its latest, and returns whether it did; AWS says yes to an older one too.
    pub(crate) fn delete(&mut self, receipt: &ReceiptHandle) -> bool {
        self.latest(receipt).and_then(|place| self.remove(place)).is_some()
    }

    /// Hides a message in flight until `visible_from`, at most `longest` after it was received. AWS accepts an older
    /// handle of the message too, and leaves a message that isn't in flight as it is.
    pub(crate) fn hide(
        &mut self,
        receipt: &ReceiptHandle,
        visible_from: Instant,
        longest: Duration,
    ) -> Hiding {
        let Some(place) = self.places.get(&receipt.message_id).copied() else { return Hiding::NoMessage };
        let Some(stored) = self.messages.get_mut(&place) else { return Hiding::NoMessage };
        if !self.in_flight.contains(&(stored.visible_from, place)) {
            return Hiding::Done;
        }
        if stored.receive.is_some_and(|(_, at)| visible_from > at + longest) {
            return Hiding::TooLong;
        }
        self.in_flight.remove(&(stored.visible_from, place));
        stored.visible_from = visible_from;
        self.in_flight.insert((visible_from, place));
        if let Some(recorder) = &mut self.recorder {
            recorder.hidden(stored, place);
        }
        Hiding::Done
    }

    /// The place of the message, if the handle is its latest.
    fn latest(&self, receipt: &ReceiptHandle) -> Option<u64> {
        let place = *self.places.get(&receipt.message_id)?;
        let latest = self.messages.get(&place)?.receive.map(|(receive, _)| receive);
        (latest == Some(receipt.receive)).then_some(place)
    }

    /// When the next hidden message becomes visible.
    pub(crate) fn next_visible(&self) -> Option<Instant> {
        let first = |hidden: &BTreeSet<(Instant, u64)>| hidden.first().map(|(until, _)| *until);
        first(&self.in_flight).into_iter().chain(first(&self.delayed)).min()
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts { visible: self.visible.len(), in_flight: self.in_flight.len(), delayed: self.delayed.len() }
    }

    /// In the order in which they came.
    pub(crate) fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values().map(|stored| &stored.message)
    }

    pub(crate) fn find(&self, message_id: &str) -> Option<&Message> {
        self.messages.get(self.places.get(message_id)?).map(|stored| &stored.message)
    }

    pub(crate) fn is_in_flight(&self, message_id: &str) -> bool {
        let stored = self.places.get(message_id).and_then(|place| Some((self.messages.get(place)?, *place)));
        stored.is_some_and(|(stored, place)| self.in_flight.contains(&(stored.visible_from, place)))
    }

    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.ages.first().map(|(sent, _)| *sent)
    }

    /// Where the next message will be: those before it are there already.
    pub(crate) fn end(&self) -> u64 {
        self.next_place
    }

    /// How many messages before `end` a move would find.
    pub(crate) fn movable(&self, end: u64) -> usize {
        self.visible.range(..end).count()
    }

    /// The first message before `end` that a move would find, where it is.
    pub(crate) fn first_movable(&self, end: u64) -> Option<(u64, &Message)> {
        let place = *self.visible.range(..end).next()?;
        Some((place, &self.messages.get(&place)?.message))
    }

    /// Deletes every message, those in flight too, unless that was done less than `pause` ago. Returns whether it did.
    pub(crate) fn purge(&mut self, now: Instant, pause: Duration) -> bool {
        if self.purged_at.is_some_and(|at| now.saturating_duration_since(at) < pause) {
            return false;
        }
        self.clear();
        self.purged_at = Some(now);
        true
    }

    /// Deletes every message. Places go on: a move in progress must not take new messages for those it was to move.
    fn clear(&mut self) {
        let mut recorder = self.recorder.take();
        if let Some(recorder) = &mut recorder {
            self.places.keys().for_each(|message_id| recorder.removed(message_id));
        }
        let (next_place, deleted) = (self.next_place, self.deleted);
        *self = Self { next_place, deleted, recorder, ..Self::default() };
    }
}
