//! `mailroom status`: the health of each part on one screen.
//!
//! - `parts`: what is asked of each part, side by side;
//! - `log_errors`: the functions' recent warnings and errors.

mod log_errors;
mod parts;

use crate::report::Report;
use crate::system::{Common, System};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD, WARNING};

pub(crate) async fn run(options: Common) -> Result<Outcome> {
    let system = System::find(&options).await?;
    let parts = parts::all(&system).await;
    let well = parts.iter().all(|part| matches!(part.state, State::Well | State::Watch));
    Health { stack: system.name.clone(), well, parts }.print(&system, &options.output)
}

#[derive(Serialize)]
struct Health {
    stack: String,
    well: bool,
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    name: &'static str,
    state: State,
    /// The state of a part, or its problem and the fix.
    detail: String,
    /// Counts for programs, by name.
    #[serde(flatten)]
    numbers: BTreeMap<&'static str, u64>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Well,
    /// Worth a look, but nothing is lost by it.
    Watch,
    NotWell,
    /// It could not be asked.
    Unknown,
}

impl Part {
    fn new(name: &'static str, state: State, detail: impl Into<String>) -> Self {
        Self { name, state, detail: detail.into(), numbers: BTreeMap::new() }
    }

    fn with<const N: usize>(mut self, numbers: [(&'static str, u64); N]) -> Self {
        self.numbers.extend(numbers);
        self
    }
}

impl Report for Health {
    fn text(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            let (style, mark) = match part.state {
                State::Well => (GOOD, "ok"),
                State::Watch => (WARNING, "look"),
                State::NotWell => (BAD, "BAD"),
                State::Unknown => (BAD, "?"),
            };
            text += &format!("  {style}{mark:<5}{style:#} {DIM}{:<18}{DIM:#} {}\n", part.name, part.detail);
        }
        text + &if self.well {
            format!("\n{GOOD}No problems found.{GOOD:#}\n")
        } else {
            format!("\n{BAD}Problems found{BAD:#}: see docs/OPERATIONS.md for each.\n")
        }
    }

    fn outcome(&self) -> Outcome {
        if self.well { Outcome::Success } else { Outcome::ProblemsFound }
    }
}
