//! The results of all lines.

use super::lines::Line;
use super::post::{Posted, RefusedLine};
use crate::report::{Report, count};
use indicatif::HumanCount;
use serde::Serialize;
use std::path::PathBuf;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD, WARNING};

/// Refused lines that the text lists. `--json` has all of them.
const SHOWN: usize = 20;

#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    stack: String,
    /// By this run.
    accepted: u64,
    /// By earlier ones.
    accepted_before: u64,
    refused: Vec<RefusedLine>,
    interrupted: bool,
    /// Why the run stopped before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<PathBuf>,
}

impl Summary {
    pub(crate) fn new(stack: String, journal: Option<PathBuf>) -> Self {
        let (accepted, accepted_before, refused) = (0, 0, Vec::new());
        Self { stack, accepted, accepted_before, refused, interrupted: false, stopped: None, journal }
    }

    pub(crate) fn add(&mut self, line: &Line, posted: Posted) {
        match posted {
            Posted::Before => self.accepted_before += 1,
            Posted::Accepted(_) => self.accepted += 1,
            Posted::Refused(refused) => self.refused.push(refused),
            Posted::Stopped(why) => {
                self.stopped.get_or_insert_with(|| format!("line {}: {why}", line.number));
            }
            Posted::Open => {}
        }
    }

    /// Replies come in any order; lines are listed in theirs.
    pub(crate) fn finish(&mut self, interrupted: bool) {
        self.interrupted = interrupted;
        self.refused.sort_by_key(|refused| refused.line);
    }
}

impl Report for Summary {
    fn text(&self) -> String {
        let refused = self.refused.len() as u64;
        let mut text = format!("{GOOD}{}{GOOD:#} accepted", HumanCount(self.accepted));
        if self.accepted_before > 0 {
            text += &format!(", {} accepted before", HumanCount(self.accepted_before));
        }
        if refused > 0 {
            text += &format!(", {BAD}{} refused{BAD:#}", HumanCount(refused));
        }
        text.push('\n');
        for RefusedLine { line, status, detail, errors } in self.refused.iter().take(SHOWN) {
            let status = status.map_or("not sent".to_owned(), |status| status.to_string());
            text += &format!("  line {line:<8} {status}  {detail}\n");
            for error in errors {
                text += &format!("    {DIM}{}{DIM:#} {}\n", error.pointer, error.detail);
            }
        }
        if self.refused.len() > SHOWN {
            text += &format!("  ... and {} more: --json lists all\n", HumanCount(refused - SHOWN as u64));
        }
        if self.interrupted {
            let seen = self.accepted + self.accepted_before + refused;
            text += &format!("{WARNING}Interrupted{WARNING:#} after {}. ", count(seen, "line"));
            text += match self.journal {
                Some(_) => "Run the same command again to continue.\n",
                None => "Without --journal, the next run starts at the first line.\n",
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
