//! What can become of a request.

use std::fmt;
use std::time::Duration;

/// One way for a request to go wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The service refuses, in its own protocol (XML from S3 and CloudFormation, JSON from the others), without doing anything.
    Error {
        /// The HTTP status.
        status: u16,
        /// AWS's error code, such as `SlowDown` or `ThrottlingException`.
        code: String,
    },
    /// No answer ever comes, and the connection stays open.
    Stall,
    /// The connection is closed without an answer, and nothing was done.
    Drop,
    /// The work is done, then the connection is closed without an answer.
    LostAnswer,
    /// The work is done, then the connection is closed half-way through the answer's body. An answer without a body
    /// is lost whole.
    CutOff,
    /// The work starts this much later: real time, not divided by the time scale.
    Delay(Duration),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error { status, code } => write!(f, "{status} {code}"),
            Self::Stall => f.write_str("no answer"),
            Self::Drop => f.write_str("dropped connection"),
            Self::LostAnswer => f.write_str("done, answer lost"),
            Self::CutOff => f.write_str("done, answer cut off"),
            Self::Delay(_) => f.write_str("delay"),
        }
    }
}
