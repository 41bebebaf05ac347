//! What the environment says.

use runtime::settings::{SettingError, required};

/// The function's settings.
pub struct Settings {
    /// `SQS_QUEUE_URL`
    pub queue_url: String,
    /// `SSM_TOKEN_PARAMETER`: the name, never the value.
    pub token_parameter: String,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    /// [`SettingError`] for the first that is missing.
    pub fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            queue_url: required("SQS_QUEUE_URL", "the URL of the queue that accepted emails go to")?,
            token_parameter: required(
                "SSM_TOKEN_PARAMETER",
                "the name of the SecureString that holds the tokens",
            )?,
        })
    }
}
