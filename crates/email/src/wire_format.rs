//! The email as the body of a queue message and of an object: its four fields as one JSON object.
//!
//! [`decode`] takes every form that was ever released, so that functions of different versions work together while one
//! replaces the other. Each released form has a fixture in this crate's `fixtures/`.

use crate::json::{self, InvalidJson, Value};
use crate::{Email, FieldError};

/// Encodes the email in characters that SQS accepts.
///
/// SQS refuses a message with characters outside #x9 #xA #xD #x20–#xD7FF #xE000–#xFFFD #x10000–#x10FFFF
/// (`SendMessage` in the SQS API reference). JSON already escapes the control characters; of the rest, only U+FFFE and
/// U+FFFF are outside.
pub fn encode(email: &Email) -> String {
    #[expect(clippy::expect_used, reason = "four strings always serialise, and a String takes every write")]
    let json = serde_json::to_string(email).expect("an email is always JSON");
    // In JSON a non-ASCII character occurs only inside a string, so it can be escaped anywhere.
    if json.contains(['\u{fffe}', '\u{ffff}']) {
        json.replace('\u{fffe}', r"\ufffe").replace('\u{ffff}', r"\uffff")
    } else {
        json
    }
}

/// Decodes a message's body. On an error the message must reach the dead-letter queue as it is.
pub fn decode(body: &str) -> Result<Email, DecodeError> {
    match json::parse(body.as_bytes())? {
        Value::Object(members) => Email::from_members(members, "").map_err(DecodeError::InvalidFields),
        Value::String(_) | Value::Array(_) | Value::Other => Err(DecodeError::NotAnObject),
    }
}

/// The text of an error holds nothing of the message.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error(transparent)]
    InvalidJson(#[from] InvalidJson),
    #[error("not a JSON object")]
    NotAnObject,
    #[error("not an email: {0:?}")]
    InvalidFields(Vec<FieldError>),
}

impl DecodeError {
    /// A word for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidJson(_) => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::InvalidFields(errors) => errors.first().map_or("not_an_email", |error| error.kind.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::tests::email;

    #[test]
    fn a_message_is_the_four_fields_and_nothing_else() {
        assert_eq!(
            encode(&email("s", "a", "1", "c")),
            r#"{"email_subject":"s","email_sender":"a","email_timestream":"1","email_content":"c"}"#
        );
    }

    #[test]
    fn characters_that_sqs_refuses_are_escaped_and_come_back() {
        let odd = "\u{0}\u{1f}\u{7f}\u{fffd}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}\"\\";
        let message = encode(&email(odd, odd, "1", odd));
        assert!(!message.contains(|c| c < ' ' || c == '\u{fffe}' || c == '\u{ffff}'), "{message:?}");
        assert_eq!(decode(&message).unwrap(), email(odd, odd, "1", odd));
    }

    #[test]
    fn every_released_form_is_read() {
        let released = [include_str!("../fixtures/queue_form_1.json")];
        for body in released {
            assert_eq!(decode(body).unwrap(), email("Hello", "John doe", "1693561101", "How are you?"));
        }
    }

    #[test]
    fn an_error_says_why_without_quoting_the_message() {
        for (body, code) in [
            ("", "not_json"),
            ("secret", "not_json"),
            ("\"secret\"", "not_an_object"),
            ("[1]", "not_an_object"),
            ("{}", "missing"),
            (
                r#"{"secret": 1, "email_subject": "", "email_sender": "a", "email_timestream": "1", "email_content": ""}"#,
                "unknown",
            ),
        ] {
            let error = decode(body).unwrap_err();
            assert_eq!(error.code(), code, "{body}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
