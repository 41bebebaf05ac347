//! Failed invocations, and the documents that Lambda answers with for them.

use display_error_chain::DisplayErrorChain;
use serde_json::json;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// The most bytes of a response: 100 more than the 6 MB in "Lambda quotas".
pub(crate) const RESPONSE_LIMIT: usize = 6 * 1_048_576 + 100;

#[derive(thiserror::Error)]
pub enum InvokeError {
    #[error("function {function} can't be started")]
    NotStarted { function: String, source: std::io::Error },
    /// The process ended, or took too long, before its first request for work.
    #[error("function {function} failed to initialise: {failure}\n{last_lines}")]
    Init { function: String, failure: InitFailure, last_lines: String },
    /// The process ended during the invocation.
    #[error("function {function} crashed: {status}\n{last_lines}")]
    Crashed { function: String, status: ExitStatus, last_lines: String },
    /// An injected fault.
    #[error("function {function} was killed on purpose")]
    Killed { function: String },
    #[error("function {function} was killed: no response within its timeout of {timeout:?}")]
    TimedOut { function: String, timeout: Duration },
    /// The function reported this JSON document instead of a response.
    #[error("function {function} reported an error: {error}")]
    Reported { function: String, error: String },
    #[error("function {function} gave a response larger than 6 MB")]
    ResponseTooLarge { function: String },
    #[error("the stack is stopping")]
    Stopping,
}

/// The messages of the error and its sources, since a `main` that returns an error prints this.
impl fmt::Debug for InvokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", DisplayErrorChain::new(self))
    }
}

/// Why an instance was not ready.
#[derive(Debug, thiserror::Error)]
pub enum InitFailure {
    /// The JSON document that the function reported.
    #[error("it reported the error {0}")]
    Reported(String),
    #[error("{0}")]
    Ended(ExitStatus),
    #[error("not ready within {0:?}")]
    TooSlow(Duration),
}

impl InvokeError {
    /// The document that the caller of `Invoke` gets. Types and messages are recorded on AWS.
    pub(crate) fn document(&self, request_id: &str) -> String {
        let (kind, message) = match self {
            Self::Reported { error, .. } | Self::Init { failure: InitFailure::Reported(error), .. } => {
                return error.clone();
            }
            Self::ResponseTooLarge { .. } => return too_large(),
            Self::NotStarted { source, .. } => ("Runtime.InvalidEntrypoint", source.to_string()),
            Self::Crashed { status, .. } | Self::Init { failure: InitFailure::Ended(status), .. } => {
                ("Runtime.ExitError", exited(*status))
            }
            Self::Killed { .. } => ("Runtime.ExitError", exited(ExitStatus::from_raw(9))),
            Self::TimedOut { timeout, .. } | Self::Init { failure: InitFailure::TooSlow(timeout), .. } => {
                ("Sandbox.Timedout", format!("Task timed out after {:.2} seconds", timeout.as_secs_f64()))
            }
            Self::Stopping => ("Sandbox.Failure", self.to_string()),
        };
        let message = format!("RequestId: {request_id} Error: {message}");
        json!({"errorType": kind, "errorMessage": message}).to_string()
    }
}

fn too_large() -> String {
    let message =
        format!("Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).");
    json!({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}).to_string()
}

/// The end of a process, in the words of Lambda's own program, which is written in Go.
fn exited(status: ExitStatus) -> String {
    let how = match (status.code(), status.signal()) {
        (Some(0), _) => return "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal: {}", signal_name(signal)),
        (None, None) => status.to_string(),
    };
    format!("Runtime exited with error: {how}")
}

fn signal_name(signal: i32) -> String {
    use nix::sys::signal::Signal;
    let name = match Signal::try_from(signal) {
        Ok(Signal::SIGABRT) => "aborted",
        Ok(Signal::SIGBUS) => "bus error",
        Ok(Signal::SIGFPE) => "floating point exception",
        Ok(Signal::SIGILL) => "illegal instruction",
        Ok(Signal::SIGKILL) => "killed",
        Ok(Signal::SIGSEGV) => "segmentation fault",
        Ok(Signal::SIGTERM) => "terminated",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_failure_has_the_type_and_the_message_of_lambda() {
        let (function, last_lines) = ("f".to_owned(), String::new());
        let crashed = |raw| InvokeError::Crashed {
            function: function.clone(),
            status: ExitStatus::from_raw(raw),
            last_lines: last_lines.clone(),
        };
        let timed_out = InvokeError::TimedOut { function: function.clone(), timeout: Duration::from_secs(1) };
        for (error, kind, message) in [
            (timed_out, "Sandbox.Timedout", "RequestId: 7 Error: Task timed out after 1.00 seconds"),
            (
                crashed(0),
                "Runtime.ExitError",
                "RequestId: 7 Error: Runtime exited without providing a reason",
            ),
            (
                crashed(127 << 8),
                "Runtime.ExitError",
                "RequestId: 7 Error: Runtime exited with error: exit status 127",
            ),
            (
                crashed(6),
                "Runtime.ExitError",
                "RequestId: 7 Error: Runtime exited with error: signal: aborted",
            ),
            (
                InvokeError::ResponseTooLarge { function: function.clone() },
                "Function.ResponseSizeTooLarge",
                "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            ),
        ] {
            let document: Value = serde_json::from_str(&error.document("7")).unwrap();
            assert_eq!((&document["errorType"], &document["errorMessage"]), (&json!(kind), &json!(message)));
        }
        let error = r#"{"errorType": "Odd"}"#.to_owned();
        let reported = InvokeError::Reported { function: function.clone(), error: error.clone() };
        assert_eq!(reported.document("7"), error);
    }
}
