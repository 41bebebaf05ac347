//! Errors in a request's fields, in words for the client.

use crate::json::Members;
use std::fmt;

/// The most emails of one request.
pub const MOST_EMAILS: usize = 500;

/// One thing that is wrong, and where.
///
/// It never repeats a value, but the name of an unknown field is the client's own text: show it to the client, and log
/// only its [code](FieldErrorKind::code).
#[derive(Clone, PartialEq)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901).
    pub pointer: String,
    pub kind: FieldErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum FieldErrorKind {
    #[error("is required")]
    Missing,
    #[error("is given more than once")]
    Repeated,
    /// Dropping an unknown member silently would lose data.
    #[error("is not a known field")]
    Unknown,
    #[error("must be a JSON object")]
    NotAnObject,
    #[error("must be a JSON array")]
    NotAnArray,
    #[error("must have 1 to {MOST_EMAILS} emails")]
    EmailCount,
    #[error("must be a JSON string")]
    NotAString,
    #[error(transparent)]
    Sender(#[from] crate::BlankSender),
    #[error(transparent)]
    Timestamp(#[from] crate::InvalidTimestamp),
}

impl FieldErrorKind {
    /// A word for logs and metrics: one of a fixed few, so that it carries nothing of the email.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Repeated => "repeated",
            Self::Unknown => "unknown",
            Self::NotAnObject => "not_an_object",
            Self::NotAnArray => "not_an_array",
            Self::EmailCount => "email_count",
            Self::NotAString => "not_a_string",
            Self::Sender(_) => "blank_sender",
            Self::Timestamp(_) => "invalid_timestream",
        }
    }
}

impl FieldError {
    /// An error of the member `name` of the object at `parent`.
    pub fn new(parent: &str, name: &str, kind: FieldErrorKind) -> Self {
        Self { pointer: format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1")), kind }
    }

    /// One error for each name that is left in the object at `parent`.
    pub fn unknown(parent: &str, left: Members) -> impl Iterator<Item = Self> {
        left.into_names().into_iter().map(move |name| Self::new(parent, &name, FieldErrorKind::Unknown))
    }
}

/// Shows the code alone: a pointer may hold the client's text.
impl fmt::Debug for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_what_rfc_6901_reserves_and_debug_output_hides_it() {
        let error = FieldError::new("/data", "a/b~c", FieldErrorKind::Unknown);
        assert_eq!((error.pointer.as_str(), format!("{error:?}")), ("/data/a~1b~0c", "unknown".to_owned()));
    }
}
