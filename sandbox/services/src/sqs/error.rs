//! The errors of SQS that several places return, with AWS's codes:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html> and each operation's page.

use crate::error::ServiceError;
use http::StatusCode;

/// A value out of its range or against its form.
pub(crate) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::of_framework("InvalidParameterValueException", message)
}

pub(crate) fn missing(parameter: &str) -> ServiceError {
    let message = format!("The request must contain the parameter {parameter}.");
    ServiceError::of_framework("MissingRequiredParameterException", message)
}

pub(crate) fn no_queue() -> ServiceError {
    ServiceError::new("QueueDoesNotExist", "The specified queue does not exist.")
}

pub(crate) fn queue_exists(attribute: &str) -> ServiceError {
    let message =
        format!("A queue already exists with the same name and a different value for attribute {attribute}");
    ServiceError::new("QueueNameExists", message)
}

/// Something that AWS has and the sandbox doesn't.
pub(crate) fn unsupported(what: &str) -> ServiceError {
    ServiceError::new("UnsupportedOperation", format!("The sandbox doesn't support {what}."))
}

/// A move task, or a queue that it names by its ARN, doesn't exist.
pub(crate) fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ResourceNotFoundException", message).with_status(StatusCode::NOT_FOUND)
}

pub(crate) fn invalid_attribute_name(name: &str) -> ServiceError {
    ServiceError::new("InvalidAttributeName", format!("Unknown Attribute {name}."))
}

/// A queue's attribute out of its range.
pub(crate) fn invalid_attribute_value(name: &str) -> ServiceError {
    ServiceError::new("InvalidAttributeValue", format!("Invalid value for the parameter {name}."))
}
