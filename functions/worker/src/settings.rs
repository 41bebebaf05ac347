//! What the environment says.

use email::Layout;
use runtime::settings::{SettingError, optional, required};

/// The function's settings.
pub struct Settings {
    /// `S3_BUCKET_NAME`
    pub bucket: String,
    /// `OBJECT_KEY_LAYOUT`; `flat` where it is not set.
    pub layout: Layout,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    /// [`SettingError`] for the first that is missing or wrong.
    pub fn from_environment() -> Result<Self, SettingError> {
        Ok(Self {
            bucket: required("S3_BUCKET_NAME", "the name of the bucket that emails are filed in")?,
            layout: optional("OBJECT_KEY_LAYOUT")?,
        })
    }
}
