//! `mailroom status`: the health of each part on one screen.
//!
//! - `parts`: what is asked of each part, side by side;
//! - `queue`, `oldest`: the messages of both queues, and how long the oldest has waited;
//! - `canary`: its last runs, in a stack that has one;
//! - `functions`, `complaints`: the functions' recent warnings and errors, and which of them are unresolved.

mod canary;
mod complaints;
mod functions;
mod oldest;
mod parts;
mod queue;

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
    Health::new(&system.name, parts).print(&system, &options.output)
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Well,
    /// Worth a look, but nothing is lost by it.
    Watch,
    NotWell,
    /// It could not be read, or only in part.
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

impl Health {
    fn new(stack: &str, parts: Vec<Part>) -> Self {
        let well = parts.iter().all(|part| matches!(part.state, State::Well | State::Watch));
        Self { stack: stack.to_owned(), well, parts }
    }

    /// Without problems, only if each part is known to be well.
    fn conclusion(&self) -> String {
        let named = |wanted: State| {
            let parts = self.parts.iter().filter(|part| part.state == wanted);
            parts.map(|part| part.name).collect::<Vec<_>>().join(", ")
        };
        let (bad, unknown, watch) = (named(State::NotWell), named(State::Unknown), named(State::Watch));
        if !bad.is_empty() {
            format!("\n{BAD}Problems found{BAD:#}: see docs/OPERATIONS.md for each.\n")
        } else if !unknown.is_empty() {
            format!("\n{BAD}Not known{BAD:#}: {unknown}. The other parts have no problems.\n")
        } else if !watch.is_empty() {
            format!("\n{WARNING}Worth a look{WARNING:#}: {watch}. The other parts are well.\n")
        } else {
            format!("\n{GOOD}No problems found.{GOOD:#}\n")
        }
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
        text + &self.conclusion()
    }

    fn outcome(&self) -> Outcome {
        if self.well { Outcome::Success } else { Outcome::ProblemsFound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_problems_are_found_only_if_each_part_is_known_to_be_well() {
        for (states, conclusion, outcome) in [
            ([State::Well, State::Well], "No problems found.", Outcome::Success),
            ([State::Well, State::Watch], "Worth a look: b.", Outcome::Success),
            ([State::Watch, State::Unknown], "Not known: b.", Outcome::ProblemsFound),
            ([State::NotWell, State::Unknown], "Problems found", Outcome::ProblemsFound),
        ] {
            let parts = ["a", "b"].into_iter().zip(states).map(|(name, state)| Part::new(name, state, ""));
            let health = Health::new("prod", parts.collect());
            let text = anstream::adapter::strip_str(&health.text()).to_string();
            assert!(text.contains(conclusion), "{text}");
            assert_eq!(health.outcome(), outcome, "{text}");
        }
    }
}
