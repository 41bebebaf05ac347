//! What an audit found.

use super::ledger::{Ledger, Sums};
use crate::report::{Report, grouped};
use email::Receipt;
use serde::Serialize;
use std::time::SystemTime;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD, WARNING};

/// Missing receipts that are shown to a person. `--json` has all of them.
const SHOWN: usize = 20;

/// The result of an audit.
#[derive(Serialize)]
pub(crate) struct Account {
    stack: String,
    /// RFC 3339, as is `until`.
    since: String,
    until: String,
    accepted: u64,
    filed: u64,
    /// Of `filed`: in the bucket, though no log line says so.
    filed_without_log: u64,
    queued: u64,
    dead: u64,
    missing: u64,
    missing_receipts: Vec<String>,
    #[serde(skip)]
    receipts: Vec<Receipt>,
}

impl Account {
    pub(crate) fn new(stack: &str, since: SystemTime, until: SystemTime, ledger: &Ledger) -> Self {
        let Sums { accepted, filed, filed_without_log, dead, queued, missing } = ledger.sums();
        let moment = |moment| humantime::format_rfc3339_seconds(moment).to_string();
        Self {
            stack: stack.to_owned(),
            since: moment(since),
            until: moment(until),
            accepted,
            filed,
            filed_without_log,
            queued,
            dead,
            missing: missing.len() as u64,
            missing_receipts: missing.iter().map(Receipt::to_string).collect(),
            receipts: missing,
        }
    }
}

impl Report for Account {
    fn text(&self) -> String {
        let Self { accepted, filed, queued, dead, missing, .. } = self;
        let mut text = format!("{DIM}accepted since {} until {}{DIM:#}\n\n", self.since, self.until);
        let style = if *missing == 0 { GOOD } else { BAD };
        text += &format!(
            "accepted {}, filed {}, queued {}",
            grouped(*accepted),
            grouped(*filed),
            grouped(*queued)
        );
        if *dead > 0 {
            text += &format!(", {WARNING}dead {}{WARNING:#}", grouped(*dead));
        }
        text += &format!(", {style}missing {}{style:#}\n", grouped(*missing));
        if self.filed_without_log > 0 {
            let some = grouped(self.filed_without_log);
            text += &format!("{DIM}{some} of the filed by the bucket alone: no log line says so{DIM:#}\n");
        }
        if *dead > 0 {
            text += "`mailroom dlq list` shows the dead ones, and why.\n";
        }
        if *missing > 0 {
            text += "\nMissing, the oldest first:\n";
        }
        for receipt in self.receipts.iter().take(SHOWN) {
            let at = receipt.accepted_at().map(|at| humantime::format_rfc3339_seconds(at).to_string());
            text +=
                &format!("  {receipt}  accepted {}\n", at.unwrap_or_else(|| "at an unknown time".to_owned()));
        }
        if self.receipts.len() > SHOWN {
            text += &format!("  ... and {} more: --json lists all\n", grouped(missing - SHOWN as u64));
        }
        text
    }

    fn outcome(&self) -> Outcome {
        if self.missing == 0 { Outcome::Success } else { Outcome::ProblemsFound }
    }
}
