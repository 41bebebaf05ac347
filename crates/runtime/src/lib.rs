//! What every function here needs around its own work.
//!
//! - [`run`]: start telemetry, run the function, turn a failed start into one log line and an exit status.
//! - [`settings`]: environment variables, read once, with errors that name them.
//! - [`telemetry`]: the log, one JSON object a line, and the panic hook.
//! - [`metrics`]: what is counted and measured, and the one list of its names.
//! - [`aws`]: the SDK's configuration, and its errors in words that are safe to log.
//! - [`Deadline`]: when a function must have answered.

pub mod aws;
mod deadline;
pub mod metrics;
pub mod settings;
pub mod telemetry;

pub use deadline::Deadline;

use std::{error::Error, process::ExitCode};

/// Any error that stops a function.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Runs a function until Lambda ends it.
///
/// A function that can't start (a missing setting, say) logs why as one JSON line and exits with status 1,
/// which Lambda reports as a failed init.
pub async fn run<E: Into<BoxError>>(function: impl AsyncFnOnce() -> Result<(), E>) -> ExitCode {
    let started = match telemetry::start() {
        Ok(()) => function().await.map_err(Into::into),
        Err(error) => Err(error.into()),
    };
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = chain(&*error), "the function stopped");
            ExitCode::FAILURE
        }
    }
}

/// An error with all its causes, as one line.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
