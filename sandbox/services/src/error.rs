//! Requests that a service refuses, and the names that each protocol has for that.

use crate::operation::Service;
use http::StatusCode;
use std::borrow::Cow;

/// A request that a service refuses, with AWS's code and message.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ServiceError {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    message: String,
    /// An error of the framework that AWS's services share, which is not in a service's own model.
    framework: bool,
}

pub(crate) type Result<T, E = ServiceError> = std::result::Result<T, E>;

impl ServiceError {
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { status: StatusCode::BAD_REQUEST, code, message, framework: false }
    }

    pub(crate) fn of_framework(code: &'static str, message: impl Into<String>) -> Self {
        Self { framework: true, ..Self::new(code, message) }
    }

    /// An operation that AWS doesn't have or that the sandbox doesn't support.
    pub(crate) fn unknown_operation(operation: &str) -> Self {
        let message = format!("The sandbox doesn't support the operation {operation}.");
        Self::of_framework("UnknownOperationException", message)
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// AWS's name of the error, such as `QueueDoesNotExist`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The name in JSON, with the namespace where the service writes one.
    pub(crate) fn json_type(&self, service: Service) -> String {
        let namespace = match service {
            _ if self.framework => "com.amazon.coral.service#",
            Service::Sqs => "com.amazonaws.sqs#",
            _ => "",
        };
        format!("{namespace}{}", self.code)
    }

    /// The name in the older query protocol: SQS's service model keeps one for each of its errors. `None` where nothing is known of it.
    pub(crate) fn query_code(&self) -> Option<Cow<'_, str>> {
        Some(match &*self.code {
            "UnknownOperationException" | "SerializationException" | "RequestEntityTooLargeException" => {
                return None;
            }
            "UnrecognizedClientException" => "InvalidClientTokenId".into(),
            "InvalidSignatureException" => "SignatureDoesNotMatch".into(),
            "MissingRequiredParameterException" => "MissingParameter".into(),
            code if self.framework => code.trim_end_matches("Exception").into(),
            "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".into(),
            "QueueNameExists" => "QueueAlreadyExists".into(),
            code @ ("QueueDeletedRecently"
            | "PurgeQueueInProgress"
            | "EmptyBatchRequest"
            | "TooManyEntriesInBatchRequest"
            | "BatchEntryIdsNotDistinct"
            | "InvalidBatchEntryId"
            | "BatchRequestTooLong"
            | "MessageNotInflight"
            | "UnsupportedOperation") => format!("AWS.SimpleQueueService.{code}").into(),
            code => code.into(),
        })
    }
}
