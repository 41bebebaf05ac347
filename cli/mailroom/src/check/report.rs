//! The findings of a check.

use super::recording::Difference;
use crate::report::{Report, count};
use serde::Serialize;
use std::time::Duration;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD, WARNING};

const ADVICE: &str = "See \"Is it working?\" in docs/OPERATIONS.md for each probe.";

/// How a probe ended.
pub(crate) type ProbeResult = Result<String, NotPassed>;

pub(crate) enum NotPassed {
    /// Each problem on a line of its own.
    Failed(String),
    /// It doesn't apply to this system, or what it needs failed before: that says nothing about it.
    Skipped(String),
}

impl From<anyhow::Error> for NotPassed {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

/// A probe and its result.
#[derive(Serialize)]
pub(crate) struct Finding {
    probe: &'static str,
    state: State,
    detail: String,
    milliseconds: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Passed,
    Failed,
    Skipped,
}

impl Finding {
    pub(crate) fn new(probe: &'static str, result: ProbeResult, took: Duration) -> Self {
        let (state, detail) = match result {
            Ok(detail) => (State::Passed, detail),
            Err(NotPassed::Failed(detail)) => (State::Failed, detail),
            Err(NotPassed::Skipped(detail)) => (State::Skipped, detail),
        };
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Self { probe, state, detail, milliseconds }
    }

    /// For a person; each further problem on a line of its own.
    pub(crate) fn line(&self) -> String {
        let (style, mark) = match self.state {
            State::Passed => (GOOD, "ok"),
            State::Failed => (BAD, "FAILED"),
            State::Skipped => (WARNING, "skipped"),
        };
        let mut lines = self.detail.lines();
        let first = lines.next().unwrap_or_default();
        let mut text = format!("{style}{mark:<9}{style:#}{DIM}{:<11}{DIM:#}{first}\n", self.probe);
        text.extend(lines.map(|line| format!("{:20}{line}\n", "")));
        text
    }
}

#[derive(Serialize)]
pub(crate) struct CheckReport {
    stack: String,
    passed: bool,
    probes: Vec<Finding>,
    /// From the recording of `--compare`, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
}

impl CheckReport {
    pub(crate) fn new(stack: &str, probes: Vec<Finding>, differences: Option<Vec<Difference>>) -> Self {
        let passed = probes.iter().all(|finding| finding.state != State::Failed);
        Self { stack: stack.to_owned(), passed, probes, differences }
    }

    fn in_state(&self, state: State) -> u64 {
        self.probes.iter().filter(|finding| finding.state == state).count() as u64
    }
}

impl Report for CheckReport {
    /// The end alone: each probe's result was printed when it was found.
    fn text(&self) -> String {
        let skipped = match self.in_state(State::Skipped) {
            0 => String::new(),
            skipped => format!(", {skipped} skipped"),
        };
        let mut text = String::from("\n");
        let differences = self.differences.as_deref().unwrap_or_default();
        text.extend(differences.iter().map(Difference::text));
        if !differences.is_empty() {
            text += "\n";
        }
        text += &if self.passed {
            let passed = count(self.in_state(State::Passed), "probe");
            format!("{GOOD}{} works{GOOD:#}: {passed} passed{skipped}.\n", self.stack)
        } else {
            let failed = count(self.in_state(State::Failed), "probe");
            format!("{BAD}{} does not work{BAD:#}: {failed} failed{skipped}.\n{ADVICE}\n", self.stack)
        };
        match &self.differences {
            None => text,
            Some(none) if none.is_empty() => text + "The answers equal the recorded ones.\n",
            Some(some) => {
                let differences = count(some.len() as u64, "difference");
                text + &format!("{BAD}{differences}{BAD:#} from the recorded answers.\n")
            }
        }
    }

    fn outcome(&self) -> Outcome {
        match self.passed && self.differences.as_ref().is_none_or(Vec::is_empty) {
            true => Outcome::Success,
            false => Outcome::ProblemsFound,
        }
    }
}
