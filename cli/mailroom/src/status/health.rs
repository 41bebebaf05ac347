//! What was found of a system's parts.

use crate::report::Report;
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::Outcome;
use terminal::style::{BAD, BOLD, DIM, GOOD, WARNING};

/// A system's health.
#[derive(Serialize)]
pub(crate) struct Health {
    pub(crate) stack: String,
    pub(crate) well: bool,
    pub(crate) parts: Vec<Part>,
}

/// How one part is.
#[derive(Serialize)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) state: State,
    /// What is there, or what is wrong and what to do.
    pub(crate) detail: String,
    /// What programs read: counts by name.
    #[serde(flatten)]
    pub(crate) numbers: BTreeMap<&'static str, u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Well,
    /// Worth a look: nothing is lost by it.
    Watch,
    NotWell,
    /// It could not be asked.
    Unknown,
}

impl Health {
    pub(crate) fn new(stack: &str, parts: Vec<Part>) -> Self {
        let well = parts.iter().all(|part| matches!(part.state, State::Well | State::Watch));
        Self { stack: stack.to_owned(), well, parts }
    }
}

impl Part {
    pub(crate) fn new(name: &'static str, state: State, detail: impl Into<String>) -> Self {
        Self { name, state, detail: detail.into(), numbers: BTreeMap::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, number: u64) -> Self {
        self.numbers.insert(name, number);
        self
    }

    /// A part that could not be asked, and why.
    pub(crate) fn unknown(name: &'static str, error: &anyhow::Error) -> Self {
        Self::new(name, State::Unknown, format!("{error:#}"))
    }
}

impl Report for Health {
    fn text(&self) -> String {
        let mut text = format!("{BOLD}{}{BOLD:#}\n\n", self.stack);
        for part in &self.parts {
            let (style, mark) = match part.state {
                State::Well => (GOOD, "ok"),
                State::Watch => (WARNING, "look"),
                State::NotWell => (BAD, "BAD"),
                State::Unknown => (BAD, "?"),
            };
            text += &format!("  {style}{mark:<5}{style:#} {DIM}{:<18}{DIM:#} {}\n", part.name, part.detail);
        }
        let verdict = if self.well {
            format!("{GOOD}All is well.{GOOD:#}")
        } else {
            format!("{BAD}Not well{BAD:#}: docs/OPERATIONS.md says what to do about each.")
        };
        text + &format!("\n{verdict}\n")
    }

    fn outcome(&self) -> Outcome {
        if self.well { Outcome::Success } else { Outcome::ProblemsFound }
    }
}
