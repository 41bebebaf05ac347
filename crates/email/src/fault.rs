//! What is wrong with an email, in words for the person who sent it.

use crate::{BlankSender, InvalidTimestream};

/// One thing that is wrong, and where.
///
/// A fault names fields and rules and never repeats a value, but an unknown field's name is the sender's own
/// text: show faults to the sender, log only their [kind](FaultKind::code).
#[derive(Clone, PartialEq)]
pub struct Fault {
    /// Where: a JSON Pointer (RFC 6901).
    pub pointer: String,
    /// What.
    pub kind: FaultKind,
}

/// What can be wrong with a place in the JSON.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum FaultKind {
    /// A required member is not there.
    #[error("is required")]
    Missing,
    /// One name stands several times in an object.
    #[error("is given more than once")]
    Repeated,
    /// Nobody knows this member. Dropping it silently would lose data.
    #[error("is not a known field")]
    Unknown,
    /// Not a JSON object.
    #[error("must be a JSON object")]
    NotAnObject,
    /// Not a JSON string.
    #[error("must be a JSON string")]
    NotAString,
    /// The sender is blank.
    #[error(transparent)]
    Sender(#[from] BlankSender),
    /// The timestream is no Unix time.
    #[error(transparent)]
    Timestream(#[from] InvalidTimestream),
}

impl FaultKind {
    /// A word for logs and metrics: one of a fixed few, so that it carries nothing of the email.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Repeated => "repeated",
            Self::Unknown => "unknown",
            Self::NotAnObject => "not_an_object",
            Self::NotAString => "not_a_string",
            Self::Sender(_) => "blank_sender",
            Self::Timestream(_) => "invalid_timestream",
        }
    }
}

impl Fault {
    /// A fault of the member `name` of the object at `parent`.
    #[must_use]
    pub fn at(parent: &str, name: &str, kind: FaultKind) -> Self {
        Self { pointer: format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1")), kind }
    }
}

/// Shows the kind alone: a pointer may hold the sender's text.
impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_what_rfc_6901_reserves() {
        assert_eq!(Fault::at("/data", "a/b~c", FaultKind::Unknown).pointer, "/data/a~1b~0c");
    }

    #[test]
    fn debug_output_holds_nothing_the_sender_wrote() {
        assert_eq!(format!("{:?}", Fault::at("/data", "private", FaultKind::Unknown)), "unknown");
    }
}
