//! What SSM refuses, with AWS's codes:
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html#API_GetParameter_Errors>.

use crate::json::WireError;
use http::StatusCode;

/// A refused request. Never says anything of a value.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SsmError {
    /// No parameter has this name.
    #[error("The parameter couldn't be found. Verify the name and try again.")]
    ParameterNotFound,
    /// The parameter has no such version.
    #[error("Systems Manager could not find version {version} of {name}. Verify the version and try again.")]
    ParameterVersionNotFound {
        /// The parameter.
        name: String,
        /// The version that was asked for.
        version: u64,
    },
    /// The parameter is there, and the request did not ask to overwrite it.
    #[error(
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
    )]
    ParameterAlreadyExists,
    /// One read too many within a second.
    #[error("Rate exceeded")]
    Throttled,
    /// A name, type or value that SSM doesn't take.
    #[error("{0}")]
    Validation(String),
}

impl From<SsmError> for WireError {
    fn from(error: SsmError) -> Self {
        let kind = match error {
            SsmError::ParameterNotFound => "ParameterNotFound",
            SsmError::ParameterVersionNotFound { .. } => "ParameterVersionNotFound",
            SsmError::ParameterAlreadyExists => "ParameterAlreadyExists",
            SsmError::Throttled => "ThrottlingException",
            SsmError::Validation(_) => "ValidationException",
        };
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: kind.to_owned(),
            query_code: None,
            message: error.to_string(),
        }
    }
}
