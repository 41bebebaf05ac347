//! What one probe found.

use serde::Serialize;
use std::time::Duration;
use terminal::style::{BAD, DIM, GOOD, WARNING};

/// A probe, and how it ended.
#[derive(Serialize)]
pub(crate) struct Finding {
    probe: &'static str,
    pub(crate) state: State,
    /// What was seen, what is wrong or why it was not asked; each fault on a line of its own.
    detail: String,
    milliseconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Passed,
    Failed,
    /// It does not apply here, or what it needs had failed before: that says nothing about it.
    Skipped,
}

/// How a probe ends that did not pass.
pub(crate) enum Unpassed {
    Failed(String),
    Skipped(String),
}

/// A probe's own account: what was seen, or why it did not pass.
pub(crate) type Account = Result<String, Unpassed>;

impl From<anyhow::Error> for Unpassed {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

impl Finding {
    pub(crate) fn new(probe: &'static str, account: Account, took: Duration) -> Self {
        let (state, detail) = match account {
            Ok(detail) => (State::Passed, detail),
            Err(Unpassed::Failed(detail)) => (State::Failed, detail),
            Err(Unpassed::Skipped(detail)) => (State::Skipped, detail),
        };
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Self { probe, state, detail, milliseconds }
    }

    /// It for a person.
    pub(crate) fn line(&self) -> String {
        let (style, mark) = match self.state {
            State::Passed => (GOOD, "ok"),
            State::Failed => (BAD, "FAILED"),
            State::Skipped => (WARNING, "skipped"),
        };
        let mut lines = self.detail.lines();
        let first = lines.next().unwrap_or_default();
        let mut text = format!("{style}{mark:<9}{style:#}{DIM}{:<11}{DIM:#}{first}\n", self.probe);
        for line in lines {
            text += &format!("{:20}{line}\n", "");
        }
        text
    }
}
