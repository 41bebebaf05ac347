//! The state of an email.

use serde::Serialize;
use std::fmt;

/// The state of an email, in the words of all commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Queued,
    InFlight,
    Retrying,
    DeadLetter,
    Discarded,
    Stored,
    /// It was stored, and somebody deleted or overwrote its object, whose version the bucket still has.
    Deleted,
    Duplicate,
    /// By `api` with a 5xx.
    Refused,
    NotAccountedFor,
    NotFound,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InFlight => "in flight",
            Self::Retrying => "retrying",
            Self::DeadLetter => "dead letter",
            Self::Discarded => "discarded",
            Self::Stored => "stored",
            Self::Deleted => "deleted",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
            Self::NotAccountedFor => "not accounted for",
            Self::NotFound => "not found",
        }
    }

    /// True if the email is still queued: a search of the bucket would find nothing.
    pub(crate) fn is_on_its_way(self) -> bool {
        matches!(self, Self::Queued | Self::InFlight | Self::Retrying)
    }

    /// True if the email can be reached, or is still queued.
    pub(crate) fn is_found(self) -> bool {
        !matches!(self, Self::Discarded | Self::Refused | Self::NotAccountedFor | Self::NotFound)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
