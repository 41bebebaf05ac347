//! What happens to a queue's messages, and when. No clock and no lock in here: every call is told the time.
//!
//! Each message is in exactly one of three orders: visible (by arrival), in flight or delayed (by when that
//! ends). So a receive costs what it receives, however many messages are in flight.

use super::{Message, held::Held, limits, receipt::Receipt};
use crate::faults::DeliveryFault;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, SystemTime},
};
use tokio::time::Instant;

/// How many messages a queue has, by what they wait for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Ready to be received.
    pub visible: usize,
    /// Received, and neither deleted nor visible again.
    pub in_flight: usize,
    /// Sent with a delay that has not ended.
    pub delayed: usize,
}

/// The messages of one queue, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct State {
    messages: BTreeMap<u64, Held>,
    /// Where the message with an id is.
    places: HashMap<String, u64>,
    next_place: u64,
    visible: BTreeSet<u64>,
    in_flight: BTreeSet<(Instant, u64)>,
    delayed: BTreeSet<(Instant, u64)>,
    /// By when they were sent: the first one expires first.
    ages: BTreeSet<(Instant, u64)>,
    purged_at: Option<Instant>,
    /// The queue is no more: whoever waits for its messages waits in vain.
    pub(crate) deleted: bool,
}

/// How a receive goes.
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
    /// The same, as a fault would have it.
    pub(crate) fn under(self, fault: Option<DeliveryFault>) -> Self {
        match fault {
            Some(DeliveryFault::Duplicate) => Self { visibility: Duration::ZERO, ..self },
            Some(DeliveryFault::Reorder) => Self { newest_first: true, ..self },
            Some(DeliveryFault::ExpiredReceipt) | None => self,
        }
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) received: Vec<(Message, Receipt)>,
    pub(crate) dead: Vec<Held>,
    /// Nothing was received because as many messages are in flight as there may be.
    pub(crate) over_limit: bool,
}

/// What came of a change of a message's visibility timeout.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hiding {
    Done,
    /// The message is gone, or the receipt is not its latest.
    NoMessage,
    NotInFlight,
    /// It would stay hidden for longer than a receive may hide it in all.
    TooLong,
}

impl State {
    /// Of a queue that is no more.
    pub(crate) fn ended() -> Self {
        Self { deleted: true, ..Self::default() }
    }

    pub(crate) fn add(&mut self, held: Held, now: Instant) {
        let place = self.next_place;
        self.next_place += 1;
        self.places.insert(held.message.message_id.clone(), place);
        self.ages.insert((held.sent, place));
        if held.visible_from > now {
            self.delayed.insert((held.visible_from, place));
        } else {
            self.visible.insert(place);
        }
        self.messages.insert(place, held);
    }

    /// Lets happen what time alone brings about: hidden messages become visible, old ones are gone.
    pub(crate) fn pass(&mut self, now: Instant, retention: Duration) {
        for hidden in [&mut self.in_flight, &mut self.delayed] {
            while hidden.first().is_some_and(|(until, _)| *until <= now) {
                self.visible.extend(hidden.pop_first().map(|(_, place)| place));
            }
        }
        while let Some((sent, place)) = self.ages.first().copied() {
            if now.saturating_duration_since(sent) < retention {
                break;
            }
            self.remove(place);
        }
    }

    /// Whether there is something to receive.
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
            let spent = |held: &Held| take.max_receive_count.is_some_and(|max| held.receives >= max);
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

    fn receive(&mut self, place: u64, now: Instant, visible_from: Instant) -> Option<(Message, Receipt)> {
        self.visible.remove(&place);
        let held = self.messages.get_mut(&place)?;
        let receipt = Receipt::new(&held.message.message_id);
        held.visible_from = visible_from;
        held.receive = Some((receipt.receive, now));
        held.message.receive_count += 1;
        held.receives += 1;
        held.message.first_received_at.get_or_insert_with(SystemTime::now);
        self.in_flight.insert((visible_from, place));
        Some((held.message.clone(), receipt))
    }

    fn remove(&mut self, place: u64) -> Option<Held> {
        let held = self.messages.remove(&place)?;
        self.places.remove(&held.message.message_id);
        self.ages.remove(&(held.sent, place));
        self.visible.remove(&place);
        self.in_flight.remove(&(held.visible_from, place));
        self.delayed.remove(&(held.visible_from, place));
        Some(held)
    }

    /// Deletes the message, if the receipt is its latest; AWS says yes to an older one and deletes nothing. Whether
    /// it did.
    pub(crate) fn delete(&mut self, receipt: &Receipt) -> bool {
        self.place(receipt).and_then(|place| self.remove(place)).is_some()
    }

    /// Hides a message in flight until `visible_from`, at most `longest` after it was received.
    pub(crate) fn hide(&mut self, receipt: &Receipt, visible_from: Instant, longest: Duration) -> Hiding {
        let Some(place) = self.place(receipt) else { return Hiding::NoMessage };
        let Some(held) = self.messages.get_mut(&place) else { return Hiding::NoMessage };
        if !self.in_flight.contains(&(held.visible_from, place)) {
            return Hiding::NotInFlight;
        }
        if held.receive.is_some_and(|(_, at)| visible_from > at + longest) {
            return Hiding::TooLong;
        }
        self.in_flight.remove(&(held.visible_from, place));
        held.visible_from = visible_from;
        self.in_flight.insert((visible_from, place));
        Hiding::Done
    }

    fn place(&self, receipt: &Receipt) -> Option<u64> {
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

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.messages.values().map(|held| held.message.clone()).collect()
    }

    /// The latest messages first.
    pub(crate) fn latest(&self, most: usize) -> impl Iterator<Item = &Message> {
        self.messages.values().rev().take(most).map(|held| &held.message)
    }

    /// When the oldest message was sent.
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

    /// Takes a message out, to put it into another queue.
    pub(crate) fn take_out(&mut self, place: u64) -> Option<Held> {
        self.remove(place)
    }

    /// Deletes every message, those in flight too, unless that was done less than `pause` ago.
    pub(crate) fn purge(&mut self, now: Instant, pause: Duration) -> bool {
        if self.purged_at.is_some_and(|at| now.saturating_duration_since(at) < pause) {
            return false;
        }
        // Places go on: a move in progress must not take new messages for those it was to move.
        *self = Self {
            next_place: self.next_place,
            purged_at: Some(now),
            deleted: self.deleted,
            ..Self::default()
        };
        true
    }
}
