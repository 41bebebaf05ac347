//! Why a letter is dead.

use email::wire_format;
use serde::Serialize;
use std::fmt;

/// Why a letter is dead, as the worker would say if it met it again: SQS keeps no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct Reason(&'static str);

impl Reason {
    /// An email; filing it failed five times.
    pub(crate) const NOT_FILED: Self = Self("not_filed");
    /// All of them. Those after the first are the codes of what is no email.
    pub(crate) const ALL: [Self; 9] = [
        Self::NOT_FILED,
        Self("not_json"),
        Self("not_an_object"),
        Self("missing"),
        Self("repeated"),
        Self("unknown"),
        Self("not_a_string"),
        Self("blank_sender"),
        Self("invalid_timestream"),
    ];

    pub(crate) fn of(body: &str) -> Self {
        match wire_format::decode(body) {
            Ok(_) => Self::NOT_FILED,
            Err(error) => Self(error.code()),
        }
    }

    pub(crate) fn is_poison(self) -> bool {
        self != Self::NOT_FILED
    }

    pub(crate) fn as_str(self) -> &'static str {
        self.0
    }

    /// What it means, and what is to be done.
    pub(crate) fn advice(self) -> &'static str {
        if self.is_poison() {
            "no email: `mailroom dlq show ID` says what is wrong"
        } else {
            "filing failed: find the cause, then `mailroom dlq redrive --only not_filed`"
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use email::{BlankSender, FieldErrorKind, InvalidTimestamp};

    #[test]
    fn every_code_of_what_is_no_email_can_be_asked_for() {
        let kinds = [
            FieldErrorKind::Missing,
            FieldErrorKind::Repeated,
            FieldErrorKind::Unknown,
            FieldErrorKind::NotAnObject,
            FieldErrorKind::NotAString,
            FieldErrorKind::Sender(BlankSender),
            FieldErrorKind::Timestamp(InvalidTimestamp),
        ];
        for kind in kinds {
            // A new kind does not compile here until it is in the list above.
            match kind {
                FieldErrorKind::Missing
                | FieldErrorKind::Repeated
                | FieldErrorKind::Unknown
                | FieldErrorKind::NotAnObject
                | FieldErrorKind::NotAString
                | FieldErrorKind::Sender(_)
                | FieldErrorKind::Timestamp(_) => {}
            }
            assert!(Reason::ALL.contains(&Reason(kind.code())), "{}", kind.code());
        }
    }

    #[test]
    fn a_reason_comes_from_reading_again() {
        let email = r#"{"email_subject":"","email_sender":"a","email_timestream":"1","email_content":""}"#;
        let blank = r#"{"email_subject":"","email_sender":" ","email_timestream":"1","email_content":""}"#;
        for (body, reason) in [
            (email, "not_filed"),
            (blank, "blank_sender"),
            ("no JSON", "not_json"),
            ("[]", "not_an_object"),
            ("{}", "missing"),
        ] {
            assert_eq!(Reason::of(body).as_str(), reason, "{body}");
        }
    }
}
