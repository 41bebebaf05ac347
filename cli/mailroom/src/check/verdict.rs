//! What all probes together say.

use super::finding::{Finding, State};
use super::recording::Difference;
use crate::report::{Report, count};
use serde::Serialize;
use terminal::Outcome;
use terminal::style::{BAD, GOOD};

const ADVICE: &str = "docs/OPERATIONS.md, \"Is it working?\", says what to do about each.";

/// Whether a system works.
#[derive(Serialize)]
pub(crate) struct Verdict {
    stack: String,
    passed: bool,
    probes: Vec<Finding>,
    /// How the answers differ from recorded ones, if those were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
}

impl Verdict {
    pub(crate) fn new(stack: &str, probes: Vec<Finding>, differences: Option<Vec<Difference>>) -> Self {
        let passed = probes.iter().all(|finding| finding.state != State::Failed);
        Self { stack: stack.to_owned(), passed, probes, differences }
    }

    fn in_state(&self, state: State) -> u64 {
        self.probes.iter().filter(|finding| finding.state == state).count() as u64
    }

    fn differs(&self) -> bool {
        self.differences.as_ref().is_some_and(|differences| !differences.is_empty())
    }
}

impl Report for Verdict {
    /// The end alone: what each probe found is on the screen since it was found.
    fn text(&self) -> String {
        let skipped = match self.in_state(State::Skipped) {
            0 => String::new(),
            skipped => format!(", {skipped} skipped"),
        };
        let mut text = String::from("\n");
        for difference in self.differences.iter().flatten() {
            text += &difference.text();
        }
        if self.differs() {
            text += "\n";
        }
        text += &if self.passed {
            format!(
                "{GOOD}{} works{GOOD:#}: {} passed{skipped}.\n",
                self.stack,
                count(self.in_state(State::Passed), "probe")
            )
        } else {
            let failed = count(self.in_state(State::Failed), "probe");
            format!("{BAD}{} does not work{BAD:#}: {failed} failed{skipped}.\n{ADVICE}\n", self.stack)
        };
        match &self.differences {
            None => text,
            Some(none) if none.is_empty() => text + "Its answers are those that were recorded.\n",
            Some(some) => {
                text + &format!(
                    "{BAD}{}{BAD:#} from what was recorded.\n",
                    count(some.len() as u64, "difference")
                )
            }
        }
    }

    fn outcome(&self) -> Outcome {
        if self.passed && !self.differs() { Outcome::Success } else { Outcome::ProblemsFound }
    }
}
