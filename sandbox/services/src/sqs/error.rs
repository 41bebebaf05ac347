//! What SQS refuses, with AWS's codes:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html> and each operation's page.

use crate::json::WireError;
use http::StatusCode;

/// A refused request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SqsError {
    /// No queue has this name.
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist {
        /// The name that was asked for.
        name: String,
    },
    /// There is a queue of this name with other settings.
    #[error("A queue already exists with the same name and a different value for an attribute: {name}")]
    QueueNameExists {
        /// The queue.
        name: String,
    },
    /// A queue of this name was there until a moment ago.
    #[error(
        "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    )]
    QueueDeletedRecently {
        /// The queue.
        name: String,
    },
    /// The queue was purged a moment ago.
    #[error("Only one PurgeQueue operation on {name} is allowed every 60 seconds.")]
    PurgeQueueInProgress {
        /// The queue.
        name: String,
    },
    /// As many messages are in flight as there may be: 120,000.
    #[error("The maximum number of in flight messages is reached.")]
    OverLimit,
    /// A move, or a queue that it names by its ARN, is not there.
    #[error("{message}")]
    ResourceNotFound {
        /// What was looked for.
        message: String,
    },
    /// What should be a queue's URL is none.
    #[error("The address {url} is not valid for this endpoint.")]
    InvalidAddress {
        /// What was given.
        url: String,
    },
    /// A character that SQS doesn't take.
    #[error("Invalid binary character '#x{:X}' was found in the message body or attribute, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]", u32::from(*character))]
    InvalidMessageContents {
        /// The first one.
        character: char,
    },
    /// A value out of its range or against its form.
    #[error("{message}")]
    InvalidParameterValue {
        /// What is wrong.
        message: String,
    },
    /// A member that has to be there is not.
    #[error("The request must contain the parameter {name}.")]
    MissingParameter {
        /// Its name.
        name: &'static str,
    },
    /// A queue has no such attribute.
    #[error("Unknown Attribute {name}.")]
    InvalidAttributeName {
        /// What was asked for.
        name: String,
    },
    /// A queue's attribute out of its range.
    #[error("Invalid value for the parameter {name}.")]
    InvalidAttributeValue {
        /// The attribute.
        name: String,
    },
    /// A batch without entries.
    #[error("There should be at least one {entry} in the request.")]
    EmptyBatchRequest {
        /// What an entry is called.
        entry: &'static str,
    },
    /// More than ten entries.
    #[error("Maximum number of entries per request are 10. You have sent {count}.")]
    TooManyEntriesInBatchRequest {
        /// How many there are.
        count: usize,
    },
    /// Two entries have the same id.
    #[error("Id {id} repeated.")]
    BatchEntryIdsNotDistinct {
        /// The id.
        id: String,
    },
    /// An id that is too long or has other characters than letters, digits, `-` and `_`.
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
    )]
    InvalidBatchEntryId,
    /// All messages of a batch together are larger than one may be.
    #[error("Batch requests cannot be longer than {limit} bytes. You have sent {size} bytes.")]
    BatchRequestTooLong {
        /// In bytes.
        limit: usize,
        /// In bytes.
        size: usize,
    },
    /// No handle of this queue.
    #[error("The input receipt handle \"{handle}\" is not a valid receipt handle.")]
    ReceiptHandleIsInvalid {
        /// What was given.
        handle: String,
    },
    /// The message is visible already, or was never received.
    #[error("The message referred to isn't in flight.")]
    MessageNotInflight,
}

impl SqsError {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidParameterValue { message: message.into() }
    }

    /// AWS's name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::QueueDoesNotExist { .. } => "QueueDoesNotExist",
            Self::QueueNameExists { .. } => "QueueNameExists",
            Self::QueueDeletedRecently { .. } => "QueueDeletedRecently",
            Self::PurgeQueueInProgress { .. } => "PurgeQueueInProgress",
            Self::OverLimit => "OverLimit",
            Self::ResourceNotFound { .. } => "ResourceNotFoundException",
            Self::InvalidAddress { .. } => "InvalidAddress",
            Self::InvalidMessageContents { .. } => "InvalidMessageContents",
            Self::InvalidParameterValue { .. } => "InvalidParameterValue",
            Self::MissingParameter { .. } => "MissingParameter",
            Self::InvalidAttributeName { .. } => "InvalidAttributeName",
            Self::InvalidAttributeValue { .. } => "InvalidAttributeValue",
            Self::EmptyBatchRequest { .. } => "EmptyBatchRequest",
            Self::TooManyEntriesInBatchRequest { .. } => "TooManyEntriesInBatchRequest",
            Self::BatchEntryIdsNotDistinct { .. } => "BatchEntryIdsNotDistinct",
            Self::InvalidBatchEntryId => "InvalidBatchEntryId",
            Self::BatchRequestTooLong { .. } => "BatchRequestTooLong",
            Self::ReceiptHandleIsInvalid { .. } => "ReceiptHandleIsInvalid",
            Self::MessageNotInflight => "MessageNotInflight",
        }
    }

    /// The code in SQS's older protocol, which its service model keeps for each error.
    pub(crate) fn query_code(&self) -> String {
        match self {
            Self::QueueDoesNotExist { .. } => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
            Self::QueueNameExists { .. } => "QueueAlreadyExists".to_owned(),
            Self::QueueDeletedRecently { .. }
            | Self::PurgeQueueInProgress { .. }
            | Self::EmptyBatchRequest { .. }
            | Self::TooManyEntriesInBatchRequest { .. }
            | Self::BatchEntryIdsNotDistinct { .. }
            | Self::InvalidBatchEntryId
            | Self::BatchRequestTooLong { .. }
            | Self::MessageNotInflight => format!("AWS.SimpleQueueService.{}", self.code()),
            _ => self.code().to_owned(),
        }
    }
}

impl From<SqsError> for WireError {
    fn from(error: SqsError) -> Self {
        let status = match error {
            SqsError::InvalidAddress { .. } | SqsError::ResourceNotFound { .. } => StatusCode::NOT_FOUND,
            SqsError::PurgeQueueInProgress { .. } | SqsError::OverLimit => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        let kind = match error {
            // These two are no part of SQS's own model.
            SqsError::InvalidParameterValue { .. } | SqsError::MissingParameter { .. } => {
                format!("com.amazon.coral.service#{}Exception", error.code())
            }
            _ => format!("com.amazonaws.sqs#{}", error.code()),
        };
        Self { status, kind, query_code: Some(error.query_code()), message: error.to_string() }
    }
}
