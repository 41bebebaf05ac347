//! Why a message is a dead letter.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use email::wire_format;
use serde::Serialize;
use std::fmt;

/// The worker's reason, found by reading the message as it does: SQS keeps none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct Reason(&'static str);

impl Reason {
    /// An email that could not be stored five times.
    pub(crate) const NOT_FILED: Self = Self("not_filed");
    /// All of them. Those after the first are the codes of messages that are not emails.
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
        wire_format::decode(body).map_or_else(|error| Self(error.code()), |_| Self::NOT_FILED)
    }

    pub(crate) fn is_poison(self) -> bool {
        self != Self::NOT_FILED
    }

    /// Its meaning, and what to do.
    pub(crate) fn advice(self) -> &'static str {
        if self.is_poison() {
            "not an email: `mailroom dlq show ID` says what is wrong"
        } else {
            "could not be stored: find the cause, then `mailroom dlq redrive --only not_filed`"
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// The dead letters with one reason, or all messages that are not emails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReasonFilter {
    Poison,
    Reason(Reason),
}

impl ReasonFilter {
    pub(crate) fn matches(self, reason: Reason) -> bool {
        match self {
            Self::Poison => reason.is_poison(),
            Self::Reason(one) => one == reason,
        }
    }

    /// Clap lists the names in `--help` and after another one.
    pub(crate) fn parser() -> impl TypedValueParser<Value = Self> {
        let names = ["poison"].into_iter().chain(Reason::ALL.map(|reason| reason.0));
        PossibleValuesParser::new(names).map(|name| Self::named(&name))
    }

    /// The parser lets through only `poison` and the reasons.
    fn named(name: &str) -> Self {
        let reason = Reason::ALL.into_iter().find(|reason| reason.0 == name);
        reason.map_or(Self::Poison, Self::Reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use email::{BlankSender, FieldErrorKind, InvalidTimestamp};

    #[test]
    fn every_code_of_a_message_that_is_not_an_email_is_a_reason() {
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
                // Only a request with several emails has these, never a message.
                | FieldErrorKind::NotAnArray
                | FieldErrorKind::EmailCount
                | FieldErrorKind::Sender(_)
                | FieldErrorKind::Timestamp(_) => {}
            }
            assert!(Reason::ALL.contains(&Reason(kind.code())), "{}", kind.code());
        }
    }

    #[test]
    fn a_reason_is_found_by_reading_the_message() {
        let email = r#"{"email_subject":"","email_sender":"a","email_timestream":"1","email_content":""}"#;
        let blank = r#"{"email_subject":"","email_sender":" ","email_timestream":"1","email_content":""}"#;
        for (body, reason) in [
            (email, "not_filed"),
            (blank, "blank_sender"),
            ("no JSON", "not_json"),
            ("[]", "not_an_object"),
            ("{}", "missing"),
        ] {
            assert_eq!(Reason::of(body).to_string(), reason, "{body}");
        }
    }

    #[test]
    fn poison_matches_all_but_not_filed_and_a_name_one_reason() {
        for reason in Reason::ALL {
            assert_eq!(ReasonFilter::Poison.matches(reason), reason != Reason::NOT_FILED, "{reason}");
            let one = ReasonFilter::named(reason.0);
            assert!(Reason::ALL.iter().all(|other| one.matches(*other) == (*other == reason)), "{reason}");
        }
        assert_eq!(ReasonFilter::named("poison"), ReasonFilter::Poison);
    }
}
