//! What CloudFormation refuses, with AWS's codes:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html>.

use crate::json::WireError;
use http::StatusCode;

/// A refused request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CloudFormationError {
    /// No stack has this name or id.
    #[error("Stack with id {0} does not exist")]
    NoStack(String),
    /// A name or a token that can't be one.
    #[error("{0}")]
    Invalid(String),
    /// An action that AWS does not have or that is not built here.
    #[error("The action {action} of version {version} is not known here.")]
    UnknownAction {
        /// What was asked for.
        action: String,
        /// The version of the API that it belongs to.
        version: String,
    },
}

impl From<CloudFormationError> for WireError {
    fn from(error: CloudFormationError) -> Self {
        let kind = match error {
            CloudFormationError::NoStack(_) | CloudFormationError::Invalid(_) => "ValidationError",
            CloudFormationError::UnknownAction { .. } => "InvalidAction",
        };
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: kind.to_owned(),
            query_code: None,
            message: error.to_string(),
        }
    }
}
