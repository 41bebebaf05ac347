//! The result of an audit.

use super::ledger::{Ledger, Sums};
use crate::report::Report;
use indicatif::HumanCount;
use serde::Serialize;
use std::time::SystemTime;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD, WARNING};

/// Missing receipts that the text lists. `--json` has all of them.
const SHOWN: usize = 20;

#[derive(Serialize)]
pub(crate) struct AuditReport {
    stack: String,
    since: String,
    until: String,
    #[serde(flatten)]
    sums: Sums,
}

impl AuditReport {
    pub(crate) fn new(stack: &str, since: SystemTime, until: SystemTime, ledger: &Ledger) -> Self {
        let (stack, since, until) = (stack.to_owned(), rfc_3339(since), rfc_3339(until));
        Self { stack, since, until, sums: ledger.sums() }
    }
}

fn rfc_3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

impl Report for AuditReport {
    fn text(&self) -> String {
        let Sums { accepted, stored, stored_without_log, queued, dead, missing, .. } = self.sums;
        let style = if missing == 0 { GOOD } else { BAD };
        let and_dead = match dead {
            0 => String::new(),
            _ => format!(", {WARNING}dead {}{WARNING:#}", HumanCount(dead)),
        };
        let mut text = format!(
            "{DIM}accepted since {} until {}{DIM:#}\n\naccepted {}, stored {}, queued {}{and_dead}, \
             {style}missing {}{style:#}\n",
            self.since,
            self.until,
            HumanCount(accepted),
            HumanCount(stored),
            HumanCount(queued),
            HumanCount(missing),
        );
        if stored_without_log > 0 {
            let some = HumanCount(stored_without_log);
            text += &format!("{DIM}{some} of the stored found in the bucket, without a log line{DIM:#}\n");
        }
        if dead > 0 {
            text += "`mailroom dlq list` shows the dead ones and their reasons.\n";
        }
        if missing > 0 {
            text += "\nMissing, the oldest first:\n";
        }
        for receipt in self.sums.missing_receipts.iter().take(SHOWN) {
            let at = receipt.accepted_at().map_or("at an unknown time".to_owned(), rfc_3339);
            text += &format!("  {receipt}  accepted {at}\n");
        }
        if self.sums.missing_receipts.len() > SHOWN {
            text += &format!("  ... and {} more: --json lists all\n", HumanCount(missing - SHOWN as u64));
        }
        text
    }

    fn outcome(&self) -> Outcome {
        if self.sums.missing == 0 { Outcome::Success } else { Outcome::ProblemsFound }
    }
}
