//! The results of all lines.

use super::input::Line;
use super::post::{Posted, RefusedLine};
use crate::report::{Report, count};
use indicatif::HumanCount;
use serde::Serialize;
use std::path::PathBuf;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD, WARNING};
use terminal::text::Printable;

/// Refused lines that the text lists. `--json` has all of them.
const SHOWN: usize = 20;

#[derive(Debug, Default, Serialize)]
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
    pub(crate) stopped: Option<Printable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) journal: Option<PathBuf>,
    /// The journal of an earlier stack, which had the name of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) journal_set_aside: Option<PathBuf>,
    #[serde(skip)]
    input: String,
}

impl Summary {
    pub(crate) fn new(stack: &str, input: &str) -> Self {
        Self { stack: stack.to_owned(), input: input.to_owned(), ..Self::default() }
    }

    pub(crate) fn add(&mut self, line: &Line, posted: Posted) {
        match posted {
            Posted::Before => self.accepted_before += 1,
            Posted::Accepted(_) => self.accepted += 1,
            Posted::Refused(refused) => self.refused.push(refused),
            Posted::Stopped(why) => {
                self.stopped.get_or_insert_with(|| format!("line {}: {why}", line.number).into());
            }
            Posted::Open => {}
        }
    }

    /// Replies come in any order; lines are listed in theirs.
    pub(crate) fn finish(&mut self, interrupted: bool) {
        self.interrupted = interrupted;
        self.refused.sort_by_key(|refused| refused.line);
    }

    fn lines(&self) -> u64 {
        self.accepted + self.accepted_before + self.refused.len() as u64
    }

    /// Why lines that an earlier stack accepted are posted again.
    pub(crate) fn note(&self) -> Option<String> {
        let [journal, aside] = [self.journal.as_ref()?, self.journal_set_aside.as_ref()?];
        let [journal, aside] = [journal, aside].map(|path| Printable::from(path.display().to_string()));
        Some(format!(
            "the journal {journal} belonged to an earlier stack at this address, and is now {aside}; every line is sent to \
             this stack"
        ))
    }

    /// How the next run continues.
    pub(crate) fn advice(&self) -> &'static str {
        match self.journal {
            Some(_) => "Run the same command again to continue",
            None => "Without --journal, the next run starts at the first line",
        }
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
            let lines = count(self.lines(), "line");
            text += &format!("{WARNING}Interrupted{WARNING:#} after {lines}. {}.\n", self.advice());
        } else if self.lines() == 0 && self.stopped.is_none() {
            text += &format!(
                "{WARNING}No email{WARNING:#} in {}: it is empty or has only blank lines.\n",
                Printable::from(self.input.as_str())
            );
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
