//! The result of an audit.

use super::ledger::{Ledger, Sums};
use crate::report::{Report, count, rfc_3339};
use crate::system::LogLine;
use email::Receipt;
use indicatif::HumanCount;
use serde::Serialize;
use std::time::SystemTime;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD, WARNING};

/// Receipts that the text lists. `--json` has all of them.
const SHOWN: usize = 20;

#[derive(Serialize)]
pub(crate) struct AuditReport {
    stack: String,
    since: String,
    until: String,
    #[serde(flatten)]
    sums: Sums,
    /// The emails that the text lists, one a line.
    #[serde(skip)]
    listed: Vec<String>,
}

impl AuditReport {
    pub(crate) fn new(stack: &str, since: SystemTime, until: SystemTime, ledger: &Ledger) -> Self {
        let (stack, since, until) = (stack.to_owned(), rfc_3339(since), rfc_3339(until));
        let sums = ledger.sums();
        let receipts = sums.missing_receipts.iter().chain(&sums.not_accounted_for_receipts);
        let line = |receipt: &Receipt| listed(receipt, ledger.last_complaint(receipt));
        let listed = receipts.take(SHOWN).map(line).collect();
        Self { stack, since, until, sums, listed }
    }

    /// Why unseen messages leave the result open.
    fn unseen(&self) -> String {
        let Sums { messages_in_queue, dead_unseen, missing, .. } = self.sums;
        let queued = (messages_in_queue > 0)
            .then(|| format!("the queue holds {}", count(messages_in_queue, "message")));
        let dead =
            (dead_unseen > 0).then(|| format!("another receiver has {}", count(dead_unseen, "dead letter")));
        let unseen = queued.into_iter().chain(dead).collect::<Vec<_>>().join(" and ");
        let least = match missing {
            0 => String::new(),
            _ => format!(" At least {} of the emails below {} missing.", HumanCount(missing), be(missing)),
        };
        format!(
            "\nNot searched: {unseen}. SQS can't list them, so the emails below may be among them, or lost: audit again \
             when the queue is empty.{least}\n"
        )
    }
}

fn be(n: u64) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

fn listed(receipt: &Receipt, last_complaint: Option<&LogLine>) -> String {
    let at = receipt.accepted_at().map_or("at an unknown time".to_owned(), rfc_3339);
    let state = last_complaint.map(|line| {
        let receives = line.receives.map(|n| format!(", receive {n}")).unwrap_or_default();
        let why = line.why().map(|why| format!(": {why}")).unwrap_or_default();
        format!("; retrying{receives}, last {}{why}", rfc_3339(line.time))
    });
    format!("  {receipt}  accepted {at}{}\n", state.unwrap_or_default())
}

impl Report for AuditReport {
    fn text(&self) -> String {
        let Sums { accepted, stored, stored_without_log, dead, not_accounted_for, missing, .. } = self.sums;
        let colored = |n: u64, style| if n == 0 { GOOD } else { style };
        let (open, lost) = (colored(not_accounted_for, WARNING), colored(missing, BAD));
        let and_dead = match dead {
            0 => String::new(),
            _ => format!(", {WARNING}dead letters {}{WARNING:#}", HumanCount(dead)),
        };
        let mut text = format!(
            "{DIM}accepted since {} until {}{DIM:#}\n\naccepted {}, stored {}{and_dead}, \
             {open}not accounted for {}{open:#}, {lost}missing {}{lost:#}\n",
            self.since,
            self.until,
            HumanCount(accepted),
            HumanCount(stored),
            HumanCount(not_accounted_for),
            HumanCount(missing),
        );
        if stored_without_log > 0 {
            let some = HumanCount(stored_without_log);
            text += &format!("{DIM}{some} of the stored found in the bucket, without a log line{DIM:#}\n");
        }
        if self.sums.past_retention > 0 {
            let some = count(self.sums.past_retention, "more email");
            text += &format!(
                "{DIM}{some} past retention: accepted before what the bucket keeps, so expired or lost{DIM:#}\n"
            );
        }
        if self.sums.canary > 0 {
            let some = count(self.sums.canary, "email");
            text += &format!("{DIM}{some} of the canary left out{DIM:#}\n");
        }
        if dead > 0 {
            text += "`mailroom dlq list` shows the dead letters and their reasons.\n";
        }
        if not_accounted_for > 0 {
            text += &self.unseen();
        }
        if missing + not_accounted_for > 0 {
            let which = if not_accounted_for > 0 { "Not accounted for" } else { "Missing" };
            text += &format!("\n{which}, the oldest first:\n");
        }
        text.extend(self.listed.iter().map(String::as_str));
        let more = (missing + not_accounted_for).saturating_sub(SHOWN as u64);
        if more > 0 {
            text += &format!("  ... and {} more: --json lists all\n", HumanCount(more));
        }
        text
    }

    fn outcome(&self) -> Outcome {
        if self.sums.missing + self.sums.not_accounted_for == 0 {
            Outcome::Success
        } else {
            Outcome::ProblemsFound
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(lost: usize, queued: u64, dead_unseen: u64) -> AuditReport {
        let mut ledger = Ledger::default();
        (0..lost).for_each(|_| ledger.accepted(Receipt::new()));
        ledger.queue_holds(queued);
        ledger.dead([], dead_unseen);
        AuditReport::new("prod", SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH, &ledger)
    }

    #[test]
    fn what_a_queue_may_hold_is_said_and_is_no_success() {
        for (report, words) in [
            (report(2, 3, 0), &["not accounted for 2", "missing 0", "the queue holds 3 messages"][..]),
            (report(2, 0, 3), &["not accounted for 2", "missing 0", "another receiver has 3 dead letters"]),
            (
                report(2, 1, 0),
                &["not accounted for 1", "missing 1", "At least 1 of the emails below is missing"],
            ),
            (report(2, 0, 0), &["not accounted for 0", "missing 2", "Missing, the oldest first:"]),
        ] {
            let text = anstream::adapter::strip_str(&report.text()).to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
            assert_eq!(report.outcome(), Outcome::ProblemsFound, "{text}");
        }
        assert_eq!(report(0, 7, 0).outcome(), Outcome::Success, "messages that no email is looked for among");
        assert!(!report(0, 7, 0).text().contains("Not searched"));
    }

    #[test]
    fn a_receipt_of_the_year_ten_thousand_can_be_listed() {
        let receipt = "ffffffff-ffff-7000-8000-000000000001".parse().unwrap();
        assert!(listed(&receipt, None).contains("accepted 9999-12-31"), "{}", listed(&receipt, None));
    }
}
