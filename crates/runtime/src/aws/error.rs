//! The SDK's errors in words that are safe to log.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::fmt;

/// A failed AWS call: the kind of failure and AWS's error code.
///
/// The SDK's own text may quote the request or the response, so it isn't kept.
#[derive(Clone, Debug, PartialEq)]
pub struct AwsError {
    kind: &'static str,
    code: Option<String>,
}

impl AwsError {
    /// The body of a response ended early.
    pub fn truncated() -> Self {
        Self { kind: "truncated response", code: None }
    }

    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl<E: ProvideErrorMetadata, R> From<SdkError<E, R>> for AwsError {
    fn from(error: SdkError<E, R>) -> Self {
        let kind = match &error {
            SdkError::ConstructionFailure(_) => "the request could not be built",
            SdkError::TimeoutError(_) => "no answer in time",
            SdkError::DispatchFailure(failure) if failure.is_timeout() => "no answer in time",
            SdkError::DispatchFailure(_) => "no connection",
            SdkError::ResponseError(_) => "unreadable response",
            SdkError::ServiceError(_) => "refused",
            _ => "failed",
        };
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        Self { kind, code: code.map(str::to_owned) }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{}: {code}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

impl std::error::Error for AwsError {}
