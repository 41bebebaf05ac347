//! How a command ended.

use anyhow::Result;
use std::process::ExitCode;

/// How a command ended that did what it was asked. One that could not is an error and exits with 1; clap exits with 2
/// when it does not understand the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0
    Success,
    /// 3: the command's output says which problems.
    ProblemsFound,
    /// 130: what was done stays done, and the same command goes on with the rest.
    Interrupted,
}

/// The exit code of a command. An error is printed.
#[must_use]
pub fn exit(done: Result<Outcome>) -> ExitCode {
    match done {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::ProblemsFound) => ExitCode::from(3),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        Err(error) => {
            eprintln!("mailroom: {error:#}");
            ExitCode::FAILURE
        }
    }
}
