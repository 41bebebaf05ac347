//! Where each receipt was seen.

use email::Receipt;
use serde::{Serialize, Serializer};
use std::collections::HashMap;

/// Where an accepted email is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Stored,
    Dead,
    /// Stored, by the bucket and not by the log.
    InBucket,
}

/// Every receipt that was accepted in the time of the audit, and its place if it is known.
#[derive(Default)]
pub(crate) struct Ledger {
    accepted: HashMap<Receipt, Option<Place>>,
    queued: u64,
    dead_unseen: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sums {
    pub(crate) accepted: u64,
    /// By the log or by the bucket.
    #[serde(rename = "filed")]
    pub(crate) stored: u64,
    /// Stored ones that only the bucket shows.
    #[serde(rename = "filed_without_log")]
    pub(crate) stored_without_log: u64,
    pub(crate) queued: u64,
    pub(crate) dead: u64,
    pub(crate) missing: u64,
    /// The oldest first.
    #[serde(serialize_with = "as_texts")]
    pub(crate) missing_receipts: Vec<Receipt>,
}

fn as_texts<S: Serializer>(receipts: &[Receipt], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(receipts.iter().map(Receipt::to_string))
}

impl Ledger {
    pub(crate) fn accepted(&mut self, receipt: Receipt) {
        self.accepted.entry(receipt).or_default();
    }

    /// An email that was accepted before the time of the audit stays out.
    pub(crate) fn stored(&mut self, receipt: Receipt) {
        self.put(receipt, Place::Stored);
    }

    pub(crate) fn in_bucket(&mut self, receipt: Receipt) {
        self.put(receipt, Place::InBucket);
    }

    fn put(&mut self, receipt: Receipt, place: Place) {
        if let Some(known) = self.accepted.get_mut(&receipt) {
            *known = Some(place);
        }
    }

    /// The dead-letter queue now holds these, and `unseen` more that another receiver has and may give back. Earlier dead
    /// letters may have been redriven.
    pub(crate) fn dead(&mut self, receipts: impl IntoIterator<Item = Receipt>, unseen: u64) {
        self.dead_unseen = unseen;
        for place in self.accepted.values_mut().filter(|place| **place == Some(Place::Dead)) {
            *place = None;
        }
        for receipt in receipts {
            if let Some(place @ None) = self.accepted.get_mut(&receipt) {
                *place = Some(Place::Dead);
            }
        }
    }

    pub(crate) fn queue_holds(&mut self, messages: u64) {
        self.queued = messages;
    }

    /// How many receipts are nowhere, beyond those that the queues may hold unseen.
    pub(crate) fn open(&self) -> u64 {
        (self.nowhere().count() as u64).saturating_sub(self.queued + self.dead_unseen)
    }

    pub(crate) fn nowhere(&self) -> impl Iterator<Item = Receipt> {
        self.accepted.iter().filter(|(_, place)| place.is_none()).map(|(receipt, _)| *receipt)
    }

    /// The queue's messages are taken to be the youngest of those that are nowhere else: an old email that is nowhere is
    /// missing.
    pub(crate) fn sums(&self) -> Sums {
        let at = |place| self.accepted.values().filter(|known| **known == Some(place)).count() as u64;
        let mut nowhere: Vec<_> = self.nowhere().collect();
        nowhere.sort_unstable();
        let missing = self.open();
        let held = nowhere.len() as u64 - missing;
        let dead_unseen = self.dead_unseen.min(held);
        nowhere.truncate(usize::try_from(missing).unwrap_or(usize::MAX));
        Sums {
            accepted: self.accepted.len() as u64,
            stored: at(Place::Stored) + at(Place::InBucket),
            stored_without_log: at(Place::InBucket),
            queued: held - dead_unseen,
            dead: at(Place::Dead) + dead_unseen,
            missing,
            missing_receipts: nowhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Receipts in the order of their time.
    fn receipts<const N: usize>() -> [Receipt; N] {
        std::array::from_fn(|_| Receipt::new())
    }

    fn ledger(accepted: &[Receipt]) -> Ledger {
        let mut ledger = Ledger::default();
        accepted.iter().for_each(|receipt| ledger.accepted(*receipt));
        ledger
    }

    #[test]
    fn each_receipt_counts_once_wherever_it_was_seen() {
        let [stored, twice, dead, in_bucket, before] = receipts();
        let mut ledger = ledger(&[stored, twice, twice, dead, in_bucket]);
        for receipt in [stored, twice, twice, before] {
            ledger.stored(receipt);
        }
        ledger.dead([dead, stored, before], 0);
        ledger.in_bucket(in_bucket);
        let expected = Sums {
            accepted: 4,
            stored: 3,
            stored_without_log: 1,
            queued: 0,
            dead: 1,
            missing: 0,
            missing_receipts: vec![],
        };
        assert_eq!(ledger.sums(), expected);
    }

    #[test]
    fn an_email_that_is_nowhere_is_missing_the_oldest_first() {
        let all: [_; 5] = receipts();
        let mut ledger = ledger(&all);
        ledger.stored(all[1]);
        ledger.queue_holds(2);
        assert_eq!(ledger.open(), 2);
        let Sums { queued, missing_receipts, .. } = ledger.sums();
        assert_eq!((queued, missing_receipts), (2, vec![all[0], all[2]]));
    }

    #[test]
    fn other_messages_in_the_queue_are_not_counted() {
        let all: [_; 2] = receipts();
        let mut ledger = ledger(&all);
        ledger.queue_holds(1_000);
        let Sums { queued, missing, .. } = ledger.sums();
        assert_eq!((queued, missing), (2, 0));
    }

    #[test]
    fn a_dead_letter_that_another_receiver_has_is_not_missing() {
        let all: [_; 3] = receipts();
        let mut ledger = ledger(&all);
        ledger.dead([all[0]], 1);
        ledger.queue_holds(7);
        let Sums { dead, queued, missing, .. } = ledger.sums();
        assert_eq!((dead, queued, missing), (2, 1, 0));
    }

    #[test]
    fn a_redriven_letter_is_no_longer_dead() {
        let [receipt] = receipts();
        let mut ledger = ledger(&[receipt]);
        ledger.dead([receipt], 0);
        assert_eq!(ledger.open(), 0);
        ledger.dead([], 0);
        assert_eq!(ledger.open(), 1);
    }
}
