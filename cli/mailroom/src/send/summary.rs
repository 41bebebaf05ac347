//! What became of the lines.

use super::lines::Line;
use super::post::Posted;
use crate::report::{Report, count, grouped};
use crate::system::Fault;
use serde::Serialize;
use std::path::PathBuf;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD, WARNING};
use terminal::text::printable;

/// Refused lines that are shown to a person. `--json` has all of them.
const SHOWN: usize = 20;

/// What became of the lines, and why there are no more.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    stack: String,
    /// Accepted by this run.
    accepted: u64,
    /// Accepted by an earlier one.
    accepted_before: u64,
    refused: Vec<Refusal>,
    pub(crate) interrupted: bool,
    /// Why it had to stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<PathBuf>,
}

/// A line that will never be accepted as it is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Refusal {
    pub(crate) line: u64,
    /// The HTTP status; none where it was not even posted.
    pub(crate) status: Option<u16>,
    pub(crate) detail: String,
    pub(crate) errors: Vec<Fault>,
}

impl Refusal {
    pub(crate) fn not_json(line: u64) -> Self {
        Self { line, status: None, detail: "not JSON in UTF-8".to_owned(), errors: Vec::new() }
    }
}

impl Summary {
    pub(crate) fn new(stack: String, journal: Option<PathBuf>) -> Self {
        let (accepted, accepted_before, refused) = (0, 0, Vec::new());
        Self { stack, accepted, accepted_before, refused, interrupted: false, stopped: None, journal }
    }

    /// Puts the refused lines in their order: answers come in any.
    pub(crate) fn sort(&mut self) {
        self.refused.sort_by_key(|refusal| refusal.line);
    }

    /// Counts a line, and tells whether no other is to follow.
    pub(crate) fn add(&mut self, line: &Line, posted: &Posted) -> bool {
        match posted {
            Posted::Before => self.accepted_before += 1,
            Posted::Accepted(_) => self.accepted += 1,
            Posted::Refused(refusal) => self.refused.push(refusal.clone()),
            Posted::Stopped(why) => {
                self.stopped.get_or_insert_with(|| format!("line {}: {why}", line.number));
            }
            Posted::Open => {}
        }
        self.stopped.is_some()
    }
}

impl Report for Summary {
    fn text(&self) -> String {
        let mut text = format!("{GOOD}{}{GOOD:#} accepted", grouped(self.accepted));
        if self.accepted_before > 0 {
            text += &format!(", {} accepted before", grouped(self.accepted_before));
        }
        let refused = self.refused.len() as u64;
        if refused > 0 {
            text += &format!(", {BAD}{} refused{BAD:#}", grouped(refused));
        }
        text.push('\n');
        for refusal in self.refused.iter().take(SHOWN) {
            let status = refusal.status.map_or("not sent".to_owned(), |status| status.to_string());
            text += &format!("  line {:<8} {status}  {}\n", refusal.line, printable(&refusal.detail));
            for Fault { pointer, detail } in &refusal.errors {
                text += &format!("    {DIM}{}{DIM:#} {}\n", printable(pointer), printable(detail));
            }
        }
        if self.refused.len() > SHOWN {
            text += &format!("  ... and {} more: --json lists all\n", grouped(refused - SHOWN as u64));
        }
        if self.interrupted {
            text += &format!("{WARNING}Interrupted{WARNING:#} after {}. ", count(self.seen(), "line"));
            text += match self.journal {
                Some(_) => "The same command goes on with the rest.\n",
                None => "Without a journal (--journal) the next run begins at the first line.\n",
            };
        }
        text
    }

    fn outcome(&self) -> Outcome {
        match (self.interrupted, self.refused.is_empty()) {
            (true, _) => Outcome::Interrupted,
            (false, true) => Outcome::Success,
            (false, false) => Outcome::ProblemsFound,
        }
    }
}

impl Summary {
    /// How many lines were answered for good.
    fn seen(&self) -> u64 {
        self.accepted + self.accepted_before + self.refused.len() as u64
    }
}
