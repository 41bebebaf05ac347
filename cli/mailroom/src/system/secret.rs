//! A value that is not for anybody's eyes.

/// A secret. It can't be printed by accident: whoever wants its text has to say so.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for a request and nothing else.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
