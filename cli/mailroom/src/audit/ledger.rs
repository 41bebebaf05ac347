//! What is known of each receipt.

use email::Receipt;
use std::collections::HashMap;

/// Where the log lines and the other places say that an accepted email is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Filed,
    Dead,
    /// Filed, by the bucket and not by the log.
    InBucket,
}

/// Every accepted receipt of a time, and what is known of it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    accepted: HashMap<Receipt, Option<Place>>,
    queued: u64,
    dead_unseen: u64,
}

/// What follows from a ledger.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) accepted: u64,
    /// By the log, or by the bucket.
    pub(crate) filed: u64,
    /// Of those that are filed: by the bucket alone.
    pub(crate) filed_without_log: u64,
    pub(crate) dead: u64,
    pub(crate) queued: u64,
    /// The oldest first.
    pub(crate) missing: Vec<Receipt>,
}

impl Ledger {
    pub(crate) fn accepted(&mut self, receipt: Receipt) {
        self.accepted.entry(receipt).or_default();
    }

    /// An email that was accepted before is not in the ledger, and stays out of it.
    pub(crate) fn filed(&mut self, receipt: Receipt) {
        self.put(receipt, Place::Filed);
    }

    pub(crate) fn in_bucket(&mut self, receipt: Receipt) {
        self.put(receipt, Place::InBucket);
    }

    /// What the dead-letter queue holds now: these, and so many that somebody else has received and may give back. What
    /// it held before may have been brought back.
    pub(crate) fn dead(&mut self, receipts: impl IntoIterator<Item = Receipt>, unseen: u64) {
        self.dead_unseen = unseen;
        self.accepted
            .values_mut()
            .filter(|place| **place == Some(Place::Dead))
            .for_each(|place| *place = None);
        for receipt in receipts {
            if let Some(place @ None) = self.accepted.get_mut(&receipt) {
                *place = Some(Place::Dead);
            }
        }
    }

    /// How many messages the queue holds now.
    pub(crate) fn queue_holds(&mut self, messages: u64) {
        self.queued = messages;
    }

    /// How many are nowhere, and are too many to be what the queues hold unseen.
    pub(crate) fn open(&self) -> u64 {
        (self.nowhere().count() as u64).saturating_sub(self.queued + self.dead_unseen)
    }

    /// Those that are neither filed nor dead.
    pub(crate) fn nowhere(&self) -> impl Iterator<Item = Receipt> {
        self.accepted.iter().filter(|(_, place)| place.is_none()).map(|(receipt, _)| *receipt)
    }

    fn put(&mut self, receipt: Receipt, place: Place) {
        if let Some(known) = self.accepted.get_mut(&receipt) {
            *known = Some(place);
        }
    }

    /// The queue's messages are taken to be the youngest of those that are nowhere else: what is old and nowhere is
    /// missing.
    pub(crate) fn sums(&self) -> Sums {
        let at = |place| self.accepted.values().filter(|known| **known == Some(place)).count() as u64;
        let mut missing: Vec<_> = self.nowhere().collect();
        missing.sort_unstable();
        let held = missing.len() as u64 - self.open();
        let dead_unseen = self.dead_unseen.min(held);
        missing.truncate(usize::try_from(self.open()).unwrap_or(usize::MAX));
        Sums {
            accepted: self.accepted.len() as u64,
            filed: at(Place::Filed) + at(Place::InBucket),
            filed_without_log: at(Place::InBucket),
            dead: at(Place::Dead) + dead_unseen,
            queued: held - dead_unseen,
            missing,
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
        let [filed, twice, dead, stored, before] = receipts();
        let mut ledger = ledger(&[filed, twice, twice, dead, stored]);
        for receipt in [filed, twice, twice, before] {
            ledger.filed(receipt);
        }
        ledger.dead([dead, filed, before], 0);
        ledger.in_bucket(stored);
        let expected =
            Sums { accepted: 4, filed: 3, filed_without_log: 1, dead: 1, queued: 0, missing: vec![] };
        assert_eq!(ledger.sums(), expected);
    }

    #[test]
    fn what_is_nowhere_and_not_in_the_queue_is_missing_the_oldest_first() {
        let all: [_; 5] = receipts();
        let mut ledger = ledger(&all);
        ledger.filed(all[1]);
        ledger.queue_holds(2);
        assert_eq!(ledger.open(), 2);
        let Sums { queued, missing, .. } = ledger.sums();
        assert_eq!((queued, missing), (2, vec![all[0], all[2]]));
    }

    #[test]
    fn a_queue_full_of_others_does_not_make_more_queued_than_there_are() {
        let all: [_; 2] = receipts();
        let mut ledger = ledger(&all);
        ledger.queue_holds(1_000);
        let Sums { queued, missing, .. } = ledger.sums();
        assert_eq!((queued, missing.len()), (2, 0));
    }

    #[test]
    fn a_dead_letter_that_somebody_else_looks_at_is_not_missing() {
        let all: [_; 3] = receipts();
        let mut ledger = ledger(&all);
        ledger.dead([all[0]], 1);
        ledger.queue_holds(7);
        let Sums { dead, queued, missing, .. } = ledger.sums();
        assert_eq!((dead, queued, missing.len()), (2, 1, 0));
    }

    #[test]
    fn what_was_brought_back_from_the_dead_is_no_longer_there() {
        let [receipt] = receipts();
        let mut ledger = ledger(&[receipt]);
        ledger.dead([receipt], 0);
        assert_eq!(ledger.open(), 0);
        ledger.dead([], 0);
        assert_eq!(ledger.open(), 1);
    }
}
