//! The email: four fields, parsed so that a bad one can't exist.

use crate::json::{Lookup, Members, Value};
use crate::{Fault, FaultKind, Sender, Timestream};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::fmt;

const SUBJECT: &str = "email_subject";
const SENDER: &str = "email_sender";
const TIMESTREAM: &str = "email_timestream";
const CONTENT: &str = "email_content";

/// An email that keeps the contract: four strings, a sender that is not blank and a Unix time.
#[derive(Clone, PartialEq)]
pub struct Email {
    subject: String,
    sender: Sender,
    timestream: Timestream,
    content: String,
}

impl Email {
    /// Takes the email out of a JSON object that stands at `pointer` (RFC 6901) of what the sender sent.
    ///
    /// # Errors
    /// Every fault at once: fields that are missing, given twice, unknown, no strings or against their rule.
    pub fn from_members(mut members: Members, pointer: &str) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields { members: &mut members, pointer, faults: Vec::new() };
        let subject = fields.take(SUBJECT, Ok);
        let sender = fields.take(SENDER, |text| Sender::new(text).map_err(FaultKind::from));
        let timestream = fields.take(TIMESTREAM, |text| Timestream::new(text).map_err(FaultKind::from));
        let content = fields.take(CONTENT, Ok);
        let mut faults = fields.faults;
        faults.extend(members.into_names().iter().map(|name| Fault::at(pointer, name, FaultKind::Unknown)));

        match (subject, sender, timestream, content) {
            (Some(subject), Some(sender), Some(timestream), Some(content)) if faults.is_empty() => {
                Ok(Self { subject, sender, timestream, content })
            }
            _ => Err(faults),
        }
    }

    /// The subject; may be empty.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The sender.
    #[must_use]
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// When it was sent.
    #[must_use]
    pub fn timestream(&self) -> &Timestream {
        &self.timestream
    }

    /// The content; may be empty.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.content
    }
}

/// The fields while they are being taken, and what was wrong with them so far.
struct Fields<'a> {
    members: &'a mut Members,
    pointer: &'a str,
    faults: Vec<Fault>,
}

impl Fields<'_> {
    fn take<T>(&mut self, name: &str, parse: impl FnOnce(String) -> Result<T, FaultKind>) -> Option<T> {
        let parsed = match self.members.take(name) {
            Lookup::Missing => Err(FaultKind::Missing),
            Lookup::Repeated(_) => Err(FaultKind::Repeated),
            Lookup::Once(Value::String(text)) => parse(text),
            Lookup::Once(_) => Err(FaultKind::NotAString),
        };
        parsed.map_err(|kind| self.faults.push(Fault::at(self.pointer, name, kind))).ok()
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Email", 4)?;
        object.serialize_field(SUBJECT, &self.subject)?;
        object.serialize_field(SENDER, self.sender.as_str())?;
        object.serialize_field(TIMESTREAM, self.timestream.as_str())?;
        object.serialize_field(CONTENT, &self.content)?;
        object.end()
    }
}

/// Hides every value, so that an email can't reach a log by way of `{:?}`.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email { .. }")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::json;

    pub(crate) fn email(subject: &str, sender: &str, timestream: &str, content: &str) -> Email {
        Email {
            subject: subject.into(),
            sender: Sender::new(sender.into()).unwrap(),
            timestream: Timestream::new(timestream.into()).unwrap(),
            content: content.into(),
        }
    }

    fn parse(text: &str) -> Result<Email, Vec<(String, &'static str)>> {
        let Ok(Value::Object(members)) = json::read(text.as_bytes()) else { panic!("no object: {text}") };
        Email::from_members(members, "/data")
            .map_err(|faults| faults.into_iter().map(|fault| (fault.pointer, fault.kind.code())).collect())
    }

    #[test]
    fn four_strings_are_an_email() {
        let text = r#"{"email_content": "c", "email_subject": "s", "email_sender": "John doe", "email_timestream": "1693561101"}"#;
        assert_eq!(parse(text), Ok(email("s", "John doe", "1693561101", "c")));
    }

    #[test]
    fn subject_and_content_may_be_empty() {
        let text =
            r#"{"email_subject": "", "email_sender": "a", "email_timestream": "0", "email_content": ""}"#;
        assert_eq!(parse(text), Ok(email("", "a", "0", "")));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let text =
            r#"{"email_subject": 1, "email_sender": " ", "email_timestream": "+1", "extra": 0, "more": {}}"#;
        let expected = [
            ("/data/email_subject", "not_a_string"),
            ("/data/email_sender", "blank_sender"),
            ("/data/email_timestream", "invalid_timestream"),
            ("/data/email_content", "missing"),
            ("/data/extra", "unknown"),
            ("/data/more", "unknown"),
        ];
        assert_eq!(parse(text), Err(expected.map(|(pointer, kind)| (pointer.to_owned(), kind)).to_vec()));
    }

    #[test]
    fn a_field_given_twice_is_refused_even_with_equal_values() {
        let text = r#"{"email_subject": "s", "email_subject": "s", "email_sender": "a", "email_timestream": "1", "email_content": ""}"#;
        assert_eq!(parse(text), Err(vec![("/data/email_subject".to_owned(), "repeated")]));
    }

    #[test]
    fn no_other_json_type_passes_for_a_string() {
        for value in ["null", "true", "1693561101", "1.5", "[]", "[\"a\"]", "{}"] {
            let text = format!(
                r#"{{"email_subject": "", "email_sender": "a", "email_timestream": {value}, "email_content": ""}}"#
            );
            assert_eq!(
                parse(&text),
                Err(vec![("/data/email_timestream".to_owned(), "not_a_string")]),
                "{value}"
            );
        }
    }

    #[test]
    fn debug_output_hides_the_email() {
        assert_eq!(format!("{:?}", email("secret", "secret", "1", "secret")), "Email { .. }");
    }
}
