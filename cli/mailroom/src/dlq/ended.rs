//! How a way through the queue ended.

use crate::report::{Output, Report};
use anyhow::Result;
use serde::Serialize;
use terminal::Outcome;

/// How a way through the queue ended. What was done until then stays done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    Done,
    Interrupted,
    /// An error ended it: stderr says which.
    Failed,
}

impl Ended {
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Done | Self::Failed => Outcome::Success,
            Self::Interrupted => Outcome::Interrupted,
        }
    }

    /// What to say about it after what was done; nothing if it simply ended.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Done => "",
            Self::Interrupted => "Interrupted. The same command goes on with the rest.\n",
            Self::Failed => "It ended early. The same command goes on with the rest.\n",
        }
    }
}

/// Prints what was done; then the error that ended it, if one did, is the answer.
pub(crate) fn tell(report: &impl Report, output: &Output, worked: Result<()>) -> Result<Outcome> {
    let outcome = report.print(output)?;
    worked.map(|()| outcome)
}
