//! The SDK's errors in words that are safe to log.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::fmt;

/// What went wrong with an AWS call, in words that are safe to log.
///
/// The SDK's own text may hold parts of the request and of the answer; this holds the kind of failure and
/// AWS's error code.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    kind: &'static str,
    code: Option<String>,
}

impl Failure {
    /// An answer whose body ended early.
    #[must_use]
    pub fn cut_off() -> Self {
        Self { kind: "an answer that was cut off", code: None }
    }

    /// AWS's error code, where it answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl<E: ProvideErrorMetadata, R> From<&SdkError<E, R>> for Failure {
    fn from(error: &SdkError<E, R>) -> Self {
        let kind = match error {
            SdkError::ConstructionFailure(_) => "the request could not be built",
            SdkError::TimeoutError(_) => "no answer in time",
            SdkError::DispatchFailure(failure) if failure.is_timeout() => "no answer in time",
            SdkError::DispatchFailure(_) => "no connection",
            SdkError::ResponseError(_) => "an answer that can't be read",
            SdkError::ServiceError(_) => "refused",
            _ => "failed",
        };
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        Self { kind, code: code.map(str::to_owned) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{}: {code}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

impl std::error::Error for Failure {}
