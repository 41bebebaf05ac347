//! How a command ended, as its exit code tells.

use std::process::ExitCode;

/// How a command ended that did what it was asked. One that could not is an error, and exits with 1; clap exits with
/// 2 when it does not understand the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 0: done, and all is well.
    Well,
    /// 3: done, and something is not well: what was printed says what.
    NotWell,
    /// 130: interrupted. What was done stays done, and the same command goes on with the rest.
    Interrupted,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Well => 0,
            Outcome::NotWell => 3,
            Outcome::Interrupted => 130,
        })
    }
}
