//! Where each receipt was seen.

use crate::system::LogLine;
use email::Receipt;
use serde::{Serialize, Serializer};
use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

/// Where an accepted email is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Stored,
    Dead,
    /// Stored, by the bucket and not by the log.
    InBucket,
}

/// Every receipt that was accepted in the time of the audit, and its place if it is known.
///
/// SQS can't list a queue. An unseen message may be any of the emails that are nowhere, or none of them.
#[derive(Default)]
pub(crate) struct Ledger {
    accepted: HashMap<Receipt, Option<Place>>,
    /// The canary's, wherever they are.
    canary: HashSet<Receipt>,
    /// What `worker` said last of an email that it gave back.
    given_back: HashMap<Receipt, LogLine>,
    queued: u64,
    dead_unseen: u64,
    /// Objects of emails that were accepted before then may have expired.
    kept_since: Option<SystemTime>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sums {
    pub(crate) accepted: u64,
    /// Emails of the canary, which are none of these.
    pub(crate) canary: u64,
    /// By the log or by the bucket.
    #[serde(rename = "filed")]
    pub(crate) stored: u64,
    /// Stored ones that only the bucket shows.
    #[serde(rename = "filed_without_log")]
    pub(crate) stored_without_log: u64,
    /// Dead letters that were seen.
    pub(crate) dead: u64,
    /// Emails that were not seen anywhere, and that the unseen messages may be.
    pub(crate) not_accounted_for: u64,
    /// The most of these that the queue can hold.
    pub(crate) queued: u64,
    /// Those of these and the missing ones that `worker` gave back last.
    pub(crate) retrying: u64,
    /// Emails that are nowhere and older than the retention.
    pub(crate) past_retention: u64,
    /// Emails that are nowhere, beyond those that the unseen messages may be.
    pub(crate) missing: u64,
    pub(crate) messages_in_queue: u64,
    /// Dead letters that another receiver has.
    pub(crate) dead_unseen: u64,
    /// Empty while messages are unseen. The oldest first.
    #[serde(serialize_with = "as_texts")]
    pub(crate) missing_receipts: Vec<Receipt>,
    /// If there are: those that are not accounted for, and the missing ones among them. The oldest first.
    #[serde(serialize_with = "as_texts")]
    pub(crate) not_accounted_for_receipts: Vec<Receipt>,
}

fn as_texts<S: Serializer>(receipts: &[Receipt], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(receipts.iter().map(Receipt::to_string))
}

impl Ledger {
    /// Emails expire: those that were accepted before this time may be gone rightly.
    pub(crate) fn keeps_since(&mut self, time: Option<SystemTime>) {
        self.kept_since = time;
    }

    pub(crate) fn accepted(&mut self, receipt: Receipt) {
        self.accepted.entry(receipt).or_default();
    }

    pub(crate) fn canary(&mut self, receipt: Receipt) {
        self.canary.insert(receipt);
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

    /// `worker` gave this email back. The lines of several instances come in any order.
    pub(crate) fn given_back(&mut self, receipt: Receipt, line: LogLine) {
        if self.accepted.get(&receipt).is_some_and(Option::is_none) {
            let last = self.given_back.entry(receipt).or_insert_with(|| line.clone());
            if line.time > last.time {
                *last = line;
            }
        }
    }

    pub(crate) fn last_complaint(&self, receipt: &Receipt) -> Option<&LogLine> {
        self.given_back.get(receipt)
    }

    pub(crate) fn nowhere(&self) -> impl Iterator<Item = Receipt> {
        self.accepted.iter().filter(|(_, place)| place.is_none()).map(|(receipt, _)| *receipt)
    }

    /// True if each email was seen stored or as a dead letter.
    pub(crate) fn is_settled(&self) -> bool {
        self.nowhere().next().is_none()
    }

    /// An object expires no sooner than so long after its email was accepted. A receipt without a time may be of any time.
    fn is_past_retention(&self, receipt: Receipt) -> bool {
        let Some(kept_since) = self.kept_since else { return false };
        receipt.accepted_at().is_some_and(|accepted| accepted < kept_since)
    }

    /// The acceptance of the oldest email that is nowhere. A receipt without a time in it may be of any time.
    pub(crate) fn oldest_nowhere(&self) -> Option<SystemTime> {
        self.nowhere().map(|receipt| receipt.accepted_at().unwrap_or(SystemTime::UNIX_EPOCH)).min()
    }

    pub(crate) fn sums(&self) -> Sums {
        let at = |place| self.accepted.values().filter(|known| **known == Some(place)).count() as u64;
        let (past, mut nowhere): (Vec<_>, Vec<_>) =
            self.nowhere().partition(|receipt| self.is_past_retention(*receipt));
        nowhere.sort_unstable();
        let (all, unseen) = (nowhere.len() as u64, self.queued.saturating_add(self.dead_unseen));
        let missing = all.saturating_sub(unseen);
        let not_accounted_for = all - missing;
        let retrying = nowhere.iter().filter(|receipt| self.given_back.contains_key(receipt)).count() as u64;
        let (missing_receipts, not_accounted_for_receipts) =
            if unseen == 0 { (nowhere, Vec::new()) } else { (Vec::new(), nowhere) };
        Sums {
            accepted: self.accepted.len() as u64,
            canary: self.canary.len() as u64,
            stored: at(Place::Stored) + at(Place::InBucket),
            stored_without_log: at(Place::InBucket),
            dead: at(Place::Dead),
            not_accounted_for,
            queued: not_accounted_for.min(self.queued),
            retrying,
            past_retention: past.len() as u64,
            missing,
            messages_in_queue: self.queued,
            dead_unseen: self.dead_unseen,
            missing_receipts,
            not_accounted_for_receipts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

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
        let expected = Sums { accepted: 4, stored: 3, stored_without_log: 1, dead: 1, ..Sums::default() };
        assert_eq!(ledger.sums(), expected);
        assert!(ledger.is_settled());
    }

    #[test]
    fn the_canarys_emails_are_counted_apart_wherever_they_are() {
        let [stored, canarys] = receipts();
        let mut ledger = ledger(&[stored]);
        ledger.stored(stored);
        [canarys, canarys].into_iter().for_each(|receipt| ledger.canary(receipt));
        assert_eq!(ledger.sums(), Sums { accepted: 1, stored: 1, canary: 1, ..Sums::default() });
        assert!(ledger.is_settled(), "a lost one is the canary's to notice");
    }

    #[test]
    fn an_email_that_is_nowhere_is_missing_when_the_queues_are_empty_the_oldest_first() {
        let all: [_; 3] = receipts();
        let mut ledger = ledger(&all);
        ledger.stored(all[1]);
        assert_eq!(ledger.oldest_nowhere(), all[0].accepted_at());
        let Sums { not_accounted_for, missing, missing_receipts, .. } = ledger.sums();
        assert_eq!((not_accounted_for, missing, missing_receipts), (0, 2, vec![all[0], all[2]]));
    }

    #[test]
    fn an_email_that_may_have_expired_is_not_missing_and_a_younger_one_is() {
        let old = "0198c0de-0000-7000-8000-000000000001".parse().unwrap();
        let [young, stored] = receipts();
        let mut ledger = ledger(&[old, young, stored]);
        ledger.stored(stored);
        let numbers = |ledger: &Ledger| {
            let Sums { past_retention, not_accounted_for, missing, missing_receipts, .. } = ledger.sums();
            (past_retention, not_accounted_for, missing, missing_receipts.len())
        };
        assert_eq!(numbers(&ledger), (0, 0, 2, 2), "emails are kept");
        ledger.keeps_since(young.accepted_at());
        assert_eq!(numbers(&ledger), (1, 0, 1, 1));
        assert_eq!(ledger.sums().missing_receipts, [young]);
        ledger.queue_holds(1);
        assert_eq!(numbers(&ledger), (1, 1, 0, 0), "a message may be the younger one");
    }

    #[test]
    fn a_queued_message_neither_proves_nor_replaces_an_email() {
        let all: [_; 2] = receipts();
        let mut ledger = ledger(&all);
        for (messages, not_accounted_for, missing) in [(1, 1, 1), (2, 2, 0), (1_000, 2, 0)] {
            ledger.queue_holds(messages);
            let sums = ledger.sums();
            let unknown = (sums.not_accounted_for, sums.queued, sums.missing);
            assert_eq!(unknown, (not_accounted_for, not_accounted_for, missing), "{messages}");
            assert!(!ledger.is_settled(), "{messages}");
            assert_eq!(sums.missing_receipts, [], "which one is missing is not known");
            assert_eq!(sums.not_accounted_for_receipts, all);
        }
    }

    #[test]
    fn a_dead_letter_that_another_receiver_has_may_be_any_email() {
        let all: [_; 3] = receipts();
        let mut ledger = ledger(&all);
        ledger.dead([all[0]], 1);
        let Sums { dead, dead_unseen, not_accounted_for, queued, missing, .. } = ledger.sums();
        assert_eq!((dead, dead_unseen, not_accounted_for, queued, missing), (1, 1, 1, 0, 1));
        ledger.queue_holds(7);
        let Sums { not_accounted_for, queued, missing, .. } = ledger.sums();
        assert_eq!((not_accounted_for, queued, missing), (2, 2, 0));
    }

    #[test]
    fn a_redriven_letter_is_no_longer_dead() {
        let [receipt] = receipts();
        let mut ledger = ledger(&[receipt]);
        ledger.dead([receipt], 0);
        assert!(ledger.is_settled());
        ledger.dead([], 0);
        assert!(!ledger.is_settled());
    }

    #[test]
    fn the_last_line_about_an_email_that_was_given_back_is_kept_until_it_is_stored() {
        let [given_back, stored] = receipts();
        let mut ledger = ledger(&[given_back, stored]);
        let line = |seconds, receives: u64| {
            let text = format!(r#"{{"message":"not filed: given back","receives":"{receives}"}}"#);
            LogLine::parse(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds), &text).unwrap()
        };
        ledger.stored(stored);
        for (seconds, receives) in [(1, 1), (3, 3), (2, 2)] {
            ledger.given_back(given_back, line(seconds, receives));
            ledger.given_back(stored, line(seconds, receives));
        }
        assert_eq!(ledger.last_complaint(&given_back).unwrap().receives, Some(3));
        assert!(ledger.last_complaint(&stored).is_none());
        assert_eq!(ledger.sums().retrying, 1);
        ledger.in_bucket(given_back);
        assert_eq!(ledger.sums().retrying, 0);
    }
}
