//! The email: four fields, parsed so that a bad value can't exist.

use crate::json::{Lookup, Members, Value};
use crate::{FieldError, FieldErrorKind, Sender, Timestamp};
use serde::Serialize;
use std::fmt;

#[derive(Clone, PartialEq, Serialize)]
pub struct Email {
    #[serde(rename = "email_subject")]
    pub subject: String,
    #[serde(rename = "email_sender")]
    pub sender: Sender,
    #[serde(rename = "email_timestream")]
    pub timestamp: Timestamp,
    #[serde(rename = "email_content")]
    pub content: String,
}

impl Email {
    /// Takes the email out of a JSON object. `pointer` (RFC 6901) locates that object in what the client sent.
    ///
    /// # Errors
    /// Every error at once: fields that are missing, repeated, unknown, not strings or against their own rule.
    pub fn from_members(mut members: Members, pointer: &str) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields { members: &mut members, pointer, errors: Vec::new() };
        let subject = fields.take("email_subject", Ok);
        let sender = fields.take("email_sender", |text| Sender::new(text).map_err(FieldErrorKind::from));
        let timestamp =
            fields.take("email_timestream", |text| Timestamp::new(text).map_err(FieldErrorKind::from));
        let content = fields.take("email_content", Ok);
        let mut errors = fields.errors;
        errors.extend(FieldError::unknown(pointer, members));

        match (subject, sender, timestamp, content) {
            (Some(subject), Some(sender), Some(timestamp), Some(content)) if errors.is_empty() => {
                Ok(Self { subject, sender, timestamp, content })
            }
            _ => Err(errors),
        }
    }
}

/// The fields not taken yet, and the errors found so far.
struct Fields<'a> {
    members: &'a mut Members,
    pointer: &'a str,
    errors: Vec<FieldError>,
}

impl Fields<'_> {
    fn take<T>(&mut self, name: &str, parse: impl FnOnce(String) -> Result<T, FieldErrorKind>) -> Option<T> {
        let parsed = match self.members.take(name) {
            Lookup::Missing => Err(FieldErrorKind::Missing),
            Lookup::Repeated(_) => Err(FieldErrorKind::Repeated),
            Lookup::Once(Value::String(text)) => parse(text),
            Lookup::Once(_) => Err(FieldErrorKind::NotAString),
        };
        parsed.map_err(|kind| self.errors.push(FieldError::new(self.pointer, name, kind))).ok()
    }
}

/// Hides every value, so that an email can't reach a log through `{:?}`.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email { .. }")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::json;

    pub(crate) fn email(subject: &str, sender: &str, timestamp: &str, content: &str) -> Email {
        Email {
            subject: subject.into(),
            sender: Sender::new(sender.into()).unwrap(),
            timestamp: Timestamp::new(timestamp.into()).unwrap(),
            content: content.into(),
        }
    }

    fn parse(text: &str) -> Result<Email, Vec<(String, &'static str)>> {
        let Ok(Value::Object(members)) = json::parse(text.as_bytes()) else {
            panic!("not an object: {text}")
        };
        Email::from_members(members, "/data")
            .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.kind.code())).collect())
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
    fn every_error_is_reported_at_once() {
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
        assert_eq!(parse(text), Err(expected.map(|(pointer, code)| (pointer.to_owned(), code)).to_vec()));
    }

    #[test]
    fn a_repeated_field_is_refused_even_with_equal_values() {
        let text = r#"{"email_subject": "s", "email_subject": "s", "email_sender": "a", "email_timestream": "1", "email_content": ""}"#;
        assert_eq!(parse(text), Err(vec![("/data/email_subject".to_owned(), "repeated")]));
    }

    #[test]
    fn no_other_json_type_passes_for_a_string() {
        for value in ["null", "true", "1693561101", "1.5", "[]", "[\"a\"]", "{}"] {
            let text = format!(
                r#"{{"email_subject": "", "email_sender": "a", "email_timestream": {value}, "email_content": ""}}"#
            );
            let expected = vec![("/data/email_timestream".to_owned(), "not_a_string")];
            assert_eq!(parse(&text), Err(expected), "{value}");
        }
    }

    #[test]
    fn debug_output_hides_the_email() {
        assert_eq!(format!("{:?}", email("secret", "secret", "1", "secret")), "Email { .. }");
    }
}
