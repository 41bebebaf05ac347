//! What CloudWatch Logs refuses, with AWS's codes:
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>.

use crate::json::WireError;
use http::StatusCode;

/// A refused request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LogsError {
    /// No log group has this name.
    #[error("The specified log group does not exist.")]
    NoGroup,
    /// The token comes from another request, or from nowhere.
    #[error("The specified nextToken is invalid.")]
    Token,
    /// Lines of the time that was asked for are no longer kept. AWS has no such error: it keeps them.
    #[error(
        "Lines of that time were dropped: this machine keeps the newest {kept} bytes of a log group. \
         With a startTime from {from} on the answer is complete."
    )]
    Dropped {
        /// How many bytes are kept.
        kept: usize,
        /// The first millisecond of which nothing was dropped.
        from: i64,
    },
    /// A parameter, or two together, that AWS refuses or that is not understood here.
    #[error("{0}")]
    Invalid(String),
}

impl From<LogsError> for WireError {
    fn from(error: LogsError) -> Self {
        let kind = match error {
            LogsError::NoGroup => "ResourceNotFoundException",
            LogsError::Token | LogsError::Dropped { .. } | LogsError::Invalid(_) => {
                "InvalidParameterException"
            }
        };
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: kind.to_owned(),
            query_code: None,
            message: error.to_string(),
        }
    }
}
