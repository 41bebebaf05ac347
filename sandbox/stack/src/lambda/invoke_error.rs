//! Why an invocation has no answer.

use std::time::Duration;

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The process can't be started at all.
    #[error("the function {function} can't be started")]
    NotStarted {
        /// The function's name.
        function: String,
        /// Why.
        source: std::io::Error,
    },
    /// The process ended, or took too long, before it asked for work.
    #[error("the function {function} failed to initialise: {why}\n{last_lines}")]
    Init {
        /// The function's name.
        function: String,
        /// How it ended.
        why: String,
        /// What it printed last.
        last_lines: String,
    },
    /// The process ended during the invocation.
    #[error("the function {function} crashed: {why}\n{last_lines}")]
    Crashed {
        /// The function's name.
        function: String,
        /// How it ended.
        why: String,
        /// What it printed last.
        last_lines: String,
    },
    /// The process was killed during the invocation, as was asked for.
    #[error("the function {function} was killed on purpose")]
    Killed {
        /// The function's name.
        function: String,
    },
    /// No answer within the function's timeout; the process was killed.
    #[error("the function {function} gave no answer within its timeout of {timeout:?} and was killed")]
    TimedOut {
        /// The function's name.
        function: String,
        /// The function's timeout.
        timeout: Duration,
    },
    /// The function answered with an error of its own.
    #[error("the function {function} reported an error: {error}")]
    Reported {
        /// The function's name.
        function: String,
        /// The JSON document it reported.
        error: String,
    },
    /// The answer is larger than the 6 MB that Lambda takes.
    #[error("the function {function} gave an answer larger than 6 MB")]
    AnswerTooLarge {
        /// The function's name.
        function: String,
    },
    /// The stack is going down.
    #[error("the stack is stopping")]
    Stopping,
}
