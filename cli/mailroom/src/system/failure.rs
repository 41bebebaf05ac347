//! What AWS refuses, in words that say what to do.

use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use std::fmt::Display;

/// Turns the SDK's errors into ones for people.
pub(crate) trait Explain<T> {
    /// `what` failed, because of this, and this is to be done.
    fn explain(self, what: impl Display) -> anyhow::Result<T>;
}

impl<T, E, R> Explain<T> for Result<T, SdkError<E, R>>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    fn explain(self, what: impl Display) -> anyhow::Result<T> {
        self.map_err(|error| anyhow::anyhow!("{what}: {}", reason(&error)))
    }
}

fn reason<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error {
        SdkError::DispatchFailure(failure) if failure.is_user() => format!("{}", DisplayErrorContext(error)),
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => {
            "no answer. Is the network there, and the region right? For --local: does `mailroom up` run, and is \
             --aws-port its port?"
                .to_owned()
        }
        SdkError::ServiceError(refused) => {
            let (code, message) = (refused.err().code().unwrap_or("refused"), refused.err().message());
            let message = message.map(|message| format!(": {}", message.trim_end_matches('.'))).unwrap_or_default();
            format!("{code}{message}{}", fix(code))
        }
        _ => format!("{}", DisplayErrorContext(error)),
    }
}

/// What helps against an error code; nothing if its text says it already.
fn fix(code: &str) -> &'static str {
    if code.contains("AccessDenied") || code == "UnauthorizedOperation" {
        ". Ask whoever administers the account for the rights that docs/OPERATIONS.md lists"
    } else if code.contains("Expired") {
        ". Sign in again (aws sso login)"
    } else if code.contains("InvalidClientTokenId") || code.contains("UnrecognizedClient") {
        ". The access key is unknown to this account: check AWS_PROFILE and AWS_ACCESS_KEY_ID"
    } else if code.contains("Throttl") || code == "TooManyRequestsException" {
        ". Others use up the account's limit: try again in a minute"
    } else if code == "ValidationError" {
        ". Check --stack and --region (aws cloudformation list-stacks shows what is there)"
    } else {
        ""
    }
}
