//! What happens to a queue's messages, and when. No clock and no lock in here: every call is told the time.

use super::{Message, receipt::Receipt};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, SystemTime},
};
use tokio::time::Instant;
use uuid::Uuid;

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
pub(super) struct State {
    messages: BTreeMap<u64, Held>,
    /// Where the message with an id is.
    places: HashMap<String, u64>,
    next_place: u64,
}

/// A message and its clocks.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) message: Message,
    /// When it was sent, to any queue: retention counts from there, in a dead-letter queue too.
    pub(super) sent: Instant,
    /// Hidden before this.
    visible_from: Instant,
    /// The latest receive, which alone may delete it.
    receive: Option<Uuid>,
}

/// How a receive goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take {
    pub(super) max: usize,
    pub(super) visibility: Duration,
    pub(super) retention: Duration,
    /// A message received this often goes to the dead-letter queue instead of to another receiver.
    pub(super) max_receive_count: Option<u32>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) received: Vec<(Message, Receipt)>,
    pub(super) dead: Vec<Held>,
}

/// What happens to a message in the course of a receive.
enum Fate {
    Receive,
    Die,
    Expire,
}

impl Held {
    pub(super) fn new(message: Message, sent: Instant, visible_from: Instant) -> Self {
        Self { message, sent, visible_from, receive: None }
    }

    fn expired(&self, now: Instant, retention: Duration) -> bool {
        now.saturating_duration_since(self.sent) >= retention
    }
}

impl State {
    pub(super) fn add(&mut self, held: Held) {
        self.places.insert(held.message.message_id.clone(), self.next_place);
        self.messages.insert(self.next_place, held);
        self.next_place += 1;
    }

    /// Receives what is visible, and clears away what was received too often or has expired on the way there.
    pub(super) fn take(&mut self, now: Instant, take: Take) -> Taken {
        let mut taken = Taken::default();
        for (place, fate) in self.fates(now, take) {
            match fate {
                Fate::Receive => taken.received.extend(self.receive(place, now + take.visibility)),
                Fate::Die => taken.dead.extend(self.remove(place)),
                Fate::Expire => {
                    self.remove(place);
                }
            }
        }
        taken
    }

    fn fates(&self, now: Instant, take: Take) -> Vec<(u64, Fate)> {
        let mut fates = Vec::new();
        let mut received = 0;
        for (place, held) in &self.messages {
            if received == take.max {
                break;
            }
            if held.expired(now, take.retention) {
                fates.push((*place, Fate::Expire));
            } else if held.visible_from > now {
                // In flight or delayed: not to be seen.
            } else if take.max_receive_count.is_some_and(|max| held.message.receive_count >= max) {
                fates.push((*place, Fate::Die));
            } else {
                fates.push((*place, Fate::Receive));
                received += 1;
            }
        }
        fates
    }

    fn receive(&mut self, place: u64, visible_from: Instant) -> Option<(Message, Receipt)> {
        let held = self.messages.get_mut(&place)?;
        let receipt = Receipt::new(&held.message.message_id);
        held.visible_from = visible_from;
        held.receive = Some(receipt.receive);
        held.message.receive_count += 1;
        held.message.first_received_at.get_or_insert_with(SystemTime::now);
        Some((held.message.clone(), receipt))
    }

    fn remove(&mut self, place: u64) -> Option<Held> {
        let held = self.messages.remove(&place)?;
        self.places.remove(&held.message.message_id);
        Some(held)
    }

    /// Deletes the message, if the receipt is its latest; AWS says yes to an older one and deletes nothing.
    pub(super) fn delete(&mut self, receipt: &Receipt) {
        if let Some(place) = self.place(receipt) {
            self.remove(place);
        }
    }

    /// Hides the message until `visible_from`. Whether it was in flight, or nothing when it is gone.
    pub(super) fn hide(&mut self, receipt: &Receipt, now: Instant, visible_from: Instant) -> Option<bool> {
        let place = self.place(receipt)?;
        let held = self.messages.get_mut(&place)?;
        let in_flight = held.visible_from > now;
        if in_flight {
            held.visible_from = visible_from;
        }
        Some(in_flight)
    }

    fn place(&self, receipt: &Receipt) -> Option<u64> {
        let place = *self.places.get(&receipt.message_id)?;
        (self.messages.get(&place)?.receive == Some(receipt.receive)).then_some(place)
    }

    /// When the next hidden message becomes visible.
    pub(super) fn next_visible(&self, now: Instant) -> Option<Instant> {
        self.messages.values().map(|held| held.visible_from).filter(|at| *at > now).min()
    }

    pub(super) fn counts(&self, now: Instant, retention: Duration) -> Counts {
        let mut counts = Counts::default();
        for held in self.messages.values().filter(|held| !held.expired(now, retention)) {
            match (held.visible_from > now, held.receive) {
                (false, _) => counts.visible += 1,
                (true, Some(_)) => counts.in_flight += 1,
                (true, None) => counts.delayed += 1,
            }
        }
        counts
    }

    pub(super) fn messages(&self, now: Instant, retention: Duration) -> Vec<Message> {
        let kept = self.messages.values().filter(|held| !held.expired(now, retention));
        kept.map(|held| held.message.clone()).collect()
    }

    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.places.clear();
    }
}
