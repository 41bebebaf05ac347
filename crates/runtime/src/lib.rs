//! The Lambda plumbing that all functions need.
//!
//! - [`run`]: starts the log, runs the function, and turns a failed start into one log line and an exit status.
//! - [`settings`]: environment variables, read once, with errors that name them.
//! - [`telemetry`]: the log, one JSON object a line, and the panic hook.
//! - [`metrics`]: counts and durations, and the one list of their names.
//! - [`aws`]: the SDK's configuration, and its errors in words that are safe to log.
//! - [`Deadline`]: the time by which an invocation must answer.

pub mod aws;
mod deadline;
pub mod metrics;
pub mod settings;
pub mod telemetry;

pub use deadline::Deadline;

use std::{error::Error, process::ExitCode};

/// Any error that stops a function; the Lambda runtime's own type.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Runs a function until Lambda ends it.
///
/// A function that can't start (because of a missing setting, for example) logs the error as one JSON line and exits
/// with status 1. Lambda reports that as a failed init.
pub async fn run(function: impl AsyncFnOnce() -> Result<(), BoxError>) -> ExitCode {
    let ended = match telemetry::start() {
        Ok(()) => function().await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = with_causes(&*error), "the function stopped");
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes in one line.
pub fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
