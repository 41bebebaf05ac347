//! Failed invocations.

use display_error_chain::DisplayErrorChain;
use std::fmt;
use std::time::Duration;

#[derive(thiserror::Error)]
pub enum InvokeError {
    #[error("function {function} can't be started")]
    NotStarted { function: String, source: std::io::Error },
    /// The process ended, or took too long, before its first request for work.
    #[error("function {function} failed to initialise: {why}\n{last_lines}")]
    Init { function: String, why: String, last_lines: String },
    /// The process ended during the invocation.
    #[error("function {function} crashed: {why}\n{last_lines}")]
    Crashed { function: String, why: String, last_lines: String },
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

/// The sentences with their sources, since a `main` that returns an error prints this.
impl fmt::Debug for InvokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", DisplayErrorChain::new(self))
    }
}
